//! Sorted words, each once: those with a beginning are a range, and so are those whose beginning is right but for one letter,
//! since one error leaves few beginnings that are words' at all: those are found once for the lexicons of all fields. Does not know
//! who has a word.

use std::ops::Range;

use super::image::{Reader, Writer, are_bounds};

/// Sorted texts, each once.
#[derive(Debug)]
pub(super) struct Lexicon {
    text: String,
    /// Where each begins; one more at the end.
    starts: Vec<u32>,
    /// The beginning of each, to be compared as a number.
    keys: Keys,
}

/// Keys to a signpost: two lines of the processor's cache.
const SIGNPOST: usize = 16;

/// The first eight bytes of a word, the first one highest, zeros behind a shorter one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key(u64);

/// Bytes of a key.
const KEY_BYTES: usize = 8;

impl Key {
    fn of(word: &str) -> Key {
        let mut bytes = [0; KEY_BYTES];
        bytes.iter_mut().zip(word.bytes()).for_each(|(place, byte)| *place = byte);
        Key(u64::from_be_bytes(bytes))
    }

    fn byte(self, at: usize) -> u8 {
        self.0.to_be_bytes()[at]
    }

    /// Its first bytes.
    fn first(self, bytes: usize) -> Key {
        Key(if bytes == 0 { 0 } else { self.0 & !0 << (8 * (KEY_BYTES - bytes)) })
    }

    /// Its bytes from one place on, moved to another.
    fn rest(self, from: usize, to: usize) -> Key {
        Key((self.0 << (8 * from)) >> (8 * to))
    }

    /// This byte there, and nothing else.
    fn only(byte: u8, at: usize) -> Key {
        Key(u64::from(byte) << (8 * (KEY_BYTES - 1 - at)))
    }

    fn with(self, other: Key) -> Key {
        Key(self.0 | other.0)
    }

    fn text(self) -> String {
        let bytes = self.0.to_be_bytes();
        bytes.iter().take_while(|byte| **byte != 0).map(|byte| char::from(*byte)).collect()
    }
}

/// The beginnings of sorted words.
#[derive(Debug)]
pub(super) struct Keys {
    sorted: Vec<Key>,
    /// The first of each so many: few enough that a search, which looks up hundreds of beginnings, has them at hand soon.
    signposts: Vec<Key>,
    /// In which of several lexicons each is, a bit for each; empty where they are of one.
    lexicons: Vec<u16>,
    /// A bit for each beginning of theirs, by its hash: most of those that an error makes are none, and that is seen at one look.
    hashed: Vec<u64>,
}

/// Bits for each key: of the beginnings that are none, one in seven or so is looked up in vain.
const HASHED_BITS: usize = 16;

/// Which word of these, a power of two of them, and which bit of it is a beginning's.
fn place(hashed: &[u64], Key(key): Key) -> (usize, u64) {
    // Knuth's multiplicative hashing: the upper bits depend on all.
    let hash = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((hash >> 32) as usize & (hashed.len() - 1), 1 << (hash >> 26 & 63))
}

/// A beginning of words: a key, how many bytes of it, and in which lexicons there are such words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Beginning {
    key: Key,
    bytes: usize,
    lexicons: u16,
}

impl Keys {
    fn new(sorted: Vec<Key>) -> Keys {
        let signposts = sorted.iter().copied().step_by(SIGNPOST).collect();
        Keys { sorted, signposts, lexicons: Vec::new(), hashed: Vec::new() }
    }

