//! The attendant's state, and whether one is selectable for a call (CALL-2). Does not choose: see `distribution`.

use std::collections::{BTreeMap, BTreeSet};

use crate::call::Role;
use crate::command::NotAvailable;
use crate::id::{AttendantId, CallId, OfferId, ProfileId, ServiceId};
use crate::settings::{Service, Skills};
use crate::skills::Standing;
use crate::time::Timestamp;

/// What the person's presence says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Presence {
    /// There and free.
    #[default]
    Available,
    /// Occupied; selectable only where the service says so.
    Busy,
    /// Not at the desk; selectable only where the service says so.
    Away,
    /// Wants no calls.
    DoNotDisturb,
    /// In a call that is not ours.
    InACall,
    /// Not signed in.
    Offline,
}

/// One attendant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attendant {
    /// Names her.
    pub id: AttendantId,
    /// On duty.
    pub on_duty: bool,
    /// What her presence says.
    pub presence: Presence,
    /// On a break, and why.
    pub not_available: Option<NotAvailable>,
    /// Did not answer an offer.
    pub rona: bool,
    /// After-call work.
    pub acw: Option<Acw>,
    /// What she can do, by herself.
    pub skills: Skills,
    /// Her responsibility profile.
    pub profile: Option<ProfileId>,
    /// Services she is a member of, and how she stands there. Follows from the services, her skills and her profile.
    pub services: BTreeMap<ServiceId, Standing>,
    /// Those of them she has switched off for herself (CALL-1).
    pub switched_off: BTreeSet<ServiceId>,
    /// Rings for this call.
    pub offer: Option<(OfferId, CallId)>,
    /// The one call she talks on, dials or consults about.
    pub active: Option<CallId>,
    /// Her calls on hold, oldest hold first.
    pub held: Vec<CallId>,
    /// Calls she parked.
    pub parked: BTreeSet<CallId>,
    /// Calls she sent to a target, that still go on.
    pub aside: BTreeSet<CallId>,
    /// Calls she has taken since she went on duty.
    pub taken: u32,
    /// Her last offer; zero before the first.
    pub last_offer: OfferId,
    /// When she last became free of calls and flags: the longest idle is offered the next call.
    pub idle_since: Timestamp,
}

/// After-call work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acw {
    /// After which call.
    pub call: CallId,
    /// Since when.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// Why an attendant is not offered a call: the first reason that holds, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotSelectable {
    /// Her presence does not allow it.
    Presence,
    /// Off duty.
    OffDuty,
    /// The service does not list her, or she has switched it off.
    NotServing,
    /// She lacks the skills that the service asks for.
    Skills,
    /// Rings already.
    Offered,
    /// Has a call, active or held.
    Connected,
    /// After-call work.
    Acw,
    /// Did not answer an offer and is not back.
    Rona,
    /// On a break.
    NotAvailable,
    /// She has a call parked, or as many as parallel work allows.
    Parked,
}

/// Tasks at once where parallel work is allowed: one call beside one that is parked.
const PARALLEL_TASKS_MAX: usize = 2;

impl Attendant {
    /// As she first becomes known: off duty.
    pub fn new(id: AttendantId, now: Timestamp) -> Attendant {
        Attendant {
            id,
            on_duty: false,
            presence: Presence::Available,
            not_available: None,
            rona: false,
            acw: None,
            skills: Skills::new(),
            profile: None,
            services: BTreeMap::new(),
            switched_off: BTreeSet::new(),
            offer: None,
            active: None,
            held: Vec::new(),
            parked: BTreeSet::new(),
            aside: BTreeSet::new(),
            taken: 0,
            last_offer: OfferId(0),
            idle_since: now,
        }
    }

    /// Serves this service: she is a member and she has not switched it off.
    pub fn serves(&self, service: ServiceId) -> bool {
        self.services.contains_key(&service) && !self.switched_off.contains(&service)
    }

    /// The policy level of the service from which on she is in its pool; `None`: never.
    pub fn level(&self, service: ServiceId) -> Option<u8> {
        self.services.get(&service).and_then(|standing| standing.level)
    }

    /// Whether some call of this service may be offered to her now; else the first reason why not (`outcomes.md`).
    pub fn selectable(&self, service: &Service) -> Result<(), NotSelectable> {
        let tasks_max = if service.parallel_work { PARALLEL_TASKS_MAX } else { 1 };
        let presence_allows = match self.presence {
            Presence::Available => true,
            Presence::Busy => service.busy_selectable,
            Presence::Away => service.away_selectable,
            Presence::DoNotDisturb | Presence::InACall | Presence::Offline => false,
        };
        let reasons = [
            (!presence_allows, NotSelectable::Presence),
            (!self.on_duty, NotSelectable::OffDuty),
            (!self.serves(service.id), NotSelectable::NotServing),
            (self.level(service.id).is_none(), NotSelectable::Skills),
            (self.offer.is_some(), NotSelectable::Offered),
            (self.is_connected(), NotSelectable::Connected),
            (self.acw.is_some(), NotSelectable::Acw),
            (self.rona, NotSelectable::Rona),
            (self.not_available.is_some(), NotSelectable::NotAvailable),
            (self.parked.len() >= tasks_max, NotSelectable::Parked),
        ];
        match reasons.into_iter().find(|(holds, _)| *holds) {
            Some((_, reason)) => Err(reason),
            None => Ok(()),
        }
    }

    /// Has a call: talks, dials, consults or holds. Calls parked or on their way do not count (CALL-4).
    pub fn is_connected(&self) -> bool {
        self.active.is_some() || !self.held.is_empty()
    }

    /// Has anything to do with a call that still goes on.
    pub fn has_calls(&self) -> bool {
        self.is_connected() || self.offer.is_some() || !self.parked.is_empty() || !self.aside.is_empty()
    }

    pub(crate) fn take(&mut self, call: CallId, role: Role) {
        match role {
            Role::Offered(offer) => {
                self.offer = Some((offer, call));
                self.last_offer = offer;
            }
            Role::Active => self.active = Some(call),
            Role::Held => self.held.push(call),
            Role::Parked => {
                self.parked.insert(call);
            }
            Role::Aside => {
                self.aside.insert(call);
            }
        }
    }

    /// Gives up what she has of a call. An offer that ends leaves her as idle as before.
    pub(crate) fn leave(&mut self, call: CallId, role: Role, at: Timestamp) {
        match role {
            Role::Offered(_) => self.offer = None,
            Role::Active => {
                self.active = None;
                self.idle_since = at;
            }
            Role::Held => {
                self.held.retain(|held| *held != call);
                self.idle_since = at;
            }
            Role::Parked => {
                self.parked.remove(&call);
            }
            Role::Aside => {
                self.aside.remove(&call);
            }
        }
    }
}
