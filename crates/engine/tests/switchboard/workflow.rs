//! Callers on their way through a workflow (ROUTE-3): every step and every exit, what the telephone system tells and what
//! it never tells, and what a workflow may not look like.

use engine::workflow::{Known, faults};
use engine::{
    Calendar, CalendarId, CallId, Choice, Command, Event, Limits, Nobody, Node, NodeId, PartyId, Rejection,
    Service, ServiceId, SoundId, Span, Step, Target, TargetKind, Timestamp, TransferTo, Workflow,
};
use expect_test::{Expect, expect};
use hours::{DaySet, Period, State, WallTime, When, Zone};

use crate::script::Desk;

const S1: ServiceId = ServiceId(1);
const HELLO: SoundId = SoundId(1);
const C1: CalendarId = CalendarId(1);

const fn to(id: u16) -> NodeId {
    NodeId(id)
}

/// Steps, numbered from 1.
fn flow(steps: impl IntoIterator<Item = Step>) -> Workflow {
    let node = |step| Node { name: String::new(), x: 0, y: 0, step };
    let nodes = (1..).zip(steps).map(|(id, step)| (NodeId(id), node(step))).collect();
    Workflow { start: NodeId(1), nodes }
}

fn queue(timeout: u16) -> Step {
    Step::Queue { limit: None, timeout: to(timeout), nobody: Nobody::Waits }
}

/// s1 has this workflow.
fn desk(steps: impl IntoIterator<Item = Step>) -> Desk {
    let mut desk = Desk::new();
    let service = desk.board.service(S1).cloned().expect("it is there");
    let workflow = Some(flow(steps));
    desk.act(&Command::PutService(Service { workflow, ..service })).expect("the workflow is sound");
    desk
}

fn check(mut desk: Desk, script: &str, want: Expect) -> Desk {
    desk.run(script);
    want.assert_eq(&desk.recorded());
    assert_eq!(desk.replayed(), desk.board, "replay equals live");
    desk
}

fn menu(tries: u8) -> Step {
    Step::Menu {
        sound: HELLO,
        choices: vec![Choice { key: '1', next: to(3) }, Choice { key: '2', next: to(4) }],
        tries,
        timeout: Span::from_secs(5),
        otherwise: to(4),
    }
}