    /// Those of several lexicons, 16 at most, which are known by their numbers.
    pub(super) fn of_all<'a>(lexicons: impl Iterator<Item = (usize, &'a Lexicon)>) -> Keys {
        let mut all: Vec<(Key, u16)> = lexicons
            .flat_map(|(at, lexicon)| lexicon.keys.sorted.iter().map(move |key| (*key, 1 << at)))
            .collect();
        all.sort_unstable();
        all.dedup_by(|(key, lexicon), (other, lexicons)| {
            *lexicons |= if key == other { *lexicon } else { 0 };
            key == other
        });
        let (sorted, lexicons): (Vec<Key>, Vec<u16>) = all.into_iter().unzip();
        let mut hashed = vec![0_u64; (sorted.len() * HASHED_BITS).div_ceil(64).next_power_of_two()];
        for key in &sorted {
            for bytes in (1..=KEY_BYTES).take_while(|bytes| key.byte(bytes - 1) != 0) {
                let (at, bit) = place(&hashed, key.first(bytes));
                hashed[at] |= bit;
            }
        }
        Keys { lexicons, hashed, ..Keys::new(sorted) }
    }

    /// What words begin with that begin as typed but for one error: a letter too many, missing, wrong, or two neighbours exchanged.
    /// `None` where what was typed is not of two to seven letters of ASCII.
    pub(super) fn one_error(&self, typed: &str) -> Option<Vec<Beginning>> {
        let count = typed.len();
        if !typed.is_ascii() || !(2..KEY_BYTES).contains(&count) {
            return None;
        }
        let typed = Key::of(typed);
        let mut found: Vec<Beginning> = Vec::new();
        // Those that begin as typed up to here.
        let mut within = 0..self.sorted.len();
        for at in 0..count {
            let before = typed.first(at);
            let mut look = |range: Range<usize>, key: Key, bytes: usize| {
                let (at, bit) = place(&self.hashed, key);
                if self.hashed[at] & bit == 0 {
                    return;
                }
                let range = self.beginning(range, key, bytes);
                if !range.is_empty() {
                    let lexicons = self.lexicons[range].iter().fold(0, |all, lexicons| all | lexicons);
                    found.push(Beginning { key, bytes, lexicons });
                }
            };
            // The last letter left out is the beginning of all words with another letter there.
            look(within.clone(), before.with(typed.rest(at + 1, at)), count - 1);
            if at + 1 == count || within.is_empty() {
                break;
            }
            let exchanged = Key::only(typed.byte(at + 1), at).with(Key::only(typed.byte(at), at + 1));
            look(within.clone(), before.with(exchanged).with(typed.rest(at + 2, at + 2)), count);
            let mut from = within.start;
            while let Some(other) = self.sorted[from..within.end].first().map(|key| key.byte(at)) {
                if !other.is_ascii() {
                    break;
                }
                let these = self.beginning(from..within.end, before.with(Key::only(other, at)), at + 1);
                // An image that somebody damaged may be in no order; still this comes to an end.
                from = these.end.max(from + 1);
                // A word that ends here is too short, and in one with a digit nothing is forgiven.
                if other == 0 || other.is_ascii_digit() {
                    continue;
                }
                let begun = before.with(Key::only(other, at));
                look(these.clone(), begun.with(typed.rest(at + 1, at + 1)), count);
                look(these, begun.with(typed.rest(at, at + 1)), count + 1);
            }
            within = self.beginning(within, typed.first(at + 1), at + 1);
        }
        found.sort_unstable();
        found.dedup();
        Some(found)
    }

    /// Which of these begin with so many bytes of a key.
    fn beginning(&self, within: Range<usize>, key: Key, bytes: usize) -> Range<usize> {
        let from = self.passed(within.clone(), |other| other < key);
        let is_so = |other: Key| other.first(bytes) == key;
        if from == within.end || !is_so(self.sorted[from]) {
            return from..from;
        }
        from..self.passed(from..within.end, is_so)
    }

    /// The first of these keys for which it is not so, as it is for all before it.
    fn passed(&self, within: Range<usize>, is_so: impl Fn(Key) -> bool) -> usize {
        let first = within.start.div_ceil(SIGNPOST);
        let signposts = self.signposts.get(first..within.end.div_ceil(SIGNPOST)).unwrap_or_default();
        let passed = first + signposts.partition_point(|key| is_so(*key));
        let from = within.start.max(passed.saturating_sub(1) * SIGNPOST);
        let to = within.end.min(passed * SIGNPOST);
        from + self.sorted[from..to].partition_point(|key| is_so(*key))
    }

    pub(super) fn memory(&self) -> usize {
        (self.sorted.capacity() + self.signposts.capacity()) * size_of::<Key>()
            + self.lexicons.capacity() * 2
            + self.hashed.capacity() * 8
    }
}

/// What is one typing error away from what was typed.
#[derive(Debug, Default)]
pub(super) struct OneError {
    /// Beginnings, with the words that begin so; none within another.
    pub(super) beginnings: Vec<(String, Range<usize>)>,
    /// Words with letters beyond ASCII where the error would be: each is to be compared.
    pub(super) others: Vec<Range<usize>>,
}

