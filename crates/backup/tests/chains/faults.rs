//! Targets that fail, backups that are broken off, two at once, and clocks that go back: what is there afterwards is whole,
//! and what was copied is not copied again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use backup::{BackupError, Depth, Kind, Meter, Moment, Source, Taker, Target};
use rand::Rng;
use tokio_util::sync::CancellationToken;

use crate::shaky::{Shaky, objects_of};
use crate::world::{BEGIN, MINUTE_MS, NEWEST, SealedStore, assert_restores, at, dice, look, take};

fn later(minutes: u64) -> Moment {
    Moment(BEGIN.0 + minutes * MINUTE_MS)
}

fn target(shaky: &Arc<Shaky>) -> Target {
    Target::around(shaky.clone(), "shaky")
}

/// Three pieces, two sealed files.
fn store_of_three_pieces() -> Arc<SealedStore> {
    let store = SealedStore::new(2 * 2048 + 10);
    store.put_sealed("a.sealed", &[1; 1000]);
    store.put_sealed("b.sealed", &[2; 1000]);
    store
}

/// Counts operations down; from the last on, none succeeds.
fn only(mut operations: u64) -> impl FnMut(&str) -> bool + Send {
    move |_| {
        operations = operations.saturating_sub(1);
        operations > 0
    }
}

/// For every operation of an increment: the target is gone from there on, and comes back later.
#[tokio::test(start_paused = true)]
async fn a_target_that_vanishes_at_any_operation_leaves_no_half_backup() {
    for operations in 1.. {
        let (store, shaky) = (SealedStore::new(20), Shaky::new());
        let (target, first) = (target(&shaky), store.state());
        let taker = Taker::new(&target, store.store());
        take(&taker, &store, Kind::Due, BEGIN).await.expect("it is taken");
        store.write(5, 1);
        store.put_sealed("a.sealed", &[1; 1000]);
        shaky.before_each(only(operations));
        let taken = take(&taker, &store, Kind::Due, later(20)).await;
        shaky.heal();
        assert_eq!(look(&target, &store, Depth::Content).await.damages().count(), 0, "{operations}");
        assert_restores(&target, &store, at(BEGIN), &first).await;
        match taken {
            Ok(_) => {
                assert!(operations > 8, "an increment takes more than {operations} operations");
                return;
            }
            Err(error) => assert!(matches!(error, BackupError::Unreachable(_)), "{error}"),
        }
        take(&taker, &store, Kind::Due, later(21)).await.expect("it is taken once the target is back");
        assert_restores(&target, &store, NEWEST, &store.state()).await;
        assert_eq!(look(&target, &store, Depth::Content).await.damages().count(), 0, "{operations}");
    }
}

#[tokio::test]
async fn a_full_backup_that_was_broken_off_is_taken_up_where_it_was() {
    let (store, shaky) = (store_of_three_pieces(), Shaky::new());
    let target = target(&shaky);
    let (meter, cancel) = (Meter::default(), CancellationToken::new());
    let stop = cancel.clone();
    let mut puts = 0;
    shaky.before_each(move |operation| {
        puts += u32::from(operation == "put");
        if puts == 3 {
            stop.cancel();
        }
        true
    });
    let taken = Taker::new(&target, store.store()).take(&*store, Kind::Due, BEGIN, &meter, &cancel).await;
    assert!(matches!(taken, Err(BackupError::Cancelled)), "{taken:?}");
    shaky.heal();
    let copied = objects_of(shaky.objects()).await;
    assert!((1..=3).contains(&copied.len()), "{copied:?}");
    assert!(look(&target, &store, Depth::Content).await.chains.is_empty(), "no backup is there");

    // One page changes meanwhile: the piece it lies in is another one, the others are found again.
    store.write(2 * 2048 + 5, 1);
    let taken =
        take(&Taker::new(&target, store.store()), &store, Kind::Due, later(5)).await.expect("it is taken");
    assert_eq!(taken.seq, 0);
    let now = objects_of(shaky.objects()).await;
    assert_eq!(now.len(), 3 + 2 + 1 + 1, "pieces, sealed files, key file, manifest: {now:?}");
    assert!(
        copied.iter().filter(|path| now.contains(path)).count() >= copied.len() - 1,
        "{copied:?} {now:?}"
    );
    assert_restores(&target, &store, NEWEST, &store.state()).await;
}

