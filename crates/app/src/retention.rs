//! How long is kept what Usher learns by itself: transfer history by a setting, contacts that are gone from their address book and
//! users who have left by a fixed time, and calls and messages as `purge` says. Looks at the clock at the start and every hour, for a
//! computer that sleeps counts no days.

use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use contracts::access_log::{Actor, Entry, Kind, Outcome, Word};
use contracts::journal::StoreError;
use engine::Timestamp;

use crate::api::wire::UiEvent;
use crate::app::App;
use crate::desk::DeskError;
use crate::screen;

/// Setting: days for which transfer history is kept.
const RETENTION: &str = "transfer_retention_days";
/// Without a setting: a season of calls, three half-lives of what makes a target likely.
const RETENTION_DAYS_DEFAULT: u16 = 90;
/// What can be set: not a day less than one, and not longer than call records are compared over, two years.
pub(crate) const RETENTION_DAYS: RangeInclusive<u16> = 1..=730;
/// For how long who left is kept: for so many days a directory brings somebody back who was deleted, and she is the same person then.
const LEAVERS_DAYS: i64 = 30;
/// Between two looks at the clock.
const LOOK_EVERY: Duration = Duration::from_secs(3_600);
/// A day of a clock, in milliseconds.
const DAY_MS: i64 = 24 * 3_600 * 1_000;

impl App {
    /// For how many days transfer history is kept.
    pub(crate) async fn retention(&self) -> Result<u16, StoreError> {
        let set = self.settings.get(RETENTION).await?.and_then(|json| json.parse().ok());
        Ok(set.filter(|days| RETENTION_DAYS.contains(days)).unwrap_or(RETENTION_DAYS_DEFAULT))
    }

    /// Keeps it for so long from now on, and erases at once what is older.
    pub(crate) async fn set_retention(&self, days: u16) -> Result<(), StoreError> {
        self.settings.put(RETENTION, &days.to_string()).await?;
        self.forget_what_is_over().await
    }

    /// Erases what is older than it may be kept.
    async fn forget_what_is_over(&self) -> Result<(), StoreError> {
        let now = self.sources.now();
        let before = Timestamp(now.0.saturating_sub(i64::from(self.retention().await?) * DAY_MS));
        let purged = self.records.purge_transfers(before).await?;
        let forgotten = self.personal.forget_gone(now).await?;
        if purged + forgotten > 0 {
            tracing::info!(purged, forgotten, "transfers and contacts were kept long enough");
        }
        if forgotten > 0 {
            self.tell(UiEvent::PersonalChanged);
        }
        Ok(())
    }

    /// Forgets who left so long ago that she will not come back, and writes down how many (DATA-6).
    async fn forget_leavers(&self) -> Result<(), StoreError> {
        let now = self.sources.now();
        let purged = self.roster.purge(Timestamp(now.0.saturating_sub(LEAVERS_DAYS * DAY_MS))).await?;
        if let Some(times) = u32::try_from(purged).ok().and_then(NonZeroU32::new) {
            let (actor, action) = (Actor::System(Word::of("retention")), Word::of("forget-leavers"));
            let entry = Entry::once(now, actor, Kind::Administration, action, Outcome::Done);
            self.book.note(Entry { times, ..entry });
        }
        Ok(())
    }

    /// Erases what is kept of calls for 24 months and no longer, once a day, and writes down what it was (DATA-6).
    async fn forget_calls(&self) -> Result<(), DeskError> {
        let spared = self.desk.look(screen::parties).await?;
        let mut proofs = Vec::new();
        let ended = self.purge.run(self.sources.now(), &spared, &mut |proof| proofs.push(proof)).await;
        if !proofs.is_empty() {
            self.people.forget_all_but(&spared);
            self.voicemails_changed.notify_one();
        }
        proofs.into_iter().for_each(|proof| self.book.note(proof));
        Ok(ended?)
    }

    /// Looks at the clock until the application stops.
    pub(crate) async fn keep_forgetting(self: Arc<App>) {
        loop {
            let (over, leavers) = (self.forget_what_is_over().await, self.forget_leavers().await);
            for forgotten in
                [over.map_err(DeskError::from), leavers.map_err(DeskError::from), self.forget_calls().await]
            {
                if let Err(error) = forgotten {
                    tracing::warn!(%error, "what is kept too long could not be erased");
                }
            }
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }
}
