//! How long backups are kept: each state for a day after it was replaced, the newest whole chain for ever, and nothing that a
//! manifest does not name.

use std::sync::Arc;

use backup::{Depth, Expired, Kind, Moment, Source, Taker, Target, dispose, expire};
use object_store::ObjectStoreExt;
use object_store::memory::InMemory;
use tokio_util::sync::CancellationToken;

use crate::shaky::{Shaky, objects_of};
use crate::world::{BEGIN, MINUTE_MS, NEWEST, SealedStore, assert_restores, look, take};

const HOUR_MS: u64 = 60 * MINUTE_MS;

fn hours(hours: u64) -> Moment {
    Moment(BEGIN.0 + hours * HOUR_MS)
}

/// Four days of a backup every four hours, with expiry after each: there are never less than a day's states, and never more
/// than two days'.
#[tokio::test]
async fn chains_are_kept_for_a_day_after_they_were_replaced() {
    let (store, target) = (SealedStore::new(10), crate::world::in_memory());
    let taker = Taker::new(&target, store.store());
    for at in (0..96).step_by(4) {
        store.write(2, at);
        let taken = take(&taker, &store, Kind::Due, hours(at)).await.expect("it is taken");
        assert_eq!(taken.seq == 0, at % 24 == 0, "a full one each day");
        expire(&target, store.store(), hours(at), &CancellationToken::new())
            .await
            .expect("the target answers");
        let report = look(&target, &store, Depth::Sizes).await;
        let oldest = report.points().next().expect("there is one").at;
        let age_hours = hours(at).since_ms(oldest).expect("it is older") / HOUR_MS;
        assert!(age_hours < 48, "a state of {age_hours} hours is still there");
        assert!(at < 24 || age_hours >= 24, "after {at} hours the oldest state is {age_hours} hours old");
        assert_restores(&target, &store, NEWEST, &store.state()).await;
    }
}

#[tokio::test]
async fn the_newest_whole_chain_stays_however_old_it_is_and_whatever_is_newer() {
    let (store, objects) = (SealedStore::new(10), Arc::new(InMemory::new()));
    let target = Target::around(objects.clone(), "memory");
    let taker = Taker::new(&target, store.store());
    take(&taker, &store, Kind::Due, hours(0)).await.expect("it is taken");
    let good = store.state();
    assert_eq!(
        expire(&target, store.store(), hours(9000), &CancellationToken::new()).await.expect("it answers"),
        Expired::default()
    );
    store.write(1, 1);
    take(&taker, &store, Kind::Due, hours(24)).await.expect("it is taken");
    // The newer chain loses a piece: it replaces nothing.
    let newer = look(&target, &store, Depth::Sizes).await.chains[1].name.to_string();
    for path in objects_of(&objects).await {
        if path.as_ref().contains(&newer) && path.as_ref().ends_with(".pages") {
            objects.delete(&path).await.expect("it was there");
        }
    }
    assert_eq!(
        expire(&target, store.store(), hours(9000), &CancellationToken::new()).await.expect("it answers"),
        Expired::default()
    );
    assert_restores(&target, &store, crate::world::at(hours(0)), &good).await;
    // And a new backup does not stand on it.
    let taken =
        take(&Taker::new(&target, store.store()), &store, Kind::Due, hours(25)).await.expect("it is taken");
    assert_eq!(taken.seq, 0);
    assert_restores(&target, &store, NEWEST, &store.state()).await;
}

#[tokio::test]
async fn sealed_files_go_with_the_last_chain_that_names_them() {
    let (store, objects) = (SealedStore::new(10), Arc::new(InMemory::new()));
    let target = Target::around(objects.clone(), "memory");
    let taker = Taker::new(&target, store.store());
    // An object in memory is as old as its writing, so the days lie in the future.
    let now = chrono_now();
    let days = |days: u64| Moment(now.0 + days * 24 * HOUR_MS);
    store.put_sealed("old.sealed", b"purged on the first day");
    store.put_sealed("kept.sealed", b"kept");
    take(&taker, &store, Kind::Due, days(0)).await.expect("it is taken");
    store.remove_sealed("old.sealed");
    let sealed = |paths: Vec<object_store::path::Path>| {
        paths.iter().filter(|path| path.as_ref().contains("/sealed/")).count()
    };
    for day in 1..=3 {
        take(&taker, &store, Kind::Due, days(day)).await.expect("it is taken");
        expire(&target, store.store(), days(day), &CancellationToken::new()).await.expect("it answers");
        let want = if day < 2 { 2 } else { 1 };
        assert_eq!(sealed(objects_of(&objects).await), want, "day {day}");
    }
    assert_eq!(look(&target, &store, Depth::Content).await.damages().count(), 0);
    assert_restores(&target, &store, NEWEST, &store.state()).await;
    dispose(&target, store.store(), &CancellationToken::new()).await.expect("it answers");
    assert_eq!(objects_of(&objects).await, []);
}

fn chrono_now() -> Moment {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("it is after 1970");
    Moment(u64::try_from(now.as_millis()).expect("it is before the year 9999"))
}

/// Broken off at every deletion: what is left is never damaged, and a chain that still has its full backup restores.
#[tokio::test]
async fn an_expiry_that_is_broken_off_leaves_no_damage() {
    for deletions in 1.. {
        let (store, shaky) = (SealedStore::new(10), Shaky::new());
        let target = Target::around(shaky.clone(), "shaky");
        let taker = Taker::new(&target, store.store());
        for at in [0, 1, 2, 24, 48] {
            store.write(2, at);
            take(&taker, &store, Kind::Due, hours(at)).await.expect("it is taken");
        }
        let mut left = deletions;
        shaky.before_each(move |operation| {
            left -= u32::from(operation == "delete" && left > 0);
            left > 0
        });
        let expired = expire(&target, store.store(), hours(48), &CancellationToken::new()).await;
        shaky.heal();
        assert_eq!(look(&target, &store, Depth::Content).await.damages().count(), 0, "{deletions}");
        assert_restores(&target, &store, NEWEST, &store.state()).await;
        expire(&target, store.store(), hours(48), &CancellationToken::new()).await.expect("it answers again");
        assert_eq!(look(&target, &store, Depth::Content).await.chains.len(), 2);
        if expired.is_ok() {
            assert!(deletions > 6, "three manifests and three pieces go");
            return;
        }
    }
}
