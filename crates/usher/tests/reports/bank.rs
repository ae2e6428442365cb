//! The bank's real calls, taken over by the command: the feed and the console tell of each service and hour what DuckDB works out
//! straight from the file (REPORT-1, REPORT-4, REPORT-5).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use app::api::wire::reports::{GroupingName, ReportFilterForm};
use app::api::wire::{Request, Response};

use crate::{Computer, ask, filter, python, skipped, text};

/// The second implementation.
const BY_DUCKDB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../upkeep/tests/bank_by_duckdb.py");
/// A client of the feed.
const BY_FEED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reports/bank_by_feed.py");
const MAPPING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/mappings/anonymous-bank.toml");
const CALLS: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/bank-august-1999-first-half.csv.gz");

/// Copies the file with its days in August of last year, and prints that year: calls of the bank's own time would be erased by the
/// first purge (DATA-6), while they are read.
const LAST_YEAR: &str = "
import datetime, gzip, sys
year = datetime.date.today().year - 1
rows = gzip.open(sys.argv[1], 'rt').read()
open(sys.argv[2], 'w').write(rows.replace(',2010-', f',{year}-'))
print(year)
";

/// Of a type of service and an hour of UTC: sessions, answered, within T, abandoned, within T, waits and talk in seconds.
type Cells = BTreeMap<(String, String), Vec<u64>>;

#[tokio::test(flavor = "multi_thread")]
async fn what_duckdb_works_out_of_the_banks_file_is_what_the_feed_and_the_console_tell_report_4() {
    let (Some(python), Some(calls)) = (python(), calls()) else { return };
    let computer = Computer::new();
    computer.store();
    let copy = computer.0.path().join("bank.csv");
    let made =
        Command::new(&python).args(["-c", LAST_YEAR]).args([&calls, &copy]).output().expect("Python starts");
    assert!(made.status.success(), "{}", text(&made.stderr));
    let (calls, year) = (copy, text(&made.stdout));
    let imported = Command::new(env!("CARGO_BIN_EXE_usher"))
        .args(["import", "calls"])
        .arg(&calls)
        .args(["--mapping", MAPPING, "--data-dir"])
        .arg(computer.data())
        .arg("--store-key")
        .arg(computer.key())
        .output()
        .expect("it runs");
    assert!(imported.status.success(), "{}", text(&imported.stderr));

    let theirs = Command::new(&python).arg(BY_DUCKDB).arg(&calls).output().expect("Python starts");
    let theirs = cells(&text(&theirs.stdout));
    assert!(theirs.len() > 500, "{} services and hours", theirs.len());
    assert_eq!(cells(&computer.fed(&python, BY_FEED).await), theirs, "the feed");
    assert_eq!(shown(&computer, year.trim()).await, theirs, "the console");
}

/// What the console shows of each service, hour by hour; its KPIs worked out again.
async fn shown(computer: &Computer, year: &str) -> Cells {
    let mapping = std::fs::read_to_string(MAPPING).expect("it is there");
    let door = computer.door().await;
    let days = || filter(&format!("{year}-07-31"), &format!("{year}-08-16"), "UTC");
    let of = async |filter: ReportFilterForm, grouping| {
        let ask = Box::new(ask(filter, grouping, [20, 20, 0]));
        let Ok(Response::Report(view)) = door.handle(Request::GetReport { ask }).await else {
            panic!("a report")
        };
        serde_json::to_value(*view).expect("JSON")
    };
    let all = of(days(), GroupingName::Whole).await;
    let mut cells = Cells::new();
    for service in all["services"].as_array().expect("a list") {
        let name = service["name"].as_str().expect("the mapping names it");
        let line =
            mapping.lines().find(|line| line.contains(&format!("\"{name}\""))).expect("it stands there");
        let of_file = line.split(' ').next().expect("its type");
        let services = vec![service["service"].as_str().expect("it has an id").to_owned()];
        let view = of(ReportFilterForm { services, ..days() }, GroupingName::Hour).await;
        for interval in view["intervals"].as_array().expect("a list") {
            let figures = &interval["figures"];
            let number = |name: &str| figures[name].as_u64().expect("a number");
            let [sessions, answered, abandoned] = ["sessions", "answered", "abandoned"].map(number);
            if sessions == 0 {
                continue;
            }
            let share = |kpi: &str| {
                let kpis = figures["kpis"].as_array().expect("a list");
                kpis.iter().find(|one| one["kpi"] == kpi).expect("it is told")["value"].as_f64()
            };
            // Within T is shown as shares; of a whole number of calls.
            let queued = (answered + abandoned) as f64;
            let calls = |share: Option<f64>| (share.unwrap_or(0.0) * queued).round() as u64;
            let within = calls(share("service_level_abandons_negative"));
            let both = calls(share("service_level_abandons_positive"));
            let exactly = |part: u64| (queued > 0.0).then(|| part as f64 / queued);
            assert_eq!(share("service_level_abandons_negative"), exactly(within), "to the last digit");
            assert_eq!(share("service_level_abandons_positive"), exactly(both), "to the last digit");
            assert_eq!(share("abandonment_rate"), exactly(abandoned), "to the last digit");
            let began = interval["began"].as_str().expect("a moment");
            let of = (of_file.to_owned(), began[.."2010-08-01T00".len()].to_owned());
            let seconds = |name: &str| number(name) / 1000;
            let told = vec![
                sessions,
                answered,
                within,
                abandoned,
                both - within,
                seconds("wait_ms"),
                seconds("connected_ms"),
            ];
            cells.insert(of, told);
        }
    }
    door.shut_down().await;
    cells
}

fn cells(told: &str) -> Cells {
    let cell = |line: &str| {
        let words: Vec<&str> = line.strip_prefix("cell ")?.split(' ').collect();
        let figures = words[2..].iter().map(|word| word.parse().expect("a number")).collect();
        Some(((words[0].to_owned(), words[1].to_owned()), figures))
    };
    told.lines().filter_map(cell).collect()
}

/// The bank's calls; skips with a word where they are not, and fails where they must be there.
fn calls() -> Option<PathBuf> {
    let calls = Path::new(CALLS);
    if calls.is_file() {
        return Some(calls.to_owned());
    }
    skipped(&format!("the bank's calls are not at {CALLS}"));
    None
}
