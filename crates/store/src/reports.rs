//! Answers to questions about what happened: from the kept sums where they answer it, or else from the records one by one.
//! Whole days of UTC inside an interval are read as days, what is left over as quarters of an hour. Does not write.

use std::collections::BTreeMap;

use async_trait::async_trait;
use contracts::imports::ImportedName;
use contracts::journal::StoreError;
use contracts::records::RecordCursor;
use contracts::reports::{
    CallerSum, Callers, RECORDS_MAX, Range, ReportFilter, Reports, RollupProgress, STEP_MAX, ServiceCell,
    UserCell, check_borders, check_callers, check_page, check_user_filter, interval_of, too_many_records,
};
use contracts::stored::aggregates;
use engine::{AttendantId, PartyId, ServiceId, Timestamp};
use reporting::aggregate::{ServiceSessionAggregate, Slot, UserSessionAggregate};
use reporting::{CallRecord, Outcome};
use rusqlite::{Connection, Row, params_from_iter};

use crate::columns::{column, from_column, get, rows};
use crate::rollups::{self, Level, SLOTS_A_DAY, service_of};
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
        self.reader
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
        self.reader.run(move |connection| kept_user_sessions(connection, &filter, &borders)).await
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
        self.reader.run(move |connection| calls_behind(connection, &filter, &ranges, before, limit)).await
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
        self.reader.run(move |connection| callers(connection, &filter, range, short_call_s, limit)).await
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
        self.reader.run(move |connection| rows(connection, NAMES, (), name)).await
    }

    async fn build_rollups(&self, limit: u32) -> Result<RollupProgress, StoreError> {
        if limit > STEP_MAX {
            return Err(StoreError::OutOfRange(format!("a step has 0–{STEP_MAX} records, not {limit}")));
        }
        self.writer.run(move |connection| rollups::build(connection, limit)).await
    }
}

/// A run of sums to be read: from the first interval of this level to just before the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    level: Level,
    from: i64,
    to: i64,
}

/// Which sums make up these intervals, each read once.
fn runs(borders: &[Timestamp]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut read = |level, from: i64, to: i64| {
        if from >= to {
            return;
        }
        match runs.iter_mut().rev().find(|run| run.level == level) {
            Some(run) if run.to == from => run.to = to,
            Some(_) | None => runs.push(Run { level, from, to }),
        }
    };
    for pair in borders.windows(2) {
        let (from, to) = (Slot::of(pair[0]).0, Slot::of(pair[1]).0);
        let first_day = -(-from).div_euclid(SLOTS_A_DAY);
        let last_day = to.div_euclid(SLOTS_A_DAY);
        if first_day < last_day {
            read(Level::QuarterHour, from, first_day * SLOTS_A_DAY);
            read(Level::Day, first_day, last_day);
            read(Level::QuarterHour, last_day * SLOTS_A_DAY, to);
        } else {
            read(Level::QuarterHour, from, to);
        }
    }
    runs
}

