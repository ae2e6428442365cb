//! The road of a call through the whole application, on memory stores and a telephone system that the test plays itself:
//! what it is ordered to do, and what it reports. Real telephone systems are in the acceptance tests.

#[path = "support/console.rs"]
mod support;

use app::api::wire::{
    BackupPlanView, BackupTargetView, CallState, Destination, ExpectedName, KeyHomeName, ModeKind,
    ProtectionView, RecoveryName, RecoveryWordForm, Request, Response, RestorePointKindName, TransferMode,
    UiEvent, WhyFate,
};
use contracts::telephony::{Order, Report};
use engine::{CallId, Failure, Leg, ReleaseCause};
use support::{PATIENCE, ask, console, open, until};

fn to(address: &str) -> Destination {
    Destination { address: address.into(), contact: None, voicemail: false, service: None }
}

#[tokio::test]
async fn a_call_is_seen_answered_held_and_ended_and_remembered() {
    let (app, exchange, _) = console().await;
    exchange.ring(7, "+41445556677").await;
    let view = until(&app, "rings", |view| view.me.offer.is_some()).await;
    assert_eq!(view.queue[0].caller.name.as_deref(), Some("Rosa Meier"));
    assert!(view.queue[0].simulated && view.mode.simulated, "CALL-14: marked everywhere");
    let offer = view.me.offer.expect("rings").offer;

    ask(&app, Request::Accept { offer }).await;
    exchange.ordered(|order| matches!(order, Order::Connect { leg: Leg::Caller(CallId(7)), .. })).await;
    let view =
        until(&app, "active", |view| view.calls.iter().any(|call| call.state == CallState::Active)).await;
    let call = view.calls[0].call.clone();

    ask(&app, Request::Hold { call: call.clone() }).await;
    exchange.ordered(|order| matches!(order, Order::Hold { .. })).await;
    ask(&app, Request::Retrieve { call }).await;
    exchange.report(Report::HungUp { leg: Leg::Caller(CallId(7)) }).await;
    until(&app, "empty", |view| view.calls.is_empty()).await;

    let history = |simulated| Request::GetHistory { before: None, limit: 10, simulated };
    let Response::History(page) = ask(&app, history(true)).await else { panic!("a page") };
    assert_eq!(page.rows.len(), 1);
    assert_eq!(page.rows[0].outcome, Some(5), "User Accepted");
    let Response::History(live) = ask(&app, history(false)).await else { panic!("a page") };
    assert!(live.rows.is_empty(), "CALL-14: simulated calls never count");
    app.shut_down().await;
}

#[tokio::test]
async fn a_safe_transfer_that_fails_brings_the_caller_back_and_says_why() {
    let (app, exchange, _) = console().await;
    let mut events = app.events();
    exchange.ring(7, "+41445556677").await;
    let view = until(&app, "rings", |view| view.me.offer.is_some()).await;
    ask(&app, Request::Accept { offer: view.me.offer.expect("rings").offer }).await;
    let view = until(&app, "active", |view| !view.calls.is_empty()).await;
    let call = view.calls[0].call.clone();
    ask(&app, Request::Transfer { call, mode: TransferMode::Safe, to: to("4010") }).await;
    let order = exchange.ordered(|order| matches!(order, Order::Refer { .. })).await;
    let Order::Refer { to, transfer, .. } = order else { panic!("a hand-over") };
    assert_eq!(to.as_str(), "4010");

    exchange.report(Report::Refused { transfer, failure: Failure::Busy }).await;
    until(&app, "back", |view| view.queue.iter().any(|row| row.returned_to_me)).await;
    let notice = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Ok(UiEvent::Notice(notice)) = events.recv().await {
                return notice;
            }
        }
    })
    .await
    .expect("a notice");
    assert_eq!(notice.message, "4010 is busy. The caller is coming back to you.");
    app.shut_down().await;
}

