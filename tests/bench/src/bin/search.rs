//! A key stroke in address books of three sizes, beside SQLite's FTS5 with a prefix index and tantivy: a process each, on the same
//! contacts and queries, in turns. FTS5 gives the first 20 it meets, without ranking, which is the quickest it can do; tantivy
//! ranks by its own measure. Kinds that one cannot do are left out of its column. Does not measure the store behind it.

use bench::book::Book;
use bench::contest::peer;
use bench::keystrokes::{Asked, rows, serve};
use bench::queries::Kind;
use directory::{Index, IndexBuilder, Query, Signals, Window};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Lines, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

const NAMES: [&str; 3] = ["ours", "FTS5", "tantivy"];
/// Hits of a page.
const PAGE: usize = 20;
/// Favourites of the attendant: whoever has more knows them by heart.
const FAVOURITES: u64 = 50;

struct Extent {
    sizes: &'static [u64],
    queries: usize,
    rounds: usize,
}

/// A quarter of an hour, most of it for building the indexes of the others.
const WHOLE: Extent = Extent { sizes: &[10_000, 100_000, 1_000_000], queries: 1000, rounds: 3 };
const QUICK: Extent = Extent { sizes: &[10_000], queries: 200, rounds: 3 };

fn main() {
    let told: Vec<String> = std::env::args().skip(1).collect();
    match told.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["ours", folder] => serve_ours(Path::new(folder)),
        ["FTS5", folder] => serve_fts5(Path::new(folder)),
        ["--quick"] => compare(&QUICK),
        [] => compare(&WHOLE),
        other => panic!("there is `--quick` and nothing else, not {other:?}"),
    }
}

fn compare(extent: &Extent) {
    for size in extent.sizes {
        let folder = tempfile::tempdir().expect("a temporary folder");
        write_down(folder.path(), *size, extent.queries);
        let mut contestants: Vec<Contestant> =
            NAMES.iter().map(|name| Contestant::start(name, folder.path())).collect();
        for contestant in &contestants {
            let (ready, memory) = (contestant.ready_ms, contestant.memory_mib);
            eprintln!("{size} contacts: {} ready in {ready} ms, {memory} MiB", contestant.name);
        }
        tell_ready(*size, &contestants);
        for kind in Kind::ALL {
            let rounds: Vec<Vec<Option<[f64; 2]>>> = (0..extent.rounds)
                .map(|_| contestants.iter_mut().map(|contestant| contestant.perform(kind)).collect())
                .collect();
            tell(*size, kind, &rounds);
        }
    }
}

/// The book and the queries, as everybody reads them.
fn write_down(folder: &Path, size: u64, queries: usize) {
    let book = Book::new(size);
    let file = std::fs::File::create(folder.join("book.tsv")).expect("a temporary folder can be written");
    let mut file = std::io::BufWriter::new(file);
    for id in 1..=size {
        let contact = book.contact(id);
        let mut numbers = String::new();
        for endpoint in &contact.endpoints {
            let digits = endpoint.address.trim_start_matches('+');
            let national = endpoint.address.strip_prefix("+41").map(|national| format!(" 0{national}"));
            let _ = write!(numbers, "{digits}{} ", national.unwrap_or_default());
        }
        let custom: Vec<&str> = contact.custom.iter().map(|custom| custom.value.as_str()).collect();
        let columns = [
            &contact.display_name,
            &contact.company,
            &contact.department,
            &contact.title,
            &contact.city,
            &contact.email,
            numbers.trim(),
            &custom.join(" "),
        ];
        writeln!(file, "{id}\t{}", columns.join("\t")).expect("a temporary folder can be written");
    }
    file.flush().expect("a temporary folder can be written");
    for kind in Kind::ALL {
        let texts: Vec<String> =
            kind.queries(&book, size, queries).into_iter().map(|(text, _)| text).collect();
        std::fs::write(folder.join(format!("{kind:?}.txt")), texts.join("\n"))
            .expect("a temporary folder can be written");
    }
    let image = {
        let mut builder = IndexBuilder::new();
        (1..=size).for_each(|id| builder.add(&book.contact(id)));
        builder.finish().image()
    };
    std::fs::write(folder.join("ours.image"), image).expect("a temporary folder can be written");
}

struct Contestant {
    name: &'static str,
    child: Child,
    kinds: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
    ready_ms: f64,
    memory_mib: f64,
}

impl Contestant {
    fn start(name: &'static str, folder: &Path) -> Contestant {
        let mut command = match name {
            "tantivy" => Command::new(peer("tantivy-search")),
            own => {
                let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
                command.arg(own);
                command
            }
        };
        let mut child = command
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let kinds = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let mut contestant = Contestant { name, child, kinds, answers, ready_ms: 0.0, memory_mib: 0.0 };
        let ready = contestant.answer();
        contestant.ready_ms = ready["ready_ms"].as_f64().expect("how long it took");
        contestant.memory_mib = ready["memory_mib"].as_f64().expect("how much it holds");
        contestant
    }

