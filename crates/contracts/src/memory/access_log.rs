//! The access log in memory. Can be told that its disk is full, for tests of whoever writes to it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use engine::Timestamp;
use ring::hmac;
use tokio::sync::watch;

use crate::access_log::{
    AccessLog, Anchor, Entry, Head, Link, PAGE_MAX, PURGE_MAX, Purge, Purged, Receipt, Stranger,
    SubjectNames, purge_entry, stranger_of,
};
use crate::journal::StoreError;
use crate::limits;

/// An access log that is gone with the process.
#[derive(Debug)]
pub struct MemoryAccessLog {
    kept: Mutex<Kept>,
    head: watch::Sender<Head>,
    is_full: AtomicBool,
}

#[derive(Debug)]
struct Kept {
    links: Vec<Link>,
    purged: Purge,
}

impl Default for MemoryAccessLog {
    fn default() -> MemoryAccessLog {
        let kept = Kept { links: Vec::new(), purged: Purge::NONE };
        let head = watch::Sender::new(Head { anchor: Anchor::EMPTY, privileged: 0 });
        MemoryAccessLog { kept: Mutex::new(kept), head, is_full: AtomicBool::new(false) }
    }
}

impl MemoryAccessLog {
    /// A log without entries.
    pub fn new() -> MemoryAccessLog {
        MemoryAccessLog::default()
    }

    /// From now on it takes no entry, or takes entries again.
    pub fn set_full(&self, is_full: bool) {
        self.is_full.store(is_full, Ordering::Relaxed);
    }

    /// Every entry there is, for tests.
    pub fn entries(&self) -> Vec<Entry> {
        self.kept().links.iter().map(|link| link.entry().expect("we wrote it")).collect()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check_room(&self) -> Result<(), StoreError> {
        if self.is_full.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable("the disk is full".to_owned()));
        }
        Ok(())
    }

    fn tell(&self, kept: &Kept, entries: &[Entry]) {
        let anchor = kept.anchor();
        let is_privileged = entries.iter().any(|entry| entry.privileged);
        self.head.send_modify(|head| {
            head.anchor = anchor;
            if is_privileged {
                head.privileged = anchor.sequence;
            }
        });
    }
}

impl Kept {
    fn anchor(&self) -> Anchor {
        let first_kept = self.purged.through + 1;
        match self.links.last() {
            Some(link) => Anchor { sequence: link.sequence, hash: link.hash, first_kept },
            None => Anchor { sequence: self.purged.through, hash: self.purged.hash, first_kept },
        }
    }

    fn append(&mut self, entry: &Entry) {
        let Anchor { sequence, hash, .. } = self.anchor();
        self.links.push(Link::of(sequence + 1, hash, entry));
    }
}

#[async_trait]
impl AccessLog for MemoryAccessLog {
    async fn append_all(&self, entries: Vec<Entry>) -> Result<Receipt, StoreError> {
        limits::access_log_batch(&entries)?;
        self.check_room()?;
        let mut kept = self.kept();
        entries.iter().for_each(|entry| kept.append(entry));
        self.tell(&kept, &entries);
        Ok(Receipt { sequence: kept.anchor().sequence })
    }

    async fn read(&self, after: u64, limit: u32) -> Result<Vec<Link>, StoreError> {
        limits::page(limit, PAGE_MAX)?;
        let kept = self.kept();
        let links = kept.links.iter().filter(|link| link.sequence > after);
        Ok(links.take(limit as usize).cloned().collect())
    }

    async fn purged(&self) -> Result<Purge, StoreError> {
        Ok(self.kept().purged)
    }

    async fn purge(&self, before: Timestamp, now: Timestamp) -> Result<Purged, StoreError> {
        self.check_room()?;
        let mut kept = self.kept();
        let old = kept.links.iter().take(PURGE_MAX as usize).take_while(|link| link.at < before).count();
        let last = kept.links.drain(..old).next_back();
        if let Some(last) = last {
            kept.purged = Purge { through: last.sequence, hash: last.hash, last_at: last.at };
        }
        let entries = u32::try_from(old).unwrap_or(PURGE_MAX);
        if let Some(proof) = purge_entry(&kept.purged, entries, now) {
            // The chain goes on where it was, also when nothing is left of it.
            kept.append(&proof);
            self.tell(&kept, &[proof]);
        }
        Ok(Purged { entries, first_kept: kept.purged.through + 1 })
    }

    fn watch(&self) -> watch::Receiver<Head> {
        self.head.subscribe()
    }

    fn stranger(&self, subject: SubjectNames<'_>) -> Stranger {
        // Nothing outlives the process, so there is nothing to keep a key for.
        stranger_of(&hmac::Key::new(hmac::HMAC_SHA256, b"memory"), subject)
    }
}

#[cfg(test)]
mod tests {
    use super::MemoryAccessLog;
    use crate::access_log::{AccessLog, Actor, Entry, Kind, Outcome, Word};
    use crate::journal::StoreError;
    use engine::Timestamp;

    #[tokio::test]
    async fn a_full_log_takes_nothing_until_there_is_room() {
        let log = MemoryAccessLog::new();
        let action = Word::of("handle-calls");
        let entry = Entry::once(Timestamp(1), Actor::Local, Kind::Access, action, Outcome::Allowed);
        log.set_full(true);
        let refused = log.append(entry.clone()).await;
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
        assert!(log.purge(Timestamp(2), Timestamp(3)).await.is_err());
        assert_eq!((log.entries(), log.head().anchor.sequence), (Vec::new(), 0));
        log.set_full(false);
        log.append(entry.clone()).await.expect("there is room");
        assert_eq!(log.entries(), [entry]);
    }
}
