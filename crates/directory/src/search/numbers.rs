//! Telephone numbers by fragments: from either end by binary search in orders of their digits, inside by groups of three.
//! A number is known as it is written with its country code and, where it has one, as it is written nationally. Knows no
//! contacts beside their places.

use std::ops::Range;

use super::image::{Reader, Writer};
use super::lists::{Bits, List, Lists};
use super::words::UNITED_MIN;
use crate::number::Number;

/// ITU-T E.164: no number is longer.
pub(super) const DIGITS_MAX: usize = 15;
/// Fragments up to this long have a list of their own where many numbers begin or end so; many share no more than this.
const UNITED_DIGITS_MAX: u32 = 9;
/// Numbers that share the groups of a fragment and are looked at whole. Only fragments of a common country and area code have
/// more, and those are found from the front.
const LOOKED_AT_MAX: usize = 8192;
/// Shortest fragment that is looked for inside numbers.
const INSIDE_MIN: usize = 3;

/// Up to 15 digits from the left, four bits each, 1 for `0` and so on; in the last four bits how many of them are the country
/// code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Packed(u64);

const CODE: u64 = 0xf;

impl Packed {
    /// `None`: too long for a number.
    pub(super) fn of(number: &Number) -> Option<Packed> {
        let written = number.written();
        let code = match number {
            Number::International { country, .. } => country.len() as u64,
            Number::National(_) | Number::Local(_) => 0,
        };
        Some(Packed(digits(written.first()?)? | code & CODE))
    }

    fn whole(self) -> u64 {
        self.0 & !CODE
    }

    /// Without country code; `None` where there is none.
    fn national(self) -> Option<u64> {
        let code = (self.0 & CODE) as u32;
        (1..=3).contains(&code).then(|| self.whole() << (4 * code))
    }

    fn backwards(self) -> u64 {
        let swapped = self.whole().swap_bytes();
        let turned = (swapped & 0x0f0f_0f0f_0f0f_0f0f) << 4 | (swapped >> 4) & 0x0f0f_0f0f_0f0f_0f0f;
        // The digits came from the left, so turned around they stand at the right end.
        turned.checked_shl(turned.leading_zeros() / 4 * 4).unwrap_or_default()
    }

    fn length(self) -> u32 {
        16 - self.whole().trailing_zeros().min(64) / 4
    }

    /// Neither at the beginning nor at the end.
    fn has_inside(self, fragment: u64, length: u32) -> bool {
        let mask = beginning(length);
        (1..self.length().saturating_sub(length)).any(|at| (self.whole() << (4 * at)) & mask == fragment)
    }

    /// The groups of three digits that are neither at the beginning nor at the end.
    fn groups(self) -> impl Iterator<Item = usize> {
        (1..self.length().saturating_sub(3)).map(move |at| group((self.whole() << (4 * at)) >> 52))
    }
}

/// Digits as in [`Packed`]; `None` where there are none, more than 15, or something else.
fn digits(text: &str) -> Option<u64> {
    let fits = (1..=DIGITS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let pack = |(at, byte): (usize, u8)| u64::from(byte - b'0' + 1) << (60 - 4 * at);
    fits.then(|| text.bytes().enumerate().map(pack).sum())
}

/// A mask over the first digits.
fn beginning(length: u32) -> u64 {
    if length == 0 { 0 } else { !0 << (64 - 4 * length.min(16)) }
}

/// Which of the thousand groups these twelve bits are.
fn group(bits: u64) -> usize {
    let digit = |shift: u32| ((bits >> shift & 0xf) as usize).wrapping_sub(1).min(9);
    digit(8) * 100 + digit(4) * 10 + digit(0)
}

/// Places of numbers, in three bytes each where that is enough: there are three orders of all numbers.
#[derive(Debug)]
struct Sorted {
    /// With one more at the end, so that four can be read everywhere.
    bytes: Vec<u8>,
    width: usize,
}

impl Sorted {
    fn new(places: impl Iterator<Item = u32>, numbers: usize) -> Sorted {
        let width = if numbers <= 1 << 24 { 3 } else { 4 };
        let mut bytes: Vec<u8> =
            places.flat_map(|place| place.to_le_bytes().into_iter().take(width)).chain([0]).collect();
        bytes.shrink_to_fit();
        Sorted { bytes, width }
    }

    fn len(&self) -> usize {
        (self.bytes.len() - 1) / self.width
    }

    fn get(&self, at: usize) -> usize {
        let four = self.bytes[at * self.width..].first_chunk::<4>();
        four.map_or(0, |four| {
            u32::from_le_bytes(*four) as usize & (usize::MAX >> (usize::BITS - 8 * self.width as u32))
        })
    }

    fn iter(&self, range: Range<usize>) -> impl Iterator<Item = usize> {
        range.map(|at| self.get(at))
    }

    /// The first for which it is not so, as it is for all before it.
    fn passed(&self, is_so: impl Fn(usize) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if is_so(self.get(middle)) { low = middle + 1 } else { high = middle }
        }
        low
    }
}