fn kept_service_sessions(
    connection: &mut Connection,
    filter: &ReportFilter,
    borders: &[Timestamp],
) -> Result<Vec<ServiceCell>, StoreError> {
    const NEXT: &str = "SELECT service FROM service_rollups WHERE level = 1 AND service > ?1
        ORDER BY service LIMIT 1";
    const SUMS: &str = "SELECT slot, body FROM service_rollups
        WHERE level = ?1 AND service = ?2 AND slot >= ?3 AND slot < ?4 ORDER BY slot";
    // One transaction, so that all sums are of the same moment.
    let transaction = connection.transaction().map_err(of_sqlite)?;
    let runs = runs(borders);
    let mut cells: BTreeMap<(usize, Option<ServiceId>), ServiceSessionAggregate> = BTreeMap::new();
    let mut last = i64::MIN;
    while let Some(one) =
        rows(&transaction, NEXT, [last], |row| get::<i64>(row, "service"))?.into_iter().next()
    {
        last = one;
        let service = service_of(one)?;
        if !filter.has_service(service) {
            continue;
        }
        for run in &runs {
            let of = (run.level.column(), one, run.from, run.to);
            each(&transaction, SUMS, of, |slot, body| {
                let Some(interval) = interval_of(borders, run.level.began(slot)) else { return Ok(()) };
                aggregates::add_service_sessions(cells.entry((interval, service)).or_default(), body)
            })?;
        }
    }
    Ok(service_cells(cells))
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
    const NEXT: &str = "SELECT attendant, service FROM user_rollups
        WHERE level = 1 AND (attendant, service) > (?1, ?2) ORDER BY attendant, service LIMIT 1";
    const SUMS: &str = "SELECT slot, body FROM user_rollups
        WHERE level = ?1 AND attendant = ?2 AND service = ?3 AND slot >= ?4 AND slot < ?5 ORDER BY slot";
    let transaction = connection.transaction().map_err(of_sqlite)?;
    let runs = runs(borders);
    let mut cells: BTreeMap<(usize, AttendantId, Option<ServiceId>), UserSessionAggregate> = BTreeMap::new();
    let only = filter.attendant.map(|attendant| column(attendant.0)).transpose()?;
    let mut last = (only.unwrap_or(i64::MIN), i64::MIN);
    let next = |last: (i64, i64)| {
        rows(&transaction, NEXT, last, |row| Ok((get(row, "attendant")?, get(row, "service")?)))
    };
    while let Some((attendant, one)) = next(last)?.into_iter().next() {
        last = (attendant, one);
        if only.is_some_and(|only| only != attendant) {
            break;
        }
        let service = service_of(one)?;
        if !filter.has_service(service) {
            continue;
        }
        let who = AttendantId(from_column("attendant", attendant)?);
        for run in &runs {
            let of = (run.level.column(), attendant, one, run.from, run.to);
            each(&transaction, SUMS, of, |slot, body| {
                let Some(interval) = interval_of(borders, run.level.began(slot)) else { return Ok(()) };
                aggregates::add_user_sessions(cells.entry((interval, who, service)).or_default(), body)
            })?;
        }
    }
    let cell =
        |((interval, attendant, service), aggregate)| UserCell { interval, attendant, service, aggregate };
    Ok(cells.into_iter().map(cell).collect())
}

