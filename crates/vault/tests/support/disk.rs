//! A disk in memory that can lose its power, fail and lie: the ground under SQLite and under the vault in tests. `vfs` makes
//! it a file system of SQLite's. It knows nothing of databases.
//!
//! What is written stays volatile until the file is synced. When the power goes, each 512-byte sector written since then is
//! on the disk or not, independently of all others, and now and then holds nonsense; the same write may be there in front
//! and missing behind. A file made, deleted or cut since the last sync may or may not have been. That is what SQLite
//! expects of a disk with `SQLITE_IOCAP_POWERSAFE_OVERWRITE` (only bytes that were being written can be damaged), and it is
//! harsher than any file system we know: those keep at least their own names in order.

mod vfs;

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};

use super::random::Random;

/// What a disk writes whole or not at all.
pub(crate) const SECTOR_BYTES: usize = 512;

/// What SQLite asks of a disk, as far as it can be made to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Read bytes of a file.
    Read,
    /// Write bytes of a file.
    Write,
    /// Make what was written durable.
    Sync,
    /// Cut a file.
    Truncate,
    /// Open a file, or make it.
    Open,
    /// Delete a file.
    Delete,
}

/// How an operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The device gives up (`SQLITE_IOERR_…`). A write may have happened in part.
    Broken,
    /// No room is left (`SQLITE_FULL`). A write may have happened in part.
    Full,
    /// A read that gets fewer bytes than there are (`SQLITE_IOERR_SHORT_READ`).
    Short,
}

/// One operation that will fail, once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    /// Which kind of operation.
    pub(crate) operation: Operation,
    /// How many of them still succeed before.
    pub(crate) after: u64,
    /// How it fails.
    pub(crate) failure: Failure,
}

/// What a disk says about a sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Honesty {
    /// It is done when it says so.
    Honest,
    /// It says so and does nothing, as cheap disks do. No database survives on it, and a test that finds no loss on such a
    /// disk finds none anywhere.
    Liar,
}

/// What somebody who watches the disk sees of one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Watched {
    /// Bytes written.
    pub(crate) bytes: u64,
    /// Writes after which the file showed what nobody must see.
    pub(crate) sightings: u64,
    /// How often the most frequent byte stands in any whole sector that was written. About 10 where all are random.
    pub(crate) monotony_max: usize,
}

/// The files of a disk at one moment.
pub(crate) type Image = BTreeMap<String, Vec<u8>>;

/// A disk, known to SQLite as the file system [`Disk::vfs_name`].
pub(crate) struct Disk {
    platter: Arc<Mutex<Platter>>,
    vfs_name: String,
}

impl Disk {
    /// An empty one. The seed decides what a power loss takes.
    pub(crate) fn new(seed: u64, honesty: Honesty) -> Disk {
        let platter = Arc::new(Mutex::new(Platter {
            random: Random::new(seed),
            honesty,
            shows_nonsense: true,
            names: Names::default(),
            files: HashMap::new(),
            numbers_given: 0,
            power: Power::On { operations_left: None },
            age: 0,
            operations: 0,
            fault: None,
            failed: None,
            needle: Vec::new(),
            watched: BTreeMap::new(),
        }));
        let vfs_name = vfs::register(Arc::clone(&platter));
        Disk { platter, vfs_name }
    }

    /// Under this name SQLite opens files on it.
    pub(crate) fn vfs_name(&self) -> &str {
        &self.vfs_name
    }

    /// From now on, a sector that was being written holds its old or its new bytes after a power loss, and never nonsense.
    pub(crate) fn tear_cleanly(&self) {
        self.platter().shows_nonsense = false;
    }

    /// The power goes off in the middle of the changing operation that follows `operations` more of them.
    pub(crate) fn cut_power_after(&self, operations: u64) {
        self.platter().power = Power::On { operations_left: Some(operations) };
    }

    /// The power goes off now.
    pub(crate) fn cut_power(&self) {
        self.platter().power = Power::Off;
    }

    /// Whether the power is off: each operation fails.
    pub(crate) fn is_dark(&self) -> bool {
        matches!(self.platter().power, Power::Off)
    }

    /// The power comes back, and the disk holds what survived. What was opened before is of no use any more.
    pub(crate) fn power_on(&self) {
        self.platter().power_on();
    }

    /// The next operation of this kind, after so many others, fails once.
    pub(crate) fn fail(&self, fault: Fault) {
        let mut platter = self.platter();
        platter.fault = Some(fault);
        platter.failed = None;
    }

