//! A store with a history, as a console leaves it behind: events that a real switchboard decided, the records folded from
//! them, sealed files, under keys of which the test holds both. For tests of what is done to a store while no console runs.

use std::fs;
use std::path::{Path, PathBuf};

use contracts::journal::{Entry, Journal, Lease, Recorded};
use contracts::records::{CALLS_MAX, RecordCursor, RecordFilter, Records};
use data_encoding::HEXLOWER;
use engine::{
    AttendantId, CallId, Command, Event, Leg, OfferId, Origin, PartyId, Service, ServiceId, Switchboard,
    Timestamp,
};
use rand::Rng;
use rand::rngs::StdRng;
use reporting::{CallRecord, Fold};
use store::Store;
use tempfile::TempDir;
use vault::Known;
use vault::aead::Key;
use vault::keys::{DataKeys, KeyFile};
use vault::recovery::RecoveryKey;
use vault::sealed::{Purpose, seal_file};

const SERVICE: ServiceId = ServiceId(1);
const ATTENDANTS: [AttendantId; 3] = [AttendantId(1), AttendantId(2), AttendantId(3)];

/// A store that is not open.
pub struct Stored {
    home: TempDir,
    keys: DataKeys,
    switchboard: Switchboard,
    fold: Fold,
    events: u64,
    now: Timestamp,
    next_id: u64,
}

/// Everything a store says of its calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Every event.
    pub events: Vec<Recorded>,
    /// Every call record, newest first.
    pub records: Vec<CallRecord>,
}

impl Stored {
    /// A new store. Its keys lie beside it: `store.key` and `recovery.key`.
    pub fn new() -> Stored {
        let home = tempfile::Builder::new().prefix("usher-store-").tempdir().expect("a temporary directory");
        let data = home.path().join("data");
        fs::create_dir(&data).expect("a directory");
        let kek = Key::random();
        let made = KeyFile::create(&data.join("usher.db.keys"), Some(&kek)).expect("a key file is made");
        let (_, keys, recovery) = made;
        let words = recovery.words();
        fs::write(home.path().join("recovery.key"), words.as_bytes()).expect("it is written");
        let digits = HEXLOWER.encode(kek.danger_expose());
        fs::write(home.path().join("store.key"), digits).expect("it is written");
        Store::open(&data, &keys, &Known::default()).expect("a new store is made");
        let now = Timestamp(1_795_600_000_000);
        Stored {
            home,
            keys,
            switchboard: Switchboard::new(),
            fold: Fold::default(),
            events: 0,
            now,
            next_id: 1,
        }
    }

    /// Its directory.
    pub fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// A file with the key that is usually in the keychain.
    pub fn store_key(&self) -> PathBuf {
        self.home.path().join("store.key")
    }

    /// A file with the recovery key.
    pub fn recovery_key(&self) -> PathBuf {
        self.home.path().join("recovery.key")
    }

    /// Its id.
    pub fn id(&self) -> String {
        self.keys.store().to_string()
    }

    /// Its keys.
    pub fn keys(&self) -> &DataKeys {
        &self.keys
    }

    /// Opened; nobody else can open it meanwhile.
    pub fn open(&self) -> Store {
        open(&self.data(), &self.keys)
    }

    /// So many calls come, ring, are answered or not, and end.
    pub async fn live(&mut self, calls: u32, dice: &mut StdRng) {
        let store = self.open();
        let lease = store.take_lease("test").await.expect("it is taken");
        let mut entries = Vec::new();
        if self.events == 0 {
            let service = Service::new(SERVICE, "Reception", ATTENDANTS.to_vec());
            self.act(Command::PutService(service), &mut entries);
            for attendant in ATTENDANTS {
                self.act(Command::PutAttendant(attendant), &mut entries);
                self.act(Command::SetDuty { attendant, on_duty: true }, &mut entries);
            }
        }
        for _ in 0..calls {
            self.call(dice, &mut entries);
            self.append(&store, lease, &mut entries).await;
        }
    }

