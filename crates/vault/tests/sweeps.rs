//! Damage and rollback, by somebody who can write every file but has no key: each byte of each file of a small store flipped
//! in turn, pages swapped, doubled and cut off, and older files put back. It must be noticed and named, or it must not
//! matter; no answer may be wrong, and nothing acknowledged may be missing silently. The key file is swept in `keys.rs`.

#[path = "support/support.rs"]
mod support;

use std::fmt;
use std::ops::{ControlFlow, Range};

use expect_test::{Expect, expect};
use rusqlite::Connection;
use support::answers::{Dump, dump};
use support::disk::{Disk, Honesty, Image};
use support::engine::Sealed;
use support::random::{Random, rounds, seed};
use vault::format::PAGE_BYTES;
use vault::{Known, Purpose, Vault, VaultError, classify};

/// In front of the frames of the log, and each of them (docs/vault.md).
const LOG_HEADER_BYTES: usize = 80;
const FRAME_BYTES: usize = 40 + PAGE_BYTES;

/// Where frame `number` begins.
fn log_place(number: usize) -> usize {
    LOG_HEADER_BYTES + (number - 1) * FRAME_BYTES
}

/// What is left free in the anchor: every byte there is like the next.
const ANCHOR_GAPS: [Range<usize>; 2] = [256..4096, 4352..8192];
const GAP_STEP: usize = 97;

/// A store at one moment of its life: its files, what it holds, and what the keychain has seen of it.
#[derive(Clone)]
struct Moment {
    files: Image,
    holds: Dump,
    known: Known,
}

/// A small store on a disk in memory.
struct Sample {
    disk: Disk,
    engine: Sealed,
}

/// What somebody hears who opens a store and reads all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    /// Nothing, and everything is there.
    Right,
    /// It does not open, or what is damaged does not read: the vault's words.
    Refused(String),
    /// Everything is there, and who asks for it hears what is damaged: the vault's words.
    Found(String),
    /// Nothing, and something else is there. Never.
    Wrong,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Right => f.write_str("right"),
            Verdict::Refused(words) => write!(f, "refused: {words}"),
            Verdict::Found(words) => write!(f, "found: {words}"),
            Verdict::Wrong => f.write_str("WRONG"),
        }
    }
}

impl Sample {
    fn new() -> Sample {
        let disk = Disk::new(1, Honesty::Honest);
        let engine = Sealed::on(&disk);
        Sample { disk, engine }
    }

    fn open(&self) -> (Vault, Connection) {
        let vault = self.engine.open_vault().expect("it opens");
        let connection = vault.connect(Purpose::Write).expect("it connects");
        (vault, connection)
    }

    fn moment(&self, vault: &Vault, connection: &Connection) -> Moment {
        let witness = Some(vault.witness().expect("it is written"));
        Moment {
            files: self.disk.image(),
            holds: dump(connection).expect("it is read"),
            known: Known { is_made: true, witness },
        }
    }

    /// Puts the files of this moment on the disk and looks at all of them.
    fn look(&self, moment: &Moment) -> Verdict {
        self.disk.load(&moment.files);
        self.engine.known.set(moment.known);
        let words = |text: &str| text.replace(&self.engine.name(), "usher.db");
        match self.read_all() {
            Err(error) => Verdict::Refused(words(&error.to_string())),
            Ok((found, _)) if found != moment.holds => Verdict::Wrong,
            Ok((_, findings)) => {
                findings.first().map_or(Verdict::Right, |finding| Verdict::Found(words(finding)))
            }
        }
    }

    fn read_all(&self) -> Result<(Dump, Vec<String>), VaultError> {
        let vault = self.engine.open_vault()?;
        let connection = vault.connect(Purpose::Write)?;
        let found = dump(&connection).map_err(|error| classify(&error))?;
        let checked = vault.check(&mut |_| ControlFlow::Continue(()))?;
        Ok((found, checked.findings))
    }

