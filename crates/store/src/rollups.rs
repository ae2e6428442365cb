//! Sums by intervals beside the records they come from: written in the transaction of the records, worked out again step by step
//! where they are missing or of another formula. Which records are in them is a place in the order of arrival, so that
//! appends and a rebuild never count a call twice, nor miss one. Does not answer questions; see `reports`.

use std::collections::BTreeMap;

use contracts::journal::StoreError;
use contracts::records::RecordCursor;
use contracts::reports::RollupProgress;
use contracts::stored;
use contracts::stored::aggregates;
use engine::{AttendantId, CallId, Origin, ServiceId, Timestamp};
use reporting::aggregate::{
    FORMULA_VERSION, ServiceSessionAggregate, Slot, UserSessionAggregate, after_call_work, divide, time_in,
};
use reporting::{CallRecord, State, UserState};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::columns::{column, from_column, get, perform, rows, writing};
use crate::{backfill, of_sqlite, records};

/// Quarters of an hour in a day.
pub(crate) const SLOTS_A_DAY: i64 = 96;
/// Before every time there is, so that a rebuild begins with the first record.
const BEFORE_ALL: i64 = i64::MIN;

/// How fine sums are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    QuarterHour,
    Hour,
    /// Of all services together alone: days of a time zone begin and end within days of UTC.
    FourHours,
    Day,
    /// So that the days at either end of a time are few.
    EightDays,
    /// So many days that two years have few of them.
    Block,
}

impl Level {
    /// Of services.
    pub(crate) const OF_SERVICES: [Level; 5] =
        [Level::QuarterHour, Level::Hour, Level::Day, Level::EightDays, Level::Block];
    /// The same and of all of them together.
    pub(crate) const OF_ALL_SERVICES: [Level; 6] =
        [Level::QuarterHour, Level::Hour, Level::FourHours, Level::Day, Level::EightDays, Level::Block];
    /// Of attendants, whose hours nobody asks for by the thousand.
    pub(crate) const OF_USERS: [Level; 4] = [Level::QuarterHour, Level::Day, Level::EightDays, Level::Block];

    /// As the column holds it.
    pub(crate) fn column(self) -> i64 {
        match self {
            Level::QuarterHour => 0,
            Level::Day => 1,
            Level::Hour => 2,
            Level::Block => 3,
            Level::FourHours => 4,
            Level::EightDays => 5,
        }
    }

    /// Quarters of an hour in an interval of this level.
    pub(crate) fn slots(self) -> i64 {
        match self {
            Level::QuarterHour => 1,
            Level::Hour => 4,
            Level::FourHours => 16,
            Level::Day => SLOTS_A_DAY,
            Level::EightDays => 8 * SLOTS_A_DAY,
            Level::Block => 32 * SLOTS_A_DAY,
        }
    }

    /// Whether the sums of each service are kept.
    pub(crate) fn has_each(self) -> bool {
        self != Level::FourHours
    }

    /// Whether the sums of all services together are kept. For single quarters of an hour they are quickly added up.
    pub(crate) fn has_all(self) -> bool {
        self != Level::QuarterHour
    }

    /// The interval of this level in which a quarter of an hour lies.
    pub(crate) fn of(self, slot: Slot) -> i64 {
        slot.0.div_euclid(self.slots())
    }

    /// The first moment of an interval of this level.
    pub(crate) fn began(self, interval: i64) -> Timestamp {
        Slot(interval.saturating_mul(self.slots())).began()
    }
}

/// In the column of the service: all of them together.
pub(crate) const ALL_SERVICES: i64 = -2;

/// A service as the column holds it.
pub(crate) fn service_column(service: Option<ServiceId>) -> Result<i64, StoreError> {
    service.map_or(Ok(-1), |service| column(service.0))
}

/// The service of a column.
pub(crate) fn service_of(column: i64) -> Result<Option<ServiceId>, StoreError> {
    if column == -1 { Ok(None) } else { Ok(Some(ServiceId(from_column("service", column)?))) }
}

/// What one transaction changes.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    more: Sums,
    less: Sums,
}

#[derive(Debug, Default)]
struct Sums {
    services: BTreeMap<(i64, i64), ServiceSessionAggregate>,
    users: BTreeMap<(i64, i64, i64), UserSessionAggregate>,
}

