//! What was recorded, added up by intervals, and the calls behind a number (REPORT-1, REPORT-2, REPORT-3). Does not know time zones:
//! who asks gives the borders of the intervals as moments; and does not know roles: who asks names the services that are hers.
//!
//! Aggregates of whole intervals are kept beside the records they come from, written in the same transaction. Where they are
//! missing or of another formula, they are worked out from the records again, step by step. Simulated calls never count, and
//! a call counts once it is over.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use engine::{AttendantId, CallId, PartyId, ServiceId, Timestamp};
use reporting::aggregate::{ServiceSessionAggregate, Slot, UserSessionAggregate};
use reporting::sketch::Histogram;
use reporting::{CallRecord, Outcome, UserState};

use crate::imports::ImportedName;
use crate::journal::StoreError;
use crate::records::{CALLS_MAX, RecordCursor};

/// Intervals of one question: the hours of two years and a day. A longer one is asked by days.
pub const INTERVALS_MAX: usize = 24 * 732;
/// Records that one question may add up one by one, where it narrows to callers or outcomes: what is read in a second or two.
pub const RECORDS_MAX: u32 = 500_000;
/// Rows of one step through all there are: a few milliseconds, so that a screen that asks meanwhile does not wait.
pub const STRIDE_MAX: u32 = 2_000;
/// Callers of one answer: more are not read by anybody.
pub const CALLERS_MAX: u32 = 200;
/// Records or states that one step of a rebuild adds up.
pub const STEP_MAX: u32 = 20_000;

/// How much of sums is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// All of it.
    Whole,
    /// What KPIs are made of: without percentiles, which are half of what there is to read.
    Kpis,
}

impl Detail {
    /// How many histograms of a sum are wanted, the first of them.
    pub fn histograms(self) -> usize {
        match self {
            Detail::Whole => ServiceSessionAggregate::HISTOGRAMS,
            Detail::Kpis => ServiceSessionAggregate::OF_KPIS,
        }
    }

    /// Leaves out what is not wanted.
    pub fn leave_out(self, sum: &mut ServiceSessionAggregate) {
        sum.histograms_mut()
            .into_iter()
            .skip(self.histograms())
            .for_each(|rest| *rest = Histogram::default());
    }
}

/// Whose and which calls. All that are `Some` must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportFilter {
    /// Calls of these services; `None`: of all, and of none.
    pub services: Option<BTreeSet<ServiceId>>,
    /// Calls in which this attendant had a part.
    pub attendant: Option<AttendantId>,
    /// Calls of these callers: one number may be written in several ways, each of which is a party. `Some` of none: no call.
    pub parties: Option<BTreeSet<PartyId>>,
    /// Calls that ended so; empty: however they ended.
    pub outcomes: BTreeSet<u8>,
}

impl ReportFilter {
    /// Whether the kept aggregates of services answer it; otherwise the records are added up one by one.
    pub fn by_service_only(&self) -> bool {
        self.attendant.is_none() && self.parties.is_none() && self.outcomes.is_empty()
    }

    /// Whether a call of this service counts.
    pub fn has_service(&self, service: Option<ServiceId>) -> bool {
        self.services.as_ref().is_none_or(|services| service.is_some_and(|one| services.contains(&one)))
    }

    /// Whether this record counts, whenever it was.
    pub fn has(&self, record: &CallRecord) -> bool {
        let had = |attendant| record.user_sessions.iter().any(|session| session.attendant == attendant);
        let ended = |outcome: Outcome| self.outcomes.contains(&outcome.id());
        self.has_service(record.service)
            && self.attendant.is_none_or(had)
            && self.parties.as_ref().is_none_or(|parties| parties.contains(&record.party))
            && (self.outcomes.is_empty() || record.outcome.is_some_and(ended))
    }
}

/// Half-open: from the first moment to just before the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range {
    /// The first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub to: Timestamp,
}

impl Range {
    /// Whether this moment lies in it.
    pub fn has(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

/// The service sessions of a service in an interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceCell {
    /// Which interval: its place among those asked for.
    pub interval: usize,
    /// Which service; `None`: calls of none.
    pub service: Option<ServiceId>,
    /// What they add up to. Never empty.
    pub aggregate: ServiceSessionAggregate,
}

/// The user sessions and states of an attendant in an interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserCell {
    /// Which interval: its place among those asked for.
    pub interval: usize,
    /// Who.
    pub attendant: AttendantId,
    /// For which service; `None`: for none, and idle.
    pub service: Option<ServiceId>,
    /// What they add up to. Never empty.
    pub aggregate: UserSessionAggregate,
}

