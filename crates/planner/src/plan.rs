//! "How many attendants do I need for 80/20 next Tuesday?" (ROUTE-8): by interval, by Erlang C, by Erlang A and by the
//! simulation side by side, and why they differ, in words with figures. Whoever asks brings the callers: see `history`.

use std::fmt;

use engine::Timestamp;
use jiff::SignedDuration;
use reporting::forecast::erlang::{Impatient, OutOfRange, Patient, Traffic, attendants_for};

use crate::estimate::Estimate;
use crate::fault::Fault;
use crate::figures::local_time;
use crate::model::{Model, instant, local_moment};
use crate::run::{Cancelled, Progress, Watch, run};
use crate::scenario::{Arrivals, Distribution, Group, Scenario, Service, Staffing, Times, WallTime};

/// Attendants of one interval at most: members of one service.
pub const PLANNED_MAX: u32 = 500;
/// Callers of a planned day at most, so that an answer takes a minute and not an hour.
pub const PLANNED_CALLS_MAX: f64 = 20_000.0;
/// Rounds of adding attendants where the target is missed: from the numbers of Erlang, fewer than ten are needed.
const RAISES_MAX: u32 = 60;
/// Rounds of taking attendants away: each settles an interval or saves somebody, and every second interval is tried at once.
const TRIMS_MAX: u32 = 80;
/// An effect on the service level below this is not worth a sentence: half a point.
const EFFECT_MIN: f64 = 0.005;
/// The longest queue time of the engine, in seconds.
const QUEUE_SECONDS_MAX: u32 = 3600;

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// The day and local time at which the first interval begins: `2026-12-01T08:00`.
    pub start: String,
    /// Whose clock that is.
    pub time_zone: String,
    /// Length of an interval: 5–240 minutes.
    pub interval_minutes: u32,
    /// Callers of each interval, on average; 1–288 intervals, all within one day.
    pub calls: Vec<f64>,
    /// How much days differ beyond chance: 0–2.
    pub day_variation: f64,
    /// How long attendants talk.
    pub talk: Times,
    /// After-call work of each call, in seconds: 0–3600.
    pub after_call_work_seconds: f64,
    /// How long callers wait before they hang up; `None`: as long as it takes.
    pub patience: Option<Times>,
    /// Longest stay in the queue, in seconds: 5–3600.
    pub queue_time_max_seconds: u32,
    /// What is to be reached.
    pub target: Target,
    /// Days that are simulated for each answer: 2–1,000.
    pub replications: u32,
    /// The dice.
    pub seed: u64,
}

/// Service level, abandons negative: this share of all callers is answered within this time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// 0.01 to 0.99.
    pub share: f64,
    /// 0 to 3600.
    pub seconds: u32,
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Interval by interval.
    pub intervals: Vec<PlannedInterval>,
    /// The service level over the whole day, with the numbers of the simulation.
    pub level: Option<Estimate>,
    /// How many days were simulated in all to find them.
    pub days_simulated: u64,
}

/// One interval of the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedInterval {
    /// When it begins.
    pub from: Timestamp,
    /// The same as local time.
    pub from_local: String,
    /// Callers on average.
    pub calls: f64,
    /// The fewest attendants by Erlang C. `None`: not even [`PLANNED_MAX`] are enough.
    pub erlang_c: Option<u32>,
    /// The fewest by Erlang A; `None` also where nobody gives up, so that there is no Erlang A.
    pub erlang_a: Option<u32>,
    /// The fewest by the simulation: with one less the target is missed here or in the next interval. `None` as above.
    pub simulation: Option<u32>,
    /// The service level in the simulation with its number (with [`PLANNED_MAX`] where that is not enough).
    pub level: Option<Estimate>,
    /// The service level that nine days of ten do not fall below, by the simulation.
    pub level_bad_day: Option<f64>,
    /// What Erlang C says of the simulation's number.
    pub level_erlang_c: Option<f64>,
    /// What Erlang A says of it.
    pub level_erlang_a: Option<f64>,
    /// Why the methods differ; nothing where they agree.
    pub reasons: Vec<Reason>,
}

