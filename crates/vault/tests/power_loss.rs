//! Power loss at random moments of mixed work: every acknowledged transaction is there, nothing else is, and everything fits
//! together. The disk is in memory and takes away what was not synced (see `support/disk.rs`). Kills of the process are in
//! `kills.rs`.

#[path = "support/support.rs"]
mod support;

use support::disk::{Disk, Failure, Honesty};
use support::engine::{Journal, Plain, Sealed, Unanchored};
use support::life::{Life, Tally};
use support::random::{rounds, seed};

/// Troubles of one database. Then comes a new one.
const TROUBLES: u64 = 25;
const JOURNALS: [Journal; 4] = [Journal::Wal, Journal::Delete, Journal::Truncate, Journal::Persist];

fn with_plain_sqlite<T>(seed: u64, journal: Journal, honesty: Honesty, live: impl FnOnce(Life) -> T) -> T {
    let disk = Disk::new(seed, honesty);
    let engine = Plain::on(&disk, journal);
    live(Life::new(&engine, &disk, journal, seed))
}

#[test]
fn plain_sqlite_survives_on_this_disk() {
    let seed = seed("plain_sqlite_survives");
    let mut total = Tally::default();
    for (journal, seed) in JOURNALS.into_iter().cycle().zip(seed..).take(rounds(40) as usize) {
        let lived = with_plain_sqlite(seed, journal, Honesty::Honest, |life| life.lose_power(TROUBLES));
        total += lived.unwrap_or_else(|what| panic!("{journal:?}: {what}"));
    }
    println!("{total:?}");
}

#[test]
fn plain_sqlite_takes_back_what_a_failing_disk_refuses() {
    let seed = seed("plain_sqlite_takes_back");
    let mut total = Tally::default();
    for (journal, seed) in JOURNALS.into_iter().cycle().zip(seed..).take(rounds(40) as usize) {
        let failures = [Failure::Broken, Failure::Full];
        let lived =
            with_plain_sqlite(seed, journal, Honesty::Honest, |life| life.meet_faults(&failures, TROUBLES));
        total += lived.unwrap_or_else(|what| panic!("{journal:?}: {what}"));
    }
    println!("{total:?}");
}

#[test]
fn plain_sqlite_is_lost_on_a_disk_that_lies() {
    let seed = seed("plain_sqlite_is_lost");
    for (journal, seed) in JOURNALS.into_iter().zip(seed..) {
        let lived = with_plain_sqlite(seed, journal, Honesty::Liar, |life| life.lose_power(TROUBLES));
        println!("{journal:?}: {}", lived.expect_err("a loss is found"));
    }
}

#[test]
fn the_vault_survives_power_losses() {
    let seed = seed("the_vault_survives");
    let mut total = Tally::default();
    for seed in (seed..).take(rounds(40) as usize) {
        let disk = Disk::new(seed, Honesty::Honest);
        let engine = Sealed::on(&disk);
        let lived = Life::new(&engine, &disk, Journal::Wal, seed).lose_power(TROUBLES);
        total += lived.unwrap_or_else(|what| panic!("{what}"));
    }
    println!("{total:?}");
}

#[test]
fn the_file_layer_alone_survives_power_losses_in_every_journal_mode() {
    let seed = seed("the_file_layer_alone_survives");
    let mut total = Tally::default();
    for (journal, seed) in JOURNALS.into_iter().cycle().zip(seed..).take(rounds(20) as usize) {
        let disk = Disk::new(seed, Honesty::Honest);
        // Without an anchor, the readable beginning of page 1 stands nowhere else.
        disk.tear_cleanly();
        let engine = Unanchored::on(&disk, journal);
        let life = Life::new(&engine, &disk, journal, seed).begin_in_peace();
        let lived = life.and_then(|life| life.lose_power(TROUBLES));
        total += lived.unwrap_or_else(|what| panic!("{journal:?}: {what}"));
    }
    println!("{total:?}");
}

#[test]
fn the_vault_takes_back_what_a_failing_disk_refuses() {
    let seed = seed("the_vault_takes_back");
    let mut total = Tally::default();
    for seed in (seed..).take(rounds(20) as usize) {
        let disk = Disk::new(seed, Honesty::Honest);
        let engine = Sealed::on(&disk);
        let failures = [Failure::Broken, Failure::Full, Failure::Short];
        let lived = Life::new(&engine, &disk, Journal::Wal, seed).meet_faults(&failures, TROUBLES);
        total += lived.unwrap_or_else(|what| panic!("{what}"));
    }
    println!("{total:?}");
}

#[test]
fn the_file_layer_alone_takes_back_what_a_failing_disk_refuses() {
    let seed = seed("the_file_layer_alone_takes_back");
    let mut total = Tally::default();
    for (journal, seed) in JOURNALS.into_iter().cycle().zip(seed..).take(rounds(20) as usize) {
        let disk = Disk::new(seed, Honesty::Honest);
        disk.tear_cleanly();
        let engine = Unanchored::on(&disk, journal);
        let failures = [Failure::Broken, Failure::Full, Failure::Short];
        let life = Life::new(&engine, &disk, journal, seed).begin_in_peace();
        let lived = life.and_then(|life| life.meet_faults(&failures, TROUBLES));
        total += lived.unwrap_or_else(|what| panic!("{journal:?}: {what}"));
    }
    println!("{total:?}");
}

#[test]
fn the_vault_is_lost_on_a_disk_that_lies() {
    let seed = seed("the_vault_is_lost");
    let disk = Disk::new(seed, Honesty::Liar);
    let lived = Life::new(&Sealed::on(&disk), &disk, Journal::Wal, seed).lose_power(TROUBLES);
    println!("{}", lived.expect_err("a loss is found"));
}
