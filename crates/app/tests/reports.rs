//! Reports through the one door (REPORT-1, REPORT-2, REPORT-3): figures beside the records they come from, days on which clocks
//! change, who sees which services, the calls behind a number, callers, files to take away, and reports that are made by themselves.

#[path = "support/console.rs"]
#[allow(dead_code, reason = "each test program uses a part of it")]
mod support;

use std::sync::Arc;

use app::App;
use app::api::wire::reports::{
    FiguresView, FileFormatName, FileView, GroupingName, KpiName, ReportAsk, ReportCallersAsk,
    ReportCallersView, ReportCallsAsk, ReportExportAsk, ReportFilterForm, ReportScheduleForm,
    ReportSchedulesView, ReportView, RhythmName,
};
use app::api::wire::{Request, Response};
use contracts::Address;
use contracts::book::PartyBook;
use contracts::conformance::{Dice, some_call};
use contracts::journal::Journal;
use contracts::memory::MemoryStore;
use engine::{CallId, Origin, PartyId, ServiceId, Timestamp};
use reporting::kpi::{AttendantTime, Counts, Kpi, Terms};
use reporting::{CallRecord, Outcome, RecordChange};
use support::{Entrances, Exchange, ask, open_through};

/// The parties of the calls, by their numbers: 1 and 2 are one number, written in two ways.
const NUMBERS: [(u64, &str, Option<&str>); 4] = [
    (1, "+41445556677", Some("=HYPERLINK(\"http://example.com\")")),
    (2, "0041445556677", None),
    (3, "+41445550000", Some("Rosa Meier")),
    (4, "rosa@example.com", None),
];

/// Calls of 26 to 29 March 2027; the clocks of Zurich are put forward on the 28th.
async fn console() -> (Arc<App>, Vec<CallRecord>) {
    let (app, calls, _) = console_and_folders().await;
    (app, calls)
}

async fn console_and_folders() -> (Arc<App>, Vec<CallRecord>, Entrances) {
    let store = Arc::new(MemoryStore::default());
    let lease = store.take_lease("before").await.expect("it is taken");
    let mut dice = Dice(42);
    let calls: Vec<CallRecord> = (1..=400).map(|call| some_call(&mut dice, call)).collect();
    let mut put: Vec<RecordChange> = calls.iter().cloned().map(RecordChange::Put).collect();
    let training = some_call(&mut dice, 401);
    put.push(RecordChange::Put(CallRecord { origin: Origin::Simulated, ..training }));
    store.append(lease, 0, &[], &put).await.expect("it is written");
    for (id, address, name) in NUMBERS {
        let address = Address::parse(address).expect("an address");
        let party = store.party_of(Some(&address), name, PartyId(id)).await.expect("it is kept");
        assert_eq!(party.id, PartyId(id));
    }
    let entrances = Entrances::new();
    let app = open_through(&store, &Exchange::new(), &entrances).await;
    (app, calls, entrances)
}

fn filter() -> ReportFilterForm {
    ReportFilterForm {
        first_day: "2027-03-27".into(),
        last_day: "2027-03-28".into(),
        time_zone: "Europe/Zurich".into(),
        services: vec![],
        attendant: None,
        caller: None,
        number: None,
        outcomes: vec![],
    }
}

fn asked(filter: ReportFilterForm, grouping: GroupingName) -> ReportAsk {
    ReportAsk {
        filter,
        grouping,
        sla_seconds: 20,
        hang_up_seconds: 10,
        short_call_seconds: 5,
        heat_map: true,
    }
}

async fn report(app: &App, ask_for: ReportAsk) -> ReportView {
    let Response::Report(view) = ask(app, Request::GetReport { ask: Box::new(ask_for) }).await else {
        panic!("a report")
    };
    *view
}

/// Midnight of the 27th in Zurich; that of the 29th is 47 hours later.
const FROM: i64 = 1_806_102_000_000;
const TO: i64 = FROM + 47 * 3_600_000;

