//! What ends by its age, in SQLite: erased in short transactions, out of the sums in the same ones. What is said in a message goes before
//! its row, so that a kill in between leaves a row to be erased again, and never a file that nobody knows. Does not decide what
//! is old.

use std::collections::BTreeSet;

use async_trait::async_trait;
use contracts::board::fold_away;
use contracts::journal::StoreError;
use contracts::retention::{EVENTS_STEP, Kept, Over, Retention, STEP_ROWS, Step, is_young};
use engine::{Origin, PartyId, RecordingId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, Transaction};
use vault::Vault;

use crate::columns::{column, from_column, get, perform, rows, writing};
use crate::rollups::{self, Changes, Extent};
use crate::{Store, cut_log_off, journal, of_sqlite, recordings, records};

#[async_trait]
impl Retention for Store {
    async fn erase_old(&self, kept: Kept, over: Over<'_>, from: u64) -> Result<Step, StoreError> {
        let Over { before, spared, has_erased } = over;
        let (spared, vault) = (spared.clone(), self.vault.clone());
        let erase = move |connection: &mut Connection| {
            let transaction = writing(connection)?;
            let step = match kept {
                Kept::Calls => calls(&transaction, before)?,
                Kept::Voicemails => voicemails(&transaction, &vault, before)?,
                Kept::Transfers => in_steps(perform(&transaction, TRANSFERS, (before.0, STEP_ROWS))?),
                Kept::States => states(&transaction, before)?,
                Kept::Orders => in_steps(perform(&transaction, ORDERS, (before.0, STEP_ROWS))?),
                Kept::Events => events(&transaction, before)?,
                Kept::Names => names(&transaction)?,
                Kept::Callers => callers(&transaction, before, &spared, from)?,
            };
            transaction.commit().map_err(of_sqlite)?;
            // Whoever writes pages anew meanwhile would have to wait, so not without need.
            if kept == Kept::Callers && step.next.is_none() && (has_erased || step.erased > 0) {
                cut_log_off(connection);
            }
            Ok(step)
        };
        self.writer.run(erase).await
    }

    async fn newest(&self) -> Result<Option<Timestamp>, StoreError> {
        const EVENT: &str = "SELECT at FROM journal ORDER BY sequence DESC LIMIT 1";
        const CALL: &str = "SELECT max(arrived) AS at FROM call_records WHERE simulated = ?1";
        let read = |connection: &mut Connection| {
            let at = |row: &Row<'_>| get::<Option<i64>>(row, "at");
            let mut all = rows(connection, EVENT, (), at)?;
            all.extend(rows(connection, CALL, [false], at)?);
            all.extend(rows(connection, CALL, [true], at)?);
            Ok(all.into_iter().flatten().max().map(Timestamp))
        };
        self.reader.run(read).await
    }
}

const TRANSFERS: &str =
    "DELETE FROM transfer_attempts WHERE id IN (SELECT id FROM transfer_attempts WHERE at < ?1 LIMIT ?2)";
const ORDERS: &str = "DELETE FROM outbox WHERE (sequence, place) IN
    (SELECT sequence, place FROM outbox WHERE gave_up IS NOT NULL AND at < ?1 LIMIT ?2)";

/// Of rows that are found again by their age.
fn in_steps(erased: usize) -> Step {
    Step { erased: erased as u64, next: (erased == STEP_ROWS as usize).then_some(0) }
}

fn calls(transaction: &Transaction<'_>, before: Timestamp) -> Result<Step, StoreError> {
    const ERASE: &str = "DELETE FROM call_records WHERE call = ?1 AND part = ?2";
    const SESSIONS: &str = "DELETE FROM user_sessions WHERE call = ?1 AND part = ?2";
    let old = format!(
        "SELECT {} FROM call_records WHERE simulated = ?1 AND arrived < ?2 ORDER BY arrived LIMIT ?3",
        records::COLUMNS
    );
    let (extent, mut sums, mut erased) = (Extent::read(transaction)?, Changes::default(), 0);
    for simulated in [false, true] {
        let left = STEP_ROWS - erased;
        for record in records::all(transaction, &old, (simulated, before.0, left))? {
            if extent.has(&record) {
                sums.remove(&record)?;
            }
            let place = (column(record.call.0)?, record.part);
            perform(transaction, SESSIONS, place)?;
            perform(transaction, ERASE, place)?;
            erased += 1;
        }
    }
    sums.write(transaction)?;
    Ok(in_steps(erased as usize))
}

fn voicemails(transaction: &Transaction<'_>, vault: &Vault, before: Timestamp) -> Result<Step, StoreError> {
    const OLD: &str = "SELECT recording FROM voicemails WHERE simulated IN (0, 1) AND left_at < ?1 LIMIT ?2";
    const ERASE: &str = "DELETE FROM voicemails WHERE recording = ?1";
    // Each has a file to be overwritten: fewer at once.
    let most = STEP_ROWS / 10;
    let id = |row: &Row<'_>| Ok(RecordingId(from_column("recording", get(row, "recording")?)?));
    let old = rows(transaction, OLD, (before.0, most), id)?;
    for recording in &old {
        recordings::discard(transaction, vault, *recording)?;
        perform(transaction, ERASE, [column(recording.0)?])?;
    }
    Ok(Step { erased: old.len() as u64, next: (old.len() == most as usize).then_some(0) })
}

