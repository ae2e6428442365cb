//! Every contract kept in memory: training mode and tests run on it, and it passes the same conformance suites as the
//! SQLite store. Nothing outlives the process.

mod safekeeping;

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use engine::{CallId, Effect, Leg, Origin, PartyId, Timestamp};
use reporting::{CallRecord, RecordChange};

use crate::address::Address;
use crate::book::{Contact, ContactBook, Party, PartyBook};
use crate::journal::{Entry, GivenUp, Journal, Lease, PAGE_MAX, Pending, Recorded, StoreError};
use crate::limits;
use crate::records::{
    CALLS_MAX, RecordCursor, RecordFilter, Records, TRANSFER_HISTORY_MAX, TransferHistoryRow,
};
use crate::secrets::{Secret, SecretError, Secrets};
use crate::settings::SettingsStore;
use crate::telephony::{LegBook, OrderName};

pub use safekeeping::MemorySafekeeping;

/// A store in memory: journal, outbox, records, parties, contacts, settings and lines. Each call is one step under one
/// lock that is never held across an await.
#[derive(Debug, Default)]
pub struct MemoryStore {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    generation: u64,
    journal: Vec<Recorded>,
    outbox: BTreeMap<OrderName, Order>,
    records: BTreeMap<(CallId, u32), CallRecord>,
    transfers: HashMap<(PartyId, bool), BTreeMap<PartyId, TransferHistoryRow>>,
    parties: BTreeMap<PartyId, Party>,
    party_by_address: HashMap<Address, PartyId>,
    contacts: BTreeMap<u64, (String, Contact)>,
    contact_id_last: u64,
    settings: HashMap<String, String>,
    legs: Vec<(Leg, String)>,
}

#[derive(Debug)]
struct Order {
    at: Timestamp,
    effect: Effect,
    gave_up: Option<String>,
}

impl MemoryStore {
    /// A store that holds nothing yet.
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Journal for MemoryStore {
    async fn take_lease(&self, holder: &str) -> Result<Lease, StoreError> {
        limits::name("a holder", holder)?;
        let mut kept = self.kept();
        kept.generation += 1;
        Ok(Lease { generation: kept.generation })
    }

    async fn append(
        &self,
        lease: Lease,
        after: u64,
        entries: &[Entry],
        records: &[RecordChange],
    ) -> Result<(), StoreError> {
        limits::entries(entries)?;
        let mut kept = self.kept();
        kept.check_lease(lease)?;
        kept.check_sequence(after)?;
        for (sequence, entry) in (after + 1..).zip(entries) {
            kept.append(sequence, entry);
        }
        for change in records {
            kept.change(change);
        }
        Ok(())
    }

    async fn read(&self, after: u64, limit: u32) -> Result<Vec<Recorded>, StoreError> {
        limits::page(limit, PAGE_MAX)?;
        let skip = usize::try_from(after).unwrap_or(usize::MAX);
        Ok(self.kept().journal.iter().skip(skip).take(limit as usize).cloned().collect())
    }

    async fn pending(&self, limit: u32) -> Result<Vec<Pending>, StoreError> {
        limits::page(limit, PAGE_MAX)?;
        let kept = self.kept();
        let waiting = kept.outbox.iter().filter(|(_, order)| order.gave_up.is_none());
        Ok(waiting.take(limit as usize).map(|(name, order)| order.pending(*name)).collect())
    }

    async fn done(&self, name: OrderName, gave_up: Option<&str>) -> Result<(), StoreError> {
        let mut kept = self.kept();
        match (kept.outbox.get_mut(&name), gave_up) {
            (Some(Order { gave_up: Some(_), .. }) | None, _) => {}
            (Some(order), Some(reason)) => order.gave_up = Some(limits::reason(reason)),
            (Some(_), None) => {
                kept.outbox.remove(&name);
            }
        }
        Ok(())
    }

    async fn given_up(&self, limit: u32) -> Result<Vec<GivenUp>, StoreError> {
        limits::page(limit, PAGE_MAX)?;
        let kept = self.kept();
        let given_up = kept.outbox.iter().rev().filter_map(|(name, order)| {
            order.gave_up.clone().map(|reason| GivenUp { order: order.pending(*name), reason })
        });
        Ok(given_up.take(limit as usize).collect())
    }
}

impl Kept {
    fn check_lease(&self, lease: Lease) -> Result<(), StoreError> {
        if lease.generation == self.generation && self.generation > 0 {
            Ok(())
        } else {
            Err(StoreError::Conflict(format!(
                "lease {} was taken over by {}",
                lease.generation, self.generation
            )))
        }
    }