/// One order of the numbers: by their digits, their national digits, or from behind.
#[derive(Debug)]
struct Order {
    by: By,
    sorted: Sorted,
    /// Beginnings that many have, with their length in the last four bits, sorted; and the contacts.
    united: Vec<u64>,
    lists: Lists,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Digits,
    National,
    Behind,
}

impl By {
    fn key(self, number: Packed) -> Option<u64> {
        match self {
            By::Digits => Some(number.whole()),
            By::National => number.national(),
            By::Behind => Some(number.backwards()),
        }
    }
}

impl Order {
    fn new(by: By, numbers: &[Packed], contacts: &[u32], limit: usize) -> Order {
        let mut keyed: Vec<(u64, u32)> =
            (0..).zip(numbers).filter_map(|(at, number)| Some((by.key(*number)?, at))).collect();
        keyed.sort_unstable();
        let mut united: Vec<(u64, Vec<u32>)> = Vec::new();
        for length in 0..=UNITED_DIGITS_MAX {
            let mask = beginning(length);
            for group in keyed.chunk_by(|a, b| a.0 & mask == b.0 & mask) {
                if group.len() > UNITED_MIN {
                    let mut bits = Bits::new(limit);
                    group.iter().for_each(|(_, at)| bits.insert(contacts[*at as usize]));
                    united.push((group[0].0 & mask | u64::from(length), bits.iter().collect()));
                }
            }
        }
        united.sort_unstable_by_key(|(key, _)| *key);
        let mut lists = Lists::small(limit);
        united.iter().for_each(|(_, list)| lists.push(list));
        lists.trim();
        Order {
            by,
            sorted: Sorted::new(keyed.into_iter().map(|(_, at)| at), numbers.len()),
            united: united.into_iter().map(|(key, _)| key).collect(),
            lists,
        }
    }

    /// Where the numbers stand that begin so in this order.
    fn range(&self, numbers: &[Packed], fragment: u64, length: u32) -> Range<usize> {
        let mask = beginning(length);
        let key = |at: usize| self.by.key(numbers[at]).unwrap_or_default();
        let from = self.sorted.passed(|at| key(at) < fragment);
        from..self.sorted.passed(|at| key(at) & mask <= fragment)
    }

    fn write(&self, image: &mut Writer) {
        image.u64s(&[self.sorted.width as u64]);
        image.bytes(&self.sorted.bytes);
        image.u64s(&self.united);
        self.lists.write(image);
    }

    fn read(by: By, image: &mut Reader<'_>, numbers: usize) -> Option<Order> {
        let width = *image.u64s()?.first().filter(|width| matches!(width, 3 | 4))? as usize;
        let bytes = Some(image.bytes()?.to_vec()).filter(|bytes| bytes.len() % width == 1 % width)?;
        let sorted = Sorted { bytes, width };
        let order = Order { by, sorted, united: image.u64s()?, lists: Lists::read(image)? };
        let fits = order.sorted.iter(0..order.sorted.len()).all(|at| at < numbers)
            && order.united.len() == order.lists.len();
        fits.then_some(order)
    }

    fn memory(&self) -> usize {
        self.sorted.bytes.capacity() + self.united.capacity() * 8 + self.lists.memory()
    }
}

