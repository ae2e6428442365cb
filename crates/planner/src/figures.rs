//! From replications to figures: every KPI by the formulas of the reports, what the records do not say beside them, each as
//! a mean with its confidence interval. Does not print: see `output`.

use engine::{Span, Timestamp};
use reporting::kpi::{AttendantTime, Counts, Kpi, Terms, percentile, waits_of_answered};
use reporting::{CallRecord, Outcome};

use crate::estimate::Estimate;
use crate::model::Model;
use crate::run::{Cancelled, Watch, run};
use crate::tally::{Queue, Spent, Tally};

/// A figure that is worked out over a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Callers who were let in.
    Callers,
    /// Callers who heard the busy tone, all lines being taken.
    Blocked,
    /// Share of those who called while it was open who heard it.
    BlockedShare,
    /// Callers who called while it was closed.
    Closed,
    /// Callers an attendant had.
    Answered,
    /// Callers an attendant had within T.
    AnsweredWithin,
    /// Callers who hung up in the queue, short calls left out.
    Abandoned,
    /// Callers who hung up in the queue before the threshold.
    ShortCalls,
    /// Callers who waited as long as is allowed.
    LimitReached,
    /// By the formula of the reports.
    Kpi(Kpi),
    /// Share of the queued who waited at all.
    Waited,
    /// Mean wait of everybody who queued, answered or not.
    Wait,
    /// The wait (queue and ring) that this percentage of the answered do not pass.
    WaitPercentile(u8),
    /// Callers waiting, on average over time.
    QueueLength,
    /// Callers waiting, the most at once.
    QueueLengthMost,
    /// Attendants on duty, on average over time.
    OnDuty,
    /// Share of the time on duty in a call.
    Talking,
    /// Share of the time on duty in after-call work.
    Working,
    /// Share of the time on duty while it rings.
    Ringing,
    /// Share of the time on duty in a break or after a missed call.
    Pausing,
    /// Share of the time on duty with nothing to do.
    Idle,
}

/// In what a figure is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Callers of one replication.
    Callers,
    /// 0 to 1.
    Share,
    /// Seconds.
    Seconds,
    /// Attendants.
    Attendants,
}

/// One figure of a service, of all, or of a group of attendants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// Which.
    pub measure: Measure,
    /// `None`: no data, since no replication had anything to divide by.
    pub estimate: Option<Estimate>,
}

/// How often callers left with an outcome.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OutcomeFigure {
    /// Which.
    pub outcome: Outcome,
    /// Callers of one replication.
    pub estimate: Option<Estimate>,
}

/// The figures of those who came within one interval.
#[derive(Clone, Debug, PartialEq)]
pub struct IntervalFigures {
    /// Its first moment.
    pub from: Timestamp,
    /// The same as local time.
    pub from_local: String,
    /// Its figures.
    pub figures: Vec<Figure>,
}

/// The figures of one service, or of all together.
#[derive(Clone, Debug, PartialEq)]
pub struct Scope {
    /// Its name; of all together, "All services".
    pub name: String,
    /// Everything that can be said of it.
    pub figures: Vec<Figure>,
    /// Those that came about.
    pub outcomes: Vec<OutcomeFigure>,
    /// By interval, where the scenario asks for it.
    pub intervals: Vec<IntervalFigures>,
}

/// The figures of one group of attendants.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupFigures {
    /// Its name.
    pub name: String,
    /// How its time was spent.
    pub figures: Vec<Figure>,
}

/// What a scenario comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Results {
    /// Name of the scenario.
    pub scenario: String,
    /// Seed it was simulated with.
    pub seed: u64,
    /// How often it was simulated.
    pub replications: u32,
    /// The first moment that counts, local time.
    pub from_local: String,
    /// The moment before which the last caller came, local time.
    pub to_local: String,
    /// Whose clock that is.
    pub time_zone: String,
    /// All services together, each with its own T.
    pub total: Scope,
    /// Service by service.
    pub services: Vec<Scope>,
    /// Group by group.
    pub attendants: Vec<GroupFigures>,
}

