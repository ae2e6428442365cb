//! A store that tests can change and freeze, with real keys and real sealed pages, and what is asked of its backups. No
//! SQLite: that pages come from one is the vault's own test.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use backup::{
    BackupError, Credentials, Depth, FrozenPages, Jurisdiction, Kind, ManifestKey, Meter, Moment, OnDamage,
    Opener, Place, Report, Residency, Restored, Snapshot, Source, StoreId, Taken, Taker, Target, Wanted,
    check, restore,
};
use object_store::memory::InMemory;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use vault::VaultError;
use vault::aead::Key;
use vault::format::{Head, PAGE_BYTES, SealedPage, page_key, seal_page};
use vault::keys::{DataKeys, KeyError, KeyFile};
use vault::recovery::RecoveryKey;

pub(crate) const BEGIN: Moment = Moment(1_795_653_900_000);
pub(crate) const MINUTE_MS: u64 = 60_000;

/// Chance, from `SEED` or the process; says how to get it again.
pub(crate) fn dice(test: &str) -> StdRng {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| std::process::id().into());
    println!("SEED={seed} cargo nextest run -p backup {test}");
    StdRng::seed_from_u64(seed)
}

/// A directory for a test; in memory where the system has such a place, since thousands of restores wait for the disk.
pub(crate) fn scratch() -> TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("a temporary directory")
}

/// What a store held at some time.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) pages: Vec<SealedPage>,
    pub(crate) sealed: BTreeMap<String, Vec<u8>>,
}

struct Inside {
    pages: Vec<SealedPage>,
    keys: DataKeys,
    key_file: KeyFile,
}

/// A store of sealed pages.
pub(crate) struct SealedStore {
    head: Head,
    inside: Mutex<Inside>,
    recovery: [u8; 32],
    home: TempDir,
}

impl SealedStore {
    pub(crate) fn new(pages: u32) -> Arc<SealedStore> {
        let home = scratch();
        let created = KeyFile::create(&home.path().join("usher.db.keys"), None).expect("a key file is made");
        let (mut key_file, mut keys, _) = created;
        let recovery = *Key::random().danger_expose();
        let new = RecoveryKey::from_bytes(&recovery);
        key_file.renew_recovery(&mut keys, None, &new).expect("it is written");
        fs::create_dir(home.path().join("sealed")).expect("a directory");
        let inside = Mutex::new(Inside { pages: Vec::new(), keys, key_file });
        let store = SealedStore { head: Head::random(), inside, recovery, home };
        store.resize(pages);
        Arc::new(store)
    }

    fn with<T>(&self, change: impl FnOnce(&mut Inside) -> T) -> T {
        change(&mut self.inside.lock().expect("no test panics in here"))
    }

    fn sealed_page(&self, keys: &DataKeys, number: u32, content: u64) -> SealedPage {
        let mut page = [0; PAGE_BYTES];
        page[100..108].copy_from_slice(&content.to_be_bytes());
        let (slot, key) = keys.current();
        seal_page(&page_key(key, &self.head), slot, &self.head, number, &mut page);
        page
    }

    /// Writes page `number`, 1 for the first.
    pub(crate) fn write(&self, number: u32, content: u64) {
        self.with(|inside| {
            inside.pages[number as usize - 1] = self.sealed_page(&inside.keys, number, content);
        });
    }

    /// Grows or shrinks.
    pub(crate) fn resize(&self, pages: u32) {
        self.with(|inside| {
            inside.pages.truncate(pages as usize);
            for number in inside.pages.len() as u32 + 1..=pages {
                let page = self.sealed_page(&inside.keys, number, u64::from(number));
                inside.pages.push(page);
            }
        });
    }

    /// Begins a rotation of the data key, or ends one by writing every page and the head of every sealed file anew.
    pub(crate) fn rotate(&self) {
        let pages = self.with(|inside| {
            let Inside { keys, key_file, pages } = inside;
            if !key_file.rotation_under_way() {
                key_file.begin_rotation(keys).expect("it is written");
                return 0;
            }
            pages.len() as u32
        });
        for number in 1..=pages {
            self.write(number, 7);
        }
        if pages > 0 {
            for (name, mut content) in self.state().sealed {
                if let Some(first) = content.first_mut() {
                    *first ^= 1;
                }
                self.put_sealed(&name, &content);
            }
            self.with(|inside| inside.key_file.finish_rotation(&mut inside.keys).expect("it is written"));
        }
    }

