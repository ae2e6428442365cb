//! Backups of real vaults: SQLite writes, rotates its keys and shrinks while backups are taken, and what is restored opens and
//! holds what was committed.

use std::path::Path;
use std::sync::{Arc, Mutex};

use backup::{
    BackupError, Kind, ManifestKey, Meter, Moment, OnDamage, Opener, Signer, Taker, Target, VaultSource,
    Wanted, adopt, restore,
};
use object_store::memory::InMemory;
use tokio_util::sync::CancellationToken;
use vault::keys::{DataKeys, KeyError, KeyFile};
use vault::recovery::RecoveryKey;
use vault::{Known, Purpose, Vault, VaultError};

const BEGIN: Moment = Moment(1_795_653_900_000);

struct Keys {
    file: KeyFile,
    keys: DataKeys,
}

struct Store {
    keys: Arc<Mutex<Keys>>,
    recovery: [u8; 32],
    vault: Arc<Vault>,
    source: VaultSource,
    _home: tempfile::TempDir,
}

fn store() -> Store {
    let home = tempfile::tempdir().expect("a temporary directory");
    let (mut file, mut keys, _) =
        KeyFile::create(&home.path().join("usher.db.keys"), None).expect("a key file is made");
    let recovery = [7; 32];
    file.renew_recovery(&mut keys, None, &RecoveryKey::from_bytes(&recovery)).expect("it is written");
    let vault = Vault::open(&home.path().join("usher.db"), &keys, &Known::default(), 0).expect("a new one");
    let (vault, store) = (Arc::new(vault), keys.store());
    let keys = Arc::new(Mutex::new(Keys { file, keys }));
    let held = keys.clone();
    let signer: Signer = Arc::new(move || ManifestKey::of(&held.lock().expect("nobody panics").keys));
    let source = VaultSource::new(store, vault.clone(), signer);
    Store { keys, recovery, vault, source, _home: home }
}

impl Store {
    fn write(&self, sql: &str) {
        let connection = self.vault.connect(Purpose::Write).expect("it opens");
        connection.execute_batch(sql).expect("it is written");
    }

    fn rotate(&self) {
        let mut held = self.keys.lock().expect("nobody panics");
        let Keys { file, keys } = &mut *held;
        file.begin_rotation(keys).expect("it is written");
        self.vault.use_keys(keys);
        assert!(
            self.vault
                .rekey(&mut |_| std::ops::ControlFlow::Continue(()))
                .expect("it is sealed anew")
                .is_continue()
        );
        file.finish_rotation(keys).expect("it is written");
        self.vault.use_keys(keys);
    }

    async fn back_up(&self, taker: &Taker, minutes: u64) {
        let now = Moment(BEGIN.0 + minutes * 60_000);
        let (meter, cancel) = (Meter::default(), CancellationToken::new());
        taker.take(&self.source, Kind::Due, now, &meter, &cancel).await.expect("it is taken");
    }
}

struct Paper([u8; 32]);

impl Opener for Paper {
    fn unlock(&self, key_file: &KeyFile) -> Result<DataKeys, KeyError> {
        key_file.unlock_with_recovery(&RecoveryKey::from_bytes(&self.0))
    }

    fn adopt(&self, directory: &Path, keys: &DataKeys) -> Result<(), VaultError> {
        adopt(directory, keys, None)
    }
}

/// Restores the state of that time, opens it with the recovery key alone, and reads.
async fn rows_of(store: &Store, target: &Target, minutes: u64) -> Vec<i64> {
    let home = tempfile::tempdir().expect("a temporary directory");
    let directory = home.path().join("restored");
    let wanted = Wanted { until: Some(Moment(BEGIN.0 + minutes * 60_000)), on_damage: OnDamage::Refuse };
    let (meter, cancel, paper) = (Meter::default(), CancellationToken::new(), Paper(store.recovery));
    let id = backup::Source::store(&store.source);
    restore(target, id, wanted, &directory, &paper, &meter, &cancel).await.expect("it is restored");
    let file = KeyFile::load(&directory.join("usher.db.keys")).expect("it reads").expect("it is there");
    let keys = file.unlock_with_recovery(&RecoveryKey::from_bytes(&store.recovery)).expect("it opens");
    let known = Known { is_made: true, witness: None };
    let vault = Vault::open(&directory.join("usher.db"), &keys, &known, 0).expect("it opens");
    let connection = vault.connect(Purpose::Read).expect("it opens");
    let mut statement = connection.prepare("SELECT n FROM t ORDER BY n").expect("the table is there");
    let rows = statement.query_map([], |row| row.get(0)).expect("it is read");
    rows.collect::<Result<_, _>>().expect("it is read")
}

#[tokio::test]
async fn what_was_committed_is_there_after_a_restore_with_the_recovery_key_alone() {
    let (store, target) = (store(), Target::around(Arc::new(InMemory::new()), "memory"));
    let taker = Taker::new(&target, backup::Source::store(&store.source));
    store.write("CREATE TABLE t (n INTEGER PRIMARY KEY, pad BLOB DEFAULT (randomblob(900))); INSERT INTO t (n) VALUES (1)");
    store.back_up(&taker, 0).await;
    store.write("WITH RECURSIVE k (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM k WHERE i < 3000) INSERT INTO t (n) SELECT i FROM k");
    store.back_up(&taker, 20).await;
    store.rotate();
    store.write("DELETE FROM t WHERE n > 10; VACUUM");
    store.back_up(&taker, 40).await;
    store.write("INSERT INTO t (n) VALUES (9999)");
    store.back_up(&taker, 60).await;
    let up_to = |end: i64| (1..=end).collect::<Vec<_>>();
    assert_eq!(rows_of(&store, &target, 0).await, [1]);
    assert_eq!(rows_of(&store, &target, 20).await, up_to(3000));
    assert_eq!(rows_of(&store, &target, 40).await, up_to(10));
    assert_eq!(rows_of(&store, &target, 60).await, [up_to(10), vec![9999]].concat());
}

