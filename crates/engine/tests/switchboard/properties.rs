//! What holds for any sequence of commands, sensible or not.

use std::collections::BTreeMap;

use engine::{
    AttendantId, Calendar, CalendarId, CallId, Command, Distribution, Event, Failure, Leg, Limits, Members,
    NotAvailable, Origin, ParkFallback, PartyId, PolicyLevel, Preferred, Presence, Profile, ProfileId,
    Rejection, Service, ServiceId, SkillId, SkillNeed, Skills, SlotNumber, Span, Switchboard, Target,
    TargetKind, Timestamp, TransferId, Unattended, invariants,
};
use hours::{DaySet, Period, State, WallTime, When, Zone};
use proptest::prelude::*;

use crate::script::{Desk, tight_limits};

/// Numbers from which a command is made for the switchboard as it stands, so that most are possible and some are not.
type Dice = (u8, u8, u8, u16);

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_commands_leave_a_sound_switchboard_that_replay_rebuilds(
        dice in prop::collection::vec(any::<Dice>(), 1..250),
    ) {
        let mut desk = staffed_desk();
        for roll in dice {
            let command = command(roll, &desk.board);
            desk.now = Timestamp(desk.now.0 + step_ms(roll));
            let outcome = desk.act(&command);
            if outcome.is_err() || matches!(command, Command::Tick) {
                prop_assert!(no_deadline_is_overdue(&mut desk));
            }
        }
        prop_assert_eq!(&desk.replayed(), &desk.board);
        one_end_each(&desk)?;
        offers_end_once(&desk)?;
    }

    #[test]
    fn whoever_is_rung_is_who_the_service_says(
        way in any::<u16>(), gaps in prop::collection::vec((any::<u8>(), any::<u8>()), 20..120),
    ) {
        // Calls come and go at one service: each offer is compared with `naive` by the desk itself.
        let mut desk = desk_that_distributes(way);
        for (call, (gap, work)) in (1u64..).zip(gaps) {
            desk.act(&Command::CallArrived {
                call: CallId(call), service: ServiceId(1), party: PartyId(1), origin: Origin::Live,
            }).expect("there is room");
            desk.now = Timestamp(desk.now.0 + i64::from(gap) * 20);
            let offered: Vec<_> = desk.board.attendants().filter_map(|it| Some((it.id, it.offer?.0))).collect();
            for (attendant, offer) in offered {
                let answer = if work % 5 == 0 { Command::Decline { attendant, offer } } else { Command::Accept { attendant, offer } };
                // With broadcast, another one may have been faster.
                let still_rings = desk.board.attendant(attendant).and_then(|it| it.offer).map(|(offer, _)| offer);
                let expected = if still_rings == Some(offer) { Ok(()) } else { Err(Rejection::OfferOver(offer)) };
                prop_assert_eq!(desk.act(&answer), expected);
            }
            let talking: Vec<_> = desk.board.attendants().filter_map(|it| Some((it.id, it.active?))).collect();
            for (attendant, call) in talking.into_iter().skip(usize::from(work % 4)) {
                desk.act(&Command::HangUp { attendant, call }).expect("it is hers");
            }
            prop_assert!(no_deadline_is_overdue(&mut desk));
        }
        prop_assert_eq!(&desk.replayed(), &desk.board);
    }

    #[test]
    fn a_decision_is_the_same_each_time_and_changes_nothing(dice in prop::collection::vec(any::<Dice>(), 1..80)) {
        let mut desk = staffed_desk();
        for roll in dice {
            let command = command(roll, &desk.board);
            let first = desk.board.decide(&command, desk.now);
            prop_assert_eq!(&first, &desk.board.decide(&command, desk.now));
            let _ = desk.act(&command);
        }
    }

    #[test]
    fn in_the_end_every_caller_is_gone_when_attendants_answer_and_hang_up(
        dice in prop::collection::vec(any::<Dice>(), 1..150),
    ) {
        let mut desk = staffed_desk();
        for roll in dice {
            desk.now = Timestamp(desk.now.0 + step_ms(roll));
            let command = command(roll, &desk.board);
            let _ = desk.act(&command);
        }
        serve_everybody(&mut desk);
        prop_assert_eq!(desk.board.calls().count(), 0, "somebody is stuck: {:?}", desk.board.calls().collect::<Vec<_>>());
    }

    #[test]
    fn events_in_any_order_never_break_replay(
        dice in prop::collection::vec(any::<Dice>(), 1..120), drop_every in 2usize..9,
    ) {
        let mut desk = staffed_desk();
        for roll in dice {
            desk.now = Timestamp(desk.now.0 + step_ms(roll));
            let command = command(roll, &desk.board);
            let _ = desk.act(&command);
        }
        // A damaged journal must not bring the program down: `apply` is total.
        let mut board = Switchboard::new();
        for (number, event) in desk.journal().enumerate() {
            if number % drop_every != 0 {
                board.apply(event, Timestamp(0));
            }
        }
        let _ = invariants::broken(&board);
    }
}

