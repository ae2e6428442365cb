//! What an event does to the records. Written once over [`Tables`], because a decision foresees its own events on a
//! draft with the very code that replay runs on the switchboard. Total: an event about somebody unknown does nothing.

use crate::attendant::{Acw, Attendant};
use crate::calendar::Calendar;
use crate::call::{
    Abandoned, Activity, Call, CallState, Declined, Direction, Held, Offer, Parked, Roles, Waiting, Way,
};
use crate::event::{Event, Fallback, Mode, Reservation, Side};
use crate::id::{AttendantId, CalendarId, CallId, Leg, OfferId, PartyId, ProfileId, ServiceId, TransferId};
use crate::settings::{Limits, Origin, PolicyLevel, Profile, Service, Treatment};
use crate::skills::standing;
use crate::switchboard::Switchboard;
use crate::time::Timestamp;
use crate::transfer::{Stage, Transfer};

/// Records that events change.
pub(crate) trait Tables {
    fn limits(&self) -> &Limits;
    fn put_limits(&mut self, limits: Limits);
    fn service(&self, service: ServiceId) -> Option<&Service>;
    fn put_service(&mut self, service: Service);
    fn remove_service(&mut self, service: ServiceId);
    fn service_ids(&self) -> Vec<ServiceId>;
    fn profile(&self, profile: ProfileId) -> Option<&Profile>;
    fn put_profile(&mut self, profile: Profile);
    fn remove_profile(&mut self, profile: ProfileId);
    fn calendar(&self, calendar: CalendarId) -> Option<&Calendar>;
    fn put_calendar(&mut self, calendar: Calendar);
    fn remove_calendar(&mut self, calendar: CalendarId);
    fn attendant(&self, attendant: AttendantId) -> Option<&Attendant>;
    fn attendant_ids(&self) -> Vec<AttendantId>;
    fn put_attendant(&mut self, attendant: Attendant);
    fn remove_attendant(&mut self, attendant: AttendantId);
    /// Does nothing where she is unknown.
    fn change_attendant(&mut self, attendant: AttendantId, change: impl FnOnce(&mut Attendant));
    fn call(&self, call: CallId) -> Option<&Call>;
    fn put_call(&mut self, call: Call);
    fn remove_call(&mut self, call: CallId);
    /// Does nothing where it is unknown.
    fn change_call(&mut self, call: CallId, change: impl FnOnce(&mut Call));
    fn count_offer(&mut self, offer: OfferId);
    /// The line is over, and told to end.
    fn tell_gone(&mut self, leg: Leg, at: Timestamp);
}

impl Tables for Switchboard {
    fn limits(&self) -> &Limits {
        &self.limits
    }

    fn put_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    fn service(&self, service: ServiceId) -> Option<&Service> {
        self.services.get(&service)
    }

    fn put_service(&mut self, service: Service) {
        self.services.insert(service.id, service);
    }

    fn remove_service(&mut self, service: ServiceId) {
        self.services.remove(&service);
    }

    fn service_ids(&self) -> Vec<ServiceId> {
        self.services.keys().copied().collect()
    }

    fn profile(&self, profile: ProfileId) -> Option<&Profile> {
        self.profiles.get(&profile)
    }

    fn put_profile(&mut self, profile: Profile) {
        self.profiles.insert(profile.id, profile);
    }

    fn remove_profile(&mut self, profile: ProfileId) {
        self.profiles.remove(&profile);
    }

    fn calendar(&self, calendar: CalendarId) -> Option<&Calendar> {
        self.calendars.get(&calendar)
    }

    fn put_calendar(&mut self, calendar: Calendar) {
        self.calendars.insert(calendar.id, calendar);
    }

    fn remove_calendar(&mut self, calendar: CalendarId) {
        self.calendars.remove(&calendar);
    }

    fn attendant(&self, attendant: AttendantId) -> Option<&Attendant> {
        self.attendants.get(&attendant)
    }

    fn attendant_ids(&self) -> Vec<AttendantId> {
        self.attendants.keys().copied().collect()
    }

    fn put_attendant(&mut self, attendant: Attendant) {
        self.index.add_attendant(&attendant, &self.services);
        self.attendants.insert(attendant.id, attendant);
    }

