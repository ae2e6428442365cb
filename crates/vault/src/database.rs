//! One open database file: its keys, the versions of its pages, its log, its index and its anchor, shared by all connections
//! of this process; and the two files of a connection that SQLite reads and writes, the database and the log. Knows nothing
//! of SQLite's calling conventions: see `vfs`.

use std::fs::File;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard};

use rusqlite::ffi;

use crate::aead::{NONCE_BYTES, Tag};
use crate::anchor::{Anchor, LogMark, Version, Witness, version_of};
use crate::base::{BYTES_AT_ONCE_MAX, Base, BaseFile, Code, Read};
use crate::damage;
use crate::format::{Head, NONCE_AT, PAGE_BYTES, SealedPage, nonce_of, open_page, seal_page, tag_of};
use crate::index::{Ask, Held, Index, WRITE_LOCK};
use crate::log::{self, Form, Frame, Log, Written};
use crate::pagekeys::PageKeys;

/// SQLite locks bytes at this offset and never writes the page they lie in.
const LOCK_BYTE_PAGE: u32 = 0x4000_0000 / PAGE_BYTES as u32 + 1;
/// Read at once when all pages are looked at.
const PAGES_AT_ONCE: usize = BYTES_AT_ONCE_MAX / PAGE_BYTES;

/// What all connections to one file share.
#[derive(Debug)]
pub(crate) struct Database {
    base: Base,
    head: Head,
    keys: RwLock<Arc<PageKeys>>,
    pub(crate) index: Index,
    pages: Mutex<Pages>,
    log: Mutex<Log>,
    anchor: Mutex<Option<Anchor>>,
    /// Keeps other processes out until the last connection has closed, which still writes.
    process_lock: OnceLock<File>,
}

/// The versions of the pages in the file, page 1 first.
#[derive(Debug, Default)]
struct Pages {
    versions: Vec<Version>,
    /// Changed since the anchor knows of all.
    changed: Vec<u32>,
}

impl Database {
    /// The database of this head, whose pages have these versions. Without an anchor, until it is given one.
    pub(crate) fn new(base: Base, head: Head, keys: PageKeys, versions: Vec<Version>, log: Log) -> Database {
        Database {
            base,
            head,
            keys: RwLock::new(Arc::new(keys)),
            index: Index::default(),
            pages: Mutex::new(Pages { versions, changed: Vec::new() }),
            log: Mutex::new(log),
            anchor: Mutex::new(None),
            process_lock: OnceLock::new(),
        }
    }

    /// Holds this lock as long as anybody uses the database.
    pub(crate) fn keep_lock(&self, lock: File) {
        self.process_lock.set(lock).expect("a database is locked once");
    }

    /// The layer its files lie on.
    pub(crate) fn base(&self) -> Base {
        self.base
    }

    /// The readable beginning of its file.
    pub(crate) fn head(&self) -> &Head {
        &self.head
    }

    /// Its keys as they are now.
    pub(crate) fn keys(&self) -> Arc<PageKeys> {
        self.read_keys().clone()
    }