/// Why two methods give different numbers. Its text is the sentence.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "each is explained by the sentence it is shown as")]
pub enum Reason {
    /// Erlang C lets nobody give up.
    NobodyGivesUpInErlangC { erlang_a: u32, gave_up: f64 },
    /// Erlang C has no answer below the load.
    ErlangCNeedsMoreThanTheLoad { load: f64 },
    /// Handling times are not exponential. Effects are in shares of the service level; more than 0: it is better for it.
    HandlingTimes { effect: f64 },
    /// Patience is not exponential.
    Patience { effect: f64 },
    /// Days differ by more than chance.
    DaysDiffer { variation: f64, effect: f64 },
    /// Callers leave when the queue time is over.
    QueueTime { seconds: u32, effect: f64 },
    /// Callers and attendants of the interval before are still there.
    Neighbours { effect: f64 },
    /// No effect is large: the target lies between two whole numbers of attendants.
    Rounding { level_erlang_a: f64, at: u32 },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::NobodyGivesUpInErlangC { erlang_a, gave_up } => write!(
                f,
                "Erlang C lets nobody give up. With {erlang_a} attendants {:.1} % of the callers do, by Erlang A, and those \
                 behind them wait less.",
                gave_up * 100.0
            ),
            Reason::ErlangCNeedsMoreThanTheLoad { load } => write!(
                f,
                "By Erlang C the queue grows without end with fewer attendants than the load of {load:.1}; in truth callers \
                 give up."
            ),
            Reason::HandlingTimes { effect } => {
                write!(f, "Handling times are not exponential, as Erlang assumes: {}.", points(*effect))
            }
            Reason::Patience { effect } => {
                write!(f, "Patience is not exponential, as Erlang A assumes: {}.", points(*effect))
            }
            Reason::DaysDiffer { variation, effect } => write!(
                f,
                "Days differ by {:.0} % more than chance, which Erlang does not know: {}.",
                variation * 100.0,
                points(*effect)
            ),
            Reason::QueueTime { seconds, effect } => write!(
                f,
                "Callers leave the queue after {seconds} s, and Erlang knows no such limit: {}.",
                points(*effect)
            ),
            Reason::Neighbours { effect } if *effect < 0.0 => write!(
                f,
                "Callers of the interval before are still waiting or talking when it begins, and Erlang looks at each \
                 interval by itself: {}.",
                points(*effect)
            ),
            Reason::Neighbours { effect } => write!(
                f,
                "The interval begins with less to do than it would have in the long run, or with attendants of the one \
                 before who still finish their calls: {}.",
                points(*effect)
            ),
            Reason::Rounding { level_erlang_a, at } => write!(
                f,
                "The target lies close to a whole number: by Erlang A {at} attendants reach {:.1} %.",
                level_erlang_a * 100.0
            ),
        }
    }
}

fn points(effect: f64) -> String {
    let what = if effect < 0.0 { "costs" } else { "brings" };
    format!("that {what} {:.1} points of the service level", effect.abs() * 100.0)
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Somebody stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// What is asked lies outside of what is permitted.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<Fault>),
}

impl From<OutOfRange> for PlanError {
    fn from(error: OutOfRange) -> PlanError {
        let permitted = format!("{} to {}", error.low, error.high);
        PlanError::Invalid(vec![Fault::new(error.field, error.value, permitted)])
    }
}