    fn remove_attendant(&mut self, attendant: AttendantId) {
        if let Some(attendant) = self.attendants.remove(&attendant) {
            self.index.remove_attendant(&attendant, &self.services);
        }
    }

    fn change_attendant(&mut self, attendant: AttendantId, change: impl FnOnce(&mut Attendant)) {
        if let Some(attendant) = self.attendants.get_mut(&attendant) {
            self.index.remove_attendant(attendant, &self.services);
            change(attendant);
            self.index.add_attendant(attendant, &self.services);
        }
    }

    fn call(&self, call: CallId) -> Option<&Call> {
        self.calls.get(&call)
    }

    fn put_call(&mut self, call: Call) {
        self.index.add_call(&call);
        self.calls.insert(call.id, call);
    }

    fn remove_call(&mut self, call: CallId) {
        if let Some(call) = self.calls.remove(&call) {
            self.index.remove_call(&call);
        }
    }

    fn change_call(&mut self, call: CallId, change: impl FnOnce(&mut Call)) {
        if let Some(call) = self.calls.get_mut(&call) {
            self.index.remove_call(call);
            change(call);
            self.index.add_call(call);
        }
    }

    fn count_offer(&mut self, offer: OfferId) {
        self.offers_made = self.offers_made.max(offer.0);
    }

    fn tell_gone(&mut self, leg: Leg, at: Timestamp) {
        self.index.gone.tell(leg, at);
    }
}

