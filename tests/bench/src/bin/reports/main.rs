//! Every question that a screen of reports asks, over two years of calls in the encrypted store, beside DuckDB and SQLite's own
//! GROUP BY on the same rows: in turns, on the clock. The peers count and add up; they work out no percentiles, no waits by the
//! second, know no time zone, and their files are readable. Says also what taking the file over costs, and its size, what whole
//! requests take and how quick the feed is.

mod door;

use std::io::{BufRead, BufReader, BufWriter, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use acceptance::tools::venv;
use bench::past_calls::{self, ATTENDANTS, DAYS, FIRST_MS, PastCall, SERVICES};
use bench::sealed::{open, run};
use bench::{Spans, row};
use contracts::book::PartyBook;
use contracts::imports::{ImportState, ImportedCall, ImportedName};
use contracts::records::{RecordFilter, Records};
use contracts::reports::{Detail, Range, ReportFilter, Reports};
use engine::{AttendantId, PartyId, ServiceId, Timestamp};
use rusqlite::Connection;
use serde_json::{Value, json};
use store::Store;
use tokio_util::sync::CancellationToken;
use upkeep::import_calls::{Telling, import_into};

/// Calls, where nothing else is asked for.
const CALLS: u64 = 5_000_000;
/// Turns of every question; ours is asked so many times in each.
const ROUNDS: usize = 15;
const OURS_A_ROUND: usize = 8;
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// Where the days begin an hour sooner than in UTC, as in Zurich in winter. DST is left out, for the peers know none.
const OFFSET: i64 = HOUR;

fn main() {
    let told: Vec<String> = std::env::args().skip(1).collect();
    let calls = match told.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => CALLS,
        ["--calls", calls] => calls.parse().expect("a number of calls"),
        ["--kept", folder] => return door::measure(Path::new(folder)),
        ["--kept", folder, "--alone", title] => return ask_alone(&open(Path::new(folder)), title),
        other => {
            panic!("there are `--calls N`, `--kept FOLDER` and `--alone TITLE` behind that, not {other:?}")
        }
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("calls.csv");
    let sqlite = write_down(&file, folder.path(), calls);
    let mut duckdb = DuckDb::start(&file, folder.path());
    let store = take_over(&file, folder.path(), &duckdb, &sqlite);
    let known = Known::read(&store);
    for question in questions(&known) {
        ask(&store, &question, &mut duckdb, &sqlite.connection);
    }
    drop(known);
    drop(store);
    door::measure(folder.path());
}

/// Asks a store that is kept one question over and over, for whoever looks where the time goes.
fn ask_alone(store: &Store, title: &str) {
    let known = Known::read(store);
    let question = questions(&known).into_iter().find(|question| question.title == title);
    let question = question.expect("a title of the table");
    let mut spans = Spans::default();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(20) {
        let asked = Instant::now();
        (question.ours)(store, 0);
        spans.add(asked.elapsed());
    }
    for percent in [50, 99] {
        row(&format!("{title}, p{percent}"), "ms", spans.percentile_ms(percent), &[]);
    }
}

/// A peer's own file.
struct Plain {
    connection: Connection,
    seconds: f64,
    bytes: u64,
}

/// The file as everybody reads it, and its rows in plain SQLite.
fn write_down(file: &Path, folder: &Path, calls: u64) -> Plain {
    let path = folder.join("calls.sqlite");
    let connection = Connection::open(&path).expect("a temporary folder can be written");
    let table =
        "PRAGMA journal_mode = WAL; CREATE TABLE calls (id INTEGER PRIMARY KEY, service TEXT, attendant TEXT,
        caller TEXT, outcome TEXT, arrived INTEGER, accepted INTEGER, ended INTEGER); BEGIN";
    connection.execute_batch(table).expect("it is new");
    let mut seconds = 0.0;
    {
        let mut out = BufWriter::new(std::fs::File::create(file).expect("a temporary folder can be written"));
        writeln!(out, "{}", past_calls::HEADING).expect("there is room");
        let insert = "INSERT INTO calls VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let mut insert = connection.prepare(insert).expect("the table has these columns");
        let mut line = String::new();
        past_calls::each(calls, |call| {
            call.write(&mut line);
            writeln!(out, "{line}").expect("there is room");
            let begun = Instant::now();
            let attendant = call.attendant.map(|who| format!("attendant {who}"));
            let outcome = if call.accepted.is_some() { "A" } else { "H" };
            let times = [Some(call.arrived), call.accepted, Some(call.ended)].map(|at| at.map(PastCall::at));
            let service = format!("service {}", call.service);
            let row =
                (call.id as i64, service, attendant, call.number(), outcome, times[0], times[1], times[2]);
            insert.execute(row).expect("there is room");
            seconds += begun.elapsed().as_secs_f64();
        });
    }
    let begun = Instant::now();
    let indexes = "COMMIT; CREATE INDEX by_arrival ON calls (arrived); CREATE INDEX by_service ON calls (service, arrived);
        CREATE INDEX by_caller ON calls (caller, arrived); CREATE INDEX by_attendant ON calls (attendant, arrived);
        ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)";
    connection.execute_batch(indexes).expect("there is room");
    seconds += begun.elapsed().as_secs_f64();
    let bytes = path.metadata().expect("it is there").len();
    Plain { connection, seconds, bytes }
}

