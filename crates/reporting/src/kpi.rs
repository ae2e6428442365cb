//! The KPIs over call records, each with the name of its formula (REPORT-2). Pure: who picks the records of an interval,
//! and in which time zone, is the caller. Does not show or store them.
//!
//! Simulated and live records are not told apart here either: give only what is to count.
//! Records that still go on count as far as they are decided.
//!
//! The wait is counted from the moment a caller comes into the queue: what a workflow says to her before is none.

use std::ops::AddAssign;

use engine::Timestamp;

use crate::cdr::CallRecord;
use crate::outcome::{Group, Outcome};

/// What the formulas need to know beside the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// T of the service level and the acceptance SLA, in milliseconds; a wait of exactly T is within.
    pub sla_ms: u64,
    /// T of the hang-up SLA, in milliseconds.
    pub hang_up_ms: u64,
    /// Who hangs up in the queue sooner than this, in milliseconds, was neither offered nor abandoned. 0: everybody counts.
    pub short_call_ms: u64,
}

/// A KPI, with the formula it is worked out by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kpi {
    /// Share, 0 to 1.
    ServiceLevelAbandonsIgnored,
    /// Share, 0 to 1.
    ServiceLevelAbandonsNegative,
    /// Share, 0 to 1.
    ServiceLevelAbandonsPositive,
    /// Share, 0 to 1.
    AcceptanceSla,
    /// Share, 0 to 1.
    HangUpSla,
    /// Share, 0 to 1.
    Reachability,
    /// Milliseconds.
    Asa,
    /// Share, 0 to 1.
    AbandonmentRate,
    /// Milliseconds.
    Aht,
    /// Share, 0 to 1.
    Occupancy,
}

impl Kpi {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Kpi; 10] = [
        Kpi::ServiceLevelAbandonsIgnored,
        Kpi::ServiceLevelAbandonsNegative,
        Kpi::ServiceLevelAbandonsPositive,
        Kpi::AcceptanceSla,
        Kpi::HangUpSla,
        Kpi::Reachability,
        Kpi::Asa,
        Kpi::AbandonmentRate,
        Kpi::Aht,
        Kpi::Occupancy,
    ];

    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Kpi::ServiceLevelAbandonsIgnored => "Service level, abandons ignored",
            Kpi::ServiceLevelAbandonsNegative => "Service level, abandons negative",
            Kpi::ServiceLevelAbandonsPositive => "Service level, abandons positive",
            Kpi::AcceptanceSla => "Acceptance SLA",
            Kpi::HangUpSla => "Hang-up SLA",
            Kpi::Reachability => "Reachability",
            Kpi::Asa => "ASA",
            Kpi::AbandonmentRate => "Abandonment rate",
            Kpi::Aht => "AHT",
            Kpi::Occupancy => "Occupancy",
        }
    }

    /// The formula, to be shown wherever the figure is.
    pub fn formula(self) -> &'static str {
        match self {
            Kpi::ServiceLevelAbandonsIgnored => "A_T / (O_T − B_T)",
            Kpi::ServiceLevelAbandonsNegative => "A_T / O_T",
            Kpi::ServiceLevelAbandonsPositive => "(A_T + B_T) / O_T",
            Kpi::AcceptanceSla => "handled by attendants within T / handled by attendants",
            Kpi::HangUpSla => "hang-ups within T / all hang-ups",
            Kpi::Reachability => "handled by attendants / queued",
            Kpi::Asa => "Σ wait of answered (queue + ring) / answered",
            Kpi::AbandonmentRate => "abandoned in queue / queued",
            Kpi::Aht => "(connected, hold included, + ACW) / handled by attendants",
            Kpi::Occupancy => "(connected, hold included, + ACW) / (that + selectable idle)",
        }
    }
}

/// How attendants spent their time, in milliseconds: what the records of calls do not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AttendantTime {
    /// After-call work.
    pub acw_ms: u64,
    /// Selectable, with nothing to do.
    pub idle_ms: u64,
}

