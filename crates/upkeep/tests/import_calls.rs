//! Taking calls of an earlier telephone system over (REPORT-5): the bank's real calls beside figures that DuckDB works out straight
//! from the file, dirt named line by line, twice the same, stopped and gone on.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use contracts::imports::{ImportState, ImportedCall, ImportedName, Imports};
use contracts::journal::StoreError;
use contracts::memory::MemoryStore;
use contracts::records::{RecordFilter, Records};
use contracts::reports::{ReportFilter, Reports};
use engine::{ServiceId, Timestamp};
use reporting::aggregate::{Slot, Thresholds};
use reporting::kpi::Kpi;
use store::Store;
use tokio_util::sync::CancellationToken;
use upkeep::import_calls::{ImportError, Telling, import_into};
use vault::Known;
use vault::keys::KeyFile;

const MAPPING: &str = include_str!("../../../docs/mappings/anonymous-bank.toml");

/// Writes down what it is told, and may stop the work.
#[derive(Default)]
struct Listener {
    refused: Vec<(u64, String)>,
    told: Vec<ImportState>,
    calls: usize,
    stop_after: Option<(usize, CancellationToken)>,
}

impl Telling for Listener {
    fn refused(&mut self, line: u64, why: &str) {
        self.refused.push((line, why.to_owned()));
    }

    fn read(&mut self, state: &ImportState, bytes: u64, of: u64) {
        assert!(bytes <= of);
        self.told.push(state.clone());
        if let Some((times, cancel)) = &self.stop_after
            && self.told.len() == *times
        {
            cancel.cancel();
        }
    }

    fn calls(&mut self, calls: &[ImportedCall]) {
        self.calls += calls.len();
    }
}

fn file(directory: &Path, text: &str) -> PathBuf {
    let path = directory.join("calls.csv");
    std::fs::write(&path, text).expect("it is written");
    path
}

async fn import(
    store: &impl Imports,
    file: &Path,
    mapping: &str,
) -> (Result<ImportState, ImportError>, Listener) {
    let mut listener = Listener::default();
    let done = import_into(store, file, mapping, &mut listener, &CancellationToken::new()).await;
    (done, listener)
}

const HEAD: &str = "vru+line,call_id,customer_id,priority,type,date,vru_entry,vru_exit,vru_time,q_start,q_exit,q_time,outcome,ser_start,ser_exit,ser_time,server\n";

fn row(id: u32, times: [&str; 6], outcome: &str, server: &str) -> String {
    let [entry, exit, q_start, q_exit, start, end] = times;
    format!(
        "AA,{id},77,0,PS,2010-08-01,{entry},{exit},1,{q_start},{q_exit},1,{outcome},{start},{end},1,{server}\n"
    )
}

const NO: &str = "0:00:00";