/// Finds the fewest attendants.
///
/// # Errors
/// [`PlanError::Invalid`] with every fault of what is asked; [`PlanError::Cancelled`] where `watch` says so.
pub fn plan(ask: &Ask, watch: &dyn Watch) -> Result<Plan, PlanError> {
    let faults = faults(ask);
    if !faults.is_empty() {
        return Err(PlanError::Invalid(faults));
    }
    let erlang: Vec<Erlang> =
        ask.calls.iter().map(|calls| Erlang::of(ask, *calls)).collect::<Result<_, _>>()?;
    let start = erlang.iter().map(Erlang::start).collect();
    let mut search = Search { ask, watch, runs: 0, expected: 12 };
    let (staff, days) = search.fewest(start)?;
    let effects = search.effects(&staff, &days)?;
    let model = model(ask, &staff)?;
    let borders = borders(ask).expect("faults were looked for");
    let levels: Vec<Option<Estimate>> = (0..staff.len()).map(|place| level(&days, place)).collect();
    let intervals = ask.calls.iter().enumerate().map(|(place, calls)| {
        let erlang = &erlang[place];
        let attendants = staff[place];
        let reached = levels[place].is_none_or(|level| level.mean >= ask.target.share);
        let simulation = reached.then_some(attendants);
        let from = borders[place];
        Ok(PlannedInterval {
            from,
            from_local: local_time(&model.zone, from),
            calls: *calls,
            erlang_c: erlang.c,
            erlang_a: erlang.a,
            simulation,
            level: levels[place],
            level_bad_day: bad_day(&days, place),
            level_erlang_c: erlang.level_c(ask, attendants)?,
            level_erlang_a: erlang.level_a(ask, attendants)?,
            reasons: reasons(ask, erlang, simulation, &effects[place])?,
        })
    });
    let intervals = intervals.collect::<Result<_, PlanError>>()?;
    let whole_days = days.iter().map(|day| day.iter().fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1)));
    let level = Estimate::of_ratio(whole_days);
    Ok(Plan { intervals, level, days_simulated: u64::from(search.runs) * u64::from(ask.replications) })
}

fn faults(ask: &Ask) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut within = |path: &str, value: f64, low: f64, high: f64| {
        if !(low..=high).contains(&value) {
            faults.push(Fault::new(path, value, format!("{low} to {high}")));
        }
    };
    within("target.share", ask.target.share, 0.01, 0.99);
    within("target.seconds", f64::from(ask.target.seconds), 0.0, 3600.0);
    within("interval_minutes", f64::from(ask.interval_minutes), 5.0, 240.0);
    within("calls of the day", ask.calls.iter().sum(), 0.0, PLANNED_CALLS_MAX);
    within("replications", f64::from(ask.replications), 2.0, 1000.0);
    within("after_call_work_seconds", ask.after_call_work_seconds, 0.0, 3600.0);
    if let Some(patience) = &ask.patience {
        within("mean patience", patience.mean_seconds(), 1.0, 86_400.0);
    }
    if let Err(PlanError::Invalid(more)) = model(ask, &vec![0; ask.calls.len()]) {
        faults.extend(more);
    }
    faults
}

fn no_files(_: &str) -> Result<String, String> {
    Err("a plan reads no files".to_owned())
}

/// One interval as queueing theory sees it.
struct Erlang {
    /// `None`: nobody calls.
    traffic: Option<Traffic>,
    c: Option<u32>,
    a: Option<u32>,
}

impl Erlang {
    fn of(ask: &Ask, calls: f64) -> Result<Erlang, PlanError> {
        if calls <= 0.0 {
            let nobody = Some(0);
            return Ok(Erlang { traffic: None, c: nobody, a: ask.patience.as_ref().map(|_| 0) });
        }
        let handling = ask.talk.mean_seconds() + ask.after_call_work_seconds;
        let traffic = Traffic::new(calls / (f64::from(ask.interval_minutes) * 60.0), handling)?;
        let seconds = f64::from(ask.target.seconds);
        let few = |found: Option<u32>| found.filter(|found| *found <= PLANNED_MAX);
        let c = few(attendants_for(traffic, None, ask.target.share, seconds)?);
        let patience = ask.patience.as_ref().map(Times::mean_seconds);
        let a = match patience {
            Some(_) => few(attendants_for(traffic, patience, ask.target.share, seconds)?),
            None => None,
        };
        Ok(Erlang { traffic: Some(traffic), c, a })
    }

