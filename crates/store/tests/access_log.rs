//! The access log on the real tables: they refuse to be changed; whoever drops their triggers and changes them all the same is found
//! (ID-7); and after a kill at any moment the log is whole, reaches its anchor, and lacks at most what was not acknowledged.
//!
//! The child of these tests is this same program, run with the name of a test that does nothing by itself.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use contracts::access_log::{
    AccessLog, Actor, Anchor, Anchored, Entry, Fault, Kind, Link, ObjectRef, Outcome, PAGE_MAX, RETENTION_MS,
    Verdict, Word, ZERO_HASH, purge_before, reaches, verify,
};
use contracts::changes::{Author, Changed, Changes, NewChange};
use contracts::ids::PersonId;
use engine::Timestamp;
use rusqlite::Connection;
use store::{FILE_NAME, Store, VERSION};
use vault::aead::Key;
use vault::keys::{DataKeys, KeyFile};
use vault::{Known, Purpose, Vault};

const DIRECTORY: &str = "USHER_STORE_TEST_DIRECTORY";
const ROUNDS: u32 = 20;
/// Where the child keeps its anchor, as a keychain would.
const ANCHOR: &str = "anchor";
const ENTRIES: u64 = 6;

#[tokio::test]
async fn the_tables_refuse_every_change_and_every_deletion_id_7() {
    let home = written_log().await;
    let noted = note_change(&open(home.path())).await;
    behind_its_back(home.path(), |connection| {
        let statements = [
            "UPDATE access_log SET at = 1 WHERE sequence = 3",
            "UPDATE access_log SET sequence = 100 WHERE sequence = 3",
            "DELETE FROM access_log WHERE sequence = 1",
            "DELETE FROM access_log",
            "INSERT OR REPLACE INTO access_log SELECT * FROM access_log WHERE sequence = 3",
            "INSERT INTO access_log SELECT 11, at, entry, hash FROM access_log WHERE sequence = 6",
            "UPDATE access_log_state SET purged_through = 3",
            "DELETE FROM access_log_state",
            "UPDATE changes SET name = 'another'",
            "DELETE FROM changes",
            "UPDATE change_contents SET after = '2'",
            "DELETE FROM change_contents",
        ];
        for statement in statements {
            let refused = connection.execute_batch(statement);
            assert!(refused.is_err(), "{statement}");
        }
    });
    let store = open(home.path());
    assert_eq!(verdict(&store, None).await.fault, None);
    assert_eq!(all(&store).await.len() as u64, ENTRIES);
    assert!(store.get(noted).await.expect("it is read").is_some());
}

#[tokio::test]
async fn whatever_is_done_to_a_row_behind_the_triggers_is_found_and_named_id_7() {
    for sequence in 1..=ENTRIES {
        let altered = Some(Fault::Altered { sequence });
        let row = |set: &str| format!("UPDATE access_log SET {set} WHERE sequence = {sequence}");
        assert_eq!(after(&row("at = at + 1")).await, altered);
        assert_eq!(after(&row("hash = zeroblob(32)")).await, altered);
        assert_eq!(after(&row("entry = zeroblob(9)")).await, altered);
        let other = entry(77).privileged().to_bytes();
        let other: String = other.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(after(&row(&format!("at = 77, entry = x'{other}'"))).await, altered);
        let removed = format!("DELETE FROM access_log WHERE sequence = {sequence}");
        let missing = if sequence == ENTRIES {
            Fault::Truncated { last: ENTRIES - 1, anchor: ENTRIES }
        } else {
            Fault::Missing { first: sequence, last: sequence }
        };
        assert_eq!(after(&removed).await, Some(missing));
        if sequence < ENTRIES {
            let (next, tail) = (sequence + 1, format!("DELETE FROM access_log WHERE sequence > {sequence}"));
            assert_eq!(after(&tail).await, Some(Fault::Truncated { last: sequence, anchor: ENTRIES }));
            let swapped = format!(
                "UPDATE access_log SET sequence = 1000 WHERE sequence = {sequence};
                UPDATE access_log SET sequence = {sequence} WHERE sequence = {next};
                UPDATE access_log SET sequence = {next} WHERE sequence = 1000"
            );
            assert_eq!(after(&swapped).await, Some(Fault::Moved { sequence }));
        }
    }
}

#[tokio::test]
async fn a_beginning_that_was_cut_off_without_a_purge_is_found_id_7() {
    let home = written_log().await;
    let third = all(&open(home.path())).await.swap_remove(2);
    behind_its_back(home.path(), |connection| {
        drop_triggers(connection);
        let hash = third.hash;
        let statements = format!(
            "DELETE FROM access_log WHERE sequence <= 3;
            UPDATE access_log_state SET purged_through = 3, purged_hash = x'{hash}', purged_at = 3"
        );
        connection.execute_batch(&statements).expect("nothing is in the way any more");
    });
    let store = open(home.path());
    let found = verdict(&store, None).await;
    assert_eq!(found.fault, Some(Fault::PurgeUnproven { through: 3 }));
    assert_eq!(found.checked, ENTRIES - 3, "what is left is as it was");
}

