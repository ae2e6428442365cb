//! Everything at rest is encrypted here (DATA-1, DATA-2): SQLite databases with their logs and temporary files, the keys they
//! are sealed under, and single files. The only door to the disk. Knows no table and no keychain.
//!
//! A [`Vault`] is one database that this process alone has open. Below SQLite lies a file layer of ours (`vfs`) that seals each
//! page; an anchor beside the database tells at every opening whether anything is older than it was (`survey`). The formats and
//! what they withstand: docs/vault.md.

pub mod aead;
mod anchor;
mod base;
mod check;
mod damage;
mod database;
mod files;
pub mod format;
mod frozen;
mod index;
mod journal;
pub mod keys;
pub mod layer;
mod log;
mod pagekeys;
pub mod recovery;
mod rekey;
mod scratch;
pub mod sealed;
mod survey;
mod vfs;
mod whole;

use std::ffi::CStr;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::RwLock;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};

pub use crate::anchor::Witness;
pub use crate::check::{Checked, Progress};
pub use crate::frozen::Frozen;
pub use crate::survey::Known;

use crate::anchor::Anchor;
use crate::base::{Base, Code};
use crate::database::{Database, versions_in};
use crate::format::Head;
use crate::keys::DataKeys;
use crate::log::Log;
use crate::pagekeys::PageKeys;
use crate::sealed::WrapKeys;
use crate::survey::{Found, Names, Refused, Standing, open_if_there};
use crate::vfs::Attached;

/// Marks a database file as ours, in SQLite's application id: "Ushr".
const APPLICATION_ID: i32 = 0x5573_6872;
/// How long one connection waits for another of this process. They only meet for a checkpoint's milliseconds.
const BUSY_MS_MAX: u64 = 5_000;
/// The write-ahead log is cut back to this after a checkpoint: 16 MiB hold an address book of 50,000 at once.
const LOG_BYTES_KEPT: i64 = 16 << 20;
/// A checkpoint comes when the log has as many frames as are kept: each page that changes again before is copied once less.
const CHECKPOINT_FRAMES: i64 = LOG_BYTES_KEPT / format::PAGE_BYTES as i64;
/// Memory for pages, per connection, as far as they are needed: each one that is not there must be opened again, and a
/// transaction that does not fit seals its pages twice.
pub const CACHE_KIB: i64 = 16 << 10;

/// What is wrong with a database, grouped by what a person can do about it.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Missing rights on the directory or the file, or a read-only disk.
    #[error("{path} cannot be written: {why}")]
    NotWritable {
        /// What cannot be written.
        path: PathBuf,
        /// In the system's words.
        why: String,
    },
    /// No space is left. Nothing of the change was kept.
    #[error("the disk is full")]
    DiskFull,
    /// Another process has it open. It is never shared.
    #[error("{0} is open in another program")]
    InUse(PathBuf),
    /// The file is something else than a database of ours.
    #[error("{0} is not a database of this program")]
    NotADatabase(PathBuf),
    /// Written by a later release, whose tables this one does not know.
    #[error("{path} was written by a newer release (tables of version {found}; this one knows {known})")]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// A part is missing or is not what was written, or the key is another store's. Restore a backup.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// Something that was acknowledged is not there any more: a file was replaced by an older one, cut or deleted. Restore a
    /// backup; or, where somebody knows why, accept what is there ([`Vault::accept`]).
    #[error("{path} is not as new as it was: {what}")]
    RolledBack {
        /// Which database.
        path: PathBuf,
        /// What is old or gone.
        what: String,
    },
    /// Anything else the system or SQLite refuses.
    #[error("the database does not answer: {0}")]
    Failed(String),
}

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Writing and reading. One at a time.
    Write,
    /// Reading only.
    Read,
}

/// A database that no other process can open while this or a connection of it lives.
#[derive(Debug)]
pub struct Vault {
    path: PathBuf,
    layer: &'static CStr,
    attached: Attached,
    wraps: RwLock<WrapKeys>,
    remarks: Vec<String>,
}

