//! The store of one desktop: journal, outbox, call records, transfer history, parties, address books, settings, lines,
//! sounds, voicemails, the people of the tenant, the access log and the history of changes, in one SQLite database behind the
//! vault, and recordings as sealed files beside it. Implements the contracts and knows no rule of the business. Secrets are not
//! here; they are in the keychain.
//!
//! All writing is done by one thread that owns the writing connection, reading by another, and reading for reports by a few of their
//! own, so that no report holds up a call; the async side only waits for their answers. A future that is dropped does not take its
//! order back: what was sent may still be done.

mod access_log;
mod aside;
mod backfill;
mod changes;
mod columns;
mod contact_lines;
mod contacts;
mod cover;
mod imports;
mod journal;
mod left_out;
mod lines;
mod migrations;
mod numbers;
mod people;
mod personal;
mod recordings;
mod records;
mod reports;
mod retention;
mod rollups;
mod room;
mod roster;
mod sounds;
mod subjects;
mod voicemails;
mod worker;

use std::path::Path;
use std::sync::Arc;

use contracts::journal::StoreError;
use tokio::sync::watch;
use vault::keys::DataKeys;
use vault::{Known, Purpose, Vault, VaultError};

use crate::access_log::LogState;
use crate::worker::Worker;

/// The newest version of the tables that this release knows.
pub use migrations::VERSION;

/// The name of the database in its directory.
pub const FILE_NAME: &str = "usher.db";

/// A report asks four things at a time.
const REPORTS_AT_ONCE: usize = 4;

/// An open store. No other process can open the same directory while it lives; dropping it finishes what was asked,
/// folds the write-ahead log into the database, and lets go.
#[derive(Debug)]
pub struct Store {
    // The readers end before the writer, which as the last connection folds the log; the vault's lock goes last.
    reader: Worker,
    reports: Worker,
    writer: Worker,
    vault: Arc<Vault>,
    log: LogState,
    roster: watch::Sender<u64>,
}

impl Store {
    /// Opens the store of this directory, made where there is none, and brings its tables up to date. Blocks; a start is
    /// the time for it. `known` is what the key file and the keychain say of it.
    ///
    /// `Unavailable`: no rights, full disk, open elsewhere, or written by a newer release. `Damaged`: the file is not
    /// what it was; it is left as it is.
    pub fn open(directory: &Path, keys: &DataKeys, known: &Known) -> Result<Store, StoreError> {
        Store::over(Vault::open(&directory.join(FILE_NAME), keys, known, VERSION).map_err(of_vault)?)
    }

    /// The same for whoever has opened the vault, to know exactly why it could not be.
    pub fn over(vault: Vault) -> Result<Store, StoreError> {
        let mut writer = vault.connect(Purpose::Write).map_err(of_vault)?;
        migrations::migrate(&mut writer)?;
        rollups::settle(&mut writer)?;
        aside::settle(&mut writer)?;
        let log = LogState::open(&mut writer)?;
        let reader = || vault.connect(Purpose::Read).map_err(of_vault);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let for_reports = (0..cores.min(REPORTS_AT_ONCE))
            .map(|_| room::for_reports(reader()?))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Store {
            reader: Worker::start("store-reader", [reader()?])?,
            reports: Worker::start("store-reports", for_reports)?,
            writer: Worker::start("store-writer", [writer])?,
            vault: Arc::new(vault),
            log,
            roster: watch::Sender::default(),
        })
    }

    /// The encrypted file under it, for backups, checks and changes of keys.
    pub fn vault(&self) -> Arc<Vault> {
        self.vault.clone()
    }
}

/// Folds the write-ahead log into the database and cuts it off, so that nothing of what was erased is left in it. A reader or a
/// backup that is under way keeps a part of it for a moment longer; the next checkpoint takes that.
fn cut_log_off(connection: &rusqlite::Connection) {
    if let Err(error) = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)") {
        tracing::warn!(%error, "what was erased is still in the write-ahead log");
    }
}

fn of_vault(error: VaultError) -> StoreError {
    match error {
        VaultError::NotWritable { .. }
        | VaultError::DiskFull
        | VaultError::InUse(_)
        | VaultError::Newer { .. }
        | VaultError::Failed(_) => StoreError::Unavailable(error.to_string()),
        VaultError::NotADatabase(_) | VaultError::Damaged(_) | VaultError::RolledBack { .. } => {
            StoreError::Damaged(error.to_string())
        }
    }
}