impl Lexicon {
    pub(super) fn new<'a>(sorted: impl Iterator<Item = &'a str>) -> Lexicon {
        let (mut text, mut starts, mut keys) = (String::new(), vec![0], Vec::new());
        for word in sorted {
            text.push_str(word);
            starts.push(u32::try_from(text.len()).expect("all words together are below 4 GiB"));
            keys.push(Key::of(word));
        }
        text.shrink_to_fit();
        starts.shrink_to_fit();
        keys.shrink_to_fit();
        Lexicon { text, starts, keys: Keys::new(keys) }
    }

    pub(super) fn len(&self) -> usize {
        self.keys.sorted.len()
    }

    pub(super) fn word(&self, at: usize) -> &str {
        match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(from), Some(to)) => &self.text[*from as usize..*to as usize],
            _ => "",
        }
    }

    /// Which begin so.
    pub(super) fn range(&self, prefix: &str) -> Range<usize> {
        let within = self.keys.beginning(0..self.len(), Key::of(prefix), prefix.len().min(KEY_BYTES));
        if prefix.len() <= KEY_BYTES {
            return within;
        }
        let from = self.first_where(within.clone(), |word| word >= prefix);
        from..self.first_where(from..within.end, |word| !word.starts_with(prefix))
    }

    pub(super) fn find(&self, text: &str) -> Option<usize> {
        let within = self.keys.beginning(0..self.len(), Key::of(text), text.len().min(KEY_BYTES));
        let at = self.first_where(within.clone(), |word| word >= text);
        (at < within.end && self.word(at) == text).then_some(at)
    }

    /// Which begin as typed but for one error; `beginnings` are those that any word has, and this lexicon's number among all.
    pub(super) fn one_error(&self, typed: &str, beginnings: &[Beginning], number: usize) -> OneError {
        let mut found: Vec<(Key, Range<usize>)> = Vec::new();
        for Beginning { key, bytes, .. } in beginnings.iter().filter(|it| it.lexicons & 1 << number != 0) {
            let range = self.keys.beginning(0..self.len(), *key, *bytes);
            if !range.is_empty() {
                found.push((*key, range));
            }
        }
        found.sort_unstable_by_key(|(_, range)| (range.start, std::cmp::Reverse(range.end)));
        let mut end = 0;
        // Of two beginnings, one is within the other or they have nothing in common.
        found.retain(|(_, range)| {
            range.end > end && {
                end = range.end;
                true
            }
        });
        let mut others = Vec::new();
        let mut within = 0..self.len();
        for at in 0..typed.len() - 1 {
            let beyond = self.keys.passed(within.clone(), |key| key.byte(at).is_ascii());
            if beyond < within.end {
                others.push(beyond..within.end);
            }
            within = self.keys.beginning(within, Key::of(typed).first(at + 1), at + 1);
        }
        OneError { beginnings: found.into_iter().map(|(key, range)| (key.text(), range)).collect(), others }
    }

    fn first_where(&self, within: Range<usize>, reached: impl Fn(&str) -> bool) -> usize {
        let (mut low, mut high) = (within.start, within.end);
        while low < high {
            let middle = low + (high - low) / 2;
            if reached(self.word(middle)) { high = middle } else { low = middle + 1 }
        }
        low
    }

    pub(super) fn write(&self, image: &mut Writer) {
        image.u32s(&self.starts);
        image.bytes(self.text.as_bytes());
    }

    pub(super) fn read(image: &mut Reader<'_>) -> Option<Lexicon> {
        let starts = image.u32s()?;
        let text = String::from_utf8(image.bytes()?.to_vec()).ok()?;
        let on_letters = || starts.iter().all(|at| text.is_char_boundary(*at as usize));
        if !are_bounds(&starts, text.len()) || !on_letters() {
            return None;
        }
        let keys = starts.windows(2).map(|bounds| Key::of(&text[bounds[0] as usize..bounds[1] as usize]));
        let keys = keys.collect();
        Some(Lexicon { text, starts, keys: Keys::new(keys) })
    }

    pub(super) fn memory(&self) -> usize {
        self.text.capacity() + self.starts.capacity() * 4 + self.keys.memory()
    }
}
