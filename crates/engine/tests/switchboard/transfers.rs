//! Blind, safe and consult transfers, and every way each can end (CALL-5, `outcomes.md`).

use expect_test::expect;

use crate::script::{check, record};

#[test]
fn blind_to_a_target_who_answers() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts

        a1 blind c1 t1 user
        t1 rings
        t1 taken
        c1 hangs up
        ",
        expect![[r#"
            > a1 blind c1 t1 user
              TransferBegan { transfer: t1, call: c1, attendant: a1, mode: Blind, target: Target { party: p99, kind: User }, limit: Some(180s), treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Refer { leg: Caller(c1), target: Target { party: p99, kind: User }, transfer: t1 }
            > t1 rings
              TransferRinging { transfer: t1, call: c1 }
            > t1 taken
              TransferCompleted { transfer: t1, call: c1, attendant: a1, target: Target { party: p99, kind: User } }
              CallEnded { call: c1, end: Transferred, release: [Caller(c1)] }
                -> Release { leg: Caller(c1), why: HandedOver }
            > c1 hangs up
        "#]],
    );
}

#[test]
fn blind_to_a_target_who_does_not_answer_lets_the_caller_go() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts

        a1 blind c1 t1 user
        t1 refused no-answer
        ",
        expect![[r#"
            > a1 blind c1 t1 user
              TransferBegan { transfer: t1, call: c1, attendant: a1, mode: Blind, target: Target { party: p99, kind: User }, limit: Some(180s), treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Refer { leg: Caller(c1), target: Target { party: p99, kind: User }, transfer: t1 }
            > t1 refused no-answer
              TransferFailed { transfer: t1, call: c1, attendant: a1, mode: Blind, target: Target { party: p99, kind: User }, failure: NoAnswer, caller: Released }
              CallEnded { call: c1, end: TransferFailed(NoAnswer), release: [Caller(c1)] }
                -> Release { leg: Caller(c1), why: Normal }
        "#]],
    );
}

#[test]
fn blind_refused_by_the_telephone_system_brings_the_caller_back() {
    for failure in ["forbidden", "unreachable", "fault"] {
        let script =
            format!("a1 on duty\nc1 arrives\na1 accepts\na1 blind c1 t1 user\nt1 refused {failure}\n");
        let record = record(&script);
        assert!(record.contains("caller: Returned"), "{record}");
        assert!(!record.contains("CallEnded"), "{record}");
    }
}

#[test]
fn blind_to_voicemail() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts

        a1 blind c1 t1 voicemail
        t1 taken
        ",
        expect![[r#"
            > a1 blind c1 t1 voicemail
              TransferBegan { transfer: t1, call: c1, attendant: a1, mode: Blind, target: Target { party: p99, kind: Voicemail }, limit: Some(180s), treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Refer { leg: Caller(c1), target: Target { party: p99, kind: Voicemail }, transfer: t1 }
            > t1 taken
              TransferCompleted { transfer: t1, call: c1, attendant: a1, target: Target { party: p99, kind: Voicemail } }
              CallEnded { call: c1, end: Transferred, release: [Caller(c1)] }
                -> Release { leg: Caller(c1), why: HandedOver }
        "#]],
    );
}

#[test]
fn a_blind_transfer_that_is_never_answered_for_ends_in_time() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts

        a1 blind c1 t1 user
        +180s
        ",
        expect![[r#"
            > a1 blind c1 t1 user
              TransferBegan { transfer: t1, call: c1, attendant: a1, mode: Blind, target: Target { party: p99, kind: User }, limit: Some(180s), treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Refer { leg: Caller(c1), target: Target { party: p99, kind: User }, transfer: t1 }
            > +180s
              TransferFailed { transfer: t1, call: c1, attendant: a1, mode: Blind, target: Target { party: p99, kind: User }, failure: NoAnswer, caller: Released }
              CallEnded { call: c1, end: TransferFailed(NoAnswer), release: [Caller(c1)] }
                -> Release { leg: Caller(c1), why: Normal }
        "#]],
    );
}

#[test]
fn blind_to_a_service_moves_the_call_into_its_queue() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts
        a3 on duty

        a1 blind c1 t1 s2
        a1 blind c1 t2 s9
        ",
        expect![[r#"
            > a1 blind c1 t1 s2
              TransferBegan { transfer: t1, call: c1, attendant: a1, mode: Blind, target: Target { party: p99, kind: Service(s2) }, limit: None, treatment: Music }
              TransferCompleted { transfer: t1, call: c1, attendant: a1, target: Target { party: p99, kind: Service(s2) } }
              CallQueued { call: c1, service: s2, arrived: 0s, limit: 300s, reserved: None, treatment: Music }
                -> Wait { leg: Caller(c1), treatment: Music }
              CallOffered { offer: o2, call: c1, attendant: a3, until: 20s }
            > a1 blind c1 t2 s9
              refused: WrongState(c1)
        "#]],
    );
}

#[test]
fn safe_to_a_target_who_rejects_brings_the_caller_back_to_the_attendant() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts
        a2 on duty

        a1 safe c1 t1 user
        t1 refused declined
        a1 accepts
        c1 hangs up
        ",
        expect![[r#"
            > a1 safe c1 t1 user
              TransferBegan { transfer: t1, call: c1, attendant: a1, mode: Safe, target: Target { party: p99, kind: User }, limit: Some(30s), treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Refer { leg: Caller(c1), target: Target { party: p99, kind: User }, transfer: t1 }
            > t1 refused declined
              TransferFailed { transfer: t1, call: c1, attendant: a1, mode: Safe, target: Target { party: p99, kind: User }, failure: Declined, caller: Returned }
              CallQueued { call: c1, service: s1, arrived: 0s, limit: 300s, reserved: Some(Reservation { attendant: a1, until: 20s, fallback: None }), treatment: Music }
                -> Wait { leg: Caller(c1), treatment: Music }
              CallOffered { offer: o2, call: c1, attendant: a1, until: 20s }
            > a1 accepts
              CallAccepted { call: c1, attendant: a1, offer: Some(o2) }
                -> Connect { leg: Caller(c1), attendant: a1 }
            > c1 hangs up
              CallEnded { call: c1, end: CallerHungUp, release: [] }
        "#]],
    );
}

#[test]
fn a_returned_caller_goes_to_everybody_when_her_attendant_is_busy() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts

        a1 safe c1 t1 user
        c2 arrives
        a1 accepts
        t1 refused busy
        a2 on duty
        +20s
        ",
        expect![[r#"
            > a1 safe c1 t1 user
              TransferBegan { transfer: t1, call: c1, attendant: a1, mode: Safe, target: Target { party: p99, kind: User }, limit: Some(30s), treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Refer { leg: Caller(c1), target: Target { party: p99, kind: User }, transfer: t1 }
            > c2 arrives
              CallArrived { call: c2, service: s1, party: p2, origin: Live }
              CallQueued { call: c2, service: s1, arrived: 0s, limit: 300s, reserved: None, treatment: Ringing }
                -> Wait { leg: Caller(c2), treatment: Ringing }
              CallOffered { offer: o2, call: c2, attendant: a1, until: 20s }
            > a1 accepts
              CallAccepted { call: c2, attendant: a1, offer: Some(o2) }
                -> Connect { leg: Caller(c2), attendant: a1 }
            > t1 refused busy
              TransferFailed { transfer: t1, call: c1, attendant: a1, mode: Safe, target: Target { party: p99, kind: User }, failure: Busy, caller: Returned }
              CallQueued { call: c1, service: s1, arrived: 0s, limit: 300s, reserved: Some(Reservation { attendant: a1, until: 20s, fallback: None }), treatment: Music }
                -> Wait { leg: Caller(c1), treatment: Music }
            > a2 on duty
              DutyChanged { attendant: a2, on_duty: true }
            > +20s
              ReservationEnded { call: c1 }
              CallOffered { offer: o3, call: c1, attendant: a2, until: 40s }
        "#]],
    );
}

#[test]
fn safe_to_a_target_who_rings_too_long() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts

        a1 safe c1 t1 user
        t1 rings
        +30s
        ",
        expect![[r#"
            > a1 safe c1 t1 user
              TransferBegan { transfer: t1, call: c1, attendant: a1, mode: Safe, target: Target { party: p99, kind: User }, limit: Some(30s), treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Refer { leg: Caller(c1), target: Target { party: p99, kind: User }, transfer: t1 }
            > t1 rings
              TransferRinging { transfer: t1, call: c1 }
            > +30s
              TransferFailed { transfer: t1, call: c1, attendant: a1, mode: Safe, target: Target { party: p99, kind: User }, failure: NoAnswer, caller: Returned }
              CallQueued { call: c1, service: s1, arrived: 0s, limit: 330s, reserved: Some(Reservation { attendant: a1, until: 50s, fallback: None }), treatment: Music }
                -> Wait { leg: Caller(c1), treatment: Music }
              CallOffered { offer: o2, call: c1, attendant: a1, until: 50s }
        "#]],
    );
}

#[test]
fn a_caller_the_telephone_system_hands_over_late_is_not_offered_for_ever() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts

        a1 safe c1 t1 user
        +30s
        t1 taken
        ",
        expect![[r#"
            > a1 safe c1 t1 user
              TransferBegan { transfer: t1, call: c1, attendant: a1, mode: Safe, target: Target { party: p99, kind: User }, limit: Some(30s), treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Refer { leg: Caller(c1), target: Target { party: p99, kind: User }, transfer: t1 }
            > +30s
              TransferFailed { transfer: t1, call: c1, attendant: a1, mode: Safe, target: Target { party: p99, kind: User }, failure: NoAnswer, caller: Returned }
              CallQueued { call: c1, service: s1, arrived: 0s, limit: 330s, reserved: Some(Reservation { attendant: a1, until: 50s, fallback: None }), treatment: Music }
                -> Wait { leg: Caller(c1), treatment: Music }
              CallOffered { offer: o2, call: c1, attendant: a1, until: 50s }
            > t1 taken
              TransferCompleted { transfer: t1, call: c1, attendant: a1, target: Target { party: p99, kind: User } }
              OfferEnded { offer: o2, call: c1, attendant: a1, how: Withdrawn, again: None }
              ReservationEnded { call: c1 }
              CallEnded { call: c1, end: Transferred, release: [Caller(c1)] }
                -> Release { leg: Caller(c1), why: HandedOver }
        "#]],
    );
}

#[test]
fn safe_is_called_back_while_it_rings() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts

        a1 safe c1 t1 user
        t1 rings
        a1 cancels t1
        t1 refused no-answer
        ",
        expect![[r#"
            > a1 safe c1 t1 user
              TransferBegan { transfer: t1, call: c1, attendant: a1, mode: Safe, target: Target { party: p99, kind: User }, limit: Some(30s), treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Refer { leg: Caller(c1), target: Target { party: p99, kind: User }, transfer: t1 }
            > t1 rings
              TransferRinging { transfer: t1, call: c1 }
            > a1 cancels t1
              TransferCancelled { transfer: t1, call: c1, attendant: a1, mode: Safe }
                -> Connect { leg: Caller(c1), attendant: a1 }
            > t1 refused no-answer
        "#]],
    );
}

#[test]
fn a_blind_transfer_cannot_be_called_back() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts

        a1 blind c1 t1 user
        a1 cancels t1
        a2 cancels t1
        a1 cancels t9
        ",
        expect![[r#"
            > a1 blind c1 t1 user
              TransferBegan { transfer: t1, call: c1, attendant: a1, mode: Blind, target: Target { party: p99, kind: User }, limit: Some(180s), treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Refer { leg: Caller(c1), target: Target { party: p99, kind: User }, transfer: t1 }
            > a1 cancels t1
              refused: WrongState(c1)
            > a2 cancels t1
              refused: NotYours
            > a1 cancels t9
              refused: UnknownTransfer(t9)
        "#]],
    );
}

#[test]
fn safe_and_the_caller_hangs_up_meanwhile() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts

        a1 safe c1 t1 user
        c1 hangs up
        t1 taken
        ",
        expect![[r#"
            > a1 safe c1 t1 user
              TransferBegan { transfer: t1, call: c1, attendant: a1, mode: Safe, target: Target { party: p99, kind: User }, limit: Some(30s), treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Refer { leg: Caller(c1), target: Target { party: p99, kind: User }, transfer: t1 }
            > c1 hangs up
              TransferFailed { transfer: t1, call: c1, attendant: a1, mode: Safe, target: Target { party: p99, kind: User }, failure: CallerGone, caller: Gone }
              CallEnded { call: c1, end: CallerHungUp, release: [] }
            > t1 taken
        "#]],
    );
}

#[test]
fn consult_then_transfer_to_an_outside_number() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts

        a1 consult c1 t1 outside
        t1 rings
        t1 answers
        a1 completes t1
        t1 hangs up
        t1 taken
        ",
        expect![[r#"
            > a1 consult c1 t1 outside
              TransferBegan { transfer: t1, call: c1, attendant: a1, mode: Consult, target: Target { party: p99, kind: Outside }, limit: Some(30s), treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Dial { leg: Target(t1), party: p99, attendant: a1 }
            > t1 rings
              TransferRinging { transfer: t1, call: c1 }
            > t1 answers
              ConsultAnswered { transfer: t1, call: c1, attendant: a1 }
                -> Connect { leg: Target(t1), attendant: a1 }
            > a1 completes t1
              CompletionBegan { transfer: t1, call: c1, attendant: a1, target: Target { party: p99, kind: Outside }, target_answered: true, limit: 30s }
                -> Join { caller: Caller(c1), target: Target(t1), transfer: t1 }
            > t1 hangs up
            > t1 taken
              TransferCompleted { transfer: t1, call: c1, attendant: a1, target: Target { party: p99, kind: Outside } }
              CallEnded { call: c1, end: Transferred, release: [Caller(c1), Target(t1)] }
                -> Release { leg: Caller(c1), why: HandedOver }
                -> Release { leg: Target(t1), why: HandedOver }
        "#]],
    );
}

#[test]
fn consult_swap_conference_and_complete() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts

        a1 consult c1 t1 user
        a1 swaps t1
        t1 answers
        a1 swaps t1
        a1 swaps t1
        a1 conferences t1
        a1 completes t1
        t1 taken
        ",
        expect![[r#"
            > a1 consult c1 t1 user
              TransferBegan { transfer: t1, call: c1, attendant: a1, mode: Consult, target: Target { party: p99, kind: User }, limit: Some(30s), treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Dial { leg: Target(t1), party: p99, attendant: a1 }
            > a1 swaps t1
              refused: TargetNotAnswered(t1)
            > t1 answers
              ConsultAnswered { transfer: t1, call: c1, attendant: a1 }
                -> Connect { leg: Target(t1), attendant: a1 }
            > a1 swaps t1
              Swapped { transfer: t1, call: c1, attendant: a1, with: Caller, treatment: Music }
                -> Hold { leg: Target(t1), treatment: Music }
                -> Connect { leg: Caller(c1), attendant: a1 }
            > a1 swaps t1
              Swapped { transfer: t1, call: c1, attendant: a1, with: Target, treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Connect { leg: Target(t1), attendant: a1 }
            > a1 conferences t1
              Conferenced { transfer: t1, call: c1, attendant: a1 }
                -> Conference { caller: Caller(c1), target: Target(t1), attendant: a1 }
            > a1 completes t1
              CompletionBegan { transfer: t1, call: c1, attendant: a1, target: Target { party: p99, kind: User }, target_answered: true, limit: 30s }
                -> Join { caller: Caller(c1), target: Target(t1), transfer: t1 }
            > t1 taken
              TransferCompleted { transfer: t1, call: c1, attendant: a1, target: Target { party: p99, kind: User } }
              CallEnded { call: c1, end: Transferred, release: [Caller(c1), Target(t1)] }
                -> Release { leg: Caller(c1), why: HandedOver }
                -> Release { leg: Target(t1), why: HandedOver }
        "#]],
    );
}

#[test]
fn consult_and_the_target_is_busy_leaves_the_caller_on_hold() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts

        a1 consult c1 t1 user
        t1 fails busy
        t1 fails busy
        a1 retrieves c1
        ",
        expect![[r#"
            > a1 consult c1 t1 user
              TransferBegan { transfer: t1, call: c1, attendant: a1, mode: Consult, target: Target { party: p99, kind: User }, limit: Some(30s), treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Dial { leg: Target(t1), party: p99, attendant: a1 }
            > t1 fails busy
              TransferFailed { transfer: t1, call: c1, attendant: a1, mode: Consult, target: Target { party: p99, kind: User }, failure: Busy, caller: Held }
                -> Release { leg: Target(t1), why: Normal }
              CallHeld { call: c1, attendant: a1, alert: 60s, treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
            > t1 fails busy
            > a1 retrieves c1
              CallRetrieved { call: c1, attendant: a1 }
                -> Connect { leg: Caller(c1), attendant: a1 }
        "#]],
    );
}

#[test]
fn consult_and_the_target_rings_too_long() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts

        a1 consult c1 t1 user
        +30s
        ",
        expect![[r#"
            > a1 consult c1 t1 user
              TransferBegan { transfer: t1, call: c1, attendant: a1, mode: Consult, target: Target { party: p99, kind: User }, limit: Some(30s), treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Dial { leg: Target(t1), party: p99, attendant: a1 }
            > +30s
              TransferFailed { transfer: t1, call: c1, attendant: a1, mode: Consult, target: Target { party: p99, kind: User }, failure: NoAnswer, caller: Held }
                -> Release { leg: Target(t1), why: Normal }
              CallHeld { call: c1, attendant: a1, alert: 90s, treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
        "#]],
    );
}

#[test]
fn consult_and_the_target_hangs_up_leaves_the_caller_on_hold() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts

        a1 consult c1 t1 user
        t1 answers
        t1 hangs up
        ",
        expect![[r#"
            > a1 consult c1 t1 user
              TransferBegan { transfer: t1, call: c1, attendant: a1, mode: Consult, target: Target { party: p99, kind: User }, limit: Some(30s), treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Dial { leg: Target(t1), party: p99, attendant: a1 }
            > t1 answers
              ConsultAnswered { transfer: t1, call: c1, attendant: a1 }
                -> Connect { leg: Target(t1), attendant: a1 }
            > t1 hangs up
              ConsultEnded { transfer: t1, call: c1, attendant: a1, with_caller: false }
              CallHeld { call: c1, attendant: a1, alert: 60s, treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
        "#]],
    );
}

#[test]
fn the_target_leaves_a_conference_and_the_caller_stays() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts

        a1 consult c1 t1 user
        t1 answers
        a1 conferences t1
        t1 hangs up
        ",
        expect![[r#"
            > a1 consult c1 t1 user
              TransferBegan { transfer: t1, call: c1, attendant: a1, mode: Consult, target: Target { party: p99, kind: User }, limit: Some(30s), treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Dial { leg: Target(t1), party: p99, attendant: a1 }
            > t1 answers
              ConsultAnswered { transfer: t1, call: c1, attendant: a1 }
                -> Connect { leg: Target(t1), attendant: a1 }
            > a1 conferences t1
              Conferenced { transfer: t1, call: c1, attendant: a1 }
                -> Conference { caller: Caller(c1), target: Target(t1), attendant: a1 }
            > t1 hangs up
              ConsultEnded { transfer: t1, call: c1, attendant: a1, with_caller: true }
                -> Connect { leg: Caller(c1), attendant: a1 }
        "#]],
    );
}

#[test]
fn consult_is_cancelled_and_the_caller_is_back() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts

        a1 consult c1 t1 user
        t1 answers
        a1 cancels t1
        ",
        expect![[r#"
            > a1 consult c1 t1 user
              TransferBegan { transfer: t1, call: c1, attendant: a1, mode: Consult, target: Target { party: p99, kind: User }, limit: Some(30s), treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Dial { leg: Target(t1), party: p99, attendant: a1 }
            > t1 answers
              ConsultAnswered { transfer: t1, call: c1, attendant: a1 }
                -> Connect { leg: Target(t1), attendant: a1 }
            > a1 cancels t1
              TransferCancelled { transfer: t1, call: c1, attendant: a1, mode: Consult }
                -> Release { leg: Target(t1), why: Normal }
                -> Connect { leg: Caller(c1), attendant: a1 }
        "#]],
    );
}

#[test]
fn consult_and_the_caller_hangs_up_lets_the_target_go() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts

        a1 consult c1 t1 user
        t1 answers
        c1 hangs up
        t1 hangs up
        ",
        expect![[r#"
            > a1 consult c1 t1 user
              TransferBegan { transfer: t1, call: c1, attendant: a1, mode: Consult, target: Target { party: p99, kind: User }, limit: Some(30s), treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Dial { leg: Target(t1), party: p99, attendant: a1 }
            > t1 answers
              ConsultAnswered { transfer: t1, call: c1, attendant: a1 }
                -> Connect { leg: Target(t1), attendant: a1 }
            > c1 hangs up
              TransferFailed { transfer: t1, call: c1, attendant: a1, mode: Consult, target: Target { party: p99, kind: User }, failure: CallerGone, caller: Gone }
              CallEnded { call: c1, end: CallerHungUp, release: [Target(t1)] }
                -> Release { leg: Target(t1), why: Normal }
            > t1 hangs up
        "#]],
    );
}

#[test]
fn consult_and_the_attendant_hangs_up_on_both() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts

        a1 consult c1 t1 user
        t1 answers
        a1 hangs up c1
        ",
        expect![[r#"
            > a1 consult c1 t1 user
              TransferBegan { transfer: t1, call: c1, attendant: a1, mode: Consult, target: Target { party: p99, kind: User }, limit: Some(30s), treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Dial { leg: Target(t1), party: p99, attendant: a1 }
            > t1 answers
              ConsultAnswered { transfer: t1, call: c1, attendant: a1 }
                -> Connect { leg: Target(t1), attendant: a1 }
            > a1 hangs up c1
              CallEnded { call: c1, end: AttendantHungUp, release: [Caller(c1), Target(t1)] }
                -> Release { leg: Caller(c1), why: Normal }
                -> Release { leg: Target(t1), why: Normal }
        "#]],
    );
}

#[test]
fn completed_while_the_target_rings_goes_on_as_safe() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts

        a1 consult c1 t1 user
        t1 rings
        a1 completes t1
        t1 refused no-answer
        ",
        expect![[r#"
            > a1 consult c1 t1 user
              TransferBegan { transfer: t1, call: c1, attendant: a1, mode: Consult, target: Target { party: p99, kind: User }, limit: Some(30s), treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Dial { leg: Target(t1), party: p99, attendant: a1 }
            > t1 rings
              TransferRinging { transfer: t1, call: c1 }
            > a1 completes t1
              CompletionBegan { transfer: t1, call: c1, attendant: a1, target: Target { party: p99, kind: User }, target_answered: false, limit: 30s }
                -> Release { leg: Target(t1), why: HandedOver }
                -> Refer { leg: Caller(c1), target: Target { party: p99, kind: User }, transfer: t1 }
            > t1 refused no-answer
              TransferFailed { transfer: t1, call: c1, attendant: a1, mode: Consult, target: Target { party: p99, kind: User }, failure: NoAnswer, caller: Returned }
                -> Release { leg: Target(t1), why: Normal }
              CallQueued { call: c1, service: s1, arrived: 0s, limit: 300s, reserved: Some(Reservation { attendant: a1, until: 20s, fallback: None }), treatment: Music }
                -> Wait { leg: Caller(c1), treatment: Music }
              CallOffered { offer: o2, call: c1, attendant: a1, until: 20s }
        "#]],
    );
}

#[test]
fn completed_and_the_telephone_system_cannot_join_them() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts

        a1 consult c1 t1 user
        t1 answers
        a1 completes t1
        t1 refused unreachable
        ",
        expect![[r#"
            > a1 consult c1 t1 user
              TransferBegan { transfer: t1, call: c1, attendant: a1, mode: Consult, target: Target { party: p99, kind: User }, limit: Some(30s), treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Dial { leg: Target(t1), party: p99, attendant: a1 }
            > t1 answers
              ConsultAnswered { transfer: t1, call: c1, attendant: a1 }
                -> Connect { leg: Target(t1), attendant: a1 }
            > a1 completes t1
              CompletionBegan { transfer: t1, call: c1, attendant: a1, target: Target { party: p99, kind: User }, target_answered: true, limit: 30s }
                -> Join { caller: Caller(c1), target: Target(t1), transfer: t1 }
            > t1 refused unreachable
              TransferFailed { transfer: t1, call: c1, attendant: a1, mode: Consult, target: Target { party: p99, kind: User }, failure: Unreachable, caller: Returned }
                -> Release { leg: Target(t1), why: Normal }
              CallQueued { call: c1, service: s1, arrived: 0s, limit: 300s, reserved: Some(Reservation { attendant: a1, until: 20s, fallback: None }), treatment: Music }
                -> Wait { leg: Caller(c1), treatment: Music }
              CallOffered { offer: o2, call: c1, attendant: a1, until: 20s }
        "#]],
    );
}

#[test]
fn a_caller_of_no_service_comes_back_to_the_hold_of_the_attendant() {
    check(
        "
        a1 on duty
        a1 dials c1
        c1 answers

        a1 safe c1 t1 user
        t1 refused busy
        ",
        expect![[r#"
            > a1 safe c1 t1 user
              TransferBegan { transfer: t1, call: c1, attendant: a1, mode: Safe, target: Target { party: p99, kind: User }, limit: Some(30s), treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Refer { leg: Caller(c1), target: Target { party: p99, kind: User }, transfer: t1 }
            > t1 refused busy
              TransferFailed { transfer: t1, call: c1, attendant: a1, mode: Safe, target: Target { party: p99, kind: User }, failure: Busy, caller: Held }
              CallHeld { call: c1, attendant: a1, alert: 60s, treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
        "#]],
    );
}

#[test]
fn one_transfer_in_flight_per_call() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts

        a1 consult c1 t1 user
        a1 consult c1 t2 user
        a1 blind c1 t2 user
        a1 holds c1
        a1 parks c1
        ",
        expect![[r#"
            > a1 consult c1 t1 user
              TransferBegan { transfer: t1, call: c1, attendant: a1, mode: Consult, target: Target { party: p99, kind: User }, limit: Some(30s), treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Dial { leg: Target(t1), party: p99, attendant: a1 }
            > a1 consult c1 t2 user
              refused: TransferInFlight(c1)
            > a1 blind c1 t2 user
              refused: TransferInFlight(c1)
            > a1 holds c1
              refused: WrongState(c1)
            > a1 parks c1
              refused: WrongState(c1)
        "#]],
    );
}

#[test]
fn a_transfer_name_is_used_once() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts

        a1 consult c1 t1 user
        a1 cancels t1
        a1 consult c1 t1 user
        ",
        expect![[r#"
            > a1 consult c1 t1 user
              TransferBegan { transfer: t1, call: c1, attendant: a1, mode: Consult, target: Target { party: p99, kind: User }, limit: Some(30s), treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Dial { leg: Target(t1), party: p99, attendant: a1 }
            > a1 cancels t1
              TransferCancelled { transfer: t1, call: c1, attendant: a1, mode: Consult }
                -> Release { leg: Target(t1), why: Normal }
                -> Connect { leg: Caller(c1), attendant: a1 }
            > a1 consult c1 t1 user
              refused: DuplicateTransfer(t1)
        "#]],
    );
}

#[test]
fn a_held_call_is_transferred_while_another_is_active() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts
        a1 holds c1
        c2 arrives
        a1 picks c2

        a1 consult c1 t1 user
        a1 blind c1 t1 user
        t1 taken
        ",
        expect![[r#"
            > a1 consult c1 t1 user
              refused: AnotherCallActive(c2)
            > a1 blind c1 t1 user
              TransferBegan { transfer: t1, call: c1, attendant: a1, mode: Blind, target: Target { party: p99, kind: User }, limit: Some(180s), treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Refer { leg: Caller(c1), target: Target { party: p99, kind: User }, transfer: t1 }
            > t1 taken
              TransferCompleted { transfer: t1, call: c1, attendant: a1, target: Target { party: p99, kind: User } }
              CallEnded { call: c1, end: Transferred, release: [Caller(c1)] }
                -> Release { leg: Caller(c1), why: HandedOver }
        "#]],
    );
}

#[test]
fn after_call_work_begins_with_the_hand_over_and_ends_when_the_caller_is_back() {
    check(
        "
        a3 on duty
        c1 arrives at s2
        a3 accepts

        a3 safe c1 t1 user
        t1 refused busy
        ",
        expect![[r#"
            > a3 safe c1 t1 user
              TransferBegan { transfer: t1, call: c1, attendant: a3, mode: Safe, target: Target { party: p99, kind: User }, limit: Some(30s), treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Refer { leg: Caller(c1), target: Target { party: p99, kind: User }, transfer: t1 }
              AcwBegan { attendant: a3, call: c1, until: 10s }
            > t1 refused busy
              TransferFailed { transfer: t1, call: c1, attendant: a3, mode: Safe, target: Target { party: p99, kind: User }, failure: Busy, caller: Returned }
              AcwEnded { attendant: a3 }
              CallQueued { call: c1, service: s2, arrived: 0s, limit: 300s, reserved: Some(Reservation { attendant: a3, until: 20s, fallback: None }), treatment: Music }
                -> Wait { leg: Caller(c1), treatment: Music }
              CallOffered { offer: o2, call: c1, attendant: a3, until: 20s }
        "#]],
    );
}

#[test]
fn a_transfer_to_an_unknown_service_is_refused() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts

        a1 blind c1 t1 s9
        ",
        expect![[r#"
            > a1 blind c1 t1 s9
              refused: UnknownService(s9)
        "#]],
    );
}
