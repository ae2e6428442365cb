//! Our file layer as SQLite calls it: registers it over another one, opens files, and hands each call to the file it is meant
//! for. Here are the pointers and nothing else; what happens to the bytes is in `database`, `log`, `journal` and `scratch`.
//!
//! Rules of the unsafe code: SQLite calls the functions of one file from one thread at a time, never one from within another;
//! so a file's state is borrowed for the length of a call. No panic crosses into SQLite: it becomes an error of the disk.

#![expect(unsafe_code, reason = "SQLite's file layers are tables of C functions")]

use std::collections::HashMap;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::ptr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use rusqlite::Connection;
use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs};

use crate::aead::SEAL_BYTES;
use crate::base::{Base, BaseFile, Code, Read};
use crate::database::{Connected, Database, LogFile, PagesFile};
use crate::index::Ask;
use crate::journal::JournalFile;
use crate::scratch::ScratchFile;

/// Our layer over the system's own.
pub(crate) const NAME: &CStr = c"usher-vault";

/// A file of ours in the memory that SQLite sets aside for it; the file of the layer below follows behind.
#[repr(C)]
struct Handle {
    head: sqlite3_file,
    opened: *mut Opened,
}

/// What is behind a handle.
enum Opened {
    Pages(PagesFile),
    Log(LogFile),
    Journal(JournalFile),
    Scratch(ScratchFile),
    /// Names of files only (SQLite's super-journal).
    Plain(BaseFile),
}

/// Databases that may be opened, by the name SQLite gives them. Whoever uses one keeps it alive.
fn known() -> &'static Mutex<HashMap<CString, Weak<Database>>> {
    static KNOWN: OnceLock<Mutex<HashMap<CString, Weak<Database>>>> = OnceLock::new();
    KNOWN.get_or_init(Mutex::default)
}

fn find(name: &CStr) -> Option<Arc<Database>> {
    known().lock().unwrap_or_else(PoisonError::into_inner).get(name)?.upgrade()
}

/// As long as this or a connection lives, the database at its path can be opened through our layer. A connection that
/// outlives this still folds the log in when it closes, and the anchor hears of it.
#[derive(Debug)]
pub(crate) struct Attached {
    database: Arc<Database>,
}

impl Attached {
    /// Lets this database be opened under `name`, as [`full_name`] gives it. `None` where another one is.
    pub(crate) fn new(name: CString, database: Database) -> Option<Attached> {
        let database = Arc::new(database);
        let mut known = known().lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, database| database.strong_count() > 0);
        if known.contains_key(&name) {
            return None;
        }
        known.insert(name, Arc::downgrade(&database));
        Some(Attached { database })
    }

    pub(crate) fn database(&self) -> &Arc<Database> {
        &self.database
    }
}

/// The name SQLite gives to the file at `path`.
pub(crate) fn full_name(base: Base, path: &Path) -> Result<CString, Code> {
    let cannot = Code(ffi::SQLITE_CANTOPEN);
    let path = path.to_str().and_then(|path| CString::new(path).ok()).ok_or(cannot)?;
    let room = usize::try_from(base.table().mxPathname).map_err(|_| cannot)? + 1;
    let mut name = vec![0_u8; room];
    let full = base.table().xFullPathname.expect("a file layer knows full names");
    // SAFETY: the path ends, and `name` has the room that is told.
    let result = unsafe { full(base.as_ptr(), path.as_ptr(), room as c_int, name.as_mut_ptr().cast()) };
    // SQLite's own layers say so when they have followed a link; the name is right all the same.
    if result != ffi::SQLITE_OK_SYMLINK {
        Code::check(result)?;
    }
    CStr::from_bytes_until_nul(&name).map(CStr::to_owned).map_err(|_| cannot)
}

/// Registers our layer over the system's default one, once; gives that one.
pub(crate) fn register() -> Base {
    static BASE: OnceLock<Base> = OnceLock::new();
    *BASE.get_or_init(|| {
        let base = Base::find(None).expect("SQLite has a file layer");
        register_over(NAME, base);
        base
    })
}

