//! The sealed files of an open vault: its keys are at hand, also while they are rotated, and who erases a file never meets who
//! wraps it anew. Does not know where the files are.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::PoisonError;

use crate::Vault;
use crate::sealed::{Purpose, SealedError, SealedReader, erase_file, open_under, rewrap_under, seal_under};

impl Vault {
    /// Makes a sealed file of what `fill` writes: whole and on the disk, or not at all. A change of keys waits for it, so
    /// that no file comes into being under a key that is given up.
    pub fn seal_file(
        &self,
        path: &Path,
        purpose: Purpose,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), SealedError> {
        let keys = self.wraps.read().unwrap_or_else(PoisonError::into_inner);
        seal_under(path, &keys, purpose, fill)
    }

    /// Opens a sealed file for reading.
    pub fn open_sealed(&self, path: &Path, purpose: Purpose) -> Result<SealedReader<File>, SealedError> {
        let keys = self.wraps.read().unwrap_or_else(PoisonError::into_inner);
        open_under(path, &keys, purpose)
    }

    /// Puts a file's key under the current data key; part of a rotation. `false` where it is there already, or where the
    /// file is gone.
    pub fn rewrap_sealed(&self, path: &Path) -> Result<bool, SealedError> {
        // Alone: a file that is erased meanwhile would come back.
        let keys = self.wraps.write().unwrap_or_else(PoisonError::into_inner);
        if_there(rewrap_under(path, &keys))
    }

    /// Destroys a file's key, then removes the file. One that is not there is no error.
    pub fn erase_sealed(&self, path: &Path) -> Result<(), SealedError> {
        let _alone = self.wraps.write().unwrap_or_else(PoisonError::into_inner);
        if_there(erase_file(path))
    }
}

fn if_there<T: Default>(done: Result<T, SealedError>) -> Result<T, SealedError> {
    match done {
        Err(SealedError::Io(error)) if error.kind() == io::ErrorKind::NotFound => Ok(T::default()),
        other => other,
    }
}
