//! An index over some contacts that never changes: built once, kept as an image, searched. Contacts that are one person are one
//! entry; entries are numbered by the alphabet of their names, so that a number is also the order among equals.
//!
//! Does not hold contacts, and knows nothing of favourites or of who was removed since.

use std::cell::OnceCell;
use std::collections::HashMap;

use contracts::Address;
use contracts::book::Contact;

use super::fields::{self, Field};
use super::image::{Reader, Writer, are_bounds};
use super::lexicon::{Beginning, Keys};
use super::lists::{Bits, List};
use super::names::Names;
use super::near::Near;
use super::numbers::{ByPlace, Found, Numbers, Packed};
use super::query::{Grade, Script, Term};
use super::sets::Set;
use super::words::Words;
use crate::{fold, merge};

/// Takes contacts and becomes a [`Segment`].
pub(super) struct Builder {
    fields: Vec<HashMap<Box<str>, u32>>,
    contacts: Vec<Draft>,
    /// Words of all contacts one after the other: field and number of the word.
    words: Vec<u32>,
    numbers: Vec<Packed>,
    keys: String,
    /// The words of the contact that is added.
    text: String,
    parts: Vec<(Field, std::ops::Range<usize>)>,
    /// What contacts have in common who are one person, and the place of the contact.
    signs: Vec<(u64, u32)>,
}

/// Words of one field, at most: the field takes the upper four bits.
const WORDS_MAX: u32 = 1 << 28;

struct Draft {
    id: u64,
    weight: u16,
    /// Where its words, numbers and key end.
    words: u32,
    numbers: u32,
    key: u32,
}

