//! A day with simulated callers, in virtual time.

use std::sync::Arc;
use std::time::Duration;

use contracts::Address;
use contracts::memory::MemoryStore;
use contracts::recordings::RecordingBook;
use contracts::sounds::Sound;
use contracts::telephony::{Link, Order, OrderName, Report, Telephony, TelephonyError};
use engine::{
    AttendantId, CallId, Failure, Leg, PlayId, RecordingId, ReleaseCause, Span, TransferId, Treatment,
};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::{Pace, Simulator};

const RITA: AttendantId = AttendantId(1);
const TARGET: Leg = Leg::Target(TransferId(7));

struct Desk {
    simulator: Simulator,
    book: Arc<MemoryStore>,
    reports: mpsc::Receiver<Report>,
    began: Instant,
    orders: u64,
}

impl Desk {
    async fn open(pace: Pace) -> Desk {
        let (sender, reports) = mpsc::channel(64);
        let mut calls = 0;
        let new_call = move || {
            calls += 1;
            CallId(calls)
        };
        let book = Arc::new(MemoryStore::new());
        let simulator = Simulator::start_at(pace, new_call, book.clone(), sender);
        let mut desk = Desk { simulator, book, reports, began: Instant::now(), orders: 0 };
        let up = Report::Link(Link::Up { detail: "Simulated callers".into() });
        assert_eq!(desk.next().await, up);
        desk
    }

    /// One caller and then nobody for a day.
    async fn with_one_caller() -> (Desk, Leg) {
        let day = Duration::from_secs(86_400);
        let mut desk = Desk::open(Pace { pause_min: day, pause_max: day, ..Pace::default() }).await;
        let Report::Arrived { call, .. } = desk.next().await else { panic!("somebody arrives") };
        (desk, Leg::Caller(call))
    }

    async fn next(&mut self) -> Report {
        let next = timeout(Duration::from_secs(3600), self.reports.recv()).await;
        next.expect("a report within the hour").expect("the simulator lives")
    }

    async fn order(&mut self, order: Order) -> Result<(), TelephonyError> {
        self.orders += 1;
        self.simulator.perform(OrderName { sequence: self.orders, index: 0 }, order).await
    }

    async fn ordered(&mut self, order: Order) {
        self.order(order).await.expect("the order is performed");
    }

    async fn connect(&mut self, leg: Leg) {
        self.ordered(Order::Connect { leg, attendant: RITA }).await;
    }

    async fn hold(&mut self, leg: Leg) {
        self.ordered(Order::Hold { leg, treatment: Treatment::Music }).await;
    }

    async fn dial(&mut self, leg: Leg, number: &str) {
        self.ordered(Order::Dial { leg, to: address(number), attendant: RITA }).await;
    }

    async fn lines(&self) -> Vec<(Leg, bool)> {
        let lines = self.simulator.snapshot().await.expect("a snapshot");
        lines.into_iter().map(|line| (line.leg, line.answered)).collect()
    }
}

fn address(text: &str) -> Address {
    Address::parse(text).expect("an address")
}

