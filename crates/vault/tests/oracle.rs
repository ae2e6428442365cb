//! SQLite's own behaviour as oracle: the same random statements, over several connections with transactions and snapshots of
//! their own, go to plain SQLite and to the database under test, and every row, error and count must be the same. So must
//! the pages: plain SQLite leaves as many bytes of each page free as the vault needs.

#[path = "support/support.rs"]
mod support;

use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::Backup;
use rusqlite::config::DbConfig;
use support::answers::{Statement, ask, difference, dump, misfit};
use support::disk::{Disk, Honesty};
use support::engine::{Engine, Journal, Plain, Sealed, Unanchored};
use support::life::statements;
use support::random::{Random, rounds, seed};
use support::statements::{any, beginning};
use vault::aead::SEAL_BYTES;

/// Connections that take turns.
const CONNECTIONS: u64 = 3;
/// Statements of one session; then all connections close and open again.
const STATEMENTS: u64 = 150;
/// Sessions of one database.
const SESSIONS: u64 = 6;

/// What the vault sets, and more trouble: everything spills.
const SETTINGS: &str = "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA secure_delete = ON;
    PRAGMA journal_size_limit = 100000; PRAGMA foreign_keys = ON; PRAGMA temp_store = FILE; PRAGMA cache_size = 5;
    PRAGMA wal_autocheckpoint = 1000";

/// Both sides of a comparison.
struct Sides<'a> {
    oracle: &'a dyn Engine,
    tested: &'a dyn Engine,
    random: Random,
    agreed: Agreed,
}

/// Statements that both sides answered alike.
#[derive(Clone, Copy, Debug, Default)]
struct Agreed {
    done: u64,
    refused: u64,
}

impl Sides<'_> {
    fn compare(mut self) -> Result<Agreed, String> {
        for session in 0..SESSIONS {
            let oracle = open(self.oracle)?;
            let tested = open(self.tested)?;
            let mut statements = Vec::new();
            if session == 0 {
                statements = beginning(&mut self.random);
            }
            statements.extend((0..STATEMENTS).map(|_| any(&mut self.random)));
            for (place, statement) in statements.iter().enumerate() {
                let which = self.random.below(CONNECTIONS) as usize;
                self.ask_both(&oracle[which], &tested[which], statement).map_err(|what| {
                    format!("session {session}, statement {place}, connection {which}: {what}")
                })?;
            }
            compare_all(&oracle, &tested).map_err(|what| format!("after session {session}: {what}"))?;
        }
        Ok(self.agreed)
    }

    fn ask_both(
        &mut self,
        oracle: &Connection,
        tested: &Connection,
        statement: &Statement,
    ) -> Result<(), String> {
        let (wanted, found) = (ask(oracle, statement), ask(tested, statement));
        if wanted != found {
            return Err(format!("{statement:?}\nplain SQLite answers {wanted:?}\nnot {found:?}"));
        }
        if oracle.is_autocommit() != tested.is_autocommit() {
            return Err(format!("{statement:?} leaves a transaction on one side only"));
        }
        match wanted.error {
            None => self.agreed.done += 1,
            Some(_) => self.agreed.refused += 1,
        }
        Ok(())
    }
}

fn open(engine: &dyn Engine) -> Result<Vec<Connection>, String> {
    let store = engine.open().map_err(|refusal| format!("it does not open: {refusal}"))?;
    (0..CONNECTIONS)
        .map(|_| {
            let connection = store.connect().map_err(|refusal| format!("it does not connect: {refusal}"))?;
            connection.busy_timeout(Duration::ZERO).expect("it is set");
            connection.execute_batch(SETTINGS).expect("they are set");
            // As the vault plans: who plans by the values that are bound may write rows in another order, and so other pages.
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).expect("it is set");
            Ok(connection)
        })
        .collect()
}