/// Of a service and of all.
const OF_CALLERS: [Measure; 28] = [
    Measure::Callers,
    Measure::Blocked,
    Measure::BlockedShare,
    Measure::Closed,
    Measure::Answered,
    Measure::AnsweredWithin,
    Measure::Abandoned,
    Measure::ShortCalls,
    Measure::LimitReached,
    Measure::Kpi(Kpi::ServiceLevelAbandonsIgnored),
    Measure::Kpi(Kpi::ServiceLevelAbandonsNegative),
    Measure::Kpi(Kpi::ServiceLevelAbandonsPositive),
    Measure::Kpi(Kpi::AcceptanceSla),
    Measure::Kpi(Kpi::HangUpSla),
    Measure::Kpi(Kpi::Reachability),
    Measure::Kpi(Kpi::AbandonmentRate),
    Measure::Kpi(Kpi::Asa),
    Measure::Waited,
    Measure::Wait,
    Measure::WaitPercentile(50),
    Measure::WaitPercentile(80),
    Measure::WaitPercentile(95),
    Measure::WaitPercentile(99),
    Measure::WaitPercentile(100),
    Measure::Kpi(Kpi::Aht),
    Measure::QueueLength,
    Measure::QueueLengthMost,
    // Attendants may serve several services, so this is one of all together.
    Measure::Kpi(Kpi::Occupancy),
];

/// Of an interval.
const OF_INTERVALS: [Measure; 9] = [
    Measure::Callers,
    Measure::Answered,
    Measure::AnsweredWithin,
    Measure::Abandoned,
    Measure::Kpi(Kpi::ServiceLevelAbandonsNegative),
    Measure::Kpi(Kpi::ServiceLevelAbandonsIgnored),
    Measure::Kpi(Kpi::AbandonmentRate),
    Measure::Kpi(Kpi::Asa),
    Measure::WaitPercentile(95),
];

/// Of a group.
const OF_GROUPS: [Measure; 7] = [
    Measure::OnDuty,
    Measure::Kpi(Kpi::Occupancy),
    Measure::Talking,
    Measure::Working,
    Measure::Ringing,
    Measure::Pausing,
    Measure::Idle,
];

impl Measure {
    /// The stable name, for exports.
    pub fn key(self) -> String {
        match self {
            Measure::Callers => "callers".to_owned(),
            Measure::Blocked => "blocked".to_owned(),
            Measure::BlockedShare => "blocked_share".to_owned(),
            Measure::Closed => "closed".to_owned(),
            Measure::Answered => "answered".to_owned(),
            Measure::AnsweredWithin => "answered_within".to_owned(),
            Measure::Abandoned => "abandoned".to_owned(),
            Measure::ShortCalls => "short_calls".to_owned(),
            Measure::LimitReached => "limit_reached".to_owned(),
            Measure::Kpi(kpi) => kpi_key(kpi).to_owned(),
            Measure::Waited => "waited".to_owned(),
            Measure::Wait => "wait".to_owned(),
            Measure::WaitPercentile(percent) => format!("wait_p{percent}"),
            Measure::QueueLength => "queue_length".to_owned(),
            Measure::QueueLengthMost => "queue_length_most".to_owned(),
            Measure::OnDuty => "on_duty".to_owned(),
            Measure::Talking => "talking".to_owned(),
            Measure::Working => "after_call_work".to_owned(),
            Measure::Ringing => "ringing".to_owned(),
            Measure::Pausing => "pausing".to_owned(),
            Measure::Idle => "idle".to_owned(),
        }
    }

