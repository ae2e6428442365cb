//! A file as it is taken over: its rows in batches of calls, names and reasons, as its bytes come; and how a file is known again.

use std::collections::BTreeSet;

use contracts::imports::{ImportedCall, ImportedName};
use data_encoding::HEXLOWER;
use ring::digest::{Context, SHA256};

use crate::mapping::{Mapping, ReadCall, Reader};
use crate::rows::{FileError, Next, Rows};

/// Bytes at the beginning of a file by which it is known again, with its length.
const KNOWN_BY_BYTES: u64 = 1 << 20;
/// Rows that are passed at once: some hundredths of a second.
const SKIPPED_AT_ONCE: u64 = 20_000;

/// Why it was not read on.
#[derive(Debug, thiserror::Error)]
pub enum TakingError {
    /// The mapping does not fit the file.
    #[error("{0}")]
    Mapping(String),
    /// The file.
    #[error(transparent)]
    File(#[from] FileError),
}

/// A file that is being read with its mapping.
pub struct Taking {
    rows: Rows,
    /// Waits for the heading.
    mapping: Option<Mapping>,
    reader: Option<Reader>,
    /// Rows that were taken the time before.
    skipped: u64,
    /// Names that were given out.
    named: BTreeSet<ImportedName>,
}

/// What goes into one transaction.
#[derive(Debug, Default)]
pub struct Batch {
    /// Rows read for it, good and bad.
    pub rows: u64,
    /// The calls.
    pub calls: Vec<ImportedCall>,
    /// Names that no batch before has told.
    pub names: Vec<ImportedName>,
    /// Rows that are none, by line.
    pub refused: Vec<(u64, String)>,
}

impl Taking {
    /// `skipped`: so many rows were taken before. Words where the mapping has a fault.
    pub fn new(mapping: Mapping, skipped: u64) -> Result<Taking, String> {
        let rows = Rows::new(mapping.separator()?);
        Ok(Taking { rows, mapping: Some(mapping), reader: None, skipped, named: BTreeSet::new() })
    }

    /// Takes the bytes that follow.
    pub fn push(&mut self, bytes: &[u8]) {
        self.rows.push(bytes);
    }

    /// There are no more bytes.
    pub fn end(&mut self) {
        self.rows.end();
    }

    /// Fills a batch up to so many rows, behind those that were taken before. `true`: there may be more; `false`: there are
    /// none before there are more bytes, or after [`Taking::end`], at all.
    pub fn fill(&mut self, batch: &mut Batch, rows_max: u64) -> Result<bool, TakingError> {
        let mut passed = 0;
        while batch.rows < rows_max && passed < SKIPPED_AT_ONCE {
            match self.rows.advance()? {
                Next::Row => {}
                // A heading that is missing fits no mapping.
                Next::End if self.reader.is_none() => {
                    self.heading()?;
                    return Ok(false);
                }
                Next::More | Next::End => return Ok(false),
            }
            let Some(reader) = &mut self.reader else {
                self.heading()?;
                continue;
            };
            if self.skipped > 0 {
                self.skipped -= 1;
                passed += 1;
                continue;
            }
            batch.rows += 1;
            let row = self.rows.row();
            match reader.read(&row) {
                Ok(read) => take(&mut self.named, batch, read),
                Err(why) => batch.refused.push((row.line, why)),
            }
        }
        Ok(true)
    }

    fn heading(&mut self) -> Result<(), TakingError> {
        let row = self.rows.row();
        if is_announcement(row.iter().collect::<Vec<_>>().as_slice()) {
            return Ok(());
        }
        let columns: Vec<&str> = row.iter().map(str::trim).collect();
        if let Some(mapping) = self.mapping.take() {
            self.reader = Some(mapping.reader(&columns).map_err(TakingError::Mapping)?);
        }
        Ok(())
    }
}

/// The line `sep=;` with which Excel is told the separator.
pub(crate) fn is_announcement(fields: &[&str]) -> bool {
    matches!(fields.first(), Some(first) if first.len() <= 5 && first.to_ascii_lowercase().starts_with("sep="))
}

fn take(named: &mut BTreeSet<ImportedName>, batch: &mut Batch, read: ReadCall) {
    let ReadCall { call, service_name, attendant_name } = read;
    let service = call.record.service.zip(service_name).map(|(id, name)| ImportedName::Service(id, name));
    let session = call.record.user_sessions.first();
    let attendant =
        session.zip(attendant_name).map(|(session, name)| ImportedName::Attendant(session.attendant, name));
    for name in service.into_iter().chain(attendant) {
        if named.insert(name.clone()) {
            batch.names.push(name);
        }
    }
    batch.calls.push(call);
}

/// By its beginning and its length.
pub struct KnownBy {
    hash: Context,
    left: u64,
}

impl KnownBy {
    /// Of a file of so many bytes.
    pub fn new(length: u64) -> KnownBy {
        let mut hash = Context::new(&SHA256);
        hash.update(&length.to_le_bytes());
        KnownBy { hash, left: KNOWN_BY_BYTES.min(length) }
    }

    /// Takes the bytes that follow; what it is known by, once there are enough of them.
    pub fn take(&mut self, bytes: &[u8]) -> Option<String> {
        let beginning = &bytes[..bytes.len().min(usize::try_from(self.left).unwrap_or(usize::MAX))];
        self.hash.update(beginning);
        self.left -= beginning.len() as u64;
        (self.left == 0).then(|| HEXLOWER.encode(self.hash.clone().finish().as_ref()))
    }
}
