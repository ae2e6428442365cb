//! Keys as a receptionist and her administrator meet them, with a real keychain: locked, exchanged, and none at all (DATA-2).
//! Backup and restore have journeys of their own.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use acceptance::keychain::Keychain;
use acceptance::tools::{self, Tool, all_there};
use acceptance::usher::{Keys, Usher};
use acceptance::wait;
use app::api::wire::{
    KeyHomeName, LockReason, LockView, ProtectionView, RecoveryKeyView, RecoveryName, RecoveryWordForm,
    Request, Response,
};
use data_encoding::BASE64;

fn remember(usher: &Usher) {
    let content_base64 = BASE64.encode(b"Name,Phone\nAnna Keller,4020\n");
    usher.ask(Request::ImportContacts { file_name: "staff.csv".into(), content_base64 });
}

#[track_caller]
fn remembers(usher: &Usher) {
    match usher.ask(Request::SearchContacts { query: "keller".into(), limit: 1, caller: None }) {
        Response::Search(found) => assert_eq!(found.total, 1, "it is the same data"),
        other => panic!("no result: {other:?}"),
    }
}

#[track_caller]
fn protection(usher: &Usher) -> ProtectionView {
    match usher.ask(Request::GetProtection {}) {
        Response::Protection(now) => now,
        other => panic!("no protection: {other:?}"),
    }
}

