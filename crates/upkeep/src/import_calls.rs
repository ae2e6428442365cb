//! Takes the calls of an earlier telephone system's file over into a store (REPORT-5): row by row in constant memory, so many at a
//! time in one transaction with the place in the file, so that it can be stopped and goes on where it was. Every row is
//! taken, known, or refused with its line and the reason.

use std::io::Read;
use std::path::{Path, PathBuf};

use calls_file::{Batch, KnownBy, Mapping, Taking, TakingError};
use contracts::imports::{ImportState, ImportedCall, Imports};
use tokio_util::sync::CancellationToken;

use crate::UpkeepError;

/// Rows taken in one transaction.
const BATCH: u64 = 20_000;
/// Bytes of the file that are read at once.
const PIECE_BYTES: usize = 1 << 16;

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
    /// Calls that were read, before they go in.
    fn calls(&mut self, calls: &[ImportedCall]);
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
    let (opened, length, known_by) = open(file).map_err(|error| unreadable(error.to_string()))?;
    let before = store.import_state(&source).await.map_err(UpkeepError::from)?;
    let mut state = match before {
        Some(state) if state.file == known_by && !state.finished => state,
        Some(_) | None => ImportState { file: known_by, ..ImportState::default() },
    };
    let taking = Taking::new(mapping, state.rows).map_err(ImportError::Mapping)?;
    let of_file = |error| match error {
        Unread::Mapping(why) => ImportError::Mapping(why),
        Unread::File(why) => unreadable(why),
    };
    if cancel.is_cancelled() {
        return Err(ImportError::Stopped(state.rows));
    }
    let mut filled = Rows { taking, opened, read: 0, is_over: false }.fill().await;
    loop {
        let Filled { batch, rows: left } = filled.map_err(of_file)?;
        batch.refused.iter().for_each(|(line, why)| telling.refused(*line, why));
        state.rows += batch.rows;
        telling.calls(&batch.calls);
        state.refused += batch.refused.len() as u64;
        state.finished = left.is_none();
        let read = left.as_ref().map_or(length, |rows| rows.read);
        let taken = store.take_calls(&source, batch.calls, batch.names, state);
        let Some(rows) = left else {
            state = taken.await.map_err(UpkeepError::from)?;
            telling.read(&state, length, length);
            return Ok(state);
        };
        // The next rows are read while these are written.
        let (taken, following) = tokio::join!(taken, rows.fill());
        state = taken.map_err(UpkeepError::from)?;
        telling.read(&state, read.min(length), length);
        if cancel.is_cancelled() {
            return Err(ImportError::Stopped(state.rows));
        }
        filled = following;
    }
}

/// A file that is being read.
struct Rows {
    taking: Taking,
    opened: std::fs::File,
    /// Bytes of it.
    read: u64,
    is_over: bool,
}

/// A batch, and what there is behind it; `None`: nothing.
struct Filled {
    batch: Batch,
    rows: Option<Rows>,
}

/// Why a file is not read on.
enum Unread {
    Mapping(String),
    File(String),
}

impl Rows {
    /// The next batch, beside whatever else goes on.
    async fn fill(self) -> Result<Filled, Unread> {
        let filled = tokio::task::spawn_blocking(move || self.filled()).await;
        filled.unwrap_or_else(|error| Err(Unread::File(error.to_string())))
    }

    fn filled(mut self) -> Result<Filled, Unread> {
        let of_file = |error: std::io::Error| Unread::File(error.to_string());
        let (mut batch, mut piece) = (Batch::default(), vec![0; PIECE_BYTES]);
        while batch.rows < BATCH {
            let may_be_more = self.taking.fill(&mut batch, BATCH).map_err(|error| match error {
                TakingError::Mapping(why) => Unread::Mapping(why),
                TakingError::File(error) => Unread::File(error.to_string()),
            })?;
            if may_be_more {
                continue;
            }
            if self.is_over {
                return Ok(Filled { batch, rows: None });
            }
            let more = self.opened.read(&mut piece).map_err(of_file)?;
            self.taking.push(&piece[..more]);
            self.read += more as u64;
            self.is_over = more == 0;
            if self.is_over {
                self.taking.end();
            }
        }
        Ok(Filled { batch, rows: Some(self) })
    }
}

/// A file, how long it is, and what it is known by.
fn open(file: &Path) -> std::io::Result<(std::fs::File, u64, String)> {
    let length = std::fs::metadata(file)?.len();
    let mut known_by = KnownBy::new(length);
    let mut beginning = std::fs::File::open(file)?;
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let read = beginning.read(&mut piece)?;
        match known_by.take(&piece[..read]) {
            Some(known_by) => return Ok((std::fs::File::open(file)?, length, known_by)),
            None if read == 0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            None => {}
        }
    }
}