    /// What people call it.
    pub fn name(self) -> String {
        match self {
            Measure::Callers => "Callers let in".to_owned(),
            Measure::Blocked => "Callers blocked, no line free".to_owned(),
            Measure::BlockedShare => "Callers blocked, share".to_owned(),
            Measure::Closed => "Callers turned away, closed".to_owned(),
            Measure::Answered => "Callers answered".to_owned(),
            Measure::AnsweredWithin => "Callers answered within T".to_owned(),
            Measure::Abandoned => "Callers who gave up".to_owned(),
            Measure::ShortCalls => "Short calls".to_owned(),
            Measure::LimitReached => "Callers who reached the queue limit".to_owned(),
            Measure::Kpi(kpi) => kpi.name().to_owned(),
            Measure::Waited => "Callers who waited at all".to_owned(),
            Measure::Wait => "Mean wait, answered or not".to_owned(),
            Measure::WaitPercentile(100) => "Longest wait of the answered".to_owned(),
            Measure::WaitPercentile(percent) => format!("Wait of the answered, {percent} %"),
            Measure::QueueLength => "Callers waiting, mean".to_owned(),
            Measure::QueueLengthMost => "Callers waiting, most".to_owned(),
            Measure::OnDuty => "Attendants on duty, mean".to_owned(),
            Measure::Talking => "Time in calls".to_owned(),
            Measure::Working => "Time in after-call work".to_owned(),
            Measure::Ringing => "Time ringing".to_owned(),
            Measure::Pausing => "Time in breaks or after a missed call".to_owned(),
            Measure::Idle => "Time idle".to_owned(),
        }
    }

    /// How it is worked out.
    pub fn formula(self) -> &'static str {
        match self {
            Measure::Callers => "callers let in, warm-up left out",
            Measure::Blocked => "callers who found all lines taken",
            Measure::BlockedShare => "blocked / (blocked + let in)",
            Measure::Closed => "callers while the calendar is closed",
            Measure::Answered => "callers an attendant had",
            Measure::AnsweredWithin => "A_T",
            Measure::Abandoned => "hung up in queue, not before the threshold",
            Measure::ShortCalls => "hung up in queue before the threshold",
            Measure::LimitReached => "outcome 14",
            Measure::Kpi(kpi) => kpi.formula(),
            Measure::Waited => "waited more than 0 ms / queued",
            Measure::Wait => "Σ wait of queued / queued",
            Measure::WaitPercentile(_) => "nearest rank over queue + ring of answered",
            Measure::QueueLength => "∫ waiting dt / time",
            Measure::QueueLengthMost => "max of waiting",
            Measure::OnDuty => "∫ on duty dt / time",
            Measure::Talking | Measure::Working | Measure::Ringing | Measure::Pausing | Measure::Idle => {
                "its time / time on duty"
            }
        }
    }

    /// In what it is counted.
    pub fn unit(self) -> Unit {
        match self {
            Measure::Callers
            | Measure::Blocked
            | Measure::Closed
            | Measure::Answered
            | Measure::AnsweredWithin
            | Measure::Abandoned
            | Measure::ShortCalls
            | Measure::LimitReached
            | Measure::QueueLength
            | Measure::QueueLengthMost => Unit::Callers,
            Measure::Kpi(Kpi::Asa | Kpi::Aht) | Measure::Wait | Measure::WaitPercentile(_) => Unit::Seconds,
            Measure::Kpi(
                Kpi::ServiceLevelAbandonsIgnored
                | Kpi::ServiceLevelAbandonsNegative
                | Kpi::ServiceLevelAbandonsPositive
                | Kpi::AcceptanceSla
                | Kpi::HangUpSla
                | Kpi::Reachability
                | Kpi::AbandonmentRate
                | Kpi::Occupancy,
            )
            | Measure::BlockedShare
            | Measure::Waited
            | Measure::Talking
            | Measure::Working
            | Measure::Ringing
            | Measure::Pausing
            | Measure::Idle => Unit::Share,
            Measure::OnDuty => Unit::Attendants,
        }
    }
}

impl Unit {
    /// The stable name, for exports.
    pub fn key(self) -> &'static str {
        match self {
            Unit::Callers => "callers",
            Unit::Share => "share",
            Unit::Seconds => "seconds",
            Unit::Attendants => "attendants",
        }
    }
}

impl Scope {
    /// A figure's mean and interval; `None`: not worked out for this, or no data.
    pub fn estimate(&self, measure: Measure) -> Option<Estimate> {
        self.figures.iter().find(|figure| figure.measure == measure).and_then(|figure| figure.estimate)
    }
}

