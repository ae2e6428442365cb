//! Voicemails in SQLite: written by an append, in its transaction; read in pages. What is said in them is a recording.

use async_trait::async_trait;
use contracts::journal::StoreError;
use contracts::limits;
use contracts::voicemails::{KeptVoicemail, VOICEMAILS_MAX, VoicemailBook, VoicemailCursor, VoicemailFilter};
use engine::{CallId, Origin, PartyId, RecordingId, ServiceId, Span, Timestamp};
use reporting::Voicemail;
use rusqlite::{Connection, Row, params_from_iter};

use crate::Store;
use crate::columns::{column, from_column, get, perform, rows};
use crate::records::is_simulated;

#[async_trait]
impl VoicemailBook for Store {
    async fn voicemails(
        &self,
        filter: &VoicemailFilter,
        limit: u32,
    ) -> Result<Vec<KeptVoicemail>, StoreError> {
        limits::page(limit, VOICEMAILS_MAX)?;
        let (sql, values) = question(filter, limit)?;
        self.reader.run(move |connection| rows(connection, &sql, params_from_iter(values), voicemail)).await
    }

    async fn voicemail(&self, recording: RecordingId) -> Result<Option<KeptVoicemail>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM voicemails WHERE recording = ?1");
        let Ok(recording) = column(recording.0) else { return Ok(None) };
        Ok(self.reader.run(move |connection| rows(connection, &sql, [recording], voicemail)).await?.pop())
    }

    async fn unhandled(&self, simulated: bool) -> Result<u64, StoreError> {
        const COUNT: &str = "SELECT count(*) AS waiting FROM voicemails WHERE simulated = ?1 AND handled = 0";
        let counted = self.reader.run(move |connection| {
            rows(connection, COUNT, [simulated], |row| from_column("a count", get(row, "waiting")?))
        });
        Ok(counted.await?.pop().unwrap_or(0))
    }

    async fn set_handled(&self, recording: RecordingId, handled: bool) -> Result<bool, StoreError> {
        const MARK: &str = "UPDATE voicemails SET handled = ?2 WHERE recording = ?1";
        let recording = column(recording.0)?;
        self.writer.run(move |connection| Ok(perform(connection, MARK, (recording, handled))? > 0)).await
    }

    async fn forward(&self, recording: RecordingId, service: ServiceId) -> Result<bool, StoreError> {
        const FORWARD: &str = "UPDATE voicemails SET service = ?2, handled = 0 WHERE recording = ?1";
        let (recording, service) = (column(recording.0)?, column(service.0)?);
        self.writer.run(move |connection| Ok(perform(connection, FORWARD, (recording, service))? > 0)).await
    }

    async fn remove(&self, recording: RecordingId) -> Result<bool, StoreError> {
        const REMOVE: &str = "DELETE FROM voicemails WHERE recording = ?1";
        let recording = column(recording.0)?;
        self.writer.run(move |connection| Ok(perform(connection, REMOVE, [recording])? > 0)).await
    }
}

/// Writes one that was left; the caller has the transaction.
pub(crate) fn leave(connection: &Connection, voicemail: &Voicemail) -> Result<(), StoreError> {
    const LEAVE: &str =
        "INSERT INTO voicemails (recording, call, service, party, left_at, length_ms, simulated, handled)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0) ON CONFLICT (recording) DO NOTHING";
    let Voicemail { recording, call, service, party, left, length, origin } = voicemail;
    let params = rusqlite::params![
        column(recording.0)?,
        column(call.0)?,
        column(service.0)?,
        column(party.0)?,
        left.0,
        length.0,
        is_simulated(*origin),
    ];
    perform(connection, LEAVE, params)?;
    Ok(())
}

const COLUMNS: &str = "recording, call, service, party, left_at, length_ms, simulated, handled";

/// Only the conditions that are asked for, so that each question finds its index; and their values.
fn question(filter: &VoicemailFilter, limit: u32) -> Result<(String, Vec<i64>), StoreError> {
    let VoicemailFilter { before, service, handled, simulated } = filter;
    let mut sql = format!("SELECT {COLUMNS} FROM voicemails WHERE simulated = ?");
    let mut values = vec![i64::from(*simulated)];
    match handled {
        // In words, not as a value: so the index of those that wait fits.
        Some(false) => sql.push_str(" AND handled = 0"),
        Some(true) => sql.push_str(" AND handled = 1"),
        None => {}
    }
    if let Some(service) = service {
        sql.push_str(" AND service = ?");
        values.push(column(service.0)?);
    }
    if let Some(VoicemailCursor { left, recording }) = before {
        sql.push_str(" AND (left_at, recording) < (?, ?)");
        values.extend([left.0, column(recording.0)?]);
    }
    sql.push_str(" ORDER BY left_at DESC, recording DESC LIMIT ?");
    values.push(i64::from(limit));
    Ok((sql, values))
}

/// The messages of this party.
pub(crate) fn of_party(connection: &Connection, party: i64) -> Result<Vec<KeptVoicemail>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM voicemails WHERE party = ?1");
    rows(connection, &sql, [party], voicemail)
}

fn voicemail(row: &Row<'_>) -> Result<KeptVoicemail, StoreError> {
    let voicemail = Voicemail {
        recording: RecordingId(from_column("recording", get(row, "recording")?)?),
        call: CallId(from_column("call", get(row, "call")?)?),
        service: ServiceId(from_column("service", get(row, "service")?)?),
        party: PartyId(from_column("party", get(row, "party")?)?),
        left: Timestamp(get(row, "left_at")?),
        length: Span(from_column("length_ms", get(row, "length_ms")?)?),
        origin: if get(row, "simulated")? { Origin::Simulated } else { Origin::Live },
    };
    Ok(KeptVoicemail { voicemail, handled: get(row, "handled")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_about_voicemails_finds_its_index_and_sorts_nothing() {
        let mut connection = Connection::open_in_memory().expect("memory");
        crate::migrations::migrate(&mut connection).expect("it is empty");
        let all = VoicemailFilter::default();
        let cursor = VoicemailCursor { left: Timestamp(1), recording: RecordingId(1) };
        let paged = VoicemailFilter { before: Some(cursor), ..all.clone() };
        let waiting = VoicemailFilter { handled: Some(false), ..paged.clone() };
        let of_service = VoicemailFilter { service: Some(ServiceId(1)), ..waiting.clone() };
        for (filter, index) in
            [(all, "by_time"), (paged, "by_time"), (waiting, "waiting"), (of_service, "waiting")]
        {
            let (sql, values) = question(&filter, 100).expect("the values fit");
            let plan = format!("EXPLAIN QUERY PLAN {sql}");
            let plan = rows(&connection, &plan, params_from_iter(values), |row| get::<String>(row, "detail"));
            let plan = plan.expect("a plan").join("; ");
            assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{filter:?}: {plan}");
        }
    }
}