#[tokio::test]
async fn every_row_is_taken_or_refused_with_its_line_and_the_reason_report_5() {
    let home = tempfile::tempdir().expect("a directory");
    let rows = [
        row(1, ["9:00:00", "9:00:10", "9:00:10", "9:00:40", "9:00:40", "9:05:00"], "AGENT", "AVI"),
        row(2, ["9:00:00", "9:00:10", NO, NO, "9:00:09", "9:01:00"], "AGENT", "AVI"),
        row(3, ["9:00:00", "9:00:10", "9:00:10", "9:00:20", NO, NO], "HANG", "NO_SERVER"),
        row(4, ["9:00:00", "9:00:10", NO, NO, NO, NO], "HANG", "NO_SERVER"),
        row(5, ["9:00:00", "9:00:10", "9:00:10", "9:00:40", "9:00:40", "9:00:20"], "AGENT", "AVI"),
        row(6, ["9:00:00", "9:00:10", "9:00:10", "9:00:40", NO, "9:00:20"], "AGENT", "AVI"),
        row(7, [NO, "9:00:10", NO, NO, NO, NO], "HANG", "NO_SERVER"),
        row(8, ["9:00:00", "9:00:10", NO, NO, NO, NO], "PHANTOM", "NO_SERVER"),
        row(9, ["9:00:00", "9:00:10", NO, NO, NO, NO], "SOLD", "NO_SERVER"),
        row(10, ["25:00:00", "9:00:10", NO, NO, NO, NO], "HANG", "NO_SERVER"),
        row(11, ["23:59:50", "23:59:55", NO, NO, "0:00:05", "0:01:00"], "AGENT", "AVI"),
        "AA,12,77\n".to_owned(),
        row(13, ["9:00:00", "9:00:10", NO, NO, NO, NO], "HANG", "NO_SERVER").replace(",77,", ",n\u{f6},"),
        row(14, ["9:00:00", "8:59:00", NO, NO, NO, NO], "HANG", "NO_SERVER"),
    ];
    let path = file(home.path(), &(HEAD.to_owned() + &rows.concat()));
    let store = MemoryStore::new();
    let (done, listener) = import(&store, &path, MAPPING).await;
    let done = done.expect("it is taken");
    assert_eq!((done.rows, done.taken, done.known, done.refused, done.finished), (14, 5, 0, 9, true));
    let lines: Vec<u64> = listener.refused.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [6, 7, 8, 9, 10, 11, 13, 14, 15]);
    assert_eq!(listener.calls, 5, "each call is told");
    let why = |nth: usize| listener.refused[nth].1.as_str();
    assert_eq!(why(0), "its end '9:00:20' is before what came before it");
    assert_eq!(why(1), "it was answered, and when is missing");
    assert_eq!(why(2), "its arrival is missing");
    assert_eq!(why(3), "a phantom call: nobody was on the line");
    assert_eq!(why(4), "the mapping does not know the outcome 'SOLD'");
    assert_eq!(why(5), "its arrival '25:00:00' is no time");
    assert!(why(6).contains("3 columns only"), "{}", why(6));
    assert!(why(7).contains("the caller"), "{}", why(7));
    assert_eq!(why(8), "its end '8:59:00' is before what came before it");

    let records = store.calls(&RecordFilter::default(), 10).await.expect("they are read");
    let waits: Vec<Option<i64>> = records.iter().map(|it| Some(it.accepted?.0 - it.queued?.0)).collect();
    assert_eq!(waits.iter().flatten().sum::<i64>(), 30_000, "{waits:?}");
    let midnight = records.first().expect("the latest");
    assert_eq!(midnight.ended.expect("over").0 - midnight.arrived.0, 70_000, "past midnight");
    assert!(records.iter().all(|record| record.imported));
    let names = store.imported_names().await.expect("they are read");
    let text = |name: &ImportedName| match name {
        ImportedName::Service(_, text) | ImportedName::Attendant(_, text) => text.clone(),
    };
    assert_eq!(names.iter().map(text).collect::<Vec<_>>(), ["Regular", "AVI"]);

    let (again, listener) = import(&store, &path, MAPPING).await;
    let again = again.expect("it is read");
    assert_eq!((again.taken, again.known, again.refused), (0, 5, 9), "the same file twice is nothing new");
    assert_eq!(listener.refused.len(), 9);

    let windows = file(home.path(), &(HEAD.to_owned() + &rows.concat()).replace('\n', "\r\n"));
    let (done, listener) = import(&MemoryStore::new(), &windows, MAPPING).await;
    assert_eq!(done.map(|done| (done.taken, done.refused)).expect("it is taken"), (5, 9));
    assert_eq!(listener.refused.iter().map(|(line, _)| *line).collect::<Vec<_>>(), lines);
}

#[tokio::test]
async fn an_import_that_was_stopped_goes_on_where_it_was_report_5() {
    let home = tempfile::tempdir().expect("a directory");
    let one =
        |id| row(id, ["9:00:00", "9:00:10", "9:00:10", "9:00:40", "9:00:40", "9:05:00"], "AGENT", "AVI");
    let path = file(home.path(), &(HEAD.to_owned() + &(1..=48_000).map(one).collect::<String>()));
    let store = MemoryStore::new();
    let cancel = CancellationToken::new();
    let mut listener = Listener { stop_after: Some((1, cancel.clone())), ..Listener::default() };
    let stopped = import_into(&store, &path, MAPPING, &mut listener, &cancel).await;
    assert!(matches!(stopped, Err(ImportError::Stopped(20_000))), "{stopped:?}");
    let (done, listener) = import(&store, &path, MAPPING).await;
    let done = done.expect("it goes on");
    assert_eq!((done.rows, done.taken, done.known), (48_000, 48_000, 0));
    assert_eq!(listener.told.first().map(|state| state.rows), Some(40_000), "not from the beginning");
}

