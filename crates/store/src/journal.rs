//! The journal and its outbox in SQLite: one transaction per append. Does not decide anything and does not perform
//! orders.

use async_trait::async_trait;
use contracts::journal::{Entry, GivenUp, Journal, Lease, PAGE_MAX, Pending, Recorded, StoreError};
use contracts::telephony::OrderName;
use contracts::{Snapshot, limits, stored};
use engine::Timestamp;
use reporting::RecordChange;
use rusqlite::{Connection, Row};

use crate::columns::{column, from_column, get, perform, rows, writing};
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

    async fn beginning(&self) -> Result<Snapshot, StoreError> {
        self.reader.run(move |connection| beginning(connection)).await
    }

    async fn set_down(&self, release: &str) -> Result<Option<Snapshot>, StoreError> {
        const SET_DOWN: &str = "SELECT format, board FROM boards WHERE place = 1 AND release = ?1";
        let release = release.to_owned();
        let found = self.reader.run(move |connection| rows(connection, SET_DOWN, [release], board)).await?;
        Ok(found.into_iter().next())
    }

    async fn set_down_at(&self, release: &str, board: Snapshot) -> Result<(), StoreError> {
        limits::name("a release", release)?;
        let (release, text) = (release.to_owned(), stored::write_board(&board));
        let sequence = column(board.sequence)?;
        self.writer.run(move |connection| keep_board(connection, NEWEST, sequence, &release, &text)).await
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

/// The place of the board before the oldest event, and of the newest one.
const OLDEST: u8 = 0;
const NEWEST: u8 = 1;

/// The switchboard before the oldest event that is kept.
pub(crate) fn beginning(connection: &Connection) -> Result<Snapshot, StoreError> {
    const BEGINNING: &str = "SELECT format, board FROM boards WHERE place = 0";
    Ok(rows(connection, BEGINNING, (), board)?.pop().unwrap_or_default())
}

/// From now on the journal begins after this, and nothing older is kept; the caller has the transaction.
pub(crate) fn begin_at(connection: &Connection, board: &Snapshot) -> Result<(), StoreError> {
    const OLDER: &str = "DELETE FROM boards WHERE place = ?1 AND sequence < ?2";
    let sequence = column(board.sequence)?;
    perform(connection, OLDER, (NEWEST, sequence))?;
    keep_board(connection, OLDEST, sequence, "", &stored::write_board(board))
}

fn keep_board(
    connection: &Connection,
    place: u8,
    sequence: i64,
    release: &str,
    board: &str,
) -> Result<(), StoreError> {
    const KEEP: &str = "INSERT OR REPLACE INTO boards (place, sequence, release, format, board)
        VALUES (?1, ?2, ?3, ?4, ?5)";
    perform(connection, KEEP, (place, sequence, release, stored::FORMAT, board))?;
    Ok(())
}

fn board(row: &Row<'_>) -> Result<Snapshot, StoreError> {
    stored::read_board(format(row)?, &get::<String>(row, "board")?)
}

/// The last event that is gone; 0: none is.
fn gone(connection: &Connection) -> Result<u64, StoreError> {
    const GONE: &str = "SELECT sequence FROM boards WHERE place = 0";
    let sequence = |row: &Row<'_>| from_column::<u64>("sequence number", get(row, "sequence")?);
    let gone = rows(connection, GONE, (), sequence)?;
    Ok(gone.into_iter().sum())
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
    let transaction = writing(connection)?;
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

/// The next events that are kept, without a gap.
pub(crate) fn read(connection: &Connection, after: u64, limit: u32) -> Result<Vec<Recorded>, StoreError> {
    const EVENTS: &str =
        "SELECT sequence, at, format, event FROM journal WHERE sequence > ?1 ORDER BY sequence LIMIT ?2";
    let after = after.max(gone(connection)?);
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
