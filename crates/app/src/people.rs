//! Names for numbers and contacts for what was typed: joins parties with the address books so that a screen is drawn without
//! asking a store, and keeps the search index in step with the books. The contacts themselves stay in the store: of a million,
//! a screen shows twenty. Names join in the view, never on the road of a call.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use contracts::Address;
use contracts::book::{
    Contact, ContactBook, IDS_MAX, PART_CONTACTS_MAX, Party, PartyBook, settle_keys, settle_managers,
};
use contracts::journal::StoreError;
use directory::search::{CHANGED_MAX, Marks};
use directory::{Hits, Index, IndexBuilder, Lifted, Person, Query, Signals, WhoIs, who_is};
use engine::{PartyId, ServiceId};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::api::wire::PartyView;
use crate::clock::Sources;
use crate::numbers::Numbers;

/// Parties kept in memory. A desk of 10,000 calls and its history pages; beyond it the cache starts anew.
const KNOWN_MAX: usize = 50_000;

/// Where the services of this tenant have their addresses in the party book. `.invalid` belongs to nobody (RFC 2606), so none
/// of them is ever dialled.
const SERVICES_HOST: &str = "usher.invalid";

/// The address under which the party book holds a service that callers are put through to.
pub(crate) fn service_address(service: ServiceId) -> Address {
    Address::parse(&format!("service-{service}@{SERVICES_HOST}")).expect("letters, digits and a host")
}

/// The service of such an address.
fn service_of(address: &Address) -> Option<ServiceId> {
    let named = address.host() == Some(SERVICES_HOST);
    address.user().strip_prefix("service-").filter(|_| named).and_then(|id| id.parse().ok())
}

/// Her address. That of a service is of no use to a person.
pub(crate) fn address_of_person(party: &Party) -> Option<&Address> {
    party.address.as_ref().filter(|address| service_of(address).is_none())
}

/// Books with more contacts keep an image of their index: below, building it anew takes less than a blink.
const IMAGE_MIN: usize = 20_000;
/// Contacts that are read at once to build an index.
const PAGE: u32 = 10_000;
/// Contacts that are written or taken away at once: a larger book goes and comes in parts, so that no call waits for it.
const AT_ONCE_MAX: usize = 500;
/// Between two builds of a large index: each takes seconds of a processor, and what changed meanwhile is found as well.
const SETTLE_PAUSE: Duration = Duration::from_secs(600);

/// Everybody known here.
pub struct People {
    parties: Arc<dyn PartyBook>,
    contacts: Arc<dyn ContactBook>,
    numbers: Arc<Numbers>,
    sources: Arc<Sources>,
    directory: RwLock<Arc<Index>>,
    known: RwLock<HashMap<PartyId, Known>>,
    /// Held while the index is changed.
    state: tokio::sync::Mutex<State>,
    to_settle: Notify,
}

/// The search index beside the address books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// As built from them, and so its image.
    Settled,
    /// Whole, with changes that its image lacks.
    Changed,
    /// It lacks what only a build gives it.
    Behind,
}

/// A party and who is behind it.
#[derive(Clone, Debug)]
struct Known {
    party: Party,
    behind: Option<Behind>,
}

/// Who is behind an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behind {
    /// One contact alone.
    pub contact: Option<u64>,
    /// Her name.
    pub name: Option<String>,
    /// The company; empty where none is known.
    pub company: String,
}

impl From<WhoIs<'_>> for Behind {
    fn from(who: WhoIs<'_>) -> Behind {
        match who {
            WhoIs::Contact(contact) => Behind {
                contact: Some(contact.id),
                name: Some(contact.display_name.clone()),
                company: contact.company.clone(),
            },
            WhoIs::Company(company) | WhoIs::Block(company) => {
                Behind { contact: None, name: None, company: company.to_owned() }
            }
        }
    }
}

