//! A key stroke in address books of three sizes, beside SQLite's FTS5 with a prefix index, tantivy and Fuse.js: a process each, on the
//! same contacts and queries, in turns. Each gives the best 20 by its own measure, as ours does; what FTS5 needs for the first 20 it
//! meets, in no order, is a column of its own. Kinds that one cannot do are left out of its column. Ours is ready from its image in
//! the encrypted store. Ours is then asked through the whole program too, see `door`.

mod door;

use bench::book::Book;
use bench::contest::peer;
use bench::keystrokes::{Asked, rows, serve};
use bench::queries::Kind;
use directory::{Index, IndexBuilder, Query, Signals, Window};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Lines, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

/// A column: its name, the process that fills it, and how that is asked.
struct Column {
    name: &'static str,
    process: usize,
    way: &'static str,
}

const PROCESSES: [&str; 4] = ["ours", "FTS5", "tantivy", "Fuse.js"];
/// Ours first.
const COLUMNS: [Column; 5] = [
    Column { name: "ours", process: 0, way: "" },
    Column { name: "FTS5", process: 1, way: "" },
    Column { name: "FTS5, unranked", process: 1, way: "/unranked" },
    Column { name: "tantivy", process: 2, way: "" },
    Column { name: "Fuse.js", process: 3, way: "" },
];
/// Fuse.js compares every contact at each key stroke: of a million, one query takes many seconds.
const FUSE_CONTACTS_MAX: u64 = 100_000;
/// Hits of a page.
const PAGE: usize = 20;
/// Favourites of the attendant.
const FAVOURITES: u64 = 200;

struct Extent {
    sizes: Vec<u64>,
    queries: usize,
    rounds: usize,
}

/// An hour, most of it for building the indexes of the others and for kinds that take them seconds.
const SIZES: [u64; 3] = [10_000, 100_000, 1_000_000];
const QUERIES: usize = 1000;
const QUERIES_QUICK: usize = 200;
const ROUNDS: usize = 3;

fn main() {
    let told: Vec<String> = std::env::args().skip(1).collect();
    match told.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["ours", folder] => serve_ours(Path::new(folder)),
        ["FTS5", folder] => serve_fts5(Path::new(folder)),
        ["--quick"] => compare(&Extent { sizes: vec![SIZES[0]], queries: QUERIES_QUICK, rounds: ROUNDS }),
        ["--contacts", size] => {
            let size = size.parse().expect("a number of contacts");
            compare(&Extent { sizes: vec![size], queries: QUERIES, rounds: ROUNDS });
        }
        ["--door", size] => door::measure(size.parse().expect("a number of contacts"), QUERIES_QUICK),
        [] => compare(&Extent { sizes: SIZES.to_vec(), queries: QUERIES, rounds: ROUNDS }),
        other => panic!("there are `--quick`, `--contacts N` and `--door N` and nothing else, not {other:?}"),
    }
}

