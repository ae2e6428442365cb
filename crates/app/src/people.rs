//! Names for numbers: joins parties with the address books, in memory, so that a screen is drawn without asking a store.
//! Names join in the view, never on the road of a call.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use contracts::Address;
use contracts::book::{Contact, ContactBook, Party, PartyBook};
use contracts::journal::StoreError;
use directory::{Index, WhoIs};
use engine::PartyId;

use crate::api::wire::PartyView;
use crate::clock::Sources;

/// Parties kept in memory. A desk of 10,000 calls and its history pages; beyond it the cache starts anew.
const KNOWN_MAX: usize = 50_000;

/// Everybody known here.
pub struct People {
    parties: Arc<dyn PartyBook>,
    contacts: Arc<dyn ContactBook>,
    sources: Arc<Sources>,
    directory: RwLock<Arc<Index>>,
    known: RwLock<HashMap<PartyId, Party>>,
}

impl People {
    /// Reads the address books and builds the search index.
    pub async fn open(
        parties: Arc<dyn PartyBook>,
        contacts: Arc<dyn ContactBook>,
        sources: Arc<Sources>,
    ) -> Result<People, StoreError> {
        let directory = Index::new(contacts.all().await?);
        Ok(People {
            parties,
            contacts,
            sources,
            directory: RwLock::new(Arc::new(directory)),
            known: RwLock::default(),
        })
    }

    /// The search index of this moment.
    pub fn directory(&self) -> Arc<Index> {
        self.directory.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces one address book and searches the new one from now on.
    pub async fn replace_book(&self, book: &str, contacts: Vec<Contact>) -> Result<(), StoreError> {
        self.contacts.replace(book, contacts).await?;
        let directory = Arc::new(Index::new(self.contacts.all().await?));
        *self.directory.write().unwrap_or_else(PoisonError::into_inner) = directory;
        Ok(())
    }

    /// The party of this number, made where there is none yet.
    pub async fn party_of(
        &self,
        address: Option<&Address>,
        name: Option<&str>,
    ) -> Result<PartyId, StoreError> {
        let party = self.parties.party_of(address, name, self.sources.party()).await?;
        let id = party.id;
        self.know(party);
        Ok(id)
    }

    /// Brings these parties into memory; those that are gone stay nameless.
    pub async fn fetch(&self, ids: impl IntoIterator<Item = PartyId>) -> Result<(), StoreError> {
        for id in ids {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner).contains_key(&id);
            if !known && let Some(party) = self.parties.party(id).await? {
                self.know(party);
            }
        }
        Ok(())
    }

    /// How a party is shown: the name of the address book before the name sent along.
    pub fn view(&self, id: PartyId) -> PartyView {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let party = known.get(&id);
        let address = party.and_then(|party| party.address.as_ref());
        let directory = self.directory();
        let (contact, company) = match address.and_then(|address| directory.who_is(address)) {
            Some(WhoIs::Contact(contact)) => (Some(contact), contact.company.as_str()),
            Some(WhoIs::Company(company)) => (None, company),
            None => (None, ""),
        };
        PartyView {
            party: id.to_string(),
            name: contact
                .map(|contact| contact.display_name.clone())
                .or_else(|| party.and_then(|party| party.display_name.clone())),
            company: (!company.is_empty()).then(|| company.to_owned()),
            number: address.map(Address::to_string),
            contact: contact.map(|contact| contact.id.to_string()),
        }
    }

    fn know(&self, party: Party) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(party.id, party);
    }
}
