//! Search on every key stroke (DIR-2): several words in any order, each found at the beginning of a word or, from three
//! letters on, inside one; accents and umlauts folded; telephone numbers by fragments from either end. Built once for a
//! set of contacts and then only read.
//!
//! Does not forgive typing errors and knows no presence or transfer history yet; both enter in [`Index::rank`], which
//! gives every contact one number.

use std::collections::{BTreeMap, HashMap};

use contracts::Address;
use contracts::book::{Contact, Endpoint};
use memchr::memmem;

use crate::fold::{self, Word};
use crate::number::{self, Number};
use crate::who_is::{Numbers, WhoIs};

/// Characters of a query that are looked at: more than the longest name, and short enough to fold on every key stroke.
const QUERY_CHARS_MAX: usize = 128;
/// Words of a query that are looked at.
const TERMS_MAX: usize = 8;
/// A word this short is found only at the beginning of words. Counted in bytes of UTF-8, so that one Chinese character
/// is enough and two Latin letters, which are inside nearly every name, are not.
const INSIDE_BYTES_MIN: usize = 3;

/// Which part of the hits to return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Hits to skip.
    pub offset: usize,
    /// Hits to return, at most.
    pub limit: usize,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hits<'a> {
    /// All hits, also those outside the window.
    pub total: usize,
    /// The window, best first.
    pub hits: Vec<Hit<'a>>,
}

/// One contact that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit<'a> {
    /// The contact.
    pub contact: &'a Contact,
    /// Matched letters of its display name: `[from, to)` in UTF-16 units, in order, not touching each other.
    pub matched: Vec<(u32, u32)>,
}

/// Contacts, ready to be searched. Memory is about 1 KiB per contact beside the contact itself.
#[derive(Debug, Default)]
pub struct Index {
    /// Alphabetical by display name, so that a position is also the order among equals.
    contacts: Vec<Contact>,
    by_id: BTreeMap<u64, u32>,
    words: Vocabulary,
    digits: Vocabulary,
    numbers: Numbers,
}

impl Index {
    /// Indexes these contacts.
    pub fn new(contacts: Vec<Contact>) -> Index {
        let mut keyed: Vec<(String, Contact)> =
            contacts.into_iter().map(|contact| (fold::sort_key(&contact.display_name), contact)).collect();
        keyed.sort_by(|(a, left), (b, right)| {
            a.cmp(b)
                .then_with(|| left.display_name.cmp(&right.display_name))
                .then_with(|| left.id.cmp(&right.id))
        });
        let contacts: Vec<Contact> = keyed.into_iter().map(|(_, contact)| contact).collect();
        let mut words = HashMap::new();
        let mut digits = HashMap::new();
        for (position, contact) in (0..).zip(&contacts) {
            for (text, place) in searchable(contact) {
                let posting = Posting { contact: position, place };
                add(if place == Place::Number { &mut digits } else { &mut words }, text, posting);
            }
        }
        Index {
            by_id: contacts.iter().map(|contact| contact.id).zip(0..).collect(),
            words: Vocabulary::new(words),
            digits: Vocabulary::new(digits),
            numbers: Numbers::new(&contacts),
            contacts,
        }
    }

    /// All contacts, alphabetical.
    pub fn contacts(&self) -> &[Contact] {
        &self.contacts
    }

    /// The contact of this id.
    pub fn contact(&self, id: u64) -> Option<&Contact> {
        self.by_id.get(&id).map(|position| &self.contacts[*position as usize])
    }

