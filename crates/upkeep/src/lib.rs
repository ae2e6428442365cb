//! What is done to a store from outside the console: opening it with the key at hand, making it a source of backups, and the
//! drill that proves they restore. Used by the command line and by whatever composes a console; runs no console itself.

mod drill;
mod keychain;

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use backup::{BackupError, ManifestKey, Opener, VaultSource, adopt};
use contracts::journal::StoreError;
use contracts::secrets::{SecretError, Secrets};
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use vault::aead::Key;
use vault::keys::{DataKeys, KeyFile, StoreId};
use vault::recovery::RecoveryKey;
use vault::{Known, Vault};
use zeroize::Zeroizing;

pub use drill::{Drill, Drilled, RTO_MS, drill};
pub use keychain::{TargetSecret, keep_witness, key_name, target_secret_name, witness};
pub use vault::keys::KeyError;
pub use vault::{Checked, Progress, VaultError, Witness};

/// The key file in the directory of a store.
const KEY_FILE: &str = "usher.db.keys";
/// Bytes of a file with a key or with words: more is something else.
const KEY_TEXT_BYTES_MAX: u64 = 4096;

/// What went wrong, grouped by what somebody can do about it.
#[derive(Debug, thiserror::Error)]
pub enum UpkeepError {
    /// There is no store in this directory.
    #[error("there is no store in {0}")]
    NoStore(PathBuf),
    /// No key is at hand: name one, or unlock the keychain.
    #[error("{0}")]
    NoKey(String),
    /// The key file, or the key that was tried on it.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// What is in it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The backups.
    #[error(transparent)]
    Backup(#[from] BackupError),
}

/// A key that opens the key file of a store.
pub enum StoreKey {
    /// The one that is usually in the keychain.
    Kek(Key),
    /// The one on paper.
    Recovery(RecoveryKey),
}

impl StoreKey {
    /// From the keychain of this computer; `None` where it has none of this store.
    pub fn in_keychain(store: StoreId, keychain: &dyn Secrets) -> Result<Option<StoreKey>, UpkeepError> {
        let no_key = |words: String| UpkeepError::NoKey(words);
        let found = keychain.get(&key_name(store)).map_err(|error: SecretError| no_key(error.to_string()))?;
        let Some(secret) = found else { return Ok(None) };
        let bytes = secret.danger_expose().try_into();
        let bytes = bytes.map_err(|_| no_key("what the keychain holds is not a key".to_owned()))?;
        Ok(Some(StoreKey::Kek(Key::from_bytes(bytes))))
    }

    /// From a file with 64 hexadecimal digits.
    pub fn in_file(path: &Path) -> Result<StoreKey, UpkeepError> {
        key_in_file(path).map(StoreKey::Kek)
    }

    /// From words as a person types them.
    pub fn of_words(typed: &str) -> Result<StoreKey, UpkeepError> {
        RecoveryKey::parse(typed)
            .map(StoreKey::Recovery)
            .map_err(|error| UpkeepError::NoKey(format!("this is not a recovery key: {error}")))
    }

    /// From a file with the words.
    pub fn in_recovery_file(path: &Path) -> Result<StoreKey, UpkeepError> {
        StoreKey::of_words(&key_text(path)?)
    }

    /// Opens a key file.
    pub fn unlock(&self, file: &KeyFile) -> Result<DataKeys, KeyError> {
        match self {
            StoreKey::Kek(kek) => file.unlock(kek),
            StoreKey::Recovery(recovery) => file.unlock_with_recovery(recovery),
        }
    }
}

/// For restores where nothing is known of the store but its key.
impl Opener for StoreKey {
    fn unlock(&self, key_file: &KeyFile) -> Result<DataKeys, KeyError> {
        StoreKey::unlock(self, key_file)
    }

    fn adopt(&self, directory: &Path, keys: &DataKeys) -> Result<(), VaultError> {
        adopt(directory, keys, None)
    }
}

/// For restores where something is.
pub struct Restorer {
    /// Opens the store.
    pub key: StoreKey,
    /// The newest state of it that was seen here. What is restored counts on from there: else it would be taken for old files
    /// in the place of newer ones.
    pub seen: Option<Witness>,
}

impl Opener for Restorer {
    fn unlock(&self, key_file: &KeyFile) -> Result<DataKeys, KeyError> {
        self.key.unlock(key_file)
    }

