//! Requests about services, skills, responsibility profiles and limits (ROUTE-1, ROUTE-2): forms are read into the engine's
//! settings, with the field, the value and the permitted range where one does not fit. Names and addresses, which the engine
//! does not know, are kept beside. Decides nothing about calls.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use contracts::Address;
use contracts::changes::ChangeId;
use contracts::ids::UnitId;
use engine::{
    AttendantId, Command, Limits, Members, ParkFallback, PolicyLevel, Preferred, Profile, ProfileId, Service,
    ServiceId, SkillId, SkillNeed, Skills, Span, Switchboard, Treatment, ranges,
};
use identity::{Authorized, right};

use super::wire::{
    ApiError, AttendantForm, LevelForm, LimitsForm, MembersForm, NamedView, PreferredForm, ProfileForm,
    RangeView, RangesView, Request, Response, SavedView, ServiceForm, ServicesView, SkillForm,
    SkillLevelForm, UiEvent,
};
use super::workflows::{self, Addresses};
use super::{id, misplaced};
use crate::app::App;
use crate::dialled::{ADDRESS_CHARS_MAX, ADDRESSES_ALL_MAX, ADDRESSES_MAX, Plan};
use crate::seat::{AttendantNames, name_of};
use crate::skill_names::{Names, SKILL_NAME_CHARS_MAX, SKILLS_MAX};

