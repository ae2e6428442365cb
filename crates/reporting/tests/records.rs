//! Records of calls that a real switchboard decided: the six transfers of `outcomes.md`, every outcome, and what time
//! counts as. Each script also proves that a preview equals what is then applied, and that a
//! replay of the journal gives the same records.

use std::collections::BTreeMap;

use engine::{
    Activity, AttendantId, CallId, Command, Distribution, Event, Failure, Leg, Limits, Nobody, Node, NodeId,
    NotAvailable, Origin, ParkFallback, PartyId, Presence, Service, ServiceId, SoundId, Span, Step,
    Switchboard, Target, TargetKind, Timestamp, TransferId, TransferTo, Unattended, Workflow,
};
use expect_test::{Expect, expect};
use reporting::{CallRecord, Fold, RecordChange, State, TransferAttempt, UserSession, UserState};

const RITA: AttendantId = AttendantId(1);
const SARA: AttendantId = AttendantId(2);
const MAIN: ServiceId = ServiceId(1);
const SALES: ServiceId = ServiceId(2);
const CALL: CallId = CallId(1);
const CALLER: Leg = Leg::Caller(CALL);
const TRANSFER: TransferId = TransferId(5);
const ANNA: Target = Target { party: PartyId(20), kind: TargetKind::User };
const OUTSIDE: Target = Target { party: PartyId(30), kind: TargetKind::Outside };
const VOICEMAIL: Target = Target { party: PartyId(40), kind: TargetKind::Voicemail };
const TO_SALES: Target = Target { party: PartyId(50), kind: TargetKind::Service(SALES) };

/// A switchboard whose events are folded as the desk does it. Rita serves the main line, Sara sales.
struct Desk {
    board: Switchboard,
    fold: Fold,
    now: Timestamp,
    journal: Vec<(Timestamp, Event)>,
    changes: Vec<RecordChange>,
}

impl Desk {
    fn new() -> Desk {
        let mut desk = Desk {
            board: Switchboard::new(),
            fold: Fold::default(),
            now: Timestamp(0),
            journal: Vec::new(),
            changes: Vec::new(),
        };
        for (attendant, service, name) in [(RITA, MAIN, "Main"), (SARA, SALES, "Sales")] {
            desk.act(Command::PutAttendant(attendant));
            desk.act(Command::PutService(Service::new(service, name, vec![attendant])));
            desk.act(Command::SetDuty { attendant, on_duty: true });
        }
        desk
    }

    /// One call that Rita has accepted after 5 s.
    fn talking() -> Desk {
        let mut desk = Desk::new();
        desk.arrive();
        desk.wait(5);
        desk.accept(RITA);
        desk.wait(10);
        desk
    }

    fn act(&mut self, command: Command) {
        let events =
            self.board.decide(&command, self.now).unwrap_or_else(|why| panic!("{command:?}: {why:?}"));
        let preview = self.fold.preview(events.iter().map(|event| (event, self.now)));
        let mut applied = Vec::new();
        for event in events {
            applied.extend(self.fold.apply(&event, self.now));
            self.board.apply(&event, self.now);
            self.journal.push((self.now, event));
        }
        assert_eq!(preview, applied, "a preview equals what follows");
        assert_eq!(Fold::from(self.fold.snapshot()), self.fold, "and it goes on from what is kept");
        applied.iter().for_each(sessions_add_up);
        self.changes.extend(applied);
    }

    /// Time passes; deadlines take effect when they are due.
    fn wait(&mut self, seconds: i64) {
        let until = Timestamp(self.now.0 + seconds * 1000);
        while let Some(due) = self.board.next_deadline().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.act(Command::Tick);
        }
        self.now = until;
    }

    fn arrive(&mut self) {
        self.act(Command::CallArrived {
            call: CALL,
            service: MAIN,
            party: PartyId(10),
            origin: Origin::Live,
        });
    }

    fn accept(&mut self, attendant: AttendantId) {
        let offer = self.board.call(CALL).and_then(|call| call.offer_to(attendant));
        let offer = offer.expect("the call is offered to her").id;
        self.act(Command::Accept { attendant, offer });
    }

    fn transfer(&mut self, mode: Unattended, target: Target) {
        self.act(Command::Transfer { attendant: RITA, call: CALL, transfer: TRANSFER, mode, target });
    }

    fn consult(&mut self, target: Target) {
        self.act(Command::Consult { attendant: RITA, call: CALL, transfer: TRANSFER, target });
        self.wait(3);
    }

    fn complete(&mut self) {
        self.act(Command::CompleteTransfer { attendant: RITA, transfer: TRANSFER });
    }

    fn taken(&mut self) {
        self.wait(4);
        self.act(Command::TransferTaken { transfer: TRANSFER });
    }

    fn refused(&mut self, failure: Failure) {
        self.wait(4);
        self.act(Command::TransferRefused { transfer: TRANSFER, failure });
    }

    fn caller_hangs_up(&mut self) {
        self.act(Command::LegHungUp { leg: CALLER });
    }

    fn check(&self, want: Expect) {
        let mut again = Fold::default();
        let replayed: Vec<RecordChange> =
            self.journal.iter().flat_map(|(at, event)| again.apply(event, *at)).collect();
        assert_eq!(replayed, self.changes, "a replay gives the same records");
        want.assert_eq(&show(&self.changes));
    }
}