#[tokio::test]
async fn a_mapping_or_a_file_that_makes_no_sense_is_refused_in_words() {
    let home = tempfile::tempdir().expect("a directory");
    let store = MemoryStore::new();
    let path = file(home.path(), HEAD);
    let refused = async |mapping: String| match import(&store, &path, &mapping).await.0 {
        Err(ImportError::Mapping(why)) => why,
        other => panic!("{other:?}"),
    };
    assert!(refused("source = 1".into()).await.contains("source"));
    assert!(refused(MAPPING.replace("Asia/Jerusalem", "Nowhere")).await.contains("Nowhere"));
    assert!(refused(MAPPING.replace("\"vru_entry\"", "\"came\"")).await.contains("no column 'came'"));
    assert!(refused(MAPPING.replace("answered = 5", "answered = 50")).await.contains("50 is no outcome"));
    assert!(refused(MAPPING.replace("\",\"\n", "\"::\"\n")).await.contains("no separator"));
    let endless = file(home.path(), &format!("{HEAD}\"{}", "x".repeat(3 << 20)));
    let (done, _) = import(&store, &endless, MAPPING).await;
    assert!(matches!(&done, Err(ImportError::File { why, .. }) if why.contains("bytes")), "{done:?}");
    let (done, _) = import(&store, &home.path().join("none.csv"), MAPPING).await;
    assert!(matches!(done, Err(ImportError::File { .. })));
}

/// Figures by service and hour, worked out by DuckDB straight from the file, with no word of ours.
const BY_DUCKDB: &str = include_str!("bank_by_duckdb.py");

/// By service and UTC hour: calls, answered, of these within 20 s, abandoned, of these within 20 s, Σ wait in s, Σ connected in s.
type Cells = BTreeMap<(String, String), [u64; 7]>;

/// REPORT-5 and the proof of REPORT-1: real calls, and a second implementation that knows nothing of the first.
#[tokio::test]
async fn the_banks_real_calls_are_those_that_duckdb_counts_report_5() {
    let Some((data, python)) = peers() else { return };
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("bank.csv");
    let script = "import gzip,shutil,sys; shutil.copyfileobj(gzip.open(sys.argv[1]), open(sys.argv[2],'wb'))";
    let unpacked = Command::new(&python).args(["-c", script]).args([&data, &path]).status();
    assert!(unpacked.expect("Python starts").success());
    let (want, refused_lines) = by_duckdb(&python, &path);

    let (_, keys, _) = KeyFile::create(&home.path().join("keys"), None).expect("new keys");
    let store = Store::open(home.path(), &keys, &Known::default()).expect("a new store");
    let (done, listener) = import(&store, &path, MAPPING).await;
    let done = done.expect("it is taken");
    assert_eq!((done.rows, done.taken + done.refused, done.known), (22_002, 22_002, 0));
    let refused: Vec<u64> = listener.refused.iter().map(|(line, _)| *line).collect();
    assert_eq!(refused, refused_lines, "the same rows are refused");
    assert!(done.refused > 192, "the phantom calls at least");

    let have = by_usher(&store).await;
    assert_eq!(have.len(), want.len());
    for (of, figures) in &want {
        assert_eq!(have.get(of), Some(figures), "{of:?}");
    }
    let (again, _) = import(&store, &path, MAPPING).await;
    assert_eq!(again.map(|state| (state.taken, state.known)).expect("it is read"), (0, done.taken));
    assert_eq!(by_usher(&store).await, have, "twice is once");
}

fn by_duckdb(python: &Path, file: &Path) -> (Cells, Vec<u64>) {
    let told = Command::new(python).args(["-c", BY_DUCKDB]).arg(file).output().expect("Python starts");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let (mut cells, mut refused) = (Cells::new(), Vec::new());
    for line in String::from_utf8(told.stdout).expect("text").lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let numbers = |from: usize| words[from..].iter().map(|word| word.parse::<u64>().expect("a number"));
        if words[0] == "refused" {
            refused = numbers(1).collect();
        } else {
            let figures: Vec<u64> = numbers(3).collect();
            let of = (words[1].to_owned(), words[2].to_owned());
            cells.insert(of, figures.try_into().expect("seven figures"));
        }
    }
    (cells, refused)
}

