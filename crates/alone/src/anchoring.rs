//! The anchor of the access log in the keychain, outside of the database (ID-7): compared at the start, renewed while the log grows
//! and at the end; and the purge of what is older than the log is kept. What the log does not hold any more is written into it. Never
//! anchors what is not on the disk yet, and writes no other entries.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use app::clock::Sources;
use contracts::access_log::{
    AccessLog, Anchor, Head, PURGE_MAX, RETENTION_DAYS, gap_entry, purge_before, reaches,
};
use contracts::journal::StoreError;
use contracts::safekeeping::SafekeepingError;
use contracts::secrets::Secrets;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use vault::keys::StoreId;

use crate::keeping::blocking;

/// Between two anchors of what is not privileged: what may be cut off unnoticed. A keychain takes up to 0.1 s.
const EVERY: Duration = Duration::from_secs(60);
/// Between two anchors of privileged entries, which come in bursts.
const PRIVILEGED_EVERY: Duration = Duration::from_secs(1);
/// Between two looks at what is old enough to go.
const PURGE_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// The keychain, where the key of the store is in one.
pub(crate) type KeychainNow = Arc<dyn Fn() -> Option<Arc<dyn Secrets>> + Send + Sync>;

/// The keeping of one log's anchor.
pub(crate) struct Anchoring {
    log: Arc<dyn AccessLog>,
    store: StoreId,
    keychain: KeychainNow,
    /// How far the log was before anything of this start was written.
    at_start: Anchor,
    known: Mutex<Known>,
}

/// What the keychain holds, as far as one knows.
#[derive(Clone, Copy, Debug)]
enum Known {
    /// Nobody has looked yet. Until then nothing is put in its place.
    Nothing,
    /// This one was found, or put there.
    Kept(Anchor),
}

impl Anchoring {
    pub(crate) fn new(log: Arc<dyn AccessLog>, store: StoreId, keychain: KeychainNow) -> Anchoring {
        let at_start = log.head().anchor;
        Anchoring { log, store, keychain, at_start, known: Mutex::new(Known::Nothing) }
    }

    /// Until the end. Whoever ends it anchors once more then.
    pub(crate) async fn keep(&self, stop: &CancellationToken) {
        tokio::join!(self.keep_anchor(stop), self.keep_retention(stop));
    }

    async fn keep_anchor(&self, stop: &CancellationToken) {
        let mut heads = self.log.watch();
        self.anchor().await;
        let mut tried = Instant::now();
        loop {
            let head = *heads.borrow_and_update();
            let due = self.wait_for(&head).map(|wait| tried + wait);
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep_until(due.unwrap_or(tried)), if due.is_some() => {
                    self.anchor().await;
                    tried = Instant::now();
                }
                changed = heads.changed() => if changed.is_err() {
                    return;
                },
            }
        }
    }

    /// How long after the last one the next anchor is due; `None`: there is nothing new.
    fn wait_for(&self, head: &Head) -> Option<Duration> {
        match self.known() {
            Known::Nothing => Some(EVERY),
            Known::Kept(kept) if kept == head.anchor => None,
            Known::Kept(kept) if head.privileged > kept.sequence => Some(PRIVILEGED_EVERY),
            Known::Kept(_) => Some(EVERY),
        }
    }

    /// Compares first, then puts the anchor of now in place. A keychain that does not answer is tried again.
    pub(crate) async fn anchor(&self) {
        let Some(keychain) = (self.keychain)() else { return };
        if let Err(error) = self.try_to_anchor(keychain).await {
            tracing::warn!(%error, "the access log was not anchored");
        }
    }

    async fn try_to_anchor(&self, keychain: Arc<dyn Secrets>) -> Result<(), SafekeepingError> {
        let store = self.store;
        if let Known::Nothing = self.known() {
            let asked = keychain.clone();
            let found = blocking(move || Ok(upkeep::log_anchor(&*asked, store)?)).await?;
            self.compare(found).await?;
            self.set_known(found.unwrap_or(Anchor::EMPTY));
        }
        // Everything the head tells is on the disk.
        let anchor = self.log.head().anchor;
        if matches!(self.known(), Known::Kept(kept) if kept == anchor) && anchor != Anchor::EMPTY {
            return Ok(());
        }
        blocking(move || Ok(upkeep::note_log_anchor(&*keychain, store, &anchor)?)).await?;
        self.set_known(anchor);
        Ok(())
    }

    /// Where the log does not hold what was anchored it says so itself, for ever: the anchor will be another one from now on.
    async fn compare(&self, found: Option<Anchor>) -> Result<(), StoreError> {
        let is_whole = match &found {
            Some(anchor) => reaches(&*self.log, anchor).await?,
            None => self.at_start == Anchor::EMPTY,
        };
        if is_whole {
            return Ok(());
        }
        let anchored = found.map(|anchor| anchor.sequence);
        let last = self.at_start.sequence;
        tracing::error!(
            ?anchored,
            last,
            "the access log is not the one that was anchored: run `usher audit verify`"
        );
        self.log.append(gap_entry(found.as_ref(), Sources::new().now())).await?;
        Ok(())
    }

    async fn keep_retention(&self, stop: &CancellationToken) {
        loop {
            if let Err(error) = self.purge().await {
                tracing::warn!(%error, "old entries of the access log were not purged");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(PURGE_EVERY) => {}
            }
        }
    }

    async fn purge(&self) -> Result<(), StoreError> {
        let now = Sources::new().now();
        loop {
            let purged = self.log.purge(purge_before(now), now).await?;
            if purged.entries > 0 {
                let (entries, first_kept) = (purged.entries, purged.first_kept);
                tracing::info!(
                    entries,
                    first_kept,
                    RETENTION_DAYS,
                    "old entries of the access log were purged"
                );
            }
            if purged.entries < PURGE_MAX {
                return Ok(());
            }
        }
    }

    fn known(&self) -> Known {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_known(&self, anchor: Anchor) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Known::Kept(anchor);
    }
}