#[tokio::test]
async fn a_transfer_that_succeeds_is_in_the_transfer_history_of_the_caller() {
    let (app, exchange, _) = console().await;
    for call in 1..=3 {
        exchange.ring(call, "+41445556677").await;
        let view = until(&app, "rings", |view| view.me.offer.is_some()).await;
        ask(&app, Request::Accept { offer: view.me.offer.expect("rings").offer }).await;
        let view = until(&app, "active", |view| !view.calls.is_empty()).await;
        let id = view.calls[0].call.clone();
        ask(&app, Request::Transfer { call: id, mode: TransferMode::Blind, to: to("4010") }).await;
        let order = exchange
            .ordered(
                |order| matches!(order, Order::Refer { leg: Leg::Caller(CallId(it)), .. } if *it == call),
            )
            .await;
        let Order::Refer { transfer, .. } = order else { panic!("a hand-over") };
        exchange.report(Report::Taken { transfer }).await;
        until(&app, "gone", |view| view.calls.is_empty() && view.leaving.is_empty()).await;
        let party = view.calls[0].caller.party.clone();
        let Response::CallerCard(card) = ask(&app, Request::GetCallerCard { party }).await else {
            panic!("a card")
        };
        assert_eq!(u64::from(card.transfers[0].times), call, "CALL-9");
        assert_eq!(card.transfers[0].target.number.as_deref(), Some("4010"));
        assert!(card.earlier.iter().all(|row| row.ended.is_some()), "a call that goes on is no earlier call");
    }
    app.shut_down().await;
}

#[tokio::test]
async fn a_caller_is_put_through_to_a_service_whose_pre_flight_said_what_awaits_her_call_6() {
    let (app, exchange, _) = console().await;
    let preflight = Request::GetPreflight { services: vec!["1".into(), "77".into()] };
    let Response::Preflight(before) = ask(&app, preflight.clone()).await else { panic!("a pre-flight") };
    assert_eq!(before.len(), 1, "a service that is not there is left out");
    assert_eq!((before[0].name.as_str(), before[0].members, before[0].on_duty), ("Main line", 1, 1));
    assert_eq!(before[0].expected, ExpectedName::Rings);

    exchange.ring(1, "+41445556677").await;
    let view = until(&app, "rings", |view| view.me.offer.is_some()).await;
    ask(&app, Request::Accept { offer: view.me.offer.expect("rings").offer }).await;
    let view = until(&app, "active", |view| !view.calls.is_empty()).await;
    let (call, party) = (view.calls[0].call.clone(), view.calls[0].caller.party.clone());
    exchange.ring(2, "4711").await;
    until(&app, "waits", |view| view.queue.len() == 1).await;
    let Response::Preflight(busy) = ask(&app, preflight).await else { panic!("a pre-flight") };
    assert_eq!((busy[0].waiting, busy[0].selectable, busy[0].expected), (1, 0, ExpectedName::Waits));

    let service = |service: &str| Destination { service: Some(service.into()), ..to("") };
    let refused = app.handle(Request::Consult { call: call.clone(), to: service("1") }).await;
    assert_eq!(refused.expect_err("nobody to talk to").code, "address.invalid");
    let unknown = Request::Transfer { call: call.clone(), mode: TransferMode::Safe, to: service("77") };
    assert_eq!(app.handle(unknown).await.expect_err("no such service").code, "setting.unknown");
    ask(&app, Request::Transfer { call, mode: TransferMode::Safe, to: service("1") }).await;
    until(&app, "in the queue", |view| view.queue.len() == 2 && view.calls.is_empty()).await;

    let Response::CallerCard(card) = ask(&app, Request::GetCallerCard { party }).await else {
        panic!("a card")
    };
    let target = &card.transfers[0].target;
    assert_eq!(target.name.as_deref(), Some("Main line"), "CALL-9");
    assert_eq!(
        (target.service.as_deref(), &target.number),
        (Some("1"), &None),
        "its address is nobody's number"
    );
    app.shut_down().await;
}