/// Takes one event in. A table of all events, long because there are many; each line is one transition.
pub(crate) fn apply<T: Tables>(tables: &mut T, event: &Event, at: Timestamp) {
    match *event {
        Event::ServicePut(ref service) => put_service(tables, service),
        Event::ServiceRemoved { service } => remove_service(tables, service),
        Event::AttendantPut { attendant } => put_attendant(tables, attendant, at),
        Event::AttendantRemoved { attendant } => tables.remove_attendant(attendant),
        Event::LimitsPut(limits) => tables.put_limits(limits),
        Event::ProfilePut(ref profile) => {
            tables.put_profile(profile.clone());
            restand_profile(tables, profile.id);
        }
        Event::ProfileRemoved { profile } => {
            tables.remove_profile(profile);
            restand_profile(tables, profile);
        }
        Event::CalendarPut(ref calendar) => tables.put_calendar(calendar.clone()),
        Event::CalendarRemoved { calendar } => tables.remove_calendar(calendar),
        Event::SkillsChanged { attendant, ref skills, profile } => {
            tables.change_attendant(attendant, |attendant| {
                attendant.skills.clone_from(skills);
                attendant.profile = profile;
            });
            restand(tables, attendant);
        }

        Event::DutyChanged { attendant, on_duty } => tables.change_attendant(attendant, |attendant| {
            attendant.on_duty = on_duty;
            attendant.idle_since = at;
            if on_duty {
                attendant.taken = 0;
            }
        }),
        Event::PresenceChanged { attendant, presence } => {
            tables.change_attendant(attendant, |attendant| attendant.presence = presence);
        }
        Event::NotAvailableChanged { attendant, reason } => tables.change_attendant(attendant, |attendant| {
            attendant.not_available = reason;
            attendant.idle_since = at;
        }),
        Event::ServingChanged { attendant, service, serving } => {
            tables.change_attendant(attendant, |attendant| {
                if serving {
                    attendant.switched_off.remove(&service);
                } else {
                    attendant.switched_off.insert(service);
                }
            });
        }
        Event::RonaBegan { attendant } => {
            tables.change_attendant(attendant, |attendant| attendant.rona = true);
        }
        Event::RonaEnded { attendant } => tables.change_attendant(attendant, |attendant| {
            attendant.rona = false;
            attendant.idle_since = at;
        }),
        Event::AcwBegan { attendant, call, until } => {
            tables.change_attendant(attendant, |attendant| {
                attendant.acw = Some(Acw { call, since: at, until })
            });
        }
        Event::AcwExtended { attendant, until } => tables.change_attendant(attendant, |attendant| {
            if let Some(acw) = &mut attendant.acw {
                acw.until = until;
            }
        }),
        Event::AcwEnded { attendant } => tables.change_attendant(attendant, |attendant| {
            attendant.acw = None;
            attendant.idle_since = at;
        }),

        Event::CallArrived { call, service, party, origin } => {
            let (direction, service) = (Direction::Inbound, Some(service));
            let new = NewCall { id: call, party, origin, direction, service, arrived: at, calls_back: false };
            put_call(tables, new, CallState::Waiting(Waiting::about_to_queue(at)), at);
        }
        Event::CallQueued { call, service, arrived, limit, reserved, treatment } => {
            let waiting = queued(tables, service, arrived, at, limit, reserved, treatment);
            change(tables, call, at, |call| {
                if call.service.replace(service) != Some(service) {
                    call.way.node = None;
                }
                call.arrived = arrived;
                call.way.answered |= treatment != Treatment::Ringing;
                call.enter(CallState::Waiting(waiting), at);
            });
        }
        Event::CallMoved { call, service, arrived } => tables.change_call(call, |call| {
            call.service = Some(service);
            call.arrived = arrived;
            call.way.node = None;
            call.way.moves = call.way.moves.saturating_add(1);
        }),
        Event::StepEntered { call, node } => change(tables, call, at, |call| {
            call.way.node = Some(node);
            call.way.steps = call.way.steps.saturating_add(1);
            call.enter(CallState::InWorkflow(Activity::Passing), at);
        }),
        Event::LineAnswered { call } => tables.change_call(call, |call| call.way.answered = true),
        Event::SoundStarted { call, play, sound, hearing, until } => {
            occupy(tables, call, at, Activity::Playing { play, sound, hearing, until });
        }
        Event::KeyAwaited { call, tries_left, until } => {
            occupy(tables, call, at, Activity::Awaiting { tries_left, until });
        }
        Event::RecordingStarted { call, recording, length_max, until } => {
            occupy(tables, call, at, Activity::Recording { recording, length_max, until });
        }
        // What comes of it is the next step.
        Event::KeyChosen { call: _, key: _ } | Event::VoicemailLeft { .. } => {}
        Event::ParameterSaved { call, ref parameter, ref value } => tables.change_call(call, |call| {
            call.way.parameters.insert(parameter.clone(), value.clone());
        }),
        Event::CallbackRequested { call: _, callback, service, party, origin, arrived, limit } => {
            let waiting = queued(tables, service, arrived, at, limit, None, Treatment::Silence);
            let (id, direction, service) = (callback, Direction::Outbound, Some(service));
            let new = NewCall { id, party, origin, direction, service, arrived, calls_back: true };
            put_call(tables, new, CallState::Waiting(waiting), at);
        }
        Event::CallbackTaken { call, attendant, offer: _, party: _ } => {
            change(tables, call, at, |call| {
                call.enter(CallState::Dialing { attendant, ringing: false }, at);
            });
            count_taken(tables, attendant);
        }
        Event::HandOverBegan { transfer, call, target, limit, treatment: _ } => {
            occupy(tables, call, at, Activity::HandingOver { transfer, target, until: limit });
        }
        Event::HandOverTaken { transfer, call: _, target: _ } => end_transfer(tables, transfer, at),
        Event::HandOverFailed { transfer, call, target, failure: _ } => {
            end_transfer(tables, transfer, at);
            tables.change_call(call, |call| {
                call.abandoned = Some(Abandoned { transfer, attendant: None, target });
            });
        }
        Event::ReservationEnded { call } => {
            change_waiting(tables, call, at, |waiting| waiting.reserved = None)
        }
        Event::CallWidened { call, level } => {
            let levels = tables.call(call).and_then(|call| call.service).and_then(|it| tables.service(it));
            let next = levels.and_then(|service| service.levels.get(usize::from(level) + 1));
            let next = next.map(|level| level.after);
            change(tables, call, at, |call| {
                let arrived = call.arrived;
                if let CallState::Waiting(waiting) = &mut call.state {
                    waiting.level = level;
                    waiting.widening = next.map(|after| arrived + after);
                }
            });
        }
        Event::CallPromoted { call } => change_waiting(tables, call, at, |waiting| {
            waiting.priority = PRIORITY_FIRST;
            waiting.promotion = None;
        }),
        Event::CallOffered { offer, call, attendant, until } => {
            tables.count_offer(offer);
            change_waiting(tables, call, at, |waiting| {
                waiting.offers.push(Offer { id: offer, attendant, since: at, until });
            });
        }
        Event::OfferEnded { offer, call, attendant, how: _, again } => {
            change_waiting(tables, call, at, |waiting| {
                waiting.offers.retain(|ringing| ringing.id != offer);
                waiting.declined.extend(again.map(|until| Declined { attendant, until }));
            });
        }
        Event::DeclineForgotten { call, attendant } => change_waiting(tables, call, at, |waiting| {
            waiting.declined.retain(|declined| declined.attendant != attendant);
        }),
        Event::CallAccepted { call, attendant, offer: _ } => {
            begin_conversation(tables, call, attendant, at);
            count_taken(tables, attendant);
        }
        Event::CallAnswered { call, attendant } | Event::CallUnparked { call, attendant, slot: _ } => {
            begin_conversation(tables, call, attendant, at);
        }

        Event::CallHeld { call, attendant, alert, treatment } => {
            let held = Held { attendant, alert, alerted: false, treatment };
            change(tables, call, at, |call| call.enter(CallState::Held(held), at));
        }
        Event::CallRetrieved { call, attendant } => {
            change(tables, call, at, |call| call.enter(CallState::Active { attendant }, at));
        }
        Event::CallParked { call, attendant, slot, alert, limit, treatment } => {
            let parked = Parked { slot, attendant, alert, alerted: false, limit, treatment };
            change(tables, call, at, |call| call.enter(CallState::Parked(parked), at));
        }
        // What the call becomes is said by the `CallQueued` or `CallHeld` that follows.
        Event::ParkTimedOut { call: _, slot: _ } => {}
        Event::Alerted { call } => tables.change_call(call, Call::alert),
        Event::PartyReplaced { call, party } => tables.change_call(call, |call| call.party = party),

        Event::TransferBegan { transfer, call, attendant, mode, target, limit, treatment: _ } => {
            let stage = Stage::Trying;
            let transfer = Transfer { id: transfer, mode, target, stage, began: at, since: at, limit };
            change(tables, call, at, |call| {
                let state = match mode {
                    Mode::Blind | Mode::Safe => CallState::Leaving { attendant, transfer },
                    Mode::Consult => CallState::Consulting { attendant, transfer },
                };
                call.enter(state, at);
            });
        }
        Event::TransferRinging { transfer: _, call } => {
            tables.change_call(call, |call| call.advance_transfer(Stage::Ringing, at));
        }
        Event::ConsultAnswered { transfer: _, call, attendant: _ } => {
            tables.change_call(call, |call| call.advance_transfer(Stage::WithTarget, at));
        }
        Event::Swapped { transfer: _, call, attendant: _, with, treatment: _ } => {
            let stage = match with {
                Side::Caller => Stage::WithCaller,
                Side::Target => Stage::WithTarget,
            };
            tables.change_call(call, |call| call.advance_transfer(stage, at));
        }
        Event::Conferenced { transfer: _, call, attendant: _ } => {
            tables.change_call(call, |call| call.advance_transfer(Stage::Conference, at));
        }
        Event::ConsultEnded { transfer, call, attendant, with_caller } => {
            end_transfer(tables, transfer, at);
            if with_caller {
                change(tables, call, at, |call| call.enter(CallState::Active { attendant }, at));
            } else {
                hold(tables, call, attendant, at);
            }
        }
        Event::CompletionBegan { transfer: _, call, attendant, target: _, target_answered, limit } => {
            change(tables, call, at, |call| call.begin_completion(attendant, target_answered, limit, at));
        }
        // What the call becomes is said by the `CallEnded` or `CallQueued` that follows.
        Event::TransferCompleted { transfer, call: _, attendant: _, target: _ } => {
            end_transfer(tables, transfer, at)
        }
        Event::TransferFailed { transfer, call, attendant, mode: _, target: _, failure: _, caller } => {
            end_transfer(tables, transfer, at);
            tables.change_call(call, |call| call.abandon_transfer(attendant));
            match caller {
                Fallback::Held => hold(tables, call, attendant, at),
                Fallback::Returned | Fallback::Released | Fallback::Gone => {}
            }
        }
        Event::TransferCancelled { transfer, call, attendant, mode: _ } => {
            end_transfer(tables, transfer, at);
            tables.change_call(call, |call| call.abandon_transfer(attendant));
            change(tables, call, at, |call| call.enter(CallState::Active { attendant }, at));
        }

        Event::CallPlaced { call, attendant, service, target, origin } => {
            let (party, direction) = (target.party, Direction::Outbound);
            let new = NewCall { id: call, party, origin, direction, service, arrived: at, calls_back: false };
            put_call(tables, new, CallState::Dialing { attendant, ringing: false }, at);
        }
        Event::CallRinging { call } => tables.change_call(call, Call::ring),
        Event::CallEnded { call, end: _, release: _ } => end_call(tables, call, at),

        Event::StrayReleased { leg } => tables.tell_gone(leg, at),
        Event::LineResumed { leg: _, doing: _ } => {}
    }
}

