//! A scenario that can run: names turned into ids, local times into instants, rates into stretches of time. Finds what
//! does not belong together on the way. Draws nothing: every replication draws for itself.

use std::collections::BTreeMap;
use std::ops::Range;

use engine::{
    AttendantId, Limits, Members, PolicyLevel, Preferred, Profile, ProfileId, ServiceId, SkillId, SkillNeed,
    Skills, Span, Timestamp,
};
use jiff::civil::{Date, DateTime, Time, Weekday};
use reporting::kpi::Terms;

use crate::check;
use crate::dice::Draw;
use crate::fault::Fault;
use crate::read::ReadFile;
use crate::scenario::{self, Arrivals, Day, Group, Level, Scenario, Shift, Staffing, Times, WallTime};

/// Callers of one replication at most, as expected: what fits into memory on every core of a small computer.
pub const CALLS_MAX: f64 = 1_000_000.0;
/// Attendants of all groups together: four desks of the largest kind.
pub const ATTENDANTS_MAX: u32 = 2_000;
/// Members of a service by list: what the engine takes.
const MEMBERS_MAX: usize = 500;
/// Attendants who are preferred: what the engine takes.
const PREFERRED_MAX: usize = 10;
/// Lines without `trunks`: calls in the engine at most.
const TRUNKS: u32 = 10_000;
/// After-call work of the engine at most.
const ACW_MAX: Span = Span::from_secs(3600);
const HOUR_MS: f64 = 3_600_000.0;

/// A scenario that can be simulated.
#[derive(Clone, Debug)]
pub struct Model {
    pub(crate) name: String,
    pub(crate) seed: u64,
    pub(crate) replications: u32,
    pub(crate) zone: hours::Zone,
    pub(crate) start: Timestamp,
    /// From here on it counts.
    pub(crate) warm: Timestamp,
    /// The last caller comes before this.
    pub(crate) end: Timestamp,
    pub(crate) interval: Option<Span>,
    pub(crate) trunks: u32,
    pub(crate) limits: Limits,
    pub(crate) profiles: Vec<Profile>,
    pub(crate) services: Vec<ServiceModel>,
    pub(crate) groups: Vec<GroupModel>,
    pub(crate) attendants: Vec<AttendantModel>,
    /// Sorted by time.
    pub(crate) roster: Vec<Turn>,
}

/// A service and its callers.
#[derive(Clone, Debug)]
pub(crate) struct ServiceModel {
    pub(crate) settings: engine::Service,
    pub(crate) terms: Terms,
    pub(crate) sources: Vec<Source>,
    /// When it is open; `None`: always.
    pub(crate) open: Option<Vec<Range<Timestamp>>>,
    pub(crate) day_variation: f64,
    pub(crate) patience: Option<Draw>,
    pub(crate) talk: Draw,
    /// Where attendants end after-call work themselves.
    pub(crate) acw: Option<Draw>,
}

/// Where callers come from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// At random, at these rates.
    Random(Vec<Stretch>),
    /// At these moments.
    Given(Vec<GivenCall>),
}

/// A time with one rate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    /// Callers a millisecond.
    pub(crate) rate: f64,
    /// Which local day, counted from the first.
    pub(crate) day: u32,
}

/// A caller who really came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GivenCall {
    pub(crate) at: Timestamp,
    pub(crate) talk_ms: Option<u32>,
    pub(crate) patience_ms: Option<u32>,
}

/// A group, as far as its attendants share it.
#[derive(Clone, Debug)]
pub(crate) struct GroupModel {
    pub(crate) name: String,
    pub(crate) skills: Skills,
    pub(crate) profile: Option<ProfileId>,
    pub(crate) answer_delay: Option<Draw>,
    pub(crate) back_after: Span,
}

/// One attendant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttendantModel {
    /// Which group, from 0.
    pub(crate) group: usize,
    /// On duty from the start.
    pub(crate) on_duty: bool,
    /// In a break at the start.
    pub(crate) on_break: bool,
}

/// Somebody comes, goes, or takes a break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) at: Timestamp,
    /// Which attendant, from 0.
    pub(crate) attendant: usize,
    pub(crate) what: What,
}

/// What changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Duty(bool),
    Break(bool),
}

/// The engine's name of the attendant at this place.
pub(crate) fn attendant_id(place: usize) -> AttendantId {
    AttendantId(place as u64 + 1)
}

/// The engine's name of the service at this place.
pub(crate) fn service_id(place: usize) -> ServiceId {
    ServiceId(place as u64 + 1)
}

impl Model {
    /// Of a scenario made by a program rather than read.
    ///
    /// # Errors
    /// Everything that is wrong with it, without lines.
    pub fn of(scenario: &Scenario, files: ReadFile<'_>) -> Result<Model, Vec<Fault>> {
        let written = serde_json::to_value(scenario).map_err(|error| {
            vec![Fault::new("", error, "numbers that are numbers, not infinite and not undefined")]
        })?;
        let faults = check::faults(&crate::schema(), &written);
        if faults.is_empty() { Model::build(scenario, files) } else { Err(faults) }
    }

