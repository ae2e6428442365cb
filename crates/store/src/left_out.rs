//! People who are not to be taken in again, in SQLite (DATA-10): keyed hashes, and their key.

use std::collections::HashSet;

use contracts::book::Contact;
use contracts::journal::StoreError;
use contracts::left_out::{Hash, Hashes, KEY_BYTES, hashes, sift as sift_by};
use contracts::limits;
use rusqlite::Connection;

use crate::columns::{from_column, get, perform, rows, writing};
use crate::of_sqlite;

/// Takes those out who are left out.
pub(crate) fn sift(connection: &Connection, contacts: &mut Vec<Contact>) -> Result<(), StoreError> {
    let kept = rows(connection, "SELECT hash FROM left_out", (), |row| get::<Vec<u8>>(row, "hash"))?;
    if kept.is_empty() {
        return Ok(());
    }
    let damaged = || StoreError::Damaged("a hash of who is left out".to_owned());
    let kept: HashSet<Hash> =
        kept.into_iter().map(|hash| hash.try_into().map_err(|_| damaged())).collect::<Result<_, _>>()?;
    let key = key(connection)?
        .ok_or_else(|| StoreError::Damaged("the key of who is left out is gone".to_owned()))?;
    sift_by(contacts, &key, &kept);
    Ok(())
}

/// Leaves these out from now on.
pub(crate) fn leave_out(connection: &mut Connection, contacts: &[Contact]) -> Result<(), StoreError> {
    const MAKE_KEY: &str = "INSERT OR IGNORE INTO left_out_key (one, bytes) VALUES (1, randomblob(?1))";
    const KEEP: &str = "INSERT OR IGNORE INTO left_out (hash, kind) VALUES (?1, ?2)";
    let transaction = writing(connection)?;
    perform(&transaction, MAKE_KEY, [KEY_BYTES as i64])?;
    let key = key(&transaction)?.ok_or_else(|| StoreError::Damaged("a key was not kept".to_owned()))?;
    for contact in contacts {
        let Hashes { key, email } = hashes(&key, contact);
        perform(&transaction, KEEP, (key.as_slice(), 0))?;
        if let Some(email) = email {
            perform(&transaction, KEEP, (email.as_slice(), 1))?;
        }
    }
    limits::left_out(usize::try_from(count(&transaction)?).unwrap_or(usize::MAX))?;
    transaction.commit().map_err(of_sqlite)
}

/// How many are.
pub(crate) fn count(connection: &Connection) -> Result<u64, StoreError> {
    const COUNT: &str = "SELECT count(*) AS people FROM left_out WHERE kind = 0";
    let counted: Vec<u64> = rows(connection, COUNT, (), |row| from_column("people", get(row, "people")?))?;
    Ok(counted.into_iter().sum())
}

/// Nobody is any more; how many were.
pub(crate) fn take_in_again(connection: &mut Connection) -> Result<u64, StoreError> {
    let transaction = writing(connection)?;
    let people = count(&transaction)?;
    perform(&transaction, "DELETE FROM left_out", ())?;
    perform(&transaction, "DELETE FROM left_out_key", ())?;
    transaction.commit().map_err(of_sqlite)?;
    Ok(people)
}

fn key(connection: &Connection) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(rows(connection, "SELECT bytes FROM left_out_key", (), |row| get::<Vec<u8>>(row, "bytes"))?.pop())
}
