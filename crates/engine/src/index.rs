//! The orders in which calls wait, attendants idle and deadlines fall due. Every entry follows from one record alone, so
//! that a record is taken out, changed and put back, and no decision ever scans. Does not choose: see `distribution`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::attendant::Attendant;
use crate::call::{Call, Place};
use crate::id::{AttendantId, CallId, Leg, ServiceId, SlotNumber, TransferId};
use crate::settings::{Distribution, Service};
use crate::time::Timestamp;

/// Lines of the past that are still recognised: a telephone system repeats itself within minutes, and 4,096 lines are
/// an hour of a desk that takes a call a second.
const GONE_MAX: usize = 4096;

/// Who changes when time passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    Call(CallId),
    Attendant(AttendantId),
}

/// All orders.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Index {
    /// Everybody who waits.
    pub(crate) queue: BTreeSet<Place>,
    /// Everybody who waits, by service.
    pub(crate) waiting: BTreeMap<ServiceId, BTreeSet<Place>>,
    /// Those of them who may ring at one more attendant and are kept for nobody, by service and the policy level they have
    /// reached.
    pub(crate) open: BTreeMap<(ServiceId, u8), BTreeSet<Place>>,
    /// Those who ring nowhere and are kept for one attendant.
    pub(crate) reserved: BTreeMap<AttendantId, BTreeSet<Place>>,
    /// Selectable attendants by service, in the order in which its calls are offered.
    pub(crate) idle: BTreeMap<ServiceId, BTreeSet<Rank>>,
    /// Slots that are taken.
    pub(crate) slots: BTreeMap<SlotNumber, CallId>,
    /// Transfers in flight, and abandoned ones the telephone system may still carry out.
    pub(crate) transfers: BTreeMap<TransferId, CallId>,
    /// How many calls belong to a service.
    pub(crate) calls_of: BTreeMap<ServiceId, u32>,
    /// What falls due, earliest first.
    pub(crate) deadlines: BTreeSet<(Timestamp, Due)>,
    /// Lines of the past.
    pub(crate) gone: Gone,
}

/// An attendant's place among those whom a service's call may be offered: preferred ones by priority, then who meets the
/// earlier policy level, then as the service distributes, then by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    pub(crate) preferred: u8,
    pub(crate) level: u8,
    order: u64,
    idle_since: Timestamp,
    pub(crate) attendant: AttendantId,
}

impl Rank {
    /// Her rank with this service; `None` where she is in none of its pools, or nobody is rung.
    pub(crate) fn of(attendant: &Attendant, service: &Service) -> Option<Rank> {
        let standing = attendant.services.get(&service.id)?;
        let (order, idle_since) = match service.distribution {
            Distribution::LongestIdle | Distribution::Broadcast => (0, attendant.idle_since),
            Distribution::FewestCalls => (u64::from(attendant.taken), attendant.idle_since),
            Distribution::RoundRobin => (attendant.last_offer.0, attendant.idle_since),
            Distribution::FixedOrder => (u64::from(standing.place), Timestamp(0)),
            Distribution::PickUp => return None,
        };
        let preferred = standing.preferred;
        Some(Rank { preferred, level: standing.level?, order, idle_since, attendant: attendant.id })
    }
}

/// The last lines that ended, and when each was last told to: so a late or repeated report about one is known for what
/// it is, and one that does not go is told again.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Gone {
    order: VecDeque<Leg>,
    told: BTreeMap<Leg, Timestamp>,
}

impl Gone {
    pub(crate) fn contains(&self, leg: Leg) -> bool {
        self.told.contains_key(&leg)
    }

    /// The first that ended first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Leg, Timestamp)> {
        self.order.iter().filter_map(|leg| Some((*leg, *self.told.get(leg)?)))
    }

    /// Whether the line should have gone by now: it was last told to before `before`.
    pub(crate) fn was_told_before(&self, leg: Leg, before: Timestamp) -> bool {
        self.told.get(&leg).is_some_and(|told| *told < before)
    }

    pub(crate) fn tell(&mut self, leg: Leg, at: Timestamp) {
        if self.told.insert(leg, at).is_some() {
            return;
        }
        self.order.push_back(leg);
        if self.order.len() > GONE_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.told.remove(&oldest);
        }
    }
}

