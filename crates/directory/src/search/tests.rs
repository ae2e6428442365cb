//! The index against a slow search that is obviously right, and the promises of DIR-2 one by one.

use std::collections::{HashMap, HashSet};

use contracts::book::{Contact, Custom, Endpoint, EndpointKind};
use proptest::prelude::*;

use super::fields::{Field, each_word, numbers};
use super::near::{Near, errors_by_definition};
use super::query::{Form, Grade, INSIDE_BYTES_MIN as INSIDE, Term};
use super::run::Effort;
use super::{
    FORGIVE_BELOW, FieldMark, GRADE, Hits, Index, Lift, Lifted, MarkedField, Query, Signals, WHOLE, Window,
};
use crate::fold::sort_key;
use crate::merge;

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

fn with_custom(mut contact: Contact, name: &str, value: &str) -> Contact {
    contact.custom.push(Custom { name: name.into(), value: value.into() });
    contact
}

/// A book and its index.
struct Office {
    contacts: Vec<Contact>,
    index: Index,
}

impl Office {
    fn of(contacts: Vec<Contact>) -> Office {
        Office { index: Index::new(&contacts), contacts }
    }

    fn hits(&self, query: &str) -> Hits {
        search(&self.index, query, ALL)
    }

    fn contact(&self, id: u64) -> &Contact {
        self.contacts.iter().find(|contact| contact.id == id).expect("a hit is a contact")
    }

    fn names(&self, query: &str) -> Vec<&str> {
        self.hits(query).hits.iter().map(|hit| self.contact(hit.ids[0]).display_name.as_str()).collect()
    }
}

fn search(index: &Index, query: &str, window: Window) -> Hits {
    index.search(&Query::parse(query), window)
}

/// With these lifted.
fn lifted(
    index: &Index,
    contacts: &[Contact],
    favourites: &HashSet<u64>,
    targets: &HashMap<u64, f32>,
) -> Lifted {
    let signals =
        Signals { favourites: favourites.clone(), caller_targets: targets.clone(), mine: HashMap::new() };
    let ids = index.to_be_lifted(&signals);
    index.lifted(&signals, contacts.iter().filter(|contact| ids.contains(&contact.id)))
}

fn office() -> Office {
    Office::of(vec![
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
            ..with_custom(
                with_custom(person(5, "Carla", "Weiß"), "Skills", "Französisch"),
                "Gebäude",
                "Nordturm",
            )
        },
        person(6, "Иван", "Петров"),
        person(7, "Γιώργος", "Παππάς"),
        person(8, "小明", "王"),
    ])
}

#[test]
fn umlauts_are_found_with_and_without_and_spelled_out() {
    let office = office();
    assert_eq!(office.names("müller"), ["Anna Müller", "Max Muller", "Peter Mueller", "Carla Weiß"]);
    assert_eq!(office.names("mueller"), ["Anna Müller", "Peter Mueller", "Carla Weiß", "Max Muller"]);
    assert_eq!(office.names("MULLER"), ["Anna Müller", "Max Muller", "Carla Weiß", "Peter Mueller"]);
    assert_eq!(office.names("grossm"), ["Ulrike Großmann"]);
    assert_eq!(office.names("weiß"), ["Carla Weiß"]);
    assert_eq!(office.names("weiss"), ["Carla Weiß"]);
}

#[test]
fn other_scripts_are_found_with_and_without_accents_and_by_one_character() {
    let office = office();
    assert_eq!(office.names("петро"), ["Иван Петров"]);
    assert_eq!(office.names("ΓΙΩΡΓ"), ["Γιώργος Παππάς"]);
    assert_eq!(office.names("παππασ"), ["Γιώργος Παππάς"]);
    assert_eq!(office.names("明"), ["小明 王"]);
}

