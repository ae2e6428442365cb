//! Agreeing with the lines that the telephone system really has (CALL-10).

use expect_test::expect;

use crate::script::check;

#[test]
fn a_call_whose_line_is_gone_ends_as_lost() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts
        c2 arrives
        +1s

        lines c2
        lines c2
        ",
        expect![[r#"
            > lines c2
              CallEnded { call: c1, end: Lost, release: [Caller(c1)] }
                -> Release { leg: Caller(c1), why: Normal }
              CallOffered { offer: o2, call: c2, attendant: a1, until: 21s }
            > lines c2
        "#]],
    );
}

#[test]
fn a_call_that_arrived_since_the_lines_were_counted_is_left_alone() {
    check(
        "
        a1 on duty

        c1 arrives
        lines t9
        +1s
        lines t9
        ",
        expect![[r#"
            > c1 arrives
              CallArrived { call: c1, service: s1, party: p1, origin: Live }
              CallQueued { call: c1, service: s1, arrived: 0s, limit: 300s, reserved: None, treatment: Ringing }
                -> Wait { leg: Caller(c1), treatment: Ringing }
              CallOffered { offer: o1, call: c1, attendant: a1, until: 20s }
            > lines t9
            > +1s
            > lines t9
              OfferEnded { offer: o1, call: c1, attendant: a1, how: Withdrawn, again: None }
              CallEnded { call: c1, end: Lost, release: [Caller(c1)] }
                -> Release { leg: Caller(c1), why: Normal }
        "#]],
    );
}

#[test]
fn a_target_whose_line_is_gone_leaves_the_caller_on_hold() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts
        a1 consult c1 t1 user
        t1 answers

        +3s
        lines c1
        +3s
        lines c1
        ",
        expect![[r#"
            > +3s
            > lines c1
            > +3s
            > lines c1
              ConsultEnded { transfer: t1, call: c1, attendant: a1, with_caller: false }
              CallHeld { call: c1, attendant: a1, alert: 66s, treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
        "#]],
    );
}

#[test]
fn a_line_just_ordered_is_given_time() {
    check(
        "
        a1 on duty
        a1 dials c1
        +4s

        lines t9
        +2s
        lines t9
        ",
        expect![[r#"
            > lines t9
            > +2s
            > lines t9
              CallEnded { call: c1, end: Lost, release: [Caller(c1)] }
                -> Release { leg: Caller(c1), why: Normal }
        "#]],
    );
}

#[test]
fn a_line_that_is_over_is_told_again_to_end() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts
        a1 hangs up c1

        lines c1
        +11s
        lines c1
        lines c1
        ",
        expect![[r#"
            > lines c1
            > +11s
            > lines c1
              StrayReleased { leg: Caller(c1) }
                -> Release { leg: Caller(c1), why: Normal }
            > lines c1
        "#]],
    );
}

#[test]
fn a_line_taken_up_again_is_told_what_it_is_for() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts
        c2 arrives

        c1 resumes
        c2 resumes
        a1 holds c1
        c1 resumes
        a1 parks c1
        c1 resumes
        c7 resumes
        ",
        expect![[r#"
            > c1 resumes
              LineResumed { leg: Caller(c1), doing: Talking(a1) }
                -> Connect { leg: Caller(c1), attendant: a1 }
            > c2 resumes
              LineResumed { leg: Caller(c2), doing: Waiting(Ringing) }
                -> Wait { leg: Caller(c2), treatment: Ringing }
            > a1 holds c1
              CallHeld { call: c1, attendant: a1, alert: 60s, treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
            > c1 resumes
              LineResumed { leg: Caller(c1), doing: Held(Music) }
                -> Hold { leg: Caller(c1), treatment: Music }
            > a1 parks c1
              CallParked { call: c1, attendant: a1, slot: slot 1, alert: 105s, limit: 120s, treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
              CallOffered { offer: o2, call: c2, attendant: a1, until: 20s }
            > c1 resumes
              LineResumed { leg: Caller(c1), doing: Held(Music) }
                -> Hold { leg: Caller(c1), treatment: Music }
            > c7 resumes
        "#]],
    );
}

#[test]
fn lines_of_a_consultation_taken_up_again_are_told_whom_they_hear() {
    check(
        "
        a1 on duty
        c1 arrives
        a1 accepts
        a1 consult c1 t1 user
        t1 answers

        c1 resumes
        t1 resumes
        a1 swaps t1
        c1 resumes
        t1 resumes
        a1 conferences t1
        t1 resumes
        ",
        expect![[r#"
            > c1 resumes
              LineResumed { leg: Caller(c1), doing: Held(Music) }
                -> Hold { leg: Caller(c1), treatment: Music }
            > t1 resumes
              LineResumed { leg: Target(t1), doing: Talking(a1) }
                -> Connect { leg: Target(t1), attendant: a1 }
            > a1 swaps t1
              Swapped { transfer: t1, call: c1, attendant: a1, with: Caller, treatment: Music }
                -> Hold { leg: Target(t1), treatment: Music }
                -> Connect { leg: Caller(c1), attendant: a1 }
            > c1 resumes
              LineResumed { leg: Caller(c1), doing: Talking(a1) }
                -> Connect { leg: Caller(c1), attendant: a1 }
            > t1 resumes
              LineResumed { leg: Target(t1), doing: Held(Music) }
                -> Hold { leg: Target(t1), treatment: Music }
            > a1 conferences t1
              Conferenced { transfer: t1, call: c1, attendant: a1 }
                -> Conference { caller: Caller(c1), target: Target(t1), attendant: a1 }
            > t1 resumes
              LineResumed { leg: Target(t1), doing: Conferring { caller: Caller(c1), target: Target(t1), attendant: a1 } }
                -> Conference { caller: Caller(c1), target: Target(t1), attendant: a1 }
        "#]],
    );
}