    /// Where the search begins.
    fn start(&self) -> u32 {
        self.a.or(self.c).unwrap_or(PLANNED_MAX)
    }

    fn level_c(&self, ask: &Ask, attendants: u32) -> Result<Option<f64>, OutOfRange> {
        let Some(traffic) = self.traffic.filter(|_| attendants > 0) else { return Ok(None) };
        Ok(Some(Patient::new(traffic, attendants)?.answered_within(f64::from(ask.target.seconds))))
    }

    fn level_a(&self, ask: &Ask, attendants: u32) -> Result<Option<f64>, OutOfRange> {
        let (Some(traffic), Some(patience)) = (self.traffic.filter(|_| attendants > 0), &ask.patience) else {
            return Ok(None);
        };
        let line = Impatient::new(traffic, attendants, patience.mean_seconds())?;
        Ok(Some(line.answered_within(f64::from(ask.target.seconds))))
    }
}

/// Of one simulated day, by interval: answered in time, and all who count.
type DayLevels = Vec<(u64, u64)>;

struct Search<'a> {
    ask: &'a Ask,
    watch: &'a dyn Watch,
    /// Runs so far, each of `replications` days.
    runs: u32,
    /// Runs in all, as far as is known.
    expected: u32,
}

/// Hears of one run as a part of the whole search.
struct Part<'a> {
    watch: &'a dyn Watch,
    before: u32,
    total: u32,
}

impl Watch for Part<'_> {
    fn progress(&self, progress: Progress) {
        self.watch.progress(Progress { done: self.before + progress.done, total: self.total });
    }

    fn is_cancelled(&self) -> bool {
        self.watch.is_cancelled()
    }
}

