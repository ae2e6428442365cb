//! Takes the calls of an earlier telephone system's file over into a store (REPORT-5): row by row in constant memory, so many at a
//! time in one transaction with the place in the file, so that it can be stopped and goes on where it was. Every row is
//! taken, known, or refused with its line and the reason.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use contracts::imports::{ImportState, ImportedCall, ImportedName, Imports};
use data_encoding::HEXLOWER;
use flate2::bufread::MultiGzDecoder;
use ring::digest::{Context, SHA256};
use tokio_util::sync::CancellationToken;

use crate::UpkeepError;
use crate::calls_file::{Mapping, ReadCall, Reader};

/// Rows taken in one transaction.
const BATCH: usize = 20_000;
/// Bytes of one row: what an unclosed quotation mark would otherwise swallow.
const ROW_BYTES_MAX: u64 = 1 << 20;
/// What a file begins with that gzip has packed.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// Bytes at the beginning of a file by which it is known again, with its length.
const KNOWN_BY_BYTES: u64 = 1 << 20;

/// Why a file was not taken over to its end. What was taken before stays.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The mapping, or a mapping that does not fit the file.
    #[error("the mapping: {0}")]
    Mapping(String),
    /// The file.
    #[error("{}: {why}", .file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// Why.
        why: String,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] UpkeepError),
    /// It was stopped; the same command goes on.
    #[error("the import was stopped after {0} rows; the same command goes on from there")]
    Stopped(u64),
}

/// What whoever started it is told.
pub trait Telling {
    /// A row that was not taken, and why.
    fn refused(&mut self, line: u64, why: &str);
    /// So far: bytes of the file that were read, and all there are.
    fn read(&mut self, state: &ImportState, bytes: u64, of: u64);
}

/// Takes a file over. The same call again goes on where this one was stopped; a file that was read to its end is read again, and
/// nothing in it is new.
pub async fn import_into(
    store: &(impl Imports + ?Sized),
    file: &Path,
    mapping: &str,
    telling: &mut impl Telling,
    cancel: &CancellationToken,
) -> Result<ImportState, ImportError> {
    let mapping = Mapping::parse(mapping).map_err(ImportError::Mapping)?;
    let source = mapping.source.clone();
    let unreadable = |why: String| ImportError::File { file: file.to_owned(), why };
    let known_by = known_by(file).map_err(|error| unreadable(error.to_string()))?;
    let mut rows = Rows::open(file, mapping, unreadable)?;
    let before = store.import_state(&source).await.map_err(UpkeepError::from)?;
    let mut state = match before {
        Some(state) if state.file == known_by && !state.finished => state,
        Some(_) | None => ImportState { file: known_by, ..ImportState::default() },
    };
    for _ in 0..state.rows {
        rows.skip()?;
    }
    let mut names = BTreeSet::new();
    loop {
        if cancel.is_cancelled() {
            return Err(ImportError::Stopped(state.rows));
        }
        let mut batch = Batch::default();
        while batch.rows < BATCH as u64 && rows.next(&mut batch, telling)? {}
        state.rows += batch.rows;
        state.refused += batch.refused;
        state.finished = batch.rows < BATCH as u64;
        let new: Vec<ImportedName> =
            batch.names.into_iter().filter(|name| names.insert(name.clone())).collect();
        state = store.take_calls(&source, batch.calls, new, state).await.map_err(UpkeepError::from)?;
        telling.read(&state, rows.bytes(), rows.length);
        if state.finished {
            return Ok(state);
        }
    }
}

/// What goes into one transaction.
#[derive(Default)]
struct Batch {
    rows: u64,
    refused: u64,
    calls: Vec<ImportedCall>,
    names: BTreeSet<ImportedName>,
}

struct Rows<'a> {
    csv: csv::Reader<Bounded>,
    record: csv::ByteRecord,
    reader: Reader,
    left: Rc<Cell<u64>>,
    taken: Rc<Cell<u64>>,
    length: u64,
    unreadable: Box<dyn Fn(String) -> ImportError + 'a>,
}