    /// Takes the fault back. Gives the file whose operation failed, where one did.
    pub(crate) fn heal(&self) -> Option<String> {
        let mut platter = self.platter();
        platter.fault = None;
        platter.failed.take()
    }

    /// Whether the fault has happened.
    pub(crate) fn has_failed(&self) -> bool {
        self.platter().failed.is_some()
    }

    /// Changing operations so far.
    pub(crate) fn operations(&self) -> u64 {
        self.platter().operations
    }

    /// From now on, looks for these bytes in each file after each write. Files without a name count as one.
    pub(crate) fn watch_for(&self, needle: &[u8]) {
        let mut platter = self.platter();
        platter.needle = needle.to_vec();
        platter.watched.clear();
    }

    /// What was seen since, by the file's name.
    pub(crate) fn watched(&self) -> BTreeMap<String, Watched> {
        self.platter().watched.clone()
    }

    /// All files with a name, as programs see them now.
    pub(crate) fn image(&self) -> Image {
        let platter = self.platter();
        let content = |number: &u64| platter.files[number].now.clone();
        platter.names.now.iter().map(|(name, number)| (name.clone(), content(number))).collect()
    }

    /// Replaces everything on the disk by these files, durably. What was opened before is of no use any more.
    pub(crate) fn load(&self, image: &Image) {
        self.platter().load(image);
    }

    fn platter(&self) -> MutexGuard<'_, Platter> {
        locked(&self.platter)
    }
}

impl Drop for Disk {
    /// SQLite keeps the file system's name for ever; at least its files go.
    fn drop(&mut self) {
        self.load(&Image::new());
    }
}

fn locked(platter: &Mutex<Platter>) -> MutexGuard<'_, Platter> {
    platter.lock().expect("no test goes on after a panic inside the disk")
}

// -- what lies on it ---------------------------------------------------------------------------------------------------

/// All that is behind the file system. One at a time works on it.
struct Platter {
    random: Random,
    honesty: Honesty,
    shows_nonsense: bool,
    names: Names,
    files: HashMap<u64, Content>,
    numbers_given: u64,
    power: Power,
    /// How often the power came back. A file opened in a former age is dead.
    age: u64,
    operations: u64,
    fault: Option<Fault>,
    failed: Option<String>,
    /// Empty while nobody watches.
    needle: Vec<u8>,
    watched: BTreeMap<String, Watched>,
}

#[derive(Clone, Copy)]
enum Power {
    On { operations_left: Option<u64> },
    Off,
}

/// The directory: which name leads to which file.
#[derive(Default)]
struct Names {
    now: BTreeMap<String, u64>,
    durable: BTreeMap<String, u64>,
    /// What has changed since, oldest first. `None` is a deletion.
    pending: Vec<(String, Option<u64>)>,
}

/// The bytes of one file.
#[derive(Default)]
struct Content {
    now: Vec<u8>,
    durable: Vec<u8>,
    /// What has changed since, oldest first.
    pending: Vec<Change>,
    shared_memory: Option<Arc<vfs::SharedMemory>>,
    locks: Vec<(u64, vfs::LockLevel)>,
}

enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Cut { length: usize },
}

/// Why an operation did not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    /// The power is off, or came back since the file was opened.
    Dark,
    /// The fault that the test asked for.
    Fault(Failure),
    /// There is no such file.
    Missing,
}

impl Platter {
    /// Asked before each operation. What changes something counts, and may be the last one before the dark: then it is
    /// carried out, volatile as everything before it.
    fn begin(&mut self, operation: Operation, age: u64, name: &str) -> Result<LightsOut, Refused> {
        let Power::On { operations_left } = self.power else { return Err(Refused::Dark) };
        if age != self.age {
            return Err(Refused::Dark);
        }
        if let Some(fault) = self.fault.as_mut().filter(|fault| fault.operation == operation) {
            if fault.after == 0 {
                let failure = fault.failure;
                self.fault = None;
                self.failed = Some(name.to_owned());
                return Err(Refused::Fault(failure));
            }
            fault.after -= 1;
        }
        if operation == Operation::Read {
            return Ok(LightsOut(false));
        }
        self.operations += 1;
        match operations_left {
            Some(0) => {
                self.power = Power::Off;
                Ok(LightsOut(true))
            }
            Some(left) => {
                self.power = Power::On { operations_left: Some(left - 1) };
                Ok(LightsOut(false))
            }
            None => Ok(LightsOut(false)),
        }
    }

