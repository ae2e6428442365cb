//! The proof of REPORT-1: days of calls go through the real switchboard into an encrypted store; `usher export events` writes what
//! happened, a second implementation in Python and DuckDB works every session and every figure out of that, and each equals the one
//! that is kept, that the console shows and that the feed tells, to the last digit. Percentiles are within the error that the console names.

mod bank;
mod world;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use alone::{AudioWhere, Door, Options};
use app::api::wire::reports::{GroupingName, ReportAsk, ReportFilterForm};
use app::api::wire::{Request, Response};
use contracts::journal::Journal;
use contracts::records::{CALLS_MAX, RecordCursor};
use contracts::reports::{Range, ReportFilter, Reports, STEP_MAX};
use engine::Timestamp;
use reporting::{CallRecord, UserOutcome, UserSession};
use serde_json::{Value, json};
use store::Store;
use tempfile::TempDir;
use vault::Known;
use vault::keys::KeyFile;

/// The second implementation.
const BY_DUCKDB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reports/by_duckdb.py");
/// A client of the feed.
const BY_FEED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reports/by_feed.py");
/// The first and the last of the days, and some around them.
const DAYS: [&str; 2] = ["2026-03-20", "2026-04-03"];

/// A computer with a store, and a file with the key to it.
struct Computer(TempDir);

impl Computer {
    fn new() -> Computer {
        let computer = Computer(tempfile::tempdir().expect("a folder"));
        std::fs::create_dir(computer.data()).expect("it is made");
        upkeep::new_key_file(&computer.key()).expect("it is made");
        let kek = upkeep::key_in(&computer.key()).expect("it is a key");
        KeyFile::create(&computer.data().join("usher.db.keys"), Some(&kek)).expect("new keys");
        computer
    }

    fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    fn key(&self) -> PathBuf {
        self.0.path().join("key")
    }

    fn store(&self) -> Store {
        let file = upkeep::key_file(&self.data()).expect("it is there");
        let key = upkeep::StoreKey::in_file(&self.key()).expect("it is a key");
        let keys = key.unlock(&file).expect("it is its key");
        Store::open(&self.data(), &keys, &Known::default()).expect("it opens")
    }

    async fn lives_through(&self, seed: u64) {
        let store = self.store();
        let lease = store.take_lease("test").await.expect("it is taken");
        let mut after = 0;
        for world::Batch { entries, records } in world::days(seed) {
            store.append(lease, after, &entries, &records).await.expect("it is written");
            after += entries.len() as u64;
        }
        let progress = store.build_rollups(STEP_MAX).await.expect("they are kept");
        assert!(progress.complete, "sums are written with what they sum up: {progress:?}");
    }

    /// The rows as they are kept, in the order of the other one.
    async fn keeps(&self) -> [Vec<Value>; 2] {
        let store = self.store();
        let all = [Range { from: Timestamp(0), to: Timestamp(i64::MAX) }];
        let (mut records, mut before) = (Vec::new(), None);
        loop {
            let page = store.calls_behind(&ReportFilter::default(), &all, before, CALLS_MAX).await;
            let page = page.expect("they are read");
            let Some(last) = page.last() else { break };
            before = Some(RecordCursor::of(last));
            records.extend(page);
        }
        records.sort_by_key(|record| (record.call, record.part));
        [records.iter().map(session_row).collect(), records.iter().flat_map(user_rows).collect()]
    }

    fn export(&self, key: &Path, more: &[&Path]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_usher"));
        command.args(["export", "events", "--data-dir"]).arg(self.data()).arg("--store-key").arg(key);
        if let [out] = more {
            command.arg("--out").arg(out);
        }
        command.output().expect("it runs")
    }

    fn exports(&self) -> PathBuf {
        let out = self.0.path().join("events.jsonl");
        let told = self.export(&self.key(), &[&out]);
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
        out
    }

    async fn door(&self) -> Door {
        let options = Options {
            data_dir: Some(self.data()),
            audio: AudioWhere::None,
            forget_secrets: true,
            store_key: Some(self.key()),
        };
        Door::open(options).await.expect("it opens")
    }

