//! The access log: who asked for what, and whether she was let in; credentials, exceptions, administration (ID-7). Entries are only
//! ever added, and each carries a hash over itself and all before it. Holds ids and words of our own vocabulary, never a name, a
//! number or an address: what could hold one cannot be put into an entry. Who writes which entry is decided at the door of the
//! application; what the chain and its anchor find is in docs/access-log.md.

mod chain;
mod encoding;
mod fold;
mod late;
mod verify;
mod words;

use std::num::NonZeroU32;

use async_trait::async_trait;
use engine::Timestamp;
use ring::hmac;
use tokio::sync::watch;

use crate::ids::{PersonId, UnitId};
use crate::journal::StoreError;

pub use chain::{Anchor, Hash, Link, Purge, ZERO_HASH, chained};
pub use encoding::{ENTRY_BYTES_MAX, Malformed};
pub use fold::{FOLDED_MAX, Fold};
pub use late::{LATE_MAX, Late};
pub use verify::{Anchored, Fault, KnownGap, Verdict, verify};
pub use words::{IdText, NotLoggable, WORD_BYTES_MAX, Word};

/// The longest page of entries: 10,000 of at most 700 bytes are 7 MB.
pub const PAGE_MAX: u32 = 10_000;
/// The most entries of one append: all that may wait while the disk is full, and the notes about them, fit into two.
pub const BATCH_MAX: usize = 1024;
/// The most entries one purge drops, so that no purge holds the writer for long; the next goes on.
pub const PURGE_MAX: u32 = 20_000;
/// How long an entry is kept: 36 months, as days with a leap day. Calls, what most entries speak of, are kept 24 (DATA-6).
pub const RETENTION_DAYS: u32 = 1_096;
/// The same in milliseconds.
pub const RETENTION_MS: i64 = RETENTION_DAYS as i64 * 24 * 60 * 60 * 1000;

/// Words that the log itself writes about itself.
pub mod words_of_the_log {
    use super::Word;

    /// The component that keeps the log, as an actor.
    pub const ACCESS_LOG: Word = Word::of("access-log");
    /// Old entries were dropped: how many (`times`), through which one (object).
    pub const PURGED: Word = Word::of("access-log-purged");
    /// Entries that could not be written when they arose follow: how many (`times`), since when (object).
    pub const ENTRIES_LATE: Word = Word::of("access-log-entries-late");
    /// Entries that could not be written and found no room to wait: how many (`times`), since when (object).
    pub const ENTRIES_LOST: Word = Word::of("access-log-entries-lost");
    /// The log did not hold the entry that the anchor names (object): it was cut, rewritten, or restored from a backup.
    pub const BEHIND_ANCHOR: Word = Word::of("access-log-behind-anchor");
    /// There were entries, and no anchor: it was removed, or the data came from another computer.
    pub const WITHOUT_ANCHOR: Word = Word::of("access-log-without-anchor");
}

/// Who did it. An id, never a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Actor {
    /// The user of this computer, while sign-in is not set up; or whoever runs a command on it.
    Local,
    /// A person of the tenant.
    Person(PersonId),
    /// Somebody the issuer knows and this tenant does not.
    Stranger(Stranger),
    /// A part of Usher itself: `directory-sync`.
    System(Word),
}

/// A person who is not one of ours, so that her tries are seen to be hers, and nobody can tell from it who she is: the first half
/// of an HMAC-SHA-256 over her subject under a key that never leaves the store. See [`AccessLog::stranger`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stranger(pub [u8; 16]);

/// A subject as the issuer names it, on its way to becoming a [`Stranger`].
#[derive(Clone, Copy)]
pub struct SubjectNames<'a> {
    /// Tenant or issuer.
    pub tenant: &'a str,
    /// Object id or `sub`.
    pub object: &'a str,
}

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Something was asked for, and allowed or refused.
    Access,
    /// A credential was made, kept, renewed or removed.
    Credential,
    /// Something went wrong in the system.
    Exception,
    /// Somebody changed how Usher is set up, or who may do what.
    Administration,
    /// Signing in and out.
    SignIn,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 5] =
        [Kind::Access, Kind::Credential, Kind::Exception, Kind::Administration, Kind::SignIn];

    /// As exports call it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Access => "access",
            Kind::Credential => "credential",
            Kind::Exception => "exception",
            Kind::Administration => "administration",
            Kind::SignIn => "sign-in",
        }
    }
}

