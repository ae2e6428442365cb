//! What changes at the desk rather than in a call: attendants' duty, breaks and services, and what the tenant sets.
//! Every change is idempotent: asked again, nothing happens.

use crate::apply::Tables;
use crate::attendant::{Attendant, Presence};
use crate::command::NotAvailable;
use crate::draft::Draft;
use crate::event::{Event, OfferEnd};
use crate::id::{AttendantId, ProfileId, ServiceId};
use crate::ranges;
use crate::rejection::Rejection;
use crate::settings::{Limits, Members, ParkFallback, PolicyLevel, Profile, Service, SkillNeed, Skills};
use crate::time::Span;
use crate::workflow::{self, Known};

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
            self.leave_unserved(attendant);
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
            self.leave_unserved(attendant);
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

    /// By `Limits::acw_extension` each time, an hour in all.
    pub(crate) fn extend_acw(&mut self, attendant: AttendantId) -> Result<(), Rejection> {
        let acw = self.known_attendant(attendant)?.acw.ok_or(Rejection::NoAcw)?;
        let extension = self.limits().acw_extension;
        within(extension > Span(0), "after-call work: its length is fixed")?;
        let until = acw.until + extension;
        within(until <= acw.since + *ranges::ACW.end(), "after-call work: at most 3600 seconds")?;
        self.emit(Event::AcwExtended { attendant, until });
        Ok(())
    }

    /// The service of the call that rings at her.
    fn offered_service(&self, attendant: AttendantId) -> Option<ServiceId> {
        let (_, call) = self.attendant(attendant)?.offer?;
        self.call(call)?.service
    }

    fn withdraw_offer_of_service(&mut self, attendant: AttendantId, service: ServiceId) {
        if self.offered_service(attendant) == Some(service) {
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
        self.check_workflow(service)?;
        if self.service(service.id) == Some(service) {
            return Ok(());
        }
        self.emit(Event::ServicePut(service.clone()));
        self.withdraw_unfounded_offers();
        Ok(())
    }

    pub(crate) fn put_profile(&mut self, profile: &Profile) -> Result<(), Rejection> {
        check_name(&profile.name)?;
        check_skills(&profile.skills)?;
        if self.profile(profile.id) != Some(profile) {
            self.emit(Event::ProfilePut(profile.clone()));
            self.withdraw_unfounded_offers();
        }
        Ok(())
    }

    pub(crate) fn remove_profile(&mut self, profile: ProfileId) -> Result<(), Rejection> {
        self.profile(profile).ok_or(Rejection::UnknownProfile(profile))?;
        let has_it = |attendant: &Attendant| attendant.profile == Some(profile);
        let asks_for_it =
            |service: &Service| service.levels.iter().any(|level| level.profiles.contains(&profile));
        if self.board.attendants().any(has_it) || self.board.services().any(asks_for_it) {
            return Err(Rejection::InUse);
        }
        self.emit(Event::ProfileRemoved { profile });
        Ok(())
    }

    pub(crate) fn set_skills(
        &mut self,
        attendant: AttendantId,
        skills: &Skills,
        profile: Option<ProfileId>,
    ) -> Result<(), Rejection> {
        let found = self.known_attendant(attendant)?;
        check_skills(skills)?;
        if let Some(profile) = profile {
            self.profile(profile).ok_or(Rejection::UnknownProfile(profile))?;
        }
        if found.skills != *skills || found.profile != profile {
            self.emit(Event::SkillsChanged { attendant, skills: skills.clone(), profile });
            self.withdraw_unfounded_offers();
        }
        Ok(())
    }

    fn check_workflow(&self, service: &Service) -> Result<(), Rejection> {
        let Some(workflow) = &service.workflow else { return Ok(()) };
        let known = Known {
            service: service.id,
            services: &|service| self.service(service).is_some(),
            calendars: &|calendar| self.calendar(calendar).is_some(),
            sounds: &|_| true,
        };
        let faults = workflow::faults(workflow, &known);
        if faults.is_empty() { Ok(()) } else { Err(Rejection::WorkflowFaults(faults)) }
    }

    /// Ends what rings at attendants who, after a change of the settings, would not be rung for it any more.
    fn withdraw_unfounded_offers(&mut self) {
        let touched: Vec<AttendantId> = self.attendants.keys().copied().collect();
        for attendant in touched {
            let level = |service| self.attendant(attendant).and_then(|found| found.level(service));
            if self.offered_service(attendant).is_some_and(|service| level(service).is_none()) {
                self.end_offer_of(attendant, OfferEnd::Withdrawn);
            }
        }
    }

    pub(crate) fn remove_service(&mut self, service: ServiceId) -> Result<(), Rejection> {
        self.known_service(service)?;
        let is_fallback = self.limits().park_fallback == ParkFallback::Service(service);
        let leads_here = |other: &Service| {
            other.workflow.as_ref().is_some_and(|workflow| workflow.services().any(|to| to == service))
        };
        let is_led_to = self.board.services().any(leads_here);
        if is_fallback || is_led_to || self.board.index.calls_of.contains_key(&service) {
            return Err(Rejection::InUse);
        }
        self.emit(Event::ServiceRemoved { service });
        Ok(())
    }

    pub(crate) fn put_limits(&mut self, limits: Limits) -> Result<(), Rejection> {
        check_limits(&limits)?;
        if let Some(service) = limits.park_fallback.service() {
            self.known_service(service)?;
        }
        if *self.limits() != limits {
            self.emit(Event::LimitsPut(limits));
        }
        Ok(())
    }
}

