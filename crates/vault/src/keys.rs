//! The keys of one store and the file that keeps them, `usher.db.keys`: what it says, how it is opened, and how each key in
//! it is replaced. Knows neither the keychain nor the database; the caller brings the one key and uses the others.
//!
//! Three layers (docs/vault/keys.md has every byte):
//!
//! * **Data keys** seal pages and files. Each has a slot, 0–255. There is one, or two while a rotation is under way.
//! * The **master key** wraps the data keys and proves the file. It exists only in this file and in memory. It is there so
//!   that a rotation of data keys, which has no recovery key at hand, leaves a file that both holders still open.
//! * Its **holders** wrap the master key: the key in the keychain, and the recovery key. Either opens everything.
//!
//! Every change is one atomic replacement of the file, and the keys in memory change only after it: a crash at any point
//! leaves a file that opens with what opened it before, or with what was to open it afterwards.
//!
//! Who writes holds the store's lock; two writers are not kept apart here.

mod form;
mod store_id;
mod wrap;

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

pub use store_id::{NotAStoreId, StoreId};

use self::form::{Content, DataKey, FORMAT, Signed, Unread};
use self::wrap::{Purpose, Unopened, Wrap};
use crate::aead::Key;
use crate::recovery::RecoveryKey;
use crate::whole;

/// A longer file is none of ours: the longest we write has less than 4 KiB.
const FILE_BYTES_MAX: u64 = 16 << 10;

/// What is wrong with a key file, grouped by what a person can do about it.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file is whole and this key is not the one: the keychain was changed or holds another store's key, or the recovery
    /// key is of another store or an earlier one. Try the other holder.
    #[error("{holder} does not open {path}")]
    WrongKey {
        /// Which file.
        path: PathBuf,
        /// Whose key was tried.
        holder: Holder,
    },
    /// It is not as it was written. Restore it from a backup: without it nothing of the store can be read.
    #[error("{path} is damaged: {part}")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Which part of it, and how.
        part: String,
    },
    /// Written by a later release. Update the program.
    #[error("{path} was written by a newer release (format {found}; this one knows {known})")]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// There is one already where a new one was to be made.
    #[error("{0} exists already")]
    Exists(PathBuf),
    /// Missing rights on the file or its directory, or a read-only disk. The file is as it was.
    #[error("{path} cannot be read or written: {why}")]
    NotWritable {
        /// Which file.
        path: PathBuf,
        /// In the system's words.
        why: String,
    },
    /// No space is left. The file is as it was.
    #[error("the disk is full")]
    DiskFull,
}

/// Who holds a key that opens a key file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// The keychain of the operating system, or what stands in for it.
    Keychain,
    /// The person with the recovery key.
    Recovery,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Holder::Keychain => "the key in the keychain",
            Holder::Recovery => "the recovery key",
        })
    }
}

/// The unlocked keys of one store. Not printed, not cloned; overwritten when dropped.
pub struct DataKeys {
    store: StoreId,
    master: Key,
    current: Slot,
    retiring: Option<Slot>,
    /// Which of the file's wraps gave the master key; none when the recovery key did.
    keychain: Option<[u8; 32]>,
}

struct Slot {
    slot: u8,
    key: Key,
}

impl DataKeys {
    /// Whose they are.
    pub fn store(&self) -> StoreId {
        self.store
    }

    /// The one to seal with, and its slot.
    pub fn current(&self) -> (u8, &Key) {
        (self.current.slot, &self.current.key)
    }

    /// The one that sealed what names this slot; `None` where the store has no such key, or none any more.
    pub fn of_slot(&self, slot: u8) -> Option<&Key> {
        self.each().find(|held| held.slot == slot).map(|held| &held.key)
    }

    /// Every slot that may occur: the current one first.
    pub fn slots(&self) -> impl Iterator<Item = u8> {
        self.each().map(|held| held.slot)
    }

    fn each(&self) -> impl Iterator<Item = &Slot> {
        std::iter::once(&self.current).chain(&self.retiring)
    }
}

/// A key file as it was read or written last. Holds nothing secret: its keys are wrapped.
#[derive(Debug)]
pub struct KeyFile {
    path: PathBuf,
    signed: Signed,
}

