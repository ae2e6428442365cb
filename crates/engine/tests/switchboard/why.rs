//! Why (ROUTE-6): what is told about a decision agrees with what was decided, in every test of this folder; and each reason,
//! in words.

use engine::why::{self, Candidate, Edge, Fate, Look, Reason, What};
use engine::workflow::{Choice, Nobody, Node, Step, Workflow};
use engine::{
    AttendantId, CallId, Command, Distribution, Leg, Members, NodeId, NotSelectable, PolicyLevel, Preferred,
    Service, ServiceId, SkillId, SkillNeed, Skills, SoundId, Span, Switchboard, Timestamp, Waiting,
};

use crate::script::Desk;

const S1: ServiceId = ServiceId(1);
const C1: CallId = CallId(1);

/// Whoever is rung is the first of those who, as we tell it, could be; and what put her first is true.
pub(crate) fn agrees(board: &Switchboard, call: CallId, rung: AttendantId) {
    let look = why::now(board, call, board.clock()).expect("a call that rings waits");
    let mut selectable = look.selectable();
    let first = selectable.next().expect("somebody is rung");
    assert_eq!(first.attendant, rung, "{look:?}");
    if let Some(second) = selectable.next() {
        assert!(holds(look.edge(first, second), first, second), "{look:?}");
    }
}

/// Where a call could ring at one more, nobody is left who, as we tell it, could be rung.
pub(crate) fn leaves_nobody_out(board: &Switchboard) {
    for call in board.queue().filter(|call| call.waiting().is_some_and(Waiting::may_ring)) {
        let look = why::now(board, call.id, board.clock()).expect("it waits");
        assert_eq!(look.selectable().next(), None, "{:?} is not offered: {look:?}", call.id);
    }
}

fn holds(edge: Edge, first: &Candidate, second: &Candidate) -> bool {
    match edge {
        Edge::Preferred => first.preferred.unwrap_or(100) < second.preferred.unwrap_or(100),
        Edge::Level => first.level < second.level,
        Edge::Idle => first.idle_since < second.idle_since,
        Edge::Calls => first.taken < second.taken,
        Edge::LastOffer => first.last_offer < second.last_offer,
        Edge::Place => first.place < second.place,
        Edge::Id => first.attendant < second.attendant,
    }
}

/// Attendants 1 to 4 on duty, one a second, all of them in service 1, changed as wanted.
fn desk(change: impl FnOnce(&mut Service)) -> Desk {
    let mut desk = Desk::new();
    let mut service = Service::new(S1, "Reception", (1..=4).map(AttendantId).collect());
    change(&mut service);
    desk.act(&Command::PutAttendant(AttendantId(4))).expect("anybody can be made known");
    desk.act(&Command::PutService(service)).expect("the settings are in range");
    for attendant in (1..=4).map(AttendantId) {
        desk.act(&Command::SetDuty { attendant, on_duty: true }).expect("she can go on duty");
        desk.run("+1s");
    }
    desk
}

fn look(desk: &Desk) -> Look {
    why::now(&desk.board, C1, desk.now).expect("the call waits")
}

/// Each candidate in order, with what became of her.
fn fates(look: &Look) -> Vec<(u64, Fate)> {
    look.candidates.iter().map(|it| (it.attendant.0, it.fate)).collect()
}

fn not(reason: NotSelectable) -> Fate {
    Fate::PassedOver(Reason::NotSelectable(reason))
}

#[test]
fn everybody_passed_over_has_her_first_failing_reason_route_6() {
    let mut desk = desk(|_| {});
    desk.run("c9 arrives\na1 accepts\na2 breaks\na3 off duty\nc1 arrives\n+2s");
    let look = look(&desk);
    assert_eq!(
        fates(&look),
        [
            (1, not(NotSelectable::Connected)),
            (4, Fate::Rung { until: Timestamp(24_000) }),
            (2, not(NotSelectable::NotAvailable)),
            (3, not(NotSelectable::OffDuty)),
        ]
    );
    assert_eq!((look.at, look.arrived, look.ahead), (Timestamp(6_000), Timestamp(4_000), 0));
}