impl Builder {
    pub(super) fn new() -> Builder {
        Builder {
            fields: vec![HashMap::new(); Field::ALL.len()],
            contacts: Vec::new(),
            words: Vec::new(),
            numbers: Vec::new(),
            keys: String::new(),
            text: String::new(),
            parts: Vec::new(),
            signs: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, contact: &Contact) {
        let place = self.contacts.len() as u32;
        self.text.clear();
        self.parts.clear();
        fields::each_word(contact, &mut |field, word| {
            let from = self.text.len();
            self.text.push_str(word);
            self.parts.push((field, from..self.text.len()));
        });
        for (at, (field, word)) in self.parts.iter().enumerate() {
            let word = &self.text[word.clone()];
            let listed = self.parts.iter().enumerate().any(|(other_at, (other, range))| {
                let same = || self.text[range.clone()] == *word;
                (field.leaves_to(*other) || (field == other && other_at < at)) && same()
            });
            if !listed {
                let known = &mut self.fields[*field as usize];
                let number = match known.get(word) {
                    Some(number) => *number,
                    None => {
                        let number = known.len() as u32;
                        assert!(number < WORDS_MAX, "memory ends before the words of a field do");
                        known.insert(word.into(), number);
                        number
                    }
                };
                self.words.push((*field as u32) << 28 | number);
            }
        }
        self.numbers.extend(fields::numbers(contact).filter_map(|number| Packed::of(&number)));
        let key = fold::sort_key(&contact.display_name);
        merge::each_sign(contact, &key, &mut |sign| self.signs.push((sign, place)));
        self.keys.push_str(&key);
        self.contacts.push(Draft {
            id: contact.id,
            weight: merge::weight(contact),
            words: self.words.len() as u32,
            numbers: self.numbers.len() as u32,
            key: u32::try_from(self.keys.len()).expect("the names of all contacts are below 4 GiB"),
        });
    }

    pub(super) fn finish(mut self) -> Segment {
        let mut entries = self.entries();
        let key = |place: &u32| self.key(*place);
        entries.sort_unstable_by(|a, b| {
            key(&a[0]).cmp(key(&b[0])).then_with(|| self.id(a[0]).cmp(&self.id(b[0])))
        });
        let names = Names::new(entries.iter().map(|entry| self.key(entry[0])));
        let mut members = Vec::with_capacity(self.contacts.len());
        let mut starts = vec![0];
        let (mut numbers, mut of_numbers) = (Vec::new(), Vec::new());
        for (at, entry) in (0..).zip(&entries) {
            members.extend(entry.iter().map(|place| self.id(*place)));
            starts.push(members.len() as u32);
            let begins = numbers.len();
            for number in entry.iter().flat_map(|place| &self.numbers[self.span(*place, |it| it.numbers)]) {
                if !numbers[begins..].contains(number) {
                    numbers.push(*number);
                    of_numbers.push(at);
                }
            }
        }
        let mut by_id: Vec<u32> = (0..members.len() as u32).collect();
        by_id.sort_unstable_by_key(|at| members[*at as usize]);
        members.shrink_to_fit();
        starts.shrink_to_fit();
        numbers.shrink_to_fit();
        of_numbers.shrink_to_fit();
        let fields = std::mem::take(&mut self.fields);
        let limit = entries.len();
        let (words, numbers) = std::thread::scope(|scope| {
            let this = &self;
            let entries = &entries;
            let numbers = scope.spawn(move || Numbers::new(numbers, of_numbers, limit));
            let lists = this.lists(&fields, entries);
            let words =
                fields.iter().zip(&lists.begins).map(|(known, begin)| lists.of_field(known, *begin, limit));
            let words: Vec<Words> = words.collect();
            (words, numbers.join().expect("it panics only where this thread would, too"))
        });
        Segment { beginnings: beginnings(&words), words, numbers, names, members, starts, by_id }
    }

    /// Who has each word, of all fields at once: the contacts come in the order of the entries, which is far from theirs.
    fn lists(&self, fields: &[HashMap<Box<str>, u32>], entries: &[Box<[u32]>]) -> Holders {
        let mut begins = vec![0];
        for known in fields {
            begins.push(begins[begins.len() - 1] + known.len());
        }
        let place = |word: &u32| begins[(word >> 28) as usize] + (word & (WORDS_MAX - 1)) as usize;
        let mut starts = vec![0_u32; begins[fields.len()] + 1];
        for word in &self.words {
            starts[place(word) + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        // Filled from where each begins, so that afterwards each ends where it was filled to.
        let mut ends = starts.clone();
        let mut holders = vec![0_u32; self.words.len()];
        for (at, entry) in (0..).zip(entries) {
            for word in entry.iter().flat_map(|place| &self.words[self.span(*place, |it| it.words)]) {
                let word = place(word);
                let (from, to) = (starts[word] as usize, ends[word] as usize);
                // Two contacts of one entry may have the same word.
                if to == from || holders[to - 1] != at {
                    holders[to] = at;
                    ends[word] += 1;
                }
            }
        }
        Holders { begins, starts, ends, holders }
    }

    /// Contacts that are one person, the best first.
    fn entries(&mut self) -> Vec<Box<[u32]>> {
        self.signs.sort_unstable();
        let mut first: Vec<u32> = (0..self.contacts.len() as u32).collect();
        for same in self.signs.chunk_by(|a, b| a.0 == b.0) {
            for pair in same.windows(2) {
                let (a, b) = (root(&mut first, pair[0].1), root(&mut first, pair[1].1));
                first[a.max(b) as usize] = a.min(b);
            }
        }
        self.signs = Vec::new();
        let mut of_first: HashMap<u32, Vec<u32>> = HashMap::new();
        let mut entries: Vec<Box<[u32]>> = Vec::new();
        let mut together = Vec::new();
        for place in 0..self.contacts.len() as u32 {
            let root = root(&mut first, place);
            if root != place {
                of_first.entry(root).or_insert_with(|| vec![root]).push(place);
                together.push(place);
            }
        }
        let mut together = together.into_iter().peekable();
        for place in 0..self.contacts.len() as u32 {
            if together.next_if_eq(&place).is_some() {
                continue;
            }
            let mut entry = of_first.remove(&place).unwrap_or_else(|| vec![place]);
            entry.sort_by_key(|place| {
                let draft = &self.contacts[*place as usize];
                (std::cmp::Reverse(draft.weight), draft.id)
            });
            entries.push(entry.into());
        }
        entries
    }

    fn id(&self, place: u32) -> u64 {
        self.contacts[place as usize].id
    }

    fn key(&self, place: u32) -> &str {
        &self.keys[self.span(place, |it| it.key)]
    }

    fn span(&self, place: u32, end: impl Fn(&Draft) -> u32) -> std::ops::Range<usize> {
        let from = place.checked_sub(1).map_or(0, |before| end(&self.contacts[before as usize]));
        from as usize..end(&self.contacts[place as usize]) as usize
    }
}

/// The entries that have each word.
struct Holders {
    /// Where the words of each field begin.
    begins: Vec<usize>,
    /// Where the entries of each word begin and end.
    starts: Vec<u32>,
    ends: Vec<u32>,
    holders: Vec<u32>,
}

impl Holders {
    /// The words of one field, with their numbers.
    fn of_field(&self, known: &HashMap<Box<str>, u32>, begin: usize, limit: usize) -> Words {
        let of_word = |number: u32| {
            let word = begin + number as usize;
            &self.holders[self.starts[word] as usize..self.ends[word] as usize]
        };
        Words::new(known.iter().map(|(word, number)| (&**word, of_word(*number))).collect(), limit)
    }
}

/// With what words begin in the fields where typing errors are forgiven; the fields by their numbers.
fn beginnings(words: &[Words]) -> Keys {
    let forgiving = Field::ALL.into_iter().zip(words).filter(|(field, _)| field.forgives());
    Keys::of_all(forgiving.map(|(field, words)| (field as usize, words.lexicon())))
}

/// The first contact of those that are one person with this one.
fn root(first: &mut [u32], mut place: u32) -> u32 {
    while first[place as usize] != place {
        first[place as usize] = first[first[place as usize] as usize];
        place = first[place as usize];
    }
    place
}

/// An index that never changes.
#[derive(Debug)]
pub(super) struct Segment {
    /// By [`Field`].
    words: Vec<Words>,
    /// With what the words of all fields begin in which typing errors are forgiven.
    beginnings: Keys,
    numbers: Numbers,
    names: Names,
    /// The contacts of each entry, the best first.
    members: Vec<u64>,
    /// Where the contacts of each entry begin; one more at the end.
    starts: Vec<u32>,
    /// Places in `members`, by id.
    by_id: Vec<u32>,
}

/// How far a search goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// What begins so.
    Starts,
    /// Also what has it inside.
    Inside,
    /// Also what is nearly so.
    Near,
}

/// Who has a term, by grade, as far as it was looked for.
pub(super) struct Classes<'a> {
    segment: &'a Segment,
    term: &'a Term,
    reached: Option<Reach>,
    by_grade: [Vec<Found<'a>>; Grade::COUNT],
    /// The same united, where somebody asked. A grade is complete when its step was looked for, and is not changed by others.
    sets: [OnceCell<Set>; Grade::COUNT],
    /// All grades of beginnings united, likewise.
    starts: OnceCell<Set>,
    count: usize,
}

impl<'a> Classes<'a> {
    pub(super) fn new(segment: &'a Segment, term: &'a Term) -> Classes<'a> {
        Classes {
            segment,
            term,
            reached: None,
            by_grade: Default::default(),
            sets: Default::default(),
            starts: OnceCell::new(),
            count: 0,
        }
    }

    /// Looks so far.
    pub(super) fn reach(&mut self, reach: Reach) {
        for step in [Reach::Starts, Reach::Inside, Reach::Near] {
            if step <= reach && self.reached.is_none_or(|reached| reached < step) {
                self.look_in_words(step);
                self.look_in_numbers(step);
                self.reached = Some(step);
            }
        }
        let found = self.by_grade.iter().flatten();
        self.count = found.map(Found::count).sum();
    }

    /// At most so many; entries found twice count twice.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The best grade first, without those that nobody has.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Grade, &[Found<'a>])> + Clone {
        let grades = Grade::ALL.into_iter().zip(&self.by_grade);
        grades.filter(|(_, found)| !found.is_empty()).map(|(grade, found)| (grade, found.as_slice()))
    }

