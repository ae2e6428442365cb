//! Nothing readable on the disk, at any moment: each byte written to any file, journal, log or temporary file is looked at
//! while mixed work goes on, every text and blob of which holds a needle. Plain SQLite under the same work shows that the
//! needle would be found in each kind of file. What is in memory is not looked at.

#[path = "support/support.rs"]
mod support;

use std::collections::BTreeMap;

use rusqlite::Connection;
use support::disk::{Disk, Honesty, Watched};
use support::engine::{Engine, Journal, Plain, Sealed};
use support::life;
use support::random::{Random, seed};
use support::work::{self, NEEDLE};

/// Transactions of a watched database.
const TRANSACTIONS: u64 = 150;

/// How often one byte may stand in a sector that looks random: more often comes less than once in 10^10 sectors.
const MONOTONY_MAX: usize = 20;

/// Works on a database with a cache so small that everything spills, and gives what was seen on the disk.
fn watch(disk: &Disk, engine: &dyn Engine, seed: u64) -> BTreeMap<String, Watched> {
    disk.watch_for(NEEDLE.as_bytes());
    let mut random = Random::new(seed);
    let store = engine.open().expect("it opens");
    let connection = store.connect().expect("it connects");
    connection
        .execute_batch("PRAGMA temp_store = FILE; PRAGMA cache_size = 5; PRAGMA foreign_keys = ON")
        .expect("they are set");
    run(&connection, work::tables());
    for number in 1..=TRANSACTIONS {
        run(&connection, work::transaction(seed, number));
        run(&connection, work::given_up(random.next(), number));
        sort_more_than_memory_holds(&connection);
        match random.below(20) {
            0 => run(&connection, ["PRAGMA wal_checkpoint(TRUNCATE)".into()]),
            1 => run(&connection, ["VACUUM".into()]),
            _ => {}
        }
    }
    disk.watched()
}

/// Errors of single statements are part of the work.
fn run(connection: &Connection, statements: impl IntoIterator<Item = support::answers::Statement>) {
    for statement in statements {
        let answer = support::answers::ask(connection, &statement);
        assert!(!answer.blames_the_disk(), "{statement:?}: {answer:?}");
    }
}

/// A table in a temporary file, and a sorter that runs over.
fn sort_more_than_memory_holds(connection: &Connection) {
    connection
        .execute_batch(
            "CREATE TEMP TABLE aside AS SELECT id, note FROM calls;
             DELETE FROM aside WHERE id % 2 = 0;
             DROP TABLE aside;",
        )
        .expect("temporary files are written");
    let sql = "SELECT count(*) FROM (SELECT a.note, b.caller FROM calls AS a, calls AS b \
               WHERE b.id < 30 ORDER BY a.note || b.caller LIMIT 100000)";
    connection.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("it is sorted");
}

#[test]
fn in_the_files_of_plain_sqlite_the_needle_is_found() {
    let seed = seed("plain_sqlite_the_needle");
    for (journal, beside) in [(Journal::Wal, "usher.db-wal"), (Journal::Persist, "usher.db-journal")] {
        let disk = Disk::new(seed, Honesty::Honest);
        let engine = Plain::on(&disk, journal);
        let seen = watch(&disk, &engine, seed);
        for file in ["usher.db", beside, ""] {
            let watched = seen.get(file).copied().unwrap_or_default();
            let is_open = watched.sightings > 0 && watched.monotony_max > MONOTONY_MAX;
            assert!(is_open, "{file:?} of {journal:?}: {seen:?}");
        }
        println!("{seen:?}");
    }
}

#[test]
fn in_the_files_of_the_vault_nothing_is_found() {
    let seed = seed("the_vault_nothing");
    let disk = Disk::new(seed, Honesty::Honest);
    let seen = watch(&disk, &Sealed::on(&disk), seed);
    for (file, watched) in &seen {
        println!("{file:?}: {watched:?}");
        assert_eq!(watched.sightings, 0, "{file:?}");
        // The journal lives only while a database is made; its head is SQLite's own, with zeros behind. So is the anchor
        // mostly empty. Everything else looks random, wherever it is looked at.
        let has_room = file.ends_with("-journal") || file.ends_with(".anchor");
        assert!(has_room || watched.monotony_max <= MONOTONY_MAX, "{file:?}: {watched:?}");
    }
    assert!(seen.contains_key("") && seen.len() == 5, "all kinds of files were written: {seen:?}");
}

#[test]
fn what_was_deleted_is_not_in_freed_pages_either() {
    let disk = Disk::new(1, Honesty::Honest);
    let engine = Sealed::on(&disk);
    let store = engine.open().expect("it opens");
    let connection = store.connect().expect("it connects");
    run(&connection, (0..20).flat_map(|number| life::statements(1, number)));
    let shown = |connection: &Connection| -> i64 {
        let sql = "SELECT count(*) FROM sqlite_dbpage WHERE instr(data, CAST(?1 AS BLOB))";
        connection.query_row(sql, [NEEDLE], |row| row.get(0)).expect("pages are read")
    };
    assert!(shown(&connection) > 0, "it can be seen");
    connection
        .execute_batch("DELETE FROM calls; DELETE FROM words; INSERT INTO words (words) VALUES ('optimize')")
        .expect("it is deleted");
    let drop_extras = "SELECT group_concat('DROP TABLE ' || name, ';') FROM sqlite_schema WHERE name LIKE 'extra\\__' ESCAPE '\\'";
    let sql: Option<String> = connection.query_row(drop_extras, [], |row| row.get(0)).expect("it is read");
    connection.execute_batch(&sql.unwrap_or_default()).expect("they go");
    let freed: i64 =
        connection.pragma_query_value(None, "freelist_count", |row| row.get(0)).expect("it is read");
    assert!(freed > 10, "pages were freed");
    assert_eq!(shown(&connection), 0);
}