fn within(calls: &[CallRecord], from: i64, to: i64) -> Vec<CallRecord> {
    calls.iter().filter(|call| (from..to).contains(&call.arrived.0)).cloned().collect()
}

fn kpi(figures: &FiguresView, kpi: KpiName) -> Option<f64> {
    figures.kpis.iter().find(|figure| figure.kpi == kpi).expect("every KPI is there").value
}

fn check(figures: &FiguresView, calls: &[CallRecord]) {
    let terms = Terms { sla_ms: 20_000, hang_up_ms: 10_000, short_call_ms: 5_000 };
    let counts = Counts::of(calls, terms, Timestamp(i64::MAX));
    assert_eq!(figures.sessions, calls.len() as u64);
    assert_eq!(
        (figures.queued, figures.answered, figures.abandoned),
        (counts.queued, counts.answered, counts.abandoned)
    );
    for which in Kpi::ALL.into_iter().filter(|which| *which != Kpi::Occupancy) {
        let want = counts.kpi(which, AttendantTime::default());
        assert_eq!(kpi(figures, which.into()), want, "{}", which.name());
    }
}

#[tokio::test]
async fn figures_are_those_of_the_records_and_a_day_may_have_23_hours_report_1() {
    let (app, calls) = console().await;
    let view = report(&app, asked(filter(), GroupingName::Day)).await;
    assert_eq!((view.from, view.to, view.time_zone.as_str()), (FROM, TO, "Europe/Zurich"));
    assert_eq!(view.odd_days.len(), 1);
    assert_eq!((view.odd_days[0].day.as_str(), view.odd_days[0].minutes), ("2027-03-28", 23 * 60));
    check(&view.total, &within(&calls, FROM, TO));
    let [first, second] = &view.intervals[..] else { panic!("two days") };
    assert_eq!(
        (first.began.as_str(), second.began.as_str()),
        ("2027-03-27T00:00+01:00", "2027-03-28T00:00+01:00")
    );
    check(&first.figures, &within(&calls, FROM, second.from));
    check(&second.figures, &within(&calls, second.from, TO));
    assert_eq!(view.formulas.len(), Kpi::ALL.len());
    assert!(view.formulas.iter().all(|formula| !formula.formula.is_empty()));
    assert!(view.catching_up.is_none());

    let of_hours = report(&app, asked(filter(), GroupingName::Hour)).await;
    assert_eq!(of_hours.intervals.len(), 47);
    assert_eq!(of_hours.total, view.total);
    assert_eq!(of_hours.heat_map, view.heat_map);
    assert!(
        of_hours.heat_map.iter().all(|cell| (cell.weekday, cell.hour) != (7, 2)),
        "there is no such hour"
    );
    app.shut_down().await;
}

#[tokio::test]
async fn a_report_is_narrowed_by_service_outcome_and_attendant_report_3() {
    let (app, calls) = console().await;
    let here = within(&calls, FROM, TO);
    let only =
        |is: &dyn Fn(&CallRecord) -> bool| here.iter().filter(|call| is(call)).cloned().collect::<Vec<_>>();

    let of_service = ReportFilterForm { services: vec!["2".into()], ..filter() };
    let view = report(&app, asked(of_service, GroupingName::Whole)).await;
    check(&view.total, &only(&|call| call.service == Some(ServiceId(2))));
    assert_eq!(view.services.len(), 1);
    assert!(view.attendants.iter().all(|attendant| attendant.occupancy.is_none()));

    let hung_up = ReportFilterForm { outcomes: vec![4], ..filter() };
    let view = report(&app, asked(hung_up, GroupingName::Whole)).await;
    let wanted = only(&|call| call.outcome == Some(Outcome::CustomerHangupInQueue));
    assert_eq!(view.total.sessions, wanted.len() as u64);
    assert_eq!(kpi(&view.total, KpiName::Aht), None, "after-call work is of no single call");

    let hers = ReportFilterForm { attendant: Some("1".into()), ..filter() };
    let view = report(&app, asked(hers, GroupingName::Whole)).await;
    let wanted = only(&|call| call.user_sessions.iter().any(|session| session.attendant.0 == 1));
    assert_eq!(view.total.sessions, wanted.len() as u64);
    assert_eq!(view.attendants.len(), 1);
    app.shut_down().await;
}

