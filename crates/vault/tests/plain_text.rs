//! Nothing readable on the disk, at any moment: each byte written to any file, journal, log or temporary file is looked at
//! while mixed work goes on, every text and blob of which holds a needle. Plain SQLite under the same work shows that the
//! needle would be found in each kind of file. What is in memory is not looked at.

#[path = "support/support.rs"]
mod support;

use std::collections::BTreeMap;

use rusqlite::Connection;
use support::disk::{Disk, Honesty, Watched};
use support::engine::{Engine, Journal, Plain};
use support::random::{Random, seed};
use support::work::{self, NEEDLE};

/// Transactions of a watched database.
const TRANSACTIONS: u64 = 150;

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
            assert!(watched.sightings > 0, "{file:?} of {journal:?}: {seen:?}");
        }
        println!("{seen:?}");
    }
}