impl Vault {
    /// Opens the database at `path`, made where there is none, in a directory made where there is none (for its owner
    /// only, on Unix). `version_known` is the newest version of the tables that the caller knows.
    ///
    /// A file that is empty, foreign, newer, older than it was, or in pieces is refused and left as it is: it is never
    /// taken for a new one.
    pub fn open(
        path: &Path,
        keys: &DataKeys,
        known: &Known,
        version_known: u32,
    ) -> Result<Vault, VaultError> {
        make_directory(directory_of(path))?;
        let lock = lock(path)?;
        check_file(path)?;
        let base = vfs::register();
        let names = names(base, path)?;
        if let Standing::Nothing | Standing::HalfMade = stand(base, path, &names, keys, known)? {
            // SQLite's layer makes files that others may read; these are there before.
            make_file(&beside(path, ".anchor"))?;
            make_file(path)?;
        }
        let vault = Vault::open_over(base, vfs::NAME, path, keys, known)?;
        vault.attached.database().keep_lock(lock);
        vault.check_version(version_known)?;
        Ok(vault)
    }

    /// The same over another file layer than the system's, which must have been registered as `layer`. Keeps nobody out.
    fn open_over(
        base: Base,
        layer: &'static CStr,
        path: &Path,
        keys: &DataKeys,
        known: &Known,
    ) -> Result<Vault, VaultError> {
        let names = names(base, path)?;
        let anchored = match stand(base, path, &names, keys, known)? {
            Standing::Made(anchored) => anchored,
            Standing::Nothing | Standing::HalfMade => {
                make_database(base, layer, path, &names, keys)?;
                match stand(base, path, &names, keys, known)? {
                    Standing::Made(anchored) => anchored,
                    Standing::Nothing | Standing::HalfMade => {
                        return Err(VaultError::Damaged("what was just made is not there".to_owned()));
                    }
                }
            }
        };
        let Found { database, remarks } =
            anchored.compare(base, &names).map_err(|refused| of_refused(path, refused))?;
        let attached = attach(path, &names, database)?;
        let wraps = RwLock::new(WrapKeys::of(keys));
        Ok(Vault { path: path.to_owned(), layer, attached, wraps, remarks })
    }

    /// A new connection with the settings all of ours have.
    pub fn connect(&self, purpose: Purpose) -> Result<Connection, VaultError> {
        self.configured(purpose).map_err(|error| self.refused(&error))
    }

    /// Which file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What was noticed at opening that a person may want to know, although nothing is lost.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// The newest acknowledged state, to be kept where the database's files are not. Waits until it is on the disk.
    pub fn witness(&self) -> Result<Witness, VaultError> {
        let witness = self.attached.database().witness().map_err(|code| of_code(&self.path, code))?;
        Ok(witness.expect("an open vault has an anchor"))
    }

    fn check_version(&self, known: u32) -> Result<(), VaultError> {
        let connection = self.connect(Purpose::Read)?;
        let pragma = |name| {
            let value = connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
            value.map_err(|error| self.refused(&error))
        };
        if pragma("application_id")? != APPLICATION_ID {
            return Err(VaultError::NotADatabase(self.path.clone()));
        }
        match u32::try_from(pragma("user_version")?) {
            Ok(found) if found <= known => Ok(()),
            Ok(found) => Err(VaultError::Newer { path: self.path.clone(), found, known }),
            Err(_) => Err(VaultError::Damaged("the version of its tables is negative".to_owned())),
        }
    }

