//! Calls of an earlier telephone system, taken over from its files (REPORT-5). Idempotent: a call that is there already stays as it
//! is. What was taken and how far the file was read are written together, so that an import that was stopped goes on. Does
//! not read files.

use async_trait::async_trait;
use engine::{AttendantId, CallId, ServiceId};
use reporting::CallRecord;

use crate::address::Address;
use crate::journal::StoreError;

/// Calls that are taken at once: what a transaction of a second holds, since no console has the store open.
pub const IMPORT_MAX: usize = 20_000;
/// The longest name of a source, or of what it speaks of, in characters.
pub const IMPORT_NAME_CHARS_MAX: usize = 200;

/// The part of a call's id that says which of its second it is.
const OF_SECOND: u64 = (1 << 31) - 1;

/// A call as its file tells it. Its ids follow from the source and the row, so that the same row is the same call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedCall {
    /// Tells its row from all others of all sources, in 63 bits. The id of the call holds the second and 31 bits of it only: where
    /// another row has that id already, the call has the next that is free.
    pub row: u64,
    /// The record; its party is the one to be made where nobody has the caller's number yet.
    pub record: CallRecord,
    /// The caller's number; `None`: unknown.
    pub caller: Option<Address>,
}

/// What something is called that only the file knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ImportedName {
    /// A service.
    Service(ServiceId, String),
    /// An attendant.
    Attendant(AttendantId, String),
}

/// How far a source was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportState {
    /// Which file: a hash over its beginning and length.
    pub file: String,
    /// Rows read, good and bad.
    pub rows: u64,
    /// Calls taken.
    pub taken: u64,
    /// Calls that were there already.
    pub known: u64,
    /// Rows refused.
    pub refused: u64,
    /// To its end.
    pub finished: bool,
}

/// Taking calls over.
#[async_trait]
pub trait Imports: Send + Sync {
    /// How far this source was read; `None`: never.
    async fn import_state(&self, source: &str) -> Result<Option<ImportState>, StoreError>;
    /// Takes these calls (at most [`IMPORT_MAX`]) and names, all or none. `state` tells how far the file was read with them; what
    /// was taken and what was known is added to it here. Gives the state that is kept now.
    async fn take_calls(
        &self,
        source: &str,
        calls: Vec<ImportedCall>,
        names: Vec<ImportedName>,
        state: ImportState,
    ) -> Result<ImportState, StoreError>;
}

/// Where a call may stand, first its own id and then the next ones of its second.
pub fn places(call: CallId) -> impl Iterator<Item = CallId> {
    let second = call.0 & !OF_SECOND;
    (0..=OF_SECOND).map(move |step| CallId(second | (call.0 + step) & OF_SECOND))
}

/// A second has no place left for a call.
pub fn no_place() -> StoreError {
    StoreError::OutOfRange("one second has 2,147,483,648 calls; it takes no more".to_owned())
}

/// A source and a batch within the limits.
pub fn check_batch(source: &str, calls: &[ImportedCall], names: &[ImportedName]) -> Result<(), StoreError> {
    let out = |why: String| Err(StoreError::OutOfRange(why));
    if source.is_empty() || source.chars().count() > IMPORT_NAME_CHARS_MAX {
        return out(format!("the name of a source has 1–{IMPORT_NAME_CHARS_MAX} characters"));
    }
    if calls.len() > IMPORT_MAX {
        return out(format!("{} calls at once; {IMPORT_MAX} are the most", calls.len()));
    }
    let text = |name: &ImportedName| match name {
        ImportedName::Service(_, text) | ImportedName::Attendant(_, text) => text.chars().count(),
    };
    if names.iter().map(text).any(|chars| chars == 0 || chars > IMPORT_NAME_CHARS_MAX) {
        return out(format!("a name has 1–{IMPORT_NAME_CHARS_MAX} characters"));
    }
    if calls.iter().any(|call| !call.record.imported || call.record.ended.is_none()) {
        return out("an imported call is marked as such, and over".to_owned());
    }
    Ok(())
}