    /// The number of the file of this name, which is made where it may be.
    fn open(&mut self, name: &str, may_make: bool) -> Result<u64, Refused> {
        if let Power::Off = self.power {
            return Err(Refused::Dark);
        }
        if let Some(number) = self.names.now.get(name) {
            return Ok(*number);
        }
        if !may_make {
            return Err(Refused::Missing);
        }
        self.begin(Operation::Open, self.age, name)?.then_dark()?;
        let number = self.make_nameless();
        self.names.change(name, Some(number));
        Ok(number)
    }

    /// A file that no name leads to, and that ends with its handle.
    fn make_nameless(&mut self) -> u64 {
        self.numbers_given += 1;
        self.files.insert(self.numbers_given, Content::default());
        self.numbers_given
    }

    /// `durably` also settles all names that changed before.
    fn delete(&mut self, name: &str, durably: bool) -> Result<(), Refused> {
        if !self.names.now.contains_key(name) {
            return Err(Refused::Missing);
        }
        let lights = self.begin(Operation::Delete, self.age, name)?;
        self.names.change(name, None);
        lights.then_dark()?;
        if durably && self.honesty == Honesty::Honest {
            self.names.settle();
        }
        Ok(())
    }

    fn write(&mut self, file: &Opened, at: usize, bytes: &[u8]) -> Result<(), Refused> {
        let began = self.begin(Operation::Write, file.age, &file.name);
        let kept = match began {
            Ok(_) => bytes.len(),
            Err(Refused::Fault(_)) => self.random.below(bytes.len() as u64 + 1) as usize,
            Err(other) => return Err(other),
        };
        self.content(file).change(Change::Write { at, bytes: bytes[..kept].to_vec() });
        self.watch(file, at..at + kept);
        began?.then_dark()
    }

    /// Looks at what was written and as much before and behind it as a needle may reach.
    fn watch(&mut self, file: &Opened, written: Range<usize>) {
        if self.needle.is_empty() {
            return;
        }
        let now = &self.files[&file.number].now;
        let around =
            written.start.saturating_sub(self.needle.len())..now.len().min(written.end + self.needle.len());
        let is_seen = contains(&now[around], &self.needle);
        let watched = self.watched.entry(file.name.clone()).or_default();
        watched.bytes += written.len() as u64;
        watched.sightings += u64::from(is_seen);
        for sector in now[written].as_chunks::<SECTOR_BYTES>().0 {
            watched.monotony_max = watched.monotony_max.max(monotony(sector));
        }
    }

    fn cut(&mut self, file: &Opened, length: usize) -> Result<(), Refused> {
        let lights = self.begin(Operation::Truncate, file.age, &file.name)?;
        self.content(file).change(Change::Cut { length });
        lights.then_dark()
    }

    /// The first sync of a new file makes the names durable too: SQLite's own file systems sync the directory then.
    fn sync(&mut self, file: &Opened) -> Result<(), Refused> {
        self.begin(Operation::Sync, file.age, &file.name)?.then_dark()?;
        if self.honesty == Honesty::Honest {
            self.content(file).settle();
            if self.names.pending.iter().any(|(_, to)| *to == Some(file.number)) {
                self.names.settle();
            }
        }
        Ok(())
    }

    /// Gives how many bytes there were.
    fn read(&mut self, file: &Opened, at: usize, bytes: &mut [u8]) -> Result<usize, Refused> {
        self.begin(Operation::Read, file.age, &file.name)?.then_dark()?;
        let rest = self.content(file).now.get(at..).unwrap_or_default();
        let there = rest.len().min(bytes.len());
        bytes[..there].copy_from_slice(&rest[..there]);
        bytes[there..].fill(0);
        Ok(there)
    }

    fn content(&mut self, file: &Opened) -> &mut Content {
        self.files.get_mut(&file.number).expect("a file lives as long as the age it was opened in")
    }

    fn power_on(&mut self) {
        let image = self.survivors();
        self.load(&image);
    }

    fn load(&mut self, image: &Image) {
        self.age += 1;
        self.power = Power::On { operations_left: None };
        self.files.clear();
        self.names = Names::default();
        for (name, bytes) in image {
            let number = self.make_nameless();
            self.names.now.insert(name.clone(), number);
            let content = Content { now: bytes.clone(), durable: bytes.clone(), ..Content::default() };
            self.files.insert(number, content);
        }
        self.names.durable = self.names.now.clone();
    }

