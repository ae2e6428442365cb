//! Between our words and SQLite's columns: ids, numbers, pages and transactions. Refuses what does not fit; does not know the tables.

use contracts::journal::StoreError;
use rusqlite::{Connection, Params, Row, Transaction, TransactionBehavior};

use crate::of_sqlite;

/// An id or sequence number as a column holds it.
pub(crate) fn column(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::OutOfRange(format!("{number:x} has more than 63 bits")))
}

/// A number as it was before it became a column.
pub(crate) fn from_column<T: TryFrom<i64>>(what: &str, column: i64) -> Result<T, StoreError> {
    T::try_from(column).map_err(|_| StoreError::Damaged(format!("{what} {column} is out of range")))
}

/// A transaction that will write: it waits for its turn at once, where one that read first would be refused.
pub(crate) fn writing(connection: &mut Connection) -> Result<Transaction<'_>, StoreError> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(of_sqlite)
}

/// All rows of a query, each read by `read`.
pub(crate) fn rows<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(of_sqlite)?;
    let mut found = statement.query(params).map_err(of_sqlite)?;
    let mut all = Vec::new();
    while let Some(row) = found.next().map_err(of_sqlite)? {
        all.push(read(row)?);
    }
    Ok(all)
}

/// Performs one prepared statement; gives the number of rows it changed.
pub(crate) fn perform(connection: &Connection, sql: &str, params: impl Params) -> Result<usize, StoreError> {
    connection.prepare_cached(sql).and_then(|mut statement| statement.execute(params)).map_err(of_sqlite)
}

/// One column of a row.
pub(crate) fn get<T: rusqlite::types::FromSql>(row: &Row<'_>, column: &str) -> Result<T, StoreError> {
    row.get(column).map_err(of_sqlite)
}

/// The column of this place, where very many rows are read.
pub(crate) fn at<T: rusqlite::types::FromSql>(row: &Row<'_>, place: usize) -> Result<T, StoreError> {
    row.get(place).map_err(of_sqlite)
}

/// Samples as a column holds them: 16 bits, the lower byte first.
pub(crate) fn pcm_of(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

/// Samples as they were before they became bytes; half a sample at the end counts as none.
pub(crate) fn samples_in(pcm: &[u8]) -> Vec<i16> {
    pcm.as_chunks().0.iter().map(|bytes| i16::from_le_bytes(*bytes)).collect()
}

/// The samples in a column.
pub(crate) fn samples_of(column: &str, row: &Row<'_>) -> Result<Vec<i16>, StoreError> {
    let value = row.get_ref(column).map_err(of_sqlite)?;
    let pcm = value.as_blob().map_err(|_| StoreError::Damaged(format!("{column} holds no samples")))?;
    Ok(samples_in(pcm))
}