/// A writer that never rests: each restored state is one that was committed whole.
#[tokio::test(flavor = "multi_thread")]
async fn backups_of_a_busy_store_are_each_one_committed_state() {
    let (store, target) = (Arc::new(store()), Target::around(Arc::new(InMemory::new()), "memory"));
    let taker = Taker::new(&target, backup::Source::store(&store.source));
    store.write("CREATE TABLE t (n INTEGER); CREATE TABLE both (a INTEGER, b INTEGER); INSERT INTO both VALUES (0, 0)");
    let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let writing = {
        let (store, done) = (store.clone(), done.clone());
        std::thread::spawn(move || {
            let connection = store.vault.connect(Purpose::Write).expect("it opens");
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                let turn = "BEGIN IMMEDIATE; UPDATE both SET a = a + 1; INSERT INTO t SELECT a FROM both;
                    UPDATE both SET b = b + 1; COMMIT";
                connection.execute_batch(turn).expect("it is written");
            }
        })
    };
    for backup in 0..8 {
        store.back_up(&taker, backup * 20).await;
    }
    done.store(true, std::sync::atomic::Ordering::Relaxed);
    writing.join().expect("the writer ends");
    let mut before = 0;
    for backup in 0..8 {
        let rows = rows_of(&store, &target, backup * 20).await;
        let last = rows.last().copied().unwrap_or(0);
        assert_eq!(rows, (1..=last).collect::<Vec<_>>(), "backup {backup} holds half a transaction");
        assert!(last >= before);
        before = last;
    }
    assert!(before > 0, "the writer wrote");
}

#[tokio::test]
async fn a_store_under_another_stores_keys_is_not_restored() {
    let (store, target) = (store(), Target::around(Arc::new(InMemory::new()), "memory"));
    let id = backup::Source::store(&store.source);
    store.write("CREATE TABLE t (n INTEGER)");
    store.back_up(&Taker::new(&target, id), 0).await;
    let home = tempfile::tempdir().expect("a temporary directory");
    let newest = Wanted { until: None, on_damage: OnDamage::Refuse };
    let (meter, cancel, wrong) = (Meter::default(), CancellationToken::new(), Paper([8; 32]));
    let refused = restore(&target, id, newest, &home.path().join("restored"), &wrong, &meter, &cancel).await;
    assert!(matches!(refused, Err(BackupError::WrongKey(_))), "{refused:?}");
}

/// Prints what backups and restores of a store of `MIB` (default 400) cost, to a folder of this computer:
/// `cargo test -p backup --release --test vaults -- --ignored --nocapture what_backups_cost`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn what_backups_cost() {
    let mib: u32 = std::env::var("MIB").ok().and_then(|mib| mib.parse().ok()).unwrap_or(400);
    let (store, folder) = (store(), tempfile::tempdir().expect("a temporary directory"));
    let target = Target::in_folder(folder.path()).expect("it is there");
    let id = backup::Source::store(&store.source);
    let taker = Taker::new(&target, id);
    store.write("CREATE TABLE t (n INTEGER PRIMARY KEY, pad BLOB DEFAULT (randomblob(900)))");
    for at in 0..mib {
        store.write(&format!(
            "WITH RECURSIVE k (i) AS (SELECT {at} * 1100 UNION ALL SELECT i + 1 FROM k WHERE i < {at} * 1100 + 1099)
             INSERT INTO t (n) SELECT i FROM k"
        ));
    }
    let rows = i64::from(mib) * 1100;
    println!("a store of {:?} MiB", store.vault.freeze().map(|frozen| frozen.pages() / 256));
    let timed = async |what: &str, minutes: u64| {
        let began = std::time::Instant::now();
        store.back_up(&taker, minutes).await;
        println!("{what}: {:.2} s", began.elapsed().as_secs_f64());
    };
    timed("full backup", 0).await;
    store.write(&format!("UPDATE t SET pad = randomblob(900) WHERE n > {rows} - 2700"));
    timed("increment, 2,700 neighbouring rows", 20).await;
    store.write("UPDATE t SET pad = randomblob(900) WHERE n % 200 = 0");
    timed("increment, every 200th row", 40).await;
    timed("increment, nothing changed", 60).await;
    let began = std::time::Instant::now();
    let (meter, cancel) = (Meter::default(), CancellationToken::new());
    let report =
        backup::check(&target, id, backup::Depth::Content, &meter, &cancel).await.expect("it answers");
    let bytes: u64 = report.points().map(|point| point.bytes).sum();
    println!("check of {} MiB: {:.2} s", bytes >> 20, began.elapsed().as_secs_f64());
    let began = std::time::Instant::now();
    assert_eq!(rows_of(&store, &target, 60).await.len() as i64, rows);
    println!("restore, adopt, open and read every row: {:.2} s", began.elapsed().as_secs_f64());
}