    /// The 50th and the 99th of a hundred queries, in µs; `None` where it cannot do such queries.
    fn perform(&mut self, kind: Kind) -> Option<[f64; 2]> {
        let kinds = self.kinds.as_mut().expect("it is open until the end");
        writeln!(kinds, "{kind:?}").expect("a contestant that lives listens");
        let answer = self.answer();
        Some([answer["p50"].as_f64()? / 1e3, answer["p99"].as_f64()? / 1e3])
    }

    fn answer(&mut self) -> Value {
        let answer = self.answers.next().expect("a contestant answers").expect("in text");
        serde_json::from_str(&answer).expect("in JSON")
    }
}

impl Drop for Contestant {
    fn drop(&mut self) {
        drop(self.kinds.take());
        let _ended = self.child.wait();
    }
}

fn tell_ready(size: u64, contestants: &[Contestant]) {
    type Value = fn(&Contestant) -> f64;
    let values: [(&str, &str, Value); 2] =
        [("ready", "ms", |it| it.ready_ms), ("memory", "MiB", |it| it.memory_mib)];
    for (what, unit, value) in values {
        let others: serde_json::Map<_, _> =
            contestants[1..].iter().map(|other| (other.name.to_owned(), json!(value(other)))).collect();
        let case = format!("{size}: {what}");
        println!("{}", json!({"case": case, "unit": unit, "ours": value(&contestants[0]), "peers": others}));
    }
}

/// The median over the rounds, and of the ratios within a round.
fn tell(size: u64, kind: Kind, rounds: &[Vec<Option<[f64; 2]>>]) {
    for (at, percentile) in ["p50", "p99"].iter().enumerate() {
        let of = |round: &Vec<Option<[f64; 2]>>, who: usize| Some(round[who]?[at]);
        let (mut peers, mut ratios) = (serde_json::Map::new(), serde_json::Map::new());
        for (who, name) in NAMES.iter().enumerate().skip(1) {
            let costs: Vec<f64> = rounds.iter().filter_map(|round| of(round, who)).collect();
            let ratio = rounds.iter().filter_map(|round| Some(of(round, 0)? / of(round, who)?)).collect();
            if !costs.is_empty() {
                peers.insert((*name).to_owned(), json!(median(costs)));
                ratios.insert((*name).to_owned(), json!(median(ratio)));
            }
        }
        let ours = median(rounds.iter().filter_map(|round| of(round, 0)).collect());
        let case = format!("{size}: {}, {percentile}", kind.title());
        println!("{}", json!({"case": case, "unit": "µs", "ours": ours, "peers": peers, "ratio": ratios}));
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// With favourites, as a console has them. Ready from its image, as at a start.
fn serve_ours(folder: &Path) {
    let begun = Instant::now();
    let image = std::fs::read(folder.join("ours.image")).expect("the bench wrote it");
    let index = Index::from_image(&image).expect("it is one");
    drop(image);
    let ready = begun.elapsed();
    let step = (index.len() as u64 / FAVOURITES).max(1);
    let favourites: HashSet<u64> = (0..FAVOURITES).map(|at| 1 + at * step).collect();
    let none = HashMap::new();
    let signals =
        Signals { favourites: &favourites, caller_targets: &none, mine: &none, presence: &|_| None };
    serve(folder, ready, |_, asked| {
        let query = Query::parse(&asked.text);
        Some(index.search(&query, Window { offset: 0, limit: PAGE }, &signals).hits.len())
    });
}

fn serve_fts5(folder: &Path) {
    let begun = Instant::now();
    let connection = Connection::open_in_memory().expect("memory");
    let table =
        "CREATE VIRTUAL TABLE book USING fts5(name, company, department, title, city, email, numbers, custom,
        content='', prefix='1 2 3 4 5 6', tokenize='unicode61 remove_diacritics 2')";
    connection.execute_batch(table).expect("it is built in");
    let insert = "INSERT INTO book (rowid, name, company, department, title, city, email, numbers, custom)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    connection.execute_batch("BEGIN").expect("a transaction");
    {
        let mut insert = connection.prepare(insert).expect("the table has these columns");
        for row in rows(folder) {
            let [a, b, c, d, e, f, g, h] = row.columns.try_into().expect("eight columns");
            insert.execute((row.id as i64, a, b, c, d, e, f, g, h)).expect("memory");
        }
    }
    connection.execute_batch("COMMIT; INSERT INTO book (book) VALUES ('optimize')").expect("memory");
    let ready = begun.elapsed();
    let select = connection.prepare("SELECT rowid FROM book WHERE book MATCH ?1 LIMIT 20");
    let select = RefCell::new(select.expect("the table is there"));
    serve(folder, ready, |kind, asked| {
        if ["Inside", "NumberEnd", "Typo", "TwoTypos", "TypoAndCity"].contains(&kind) {
            return None;
        }
        let mut select = select.borrow_mut();
        let found =
            select.query_map([matching(asked)], |row| row.get::<_, i64>(0)).expect("a query it understands");
        Some(found.count())
    });
}

fn matching(asked: &Asked) -> String {
    let plain = asked.words.iter().map(|word| format!("\"{word}\"*"));
    let city = asked.city.iter().map(|word| format!("city : \"{word}\"*"));
    plain.chain(city).collect::<Vec<_>>().join(" AND ")
}
