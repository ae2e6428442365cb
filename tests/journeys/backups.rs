//! Backups as an administrator makes them, with the program itself: to a folder, to S3 and to Azure Blob; listed, checked,
//! restored with the recovery key alone, drilled; and every way it ends has its number.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::Arc;

use acceptance::object_stores::{ACCOUNT, Azurite, BUCKET, S3};
use acceptance::program::{Program, Talks};
use acceptance::stored::{Stored, content_with_recovery};
use acceptance::tools::{self, Tool, all_there};
use acceptance::wait;
use backup::{Kind, ManifestKey, Meter, Moment, Taker, Target, VaultSource};
use contracts::journal::{Journal, PAGE_MAX};
use contracts::retention::{Kept, Over, Retention, SETTING};
use contracts::settings::SettingsStore;
use rand::SeedableRng;
use rand::rngs::StdRng;
use tempfile::TempDir;

/// The numbers of docs/backup.md.
const DONE: i32 = 0;
const IN_USE: i32 = 3;
const DAMAGED: i32 = 4;
const WRONG_KEY: i32 = 5;
const UNREACHABLE: i32 = 6;
const MISPLACED: i32 = 7;
const NOTHING: i32 = 8;
const NOT_WRITABLE: i32 = 9;
const PROMISE_MISSED: i32 = 10;
const CANCELLED: i32 = 130;

fn dice() -> StdRng {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| std::process::id().into());
    println!("SEED={seed} cargo nextest run -p acceptance --test backups");
    StdRng::seed_from_u64(seed)
}

fn scratch() -> TempDir {
    tempfile::Builder::new().prefix("usher-backup-").tempdir().expect("a temporary directory")
}

/// What the program said, and its number.
struct Said {
    code: i32,
    words: String,
}

fn code(status: ExitStatus) -> i32 {
    status.code().expect("it ended by itself")
}

fn usher(arguments: &[&str], variables: &[(&str, &str)]) -> Said {
    let mut command = Command::new(tools::usher());
    // No keychain of whoever runs the tests.
    command.env_remove("DBUS_SESSION_BUS_ADDRESS").env("NO_COLOR", "1");
    let output = command.args(arguments).envs(variables.iter().copied()).output().expect("it starts");
    let words =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("usher {}\n{words}", arguments.join(" "));
    Said { code: code(output.status), words }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("paths of tests are text")
}

/// A store with a history, and a folder for its backups.
struct Setting {
    stored: Stored,
    dice: StdRng,
    places: TempDir,
    data: PathBuf,
    key: PathBuf,
    recovery: PathBuf,
}

async fn setting() -> Setting {
    let (mut stored, mut dice, places) = (Stored::new(), dice(), scratch());
    stored.live(40, &mut dice).await;
    stored.seal("1.voicemail", b"please call me back");
    std::fs::create_dir(places.path().join("backups")).expect("a directory");
    let (data, key, recovery) = (stored.data(), stored.store_key(), stored.recovery_key());
    Setting { stored, dice, places, data, key, recovery }
}

impl Setting {
    fn folder(&self) -> PathBuf {
        self.places.path().join("backups")
    }

    fn at(&self, name: &str) -> PathBuf {
        self.places.path().join(name)
    }

