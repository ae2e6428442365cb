//! Every outcome that a workflow gives a caller, through the one door: from the line that rings to the history on the screen
//! (ROUTE-5). What an attendant gives is in `road`; the rules themselves are held by `reporting`'s tests.

#[allow(dead_code, reason = "shared with other tests")]
#[path = "support/console.rs"]
mod support;

use std::sync::Arc;

use app::App;
use app::api::wire::workflow::{NobodyForm, NodeForm, StepForm, TransferTargetForm, WorkflowForm};
use app::api::wire::{HistoryRow, Request, Response, ServiceForm, UiEvent};
use contracts::telephony::{Order, Report};
use data_encoding::BASE64;
use engine::{CallId, Failure, Leg, PlayId, Span};
use support::{Exchange, PATIENCE, ask, console};

const CALL: CallId = CallId(9);
const LINE: Leg = Leg::Caller(CALL);

/// A console whose main line has this workflow, made with a sound that is there; nobody is on duty, and somebody rings.
async fn ringing(steps: impl FnOnce(Option<String>) -> Vec<StepForm>) -> (Arc<App>, Arc<Exchange>) {
    let (app, exchange, _) = console().await;
    ask(&app, Request::SetDuty { on_duty: false }).await;
    let content_base64 = BASE64.encode(&[1, 0, 2, 0]);
    let add = Request::AddSound { sound: None, name: "Hello".into(), content_base64 };
    let Response::Saved(sound) = ask(&app, add).await else { panic!("a sound") };
    let Response::Services(view) = ask(&app, Request::GetServices {}).await else { panic!("services") };
    let main = view.services.into_iter().next().expect("the main line");
    let node = |(id, step)| NodeForm { id, name: String::new(), x: 0, y: 0, step };
    let nodes = (1..).zip(steps(Some(sound.id))).map(node).collect();
    let workflow = Some(WorkflowForm { start: 1, nodes });
    ask(&app, Request::PutService { service: Box::new(ServiceForm { workflow, ..main }) }).await;
    exchange.ring(CALL.0, "+41445551234").await;
    (app, exchange)
}

fn announce(sound: &Option<String>, next: u16) -> StepForm {
    StepForm::Announce { sound: sound.clone(), next: Some(next) }
}

fn queue(timeout: u16) -> StepForm {
    StepForm::Queue { limit_ms: Some(5_000), timeout: Some(timeout), nobody: NobodyForm::Waits {} }
}

/// What she is played for the nth time comes to its end.
async fn hears(exchange: &Exchange, nth: usize) {
    let play = played(exchange, nth).await;
    exchange.report(Report::PlayEnded { leg: LINE, play }).await;
}

/// Waits until she is played something for the nth time.
async fn played(exchange: &Exchange, nth: usize) -> PlayId {
    let plays = |orders: &[Order]| {
        let plays = orders.iter().filter_map(|order| match order {
            Order::Play { play, .. } => Some(*play),
            _ => None,
        });
        plays.collect::<Vec<_>>()
    };
    let mut orders = exchange.orders.subscribe();
    let enough = orders.wait_for(|orders| plays(orders).len() >= nth);
    let orders = tokio::time::timeout(PATIENCE, enough).await.expect("in time").expect("it goes on");
    plays(&orders)[nth - 1]
}

async fn hangs_up(exchange: &Exchange) {
    exchange.report(Report::HungUp { leg: LINE }).await;
}

