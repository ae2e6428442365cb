//! Restoring from what is damaged, forged, half fetched, or not ours: the damage is named, the newest whole state is offered,
//! and nothing that is there is written over.

use std::fs;
use std::path::Path as FilePath;
use std::sync::Arc;

use backup::{
    BackupError, Depth, Kind, Meter, Moment, OnDamage, Part, Source, Taker, Target, Wanted, restore,
};
use object_store::ObjectStoreExt;
use object_store::memory::InMemory;
use object_store::path::Path;
use rand::Rng;
use tokio_util::sync::CancellationToken;
use vault::aead::Key;

use crate::shaky::{Shaky, objects_of};
use crate::world::{
    BEGIN, MINUTE_MS, NEWEST, Recovery, SealedStore, State, assert_holds, assert_restores, at, dice, look,
    restore_to, scratch, take,
};

/// A chain with five backups of a living store, and the store at each.
struct History {
    store: Arc<SealedStore>,
    objects: Arc<InMemory>,
    target: Target,
    then: Vec<(Moment, State)>,
}

async fn history(dice: &mut rand::rngs::StdRng) -> History {
    let (store, objects) = (SealedStore::new(30), Arc::new(InMemory::new()));
    let target = Target::around(objects.clone(), "memory");
    let taker = Taker::new(&target, store.store());
    let mut then = Vec::new();
    store.put_sealed("first.sealed", b"a voice");
    for backup in 0..5 {
        let now = Moment(BEGIN.0 + backup * 20 * MINUTE_MS);
        take(&taker, &store, Kind::Due, now).await.expect("it is taken");
        then.push((now, store.state()));
        store.write(1, backup);
        store.live(dice);
        store.live(dice);
    }
    History { store, objects, target, then }
}

async fn bytes_of(objects: &InMemory, path: &Path) -> Vec<u8> {
    objects.get(path).await.expect("it is there").bytes().await.expect("it is there").to_vec()
}

/// For every object of a chain, gone and with a flipped bit: the check names it and nothing else, says of each state
/// truly whether it can be restored, and the newest that can be is what one gets when one asks to go back.
#[tokio::test]
async fn damage_is_named_at_every_position_and_the_newest_whole_state_is_offered() {
    let mut dice = dice("damage_is_named_at_every_position");
    for _ in 0..4 {
        let history = history(&mut dice).await;
        for path in objects_of(&history.objects).await {
            let whole = bytes_of(&history.objects, &path).await;
            history.objects.delete(&path).await.expect("it was there");
            check_damaged(&history, &path).await;
            let mut flipped = whole.clone();
            let at = dice.random_range(0..flipped.len());
            flipped[at] ^= 1 << dice.random_range(0..8);
            history.objects.put(&path, flipped.into()).await.expect("it is written");
            check_damaged(&history, &path).await;
            history.objects.put(&path, whole.into()).await.expect("it is written");
        }
        assert_eq!(look(&history.target, &history.store, Depth::Content).await.damages().count(), 0);
    }
}

async fn check_damaged(history: &History, path: &Path) {
    let History { store, target, then, objects } = history;
    let report = look(target, store, Depth::Content).await;
    let name = path.filename().expect("an object has a name");
    let is_last_manifest = name == "000004.manifest" && objects.head(path).await.is_err();
    if is_last_manifest {
        // Nobody can tell a backup that is gone at the end from one that never was; the status beside the store can.
        assert_eq!((report.damages().count(), report.points().count()), (0, then.len() - 1));
        return;
    }
    assert!(report.damages().count() > 0, "{path}");
    for damage in report.damages() {
        match &damage.part {
            Part::Manifest => assert_eq!(name, format!("{:06}.manifest", damage.seq)),
            Part::Pages(hash) => assert_eq!(name, format!("{:06}.{hash}.pages", damage.seq)),
            Part::Keys(hash) => assert_eq!(name, hash.to_string()),
            Part::Sealed(_) => assert!(path.as_ref().contains("/sealed/"), "{path}"),
        }
    }
    for point in report.points() {
        let (moment, state) = &then[point.seq as usize];
        if point.is_restorable && point.sealed_lost == 0 {
            assert_restores(target, store, at(*moment), state).await;
        } else {
            assert_refused(history, *moment, report.newest_restorable(Some(*moment)).map(|it| it.at)).await;
        }
    }
    // From the newest on: refused, or restored where nothing of it is damaged; and back to the newest whole one.
    let best = report.newest_restorable(None).map(|best| (best.at, best.sealed_lost));
    let home = scratch();
    let directory = home.path().join("restored");
    let go_back = Wanted { until: None, on_damage: OnDamage::GoBack };
    match (restore_to(target, store, go_back, &directory).await, best) {
        (Ok(restored), Some((at, sealed_lost))) => {
            assert_eq!(restored.at, at);
            if sealed_lost == 0 {
                assert_holds(&directory, &then[restored.seq as usize].1);
            } else {
                assert!(!restored.damages.is_empty());
            }
        }
        (Err(BackupError::Damaged { restorable: None, .. }), None) => {
            assert!(!directory.exists());
        }
        (other, best) => panic!("{path}: {other:?}, and the best is {best:?}"),
    }
}

