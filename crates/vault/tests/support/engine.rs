//! Who keeps a database in a test: SQLite alone, or the vault. Everything that must hold of the vault is first shown to hold
//! of plain SQLite under the same test, and plain SQLite says what the right answer is.

#![allow(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::ffi::CString;
use std::fmt;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, ffi};
use tempfile::TempDir;
use vault::aead::Key;
use vault::keys::{DataKeys, KeyFile};
use vault::layer::Layer;
use vault::{Known, Purpose, Vault, VaultError};

use super::disk::Disk;

/// Keeps one database at one place.
pub(crate) trait Engine {
    /// All that a program does at its start: finds the database or makes it, and checks what there is to check.
    fn open(&self) -> Result<Box<dyn Store>, Refusal>;

    /// Keeps the newest state of a store where a power loss does not reach it: the keychain. An older one is refused then.
    fn keep_witness(&self, _store: &dyn Store) {}

    /// Seals everything under a new key. Says whether it has one.
    fn change_key(&self, _store: &dyn Store) -> Result<bool, Refusal> {
        Ok(false)
    }

    /// Whether VACUUM works after every trouble.
    fn always_vacuums(&self) -> bool {
        true
    }
}

/// A database that is open.
pub(crate) trait Store {
    /// A connection that reads and writes.
    fn connect(&self) -> Result<Connection, Refusal>;

    /// The vault, where it is one.
    fn as_vault(&self) -> Option<&Vault> {
        None
    }
}

/// Why a database does not open, in its keeper's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal(pub(crate) String);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Refusal {
        Refusal(error.to_string())
    }
}

/// How SQLite makes a transaction whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Journal {
    /// Write-ahead log.
    Wal,
    /// Rollback journal, deleted at each commit.
    Delete,
    /// Rollback journal, cut to nothing at each commit.
    Truncate,
    /// Rollback journal, its head overwritten at each commit.
    Persist,
}

impl Journal {
    /// As `PRAGMA journal_mode` calls it.
    pub(crate) fn mode(self) -> &'static str {
        match self {
            Journal::Wal => "wal",
            Journal::Delete => "delete",
            Journal::Truncate => "truncate",
            Journal::Persist => "persist",
        }
    }

    fn set(self, connection: &Connection) -> rusqlite::Result<()> {
        // With `FULL`, a power loss can bring a deleted journal back, and so take the last transaction away.
        let synchronous = if self == Journal::Delete { "EXTRA" } else { "FULL" };
        connection.pragma_update(None, "synchronous", synchronous)?;
        connection.pragma_update_and_check(None, "journal_mode", self.mode(), |_| Ok(()))
    }
}

/// SQLite alone.
#[derive(Clone, Debug)]
pub(crate) struct Plain {
    /// The file, as its file system names it.
    pub(crate) path: String,
    /// The file system; the computer's own where there is none.
    pub(crate) vfs: Option<String>,
    /// Its way of journalling.
    pub(crate) journal: Journal,
    /// How many bytes at the end of each page it leaves free, as the vault must.
    pub(crate) reserved_bytes: usize,
}

impl Plain {
    /// A database on a disk in memory.
    pub(crate) fn on(disk: &Disk, journal: Journal) -> Plain {
        let vfs = Some(disk.vfs_name().to_owned());
        Plain { path: "usher.db".to_owned(), vfs, journal, reserved_bytes: 0 }
    }

    /// A database that lives in memory and ends with its connection.
    pub(crate) fn in_memory() -> Connection {
        Connection::open_in_memory().expect("memory is there")
    }
}

impl Engine for Plain {
    fn open(&self) -> Result<Box<dyn Store>, Refusal> {
        self.connect()?;
        Ok(Box::new(self.clone()))
    }
}

impl Store for Plain {
    fn connect(&self) -> Result<Connection, Refusal> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let connection = match &self.vfs {
            Some(vfs) => Connection::open_with_flags_and_vfs(&self.path, flags, vfs.as_str())?,
            None => Connection::open_with_flags(&self.path, flags)?,
        };
        if self.reserved_bytes > 0 {
            reserve(&connection, self.reserved_bytes);
        }
        self.journal.set(&connection)?;
        Ok(connection)
    }
}

/// The vault, on a disk in memory.
pub(crate) struct Sealed {
    layer: Layer,
    path: PathBuf,
    ring: RefCell<Ring>,
    /// What the key file and the keychain would know.
    pub(crate) known: Cell<Known>,
}

impl Sealed {
    /// With new keys.
    pub(crate) fn on(disk: &Disk) -> Sealed {
        let name = disk.vfs_name();
        let base = CString::new(name).expect("no zero in it");
        let layer = CString::new(format!("vault-on-{name}")).expect("no zero in it");
        // SQLite keeps the name of a file layer for ever.
        let layer = Layer::over(Some(&base), Box::leak(layer.into_boxed_c_str())).expect("the disk is there");
        let path = PathBuf::from(format!("usher-on-{name}.db"));
        Sealed { layer, path, ring: Ring::new().into(), known: Cell::default() }
    }

    /// The same files, with the keys of somebody else.
    pub(crate) fn with_other_keys(self) -> Sealed {
        Sealed { ring: Ring::new().into(), ..self }
    }

    /// The name of its database.
    pub(crate) fn name(&self) -> String {
        self.path.to_str().expect("it is UTF-8").to_owned()
    }

    /// Opens it with the keys that the key file has now, and gives the vault itself.
    pub(crate) fn open_vault(&self) -> Result<Vault, VaultError> {
        self.ring.borrow_mut().unlock();
        self.layer.open(&self.path, &self.ring.borrow().keys, &self.known.get())
    }
}