impl App {
    /// What everybody may see of services.
    pub(super) async fn handle_services_seen(
        &self,
        _: Authorized<right::SeeServices>,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::GetServices {} => self.services().await,
            Request::CheckWorkflow { service, workflow } => {
                let service = service.map(|service| id("service", &service)).transpose()?;
                Ok(Response::WorkflowFaults(self.workflow_faults(service, &workflow).await?))
            }
            other => Err(misplaced(&other)),
        }
    }

    pub(super) async fn handle_services(
        &self,
        _: Authorized<right::ChangeServices>,
        request: Request,
        undoes: Option<ChangeId>,
    ) -> Result<Response, ApiError> {
        match request {
            Request::PutService { service } => self.put_service(*service, undoes.is_some()).await,
            Request::RemoveService { service } => self.remove_service(id("service", &service)?).await,
            Request::SetWaiting { service, treatment } => {
                self.set_waiting(id("service", &service)?, treatment.into()).await
            }
            other => Err(misplaced(&other)),
        }
    }

    pub(super) async fn handle_skills(
        &self,
        _: Authorized<right::ChangeSkills>,
        request: Request,
        undoes: Option<ChangeId>,
    ) -> Result<Response, ApiError> {
        match request {
            Request::PutSkill { skill } => self.put_skill(skill, undoes.is_some()).await,
            Request::RemoveSkill { skill } => self.remove_skill(id("skill", &skill)?).await,
            Request::PutProfile { profile } => self.put_profile(profile, undoes.is_some()).await,
            Request::RemoveProfile { profile } => {
                self.change(Command::RemoveProfile(id("responsibility profile", &profile)?)).await?;
                Ok(Response::Done)
            }
            Request::SetSkills { attendant } => self.set_skills(&attendant).await,
            Request::PutLimits { limits } => {
                self.change(Command::PutLimits(read_limits(&limits, &self.known().await?)?)).await?;
                Ok(Response::Done)
            }
            other => Err(misplaced(&other)),
        }
    }

    async fn services(&self) -> Result<Response, ApiError> {
        Ok(Response::Services(Box::new(self.services_view().await?)))
    }

    pub(super) async fn services_view(&self) -> Result<ServicesView, ApiError> {
        let addresses = self.workflow_addresses().await?;
        let sounds = self.sounds.list().await?.into_iter();
        let beside = Beside {
            plan: self.dialled.plan(),
            skills: self.skill_names.all(),
            attendants: self.seat.names(),
            units: self.roster.service_units().await?.into_iter().collect(),
            addresses,
            sounds: sounds.map(|sound| NamedView { id: sound.id.to_string(), name: sound.name }).collect(),
        };
        Ok(self.desk.look(move |switchboard| view(switchboard, beside)).await?)
    }

    /// Changes a setting, and lets the screens ask again.
    pub(super) async fn change(&self, command: Command) -> Result<(), ApiError> {
        self.desk.act(command).await?;
        self.tell(UiEvent::ServicesChanged);
        Ok(())
    }

    async fn known(&self) -> Result<Known, ApiError> {
        let skills = self.skill_names.all().keys().copied().collect();
        Ok(self.desk.look(move |switchboard| Known::of(switchboard, skills)).await?)
    }

    async fn set_waiting(&self, service: ServiceId, waiting: Treatment) -> Result<Response, ApiError> {
        let found = self.desk.look(move |switchboard| switchboard.service(service).cloned()).await?;
        let before = found.ok_or_else(|| unknown("service"))?;
        self.change(Command::PutService(Service { waiting, ..before })).await?;
        Ok(Response::Done)
    }

    // -- services ------------------------------------------------------------------------------------------------

    /// `brings_back`: it may have been removed since.
    async fn put_service(&self, form: ServiceForm, brings_back: bool) -> Result<Response, ApiError> {
        let known = self.known().await?;
        let service_id = match &form.id {
            Some(text) => id("service", text)?,
            None => ServiceId(self.sources.setting()),
        };
        let before = self.desk.look(move |switchboard| switchboard.service(service_id).cloned()).await?;
        if form.id.is_some() && before.is_none() && !brings_back {
            return Err(unknown("service"));
        }
        let workflow = match &form.workflow {
            Some(workflow) => Some(self.read_workflow(service_id, workflow).await?),
            None => None,
        };
        let service = Service { workflow, ..read_service(service_id, &form, &known)? };
        let plan = self.planned(service_id, &form, &known)?;
        let unit: Option<UnitId> = form
            .unit
            .as_ref()
            .map(|unit| id("organisation unit", unit))
            .transpose()
            .map_err(|error| error.at("unit"))?;
        self.desk.act(Command::PutService(service)).await?;
        if let Err(error) = self.keep_beside(service_id, plan, unit).await {
            let back = match before {
                Some(before) => Command::PutService(before),
                None => Command::RemoveService(service_id),
            };
            if let Err(error) = self.desk.act(back).await {
                tracing::error!(%error, %service_id, "a service stays changed though what is beside it could not be kept");
            }
            return Err(error);
        }
        self.tell(UiEvent::ServicesChanged);
        Ok(saved(service_id))
    }

    /// What the engine does not know of a service: its unit and all addresses. Both, or none.
    async fn keep_beside(
        &self,
        service: ServiceId,
        plan: Plan,
        unit: Option<UnitId>,
    ) -> Result<(), ApiError> {
        let units = self.roster.service_units().await?;
        let before = units.into_iter().find(|(of, _)| *of == service).map(|(_, unit)| unit);
        let put = self.roster.set_service_unit(service, unit).await;
        put.map_err(|error| ApiError::from(error).at("unit"))?;
        if let Err(error) = self.dialled.keep(plan).await {
            if let Err(error) = self.roster.set_service_unit(service, before).await {
                tracing::error!(%error, %service, "a service stays in its new unit though its addresses could not be kept");
            }
            return Err(error.into());
        }
        Ok(())
    }

    /// The addresses of all services once this form is in force.
    fn planned(&self, service: ServiceId, form: &ServiceForm, known: &Known) -> Result<Plan, ApiError> {
        let addresses = read_addresses(&form.addresses)?;
        let before = self.dialled.plan();
        let exists = |other: ServiceId| known.services.contains_key(&other);
        let mut plan = before.with(service, addresses, exists).map_err(|clash| {
            let (text, field) = (&form.addresses[clash.place], format!("addresses.{}", clash.place));
            let other = known.services.get(&clash.service).map_or("another service", String::as_str);
            taken(field, format!("{text} already reaches {other}. Remove it there first."))
        })?;
        up_to("addresses", "Addresses of all services", plan.count(), ADDRESSES_ALL_MAX)?;
        if form.otherwise {
            plan.otherwise = service;
        } else if before.otherwise == service {
            return Err(ApiError::new(
                "setting.in-use",
                "Callers who dial any other address must reach some service. Choose another one for them first.",
            )
            .at("otherwise"));
        }
        Ok(plan)
    }

    async fn remove_service(&self, service: ServiceId) -> Result<Response, ApiError> {
        let before = self.dialled.plan();
        if before.otherwise == service {
            return Err(ApiError::new(
                "setting.in-use",
                "Callers who dial any other address reach this service. Choose another one for them first.",
            ));
        }
        self.desk.act(Command::RemoveService(service)).await?;
        let known = self.known().await?;
        let plan = before.with(service, Vec::new(), |other| known.services.contains_key(&other));
        // Without addresses nothing can clash; addresses that stay reach the service of all others.
        if let Ok(plan) = plan {
            self.dialled.keep(plan).await?;
        }
        // Else its unit could never be removed again.
        self.roster.set_service_unit(service, None).await?;
        self.tell(UiEvent::ServicesChanged);
        Ok(Response::Done)
    }

    // -- skills and profiles -------------------------------------------------------------------------------------

    async fn put_skill(&self, form: SkillForm, brings_back: bool) -> Result<Response, ApiError> {
        let mut names = (*self.skill_names.all()).clone();
        let skill = match &form.id {
            Some(text) => id("skill", text)?,
            None => SkillId(self.sources.setting()),
        };
        if form.id.is_some() && !names.contains_key(&skill) && !brings_back {
            return Err(unknown("skill"));
        }
        let name = read_name("name", &form.name, SKILL_NAME_CHARS_MAX)?;
        distinct(&name, names.iter().filter(|(other, _)| **other != skill).map(|(_, name)| name))?;
        names.insert(skill, name);
        up_to("name", "Skills", names.len(), SKILLS_MAX)?;
        self.skill_names.keep(names).await?;
        self.tell(UiEvent::ServicesChanged);
        Ok(saved(skill))
    }

    async fn remove_skill(&self, skill: SkillId) -> Result<Response, ApiError> {
        let mut names = (*self.skill_names.all()).clone();
        let user = self.desk.look(move |switchboard| who_uses(switchboard, skill)).await?;
        if let Some(user) = user {
            let message = format!("{user} still uses this skill. Remove it there first.");
            return Err(ApiError::new("setting.in-use", message));
        }
        names.remove(&skill);
        self.skill_names.keep(names).await?;
        self.tell(UiEvent::ServicesChanged);
        Ok(Response::Done)
    }

    async fn put_profile(&self, form: ProfileForm, brings_back: bool) -> Result<Response, ApiError> {
        let known = self.known().await?;
        let profile = match &form.id {
            Some(text) => id("responsibility profile", text)?,
            None => ProfileId(self.sources.setting()),
        };
        if form.id.is_some() && !known.profiles.contains_key(&profile) && !brings_back {
            return Err(unknown("responsibility profile"));
        }
        let name = read_name("name", &form.name, ranges::NAME_CHARS_MAX)?;
        distinct(&name, known.profiles.iter().filter(|(other, _)| **other != profile).map(|(_, name)| name))?;
        let skills = read_skills("skills", &form.skills, &known)?;
        self.change(Command::PutProfile(Profile { id: profile, name, skills })).await?;
        Ok(saved(profile))
    }

    async fn set_skills(&self, form: &AttendantForm) -> Result<Response, ApiError> {
        let known = self.known().await?;
        let command = Command::SetSkills {
            attendant: id("attendant", &form.id)?,
            skills: read_skills("skills", &form.skills, &known)?,
            profile: form.profile.as_ref().map(|profile| known.profile("profile", profile)).transpose()?,
        };
        self.change(command).await?;
        Ok(Response::Done)
    }
}