impl Sums {
    fn record(&mut self, record: &CallRecord) -> Result<(), StoreError> {
        if record.ended.is_none() {
            return Ok(());
        }
        let service = service_column(record.service)?;
        let of = (service, Slot::of(record.arrived).0);
        self.services.entry(of).or_default().add(&ServiceSessionAggregate::of(record));
        for session in &record.user_sessions {
            let of = (service, Slot::of(session.began).0, column(session.attendant.0)?);
            self.users.entry(of).or_default().add(&UserSessionAggregate::of(session));
        }
        Ok(())
    }

    fn state(&mut self, state: &UserState) -> Result<(), StoreError> {
        let (attendant, service) = (column(state.attendant.0)?, service_column(state.service)?);
        for (slot, ms) in divide(state) {
            self.users.entry((service, slot.0, attendant)).or_default().add(&time_in(state.state, ms));
            if state.state == State::AfterCallWork {
                self.services.entry((service, slot.0)).or_default().add(&after_call_work(ms));
            }
        }
        Ok(())
    }
}

impl Changes {
    /// One more call.
    pub(crate) fn add(&mut self, record: &CallRecord) -> Result<(), StoreError> {
        self.more.record(record)
    }

    /// One that was counted before is not any more.
    pub(crate) fn remove(&mut self, record: &CallRecord) -> Result<(), StoreError> {
        self.less.record(record)
    }

    /// A state that was counted before is not any more.
    pub(crate) fn remove_state(&mut self, state: &UserState) -> Result<(), StoreError> {
        self.less.state(state)
    }

    /// Writes them; the caller has the transaction. Each level is added up from the one before it.
    pub(crate) fn write(self, connection: &Connection) -> Result<(), StoreError> {
        let Changes { more, less } = self;
        self::write(
            &Level::OF_ALL_SERVICES,
            both(more.services, less.services),
            ServiceSessionAggregate::add,
            |level, of, sums| write_service(connection, level, of, sums),
        )?;
        self::write(
            &Level::OF_USERS,
            both(more.users, less.users),
            UserSessionAggregate::add,
            |level, of, sums| write_user(connection, level, of, sums),
        )
    }
}

/// What is kept for an interval: the service, the interval, and whose it is where there are several.
trait Place: Ord + Copy {
    fn map(self, service: impl Fn(i64) -> i64, interval: impl Fn(i64) -> i64) -> Self;
}

impl Place for (i64, i64) {
    fn map(self, service: impl Fn(i64) -> i64, interval: impl Fn(i64) -> i64) -> Self {
        (service(self.0), interval(self.1))
    }
}

impl Place for (i64, i64, i64) {
    fn map(self, service: impl Fn(i64) -> i64, interval: impl Fn(i64) -> i64) -> Self {
        (service(self.0), interval(self.1), self.2)
    }
}

/// What comes to each place, and what goes.
type Both<K, A> = BTreeMap<K, [A; 2]>;

fn both<K: Ord, A: Default>(more: BTreeMap<K, A>, less: BTreeMap<K, A>) -> Both<K, A> {
    let mut both: Both<K, A> = more.into_iter().map(|(of, sum)| (of, [sum, A::default()])).collect();
    for (of, sum) in less {
        both.entry(of).or_default()[1] = sum;
    }
    both
}

