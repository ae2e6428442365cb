//! What of a contact is searched: every word of every field, folded, and its numbers. The one definition that the index and the
//! slow search of the tests share. Does not search.

use contracts::Address;
use contracts::book::{Contact, Endpoint};

use super::numbers::Packed;
use crate::fold;
use crate::number::Number;

/// Where a word stands in a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    /// Begins the display name, the given or the family name.
    NameStart,
    /// Any other word of the name.
    NameWord,
    Company,
    Department,
    Title,
    City,
    Email,
    /// An address that is no number.
    Address,
    Custom,
    /// A field of the source that is called `skill` or `skills`.
    Skill,
}

impl Field {
    pub(super) const ALL: [Field; 10] = [
        Field::NameStart,
        Field::NameWord,
        Field::Company,
        Field::Department,
        Field::Title,
        Field::City,
        Field::Email,
        Field::Address,
        Field::Custom,
        Field::Skill,
    ];

    /// Whether a word need not be listed here where the other field of the same contact lists it: it is found there, and is no
    /// worse. Fields that have an operator list all of their words.
    pub(super) fn leaves_to(self, other: Field) -> bool {
        match self {
            Field::NameStart
            | Field::Company
            | Field::Department
            | Field::Title
            | Field::City
            | Field::Skill => false,
            Field::NameWord => other == Field::NameStart,
            Field::Email | Field::Address | Field::Custom => {
                other != self && (other < self || other == Field::Skill)
            }
        }
    }

    pub(super) fn is_name(self) -> bool {
        matches!(self, Field::NameStart | Field::NameWord)
    }

    /// Whether typing errors are forgiven here. An address has the words of a name again, and is rather pasted than typed.
    pub(super) fn forgives(self) -> bool {
        !matches!(self, Field::Email | Field::Address)
    }
}

/// Tells every folded word of a contact and where it stands.
pub(super) fn each_word(contact: &Contact, tell: &mut impl FnMut(Field, &str)) {
    for name in [&contact.display_name, &contact.first_name, &contact.last_name] {
        fold::each_form(name, &mut |at, form| {
            tell(if at == 0 { Field::NameStart } else { Field::NameWord }, form);
        });
    }
    let others = [
        (Field::Company, &contact.company),
        (Field::Department, &contact.department),
        (Field::Title, &contact.title),
        (Field::City, &contact.city),
        (Field::Email, &contact.email),
    ];
    for (field, text) in others {
        fold::each_form(text, &mut |_, form| tell(field, form));
    }
    for endpoint in contact.endpoints.iter().filter(|endpoint| number_of(endpoint).is_none()) {
        fold::each_form(&endpoint.address, &mut |_, form| tell(Field::Address, form));
    }
    for custom in &contact.custom {
        let field = field_of_custom(&custom.name);
        fold::each_form(&custom.value, &mut |_, form| tell(field, form));
    }
}

/// Its numbers, as far as they are short enough to be some.
pub(super) fn numbers(contact: &Contact) -> impl Iterator<Item = Number> + '_ {
    contact.endpoints.iter().filter_map(number_of)
}

/// The number of an address; `None`: it is searched by its words.
pub(crate) fn number_of(endpoint: &Endpoint) -> Option<Number> {
    Number::of(&Address::parse(&endpoint.address).ok()?).filter(|number| Packed::of(number).is_some())
}

pub(super) fn field_of_custom(name: &str) -> Field {
    let name = name.trim();
    if name.eq_ignore_ascii_case("skill") || name.eq_ignore_ascii_case("skills") {
        Field::Skill
    } else {
        Field::Custom
    }
}