/// What it was done to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectRef {
    /// `service`, `person`, `calendar`.
    pub kind: Word,
    /// Which one.
    pub id: IdText,
}

impl ObjectRef {
    /// Something that goes by a number, as its id is printed everywhere else: hexadecimal.
    pub fn numbered(kind: Word, id: u64) -> ObjectRef {
        ObjectRef { kind, id: IdText::of_number(id) }
    }
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// She may, and it was begun.
    Allowed,
    /// She may not; the code of the refusal.
    Refused(Word),
    /// She may, and it did not work; the code of the error.
    Failed(Word),
    /// It was done, and nobody had to be asked.
    Done,
}

/// One entry of the access log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When; the first time where there were several.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What it is about.
    pub kind: Kind,
    /// What: `change-services`, `token-refreshed`.
    pub action: Word,
    /// To what.
    pub object: Option<ObjectRef>,
    /// In which organisation unit; `None`: the whole tenant, or none.
    pub unit: Option<UnitId>,
    /// Whether it takes more than a user's rights.
    pub privileged: bool,
    /// What came of it.
    pub outcome: Outcome,
    /// How often within the minute that began with `at`: what comes with every key stroke is counted.
    pub times: NonZeroU32,
}

impl Entry {
    /// Something that happened once, to nothing in particular, and is not privileged.
    pub fn once(at: Timestamp, actor: Actor, kind: Kind, action: Word, outcome: Outcome) -> Entry {
        Entry {
            at,
            actor,
            kind,
            action,
            object: None,
            unit: None,
            privileged: false,
            outcome,
            times: NonZeroU32::MIN,
        }
    }

    /// The same, done to this.
    pub fn on(self, object: ObjectRef) -> Entry {
        Entry { object: Some(object), ..self }
    }

    /// The same, privileged.
    pub fn privileged(self) -> Entry {
        Entry { privileged: true, ..self }
    }
}

/// An entry was written, and is on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its place; of several, the last one's.
    pub sequence: u64,
}

/// How far the log is, all of it on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// What the anchor is to say.
    pub anchor: Anchor,
    /// The newest privileged entry since the log was opened; 0 where there was none. An anchor that does not reach it is late.
    pub privileged: u64,
}

/// What a purge dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purged {
    /// How many entries; at most [`PURGE_MAX`]. 0: nothing was old enough, and nothing was written.
    pub entries: u32,
    /// The first entry that is still there.
    pub first_kept: u64,
}

