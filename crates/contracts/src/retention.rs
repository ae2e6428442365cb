//! What is kept of calls for 24 months and no longer (DATA-6): erased step by step, each step one short transaction, so that calls go on
//! and whoever is stopped goes on later. Knows no clock and no date: whoever asks says what is over. What else ends by its age has
//! a place of its own: the access log, users who left, contacts that are gone.

use std::collections::BTreeSet;

use async_trait::async_trait;
use engine::{PartyId, Timestamp};

use crate::ids::Ids;
use crate::journal::StoreError;

/// Rows that one step looks at: some milliseconds of the writer.
pub const STEP_ROWS: u32 = 500;
/// Events that one step looks at: the switchboard is set down anew with each, so more at once.
pub const EVENTS_STEP: u32 = 2_000;
/// A party is as young as this at least before it is missed by no call: it may be of one that begins just now.
pub const PARTY_AGE_MS: i64 = 24 * 3_600_000;

/// Setting: the last purge, JSON whose `before` is the moment before which nothing is kept.
pub const SETTING: &str = "purge";

/// The moment before which nothing is kept, from the setting; `None`: nothing was erased yet.
pub fn erased_before(json: &str) -> Option<Timestamp> {
    let state: serde_json::Value = serde_json::from_str(json).ok()?;
    state.get("before")?.as_i64().map(Timestamp)
}

/// What ends by its age, in the order in which it is erased: who is spoken of after what speaks of her.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kept {
    /// Call detail records and the attendants' parts in them, out of all sums that hold them.
    Calls,
    /// Messages of callers, and what is said in them.
    Voicemails,
    /// To whom callers were put through.
    Transfers,
    /// What attendants did, out of all sums.
    States,
    /// Orders to the telephone system that were given up, with its words.
    Orders,
    /// What happened at the switchboard; what it came to stays, without a word on the calls that are over.
    Events,
    /// What imported files call services and attendants that no call speaks of any more.
    Names,
    /// Numbers and names of callers that no call, message or transfer speaks of any more.
    Callers,
}

impl Kept {
    /// All of it, in order.
    pub const ALL: [Kept; 8] = [
        Kept::Calls,
        Kept::Voicemails,
        Kept::Transfers,
        Kept::States,
        Kept::Orders,
        Kept::Events,
        Kept::Names,
        Kept::Callers,
    ];

    /// As the access log, the settings and the wire call it.
    pub const fn name(self) -> &'static str {
        match self {
            Kept::Calls => "calls",
            Kept::Voicemails => "voicemails",
            Kept::Transfers => "transfers",
            Kept::States => "states",
            Kept::Orders => "orders",
            Kept::Events => "events",
            Kept::Names => "names",
            Kept::Callers => "callers",
        }
    }
}

/// What a step erases.
#[derive(Clone, Copy, Debug)]
pub struct Over<'a> {
    /// Older than this; of callers, whose party is older.
    pub before: Timestamp,
    /// Callers of calls that go on.
    pub spared: &'a BTreeSet<PartyId>,
    /// Whether steps before have erased anything: then nothing of it stays in a log once the last kind is gone.
    pub has_erased: bool,
}

/// What a step did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Rows that are gone.
    pub erased: u64,
    /// Where the next step goes on; `None`: nothing is left.
    pub next: Option<u64>,
}

/// Erasing what is over.
#[async_trait]
pub trait Retention: Send + Sync {
    /// Erases the next of this kind, whole or not at all; begins at 0, goes on where the step before says. Overwrites what it can, with
    /// the last step also in logs of the store.
    async fn erase_old(&self, kept: Kept, over: Over<'_>, from: u64) -> Result<Step, StoreError>;
    /// When the newest event or call was; `None`: there is none.
    async fn newest(&self) -> Result<Option<Timestamp>, StoreError>;
}

/// Whether the party was made just now, by its id: ids of parties begin with their time. Those of imported ones do not, and
/// one in many thousands is taken for young until tomorrow.
pub fn is_young(party: PartyId, before: Timestamp) -> bool {
    let from = Ids::first_at(before.0);
    let to = Ids::first_at(before.0.saturating_add(2 * PARTY_AGE_MS));
    (from..to).contains(&party.0)
}