fn saved(id: impl ToString) -> Response {
    Response::Saved(SavedView { id: id.to_string() })
}

fn unknown(what: &str) -> ApiError {
    ApiError::new("setting.unknown", format!("There is no such {what} any more."))
}

fn taken(field: impl Into<String>, message: String) -> ApiError {
    ApiError::new("setting.taken", message).at(field)
}

// -- what there is -------------------------------------------------------------------------------------------------

/// What a form may name.
struct Known {
    services: BTreeMap<ServiceId, String>,
    attendants: BTreeSet<AttendantId>,
    profiles: BTreeMap<ProfileId, String>,
    skills: BTreeSet<SkillId>,
}

impl Known {
    fn of(switchboard: &Switchboard, skills: BTreeSet<SkillId>) -> Known {
        Known {
            services: crate::screen::service_names(switchboard),
            attendants: switchboard.attendants().map(|attendant| attendant.id).collect(),
            profiles: switchboard.profiles().map(|profile| (profile.id, profile.name.clone())).collect(),
            skills,
        }
    }

    fn service(&self, field: &str, text: &str) -> Result<ServiceId, ApiError> {
        let found = id("service", text)?;
        self.services.contains_key(&found).then_some(found).ok_or_else(|| unknown("service").at(field))
    }

    fn attendant(&self, field: &str, text: &str) -> Result<AttendantId, ApiError> {
        let found = id("attendant", text)?;
        self.attendants.contains(&found).then_some(found).ok_or_else(|| unknown("attendant").at(field))
    }

