//! What is kept of calls for 24 months (DATA-6), erased once a day, and what proves it: an entry of the access log for each kind, and a
//! page of the last run in the settings. Not erased while the clock is not to be believed. Whoever is stopped goes on: what is
//! left is as old as before. Does not know how rows are erased.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::Arc;

use contracts::access_log::{Actor, Entry, IdText, Kind, ObjectRef, Outcome, Word};
use contracts::journal::StoreError;
use contracts::retention::{Kept, Over, PARTY_AGE_MS, Retention, SETTING};
use contracts::settings::SettingsStore;
use engine::{PartyId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::api::wire::{PurgeView, PurgedView};

/// A day of a clock, in milliseconds.
const DAY_MS: i64 = 24 * 3_600 * 1_000;
/// 24 months, and not a day less: two years, of which one may be a leap year.
const KEPT_DAYS: i64 = 731;
/// Between two purges.
const EVERY_MS: i64 = DAY_MS;
/// A clock that is so far ahead of whatever was seen last is not believed before it has gone on for [`DOUBT_MS`]: a wrong one would
/// erase what nobody brings back.
const JUMP_DAYS: i64 = 60;
/// For how long a clock must go on.
const DOUBT_MS: i64 = DAY_MS;

/// The moment before which nothing is kept, by a clock that says `now`.
pub fn kept_from(now: Timestamp) -> Timestamp {
    Timestamp(now.0.saturating_sub(KEPT_DAYS * DAY_MS))
}

/// The last purge, as the settings keep it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct State {
    /// What is older is gone, or goes at once. Written before anything is erased.
    before: Option<i64>,
    /// When it was at its end last.
    finished: Option<i64>,
    /// One is under way, or was stopped.
    is_open: bool,
    /// What it erased, by kind.
    erased: BTreeMap<String, u64>,
    /// What of that the access log does not know yet.
    unproven: BTreeMap<String, u64>,
    /// The clock when it was believed last.
    believed: Option<i64>,
    /// Since when the clock goes on from where it is not believed.
    doubted: Option<i64>,
}

/// What the clock is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clock {
    /// It is believed.
    Good,
    /// Not before it has gone on for a day from here.
    Doubted(i64),
}

/// Whether a clock that shows `now` is believed. `seen`: the newest moment that is known to have been.
fn judge(now: i64, seen: Option<i64>, doubted: Option<i64>) -> Clock {
    let near = |from: i64, to: i64| (0..=JUMP_DAYS * DAY_MS).contains(&to.saturating_sub(from));
    match (seen, doubted) {
        (None, _) => Clock::Good,
        // A clock that was put back erases less; that is no harm.
        (Some(seen), _) if now <= seen || near(seen, now) => Clock::Good,
        (Some(_), Some(since)) if near(since, now) => {
            if now - since >= DOUBT_MS {
                Clock::Good
            } else {
                Clock::Doubted(since)
            }
        }
        (Some(_), _) => Clock::Doubted(now),
    }
}

/// Erases what is over.
pub(crate) struct Purge {
    store: Arc<dyn Retention>,
    settings: Arc<dyn SettingsStore>,
}

impl Purge {
    pub(crate) fn new(store: Arc<dyn Retention>, settings: Arc<dyn SettingsStore>) -> Purge {
        Purge { store, settings }
    }

