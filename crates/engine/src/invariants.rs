//! What holds after every decision, whatever happened before (`docs/engine.md`). Looks at everything, so it is for tests
//! and for checking a switchboard after replay, never for the road of a call.

use std::collections::{BTreeMap, BTreeSet};

use crate::attendant::Attendant;
use crate::call::{Call, Role};
use crate::id::{AttendantId, CallId};
use crate::index::Index;
use crate::settings::Distribution;
use crate::switchboard::Switchboard;

/// Every invariant that does not hold, in words; empty for a sound switchboard.
pub fn broken(board: &Switchboard) -> Vec<String> {
    let mut broken = Vec::new();
    broken.extend(roles(board));
    broken.extend(board.calls().filter_map(rings_too_often));
    broken.extend(board.calls().filter_map(|call| idle_while_waiting(board, call)));
    broken.extend(slots(board));
    broken.extend(orders(board));
    broken
}

/// A call and its attendant agree on what she has of it; nobody has two offers or two active calls.
fn roles(board: &Switchboard) -> Vec<String> {
    let mut broken = Vec::new();
    let mut by_calls: BTreeMap<AttendantId, Has> = BTreeMap::new();
    for call in board.calls() {
        for (attendant, role) in call.state.roles().iter().copied() {
            if board.attendant(attendant).is_none() {
                broken.push(format!("{:?} belongs to {attendant:?}, who is not there", call.id));
            }
            by_calls.entry(attendant).or_default().add(call.id, role);
        }
    }
    for attendant in board.attendants() {
        let said = Has::of(attendant);
        let meant = by_calls.remove(&attendant.id).unwrap_or_default();
        if said != meant {
            broken.push(format!("{:?} has {said:?}, the calls say {meant:?}", attendant.id));
        }
        if meant.offers.len() > 1 || meant.active.len() > 1 {
            broken.push(format!("{:?} is offered or talks on more than one call: {meant:?}", attendant.id));
        }
        if !meant.offers.is_empty() && !meant.active.is_empty() {
            broken.push(format!("{:?} is offered a call while she talks: {meant:?}", attendant.id));
        }
    }
    broken
}

#[derive(Debug, Default, PartialEq)]
struct Has {
    offers: BTreeSet<CallId>,
    active: BTreeSet<CallId>,
    held: BTreeSet<CallId>,
    parked: BTreeSet<CallId>,
    aside: BTreeSet<CallId>,
}

impl Has {
    fn of(attendant: &Attendant) -> Has {
        Has {
            offers: attendant.offer.iter().map(|(_, call)| *call).collect(),
            active: attendant.active.iter().copied().collect(),
            held: attendant.held.iter().copied().collect(),
            parked: attendant.parked.clone(),
            aside: attendant.aside.clone(),
        }
    }

    fn add(&mut self, call: CallId, role: Role) {
        match role {
            Role::Offered(_) => self.offers.insert(call),
            Role::Active => self.active.insert(call),
            Role::Held => self.held.insert(call),
            Role::Parked => self.parked.insert(call),
            Role::Aside => self.aside.insert(call),
        };
    }
}

/// A call rings at one attendant, and at ten with broadcast.
fn rings_too_often(call: &Call) -> Option<String> {
    let waiting = call.waiting()?;
    let (rung, most) = (waiting.offers.len(), usize::from(waiting.ring_max));
    let different: BTreeSet<_> = waiting.offers.iter().map(|offer| offer.attendant).collect();
    let wrong = rung > most || different.len() < rung || ![1, 10].contains(&most);
    wrong.then(|| {
        format!("{:?} rings at {rung} attendants, {} different ones, of {most}", call.id, different.len())
    })
}

/// Nobody waits while a selectable attendant idles whom the wait has reached, but for one who declined the call a moment
/// ago, or for whom it is not kept.
fn idle_while_waiting(board: &Switchboard, call: &Call) -> Option<String> {
    let waiting = call.waiting().filter(|waiting| waiting.may_ring())?;
    let service = call.service?;
    let pick_up = board.service(service)?.distribution == Distribution::PickUp;
    let idle = board.attendants().find(|attendant| {
        let reached = match waiting.reserved {
            Some(reserved) => reserved.attendant == attendant.id,
            None => !pick_up && attendant.level(service).is_some_and(|level| level <= waiting.level),
        };
        reached && !waiting.was_declined_by(attendant.id) && board.selectable(attendant.id, service).is_ok()
    })?;
    Some(format!("{:?} waits while {:?} is selectable and idle", call.id, idle.id))
}

/// A slot holds one call.
fn slots(board: &Switchboard) -> Option<String> {
    let parked: Vec<_> = board.calls().filter_map(Call::slot).collect();
    let different: BTreeSet<_> = parked.iter().collect();
    (different.len() != parked.len()).then(|| format!("a slot holds two calls: {parked:?}"))
}

/// Every order is what the records say.
fn orders(board: &Switchboard) -> Option<String> {
    let mut rebuilt = Index { gone: board.index.gone.clone(), ..Index::default() };
    for call in board.calls.values() {
        rebuilt.add_call(call);
    }
    for attendant in board.attendants.values() {
        rebuilt.add_attendant(attendant, &board.services);
    }
    (rebuilt != board.index)
        .then(|| format!("orders differ from records: {:?}, not {rebuilt:?}", board.index))
}