    /// `synchronous=FULL`: a commit that was acknowledged outlives a power cut. A reader needs the right to write the
    /// shared memory of the log, so it is opened for writing and held to reading by `query_only`.
    fn configured(&self, purpose: Purpose) -> rusqlite::Result<Connection> {
        let connection = open_with(&self.path, self.layer, OpenFlags::empty())?;
        connection.busy_timeout(Duration::from_millis(BUSY_MS_MAX))?;
        // A plan stays as it is whatever values it is used with: or else SQLite plans most statements anew each time.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "secure_delete", true)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        match purpose {
            Purpose::Write => {
                let of_log = |name, value| connection.pragma_update_and_check(None, name, value, |_| Ok(()));
                of_log("journal_size_limit", LOG_BYTES_KEPT)?;
                of_log("wal_autocheckpoint", CHECKPOINT_FRAMES)?;
            }
            Purpose::Read => connection.pragma_update(None, "query_only", true)?,
        }
        Ok(connection)
    }

    fn refused(&self, error: &rusqlite::Error) -> VaultError {
        match classify(error) {
            VaultError::NotADatabase(_) => VaultError::NotADatabase(self.path.clone()),
            VaultError::NotWritable { path: _, why } => {
                VaultError::NotWritable { path: self.path.clone(), why }
            }
            other => other,
        }
    }
}

/// What an error of SQLite means to a person. Paths it does not know are named "the database"; a column of the wrong
/// type or range is damage, since our tables are strict. To be asked on the thread on which the error came.
pub fn classify(error: &rusqlite::Error) -> VaultError {
    use rusqlite::Error;
    if let Error::FromSqlConversionFailure(..)
    | Error::IntegralValueOutOfRange(..)
    | Error::InvalidColumnType(..)
    | Error::Utf8Error(..) = error
    {
        return VaultError::Damaged(error.to_string());
    }
    if error.sqlite_error().is_some_and(|error| error.extended_code == ffi::SQLITE_IOERR_DATA) {
        return VaultError::Damaged(damage::take().unwrap_or_else(|| error.to_string()));
    }
    let path = || PathBuf::from("the database");
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => VaultError::DiskFull,
        Some(ErrorCode::DatabaseCorrupt) => VaultError::Damaged(error.to_string()),
        Some(ErrorCode::NotADatabase) => VaultError::NotADatabase(path()),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            VaultError::NotWritable { path: path(), why: error.to_string() }
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => VaultError::InUse(path()),
        Some(_) | None => VaultError::Failed(error.to_string()),
    }
}

fn of_code(path: &Path, Code(code): Code) -> VaultError {
    let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
    match classify(&error) {
        VaultError::NotWritable { path: _, why } => VaultError::NotWritable { path: path.to_owned(), why },
        other => other,
    }
}

fn of_refused(path: &Path, refused: Refused) -> VaultError {
    match refused {
        Refused::Disk(code) => of_code(path, code),
        Refused::NotOurs => VaultError::NotADatabase(path.to_owned()),
        Refused::Damaged(what) => VaultError::Damaged(format!("{}: {what}", path.display())),
        Refused::Older(what) => VaultError::RolledBack { path: path.to_owned(), what },
    }
}

fn stand(
    base: Base,
    path: &Path,
    names: &Names,
    keys: &DataKeys,
    known: &Known,
) -> Result<Standing, VaultError> {
    survey::stand(base, names, keys, known).map_err(|refused| of_refused(path, refused))
}

fn names(base: Base, path: &Path) -> Result<Names, VaultError> {
    vfs::full_name(base, path).map(Names::of).map_err(|code| of_code(path, code))
}

fn attach(path: &Path, names: &Names, database: Database) -> Result<Attached, VaultError> {
    Attached::new(names.database.clone(), database).ok_or_else(|| VaultError::InUse(path.to_owned()))
}

fn open_with(path: &Path, layer: &CStr, more: OpenFlags) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | more;
    let connection = Connection::open_with_flags_and_vfs(path, flags, layer)?;
    vfs::reserve(&connection)?;
    Ok(connection)
}

