//! Broadcast (ROUTE-2): ten are rung at once, the first who answers has the call, and nobody is in RONA for not answering.

use engine::{
    AttendantId, CallId, Command, Distribution, Event, OfferEnd, Origin, PartyId, Rejection, Service,
    ServiceId, Span, Switchboard, Timestamp,
};

use crate::script::Desk;

const S1: ServiceId = ServiceId(1);

/// So many attendants on duty, one after the other, all of them in service 1.
fn desk(attendants: u64) -> Desk {
    let mut desk = Desk::new();
    let ids = (1..=attendants).map(AttendantId);
    let mut service = Service::new(S1, "Reception", ids.clone().collect());
    service.distribution = Distribution::Broadcast;
    service.queue_time_max = Span::from_secs(3600);
    for attendant in ids.clone() {
        desk.act(&Command::PutAttendant(attendant)).expect("anybody can be made known");
    }
    desk.act(&Command::PutService(service)).expect("the settings are in range");
    for attendant in ids {
        desk.act(&Command::SetDuty { attendant, on_duty: true }).expect("she can go on duty");
        desk.run("+1s");
    }
    desk
}

/// Whom the call rings at, in the order in which they were rung.
fn rung(desk: &Desk, call: u64) -> Vec<u64> {
    let call = desk.board.call(CallId(call)).expect("the call is there");
    call.offers().iter().map(|offer| offer.attendant.0).collect()
}

fn talks(desk: &Desk, attendant: u64) -> Option<CallId> {
    desk.board.attendant(AttendantId(attendant)).expect("she is there").active
}

fn ends(desk: &Desk) -> Vec<(u64, OfferEnd)> {
    let ended = desk.journal().filter_map(|event| match event {
        Event::OfferEnded { attendant, how, .. } => Some((attendant.0, *how)),
        _ => None,
    });
    ended.collect()
}

#[test]
fn the_ten_longest_idle_are_rung_and_the_first_answer_has_the_call_route_2() {
    let mut desk = desk(12);
    desk.run("c1 arrives");
    assert_eq!(rung(&desk, 1), (1..=10).collect::<Vec<_>>());
    desk.run("+3s\na7 accepts");
    assert_eq!(talks(&desk, 7), Some(CallId(1)));
    let others: Vec<_> = (1..=10).filter(|id| *id != 7).map(|id| (id, OfferEnd::Withdrawn)).collect();
    assert_eq!(ends(&desk), others);
    assert!(desk.board.attendants().all(|it| it.offer.is_none() && !it.rona));
    assert_eq!(desk.replayed(), desk.board);
}

#[test]
fn who_answers_second_is_told_that_the_offer_is_over_call_3() {
    let mut desk = desk(2);
    desk.run("c1 arrives");
    let offer = desk
        .board
        .call(CallId(1))
        .and_then(|call| call.offer_to(AttendantId(2)))
        .expect("it rings at her")
        .id;
    desk.run("a1 accepts");
    let late = Command::Accept { attendant: AttendantId(2), offer };
    assert_eq!(desk.act(&late), Err(Rejection::OfferOver(offer)));
}

#[test]
fn where_nobody_answers_the_next_ten_are_rung_and_nobody_is_in_rona_route_2() {
    let mut desk = desk(13);
    desk.run("c1 arrives\n+20s");
    assert_eq!(rung(&desk, 1), [11, 12, 13], "those just rung are spared");
    assert!(desk.board.attendants().all(|it| !it.rona));
    assert!(ends(&desk).iter().all(|(_, how)| *how == OfferEnd::Withdrawn));
    desk.run("+10s");
    assert_eq!(rung(&desk, 1), [11, 12, 13, 1, 2, 3, 4, 5, 6, 7], "and are rung again after `decline_pause`");
    desk.run("a2 accepts");
    assert_eq!(talks(&desk, 2), Some(CallId(1)));
}

#[test]
fn who_declines_makes_room_for_the_eleventh() {
    let mut desk = desk(12);
    desk.run("c1 arrives\na4 declines");
    assert_eq!(rung(&desk, 1), [1, 2, 3, 5, 6, 7, 8, 9, 10, 11]);
    assert_eq!(ends(&desk), [(4, OfferEnd::Declined)]);
}