    pub(crate) fn put_sealed(&self, name: &str, content: &[u8]) {
        fs::write(self.sealed_folder().join(name), content).expect("it is written");
    }

    pub(crate) fn remove_sealed(&self, name: &str) {
        fs::remove_file(self.sealed_folder().join(name)).expect("it was there");
    }

    fn sealed_folder(&self) -> PathBuf {
        self.home.path().join("sealed")
    }

    /// Something a store does between two backups.
    pub(crate) fn live(&self, dice: &mut StdRng) {
        let pages = self.with(|inside| inside.pages.len() as u32);
        match dice.random_range(0..20) {
            0 => {}
            1 => self.rotate(),
            2 => self.resize(dice.random_range(1..=pages)),
            3 | 4 => self.resize(pages + dice.random_range(1..=pages.min(40))),
            5 | 6 => {
                let name = format!("v{}.sealed", dice.random_range(0..1_000_000));
                let content: Vec<u8> = (0..dice.random_range(0..20_000)).map(|_| dice.random()).collect();
                self.put_sealed(&name, &content);
            }
            7 => {
                if let Some(name) = self.state().sealed.into_keys().next() {
                    self.remove_sealed(&name);
                }
            }
            _ => {
                for _ in 0..dice.random_range(1..=8) {
                    self.write(dice.random_range(1..=pages), dice.random());
                }
            }
        }
    }

    pub(crate) fn state(&self) -> State {
        State { pages: self.with(|inside| inside.pages.clone()), sealed: files(&self.sealed_folder()) }
    }

    /// Opens with the right recovery key.
    pub(crate) fn opener(&self) -> Recovery {
        Recovery { key: self.recovery }
    }
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeMap::new() };
    let read = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().expect("our names are text");
        (name, fs::read(entry.path()).expect("it is there"))
    };
    entries.map(|entry| read(entry.expect("it is there"))).collect()
}

struct Frozen(Vec<SealedPage>);

impl FrozenPages for Frozen {
    fn pages(&self) -> u32 {
        self.0.len() as u32
    }

    fn read(&self, first: u32, into: &mut [u8]) -> Result<(), VaultError> {
        let first = first as usize - 1;
        let count = into.len() / PAGE_BYTES;
        into.copy_from_slice(self.0[first..first + count].as_flattened());
        Ok(())
    }
}

#[async_trait]
impl Source for SealedStore {
    fn store(&self) -> StoreId {
        self.with(|inside| inside.keys.store())
    }

    async fn freeze(&self) -> Result<Snapshot, BackupError> {
        let sealed = Some(self.sealed_folder());
        Ok(self.with(|inside| Snapshot {
            pages: Box::new(Frozen(inside.pages.clone())),
            keys: fs::read(inside.key_file.path()).expect("it is there"),
            sealed,
            signer: Some(ManifestKey::of(&inside.keys)),
        }))
    }
}

/// What a person with a recovery key has.
pub(crate) struct Recovery {
    pub(crate) key: [u8; 32],
}

impl Opener for Recovery {
    fn unlock(&self, key_file: &KeyFile) -> Result<DataKeys, KeyError> {
        key_file.unlock_with_recovery(&RecoveryKey::from_bytes(&self.key))
    }

    fn adopt(&self, directory: &Path, keys: &DataKeys) -> Result<(), VaultError> {
        assert!(directory.join("usher.db").is_file() && directory.join("usher.db.keys").is_file());
        fs::write(directory.join("usher.db.anchor"), keys.store().to_string()).expect("it is written");
        Ok(())
    }
}

/// A target in memory.
pub(crate) fn in_memory() -> Target {
    Target::around(Arc::new(InMemory::new()), "memory")
}

pub(crate) async fn take(
    taker: &Taker,
    store: &SealedStore,
    kind: Kind,
    now: Moment,
) -> Result<Taken, BackupError> {
    taker.take(store, kind, now, &Meter::default(), &CancellationToken::new()).await
}

pub(crate) async fn look(target: &Target, store: &SealedStore, depth: Depth) -> Report {
    let report = check(target, store.store(), depth, &Meter::default(), &CancellationToken::new()).await;
    report.expect("the target answers")
}

