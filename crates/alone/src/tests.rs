//! Keys, lock and backup of a real store on a real disk, with a keychain that is only remembered, so that it can be locked,
//! emptied and exchanged. The real keychain is met in `tests/journeys`.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use app::api::wire::{LockReason, Request, Response};
use contracts::MemorySecrets;
use contracts::access_log::{AccessLog, Actor, Anchor, Entry, Kind as Logged, Outcome, Word, verify};
use contracts::conformance;
use contracts::safekeeping::{KeyHome, Protection, Recovery, RecoveryWord, Safekeeping, SafekeepingError};
use contracts::secrets::{Secret, SecretError, Secrets};
use engine::Timestamp;
use tempfile::TempDir;
use upkeep::StoreKey;
use vault::recovery::RecoveryKey;

use crate::audio::AudioWhere;
use crate::keys::Kek;
use crate::{Alone, Home, Locked, Opening, UnlockError, open};

/// Longest a test waits for something that must happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// A keychain with a lock.
#[derive(Default)]
struct Keyring {
    kept: MemorySecrets,
    /// 0 open, 1 locked, 2 not there.
    state: AtomicU8,
}

impl Keyring {
    fn new() -> Arc<Keyring> {
        Arc::default()
    }

    fn set(&self, state: u8) {
        self.state.store(state, Ordering::SeqCst);
    }

    fn asked(&self) -> Result<&MemorySecrets, SecretError> {
        match self.state.load(Ordering::SeqCst) {
            0 => Ok(&self.kept),
            1 => Err(SecretError::Locked("it is locked".to_owned())),
            _ => Err(SecretError::Unavailable("nobody answers".to_owned())),
        }
    }
}

impl Secrets for Keyring {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        self.asked()?.get(name)
    }
    fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
        self.asked()?.put(name, secret)
    }
    fn forget(&self, name: &str) -> Result<(), SecretError> {
        self.asked()?.forget(name)
    }
}

/// A computer: a folder for the data, and a keychain.
struct Computer {
    dir: TempDir,
    keyring: Arc<Keyring>,
}

impl Computer {
    fn new() -> Computer {
        Computer { dir: tempfile::tempdir().expect("a temporary directory"), keyring: Keyring::new() }
    }

    fn folder(&self) -> std::path::PathBuf {
        self.dir.path().join("data")
    }

    async fn start_with(&self, kek: Kek) -> Result<Opening, UnlockError> {
        let home = Home {
            folder: self.folder(),
            kek,
            secrets: self.keyring.clone(),
            audio: AudioWhere::None,
            events: app::events(),
        };
        open(Arc::new(home), None).await
    }

    async fn start(&self) -> Opening {
        let kek = Kek::Keychain(self.keyring.clone());
        self.start_with(kek).await.expect("nothing is wrong that nobody can mend")
    }

    async fn opens(&self) -> Alone {
        opened(self.start().await)
    }

    async fn is_locked(&self, why: LockReason) -> Locked {
        let locked = locked(self.start().await);
        assert_eq!(locked.reason, why, "{}", locked.detail);
        locked
    }
}

fn opened(opening: Opening) -> Alone {
    match opening {
        Opening::Open(alone) => alone,
        Opening::Locked(locked) => panic!("locked: {:?}, {}", locked.reason, locked.detail),
    }
}

fn locked(opening: Opening) -> Locked {
    match opening {
        Opening::Locked(locked) => locked,
        Opening::Open(_) => panic!("it is open"),
    }
}

/// Something in the data that is there again when it is the same data.
async fn remember(alone: &Alone) {
    let file = "Name,Phone\nAnna Keller,4020\n";
    let content_base64 = data_encoding::BASE64.encode(file.as_bytes());
    let request = Request::ImportContacts { file_name: "staff.csv".into(), content_base64 };
    let told = alone.app().handle(request).await;
    assert!(matches!(told, Ok(Response::Import(_))), "{told:?}");
}