/// All time with a caller is somebody's.
fn sessions_add_up(change: &RecordChange) {
    let RecordChange::Put(record) = change else { return };
    let sum = |time: fn(&UserSession) -> u64| record.user_sessions.iter().map(time).sum::<u64>();
    assert_eq!(sum(|session| session.connected_ms), record.connected_ms, "{record:?}");
    assert_eq!(sum(|session| session.hold_ms), record.hold_ms, "{record:?}");
}

/// The last state of each record, and the transfer history.
fn show(changes: &[RecordChange]) -> String {
    let mut records: BTreeMap<(CallId, u32), &CallRecord> = BTreeMap::new();
    let mut done = String::new();
    for change in changes {
        match change {
            RecordChange::Put(record) => {
                records.insert((record.call, record.part), record);
            }
            RecordChange::TransferEnded(TransferAttempt { caller, target, attendant, at, end, .. }) => {
                let by = attendant.map_or("the workflow", name);
                done += &format!("history: {caller} to {target} by {by} at {}: {end:?}\n", seconds(*at));
            }
            RecordChange::VoicemailLeft(voicemail) => {
                let length = voicemail.length.0 / 1000;
                done += &format!(
                    "voicemail: {length}s for service {} at {}\n",
                    voicemail.service,
                    seconds(voicemail.left)
                );
            }
            RecordChange::StateEnded(_) => {}
        }
    }
    records.into_values().map(show_record).collect::<String>() + &done
}

fn show_record(record: &CallRecord) -> String {
    let (outcome, handled) = match record.outcome {
        Some(outcome) => (format!("{} {}", outcome.id(), outcome.text()), outcome.handled()),
        None => ("goes on".to_owned(), false),
    };
    let span = |ms: u64| format!("{}s", ms / 1000);
    let mut text = format!(
        "part {}{} service {}: {}–{} accepted {} connected {} hold {} park {} => {outcome}{}\n",
        record.part,
        if record.outbound { " outbound" } else { "" },
        record.service.map_or("none".to_owned(), |service| service.to_string()),
        seconds(record.arrived),
        record.ended.map_or("".to_owned(), seconds),
        record.accepted.map_or("never".to_owned(), seconds),
        span(record.connected_ms),
        span(record.hold_ms),
        span(record.park_ms),
        if handled { " (handled)" } else { "" },
    );
    for session in &record.user_sessions {
        text += &format!(
            "  {} {}–{} {}{}\n",
            name(session.attendant),
            seconds(session.began),
            session.ended.map_or("".to_owned(), seconds),
            session.outcome.map_or("goes on", |outcome| outcome.text()),
            session.target.map_or("".to_owned(), |target| format!(" to {target}")),
        );
    }
    text
}

fn name(attendant: AttendantId) -> &'static str {
    if attendant == RITA { "Rita" } else { "Sara" }
}

fn seconds(at: Timestamp) -> String {
    (at.0 / 1000).to_string()
}

// -- the six transfers ---------------------------------------------------------------------------------------------------

