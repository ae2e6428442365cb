//! Calls of an earlier telephone system in SQLite: taken, added up and the place in the file written in one transaction. Does not
//! read files.

use std::collections::HashMap;

use async_trait::async_trait;
use contracts::imports::{ImportState, ImportedCall, ImportedName, Imports, check_batch, no_place, places};
use contracts::journal::StoreError;
use contracts::{Address, stored};
use engine::PartyId;
use reporting::CallRecord;
use rusqlite::{Connection, OptionalExtension, Row};

use crate::columns::{column, from_column, get, perform, rows, writing};
use crate::records::put_session;
use crate::rollups::{Changes, Extent};
use crate::{Store, of_sqlite, room};

#[async_trait]
impl Imports for Store {
    async fn import_state(&self, source: &str) -> Result<Option<ImportState>, StoreError> {
        let source = source.to_owned();
        self.reader.run(move |connection| state(connection, &source)).await
    }

    async fn take_calls(
        &self,
        source: &str,
        calls: Vec<ImportedCall>,
        names: Vec<ImportedName>,
        state: ImportState,
    ) -> Result<ImportState, StoreError> {
        check_batch(source, &calls, &names)?;
        let source = source.to_owned();
        self.writer.run(move |connection| take(connection, &source, calls, &names, state)).await
    }
}

fn state(connection: &Connection, source: &str) -> Result<Option<ImportState>, StoreError> {
    const STATE: &str = "SELECT file, rows, taken, known, refused, finished FROM imports WHERE source = ?1";
    let read = |row: &Row<'_>| {
        Ok(ImportState {
            file: get(row, "file")?,
            rows: from_column("rows", get(row, "rows")?)?,
            taken: from_column("taken", get(row, "taken")?)?,
            known: from_column("known", get(row, "known")?)?,
            refused: from_column("refused", get(row, "refused")?)?,
            finished: get(row, "finished")?,
        })
    };
    Ok(rows(connection, STATE, [source], read)?.pop())
}

fn take(
    connection: &mut Connection,
    source: &str,
    calls: Vec<ImportedCall>,
    names: &[ImportedName],
    mut state: ImportState,
) -> Result<ImportState, StoreError> {
    const SOURCE: &str = "INSERT INTO imports (source, file, rows, taken, known, refused, finished)
        VALUES (?1, '', 0, 0, 0, 0, 0) ON CONFLICT (source) DO UPDATE SET source = excluded.source RETURNING id";
    const STATE: &str =
        "UPDATE imports SET file = ?2, rows = ?3, taken = ?4, known = ?5, refused = ?6, finished = ?7
        WHERE id = ?1";
    room::make(connection, calls.len())?;
    let transaction = writing(connection)?;
    let import: i64 = transaction.query_row(SOURCE, [source], |row| row.get(0)).map_err(of_sqlite)?;
    let extent = Extent::read(&transaction)?;
    let (mut sums, mut parties) = (Changes::default(), HashMap::new());
    for ImportedCall { row, mut record, caller } in calls {
        let known_party =
            caller.as_ref().map(|caller| party(&transaction, &parties, caller)).transpose()?.flatten();
        record.party = known_party.unwrap_or(record.party);
        if !put(&transaction, &mut record, import, row)? {
            state.known += 1;
            continue;
        }
        // Only now: a caller who was erased does not come back with a call that is there already.
        if let Some(caller) = caller {
            if known_party.is_none() {
                add_party(&transaction, record.party, &caller)?;
            }
            parties.insert(caller, record.party);
        }
        state.taken += 1;
        if extent.has(&record) {
            sums.add(&record)?;
        }
    }
    for name in names {
        keep_name(&transaction, name)?;
    }
    sums.write(&transaction)?;
    let ImportState { file, rows, taken, known, refused, finished } = &state;
    let [rows, taken, known, refused] = [*rows, *taken, *known, *refused].map(column);
    perform(&transaction, STATE, (import, file, rows?, taken?, known?, refused?, finished))?;
    transaction.commit().map_err(of_sqlite)?;
    if state.finished {
        room::give_back(connection)?;
    }
    Ok(state)
}

/// Puts a call into the first place of its second that is free; `false`: it is there already. A call of a release that did not keep
/// rows is taken for the one of its id.
fn put(connection: &Connection, record: &mut CallRecord, import: i64, row: u64) -> Result<bool, StoreError> {
    const IS_IT: &str = "SELECT import IS NOT NULL AND coalesce(import_row, ?3) = ?3 FROM call_records
        WHERE call = ?1 AND part = ?2";
    for place in places(record.call) {
        record.call = place;
        if insert(connection, record, import, row)? {
            return Ok(true);
        }
        let of = (column(place.0)?, record.part, column(row)?);
        let is_it: bool = connection
            .prepare_cached(IS_IT)
            .and_then(|mut statement| statement.query_row(of, |row| row.get(0)))
            .map_err(of_sqlite)?;
        if is_it {
            return Ok(false);
        }
    }
    Err(no_place())
}

/// `false`: its place is taken.
fn insert(connection: &Connection, record: &CallRecord, import: i64, row: u64) -> Result<bool, StoreError> {
    const RECORD: &str =
        "INSERT INTO call_records (call, part, simulated, outbound, service, party, arrived, accepted,
            ended, connected_ms, hold_ms, park_ms, outcome, queued, import, import_row)
        VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
        ON CONFLICT (call, part) DO NOTHING";
    let call = column(record.call.0)?;
    let params = rusqlite::params![
        call,
        record.part,
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
        import,
        column(row)?,
    ];
    if perform(connection, RECORD, params)? == 0 {
        return Ok(false);
    }
    for (place, session) in (0_u32..).zip(&record.user_sessions) {
        put_session(connection, call, record.part, place, session)?;
    }
    Ok(true)
}

/// Who has this number, if anybody; `known` are those this batch has met.
fn party(
    connection: &Connection,
    known: &HashMap<Address, PartyId>,
    address: &Address,
) -> Result<Option<PartyId>, StoreError> {
    const BY_ADDRESS: &str = "SELECT id FROM parties WHERE address = ?1";
    if let Some(party) = known.get(address) {
        return Ok(Some(*party));
    }
    let found: Option<i64> = connection
        .prepare_cached(BY_ADDRESS)
        .and_then(|mut statement| statement.query_row([address.as_str()], |row| row.get(0)).optional())
        .map_err(of_sqlite)?;
    found.map(|id| Ok(PartyId(from_column("party", id)?))).transpose()
}

fn add_party(connection: &Connection, party: PartyId, address: &Address) -> Result<(), StoreError> {
    const ADD: &str = "INSERT INTO parties (id, address) VALUES (?1, ?2)";
    perform(connection, ADD, (column(party.0)?, address.as_str()))?;
    Ok(())
}

fn keep_name(connection: &Connection, name: &ImportedName) -> Result<(), StoreError> {
    const NAME: &str = "INSERT INTO imported_names (attendant, id, name) VALUES (?1, ?2, ?3)
        ON CONFLICT (attendant, id) DO UPDATE SET name = excluded.name";
    let (attendant, id, text) = match name {
        ImportedName::Service(id, text) => (false, id.0, text),
        ImportedName::Attendant(id, text) => (true, id.0, text),
    };
    perform(connection, NAME, (attendant, column(id)?, text))?;
    Ok(())
}
