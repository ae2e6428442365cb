//! Answers to questions about what happened: from the kept sums where they answer it, or else from the records one by one.
//! Of an interval the longest sums that lie in it are read, and shorter ones around them. Does not write.

use std::cmp::Reverse;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;
use contracts::imports::ImportedName;
use contracts::journal::StoreError;
use contracts::limits;
use contracts::records::RecordCursor;
use contracts::reports::{
    CallerSum, Callers, Detail, RECORDS_MAX, Range, ReportFilter, Reports, RollupProgress, STEP_MAX,
    STRIDE_MAX, ServiceCell, UserCell, check_borders, check_callers, check_groups, check_page,
    check_user_filter, interval_of, too_many_records,
};
use contracts::stored::aggregates;
use engine::{AttendantId, CallId, Origin, PartyId, ServiceId, Timestamp};
use reporting::aggregate::{ServiceSessionAggregate, ServiceTally, UserSessionAggregate, UserTally};
use reporting::{CallRecord, Outcome, UserState};
use rusqlite::{Connection, Row, params_from_iter};

use crate::columns::{at, column, from_column, get, rows};
use crate::cover::{Moving, Run, Where, moving_runs, runs};
use crate::rollups::{self, ALL_SERVICES, Level, service_of};
use crate::{Store, of_sqlite, records};

#[async_trait]
impl Reports for Store {
    async fn service_sessions(
        &self,
        filter: &ReportFilter,
        borders: &[Timestamp],
    ) -> Result<Vec<ServiceCell>, StoreError> {
        check_borders(borders)?;
        let (filter, borders) = (filter.clone(), borders.to_vec());
        self.reports
            .run(move |connection| match filter.by_service_only() {
                true => kept_service_sessions(connection, &filter, &borders),
                false => counted_service_sessions(connection, &filter, &borders),
            })
            .await
    }

    async fn user_sessions(
        &self,
        filter: &ReportFilter,
        borders: &[Timestamp],
    ) -> Result<Vec<UserCell>, StoreError> {
        check_borders(borders)?;
        check_user_filter(filter)?;
        let (filter, borders) = (filter.clone(), borders.to_vec());
        self.reports.run(move |connection| kept_user_sessions(connection, &filter, &borders)).await
    }

    async fn sums(
        &self,
        filter: &ReportFilter,
        borders: &[Timestamp],
        groups: &[usize],
        detail: Detail,
    ) -> Result<BTreeMap<usize, ServiceSessionAggregate>, StoreError> {
        check_borders(borders)?;
        check_groups(borders, groups)?;
        let (filter, borders, groups) = (filter.clone(), borders.to_vec(), groups.to_vec());
        self.reports
            .run(move |connection| match filter.by_service_only() {
                true => kept_sums(connection, &filter, &borders, &groups, detail),
                false => counted_sums(connection, &filter, &borders, &groups, detail),
            })
            .await
    }

    async fn user_sums(
        &self,
        filter: &ReportFilter,
        borders: [Timestamp; 2],
    ) -> Result<BTreeMap<AttendantId, UserSessionAggregate>, StoreError> {
        check_borders(&borders)?;
        check_user_filter(filter)?;
        let filter = filter.clone();
        self.reports.run(move |connection| kept_user_sums(connection, &filter, &borders)).await
    }

    async fn calls_behind(
        &self,
        filter: &ReportFilter,
        ranges: &[Range],
        before: Option<RecordCursor>,
        limit: u32,
    ) -> Result<Vec<CallRecord>, StoreError> {
        check_page(ranges, limit)?;
        let (filter, ranges) = (filter.clone(), ranges.to_vec());
        self.reports.run(move |connection| calls_behind(connection, &filter, &ranges, before, limit)).await
    }

    async fn calls_onward(
        &self,
        filter: &ReportFilter,
        range: Range,
        after: Option<RecordCursor>,
        limit: u32,
    ) -> Result<Vec<CallRecord>, StoreError> {
        limits::page(limit, STRIDE_MAX)?;
        let filter = filter.clone();
        self.reports
            .run(move |connection| {
                let transaction = connection.transaction().map_err(of_sqlite)?;
                let mut found = Vec::new();
                each_record(&transaction, &filter, range, Way::Onward(after), |record| {
                    found.push(record);
                    Ok(found.len() < limit as usize)
                })?;
                Ok(found)
            })
            .await
    }

    async fn call_over(&self, call: CallId, part: u32) -> Result<Option<CallRecord>, StoreError> {
        let found = self.reports.run(move |connection| records::kept(connection, call, part)).await?;
        Ok(found.filter(|record| record.origin == Origin::Live))
    }