    /// Erases what is over, if that is due, and hands out the entries that prove it, also of a run that was stopped.
    pub(crate) async fn run(
        &self,
        now: Timestamp,
        spared: &BTreeSet<PartyId>,
        note: &mut (impl FnMut(Entry) + Send),
    ) -> Result<(), StoreError> {
        let mut state = self.state().await?;
        self.prove(&mut state, now, note).await?;
        // Only for the first time: what happens under a wrong clock is as wrong as the clock.
        let seen = match state.believed {
            Some(believed) => Some(believed),
            None => self.store.newest().await?.map(|at| at.0),
        };
        let doubted = match judge(now.0, seen, state.doubted) {
            Clock::Good => None,
            Clock::Doubted(since) => Some(since),
        };
        if doubted != state.doubted {
            if doubted.is_some() {
                tracing::warn!("the clock is far ahead of what was seen last; nothing is erased for a day");
            }
            state.doubted = doubted;
            self.keep(&state).await?;
        }
        let due = state.finished.is_none_or(|at| now.0 < at || now.0 - at >= EVERY_MS);
        if doubted.is_some() || !(state.is_open || due) {
            return Ok(());
        }
        if !state.is_open {
            state.erased.clear();
        }
        state.before = Some(kept_from(now).0);
        (state.is_open, state.believed) = (true, Some(now.0));
        self.keep(&state).await?;
        let erased = self.erase_all(&mut state, now, spared).await;
        // What went is proven, whether all of it went or not.
        self.prove(&mut state, now, note).await?;
        erased?;
        (state.is_open, state.finished) = (false, Some(now.0));
        self.keep(&state).await
    }

    async fn erase_all(
        &self,
        state: &mut State,
        now: Timestamp,
        spared: &BTreeSet<PartyId>,
    ) -> Result<(), StoreError> {
        for kept in Kept::ALL {
            let before = match kept {
                Kept::Callers => now.0.saturating_sub(PARTY_AGE_MS),
                _ => kept_from(now).0,
            };
            let mut from = Some(0);
            while let Some(next) = from {
                let has_erased = !state.erased.is_empty();
                let over = Over { before: Timestamp(before), spared, has_erased };
                let step = self.store.erase_old(kept, over, next).await?;
                from = step.next;
                if step.erased > 0 {
                    for count in [&mut state.erased, &mut state.unproven] {
                        *count.entry(kept.name().to_owned()).or_default() += step.erased;
                    }
                    self.keep(state).await?;
                }
            }
        }
        Ok(())
    }

    /// Hands out the entries of what went and was not proven yet.
    async fn prove(
        &self,
        state: &mut State,
        now: Timestamp,
        note: &mut (impl FnMut(Entry) + Send),
    ) -> Result<(), StoreError> {
        if state.unproven.is_empty() {
            return Ok(());
        }
        let unproven = std::mem::take(&mut state.unproven);
        let before = state.before.unwrap_or_default();
        unproven.iter().filter_map(|(what, erased)| proof(what, *erased, before, now)).for_each(note);
        self.keep(state).await
    }

    /// The last purge, for a person to read.
    pub(crate) async fn view(&self) -> Result<PurgeView, StoreError> {
        let state = self.state().await?;
        let kind = |kept: Kept| {
            let rows = state.erased.get(kept.name()).copied()?;
            Some(PurgedView { what: kept.name().to_owned(), rows })
        };
        Ok(PurgeView {
            days: KEPT_DAYS as u16,
            finished: state.finished,
            before: state.before,
            erased: Kept::ALL.into_iter().filter_map(kind).collect(),
            next: state.doubted.map(|since| since + DOUBT_MS).or(state.finished.map(|at| at + EVERY_MS)),
            doubted: state.doubted.is_some(),
        })
    }

    async fn state(&self) -> Result<State, StoreError> {
        let kept = self.settings.get(SETTING).await?;
        Ok(kept.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default())
    }

    async fn keep(&self, state: &State) -> Result<(), StoreError> {
        let json = serde_json::to_string(state).map_err(|error| StoreError::Damaged(error.to_string()))?;
        self.settings.put(SETTING, &json).await
    }
}