/// Simulates a scenario, on all cores.
///
/// # Errors
/// [`Cancelled`], where `watch` says so.
pub fn simulate(model: &Model, watch: &dyn Watch) -> Result<Results, Cancelled> {
    let seen = run(model, watch, |tally| Seen::of(&tally, model))?;
    let local = |at: Timestamp| local_time(&model.zone, at);
    let scope = |name: &str, of: &dyn Fn(&Seen) -> &ScopeSeen, measures: &[Measure]| Scope {
        name: name.to_owned(),
        figures: figures(measures, &seen.iter().map(|seen| of(seen).figures.as_slice()).collect::<Vec<_>>()),
        outcomes: Outcome::ALL
            .into_iter()
            .zip(0..)
            .filter(|(_, place)| seen.iter().any(|seen| of(seen).outcomes[*place] > 0))
            .map(|(outcome, place)| OutcomeFigure {
                outcome,
                estimate: Estimate::of(seen.iter().map(|seen| Some(of(seen).outcomes[place] as f64))),
            })
            .collect(),
        intervals: model
            .intervals()
            .enumerate()
            .map(|(place, from)| IntervalFigures {
                from,
                from_local: local(from),
                figures: figures(
                    &OF_INTERVALS,
                    &seen.iter().map(|seen| of(seen).intervals[place].as_slice()).collect::<Vec<_>>(),
                ),
            })
            .collect(),
    };
    let services = model.services.iter().enumerate();
    let without_occupancy = &OF_CALLERS[..OF_CALLERS.len() - 1];
    Ok(Results {
        scenario: model.name.clone(),
        seed: model.seed,
        replications: model.replications,
        from_local: local(model.warm),
        to_local: local(model.end),
        time_zone: model.zone.name().to_owned(),
        total: scope("All services", &|seen| &seen.total, &OF_CALLERS),
        services: services
            .map(|(place, service)| {
                scope(&service.settings.name, &|seen: &Seen| &seen.services[place], without_occupancy)
            })
            .collect(),
        attendants: model
            .groups
            .iter()
            .enumerate()
            .map(|(place, group)| GroupFigures {
                name: group.name.clone(),
                figures: figures(
                    &OF_GROUPS,
                    &seen.iter().map(|seen| seen.groups[place].as_slice()).collect::<Vec<_>>(),
                ),
            })
            .collect(),
    })
}

fn figures(measures: &[Measure], seen: &[&[Option<f64>]]) -> Vec<Figure> {
    let figures = measures.iter().enumerate().map(|(place, measure)| Figure {
        measure: *measure,
        estimate: Estimate::of(seen.iter().map(|seen| seen.get(place).copied().flatten())),
    });
    figures.collect()
}

/// What one replication comes to, in the order of the measures.
struct Seen {
    total: ScopeSeen,
    services: Vec<ScopeSeen>,
    groups: Vec<Vec<Option<f64>>>,
}

struct ScopeSeen {
    figures: Vec<Option<f64>>,
    /// In the order of `Outcome::ALL`.
    outcomes: Vec<u64>,
    intervals: Vec<Vec<Option<f64>>>,
}

/// The callers of one scope, within one replication.
struct Callers<'a> {
    /// Each with the terms of its service.
    records: Vec<(&'a CallRecord, Terms)>,
    blocked: u64,
    closed: u64,
    acw_ms: u64,
    queue: Queue,
    spent: Spent,
    counted_ms: u64,
}

