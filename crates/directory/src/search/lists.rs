//! Sorted lists of numbers below a limit, in few bytes: differences of seven bits a byte; where these are of one byte now and of
//! two then, which no processor can guess, the lower half of each number; and where a list is long, one bit for each number there
//! is. Does not know what is listed.

use super::image::{Reader, Writer, are_bounds};

/// From one in this many on, a bit for each number there is, is read faster than differences and not much larger.
const DENSE_ONE_IN: usize = 16;
/// Lists of fewer numbers are not worth a table of halves.
const HALVES_MIN: usize = 64;
/// Up to one in this many, most differences are of one byte, and are read as fast.
const HALVES_ONE_IN: usize = 48;
/// One entry of the skip table for this many numbers: half of them are read in vain at each look.
const SKIP: usize = 32;
/// A list this many times as long as there are numbers to look up is not read from end to end.
const LONG_TIMES: usize = 12;

/// A set of numbers below a limit.
#[derive(Clone, Debug, Default)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn new(limit: usize) -> Bits {
        Bits(vec![0; limit.div_ceil(64)])
    }

    pub(super) fn insert(&mut self, number: u32) {
        if let Some(word) = self.0.get_mut(number as usize / 64) {
            *word |= 1 << (number % 64);
        }
    }

    pub(super) fn contains(&self, number: u32) -> bool {
        self.0.get(number as usize / 64).is_some_and(|word| word & (1 << (number % 64)) != 0)
    }

    /// 64 numbers at once.
    pub(super) fn word(&self, at: usize) -> u64 {
        self.0.get(at).copied().unwrap_or_default()
    }

    /// Adds all of a list.
    pub(super) fn add(&mut self, list: List<'_>) {
        match list {
            List::Dense { bytes, .. } => {
                for (word, other) in self.0.iter_mut().zip(bytes.as_chunks::<8>().0) {
                    *word |= u64::from_le_bytes(*other);
                }
            }
            List::Sparse { .. } | List::Halves { .. } => list.each(|number| self.insert(number)),
        }
    }

    pub(super) fn meet(&mut self, other: &Bits) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= other);
    }

    pub(super) fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(super) fn words(&self) -> &[u64] {
        &self.0
    }

    /// In order.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0..).zip(&self.0).flat_map(|(at, word)| ones(*word).map(move |bit| at * 64 + bit))
    }
}

/// The bits that are set in a word, from the lowest.
pub(super) fn ones(mut word: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let bit = (word != 0).then(|| word.trailing_zeros())?;
        word &= word - 1;
        Some(bit)
    })
}

/// Many lists of numbers below the same limit.
#[derive(Debug)]
pub(super) struct Lists {
    bytes: Vec<u8>,
    /// Where each list begins; one more at the end.
    starts: Vec<u32>,
    limit: usize,
    is_small: bool,
}

impl Lists {
    pub(super) fn new(limit: usize) -> Lists {
        Lists { bytes: Vec::new(), starts: vec![0], limit, is_small: false }
    }

    /// Of lists that are rather small than fast.
    pub(super) fn small(limit: usize) -> Lists {
        Lists { is_small: true, ..Lists::new(limit) }
    }

    /// Appends a list: ascending, each number once and below the limit.
    pub(super) fn push(&mut self, numbers: &[u32]) {
        let dense = numbers.len() * DENSE_ONE_IN > self.limit && numbers.len() > 64;
        let halves =
            !self.is_small && numbers.len() >= HALVES_MIN && numbers.len() * HALVES_ONE_IN <= self.limit;
        let kind = if dense {
            DENSE
        } else if halves {
            HALVES
        } else {
            SPARSE
        };
        varint(&mut self.bytes, (numbers.len() as u32) << 2 | kind);
        match kind {
            DENSE => {
                let mut bits = Bits::new(self.limit);
                numbers.iter().for_each(|number| bits.insert(*number));
                self.bytes.extend(bits.0.iter().flat_map(|word| word.to_le_bytes()));
            }
            HALVES => {
                for upper in 0..self.limit.div_ceil(HALF) {
                    let end =
                        numbers.partition_point(|number| (*number as usize) < (upper + 1) * HALF) as u32;
                    self.bytes.extend(end.to_le_bytes());
                }
                self.bytes.extend(numbers.iter().flat_map(|number| (*number as u16).to_le_bytes()));
            }
            _ => self.push_differences(numbers),
        }
        self.starts.push(u32::try_from(self.bytes.len()).expect("all lists together are below 4 GiB"));
    }