    fn profile(&self, field: &str, text: &str) -> Result<ProfileId, ApiError> {
        let found = id("responsibility profile", text)?;
        let known = self.profiles.contains_key(&found);
        known.then_some(found).ok_or_else(|| unknown("responsibility profile").at(field))
    }

    fn skill(&self, field: &str, text: &str) -> Result<SkillId, ApiError> {
        let found = id("skill", text)?;
        self.skills.contains(&found).then_some(found).ok_or_else(|| unknown("skill").at(field))
    }
}

fn who_uses(switchboard: &Switchboard, skill: SkillId) -> Option<String> {
    let asks = |needs: &[SkillNeed]| needs.iter().any(|need| need.skill == skill);
    let of_members = |members: &Members| match members {
        Members::Skilled(needs) => asks(needs),
        Members::Listed(_) | Members::Nobody => false,
    };
    let service = switchboard.services().find(|service| {
        of_members(&service.members) || service.levels.iter().any(|level| asks(&level.needs))
    });
    let profile = switchboard.profiles().find(|profile| profile.skills.contains_key(&skill));
    let attendant = switchboard.attendants().find(|attendant| attendant.skills.contains_key(&skill));
    service
        .map(|service| format!("The service {}", service.name))
        .or_else(|| profile.map(|profile| format!("The responsibility profile {}", profile.name)))
        .or_else(|| attendant.map(|_| "An attendant".to_owned()))
}

// -- reading forms -------------------------------------------------------------------------------------------------

/// All but the workflow.
fn read_service(id: ServiceId, form: &ServiceForm, known: &Known) -> Result<Service, ApiError> {
    let name = read_name("name", &form.name, ranges::NAME_CHARS_MAX)?;
    distinct(&name, known.services.iter().filter(|(other, _)| **other != id).map(|(_, name)| name))?;
    Ok(Service {
        id,
        name,
        priority: read_u8("priority", "The priority", form.priority, &ranges::PRIORITY)?,
        sla: read_span("sla_ms", "The service level", form.sla_ms, &ranges::SLA)?,
        hang_up_threshold: read_span(
            "hang_up_threshold_ms",
            "The short-call threshold",
            form.hang_up_threshold_ms,
            &ranges::HANG_UP_THRESHOLD,
        )?,
        rona: read_span("rona_ms", "The ringing time", form.rona_ms, &ranges::RONA)?,
        acw: read_span("acw_ms", "The after-call work", form.acw_ms, &ranges::ACW)?,
        queue_time_max: read_span(
            "queue_time_max_ms",
            "The longest wait",
            form.queue_time_max_ms,
            &ranges::QUEUE_TIME,
        )?,
        waiting: form.waiting.into(),
        members: read_members(&form.members, known)?,
        distribution: form.distribution.into(),
        levels: read_levels(&form.levels, known)?,
        preferred: read_preferred(&form.preferred, known)?,
        parallel_work: form.parallel_work,
        busy_selectable: form.busy_selectable,
        away_selectable: form.away_selectable,
        workflow: None,
    })
}

fn read_members(form: &MembersForm, known: &Known) -> Result<Members, ApiError> {
    match form {
        MembersForm::Listed { attendants } => {
            up_to("members.attendants", "Members", attendants.len(), ranges::MEMBERS_MAX)?;
            let members: Vec<AttendantId> = attendants
                .iter()
                .enumerate()
                .map(|(place, text)| known.attendant(&format!("members.attendants.{place}"), text))
                .collect::<Result<_, _>>()?;
            once("members.attendants", "An attendant", members.iter())?;
            Ok(Members::Listed(members))
        }
        MembersForm::Skilled { needs } if needs.is_empty() => {
            let message = "Members by skill need at least one skill.";
            Err(ApiError::new("setting.out-of-range", message).at("members.needs"))
        }
        MembersForm::Skilled { needs } => Ok(Members::Skilled(read_needs("members.needs", needs, known)?)),
        MembersForm::Nobody {} => Ok(Members::Nobody),
    }
}

