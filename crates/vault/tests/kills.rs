//! The process is killed at random moments of mixed work on two connections: every acknowledged transaction is there, each
//! is whole, everything fits together, and nothing readable is left in any file, unlinked ones included. Power cuts are in
//! `power_loss.rs`; a kill loses nothing that the system has taken.
//!
//! The child is this same program, run with the name of a test that does nothing by itself.

#[path = "support/support.rs"]
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use support::answers::{Statement, ask, difference, dump, misfit};
use support::disk::contains;
use support::engine::{Engine, InFolder, Journal, Plain};
use support::life::{Oracle, progress, statements};
use support::random::{Random, rounds, seed};
use support::work::{self, NEEDLE};

const DIRECTORY: &str = "USHER_VAULT_TEST_DIRECTORY";
const KEEPER: &str = "USHER_VAULT_TEST_KEEPER";
const CHILD_SEED: &str = "USHER_VAULT_TEST_SEED";
/// Kills in every run of the tests.
const KILLS: u64 = 150;

/// Who keeps the database that is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keeper {
    Plain,
    Vault,
}

impl Keeper {
    fn engine(self, directory: &Path) -> Box<dyn Engine> {
        let path = directory.join("usher.db").to_str().expect("it is UTF-8").to_owned();
        match self {
            Keeper::Vault => Box::new(InFolder::new(directory)),
            Keeper::Plain => Box::new(Plain { path, vfs: None, journal: Journal::Wal, reserved_bytes: 0 }),
        }
    }

    fn word(self) -> &'static str {
        match self {
            Keeper::Plain => "plain",
            Keeper::Vault => "vault",
        }
    }

    fn of_word(word: &str) -> Keeper {
        match word {
            "plain" => Keeper::Plain,
            "vault" => Keeper::Vault,
            other => panic!("nobody is called {other}"),
        }
    }
}

#[test]
fn plain_sqlite_survives_kills_and_shows_the_needle() {
    let seed = seed("plain_sqlite_survives_kills");
    let sightings = survive_kills(Keeper::Plain, seed, 20);
    assert!(!sightings.is_empty(), "the needle can be found");
    println!("{sightings:?}");
}

#[test]
fn the_vault_survives_kills_and_shows_nothing() {
    let seed = seed("the_vault_survives_kills");
    assert_eq!(survive_kills(Keeper::Vault, seed, KILLS), BTreeSet::new());
}

/// The key file is there from the beginning: what is killed is the making of the database.
#[test]
fn a_vault_that_is_killed_in_the_making_is_made_at_the_next_start() {
    let seed = seed("a_vault_that_is_killed_in_the_making");
    let mut random = Random::new(seed);
    let mut half_made = 0;
    for kill in 0..rounds(100) {
        let home = tempfile::tempdir().expect("a temporary directory");
        let engine = Keeper::Vault.engine(home.path());
        let mut child = start(Keeper::Vault, home.path(), seed);
        while !home.path().join("usher.db.lock").exists() {
            assert!(child.try_wait().expect("it is asked").is_none(), "the child ended by itself");
        }
        wait(Duration::from_micros(random.below(3_000)));
        child.kill().expect("it runs");
        let said = BufReader::new(child.stdout.take().expect("its output is piped")).lines();
        let acknowledged = said.map_while(Result::ok).filter_map(|line| acknowledged(&line)).last();
        child.wait().expect("it was killed");
        half_made += u64::from(acknowledged.is_none());
        let store =
            engine.open().unwrap_or_else(|refusal| panic!("kill {kill}: it does not open: {refusal}"));
        let connection = store.connect().expect("it connects");
        check(&connection, acknowledged, &mut Oracle::new(seed))
            .unwrap_or_else(|what| panic!("kill {kill}: {what}"));
    }
    assert!(half_made > 0, "some were killed early");
}

