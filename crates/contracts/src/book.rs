//! People: the party book (who stands behind a `PartyId`) and address books. The only place of personal data, kept
//! apart from the journal so that erasure is deleting rows here.

use async_trait::async_trait;
use engine::PartyId;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::journal::StoreError;

/// The longest text of a contact or a display name, in characters.
pub const TEXT_CHARS_MAX: usize = 256;
/// The longest note of a contact, in characters.
pub const NOTES_CHARS_MAX: usize = 4096;
/// The most endpoints of a contact.
pub const ENDPOINTS_MAX: usize = 16;
/// The most contacts of one address book: the largest company directory, read at once into the search index.
pub const CONTACTS_MAX: usize = 200_000;

/// Who stands behind a `PartyId`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Named so in events.
    pub id: PartyId,
    /// Her number or SIP address; `None` where she withheld it.
    pub address: Option<Address>,
    /// The name her telephone system sent along.
    pub display_name: Option<String>,
}

/// The party book.
#[async_trait]
pub trait PartyBook: Send + Sync {
    /// The party of this address, made with `new_id` where there is none yet; a display name replaces the one kept.
    /// Without an address always a new party. A name comes from the far end and must never stop its call: it is trimmed
    /// and cut to 256 characters, and a blank one counts as none. `Conflict` where `new_id` is somebody else's.
    async fn party_of(
        &self,
        address: Option<&Address>,
        display_name: Option<&str>,
        new_id: PartyId,
    ) -> Result<Party, StoreError>;
    /// The party of this id.
    async fn party(&self, id: PartyId) -> Result<Option<Party>, StoreError>;
}

/// One entry of an address book. All texts trimmed, at most 256 characters; notes at most 4,096.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Unique in the store; 0 before it is stored.
    pub id: u64,
    /// As shown; never empty (a company's name stands in).
    pub display_name: String,
    /// Given name.
    #[serde(default)]
    pub first_name: String,
    /// Family name.
    #[serde(default)]
    pub last_name: String,
    /// Organisation.
    #[serde(default)]
    pub company: String,
    /// Department.
    #[serde(default)]
    pub department: String,
    /// Job title.
    #[serde(default)]
    pub title: String,
    /// City.
    #[serde(default)]
    pub city: String,
    /// E-mail address.
    #[serde(default)]
    pub email: String,
    /// Numbers and SIP addresses, the default one first; at most 16.
    #[serde(default)]
    pub endpoints: Vec<Endpoint>,
    /// Free text.
    #[serde(default)]
    pub notes: String,
    /// Of the organisation itself, so that a transfer to her is internal.
    #[serde(default)]
    pub internal: bool,
}

/// One way to reach a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// What kind of line.
    pub kind: EndpointKind,
    /// As one would dial it; parsed by [`Address::parse`] before it was stored.
    pub address: String,
}

/// What kind of line an endpoint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndpointKind {
    /// Desk phone or extension.
    Work,
    /// Mobile phone.
    Mobile,
    /// Home phone.
    Home,
    /// SIP address.
    Sip,
    /// Voicemail box.
    Voicemail,
    /// Anything else.
    Other,
}

/// Address books.
#[async_trait]
pub trait ContactBook: Send + Sync {
    /// Replaces the address book of this name by these, all or nothing; gives them new ids, never used before. Other
    /// books stay. `OutOfRange` where the book or one of its contacts is larger than allowed.
    async fn replace(&self, book: &str, contacts: Vec<Contact>) -> Result<Vec<Contact>, StoreError>;
    /// Everything, for the search index, in order of the ids.
    async fn all(&self) -> Result<Vec<Contact>, StoreError>;
}