    fn check_sequence(&self, after: u64) -> Result<(), StoreError> {
        let last = self.journal.len() as u64;
        if after == last {
            Ok(())
        } else {
            Err(StoreError::Conflict(format!("the journal is at event {last}, the writer at {after}")))
        }
    }

    fn append(&mut self, sequence: u64, entry: &Entry) {
        self.journal.push(Recorded { sequence, at: entry.at, event: entry.event.clone() });
        for (index, effect) in (0..).zip(&entry.effects) {
            let order = Order { at: entry.at, effect: *effect, gave_up: None };
            self.outbox.insert(OrderName { sequence, index }, order);
        }
    }

    fn change(&mut self, change: &RecordChange) {
        match change {
            RecordChange::Put(record) => {
                self.records.insert((record.call, record.part), record.clone());
            }
            RecordChange::TransferDone { caller, target, at, origin } => {
                let of_caller = self.transfers.entry((*caller, is_simulated(*origin))).or_default();
                let row = of_caller.entry(*target).or_insert(TransferHistoryRow {
                    target: *target,
                    times: 0,
                    last: *at,
                });
                row.times = row.times.saturating_add(1);
                row.last = row.last.max(*at);
            }
        }
    }
}

impl Order {
    fn pending(&self, name: OrderName) -> Pending {
        Pending { name, at: self.at, effect: self.effect }
    }
}

#[async_trait]
impl Records for MemoryStore {
    async fn calls(&self, filter: &RecordFilter, limit: u32) -> Result<Vec<CallRecord>, StoreError> {
        limits::page(limit, CALLS_MAX)?;
        let kept = self.kept();
        let mut found: Vec<&CallRecord> =
            kept.records.values().filter(|record| matches(filter, record)).collect();
        found.sort_by_key(|record| Reverse(RecordCursor::of(record)));
        Ok(found.into_iter().take(limit as usize).cloned().collect())
    }

    async fn transfer_history(
        &self,
        caller: PartyId,
        simulated: bool,
        limit: u32,
    ) -> Result<Vec<TransferHistoryRow>, StoreError> {
        limits::page(limit, TRANSFER_HISTORY_MAX)?;
        let kept = self.kept();
        let mut rows: Vec<TransferHistoryRow> = kept
            .transfers
            .get(&(caller, simulated))
            .map(|rows| rows.values().cloned().collect())
            .unwrap_or_default();
        rows.sort_by_key(|row| (Reverse(row.times), Reverse(row.last), row.target));
        rows.truncate(limit as usize);
        Ok(rows)
    }
}

fn matches(filter: &RecordFilter, record: &CallRecord) -> bool {
    let RecordFilter { before, party, service, simulated } = filter;
    before.is_none_or(|before| RecordCursor::of(record) < before)
        && party.is_none_or(|party| record.party == party)
        && service.is_none_or(|service| record.service == Some(service))
        && *simulated == is_simulated(record.origin)
}

fn is_simulated(origin: Origin) -> bool {
    match origin {
        Origin::Live => false,
        Origin::Simulated => true,
    }
}

#[async_trait]
impl PartyBook for MemoryStore {
    async fn party_of(
        &self,
        address: Option<&Address>,
        display_name: Option<&str>,
        new_id: PartyId,
    ) -> Result<Party, StoreError> {
        let display_name = limits::display_name(display_name);
        let mut kept = self.kept();
        let known = address.and_then(|address| kept.party_by_address.get(address).copied());
        if let Some(party) = known.and_then(|id| kept.parties.get_mut(&id)) {
            if display_name.is_some() {
                party.display_name = display_name;
            }
            return Ok(party.clone());
        }
        if kept.parties.contains_key(&new_id) {
            return Err(StoreError::Conflict(format!("the party id {new_id} is taken")));
        }
        let party = Party { id: new_id, address: address.cloned(), display_name };
        kept.parties.insert(new_id, party.clone());
        if let Some(address) = address {
            kept.party_by_address.insert(address.clone(), new_id);
        }
        Ok(party)
    }