    async fn states_onward(
        &self,
        services: Option<&BTreeSet<ServiceId>>,
        range: Range,
        after: u64,
        limit: u32,
    ) -> Result<Vec<(u64, UserState)>, StoreError> {
        limits::page(limit, STRIDE_MAX)?;
        let mut sql = "SELECT id, attendant, state, service, simulated, began, ended FROM user_states
            WHERE id > ? AND simulated = 0 AND +began >= ? AND +began < ?"
            .to_owned();
        let mut values = vec![column(after)?, range.from.0, range.to.0];
        of_services(&mut sql, &mut values, services)?;
        sql.push_str(" ORDER BY id LIMIT ?");
        values.push(i64::from(limit));
        let placed = |row: &Row<'_>| Ok((from_column("id", get(row, "id")?)?, rollups::state(row)?));
        self.reports.run(move |connection| rows(connection, &sql, params_from_iter(values), placed)).await
    }

    async fn callers_onward(
        &self,
        services: Option<&BTreeSet<ServiceId>>,
        after: Option<PartyId>,
        limit: u32,
    ) -> Result<Vec<PartyId>, StoreError> {
        limits::page(limit, STRIDE_MAX)?;
        let mut sql = "SELECT party FROM call_records INDEXED BY call_records_by_party
            WHERE simulated = 0 AND ended IS NOT NULL AND party > ?"
            .to_owned();
        let mut values = vec![after.map_or(Ok(-1), |after| column(after.0))?];
        of_services(&mut sql, &mut values, services)?;
        sql.push_str(" ORDER BY party LIMIT 1");
        self.reports
            .run(move |connection| {
                let transaction = connection.transaction().map_err(of_sqlite)?;
                let mut next = transaction.prepare_cached(&sql).map_err(of_sqlite)?;
                let mut found = Vec::new();
                // One call of each is looked at, not all of them.
                while found.len() < limit as usize {
                    let mut rows = next.query(params_from_iter(&values)).map_err(of_sqlite)?;
                    let Some(row) = rows.next().map_err(of_sqlite)? else { break };
                    values[0] = at(row, 0)?;
                    found.push(PartyId(from_column("party", values[0])?));
                }
                Ok(found)
            })
            .await
    }

    async fn callers(
        &self,
        filter: &ReportFilter,
        range: Range,
        short_call_s: u32,
        limit: u32,
    ) -> Result<Callers, StoreError> {
        check_callers(range, limit)?;
        let filter = filter.clone();
        self.reports.run(move |connection| callers(connection, &filter, range, short_call_s, limit)).await
    }

    async fn imported_names(&self) -> Result<Vec<ImportedName>, StoreError> {
        const NAMES: &str = "SELECT attendant, id, name FROM imported_names ORDER BY attendant, id";
        let name = |row: &Row<'_>| {
            let id: u64 = from_column("id", get(row, "id")?)?;
            let text = get(row, "name")?;
            Ok(match get(row, "attendant")? {
                true => ImportedName::Attendant(AttendantId(id), text),
                false => ImportedName::Service(ServiceId(id), text),
            })
        };
        self.reports.run(move |connection| rows(connection, NAMES, (), name)).await
    }

    async fn build_rollups(&self, limit: u32) -> Result<RollupProgress, StoreError> {
        if limit > STEP_MAX {
            return Err(StoreError::OutOfRange(format!("a step has 0–{STEP_MAX} records, not {limit}")));
        }
        if limit == 0 {
            // Only asked: waits for nothing that is written.
            return self.reports.run(|connection| rollups::progress(connection)).await;
        }
        self.writer.run(move |connection| rollups::build(connection, limit)).await
    }
}

/// Which way records are gone through, and from where.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// Newest first.
    Back(Option<RecordCursor>),
    /// Oldest first.
    Onward(Option<RecordCursor>),
}

/// Only rows of these services, whatever the index.
fn of_services(
    sql: &mut String,
    values: &mut Vec<i64>,
    services: Option<&BTreeSet<ServiceId>>,
) -> Result<(), StoreError> {
    let Some(services) = services else { return Ok(()) };
    sql.push_str(&format!(" AND +service IN ({})", vec!["?"; services.len()].join(", ")));
    for service in services {
        values.push(column(service.0)?);
    }
    Ok(())
}

