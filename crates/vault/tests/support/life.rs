//! The life of one database on a disk that loses its power: work until it is dark, open again, see that exactly the
//! acknowledged is there, go on. What must hold is shown with plain SQLite first, and shown to fail on a disk that lies.

use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::Backup;

use super::answers::{Answer, Dump, Statement, ask, difference, dump, misfit};
use super::disk::{Disk, Failure, Fault, Operation};
use super::engine::{Engine, Journal, Plain, Refusal, Store};
use super::random::Random;
use super::work;

/// What happened in a life.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    /// Transactions that were acknowledged.
    pub(crate) transactions: u64,
    /// Times the power went.
    pub(crate) losses: u64,
    /// Transactions that were there although the power went before they were acknowledged.
    pub(crate) unacknowledged: u64,
    /// Faults of the disk that happened.
    pub(crate) faults: u64,
    /// Times that everything was sealed under a new key.
    pub(crate) key_changes: u64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, more: Tally) {
        self.transactions += more.transactions;
        self.losses += more.losses;
        self.unacknowledged += more.unacknowledged;
        self.faults += more.faults;
        self.key_changes += more.key_changes;
    }
}

/// A database, what it must hold, and the disk below.
pub(crate) struct Life<'a> {
    engine: &'a dyn Engine,
    disk: &'a Disk,
    journal: Journal,
    seed: u64,
    random: Random,
    oracle: Oracle,
    tally: Tally,
}

/// Why the work stopped.
enum Stop {
    /// It is dark. The transaction at work, if any, may be there or not.
    Dark,
    /// The disk did not do one thing. The same holds.
    Fault,
    /// Something is not as it must be.
    Wrong(String),
}