impl Search<'_> {
    /// Simulates the day with these attendants.
    fn look(&mut self, ask: &Ask, staff: &[u32]) -> Result<Vec<DayLevels>, PlanError> {
        let model = model(ask, staff)?;
        self.expected = self.expected.max(self.runs + 2);
        let days = ask.replications;
        let part = Part { watch: self.watch, before: self.runs * days, total: self.expected * days };
        let borders = borders(ask).expect("faults were looked for");
        let levels = run(&model, &part, |tally| {
            let mut levels = vec![(0, 0); staff.len()];
            for record in tally.services.iter().flat_map(|service| &service.records) {
                let begun = borders.partition_point(|border| *border <= record.arrived);
                if let Some((within, all)) = begun.checked_sub(1).and_then(|place| levels.get_mut(place)) {
                    let counts = reporting::kpi::Counts::of(
                        [record],
                        model.services[0].terms,
                        record.ended.unwrap_or_default(),
                    );
                    *within += counts.answered_within;
                    *all += counts.level_events;
                }
            }
            levels
        })?;
        self.runs += 1;
        Ok(levels)
    }

    /// From a first guess: more where the target is missed, then fewer where it is not, until one less anywhere misses it.
    fn fewest(&mut self, start: Vec<u32>) -> Result<(Vec<u32>, Vec<DayLevels>), PlanError> {
        let ask = self.ask;
        let (mut staff, _) = self.raised(start)?;
        let mut is_settled: Vec<bool> = staff.iter().map(|attendants| *attendants <= 1).collect();
        for _ in 0..TRIMS_MAX {
            // Neighbours are not tried together: whose absence did it?
            let mut chosen: Vec<usize> = Vec::new();
            for place in (0..staff.len()).filter(|place| !is_settled[*place]) {
                if chosen.last().is_none_or(|last| last + 1 < place) {
                    chosen.push(place);
                }
            }
            if chosen.is_empty() {
                break;
            }
            let mut fewer = staff.clone();
            chosen.iter().for_each(|place| fewer[*place] -= 1);
            let days = self.look(ask, &fewer)?;
            for place in chosen {
                let holds = |place: usize| self.holds(&days, place);
                if holds(place) && (place + 1 == staff.len() || holds(place + 1)) {
                    staff[place] -= 1;
                    is_settled[place] = staff[place] <= 1;
                } else {
                    is_settled[place] = true;
                }
            }
        }
        // What was taken away in one place may be missed two intervals on.
        self.raised(staff)
    }

    /// With more attendants where the target is missed, and how the days go with them.
    fn raised(&mut self, mut staff: Vec<u32>) -> Result<(Vec<u32>, Vec<DayLevels>), PlanError> {
        let mut days = self.look(self.ask, &staff)?;
        for _ in 0..RAISES_MAX {
            let missed: Vec<usize> = (0..staff.len())
                .filter(|place| !self.holds(&days, *place) && staff[*place] < PLANNED_MAX)
                .collect();
            if missed.is_empty() {
                break;
            }
            for place in missed {
                let short = level(&days, place).map_or(0.0, |level| self.ask.target.share - level.mean);
                // Far below, a twentieth more at once; close to it, one.
                let more = if short > 0.15 { staff[place].div_ceil(20) } else { 1 };
                staff[place] = (staff[place] + more.max(1)).min(PLANNED_MAX);
            }
            days = self.look(self.ask, &staff)?;
        }
        Ok((staff, days))
    }

    fn holds(&self, days: &[DayLevels], place: usize) -> bool {
        level(days, place).is_none_or(|level| level.mean >= self.ask.target.share)
    }

    /// How much each thing that Erlang A does not know changes the service level: the same days again without it.
    fn effects(&mut self, staff: &[u32], days: &[DayLevels]) -> Result<Vec<Effects>, PlanError> {
        let exponential = |times: &Times| match times {
            Times::Exponential { .. } => None,
            Times::Deterministic { .. }
            | Times::LogNormal { .. }
            | Times::Gamma { .. }
            | Times::Empirical { .. } => {
                Some(Times::Exponential { mean_seconds: times.mean_seconds().max(0.1) })
            }
        };
        let ask = self.ask.clone();
        let mut plain = ask.clone();
        let mut effects = vec![Effects::default(); staff.len()];
        let handling = Times::Exponential {
            mean_seconds: (ask.talk.mean_seconds() + ask.after_call_work_seconds).max(0.1),
        };
        if exponential(&ask.talk).is_some() || ask.after_call_work_seconds > 0.0 {
            let without = Ask { talk: handling.clone(), after_call_work_seconds: 0.0, ..ask.clone() };
            self.effect(&without, staff, days, &mut effects, |effects| &mut effects.handling)?;
            plain = Ask { talk: handling, after_call_work_seconds: 0.0, ..plain };
        }
        if let Some(patience) = ask.patience.as_ref().and_then(exponential) {
            let without = Ask { patience: Some(patience.clone()), ..ask.clone() };
            self.effect(&without, staff, days, &mut effects, |effects| &mut effects.patience)?;
            plain.patience = Some(patience);
        }
        if ask.day_variation > 0.0 {
            let without = Ask { day_variation: 0.0, ..ask.clone() };
            self.effect(&without, staff, days, &mut effects, |effects| &mut effects.days)?;
            plain.day_variation = 0.0;
        }
        if ask.queue_time_max_seconds < QUEUE_SECONDS_MAX {
            let without = Ask { queue_time_max_seconds: QUEUE_SECONDS_MAX, ..ask.clone() };
            self.effect(&without, staff, days, &mut effects, |effects| &mut effects.queue)?;
            plain.queue_time_max_seconds = QUEUE_SECONDS_MAX;
        }
        let plain = if plain == ask { days.to_vec() } else { self.look(&plain, staff)? };
        for (place, effects) in effects.iter_mut().enumerate() {
            effects.plain_level = level(&plain, place).map(|level| level.mean);
        }
        Ok(effects)
    }

    fn effect(
        &mut self,
        without: &Ask,
        staff: &[u32],
        days: &[DayLevels],
        effects: &mut [Effects],
        field: impl Fn(&mut Effects) -> &mut f64,
    ) -> Result<(), PlanError> {
        let plainer = self.look(without, staff)?;
        for (place, effects) in effects.iter_mut().enumerate() {
            if let (Some(with), Some(without)) = (level(days, place), level(&plainer, place)) {
                *field(effects) = with.mean - without.mean;
            }
        }
        Ok(())
    }
}