fn read_levels(forms: &[LevelForm], known: &Known) -> Result<Vec<PolicyLevel>, ApiError> {
    up_to("levels", "Levels", forms.len(), ranges::LEVELS_MAX)?;
    let mut levels: Vec<PolicyLevel> = Vec::with_capacity(forms.len());
    for (place, form) in forms.iter().enumerate() {
        let field = format!("levels.{place}.after_ms");
        let after = read_span(&field, &format!("Level {}", place + 1), form.after_ms, &ranges::LEVEL_AFTER)?;
        let problem = match levels.last() {
            None if after != Span(0) => {
                Some(format!("The first level begins after 0 s, not after {}.", seconds(after)))
            }
            Some(before) if after <= before.after => Some(format!(
                "Level {} begins after {}; it must be later than the one before, which begins after {}.",
                place + 1,
                seconds(after),
                seconds(before.after)
            )),
            None | Some(_) => None,
        };
        if let Some(message) = problem {
            return Err(ApiError::new("setting.out-of-range", message).at(field));
        }
        let (needs, profiles) = (format!("levels.{place}.needs"), format!("levels.{place}.profiles"));
        up_to(&profiles, "Responsibility profiles", form.profiles.len(), ranges::PROFILES_MAX)?;
        levels.push(PolicyLevel {
            after,
            needs: read_needs(&needs, &form.needs, known)?,
            profiles: form
                .profiles
                .iter()
                .map(|profile| known.profile(&profiles, profile))
                .collect::<Result<_, _>>()?,
        });
    }
    Ok(levels)
}

fn read_preferred(forms: &[PreferredForm], known: &Known) -> Result<Vec<Preferred>, ApiError> {
    up_to("preferred", "Preferred members", forms.len(), ranges::PREFERRED_MAX)?;
    let read = |(place, form): (usize, &PreferredForm)| {
        let field = format!("preferred.{place}.priority");
        Ok(Preferred {
            attendant: known.attendant(&format!("preferred.{place}.attendant"), &form.attendant)?,
            priority: read_u8(&field, "The priority", form.priority, &ranges::PRIORITY)?,
        })
    };
    let preferred: Vec<Preferred> = forms.iter().enumerate().map(read).collect::<Result<_, ApiError>>()?;
    once("preferred", "An attendant", preferred.iter().map(|preferred| &preferred.attendant))?;
    Ok(preferred)
}

fn read_needs(field: &str, forms: &[SkillLevelForm], known: &Known) -> Result<Vec<SkillNeed>, ApiError> {
    up_to(field, "Skills", forms.len(), ranges::SKILLS_MAX)?;
    let read = |(place, form): (usize, &SkillLevelForm)| {
        let level = format!("{field}.{place}.level");
        Ok(SkillNeed {
            skill: known.skill(&format!("{field}.{place}.skill"), &form.skill)?,
            level: read_u8(&level, "The level", form.level, &ranges::SKILL_LEVEL)?,
        })
    };
    let needs: Vec<SkillNeed> = forms.iter().enumerate().map(read).collect::<Result<_, ApiError>>()?;
    once(field, "A skill", needs.iter().map(|need| &need.skill))?;
    Ok(needs)
}

fn read_skills(field: &str, forms: &[SkillLevelForm], known: &Known) -> Result<Skills, ApiError> {
    Ok(read_needs(field, forms, known)?.into_iter().map(|need| (need.skill, need.level)).collect())
}

fn read_addresses(texts: &[String]) -> Result<Vec<Address>, ApiError> {
    up_to("addresses", "Addresses", texts.len(), ADDRESSES_MAX)?;
    let read = |(place, text): (usize, &String)| {
        let field = format!("addresses.{place}");
        let address = Address::parse(text)
            .map_err(|error| ApiError::new("address.invalid", format!("“{text}”: {error}.")).at(&field))?;
        let length = address.as_str().chars().count();
        if length > ADDRESS_CHARS_MAX {
            let message =
                format!("The address has {length} characters; 1 to {ADDRESS_CHARS_MAX} are permitted.");
            return Err(ApiError::new("setting.out-of-range", message).at(field));
        }
        Ok(address)
    };
    texts.iter().enumerate().map(read).collect()
}