/// Contacts that were found: a list that is kept, or places in order, each once.
#[derive(Clone, Debug)]
pub(super) enum Found<'a> {
    List(List<'a>),
    Contacts(Vec<u32>),
}

impl Found<'_> {
    pub(super) fn count(&self) -> usize {
        match self {
            Found::List(list) => list.count(),
            Found::Contacts(contacts) => contacts.len(),
        }
    }

    /// Every one.
    #[inline]
    pub(super) fn each(&self, mut tell: impl FnMut(u32)) {
        match self {
            Found::List(list) => list.each(tell),
            Found::Contacts(contacts) => contacts.iter().for_each(|entry| tell(*entry)),
        }
    }

    pub(super) fn add_to(&self, bits: &mut Bits) {
        match self {
            Found::List(list) => bits.add(*list),
            Found::Contacts(contacts) => contacts.iter().for_each(|entry| bits.insert(*entry)),
        }
    }
}

/// Who has a number with a fragment, by where it stands in the number.
#[derive(Debug, Default)]
pub(super) struct ByPlace<'a> {
    pub(super) whole: Vec<Found<'a>>,
    pub(super) end: Vec<Found<'a>>,
}

/// All numbers.
#[derive(Debug)]
pub(super) struct Numbers {
    /// In the order of their contacts.
    numbers: Vec<Packed>,
    contacts: Vec<u32>,
    orders: [Order; 3],
    /// For each group of three digits the numbers that have it inside.
    groups: Lists,
}

impl Numbers {
    /// `numbers` with the places of their contacts, which ascend.
    pub(super) fn new(numbers: Vec<Packed>, contacts: Vec<u32>, limit: usize) -> Numbers {
        let mut by_group: Vec<Vec<u32>> = vec![Vec::new(); 1000];
        for (at, number) in (0..).zip(&numbers) {
            for group in number.groups() {
                if by_group[group].last() != Some(&at) {
                    by_group[group].push(at);
                }
            }
        }
        let mut groups = Lists::small(numbers.len());
        by_group.iter().for_each(|list| groups.push(list));
        groups.trim();
        let orders =
            [By::Digits, By::National, By::Behind].map(|by| Order::new(by, &numbers, &contacts, limit));
        Numbers { numbers, contacts, orders, groups }
    }

