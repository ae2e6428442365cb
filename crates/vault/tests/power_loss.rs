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

/// Lives one life after the other; the error of the first that fails ends the test.
fn live(test: &str, usual: u64, live: impl Fn(u64) -> Result<Tally, String>) {
    let seed = seed(test);
    let mut total = Tally::default();
    for seed in (seed..).take(rounds(usual) as usize) {
        total += live(seed).unwrap_or_else(|what| panic!("{what}"));
    }
    println!("{total:?}");
    assert!(total.losses + total.faults >= total.transactions / 100, "there was trouble enough: {total:?}");
}

fn journal_of(seed: u64) -> Journal {
    [Journal::Wal, Journal::Delete, Journal::Truncate, Journal::Persist][(seed % 4) as usize]
}

/// How a disk may fail under SQLite. With a rollback journal, fewer bytes than there are mean its end to SQLite.
fn failures(journal: Journal, is_plain: bool) -> &'static [Failure] {
    match journal {
        Journal::Wal if !is_plain => &[Failure::Broken, Failure::Full, Failure::Short],
        Journal::Wal | Journal::Delete | Journal::Truncate | Journal::Persist => {
            &[Failure::Broken, Failure::Full]
        }
    }
}

// -- plain SQLite: the disk and the work are what they should be --------------------------------------------------------

#[test]
fn plain_sqlite_survives_on_this_disk() {
    live("plain_sqlite_survives", 40, |seed| {
        let (disk, journal) = (Disk::new(seed, Honesty::Honest), journal_of(seed));
        Life::new(&Plain::on(&disk, journal), &disk, journal, seed).lose_power(TROUBLES)
    });
}

#[test]
fn plain_sqlite_takes_back_what_a_failing_disk_refuses() {
    live("plain_sqlite_takes_back", 20, |seed| {
        let (disk, journal) = (Disk::new(seed, Honesty::Honest), journal_of(seed));
        let engine = Plain::on(&disk, journal);
        Life::new(&engine, &disk, journal, seed).meet_faults(failures(journal, true), TROUBLES)
    });
}

#[test]
fn plain_sqlite_is_lost_on_a_disk_that_lies() {
    let seed = seed("plain_sqlite_is_lost");
    for seed in seed..seed + 4 {
        let (disk, journal) = (Disk::new(seed, Honesty::Liar), journal_of(seed));
        let lived = Life::new(&Plain::on(&disk, journal), &disk, journal, seed).lose_power(TROUBLES);
        println!("{journal:?}: {}", lived.expect_err("a loss is found"));
    }
}

// -- the vault ---------------------------------------------------------------------------------------------------------

#[test]
fn the_vault_survives_power_losses() {
    live("the_vault_survives", 80, |seed| {
        let disk = Disk::new(seed, Honesty::Honest);
        Life::new(&Sealed::on(&disk), &disk, Journal::Wal, seed).lose_power(TROUBLES)
    });
}

#[test]
fn the_vault_takes_back_what_a_failing_disk_refuses() {
    live("the_vault_takes_back", 20, |seed| {
        let disk = Disk::new(seed, Honesty::Honest);
        let failures = failures(Journal::Wal, false);
        Life::new(&Sealed::on(&disk), &disk, Journal::Wal, seed).meet_faults(failures, TROUBLES)
    });
}

#[test]
fn the_vault_is_lost_on_a_disk_that_lies() {
    let seed = seed("the_vault_is_lost");
    let disk = Disk::new(seed, Honesty::Liar);
    let lived = Life::new(&Sealed::on(&disk), &disk, Journal::Wal, seed).lose_power(TROUBLES);
    println!("{}", lived.expect_err("a loss is found"));
}

// -- its file layer without an anchor, in every way of journalling -----------------------------------------------------

#[test]
fn the_file_layer_alone_survives_power_losses() {
    live("the_file_layer_alone_survives", 20, |seed| {
        let (disk, journal) = (Disk::new(seed, Honesty::Honest), journal_of(seed));
        // Without an anchor, the readable beginning of page 1 stands nowhere else.
        disk.tear_cleanly();
        let engine = Unanchored::on(&disk, journal);
        Life::new(&engine, &disk, journal, seed).begin_in_peace()?.lose_power(TROUBLES)
    });
}

#[test]
fn the_file_layer_alone_takes_back_what_a_failing_disk_refuses() {
    live("the_file_layer_alone_takes_back", 20, |seed| {
        let (disk, journal) = (Disk::new(seed, Honesty::Honest), journal_of(seed));
        disk.tear_cleanly();
        let engine = Unanchored::on(&disk, journal);
        let life = Life::new(&engine, &disk, journal, seed).begin_in_peace()?;
        life.meet_faults(failures(journal, false), TROUBLES)
    });
}