/// Sums by quarter of an hour, to each place of each level that keeps them.
fn write<K: Place, A: Default>(
    levels: &[Level],
    quarters: Both<K, A>,
    add: fn(&mut A, &A),
    put: impl Fn(Level, K, &[A; 2]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let coarser = |(finer, sums): &(Level, Both<K, A>), level: Level, service: &dyn Fn(i64) -> i64| {
        let mut coarser: Both<K, A> = BTreeMap::new();
        for (of, sums) in sums {
            let of = of.map(service, |interval| level.of(Slot(interval * finer.slots())));
            let into = coarser.entry(of).or_default();
            into.iter_mut().zip(sums).for_each(|(into, sum)| add(into, sum));
        }
        (level, coarser)
    };
    let put_all =
        |(level, sums): &(Level, Both<K, A>)| sums.iter().try_for_each(|(of, sums)| put(*level, *of, sums));
    let mut each = (Level::QuarterHour, quarters);
    let mut all = None;
    for level in levels {
        if level.has_each() {
            if *level != Level::QuarterHour {
                each = coarser(&each, *level, &|service| service);
            }
            put_all(&each)?;
        }
        if level.has_all() {
            let next = coarser(all.as_ref().unwrap_or(&each), *level, &|_| ALL_SERVICES);
            put_all(&next)?;
            all = Some(next);
        }
    }
    Ok(())
}

fn write_service(
    connection: &Connection,
    level: Level,
    (service, slot): (i64, i64),
    [more, less]: &[ServiceSessionAggregate; 2],
) -> Result<(), StoreError> {
    const BODY: &str = "SELECT body FROM service_rollups WHERE level = ?1 AND service = ?2 AND slot = ?3";
    const KEEP: &str =
        "INSERT OR REPLACE INTO service_rollups (level, service, slot, body) VALUES (?1, ?2, ?3, ?4)";
    const DROP: &str = "DELETE FROM service_rollups WHERE level = ?1 AND service = ?2 AND slot = ?3";
    const NEW: &str = "INSERT INTO service_rollups (level, service, slot, body) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (level, service, slot) DO NOTHING";
    let of = (level.column(), service, slot);
    // The first calls of an hour, as most of an import are.
    let nothing = ServiceSessionAggregate::default();
    if level <= Level::Hour && *less == nothing && *more != nothing {
        let body = aggregates::write_service_sessions(more);
        if perform(connection, NEW, (of.0, of.1, of.2, body))? > 0 {
            return Ok(());
        }
    }
    let mut sum = more.clone();
    if let Some(body) = body(connection, BODY, of)? {
        aggregates::add_service_sessions(&mut sum, &body)?;
    }
    sum.remove(less);
    match sum == nothing {
        true => perform(connection, DROP, of)?,
        false => {
            let body = aggregates::write_service_sessions(&sum);
            perform(connection, KEEP, (of.0, of.1, of.2, body))?
        }
    };
    Ok(())
}

fn write_user(
    connection: &Connection,
    level: Level,
    (service, slot, attendant): (i64, i64, i64),
    [more, less]: &[UserSessionAggregate; 2],
) -> Result<(), StoreError> {
    const BODY: &str =
        "SELECT body FROM user_rollups WHERE level = ?1 AND service = ?2 AND slot = ?3 AND attendant = ?4";
    const KEEP: &str = "INSERT OR REPLACE INTO user_rollups (level, service, slot, attendant, body)
        VALUES (?1, ?2, ?3, ?4, ?5)";
    const DROP: &str =
        "DELETE FROM user_rollups WHERE level = ?1 AND service = ?2 AND slot = ?3 AND attendant = ?4";
    const NEW: &str = "INSERT INTO user_rollups (level, service, slot, attendant, body)
        VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (level, service, slot, attendant) DO NOTHING";
    let of = (level.column(), service, slot, attendant);
    let nothing = UserSessionAggregate::default();
    if level == Level::QuarterHour && *less == nothing && *more != nothing {
        let body = aggregates::write_user_sessions(more);
        if perform(connection, NEW, (of.0, of.1, of.2, of.3, body))? > 0 {
            return Ok(());
        }
    }
    let mut sum = more.clone();
    if let Some(body) = body(connection, BODY, of)? {
        aggregates::add_user_sessions(&mut sum, &body)?;
    }
    sum.remove(less);
    match sum == nothing {
        true => perform(connection, DROP, of)?,
        false => {
            let body = aggregates::write_user_sessions(&sum);
            perform(connection, KEEP, (of.0, of.1, of.2, of.3, body))?
        }
    };
    Ok(())
}

fn body(
    connection: &Connection,
    sql: &str,
    of: impl rusqlite::Params,
) -> Result<Option<Vec<u8>>, StoreError> {
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.query_row(of, |row| row.get(0)).optional())
        .map_err(of_sqlite)
}

/// Which records and states are in the sums.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    formula: u32,
    complete: bool,
    through: RecordCursor,
    state: i64,
    done: u64,
    total: u64,
}