#[test]
fn who_comes_later_by_level_is_told_when_her_level_is_reached() {
    let english = SkillNeed { skill: SkillId(1), level: 80 };
    let level = |after, needs| PolicyLevel { after: Span::from_secs(after), needs, profiles: vec![] };
    let mut desk = desk(|service| service.levels = vec![level(0, vec![english]), level(30, vec![])]);
    let skills = Skills::from([(SkillId(1), 90)]);
    desk.act(&Command::SetSkills { attendant: AttendantId(3), skills, profile: None }).expect("in range");
    desk.run("a3 breaks\nc1 arrives");
    let look = look(&desk);
    let later = Fate::PassedOver(Reason::LevelNotReached { level: 1, at: Timestamp(34_000) });
    assert_eq!(fates(&look), [(3, not(NotSelectable::NotAvailable)), (1, later), (2, later), (4, later)]);
    assert_eq!((look.level, look.levels, look.widening), (0, 2, Some(Timestamp(34_000))));
}

#[test]
fn who_declined_is_told_so_and_until_when() {
    let mut desk = desk(|service| service.members = Members::Listed(vec![AttendantId(1)]));
    desk.run("c1 arrives\na1 declines");
    let declined = Fate::PassedOver(Reason::Declined { until: Timestamp(14_000) });
    assert_eq!(fates(&look(&desk)), [(1, declined)]);
}

#[test]
fn a_call_kept_for_its_parker_says_for_whom() {
    let mut desk = desk(|service| service.members = Members::Listed(vec![AttendantId(1), AttendantId(2)]));
    desk.run("c1 arrives\na1 accepts\na1 parks c1\nc2 arrives\na2 accepts\nc3 arrives\na1 accepts\nc2 hangs up\n+120s");
    let kept = Fate::PassedOver(Reason::KeptFor(AttendantId(1)));
    let look = look(&desk);
    assert_eq!(fates(&look), [(1, not(NotSelectable::Connected)), (2, kept)]);
    assert_eq!(look.reserved.map(|reserved| reserved.attendant), Some(AttendantId(1)));
}

#[test]
fn with_pick_up_nobody_is_rung_and_it_says_so() {
    let mut desk = desk(|service| service.distribution = Distribution::PickUp);
    desk.run("a2 breaks\nc1 arrives");
    let picks = Fate::PassedOver(Reason::PickUp);
    let breaks = not(NotSelectable::NotAvailable);
    assert_eq!(fates(&look(&desk)), [(1, picks), (2, breaks), (3, picks), (4, picks)]);
}

#[test]
fn a_call_says_how_many_come_before_it() {
    let mut desk = desk(|service| service.members = Members::Listed(vec![AttendantId(1)]));
    desk.run("c8 arrives\na1 accepts\nc7 arrives\n+1s\nc6 arrives\n+1s\nc1 arrives");
    assert_eq!(look(&desk).ahead, 2);
}

#[test]
fn a_past_call_tells_what_was_decided_and_what_put_the_chosen_first() {
    let mut desk = desk(|service| {
        service.distribution = Distribution::FewestCalls;
        service.preferred = vec![Preferred { attendant: AttendantId(4), priority: 7 }];
    });
    desk.run("c1 arrives\n+3s\na4 declines\n+2s\na1 accepts\n+9s\nc1 hangs up\n+5s\nc2 arrives");
    let decisions = desk.decisions(C1);
    let told: Vec<String> =
        decisions.iter().map(|decision| format!("{} {}", decision.at.0, tell(&decision.what))).collect();
    assert_eq!(
        told,
        [
            "4000 queued, 4 could be rung",
            "4000 rings at [4] by Preferred",
            "7000 4 Declined",
            "7000 rings at [1] by Idle",
            "9000 1 has it",
            "18000 ends CallerHungUp",
        ]
    );
    assert_eq!(desk.decisions(CallId(77)), []);
}

