//! The list of numbers in memory.

use async_trait::async_trait;
use engine::Timestamp;

use super::MemoryStore;
use crate::journal::StoreError;
use crate::limits;
use crate::numbers::{Listed, ListedId, ListedNumber, NumberList};

/// The list, and the last id that was given.
#[derive(Debug, Default)]
pub(super) struct KeptNumbers {
    listed: Vec<Listed>,
    last: u64,
}

#[async_trait]
impl NumberList for MemoryStore {
    async fn listed(&self) -> Result<Vec<Listed>, StoreError> {
        let mut listed = self.kept().numbers.listed.clone();
        listed.sort_by_key(|listed| std::cmp::Reverse((listed.entry.at, listed.id)));
        Ok(listed)
    }

    async fn list(&self, entry: ListedNumber) -> Result<ListedId, StoreError> {
        limits::listed(&entry)?;
        let mut kept = self.kept();
        let numbers = &mut kept.numbers;
        let is_same = |kept: &ListedNumber| (&kept.number, kept.prefix) == (&entry.number, entry.prefix);
        if let Some(known) = numbers.listed.iter_mut().find(|listed| is_same(&listed.entry)) {
            known.entry = entry;
            return Ok(known.id);
        }
        limits::listed_count(numbers.listed.len() + 1)?;
        numbers.last += 1;
        let id = ListedId(numbers.last);
        numbers.listed.push(Listed { id, entry, calls: 0, last: None });
        Ok(id)
    }

    async fn unlist(&self, id: ListedId) -> Result<bool, StoreError> {
        let mut kept = self.kept();
        let before = kept.numbers.listed.len();
        kept.numbers.listed.retain(|listed| listed.id != id);
        Ok(kept.numbers.listed.len() < before)
    }

    async fn count_call(&self, id: ListedId, at: Timestamp) -> Result<(), StoreError> {
        if let Some(listed) = self.kept().numbers.listed.iter_mut().find(|listed| listed.id == id) {
            listed.calls += 1;
            listed.last = Some(at);
        }
        Ok(())
    }
}
