//! Numbers that an organisation does not want to hear from, or only with a warning: who listed which, why, and how many calls it
//! turned away. Does not compare numbers: how a caller's is written is known to whoever asks.

use async_trait::async_trait;
use engine::{AttendantId, Timestamp};

use crate::journal::StoreError;

engine::ids! {
    /// One listed number. Given by the store, never again to another.
    ListedId;
}

/// The most listed numbers: all are looked at for every caller.
pub const LISTED_MAX: usize = 5_000;

/// What becomes of a caller whose number is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Listing {
    /// She hears the busy tone, and nobody is rung.
    Blocked,
    /// She waits like everybody else, and is marked.
    Spam,
}

/// A number, or the beginning of numbers, and what becomes of callers from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Named so.
    pub id: ListedId,
    /// As it was listed.
    pub entry: ListedNumber,
    /// Calls it turned away or marked.
    pub calls: u64,
    /// The last of them.
    pub last: Option<Timestamp>,
}

/// What is listed, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedNumber {
    /// What becomes of the caller.
    pub listing: Listing,
    /// With its country code where it has one, else as it is dialled; 1–256 characters.
    pub number: String,
    /// All numbers that begin so.
    pub prefix: bool,
    /// Why, for whoever reads the list later; at most 256 characters.
    pub reason: String,
    /// Who.
    pub by: AttendantId,
    /// When.
    pub at: Timestamp,
}

/// The list.
#[async_trait]
pub trait NumberList: Send + Sync {
    /// All of it, the newest first.
    async fn listed(&self) -> Result<Vec<Listed>, StoreError>;
    /// Lists a number, in place of what was said of the same number, or of the same beginning, before; what was counted stays.
    /// `OutOfRange` for a text that is too long and for the 5,001st.
    async fn list(&self, entry: ListedNumber) -> Result<ListedId, StoreError>;
    /// Takes a number off the list.
    async fn unlist(&self, id: ListedId) -> Result<bool, StoreError>;
    /// Counts a call. One that is not on the list any more counts nowhere.
    async fn count_call(&self, id: ListedId, at: Timestamp) -> Result<(), StoreError>;
}
