//! The journal and its outbox: events and the orders that follow from them are appended in one transaction,
//! conditional on the sequence number and fenced by a lease generation.

use async_trait::async_trait;
use engine::{Effect, Event, Timestamp};
use reporting::RecordChange;

use crate::board::Snapshot;
use crate::telephony::OrderName;

/// What went wrong in a store, grouped by what the caller can do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else appended first (or holds a newer lease): read on and decide again, or stop.
    #[error("another writer is ahead: {0}")]
    Conflict(String),
    /// Full disk, missing rights, unreachable server: nothing was written; try again when it is mended.
    #[error("the store cannot be written or read: {0}")]
    Unavailable(String),
    /// What is stored does not make sense; a person must look.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// Beyond a limit of the contract: nothing was written; ask for less.
    #[error("too much for the store: {0}")]
    OutOfRange(String),
}

/// The right to append, taken by one writer at a time. Older generations are refused for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Grows with every holder.
    pub generation: u64,
}

/// The most entries of one append: a switchboard that loses its whole telephone system ends 1,000 calls at once.
pub const ENTRIES_MAX: usize = 4096;
/// The longest page of events or orders: 10,000 of about 200 bytes are 2 MB.
pub const PAGE_MAX: u32 = 10_000;

/// One event as it is appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When it was decided.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
    /// What the world must do about it; index in this list is the order's index.
    pub effects: Vec<Effect>,
}

/// One event as it stands in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// 1 for the first there ever was; no gaps.
    pub sequence: u64,
    /// When it was decided.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
}

/// An order that waits to be performed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Its name.
    pub name: OrderName,
    /// When it was decided; old ones are stale after a crash.
    pub at: Timestamp,
    /// What to do.
    pub effect: Effect,
}

/// An order that could not be performed, for the one who mends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenUp {
    /// Which.
    pub order: Pending,
    /// Why, in the words of the telephone system.
    pub reason: String,
}

/// Events in order, and the orders that follow from them.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Takes the lease from whoever had it. The holder's name is for the person who asks who that is; at most 256
    /// characters.
    async fn take_lease(&self, holder: &str) -> Result<Lease, StoreError>;
    /// Appends all or nothing: entries, their effects to the outbox, and the changed records. `after` is the sequence
    /// number of the last event the writer has applied; `Conflict` where it is not the last of the journal, or where the
    /// lease is not the newest. At most [`ENTRIES_MAX`] entries.
    async fn append(
        &self,
        lease: Lease,
        after: u64,
        entries: &[Entry],
        records: &[RecordChange],
    ) -> Result<(), StoreError>;
    /// The switchboard before the oldest event that is kept: an empty one, or what the events came to that are gone
    /// (`crate::retention`).
    async fn beginning(&self) -> Result<Snapshot, StoreError>;
    /// The newest switchboard that this release set down, to go on from without reading all events.
    async fn set_down(&self, release: &str) -> Result<Option<Snapshot>, StoreError>;
    /// Sets down how the switchboard stands after an event that is recorded. Another release will not go by it: it may understand
    /// the events otherwise.
    async fn set_down_at(&self, release: &str, board: Snapshot) -> Result<(), StoreError>;
    /// At most `limit` (1–[`PAGE_MAX`]) events with a sequence number above `after`, in order, of those that are kept. A gap
    /// is `Damaged`.
    async fn read(&self, after: u64, limit: u32) -> Result<Vec<Recorded>, StoreError>;
    /// At most `limit` (1–[`PAGE_MAX`]) orders not yet performed, in order of their names.
    async fn pending(&self, limit: u32) -> Result<Vec<Pending>, StoreError>;
    /// Forgets an order that was performed, or (`gave_up`) sets it aside with the reason, of which the first 1,024
    /// characters are kept. Once is enough: of an order that is not pending it changes nothing.
    async fn done(&self, name: OrderName, gave_up: Option<&str>) -> Result<(), StoreError>;
    /// At most `limit` (1–[`PAGE_MAX`]) orders that were given up, newest first.
    async fn given_up(&self, limit: u32) -> Result<Vec<GivenUp>, StoreError>;
}