pub(crate) async fn restore_to(
    target: &Target,
    store: &SealedStore,
    wanted: Wanted,
    directory: &Path,
) -> Result<Restored, BackupError> {
    let (meter, cancel) = (Meter::default(), CancellationToken::new());
    restore(target, store.store(), wanted, directory, &store.opener(), &meter, &cancel).await
}

pub(crate) fn at(until: Moment) -> Wanted {
    Wanted { until: Some(until), on_damage: OnDamage::Refuse }
}

pub(crate) const NEWEST: Wanted = Wanted { until: None, on_damage: OnDamage::Refuse };

/// Restores and compares with what the store held then.
pub(crate) async fn assert_restores(target: &Target, store: &SealedStore, wanted: Wanted, then: &State) {
    let home = scratch();
    let directory = home.path().join("restored");
    let restored = restore_to(target, store, wanted, &directory).await.expect("it is restored");
    assert_eq!(restored.damages, []);
    assert_holds(&directory, then);
    let names: Vec<_> = fs::read_dir(home.path()).expect("it is there").collect();
    assert_eq!(names.len(), 1, "nothing is left beside it");
}

/// The directory holds exactly this store.
pub(crate) fn assert_holds(directory: &Path, then: &State) {
    let database = fs::read(directory.join("usher.db")).expect("it is there");
    assert!(database == then.pages.as_flattened(), "the pages are not those of then");
    assert!(files(&directory.join("sealed")) == then.sealed, "the sealed files are not those of then");
    let mut names: Vec<_> = fs::read_dir(directory)
        .expect("it is there")
        .map(|entry| entry.expect("it is there").file_name().into_string().expect("our names are text"))
        .collect();
    names.sort();
    assert_eq!(names, ["sealed", "usher.db", "usher.db.anchor", "usher.db.keys"]);
}

/// A target in a folder.
pub(crate) fn in_folder(folder: &Path) -> Target {
    let place = Place::Folder { path: folder.to_owned(), located: None };
    let residency = Residency { home: Jurisdiction::Switzerland, recovery: None };
    Target::open(&place, Credentials::None, &residency).expect("the folder is there")
}

/// A store whose backups nobody signs.
pub(crate) struct Unsigned(pub(crate) Arc<SealedStore>);

#[async_trait]
impl Source for Unsigned {
    fn store(&self) -> StoreId {
        self.0.store()
    }

    async fn freeze(&self) -> Result<Snapshot, BackupError> {
        Ok(Snapshot { signer: None, ..self.0.freeze().await? })
    }
}

/// Pages of one store under the keys of another.
pub(crate) struct Mixed {
    pub(crate) pages: Arc<SealedStore>,
    pub(crate) keys: Arc<SealedStore>,
}

#[async_trait]
impl Source for Mixed {
    fn store(&self) -> StoreId {
        self.keys.store()
    }

    async fn freeze(&self) -> Result<Snapshot, BackupError> {
        Ok(Snapshot { pages: self.pages.freeze().await?.pages, ..self.keys.freeze().await? })
    }
}

/// A store whose frozen pages change once they were looked at.
pub(crate) struct Thawing {
    pub(crate) store: Arc<SealedStore>,
    pub(crate) read: Arc<AtomicBool>,
}

struct ThawingPages {
    before: Vec<SealedPage>,
    after: Vec<SealedPage>,
    read: Arc<AtomicBool>,
}

impl FrozenPages for ThawingPages {
    fn pages(&self) -> u32 {
        self.before.len() as u32
    }

    fn read(&self, first: u32, into: &mut [u8]) -> Result<(), VaultError> {
        let was_read = self.read.swap(true, Ordering::Relaxed);
        let pages = if was_read { &self.after } else { &self.before };
        Frozen(pages.clone()).read(first, into)
    }
}

#[async_trait]
impl Source for Thawing {
    fn store(&self) -> StoreId {
        self.store.store()
    }

    async fn freeze(&self) -> Result<Snapshot, BackupError> {
        let snapshot = self.store.freeze().await?;
        let before = self.store.state().pages;
        self.store.write(50, 1);
        let after = self.store.state().pages;
        let pages = Box::new(ThawingPages { before, after, read: self.read.clone() });
        Ok(Snapshot { pages, ..snapshot })
    }
}