impl<'a> Life<'a> {
    /// Nothing is on the disk yet.
    pub(crate) fn new(engine: &'a dyn Engine, disk: &'a Disk, journal: Journal, seed: u64) -> Life<'a> {
        let oracle = Oracle::new(seed);
        Life { engine, disk, journal, seed, random: Random::new(seed), oracle, tally: Tally::default() }
    }

    /// Makes the database before any trouble begins.
    pub(crate) fn begin_in_peace(mut self) -> Result<Life<'a>, String> {
        let (_store, connection) = self.open_and_connect().map_err(|refusal| refusal.to_string())?;
        for statement in self.oracle.next_statements() {
            let answer = ask(&connection, &statement);
            if let Some(error) = answer.error {
                return Err(format!("{statement:?} answers {error:?}"));
            }
        }
        self.oracle.advance();
        Ok(self)
    }

    /// Works through so many power losses. The error says what was wrong.
    pub(crate) fn lose_power(mut self, times: u64) -> Result<Tally, String> {
        self.repeat(times, Life::lose_power_once)
    }

    /// Works through so many operations that fail in one of these ways, with a power loss now and then.
    pub(crate) fn meet_faults(mut self, failures: &[Failure], times: u64) -> Result<Tally, String> {
        self.repeat(times, |life| life.meet_fault(failures))
    }

    fn repeat(
        &mut self,
        times: u64,
        mut trouble: impl FnMut(&mut Life<'a>) -> Result<(), String>,
    ) -> Result<Tally, String> {
        for time in 0..times {
            trouble(self).map_err(|what| {
                format!(
                    "SEED={}, trouble {time}, after transaction {}: {what}",
                    self.seed,
                    self.oracle.said()
                )
            })?;
        }
        Ok(self.tally)
    }

    fn lose_power_once(&mut self) -> Result<(), String> {
        let scale = 8 << self.random.below(8);
        self.disk.cut_power_after(self.random.below(scale));
        loop {
            match self.work() {
                Ok(()) => {}
                Err(Stop::Dark) => break,
                Err(Stop::Fault) => unreachable!("nobody asked for a fault"),
                Err(Stop::Wrong(what)) => return Err(what),
            }
        }
        self.tally.losses += 1;
        self.disk.power_on();
        while self.random.chance(30) {
            self.lose_power_while_opening()?;
        }
        self.check()
    }

    /// The first look after a power loss repairs what it finds; the power may go then too.
    fn lose_power_while_opening(&mut self) -> Result<(), String> {
        self.disk.cut_power_after(self.random.below(30));
        let looked = self.open_and_connect().and_then(|(_, connection)| Ok(dump(&connection).map(drop)?));
        match looked {
            Err(refusal) if !self.disk.is_dark() => return Err(format!("it does not open: {refusal}")),
            Ok(()) | Err(_) => {}
        }
        self.disk.cut_power();
        self.disk.power_on();
        self.tally.losses += 1;
        Ok(())
    }

    /// One operation fails. The program sees an error or nothing, takes its transaction back, and goes on.
    fn meet_fault(&mut self, failures: &[Failure]) -> Result<(), String> {
        use Operation::{Delete, Open, Read, Sync, Truncate, Write};
        let scale = 1 << self.random.below(10);
        let fault = Fault {
            operation: *self.random.pick(&[Read, Write, Write, Sync, Sync, Truncate, Open, Delete]),
            after: self.random.below(scale),
            failure: *self.random.pick(failures),
        };
        self.disk.fail(fault);
        let worked = self.work();
        let failed = self.disk.heal();
        self.tally.faults += u64::from(failed.is_some());
        if self.random.chance(30) {
            self.disk.cut_power();
            self.disk.power_on();
            self.tally.losses += 1;
        }
        match worked {
            Ok(()) | Err(Stop::Fault) => self.check_after_fault(),
            Err(Stop::Dark) => unreachable!("the power was on"),
            Err(Stop::Wrong(what)) => Err(what),
        }
        .map_err(|what| format!("{fault:?} on {failed:?}: {what}"))
    }

    fn check_after_fault(&mut self) -> Result<(), String> {
        let before = self.oracle.fork();
        self.check()?;
        if self.oracle.reached != before.reached {
            // Seen, and never acknowledged: a power loss may still take it back.
            self.oracle = before;
            self.disk.cut_power();
            self.disk.power_on();
            self.check()?;
        }
        Ok(())
    }

    /// Opens what is there: it must be what was acknowledged, or one transaction more.
    fn check(&mut self) -> Result<(), String> {
        let (_store, connection) =
            self.open_and_connect().map_err(|refusal| format!("it does not open: {refusal}"))?;
        self.check_content(&connection)?;
        match misfit(&connection) {
            Ok(None) => Ok(()),
            Ok(Some(what)) => Err(format!("its parts do not fit: {what}")),
            Err(error) => Err(format!("its parts are not read: {error}")),
        }
    }

    fn check_content(&mut self, connection: &Connection) -> Result<(), String> {
        let there = progress(connection).map_err(|error| format!("its progress is not read: {error}"))?;
        if there == self.oracle.reached.map_or(Some(0), |number| Some(number + 1)) {
            self.oracle.advance();
            self.tally.unacknowledged += 1;
        }
        if there != self.oracle.reached {
            return Err(format!("it holds transaction {there:?}"));
        }
        let found = dump(connection).map_err(|error| format!("it is not read: {error}"))?;
        let wanted = self.oracle.dump();
        if found != wanted {
            return Err(format!("it holds something else:\n{}", difference(&found, &wanted)));
        }
        Ok(())
    }

    // -- work ----------------------------------------------------------------------------------------------------------

    /// One session, from opening the database to closing it.
    fn work(&mut self) -> Result<(), Stop> {
        let mut desk =
            self.sit_down().map_err(|refusal| self.stop(&format!("it does not open: {refusal}")))?;
        for _ in 0..1 + self.random.below(60) {
            match self.step(&mut desk) {
                Err(Stop::Fault) => self.go_on(&mut desk)?,
                other => {
                    other?;
                    continue;
                }
            }
            if self.journal != Journal::Wal {
                break;
            }
            // Plain SQLite's full-text index remembers a commit that failed, and spoils itself later: about once in 5,000
            // faults. New connections do not, so the store goes on with these.
            desk.connect_anew(&mut self.random)
                .map_err(|refusal| self.stop(&format!("it does not connect: {refusal}")))?;
        }
        Ok(())
    }

    /// After a fault the connections are of use as before.
    fn go_on(&mut self, desk: &mut Desk) -> Result<(), Stop> {
        desk.snapshot = None;
        for connection in [&desk.writer, &desk.reader] {
            if !connection.is_autocommit() {
                let rolled_back = connection.execute_batch("ROLLBACK");
                rolled_back.map_err(|error| Stop::Wrong(format!("no way back: {error}")))?;
            }
        }
        let before = self.oracle.fork();
        let checked = self.check_content(&desk.writer);
        // A commit that failed may be seen until a power loss brings the rollback journal back.
        if self.journal != Journal::Wal {
            self.oracle = before;
        }
        checked.map_err(|what| Stop::Wrong(format!("after a fault: {what}")))
    }

    fn sit_down(&mut self) -> Result<Desk, Refusal> {
        let store = self.engine.open()?;
        let (writer, reader) = (connect(&*store, &mut self.random)?, connect(&*store, &mut self.random)?);
        Ok(Desk { writer, reader, snapshot: None, store })
    }

    fn step(&mut self, desk: &mut Desk) -> Result<(), Stop> {
        if self.journal != Journal::Wal {
            self.close_snapshot(desk)?;
        }
        match self.random.below(100) {
            0..70 => self.transact(desk),
            70..78 => {
                let number = self.oracle.next();
                let chosen = self.random.next();
                self.tell(desk, &work::given_up(chosen, number)).map(drop)
            }
            78..86 => {
                let mode = *self.random.pick(&["PASSIVE", "FULL", "RESTART", "TRUNCATE"]);
                self.tell(desk, &[format!("PRAGMA wal_checkpoint({mode})").into()]).map(drop)
            }
            86..88 if self.engine.always_vacuums() => self.tell(desk, &["VACUUM".into()]).map(drop),
            88..91 => {
                self.engine.keep_witness(&*desk.store);
                Ok(())
            }
            91 if desk.snapshot.is_none() => {
                let changed = self.engine.change_key(&*desk.store);
                let changed =
                    changed.map_err(|refusal| self.stop(&format!("the key is not changed: {refusal}")))?;
                self.tally.key_changes += u64::from(changed);
                Ok(())
            }
            _ if desk.snapshot.is_none() => self.open_snapshot(desk),
            _ => self.close_snapshot(desk),
        }
    }

    /// The next transaction. What it answered is what plain SQLite answers.
    fn transact(&mut self, desk: &Desk) -> Result<(), Stop> {
        let statements = self.oracle.next_statements();
        let answers = self.tell(desk, &statements)?;
        self.tally.transactions += 1;
        let wanted = self.oracle.advance();
        match answers.iter().zip(&wanted).position(|(answer, wanted)| answer != wanted) {
            None => Ok(()),
            Some(at) => Err(Stop::Wrong(format!(
                "{:?} answers {:?} instead of {:?}",
                statements[at], answers[at], wanted[at]
            ))),
        }
    }

    fn tell(&self, desk: &Desk, statements: &[Statement]) -> Result<Vec<Answer>, Stop> {
        let mut answers = Vec::new();
        for statement in statements {
            let answer = ask(&desk.writer, statement);
            let dark = self.disk.is_dark() && answer.error.is_some();
            if dark || answer.blames_the_disk() {
                return Err(self.stop(&format!("{statement:?} answers {:?}", answer.error)));
            }
            answers.push(answer);
        }
        Ok(answers)
    }

    fn open_snapshot(&self, desk: &mut Desk) -> Result<(), Stop> {
        let begun = desk.reader.execute_batch("BEGIN").and_then(|()| dump(&desk.reader));
        let snapshot = begun.map_err(|error| self.stop(&format!("a snapshot is not read: {error}")))?;
        if snapshot != self.oracle.dump() {
            let difference = difference(&snapshot, &self.oracle.dump());
            return Err(Stop::Wrong(format!("a new snapshot is not the present:\n{difference}")));
        }
        desk.snapshot = Some(snapshot);
        Ok(())
    }

    /// It must still show what it showed when it began.
    fn close_snapshot(&self, desk: &mut Desk) -> Result<(), Stop> {
        let Some(before) = desk.snapshot.take() else { return Ok(()) };
        let now = dump(&desk.reader).and_then(|now| desk.reader.execute_batch("COMMIT").map(|()| now));
        let now = now.map_err(|error| self.stop(&format!("a snapshot is not read: {error}")))?;
        if now != before {
            return Err(Stop::Wrong(format!("a snapshot has changed:\n{}", difference(&before, &now))));
        }
        Ok(())
    }

    /// In the dark everything may fail, and once after a fault; else nothing.
    fn stop(&self, what: &str) -> Stop {
        if self.disk.is_dark() {
            Stop::Dark
        } else if self.disk.has_failed() {
            Stop::Fault
        } else {
            Stop::Wrong(what.to_owned())
        }
    }

    fn open_and_connect(&self) -> Result<(Box<dyn Store>, Connection), Refusal> {
        let store = self.engine.open()?;
        let connection = store.connect()?;
        connection.pragma_update(None, "foreign_keys", true)?;
        Ok((store, connection))
    }
}

