//! What attendants type, made from contacts that are in the book, so that for each query one answer is known. Does not search.
//!
//! Tests of other packages include this file.

use super::book::{Book, Dice};
use contracts::book::Contact;

/// One way of looking for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The first letter of her name.
    Letter,
    /// Its first three.
    Letters,
    /// The whole name, as it grows key by key.
    Growing,
    /// Three letters of the name and three of the city.
    Words,
    /// One letter of each name: the most contacts two words can have.
    TwoLetters,
    /// Four letters from inside the name.
    Inside,
    /// A number from the front, in the national form where there is one.
    NumberFront,
    /// Its last four digits.
    NumberEnd,
    /// An umlaut spelled out, or left out.
    Folded,
    /// The name, and the city by its operator.
    Operator,
    /// Words of department and title.
    OtherFields,
    /// A name of four letters or more with one typing error.
    Typo,
    /// A name of nine or more with two.
    TwoTypos,
    /// One typing error, and a city.
    TypoAndCity,
    /// Letters nobody has.
    Nobody,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 15] = [
        Kind::Letter,
        Kind::Letters,
        Kind::Growing,
        Kind::Words,
        Kind::TwoLetters,
        Kind::Inside,
        Kind::NumberFront,
        Kind::NumberEnd,
        Kind::Folded,
        Kind::Operator,
        Kind::OtherFields,
        Kind::Typo,
        Kind::TwoTypos,
        Kind::TypoAndCity,
        Kind::Nobody,
    ];

    /// For people.
    pub fn title(self) -> &'static str {
        match self {
            Kind::Letter => "one letter",
            Kind::Letters => "three letters",
            Kind::Growing => "a name, key by key",
            Kind::Words => "two words",
            Kind::TwoLetters => "two letters, apart",
            Kind::Inside => "inside a name",
            Kind::NumberFront => "a number from the front",
            Kind::NumberEnd => "a number from the end",
            Kind::Folded => "an umlaut typed otherwise",
            Kind::Operator => "a name and city:",
            Kind::OtherFields => "department and title",
            Kind::Typo => "one typing error",
            Kind::TwoTypos => "two typing errors",
            Kind::TypoAndCity => "a typing error and a city",
            Kind::Nobody => "nobody",
        }
    }

    /// Whether a query of this kind is to be found as it stands.
    pub fn is_exact(self) -> bool {
        !matches!(self, Kind::Typo | Kind::TwoTypos | Kind::TypoAndCity | Kind::Nobody)
    }

    /// Queries of this kind for contacts of this book, each with the contact it was made from.
    pub fn queries(self, book: &Book, contacts: u64, count: usize) -> Vec<(String, Contact)> {
        let mut dice = Dice::new(0x5ea7_c400 + self as u64);
        let mut queries = Vec::with_capacity(count);
        while queries.len() < count {
            let contact = book.contact(1 + dice.below(contacts));
            if let Some(query) = self.query(&contact, &mut dice) {
                queries.push((query, contact));
            }
        }
        queries
    }

    fn query(self, contact: &Contact, dice: &mut Dice) -> Option<String> {
        let (first, last) = (contact.first_name.to_lowercase(), contact.last_name.to_lowercase());
        let name = if dice.percent(70) { &last } else { &first };
        let letters = |text: &str, count: usize| text.chars().take(count).collect::<String>();
        match self {
            Kind::Letter => Some(letters(name, 1)),
            Kind::Letters => Some(letters(name, 3)).filter(|query| query.chars().count() == 3),
            Kind::Growing => {
                let whole = format!("{first} {last}");
                let length = 1 + dice.below(whole.chars().count() as u64) as usize;
                Some(letters(&whole, length))
            }
            Kind::Words => Some(format!("{} {}", letters(name, 3), letters(&contact.city.to_lowercase(), 3))),
            Kind::TwoLetters => Some(format!("{} {}", letters(&first, 1), letters(&last, 1))),
            Kind::Inside => {
                let inside: String = name.chars().skip(1).collect();
                let spare = inside.chars().count().checked_sub(4)?;
                let from = dice.below(spare as u64 + 1) as usize;
                let query = inside.chars().skip(from).take(4).collect::<String>();
                query.chars().all(char::is_alphanumeric).then_some(query)
            }
            Kind::NumberFront => {
                let number = contact.endpoints.first()?.address.strip_prefix("+41")?.to_owned();
                let length = 2 + dice.below(7) as usize;
                Some(format!("0{}", letters(&number, length)))
            }
            Kind::NumberEnd => {
                let number = &contact.endpoints.first()?.address;
                Some(number[number.len() - 4..].to_owned())
            }
            Kind::Folded => {
                let spelled =
                    last.replace('ü', "ue").replace('ö', "oe").replace('ä', "ae").replace('ß', "ss");
                let bare = last.replace('ü', "u").replace('ö', "o").replace('ä', "a").replace('ß', "ss");
                let query = if dice.percent(50) { spelled } else { bare };
                (query != last).then_some(query)
            }
            Kind::Operator => {
                let city = contact.city.to_lowercase();
                Some(format!("{} city:\"{}\"", letters(name, 4), letters(&city, 5)))
            }
            Kind::OtherFields => {
                let words =
                    |text: &str| text.to_lowercase().split(' ').map(str::to_owned).collect::<Vec<_>>();
                let (department, title) = (words(&contact.department), words(&contact.title));
                Some(format!("{} {}", letters(&department[0], 4), letters(&title[0], 4)))
            }
            Kind::Typo => mistyped(&last, 5, 1, dice),
            Kind::TwoTypos => mistyped(&last, 9, 2, dice),
            Kind::TypoAndCity => {
                let city = contact.city.to_lowercase();
                Some(format!("{} {}", mistyped(&last, 5, 1, dice)?, letters(&city, 5)))
            }
            Kind::Nobody => Some(format!("{}qxqjz", letters(name, 2))),
        }
    }
}

/// A name with some errors, none at its first letter, where people rarely err.
fn mistyped(name: &str, letters_min: usize, errors: usize, dice: &mut Dice) -> Option<String> {
    let mut letters: Vec<char> = name.chars().collect();
    if letters.len() < letters_min || !letters.iter().all(char::is_ascii_lowercase) {
        return None;
    }
    for _ in 0..errors {
        let at = 1 + dice.below(letters.len() as u64 - 2) as usize;
        match dice.below(4) {
            0 => letters.swap(at, at + 1),
            1 => drop(letters.remove(at)),
            2 => letters.insert(at, 'e'),
            _ => letters[at] = 'x',
        }
    }
    Some(letters.into_iter().collect())
}