async fn assert_refused(history: &History, moment: Moment, best: Option<Moment>) {
    let home = scratch();
    let directory = home.path().join("restored");
    match restore_to(&history.target, &history.store, at(moment), &directory).await {
        Err(BackupError::Damaged { damages, restorable }) => {
            assert!(!damages.is_empty());
            assert_eq!(restorable, best);
        }
        other => panic!("it was restored: {other:?}"),
    }
    assert!(!directory.exists());
}

/// Whoever can write the target can make every hash right. He cannot sign.
#[tokio::test]
async fn what_was_not_written_by_a_holder_of_the_key_is_refused() {
    let (store, objects) = (SealedStore::new(10), Arc::new(InMemory::new()));
    let target = Target::around(objects.clone(), "memory");
    let unsigned = crate::world::Unsigned(store.clone());
    let (meter, cancel) = (Meter::default(), CancellationToken::new());
    let taker = Taker::new(&target, store.store());
    taker.take(&unsigned, Kind::Due, BEGIN, &meter, &cancel).await.expect("it is taken without a key");
    assert_eq!(look(&target, &store, Depth::Content).await.damages().count(), 0, "the hashes are right");
    let home = scratch();
    let refused = restore_to(&target, &store, NEWEST, &home.path().join("restored")).await;
    assert!(matches!(refused, Err(BackupError::Forged(_))), "{refused:?}");

    // A signed increment on it vouches for what it stands on.
    take(&taker, &store, Kind::Due, Moment(BEGIN.0 + MINUTE_MS)).await.expect("it is taken");
    assert_restores(&target, &store, NEWEST, &store.state()).await;

    // Pages of another key under right hashes and a right signature are refused too, when they are opened.
    let other = SealedStore::new(10);
    let mixed = crate::world::Mixed { pages: other.clone(), keys: store.clone() };
    let later = Moment(BEGIN.0 + 2 * MINUTE_MS);
    taker.take(&mixed, Kind::Full, later, &meter, &cancel).await.expect("it is taken");
    let refused = restore_to(&target, &store, NEWEST, &home.path().join("restored")).await;
    assert!(matches!(refused, Err(BackupError::Forged(_))), "{refused:?}");
}

#[tokio::test]
async fn a_wrong_recovery_key_is_refused_before_anything_is_fetched() {
    let (store, shaky) = (SealedStore::new(10), Shaky::new());
    let target = Target::around(shaky.clone(), "shaky");
    take(&Taker::new(&target, store.store()), &store, Kind::Due, BEGIN).await.expect("it is taken");
    let home = scratch();
    let directory = home.path().join("restored");
    let wrong = Recovery { key: *Key::random().danger_expose() };
    let (meter, cancel) = (Meter::default(), CancellationToken::new());
    shaky.counts();
    let refused = restore(&target, store.store(), NEWEST, &directory, &wrong, &meter, &cancel).await;
    assert!(matches!(refused, Err(BackupError::WrongKey(_))), "{refused:?}");
    assert_eq!(shaky.counts().1, 2, "the manifest and the key file");
    assert_eq!(fs::read_dir(home.path()).expect("it is there").count(), 0);
}

#[tokio::test]
async fn a_restore_never_writes_over_what_is_there() {
    let (store, target) = (SealedStore::new(10), crate::world::in_memory());
    take(&Taker::new(&target, store.store()), &store, Kind::Due, BEGIN).await.expect("it is taken");
    let home = scratch();
    let taken = home.path().join("taken");
    fs::create_dir(&taken).expect("a directory");
    fs::write(taken.join("usher.db"), b"a store").expect("it is written");
    let file = home.path().join("file");
    fs::write(&file, b"a file").expect("it is written");
    for there in [&taken, &file] {
        let refused = restore_to(&target, &store, NEWEST, there).await;
        assert!(matches!(refused, Err(BackupError::NotWritable(_))), "{refused:?}");
    }
    assert_eq!(fs::read(taken.join("usher.db")).expect("it is there"), b"a store");
    let empty = home.path().join("empty");
    fs::create_dir(&empty).expect("a directory");
    restore_to(&target, &store, NEWEST, &empty).await.expect("an empty directory is no store");
    assert_holds(&empty, &store.state());
}

