//! Arriving, waiting, offers, RONA, picking, and who is offered what.

use expect_test::expect;

use crate::script::check;

#[test]
fn an_arriving_call_is_offered_to_the_attendant_longest_idle() {
    check(
        "
        a2 on duty
        +1s
        a1 on duty

        c1 arrives
        c2 arrives
        c3 arrives
        ",
        expect![[r#"
            > c1 arrives
              CallArrived { call: c1, service: s1, party: p1, origin: Live }
              CallQueued { call: c1, service: s1, arrived: 1s, limit: 301s, reserved: None, treatment: Ringing }
                -> Wait { leg: Caller(c1), treatment: Ringing }
              CallOffered { offer: o1, call: c1, attendant: a2, until: 21s }
            > c2 arrives
              CallArrived { call: c2, service: s1, party: p2, origin: Live }
              CallQueued { call: c2, service: s1, arrived: 1s, limit: 301s, reserved: None, treatment: Ringing }
                -> Wait { leg: Caller(c2), treatment: Ringing }
              CallOffered { offer: o2, call: c2, attendant: a1, until: 21s }
            > c3 arrives
              CallArrived { call: c3, service: s1, party: p3, origin: Live }
              CallQueued { call: c3, service: s1, arrived: 1s, limit: 301s, reserved: None, treatment: Ringing }
                -> Wait { leg: Caller(c3), treatment: Ringing }
        "#]],
    );
}

#[test]
fn an_accepted_call_is_connected_and_frees_nobody() {
    check(
        "
        a1 on duty

        c1 arrives
        a1 accepts
        c2 arrives
        a1 hangs up c1
        ",
        expect![[r#"
            > c1 arrives
              CallArrived { call: c1, service: s1, party: p1, origin: Live }
              CallQueued { call: c1, service: s1, arrived: 0s, limit: 300s, reserved: None, treatment: Ringing }
                -> Wait { leg: Caller(c1), treatment: Ringing }
              CallOffered { offer: o1, call: c1, attendant: a1, until: 20s }
            > a1 accepts
              CallAccepted { call: c1, attendant: a1, offer: Some(o1) }
                -> Connect { leg: Caller(c1), attendant: a1 }
            > c2 arrives
              CallArrived { call: c2, service: s1, party: p2, origin: Live }
              CallQueued { call: c2, service: s1, arrived: 0s, limit: 300s, reserved: None, treatment: Ringing }
                -> Wait { leg: Caller(c2), treatment: Ringing }
            > a1 hangs up c1
              CallEnded { call: c1, end: AttendantHungUp, release: [Caller(c1)] }
                -> Release { leg: Caller(c1), why: Normal }
              CallOffered { offer: o2, call: c2, attendant: a1, until: 20s }
        "#]],
    );
}

#[test]
fn a_declined_call_goes_to_the_next_idle_attendant() {
    check(
        "
        a1 on duty
        +1s
        a2 on duty

        c1 arrives
        a1 declines
        ",
        expect![[r#"
            > c1 arrives
              CallArrived { call: c1, service: s1, party: p1, origin: Live }
              CallQueued { call: c1, service: s1, arrived: 1s, limit: 301s, reserved: None, treatment: Ringing }
                -> Wait { leg: Caller(c1), treatment: Ringing }
              CallOffered { offer: o1, call: c1, attendant: a1, until: 21s }
            > a1 declines
              OfferEnded { offer: o1, call: c1, attendant: a1, how: Declined, again: Some(11s) }
              CallOffered { offer: o2, call: c1, attendant: a2, until: 21s }
        "#]],
    );
}

#[test]
fn a_declined_call_comes_back_after_a_pause_when_nobody_else_is_there() {
    check(
        "
        a1 on duty
        c1 arrives

        a1 declines
        +9s
        +1s
        ",
        expect![[r#"
            > a1 declines
              OfferEnded { offer: o1, call: c1, attendant: a1, how: Declined, again: Some(10s) }
            > +9s
            > +1s
              DeclineForgotten { call: c1, attendant: a1 }
              CallOffered { offer: o2, call: c1, attendant: a1, until: 30s }
        "#]],
    );
}

#[test]
fn an_attendant_who_declined_a_call_is_offered_the_next_one_at_once() {
    check(
        "
        a1 on duty
        c1 arrives
        c2 arrives

        a1 declines
        ",
        expect![[r#"
            > a1 declines
              OfferEnded { offer: o1, call: c1, attendant: a1, how: Declined, again: Some(10s) }
              CallOffered { offer: o2, call: c2, attendant: a1, until: 20s }
        "#]],
    );
}

#[test]
fn an_unanswered_offer_makes_the_attendant_not_selectable_and_the_call_keeps_its_place() {
    check(
        "
        a1 on duty
        +1s
        a2 on duty
        c1 arrives

        +20s
        a1 clears rona
        ",
        expect![[r#"
            > +20s
              OfferEnded { offer: o1, call: c1, attendant: a1, how: TimedOut, again: None }
              RonaBegan { attendant: a1 }
              CallOffered { offer: o2, call: c1, attendant: a2, until: 41s }
            > a1 clears rona
              RonaEnded { attendant: a1 }
        "#]],
    );
}

#[test]
fn an_attendant_back_from_rona_is_offered_who_waits() {
    check(
        "
        a1 on duty
        c1 arrives
        +20s

        a1 clears rona
        ",
        expect![[r#"
            > a1 clears rona
              RonaEnded { attendant: a1 }
              CallOffered { offer: o2, call: c1, attendant: a1, until: 40s }
        "#]],
    );
}

#[test]
fn a_late_answer_to_an_offer_that_went_on_is_refused() {
    check(
        "
        a1 on duty
        +1s
        a2 on duty
        c1 arrives
        a1 declines

        a1 accepts o1
        ",
        expect![[r#"
            > a1 accepts o1
              refused: OfferOver(o1)
        "#]],
    );
}

#[test]
fn a_caller_who_hangs_up_while_it_rings_withdraws_the_offer() {
    check(
        "
        a1 on duty
        c1 arrives

        c1 hangs up
        c1 hangs up
        c1 arrives
        ",
        expect![[r#"
            > c1 hangs up
              OfferEnded { offer: o1, call: c1, attendant: a1, how: Withdrawn, again: None }
              CallEnded { call: c1, end: CallerHungUp, release: [] }
            > c1 hangs up
            > c1 arrives
              refused: DuplicateCall(c1)
        "#]],
    );
}

#[test]
fn a_picked_call_is_withdrawn_from_whom_it_rings_and_rona_is_over() {
    check(
        "
        a1 on duty
        c1 arrives
        +20s
        a2 on duty

        a1 picks c1
        ",
        expect![[r#"
            > a1 picks c1
              OfferEnded { offer: o2, call: c1, attendant: a2, how: Withdrawn, again: None }
              RonaEnded { attendant: a1 }
              CallAccepted { call: c1, attendant: a1, offer: None }
                -> Connect { leg: Caller(c1), attendant: a1 }
        "#]],
    );
}

#[test]
fn whoever_picks_another_call_lets_go_what_rings_at_her() {
    check(
        "
        a1 on duty
        a2 on duty
        c1 arrives
        a2 picks c1
        c2 arrives
        c3 arrives

        a1 picks c3
        ",
        expect![[r#"
            > a1 picks c3
              OfferEnded { offer: o2, call: c2, attendant: a1, how: Withdrawn, again: None }
              CallAccepted { call: c3, attendant: a1, offer: None }
                -> Connect { leg: Caller(c3), attendant: a1 }
        "#]],
    );
}

#[test]
fn a_call_of_a_service_one_does_not_belong_to_cannot_be_picked() {
    check(
        "
        a1 on duty
        c1 arrives at s2

        a1 picks c1
        a3 picks c1
        a3 on duty
        a3 declines
        a3 picks c1
        ",
        expect![[r#"
            > a1 picks c1
              refused: NotYours
            > a3 picks c1
              refused: OffDuty
            > a3 on duty
              DutyChanged { attendant: a3, on_duty: true }
              CallOffered { offer: o1, call: c1, attendant: a3, until: 20s }
            > a3 declines
              OfferEnded { offer: o1, call: c1, attendant: a3, how: Declined, again: Some(10s) }
            > a3 picks c1
              CallAccepted { call: c1, attendant: a3, offer: None }
                -> Connect { leg: Caller(c1), attendant: a3 }
        "#]],
    );
}

#[test]
fn going_off_duty_or_on_a_break_withdraws_the_offer() {
    check(
        "
        a1 on duty
        +1s
        a2 on duty
        c1 arrives

        a1 off duty
        a2 breaks
        a2 is back
        ",
        expect![[r#"
            > a1 off duty
              DutyChanged { attendant: a1, on_duty: false }
              OfferEnded { offer: o1, call: c1, attendant: a1, how: Withdrawn, again: None }
              CallOffered { offer: o2, call: c1, attendant: a2, until: 21s }
            > a2 breaks
              NotAvailableChanged { attendant: a2, reason: Some(Break) }
              OfferEnded { offer: o2, call: c1, attendant: a2, how: Withdrawn, again: None }
            > a2 is back
              NotAvailableChanged { attendant: a2, reason: None }
              CallOffered { offer: o3, call: c1, attendant: a2, until: 21s }
        "#]],
    );
}

#[test]
fn a_caller_leaves_the_queue_when_the_longest_wait_is_over() {
    check(
        "
        c1 arrives

        +299s
        +1s
        ",
        expect![[r#"
            > +299s
              CallPromoted { call: c1 }
            > +1s
              CallEnded { call: c1, end: QueueTimeOver, release: [Caller(c1)] }
                -> Release { leg: Caller(c1), why: NoAttendant }
        "#]],
    );
}

#[test]
fn a_call_is_not_cut_off_while_it_rings_at_somebody() {
    check(
        "
        c1 arrives
        +290s

        a1 on duty
        +15s
        a1 declines
        ",
        expect![[r#"
            > a1 on duty
              DutyChanged { attendant: a1, on_duty: true }
              CallOffered { offer: o1, call: c1, attendant: a1, until: 310s }
            > +15s
            > a1 declines
              OfferEnded { offer: o1, call: c1, attendant: a1, how: Declined, again: Some(315s) }
              CallEnded { call: c1, end: QueueTimeOver, release: [Caller(c1)] }
                -> Release { leg: Caller(c1), why: NoAttendant }
        "#]],
    );
}

#[test]
fn after_call_work_keeps_calls_away_until_it_ends() {
    check(
        "
        a3 on duty
        c1 arrives at s2
        a3 accepts
        c2 arrives at s2

        a3 hangs up c1
        +10s
        ",
        expect![[r#"
            > a3 hangs up c1
              CallEnded { call: c1, end: AttendantHungUp, release: [Caller(c1)] }
                -> Release { leg: Caller(c1), why: Normal }
              AcwBegan { attendant: a3, call: c1, until: 10s }
            > +10s
              AcwEnded { attendant: a3 }
              CallOffered { offer: o2, call: c2, attendant: a3, until: 30s }
        "#]],
    );
}

#[test]
fn after_call_work_can_be_ended_early() {
    check(
        "
        a3 on duty
        c1 arrives at s2
        a3 accepts
        c2 arrives at s2
        c1 hangs up

        a3 ends acw
        ",
        expect![[r#"
            > a3 ends acw
              AcwEnded { attendant: a3 }
              CallOffered { offer: o2, call: c2, attendant: a3, until: 20s }
        "#]],
    );
}

#[test]
fn a_call_of_an_unknown_service_is_refused() {
    check(
        "
        a1 on duty

        c1 arrives at s9
        ",
        expect![[r#"
            > c1 arrives at s9
              refused: UnknownService(s9)
        "#]],
    );
}
