//! Makes a contact of an entry, by the attributes that the administrator named. Attributes' names are compared without regard
//! to capitals and options (RFC 4512, 2.5).

use contracts::book::{Contact, EndpointKind};
use contracts::sources::LdapAttributes;
use data_encoding::HEXLOWER;
use directory::import::{Draft, Field};

use crate::message::Entry;

/// Every attribute that is asked for, each once.
pub(crate) fn asked(attributes: &LdapAttributes) -> Vec<String> {
    let LdapAttributes {
        key,
        display_name,
        first_name,
        last_name,
        company,
        department,
        title,
        city,
        email,
        work,
        mobile,
        home,
        sip,
        custom,
        manager,
    } = attributes;
    let lists = [
        key,
        display_name,
        first_name,
        last_name,
        company,
        department,
        title,
        city,
        email,
        work,
        mobile,
        home,
        sip,
        custom,
        manager,
    ];
    let mut asked: Vec<String> = Vec::new();
    for name in lists.into_iter().flat_map(|list| names(list)) {
        if !asked.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            asked.push(name.to_owned());
        }
    }
    asked
}

/// The contact of an entry; `None` where it has no name or nothing to reach anybody by.
pub(crate) fn contact(entry: &Entry, attributes: &LdapAttributes) -> Option<Contact> {
    let mut draft = Draft::new(0);
    draft.key(&key(entry, &attributes.key));
    draft.place(&entry.dn);
    let fields = [
        (Field::DisplayName, &attributes.display_name),
        (Field::FirstName, &attributes.first_name),
        (Field::LastName, &attributes.last_name),
        (Field::Company, &attributes.company),
        (Field::Department, &attributes.department),
        (Field::Title, &attributes.title),
        (Field::City, &attributes.city),
        (Field::Email, &attributes.email),
        (Field::Manager, &attributes.manager),
    ];
    for (field, list) in fields {
        // The first that can be used: the draft keeps what it took.
        for text in names(list).flat_map(|name| texts(entry, name)) {
            draft.text(field, list, &text);
        }
    }
    let numbers = [
        (EndpointKind::Work, &attributes.work),
        (EndpointKind::Mobile, &attributes.mobile),
        (EndpointKind::Home, &attributes.home),
        (EndpointKind::Sip, &attributes.sip),
    ];
    for (kind, list) in numbers {
        for text in names(list).flat_map(|name| texts(entry, name)) {
            draft.number(kind, false, list, &text);
        }
    }
    for name in names(&attributes.custom) {
        for text in texts(entry, name) {
            draft.custom(name, &text);
        }
    }
    draft.contact()
}

/// What the entry is known by: text as it stands, bytes (`objectGUID`) in hexadecimal, else its place in the directory.
fn key(entry: &Entry, list: &str) -> String {
    let value = names(list).find_map(|name| values(entry, name).find(|value| !value.is_empty()));
    match value.map(|value| (std::str::from_utf8(value), value)) {
        Some((Ok(text), _)) if !text.trim().is_empty() && !text.contains(char::is_control) => text.to_owned(),
        Some((_, bytes)) => HEXLOWER.encode(bytes),
        None => entry.dn.clone(),
    }
}

fn names(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|name| !name.is_empty())
}

fn values<'a>(entry: &'a Entry, name: &str) -> impl Iterator<Item = &'a [u8]> {
    let found = entry.attributes.iter().filter(move |(given, _)| {
        given.split(';').next().is_some_and(|given| given.eq_ignore_ascii_case(name))
    });
    let found: Vec<&[u8]> = found.flat_map(|(_, values)| values.iter().map(Vec::as_slice)).collect();
    found.into_iter()
}

fn texts(entry: &Entry, name: &str) -> Vec<String> {
    values(entry, name).filter_map(|value| String::from_utf8(value.to_vec()).ok()).collect()
}

#[cfg(test)]
mod tests {
    use contracts::book::{Endpoint, EndpointKind};
    use contracts::sources::LdapAttributes;

    use super::{asked, contact};
    use crate::message::Entry;

    fn entry(attributes: &[(&str, &[&[u8]])]) -> Entry {
        let attributes = attributes
            .iter()
            .map(|(name, values)| ((*name).to_owned(), values.iter().map(|value| value.to_vec()).collect()));
        Entry { dn: "cn=Rita Frei,dc=example".to_owned(), attributes: attributes.collect() }
    }

    /// DIR-1.
    #[test]
    fn an_entry_becomes_a_contact_by_the_attributes_that_were_named_dir_1() {
        let entry = entry(&[
            ("entryUUID", &[b"a-b"]),
            ("CN", &[b"Rita Frei"]),
            ("sn;lang-de", &["Frei".as_bytes()]),
            ("telephoneNumber", &[b"+41 44 555 66 77", b"none", b"4010"]),
            ("mobile", &[b"+41 79 555 66 77"]),
            ("mail", &[b"/o=x", b"rita@example.com"]),
            ("ou", &[b"Sales"]),
            ("roomNumber", &[b"B 12"]),
            ("manager", &[b"cn=Ruth Meier,dc=example"]),
        ]);
        let attributes = LdapAttributes { custom: "roomNumber".to_owned(), ..LdapAttributes::default() };
        let found = contact(&entry, &attributes).expect("a contact");
        assert_eq!((found.key.as_str(), found.display_name.as_str()), ("a-b", "Rita Frei"));
        assert_eq!((found.last_name.as_str(), found.department.as_str()), ("Frei", "Sales"));
        assert_eq!(found.email, "rita@example.com");
        let endpoint = |kind, address: &str| Endpoint { kind, address: address.to_owned() };
        assert_eq!(
            found.endpoints,
            [
                endpoint(EndpointKind::Work, "+41445556677"),
                endpoint(EndpointKind::Work, "4010"),
                endpoint(EndpointKind::Mobile, "+41795556677")
            ]
        );
        assert_eq!(found.custom[0].value, "B 12");
        let (place, manager) = ("cn=Rita Frei,dc=example", "cn=Ruth Meier,dc=example");
        assert_eq!((found.place.as_str(), found.manager.as_str()), (place, manager));
    }

    #[test]
    fn a_key_of_bytes_is_told_in_hexadecimal_and_without_one_the_place_is_the_key() {
        let with = |key: &[u8]| {
            let entry = entry(&[("objectGUID", &[key]), ("cn", &[b"A"]), ("mail", &[b"a@b"])]);
            contact(&entry, &LdapAttributes::default()).expect("a contact").key
        };
        assert_eq!(with(&[0xff, 0x00, 0x41]), "ff0041");
        assert_eq!(with(&[0x01, 0x02]), "0102", "bytes that happen to be text are still bytes");
        assert_eq!(with(b""), "cn=Rita Frei,dc=example");
        assert!(
            contact(&entry(&[("cn", &[b"A"])]), &LdapAttributes::default()).is_none(),
            "nothing to reach her by"
        );
    }

    #[test]
    fn each_attribute_is_asked_for_once() {
        let attributes = LdapAttributes { sip: "MAIL, sipAddress".to_owned(), ..LdapAttributes::default() };
        let asked = asked(&attributes);
        assert_eq!(asked.iter().filter(|name| name.eq_ignore_ascii_case("mail")).count(), 1);
        assert!(asked.contains(&"sipAddress".to_owned()) && asked.contains(&"entryUUID".to_owned()));
    }
}
