//! Reading what was recorded: call history, a caller's earlier calls, transfer history. Written by the journal's
//! append, in its transaction.

use async_trait::async_trait;
use engine::{CallId, PartyId, ServiceId, Timestamp};
use reporting::CallRecord;

use crate::journal::StoreError;

/// Which call records. All that are `Some` must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordFilter {
    /// Arrived before this (exclusive): the cursor for the next page.
    pub before: Option<(Timestamp, CallId)>,
    /// This caller only.
    pub party: Option<PartyId>,
    /// This service only.
    pub service: Option<ServiceId>,
    /// Simulated calls instead of live ones.
    pub simulated: bool,
}

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
    /// Newest first, at most `limit` (1–500).
    async fn calls(&self, filter: &RecordFilter, limit: u32) -> Result<Vec<CallRecord>, StoreError>;
    /// Most frequent first, then most recent; at most `limit` (1–50). Live and simulated calls never mix.
    async fn transfer_history(&self, caller: PartyId, simulated: bool, limit: u32)
    -> Result<Vec<TransferHistoryRow>, StoreError>;
}
