//! The keys of this computer's store: the key file beside it, opened with the key in the keychain, with a file's, or with the
//! recovery key. Makes new ones only where there is neither key file nor database. Knows no screen and opens no database.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use app::api::wire::LockReason;
use contracts::safekeeping::KeyHome;
use contracts::secrets::{Secret, SecretError, Secrets};
use upkeep::kek_name;
use vault::Witness;
use vault::aead::Key;
use vault::keys::{DataKeys, Holder, KeyError, KeyFile};
use vault::recovery::RecoveryKey;

/// The key file's name in the store's folder.
const KEY_FILE: &str = "usher.db.keys";
/// What of a database may be left where its key file is gone.
const LEFT: [&str; 4] = ["usher.db", "usher.db.anchor", "usher.db-wal", "usher.db-journal"];
/// In the keychain: a key on its way to a key file. Put there before the file knows it, so that a crash between the two
/// leaves nothing that no key opens.
const NEW_KEY: &str = "store-key:new";

/// Where the key that opens the key file is kept.
#[derive(Clone)]
pub(crate) enum Kek {
    /// In the keychain.
    Keychain(Arc<dyn Secrets>),
    /// In the file that `--store-key` names.
    File(PathBuf),
    /// Nowhere: the recovery key is typed.
    Nowhere,
}

/// Why a store is not open.
#[derive(Debug)]
pub(crate) enum Refused {
    /// A person can do something about it at the console.
    Locked {
        /// What is wrong.
        reason: LockReason,
        /// In the words of whoever refused.
        detail: String,
    },
    /// What was typed does not open it; says what is wrong with it.
    WrongWords(String),
    /// Anything else: the program cannot go on.
    Failed(anyhow::Error),
}

impl Refused {
    pub(crate) fn locked(reason: LockReason, detail: impl ToString) -> Refused {
        Refused::Locked { reason, detail: detail.to_string() }
    }
}

/// What opened the key file.
enum By {
    /// It was made just now, with this key where there is one.
    Made(Option<Key>),
    /// The key where it belongs.
    Kek,
    /// The key that had not come to its place before a crash.
    NewKey(Key),
    /// The recovery key.
    Recovery,
}

/// The open keys of a store.
pub(crate) struct Ring {
    pub(crate) file: KeyFile,
    pub(crate) keys: DataKeys,
    kek: Kek,
    by: By,
    shown: Option<Shown>,
}

/// A recovery key that waits to be confirmed. In force already where the store was made with it.
struct Shown {
    key: RecoveryKey,
    is_in_force: bool,
}

impl Ring {
    /// Opens the keys of the store in this folder, with `recovery` where somebody typed it, or makes them. Asks the keychain,
    /// so it may wait for a person.
    pub(crate) fn open(folder: &Path, kek: &Kek, recovery: Option<&RecoveryKey>) -> Result<Ring, Refused> {
        let path = folder.join(KEY_FILE);
        match KeyFile::load(&path).map_err(of_key)? {
            Some(file) => unlock(file, kek, recovery),
            None => match LEFT.iter().find(|name| folder.join(name).exists()) {
                Some(left) => {
                    let detail = format!("{left} is there, and {KEY_FILE} is not");
                    Err(Refused::locked(LockReason::KeyFileMissing, detail))
                }
                None => make(&path, kek),
            },
        }
    }

    /// Whether a database was made: if there is none now, it is gone. The second writing of the key file says so.
    pub(crate) fn is_made(&self) -> bool {
        self.file.written() > 1
    }

    /// Writes what opening has left to write. To be called with the store's lock held and its database open.
    pub(crate) fn settle(&mut self) -> Result<(), KeyError> {
        match std::mem::replace(&mut self.by, By::Kek) {
            By::Kek => Ok(()),
            By::Made(None) => Ok(()),
            By::Made(Some(kek)) => {
                self.file.forget_former_kek(&self.keys, &kek)?;
                self.forget_new_key();
                Ok(())
            }
            By::NewKey(kek) => {
                if let Kek::Keychain(secrets) = &self.kek
                    && put(&**secrets, &kek_name(self.file.store_id()), &kek).is_ok()
                {
                    self.file.forget_former_kek(&self.keys, &kek)?;
                    self.forget_new_key();
                }
                Ok(())
            }
            By::Recovery => {
                // Who types all of it has it.
                if !self.file.recovery_confirmed() {
                    self.file.confirm_recovery(&self.keys)?;
                }
                match self.renew_kek() {
                    Ok(()) | Err(RenewError::NoKeychain) => Ok(()),
                    Err(RenewError::Secrets(error)) => {
                        tracing::warn!(%error, "the keychain takes no new key: the recovery key will be asked for again");
                        Ok(())
                    }
                    Err(RenewError::Keys(error)) => Err(error),
                }
            }
        }
    }