/// The services that were ever added up, in the order of their column.
fn services(connection: &Connection, table: &str) -> Result<Vec<i64>, StoreError> {
    // Each by one step in the index of days, however many sums it has.
    let next =
        format!("SELECT service FROM {table} WHERE level = 1 AND service > ?1 ORDER BY service LIMIT 1");
    let mut found = Vec::new();
    let mut last = ALL_SERVICES;
    while let Some(one) = rows(connection, &next, [last], |row| get(row, "service"))?.into_iter().next() {
        found.push(one);
        last = one;
    }
    Ok(found)
}

/// The services asked for, as the column holds them and as who asks knows them.
fn services_asked(
    connection: &Connection,
    table: &str,
    filter: &ReportFilter,
) -> Result<Vec<(i64, Option<ServiceId>)>, StoreError> {
    let mut asked = Vec::new();
    for one in services(connection, table)? {
        let service = service_of(one)?;
        if filter.has_service(service) {
            asked.push((one, service));
        }
    }
    Ok(asked)
}

/// Intervals, of which the same or the next is asked for again and again.
struct Intervals<'a> {
    borders: &'a [Timestamp],
    last: usize,
}

impl Intervals<'_> {
    /// As [`interval_of`].
    fn of(&mut self, at: Timestamp) -> Option<usize> {
        let is_in = |place: &usize| {
            let interval = self.borders.get(*place..*place + 2);
            interval.is_some_and(|interval| interval[0] <= at && at < interval[1])
        };
        match [self.last, self.last + 1].into_iter().find(is_in) {
            Some(place) => self.last = place,
            None => self.last = interval_of(self.borders, at)?,
        }
        Some(self.last)
    }
}

/// Borders of intervals up to which their sums are tallied.
const TALLIED_MAX: usize = 32;

/// Sums by group while they are read.
#[derive(Default)]
struct Grouped {
    /// Whether they come group by group, or move from one to the next: then two tallies are enough, which stay where they are quickly
    /// written.
    in_order: bool,
    open: BTreeMap<usize, ServiceTally>,
    done: BTreeMap<usize, ServiceSessionAggregate>,
}

impl Grouped {
    fn tally(&mut self, group: usize) -> &mut ServiceTally {
        if self.in_order && !self.open.contains_key(&group) {
            let before = self.open.range(..group).next_back().map_or(0, |(before, _)| *before);
            let open = self.open.split_off(&before);
            let over = std::mem::replace(&mut self.open, open);
            self.close(over);
        }
        self.open.entry(group).or_default()
    }

    fn close(&mut self, over: BTreeMap<usize, ServiceTally>) {
        for (group, tally) in over {
            match self.done.entry(group) {
                Entry::Vacant(place) => drop(place.insert(tally.sum())),
                Entry::Occupied(mut sum) => sum.get_mut().add(&tally.sum()),
            }
        }
    }

    /// Without those of which everything was moved elsewhere.
    fn finish(mut self) -> BTreeMap<usize, ServiceSessionAggregate> {
        let open = std::mem::take(&mut self.open);
        self.close(open);
        let nothing = ServiceSessionAggregate::default();
        self.done.retain(|_, sum| *sum != nothing);
        self.done
    }
}

/// Bytes of sums that are laid by: those of all hours of two years, of a busy tenant a part of them.
const LAID_BY_MAX: usize = 8 << 20;

/// Sums whose groups come in no order, laid by until they can be tallied group by group: a tally is too large to go to another one for
/// every sum.
struct LaidBy {
    detail: Detail,
    grouped: Grouped,
    bytes: Vec<u8>,
    /// The group of each, and where it ends.
    sums: Vec<(usize, usize)>,
}

impl LaidBy {
    fn new(detail: Detail) -> LaidBy {
        let grouped = Grouped { in_order: true, ..Grouped::default() };
        LaidBy { detail, grouped, bytes: Vec::new(), sums: Vec::new() }
    }

    fn lay(&mut self, group: usize, body: &[u8]) -> Result<(), StoreError> {
        self.bytes.extend_from_slice(body);
        self.sums.push((group, self.bytes.len()));
        if self.bytes.len() < LAID_BY_MAX { Ok(()) } else { self.tally() }
    }

    fn tally(&mut self) -> Result<(), StoreError> {
        let ends = self.sums.iter().map(|(_, end)| *end);
        let begins = std::iter::once(0).chain(ends.clone());
        let mut sums: Vec<_> = self.sums.iter().map(|(group, _)| *group).zip(begins.zip(ends)).collect();
        sums.sort_unstable();
        for (group, (begin, end)) in sums {
            let body = &self.bytes[begin..end];
            aggregates::tally_service_sessions(self.grouped.tally(group), body, self.detail)?;
        }
        self.sums.clear();
        self.bytes.clear();
        Ok(())
    }