#[test]
fn a_name_is_found_in_another_script_than_it_is_written_in() {
    let mut contacts = office().contacts;
    contacts.extend([person(9, "Ivan", "Petrovic"), person(10, "Yorgos", "Pappas")]);
    let office = Office::of(contacts);
    assert_eq!(office.names("petrov"), ["Ivan Petrovic", "Иван Петров"]);
    assert_eq!(office.names("giorgos papp"), ["Γιώργος Παππάς"]);
    assert_eq!(office.names("xiaom wang"), ["小明 王"]);
    assert_eq!(office.names("петров"), ["Иван Петров", "Ivan Petrovic"], "who is written so comes first");
    assert_eq!(office.names("παππας"), ["Γιώργος Παππάς", "Yorgos Pappas"]);
    let (russian, latin) = (office.contact(6), office.contact(9));
    let matched = |query: &str, contact| Query::parse(query).marks(contact, false).display_name;
    assert_eq!(matched("petr", russian), [(5, 9)]);
    assert_eq!(matched("петр", latin), [(5, 9)]);
}

#[test]
fn several_words_match_in_any_order_over_all_fields() {
    let office = office();
    assert_eq!(office.names("mül ann"), ["Anna Müller"]);
    assert_eq!(office.names("zurich einkauf carla"), ["Carla Weiß"]);
    assert_eq!(office.names("leiterin söhne"), ["Carla Weiß"]);
    assert_eq!(office.names("c.weiss@exam"), ["Carla Weiß"]);
    assert_eq!(office.names("nordturm"), ["Carla Weiß"]);
    assert_eq!(office.names("anna zurich"), Vec::<&str>::new());
}

#[test]
fn an_operator_looks_into_one_field_only() {
    let office = office();
    assert_eq!(office.names("city:zuer"), ["Carla Weiß"]);
    assert_eq!(office.names("dept:eink carla"), ["Carla Weiß"]);
    assert_eq!(office.names("skill:franz"), ["Carla Weiß"]);
    assert_eq!(office.names("skill:nordturm"), Vec::<&str>::new());
    assert_eq!(office.names("company:\"müller söhne\" leit"), ["Carla Weiß"]);
    assert_eq!(office.names("title:müller"), Vec::<&str>::new());
    assert_eq!(office.hits("city:").total, 8, "nothing to look for yet");
}

#[test]
fn numbers_are_found_from_either_end_and_the_exact_extension_comes_first() {
    let office = office();
    assert_eq!(office.names("4010"), ["Peter Mueller", "Max Muller", "Ulrike Großmann"]);
    assert_eq!(office.names("6677"), ["Anna Müller"]);
    assert_eq!(office.names("77"), ["Anna Müller"]);
    assert_eq!(office.names("044 555"), ["Anna Müller"]);
    assert_eq!(office.names("+41 44"), ["Anna Müller"]);
    assert_eq!(office.names("0041 (0)44 555-66"), ["Anna Müller"]);
    assert_eq!(office.names("müll 66"), Vec::<&str>::new(), "two digits only from an end");
    assert_eq!(office.names("müll 677"), ["Anna Müller"]);
}

#[test]
fn a_name_that_begins_so_comes_before_a_word_before_other_fields_before_the_inside() {
    let office = Office::of(vec![
        Contact { company: "Berg AG".into(), ..person(1, "Anna", "Amsler") },
        person(2, "Hans", "Lindenberg"),
        Contact { display_name: "Gasthof zum Berg".into(), id: 3, ..Contact::default() },
        person(4, "Zoe", "Bergmann"),
        person(5, "Bergita", "Zander"),
    ]);
    let order = ["Bergita Zander", "Zoe Bergmann", "Gasthof zum Berg", "Anna Amsler", "Hans Lindenberg"];
    assert_eq!(office.names("berg"), order);
}

#[test]
fn a_typing_error_is_forgiven_where_nearly_nothing_is_found() {
    let office = office();
    assert_eq!(office.names("großmnan"), ["Ulrike Großmann"]);
    assert_eq!(office.names("einkuaf"), ["Carla Weiß"]);
    assert!(office.hits("einkuaf").forgiven);
    assert_eq!(office.names("ptrov"), ["Иван Петров"]);
    assert!(!office.hits("müller").forgiven || office.hits("müller").total > 3);
    let many = Office::of(
        (0..9).map(|id| person(id, "Anna", "Meier")).chain([person(9, "Anna", "Maier")]).collect(),
    );
    assert_eq!(many.hits("meier").total, 9, "enough without");
    assert_eq!(many.hits("maier").total, 10, "one is not enough");
}

