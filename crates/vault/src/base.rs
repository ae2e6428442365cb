//! The system's own file layer of SQLite (its "VFS"), which lies under ours, as safe calls. Knows nothing of encryption.

#![expect(unsafe_code, reason = "SQLite's file layers are tables of C functions")]

use std::ffi::{CStr, c_int, c_void};
use std::ptr::{self, NonNull};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_io_methods, sqlite3_vfs};

/// A result code of SQLite that is not `SQLITE_OK`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Code(pub(crate) c_int);

impl Code {
    /// The bytes on disk are not what was written.
    pub(crate) const DAMAGED: Code = Code(ffi::SQLITE_IOERR_DATA);

    /// SQLite's own name for `result`; `Ok` where it is none.
    pub(crate) fn check(result: c_int) -> Result<(), Code> {
        if result == ffi::SQLITE_OK { Ok(()) } else { Err(Code(result)) }
    }

    /// The number SQLite expects of a result.
    pub(crate) fn number(result: Result<(), Code>) -> c_int {
        match result {
            Ok(()) => ffi::SQLITE_OK,
            Err(Code(number)) => number,
        }
    }
}

/// SQLite's own layers do not bear more at once: they look at the lowest seventeen bits of a length.
pub(crate) const BYTES_AT_ONCE_MAX: usize = 0x1_ffff;

/// Zeros around a name that we open ourselves.
const NAME_PADDING_BYTES: usize = 4;

/// How much of what was asked a read has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    Whole,
    /// The file ends before; the rest is zero.
    Short,
}

impl Read {
    /// For places where all of it must be there. Not the short read that SQLite knows: it takes that for zeros.
    pub(crate) fn whole(self) -> Result<(), Code> {
        match self {
            Read::Whole => Ok(()),
            Read::Short => Err(Code::DAMAGED),
        }
    }
}

/// A file layer that is registered with SQLite, and stays so as long as the process lives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Base(NonNull<sqlite3_vfs>);

// SAFETY: SQLite calls a registered layer from every thread, so it must bear that; it is never freed.
unsafe impl Send for Base {}
// SAFETY: as above.
unsafe impl Sync for Base {}

impl Base {
    /// The layer of this name; the system's default without one.
    pub(crate) fn find(name: Option<&CStr>) -> Option<Base> {
        // SAFETY: initialising is allowed at any time and any number of times; `find` takes a string that ends, or none.
        let found = unsafe {
            ffi::sqlite3_initialize();
            ffi::sqlite3_vfs_find(name.map_or(ptr::null(), CStr::as_ptr))
        };
        NonNull::new(found).map(Base)
    }

    /// As SQLite knows it.
    pub(crate) fn as_ptr(self) -> *mut sqlite3_vfs {
        self.0.as_ptr()
    }

    /// The raw table of functions.
    pub(crate) fn table(&self) -> &sqlite3_vfs {
        // SAFETY: a registered layer is never freed nor changed but for its place in SQLite's list, which is not read here.
        unsafe { self.0.as_ref() }
    }

    /// Opens a file for ourselves, made where there is none and `create` says so.
    pub(crate) fn open(self, name: &CStr, create: bool) -> Result<OwnFile, Code> {
        // SQLite's layers look for parameters behind the name, and for its beginning in front of it: zeros say there are none.
        let mut padded = vec![0; NAME_PADDING_BYTES];
        padded.extend_from_slice(name.to_bytes());
        padded.extend_from_slice(&[0; NAME_PADDING_BYTES]);
        let words = usize::try_from(self.table().szOsFile).unwrap_or_default().div_ceil(size_of::<u64>());
        let mut memory = vec![0_u64; words].into_boxed_slice();
        let raw = memory.as_mut_ptr().cast::<sqlite3_file>();
        let create = if create { ffi::SQLITE_OPEN_CREATE } else { 0 };
        // Of the kinds SQLite knows this is the one that is just a file; a new name is synced with its directory.
        let flags = ffi::SQLITE_OPEN_READWRITE | ffi::SQLITE_OPEN_SUPER_JOURNAL | create;
        let open = self.table().xOpen.expect("a file layer can open");
        // SAFETY: `raw` points to as much zeroed, aligned memory as the layer asks for; memory and name live as long as the
        // file.
        let result = unsafe {
            let name = padded.as_ptr().add(NAME_PADDING_BYTES).cast();
            open(self.as_ptr(), name, raw, flags, ptr::null_mut())
        };
        let file = OwnFile { file: BaseFile(raw), _memory: memory, _name: padded };
        Code::check(result)?;
        Ok(file)
    }

    /// Deletes a file; one that is not there is fine.
    pub(crate) fn delete(self, name: &CStr) -> Result<(), Code> {
        let delete = self.table().xDelete.expect("a file layer can delete");
        // SAFETY: the name ends.
        match unsafe { delete(self.as_ptr(), name.as_ptr(), 1) } {
            ffi::SQLITE_IOERR_DELETE_NOENT => Ok(()),
            result => Code::check(result),
        }
    }

    /// Whether there is such a file.
    pub(crate) fn exists(self, name: &CStr) -> Result<bool, Code> {
        let mut found = 0;
        let access = self.table().xAccess.expect("a file layer can look");
        // SAFETY: the name ends, and `found` outlives the call.
        let result = unsafe { access(self.as_ptr(), name.as_ptr(), ffi::SQLITE_ACCESS_EXISTS, &mut found) };
        Code::check(result)?;
        Ok(found != 0)
    }
}

