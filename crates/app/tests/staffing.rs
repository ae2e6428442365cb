//! How many attendants, asked at the one door (ROUTE-8): history from the call records, a plan that tells how far it is and is
//! stopped, and what is refused. What the planner works out is tested where it is.

#[path = "support/console.rs"]
#[allow(dead_code, reason = "shared with the other tests of the door")]
mod support;

use app::api::wire::{Request, Response, StaffingAsk, UiEvent};
use contracts::imports::{ImportState, ImportedCall, Imports};
use contracts::telephony::Report;
use engine::{CallId, Leg, Origin, PartyId, ServiceId, Timestamp};
use reporting::{CallRecord, Outcome};
use support::{PATIENCE, ask, console, until};

fn asked() -> StaffingAsk {
    StaffingAsk {
        start: "2026-12-01T08:00".to_owned(),
        time_zone: "Europe/Zurich".to_owned(),
        interval_minutes: 60,
        calls: vec![20.0, 40.0],
        day_variation: 0.1,
        talk_seconds: 180.0,
        talk_variation: 1.0,
        after_call_work_seconds: 0.0,
        patience_seconds: Some(120.0),
        queue_time_max_seconds: 300,
        target_share: 0.8,
        target_seconds: 20,
    }
}

fn basis(service: &str, day: &str, simulated: bool) -> Request {
    Request::GetStaffingBasis {
        service: service.to_owned(),
        day: day.to_owned(),
        time_zone: "UTC".to_owned(),
        interval_minutes: 30,
        simulated,
    }
}

#[tokio::test]
async fn a_call_that_was_tells_about_the_same_weekday_and_training_tells_nothing_about_live_days_route_8() {
    let (app, exchange, _) = console().await;
    exchange.ring(7, "+41445556677").await;
    let view = until(&app, "rings", |view| view.me.offer.is_some()).await;
    let (service, arrived) = (view.services[0].id.clone(), view.now);
    ask(&app, Request::Accept { offer: view.me.offer.expect("rings").offer }).await;
    until(&app, "active", |view| !view.calls.is_empty()).await;
    exchange.report(Report::HungUp { leg: Leg::Caller(CallId(7)) }).await;
    until(&app, "empty", |view| view.calls.is_empty()).await;

    // Seven weeks later is the same weekday.
    let days = arrived / 86_400_000 + 49;
    let epoch = hours::Date::constant(1970, 1, 1);
    let later = (0..days).try_fold(epoch, |day, _| day.tomorrow().ok()).expect("a date");
    let Response::StaffingBasis(live) = ask(&app, basis(&service, &later.to_string(), false)).await else {
        panic!("a basis")
    };
    assert!(live.days.is_empty() && live.calls_read == 0, "CALL-14: {live:?}");
    let Response::StaffingBasis(basis) = ask(&app, basis(&service, &later.to_string(), true)).await else {
        panic!("a basis")
    };
    assert_eq!((basis.calls_read, basis.days.len(), basis.intervals.len()), (1, 1, 48));
    assert_eq!(basis.intervals.iter().map(|interval| interval.calls).sum::<f64>(), 1.0);
    assert_eq!(basis.patience_seconds, None, "nobody gave up");
    assert_eq!((basis.sla_seconds, basis.queue_time_max_seconds), (20, 300));
    app.shut_down().await;
}

const DAY_MS: i64 = 86_400_000;

/// A call that was answered, of an earlier system.
fn imported(call: u64, service: ServiceId, arrived: i64) -> ImportedCall {
    let record = CallRecord {
        call: CallId(call),
        part: 1,
        origin: Origin::Live,
        outbound: false,
        service: Some(service),
        party: PartyId(1),
        arrived: Timestamp(arrived),
        queued: Some(Timestamp(arrived)),
        accepted: Some(Timestamp(arrived + 10_000)),
        ended: Some(Timestamp(arrived + 70_000)),
        connected_ms: 60_000,
        hold_ms: 0,
        park_ms: 0,
        outcome: Some(Outcome::UserAccepted),
        imported: true,
        user_sessions: Vec::new(),
    };
    ImportedCall { row: call, record, caller: None }
}