    /// Those where it is not at a beginning.
    pub(super) fn elsewhere(&self) -> impl Iterator<Item = (Grade, &[Found<'a>])> + Clone {
        self.iter().filter(|(grade, _)| !grade.is_start())
    }

    /// Who has it in this grade.
    pub(super) fn of(&self, grade: Grade) -> &[Found<'a>] {
        &self.by_grade[grade as usize]
    }

    /// At most so many have it in this grade.
    pub(super) fn count_in(&self, grade: Grade) -> usize {
        self.of(grade).iter().map(Found::count).sum()
    }

    /// Who has it in this grade, united.
    pub(super) fn set(&self, grade: Grade) -> &Set {
        self.sets[grade as usize].get_or_init(|| Set::of(self.of(grade), self.segment.len()))
    }

    /// As [`Classes::set`], where it was asked for before.
    pub(super) fn known(&self, grade: Grade) -> Option<&Set> {
        self.sets[grade as usize].get()
    }

    /// Who has it at a beginning.
    pub(super) fn starts(&self) -> &Set {
        self.starts.get_or_init(|| {
            let starts = self.iter().filter(|(grade, _)| grade.is_start());
            Set::of_all(starts.flat_map(|(_, found)| found), self.segment.len())
        })
    }

    /// In which grade somebody has it who has it at a beginning.
    pub(super) fn start_of(&self, entry: u32) -> Option<Grade> {
        let mut starts = self.iter().map(|(grade, _)| grade).filter(|grade| grade.is_start()).peekable();
        // The last one is the longest, and whoever is in no other is there.
        while let Some(grade) = starts.next() {
            if starts.peek().is_none() || self.set(grade).contains(entry) {
                return Some(grade);
            }
        }
        None
    }

    /// Who has it anywhere.
    pub(super) fn united(&self) -> Set {
        Set::of_all(self.iter().flat_map(|(_, found)| found), self.segment.len())
    }

    fn take(&mut self, grade: Grade, found: impl IntoIterator<Item = Found<'a>>) {
        self.by_grade[grade as usize].extend(found.into_iter().filter(|found| found.count() > 0));
    }

    fn look_in_words(&mut self, step: Reach) {
        let (segment, term) = (self.segment, self.term);
        let near: &[(Near, Script)] = if step == Reach::Near { term.near() } else { &[] };
        let beginnings =
            |near: &Near| segment.beginnings.one_error(&near.typed).filter(|_| near.errors_max == 1);
        let near: Vec<(&Near, Script, Option<Vec<Beginning>>)> =
            near.iter().map(|(near, script)| (near, *script, beginnings(near))).collect();
        let fields = Field::ALL.into_iter().zip(&segment.words);
        for (field, words) in fields.filter(|(field, _)| term.may_be_in(*field)) {
            for form in &term.forms {
                let mut lists = Vec::new();
                let grade = match step {
                    Reach::Starts => {
                        words.starting(&form.text, &mut lists);
                        Grade::start(field)
                    }
                    Reach::Inside => {
                        words.containing(&form.text, &mut lists);
                        Grade::inside(field)
                    }
                    Reach::Near => continue,
                };
                self.take(grade.in_script(form.script), lists.into_iter().map(Found::List));
            }
            if field.forgives() {
                for (near, script, beginnings) in &near {
                    let mut found = [Vec::new(), Vec::new()];
                    let beginnings = beginnings.as_deref().map(|beginnings| (field as usize, beginnings));
                    words.near(near, beginnings, &mut found);
                    for (errors, lists) in (1..).zip(found) {
                        let grade = Grade::near(field, errors).in_script(*script);
                        self.take(grade, lists.into_iter().map(Found::List));
                    }
                }
            }
        }
    }

    fn look_in_numbers(&mut self, step: Reach) {
        let (segment, term) = (self.segment, self.term);
        for digits in &term.digits {
            match step {
                Reach::Starts => {
                    let mut found = ByPlace::default();
                    segment.numbers.at_an_end(digits, &mut found);
                    self.take(Grade::WholeNumber, found.whole);
                    self.take(Grade::NumberEnd, found.end);
                }
                Reach::Inside => self.take(Grade::NumberInside, segment.numbers.inside(digits)),
                Reach::Near => {}
            }
        }
    }
}

impl Segment {
    /// Entries.
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    pub(super) fn contacts(&self) -> usize {
        self.members.len()
    }

