//! One person from several sources: who is the same, and what is shown of her. The same are two contacts with one e-mail address
//! and a word of the name in common, or with one name and one number; an address alone is not enough, since whole
//! departments share `info@`. Does not say how she ranks.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use contracts::book::{Contact, Endpoint};

use crate::fold;
use crate::number::Number;
use crate::search::number_of;

/// A person as she is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// As the best source has her, with the numbers of all, each once; what that source does not know is taken from the next.
    pub contact: Contact,
    /// Who knows her, best first; never empty.
    pub origins: Vec<Origin>,
}

/// A source that knows a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The contact.
    pub id: u64,
    /// Its book.
    pub book: String,
}

impl Person {
    /// From the contacts of one person, in any order; `None` where there is none.
    pub fn of(mut contacts: Vec<Contact>) -> Option<Person> {
        contacts.sort_by_key(|contact| (std::cmp::Reverse(weight(contact)), contact.id));
        let origins =
            contacts.iter().map(|contact| Origin { id: contact.id, book: contact.book.clone() }).collect();
        let mut contacts = contacts.into_iter();
        let mut person = contacts.next()?;
        let mut lines: HashSet<String> = person.endpoints.iter().map(line).collect();
        for other in contacts {
            complete(&mut person, &other);
            for endpoint in other.endpoints {
                if lines.insert(line(&endpoint)) {
                    person.endpoints.push(endpoint);
                }
            }
        }
        Some(Person { contact: person, origins })
    }
}

/// How much a source is worth: its own organisation knows best, then whoever knows more.
pub(crate) fn weight(contact: &Contact) -> u16 {
    let texts = [&contact.company, &contact.department, &contact.title, &contact.city, &contact.email];
    let filled = texts.iter().filter(|text| !text.is_empty()).count() + contact.endpoints.len();
    filled as u16 + if contact.internal { 1 << 8 } else { 0 }
}

/// Tells what two contacts of one person have in common: who shares one of these with another is the same.
pub(crate) fn each_sign(contact: &Contact, name: &str, tell: &mut impl FnMut(u64)) {
    let email = contact.email.trim().to_lowercase();
    if !email.is_empty() {
        fold::each_form(&contact.display_name, &mut |_, word| tell(sign("email", &email, word)));
    }
    if !name.is_empty() {
        for number in contact.endpoints.iter().filter_map(number_of) {
            tell(sign("number", name, number.tail()));
        }
    }
}

fn sign(kind: &str, first: &str, second: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (kind, first, second).hash(&mut hasher);
    hasher.finish()
}

fn complete(person: &mut Contact, other: &Contact) {
    let fields = [
        (&mut person.first_name, &other.first_name),
        (&mut person.last_name, &other.last_name),
        (&mut person.company, &other.company),
        (&mut person.department, &other.department),
        (&mut person.title, &other.title),
        (&mut person.city, &other.city),
        (&mut person.email, &other.email),
        (&mut person.notes, &other.notes),
    ];
    for (field, known) in fields {
        if field.is_empty() {
            field.clone_from(known);
        }
    }
    person.internal |= other.internal;
    for custom in &other.custom {
        if !person.custom.contains(custom) {
            person.custom.push(custom.clone());
        }
    }
}

/// By which two ways of writing one line are known as one.
fn line(endpoint: &Endpoint) -> String {
    match number_of(endpoint) {
        Some(number @ (Number::International { .. } | Number::National(_))) => number.tail().to_owned(),
        Some(Number::Local(digits)) => digits,
        None => endpoint.address.to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use contracts::book::{Contact, Endpoint, EndpointKind};

    use super::Person;

    #[test]
    fn a_person_has_the_numbers_of_all_sources_each_once_and_the_best_source_first() {
        let endpoint = |address: &str| Endpoint { kind: EndpointKind::Work, address: address.into() };
        let outlook = Contact {
            id: 3,
            book: "outlook".into(),
            display_name: "Müller, Anna".into(),
            city: "Zürich".into(),
            endpoints: vec![endpoint("044 555 66 77"), endpoint("+41795550102"), endpoint("4010")],
            ..Contact::default()
        };
        let entra = Contact {
            id: 9,
            book: "entra".into(),
            display_name: "Anna Müller".into(),
            internal: true,
            endpoints: vec![endpoint("+41 44 555 66 77")],
            ..Contact::default()
        };
        let person = Person::of(vec![outlook, entra]).expect("somebody");
        let addresses: Vec<&str> =
            person.contact.endpoints.iter().map(|endpoint| endpoint.address.as_str()).collect();
        assert_eq!(addresses, ["+41 44 555 66 77", "+41795550102", "4010"]);
        assert_eq!(
            (person.contact.display_name.as_str(), person.contact.city.as_str()),
            ("Anna Müller", "Zürich")
        );
        assert_eq!(person.origins.iter().map(|origin| origin.id).collect::<Vec<_>>(), [9, 3]);
        assert_eq!(Person::of(Vec::new()), None);
    }
}