#[tokio::test]
async fn why_a_call_rings_is_told_now_and_afterwards_route_6() {
    let (app, exchange, _) = console().await;
    exchange.ring(7, "+41445556677").await;
    let view = until(&app, "rings", |view| view.me.offer.is_some()).await;
    let call = view.queue[0].call.clone();
    let why = |past: bool| Request::GetWhy { call: call.clone(), past };
    let Response::Why(now) = ask(&app, why(false)).await else { panic!("why") };
    let look = now.now.expect("it waits");
    assert_eq!((look.summary.as_str(), now.decisions.len()), ("Rings at Rita Frei.", 0));
    assert_eq!(look.candidates[0].fate, WhyFate::Rung);

    ask(&app, Request::Decline { offer: view.me.offer.expect("rings").offer }).await;
    exchange.report(Report::HungUp { leg: Leg::Caller(CallId(7)) }).await;
    until(&app, "empty", |view| view.queue.is_empty()).await;
    let Response::Why(past) = ask(&app, why(true)).await else { panic!("why") };
    assert_eq!((past.now, past.shortened), (None, false));
    let sentences: Vec<&str> = past.decisions.iter().map(|decision| decision.sentence.as_str()).collect();
    assert_eq!(
        sentences,
        [
            "Joined the queue of Main line.",
            "Rang at Rita Frei: nobody else could be rung.",
            "Rita Frei declined, and is not rung for this call for 10 s.",
            "The caller hung up.",
        ]
    );
    let unknown = app.handle(Request::GetWhy { call: "77".into(), past: true }).await;
    assert_eq!(unknown.expect_err("no such call").code, "call.unknown");
    app.shut_down().await;
}

#[tokio::test]
async fn after_a_restart_each_call_stands_where_it_stood_and_a_lost_line_ends_its_call() {
    let (app, exchange, store) = console().await;
    for call in [1, 2, 3] {
        exchange.ring(call, &format!("+4144555000{call}")).await;
        let wanted = CallId(call).to_string();
        until(&app, "waits", |view| view.queue.iter().any(|row| row.call == wanted)).await;
        // Two parked calls keep her from being offered a third; she may take it herself (CALL-2).
        ask(&app, Request::Pick { call: wanted.clone() }).await;
        until(&app, "active", |view| view.calls.iter().any(|row| row.call == wanted)).await;
        match call {
            1 => drop(ask(&app, Request::Park { call: wanted, slot: None }).await),
            // Held calls would keep her from being offered the next one: it is parked and taken back at the end.
            2 => drop(ask(&app, Request::Park { call: wanted, slot: Some(5) }).await),
            _ => {}
        }
    }
    ask(&app, Request::Hold { call: CallId(3).to_string() }).await;
    ask(&app, Request::Unpark { slot: 5 }).await;
    // The process dies: nothing is shut down. One line did not survive on the other side.
    exchange.lines.lock().expect("lock").retain(|leg| *leg != Leg::Caller(CallId(1)));
    let again = open(&store, &exchange).await;
    let view = until(&again, "taken up", |view| view.parked.is_empty() && view.calls.len() == 2).await;
    let state =
        |call: u64| view.calls.iter().find(|row| row.call == CallId(call).to_string()).map(|row| row.state);
    assert_eq!(state(2), Some(CallState::Active), "CALL-10");
    assert_eq!(state(3), Some(CallState::Held), "CALL-10");
    assert!(
        app.handle(Request::Hold { call: CallId(2).to_string() }).await.is_err(),
        "the old desk is fenced"
    );
    again.shut_down().await;
    app.shut_down().await;
}

#[tokio::test]
async fn the_first_run_choice_is_kept_and_left_only_without_calls() {
    let (app, exchange, store) = console().await;
    exchange.ring(7, "4711").await;
    until(&app, "rings", |view| view.me.offer.is_some()).await;
    let refused = app.handle(Request::LeaveMode {}).await.expect_err("a call is here");
    assert_eq!(refused.code, "mode.calls-present");
    exchange.report(Report::HungUp { leg: Leg::Caller(CallId(7)) }).await;
    until(&app, "empty", |view| view.queue.is_empty()).await;
    app.shut_down().await;

    let again = open(&store, &exchange).await;
    let view = until(&again, "training", |view| view.mode.kind == ModeKind::Training).await;
    assert!(view.mode.simulated);
    ask(&again, Request::LeaveMode {}).await;
    until(&again, "unset", |view| view.mode.kind == ModeKind::Unset).await;
    again.shut_down().await;
}

#[tokio::test]
async fn an_import_lists_bad_rows_with_line_and_reason_and_keeps_the_good_ones() {
    let (app, _, _) = console().await;
    let file = "First Name,Last Name,Phone\nAnna,Keller,4010\n,,4011\nBeat,Moser,+41 44 555 66 77\n";
    let content_base64 = data_encoding::BASE64.encode(file.as_bytes());
    let request = Request::ImportContacts { file_name: "staff.csv".into(), content_base64 };
    let Response::Import(report) = ask(&app, request).await else { panic!("a report") };
    assert_eq!((report.imported, report.rejected_total, report.rejected[0].line), (2, 1, 3));
    let search = Request::SearchContacts { query: "kel".into(), limit: 10, caller: None };
    let Response::Search(found) = ask(&app, search).await else { panic!("hits") };
    assert_eq!(found.contacts[0].display_name, "Anna Keller");
    app.shut_down().await;
}

