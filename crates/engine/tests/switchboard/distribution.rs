//! The ways of distributing calls, policy levels, skills, preferred members, promotion, parallel work (ROUTE-2, CALL-2).

use engine::{
    AttendantId, CallId, Command, Distribution, Event, Members, NotSelectable, PolicyLevel, Preferred,
    Profile, ProfileId, Rejection, Service, ServiceId, SkillId, SkillNeed, Skills, Span,
};

use crate::script::Desk;

const S1: ServiceId = ServiceId(1);
const ENGLISH: SkillId = SkillId(1);
const BILLING: SkillId = SkillId(2);
const EXPERT: ProfileId = ProfileId(1);

/// Attendants 1 to 4 on duty, all of them in service 1, changed as wanted.
fn desk(change: impl FnOnce(&mut Service)) -> Desk {
    let mut desk = Desk::new();
    let mut service = Service::new(S1, "Reception", (1..=4).map(AttendantId).collect());
    service.queue_time_max = Span::from_secs(3600);
    change(&mut service);
    desk.act(&Command::PutAttendant(AttendantId(4))).expect("anybody can be made known");
    desk.act(&Command::PutService(service)).expect("the settings are in range");
    for attendant in (1..=4).map(AttendantId) {
        desk.act(&Command::SetDuty { attendant, on_duty: true }).expect("she can go on duty");
        desk.run("+1s");
    }
    desk
}

fn rung(desk: &Desk, call: u64) -> Option<u64> {
    let offers = desk.board.call(CallId(call)).expect("the call is there").offers();
    assert!(offers.len() < 2, "only a broadcast rings at several");
    offers.first().map(|offer| offer.attendant.0)
}

/// One call after the other rings, is taken and ends: who was rung.
fn rounds(desk: &mut Desk, calls: std::ops::RangeInclusive<u64>) -> Vec<u64> {
    let mut who = Vec::new();
    for call in calls {
        desk.run(&format!("c{call} arrives"));
        let attendant = rung(desk, call).expect("somebody is rung");
        who.push(attendant);
        desk.run(&format!("a{attendant} accepts\n+5s\nc{call} hangs up\n+1s"));
    }
    who
}

fn can(desk: &mut Desk, attendant: u64, skills: &[(SkillId, u8)], profile: Option<ProfileId>) {
    let skills: Skills = skills.iter().copied().collect();
    let attendant = AttendantId(attendant);
    desk.act(&Command::SetSkills { attendant, skills, profile }).expect("she can have these skills");
}

fn from(seconds: u32, needs: &[SkillNeed]) -> PolicyLevel {
    PolicyLevel { after: Span::from_secs(seconds), needs: needs.to_vec(), profiles: Vec::new() }
}

const FLUENT: SkillNeed = SkillNeed { skill: ENGLISH, level: 80 };
const SOME: SkillNeed = SkillNeed { skill: ENGLISH, level: 20 };

#[test]
fn longest_idle_takes_turns_by_the_end_of_the_last_call() {
    let mut desk = desk(|_| {});
    assert_eq!(rounds(&mut desk, 1..=5), [1, 2, 3, 4, 1]);
}

#[test]
fn fewest_calls_evens_out_what_each_has_taken_since_she_came() {
    let mut desk = desk(|service| service.distribution = Distribution::FewestCalls);
    // Two calls of another service make attendant 2 and 3 busier.
    desk.run("c90 arrives at s2\na2 accepts\n+1s\nc90 hangs up\n+30s");
    assert_eq!(rounds(&mut desk, 1..=3), [1, 3, 4], "attendant 2 has taken one already");
    desk.run("a1 off duty\n+1s\na1 on duty");
    assert_eq!(rounds(&mut desk, 4..=4), [1], "she begins anew");
}

#[test]
fn round_robin_goes_by_the_last_offer_even_if_it_was_declined() {
    let mut desk = desk(|service| service.distribution = Distribution::RoundRobin);
    assert_eq!(rounds(&mut desk, 1..=4), [1, 2, 3, 4]);
    desk.run("c5 arrives\na1 declines");
    assert_eq!(rung(&desk, 5), Some(2));
    desk.run("a2 accepts\nc5 hangs up");
    assert_eq!(rounds(&mut desk, 6..=8), [3, 4, 1]);
}

#[test]
fn fixed_order_rings_the_first_of_the_list_who_can() {
    let mut desk = desk(|service| {
        service.distribution = Distribution::FixedOrder;
        service.members = Members::Listed([3, 1, 4, 2].map(AttendantId).to_vec());
    });
    assert_eq!(rounds(&mut desk, 1..=2), [3, 3]);
    desk.run("a3 breaks");
    assert_eq!(rounds(&mut desk, 3..=4), [1, 1]);
}

