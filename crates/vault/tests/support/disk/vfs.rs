//! Makes a disk in memory a file system of SQLite's: the raw callbacks, the locks between connections and the shared memory
//! of the write-ahead log. Decides nothing about power and faults; that is the platter's.
//!
//! All of it is for one process. A handle belongs to one connection, which SQLite never uses from two threads at once; what
//! handles share is behind the platter's lock.

#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::sync::{Arc, Mutex};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_io_methods, sqlite3_vfs};

use super::{Content, Failure, Opened, Operation, Platter, Refused, SECTOR_BYTES, locked};

/// Longest name of a file.
const NAME_BYTES_MAX: c_int = 512;
/// The locks of a write-ahead log's shared memory.
const SLOTS: usize = ffi::SQLITE_SHM_NLOCK as usize;

/// Registers the file system for ever (SQLite may keep the pointer) and gives its name.
pub(super) fn register(platter: Arc<Mutex<Platter>>) -> String {
    static REGISTERED: AtomicU64 = AtomicU64::new(0);
    let name = format!("disk-{}", REGISTERED.fetch_add(1, Ordering::Relaxed));
    let vfs = sqlite3_vfs {
        iVersion: 2,
        szOsFile: size_of::<File>() as c_int,
        mxPathname: NAME_BYTES_MAX,
        pNext: ptr::null_mut(),
        zName: CString::new(name.as_str()).expect("a name without zero bytes").into_raw(),
        pAppData: Arc::into_raw(platter).cast_mut().cast(),
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
        xGetLastError: None,
        xCurrentTimeInt64: Some(current_time_int64),
        xSetSystemCall: None,
        xGetSystemCall: None,
        xNextSystemCall: None,
    };
    // SAFETY: the structure is never moved or freed, and SQLite takes registrations from any thread.
    let code = unsafe { ffi::sqlite3_vfs_register(Box::into_raw(Box::new(vfs)), 0) };
    assert_eq!(code, ffi::SQLITE_OK, "the file system is registered");
    name
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
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

/// What SQLite keeps of an open file, in memory of its own.
#[repr(C)]
struct File {
    methods: *const sqlite3_io_methods,
    handle: *mut Handle,
}

/// One connection's open file.
struct Handle {
    platter: Arc<Mutex<Platter>>,
    opened: Opened,
    /// Tells this handle from all others in the tables of locks.
    number: u64,
    delete_on_close: bool,
    shared_memory: Option<Arc<SharedMemory>>,
}

impl Handle {
    fn with<T>(&self, work: impl FnOnce(&mut Platter, &Opened) -> T) -> T {
        work(&mut locked(&self.platter), &self.opened)
    }

    /// The file's own part of the platter. `None` where the file is of a former age.
    fn with_content<T>(&self, work: impl FnOnce(&mut Content) -> T) -> Option<T> {
        self.with(|platter, opened| (opened.age == platter.age).then(|| work(platter.content(opened))))
    }
}

/// SQLite's words for what went wrong.
fn code(refused: Refused, of: Operation) -> c_int {
    match (refused, of) {
        (Refused::Fault(Failure::Full), _) => ffi::SQLITE_FULL,
        (Refused::Fault(Failure::Short), _) => ffi::SQLITE_IOERR_SHORT_READ,
        (Refused::Missing, Operation::Delete) => ffi::SQLITE_IOERR_DELETE_NOENT,
        (Refused::Missing, _) | (_, Operation::Open) => ffi::SQLITE_CANTOPEN,
        (_, Operation::Read) => ffi::SQLITE_IOERR_READ,
        (_, Operation::Write) => ffi::SQLITE_IOERR_WRITE,
        (_, Operation::Sync) => ffi::SQLITE_IOERR_FSYNC,
        (_, Operation::Truncate) => ffi::SQLITE_IOERR_TRUNCATE,
        (_, Operation::Delete) => ffi::SQLITE_IOERR_DELETE,
    }
}

fn answer(done: Result<(), Refused>, of: Operation) -> c_int {
    done.map_or_else(|refused| code(refused, of), |()| ffi::SQLITE_OK)
}

// -- the file system ---------------------------------------------------------------------------------------------------

/// The platter behind a file system.
///
/// # Safety
/// `vfs` is one that [`register`] made.
unsafe fn platter<'a>(vfs: *mut sqlite3_vfs) -> &'a Mutex<Platter> {
    // SAFETY: `register` put it there, and it is never freed.
    unsafe { &*(*vfs).pAppData.cast::<Mutex<Platter>>() }
}

/// # Safety
/// `name` is null or ends with a zero byte and outlives the answer.
unsafe fn text<'a>(name: *const c_char) -> &'a str {
    if name.is_null() {
        return "";
    }
    // SAFETY: as the caller promises.
    unsafe { CStr::from_ptr(name) }.to_str().expect("names of files are UTF-8")
}

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    static OPENED: AtomicU64 = AtomicU64::new(0);
    // SAFETY: SQLite passes the file system it found, a name or null, and room for a `File`.
    let (shared, name, file) = unsafe { (platter(vfs), text(name), &mut *file.cast::<File>()) };
    // SQLite closes a file whose methods are set, also one that could not be opened.
    file.methods = ptr::null();
    let mut platter = locked(shared);
    let delete_on_close = flags & ffi::SQLITE_OPEN_DELETEONCLOSE != 0;
    let number = if name.is_empty() || delete_on_close {
        Ok(platter.make_nameless())
    } else {
        platter.open(name, flags & ffi::SQLITE_OPEN_CREATE != 0)
    };
    let number = match number {
        Ok(number) => number,
        Err(refused) => return code(refused, Operation::Open),
    };
    let age = platter.age;
    drop(platter);
    // SAFETY: `register` made this pointer from an `Arc` of which it keeps one count for ever.
    let platter = unsafe {
        Arc::increment_strong_count(shared);
        Arc::from_raw(shared)
    };
    let handle = Handle {
        platter,
        opened: Opened { number, age, name: name.to_owned() },
        number: OPENED.fetch_add(1, Ordering::Relaxed),
        delete_on_close,
        shared_memory: None,
    };
    file.handle = Box::into_raw(Box::new(handle));
    file.methods = &raw const METHODS;
    if !flags_out.is_null() {
        // SAFETY: not null, so it is SQLite's variable for the answer.
        unsafe { *flags_out = flags };
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(vfs: *mut sqlite3_vfs, name: *const c_char, sync_directory: c_int) -> c_int {
    // SAFETY: SQLite passes the file system it found and a name.
    let (platter, name) = unsafe { (platter(vfs), text(name)) };
    answer(locked(platter).delete(name, sync_directory != 0), Operation::Delete)
}

/// As on Unix, an empty file does not count: SQLite asks for journals that hold something.
unsafe extern "C" fn access(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    _wanted: c_int,
    found: *mut c_int,
) -> c_int {
    // SAFETY: SQLite passes the file system it found, a name, and its variable for the answer.
    let (platter, name, found) = unsafe { (locked(platter(vfs)), text(name), &mut *found) };
    let number = platter.names.now.get(name);
    *found = number.is_some_and(|number| !platter.files[number].now.is_empty()).into();
    ffi::SQLITE_OK
}

/// Names are taken as they are: there are no folders.
unsafe extern "C" fn full_pathname(
    _vfs: *mut sqlite3_vfs,
    name: *const c_char,
    room: c_int,
    full: *mut c_char,
) -> c_int {
    // SAFETY: SQLite passes a name.
    let name = unsafe { CStr::from_ptr(name) }.to_bytes_with_nul();
    if name.len() > room as usize {
        return ffi::SQLITE_CANTOPEN;
    }
    // SAFETY: SQLite gives `room` bytes at `full`, which are its own.
    unsafe { ptr::copy_nonoverlapping(name.as_ptr().cast(), full, name.len()) };
    ffi::SQLITE_OK
}

/// The file system of the computer: for time and randomness.
fn usual() -> *mut sqlite3_vfs {
    // SAFETY: null asks for the default one, which is always there.
    unsafe { ffi::sqlite3_vfs_find(ptr::null()) }
}

unsafe extern "C" fn randomness(_vfs: *mut sqlite3_vfs, bytes: c_int, to: *mut c_char) -> c_int {
    // SAFETY: the arguments go through as they came.
    unsafe { (*usual()).xRandomness.expect("every file system has it")(usual(), bytes, to) }
}

unsafe extern "C" fn sleep(_vfs: *mut sqlite3_vfs, microseconds: c_int) -> c_int {
    // SAFETY: the argument goes through as it came.
    unsafe { (*usual()).xSleep.expect("every file system has it")(usual(), microseconds) }
}

unsafe extern "C" fn current_time(_vfs: *mut sqlite3_vfs, to: *mut f64) -> c_int {
    // SAFETY: the argument goes through as it came.
    unsafe { (*usual()).xCurrentTime.expect("every file system has it")(usual(), to) }
}

unsafe extern "C" fn current_time_int64(_vfs: *mut sqlite3_vfs, to: *mut i64) -> c_int {
    // SAFETY: the argument goes through as it came.
    unsafe { (*usual()).xCurrentTimeInt64.expect("every file system of today has it")(usual(), to) }
}

// -- a file ------------------------------------------------------------------------------------------------------------

/// # Safety
/// `file` was opened by [`open`] and is not closed, and nothing else of this thread borrows its handle.
unsafe fn handle<'a>(file: *mut sqlite3_file) -> &'a mut Handle {
    // SAFETY: `open` put it there; SQLite uses a file from one thread at a time, and no callback calls another.
    unsafe { &mut *(*file.cast::<File>()).handle }
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite passes an open file and does not use it again.
    let handle = unsafe { Box::from_raw((*file.cast::<File>()).handle) };
    handle.with_content(|content| content.locks.retain(|(number, _)| *number != handle.number));
    if let Some(memory) = &handle.shared_memory {
        memory.forget(handle.number);
    }
    if handle.delete_on_close || handle.opened.name.is_empty() {
        handle.with(|platter, opened| {
            if opened.age == platter.age {
                platter.files.remove(&opened.number);
            }
        });
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(file: *mut sqlite3_file, to: *mut c_void, length: c_int, at: i64) -> c_int {
    // SAFETY: SQLite passes an open file and `length` bytes of its own at `to`.
    let (handle, bytes) =
        unsafe { (handle(file), std::slice::from_raw_parts_mut(to.cast::<u8>(), length as usize)) };
    match handle.with(|platter, opened| platter.read(opened, at as usize, bytes)) {
        Ok(there) if there == bytes.len() => ffi::SQLITE_OK,
        Ok(_) => ffi::SQLITE_IOERR_SHORT_READ,
        Err(refused) => {
            bytes.fill(0);
            code(refused, Operation::Read)
        }
    }
}

unsafe extern "C" fn write(file: *mut sqlite3_file, from: *const c_void, length: c_int, at: i64) -> c_int {
    // SAFETY: SQLite passes an open file and `length` bytes at `from`.
    let (handle, bytes) =
        unsafe { (handle(file), std::slice::from_raw_parts(from.cast::<u8>(), length as usize)) };
    answer(handle.with(|platter, opened| platter.write(opened, at as usize, bytes)), Operation::Write)
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, length: i64) -> c_int {
    // SAFETY: SQLite passes an open file.
    let handle = unsafe { handle(file) };
    answer(handle.with(|platter, opened| platter.cut(opened, length as usize)), Operation::Truncate)
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: SQLite passes an open file.
    let handle = unsafe { handle(file) };
    answer(handle.with(|platter, opened| platter.sync(opened)), Operation::Sync)
}

unsafe extern "C" fn file_size(file: *mut sqlite3_file, length: *mut i64) -> c_int {
    // SAFETY: SQLite passes an open file and its variable for the answer.
    let (handle, length) = unsafe { (handle(file), &mut *length) };
    match handle.with_content(|content| content.now.len()) {
        Some(there) => {
            *length = there as i64;
            ffi::SQLITE_OK
        }
        None => ffi::SQLITE_IOERR_FSTAT,
    }
}

unsafe extern "C" fn file_control(_file: *mut sqlite3_file, _what: c_int, _argument: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_file: *mut sqlite3_file) -> c_int {
    SECTOR_BYTES as c_int
}

unsafe extern "C" fn device_characteristics(_file: *mut sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

// -- locks -------------------------------------------------------------------------------------------------------------

/// How firmly a connection holds a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LockLevel {
    Shared,
    Reserved,
    Pending,
    Exclusive,
}

impl LockLevel {
    /// `None` is no lock.
    fn of(level: c_int) -> Option<LockLevel> {
        match level {
            ffi::SQLITE_LOCK_SHARED => Some(LockLevel::Shared),
            ffi::SQLITE_LOCK_RESERVED => Some(LockLevel::Reserved),
            ffi::SQLITE_LOCK_PENDING => Some(LockLevel::Pending),
            ffi::SQLITE_LOCK_EXCLUSIVE => Some(LockLevel::Exclusive),
            _ => None,
        }
    }
}

impl Content {
    /// Whether `by` gets it. A connection that wants a file for itself keeps new readers out while the old ones leave.
    fn lock(&mut self, by: u64, wanted: LockLevel) -> bool {
        if self.held_by(by) >= Some(wanted) {
            return true;
        }
        let others = self.locks.iter().filter(|(number, _)| *number != by).map(|(_, level)| *level).max();
        let free = match wanted {
            LockLevel::Shared => others < Some(LockLevel::Pending),
            LockLevel::Reserved | LockLevel::Pending | LockLevel::Exclusive => {
                others < Some(LockLevel::Reserved)
            }
        };
        if !free {
            return false;
        }
        let waits_for_readers = wanted == LockLevel::Exclusive && others.is_some();
        self.hold(by, Some(if waits_for_readers { LockLevel::Pending } else { wanted }));
        !waits_for_readers
    }

    fn held_by(&self, by: u64) -> Option<LockLevel> {
        self.locks.iter().find(|(number, _)| *number == by).map(|(_, level)| *level)
    }

    fn hold(&mut self, by: u64, level: Option<LockLevel>) {
        self.locks.retain(|(number, _)| *number != by);
        self.locks.extend(level.map(|level| (by, level)));
    }
}

unsafe extern "C" fn lock(file: *mut sqlite3_file, level: c_int) -> c_int {
    // SAFETY: SQLite passes an open file.
    let handle = unsafe { handle(file) };
    let Some(wanted) = LockLevel::of(level) else { return ffi::SQLITE_OK };
    match handle.with_content(|content| content.lock(handle.number, wanted)) {
        Some(true) => ffi::SQLITE_OK,
        Some(false) => ffi::SQLITE_BUSY,
        None => ffi::SQLITE_IOERR_LOCK,
    }
}

unsafe extern "C" fn unlock(file: *mut sqlite3_file, level: c_int) -> c_int {
    // SAFETY: SQLite passes an open file.
    let handle = unsafe { handle(file) };
    handle.with_content(|content| {
        let kept = LockLevel::of(level).min(content.held_by(handle.number));
        content.hold(handle.number, kept);
    });
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(file: *mut sqlite3_file, reserved: *mut c_int) -> c_int {
    // SAFETY: SQLite passes an open file and its variable for the answer.
    let (handle, reserved) = unsafe { (handle(file), &mut *reserved) };
    let held = |content: &mut Content| content.locks.iter().any(|(_, level)| *level >= LockLevel::Reserved);
    *reserved = handle.with_content(held).unwrap_or(false).into();
    ffi::SQLITE_OK
}

// -- shared memory -----------------------------------------------------------------------------------------------------

/// The index of a write-ahead log, which its connections share, with its locks. It does not outlive the power.
#[derive(Default)]
pub(super) struct SharedMemory(Mutex<Regions>);

#[derive(Default)]
struct Regions {
    /// Each a block of its own, so that it stays where it is as long as somebody has it mapped.
    regions: Vec<Region>,
    region_bytes: usize,
    /// Per slot, who holds it shared, and who alone.
    shared: [Vec<u64>; SLOTS],
    alone: [Option<u64>; SLOTS],
}

struct Region(*mut u8);

// SAFETY: the block behind the pointer belongs to the region alone; who reads and writes it is settled by SQLite's locks.
unsafe impl Send for Region {}

impl SharedMemory {
    fn region(&self, index: usize, bytes: usize, may_extend: bool) -> *mut c_void {
        let mut regions = self.0.lock().expect("nothing in here panics");
        if may_extend {
            while regions.regions.len() <= index {
                let block = vec![0; bytes].into_boxed_slice();
                regions.regions.push(Region(Box::into_raw(block).cast()));
                regions.region_bytes = bytes;
            }
        }
        regions.regions.get(index).map_or(ptr::null_mut(), |region| region.0.cast())
    }

    fn lock(&self, by: u64, slots: std::ops::Range<usize>, alone: bool) -> bool {
        let mut regions = self.0.lock().expect("nothing in here panics");
        let free = slots.clone().all(|slot| {
            regions.alone[slot].is_none_or(|holder| holder == by)
                && (!alone || regions.shared[slot].iter().all(|holder| *holder == by))
        });
        if free {
            for slot in slots {
                if alone {
                    regions.alone[slot] = Some(by);
                } else if !regions.shared[slot].contains(&by) {
                    regions.shared[slot].push(by);
                }
            }
        }
        free
    }

    fn unlock(&self, by: u64, slots: std::ops::Range<usize>) {
        let mut regions = self.0.lock().expect("nothing in here panics");
        for slot in slots {
            regions.shared[slot].retain(|holder| *holder != by);
            regions.alone[slot].take_if(|holder| *holder == by);
        }
    }

    /// Lets go of all that a handle holds.
    fn forget(&self, by: u64) {
        self.unlock(by, 0..SLOTS);
    }
}

impl Drop for Regions {
    fn drop(&mut self) {
        for region in &self.regions {
            let block = ptr::slice_from_raw_parts_mut(region.0, self.region_bytes);
            // SAFETY: made by `Box::into_raw` of a block of this length, and nobody has it mapped any more.
            drop(unsafe { Box::from_raw(block) });
        }
    }
}

unsafe extern "C" fn shm_map(
    file: *mut sqlite3_file,
    index: c_int,
    bytes: c_int,
    may_extend: c_int,
    mapped: *mut *mut c_void,
) -> c_int {
    // SAFETY: SQLite passes an open file and its variable for the answer.
    let (handle, mapped) = unsafe { (handle(file), &mut *mapped) };
    if handle.shared_memory.is_none() {
        let memory = handle.with_content(|content| content.shared_memory.get_or_insert_default().clone());
        handle.shared_memory = memory;
    }
    match &handle.shared_memory {
        Some(memory) => {
            *mapped = memory.region(index as usize, bytes as usize, may_extend != 0);
            ffi::SQLITE_OK
        }
        None => ffi::SQLITE_IOERR_SHMMAP,
    }
}

unsafe extern "C" fn shm_lock(file: *mut sqlite3_file, first: c_int, count: c_int, flags: c_int) -> c_int {
    // SAFETY: SQLite passes an open file.
    let handle = unsafe { handle(file) };
    let Some(memory) = &handle.shared_memory else { return ffi::SQLITE_IOERR_SHMLOCK };
    let slots = first as usize..(first + count) as usize;
    if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
        memory.unlock(handle.number, slots);
        return ffi::SQLITE_OK;
    }
    let alone = flags & ffi::SQLITE_SHM_EXCLUSIVE != 0;
    if memory.lock(handle.number, slots, alone) { ffi::SQLITE_OK } else { ffi::SQLITE_BUSY }
}

unsafe extern "C" fn shm_barrier(_file: *mut sqlite3_file) {
    fence(Ordering::SeqCst);
}

/// The memory goes when the last connection lets go of it, as the file behind it would.
unsafe extern "C" fn shm_unmap(file: *mut sqlite3_file, _delete: c_int) -> c_int {
    // SAFETY: SQLite passes an open file.
    let handle = unsafe { handle(file) };
    if let Some(memory) = handle.shared_memory.take() {
        memory.forget(handle.number);
        handle.with_content(|content| {
            // Two are this one and the one of the file.
            if Arc::strong_count(&memory) == 2 {
                content.shared_memory = None;
            }
        });
    }
    ffi::SQLITE_OK
}