impl Extent {
    pub(crate) fn read(connection: &Connection) -> Result<Extent, StoreError> {
        const STATE: &str =
            "SELECT formula, complete, arrived, call, part, state, done, total FROM rollup_state";
        let read = |row: &Row<'_>| {
            Ok(Extent {
                formula: from_column("formula", get(row, "formula")?)?,
                complete: get(row, "complete")?,
                through: RecordCursor {
                    arrived: Timestamp(get(row, "arrived")?),
                    call: CallId(from_column("call", get(row, "call")?)?),
                    part: from_column("part", get(row, "part")?)?,
                },
                state: get(row, "state")?,
                done: from_column("done", get(row, "done")?)?,
                total: from_column("total", get(row, "total")?)?,
            })
        };
        rows(connection, STATE, (), read)?
            .pop()
            .ok_or_else(|| StoreError::Damaged("the state of the sums is missing".to_owned()))
    }

    fn write(&self, connection: &Connection) -> Result<(), StoreError> {
        const STATE: &str = "UPDATE rollup_state SET formula = ?1, complete = ?2, arrived = ?3, call = ?4,
            part = ?5, state = ?6, done = ?7, total = ?8";
        let Extent { formula, complete, through: RecordCursor { arrived, call, part }, state, done, total } =
            *self;
        let (call, done, total) = (column(call.0)?, column(done)?, column(total)?);
        perform(connection, STATE, (formula, complete, arrived.0, call, part, state, done, total))?;
        Ok(())
    }

    /// Whether this record counts and is in the sums, or is to come in now.
    pub(crate) fn has(&self, record: &CallRecord) -> bool {
        let passed = self.complete || RecordCursor::of(record) <= self.through;
        record.origin == Origin::Live && record.ended.is_some() && passed
    }

    /// Whether the state of this row is in the sums, where it counts.
    pub(crate) fn has_state(&self, id: i64) -> bool {
        self.complete || id <= self.state
    }

    fn progress(&self) -> RollupProgress {
        let total = self.total.max(self.done);
        RollupProgress { done: self.done, total, complete: self.complete }
    }
}

/// Writes a state that is over and, where nothing is to be caught up with, adds it up.
pub(crate) fn put_state(
    connection: &Connection,
    state: &UserState,
    changes: &mut Changes,
) -> Result<(), StoreError> {
    backfill::put_state(connection, state)?;
    if state.origin == Origin::Live && Extent::read(connection)?.complete {
        changes.more.state(state)?;
    }
    Ok(())
}

/// Begins anew where the sums are of another formula. With nothing to add up they are complete at once.
pub(crate) fn settle(connection: &mut Connection) -> Result<(), StoreError> {
    if Extent::read(connection)?.formula == FORMULA_VERSION {
        return Ok(());
    }
    let transaction = writing(connection)?;
    transaction.execute_batch("DELETE FROM service_rollups; DELETE FROM user_rollups").map_err(of_sqlite)?;
    let through = RecordCursor { arrived: Timestamp(BEFORE_ALL), call: CallId(0), part: 0 };
    let total = total(&transaction)?;
    let extent = Extent { formula: FORMULA_VERSION, complete: total == 0, through, state: 0, done: 0, total };
    extent.write(&transaction)?;
    transaction.commit().map_err(of_sqlite)
}

fn total(connection: &Connection) -> Result<u64, StoreError> {
    const TOTAL: &str = "SELECT (SELECT count(*) FROM call_records WHERE simulated = 0)
        + (SELECT count(*) FROM user_states) AS total";
    let total = |row: &Row<'_>| from_column::<u64>("records", get(row, "total")?);
    Ok(rows(connection, TOTAL, (), total)?.into_iter().sum())
}

/// How far sums are worked out.
pub(crate) fn progress(connection: &Connection) -> Result<RollupProgress, StoreError> {
    Ok(Extent::read(connection)?.progress())
}

/// Adds up the next records and, after the last, the next states.
pub(crate) fn build(connection: &mut Connection, limit: u32) -> Result<RollupProgress, StoreError> {
    let transaction = writing(connection)?;
    let mut extent = Extent::read(&transaction)?;
    if extent.complete {
        return Ok(extent.progress());
    }
    let mut changes = Changes::default();
    let records = records::after(&transaction, extent.through, limit)?;
    for record in &records {
        changes.add(record)?;
        extent.through = RecordCursor::of(record);
    }
    let mut taken = records.len() as u64;
    let left = limit - u32::try_from(records.len()).unwrap_or(limit);
    if left > 0 {
        let states = states_after(&transaction, extent.state, left)?;
        for (id, state) in &states {
            if state.origin == Origin::Live {
                changes.more.state(state)?;
            }
            extent.state = *id;
        }
        taken += states.len() as u64;
        extent.complete = states.len() < left as usize;
    }
    extent.done += taken;
    changes.write(&transaction)?;
    extent.write(&transaction)?;
    transaction.commit().map_err(of_sqlite)?;
    Ok(extent.progress())
}