/// DuckDB in a process of its own.
struct DuckDb {
    child: Child,
    questions: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
    seconds: f64,
    bytes: u64,
}

impl DuckDb {
    fn start(file: &Path, folder: &Path) -> DuckDb {
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/duckdb/reports.py");
        let mut command = Command::new(venv().join("bin/python"));
        command.arg(program).arg(file).arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("`cargo xtask bench` has installed the peers in Python");
        let questions = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let mut duckdb = DuckDb { child, questions, answers, seconds: 0.0, bytes: 0 };
        let ready = duckdb.answer();
        duckdb.seconds = ready["read_s"].as_f64().expect("it says how long it read");
        duckdb.bytes = ready["bytes"].as_u64().expect("it says how large its file is");
        duckdb
    }

    fn ask(&mut self, sql: &str) -> f64 {
        let questions = self.questions.as_mut().expect("it is open until the end");
        writeln!(questions, "{}", sql.replace('\n', " ")).expect("it listens");
        self.answer()["ms"].as_f64().expect("it says how long it took")
    }

    fn answer(&mut self) -> Value {
        let line = self.answers.next().expect("it answers each question").expect("in text");
        serde_json::from_str(&line).expect("in JSON")
    }
}

impl Drop for DuckDb {
    fn drop(&mut self) {
        drop(self.questions.take());
        let _ended = self.child.wait();
    }
}

/// Says how far it is.
struct Progress(u64);

impl Telling for Progress {
    fn refused(&mut self, line: u64, why: &str) {
        panic!("line {line} is refused: {why}");
    }

    fn read(&mut self, state: &ImportState, bytes: u64, of: u64) {
        if bytes * 10 / of.max(1) > self.0 {
            self.0 = bytes * 10 / of.max(1);
            eprintln!("{} rows read, {} calls known before", state.rows, state.known);
        }
    }

    fn calls(&mut self, _calls: &[ImportedCall]) {}
}

fn take_over(file: &Path, folder: &Path, duckdb: &DuckDb, sqlite: &Plain) -> Store {
    let store = open(folder);
    let begun = Instant::now();
    let cancel = CancellationToken::new();
    let mut progress = Progress(0);
    let import = import_into(&store, file, past_calls::MAPPING, &mut progress, &cancel);
    let state = run(import).expect("the file and the store are good");
    let seconds = begun.elapsed().as_secs_f64();
    while !run(store.build_rollups(0)).expect("it is open").complete {}
    let each = |seconds: f64| seconds * 1e6 / state.rows as f64;
    row(
        "taking a file over, each row",
        "µs",
        each(seconds),
        &[("DuckDB", each(duckdb.seconds)), ("SQLite", each(sqlite.seconds))],
    );
    drop(store);
    let bytes = |path: &str| folder.join(path).metadata().map_or(0, |kept| kept.len()) as f64;
    let ours = bytes("usher.db") + bytes("usher.db-wal");
    let each = |bytes: f64| bytes / state.rows as f64;
    let peers = [("DuckDB", each(duckdb.bytes as f64)), ("SQLite", each(sqlite.bytes as f64))];
    row("the file, each call", "bytes", each(ours), &peers);
    open(folder)
}