#[test]
fn a_key_of_a_menu_leads_on_at_once_route_3() {
    check(
        desk([Step::Accept { next: to(2) }, menu(2), queue(4), Step::Disconnect]),
        "
        c1 arrives
        c1 presses 1
        a1 on duty
        a1 accepts
        ",
        expect![[r#"
            > c1 arrives
              CallArrived { call: c1, service: s1, party: p1, origin: Live }
              StepEntered { call: c1, node: step 1 }
              LineAnswered { call: c1 }
                -> Answer { leg: Caller(c1) }
              StepEntered { call: c1, node: step 2 }
              SoundStarted { call: c1, play: play, sound: sound 1, hearing: Menu { tries_left: 2 }, until: 610s }
                -> Play { leg: Caller(c1), play: play, sound: sound 1 }
            > c1 presses 1
              KeyChosen { call: c1, key: '1' }
              StepEntered { call: c1, node: step 3 }
              CallQueued { call: c1, service: s1, arrived: 0s, limit: 300s, reserved: None, treatment: Music }
                -> Wait { leg: Caller(c1), treatment: Music }
            > a1 on duty
              DutyChanged { attendant: a1, on_duty: true }
              CallOffered { offer: o1, call: c1, attendant: a1, until: 20s }
            > a1 accepts
              CallAccepted { call: c1, attendant: a1, offer: Some(o1) }
                -> Connect { leg: Caller(c1), attendant: a1 }
        "#]],
    );
}

#[test]
fn a_wrong_key_or_none_is_asked_again_and_then_leads_elsewhere_route_3() {
    check(
        desk([Step::Accept { next: to(2) }, menu(2), queue(4), Step::Disconnect]),
        "
        c1 arrives
        c1 presses 9
        c1 has heard it
        +5s
        ",
        expect![[r#"
            > c1 arrives
              CallArrived { call: c1, service: s1, party: p1, origin: Live }
              StepEntered { call: c1, node: step 1 }
              LineAnswered { call: c1 }
                -> Answer { leg: Caller(c1) }
              StepEntered { call: c1, node: step 2 }
              SoundStarted { call: c1, play: play, sound: sound 1, hearing: Menu { tries_left: 2 }, until: 610s }
                -> Play { leg: Caller(c1), play: play, sound: sound 1 }
            > c1 presses 9
              SoundStarted { call: c1, play: play, sound: sound 1, hearing: Menu { tries_left: 1 }, until: 610s }
                -> Play { leg: Caller(c1), play: play, sound: sound 1 }
            > c1 has heard it
              KeyAwaited { call: c1, tries_left: 1, until: 5s }
            > +5s
              StepEntered { call: c1, node: step 4 }
              CallEnded { call: c1, end: EndOfWorkflow, release: [Caller(c1)] }
                -> Release { leg: Caller(c1), why: NoAttendant }
        "#]],
    );
}

/// Open from 02:30 to 17:00 by the clock of Zürich.
fn calendar() -> Calendar {
    let time = |text| WallTime::parse(text).expect("a time");
    let when = When::Weekly { days: DaySet::EVERY_DAY, from: time("02:30"), to: time("17:00") };
    let hours = hours::Calendar {
        name: "Early".into(),
        zone: Zone::parse("Europe/Zurich").expect("a zone"),
        default: State::Closed,
        primary: vec![],
        secondary: vec![Period { state: State::Open, when, label: String::new() }],
    };
    Calendar { id: C1, hours }
}

/// Hours, queue, voicemail: the second template.
fn with_voicemail() -> Desk {
    let mut desk = Desk::new();
    desk.act(&Command::PutCalendar(calendar())).expect("it has no faults");
    let service = desk.board.service(S1).cloned().expect("it is there");
    let workflow = Some(flow([
        Step::Hours { calendar: C1, open: to(2), closed: to(3) },
        Step::Queue { limit: Some(Span::from_secs(30)), timeout: to(3), nobody: Nobody::Leaves(to(3)) },
        Step::Voicemail { sound: Some(HELLO), length_max: Span::from_secs(60), next: to(4) },
        Step::Disconnect,
    ]));
    desk.act(&Command::PutService(Service { workflow, ..service })).expect("the workflow is sound");
    desk
}

#[test]
fn out_of_hours_she_leaves_a_message_route_3_call_8() {
    check(
        with_voicemail(),
        "
        c1 arrives
        c1 has heard it
        c1 said 5s
        c2 arrives
        c2 presses #
        c2 said 0s
        c3 arrives
        c3 hangs up
        ",
        expect![[r#"
            > c1 arrives
              CallArrived { call: c1, service: s1, party: p1, origin: Live }
              StepEntered { call: c1, node: step 1 }
              StepEntered { call: c1, node: step 3 }
              SoundStarted { call: c1, play: play, sound: sound 1, hearing: Greeting, until: 610s }
                -> Play { leg: Caller(c1), play: play, sound: sound 1 }
            > c1 has heard it
              RecordingStarted { call: c1, recording: recording, length_max: 60s, until: 90s }
                -> Record { leg: Caller(c1), recording: recording, length_max: 60s }
            > c1 said 5s
              VoicemailLeft { call: c1, service: s1, recording: recording, length: 5s }
              StepEntered { call: c1, node: step 4 }
              CallEnded { call: c1, end: EndOfWorkflow, release: [Caller(c1)] }
                -> Release { leg: Caller(c1), why: NoAttendant }
            > c2 arrives
              CallArrived { call: c2, service: s1, party: p2, origin: Live }
              StepEntered { call: c2, node: step 1 }
              StepEntered { call: c2, node: step 3 }
              SoundStarted { call: c2, play: play, sound: sound 1, hearing: Greeting, until: 610s }
                -> Play { leg: Caller(c2), play: play, sound: sound 1 }
            > c2 presses #
              RecordingStarted { call: c2, recording: recording, length_max: 60s, until: 90s }
                -> Record { leg: Caller(c2), recording: recording, length_max: 60s }
            > c2 said 0s
              StepEntered { call: c2, node: step 4 }
              CallEnded { call: c2, end: EndOfWorkflow, release: [Caller(c2)] }
                -> Release { leg: Caller(c2), why: NoAttendant }
            > c3 arrives
              CallArrived { call: c3, service: s1, party: p3, origin: Live }
              StepEntered { call: c3, node: step 1 }
              StepEntered { call: c3, node: step 3 }
              SoundStarted { call: c3, play: play, sound: sound 1, hearing: Greeting, until: 610s }
                -> Play { leg: Caller(c3), play: play, sound: sound 1 }
            > c3 hangs up
              CallEnded { call: c3, end: CallerHungUp, release: [] }
        "#]],
    );
}

/// 1970-01-01 10:00 in Zürich.
const OPEN: Timestamp = Timestamp(9 * 3_600_000);

#[test]
fn nobody_on_duty_or_the_limit_lead_to_the_message_route_3() {
    let mut desk = with_voicemail();
    desk.now = OPEN;
    check(
        desk,
        "
        c1 arrives
        a1 on duty
        a1 breaks
        c2 arrives
        +30s
        c3 arrives
        a1 off duty
        ",
        expect![[r#"
            > c1 arrives
              CallArrived { call: c1, service: s1, party: p1, origin: Live }
              StepEntered { call: c1, node: step 1 }
              StepEntered { call: c1, node: step 2 }
              StepEntered { call: c1, node: step 3 }
              SoundStarted { call: c1, play: play, sound: sound 1, hearing: Greeting, until: 33010s }
                -> Play { leg: Caller(c1), play: play, sound: sound 1 }
            > a1 on duty
              DutyChanged { attendant: a1, on_duty: true }
            > a1 breaks
              NotAvailableChanged { attendant: a1, reason: Some(Break) }
            > c2 arrives
              CallArrived { call: c2, service: s1, party: p2, origin: Live }
              StepEntered { call: c2, node: step 1 }
              StepEntered { call: c2, node: step 2 }
              CallQueued { call: c2, service: s1, arrived: 32400s, limit: 32430s, reserved: None, treatment: Ringing }
                -> Wait { leg: Caller(c2), treatment: Ringing }
            > +30s
              StepEntered { call: c2, node: step 3 }
              SoundStarted { call: c2, play: play, sound: sound 1, hearing: Greeting, until: 33040s }
                -> Play { leg: Caller(c2), play: play, sound: sound 1 }
            > c3 arrives
              CallArrived { call: c3, service: s1, party: p3, origin: Live }
              StepEntered { call: c3, node: step 1 }
              StepEntered { call: c3, node: step 2 }
              CallQueued { call: c3, service: s1, arrived: 32430s, limit: 32460s, reserved: None, treatment: Ringing }
                -> Wait { leg: Caller(c3), treatment: Ringing }
            > a1 off duty
              DutyChanged { attendant: a1, on_duty: false }
              StepEntered { call: c3, node: step 3 }
              SoundStarted { call: c3, play: play, sound: sound 1, hearing: Greeting, until: 33040s }
                -> Play { leg: Caller(c3), play: play, sound: sound 1 }
        "#]],
    );
}

#[test]
fn on_the_day_the_clocks_change_the_hours_are_those_on_the_wall_route_4() {
    // 2027-03-28, 02:30 does not exist: open from 03:00 CEST (01:00 UTC). 2027-10-31, 02:30 comes twice: the first counts.
    let spring = |minute: i64| Timestamp(1_806_195_600_000 + minute * 60_000);
    let autumn = |minute: i64| Timestamp(1_824_940_800_000 + minute * 60_000);
    let is_open = |now| {
        let mut desk = with_voicemail();
        desk.now = now;
        desk.run("a1 on duty\nc1 arrives");
        desk.board.call(CallId(1)).is_some_and(|call| call.waiting().is_some())
    };
    let spring = [-1, 0].map(|minute| is_open(spring(minute)));
    let autumn = [29, 30, 89, 90].map(|minute| is_open(autumn(minute)));
    assert_eq!((spring, autumn), ([false, true], [false, true, false, true]));
}

#[test]
fn one_who_is_to_be_called_back_keeps_her_place_route_3() {
    check(
        desk([
            Step::Accept { next: to(2) },
            Step::Queue { limit: Some(Span::from_secs(10)), timeout: to(3), nobody: Nobody::Waits },
            Step::Callback { sound: Some(HELLO), next: to(4) },
            Step::Disconnect,
        ]),
        "
        c1 arrives
        +10s
        c2 arrives
        c1 has heard it
        a1 on duty
        a1 accepts
        ",
        expect![[r#"
            > c1 arrives
              CallArrived { call: c1, service: s1, party: p1, origin: Live }
              StepEntered { call: c1, node: step 1 }
              LineAnswered { call: c1 }
                -> Answer { leg: Caller(c1) }
              StepEntered { call: c1, node: step 2 }
              CallQueued { call: c1, service: s1, arrived: 0s, limit: 10s, reserved: None, treatment: Music }
                -> Wait { leg: Caller(c1), treatment: Music }
            > +10s
              StepEntered { call: c1, node: step 3 }
              SoundStarted { call: c1, play: play, sound: sound 1, hearing: Greeting, until: 620s }
                -> Play { leg: Caller(c1), play: play, sound: sound 1 }
            > c2 arrives
              CallArrived { call: c2, service: s1, party: p2, origin: Live }
              StepEntered { call: c2, node: step 1 }
              LineAnswered { call: c2 }
                -> Answer { leg: Caller(c2) }
              StepEntered { call: c2, node: step 2 }
              CallQueued { call: c2, service: s1, arrived: 10s, limit: 20s, reserved: None, treatment: Music }
                -> Wait { leg: Caller(c2), treatment: Music }
            > c1 has heard it
              CallbackRequested { call: c1, callback: c38e0c34877216485, service: s1, party: p1, origin: Live, arrived: 0s, limit: 86410s }
              StepEntered { call: c1, node: step 4 }
              CallEnded { call: c1, end: EndOfWorkflow, release: [Caller(c1)] }
                -> Release { leg: Caller(c1), why: NoAttendant }
            > a1 on duty
              DutyChanged { attendant: a1, on_duty: true }
              CallOffered { offer: o1, call: c38e0c34877216485, attendant: a1, until: 30s }
            > a1 accepts
              CallbackTaken { call: c38e0c34877216485, attendant: a1, offer: Some(o1), party: p1 }
                -> Dial { leg: Caller(c38e0c34877216485), party: p1, attendant: a1 }
        "#]],
    );
}

#[test]
fn a_callback_is_given_up_in_its_time_route_3() {
    let mut desk = desk([Step::Callback { sound: None, next: to(2) }, Step::Disconnect]);
    let limits = Limits { callback_time_max: Span::from_secs(60), ..Limits::default() };
    desk.act(&Command::PutLimits(limits)).expect("in range");
    check(
        desk,
        "
        c1 arrives
        +60s
        ",
        expect![[r#"
            > c1 arrives
              CallArrived { call: c1, service: s1, party: p1, origin: Live }
              StepEntered { call: c1, node: step 1 }
              CallbackRequested { call: c1, callback: c5f75c6d0b2c77633, service: s1, party: p1, origin: Live, arrived: 0s, limit: 60s }
              StepEntered { call: c1, node: step 2 }
              CallEnded { call: c1, end: EndOfWorkflow, release: [Caller(c1)] }
                -> Release { leg: Caller(c1), why: NoAttendant }
            > +60s
              CallEnded { call: c5f75c6d0b2c77633, end: QueueTimeOver, release: [] }
        "#]],
    );
}

#[test]
fn one_who_asks_again_as_her_callback_is_given_up_gets_another_one_route_7() {
    let mut desk = desk([Step::Callback { sound: None, next: to(2) }, queue(1)]);
    let service = desk.board.service(S1).cloned().expect("it is there");
    let queue_time_max = Span::from_secs(61);
    desk.act(&Command::PutService(Service { queue_time_max, ..service })).expect("in range");
    let limits = Limits { callback_time_max: Span::from_secs(60), ..Limits::default() };
    desk.act(&Command::PutLimits(limits)).expect("in range");
    desk.run("c1 arrives");
    // The host was busy: both fall due in one decision.
    desk.now = Timestamp(62_000);
    desk.act(&Command::Tick).expect("time is never refused");
    let asked = desk.journal().filter_map(|event| match event {
        Event::CallbackRequested { callback, .. } => Some(*callback),
        _ => None,
    });
    let asked: Vec<CallId> = asked.collect();
    assert_eq!(asked.len(), 2, "{}", desk.recorded());
    assert_ne!(asked[0], asked[1]);
}

#[test]
fn what_was_noted_decides_later_and_what_was_not_is_empty_route_3() {
    check(
        desk([
            Step::Check { parameter: "vip".into(), equals: String::new(), yes: to(2), no: to(5) },
            Step::Save { parameter: "vip".into(), value: "no".into(), next: to(3) },
            Step::Check { parameter: "vip".into(), equals: "no".into(), yes: to(4), no: to(5) },
            queue(5),
            Step::Disconnect,
        ]),
        "c1 arrives",
        expect![[r#"
            > c1 arrives
              CallArrived { call: c1, service: s1, party: p1, origin: Live }
              StepEntered { call: c1, node: step 1 }
              StepEntered { call: c1, node: step 2 }
              ParameterSaved { call: c1, parameter: "vip", value: "no" }
              StepEntered { call: c1, node: step 3 }
              StepEntered { call: c1, node: step 4 }
              CallQueued { call: c1, service: s1, arrived: 0s, limit: 300s, reserved: None, treatment: Ringing }
                -> Wait { leg: Caller(c1), treatment: Ringing }
        "#]],
    );
}

#[test]
fn where_many_wait_before_her_or_long_she_hears_of_it_route_3() {
    check(
        desk([
            Step::Position {
                position_max: Some(1),
                wait_max: Some(Span::from_secs(60)),
                within: to(2),
                beyond: to(3),
            },
            queue(3),
            Step::Disconnect,
        ]),
        "
        c1 arrives

        c2 arrives
        c3 arrives
        c1 hangs up
        +61s
        c4 arrives
        ",
        expect![[r#"
            > c2 arrives
              CallArrived { call: c2, service: s1, party: p2, origin: Live }
              StepEntered { call: c2, node: step 1 }
              StepEntered { call: c2, node: step 2 }
              CallQueued { call: c2, service: s1, arrived: 0s, limit: 300s, reserved: None, treatment: Ringing }
                -> Wait { leg: Caller(c2), treatment: Ringing }
            > c3 arrives
              CallArrived { call: c3, service: s1, party: p3, origin: Live }
              StepEntered { call: c3, node: step 1 }
              StepEntered { call: c3, node: step 2 }
              CallQueued { call: c3, service: s1, arrived: 0s, limit: 300s, reserved: None, treatment: Ringing }
                -> Wait { leg: Caller(c3), treatment: Ringing }
            > c1 hangs up
              CallEnded { call: c1, end: CallerHungUp, release: [] }
            > +61s
            > c4 arrives
              CallArrived { call: c4, service: s1, party: p4, origin: Live }
              StepEntered { call: c4, node: step 1 }
              StepEntered { call: c4, node: step 3 }
              CallEnded { call: c4, end: EndOfWorkflow, release: [Caller(c4)] }
                -> Release { leg: Caller(c4), why: NoAttendant }
        "#]],
    );
}

#[test]
fn the_look_ahead_has_three_exits_route_3() {
    let steps = || {
        [
            Step::Availability { selectable: to(2), later: to(3), nobody: to(4) },
            queue(4),
            Step::Announce { sound: HELLO, next: to(2) },
            Step::Disconnect,
        ]
    };
    check(
        desk(steps()),
        "
        c1 arrives
        a1 on duty
        a1 breaks
        c2 arrives
        c2 has heard it
        a1 is back
        a1 accepts
        a2 on duty
        c3 arrives
        ",
        expect![[r#"
            > c1 arrives
              CallArrived { call: c1, service: s1, party: p1, origin: Live }
              StepEntered { call: c1, node: step 1 }
              StepEntered { call: c1, node: step 4 }
              CallEnded { call: c1, end: EndOfWorkflow, release: [Caller(c1)] }
                -> Release { leg: Caller(c1), why: NoAttendant }
            > a1 on duty
              DutyChanged { attendant: a1, on_duty: true }
            > a1 breaks
              NotAvailableChanged { attendant: a1, reason: Some(Break) }
            > c2 arrives
              CallArrived { call: c2, service: s1, party: p2, origin: Live }
              StepEntered { call: c2, node: step 1 }
              StepEntered { call: c2, node: step 3 }
              SoundStarted { call: c2, play: play, sound: sound 1, hearing: Announcement, until: 610s }
                -> Play { leg: Caller(c2), play: play, sound: sound 1 }
            > c2 has heard it
              StepEntered { call: c2, node: step 2 }
              CallQueued { call: c2, service: s1, arrived: 0s, limit: 300s, reserved: None, treatment: Music }
                -> Wait { leg: Caller(c2), treatment: Music }
            > a1 is back
              NotAvailableChanged { attendant: a1, reason: None }
              CallOffered { offer: o1, call: c2, attendant: a1, until: 20s }
            > a1 accepts
              CallAccepted { call: c2, attendant: a1, offer: Some(o1) }
                -> Connect { leg: Caller(c2), attendant: a1 }
            > a2 on duty
              DutyChanged { attendant: a2, on_duty: true }
            > c3 arrives
              CallArrived { call: c3, service: s1, party: p3, origin: Live }
              StepEntered { call: c3, node: step 1 }
              StepEntered { call: c3, node: step 2 }
              CallQueued { call: c3, service: s1, arrived: 0s, limit: 300s, reserved: None, treatment: Ringing }
                -> Wait { leg: Caller(c3), treatment: Ringing }
              CallOffered { offer: o2, call: c3, attendant: a2, until: 20s }
        "#]],
    );
}

#[test]
fn a_workflow_hands_on_to_a_service_as_a_session_of_its_own_route_5() {
    check(
        desk([Step::Transfer { target: TransferTo::Service(ServiceId(2)), failed: to(2) }, Step::Disconnect]),
        "
        c1 arrives
        ",
        expect![[r#"
            > c1 arrives
              CallArrived { call: c1, service: s1, party: p1, origin: Live }
              StepEntered { call: c1, node: step 1 }
              CallMoved { call: c1, service: s2, arrived: 0s }
              CallQueued { call: c1, service: s2, arrived: 0s, limit: 300s, reserved: None, treatment: Ringing }
                -> Wait { leg: Caller(c1), treatment: Ringing }
        "#]],
    );
}

fn outside() -> TransferTo {
    TransferTo::Party(Target { party: PartyId(0x99), kind: TargetKind::Outside })
}

#[test]
fn a_workflow_hands_on_to_a_number_and_goes_on_where_that_fails_route_5() {
    let steps = || [Step::Transfer { target: outside(), failed: to(2) }, queue(3), Step::Disconnect];
    check(
        desk(steps()),
        "
        c1 arrives
        c1 taken
        c2 arrives
        c2 refused busy
        c3 arrives
        c3 hangs up
        ",
        expect![[r#"
            > c1 arrives
              CallArrived { call: c1, service: s1, party: p1, origin: Live }
              StepEntered { call: c1, node: step 1 }
              LineAnswered { call: c1 }
                -> Answer { leg: Caller(c1) }
              HandOverBegan { transfer: t5f75c6d0b2c77633, call: c1, target: Target { party: p99, kind: Outside }, limit: 180s, treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Refer { leg: Caller(c1), target: Target { party: p99, kind: Outside }, transfer: t5f75c6d0b2c77633 }
            > c1 taken
              HandOverTaken { transfer: t5f75c6d0b2c77633, call: c1, target: Target { party: p99, kind: Outside } }
              CallEnded { call: c1, end: HandedOver, release: [Caller(c1)] }
                -> Release { leg: Caller(c1), why: HandedOver }
            > c2 arrives
              CallArrived { call: c2, service: s1, party: p2, origin: Live }
              StepEntered { call: c2, node: step 1 }
              LineAnswered { call: c2 }
                -> Answer { leg: Caller(c2) }
              HandOverBegan { transfer: t5fe4230805fe0f21, call: c2, target: Target { party: p99, kind: Outside }, limit: 180s, treatment: Music }
                -> Hold { leg: Caller(c2), treatment: Music }
                -> Refer { leg: Caller(c2), target: Target { party: p99, kind: Outside }, transfer: t5fe4230805fe0f21 }
            > c2 refused busy
              HandOverFailed { transfer: t5fe4230805fe0f21, call: c2, target: Target { party: p99, kind: Outside }, failure: Busy }
              StepEntered { call: c2, node: step 2 }
              CallQueued { call: c2, service: s1, arrived: 0s, limit: 300s, reserved: None, treatment: Music }
                -> Wait { leg: Caller(c2), treatment: Music }
            > c3 arrives
              CallArrived { call: c3, service: s1, party: p3, origin: Live }
              StepEntered { call: c3, node: step 1 }
              LineAnswered { call: c3 }
                -> Answer { leg: Caller(c3) }
              HandOverBegan { transfer: t59a337c53dc0d4c4, call: c3, target: Target { party: p99, kind: Outside }, limit: 180s, treatment: Music }
                -> Hold { leg: Caller(c3), treatment: Music }
                -> Refer { leg: Caller(c3), target: Target { party: p99, kind: Outside }, transfer: t59a337c53dc0d4c4 }
            > c3 hangs up
              CallEnded { call: c3, end: CallerHungUp, release: [] }
        "#]],
    );
}

#[test]
fn services_that_hand_on_to_each_other_end_somewhere_route_7() {
    let mut desk = desk([queue(2), Step::Disconnect]);
    let circle = |id, other| {
        let workflow = flow([
            Step::Transfer { target: TransferTo::Service(ServiceId(other)), failed: to(2) },
            Step::Disconnect,
        ]);
        Command::PutService(Service {
            workflow: Some(workflow),
            ..Service::new(ServiceId(id), "Circle", vec![])
        })
    };
    desk.act(&circle(2, 1)).expect("sound by itself");
    desk.act(&circle(1, 2)).expect("sound by itself");
    desk.run("c1 arrives");
    assert!(desk.board.calls().next().is_none(), "it has ended");
    assert!(desk.recorded().contains("CallEnded { call: c1, end: EndOfWorkflow"), "{}", desk.recorded());
}

#[test]
fn after_a_restart_a_caller_hears_it_again_or_goes_on_speaking_call_10() {
    check(
        with_voicemail(),
        "
        c1 arrives

        c1 resumes
        c1 has heard it
        c1 resumes
        ",
        expect![[r#"
            > c1 resumes
              LineResumed { leg: Caller(c1), doing: Hearing { play: play, sound: sound 1 } }
                -> Play { leg: Caller(c1), play: play, sound: sound 1 }
            > c1 has heard it
              RecordingStarted { call: c1, recording: recording, length_max: 60s, until: 90s }
                -> Record { leg: Caller(c1), recording: recording, length_max: 60s }
            > c1 resumes
              LineResumed { leg: Caller(c1), doing: Recorded { recording: recording, length_max: 60s } }
                -> Record { leg: Caller(c1), recording: recording, length_max: 60s }
        "#]],
    );
}

#[test]
fn what_the_telephone_system_never_tells_ends_in_its_time_route_7() {
    check(
        desk([
            Step::Announce { sound: HELLO, next: to(2) },
            Step::Voicemail { sound: None, length_max: Span::from_secs(60), next: to(3) },
            Step::Transfer { target: outside(), failed: to(4) },
            Step::Disconnect,
        ]),
        "
        c1 arrives

        +610s
        +90s
        +180s
        ",
        expect![[r#"
            > +610s
              StepEntered { call: c1, node: step 2 }
              RecordingStarted { call: c1, recording: recording, length_max: 60s, until: 700s }
                -> Record { leg: Caller(c1), recording: recording, length_max: 60s }
            > +90s
              StepEntered { call: c1, node: step 3 }
              HandOverBegan { transfer: t38e0c34877216485, call: c1, target: Target { party: p99, kind: Outside }, limit: 880s, treatment: Music }
                -> Hold { leg: Caller(c1), treatment: Music }
                -> Refer { leg: Caller(c1), target: Target { party: p99, kind: Outside }, transfer: t38e0c34877216485 }
            > +180s
              HandOverFailed { transfer: t38e0c34877216485, call: c1, target: Target { party: p99, kind: Outside }, failure: NoAnswer }
              StepEntered { call: c1, node: step 4 }
              CallEnded { call: c1, end: EndOfWorkflow, release: [Caller(c1)] }
                -> Release { leg: Caller(c1), why: NoAttendant }
        "#]],
    );
}

#[test]
fn a_workflow_taken_away_under_her_feet_leaves_her_in_the_queue_route_7() {
    let mut desk = desk([Step::Accept { next: to(2) }, menu(2), queue(4), Step::Disconnect]);
    desk.run("c1 arrives");
    let service = desk.board.service(S1).cloned().expect("it is there");
    desk.act(&Command::PutService(Service { workflow: None, ..service })).expect("it is in range");
    check(
        desk,
        "c1 presses 1",
        expect![[r#"
        > c1 presses 1
          CallQueued { call: c1, service: s1, arrived: 0s, limit: 300s, reserved: None, treatment: Music }
            -> Wait { leg: Caller(c1), treatment: Music }
    "#]],
    );
}

#[test]
fn what_a_workflow_leads_to_cannot_be_removed_route_3() {
    let mut desk = with_voicemail();
    assert_eq!(desk.act(&Command::RemoveCalendar(C1)), Err(Rejection::InUse));
    let service = desk.board.service(S1).cloned().expect("it is there");
    let workflow =
        flow([Step::Transfer { target: TransferTo::Service(ServiceId(2)), failed: to(2) }, Step::Disconnect]);
    desk.act(&Command::PutService(Service { workflow: Some(workflow), ..service })).expect("it is sound");
    assert_eq!(desk.act(&Command::RemoveService(ServiceId(2))), Err(Rejection::InUse));
    desk.act(&Command::RemoveCalendar(C1)).expect("nothing asks it any more");
}

#[test]
fn every_fault_is_named_at_its_step_with_what_is_permitted_route_3() {
    let workflow = Workflow {
        start: to(1),
        nodes: [
            (1, Step::Accept { next: NodeId::NOWHERE }),
            (2, Step::Announce { sound: SoundId(7), next: to(99) }),
            (3, Step::Hours { calendar: C1, open: to(2), closed: to(2) }),
            (4, Step::Save { parameter: "Größe".into(), value: "x".repeat(121), next: to(5) }),
            (5, Step::Check { parameter: String::new(), equals: "x".repeat(121), yes: to(4), no: to(2) }),
            (
                6,
                Step::Menu {
                    sound: HELLO,
                    choices: vec![
                        Choice { key: 'x', next: to(2) },
                        Choice { key: '1', next: to(2) },
                        Choice { key: '1', next: to(2) },
                    ],
                    tries: 6,
                    timeout: Span::from_secs(61),
                    otherwise: to(2),
                },
            ),
            (7, Step::Menu { sound: HELLO, choices: vec![], tries: 0, timeout: Span(999), otherwise: to(2) }),
            (
                8,
                Step::Queue {
                    limit: Some(Span::from_secs(4)),
                    timeout: to(2),
                    nobody: Nobody::Leaves(to(9)),
                },
            ),
            (9, Step::Position { position_max: None, wait_max: None, within: to(8), beyond: to(2) }),
            (
                10,
                Step::Position {
                    position_max: Some(1000),
                    wait_max: Some(Span::from_secs(3601)),
                    within: to(2),
                    beyond: to(2),
                },
            ),
            (11, Step::Voicemail { sound: Some(SoundId(7)), length_max: Span::from_secs(601), next: to(2) }),
            (12, Step::Transfer { target: TransferTo::Service(ServiceId(9)), failed: to(2) }),
            (13, Step::Transfer { target: TransferTo::Service(S1), failed: to(2) }),
        ]
        .map(|(id, step)| {
            (NodeId(id), Node { name: "x".repeat(if id == 1 { 61 } else { 0 }), x: 0, y: 0, step })
        })
        .into(),
    };
    let known = Known {
        service: S1,
        services: &|service| service == S1,
        calendars: &|_| false,
        sounds: &|sound| sound == HELLO,
    };
    let text: String = faults(&workflow, &known)
        .iter()
        .map(|fault| {
            format!("{} {}: {fault}\n", fault.node.map_or("-".into(), |node| node.to_string()), fault.field)
        })
        .collect();
    expect![[r#"
        1 name: 61 characters are too many; at most 60.
        1 next: This way out leads nowhere yet; choose the step that comes next.
        2 sound: This announcement is not there (any more); choose another.
        2 next: This way out leads to step 99, which is not there.
        3 calendar: These opening hours are not there (any more); choose others.
        4 parameter: A parameter's name has 1 to 40 letters (a–z), digits or underscores; this one has 5 characters or others among them.
        4 value: 121 characters are too many; at most 120.
        5 parameter: A parameter's name has 1 to 40 letters (a–z), digits or underscores; this one has 0 characters or others among them.
        5 equals: 121 characters are too many; at most 120.
        6 tries: 6 is outside of the range: 1 to 5 times.
        6 timeout: 61 is outside of the range: 1 to 60 seconds.
        6 key:x: 'x' is no key of a telephone; use 0 to 9, * or #.
        6 key:1: The key 1 is there twice.
        7 tries: 0 is outside of the range: 1 to 5 times.
        7 timeout: 0 is outside of the range: 1 to 60 seconds.
        7 choices: A menu has 1 to 12 keys; this one has none.
        8 limit: 4 is outside of the range: 5 to 3600 seconds.
        9 position_max: Set how many may wait before her, or how long, or both.
        10 position_max: 1000 is outside of the range: 0 to 999 callers.
        10 wait_max: 3601 is outside of the range: 0 to 3600 seconds.
        11 sound: This announcement is not there (any more); choose another.
        11 length_max: 601 is outside of the range: 5 to 600 seconds.
        12 target: This service is not there (any more); choose another.
        13 target: The workflow would hand the caller to its own service; choose another.
        2 : No way leads here from the beginning.
        3 : No way leads here from the beginning.
        4 : No way leads here from the beginning.
        5 : No way leads here from the beginning.
        6 : No way leads here from the beginning.
        7 : No way leads here from the beginning.
        8 : No way leads here from the beginning.
        9 : No way leads here from the beginning.
        10 : No way leads here from the beginning.
        11 : No way leads here from the beginning.
        12 : No way leads here from the beginning.
        13 : No way leads here from the beginning.
        4 : From here the way leads back here without any wait, so a caller would go round for ever. Put an announcement, a menu or a queue in between.
        5 : From here the way leads back here without any wait, so a caller would go round for ever. Put an announcement, a menu or a queue in between.
        8 : From here the way leads back here without any wait, so a caller would go round for ever. Put an announcement, a menu or a queue in between.
        9 : From here the way leads back here without any wait, so a caller would go round for ever. Put an announcement, a menu or a queue in between.
    "#]].assert_eq(&text);
    let none = Workflow { start: to(1), nodes: [].into() };
    expect!["There is no step yet; a workflow has 1 to 64."].assert_eq(&faults(&none, &known)[0].to_string());
    let elsewhere = Workflow { start: to(5), ..flow([Step::Disconnect]) };
    expect!["It begins at step 5, which is not there."].assert_eq(&faults(&elsewhere, &known)[0].to_string());
    let many = flow((0..65).map(|_| Step::Disconnect));
    expect!["There are 65 steps; a workflow has at most 64."]
        .assert_eq(&faults(&many, &known)[0].to_string());
}