impl Seen {
    fn of(tally: &Tally, model: &Model) -> Seen {
        let counted_ms = u64::from((model.end - model.warm).0);
        let of_service = |place: usize| {
            let service = &tally.services[place];
            Callers {
                records: service.records.iter().map(|record| (record, model.services[place].terms)).collect(),
                blocked: service.blocked,
                closed: service.closed,
                acw_ms: service.acw_ms,
                queue: service.queue,
                spent: Spent::default(),
                counted_ms,
            }
        };
        let services: Vec<Callers<'_>> = (0..tally.services.len()).map(of_service).collect();
        let total = Callers {
            records: services.iter().flat_map(|service| service.records.iter().copied()).collect(),
            blocked: services.iter().map(|service| service.blocked).sum(),
            closed: services.iter().map(|service| service.closed).sum(),
            acw_ms: services.iter().map(|service| service.acw_ms).sum(),
            queue: tally.queue,
            spent: tally.groups.iter().copied().fold(Spent::default(), Spent::plus),
            counted_ms,
        };
        Seen {
            total: total.seen(model),
            services: services.iter().map(|service| service.seen(model)).collect(),
            groups: tally
                .groups
                .iter()
                .map(|spent| OF_GROUPS.map(|measure| spent.measure(measure, counted_ms)).to_vec())
                .collect(),
        }
    }
}

impl Callers<'_> {
    fn seen(&self, model: &Model) -> ScopeSeen {
        let mut outcomes = vec![0; Outcome::ALL.len()];
        for outcome in self.records.iter().filter_map(|(record, _)| record.outcome) {
            outcomes[usize::from(outcome.id()) - 1] += 1;
        }
        let mut of_interval: Vec<Vec<(&CallRecord, Terms)>> = model.intervals().map(|_| Vec::new()).collect();
        for (record, terms) in &self.records {
            let place =
                model.interval.map(|interval| ((record.arrived - model.start).0 / interval.0) as usize);
            if let Some(records) = place.and_then(|place| of_interval.get_mut(place)) {
                records.push((record, *terms));
            }
        }
        let of_records = |records: Vec<(&CallRecord, Terms)>| {
            let callers = Callers { records, queue: Queue::default(), spent: Spent::default(), ..*self };
            callers.figures(&OF_INTERVALS)
        };
        ScopeSeen {
            figures: self.figures(&OF_CALLERS),
            outcomes,
            intervals: of_interval.into_iter().map(of_records).collect(),
        }
    }

    fn figures(&self, measures: &[Measure]) -> Vec<Option<f64>> {
        let counts = self.counts();
        let mut waits = waits_of_answered(self.records.iter().map(|(record, _)| *record));
        measures.iter().map(|measure| self.measure(*measure, &counts, &mut waits)).collect()
    }

    /// Counted as the reports count, service by service since each has its own T.
    fn counts(&self) -> Counts {
        let mut total = Counts::default();
        for (record, terms) in &self.records {
            // Everybody has gone, so no record depends on what the time is.
            total += Counts::of([*record], *terms, record.ended.unwrap_or_default());
        }
        total
    }

    fn measure(&self, measure: Measure, counts: &Counts, waits: &mut [u64]) -> Option<f64> {
        let time = AttendantTime { acw_ms: self.acw_ms, idle_ms: 0 };
        match measure {
            Measure::Callers => Some(self.records.len() as f64),
            Measure::Blocked => Some(self.blocked as f64),
            Measure::BlockedShare => {
                ratio(self.blocked as f64, self.blocked as f64 + self.records.len() as f64)
            }
            Measure::Closed => Some(self.closed as f64),
            Measure::Answered => Some(counts.answered as f64),
            Measure::AnsweredWithin => Some(counts.answered_within as f64),
            Measure::Abandoned => Some(counts.abandoned as f64),
            Measure::ShortCalls => Some(counts.short as f64),
            Measure::LimitReached => {
                let reached = |record: &CallRecord| record.outcome == Some(Outcome::QueueLimitReached);
                Some(self.records.iter().filter(|(record, _)| reached(record)).count() as f64)
            }
            Measure::Kpi(Kpi::Occupancy) => self.spent.occupancy(),
            Measure::Kpi(kpi @ (Kpi::Asa | Kpi::Aht)) => counts.kpi(kpi, time).map(|ms| ms / 1000.0),
            Measure::Kpi(kpi) => counts.kpi(kpi, time),
            Measure::Waited => {
                let waited = self.records.iter().filter(|(record, _)| wait_ms(record) > 0).count();
                ratio(waited as f64, self.records.len() as f64)
            }
            Measure::Wait => {
                let waited: u64 = self.records.iter().map(|(record, _)| wait_ms(record)).sum();
                ratio(waited as f64 / 1000.0, self.records.len() as f64)
            }
            Measure::WaitPercentile(percent) => {
                percentile(waits, f64::from(percent) / 100.0).map(|ms| ms as f64 / 1000.0)
            }
            Measure::QueueLength => ratio(self.queue.caller_ms as f64, self.counted_ms as f64),
            Measure::QueueLengthMost => Some(self.queue.most as f64),
            Measure::OnDuty
            | Measure::Talking
            | Measure::Working
            | Measure::Ringing
            | Measure::Pausing
            | Measure::Idle => self.spent.measure(measure, self.counted_ms),
        }
    }
}