async fn by_usher(store: &Store) -> Cells {
    let names = store.imported_names().await.expect("they are read");
    let service = |name: ImportedName| match name {
        ImportedName::Service(id, text) => Some((id, text)),
        ImportedName::Attendant(..) => None,
    };
    let names: BTreeMap<ServiceId, String> = names.into_iter().filter_map(service).collect();
    let short = |name: &str| {
        let line = MAPPING.lines().find(|line| line.contains(&format!("\"{name}\"")));
        line.and_then(|line| line.split(' ').next()).expect("it stands there").to_owned()
    };
    // 31 July to 16 August 2010, by hours of UTC.
    let hours = (1_280_534_400_000_i64..=1_281_916_800_000).step_by(4 * Slot::MS as usize);
    let borders: Vec<Timestamp> = hours.map(Timestamp).collect();
    let thresholds = Thresholds { sla_s: 20, hang_up_s: 20, short_call_s: 0 };
    let utc = hours::Zone::parse("UTC").expect("a zone");
    let mut cells = Cells::new();
    for cell in store.service_sessions(&ReportFilter::default(), &borders).await.expect("they are read") {
        let counts = cell.aggregate.counts(thresholds);
        let service = short(&names[&cell.service.expect("each has one")]);
        let figures = [
            cell.aggregate.sessions(),
            counts.answered,
            counts.answered_within,
            counts.abandoned,
            counts.abandoned_within,
            cell.aggregate.times.wait_ms / 1000,
            cell.aggregate.times.connected_ms / 1000,
        ];
        let [_, answered, within, abandoned, abandoned_within, ..] = figures.map(|figure| figure as f64);
        let level = cell.aggregate.kpis(thresholds, None).of(Kpi::ServiceLevelAbandonsPositive);
        let all = answered + abandoned;
        assert_eq!(level, (all > 0.0).then(|| (within + abandoned_within) / all));
        let hour = utc.local(borders[cell.interval].0).strftime("%Y-%m-%dT%H").to_string();
        cells.insert((service, hour), figures);
    }
    cells
}

/// The file and a Python that has DuckDB; skips with a word where one is missing, and fails where it must be there.
fn peers() -> Option<(PathBuf, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let data = root.join("../shared/data/bank-august-1999-first-half.csv.gz");
    let named = std::env::var_os("USHER_PEERS_VENV");
    let venv = named.map_or_else(|| root.join("target/peers-venv"), PathBuf::from);
    let python = venv.join("bin/python");
    let has_duckdb = Command::new(&python).args(["-c", "import duckdb"]).output();
    let missing = match (data.is_file(), has_duckdb.is_ok_and(|told| told.status.success())) {
        (true, true) => return Some((data, python)),
        (false, _) => format!("the bank's calls are not at {}", data.display()),
        (true, false) => format!("{} has no DuckDB (tests/fixtures/requirements.txt)", python.display()),
    };
    let is_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(!is_ci && std::env::var_os("USHER_REQUIRE_PEERS").is_none(), "{missing}");
    let _ = writeln!(std::io::stderr(), "SKIPPED: {missing}");
    None
}

/// Prints how many rows a second are taken: `cargo test -p upkeep --release --test import_calls -- --ignored --nocapture`.
#[tokio::test]
#[ignore = "a measurement"]
async fn how_fast_calls_are_taken_over() {
    const YEARS: &str = "
import gzip, sys
rows = gzip.open(sys.argv[1], 'rt').read().splitlines()
out = open(sys.argv[2], 'w')
out.write(rows[0] + '\\n')
for year in range(2005, 2028):
    for row in rows[1:]: out.write(row.replace(',2010-', f',{year}-') + '\\n')
";
    let Some((data, python)) = peers() else { return };
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("bank.csv");
    let made = Command::new(&python).args(["-c", YEARS]).args([&data, &path]).status();
    assert!(made.expect("Python starts").success());
    let begun = std::time::Instant::now();
    let (read, _) = import(&Nowhere, &path, MAPPING).await;
    let (read, took) = (read.expect("it is read"), begun.elapsed());
    println!(
        "{} rows read alone in {took:?}: {:.0} rows/s",
        read.rows,
        read.rows as f64 / took.as_secs_f64()
    );
    let (_, keys, _) = KeyFile::create(&home.path().join("keys"), None).expect("new keys");
    let store = Store::open(home.path(), &keys, &Known::default()).expect("a new store");
    let begun = std::time::Instant::now();
    let (done, _) = import(&store, &path, MAPPING).await;
    let (done, took) = (done.expect("it is taken"), begun.elapsed());
    let rate = done.rows as f64 / took.as_secs_f64();
    println!("{} rows into the encrypted store in {took:?}: {rate:.0} rows/s", done.rows);
    drop(store);
    let bytes = std::fs::metadata(home.path().join("usher.db")).expect("it is there").len();
    println!("{} bytes a call", bytes / done.taken.max(1));
}

/// Takes everything and keeps nothing.
struct Nowhere;

#[async_trait::async_trait]
impl Imports for Nowhere {
    async fn import_state(&self, _: &str) -> Result<Option<ImportState>, StoreError> {
        Ok(None)
    }

    async fn take_calls(
        &self,
        _: &str,
        _: Vec<ImportedCall>,
        _: Vec<ImportedName>,
        state: ImportState,
    ) -> Result<ImportState, StoreError> {
        Ok(state)
    }
}
