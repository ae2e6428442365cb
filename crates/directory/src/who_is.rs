//! Who a number or SIP address belongs to: exactly, or the same line written with another prefix. Two people behind one
//! line (a switchboard number) are not guessed between: their company is named where they share one.

use std::collections::HashMap;

use contracts::Address;
use contracts::book::Contact;

use crate::number::Number;

/// To whom an address belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhoIs<'a> {
    /// This contact alone.
    Contact(&'a Contact),
    /// Several contacts of this company.
    Company(&'a str),
}

/// Contacts by their addresses; positions in the list it was built from.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    by_address: HashMap<String, Vec<u32>>,
    by_tail: HashMap<String, Vec<(Number, u32)>>,
}

impl Numbers {
    pub(crate) fn new(contacts: &[Contact]) -> Numbers {
        let mut numbers = Numbers::default();
        for (position, contact) in (0..).zip(contacts) {
            for address in
                contact.endpoints.iter().filter_map(|endpoint| Address::parse(&endpoint.address).ok())
            {
                numbers.by_address.entry(exact(&address)).or_default().push(position);
                if let Some(number) = Number::of(&address) {
                    numbers.by_tail.entry(number.tail().to_owned()).or_default().push((number, position));
                }
            }
        }
        numbers
    }

    /// `contacts` as they were given to [`Numbers::new`].
    pub(crate) fn who_is<'a>(&self, contacts: &'a [Contact], address: &Address) -> Option<WhoIs<'a>> {
        match self.by_address.get(&exact(address)) {
            Some(positions) => only(contacts, positions.iter().copied()),
            None => {
                let number = Number::of(address)?;
                let alike = self.by_tail.get(number.tail())?;
                only(
                    contacts,
                    alike.iter().filter(|(other, _)| number.same_line(other)).map(|(_, position)| *position),
                )
            }
        }
    }
}

/// Host names do not care about case, and no telephone system in use cares for that of users.
fn exact(address: &Address) -> String {
    address.as_str().to_lowercase()
}

fn only<'a>(contacts: &'a [Contact], positions: impl Iterator<Item = u32>) -> Option<WhoIs<'a>> {
    let mut positions: Vec<u32> = positions.collect();
    positions.sort_unstable();
    positions.dedup();
    let mut found = positions.iter().map(|position| &contacts[*position as usize]);
    let first = found.next()?;
    if positions.len() == 1 {
        return Some(WhoIs::Contact(first));
    }
    let company = first.company.as_str();
    (!company.is_empty() && found.all(|other| other.company == company)).then_some(WhoIs::Company(company))
}

#[cfg(test)]
mod tests {
    use contracts::Address;
    use contracts::book::{Contact, Endpoint, EndpointKind};

    use super::WhoIs;
    use crate::search::Index;

    fn contact(id: u64, name: &str, company: &str, addresses: &[&str]) -> Contact {
        let endpoints = addresses
            .iter()
            .map(|text| Endpoint { kind: EndpointKind::Work, address: (*text).to_owned() })
            .collect();
        Contact { id, display_name: name.into(), company: company.into(), endpoints, ..Contact::default() }
    }

    fn who(index: &Index, address: &str) -> Option<String> {
        Some(match index.who_is(&Address::parse(address).expect("an address"))? {
            WhoIs::Contact(contact) => contact.display_name.clone(),
            WhoIs::Company(name) => format!("{name} (company)"),
        })
    }

    #[test]
    fn a_number_is_known_by_its_tail_and_an_extension_only_whole() {
        let index = Index::new(vec![
            contact(1, "Anna", "", &["+41 44 555 66 77", "4010"]),
            contact(2, "Beat", "", &["Beat@Example.com"]),
        ]);
        assert_eq!(who(&index, "0445556677").as_deref(), Some("Anna"));
        assert_eq!(who(&index, "+41445556677@trunk.example.net").as_deref(), Some("Anna"));
        assert_eq!(who(&index, "4010@pbx.example.com").as_deref(), Some("Anna"));
        assert_eq!(who(&index, "sip:beat@EXAMPLE.com").as_deref(), Some("Beat"));
        assert_eq!(who(&index, "beat@example.org"), None);
        assert_eq!(who(&index, "+49445556677"), None);
        assert_eq!(who(&index, "10"), None);
    }

    #[test]
    fn a_shared_number_names_the_company_or_nobody() {
        let index = Index::new(vec![
            contact(1, "Anna", "Muster AG", &["+41445550000"]),
            contact(2, "Beat", "Muster AG", &["044 555 00 00"]),
            contact(3, "Carla", "Muster AG", &["+41445551111"]),
            contact(4, "Dino", "Beispiel AG", &["+41445551111"]),
            contact(5, "Eva", "", &["+41445552222", "044 555 22 22"]),
        ]);
        assert_eq!(who(&index, "5550000").as_deref(), Some("Muster AG (company)"));
        assert_eq!(who(&index, "+41445551111"), None);
        assert_eq!(who(&index, "0041445552222").as_deref(), Some("Eva"));
    }
}