/// A hit as it is shown.
#[derive(Clone, Debug)]
pub struct Found {
    /// Who.
    pub person: Person,
    /// Why.
    pub marks: Marks,
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct Results {
    /// Hits, best first.
    pub found: Vec<Found>,
    /// All hits; where `more`, at least so many.
    pub total: usize,
    /// There are more than `total`.
    pub more: bool,
    /// What was looked for instead, where a typing error was forgiven.
    pub forgiven: Option<String>,
}

impl People {
    /// Reads the search index, or builds it from the address books. One that is older than the books is made whole with what changed
    /// since. Where that is not known, a large one is used as it is, until [`People::keep_settled`] has built a new one.
    pub async fn open(
        parties: Arc<dyn PartyBook>,
        contacts: Arc<dyn ContactBook>,
        numbers: Arc<Numbers>,
        sources: Arc<Sources>,
    ) -> Result<People, StoreError> {
        let revision = contacts.revision().await?;
        let image = contacts.image().await?;
        let kept = match image {
            Some((of, image)) => offload(move || Index::from_image(&image)).await?.map(|index| (of, index)),
            None => None,
        };
        let (index, state) = match kept {
            Some((of, index)) if of == revision => (index, State::Settled),
            Some((_, index)) => match caught_up(&*contacts, index.clone()).await? {
                Some(whole) => (whole, State::Changed),
                None => (index, State::Behind),
            },
            None => (Index::default(), State::Behind),
        };
        let people = People {
            parties,
            contacts,
            numbers,
            sources,
            state: tokio::sync::Mutex::new(state),
            directory: RwLock::new(Arc::new(index)),
            known: RwLock::default(),
            to_settle: Notify::new(),
        };
        if state == State::Behind && people.is_empty() {
            people.settle().await?;
        }
        people.to_settle.notify_one();
        Ok(people)
    }

