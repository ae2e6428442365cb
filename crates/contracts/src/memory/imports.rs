//! Imports in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use engine::PartyId;

use super::{Kept, MemoryStore};
use crate::book::Party;
use crate::imports::{ImportState, ImportedCall, ImportedName, Imports, check_batch};
use crate::journal::StoreError;

/// How far each source was read, and what it called things.
#[derive(Debug, Default)]
pub(super) struct KeptImports {
    states: BTreeMap<String, ImportState>,
    pub(super) names: Vec<ImportedName>,
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
            if kept.records.contains_key(&(call.record.call, call.record.part)) {
                state.known += 1;
                continue;
            }
            let party = kept.imported_party(&call);
            let mut record = call.record;
            record.party = party;
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