    /// `usher backup` with the data folder and its key.
    fn backup(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Said {
        let own = ["backup", "--data-dir", text(&self.data), "--store-key", text(&self.key)];
        usher(&[&own, arguments].concat(), variables)
    }

    fn backup_to_folder(&self) -> Said {
        self.backup(&["--to", text(&self.folder()), "--home", "CH"], &[])
    }

    /// `usher restore` with the recovery key.
    fn restore(&self, from: &str, to: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Said {
        let own = ["restore", "--from", from, "--to", text(to), "--recovery-key-file", text(&self.recovery)];
        usher(&[&own, arguments].concat(), variables)
    }

    fn pieces(&self) -> Vec<PathBuf> {
        files_below(&self.folder()).into_iter().filter(|path| text(path).ends_with(".pages")).collect()
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("it is there") {
        let path = entry.expect("it is there").path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

fn flip_a_bit(path: &Path, at: usize) {
    let mut bytes = std::fs::read(path).expect("it is there");
    bytes[at] ^= 1;
    std::fs::write(path, bytes).expect("it is written");
}

#[tokio::test]
async fn an_empty_machine_gets_its_store_back_with_the_recovery_key_alone() {
    let mut setting = setting().await;
    assert_eq!(setting.backup_to_folder().code, DONE);
    let first = setting.stored.content().await;
    setting.stored.live(30, &mut setting.dice).await;
    setting.stored.seal("2.voicemail", &[7; 100_000]);
    let second = setting.backup_to_folder();
    assert!(second.words.contains("Backup ") && !second.words.contains("Full"), "an increment");
    let now = setting.stored.content().await;
    assert!(now.events.len() > first.events.len() && now.records.len() == 70);

    let from = setting.folder();
    let listed = usher(&["backup", "list", "--from", text(&from)], &[]);
    assert_eq!((listed.code, listed.words.matches("full").count()), (DONE, 1));
    assert_eq!(listed.words.matches("increment").count(), 1);
    let checked = usher(&["backup", "check", "--from", text(&from)], &[]);
    assert_eq!(checked.code, DONE);
    assert!(checked.words.contains("2 backups are whole"));

    let newest = setting.at("newest");
    assert_eq!(setting.restore(text(&from), &newest, &[], &[]).code, DONE);
    assert_eq!(content_with_recovery(&newest, &setting.recovery).await, now);
    let sealed = |home: &Path| std::fs::read(home.join("sealed/2.voicemail")).expect("it is there");
    assert_eq!(sealed(&newest), sealed(&setting.data));
    let check =
        ["store", "check", "--data-dir", text(&newest), "--recovery-key-file", text(&setting.recovery)];
    assert_eq!(usher(&check, &[]).code, DONE);

    // The time of the full backup, as the list shows it, without its offset: this computer's own zone.
    let line = listed.words.lines().find(|line| line.contains("full")).expect("it is listed");
    let until: Vec<&str> = line.split_whitespace().take(2).collect();
    let older = setting.at("older");
    assert_eq!(setting.restore(text(&from), &older, &["--until", &until.join(" ")], &[]).code, DONE);
    let older = content_with_recovery(&older, &setting.recovery).await;
    // Both may have been taken within one second.
    assert!(older == first || older == now);
}

#[tokio::test]
async fn every_way_to_fail_has_its_number() {
    let setting = setting().await;
    let from = setting.folder();
    let from = text(&from);
    let to = setting.at("restored");
    assert_eq!(setting.backup(&[], &[]).code, NOTHING, "no plan");
    assert_eq!(setting.backup(&["--to", from], &[]).code, MISPLACED, "nobody said where this is");
    assert_eq!(setting.restore(from, &to, &[], &[]).code, NOTHING, "no backup");
    assert_eq!(usher(&["backup", "list", "--from", from], &[]).code, NOTHING);
    assert_eq!(setting.backup_to_folder().code, DONE);

    let elsewhere = setting.backup(&["--to", "s3://bucket", "--region", "us-east-1", "--home", "CH"], &[]);
    assert_eq!(elsewhere.code, MISPLACED);
    assert!(elsewhere.words.contains("lies in United States"), "{}", elsewhere.words);
    let unknown = setting.backup(&["--to", "azure://a/c", "--region", "atlantis", "--home", "CH"], &[]);
    assert_eq!(unknown.code, MISPLACED);
    let nowhere = setting.at("nowhere");
    assert_eq!(setting.backup(&["--to", text(&nowhere), "--home", "CH"], &[]).code, UNREACHABLE);
    assert!(!nowhere.exists());

    let open = setting.stored.open();
    assert_eq!(setting.backup_to_folder().code, IN_USE);
    drop(open);

    let other = Stored::new();
    let (other_key, other_recovery) = (other.store_key(), other.recovery_key());
    let wrong = ["--data-dir", text(&setting.data), "--store-key", text(&other_key)];
    let named = ["--to", from, "--home", "CH"];
    assert_eq!(usher(&[&["backup"], &wrong[..], &named].concat(), &[]).code, WRONG_KEY);
    let restore =
        ["restore", "--from", from, "--to", text(&to), "--recovery-key-file", text(&other_recovery)];
    assert_eq!(usher(&restore, &[]).code, WRONG_KEY);
    assert_eq!(usher(&restore[..5], &[]).code, WRONG_KEY, "no key at all, and nobody to ask");
    assert!(!to.exists());

    assert_eq!(setting.restore(from, &setting.data, &[], &[]).code, NOT_WRITABLE, "a store is there");
    assert_eq!(usher(&["backup", "--nonsense"], &[]).code, 2);
}

#[tokio::test]
async fn a_damaged_piece_is_named_and_one_can_go_back_before_it() {
    let mut setting = setting().await;
    assert_eq!(setting.backup_to_folder().code, DONE);
    let first = setting.stored.content().await;
    setting.stored.live(10, &mut setting.dice).await;
    assert_eq!(setting.backup_to_folder().code, DONE);
    let pieces = setting.pieces();
    let newest = pieces.last().expect("the increment has one");
    flip_a_bit(newest, 5000);
    let name = newest.file_name().and_then(|name| name.to_str()).expect("our names are text");

    let from = setting.folder();
    let checked = usher(&["backup", "check", "--from", text(&from)], &[]);
    assert_eq!(checked.code, DAMAGED);
    assert!(checked.words.contains(name), "{}", checked.words);
    let to = setting.at("restored");
    let refused = setting.restore(text(&from), &to, &[], &[]);
    assert_eq!(refused.code, DAMAGED);
    assert!(refused.words.contains(name) && refused.words.contains("the newest that can be restored"));
    assert!(!to.exists());
    assert_eq!(setting.restore(text(&from), &to, &["--go-back"], &[]).code, DONE);
    assert_eq!(content_with_recovery(&to, &setting.recovery).await, first);
}

#[tokio::test]
async fn a_backup_that_is_gone_at_the_end_of_its_chain_is_missed() {
    let mut setting = setting().await;
    let folder = setting.folder();
    let plan = ["backup", "plan", "--data-dir", text(&setting.data), "--to", text(&folder), "--home", "CH"];
    assert_eq!(usher(&plan, &[]).code, DONE);
    let check = ["backup", "check", "--data-dir", text(&setting.data)];
    assert_eq!(setting.backup(&[], &[]).code, DONE);
    setting.stored.live(1, &mut setting.dice).await;
    assert_eq!(setting.backup(&[], &[]).code, DONE);
    assert_eq!(usher(&check, &[]).code, DONE);
    for path in files_below(&setting.folder()) {
        if path.file_name().is_some_and(|name| text(Path::new(name)).starts_with("000001.")) {
            std::fs::remove_file(path).expect("it was there");
        }
    }
    let checked = usher(&check, &[]);
    assert_eq!(checked.code, DAMAGED);
    assert!(checked.words.contains("was there and is gone"), "{}", checked.words);
}

#[tokio::test]
async fn a_store_that_is_disposed_of_takes_its_backups_with_it() {
    let setting = setting().await;
    let (folder, id) = (setting.folder(), setting.stored.id());
    let plan = ["backup", "plan", "--data-dir", text(&setting.data), "--to", text(&folder), "--home", "CH"];
    assert_eq!(usher(&plan, &[]).code, DONE);
    assert_eq!(setting.backup(&[], &[]).code, DONE);
    let dispose = ["store", "dispose", "--data-dir", text(&setting.data), "--store", &id];
    let open = setting.stored.open();
    assert_eq!(usher(&dispose, &[]).code, IN_USE);
    drop(open);
    let away = setting.at("away");
    std::fs::rename(&folder, &away).expect("the disk is taken out");
    assert_eq!(usher(&dispose, &[]).code, UNREACHABLE);
    assert_eq!(usher(&dispose[..4], &[]).code, MISPLACED, "the id shows that it is meant");
    assert!(setting.data.join("usher.db").exists(), "nothing is destroyed while its backups are left");

    std::fs::rename(&away, &folder).expect("the disk is back");
    assert_eq!(usher(&[&dispose[..], &["--leave-backups"]].concat(), &[]).code, DONE);
    assert!(!setting.data.exists() && !files_below(&folder).is_empty());
    assert_eq!(usher(&["backup", "dispose", "--from", text(&folder), "--store", &id], &[]).code, DONE);
    assert_eq!(files_below(&folder), [""; 0].map(PathBuf::from));
}

#[tokio::test]
async fn a_flipped_bit_in_the_store_is_found_by_its_check() {
    let setting = setting().await;
    let check = ["store", "check", "--data-dir", text(&setting.data), "--store-key", text(&setting.key)];
    assert_eq!(usher(&check, &[]).code, DONE);
    flip_a_bit(&setting.data.join("usher.db"), 4096 * 2 + 77);
    let checked = usher(&check, &[]);
    assert_eq!(checked.code, DAMAGED);
    assert!(checked.words.contains("page 3"), "{}", checked.words);
}

#[tokio::test]
async fn a_drill_compares_everything_and_measures() {
    let mut setting = setting().await;
    let key = ["--data-dir", text(&setting.data), "--store-key", text(&setting.key)];
    let fresh = usher(&[&["backup", "drill"], &key[..]].concat(), &[]);
    assert_eq!(fresh.code, DONE);
    assert!(fresh.words.contains("40 call records compared; 0 events are newer"), "{}", fresh.words);
    assert!(fresh.words.contains("RPO not measured") && fresh.words.contains("of 120 minutes"));

    assert_eq!(setting.backup_to_folder().code, DONE);
    setting.stored.live(5, &mut setting.dice).await;
    let from = setting.folder();
    let drill = [&["backup", "drill"], &key[..], &["--from", text(&from)]].concat();
    let drilled = usher(&drill, &[]);
    assert_eq!(drilled.code, DONE);
    assert!(drilled.words.contains("40 call records compared"), "{}", drilled.words);
    assert!(drilled.words.contains("of 30 minutes") && !drilled.words.contains("; 0 events are newer"));

    // DATA-6: since the backup, half of it has become too old and is gone from the store; the backup has it still.
    let store = setting.stored.open();
    for order in store.pending(PAGE_MAX).await.expect("it is read") {
        store.done(order.name, None).await.expect("it is written");
    }
    let events = store.read(0, PAGE_MAX).await.expect("it is read");
    let before = events[events.len() / 2].at;
    store.put(SETTING, &format!("{{\"before\":{}}}", before.0)).await.expect("it is written");
    for kept in [Kept::Calls, Kept::Events] {
        let over = Over { before, spared: &BTreeSet::new(), has_erased: false };
        assert!(store.erase_old(kept, over, 0).await.expect("it is erased").erased > 15);
    }
    drop(store);
    let drilled = usher(&drill, &[]);
    assert_eq!(drilled.code, DONE, "{}", drilled.words);
    assert!(!drilled.words.contains("40 call records compared"), "{}", drilled.words);
}

#[tokio::test]
async fn a_drill_with_a_backup_that_is_too_old_says_that_the_promise_was_missed() {
    let setting = setting().await;
    let store = setting.stored.open();
    let signed = ManifestKey::of(setting.stored.keys());
    let signer = std::sync::Mutex::new(Some(signed));
    let signer = Arc::new(move || signer.lock().expect("nobody panics").take().expect("it is asked once"));
    let source = VaultSource::new(setting.stored.keys().store(), store.vault(), signer);
    let target = Target::in_folder(&setting.folder()).expect("it is there");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("it is after 1970");
    let an_hour_ago = Moment(u64::try_from(now.as_millis()).expect("it is before the year 9999") - 3_600_000);
    let (meter, cancel) = (Meter::default(), tokio_util::sync::CancellationToken::new());
    let taker = Taker::new(&target, setting.stored.keys().store());
    taker.take(&source, Kind::Due, an_hour_ago, &meter, &cancel).await.expect("it is taken");
    drop((source, store));
    let from = setting.folder();
    let key = ["--data-dir", text(&setting.data), "--store-key", text(&setting.key)];
    let drilled = usher(&[&["backup", "drill"], &key[..], &["--from", text(&from)]].concat(), &[]);
    assert_eq!(drilled.code, PROMISE_MISSED);
    assert!(drilled.words.contains("RPO reached: 60."), "{}", drilled.words);
}

/// Ctrl+C in the middle of a backup: no backup is there, and the next one finds what was copied.
#[tokio::test]
async fn an_interrupted_backup_ends_cleanly_and_is_taken_up() {
    let setting = setting().await;
    for part in 0..6 {
        setting.stored.seal(&format!("long-{part}.voicemail"), &vec![part; 12 << 20]);
    }
    let mut command = Command::new(tools::usher());
    command.args(["backup", "--data-dir", text(&setting.data), "--store-key", text(&setting.key)]);
    command.args(["--to", text(&setting.folder()), "--home", "CH"]).env_remove("DBUS_SESSION_BUS_ADDRESS");
    let mut program = Program::start("usher", setting.places.path(), Talks::No, &mut command);
    let copied = || files_below(&setting.folder()).len();
    wait::until("the first objects", || (copied() >= 2).then_some(()), || program.words());
    program.interrupt();
    let status = program.wait_end();
    assert_eq!(code(status), CANCELLED, "{}", program.words());
    let folder = setting.folder();
    let listed = ["backup", "list", "--from", text(&folder)];
    assert_eq!(usher(&listed, &[]).code, NOTHING);
    let before = copied();
    assert_eq!(setting.backup_to_folder().code, DONE);
    assert!(copied() > before);
    let to = setting.at("restored");
    assert_eq!(setting.restore(text(&setting.folder()), &to, &[], &[]).code, DONE);
}

/// Backup, increment, list, check, restore and drill at a service.
async fn journey_at(mut setting: Setting, address: &str, more: &[&str], secret: &str) {
    let variables = [("USHER_BACKUP_SECRET", secret)];
    let to = [&["--to", address, "--home", "CH"], more].concat();
    let from = [&["--from", address], more].concat();
    assert_eq!(setting.backup(&to, &variables).code, DONE);
    setting.stored.live(10, &mut setting.dice).await;
    assert_eq!(setting.backup(&to, &variables).code, DONE);
    assert_eq!(setting.backup(&[&to[..], &["--full"]].concat(), &variables).code, DONE);
    assert_eq!(usher(&[&["backup", "check"], &from[..]].concat(), &variables).code, DONE);
    let listed = usher(&[&["backup", "list"], &from[..]].concat(), &variables);
    assert_eq!(listed.words.matches("Chain").count(), 2, "{}", listed.words);
    let restored = setting.at("restored");
    assert_eq!(setting.restore(address, &restored, more, &variables).code, DONE);
    let now = setting.stored.content().await;
    assert_eq!(content_with_recovery(&restored, &setting.recovery).await, now);
    let key = ["--data-dir", text(&setting.data), "--store-key", text(&setting.key)];
    let drill = [&["backup", "drill"], &key[..], &from[..]].concat();
    assert_eq!(usher(&drill, &variables).code, DONE);
}

/// The service lets nobody in, and what was tried is not told.
fn is_kept_out(setting: &Setting, address: &str, more: &[&str], secret: &str, must_not_be_told: &str) {
    let to = [&["--to", address, "--home", "CH"], more].concat();
    let refused = setting.backup(&to, &[("USHER_BACKUP_SECRET", secret)]);
    assert_eq!(refused.code, UNREACHABLE, "{}", refused.words);
    assert!(!refused.words.contains(must_not_be_told), "{}", refused.words);
}

#[tokio::test]
async fn backups_go_to_s3_and_come_back() {
    if !all_there(&[Tool::Moto]) {
        return;
    }
    let (setting, s3) = (setting().await, S3::start());
    let address = format!("s3://{BUCKET}/some/where");
    let endpoint = s3.endpoint();
    let more = ["--endpoint", &endpoint, "--located", "CH", "--key-id", s3.key_id()];
    let wrong = "c3VjaCBhIHNlY3JldA";
    is_kept_out(&setting, &address, &more, wrong, wrong);
    journey_at(setting, &address, &more, s3.secret()).await;
}

#[tokio::test]
async fn backups_go_to_azure_and_come_back() {
    if !all_there(&[Tool::Azurite]) {
        return;
    }
    let (setting, azurite) = (setting().await, Azurite::start());
    let address = format!("azure://{ACCOUNT}/{BUCKET}/some/where");
    let endpoint = azurite.endpoint();
    let more = ["--endpoint", &endpoint, "--located", "CH"];
    let wrong = "c3VjaCBhIHNlY3JldA==";
    is_kept_out(&setting, &address, &more, wrong, wrong);
    journey_at(setting, &address, &more, azurite.key()).await;
}

#[tokio::test]
async fn a_shared_access_signature_opens_azure_and_is_never_told() {
    if !all_there(&[Tool::Azurite]) {
        return;
    }
    let (setting, azurite) = (setting().await, Azurite::start());
    let address = format!("azure://{ACCOUNT}/{BUCKET}");
    let endpoint = azurite.endpoint();
    let more = ["--endpoint", &endpoint, "--located", "CH"];
    let wrong = azurite.signature().replace("sig=", "sig=AAAA");
    is_kept_out(&setting, &address, &more, &wrong, "sig=");
    journey_at(setting, &address, &more, &azurite.signature()).await;
}
