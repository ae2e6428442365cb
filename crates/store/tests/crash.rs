//! What remains when the process is killed, the disk is full, or the file is damaged: never half an append, never a new
//! empty store in place of a broken one. Kills say nothing about power cuts; those rest on SQLite and `synchronous=FULL`.
//!
//! The child of these tests is this same program, run with the name of a test that does nothing by itself.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use contracts::book::{Contact, ContactBook};
use contracts::journal::{Entry, Journal, Lease, PAGE_MAX, StoreError};
use contracts::records::{RecordFilter, Records};
use contracts::telephony::OrderName;
use engine::{CallId, Effect, Event, Leg, Origin, PartyId, ReleaseCause, Timestamp, Treatment};
use reporting::{CallRecord, RecordChange, TransferAttempt, TransferEnd};
use store::{FILE_NAME, Store};
use vault::Known;
use vault::aead::Key;
use vault::keys::KeyFile;

const DIRECTORY: &str = "USHER_STORE_TEST_DIRECTORY";
const ROUNDS: u32 = 30;
const CALLER: PartyId = PartyId(1);
const TARGET: PartyId = PartyId(2);

/// Append number n writes n % 4 + 1 events of the same call n, with two orders each, a record and a transfer.
#[tokio::test]
async fn whatever_was_acknowledged_is_there_after_a_kill_and_nothing_is_halved() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(|| std::process::id().into());
    println!("SEED={seed} cargo nextest run -p store kill");
    let mut random = seed;
    let mut acknowledged = Acknowledged::default();
    for round in 0..ROUNDS {
        acknowledged.hear(&run_and_kill(home.path(), next(&mut random)));
        let store = open(home.path()).unwrap_or_else(|error| panic!("round {round}: {error}"));
        check(&store, &acknowledged).await;
    }
}

#[tokio::test]
async fn an_append_to_a_full_disk_is_refused_whole_and_the_store_opens_again() {
    if !cfg!(unix) {
        return;
    }
    let home = tempfile::tempdir().expect("a temporary directory");
    // A limit on the size of files stands in for a full disk; the signal that would end the process is ignored.
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 3000; exec \"$0\" \"$@\""]).arg(this_program());
    let child = start(&mut limited, "child_appends_until_the_disk_is_full", home.path());
    let said = lines(child);
    let mut acknowledged = Acknowledged::default();
    acknowledged.hear(&said);
    assert!(said.iter().any(|line| line == "refused and unchanged"), "{said:?}");
    assert!(acknowledged.appended > 0);
    let store = open(home.path()).expect("there is room again");
    check(&store, &acknowledged).await;
    assert_eq!(appends(&events(&store).await).len() as u64, acknowledged.appended);
}

#[tokio::test]
async fn damage_is_named_and_never_replaced_by_an_empty_store() {
    let page = 4096;
    let length = {
        let home = written_store().await;
        std::fs::metadata(home.path().join(FILE_NAME)).expect("it is there").len() as usize
    };
    type Damage = (&'static str, Box<dyn Fn(&mut Vec<u8>)>);
    let damages: [Damage; 6] = [
        ("emptied", Box::new(|bytes| bytes.clear())),
        ("cut", Box::new(move |bytes| bytes.truncate(length / 2))),
        ("first page zeroed", Box::new(move |bytes| bytes[..page].fill(0))),
        ("header overwritten", Box::new(|bytes| bytes[..16].fill(b'x'))),
        ("all but the first page overwritten", Box::new(move |bytes| bytes[page..].fill(0xaa))),
        (
            "one bit of each page flipped",
            Box::new(move |bytes| bytes.iter_mut().step_by(page).skip(1).for_each(|byte| *byte ^= 1)),
        ),
    ];
    for (name, damage) in damages {
        let home = written_store().await;
        let path = home.path().join(FILE_NAME);
        let mut bytes = std::fs::read(&path).expect("it is there");
        damage(&mut bytes);
        std::fs::write(&path, &bytes).expect("it is written");
        let read = match open(home.path()) {
            Ok(store) => store.read(0, PAGE_MAX).await.map(|events| events.len()),
            Err(error) => Err(error),
        };
        assert!(matches!(read, Err(StoreError::Damaged(_))), "{name}: {read:?}");
    }
}

#[tokio::test]
async fn a_second_store_of_one_directory_is_refused() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let first = open(home.path()).expect("a new store");
    assert!(matches!(open(home.path()), Err(StoreError::Unavailable(_))));
    drop(first);
    open(home.path()).expect("the first is gone");
}

#[tokio::test]
async fn everything_is_there_when_the_store_is_opened_again() {
    let home = written_store().await;
    let store = open(home.path()).expect("it opens again");
    check(&store, &Acknowledged::of_appends(200)).await;
    let before = store.replace("phones", vec![contact(); 3]).await.expect("it is written");
    drop(store);
    let store = open(home.path()).expect("it opens again");
    assert_eq!(ContactBook::all(&store).await.expect("it is read"), before);
    assert!(
        store.take_lease("again").await.expect("it is taken").generation > 1,
        "leases grow across starts"
    );
}