/// Changes of the service level.
#[derive(Clone, Debug, Default)]
struct Effects {
    handling: f64,
    patience: f64,
    days: f64,
    queue: f64,
    /// The simulation under all that Erlang A assumes but an unchanging load.
    plain_level: Option<f64>,
}

fn reasons(
    ask: &Ask,
    erlang: &Erlang,
    simulation: Option<u32>,
    effects: &Effects,
) -> Result<Vec<Reason>, PlanError> {
    let mut reasons = Vec::new();
    let Some(traffic) = erlang.traffic else { return Ok(reasons) };
    if let (Some(a), Some(patience)) = (erlang.a, &ask.patience)
        && erlang.c != Some(a)
    {
        let gave_up = Impatient::new(traffic, a, patience.mean_seconds())?.long_run().abandoned;
        reasons.push(Reason::NobodyGivesUpInErlangC { erlang_a: a, gave_up });
        if f64::from(a) <= traffic.load() {
            reasons.push(Reason::ErlangCNeedsMoreThanTheLoad { load: traffic.load() });
        }
    }
    // Without patience Erlang C is what the simulation is compared with.
    let (theory, level) = match ask.patience {
        Some(_) => (erlang.a, erlang.level_a(ask, simulation.unwrap_or(PLANNED_MAX))?),
        None => (erlang.c, erlang.level_c(ask, simulation.unwrap_or(PLANNED_MAX))?),
    };
    if theory == simulation {
        return Ok(reasons);
    }
    let neighbours = effects.plain_level.zip(level).map_or(0.0, |(plain, theory)| plain - theory);
    let mut all = [
        (effects.handling, Reason::HandlingTimes { effect: effects.handling }),
        (effects.patience, Reason::Patience { effect: effects.patience }),
        (effects.days, Reason::DaysDiffer { variation: ask.day_variation, effect: effects.days }),
        (effects.queue, Reason::QueueTime { seconds: ask.queue_time_max_seconds, effect: effects.queue }),
        (neighbours, Reason::Neighbours { effect: neighbours }),
    ]
    .to_vec();
    // What pulls the other way explains nothing.
    let needs_more = simulation.is_none_or(|simulation| theory.is_some_and(|theory| simulation > theory));
    all.retain(|(effect, _)| effect.abs() >= EFFECT_MIN && (*effect < 0.0) == needs_more);
    all.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
    let found = !all.is_empty();
    reasons.extend(all.into_iter().map(|(_, reason)| reason));
    if !found && let (Some(at), Some(_)) = (theory, &ask.patience) {
        let level = erlang.level_a(ask, at)?.unwrap_or_default();
        reasons.push(Reason::Rounding { level_erlang_a: level, at });
    }
    Ok(reasons)
}

fn level(days: &[DayLevels], place: usize) -> Option<Estimate> {
    Estimate::of_ratio(days.iter().map(|day| day[place]))
}

/// Nine days of ten are no worse.
fn bad_day(days: &[DayLevels], place: usize) -> Option<f64> {
    let of_day = |(within, all): (u64, u64)| (all > 0).then(|| within as f64 / all as f64);
    let mut levels: Vec<f64> = days.iter().filter_map(|day| of_day(day[place])).collect();
    levels.sort_by(f64::total_cmp);
    levels.get(levels.len() / 10).copied()
}