/// Four attendants on duty, one service that distributes in some way.
fn desk_that_distributes(amount: u16) -> Desk {
    let mut desk = Desk::new();
    for id in 1..=4 {
        let attendant = AttendantId(id);
        let of_hers = amount / u16::try_from(id).unwrap_or(1);
        for command in [
            Command::PutAttendant(attendant),
            Command::SetDuty { attendant, on_duty: true },
            Command::SetSkills { attendant, skills: skills(of_hers), profile: None },
        ] {
            desk.act(&command).expect("the desk can be staffed");
        }
    }
    let mut service = Service::new(ServiceId(1), "Reception", (1..=4).map(AttendantId).collect());
    distribute_somehow(&mut service, amount);
    desk.act(&Command::PutService(service)).expect("the settings are in range");
    desk
}

/// Three attendants on duty, two services, limits that are soon reached.
fn staffed_desk() -> Desk {
    let mut desk = Desk::new();
    let mut commands = vec![Command::PutLimits(tight_limits())];
    commands.extend((1..=3).map(|id| Command::SetDuty { attendant: AttendantId(id), on_duty: true }));
    for command in commands {
        desk.act(&command).expect("the desk can be staffed");
    }
    desk
}

fn step_ms((kind, _, _, amount): Dice) -> i64 {
    // The clock stands, steps back, or goes on by up to 20 s.
    match kind % 7 {
        0 => 0,
        1 => -i64::from(amount % 5000),
        _ => i64::from(amount % 20_000),
    }
}

fn no_deadline_is_overdue(desk: &mut Desk) -> bool {
    for _ in 0..50 {
        let moment = desk.board.moment(desk.now);
        if desk.board.next_deadline().is_none_or(|due| due > moment) {
            return true;
        }
        desk.act(&Command::Tick).expect("time is never refused");
    }
    false
}

fn one_end_each(desk: &Desk) -> Result<(), TestCaseError> {
    let mut ends: BTreeMap<CallId, u32> = BTreeMap::new();
    for event in desk.journal() {
        match event {
            Event::CallArrived { call, .. } | Event::CallPlaced { call, .. } => {
                prop_assert_eq!(ends.insert(*call, 0), None, "{:?} began twice", call);
            }
            Event::CallEnded { call, .. } => *ends.entry(*call).or_default() += 1,
            _ => {}
        }
    }
    for (call, ends) in ends {
        let there = u32::from(desk.board.call(call).is_some());
        prop_assert_eq!(ends + there, 1, "{:?} ended {} times", call, ends);
    }
    Ok(())
}

