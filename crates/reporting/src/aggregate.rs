//! Sums and counts of what happened in one interval, enough for every KPI with every T, short-call threshold and percentile
//! (REPORT-2). Aggregates are added up in any order and grouping: intervals to days, services to all of them. Does not know
//! time zones or where aggregates are kept.
//!
//! A service session counts whole in the interval in which the caller arrived, a user session in the one in which it began;
//! both once they are over. What attendants did is divided at the borders of intervals. Intervals are half-open.
//!
//! Simulated and live are not told apart here: give only what is to count.

use engine::Timestamp;

use crate::cdr::{CallRecord, UserSession};
use crate::kpi::{AttendantTime, Counts, Kpi, Stay, Terms, between, handled, ratio, stay};
use crate::outcome::{Outcome, UserOutcome};
use crate::sketch::{Histogram, Sketch, Tally, Waits};
use crate::states::{State, UserState};

/// Counts up whenever what is put into an aggregate changes, or how it is written: kept aggregates of another version are worked out
/// anew.
pub const FORMULA_VERSION: u32 = 3;

/// A quarter of an hour since 1970-01-01T00:00Z, counted: the shortest interval that is kept. Every time zone of today begins
/// its hours at such a border.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub i64);

impl Slot {
    /// The length of an interval, in milliseconds.
    pub const MS: i64 = 900_000;

    /// The interval in which this moment lies.
    pub fn of(at: Timestamp) -> Slot {
        Slot(at.0.div_euclid(Slot::MS))
    }

    /// Its first moment.
    pub fn began(self) -> Timestamp {
        Timestamp(self.0.saturating_mul(Slot::MS))
    }
}

/// The thresholds of the formulas, in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// T of the service level and the acceptance SLA; a wait of exactly T is within.
    pub sla_s: u32,
    /// T of the hang-up SLA.
    pub hang_up_s: u32,
    /// Who hangs up in the queue sooner than this was neither offered nor abandoned. 0: everybody counts.
    pub short_call_s: u32,
}

impl Thresholds {
    /// The longest of each: a day.
    pub const SECONDS_MAX: u32 = 86_400;
}

impl From<Thresholds> for Terms {
    fn from(thresholds: Thresholds) -> Terms {
        let ms = |seconds: u32| u64::from(seconds) * 1000;
        let Thresholds { sla_s, hang_up_s, short_call_s } = thresholds;
        Terms { sla_ms: ms(sla_s), hang_up_ms: ms(hang_up_s), short_call_ms: ms(short_call_s) }
    }
}

/// What service sessions of an interval add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceSessionAggregate {
    /// How many ended with each outcome, by its id.
    pub outcomes: Histogram,
    /// Waits (queue and ring) of those who were answered and handled.
    pub handled: Waits,
    /// Waits of those who were answered and then lost.
    pub answered_lost: Waits,
    /// Waits of those who hung up in the queue.
    pub abandoned: Waits,
    /// Waits of those who left the queue neither answered nor by hanging up.
    pub left_queue: Waits,
    /// The waits of all who were answered, for percentiles.
    pub wait_sketch: Sketch,
    /// Connected times of the handled, for percentiles.
    pub handling_sketch: Sketch,
    /// Sums of times.
    pub times: ServiceTimes,
}

/// Sums of times of service sessions, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServiceTimes {
    /// Waits (queue and ring) of the answered.
    pub wait_ms: u64,
    /// Of that, rung by the attendant who answered.
    pub ring_ms: u64,
    /// Waits of those who hung up in the queue.
    pub abandoned_wait_ms: u64,
    /// Waits of those who left the queue neither answered nor by hanging up.
    pub left_queue_wait_ms: u64,
    /// Connected with callers, hold included and park not.
    pub connected_ms: u64,
    /// Connected on calls we made.
    pub outbound_ms: u64,
    /// On hold.
    pub hold_ms: u64,
    /// In a slot.
    pub park_ms: u64,
    /// After-call work that fell into the interval.
    pub acw_ms: u64,
}

impl ServiceTimes {
    /// How many sums there are.
    pub const LEN: usize = 9;

    /// All of them, in a stable order.
    pub fn as_array(&self) -> [u64; ServiceTimes::LEN] {
        let ServiceTimes {
            wait_ms,
            ring_ms,
            abandoned_wait_ms,
            left_queue_wait_ms,
            connected_ms,
            outbound_ms,
            hold_ms,
            park_ms,
            acw_ms,
        } = *self;
        [
            wait_ms,
            ring_ms,
            abandoned_wait_ms,
            left_queue_wait_ms,
            connected_ms,
            outbound_ms,
            hold_ms,
            park_ms,
            acw_ms,
        ]
    }