/// Who works on the database at one time. Connections close before the store.
struct Desk {
    writer: Connection,
    reader: Connection,
    /// What the reader saw when its transaction began, while it lasts.
    snapshot: Option<Dump>,
    store: Box<dyn Store>,
}

impl Desk {
    /// Two new connections to the store that was open all the time.
    fn connect_anew(&mut self, random: &mut Random) -> Result<(), Refusal> {
        self.writer = connect(&*self.store, random)?;
        self.reader = connect(&*self.store, random)?;
        Ok(())
    }
}

/// A connection with a cache and a checkpoint of some size.
fn connect(store: &dyn Store, random: &mut Random) -> Result<Connection, Refusal> {
    let connection = store.connect()?;
    connection.busy_timeout(Duration::ZERO)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", *random.pick(&[5, 20, 1_000]))?;
    let checkpoint_pages = *random.pick(&[0, 5, 50, 1_000]);
    connection.pragma_update_and_check(None, "wal_autocheckpoint", checkpoint_pages, |_| Ok(()))?;
    Ok(connection)
}

/// How far the work came that is in the database. `None` is before its tables are made.
pub(crate) fn progress(connection: &Connection) -> rusqlite::Result<Option<u64>> {
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 {
        return Ok(None);
    }
    connection.query_row(work::PROGRESS, [], |row| row.get::<_, i64>(0)).map(|number| Some(number as u64))
}