    fn finish(mut self) -> Result<BTreeMap<usize, ServiceSessionAggregate>, StoreError> {
        self.tally()?;
        Ok(self.grouped.finish())
    }
}

/// Under which services a run is read where they need not be told apart.
fn read_under(level: Level, filter: &ReportFilter, each: &[(i64, Option<ServiceId>)]) -> Vec<i64> {
    match filter.services.is_none() && level.has_all() {
        true => vec![ALL_SERVICES],
        false => each.iter().map(|(column, _)| *column).collect(),
    }
}

fn kept_service_sessions(
    connection: &mut Connection,
    filter: &ReportFilter,
    borders: &[Timestamp],
) -> Result<Vec<ServiceCell>, StoreError> {
    // One transaction, so that all sums are of the same moment.
    let transaction = connection.transaction().map_err(of_sqlite)?;
    let runs = runs(borders, &Level::OF_SERVICES);
    let mut intervals = Intervals { borders, last: 0 };
    let mut cells: BTreeMap<(usize, Option<ServiceId>), ServiceSessionAggregate> = BTreeMap::new();
    for (column, service) in services_asked(&transaction, "service_rollups", filter)? {
        // Of many intervals each has few sums, for which a tally is not worth its while.
        let mut grouped = (borders.len() <= TALLIED_MAX).then(Grouped::default);
        for run in &runs {
            each_service_sum(&transaction, column, run, |began, body| {
                let Some(interval) = intervals.of(began) else { return Ok(()) };
                match &mut grouped {
                    Some(grouped) => {
                        aggregates::tally_service_sessions(grouped.tally(interval), body, Detail::Whole)
                    }
                    None => {
                        aggregates::add_service_sessions(cells.entry((interval, service)).or_default(), body)
                    }
                }
            })?;
        }
        let tallied = grouped.map(Grouped::finish).into_iter().flatten();
        cells.extend(tallied.map(|(interval, sum)| ((interval, service), sum)));
    }
    Ok(service_cells(cells))
}

fn kept_sums(
    connection: &mut Connection,
    filter: &ReportFilter,
    borders: &[Timestamp],
    groups: &[usize],
    detail: Detail,
) -> Result<BTreeMap<usize, ServiceSessionAggregate>, StoreError> {
    let transaction = connection.transaction().map_err(of_sqlite)?;
    let services = services_asked(&transaction, "service_rollups", filter)?;
    let mut intervals = Intervals { borders, last: 0 };
    let levels: &[Level] = match filter.services {
        None => &Level::OF_ALL_SERVICES,
        Some(_) => &Level::OF_SERVICES,
    };
    if !groups.is_sorted() {
        let mut laid_by = LaidBy::new(detail);
        for run in runs(borders, levels) {
            for service in read_under(run.level, filter, &services) {
                each_service_sum(&transaction, service, &run, |began, body| match intervals.of(began) {
                    Some(interval) => laid_by.lay(groups[interval], body),
                    None => Ok(()),
                })?;
            }
        }
        return laid_by.finish();
    }
    let mut grouped = Grouped::default();
    for Moving { run, into } in moving_runs(borders, levels) {
        let under = read_under(run.level, filter, &services);
        grouped.in_order = under.len() == 1;
        for service in under {
            each_service_sum(&transaction, service, &run, |began, body| {
                let (interval, from) = match into {
                    Where::Within => (intervals.of(began), None),
                    Where::In(interval) => (Some(interval), None),
                    Where::Moved { to, from } => (Some(to), Some(from)),
                };
                if let Some(interval) = interval {
                    aggregates::tally_service_sessions(grouped.tally(groups[interval]), body, detail)?;
                }
                match from {
                    Some(from) => {
                        aggregates::untally_service_sessions(grouped.tally(groups[from]), body, detail)
                    }
                    None => Ok(()),
                }
            })?;
        }
    }
    Ok(grouped.finish())
}

