//! tantivy at the work of `cargo xtask bench search`: its index in memory, one field with all words and one with those of the city,
//! prefixes and typing errors by its automata. Ranks by its own measure, and cannot look inside words.

#[path = "../../../src/keystrokes.rs"]
mod keystrokes;

use keystrokes::{Asked, CITY, rows, serve};
use std::path::PathBuf;
use std::time::Instant;
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, FuzzyTermQuery, Occur, Query};
use tantivy::schema::{Field, Schema, TEXT};
use tantivy::{Index, TantivyDocument, Term};

/// Memory of its writer, as its documentation uses it.
const WRITER_BYTES: usize = 100_000_000;

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("the bench says where its book is"));
    let begun = Instant::now();
    let mut schema = Schema::builder();
    let (all, city) = (schema.add_text_field("all", TEXT), schema.add_text_field("city", TEXT));
    let index = Index::create_in_ram(schema.build());
    let mut writer = index.writer::<TantivyDocument>(WRITER_BYTES).expect("memory");
    for row in rows(&folder) {
        let mut document = TantivyDocument::new();
        document.add_text(all, row.columns.join(" "));
        document.add_text(city, &row.columns[CITY]);
        writer.add_document(document).expect("memory");
    }
    writer.commit().expect("memory");
    writer.wait_merging_threads().expect("memory");
    let searcher = index.reader().expect("it was written").searcher();
    serve(&folder, begun.elapsed(), |kind, asked| {
        let errors = match kind {
            "Inside" | "NumberEnd" => return None,
            "Typo" | "TypoAndCity" => 1,
            "TwoTypos" => 2,
            _ => 0,
        };
        let query = query(asked, errors, all, city);
        let found =
            searcher.search(&query, &TopDocs::with_limit(20).order_by_score()).expect("it can be read");
        Some(found.len())
    });
}

fn query(asked: &Asked, errors: u8, all: Field, city: Field) -> BooleanQuery {
    let beginning = |field: Field, word: &String| -> (Occur, Box<dyn Query>) {
        let term = Term::from_field_text(field, word);
        (Occur::Must, Box::new(FuzzyTermQuery::new_prefix(term, errors, true)))
    };
    let plain = asked.words.iter().map(|word| beginning(all, word));
    let of_city = asked.city.iter().map(|word| beginning(city, word));
    BooleanQuery::new(plain.chain(of_city).collect())
}