fn model(ask: &Ask, staff: &[u32]) -> Result<Model, PlanError> {
    let scenario = scenario(ask, staff).map_err(|fault| PlanError::Invalid(vec![fault]))?;
    Model::of(&scenario, &mut no_files).map_err(PlanError::Invalid)
}

/// When each interval begins and the last one ends, as the clocks on the wall show it: where they are put back an interval
/// takes longer, and where they are put forward one may take no time at all. `None` for what `faults` names.
fn borders(ask: &Ask) -> Option<Vec<Timestamp>> {
    let (start, zone) = (local_moment(&ask.start)?, hours::Zone::parse(&ask.time_zone).ok()?);
    let minutes = (0..=ask.calls.len() as i64).map(|place| place * i64::from(ask.interval_minutes));
    let walls = minutes.map(|minutes| start.saturating_add(SignedDuration::from_mins(minutes)));
    Some(walls.map(|wall| instant(&zone, wall)).collect())
}

/// The day as a scenario.
fn scenario(ask: &Ask, staff: &[u32]) -> Result<Scenario, Fault> {
    let from = ask.start.get(11..16).unwrap_or("00:00").to_owned();
    let minutes = hours::WallTime::parse(&from).map(hours::WallTime::minutes);
    let Some(minutes) = minutes else {
        return Err(Fault::new(
            "start",
            format_args!("{:?}", ask.start),
            "a local date and time: 2026-12-01T08:00",
        ));
    };
    // Who is still in the house at the end is served by whoever was there last, where the day goes on.
    let room = (1440 - u32::from(minutes)) / ask.interval_minutes.max(1);
    let mut on_duty = staff.to_vec();
    if on_duty.len() < room as usize {
        on_duty.extend(staff.last());
    }
    let interval_minutes = ask.interval_minutes;
    let calls = ask.calls.clone();
    let hours = match borders(ask).as_deref() {
        Some([first, .., last]) => (*last - *first).0 as f64 / 3_600_000.0,
        Some(_) | None => f64::from(interval_minutes) * calls.len() as f64 / 60.0,
    };
    Ok(Scenario {
        name: "Plan".to_owned(),
        start: ask.start.clone(),
        time_zone: ask.time_zone.clone(),
        hours,
        warm_up_hours: 0.0,
        replications: ask.replications,
        seed: ask.seed,
        interval_minutes: None,
        trunks: None,
        // One service: nobody is more important.
        priority_wait_max_seconds: 180,
        calendars: Vec::new(),
        profiles: Vec::new(),
        attendants: vec![Group {
            name: "Attendants".to_owned(),
            count: staff.iter().copied().max().unwrap_or(1).max(1),
            skills: std::collections::BTreeMap::new(),
            profile: None,
            answer_delay: None,
            back_after_seconds: 60,
            shifts: Vec::new(),
            staffing: Some(Staffing {
                days: Vec::new(),
                from: WallTime(from.clone()),
                interval_minutes,
                on_duty,
            }),
        }],
        services: vec![Service {
            name: "Service".to_owned(),
            priority: 50,
            sla_seconds: ask.target.seconds,
            // Everybody counts, as in theory.
            hang_up_threshold_seconds: 0,
            rona_seconds: 20,
            queue_time_max_seconds: ask.queue_time_max_seconds,
            distribution: Distribution::LongestIdle,
            members: None,
            members_by_skill: std::collections::BTreeMap::new(),
            preferred: Vec::new(),
            levels: Vec::new(),
            calendar: None,
            arrivals: vec![Arrivals::ByInterval {
                days: Vec::new(),
                from: WallTime(from),
                interval_minutes,
                calls,
            }],
            day_variation: ask.day_variation,
            patience: ask.patience.clone(),
            talk: ask.talk.clone(),
            after_call_work: (ask.after_call_work_seconds > 0.0)
                .then_some(Times::Deterministic { seconds: ask.after_call_work_seconds }),
        }],
    })
}
