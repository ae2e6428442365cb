//! What attendants note about contacts: favourites and groups, notes, who stands in for whom, and which number is tried first
//! (DIR-4). Does not hold contacts: it names them by the ids of the address books, and a contact that leaves its book is kept for
//! a while for what was noted about it.

use async_trait::async_trait;
use engine::{AttendantId, Timestamp};

use crate::journal::StoreError;

engine::ids! {
    /// A group of contacts that an attendant has made. Given by the store, never again to another group; 0 is her favourites.
    GroupId;
}

/// Everybody's first group: it is always there, and cannot be renamed or removed.
pub const FAVOURITES: GroupId = GroupId(0);
/// The most groups an attendant makes: a list that is still found one's way in.
pub const GROUPS_MAX: usize = 50;
/// The most contacts of a group; beyond that one searches.
pub const GROUP_CONTACTS_MAX: usize = 500;
/// The longest note, in characters.
pub const NOTE_CHARS_MAX: usize = 4096;
/// The most parts of a note that were written without knowing of each other.
pub const NOTE_PARTS_MAX: usize = 16;
/// The most contacts somebody stands in for.
pub const STANDS_IN_FOR_MAX: usize = 50;
/// How long a contact is kept that is gone from its address book and noted by somebody, in days: a source that was set up wrongly
/// over the holidays loses nobody's notes.
pub const GONE_DAYS: i64 = 90;

/// Contacts in an order of the attendant's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Named so.
    pub id: GroupId,
    /// As the attendant calls it, 1–256 characters; empty for her favourites.
    pub name: String,
    /// Who is in it, in her order.
    pub contacts: Vec<u64>,
}

/// What is noted about a contact, seen and written by every attendant of this console.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// Grows with every change; 0 before the first.
    pub revision: u64,
    /// One, or several where attendants wrote without knowing of each other: then all are kept, the oldest first. None where
    /// nothing is noted.
    pub parts: Vec<NotePart>,
}

impl Note {
    /// All of it, one part under the other.
    pub fn text(&self) -> String {
        self.parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join("\n\n")
    }

    /// The note after somebody wrote a text over the one she saw. Nothing that she did not see is lost: it stays, and hers is
    /// put under it, marked. The same text again changes nothing. `None`: there is no room.
    pub fn written(&self, seen: u64, part: NotePart) -> Option<Note> {
        let knows_all = seen == self.revision;
        let mut texts = self.parts.iter().map(|kept| kept.text.as_str());
        let new = (!part.text.is_empty()).then_some(part.text.as_str());
        let as_it_was =
            if knows_all { texts.eq(new) } else { new.is_none_or(|new| texts.any(|kept| kept == new)) };
        if as_it_was {
            return Some(self.clone());
        }
        let mut parts = if knows_all { Vec::new() } else { self.parts.clone() };
        if new.is_some() {
            parts.push(NotePart { unaware: !parts.is_empty(), ..part });
        }
        (parts.len() <= NOTE_PARTS_MAX).then_some(Note { revision: self.revision + 1, parts })
    }
}

/// What one attendant wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotePart {
    /// Trimmed, 1–4,096 characters.
    pub text: String,
    /// Who.
    pub by: AttendantId,
    /// When.
    pub at: Timestamp,
    /// Written without knowing of the parts above.
    pub unaware: bool,
}

/// Who is asked for while a contact is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandIn {
    /// Who stands in.
    pub contact: u64,
    /// Until then; `None`: until somebody changes it.
    pub until: Option<Timestamp>,
    /// Who said so.
    pub by: AttendantId,
    /// When.
    pub at: Timestamp,
}

/// All that is noted about one contact, as an attendant sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Noted {
    /// Her groups that the contact is in.
    pub groups: Vec<GroupId>,
    /// The note.
    pub note: Note,
    /// Who stands in; also where the time is over.
    pub stand_in: Option<StandIn>,
    /// Whom the contact stands in for, in order of the ids; also where the time is over.
    pub stands_in_for: Vec<(u64, StandIn)>,
    /// The number this attendant tries first.
    pub first_endpoint: Option<String>,
}

/// What attendants note. Where a contact or a group is asked for that is not there, the answer is `None` or `false` and nothing
/// has changed.
#[async_trait]
pub trait Personal: Send + Sync {
    /// Her groups in her order, favourites first.
    async fn groups(&self, attendant: AttendantId) -> Result<Vec<Group>, StoreError>;
    /// Adds a group at the end or renames one. `Conflict` where she has another of this name, `OutOfRange` for the 51st and for a
    /// name that is empty or longer than 256 characters.
    async fn put_group(
        &self,
        attendant: AttendantId,
        group: Option<GroupId>,
        name: &str,
    ) -> Result<Option<GroupId>, StoreError>;
    /// Removes a group; its contacts stay.
    async fn remove_group(&self, attendant: AttendantId, group: GroupId) -> Result<bool, StoreError>;
    /// Puts a group before another, or to the end.
    async fn move_group(
        &self,
        attendant: AttendantId,
        group: GroupId,
        before: Option<GroupId>,
    ) -> Result<bool, StoreError>;
    /// Puts a contact into a group, or elsewhere in it: before another of its contacts, or to the end. `OutOfRange` for the 501st.
    async fn place(
        &self,
        attendant: AttendantId,
        group: GroupId,
        contact: u64,
        before: Option<u64>,
    ) -> Result<bool, StoreError>;
    /// Takes a contact out of a group.
    async fn take(&self, attendant: AttendantId, group: GroupId, contact: u64) -> Result<bool, StoreError>;
    /// All that is noted about a contact.
    async fn noted(&self, attendant: AttendantId, contact: u64) -> Result<Option<Noted>, StoreError>;
    /// Writes a note over the revision that was seen; see [`Note::written`]. `OutOfRange` for a text that is too long, and for the
    /// 17th part.
    async fn write_note(&self, contact: u64, seen: u64, part: NotePart) -> Result<Option<Note>, StoreError>;
    /// Says who stands in, or that nobody does. `OutOfRange` for the contact itself, and where somebody would stand in for more
    /// than 50.
    async fn set_stand_in(&self, contact: u64, stand_in: Option<StandIn>) -> Result<bool, StoreError>;
    /// Says which number this attendant tries first, or that it is the first of the contact. `OutOfRange` for more than 256
    /// characters.
    async fn set_first_endpoint(
        &self,
        attendant: AttendantId,
        contact: u64,
        address: Option<&str>,
    ) -> Result<bool, StoreError>;
    /// Looks at the clock for contacts that are gone from their books: notes since when, and forgets those that are gone since 90
    /// days and what was noted about them. Gives how many were forgotten.
    async fn forget_gone(&self, now: Timestamp) -> Result<u64, StoreError>;
}

/// The order after a thing was put before another, or to the end. `None` where the other is not there.
pub fn moved<T: Copy + PartialEq>(order: &[T], thing: T, before: Option<T>) -> Option<Vec<T>> {
    if before == Some(thing) {
        return order.contains(&thing).then(|| order.to_vec());
    }
    let mut order: Vec<T> = order.iter().copied().filter(|other| *other != thing).collect();
    let place = match before {
        Some(before) => order.iter().position(|other| *other == before)?,
        None => order.len(),
    };
    order.insert(place, thing);
    Some(order)
}

/// Before this moment a contact must have gone to be forgotten.
pub fn forgotten_before(now: Timestamp) -> Timestamp {
    Timestamp(now.0.saturating_sub(GONE_DAYS * 24 * 3_600 * 1_000))
}