    /// What the console shows.
    async fn shows(&self, questions: &[ReportAsk]) -> Vec<Value> {
        let door = self.door().await;
        let mut views = Vec::new();
        for ask in questions {
            let ask = Box::new(ask.clone());
            let Ok(Response::Report(view)) = door.handle(Request::GetReport { ask }).await else {
                panic!("a report")
            };
            assert!(view.catching_up.is_none(), "nothing is missing");
            views.push(serde_json::to_value(*view).expect("JSON"));
        }
        door.shut_down().await;
        views
    }

    /// What the feed tells, read by this client over its own wire.
    async fn fed(&self, python: &Path, client: &str) -> String {
        let door = self.door().await;
        let port = {
            let free = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
            free.local_addr().expect("it has one").port()
        };
        let Ok(Response::FeedToken(made)) = door.handle(Request::SwitchFeedOn { port: Some(port) }).await
        else {
            panic!("a token is made")
        };
        let on = made.feed.on.expect("it is on");
        let mut command = Command::new(python);
        command.args([client, &on.url, made.token.danger_expose()]);
        // One client calls another, and nothing is to be left beside them.
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        let told = tokio::task::spawn_blocking(move || command.output()).await.expect("it ends");
        let told = told.expect("Python starts");
        assert!(told.status.success(), "{}", text(&told.stderr));
        door.shut_down().await;
        text(&told.stdout)
    }
}

fn session_row(record: &CallRecord) -> Value {
    let at = |at: Option<Timestamp>| at.map(|at| at.0);
    let first = record.user_sessions.iter().find(|session| session.had());
    json!({
        "call": record.call.0, "part": record.part, "service": record.service.map(|service| service.0),
        "party": record.party.0, "outbound": record.outbound, "arrived": record.arrived.0, "queued": at(record.queued),
        "accepted": at(record.accepted), "ended": at(record.ended), "outcome": record.outcome.map(|outcome| outcome.id()),
        "connected": record.connected_ms, "hold": record.hold_ms, "park": record.park_ms,
        "ring": first.map_or(0, |session| session.ring_ms),
    })
}

fn user_rows(record: &CallRecord) -> Vec<Value> {
    let mut sessions: Vec<_> =
        record.user_sessions.iter().filter(|session| session.outcome.is_some()).collect();
    sessions.sort_by_key(|it| (it.began, it.attendant, it.outcome.map(UserOutcome::id)));
    let row = |it: &UserSession| {
        json!({
            "call": record.call.0, "part": record.part, "attendant": it.attendant.0,
            "service": record.service.map(|service| service.0), "began": it.began.0,
            "outcome": it.outcome.map(UserOutcome::id), "had": it.had(), "ring": it.ring_ms, "connected": it.connected_ms,
            "hold": it.hold_ms,
        })
    };
    sessions.into_iter().map(row).collect()
}

fn filter(first_day: &str, last_day: &str, time_zone: &str) -> ReportFilterForm {
    ReportFilterForm {
        first_day: first_day.to_owned(),
        last_day: last_day.to_owned(),
        time_zone: time_zone.to_owned(),
        services: Vec::new(),
        attendant: None,
        caller: None,
        number: None,
        outcomes: Vec::new(),
    }
}

fn ask(filter: ReportFilterForm, grouping: GroupingName, [sla, hang_up, short]: [u32; 3]) -> ReportAsk {
    ReportAsk {
        filter,
        grouping,
        sla_seconds: sla,
        hang_up_seconds: hang_up,
        short_call_seconds: short,
        heat_map: true,
    }
}

