//! Every contract kept in memory: training mode and tests run on it, and it passes the same conformance suites as the
//! SQLite store. Nothing outlives the process.

mod access_log;
mod changes;
mod imports;
mod lines;
mod numbers;
mod personal;
mod reports;
mod retention;
mod roster;
mod safekeeping;
mod sign_in;
mod sounds;
mod sources;
mod subjects;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use engine::{AttendantId, CallId, Effect, Leg, Origin, PartyId, RecordingId, SoundId, Timestamp};
use reporting::{CallRecord, RecordChange, TransferAttempt, UserState};

use crate::address::Address;
use crate::board::Snapshot;
use crate::book::{
    self, Applied, Contact, ContactBook, Gone, KeptContact, Line, Party, PartyBook, kept_key, settle_keys,
    settle_managers, settle_update,
};
use crate::journal::{Entry, GivenUp, Journal, Lease, PAGE_MAX, Pending, Recorded, StoreError};
use crate::left_out::Hashes;
use crate::limits;
use crate::line::ReportingLine;
use crate::records::{
    ATTEMPTS_MAX, CALLS_MAX, LikelyTarget, RecordCursor, RecordFilter, Records, TARGETS_MAX, likely,
};
use crate::secrets::{Secret, SecretError, Secrets};
use crate::settings::SettingsStore;
use crate::sounds::SoundFile;
use crate::telephony::{LegBook, OrderName};
use crate::voicemails::KeptVoicemail;

pub use access_log::MemoryAccessLog;
pub use changes::MemoryChanges;
pub use safekeeping::MemorySafekeeping;
pub use sign_in::MemorySignIn;
pub use sounds::{MemoryVoices, RawSamples};
pub use sources::{MemoryPresence, MemorySources, Told};

/// A store in memory: journal, outbox, records, parties, contacts, settings, lines, sounds, recordings, voicemails and the roster. Each call is one step under one
/// lock that is never held across an await.
#[derive(Debug, Default)]
pub struct MemoryStore {
    kept: Mutex<Kept>,
    roster: roster::KeptRoster,
}

#[derive(Debug, Default)]
struct Kept {
    generation: u64,
    journal: Vec<Recorded>,
    /// Before the oldest of these.
    beginning: Snapshot,
    set_down: Option<(String, Snapshot)>,
    outbox: BTreeMap<OrderName, Order>,
    records: BTreeMap<(CallId, u32), CallRecord>,
    transfers: Vec<TransferAttempt>,
    states: Vec<UserState>,
    parties: BTreeMap<PartyId, Party>,
    party_by_address: HashMap<Address, PartyId>,
    contacts: BTreeMap<u64, KeptContact>,
    contact_id_last: u64,
    /// By book, what was set aside for it.
    aside: HashMap<String, Vec<Contact>>,
    contacts_revision: u64,
    image: Option<(u64, Vec<u8>)>,
    lines: lines::KeptLines,
    /// What changed with each revision since the image.
    changed_since_image: Vec<BTreeSet<u64>>,
    left_out: Vec<Hashes>,
    personal: personal::KeptPersonal,
    numbers: numbers::KeptNumbers,
    imports: imports::KeptImports,
    settings: HashMap<String, String>,
    legs: Vec<(Leg, String)>,
    sounds: BTreeMap<SoundId, SoundFile>,
    recordings: HashMap<RecordingId, sounds::Recording>,
    voicemails: BTreeMap<RecordingId, KeptVoicemail>,
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

    async fn beginning(&self) -> Result<Snapshot, StoreError> {
        Ok(self.kept().beginning.clone())
    }

    async fn set_down(&self, release: &str) -> Result<Option<Snapshot>, StoreError> {
        let kept = self.kept();
        let usable =
            |(by, board): &&(String, Snapshot)| by == release && board.sequence >= kept.beginning.sequence;
        Ok(kept.set_down.as_ref().filter(usable).map(|(_, board)| board.clone()))
    }

    async fn set_down_at(&self, release: &str, board: Snapshot) -> Result<(), StoreError> {
        limits::name("a release", release)?;
        self.kept().set_down = Some((release.to_owned(), board));
        Ok(())
    }

