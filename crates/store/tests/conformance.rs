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
async fn sqlite_keeps_settings() {
    let stores = Stores::new();
    conformance::settings(async || stores.make().await).await;
}

#[tokio::test]
async fn sqlite_keeps_lines() {
    let stores = Stores::new();
    conformance::legs(async || stores.make().await).await;
}