    fn call(&mut self, dice: &mut StdRng, entries: &mut Vec<Entry>) {
        let call = CallId(self.next_id);
        self.next_id += 1;
        let party = PartyId(dice.random_range(1..500));
        self.act(Command::CallArrived { call, service: SERVICE, party, origin: Origin::Live }, entries);
        for _ in 0..dice.random_range(1..6) {
            self.now = Timestamp(self.now.0 + dice.random_range(100..40_000));
            self.act(Command::Tick, entries);
            let offer = self.offer(entries);
            let command = match (dice.random_range(0..5), offer) {
                (0..=2, Some((attendant, offer))) => Command::Accept { attendant, offer },
                (3, Some((attendant, offer))) => Command::Decline { attendant, offer },
                (_, _) => {
                    let attendant = ATTENDANTS[dice.random_range(0..ATTENDANTS.len())];
                    Command::Hold { attendant, call }
                }
            };
            self.act(command, entries);
        }
        self.act(Command::LegHungUp { leg: Leg::Caller(call) }, entries);
        for attendant in ATTENDANTS {
            self.act(Command::EndAcw { attendant }, entries);
            self.act(Command::ClearRona { attendant }, entries);
        }
    }

    /// The last offer that was made.
    fn offer(&self, entries: &[Entry]) -> Option<(AttendantId, OfferId)> {
        entries.iter().rev().find_map(|entry| match entry.event {
            Event::CallOffered { attendant, offer, .. } => Some((attendant, offer)),
            _ => None,
        })
    }

    /// What the switchboard refuses is left out.
    fn act(&mut self, command: Command, entries: &mut Vec<Entry>) {
        for event in self.switchboard.decide(&command, self.now).unwrap_or_default() {
            let effects = Switchboard::effects(&event);
            self.switchboard.apply(&event, self.now);
            entries.push(Entry { at: self.now, event, effects });
        }
    }

    async fn append(&mut self, store: &Store, lease: Lease, entries: &mut Vec<Entry>) {
        let changes: Vec<_> =
            entries.iter().flat_map(|entry| self.fold.apply(&entry.event, entry.at)).collect();
        store.append(lease, self.events, entries, &changes).await.expect("it is written");
        self.events += entries.len() as u64;
        entries.clear();
    }

    /// A voicemail of these bytes.
    pub fn seal(&self, name: &str, content: &[u8]) {
        let folder = self.data().join("sealed");
        fs::create_dir_all(&folder).expect("a directory");
        seal_file(&folder.join(name), &self.keys, Purpose::Voicemail, |writer| writer.write_all(content))
            .expect("it is sealed");
    }

    /// What it says.
    pub async fn content(&self) -> Content {
        content_of(&self.open()).await
    }
}

impl Default for Stored {
    fn default() -> Stored {
        Stored::new()
    }
}

fn open(directory: &Path, keys: &DataKeys) -> Store {
    Store::open(directory, keys, &Known { is_made: true, witness: None }).expect("it opens")
}

/// Opens a directory with the recovery key alone, and says what is in it.
pub async fn content_with_recovery(directory: &Path, recovery_key: &Path) -> Content {
    let words = fs::read_to_string(recovery_key).expect("it is there");
    let recovery = RecoveryKey::parse(&words).expect("they are words of a recovery key");
    let file = KeyFile::load(&directory.join("usher.db.keys")).expect("it reads").expect("it is there");
    content_of(&open(directory, &file.unlock_with_recovery(&recovery).expect("it opens"))).await
}

async fn content_of(store: &Store) -> Content {
    let mut events = Vec::new();
    loop {
        let page = store.read(events.len() as u64, 1000).await.expect("it is read");
        if page.is_empty() {
            break;
        }
        events.extend(page);
    }
    let mut records = Vec::new();
    let mut filter = RecordFilter::default();
    loop {
        let page = store.calls(&filter, CALLS_MAX).await.expect("it is read");
        let Some(last) = page.last() else { break };
        filter.before = Some(RecordCursor::of(last));
        records.extend(page);
    }
    Content { events, records }
}