#[tokio::test]
async fn nothing_to_restore_is_said_so() {
    let (store, target) = (SealedStore::new(10), crate::world::in_memory());
    let home = scratch();
    let directory = home.path().join("restored");
    let none = restore_to(&target, &store, NEWEST, &directory).await;
    assert!(matches!(none, Err(BackupError::Nothing { until: None, .. })), "{none:?}");
    take(&Taker::new(&target, store.store()), &store, Kind::Due, BEGIN).await.expect("it is taken");
    let before = restore_to(&target, &store, at(Moment(BEGIN.0 - 1)), &directory).await;
    assert!(matches!(before, Err(BackupError::Nothing { until: Some(_), .. })), "{before:?}");
}

/// The line is cut again and again: the next try fetches what is missing, and not what is there.
#[tokio::test]
async fn a_restore_that_was_broken_off_is_taken_up_where_it_was() {
    let (store, shaky) = (SealedStore::new(6 * 2048), Shaky::new());
    store.put_sealed("a.sealed", &[1; 1000]);
    let target = Target::around(shaky.clone(), "shaky");
    take(&Taker::new(&target, store.store()), &store, Kind::Due, BEGIN).await.expect("it is taken");
    let home = scratch();
    let directory = home.path().join("restored");
    // Manifest, key file, then pieces, four of them at once: the first is written, the others are lost.
    let mut gets = 0;
    shaky.before_each(move |operation| {
        gets += u32::from(operation == "get");
        gets <= 6
    });
    let refused = restore_to(&target, &store, NEWEST, &directory).await;
    assert!(matches!(refused, Err(BackupError::Unreachable(_))), "{refused:?}");
    assert!(!directory.exists());
    shaky.heal();
    shaky.counts();
    restore_to(&target, &store, NEWEST, &directory).await.expect("it is restored");
    let (_, gets) = shaky.counts();
    assert!(gets < 2 + 6 + 1, "manifest, key file, the pieces that were missing, a sealed file: {gets}");
    assert_holds(&directory, &store.state());
}

#[tokio::test]
async fn a_restore_that_is_cancelled_at_random_and_taken_up_again_is_the_store_of_then() {
    let mut dice = dice("a_restore_that_is_cancelled_at_random");
    for _ in 0..10 {
        let (store, shaky) = (SealedStore::new(3 * 2048), Shaky::new());
        let target = Target::around(shaky.clone(), "shaky");
        let taker = Taker::new(&target, store.store());
        for backup in 0..3 {
            store.live(&mut dice);
            take(&taker, &store, Kind::Due, Moment(BEGIN.0 + backup * MINUTE_MS)).await.expect("it is taken");
        }
        let home = scratch();
        let directory = home.path().join("restored");
        loop {
            let (meter, cancel) = (Meter::default(), CancellationToken::new());
            let (stop, mut left) = (cancel.clone(), dice.random_range(1..15));
            shaky.before_each(move |_| {
                left -= 1;
                if left == 0 {
                    stop.cancel();
                }
                true
            });
            let opener = store.opener();
            match restore(&target, store.store(), NEWEST, &directory, &opener, &meter, &cancel).await {
                Ok(_) => break,
                Err(BackupError::Cancelled) => assert!(!directory.exists()),
                Err(other) => panic!("{other}"),
            }
        }
        assert_holds(&directory, &store.state());
    }
}

/// What was begun for one state is of no use for another.
#[tokio::test]
async fn a_restore_of_another_state_begins_anew() {
    let mut dice = dice("a_restore_of_another_state");
    let history = history(&mut dice).await;
    let home = scratch();
    let directory = home.path().join("restored");
    let workshop = home.path().join("restored.restoring");
    fs::create_dir(&workshop).expect("a directory");
    fs::create_dir(workshop.join("sealed")).expect("a directory");
    let other = "0".repeat(64);
    for (name, content) in
        [("usher.db", "pages of another state"), ("restore.journal", &*other), ("sealed/x", "old")]
    {
        fs::write(workshop.join(name), content).expect("it is written");
    }
    restore_to(&history.target, &history.store, NEWEST, &directory).await.expect("it is restored");
    assert_holds(&directory, &history.then[4].1);
}