async fn a_day(pace: Pace) -> Vec<(Duration, Report)> {
    let mut desk = Desk::open(pace).await;
    let mut seen = Vec::new();
    for _ in 0..60 {
        let report = desk.next().await;
        seen.push((desk.began.elapsed(), report));
    }
    desk.simulator.shut_down().await;
    seen
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_day_and_another_seed_another() {
    let one = a_day(Pace::default()).await;
    assert_eq!(one, a_day(Pace::default()).await);
    assert_ne!(one, a_day(Pace { seed: 2, ..Pace::default() }).await);
}

#[tokio::test(start_paused = true)]
async fn callers_arrive_at_the_pace_wait_and_lose_patience() {
    let day = a_day(Pace::default()).await;
    let arrivals: Vec<Duration> = day
        .iter()
        .filter(|(_, report)| matches!(report, Report::Arrived { .. }))
        .map(|(at, _)| *at)
        .collect();
    assert_eq!(arrivals[0].as_secs(), 2);
    assert!(arrivals.windows(2).all(|pair| (pair[1] - pair[0]).as_secs() >= 15));
    let mut here = 0;
    for (_, report) in &day {
        match report {
            Report::Arrived { from, .. } => {
                here += 1;
                assert!(from.as_str().starts_with("+4199555"), "an invented number");
            }
            Report::HungUp { .. } => here -= 1,
            other => panic!("nobody did anything else: {other:?}"),
        }
        assert!((0..=5).contains(&here), "never more than five at once");
    }
}

#[tokio::test(start_paused = true)]
async fn a_busy_pace_never_exceeds_its_limit_and_nobody_calls_twice_at_once() {
    let second = Duration::from_secs(1);
    let pace = Pace { pause_min: second, pause_max: second, callers_max: 32, ..Pace::default() };
    let mut desk = Desk::open(pace).await;
    let mut here = Vec::new();
    for _ in 0..300 {
        match desk.next().await {
            Report::Arrived { call, from, .. } => {
                assert!(here.iter().all(|(_, other)| *other != from));
                here.push((Leg::Caller(call), from));
            }
            Report::HungUp { leg } => here.retain(|(other, _)| *other != leg),
            other => panic!("{other:?}"),
        }
        assert!(here.len() <= 32);
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_talks_for_a_while_and_hold_does_not_count() {
    let (mut desk, caller) = Desk::with_one_caller().await;
    assert_eq!(desk.lines().await, [(caller, false)]);
    desk.ordered(Order::Wait { leg: caller, treatment: Treatment::Music }).await;
    assert_eq!(desk.lines().await, [(caller, true)], "music means answered");
    desk.connect(caller).await;
    tokio::time::advance(Duration::from_secs(20)).await;
    desk.hold(caller).await;
    tokio::time::advance(Duration::from_secs(60)).await;
    desk.connect(caller).await;
    let begun = Instant::now();
    assert_eq!(desk.next().await, Report::HungUp { leg: caller });
    assert!((5..=100).contains(&begun.elapsed().as_secs()), "what was left to say after 20 s of 25–120 s");
    assert_eq!(desk.lines().await, []);
    assert!(matches!(
        desk.order(Order::Connect { leg: caller, attendant: RITA }).await,
        Err(TelephonyError::NoSuchLeg)
    ));
    desk.ordered(Order::Release { leg: caller, why: ReleaseCause::Normal }).await;
}

#[tokio::test(start_paused = true)]
async fn on_hold_for_too_long_the_caller_hangs_up() {
    let (mut desk, caller) = Desk::with_one_caller().await;
    desk.connect(caller).await;
    desk.hold(caller).await;
    assert_eq!(desk.next().await, Report::HungUp { leg: caller });
}

#[tokio::test(start_paused = true)]
async fn the_last_digit_decides_what_becomes_of_a_number() {
    let (mut desk, caller) = Desk::with_one_caller().await;
    desk.ordered(Order::Release { leg: caller, why: ReleaseCause::Normal }).await;
    let leg = TARGET;
    for (number, want) in [
        ("4011", vec![Report::Ringing { leg }, Report::Answered { leg }]),
        ("anna@example.com", vec![Report::Ringing { leg }, Report::Answered { leg }]),
        ("4012", vec![Report::Failed { leg, failure: Failure::Busy }]),
        ("4013", vec![Report::Ringing { leg }, Report::Failed { leg, failure: Failure::NoAnswer }]),
        ("4014", vec![Report::Ringing { leg }, Report::Failed { leg, failure: Failure::Declined }]),
        ("4015", vec![Report::Failed { leg, failure: Failure::Unreachable }]),
    ] {
        desk.dial(leg, number).await;
        for report in want {
            assert_eq!(desk.next().await, report, "{number}");
        }
        desk.ordered(Order::Release { leg, why: ReleaseCause::Normal }).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_referred_caller_is_taken_or_comes_back_on_hold() {
    let transfer = TransferId(7);
    for (number, failure) in
        [("4012", Failure::Busy), ("4013", Failure::NoAnswer), ("4014", Failure::Declined)]
    {
        let (mut desk, caller) = Desk::with_one_caller().await;
        desk.connect(caller).await;
        desk.ordered(Order::Refer { leg: caller, to: address(number), transfer }).await;
        assert_eq!(desk.next().await, Report::Refused { transfer, failure });
        assert_eq!(desk.lines().await, [(caller, true)], "the caller's line is still up");
        desk.connect(caller).await;
    }
    let (mut desk, caller) = Desk::with_one_caller().await;
    desk.connect(caller).await;
    desk.ordered(Order::Refer { leg: caller, to: address("4011"), transfer }).await;
    assert_eq!(desk.next().await, Report::Taken { transfer });
    assert_eq!(desk.lines().await, [], "the connector has ended its own line");
}

#[tokio::test(start_paused = true)]
async fn a_transfer_that_is_called_back_is_not_reported() {
    let (mut desk, caller) = Desk::with_one_caller().await;
    desk.connect(caller).await;
    desk.ordered(Order::Refer { leg: caller, to: address("4013"), transfer: TransferId(7) }).await;
    tokio::time::advance(Duration::from_secs(5)).await;
    desk.connect(caller).await;
    assert_eq!(desk.next().await, Report::HungUp { leg: caller }, "she talks, and goes when all is said");
}

#[tokio::test(start_paused = true)]
async fn a_consultation_swaps_confers_and_joins() {
    let (mut desk, caller) = Desk::with_one_caller().await;
    let transfer = TransferId(7);
    desk.connect(caller).await;
    desk.hold(caller).await;
    desk.dial(TARGET, "4011").await;
    let early = desk.order(Order::Join { caller, target: TARGET, transfer }).await;
    assert!(matches!(early, Err(TelephonyError::Refused(_))), "nobody there to join yet");
    assert_eq!(desk.next().await, Report::Ringing { leg: TARGET });
    assert_eq!(desk.next().await, Report::Answered { leg: TARGET });
    desk.connect(TARGET).await;
    desk.hold(TARGET).await;
    desk.connect(caller).await;
    desk.ordered(Order::Conference { caller, target: TARGET, attendant: RITA }).await;
    assert_eq!(desk.lines().await, [(caller, true), (TARGET, true)]);
    desk.ordered(Order::Join { caller, target: TARGET, transfer }).await;
    assert_eq!(desk.next().await, Report::Taken { transfer });
    assert_eq!(desk.lines().await, []);
}

#[tokio::test(start_paused = true)]
async fn an_order_is_performed_once_however_often_it_is_asked() {
    let (mut desk, caller) = Desk::with_one_caller().await;
    let name = OrderName { sequence: 99, index: 1 };
    let dial = Order::Dial { leg: TARGET, to: address("4012"), attendant: RITA };
    desk.simulator.perform(name, dial.clone()).await.expect("performed");
    assert_eq!(desk.next().await, Report::Failed { leg: TARGET, failure: Failure::Busy });
    desk.simulator.perform(name, dial).await.expect("performed before");
    assert_eq!(desk.lines().await, [(caller, false)]);
    desk.connect(caller).await;
    assert!(desk.simulator.send_digits(caller, "12#").await.is_ok());
    assert!(matches!(desk.simulator.send_digits(caller, "x").await, Err(TelephonyError::Refused(_))));
    assert!(matches!(desk.simulator.send_digits(TARGET, "1").await, Err(TelephonyError::NoSuchLeg)));
}

#[tokio::test(start_paused = true)]
async fn after_shut_down_nobody_answers() {
    let (desk, _) = Desk::with_one_caller().await;
    desk.simulator.shut_down().await;
    assert!(matches!(desk.simulator.snapshot().await, Err(TelephonyError::Disconnected(_))));
}

#[tokio::test(start_paused = true)]
async fn who_hears_a_sound_hears_it_to_its_end_and_presses_a_key_now_and_then_route_3() {
    let (mut pressed, mut silent) = (0, 0);
    let (mut desk, mut caller) = Desk::with_one_caller().await;
    for play in (1..=60).map(PlayId) {
        let sound = Arc::new(Sound { samples: vec![0; 8_000 * 7] });
        let began = Instant::now();
        desk.ordered(Order::Play { leg: caller, play, sound }).await;
        assert_eq!(desk.next().await, Report::PlayEnded { leg: caller, play });
        assert_eq!(began.elapsed().as_secs(), 7);
        assert!(desk.lines().await.contains(&(caller, true)), "a sound answers the line");
        match desk.next().await {
            Report::Digit { leg, digit } => {
                assert!(leg == caller && ('1'..='4').contains(&digit));
                assert!((7_500..=10_000).contains(&(began.elapsed().as_millis() as u64)));
                pressed += 1;
            }
            Report::HungUp { leg } => {
                assert_eq!(leg, caller);
                silent += 1;
                (desk, caller) = Desk::with_one_caller().await;
            }
            other => panic!("neither a key nor the end: {other:?}"),
        }
    }
    assert!(pressed > 20 && silent > 10, "{pressed} pressed a key, {silent} did not");
}

#[tokio::test(start_paused = true)]
async fn a_sound_that_another_one_replaces_ends_without_a_word() {
    let (mut desk, leg) = Desk::with_one_caller().await;
    let sound = |seconds| Arc::new(Sound { samples: vec![0_i16; 8_000_usize * seconds] });
    desk.ordered(Order::Answer { leg }).await;
    desk.ordered(Order::Play { leg, play: PlayId(1), sound: sound(5) }).await;
    desk.ordered(Order::Play { leg, play: PlayId(2), sound: sound(9) }).await;
    assert_eq!(desk.next().await, Report::PlayEnded { leg, play: PlayId(2) });
    desk.ordered(Order::Play { leg, play: PlayId(3), sound: sound(5) }).await;
    desk.connect(leg).await;
    assert_eq!(desk.next().await, Report::HungUp { leg }, "after she has talked");
}

#[tokio::test(start_paused = true)]
async fn a_message_can_be_listened_to_and_its_caller_hangs_up_after_it_call_8() {
    let mut silent = 0;
    for recording in (1..=30).map(RecordingId) {
        let (mut desk, leg) = Desk::with_one_caller().await;
        desk.ordered(Order::Record { leg, recording, length_max: Span(10_000) }).await;
        let Report::Recorded { length, .. } = desk.next().await else { panic!("a message") };
        let kept = desk.book.read(recording).await.expect("memory");
        assert!(length.0 <= 10_000);
        assert_eq!(kept.as_ref().map_or(0, Vec::len), length.0 as usize * 8);
        silent += u32::from(kept.is_none());
        let loudest = kept.iter().flatten().map(|sample| sample.unsigned_abs()).max();
        assert!(loudest.is_none_or(|loudest| (1_000..20_000).contains(&loudest)), "{loudest:?}");
        assert_eq!(desk.next().await, Report::HungUp { leg });
    }
    assert!((1..10).contains(&silent), "{silent} of 30 said nothing");
}
