//! People: the party book (who stands behind a `PartyId`) and address books. The only place of personal data, kept
//! apart from the journal so that erasure is deleting rows here. Does not merge what two address books say of one person:
//! that is the search index.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use data_encoding::HEXLOWER;
use engine::{PartyId, Timestamp};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::journal::StoreError;
use crate::line::ReportingLine;

/// Contacts that are told to have changed since an image: of more, an index is sooner built anew.
pub const CHANGED_MAX: usize = 10_000;
/// The longest text of a contact or a display name, in characters.
pub const TEXT_CHARS_MAX: usize = 256;
/// The longest note of a contact, in characters.
pub const NOTES_CHARS_MAX: usize = 4096;
/// The most endpoints of a contact.
pub const ENDPOINTS_MAX: usize = 16;
/// The most fields of a contact for which there is no place of its own.
pub const CUSTOM_MAX: usize = 16;
/// The longest key that is kept as its source wrote it, in characters; of a longer one its digest is kept. Those of Outlook have
/// about 150.
pub const KEY_CHARS_MAX: usize = 256;
/// The most contacts of one address book: the largest company directory, read at once into the search index.
pub const CONTACTS_MAX: usize = 1_000_000;
/// The most contacts asked for by their ids at once: what a screen shows, several times over.
pub const IDS_MAX: usize = 1_000;
/// The most contacts of a part of an address book that is set aside: some megabytes.
pub const PART_CONTACTS_MAX: usize = 10_000;
/// The longest page of contacts: some megabytes.
pub const PAGE_MAX: u32 = 10_000;
/// The largest image of a search index, in bytes: five times that of a million contacts.
pub const IMAGE_BYTES_MAX: usize = 512 << 20;

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
    /// Those of these parties that are there, at most [`IDS_MAX`] at once (otherwise `OutOfRange`), in the order of the ids given.
    async fn parties(&self, ids: &[PartyId]) -> Result<Vec<Party>, StoreError>;
}

/// One entry of an address book. All texts trimmed, at most 256 characters; notes at most 4,096.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Unique in the store; 0 before it is stored. Stays as long as book and key do.
    pub id: u64,
    /// The address book it is of: the id of its source. Set by the store.
    #[serde(default)]
    pub book: String,
    /// What its source calls it: the id of a directory, the UID of a card. Where a source has no such thing it is empty
    /// before it is stored, and the store makes one of name and first address. Unique in the book.
    #[serde(default)]
    pub key: String,
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
    /// Fields for which there is no place above, in the order of the source; at most 16.
    #[serde(default)]
    pub custom: Vec<Custom>,
    /// Her manager. Before it is stored as the source names her: by her key, her place in the directory, her e-mail address or
    /// her name. As it is kept the key of a contact of the same book; empty where none is told, or nobody there is meant.
    #[serde(default)]
    pub manager: String,
    /// Where the source has her (the distinguished name of a directory), by which it names her elsewhere. Not kept.
    #[serde(skip)]
    pub place: String,
}

impl Contact {
    /// The key of a contact whose source has none: another name or another first address makes another contact.
    pub fn digest_key(&self) -> String {
        let address = self.endpoints.first().map_or(&self.email, |endpoint| &endpoint.address);
        digest_of(&format!("{}\n{address}", self.display_name))
    }
}

/// Gives every contact of a whole address book its key. Several of one key are kept apart by their order.
pub fn settle_keys(contacts: &mut [Contact]) {
    let mut taken = HashSet::with_capacity(contacts.len());
    let mut of_one_key: HashMap<String, u32> = HashMap::new();
    for contact in contacts {
        let key = settled_key(contact);
        contact.key.clone_from(&key);
        while !taken.insert(contact.key.clone()) {
            // Counted on, so that a book of one name a million times is not gone through a million times.
            let nth = of_one_key.entry(key.clone()).or_insert(1);
            *nth += 1;
            contact.key = format!("{key} #{nth}");
        }
    }
}

/// Gives the contacts of a part of a whole address book their keys, as [`settle_keys`] gives them to all at once. `take` takes a key,
/// and says whether it was free. `of_one_key` goes from each slice of a part to the next, empty at first.
pub fn settle_keys_of_part<E>(
    contacts: &mut [Contact],
    of_one_key: &mut HashMap<String, u32>,
    mut take: impl FnMut(&Contact) -> Result<bool, E>,
) -> Result<(), E> {
    for contact in contacts {
        let key = settled_key(contact);
        contact.key.clone_from(&key);
        let mut step = 1;
        while !take(contact)? {
            let nth = of_one_key.entry(key.clone()).or_insert(1);
            // How many earlier parts had is not known: steps that double find it out, and leave gaps that nobody misses.
            *nth += step;
            step *= 2;
            contact.key = format!("{key} #{nth}");
        }
    }
    Ok(())
}