/// What was counted over the records; every KPI is a fraction of two of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Stood in the queue, short calls left out.
    pub queued: u64,
    /// An attendant had the call.
    pub answered: u64,
    /// Of these, those who were not lost while an attendant had them.
    pub handled: u64,
    /// Of the handled, those answered within T.
    pub handled_within: u64,
    /// `A_T`: answered within T.
    pub answered_within: u64,
    /// Hung up in the queue, short calls left out.
    pub abandoned: u64,
    /// `B_T`: of these, within T.
    pub abandoned_within: u64,
    /// `O_T`: answered or abandoned within T, or T passed while waiting.
    pub level_events: u64,
    /// Of all who hung up in the queue (short calls left out), those within T of the hang-up SLA.
    pub hang_ups_within: u64,
    /// Hung up in the queue before the short-call threshold.
    pub short: u64,
    /// Σ of the waits of the answered (queue and ring), in milliseconds.
    pub wait_ms: u64,
    /// Σ connected with callers, hold included and park not, in milliseconds.
    pub connected_ms: u64,
    /// Σ connected on calls we made, in milliseconds: counts for occupancy, not for AHT.
    pub outbound_ms: u64,
}

impl Counts {
    /// Counts what had happened by `now`. A caller who still waits counts as a service-level event once T has passed.
    pub fn of<'a>(records: impl IntoIterator<Item = &'a CallRecord>, terms: Terms, now: Timestamp) -> Counts {
        let mut counts = Counts::default();
        for record in records {
            counts.add(record, terms, now);
        }
        counts
    }

    fn add(&mut self, record: &CallRecord, terms: Terms, now: Timestamp) {
        match record.outbound {
            true => self.outbound_ms += record.connected_ms,
            false => self.connected_ms += record.connected_ms,
        }
        match stay(record, now) {
            Stay::Answered { wait_ms } => {
                self.queued += 1;
                self.answered += 1;
                self.wait_ms += wait_ms;
                self.level_events += 1;
                let (handled, within) = (handled(record), wait_ms <= terms.sla_ms);
                self.answered_within += u64::from(within);
                self.handled += u64::from(handled);
                self.handled_within += u64::from(handled && within);
            }
            Stay::Abandoned { wait_ms } if wait_ms < terms.short_call_ms => self.short += 1,
            Stay::Abandoned { wait_ms } => {
                self.queued += 1;
                self.abandoned += 1;
                self.level_events += 1;
                self.abandoned_within += u64::from(wait_ms <= terms.sla_ms);
                self.hang_ups_within += u64::from(wait_ms <= terms.hang_up_ms);
            }
            Stay::Other { wait_ms } => {
                self.queued += 1;
                self.level_events += u64::from(wait_ms > terms.sla_ms);
            }
            Stay::NeverQueued => {}
        }
    }

    /// The KPI, or `None` where its denominator is zero: no data.
    pub fn kpi(&self, kpi: Kpi, time: AttendantTime) -> Option<f64> {
        let handling_ms = self.connected_ms + time.acw_ms;
        let busy_ms = handling_ms + self.outbound_ms;
        match kpi {
            Kpi::ServiceLevelAbandonsIgnored => {
                ratio(self.answered_within, self.level_events - self.abandoned_within)
            }
            Kpi::ServiceLevelAbandonsNegative => ratio(self.answered_within, self.level_events),
            Kpi::ServiceLevelAbandonsPositive => {
                ratio(self.answered_within + self.abandoned_within, self.level_events)
            }
            Kpi::AcceptanceSla => ratio(self.handled_within, self.handled),
            Kpi::HangUpSla => ratio(self.hang_ups_within, self.abandoned),
            Kpi::Reachability => ratio(self.handled, self.queued),
            Kpi::Asa => ratio(self.wait_ms, self.answered),
            Kpi::AbandonmentRate => ratio(self.abandoned, self.queued),
            Kpi::Aht => ratio(handling_ms, self.handled),
            Kpi::Occupancy => ratio(busy_ms, busy_ms + time.idle_ms),
        }
    }
}