/// Each sum of a service, the first interval first.
fn each_service_sum(
    connection: &Connection,
    service: i64,
    run: &Run,
    mut add: impl FnMut(Timestamp, &[u8]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    const SUMS: &str = "SELECT slot, body FROM service_rollups
        WHERE level = ?1 AND service = ?2 AND slot >= ?3 AND slot < ?4 ORDER BY slot";
    let of = (run.level.column(), service, run.from, run.to);
    each(connection, SUMS, of, |row, body| add(run.level.began(at(row, 0)?), body))
}

fn service_cells(cells: BTreeMap<(usize, Option<ServiceId>), ServiceSessionAggregate>) -> Vec<ServiceCell> {
    let cell = |((interval, service), aggregate)| ServiceCell { interval, service, aggregate };
    cells.into_iter().map(cell).collect()
}

fn kept_user_sessions(
    connection: &mut Connection,
    filter: &ReportFilter,
    borders: &[Timestamp],
) -> Result<Vec<UserCell>, StoreError> {
    let transaction = connection.transaction().map_err(of_sqlite)?;
    let runs = runs(borders, &Level::OF_USERS);
    let mut intervals = Intervals { borders, last: 0 };
    let mut cells: BTreeMap<(usize, AttendantId, Option<ServiceId>), UserSessionAggregate> = BTreeMap::new();
    for (column, service) in services_asked(&transaction, "user_rollups", filter)? {
        for run in &runs {
            each_user_sum(&transaction, filter, column, run, |began, attendant, body| {
                let Some(interval) = intervals.of(began) else { return Ok(()) };
                aggregates::add_user_sessions(cells.entry((interval, attendant, service)).or_default(), body)
            })?;
        }
    }
    let cell =
        |((interval, attendant, service), aggregate)| UserCell { interval, attendant, service, aggregate };
    Ok(cells.into_iter().map(cell).collect())
}

fn kept_user_sums(
    connection: &mut Connection,
    filter: &ReportFilter,
    borders: &[Timestamp],
) -> Result<BTreeMap<AttendantId, UserSessionAggregate>, StoreError> {
    let transaction = connection.transaction().map_err(of_sqlite)?;
    let services = services_asked(&transaction, "user_rollups", filter)?;
    let mut tallies: BTreeMap<AttendantId, UserTally> = BTreeMap::new();
    for run in runs(borders, &Level::OF_USERS) {
        for service in read_under(run.level, filter, &services) {
            each_user_sum(&transaction, filter, service, &run, |_, attendant, body| {
                aggregates::tally_user_sessions(tallies.entry(attendant).or_default(), body)
            })?;
        }
    }
    Ok(tallies.into_iter().map(|(attendant, tally)| (attendant, tally.sum())).collect())
}

/// Each sum of an attendant who is asked for.
fn each_user_sum(
    connection: &Connection,
    filter: &ReportFilter,
    service: i64,
    run: &Run,
    mut add: impl FnMut(Timestamp, AttendantId, &[u8]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    const SUMS: &str = "SELECT slot, attendant, body FROM user_rollups
        WHERE level = ?1 AND service = ?2 AND slot >= ?3 AND slot < ?4 AND (?5 IS NULL OR attendant = ?5)";
    let only = filter.attendant.map(|attendant| column(attendant.0)).transpose()?;
    let of = (run.level.column(), service, run.from, run.to, only);
    each(connection, SUMS, of, |row, body| {
        let attendant = AttendantId(from_column("attendant", at(row, 1)?)?);
        add(run.level.began(at(row, 0)?), attendant, body)
    })
}

/// Each row of sums, with its body, which is the last column; none is kept.
fn each(
    connection: &Connection,
    sql: &str,
    of: impl rusqlite::Params,
    mut add: impl FnMut(&Row<'_>, &[u8]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(of_sqlite)?;
    let last = statement.column_count() - 1;
    let mut found = statement.query(of).map_err(of_sqlite)?;
    while let Some(row) = found.next().map_err(of_sqlite)? {
        let body = row.get_ref(last).map_err(of_sqlite)?;
        let body = body.as_blob().map_err(|_| StoreError::Damaged("a sum holds no bytes".to_owned()))?;
        add(row, body)?;
    }
    Ok(())
}

fn counted_service_sessions(
    connection: &mut Connection,
    filter: &ReportFilter,
    borders: &[Timestamp],
) -> Result<Vec<ServiceCell>, StoreError> {
    let mut cells: BTreeMap<(usize, Option<ServiceId>), ServiceSessionAggregate> = BTreeMap::new();
    counted(connection, filter, borders, |interval, record| {
        let cell = cells.entry((interval, record.service)).or_default();
        cell.add(&ServiceSessionAggregate::of(record));
    })?;
    Ok(service_cells(cells))
}

fn counted_sums(
    connection: &mut Connection,
    filter: &ReportFilter,
    borders: &[Timestamp],
    groups: &[usize],
    detail: Detail,
) -> Result<BTreeMap<usize, ServiceSessionAggregate>, StoreError> {
    let mut sums: BTreeMap<usize, ServiceSessionAggregate> = BTreeMap::new();
    counted(connection, filter, borders, |interval, record| {
        sums.entry(groups[interval]).or_default().add(&ServiceSessionAggregate::of(record));
    })?;
    sums.values_mut().for_each(|sum| detail.leave_out(sum));
    Ok(sums)
}

/// Each record that is asked for with its interval, where they are not too many.
fn counted(
    connection: &mut Connection,
    filter: &ReportFilter,
    borders: &[Timestamp],
    mut add: impl FnMut(usize, &CallRecord),
) -> Result<(), StoreError> {
    let (from, to) = (borders[0], borders[borders.len() - 1]);
    let transaction = connection.transaction().map_err(of_sqlite)?;
    let mut met = 0;
    each_record(&transaction, filter, Range { from, to }, Way::Back(None), |record| {
        met += 1;
        if met > RECORDS_MAX {
            return Err(too_many_records());
        }
        if let Some(interval) = interval_of(borders, record.arrived) {
            add(interval, &record);
        }
        Ok(true)
    })
}

fn calls_behind(
    connection: &mut Connection,
    filter: &ReportFilter,
    ranges: &[Range],
    before: Option<RecordCursor>,
    limit: u32,
) -> Result<Vec<CallRecord>, StoreError> {
    let all = Range { from: ranges[0].from, to: ranges[ranges.len() - 1].to };
    let within = |at: Timestamp| {
        let place = ranges.partition_point(|range| range.from <= at).checked_sub(1);
        place.is_some_and(|place| ranges[place].has(at))
    };
    let transaction = connection.transaction().map_err(of_sqlite)?;
    let mut found = Vec::new();
    each_record(&transaction, filter, all, Way::Back(before), |record| {
        if within(record.arrived) {
            found.push(record);
        }
        Ok(found.len() < limit as usize)
    })?;
    Ok(found)
}

/// Each live record that is over and arrived in this range, with its user sessions, until `take` has enough.
fn each_record(
    connection: &Connection,
    filter: &ReportFilter,
    range: Range,
    way: Way,
    take: impl FnMut(CallRecord) -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    let (sql, values) = question(filter, range, way)?;
    records::each(connection, &sql, params_from_iter(values), take)
}

/// No attendant gets a call later than this after it arrived.
const SESSION_AFTER_MS_MAX: i64 = 7 * 86_400_000;

/// The calls that are asked for: only the conditions that are, so that each question finds its index; and their values.
struct Asked {
    index: &'static str,
    conditions: String,
    values: Vec<i64>,
}

fn asked(filter: &ReportFilter, range: Range) -> Result<Asked, StoreError> {
    let ReportFilter { services, attendant, parties, outcomes } = filter;
    let of_one_service = parties.is_none()
        && attendant.is_none()
        && services.as_ref().is_some_and(|services| services.len() == 1);
    // Left to itself SQLite takes the range for narrower than a caller or a service, which it seldom is.
    let (index, when) = match (parties, attendant, of_one_service) {
        (Some(_), _, _) => ("INDEXED BY call_records_by_party", ""),
        // By the calls she had: a sign before a column keeps SQLite from looking for the range.
        (None, Some(_), _) => ("", "+"),
        (None, None, true) => ("INDEXED BY call_records_by_service", ""),
        (None, None, false) => ("INDEXED BY call_records_by_arrival", ""),
    };
    let mut sql =
        format!("{when}simulated = 0 AND ended IS NOT NULL AND {when}arrived >= ? AND {when}arrived < ?");
    let mut values = vec![range.from.0, range.to.0];
    let marks = |count: usize| vec!["?"; count].join(", ");
    match parties.iter().flatten().collect::<Vec<_>>().as_slice() {
        [] if parties.is_none() => {}
        [one] => {
            sql.push_str(" AND party = ?");
            values.push(column(one.0)?);
        }
        // Of none there is no call.
        many => {
            sql.push_str(&format!(" AND party IN ({})", marks(many.len())));
            values.extend(many.iter().map(|one| column(one.0)).collect::<Result<Vec<_>, _>>()?);
        }
    }
    match services.iter().flatten().collect::<Vec<_>>().as_slice() {
        [] if services.is_none() => {}
        [] => sql.push_str(" AND 0"),
        [one] if of_one_service => {
            sql.push_str(" AND service = ?");
            values.push(column(one.0)?);
        }
        // By arrival, or by attendant, all the same: the records of many services come in one order.
        many => {
            sql.push_str(&format!(" AND +service IN ({})", marks(many.len())));
            values.extend(many.iter().map(|one| column(one.0)).collect::<Result<Vec<_>, _>>()?);
        }
    }
    if !outcomes.is_empty() {
        sql.push_str(&format!(" AND outcome IN ({})", marks(outcomes.len())));
        values.extend(outcomes.iter().map(|outcome| i64::from(*outcome)));
    }
    match (attendant, parties) {
        (None, _) => {}
        // Of a caller's few calls each is looked at.
        (Some(attendant), Some(_)) => {
            sql.push_str(
                " AND EXISTS (SELECT 1 FROM user_sessions u WHERE u.call = call_records.call
                    AND u.part = call_records.part AND u.attendant = ?)",
            );
            values.push(column(attendant.0)?);
        }
        (Some(attendant), None) => {
            sql.push_str(
                " AND (call, part) IN (SELECT u.call, u.part FROM user_sessions u WHERE u.attendant = ?
                    AND u.began >= ? AND u.began < ?)",
            );
            let last = range.to.0.saturating_add(SESSION_AFTER_MS_MAX);
            values.extend([column(attendant.0)?, range.from.0, last]);
        }
    }
    Ok(Asked { index, conditions: sql, values })
}

fn question(filter: &ReportFilter, range: Range, way: Way) -> Result<(String, Vec<i64>), StoreError> {
    // SQLite finds the beginning by the moment alone, and would go through all that other pages had.
    let from_place = match way {
        Way::Back(Some(before)) => {
            Range { to: range.to.min(Timestamp(before.arrived.0.saturating_add(1))), ..range }
        }
        Way::Onward(Some(after)) => Range { from: range.from.max(after.arrived), ..range },
        Way::Back(None) | Way::Onward(None) => range,
    };
    let Asked { index, mut conditions, mut values } = asked(filter, from_place)?;
    let (beyond, place, order) = match way {
        Way::Back(before) => ("<", before, "arrived DESC, call DESC, part DESC"),
        Way::Onward(after) => (">", after, "arrived, call, part"),
    };
    if let Some(RecordCursor { arrived, call, part }) = place {
        conditions.push_str(&format!(" AND (arrived, call, part) {beyond} (?, ?, ?)"));
        values.extend([arrived.0, column(call.0)?, i64::from(part)]);
    }
    let sql =
        format!("SELECT {} FROM call_records {index} WHERE {conditions} ORDER BY {order}", records::COLUMNS);
    Ok((sql, values))
}

/// Adds up in one pass over the range, no further than may be looked at; what counts as answered and as hung up is what
/// `reporting` says.
fn callers(
    connection: &mut Connection,
    filter: &ReportFilter,
    range: Range,
    short_call_s: u32,
    limit: u32,
) -> Result<Callers, StoreError> {
    let Asked { index, conditions, values } = asked(filter, range)?;
    let hung_up = Outcome::CustomerHangupInQueue.id();
    let short_ms = i64::from(short_call_s) * 1_000;
    let question = format!(
        "SELECT party, outbound, arrived, accepted IS NOT NULL, (accepted IS NULL AND queued IS NOT NULL
            AND outcome IS {hung_up} AND max(ended - queued, 0) >= {short_ms}) IS TRUE
        FROM call_records {index} WHERE {conditions} LIMIT {RECORDS_MAX} + 1"
    );
    let mut met = 0;
    let mut sums: HashMap<u64, CallerSum> = HashMap::new();
    let mut statement = connection.prepare_cached(&question).map_err(of_sqlite)?;
    let mut found = statement.query(params_from_iter(&values)).map_err(of_sqlite)?;
    while let Some(row) = found.next().map_err(of_sqlite)? {
        met += 1;
        // Whom we called is no caller.
        if at(row, 1)? {
            continue;
        }
        let party = from_column("party", at(row, 0)?)?;
        let nobody = CallerSum {
            party: PartyId(party),
            calls: 0,
            answered: 0,
            abandoned: 0,
            last: Timestamp(i64::MIN),
        };
        let sum = sums.entry(party).or_insert(nobody);
        sum.calls += 1;
        sum.answered += u64::from(at::<bool>(row, 3)?);
        sum.abandoned += u64::from(at::<bool>(row, 4)?);
        sum.last = sum.last.max(Timestamp(at(row, 2)?));
    }
    if met > RECORDS_MAX {
        return Err(too_many_records());
    }
    let total = sums.len() as u64;
    let mut callers: Vec<CallerSum> = sums.into_values().collect();
    callers.sort_unstable_by_key(|sum| (Reverse(sum.calls), Reverse(sum.last), sum.party));
    callers.truncate(limit as usize);
    Ok(Callers { callers, total })
}