/// Registers our layer under `name` over `base`. Stays for the life of the process, so does its memory.
pub(crate) fn register_over(name: &'static CStr, base: Base) {
    let below = base.table();
    let layer = sqlite3_vfs {
        iVersion: 2,
        szOsFile: size_of::<Handle>() as c_int + below.szOsFile,
        mxPathname: below.mxPathname,
        pNext: ptr::null_mut(),
        zName: name.as_ptr(),
        pAppData: base.as_ptr().cast(),
        xOpen: Some(open),
        xDelete: Some(delete),
        xAccess: Some(access),
        xFullPathname: Some(full_pathname),
        xDlOpen: None,
        xDlError: None,
        xDlSym: None,
        xDlClose: None,
        xRandomness: Some(randomness),
        xSleep: Some(sleep),
        xCurrentTime: Some(current_time),
        xGetLastError: Some(last_error),
        xCurrentTimeInt64: Some(current_time_64),
        xSetSystemCall: None,
        xGetSystemCall: None,
        xNextSystemCall: None,
    };
    // SAFETY: the layer is complete, and leaked so that it lives as long as SQLite does.
    let result = unsafe { ffi::sqlite3_vfs_register(Box::into_raw(Box::new(layer)), 0) };
    assert_eq!(result, ffi::SQLITE_OK, "SQLite takes a file layer");
}

/// Whether this connection, within a transaction, sees the database file alone, and no checkpoint may change it until the
/// transaction ends.
pub(crate) fn reads_file_alone(connection: &Connection) -> bool {
    let mut file: *mut sqlite3_file = ptr::null_mut();
    // SAFETY: the connection is open, and this request gives the file of the database, which is one of ours: nobody else
    // uses the connection meanwhile.
    unsafe {
        let (main, out) = (c"main".as_ptr(), (&raw mut file).cast());
        ffi::sqlite3_file_control(connection.handle(), main, ffi::SQLITE_FCNTL_FILE_POINTER, out);
        !file.is_null() && opened(file).pages().is_some_and(|pages| pages.reads_file_alone())
    }
}

/// Leaves room in each page for its nonce and tag; there is no pragma for it.
pub(crate) fn reserve(connection: &Connection) -> rusqlite::Result<()> {
    let mut bytes = SEAL_BYTES as c_int;
    // SAFETY: the connection is open; this request takes one number and gives one.
    let result = unsafe {
        let (main, out) = (c"main".as_ptr(), (&raw mut bytes).cast());
        ffi::sqlite3_file_control(connection.handle(), main, ffi::SQLITE_FCNTL_RESERVE_BYTES, out)
    };
    match result {
        ffi::SQLITE_OK => Ok(()),
        code => Err(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)),
    }
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    // Version 2: no memory-mapped reads, which would show SQLite what lies on disk.
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

impl Opened {
    fn base(&self) -> &BaseFile {
        match self {
            Opened::Pages(file) => file.file(),
            Opened::Log(file) => file.file(),
            Opened::Journal(file) => file.file(),
            Opened::Scratch(file) => file.file(),
            Opened::Plain(file) => file,
        }
    }

    fn close(&mut self) -> Result<(), Code> {
        match self {
            Opened::Pages(file) => file.close(),
            Opened::Log(file) => file.close(),
            Opened::Journal(file) => file.close(),
            Opened::Scratch(file) => file.close(),
            Opened::Plain(file) => file.close(),
        }
    }

    fn read(&mut self, into: &mut [u8], offset: u64) -> Result<Read, Code> {
        match self {
            Opened::Pages(file) => file.read(into, offset),
            Opened::Log(file) => file.read(into, offset),
            Opened::Journal(file) => file.read(into, offset),
            Opened::Scratch(file) => file.read(into, offset),
            Opened::Plain(file) => file.read(into, offset),
        }
    }

    fn write(&mut self, bytes: &[u8], offset: u64) -> Result<(), Code> {
        match self {
            Opened::Pages(file) => file.write(bytes, offset),
            Opened::Log(file) => file.write(bytes, offset),
            Opened::Journal(file) => file.write(bytes, offset),
            Opened::Scratch(file) => file.write(bytes, offset),
            Opened::Plain(file) => file.write(bytes, offset),
        }
    }