fn offers_end_once(desk: &Desk) -> Result<(), TestCaseError> {
    let mut rings: BTreeMap<AttendantId, (u64, CallId)> = BTreeMap::new();
    for event in desk.journal() {
        match event {
            Event::CallOffered { offer, call, attendant, .. } => {
                let before = rings.insert(*attendant, (offer.0, *call));
                prop_assert_eq!(before, None, "{:?} rings twice", attendant);
                let rung = rings.values().filter(|(_, rung)| rung == call).count();
                prop_assert!(rung <= 10, "{:?} rings at {} attendants", call, rung);
            }
            Event::OfferEnded { offer, call, attendant, .. } => {
                let ended = rings.remove(attendant);
                prop_assert_eq!(ended, Some((offer.0, *call)), "{:?} did not ring", offer);
            }
            Event::CallAccepted { offer, call, attendant } => {
                if let Some(offer) = offer {
                    let ended = rings.remove(attendant);
                    prop_assert_eq!(ended, Some((offer.0, *call)), "{:?} did not ring", offer);
                }
                let goes_on = rings.values().any(|(_, rung)| rung == call);
                prop_assert!(!goes_on, "{:?} is answered and rings elsewhere", call);
            }
            Event::CallEnded { call, .. } => {
                prop_assert!(!rings.values().any(|(_, rung)| rung == call), "{:?} has ended and rings", call);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Attendants do their work until nobody is left.
fn serve_everybody(desk: &mut Desk) {
    for id in 1..=4 {
        let attendant = AttendantId(id);
        let back = [
            Command::PutAttendant(attendant),
            Command::SetDuty { attendant, on_duty: true },
            Command::SetPresence { attendant, presence: Presence::Available },
            Command::SetNotAvailable { attendant, reason: None },
        ];
        for command in back {
            desk.act(&command).expect("she can be back");
        }
    }
    for _ in 0..400 {
        for id in 1..=4 {
            let attendant = AttendantId(id);
            let Some(found) = desk.board.attendant(attendant).cloned() else { continue };
            let offer = found.offer.map(|(offer, _)| Command::Accept { attendant, offer });
            let aside = found.parked.into_iter().chain(found.aside);
            let calls = found.active.into_iter().chain(found.held).chain(aside);
            let hang_up = calls.map(|call| Command::HangUp { attendant, call });
            for command in offer.into_iter().chain(hang_up) {
                let _ = desk.act(&command);
            }
        }
        desk.now = Timestamp(desk.board.moment(desk.now).0 + 1000);
        desk.act(&Command::Tick).expect("time is never refused");
    }
}

fn pick<T: Copy>(from: &[T], dice: u8) -> Option<T> {
    (!from.is_empty()).then(|| from[usize::from(dice) % from.len()])
}

fn command((kind, one, two, amount): Dice, board: &Switchboard) -> Command {
    let attendant = AttendantId(u64::from(one % 4) + 1);
    let service = ServiceId(u64::from(two % 3) + 1);
    let own = board.attendant(attendant).cloned();
    let her_offer = own.as_ref().and_then(|it| it.offer).map(|(offer, _)| offer);
    let offer = her_offer.unwrap_or(engine::OfferId(u64::from(two)));
    let mut hers: Vec<CallId> =
        own.iter().flat_map(|it| it.active.into_iter().chain(it.held.iter().copied())).collect();
    if two % 5 == 0 {
        hers = board.calls().map(|call| call.id).collect();
    }
    let call = pick(&hers, two).unwrap_or(CallId(u64::from(amount % 40)));
    let waiting: Vec<CallId> = board.queue().map(|call| call.id).collect();
    let any_call: Vec<CallId> = board.calls().map(|call| call.id).collect();
    let transfers: Vec<TransferId> =
        board.calls().filter_map(|call| call.transfer()).map(|it| it.id).collect();
    let transfer = pick(&transfers, two).unwrap_or(TransferId(u64::from(amount % 40)));
    let transfer_owner = board.transfer(transfer).and_then(|(call, _)| call.attendant()).unwrap_or(attendant);
    let new = u64::from(amount) + 1000;
    let target = target(two);
    let leg = if amount % 2 == 0 || transfers.is_empty() {
        Leg::Caller(pick(&any_call, two).unwrap_or(CallId(u64::from(amount % 40))))
    } else {
        Leg::Target(transfer)
    };
    let failure = if amount % 3 == 0 { Failure::Busy } else { Failure::NoAnswer };
    let slot = board.slots().next().map_or(SlotNumber(1), |(slot, _)| slot);
    match kind % 40 {
        0..=5 => Command::CallArrived { call: CallId(new), service, party: PartyId(1), origin: Origin::Live },
        6..=9 => Command::Accept { attendant, offer },
        10 => Command::Decline { attendant, offer },
        11 => Command::Pick { attendant, call: pick(&waiting, two).unwrap_or(call) },
        12 | 13 => Command::HangUp { attendant, call },
        14 => Command::Hold { attendant, call },
        15 => Command::Retrieve { attendant, call },
        16 | 17 => Command::Park { attendant, call, slot: (two % 4 == 0).then_some(SlotNumber(amount % 4)) },
        18 => Command::Unpark { attendant, slot },
        19 | 20 => {
            let mode = if one % 2 == 0 { Unattended::Blind } else { Unattended::Safe };
            Command::Transfer { attendant, call, transfer: TransferId(new), mode, target }
        }
        21 | 22 => Command::Consult { attendant, call, transfer: TransferId(new), target },
        23 => Command::Swap { attendant: transfer_owner, transfer },
        24 => Command::Conference { attendant: transfer_owner, transfer },
        25 => Command::CompleteTransfer { attendant: transfer_owner, transfer },
        26 => Command::CancelTransfer { attendant: transfer_owner, transfer },
        27 => Command::PlaceCall {
            attendant,
            call: CallId(new),
            service: (two % 2 == 0).then_some(service),
            target,
            origin: Origin::Live,
        },
        28 | 29 => report(leg, one, failure),
        30 => Command::LegAnswered { leg },
        31 => Command::TransferTaken { transfer },
        32 => Command::TransferRefused { transfer, failure },
        33 => Command::SetDuty { attendant, on_duty: two % 3 != 0 },
        34 => state_of_attendant(attendant, two),
        35 => Command::SetServing { attendant, service, serving: amount % 3 != 0 },
        36 => settings(attendant, service, amount),
        37 => Command::Reconcile {
            legs: any_call
                .iter()
                .filter(|call| call.0 % 5 != 0)
                .map(|call| Leg::Caller(*call))
                .chain([leg])
                .collect(),
            taken: board.clock(),
        },
        38 => Command::LineResumed { leg },
        _ => Command::Tick,
    }
}

fn target(dice: u8) -> Target {
    let kind = match dice % 5 {
        0 => TargetKind::User,
        1 => TargetKind::Outside,
        2 => TargetKind::Voicemail,
        _ => TargetKind::Service(ServiceId(u64::from(dice % 3) + 1)),
    };
    Target { party: PartyId(7), kind }
}

fn report(leg: Leg, dice: u8, failure: Failure) -> Command {
    match dice % 4 {
        0 => Command::LegRinging { leg },
        1 => Command::LegFailed { leg, failure },
        2 => Command::LegHungUp { leg },
        _ => Command::LegLost { leg },
    }
}

fn state_of_attendant(attendant: AttendantId, dice: u8) -> Command {
    match dice % 8 {
        0 => Command::SetPresence { attendant, presence: Presence::Busy },
        1 => Command::SetPresence { attendant, presence: Presence::Offline },
        2 => Command::SetPresence { attendant, presence: Presence::Available },
        3 => Command::SetNotAvailable { attendant, reason: Some(NotAvailable::Lunch) },
        4 => Command::SetNotAvailable { attendant, reason: None },
        5 => Command::EndAcw { attendant },
        _ => Command::ClearRona { attendant },
    }
}

fn settings(attendant: AttendantId, service: ServiceId, amount: u16) -> Command {
    match amount % 12 {
        0 => Command::RemoveService(service),
        1 => Command::RemoveAttendant(attendant),
        2 | 3 => Command::PutAttendant(attendant),
        4 => Command::PutProfile(Profile {
            id: ProfileId(u64::from(amount / 10 % 2)),
            name: "Anything".into(),
            skills: skills(amount / 20),
        }),
        5 => Command::RemoveProfile(ProfileId(u64::from(amount / 10 % 2))),
        6 => {
            let park_fallback = match amount / 10 % 3 {
                0 => ParkFallback::Queue,
                _ => ParkFallback::Service(service),
            };
            Command::PutLimits(Limits { park_fallback, ..tight_limits() })
        }
        7 => Command::SetSkills {
            attendant,
            skills: skills(amount / 10),
            profile: amount.is_multiple_of(3).then_some(ProfileId(u64::from(amount / 30 % 2))),
        },
        8 => Command::PutCalendar(some_hours(amount / 12)),
        9 => Command::RemoveCalendar(CalendarId(u64::from(amount / 12 % 3))),
        _ => {
            let listed = (1..=4).filter(|id| u64::from(amount) % (id + 1) != 0).map(AttendantId).collect();
            let mut put = Service::new(service, "Anything", listed);
            put.priority = u8::try_from(amount % 99).unwrap_or(0) + 1;
            put.busy_selectable = amount.is_multiple_of(7);
            put.queue_time_max = Span::from_secs(5 + u32::from(amount % 60));
            put.acw = Span::from_secs(u32::from(amount % 3) * 10);
            put.parallel_work = !amount.is_multiple_of(5);
            distribute_somehow(&mut put, amount / 10);
            Command::PutService(put)
        }
    }
}

/// Hours of a name that is too long now and then.
fn some_hours(amount: u16) -> Calendar {
    let days = DaySet::from_bits(u8::try_from(amount % 128).unwrap_or(0)).expect("seven bits");
    let (from, to) = (WallTime::from_minutes(amount % 1440), WallTime::from_minutes(amount / 3 % 1440));
    let when = When::Weekly { days, from: from.expect("a time"), to: to.expect("a time") };
    let hours = hours::Calendar {
        name: "A".repeat(usize::from(amount % 150)),
        zone: Zone::parse("Europe/Zurich").expect("a zone"),
        default: State::Closed,
        primary: vec![],
        secondary: vec![Period { state: State::Open, when, label: String::new() }],
    };
    Calendar { id: CalendarId(u64::from(amount % 3)), hours }
}

/// Two skills, each missing, poor or good.
fn skills(amount: u16) -> Skills {
    let level = |dice: u16| [0, 30, 90].get(usize::from(dice % 3)).copied().filter(|level| *level > 0);
    [(SkillId(1), amount), (SkillId(2), amount / 3)]
        .into_iter()
        .filter_map(|(skill, dice)| Some((skill, level(dice)?)))
        .collect()
}

fn distribute_somehow(service: &mut Service, amount: u16) {
    service.distribution = match amount % 6 {
        0 => Distribution::LongestIdle,
        1 => Distribution::FewestCalls,
        2 => Distribution::RoundRobin,
        3 => Distribution::FixedOrder,
        4 => Distribution::Broadcast,
        _ => Distribution::PickUp,
    };
    let need = |skill: u16| SkillNeed { skill: SkillId(u64::from(skill % 2) + 1), level: 50 };
    if amount.is_multiple_of(4) {
        service.members = Members::Skilled(vec![SkillNeed { level: 20, ..need(amount / 4) }]);
    }
    if !amount.is_multiple_of(3) {
        let level = |after, needs, profiles| PolicyLevel { after: Span::from_secs(after), needs, profiles };
        let widest = if amount.is_multiple_of(7) { vec![need(amount / 7)] } else { vec![] };
        service.levels = vec![
            level(0, vec![need(amount / 2)], vec![]),
            level(7, vec![], vec![ProfileId(u64::from(amount % 2))]),
            level(19, widest, vec![]),
        ];
    }
    for (attendant, dice) in (1..=4).zip([amount, amount / 2, amount / 3, amount / 5]) {
        if dice % 5 == 0 {
            let priority = u8::try_from(dice % 3).unwrap_or(0) + 1;
            service.preferred.push(Preferred { attendant: AttendantId(attendant), priority });
        }
    }
}
