//! What changes at the desk rather than in a call: attendants' duty, breaks and services, and what the tenant sets.
//! Every change is idempotent: asked again, nothing happens.

use std::ops::RangeInclusive;

use crate::apply::Tables;
use crate::attendant::Presence;
use crate::command::NotAvailable;
use crate::draft::Draft;
use crate::event::{Event, OfferEnd};
use crate::id::{AttendantId, ServiceId};
use crate::rejection::Rejection;
use crate::settings::{Limits, Service};
use crate::time::Span;

/// Attendants of one service at most: the largest desk this is built for.
const ATTENDANTS_MAX: usize = 500;
/// Characters of a service's name at most: what a row of the screen can show.
const NAME_MAX: usize = 120;

impl Draft<'_> {
    // -- attendants ----------------------------------------------------------------------------------------------

    /// On duty again is back from RONA. Off duty, nothing rings and nothing is kept for her; her calls stay hers.
    pub(crate) fn set_duty(&mut self, attendant: AttendantId, on_duty: bool) -> Result<(), Rejection> {
        let found = self.known_attendant(attendant)?;
        if found.on_duty == on_duty {
            return Ok(());
        }
        let rona = found.rona;
        self.emit(Event::DutyChanged { attendant, on_duty });
        if on_duty && rona {
            self.emit(Event::RonaEnded { attendant });
        }
        if !on_duty {
            self.end_offer_of(attendant, OfferEnd::Withdrawn);
            self.end_reservations_for(attendant);
        }
        Ok(())
    }

    pub(crate) fn set_presence(
        &mut self,
        attendant: AttendantId,
        presence: Presence,
    ) -> Result<(), Rejection> {
        if self.known_attendant(attendant)?.presence != presence {
            self.emit(Event::PresenceChanged { attendant, presence });
        }
        Ok(())
    }

    pub(crate) fn set_not_available(
        &mut self,
        attendant: AttendantId,
        reason: Option<NotAvailable>,
    ) -> Result<(), Rejection> {
        if self.known_attendant(attendant)?.not_available == reason {
            return Ok(());
        }
        self.emit(Event::NotAvailableChanged { attendant, reason });
        if reason.is_some() {
            self.end_offer_of(attendant, OfferEnd::Withdrawn);
        }
        Ok(())
    }

    pub(crate) fn set_serving(
        &mut self,
        attendant: AttendantId,
        service: ServiceId,
        serving: bool,
    ) -> Result<(), Rejection> {
        self.known_service(service)?;
        let switched_on = !self.known_attendant(attendant)?.switched_off.contains(&service);
        if switched_on == serving {
            return Ok(());
        }
        self.emit(Event::ServingChanged { attendant, service, serving });
        if !serving {
            self.withdraw_offer_of_service(attendant, service);
        }
        Ok(())
    }

    pub(crate) fn clear_rona(&mut self, attendant: AttendantId) -> Result<(), Rejection> {
        if self.known_attendant(attendant)?.rona {
            self.emit(Event::RonaEnded { attendant });
        }
        Ok(())
    }

    pub(crate) fn end_acw(&mut self, attendant: AttendantId) -> Result<(), Rejection> {
        if self.known_attendant(attendant)?.acw.is_some() {
            self.emit(Event::AcwEnded { attendant });
        }
        Ok(())
    }

    fn withdraw_offer_of_service(&mut self, attendant: AttendantId, service: ServiceId) {
        let offered = self.attendant(attendant).and_then(|attendant| attendant.offer);
        let of = offered.and_then(|(_, call)| self.call(call)).and_then(|call| call.service);
        if of == Some(service) {
            self.end_offer_of(attendant, OfferEnd::Withdrawn);
        }
    }

    // -- settings ------------------------------------------------------------------------------------------------

    pub(crate) fn put_attendant(&mut self, attendant: AttendantId) -> Result<(), Rejection> {
        if self.attendant(attendant).is_none() {
            self.emit(Event::AttendantPut { attendant });
        }
        Ok(())
    }

    pub(crate) fn remove_attendant(&mut self, attendant: AttendantId) -> Result<(), Rejection> {
        if self.known_attendant(attendant)?.has_calls() {
            return Err(Rejection::InUse);
        }
        self.end_reservations_for(attendant);
        self.emit(Event::AttendantRemoved { attendant });
        Ok(())
    }

    pub(crate) fn put_service(&mut self, service: &Service) -> Result<(), Rejection> {
        check_service(service)?;
        let before = self.service(service.id);
        if before == Some(service) {
            return Ok(());
        }
        let before = before.map(|before| before.attendants.clone()).unwrap_or_default();
        self.emit(Event::ServicePut(service.clone()));
        let dropped = before.into_iter().filter(|attendant| !service.attendants.contains(attendant));
        for attendant in dropped {
            self.withdraw_offer_of_service(attendant, service.id);
        }
        Ok(())
    }

    pub(crate) fn remove_service(&mut self, service: ServiceId) -> Result<(), Rejection> {
        self.known_service(service)?;
        if self.board.index.calls_of.contains_key(&service) {
            return Err(Rejection::InUse);
        }
        self.emit(Event::ServiceRemoved { service });
        Ok(())
    }

    pub(crate) fn put_limits(&mut self, limits: Limits) -> Result<(), Rejection> {
        check_limits(&limits)?;
        if *self.limits() != limits {
            self.emit(Event::LimitsPut(limits));
        }
        Ok(())
    }
}

fn check_service(service: &Service) -> Result<(), Rejection> {
    let name = service.name.trim().chars().count();
    within((1..=NAME_MAX).contains(&name), "name: 1 to 120 characters")?;
    within((1..=99).contains(&service.priority), "priority: 1 to 99")?;
    within(seconds(5..=30).contains(&service.rona), "rona: 5 to 30 seconds")?;
    within(seconds(5..=3600).contains(&service.queue_time_max), "queue_time_max: 5 to 3600 seconds")?;
    within(service.acw <= Span::from_secs(3600), "acw: at most 3600 seconds")?;
    within(service.attendants.len() <= ATTENDANTS_MAX, "attendants: at most 500")
}

fn check_limits(limits: &Limits) -> Result<(), Rejection> {
    within((1..=500).contains(&limits.park_slots), "park_slots: 1 to 500")?;
    within((1..=50).contains(&limits.held_max), "held_max: 1 to 50")?;
    within((1..=10_000).contains(&limits.calls_max), "calls_max: 1 to 10000")?;
    within(seconds(5..=86_400).contains(&limits.park_time), "park_time: 5 seconds to a day")?;
    within(limits.recall_time <= Span::from_secs(3600), "recall_time: at most 3600 seconds")?;
    within(seconds(1..=3600).contains(&limits.target_ring), "target_ring: 1 to 3600 seconds")?;
    within(seconds(1..=3600).contains(&limits.hand_over), "hand_over: 1 to 3600 seconds")?;
    within(seconds(1..=3600).contains(&limits.decline_pause), "decline_pause: 1 to 3600 seconds")
}

fn seconds(range: RangeInclusive<u32>) -> RangeInclusive<Span> {
    Span::from_secs(*range.start())..=Span::from_secs(*range.end())
}

fn within(holds: bool, range: &'static str) -> Result<(), Rejection> {
    if holds { Ok(()) } else { Err(Rejection::OutOfRange(range)) }
}