pub(crate) fn states_after(
    connection: &Connection,
    id: i64,
    limit: u32,
) -> Result<Vec<(i64, UserState)>, StoreError> {
    const STATES: &str = "SELECT id, attendant, state, service, simulated, began, ended FROM user_states
        WHERE id > ?1 ORDER BY id LIMIT ?2";
    rows(connection, STATES, (id, limit), |row| Ok((get(row, "id")?, state(row)?)))
}

pub(crate) fn state(row: &Row<'_>) -> Result<UserState, StoreError> {
    let service: Option<i64> = get(row, "service")?;
    Ok(UserState {
        attendant: AttendantId(from_column("attendant", get(row, "attendant")?)?),
        state: stored::read_state(get(row, "state")?)?,
        service: service.map(|id| from_column("service", id)).transpose()?.map(ServiceId),
        origin: if get(row, "simulated")? { Origin::Simulated } else { Origin::Live },
        began: Timestamp(get(row, "began")?),
        ended: Timestamp(get(row, "ended")?),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use contracts::conformance::{Dice, agree, some_call};
    use contracts::journal::Journal;
    use contracts::reports::Reports;
    use reporting::{CallRecord, Outcome, RecordChange};
    use vault::Known;
    use vault::keys::{DataKeys, KeyFile};

    use super::*;
    use crate::Store;

    fn open(directory: &Path, keys: &DataKeys) -> Store {
        Store::open(directory, keys, &Known::default()).expect("it opens")
    }

    /// As a release with other formulas left it.
    async fn of_another_formula(store: &Store) {
        let change = "UPDATE rollup_state SET formula = 0; DELETE FROM service_rollups WHERE service > 1";
        let job = move |connection: &mut Connection| connection.execute_batch(change).map_err(of_sqlite);
        store.writer.run(job).await.expect("it is written");
    }

    /// REPORT-1: while it is caught up with, calls go on, and old ones are written again.
    #[tokio::test]
    async fn sums_of_another_formula_are_worked_out_again_while_calls_go_on() {
        let home = tempfile::tempdir().expect("a temporary directory");
        let (_, keys, _) = KeyFile::create(&home.path().join("keys"), None).expect("new keys");
        let mut dice = Dice(3);
        let mut calls: Vec<CallRecord> = (1..=200).map(|call| some_call(&mut dice, call)).collect();
        let put = |calls: &[CallRecord]| calls.iter().cloned().map(RecordChange::Put).collect::<Vec<_>>();
        let states: Vec<UserState> = (0..20).map(|nth| state(nth * 700_000)).collect();
        let put_states =
            |states: &[UserState]| states.iter().copied().map(RecordChange::StateEnded).collect::<Vec<_>>();

        let store = open(home.path(), &keys);
        let lease = store.take_lease("test").await.expect("it is taken");
        store.append(lease, 0, &[], &put(&calls[..120])).await.expect("it is written");
        store.append(lease, 0, &[], &put_states(&states[..12])).await.expect("it is written");
        of_another_formula(&store).await;
        drop(store);

        let store = open(home.path(), &keys);
        let begun = store.build_rollups(0).await.expect("it is read");
        assert_eq!(begun, RollupProgress { done: 0, total: 132, complete: false });
        let step = store.build_rollups(50).await.expect("it is built");
        assert_eq!((step.done, step.complete), (50, false));
        // Some of these are new, some were counted by now and some were not.
        for call in &mut calls[100..] {
            call.outcome = Some(Outcome::VoicemailLeft);
            call.connected_ms += 1;
        }
        for call in &mut calls[..20] {
            call.service = None;
        }
        store.append(lease, 0, &[], &put(&calls[100..])).await.expect("it is written");
        store.append(lease, 0, &[], &put_states(&states[12..])).await.expect("it is written");
        store.append(lease, 0, &[], &put(&calls[..20])).await.expect("it is written");
        while !store.build_rollups(33).await.expect("it is built").complete {}
        agree(&store, &calls, &states).await;
        drop(store);

        let store = open(home.path(), &keys);
        assert!(store.build_rollups(0).await.expect("it is read").complete, "once is enough");
        agree(&store, &calls, &states).await;
    }

    fn state(after: i64) -> UserState {
        UserState {
            attendant: AttendantId(2),
            state: State::AfterCallWork,
            service: Some(ServiceId(1)),
            origin: Origin::Live,
            began: Timestamp(1_806_192_000_000 + after),
            ended: Timestamp(1_806_192_000_000 + after + 650_000),
        }
    }
}
