//! How far a backup, a check or a restore has come, for whoever watches, and work that waits for the disk. Draws nothing.

use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use vault::format::PAGE_BYTES;

use crate::error::BackupError;

/// What is being done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Nothing yet.
    #[default]
    Waiting,
    /// Pages are looked at, which of them are new.
    Looking,
    /// Pages and files are copied to the target and read back.
    Copying,
    /// Objects of the target are read.
    Checking,
    /// Pages and files are fetched from the target.
    Fetching,
    /// Every page is opened with the store's key.
    Opening,
}

/// How far a step has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Which step.
    pub step: Step,
    /// Bytes done of it.
    pub done_bytes: u64,
    /// Of how many.
    pub total_bytes: u64,
}

/// Counts, and shows the count to whoever watches.
#[derive(Clone, Debug, Default)]
pub struct Meter(watch::Sender<Progress>);

impl Meter {
    /// A window on the count.
    pub fn watch(&self) -> watch::Receiver<Progress> {
        self.0.subscribe()
    }

    /// Of a check of the store itself, which counts pages.
    pub fn pages(&self, done: u32, total: u32) {
        let bytes = |pages: u32| u64::from(pages) * PAGE_BYTES as u64;
        let progress = Progress { step: Step::Opening, done_bytes: bytes(done), total_bytes: bytes(total) };
        self.0.send_replace(progress);
    }

    /// A step begins.
    pub(crate) fn begin(&self, step: Step, total_bytes: u64) {
        self.0.send_replace(Progress { step, done_bytes: 0, total_bytes });
    }

    /// More is done of it.
    pub(crate) fn add(&self, bytes: u64) {
        self.0.send_modify(|progress| {
            progress.done_bytes = (progress.done_bytes + bytes).min(progress.total_bytes);
        });
    }

    /// Nothing is being done any more.
    pub(crate) fn end(&self) {
        self.0.send_replace(Progress::default());
    }
}

/// Runs what waits for the disk on a thread of its own.
pub(crate) async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BackupError> + Send + 'static,
) -> Result<T, BackupError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // The runtime is going down.
        Err(_) => Err(BackupError::Cancelled),
    }
}