/// Where a call is queued for a service that is not there (which no decision does): behind all others.
const PRIORITY_LAST: u8 = 99;
/// Before all others.
const PRIORITY_FIRST: u8 = 1;

/// A call as it enters the queue. One who has waited before keeps what her wait has brought her.
fn queued(
    tables: &impl Tables,
    service: ServiceId,
    arrived: Timestamp,
    at: Timestamp,
    limit: Timestamp,
    reserved: Option<Reservation>,
    treatment: Treatment,
) -> Waiting {
    let service = tables.service(service);
    let priority = service.map_or(PRIORITY_LAST, |service| service.priority);
    let promotion = Some(arrived + tables.limits().priority_wait_max).filter(|_| priority > PRIORITY_FIRST);
    let priority = if promotion.is_some_and(|due| due <= at) { PRIORITY_FIRST } else { priority };
    let promotion = promotion.filter(|due| *due > at);
    let ring_max = service.map_or(1, |service| service.distribution.ring_max());
    let (level, widening) = reached(service.map_or(&[], |service| &service.levels), arrived, at);
    Waiting {
        priority,
        promotion,
        level,
        widening,
        limit,
        reserved,
        ring_max,
        offers: Vec::new(),
        declined: Vec::new(),
        treatment,
    }
}

/// The policy level that a wait since `arrived` has reached, and when it reaches the next.
fn reached(levels: &[PolicyLevel], arrived: Timestamp, at: Timestamp) -> (u8, Option<Timestamp>) {
    let passed = levels.iter().skip(1).take_while(|level| arrived + level.after <= at).count();
    let next = levels.get(passed + 1).map(|level| arrived + level.after);
    (u8::try_from(passed).unwrap_or(u8::MAX), next)
}