#[cfg(test)]
mod tests {
    use contracts::access_log::{Actor, Entry, Kind, Link, Outcome, PAGE_MAX, RETENTION_MS, Word, verify};
    use contracts::secrets::{Secret, SecretError};
    use contracts::{MemoryAccessLog, MemorySecrets};
    use engine::Timestamp;

    use super::*;

    struct Desk {
        log: Arc<MemoryAccessLog>,
        keychain: Arc<MemorySecrets>,
        store: StoreId,
    }

    impl Desk {
        fn new() -> Desk {
            Desk { log: Arc::default(), keychain: Arc::default(), store: StoreId::random() }
        }

        fn with(log: Arc<MemoryAccessLog>, of: &Desk) -> Desk {
            Desk { log, keychain: of.keychain.clone(), store: of.store }
        }

        fn anchoring(&self) -> Anchoring {
            let keychain: Arc<dyn Secrets> = self.keychain.clone();
            Anchoring::new(self.log.clone(), self.store, Arc::new(move || Some(keychain.clone())))
        }

        fn kept(&self) -> Option<Anchor> {
            upkeep::log_anchor(&*self.keychain, self.store).expect("it answers")
        }

        async fn log_some(&self, entries: usize) {
            self.log.append_all(vec![entry(); entries]).await.expect("it is written");
        }

        async fn links(&self) -> Vec<Link> {
            self.log.read(0, PAGE_MAX).await.expect("it is read")
        }
    }

    fn entry() -> Entry {
        let now = Sources::new().now();
        Entry::once(now, Actor::Local, Kind::Access, Word::of("handle-calls"), Outcome::Allowed)
    }