    fn push_differences(&mut self, numbers: &[u32]) {
        let mut differences = Vec::with_capacity(numbers.len() * 2);
        let mut skips = Vec::new();
        let mut before = 0_u32;
        for (at, number) in numbers.iter().enumerate() {
            if at > 0 && at % SKIP == 0 {
                skips.extend_from_slice(&before.to_le_bytes());
                skips.extend_from_slice(&(differences.len() as u32).to_le_bytes());
            }
            varint(&mut differences, number - before);
            before = *number;
        }
        self.bytes.append(&mut skips);
        self.bytes.append(&mut differences);
    }

    /// Gives back what was taken for lists that did not come.
    pub(super) fn trim(&mut self) {
        self.bytes.shrink_to_fit();
        self.starts.shrink_to_fit();
    }

    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    pub(super) fn list(&self, at: usize) -> List<'_> {
        let bytes = match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(from), Some(to)) => &self.bytes[*from as usize..*to as usize],
            _ => &[],
        };
        let Some((header, bytes)) = read_varint(bytes) else {
            return List::Sparse { count: 0, skips: &[], bytes: &[] };
        };
        let count = header >> 2;
        match header & 3 {
            DENSE => List::Dense { count, bytes },
            HALVES => {
                let table = self.limit.div_ceil(HALF) * 4;
                let (ends, lower) = bytes.split_at_checked(table).unwrap_or_default();
                List::Halves { count, ends: ends.as_chunks().0, lower: lower.as_chunks().0 }
            }
            _ => {
                let table = (count as usize).saturating_sub(1) / SKIP * 8;
                let (skips, bytes) = bytes.split_at_checked(table).unwrap_or_default();
                List::Sparse { count, skips, bytes }
            }
        }
    }

    pub(super) fn write(&self, image: &mut Writer) {
        image.u64s(&[self.limit as u64]);
        image.u32s(&self.starts);
        image.bytes(&self.bytes);
    }

    pub(super) fn read(image: &mut Reader<'_>) -> Option<Lists> {
        let limit = usize::try_from(*image.u64s()?.first()?).ok()?;
        let lists = Lists { starts: image.u32s()?, bytes: image.bytes()?.to_vec(), limit, is_small: false };
        are_bounds(&lists.starts, lists.bytes.len()).then_some(lists)
    }

    pub(super) fn memory(&self) -> usize {
        self.bytes.capacity() + self.starts.capacity() * 4
    }
}

/// How a list is kept, in the last two bits of what it begins with.
const SPARSE: u32 = 0;
const DENSE: u32 = 1;
const HALVES: u32 = 2;

/// Numbers with the same upper half.
const HALF: usize = 1 << 16;

/// One list.
#[derive(Clone, Copy, Debug)]
pub(super) enum List<'a> {
    /// Differences, and for each [`SKIP`] of them what stood before and where they begin.
    Sparse { count: u32, skips: &'a [u8], bytes: &'a [u8] },
    /// The lower halves, and for each upper half where those of it end.
    Halves { count: u32, ends: &'a [[u8; 4]], lower: &'a [[u8; 2]] },
    /// A bit for each number.
    Dense { count: u32, bytes: &'a [u8] },
}

impl<'a> List<'a> {
    pub(super) fn count(self) -> usize {
        match self {
            List::Sparse { count, .. } | List::Halves { count, .. } | List::Dense { count, .. } => {
                count as usize
            }
        }
    }