#[tokio::test]
async fn behind_every_number_stand_its_calls_report_3() {
    let (app, calls) = console().await;
    let view = report(&app, asked(filter(), GroupingName::Day)).await;
    let all = |from, to, weekday, hour| ReportCallsAsk {
        filter: filter(),
        from,
        to,
        weekday,
        hour,
        before: None,
        limit: 7,
    };
    for interval in &view.intervals {
        let found = behind(&app, all(Some(interval.from), Some(interval.to), None, None)).await;
        let wanted = within(&calls, interval.from, interval.to);
        assert_eq!(sorted(found), sorted(wanted.iter().map(|call| call.call).collect()));
    }
    for cell in &view.heat_map {
        let found = behind(&app, all(None, None, Some(cell.weekday), Some(cell.hour))).await;
        assert_eq!(found.len() as u64, cell.sessions, "{}-{}", cell.weekday, cell.hour);
    }
    app.shut_down().await;
}

fn sorted(mut calls: Vec<CallId>) -> Vec<CallId> {
    calls.sort_unstable();
    calls
}

/// All pages.
async fn behind(app: &App, mut ask_for: ReportCallsAsk) -> Vec<CallId> {
    let mut found = Vec::new();
    loop {
        let request = Request::GetReportCalls { ask: Box::new(ask_for.clone()) };
        let Response::ReportCalls(page) = ask(app, request).await else { panic!("calls") };
        found.extend(page.calls.iter().map(|call| call.call.call.parse::<CallId>().expect("an id")));
        match page.next {
            None => return found,
            Some(next) => ask_for.before = Some(next),
        }
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_in_words() {
    let (app, _) = console().await;
    let refused = async |change: &dyn Fn(&mut ReportAsk)| {
        let mut ask_for = asked(filter(), GroupingName::Hour);
        change(&mut ask_for);
        app.handle(Request::GetReport { ask: Box::new(ask_for) }).await.expect_err("it is refused").code
    };
    assert_eq!(refused(&|ask| ask.filter.first_day = "soon".into()).await, "request.invalid");
    assert_eq!(refused(&|ask| ask.filter.time_zone = "Nowhere".into()).await, "request.invalid");
    assert_eq!(refused(&|ask| ask.filter.last_day = "2027-03-26".into()).await, "request.invalid");
    assert_eq!(refused(&|ask| ask.filter.outcomes = vec![19]).await, "request.invalid");
    assert_eq!(refused(&|ask| ask.sla_seconds = 86_401).await, "request.invalid");
    assert_eq!(refused(&|ask| ask.filter.last_day = "9999-12-31".into()).await, "report.too-long");
    let quarters = |ask: &mut ReportAsk| {
        ask.filter.last_day = "2028-03-27".into();
        ask.grouping = GroupingName::QuarterHour;
    };
    assert_eq!(refused(&quarters).await, "report.too-long");
    app.shut_down().await;
}

async fn callers(app: &App, filter: ReportFilterForm, limit: u32) -> ReportCallersView {
    let ask_for = ReportCallersAsk { filter, short_call_seconds: 5, limit };
    let Response::ReportCallers(view) = ask(app, Request::GetReportCallers { ask: Box::new(ask_for) }).await
    else {
        panic!("callers")
    };
    view
}

#[tokio::test]
async fn who_called_most_is_told_and_leads_to_her_calls_report_3() {
    let (app, calls) = console().await;
    let here = within(&calls, FROM, TO);
    let inbound: Vec<&CallRecord> = here.iter().filter(|call| !call.outbound).collect();
    let view = callers(&app, filter(), 200).await;
    assert_eq!(view.callers.iter().map(|caller| caller.calls).sum::<u64>(), inbound.len() as u64);
    assert_eq!(view.total, view.callers.len() as u64);
    assert!(view.callers.windows(2).all(|pair| pair[0].calls >= pair[1].calls));
    for of in &view.callers {
        let hers = inbound.iter().filter(|call| call.party.to_string() == of.caller.party);
        let last = hers.clone().map(|call| call.arrived.0).max();
        assert_eq!((of.calls, Some(of.last)), (hers.count() as u64, last));
    }
    let rosa = view.callers.iter().find(|of| of.caller.party == "3").expect("she called");
    assert_eq!(rosa.caller.name.as_deref(), Some("Rosa Meier"));
    let only = callers(&app, filter(), 2).await;
    assert_eq!((only.callers.len(), only.total), (2, view.total));
    let of_one =
        report(&app, asked(ReportFilterForm { caller: Some("3".into()), ..filter() }, GroupingName::Whole));
    assert!(of_one.await.total.sessions >= rosa.calls);
    app.shut_down().await;
}

/// REPORT-3: a number is found however it was written, and by its last digits.
#[tokio::test]
async fn a_report_is_narrowed_to_a_number_as_it_is_typed() {
    let (app, calls) = console().await;
    let here = within(&calls, FROM, TO);
    let of = |parties: &[u64]| here.iter().filter(|call| parties.contains(&call.party.0)).count() as u64;
    ask(&app, Request::SetHomeCountry { country: "CH".into() }).await;
    for (typed, parties) in [
        ("+41 44 555 66 77", &[1, 2][..]),
        ("0041445556677", &[1, 2]),
        ("044 555 66 77", &[1, 2]),
        ("6677", &[1, 2]),
        ("445556677", &[1, 2]),
        ("5550000", &[3]),
        ("rosa@example.com", &[4]),
        ("99999", &[]),
    ] {
        let number = Some(typed.to_owned());
        let view = report(&app, asked(ReportFilterForm { number, ..filter() }, GroupingName::Whole)).await;
        assert_eq!(view.total.sessions, of(parties), "{typed}");
    }
    for wrong in ["677", "\u{7}"] {
        let number = Some(wrong.to_owned());
        let ask_for = asked(ReportFilterForm { number, ..filter() }, GroupingName::Whole);
        let error =
            app.handle(Request::GetReport { ask: Box::new(ask_for) }).await.expect_err("it is refused");
        assert_eq!((error.code.as_str(), error.field.as_deref()), ("address.invalid", Some("number")));
    }
    app.shut_down().await;
}

async fn export(app: &App, report: ReportAsk, format: FileFormatName, calls: bool) -> (FileView, Vec<u8>) {
    let ask_for = ReportExportAsk { report, format, calls };
    let Response::File(file) = ask(app, Request::ExportReport { ask: Box::new(ask_for) }).await else {
        panic!("a file")
    };
    let bytes = data_encoding::BASE64.decode(file.content_base64.as_bytes()).expect("base64");
    (*file, bytes)
}

/// REPORT-3: every KPI under its id, and what is no data stays empty.
#[tokio::test]
async fn a_table_for_other_programs_has_every_figure_of_the_report() {
    let (app, _) = console().await;
    let view = report(&app, asked(filter(), GroupingName::Hour)).await;
    let (file, bytes) = export(&app, asked(filter(), GroupingName::Hour), FileFormatName::Csv, false).await;
    assert_eq!(file.name, "Report 2027-03-27 to 2027-03-28.csv");
    let text = String::from_utf8(bytes).expect("text");
    let mut table =
        csv::Reader::from_reader(text.strip_prefix('\u{feff}').expect("the mark of UTF-8").as_bytes());
    let head = table.headers().expect("a head").clone();
    let place = |name: &str| head.iter().position(|column| column == name).expect("a column");
    let rows: Vec<csv::StringRecord> = table.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), view.intervals.len());
    for (row, interval) in rows.iter().zip(&view.intervals) {
        assert_eq!(row[place("from")], interval.began);
        assert_eq!(row[place("queued")], interval.figures.queued.to_string());
        let asa = kpi(&interval.figures, KpiName::Asa).map(|ms| ms.to_string()).unwrap_or_default();
        assert_eq!(row[place("asa")], asa);
        assert_eq!(
            row[place("wait_p95_ms")],
            interval.figures.wait.p95_ms.map(|ms| ms.to_string()).unwrap_or_default()
        );
    }
    assert!(rows.iter().any(|row| row[place("asa")].is_empty()), "an hour without a call");
    app.shut_down().await;
}