/// Ids that the import has given.
struct Known {
    services: Vec<(ServiceId, String)>,
    attendants: Vec<(AttendantId, String)>,
    party: PartyId,
    caller: String,
}

impl Known {
    fn read(store: &Store) -> Known {
        let (mut services, mut attendants) = (Vec::new(), Vec::new());
        for name in run(store.imported_names()).expect("it is open") {
            match name {
                ImportedName::Service(id, name) => services.push((id, name)),
                ImportedName::Attendant(id, name) => attendants.push((id, name)),
            }
        }
        assert_eq!((services.len(), attendants.len()), (SERVICES as usize, ATTENDANTS as usize));
        let newest = run(store.calls(&RecordFilter::default(), 1)).expect("it is open");
        let party = run(store.party(newest[0].party)).expect("it is open").expect("the import has made it");
        let caller = party.address.expect("it has a number").as_str().to_owned();
        Known { services, attendants, party: party.id, caller }
    }
}

type Ours<'a> = Box<dyn Fn(&Store, usize) + 'a>;

/// What a screen asks.
struct Question<'a> {
    title: &'static str,
    ours: Ours<'a>,
    /// The same in SQL; the turn chooses the service, the day, the attendant.
    sql: Box<dyn Fn(usize) -> String + 'a>,
}

fn borders(from: i64, step: i64, count: usize) -> Vec<Timestamp> {
    (0..=count as i64).map(|nth| Timestamp(from + nth * step)).collect()
}

/// What is counted and added up of every group.
const FIGURES: &str = "count(*), sum(CASE WHEN accepted IS NOT NULL THEN 1 ELSE 0 END),
    sum(CASE WHEN accepted - arrived <= 20000 THEN 1 ELSE 0 END), sum(CASE WHEN outcome = 'H' THEN 1 ELSE 0 END),
    sum(CASE WHEN outcome = 'H' AND ended - arrived <= 20000 THEN 1 ELSE 0 END), sum(accepted - arrived),
    sum(ended - accepted)";