#[test]
fn with_pick_up_nobody_is_rung_and_anybody_of_the_service_can_take_the_call() {
    let mut desk = desk(|service| service.distribution = Distribution::PickUp);
    desk.run("c1 arrives\n+60s");
    assert_eq!(rung(&desk, 1), None);
    desk.run("a2 picks c1");
    assert_eq!(desk.board.call(CallId(1)).and_then(|call| call.attendant()), Some(AttendantId(2)));
}

#[test]
fn a_call_that_comes_back_from_a_slot_rings_at_its_parker_also_with_pick_up() {
    let mut desk = desk(|service| service.distribution = Distribution::PickUp);
    desk.run("c1 arrives\na2 picks c1\na2 parks c1\n+120s");
    assert_eq!(rung(&desk, 1), Some(2), "CALL-4");
}

#[test]
fn preferred_members_come_first_by_their_priority() {
    let mut desk = desk(|service| {
        service.preferred = vec![
            Preferred { attendant: AttendantId(4), priority: 2 },
            Preferred { attendant: AttendantId(3), priority: 1 },
        ];
    });
    assert_eq!(rounds(&mut desk, 1..=2), [3, 3]);
    desk.run("a3 breaks");
    assert_eq!(rounds(&mut desk, 3..=3), [4]);
    desk.run("a4 breaks");
    assert_eq!(rounds(&mut desk, 4..=5), [1, 2]);
}

#[test]
fn levels_widen_the_pool_as_the_wait_grows() {
    let mut desk = desk(|service| {
        service.levels = vec![from(0, &[FLUENT]), from(20, &[SOME]), from(45, &[])];
    });
    can(&mut desk, 1, &[(ENGLISH, 30)], None);
    can(&mut desk, 2, &[(ENGLISH, 90)], None);
    assert_eq!(rounds(&mut desk, 1..=2), [2, 2], "only she is fluent");
    desk.run("a2 breaks\nc3 arrives\n+19s");
    assert_eq!(rung(&desk, 3), None);
    desk.run("+1s");
    assert_eq!(rung(&desk, 3), Some(1), "after 20 s some English is enough");
    desk.run("a1 breaks\n+24s");
    assert_eq!(rung(&desk, 3), None);
    desk.run("+1s");
    assert_eq!(rung(&desk, 3), Some(3), "after 45 s anybody");
    let widened = desk.journal().filter(|event| matches!(event, Event::CallWidened { .. })).count();
    assert_eq!(widened, 2);
}

#[test]
fn an_attendant_who_comes_free_gets_the_first_call_that_has_reached_her() {
    let mut desk = desk(|service| service.levels = vec![from(0, &[FLUENT]), from(30, &[])]);
    desk.run("c1 arrives\n+10s\nc2 arrives\n+20s");
    assert_eq!((rung(&desk, 1), rung(&desk, 2)), (Some(1), None), "nobody is fluent");
    can(&mut desk, 2, &[(ENGLISH, 80)], None);
    assert_eq!(rung(&desk, 2), Some(2), "she need not wait for 30 s");
}

#[test]
fn a_call_goes_back_to_the_queue_with_the_level_its_wait_had_reached() {
    let mut desk = desk(|service| service.levels = vec![from(0, &[FLUENT]), from(30, &[])]);
    desk.run("c1 arrives\n+31s\na1 accepts\na1 parks c1\n+120s\n+21s");
    let waiting =
        desk.board.call(CallId(1)).and_then(|call| call.waiting().cloned()).expect("it waits again");
    assert_eq!((waiting.level, waiting.widening), (1, None), "ROUTE-3: the arrival time is kept");
}

#[test]
fn a_profile_gives_its_skills_and_can_be_asked_for_by_name() {
    let mut desk = desk(|service| {
        service.levels = vec![
            PolicyLevel { after: Span(0), needs: vec![], profiles: vec![EXPERT] },
            from(30, &[SkillNeed { skill: BILLING, level: 50 }]),
        ];
    });
    let skills = Skills::from([(BILLING, 70)]);
    let expert = Profile { id: EXPERT, name: "Experts".into(), skills };
    desk.act(&Command::PutProfile(expert.clone())).expect("the profile is in range");
    can(&mut desk, 3, &[], Some(EXPERT));
    can(&mut desk, 4, &[(BILLING, 60)], None);
    assert_eq!(rounds(&mut desk, 1..=1), [3]);
    desk.run("a3 breaks\nc2 arrives\n+30s");
    assert_eq!(rung(&desk, 2), Some(4));
    assert_eq!(desk.board.selectable(AttendantId(1), S1), Err(NotSelectable::Skills), "CALL-2");
    assert_eq!(desk.act(&Command::RemoveProfile(EXPERT)), Err(Rejection::InUse));
    let less = Profile { skills: Skills::new(), ..expert };
    desk.act(&Command::PutProfile(less)).expect("the profile is in range");
    assert_eq!(desk.replayed(), desk.board);
}