fn begin_conversation<T: Tables>(tables: &mut T, call: CallId, attendant: AttendantId, at: Timestamp) {
    change(tables, call, at, |call| {
        call.accepted = Some(at);
        let way = std::mem::take(&mut call.way);
        call.way = Way { answered: true, steps_before: way.steps, moves: 0, ..way };
        call.enter(CallState::Active { attendant }, at);
    });
}

fn count_taken(tables: &mut impl Tables, attendant: AttendantId) {
    tables.change_attendant(attendant, |attendant| attendant.taken = attendant.taken.saturating_add(1));
}

/// What goes on at the step the caller is at. What plays, records or hands over has answered the line.
fn occupy(tables: &mut impl Tables, call: CallId, at: Timestamp, activity: Activity) {
    tables.change_call(call, |call| {
        if let CallState::InWorkflow(before) = &mut call.state {
            *before = activity;
            call.since = at;
            call.way.answered = true;
        }
    });
}

fn put_service(tables: &mut impl Tables, service: &Service) {
    unlist(tables, service.id);
    tables.put_service(service.clone());
    for attendant in tables.attendant_ids() {
        let Some(found) = tables.attendant(attendant) else { continue };
        let profile = found.profile.and_then(|profile| tables.profile(profile));
        if let Some(standing) = standing(service, found, profile) {
            tables.change_attendant(attendant, |attendant| {
                attendant.services.insert(service.id, standing);
            });
        }
    }
}

fn remove_service(tables: &mut impl Tables, service: ServiceId) {
    unlist(tables, service);
    tables.remove_service(service);
}

/// Takes the service from all its members, before it changes: the orders follow from the old service until then.
fn unlist(tables: &mut impl Tables, service: ServiceId) {
    for attendant in tables.attendant_ids() {
        if tables.attendant(attendant).is_some_and(|found| found.services.contains_key(&service)) {
            tables.change_attendant(attendant, |attendant| {
                attendant.services.remove(&service);
            });
        }
    }
}

