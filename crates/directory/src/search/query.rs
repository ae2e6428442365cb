//! What somebody typed, taken apart: words, fragments of numbers, and words of one field (`city:zür`). And how well one word of
//! it fits one word of a contact. Does not search.

use std::sync::OnceLock;

use super::fields::Field;
use super::near::Near;
use crate::fold::{self, Word};
use crate::number;

/// Characters of a query that are looked at: more than the longest name, and short enough to fold on every key stroke.
const QUERY_CHARS_MAX: usize = 128;
/// Words of a query that are looked at.
const TERMS_MAX: usize = 8;
/// A word this short is found only at the beginning of words. Counted in bytes of UTF-8, so that one Chinese character
/// is enough and two Latin letters, which are inside nearly every name, are not.
pub(super) const INSIDE_BYTES_MIN: usize = 3;

/// What was typed, ready to be looked for.
#[derive(Debug)]
pub struct Query {
    /// Ways of reading it: `044 555` is one number or two words. A contact matches when one reading does.
    pub(super) readings: Vec<Vec<Term>>,
}

/// One word of a query: found when one of its forms is.
#[derive(Debug)]
pub(super) struct Term {
    pub(super) forms: Vec<Form>,
    pub(super) digits: Vec<String>,
    /// Only there; `None`: anywhere.
    field: Option<Field>,
    near: OnceLock<Vec<(Near, Script)>>,
}

/// One way of writing a word.
#[derive(Clone, Debug)]
pub(super) struct Form {
    pub(super) text: String,
    pub(super) script: Script,
}

/// In what letters a form of a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    /// In those that were typed.
    Typed,
    /// In Latin ones, which were not.
    Latin,
}

impl Query {
    /// Understands everything somehow: what is no operator is a word.
    pub fn parse(text: &str) -> Query {
        let text: String = text.chars().take(QUERY_CHARS_MAX).collect();
        let (mut terms, plain) = operators(&text);
        let words: Vec<Term> = fold::words(&plain).iter().map(|word| Term::word(word, None)).collect();
        let number = || vec![Term::number(&plain)];
        let mut readings = match (number::looks_like_number(&plain), plain.contains('+'), words.len()) {
            // Nothing but a number begins with a plus, and one word is looked for among numbers anyway.
            (true, true, _) => vec![number()],
            (true, false, 2..) => vec![words, number()],
            (true, false, 0 | 1) | (false, _, _) => vec![words],
        };
        if let Some((last, others)) = readings.split_last_mut() {
            for reading in others {
                reading.extend(terms.iter().map(Term::again));
            }
            last.append(&mut terms);
        }
        for reading in &mut readings {
            reading.truncate(TERMS_MAX);
        }
        Query { readings }
    }
}

/// The words behind operators, and the rest.
fn operators(text: &str) -> (Vec<Term>, String) {
    let (mut terms, mut plain) = (Vec::new(), String::new());
    let mut rest = text;
    while let Some(from) = rest.find(|c: char| !c.is_whitespace()) {
        rest = &rest[from..];
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let operator = rest[..end].split_once(':').and_then(|(name, _)| Some((name.len(), field_of(name)?)));
        let Some((name, field)) = operator else {
            plain.push_str(&rest[..end]);
            plain.push(' ');
            rest = &rest[end..];
            continue;
        };
        let behind = &rest[name + 1..];
        // A quotation mark that nothing closes yet holds all that follows: she is still typing.
        let (value, tail) = match behind.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => behind.split_at(end - name - 1),
        };
        terms.extend(fold::words(value).iter().map(|word| Term::word(word, Some(field))));
        rest = tail;
    }
    (terms, plain)
}

fn field_of(operator: &str) -> Option<Field> {
    const OPERATORS: [(&str, Field); 5] = [
        ("dept", Field::Department),
        ("city", Field::City),
        ("skill", Field::Skill),
        ("title", Field::Title),
        ("company", Field::Company),
    ];
    OPERATORS.iter().find(|(name, _)| name.eq_ignore_ascii_case(operator)).map(|(_, field)| *field)
}

impl Term {
    fn word(word: &Word, field: Option<Field>) -> Term {
        let form = |text: &str| {
            let latin = text != word.plain && text == word.latin;
            Form { text: text.to_owned(), script: if latin { Script::Latin } else { Script::Typed } }
        };
        let forms: Vec<Form> = word.forms().map(form).collect();
        let is_number = field.is_none() && number::looks_like_number(&word.plain);
        let digits = if is_number { number::fragment(&word.plain) } else { Vec::new() };
        Term { forms, digits, field, near: OnceLock::new() }
    }

    fn number(text: &str) -> Term {
        Term { forms: Vec::new(), digits: number::fragment(text), field: None, near: OnceLock::new() }
    }

    fn again(&self) -> Term {
        let (forms, digits) = (self.forms.clone(), self.digits.clone());
        Term { forms, digits, field: self.field, near: OnceLock::new() }
    }