    /// Flips a bit of every byte of a file (all bits with `ROUNDS=8`), and says what each stretch of it brings.
    fn flip(&self, moment: &Moment, file: &str) -> String {
        let name = self.engine.name() + file;
        let length = moment.files[&name].len();
        let gaps = if file == ".anchor" { ANCHOR_GAPS.as_slice() } else { &[] };
        let is_tried = |at: &usize| !gaps.iter().any(|gap| gap.contains(at)) || at.is_multiple_of(GAP_STEP);
        let first_bit = Random::new(seed("sweeps")).below(8);
        let mut stretches: Vec<(usize, usize, Verdict)> = Vec::new();
        for at in (0..length).filter(is_tried) {
            for bit in 0..rounds(1) {
                let mut damaged = moment.clone();
                damaged.files.get_mut(&name).expect("it is there")[at] ^= 1 << ((first_bit + bit) % 8);
                let verdict = self.look(&damaged);
                match stretches.last_mut().filter(|(_, _, before)| *before == verdict) {
                    Some((_, last, _)) => *last = at,
                    None => stretches.push((at, at, verdict)),
                }
            }
        }
        stretches.iter().map(|(from, to, verdict)| format!("{from}-{to} {verdict}\n")).collect()
    }
}

/// A few pages of calls, one of them freed; closed, so that all is in the database.
fn closed(sample: &Sample) -> Moment {
    let (vault, connection) = sample.open();
    connection
        .execute_batch(
            "CREATE TABLE calls (id INTEGER PRIMARY KEY, note TEXT);
             CREATE TABLE gone (note TEXT);
             INSERT INTO gone VALUES ('short-lived');
             INSERT INTO calls VALUES (1, 'first'), (2, 'second');
             DROP TABLE gone",
        )
        .expect("it is written");
    let holds = dump(&connection).expect("it is read");
    drop((connection, vault));
    let (vault, connection) = sample.open();
    let moment = sample.moment(&vault, &connection);
    assert_eq!(moment.holds, holds);
    moment
}

fn write(connection: &Connection, note: &str) {
    let sql = "INSERT INTO calls (note) VALUES (?1)";
    connection.execute(sql, [note]).expect("it is written");
}

/// The same at work: three transactions more are in the log.
fn at_work(sample: &Sample) -> Moment {
    let (vault, connection) = sample.open();
    ["third", "fourth", "fifth"].iter().for_each(|note| write(&connection, note));
    sample.moment(&vault, &connection)
}