    /// Builds the index anew whenever only that makes it whole again, until told to stop.
    pub async fn keep_settled(&self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.to_settle.notified() => {}
            }
            // What is whole can wait for further changes, to be built once for all of them.
            let can_wait = *self.state.lock().await == State::Changed;
            if can_wait && stop.run_until_cancelled(tokio::time::sleep(SETTLE_PAUSE)).await.is_none() {
                return;
            }
            if let Err(error) = self.settle().await {
                tracing::warn!(%error, "the search index could not be built");
            }
        }
    }

    /// Builds the index from the store and keeps its image, where that is due.
    pub async fn settle(&self) -> Result<(), StoreError> {
        let mut state = self.state.lock().await;
        if *state == State::Settled {
            return Ok(());
        }
        let revision = self.contacts.revision().await?;
        let mut builder = IndexBuilder::new();
        let mut last = 0;
        loop {
            let page = self.contacts.page(last, PAGE).await?;
            let Some(contact) = page.last() else { break };
            last = contact.id;
            builder = offload(move || {
                page.iter().for_each(|contact| builder.add(contact));
                builder
            })
            .await?;
        }
        let index = offload(move || builder.finish()).await?;
        self.use_index(index).await?;
        *state = State::Settled;
        self.keep_image(revision).await
    }

    /// An image holds what the contacts hold, so one of books that are gone is taken away.
    async fn keep_image(&self, revision: u64) -> Result<(), StoreError> {
        let index = self.directory();
        let large = index.len() >= IMAGE_MIN;
        let image = if large { offload(move || index.image()).await? } else { Vec::new() };
        if large || self.contacts.image().await?.is_some() {
            self.contacts.keep_image(revision, image).await?;
        }
        Ok(())
    }

    /// How many contacts can be found.
    pub fn len(&self) -> usize {
        self.directory().len()
    }

    /// Whether nobody can be found.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The search index with who is lifted in it: searched from memory, in less than a millisecond.
    pub async fn lifted(&self, signals: &Signals) -> Result<Lifted, StoreError> {
        let (index, signals) = (self.directory(), signals.clone());
        let contacts = all_of(&*self.contacts, index.to_be_lifted(&signals)).await?;
        offload(move || index.lifted(&signals, &contacts)).await
    }

    /// Whether nothing changed in the address books since.
    pub fn is_current(&self, lifted: &Lifted) -> bool {
        lifted.is_of(&self.directory())
    }

    /// The contacts of these hits, from the store, and why they are hits.
    pub async fn results(&self, query: &Query, hits: Hits) -> Result<Results, StoreError> {
        let ids: Vec<u64> = hits.hits.iter().flat_map(|hit| hit.ids.iter().copied()).collect();
        let contacts = all_of(&*self.contacts, ids).await?;
        let mut contacts: HashMap<u64, Contact> =
            contacts.into_iter().map(|contact| (contact.id, contact)).collect();
        let mut found = Vec::with_capacity(hits.hits.len());
        for hit in &hits.hits {
            // One that is gone from the store by now is no hit any more.
            let Some(person) = Person::of(hit.ids.iter().filter_map(|id| contacts.remove(id)).collect())
            else {
                continue;
            };
            found.push(Found { marks: query.marks(&person.contact, hits.forgiven), person });
        }
        let forgiven = found.first().and_then(|first| first.marks.forgiven.first().cloned());
        Ok(Results { found, total: hits.total, more: hits.more, forgiven })
    }

    /// The person whose contact this is, from all sources that know her.
    pub async fn contact(&self, id: u64) -> Result<Option<Person>, StoreError> {
        let ids = self.directory().person(id);
        if ids.is_empty() { Ok(None) } else { Ok(Person::of(self.contacts.by_ids(&ids).await?)) }
    }

    /// Each of these contacts with all others of the same person.
    pub async fn persons(&self, ids: &[u64]) -> Result<Vec<(u64, Vec<Contact>)>, StoreError> {
        let index = self.directory();
        let members: Vec<(u64, Vec<u64>)> = ids.iter().map(|id| (*id, index.person(*id))).collect();
        let all = members.iter().flat_map(|(_, members)| members).copied().collect();
        let contacts = all_of(&*self.contacts, all).await?.into_iter().map(|contact| (contact.id, contact));
        let contacts: HashMap<u64, Contact> = contacts.collect();
        let found = members.into_iter().map(|(id, members)| {
            (id, members.iter().filter_map(|member| contacts.get(member).cloned()).collect())
        });
        Ok(found.filter(|(_, contacts): &(u64, Vec<Contact>)| !contacts.is_empty()).collect())
    }

    /// Whose address this is.
    pub async fn who_is(&self, address: &Address) -> Result<Option<Behind>, StoreError> {
        let (index, reading) = (self.directory(), self.numbers.reading());
        let mut holders = index.holders(address);
        for written in reading.numbering.elsewhere(address) {
            let others = index.holders(&written);
            holders.extend(others.into_iter().filter(|id| !holders.contains(id)).collect::<Vec<_>>());
        }
        let mut contacts = all_of(&*self.contacts, holders).await?;
        if let Some(who) = who_is::decide(&reading.numbering, address, &contacts) {
            return Ok(Some(Behind::from(who)));
        }
        // Neighbours in a block of numbers tell at least the company.
        let Some(whole) = reading.numbering.e164(address) else { return Ok(None) };
        let digits = whole.trim_start_matches('+');
        let block =
            digits.len().checked_sub(who_is::BLOCK_DIGITS_MAX).and_then(|shared| digits.get(..shared));
        let neighbours = block.map(|block| index.numbers_starting(block)).unwrap_or_default();
        contacts.extend(all_of(&*self.contacts, neighbours).await?);
        Ok(who_is::decide(&reading.numbering, address, &contacts).map(Behind::from))
    }

    /// The contact behind a party in memory, where it is one alone.
    pub fn contact_of(&self, party: PartyId) -> Option<u64> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(&party)?.behind.as_ref()?.contact
    }

    /// Replaces one address book and searches the new one from now on.
    pub async fn replace_book(&self, book: &str, contacts: Vec<Contact>) -> Result<(), StoreError> {
        let mut state = self.state.lock().await;
        let there = usize::try_from(self.contacts.count(book).await?).unwrap_or(usize::MAX);
        if contacts.len().max(there) <= AT_ONCE_MAX {
            self.contacts.replace(book, contacts).await?;
        } else if let Err(error) = replace_in_parts(&*self.contacts, book, contacts).await {
            self.contacts.forget_aside(book).await?;
            return Err(error);
        }
        *state = State::Behind;
        drop(state);
        self.settle().await
    }

    /// Sets a part of a new address book aside; nobody finds it yet.
    pub async fn set_aside(&self, book: &str, contacts: Vec<Contact>) -> Result<(), StoreError> {
        self.contacts.set_aside(book, contacts).await
    }

    /// Forgets what was set aside for this book.
    pub async fn forget_aside(&self, book: &str) -> Result<(), StoreError> {
        self.contacts.forget_aside(book).await
    }

    /// Replaces an address book by the contacts that were set aside for it, so many, and searches the new one from now on.
    pub async fn take_over(&self, book: &str, contacts: u64) -> Result<(), StoreError> {
        let mut state = self.state.lock().await;
        let before = self.contacts.revision().await?;
        self.contacts.take_over(book, contacts).await?;
        if self.contacts.revision().await? == before {
            return Ok(());
        }
        *state = State::Behind;
        drop(state);
        self.settle().await
    }

    /// Changes some contacts of one address book and removes others by their keys, and searches the new one from now on.
    pub async fn apply_to_book(
        &self,
        book: &str,
        upserts: Vec<Contact>,
        removed_keys: Vec<String>,
    ) -> Result<(), StoreError> {
        let mut state = self.state.lock().await;
        let was_behind = *state == State::Behind;
        let applied = self.contacts.apply(book, upserts, removed_keys).await?;
        *state = State::Behind;
        if applied.upserted.len() + applied.removed.len() <= CHANGED_MAX {
            let changed =
                with_changes(&*self.contacts, self.directory(), applied.upserted, applied.removed).await?;
            if let Some(index) = changed {
                self.use_index(index).await?;
                *state = if was_behind { State::Behind } else { State::Changed };
                self.to_settle.notify_one();
                return Ok(());
            }
        }
        drop(state);
        self.settle().await
    }

    /// How many contacts an address book has.
    pub async fn count(&self, book: &str) -> Result<u64, StoreError> {
        self.contacts.count(book).await
    }

    /// These contacts, at most 1,000; those that are gone are left out.
    pub async fn contacts(&self, ids: &[u64]) -> Result<Vec<Contact>, StoreError> {
        self.contacts.by_ids(ids).await
    }

    /// The contacts of all books after this id, in order of the ids.
    pub async fn page(&self, after: u64, limit: u32) -> Result<Vec<Contact>, StoreError> {
        self.contacts.page(after, limit).await
    }

    /// Searches this index from now on.
    async fn use_index(&self, index: Index) -> Result<(), StoreError> {
        *self.directory.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(index);
        self.look_again().await
    }

    /// Looks again who is behind the parties in memory: contacts, or how numbers are read, have changed.
    pub async fn look_again(&self) -> Result<(), StoreError> {
        let parties: Vec<Party> = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            known.values().filter(|known| known.party.address.is_some()).map(|it| it.party.clone()).collect()
        };
        for party in parties {
            self.know(party).await?;
        }
        Ok(())
    }

    /// The search index of this moment.
    fn directory(&self) -> Arc<Index> {
        self.directory.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The party of this number, made where there is none yet.
    pub async fn party_of(
        &self,
        address: Option<&Address>,
        name: Option<&str>,
    ) -> Result<PartyId, StoreError> {
        let party = self.parties.party_of(address, name, self.sources.party()).await?;
        let id = party.id;
        self.know(party).await?;
        Ok(id)
    }

    /// Brings these parties into memory; those that are gone stay nameless.
    pub async fn fetch(&self, ids: impl IntoIterator<Item = PartyId>) -> Result<(), StoreError> {
        // Each once, however often it is named.
        let unknown: BTreeSet<PartyId> = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            ids.into_iter().filter(|id| !known.contains_key(id)).collect()
        };
        let unknown: Vec<PartyId> = unknown.into_iter().collect();
        for ids in unknown.chunks(IDS_MAX) {
            for party in self.parties.parties(ids).await? {
                self.know(party).await?;
            }
        }
        Ok(())
    }

    /// Those of these parties that are there, and who is behind them; not kept in memory, for a feed tells of more than screens show.
    pub(crate) async fn look_up(&self, ids: &[PartyId]) -> Result<Vec<(Party, Option<Behind>)>, StoreError> {
        let mut met = Vec::with_capacity(ids.len());
        for ids in ids.chunks(IDS_MAX) {
            for party in self.parties.parties(ids).await? {
                let behind = self.behind(&party).await?;
                met.push((party, behind));
            }
        }
        Ok(met)
    }

    async fn behind(&self, party: &Party) -> Result<Option<Behind>, StoreError> {
        match address_of_person(party) {
            Some(address) => self.who_is(address).await,
            None => Ok(None),
        }
    }

    /// Her number or SIP address, where it is in memory and was not withheld.
    pub(crate) fn address(&self, id: PartyId) -> Option<Address> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(&id)?.party.address.clone()
    }

    /// Forgets these parties: they were erased.
    pub(crate) fn forget(&self, parties: &BTreeSet<PartyId>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|id, _| !parties.contains(id));
    }

    /// Forgets whoever is none of these; who is needed again is fetched again.
    pub(crate) fn forget_all_but(&self, parties: &BTreeSet<PartyId>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|id, _| parties.contains(id));
    }

    /// How a party is shown: the name of the address book before the name sent along.
    pub fn view(&self, id: PartyId) -> PartyView {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let (party, behind) = match known.get(&id) {
            Some(known) => (Some(&known.party), known.behind.as_ref()),
            None => (None, None),
        };
        let address = party.and_then(|party| party.address.as_ref());
        let service = address.and_then(service_of);
        // The address of a service is of no use to a person.
        let address = address.filter(|_| service.is_none());
        let reading = self.numbers.reading();
        PartyView {
            party: id.to_string(),
            name: behind
                .and_then(|behind| behind.name.clone())
                .or_else(|| party.and_then(|party| party.display_name.clone())),
            company: behind.map(|behind| behind.company.clone()).filter(|company| !company.is_empty()),
            number: address.map(Address::to_string),
            shown: address.and_then(|address| reading.shown(address)),
            marked: address
                .and_then(|address| reading.listing(address))
                .map(|listed| listed.entry.listing.into()),
            contact: behind.and_then(|behind| behind.contact).map(|contact| contact.to_string()),
            service: service.map(|service| service.to_string()),
        }
    }

    async fn know(&self, party: Party) -> Result<(), StoreError> {
        let behind = self.behind(&party).await?;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(party.id, Known { party, behind });
        Ok(())
    }
}

