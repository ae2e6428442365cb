//! Folders into which finished files are put for people and other programs (REPORT-3). Does not read, list or remove: what was
//! put there is no longer ours.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

/// Why a file could not be put there. Says what to do, and holds nothing of the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FolderError {
    /// A relative path would lie wherever the program was started.
    #[error("'{0}' is no whole path: write it from the root or the drive on")]
    NotWhole(String),
    /// It is not there, or is no folder.
    #[error("the folder '{0}' is not there: connect the drive, or choose another folder")]
    Gone(String),
    /// It may not be written.
    #[error(
        "the folder '{0}' may not be written: give the user of this computer the right to, or choose another folder"
    )]
    Forbidden(String),
    /// No room.
    #[error("there is no room left for '{0}': free some, it is tried again")]
    Full(String),
    /// Something else.
    #[error("the file could not be written to '{folder}': {why}")]
    Failed {
        /// Where.
        folder: String,
        /// As the operating system says it.
        why: String,
    },
}

/// Puts files into folders.
#[async_trait]
pub trait Folders: Send + Sync {
    /// Whether files can be put there; leaves nothing behind.
    async fn check(&self, folder: &str) -> Result<(), FolderError>;
    /// Puts a file there, whole or not at all, in place of one of this name. It is on the disk when this returns. `name` is a
    /// plain file name.
    async fn put(&self, folder: &str, name: &str, bytes: Vec<u8>) -> Result<(), FolderError>;
}

/// Folders in memory; those that are not made are gone.
#[derive(Debug, Default)]
pub struct MemoryFolders {
    folders: Mutex<BTreeMap<String, Files>>,
}

/// Files by name.
pub type Files = BTreeMap<String, Vec<u8>>;

impl MemoryFolders {
    /// Makes a folder, or empties it.
    pub fn make(&self, folder: &str) {
        self.folders().insert(folder.to_owned(), Files::new());
    }

    /// Takes it away, with all that is in it.
    pub fn remove(&self, folder: &str) {
        self.folders().remove(folder);
    }

    /// What is in it.
    pub fn files(&self, folder: &str) -> Files {
        self.folders().get(folder).cloned().unwrap_or_default()
    }

    fn folders(&self) -> MutexGuard<'_, BTreeMap<String, Files>> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Folders for MemoryFolders {
    async fn check(&self, folder: &str) -> Result<(), FolderError> {
        match self.folders().contains_key(folder) {
            true => Ok(()),
            false => Err(FolderError::Gone(folder.to_owned())),
        }
    }

    async fn put(&self, folder: &str, name: &str, bytes: Vec<u8>) -> Result<(), FolderError> {
        let mut folders = self.folders();
        let files = folders.get_mut(folder).ok_or_else(|| FolderError::Gone(folder.to_owned()))?;
        files.insert(name.to_owned(), bytes);
        Ok(())
    }
}