    /// In order.
    pub(super) fn iter(self) -> impl Iterator<Item = u32> + 'a {
        let (differences, words) = match self {
            List::Sparse { bytes, .. } => (bytes, &[][..]),
            List::Halves { .. } => (&[][..], &[][..]),
            List::Dense { bytes, .. } => (&[][..], bytes),
        };
        let (mut rest, mut before) = (differences, 0_u32);
        let sparse = std::iter::from_fn(move || {
            let (difference, tail) = read_varint(rest)?;
            rest = tail;
            before = before.wrapping_add(difference);
            Some(before)
        });
        let halves =
            self.halves().flat_map(|(upper, lower)| lower.iter().map(move |lower| whole(upper, *lower)));
        let dense = (0..)
            .zip(words.as_chunks::<8>().0)
            .flat_map(|(at, word)| ones(u64::from_le_bytes(*word)).map(move |bit| at * 64 + bit));
        sparse.chain(halves).chain(dense)
    }

    /// The lower halves of each upper one.
    fn halves(self) -> impl Iterator<Item = (u32, &'a [[u8; 2]])> {
        let (ends, lower) = match self {
            List::Halves { ends, lower, .. } => (ends, lower),
            List::Sparse { .. } | List::Dense { .. } => (&[][..], &[][..]),
        };
        let mut from = 0;
        (0..).zip(ends).map(move |(upper, end)| {
            let end = u32::from_le_bytes(*end) as usize;
            let these = lower.get(from..end).unwrap_or_default();
            from = end;
            (upper, these)
        })
    }

    /// Every one, in order.
    #[inline]
    pub(super) fn each(self, mut tell: impl FnMut(u32)) {
        match self {
            List::Sparse { bytes, .. } => differences(bytes, tell),
            List::Halves { .. } => {
                for (upper, lower) in self.halves() {
                    lower.iter().for_each(|lower| tell(whole(upper, *lower)));
                }
            }
            List::Dense { bytes, .. } => {
                for (at, word) in (0..).zip(bytes.as_chunks::<8>().0) {
                    ones(u64::from_le_bytes(*word)).for_each(|bit| tell(at * 64 + bit));
                }
            }
        }
    }

    /// Whether so many numbers are sooner looked up in the list than the list is read.
    pub(super) fn is_long_for(self, numbers: usize) -> bool {
        match self {
            List::Dense { .. } => true,
            List::Sparse { count, .. } | List::Halves { count, .. } => {
                count as usize >= numbers.saturating_mul(LONG_TIMES)
            }
        }
    }

    /// Tells which of these numbers, ascending, are in the list, by their places.
    pub(super) fn probe(self, numbers: &[u32], mut found: impl FnMut(usize)) {
        match self {
            List::Dense { bytes, .. } => {
                for (at, number) in numbers.iter().enumerate() {
                    let byte = bytes.get(*number as usize / 8).copied().unwrap_or_default();
                    if byte & (1 << (number % 8)) != 0 {
                        found(at);
                    }
                }
            }
            List::Halves { .. } if self.is_long_for(numbers.len()) => {
                let mut from = 0;
                for (upper, lower) in self.halves() {
                    let here = numbers[from..].partition_point(|number| number >> 16 <= upper);
                    for (at, number) in numbers.iter().enumerate().skip(from).take(here) {
                        if lower
                            .binary_search_by_key(&(*number as u16), |lower| u16::from_le_bytes(*lower))
                            .is_ok()
                        {
                            found(at);
                        }
                    }
                    from += here;
                }
            }
            // A short list is looked up among the numbers, a long one the other way round.
            List::Sparse { count, .. } | List::Halves { count, .. }
                if (count as usize) * 8 < numbers.len() =>
            {
                self.iter().filter_map(|listed| numbers.binary_search(&listed).ok()).for_each(found);
            }
            List::Sparse { .. } | List::Halves { .. } if !self.is_long_for(numbers.len()) => {
                let mut at = 0;
                for listed in self.iter() {
                    while numbers.get(at).is_some_and(|number| *number < listed) {
                        at += 1;
                    }
                    match numbers.get(at) {
                        Some(number) if *number == listed => found(at),
                        Some(_) => {}
                        None => return,
                    }
                }
            }
            List::Halves { .. } => {}
            List::Sparse { skips, bytes, .. } => {
                let mut seek =
                    Seek { skips: skips.as_chunks::<8>().0, bytes, rest: bytes, block: 0, reached: None };
                numbers
                    .iter()
                    .enumerate()
                    .filter(|(_, number)| seek.has(**number))
                    .for_each(|(at, _)| found(at));
            }
        }
    }
}

