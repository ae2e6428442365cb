//! A decision in the making: the events so far, and the few records they have touched, laid over the switchboard as it
//! is. Later parts of a decision see what earlier ones did, and nothing else is copied.

use std::collections::BTreeMap;

use crate::apply::{self, Tables};
use crate::attendant::Attendant;
use crate::calendar::Calendar;
use crate::call::Call;
use crate::command::Command;
use crate::event::Event;
use crate::id::{AttendantId, CalendarId, CallId, Leg, OfferId, ProfileId, ServiceId};
use crate::rejection::Rejection;
use crate::settings::{Limits, Profile, Service};
use crate::switchboard::Switchboard;
use crate::time::Timestamp;

/// Events of one decision at most: one append to the journal takes no more.
const EVENTS_MAX: usize = 4096;

/// Touched records by id; `None` is a removed one.
pub(crate) type Touched<K, V> = BTreeMap<K, Option<V>>;

/// A decision in the making.
pub(crate) struct Draft<'a> {
    pub(crate) board: &'a Switchboard,
    pub(crate) now: Timestamp,
    pub(crate) calls: Touched<CallId, Call>,
    pub(crate) attendants: Touched<AttendantId, Attendant>,
    services: Touched<ServiceId, Service>,
    profiles: Touched<ProfileId, Profile>,
    calendars: Touched<CalendarId, Calendar>,
    limits: Option<Limits>,
    offers_made: u64,
    events: Vec<Event>,
}

/// Decides one command.
pub(crate) fn decide(
    board: &Switchboard,
    command: &Command,
    now: Timestamp,
) -> Result<Vec<Event>, Rejection> {
    let mut draft = Draft {
        board,
        now,
        calls: BTreeMap::new(),
        attendants: BTreeMap::new(),
        services: BTreeMap::new(),
        profiles: BTreeMap::new(),
        calendars: BTreeMap::new(),
        limits: None,
        offers_made: board.offers_made,
        events: Vec::new(),
    };
    draft.carry_out(command)?;
    if !draft.events.is_empty() {
        draft.end_overdue();
        draft.distribute();
    }
    assert!(draft.events.len() <= EVENTS_MAX, "every command acts on a bounded number of records");
    Ok(draft.events)
}