impl KeyFile {
    /// Makes the keys of a new store and the file. `kek` is the key in the keychain, where there is a keychain. Refuses where
    /// a file exists, whatever it holds.
    ///
    /// The recovery key is shown once: nothing keeps it but the person who writes it down.
    pub fn create(path: &Path, kek: Option<&Key>) -> Result<(KeyFile, DataKeys, RecoveryKey), KeyError> {
        match path.try_exists() {
            Ok(false) => {}
            Ok(true) => return Err(KeyError::Exists(path.to_owned())),
            Err(error) => return Err(refused(path, &error)),
        }
        let (store, master, recovery) = (StoreId::random(), Key::random(), RecoveryKey::random());
        let current = Slot { slot: 0, key: Key::random() };
        let keychain = kek.map(|kek| Wrap::seal(kek, store, Purpose::Keychain, &master));
        let keys =
            DataKeys { store, keychain: keychain.as_ref().map(Wrap::check), master, current, retiring: None };
        let content = Content {
            store,
            written: 0,
            recovery_confirmed: false,
            keychain,
            keychain_former: None,
            recovery: Wrap::seal(recovery.key(), store, Purpose::Recovery, &keys.master),
            current: wrapped(&keys.master, store, &keys.current),
            retiring: None,
        };
        let mut file = KeyFile { path: path.to_owned(), signed: Signed::by(&keys.master, content) };
        file.change(&keys.master, |_| {})?;
        Ok((file, keys, recovery))
    }