fn questions() -> Vec<ReportAsk> {
    let zurich = || filter("2026-03-27", "2026-03-30", "Europe/Zurich");
    let usual = [20, 10, 5];
    let of_services = |services: &[&str]| ReportFilterForm {
        services: services.iter().map(|it| (*it).to_owned()).collect(),
        ..zurich()
    };
    vec![
        ask(zurich(), GroupingName::Day, usual),
        ask(zurich(), GroupingName::QuarterHour, usual),
        ask(zurich(), GroupingName::Hour, [0, 0, 0]),
        ask(zurich(), GroupingName::Week, [5, 30, 10]),
        ask(zurich(), GroupingName::Whole, [40, 40, 0]),
        // No border of a day there is one of UTC, nor one of an hour.
        ask(filter("2026-03-27", "2026-03-30", "Asia/Kathmandu"), GroupingName::Hour, usual),
        // Midnight is left out.
        ask(filter("2026-03-28", "2026-03-29", "Asia/Beirut"), GroupingName::Day, usual),
        ask(filter("2026-03-26", "2026-04-01", "America/New_York"), GroupingName::Month, usual),
        ask(filter("2026-03-20", "2026-03-22", "UTC"), GroupingName::Day, usual),
        ask(of_services(&["1"]), GroupingName::Hour, usual),
        ask(of_services(&["2"]), GroupingName::Day, usual),
        ask(of_services(&["3", "4"]), GroupingName::Day, [30, 30, 3]),
        ask(ReportFilterForm { attendant: Some("3".into()), ..zurich() }, GroupingName::Day, usual),
        ask(ReportFilterForm { caller: Some("1f".into()), ..zurich() }, GroupingName::Day, usual),
        ask(ReportFilterForm { outcomes: vec![4, 6, 10], ..zurich() }, GroupingName::Day, usual),
        ask(
            ReportFilterForm { attendant: Some("5".into()), outcomes: vec![5], ..of_services(&["1", "2"]) },
            GroupingName::Whole,
            usual,
        ),
    ]
}

/// REPORT-1, REPORT-2: every KPI in all its variants, every count and sum, from the raw events.
#[tokio::test]
async fn what_another_works_out_of_the_raw_events_is_what_the_console_shows_report_1() {
    let Some(python) = python() else { return };
    let computer = Computer::new();
    computer.lives_through(7).await;
    let questions = questions();
    let mut all = json!(questions);
    let rows = [json!({"rows": "sessions"}), json!({"rows": "users"})];
    all.as_array_mut().expect("a list").extend(rows);
    let theirs = by_duckdb(&python, &computer, &all);

    let kept = computer.keeps().await;
    let mut ours = computer.shows(&questions).await;
    // Whatever else tells these rows is compared here too.
    ours.extend(kept.map(Value::from));
    assert_eq!(ours.len(), theirs.len());
    let mut compared = Compared::default();
    for (place, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        compared.compare(&format!("question {place}"), ours, theirs);
    }
    let Compared { figures, percentiles, differ } = compared;
    assert!(differ.is_empty(), "{} differ:\n{}", differ.len(), differ[..differ.len().min(40)].join("\n"));
    println!("{figures} figures are equal, {percentiles} percentiles within 1 %");
    assert!(figures > 10_000 && percentiles > 1_000, "{figures} figures, {percentiles} percentiles");
    has_everything(&ours[0], &computer.0.path().join("events.jsonl"));
}

