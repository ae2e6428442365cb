//! The history of changes in memory.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::changes::{CHANGES_MAX, Change, ChangeFilter, ChangeId, ChangeLine, Changes, NewChange, kind_of};
use crate::journal::StoreError;
use crate::limits;

/// Changes that are forgotten with the process.
#[derive(Debug, Default)]
pub struct MemoryChanges {
    kept: Mutex<Vec<Change>>,
}

impl MemoryChanges {
    /// No change yet.
    pub fn new() -> MemoryChanges {
        MemoryChanges::default()
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Change>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Changes for MemoryChanges {
    async fn note(&self, change: NewChange) -> Result<ChangeId, StoreError> {
        let [before, after] = limits::change(&change)?;
        let kind = kind_of(before.is_some(), after.is_some()).expect("the limits ask for one of them");
        let mut kept = self.kept();
        let id = ChangeId(kept.len() as u64 + 1);
        if let Some(undoes) = change.undoes {
            let undone = kept.iter_mut().find(|kept| kept.line.id == undoes);
            let undone = undone.filter(|undone| undone.line.subject == change.subject);
            let undone = undone.ok_or_else(|| limits::not_to_be_undone(undoes))?;
            if undone.line.undone_by.is_some() {
                return Err(limits::undone(undoes));
            }
            undone.line.undone_by = Some(id);
        }
        let NewChange { at, by, subject, name, before, after, undoes } = change;
        let line = ChangeLine { id, at, by, subject, name, kind, undoes, undone_by: None };
        kept.push(Change { line, before, after });
        Ok(id)
    }

    async fn list(&self, filter: &ChangeFilter, limit: u32) -> Result<Vec<ChangeLine>, StoreError> {
        limits::page(limit, CHANGES_MAX)?;
        limits::change_filter(filter)?;
        let kept = self.kept();
        let found = kept.iter().rev().map(|change| &change.line).filter(|line| matches(filter, line));
        Ok(found.take(limit as usize).cloned().collect())
    }

    async fn get(&self, id: ChangeId) -> Result<Option<Change>, StoreError> {
        Ok(self.kept().iter().find(|change| change.line.id == id).cloned())
    }
}

fn matches(filter: &ChangeFilter, line: &ChangeLine) -> bool {
    let ChangeFilter { kind, id, before } = filter;
    kind.as_ref().is_none_or(|kind| line.subject.kind == *kind)
        && id.as_ref().is_none_or(|id| line.subject.id == *id)
        && before.is_none_or(|before| line.id < before)
}