#[tokio::test]
async fn a_log_that_was_hashed_anew_is_found_by_its_anchor_alone_id_7() {
    let home = written_log().await;
    let store = open(home.path());
    let (anchor, rows) = (store.head().anchor, all(&store).await);
    drop(store);
    behind_its_back(home.path(), |connection| {
        drop_triggers(connection);
        let mut before = ZERO_HASH;
        for row in &rows {
            let mut entry = row.entry().expect("we wrote it");
            if row.sequence == 4 {
                entry.actor = Actor::Person(PersonId(666));
            }
            let Link { sequence, bytes, hash, .. } = Link::of(row.sequence, before, &entry);
            before = hash;
            let sequence = i64::try_from(sequence).expect("a small number");
            connection
                .execute(
                    "UPDATE access_log SET entry = ?2, hash = ?3 WHERE sequence = ?1",
                    (sequence, bytes, &hash.0[..]),
                )
                .expect("it is written");
        }
    });
    let store = open(home.path());
    assert_eq!(verdict(&store, None).await.fault, None, "the chain alone cannot know");
    assert_eq!(verdict(&store, Some(&anchor)).await.fault, Some(Fault::Rewritten { anchor: ENTRIES }));
    assert!(!reaches(&store, &anchor).await.expect("it is read"));
}

#[tokio::test]
async fn a_killed_log_is_whole_and_reaches_its_anchor_id_7() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(|| std::process::id().into());
    println!("SEED={seed} cargo nextest run -p store killed_log");
    let mut random = seed;
    for round in 0..ROUNDS {
        let acknowledged = run_and_kill(home.path(), next(&mut random));
        let kept = std::fs::read(home.path().join(ANCHOR)).expect("the child keeps one");
        let anchor = Anchor::from_bytes(&kept).expect("it is whole");
        let store = open(home.path());
        let found = verdict(&store, Some(&anchor)).await;
        assert_eq!((found.fault, &found.gaps[..]), (None, &[][..]), "round {round}");
        assert_eq!(found.anchored, Anchored::Through(anchor.sequence), "round {round}");
        let last = store.head().anchor.sequence;
        assert!(last >= acknowledged, "round {round}: {acknowledged} was acknowledged, {last} is the last");
        let batches = all(&store).await;
        let of_last = batches.iter().rev().take_while(|row| row.at == batches[batches.len() - 1].at).count();
        assert!(is_purge(&batches[batches.len() - 1]) || of_last == 3, "round {round}: a batch is whole");
    }
}

#[tokio::test]
#[ignore = "run by the test that kills it"]
async fn child_logs_for_ever() {
    let Some(directory) = std::env::var_os(DIRECTORY).map(PathBuf::from) else { return };
    let store = open(&directory);
    // Times go on from the last entry. That is the proof of a purge where one came last: the next start is 36 months later.
    let last = all(&store).await.last().map_or(0, |row| row.at.0);
    for at in last + 1.. {
        let batch = vec![entry(at), entry(at).privileged(), entry(at)];
        let sequence = store.append_all(batch).await.expect("it is written").sequence;
        say(&format!("logged {sequence}"));
        if at % 3 == 0 {
            let kept = store.head().anchor.to_bytes();
            let path = directory.join("anchor.new");
            std::fs::write(&path, kept)
                .and_then(|()| std::fs::rename(&path, directory.join(ANCHOR)))
                .expect("kept");
        }
        if at % 7 == 0 {
            let now = Timestamp(at - 4 + RETENTION_MS);
            store.purge(purge_before(now), now).await.expect("it is purged");
        }
    }
}

/// Prints what an entry costs: `cargo test -p store --release -- --ignored --nocapture what_logging_costs`.
#[tokio::test]
#[ignore = "a measurement"]
async fn what_logging_costs() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let store = open(home.path());
    for batch in [1, 16] {
        let mut micros = Vec::new();
        for at in 0..1_000 {
            let began = Instant::now();
            store.append_all(vec![entry(at); batch]).await.expect("it is written");
            micros.push(began.elapsed().as_micros());
        }
        micros.sort_unstable();
        let [half, most, all] = [micros[500], micros[990], micros[999]];
        println!(
            "an append of {batch} takes {half} us (median), {most} us (p99), {all} us (longest of 1,000)"
        );
    }
    let began = Instant::now();
    let found = verdict(&store, None).await;
    println!("{} entries verified in {:?}", found.checked, began.elapsed());
    // Folds the write-ahead log into the database.
    drop(store);
    let bytes = std::fs::metadata(home.path().join(FILE_NAME)).expect("it is there").len();
    println!("{} bytes of database for each", bytes / found.checked);
}