/// Gives the contacts of an update their keys. Of several of one key the last is the newest, and stays.
pub fn settle_update(contacts: Vec<Contact>) -> Vec<Contact> {
    let mut taken = HashSet::with_capacity(contacts.len());
    let mut kept: Vec<Contact> = Vec::with_capacity(contacts.len());
    for mut contact in contacts.into_iter().rev() {
        contact.key = settled_key(&contact);
        contact.place = String::new();
        if taken.insert(contact.key.clone()) {
            kept.push(contact);
        }
    }
    kept.reverse();
    kept
}

/// The key as it is kept.
pub fn kept_key(key: &str) -> String {
    if key.chars().count() > KEY_CHARS_MAX { digest_of(key) } else { key.to_owned() }
}

/// Makes of whom each contact of a whole address book names as her manager the key of that contact, once all have their keys.
/// Where nobody is called so, or several are, there is none: nobody is guessed.
pub fn settle_managers(contacts: &mut [Contact]) {
    let mut managers = Managers::named(contacts.iter().map(|contact| contact.manager.as_str()));
    contacts.iter().for_each(|contact| managers.look_at(contact));
    for contact in contacts {
        contact.manager = managers.of(contact);
        contact.place = String::new();
    }
}

/// Who is meant where contacts of a whole address book name their managers. Holds no more than the names.
pub struct Managers {
    called: HashMap<String, Called>,
}

/// Who is called so.
enum Called {
    Nobody,
    /// Her key.
    One(String),
    Several,
}

impl Managers {
    /// Looks for these names.
    pub fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Managers {
        let names = names.into_iter().map(as_named).filter(|name| !name.is_empty());
        Managers { called: names.map(|name| (name, Called::Nobody)).collect() }
    }

    /// Whether nobody is named.
    pub fn is_empty(&self) -> bool {
        self.called.is_empty()
    }

    /// Whether this contact, which has its key, is one of them. To be asked of all before [`Managers::of`].
    pub fn look_at(&mut self, contact: &Contact) {
        if self.called.is_empty() {
            return;
        }
        for name in names_of(contact) {
            if let Some(found) = self.called.get_mut(&name) {
                *found = match std::mem::replace(found, Called::Several) {
                    Called::Nobody => Called::One(contact.key.clone()),
                    Called::One(key) if key == contact.key => Called::One(key),
                    Called::One(_) | Called::Several => Called::Several,
                };
            }
        }
    }

    /// The key of her manager; empty where she has none.
    pub fn of(&self, contact: &Contact) -> String {
        match self.called.get(&as_named(&contact.manager)) {
            // Whoever stands at the top is her own manager in some directories.
            Some(Called::One(key)) if *key != contact.key => key.clone(),
            Some(Called::One(_) | Called::Nobody | Called::Several) | None => String::new(),
        }
    }
}

/// By what a contact may be named where somebody else's manager is told.
fn names_of(contact: &Contact) -> HashSet<String> {
    let Contact { key, place, email, display_name, first_name, last_name, .. } = contact;
    let names = [
        key.clone(),
        place.clone(),
        email.clone(),
        display_name.clone(),
        format!("{first_name} {last_name}"),
        format!("{last_name}, {first_name}"),
    ];
    names.iter().map(|name| as_named(name)).filter(|name| !name.is_empty()).collect()
}

/// A name, an address or a place as it is compared: without regard to capitals and to blanks around commas and equals signs.
fn as_named(text: &str) -> String {
    let text = text.trim().to_lowercase();
    let text = text.strip_prefix("urn:uuid:").unwrap_or(&text);
    let part = |part: &str| part.split('=').map(str::trim).collect::<Vec<_>>().join("=");
    text.split(',').map(part).collect::<Vec<_>>().join(",")
}

fn settled_key(contact: &Contact) -> String {
    if contact.key.is_empty() { contact.digest_key() } else { kept_key(&contact.key) }
}

/// 128 bits are enough to tell a million contacts apart.
fn digest_of(text: &str) -> String {
    HEXLOWER.encode(&digest(&SHA256, text.as_bytes()).as_ref()[..16])
}

/// A field of a contact for which there is no place of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Custom {
    /// As the source calls it; never empty.
    pub name: String,
    /// What it holds.
    pub value: String,
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

/// A contact as it was last known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptContact {
    /// What was known.
    pub contact: Contact,
    /// It is no longer in its address book, and kept for what an attendant noted about it.
    pub gone: Option<Gone>,
}

/// Since when a contact is no longer in its address book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// Since the address book was read last; nobody has looked at the clock yet.
    Just,
    /// Since this moment.
    Since(Timestamp),
}

