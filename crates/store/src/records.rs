//! Call records and transfer history in SQLite: written by an append, in its transaction; read in pages. Does not fold
//! events: the records come from `reporting`.

use async_trait::async_trait;
use contracts::journal::StoreError;
use contracts::records::{
    ATTEMPTS_MAX, CALLS_MAX, LikelyTarget, RecordCursor, RecordFilter, Records, TARGETS_MAX, likely,
};
use contracts::{limits, stored};
use engine::{AttendantId, CallId, Origin, PartyId, ServiceId, Timestamp};
use reporting::{CallRecord, RecordChange, TransferAttempt, UserSession};
use rusqlite::{Connection, Params, Row, params_from_iter};

use crate::columns::{at, column, from_column, get, perform, rows};
use crate::{Store, cut_log_off, of_sqlite, rollups, voicemails};

#[async_trait]
impl Records for Store {
    async fn calls(&self, filter: &RecordFilter, limit: u32) -> Result<Vec<CallRecord>, StoreError> {
        limits::page(limit, CALLS_MAX)?;
        let filter = filter.clone();
        self.reader.run(move |connection| calls(connection, &filter, limit)).await
    }

    async fn likely_targets(
        &self,
        caller: PartyId,
        simulated: bool,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<LikelyTarget>, StoreError> {
        limits::page(limit, TARGETS_MAX)?;
        let caller = column(caller.0)?;
        self.reader.run(move |connection| targets(connection, OF_CALLER, caller, simulated, now, limit)).await
    }

    async fn attendant_targets(
        &self,
        attendant: AttendantId,
        simulated: bool,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<LikelyTarget>, StoreError> {
        limits::page(limit, TARGETS_MAX)?;
        let attendant = column(attendant.0)?;
        self.reader
            .run(move |connection| targets(connection, OF_ATTENDANT, attendant, simulated, now, limit))
            .await
    }

    async fn transfers_kept(&self, caller: PartyId) -> Result<u64, StoreError> {
        const COUNT: &str = "SELECT count(*) AS kept FROM transfer_attempts WHERE caller = ?1";
        let caller = column(caller.0)?;
        let count = |row: &Row<'_>| from_column::<u64>("attempts", get(row, "kept")?);
        let counted = self.reader.run(move |connection| rows(connection, COUNT, [caller], count)).await?;
        Ok(counted.into_iter().sum())
    }

    async fn purge_transfers(&self, before: Timestamp) -> Result<u64, StoreError> {
        const PURGE: &str = "DELETE FROM transfer_attempts WHERE at < ?1";
        self.writer.run(move |connection| Ok(perform(connection, PURGE, [before.0])? as u64)).await
    }

    async fn erase_transfers(&self, party: Option<PartyId>) -> Result<u64, StoreError> {
        const OF_PARTY: &str = "DELETE FROM transfer_attempts WHERE caller = ?1 OR target = ?1";
        let erase = move |connection: &mut Connection| {
            let erased = match party {
                Some(party) => perform(connection, OF_PARTY, [column(party.0)?])?,
                None => perform(connection, "DELETE FROM transfer_attempts", ())?,
            };
            cut_log_off(connection);
            Ok(erased)
        };
        Ok(self.writer.run(erase).await? as u64)
    }
}

const OF_CALLER: &str = "SELECT caller, simulated, target, attendant, at, ended FROM transfer_attempts
    WHERE caller = ?1 AND simulated = ?2 ORDER BY at DESC, id DESC LIMIT ?3";
const OF_ATTENDANT: &str = "SELECT caller, simulated, target, attendant, at, ended FROM transfer_attempts
    WHERE attendant = ?1 AND simulated = ?2 ORDER BY at DESC, id DESC LIMIT ?3";

fn targets(
    connection: &Connection,
    of: &str,
    whom: i64,
    simulated: bool,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<LikelyTarget>, StoreError> {
    Ok(likely(rows(connection, of, (whom, simulated, ATTEMPTS_MAX), attempt)?, now, limit))
}

/// Writes changes and what they add up to; the caller has the transaction.
pub(crate) fn change(connection: &Connection, changes: &[RecordChange]) -> Result<(), StoreError> {
    let mut sums = rollups::Changes::default();
    for change in changes {
        match change {
            RecordChange::Put(record) => {
                count(connection, record, &mut sums)?;
                put(connection, record)?;
            }
            RecordChange::TransferEnded(attempt) => tried(connection, attempt)?,
            RecordChange::VoicemailLeft(voicemail) => voicemails::leave(connection, voicemail)?,
            RecordChange::StateEnded(state) => rollups::put_state(connection, state, &mut sums)?,
        }
    }
    sums.write(connection)
}

/// Counts a record that is over, and no more what was counted in its place before.
fn count(
    connection: &Connection,
    record: &CallRecord,
    sums: &mut rollups::Changes,
) -> Result<(), StoreError> {
    let extent = rollups::Extent::read(connection)?;
    if let Some(before) = kept(connection, record.call, record.part)?
        && extent.has(&before)
    {
        sums.remove(&before)?;
    }
    if extent.has(record) {
        sums.add(record)?;
    }
    Ok(())
}

/// The record that is kept in this place, with its user sessions, where it is over.
pub(crate) fn kept(
    connection: &Connection,
    call: CallId,
    part: u32,
) -> Result<Option<CallRecord>, StoreError> {
    let over =
        format!("SELECT {COLUMNS} FROM call_records WHERE call = ?1 AND part = ?2 AND ended IS NOT NULL");
    Ok(all(connection, &over, (column(call.0)?, part))?.pop())
}

/// The next live records in the order of their arrival, with their user sessions.
pub(crate) fn after(
    connection: &Connection,
    place: RecordCursor,
    limit: u32,
) -> Result<Vec<CallRecord>, StoreError> {
    let next = format!(
        "SELECT {COLUMNS} FROM call_records
        WHERE simulated = 0 AND (arrived, call, part) > (?1, ?2, ?3) ORDER BY arrived, call, part LIMIT ?4"
    );
    let RecordCursor { arrived, call, part } = place;
    all(connection, &next, (arrived.0, column(call.0)?, part, limit))
}

fn tried(connection: &Connection, attempt: &TransferAttempt) -> Result<(), StoreError> {
    const TRIED: &str = "INSERT INTO transfer_attempts (caller, simulated, target, attendant, at, ended)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let TransferAttempt { caller, target, attendant, at, origin, end } = attempt;
    let attendant = attendant.map(|attendant| column(attendant.0)).transpose()?;
    let (caller, target) = (column(caller.0)?, column(target.0)?);
    let end = stored::write_transfer_end(*end);
    perform(connection, TRIED, (caller, is_simulated(*origin), target, attendant, at.0, end))?;
    Ok(())
}

fn put(connection: &Connection, record: &CallRecord) -> Result<(), StoreError> {
    const RECORD: &str =
        "INSERT INTO call_records (call, part, simulated, outbound, service, party, arrived, accepted,
            ended, connected_ms, hold_ms, park_ms, outcome, queued)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
        ON CONFLICT (call, part) DO UPDATE SET simulated = excluded.simulated, outbound = excluded.outbound,
            service = excluded.service, party = excluded.party, arrived = excluded.arrived,
            accepted = excluded.accepted, ended = excluded.ended, connected_ms = excluded.connected_ms,
            hold_ms = excluded.hold_ms, park_ms = excluded.park_ms, outcome = excluded.outcome, queued = excluded.queued";
    const SESSIONS_BEFORE: &str = "DELETE FROM user_sessions WHERE call = ?1 AND part = ?2";
    let call = column(record.call.0)?;
    let params = rusqlite::params![
        call,
        record.part,
        is_simulated(record.origin),
        record.outbound,
        record.service.map(|service| column(service.0)).transpose()?,
        column(record.party.0)?,
        record.arrived.0,
        record.accepted.map(|at| at.0),
        record.ended.map(|at| at.0),
        column(record.connected_ms)?,
        column(record.hold_ms)?,
        column(record.park_ms)?,
        record.outcome.map(stored::write_outcome),
        record.queued.map(|at| at.0),
    ];
    perform(connection, RECORD, params)?;
    perform(connection, SESSIONS_BEFORE, (call, record.part))?;
    for (place, session) in (0_u32..).zip(&record.user_sessions) {
        put_session(connection, call, record.part, place, session)?;
    }
    Ok(())
}

pub(crate) fn put_session(
    connection: &Connection,
    call: i64,
    part: u32,
    place: u32,
    session: &UserSession,
) -> Result<(), StoreError> {
    const SESSION: &str =
        "INSERT INTO user_sessions (call, part, place, attendant, began, ended, outcome, target, ring_ms, connected_ms, hold_ms)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    let params = rusqlite::params![
        call,
        part,
        place,
        column(session.attendant.0)?,
        session.began.0,
        session.ended.map(|at| at.0),
        session.outcome.map(stored::write_user_outcome),
        session.target.map(|target| column(target.0)).transpose()?,
        column(session.ring_ms)?,
        column(session.connected_ms)?,
        column(session.hold_ms)?,
    ];
    perform(connection, SESSION, params)?;
    Ok(())
}

fn calls(
    connection: &mut Connection,
    filter: &RecordFilter,
    limit: u32,
) -> Result<Vec<CallRecord>, StoreError> {
    let (sql, values) = question(filter, limit)?;
    // One transaction, so that a record and its user sessions are of the same moment.
    let transaction = connection.transaction().map_err(of_sqlite)?;
    all(&transaction, &sql, params_from_iter(values))
}

/// Only the conditions that are asked for, so that each question finds its index; and their values.
fn question(filter: &RecordFilter, limit: u32) -> Result<(String, Vec<i64>), StoreError> {
    let RecordFilter { before, party, service, simulated } = filter;
    let mut sql = format!("SELECT {COLUMNS} FROM call_records WHERE simulated = ?");
    let mut values = vec![i64::from(*simulated)];
    if let Some(party) = party {
        sql.push_str(" AND party = ?");
        values.push(column(party.0)?);
    }
    if let Some(service) = service {
        sql.push_str(" AND service = ?");
        values.push(column(service.0)?);
    }
    if let Some(RecordCursor { arrived, call, part }) = before {
        sql.push_str(" AND (arrived, call, part) < (?, ?, ?)");
        values.extend([arrived.0, column(call.0)?, i64::from(*part)]);
    }
    sql.push_str(" ORDER BY arrived DESC, call DESC, part DESC LIMIT ?");
    values.push(i64::from(limit));
    Ok((sql, values))
}

/// What [`each`] selects of `call_records`.
pub(crate) const COLUMNS: &str =
    "call, part, simulated, outbound, service, party, arrived, accepted, ended, connected_ms, hold_ms,
    park_ms, outcome, queued, import";

/// Each record of a query of [`COLUMNS`], with its user sessions, until `take` has enough. In a transaction both are of the same moment.
pub(crate) fn each(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    mut take: impl FnMut(CallRecord) -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    const SESSIONS: &str =
        "SELECT attendant, began, ended, outcome, target, ring_ms, connected_ms, hold_ms FROM user_sessions
        WHERE call = ?1 AND part = ?2 ORDER BY place";
    let mut statement = connection.prepare_cached(sql).map_err(of_sqlite)?;
    let mut found = statement.query(params).map_err(of_sqlite)?;
    let mut sessions = connection.prepare_cached(SESSIONS).map_err(of_sqlite)?;
    while let Some(row) = found.next().map_err(of_sqlite)? {
        let mut record = record(row)?;
        let mut its = sessions.query((column(record.call.0)?, record.part)).map_err(of_sqlite)?;
        while let Some(row) = its.next().map_err(of_sqlite)? {
            record.user_sessions.push(session(row)?);
        }
        if !take(record)? {
            break;
        }
    }
    Ok(())
}

/// All of them.
pub(crate) fn all(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<Vec<CallRecord>, StoreError> {
    let mut records = Vec::new();
    each(connection, sql, params, |record| {
        records.push(record);
        Ok(true)
    })?;
    Ok(records)
}

fn record(row: &Row<'_>) -> Result<CallRecord, StoreError> {
    let outcome: Option<u8> = at(row, 12)?;
    Ok(CallRecord {
        call: CallId(from_column("call", at(row, 0)?)?),
        part: from_column("part", at(row, 1)?)?,
        origin: if at(row, 2)? { Origin::Simulated } else { Origin::Live },
        outbound: at(row, 3)?,
        service: optional_id("service", at(row, 4)?)?.map(ServiceId),
        party: PartyId(from_column("party", at(row, 5)?)?),
        arrived: Timestamp(at(row, 6)?),
        accepted: at::<Option<i64>>(row, 7)?.map(Timestamp),
        ended: at::<Option<i64>>(row, 8)?.map(Timestamp),
        connected_ms: from_column("connected_ms", at(row, 9)?)?,
        hold_ms: from_column("hold_ms", at(row, 10)?)?,
        park_ms: from_column("park_ms", at(row, 11)?)?,
        outcome: outcome.map(stored::read_outcome).transpose()?,
        queued: at::<Option<i64>>(row, 13)?.map(Timestamp),
        imported: at::<Option<i64>>(row, 14)?.is_some(),
        user_sessions: Vec::new(),
    })
}

fn session(row: &Row<'_>) -> Result<UserSession, StoreError> {
    let outcome: Option<u8> = at(row, 3)?;
    Ok(UserSession {
        attendant: AttendantId(from_column("attendant", at(row, 0)?)?),
        began: Timestamp(at(row, 1)?),
        ended: at::<Option<i64>>(row, 2)?.map(Timestamp),
        outcome: outcome.map(stored::read_user_outcome).transpose()?,
        target: optional_id("target", at(row, 4)?)?.map(PartyId),
        ring_ms: from_column("ring_ms", at(row, 5)?)?,
        connected_ms: from_column("connected_ms", at(row, 6)?)?,
        hold_ms: from_column("hold_ms", at(row, 7)?)?,
    })
}

fn attempt(row: &Row<'_>) -> Result<TransferAttempt, StoreError> {
    Ok(TransferAttempt {
        caller: PartyId(from_column("caller", get(row, "caller")?)?),
        target: PartyId(from_column("target", get(row, "target")?)?),
        attendant: optional_id("attendant", get(row, "attendant")?)?.map(AttendantId),
        at: Timestamp(get(row, "at")?),
        origin: if get(row, "simulated")? { Origin::Simulated } else { Origin::Live },
        end: stored::read_transfer_end(get(row, "ended")?)?,
    })
}

/// The attempts that name this party, by the ids of their rows.
pub(crate) fn attempts_of(
    connection: &Connection,
    party: i64,
) -> Result<Vec<(i64, TransferAttempt)>, StoreError> {
    const OF_PARTY: &str = "SELECT id, caller, simulated, target, attendant, at, ended FROM transfer_attempts
        WHERE caller = ?1 OR target = ?1";
    rows(connection, OF_PARTY, [party], |row| Ok((get(row, "id")?, attempt(row)?)))
}

fn optional_id(what: &str, id: Option<i64>) -> Result<Option<u64>, StoreError> {
    id.map(|id| from_column(what, id)).transpose()
}

pub(crate) fn is_simulated(origin: Origin) -> bool {
    match origin {
        Origin::Live => false,
        Origin::Simulated => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_about_calls_finds_its_index_and_sorts_nothing() {
        let mut connection = Connection::open_in_memory().expect("memory");
        crate::migrations::migrate(&mut connection).expect("it is empty");
        let all = RecordFilter::default();
        let cursor = RecordCursor { arrived: Timestamp(1), call: CallId(1), part: 1 };
        let paged = RecordFilter { before: Some(cursor), ..all.clone() };
        let of_party = RecordFilter { party: Some(PartyId(1)), ..paged.clone() };
        let of_service = RecordFilter { service: Some(ServiceId(1)), ..paged.clone() };
        for (filter, index) in
            [(all, "by_arrival"), (paged, "by_arrival"), (of_party, "by_party"), (of_service, "by_service")]
        {
            let (sql, values) = question(&filter, 100).expect("the values fit");
            let plan = format!("EXPLAIN QUERY PLAN {sql}");
            let plan = rows(&connection, &plan, params_from_iter(values), |row| get::<String>(row, "detail"));
            let plan = plan.expect("a plan").join("; ");
            assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{filter:?}: {plan}");
        }
        for (of, index) in
            [(OF_CALLER, "transfer_attempts_by_caller"), (OF_ATTENDANT, "transfer_attempts_by_attendant")]
        {
            let plan = format!("EXPLAIN QUERY PLAN {of}");
            let plan = rows(&connection, &plan, (1, false, 10), |row| get::<String>(row, "detail"));
            let plan = plan.expect("a plan").join("; ");
            assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}