/// All transactions end, and everything is compared.
fn compare_all(oracle: &[Connection], tested: &[Connection]) -> Result<(), String> {
    for connection in oracle.iter().chain(tested) {
        if !connection.is_autocommit() {
            connection.execute_batch("ROLLBACK").map_err(|error| format!("no way back: {error}"))?;
        }
    }
    let wanted = dump(&oracle[0]).map_err(|error| format!("plain SQLite is not read: {error}"))?;
    let found = dump(&tested[0]).map_err(|error| format!("it is not read: {error}"))?;
    if wanted != found {
        return Err(format!("they hold different things:\n{}", difference(&wanted, &found)));
    }
    for pragma in ["PRAGMA integrity_check", "PRAGMA page_count", "PRAGMA freelist_count"] {
        let (wanted, found) = (ask(&oracle[0], &pragma.into()), ask(&tested[0], &pragma.into()));
        if wanted != found {
            return Err(format!("{pragma}: {found:?} instead of {wanted:?}"));
        }
    }
    Ok(())
}

fn compare_statements(oracle: &dyn Engine, tested: &dyn Engine, seed: u64) {
    let sides = Sides { oracle, tested, random: Random::new(seed), agreed: Agreed::default() };
    let agreed = sides.compare().unwrap_or_else(|what| panic!("SEED={seed}: {what}"));
    println!("SEED={seed}: {agreed:?}");
    assert!(agreed.done > agreed.refused / 2, "the statements make sense");
}

/// Leaves as much of each page free as the vault.
fn plain_on(disk: &Disk) -> Plain {
    Plain { reserved_bytes: SEAL_BYTES, ..Plain::on(disk, Journal::Wal) }
}

/// Reads and writes parts of large values, which SQLite does past its cache where it can.
fn compare_parts_of_values(oracle: &dyn Engine, tested: &dyn Engine, seed: u64) {
    let mut random = Random::new(seed);
    let (oracle, tested) = (open(oracle).expect("it opens"), open(tested).expect("it opens"));
    let lengths: Vec<usize> =
        [0, 1, 4_000, 4_100, 60_000, 300_000].map(|max| random.below(max + 1) as usize).into();
    for connection in [&oracle[0], &tested[0]] {
        connection
            .execute_batch("PRAGMA cache_size = 4; CREATE TABLE blobs (id INTEGER PRIMARY KEY, value BLOB)")
            .expect("it is made");
        for (id, length) in lengths.iter().enumerate() {
            let insert = "INSERT INTO blobs VALUES (?1, zeroblob(?2))";
            connection.execute(insert, (id as i64, *length as i64)).expect("it is written");
        }
    }
    for connection in oracle.iter().chain(&tested) {
        // A value is opened by the schema that its connection has seen.
        connection.query_row("SELECT count(*) FROM blobs", [], |_| Ok(())).expect("it is read");
    }
    for _ in 0..300 {
        let id = random.below(lengths.len() as u64) as usize;
        let from = random.below(lengths[id] as u64 + 1) as usize;
        let length = random.below((lengths[id] - from) as u64 + 1) as usize;
        let bytes = random.bytes(length);
        let writes = random.chance(40);
        let [wanted, found] = [&oracle, &tested].map(|side| {
            let mut blob = side[usize::from(!writes)]
                .blob_open("main", "blobs", "value", id as i64, !writes)
                .expect("it opens");
            let mut read = vec![0; length];
            if writes {
                blob.write_at(&bytes, from).expect("it is written");
            }
            blob.read_at_exact(&mut read, from).expect("it is read");
            read
        });
        assert_eq!(wanted, found, "{length} bytes from {from} of value {id}");
        assert!(!writes || wanted == bytes, "what was written is read");
    }
    compare_all(&oracle, &tested).unwrap_or_else(|what| panic!("{what}"));
}

#[test]
fn plain_sqlite_on_the_disk_in_memory_answers_as_on_the_computers_own() {
    let seed = seed("plain_sqlite_on_the_disk");
    for seed in (seed..).take(rounds(6) as usize) {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let path = folder.path().join("plain.db").to_str().expect("it is UTF-8").to_owned();
        let disk = Disk::new(seed, Honesty::Honest);
        let oracle = Plain { path, vfs: None, journal: Journal::Wal, reserved_bytes: SEAL_BYTES };
        compare_statements(&oracle, &plain_on(&disk), seed);
    }
}