/// The access log of one tenant.
#[async_trait]
pub trait AccessLog: Send + Sync {
    /// Adds entries in this order, all or none, and returns when they are on the disk: 1–[`BATCH_MAX`]. `Unavailable` where the
    /// disk is full: nothing was written, and what is privileged must not be done.
    async fn append_all(&self, entries: Vec<Entry>) -> Result<Receipt, StoreError>;
    /// At most `limit` (1–[`PAGE_MAX`]) entries with their hashes after this sequence number, in order, as they are stored: what
    /// was tampered with is for [`verify()`] to say.
    async fn read(&self, after: u64, limit: u32) -> Result<Vec<Link>, StoreError>;
    /// Where the log begins: the last entry that was purged, and its hash.
    async fn purged(&self) -> Result<Purge, StoreError>;
    /// Drops entries from the beginning on, up to the first that is not older than `before`, and adds an entry that says so, at
    /// `now`. At most [`PURGE_MAX`]: ask again while there are that many.
    async fn purge(&self, before: Timestamp, now: Timestamp) -> Result<Purged, StoreError>;
    /// How far the log is, now and whenever it grows. Never ahead of the disk.
    fn watch(&self) -> watch::Receiver<Head>;
    /// How a subject that is no person of ours is called in the log: always the same in this store, and different in any other.
    fn stranger(&self, subject: SubjectNames<'_>) -> Stranger;

    /// Adds one entry.
    async fn append(&self, entry: Entry) -> Result<Receipt, StoreError> {
        self.append_all(vec![entry]).await
    }
    /// How far the log is.
    fn head(&self) -> Head {
        *self.watch().borrow()
    }
}

/// The entry by which a purge is proven: what, how many, when. `None` where nothing was purged.
pub fn purge_entry(purged: &Purge, entries: u32, now: Timestamp) -> Option<Entry> {
    let times = NonZeroU32::new(entries)?;
    let actor = Actor::System(words_of_the_log::ACCESS_LOG);
    let entry = Entry::once(now, actor, Kind::Administration, words_of_the_log::PURGED, Outcome::Done);
    let object = ObjectRef { kind: words_of_the_log::ACCESS_LOG, id: purged.to_id() };
    Some(Entry { times, privileged: true, ..entry }.on(object))
}

/// The entry by which the log says that it does not hold what the anchor names; or, without one, that there was none.
pub fn gap_entry(anchor: Option<&Anchor>, now: Timestamp) -> Entry {
    let actor = Actor::System(words_of_the_log::ACCESS_LOG);
    let entry = |what| Entry::once(now, actor, Kind::Exception, what, Outcome::Done).privileged();
    match anchor {
        Some(Anchor { sequence, hash, .. }) => {
            let id = IdText::parse(&format!("{sequence}:{hash}")).expect("digits and a colon, 85 at most");
            entry(words_of_the_log::BEHIND_ANCHOR).on(ObjectRef { kind: words_of_the_log::ACCESS_LOG, id })
        }
        None => entry(words_of_the_log::WITHOUT_ANCHOR),
    }
}

/// Whether the log still holds the entry that the anchor names, or has purged it. Looks at one entry only: the rest is for
/// [`verify()`].
pub async fn reaches<L: AccessLog + ?Sized>(log: &L, anchor: &Anchor) -> Result<bool, StoreError> {
    let purged = log.purged().await?;
    if anchor.sequence < purged.through {
        return Ok(true);
    }
    if anchor.sequence == purged.through {
        return Ok(anchor.hash == purged.hash);
    }
    let there = log.read(anchor.sequence - 1, 1).await?;
    Ok(there.first().is_some_and(|link| link.sequence == anchor.sequence && link.hash == anchor.hash))
}

/// How a subject is called under this key. The tenant's length comes first, so that no two subjects are one text.
pub fn stranger_of(key: &hmac::Key, SubjectNames { tenant, object }: SubjectNames<'_>) -> Stranger {
    let mut context = hmac::Context::with_key(key);
    context.update(&(tenant.len() as u64).to_be_bytes());
    context.update(tenant.as_bytes());
    context.update(object.as_bytes());
    let tag = context.sign();
    Stranger(*tag.as_ref().first_chunk().expect("an HMAC-SHA-256 has 32 bytes"))
}

/// What is older than this may go.
pub fn purge_before(now: Timestamp) -> Timestamp {
    Timestamp(now.0.saturating_sub(RETENTION_MS))
}

#[cfg(test)]
mod tests {
    use super::{Actor, IdText, ObjectRef, Stranger, Word};
    use crate::ids::PersonId;

    /// Fails to compile when an actor or an object comes to hold something that may be a name or a number: think of ID-7 first.
    #[test]
    fn actors_and_objects_hold_ids_only_id_7() {
        fn is_an_id_by_type(actor: &Actor) -> bool {
            match actor {
                Actor::Local => true,
                Actor::Person(PersonId(_)) => true,
                Actor::Stranger(Stranger([_, ..])) => true,
                Actor::System(word) => Word::parse(word.as_str()).is_ok(),
            }
        }
        let ObjectRef { kind, id } = ObjectRef::numbered(Word::of("service"), 0x1f);
        assert!(Word::parse(kind.as_str()).is_ok() && IdText::parse(id.as_str()).is_ok());
        assert_eq!((kind.as_str(), id.as_str()), ("service", "1f"));
        for actor in [Actor::Local, Actor::Person(PersonId(7)), Actor::System(Word::of("directory-sync"))] {
            assert!(is_an_id_by_type(&actor));
        }
    }
}