#[test]
fn a_blind_or_safe_transfer_that_the_target_accepts_is_internal_success() {
    let [blind, safe] = [Unattended::Blind, Unattended::Safe].map(|mode| {
        let mut desk = Desk::talking();
        desk.transfer(mode, ANNA);
        desk.taken();
        desk
    });
    assert_eq!(blind.changes, safe.changes);
    safe.check(expect![[r#"
        part 1 service 1: 0–19 accepted 5 connected 10s hold 0s park 0s => 6 User Internal Transfer Success (handled)
          Rita 0–15 Transferred Internally to 14
        history: a to 14 by Rita at 19: PutThrough
    "#]]);
}

#[test]
fn a_blind_transfer_that_the_target_ignores_is_internal_failure() {
    let mut desk = Desk::talking();
    desk.transfer(Unattended::Blind, ANNA);
    desk.refused(Failure::NoAnswer);
    desk.check(expect![[r#"
        part 1 service 1: 0–19 accepted 5 connected 10s hold 0s park 0s => 8 User Internal Transfer Failed (handled)
          Rita 0–15 Internal Transfer Failed
        history: a to 14 by Rita at 19: Refused(NoAnswer)
    "#]]);
}

#[test]
fn a_safe_transfer_that_is_rejected_and_comes_back_is_accepted() {
    let mut desk = Desk::talking();
    desk.transfer(Unattended::Safe, ANNA);
    desk.refused(Failure::Declined);
    desk.wait(2);
    desk.accept(RITA);
    desk.wait(6);
    desk.caller_hangs_up();
    desk.check(expect![[r#"
        part 1 service 1: 0–27 accepted 5 connected 16s hold 0s park 0s => 5 User Accepted (handled)
          Rita 0–27 Accepted
        history: a to 14 by Rita at 19: CameBack(Declined)
    "#]]);
}

#[test]
fn a_transfer_to_voicemail_is_internal_success() {
    let mut desk = Desk::talking();
    desk.transfer(Unattended::Blind, VOICEMAIL);
    desk.taken();
    desk.check(expect![[r#"
        part 1 service 1: 0–19 accepted 5 connected 10s hold 0s park 0s => 6 User Internal Transfer Success (handled)
          Rita 0–15 Transferred Internally to 28
        history: a to 28 by Rita at 19: PutThrough
    "#]]);
}

#[test]
fn a_consultation_with_a_service_that_ends_in_a_transfer_is_internal_success() {
    let mut desk = Desk::talking();
    desk.consult(TO_SALES);
    desk.act(Command::LegAnswered { leg: Leg::Target(TRANSFER) });
    desk.wait(5);
    desk.complete();
    desk.taken();
    desk.check(expect![[r#"
        part 1 service 1: 0–27 accepted 5 connected 18s hold 8s park 0s => 6 User Internal Transfer Success (handled)
          Rita 0–23 Transferred Internally to 32
        history: a to 32 by Rita at 27: PutThrough
    "#]]);
}

#[test]
fn a_consultation_with_an_outside_number_that_ends_in_a_transfer_is_external_success() {
    let mut desk = Desk::talking();
    desk.consult(OUTSIDE);
    desk.act(Command::LegAnswered { leg: Leg::Target(TRANSFER) });
    desk.wait(5);
    desk.act(Command::Swap { attendant: RITA, transfer: TRANSFER });
    desk.wait(7);
    desk.act(Command::Conference { attendant: RITA, transfer: TRANSFER });
    desk.wait(2);
    desk.complete();
    desk.taken();
    desk.check(expect![[r#"
        part 1 service 1: 0–36 accepted 5 connected 27s hold 8s park 0s => 7 User External Transfer Success (handled)
          Rita 0–32 Transferred Externally to 1e
        history: a to 1e by Rita at 36: PutThrough
    "#]]);
}

// -- other transfers -----------------------------------------------------------------------------------------------------

#[test]
fn a_transfer_to_a_service_begins_a_new_service_session() {
    let mut desk = Desk::talking();
    desk.transfer(Unattended::Blind, TO_SALES);
    desk.wait(3);
    desk.accept(SARA);
    desk.wait(8);
    desk.act(Command::HangUp { attendant: SARA, call: CALL });
    desk.check(expect![[r#"
        part 1 service 1: 0–15 accepted 5 connected 10s hold 0s park 0s => 6 User Internal Transfer Success (handled)
          Rita 0–15 Transferred Internally to 32
        part 2 service 2: 15–26 accepted 18 connected 8s hold 0s park 0s => 5 User Accepted (handled)
          Sara 15–26 Accepted
        history: a to 32 by Rita at 15: PutThrough
    "#]]);
}

#[test]
fn a_caller_who_hangs_up_in_the_service_she_was_moved_to_hung_up_in_its_queue() {
    let mut desk = Desk::talking();
    desk.transfer(Unattended::Safe, TO_SALES);
    desk.wait(3);
    desk.caller_hangs_up();
    desk.check(expect![[r#"
        part 1 service 1: 0–15 accepted 5 connected 10s hold 0s park 0s => 6 User Internal Transfer Success (handled)
          Rita 0–15 Transferred Internally to 32
        part 2 service 2: 15–18 accepted never connected 0s hold 0s park 0s => 4 Customer Hangup In Queue
          Sara 15–18 Cancelled
        history: a to 32 by Rita at 15: PutThrough
    "#]]);
}

#[test]
fn an_outside_transfer_that_fails_is_external_failure() {
    let mut desk = Desk::talking();
    desk.transfer(Unattended::Blind, OUTSIDE);
    desk.refused(Failure::Busy);
    desk.check(expect![[r#"
        part 1 service 1: 0–19 accepted 5 connected 10s hold 0s park 0s => 9 User External Transfer Failed (handled)
          Rita 0–15 External Transfer Failed
        history: a to 1e by Rita at 19: Refused(Busy)
    "#]]);
}

#[test]
fn a_caller_who_hangs_up_on_her_way_to_a_target_was_not_put_through() {
    let mut desk = Desk::talking();
    desk.transfer(Unattended::Safe, ANNA);
    desk.wait(4);
    desk.caller_hangs_up();
    desk.check(expect![[r#"
        part 1 service 1: 0–19 accepted 5 connected 10s hold 0s park 0s => 8 User Internal Transfer Failed (handled)
          Rita 0–15 Internal Transfer Failed
        history: a to 14 by Rita at 19: Left
    "#]]);
}

#[test]
fn a_caller_who_does_not_wait_after_a_failed_safe_transfer_leaves_the_failure() {
    let mut desk = Desk::talking();
    desk.transfer(Unattended::Safe, ANNA);
    desk.refused(Failure::NoAnswer);
    desk.wait(2);
    desk.caller_hangs_up();
    desk.check(expect![[r#"
        part 1 service 1: 0–21 accepted 5 connected 10s hold 0s park 0s => 8 User Internal Transfer Failed (handled)
          Rita 0–15 Internal Transfer Failed
          Rita 19–21 Cancelled
        history: a to 14 by Rita at 19: CameBack(NoAnswer)
    "#]]);
}

#[test]
fn a_consultation_that_neither_merged_nor_transferred_is_accepted() {
    let mut desk = Desk::talking();
    desk.consult(OUTSIDE);
    desk.act(Command::LegFailed { leg: Leg::Target(TRANSFER), failure: Failure::Busy });
    desk.wait(4);
    desk.act(Command::Retrieve { attendant: RITA, call: CALL });
    desk.wait(6);
    desk.caller_hangs_up();
    desk.check(expect![[r#"
        part 1 service 1: 0–28 accepted 5 connected 23s hold 7s park 0s => 5 User Accepted (handled)
          Rita 0–28 Accepted
        history: a to 1e by Rita at 18: CameBack(Busy)
    "#]]);
}

#[test]
fn a_caller_who_hangs_up_during_a_consultation_was_accepted() {
    let mut desk = Desk::talking();
    desk.consult(ANNA);
    desk.caller_hangs_up();
    desk.check(expect![[r#"
        part 1 service 1: 0–18 accepted 5 connected 13s hold 3s park 0s => 5 User Accepted (handled)
          Rita 0–18 Accepted
        history: a to 14 by Rita at 18: Left
    "#]]);
}

#[test]
fn a_safe_transfer_that_is_called_back_goes_on_as_one_session() {
    let mut desk = Desk::talking();
    desk.transfer(Unattended::Safe, ANNA);
    desk.wait(4);
    desk.act(Command::CancelTransfer { attendant: RITA, transfer: TRANSFER });
    desk.wait(6);
    desk.caller_hangs_up();
    desk.check(expect![[r#"
        part 1 service 1: 0–25 accepted 5 connected 16s hold 0s park 0s => 5 User Accepted (handled)
          Rita 0–25 Accepted
    "#]]);
}

// -- offers, hold, park --------------------------------------------------------------------------------------------------

#[test]
fn a_caller_who_hangs_up_in_the_queue_was_not_handled() {
    let mut desk = Desk::new();
    desk.arrive();
    desk.wait(7);
    desk.caller_hangs_up();
    desk.check(expect![[r#"
        part 1 service 1: 0–7 accepted never connected 0s hold 0s park 0s => 4 Customer Hangup In Queue
          Rita 0–7 Cancelled
    "#]]);
}

#[test]
fn an_offer_nobody_answers_is_a_timed_out_session_and_the_queue_has_a_limit() {
    let mut desk = Desk::new();
    desk.arrive();
    desk.wait(400);
    desk.check(expect![[r#"
        part 1 service 1: 0–300 accepted never connected 0s hold 0s park 0s => 14 Queue Limit Reached
          Rita 0–20 Timed Out
    "#]]);
}

#[test]
fn a_declined_offer_is_a_session_of_its_own() {
    let mut desk = Desk::new();
    desk.arrive();
    desk.wait(3);
    let offer = desk.board.call(CALL).and_then(|call| call.offers().first().copied()).expect("offered").id;
    desk.act(Command::Decline { attendant: RITA, offer });
    desk.wait(4);
    desk.act(Command::Pick { attendant: RITA, call: CALL });
    desk.wait(5);
    desk.act(Command::HangUp { attendant: RITA, call: CALL });
    desk.check(expect![[r#"
        part 1 service 1: 0–12 accepted 7 connected 5s hold 0s park 0s => 5 User Accepted (handled)
          Rita 0–3 Declined
          Rita 7–12 Accepted
    "#]]);
}

#[test]
fn hold_is_connected_time_and_park_is_not() {
    let mut desk = Desk::talking();
    desk.act(Command::Hold { attendant: RITA, call: CALL });
    desk.wait(3);
    desk.act(Command::Retrieve { attendant: RITA, call: CALL });
    desk.wait(2);
    desk.act(Command::Park { attendant: RITA, call: CALL, slot: None });
    desk.wait(20);
    desk.act(Command::Unpark { attendant: SARA, slot: engine::SlotNumber(1) });
    desk.wait(5);
    desk.caller_hangs_up();
    desk.check(expect![[r#"
        part 1 service 1: 0–45 accepted 5 connected 20s hold 3s park 20s => 5 User Accepted (handled)
          Rita 0–20 Accepted
          Sara 40–45 Accepted
    "#]]);
}

#[test]
fn a_parked_call_that_comes_back_goes_on_in_the_session_of_the_parker() {
    let mut desk = Desk::talking();
    desk.act(Command::Park { attendant: RITA, call: CALL, slot: None });
    desk.wait(122);
    desk.accept(RITA);
    desk.wait(5);
    desk.caller_hangs_up();
    desk.check(expect![[r#"
        part 1 service 1: 0–142 accepted 5 connected 15s hold 0s park 120s => 5 User Accepted (handled)
          Rita 0–142 Accepted
    "#]]);
}

#[test]
fn a_lost_line_is_lost_where_nobody_had_the_call_and_else_the_user_session_counts() {
    let mut desk = Desk::new();
    desk.arrive();
    desk.wait(3);
    desk.act(Command::LegLost { leg: CALLER });
    desk.check(expect![[r#"
        part 1 service 1: 0–3 accepted never connected 0s hold 0s park 0s => 16 Lost
          Rita 0–3 Cancelled
    "#]]);
    let mut desk = Desk::talking();
    desk.act(Command::LegLost { leg: CALLER });
    desk.check(expect![[r#"
        part 1 service 1: 0–15 accepted 5 connected 10s hold 0s park 0s => 5 User Accepted (handled)
          Rita 0–15 Accepted
    "#]]);
}

#[test]
fn a_record_is_written_when_the_call_arrives_is_accepted_and_ends() {
    let mut desk = Desk::talking();
    desk.act(Command::Hold { attendant: RITA, call: CALL });
    desk.wait(3);
    desk.caller_hangs_up();
    let puts = desk.changes.iter().filter(|change| matches!(change, RecordChange::Put(_)));
    assert_eq!(puts.count(), 3);
}

#[test]
fn the_record_follows_the_far_end() {
    let mut desk = Desk::talking();
    desk.act(Command::PartyReplaced { call: CALL, party: PartyId(99) });
    let Some(RecordChange::Put(record)) = desk.changes.last() else { panic!("the record is written") };
    assert_eq!(record.party, PartyId(99));
}

// -- outbound ------------------------------------------------------------------------------------------------------------

fn calling() -> Desk {
    let mut desk = Desk::new();
    desk.act(Command::PlaceCall {
        attendant: RITA,
        call: CALL,
        service: Some(MAIN),
        target: OUTSIDE,
        origin: Origin::Live,
    });
    desk.wait(4);
    desk
}

#[test]
fn an_outbound_call_is_accepted_when_it_is_answered() {
    let mut desk = calling();
    desk.act(Command::LegAnswered { leg: CALLER });
    desk.wait(9);
    desk.act(Command::HangUp { attendant: RITA, call: CALL });
    desk.check(expect![[r#"
        part 1 outbound service 1: 0–13 accepted 4 connected 9s hold 0s park 0s => 17 Outbound Accepted (handled)
          Rita 0–13 Accepted
    "#]]);
}

#[test]
fn an_outbound_call_that_nobody_answers_is_not_accepted() {
    let mut desk = calling();
    desk.act(Command::LegFailed { leg: CALLER, failure: Failure::Busy });
    desk.check(expect![[r#"
        part 1 outbound service 1: 0–4 accepted never connected 0s hold 0s park 0s => 18 Outbound Not Accepted
          Rita 0–4 Cancelled
    "#]]);
    let mut desk = calling();
    desk.act(Command::HangUp { attendant: RITA, call: CALL });
    desk.check(expect![[r#"
        part 1 outbound service 1: 0–4 accepted never connected 0s hold 0s park 0s => 18 Outbound Not Accepted
          Rita 0–4 Cancelled
    "#]]);
    let mut desk = calling();
    desk.act(Command::LegLost { leg: CALLER });
    desk.check(expect![[r#"
        part 1 outbound service 1: 0–4 accepted never connected 0s hold 0s park 0s => 16 Lost
          Rita 0–4 Cancelled
    "#]]);
}

#[test]
fn an_outbound_call_can_be_put_through_like_any_other() {
    let mut desk = calling();
    desk.act(Command::LegAnswered { leg: CALLER });
    desk.wait(9);
    desk.transfer(Unattended::Blind, ANNA);
    desk.taken();
    desk.check(expect![[r#"
        part 1 outbound service 1: 0–17 accepted 4 connected 9s hold 0s park 0s => 17 Outbound Accepted (handled)
          Rita 0–13 Transferred Internally to 14
        history: 1e to 14 by Rita at 17: PutThrough
    "#]]);
}

#[test]
fn a_parked_call_that_falls_back_to_another_service_begins_a_session_there_call_4() {
    let mut desk = Desk::talking();
    let limits = Limits { park_fallback: ParkFallback::Service(SALES), ..Limits::default() };
    desk.act(Command::PutLimits(limits));
    desk.act(Command::Park { attendant: RITA, call: CALL, slot: None });
    desk.wait(140);
    desk.accept(SARA);
    desk.wait(10);
    desk.caller_hangs_up();
    desk.check(expect![[r#"
        part 1 service 1: 0–155 accepted 5 connected 10s hold 0s park 120s => 5 User Accepted (handled)
          Rita 0–15 Accepted
          Rita 135–155 Timed Out
        part 2 service 2: 155–165 accepted 155 connected 10s hold 0s park 0s => 5 User Accepted (handled)
          Sara 155–165 Accepted
    "#]]);
}

// -- broadcast -----------------------------------------------------------------------------------------------------------

/// Both serve the main line, which rings at both.
fn broadcasting() -> Desk {
    let mut desk = Desk::new();
    let mut main = Service::new(MAIN, "Main", vec![RITA, SARA]);
    main.distribution = Distribution::Broadcast;
    desk.act(Command::PutService(main));
    desk.arrive();
    desk.wait(5);
    desk
}

#[test]
fn the_first_answer_to_a_broadcast_is_accepted_and_the_other_sessions_cancelled_route_2() {
    let mut desk = broadcasting();
    desk.accept(SARA);
    desk.wait(10);
    desk.caller_hangs_up();
    desk.check(expect![[r#"
        part 1 service 1: 0–15 accepted 5 connected 10s hold 0s park 0s => 5 User Accepted (handled)
          Rita 0–5 Cancelled
          Sara 0–15 Accepted
    "#]]);
}

#[test]
fn a_broadcast_that_nobody_answers_leaves_cancelled_sessions_and_no_rona() {
    let mut desk = broadcasting();
    desk.wait(15);
    desk.caller_hangs_up();
    desk.check(expect![[r#"
        part 1 service 1: 0–20 accepted never connected 0s hold 0s park 0s => 4 Customer Hangup In Queue
          Rita 0–20 Cancelled
          Sara 0–20 Cancelled
    "#]]);
}

// -- workflows -------------------------------------------------------------------------------------------------------

/// The main line has this workflow; Rita is off duty, so callers wait.
fn walking(steps: impl IntoIterator<Item = Step>) -> Desk {
    let mut desk = Desk::new();
    let node = |step| Node { name: String::new(), x: 0, y: 0, step };
    let nodes = (1..).zip(steps).map(|(id, step)| (NodeId(id), node(step))).collect();
    let workflow = Some(Workflow { start: NodeId(1), nodes });
    desk.act(Command::PutService(Service { workflow, ..Service::new(MAIN, "Main", vec![RITA]) }));
    desk.act(Command::SetDuty { attendant: RITA, on_duty: false });
    desk.arrive();
    desk
}

const HELLO: SoundId = SoundId(1);

fn announcement(next: u16) -> Step {
    Step::Announce { sound: HELLO, next: NodeId(next) }
}

fn queue(timeout: u16) -> Step {
    Step::Queue { limit: Some(Span::from_secs(30)), timeout: NodeId(timeout), nobody: Nobody::Waits }
}

impl Desk {
    /// What the caller hears or says comes to its end.
    fn goes_on(&mut self) {
        let activity = self.board.call(CALL).and_then(|call| call.activity());
        let command = match activity {
            Some(Activity::Playing { play, .. }) => Command::PlayEnded { leg: CALLER, play },
            Some(Activity::Recording { recording, .. }) => {
                Command::Recorded { leg: CALLER, recording, length: Span::from_secs(7) }
            }
            Some(Activity::HandingOver { transfer, .. }) => Command::TransferTaken { transfer },
            other => panic!("nothing goes on: {other:?}"),
        };
        self.wait(8);
        self.act(command);
    }

    fn hand_over_fails(&mut self) {
        let activity = self.board.call(CALL).and_then(|call| call.activity());
        let Some(Activity::HandingOver { transfer, .. }) = activity else { panic!("not on her way") };
        self.wait(8);
        self.act(Command::TransferRefused { transfer, failure: Failure::Busy });
    }
}

#[test]
fn a_caller_who_hangs_up_is_told_by_how_far_she_came_outcomes_1_to_4() {
    let steps = || {
        [
            announcement(2),
            Step::Accept { next: NodeId(3) },
            announcement(4),
            queue(5),
            announcement(6),
            Step::Disconnect,
        ]
    };
    let mut before_accept = walking(steps());
    before_accept.wait(3);
    before_accept.caller_hangs_up();
    before_accept.check(expect![[r#"
        part 1 service 1: 0–3 accepted never connected 0s hold 0s park 0s => 1 Customer Hangup Before Accept
    "#]]);

    let mut in_ivr = walking(steps());
    in_ivr.goes_on();
    in_ivr.wait(3);
    in_ivr.caller_hangs_up();
    in_ivr.check(expect![[r#"
        part 1 service 1: 0–11 accepted never connected 0s hold 0s park 0s => 2 Customer Hangup In Ivr
    "#]]);

    let mut in_queue = walking(steps());
    in_queue.goes_on();
    in_queue.goes_on();
    in_queue.wait(3);
    in_queue.caller_hangs_up();
    in_queue.check(expect![[r#"
        part 1 service 1: 0–19 accepted never connected 0s hold 0s park 0s => 4 Customer Hangup In Queue
    "#]]);

    let mut after_queue = walking(steps());
    after_queue.goes_on();
    after_queue.goes_on();
    after_queue.wait(31);
    after_queue.caller_hangs_up();
    after_queue.check(expect![[r#"
        part 1 service 1: 0–47 accepted never connected 0s hold 0s park 0s => 3 Customer Hangup In Ivr After Queue
    "#]]);
}

#[test]
fn the_limit_of_a_queue_with_nothing_further_is_outcome_14() {
    let mut desk = walking([Step::Accept { next: NodeId(2) }, queue(3), Step::Disconnect]);
    desk.wait(31);
    desk.check(expect![[r#"
        part 1 service 1: 0–30 accepted never connected 0s hold 0s park 0s => 14 Queue Limit Reached
    "#]]);
}

#[test]
fn an_end_step_is_outcome_15() {
    let mut desk = walking([Step::Accept { next: NodeId(2) }, announcement(3), Step::Disconnect]);
    desk.goes_on();
    desk.check(expect![[r#"
        part 1 service 1: 0–8 accepted never connected 0s hold 0s park 0s => 15 Disconnected By Workflow
    "#]]);
}

#[test]
fn a_message_left_is_outcome_10_however_the_call_ends_then() {
    let steps = || {
        let length_max = Span::from_secs(60);
        [Step::Voicemail { sound: None, length_max, next: NodeId(2) }, announcement(3), Step::Disconnect]
    };
    let mut desk = walking(steps());
    desk.goes_on();
    desk.goes_on();
    desk.check(expect![[r#"
        part 1 service 1: 0–16 accepted never connected 0s hold 0s park 0s => 10 Voicemail Left (handled)
        voicemail: 7s for service 1 at 8
    "#]]);

    let mut desk = walking(steps());
    desk.goes_on();
    desk.caller_hangs_up();
    desk.check(expect![[r#"
        part 1 service 1: 0–8 accepted never connected 0s hold 0s park 0s => 10 Voicemail Left (handled)
        voicemail: 7s for service 1 at 8
    "#]]);
}

#[test]
fn a_callback_is_outcome_11_and_the_call_to_her_is_17_or_18() {
    let steps = || [queue(2), Step::Callback { sound: None, next: NodeId(3) }, Step::Disconnect];
    let mut desk = walking(steps());
    desk.wait(40);
    desk.act(Command::SetDuty { attendant: RITA, on_duty: true });
    let offer = desk.board.attendant(RITA).and_then(|rita| rita.offer).expect("the callback rings");
    desk.wait(2);
    desk.act(Command::Accept { attendant: RITA, offer: offer.0 });
    desk.wait(5);
    desk.act(Command::LegAnswered { leg: Leg::Caller(offer.1) });
    desk.wait(60);
    desk.act(Command::LegHungUp { leg: Leg::Caller(offer.1) });
    desk.check(expect![[r#"
        part 1 service 1: 0–30 accepted never connected 0s hold 0s park 0s => 11 Callback Requested (handled)
        part 1 outbound service 1: 0–107 accepted 47 connected 60s hold 0s park 0s => 17 Outbound Accepted (handled)
          Rita 40–107 Accepted
    "#]]);

    let mut desk = walking(steps());
    desk.wait(40);
    desk.act(Command::SetDuty { attendant: RITA, on_duty: true });
    let offer = desk.board.attendant(RITA).and_then(|rita| rita.offer).expect("the callback rings");
    desk.act(Command::Accept { attendant: RITA, offer: offer.0 });
    desk.wait(20);
    desk.act(Command::LegFailed { leg: Leg::Caller(offer.1), failure: Failure::NoAnswer });
    desk.check(expect![[r#"
        part 1 service 1: 0–30 accepted never connected 0s hold 0s park 0s => 11 Callback Requested (handled)
        part 1 outbound service 1: 0–60 accepted never connected 0s hold 0s park 0s => 18 Outbound Not Accepted
          Rita 40–60 Cancelled
    "#]]);
}

#[test]
fn a_hand_over_by_the_workflow_is_outcome_12_or_13() {
    let steps = || {
        let target = TransferTo::Party(OUTSIDE);
        [Step::Transfer { target, failed: NodeId(2) }, announcement(3), Step::Disconnect]
    };
    let mut desk = walking(steps());
    desk.goes_on();
    desk.check(expect![[r#"
        part 1 service 1: 0–8 accepted never connected 0s hold 0s park 0s => 12 Workflow Transfer Success (handled)
        history: a to 1e by the workflow at 8: PutThrough
    "#]]);

    let mut desk = walking(steps());
    desk.hand_over_fails();
    desk.goes_on();
    desk.check(expect![[r#"
        part 1 service 1: 0–16 accepted never connected 0s hold 0s park 0s => 13 Workflow Transfer Failed
        history: a to 1e by the workflow at 8: CameBack(Busy)
    "#]]);
}

#[test]
fn a_move_to_another_service_is_outcome_12_and_a_session_of_its_own() {
    let target = TransferTo::Service(SALES);
    let mut desk = walking([
        Step::Accept { next: NodeId(2) },
        announcement(3),
        Step::Transfer { target, failed: NodeId(4) },
        Step::Disconnect,
    ]);
    desk.goes_on();
    desk.wait(3);
    desk.accept(SARA);
    desk.wait(20);
    desk.caller_hangs_up();
    desk.check(expect![[r#"
        part 1 service 1: 0–8 accepted never connected 0s hold 0s park 0s => 12 Workflow Transfer Success (handled)
        part 2 service 2: 8–31 accepted 11 connected 20s hold 0s park 0s => 5 User Accepted (handled)
          Sara 8–31 Accepted
    "#]]);
}

#[test]
fn whoever_had_the_call_decides_the_outcome_whatever_the_workflow_did_before() {
    let length_max = Span::from_secs(60);
    let mut desk =
        walking([Step::Voicemail { sound: None, length_max, next: NodeId(2) }, queue(3), Step::Disconnect]);
    desk.goes_on();
    desk.act(Command::SetDuty { attendant: RITA, on_duty: true });
    desk.wait(4);
    desk.accept(RITA);
    desk.wait(10);
    desk.act(Command::HangUp { attendant: RITA, call: CALL });
    desk.check(expect![[r#"
        part 1 service 1: 0–22 accepted 12 connected 10s hold 0s park 0s => 5 User Accepted (handled)
          Rita 8–22 Accepted
        voicemail: 7s for service 1 at 8
    "#]]);
}

// -- what attendants did -------------------------------------------------------------------------------------------------

fn states(changes: &[RecordChange], whose: AttendantId) -> Vec<UserState> {
    let state = |change: &RecordChange| match change {
        RecordChange::StateEnded(state) if state.attendant == whose => Some(*state),
        _ => None,
    };
    changes.iter().filter_map(state).collect()
}

fn show_states(states: &[UserState]) -> String {
    let line = |state: &UserState| {
        let service = state.service.map_or(String::new(), |service| format!(" service {service}"));
        let (began, ended) = (seconds(state.began), seconds(state.ended));
        format!("{began}–{ended} {}{service} {:?}\n", state.state.text(), state.origin)
    };
    states.iter().map(line).collect()
}

/// REPORT-1: one state at a time, and together they are the time on duty.
#[test]
fn what_an_attendant_did_on_duty_is_recorded_without_a_gap() {
    let mut desk = Desk::new();
    let main = Service { acw: Span::from_secs(30), ..Service::new(MAIN, "Main", vec![RITA]) };
    desk.act(Command::PutService(main));
    desk.wait(60);
    desk.arrive();
    desk.wait(5);
    desk.accept(RITA);
    desk.wait(10);
    desk.act(Command::Hold { attendant: RITA, call: CALL });
    desk.wait(10);
    desk.caller_hangs_up();
    desk.wait(40);
    desk.act(Command::SetPresence { attendant: RITA, presence: Presence::DoNotDisturb });
    desk.wait(10);
    desk.act(Command::SetPresence { attendant: RITA, presence: Presence::Available });
    desk.act(Command::SetNotAvailable { attendant: RITA, reason: Some(NotAvailable::Break) });
    desk.wait(10);
    desk.act(Command::SetNotAvailable { attendant: RITA, reason: None });
    desk.wait(5);
    desk.act(Command::SetDuty { attendant: RITA, on_duty: false });
    desk.wait(100);
    desk.act(Command::SetDuty { attendant: RITA, on_duty: true });
    desk.wait(100);

    let states = states(&desk.changes, RITA);
    expect![[r#"
        0–60 Idle Live
        60–85 Engaged service 1 Live
        85–115 After Call Work service 1 Live
        115–125 Idle Live
        125–135 Away Live
        135–145 Not Available Live
        145–150 Idle Live
    "#]]
    .assert_eq(&show_states(&states));
    for pair in states.windows(2) {
        assert_eq!(pair[0].ended, pair[1].began);
    }
}

/// REPORT-1: another call that came between does not take the work away from the service it is for.
#[test]
fn after_call_work_belongs_to_the_service_of_its_call_whatever_came_between() {
    let mut desk = Desk::new();
    let main = Service { acw: Span::from_secs(30), ..Service::new(MAIN, "Main", vec![RITA]) };
    desk.act(Command::PutService(main));
    desk.arrive();
    desk.accept(RITA);
    desk.wait(10);
    desk.act(Command::Hold { attendant: RITA, call: CALL });
    let (call, origin) = (CallId(2), Origin::Live);
    desk.act(Command::PlaceCall { attendant: RITA, call, service: None, target: OUTSIDE, origin });
    desk.wait(5);
    desk.caller_hangs_up();
    desk.wait(5);
    desk.act(Command::HangUp { attendant: RITA, call });
    desk.wait(30);
    desk.act(Command::SetDuty { attendant: RITA, on_duty: false });
    expect![[r#"
        0–15 Engaged service 1 Live
        15–20 Engaged Live
        20–45 After Call Work service 1 Live
        45–50 Idle Live
    "#]]
    .assert_eq(&show_states(&states(&desk.changes, RITA)));
}

/// CALL-14: the time before and after a simulated call is not counted.
#[test]
fn idle_time_of_a_training_is_marked_as_simulated() {
    let mut desk = Desk::new();
    desk.wait(60);
    desk.act(Command::CallArrived {
        call: CALL,
        service: MAIN,
        party: PartyId(10),
        origin: Origin::Simulated,
    });
    desk.wait(25);
    desk.act(Command::ClearRona { attendant: RITA });
    desk.wait(5);
    desk.accept(RITA);
    desk.caller_hangs_up();
    desk.wait(7);
    desk.act(Command::SetDuty { attendant: RITA, on_duty: false });
    expect![[r#"
        0–60 Idle Simulated
        60–80 Engaged service 1 Simulated
        80–85 RONA Simulated
        85–90 Engaged service 1 Simulated
        90–97 Idle Simulated
    "#]]
    .assert_eq(&show_states(&states(&desk.changes, RITA)));
}

/// A call in a slot is still hers; one that is on its way to a target is not.
#[test]
fn who_parks_a_call_is_engaged_and_who_transfers_it_is_not() {
    let mut desk = Desk::talking();
    desk.act(Command::Park { attendant: RITA, call: CALL, slot: None });
    desk.wait(20);
    desk.act(Command::Unpark { attendant: RITA, slot: engine::SlotNumber(1) });
    desk.wait(5);
    desk.transfer(Unattended::Blind, ANNA);
    desk.wait(3);
    desk.taken();
    desk.act(Command::SetDuty { attendant: RITA, on_duty: false });
    expect![[r#"
        0–40 Engaged service 1 Live
        40–47 Idle Live
    "#]]
    .assert_eq(&show_states(&states(&desk.changes, RITA)));
}

/// REPORT-3: a wall shows since when; also after a restart, and of whoever is off duty.
#[test]
fn how_somebody_stands_is_known_with_its_beginning_and_after_a_replay() {
    let mut desk = Desk::new();
    let stand = |desk: &Desk| desk.fold.stand(RITA).map(|stand| (stand.state, stand.since.0 / 1000));
    assert_eq!(stand(&desk), Some((Some(State::Idle), 0)));
    desk.wait(60);
    desk.arrive();
    desk.wait(25);
    assert_eq!(stand(&desk), Some((Some(State::Rona), 80)));
    desk.act(Command::SetDuty { attendant: RITA, on_duty: false });
    desk.wait(30);
    assert_eq!(stand(&desk), Some((None, 85)));
    let mut again = Fold::default();
    for (at, event) in &desk.journal {
        again.apply(event, *at);
    }
    assert_eq!(again.stand(RITA), desk.fold.stand(RITA));
    assert_eq!(desk.fold.stand(AttendantId(9)), None);
}