/// REPORT-1, ROUTE-8: from the sums of the reports, whole days before today; with too little it says so.
#[tokio::test]
async fn a_day_to_come_is_forecast_from_what_was_counted_route_8() {
    let (app, _, store) = console().await;
    let view = until(&app, "services", |view| !view.services.is_empty()).await;
    let service = view.services[0].id.clone();
    let id: ServiceId = service.parse().expect("an id");
    let today = view.now / DAY_MS * DAY_MS;
    let epoch = hours::Date::constant(1970, 1, 1);
    let date = |ms: i64| (0..ms / DAY_MS).try_fold(epoch, |day, _| day.tomorrow().ok()).expect("a date");
    let tomorrow = date(today + DAY_MS);
    let of = async |simulated| {
        let asked = ask(&app, basis(&service, &tomorrow.to_string(), simulated)).await;
        let Response::StaffingBasis(basis) = asked else { panic!("a basis") };
        basis
    };
    let none = of(false).await;
    assert!(none.forecast.is_none());
    let why = none.no_forecast.expect("a reason");
    assert!(
        why.starts_with("No ") && why.ends_with("s with calls are recorded; a forecast needs 3."),
        "{why}"
    );

    // Six weeks of 30 to 34 calls between ten and half past ten, and of three at noon; and half a day of today.
    let mut calls = Vec::new();
    for back in 0..=42 {
        let day = today - back * DAY_MS;
        let number = |nth: i64| (back * 100 + nth + 1).unsigned_abs();
        calls
            .extend((0..30 + back % 5).map(|nth| imported(number(nth), id, day + 36_000_000 + nth * 50_000)));
        calls.extend((50..53).map(|nth| imported(number(nth), id, day + 43_200_000 + nth * 1_000)));
    }
    store.take_calls("old", calls, vec![], ImportState::default()).await.expect("they are taken");
    let told = of(false).await;
    let forecast = told.forecast.expect("enough is known");
    assert_eq!((forecast.days_used, told.no_forecast), (42, None));
    assert_eq!(forecast.first, Some(date(today - 42 * DAY_MS).to_string()));
    assert!((33.0..38.0).contains(&forecast.total.mean), "{:?}", forecast.total);
    let [ten, noon] = [20, 24].map(|place| forecast.intervals[place].clone());
    assert!((ten.mean / noon.mean - 10.7).abs() < 1.5, "{ten:?} {noon:?}");
    assert_eq!(forecast.intervals.iter().filter(|interval| interval.mean > 0.0).count(), 2);
    let low_to_high = |at: usize| forecast.total.low[at] <= forecast.total.high[at];
    assert!(forecast.shares == [0.5, 0.8, 0.95] && (0..3).all(low_to_high));
    assert_eq!(forecast.comparable.len(), 6);
    assert_eq!(forecast.comparable[0].day, date(today - 6 * DAY_MS).to_string());
    assert!(forecast.week.iter().any(|day| day.day == tomorrow.to_string() && day.total.is_some()));
    assert!(of(true).await.forecast.is_none(), "CALL-14");

    let odd = Request::GetStaffingBasis {
        service,
        day: tomorrow.to_string(),
        time_zone: "UTC".to_owned(),
        interval_minutes: 20,
        simulated: false,
    };
    let Response::StaffingBasis(odd) = ask(&app, odd).await else { panic!("a basis") };
    assert!(odd.no_forecast.is_some_and(|why| why.contains("15, 30 or 60 minutes")));
    app.shut_down().await;
}

#[tokio::test]
async fn a_plan_tells_how_far_it_is_and_answers_route_8() {
    let (app, _, _) = console().await;
    let mut events = app.events();
    let Response::StaffingPlan(plan) = ask(&app, Request::PlanStaffing { ask: Box::new(asked()) }).await
    else {
        panic!("a plan")
    };
    assert_eq!(plan.intervals.len(), 2);
    assert_eq!(plan.intervals[0].from_local, "2026-12-01 08:00");
    for interval in &plan.intervals {
        let numbers = (interval.erlang_c, interval.erlang_a, interval.simulation);
        assert!(matches!(numbers, (Some(2..=5), Some(2..=5), Some(2..=5))), "{interval:?}");
        let level = interval.level.as_ref().expect("there are callers");
        assert!(level.low <= level.mean && level.mean <= level.high && level.mean >= 0.8, "{interval:?}");
    }
    let told = async {
        loop {
            if let Ok(UiEvent::Planning { done, total }) = events.recv().await {
                return (done, total);
            }
        }
    };
    let (done, total) = tokio::time::timeout(PATIENCE, told).await.expect("progress was told");
    assert!(done >= 1 && done <= total);
    app.shut_down().await;
}

#[tokio::test]
async fn a_plan_is_stopped_and_another_one_takes_its_place() {
    let (app, _, _) = console().await;
    let long = StaffingAsk { interval_minutes: 15, calls: vec![250.0; 60], ..asked() };
    let mut events = app.events();
    let planning = {
        let (app, long) = (app.clone(), long.clone());
        tokio::spawn(async move { app.handle(Request::PlanStaffing { ask: Box::new(long) }).await })
    };
    let begun = async { while !matches!(events.recv().await, Ok(UiEvent::Planning { .. })) {} };
    tokio::time::timeout(PATIENCE, begun).await.expect("it began");
    ask(&app, Request::CancelStaffing {}).await;
    let stopped = tokio::time::timeout(PATIENCE, planning).await.expect("it stops").expect("no panic");
    assert_eq!(stopped.expect_err("no plan").code, "planner.cancelled");

    let first = {
        let app = app.clone();
        tokio::spawn(async move { app.handle(Request::PlanStaffing { ask: Box::new(long) }).await })
    };
    let begun = async { while !matches!(events.recv().await, Ok(UiEvent::Planning { .. })) {} };
    tokio::time::timeout(PATIENCE, begun).await.expect("it began");
    let Response::StaffingPlan(_) = ask(&app, Request::PlanStaffing { ask: Box::new(asked()) }).await else {
        panic!("a plan")
    };
    assert_eq!(first.await.expect("no panic").expect_err("no plan").code, "planner.cancelled");
    app.shut_down().await;
}

#[tokio::test]
async fn what_cannot_be_planned_is_refused_with_every_value_and_its_range() {
    let (app, _, _) = console().await;
    let wrong = StaffingAsk { target_share: 1.2, target_seconds: 9_000, ..asked() };
    let refused = app.handle(Request::PlanStaffing { ask: Box::new(wrong) }).await.expect_err("wrong");
    assert_eq!(refused.code, "planner.invalid");
    assert!(
        refused.message.contains("target.share is 1.2; permitted is 0.01 to 0.99"),
        "{}",
        refused.message
    );
    assert!(
        refused.message.contains("target.seconds is 9000; permitted is 0 to 3600"),
        "{}",
        refused.message
    );
    let service = app.console().await.expect("a console").services[0].id.clone();
    for (service, day, code) in [
        (service.as_str(), "tomorrow", "request.invalid"),
        ("ffff", "2026-12-01", "setting.unknown"),
        ("?", "2026-12-01", "request.invalid"),
    ] {
        let refused = app.handle(basis(service, day, false)).await.expect_err("wrong");
        assert_eq!(refused.code, code, "{service} {day}");
    }
    app.shut_down().await;
}