/// Gives where the needle was seen.
fn survive_kills(keeper: Keeper, seed: u64, kills: u64) -> BTreeSet<String> {
    let home = tempfile::tempdir().expect("a temporary directory");
    let mut random = Random::new(seed);
    let mut oracle = Oracle::new(seed);
    let mut sightings = BTreeSet::new();
    for kill in 0..rounds(kills) {
        let run = run_and_kill(keeper, home.path(), seed, &mut random);
        sightings.extend(run.sightings);
        assert_eq!(run.complaint, None, "kill {kill}");
        let store = keeper.engine(home.path()).open();
        let store = store.unwrap_or_else(|refusal| panic!("kill {kill}: it does not open: {refusal}"));
        let connection = store.connect().expect("it connects");
        check(&connection, run.acknowledged, &mut oracle)
            .unwrap_or_else(|what| panic!("kill {kill}: {what}"));
    }
    println!("{} kills, {:?} transactions", rounds(kills), oracle.reached);
    sightings
}

/// What is there is what was acknowledged, or one transaction more.
fn check(connection: &Connection, acknowledged: Option<u64>, oracle: &mut Oracle) -> Result<(), String> {
    let said = |error: rusqlite::Error| format!("it is not read: {error}");
    let there = progress(connection).map_err(said)?;
    let acknowledged = acknowledged.or(oracle.reached);
    let one_more = acknowledged.map_or(0, |number| number + 1);
    if there != acknowledged && there != Some(one_more) {
        return Err(format!("it holds transaction {there:?}, and {acknowledged:?} was acknowledged"));
    }
    while oracle.reached < there {
        oracle.advance();
    }
    let (found, wanted) = (dump(connection).map_err(said)?, oracle.dump());
    if found != wanted {
        return Err(format!("after transaction {there:?}:\n{}", difference(&found, &wanted)));
    }
    match misfit(connection).map_err(said)? {
        None => Ok(()),
        Some(what) => Err(format!("its parts do not fit: {what}")),
    }
}

// -- the parent's side of a child --------------------------------------------------------------------------------------

/// What is known of a child after its end.
struct Run {
    /// The last transaction that it heard acknowledged.
    acknowledged: Option<u64>,
    /// What it found wrong.
    complaint: Option<String>,
    /// Files in which the needle was at the moment of the kill.
    sightings: BTreeSet<String>,
}

/// Lets the child acknowledge a random number of transactions, works some random time more, and kills it.
fn run_and_kill(keeper: Keeper, home: &Path, seed: u64, random: &mut Random) -> Run {
    let mut child = start(keeper, home, seed);
    let mut lines = BufReader::new(child.stdout.take().expect("its output is piped")).lines();
    let mut said = Vec::new();
    let wanted = random.below(12) as usize;
    while said.iter().filter(|line: &&String| line.starts_with("acknowledged")).count() < wanted {
        match lines.next() {
            Some(line) => said.push(line.expect("its output is read")),
            None => panic!("the child ended by itself: {said:?}"),
        }
    }
    wait(Duration::from_micros(random.below(8_000)));
    let sightings = kill(&mut child, home);
    said.extend(lines.map_while(Result::ok));
    Run {
        acknowledged: said.iter().filter_map(|line| acknowledged(line)).next_back(),
        complaint: said.iter().find_map(|line| line.strip_prefix("wrong: ").map(str::to_owned)),
        sightings,
    }
}

/// The transaction that a line of the child's acknowledges.
fn acknowledged(line: &str) -> Option<u64> {
    line.strip_prefix("acknowledged ")?.parse().ok()
}

/// A moment of a length that no sleep could keep.
fn wait(time: Duration) {
    let moment = Instant::now() + time;
    while Instant::now() < moment {
        std::hint::spin_loop();
    }
}

fn start(keeper: Keeper, home: &Path, seed: u64) -> Child {
    Command::new(std::env::current_exe().expect("a program has a path"))
        .args(["--exact", "child_works_for_ever", "--ignored", "--nocapture"])
        .env(DIRECTORY, home)
        .env(KEEPER, keeper.word())
        .env(CHILD_SEED, seed.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program runs")
}

/// Kills it, and looks for the needle in all its files as they were at that moment.
fn kill(child: &mut Child, home: &Path) -> BTreeSet<String> {
    let mut sightings = BTreeSet::new();
    if cfg!(target_os = "linux") {
        // Stopped first: files without a name can only be seen while it lives.
        let stopped = Command::new("kill").args(["-STOP", &child.id().to_string()]).status();
        assert!(stopped.expect("there is a kill").success(), "the child is stopped");
        sightings.extend(look_in(&PathBuf::from(format!("/proc/{}/fd", child.id()))));
    }
    child.kill().expect("it runs");
    child.wait().expect("it was killed");
    sightings.extend(look_in(home));
    sightings
}

/// Files of a folder with the needle in them.
fn look_in(folder: &Path) -> BTreeSet<String> {
    let mut sightings = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it is read").path();
        // Pipes and terminals have no length, and reading them would wait.
        let is_file = fs::metadata(&path).is_ok_and(|file| file.is_file());
        if is_file && contains(&fs::read(&path).expect("it is read"), NEEDLE.as_bytes()) {
            let name = fs::read_link(&path).unwrap_or(path).to_string_lossy().into_owned();
            sightings.insert(if name.ends_with("(deleted)") { "(unlinked)".to_owned() } else { name });
        }
    }
    sightings
}

