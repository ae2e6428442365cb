//! The index against a slow search that is obviously right, and the promises of DIR-2 one by one.

use contracts::book::{Contact, Endpoint, EndpointKind};
use proptest::prelude::*;

use super::{Fit, Grade, INSIDE_BYTES_MIN, Index, Place, Query, Term, Window, searchable};

const ALL: Window = Window { offset: 0, limit: usize::MAX };

fn person(id: u64, first_name: &str, last_name: &str) -> Contact {
    Contact {
        id,
        display_name: format!("{first_name} {last_name}"),
        first_name: first_name.into(),
        last_name: last_name.into(),
        ..Contact::default()
    }
}

fn with_number(mut contact: Contact, address: &str) -> Contact {
    contact.endpoints.push(Endpoint { kind: EndpointKind::Work, address: address.into() });
    contact
}

fn names(index: &Index, query: &str) -> Vec<String> {
    index.search(query, ALL).hits.iter().map(|hit| hit.contact.display_name.clone()).collect()
}

fn office() -> Index {
    Index::new(vec![
        with_number(person(1, "Anna", "Müller"), "+41445556677"),
        with_number(person(2, "Peter", "Mueller"), "4010"),
        with_number(person(3, "Max", "Muller"), "14010"),
        with_number(person(4, "Ulrike", "Großmann"), "+4930555401099"),
        Contact {
            company: "Müller & Söhne".into(),
            department: "Einkauf".into(),
            title: "Leiterin".into(),
            city: "Zürich".into(),
            email: "c.weiss@example.com".into(),
            ..person(5, "Carla", "Weiß")
        },
    ])
}

#[test]
fn umlauts_are_found_with_and_without_and_spelled_out() {
    assert_eq!(names(&office(), "müller"), ["Anna Müller", "Max Muller", "Peter Mueller", "Carla Weiß"]);
    assert_eq!(names(&office(), "mueller"), ["Anna Müller", "Peter Mueller", "Carla Weiß"]);
    assert_eq!(names(&office(), "MULLER"), ["Anna Müller", "Max Muller", "Carla Weiß"]);
    assert_eq!(names(&office(), "grossm"), ["Ulrike Großmann"]);
    assert_eq!(names(&office(), "weiß"), ["Carla Weiß"]);
    assert_eq!(names(&office(), "weiss"), ["Carla Weiß"]);
}

#[test]
fn several_words_match_in_any_order_over_all_fields() {
    assert_eq!(names(&office(), "mül ann"), ["Anna Müller"]);
    assert_eq!(names(&office(), "zurich einkauf carla"), ["Carla Weiß"]);
    assert_eq!(names(&office(), "leiterin söhne"), ["Carla Weiß"]);
    assert_eq!(names(&office(), "c.weiss@exam"), ["Carla Weiß"]);
    assert_eq!(names(&office(), "anna zurich"), Vec::<String>::new());
}

#[test]
fn numbers_are_found_from_either_end_and_the_exact_extension_comes_first() {
    assert_eq!(names(&office(), "4010"), ["Peter Mueller", "Max Muller", "Ulrike Großmann"]);
    assert_eq!(names(&office(), "6677"), ["Anna Müller"]);
    assert_eq!(names(&office(), "77"), ["Anna Müller"]);
    assert_eq!(names(&office(), "044 555"), ["Anna Müller"]);
    assert_eq!(names(&office(), "+41 44"), ["Anna Müller"]);
    assert_eq!(names(&office(), "0041 (0)44 555-66"), ["Anna Müller"]);
    assert_eq!(names(&office(), "müll 66"), Vec::<String>::new(), "two digits only from an end");
    assert_eq!(names(&office(), "müll 677"), ["Anna Müller"]);
}

#[test]
fn a_name_that_begins_so_comes_before_a_word_before_the_inside_before_other_fields() {
    let index = Index::new(vec![
        Contact { company: "Berg AG".into(), ..person(1, "Anna", "Amsler") },
        person(2, "Hans", "Lindenberg"),
        Contact { display_name: "Gasthof zum Berg".into(), id: 3, ..Contact::default() },
        person(4, "Zoe", "Bergmann"),
        person(5, "Bergita", "Zander"),
    ]);
    let order = ["Bergita Zander", "Zoe Bergmann", "Gasthof zum Berg", "Hans Lindenberg", "Anna Amsler"];
    assert_eq!(names(&index, "berg"), order);
}