impl Draft<'_> {
    fn carry_out(&mut self, command: &Command) -> Result<(), Rejection> {
        match *command {
            Command::PutService(ref service) => self.put_service(service),
            Command::RemoveService(service) => self.remove_service(service),
            Command::PutAttendant(attendant) => self.put_attendant(attendant),
            Command::RemoveAttendant(attendant) => self.remove_attendant(attendant),
            Command::PutLimits(limits) => self.put_limits(limits),
            Command::PutProfile(ref profile) => self.put_profile(profile),
            Command::RemoveProfile(profile) => self.remove_profile(profile),
            Command::PutCalendar(ref calendar) => self.put_calendar(calendar),
            Command::RemoveCalendar(calendar) => self.remove_calendar(calendar),
            Command::SetSkills { attendant, ref skills, profile } => {
                self.set_skills(attendant, skills, profile)
            }

            Command::SetDuty { attendant, on_duty } => self.set_duty(attendant, on_duty),
            Command::SetPresence { attendant, presence } => self.set_presence(attendant, presence),
            Command::SetNotAvailable { attendant, reason } => self.set_not_available(attendant, reason),
            Command::SetServing { attendant, service, serving } => {
                self.set_serving(attendant, service, serving)
            }
            Command::ClearRona { attendant } => self.clear_rona(attendant),
            Command::EndAcw { attendant } => self.end_acw(attendant),
            Command::ExtendAcw { attendant } => self.extend_acw(attendant),

            Command::Accept { attendant, offer } => self.accept(attendant, offer),
            Command::Decline { attendant, offer } => self.decline(attendant, offer),
            Command::Pick { attendant, call } => self.pick(attendant, call),
            Command::HangUp { attendant, call } => self.hang_up(attendant, call),
            Command::Hold { attendant, call } => self.hold(attendant, call),
            Command::Retrieve { attendant, call } => self.retrieve(attendant, call),
            Command::Park { attendant, call, slot } => self.park(attendant, call, slot),
            Command::Unpark { attendant, slot } => self.unpark(attendant, slot),
            Command::PlaceCall { attendant, call, service, target, origin } => {
                self.place_call(attendant, call, service, target, origin)
            }

            Command::Transfer { attendant, call, transfer, mode, target } => {
                self.transfer(attendant, call, transfer, mode, target)
            }
            Command::Consult { attendant, call, transfer, target } => {
                self.consult(attendant, call, transfer, target)
            }
            Command::Swap { attendant, transfer } => self.swap(attendant, transfer),
            Command::Conference { attendant, transfer } => self.conference(attendant, transfer),
            Command::CompleteTransfer { attendant, transfer } => self.complete_transfer(attendant, transfer),
            Command::CancelTransfer { attendant, transfer } => self.cancel_transfer(attendant, transfer),

            Command::CallArrived { call, service, party, origin } => {
                self.call_arrived(call, service, party, origin)
            }
            Command::LegRinging { leg } => self.leg_ringing(leg),
            Command::LegAnswered { leg } => self.leg_answered(leg),
            Command::LegFailed { leg, failure } => self.leg_failed(leg, failure),
            Command::LegHungUp { leg } => self.leg_hung_up(leg),
            Command::LegLost { leg } => self.leg_lost(leg),
            Command::DigitPressed { leg, digit } => self.digit_pressed(leg, digit),
            Command::PlayEnded { leg, play } => self.play_ended(leg, play),
            Command::Recorded { leg, recording, length } => self.recorded(leg, recording, length),
            Command::TransferTaken { transfer } => self.transfer_taken(transfer),
            Command::TransferRefused { transfer, failure } => self.transfer_refused(transfer, failure),
            Command::PartyReplaced { call, party } => self.party_replaced(call, party),
            Command::Reconcile { ref legs, taken } => self.reconcile(legs, taken),
            Command::LineResumed { leg } => self.line_resumed(leg),

            Command::Tick => self.tick(),
        }
    }

    /// Adds an event, and sees its outcome from now on.
    pub(crate) fn emit(&mut self, event: Event) {
        let now = self.now;
        apply::apply(self, &event, now);
        self.events.push(event);
    }

    pub(crate) fn events_so_far(&self) -> usize {
        self.events.len()
    }

    pub(crate) fn known_attendant(&self, attendant: AttendantId) -> Result<&Attendant, Rejection> {
        self.attendant(attendant).ok_or(Rejection::UnknownAttendant(attendant))
    }

    pub(crate) fn known_service(&self, service: ServiceId) -> Result<&Service, Rejection> {
        self.service(service).ok_or(Rejection::UnknownService(service))
    }

    pub(crate) fn known_call(&self, call: CallId) -> Result<&Call, Rejection> {
        self.call(call).ok_or(Rejection::UnknownCall(call))
    }

    /// The call, where it is this attendant's.
    pub(crate) fn own_call(&self, attendant: AttendantId, call: CallId) -> Result<&Call, Rejection> {
        self.known_attendant(attendant)?;
        let found = self.known_call(call)?;
        match found.attendant() {
            None => Err(Rejection::WrongState(call)),
            Some(owner) if owner != attendant => Err(Rejection::NotYours),
            Some(_) => Ok(found),
        }
    }

    /// The number of the next offer.
    pub(crate) fn next_offer(&self) -> OfferId {
        OfferId(self.offers_made.saturating_add(1))
    }
}

/// The record as the decision sees it.
fn seen<'a, K: Ord, V>(over: &'a Touched<K, V>, base: &'a BTreeMap<K, V>, id: K) -> Option<&'a V> {
    match over.get(&id) {
        Some(touched) => touched.as_ref(),
        None => base.get(&id),
    }
}