    /// Whose address this is.
    pub fn who_is(&self, address: &Address) -> Option<WhoIs<'_>> {
        self.numbers.who_is(&self.contacts, address)
    }

    /// The contacts that match every word of the query, best first; all of them for an empty query.
    pub fn search(&self, query: &str, window: Window) -> Hits<'_> {
        let query = Query::parse(query);
        let mut ranked: Vec<(Rank, u32)> = self
            .rank(&query)
            .into_iter()
            .zip(0..)
            .filter_map(|(rank, position)| rank.map(|rank| (rank, position)))
            .collect();
        let total = ranked.len();
        let end = window.offset.saturating_add(window.limit).min(total);
        if end < total {
            ranked.select_nth_unstable(end);
            ranked.truncate(end);
        }
        ranked.sort_unstable();
        let hits = ranked.iter().skip(window.offset).map(|(_, position)| {
            let contact = &self.contacts[*position as usize];
            Hit { contact, matched: matched(&contact.display_name, &query) }
        });
        Hits { total, hits: hits.collect() }
    }

    /// How well each contact matches, by position; `None` where it does not.
    fn rank(&self, query: &Query) -> Vec<Option<Rank>> {
        let mut best: Vec<Option<Rank>> = vec![None; self.contacts.len()];
        for reading in &query.readings {
            let mut ranks = vec![Some(0); self.contacts.len()];
            for term in reading {
                let grades = self.grades(term);
                for (rank, grade) in ranks.iter_mut().zip(grades) {
                    *rank =
                        rank.zip(grade).map(|(rank, grade): (Rank, Grade)| rank + Rank::from(grade as u8));
                }
            }
            for (best, rank) in best.iter_mut().zip(ranks) {
                *best = match (*best, rank) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                };
            }
        }
        best
    }

    /// The best grade of one term for each contact.
    fn grades(&self, term: &Term) -> Vec<Option<Grade>> {
        let mut grades: Vec<Option<Grade>> = vec![None; self.contacts.len()];
        let mut note = |posting: Posting, fit: Fit| {
            if let Some(grade) = Grade::of(posting.place, fit) {
                let best = &mut grades[posting.contact as usize];
                *best = Some(best.map_or(grade, |best| best.min(grade)));
            }
        };
        for form in &term.forms {
            if form.len() >= INSIDE_BYTES_MIN {
                self.words.find_inside(form, &mut note);
            } else {
                self.words.find_starts(form, &mut note);
            }
        }
        for digits in &term.digits {
            if digits.len() >= INSIDE_BYTES_MIN {
                self.digits.find_inside(digits, &mut note);
            } else {
                self.digits.find_starts(digits, &mut note);
                self.digits.find_ends(digits, &mut note);
            }
        }
        grades
    }
}

/// Sum of the grades of all terms; less is better. At most [`TERMS_MAX`] times the worst grade.
type Rank = u16;

/// How well one term matches one contact, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Grade {
    /// Exactly the extension or number.
    WholeNumber,
    /// Begins the display name, the given or the family name.
    NameStart,
    /// Begins another word of the name.
    NameWord,
    /// Inside a word of the name.
    NameInside,
    /// Begins or ends a number.
    NumberEnd,
    /// Begins a word of another field.
    OtherWord,
    /// Inside a word of another field.
    OtherInside,
    /// Inside a number.
    NumberInside,
}

impl Grade {
    fn of(place: Place, fit: Fit) -> Option<Grade> {
        match (place, fit) {
            (Place::Number, Fit::Whole) => Some(Grade::WholeNumber),
            (Place::Number, Fit::Start | Fit::End) => Some(Grade::NumberEnd),
            (Place::Number, Fit::Inside { digits }) => {
                (digits >= INSIDE_BYTES_MIN).then_some(Grade::NumberInside)
            }
            (Place::NameStart, Fit::Whole | Fit::Start) => Some(Grade::NameStart),
            (Place::NameWord, Fit::Whole | Fit::Start) => Some(Grade::NameWord),
            (Place::NameStart | Place::NameWord, Fit::End | Fit::Inside { .. }) => Some(Grade::NameInside),
            (Place::Other, Fit::Whole | Fit::Start) => Some(Grade::OtherWord),
            (Place::Other, Fit::End | Fit::Inside { .. }) => Some(Grade::OtherInside),
        }
    }
}