fn compare(extent: &Extent) {
    for size in &extent.sizes {
        let folder = tempfile::tempdir().expect("a temporary folder");
        write_down(folder.path(), *size, extent.queries);
        let mut contestants: Vec<Option<Contestant>> = PROCESSES
            .iter()
            .map(|name| {
                if *name == "Fuse.js" && *size > FUSE_CONTACTS_MAX {
                    eprintln!(
                        "{size} contacts: {name} is left out: it compares every one at each key stroke"
                    );
                    return None;
                }
                Some(Contestant::start(name, folder.path()))
            })
            .collect();
        for contestant in contestants.iter().flatten() {
            let (ready, memory) = (contestant.ready_ms, contestant.memory_mib);
            eprintln!("{size} contacts: {} ready in {ready} ms, {memory} MiB", contestant.name);
        }
        tell_ready(*size, &contestants);
        for kind in Kind::ALL {
            let rounds: Vec<Vec<Option<[f64; 2]>>> = (0..extent.rounds)
                .map(|_| {
                    let perform = |Column { process, way, .. }: &Column| {
                        contestants[*process].as_mut().and_then(|contestant| contestant.perform(kind, way))
                    };
                    COLUMNS.iter().map(perform).collect()
                })
                .collect();
            tell(*size, kind, &rounds);
        }
        drop(contestants);
        door::measure(*size, QUERIES_QUICK);
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
    store::keep(folder, &book, size, image);
}

/// Fuse.js at this work.
const FUSE: &str = include_str!("../../../peers/fuse/serve.js");

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
            "Fuse.js" => {
                let script = peer("fuse").join("serve.js");
                std::fs::write(&script, FUSE).expect("its folder is there");
                let mut command = Command::new("node");
                command.args(["--expose-gc", "--max-old-space-size=8192"]).arg(script);
                command
            }
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
    fn perform(&mut self, kind: Kind, way: &str) -> Option<[f64; 2]> {
        let kinds = self.kinds.as_mut().expect("it is open until the end");
        writeln!(kinds, "{kind:?}{way}").expect("a contestant that lives listens");
        let answer = self.answer();
        if answer["queries"].as_u64().is_some_and(|queries| 0 < queries && queries < 100) {
            eprintln!("{}{way}, {}: only {} queries in its time", self.name, kind.title(), answer["queries"]);
        }
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

fn tell_ready(size: u64, contestants: &[Option<Contestant>]) {
    type Value = fn(&Contestant) -> f64;
    let values: [(&str, &str, Value); 2] =
        [("ready", "ms", |it| it.ready_ms), ("memory", "MiB", |it| it.memory_mib)];
    for (what, unit, value) in values {
        let told = |it: &Contestant| (it.name.to_owned(), json!(value(it)));
        let mut peers: serde_json::Map<_, _> = contestants.iter().flatten().map(told).collect();
        let ours = peers.remove(PROCESSES[0]);
        println!(
            "{}",
            json!({"case": format!("{size}: {what}"), "unit": unit, "ours": ours, "peers": peers})
        );
    }
}

/// The median over the rounds, and of the ratios within a round.
fn tell(size: u64, kind: Kind, rounds: &[Vec<Option<[f64; 2]>>]) {
    for (at, percentile) in ["p50", "p99"].iter().enumerate() {
        let of = |round: &Vec<Option<[f64; 2]>>, who: usize| Some(round[who]?[at]);
        let (mut peers, mut ratios) = (serde_json::Map::new(), serde_json::Map::new());
        for (who, Column { name, .. }) in COLUMNS.iter().enumerate().skip(1) {
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
    let kept = bench::sealed::open(folder);
    let image = store::image(&kept);
    let index = Index::from_image(&image).expect("it is one");
    drop(image);
    let ready = begun.elapsed();
    let contacts = index.len() as u64;
    let favourites = (0..FAVOURITES).map(|at| 1 + at * (contacts / FAVOURITES).max(1)).collect();
    let signals = Signals { favourites, ..Signals::default() };
    let lifted = store::contacts(&kept, &index.to_be_lifted(&signals));
    let index = index.lifted(&signals, &lifted);
    drop((kept, lifted));
    serve(folder, ready, |_, asked| {
        let query = Query::parse(&asked.text);
        Some(index.search(&query, Window { offset: 0, limit: PAGE }, &|_| None).hits.len())
    });
}

/// The encrypted store that ours is ready from.
mod store {
    use bench::book::Book;
    use bench::sealed::{open, run};
    use contracts::book::{Contact, ContactBook as _, IDS_MAX};
    use std::path::Path;
    use store::Store;

    /// Contacts that are put into the store at once.
    const PART: u64 = 20_000;

    /// Puts the contacts and the image into a new one.
    pub(crate) fn keep(folder: &Path, book: &Book, size: u64, image: Vec<u8>) {
        let store = open(folder);
        for from in (1..=size).step_by(PART as usize) {
            let contacts = (from..=size.min(from + PART - 1)).map(|id| book.contact(id)).collect();
            run(store.apply("generated", contacts, Vec::new())).expect("it is empty and has room");
        }
        let revision = run(store.revision()).expect("it has one");
        run(store.keep_image(revision, image)).expect("it has room");
    }

    /// Reads the image, as a start does.
    pub(crate) fn image(store: &Store) -> Vec<u8> {
        let revision = run(store.revision()).expect("it has one");
        let (of, image) = run(store.image()).expect("it can be read").expect("it was kept");
        assert_eq!(of, revision, "nothing changed since");
        image
    }

    /// Reads these contacts.
    pub(crate) fn contacts(store: &Store, ids: &[u64]) -> Vec<Contact> {
        ids.chunks(IDS_MAX).flat_map(|ids| run(store.by_ids(ids)).expect("it can be read")).collect()
    }
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
    let select = |order: &str| {
        let select = format!("SELECT rowid FROM book WHERE book MATCH ?1 {order} LIMIT 20");
        RefCell::new(connection.prepare(&select).expect("the table is there"))
    };
    let (ranked, unranked) = (select("ORDER BY rank"), select(""));
    serve(folder, ready, |kind, asked| {
        let (kind, way) = kind.split_once('/').unwrap_or((kind, ""));
        if ["Inside", "NumberEnd", "Typo", "TwoTypos", "TypoAndCity"].contains(&kind) {
            return None;
        }
        let mut select = if way.is_empty() { &ranked } else { &unranked }.borrow_mut();
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