#[test]
fn favourites_and_transfer_targets_come_first_but_not_before_a_whole_number() {
    let office = Office::of(vec![
        with_number(person(1, "Anna", "Bergmann"), "+41445550101"),
        with_number(person(2, "Zoe", "Bergmann"), "+41445550102"),
        Contact { company: "Bergmann AG".into(), ..with_number(person(3, "Hans", "Amsler"), "4010") },
        with_number(person(4, "Yves", "Lindenbergmann"), "14010"),
    ]);
    let order = |query: &str, favourites: &[u64], targets: &[u64]| -> Vec<u64> {
        let favourites = favourites.iter().copied().collect();
        let targets = targets.iter().map(|id| (*id, 1.0)).collect();
        let lifted = lifted(&office.index, &office.contacts, &favourites, &targets);
        lifted.search(&Query::parse(query), ALL, &|_| None).hits.iter().map(|hit| hit.ids[0]).collect()
    };
    assert_eq!(order("bergm", &[], &[]), [1, 2, 3, 4]);
    assert_eq!(order("bergm", &[2], &[]), [2, 1, 3, 4]);
    assert_eq!(order("bergm", &[2], &[4]), [2, 1, 3, 4], "what has it inside stays behind what begins so");
    assert_eq!(order("bergm", &[1], &[2]), [2, 1, 3, 4], "the caller's target before a favourite");
    assert_eq!(order("4010", &[4], &[4]), [3, 4], "a whole extension means exactly that one");
}

#[test]
fn presence_orders_equals_only() {
    let office = Office::of(vec![
        person(1, "Anna", "Berg"),
        person(2, "Zoe", "Berg"),
        person(3, "Hans", "Lindenberg"),
    ]);
    let presence = |id: u64| match id {
        1 => Some(Lift::Down),
        2 | 3 => Some(Lift::Up),
        _ => None,
    };
    let nobody = office.index.lifted(&Signals::default(), []);
    let hits = nobody.search(&Query::parse("berg"), ALL, &presence).hits;
    assert_eq!(hits.iter().map(|hit| hit.ids[0]).collect::<Vec<_>>(), [2, 1, 3]);
}

#[test]
fn one_person_of_several_sources_is_one_hit_with_the_words_of_all() {
    let office = Office::of(vec![
        Contact { email: "anna@example.com".into(), city: "Bern".into(), ..person(1, "Anna", "Müller") },
        Contact { email: "Anna@Example.com".into(), internal: true, ..person(2, "Anna", "Mueller") },
        with_number(person(3, "Beat", "Keller"), "+41445556677"),
        with_number(person(4, "Beat", "Keller"), "044 555 66 77"),
        with_number(person(5, "Beat", "Keller"), "044 555 66 78"),
        Contact { email: "info@example.com".into(), ..person(6, "Carla", "Amsler") },
        Contact { email: "info@example.com".into(), ..person(7, "Dino", "Zander") },
    ]);
    let ids = |query: &str| office.hits(query).hits.into_iter().map(|hit| hit.ids).collect::<Vec<_>>();
    assert_eq!(ids("bern mueller"), [vec![2, 1]]);
    assert_eq!(ids("keller"), [vec![3, 4], vec![5]]);
    assert_eq!(ids("info"), [vec![6], vec![7]], "a shared address makes nobody the same");
    assert_eq!(office.index.person(1), [2, 1]);
    assert_eq!(office.index.len(), 7);
}

#[test]
fn matched_letters_are_ranges_of_utf16_units() {
    let contact = person(1, "😀 Jürgen", "Großmann-Jürgens");
    let matched = |query: &str| Query::parse(query).marks(&contact, false).display_name;
    assert_eq!(matched("jue gross"), [(3, 5), (10, 14), (19, 21)]);
    assert_eq!(matched("rgen"), [(5, 9), (21, 25)]);
    assert_eq!(matched(""), []);
}