fn read_limits(form: &LimitsForm, known: &Known) -> Result<Limits, ApiError> {
    let span = read_span;
    Ok(Limits {
        park_slots: read_u16("park_slots", "The number of slots", form.park_slots, &ranges::PARK_SLOTS)?,
        park_time: span("park_time_ms", "The time in a slot", form.park_time_ms, &ranges::PARK_TIME)?,
        park_alert: span("park_alert_ms", "The alert before its end", form.park_alert_ms, &ranges::ALERT)?,
        park_fallback: match &form.park_fallback {
            Some(service) => ParkFallback::Service(known.service("park_fallback", service)?),
            None => ParkFallback::Queue,
        },
        recall_time: span("recall_time_ms", "The time", form.recall_time_ms, &ranges::RECALL_TIME)?,
        hold_alert: span("hold_alert_ms", "The alert", form.hold_alert_ms, &ranges::ALERT)?,
        held_max: read_u16("held_max", "The number of calls on hold", form.held_max, &ranges::HELD)?,
        target_ring: span("target_ring_ms", "The ringing time", form.target_ring_ms, &ranges::RING)?,
        hand_over: span("hand_over_ms", "The time for a hand-over", form.hand_over_ms, &ranges::RING)?,
        decline_pause: span("decline_pause_ms", "The pause", form.decline_pause_ms, &ranges::DECLINE_PAUSE)?,
        priority_wait_max: span(
            "priority_wait_max_ms",
            "The wait",
            form.priority_wait_max_ms,
            &ranges::PRIORITY_WAIT,
        )?,
        callback_time_max: span(
            "callback_time_max_ms",
            "The time for a callback",
            form.callback_time_max_ms,
            &ranges::CALLBACK_TIME,
        )?,
        acw_extension: span("acw_extension_ms", "The extension", form.acw_extension_ms, &ranges::ACW)?,
        on_hold: form.on_hold.into(),
        calls_max: within("calls_max", "The number of calls", form.calls_max, &ranges::CALLS)?,
    })
}

/// Trimmed, and not empty.
fn read_name(field: &str, text: &str, chars_max: usize) -> Result<String, ApiError> {
    let name = text.trim();
    let length = name.chars().count();
    if (1..=chars_max).contains(&length) {
        return Ok(name.to_owned());
    }
    let message = format!("The name has {length} characters; 1 to {chars_max} are permitted.");
    Err(ApiError::new("setting.out-of-range", message).at(field))
}

/// Two of one name cannot be told apart.
fn distinct<'a>(name: &str, mut others: impl Iterator<Item = &'a String>) -> Result<(), ApiError> {
    match others.find(|other| other.to_lowercase() == name.to_lowercase()) {
        Some(other) => {
            Err(taken("name", format!("There is already one called {other}. Choose another name.")))
        }
        None => Ok(()),
    }
}

fn once<'a, T: Ord + 'a>(field: &str, what: &str, all: impl Iterator<Item = &'a T>) -> Result<(), ApiError> {
    let mut seen = BTreeSet::new();
    for (place, one) in all.enumerate() {
        if !seen.insert(one) {
            return Err(taken(format!("{field}.{place}"), format!("{what} stands in this list once only.")));
        }
    }
    Ok(())
}

fn up_to(field: &str, what: &str, count: usize, max: usize) -> Result<(), ApiError> {
    if count <= max {
        return Ok(());
    }
    let message = format!("{what}: {count}; at most {max} are permitted.");
    Err(ApiError::new("setting.out-of-range", message).at(field))
}

fn read_span(field: &str, what: &str, value_ms: u32, range: &RangeInclusive<Span>) -> Result<Span, ApiError> {
    let value = Span(value_ms);
    if range.contains(&value) {
        return Ok(value);
    }
    let (min, max) = (range.start().0 / 1000, seconds(*range.end()));
    let message = format!("{what} is {}; {min} to {max} are permitted.", seconds(value));
    Err(ApiError::new("setting.out-of-range", message).at(field))
}

fn read_u8(field: &str, what: &str, value: u32, range: &RangeInclusive<u8>) -> Result<u8, ApiError> {
    let wide = u32::from(*range.start())..=u32::from(*range.end());
    let value = within(field, what, value, &wide)?;
    Ok(u8::try_from(value).unwrap_or(*range.end()))
}

