//! The only door to the databases on disk: finds the file or makes it, keeps every other process out, and opens SQLite
//! with the settings all of ours have. Knows no table. **Does not encrypt yet**: what is written here lies readable on
//! the disk until the encrypting file layer comes (DATA-1); that layer goes in behind this same door.

pub mod aead;
pub mod format;
pub mod keys;
pub mod recovery;
mod whole;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

/// Marks a database file as ours, in SQLite's application id: "Ushr".
const APPLICATION_ID: i32 = 0x5573_6872;
/// How long one connection waits for another of this process. They only meet for a checkpoint's milliseconds.
const BUSY_MS_MAX: u64 = 5_000;
/// The write-ahead log is cut back to this after a checkpoint: 16 MiB hold an address book of 50,000 at once.
const LOG_BYTES_KEPT: i64 = 16 << 20;

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
    /// A part is missing or does not make sense. Restore a backup.
    #[error("the database is damaged: {0}")]
    Damaged(String),
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

/// A database file that no other process can open while this lives. Drop the connections first.
#[derive(Debug)]
pub struct Vault {
    path: PathBuf,
    _lock: File,
}

impl Vault {
    /// Opens the database at `path`, made where there is none, in a directory made where there is none (for its owner
    /// only, on Unix). `version_known` is the newest version of the tables that the caller knows.
    ///
    /// A file that is empty, foreign, newer or in pieces is refused and left as it is: it is never taken for a new one.
    pub fn open(path: &Path, version_known: u32) -> Result<Vault, VaultError> {
        let directory =
            path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        make_directory(directory)?;
        let lock = lock(path)?;
        if !path.try_exists().map_err(|error| not_writable(path, &error))? {
            make_database(path, directory)?;
        }
        check_file(path)?;
        let vault = Vault { path: path.to_owned(), _lock: lock };
        vault.check_version(version_known)?;
        Ok(vault)
    }

    /// A new connection with the settings all of ours have.
    pub fn connect(&self, purpose: Purpose) -> Result<Connection, VaultError> {
        self.configured(purpose).map_err(|error| self.refused(&error))
    }

    /// Which file.
    pub fn path(&self) -> &Path {
        &self.path
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
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(Duration::from_millis(BUSY_MS_MAX))?;
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "secure_delete", true)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        match purpose {
            Purpose::Write => {
                connection.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES_KEPT, |_| Ok(()))?
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
/// type or range is damage, since our tables are strict.
pub fn classify(error: &rusqlite::Error) -> VaultError {
    use rusqlite::Error;
    if let Error::FromSqlConversionFailure(..)
    | Error::IntegralValueOutOfRange(..)
    | Error::InvalidColumnType(..)
    | Error::Utf8Error(..) = error
    {
        return VaultError::Damaged(error.to_string());
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

fn make_directory(directory: &Path) -> Result<(), VaultError> {
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

/// Makes an empty database of ours under another name first: whatever stands under the real name was once whole, so an
/// empty file there is damage and never a beginning.
fn make_database(path: &Path, directory: &Path) -> Result<(), VaultError> {
    for log in ["-wal", "-journal"] {
        if holds_bytes(&beside(path, log)) {
            return Err(VaultError::Damaged(format!(
                "{} is gone, and its log is still there",
                path.display()
            )));
        }
    }
    let unfinished = beside(path, ".new");
    for leftover in [
        unfinished.clone(),
        beside(&unfinished, "-wal"),
        beside(&unfinished, "-shm"),
        beside(&unfinished, "-journal"),
    ] {
        match fs::remove_file(&leftover) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(not_writable(&leftover, &error));
            }
            Ok(()) | Err(_) => {}
        }
    }
    owners_file().create_new(true).open(&unfinished).map_err(|error| not_writable(&unfinished, &error))?;
    write_header(&unfinished).map_err(|error| classify(&error))?;
    fs::rename(&unfinished, path).map_err(|error| not_writable(path, &error))?;
    sync_directory(directory).map_err(|error| not_writable(directory, &error))
}

fn write_header(path: &Path) -> rusqlite::Result<()> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.pragma_update(None, "synchronous", "EXTRA")?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.close().map_err(|(_, error)| error)
}

/// So that the new name outlives a power cut. Windows has no such call; its file systems journal names themselves.
fn sync_directory(directory: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}

fn check_file(path: &Path) -> Result<(), VaultError> {
    let file = fs::metadata(path).map_err(|error| not_writable(path, &error))?;
    if !file.is_file() {
        return Err(VaultError::NotADatabase(path.to_owned()));
    }
    if file.len() == 0 {
        return Err(VaultError::Damaged(format!("{} is empty", path.display())));
    }
    owners_file().open(path).map_err(|error| not_writable(path, &error))?;
    Ok(())
}

fn holds_bytes(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.len() > 0)
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
    use super::*;

    fn directory() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary directory")
    }

