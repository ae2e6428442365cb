//! What is done to a store from outside the console: opening it with the key at hand, making it a source of backups, and the
//! drill that proves they restore. Used by the command line and by whatever composes a console; runs no console itself.

mod aside;
mod dispose;
mod drill;
pub mod export_events;
pub mod import_calls;
mod key_files;
mod witness;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use backup::{BackupError, ManifestKey, Opener, VaultSource, adopt};
use contracts::access_log::AccessLog;
use contracts::imports::Imports;
use contracts::journal::{Journal, StoreError};
use contracts::roster::Roster;
use contracts::secrets::{SecretError, Secrets};
use contracts::settings::SettingsStore;
use serde::{Deserialize, Serialize};
use vault::aead::Key;
use vault::keys::{DataKeys, KeyFile, StoreId};
use vault::recovery::RecoveryKey;
use vault::{Known, Vault};
use zeroize::Zeroizing;

pub use aside::put_in_place;
pub use dispose::{dispose_files, refuse_open};
pub use drill::{Drill, Drilled, RTO_MS, drill};
pub use key_files::{key_in, new_key_file};
pub use vault::keys::KeyError;
pub use vault::{Checked, Progress, VaultError, Witness};
pub use witness::{forget, log_anchor, note_log_anchor, note_seen, seen};

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
        let found = keychain.get(&kek_name(store)).map_err(|error: SecretError| no_key(error.to_string()))?;
        let Some(secret) = found else { return Ok(None) };
        let bytes = secret.danger_expose().try_into();
        let bytes = bytes.map_err(|_| no_key("what the keychain holds is not a key".to_owned()))?;
        Ok(Some(StoreKey::Kek(Key::from_bytes(bytes))))
    }

    /// From a file with a key: see [`key_in`].
    pub fn in_file(path: &Path) -> Result<StoreKey, UpkeepError> {
        key_in(path).map(StoreKey::Kek)
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

/// What opens and anchors a store that is restored.
pub struct Restoring<'a> {
    /// The key at hand.
    pub key: &'a StoreKey,
    /// The newest state of the store that this computer has seen: the restored one counts on from there, so that it is not
    /// taken for a rollback.
    pub seen: Option<Witness>,
}

impl Opener for Restoring<'_> {
    fn unlock(&self, key_file: &KeyFile) -> Result<DataKeys, KeyError> {
        self.key.unlock(key_file)
    }

    fn adopt(&self, directory: &Path, keys: &DataKeys) -> Result<(), VaultError> {
        adopt(directory, keys, self.seen.as_ref())
    }
}

/// Gives the store in this directory an anchor that fits what is there, for a person who knows why something is older than it
/// was or gone. Nothing is accepted that does not open or makes no sense; then what is wrong is told.
pub fn accept(directory: &Path, key: &StoreKey, seen: Option<&Witness>) -> Result<Checked, UpkeepError> {
    let keys = key.unlock(&key_file(directory)?)?;
    Ok(Vault::adopt(&directory.join(store::FILE_NAME), &keys, seen)?)
}

/// Under which name the keychain holds the key of a store.
pub fn kek_name(store: StoreId) -> String {
    format!("store-key:{store}")
}

/// Under which name the keychain holds what opens the backup target of a store.
pub fn target_secret_name(store: StoreId) -> String {
    format!("backup-target:{store}")
}

/// What opens a backup target, as the keychain holds it. Not printed, not cloned; overwritten when dropped.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetSecret {
    /// Access key id of S3; else empty.
    pub key_id: String,
    /// Secret access key, account key or shared access signature.
    #[serde(with = "zeroizing")]
    pub secret: Zeroizing<String>,
}

impl TargetSecret {
    /// As [`TargetSecret::bytes`] wrote it; `None` where it is something else.
    pub fn parse(bytes: &[u8]) -> Option<TargetSecret> {
        serde_json::from_slice(bytes).ok()
    }

    /// For the keychain.
    pub fn bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(serde_json::to_vec(self).expect("two texts become JSON"))
    }
}

mod zeroizing {
    //! serde knows nothing of zeroize here.
    use serde::{Deserialize, Deserializer, Serializer};
    use zeroize::Zeroizing;

    pub(super) fn serialize<S: Serializer>(it: &Zeroizing<String>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(it)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Zeroizing<String>, D::Error> {
        String::deserialize(from).map(Zeroizing::new)
    }
}

pub(crate) fn key_text(path: &Path) -> Result<Zeroizing<String>, UpkeepError> {
    let mut text = Zeroizing::new(String::with_capacity(KEY_TEXT_BYTES_MAX as usize));
    let read = File::open(path).and_then(|file| file.take(KEY_TEXT_BYTES_MAX).read_to_string(&mut text));
    read.map_err(|error| UpkeepError::NoKey(format!("{}: {error}", path.display())))?;
    Ok(text)
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
    /// Opens the store of this directory. Never makes one. `seen` is the newest state of it that this computer knows.
    pub fn open(directory: &Path, key: &StoreKey, seen: Option<Witness>) -> Result<OpenVault, UpkeepError> {
        let keys = Arc::new(key.unlock(&key_file(directory)?)?);
        let path = directory.join(store::FILE_NAME);
        // What the tables mean is nobody's business here, so those of any release will do.
        let vault = Vault::open(&path, &keys, &Known { witness: seen, ..known() }, u32::MAX)?;
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

/// What happened in a store, and who the people in it are.
pub struct Past {
    /// What happened.
    pub journal: Arc<dyn Journal>,
    /// Who they are.
    pub roster: Arc<dyn Roster>,
    /// Who asked for what.
    pub access_log: Arc<dyn AccessLog>,
    /// What happened elsewhere before.
    pub imports: Arc<dyn Imports>,
}

/// The past of the store of this directory, to be read. Nobody else can open the store while it is held.
pub fn past(directory: &Path, key: &StoreKey, seen: Option<Witness>) -> Result<Past, UpkeepError> {
    let store = Arc::new(open_store(directory, key, seen)?);
    Ok(Past { journal: store.clone(), roster: store.clone(), access_log: store.clone(), imports: store })
}

/// The access log of the store of this directory. Nobody else can open the store while it is held.
pub fn access_log(
    directory: &Path,
    key: &StoreKey,
    seen: Option<Witness>,
) -> Result<Box<dyn AccessLog>, UpkeepError> {
    Ok(Box::new(open_store(directory, key, seen)?))
}

fn open_store(directory: &Path, key: &StoreKey, seen: Option<Witness>) -> Result<store::Store, UpkeepError> {
    let keys = key.unlock(&key_file(directory)?)?;
    let path = directory.join(store::FILE_NAME);
    let vault = Vault::open(&path, &keys, &Known { witness: seen, ..known() }, store::VERSION)?;
    Ok(store::Store::over(vault)?)
}

/// The settings of the store of this directory, to be read. Nobody else can open the store while they are held.
pub fn settings(
    directory: &Path,
    key: &StoreKey,
    seen: Option<Witness>,
) -> Result<Box<dyn SettingsStore>, UpkeepError> {
    Ok(Box::new(open_store(directory, key, seen)?))
}

fn source(vault: Arc<Vault>, keys: Arc<DataKeys>) -> VaultSource {
    VaultSource::new(keys.store(), vault, Arc::new(move || ManifestKey::of(&keys)))
}

/// A store that has a key file has a database.
fn known() -> Known {
    Known { is_made: true, witness: None }
}
