//! Many threads at once on one vault: writers, readers, checkpoints, a change of the key, looks at everything and frozen
//! copies. Each sees whole transactions only, and nobody waits for ever. Says nothing of crashes.

#[path = "support/support.rs"]
mod support;

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rusqlite::{Connection, TransactionBehavior};
use support::engine::InFolder;
use support::random::{Random, rounds, seed};
use vault::{Purpose, Vault, VaultError};

const ACCOUNTS: u64 = 200;
/// What all accounts hold together.
const TOTAL: i64 = 1_000_000;
const WRITERS: u64 = 2;
const READERS: u64 = 3;

#[test]
fn many_threads_see_whole_transactions_only() {
    let seed = seed("many_threads");
    let home = tempfile::tempdir().expect("a temporary directory");
    let engine = InFolder::new(home.path());
    let vault = engine.open_vault().expect("it opens");
    begin(&connect(&vault));
    let (is_over, reads, looks) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|threads| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let connection = connect(&vault);
                threads.spawn(move || move_money(connection, Random::new(seed + writer), rounds(400)))
            })
            .collect();
        for _ in 0..READERS {
            threads.spawn(|| {
                let connection = connect(&vault);
                while !is_over.load(Ordering::Relaxed) {
                    read(&connection);
                    reads.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        threads.spawn(|| {
            let connection = connect(&vault);
            let mut random = Random::new(seed);
            while !is_over.load(Ordering::Relaxed) {
                look(&vault, &connection, &mut random);
                looks.fetch_add(1, Ordering::Relaxed);
            }
        });
        for writer in writers {
            writer.join().expect("it does not panic");
        }
        is_over.store(true, Ordering::Relaxed);
    });
    let written: i64 =
        connect(&vault).query_row("SELECT count(*) FROM moves", [], |row| row.get(0)).expect("it is read");
    assert_eq!(written as u64, WRITERS * rounds(400));
    println!("{written} written, {reads:?} read, {looks:?} looks");
    assert!(reads.into_inner() > 0 && looks.into_inner() > 0, "they were at work");
}

fn connect(vault: &Vault) -> Connection {
    let connection = vault.connect(Purpose::Write).expect("it connects");
    connection
        .execute_batch("PRAGMA cache_size = 10; PRAGMA wal_autocheckpoint = 30; PRAGMA temp_store = FILE")
        .expect("they are set");
    connection
}

fn begin(connection: &Connection) {
    connection
        .execute_batch(
            "CREATE TABLE accounts (id INTEGER PRIMARY KEY, held INTEGER NOT NULL, filler TEXT);
             CREATE INDEX accounts_by_filler ON accounts (filler);
             CREATE TABLE moves (id INTEGER PRIMARY KEY, writer INTEGER, sum INTEGER)",
        )
        .expect("it is made");
    for id in 0..ACCOUNTS as i64 {
        let sql = "INSERT INTO accounts VALUES (?1, ?2, hex(zeroblob(?1)))";
        connection.execute(sql, (id, TOTAL / ACCOUNTS as i64)).expect("it is written");
    }
}

/// Moves sums between accounts; now and then gives one up.
fn move_money(mut connection: Connection, mut random: Random, times: u64) {
    let mut done = 0;
    while done < times {
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).expect("its turn comes");
        let sum = random.below(1_000) as i64;
        for change in [sum, -sum] {
            let id = random.below(ACCOUNTS) as i64;
            let sql =
                "UPDATE accounts SET held = held + ?2, filler = hex(zeroblob(abs(?2) % 400)) WHERE id = ?1";
            transaction.execute(sql, (id, change)).expect("it is written");
        }
        transaction.execute("INSERT INTO moves (sum) VALUES (?1)", [sum]).expect("it is written");
        if random.chance(10) {
            transaction.rollback().expect("it is given up");
        } else {
            transaction.commit().expect("it is acknowledged");
            done += 1;
        }
    }
}

/// Two looks in one snapshot, the second through a sort that spills.
fn read(connection: &Connection) {
    let transaction = connection.unchecked_transaction().expect("it begins");
    let ask = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("it is read");
    let moves = ask("SELECT count(*) FROM moves");
    assert_eq!(ask("SELECT sum(held) FROM accounts"), TOTAL);
    let sorted = "SELECT sum(held) FROM (SELECT held FROM accounts ORDER BY filler || id LIMIT 100000)";
    assert_eq!(ask(sorted), TOTAL);
    assert_eq!(ask("SELECT count(*) FROM moves"), moves, "a snapshot stands still");
    transaction.commit().expect("it ends");
}

/// What goes on beside the work of a store. Somebody may be in the way.
fn look(vault: &Vault, connection: &Connection, random: &mut Random) {
    let in_the_way = |error: VaultError| assert!(matches!(error, VaultError::InUse(_)), "{error}");
    match random.below(5) {
        0 => {
            let checked = vault.check(&mut |_| ControlFlow::Continue(()));
            checked.map_or_else(in_the_way, |checked| assert_eq!(checked.findings, [""; 0]));
        }
        1 => {
            let frozen = vault.freeze();
            frozen.map_or_else(in_the_way, |frozen| {
                let mut page = [0; vault::format::PAGE_BYTES];
                for number in 1..=frozen.pages() {
                    frozen.read(number, &mut page).expect("it is read");
                }
            });
        }
        2 => vault.rekey(&mut |_| ControlFlow::Continue(())).map_or_else(in_the_way, |_| ()),
        3 => drop(vault.witness().expect("it is written")),
        _ => {
            let mode = *random.pick(&["PASSIVE", "FULL", "RESTART", "TRUNCATE"]);
            let sql = format!("PRAGMA wal_checkpoint({mode})");
            connection.query_row(&sql, [], |_| Ok(())).expect("it is done or not");
        }
    }
}