#[cfg(test)]
mod tests {
    use contracts::reports::{Range, ReportFilter};
    use engine::{AttendantId, CallId, PartyId, ServiceId, Timestamp};
    use rusqlite::{Connection, params_from_iter};

    use super::{RecordCursor, Way, question};
    use crate::columns::{get, rows};

    /// REPORT-4: or else the last page of a feed would go through all that the pages before it had.
    #[test]
    fn a_page_at_the_end_takes_no_more_steps_than_one_at_the_beginning() {
        let mut connection = Connection::open_in_memory().expect("memory");
        crate::migrations::migrate(&mut connection).expect("it is empty");
        let calls = "WITH RECURSIVE calls (call) AS (SELECT 1 UNION ALL SELECT call + 1 FROM calls WHERE call < 5000)
            INSERT INTO call_records (call, part, simulated, outbound, service, party, arrived, ended, connected_ms,
                hold_ms, park_ms, outcome)
            SELECT call, 1, 0, 0, 1, 1, call, call + 1, 0, 0, 0, 4 FROM calls";
        connection.execute_batch(calls).expect("they are written");
        let range = Range { from: Timestamp(0), to: Timestamp(10_000) };
        let place = |call| {
            let at = i64::try_from(call).expect("it is small");
            Some(RecordCursor { arrived: Timestamp(at), call: CallId(call), part: 1 })
        };
        let ways = [None, place(2_500), place(4_900)].map(Way::Onward).into_iter();
        for way in ways.chain([None, place(2_500), place(100)].map(Way::Back)) {
            for filter in [None, Some(ServiceId(1))] {
                let filter =
                    ReportFilter { services: filter.map(|one| [one].into()), ..ReportFilter::default() };
                let (sql, values) = question(&filter, range, way).expect("the values fit");
                let mut statement = connection.prepare(&sql).expect("it is understood");
                {
                    let mut found = statement.query(params_from_iter(values)).expect("it is understood");
                    for _ in 0..50 {
                        found.next().expect("it can be read").expect("there are as many");
                    }
                }
                let steps = statement.get_status(rusqlite::StatementStatus::VmStep);
                assert!(steps < 3_000, "{way:?}: {steps} steps");
            }
        }
    }