    /// Where the key is kept by which the store opens without a person.
    pub(crate) fn home(&self) -> KeyHome {
        match &self.kek {
            Kek::File(_) => KeyHome::File,
            Kek::Keychain(_) if self.file.has_keychain_wrap() => KeyHome::Keychain,
            Kek::Keychain(_) | Kek::Nowhere => KeyHome::RecoveryKey,
        }
    }

    /// Puts a new key into the keychain and makes it the one that opens the key file.
    pub(crate) fn renew_kek(&mut self) -> Result<(), RenewError> {
        let Kek::Keychain(secrets) = &self.kek else { return Err(RenewError::NoKeychain) };
        let kek = Key::random();
        put(&**secrets, NEW_KEY, &kek)?;
        self.file.wrap_anew(&self.keys, &kek)?;
        put(&**secrets, &kek_name(self.file.store_id()), &kek)?;
        self.file.forget_former_kek(&self.keys, &kek)?;
        self.forget_new_key();
        Ok(())
    }

    /// The recovery key to show; `None` where one was confirmed and no new one was asked for.
    pub(crate) fn recovery_key(&mut self) -> Option<&RecoveryKey> {
        if self.shown.is_none() && !self.file.recovery_confirmed() {
            self.begin_recovery();
        }
        self.shown.as_ref().map(|shown| &shown.key)
    }

    /// A new recovery key waits to be shown; the one before stays in force.
    pub(crate) fn begin_recovery(&mut self) {
        self.shown.get_or_insert_with(|| Shown { key: RecoveryKey::random(), is_in_force: false });
    }

    /// The one that waits is given up.
    pub(crate) fn end_recovery(&mut self) {
        if self.file.recovery_confirmed() {
            self.shown = None;
        }
    }

    /// Whether one waits although another was confirmed.
    pub(crate) fn is_renewing_recovery(&self) -> bool {
        self.file.recovery_confirmed() && self.shown.is_some()
    }

    /// Puts the recovery key that was shown in force.
    pub(crate) fn confirm_recovery(&mut self) -> Result<(), RenewError> {
        let Some(shown) = self.shown.take() else { return Ok(()) };
        let done = self.put_in_force(&shown);
        if done.is_err() {
            self.shown = Some(shown);
        }
        done
    }

    fn put_in_force(&mut self, shown: &Shown) -> Result<(), RenewError> {
        if shown.is_in_force {
            return Ok(self.file.confirm_recovery(&self.keys)?);
        }
        // Without the key in the keychain the new file would open by the recovery key alone.
        let kek = match (self.home(), &self.kek) {
            (KeyHome::File, Kek::File(path)) => {
                let unreadable = |error: upkeep::UpkeepError| SecretError::Unavailable(error.to_string());
                Some(upkeep::key_in(path).map_err(unreadable)?)
            }
            (KeyHome::Keychain, Kek::Keychain(secrets)) => {
                let kept = get(&**secrets, &kek_name(self.file.store_id()))?;
                let gone =
                    || SecretError::Unavailable("it does not hold the key of this data any more".to_owned());
                Some(kept.ok_or_else(gone)?)
            }
            (KeyHome::File | KeyHome::Keychain | KeyHome::RecoveryKey, _) => None,
        };
        Ok(self.file.renew_recovery(&mut self.keys, kek.as_ref(), &shown.key)?)
    }

    fn forget_new_key(&self) {
        if let Kek::Keychain(secrets) = &self.kek
            && let Err(error) = secrets.forget(NEW_KEY)
        {
            // The next new key takes its place.
            tracing::warn!(%error, "a key that has come to its place is still under its first name");
        }
    }

    /// The keychain, where the store's key is in one.
    pub(crate) fn keychain(&self) -> Option<Arc<dyn Secrets>> {
        match &self.kek {
            Kek::Keychain(secrets) => Some(secrets.clone()),
            Kek::File(_) | Kek::Nowhere => None,
        }
    }

    /// The newest state that was seen, where a keychain keeps it.
    pub(crate) fn witness(&self) -> Option<Witness> {
        let keychain = self.keychain()?;
        upkeep::seen(&*keychain, self.file.store_id()).unwrap_or_else(|error| {
            tracing::warn!(%error, "the keychain does not say how new the data was");
            None
        })
    }
}

/// Whether a store in this folder has keys.
pub(crate) fn are_there(folder: &Path) -> bool {
    folder.join(KEY_FILE).exists()
}

/// Why keys were not renewed.
#[derive(Debug)]
pub(crate) enum RenewError {
    /// There is no keychain, or it is not used.
    NoKeychain,
    /// The keychain.
    Secrets(SecretError),
    /// The key file.
    Keys(KeyError),
}

impl From<SecretError> for RenewError {
    fn from(error: SecretError) -> RenewError {
        RenewError::Secrets(error)
    }
}

impl From<KeyError> for RenewError {
    fn from(error: KeyError) -> RenewError {
        RenewError::Keys(error)
    }
}

