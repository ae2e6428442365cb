//! What ends by its age, in memory.

use async_trait::async_trait;
use engine::{PartyId, Timestamp};

use super::MemoryStore;
use crate::board::fold_away;
use crate::imports::ImportedName;
use crate::journal::StoreError;
use crate::retention::{EVENTS_STEP, Kept, Over, Retention, STEP_ROWS, Step, is_young};

#[async_trait]
impl Retention for MemoryStore {
    async fn erase_old(&self, what: Kept, over: Over<'_>, from: u64) -> Result<Step, StoreError> {
        let mut kept = self.kept();
        let (before, most) = (over.before, STEP_ROWS as usize);
        let erased = match what {
            Kept::Calls => {
                let old = kept.records.values().filter(|record| record.arrived < before);
                let old: Vec<_> = old.take(most).map(|record| (record.call, record.part)).collect();
                for place in &old {
                    kept.records.remove(place);
                    kept.imports.rows.remove(&place.0);
                }
                old.len()
            }
            Kept::Voicemails => {
                let old = kept.voicemails.values().filter(|kept| kept.voicemail.left < before);
                let old: Vec<_> = old.take(most).map(|kept| kept.voicemail.recording).collect();
                for recording in &old {
                    kept.recordings.remove(recording);
                    kept.voicemails.remove(recording);
                }
                old.len()
            }
            Kept::Transfers => take_out(&mut kept.transfers, most, |attempt| attempt.at < before),
            Kept::States => take_out(&mut kept.states, most, |state| state.ended < before),
            Kept::Orders => {
                let old = kept.outbox.iter().filter(|(_, it)| it.gave_up.is_some() && it.at < before);
                let old: Vec<_> = old.take(most).map(|(name, _)| *name).collect();
                old.iter().for_each(|name| drop(kept.outbox.remove(name)));
                old.len()
            }
            Kept::Events => {
                let waits = kept.outbox.keys().next().map_or(u64::MAX, |name| name.sequence);
                // The last one stays, so that the next has its number.
                let old = kept.journal.split_last().map_or(&[][..], |(_, before_it)| before_it);
                let old = old.iter().take(EVENTS_STEP as usize);
                let old: Vec<_> =
                    old.take_while(|event| event.at < before && event.sequence < waits).cloned().collect();
                kept.beginning = fold_away(std::mem::take(&mut kept.beginning), &old);
                kept.journal.drain(..old.len());
                let next = (old.len() == EVENTS_STEP as usize).then_some(0);
                return Ok(Step { erased: old.len() as u64, next });
            }
            Kept::Names => {
                let unused: Vec<_> =
                    kept.imports.names.iter().filter(|name| !kept.names(name)).cloned().collect();
                kept.imports.names.retain(|name| !unused.contains(name));
                return Ok(Step { erased: unused.len() as u64, next: None });
            }
            Kept::Callers => {
                let looked: Vec<PartyId> =
                    kept.parties.range(PartyId(from)..).take(most).map(|(id, _)| *id).collect();
                let mut erased = 0;
                for party in &looked {
                    if over.spared.contains(party) || is_young(*party, before) || kept.speaks_of(*party) {
                        continue;
                    }
                    if let Some(address) = kept.parties.remove(party).and_then(|party| party.address) {
                        kept.party_by_address.remove(&address);
                    }
                    erased += 1;
                }
                let next = looked.last().filter(|_| looked.len() == most).map(|last| last.0 + 1);
                return Ok(Step { erased, next });
            }
        };
        Ok(Step { erased: erased as u64, next: (erased == most).then_some(0) })
    }

    async fn newest(&self) -> Result<Option<Timestamp>, StoreError> {
        let kept = self.kept();
        let event = kept.journal.last().map(|recorded| recorded.at);
        Ok(event.max(kept.records.values().map(|record| record.arrived).max()))
    }
}

fn take_out<T>(from: &mut Vec<T>, most: usize, is_old: impl Fn(&T) -> bool) -> usize {
    let mut taken = 0;
    from.retain(|it| {
        let goes = taken < most && is_old(it);
        taken += usize::from(goes);
        !goes
    });
    taken
}

impl super::Kept {
    fn names(&self, name: &ImportedName) -> bool {
        match name {
            ImportedName::Service(id, _) => self.records.values().any(|record| record.service == Some(*id)),
            ImportedName::Attendant(id, _) => {
                let mut sessions = self.records.values().flat_map(|record| &record.user_sessions);
                sessions.any(|session| session.attendant == *id)
            }
        }
    }

    fn speaks_of(&self, party: PartyId) -> bool {
        let mut records = self.records.values();
        records.any(|record| {
            record.party == party || record.user_sessions.iter().any(|session| session.target == Some(party))
        }) || self.voicemails.values().any(|kept| kept.voicemail.party == party)
            || self.transfers.iter().any(|attempt| attempt.caller == party || attempt.target == party)
    }
}