/// Where a word stands in a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    NameStart,
    NameWord,
    Other,
    Number,
}

/// Where a term was found in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    Whole,
    Start,
    End,
    Inside { digits: usize },
}

impl Fit {
    fn of(word: &str, term: &str, at: usize) -> Fit {
        match (at == 0, at + term.len() == word.len()) {
            (true, true) => Fit::Whole,
            (true, false) => Fit::Start,
            (false, true) => Fit::End,
            (false, false) => Fit::Inside { digits: term.len() },
        }
    }
}

/// Every folded word of a contact and where it stands.
fn searchable(contact: &Contact) -> Vec<(String, Place)> {
    let mut found = Vec::new();
    let mut words = |text: &str, first: Place, others: Place| {
        for (index, word) in fold::words(text).iter().enumerate() {
            let place = if index == 0 { first } else { others };
            found.extend(word.forms().map(|form| (form.to_owned(), place)));
        }
    };
    for name in [&contact.display_name, &contact.first_name, &contact.last_name] {
        words(name, Place::NameStart, Place::NameWord);
    }
    for other in [&contact.company, &contact.department, &contact.title, &contact.city, &contact.email] {
        words(other, Place::Other, Place::Other);
    }
    for endpoint in &contact.endpoints {
        if number_of(endpoint).is_none() {
            words(&endpoint.address, Place::Other, Place::Other);
        }
    }
    for number in contact.endpoints.iter().filter_map(number_of) {
        found.extend(number.written().into_iter().map(|digits| (digits, Place::Number)));
    }
    found
}

fn number_of(endpoint: &Endpoint) -> Option<Number> {
    Number::of(&Address::parse(&endpoint.address).ok()?)
}

/// A query, folded.
struct Query {
    /// Ways of reading it: `044 555` is one number or two words. A contact matches when one reading does.
    readings: Vec<Vec<Term>>,
}

/// One word of a query: found when one of its forms is.
struct Term {
    forms: Vec<String>,
    digits: Vec<String>,
}

impl Query {
    fn parse(text: &str) -> Query {
        let text: String = text.chars().take(QUERY_CHARS_MAX).collect();
        let words: Vec<Term> = fold::words(&text).iter().take(TERMS_MAX).map(Term::word).collect();
        let number = || vec![Term::number(&text)];
        let readings = match (number::looks_like_number(&text), text.contains('+'), words.len()) {
            // Nothing but a number begins with a plus, and one word is looked for among numbers anyway.
            (true, true, _) => vec![number()],
            (true, false, 2..) => vec![words, number()],
            (true, false, 0 | 1) | (false, _, _) => vec![words],
        };
        Query { readings }
    }
}

impl Term {
    fn word(word: &Word) -> Term {
        let forms: Vec<String> = word.forms().map(str::to_owned).collect();
        let digits =
            if number::looks_like_number(&word.plain) { number::fragment(&word.plain) } else { Vec::new() };
        Term { forms, digits }
    }

    fn number(text: &str) -> Term {
        Term { forms: Vec::new(), digits: number::fragment(text) }
    }
}

/// Where the query stands in a display name.
fn matched(display_name: &str, query: &Query) -> Vec<(u32, u32)> {
    let words = fold::words(display_name);
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for form in query.readings.iter().flatten().flat_map(|term| &term.forms) {
        let starts: Vec<_> = words.iter().filter_map(|word| word.find(form, false)).collect();
        let inside = if starts.is_empty() && form.len() >= INSIDE_BYTES_MIN {
            words.iter().filter_map(|word| word.find(form, true)).collect()
        } else {
            Vec::new()
        };
        ranges.extend(starts.into_iter().chain(inside).map(|range| (range.start, range.end)));
    }
    ranges.sort_unstable();
    ranges.dedup_by(|next, kept| {
        let touches = next.0 <= kept.1;
        if touches {
            kept.1 = kept.1.max(next.1);
        }
        touches
    });
    ranges
}