#[test]
fn a_flipped_bit_of_a_closed_store() {
    let sample = Sample::new();
    let closed = closed(&sample);
    let check = |file: &str, want: Expect| want.assert_eq(&sample.flip(&closed, file));
    check(
        "",
        expect![[r#"
        0-5 refused: usher.db is not a database of this program
        6-15 refused: usher.db is not as new as it was: the anchor belongs to another database
        16-4056 refused: the database is damaged: page 1 of the database is not what was written
        4057-4064 refused: usher.db is not as new as it was: page 1 of the database is not the newest that was written
        4065-4095 refused: the database is damaged: page 1 of the database is not what was written
        4096-8152 refused: the database is damaged: page 2 of the database is not what was written
        8153-8160 refused: usher.db is not as new as it was: page 2 of the database is not the newest that was written
        8161-8191 refused: the database is damaged: page 2 of the database is not what was written
        8192-12248 found: page 3 of the database is not what was written
        12249-12256 refused: usher.db is not as new as it was: page 3 of the database is not the newest that was written
        12257-12287 found: page 3 of the database is not what was written
    "#]],
    );
    check(
        ".anchor",
        expect![[r#"
        0-255 refused: usher.db is not as new as it was: one of the anchor's two heads is not what was written, and by what is left database, log and anchor are all older (4) than what was seen last (10)
        291-4074 found: something stands behind a head of the anchor; it is written anew
        4096-4351 found: one of the anchor's two heads is not what was written; it is written anew
        4365-8148 found: something stands behind a head of the anchor; it is written anew
        8192-8235 right
        8236-8287 refused: the database is damaged: usher.db: the anchor is damaged
        8288-8371 refused: usher.db is not as new as it was: the newest record of the anchor is not what was written, and by what is left database, log and anchor are all older (4) than what was seen last (10)
    "#]],
    );
}

/// Page 2 stands in the log too. The first 44 bytes of the anchor's records are one that does not count any more.
#[test]
fn a_flipped_bit_of_a_store_at_work() {
    let sample = Sample::new();
    closed(&sample);
    let at_work = at_work(&sample);
    let check = |file: &str, want: Expect| want.assert_eq(&sample.flip(&at_work, file));
    check(
        "",
        expect![[r#"
        0-5 refused: usher.db is not a database of this program
        6-15 refused: usher.db is not as new as it was: the anchor belongs to another database
        16-4056 refused: the database is damaged: page 1 of the database is not what was written
        4057-4064 refused: usher.db is not as new as it was: page 1 of the database is not the newest that was written
        4065-4095 refused: the database is damaged: page 1 of the database is not what was written
        4096-8191 right
        8192-12248 found: page 3 of the database is not what was written
        12249-12256 refused: usher.db is not as new as it was: page 3 of the database is not the newest that was written
        12257-12287 found: page 3 of the database is not what was written
    "#]],
    );
    check(
        "-wal",
        expect![[r#"
        0-79 refused: the database is damaged: usher.db: the header of the write-ahead log
        80-4215 refused: the database is damaged: usher.db: frame 1 of the write-ahead log, of 3 that were acknowledged
        4216-8351 refused: the database is damaged: usher.db: frame 2 of the write-ahead log, of 3 that were acknowledged
        8352-12487 refused: the database is damaged: usher.db: frame 3 of the write-ahead log, of 3 that were acknowledged
    "#]],
    );
    check(
        ".anchor",
        expect![[r#"
        0-255 found: one of the anchor's two heads is not what was written; it is written anew
        291-4074 found: something stands behind a head of the anchor; it is written anew
        4096-4351 refused: usher.db is not as new as it was: one of the anchor's two heads is not what was written, and by what is left database, log and anchor are all older (10) than what was seen last (13)
        4365-8148 found: something stands behind a head of the anchor; it is written anew
        8192-8235 right
        8236-8371 refused: the database is damaged: usher.db: the anchor is damaged
    "#]],
    );
}

/// Every flip must be heard of, wherever it is in a database of some thousand pages.
#[test]
fn flipped_bits_of_a_large_store() {
    let sample = Sample::new();
    let (vault, connection) = sample.open();
    connection
        .execute_batch(
            "CREATE TABLE notes (id INTEGER PRIMARY KEY, note TEXT, voice BLOB);
             CREATE INDEX notes_by_note ON notes (note);
             WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 20000)
             INSERT INTO notes SELECT id, 'note ' || id * 7919 % 20011, zeroblob(id % 900) FROM n;
             DELETE FROM notes WHERE id % 10 < 3;
             PRAGMA wal_checkpoint(TRUNCATE)",
        )
        .expect("it is written");
    let moment = sample.moment(&vault, &connection);
    drop((connection, vault));
    let name = sample.engine.name();
    let pages = moment.files[&name].len() / PAGE_BYTES;
    assert!(pages > 1_500, "{pages} pages are large");
    let mut random = Random::new(seed("flipped_bits_of_a_large"));
    for _ in 0..rounds(150) {
        let bit = 128 + random.below((pages * PAGE_BYTES * 8 - 128) as u64) as usize;
        let mut damaged = moment.clone();
        damaged.files.get_mut(&name).expect("it is there")[bit / 8] ^= 1 << (bit % 8);
        let heard = sample.look(&damaged).to_string();
        let page = bit / 8 / PAGE_BYTES + 1;
        assert!(heard.contains(&format!("page {page} of the database")), "bit {bit}: {heard}");
    }
}

// -- pages, files and times mixed up -----------------------------------------------------------------------------------

/// The same store at four moments, one after the other.
struct History {
    sample: Sample,
    /// All in the database.
    closed: Moment,
    /// Three transactions in the log.
    before: Moment,
    /// Those are in the database; three more in the next log.
    now: Moment,
    /// One more in the same log.
    latest: Moment,
    /// Everything is in the database, and the log is empty.
    folded: Moment,
}

impl History {
    fn new() -> History {
        let sample = Sample::new();
        let closed = closed(&sample);
        let (vault, connection) = sample.open();
        ["third", "fourth", "fifth"].iter().for_each(|note| write(&connection, note));
        let before = sample.moment(&vault, &connection);
        connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").expect("it goes into the database");
        ["sixth", "seventh", "eighth"].iter().for_each(|note| write(&connection, note));
        let now = sample.moment(&vault, &connection);
        write(&connection, "ninth");
        let latest = sample.moment(&vault, &connection);
        connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").expect("it goes into the database");
        let folded = sample.moment(&vault, &connection);
        drop((connection, vault));
        History { sample, closed, before, now, latest, folded }
    }

    /// What somebody hears when this was done to the store of a moment.
    fn after(&self, moment: &Moment, damage: impl FnOnce(&mut Files)) -> String {
        let mut damaged = moment.clone();
        damage(&mut Files { name: self.sample.engine.name(), files: &mut damaged.files });
        self.sample.look(&damaged).to_string()
    }

    fn latest_after(&self, damage: impl FnOnce(&mut Files)) -> String {
        self.after(&self.latest, damage)
    }
}

/// The files of a store in the hands of somebody without its keys.
struct Files<'a> {
    name: String,
    files: &'a mut Image,
}

impl Files<'_> {
    fn bytes(&mut self, file: &str) -> &mut Vec<u8> {
        self.files.entry(self.name.clone() + file).or_default()
    }

    /// Page `number` of the database, 1 for the first.
    fn page(&mut self, number: usize) -> &mut [u8] {
        &mut self.bytes("")[(number - 1) * PAGE_BYTES..][..PAGE_BYTES]
    }

    /// Frame `number` of the log, 1 for the first.
    fn frame(&mut self, number: usize) -> &mut [u8] {
        &mut self.bytes("-wal")[log_place(number)..log_place(number + 1)]
    }

    fn cut(&mut self, file: &str, length: usize) {
        self.bytes(file).truncate(length);
    }

    fn delete(&mut self, file: &str) {
        self.files.remove(&(self.name.clone() + file));
    }

    /// Puts a file there as it was at another moment.
    fn put(&mut self, file: &str, of: &Moment) {
        *self.bytes(file) = of.files[&(self.name.clone() + file)].clone();
    }
}

/// One line for each damage.
fn lines<const N: usize>(lines: [(&str, String); N]) -> String {
    lines.iter().map(|(damage, heard)| format!("{damage}: {heard}\n")).collect()
}

#[test]
fn pages_in_the_wrong_place_and_from_another_time() {
    let history = History::new();
    let old_page = |number| {
        history.latest_after(|files| {
            let old = &history.closed.files[&files.name][(number - 1) * PAGE_BYTES..][..PAGE_BYTES];
            files.page(number).copy_from_slice(old);
        })
    };
    let copy = |from, to| {
        history.latest_after(|files| {
            let page = files.page(from).to_vec();
            files.page(to).copy_from_slice(&page);
        })
    };
    let heard = lines([
        ("nothing", history.latest_after(|_| {})),
        (
            "pages 1 and 3 swapped",
            history.latest_after(|files| {
                let page = files.page(1).to_vec();
                files.bytes("").copy_within(2 * PAGE_BYTES..3 * PAGE_BYTES, 0);
                files.page(3).copy_from_slice(&page);
            }),
        ),
        ("page 2 in place of 3", copy(2, 3)),
        ("page 3 in place of 1", copy(3, 1)),
        ("page 3 in place of 2, which the log holds", copy(3, 2)),
        ("an old page 2, which the log holds", old_page(2)),
        ("zeros in place of page 3", history.latest_after(|files| files.page(3).fill(0))),
        (
            "an old page 2, which the log does not hold",
            history.after(&history.folded, |files| {
                let old = &history.closed.files[&files.name][PAGE_BYTES..2 * PAGE_BYTES];
                files.page(2).copy_from_slice(old);
            }),
        ),
    ]);
    expect![[r#"
        nothing: right
        pages 1 and 3 swapped: refused: usher.db is not a database of this program
        page 2 in place of 3: refused: usher.db is not as new as it was: page 3 of the database is not the newest that was written
        page 3 in place of 1: refused: usher.db is not a database of this program
        page 3 in place of 2, which the log holds: right
        an old page 2, which the log holds: right
        zeros in place of page 3: refused: usher.db is not as new as it was: page 3 of the database is not the newest that was written
        an old page 2, which the log does not hold: refused: usher.db is not as new as it was: page 2 of the database is not the newest that was written
    "#]].assert_eq(&heard);
}

#[test]
fn files_cut_off_and_taken_away() {
    let history = History::new();
    let cut = |file: &'static str, length: usize| history.latest_after(|files| files.cut(file, length));
    let log = |frames: usize| LOG_HEADER_BYTES + frames * FRAME_BYTES;
    let heard = lines([
        ("database without page 3", cut("", 2 * PAGE_BYTES)),
        ("database with half of page 3", cut("", 2 * PAGE_BYTES + 2_000)),
        ("database without pages 2 and 3", cut("", PAGE_BYTES)),
        ("database with half of page 1", cut("", 2_000)),
        ("database with 10 bytes", cut("", 10)),
        ("database empty", cut("", 0)),
        ("database gone", history.latest_after(|files| files.delete(""))),
        ("a page more", history.latest_after(|files| files.bytes("").extend([7; PAGE_BYTES]))),
        ("a page of zeros more", history.latest_after(|files| files.bytes("").extend([0; PAGE_BYTES]))),
        ("half a page more", history.latest_after(|files| files.bytes("").extend([7; 2_000]))),
        ("log without frame 4", cut("-wal", log(3))),
        ("log with half of frame 4", cut("-wal", log(3) + 2_000)),
        ("log without frames 3 and 4", cut("-wal", log(2))),
        ("log with its header", cut("-wal", log(0))),
        ("log with half its header", cut("-wal", 40)),
        ("log empty", cut("-wal", 0)),
        ("log gone", history.latest_after(|files| files.delete("-wal"))),
        ("a frame more", history.latest_after(|files| files.bytes("-wal").extend([7; FRAME_BYTES]))),
        (
            "anchor without its last byte",
            cut(".anchor", history.latest.files[&(history.sample.engine.name() + ".anchor")].len() - 1),
        ),
        ("anchor with both heads only", cut(".anchor", 8_192)),
        ("anchor with one head", cut(".anchor", 256)),
        ("anchor empty", cut(".anchor", 0)),
        ("anchor gone", history.latest_after(|files| files.delete(".anchor"))),
        ("a byte more in the anchor", history.latest_after(|files| files.bytes(".anchor").push(7))),
        ("all gone", history.latest_after(|files| files.files.clear())),
    ]);
    expect![[r#"
        database without page 3: refused: the database is damaged: usher.db: the database ends before page 3
        database with half of page 3: refused: the database is damaged: usher.db: the database ends before page 3
        database without pages 2 and 3: refused: the database is damaged: usher.db: the database ends before page 3
        database with half of page 1: refused: the database is damaged: usher.db: the database ends before page 1
        database with 10 bytes: refused: usher.db is not as new as it was: the anchor belongs to another database
        database empty: refused: the database is damaged: usher.db: the database is gone, and its anchor is still there
        database gone: refused: the database is damaged: usher.db: the database is gone, and its anchor is still there
        a page more: refused: usher.db is not as new as it was: page 4 of the database is not the newest that was written
        a page of zeros more: refused: usher.db is not as new as it was: page 4 of the database is not the newest that was written
        half a page more: right
        log without frame 4: refused: the database is damaged: usher.db: frame 4 of the write-ahead log, of 4 that were acknowledged
        log with half of frame 4: refused: the database is damaged: usher.db: frame 4 of the write-ahead log, of 4 that were acknowledged
        log without frames 3 and 4: refused: the database is damaged: usher.db: frame 3 of the write-ahead log, of 4 that were acknowledged
        log with its header: refused: the database is damaged: usher.db: frame 1 of the write-ahead log, of 4 that were acknowledged
        log with half its header: refused: the database is damaged: usher.db: the header of the write-ahead log
        log empty: refused: usher.db is not as new as it was: the write-ahead log is gone
        log gone: refused: usher.db is not as new as it was: the write-ahead log is gone
        a frame more: right
        anchor without its last byte: refused: the database is damaged: usher.db: the anchor is damaged
        anchor with both heads only: refused: the database is damaged: usher.db: the anchor is damaged
        anchor with one head: refused: the database is damaged: usher.db: the anchor is damaged
        anchor empty: refused: usher.db is not as new as it was: the anchor is gone
        anchor gone: refused: usher.db is not as new as it was: the anchor is gone
        a byte more in the anchor: right
        all gone: refused: usher.db is not as new as it was: the database is gone
    "#]].assert_eq(&heard);
}

#[test]
fn files_from_another_time_or_another_store() {
    let history = History::new();
    let other = History::new();
    let old = |files_put: &'static [&'static str], of: &Moment| {
        history.latest_after(|files| files_put.iter().for_each(|file| files.put(file, of)))
    };
    let foreign = |files_put: &'static [&'static str]| {
        history.latest_after(|files| {
            for file in files_put {
                *files.bytes(file) = other.latest.files[&(other.sample.engine.name() + file)].clone();
            }
        })
    };
    let History { closed, before, now, latest, folded, .. } = &history;
    let heard = lines([
        ("database of the beginning", old(&[""], closed)),
        ("database of before", old(&[""], before)),
        ("log of before", old(&["-wal"], before)),
        ("log of now", old(&["-wal"], now)),
        ("database and log of before", old(&["", "-wal"], before)),
        ("anchor of before", old(&[".anchor"], before)),
        ("anchor of now", old(&[".anchor"], now)),
        ("log and anchor of now", old(&["-wal", ".anchor"], now)),
        ("database and anchor of the beginning", old(&["", ".anchor"], closed)),
        ("all of before", old(&["", "-wal", ".anchor"], before)),
        ("all of now", old(&["", "-wal", ".anchor"], now)),
        ("database of the beginning, with nothing in the log", {
            history.after(folded, |files| files.put("", closed))
        }),
        ("an old log beside a database that holds it", {
            history.after(folded, |files| files.put("-wal", latest))
        }),
        ("an older log beside a database that holds it", {
            history.after(folded, |files| files.put("-wal", before))
        }),
        ("database of another store", foreign(&[""])),
        ("log of another store", foreign(&["-wal"])),
        ("anchor of another store", foreign(&[".anchor"])),
        ("all of another store", foreign(&["", "-wal", ".anchor"])),
        (
            "frames 2 and 3 swapped",
            history.latest_after(|files| {
                let frame = files.frame(2).to_vec();
                files.bytes("-wal").copy_within(log_place(3)..log_place(4), log_place(2));
                files.frame(3).copy_from_slice(&frame);
            }),
        ),
        (
            "frame 1 in place of 4",
            history.latest_after(|files| {
                let frame = files.frame(1).to_vec();
                files.frame(4).copy_from_slice(&frame);
            }),
        ),
        (
            "frame 3 of before in place of 3",
            history.latest_after(|files| {
                let old = &before.files[&(files.name.clone() + "-wal")][log_place(3)..log_place(4)];
                files.frame(3).copy_from_slice(old);
            }),
        ),
    ]);
    expect![[r#"
        database of the beginning: right
        database of before: right
        log of before: refused: usher.db is not as new as it was: the write-ahead log is of another time than the anchor
        log of now: refused: the database is damaged: usher.db: frame 4 of the write-ahead log, of 4 that were acknowledged
        database and log of before: refused: usher.db is not as new as it was: the write-ahead log is of another time than the anchor
        anchor of before: refused: usher.db is not as new as it was: database, log and anchor are all older (13) than what was seen last (18)
        anchor of now: refused: usher.db is not as new as it was: database, log and anchor are all older (17) than what was seen last (18)
        log and anchor of now: refused: usher.db is not as new as it was: database, log and anchor are all older (17) than what was seen last (18)
        database and anchor of the beginning: refused: usher.db is not as new as it was: database, log and anchor are all older (10) than what was seen last (18)
        all of before: refused: usher.db is not as new as it was: database, log and anchor are all older (13) than what was seen last (18)
        all of now: refused: usher.db is not as new as it was: database, log and anchor are all older (17) than what was seen last (18)
        database of the beginning, with nothing in the log: refused: usher.db is not as new as it was: page 2 of the database is not the newest that was written
        an old log beside a database that holds it: right
        an older log beside a database that holds it: found: a log of an earlier time was there; it is not used
        database of another store: refused: usher.db is not as new as it was: the anchor belongs to another database
        log of another store: refused: the database is damaged: usher.db: the header of the write-ahead log
        anchor of another store: refused: the database is damaged: usher.db: the anchor is damaged
        all of another store: refused: the database is damaged: usher.db: the anchor is damaged
        frames 2 and 3 swapped: refused: the database is damaged: usher.db: frame 2 of the write-ahead log, of 4 that were acknowledged
        frame 1 in place of 4: refused: the database is damaged: usher.db: frame 4 of the write-ahead log, of 4 that were acknowledged
        frame 3 of before in place of 3: refused: the database is damaged: usher.db: frame 3 of the write-ahead log, of 4 that were acknowledged
    "#]].assert_eq(&heard);
}

/// SQLite rolls back what it finds in a journal before it reads anything else.
#[test]
fn a_journal_that_nobody_of_us_wrote() {
    let history = History::new();
    let journal = |pages: u32, records: u32, record: &[u8]| {
        let mut bytes = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7".to_vec();
        bytes.extend([records, 0, pages, 512, PAGE_BYTES as u32].map(u32::to_be_bytes).concat());
        bytes.resize(512, 0);
        bytes.extend(record);
        history.after(&history.folded, |files| *files.bytes("-journal") = bytes)
    };
    let old_page = &history.closed.files[&history.sample.engine.name()][PAGE_BYTES..2 * PAGE_BYTES];
    let record = [&2_u32.to_be_bytes(), old_page, &[0; 4]].concat();
    let heard = lines([
        ("cuts the database to one page", journal(1, 0, &[])),
        ("cuts the database to nothing", journal(0, 0, &[])),
        ("puts an old page back", journal(3, 1, &record)),
        ("nonsense", history.after(&history.folded, |files| files.bytes("-journal").extend([7; 5_000]))),
    ]);
    expect![[r#"
        cuts the database to one page: right
        cuts the database to nothing: right
        puts an old page back: right
        nonsense: right
    "#]]
    .assert_eq(&heard);
}

#[test]
fn another_key_opens_nothing() {
    let History { sample, latest, folded, .. } = History::new();
    let sample = Sample { engine: sample.engine.with_other_keys(), ..sample };
    let heard = lines([
        ("with a log", sample.look(&latest).to_string()),
        ("without one", sample.look(&folded).to_string()),
    ]);
    expect![[r#"
        with a log: refused: the database is damaged: usher.db: the anchor is damaged
        without one: refused: the database is damaged: usher.db: the anchor is damaged
    "#]]
    .assert_eq(&heard);
}

/// Whoever puts back all files at once goes unnoticed as far as the keychain has not seen a newer state.
#[test]
fn a_whole_older_store_is_only_found_by_its_witness() {
    let History { sample, before, now, latest, .. } = History::new();
    let look = |moment: &Moment, known: Known| sample.look(&Moment { known, ..moment.clone() }).to_string();
    let nobody = Known { is_made: true, witness: None };
    let heard = lines([
        ("all of now, the keychain saw the latest", look(&now, latest.known)),
        ("all of now, the keychain saw now", look(&now, now.known)),
        ("all of now, the keychain saw before", look(&now, before.known)),
        ("all of now, the keychain saw nothing", look(&now, nobody)),
    ]);
    expect![[r#"
        all of now, the keychain saw the latest: refused: usher.db is not as new as it was: database, log and anchor are all older (17) than what was seen last (18)
        all of now, the keychain saw now: right
        all of now, the keychain saw before: right
        all of now, the keychain saw nothing: right
    "#]].assert_eq(&heard);
}