    /// What [`ServiceTimes::as_array`] gave.
    pub fn from_array(sums: [u64; ServiceTimes::LEN]) -> ServiceTimes {
        let [
            wait_ms,
            ring_ms,
            abandoned_wait_ms,
            left_queue_wait_ms,
            connected_ms,
            outbound_ms,
            hold_ms,
            park_ms,
            acw_ms,
        ] = sums;
        ServiceTimes {
            wait_ms,
            ring_ms,
            abandoned_wait_ms,
            left_queue_wait_ms,
            connected_ms,
            outbound_ms,
            hold_ms,
            park_ms,
            acw_ms,
        }
    }
}

impl ServiceSessionAggregate {
    /// One service session; nothing while it goes on.
    pub fn of(record: &CallRecord) -> ServiceSessionAggregate {
        let mut aggregate = ServiceSessionAggregate::default();
        if let (Some(ended), Some(outcome)) = (record.ended, record.outcome) {
            aggregate.count(record, ended, outcome);
        }
        aggregate
    }

    fn count(&mut self, record: &CallRecord, ended: Timestamp, outcome: Outcome) {
        self.outcomes.count(u32::from(outcome.id()), 1);
        self.times.hold_ms = record.hold_ms;
        self.times.park_ms = record.park_ms;
        match record.outbound {
            true => self.times.outbound_ms = record.connected_ms,
            false => self.times.connected_ms = record.connected_ms,
        }
        match stay(record, ended) {
            Stay::Answered { wait_ms } => {
                self.times.wait_ms = wait_ms;
                self.times.ring_ms = ring(record).min(wait_ms);
                self.wait_sketch.count(wait_ms);
                if handled(record) {
                    self.handled.count(wait_ms);
                    self.handling_sketch.count(record.connected_ms);
                } else {
                    self.answered_lost.count(wait_ms);
                }
            }
            Stay::Abandoned { wait_ms } => {
                self.times.abandoned_wait_ms = wait_ms;
                self.abandoned.count(wait_ms);
            }
            Stay::Other { wait_ms } => {
                self.times.left_queue_wait_ms = wait_ms;
                self.left_queue.count(wait_ms);
            }
            Stay::NeverQueued => {}
        }
    }

    /// Takes in another one.
    pub fn add(&mut self, other: &ServiceSessionAggregate) {
        self.each(other, Histogram::add);
        self.times = ServiceTimes::from_array(added(self.times.as_array(), other.times.as_array()));
    }

    /// Takes out what was taken in before.
    pub fn remove(&mut self, other: &ServiceSessionAggregate) {
        self.each(other, Histogram::remove);
        self.times = ServiceTimes::from_array(removed(self.times.as_array(), other.times.as_array()));
    }

    fn each(&mut self, other: &ServiceSessionAggregate, change: fn(&mut Histogram, &Histogram)) {
        for (mine, theirs) in self.histograms_mut().into_iter().zip(other.histograms()) {
            change(mine, theirs);
        }
    }

    /// How many histograms there are.
    pub const HISTOGRAMS: usize = 7;

    /// The first of them, of which KPIs are made; the others are for percentiles.
    pub const OF_KPIS: usize = 5;

    /// All of them, in a stable order.
    pub fn histograms(&self) -> [&Histogram; ServiceSessionAggregate::HISTOGRAMS] {
        [
            &self.outcomes,
            &self.handled.0,
            &self.answered_lost.0,
            &self.abandoned.0,
            &self.left_queue.0,
            &self.wait_sketch.0,
            &self.handling_sketch.0,
        ]
    }

    /// The same, to be filled.
    pub fn histograms_mut(&mut self) -> [&mut Histogram; ServiceSessionAggregate::HISTOGRAMS] {
        [
            &mut self.outcomes,
            &mut self.handled.0,
            &mut self.answered_lost.0,
            &mut self.abandoned.0,
            &mut self.left_queue.0,
            &mut self.wait_sketch.0,
            &mut self.handling_sketch.0,
        ]
    }

    /// Service sessions in all.
    pub fn sessions(&self) -> u64 {
        self.outcomes.total()
    }

