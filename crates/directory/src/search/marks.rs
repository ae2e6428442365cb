//! Why a contact was found: the letters that were looked for, in each of its fields. Works on the contact as it is shown, so it
//! marks what the reader sees. Does not search.

use contracts::book::Contact;

use super::fields::{self, Field};
use super::query::{INSIDE_BYTES_MIN, Query, Term};
use crate::fold::{self, Word};
use crate::number::Number;

/// `[from, to)` in UTF-16 units, in order, not touching each other.
pub type Ranges = Vec<(u32, u32)>;

/// The marked letters of a contact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Of its display name.
    pub display_name: Ranges,
    /// Of other fields, in their order.
    pub fields: Vec<FieldMark>,
    /// A word that was found although it was typed otherwise.
    pub forgiven: Vec<String>,
}

/// The marked letters of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldMark {
    /// Which field.
    pub field: MarkedField,
    /// What is marked.
    pub ranges: Ranges,
}

/// A field that can be marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarkedField {
    /// Organisation.
    Company,
    /// Department.
    Department,
    /// Job title.
    Title,
    /// City.
    City,
    /// E-mail address.
    Email,
    /// This number or SIP address.
    Number(String),
    /// The field of the source with this name.
    Custom(String),
}

impl Query {
    /// Where this query stands in a contact. `near`: the search forgave typing errors.
    pub fn marks(&self, contact: &Contact, near: bool) -> Marks {
        let mut marks = Marks::default();
        let terms: Vec<&Term> = self.readings.iter().flatten().collect();
        let mut missed: Vec<&Term> = terms.clone();
        let mut mark = |text: &str, fields: &[Field]| {
            let words = fold::words(text);
            let mut ranges = Vec::new();
            for term in terms.iter().filter(|term| fields.iter().any(|field| term.may_be_in(*field))) {
                let found = places(&words, term);
                if !found.is_empty() {
                    missed.retain(|other| !std::ptr::eq(*other, *term));
                }
                ranges.extend(found);
            }
            joined(ranges)
        };
        marks.display_name = mark(&contact.display_name, &[Field::NameStart]);
        for (field, of, text) in texts(contact) {
            let ranges = mark(text, &[of]);
            if !ranges.is_empty() {
                marks.fields.push(FieldMark { field, ranges });
            }
        }
        for endpoint in &contact.endpoints {
            let ranges = match fields::number_of(endpoint) {
                Some(number) => {
                    joined(terms.iter().flat_map(|term| digits(&endpoint.address, &number, term)).collect())
                }
                None => mark(&endpoint.address, &[Field::Address]),
            };
            if !ranges.is_empty() {
                marks.fields.push(FieldMark { field: MarkedField::Number(endpoint.address.clone()), ranges });
            }
        }
        if near {
            let missed = missed.into_iter().filter(|term| !term.near().is_empty());
            missed.for_each(|term| forgive(contact, term, &mut marks));
        }
        marks
    }
}

/// Marks the words that a term nearly is, those with the fewest errors.
fn forgive(contact: &Contact, term: &Term, marks: &mut Marks) {
    let errors = |word: &Word| {
        let forms = || {
            word.forms().flat_map(|form| term.near().iter().filter_map(move |(near, _)| near.errors(form)))
        };
        forms().min()
    };
    let texts: Vec<(Option<MarkedField>, Vec<Word>, &str)> =
        std::iter::once((None, Field::NameStart, contact.display_name.as_str()))
            .chain(texts(contact).map(|(field, of, text)| (Some(field), of, text)))
            .filter(|(_, of, _)| of.forgives() && term.may_be_in(*of))
            .map(|(field, _, text)| (field, fold::words(text), text))
            .collect();
    let Some(fewest) = texts.iter().flat_map(|(_, words, _)| words).filter_map(&errors).min() else { return };
    for (field, words, text) in texts {
        let near: Vec<&Word> = words.iter().filter(|word| errors(word) == Some(fewest)).collect();
        let Some(first) = near.first() else { continue };
        if marks.forgiven.is_empty() {
            marks.forgiven.extend(first.original(text));
        }
        let new = near.iter().filter_map(|word| word.whole()).map(|range| (range.start, range.end));
        match field {
            None => marks.display_name = joined(marks.display_name.drain(..).chain(new).collect()),
            Some(field) => match marks.fields.iter_mut().find(|mark| mark.field == field) {
                Some(mark) => mark.ranges = joined(mark.ranges.drain(..).chain(new).collect()),
                None => marks.fields.push(FieldMark { field, ranges: joined(new.collect()) }),
            },
        }
    }
}

fn texts(contact: &Contact) -> impl Iterator<Item = (MarkedField, Field, &str)> {
    let own = [
        (MarkedField::Company, Field::Company, contact.company.as_str()),
        (MarkedField::Department, Field::Department, &contact.department),
        (MarkedField::Title, Field::Title, &contact.title),
        (MarkedField::City, Field::City, &contact.city),
        (MarkedField::Email, Field::Email, &contact.email),
    ];
    let custom = contact.custom.iter().map(|custom| {
        let field = fields::field_of_custom(&custom.name);
        (MarkedField::Custom(custom.name.clone()), field, custom.value.as_str())
    });
    own.into_iter().chain(custom)
}

/// Where a term stands in words: at their beginnings, or where at none, inside.
fn places(words: &[Word], term: &Term) -> Ranges {
    let mut places = Vec::new();
    for form in &term.forms {
        let starts = words.iter().filter_map(|word| word.find(&form.text, false));
        places.extend(starts.map(|range| (range.start, range.end)));
    }
    if places.is_empty() {
        for form in term.forms.iter().filter(|form| form.text.len() >= INSIDE_BYTES_MIN) {
            let inside = words.iter().filter_map(|word| word.find(&form.text, true));
            places.extend(inside.map(|range| (range.start, range.end)));
        }
    }
    places
}

/// Where a fragment stands in a number as it is shown, over what is written between the digits: at an end, or else inside. A
/// national form (`044…`) is marked in an international number without its zero.
fn digits(address: &str, number: &Number, term: &Term) -> Ranges {
    let mut shown: Vec<(u8, u32)> = Vec::new();
    let mut utf16 = 0;
    for c in address.chars().take_while(|c| *c != '@') {
        if c.is_ascii_digit() {
            shown.push((c as u8, utf16));
        }
        utf16 += c.len_utf16() as u32;
    }
    let digits: Vec<u8> = shown.iter().map(|(digit, _)| *digit).collect();
    let national = match number {
        Number::International { national, .. } => digits.len().checked_sub(national.len()),
        Number::National(_) | Number::Local(_) => None,
    };
    for wanted in term.digits.iter().filter(|wanted| !wanted.is_empty()) {
        let fits = |at: usize, wanted: &str| digits.get(at..at + wanted.len()) == Some(wanted.as_bytes());
        let last = digits.len().saturating_sub(wanted.len());
        let mut places = std::iter::once(0).chain(std::iter::once(last)).chain(1..last);
        let inside = |at: usize| at == 0 || at == last || wanted.len() >= INSIDE_BYTES_MIN;
        if let Some(at) = places.find(|at| inside(*at) && fits(*at, wanted)) {
            return vec![(shown[at].1, shown[at + wanted.len() - 1].1 + 1)];
        }
        let without_zero = wanted.strip_prefix('0').filter(|rest| !rest.is_empty());
        if let Some((at, rest)) = national.zip(without_zero)
            && fits(at, rest)
        {
            return vec![(shown[at].1, shown[at + rest.len() - 1].1 + 1)];
        }
    }
    Vec::new()
}

fn joined(mut ranges: Ranges) -> Ranges {
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
