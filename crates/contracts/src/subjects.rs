//! What is kept about one person who calls or is called, to show it, hand it to her and erase it (DATA-10). She is named by the
//! parties that stand for her numbers and the contacts that describe her. Does not find out which those are, and does not hold
//! users of the organisation: those are the roster's.

use std::collections::BTreeSet;

use async_trait::async_trait;
use engine::PartyId;
use reporting::TransferAttempt;

use crate::book::{Contact, KeptContact, Party};
use crate::journal::StoreError;
use crate::personal::{NotePart, StandIn};
use crate::voicemails::KeptVoicemail;

/// The most parties, and the most contacts, of one person.
pub const NAMED_MAX: usize = 200;
/// Characters by which parties are looked for at least: no extension is shorter.
pub const PART_CHARS_MIN: usize = 2;

/// Whom it is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// They stand for her numbers.
    pub parties: BTreeSet<PartyId>,
    /// They describe her.
    pub contacts: BTreeSet<u64>,
}

/// What is kept about her. Call records are counted only: they stay, without a name or number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptAbout {
    /// Her numbers and the names sent along with them, in order of the ids.
    pub parties: Vec<Party>,
    /// As address books have her, also where she is gone from them.
    pub contacts: Vec<KeptContact>,
    /// What attendants noted, by contact.
    pub notes: Vec<(u64, NotePart)>,
    /// Who stands in for whom, where she is one of both.
    pub stand_ins: Vec<(u64, StandIn)>,
    /// Places in favourites and groups.
    pub places: u64,
    /// Numbers that attendants try first.
    pub first_endpoints: u64,
    /// Attempts to put her through, or somebody through to her; oldest first.
    pub transfers: Vec<TransferAttempt>,
    /// Messages she left, oldest first.
    pub voicemails: Vec<KeptVoicemail>,
    /// Call records of her parties.
    pub calls: u64,
}

/// What is kept about persons.
#[async_trait]
pub trait Subjects: Send + Sync {
    /// The parties whose number or SIP address contains this text, the shortest first, at most 200: the number itself, then those
    /// that write it in another way. `OutOfRange` for fewer than 2 characters.
    async fn parties_with(&self, part: &str) -> Result<Vec<Party>, StoreError>;
    /// All that is kept about her. `OutOfRange` for more than 200 parties or contacts.
    async fn about(&self, subject: &Subject) -> Result<KeptAbout, StoreError>;
    /// Erases all of it but the call records, whole or not at all, and the image of the search index; gives what it was.
    /// Overwrites what it can, also in logs of the store. What was said in her messages is a recording, which whoever asks discards
    /// first. `OutOfRange` as above.
    async fn erase(&self, subject: &Subject) -> Result<KeptAbout, StoreError>;
    /// Leaves these contacts out of every address book that is read from now on. `OutOfRange` beyond 100,000 people.
    async fn leave_out(&self, contacts: &[Contact]) -> Result<(), StoreError>;
    /// How many are left out.
    async fn left_out(&self) -> Result<u64, StoreError>;
    /// Leaves nobody out any more; how many were.
    async fn take_in_again(&self) -> Result<u64, StoreError>;
}