/// What an update of an address book changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Added or changed, as they are kept now.
    pub upserted: Vec<Contact>,
    /// The ids of those that are no longer in the book.
    pub removed: Vec<u64>,
}

/// Who is above and below a contact, as far as they are in its book.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Her manager.
    pub manager: Option<Contact>,
    /// Who reports to her, by name, as many as were asked for.
    pub reports: Vec<Contact>,
    /// How many do, also those who are in no address book.
    pub reports_total: u32,
    /// When a directory told it of her alone; `None`: it came with the book.
    pub told: Option<Timestamp>,
}

/// Address books.
#[async_trait]
pub trait ContactBook: Send + Sync {
    /// Replaces the address book of this name by these, all or nothing. Whoever has the key of a contact that was there keeps
    /// its id, the others get new ones, never used before. Other books stay. Gives the contacts as they are kept, in their
    /// order. `OutOfRange` where the book or one of its contacts is larger than allowed.
    async fn replace(&self, book: &str, contacts: Vec<Contact>) -> Result<Vec<Contact>, StoreError>;
    /// Adds or changes some contacts of a book and removes others, by their keys, all or nothing; what is in both stays. A key
    /// that is not there is removed already. `OutOfRange` as with [`ContactBook::replace`].
    async fn apply(
        &self,
        book: &str,
        upserts: Vec<Contact>,
        removed_keys: Vec<String>,
    ) -> Result<Applied, StoreError>;
    /// Takes a part of a whole new address book of this name aside, at most 10,000 contacts, behind the parts that are there already.
    /// What is aside is in no book and found by nobody, and nothing of it is left after a restart. Where contacts have places
    /// ([`Contact::place`]) they are not kept, and nobody is found as a manager by them. `OutOfRange` as with
    /// [`ContactBook::replace`].
    async fn set_aside(&self, book: &str, contacts: Vec<Contact>) -> Result<(), StoreError>;
    /// Does with everything that was set aside for this book what [`ContactBook::replace`] does with contacts that are told at once,
    /// all or nothing; how many the book has then. `Conflict` where not exactly `contacts` are aside: nothing is changed. A program
    /// that ends in the middle of it does the rest when it starts. The revision grows where something is another than before.
    async fn take_over(&self, book: &str, contacts: u64) -> Result<u64, StoreError>;
    /// Forgets what was set aside for this book.
    async fn forget_aside(&self, book: &str) -> Result<(), StoreError>;
    /// Everything that is in an address book, for the search index, in order of the ids.
    async fn all(&self) -> Result<Vec<Contact>, StoreError>;
    /// How many contacts a book has; 0 where there is none of this name.
    async fn count(&self, book: &str) -> Result<u64, StoreError>;
    /// The contacts after this id, at most `limit` of them (1–10,000), in order of the ids: everything, in pages.
    async fn page(&self, after: u64, limit: u32) -> Result<Vec<Contact>, StoreError>;
    /// These contacts in the order of asking, at most 1,000 at once; those that are in no address book are left out.
    async fn by_ids(&self, ids: &[u64]) -> Result<Vec<Contact>, StoreError>;
    /// The same, and also those that are gone from their book and kept.
    async fn kept_by_ids(&self, ids: &[u64]) -> Result<Vec<KeptContact>, StoreError>;
    /// Others of her department, where company and department are known and written alike: how many, and the first `limit` of them
    /// by name (1–10,000).
    async fn colleagues(&self, of: &Contact, limit: u32) -> Result<(u32, Vec<Contact>), StoreError>;
    /// Her manager and who reports to her, at most `limit` of them (1–10,000): as a directory told it of her, else as it came with
    /// her book.
    async fn line(&self, of: &Contact, limit: u32) -> Result<Line, StoreError>;
    /// Keeps what a directory told of this contact, in place of what it told before. Whoever is not in her book is only counted.
    async fn keep_line(&self, of: &Contact, told: &ReportingLine, at: Timestamp) -> Result<(), StoreError>;
    /// Grows with every change of any book; stays over a restart.
    async fn revision(&self) -> Result<u64, StoreError>;
    /// The image of a search index that was kept last, and the revision it is of. It holds what the contacts hold.
    async fn image(&self) -> Result<Option<(u64, Vec<u8>)>, StoreError>;
    /// The contacts that changed, came or went since the revision of the image that is kept, in order of their ids. `None`: there is
    /// no image, they are more than 10,000, or it is not known.
    async fn changed_since_image(&self) -> Result<Option<Vec<u64>>, StoreError>;
    /// Keeps an image in place of the one before, whole or not at all; at most 512 MiB. An empty one is none: what was kept is
    /// overwritten.
    async fn keep_image(&self, revision: u64, image: Vec<u8>) -> Result<(), StoreError>;
}