/// Each row of sums, without keeping any.
fn each(
    connection: &Connection,
    sql: &str,
    of: impl rusqlite::Params,
    mut add: impl FnMut(i64, &[u8]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(of_sqlite)?;
    let mut found = statement.query(of).map_err(of_sqlite)?;
    while let Some(row) = found.next().map_err(of_sqlite)? {
        let body = row.get_ref("body").map_err(of_sqlite)?;
        let body = body.as_blob().map_err(|_| StoreError::Damaged("a sum holds no bytes".to_owned()))?;
        add(get(row, "slot")?, body)?;
    }
    Ok(())
}

fn counted_service_sessions(
    connection: &mut Connection,
    filter: &ReportFilter,
    borders: &[Timestamp],
) -> Result<Vec<ServiceCell>, StoreError> {
    let (from, to) = (borders[0], borders[borders.len() - 1]);
    let transaction = connection.transaction().map_err(of_sqlite)?;
    let mut cells: BTreeMap<(usize, Option<ServiceId>), ServiceSessionAggregate> = BTreeMap::new();
    let mut met = 0;
    each_record(&transaction, filter, Range { from, to }, None, |record| {
        met += 1;
        if met > RECORDS_MAX {
            return Err(too_many_records());
        }
        if let Some(interval) = interval_of(borders, record.arrived) {
            let cell = cells.entry((interval, record.service)).or_default();
            cell.add(&ServiceSessionAggregate::of(&record));
        }
        Ok(true)
    })?;
    Ok(service_cells(cells))
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
    each_record(&transaction, filter, all, before, |record| {
        if within(record.arrived) {
            found.push(record);
        }
        Ok(found.len() < limit as usize)
    })?;
    Ok(found)
}

/// Each live record that is over and arrived in this range, newest first, with its user sessions, until `take` has enough.
fn each_record(
    connection: &Connection,
    filter: &ReportFilter,
    range: Range,
    before: Option<RecordCursor>,
    mut take: impl FnMut(CallRecord) -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    let (sql, values) = question(filter, range, before)?;
    let mut statement = connection.prepare_cached(&sql).map_err(of_sqlite)?;
    let mut found = statement.query(params_from_iter(values)).map_err(of_sqlite)?;
    while let Some(row) = found.next().map_err(of_sqlite)? {
        let mut record = records::record(row)?;
        record.user_sessions = records::sessions(connection, record.call, record.part)?;
        if !take(record)? {
            break;
        }
    }
    Ok(())
}

/// The calls that are asked for: only the conditions that are, so that each question finds its index; and their values.
struct Asked {
    index: &'static str,
    conditions: String,
    values: Vec<i64>,
}

fn asked(filter: &ReportFilter, range: Range) -> Result<Asked, StoreError> {
    let ReportFilter { services, attendant, parties, outcomes } = filter;
    let of_one_service = parties.is_none() && services.as_ref().is_some_and(|services| services.len() == 1);
    // Left to itself SQLite takes the range for narrower than a caller or a service, which it seldom is.
    let index = match (parties, of_one_service) {
        (Some(_), _) => "call_records_by_party",
        (None, true) => "call_records_by_service",
        (None, false) => "call_records_by_arrival",
    };
    let mut sql = "simulated = 0 AND ended IS NOT NULL AND arrived >= ? AND arrived < ?".to_owned();
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
        // By arrival all the same: the records of many services come in one order.
        many => {
            sql.push_str(&format!(" AND +service IN ({})", marks(many.len())));
            values.extend(many.iter().map(|one| column(one.0)).collect::<Result<Vec<_>, _>>()?);
        }
    }
    if !outcomes.is_empty() {
        sql.push_str(&format!(" AND outcome IN ({})", marks(outcomes.len())));
        values.extend(outcomes.iter().map(|outcome| i64::from(*outcome)));
    }
    if let Some(attendant) = attendant {
        sql.push_str(
            " AND EXISTS (SELECT 1 FROM user_sessions u WHERE u.call = call_records.call AND u.part = call_records.part
                AND u.attendant = ?)",
        );
        values.push(column(attendant.0)?);
    }
    Ok(Asked { index, conditions: sql, values })
}

fn question(
    filter: &ReportFilter,
    range: Range,
    before: Option<RecordCursor>,
) -> Result<(String, Vec<i64>), StoreError> {
    let Asked { index, mut conditions, mut values } = asked(filter, range)?;
    if let Some(RecordCursor { arrived, call, part }) = before {
        conditions.push_str(" AND (arrived, call, part) < (?, ?, ?)");
        values.extend([arrived.0, column(call.0)?, i64::from(part)]);
    }
    let sql = format!(
        "SELECT call, part, simulated, outbound, service, party, arrived, accepted, ended, connected_ms, hold_ms,
        park_ms, outcome, queued, import FROM call_records INDEXED BY {index} WHERE {conditions}
        ORDER BY arrived DESC, call DESC, part DESC"
    );
    Ok((sql, values))
}