fn questions(known: &Known) -> Vec<Question<'_>> {
    let begin = FIRST_MS - OFFSET;
    let (whole, all) = ([Timestamp(begin), Timestamp(begin + DAYS as i64 * DAY)], ReportFilter::default());
    let of_service = |turn: usize| &known.services[turn * 7 % known.services.len()];
    let one_service = move |turn: usize| ReportFilter {
        services: Some([of_service(turn).0].into()),
        ..ReportFilter::default()
    };
    let of_attendant = |turn: usize| &known.attendants[turn * 13 % known.attendants.len()];
    // A working day in the middle of the two years.
    let day = move |turn: usize| begin + (8 + (turn as i64 * 37 % 96) * 7) * DAY;
    let grouped = |by: String, condition: String| {
        format!("SELECT {by} AS one, {FIGURES} FROM calls WHERE {condition} GROUP BY one ORDER BY one")
    };
    let everything = "1 = 1".to_owned();
    let local = format!("arrived + {OFFSET}");
    let local_day = format!("(({local}) - ({local}) % {DAY}) / {DAY}");
    let hour_of_week = format!("((({local}) - ({local}) % {HOUR}) / {HOUR}) % 168");
    let thirty_days = format!("(({local}) - ({local}) % {0}) / {0}", 30 * DAY);
    let within = |from: i64, to: i64| format!("arrived >= {from} AND arrived < {to}");
    let sums = |store: &Store, filter: &ReportFilter, borders: &[Timestamp], groups: &[usize]| {
        run(store.sums(filter, borders, groups, Detail::Whole)).expect("it is open");
    };
    let heat = |store: &Store, filter: &ReportFilter, borders: &[Timestamp], groups: &[usize]| {
        run(store.sums(filter, borders, groups, Detail::Kpis)).expect("it is open");
    };
    let in_order = |borders: &[Timestamp]| (0..borders.len() - 1).collect::<Vec<usize>>();
    let months = borders(begin, 30 * DAY, 24);
    let days = borders(begin, DAY, DAYS as usize);
    let hours = borders(begin, HOUR, DAYS as usize * 24);
    let week: Vec<usize> = (0..hours.len() - 1).map(|hour| hour % 168).collect();
    let of_months = in_order(&months);
    let of_days = in_order(&days);
    let week_of_one = week.clone();
    let hours_of_one = hours.clone();
    let (month_day, month_hours) = (hour_of_week.clone(), hour_of_week.clone());
    let filter = all.clone();
    let whole_report = {
        let (all, months, hours, of_months, week) =
            (all.clone(), months.clone(), hours.clone(), of_months.clone(), week.clone());
        move |store: &Store, _| {
            run(async {
                tokio::try_join!(
                    store.service_sessions(&all, &whole),
                    store.sums(&all, &months, &of_months, Detail::Whole),
                    store.sums(&all, &hours, &week, Detail::Kpis),
                    store.user_sums(&all, whole),
                )
            })
            .expect("it is open");
        }
    };
    let by_month = thirty_days.clone();
    vec![
        Question {
            title: "two years, all a screen shows: by month, service, attendant, hour of the week",
            ours: Box::new(whole_report),
            sql: Box::new(move |_| {
                let all = |by: &str| grouped(by.to_owned(), "1 = 1".to_owned());
                // One question, so that a peer is asked as often as ours is.
                ["service", "attendant", &by_month, &month_day]
                    .map(|by| format!("SELECT count(*) FROM ({})", all(by)))
                    .join(" UNION ALL ")
            }),
        },
        Question {
            title: "two years by month",
            ours: Box::new({
                let filter = filter.clone();
                move |store, _| sums(store, &filter, &months, &of_months)
            }),
            sql: Box::new({
                let everything = everything.clone();
                move |_| grouped(thirty_days.clone(), everything.clone())
            }),
        },
        Question {
            title: "two years by day",
            ours: Box::new({
                let filter = filter.clone();
                move |store, _| sums(store, &filter, &days, &of_days)
            }),
            sql: Box::new({
                let everything = everything.clone();
                move |_| grouped(local_day.clone(), everything.clone())
            }),
        },
        Question {
            title: "two years by hour of the week",
            ours: Box::new({
                let filter = filter.clone();
                move |store, _| heat(store, &filter, &hours, &week)
            }),
            sql: Box::new({
                let everything = everything.clone();
                move |_| grouped(hour_of_week.clone(), everything.clone())
            }),
        },
        Question {
            title: "two years by hour of the week, one service",
            ours: Box::new(move |store, turn| heat(store, &one_service(turn), &hours_of_one, &week_of_one)),
            sql: Box::new(move |turn| {
                grouped(month_hours.clone(), format!("service = '{}'", of_service(turn).1))
            }),
        },
        Question {
            title: "two years by service",
            ours: Box::new({
                let filter = filter.clone();
                move |store, _| drop(run(store.service_sessions(&filter, &whole)).expect("it is open"))
            }),
            sql: Box::new({
                let everything = everything.clone();
                move |_| grouped("service".to_owned(), everything.clone())
            }),
        },
        Question {
            title: "two years by attendant",
            ours: Box::new({
                let filter = filter.clone();
                move |store, _| drop(run(store.user_sums(&filter, whole)).expect("it is open"))
            }),
            sql: Box::new(move |_| grouped("attendant".to_owned(), everything.clone())),
        },
        Question {
            title: "a week by hour, one service",
            ours: Box::new(move |store, turn| {
                let borders = borders(day(turn), HOUR, 168);
                sums(store, &one_service(turn), &borders, &in_order(&borders));
            }),
            sql: Box::new(move |turn| {
                let when = within(day(turn), day(turn) + 7 * DAY);
                let condition = format!("service = '{}' AND {when}", of_service(turn).1);
                grouped(format!("(arrived - arrived % {HOUR}) / {HOUR}"), condition)
            }),
        },
        Question {
            title: "a day by quarter of an hour",
            ours: Box::new({
                let filter = filter.clone();
                move |store, turn| {
                    let borders = borders(day(turn), HOUR / 4, 96);
                    sums(store, &filter, &borders, &in_order(&borders));
                }
            }),
            sql: Box::new(move |turn| {
                let quarter = HOUR / 4;
                grouped(
                    format!("(arrived - arrived % {quarter}) / {quarter}"),
                    within(day(turn), day(turn) + DAY),
                )
            }),
        },
        Question {
            title: "50 calls behind a number",
            ours: Box::new(move |store, turn| {
                let ranges = [Range { from: Timestamp(day(turn)), to: Timestamp(day(turn) + DAY) }];
                let filter = one_service(turn);
                let page = store.calls_behind(&filter, &ranges, None, 50);
                assert!(!run(page).expect("it is open").is_empty());
            }),
            sql: Box::new(move |turn| {
                let when = within(day(turn), day(turn) + DAY);
                let service = &of_service(turn).1;
                format!(
                    "SELECT * FROM calls WHERE service = '{service}' AND {when} ORDER BY arrived DESC LIMIT 50"
                )
            }),
        },
        Question {
            title: "all of a caller, two years",
            ours: Box::new(move |store, _| {
                let filter = ReportFilter { parties: Some([known.party].into()), ..ReportFilter::default() };
                sums(store, &filter, &whole, &[0]);
            }),
            sql: Box::new(move |_| format!("SELECT {FIGURES} FROM calls WHERE caller = '{}'", known.caller)),
        },
        Question {
            title: "a month of an attendant, call by call",
            ours: Box::new(move |store, turn| {
                let attendant = Some(of_attendant(turn).0);
                let filter = ReportFilter { attendant, ..ReportFilter::default() };
                sums(store, &filter, &borders(day(turn), 30 * DAY, 1), &[0]);
            }),
            sql: Box::new(move |turn| {
                let when = within(day(turn), day(turn) + 30 * DAY);
                format!("SELECT {FIGURES} FROM calls WHERE attendant = '{}' AND {when}", of_attendant(turn).1)
            }),
        },
        Question {
            title: "a week of those who hung up, call by call",
            ours: Box::new(move |store, turn| {
                let filter = ReportFilter { outcomes: [4].into(), ..ReportFilter::default() };
                sums(store, &filter, &borders(day(turn), 7 * DAY, 1), &[0]);
            }),
            sql: Box::new(move |turn| {
                let when = within(day(turn), day(turn) + 7 * DAY);
                format!("SELECT {FIGURES} FROM calls WHERE outcome = 'H' AND {when}")
            }),
        },
    ]
}