    /// What the formulas are worked out from: the same as [`Counts::of`] over the records themselves.
    pub fn counts(&self, thresholds: Thresholds) -> Counts {
        let Thresholds { sla_s, hang_up_s, short_call_s } = thresholds;
        let short = self.abandoned.sooner_than(short_call_s);
        let (handled, lost) = (self.handled.0.total(), self.answered_lost.0.total());
        let (abandoned, left) = (self.abandoned.0.total() - short, self.left_queue.0.total());
        let within = |seconds: u32| self.abandoned.within(seconds).saturating_sub(short);
        Counts {
            queued: handled + lost + abandoned + left,
            answered: handled + lost,
            handled,
            handled_within: self.handled.within(sla_s),
            answered_within: self.handled.within(sla_s) + self.answered_lost.within(sla_s),
            abandoned,
            abandoned_within: within(sla_s),
            level_events: handled + lost + abandoned + left - self.left_queue.within(sla_s),
            hang_ups_within: within(hang_up_s),
            short,
            wait_ms: self.times.wait_ms,
            connected_ms: self.times.connected_ms,
            outbound_ms: self.times.outbound_ms,
        }
    }

    /// All KPIs, for which the waits are counted once. `idle_ms` is what the attendants of these services were selectable with nothing
    /// to do; unknown where they serve others too.
    pub fn kpis(&self, thresholds: Thresholds, idle_ms: Option<u64>) -> Kpis {
        Kpis { counts: self.counts(thresholds), acw_ms: self.times.acw_ms, idle_ms }
    }
}

/// The KPIs of what service sessions add up to.
#[derive(Clone, Copy, Debug)]
pub struct Kpis {
    /// What they are worked out from.
    pub counts: Counts,
    acw_ms: u64,
    idle_ms: Option<u64>,
}

impl Kpis {
    /// The KPI, or `None` where its denominator is zero: no data.
    pub fn of(&self, kpi: Kpi) -> Option<f64> {
        let time = AttendantTime { acw_ms: self.acw_ms, idle_ms: self.idle_ms.unwrap_or(0) };
        match (kpi, self.idle_ms) {
            (Kpi::Occupancy, None) => None,
            (_, _) => self.counts.kpi(kpi, time),
        }
    }
}

/// Service sessions while very many aggregates of them are added up.
#[derive(Clone, Debug, Default)]
pub struct ServiceTally {
    /// Sums of times.
    pub times: ServiceTimes,
    /// The histograms, in the order of [`ServiceSessionAggregate::histograms`].
    pub tallies: [Tally; ServiceSessionAggregate::HISTOGRAMS],
}

impl ServiceTally {
    /// What it has come to.
    pub fn sum(self) -> ServiceSessionAggregate {
        let mut sum = ServiceSessionAggregate { times: self.times, ..ServiceSessionAggregate::default() };
        for (histogram, tally) in sum.histograms_mut().into_iter().zip(self.tallies) {
            *histogram = tally.into();
        }
        sum
    }
}

/// How long the attendant who first had the call was rung for it.
fn ring(record: &CallRecord) -> u64 {
    record.user_sessions.iter().find(|session| session.had()).map_or(0, |session| session.ring_ms)
}

/// What user sessions and user states of an interval add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserSessionAggregate {
    /// How many ended with each outcome, by its id.
    pub outcomes: Histogram,
    /// Connected times of the sessions in which she had a call, for percentiles.
    pub handling_sketch: Sketch,
    /// Sums of times.
    pub times: UserTimes,
}

/// Sums of times of an attendant, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UserTimes {
    /// Rung.
    pub ring_ms: u64,
    /// Connected, hold included and park not.
    pub connected_ms: u64,
    /// On hold.
    pub hold_ms: u64,
    /// In each state, by its place in [`State::ALL`].
    pub states_ms: [u64; State::ALL.len()],
}

impl UserTimes {
    /// How many sums there are.
    pub const LEN: usize = 3 + State::ALL.len();

    /// All of them, in a stable order.
    pub fn as_array(&self) -> [u64; UserTimes::LEN] {
        let [idle, engaged, acw, rona, not_available, away] = self.states_ms;
        let UserTimes { ring_ms, connected_ms, hold_ms, states_ms: _ } = *self;
        [ring_ms, connected_ms, hold_ms, idle, engaged, acw, rona, not_available, away]
    }

    /// What [`UserTimes::as_array`] gave.
    pub fn from_array(sums: [u64; UserTimes::LEN]) -> UserTimes {
        let [ring_ms, connected_ms, hold_ms, states_ms @ ..] = sums;
        UserTimes { ring_ms, connected_ms, hold_ms, states_ms }
    }

    /// Whether anything is known of what she did on duty.
    pub fn tell_states(&self) -> bool {
        self.states_ms.iter().any(|ms| *ms > 0)
    }

    /// In this state.
    pub fn in_state(&self, state: State) -> u64 {
        self.states_ms[usize::from(state.id() - 1)]
    }
}