fn of_sqlite(error: rusqlite::Error) -> StoreError {
    of_vault(vault::classify(&error))
}

#[cfg(test)]
pub(crate) mod tests {
    use std::time::Instant;

    use contracts::book::{Contact, ContactBook, Endpoint, EndpointKind, PartyBook};
    use contracts::conformance::{Dice, some_call};
    use contracts::journal::{Entry, Journal, Lease, PAGE_MAX};
    use contracts::personal::{NotePart, Personal};
    use contracts::records::{RecordFilter, Records};
    use contracts::retention::{Kept, Over, Retention};
    use contracts::settings::SettingsStore;
    use contracts::subjects::{Subject, Subjects};
    use engine::{
        AttendantId, CallId, Effect, Event, Leg, Origin, PartyId, RecordingId, ReleaseCause, ServiceId, Span,
        Timestamp,
    };
    use reporting::{CallRecord, RecordChange, TransferAttempt, TransferEnd, Voicemail};
    use vault::keys::KeyFile;

    use super::*;

    #[tokio::test]
    async fn a_full_database_refuses_an_append_whole_and_takes_it_when_there_is_room() {
        let home = tempfile::tempdir().expect("a temporary directory");
        let store = open(home.path());
        let lease = store.take_lease("test").await.expect("it is taken");
        let mut after = 0;
        pragma(&store, "max_page_count", "300").await;
        let refused = loop {
            match store.append(lease, after, &entries(100), &[]).await {
                Ok(()) => after += 100,
                Err(refused) => break refused,
            }
        };
        assert!(matches!(refused, StoreError::Unavailable(_)), "{refused}");
        assert!(after > 0);
        assert_eq!(store.read(0, PAGE_MAX).await.expect("it is read").len() as u64, after);
        assert_eq!(store.pending(PAGE_MAX).await.expect("it is read").len() as u64, after);

        pragma(&store, "max_page_count", "100000").await;
        store.append(lease, after, &entries(100), &[]).await.expect("there is room again");
    }

    #[tokio::test]
    async fn an_append_with_a_record_that_cannot_be_written_leaves_no_event() {
        let home = tempfile::tempdir().expect("a temporary directory");
        let store = open(home.path());
        let lease = store.take_lease("test").await.expect("it is taken");
        let transfer = |caller| {
            RecordChange::TransferEnded(TransferAttempt {
                caller: PartyId(caller),
                target: PartyId(2),
                attendant: None,
                at: Timestamp(1),
                origin: Origin::Live,
                end: TransferEnd::PutThrough,
            })
        };
        let refused = store.append(lease, 0, &entries(3), &[transfer(1), transfer(u64::MAX)]).await;
        assert!(matches!(refused, Err(StoreError::OutOfRange(_))), "{refused:?}");
        assert!(store.read(0, PAGE_MAX).await.expect("it is read").is_empty());
        assert!(store.pending(PAGE_MAX).await.expect("it is read").is_empty());
        assert!(
            store.likely_targets(PartyId(1), false, Timestamp(1), 1).await.expect("it is read").is_empty()
        );
    }

    /// DATA-10: not in a page that nobody uses, and not in the write-ahead log.
    #[tokio::test]
    async fn what_was_erased_is_in_no_page_of_the_database_and_not_in_its_log() {
        const MARK: &str = "Zwetschgenkuchen";
        let home = tempfile::tempdir().expect("a temporary directory");
        let store = open(home.path());
        let number = contracts::Address::parse(&format!("{MARK}@example.com")).expect("an address");
        let party = store.party_of(Some(&number), Some(MARK), PartyId(1)).await.expect("it is written").id;
        let marked = Contact { display_name: MARK.to_owned(), notes: MARK.repeat(200), ..Contact::default() };
        let contact = store.replace("phones", vec![marked]).await.expect("it is written")[0].id;
        let part = |text: String| NotePart { text, by: AttendantId(1), at: Timestamp(1), unaware: false };
        for revision in 0..3 {
            let text = part(MARK.repeat(100 + revision as usize));
            store.write_note(contact, revision, text).await.expect("it is written");
        }
        // A party's number is kept as its eight bytes.
        let caller = PartyId(u64::from_be_bytes(*b"Pflaumen"));
        let transfer = RecordChange::TransferEnded(TransferAttempt {
            caller,
            target: PartyId(2),
            attendant: None,
            at: Timestamp(1),
            origin: Origin::Live,
            end: TransferEnd::PutThrough,
        });
        let lease = store.take_lease("test").await.expect("it is taken");
        store.append(lease, 0, &[], &[transfer]).await.expect("it is written");
        assert!(pages_with(&store, "Pflaumen").await > 0, "it is looked for in the right place");
        assert_eq!(store.erase_transfers(Some(caller)).await.expect("it is erased"), 1);
        assert_eq!(pages_with(&store, "Pflaumen").await, 0);

        store.keep_image(1, MARK.repeat(100_000).into_bytes()).await.expect("it is written");
        assert!(pages_with(&store, MARK).await > 0, "it is looked for in the right place");

        let subject = Subject { parties: [party].into(), contacts: [contact].into() };
        store.erase(&subject).await.expect("it is erased");
        assert_eq!(pages_with(&store, MARK).await, 0);
        let log =
            std::fs::metadata(home.path().join(format!("{FILE_NAME}-wal"))).map_or(0, |file| file.len());
        assert_eq!(log, 0, "the log is cut off");
    }

