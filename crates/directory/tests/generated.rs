//! The index on a book like those of large organisations, made of real names and cities (`tests/bench/data`): what was made
//! from a contact finds it, and every hit can say why it is one. 20,000 contacts in every run; a million where it is asked for:
//! `cargo nextest run -p directory --run-ignored only among_a_million`. Does not measure.

#[path = "../../../tests/bench/src/book.rs"]
#[allow(unreachable_pub, reason = "the bench uses it from outside")]
mod book;
#[path = "../../../tests/bench/src/queries.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "the bench uses it from outside, and tells what each kind is called"
)]
mod queries;

use book::Book;
use directory::search::Marks;
use directory::{Index, IndexBuilder, Query, Window};
use queries::Kind;

fn index(book: &Book, contacts: u64) -> Index {
    let mut builder = IndexBuilder::new();
    (1..=contacts).for_each(|id| builder.add(&book.contact(id)));
    builder.finish()
}

/// DIR-2.
fn every_kind_of_query_finds_whom_it_was_made_from(contacts: u64, queries: usize) {
    let book = Book::new(contacts);
    let index = index(&book, contacts);
    let index = Index::from_image(&index.image()).expect("its own image");
    for kind in Kind::ALL {
        let mut forgiven = 0;
        for (text, wanted) in kind.queries(&book, contacts, queries) {
            let query = Query::parse(&text);
            let all = index.search(&query, Window { offset: 0, limit: contacts as usize });
            assert_eq!(all.total, all.hits.len(), "{text}");
            let found = all.hits.iter().any(|hit| hit.ids.contains(&wanted.id));
            match kind {
                Kind::Nobody => assert_eq!(all.total, 0, "{text}"),
                Kind::Typo | Kind::TwoTypos | Kind::TypoAndCity => {
                    // Where enough is found as it was typed, it was no error.
                    assert!(found || !all.forgiven, "{text} is nearly {}", wanted.display_name);
                    forgiven += usize::from(found);
                }
                _ => assert!(found, "{text} is {}", wanted.display_name),
            }
            for hit in all.hits.iter().take(20) {
                let people: Vec<_> = hit.ids.iter().map(|id| book.contact(*id)).collect();
                let said = |contact| query.marks(contact, all.forgiven) != Marks::default();
                assert!(
                    people.iter().any(said),
                    "{text} finds {} and does not say why",
                    people[0].display_name
                );
            }
            // The first page is the beginning of the whole, however much less was looked at for it.
            let page = index.search(&query, Window { offset: 0, limit: 10 });
            assert_eq!(page.hits, all.hits[..page.hits.len()], "{text}");
            assert_eq!(page.hits.len(), all.total.min(10), "{text}");
        }
        let is_typo = !kind.is_exact() && kind != Kind::Nobody;
        assert!(!is_typo || forgiven * 2 > queries, "{}: {forgiven} of {queries}", kind.title());
    }
}

#[test]
fn every_kind_of_query_finds_whom_it_was_made_from_among_twenty_thousand() {
    every_kind_of_query_finds_whom_it_was_made_from(20_000, 12);
}

#[test]
#[ignore = "a minute, in a release build"]
fn every_kind_of_query_finds_whom_it_was_made_from_among_a_million() {
    every_kind_of_query_finds_whom_it_was_made_from(1_000_000, 12);
}
