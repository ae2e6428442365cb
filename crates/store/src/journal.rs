//! The journal and its outbox in SQLite: one transaction per append. Does not decide anything and does not perform
//! orders.

use async_trait::async_trait;
use contracts::journal::{Entry, GivenUp, Journal, Lease, PAGE_MAX, Pending, Recorded, StoreError};
use contracts::telephony::OrderName;
use contracts::{limits, stored};
use engine::Timestamp;
use reporting::RecordChange;
use rusqlite::{Connection, Row, TransactionBehavior};

use crate::columns::{column, from_column, get, perform, rows};
use crate::{Store, of_sqlite, records};

/// An entry as it is written: its texts are made before the writing thread is asked.
struct EntryRow {
    sequence: i64,
    at: i64,
    event: String,
    effects: Vec<String>,
}

#[async_trait]
impl Journal for Store {
    async fn take_lease(&self, holder: &str) -> Result<Lease, StoreError> {
        limits::name("a holder", holder)?;
        let holder = holder.to_owned();
        self.writer.run(move |connection| take_lease(connection, &holder)).await
    }

    async fn append(
        &self,
        lease: Lease,
        after: u64,
        entries: &[Entry],
        records: &[RecordChange],
    ) -> Result<(), StoreError> {
        limits::entries(entries)?;
        let entries = entry_rows(after, entries);
        let records = records.to_vec();
        self.writer.run(move |connection| append(connection, lease, after, &entries, &records)).await
    }

    async fn read(&self, after: u64, limit: u32) -> Result<Vec<Recorded>, StoreError> {
        limits::page(limit, PAGE_MAX)?;
        self.reader.run(move |connection| read(connection, after, limit)).await
    }

    async fn pending(&self, limit: u32) -> Result<Vec<Pending>, StoreError> {
        limits::page(limit, PAGE_MAX)?;
        const WAITING: &str = "SELECT sequence, place, at, format, effect FROM outbox
            WHERE gave_up IS NULL ORDER BY sequence, place LIMIT ?1";
        self.reader.run(move |connection| rows(connection, WAITING, [limit], pending)).await
    }

    async fn done(&self, name: OrderName, gave_up: Option<&str>) -> Result<(), StoreError> {
        let reason = gave_up.map(limits::reason);
        self.writer.run(move |connection| done(connection, name, reason.as_deref())).await
    }

    async fn given_up(&self, limit: u32) -> Result<Vec<GivenUp>, StoreError> {
        limits::page(limit, PAGE_MAX)?;
        const GIVEN_UP: &str = "SELECT sequence, place, at, format, effect, gave_up FROM outbox
            WHERE gave_up IS NOT NULL ORDER BY sequence DESC, place DESC LIMIT ?1";
        let given_up = |row: &Row<'_>| Ok(GivenUp { order: pending(row)?, reason: get(row, "gave_up")? });
        self.reader.run(move |connection| rows(connection, GIVEN_UP, [limit], given_up)).await
    }
}

fn take_lease(connection: &Connection, holder: &str) -> Result<Lease, StoreError> {
    const TAKE: &str = "UPDATE lease SET generation = generation + 1, holder = ?1 RETURNING generation";
    let generation = connection.query_row(TAKE, [holder], |row| row.get(0)).map_err(of_sqlite)?;
    Ok(Lease { generation: from_column("lease", generation)? })
}

fn entry_rows(after: u64, entries: &[Entry]) -> Vec<EntryRow> {
    // A sequence number that does not fit is never written: it is refused as a conflict first.
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    (1..)
        .zip(entries)
        .map(|(nth, Entry { at, event, effects })| EntryRow {
            sequence: after.saturating_add(nth),
            at: at.0,
            event: stored::write_event(event),
            effects: effects.iter().map(stored::write_effect).collect(),
        })
        .collect()
}

fn append(
    connection: &mut Connection,
    lease: Lease,
    after: u64,
    entries: &[EntryRow],
    changes: &[RecordChange],
) -> Result<(), StoreError> {
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(of_sqlite)?;
    check_lease(&transaction, lease)?;
    check_sequence(&transaction, after)?;
    for entry in entries {
        append_entry(&transaction, entry)?;
    }
    records::change(&transaction, changes)?;
    transaction.commit().map_err(of_sqlite)
}