    /// DATA-6: her number is in no page and not in the log, and no file is left of what she said.
    #[tokio::test]
    async fn what_was_kept_long_enough_is_in_no_page_of_the_database_and_not_in_its_log() {
        use contracts::recordings::RecordingBook;
        const MARK: &str = "Mirabellen";
        let home = tempfile::tempdir().expect("a temporary directory");
        let store = open(home.path());
        let number = contracts::Address::parse(&format!("{MARK}@example.com")).expect("an address");
        let party = store.party_of(Some(&number), Some(MARK), PartyId(1)).await.expect("it is written").id;
        let recording = RecordingId(3);
        store.begin(recording).await.expect("it is written");
        RecordingBook::append(&store, recording, &[7; 800]).await.expect("it is written");
        store.finish(recording).await.expect("it is written");
        let call = CallRecord { party, ..some_call(&mut Dice(1), 1) };
        let voicemail = Voicemail {
            recording,
            call: call.call,
            service: ServiceId(1),
            party,
            left: call.arrived,
            length: Span(100),
            origin: Origin::Live,
        };
        let lease = store.take_lease("test").await.expect("it is taken");
        let changes = [RecordChange::Put(call), RecordChange::VoicemailLeft(voicemail)];
        Journal::append(&store, lease, 0, &[], &changes).await.expect("it is written");
        assert!(pages_with(&store, MARK).await > 0, "it is looked for in the right place");
        let files = || std::fs::read_dir(home.path().join("sealed")).expect("the folder is there").count();
        assert_eq!(files(), 1);
        let spared = std::collections::BTreeSet::new();
        for kept in Kept::ALL {
            let over = Over { before: Timestamp(i64::MAX), spared: &spared, has_erased: true };
            store.erase_old(kept, over, 0).await.expect("it is erased");
        }
        assert_eq!(pages_with(&store, MARK).await, 0);
        assert_eq!(files(), 0);
        let log =
            std::fs::metadata(home.path().join(format!("{FILE_NAME}-wal"))).map_or(0, |file| file.len());
        assert_eq!(log, 0, "the log is cut off");
    }

    #[tokio::test]
    async fn a_gap_in_the_journal_is_damage() {
        let home = tempfile::tempdir().expect("a temporary directory");
        let store = open(home.path());
        let lease = store.take_lease("test").await.expect("it is taken");
        let without_orders: Vec<Entry> =
            entries(5).into_iter().map(|entry| Entry { effects: Vec::new(), ..entry }).collect();
        store.append(lease, 0, &without_orders, &[]).await.expect("it is written");
        store
            .writer
            .run(|connection| {
                connection.execute("DELETE FROM journal WHERE sequence = 3", []).map_err(of_sqlite)
            })
            .await
            .expect("it is written");
        assert!(matches!(store.read(0, PAGE_MAX).await, Err(StoreError::Damaged(_))));
        assert!(matches!(store.read(2, PAGE_MAX).await, Err(StoreError::Damaged(_))));
        assert_eq!(store.read(3, PAGE_MAX).await.expect("after the gap").len(), 2);
    }

