//! The aggregate: what may be asked of it (`decide`), what happened to it (`apply`), what the world must do (`effects`),
//! when time alone changes it (`next_deadline`), and reading it. The rules themselves are beside: `queue`,
//! `conversation`, `transfer`, `desk`, `distribution`, `deadline`, `reconcile`.

use std::collections::BTreeMap;

use crate::attendant::{Attendant, NotSelectable};
use crate::calendar::Calendar;
use crate::call::Call;
use crate::command::Command;
use crate::effect::Effect;
use crate::event::Event;
use crate::id::{AttendantId, CalendarId, CallId, ProfileId, ServiceId, SlotNumber, TransferId};
use crate::index::Index;
use crate::rejection::Rejection;
use crate::settings::{Limits, Profile, Service};
use crate::time::Timestamp;
use crate::transfer::Transfer;

/// The switchboard of one tenant.
#[derive(Debug, Default, PartialEq)]
pub struct Switchboard {
    pub(crate) clock: Timestamp,
    pub(crate) limits: Limits,
    pub(crate) services: BTreeMap<ServiceId, Service>,
    pub(crate) profiles: BTreeMap<ProfileId, Profile>,
    pub(crate) calendars: BTreeMap<CalendarId, Calendar>,
    pub(crate) attendants: BTreeMap<AttendantId, Attendant>,
    pub(crate) calls: BTreeMap<CallId, Call>,
    /// Offers made so far; the next one is one more.
    pub(crate) offers_made: u64,
    pub(crate) index: Index,
}

impl Switchboard {
    /// An empty one: no services, no attendants, default limits.
    pub fn new() -> Switchboard {
        Switchboard::default()
    }

    /// When time alone next changes something. A `Command::Tick` at or after it takes effect.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.index.deadlines.first().map(|(at, _)| *at)
    }

    /// The moment of the last event. A `now` before it counts as it: the switchboard never steps backwards.
    pub fn clock(&self) -> Timestamp {
        self.clock
    }

    /// The moment a decision at `now` is made: record its events with this.
    pub fn moment(&self, now: Timestamp) -> Timestamp {
        now.max(self.clock)
    }

    // -- reading -------------------------------------------------------------------------------------------------

    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// All services, by id.
    pub fn services(&self) -> impl Iterator<Item = &Service> {
        self.services.values()
    }

    /// One service.
    pub fn service(&self, service: ServiceId) -> Option<&Service> {
        self.services.get(&service)
    }

    /// All responsibility profiles, by id.
    pub fn profiles(&self) -> impl Iterator<Item = &Profile> {
        self.profiles.values()
    }

    /// All opening hours, by id.
    pub fn calendars(&self) -> impl Iterator<Item = &Calendar> {
        self.calendars.values()
    }

    /// Opening hours.
    pub fn calendar(&self, calendar: CalendarId) -> Option<&Calendar> {
        self.calendars.get(&calendar)
    }

    /// All attendants, by id.
    pub fn attendants(&self) -> impl Iterator<Item = &Attendant> {
        self.attendants.values()
    }

    /// One attendant.
    pub fn attendant(&self, attendant: AttendantId) -> Option<&Attendant> {
        self.attendants.get(&attendant)
    }

    /// All calls, by id.
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        self.calls.values()
    }

    /// One call.
    pub fn call(&self, call: CallId) -> Option<&Call> {
        self.calls.get(&call)
    }

    /// Everybody who waits, in the order in which they are offered: priority, then arrival, then id (CALL-1).
    pub fn queue(&self) -> impl Iterator<Item = &Call> {
        self.index.queue.iter().filter_map(|place| self.calls.get(&place.call))
    }

    /// Everybody who waits for one service, in the same order.
    pub fn queue_of(&self, service: ServiceId) -> impl Iterator<Item = &Call> {
        let places = self.index.waiting.get(&service).into_iter().flatten();
        places.filter_map(|place| self.calls.get(&place.call))
    }

    /// Taken slots and the calls in them, by number. There are `limits().park_slots` in all.
    pub fn slots(&self) -> impl Iterator<Item = (SlotNumber, &Call)> {
        self.index.slots.iter().filter_map(|(slot, call)| Some((*slot, self.calls.get(call)?)))
    }

    /// A transfer in flight, and its call.
    pub fn transfer(&self, transfer: TransferId) -> Option<(&Call, &Transfer)> {
        let call = self.calls.get(self.index.transfers.get(&transfer)?)?;
        call.transfer().filter(|in_flight| in_flight.id == transfer).map(|in_flight| (call, in_flight))
    }

    /// Whether a call of this service may be offered to this attendant now; else the first reason why not. Somebody or
    /// something unknown serves nothing.
    pub fn selectable(&self, attendant: AttendantId, service: ServiceId) -> Result<(), NotSelectable> {
        let attendant = self.attendants.get(&attendant).ok_or(NotSelectable::NotServing)?;
        let service = self.services.get(&service).ok_or(NotSelectable::NotServing)?;
        attendant.selectable(service)
    }

    /// Whether a call of any service may be offered to this attendant now; else the reason of the service that is
    /// furthest from failing.
    pub fn selectable_for_any(&self, attendant: AttendantId) -> Result<(), NotSelectable> {
        let services = self.attendants.get(&attendant).map(|found| &found.services);
        let mut furthest = None;
        for service in services.into_iter().flat_map(BTreeMap::keys) {
            match self.selectable(attendant, *service) {
                Ok(()) => return Ok(()),
                Err(reason) => furthest = furthest.max(Some(reason)),
            }
        }
        Err(furthest.unwrap_or(NotSelectable::NotServing))
    }

    /// Decides a command without changing anything: what happens, in order, or why not. Repeated and late reports yield
    /// no event. At most 4,096 events.
    pub fn decide(&self, command: &Command, now: Timestamp) -> Result<Vec<Event>, Rejection> {
        crate::draft::decide(self, command, self.moment(now))
    }

    /// Takes an event in. Total: never refuses, never panics; replay calls only this.
    pub fn apply(&mut self, event: &Event, at: Timestamp) {
        self.clock = self.moment(at);
        crate::apply::apply(self, event, self.clock);
    }

    /// What the world must do about an event. Follows from the event alone.
    pub fn effects(event: &Event) -> Vec<Effect> {
        crate::effect::effects(event)
    }
}