/// Broken off at random operations again and again, it comes to an end, and only then is there a backup.
#[tokio::test]
async fn a_backup_that_is_cancelled_again_and_again_becomes_whole() {
    let mut dice = dice("a_backup_that_is_cancelled_again_and_again");
    for round in 0..20 {
        let (store, shaky) = (SealedStore::new(3000), Shaky::new());
        let target = target(&shaky);
        let mut taken = 0;
        for backup in 0..3 {
            store.live(&mut dice);
            loop {
                let (meter, cancel) = (Meter::default(), CancellationToken::new());
                let (stop, mut left) = (cancel.clone(), dice.random_range(1..40));
                shaky.before_each(move |_| {
                    left -= 1;
                    if left == 0 {
                        stop.cancel();
                    }
                    left > 0
                });
                let taker = Taker::new(&target, store.store());
                let done = taker.take(&*store, Kind::Due, later(backup * 20), &meter, &cancel).await;
                shaky.heal();
                let report = look(&target, &store, Depth::Content).await;
                assert_eq!(report.damages().count(), 0, "round {round}");
                let there = report.points().count();
                // The manifest may have been written before it was cancelled.
                assert!(there == taken || there == taken + 1, "round {round}: {there} of {taken}");
                taken = there;
                match done {
                    Ok(_) => break,
                    Err(BackupError::Cancelled | BackupError::Unreachable(_)) => {}
                    Err(other) => panic!("round {round}: {other}"),
                }
            }
        }
        assert_restores(&target, &store, NEWEST, &store.state()).await;
    }
}

#[tokio::test]
async fn one_taker_does_not_take_two_backups_at_once() {
    let (store, shaky) = (store_of_three_pieces(), Shaky::new());
    let taker = Taker::new(&target(&shaky), store.store());
    let both = tokio::join!(take(&taker, &store, Kind::Due, BEGIN), take(&taker, &store, Kind::Due, BEGIN),);
    assert!(matches!(both, (Ok(_), Err(BackupError::InUse(_)))), "{both:?}");
}

/// Two programs with the same store: each backup that is said to be there is there, whoever made it.
#[tokio::test]
async fn two_takers_at_one_target_never_spoil_each_others_backups() {
    let mut dice = dice("two_takers_at_one_target");
    for round in 0..30 {
        let (store, shaky) = (SealedStore::new(50), Shaky::new());
        let target = target(&shaky);
        let takers = [Taker::new(&target, store.store()), Taker::new(&target, store.store())];
        for backup in 0..5 {
            store.live(&mut dice);
            let now = later(backup * 20);
            let (one, two) = tokio::join!(
                take(&takers[0], &store, Kind::Due, now),
                take(&takers[1], &store, Kind::Due, now),
            );
            assert!(one.is_ok() || two.is_ok(), "round {round}: {one:?} {two:?}");
            for taken in [one, two] {
                assert!(matches!(taken, Ok(_) | Err(BackupError::InUse(_))), "round {round}: {taken:?}");
            }
            assert_eq!(look(&target, &store, Depth::Content).await.damages().count(), 0, "round {round}");
            assert_restores(&target, &store, NEWEST, &store.state()).await;
        }
    }
}

#[tokio::test]
async fn a_clock_that_goes_back_begins_a_new_chain_behind_the_others() {
    let (store, shaky) = (SealedStore::new(10), Shaky::new());
    let target = target(&shaky);
    let taker = Taker::new(&target, store.store());
    let day = 24 * 60;
    for (now, full) in [(later(day), true), (later(day + 20), false), (BEGIN, true), (later(20), false)] {
        store.write(3, now.0);
        let taken = take(&taker, &store, Kind::Due, now).await.expect("it is taken");
        assert_eq!(taken.seq == 0, full, "{taken:?}");
    }
    let report = look(&target, &store, Depth::Content).await;
    assert_eq!(report.chains.len(), 2);
    assert!(report.chains[0].name < report.chains[1].name);
    assert_restores(&target, &store, NEWEST, &store.state()).await;
}

#[tokio::test]
async fn a_page_that_changes_under_a_frozen_store_is_noticed() {
    use crate::world::{Thawing, in_memory};
    let (store, target) = (SealedStore::new(100), in_memory());
    let (meter, cancel) = (Meter::default(), CancellationToken::new());
    let thawing = Thawing { store: store.clone(), read: Arc::new(AtomicBool::new(false)) };
    let taken = Taker::new(&target, store.store()).take(&thawing, Kind::Due, BEGIN, &meter, &cancel).await;
    assert!(thawing.read.load(Ordering::Relaxed));
    assert!(matches!(taken, Err(BackupError::Source(_))), "{taken:?}");
}

/// The service says yes and keeps something else.
#[tokio::test(start_paused = true)]
async fn an_object_that_is_already_there_and_spoilt_is_made_anew() {
    use object_store::ObjectStoreExt;
    let (store, shaky) = (store_of_three_pieces(), Shaky::new());
    let target = target(&shaky);
    take(&Taker::new(&target, store.store()), &store, Kind::Due, BEGIN).await.expect("it is taken");
    for path in objects_of(shaky.objects()).await {
        if path.as_ref().contains("/sealed/") || path.as_ref().contains("/keys/") {
            shaky.objects().put(&path, vec![0; 1000].into()).await.expect("it is written");
        }
    }
    let report = look(&target, &store, Depth::Content).await;
    assert_eq!(report.damages().count(), 3);
    assert!(report.points().all(|point| !point.is_restorable && point.sealed_lost == 2), "{report:?}");
    take(&Taker::new(&target, store.store()), &store, Kind::Full, later(20)).await.expect("it is taken");
    assert_eq!(
        look(&target, &store, Depth::Content).await.damages().count(),
        0,
        "the full backup mended them"
    );
    assert_restores(&target, &store, NEWEST, &store.state()).await;
}