impl<'a> Rows<'a> {
    fn open(
        file: &Path,
        mapping: Mapping,
        unreadable: impl Fn(String) -> ImportError + 'a,
    ) -> Result<Rows<'a>, ImportError> {
        let opened = std::fs::File::open(file).map_err(|error| unreadable(error.to_string()))?;
        let length = opened.metadata().map_err(|error| unreadable(error.to_string()))?.len();
        let left = Rc::new(Cell::new(ROW_BYTES_MAX));
        let taken = Rc::new(Cell::new(0));
        let mut inner = BufReader::with_capacity(1 << 16, Counted { file: opened, taken: taken.clone() });
        let is_packed = inner.fill_buf().map_err(|error| unreadable(error.to_string()))?.starts_with(&GZIP);
        let inner: Box<dyn Read> =
            if is_packed { Box::new(MultiGzDecoder::new(inner)) } else { Box::new(inner) };
        let bounded = Bounded { inner, left: left.clone() };
        let separator = mapping.separator().map_err(ImportError::Mapping)?;
        let mut builder = csv::ReaderBuilder::new();
        // A carriage return is trimmed with the last column: taken for the end of a row, it would put lines off by one.
        builder.delimiter(separator).flexible(true).terminator(csv::Terminator::Any(b'\n'));
        let mut csv = builder.from_reader(bounded);
        let header = csv.headers().map_err(|error| unreadable(error.to_string()))?.clone();
        let columns: Vec<&str> =
            header.iter().map(|name| name.trim_start_matches('\u{feff}').trim()).collect();
        let reader = mapping.reader(&columns).map_err(ImportError::Mapping)?;
        let record = csv::ByteRecord::new();
        Ok(Rows { csv, record, reader, left, taken, length, unreadable: Box::new(unreadable) })
    }

    /// The next row as it stands there; `false`: there is none.
    fn skip(&mut self) -> Result<bool, ImportError> {
        self.left.set(ROW_BYTES_MAX);
        let read = self.csv.read_byte_record(&mut self.record);
        read.map_err(|error| (self.unreadable)(format!("after line {}: {error}", self.csv.position().line())))
    }

    /// The next row, good or bad, into the batch.
    fn next(&mut self, batch: &mut Batch, telling: &mut impl Telling) -> Result<bool, ImportError> {
        if !self.skip()? {
            return Ok(false);
        }
        batch.rows += 1;
        match self.reader.read(&self.record) {
            Ok(ReadCall { call, service_name, attendant_name }) => {
                let record = &call.record;
                if let (Some(service), Some(name)) = (record.service, service_name) {
                    batch.names.insert(ImportedName::Service(service, name));
                }
                if let (Some(session), Some(name)) = (record.user_sessions.first(), attendant_name) {
                    batch.names.insert(ImportedName::Attendant(session.attendant, name));
                }
                batch.calls.push(call);
            }
            Err(why) => {
                batch.refused += 1;
                telling.refused(self.record.position().map_or(0, csv::Position::line), &why);
            }
        }
        Ok(true)
    }

    /// Bytes of the file that were read, with what lies ready.
    fn bytes(&self) -> u64 {
        self.taken.get().min(self.length)
    }
}

/// A file that says how much of it was read.
struct Counted {
    file: std::fs::File,
    taken: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.taken.set(self.taken.get() + read as u64);
        Ok(read)
    }
}

/// Rows that are not read on where one has no end.
struct Bounded {
    inner: Box<dyn Read>,
    left: Rc<Cell<u64>>,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        match self.left.get().checked_sub(read as u64) {
            Some(left) => self.left.set(left),
            None => return Err(std::io::Error::other(format!("a row has more than {ROW_BYTES_MAX} bytes"))),
        }
        Ok(read)
    }
}

/// By its beginning and its length.
fn known_by(file: &Path) -> std::io::Result<String> {
    let opened = std::fs::File::open(file)?;
    let mut hash = Context::new(&SHA256);
    hash.update(&opened.metadata()?.len().to_le_bytes());
    let mut beginning = Vec::new();
    opened.take(KNOWN_BY_BYTES).read_to_end(&mut beginning)?;
    hash.update(&beginning);
    Ok(HEXLOWER.encode(hash.finish().as_ref()))
}