impl Spent {
    fn plus(self, other: Spent) -> Spent {
        Spent {
            idle_ms: self.idle_ms + other.idle_ms,
            ringing_ms: self.ringing_ms + other.ringing_ms,
            pausing_ms: self.pausing_ms + other.pausing_ms,
            working_ms: self.working_ms + other.working_ms,
            talking_ms: self.talking_ms + other.talking_ms,
        }
    }

    fn measure(self, measure: Measure, counted_ms: u64) -> Option<f64> {
        let on_duty = self.on_duty_ms() as f64;
        match measure {
            Measure::OnDuty => ratio(on_duty, counted_ms as f64),
            Measure::Kpi(Kpi::Occupancy) => self.occupancy(),
            Measure::Talking => ratio(self.talking_ms as f64, on_duty),
            Measure::Working => ratio(self.working_ms as f64, on_duty),
            Measure::Ringing => ratio(self.ringing_ms as f64, on_duty),
            Measure::Pausing => ratio(self.pausing_ms as f64, on_duty),
            Measure::Idle => ratio(self.idle_ms as f64, on_duty),
            Measure::Callers
            | Measure::Blocked
            | Measure::BlockedShare
            | Measure::Closed
            | Measure::Answered
            | Measure::AnsweredWithin
            | Measure::Abandoned
            | Measure::ShortCalls
            | Measure::LimitReached
            | Measure::Kpi(_)
            | Measure::Waited
            | Measure::Wait
            | Measure::WaitPercentile(_)
            | Measure::QueueLength
            | Measure::QueueLengthMost => None,
        }
    }
}

impl Model {
    /// The first moments of the intervals, from the start to the end.
    fn intervals(&self) -> impl Iterator<Item = Timestamp> {
        let (mut at, end) = (self.start, self.end);
        let interval = self.interval.unwrap_or(Span(0));
        std::iter::from_fn(move || {
            let next = (interval > Span(0) && at < end).then_some(at);
            at = at + interval;
            next
        })
    }
}

/// From the arrival to the answer or the end.
fn wait_ms(record: &CallRecord) -> u64 {
    let until = record.accepted.or(record.ended).unwrap_or(record.arrived);
    u64::from((until - record.arrived).0)
}

fn ratio(over: f64, under: f64) -> Option<f64> {
    (under > 0.0).then(|| over / under)
}

/// As people of this zone write it.
pub(crate) fn local_time(zone: &hours::Zone, at: Timestamp) -> String {
    zone.local(at.0).strftime("%Y-%m-%d %H:%M").to_string()
}

fn kpi_key(kpi: Kpi) -> &'static str {
    match kpi {
        Kpi::ServiceLevelAbandonsIgnored => "service_level_abandons_ignored",
        Kpi::ServiceLevelAbandonsNegative => "service_level_abandons_negative",
        Kpi::ServiceLevelAbandonsPositive => "service_level_abandons_positive",
        Kpi::AcceptanceSla => "acceptance_sla",
        Kpi::HangUpSla => "hang_up_sla",
        Kpi::Reachability => "reachability",
        Kpi::Asa => "asa",
        Kpi::AbandonmentRate => "abandonment_rate",
        Kpi::Aht => "aht",
        Kpi::Occupancy => "occupancy",
    }
}
