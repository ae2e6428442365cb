//! What changes at the desk rather than in a call: attendants' duty, breaks and services, and what the tenant sets.
//! Every change is idempotent: asked again, nothing happens.

use std::ops::RangeInclusive;

use crate::apply::Tables;
use crate::attendant::{Attendant, Presence};
use crate::command::NotAvailable;
use crate::draft::Draft;
use crate::event::{Event, OfferEnd};
use crate::id::{AttendantId, ProfileId, ServiceId};
use crate::rejection::Rejection;
use crate::settings::{Limits, Members, PolicyLevel, Profile, Service, SkillNeed, Skills};
use crate::time::Span;

/// Attendants of one service at most: the largest desk this is built for.
const ATTENDANTS_MAX: usize = 500;
/// Preferred members of one service at most (ROUTE-2).
const PREFERRED_MAX: usize = 10;
/// Policy levels of one service at most: more than anybody keeps in mind.
const LEVELS_MAX: usize = 10;
/// Skills of one attendant, profile or need at most.
const SKILLS_MAX: usize = 50;
/// The longest after-call work, extensions included.
const ACW_MAX: Span = Span::from_secs(3600);
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

    /// By `Limits::acw_extension` each time, an hour in all.
    pub(crate) fn extend_acw(&mut self, attendant: AttendantId) -> Result<(), Rejection> {
        let acw = self.known_attendant(attendant)?.acw.ok_or(Rejection::NoAcw)?;
        let extension = self.limits().acw_extension;
        within(extension > Span(0), "after-call work: its length is fixed")?;
        let until = acw.until + extension;
        within(until <= acw.since + ACW_MAX, "after-call work: at most 3600 seconds")?;
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
        if self.service(service.id) == Some(service) {
            return Ok(());
        }
        self.emit(Event::ServicePut(service.clone()));
        self.withdraw_unfounded_offers();
        Ok(())
    }

    pub(crate) fn put_profile(&mut self, profile: &Profile) -> Result<(), Rejection> {
        let name = profile.name.trim().chars().count();
        within((1..=NAME_MAX).contains(&name), "name: 1 to 120 characters")?;
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
    within(service.acw <= ACW_MAX, "acw: at most 3600 seconds")?;
    match &service.members {
        Members::Listed(listed) => within(listed.len() <= ATTENDANTS_MAX, "members: at most 500")?,
        Members::Skilled(needs) => {
            within(!needs.is_empty(), "members by skill: at least one skill")?;
            check_needs(needs)?;
        }
        Members::Nobody => {}
    }
    within(service.preferred.len() <= PREFERRED_MAX, "preferred: at most 10")?;
    for preferred in &service.preferred {
        within((1..=99).contains(&preferred.priority), "preferred priority: 1 to 99")?;
    }
    check_levels(&service.levels)
}

fn check_levels(levels: &[PolicyLevel]) -> Result<(), Rejection> {
    within(levels.len() <= LEVELS_MAX, "policy levels: at most 10")?;
    let begins_at_once = levels.first().is_none_or(|level| level.after == Span(0));
    within(begins_at_once, "policy levels: the first after 0 seconds")?;
    let later = levels.windows(2).all(|pair| matches!(pair, [a, b] if a.after < b.after));
    within(later, "policy levels: each later than the one before")?;
    for level in levels {
        within(level.after <= Span::from_secs(3600), "policy levels: after at most 3600 seconds")?;
        within(level.profiles.len() <= SKILLS_MAX, "policy level: at most 50 profiles")?;
        check_needs(&level.needs)?;
    }
    Ok(())
}

fn check_needs(needs: &[SkillNeed]) -> Result<(), Rejection> {
    within(needs.len() <= SKILLS_MAX, "skills: at most 50")?;
    within(needs.iter().all(|need| (1..=100).contains(&need.level)), "skill level: 1 to 100")
}

fn check_skills(skills: &Skills) -> Result<(), Rejection> {
    within(skills.len() <= SKILLS_MAX, "skills: at most 50")?;
    within(skills.values().all(|level| (1..=100).contains(level)), "skill level: 1 to 100")
}

fn check_limits(limits: &Limits) -> Result<(), Rejection> {
    within((1..=500).contains(&limits.park_slots), "park_slots: 1 to 500")?;
    within((1..=50).contains(&limits.held_max), "held_max: 1 to 50")?;
    within((1..=10_000).contains(&limits.calls_max), "calls_max: 1 to 10000")?;
    within(seconds(5..=86_400).contains(&limits.park_time), "park_time: 5 seconds to a day")?;
    within(limits.recall_time <= Span::from_secs(3600), "recall_time: at most 3600 seconds")?;
    within(seconds(1..=3600).contains(&limits.target_ring), "target_ring: 1 to 3600 seconds")?;
    within(seconds(1..=3600).contains(&limits.hand_over), "hand_over: 1 to 3600 seconds")?;
    within(seconds(1..=3600).contains(&limits.decline_pause), "decline_pause: 1 to 3600 seconds")?;
    within(seconds(10..=3600).contains(&limits.priority_wait_max), "priority_wait_max: 10 to 3600 seconds")?;
    within(limits.acw_extension <= ACW_MAX, "acw_extension: at most 3600 seconds")
}

fn seconds(range: RangeInclusive<u32>) -> RangeInclusive<Span> {
    Span::from_secs(*range.start())..=Span::from_secs(*range.end())
}

fn within(holds: bool, range: &'static str) -> Result<(), Rejection> {
    if holds { Ok(()) } else { Err(Rejection::OutOfRange(range)) }
}