    fn truncate(&mut self, bytes: u64) -> Result<(), Code> {
        match self {
            Opened::Pages(file) => file.truncate(bytes),
            Opened::Log(file) => file.truncate(bytes),
            Opened::Journal(file) => file.truncate(bytes),
            Opened::Scratch(file) => file.truncate(bytes),
            Opened::Plain(file) => file.truncate(bytes),
        }
    }

    fn sync(&mut self, flags: c_int) -> Result<(), Code> {
        match self {
            Opened::Pages(file) => file.sync(flags),
            Opened::Log(file) => file.sync(flags),
            Opened::Journal(file) => file.file().sync(flags),
            Opened::Scratch(_) => Ok(()),
            Opened::Plain(file) => file.sync(flags),
        }
    }

    fn size(&mut self) -> Result<u64, Code> {
        match self {
            Opened::Pages(file) => Ok(file.size()),
            Opened::Log(file) => file.size(),
            Opened::Journal(file) => file.file().size(),
            Opened::Scratch(file) => Ok(file.size()),
            Opened::Plain(file) => file.size(),
        }
    }

    fn pages(&mut self) -> Option<&mut PagesFile> {
        match self {
            Opened::Pages(file) => Some(file),
            Opened::Log(_) | Opened::Journal(_) | Opened::Scratch(_) | Opened::Plain(_) => None,
        }
    }
}

/// What is behind a file that SQLite hands to one of the functions below.
///
/// # Safety
/// `file` was opened by [`open`] and is not closed, and no other borrow of it lives: see the rules above.
unsafe fn opened<'a>(file: *mut sqlite3_file) -> &'a mut Opened {
    // SAFETY: `open` has put a handle there, and what it points to lives until `close`.
    unsafe { &mut *(*file.cast::<Handle>()).opened }
}

/// Runs what a function of SQLite's asks for; a panic becomes an error.
fn guard(act: impl FnOnce() -> Result<(), Code>) -> c_int {
    match catch_unwind(AssertUnwindSafe(act)) {
        Ok(result) => Code::number(result),
        Err(_) => ffi::SQLITE_IOERR,
    }
}

/// The layer below the one that SQLite has called.
///
/// # Safety
/// `layer` is one that [`register_over`] has made.
unsafe fn below(layer: *mut sqlite3_vfs) -> *mut sqlite3_vfs {
    // SAFETY: it carries the layer below, which is never freed.
    unsafe { (*layer).pAppData.cast() }
}

unsafe extern "C" fn open(
    layer: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let handle = file.cast::<Handle>();
    // SAFETY: SQLite gives `szOsFile` bytes, which is a handle and a file of the layer below.
    let base_file = unsafe {
        (*handle).head.pMethods = ptr::null();
        handle.add(1).cast::<sqlite3_file>()
    };
    guard(|| {
        // SAFETY: the name is null or SQLite's own, which ends and has its parameters behind it.
        let kind = unsafe { Kind::of(name, flags) }?;
        // SAFETY: as SQLite called us, so we call the layer below; its file lies behind the handle.
        let result = unsafe {
            (*base_file).pMethods = ptr::null();
            let open = (*below(layer)).xOpen.expect("a file layer can open");
            open(below(layer), name, base_file, flags, out_flags)
        };
        // SAFETY: the layer below has tried to open a file there, and SQLite keeps the memory until it closes ours.
        let mut below = unsafe { BaseFile::at(base_file) };
        if let Err(code) = Code::check(result) {
            // A layer may ask to be closed although it could not open.
            let _ = below.close();
            return Err(code);
        }
        let opened = kind.open(below);
        // SAFETY: SQLite gave the memory; the box is taken back in `close`.
        unsafe {
            (*handle).opened = Box::into_raw(Box::new(opened));
            (*handle).head.pMethods = &METHODS;
        }
        Ok(())
    })
}

/// What kind of file SQLite opens.
enum Kind {
    Pages(Arc<Database>),
    Log(Arc<Connected>),
    Journal(Arc<Connected>),
    Scratch,
    Plain,
}