#[test]
fn plain_sqlite_on_the_disk_in_memory_reads_and_writes_parts_of_values() {
    let seed = seed("plain_sqlite_on_the_disk_in_memory_reads");
    let disks = [0, 1].map(|_| Disk::new(seed, Honesty::Honest));
    let [oracle, tested] = disks.each_ref().map(plain_on);
    compare_parts_of_values(&oracle, &tested, seed);
}

#[test]
fn the_vault_answers_as_plain_sqlite() {
    let seed = seed("the_vault_answers");
    for seed in (seed..).take(rounds(20) as usize) {
        let disks = [Disk::new(seed, Honesty::Honest), Disk::new(seed, Honesty::Honest)];
        compare_statements(&plain_on(&disks[0]), &Sealed::on(&disks[1]), seed);
    }
}

#[test]
fn the_vault_reads_and_writes_parts_of_values_as_plain_sqlite() {
    let seed = seed("the_vault_reads_and_writes_parts");
    let disks = [Disk::new(seed, Honesty::Honest), Disk::new(seed, Honesty::Honest)];
    compare_parts_of_values(&plain_on(&disks[0]), &Sealed::on(&disks[1]), seed);
}

#[test]
fn the_file_layer_alone_answers_as_plain_sqlite_in_every_journal_mode() {
    let seed = seed("the_file_layer_alone_answers");
    for seed in (seed..).take(rounds(8) as usize) {
        let journal =
            [Journal::Wal, Journal::Delete, Journal::Truncate, Journal::Persist][(seed % 4) as usize];
        let disks = [Disk::new(seed, Honesty::Honest), Disk::new(seed, Honesty::Honest)];
        let oracle = Plain { reserved_bytes: SEAL_BYTES, ..Plain::on(&disks[0], journal) };
        compare_statements(&oracle, &Unanchored::on(&disks[1], journal), seed);
    }
}

#[test]
fn pages_keep_their_size_and_place_whatever_is_asked() {
    let disk = Disk::new(1, Honesty::Honest);
    let connections = open(&Sealed::on(&disk)).expect("it opens");
    let asked = "PRAGMA page_size = 8192; PRAGMA auto_vacuum = FULL; CREATE TABLE a (b); VACUUM";
    connections[0].execute_batch(asked).expect("it is done without");
    for (pragma, value) in [("page_size", 4096), ("auto_vacuum", 0), ("mmap_size", 0)] {
        let is = connections[1].pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
        // A file layer that maps nothing into memory may leave out the answer.
        assert_eq!(is.unwrap_or(0), value, "{pragma}");
    }
}

#[test]
fn sqlites_own_copies_go_out_and_in_and_nothing_else_is_made() {
    let disk = Disk::new(1, Honesty::Honest);
    let mut connections = open(&Sealed::on(&disk)).expect("it opens");
    let mut writer = connections.pop().expect("there are several");
    for number in 0..30 {
        statements(1, number).iter().for_each(|statement| drop(ask(&writer, statement)));
    }
    let files = disk.image().into_keys().collect::<Vec<_>>();
    let mut memory = Plain::in_memory();
    copy(&writer, &mut memory).expect("it is copied out");
    assert_eq!(dump(&memory), dump(&writer));
    memory.execute_batch("DELETE FROM calls WHERE id > 100").expect("memory does not fail");
    copy(&memory, &mut writer).expect("it is copied in");
    assert_eq!(dump(&memory), dump(&connections[0]));

    let without_room = Plain::in_memory();
    without_room.execute_batch("CREATE TABLE a (b)").expect("memory does not fail");
    copy(&without_room, &mut writer).expect_err("its pages have no room for nonce and tag");
    for refused in ["VACUUM INTO 'copy.db'", "ATTACH 'another.db' AS another"] {
        assert!(ask(&writer, &refused.into()).error.is_some(), "{refused}: there is no key for it");
    }
    assert_eq!(dump(&memory), dump(&connections[0]), "what was refused has changed nothing");
    assert_eq!(misfit(&connections[0]), Ok(None));
    assert_eq!(disk.image().into_keys().collect::<Vec<_>>(), files);
}

fn copy(from: &Connection, to: &mut Connection) -> rusqlite::Result<()> {
    Backup::new(from, to)?.run_to_completion(7, Duration::ZERO, None)
}