/// Makes an empty database of ours. The anchor says so first: whatever a crash leaves at its name is then not one. Where an
/// earlier attempt left something, that goes before its anchor does.
fn make_database(
    base: Base,
    layer: &CStr,
    path: &Path,
    names: &Names,
    keys: &DataKeys,
) -> Result<(), VaultError> {
    let of_code = |code| of_code(path, code);
    let head = Head::random();
    let page_keys = PageKeys::new(&head, keys);
    if let Some(half_made) = open_if_there(base, &names.database).map_err(of_code)? {
        half_made.truncate(0).and_then(|()| half_made.sync(ffi::SQLITE_SYNC_FULL)).map_err(of_code)?;
    }
    base.delete(&names.log).and_then(|()| base.delete(&names.journal)).map_err(of_code)?;
    let anchor = base.open(&names.anchor, true).map_err(of_code)?;
    let mut anchor = Anchor::begin(anchor, &page_keys, &head, 0).map_err(of_code)?;
    let database = Database::new(base, head, PageKeys::new(&head, keys), Vec::new(), Log::default());
    let attached = attach(path, names, database)?;
    write_first_page(path, layer).map_err(|error| classify(&error))?;
    drop(attached);
    let file = base.open(&names.database, false).map_err(of_code)?;
    file.sync(ffi::SQLITE_SYNC_FULL).map_err(of_code)?;
    let versions = versions_in(&file).map_err(of_code)?;
    anchor.is_made(&page_keys, &versions).map_err(of_code)
}

fn write_first_page(path: &Path, layer: &CStr) -> rusqlite::Result<()> {
    let connection = open_with(path, layer, OpenFlags::SQLITE_OPEN_CREATE)?;
    connection.pragma_update(None, "page_size", format::PAGE_BYTES as i64)?;
    connection.pragma_update(None, "synchronous", "EXTRA")?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    // To its end: what the disk refuses comes after the row that says "wal".
    let mut statement = connection.prepare("PRAGMA journal_mode = WAL")?;
    let modes: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    drop(statement);
    if modes != ["wal"] {
        return Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_IOERR), None));
    }
    connection.close().map_err(|(_, error)| error)
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes the directory of a store where there is none; for its owner only, on Unix.
pub fn make_directory(directory: &Path) -> Result<(), VaultError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory).map_err(|error| not_writable(directory, &error))
}

/// For the owner only, on Unix; elsewhere the directory's own rights hold.
fn owners_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn make_file(path: &Path) -> Result<(), VaultError> {
    match owners_file().create(true).truncate(false).open(path) {
        Ok(_) => Ok(()),
        Err(error) => Err(not_writable(path, &error)),
    }
}

/// Keeps every program from opening the store of this database while the file lives; `InUse` where one has it open.
pub fn lock_store(path: &Path) -> Result<File, VaultError> {
    lock(path)
}