#[tokio::test]
#[ignore = "run by the test that kills it"]
async fn child_appends_for_ever() {
    let Some(directory) = directory() else { return };
    let (store, lease) = open_and_lease(&directory).await;
    let (mut after, mut number) = place(&store).await;
    loop {
        number += 1;
        let entries = entries(number);
        store.append(lease, after, &entries, &changes(number)).await.expect("it is written");
        say(&format!("appended {number}"));
        store.done(OrderName { sequence: after + 1, index: 0 }, None).await.expect("it is written");
        say(&format!("done {number}"));
        after += entries.len() as u64;
    }
}

#[tokio::test]
#[ignore = "run by the test that limits it"]
async fn child_appends_until_the_disk_is_full() {
    let Some(directory) = directory() else { return };
    let (store, lease) = open_and_lease(&directory).await;
    let (mut after, mut number) = place(&store).await;
    loop {
        number += 1;
        let entries = entries(number);
        match store.append(lease, after, &entries, &changes(number)).await {
            Ok(()) => say(&format!("appended {number}")),
            Err(StoreError::Unavailable(_)) => break,
            Err(other) => panic!("{other}"),
        }
        after += entries.len() as u64;
    }
    check(&store, &Acknowledged::of_appends(number - 1)).await;
    assert_eq!(place(&store).await, (after, number - 1));
    say("refused and unchanged");
}

// -- the child ---------------------------------------------------------------------------------------------------------

/// The highest append, and the appends whose first order was done, as far as a child saw it acknowledged.
#[derive(Debug, Default)]
struct Acknowledged {
    appended: u64,
    done: BTreeSet<u64>,
}

impl Acknowledged {
    fn of_appends(appended: u64) -> Acknowledged {
        Acknowledged { appended, done: BTreeSet::new() }
    }

    fn hear(&mut self, lines: &[String]) {
        for line in lines {
            match line.split_once(' ').map(|(what, number)| (what, number.parse::<u64>())) {
                Some(("appended", Ok(number))) => self.appended = number,
                Some(("done", Ok(number))) => drop(self.done.insert(number)),
                Some(_) | None => {}
            }
        }
    }
}

/// Lets the child acknowledge a random number of appends and some random microseconds more. Gives all it said.
fn run_and_kill(directory: &Path, random: u64) -> Vec<String> {
    let mut child = start(&mut Command::new(this_program()), "child_appends_for_ever", directory);
    let mut reader = BufReader::new(child.stdout.take().expect("its output is piped"));
    let mut said = Vec::new();
    let acknowledged_min = random % 40;
    while said.iter().filter(|line: &&String| line.starts_with("appended")).count() as u64 <= acknowledged_min
    {
        let mut line = String::new();
        let length = reader.read_line(&mut line).expect("its output is read");
        assert!(length > 0, "the child ended by itself: {said:?}");
        said.push(line.trim().to_owned());
    }
    let moment = Instant::now() + Duration::from_micros(random >> 32 & 0xfff);
    while Instant::now() < moment {
        std::hint::spin_loop();
    }
    child.kill().expect("it runs");
    child.wait().expect("it was killed");
    said.extend(reader.lines().map_while(Result::ok));
    said
}

fn start(command: &mut Command, test: &str, directory: &Path) -> Child {
    command
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program runs")
}

fn lines(mut child: Child) -> Vec<String> {
    let reader = BufReader::new(child.stdout.take().expect("its output is piped"));
    let lines = reader.lines().map_while(Result::ok).collect();
    child.wait().expect("it ended");
    lines
}

fn this_program() -> PathBuf {
    std::env::current_exe().expect("a program has a path")
}

fn directory() -> Option<PathBuf> {
    std::env::var_os(DIRECTORY).map(PathBuf::from)
}

/// Begins on a line of its own: the test harness has written to the same one.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{line}").and_then(|()| out.flush()).expect("the parent listens");
}

// -- what is written, and what must hold of it -------------------------------------------------------------------------

/// The store of this directory, under a key that parent and child know.
fn open(directory: &Path) -> Result<Store, StoreError> {
    let (path, kek) = (directory.join("usher.db.keys"), Key::from_bytes(&[7; 32]));
    let keys = match KeyFile::load(&path).expect("the keys are readable") {
        Some(file) => file.unlock(&kek).expect("it is the same key"),
        None => KeyFile::create(&path, Some(&kek)).expect("new keys are made").1,
    };
    Store::open(directory, &keys, &Known::default())
}

async fn open_and_lease(directory: &Path) -> (Store, Lease) {
    let store = open(directory).expect("it opens");
    let lease = store.take_lease("child").await.expect("it is taken");
    (store, lease)
}