#[test]
fn members_by_skill_come_and_go_with_their_skills() {
    let mut desk = desk(|service| service.members = Members::Skilled(vec![SOME]));
    desk.run("c1 arrives");
    assert_eq!(rung(&desk, 1), None);
    assert_eq!(desk.board.selectable(AttendantId(2), S1), Err(NotSelectable::NotServing));
    can(&mut desk, 2, &[(ENGLISH, 20)], None);
    assert_eq!(rung(&desk, 1), Some(2));
    can(&mut desk, 2, &[(ENGLISH, 19)], None);
    assert_eq!(rung(&desk, 1), None, "what rings at one who is no member any more is withdrawn");
}

#[test]
fn who_has_waited_long_counts_as_most_important_so_nobody_starves() {
    let mut desk = desk(|service| service.members = Members::Listed(vec![AttendantId(1)]));
    let mut urgent = Service::new(ServiceId(2), "Emergency", vec![AttendantId(1)]);
    urgent.priority = 1;
    desk.act(&Command::PutService(urgent)).expect("the settings are in range");
    desk.run("c1 arrives at s2\na1 accepts\nc2 arrives");
    // An urgent call every minute, each of which takes a minute: without promotion call 2 waits for ever.
    let mut call = 3;
    while desk.board.call(CallId(2)).is_some_and(|call| call.offers().is_empty()) {
        assert!(call < 10, "it is never its turn");
        desk.run(&format!("c{call} arrives at s2\n+60s\nc{} hangs up", call - 1 - u64::from(call == 3)));
        if rung(&desk, 2).is_none() {
            desk.run("a1 accepts");
        }
        call += 1;
    }
    assert_eq!(desk.now.0 / 1000 - 4, 180, "the default of `priority_wait_max`");
}

#[test]
fn a_second_parked_call_blocks_and_without_parallel_work_the_first_does() {
    let parked = |parallel_work: bool| {
        let mut desk = desk(|service| {
            service.members = Members::Listed(vec![AttendantId(1)]);
            service.parallel_work = parallel_work;
            service.acw = Span::from_secs(10);
        });
        desk.run("c1 arrives\na1 accepts\na1 parks c1");
        desk
    };
    let desk = parked(false);
    assert_eq!(desk.board.selectable(AttendantId(1), S1), Err(NotSelectable::Parked));
    let mut desk = parked(true);
    desk.run("c2 arrives\na1 accepts\nc2 hangs up");
    let one = desk.board.attendant(AttendantId(1)).expect("she is there");
    assert_eq!(one.acw, None, "no after-call work while another task waits");
    desk.run("c3 arrives\na1 accepts\na1 parks c3");
    assert_eq!(desk.board.selectable(AttendantId(1), S1), Err(NotSelectable::Parked));
}

#[test]
fn after_call_work_can_be_extended_up_to_an_hour() {
    let mut desk = desk(|service| {
        service.members = Members::Listed(vec![AttendantId(1)]);
        service.acw = Span::from_secs(10);
    });
    let extend = Command::ExtendAcw { attendant: AttendantId(1) };
    assert_eq!(desk.act(&extend), Err(Rejection::NoAcw));
    desk.run("c1 arrives\na1 accepts\nc1 hangs up\n+9s");
    desk.act(&extend).expect("it can be extended");
    desk.run("+30s");
    assert!(desk.board.attendant(AttendantId(1)).is_some_and(|it| it.acw.is_some()));
    desk.run("+1s");
    assert!(desk.board.attendant(AttendantId(1)).is_some_and(|it| it.acw.is_none()));

    desk.run("c2 arrives\na1 accepts\nc2 hangs up");
    let extensions = std::iter::from_fn(|| desk.act(&extend).ok()).count();
    assert_eq!(extensions, (3600 - 10) / 30);
    let mut limits = *desk.board.limits();
    limits.acw_extension = Span(0);
    desk.act(&Command::PutLimits(limits)).expect("it may be fixed");
    assert!(matches!(desk.act(&extend), Err(Rejection::OutOfRange(_))));
}
