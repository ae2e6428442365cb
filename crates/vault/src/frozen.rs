//! A database that stands still for a backup while the desk goes on: its file holds one whole state, and what is written
//! meanwhile stays in the log. Reads sealed pages as they lie on disk; needs no key.

use std::path::PathBuf;

use rusqlite::Connection;

use crate::base::OwnFile;
use crate::format::PAGE_BYTES;
use crate::{Purpose, Vault, VaultError, names, of_code, vfs};

/// A database whose file does not change while this lives. The log grows meanwhile: do not keep it for long.
#[derive(Debug)]
pub struct Frozen {
    path: PathBuf,
    file: OwnFile,
    pages: u32,
    connection: Connection,
}

impl Vault {
    /// Brings everything that was committed into the file and holds the file there. Keeps writers waiting for the few
    /// milliseconds that takes. `InUse` where somebody reads an old state for longer than a connection waits, or another
    /// thread freezes: try again later.
    pub fn freeze(&self) -> Result<Frozen, VaultError> {
        let base = self.attached.database().base();
        let connection = self.connect(Purpose::Write)?;
        let in_use = || VaultError::InUse(self.path.clone());
        let gate = self.attached.database().index.shut_gate().ok_or_else(in_use)?;
        let begun = fold(&connection).and_then(|is_folded| {
            connection.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema")?;
            Ok(is_folded && vfs::reads_file_alone(&connection))
        });
        drop(gate);
        if !begun.map_err(|error| self.refused(&error))? {
            return Err(in_use());
        }
        let names = names(base, &self.path)?;
        let file = base.open(&names.database, false).map_err(|code| of_code(&self.path, code))?;
        let bytes = file.size().map_err(|code| of_code(&self.path, code))?;
        let pages = u32::try_from(bytes / PAGE_BYTES as u64).expect("SQLite numbers pages with 32 bits");
        Ok(Frozen { path: self.path.clone(), file, pages, connection })
    }
}

/// Brings the log into the file; false where somebody is in the way.
pub(crate) fn fold(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| Ok(row.get::<_, i32>(0)? == 0))
}

impl Frozen {
    /// How many pages there are.
    pub fn pages(&self) -> u32 {
        self.pages
    }

    /// Sealed pages from page `first` (1 for the first) on, as many as `into` has room for.
    pub fn read(&self, first: u32, into: &mut [u8]) -> Result<(), VaultError> {
        let offset = u64::from(first - 1) * PAGE_BYTES as u64;
        let read = self.file.read(into, offset).and_then(|read| read.whole());
        read.map_err(|code| of_code(&self.path, code))
    }

    /// A connection to this state.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }
}