/// REPORT-4: every row and every sum of the feed, from the raw events, over its own wire.
#[tokio::test(flavor = "multi_thread")]
async fn what_another_works_out_of_the_raw_events_is_what_the_feed_tells_report_4() {
    let Some(python) = python() else { return };
    let computer = Computer::new();
    computer.lives_through(11).await;
    let [first, last] = DAYS;
    let services = ["1", "2", "3", "4"];
    let of_service = |service: &&str| {
        let services = vec![(*service).to_owned()];
        let days = ReportFilterForm { services, ..filter(first, last, "UTC") };
        ask(days, GroupingName::QuarterHour, [20, 10, 5])
    };
    let of_all = ask(filter(first, last, "UTC"), GroupingName::Whole, [20, 10, 5]);
    let mut asked = json!(services.iter().map(of_service).chain([of_all]).collect::<Vec<_>>());
    let tables = ["sessions", "users", "states", "transfers"];
    asked.as_array_mut().expect("a list").extend(tables.map(|table| json!({ "rows": table })));
    let theirs = by_duckdb(&python, &computer, &asked);
    let ours: Value = serde_json::from_str(&computer.fed(&python, BY_FEED).await).expect("JSON");

    let mut compared = Compared::default();
    for (service, theirs) in services.iter().zip(&theirs) {
        let told = ours["services"][service].as_object().expect("it has calls");
        let mut met = 0;
        for interval in theirs["intervals"].as_array().expect("a list") {
            let mut figures = interval["figures"].clone();
            let of_feed = told.get(&interval["from"].to_string());
            let is_empty = figures["sessions"] == 0 && figures["acw_ms"] == 0;
            assert_eq!(of_feed.is_none(), is_empty, "{service}: {interval}");
            let Some(of_feed) = of_feed else { continue };
            met += 1;
            // Percentiles are not in the feed, and occupancy is of an attendant over all her services.
            figures.as_object_mut().expect("figures").retain(|name, _| name != "wait" && name != "handling");
            figures["kpis"].as_array_mut().expect("a list").pop();
            compared.compare(&format!("service {service}, {}", interval["from"]), of_feed, &figures);
        }
        assert_eq!(met, told.len(), "the feed has no interval that the other has not");
    }
    let [attendants, rows @ ..] = &theirs[services.len()..] else { panic!("each is answered") };
    let mut attendants = attendants["attendants"].clone();
    for attendant in attendants.as_array_mut().expect("a list") {
        let only = ["aht_ms", "occupancy", "handling"];
        attendant.as_object_mut().expect("one").retain(|name, _| !only.contains(&name.as_str()));
    }
    compared.compare("attendants", &ours["attendants"], &attendants);
    for (table, theirs) in tables.iter().zip(rows) {
        assert!(theirs.as_array().is_some_and(|rows| rows.len() > 20), "{table} has rows");
        compared.compare(table, &ours[table], theirs);
    }
    let Compared { figures, differ, .. } = compared;
    assert!(differ.is_empty(), "{} differ:\n{}", differ.len(), differ[..differ.len().min(40)].join("\n"));
    println!("{figures} figures of the feed are equal");
    assert!(figures > 10_000, "{figures} figures");
}

/// The answers of the other implementation to these questions.
fn by_duckdb(python: &Path, computer: &Computer, questions: &Value) -> Vec<Value> {
    let events = computer.exports();
    let asked = computer.0.path().join("questions.json");
    std::fs::write(&asked, questions.to_string()).expect("it is written");
    let told = Command::new(python).arg(BY_DUCKDB).args([&events, &asked]).output().expect("Python starts");
    assert!(told.status.success(), "{}", text(&told.stderr));
    serde_json::from_slice(&told.stdout).expect("JSON")
}