#[test]
fn the_field_that_made_the_hit_is_marked_and_so_is_a_word_that_was_typed_wrong() {
    let contact = Contact {
        city: "Zürich".into(),
        ..with_custom(with_number(person(1, "Anna", "Müller"), "+41 44 555 66 77"), "Floor", "Third")
    };
    let fields = |query: &str| -> Vec<(MarkedField, Vec<(u32, u32)>)> {
        let marks = Query::parse(query).marks(&contact, true);
        marks.fields.into_iter().map(|FieldMark { field, ranges }| (field, ranges)).collect()
    };
    let number = || MarkedField::Number("+41 44 555 66 77".into());
    assert_eq!(fields("zue"), [(MarkedField::City, vec![(0, 2)])]);
    assert_eq!(fields("6677"), [(number(), vec![(11, 16)])]);
    assert_eq!(fields("044 55"), [(number(), vec![(4, 9)])]);
    assert_eq!(fields("044"), [(number(), vec![(4, 6)])]);
    assert_eq!(fields("thi"), [(MarkedField::Custom("Floor".into()), vec![(0, 3)])]);
    assert_eq!(fields("city:ann"), []);
    assert_eq!(fields("zürihc"), [(MarkedField::City, vec![(0, 6)])]);
    let marks = Query::parse("mülelr").marks(&contact, true);
    assert_eq!((marks.display_name, marks.forgiven), (vec![(5, 11)], vec!["Müller".to_owned()]));
}

#[test]
fn a_window_is_a_part_of_the_whole_and_the_total_counts_all() {
    let office = Office::of((0..50).map(|id| person(id, "Anna", &format!("Nr{id:02}"))).collect());
    let window = |offset, limit| search(&office.index, "anna", Window { offset, limit });
    let all = office.hits("anna").hits;
    let part = window(7, 5);
    assert_eq!((part.total, part.more), (50, false));
    assert_eq!(part.hits, all[7..12]);
    assert_eq!(window(60, 5).hits, []);
    assert_eq!(office.hits("").total, 50);
}

#[test]
fn an_endless_query_is_cut_and_answered() {
    assert_eq!(office().hits(&"müller ".repeat(100_000)).total, 4);
    assert_eq!(office().hits(&"é".repeat(100_000)).total, 0);
    assert_eq!(Office::of(Vec::new()).hits("anna").total, 0);
}

#[test]
fn whoever_may_have_an_address_is_given_for_a_closer_look() {
    let mut contacts = office().contacts;
    contacts.push(with_number(person(9, "Beat", "Sip"), "beat.sip@example.com"));
    let index = Index::new(&contacts);
    let holders = |address: &str| index.holders(&contracts::Address::parse(address).expect("an address"));
    assert_eq!(holders("0445556677"), [1]);
    assert_eq!(holders("sip:Beat.Sip@example.com"), [9]);
    assert_eq!(holders("beat.sip@example.org"), Vec::<u64>::new());
    assert_eq!(index.numbers_starting("4144555"), [1]);
}

#[test]
fn an_image_is_the_same_index_and_anything_else_is_none() {
    let office = office();
    let image = office.index.image();
    let again = Index::from_image(&image).expect("its own image");
    for query in ["müller", "4010", "zurich einkauf", "einkuaf", "city:z", "044", ""] {
        assert_eq!(search(&again, query, ALL), office.hits(query), "{query}");
    }
    for cut in 0..image.len() {
        assert!(Index::from_image(&image[..cut]).is_none(), "{cut} bytes of {}", image.len());
    }
}

/// Entries, grades and order by their definitions, word by word and without any index.
struct Slow<'a> {
    /// The contacts of one person, the best first.
    people: Vec<Vec<&'a Contact>>,
}