/// What the reader of another author finds in the workbook, as JSON: sheets, each a list of rows.
const READ: &str = r#"
import datetime, json, sys
from openpyxl import load_workbook
book = load_workbook(sys.argv[1])
def plain(cell):
    value = cell.value
    if isinstance(value, datetime.timedelta): return round(value.total_seconds() * 1000)
    if isinstance(value, datetime.datetime): return value.isoformat()
    if isinstance(value, datetime.time): return round(((value.hour * 60 + value.minute) * 60 + value.second) * 1000 + value.microsecond / 1000)
    return value
print(json.dumps({
    'sheets': {sheet.title: [[plain(cell) for cell in row] for row in sheet.iter_rows()] for sheet in book},
    'formulas': sum(cell.data_type == 'f' for sheet in book for row in sheet.iter_rows() for cell in row),
    'frozen': {sheet.title: sheet.freeze_panes for sheet in book},
    'formats': {sheet.title: sorted({cell.number_format for row in sheet.iter_rows() for cell in row}) for sheet in book},
}))
"#;

/// The Python of the test peers, where it reads workbooks.
fn python() -> Option<std::path::PathBuf> {
    use std::io::Write;
    let named = std::env::var_os("USHER_PEERS_VENV").map(std::path::PathBuf::from);
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = named.unwrap_or_else(|| root.join("target/peers-venv")).join("bin/python");
    let told = std::process::Command::new(&python).args(["-c", "import openpyxl"]).output();
    if told.is_ok_and(|told| told.status.success()) {
        return Some(python);
    }
    let missing = format!("{} has no openpyxl (tests/fixtures/requirements.txt)", python.display());
    let is_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(!is_ci && std::env::var_os("USHER_REQUIRE_PEERS").is_none(), "{missing}");
    let _ = writeln!(std::io::stderr(), "SKIPPED: {missing}");
    None
}

