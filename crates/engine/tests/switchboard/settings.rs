//! Services, limits and attendants: ranges, what is in use, and the first reason why an attendant is not selectable.

use engine::{
    AttendantId, Command, Limits, Members, NotAvailable, NotSelectable, OfferId, Presence, Rejection,
    Service, ServiceId, Span, Timestamp,
};
use expect_test::expect;

use crate::script::{Desk, check};

const A1: AttendantId = AttendantId(1);
const S1: ServiceId = ServiceId(1);

#[test]
fn a_service_of_a_smaller_number_is_offered_first() {
    check(
        "
        s2 is first
        c1 arrives at s1
        c2 arrives at s2

        a2 on duty
        ",
        expect![[r#"
            > a2 on duty
              DutyChanged { attendant: a2, on_duty: true }
              CallOffered { offer: o1, call: c2, attendant: a2, until: 20s }
        "#]],
    );
}

#[test]
fn an_attendant_dropped_from_a_service_is_rung_for_it_no_more() {
    check(
        "
        a3 on duty
        c1 arrives at s2

        s2 drops a3
        s2 drops a3
        ",
        expect![[r#"
            > s2 drops a3
              ServicePut(Service { id: s2, name: "Support", priority: 50, sla: 20s, hang_up_threshold: 5s, rona: 20s, acw: 10s, queue_time_max: 300s, waiting: Ringing, members: Listed([a2]), distribution: LongestIdle, levels: [], preferred: [], parallel_work: true, busy_selectable: false, away_selectable: false, workflow: None })
              OfferEnded { offer: o1, call: c1, attendant: a3, how: Withdrawn, again: None }
            > s2 drops a3
        "#]],
    );
}

#[test]
fn a_service_is_kept_while_a_call_belongs_to_it() {
    check(
        "
        c1 arrives

        s1 is gone
        c1 hangs up
        s1 is gone
        ",
        expect![[r#"
            > s1 is gone
              refused: InUse
            > c1 hangs up
              CallEnded { call: c1, end: CallerHungUp, release: [] }
            > s1 is gone
              ServiceRemoved { service: s1 }
        "#]],
    );
}

#[test]
fn the_first_failing_reason_is_given_in_the_order_of_the_outcomes() {
    let mut desk = Desk::new();
    let why = |desk: &Desk| desk.board.selectable(A1, S1);
    desk.act(&Command::SetPresence { attendant: A1, presence: Presence::Busy }).unwrap();
    desk.act(&Command::SetServing { attendant: A1, service: S1, serving: false }).unwrap();
    desk.act(&Command::SetNotAvailable { attendant: A1, reason: Some(NotAvailable::Lunch) }).unwrap();

    assert_eq!(why(&desk), Err(NotSelectable::Presence));
    desk.act(&Command::SetPresence { attendant: A1, presence: Presence::Available }).unwrap();
    assert_eq!(why(&desk), Err(NotSelectable::OffDuty));
    desk.act(&Command::SetDuty { attendant: A1, on_duty: true }).unwrap();
    assert_eq!(why(&desk), Err(NotSelectable::NotServing));
    desk.act(&Command::SetServing { attendant: A1, service: S1, serving: true }).unwrap();
    assert_eq!(why(&desk), Err(NotSelectable::NotAvailable));
    assert_eq!(desk.board.selectable_for_any(A1), Err(NotSelectable::NotAvailable));

    desk.run("\n\na1 is back\nc1 arrives");
    assert_eq!(why(&desk), Err(NotSelectable::Offered));
    desk.act(&Command::Accept { attendant: A1, offer: OfferId(1) }).unwrap();
    assert_eq!(why(&desk), Err(NotSelectable::Connected));
    desk.run("\n\na1 parks c1");
    assert_eq!(why(&desk), Ok(()), "a parked call does not block");
    desk.run("\n\nc2 arrives\n+20s");
    assert_eq!(why(&desk), Err(NotSelectable::Rona));
    assert_eq!(desk.board.selectable(A1, ServiceId(2)), Err(NotSelectable::NotServing));
}

#[test]
fn a_busy_or_away_attendant_is_selectable_where_the_service_says_so() {
    let mut desk = Desk::new();
    let mut service = desk.board.service(S1).unwrap().clone();
    (service.busy_selectable, service.away_selectable) = (true, false);
    desk.act(&Command::PutService(service)).unwrap();
    desk.act(&Command::SetDuty { attendant: A1, on_duty: true }).unwrap();

    let with = |desk: &mut Desk, presence| {
        desk.act(&Command::SetPresence { attendant: A1, presence }).unwrap();
        desk.board.selectable(A1, S1).is_ok()
    };
    assert!(with(&mut desk, Presence::Busy));
    assert!(!with(&mut desk, Presence::Away));
    assert!(!with(&mut desk, Presence::DoNotDisturb));
    assert!(!with(&mut desk, Presence::InACall));
    assert!(!with(&mut desk, Presence::Offline));
    assert!(with(&mut desk, Presence::Available));
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    let mut desk = Desk::new();
    let service = |change: fn(&mut Service)| {
        let mut service = Service::new(S1, "Reception", vec![]);
        change(&mut service);
        Command::PutService(service)
    };
    let limits = |change: fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        Command::PutLimits(limits)
    };
    let refused = [
        service(|service| service.name = " ".into()),
        service(|service| service.priority = 0),
        service(|service| service.rona = Span::from_secs(4)),
        service(|service| service.queue_time_max = Span::from_secs(3601)),
        service(|service| service.members = Members::Listed(vec![A1; 501])),
        limits(|limits| limits.park_slots = 0),
        limits(|limits| limits.held_max = 51),
        limits(|limits| limits.calls_max = 10_001),
        limits(|limits| limits.target_ring = Span(0)),
    ];
    for command in refused {
        assert!(matches!(desk.act(&command), Err(Rejection::OutOfRange(_))), "{command:?}");
    }
}

#[test]
fn a_switchboard_that_is_full_takes_no_more_calls() {
    let mut desk = Desk::new();
    desk.act(&Command::PutLimits(Limits { calls_max: 1, ..Limits::default() })).unwrap();
    desk.run("\n\nc1 arrives");
    let second = Command::CallArrived {
        call: engine::CallId(2),
        service: S1,
        party: engine::PartyId(2),
        origin: engine::Origin::Live,
    };
    assert_eq!(desk.act(&second), Err(Rejection::Full));
}

#[test]
fn a_clock_that_steps_back_does_not_take_the_switchboard_along() {
    let mut desk = Desk::new();
    desk.now = Timestamp(50_000);
    desk.run("\n\nc1 arrives");
    assert_eq!(desk.board.moment(Timestamp(10_000)), Timestamp(50_000));
    desk.now = Timestamp(10_000);
    desk.run("\n\nc2 arrives");
    let arrivals: Vec<Timestamp> = desk.board.queue().map(|call| call.arrived).collect();
    assert_eq!(arrivals, [Timestamp(50_000), Timestamp(50_000)]);
    assert_eq!(desk.board, desk.replayed());
}