/// User sessions while very many aggregates of them are added up.
#[derive(Clone, Debug, Default)]
pub struct UserTally {
    /// Sums of times.
    pub times: UserTimes,
    /// The outcomes and the sketch.
    pub tallies: [Tally; 2],
}

impl UserTally {
    /// What it has come to.
    pub fn sum(self) -> UserSessionAggregate {
        let [outcomes, handling] = self.tallies.map(Histogram::from);
        UserSessionAggregate { outcomes, handling_sketch: Sketch(handling), times: self.times }
    }
}

impl UserSessionAggregate {
    /// One user session; nothing while it goes on.
    pub fn of(session: &UserSession) -> UserSessionAggregate {
        let mut aggregate = UserSessionAggregate::default();
        let Some(outcome) = session.outcome else { return aggregate };
        aggregate.outcomes.count(u32::from(outcome.id()), 1);
        aggregate.times.ring_ms = session.ring_ms;
        aggregate.times.connected_ms = session.connected_ms;
        aggregate.times.hold_ms = session.hold_ms;
        if session.had() {
            aggregate.handling_sketch.count(session.connected_ms);
        }
        aggregate
    }

    /// Takes in another one.
    pub fn add(&mut self, other: &UserSessionAggregate) {
        self.outcomes.add(&other.outcomes);
        self.handling_sketch.0.add(&other.handling_sketch.0);
        self.times = UserTimes::from_array(added(self.times.as_array(), other.times.as_array()));
    }

    /// Takes out what was taken in before.
    pub fn remove(&mut self, other: &UserSessionAggregate) {
        self.outcomes.remove(&other.outcomes);
        self.handling_sketch.0.remove(&other.handling_sketch.0);
        self.times = UserTimes::from_array(removed(self.times.as_array(), other.times.as_array()));
    }

    /// Sessions in which she had a call.
    pub fn had(&self) -> u64 {
        self.handling_sketch.0.total()
    }

    /// Sessions that ended so.
    pub fn ended(&self, outcome: UserOutcome) -> u64 {
        self.outcomes.at(u32::from(outcome.id()))
    }

    /// (connected, hold included, + ACW) / sessions in which she had a call, in milliseconds.
    pub fn aht_ms(&self) -> Option<f64> {
        ratio(self.times.connected_ms + self.times.in_state(State::AfterCallWork), self.had())
    }

    /// (connected, hold included, + ACW) / (that + selectable idle). No data where nothing is known of what she did between her
    /// calls: an earlier telephone system tells her calls alone.
    pub fn occupancy(&self) -> Option<f64> {
        if !self.times.tell_states() {
            return None;
        }
        let busy = self.times.connected_ms + self.times.in_state(State::AfterCallWork);
        ratio(busy, busy + self.times.in_state(State::Idle))
    }
}

/// Nobody is in one state for longer than a week: then a clock was set, and only the last week counts.
const STATE_MS_MAX: i64 = 7 * 86_400_000;

/// What a user state gives to each interval it touches, first the earliest: its part of the time.
pub fn divide(state: &UserState) -> impl Iterator<Item = (Slot, u64)> {
    let ended = state.ended;
    let began = state.began.max(Timestamp(ended.0.saturating_sub(STATE_MS_MAX)));
    let last = Slot::of(Timestamp(ended.0.saturating_sub(1)));
    (Slot::of(began).0..=last.0).map(move |slot| {
        let slot = Slot(slot);
        let from = began.max(slot.began());
        let to = ended.min(Slot(slot.0 + 1).began());
        (slot, between(from, to))
    })
}

/// So long in this state, and nothing else.
pub fn time_in(state: State, ms: u64) -> UserSessionAggregate {
    let mut aggregate = UserSessionAggregate::default();
    aggregate.times.states_ms[usize::from(state.id() - 1)] = ms;
    aggregate
}

/// So much after-call work for a service, and nothing else.
pub fn after_call_work(ms: u64) -> ServiceSessionAggregate {
    let times = ServiceTimes { acw_ms: ms, ..ServiceTimes::default() };
    ServiceSessionAggregate { times, ..ServiceSessionAggregate::default() }
}

fn added<const N: usize>(mut sums: [u64; N], more: [u64; N]) -> [u64; N] {
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum = sum.saturating_add(more);
    }
    sums
}

fn removed<const N: usize>(mut sums: [u64; N], less: [u64; N]) -> [u64; N] {
    for (sum, less) in sums.iter_mut().zip(less) {
        *sum = sum.saturating_sub(less);
    }
    sums
}