/// Holds a lock on a file beside the database: SQLite's own locks come and go with its transactions, and two programs
/// taking turns would each believe in their own journal. The system lets go of it however the process ends.
fn lock(path: &Path) -> Result<File, VaultError> {
    let lock_path = beside(path, ".lock");
    let file = owners_file()
        .create(true)
        .truncate(false)
        .open(&lock_path)
        .map_err(|error| not_writable(&lock_path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(VaultError::InUse(path.to_owned())),
        Err(TryLockError::Error(error)) => Err(not_writable(&lock_path, &error)),
    }
}

/// So that a new name outlives a power cut. Windows has no such call; its file systems journal names themselves.
fn sync_directory(directory: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}

/// A file that is there must be one that we may write, and hold something, unless its making was cut short.
fn check_file(path: &Path) -> Result<(), VaultError> {
    let file = match fs::metadata(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(not_writable(path, &error)),
    };
    if !file.is_file() {
        return Err(VaultError::NotADatabase(path.to_owned()));
    }
    if file.len() == 0 && !beside(path, ".anchor").exists() {
        return Err(VaultError::Damaged(format!("{} is empty", path.display())));
    }
    owners_file().open(path).map_err(|error| not_writable(path, &error))?;
    Ok(())
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn not_writable(path: &Path, error: &io::Error) -> VaultError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => VaultError::DiskFull,
        _ => VaultError::NotWritable { path: path.to_owned(), why: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::aead::Key;
    use crate::keys::KeyFile;

    fn directory() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary directory")
    }

    /// The keys of the store in this directory, made at the first time.
    fn keys(directory: &Path) -> DataKeys {
        let (path, kek) = (directory.join("keys"), Key::from_bytes(&[7; 32]));
        match KeyFile::load(&path).expect("it is readable") {
            Some(file) => file.unlock(&kek).expect("it is the same key"),
            None => KeyFile::create(&path, Some(&kek)).expect("it is made").1,
        }
    }

    fn open(path: &Path, keys: &DataKeys, version: u32) -> Result<Vault, VaultError> {
        Vault::open(path, keys, &Known::default(), version)
    }

    #[test]
    fn a_statement_is_planned_once_whatever_it_is_used_with() {
        let directory = directory();
        let vault = open(&directory.path().join("usher.db"), &keys(directory.path()), 1).expect("it is made");
        let writer = vault.connect(Purpose::Write).expect("it opens");
        writer
            .execute_batch("CREATE TABLE t (a, b, PRIMARY KEY (a, b)) WITHOUT ROWID")
            .expect("it is written");
        for value in 0..5 {
            let find = "SELECT b FROM t WHERE a = ?1 AND b >= ?2 LIMIT ?3";
            let mut find = writer.prepare_cached(find).expect("it is understood");
            assert!(!find.exists((value, value, value + 1)).expect("it is asked"));
            assert_eq!(find.get_status(rusqlite::StatementStatus::RePrepare), 0, "{value}");
        }
    }

    #[test]
    fn a_database_is_made_once_and_opened_again() {
        let directory = directory();
        let keys = keys(directory.path());
        let path = directory.path().join("deep/er/usher.db");
        {
            let vault = open(&path, &keys, 1).expect("a new one is made");
            let writer = vault.connect(Purpose::Write).expect("it opens");
            writer
                .execute_batch(
                    "CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (7); PRAGMA user_version = 1",
                )
                .expect("it is written");
        }
        let vault = open(&path, &keys, 1).expect("it opens again");
        let reader = vault.connect(Purpose::Read).expect("it opens");
        assert_eq!(reader.query_row("SELECT n FROM t", [], |row| row.get(0)), Ok(7));
        assert!(reader.execute("INSERT INTO t VALUES (8)", []).is_err(), "a reader only reads");
    }

    #[test]
    fn every_connection_has_our_settings() {
        let directory = directory();
        let keys = keys(directory.path());
        let vault = open(&directory.path().join("usher.db"), &keys, 0).expect("a new one is made");
        for purpose in [Purpose::Write, Purpose::Read] {
            let connection = vault.connect(purpose).expect("it opens");
            let number = |name: &str| {
                connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).expect("a pragma")
            };
            let mode: String =
                connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).expect("a pragma");
            assert_eq!(mode, "wal");
            for (name, want) in [
                ("synchronous", 2),
                ("foreign_keys", 1),
                ("secure_delete", 1),
                ("temp_store", 2),
                ("trusted_schema", 0),
            ] {
                assert_eq!(number(name), want, "{name} of {purpose:?}");
            }
        }
    }

    #[test]
    fn a_second_owner_is_kept_out_until_the_first_is_gone() {
        let directory = directory();
        let keys = keys(directory.path());
        let path = directory.path().join("usher.db");
        let first = open(&path, &keys, 0).expect("a new one is made");
        assert!(matches!(open(&path, &keys, 0), Err(VaultError::InUse(_))));
        drop(first);
        open(&path, &keys, 0).expect("now it is free");
    }

    #[test]
    fn what_is_not_a_whole_database_of_ours_is_refused_and_left_as_it_is() {
        let foreign = {
            let directory = directory();
            let path = directory.path().join("foreign.db");
            Connection::open(&path)
                .expect("it opens")
                .execute_batch("CREATE TABLE t (n)")
                .expect("it is written");
            fs::read(&path).expect("it is there")
        };
        for (content, empty) in
            [(Vec::new(), true), (vec![b'x'; 8192], false), (b"short".to_vec(), false), (foreign, false)]
        {
            let directory = directory();
            let keys = keys(directory.path());
            let path = directory.path().join("usher.db");
            fs::write(&path, &content).expect("it is written");
            match open(&path, &keys, 0).map(|_| ()) {
                Err(VaultError::Damaged(_)) if empty => {}
                Err(VaultError::NotADatabase(_)) if !empty => {}
                other => panic!("{} bytes: {other:?}", content.len()),
            }
            assert_eq!(fs::read(&path).expect("it is there"), content);
        }
    }

    #[test]
    fn a_log_without_its_database_is_damage_and_not_a_new_beginning() {
        let directory = directory();
        let keys = keys(directory.path());
        let path = directory.path().join("usher.db");
        fs::write(beside(&path, "-wal"), b"committed transactions").expect("it is written");
        assert!(matches!(open(&path, &keys, 0), Err(VaultError::Damaged(_))));
        assert!(!path.exists());
    }

    #[test]
    fn a_database_half_made_by_a_crash_is_made_anew() {
        let directory = directory();
        let keys = keys(directory.path());
        let path = directory.path().join("usher.db");
        fs::write(beside(&path, ".new"), b"half").expect("it is written");
        open(&path, &keys, 0).expect("it is made");
    }

    #[test]
    fn tables_of_a_newer_release_are_refused() {
        let directory = directory();
        let keys = keys(directory.path());
        let path = directory.path().join("usher.db");
        let vault = open(&path, &keys, 1).expect("a new one is made");
        vault
            .connect(Purpose::Write)
            .expect("it opens")
            .pragma_update(None, "user_version", 3)
            .expect("it is written");
        drop(vault);
        assert!(matches!(open(&path, &keys, 1), Err(VaultError::Newer { found: 3, known: 1, .. })));
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named() {
        let directory = directory();
        let keys = keys(directory.path());
        let file = directory.path().join("file");
        fs::write(&file, b"not a directory").expect("it is written");
        match open(&file.join("usher.db"), &keys, 0).map(|_| ()) {
            Err(VaultError::NotWritable { path, .. }) => assert_eq!(path, file),
            other => panic!("{other:?}"),
        }
    }

    #[cfg(unix)]
    #[test]
    fn nobody_but_the_owner_may_read_what_we_make() {
        use std::os::unix::fs::PermissionsExt;
        let directory = directory();
        let keys = keys(directory.path());
        let home = directory.path().join("home");
        let vault = open(&home.join("usher.db"), &keys, 0).expect("a new one is made");
        let writer = vault.connect(Purpose::Write).expect("it opens");
        writer.execute_batch("CREATE TABLE t (n INTEGER)").expect("it is written");
        let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        assert_eq!(mode(&home), 0o700);
        for file in fs::read_dir(&home).expect("it is there") {
            let path = file.expect("it is there").path();
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
    }

    /// A store in a directory, with some rows in it.
    fn written(directory: &Path) -> (PathBuf, DataKeys) {
        let (path, keys) = (directory.join("usher.db"), keys(directory));
        let vault = open(&path, &keys, 0).expect("a new one is made");
        let writer = vault.connect(Purpose::Write).expect("it opens");
        writer
            .execute_batch("CREATE TABLE t (n INTEGER PRIMARY KEY, words TEXT) STRICT")
            .expect("it is written");
        insert(&writer, 0..500);
        (path, keys)
    }

    fn insert(writer: &Connection, numbers: std::ops::Range<i64>) {
        for n in numbers {
            writer
                .execute("INSERT INTO t VALUES (?1, ?2)", (n, format!("the words of row {n} ").repeat(20)))
                .expect("it is written");
        }
    }

    fn count(vault: &Vault) -> i64 {
        let reader = vault.connect(Purpose::Read).expect("it opens");
        reader.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).expect("it is read")
    }

    fn go_on(_: Progress) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// What a crash at this moment would leave.
    fn copy_of(directory: &Path) -> tempfile::TempDir {
        let copy = tempfile::tempdir().expect("a temporary directory");
        for file in fs::read_dir(directory).expect("it is there") {
            let path = file.expect("it is there").path();
            fs::copy(&path, copy.path().join(path.file_name().expect("it has a name")))
                .expect("it is copied");
        }
        copy
    }

    #[test]
    fn what_was_committed_is_there_after_a_crash_and_nothing_of_it_can_be_read() {
        let directory = directory();
        let (path, keys) = written(directory.path());
        let vault = open(&path, &keys, 0).expect("it opens again");
        let writer = vault.connect(Purpose::Write).expect("it opens");
        insert(&writer, 500..600);
        writer.execute_batch("BEGIN; DELETE FROM t").expect("it is not committed");
        let copy = copy_of(directory.path());
        for file in fs::read_dir(copy.path()).expect("it is there") {
            let bytes = fs::read(file.expect("it is there").path()).expect("it is readable");
            assert!(!bytes.windows(9).any(|window| window == b"the words" || window == b"CREATE TA"));
        }
        let crashed = open(&copy.path().join("usher.db"), &keys, 0).expect("it opens after the crash");
        assert_eq!(count(&crashed), 600);
        let checked = crashed.check(&mut go_on).expect("it is looked at");
        assert_eq!((checked.findings, checked.pages > 60), (Vec::new(), true));
    }

    #[test]
    fn a_log_that_was_acknowledged_cannot_be_cut_or_taken_away() {
        let directory = directory();
        let (path, keys) = written(directory.path());
        let vault = open(&path, &keys, 0).expect("it opens again");
        insert(&vault.connect(Purpose::Write).expect("it opens"), 500..510);
        let _reader = vault.connect(Purpose::Read).expect("as long as it lives, the log does");
        let writer = vault.connect(Purpose::Write).expect("it opens");
        insert(&writer, 510..520);
        for cut in [0, 1, 4_000, 9_000] {
            let copy = copy_of(directory.path());
            let log = copy.path().join("usher.db-wal");
            let whole = fs::metadata(&log).expect("it is there").len();
            let file = OpenOptions::new().write(true).open(&log).expect("it is there");
            file.set_len(if cut == 0 { 0 } else { whole - cut }).expect("it is cut");
            let refused = open(&copy.path().join("usher.db"), &keys, 0).map(|_| ());
            assert!(
                matches!(refused, Err(VaultError::RolledBack { .. } | VaultError::Damaged(_))),
                "{refused:?}"
            );
        }
    }

    #[test]
    fn an_older_page_and_an_older_file_are_found() {
        let directory = directory();
        let (path, keys) = written(directory.path());
        let before = copy_of(directory.path());
        let seen = {
            let vault = open(&path, &keys, 0).expect("it opens again");
            let writer = vault.connect(Purpose::Write).expect("it opens");
            writer.execute_batch("UPDATE t SET words = upper(words)").expect("it is written");
            drop(writer);
            vault.witness().expect("it is written")
        };
        let older = fs::read(before.path().join("usher.db")).expect("it is there");
        let newest = fs::read(&path).expect("it is there");
        let refused = |name: &str, bytes: &[u8]| {
            let copy = copy_of(directory.path());
            fs::write(copy.path().join(name), bytes).expect("it is written");
            let opened = open(&copy.path().join("usher.db"), &keys, 0).map(|_| ());
            assert!(matches!(opened, Err(VaultError::RolledBack { .. })), "{name}: {opened:?}");
        };
        refused("usher.db", &older);
        let mut one_page = newest.clone();
        one_page[8 * 4096..9 * 4096].copy_from_slice(&older[8 * 4096..9 * 4096]);
        refused("usher.db", &one_page);
        refused("usher.db.anchor", &fs::read(before.path().join("usher.db.anchor")).expect("it is there"));

        // All of it together is found by who has seen the newer one.
        let path = before.path().join("usher.db");
        assert!(open(&path, &keys, 0).is_ok());
        let known = Known { is_made: true, witness: Some(seen) };
        let opened = Vault::open(&path, &keys, &known, 0).map(|_| ());
        assert!(matches!(opened, Err(VaultError::RolledBack { .. })), "{opened:?}");
        let adopted = Vault::adopt(&path, &keys, Some(&seen)).expect("a person has accepted it");
        assert_eq!(adopted.findings, Vec::<String>::new());
        assert_eq!(count(&Vault::open(&path, &keys, &known, 0).expect("it opens")), 500);
    }

    #[test]
    fn a_database_that_is_gone_is_not_made_anew() {
        let directory = directory();
        let keys = keys(directory.path());
        let known = Known { is_made: true, witness: None };
        let opened = Vault::open(&directory.path().join("usher.db"), &keys, &known, 0).map(|_| ());
        assert!(matches!(opened, Err(VaultError::RolledBack { .. })), "{opened:?}");
        assert!(!directory.path().join("usher.db").exists());
    }

    #[test]
    fn a_frozen_database_stands_still_while_others_write() {
        let directory = directory();
        let (path, keys) = written(directory.path());
        let vault = open(&path, &keys, 0).expect("it opens again");
        let writer = vault.connect(Purpose::Write).expect("it opens");
        let frozen = vault.freeze().expect("nobody is in the way");
        let read = |frozen: &Frozen| {
            let mut pages = vec![0; frozen.pages() as usize * format::PAGE_BYTES];
            frozen.read(1, &mut pages).expect("it is read");
            pages
        };
        let before = read(&frozen);
        insert(&writer, 500..3_000);
        assert!(read(&frozen) == before);
        drop(frozen);
        let pages = vault.freeze().expect("nobody is in the way").pages();
        assert!(pages as usize > before.len() / format::PAGE_BYTES);
        assert_eq!(count(&vault), 3_000);
    }

    #[test]
    fn other_keys_are_taken_while_the_desk_goes_on_and_the_old_one_is_not_needed_any_more() {
        let directory = directory();
        let (path, mut keys) = written(directory.path());
        let mut file =
            KeyFile::load(&directory.path().join("keys")).expect("it is read").expect("it is there");
        let vault = open(&path, &keys, 0).expect("it opens again");
        let writer = vault.connect(Purpose::Write).expect("it opens");
        insert(&writer, 500..520);
        file.begin_rotation(&mut keys).expect("it is written");
        vault.use_keys(&keys);
        let mut words = 0;
        let done = vault.rekey(&mut |_| {
            insert(&writer, 1_000 + words..1_001 + words);
            words += 1;
            ControlFlow::Continue(())
        });
        assert_eq!(done.expect("it is done"), ControlFlow::Continue(()));
        assert!(words > 0);
        file.finish_rotation(&mut keys).expect("it is written");
        vault.use_keys(&keys);
        assert_eq!(vault.check(&mut go_on).expect("it is looked at").findings, Vec::<String>::new());
        drop((writer, vault));
        assert_eq!(count(&open(&path, &keys, 0).expect("it opens with the new key alone")), 520 + words);
    }

    #[test]
    fn the_log_stays_the_log() {
        let directory = directory();
        let (path, keys) = written(directory.path());
        let vault = open(&path, &keys, 0).expect("it opens again");
        let writer = vault.connect(Purpose::Write).expect("it opens");
        assert!(writer.execute_batch("PRAGMA journal_mode = DELETE").is_err());
        assert!(writer.execute_batch("VACUUM").is_ok());
        assert_eq!(count(&vault), 500);
    }
}