    /// The contacts of an entry, the best first.
    pub(super) fn members(&self, entry: u32) -> &[u64] {
        match (self.starts.get(entry as usize), self.starts.get(entry as usize + 1)) {
            (Some(from), Some(to)) => &self.members[*from as usize..*to as usize],
            _ => &[],
        }
    }

    /// The entry of a contact.
    pub(super) fn entry_of(&self, id: u64) -> Option<u32> {
        let key = |at: usize| self.by_id.get(at).map(|at| self.members[*at as usize]);
        let (first, last) = (key(0)?, key(self.by_id.len() - 1)?);
        // A store numbers its contacts one after the other, so an id is near the place its size says.
        let guess = u128::from(id.checked_sub(first)?) * (self.by_id.len() as u128 - 1)
            / u128::from((last - first).max(1));
        let guess = usize::try_from(guess).ok().filter(|guess| *guess < self.by_id.len())?;
        let mut reach = 4;
        let range = loop {
            let (from, to) = (guess.saturating_sub(reach), (guess + reach + 1).min(self.by_id.len()));
            let is_before = from > 0 && key(from)? > id;
            let is_behind = to < self.by_id.len() && key(to - 1)? < id;
            if !is_before && !is_behind {
                break from..to;
            }
            reach *= 8;
        };
        let near = &self.by_id[range];
        let place = near[near.binary_search_by_key(&id, |at| self.members[*at as usize]).ok()?];
        Some(self.starts.partition_point(|start| *start <= place) as u32 - 1)
    }