async fn remembers(alone: &Alone) {
    let request = Request::SearchContacts { query: "keller".into(), limit: 1, caller: None };
    let Ok(Response::Search(found)) = alone.app().handle(request).await else { panic!("an answer") };
    assert_eq!(found.total, 1, "it is the same data");
}

/// Reads the recovery key and confirms it; its words.
async fn keep_recovery_key(alone: &Alone) -> String {
    let words = read(alone).await;
    let word = |at: usize| RecoveryWord {
        position: at as u8 + 1,
        word: Secret::new(words.split(' ').nth(at).expect("there are 24").into()),
    };
    alone.keeping.confirm_recovery_key(vec![word(0), word(11), word(23)]).await.expect("these are its words");
    words
}

async fn read(alone: &Alone) -> String {
    let key = alone.keeping.recovery_key().await.expect("it can be shown");
    let words = key.words.iter().map(|word| String::from_utf8_lossy(word.danger_expose()).into_owned());
    words.collect::<Vec<_>>().join(" ")
}

/// Everything in a folder, to see that nothing was touched.
fn everything(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("it is there")
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.path().is_file() && !entry.path().ends_with("usher.db.lock"))
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).expect("it is read"))
        })
        .collect();
    files.sort();
    files
}

fn put_back(folder: &Path, files: &[(String, Vec<u8>)]) {
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes).expect("it is written");
    }
}

