//! The end of a store on this computer (DATA-8): its keys go first, and with them everything that was ever sealed under them;
//! then its files. Backups elsewhere hold a copy of the key file and are `backup::dispose`'s.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use vault::VaultError;

use crate::{KEY_FILE, UpkeepError, key_file};

/// Destroys the keys and then the files of the store in this directory, and removes the directory. `InUse` while a program has
/// it open. Whatever stops it, the keys are gone first.
pub fn dispose_files(directory: &Path) -> Result<(), UpkeepError> {
    key_file(directory)?;
    let lock = vault::lock_store(&directory.join(store::FILE_NAME))?;
    let not_writable = |error: io::Error| {
        UpkeepError::Vault(VaultError::NotWritable { path: directory.to_owned(), why: error.to_string() })
    };
    destroy(&directory.join(KEY_FILE)).map_err(not_writable)?;
    drop(lock);
    fs::remove_dir_all(directory).map_err(not_writable)
}

/// Refuses where a program has the store of this directory open.
pub fn refuse_open(directory: &Path) -> Result<(), UpkeepError> {
    drop(vault::lock_store(&directory.join(store::FILE_NAME))?);
    Ok(())
}

/// Writes over a file before it goes: its old content may lie on for long where a disk is full of free space.
fn destroy(path: &Path) -> io::Result<()> {
    let length = usize::try_from(fs::metadata(path)?.len()).unwrap_or(usize::MAX);
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.write_all(&vec![0; length])?;
    file.sync_all()?;
    drop(file);
    fs::remove_file(path)
}

#[cfg(test)]
mod tests {
    use vault::keys::KeyFile;

    use super::dispose_files;

    #[test]
    fn nothing_is_left_of_a_store_and_nothing_else_is_touched() {
        let home = tempfile::tempdir().expect("a temporary directory");
        let folder = home.path().join("Usher");
        assert!(dispose_files(&folder).is_err(), "there is no store");
        std::fs::create_dir(&folder).expect("it is made");
        assert!(dispose_files(&folder).is_err(), "a folder without a store is left as it is");
        KeyFile::create(&folder.join("usher.db.keys"), None).expect("new keys");
        std::fs::write(folder.join("usher.db"), b"pages").expect("it is written");
        dispose_files(&folder).expect("nobody has it open");
        assert!(!folder.exists());
    }
}