impl Engine for Sealed {
    fn open(&self) -> Result<Box<dyn Store>, Refusal> {
        Ok(Box::new(self.open_vault()?))
    }

    fn keep_witness(&self, store: &dyn Store) {
        let witness = store.as_vault().and_then(|vault| vault.witness().ok());
        if witness.is_some() {
            self.known.set(Known { is_made: true, witness });
        }
    }

    fn change_key(&self, store: &dyn Store) -> Result<bool, Refusal> {
        self.ring.borrow_mut().change_key(store)
    }
}

/// The vault's file layer alone, without an anchor, on a disk in memory: SQLite journals as it likes.
pub(crate) struct Unanchored {
    sealed: Sealed,
    journal: Journal,
}

impl Unanchored {
    /// With new keys.
    pub(crate) fn on(disk: &Disk, journal: Journal) -> Unanchored {
        Unanchored { sealed: Sealed::on(disk), journal }
    }
}

impl Engine for Unanchored {
    fn open(&self) -> Result<Box<dyn Store>, Refusal> {
        let attached = self.sealed.layer.attach(&self.sealed.path, &self.sealed.ring.borrow().keys)?;
        let store = UnanchoredStore { attached, journal: self.journal };
        store.connect()?;
        Ok(Box::new(store))
    }

    /// With a rollback journal, a power loss can tear a free page, since SQLite journals none. It does not care what is in
    /// one; but VACUUM reads it, and here it no longer opens.
    fn always_vacuums(&self) -> bool {
        self.journal == Journal::Wal
    }
}

struct UnanchoredStore {
    attached: vault::layer::Unanchored,
    journal: Journal,
}

impl Store for UnanchoredStore {
    fn connect(&self) -> Result<Connection, Refusal> {
        let connection = self.attached.connect()?;
        // As the vault has it. Else SQLite may take a page out of use within a transaction, drop what it holds, take it into
        // use again and read what a power loss tore long ago.
        connection.pragma_update(None, "secure_delete", true)?;
        self.journal.set(&connection)?;
        Ok(connection)
    }
}

/// The vault in a folder, with the keys that lie there, or new ones.
pub(crate) struct InFolder {
    path: PathBuf,
    ring: RefCell<Ring>,
}

impl InFolder {
    /// In this one.
    pub(crate) fn new(folder: &Path) -> InFolder {
        InFolder { path: folder.join("usher.db"), ring: Ring::in_folder(folder).into() }
    }

    /// Opens it, and gives the vault itself.
    pub(crate) fn open_vault(&self) -> Result<Vault, VaultError> {
        Vault::open(&self.path, &self.ring.borrow().keys, &Known::default(), 0)
    }
}

impl Engine for InFolder {
    fn open(&self) -> Result<Box<dyn Store>, Refusal> {
        Ok(Box::new(self.open_vault()?))
    }

    fn change_key(&self, store: &dyn Store) -> Result<bool, Refusal> {
        self.ring.borrow_mut().change_key(store)
    }
}

/// A key file and what it holds. It lies in a folder: no power loss and no fault of the disk in memory reaches it.
struct Ring {
    file: KeyFile,
    keys: DataKeys,
    _folder: Option<TempDir>,
}

impl Ring {
    fn new() -> Ring {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let ring = Ring::in_folder(folder.path());
        Ring { _folder: Some(folder), ..ring }
    }

    /// The one there, or a new one.
    fn in_folder(folder: &Path) -> Ring {
        let path = folder.join("usher.db.keys");
        let (file, keys) = match KeyFile::load(&path).expect("the key file is read") {
            Some(file) => {
                let keys = file.unlock(&kek()).expect("it opens");
                (file, keys)
            }
            None => {
                let (file, keys, _) = KeyFile::create(&path, Some(&kek())).expect("it is made");
                (file, keys)
            }
        };
        Ring { file, keys, _folder: None }
    }

    /// Under a new key, or on with the change that was under way.
    fn change_key(&mut self, store: &dyn Store) -> Result<bool, Refusal> {
        let vault = store.as_vault().expect("only a vault has keys");
        self.file.begin_rotation(&mut self.keys).expect("the key file is written");
        vault.use_keys(&self.keys);
        let is_done = vault.rekey(&mut |_| ControlFlow::Continue(()))?.is_continue();
        if is_done {
            self.file.finish_rotation(&mut self.keys).expect("the key file is written");
            vault.use_keys(&self.keys);
        }
        Ok(is_done)
    }

    fn unlock(&mut self) {
        self.keys = self.file.unlock(&kek()).expect("it opens");
    }
}

fn kek() -> Key {
    Key::from_bytes(&[7; 32])
}

impl Store for Vault {
    fn connect(&self) -> Result<Connection, Refusal> {
        Ok(Vault::connect(self, Purpose::Write)?)
    }

    fn as_vault(&self) -> Option<&Vault> {
        Some(self)
    }
}

impl From<VaultError> for Refusal {
    fn from(error: VaultError) -> Refusal {
        Refusal(error.to_string())
    }
}

/// Leaves so many bytes of each page of a new database free.
fn reserve(connection: &Connection, bytes: usize) {
    let mut bytes = i32::try_from(bytes).expect("less than a page");
    // SAFETY: the connection is open, and this control takes a number that it may also overwrite.
    let code = unsafe {
        ffi::sqlite3_file_control(
            connection.handle(),
            c"main".as_ptr(),
            ffi::SQLITE_FCNTL_RESERVE_BYTES,
            (&raw mut bytes).cast(),
        )
    };
    assert_eq!(code, ffi::SQLITE_OK, "SQLite leaves bytes free");
}