/// The keys of a new store. The key is in the keychain before there is a file that needs it.
fn make(path: &Path, kek: &Kek) -> Result<Ring, Refused> {
    let key = match kek {
        Kek::Keychain(secrets) => {
            let key = Key::random();
            match put(&**secrets, NEW_KEY, &key) {
                Ok(()) => Some(key),
                Err(SecretError::Unavailable(why)) => {
                    tracing::warn!(why, "no keychain: the recovery key will be asked for at each start");
                    None
                }
                // It is there: an unlocked one is better than a recovery key typed for ever.
                Err(SecretError::Locked(why)) => {
                    return Err(Refused::locked(LockReason::KeychainLocked, why));
                }
            }
        }
        Kek::File(path) => Some(upkeep::key_in(path).map_err(|error| Refused::Failed(error.into()))?),
        Kek::Nowhere => None,
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    vault::make_directory(folder).map_err(|error| Refused::Failed(error.into()))?;
    let (file, keys, recovery) = KeyFile::create(path, key.as_ref()).map_err(of_key)?;
    if let (Kek::Keychain(secrets), Some(key)) = (kek, &key) {
        put(&**secrets, &kek_name(file.store_id()), key).map_err(of_secret)?;
    }
    let shown = Some(Shown { key: recovery, is_in_force: true });
    Ok(Ring { file, keys, kek: kek.clone(), by: By::Made(key), shown })
}

fn unlock(file: KeyFile, kek: &Kek, recovery: Option<&RecoveryKey>) -> Result<Ring, Refused> {
    let opened = match recovery {
        Some(recovery) => {
            file.unlock_with_recovery(recovery).map(|keys| (keys, By::Recovery)).map_err(of_key)
        }
        None => with_kek(&file, kek),
    };
    let (keys, by) = opened?;
    Ok(Ring { file, keys, kek: kek.clone(), by, shown: None })
}

fn with_kek(file: &KeyFile, kek: &Kek) -> Result<(DataKeys, By), Refused> {
    match kek {
        Kek::Nowhere => Err(Refused::locked(LockReason::KeyNotKept, "Usher was started without a keychain")),
        Kek::File(path) => {
            let key = upkeep::key_in(path).map_err(|error| Refused::Failed(error.into()))?;
            match file.unlock(&key) {
                Ok(keys) => Ok((keys, By::Kek)),
                Err(KeyError::WrongKey { .. }) => Err(Refused::Failed(anyhow::anyhow!(
                    "the key in {} does not open {}",
                    path.display(),
                    file.path().display()
                ))),
                Err(error) => Err(of_key(error)),
            }
        }
        Kek::Keychain(secrets) => match secrets.get(&kek_name(file.store_id())).map_err(of_secret)? {
            Some(kept) => {
                let key = key_of(&kept).ok_or_else(|| {
                    Refused::locked(LockReason::KeyForeign, "what the keychain holds is no key")
                })?;
                Ok((file.unlock(&key).map_err(of_key)?, By::Kek))
            }
            None => with_new_key(file, &**secrets),
        },
    }
}

/// The keychain has nothing under the store's name. Perhaps a crash was faster than the key.
fn with_new_key(file: &KeyFile, secrets: &dyn Secrets) -> Result<(DataKeys, By), Refused> {
    if !file.has_keychain_wrap() {
        return Err(Refused::locked(LockReason::KeyNotKept, "this data was made without a keychain"));
    }
    if let Some(key) = get(secrets, NEW_KEY).map_err(of_secret)?
        && let Ok(keys) = file.unlock(&key)
    {
        return Ok((keys, By::NewKey(key)));
    }
    let detail = format!("the keychain holds nothing under the name {}", kek_name(file.store_id()));
    Err(Refused::locked(LockReason::KeyGone, detail))
}

fn of_secret(error: SecretError) -> Refused {
    match error {
        SecretError::Locked(why) => Refused::locked(LockReason::KeychainLocked, why),
        SecretError::Unavailable(why) => Refused::locked(LockReason::KeychainMissing, why),
    }
}

fn of_key(error: KeyError) -> Refused {
    match error {
        KeyError::WrongKey { holder: Holder::Keychain, .. } => Refused::locked(LockReason::KeyForeign, error),
        KeyError::WrongKey { holder: Holder::Recovery, .. } => Refused::WrongWords(
            "these are the words of another recovery key, or of an earlier one".to_owned(),
        ),
        KeyError::Damaged { .. } => Refused::locked(LockReason::KeyFileDamaged, error),
        KeyError::Newer { .. } | KeyError::Exists(_) | KeyError::NotWritable { .. } | KeyError::DiskFull => {
            Refused::Failed(error.into())
        }
    }
}

fn put(secrets: &dyn Secrets, name: &str, key: &Key) -> Result<(), SecretError> {
    secrets.put(name, &Secret::new(key.danger_expose().to_vec()))
}

fn get(secrets: &dyn Secrets, name: &str) -> Result<Option<Key>, SecretError> {
    Ok(secrets.get(name)?.as_ref().and_then(key_of))
}

fn key_of(secret: &Secret) -> Option<Key> {
    secret.danger_expose().try_into().ok().map(Key::from_bytes)
}