fn read_workbook(python: &std::path::Path, bytes: &[u8]) -> serde_json::Value {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("report.xlsx");
    std::fs::write(&path, bytes).expect("it is written");
    let told =
        std::process::Command::new(python).args(["-c", READ]).arg(&path).output().expect("Python starts");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    serde_json::from_slice(&told.stdout).expect("JSON")
}

/// REPORT-3, read by openpyxl: the figures are those of the report, dates and shares are such, and no text is a formula.
#[tokio::test]
async fn a_workbook_tells_what_the_report_tells_and_no_text_becomes_a_formula() {
    let Some(python) = python() else { return };
    let (app, calls) = console().await;
    let view = report(&app, asked(filter(), GroupingName::Day)).await;
    let (file, bytes) = export(&app, asked(filter(), GroupingName::Day), FileFormatName::Xlsx, true).await;
    assert_eq!(file.name, "Report 2027-03-27 to 2027-03-28.xlsx");
    let book = read_workbook(&python, &bytes);
    let rows =
        |sheet: &str| book["sheets"][sheet].as_array().unwrap_or_else(|| panic!("no sheet {sheet}")).clone();
    let cell = |row: &serde_json::Value, place: usize| row[place].clone();
    assert_eq!(book["formulas"], 0);

    let key = rows("Key figures");
    let find = |name: &str| key.iter().find(|row| row[0] == name).unwrap_or_else(|| panic!("no {name}"));
    assert_eq!(cell(find("Calls"), 1), view.total.sessions);
    assert_eq!(cell(find("Queued"), 1), view.total.queued);
    for formula in &view.formulas {
        let row = find(&formula.name);
        assert_eq!(row[2], formula.formula.as_str());
        let want = kpi(&view.total, formula.kpi);
        match (formula.kpi, want) {
            (_, None) => assert_eq!(row[1], "no data", "{}", formula.name),
            (KpiName::Asa | KpiName::Aht, Some(ms)) => {
                let told = row[1].as_f64().expect("a time");
                assert!((told - ms).abs() <= 1_000.0, "{}: {told} and {ms}", formula.name);
            }
            (_, Some(share)) => {
                let told = row[1].as_f64().expect("a share");
                assert!((told - share).abs() < 1e-9, "{}: {told} and {share}", formula.name);
            }
        }
    }
    assert!(key.iter().any(|row| row[1] == "no data"), "occupancy of nobody idle");
    let told = key.iter().filter_map(|row| row[0].as_str()).collect::<Vec<_>>().join("\n");
    assert!(told.contains("Europe/Zurich") && told.contains("2027-03-28 has 23:00 hours"), "{told}");

    let intervals = rows("Intervals");
    assert_eq!(intervals.len(), 1 + view.intervals.len());
    for (row, interval) in intervals[1..].iter().zip(&view.intervals) {
        assert_eq!(row[0], format!("{}:00", &interval.began[..16]));
        assert_eq!(row[1], "+01:00");
        assert_eq!(
            (cell(row, 2), cell(row, 3)),
            (interval.figures.sessions.into(), interval.figures.queued.into())
        );
    }
    assert_eq!(book["frozen"]["Intervals"], "A2");
    let formats = book["formats"]["Intervals"].to_string();
    assert!(["0.0%", "[h]:mm:ss", "yyyy-mm-dd"].iter().all(|format| formats.contains(format)), "{formats}");

    assert_eq!(rows("Services").len(), 1 + view.services.len());
    assert_eq!(rows("Attendants").len(), 1 + view.attendants.len());
    assert_eq!(
        rows("Outcomes")[1..].iter().map(|row| row[4].as_u64().expect("a count")).sum::<u64>(),
        view.total.sessions
    );
    assert_eq!(rows("Waiting times").len(), 1 + view.waits.len());

    let here = within(&calls, FROM, TO);
    let listed = rows("Calls");
    assert_eq!(listed.len(), 1 + here.len());
    let newest = here.iter().map(|call| call.arrived.0).max().expect("a call");
    let newest = here.iter().find(|call| call.arrived.0 == newest).expect("a call");
    assert_eq!(listed[1][8].as_u64().expect("a time") / 1_000, newest.connected_ms / 1_000);
    assert!(listed.iter().any(|row| row[2] == NUMBERS[0].2.expect("a name")), "as a text");
    assert!(listed.iter().any(|row| row[4] == "+41445556677"));

    let (_, bytes) = export(&app, asked(filter(), GroupingName::Day), FileFormatName::Xlsx, false).await;
    let without = read_workbook(&python, &bytes);
    assert!(without["sheets"].get("Calls").is_none() && without["sheets"].get("Callers").is_none());
    assert!(!without.to_string().contains("445556677"), "no caller's number");
    app.shut_down().await;
}