fn touched<'a, K: Ord + Copy, V: Clone>(
    over: &'a mut Touched<K, V>,
    base: &BTreeMap<K, V>,
    id: K,
) -> Option<&'a mut V> {
    over.entry(id).or_insert_with(|| base.get(&id).cloned()).as_mut()
}

/// The ids of all records there are after what was touched.
fn present<K: Ord + Copy, V>(over: &Touched<K, V>, base: &BTreeMap<K, V>) -> Vec<K> {
    let untouched = base.keys().copied().filter(|id| !over.contains_key(id));
    let touched = over.iter().filter(|(_, record)| record.is_some()).map(|(id, _)| *id);
    let mut ids: Vec<K> = untouched.chain(touched).collect();
    ids.sort_unstable();
    ids
}

impl Tables for Draft<'_> {
    fn limits(&self) -> &Limits {
        self.limits.as_ref().unwrap_or(&self.board.limits)
    }

    fn put_limits(&mut self, limits: Limits) {
        self.limits = Some(limits);
    }

    fn service(&self, service: ServiceId) -> Option<&Service> {
        seen(&self.services, &self.board.services, service)
    }

    fn put_service(&mut self, service: Service) {
        self.services.insert(service.id, Some(service));
    }

    fn remove_service(&mut self, service: ServiceId) {
        self.services.insert(service, None);
    }

    fn service_ids(&self) -> Vec<ServiceId> {
        present(&self.services, &self.board.services)
    }

    fn profile(&self, profile: ProfileId) -> Option<&Profile> {
        seen(&self.profiles, &self.board.profiles, profile)
    }

    fn put_profile(&mut self, profile: Profile) {
        self.profiles.insert(profile.id, Some(profile));
    }

    fn remove_profile(&mut self, profile: ProfileId) {
        self.profiles.insert(profile, None);
    }

    fn calendar(&self, calendar: CalendarId) -> Option<&Calendar> {
        seen(&self.calendars, &self.board.calendars, calendar)
    }

    fn put_calendar(&mut self, calendar: Calendar) {
        self.calendars.insert(calendar.id, Some(calendar));
    }

    fn remove_calendar(&mut self, calendar: CalendarId) {
        self.calendars.insert(calendar, None);
    }

    fn attendant(&self, attendant: AttendantId) -> Option<&Attendant> {
        seen(&self.attendants, &self.board.attendants, attendant)
    }

    fn attendant_ids(&self) -> Vec<AttendantId> {
        present(&self.attendants, &self.board.attendants)
    }

    fn put_attendant(&mut self, attendant: Attendant) {
        self.attendants.insert(attendant.id, Some(attendant));
    }

    fn remove_attendant(&mut self, attendant: AttendantId) {
        self.attendants.insert(attendant, None);
    }

    fn change_attendant(&mut self, attendant: AttendantId, change: impl FnOnce(&mut Attendant)) {
        if let Some(attendant) = touched(&mut self.attendants, &self.board.attendants, attendant) {
            change(attendant);
        }
    }

    fn call(&self, call: CallId) -> Option<&Call> {
        seen(&self.calls, &self.board.calls, call)
    }

    fn put_call(&mut self, call: Call) {
        self.calls.insert(call.id, Some(call));
    }

    fn remove_call(&mut self, call: CallId) {
        self.calls.insert(call, None);
    }

    fn change_call(&mut self, call: CallId, change: impl FnOnce(&mut Call)) {
        if let Some(call) = touched(&mut self.calls, &self.board.calls, call) {
            change(call);
        }
    }

    fn count_offer(&mut self, offer: OfferId) {
        self.offers_made = self.offers_made.max(offer.0);
    }

    // A decision never asks about a line that it has itself ended.
    fn tell_gone(&mut self, _leg: Leg, _at: Timestamp) {}
}