    /// Other keys from now on: a rotation begins or ends.
    pub(crate) fn set_keys(&self, keys: PageKeys) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }

    /// The versions of the pages in the file.
    pub(crate) fn versions(&self) -> Vec<Version> {
        lock(&self.pages).versions.clone()
    }

    /// From now on this anchor is kept true. `changed` are the pages it does not know of yet.
    pub(crate) fn keep_anchor(&self, anchor: Anchor, changed: Vec<u32>) {
        lock(&self.pages).changed = changed;
        *lock(&self.anchor) = Some(anchor);
    }

    /// The state that the anchor stands for.
    pub(crate) fn witness(&self) -> Option<Witness> {
        lock(&self.anchor).as_ref().map(Anchor::witness)
    }

    /// Writes the anchor anew under the current key.
    pub(crate) fn seal_anchor_anew(&self) -> Result<(), Code> {
        let versions = self.versions();
        match &mut *lock(&self.anchor) {
            Some(anchor) => anchor.seal_anew(&self.read_keys(), &versions),
            None => Ok(()),
        }
    }

    /// The log is about to lose its frames, which are all in the file: the anchor must know of that first.
    pub(crate) fn log_is_folded(&self) -> Result<(), Code> {
        let log = lock(&self.log);
        let mut pages = lock(&self.pages);
        let Some(anchor) = &mut *lock(&self.anchor) else { return Ok(()) };
        if anchor.log().is_folded && log.committed().is_empty() && pages.changed.is_empty() {
            return Ok(());
        }
        let generation = log.generation().max(anchor.log().generation);
        let folded = LogMark { generation, is_folded: true, ..mark(&log) };
        anchor.note_pages(&self.read_keys(), &pages.versions, &pages.changed, folded)?;
        pages.changed.clear();
        Ok(())
    }

    /// The log's file is gone.
    pub(crate) fn log_is_gone(&self) {
        let generation = self.next_generation();
        lock(&self.log).clear(generation);
    }

    fn next_generation(&self) -> u64 {
        let anchored = lock(&self.anchor).as_ref().map_or(0, |anchor| anchor.log().generation);
        lock(&self.log).generation().max(anchored) + 1
    }

    /// The log is on the disk as far as it was written.
    fn log_is_synced(&self) -> Result<(), Code> {
        let log = lock(&self.log);
        match &mut *lock(&self.anchor) {
            Some(anchor) if !log.committed().is_empty() && anchor.log() != mark(&log) => {
                anchor.note_log(&self.read_keys(), mark(&log))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn is_anchored(&self) -> bool {
        lock(&self.anchor).is_some()
    }

    fn read_keys(&self) -> RwLockReadGuard<'_, Arc<PageKeys>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn version(&self, number: u32) -> Option<Version> {
        lock(&self.pages).versions.get(number as usize - 1).copied()
    }

    /// How many pages there are from this one on.
    fn pages_from(&self, number: u32) -> usize {
        (lock(&self.pages).versions.len() + 1).saturating_sub(number as usize)
    }

    fn set_version(&self, number: u32, version: Version) {
        let mut pages = lock(&self.pages);
        let place = number as usize - 1;
        if pages.versions.len() <= place {
            pages.versions.resize(place + 1, 0);
        }
        pages.versions[place] = version;
        pages.changed.push(number);
    }

    fn cut_versions(&self, count: usize) {
        let mut pages = lock(&self.pages);
        pages.versions.truncate(count);
        pages.changed.retain(|number| *number as usize <= count);
    }

    /// Opens a page that was read from the file.
    pub(crate) fn open_page(&self, number: u32, page: &mut SealedPage) -> Result<(), Code> {
        let version = version_of(nonce_of(page));
        let known = self.version(number);
        if known == Some(0) && page.iter().all(|byte| *byte == 0) {
            // SQLite has made the file longer without writing this page.
            return Ok(());
        }
        let opened = known == Some(version)
            && self
                .read_keys()
                .of_nonce(nonce_of(page))
                .is_some_and(|keys| open_page(&keys.page, &self.head, number, page).is_ok());
        if !opened {
            return Err(page_damaged(number));
        }
        log::restore_first_bytes(number, page);
        Ok(())
    }
}

/// Reads the versions of all pages of a database file, page 1 first.
pub(crate) fn versions_in(file: &BaseFile) -> Result<Vec<Version>, Code> {
    let pages = file.size()? / PAGE_BYTES as u64;
    let mut versions = Vec::with_capacity(usize::try_from(pages).unwrap_or_default());
    let mut read = vec![0; PAGES_AT_ONCE * PAGE_BYTES];
    while (versions.len() as u64) < pages {
        let from = versions.len() as u64;
        let count = PAGES_AT_ONCE.min(usize::try_from(pages - from).unwrap_or(PAGES_AT_ONCE));
        file.read(&mut read[..count * PAGE_BYTES], from * PAGE_BYTES as u64)?.whole()?;
        for page in read.as_chunks::<PAGE_BYTES>().0.iter().take(count) {
            let is_hole = page[NONCE_AT..].iter().all(|byte| *byte == 0);
            versions.push(if is_hole { 0 } else { version_of(nonce_of(page)) });
        }
    }
    Ok(versions)
}

/// Whether SQLite never writes this page.
pub(crate) fn is_never_written(number: u32) -> bool {
    number == LOCK_BYTE_PAGE
}

fn mark(log: &Log) -> LogMark {
    let frames = log.committed();
    LogMark {
        generation: log.generation(),
        frames: u32::try_from(frames.len()).unwrap_or(u32::MAX),
        tag: frames.last().map_or([0; 16], |frame: &Frame| frame.header_tag),
        is_folded: false,
    }
}

pub(crate) fn page_damaged(number: u32) -> Code {
    damage::note(&format!("page {number} of the database"));
    Code::DAMAGED
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the two files of one connection share.
#[derive(Debug)]
pub(crate) struct Connected {
    pub(crate) database: Arc<Database>,
    /// A checkpoint of this connection is copying pages from the log: they go through as they are.
    is_copying: AtomicBool,
    copied: Mutex<Option<(u32, Tag)>>,
}

impl Connected {
    fn is_copying(&self) -> bool {
        self.is_copying.load(Ordering::Relaxed)
    }
}

/// The database file of one connection.
#[derive(Debug)]
pub(crate) struct PagesFile {
    file: BaseFile,
    connected: Arc<Connected>,
    held: Held,
    scratch: Box<SealedPage>,
    ahead: Ahead,
}

/// Sealed pages read before they are asked for, because the ones before them were asked for in order. They are of the
/// transaction that goes on: what it finds in the file does not change until it ends.
#[derive(Debug, Default)]
struct Ahead {
    /// The page that would continue the order.
    next: u32,
    /// How many came in order.
    run: u32,
    /// The first of the pages at hand.
    first: u32,
    pages: Vec<u8>,
}

/// Pages in order after which the ones behind them are read ahead.
const RUN_MIN: u32 = 3;

impl Ahead {
    fn forget(&mut self) {
        self.pages.clear();
        self.run = 0;
    }

    /// Notes that this page is asked for; whether the pages from it on are worth reading at once.
    fn is_run(&mut self, number: u32) -> bool {
        self.run = if number == self.next { self.run + 1 } else { 0 };
        self.next = number + 1;
        self.run >= RUN_MIN
    }

    fn page(&self, number: u32) -> Option<&SealedPage> {
        let place = number.checked_sub(self.first)? as usize;
        self.pages.as_chunks::<PAGE_BYTES>().0.get(place)
    }

    fn fill(&mut self, file: &BaseFile, number: u32, count: usize) -> Result<(), Code> {
        self.first = number;
        self.pages.resize(count * PAGE_BYTES, 0);
        let read = file.read(&mut self.pages, page_offset(number));
        if read != Ok(Read::Whole) {
            self.pages.clear();
        }
        // All of them were there: a short read must not look to SQLite as if they had never been.
        match read? {
            Read::Whole => Ok(()),
            Read::Short => Err(page_damaged(number)),
        }
    }
}

impl PagesFile {
    pub(crate) fn new(file: BaseFile, database: Arc<Database>) -> PagesFile {
        let connected =
            Arc::new(Connected { database, is_copying: AtomicBool::new(false), copied: Mutex::new(None) });
        let scratch = Box::new([0; PAGE_BYTES]);
        PagesFile { file, connected, held: Held::default(), scratch, ahead: Ahead::default() }
    }

    pub(crate) fn file(&self) -> &BaseFile {
        &self.file
    }

    pub(crate) fn close(&mut self) -> Result<(), Code> {
        self.database().index.unmap(&mut std::mem::take(&mut self.held));
        self.file.close()
    }

    /// For the connection's log.
    pub(crate) fn connected(&self) -> Arc<Connected> {
        self.connected.clone()
    }

    fn database(&self) -> Arc<Database> {
        self.connected.database.clone()
    }

    pub(crate) fn read(&mut self, into: &mut [u8], offset: u64) -> Result<Read, Code> {
        match (<&mut SealedPage>::try_from(&mut *into), offset % PAGE_BYTES as u64) {
            (Ok(page), 0) => self.read_page(page_number(offset)?, page),
            (Ok(_) | Err(_), _) => self.read_part(into, offset),
        }
    }

    fn read_page(&mut self, number: u32, page: &mut SealedPage) -> Result<Read, Code> {
        let database = &self.connected.database;
        if self.ahead.is_run(number) && self.ahead.page(number).is_none() {
            let count = PAGES_AT_ONCE.min(database.pages_from(number));
            if count > 1 {
                self.ahead.fill(&self.file, number, count)?;
            }
        }
        match self.ahead.page(number) {
            Some(read) => *page = *read,
            None if self.file.read(page, page_offset(number))? == Read::Short => {
                page.fill(0);
                // Behind the end SQLite expects zeros. A page that was there would silently be one of zeros.
                let was_there = database.version(number).is_some();
                return if was_there { Err(page_damaged(number)) } else { Ok(Read::Short) };
            }
            None => {}
        }
        match database.open_page(number, page) {
            Ok(()) => Ok(Read::Whole),
            Err(code) => {
                page.fill(0);
                Err(code)
            }
        }
    }

    /// Less than a page: what SQLite asks for to know what kind of file it has, and where it reads overflow pages.
    fn read_part(&mut self, into: &mut [u8], offset: u64) -> Result<Read, Code> {
        let number = page_number(offset)?;
        let from = (offset % PAGE_BYTES as u64) as usize;
        let Some(wanted) = (from + into.len() <= PAGE_BYTES).then_some(from..from + into.len()) else {
            return Err(Code(ffi::SQLITE_IOERR_READ));
        };
        let mut page = Box::new([0; PAGE_BYTES]);
        let read = self.read_page(number, &mut page);
        let read = match read {
            // A crash may have torn the first page; the log or the journal has it whole, but SQLite looks here first. It
            // reads the page again when it has recovered, and nothing but itself vouches for it then.
            Err(_) if number == 1 && wanted == (0..100) && self.may_be_recovered() => {
                damage::take();
                *page = first_facts();
                Ok(Read::Whole)
            }
            read => read,
        };
        into.copy_from_slice(&page[wanted]);
        read
    }

    /// Whether the first page may stand elsewhere too: in the log, or, without an anchor, in a journal.
    fn may_be_recovered(&self) -> bool {
        let database = &self.connected.database;
        let is_in_log = lock(&database.log).committed().iter().any(|frame| frame.page == 1);
        is_in_log || !database.is_anchored()
    }

    pub(crate) fn write(&mut self, bytes: &[u8], offset: u64) -> Result<(), Code> {
        let (Ok(page), 0) = (<&SealedPage>::try_from(bytes), offset % PAGE_BYTES as u64) else {
            return Err(Code(ffi::SQLITE_IOERR_WRITE));
        };
        let number = page_number(offset)?;
        if self.connected.is_copying() {
            return self.write_copied(number, page);
        }
        let database = self.database();
        if database.is_anchored() || (number == 1 && !is_of_our_form(page)) {
            // Whoever changes the file past the log, or its form, makes it unreadable.
            return Err(Code(ffi::SQLITE_IOERR_WRITE));
        }
        *self.scratch = *page;
        let keys = database.keys();
        let (slot, current) = keys.current();
        seal_page(&current.page, slot, &database.head, number, &mut self.scratch);
        self.ahead.forget();
        self.file.write(&*self.scratch, offset)?;
        database.set_version(number, version_of(nonce_of(&self.scratch)));
        Ok(())
    }

    fn write_copied(&mut self, number: u32, page: &SealedPage) -> Result<(), Code> {
        if *lock(&self.connected.copied) != Some((number, *tag_of(page))) {
            return Err(page_damaged(number));
        }
        self.file.write(page, page_offset(number))?;
        self.connected.database.set_version(number, version_of(nonce_of(page)));
        Ok(())
    }

    pub(crate) fn truncate(&mut self, bytes: u64) -> Result<(), Code> {
        self.file.truncate(bytes)?;
        self.connected.database.cut_versions((bytes / PAGE_BYTES as u64) as usize);
        Ok(())
    }

    pub(crate) fn sync(&mut self, flags: i32) -> Result<(), Code> {
        self.file.sync(flags)
    }

    /// This process alone has the file, so nobody need be asked.
    pub(crate) fn size(&mut self) -> u64 {
        lock(&self.connected.database.pages).versions.len() as u64 * PAGE_BYTES as u64
    }

    /// A transaction begins or ends: the file may change between two.
    pub(crate) fn between_transactions(&mut self) {
        self.ahead.forget();
    }

    /// A checkpoint of this connection begins or ends to copy.
    pub(crate) fn set_copying(&mut self, is_copying: bool) {
        self.connected.is_copying.store(is_copying, Ordering::Relaxed);
    }

    /// Whether SQLite may set this pragma: the log is what the anchor knows, so it stays.
    pub(crate) fn may_set(&self, pragma: &str, value: &str) -> bool {
        let leaves_log = pragma.eq_ignore_ascii_case("journal_mode") && !value.eq_ignore_ascii_case("wal");
        !(leaves_log && self.connected.database.is_anchored())
    }

    /// Whether this connection sees the file alone, with nothing of the log, and no checkpoint may change it.
    pub(crate) fn reads_file_alone(&self) -> bool {
        self.held.reads_file_alone()
    }

    pub(crate) fn map(&mut self, number: usize, bytes: usize, extend: bool) -> *mut std::ffi::c_void {
        self.connected.database.index.map(&mut self.held, number, bytes, extend)
    }

    pub(crate) fn lock_index(&mut self, first: usize, count: usize, ask: Ask) -> Result<(), Code> {
        self.between_transactions();
        if ask == Ask::LetGo && first == WRITE_LOCK && self.held.writes() {
            lock(&self.connected.database.log).end_transaction();
        }
        self.connected.database.index.lock(&mut self.held, first, count, ask)
    }

    pub(crate) fn barrier(&self) {
        self.connected.database.index.barrier();
    }

    pub(crate) fn unmap(&mut self) {
        self.connected.database.index.unmap(&mut self.held);
    }
}

fn page_number(offset: u64) -> Result<u32, Code> {
    u32::try_from(offset / PAGE_BYTES as u64 + 1).map_err(|_| Code(ffi::SQLITE_IOERR_READ))
}

fn page_offset(number: u32) -> u64 {
    u64::from(number - 1) * PAGE_BYTES as u64
}

/// SQLite's own header must leave room for nonce and tag, and must not move pages by itself.
fn is_of_our_form(page: &SealedPage) -> bool {
    let reserved = crate::aead::SEAL_BYTES as u8;
    page[16..18] == [0x10, 0x00] && page[20] == reserved && page[52..56] == [0; 4]
}

/// What the first 100 bytes of every database of ours say of its form.
fn first_facts() -> SealedPage {
    let mut page = [0; PAGE_BYTES];
    page[..16].copy_from_slice(b"SQLite format 3\0");
    page[16..18].copy_from_slice(&[0x10, 0x00]);
    page[18..24].copy_from_slice(&[2, 2, crate::aead::SEAL_BYTES as u8, 64, 32, 32]);
    page
}

const _: () = assert!(NONCE_AT + NONCE_BYTES + 16 == PAGE_BYTES);

/// The log's file of one connection.
#[derive(Debug)]
pub(crate) struct LogFile {
    file: BaseFile,
    connected: Arc<Connected>,
}

impl LogFile {
    pub(crate) fn new(file: BaseFile, connected: Arc<Connected>) -> LogFile {
        LogFile { file, connected }
    }

    pub(crate) fn file(&self) -> &BaseFile {
        &self.file
    }

    pub(crate) fn close(&mut self) -> Result<(), Code> {
        self.file.close()
    }

    pub(crate) fn read(&mut self, into: &mut [u8], offset: u64) -> Result<Read, Code> {
        let database = &self.connected.database;
        let asked = lock(&database.log).page_asked(&self.file, offset, into.len())?;
        let keys = database.keys();
        let Some((place, frame)) = asked else {
            return lock(&database.log).read(&self.file, &keys, &database.head, into, offset);
        };
        let (page, _) = into.split_first_chunk_mut().expect("a page is as long as a page");
        let form = if self.connected.is_copying() { Form::Sealed } else { Form::Open };
        if form == Form::Sealed {
            *lock(&self.connected.copied) = Some((frame.page, frame.tag));
        }
        frame.read(&self.file, &keys, &database.head, place, form, page)?;
        Ok(Read::Whole)
    }

    pub(crate) fn write(&mut self, bytes: &[u8], offset: u64) -> Result<(), Code> {
        let database = &self.connected.database;
        let keys = database.keys();
        if let (Ok(header), 0) = (bytes.try_into(), offset) {
            database.log_is_folded()?;
            let generation = database.next_generation();
            return lock(&database.log).restart(&self.file, &keys, header, generation);
        }
        match lock(&database.log).write(&self.file, &keys, &database.head, bytes, offset)? {
            Written::Some | Written::Commit => Ok(()),
        }
    }

    pub(crate) fn truncate(&mut self, bytes: u64) -> Result<(), Code> {
        let database = &self.connected.database;
        if bytes > 0 {
            lock(&database.log).write_gathered(&self.file)?;
            return self.file.truncate(log::length_on_disk(bytes));
        }
        database.log_is_folded()?;
        self.file.truncate(0)?;
        database.log_is_gone();
        Ok(())
    }

    pub(crate) fn sync(&mut self, flags: i32) -> Result<(), Code> {
        let database = &self.connected.database;
        lock(&database.log).write_gathered(&self.file)?;
        self.file.sync(flags)?;
        database.log_is_synced()
    }

    pub(crate) fn size(&mut self) -> Result<u64, Code> {
        lock(&self.connected.database.log).write_gathered(&self.file)?;
        Ok(log::length_shown(self.file.size()?))
    }
}