/// What was erased, how much, when, and up to where.
fn proof(what: &str, erased: u64, before: i64, now: Timestamp) -> Option<Entry> {
    let times = NonZeroU32::new(u32::try_from(erased).unwrap_or(u32::MAX))?;
    let action = Word::parse(&format!("purge-{what}")).ok()?;
    let id = IdText::parse(&before.to_string()).ok()?;
    let actor = Actor::System(Word::of("retention"));
    let entry = Entry::once(now, actor, Kind::Administration, action, Outcome::Done);
    Some(Entry { times, ..entry }.on(ObjectRef { kind: Word::of("before"), id }))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use async_trait::async_trait;
    use contracts::book::PartyBook;
    use contracts::conformance::{Dice, some_call};
    use contracts::journal::Journal;
    use contracts::records::{CALLS_MAX, RecordFilter, Records};
    use contracts::retention::Step;
    use contracts::{Address, MemoryStore};
    use engine::CallId;
    use reporting::{CallRecord, RecordChange};

    use super::*;

    /// 1 January 2027.
    const START: i64 = 1_798_761_600_000;

    /// Stops after so many steps, as a process that is killed.
    struct Dying(Arc<MemoryStore>, AtomicU32);

    #[async_trait]
    impl Retention for Dying {
        async fn erase_old(&self, kept: Kept, over: Over<'_>, from: u64) -> Result<Step, StoreError> {
            let left = self.1.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
            left.map_err(|_| StoreError::Unavailable("killed".to_owned()))?;
            self.0.erase_old(kept, over, from).await
        }

        async fn newest(&self) -> Result<Option<Timestamp>, StoreError> {
            self.0.newest().await
        }
    }

    async fn call(store: &MemoryStore, id: u64, arrived: i64) {
        let number = Address::parse(&format!("+4144{id:07}")).expect("a number");
        let party = store.party_of(Some(&number), None, PartyId(id)).await.expect("memory").id;
        let record = CallRecord {
            party,
            arrived: Timestamp(arrived),
            call: CallId(id),
            ..some_call(&mut Dice(id), id)
        };
        let lease = store.take_lease("test").await.expect("memory");
        store.append(lease, 0, &[], &[RecordChange::Put(record)]).await.expect("memory");
    }

    async fn oldest(store: &MemoryStore) -> Option<i64> {
        let mut filter = RecordFilter::default();
        let mut oldest = None;
        loop {
            let page = store.calls(&filter, CALLS_MAX).await.expect("memory");
            let Some(last) = page.last() else { return oldest };
            oldest = Some(last.arrived.0);
            filter.before = Some(contracts::records::RecordCursor::of(last));
        }
    }

    fn count(proven: &mut BTreeMap<String, u32>, entry: Entry) {
        *proven.entry(entry.action.as_str().to_owned()).or_default() += entry.times.get();
    }

    fn purge(store: &Arc<MemoryStore>) -> Purge {
        Purge::new(store.clone(), store.clone())
    }

    /// DATA-6: nothing is older than 24 months and a day, nothing younger is gone, and every erasure is proven.
    #[tokio::test]
    async fn over_three_years_what_is_kept_is_two_years_old_at_most() {
        let store = Arc::new(MemoryStore::new());
        let purge = purge(&store);
        let mut proven = BTreeMap::new();
        for day in 0..3 * 365 {
            let now = START + day * DAY_MS;
            call(&store, 1_000 + day as u64, now - 1).await;
            let mut note = |entry| count(&mut proven, entry);
            purge.run(Timestamp(now), &BTreeSet::new(), &mut note).await.expect("memory");
            if day % 15 == 0 || (KEPT_DAYS - 2..KEPT_DAYS + 3).contains(&day) {
                let oldest = oldest(&store).await.expect("there are calls");
                assert_eq!(oldest, (START - 1).max(now - KEPT_DAYS * DAY_MS + DAY_MS - 1), "day {day}");
            }
        }
        let over = (3 * 365 - KEPT_DAYS) as u32;
        assert_eq!((proven["purge-calls"], proven["purge-callers"]), (over, over));
        assert!(store.party(PartyId(1_000)).await.expect("memory").is_none(), "nor is her number known");
        let view = purge.view().await.expect("memory");
        assert_eq!(view.finished, Some(START + (3 * 365 - 1) * DAY_MS));
        assert_eq!(view.next, view.finished.map(|at| at + DAY_MS));
        let told: Vec<_> = view.erased.iter().map(|it| (it.what.as_str(), it.rows)).collect();
        assert_eq!(told, [("calls", 1), ("callers", 1)]);
    }

    /// DATA-6: stopped at any step, the next look goes on and the count of both is whole.
    #[tokio::test]
    async fn a_purge_that_is_killed_goes_on_at_the_next_look() {
        let now = Timestamp(START);
        for steps in 0..13 {
            let store = Arc::new(MemoryStore::new());
            for id in 1..=600 {
                call(&store, id, START - (KEPT_DAYS + 1) * DAY_MS).await;
            }
            call(&store, 601, START - DAY_MS).await;
            let dying = Purge::new(Arc::new(Dying(store.clone(), AtomicU32::new(steps))), store.clone());
            let mut proven = BTreeMap::new();
            let mut note = |entry| count(&mut proven, entry);
            let died = dying.run(now, &BTreeSet::new(), &mut note).await.is_err();
            assert_eq!(died, steps < 10, "{steps}");
            let later = Timestamp(START + 1);
            purge(&store).run(later, &BTreeSet::new(), &mut note).await.expect("it goes on");
            assert_eq!((proven["purge-calls"], proven["purge-callers"]), (600, 600), "{steps}");
            assert_eq!(oldest(&store).await, Some(START - DAY_MS));
            assert!(store.party(PartyId(1)).await.expect("memory").is_none());
            assert!(store.party(PartyId(601)).await.expect("memory").is_some());
        }
    }

    /// DATA-6: a clock that is wrong erases nothing; one that goes on there for a day was right.
    #[tokio::test]
    async fn a_clock_that_leaps_erases_nothing_before_it_has_gone_on_for_a_day() {
        let store = Arc::new(MemoryStore::new());
        call(&store, 1, START).await;
        let purge = purge(&store);
        let run = async |now: i64| {
            let mut proofs = Vec::new();
            let mut note = |entry| proofs.push(entry);
            purge.run(Timestamp(now), &BTreeSet::new(), &mut note).await.expect("memory");
            proofs
        };
        run(START + DAY_MS).await;
        let leap = START + 4 * 365 * DAY_MS;
        assert!(run(leap).await.is_empty());
        let view = purge.view().await.expect("memory");
        assert_eq!((view.doubted, view.next), (true, Some(leap + DOUBT_MS)));
        call(&store, 2, leap).await;
        assert!(run(leap + DOUBT_MS - 1).await.is_empty(), "a call under that clock makes it no truer");
        assert!(oldest(&store).await.is_some());
        // It was wrong: the clock is set right, and nobody is any the worse.
        run(START + 2 * DAY_MS).await;
        assert!(!purge.view().await.expect("memory").doubted);
        assert!(oldest(&store).await.is_some());
        // It was right: the console was switched off for years.
        assert!(run(leap).await.is_empty());
        assert!(!run(leap + DOUBT_MS).await.is_empty());
        assert_eq!(oldest(&store).await, Some(leap));
    }

    #[test]
    fn a_clock_is_judged_by_what_was_seen_last() {
        let jump = JUMP_DAYS * DAY_MS;
        assert_eq!(judge(START, None, None), Clock::Good, "there is nothing that could be erased");
        assert_eq!(judge(START + jump, Some(START), None), Clock::Good);
        assert_eq!(judge(START - 1, Some(START), None), Clock::Good, "put back");
        assert_eq!(judge(START + jump + 1, Some(START), None), Clock::Doubted(START + jump + 1));
        let far = START + 10 * jump;
        assert_eq!(judge(far + 5, Some(START), Some(far)), Clock::Doubted(far));
        assert_eq!(judge(far + DOUBT_MS, Some(START), Some(far)), Clock::Good);
        assert_eq!(
            judge(far + 2 * jump, Some(START), Some(far)),
            Clock::Doubted(far + 2 * jump),
            "another leap"
        );
        assert_eq!(judge(far - 1, Some(START), Some(far)), Clock::Doubted(far - 1));
    }
}