impl Kind {
    /// # Safety
    /// `name` is what SQLite hands to `xOpen`.
    unsafe fn of(name: *const c_char, flags: c_int) -> Result<Kind, Code> {
        let is = |flag| flags & flag != 0;
        if is(ffi::SQLITE_OPEN_MAIN_DB) {
            // SAFETY: the name of a main database is never null, and ends.
            let name = unsafe { CStr::from_ptr(name) };
            // Without its keys nobody opens it.
            return find(name).map(Kind::Pages).ok_or(Code(ffi::SQLITE_CANTOPEN));
        }
        if is(ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL) {
            // SAFETY: SQLite has opened the database before its log or journal, through this layer, and for such names
            // gives the file of the database.
            let connected = unsafe {
                let database = ffi::sqlite3_database_file_object(name);
                opened(database).pages().map(|pages| pages.connected())
            };
            let connected = connected.ok_or(Code(ffi::SQLITE_CANTOPEN))?;
            return Ok(if is(ffi::SQLITE_OPEN_WAL) {
                Kind::Log(connected)
            } else {
                Kind::Journal(connected)
            });
        }
        Ok(if is(ffi::SQLITE_OPEN_SUPER_JOURNAL) { Kind::Plain } else { Kind::Scratch })
    }

    fn open(self, file: BaseFile) -> Opened {
        match self {
            Kind::Pages(database) => Opened::Pages(PagesFile::new(file, database)),
            Kind::Log(connected) => Opened::Log(LogFile::new(file, connected)),
            Kind::Journal(connected) => Opened::Journal(JournalFile::new(file, connected)),
            Kind::Scratch => Opened::Scratch(ScratchFile::new(file)),
            Kind::Plain => Opened::Plain(file),
        }
    }
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite closes what `open` has opened, once; the box was made there.
    let mut opened = unsafe { Box::from_raw((*file.cast::<Handle>()).opened) };
    guard(|| opened.close())
}

unsafe extern "C" fn read(
    file: *mut sqlite3_file,
    into: *mut c_void,
    length: c_int,
    offset: sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite gives `length` bytes of its own, and an open file.
    let (opened, into) = unsafe {
        (opened(file), std::slice::from_raw_parts_mut(into.cast::<u8>(), length.unsigned_abs() as usize))
    };
    guard(|| match opened.read(into, offset.unsigned_abs())? {
        Read::Whole => Ok(()),
        Read::Short => Err(Code(ffi::SQLITE_IOERR_SHORT_READ)),
    })
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    bytes: *const c_void,
    length: c_int,
    offset: sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite gives `length` bytes that stay as they are, and an open file.
    let (opened, bytes) = unsafe {
        (opened(file), std::slice::from_raw_parts(bytes.cast::<u8>(), length.unsigned_abs() as usize))
    };
    guard(|| opened.write(bytes, offset.unsigned_abs()))
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, bytes: sqlite3_int64) -> c_int {
    // SAFETY: an open file of ours.
    let opened = unsafe { opened(file) };
    guard(|| opened.truncate(bytes.unsigned_abs()))
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: an open file of ours.
    let opened = unsafe { opened(file) };
    guard(|| opened.sync(flags))
}

unsafe extern "C" fn file_size(file: *mut sqlite3_file, out: *mut sqlite3_int64) -> c_int {
    // SAFETY: an open file of ours, and a place for the answer.
    let (opened, out) = unsafe { (opened(file), &mut *out) };
    guard(|| {
        *out = i64::try_from(opened.size()?).map_err(|_| Code(ffi::SQLITE_IOERR_FSTAT))?;
        Ok(())
    })
}

unsafe extern "C" fn lock(file: *mut sqlite3_file, level: c_int) -> c_int {
    // SAFETY: an open file of ours; the layer below gets its own.
    unsafe {
        let opened = opened(file);
        if let Some(pages) = opened.pages() {
            pages.between_transactions();
        }
        let base = opened.base();
        base.methods().xLock.expect("a file can be locked")(base.as_ptr(), level)
    }
}

unsafe extern "C" fn unlock(file: *mut sqlite3_file, level: c_int) -> c_int {
    // SAFETY: as in `lock`.
    unsafe {
        let base = opened(file).base();
        base.methods().xUnlock.expect("a file can be unlocked")(base.as_ptr(), level)
    }
}

