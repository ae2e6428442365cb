//! Who should be offered what, worked out the slow way: everybody looked at, nothing indexed. Every offer of every test in
//! this folder is compared with it (ROUTE-2, ROUTE-6).

use engine::skills::{effective, unmet};
use engine::{Attendant, AttendantId, Call, CallId, Distribution, Members, Service, Switchboard};

/// The first call in the queue that anybody may be offered, and who comes first for it.
pub(crate) fn next_offer(board: &Switchboard) -> Option<(CallId, AttendantId)> {
    board.queue().find_map(|call| Some((call.id, first_for(board, call)?)))
}

fn first_for(board: &Switchboard, call: &Call) -> Option<AttendantId> {
    let service = board.service(call.service?)?;
    let waiting = call.waiting()?;
    let at_once = if waiting.reserved.is_none() { waiting.ring_max } else { 1 };
    if waiting.offers.len() >= usize::from(at_once) {
        return None;
    }
    let may = |attendant: &&Attendant| {
        attendant.selectable(service).is_ok() && !waiting.was_declined_by(attendant.id)
    };
    if let Some(reserved) = waiting.reserved {
        return board.attendant(reserved.attendant).filter(may).map(|attendant| attendant.id);
    }
    if service.distribution == Distribution::PickUp {
        return None;
    }
    let in_pool = |attendant: &Attendant| level(board, service, attendant).filter(|it| *it <= waiting.level);
    let candidates = board.attendants().filter(may).filter_map(|it| Some((it, in_pool(it)?)));
    candidates.min_by_key(|(attendant, level)| order(service, attendant, *level)).map(|(it, _)| it.id)
}

fn order(service: &Service, attendant: &Attendant, level: u8) -> (u8, u8, u64, i64, AttendantId) {
    let preferred = service.preferred.iter().find(|preferred| preferred.attendant == attendant.id);
    let place = match &service.members {
        Members::Listed(listed) => listed.iter().position(|listed| *listed == attendant.id).unwrap_or(0),
        Members::Skilled(_) | Members::Nobody => 0,
    };
    let (first, then) = match service.distribution {
        Distribution::LongestIdle | Distribution::Broadcast => (0, attendant.idle_since.0),
        Distribution::FewestCalls => (u64::from(attendant.taken), attendant.idle_since.0),
        Distribution::RoundRobin => (attendant.last_offer.0, attendant.idle_since.0),
        Distribution::FixedOrder | Distribution::PickUp => (place as u64, 0),
    };
    (preferred.map_or(100, |preferred| preferred.priority), level, first, then, attendant.id)
}

/// The first level she meets.
fn level(board: &Switchboard, service: &Service, attendant: &Attendant) -> Option<u8> {
    let profile = attendant.profile.and_then(|wanted| board.profiles().find(|profile| profile.id == wanted));
    let skills = effective(&attendant.skills, profile);
    let member = match &service.members {
        Members::Listed(listed) => listed.contains(&attendant.id),
        Members::Skilled(needs) => unmet(needs, &skills).is_none(),
        Members::Nobody => false,
    };
    if !member {
        return None;
    }
    if service.levels.is_empty() {
        return Some(0);
    }
    let meets = service.levels.iter().position(|level| {
        unmet(&level.needs, &skills).is_none()
            && (level.profiles.is_empty() || attendant.profile.is_some_and(|it| level.profiles.contains(&it)))
    });
    meets.map(|level| u8::try_from(level).expect("ten levels at most"))
}