    /// Reads the file; `None` where there is none. Accidental damage is found here, before any key is tried.
    pub fn load(path: &Path) -> Result<Option<KeyFile>, KeyError> {
        let mut text = Vec::new();
        match File::open(path).and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut text)) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(refused(path, &error)),
        }
        KeyFile::parse(path, &text).map(Some)
    }

    /// The same for a text that comes from elsewhere, a backup for example; `path` is where changes are written.
    pub fn parse(path: &Path, text: &[u8]) -> Result<KeyFile, KeyError> {
        let damaged = |part: String| KeyError::Damaged { path: path.to_owned(), part };
        if text.is_empty() {
            return Err(damaged("it is empty".to_owned()));
        }
        if text.len() as u64 > FILE_BYTES_MAX {
            return Err(damaged(format!("it is longer than {FILE_BYTES_MAX} bytes")));
        }
        match Signed::parse(text) {
            Ok(signed) => Ok(KeyFile { path: path.to_owned(), signed }),
            Err(Unread::Damaged(part)) => Err(damaged(part)),
            Err(Unread::Newer(found)) => Err(KeyError::Newer { path: path.to_owned(), found, known: FORMAT }),
        }
    }

    /// Which file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whose keys it keeps. Before it is unlocked, that is what the file claims.
    pub fn store_id(&self) -> StoreId {
        self.signed.content.store
    }

    /// How many times it has been written. A file with a lower number than was seen before is an old copy, in which a
    /// recovery key that was replaced works again.
    pub fn written(&self) -> u64 {
        self.signed.content.written
    }

    /// Whether a key in a keychain opens it. Where none does, the recovery key is asked for at each start.
    pub fn has_keychain_wrap(&self) -> bool {
        self.signed.content.keychain.is_some()
    }

    /// Whether somebody has shown that she wrote the recovery key down.
    pub fn recovery_confirmed(&self) -> bool {
        self.signed.content.recovery_confirmed
    }

    /// Whether pages and files may still be sealed under two data keys.
    pub fn rotation_under_way(&self) -> bool {
        self.signed.content.retiring.is_some()
    }

    /// Opens it with the key in the keychain.
    pub fn unlock(&self, kek: &Key) -> Result<DataKeys, KeyError> {
        let content = &self.signed.content;
        for wrap in content.keychain.iter().chain(&content.keychain_former) {
            match wrap.open(kek, content.store, Purpose::Keychain) {
                Ok(master) => return self.unlocked(master, Some(wrap.check())),
                Err(Unopened::AnotherKey) => {}
                Err(Unopened::Damaged) => return Err(self.damaged("the wrap of the keychain's key")),
            }
        }
        Err(KeyError::WrongKey { path: self.path.clone(), holder: Holder::Keychain })
    }

    /// Opens it with the recovery key.
    pub fn unlock_with_recovery(&self, recovery: &RecoveryKey) -> Result<DataKeys, KeyError> {
        let content = &self.signed.content;
        match content.recovery.open(recovery.key(), content.store, Purpose::Recovery) {
            Ok(master) => self.unlocked(master, None),
            Err(Unopened::AnotherKey) => {
                Err(KeyError::WrongKey { path: self.path.clone(), holder: Holder::Recovery })
            }
            Err(Unopened::Damaged) => Err(self.damaged("the wrap of the recovery key")),
        }
    }

    /// Makes the file open with `kek` too: the keychain's first key, a new one in place of a lost one, or a rotation. The
    /// key that opened it goes on doing so until [`KeyFile::forget_former_kek`]. File and keychain cannot change in one
    /// step, so: wrap anew, put `kek` into the keychain, forget. A crash between leaves a keychain whose key opens the file.
    pub fn wrap_anew(&mut self, keys: &DataKeys, kek: &Key) -> Result<(), KeyError> {
        self.assert_are_ours(keys);
        let wrap = Wrap::seal(kek, keys.store, Purpose::Keychain, &keys.master);
        self.change(&keys.master, |content| {
            let before = [content.keychain.take(), content.keychain_former.take()].into_iter().flatten();
            // The wrap of the same key would only be there twice.
            let mut others: Vec<_> = before.filter(|other| other.check() != wrap.check()).collect();
            others.sort_by_key(|other| Some(other.check()) != keys.keychain);
            content.keychain_former = others.into_iter().next();
            content.keychain = Some(wrap);
        })
    }

    /// Makes the file open with no other key of a keychain than `kek`, which must be one that does.
    pub fn forget_former_kek(&mut self, keys: &DataKeys, kek: &Key) -> Result<(), KeyError> {
        self.assert_are_ours(keys);
        let kept = self.wrap_under(kek)?;
        self.change(&keys.master, |content| {
            content.keychain = Some(kept);
            content.keychain_former = None;
        })
    }

    /// Somebody has shown that she wrote the recovery key down.
    pub fn confirm_recovery(&mut self, keys: &DataKeys) -> Result<(), KeyError> {
        self.assert_are_ours(keys);
        self.change(&keys.master, |content| content.recovery_confirmed = true)
    }

    /// Replaces the recovery key by `new`, which somebody has been shown and has confirmed; the old one stops working.
    ///
    /// The master key is replaced with it, so that old paper and an old copy of this file together do not open the new
    /// one. That takes the keychain's key; where `kek` is `None`, the file afterwards opens with the recovery key alone.
    /// What the two do open are data keys: rotate them too where both may be in the wrong hands.
    pub fn renew_recovery(
        &mut self,
        keys: &mut DataKeys,
        kek: Option<&Key>,
        new: &RecoveryKey,
    ) -> Result<(), KeyError> {
        self.assert_are_ours(keys);
        if let Some(kek) = kek {
            self.wrap_under(kek)?;
        }
        let (store, master) = (keys.store, Key::random());
        let keychain = kek.map(|kek| Wrap::seal(kek, store, Purpose::Keychain, &master));
        let check = keychain.as_ref().map(Wrap::check);
        self.change(&master, |content| {
            content.recovery_confirmed = true;
            content.keychain = keychain;
            content.keychain_former = None;
            content.recovery = Wrap::seal(new.key(), store, Purpose::Recovery, &master);
            content.current = wrapped(&master, store, &keys.current);
            content.retiring = keys.retiring.as_ref().map(|held| wrapped(&master, store, held));
        })?;
        (keys.master, keys.keychain) = (master, check);
        Ok(())
    }

    /// Adds a new data key, current from now on; the one before stays until [`KeyFile::finish_rotation`]. Where a rotation is
    /// under way already, that one goes on and nothing is changed.
    pub fn begin_rotation(&mut self, keys: &mut DataKeys) -> Result<(), KeyError> {
        self.assert_are_ours(keys);
        if keys.retiring.is_some() {
            return Ok(());
        }
        // Nothing is sealed under any slot but the current one, so every other is free; after 255 it begins again at 0.
        let new = Slot { slot: keys.current.slot.wrapping_add(1), key: Key::random() };
        self.change(&keys.master, |content| {
            let current = wrapped(&keys.master, keys.store, &new);
            content.retiring = Some(std::mem::replace(&mut content.current, current));
        })?;
        keys.retiring = Some(std::mem::replace(&mut keys.current, new));
        Ok(())
    }

    /// Drops the old data key, in the file and in memory. To be called when nothing is sealed under it any more, in the
    /// database, its log and every sealed file: what still is can never be read again.
    pub fn finish_rotation(&mut self, keys: &mut DataKeys) -> Result<(), KeyError> {
        self.assert_are_ours(keys);
        if keys.retiring.is_some() {
            self.change(&keys.master, |content| content.retiring = None)?;
            keys.retiring = None;
        }
        Ok(())
    }

    /// Everything that was written under this master key, checked.
    fn unlocked(&self, master: Key, keychain: Option<[u8; 32]>) -> Result<DataKeys, KeyError> {
        if !self.signed.is_by(&master) {
            return Err(self.damaged("its proof is wrong: it was changed by somebody without the keys"));
        }
        let content = &self.signed.content;
        if content.retiring.as_ref().is_some_and(|retiring| retiring.slot == content.current.slot) {
            return Err(self.damaged("two data keys have one slot"));
        }
        let open = |kept: &DataKey| {
            let opened = kept.wrap.open(&master, content.store, Purpose::OfSlot(kept.slot));
            let key = opened.map_err(|_| self.damaged(&format!("the data key of slot {}", kept.slot)))?;
            Ok(Slot { slot: kept.slot, key })
        };
        let current = open(&content.current)?;
        let retiring = content.retiring.as_ref().map(open).transpose()?;
        Ok(DataKeys { store: content.store, master, current, retiring, keychain })
    }

    /// The wrap of the keychain's key that `kek` made.
    fn wrap_under(&self, kek: &Key) -> Result<Wrap, KeyError> {
        let content = &self.signed.content;
        let mut wraps = content.keychain.iter().chain(&content.keychain_former);
        wraps
            .find(|wrap| wrap.open(kek, content.store, Purpose::Keychain).is_ok())
            .cloned()
            .ok_or_else(|| KeyError::WrongKey { path: self.path.clone(), holder: Holder::Keychain })
    }

    /// Writes what `change` makes of the content, and takes it for the file's only when that has succeeded.
    fn change(&mut self, master: &Key, change: impl FnOnce(&mut Content)) -> Result<(), KeyError> {
        let mut content = self.signed.content.clone();
        change(&mut content);
        content.written += 1;
        let signed = Signed::by(master, content);
        whole::put(&self.path, |file| file.write_all(&signed.text()))
            .map_err(|error| refused(&self.path, &error))?;
        self.signed = signed;
        Ok(())
    }

    /// Writing with the keys of another file, or of an earlier state of this one, would lose a data key for good.
    fn assert_are_ours(&self, keys: &DataKeys) {
        let content = &self.signed.content;
        let slots = std::iter::once(&content.current).chain(&content.retiring).map(|kept| kept.slot);
        assert!(
            self.signed.is_by(&keys.master) && slots.eq(keys.slots()),
            "these keys were not unlocked from this file as it is now"
        );
    }

    fn damaged(&self, part: &str) -> KeyError {
        KeyError::Damaged { path: self.path.clone(), part: part.to_owned() }
    }
}

fn wrapped(master: &Key, store: StoreId, held: &Slot) -> DataKey {
    DataKey { slot: held.slot, wrap: Wrap::seal(master, store, Purpose::OfSlot(held.slot), &held.key) }
}

fn refused(path: &Path, error: &io::Error) -> KeyError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => KeyError::DiskFull,
        _ => KeyError::NotWritable { path: path.to_owned(), why: error.to_string() },
    }
}