fn daily(folder: &str) -> ReportScheduleForm {
    ReportScheduleForm {
        id: None,
        name: "Front desk".into(),
        rhythm: RhythmName::Day,
        at_minute: 6 * 60,
        time_zone: "europe/zurich".into(),
        folder: folder.into(),
        services: vec![],
        formats: vec![FileFormatName::Csv, FileFormatName::Xlsx, FileFormatName::Csv],
        calls: false,
        sla_seconds: 20,
        hang_up_seconds: 10,
        short_call_seconds: 5,
    }
}

async fn schedules(app: &App) -> ReportSchedulesView {
    let Response::ReportSchedules(view) = ask(app, Request::GetReportSchedules {}).await else {
        panic!("schedules")
    };
    view
}

/// REPORT-3: once, whatever happens; a folder that is gone is told, and tried again.
#[tokio::test]
async fn a_report_is_put_into_its_folder_once_and_again_where_that_failed() {
    let (app, _, entrances) = console_and_folders().await;
    let folders = &entrances.folders;
    let put = async |form: ReportScheduleForm| {
        app.handle(Request::PutReportSchedule { schedule: Box::new(form) }).await
    };
    let refused = put(daily("/gone")).await.expect_err("the folder is not there");
    assert_eq!((refused.code.as_str(), refused.field.as_deref()), ("setting.out-of-range", Some("folder")));
    folders.make("/reports");
    let Ok(Response::Saved(saved)) = put(daily("/reports")).await else { panic!("it is kept") };
    let taken = put(daily("/reports")).await.expect_err("two would write one file");
    assert_eq!((taken.code.as_str(), taken.field.as_deref()), ("setting.taken", Some("name")));
    let kept = schedules(&app).await.schedules.remove(0);
    assert_eq!(kept.form.time_zone, "Europe/Zurich");
    assert_eq!(kept.form.formats, [FileFormatName::Xlsx, FileFormatName::Csv]);
    assert_eq!((kept.last, kept.problem), (None, None));
    assert!(folders.files("/reports").is_empty(), "nothing before its time");

    // 29 March 2027, 06:00 in Zurich: the report of the 28th, which had 23 hours.
    let six = Timestamp(TO + 6 * 3_600_000);
    folders.remove("/reports");
    app.make_due_reports(six).await.expect("it is looked at");
    let failed = schedules(&app).await.schedules.remove(0);
    assert!(failed.problem.is_some_and(|why| why.contains("'/reports' is not there")), "it is told");
    folders.make("/reports");
    app.make_due_reports(Timestamp(six.0 + 60_000)).await.expect("it is looked at");
    assert!(folders.files("/reports").is_empty(), "not at once again");
    app.make_due_reports(Timestamp(six.0 + 300_000)).await.expect("it is looked at");
    let files = folders.files("/reports");
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(names, ["Front desk 2027-03-28.csv", "Front desk 2027-03-28.xlsx"]);
    let text = String::from_utf8(files["Front desk 2027-03-28.csv"].clone()).expect("text");
    assert_eq!(text.lines().count(), 1 + 23, "the hours of that day");
    let made = schedules(&app).await.schedules.remove(0);
    assert_eq!((made.last.expect("it was made").files.len(), made.problem), (2, None));

    folders.make("/reports");
    app.make_due_reports(Timestamp(six.0 + 7_200_000)).await.expect("it is looked at");
    assert!(folders.files("/reports").is_empty(), "never twice by itself");
    app.make_due_reports(Timestamp(six.0 + 3 * 86_400_000)).await.expect("it is looked at");
    assert!(
        folders.files("/reports").contains_key("Front desk 2027-03-31.csv"),
        "of three missed days the last"
    );
    assert_eq!(folders.files("/reports").len(), 2);

    ask(&app, Request::RunReportSchedule { schedule: saved.id.clone() }).await;
    assert_eq!(folders.files("/reports").len(), 4, "asked for by hand: that of yesterday");
    folders.remove("/reports");
    let run = Request::RunReportSchedule { schedule: saved.id.clone() };
    assert_eq!(app.handle(run).await.expect_err("there is no folder").code, "report.not-written");
    ask(&app, Request::RemoveReportSchedule { schedule: saved.id.clone() }).await;
    assert!(schedules(&app).await.schedules.is_empty());
    app.shut_down().await;
    let log = entrances.access_log.entries();
    let exported = log.iter().filter(|entry| entry.action.as_str() == "export-report").count();
    assert_eq!(exported, 5, "each is in the access log, also those that failed (ID-7)");
}