#[test]
fn a_broadcast_is_one_decision_with_everybody_it_rings_at() {
    let mut desk = desk(|service| service.distribution = Distribution::Broadcast);
    desk.run("c1 arrives\n+1s\na3 accepts");
    let told: Vec<String> = desk.decisions(C1).iter().map(|decision| tell(&decision.what)).collect();
    assert_eq!(
        told,
        [
            "queued, 4 could be rung",
            "rings at [1, 2, 3, 4] by Idle",
            "1 Withdrawn",
            "2 Withdrawn",
            "4 Withdrawn",
            "3 has it"
        ]
    );
}

#[test]
fn of_a_call_that_is_declined_for_ever_the_latest_decisions_are_kept() {
    let mut desk = desk(|service| {
        service.members = Members::Listed(vec![AttendantId(1)]);
        service.queue_time_max = Span::from_secs(3600);
    });
    desk.run("c1 arrives");
    for _ in 0..260 {
        desk.run("a1 declines\n+10s");
    }
    let decisions = desk.decisions(C1);
    assert_eq!(decisions.len(), why::DECISIONS_MAX);
    assert!(decisions.last().is_some_and(|last| last.at == desk.now));
}

fn tell(what: &What) -> String {
    match what {
        What::Queued { look } => format!("queued, {} could be rung", look.selectable().count()),
        What::Offered { attendants, look } => {
            let rung: Vec<u64> = attendants.iter().map(|attendant| attendant.0).collect();
            let mut selectable = look.selectable();
            let edge =
                selectable.next().zip(selectable.next()).map(|(first, second)| look.edge(first, second));
            format!("rings at {rung:?} by {}", edge.map_or("herself".to_owned(), |edge| format!("{edge:?}")))
        }
        What::OfferEnded { attendant, how, again: _ } => format!("{} {how:?}", attendant.0),
        What::ReservationEnded => "free".to_owned(),
        What::Widened { level } => format!("level {level}"),
        What::Promoted => "first".to_owned(),
        What::Accepted { attendant, picked } => {
            format!("{} {}", attendant.0, if *picked { "picked it" } else { "has it" })
        }
        What::Entered { node, open } => {
            format!("{}{}", node.name, open.map_or("", |open| if open { " open" } else { " closed" }))
        }
        What::KeyChosen { key } => format!("key {key}"),
        What::RecordingStarted => "recorded".to_owned(),
        What::VoicemailLeft { length } => format!("voicemail of {length:?}"),
        What::CallbackRequested { callback } => format!("{callback:?} is to be called back"),
        What::Moved { service } => format!("moves to {service:?}"),
        What::HandOverBegan => "handed on".to_owned(),
        What::HandOverFailed { failure } => format!("hand-over {failure:?}"),
        What::Ended { end } => format!("ends {end:?}"),
    }
}

#[test]
fn the_way_through_a_workflow_is_told_step_by_step_route_3() {
    let node = |name: &str, step| Node { name: name.to_owned(), x: 0, y: 0, step };
    let (queue, end) = (NodeId(3), NodeId(4));
    let choices = vec![Choice { key: '1', next: queue }];
    let (tries, timeout) = (1, Span::from_secs(5));
    let nodes = [
        (1, node("Welcome", Step::Accept { next: NodeId(2) })),
        (2, node("What about", Step::Menu { sound: SoundId(1), choices, tries, timeout, otherwise: end })),
        (3, node("Wait", Step::Queue { limit: None, timeout: end, nobody: Nobody::Waits })),
        (4, node("Goodbye", Step::Disconnect)),
    ];
    let nodes = nodes.into_iter().map(|(id, node)| (NodeId(id), node)).collect();
    let mut desk = desk(|service| service.workflow = Some(Workflow { start: NodeId(1), nodes }));
    desk.run("c1 arrives");
    let pressed = Command::DigitPressed { leg: Leg::Caller(C1), digit: '1' };
    desk.act(&pressed).expect("a key is no fault");
    desk.run("a1 accepts\nc1 hangs up");
    let told: Vec<String> = desk.decisions(C1).iter().map(|decision| tell(&decision.what)).collect();
    assert_eq!(
        told,
        [
            "Welcome",
            "What about",
            "key 1",
            "Wait",
            "queued, 4 could be rung",
            "rings at [1] by Idle",
            "1 has it",
            "ends CallerHungUp"
        ]
    );
}
