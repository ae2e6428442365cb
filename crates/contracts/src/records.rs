//! Reading what was recorded: call history, a caller's earlier calls, transfer history and what is likely from it. Written by
//! the journal's append, in its transaction; transfer history also ends here, by its age or because somebody asks for it.

use std::collections::BTreeMap;

use async_trait::async_trait;
use engine::{AttendantId, CallId, PartyId, ServiceId, Timestamp};
use reporting::{CallRecord, TransferAttempt, TransferEnd};

use crate::journal::StoreError;

/// Which call records. All that are `Some` must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordFilter {
    /// Older than this record: the cursor for the next page.
    pub before: Option<RecordCursor>,
    /// This caller only.
    pub party: Option<PartyId>,
    /// This service only.
    pub service: Option<ServiceId>,
    /// Simulated calls instead of live ones.
    pub simulated: bool,
}

/// Where a page of call records ended. Records are ordered by arrival, then call, then part, newest first; a call that
/// passed two services within one millisecond still has two places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordCursor {
    /// Arrival of the last record on the page.
    pub arrived: Timestamp,
    /// Its call.
    pub call: CallId,
    /// Its part.
    pub part: u32,
}

impl RecordCursor {
    /// The place of this record.
    pub fn of(record: &CallRecord) -> RecordCursor {
        RecordCursor { arrived: record.arrived, call: record.call, part: record.part }
    }
}

/// The longest page of call records.
pub const CALLS_MAX: u32 = 500;
/// The longest list of likely targets.
pub const TARGETS_MAX: u32 = 50;
/// Attempts that are looked at for likely targets, newest first: more than a busy attendant makes in three months.
pub const ATTEMPTS_MAX: u32 = 20_000;
/// After this time an attempt counts half as much: somebody asked for every day last month is as likely as one asked for every
/// other day this month.
pub const HALF_LIFE_DAYS: i64 = 30;
/// What an attempt that failed counts against the target, as a part of what one that succeeded counts for it. Busy once is no
/// reason to forget whom a caller always wants.
pub const FAILURE_WEIGHT: f32 = 0.5;

/// To whom a caller was put through before, or an attendant puts callers through, and how that went (CALL-9).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LikelyTarget {
    /// To whom.
    pub target: PartyId,
    /// How often it succeeded.
    pub times: u32,
    /// How often it was tried.
    pub tried: u32,
    /// When it was tried last.
    pub last: Timestamp,
    /// How that ended.
    pub end: TransferEnd,
    /// How likely she is wanted again, 0 or more: each success counts 1, a failure takes ½ away, and either counts half as
    /// much after 30 days. A caller who hung up meanwhile counts for nothing.
    pub weight: f32,
}

/// The most likely targets of these attempts, given newest first: by weight, then by how recently they were tried.
pub fn likely(
    attempts: impl IntoIterator<Item = TransferAttempt>,
    now: Timestamp,
    limit: u32,
) -> Vec<LikelyTarget> {
    let mut by_target: BTreeMap<PartyId, LikelyTarget> = BTreeMap::new();
    for TransferAttempt { target, at, end, .. } in attempts {
        let new = LikelyTarget { target, times: 0, tried: 0, last: at, end, weight: 0.0 };
        let row = by_target.entry(target).or_insert(new);
        row.tried += 1;
        match end {
            TransferEnd::PutThrough => {
                row.times += 1;
                row.weight += faded(now, at);
            }
            TransferEnd::CameBack(_) | TransferEnd::Refused(_) => {
                row.weight -= FAILURE_WEIGHT * faded(now, at)
            }
            TransferEnd::Left => {}
        }
    }
    let mut rows: Vec<LikelyTarget> = by_target.into_values().collect();
    for row in &mut rows {
        row.weight = row.weight.max(0.0);
    }
    rows.sort_by(|a, b| {
        b.weight.total_cmp(&a.weight).then(b.last.cmp(&a.last)).then(a.target.cmp(&b.target))
    });
    rows.truncate(limit as usize);
    rows
}

/// What is left after this time of what counted 1. A moment to come, which a clock that was put back leaves behind, is now.
fn faded(now: Timestamp, at: Timestamp) -> f32 {
    let days = now.0.saturating_sub(at.0).max(0) as f32 / 86_400_000.0;
    (-days / HALF_LIFE_DAYS as f32).exp2()
}

