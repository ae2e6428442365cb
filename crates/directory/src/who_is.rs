//! Who a number or SIP address belongs to: exactly, or the same line written with another prefix, or at least the company whose
//! block of numbers it is in. Two people behind one line (a switchboard number) are not guessed between: their company is named
//! where they share one. Decides among the contacts it is given; does not look for them.

use std::collections::HashSet;

use contracts::Address;
use contracts::book::Contact;

use crate::fold::words;
use crate::number::Number;
use crate::numbering::Numbering;

/// To whom an address belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhoIs<'a> {
    /// This contact alone.
    Contact(&'a Contact),
    /// Several contacts of this company.
    Company(&'a str),
    /// Nobody known, but it lies among the numbers of this company and of no other.
    Block(&'a str),
}

/// Digits of a number that tell apart the lines of one block: a block has at most a thousand.
pub const BLOCK_DIGITS_MAX: usize = 3;
/// Contacts of one company that share the beginning of a number before the rest of that block is taken for the company's.
const BLOCK_CONTACTS_MIN: usize = 3;
/// Digits a block must share, with the country code: less would be a town.
const BLOCK_SHARED_MIN: usize = 7;

/// Whose number this is, among these contacts: all that have a number which ends or begins like it. What is the same with its
/// country code comes before what only ends alike.
pub fn decide<'a>(numbering: &Numbering, address: &Address, candidates: &'a [Contact]) -> Option<WhoIs<'a>> {
    let lines: Vec<(Line, &Contact)> = candidates
        .iter()
        .flat_map(|contact| contact.endpoints.iter().map(move |endpoint| (endpoint, contact)))
        .filter_map(|(endpoint, contact)| Some((Address::parse(&endpoint.address).ok()?, contact)))
        .map(|(address, contact)| (Line::new(numbering, &address), contact))
        .collect();
    if lines.is_empty() {
        return None;
    }
    let asked = Line::new(numbering, address);
    let matching = |is_same: fn(&Line, &Line) -> bool| {
        let mut found: Vec<&Contact> = Vec::new();
        for (line, contact) in &lines {
            if is_same(&asked, line) && !found.iter().any(|known| known.id == contact.id) {
                found.push(contact);
            }
        }
        found
    };
    for is_same in [Line::is, Line::ends_alike] {
        let found = matching(is_same);
        if let Some(first) = found.first() {
            return one_of(first, &found);
        }
    }
    asked.whole.as_deref().and_then(|number| block(number, &lines)).map(WhoIs::Block)
}

/// A number in all ways it is compared.
struct Line {
    written: String,
    whole: Option<String>,
    number: Option<Number>,
}

impl Line {
    fn new(numbering: &Numbering, address: &Address) -> Line {
        Line { written: exact(address), whole: numbering.e164(address), number: Number::of(address) }
    }

    fn is(&self, other: &Line) -> bool {
        self.written == other.written || (self.whole.is_some() && self.whole == other.whole)
    }

    /// Two that are known whole and differ are never the same line, however they end.
    fn ends_alike(&self, other: &Line) -> bool {
        let both_known = self.whole.is_some() && other.whole.is_some();
        let numbers = self.number.as_ref().zip(other.number.as_ref());
        !both_known && numbers.is_some_and(|(number, other)| number.same_line(other))
    }
}

/// One person in several address books is one person; several people are at most their company.
fn one_of<'a>(first: &'a Contact, found: &[&'a Contact]) -> Option<WhoIs<'a>> {
    if found.iter().all(|other| name_of(other) == name_of(first)) {
        return Some(WhoIs::Contact(first));
    }
    let company = first.company.as_str();
    let is_shared = !company.is_empty() && found.iter().all(|other| other.company == company);
    is_shared.then_some(WhoIs::Company(company))
}

/// A name as it is compared: `Süß` and `Suess` are the same.
fn name_of(contact: &Contact) -> Vec<String> {
    words(&contact.display_name).into_iter().map(|word| word.spelled).collect()
}

/// The company whose block this number is in: the smallest block with three of its numbers and nobody else's.
fn block<'a>(number: &str, lines: &[(Line, &'a Contact)]) -> Option<&'a str> {
    (1..=BLOCK_DIGITS_MAX).find_map(|digits| {
        let shared = number.get(..number.len().checked_sub(digits)?)?;
        if shared.len() <= BLOCK_SHARED_MIN {
            return None;
        }
        let is_in = |whole: &str| whole.len() == number.len() && whole.starts_with(shared);
        let of_block = lines.iter().filter_map(|(line, contact)| Some((line.whole.as_deref()?, *contact)));
        let of_block: Vec<(&str, &Contact)> = of_block.filter(|(whole, _)| is_in(whole)).collect();
        let company = of_block.first()?.1.company.as_str();
        let numbers: HashSet<&str> = of_block.iter().map(|(whole, _)| *whole).collect();
        let is_theirs = !company.is_empty() && of_block.iter().all(|(_, contact)| contact.company == company);
        (is_theirs && numbers.len() >= BLOCK_CONTACTS_MIN).then_some(company)
    })
}

/// Host names do not care about case, and no telephone system in use cares for that of users.
fn exact(address: &Address) -> String {
    address.as_str().to_lowercase()
}