// -- the child ---------------------------------------------------------------------------------------------------------

/// Lets the child acknowledge a random number of batches and some random microseconds more. Gives the last sequence it saw
/// acknowledged.
fn run_and_kill(directory: &Path, random: u64) -> u64 {
    let mut child = Command::new(std::env::current_exe().expect("a program has a path"))
        .args(["--exact", "child_logs_for_ever", "--ignored", "--nocapture"])
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program runs");
    let mut reader = BufReader::new(child.stdout.take().expect("its output is piped"));
    let (mut heard, mut acknowledged) = (0, 0);
    let hear = |line: &str, acknowledged: &mut u64| match line.trim().strip_prefix("logged ") {
        Some(sequence) => {
            *acknowledged = sequence.parse().expect("a number");
            true
        }
        None => false,
    };
    while heard < 4 + random % 20 {
        let mut line = String::new();
        assert!(reader.read_line(&mut line).expect("its output is read") > 0, "the child ended by itself");
        heard += u64::from(hear(&line, &mut acknowledged));
    }
    let moment = Instant::now() + Duration::from_micros(random >> 32 & 0xfff);
    while Instant::now() < moment {
        std::hint::spin_loop();
    }
    child.kill().expect("it runs");
    child.wait().expect("it was killed");
    for line in reader.lines().map_while(Result::ok) {
        hear(&line, &mut acknowledged);
    }
    acknowledged
}

/// Begins on a line of its own: the test harness has written to the same one.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{line}").and_then(|()| out.flush()).expect("the parent listens");
}

fn is_purge(row: &Link) -> bool {
    row.entry().expect("we wrote it").action == contracts::access_log::words_of_the_log::PURGED
}

// -- the log, and whoever tampers with it ------------------------------------------------------------------------------

/// What is found wrong with a log to which this was done behind its triggers, by its anchor.
async fn after(statements: &str) -> Option<Fault> {
    let home = written_log().await;
    let anchor = open(home.path()).head().anchor;
    behind_its_back(home.path(), |connection| {
        drop_triggers(connection);
        connection.execute_batch(statements).expect("nothing is in the way any more");
    });
    verdict(&open(home.path()), Some(&anchor)).await.fault
}

fn behind_its_back(directory: &Path, act: impl FnOnce(&Connection)) {
    let known = Known::default();
    let vault = Vault::open(&directory.join(FILE_NAME), &keys(directory), &known, VERSION).expect("it opens");
    act(&vault.connect(Purpose::Write).expect("it opens"));
}

fn drop_triggers(connection: &Connection) {
    const TRIGGERS: &str = "SELECT name FROM sqlite_schema WHERE type = 'trigger'";
    let mut statement = connection.prepare(TRIGGERS).expect("a statement");
    let names: Vec<String> =
        statement.query_map([], |row| row.get(0)).expect("rows").map(|name| name.expect("a row")).collect();
    assert!(names.len() >= 9, "{names:?}");
    for name in names {
        connection.execute_batch(&format!("DROP TRIGGER {name}")).expect("whoever has the key may");
    }
}

async fn written_log() -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a temporary directory");
    let store = open(home.path());
    for at in 1..=ENTRIES {
        store.append(entry(at as i64)).await.expect("it is written");
    }
    home
}

async fn note_change(store: &Store) -> contracts::changes::ChangeId {
    let subject = Changed { kind: Word::of("service"), id: contracts::access_log::IdText::of_number(1) };
    let change = NewChange {
        at: Timestamp(1),
        by: Author::Local,
        subject,
        name: "Empfang".to_owned(),
        before: None,
        after: Some(serde_json::json!(1)),
        undoes: None,
    };
    store.note(change).await.expect("it is written")
}

async fn verdict(store: &Store, anchor: Option<&Anchor>) -> Verdict {
    verify(store, anchor, &mut |_, _| {}).await.expect("it is read")
}

async fn all(store: &Store) -> Vec<Link> {
    AccessLog::read(store, 0, PAGE_MAX).await.expect("it is read")
}

fn entry(at_ms: i64) -> Entry {
    let action = Word::of("change-services");
    let entry = Entry::once(Timestamp(at_ms), Actor::Local, Kind::Administration, action, Outcome::Allowed);
    entry.on(ObjectRef::numbered(Word::of("service"), 7))
}

/// The store of this directory, under a key that parent and child know.
fn open(directory: &Path) -> Store {
    Store::open(directory, &keys(directory), &Known::default()).expect("it opens")
}

fn keys(directory: &Path) -> DataKeys {
    let (path, kek) = (directory.join("usher.db.keys"), Key::from_bytes(&[7; 32]));
    match KeyFile::load(&path).expect("the keys are readable") {
        Some(file) => file.unlock(&kek).expect("it is the same key"),
        None => KeyFile::create(&path, Some(&kek)).expect("new keys are made").1,
    }
}

/// Splitmix64: enough to choose moments.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}