/// Reading records.
#[async_trait]
pub trait Records: Send + Sync {
    /// Newest first, at most `limit` (1–500; otherwise `OutOfRange`). Calls that have not ended are among them.
    async fn calls(&self, filter: &RecordFilter, limit: u32) -> Result<Vec<CallRecord>, StoreError>;
    /// To whom this caller is likely put through, most likely first; at most `limit` (1–50; otherwise `OutOfRange`). Live and
    /// simulated calls never mix.
    async fn likely_targets(
        &self,
        caller: PartyId,
        simulated: bool,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<LikelyTarget>, StoreError>;
    /// To whom this attendant puts callers through, likewise.
    async fn attendant_targets(
        &self,
        attendant: AttendantId,
        simulated: bool,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<LikelyTarget>, StoreError>;
    /// How many attempts are kept of this caller, live ones and simulated ones.
    async fn transfers_kept(&self, caller: PartyId) -> Result<u64, StoreError>;
    /// Erases the attempts from before this moment. Gives how many.
    async fn purge_transfers(&self, before: Timestamp) -> Result<u64, StoreError>;
    /// Erases the attempts that put this party through or had her as target; `None`: all there are. Gives how many.
    async fn erase_transfers(&self, party: Option<PartyId>) -> Result<u64, StoreError>;
}

#[cfg(test)]
mod tests {
    use engine::{AttendantId, Failure, Origin, PartyId, Timestamp};
    use reporting::{TransferAttempt, TransferEnd};

    use super::{LikelyTarget, likely};

    const NOW: i64 = 1_000;

    fn attempt(target: u64, days_ago: i64, end: TransferEnd) -> TransferAttempt {
        TransferAttempt {
            caller: PartyId(1),
            target: PartyId(target),
            attendant: Some(AttendantId(1)),
            at: day(NOW - days_ago),
            origin: Origin::Live,
            end,
        }
    }

    fn day(day: i64) -> Timestamp {
        Timestamp(day * 86_400_000)
    }

    fn order(attempts: &[TransferAttempt]) -> Vec<u64> {
        likely(attempts.iter().copied(), day(NOW), 50).iter().map(|row| row.target.0).collect()
    }

    /// CALL-9: most likely first.
    #[test]
    fn a_success_counts_half_after_thirty_days_and_a_failure_half_against() {
        use TransferEnd::{CameBack, Left, PutThrough, Refused};
        let busy = CameBack(Failure::Busy);
        let weights = |attempts: &[TransferAttempt]| {
            let rows = likely(attempts.iter().copied(), day(NOW), 50);
            rows.iter().map(|row| row.weight).collect::<Vec<_>>()
        };
        assert_eq!(weights(&[attempt(5, 0, PutThrough), attempt(5, 30, PutThrough)]), [1.5]);
        assert_eq!(weights(&[attempt(5, 0, busy), attempt(5, 30, PutThrough), attempt(5, 60, Left)]), [0.0]);
        assert_eq!(weights(&[attempt(5, 0, Refused(Failure::NoAnswer)), attempt(5, 0, PutThrough)]), [0.5]);
        assert_eq!(weights(&[attempt(5, 0, busy); 9]), [0.0], "never less than nothing");
        assert_eq!(
            weights(&[attempt(5, -40, PutThrough)]),
            [1.0],
            "a clock that was put back changes nothing"
        );
    }

    /// CALL-9.
    #[test]
    fn whom_a_caller_wants_lately_comes_before_whom_she_wanted_often_long_ago() {
        use TransferEnd::{CameBack, PutThrough};
        let often = [attempt(5, 150, PutThrough); 20];
        let lately = [attempt(6, 1, PutThrough)];
        assert_eq!(order(&[&lately[..], &often[..]].concat()), [6, 5]);
        let busy =
            [attempt(7, 0, CameBack(Failure::Busy)), attempt(7, 1, PutThrough), attempt(7, 2, PutThrough)];
        assert_eq!(order(&[&busy[..], &lately[..]].concat()), [7, 6], "busy once is no reason to forget her");
        let equal = [attempt(8, 3, CameBack(Failure::Busy)), attempt(9, 2, CameBack(Failure::Busy))];
        assert_eq!(order(&equal), [9, 8], "where nothing tells them apart, the most recent");
        let last = likely(busy, day(NOW), 1).pop();
        let tells = |row: LikelyTarget| (row.times, row.tried, row.last, row.end);
        assert_eq!(last.map(tells), Some((2, 3, day(NOW), CameBack(Failure::Busy))), "how it ended last");
    }
}