    /// Of a scenario that the schema permits.
    pub(crate) fn build(scenario: &Scenario, files: ReadFile<'_>) -> Result<Model, Vec<Fault>> {
        let mut builder = Builder { scenario, files, faults: Vec::new(), skills: BTreeMap::new() };
        let model = builder.build();
        match model {
            Some(model) if builder.faults.is_empty() => Ok(model),
            Some(_) | None => Err(builder.faults),
        }
    }

    /// With another number of replications, or another seed.
    #[must_use]
    pub fn with(mut self, replications: Option<u32>, seed: Option<u64>) -> Model {
        self.replications = replications.unwrap_or(self.replications);
        self.seed = seed.unwrap_or(self.seed);
        self
    }
}

struct Builder<'a> {
    scenario: &'a Scenario,
    files: ReadFile<'a>,
    faults: Vec<Fault>,
    /// Skills have names here and ids in the engine.
    skills: BTreeMap<String, SkillId>,
}

/// When everything is, and whose clock is read.
struct Clock {
    zone: hours::Zone,
    start: Timestamp,
    warm: Timestamp,
    end: Timestamp,
    first: Date,
}

impl Builder<'_> {
    fn fault(
        &mut self,
        path: impl Into<String>,
        value: impl std::fmt::Display,
        permitted: impl Into<String>,
    ) {
        self.faults.push(Fault::new(path, value, permitted));
    }

    fn build(&mut self) -> Option<Model> {
        let scenario = self.scenario;
        let clock = self.clock();
        self.names_are_unique("profiles", scenario.profiles.iter().map(|profile| profile.name.as_str()));
        self.names_are_unique("attendants", scenario.attendants.iter().map(|group| group.name.as_str()));
        self.names_are_unique("services", scenario.services.iter().map(|service| service.name.as_str()));
        self.names_are_unique("calendars", scenario.calendars.iter().map(|calendar| calendar.name.as_str()));
        let total: u64 = scenario.attendants.iter().map(|group| u64::from(group.count)).sum();
        if total > u64::from(ATTENDANTS_MAX) {
            let permitted = format!("at most {ATTENDANTS_MAX} in all");
            self.fault("attendants", format_args!("{total} in all"), permitted);
        }
        let interval = self.interval();
        let profiles = self.profiles();
        let mut groups = Vec::new();
        let (mut attendants, mut roster) = (Vec::new(), Vec::new());
        for (place, group) in scenario.attendants.iter().enumerate() {
            groups.push(self.group(place, group));
            self.people(place, group, &clock, &mut attendants, &mut roster);
        }
        roster.sort_by_key(|turn| (turn.at, turn.attendant));
        let open = self.calendars(&clock);
        let services: Vec<Option<ServiceModel>> =
            (0..scenario.services.len()).map(|place| self.service(place, &clock, &open)).collect();
        let services: Vec<ServiceModel> = services.into_iter().collect::<Option<_>>()?;
        let calls: f64 = services.iter().flat_map(|service| &service.sources).map(Source::calls).sum();
        if calls > CALLS_MAX {
            let permitted = format!("so long that at most {CALLS_MAX} callers come");
            self.fault("hours", format_args!("so long that about {calls:.0} callers come"), permitted);
        }
        Some(Model {
            name: scenario.name.clone(),
            seed: scenario.seed,
            replications: scenario.replications,
            zone: clock.zone.clone(),
            start: clock.start,
            warm: clock.warm,
            end: clock.end,
            interval,
            trunks: scenario.trunks.unwrap_or(TRUNKS),
            limits: Limits {
                priority_wait_max: Span::from_secs(scenario.priority_wait_max_seconds),
                ..Limits::default()
            },
            profiles,
            services,
            groups,
            attendants,
            roster,
        })
    }

    /// What is wrong here is replaced by something that is right, so that the rest can be looked at too.
    fn clock(&mut self) -> Clock {
        let scenario = self.scenario;
        let zone = hours::Zone::parse(&scenario.time_zone).unwrap_or_else(|hours::UnknownZone| {
            let permitted = "an IANA name such as Europe/Zurich";
            self.fault("time_zone", format_args!("{:?}", scenario.time_zone), permitted);
            hours::Zone::parse("UTC").expect("every database has it")
        });
        let start = local_moment(&scenario.start);
        if start.is_none() {
            let permitted =
                "a local date, or date and time: 2026-12-01 or 2026-12-01T08:00, of the years 1970 to 2199";
            self.fault("start", format_args!("{:?}", scenario.start), permitted);
        }
        if scenario.warm_up_hours >= scenario.hours {
            let permitted = format!("less than hours ({})", scenario.hours);
            self.fault("warm_up_hours", scenario.warm_up_hours, permitted);
        }
        let local = start.unwrap_or(DateTime::constant(2000, 1, 1, 0, 0, 0, 0));
        let start = instant(&zone, local);
        let after = |hours: f64| Timestamp(start.0 + (hours * HOUR_MS).round() as i64);
        let (warm, end) = (after(scenario.warm_up_hours), after(scenario.hours));
        Clock { zone, start, warm, end, first: local.date() }
    }

    fn names_are_unique<'b>(&mut self, list: &str, names: impl Iterator<Item = &'b str>) {
        let mut seen = BTreeMap::new();
        for (place, name) in names.enumerate() {
            if let Some(before) = seen.insert(name.to_owned(), place) {
                let permitted = format!("a name that {list}[{before}] does not have");
                self.fault(format!("{list}[{place}].name"), format_args!("{name:?}"), permitted);
            }
        }
    }

    fn interval(&mut self) -> Option<Span> {
        let minutes = self.scenario.interval_minutes?;
        if 1440 % minutes != 0 {
            self.fault("interval_minutes", minutes, "what divides a day: 5, 10, 15, 30, 60 …");
        }
        Some(Span::from_secs(minutes * 60))
    }

    // -- attendants ----------------------------------------------------------------------------------------------

    fn skill(&mut self, name: &str) -> SkillId {
        let next = SkillId(self.skills.len() as u64 + 1);
        *self.skills.entry(name.to_owned()).or_insert(next)
    }

    fn skills(&mut self, named: &BTreeMap<String, Level>) -> Skills {
        named.iter().map(|(name, level)| (self.skill(name), level.0)).collect()
    }

    fn needs(&mut self, named: &BTreeMap<String, Level>) -> Vec<SkillNeed> {
        named.iter().map(|(name, level)| SkillNeed { skill: self.skill(name), level: level.0 }).collect()
    }

    fn profiles(&mut self) -> Vec<Profile> {
        let profiles = self.scenario.profiles.iter().zip(1..);
        profiles
            .map(|(profile, id)| Profile {
                id: ProfileId(id),
                name: profile.name.clone(),
                skills: self.skills(&profile.skills),
            })
            .collect()
    }

    fn profile(&mut self, path: &str, name: &str) -> Option<ProfileId> {
        let found = self.scenario.profiles.iter().zip(1..).find(|(profile, _)| profile.name == name);
        if found.is_none() {
            let names = self.scenario.profiles.iter().map(|profile| profile.name.as_str());
            let permitted = one_of(names, "profiles");
            self.fault(path, format_args!("{name:?}"), permitted);
        }
        found.map(|(_, id)| ProfileId(id))
    }

    fn group(&mut self, place: usize, group: &Group) -> GroupModel {
        let profile = group
            .profile
            .as_ref()
            .and_then(|name| self.profile(&format!("attendants[{place}].profile"), name));
        GroupModel {
            name: group.name.clone(),
            skills: self.skills(&group.skills),
            profile,
            answer_delay: group.answer_delay.as_ref().and_then(Draw::of),
            back_after: Span::from_secs(group.back_after_seconds),
        }
    }

    /// The attendants of a group, and when they come and go.
    fn people(
        &mut self,
        place: usize,
        group: &Group,
        clock: &Clock,
        attendants: &mut Vec<AttendantModel>,
        roster: &mut Vec<Turn>,
    ) {
        let path = format!("attendants[{place}]");
        if !group.shifts.is_empty() && group.staffing.is_some() {
            self.fault(format!("{path}.staffing"), "beside shifts", "either shifts or staffing");
        }
        let (duty, breaks) = self.shifts(&path, &group.shifts, clock);
        let staffed = group.staffing.as_ref().map(|staffing| self.staffing(&path, group, staffing, clock));
        for number in 0..group.count {
            let attendant = attendants.len();
            if attendant >= ATTENDANTS_MAX as usize {
                return;
            }
            let always = vec![clock.start..Timestamp(i64::MAX)];
            let duty = match &staffed {
                Some(staffed) => stretches_of(staffed, number),
                None if group.shifts.is_empty() => always,
                None => duty.clone(),
            };
            let on_duty = turns(&duty, clock.start, attendant, What::Duty, roster);
            let on_break = turns(&breaks, clock.start, attendant, What::Break, roster);
            attendants.push(AttendantModel { group: place, on_duty, on_break });
        }
    }

    fn shifts(
        &mut self,
        path: &str,
        shifts: &[Shift],
        clock: &Clock,
    ) -> (Vec<Range<Timestamp>>, Vec<Range<Timestamp>>) {
        let (mut duty, mut breaks) = (Vec::new(), Vec::new());
        for (place, shift) in shifts.iter().enumerate() {
            let path = format!("{path}.shifts[{place}]");
            let times = (
                self.minutes(&format!("{path}.from"), &shift.from),
                self.minutes(&format!("{path}.to"), &shift.to),
            );
            let (Some(from), Some(to)) = times else { continue };
            let to = if to <= from { to + 1440 } else { to };
            let mut pauses = Vec::new();
            for (place, pause) in shift.breaks.iter().enumerate() {
                let path = format!("{path}.breaks[{place}]");
                let times = (
                    self.minutes(&format!("{path}.from"), &pause.from),
                    self.minutes(&format!("{path}.to"), &pause.to),
                );
                let (Some(begins), Some(ends)) = times else { continue };
                let begins = if begins < from { begins + 1440 } else { begins };
                let ends = if ends <= begins { ends + 1440 } else { ends };
                if ends > to {
                    let value = format!("{} to {}", pause.from.0, pause.to.0);
                    self.fault(path, value, format!("within the shift, {} to {}", shift.from.0, shift.to.0));
                } else {
                    pauses.push((begins, ends));
                }
            }
            for (_, date) in clock.days(&shift.days) {
                duty.push(clock.at(date, from)..clock.at(date, to));
                breaks.extend(pauses.iter().map(|(from, to)| clock.at(date, *from)..clock.at(date, *to)));
            }
        }
        (merged(duty), merged(breaks))
    }

    /// When how many are on duty.
    fn staffing(
        &mut self,
        path: &str,
        group: &Group,
        staffing: &Staffing,
        clock: &Clock,
    ) -> Vec<(Range<Timestamp>, u32)> {
        let path = format!("{path}.staffing");
        for (place, on_duty) in staffing.on_duty.iter().enumerate() {
            if *on_duty > group.count {
                let permitted = format!("at most the count of the group, {}", group.count);
                self.fault(format!("{path}.on_duty[{place}]"), on_duty, permitted);
            }
        }
        let Some(from) = self.minutes(&format!("{path}.from"), &staffing.from) else { return Vec::new() };
        if !self.fits_a_day(
            &format!("{path}.on_duty"),
            from,
            staffing.interval_minutes,
            staffing.on_duty.len(),
        ) {
            return Vec::new();
        }
        let mut staffed = Vec::new();
        for (_, date) in clock.days(&staffing.days) {
            for (on_duty, begins) in
                staffing.on_duty.iter().zip((from..).step_by(staffing.interval_minutes as usize))
            {
                let ends = begins + staffing.interval_minutes;
                staffed.push((clock.at(date, begins)..clock.at(date, ends), *on_duty));
            }
        }
        staffed
    }

    // -- services ------------------------------------------------------------------------------------------------

    fn service(
        &mut self,
        place: usize,
        clock: &Clock,
        open: &BTreeMap<String, Vec<Range<Timestamp>>>,
    ) -> Option<ServiceModel> {
        let service = &self.scenario.services[place];
        let path = format!("services[{place}]");
        let open = service.calendar.as_ref().map(|name| {
            if !self.scenario.calendars.iter().any(|calendar| calendar.name == *name) {
                let names = self.scenario.calendars.iter().map(|calendar| calendar.name.as_str());
                let permitted = one_of(names, "calendars");
                self.fault(format!("{path}.calendar"), format_args!("{name:?}"), permitted);
            }
            open.get(name).cloned().unwrap_or_default()
        });
        let sources = service.arrivals.iter().enumerate();
        let sources = sources
            .filter_map(|(at, arrivals)| self.source(&format!("{path}.arrivals[{at}]"), arrivals, clock))
            .collect();
        let settings = self.settings(place, &path, service);
        let acw = service.after_call_work.as_ref().and_then(Draw::of);
        let (talk, acw) = (Draw::of(&service.talk)?, acw.filter(|draw| !matches!(draw, Draw::Always(_))));
        Some(ServiceModel {
            terms: Terms {
                sla_ms: u64::from(settings.sla.0),
                hang_up_ms: u64::from(settings.sla.0),
                short_call_ms: u64::from(settings.hang_up_threshold.0),
            },
            settings,
            sources,
            open,
            day_variation: service.day_variation,
            patience: service.patience.as_ref().and_then(Draw::of),
            talk,
            acw,
        })
    }

    fn settings(&mut self, place: usize, path: &str, service: &scenario::Service) -> engine::Service {
        let members = self.members(path, service);
        let preferred = self.preferred(path, service);
        let levels = self.levels(path, service);
        let acw = match &service.after_call_work {
            None => Span(0),
            Some(Times::Deterministic { seconds }) => {
                if *seconds > 3600.0 {
                    self.fault(format!("{path}.after_call_work.seconds"), seconds, "0 to 3600");
                }
                Span((seconds * 1000.0).round() as u32)
            }
            // Each attendant ends it herself.
            Some(
                Times::Exponential { .. }
                | Times::LogNormal { .. }
                | Times::Gamma { .. }
                | Times::Empirical { .. },
            ) => ACW_MAX,
        };
        engine::Service {
            priority: service.priority,
            sla: Span::from_secs(service.sla_seconds),
            hang_up_threshold: Span::from_secs(service.hang_up_threshold_seconds),
            rona: Span::from_secs(service.rona_seconds),
            acw,
            queue_time_max: Span::from_secs(service.queue_time_max_seconds),
            members,
            distribution: match service.distribution {
                scenario::Distribution::LongestIdle => engine::Distribution::LongestIdle,
                scenario::Distribution::FewestCalls => engine::Distribution::FewestCalls,
                scenario::Distribution::RoundRobin => engine::Distribution::RoundRobin,
                scenario::Distribution::FixedOrder => engine::Distribution::FixedOrder,
                scenario::Distribution::Broadcast => engine::Distribution::Broadcast,
                scenario::Distribution::PickUp => engine::Distribution::PickUp,
            },
            levels,
            preferred,
            ..engine::Service::new(service_id(place), service.name.clone(), Vec::new())
        }
    }

    /// The attendants of a group.
    fn of_group(&mut self, path: &str, name: &str) -> Vec<AttendantId> {
        let mut first = 0;
        for group in &self.scenario.attendants {
            let next = first + group.count as usize;
            if group.name == name {
                return (first..next).map(attendant_id).collect();
            }
            first = next;
        }
        let names = self.scenario.attendants.iter().map(|group| group.name.as_str());
        let permitted = one_of(names, "attendants");
        self.fault(path, format_args!("{name:?}"), permitted);
        Vec::new()
    }

    fn members(&mut self, path: &str, service: &scenario::Service) -> Members {
        let is_by_skill = !service.members_by_skill.is_empty();
        if is_by_skill && service.members.is_some() {
            self.fault(format!("{path}.members"), "beside members_by_skill", "either of them");
        }
        let everybody: Vec<String> =
            self.scenario.attendants.iter().map(|group| group.name.clone()).collect();
        let groups = service.members.as_ref().unwrap_or(&everybody);
        let listed: Vec<AttendantId> = groups
            .iter()
            .enumerate()
            .flat_map(|(place, name)| self.of_group(&format!("{path}.members[{place}]"), name))
            .collect();
        if is_by_skill {
            return Members::Skilled(self.needs(&service.members_by_skill));
        }
        if listed.len() > MEMBERS_MAX {
            let permitted =
                format!("groups of at most {MEMBERS_MAX} attendants together, or members_by_skill");
            self.fault(format!("{path}.members"), format_args!("{} attendants", listed.len()), permitted);
        }
        Members::Listed(listed)
    }

    fn preferred(&mut self, path: &str, service: &scenario::Service) -> Vec<Preferred> {
        let mut all = Vec::new();
        for (place, preferred) in service.preferred.iter().enumerate() {
            let group = self.of_group(&format!("{path}.preferred[{place}].group"), &preferred.group);
            let priority = preferred.priority;
            all.extend(group.into_iter().map(|attendant| Preferred { attendant, priority }));
        }
        if all.len() > PREFERRED_MAX {
            let permitted = format!("groups of at most {PREFERRED_MAX} attendants together");
            self.fault(format!("{path}.preferred"), format_args!("{} attendants", all.len()), permitted);
        }
        all
    }

    fn levels(&mut self, path: &str, service: &scenario::Service) -> Vec<PolicyLevel> {
        let mut before = None;
        let mut levels = Vec::new();
        for (place, level) in service.levels.iter().enumerate() {
            let path = format!("{path}.levels[{place}]");
            let permitted = match before {
                None if level.after_seconds > 0 => Some("0, at the first level".to_owned()),
                Some(before) if level.after_seconds <= before => {
                    Some(format!("more than {before}, of the level before"))
                }
                None | Some(_) => None,
            };
            if let Some(permitted) = permitted {
                self.fault(format!("{path}.after_seconds"), level.after_seconds, permitted);
            }
            before = Some(level.after_seconds);
            let profiles = level.profiles.iter().enumerate();
            let profiles = profiles
                .filter_map(|(place, name)| self.profile(&format!("{path}.profiles[{place}]"), name))
                .collect();
            levels.push(PolicyLevel {
                after: Span::from_secs(level.after_seconds),
                needs: self.needs(&level.skills),
                profiles,
            });
        }
        levels
    }

    // -- callers -------------------------------------------------------------------------------------------------

    fn source(&mut self, path: &str, arrivals: &Arrivals, clock: &Clock) -> Option<Source> {
        match arrivals {
            Arrivals::Poisson { per_hour } => {
                let days = clock.days(&[]);
                let days = days.map(|(day, date)| Stretch {
                    from: clock.at(date, 0),
                    to: clock.at(date, 1440),
                    rate: per_hour / HOUR_MS,
                    day,
                });
                Some(Source::Random(days.filter_map(|stretch| stretch.within(clock)).collect()))
            }
            Arrivals::ByInterval { days, from, interval_minutes, calls } => {
                let from = self.minutes(&format!("{path}.from"), from)?;
                if !self.fits_a_day(&format!("{path}.calls"), from, *interval_minutes, calls.len()) {
                    return None;
                }
                let interval_ms = f64::from(*interval_minutes) * 60_000.0;
                let mut stretches = Vec::new();
                for (day, date) in clock.days(days) {
                    for (calls, begins) in calls.iter().zip((from..).step_by(*interval_minutes as usize)) {
                        let (from, to) = (clock.at(date, begins), clock.at(date, begins + interval_minutes));
                        stretches.extend(Stretch { from, to, rate: calls / interval_ms, day }.within(clock));
                    }
                }
                Some(Source::Random(stretches))
            }
            Arrivals::Times { at_seconds, talk_seconds, patience_seconds } => {
                for (name, list) in [("talk_seconds", talk_seconds), ("patience_seconds", patience_seconds)] {
                    if let Some(list) = list.as_ref().filter(|list| list.len() != at_seconds.len()) {
                        let permitted = format!("as many as at_seconds has, {}", at_seconds.len());
                        self.fault(
                            format!("{path}.{name}"),
                            format_args!("a list of {}", list.len()),
                            permitted,
                        );
                        return None;
                    }
                }
                let of =
                    |list: &Option<Vec<f64>>, place: usize| list.as_ref().map(|list| whole_ms(list[place]));
                let calls = at_seconds.iter().enumerate().map(|(place, at)| GivenCall {
                    at: Timestamp(clock.start.0 + (at * 1000.0).round() as i64),
                    talk_ms: of(talk_seconds, place),
                    patience_ms: of(patience_seconds, place),
                });
                Some(Source::given(calls.collect(), clock))
            }
            Arrivals::File { file } => {
                let path = format!("{path}.file");
                match (self.files)(file) {
                    Ok(text) => Some(Source::given(self.calls_of_file(&path, file, &text, clock), clock)),
                    Err(why) => {
                        self.fault(path, format_args!("{file:?} ({why})"), "a file that can be read");
                        None
                    }
                }
            }
        }
    }

    fn calls_of_file(&mut self, path: &str, file: &str, text: &str, clock: &Clock) -> Vec<GivenCall> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
        let header = reader.headers().cloned().unwrap_or_default();
        let column = |name: &str| header.iter().position(|header| header == name);
        let Some(arrived) = column("arrived") else {
            let value = format!("{file:?} with the columns {}", header.iter().collect::<Vec<_>>().join(", "));
            self.fault(path, value, "a file whose first line names a column arrived");
            return Vec::new();
        };
        let (talk, patience) = (column("talk_seconds"), column("patience_seconds"));
        let mut calls = Vec::new();
        for (row, line) in reader.records().zip(2..) {
            if self.faults.len() >= check::FAULTS_MAX {
                break;
            }
            let row = match row {
                Ok(row) => row,
                Err(error) => {
                    self.fault(path, format_args!("{file:?}, row {line}: {error}"), "CSV in UTF-8");
                    continue;
                }
            };
            let at = row.get(arrived).and_then(local_moment);
            if at.is_none() {
                let value =
                    format!("{file:?}, row {line}, arrived: {:?}", row.get(arrived).unwrap_or_default());
                self.fault(path, value, "a local date and time: 2026-11-24T08:00:12");
            }
            let mut seconds = |column: Option<usize>, name: &str, most: f64| {
                let text = row.get(column?).filter(|text| !text.is_empty())?;
                let value = text.parse().ok().filter(|value| (0.0..=most).contains(value));
                if value.is_none() {
                    let value = format!("{file:?}, row {line}, {name}: {text:?}");
                    self.fault(path, value, format!("0 to {most}, or nothing"));
                }
                value.map(whole_ms)
            };
            let talk_ms = seconds(talk, "talk_seconds", 86_400.0);
            let patience_ms = seconds(patience, "patience_seconds", 604_800.0);
            calls.extend(at.map(|at| GivenCall { at: instant(&clock.zone, at), talk_ms, patience_ms }));
        }
        calls
    }

    // -- times ---------------------------------------------------------------------------------------------------

    /// Minutes after midnight.
    fn minutes(&mut self, path: &str, time: &WallTime) -> Option<u32> {
        let parsed = hours::WallTime::parse(&time.0);
        if parsed.is_none() {
            self.fault(path, format_args!("{:?}", time.0), "a local time, 00:00 to 24:00");
        }
        parsed.map(|time| u32::from(time.minutes()))
    }

    fn fits_a_day(&mut self, path: &str, from: u32, interval: u32, count: usize) -> bool {
        let room = 1440_u32.saturating_sub(from) / interval;
        let fits = count <= room as usize;
        if !fits {
            let permitted = format!("at most {room}, so that all of it lies within one day");
            self.fault(path, format_args!("a list of {count}"), permitted);
        }
        fits
    }

    /// When each calendar is open, by its name.
    fn calendars(&mut self, clock: &Clock) -> BTreeMap<String, Vec<Range<Timestamp>>> {
        let mut all = BTreeMap::new();
        for (place, calendar) in self.scenario.calendars.iter().enumerate() {
            let path = format!("calendars[{place}]");
            let primary = self.periods(&format!("{path}.primary"), &calendar.primary);
            let secondary = self.periods(&format!("{path}.secondary"), &calendar.secondary);
            let read = hours::Calendar {
                name: calendar.name.clone(),
                zone: clock.zone.clone(),
                default: state(calendar.default),
                primary,
                secondary,
            };
            for fault in read.check() {
                let path = match fault.place {
                    hours::Place::Calendar => format!("{path}.{}", fault.field),
                    hours::Place::Primary(place) => format!("{path}.primary[{place}].{}", fault.field),
                    hours::Place::Secondary(place) => format!("{path}.secondary[{place}].{}", fault.field),
                };
                self.fault(path, fault.value, fault.permitted);
            }
            all.insert(calendar.name.clone(), open(&read, clock));
        }
        all
    }

    /// One that is wrong is replaced by one that is right, so that the others keep their places.
    fn periods(&mut self, path: &str, periods: &[scenario::Period]) -> Vec<hours::Period> {
        let right = hours::Period {
            state: hours::State::Closed,
            when: hours::When::Yearly { month: 1, day: 1 },
            label: String::new(),
        };
        let periods = periods.iter().enumerate();
        let periods = periods.map(|(place, period)| self.period(&format!("{path}[{place}]"), period));
        periods.map(|period| period.unwrap_or_else(|| right.clone())).collect()
    }

    fn period(&mut self, path: &str, period: &scenario::Period) -> Option<hours::Period> {
        let (says, when) = match period {
            scenario::Period::Weekly { state, days, from, to } => {
                let days = days.iter().map(|day| day.weekday()).collect();
                let times = (
                    self.wall_time(&format!("{path}.from"), from),
                    self.wall_time(&format!("{path}.to"), to),
                );
                (*state, hours::When::Weekly { days, from: times.0?, to: times.1? })
            }
            scenario::Period::Dates { state, from, to } => {
                let dates = (self.date(&format!("{path}.from"), from), self.date(&format!("{path}.to"), to));
                (*state, hours::When::Dates { from: dates.0?, to: dates.1? })
            }
            scenario::Period::Yearly { state, month, day } => {
                (*state, hours::When::Yearly { month: *month, day: *day })
            }
        };
        Some(hours::Period { state: state(says), when, label: String::new() })
    }

    fn wall_time(&mut self, path: &str, time: &WallTime) -> Option<hours::WallTime> {
        let minutes = self.minutes(path, time)?;
        u16::try_from(minutes).ok().and_then(hours::WallTime::from_minutes)
    }

    fn date(&mut self, path: &str, text: &str) -> Option<Date> {
        let date = text.parse().ok();
        if date.is_none() {
            self.fault(path, format_args!("{text:?}"), "a date: 2026-12-24");
        }
        date
    }
}

