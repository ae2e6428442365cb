//! Takes the backups of a store on time, while a desktop or hub runs. Decides when; how is the taker's. Knows no clock but
//! the one it is given.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::error::BackupError;
use crate::expiry::expire;
use crate::layout::Moment;
use crate::progress::Meter;
use crate::status::{Status, StatusFile};
use crate::take::{Kind, Source, Taken, Taker};
use crate::target::Target;

/// Backups are this far apart. Twenty minutes, so that one that takes ten, or must be tried again, keeps the promise of
/// thirty.
const EVERY_MS: u64 = 20 * 60 * 1000;
/// How often the clock is looked at. A computer that slept, or whose clock was set, is noticed within this.
const LOOK: Duration = Duration::from_secs(15);
/// After a failure the next try waits this long, and twice as long each time.
const BACK_OFF_MS: u64 = 30_000;
/// But never longer: the target may be back any moment.
const BACK_OFF_MS_MAX: u64 = 5 * 60 * 1000;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Moment;
}

/// What takes the backups of one store on time.
pub struct Schedule {
    source: Arc<dyn Source>,
    target: Target,
    taker: Taker,
    clock: Arc<dyn Clock>,
    file: StatusFile,
    meter: Meter,
    status: watch::Sender<Status>,
}

impl Schedule {
    /// For this store and target; `file` says how its backups stand.
    pub fn new(
        source: Arc<dyn Source>,
        target: Target,
        clock: Arc<dyn Clock>,
        file: StatusFile,
    ) -> Arc<Schedule> {
        let taker = Taker::new(&target, source.store());
        let status = watch::Sender::new(file.read());
        Arc::new(Schedule { source, target, taker, clock, file, meter: Meter::default(), status })
    }

    /// How the backups stand, whenever it changes.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    /// Takes backups until it is cancelled. One that is under way then is broken off; what it has copied is taken up by the
    /// next one.
    pub async fn run(&self, cancel: &CancellationToken) {
        // The next backup may be due in twenty minutes; a target that is gone is said now.
        if let Some(Err(error)) = cancel.run_until_cancelled(self.target.stores()).await {
            self.note(|status| status.note_trouble(self.clock.now(), &error.to_string()));
        }
        let mut failures = Failures::default();
        while !cancel.is_cancelled() {
            let now = self.clock.now();
            if self.is_due(now) && failures.is_over(now) {
                match self.take(Kind::Due, cancel).await {
                    Ok(_) => failures = Failures::default(),
                    Err(_) => failures.add(self.clock.now()),
                }
            }
            if cancel.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_none() {
                return;
            }
        }
    }

    /// Takes one now, for whoever asks. `InUse` while one is being taken.
    pub async fn take(&self, kind: Kind, cancel: &CancellationToken) -> Result<Taken, BackupError> {
        let now = self.clock.now();
        let taken = {
            let work = self.taker.take(&*self.source, kind, now, &self.meter, cancel);
            self.showing(work).await
        };
        match &taken {
            Ok(done) => {
                tracing::info!(chain = %done.chain, seq = done.seq, bytes = done.bytes, "backup taken");
                self.note(|status| status.note(done));
                if done.seq == 0 {
                    self.expire(now, cancel).await;
                }
            }
            // Neither is anything that went wrong with the backups.
            Err(BackupError::Cancelled | BackupError::InUse(_)) => self.note(|_| ()),
            Err(error) => {
                tracing::warn!(%error, "no backup was taken");
                self.note(|status| status.note_trouble(now, &error.to_string()));
            }
        }
        taken
    }

    /// A full backup stands, so old ones may go. That they stay for another day is no failure of the backup.
    async fn expire(&self, now: Moment, cancel: &CancellationToken) {
        match expire(&self.target, self.source.store(), now, cancel).await {
            Ok(expired) => {
                tracing::info!(
                    chains = expired.chains.len(),
                    objects = expired.objects,
                    "old backups deleted"
                );
            }
            Err(error) => tracing::warn!(%error, "old backups were not deleted"),
        }
    }

    /// Shows the progress while `work` is done.
    async fn showing<T>(&self, work: impl Future<Output = T>) -> T {
        let mut progress = self.meter.watch();
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => {
                    self.status.send_modify(|status| status.running = None);
                    return done;
                }
                Ok(()) = progress.changed() => {
                    let running = *progress.borrow_and_update();
                    self.status.send_modify(|status| status.running = Some(running));
                }
            }
        }
    }

    fn note(&self, change: impl FnOnce(&mut Status)) {
        self.status.send_modify(change);
        let written = self.file.write(&self.status.borrow());
        if let Err(error) = written {
            tracing::warn!(%error, "the status of the backups was not written");
        }
    }

    fn is_due(&self, now: Moment) -> bool {
        self.status.borrow().age_ms(now).is_none_or(|age_ms| age_ms >= EVERY_MS)
    }
}

/// Failures in a row.
#[derive(Default)]
struct Failures {
    count: u32,
    last: Option<Moment>,
}

impl Failures {
    fn add(&mut self, at: Moment) {
        self.count += 1;
        self.last = Some(at);
    }

    /// Whether the pause after the last one is over. A clock that was set back ends every pause.
    fn is_over(&self, now: Moment) -> bool {
        let pause_ms = (BACK_OFF_MS << (self.count.saturating_sub(1)).min(8)).min(BACK_OFF_MS_MAX);
        self.last.and_then(|last| now.since_ms(last)).is_none_or(|since_ms| since_ms >= pause_ms)
    }
}