// -- the child ---------------------------------------------------------------------------------------------------------

#[test]
#[ignore = "run by the test that kills it"]
fn child_works_for_ever() {
    let Some(directory) = std::env::var_os(DIRECTORY) else { return };
    let keeper = Keeper::of_word(&std::env::var(KEEPER).expect("the parent says it"));
    let seed = std::env::var(CHILD_SEED).expect("the parent says it").parse().expect("it is a number");
    let engine = keeper.engine(Path::new(&directory));
    let store = engine.open().unwrap_or_else(|refusal| complain(&format!("it does not open: {refusal}")));
    let (writer, reader) = (store.connect().expect("it connects"), store.connect().expect("it connects"));
    std::thread::scope(|threads| {
        threads.spawn(|| read_for_ever(reader));
        write_for_ever(writer, seed, || match engine.change_key(&*store) {
            // Another key needs a moment without a reader, and does not get one every time.
            Ok(_) | Err(_) => {}
        });
    });
}

fn write_for_ever(writer: Connection, seed: u64, change_key: impl Fn()) {
    let pragmas = "PRAGMA foreign_keys = ON; PRAGMA cache_size = 10; PRAGMA temp_store = FILE";
    writer.execute_batch(pragmas).expect("they are set");
    let reached = progress(&writer).expect("it is read");
    let mut random = Random::new(seed ^ reached.unwrap_or(0));
    for number in reached.map_or(0, |number| number + 1).. {
        for statement in statements(seed, number) {
            tell(&writer, &statement);
        }
        say(&format!("acknowledged {number}"));
        match random.below(30) {
            0..3 => {
                work::given_up(random.next(), number).iter().for_each(|statement| tell(&writer, statement))
            }
            3 => tell(&writer, &"PRAGMA wal_checkpoint(PASSIVE)".into()),
            4 => tell(&writer, &"PRAGMA wal_checkpoint(TRUNCATE)".into()),
            5 => tell(&writer, &"VACUUM".into()),
            6 => change_key(),
            _ => {}
        }
    }
}

fn tell(writer: &Connection, statement: &Statement) {
    let answer = ask(writer, statement);
    if answer.blames_the_disk() {
        complain(&format!("{statement:?} answers {:?}", answer.error));
    }
}

/// Each snapshot is of one moment.
fn read_for_ever(reader: Connection) {
    reader.execute_batch("PRAGMA temp_store = FILE; PRAGMA cache_size = 5").expect("they are set");
    loop {
        if let Err(error) = read_once(&reader) {
            complain(&format!("the reader cannot read: {error}"));
        }
    }
}

fn read_once(reader: &Connection) -> rusqlite::Result<()> {
    let transaction = reader.unchecked_transaction()?;
    let before = progress(reader)?;
    if before.is_some() {
        let is_whole: bool = reader.query_row(work::WHOLE, [], |row| row.get(0))?;
        let sorted = "SELECT count(*) FROM (SELECT note FROM calls ORDER BY note || caller LIMIT 10000)";
        reader.query_row(sorted, [], |row| row.get::<_, i64>(0))?;
        if !is_whole || progress(reader)? != before {
            complain("the reader saw half a transaction");
        }
    }
    transaction.commit()
}

fn complain(what: &str) -> ! {
    say(&format!("wrong: {what}"));
    std::process::exit(1);
}

/// Begins on a line of its own: the test harness has written to the same one.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{line}").and_then(|()| out.flush()).expect("the parent listens");
}
