//! Reports in memory: every question adds up the records themselves, so nothing is kept and nothing can be missing.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use engine::{AttendantId, CallId, Origin, PartyId, ServiceId, Timestamp};
use reporting::aggregate::{
    ServiceSessionAggregate, Thresholds, UserSessionAggregate, after_call_work, divide, time_in,
};
use reporting::{CallRecord, State, UserState};

use super::{Kept, MemoryStore};
use crate::imports::ImportedName;
use crate::journal::StoreError;
use crate::records::RecordCursor;
use crate::reports::{
    CallerSum, Callers, Range, ReportFilter, Reports, RollupProgress, STEP_MAX, STRIDE_MAX, ServiceCell,
    UserCell, check_borders, check_callers, check_page, check_user_filter, interval_of,
};

#[async_trait]
impl Reports for MemoryStore {
    async fn service_sessions(
        &self,
        filter: &ReportFilter,
        borders: &[Timestamp],
    ) -> Result<Vec<ServiceCell>, StoreError> {
        check_borders(borders)?;
        let kept = self.kept();
        let mut cells: BTreeMap<(usize, Option<ServiceId>), ServiceSessionAggregate> = BTreeMap::new();
        for record in kept.over().filter(|record| filter.has(record)) {
            if let Some(interval) = interval_of(borders, record.arrived) {
                cells
                    .entry((interval, record.service))
                    .or_default()
                    .add(&ServiceSessionAggregate::of(record));
            }
        }
        if filter.by_service_only() {
            let work = kept.live_states().filter(|state| state.state == State::AfterCallWork);
            for state in work.filter(|state| filter.has_service(state.service)) {
                for (interval, ms) in parts(borders, state) {
                    cells.entry((interval, state.service)).or_default().add(&after_call_work(ms));
                }
            }
        }
        cells.retain(|_, aggregate| *aggregate != ServiceSessionAggregate::default());
        let cell = |((interval, service), aggregate)| ServiceCell { interval, service, aggregate };
        Ok(cells.into_iter().map(cell).collect())
    }

    async fn user_sessions(
        &self,
        filter: &ReportFilter,
        borders: &[Timestamp],
    ) -> Result<Vec<UserCell>, StoreError> {
        check_borders(borders)?;
        check_user_filter(filter)?;
        let kept = self.kept();
        let mut cells: BTreeMap<(usize, AttendantId, Option<ServiceId>), UserSessionAggregate> =
            BTreeMap::new();
        let asked = |attendant| filter.attendant.is_none_or(|one| one == attendant);
        for record in kept.over().filter(|record| filter.has_service(record.service)) {
            for session in record.user_sessions.iter().filter(|session| asked(session.attendant)) {
                if let Some(interval) = interval_of(borders, session.began) {
                    let of = (interval, session.attendant, record.service);
                    cells.entry(of).or_default().add(&UserSessionAggregate::of(session));
                }
            }
        }
        let states = kept.live_states().filter(|state| asked(state.attendant));
        for state in states.filter(|state| filter.has_service(state.service)) {
            for (interval, ms) in parts(borders, state) {
                let of = (interval, state.attendant, state.service);
                cells.entry(of).or_default().add(&time_in(state.state, ms));
            }
        }
        cells.retain(|_, aggregate| *aggregate != UserSessionAggregate::default());
        let cell = |((interval, attendant, service), aggregate)| UserCell {
            interval,
            attendant,
            service,
            aggregate,
        };
        Ok(cells.into_iter().map(cell).collect())
    }

    async fn calls_behind(
        &self,
        filter: &ReportFilter,
        ranges: &[Range],
        before: Option<RecordCursor>,
        limit: u32,
    ) -> Result<Vec<CallRecord>, StoreError> {
        check_page(ranges, limit)?;
        let kept = self.kept();
        let asked = |record: &&CallRecord| {
            let place = RecordCursor::of(record);
            filter.has(record)
                && ranges.iter().any(|range| range.has(record.arrived))
                && before.is_none_or(|before| place < before)
        };
        let mut found: Vec<&CallRecord> = kept.over().filter(asked).collect();
        found.sort_by_key(|record| Reverse(RecordCursor::of(record)));
        Ok(found.into_iter().take(limit as usize).cloned().collect())
    }