impl Clock {
    /// Local days from the one before the start to two after the end, with their number, as far as they are among these;
    /// all of them where there are none.
    fn days(&self, among: &[Day]) -> impl Iterator<Item = (u32, Date)> {
        let among: Vec<Weekday> = among.iter().map(|day| day.weekday()).collect();
        let last = self.end.0 + 2 * 86_400_000;
        let first = self.first.yesterday().unwrap_or(self.first);
        let days = std::iter::successors(Some(first), |date| date.tomorrow().ok());
        let days = (0..).zip(days).take_while(move |(_, date)| self.at(*date, 0).0 < last);
        days.filter(move |(_, date)| among.is_empty() || among.contains(&date.weekday()))
    }

    /// The moment that so many minutes of wall time after the midnight of this day are, 2 days at most.
    fn at(&self, date: Date, minutes: u32) -> Timestamp {
        let mut date = date;
        for _ in 0..minutes / 1440 {
            date = date.tomorrow().unwrap_or(date);
        }
        let of_day = minutes % 1440;
        let (hour, minute) = (i8::try_from(of_day / 60), i8::try_from(of_day % 60));
        let time = match (hour, minute) {
            (Ok(hour), Ok(minute)) => Time::new(hour, minute, 0, 0).unwrap_or(Time::midnight()),
            (Err(_), _) | (_, Err(_)) => Time::midnight(),
        };
        instant(&self.zone, date.to_datetime(time))
    }
}