/// The outcome of the call in the history, once it has ended.
async fn outcome(app: &App) -> u8 {
    let mut events = app.events();
    let ended = async {
        loop {
            let asked = Request::GetHistory { before: None, limit: 10, simulated: true };
            let Response::History(page) = ask(app, asked).await else { panic!("the history") };
            let over = |row: &HistoryRow| row.call == CALL.to_string() && row.ended.is_some();
            if let Some(outcome) = page.rows.iter().find(|row| over(row)).and_then(|row| row.outcome) {
                return outcome;
            }
            while !matches!(events.recv().await, Ok(UiEvent::HistoryChanged) | Err(_)) {}
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.expect("it ends")
}

fn to_the_end(sound: &Option<String>) -> Vec<StepForm> {
    vec![
        announce(sound, 2),
        StepForm::Accept { next: Some(3) },
        announce(sound, 4),
        queue(5),
        announce(sound, 6),
        StepForm::Disconnect {},
    ]
}

#[tokio::test]
async fn a_caller_who_hangs_up_before_the_accept_step_is_outcome_1() {
    let (app, exchange) = ringing(|sound| to_the_end(&sound)).await;
    exchange.ordered(|order| matches!(order, Order::Play { .. })).await;
    hangs_up(&exchange).await;
    assert_eq!(outcome(&app).await, 1);
}

#[tokio::test]
async fn a_caller_who_hangs_up_before_the_queue_is_outcome_2() {
    let (app, exchange) = ringing(|sound| to_the_end(&sound)).await;
    hears(&exchange, 1).await;
    exchange.ordered(|order| matches!(order, Order::Answer { .. })).await;
    hangs_up(&exchange).await;
    assert_eq!(outcome(&app).await, 2);
}

#[tokio::test]
async fn a_caller_who_hangs_up_after_the_queue_is_outcome_3_and_one_who_stays_15() {
    for (stays, want) in [(false, 3), (true, 15)] {
        let (app, exchange) = ringing(|sound| to_the_end(&sound)).await;
        hears(&exchange, 1).await;
        hears(&exchange, 2).await;
        if stays {
            hears(&exchange, 3).await;
        } else {
            played(&exchange, 3).await;
            hangs_up(&exchange).await;
        }
        assert_eq!(outcome(&app).await, want);
    }
}

#[tokio::test]
async fn a_caller_who_hangs_up_in_the_queue_is_outcome_4_and_one_who_stays_14() {
    for (stays, want) in [(false, 4), (true, 14)] {
        let (app, exchange) = ringing(|_| vec![queue(2), StepForm::Disconnect {}]).await;
        exchange.ordered(|order| matches!(order, Order::Wait { .. })).await;
        if !stays {
            hangs_up(&exchange).await;
        }
        assert_eq!(outcome(&app).await, want);
    }
}

#[tokio::test]
async fn a_message_is_outcome_10_and_a_callback_11() {
    let steps = |_| {
        let length_max_ms = 5_000;
        vec![StepForm::Voicemail { sound: None, length_max_ms, next: Some(2) }, StepForm::Disconnect {}]
    };
    let (app, exchange) = ringing(steps).await;
    let order = exchange.ordered(|order| matches!(order, Order::Record { .. })).await;
    let Order::Record { recording, .. } = order else { panic!("a recording") };
    exchange.report(Report::Recorded { leg: LINE, recording, length: Span::from_secs(3) }).await;
    assert_eq!(outcome(&app).await, 10);

    let steps = |_| vec![StepForm::Callback { sound: None, next: Some(2) }, StepForm::Disconnect {}];
    let (app, _exchange) = ringing(steps).await;
    assert_eq!(outcome(&app).await, 11);
}

#[tokio::test]
async fn a_hand_over_by_the_workflow_is_outcome_12_and_one_that_fails_13() {
    for (taken, want) in [(true, 12), (false, 13)] {
        let target = TransferTargetForm::Address { address: "+41 44 555 66 77".into() };
        let steps = |_| vec![StepForm::Transfer { target, failed: Some(2) }, StepForm::Disconnect {}];
        let (app, exchange) = ringing(steps).await;
        let order = exchange.ordered(|order| matches!(order, Order::Refer { .. })).await;
        let Order::Refer { transfer, .. } = order else { panic!("a hand-over") };
        let report = match taken {
            true => Report::Taken { transfer },
            false => Report::Refused { transfer, failure: Failure::Busy },
        };
        exchange.report(report).await;
        assert_eq!(outcome(&app).await, want);
    }
}