fn check_lease(connection: &Connection, lease: Lease) -> Result<(), StoreError> {
    const NEWEST: &str = "SELECT generation FROM lease";
    let newest: i64 = connection
        .prepare_cached(NEWEST)
        .and_then(|mut found| found.query_row([], |row| row.get(0)))
        .map_err(of_sqlite)?;
    if newest > 0 && from_column::<u64>("lease", newest)? == lease.generation {
        Ok(())
    } else {
        Err(StoreError::Conflict(format!("lease {} was taken over by {newest}", lease.generation)))
    }
}

fn check_sequence(connection: &Connection, after: u64) -> Result<(), StoreError> {
    const LAST: &str = "SELECT coalesce(max(sequence), 0) FROM journal";
    let last: i64 = connection
        .prepare_cached(LAST)
        .and_then(|mut found| found.query_row([], |row| row.get(0)))
        .map_err(of_sqlite)?;
    if from_column::<u64>("sequence number", last)? == after {
        Ok(())
    } else {
        Err(StoreError::Conflict(format!("the journal is at event {last}, the writer at {after}")))
    }
}

fn append_entry(connection: &Connection, entry: &EntryRow) -> Result<(), StoreError> {
    const EVENT: &str = "INSERT INTO journal (sequence, at, format, event) VALUES (?1, ?2, ?3, ?4)";
    const ORDER: &str =
        "INSERT INTO outbox (sequence, place, at, format, effect) VALUES (?1, ?2, ?3, ?4, ?5)";
    perform(connection, EVENT, (entry.sequence, entry.at, stored::FORMAT, &entry.event))?;
    for (place, effect) in (0_u32..).zip(&entry.effects) {
        perform(connection, ORDER, (entry.sequence, place, entry.at, stored::FORMAT, effect))?;
    }
    Ok(())
}

fn read(connection: &Connection, after: u64, limit: u32) -> Result<Vec<Recorded>, StoreError> {
    const EVENTS: &str =
        "SELECT sequence, at, format, event FROM journal WHERE sequence > ?1 ORDER BY sequence LIMIT ?2";
    let Ok(after_column) = column(after) else { return Ok(Vec::new()) };
    let page = rows(connection, EVENTS, (after_column, limit), recorded)?;
    for (expected, recorded) in (after + 1..).zip(&page) {
        if recorded.sequence != expected {
            return Err(StoreError::Damaged(format!("event {expected} is missing from the journal")));
        }
    }
    Ok(page)
}

fn recorded(row: &Row<'_>) -> Result<Recorded, StoreError> {
    Ok(Recorded {
        sequence: from_column("sequence number", get(row, "sequence")?)?,
        at: Timestamp(get(row, "at")?),
        event: stored::read_event(format(row)?, &get::<String>(row, "event")?)?,
    })
}

fn pending(row: &Row<'_>) -> Result<Pending, StoreError> {
    let name = OrderName {
        sequence: from_column("sequence number", get(row, "sequence")?)?,
        index: from_column("place", get(row, "place")?)?,
    };
    let effect = stored::read_effect(format(row)?, &get::<String>(row, "effect")?)?;
    Ok(Pending { name, at: Timestamp(get(row, "at")?), effect })
}

fn format(row: &Row<'_>) -> Result<u32, StoreError> {
    from_column("format", get(row, "format")?)
}

fn done(connection: &Connection, name: OrderName, gave_up: Option<&str>) -> Result<(), StoreError> {
    const PERFORMED: &str = "DELETE FROM outbox WHERE sequence = ?1 AND place = ?2 AND gave_up IS NULL";
    const GIVE_UP: &str =
        "UPDATE outbox SET gave_up = ?3 WHERE sequence = ?1 AND place = ?2 AND gave_up IS NULL";
    let Ok(sequence) = column(name.sequence) else { return Ok(()) };
    match gave_up {
        None => perform(connection, PERFORMED, (sequence, name.index))?,
        Some(reason) => perform(connection, GIVE_UP, (sequence, name.index, reason))?,
    };
    Ok(())
}