    pub(super) fn may_be_in(&self, field: Field) -> bool {
        self.field.is_none_or(|only| only == field)
    }

    /// What it may have been without typing errors; worked out only where nothing else was found.
    pub(super) fn near(&self) -> &[(Near, Script)] {
        let near = |form: &Form| Some((Near::new(&form.text)?, form.script));
        self.near.get_or_init(|| self.forms.iter().filter_map(near).collect())
    }
}

/// How well one term matches one contact, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grade {
    /// Exactly the extension or number.
    WholeNumber,
    /// Begins the display name, the given or the family name.
    NameStart,
    /// Begins another word of the name.
    NameWord,
    /// Begins or ends a number.
    NumberEnd,
    /// Begins a word of another field.
    OtherWord,
    /// Inside a word of the name.
    NameInside,
    /// Inside a word of another field.
    OtherInside,
    /// Inside a number.
    NumberInside,
    /// Begins a word of the name, but for one typing error.
    NearName,
    /// Begins a word of another field, but for one typing error.
    NearOther,
    /// Begins a word of the name, but for two.
    FarName,
    /// Begins a word of another field, but for two.
    FarOther,
}

impl Grade {
    pub(super) const ALL: [Grade; 12] = [
        Grade::WholeNumber,
        Grade::NameStart,
        Grade::NameWord,
        Grade::NumberEnd,
        Grade::OtherWord,
        Grade::NameInside,
        Grade::OtherInside,
        Grade::NumberInside,
        Grade::NearName,
        Grade::NearOther,
        Grade::FarName,
        Grade::FarOther,
    ];
    pub(super) const COUNT: usize = Grade::ALL.len();

    /// Whether it was found at the beginning of something.
    pub(super) fn is_start(self) -> bool {
        self <= Grade::OtherWord
    }

    /// Whether it was found with a typing error.
    pub(super) fn is_near(self) -> bool {
        self >= Grade::NearName
    }

    /// What it adds to the rank of a contact. One word that is found only inside another is worse than all words of a query
    /// found at the beginning of something.
    pub(super) fn cost(self) -> u16 {
        match self {
            Grade::WholeNumber | Grade::NameStart | Grade::NameWord | Grade::NumberEnd | Grade::OtherWord => {
                self as u16
            }
            _ => self as u16 + Grade::OtherWord as u16 * TERMS_MAX as u16,
        }
    }

    /// The same found in this script. Whoever types a name as it is written means one who is written so: the name in other letters
    /// counts like a word of another field.
    pub(super) fn in_script(self, script: Script) -> Grade {
        match (script, self) {
            (Script::Latin, Grade::NameStart | Grade::NameWord) => Grade::OtherWord,
            (Script::Latin, Grade::NameInside) => Grade::OtherInside,
            (Script::Latin, Grade::NearName) => Grade::NearOther,
            (Script::Latin, Grade::FarName) => Grade::FarOther,
            (Script::Typed | Script::Latin, grade) => grade,
        }
    }

    /// A word of this field begins so.
    pub(super) fn start(field: Field) -> Grade {
        match field {
            Field::NameStart => Grade::NameStart,
            Field::NameWord => Grade::NameWord,
            _ => Grade::OtherWord,
        }
    }

    /// A word of this field has it inside.
    pub(super) fn inside(field: Field) -> Grade {
        if field.is_name() { Grade::NameInside } else { Grade::OtherInside }
    }

    /// A word of this field begins so but for this many typing errors.
    pub(super) fn near(field: Field, errors: usize) -> Grade {
        match (field.is_name(), errors) {
            (true, 0 | 1) => Grade::NearName,
            (false, 0 | 1) => Grade::NearOther,
            (true, _) => Grade::FarName,
            (false, _) => Grade::FarOther,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Query;

    fn terms(text: &str) -> Vec<String> {
        let forms = |term: &super::Term| {
            term.forms.iter().map(|form| form.text.as_str()).collect::<Vec<_>>().join("|")
        };
        let term = |term: &super::Term| match term.field {
            Some(field) => format!("{field:?}={}", forms(term)),
            None => forms(term),
        };
        Query::parse(text).readings[0].iter().map(term).collect()
    }

    #[test]
    fn an_operator_holds_for_its_word_or_its_quotation() {
        assert_eq!(terms("mül city:zür"), ["mul|muel", "City=zur|zuer"]);
        assert_eq!(
            terms("CITY:\"St. Gallen\" dept:it anna"),
            ["anna", "City=st", "City=gallen", "Department=it"]
        );
        assert_eq!(terms("skill:\"fra"), ["Skill=fra"]);
        assert_eq!(terms("title: anna"), ["anna"]);
        assert_eq!(terms("http://example floor:3"), ["http", "example", "floor", "3"]);
    }
}