    #[test]
    fn every_question_about_calls_finds_its_index_and_sorts_nothing() {
        let mut connection = Connection::open_in_memory().expect("memory");
        crate::migrations::migrate(&mut connection).expect("it is empty");
        let all = ReportFilter::default();
        let services = |ids: &[u64]| Some(ids.iter().copied().map(ServiceId).collect());
        let range = Range { from: Timestamp(0), to: Timestamp(10) };
        let cursor = RecordCursor { arrived: Timestamp(1), call: CallId(1), part: 1 };
        for (filter, index) in [
            (all.clone(), "by_arrival"),
            (ReportFilter { services: services(&[1, 2]), ..all.clone() }, "by_arrival"),
            (ReportFilter { services: services(&[1]), ..all.clone() }, "by_service"),
            (ReportFilter { outcomes: [4].into(), ..all.clone() }, "by_arrival"),
            (
                ReportFilter {
                    attendant: Some(AttendantId(1)),
                    parties: Some([PartyId(1)].into()),
                    ..all.clone()
                },
                "by_party",
            ),
            (
                ReportFilter { parties: Some([PartyId(1)].into()), services: services(&[1]), ..all },
                "by_party",
            ),
        ] {
            for way in [Way::Back(Some(cursor)), Way::Onward(Some(cursor))] {
                let (sql, values) = question(&filter, range, way).expect("the values fit");
                let plan = format!("EXPLAIN QUERY PLAN {sql}");
                let detail = |row: &rusqlite::Row<'_>| get::<String>(row, "detail");
                let plan =
                    rows(&connection, &plan, params_from_iter(values), detail).expect("a plan").join("; ");
                assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{filter:?} {way:?}: {plan}");
            }
        }
        // Those of an attendant are sorted: fewer than all calls of the time by as many as there are attendants.
        let filter = ReportFilter {
            attendant: Some(AttendantId(1)),
            services: services(&[1]),
            ..ReportFilter::default()
        };
        let (sql, values) = question(&filter, range, Way::Back(None)).expect("the values fit");
        let plan = format!("EXPLAIN QUERY PLAN {sql}");
        let plan = rows(&connection, &plan, params_from_iter(values), |row| get::<String>(row, "detail"));
        let plan = plan.expect("a plan").join("; ");
        assert!(
            plan.contains("user_sessions_by_attendant")
                && plan.contains("SEARCH call_records USING PRIMARY KEY"),
            "{plan}"
        );
    }
}
