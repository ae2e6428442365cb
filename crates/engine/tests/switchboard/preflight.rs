//! Pre-flight (CALL-6): what is told of a service before a caller is put through to it, and that it comes true.

use engine::workflow::{Nobody, Node, Step, Workflow};
use engine::{
    AttendantId, Calendar, CalendarId, CallId, Command, Distribution, Expected, Members, NodeId, PolicyLevel,
    Service, ServiceId, SkillId, SkillNeed, Span, Switchboard, Timestamp,
};
use hours::{State, Zone};

use crate::script::Desk;

const S1: ServiceId = ServiceId(1);

/// What is expected of a caller who is about to arrive; a workflow may lead her anywhere.
pub(crate) fn foretold(board: &Switchboard, command: &Command) -> Option<Expected> {
    match command {
        Command::CallArrived { service, .. } => {
            let preflight = board.preflight(*service, board.clock()).filter(|it| !it.has_workflow);
            preflight.map(|preflight| preflight.expected)
        }
        _ => None,
    }
}

/// She rings at somebody at once where, and only where, it was said.
pub(crate) fn came_true(board: &Switchboard, command: &Command, foretold: Option<Expected>) {
    if let (Command::CallArrived { call, .. }, Some(expected)) = (command, foretold) {
        let rings = board.call(*call).is_some_and(|call| !call.offers().is_empty());
        assert_eq!(expected == Expected::Rings, rings, "{command:?}: {expected:?} was foretold");
    }
}

/// Service 1 with attendants 1 and 2, changed as wanted; nobody is on duty.
fn desk(change: impl FnOnce(&mut Service)) -> Desk {
    let mut desk = Desk::new();
    let mut service = Service::new(S1, "Reception", vec![AttendantId(1), AttendantId(2)]);
    change(&mut service);
    desk.act(&Command::PutService(service)).expect("the settings are in range");
    desk
}

/// What is expected of the first caller, and whether she really rings somewhere at once.
fn first_caller(desk: &mut Desk) -> (Expected, bool) {
    let expected = desk.board.preflight(S1, desk.now).expect("the service is there").expected;
    desk.run("c1 arrives");
    let rings = desk.board.call(CallId(1)).is_some_and(|call| !call.offers().is_empty());
    (expected, rings)
}

#[test]
fn a_free_member_is_expected_to_be_rung_at_once_call_6() {
    let mut desk = desk(|_| {});
    desk.run("a1 on duty");
    assert_eq!(first_caller(&mut desk), (Expected::Rings, true));
}

#[test]
fn a_service_whose_members_are_busy_lets_her_wait_and_says_how_long_others_have() {
    let mut desk = desk(|_| {});
    desk.run("a1 on duty\nc8 arrives\na1 accepts\n+5s\nc7 arrives\n+3s\nc6 arrives\n+1s");
    let preflight = desk.board.preflight(S1, desk.now).expect("the service is there");
    assert_eq!((preflight.waiting, preflight.longest_since), (2, Some(Timestamp(5_000))));
    assert_eq!((preflight.members, preflight.on_duty, preflight.selectable), (2, 1, 0));
    assert_eq!(first_caller(&mut desk), (Expected::Waits, false));
}

#[test]
fn a_member_whom_only_a_longer_wait_reaches_is_selectable_and_not_rung_at_once() {
    let need = SkillNeed { skill: SkillId(1), level: 50 };
    let level = |after, needs| PolicyLevel { after: Span::from_secs(after), needs, profiles: vec![] };
    let mut desk = desk(|service| service.levels = vec![level(0, vec![need]), level(20, vec![])]);
    desk.run("a1 on duty");
    assert_eq!(desk.board.preflight(S1, desk.now).map(|preflight| preflight.selectable), Some(1));
    assert_eq!(first_caller(&mut desk), (Expected::Waits, false));
}

#[test]
fn pick_up_nobody_on_duty_and_no_members_are_told_apart() {
    let mut picked = desk(|service| service.distribution = Distribution::PickUp);
    picked.run("a1 on duty");
    assert_eq!(first_caller(&mut picked), (Expected::WaitsToBePicked, false));

    let mut asleep = desk(|_| {});
    assert_eq!(first_caller(&mut asleep), (Expected::NobodyOnDuty, false));

    let mut switched_off = desk(|_| {});
    let off = Command::SetServing { attendant: AttendantId(1), service: S1, serving: false };
    switched_off.run("a1 on duty");
    switched_off.act(&off).expect("she may");
    assert_eq!(first_caller(&mut switched_off), (Expected::NobodyOnDuty, false));

    let mut empty = desk(|service| service.members = Members::Nobody);
    assert_eq!(first_caller(&mut empty), (Expected::NoMembers, false));
    assert_eq!(empty.board.preflight(ServiceId(9), empty.now), None);
}

/// Always open, or never.
fn calendar(open: bool) -> Calendar {
    let default = if open { State::Open } else { State::Closed };
    let zone = Zone::parse("Europe/Zurich").expect("a zone");
    let hours = hours::Calendar { name: "Day".into(), zone, default, primary: vec![], secondary: vec![] };
    Calendar { id: CalendarId(1), hours }
}

#[test]
fn what_the_hours_at_the_beginning_of_a_workflow_say_is_told_call_6() {
    let step = |step| Node { name: String::new(), x: 0, y: 0, step };
    let hours = |first: Step| {
        let asks = Step::Hours { calendar: CalendarId(1), open: NodeId(3), closed: NodeId(4) };
        let queue = Step::Queue { limit: None, timeout: NodeId(4), nobody: Nobody::Waits };
        let nodes = [(1, first), (2, asks), (3, queue), (4, Step::Disconnect)];
        let nodes = nodes.map(|(id, it)| (NodeId(id), step(it)));
        Workflow { start: NodeId(1), nodes: nodes.into_iter().collect() }
    };
    let told = |open: bool, first: Step| {
        let mut desk = Desk::new();
        desk.act(&Command::PutCalendar(calendar(open))).expect("the calendar is sound");
        let mut service = Service::new(S1, "Reception", vec![AttendantId(1)]);
        service.workflow = Some(hours(first));
        desk.act(&Command::PutService(service)).expect("the settings are in range");
        desk.run("a1 on duty");
        let preflight = desk.board.preflight(S1, desk.now).expect("the service is there");
        (preflight.open, preflight.expected)
    };
    let accept = || Step::Accept { next: NodeId(2) };
    assert_eq!(told(true, accept()), (Some(true), Expected::Rings));
    assert_eq!(told(false, accept()), (Some(false), Expected::Closed));
    let looks_ahead = Step::Availability { selectable: NodeId(2), later: NodeId(2), nobody: NodeId(2) };
    assert_eq!(told(false, looks_ahead), (None, Expected::Rings), "what comes before may lead elsewhere");
}