impl<'a> Slow<'a> {
    fn of(contacts: &'a [Contact]) -> Slow<'a> {
        let mut people: Vec<Vec<&Contact>> = Vec::new();
        for contact in contacts {
            let (same, others): (Vec<_>, Vec<_>) =
                people.into_iter().partition(|person| person.iter().any(|other| are_same(contact, other)));
            people = others;
            people.push(same.into_iter().flatten().chain([contact]).collect());
        }
        for person in &mut people {
            person.sort_by_key(|contact| (std::cmp::Reverse(merge::weight(contact)), contact.id));
        }
        Slow { people }
    }

    /// Score, name, and contacts of every hit, best first.
    fn search(&self, text: &str, lift: impl Fn(u64) -> f32) -> Vec<(i32, String, Vec<u64>)> {
        let query = Query::parse(text);
        let without = self.hits(&query, false, &lift);
        if without.len() >= FORGIVE_BELOW { without } else { self.hits(&query, true, &lift) }
    }

    fn hits(&self, query: &Query, near: bool, lift: &impl Fn(u64) -> f32) -> Vec<(i32, String, Vec<u64>)> {
        let mut hits = Vec::new();
        for person in &self.people {
            let rank = |terms: &Vec<Term>| {
                let grades = terms.iter().map(|term| Some(i32::from(grade(person, term, near)?.cost())));
                grades.sum::<Option<i32>>()
            };
            let Some(rank) = query.readings.iter().filter_map(rank).min() else { continue };
            let lift = person.iter().map(|contact| lift(contact.id)).fold(0.0, f32::max) as i32;
            let score = if rank == 0 { WHOLE - lift } else { rank * GRADE - lift };
            hits.push((
                score,
                sort_key(&person[0].display_name),
                person.iter().map(|contact| contact.id).collect(),
            ));
        }
        hits.sort();
        hits
    }
}

fn are_same(a: &Contact, b: &Contact) -> bool {
    let forms = |contact: &Contact| {
        let mut forms = HashSet::new();
        crate::fold::each_form(&contact.display_name, &mut |_, form| {
            forms.insert(form.to_owned());
        });
        forms
    };
    let tails = |contact: &Contact| -> HashSet<String> {
        numbers(contact).map(|number| number.tail().to_owned()).collect()
    };
    let same_email = !a.email.is_empty() && a.email.to_lowercase() == b.email.to_lowercase();
    let name = sort_key(&a.display_name);
    (same_email && !forms(a).is_disjoint(&forms(b)))
        || (!name.is_empty() && name == sort_key(&b.display_name) && !tails(a).is_disjoint(&tails(b)))
}

fn grade(person: &[&Contact], term: &Term, near: bool) -> Option<Grade> {
    let mut grades = Vec::new();
    for contact in person {
        each_word(contact, &mut |field, word| {
            if term.may_be_in(field) {
                for Form { text: form, script } in &term.forms {
                    let mut note = |grade: Grade| grades.push(grade.in_script(*script));
                    if word.starts_with(form.as_str()) {
                        note(Grade::start(field));
                    }
                    let mut inside = word.char_indices().skip(1);
                    if form.len() >= INSIDE && inside.any(|(at, _)| word[at..].starts_with(form.as_str())) {
                        note(Grade::inside(field));
                    }
                    if near {
                        near_grade(field, form, word).into_iter().for_each(note);
                    }
                }
            }
        });
        for written in numbers(contact).flat_map(|number| number.written()) {
            for digits in &term.digits {
                let whole = written == *digits;
                let end = written.starts_with(digits.as_str()) || written.ends_with(digits.as_str());
                let inside = digits.len() >= INSIDE && written.contains(digits.as_str());
                grades.extend(whole.then_some(Grade::WholeNumber));
                grades.extend(end.then_some(Grade::NumberEnd));
                grades.extend(inside.then_some(Grade::NumberInside));
            }
        }
    }
    grades.into_iter().min()
}

fn near_grade(field: Field, form: &str, word: &str) -> Option<Grade> {
    let allowed = Near::new(form)?.errors_max;
    let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
    let errors = errors_by_definition(form, word);
    (field.forgives() && !has_digit && (1..=allowed).contains(&errors)).then(|| Grade::near(field, errors))
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop::sample::select(vec![
            "a", "an", "na", "ü", "u", "e", "ß", "s", " ", "-", "1", "7", "anna", "nana", "а", "ан", "я",
        ]),
        0..8,
    )
    .prop_map(|parts| parts.concat())
}