fn read_u16(field: &str, what: &str, value: u32, range: &RangeInclusive<u16>) -> Result<u16, ApiError> {
    let wide = u32::from(*range.start())..=u32::from(*range.end());
    let value = within(field, what, value, &wide)?;
    Ok(u16::try_from(value).unwrap_or(*range.end()))
}

fn within(field: &str, what: &str, value: u32, range: &RangeInclusive<u32>) -> Result<u32, ApiError> {
    if range.contains(&value) {
        return Ok(value);
    }
    let message = format!("{what} is {value}; {} to {} are permitted.", range.start(), range.end());
    Err(ApiError::new("setting.out-of-range", message).at(field))
}

/// `20 s`, `0.5 s`.
fn seconds(span: Span) -> String {
    format!("{} s", f64::from(span.0) / 1000.0)
}

// -- showing -------------------------------------------------------------------------------------------------------

/// What the switchboard does not know.
struct Beside {
    plan: Arc<Plan>,
    skills: Arc<Names>,
    attendants: Arc<AttendantNames>,
    units: BTreeMap<ServiceId, UnitId>,
    addresses: Addresses,
    sounds: Vec<NamedView>,
}

fn view(switchboard: &Switchboard, beside: Beside) -> ServicesView {
    let Beside { plan, skills: names, attendants: called, units, addresses, mut sounds } = beside;
    sounds.sort_by_key(|sound| sound.name.to_lowercase());
    let mut calendars: Vec<NamedView> = switchboard
        .calendars()
        .map(|calendar| NamedView { id: calendar.id.to_string(), name: calendar.hours.name.clone() })
        .collect();
    calendars.sort_by_key(|calendar| calendar.name.to_lowercase());
    let mut services: Vec<ServiceForm> =
        switchboard.services().map(|service| show_service(service, &plan, &units, &addresses)).collect();
    services.sort_by_key(|service| service.name.to_lowercase());
    let mut skills: Vec<SkillForm> = names
        .iter()
        .map(|(skill, name)| SkillForm { id: Some(skill.to_string()), name: name.clone() })
        .collect();
    skills.sort_by_key(|skill| skill.name.to_lowercase());
    let mut profiles: Vec<ProfileForm> = switchboard
        .profiles()
        .map(|profile| ProfileForm {
            id: Some(profile.id.to_string()),
            name: profile.name.clone(),
            skills: show_skills(&profile.skills),
        })
        .collect();
    profiles.sort_by_key(|profile| profile.name.to_lowercase());
    let attendants = switchboard.attendants().map(|attendant| AttendantForm {
        id: attendant.id.to_string(),
        name: name_of(&called, attendant.id),
        skills: show_skills(&attendant.skills),
        profile: attendant.profile.map(|profile| profile.to_string()),
    });
    ServicesView {
        services,
        attendants: attendants.collect(),
        skills,
        profiles,
        sounds,
        calendars,
        limits: show_limits(switchboard.limits()),
        ranges: show_ranges(),
    }
}

fn show_service(
    service: &Service,
    plan: &Plan,
    units: &BTreeMap<ServiceId, UnitId>,
    outside: &Addresses,
) -> ServiceForm {
    let Service {
        id,
        name,
        priority,
        sla,
        hang_up_threshold,
        rona,
        acw,
        queue_time_max,
        waiting,
        members,
        distribution,
        levels,
        preferred,
        parallel_work,
        busy_selectable,
        away_selectable,
        workflow,
    } = service;
    ServiceForm {
        id: Some(id.to_string()),
        name: name.clone(),
        unit: units.get(id).map(ToString::to_string),
        addresses: plan.of(*id).iter().map(Address::to_string).collect(),
        otherwise: plan.otherwise == *id,
        priority: u32::from(*priority),
        sla_ms: sla.0,
        hang_up_threshold_ms: hang_up_threshold.0,
        rona_ms: rona.0,
        acw_ms: acw.0,
        queue_time_max_ms: queue_time_max.0,
        waiting: (*waiting).into(),
        members: match members {
            Members::Listed(attendants) => {
                MembersForm::Listed { attendants: attendants.iter().map(ToString::to_string).collect() }
            }
            Members::Skilled(needs) => MembersForm::Skilled { needs: show_needs(needs) },
            Members::Nobody => MembersForm::Nobody {},
        },
        distribution: (*distribution).into(),
        levels: levels
            .iter()
            .map(|level| LevelForm {
                after_ms: level.after.0,
                needs: show_needs(&level.needs),
                profiles: level.profiles.iter().map(ToString::to_string).collect(),
            })
            .collect(),
        preferred: preferred
            .iter()
            .map(|preferred| PreferredForm {
                attendant: preferred.attendant.to_string(),
                priority: u32::from(preferred.priority),
            })
            .collect(),
        parallel_work: *parallel_work,
        busy_selectable: *busy_selectable,
        away_selectable: *away_selectable,
        workflow: workflow.as_ref().map(|workflow| workflows::show(workflow, outside)),
    }
}