/// The callers of some calls: those who called most, and how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Callers {
    /// Most calls first; of as many, who called last.
    pub callers: Vec<CallerSum>,
    /// Callers in all.
    pub total: u64,
}

/// What the calls of one caller add up to. Calls we made are not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallerSum {
    /// Who; all callers whose number was withheld or erased are parties of their own.
    pub party: PartyId,
    /// Service sessions, whatever became of them.
    pub calls: u64,
    /// An attendant had them.
    pub answered: u64,
    /// Hung up in the queue, short calls left out.
    pub abandoned: u64,
    /// When she called last.
    pub last: Timestamp,
}

/// How far the kept aggregates are worked out from the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RollupProgress {
    /// Records and states added up.
    pub done: u64,
    /// Records and states there are.
    pub total: u64,
    /// Nothing is missing any more.
    pub complete: bool,
}

/// Asking for what happened.
#[async_trait]
pub trait Reports: Send + Sync {
    /// Service sessions by interval and service, both in order. Interval n goes from border n to border n + 1; borders grow
    /// and lie on quarters of an hour (otherwise `OutOfRange`). With a caller, an attendant or outcomes the records are added
    /// up one by one, at most [`RECORDS_MAX`] of them (otherwise `OutOfRange`), and after-call work is not among the times.
    async fn service_sessions(
        &self,
        filter: &ReportFilter,
        borders: &[Timestamp],
    ) -> Result<Vec<ServiceCell>, StoreError>;
    /// User sessions and states by interval, attendant and service, all in order. Caller and outcomes must not be asked for
    /// (`OutOfRange`).
    async fn user_sessions(
        &self,
        filter: &ReportFilter,
        borders: &[Timestamp],
    ) -> Result<Vec<UserCell>, StoreError>;
    /// Service sessions of all services together by group: what lies in interval n belongs to `groups[n]`. A group without any
    /// is left out; so is what `detail` does not want. As [`Reports::service_sessions`] otherwise.
    async fn sums(
        &self,
        filter: &ReportFilter,
        borders: &[Timestamp],
        groups: &[usize],
        detail: Detail,
    ) -> Result<BTreeMap<usize, ServiceSessionAggregate>, StoreError> {
        check_groups(borders, groups)?;
        let mut sums: BTreeMap<usize, ServiceSessionAggregate> = BTreeMap::new();
        for ServiceCell { interval, mut aggregate, .. } in self.service_sessions(filter, borders).await? {
            detail.leave_out(&mut aggregate);
            sums.entry(groups[interval]).or_default().add(&aggregate);
        }
        Ok(sums)
    }
    /// What each attendant did from the first to the last border, for all services together. As [`Reports::user_sessions`]
    /// otherwise.
    async fn user_sums(
        &self,
        filter: &ReportFilter,
        borders: [Timestamp; 2],
    ) -> Result<BTreeMap<AttendantId, UserSessionAggregate>, StoreError> {
        let mut sums: BTreeMap<AttendantId, UserSessionAggregate> = BTreeMap::new();
        for cell in self.user_sessions(filter, &borders).await? {
            sums.entry(cell.attendant).or_default().add(&cell.aggregate);
        }
        Ok(sums)
    }
    /// The calls that are over and arrived in one of these ranges, which grow and do not touch; newest first, at most `limit`
    /// (1–500), older than the cursor.
    async fn calls_behind(
        &self,
        filter: &ReportFilter,
        ranges: &[Range],
        before: Option<RecordCursor>,
        limit: u32,
    ) -> Result<Vec<CallRecord>, StoreError>;
    /// The calls that are over and arrived in this range, oldest first, after the cursor, at most `limit` (1–2,000): for whoever
    /// goes through all of them.
    async fn calls_onward(
        &self,
        filter: &ReportFilter,
        range: Range,
        after: Option<RecordCursor>,
        limit: u32,
    ) -> Result<Vec<CallRecord>, StoreError>;
    /// This one, once it is over; none of training.
    async fn call_over(&self, call: CallId, part: u32) -> Result<Option<CallRecord>, StoreError>;
    /// What attendants did that began in this range, for these services (`None`: for all, and for none), in the order in which it
    /// was written, after this place, at most `limit` (1–2,000). Each with its place.
    async fn states_onward(
        &self,
        services: Option<&BTreeSet<ServiceId>>,
        range: Range,
        after: u64,
        limit: u32,
    ) -> Result<Vec<(u64, UserState)>, StoreError>;
    /// Who had calls that are over, by services likewise, in order, after this one, at most `limit` (1–2,000).
    async fn callers_onward(
        &self,
        services: Option<&BTreeSet<ServiceId>>,
        after: Option<PartyId>,
        limit: u32,
    ) -> Result<Vec<PartyId>, StoreError>;
    /// Who called most in this range, at most `limit` of them (1–200); who hung up sooner than `short_call_s` did not hang up
    /// waiting. At most [`RECORDS_MAX`] calls are looked at (otherwise `OutOfRange`).
    async fn callers(
        &self,
        filter: &ReportFilter,
        range: Range,
        short_call_s: u32,
        limit: u32,
    ) -> Result<Callers, StoreError>;
    /// What imported files called services and attendants that nobody here knows.
    async fn imported_names(&self) -> Result<Vec<ImportedName>, StoreError>;
    /// Adds up at most `limit` (0–20,000) more records and states that are not in the kept aggregates yet; 0 only tells how far
    /// it is.
    async fn build_rollups(&self, limit: u32) -> Result<RollupProgress, StoreError>;
}