#[test]
fn the_next_call_rings_at_those_who_are_left_and_at_all_when_the_first_is_answered() {
    let mut desk = desk(12);
    desk.run("c1 arrives\nc2 arrives\nc3 arrives");
    assert_eq!((rung(&desk, 2), rung(&desk, 3)), (vec![11, 12], vec![]));
    desk.run("a1 accepts");
    assert_eq!(rung(&desk, 2), [11, 12, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(rung(&desk, 3), [10]);
}

#[test]
fn who_comes_free_is_rung_too_while_fewer_than_ten_are() {
    let mut desk = desk(3);
    desk.run("a3 breaks\nc1 arrives\n+5s\na3 is back");
    assert_eq!(rung(&desk, 1), [1, 2, 3]);
    desk.run("+15s");
    assert_eq!(rung(&desk, 1), [3], "each telephone rings for its own time");
}

#[test]
fn a_caller_who_hangs_up_stops_every_telephone_call_10() {
    let mut desk = desk(3);
    desk.run("c1 arrives\nc1 hangs up");
    assert_eq!(ends(&desk), [1, 2, 3].map(|id| (id, OfferEnd::Withdrawn)));
    assert_eq!(desk.board.calls().count(), 0);
}

#[test]
fn who_takes_the_call_out_of_the_queue_stops_every_telephone() {
    let mut desk = desk(11);
    desk.run("c1 arrives\na11 picks c1");
    assert_eq!(talks(&desk, 11), Some(CallId(1)));
    assert_eq!(ends(&desk).len(), 10);
    desk.run("c2 arrives\na3 picks c2");
    assert_eq!(talks(&desk, 3), Some(CallId(2)), "she picks what rings at her: an answer");
    assert_eq!(ends(&desk).len(), 19);
}

#[test]
fn a_call_that_comes_back_rings_at_its_parker_alone_before_it_rings_at_all_call_4() {
    let mut desk = desk(4);
    desk.run("c1 arrives\na2 accepts\na2 parks c1\n+120s");
    assert_eq!(rung(&desk, 1), [2]);
    desk.run("+20s");
    assert_eq!(rung(&desk, 1), [1, 3, 4], "she has had her chance");
}

#[test]
fn callers_who_wait_keep_the_way_in_which_they_were_queued() {
    let mut desk = desk(3);
    desk.run("c1 arrives");
    let mut service = desk.board.service(S1).cloned().expect("the service is there");
    service.distribution = Distribution::LongestIdle;
    desk.act(&Command::PutService(service)).expect("the settings are in range");
    desk.run("c2 arrives\na1 accepts");
    assert_eq!(
        (rung(&desk, 2).len(), desk.board.attendants().filter(|it| it.offer.is_some()).count()),
        (1, 1)
    );
}

#[test]
fn a_hundred_broadcasts_that_fall_due_at_once_are_worked_off_tick_by_tick() {
    let mut board = Switchboard::new();
    let act = |board: &mut Switchboard, command: &Command, now: Timestamp| {
        let events = board.decide(command, now).expect("nothing is refused");
        assert!(events.len() <= 1024);
        events.iter().for_each(|event| board.apply(event, now));
    };
    for number in 0..2 {
        let ids = || (1 + number * 500..=500 + number * 500).map(AttendantId);
        let mut service = Service::new(ServiceId(number + 1), "Reception", ids().collect());
        service.distribution = Distribution::Broadcast;
        act(&mut board, &Command::PutService(service), Timestamp(0));
        for attendant in ids() {
            act(&mut board, &Command::PutAttendant(attendant), Timestamp(0));
            act(&mut board, &Command::SetDuty { attendant, on_duty: true }, Timestamp(0));
        }
    }
    for call in 0..100 {
        let (call, service, party) = (CallId(call), ServiceId(call % 2 + 1), PartyId(1));
        let arrived = Command::CallArrived { call, service, party, origin: Origin::Live };
        act(&mut board, &arrived, Timestamp(0));
    }
    assert!(board.calls().all(|call| call.offers().len() == 10));
    let now = Timestamp(20_000);
    let mut ticks = 0;
    while board.next_deadline().is_some_and(|due| due <= now) {
        act(&mut board, &Command::Tick, now);
        ticks += 1;
        assert!(ticks < 50, "the deadlines never end");
    }
    assert!(ticks > 1);
    assert_eq!(engine::invariants::broken(&board), Vec::<String>::new());
}