/// A file of ours, closed when dropped.
#[derive(Debug)]
pub(crate) struct OwnFile {
    file: BaseFile,
    _memory: Box<[u64]>,
    _name: Vec<u8>,
}

impl std::ops::Deref for OwnFile {
    type Target = BaseFile;

    fn deref(&self) -> &BaseFile {
        &self.file
    }
}

impl Drop for OwnFile {
    fn drop(&mut self) {
        // Nothing can be done about a file that does not close; all that counts was synced before.
        let _ = self.file.close();
    }
}

/// A file that the layer below has opened, in memory that whoever made this keeps alive.
#[derive(Debug)]
pub(crate) struct BaseFile(*mut sqlite3_file);

// SAFETY: SQLite moves its own files between threads; a layer's file must only not be used by two at once, which `&mut`
// and the locks of its owners see to.
unsafe impl Send for BaseFile {}

impl BaseFile {
    /// The file at `raw`.
    ///
    /// # Safety
    /// The layer below has tried to open a file there, and the memory stays until this is dropped.
    pub(crate) unsafe fn at(raw: *mut sqlite3_file) -> BaseFile {
        BaseFile(raw)
    }

    /// Fills `into` from `offset`; what lies behind the end of the file is zero.
    pub(crate) fn read(&self, into: &mut [u8], offset: u64) -> Result<Read, Code> {
        let read = self.methods().xRead.expect("a file can be read");
        let mut brought = Read::Whole;
        for (nth, part) in into.chunks_mut(BYTES_AT_ONCE_MAX).enumerate() {
            let (length, offset) = span(part.len(), offset + (nth * BYTES_AT_ONCE_MAX) as u64)?;
            // SAFETY: the buffer has `length` bytes and is ours for the call.
            match unsafe { read(self.0, part.as_mut_ptr().cast::<c_void>(), length, offset) } {
                ffi::SQLITE_OK => {}
                ffi::SQLITE_IOERR_SHORT_READ => brought = Read::Short,
                other => return Err(Code(other)),
            }
        }
        Ok(brought)
    }

    /// Writes all of `bytes` at `offset`.
    pub(crate) fn write(&self, bytes: &[u8], offset: u64) -> Result<(), Code> {
        let write = self.methods().xWrite.expect("a file can be written");
        for (nth, part) in bytes.chunks(BYTES_AT_ONCE_MAX).enumerate() {
            let (length, offset) = span(part.len(), offset + (nth * BYTES_AT_ONCE_MAX) as u64)?;
            // SAFETY: the buffer has `length` bytes and is not changed.
            Code::check(unsafe { write(self.0, part.as_ptr().cast::<c_void>(), length, offset) })?;
        }
        Ok(())
    }

    /// Cuts the file.
    pub(crate) fn truncate(&self, bytes: u64) -> Result<(), Code> {
        let (_, bytes) = span(0, bytes)?;
        let truncate = self.methods().xTruncate.expect("a file can be cut");
        // SAFETY: the file is open.
        Code::check(unsafe { truncate(self.0, bytes) })
    }

    /// Waits until what was written is on the disk.
    pub(crate) fn sync(&self, flags: c_int) -> Result<(), Code> {
        let sync = self.methods().xSync.expect("a file can be synced");
        // SAFETY: the file is open.
        Code::check(unsafe { sync(self.0, flags) })
    }

    /// Its length in bytes.
    pub(crate) fn size(&self) -> Result<u64, Code> {
        let mut size = 0;
        let ask = self.methods().xFileSize.expect("a file has a size");
        // SAFETY: the file is open, and `size` outlives the call.
        Code::check(unsafe { ask(self.0, &mut size) })?;
        u64::try_from(size).map_err(|_| Code(ffi::SQLITE_IOERR_FSTAT))
    }

    /// Closes it. Nothing else may be called after.
    pub(crate) fn close(&mut self) -> Result<(), Code> {
        // SAFETY: the layer sets the methods of every file it has opened, and leaves them null where it has not.
        let Some(methods) = (unsafe { (*self.0).pMethods.as_ref() }) else { return Ok(()) };
        let close = methods.xClose.expect("a file can be closed");
        // SAFETY: the file is open, and not used after.
        Code::check(unsafe { close(self.0) })
    }

    /// The layer's own functions, for what is passed on as it is.
    pub(crate) fn methods(&self) -> &'static sqlite3_io_methods {
        // SAFETY: an open file has methods, which are static in every layer.
        unsafe { (*self.0).pMethods.as_ref() }.expect("an open file has methods")
    }

    /// The layer's own file, for what is passed on as it is.
    pub(crate) fn as_ptr(&self) -> *mut sqlite3_file {
        self.0
    }
}

/// As SQLite counts. More than it can address is a full disk.
fn span(length: usize, offset: u64) -> Result<(c_int, i64), Code> {
    match (c_int::try_from(length), i64::try_from(offset)) {
        (Ok(length), Ok(offset)) => Ok((length, offset)),
        (Err(_), _) | (_, Err(_)) => Err(Code(ffi::SQLITE_FULL)),
    }
}