fn put_attendant(tables: &mut impl Tables, attendant: AttendantId, at: Timestamp) {
    tables.remove_attendant(attendant);
    tables.put_attendant(Attendant::new(attendant, at));
    restand(tables, attendant);
}

/// Works out anew how she stands with every service.
pub(crate) fn restand(tables: &mut impl Tables, attendant: AttendantId) {
    let Some(found) = tables.attendant(attendant) else { return };
    let profile = found.profile.and_then(|profile| tables.profile(profile));
    let services = tables.service_ids().into_iter().filter_map(|service| {
        let standing = standing(tables.service(service)?, found, profile)?;
        Some((service, standing))
    });
    let services = services.collect();
    tables.change_attendant(attendant, |attendant| attendant.services = services);
}

/// The same for everybody who has this profile.
fn restand_profile(tables: &mut impl Tables, profile: ProfileId) {
    for attendant in tables.attendant_ids() {
        if tables.attendant(attendant).is_some_and(|found| found.profile == Some(profile)) {
            restand(tables, attendant);
        }
    }
}

struct NewCall {
    id: CallId,
    party: PartyId,
    origin: Origin,
    direction: Direction,
    service: Option<ServiceId>,
    arrived: Timestamp,
    calls_back: bool,
}

fn put_call(tables: &mut impl Tables, new: NewCall, state: CallState, at: Timestamp) {
    let NewCall { id, party, origin, direction, service, arrived, calls_back } = new;
    if tables.call(id).is_some() {
        return;
    }
    let roles = state.roles();
    let (began, since, accepted, abandoned, way) = (at, at, None, None, Way::default());
    tables.put_call(Call {
        id,
        party,
        origin,
        direction,
        service,
        began,
        arrived,
        since,
        accepted,
        state,
        way,
        calls_back,
        abandoned,
    });
    for (attendant, role) in roles.iter().copied() {
        tables.change_attendant(attendant, |attendant| attendant.take(id, role));
    }
}

/// Changes a call and, with it, what its attendants have of it.
fn change<T: Tables>(tables: &mut T, id: CallId, at: Timestamp, change: impl FnOnce(&mut Call)) {
    let before = roles(tables, id);
    tables.change_call(id, change);
    let after = roles(tables, id);
    for (attendant, role) in before.iter().filter(|role| !after.contains(role)) {
        tables.change_attendant(*attendant, |attendant| attendant.leave(id, *role, at));
    }
    for (attendant, role) in after.iter().filter(|role| !before.contains(role)) {
        tables.change_attendant(*attendant, |attendant| attendant.take(id, *role));
    }
}

fn roles(tables: &impl Tables, id: CallId) -> Roles {
    tables.call(id).map_or(Roles::Nobody, |call| call.state.roles())
}

fn change_waiting<T: Tables>(tables: &mut T, id: CallId, at: Timestamp, alter: impl FnOnce(&mut Waiting)) {
    change(tables, id, at, |call| {
        if let CallState::Waiting(waiting) = &mut call.state {
            alter(waiting);
        }
    });
}

/// On hold until the `CallHeld` that follows says so in its own words.
fn hold(tables: &mut impl Tables, call: CallId, attendant: AttendantId, at: Timestamp) {
    let Limits { hold_alert, on_hold, .. } = *tables.limits();
    let held = Held { attendant, alert: at + hold_alert, alerted: false, treatment: on_hold };
    change(tables, call, at, |call| call.enter(CallState::Held(held), at));
}

fn end_transfer(tables: &mut impl Tables, transfer: TransferId, at: Timestamp) {
    tables.tell_gone(Leg::Target(transfer), at);
}

fn end_call(tables: &mut impl Tables, id: CallId, at: Timestamp) {
    let Some(call) = tables.call(id) else { return };
    let roles = call.state.roles();
    let transfer = call.transfer().map(|transfer| transfer.id);
    for (attendant, role) in roles.iter().copied() {
        tables.change_attendant(attendant, |attendant| attendant.leave(id, role, at));
    }
    if let Some(transfer) = transfer {
        end_transfer(tables, transfer, at);
    }
    tables.tell_gone(Leg::Caller(id), at);
    tables.remove_call(id);
}