    #[tokio::test]
    async fn a_row_of_a_format_nobody_knows_is_damage() {
        let home = tempfile::tempdir().expect("a temporary directory");
        let store = open(home.path());
        let lease = store.take_lease("test").await.expect("it is taken");
        store.append(lease, 0, &entries(1), &[]).await.expect("it is written");
        store
            .writer
            .run(|connection| {
                connection
                    .execute_batch("UPDATE journal SET format = 9; UPDATE outbox SET format = 9")
                    .map_err(of_sqlite)
            })
            .await
            .expect("it is written");
        assert!(matches!(store.read(0, PAGE_MAX).await, Err(StoreError::Damaged(_))));
        assert!(matches!(store.pending(PAGE_MAX).await, Err(StoreError::Damaged(_))));
    }

    /// Prints what a commit costs with and without a sync, and an address book of 10,000:
    /// `cargo test -p store --release -- --ignored --nocapture what_writing_costs`.
    #[tokio::test]
    #[ignore = "a measurement"]
    async fn what_writing_costs() {
        let home = tempfile::tempdir().expect("a temporary directory");
        let store = open(home.path());
        let lease = store.take_lease("test").await.expect("it is taken");
        let mut after = 0;
        for _ in 0..2 {
            for level in ["FULL", "NORMAL"] {
                pragma(&store, "synchronous", level).await;
                print_append_costs(&store, lease, &mut after, level).await;
            }
        }
        pragma(&store, "synchronous", "FULL").await;
        for _ in 0..2 {
            let began = Instant::now();
            store.replace("phones", contacts(10_000)).await.expect("it is written");
            println!("10,000 contacts replaced in {:?}", began.elapsed());
        }
        let began = Instant::now();
        let read = ContactBook::all(&store).await.expect("it is read").len();
        println!("{read} contacts read in {:?}", began.elapsed());
        let began = Instant::now();
        store.party_of(None, Some("Anna"), PartyId(1)).await.expect("it is written");
        store.put("key", "1").await.expect("it is written");
        store.calls(&RecordFilter::default(), 100).await.expect("it is read");
        println!("a party, a setting and a page of calls in {:?}", began.elapsed());
    }

    fn open(directory: &Path) -> Store {
        let (_, keys, _) = KeyFile::create(&directory.join("keys"), None).expect("new keys");
        Store::open(directory, &keys, &Known::default()).expect("a new store")
    }

    async fn print_append_costs(store: &Store, lease: Lease, after: &mut u64, level: &str) {
        let mut micros = Vec::new();
        for _ in 0..1_000 {
            let began = Instant::now();
            store.append(lease, *after, &entries(2), &[]).await.expect("it is written");
            micros.push(began.elapsed().as_micros());
            *after += 2;
        }
        micros.sort_unstable();
        let [half, most, all] = [micros[500], micros[990], micros[999]];
        println!(
            "synchronous={level}: an append takes {half} us (median), {most} us (p99), {all} us (longest of 1,000)"
        );
    }

    /// Pages of the database, as SQLite sees them, that hold this text.
    async fn pages_with(store: &Store, text: &'static str) -> i64 {
        let count = "SELECT count(*) FROM sqlite_dbpage WHERE instr(data, CAST(?1 AS BLOB)) > 0";
        let job = move |connection: &mut rusqlite::Connection| {
            connection.query_row(count, [text], |row| row.get(0)).map_err(of_sqlite)
        };
        store.writer.run(job).await.expect("pages are read")
    }

    async fn pragma(store: &Store, name: &'static str, value: &'static str) {
        store
            .writer
            .run(move |connection| {
                connection.execute_batch(&format!("PRAGMA {name} = {value}")).map_err(of_sqlite)
            })
            .await
            .expect("a pragma");
    }

    fn entries(count: u64) -> Vec<Entry> {
        let entry = |call| Entry {
            at: Timestamp(1_795_000_000_000),
            event: Event::CallRinging { call: CallId(call) },
            effects: vec![Effect::Release { leg: Leg::Caller(CallId(call)), why: ReleaseCause::Normal }],
        };
        (1..=count).map(entry).collect()
    }

    pub(crate) fn contacts(count: u32) -> Vec<Contact> {
        let contact = |n: u32| Contact {
            display_name: format!("Anna Muster {n}"),
            first_name: "Anna".to_owned(),
            last_name: format!("Muster {n}"),
            company: "Beispiel AG".to_owned(),
            email: format!("anna.{n}@example.com"),
            endpoints: vec![
                Endpoint { kind: EndpointKind::Work, address: n.to_string() },
                Endpoint { kind: EndpointKind::Mobile, address: format!("+4179{n:07}") },
            ],
            ..Contact::default()
        };
        (1..=count).map(contact).collect()
    }
}