#[test]
fn matched_letters_are_ranges_of_utf16_units() {
    let index = Index::new(vec![person(1, "😀 Jürgen", "Großmann-Jürgens")]);
    let matched = |query: &str| index.search(query, ALL).hits[0].matched.clone();
    assert_eq!(matched("jue gross"), [(3, 5), (10, 14), (19, 21)]);
    assert_eq!(matched("rgen"), [(5, 9), (21, 25)]);
    assert_eq!(matched(""), []);
}

#[test]
fn a_window_is_a_part_of_the_whole_and_the_total_counts_all() {
    let index = Index::new((0..50).map(|id| person(id, "Anna", &format!("Nr{id:02}"))).collect());
    let all = names(&index, "anna");
    let part = index.search("anna", Window { offset: 7, limit: 5 });
    assert_eq!(part.total, 50);
    assert_eq!(part.hits.iter().map(|hit| hit.contact.display_name.clone()).collect::<Vec<_>>(), all[7..12]);
    assert_eq!(index.search("anna", Window { offset: 60, limit: 5 }).hits, []);
    assert_eq!(index.search("", ALL).total, 50);
}

#[test]
fn an_endless_query_is_cut_and_answered() {
    assert_eq!(office().search(&"müller ".repeat(100_000), ALL).total, 4);
    assert_eq!(office().search(&"é".repeat(100_000), ALL).total, 0);
    assert_eq!(Index::default().search("anna", ALL).total, 0);
}

/// The definition of a match, word by word and without any index.
fn slow(contacts: &[Contact], text: &str) -> Vec<u64> {
    let query = Query::parse(text);
    let mut found: Vec<(u16, String, String, u64)> = Vec::new();
    for contact in contacts {
        let ranks = query.readings.iter().filter_map(|reading| {
            reading
                .iter()
                .map(|term| slow_grade(contact, term).map(|grade| grade as u16))
                .sum::<Option<u16>>()
        });
        if let Some(rank) = ranks.min() {
            let name = contact.display_name.clone();
            found.push((rank, crate::fold::sort_key(&name), name, contact.id));
        }
    }
    found.sort();
    found.into_iter().map(|(_, _, _, id)| id).collect()
}

fn slow_grade(contact: &Contact, term: &Term) -> Option<Grade> {
    let mut grades = Vec::new();
    for (word, place) in searchable(contact) {
        let needles = if place == Place::Number { &term.digits } else { &term.forms };
        for needle in needles {
            for at in (0..word.len()).filter(|at| word.as_bytes()[*at..].starts_with(needle.as_bytes())) {
                if at == 0 || place == Place::Number || needle.len() >= INSIDE_BYTES_MIN {
                    grades.extend(Grade::of(place, Fit::of(&word, needle, at)));
                }
            }
        }
    }
    grades.into_iter().min()
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop::sample::select(vec!["a", "an", "na", "ü", "u", "e", "ß", "s", " ", "-", "1", "7"]),
        0..8,
    )
    .prop_map(|parts| parts.concat())
}

fn address() -> impl Strategy<Value = String> {
    prop_oneof![
        "[1-3]{1,4}".prop_map(String::from),
        "\\+41[1-3]{7,9}".prop_map(String::from),
        "0[1-3]{7,9}".prop_map(String::from),
        "[an]{1,4}@[an]{1,3}\\.example".prop_map(String::from),
    ]
}

fn some_contact() -> impl Strategy<Value = Contact> {
    (text(), text(), text(), text(), prop::collection::vec(address(), 0..3)).prop_map(
        |(display_name, last_name, company, city, addresses)| {
            let contact = Contact { display_name, last_name, company, city, ..Contact::default() };
            addresses.iter().fold(contact, |contact, address| with_number(contact, address))
        },
    )
}

proptest! {
    #[test]
    fn the_index_finds_what_a_slow_search_finds_in_the_same_order(
        contacts in prop::collection::vec(some_contact(), 0..20),
        query in prop_oneof![text(), "[+0 ]{0,2}[1-3 ]{0,6}".prop_map(String::from)],
    ) {
        let contacts: Vec<Contact> =
            contacts.into_iter().zip(1..).map(|(contact, id)| Contact { id, ..contact }).collect();
        let index = Index::new(contacts.clone());
        let found: Vec<u64> = index.search(&query, ALL).hits.iter().map(|hit| hit.contact.id).collect();
        prop_assert_eq!(found, slow(&contacts, &query));
    }

    #[test]
    fn no_query_makes_it_fall_over(query in any::<String>(), name in any::<String>()) {
        let index = Index::new(vec![Contact { display_name: name.clone(), ..Contact::default() }]);
        let hits = index.search(&query, ALL);
        let units = name.encode_utf16().count() as u32;
        for hit in &hits.hits {
            prop_assert!(hit.matched.iter().all(|(from, to)| from < to && *to <= units));
        }
    }
}