/// What was counted over two sets of records, each by its own terms.
impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.queued += other.queued;
        self.answered += other.answered;
        self.handled += other.handled;
        self.handled_within += other.handled_within;
        self.answered_within += other.answered_within;
        self.abandoned += other.abandoned;
        self.abandoned_within += other.abandoned_within;
        self.level_events += other.level_events;
        self.hang_ups_within += other.hang_ups_within;
        self.short += other.short;
        self.wait_ms += other.wait_ms;
        self.connected_ms += other.connected_ms;
        self.outbound_ms += other.outbound_ms;
    }
}

/// The value that `share` (0 to 1) of the values do not pass: the smallest one for which that is so (nearest rank).
/// `None` without values, or where `share` is not within 0 to 1. Sorts `values`.
pub fn percentile(values: &mut [u64], share: f64) -> Option<u64> {
    if values.is_empty() || !(0.0..=1.0).contains(&share) {
        return None;
    }
    values.sort_unstable();
    let rank = (share * values.len() as f64).ceil() as usize;
    values.get(rank.max(1) - 1).copied()
}

/// The waits (queue and ring) of those who were answered, in milliseconds, for [`percentile`].
pub fn waits_of_answered<'a>(records: impl IntoIterator<Item = &'a CallRecord>) -> Vec<u64> {
    let wait = |record: &CallRecord| match record.outbound {
        true => None,
        false => record.accepted.map(|accepted| between(began_to_wait(record), accepted)),
    };
    records.into_iter().filter_map(wait).collect()
}

/// Picked out of no queue, she has waited since she arrived.
fn began_to_wait(record: &CallRecord) -> Timestamp {
    record.queued.unwrap_or(record.arrived)
}

/// How a caller's stay in the queue went, and how long she waited.
pub(crate) enum Stay {
    Answered {
        wait_ms: u64,
    },
    Abandoned {
        wait_ms: u64,
    },
    /// Waits still, or left the queue neither answered nor by hanging up (voicemail, limit, lost).
    Other {
        wait_ms: u64,
    },
    NeverQueued,
}

pub(crate) fn stay(record: &CallRecord, now: Timestamp) -> Stay {
    if record.outbound {
        return Stay::NeverQueued;
    }
    if let Some(accepted) = record.accepted {
        return Stay::Answered { wait_ms: between(began_to_wait(record), accepted) };
    }
    let Some(queued) = record.queued else { return Stay::NeverQueued };
    let wait_ms = between(queued, record.ended.unwrap_or(now));
    match record.outcome {
        Some(Outcome::CustomerHangupInQueue) => Stay::Abandoned { wait_ms },
        Some(
            Outcome::CustomerHangupBeforeAccept
            | Outcome::CustomerHangupInIvr
            | Outcome::OutboundAccepted
            | Outcome::OutboundNotAccepted,
        ) => Stay::NeverQueued,
        None
        | Some(
            Outcome::CustomerHangupInIvrAfterQueue
            | Outcome::UserAccepted
            | Outcome::UserInternalTransferSuccess
            | Outcome::UserExternalTransferSuccess
            | Outcome::UserInternalTransferFailed
            | Outcome::UserExternalTransferFailed
            | Outcome::VoicemailLeft
            | Outcome::CallbackRequested
            | Outcome::WorkflowTransferSuccess
            | Outcome::WorkflowTransferFailed
            | Outcome::QueueLimitReached
            | Outcome::DisconnectedByWorkflow
            | Outcome::Lost,
        ) => Stay::Other { wait_ms },
    }
}

/// A call that is lost while an attendant has it was answered, but not handled.
pub(crate) fn handled(record: &CallRecord) -> bool {
    record.outcome.is_none_or(|outcome| outcome.group() == Group::HandledByUser)
}

pub(crate) fn between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.0.saturating_sub(from.0)).unwrap_or(0)
}

pub(crate) fn ratio(over: u64, under: u64) -> Option<f64> {
    (under > 0).then(|| over as f64 / under as f64)
}