/// The last sequence number and the last append.
async fn place(store: &Store) -> (u64, u64) {
    let events = events(store).await;
    (events.len() as u64, appends(&events).len() as u64)
}

async fn written_store() -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a temporary directory");
    let (store, lease) = open_and_lease(home.path()).await;
    let mut after = 0;
    for number in 1..=200 {
        let entries = entries(number);
        store.append(lease, after, &entries, &changes(number)).await.expect("it is written");
        after += entries.len() as u64;
    }
    home
}

fn entries(number: u64) -> Vec<Entry> {
    let leg = Leg::Caller(CallId(number));
    let entry = Entry {
        at: Timestamp(1_795_000_000_000),
        event: Event::CallRinging { call: CallId(number) },
        effects: vec![
            Effect::Wait { leg, treatment: Treatment::Ringing },
            Effect::Release { leg, why: ReleaseCause::Normal },
        ],
    };
    vec![entry; entries_of(number)]
}

fn entries_of(number: u64) -> usize {
    (number % 4 + 1) as usize
}

fn changes(number: u64) -> [RecordChange; 2] {
    let at = Timestamp(i64::try_from(number).expect("a small number"));
    let record = CallRecord {
        call: CallId(number),
        part: 1,
        origin: Origin::Live,
        outbound: false,
        service: None,
        party: CALLER,
        arrived: at,
        queued: Some(at),
        accepted: None,
        ended: None,
        connected_ms: 0,
        hold_ms: 0,
        park_ms: 0,
        outcome: None,
        imported: false,
        user_sessions: Vec::new(),
    };
    [
        RecordChange::Put(record),
        RecordChange::TransferEnded(TransferAttempt {
            caller: CALLER,
            target: TARGET,
            attendant: None,
            at,
            origin: Origin::Live,
            end: TransferEnd::PutThrough,
        }),
    ]
}

async fn events(store: &Store) -> Vec<u64> {
    let mut events = Vec::new();
    loop {
        let page = store.read(events.len() as u64, PAGE_MAX).await.expect("it is read");
        if page.is_empty() {
            return events;
        }
        for recorded in page {
            assert_eq!(recorded.sequence, events.len() as u64 + 1, "no gap");
            match recorded.event {
                Event::CallRinging { call } => events.push(call.0),
                other => panic!("nobody wrote {other:?}"),
            }
        }
    }
}

/// The number of events of each append, in order.
fn appends(events: &[u64]) -> Vec<usize> {
    let mut appends: Vec<usize> = Vec::new();
    for number in events {
        match appends.len() as u64 {
            last if last == *number => *appends.last_mut().expect("there is one") += 1,
            last if last + 1 == *number => appends.push(1),
            last => panic!("append {number} after append {last}"),
        }
    }
    appends
}

async fn check(store: &Store, acknowledged: &Acknowledged) {
    let events = events(store).await;
    let appends = appends(&events);
    let last = appends.len() as u64;
    assert!(last >= acknowledged.appended, "{last} of {acknowledged:?}");
    for (number, events) in (1..).zip(&appends) {
        assert_eq!(*events, entries_of(number), "append {number} is whole");
    }
    check_records(store, last).await;
    check_outbox(store, &events, acknowledged).await;
}

async fn check_records(store: &Store, last: u64) {
    let newest = store.calls(&RecordFilter::default(), 1).await.expect("it is read");
    assert_eq!(newest.first().map(|record| record.call), (last > 0).then_some(CallId(last)));
    let transfers = store.likely_targets(CALLER, false, Timestamp(0), 1).await.expect("it is read");
    assert_eq!(transfers.first().map_or(0, |row| u64::from(row.times)), last, "one transfer for each append");
}

/// Every order waits, but for the first of an append: that one is gone where it was acknowledged, and may be gone where
/// the child was killed before it heard.
async fn check_outbox(store: &Store, events: &[u64], acknowledged: &Acknowledged) {
    let pending = store.pending(PAGE_MAX).await.expect("it is read");
    let waits = |sequence: u64, index| {
        let name = OrderName { sequence, index };
        pending.binary_search_by_key(&name, |pending| pending.name).is_ok()
    };
    let mut before = 0;
    for (sequence, number) in (1..).zip(events) {
        let first_of_append = *number != std::mem::replace(&mut before, *number);
        assert!(waits(sequence, 1), "order {sequence}.1 waits");
        if !first_of_append {
            assert!(waits(sequence, 0), "order {sequence}.0 waits");
        } else if acknowledged.done.contains(number) {
            assert!(!waits(sequence, 0), "order {sequence}.0 was done");
        }
    }
}

fn contact() -> Contact {
    Contact { display_name: "Anna".to_owned(), ..Contact::default() }
}

/// Splitmix64: enough to choose moments.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}
