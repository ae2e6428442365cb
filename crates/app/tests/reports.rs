//! Reports through the one door (REPORT-1, REPORT-2, REPORT-3): figures beside the records they come from, days on which clocks
//! change, who sees which services, and the calls behind a number.

#[path = "support/console.rs"]
#[allow(dead_code, reason = "each test program uses a part of it")]
mod support;

use std::sync::Arc;

use app::App;
use app::api::wire::reports::{
    FiguresView, GroupingName, KpiName, ReportAsk, ReportCallsAsk, ReportFilterForm, ReportView,
};
use app::api::wire::{Request, Response};
use contracts::conformance::{Dice, some_call};
use contracts::journal::Journal;
use contracts::memory::MemoryStore;
use engine::{CallId, Origin, ServiceId, Timestamp};
use reporting::kpi::{AttendantTime, Counts, Kpi, Terms};
use reporting::{CallRecord, Outcome, RecordChange};
use support::{Entrances, Exchange, ask, open_through};

/// Calls of 26 to 29 March 2027; the clocks of Zurich are put forward on the 28th.
async fn console() -> (Arc<App>, Vec<CallRecord>) {
    let store = Arc::new(MemoryStore::default());
    let lease = store.take_lease("before").await.expect("it is taken");
    let mut dice = Dice(42);
    let calls: Vec<CallRecord> = (1..=400).map(|call| some_call(&mut dice, call)).collect();
    let mut put: Vec<RecordChange> = calls.iter().cloned().map(RecordChange::Put).collect();
    let training = some_call(&mut dice, 401);
    put.push(RecordChange::Put(CallRecord { origin: Origin::Simulated, ..training }));
    store.append(lease, 0, &[], &put).await.expect("it is written");
    let app = open_through(&store, &Exchange::new(), &Entrances::new()).await;
    (app, calls)
}

fn filter() -> ReportFilterForm {
    ReportFilterForm {
        first_day: "2027-03-27".into(),
        last_day: "2027-03-28".into(),
        time_zone: "Europe/Zurich".into(),
        services: vec![],
        attendant: None,
        caller: None,
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