    #[tokio::test]
    async fn a_log_is_anchored_at_its_end_and_holds_at_the_next_start_id_7() {
        let desk = Desk::new();
        for entries in [0, 3, 2] {
            let anchoring = desk.anchoring();
            let stop = CancellationToken::new();
            let work = async {
                desk.log_some(entries.max(1)).await;
                stop.cancel();
            };
            tokio::join!(anchoring.keep(&stop), work);
            anchoring.anchor().await;
            assert_eq!(desk.kept(), Some(desk.log.head().anchor));
        }
        assert_eq!(desk.log.head().anchor.sequence, 6, "and no word about it in the log");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_privileged_is_anchored_at_once_and_the_rest_within_a_minute_id_7() {
        let desk = Desk::new();
        let (anchoring, stop) = (desk.anchoring(), CancellationToken::new());
        let work = async {
            let kept_after = async |wait: Duration| {
                tokio::time::sleep(wait).await;
                desk.kept().expect("it is kept").sequence
            };
            assert_eq!(kept_after(PRIVILEGED_EVERY * 2).await, 0);
            desk.log_some(5).await;
            assert_eq!(kept_after(EVERY / 2).await, 0, "not every entry wakes the keychain");
            assert_eq!(kept_after(EVERY).await, 5);
            desk.log.append(entry().privileged()).await.expect("it is written");
            desk.log_some(1).await;
            assert_eq!(kept_after(PRIVILEGED_EVERY * 2).await, 7);
            stop.cancel();
        };
        tokio::join!(anchoring.keep(&stop), work);
    }

    #[tokio::test]
    async fn a_log_that_was_cut_between_two_starts_says_so_itself_id_7() {
        let before = Desk::new();
        let anchoring = before.anchoring();
        before.log_some(5).await;
        anchoring.anchor().await;
        let lost = before.kept().expect("it was anchored");

        let after = Desk::with(Arc::default(), &before);
        after.log_some(2).await;
        after.anchoring().anchor().await;
        let links = after.links().await;
        let [_, _, gap] = links.as_slice() else { panic!("{links:?}") };
        let said = gap.entry().expect("an entry");
        assert_eq!(said, Entry { at: said.at, ..gap_entry(Some(&lost), said.at) });
        let anchor = after.kept().expect("it was anchored");
        assert_eq!(anchor, after.log.head().anchor, "anew");
        let found = verify(&*after.log, Some(&anchor), &mut |_, _| {}).await.expect("it is read");
        assert_eq!((found.fault, found.gaps.len()), (None, 1));
        assert_eq!(found.gaps[0].anchor, Some(5));

        after.anchoring().anchor().await;
        assert_eq!(after.links().await.len(), 3, "once");
    }

    #[tokio::test]
    async fn an_anchor_that_is_gone_is_said_and_a_new_log_has_none_id_7() {
        let desk = Desk::new();
        desk.anchoring().anchor().await;
        assert_eq!((desk.links().await.len(), desk.kept()), (0, Some(Anchor::EMPTY)));
        desk.log_some(1).await;
        let anchoring = Desk { keychain: Arc::default(), log: desk.log.clone(), store: desk.store };
        anchoring.anchoring().anchor().await;
        let said = desk.links().await[1].entry().expect("an entry");
        assert_eq!(said, gap_entry(None, said.at));
    }

    /// A keychain that is locked for some time.
    struct Locked(MemorySecrets, std::sync::atomic::AtomicBool);

    impl Secrets for Locked {
        fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
            match self.1.load(std::sync::atomic::Ordering::Relaxed) {
                true => Err(SecretError::Locked("it is locked".to_owned())),
                false => self.0.get(name),
            }
        }
        fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
            self.0.put(name, secret)
        }
        fn forget(&self, name: &str) -> Result<(), SecretError> {
            self.0.forget(name)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_put_in_place_of_an_anchor_that_nobody_has_compared_id_7() {
        let (log, store) = (Arc::new(MemoryAccessLog::new()), StoreId::random());
        let keychain = Arc::new(Locked(MemorySecrets::new(), true.into()));
        let lost = Anchor { sequence: 9, ..Anchor::EMPTY };
        upkeep::note_log_anchor(&*keychain, store, &lost).expect("it is kept");
        let asked: Arc<dyn Secrets> = keychain.clone();
        let anchoring = Anchoring::new(log.clone(), store, Arc::new(move || Some(asked.clone())));
        let stop = CancellationToken::new();
        let work = async {
            tokio::time::sleep(EVERY * 3).await;
            log.append(entry().privileged()).await.expect("it is written");
            tokio::time::sleep(EVERY * 3).await;
            assert_eq!(upkeep::log_anchor(&keychain.0, store).expect("it answers"), Some(lost));
            keychain.1.store(false, std::sync::atomic::Ordering::Relaxed);
            tokio::time::sleep(EVERY * 3).await;
            stop.cancel();
        };
        tokio::join!(anchoring.keep(&stop), work);
        assert_eq!(log.entries()[1], gap_entry(Some(&lost), log.entries()[1].at));
        assert_eq!(upkeep::log_anchor(&keychain.0, store).expect("it answers"), Some(log.head().anchor));
    }

    #[tokio::test]
    async fn what_is_old_enough_is_purged_and_the_purge_is_an_entry_data_6() {
        let desk = Desk::new();
        let now = Sources::new().now();
        let old = Entry { at: Timestamp(now.0 - RETENTION_MS - 1), ..entry() };
        desk.log.append_all(vec![old.clone(), old, entry()]).await.expect("it is written");
        desk.anchoring().purge().await.expect("it is purged");
        desk.anchoring().purge().await.expect("there is nothing more");
        assert_eq!(desk.links().await.iter().map(|link| link.sequence).collect::<Vec<u64>>(), [3, 4]);
        let found = verify(&*desk.log, None, &mut |_, _| {}).await.expect("it is read");
        assert_eq!((found.fault, found.purged.through), (None, 2));
    }
}
