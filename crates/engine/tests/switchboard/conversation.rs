//! Hold, park, hang up, calling out, and lines that end.

use engine::{AttendantId, CallId, Command, Limits, ParkFallback, Rejection, ServiceId, Span};
use expect_test::expect;

use crate::script::{Desk, check};

#[test]
fn a_held_call_alerts_and_is_retrieved() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts

        a1 holds c1
        +60s
        a1 retrieves c1
        ",
        expect![[r#"
            > a1 holds c1
              CallHeld { call: c1, attendant: a1, alert: 60s, treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
            > +60s
              Alerted { call: c1 }
            > a1 retrieves c1
              CallRetrieved { call: c1, attendant: a1 }
                -> Connect { leg: Caller(c1), attendant: a1 }
        "#]],
    );
}

#[test]
fn with_a_call_on_hold_another_can_be_picked_but_none_is_offered() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts
        c2 arrives

        a1 holds c1
        a1 picks c2
        a1 retrieves c1
        ",
        expect![[r#"
            > a1 holds c1
              CallHeld { call: c1, attendant: a1, alert: 60s, treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
            > a1 picks c2
              CallAccepted { call: c2, attendant: a1, offer: None }
                -> Connect { leg: Caller(c2), attendant: a1 }
            > a1 retrieves c1
              refused: AnotherCallActive(c2)
        "#]],
    );
}

#[test]
fn a_parked_call_takes_the_lowest_slot_and_frees_the_attendant() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts
        c2 arrives

        a1 parks c1
        a1 accepts
        a1 parks c2 in 1
        a1 parks c2 in 3
        ",
        expect![[r#"
            > a1 parks c1
              CallParked { call: c1, attendant: a1, slot: slot 1, alert: 105s, limit: 120s, treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
              CallOffered { offer: o2, call: c2, attendant: a1, until: 20s }
            > a1 accepts
              CallAccepted { call: c2, attendant: a1, offer: Some(o2) }
                -> Connect { leg: Caller(c2), attendant: a1 }
            > a1 parks c2 in 1
              refused: SlotNotFree(slot 1)
            > a1 parks c2 in 3
              CallParked { call: c2, attendant: a1, slot: slot 3, alert: 105s, limit: 120s, treatment: Music }
                -> Hold { leg: Caller(c2), treatment: Music }
        "#]],
    );
}

#[test]
fn any_attendant_takes_a_parked_call() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts
        a1 parks c1

        a3 unparks 1
        a3 unparks 1
        a2 unparks 1
        ",
        expect![[r#"
            > a3 unparks 1
              CallUnparked { call: c1, attendant: a3, slot: slot 1 }
                -> Connect { leg: Caller(c1), attendant: a3 }
            > a3 unparks 1
              refused: AnotherCallActive(c1)
            > a2 unparks 1
              refused: SlotEmpty(slot 1)
        "#]],
    );
}

#[test]
fn a_forgotten_parked_call_alerts_then_goes_back_to_the_parker_then_to_everybody() {
    check(
        "
        a1 on duty
        a2 on duty
        c1 arrives
        a1 accepts
        a1 parks c1
        c2 arrives
        a1 accepts

        +105s
        +15s
        +20s
        ",
        expect![[r#"
            > +105s
              Alerted { call: c1 }
            > +15s
              ParkTimedOut { call: c1, slot: slot 1 }
              CallQueued { call: c1, service: s1, arrived: 0s, limit: 420s, reserved: Some(Reservation { attendant: a1, until: 140s, fallback: None }), treatment: Music }
                -> Wait { leg: Caller(c1), treatment: Music }
            > +20s
              ReservationEnded { call: c1 }
              CallOffered { offer: o3, call: c1, attendant: a2, until: 160s }
        "#]],
    );
}

/// Attendants 1 and 2 serve the reception, 2 and 3 the support, to whose queue parked calls fall back. Call 1 is parked by
/// attendant 1; the scene ends a moment before its time is over.
fn parked_with_a_fallback() -> Desk {
    let mut desk = Desk::new();
    let fallback = ParkFallback::Service(ServiceId(2));
    let limits = Limits { park_fallback: fallback, ..Limits::default() };
    desk.act(&Command::PutLimits(limits)).expect("the service is there");
    desk.run("a1 on duty\na3 on duty\nc1 arrives\na1 accepts\na1 parks c1\n+119s");
    desk
}

fn service_of(desk: &Desk) -> Option<ServiceId> {
    desk.board.call(CallId(1)).and_then(|call| call.service)
}

#[test]
fn a_parked_call_that_the_parker_does_not_take_falls_back_to_the_other_service_call_4() {
    let mut desk = parked_with_a_fallback();
    desk.check(
        "
        +1s
        +20s
        ",
        expect![[r#"
            > +1s
              ParkTimedOut { call: c1, slot: slot 1 }
              CallQueued { call: c1, service: s1, arrived: 0s, limit: 420s, reserved: Some(Reservation { attendant: a1, until: 140s, fallback: Some(s2) }), treatment: Music }
                -> Wait { leg: Caller(c1), treatment: Music }
              CallOffered { offer: o2, call: c1, attendant: a1, until: 140s }
            > +20s
              OfferEnded { offer: o2, call: c1, attendant: a1, how: TimedOut, again: None }
              ReservationEnded { call: c1 }
              CallQueued { call: c1, service: s2, arrived: 140s, limit: 440s, reserved: None, treatment: Music }
                -> Wait { leg: Caller(c1), treatment: Music }
              RonaBegan { attendant: a1 }
              CallOffered { offer: o3, call: c1, attendant: a3, until: 160s }
        "#]],
    );
    assert_eq!(desk.replayed(), desk.board);
}

#[test]
fn a_parked_call_that_the_parker_declines_falls_back_at_once_call_4() {
    let mut desk = parked_with_a_fallback();
    desk.run("+1s\na1 declines");
    assert_eq!(service_of(&desk), Some(ServiceId(2)));
    assert!(desk.board.call(CallId(1)).is_some_and(|call| call.offer_to(AttendantId(3)).is_some()));
}

#[test]
fn a_parked_call_whose_parker_takes_it_does_not_fall_back() {
    let mut desk = parked_with_a_fallback();
    desk.run("+1s\na1 accepts\n+60s");
    let call = desk.board.call(CallId(1)).expect("the call goes on");
    assert_eq!((call.service, call.attendant()), (Some(ServiceId(1)), Some(AttendantId(1))));
}

#[test]
fn a_parked_call_whose_parker_has_gone_off_duty_falls_back_when_its_time_is_over() {
    let mut desk = parked_with_a_fallback();
    desk.run("a1 off duty");
    desk.check(
        "+1s",
        expect![[r#"
        > +1s
          ParkTimedOut { call: c1, slot: slot 1 }
          CallQueued { call: c1, service: s2, arrived: 120s, limit: 420s, reserved: None, treatment: Music }
            -> Wait { leg: Caller(c1), treatment: Music }
          CallOffered { offer: o2, call: c1, attendant: a3, until: 140s }
    "#]],
    );
    assert!(
        desk.board.call(CallId(1)).is_some_and(|call| call.arrived == desk.now),
        "she reached this service now"
    );
}

#[test]
fn a_caller_who_hangs_up_while_she_rings_at_her_parker_falls_back_nowhere() {
    let mut desk = parked_with_a_fallback();
    desk.run("+1s");
    desk.check(
        "c1 hangs up",
        expect![[r#"
        > c1 hangs up
          OfferEnded { offer: o2, call: c1, attendant: a1, how: Withdrawn, again: None }
          ReservationEnded { call: c1 }
          CallEnded { call: c1, end: CallerHungUp, release: [] }
    "#]],
    );
}

#[test]
fn a_call_picked_by_a_colleague_while_it_rings_at_its_parker_falls_back_nowhere() {
    let mut desk = parked_with_a_fallback();
    desk.run("a2 on duty\n+1s\na2 picks c1");
    let call = desk.board.call(CallId(1)).expect("the call goes on");
    assert_eq!((call.service, call.attendant()), (Some(ServiceId(1)), Some(AttendantId(2))));
}

#[test]
fn the_ringing_at_the_parker_ends_with_the_time_it_is_kept_for_her() {
    let mut desk = parked_with_a_fallback();
    let limits = Limits { recall_time: Span::from_secs(12), ..*desk.board.limits() };
    desk.act(&Command::PutLimits(limits)).expect("the limits are in range");
    desk.run("+1s");
    desk.check(
        "+12s",
        expect![[r#"
        > +12s
          ReservationEnded { call: c1 }
          OfferEnded { offer: o2, call: c1, attendant: a1, how: Withdrawn, again: None }
          CallQueued { call: c1, service: s2, arrived: 132s, limit: 432s, reserved: None, treatment: Music }
            -> Wait { leg: Caller(c1), treatment: Music }
          CallOffered { offer: o3, call: c1, attendant: a3, until: 152s }
    "#]],
    );
}

#[test]
fn a_fallback_must_be_a_service_and_is_kept_while_it_is_one() {
    let mut desk = parked_with_a_fallback();
    desk.run("c1 hangs up");
    assert_eq!(desk.act(&Command::RemoveService(ServiceId(2))), Err(Rejection::InUse));
    let to_nowhere = Limits { park_fallback: ParkFallback::Service(ServiceId(9)), ..Limits::default() };
    assert_eq!(desk.act(&Command::PutLimits(to_nowhere)), Err(Rejection::UnknownService(ServiceId(9))));
    desk.act(&Command::PutLimits(Limits::default())).expect("the limits are in range");
    assert_eq!(desk.act(&Command::RemoveService(ServiceId(2))), Ok(()));
}

#[test]
fn a_fallback_that_is_gone_when_it_is_needed_leaves_the_call_to_its_own_service() {
    let mut desk = parked_with_a_fallback();
    desk.run("+1s");
    desk.act(&Command::PutLimits(Limits::default())).expect("the limits are in range");
    desk.act(&Command::RemoveService(ServiceId(2))).expect("nobody waits for it");
    desk.run("a1 declines");
    assert_eq!(service_of(&desk), Some(ServiceId(1)));
    assert_eq!(desk.replayed(), desk.board);
}

#[test]
fn a_parked_call_of_no_service_goes_back_to_the_hold_of_its_parker() {
    check(
        "
        a1 on duty
        a1 dials c1
        c1 answers
        a1 parks c1

        +120s
        ",
        expect![[r#"
            > +120s
              Alerted { call: c1 }
              ParkTimedOut { call: c1, slot: slot 1 }
              CallHeld { call: c1, attendant: a1, alert: 180s, treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
        "#]],
    );
}

#[test]
fn a_parked_caller_who_hangs_up_frees_the_slot() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts
        a1 parks c1

        c1 hangs up
        a1 unparks 1
        ",
        expect![[r#"
            > c1 hangs up
              CallEnded { call: c1, end: CallerHungUp, release: [] }
            > a1 unparks 1
              refused: SlotEmpty(slot 1)
        "#]],
    );
}

#[test]
fn a_caller_on_hold_who_hangs_up_frees_the_attendant() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts
        a1 holds c1
        c2 arrives

        c1 hangs up
        ",
        expect![[r#"
            > c1 hangs up
              CallEnded { call: c1, end: CallerHungUp, release: [] }
              CallOffered { offer: o2, call: c2, attendant: a1, until: 20s }
        "#]],
    );
}

#[test]
fn an_outbound_call_rings_is_answered_and_ends() {
    check(
        "
        a1 on duty
        c2 arrives at s2

        a1 dials c1 for s2
        c1 rings
        c1 rings
        c1 answers
        c1 hangs up
        ",
        expect![[r#"
            > a1 dials c1 for s2
              CallPlaced { call: c1, attendant: a1, service: Some(s2), target: Target { party: p99, kind: Outside }, origin: Live }
                -> Dial { leg: Caller(c1), party: p99, attendant: a1 }
            > c1 rings
              CallRinging { call: c1 }
            > c1 rings
            > c1 answers
              CallAnswered { call: c1, attendant: a1 }
                -> Connect { leg: Caller(c1), attendant: a1 }
            > c1 hangs up
              CallEnded { call: c1, end: CallerHungUp, release: [] }
              AcwBegan { attendant: a1, call: c1, until: 10s }
        "#]],
    );
}

#[test]
fn an_outbound_call_nobody_answers_ends_with_its_reason() {
    check(
        "
        a1 on duty

        a1 dials c1
        a1 dials c2
        c1 fails busy
        a1 dials c2
        a1 hangs up c2
        ",
        expect![[r#"
            > a1 dials c1
              CallPlaced { call: c1, attendant: a1, service: None, target: Target { party: p99, kind: Outside }, origin: Live }
                -> Dial { leg: Caller(c1), party: p99, attendant: a1 }
            > a1 dials c2
              refused: AnotherCallActive(c1)
            > c1 fails busy
              CallEnded { call: c1, end: NotAnswered(Busy), release: [] }
            > a1 dials c2
              CallPlaced { call: c2, attendant: a1, service: None, target: Target { party: p99, kind: Outside }, origin: Live }
                -> Dial { leg: Caller(c2), party: p99, attendant: a1 }
            > a1 hangs up c2
              CallEnded { call: c2, end: AttendantHungUp, release: [Caller(c2)] }
                -> Release { leg: Caller(c2), why: Normal }
        "#]],
    );
}

#[test]
fn dialling_lets_go_what_rings() {
    check(
        "
        a1 on duty
        +1s
        a2 on duty
        c1 arrives

        a1 dials c9
        ",
        expect![[r#"
            > a1 dials c9
              OfferEnded { offer: o1, call: c1, attendant: a1, how: Withdrawn, again: None }
              CallPlaced { call: c9, attendant: a1, service: None, target: Target { party: p99, kind: Outside }, origin: Live }
                -> Dial { leg: Caller(c9), party: p99, attendant: a1 }
              CallOffered { offer: o2, call: c1, attendant: a2, until: 21s }
        "#]],
    );
}

#[test]
fn a_line_the_telephone_system_lost_ends_its_call() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts

        c1 is lost
        c1 is lost
        ",
        expect![[r#"
            > c1 is lost
              CallEnded { call: c1, end: Lost, release: [Caller(c1)] }
                -> Release { leg: Caller(c1), why: Normal }
            > c1 is lost
        "#]],
    );
}

#[test]
fn only_its_own_attendant_can_act_on_a_call() {
    check(
        "
        a1 on duty
        a2 on duty
        c1 arrives
        a1 accepts

        a2 holds c1
        a2 hangs up c1
        a1 retrieves c1
        a1 holds c7
        a9 on duty
        ",
        expect![[r#"
            > a2 holds c1
              refused: NotYours
            > a2 hangs up c1
              refused: NotYours
            > a1 retrieves c1
              refused: WrongState(c1)
            > a1 holds c7
              refused: UnknownCall(c7)
            > a9 on duty
              refused: UnknownAttendant(a9)
        "#]],
    );
}