/// That these days have in them what may go wrong.
fn has_everything(view: &Value, events: &Path) {
    let outcomes = view["outcomes"].as_array().expect("a list");
    let missing: Vec<&Value> = outcomes.iter().filter(|it| it["calls"] == 0).map(|it| &it["name"]).collect();
    assert!(missing.is_empty(), "no call ended so: {missing:?}");
    let total = &view["total"];
    for name in ["short", "abandoned", "hold_ms", "park_ms", "outbound_ms", "acw_ms", "ring_ms"] {
        assert!(total[name].as_u64() > Some(0), "{name}: {total}");
    }
    let sum = |name: &str| -> u64 {
        let attendants = view["attendants"].as_array().expect("a list");
        attendants.iter().filter_map(|it| it[name].as_u64()).sum()
    };
    assert!(sum("declined") > 0 && sum("timed_out") > 0);
    for state in 0..6 {
        let name = format!("/attendants/0/states/{state}/ms");
        assert!(view.pointer(&name).and_then(Value::as_u64) > Some(0), "{name}");
    }
    assert_eq!(view["odd_days"][0]["minutes"], 23 * 60);
    let text = std::fs::read_to_string(events).expect("it is there");
    assert!(text.contains(r#""origin":"simulated""#), "some calls are not to be counted");
    assert!(text.contains(r#""offer":null"#), "some calls were picked");
}

#[derive(Default)]
struct Compared {
    figures: u64,
    percentiles: u64,
    differ: Vec<String>,
}

impl Compared {
    /// All that the other one says; names and formulas are ours alone.
    fn compare(&mut self, place: &str, ours: &Value, theirs: &Value) {
        match (ours, theirs) {
            (Value::Object(ours), Value::Object(theirs)) => {
                for (name, theirs) in theirs {
                    let place = format!("{place}.{name}");
                    match ours.get(name) {
                        Some(ours) if name.starts_with('p') && name.ends_with("_ms") && name != "park_ms" => {
                            self.percentile(&place, ours, theirs);
                        }
                        Some(ours) => self.compare(&place, ours, theirs),
                        None => self.differ.push(format!("{place} is not shown")),
                    }
                }
            }
            (Value::Array(ours), Value::Array(theirs)) => {
                if ours.len() != theirs.len() {
                    self.differ.push(format!("{place}: {} rows, {} in truth", ours.len(), theirs.len()));
                }
                for (row, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
                    self.compare(&format!("{place}[{row}]"), ours, theirs);
                }
            }
            // A text on the other side keeps every digit of a number.
            (Value::Number(ours), Value::String(theirs)) => {
                let same = theirs.parse::<f64>().is_ok_and(|theirs| ours.as_f64() == Some(theirs));
                self.figure(place, same, &ours, &theirs);
            }
            (ours, theirs) => self.figure(place, ours == theirs, &ours, &theirs),
        }
    }

    fn figure(
        &mut self,
        place: &str,
        same: bool,
        ours: &dyn std::fmt::Display,
        theirs: &dyn std::fmt::Display,
    ) {
        self.figures += 1;
        if !same {
            self.differ.push(format!("{place}: {ours}, {theirs} in truth"));
        }
    }

    fn percentile(&mut self, place: &str, ours: &Value, theirs: &Value) {
        self.percentiles += 1;
        let near = match (ours.as_f64(), theirs.as_f64()) {
            (Some(ours), Some(theirs)) => (ours - theirs).abs() <= 0.01 * theirs,
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if !near {
            self.differ.push(format!("{place}: {ours}, {theirs} in truth"));
        }
    }
}

/// REPORT-1: the command as people run it.
#[tokio::test]
async fn an_export_is_whole_or_not_there_and_says_how_it_ended_report_1() {
    let computer = Computer::new();
    let home = computer.0.path();
    let nothing = computer.export(&computer.key(), &[]);
    assert_eq!(nothing.status.code(), Some(4), "keys without a database: {}", text(&nothing.stderr));
    computer.store();

    let other = home.join("other");
    upkeep::new_key_file(&other).expect("it is made");
    assert_eq!(computer.export(&other, &[]).status.code(), Some(5));

    let store = computer.store();
    let lease = store.take_lease("test").await.expect("it is taken");
    let batch = world::days(1).remove(0);
    store.append(lease, 0, &batch.entries, &batch.records).await.expect("it is written");
    assert_eq!(computer.export(&computer.key(), &[]).status.code(), Some(3), "a console has it open");
    drop(store);

    let shown = computer.export(&computer.key(), &[]);
    assert!(shown.status.success(), "{}", text(&shown.stderr));
    let events = computer.exports();
    assert_eq!(text(&shown.stdout), std::fs::read_to_string(&events).expect("it is there"));
    assert_eq!(text(&shown.stdout).lines().count(), batch.entries.len());
    let again = computer.export(&computer.key(), &[&events]);
    assert_eq!(again.status.code(), Some(9), "nothing is written over");
    assert_eq!(text(&shown.stdout), std::fs::read_to_string(&events).expect("it is as it was"));
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("it writes text")
}

/// A Python that has DuckDB; skips with a word where there is none, and fails where it must be there.
fn python() -> Option<PathBuf> {
    let named = std::env::var_os("USHER_PEERS_VENV");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let venv = named.map_or_else(|| root.join("target/peers-venv"), PathBuf::from);
    let python = venv.join("bin/python");
    let has_duckdb = Command::new(&python).args(["-c", "import duckdb"]).output();
    if has_duckdb.is_ok_and(|told| told.status.success()) {
        return Some(python);
    }
    skipped(&format!("{} has no DuckDB (tests/fixtures/requirements.txt)", python.display()));
    None
}

/// Says what is missing, and fails where it must be there.
fn skipped(missing: &str) {
    let is_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(!is_ci && std::env::var_os("USHER_REQUIRE_PEERS").is_none(), "{missing}");
    let _ = writeln!(std::io::stderr(), "SKIPPED: {missing}");
}