#[tokio::test]
async fn two_restores_to_one_directory_do_not_mix() {
    let (store, target) = (SealedStore::new(2 * 2048), crate::world::in_memory());
    take(&Taker::new(&target, store.store()), &store, Kind::Due, BEGIN).await.expect("it is taken");
    let home = scratch();
    let directory = home.path().join("restored");
    let both = tokio::join!(
        restore_to(&target, &store, NEWEST, &directory),
        restore_to(&target, &store, NEWEST, &directory),
    );
    assert!(matches!(both, (Ok(_), Err(BackupError::InUse(_)))), "{both:?}");
    assert_holds(&directory, &store.state());
}

/// Where the page lies in a piece of the chain.
#[tokio::test]
async fn a_piece_that_no_page_is_needed_of_is_not_fetched_and_may_be_gone() {
    let (store, objects) = (SealedStore::new(10), Arc::new(InMemory::new()));
    let target = Target::around(objects.clone(), "memory");
    let taker = Taker::new(&target, store.store());
    for backup in 0..3 {
        store.write(4, backup);
        take(&taker, &store, Kind::Due, Moment(BEGIN.0 + backup * MINUTE_MS)).await.expect("it is taken");
    }
    let middle = objects_of(&objects).await.into_iter().find(|path| {
        let name = path.filename().expect("an object has a name");
        name.starts_with("000001.") && name.ends_with(".pages")
    });
    objects.delete(&middle.expect("the first increment has a piece")).await.expect("it was there");
    let report = look(&target, &store, Depth::Sizes).await;
    assert_eq!(report.damages().count(), 1);
    let restorable: Vec<bool> = report.points().map(|point| point.is_restorable).collect();
    assert_eq!(restorable, [true, false, true]);
    assert_restores(&target, &store, NEWEST, &store.state()).await;
}

/// A disk that is full, for real where the system lets us set a limit: the process that restores may write no file longer
/// than some, which the system answers like a full disk.
#[cfg(unix)]
#[tokio::test]
async fn a_full_disk_ends_a_restore_and_the_next_one_takes_it_up() {
    use std::process::Command;
    let (store, folder) = (SealedStore::new(3 * 2048), scratch());
    let target = crate::world::in_folder(folder.path());
    take(&Taker::new(&target, store.store()), &store, Kind::Due, BEGIN).await.expect("it is taken");
    let home = scratch();
    let directory = home.path().join("restored");
    let this = std::env::current_exe().expect("a test knows its own path");
    // 12 MiB of 24; the signal that would end the process is ignored.
    let child = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 24576; exec \"$0\" \"$@\""])
        .arg(this)
        .args(["--exact", "restoring::child_restores", "--ignored", "--nocapture"])
        .env(FROM, folder.path())
        .env(TO, &directory)
        .env(STORE, store.store().to_string())
        .env(KEY, data_encoding::HEXLOWER.encode(&store.opener().key))
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&child.stdout).into_owned();
    assert!(said.contains("the disk is full"), "{said}{}", String::from_utf8_lossy(&child.stderr));
    assert!(!directory.exists());
    restore_to(&target, &store, NEWEST, &directory).await.expect("there is room again");
    assert_holds(&directory, &store.state());
}

const FROM: &str = "USHER_BACKUP_TEST_FROM";
const TO: &str = "USHER_BACKUP_TEST_TO";
const STORE: &str = "USHER_BACKUP_TEST_STORE";
const KEY: &str = "USHER_BACKUP_TEST_KEY";

#[tokio::test]
#[ignore = "run by the test that limits its files"]
async fn child_restores() {
    let Ok(from) = std::env::var(FROM) else { return };
    let given = |name| std::env::var(name).expect("the parent says it");
    let target = crate::world::in_folder(FilePath::new(&from));
    let key = data_encoding::HEXLOWER.decode(given(KEY).as_bytes()).expect("the parent writes it");
    let opener = Recovery { key: key.try_into().expect("it has 32 bytes") };
    let store = given(STORE).parse().expect("the parent writes it");
    let (meter, cancel) = (Meter::default(), CancellationToken::new());
    let to = given(TO);
    let restored = restore(&target, store, NEWEST, FilePath::new(&to), &opener, &meter, &cancel).await;
    match restored {
        Ok(_) => println!("restored"),
        Err(error @ BackupError::DiskFull(_)) => println!("{error}"),
        Err(error) => panic!("{error}"),
    }
}