impl Source {
    fn given(mut calls: Vec<GivenCall>, clock: &Clock) -> Source {
        calls.retain(|call| (clock.start..clock.end).contains(&call.at));
        calls.sort_by_key(|call| call.at);
        Source::Given(calls)
    }

    /// The number of its last local day.
    pub(crate) fn days(&self) -> usize {
        match self {
            Source::Random(stretches) => stretches.last().map_or(0, |stretch| stretch.day as usize),
            Source::Given(_) => 0,
        }
    }

    /// How many callers are expected.
    pub(crate) fn calls(&self) -> f64 {
        match self {
            Source::Random(stretches) => {
                stretches.iter().map(|stretch| stretch.rate * (stretch.to.0 - stretch.from.0) as f64).sum()
            }
            Source::Given(calls) => calls.len() as f64,
        }
    }
}

impl Stretch {
    /// What of it lies within the simulated time, and has callers at all.
    fn within(self, clock: &Clock) -> Option<Stretch> {
        let (from, to) = (self.from.max(clock.start), self.to.min(clock.end));
        (from < to && self.rate > 0.0).then_some(Stretch { from, to, ..self })
    }
}

/// When a calendar is open between the start and the end.
fn open(calendar: &hours::Calendar, clock: &Clock) -> Vec<Range<Timestamp>> {
    let mut stretches = Vec::new();
    let mut from = clock.start;
    while from < clock.end {
        let verdict = calendar.at(from.0);
        let to = verdict.until.map_or(clock.end, |until| Timestamp(until).min(clock.end));
        match verdict.state {
            hours::State::Open => stretches.push(from..to),
            hours::State::Closed => {}
        }
        from = to;
    }
    stretches
}