fn address() -> impl Strategy<Value = String> {
    prop_oneof![
        "[1-3]{1,4}".prop_map(String::from),
        "\\+41[1-3]{7,9}".prop_map(String::from),
        "\\+1[1-3]{7,9}".prop_map(String::from),
        "0[1-3]{7,9}".prop_map(String::from),
        "[an]{1,4}@[an]{1,3}\\.example".prop_map(String::from),
    ]
}

fn some_contact() -> impl Strategy<Value = Contact> {
    let email = prop_oneof![Just(String::new()), "[an]{1,2}@a".prop_map(String::from)];
    (text(), text(), text(), (text(), email), text(), prop::collection::vec(address(), 0..3)).prop_map(
        |(display_name, last_name, company, (city, email), custom, addresses)| {
            let contact = Contact { display_name, last_name, company, city, email, ..Contact::default() };
            let contact =
                with_custom(contact, if custom.len() % 2 == 0 { "skill" } else { "floor" }, &custom);
            addresses.iter().fold(contact, |contact, address| with_number(contact, address))
        },
    )
}

fn some_query() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => text(),
        2 => (text(), text()).prop_map(|(a, b)| format!("{a} {b}")),
        1 => (text(), text()).prop_map(|(a, b)| format!("city:{a} {b}")),
        1 => text().prop_map(|text| format!("skill:\"{text}\"")),
        3 => "[+0 ]{0,2}[1-3 ]{0,6}".prop_map(String::from),
    ]
}

fn some_contacts(count: usize) -> impl Strategy<Value = Vec<Contact>> {
    prop::collection::vec(some_contact(), 0..count).prop_map(|contacts| {
        contacts.into_iter().zip(1..).map(|(contact, id)| Contact { id, ..contact }).collect()
    })
}

fn lift(favourites: &HashSet<u64>, targets: &HashMap<u64, f32>, id: u64) -> f32 {
    let favourite = if favourites.contains(&id) { 16.0 } else { 0.0 };
    favourite + targets.get(&id).copied().unwrap_or_default() * 24.0
}

/// Every way of searching, so that small books go the ways of large ones.
const EFFORTS: [Effort; 5] = [
    Effort::USUAL,
    Effort { few: 0, looked_up_max: 0, counted_max: 1000, looked_at_min: 0 },
    Effort { few: 0, looked_up_max: 0, counted_max: 0, looked_at_min: 0 },
    Effort { few: 3, looked_up_max: 3, counted_max: 0, looked_at_min: 0 },
    Effort { few: 0, looked_up_max: 1000, counted_max: 0, looked_at_min: 0 },
];

#[test]
fn the_last_of_three_words_may_be_the_one_with_the_typing_error() {
    let contacts = [Contact { city: "nana".into(), ..person(1, "", "") }, person(2, "", "anna")];
    let index = Index { effort: EFFORTS[1], ..Index::new(&contacts) };
    assert_eq!(search(&index, "nana na anna", ALL).hits[0].ids, [1]);
}