    /// What is on the disk when nothing is written any more.
    fn survivors(&mut self) -> Image {
        let mut mood = Mood::of(&mut self.random);
        if !self.shows_nonsense {
            mood.nonsense_percent = 0;
        }
        let names = self.names.survivors(&mut self.random, mood);
        let mut image = Image::new();
        for (name, number) in names {
            let content = self.files.get(&number).expect("a name leads to a file");
            image.insert(name, content.survivors(&mut self.random, mood));
        }
        image
    }
}

/// Whether this operation is the last one before the power is gone.
#[must_use]
struct LightsOut(bool);

impl LightsOut {
    fn then_dark(self) -> Result<(), Refused> {
        if self.0 { Err(Refused::Dark) } else { Ok(()) }
    }
}

/// A file as one connection has opened it.
struct Opened {
    number: u64,
    age: u64,
    /// Empty for a file without a name.
    name: String,
}

/// How much of the volatile a power loss leaves. Drawn anew each time: all and nothing are worth trying as well.
#[derive(Clone, Copy)]
struct Mood {
    kept_percent: u64,
    nonsense_percent: u64,
}

impl Mood {
    fn of(random: &mut Random) -> Mood {
        Mood {
            kept_percent: *random.pick(&[0, 10, 50, 90, 100, 100]),
            nonsense_percent: *random.pick(&[0, 0, 2, 20]),
        }
    }
}

impl Names {
    fn change(&mut self, name: &str, to: Option<u64>) {
        set(&mut self.now, name, to);
        self.pending.push((name.to_owned(), to));
    }

    fn settle(&mut self) {
        self.durable = self.now.clone();
        self.pending.clear();
    }

    /// Of each name's changes the first few have happened.
    fn survivors(&self, random: &mut Random, mood: Mood) -> BTreeMap<String, u64> {
        let mut names = self.durable.clone();
        let mut stopped = Vec::new();
        for (name, to) in &self.pending {
            if stopped.contains(&name) || !random.chance(mood.kept_percent) {
                stopped.push(name);
            } else {
                set(&mut names, name, *to);
            }
        }
        names
    }
}

fn set(names: &mut BTreeMap<String, u64>, name: &str, to: Option<u64>) {
    match to {
        Some(number) => drop(names.insert(name.to_owned(), number)),
        None => drop(names.remove(name)),
    }
}

impl Content {
    fn change(&mut self, change: Change) {
        change.apply(&mut self.now);
        self.pending.push(change);
    }

    fn settle(&mut self) {
        for change in self.pending.drain(..) {
            change.apply(&mut self.durable);
        }
    }

    fn survivors(&self, random: &mut Random, mood: Mood) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        for change in &self.pending {
            match change {
                Change::Cut { length } if random.chance(mood.kept_percent) => bytes.resize(*length, 0),
                Change::Cut { .. } => {}
                Change::Write { at, bytes: written } => {
                    survive(&mut bytes, *at, written, random, mood);
                }
            }
        }
        // The new length can be on the disk although nothing that was written there is.
        if bytes.len() < self.now.len() && random.chance(mood.kept_percent / 2) {
            bytes.resize(self.now.len(), 0);
        }
        bytes
    }
}

impl Change {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Change::Write { at, bytes } => put(to, *at, bytes),
            Change::Cut { length } => to.resize(*length, 0),
        }
    }
}

/// A write as a power loss leaves it: whole, not at all, or sector by sector.
fn survive(to: &mut Vec<u8>, at: usize, written: &[u8], random: &mut Random, mood: Mood) {
    let torn = random.chance(50);
    let whole = random.chance(mood.kept_percent);
    let mut from = 0;
    while from < written.len() {
        let end = written.len().min((at + from) / SECTOR_BYTES * SECTOR_BYTES + SECTOR_BYTES - at);
        if if torn { random.chance(mood.kept_percent) } else { whole } {
            put(to, at + from, &written[from..end]);
        } else if random.chance(mood.nonsense_percent) {
            put(to, at + from, &random.bytes(end - from));
        }
        from = end;
    }
}

/// Whether the needle is in there.
pub(crate) fn contains(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|window| window == needle)
}

/// How often the most frequent byte stands there.
fn monotony(bytes: &[u8]) -> usize {
    let mut counts = [0; 256];
    bytes.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    counts.into_iter().max().expect("there are 256")
}

fn put(to: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if to.len() < end {
        to.resize(end, 0);
    }
    to[at..end].copy_from_slice(bytes);
}
