//! The SQLite store passes the suites of every contract it implements. Crashes, full disks and damage are tested beside.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use contracts::conformance;
use store::Store;
use vault::Known;
use vault::keys::KeyFile;

/// Makes a fresh store for each part of a suite, in one directory that goes with the test.
struct Stores {
    home: tempfile::TempDir,
    made: AtomicU32,
}

impl Stores {
    fn new() -> Stores {
        Stores { home: tempfile::tempdir().expect("a temporary directory"), made: AtomicU32::new(0) }
    }

    fn next(&self) -> PathBuf {
        self.home.path().join(self.made.fetch_add(1, Ordering::Relaxed).to_string())
    }

    async fn make(&self) -> Store {
        let home = self.next();
        std::fs::create_dir(&home).expect("a temporary directory is writable");
        let (_, keys, _) = KeyFile::create(&home.join("keys"), None).expect("new keys are made");
        Store::open(&home, &keys, &Known::default()).expect("a new store is made")
    }
}

#[tokio::test]
async fn sqlite_is_a_journal() {
    let stores = Stores::new();
    conformance::journal(async || stores.make().await).await;
}

#[tokio::test]
async fn sqlite_keeps_records() {
    let stores = Stores::new();
    conformance::records(async || stores.make().await).await;
}

#[tokio::test]
async fn sqlite_takes_calls_over() {
    let stores = Stores::new();
    conformance::imports(async || stores.make().await).await;
}

#[tokio::test]
async fn sqlite_erases_what_is_over() {
    let stores = Stores::new();
    conformance::retention(async || stores.make().await).await;
}

#[tokio::test]
async fn sqlite_answers_reports() {
    let stores = Stores::new();
    conformance::reports(async || stores.make().await).await;
}

#[tokio::test]
async fn sqlite_is_a_party_book() {
    let stores = Stores::new();
    conformance::parties(async || stores.make().await).await;
}

#[tokio::test]
async fn sqlite_keeps_address_books() {
    let stores = Stores::new();
    conformance::contacts(async || stores.make().await).await;
}

#[tokio::test]
async fn sqlite_keeps_what_is_noted() {
    let stores = Stores::new();
    conformance::personal(async || stores.make().await).await;
}

#[tokio::test]
async fn sqlite_tells_and_erases_what_is_kept_about_somebody() {
    let stores = Stores::new();
    conformance::subjects(async || stores.make().await).await;
}

#[tokio::test]
async fn sqlite_keeps_listed_numbers() {
    let stores = Stores::new();
    conformance::numbers(async || stores.make().await).await;
}

#[tokio::test]
async fn sqlite_keeps_settings() {
    let stores = Stores::new();
    conformance::settings(async || stores.make().await).await;
}

#[tokio::test]
async fn sqlite_keeps_lines() {
    let stores = Stores::new();
    conformance::legs(async || stores.make().await).await;
}

#[tokio::test]
async fn sqlite_keeps_sounds() {
    let stores = Stores::new();
    conformance::sounds(async || stores.make().await).await;
}

#[tokio::test]
async fn sqlite_keeps_recordings() {
    let stores = Stores::new();
    conformance::recordings(async || stores.make().await).await;
}

#[tokio::test]
async fn sqlite_keeps_voicemails() {
    let stores = Stores::new();
    conformance::voicemails(async || stores.make().await).await;
}

#[tokio::test]
async fn sqlite_is_an_access_log() {
    let stores = Stores::new();
    conformance::access_log(async || stores.make().await).await;
}

#[tokio::test]
async fn sqlite_keeps_changes() {
    let stores = Stores::new();
    conformance::changes(async || stores.make().await).await;
}

#[tokio::test]
async fn sqlite_is_a_roster() {
    let stores = Stores::new();
    conformance::roster(async || stores.make().await).await;
}
