//! The history of changes to how Usher is set up: who, when, what it was before and after, and what undoes what. Unlike the access
//! log it holds contents, so that they can be shown and brought back. Kept as long as the tenant lives, and for 30 days after its
//! contract with the rest of its configuration (DATA-6): nothing is ever dropped from it. Does not undo anything itself.

use async_trait::async_trait;
use engine::Timestamp;
use serde_json::Value;

use crate::access_log::{IdText, Word};
use crate::ids::PersonId;
use crate::journal::StoreError;

/// The longest text of what was there before a change, or after it, in bytes: a workflow of a thousand steps has a fifth of it.
pub const CHANGE_BYTES_MAX: usize = 1 << 20;
/// The longest page of changes.
pub const CHANGES_MAX: u32 = 500;

engine::ids! {
    /// One change. Given by the store, growing, never twice.
    ChangeId;
}

/// Who made a change. An id: her name is looked up when it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// The user of this computer, while sign-in is not set up.
    Local,
    /// A person of the tenant.
    Person(PersonId),
    /// A part of Usher itself: `directory-sync`.
    System(Word),
}

/// What a change was made to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Changed {
    /// `service`, `calendar`, `person`.
    pub kind: Word,
    /// Which one; of what there is only one of, its kind again.
    pub id: IdText,
}

/// A change as it is noted.
#[derive(Clone, Debug, PartialEq)]
pub struct NewChange {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Author,
    /// Of what.
    pub subject: Changed,
    /// What it was called then, for who reads the history when it is gone; 1–256 characters.
    pub name: String,
    /// What it was; `None`: it was not there. At most 1 MiB as text.
    pub before: Option<Value>,
    /// What it became; `None`: it was removed. At most 1 MiB as text.
    pub after: Option<Value>,
    /// The change that this one takes back. Of the same subject, and not taken back before.
    pub undoes: Option<ChangeId>,
}

/// What became of the subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It was made.
    Added,
    /// It became another.
    Altered,
    /// It was removed.
    Removed,
}

/// A change as it stands in a list, without what was there before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeLine {
    /// Which.
    pub id: ChangeId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Author,
    /// Of what.
    pub subject: Changed,
    /// What it was called then.
    pub name: String,
    /// What became of it.
    pub kind: ChangeKind,
    /// The change that this one took back.
    pub undoes: Option<ChangeId>,
    /// The change that took this one back.
    pub undone_by: Option<ChangeId>,
}

/// A whole change.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// As in a list.
    pub line: ChangeLine,
    /// What it was.
    pub before: Option<Value>,
    /// What it became.
    pub after: Option<Value>,
}

/// Which changes. All that are `Some` must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeFilter {
    /// Of this kind of thing.
    pub kind: Option<Word>,
    /// Of this one; asks for its kind too.
    pub id: Option<IdText>,
    /// Older than this one: the cursor for the next page.
    pub before: Option<ChangeId>,
}

/// The history of changes of one tenant.
#[async_trait]
pub trait Changes: Send + Sync {
    /// Notes a change, to be called in the same breath as the change itself. `OutOfRange` with the number where a text is too long
    /// or both are missing; `Conflict` where it cannot undo what it says.
    async fn note(&self, change: NewChange) -> Result<ChangeId, StoreError>;
    /// Newest first, at most `limit` (1–500; otherwise `OutOfRange`). An id without a kind is `OutOfRange` too.
    async fn list(&self, filter: &ChangeFilter, limit: u32) -> Result<Vec<ChangeLine>, StoreError>;
    /// The whole change.
    async fn get(&self, id: ChangeId) -> Result<Option<Change>, StoreError>;
}

/// What became of the subject of a change. `None` where neither is there, which no store takes.
pub fn kind_of(had_before: bool, has_after: bool) -> Option<ChangeKind> {
    match (had_before, has_after) {
        (false, true) => Some(ChangeKind::Added),
        (true, true) => Some(ChangeKind::Altered),
        (true, false) => Some(ChangeKind::Removed),
        (false, false) => None,
    }
}