/// A list that is read as far as it is asked for.
pub(super) enum Cursor<'a> {
    /// What is not read yet, and what stands before it.
    Differences { rest: &'a [u8], before: u32 },
    /// How many lower halves are read, and whose those are that come.
    Halves { read: usize, upper: usize, ends: &'a [[u8; 4]], lower: &'a [[u8; 2]] },
    /// Ascending.
    Numbers(&'a [u32]),
}

impl<'a> Cursor<'a> {
    /// Of a list of differences; one with a bit for each number needs none, and is empty here.
    pub(super) fn of_list(list: List<'a>) -> Cursor<'a> {
        match list {
            List::Sparse { bytes, .. } => Cursor::Differences { rest: bytes, before: 0 },
            List::Dense { .. } => Cursor::Numbers(&[]),
            List::Halves { ends, lower, .. } => Cursor::Halves { read: 0, upper: 0, ends, lower },
        }
    }

    /// Sets the bits of the numbers of a block that begins at this word, behind all blocks before.
    pub(super) fn fill(&mut self, at: usize, block: &mut [u64]) {
        let mut set = |number: u32| {
            let word = (number as usize / 64).checked_sub(at).and_then(|at| block.get_mut(at));
            word.map(|word| *word |= 1 << (number % 64)).is_some()
        };
        match self {
            Cursor::Differences { rest, before } => {
                while let Some((difference, tail)) = read_varint(rest) {
                    let number = before.wrapping_add(difference);
                    if !set(number) {
                        return;
                    }
                    (*rest, *before) = (tail, number);
                }
            }
            Cursor::Halves { read, upper, ends, lower } => {
                while let Some(end) = ends.get(*upper) {
                    let end = u32::from_le_bytes(*end) as usize;
                    let these = lower.get(*read..end).unwrap_or_default();
                    let here = these.iter().take_while(|lower| set(whole(*upper as u32, **lower))).count();
                    *read += here;
                    if here < these.len() {
                        return;
                    }
                    *upper += 1;
                }
            }
            Cursor::Numbers(numbers) => {
                let here = numbers.iter().take_while(|number| set(**number)).count();
                *numbers = &numbers[here..];
            }
        }
    }
}

/// Looks up ascending numbers in a list of differences, from block to block.
struct Seek<'a> {
    skips: &'a [[u8; 8]],
    bytes: &'a [u8],
    rest: &'a [u8],
    /// How many blocks were left behind.
    block: usize,
    /// The last number that was read.
    reached: Option<u32>,
}

impl Seek<'_> {
    fn has(&mut self, number: u32) -> bool {
        if self.reached.is_some_and(|reached| reached >= number) {
            return self.reached == Some(number);
        }
        let half = |skip: &[u8; 8], at: usize| {
            u32::from_le_bytes([skip[at], skip[at + 1], skip[at + 2], skip[at + 3]])
        };
        let ahead = self.skips.get(self.block..).unwrap_or_default();
        let is_before = |skip: &[u8; 8]| half(skip, 0) < number;
        let mut reach = 1;
        while ahead.get(reach - 1).is_some_and(is_before) {
            reach *= 2;
        }
        let near = &ahead[(reach / 2).min(ahead.len())..reach.min(ahead.len())];
        let passed = (reach / 2).min(ahead.len()) + near.partition_point(is_before);
        if let Some(skip) = passed.checked_sub(1).and_then(|at| ahead.get(at)) {
            self.block += passed;
            self.reached = Some(half(skip, 0));
            self.rest = self.bytes.get(half(skip, 4) as usize..).unwrap_or_default();
        }
        while let Some((difference, rest)) = read_varint(self.rest) {
            let read = self.reached.unwrap_or_default().wrapping_add(difference);
            self.rest = rest;
            self.reached = Some(read);
            if read >= number {
                return read == number;
            }
        }
        false
    }
}