fn state(state: scenario::State) -> hours::State {
    match state {
        scenario::State::Open => hours::State::Open,
        scenario::State::Closed => hours::State::Closed,
    }
}

/// `2026-12-01`, `2026-12-01T08:00` or with seconds, of a year that `hours` knows too.
pub(crate) fn local_moment(text: &str) -> Option<DateTime> {
    let moment: DateTime = match text.len() {
        10 => text.parse::<Date>().ok()?.to_datetime(Time::midnight()),
        // An offset or a zone would be a second, contradicting answer to which clock is read.
        16.. if text.is_ascii() && !text[16..].contains(['Z', '+', '-', '[']) => text.parse().ok()?,
        _ => return None,
    };
    (hours::YEAR_MIN..=hours::YEAR_MAX).contains(&moment.year()).then_some(moment)
}

/// What does not exist where clocks go forward counts as the time after; of what is there twice, the first.
pub(crate) fn instant(zone: &hours::Zone, local: DateTime) -> Timestamp {
    Timestamp(zone.shown(local).usual())
}

fn whole_ms(seconds: f64) -> u32 {
    (seconds * 1000.0).round() as u32
}

/// Overlapping stretches made one.
fn merged(mut stretches: Vec<Range<Timestamp>>) -> Vec<Range<Timestamp>> {
    stretches.sort_by_key(|stretch| stretch.start);
    let mut merged: Vec<Range<Timestamp>> = Vec::new();
    for stretch in stretches {
        match merged.last_mut() {
            Some(last) if stretch.start <= last.end => last.end = last.end.max(stretch.end),
            Some(_) | None => merged.push(stretch),
        }
    }
    merged
}