proptest! {
    #[test]
    fn the_index_finds_what_a_slow_search_finds_in_the_same_order(
        contacts in some_contacts(20),
        query in some_query(),
        favourites in prop::collection::hash_set(1_u64..20, 0..3),
        targets in prop::collection::hash_map(1_u64..20, prop::sample::select(vec![0.25_f32, 0.5, 1.0]), 0..3),
        limit in 1_usize..8,
    ) {
        let slow = Slow::of(&contacts).search(&query, |id| lift(&favourites, &targets, id));
        let slow: Vec<Vec<u64>> = slow.into_iter().map(|(_, _, ids)| ids).collect();
        for effort in EFFORTS {
            let index = Index { effort, ..Index::new(&contacts) };
            let window = Window { offset: 0, limit };
            let lifted = lifted(&index, &contacts, &favourites, &targets);
            let found = lifted.search(&Query::parse(&query), window, &|_| None);
            let ids: Vec<Vec<u64>> = found.hits.into_iter().map(|hit| hit.ids).collect();
            prop_assert_eq!(&ids, &slow[..limit.min(slow.len())], "{:?}", effort);
            prop_assert!(found.total == slow.len() || (found.more && found.total < slow.len()), "{:?}", effort);
        }
    }

    #[test]
    fn an_index_with_changes_finds_what_one_built_anew_finds(
        contacts in some_contacts(14),
        others in prop::collection::vec((1_u64..20, some_contact()), 0..6),
        removed in prop::collection::vec(1_u64..20, 0..4),
        favourites in prop::collection::hash_set(1_u64..20, 0..3),
        query in some_query(),
    ) {
        let changed: HashMap<u64, Contact> = others.into_iter().map(|(id, contact)| (id, Contact { id, ..contact })).collect();
        let removed: Vec<u64> = removed.into_iter().filter(|id| !changed.contains_key(id)).collect();
        let mut after: Vec<Contact> = contacts.iter().filter(|it| !removed.contains(&it.id) && !changed.contains_key(&it.id)).cloned().collect();
        after.extend(changed.values().cloned());
        after.sort_by_key(|contact| contact.id);
        // In two steps, so that the second changes what the first did.
        let mut index = Index::new(&contacts);
        let mut now = contacts.clone();
        let mut steps: Vec<(Vec<Contact>, Vec<u64>)> = changed.into_values().map(|contact| (vec![contact], Vec::new())).collect();
        steps.push((Vec::new(), removed));
        for (mut changed, removed) in steps {
            let companions = index.companions(&changed, &removed);
            now.retain(|it| !removed.contains(&it.id) && changed.iter().all(|other| other.id != it.id));
            let given: Vec<Contact> = now.iter().filter(|contact| companions.contains(&contact.id)).cloned().collect();
            now.extend(changed.iter().cloned());
            changed.extend(given);
            index = index.with_changes(changed, &removed).expect("few changes");
        }
        prop_assert_eq!(index.len(), after.len());
        let none = HashMap::new();
        let slow = Slow::of(&after).search(&query, |id| lift(&favourites, &none, id));
        let found = lifted(&index, &after, &favourites, &none).search(&Query::parse(&query), ALL, &|_| None);
        prop_assert_eq!(found.total, slow.len());
        let name = |ids: &[u64]| after.iter().find(|contact| contact.id == ids[0]).map(|contact| sort_key(&contact.display_name));
        let names: Vec<_> = found.hits.iter().filter_map(|hit| name(&hit.ids)).collect();
        let wanted: Vec<_> = slow.iter().map(|(_, name, _)| name.clone()).collect();
        prop_assert_eq!(names, wanted);
        let mut ids: Vec<_> = found.hits.into_iter().map(|hit| hit.ids).collect();
        let mut wanted: Vec<_> = slow.into_iter().map(|(_, _, ids)| ids).collect();
        ids.sort();
        wanted.sort();
        prop_assert_eq!(ids, wanted);
    }

    #[test]
    fn no_query_makes_it_fall_over(query in any::<String>(), name in any::<String>()) {
        let contact = Contact { id: 1, display_name: name.clone(), ..Contact::default() };
        let index = Index::new([&contact]);
        let found = search(&index, &query, ALL);
        let units = name.encode_utf16().count() as u32;
        let marks = Query::parse(&query).marks(&contact, found.forgiven);
        prop_assert!(marks.display_name.iter().all(|(from, to)| from < to && *to <= units));
    }

    #[test]
    fn no_image_makes_it_fall_over(at in 0_usize..100_000, byte in any::<u8>()) {
        let mut image = office().index.image();
        let length = image.len();
        image[at % length] = byte;
        if let Some(index) = Index::from_image(&image) {
            for query in ["müller", "4010", "zurich einkauf", "einkuaf", "city:z", "044", "an", ""] {
                search(&index, query, ALL);
            }
        }
    }
}