async fn until(alone: &Alone, wanted: impl Fn(&Protection) -> bool) -> Protection {
    let mut told = alone.keeping.watch();
    let told = tokio::time::timeout(PATIENCE, told.wait_for(|now| wanted(now))).await;
    told.expect("it happens").expect("it is told").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_store_has_its_key_in_the_keychain_and_opens_again() {
    let computer = Computer::new();
    let alone = computer.opens().await;
    assert_eq!(alone.keeping.watch().borrow().key_home, KeyHome::Keychain);
    remember(&alone).await;
    alone.shut_down().await;
    drop(alone);
    let alone = computer.opens().await;
    remembers(&alone).await;
    alone.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_keychain_is_said_and_the_same_data_opens_when_it_is_unlocked() {
    let computer = Computer::new();
    let alone = computer.opens().await;
    remember(&alone).await;
    alone.shut_down().await;
    drop(alone);

    computer.keyring.set(1);
    let before = everything(&computer.folder());
    let locked = computer.is_locked(LockReason::KeychainLocked).await;
    let view = locked.view();
    assert!(view.recovery_helps && view.word_list.len() == 2048 && view.restore_command.is_none());
    assert!(matches!(locked.retry().await, Ok(Opening::Locked(_))), "it still is");
    computer.keyring.set(2);
    computer.is_locked(LockReason::KeychainMissing).await;
    assert!(everything(&computer.folder()) == before, "nothing was changed and nothing made");

    computer.keyring.set(0);
    let alone = opened(locked.retry().await.expect("it is tried"));
    remembers(&alone).await;
    alone.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keychain_that_lost_the_key_never_leads_to_a_new_store_and_the_recovery_key_opens_the_old_one() {
    let mut computer = Computer::new();
    let alone = computer.opens().await;
    remember(&alone).await;
    let words = keep_recovery_key(&alone).await;
    alone.shut_down().await;
    drop(alone);

    computer.keyring = Keyring::new();
    let before = everything(&computer.folder());
    let locked = computer.is_locked(LockReason::KeyGone).await;
    assert!(everything(&computer.folder()) == before, "nothing was changed and nothing made");
    for wrong in ["", "abandon ability able", &*RecoveryKey::random().words()] {
        let refused = locked.unlock_with_recovery(wrong).await;
        assert!(matches!(refused, Err(UnlockError::WrongWords(_))), "{wrong}");
    }
    let alone =
        opened(locked.unlock_with_recovery(&words.to_uppercase()).await.expect("these are its words"));
    remembers(&alone).await;
    assert_eq!(alone.keeping.watch().borrow().key_home, KeyHome::Keychain);
    alone.shut_down().await;
    drop(alone);

    let alone = computer.opens().await;
    remembers(&alone).await;
    assert_eq!(alone.keeping.watch().borrow().recovery, Recovery::Confirmed);
    alone.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keychain_with_another_key_is_named() {
    let computer = Computer::new();
    let alone = computer.opens().await;
    let store = alone.keeping.store();
    alone.shut_down().await;
    drop(alone);
    computer.keyring.kept.put(&format!("store-key:{store}"), &Secret::new(vec![7; 32])).expect("it is kept");
    computer.is_locked(LockReason::KeyForeign).await;
    computer.keyring.kept.put(&format!("store-key:{store}"), &Secret::new(vec![7; 5])).expect("it is kept");
    computer.is_locked(LockReason::KeyForeign).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_before_the_key_came_to_its_place_in_the_keychain_loses_nothing() {
    let computer = Computer::new();
    let alone = computer.opens().await;
    let name = format!("store-key:{}", alone.keeping.store());
    remember(&alone).await;
    alone.shut_down().await;
    drop(alone);
    let key = computer.keyring.kept.get(&name).expect("it works").expect("it is there");
    computer.keyring.kept.put("store-key:new", &key).expect("it is kept");
    computer.keyring.kept.forget(&name).expect("it is forgotten");

    let alone = computer.opens().await;
    remembers(&alone).await;
    alone.shut_down().await;
    assert!(computer.keyring.kept.get(&name).expect("it works").is_some(), "it has come to its place");
    assert!(computer.keyring.kept.get("store-key:new").expect("it works").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_keychain_the_recovery_key_is_asked_for_at_each_start() {
    let computer = Computer::new();
    computer.keyring.set(2);
    let alone = computer.opens().await;
    assert_eq!(alone.keeping.watch().borrow().key_home, KeyHome::RecoveryKey);
    remember(&alone).await;
    let words = keep_recovery_key(&alone).await;
    let refused = alone.keeping.renew_keychain_key().await;
    assert!(matches!(refused, Err(SafekeepingError::Secrets(_))), "{refused:?}");
    alone.shut_down().await;
    drop(alone);

    for kek in [Kek::Nowhere, Kek::Nowhere] {
        let locked = locked(computer.start_with(kek).await.expect("it is locked"));
        assert_eq!(locked.reason, LockReason::KeyNotKept);
        let alone = opened(locked.unlock_with_recovery(&words).await.expect("these are its words"));
        remembers(&alone).await;
        alone.shut_down().await;
    }

    computer.keyring.set(0);
    let locked = computer.is_locked(LockReason::KeyNotKept).await;
    opened(locked.unlock_with_recovery(&words).await.expect("these are its words")).shut_down().await;
    let alone = computer.opens().await;
    remembers(&alone).await;
    assert_eq!(alone.keeping.watch().borrow().key_home, KeyHome::Keychain, "now there is one");
    alone.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_first_start_a_locked_keychain_is_not_gone_round() {
    let computer = Computer::new();
    computer.keyring.set(1);
    let locked = computer.is_locked(LockReason::KeychainLocked).await;
    assert!(!locked.view().recovery_helps, "there is nothing to recover yet");
    assert!(!computer.folder().join("usher.db.keys").exists());
    computer.keyring.set(0);
    opened(locked.retry().await.expect("it is tried")).shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_file_of_ones_own_stands_in_for_the_keychain() {
    let computer = Computer::new();
    let (right, wrong) = (computer.dir.path().join("right"), computer.dir.path().join("wrong"));
    upkeep::new_key_file(&right).expect("it is made");
    upkeep::new_key_file(&wrong).expect("it is made");
    let alone = opened(computer.start_with(Kek::File(right.clone())).await.expect("it opens"));
    assert_eq!(alone.keeping.watch().borrow().key_home, KeyHome::File);
    remember(&alone).await;
    keep_recovery_key(&alone).await;
    alone.keeping.renew_recovery_key().await.expect("it begins");
    keep_recovery_key(&alone).await;
    let refused = alone.keeping.renew_keychain_key().await;
    assert!(matches!(refused, Err(SafekeepingError::NoKeychain)), "{refused:?}");
    alone.shut_down().await;
    drop(alone);

    let refused = computer.start_with(Kek::File(wrong)).await.err().expect("it is another key").to_string();
    assert!(refused.contains("cannot be opened"), "{refused}");
    let alone = opened(computer.start_with(Kek::File(right)).await.expect("it opens"));
    remembers(&alone).await;
    alone.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn data_without_its_key_file_and_a_key_file_without_its_data_are_named_and_left() {
    let computer = Computer::new();
    let alone = computer.opens().await;
    alone.shut_down().await;
    drop(alone);
    let whole = everything(&computer.folder());
    let keys = computer.folder().join("usher.db.keys");

    fs::remove_file(&keys).expect("it is removed");
    let without = everything(&computer.folder());
    let locked = computer.is_locked(LockReason::KeyFileMissing).await;
    let view = locked.view();
    assert!(view.restoring_helps && view.restore_command.is_none(), "no backup was set up");
    assert!(everything(&computer.folder()) == without, "no new key was made");

    put_back(&computer.folder(), &whole);
    let text = fs::read_to_string(&keys).expect("it is text");
    fs::write(&keys, text.replace("\"slot\":0", "\"slot\":1").replace("\"slot\": 0", "\"slot\": 1"))
        .expect("written");
    computer.is_locked(LockReason::KeyFileDamaged).await;

    put_back(&computer.folder(), &whole);
    for name in ["usher.db", "usher.db.anchor", "usher.db-wal", "usher.db-shm"] {
        let _ = fs::remove_file(computer.folder().join(name));
    }
    let without = everything(&computer.folder());
    computer.is_locked(LockReason::DataRolledBack).await;
    assert!(everything(&computer.folder()) == without, "no new database was made");

    put_back(&computer.folder(), &whole);
    computer.opens().await.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn data_put_back_as_a_whole_from_an_earlier_time_is_noticed_through_the_keychain() {
    let computer = Computer::new();
    let alone = computer.opens().await;
    alone.shut_down().await;
    drop(alone);
    let earlier = everything(&computer.folder());
    let alone = computer.opens().await;
    remember(&alone).await;
    alone.shut_down().await;
    drop(alone);
    let newest = everything(&computer.folder());

    put_back(&computer.folder(), &earlier);
    computer.is_locked(LockReason::DataRolledBack).await;
    put_back(&computer.folder(), &newest);
    let alone = computer.opens().await;
    remembers(&alone).await;
    alone.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_byte_locks_the_data_and_the_backup_it_names_is_restored_and_opens() {
    let computer = Computer::new();
    let backups = computer.dir.path().join("backups");
    fs::create_dir(&backups).expect("a folder");
    let alone = computer.opens().await;
    remember(&alone).await;
    set_backup(&alone, &backups).await;
    until(&alone, |now| now.backup.last_good.is_some()).await;
    alone.shut_down().await;
    drop(alone);

    let path = computer.folder().join("usher.db");
    let mut bytes = fs::read(&path).expect("it is read");
    for page in bytes.chunks_mut(4096).skip(1) {
        page[100] ^= 1;
    }
    fs::write(&path, bytes).expect("it is written");
    let locked = computer.is_locked(LockReason::DataDamaged).await;
    let command = locked.view().restore_command.expect("one was set up");
    let (from, to) = (backups.display(), computer.folder());
    let said = format!("usher restore --from \"{from}\" --to \"{}\" --replace", to.display());
    assert_eq!(command, said);

    // What the command does.
    let restored = computer.dir.path().join("data.restored");
    let store = upkeep::key_file(&computer.folder()).expect("it is whole").store_id();
    let key =
        upkeep::StoreKey::in_keychain(store, &*computer.keyring).expect("it works").expect("it is there");
    let seen = upkeep::seen(&*computer.keyring, store).expect("it works");
    assert!(seen.is_some());
    let target = backup::Target::in_folder(&backups).expect("it is there");
    let wanted = backup::Wanted { until: None, on_damage: backup::OnDamage::Refuse };
    let (restorer, meter) = (upkeep::Restoring { key: &key, seen }, backup::Meter::default());
    let cancel = tokio_util::sync::CancellationToken::new();
    backup::restore(&target, store, wanted, &restored, &restorer, &meter, &cancel)
        .await
        .expect("it is whole");
    let before = upkeep::put_in_place(&restored, &computer.folder(), "now").expect("nobody has it open");
    assert!(before.expect("something was there").join("usher.db").exists());
    let alone = computer.opens().await;
    remembers(&alone).await;
    alone.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_recovery_key_opens_and_the_old_one_does_not() {
    let mut computer = Computer::new();
    let alone = computer.opens().await;
    remember(&alone).await;
    let old = keep_recovery_key(&alone).await;
    alone.keeping.renew_recovery_key().await.expect("it begins");
    let given_up = read(&alone).await;
    alone.keeping.keep_recovery_key().await.expect("it ends");
    alone.keeping.renew_recovery_key().await.expect("it begins");
    let new = keep_recovery_key(&alone).await;
    assert!(old != new && given_up != new);
    alone.shut_down().await;
    drop(alone);

    computer.keyring = Keyring::new();
    let locked = computer.is_locked(LockReason::KeyGone).await;
    for wrong in [old, given_up] {
        assert!(matches!(locked.unlock_with_recovery(&wrong).await, Err(UnlockError::WrongWords(_))));
    }
    let alone = opened(locked.unlock_with_recovery(&new).await.expect("these are its words"));
    remembers(&alone).await;
    alone.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unconfirmed_recovery_key_can_be_shown_at_the_next_start_as_a_new_one() {
    let computer = Computer::new();
    let alone = computer.opens().await;
    let first = read(&alone).await;
    alone.shut_down().await;
    drop(alone);
    let alone = computer.opens().await;
    assert_eq!(alone.keeping.watch().borrow().recovery, Recovery::Unconfirmed);
    assert_ne!(keep_recovery_key(&alone).await, first);
    assert_eq!(alone.keeping.watch().borrow().recovery, Recovery::Confirmed);
    alone.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_data_key_is_changed_while_the_console_works_and_the_data_opens_afterwards() {
    let computer = Computer::new();
    let alone = computer.opens().await;
    remember(&alone).await;
    alone.keeping.rotate_data_key().await.expect("it begins");
    remember(&alone).await;
    let done = until(&alone, |now| now.rotation.is_none()).await;
    assert_eq!(done.rotation_problem, None);
    alone.keeping.renew_keychain_key().await.expect("it is renewed");
    alone.shut_down().await;
    drop(alone);
    let alone = computer.opens().await;
    remembers(&alone).await;
    alone.shut_down().await;
}

/// Whoever freezes the database is in the way of everybody else who wants to (vault::Vault::freeze).
#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_data_key_gives_way_to_who_needs_the_database_to_itself() {
    let computer = Computer::new();
    let alone = computer.opens().await;
    remember(&alone).await;
    let vault = alone.keeping.vault();
    let others = std::thread::spawn(move || (0..200).filter(|_| vault.freeze().is_ok()).count());
    alone.keeping.rotate_data_key().await.expect("it begins");
    let done = until(&alone, |now| now.rotation.is_none()).await;
    assert_eq!(done.rotation_problem, None);
    assert!(others.join().expect("it ends") > 0, "somebody was in the way");
    alone.shut_down().await;
}

async fn set_backup(alone: &Alone, folder: &Path) {
    let plan = contracts::safekeeping::BackupPlan {
        home: "CH".into(),
        recovery: String::new(),
        located: String::new(),
        target: contracts::safekeeping::BackupTarget::Folder { path: folder.display().to_string() },
    };
    alone.keeping.set_backup(Some(plan), None).await.expect("the folder is there");
}

#[tokio::test(flavor = "multi_thread")]
async fn backups_go_on_at_the_next_start_and_a_target_that_is_gone_is_said() {
    let computer = Computer::new();
    let backups = computer.dir.path().join("backups");
    fs::create_dir(&backups).expect("a folder");
    let alone = computer.opens().await;
    set_backup(&alone, &backups).await;
    let first = until(&alone, |now| now.backup.last_good.is_some() && now.backup.running.is_none()).await;
    alone.shut_down().await;
    drop(alone);

    let alone = computer.opens().await;
    let now = until(&alone, |now| now.backup.last_good.is_some()).await;
    assert_eq!((now.backup.plan, now.backup.last_good), (first.backup.plan, first.backup.last_good));
    assert!(!alone.keeping.restore_points().await.expect("the folder is there").is_empty());
    alone.shut_down().await;
    drop(alone);

    fs::remove_dir_all(&backups).expect("it is removed");
    let alone = computer.opens().await;
    let now = until(&alone, |now| now.backup.problem.is_some()).await;
    assert!(now.backup.plan.is_some() && now.backup.last_good == first.backup.last_good);
    assert!(matches!(alone.keeping.restore_points().await, Err(SafekeepingError::Target(_))));
    fs::create_dir(&backups).expect("the disk is plugged in");
    alone.keeping.back_up_now().await.expect("it begins");
    until(&alone, |now| now.backup.problem.is_none() && now.backup.last_good > first.backup.last_good).await;
    alone.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_store_is_a_safekeeping() {
    let backups = tempfile::tempdir().expect("a temporary directory");
    let folder = backups.path().display().to_string();
    // Consoles and their folders, as long as the suite works on them.
    let kept = tokio::sync::Mutex::new(Vec::new());
    let suite = conformance::safekeeping(
        async || {
            let computer = Computer::new();
            let alone = computer.opens().await;
            let keeping = alone.keeping.clone();
            kept.lock().await.push((alone, computer));
            keeping
        },
        &folder,
    );
    tokio::time::timeout(PATIENCE, suite).await.expect("nothing hangs");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_access_log_is_anchored_when_the_console_ends_and_compared_when_it_begins_id_7() {
    let computer = Computer::new();
    end(computer.opens().await).await;
    let store = upkeep::key_file(&computer.folder()).expect("it is there").store_id();
    let kept =
        || upkeep::log_anchor(&*computer.keyring, store).expect("it answers").expect("it was anchored");
    let head = log_of(&computer).head().anchor;
    assert_eq!(kept(), head);

    let action = Word::of("export-access-log");
    let entry =
        Entry::once(Timestamp(1_795_000_000_000), Actor::Local, Logged::Access, action, Outcome::Allowed);
    let written = log_of(&computer).append(entry).await.expect("it is written");
    assert_eq!(written.sequence, head.sequence + 1);
    end(computer.opens().await).await;
    assert!(kept().sequence >= written.sequence, "the log reaches its anchor and is anchored anew");

    let lost = Anchor { sequence: kept().sequence + 100, ..kept() };
    upkeep::note_log_anchor(&*computer.keyring, store, &lost).expect("it is kept");
    end(computer.opens().await).await;
    let log = log_of(&computer);
    let found = verify(&*log, Some(&kept()), &mut |_, _| {}).await.expect("it is read");
    assert_eq!(found.fault, None);
    assert_eq!(found.gaps.iter().map(|gap| gap.anchor).collect::<Vec<_>>(), [Some(lost.sequence)]);
}

async fn end(alone: Alone) {
    alone.shut_down().await;
}

/// The access log of a computer on which no console runs.
fn log_of(computer: &Computer) -> Box<dyn AccessLog> {
    let folder = computer.folder();
    let store = upkeep::key_file(&folder).expect("it is there").store_id();
    let key = StoreKey::in_keychain(store, &*computer.keyring).expect("it answers").expect("it has the key");
    let seen = upkeep::seen(&*computer.keyring, store).expect("it answers");
    upkeep::access_log(&folder, &key, seen).expect("nobody has it open")
}