fn ask(store: &Store, question: &Question<'_>, duckdb: &mut DuckDb, sqlite: &Connection) {
    let Question { title, ours, sql } = question;
    let (mut spans, mut medians) = (Spans::default(), [Vec::new(), Vec::new(), Vec::new()]);
    for turn in 0..ROUNDS {
        let mut round = Spans::default();
        for again in 0..OURS_A_ROUND {
            let begun = Instant::now();
            ours(store, turn + again);
            let span = begun.elapsed();
            spans.add(span);
            round.add(span);
        }
        let sql = sql(turn);
        let begun = Instant::now();
        let mut statement = sqlite.prepare_cached(&sql).expect("it is understood");
        let mut rows = statement.query(()).expect("it is understood");
        while rows.next().expect("it can be read").is_some() {}
        let plain = begun.elapsed().as_secs_f64() * 1000.0;
        for (median, cost) in medians.iter_mut().zip([round.percentile_ms(50), duckdb.ask(&sql), plain]) {
            median.push(cost);
        }
    }
    let [ours, duckdb, plain] = &medians;
    let ratio = |peer: &[f64]| middle(ours.iter().zip(peer).map(|(ours, peer)| ours / peer).collect());
    let told = json!({
        "case": format!("{title}, p50"), "unit": "ms", "ours": spans.percentile_ms(50),
        "peers": {"DuckDB": middle(duckdb.clone()), "SQLite": middle(plain.clone())},
        "ratio": {"DuckDB": ratio(duckdb), "SQLite": ratio(plain)},
    });
    println!("{told}");
    row(&format!("{title}, p99"), "ms", spans.percentile_ms(99), &[]);
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