#[tokio::test]
async fn a_caller_who_cannot_be_taken_in_is_released_not_left_ringing() {
    let (app, exchange, _) = console().await;
    ask(&app, Request::LeaveMode {}).await;
    ask(&app, Request::StartTraining {}).await;
    exchange.ring(1, "4711").await;
    exchange.ring(1, "4711").await;
    until(&app, "one", |view| view.queue.len() == 1).await;
    let released = |order: &Order| matches!(order, Order::Release { why: ReleaseCause::Overload, .. });
    assert!(!exchange.orders.borrow().iter().any(released), "a repeated report is no second call");
    app.shut_down().await;
}

#[tokio::test]
async fn a_recovery_key_is_shown_until_the_words_asked_for_were_typed_and_never_again() {
    let (app, _, _) = console().await;
    let mut events = app.events();
    let Response::RecoveryKey(key) = ask(&app, Request::ShowRecoveryKey {}).await else { panic!("a key") };
    assert!(!format!("{key:?}").contains(key.words[0].danger_expose()), "DATA-2: words are not printed");
    assert_eq!(key.qr_modules.danger_expose().len(), usize::from(key.qr_side).pow(2));
    let typed = |shift: usize| {
        let word = |position: &u8| RecoveryWordForm {
            position: *position,
            word: key.words[(usize::from(*position) - 1 + shift) % key.words.len()].clone(),
        };
        Request::ConfirmRecoveryKey { words: key.asked.iter().map(word).collect() }
    };
    let refused = app.handle(typed(1)).await.expect_err("these are the words of other positions");
    assert_eq!(refused.code, "recovery.wrong-words");
    ask(&app, typed(0)).await;
    let told = protection(&mut events, |now| now.recovery == RecoveryName::Confirmed).await;
    assert_eq!(told.key_home, KeyHomeName::Keychain);
    let refused = app.handle(Request::ShowRecoveryKey {}).await.expect_err("it was shown once");
    assert_eq!(refused.code, "recovery.confirmed");
    app.shut_down().await;
}

#[tokio::test]
async fn a_backup_stays_in_its_jurisdiction_and_screens_are_told_when_one_was_made() {
    let (app, _, _) = console().await;
    let mut events = app.events();
    let refused = app.handle(Request::BackUpNow {}).await.expect_err("there is no target");
    assert_eq!(refused.code, "backup.none");
    let plan = |located: &str, path: &str| Request::SetBackup {
        plan: Some(BackupPlanView {
            home: "CH".into(),
            recovery: String::new(),
            located: located.into(),
            target: BackupTargetView::Folder { path: path.into() },
        }),
        credentials: None,
    };
    let refused = app.handle(plan("GB", "/mnt/backup")).await.expect_err("London is abroad");
    assert_eq!(refused.code, "backup.misplaced", "DATA-5");
    let refused = app.handle(plan("CH", " ")).await.expect_err("no folder");
    assert_eq!(
        (refused.code.as_str(), refused.message.as_str()),
        ("request.invalid", "The folder is needed")
    );

    ask(&app, plan("CH", "/mnt/backup")).await;
    ask(&app, Request::BackUpNow {}).await;
    let told = protection(&mut events, |now| now.backup.last_good.is_some()).await;
    assert_eq!(told.backup.age_ms_max, 30 * 60 * 1000, "DATA-7");
    let Response::RestorePoints(points) = ask(&app, Request::GetRestorePoints {}).await else {
        panic!("points")
    };
    assert_eq!(points[0].kind, RestorePointKindName::Full);
    app.shut_down().await;
}

/// Waits until screens are told of such a protection.
async fn protection(
    events: &mut tokio::sync::broadcast::Receiver<UiEvent>,
    wanted: impl Fn(&ProtectionView) -> bool,
) -> ProtectionView {
    let told = async {
        loop {
            if let UiEvent::Protection(now) = events.recv().await.expect("the application lives")
                && wanted(&now)
            {
                return *now;
            }
        }
    };
    tokio::time::timeout(PATIENCE, told).await.expect("screens are told")
}
