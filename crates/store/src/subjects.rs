//! What is kept about one person, in SQLite: read from the tables that name her, and erased from them in one transaction. Rows are
//! overwritten where they lay; then the write-ahead log, which still holds them, is folded in and cut off.

use std::collections::BTreeMap;

use async_trait::async_trait;
use contracts::book::{Contact, Party};
use contracts::journal::StoreError;
use contracts::limits;
use contracts::subjects::{KeptAbout, NAMED_MAX, Subject, Subjects};
use rusqlite::Connection;

use crate::columns::{column, from_column, get, perform, rows, writing};
use crate::{
    Store, contact_lines, contacts, cut_log_off, left_out, of_sqlite, people, personal, records, voicemails,
};

#[async_trait]
impl Subjects for Store {
    async fn parties_with(&self, part: &str) -> Result<Vec<Party>, StoreError> {
        const WITH: &str = "SELECT id, address, display_name FROM parties WHERE instr(address, ?1) > 0 ORDER BY length(address), id LIMIT ?2";
        limits::party_part(part)?;
        let part = part.to_owned();
        self.reader
            .run(move |connection| rows(connection, WITH, (part, NAMED_MAX as i64), people::party))
            .await
    }

    async fn about(&self, subject: &Subject) -> Result<KeptAbout, StoreError> {
        limits::subject(subject)?;
        let subject = subject.clone();
        let read = move |connection: &mut Connection| {
            // One transaction, so that all is of the same moment.
            let transaction = connection.transaction().map_err(of_sqlite)?;
            about(&transaction, &subject)
        };
        self.reader.run(read).await
    }

    async fn erase(&self, subject: &Subject) -> Result<KeptAbout, StoreError> {
        limits::subject(subject)?;
        let subject = subject.clone();
        self.writer.run(move |connection| erase(connection, &subject)).await
    }

    async fn leave_out(&self, contacts: &[Contact]) -> Result<(), StoreError> {
        let contacts = contacts.to_vec();
        self.writer.run(move |connection| left_out::leave_out(connection, &contacts)).await
    }

    async fn left_out(&self) -> Result<u64, StoreError> {
        self.reader.run(|connection| left_out::count(connection)).await
    }

    async fn take_in_again(&self) -> Result<u64, StoreError> {
        self.writer.run(left_out::take_in_again).await
    }
}

fn about(connection: &Connection, subject: &Subject) -> Result<KeptAbout, StoreError> {
    const PLACES: &str = "SELECT count(*) AS counted FROM group_contacts WHERE contact = ?1";
    const FIRST: &str = "SELECT count(*) AS counted FROM first_endpoints WHERE contact = ?1";
    const CALLS: &str = "SELECT count(*) AS counted FROM call_records WHERE party = ?1";
    let count = |sql: &str, id: i64| -> Result<u64, StoreError> {
        let counted: Vec<u64> =
            rows(connection, sql, [id], |row| from_column("a count", get(row, "counted")?))?;
        Ok(counted.into_iter().sum())
    };
    let ids = contact_columns(subject)?;
    let mut kept = KeptAbout { contacts: contacts::by_ids_in(connection, &ids)?, ..KeptAbout::default() };
    // By their rows: one that names two of her parties or contacts is found twice.
    let (mut transfers, mut stand_ins) = (BTreeMap::new(), BTreeMap::new());
    for party in &subject.parties {
        let id = column(party.0)?;
        kept.parties.extend(people::party_by_id(connection, id)?);
        kept.voicemails.extend(voicemails::of_party(connection, id)?);
        transfers.extend(records::attempts_of(connection, id)?);
        kept.calls += count(CALLS, id)?;
    }
    for id in &ids {
        let contact = from_column("contact", *id)?;
        kept.notes.extend(personal::note(connection, *id)?.parts.into_iter().map(|part| (contact, part)));
        stand_ins.extend(personal::stand_ins_with(connection, *id)?);
        kept.places += count(PLACES, *id)?;
        kept.first_endpoints += count(FIRST, *id)?;
    }
    kept.transfers = transfers.into_values().collect();
    kept.transfers.sort_by_key(|attempt| attempt.at);
    kept.stand_ins = stand_ins.into_iter().collect();
    kept.voicemails.sort_by_key(|kept| (kept.voicemail.left, kept.voicemail.recording));
    Ok(kept)
}

fn erase(connection: &mut Connection, subject: &Subject) -> Result<KeptAbout, StoreError> {
    const TRANSFERS: &str = "DELETE FROM transfer_attempts WHERE caller = ?1 OR target = ?1";
    const VOICEMAILS: &str = "DELETE FROM voicemails WHERE party = ?1";
    const PARTY: &str = "DELETE FROM parties WHERE id = ?1";
    // What is noted about her goes with it.
    const CONTACT: &str = "DELETE FROM contacts WHERE id = ?1";
    let transaction = writing(connection)?;
    let kept = about(&transaction, subject)?;
    for party in &subject.parties {
        let id = column(party.0)?;
        for sql in [TRANSFERS, VOICEMAILS, PARTY] {
            perform(&transaction, sql, [id])?;
        }
    }
    for id in contact_columns(subject)? {
        contact_lines::forget_manager(&transaction, id)?;
        perform(&transaction, CONTACT, [id])?;
    }
    perform(&transaction, "DELETE FROM index_image", ())?;
    contacts::count_change(&transaction, Some(&[]))?;
    transaction.commit().map_err(of_sqlite)?;
    cut_log_off(connection);
    Ok(kept)
}

fn contact_columns(subject: &Subject) -> Result<Vec<i64>, StoreError> {
    subject.contacts.iter().map(|contact| column(*contact)).collect()
}