#[inline]
fn whole(upper: u32, lower: [u8; 2]) -> u32 {
    upper << 16 | u32::from(u16::from_le_bytes(lower))
}

fn varint(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Every number of a list of differences: the loop that a search spends its time in.
#[inline]
fn differences(bytes: &[u8], mut tell: impl FnMut(u32)) {
    let (mut rest, mut number) = (bytes, 0_u32);
    loop {
        // Most differences are of one byte: eight of them at once, as long as they are.
        while let Some((eight, tail)) = rest.split_first_chunk::<8>()
            && u64::from_le_bytes(*eight) & 0x8080_8080_8080_8080 == 0
        {
            for byte in eight {
                number = number.wrapping_add(u32::from(*byte));
                tell(number);
            }
            rest = tail;
        }
        // The next eight have a longer one among them, or there are no eight.
        let longer = rest.len().saturating_sub(8);
        while rest.len() > longer {
            let Some((difference, tail)) = read_varint(rest) else { return };
            number = number.wrapping_add(difference);
            tell(number);
            rest = tail;
        }
        if rest.is_empty() {
            return;
        }
    }
}

#[inline]
fn read_varint(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    if *first < 0x80 {
        return Some((u32::from(*first), rest));
    }
    let mut number = u32::from(*first & 0x7f);
    let mut shift = 7;
    for (at, byte) in rest.iter().take(4).enumerate() {
        number |= u32::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return Some((number, &rest[at + 1..]));
        }
        shift += 7;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Bits, Cursor, List, Lists};

    proptest! {
        #[test]
        fn a_list_gives_back_what_was_put_in_however_it_is_kept(
            numbers in prop::collection::btree_set(0_u32..20_000, 0..3_000),
            others in prop::collection::btree_set(0_u32..20_000, 0..60),
        ) {
            let (numbers, others): (Vec<u32>, Vec<u32>) = (numbers.into_iter().collect(), others.into_iter().collect());
            for limit in [20_000, 100_000, 2_000_000] {
                let mut lists = Lists::new(limit);
                lists.push(&[7]);
                lists.push(&numbers);
                let list = lists.list(1);
                prop_assert_eq!(list.count(), numbers.len());
                prop_assert_eq!(list.iter().collect::<Vec<_>>(), numbers.clone());
                let mut bits = Bits::new(limit);
                bits.add(list);
                prop_assert_eq!(bits.iter().collect::<Vec<_>>(), numbers.clone());
                let mut found = Vec::new();
                list.probe(&others, |at| found.push(others[at]));
                let mut read = Bits::new(limit);
                let mut cursor = Cursor::of_list(list);
                (0..limit.div_ceil(64)).step_by(7).for_each(|at| {
                    let end = (at + 7).min(limit.div_ceil(64));
                    cursor.fill(at, &mut read.0[at..end]);
                });
                let is_dense = matches!(list, List::Dense { .. });
                prop_assert!(is_dense || read.0 == bits.0);
                let wanted: Vec<u32> = others.iter().copied().filter(|other| bits.contains(*other)).collect();
                prop_assert_eq!(found, wanted);
            }
        }
    }
}