/// States lie in the order in which they ended, so only the first are looked at.
fn states(transaction: &Transaction<'_>, before: Timestamp) -> Result<Step, StoreError> {
    const ERASE: &str = "DELETE FROM user_states WHERE id = ?1";
    let (extent, mut sums, mut erased) = (Extent::read(transaction)?, Changes::default(), 0);
    let first = rollups::states_after(transaction, 0, STEP_ROWS)?;
    for (id, state) in first.iter().filter(|(_, state)| state.ended < before) {
        if state.origin == Origin::Live && extent.has_state(*id) {
            sums.remove_state(state)?;
        }
        perform(transaction, ERASE, [*id])?;
        erased += 1;
    }
    sums.write(transaction)?;
    Ok(Step { erased, next: (erased == u64::from(STEP_ROWS)).then_some(0) })
}

/// The events that go, and the switchboard before those that stay, in one transaction. An order that waits keeps its event, and the last
/// event stays, so that the next has its number.
fn events(transaction: &Transaction<'_>, before: Timestamp) -> Result<Step, StoreError> {
    const SPARED: &str = "SELECT min((SELECT coalesce(max(sequence), 0) FROM journal),
        (SELECT coalesce(min(sequence), ?1) FROM outbox)) AS spared";
    const ERASE: &str = "DELETE FROM journal WHERE sequence <= ?1";
    let sequence = |row: &Row<'_>| from_column::<u64>("sequence number", get(row, "spared")?);
    let spared: u64 = rows(transaction, SPARED, [i64::MAX], sequence)?.into_iter().sum();
    let beginning = journal::beginning(transaction)?;
    let mut old = journal::read(transaction, beginning.sequence, EVENTS_STEP)?;
    let stays = old.iter().position(|event| event.at >= before || event.sequence >= spared);
    old.truncate(stays.unwrap_or(old.len()));
    if old.is_empty() {
        return Ok(Step::default());
    }
    let beginning = fold_away(beginning, &old);
    journal::begin_at(transaction, &beginning)?;
    perform(transaction, ERASE, [column(beginning.sequence)?])?;
    Ok(Step { erased: old.len() as u64, next: (old.len() == EVENTS_STEP as usize).then_some(0) })
}

fn names(transaction: &Transaction<'_>) -> Result<Step, StoreError> {
    const SERVICES: &str = "DELETE FROM imported_names WHERE attendant = 0
        AND NOT EXISTS (SELECT 1 FROM call_records WHERE call_records.service = imported_names.id)";
    const ATTENDANTS: &str = "DELETE FROM imported_names WHERE attendant = 1
        AND NOT EXISTS (SELECT 1 FROM user_sessions WHERE user_sessions.attendant = imported_names.id)";
    let erased = perform(transaction, SERVICES, ())? + perform(transaction, ATTENDANTS, ())?;
    Ok(Step { erased: erased as u64, next: None })
}

fn callers(
    transaction: &Transaction<'_>,
    before: Timestamp,
    spared: &BTreeSet<PartyId>,
    from: u64,
) -> Result<Step, StoreError> {
    const NEXT: &str = "SELECT id FROM parties WHERE id >= ?1 ORDER BY id LIMIT ?2";
    const ERASE: &str = "DELETE FROM parties WHERE id = ?1";
    let id = |row: &Row<'_>| Ok(PartyId(from_column("party", get(row, "id")?)?));
    let looked = rows(transaction, NEXT, (column(from)?, STEP_ROWS), id)?;
    let mut erased = 0;
    for party in &looked {
        let spoken_of = spared.contains(party) || is_young(*party, before);
        if !spoken_of && !is_spoken_of(transaction, *party)? {
            erased += perform(transaction, ERASE, [column(party.0)?])? as u64;
        }
    }
    let next = looked.last().filter(|_| looked.len() == STEP_ROWS as usize).map(|last| last.0 + 1);
    Ok(Step { erased, next })
}

/// Each is one look into an index.
const SPEAK_OF: [&str; 5] = [
    "SELECT 1 FROM call_records WHERE party = ?1 LIMIT 1",
    "SELECT 1 FROM user_sessions WHERE target = ?1 LIMIT 1",
    "SELECT 1 FROM voicemails WHERE party = ?1 LIMIT 1",
    "SELECT 1 FROM transfer_attempts WHERE caller = ?1 LIMIT 1",
    "SELECT 1 FROM transfer_attempts WHERE target = ?1 LIMIT 1",
];

fn is_spoken_of(connection: &Connection, party: PartyId) -> Result<bool, StoreError> {
    let party = column(party.0)?;
    for sql in SPEAK_OF {
        let mut statement = connection.prepare_cached(sql).map_err(of_sqlite)?;
        let found: Option<i64> =
            statement.query_row([party], |row| row.get(0)).optional().map_err(of_sqlite)?;
        if found.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// DATA-6: calls go on meanwhile, so no question of a step looks at a whole table.
    #[test]
    fn every_look_for_who_is_spoken_of_finds_its_index() {
        let mut connection = Connection::open_in_memory().expect("memory");
        crate::migrations::migrate(&mut connection).expect("it is empty");
        for sql in SPEAK_OF {
            let plan = format!("EXPLAIN QUERY PLAN {sql}");
            let plan = rows(&connection, &plan, [1], |row| get::<String>(row, "detail")).expect("a plan");
            assert!(plan.iter().all(|line| line.starts_with("SEARCH")), "{sql}: {plan:?}");
        }
    }
}