    #[test]
    fn a_database_is_made_once_and_opened_again() {
        let directory = directory();
        let path = directory.path().join("deep/er/usher.db");
        {
            let vault = Vault::open(&path, 1).expect("a new one is made");
            let writer = vault.connect(Purpose::Write).expect("it opens");
            writer
                .execute_batch(
                    "CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (7); PRAGMA user_version = 1",
                )
                .expect("it is written");
        }
        let vault = Vault::open(&path, 1).expect("it opens again");
        let reader = vault.connect(Purpose::Read).expect("it opens");
        assert_eq!(reader.query_row("SELECT n FROM t", [], |row| row.get(0)), Ok(7));
        assert!(reader.execute("INSERT INTO t VALUES (8)", []).is_err(), "a reader only reads");
    }

    #[test]
    fn every_connection_has_our_settings() {
        let directory = directory();
        let vault = Vault::open(&directory.path().join("usher.db"), 0).expect("a new one is made");
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
        let path = directory.path().join("usher.db");
        let first = Vault::open(&path, 0).expect("a new one is made");
        assert!(matches!(Vault::open(&path, 0), Err(VaultError::InUse(_))));
        drop(first);
        Vault::open(&path, 0).expect("now it is free");
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
            let path = directory.path().join("usher.db");
            fs::write(&path, &content).expect("it is written");
            match Vault::open(&path, 0).map(|_| ()) {
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
        let path = directory.path().join("usher.db");
        fs::write(beside(&path, "-wal"), b"committed transactions").expect("it is written");
        assert!(matches!(Vault::open(&path, 0), Err(VaultError::Damaged(_))));
        assert!(!path.exists());
    }

    #[test]
    fn a_database_half_made_by_a_crash_is_made_anew() {
        let directory = directory();
        let path = directory.path().join("usher.db");
        fs::write(beside(&path, ".new"), b"half").expect("it is written");
        Vault::open(&path, 0).expect("it is made");
    }

    #[test]
    fn tables_of_a_newer_release_are_refused() {
        let directory = directory();
        let path = directory.path().join("usher.db");
        let vault = Vault::open(&path, 1).expect("a new one is made");
        vault
            .connect(Purpose::Write)
            .expect("it opens")
            .pragma_update(None, "user_version", 3)
            .expect("it is written");
        drop(vault);
        assert!(matches!(Vault::open(&path, 1), Err(VaultError::Newer { found: 3, known: 1, .. })));
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named() {
        let directory = directory();
        let file = directory.path().join("file");
        fs::write(&file, b"not a directory").expect("it is written");
        match Vault::open(&file.join("usher.db"), 0).map(|_| ()) {
            Err(VaultError::NotWritable { path, .. }) => assert_eq!(path, file),
            other => panic!("{other:?}"),
        }
    }

    #[cfg(unix)]
    #[test]
    fn nobody_but_the_owner_may_read_what_we_make() {
        use std::os::unix::fs::PermissionsExt;
        let directory = directory();
        let home = directory.path().join("home");
        let vault = Vault::open(&home.join("usher.db"), 0).expect("a new one is made");
        let writer = vault.connect(Purpose::Write).expect("it opens");
        writer.execute_batch("CREATE TABLE t (n INTEGER)").expect("it is written");
        let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        assert_eq!(mode(&home), 0o700);
        for file in fs::read_dir(&home).expect("it is there") {
            let path = file.expect("it is there").path();
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
    }
}