impl FromIterator<(Leg, Timestamp)> for Gone {
    fn from_iter<T: IntoIterator<Item = (Leg, Timestamp)>>(told: T) -> Gone {
        let mut gone = Gone::default();
        told.into_iter().for_each(|(leg, at)| gone.tell(leg, at));
        gone
    }
}

impl Index {
    pub(crate) fn add_call(&mut self, call: &Call) {
        if let Some(service) = call.service {
            *self.calls_of.entry(service).or_default() += 1;
        }
        if let (Some(place), Some(service), Some(waiting)) = (call.place(), call.service, call.waiting()) {
            self.queue.insert(place);
            self.waiting.entry(service).or_default().insert(place);
            if waiting.is_open() {
                self.open.entry((service, waiting.level)).or_default().insert(place);
            }
            if let Some(reserved) = waiting.reserved.filter(|_| !waiting.rings()) {
                self.reserved.entry(reserved.attendant).or_default().insert(place);
            }
        }
        if let Some(slot) = call.slot() {
            self.slots.insert(slot, call.id);
        }
        for transfer in transfers_of(call) {
            self.transfers.insert(transfer, call.id);
        }
        if let Some(deadline) = call.deadline() {
            self.deadlines.insert((deadline, Due::Call(call.id)));
        }
    }

    pub(crate) fn remove_call(&mut self, call: &Call) {
        if let Some(service) = call.service {
            count_down(&mut self.calls_of, service);
        }
        if let (Some(place), Some(service)) = (call.place(), call.service) {
            self.queue.remove(&place);
            remove_from(&mut self.waiting, service, &place);
            let level = call.waiting().map_or(0, |waiting| waiting.level);
            remove_from(&mut self.open, (service, level), &place);
            if let Some(reserved) = call.waiting().and_then(|waiting| waiting.reserved) {
                remove_from(&mut self.reserved, reserved.attendant, &place);
            }
        }
        if let Some(slot) = call.slot() {
            self.slots.remove(&slot);
        }
        for transfer in transfers_of(call) {
            self.transfers.remove(&transfer);
        }
        if let Some(deadline) = call.deadline() {
            self.deadlines.remove(&(deadline, Due::Call(call.id)));
        }
    }

    pub(crate) fn add_attendant(&mut self, attendant: &Attendant, services: &BTreeMap<ServiceId, Service>) {
        for (service, rank) in ranks(attendant, services) {
            self.idle.entry(service).or_default().insert(rank);
        }
        if let Some(acw) = attendant.acw {
            self.deadlines.insert((acw.until, Due::Attendant(attendant.id)));
        }
    }

    pub(crate) fn remove_attendant(
        &mut self,
        attendant: &Attendant,
        services: &BTreeMap<ServiceId, Service>,
    ) {
        for (service, rank) in ranks(attendant, services) {
            remove_from(&mut self.idle, service, &rank);
        }
        if let Some(acw) = attendant.acw {
            self.deadlines.remove(&(acw.until, Due::Attendant(attendant.id)));
        }
    }
}

fn transfers_of(call: &Call) -> impl Iterator<Item = TransferId> {
    let in_flight = call.transfer().map(|transfer| transfer.id).or_else(|| call.handing_over());
    let abandoned = call.abandoned.map(|abandoned| abandoned.transfer);
    in_flight.into_iter().chain(abandoned)
}

fn ranks<'a>(
    attendant: &'a Attendant,
    services: &'a BTreeMap<ServiceId, Service>,
) -> impl Iterator<Item = (ServiceId, Rank)> + 'a {
    let member = attendant.services.keys().filter_map(|service| services.get(service));
    let selectable = member.filter(|service| attendant.selectable(service).is_ok());
    selectable.filter_map(|service| Some((service.id, Rank::of(attendant, service)?)))
}

/// Empty sets are dropped, so that equal states have equal indexes whatever road led there.
fn remove_from<K: Ord, V: Ord>(sets: &mut BTreeMap<K, BTreeSet<V>>, key: K, value: &V) {
    if let Some(set) = sets.get_mut(&key) {
        set.remove(value);
        if set.is_empty() {
            sets.remove(&key);
        }
    }
}

fn count_down(counts: &mut BTreeMap<ServiceId, u32>, service: ServiceId) {
    if let Some(count) = counts.get_mut(&service) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(&service);
        }
    }
}