fn show_needs(needs: &[SkillNeed]) -> Vec<SkillLevelForm> {
    needs
        .iter()
        .map(|need| SkillLevelForm { skill: need.skill.to_string(), level: u32::from(need.level) })
        .collect()
}

fn show_skills(skills: &Skills) -> Vec<SkillLevelForm> {
    skills
        .iter()
        .map(|(skill, level)| SkillLevelForm { skill: skill.to_string(), level: u32::from(*level) })
        .collect()
}

fn show_limits(limits: &Limits) -> LimitsForm {
    let Limits {
        park_slots,
        park_time,
        park_fallback,
        recall_time,
        hold_alert,
        park_alert,
        held_max,
        target_ring,
        hand_over,
        decline_pause,
        priority_wait_max,
        acw_extension,
        callback_time_max,
        on_hold,
        calls_max,
    } = *limits;
    LimitsForm {
        park_slots: u32::from(park_slots),
        park_time_ms: park_time.0,
        park_alert_ms: park_alert.0,
        park_fallback: park_fallback.service().map(|service| service.to_string()),
        recall_time_ms: recall_time.0,
        hold_alert_ms: hold_alert.0,
        held_max: u32::from(held_max),
        target_ring_ms: target_ring.0,
        hand_over_ms: hand_over.0,
        decline_pause_ms: decline_pause.0,
        priority_wait_max_ms: priority_wait_max.0,
        acw_extension_ms: acw_extension.0,
        callback_time_max_ms: callback_time_max.0,
        on_hold: on_hold.into(),
        calls_max,
    }
}

fn show_ranges() -> RangesView {
    let span = |range: &RangeInclusive<Span>| RangeView { min: range.start().0, max: range.end().0 };
    let small = |range: &RangeInclusive<u8>| RangeView {
        min: u32::from(*range.start()),
        max: u32::from(*range.end()),
    };
    let number = |range: &RangeInclusive<u16>| RangeView {
        min: u32::from(*range.start()),
        max: u32::from(*range.end()),
    };
    let length = |min, max: usize| RangeView { min, max: u32::try_from(max).unwrap_or(u32::MAX) };
    RangesView {
        name: length(1, ranges::NAME_CHARS_MAX),
        addresses: length(0, ADDRESSES_MAX),
        address: length(1, ADDRESS_CHARS_MAX),
        skill_name: length(1, SKILL_NAME_CHARS_MAX),
        priority: small(&ranges::PRIORITY),
        skill_level: small(&ranges::SKILL_LEVEL),
        sla_ms: span(&ranges::SLA),
        hang_up_threshold_ms: span(&ranges::HANG_UP_THRESHOLD),
        rona_ms: span(&ranges::RONA),
        acw_ms: span(&ranges::ACW),
        queue_time_max_ms: span(&ranges::QUEUE_TIME),
        level_after_ms: span(&ranges::LEVEL_AFTER),
        levels: length(0, ranges::LEVELS_MAX),
        preferred: length(0, ranges::PREFERRED_MAX),
        park_slots: number(&ranges::PARK_SLOTS),
        park_time_ms: span(&ranges::PARK_TIME),
        park_alert_ms: span(&ranges::ALERT),
        recall_time_ms: span(&ranges::RECALL_TIME),
        hold_alert_ms: span(&ranges::ALERT),
        held_max: number(&ranges::HELD),
        target_ring_ms: span(&ranges::RING),
        hand_over_ms: span(&ranges::RING),
        decline_pause_ms: span(&ranges::DECLINE_PAUSE),
        priority_wait_max_ms: span(&ranges::PRIORITY_WAIT),
        acw_extension_ms: span(&ranges::ACW),
        callback_time_max_ms: span(&ranges::CALLBACK_TIME),
        calls_max: RangeView { min: *ranges::CALLS.start(), max: *ranges::CALLS.end() },
    }
}