/// Adds up in one pass over the range; what counts as answered and as hung up is what `reporting` says.
fn callers(
    connection: &mut Connection,
    filter: &ReportFilter,
    range: Range,
    short_call_s: u32,
    limit: u32,
) -> Result<Callers, StoreError> {
    let Asked { index, conditions, values } = asked(filter, range)?;
    let transaction = connection.transaction().map_err(of_sqlite)?;
    let met = format!(
        "SELECT count(*) AS met FROM (SELECT 1 FROM call_records INDEXED BY {index} WHERE {conditions}
        LIMIT {RECORDS_MAX} + 1)"
    );
    let met = rows(&transaction, &met, params_from_iter(&values), |row| get::<i64>(row, "met"))?;
    if met.into_iter().any(|met| met > i64::from(RECORDS_MAX)) {
        return Err(too_many_records());
    }
    let hung_up = Outcome::CustomerHangupInQueue.id();
    let short_ms = i64::from(short_call_s) * 1_000;
    let sums = format!(
        "SELECT party, count(*) AS calls, sum(accepted IS NOT NULL) AS answered,
            sum(accepted IS NULL AND queued IS NOT NULL AND outcome IS {hung_up}
                AND max(ended - queued, 0) >= {short_ms}) AS abandoned,
            max(arrived) AS last, count(*) OVER () AS callers
        FROM call_records INDEXED BY {index} WHERE {conditions} AND outbound = 0
        GROUP BY party ORDER BY calls DESC, last DESC, party LIMIT {limit}"
    );
    let mut total = 0;
    let callers = rows(&transaction, &sums, params_from_iter(&values), |row| {
        let sum = CallerSum {
            party: PartyId(from_column("party", get(row, "party")?)?),
            calls: from_column("a count", get(row, "calls")?)?,
            answered: from_column("a count", get(row, "answered")?)?,
            abandoned: from_column("a count", get(row, "abandoned")?)?,
            last: Timestamp(get(row, "last")?),
        };
        Ok((sum, from_column::<u64>("a count", get(row, "callers")?)?))
    })?;
    let callers = callers.into_iter().map(|(sum, of)| {
        total = of;
        sum
    });
    let callers = callers.collect();
    Ok(Callers { callers, total })
}

#[cfg(test)]
mod tests {
    use contracts::reports::{Range, ReportFilter};
    use engine::{AttendantId, CallId, PartyId, ServiceId, Timestamp};
    use reporting::aggregate::Slot;
    use rusqlite::{Connection, params_from_iter};

    use super::{Level, RecordCursor, Run, question, runs};
    use crate::columns::{get, rows};

    fn day(day: i64, slot: i64) -> Timestamp {
        Slot(day * 96 + slot).began()
    }

    #[test]
    fn whole_days_are_read_as_days_and_neighbours_together() {
        let run = |level, from, to| Run { level, from, to };
        assert_eq!(runs(&[day(0, 0), day(3, 0)]), [run(Level::Day, 0, 3)]);
        assert_eq!(runs(&[day(0, 4), day(0, 9)]), [run(Level::QuarterHour, 4, 9)]);
        assert_eq!(
            runs(&[day(0, 92), day(1, 92), day(2, 92)]),
            [run(Level::QuarterHour, 92, 284)],
            "days of a time zone hold no whole day of UTC"
        );
        assert_eq!(
            runs(&[day(0, 92), day(3, 92)]),
            [run(Level::QuarterHour, 92, 96), run(Level::Day, 1, 3), run(Level::QuarterHour, 288, 380)]
        );
        assert_eq!(
            runs(&[day(0, 0), day(2, 0), day(4, 0)]),
            [run(Level::Day, 0, 4)],
            "two intervals in one go"
        );
        assert_eq!(
            runs(&[day(-2, 95), day(0, 1)]),
            [run(Level::QuarterHour, -97, -96), run(Level::Day, -1, 0), run(Level::QuarterHour, 0, 1)]
        );
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
            (ReportFilter { attendant: Some(AttendantId(1)), ..all.clone() }, "by_arrival"),
            (
                ReportFilter { parties: Some([PartyId(1)].into()), services: services(&[1]), ..all },
                "by_party",
            ),
        ] {
            let (sql, values) = question(&filter, range, Some(cursor)).expect("the values fit");
            let plan = format!("EXPLAIN QUERY PLAN {sql}");
            let plan = rows(&connection, &plan, params_from_iter(values), |row| get::<String>(row, "detail"));
            let plan = plan.expect("a plan").join("; ");
            assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{filter:?}: {plan}");
        }
    }
}