/// When the attendant of this number within her group, from 0, is on duty.
fn stretches_of(staffed: &[(Range<Timestamp>, u32)], number: u32) -> Vec<Range<Timestamp>> {
    merged(staffed.iter().filter(|(_, on_duty)| number < *on_duty).map(|(range, _)| range.clone()).collect())
}

/// Adds the beginnings and ends of these stretches after the start; says whether one holds at the start.
fn turns(
    stretches: &[Range<Timestamp>],
    start: Timestamp,
    attendant: usize,
    what: impl Fn(bool) -> What,
    roster: &mut Vec<Turn>,
) -> bool {
    for stretch in stretches.iter().filter(|stretch| stretch.start < stretch.end) {
        for (at, is) in [(stretch.start, true), (stretch.end, false)] {
            if at > start && at < Timestamp(i64::MAX) {
                roster.push(Turn { at, attendant, what: what(is) });
            }
        }
    }
    stretches.iter().any(|stretch| stretch.contains(&start))
}

fn one_of<'a>(names: impl Iterator<Item = &'a str>, list: &str) -> String {
    let names: Vec<String> = names.map(|name| format!("{name:?}")).collect();
    if names.is_empty() {
        format!("a name under {list}, of which there are none")
    } else {
        names.join(" or ")
    }
}