unsafe extern "C" fn check_reserved_lock(file: *mut sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: as in `lock`.
    unsafe {
        let base = opened(file).base();
        base.methods().xCheckReservedLock.expect("a file knows its locks")(base.as_ptr(), out)
    }
}

unsafe extern "C" fn file_control(file: *mut sqlite3_file, asked: c_int, argument: *mut c_void) -> c_int {
    // SAFETY: an open file of ours.
    let opened = unsafe { opened(file) };
    match asked {
        ffi::SQLITE_FCNTL_CKPT_START | ffi::SQLITE_FCNTL_CKPT_DONE => {
            if let Some(pages) = opened.pages() {
                pages.set_copying(asked == ffi::SQLITE_FCNTL_CKPT_START);
            }
            ffi::SQLITE_OK
        }
        ffi::SQLITE_FCNTL_PRAGMA => match opened.pages() {
            // SAFETY: for this request SQLite gives three strings: room for a message, the name, the value or null.
            Some(pages) => unsafe { pragma(pages, argument.cast()) },
            None => ffi::SQLITE_NOTFOUND,
        },
        ffi::SQLITE_FCNTL_MMAP_SIZE => {
            // SAFETY: for this request SQLite gives a 64-bit number to be answered in place.
            unsafe { *argument.cast::<sqlite3_int64>() = 0 };
            ffi::SQLITE_OK
        }
        // Lengths here are not lengths below, and a file never grows ahead of its pages.
        ffi::SQLITE_FCNTL_SIZE_HINT | ffi::SQLITE_FCNTL_CHUNK_SIZE => ffi::SQLITE_OK,
        _ => {
            let base = opened.base();
            let control = base.methods().xFileControl.expect("a file can be asked");
            // SAFETY: the layer below gets its own file and what SQLite asks of it.
            unsafe { control(base.as_ptr(), asked, argument) }
        }
    }
}

/// # Safety
/// `strings` are three as SQLite gives them with `SQLITE_FCNTL_PRAGMA`.
unsafe fn pragma(pages: &PagesFile, strings: *mut *mut c_char) -> c_int {
    // SAFETY: the second is the name, which ends; the third is the value, or null.
    let (name, value) = unsafe { (CStr::from_ptr(*strings.add(1)), *strings.add(2)) };
    if value.is_null() {
        return ffi::SQLITE_NOTFOUND;
    }
    // SAFETY: not null, so it is a string that ends.
    let value = unsafe { CStr::from_ptr(value) };
    if pages.may_set(&name.to_string_lossy(), &value.to_string_lossy()) {
        return ffi::SQLITE_NOTFOUND;
    }
    // SAFETY: SQLite frees the message in the first place with its own allocator, which made it.
    unsafe { *strings = ffi::sqlite3_mprintf(c"the vault keeps a write-ahead log".as_ptr()) };
    ffi::SQLITE_ERROR
}

unsafe extern "C" fn sector_size(file: *mut sqlite3_file) -> c_int {
    // SAFETY: as in `lock`.
    unsafe {
        let base = opened(file).base();
        base.methods().xSectorSize.map_or(0, |size| size(base.as_ptr()))
    }
}

unsafe extern "C" fn device_characteristics(file: *mut sqlite3_file) -> c_int {
    // SAFETY: as in `lock`.
    let below = unsafe {
        let base = opened(file).base();
        base.methods().xDeviceCharacteristics.map_or(0, |ask| ask(base.as_ptr()))
    };
    // Our writes are not the disk's, so what it promises for its own sizes does not hold for ours.
    below & (ffi::SQLITE_IOCAP_UNDELETABLE_WHEN_OPEN | ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE)
}

unsafe extern "C" fn shm_map(
    file: *mut sqlite3_file,
    region: c_int,
    bytes: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: an open file of ours, and a place for the answer.
    let (opened, out) = unsafe { (opened(file), &mut *out) };
    guard(|| {
        let pages = opened.pages().ok_or(Code(ffi::SQLITE_IOERR_SHMMAP))?;
        *out = pages.map(region.unsigned_abs() as usize, bytes.unsigned_abs() as usize, extend != 0);
        Ok(())
    })
}