/// This index with what changed since its image was kept; `None` where that is not known, or so much that it is to be built anew.
async fn caught_up(contacts: &dyn ContactBook, index: Index) -> Result<Option<Index>, StoreError> {
    let Some(changed) = contacts.changed_since_image().await? else { return Ok(None) };
    let here = all_of(contacts, changed.clone()).await?;
    let ids: BTreeSet<u64> = here.iter().map(|contact| contact.id).collect();
    let removed = changed.into_iter().filter(|id| !ids.contains(id)).collect();
    with_changes(contacts, Arc::new(index), here, removed).await
}

/// This index with these changes; `None` where it is to be built anew.
async fn with_changes(
    contacts: &dyn ContactBook,
    index: Arc<Index>,
    mut changed: Vec<Contact>,
    removed: Vec<u64>,
) -> Result<Option<Index>, StoreError> {
    let companions = index.companions(&changed, &removed);
    changed.extend(all_of(contacts, companions).await?);
    offload(move || index.with_changes(changed, &removed)).await
}

async fn all_of(book: &dyn ContactBook, ids: Vec<u64>) -> Result<Vec<Contact>, StoreError> {
    let mut contacts = Vec::with_capacity(ids.len());
    for ids in ids.chunks(IDS_MAX) {
        contacts.extend(book.by_ids(ids).await?);
    }
    Ok(contacts)
}

/// Replaces a book by setting its parts aside. Who is whose manager is settled before, since parts do not tell where a directory has
/// its people.
async fn replace_in_parts(
    book: &dyn ContactBook,
    name: &str,
    mut contacts: Vec<Contact>,
) -> Result<(), StoreError> {
    let contacts = offload(move || {
        settle_keys(&mut contacts);
        settle_managers(&mut contacts);
        contacts
    })
    .await?;
    let all = contacts.len() as u64;
    let mut contacts = contacts.into_iter();
    loop {
        let part: Vec<Contact> = contacts.by_ref().take(PART_CONTACTS_MAX).collect();
        if part.is_empty() {
            return book.take_over(name, all).await.map(drop);
        }
        book.set_aside(name, part).await?;
    }
}

/// Work of more than a moment, beside the threads that answer.
async fn offload<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!(%error, "the search index failed inside");
        StoreError::Unavailable("the search index failed inside".to_owned())
    })
}