    /// Who has a number that is, begins or ends with these digits.
    pub(super) fn at_an_end<'a>(&'a self, fragment: &str, found: &mut ByPlace<'a>) {
        let Some(wanted) = digits(fragment) else { return };
        let length = fragment.len() as u32;
        let [by_digits, by_national, behind] = &self.orders;
        self.beginning(by_digits, wanted, length, found);
        if fragment.starts_with('0') {
            self.beginning(by_national, wanted << 4, length - 1, found);
        }
        let mut backwards = ByPlace::default();
        self.beginning(behind, Packed(wanted).backwards(), length, &mut backwards);
        found.end.append(&mut backwards.end);
    }

    /// Who has a number with these digits inside, at least three.
    pub(super) fn inside(&self, fragment: &str) -> Option<Found<'_>> {
        let wanted = digits(fragment).filter(|_| fragment.len() >= INSIDE_MIN)?;
        let mut lists: Vec<List<'_>> = (0..=fragment.len() - INSIDE_MIN)
            .map(|at| self.groups.list(group((wanted << (4 * at)) >> 52)))
            .collect();
        lists.sort_unstable_by_key(|list| list.count());
        let mut bits = Bits::new(self.numbers.len());
        bits.add(lists[0]);
        for list in lists.iter().skip(1).take(2) {
            let mut other = Bits::new(self.numbers.len());
            other.add(*list);
            bits.meet(&other);
        }
        let length = fragment.len() as u32;
        let exact = fragment.len() == INSIDE_MIN;
        let looked_at = if exact { usize::MAX } else { LOOKED_AT_MAX };
        let mut contacts: Vec<u32> = bits
            .iter()
            .take(looked_at)
            .map(|at| at as usize)
            .filter(|at| {
                exact || self.numbers.get(*at).is_some_and(|number| number.has_inside(wanted, length))
            })
            .filter_map(|at| self.contacts.get(at).copied())
            .collect();
        contacts.dedup();
        Some(Found::Contacts(contacts))
    }

    /// Contacts one of whose numbers ends so, at most this many.
    pub(super) fn ending(&self, tail: &str, most: usize) -> Vec<u32> {
        let Some(wanted) = digits(tail) else { return Vec::new() };
        let [_, _, behind] = &self.orders;
        let range = behind.range(&self.numbers, Packed(wanted).backwards(), tail.len() as u32);
        self.some(behind, range, most)
    }

    /// Contacts one of whose numbers begins so, at most this many.
    pub(super) fn starting(&self, beginning: &str, most: usize) -> Vec<u32> {
        let Some(wanted) = digits(beginning) else { return Vec::new() };
        let [by_digits, _, _] = &self.orders;
        let range = by_digits.range(&self.numbers, wanted, beginning.len() as u32);
        self.some(by_digits, range, most)
    }

    fn some(&self, order: &Order, range: Range<usize>, most: usize) -> Vec<u32> {
        let places = order.sorted.iter(range).take(most);
        let mut contacts: Vec<u32> = places.map(|at| self.contacts[at]).collect();
        contacts.sort_unstable();
        contacts.dedup();
        contacts
    }

    fn beginning<'a>(&'a self, order: &'a Order, wanted: u64, length: u32, found: &mut ByPlace<'a>) {
        let range = order.range(&self.numbers, wanted, length);
        let key = |at: &usize| order.by.key(self.numbers[*at]);
        let whole = order.sorted.iter(range.clone()).take_while(|at| key(at) == Some(wanted) && length > 0);
        let mut whole: Vec<u32> = whole.map(|at| self.contacts[at]).collect();
        if !whole.is_empty() {
            whole.sort_unstable();
            whole.dedup();
            found.whole.push(Found::Contacts(whole));
        }
        match order.united.binary_search(&(wanted | u64::from(length))) {
            Ok(at) => found.end.push(Found::List(order.lists.list(at))),
            Err(_) if range.is_empty() => {}
            Err(_) => {
                let count = range.len();
                found.end.push(Found::Contacts(self.some(order, range, count)));
            }
        }
    }

    pub(super) fn write(&self, image: &mut Writer) {
        image.u64s(&self.numbers.iter().map(|number| number.0).collect::<Vec<u64>>());
        image.u32s(&self.contacts);
        self.orders.iter().for_each(|order| order.write(image));
        self.groups.write(image);
    }

    pub(super) fn read(image: &mut Reader<'_>) -> Option<Numbers> {
        let numbers: Vec<Packed> = image.u64s()?.into_iter().map(Packed).collect();
        let contacts = image.u32s()?;
        let mut order = |by| Order::read(by, image, numbers.len());
        let orders = [order(By::Digits)?, order(By::National)?, order(By::Behind)?];
        let groups = Lists::read(image)?;
        let fits = numbers.len() == contacts.len() && groups.len() == 1000;
        fits.then_some(Numbers { numbers, contacts, orders, groups })
    }

    pub(super) fn memory(&self) -> usize {
        self.numbers.capacity() * 8
            + self.contacts.capacity() * 4
            + self.orders.iter().map(Order::memory).sum::<usize>()
            + self.groups.memory()
    }
}

#[cfg(test)]
mod tests {
    use super::Sorted;

    #[test]
    fn places_are_given_back_from_three_bytes_and_from_four() {
        let three = [0, 7, 255, 256, 70_000, (1 << 24) - 1];
        let four = [0, 7, 70_000, 1 << 24, u32::MAX];
        for (places, numbers) in [(&three[..], 1 << 24), (&four[..], 1 << 25)] {
            let sorted = Sorted::new(places.iter().copied(), numbers);
            let given: Vec<u32> = sorted.iter(0..sorted.len()).map(|place| place as u32).collect();
            assert_eq!(given, places);
            assert_eq!(sorted.passed(|place| place < 256), places.partition_point(|place| *place < 256));
        }
    }
}