#[cfg(test)]
mod tests {
    use contracts::Address;
    use contracts::book::{Contact, Endpoint, EndpointKind};

    use super::{WhoIs, decide};
    use crate::numbering::Numbering;

    fn contact(id: u64, name: &str, company: &str, addresses: &[&str]) -> Contact {
        let endpoints = addresses
            .iter()
            .map(|text| Endpoint { kind: EndpointKind::Work, address: (*text).to_owned() })
            .collect();
        Contact { id, display_name: name.into(), company: company.into(), endpoints, ..Contact::default() }
    }

    fn who(contacts: &[Contact], address: &str) -> Option<String> {
        decided(None, address, contacts)
    }

    fn told(who: WhoIs<'_>) -> String {
        match who {
            WhoIs::Contact(contact) => contact.display_name.clone(),
            WhoIs::Company(name) => format!("{name} (company)"),
            WhoIs::Block(name) => format!("{name} (number block)"),
        }
    }

    fn decided(home: Option<&str>, address: &str, candidates: &[Contact]) -> Option<String> {
        let numbering = home.map_or_else(Numbering::default, |home| Numbering::of(home).expect("a country"));
        decide(&numbering, &Address::parse(address).expect("an address"), candidates).map(told)
    }

    #[test]
    fn the_home_country_tells_apart_numbers_that_end_alike() {
        let contacts = [
            contact(1, "Anna", "", &["044 555 66 77"]),
            contact(2, "Beat", "", &["+49 44 555 66 77"]),
            contact(3, "Carla", "", &["4010"]),
        ];
        for (home, address, who) in [
            (Some("CH"), "+41445556677", Some("Anna")),
            (Some("CH"), "0041445556677@trunk", Some("Anna")),
            (Some("CH"), "+49445556677", Some("Beat")),
            (Some("CH"), "+43445556677", None),
            (Some("DE"), "044 555 66 77", None),
            (None, "+49445556677", Some("Beat")),
            (None, "+41445556677", Some("Anna")),
            (None, "4010@pbx.example.com", Some("Carla")),
            (Some("CH"), "4010@pbx.example.com", Some("Carla")),
            (Some("CH"), "010", None),
        ] {
            assert_eq!(decided(home, address, &contacts).as_deref(), who, "{address} at home in {home:?}");
        }
    }

    #[test]
    fn one_person_of_several_address_books_is_one_person() {
        let contacts = [
            contact(1, "Anna Süß", "Muster AG", &["+41445556677"]),
            contact(2, "Anna Suess", "", &["044 555 66 77"]),
        ];
        assert_eq!(decided(Some("CH"), "+41445556677", &contacts).as_deref(), Some("Anna Süß"));
        let others =
            [contact(1, "Anna", "Muster AG", &["+41445556677"]), contact(2, "Bert", "", &["+41445556677"])];
        assert_eq!(decided(Some("CH"), "+41445556677", &others), None, "who of them is not guessed");
    }

    #[test]
    fn a_number_among_those_of_a_company_is_the_company() {
        let mut contacts = vec![
            contact(1, "Anna", "Muster AG", &["+41 44 555 66 10"]),
            contact(2, "Beat", "Muster AG", &["044 555 66 11"]),
            contact(3, "Carla", "Muster AG", &["+41 44 555 66 12", "+41 44 555 61 00"]),
            contact(4, "Dino", "Beispiel AG", &["+41 44 555 71 00"]),
        ];
        let block = Some("Muster AG (number block)");
        for (address, who) in [
            ("+41445556619", block),
            ("044 555 66 99", block),
            ("+41445556199", block),
            ("+41445557199", None),
            ("+4144555661", None),
            ("+414455566123", None),
            ("+49445556619", None),
        ] {
            assert_eq!(decided(Some("CH"), address, &contacts).as_deref(), who, "{address}");
        }
        contacts.push(contact(5, "Eva", "Beispiel AG", &["+41 44 555 66 50"]));
        assert_eq!(
            decided(Some("CH"), "+41445556619", &contacts).as_deref(),
            block,
            "the ten around it are theirs"
        );
        assert_eq!(decided(Some("CH"), "+41445556699", &contacts), None, "the hundred around it are not");
        let two = &contacts[..2];
        assert_eq!(decided(Some("CH"), "+41445556619", two), None, "two numbers are no block");
    }

    #[test]
    fn a_number_is_known_by_its_tail_and_an_extension_only_whole() {
        let index = [
            contact(1, "Anna", "", &["+41 44 555 66 77", "4010"]),
            contact(2, "Beat", "", &["Beat@Example.com"]),
        ];
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
        let index = [
            contact(1, "Anna", "Muster AG", &["+41445550000"]),
            contact(2, "Beat", "Muster AG", &["044 555 00 00"]),
            contact(3, "Carla", "Muster AG", &["+41445551111"]),
            contact(4, "Dino", "Beispiel AG", &["+41445551111"]),
            contact(5, "Eva", "", &["+41445552222", "044 555 22 22"]),
        ];
        assert_eq!(who(&index, "5550000").as_deref(), Some("Muster AG (company)"));
        assert_eq!(who(&index, "+41445551111"), None);
        assert_eq!(who(&index, "0041445552222").as_deref(), Some("Eva"));
    }
}
