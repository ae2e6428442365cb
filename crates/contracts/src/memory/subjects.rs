//! What is kept about one person, in memory.

use async_trait::async_trait;
use engine::PartyId;

use super::MemoryStore;
use crate::book::{Contact, Party};
use crate::journal::StoreError;
use crate::left_out;
use crate::limits;
use crate::subjects::{KeptAbout, NAMED_MAX, Subject, Subjects};

#[async_trait]
impl Subjects for MemoryStore {
    async fn parties_with(&self, part: &str) -> Result<Vec<Party>, StoreError> {
        limits::party_part(part)?;
        let kept = self.kept();
        let has =
            |party: &&Party| party.address.as_ref().is_some_and(|address| address.as_str().contains(part));
        let mut found: Vec<&Party> = kept.parties.values().filter(has).collect();
        found.sort_by_key(|party| (party.address.as_ref().map(|address| address.as_str().len()), party.id));
        Ok(found.into_iter().take(NAMED_MAX).cloned().collect())
    }

    async fn about(&self, subject: &Subject) -> Result<KeptAbout, StoreError> {
        limits::subject(subject)?;
        Ok(self.kept().about(subject))
    }

    async fn erase(&self, subject: &Subject) -> Result<KeptAbout, StoreError> {
        limits::subject(subject)?;
        let mut kept = self.kept();
        let about = kept.about(subject);
        for party in &subject.parties {
            if let Some(address) = kept.parties.remove(party).and_then(|party| party.address) {
                kept.party_by_address.remove(&address);
            }
        }
        for contact in &subject.contacts {
            kept.personal.forget(*contact);
            kept.forget_line(*contact);
            kept.forget_manager(*contact);
            kept.contacts.remove(contact);
        }
        let is_hers = |party: &PartyId| subject.parties.contains(party);
        kept.transfers.retain(|attempt| !is_hers(&attempt.caller) && !is_hers(&attempt.target));
        kept.voicemails.retain(|_, kept| !is_hers(&kept.voicemail.party));
        kept.image = None;
        kept.changed_since_image.clear();
        kept.contacts_revision += 1;
        Ok(about)
    }

    async fn leave_out(&self, contacts: &[Contact]) -> Result<(), StoreError> {
        let mut kept = self.kept();
        for hashes in contacts.iter().map(|contact| left_out::hashes(MEMORY_KEY, contact)) {
            if !kept.left_out.iter().any(|known| known.key == hashes.key) {
                limits::left_out(kept.left_out.len() + 1)?;
                kept.left_out.push(hashes);
            }
        }
        Ok(())
    }

    async fn left_out(&self) -> Result<u64, StoreError> {
        Ok(self.kept().left_out.len() as u64)
    }

    async fn take_in_again(&self) -> Result<u64, StoreError> {
        Ok(std::mem::take(&mut self.kept().left_out).len() as u64)
    }
}

/// Nothing of it outlives the process, so it is nobody's secret.
const MEMORY_KEY: &[u8] = b"memory";

impl super::Kept {
    /// Takes those out who are left out.
    pub(super) fn sift(&self, contacts: &mut Vec<Contact>) {
        let hashes = self.left_out.iter().flat_map(|hashes| [Some(hashes.key), hashes.email]);
        left_out::sift(contacts, MEMORY_KEY, &hashes.flatten().collect());
    }

    fn about(&self, subject: &Subject) -> KeptAbout {
        let is_hers = |party: &PartyId| subject.parties.contains(party);
        let mut voicemails: Vec<_> =
            self.voicemails.values().filter(|kept| is_hers(&kept.voicemail.party)).cloned().collect();
        voicemails.sort_by_key(|kept| (kept.voicemail.left, kept.voicemail.recording));
        let mut transfers = self.transfers.clone();
        transfers.retain(|attempt| is_hers(&attempt.caller) || is_hers(&attempt.target));
        transfers.sort_by_key(|attempt| attempt.at);
        KeptAbout {
            parties: subject.parties.iter().filter_map(|party| self.parties.get(party).cloned()).collect(),
            contacts: subject.contacts.iter().filter_map(|id| self.contacts.get(id).cloned()).collect(),
            transfers,
            voicemails,
            calls: self.records.values().filter(|record| is_hers(&record.party)).count() as u64,
            ..self.personal.about(&subject.contacts)
        }
    }
}