/// One word in one contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Posting {
    contact: u32,
    place: Place,
}

/// All different words, sorted, in one text: a prefix is a range of it, and what is inside words is found in one pass
/// over it. Grows with the number of different words, not of contacts.
#[derive(Debug, Default)]
struct Vocabulary {
    /// Each word followed by a line break, which no word contains.
    text: String,
    /// Where each word begins in `text`; one more at the end.
    starts: Vec<usize>,
    /// Where the postings of each word begin; one more at the end.
    lists: Vec<usize>,
    postings: Vec<Posting>,
}

impl Vocabulary {
    fn new(words: HashMap<String, Vec<Posting>>) -> Vocabulary {
        let mut words: Vec<(String, Vec<Posting>)> = words.into_iter().collect();
        words.sort_unstable();
        let mut vocabulary = Vocabulary { starts: vec![0], lists: vec![0], ..Vocabulary::default() };
        for (word, postings) in words {
            vocabulary.text.push_str(&word);
            vocabulary.text.push('\n');
            vocabulary.starts.push(vocabulary.text.len());
            vocabulary.postings.extend(postings);
            vocabulary.lists.push(vocabulary.postings.len());
        }
        vocabulary
    }

    /// Tells of every posting whose word begins with the term.
    fn find_starts(&self, term: &str, note: &mut impl FnMut(Posting, Fit)) {
        let first = self.first_from(term);
        for index in (first..self.len()).take_while(|index| self.word(*index).starts_with(term)) {
            self.tell(index, Fit::of(self.word(index), term, 0), note);
        }
    }

    /// Tells of every posting whose word ends with the term.
    fn find_ends(&self, term: &str, note: &mut impl FnMut(Posting, Fit)) {
        for index in (0..self.len()).filter(|index| self.word(*index).ends_with(term)) {
            let word = self.word(index);
            self.tell(index, Fit::of(word, term, word.len() - term.len()), note);
        }
    }

    /// Tells of every posting whose word contains the term, once for each place.
    fn find_inside(&self, term: &str, note: &mut impl FnMut(Posting, Fit)) {
        // Places come in order, so the word is found by walking on from the one before.
        let mut index = 0;
        for at in overlapping(&self.text, term) {
            while self.starts[index + 1] <= at {
                index += 1;
            }
            self.tell(index, Fit::of(self.word(index), term, at - self.starts[index]), note);
        }
    }

    /// How many different words.
    fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    fn tell(&self, index: usize, fit: Fit, note: &mut impl FnMut(Posting, Fit)) {
        for posting in &self.postings[self.lists[index]..self.lists[index + 1]] {
            note(*posting, fit);
        }
    }

    fn word(&self, index: usize) -> &str {
        &self.text[self.starts[index]..self.starts[index + 1] - 1]
    }

    /// The first word not before this text.
    fn first_from(&self, text: &str) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.word(middle) < text { low = middle + 1 } else { high = middle }
        }
        low
    }
}

/// Every place of a term, also where two overlap: `11` ends `2111`.
fn overlapping<'a>(text: &'a str, term: &'a str) -> impl Iterator<Item = usize> + 'a {
    let finder = memmem::Finder::new(term);
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + finder.find(text.as_bytes().get(from..)?)?;
        from = at + 1;
        Some(at)
    })
}

fn add(words: &mut HashMap<String, Vec<Posting>>, word: String, posting: Posting) {
    let postings = words.entry(word).or_default();
    // Of one contact only the best place of a word counts; its words come together, so a look at the last one is enough.
    match postings.last_mut() {
        Some(last) if last.contact == posting.contact => last.place = last.place.min(posting.place),
        Some(_) | None => postings.push(posting),
    }
}

#[cfg(test)]
mod tests;
