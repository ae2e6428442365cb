//! Reading what was recorded: call history, a caller's earlier calls, transfer history. Written by the journal's
//! append, in its transaction.

use async_trait::async_trait;
use engine::{CallId, PartyId, ServiceId, Timestamp};
use reporting::CallRecord;

use crate::journal::StoreError;

/// Which call records. All that are `Some` must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordFilter {
    /// Older than this record: the cursor for the next page.
    pub before: Option<RecordCursor>,
    /// This caller only.
    pub party: Option<PartyId>,
    /// This service only.
    pub service: Option<ServiceId>,
    /// Simulated calls instead of live ones.
    pub simulated: bool,
}

/// Where a page of call records ended. Records are ordered by arrival, then call, then part, newest first; a call that
/// passed two services within one millisecond still has two places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordCursor {
    /// Arrival of the last record on the page.
    pub arrived: Timestamp,
    /// Its call.
    pub call: CallId,
    /// Its part.
    pub part: u32,
}

impl RecordCursor {
    /// The place of this record.
    pub fn of(record: &CallRecord) -> RecordCursor {
        RecordCursor { arrived: record.arrived, call: record.call, part: record.part }
    }
}

/// The longest page of call records.
pub const CALLS_MAX: u32 = 500;
/// The longest page of transfer history.
pub const TRANSFER_HISTORY_MAX: u32 = 50;

/// One line of transfer history: to whom this caller was put through before (CALL-9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferHistoryRow {
    /// To whom.
    pub target: PartyId,
    /// How often it succeeded.
    pub times: u32,
    /// When last.
    pub last: Timestamp,
}

/// Reading records.
#[async_trait]
pub trait Records: Send + Sync {
    /// Newest first, at most `limit` (1–500; otherwise `OutOfRange`). Calls that have not ended are among them.
    async fn calls(&self, filter: &RecordFilter, limit: u32) -> Result<Vec<CallRecord>, StoreError>;
    /// Most frequent first, then most recent; at most `limit` (1–50; otherwise `OutOfRange`). Live and simulated calls
    /// never mix.
    async fn transfer_history(
        &self,
        caller: PartyId,
        simulated: bool,
        limit: u32,
    ) -> Result<Vec<TransferHistoryRow>, StoreError>;
}