/// The borders of a question: two or more, growing, on quarters of an hour.
pub fn check_borders(borders: &[Timestamp]) -> Result<(), StoreError> {
    let out = |why: String| Err(StoreError::OutOfRange(why));
    if borders.len() < 2 || borders.len() > INTERVALS_MAX + 1 {
        return out(format!("{} borders; 2–{} are taken", borders.len(), INTERVALS_MAX + 1));
    }
    if borders.iter().any(|border| Slot::of(*border).began() != *border) {
        return out("an interval begins at a quarter of an hour".to_owned());
    }
    if borders.windows(2).any(|pair| pair[0] >= pair[1]) {
        return out("the borders of intervals grow".to_owned());
    }
    Ok(())
}

/// A group for each interval.
pub fn check_groups(borders: &[Timestamp], groups: &[usize]) -> Result<(), StoreError> {
    match borders.len().checked_sub(1) == Some(groups.len()) {
        true => Ok(()),
        false => Err(StoreError::OutOfRange(format!(
            "{} groups for {} borders; every interval has one",
            groups.len(),
            borders.len()
        ))),
    }
}

/// Ranges that grow and do not touch, and a page within its limits.
pub fn check_page(ranges: &[Range], limit: u32) -> Result<(), StoreError> {
    crate::limits::page(limit, CALLS_MAX)?;
    let whole = ranges.iter().all(|range| range.from < range.to);
    if ranges.is_empty() || ranges.len() > INTERVALS_MAX || !whole {
        return Err(StoreError::OutOfRange(format!("1–{INTERVALS_MAX} ranges are taken, none empty")));
    }
    if ranges.windows(2).any(|pair| pair[0].to > pair[1].from) {
        return Err(StoreError::OutOfRange("the ranges grow and do not overlap".to_owned()));
    }
    Ok(())
}

/// A range that is not empty, and callers within their limit.
pub fn check_callers(range: Range, limit: u32) -> Result<(), StoreError> {
    check_page(&[range], 1)?;
    match (1..=CALLERS_MAX).contains(&limit) {
        true => Ok(()),
        false => Err(StoreError::OutOfRange(format!("1–{CALLERS_MAX} callers are told, not {limit}"))),
    }
}

/// The interval in which this moment lies.
pub fn interval_of(borders: &[Timestamp], at: Timestamp) -> Option<usize> {
    let place = borders.partition_point(|border| *border <= at).checked_sub(1)?;
    (place + 1 < borders.len()).then_some(place)
}

/// Which user session questions are taken.
pub fn check_user_filter(filter: &ReportFilter) -> Result<(), StoreError> {
    match filter.parties.is_none() && filter.outcomes.is_empty() {
        true => Ok(()),
        false => Err(StoreError::OutOfRange(
            "what attendants did is not told by caller or by the outcome of the call".to_owned(),
        )),
    }
}

/// More records than one question adds up.
pub fn too_many_records() -> StoreError {
    StoreError::OutOfRange(format!(
        "more than {RECORDS_MAX} calls would have to be added up one by one; ask for a shorter time"
    ))
}