/// Reads the recovery key and types back the words asked for; all of it, as on paper.
#[track_caller]
fn keep_recovery_key(usher: &Usher) -> String {
    let Response::RecoveryKey(key) = usher.ask(Request::ShowRecoveryKey {}) else {
        panic!("no recovery key")
    };
    let RecoveryKeyView { words, asked, .. } = &key;
    let word = |position: &u8| RecoveryWordForm {
        position: *position,
        word: words[usize::from(*position) - 1].clone(),
    };
    usher.ask(Request::ConfirmRecoveryKey { words: asked.iter().map(word).collect() });
    assert_eq!(protection(usher).recovery, RecoveryName::Confirmed);
    let refused = usher.try_ask(Request::ShowRecoveryKey {}).expect_err("it is shown once");
    assert_eq!(refused.code, "recovery.confirmed");
    words.iter().map(|word| word.danger_expose()).collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn lock(usher: &Usher) -> LockView {
    match usher.ask(Request::GetLock {}) {
        Response::Lock(Some(lock)) => lock,
        other => panic!("it is not locked: {other:?}"),
    }
}

fn a_keychain() -> Option<Keychain> {
    all_there(&[Tool::Bus, Tool::Keyring]).then(Keychain::start)
}

/// The program waits for its owner, says why, and goes on without a restart.
#[test]
fn a_locked_keychain_is_said_and_the_console_opens_when_it_is_unlocked() {
    let Some(keychain) = a_keychain() else { return };
    let mut usher = Usher::start_with(Keys::InKeychain(Box::new(keychain)));
    assert_eq!(protection(&usher).key_home, KeyHomeName::Keychain);
    remember(&usher);
    usher.stop();

    usher.keychain().lock();
    usher.start_again();
    let locked = lock(&usher);
    assert_eq!(locked.reason, LockReason::KeychainLocked);
    assert!(locked.recovery_helps && locked.word_list.len() == 2048, "the recovery key is the other way");
    for request in [Request::GetConsole {}, Request::GetSetup {}, Request::ShowRecoveryKey {}] {
        assert_eq!(usher.try_ask(request).expect_err("it is locked").code, "store.locked");
    }
    assert_eq!(usher.try_ask(Request::RetryUnlock {}).expect_err("it still is").code, "store.locked");

    usher.keychain().unlock();
    usher.ask(Request::RetryUnlock {});
    assert_eq!(usher.ask(Request::GetLock {}), Response::Lock(None));
    remembers(&usher);
    usher.stop();
}

/// No new store is made beside one whose key is gone, and the recovery key is needed once.
#[test]
fn a_lost_keychain_leads_to_the_recovery_key_and_never_to_a_new_store() {
    let (Some(before), Some(after)) = (a_keychain(), a_keychain()) else { return };
    let mut usher = Usher::start_with(Keys::InKeychain(Box::new(before)));
    remember(&usher);
    let words = keep_recovery_key(&usher);
    usher.stop();

    usher.exchange_keys(Keys::InKeychain(Box::new(after)));
    usher.start_again();
    assert_eq!(lock(&usher).reason, LockReason::KeyGone);
    let wrong = words.split(' ').rev().collect::<Vec<_>>().join(" ");
    let refused = usher.try_ask(Request::UnlockWithRecovery { words: wrong.as_str().into() });
    assert_eq!(refused.expect_err("this is another key").code, "recovery.wrong-words");
    let short: Vec<&str> = words.split(' ').map(|word| &word[..word.len().min(4)]).collect();
    usher.ask(Request::UnlockWithRecovery { words: short.join("\n").into() });
    remembers(&usher);
    usher.stop();

    usher.start_again();
    remembers(&usher);
    assert_eq!(protection(&usher).key_home, KeyHomeName::Keychain);
    is_written_nowhere(&words, &usher);
    usher.stop();
}

/// A computer without a keychain asks for the recovery key at each start.
#[test]
fn without_a_keychain_the_recovery_key_opens_the_data_at_each_start() {
    let mut usher = Usher::start_with(Keys::Nowhere);
    assert_eq!(protection(&usher).key_home, KeyHomeName::RecoveryKey);
    remember(&usher);
    let words = keep_recovery_key(&usher);
    usher.stop();
    for _ in 0..2 {
        usher.start_again();
        assert_eq!(lock(&usher).reason, LockReason::KeyNotKept);
        usher.ask(Request::UnlockWithRecovery { words: words.as_str().into() });
        remembers(&usher);
        usher.kill();
    }
    is_written_nowhere(&words, &usher);
}

/// DATA-2: the data key is changed while the console answers; killed in between, the change goes on at the next start.
#[test]
fn a_change_of_the_data_key_stops_nobody_and_outlives_a_kill() {
    let mut usher = Usher::start();
    remember(&usher);
    let rows: String = (0..20_000).map(|n| format!("Person {n},{n}\n")).collect();
    let content_base64 = BASE64.encode(format!("Name,Phone\n{rows}").as_bytes());
    usher.ask(Request::ImportContacts { file_name: "many.csv".into(), content_base64 });
    let before = protection(&usher).data_key_since;
    usher.ask(Request::RotateDataKey {});
    remembers(&usher);
    usher.kill();

    usher.start_again();
    remembers(&usher);
    let is_done = || {
        let now = protection(&usher);
        assert_eq!(now.rotation_problem, None);
        (now.rotation.is_none() && now.data_key_since > before).then_some(())
    };
    wait::until("the end of the change", is_done, || format!("{:?}", protection(&usher)));
    usher.stop();
    usher.start_again();
    remembers(&usher);
}

/// The key for service accounts: made once, for its owner only, and never written over.
#[test]
fn a_key_for_computers_without_a_person_is_made_once() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let file = dir.path().join("store.key");
    let make =
        || Command::new(tools::usher()).args(["store", "new-key"]).arg(&file).output().expect("it runs");
    assert!(make().status.success());
    let key = fs::read_to_string(&file).expect("it is there");
    assert_eq!(fs::metadata(&file).expect("it is there").permissions().mode() & 0o777, 0o600);
    let again = make();
    assert!(!again.status.success() && fs::read_to_string(&file).expect("it is there") == key);
    let said = [again.stdout, again.stderr].concat();
    assert!(!String::from_utf8_lossy(&said).contains(key.trim()), "a key is not printed");
}

/// The recovery key is in none of the program's words and files, not even as its first words in a row.
#[track_caller]
fn is_written_nowhere(words: &str, usher: &Usher) {
    let beginning: String = words.split(' ').take(3).collect::<Vec<_>>().join(" ");
    let dir = usher.data_dir();
    assert!(!holds(&dir, &beginning), "it is in the data");
    let log = dir.parent().expect("the data is in the test's folder").join("usher.log");
    assert!(!fs::read_to_string(log).expect("the log is there").contains(&beginning), "it is in the log");
}

fn holds(dir: &Path, text: &str) -> bool {
    let mut files = fs::read_dir(dir).expect("it is there").map(|entry| entry.expect("an entry").path());
    files.any(|path| {
        path.is_file() && {
            let bytes = fs::read(&path).expect("it is read");
            bytes.windows(text.len()).any(|part| part == text.as_bytes())
        }
    })
}