    async fn read(&self, after: u64, limit: u32) -> Result<Vec<Recorded>, StoreError> {
        limits::page(limit, PAGE_MAX)?;
        let kept = self.kept();
        let skip = usize::try_from(after.saturating_sub(kept.beginning.sequence)).unwrap_or(usize::MAX);
        Ok(kept.journal.iter().skip(skip).take(limit as usize).cloned().collect())
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
        let last = self.beginning.sequence + self.journal.len() as u64;
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
            RecordChange::TransferEnded(attempt) => self.transfers.push(*attempt),
            RecordChange::VoicemailLeft(voicemail) => {
                let left = || KeptVoicemail { voicemail: voicemail.clone(), handled: false };
                self.voicemails.entry(voicemail.recording).or_insert_with(left);
            }
            RecordChange::StateEnded(state) => self.states.push(*state),
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

    async fn likely_targets(
        &self,
        caller: PartyId,
        simulated: bool,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<LikelyTarget>, StoreError> {
        limits::page(limit, TARGETS_MAX)?;
        Ok(self.kept().likely(|attempt| attempt.caller == caller, simulated, now, limit))
    }

    async fn attendant_targets(
        &self,
        attendant: AttendantId,
        simulated: bool,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<LikelyTarget>, StoreError> {
        limits::page(limit, TARGETS_MAX)?;
        Ok(self.kept().likely(|attempt| attempt.attendant == Some(attendant), simulated, now, limit))
    }

    async fn transfers_kept(&self, caller: PartyId) -> Result<u64, StoreError> {
        Ok(self.kept().transfers.iter().filter(|attempt| attempt.caller == caller).count() as u64)
    }

    async fn purge_transfers(&self, before: Timestamp) -> Result<u64, StoreError> {
        Ok(self.kept().forget_transfers(|attempt| attempt.at < before))
    }

    async fn erase_transfers(&self, party: Option<PartyId>) -> Result<u64, StoreError> {
        let names = |attempt: &TransferAttempt, party| attempt.caller == party || attempt.target == party;
        Ok(self.kept().forget_transfers(|attempt| party.is_none_or(|party| names(attempt, party))))
    }
}

impl Kept {
    fn likely(
        &self,
        which: impl Fn(&TransferAttempt) -> bool,
        simulated: bool,
        now: Timestamp,
        limit: u32,
    ) -> Vec<LikelyTarget> {
        let mut attempts: Vec<TransferAttempt> = self.transfers.iter().rev().copied().collect();
        attempts.retain(|attempt| which(attempt) && is_simulated(attempt.origin) == simulated);
        attempts.sort_by_key(|attempt| Reverse(attempt.at));
        likely(attempts.into_iter().take(ATTEMPTS_MAX as usize), now, limit)
    }

    fn forget_transfers(&mut self, which: impl Fn(&TransferAttempt) -> bool) -> u64 {
        let before = self.transfers.len();
        self.transfers.retain(|attempt| !which(attempt));
        (before - self.transfers.len()) as u64
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

    async fn parties(&self, ids: &[PartyId]) -> Result<Vec<Party>, StoreError> {
        limits::ids(ids.len())?;
        let kept = self.kept();
        Ok(ids.iter().filter_map(|id| kept.parties.get(id).cloned()).collect())
    }
}

#[async_trait]
impl ContactBook for MemoryStore {
    async fn replace(&self, book: &str, mut contacts: Vec<Contact>) -> Result<Vec<Contact>, StoreError> {
        limits::book(book)?;
        limits::contacts(&contacts)?;
        settle_keys(&mut contacts);
        let mut kept = self.kept();
        kept.sift(&mut contacts);
        settle_managers(&mut contacts);
        let known = kept.contacts_of(book);
        let new: HashSet<&str> = contacts.iter().map(|contact| contact.key.as_str()).collect();
        kept.count_change();
        for (_, id) in known.iter().filter(|(key, _)| !new.contains(key.as_str())) {
            kept.remove_contact(*id);
        }
        Ok(contacts.into_iter().map(|contact| kept.put_contact(book, &known, contact)).collect())
    }

    async fn apply(
        &self,
        book: &str,
        upserts: Vec<Contact>,
        removed_keys: Vec<String>,
    ) -> Result<Applied, StoreError> {
        limits::book(book)?;
        limits::contacts(&upserts)?;
        let mut upserts = settle_update(upserts);
        let mut kept = self.kept();
        kept.sift(&mut upserts);
        let known = kept.contacts_of(book);
        let stay: HashSet<&str> = upserts.iter().map(|contact| contact.key.as_str()).collect();
        let removed_keys: BTreeSet<String> = removed_keys.iter().map(|key| kept_key(key)).collect();
        let removed = removed_keys.iter().filter(|key| !stay.contains(key.as_str()));
        let removed = removed.filter_map(|key| known.get(key).copied());
        let removed: Vec<u64> = removed.filter(|id| kept.is_here(*id)).collect();
        let here = known.values().filter(|id| kept.is_here(**id)).count();
        let comes = |key: &&&str| known.get(**key).is_none_or(|id| !kept.is_here(*id));
        limits::book_size(here + stay.iter().filter(comes).count() - removed.len())?;
        kept.count_change();
        removed.iter().for_each(|id| kept.remove_contact(*id));
        let upserted = upserts.into_iter().map(|contact| kept.put_contact(book, &known, contact)).collect();
        Ok(Applied { upserted, removed })
    }

    async fn set_aside(&self, book: &str, contacts: Vec<Contact>) -> Result<(), StoreError> {
        limits::book(book)?;
        limits::part(&contacts)?;
        let mut kept = self.kept();
        let aside = kept.aside.entry(book.to_owned()).or_default();
        limits::book_size(aside.len() + contacts.len())?;
        aside.extend(contacts.into_iter().map(|contact| Contact { place: String::new(), ..contact }));
        Ok(())
    }

    async fn take_over(&self, book: &str, contacts: u64) -> Result<u64, StoreError> {
        limits::book(book)?;
        let aside = self.kept().aside.get(book).cloned().unwrap_or_default();
        if aside.len() as u64 != contacts {
            return Err(limits::not_aside(aside.len() as u64, contacts));
        }
        let taken = self.replace(book, aside).await?;
        self.kept().aside.remove(book);
        Ok(taken.len() as u64)
    }

    async fn forget_aside(&self, book: &str) -> Result<(), StoreError> {
        limits::book(book)?;
        self.kept().aside.remove(book);
        Ok(())
    }

    async fn all(&self) -> Result<Vec<Contact>, StoreError> {
        let kept = self.kept();
        let here = kept.contacts.values().filter(|kept| kept.gone.is_none());
        Ok(here.map(|kept| kept.contact.clone()).collect())
    }

    async fn count(&self, book: &str) -> Result<u64, StoreError> {
        let kept = self.kept();
        let here = kept.contacts.values().filter(|kept| kept.gone.is_none() && kept.contact.book == book);
        Ok(here.count() as u64)
    }

    async fn page(&self, after: u64, limit: u32) -> Result<Vec<Contact>, StoreError> {
        limits::page(limit, book::PAGE_MAX)?;
        let kept = self.kept();
        let after = kept.contacts.range((Bound::Excluded(after), Bound::Unbounded));
        let here = after.filter(|(_, kept)| kept.gone.is_none()).take(limit as usize);
        Ok(here.map(|(_, kept)| kept.contact.clone()).collect())
    }

    async fn by_ids(&self, ids: &[u64]) -> Result<Vec<Contact>, StoreError> {
        let kept = self.kept_by_ids(ids).await?;
        Ok(kept.into_iter().filter(|kept| kept.gone.is_none()).map(|kept| kept.contact).collect())
    }

    async fn kept_by_ids(&self, ids: &[u64]) -> Result<Vec<KeptContact>, StoreError> {
        limits::ids(ids.len())?;
        let kept = self.kept();
        Ok(ids.iter().filter_map(|id| kept.contacts.get(id).cloned()).collect())
    }

    async fn colleagues(&self, of: &Contact, limit: u32) -> Result<(u32, Vec<Contact>), StoreError> {
        limits::page(limit, book::PAGE_MAX)?;
        if of.company.is_empty() || of.department.is_empty() {
            return Ok((0, Vec::new()));
        }
        let kept = self.kept();
        let here = kept.contacts.values().filter(|kept| kept.gone.is_none()).map(|kept| &kept.contact);
        let mut found: Vec<&Contact> = here
            .filter(|other| other.id != of.id)
            .filter(|other| (&other.company, &other.department) == (&of.company, &of.department))
            .collect();
        found.sort_by_key(|other| (&other.display_name, other.id));
        let total = u32::try_from(found.len()).unwrap_or(u32::MAX);
        Ok((total, found.into_iter().take(limit as usize).cloned().collect()))
    }

    async fn line(&self, of: &Contact, limit: u32) -> Result<Line, StoreError> {
        limits::page(limit, book::PAGE_MAX)?;
        Ok(self.kept().line(of, limit as usize))
    }

    async fn keep_line(&self, of: &Contact, told: &ReportingLine, at: Timestamp) -> Result<(), StoreError> {
        limits::reports(told)?;
        self.kept().keep_line(of, told, at);
        Ok(())
    }

    async fn revision(&self) -> Result<u64, StoreError> {
        Ok(self.kept().contacts_revision)
    }

    async fn image(&self) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        Ok(self.kept().image.clone())
    }

    async fn changed_since_image(&self) -> Result<Option<Vec<u64>>, StoreError> {
        let kept = self.kept();
        let of = kept.image.as_ref().map(|(of, _)| *of + kept.changed_since_image.len() as u64);
        let changed: BTreeSet<u64> = kept.changed_since_image.iter().flatten().copied().collect();
        let known = of == Some(kept.contacts_revision) && changed.len() <= book::CHANGED_MAX;
        Ok(known.then(|| changed.into_iter().collect()))
    }

    async fn keep_image(&self, revision: u64, image: Vec<u8>) -> Result<(), StoreError> {
        limits::image(image.len())?;
        let mut kept = self.kept();
        kept.image = (!image.is_empty()).then_some((revision, image));
        kept.changed_since_image.clear();
        Ok(())
    }
}

impl Kept {
    /// The ids of a book's contacts by their keys, also of those that are gone.
    fn contacts_of(&self, book: &str) -> HashMap<String, u64> {
        let of_book = self.contacts.values().map(|kept| &kept.contact).filter(|contact| contact.book == book);
        of_book.map(|contact| (contact.key.clone(), contact.id)).collect()
    }

    fn put_contact(&mut self, book: &str, known: &HashMap<String, u64>, contact: Contact) -> Contact {
        let id = known.get(&contact.key).copied().unwrap_or_else(|| {
            self.contact_id_last += 1;
            self.contact_id_last
        });
        let contact = Contact { id, book: book.to_owned(), ..contact };
        let new = KeptContact { contact: contact.clone(), gone: None };
        if self.contacts.insert(id, new.clone()).as_ref() != Some(&new) {
            self.note_change(id);
        }
        contact
    }

    /// Begins the next revision.
    fn count_change(&mut self) {
        self.contacts_revision += 1;
        if self.image.is_some() {
            self.changed_since_image.push(BTreeSet::new());
        }
    }

    fn note_change(&mut self, id: u64) {
        self.changed_since_image.last_mut().into_iter().for_each(|changed| {
            changed.insert(id);
        });
    }

    fn is_here(&self, id: u64) -> bool {
        self.contacts.get(&id).is_some_and(|kept| kept.gone.is_none())
    }

    /// Takes a contact out of its book; it is kept for what is noted about it.
    fn remove_contact(&mut self, id: u64) {
        self.note_change(id);
        if !self.personal.is_noted(id) {
            self.personal.forget(id);
            self.forget_line(id);
            self.contacts.remove(&id);
        } else if let Some(kept) = self.contacts.get_mut(&id) {
            kept.gone.get_or_insert(Gone::Just);
        }
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
    use super::{MemoryAccessLog, MemoryChanges, MemorySafekeeping, MemorySecrets, MemoryStore};
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
    async fn memory_takes_calls_over() {
        conformance::imports(make).await;
    }

    #[tokio::test]
    async fn memory_erases_what_is_over() {
        conformance::retention(make).await;
    }

    #[tokio::test]
    async fn memory_answers_reports() {
        conformance::reports(make).await;
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
    async fn memory_keeps_what_is_noted() {
        conformance::personal(make).await;
    }

    #[tokio::test]
    async fn memory_tells_and_erases_what_is_kept_about_somebody() {
        conformance::subjects(make).await;
    }

    #[tokio::test]
    async fn memory_keeps_listed_numbers() {
        conformance::numbers(make).await;
    }

    #[tokio::test]
    async fn memory_keeps_settings() {
        conformance::settings(make).await;
    }

    #[tokio::test]
    async fn memory_keeps_lines() {
        conformance::legs(make).await;
    }

    #[tokio::test]
    async fn memory_keeps_sounds() {
        conformance::sounds(make).await;
    }

    #[tokio::test]
    async fn memory_keeps_recordings() {
        conformance::recordings(make).await;
    }

    #[tokio::test]
    async fn memory_keeps_voicemails() {
        conformance::voicemails(make).await;
    }

    #[tokio::test]
    async fn memory_is_a_roster() {
        conformance::roster(make).await;
    }

    #[tokio::test]
    async fn memory_is_an_access_log() {
        conformance::access_log(async || MemoryAccessLog::new()).await;
    }

    #[tokio::test]
    async fn memory_keeps_changes() {
        conformance::changes(async || MemoryChanges::new()).await;
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