unsafe extern "C" fn shm_lock(file: *mut sqlite3_file, first: c_int, count: c_int, flags: c_int) -> c_int {
    // SAFETY: an open file of ours.
    let opened = unsafe { opened(file) };
    let ask = match (flags & ffi::SQLITE_SHM_UNLOCK != 0, flags & ffi::SQLITE_SHM_SHARED != 0) {
        (true, _) => Ask::LetGo,
        (false, true) => Ask::Share,
        (false, false) => Ask::Alone,
    };
    guard(|| {
        let pages = opened.pages().ok_or(Code(ffi::SQLITE_IOERR_SHMLOCK))?;
        pages.lock_index(first.unsigned_abs() as usize, count.unsigned_abs() as usize, ask)
    })
}

unsafe extern "C" fn shm_barrier(file: *mut sqlite3_file) {
    // SAFETY: an open file of ours.
    if let Some(pages) = unsafe { opened(file) }.pages() {
        pages.barrier();
    }
}

unsafe extern "C" fn shm_unmap(file: *mut sqlite3_file, _delete: c_int) -> c_int {
    // SAFETY: an open file of ours.
    let opened = unsafe { opened(file) };
    guard(|| {
        if let Some(pages) = opened.pages() {
            pages.unmap();
        }
        Ok(())
    })
}

unsafe extern "C" fn delete(layer: *mut sqlite3_vfs, name: *const c_char, sync_directory: c_int) -> c_int {
    // SAFETY: SQLite gives a name that ends.
    let log_of = unsafe { CStr::from_ptr(name) }.to_bytes().strip_suffix(b"-wal");
    let database = log_of.and_then(|name| CString::new(name).ok()).and_then(|name| find(&name));
    guard(|| {
        if let Some(database) = &database {
            database.log_is_folded()?;
        }
        // SAFETY: as SQLite called us, so we call the layer below.
        let result = unsafe {
            let delete = (*below(layer)).xDelete.expect("a file layer can delete");
            delete(below(layer), name, sync_directory)
        };
        if let Some(database) = &database {
            database.log_is_gone();
        }
        Code::check(result)
    })
}

unsafe extern "C" fn access(
    layer: *mut sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: as SQLite called us, so we call the layer below.
    unsafe { (*below(layer)).xAccess.expect("a file layer can look")(below(layer), name, flags, out) }
}

unsafe extern "C" fn full_pathname(
    layer: *mut sqlite3_vfs,
    name: *const c_char,
    room: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: as SQLite called us, so we call the layer below.
    unsafe {
        (*below(layer)).xFullPathname.expect("a file layer knows full names")(below(layer), name, room, out)
    }
}

unsafe extern "C" fn randomness(layer: *mut sqlite3_vfs, bytes: c_int, out: *mut c_char) -> c_int {
    // SAFETY: as SQLite called us, so we call the layer below.
    unsafe { (*below(layer)).xRandomness.map_or(0, |random| random(below(layer), bytes, out)) }
}

unsafe extern "C" fn sleep(layer: *mut sqlite3_vfs, microseconds: c_int) -> c_int {
    // SAFETY: as SQLite called us, so we call the layer below.
    unsafe { (*below(layer)).xSleep.map_or(0, |sleep| sleep(below(layer), microseconds)) }
}

unsafe extern "C" fn current_time(layer: *mut sqlite3_vfs, out: *mut f64) -> c_int {
    // SAFETY: as SQLite called us, so we call the layer below.
    unsafe { (*below(layer)).xCurrentTime.map_or(ffi::SQLITE_ERROR, |now| now(below(layer), out)) }
}

unsafe extern "C" fn current_time_64(layer: *mut sqlite3_vfs, out: *mut sqlite3_int64) -> c_int {
    // SAFETY: as SQLite called us, so we call the layer below; every layer of version 2 has this.
    unsafe { (*below(layer)).xCurrentTimeInt64.map_or(ffi::SQLITE_ERROR, |now| now(below(layer), out)) }
}

unsafe extern "C" fn last_error(layer: *mut sqlite3_vfs, room: c_int, out: *mut c_char) -> c_int {
    // SAFETY: as SQLite called us, so we call the layer below.
    unsafe { (*below(layer)).xGetLastError.map_or(0, |error| error(below(layer), room, out)) }
}
