//! What the events of earlier releases tell that those releases did not keep: what attendants did, and how long each had a
//! call. Done once, in the transaction of the migration that made room for it. Records themselves stay as they are.

use contracts::journal::StoreError;
use contracts::stored;
use engine::Timestamp;
use reporting::{CallRecord, Fold, RecordChange, UserState};
use rusqlite::Connection;

use crate::columns::{column, get, perform};
use crate::{of_sqlite, records};

/// Folds the whole journal. An event that cannot be read ends it there: the desk will say so when it starts.
pub(crate) fn states(connection: &Connection) -> Result<(), StoreError> {
    const EVENTS: &str = "SELECT at, format, event FROM journal ORDER BY sequence";
    let mut statement = connection.prepare(EVENTS).map_err(of_sqlite)?;
    let mut found = statement.query(()).map_err(of_sqlite)?;
    let mut fold = Fold::default();
    while let Some(row) = found.next().map_err(of_sqlite)? {
        let event = match stored::read_event(get(row, "format")?, &get::<String>(row, "event")?) {
            Ok(event) => event,
            Err(error) => {
                tracing::warn!(%error, "what attendants did is only known up to here");
                return Ok(());
            }
        };
        for change in fold.apply(&event, Timestamp(get(row, "at")?)) {
            match change {
                RecordChange::Put(record) if record.ended.is_some() => times(connection, &record)?,
                RecordChange::StateEnded(state) => put_state(connection, &state)?,
                RecordChange::Put(_) | RecordChange::TransferEnded(_) | RecordChange::VoicemailLeft(_) => {}
            }
        }
    }
    Ok(())
}

fn times(connection: &Connection, record: &CallRecord) -> Result<(), StoreError> {
    const TIMES: &str = "UPDATE user_sessions SET ring_ms = ?4, connected_ms = ?5, hold_ms = ?6
        WHERE call = ?1 AND part = ?2 AND place = ?3";
    for (place, session) in (0_u32..).zip(&record.user_sessions) {
        let times = [column(session.ring_ms)?, column(session.connected_ms)?, column(session.hold_ms)?];
        let of = (column(record.call.0)?, record.part, place, times[0], times[1], times[2]);
        perform(connection, TIMES, of)?;
    }
    Ok(())
}

/// Writes a state that is over.
pub(crate) fn put_state(connection: &Connection, state: &UserState) -> Result<(), StoreError> {
    const STATE: &str = "INSERT INTO user_states (attendant, state, service, simulated, began, ended)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let params = (
        column(state.attendant.0)?,
        state.state.id(),
        state.service.map(|service| column(service.0)).transpose()?,
        records::is_simulated(state.origin),
        state.began.0,
        state.ended.0,
    );
    perform(connection, STATE, params)?;
    Ok(())
}