    async fn party(&self, id: PartyId) -> Result<Option<Party>, StoreError> {
        Ok(self.kept().parties.get(&id).cloned())
    }
}

#[async_trait]
impl ContactBook for MemoryStore {
    async fn replace(&self, book: &str, mut contacts: Vec<Contact>) -> Result<Vec<Contact>, StoreError> {
        limits::name("an address book", book)?;
        limits::contacts(&contacts)?;
        let mut kept = self.kept();
        kept.contacts.retain(|_, (of, _)| of != book);
        for contact in &mut contacts {
            kept.contact_id_last += 1;
            contact.id = kept.contact_id_last;
            kept.contacts.insert(contact.id, (book.to_owned(), contact.clone()));
        }
        Ok(contacts)
    }

    async fn all(&self) -> Result<Vec<Contact>, StoreError> {
        Ok(self.kept().contacts.values().map(|(_, contact)| contact.clone()).collect())
    }
}

#[async_trait]
impl SettingsStore for MemoryStore {
    async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        Ok(self.kept().settings.get(key).cloned())
    }

    async fn put(&self, key: &str, json: &str) -> Result<(), StoreError> {
        limits::setting(key, json)?;
        self.kept().settings.insert(key.to_owned(), json.to_owned());
        Ok(())
    }
}

#[async_trait]
impl LegBook for MemoryStore {
    async fn keep(&self, leg: Leg, words: String) -> Result<(), StoreError> {
        limits::leg_words(&words)?;
        let mut kept = self.kept();
        match kept.legs.iter_mut().find(|(known, _)| *known == leg) {
            Some((_, kept_words)) => *kept_words = words,
            None => kept.legs.push((leg, words)),
        }
        Ok(())
    }

    async fn forget(&self, leg: Leg) -> Result<(), StoreError> {
        self.kept().legs.retain(|(known, _)| *known != leg);
        Ok(())
    }

    async fn all(&self) -> Result<Vec<(Leg, String)>, StoreError> {
        Ok(self.kept().legs.clone())
    }
}

/// Secrets that are gone with the process: for training mode, tests, and machines without a keychain where the user
/// types the secret again.
#[derive(Debug, Default)]
pub struct MemorySecrets {
    by_name: Mutex<HashMap<String, Secret>>,
}

impl MemorySecrets {
    /// No secrets yet.
    pub fn new() -> MemorySecrets {
        MemorySecrets::default()
    }

    fn by_name(&self) -> MutexGuard<'_, HashMap<String, Secret>> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Secrets for MemorySecrets {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        Ok(self.by_name().get(name).map(danger_copy))
    }

    fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
        self.by_name().insert(name.to_owned(), danger_copy(secret));
        Ok(())
    }

    fn forget(&self, name: &str) -> Result<(), SecretError> {
        self.by_name().remove(name);
        Ok(())
    }
}

/// A second copy, as a keychain would hand out; each is overwritten when it is dropped.
fn danger_copy(secret: &Secret) -> Secret {
    Secret::new(secret.danger_expose().to_vec())
}

#[cfg(test)]
mod tests {
    use super::{MemorySafekeeping, MemorySecrets, MemoryStore};
    use crate::conformance;

    async fn make() -> MemoryStore {
        MemoryStore::new()
    }

    #[tokio::test]
    async fn memory_is_a_journal() {
        conformance::journal(make).await;
    }

    #[tokio::test]
    async fn memory_keeps_records() {
        conformance::records(make).await;
    }

    #[tokio::test]
    async fn memory_is_a_party_book() {
        conformance::parties(make).await;
    }

    #[tokio::test]
    async fn memory_keeps_address_books() {
        conformance::contacts(make).await;
    }

    #[tokio::test]
    async fn memory_keeps_settings() {
        conformance::settings(make).await;
    }

    #[tokio::test]
    async fn memory_keeps_lines() {
        conformance::legs(make).await;
    }

    #[test]
    fn memory_keeps_secrets() {
        conformance::secrets(&MemorySecrets::new(), "sip");
    }

    #[tokio::test]
    async fn memory_is_a_safekeeping() {
        conformance::safekeeping(async || MemorySafekeeping::default(), "/memory").await;
    }
}
