//! Memory for pages where what the vault gives every connection is too little: while much comes at once, and for reports. Does not know
//! what comes.

use contracts::journal::StoreError;
use rusqlite::Connection;

use crate::of_sqlite;

/// Pages in memory, 128 MiB: numbers of callers and keys of contacts lie all over their indexes, and a page that is met again soon is
/// sealed and written once.
const KIB: i64 = 128 << 10;
/// From so many at once on: fewer come from a console, which has other uses for its memory.
const ROWS_MIN: usize = 2_000;

/// Of a connection that reads for reports, as far as it is needed: the sums of two years of a busy tenant, or each screen would open
/// them anew.
const REPORTS_KIB: i64 = 48 << 10;

/// Makes room for reports.
pub(crate) fn for_reports(connection: Connection) -> Result<Connection, StoreError> {
    set(&connection, REPORTS_KIB)?;
    Ok(connection)
}

/// Makes room where so many come at once.
pub(crate) fn make(connection: &Connection, rows: usize) -> Result<(), StoreError> {
    if rows >= ROWS_MIN { set(connection, KIB) } else { Ok(()) }
}

/// As it was.
pub(crate) fn give_back(connection: &Connection) -> Result<(), StoreError> {
    set(connection, vault::CACHE_KIB)?;
    connection.execute_batch("PRAGMA shrink_memory").map_err(of_sqlite)
}

fn set(connection: &Connection, kib: i64) -> Result<(), StoreError> {
    connection.pragma_update(None, "cache_size", -kib).map_err(of_sqlite)
}
