//! The writer of the access log (ID-7): what is privileged is on the disk before it is done; all else is written behind, in its
//! order, so that no caller waits for it; what comes with every key stroke is counted; what the disk does not take waits with a
//! note. Decides nothing and reads nothing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use contracts::access_log::{AccessLog, BATCH_MAX, Entry, Fold, Late};
use contracts::journal::StoreError;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::clock::Sources;

/// Between two looks for minutes that are over, and for what waits.
const LOOK_EVERY: Duration = Duration::from_secs(20);

/// Writes entries.
pub(crate) struct AccessBook {
    log: Arc<dyn AccessLog>,
    sources: Arc<Sources>,
    noted: Mutex<Noted>,
    wake: Notify,
    /// Held while entries are written, so that none is written twice and all in order.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Noted {
    counted: Fold,
    /// To be written next; at most one batch.
    next: Vec<Entry>,
    late: Late,
}

impl AccessBook {
    pub(crate) fn new(log: Arc<dyn AccessLog>, sources: Arc<Sources>) -> AccessBook {
        AccessBook {
            log,
            sources,
            noted: Mutex::default(),
            wake: Notify::new(),
            writing: tokio::sync::Mutex::default(),
        }
    }

    /// The log itself, to name strangers by.
    pub(crate) fn log(&self) -> &dyn AccessLog {
        self.log.as_ref()
    }

    /// Writes an entry now, behind all that was noted. What cannot be written must not be done.
    pub(crate) async fn write(&self, entry: Entry) -> Result<(), StoreError> {
        let _one = self.writing.lock().await;
        self.write_noted().await?;
        self.log.append(entry).await.map(drop)
    }

    /// Lets an entry be written soon: a full disk stops no call.
    pub(crate) fn note(&self, entry: Entry) {
        let mut noted = self.noted();
        if noted.next.len() < BATCH_MAX {
            noted.next.push(entry);
        } else {
            noted.late.note(entry);
        }
        self.wake.notify_one();
    }

    /// Counts an entry to those like it in its minute.
    pub(crate) fn count(&self, entry: Entry) {
        let full = self.noted().counted.count(entry);
        if let Some(entry) = full {
            self.note(entry);
        }
    }

    /// Writes what is noted, until told to stop; then all that is left.
    pub(crate) async fn keep_writing(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.wake.notified() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            let counted = {
                let mut noted = self.noted();
                if stop.is_cancelled() {
                    noted.counted.take_all()
                } else {
                    noted.counted.take_over(self.sources.now())
                }
            };
            for entry in counted {
                self.note(entry);
            }
            let _one = self.writing.lock().await;
            if let Err(error) = self.write_noted().await {
                tracing::error!(%error, "the access log cannot be written; its entries wait");
            }
        }
    }

    /// Writes what is late, then what is next. The lock of writing is held.
    async fn write_noted(&self) -> Result<(), StoreError> {
        let (late, waited) = {
            let noted = self.noted();
            (noted.late.batch(self.sources.now()), noted.late.waiting())
        };
        if !late.is_empty() {
            self.log.append_all(late).await?;
            self.noted().late.written(waited);
        }
        let next = std::mem::take(&mut self.noted().next);
        if next.is_empty() {
            return Ok(());
        }
        self.log.append_all(next.clone()).await.map(drop).inspect_err(|_| {
            let mut noted = self.noted();
            for entry in next {
                noted.late.note(entry);
            }
        })
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