/// Plain SQLite in memory, led through the acknowledged transactions: what must be on the disk.
pub(crate) struct Oracle {
    connection: Connection,
    seed: u64,
    /// The last transaction. `None` is before the tables are made; that is number 0.
    pub(crate) reached: Option<u64>,
}

impl Oracle {
    /// Before the first transaction of this seed.
    pub(crate) fn new(seed: u64) -> Oracle {
        let connection = Plain::in_memory();
        connection.pragma_update(None, "foreign_keys", true).expect("memory does not fail");
        Oracle { connection, seed, reached: None }
    }

    /// Another one that has come as far.
    fn fork(&self) -> Oracle {
        let mut fork = Oracle { reached: self.reached, ..Oracle::new(self.seed) };
        Backup::new(&self.connection, &mut fork.connection)
            .and_then(|backup| backup.run_to_completion(1_000, Duration::ZERO, None))
            .expect("memory does not fail");
        fork
    }

    /// The number of the next transaction.
    pub(crate) fn next(&self) -> u64 {
        self.reached.map_or(0, |number| number + 1)
    }

    /// The next transaction.
    pub(crate) fn next_statements(&self) -> Vec<Statement> {
        statements(self.seed, self.next())
    }

    /// Carries the next transaction out. Gives the right answers.
    pub(crate) fn advance(&mut self) -> Vec<Answer> {
        let answers =
            self.next_statements().iter().map(|statement| ask(&self.connection, statement)).collect();
        self.reached = Some(self.next());
        answers
    }

    /// All that must be there.
    pub(crate) fn dump(&self) -> Dump {
        dump(&self.connection).expect("memory does not fail")
    }

    fn said(&self) -> String {
        self.reached.map_or("none".to_owned(), |number| number.to_string())
    }
}

/// The statements of a transaction; those of number 0 make the tables.
pub(crate) fn statements(seed: u64, number: u64) -> Vec<Statement> {
    if number == 0 { work::tables() } else { work::transaction(seed, number) }
}