    /// How many names come before this one, folded.
    pub(super) fn place_of(&self, name: &str) -> u32 {
        self.names.place_of(name)
    }

    /// Entries that have every word of a text, wherever, at most this many.
    pub(super) fn with_words(&self, text: &str, most: usize) -> Vec<u32> {
        let lists = |word: &fold::Word| -> Vec<List<'_>> {
            self.words.iter().filter_map(|words| words.exactly(&word.plain)).collect()
        };
        let mut by_word: Vec<Vec<List<'_>>> = fold::words(text).iter().map(lists).collect();
        by_word.sort_by_key(|lists| lists.iter().map(|list| list.count()).sum::<usize>());
        let Some((rarest, others)) = by_word.split_first() else { return Vec::new() };
        let mut entries: Vec<u32> = rarest.iter().flat_map(|list| list.iter()).collect();
        entries.sort_unstable();
        entries.dedup();
        for lists in others {
            let mut have = vec![false; entries.len()];
            lists.iter().for_each(|list| list.probe(&entries, |at| have[at] = true));
            let mut have = have.into_iter();
            entries.retain(|_| have.next() == Some(true));
        }
        entries.truncate(most);
        entries
    }

    /// Entries that may have this address, at most this many.
    pub(super) fn with_address(&self, address: &Address, most: usize) -> Vec<u32> {
        match crate::number::Number::of(address) {
            Some(number) => self.numbers.ending(number.tail(), most),
            None => self.with_words(address.as_str(), most),
        }
    }

    /// Entries with a number that begins so, at most this many.
    pub(super) fn with_beginning(&self, digits: &str, most: usize) -> Vec<u32> {
        self.numbers.starting(digits, most)
    }

    /// Nobody.
    pub(super) fn nobody(&self) -> Bits {
        Bits::new(self.len())
    }

    pub(super) fn write(&self, image: &mut Writer) {
        self.words.iter().for_each(|words| words.write(image));
        self.numbers.write(image);
        self.names.write(image);
        image.u64s(&self.members);
        image.u32s(&self.starts);
        image.u32s(&self.by_id);
    }

    pub(super) fn read(image: &mut Reader<'_>) -> Option<Segment> {
        let words = Field::ALL.iter().map(|_| Words::read(image)).collect::<Option<Vec<Words>>>()?;
        let (numbers, names) = (Numbers::read(image)?, Names::read(image)?);
        let (members, starts, by_id) = (image.u64s()?, image.u32s()?, image.u32s()?);
        let fits = are_bounds(&starts, members.len())
            && by_id.len() == members.len()
            && by_id.iter().all(|at| (*at as usize) < members.len());
        fits.then(|| Segment {
            beginnings: beginnings(&words),
            words,
            numbers,
            names,
            members,
            starts,
            by_id,
        })
    }

    /// Bytes.
    pub(super) fn memory(&self) -> usize {
        self.words.iter().map(Words::memory).sum::<usize>()
            + self.beginnings.memory()
            + self.numbers.memory()
            + self.names.memory()
            + self.members.capacity() * 8
            + (self.starts.capacity() + self.by_id.capacity()) * 4
    }
}