    async fn calls_onward(
        &self,
        filter: &ReportFilter,
        range: Range,
        after: Option<RecordCursor>,
        limit: u32,
    ) -> Result<Vec<CallRecord>, StoreError> {
        crate::limits::page(limit, STRIDE_MAX)?;
        let kept = self.kept();
        let asked = |record: &&CallRecord| {
            let place = RecordCursor::of(record);
            filter.has(record) && range.has(record.arrived) && after.is_none_or(|after| after < place)
        };
        let mut found: Vec<&CallRecord> = kept.over().filter(asked).collect();
        found.sort_by_key(|record| RecordCursor::of(record));
        Ok(found.into_iter().take(limit as usize).cloned().collect())
    }

    async fn call_over(&self, call: CallId, part: u32) -> Result<Option<CallRecord>, StoreError> {
        let kept = self.kept();
        Ok(kept.over().find(|record| record.call == call && record.part == part).cloned())
    }

    async fn states_onward(
        &self,
        services: Option<&BTreeSet<ServiceId>>,
        range: Range,
        after: u64,
        limit: u32,
    ) -> Result<Vec<(u64, UserState)>, StoreError> {
        crate::limits::page(limit, STRIDE_MAX)?;
        let filter = ReportFilter { services: services.cloned(), ..ReportFilter::default() };
        let kept = self.kept();
        let placed = (1..).zip(&kept.states).filter(|(place, state)| {
            *place > after
                && state.origin == Origin::Live
                && range.has(state.began)
                && filter.has_service(state.service)
        });
        Ok(placed.take(limit as usize).map(|(place, state)| (place, *state)).collect())
    }

    async fn callers_onward(
        &self,
        services: Option<&BTreeSet<ServiceId>>,
        after: Option<PartyId>,
        limit: u32,
    ) -> Result<Vec<PartyId>, StoreError> {
        crate::limits::page(limit, STRIDE_MAX)?;
        let filter = ReportFilter { services: services.cloned(), ..ReportFilter::default() };
        let kept = self.kept();
        let met = kept.over().filter(|record| filter.has(record)).map(|record| record.party);
        let met: BTreeSet<PartyId> = met.filter(|party| after.is_none_or(|after| after < *party)).collect();
        Ok(met.into_iter().take(limit as usize).collect())
    }

    async fn callers(
        &self,
        filter: &ReportFilter,
        range: Range,
        short_call_s: u32,
        limit: u32,
    ) -> Result<Callers, StoreError> {
        check_callers(range, limit)?;
        let thresholds = Thresholds { sla_s: 0, hang_up_s: 0, short_call_s };
        let kept = self.kept();
        let mut sums: BTreeMap<PartyId, CallerSum> = BTreeMap::new();
        let asked =
            |record: &&CallRecord| filter.has(record) && range.has(record.arrived) && !record.outbound;
        for record in kept.over().filter(asked) {
            let counts = ServiceSessionAggregate::of(record).counts(thresholds);
            let party = record.party;
            let sum = sums.entry(party).or_insert(CallerSum {
                party,
                calls: 0,
                answered: 0,
                abandoned: 0,
                last: record.arrived,
            });
            sum.calls += 1;
            sum.answered += counts.answered;
            sum.abandoned += counts.abandoned;
            sum.last = sum.last.max(record.arrived);
        }
        let total = sums.len() as u64;
        let mut callers: Vec<CallerSum> = sums.into_values().collect();
        callers.sort_by_key(|sum| (Reverse((sum.calls, sum.last)), sum.party));
        callers.truncate(limit as usize);
        Ok(Callers { callers, total })
    }

    async fn imported_names(&self) -> Result<Vec<ImportedName>, StoreError> {
        Ok(self.kept().imports.names.clone())
    }

    async fn build_rollups(&self, limit: u32) -> Result<RollupProgress, StoreError> {
        if limit > STEP_MAX {
            return Err(StoreError::OutOfRange(format!("a step has 0–{STEP_MAX} records, not {limit}")));
        }
        let kept = self.kept();
        let all = kept.over().count() + kept.live_states().count();
        Ok(RollupProgress { done: all as u64, total: all as u64, complete: true })
    }
}

impl Kept {
    /// Live calls that are over.
    fn over(&self) -> impl Iterator<Item = &CallRecord> {
        self.records.values().filter(|record| record.origin == Origin::Live && record.ended.is_some())
    }

    fn live_states(&self) -> impl Iterator<Item = &UserState> {
        self.states.iter().filter(|state| state.origin == Origin::Live)
    }
}

/// How much of the state falls into which interval.
fn parts<'a>(borders: &'a [Timestamp], state: &'a UserState) -> impl Iterator<Item = (usize, u64)> + 'a {
    divide(state).filter_map(|(slot, ms)| Some((interval_of(borders, slot.began())?, ms)))
}