    fn adopt(&self, directory: &Path, keys: &DataKeys) -> Result<(), VaultError> {
        adopt(directory, keys, self.seen.as_ref())
    }
}

fn key_text(path: &Path) -> Result<Zeroizing<String>, UpkeepError> {
    let mut text = Zeroizing::new(String::with_capacity(KEY_TEXT_BYTES_MAX as usize));
    let read = File::open(path).and_then(|file| file.take(KEY_TEXT_BYTES_MAX).read_to_string(&mut text));
    read.map_err(|error| UpkeepError::NoKey(format!("{}: {error}", path.display())))?;
    Ok(text)
}

/// The key in a file with 64 hexadecimal digits: what `--store-key` names, for service accounts, CI and other computers
/// without a keychain. Whoever can read the file and the data can read everything.
pub fn key_in_file(path: &Path) -> Result<Key, UpkeepError> {
    let text = key_text(path)?;
    let bytes = HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).map(Zeroizing::new).ok();
    let key = bytes.as_ref().and_then(|bytes| bytes.as_slice().try_into().ok()).map(Key::from_bytes);
    let none = || UpkeepError::NoKey(format!("{} does not hold 64 hexadecimal digits", path.display()));
    key.ok_or_else(none)
}

/// Makes a file with a new key, for its owner only. Refuses where there is a file: it may be the only key to some data.
pub fn new_key_file(path: &Path) -> Result<(), UpkeepError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let text = Zeroizing::new(format!("{}\n", HEXLOWER.encode(Key::random().danger_expose())));
    let made = options.open(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    made.map_err(|error| UpkeepError::NoKey(format!("{} cannot be made: {error}", path.display())))
}

/// The key file of a directory.
pub fn key_file(directory: &Path) -> Result<KeyFile, UpkeepError> {
    KeyFile::load(&directory.join(KEY_FILE))?.ok_or_else(|| UpkeepError::NoStore(directory.to_owned()))
}

/// A store whose database is open, and that nobody else can open meanwhile.
pub struct OpenVault {
    keys: Arc<DataKeys>,
    vault: Arc<Vault>,
}

impl OpenVault {
    /// Opens the store of this directory. Never makes one.
    pub fn open(directory: &Path, key: &StoreKey) -> Result<OpenVault, UpkeepError> {
        let keys = Arc::new(key.unlock(&key_file(directory)?)?);
        let path = directory.join(store::FILE_NAME);
        // What the tables mean is nobody's business here, so those of any release will do.
        let vault = Vault::open(&path, &keys, &known(), u32::MAX)?;
        Ok(OpenVault { keys, vault: Arc::new(vault) })
    }

    /// The database.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// For backups of it.
    pub fn source(&self) -> VaultSource {
        source(self.vault.clone(), self.keys.clone())
    }
}

fn source(vault: Arc<Vault>, keys: Arc<DataKeys>) -> VaultSource {
    VaultSource::new(keys.store(), vault, Arc::new(move || ManifestKey::of(&keys)))
}

/// A store that has a key file has a database.
fn known() -> Known {
    Known { is_made: true, witness: None }
}

#[cfg(test)]
mod tests {
    use super::{key_in_file, new_key_file};

    #[test]
    fn a_new_key_is_read_back_and_never_written_over() {
        let home = tempfile::tempdir().expect("a temporary directory");
        let path = home.path().join("key");
        new_key_file(&path).expect("it is made");
        let key = *key_in_file(&path).expect("it is read").danger_expose();
        assert!(new_key_file(&path).is_err(), "it may be the only key to some data");
        assert_eq!(key_in_file(&path).expect("it is as it was").danger_expose(), &key);
    }

    #[test]
    fn a_key_has_64_hexadecimal_digits() {
        let home = tempfile::tempdir().expect("a temporary directory");
        let path = home.path().join("key");
        let said = |text: &str| {
            std::fs::write(&path, text).expect("it is written");
            key_in_file(&path).map(|key| *key.danger_expose())
        };
        assert_eq!(said(&format!("{}\r\n", "Ab".repeat(32))).expect("digits"), [0xab; 32]);
        for wrong in ["", "ab", &"ab".repeat(33), &"zz".repeat(32), &"ab".repeat(5000)] {
            let refused = said(wrong).expect_err("it is no key").to_string();
            assert!(!refused.contains("abab"), "a key that is nearly one is not printed: {refused}");
        }
    }
}