fn check_service(service: &Service) -> Result<(), Rejection> {
    check_name(&service.name)?;
    within(ranges::PRIORITY.contains(&service.priority), "priority: 1 to 99")?;
    within(ranges::SLA.contains(&service.sla), "sla: 1 to 3600 seconds")?;
    let threshold = ranges::HANG_UP_THRESHOLD.contains(&service.hang_up_threshold);
    within(threshold, "hang_up_threshold: at most 300 seconds")?;
    within(ranges::RONA.contains(&service.rona), "rona: 5 to 30 seconds")?;
    within(ranges::QUEUE_TIME.contains(&service.queue_time_max), "queue_time_max: 5 to 3600 seconds")?;
    within(ranges::ACW.contains(&service.acw), "acw: at most 3600 seconds")?;
    match &service.members {
        Members::Listed(listed) => within(listed.len() <= ranges::MEMBERS_MAX, "members: at most 500")?,
        Members::Skilled(needs) => {
            within(!needs.is_empty(), "members: at least one skill")?;
            check_needs(needs)?;
        }
        Members::Nobody => {}
    }
    within(service.preferred.len() <= ranges::PREFERRED_MAX, "preferred: at most 10")?;
    for preferred in &service.preferred {
        within(ranges::PRIORITY.contains(&preferred.priority), "preferred: priority 1 to 99")?;
    }
    check_levels(&service.levels)
}

fn check_name(name: &str) -> Result<(), Rejection> {
    let length = name.trim().chars().count();
    within((1..=ranges::NAME_CHARS_MAX).contains(&length), "name: 1 to 120 characters")
}

fn check_levels(levels: &[PolicyLevel]) -> Result<(), Rejection> {
    within(levels.len() <= ranges::LEVELS_MAX, "levels: at most 10")?;
    let begins_at_once = levels.first().is_none_or(|level| level.after == Span(0));
    within(begins_at_once, "levels: the first after 0 seconds")?;
    let later = levels.windows(2).all(|pair| matches!(pair, [a, b] if a.after < b.after));
    within(later, "levels: each later than the one before")?;
    for level in levels {
        within(ranges::LEVEL_AFTER.contains(&level.after), "levels: after at most 3600 seconds")?;
        within(level.profiles.len() <= ranges::PROFILES_MAX, "levels: at most 50 profiles each")?;
        check_needs(&level.needs)?;
    }
    Ok(())
}

fn check_needs(needs: &[SkillNeed]) -> Result<(), Rejection> {
    within(needs.len() <= ranges::SKILLS_MAX, "skills: at most 50")?;
    within(needs.iter().all(|need| ranges::SKILL_LEVEL.contains(&need.level)), "skills: level 1 to 100")
}

fn check_skills(skills: &Skills) -> Result<(), Rejection> {
    within(skills.len() <= ranges::SKILLS_MAX, "skills: at most 50")?;
    within(skills.values().all(|level| ranges::SKILL_LEVEL.contains(level)), "skills: level 1 to 100")
}

fn check_limits(limits: &Limits) -> Result<(), Rejection> {
    within(ranges::PARK_SLOTS.contains(&limits.park_slots), "park_slots: 1 to 500")?;
    within(ranges::HELD.contains(&limits.held_max), "held_max: 1 to 50")?;
    within(ranges::CALLS.contains(&limits.calls_max), "calls_max: 1 to 10000")?;
    within(ranges::PARK_TIME.contains(&limits.park_time), "park_time: 5 to 86400 seconds")?;
    within(ranges::RECALL_TIME.contains(&limits.recall_time), "recall_time: at most 3600 seconds")?;
    within(ranges::ALERT.contains(&limits.hold_alert), "hold_alert: at most 3600 seconds")?;
    within(ranges::ALERT.contains(&limits.park_alert), "park_alert: at most 3600 seconds")?;
    within(ranges::RING.contains(&limits.target_ring), "target_ring: 1 to 3600 seconds")?;
    within(ranges::RING.contains(&limits.hand_over), "hand_over: 1 to 3600 seconds")?;
    within(ranges::DECLINE_PAUSE.contains(&limits.decline_pause), "decline_pause: 1 to 3600 seconds")?;
    let promotes = ranges::PRIORITY_WAIT.contains(&limits.priority_wait_max);
    within(promotes, "priority_wait_max: 10 to 3600 seconds")?;
    let callback = ranges::CALLBACK_TIME.contains(&limits.callback_time_max);
    within(callback, "callback_time_max: 60 to 604800 seconds")?;
    within(ranges::ACW.contains(&limits.acw_extension), "acw_extension: at most 3600 seconds")
}

/// `range` begins with the field's name and a colon: a form puts it there.
fn within(holds: bool, range: &'static str) -> Result<(), Rejection> {
    if holds { Ok(()) } else { Err(Rejection::OutOfRange(range)) }
}
