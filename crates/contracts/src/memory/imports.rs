//! Imports in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use engine::{CallId, PartyId};

use super::{Kept, MemoryStore};
use crate::book::Party;
use crate::imports::{ImportState, ImportedCall, ImportedName, Imports, check_batch, no_place, places};
use crate::journal::StoreError;

/// How far each source was read, and what it called things.
#[derive(Debug, Default)]
pub(super) struct KeptImports {
    states: BTreeMap<String, ImportState>,
    pub(super) names: Vec<ImportedName>,
    /// The rows of the calls that were taken.
    pub(super) rows: BTreeMap<CallId, u64>,
}

#[async_trait]
impl Imports for MemoryStore {
    async fn import_state(&self, source: &str) -> Result<Option<ImportState>, StoreError> {
        Ok(self.kept().imports.states.get(source).cloned())
    }

    async fn take_calls(
        &self,
        source: &str,
        calls: Vec<ImportedCall>,
        names: Vec<ImportedName>,
        mut state: ImportState,
    ) -> Result<ImportState, StoreError> {
        check_batch(source, &calls, &names)?;
        let mut kept = self.kept();
        for call in calls {
            let Some(place) = kept.place_of(&call)? else {
                state.known += 1;
                continue;
            };
            let party = kept.imported_party(&call);
            kept.imports.rows.insert(place, call.row);
            let mut record = call.record;
            (record.call, record.party) = (place, party);
            kept.records.insert((record.call, record.part), record);
            state.taken += 1;
        }
        kept.imports.names.extend(names);
        kept.imports.names.sort();
        kept.imports.names.dedup();
        kept.imports.states.insert(source.to_owned(), state.clone());
        Ok(state)
    }
}

impl Kept {
    /// Where it goes; `None`: it is there already.
    fn place_of(&self, call: &ImportedCall) -> Result<Option<CallId>, StoreError> {
        for place in places(call.record.call) {
            if !self.records.contains_key(&(place, call.record.part)) {
                return Ok(Some(place));
            }
            if self.imports.rows.get(&place) == Some(&call.row) {
                return Ok(None);
            }
        }
        Err(no_place())
    }

    fn imported_party(&mut self, call: &ImportedCall) -> PartyId {
        let Some(address) = &call.caller else { return call.record.party };
        if let Some(known) = self.party_by_address.get(address) {
            return *known;
        }
        let id = call.record.party;
        self.party_by_address.insert(address.clone(), id);
        self.parties.insert(id, Party { id, address: Some(address.clone()), display_name: None });
        id
    }
}
