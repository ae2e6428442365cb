//! The vault's side of a backup: freezes an open vault with the key file that fits, and anchors what was restored. Copies
//! nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use vault::keys::{DataKeys, StoreId};
use vault::{Vault, VaultError, Witness};

use crate::error::BackupError;
use crate::layout::{DATABASE, KEY_FILE, SEALED_FILES};
use crate::manifest::{KEY_FILE_BYTES_MAX, ManifestKey};
use crate::progress::on_disk;
use crate::take::{Snapshot, Source};

/// A freeze is tried this often: a rotation of keys writes the key file twice, minutes apart.
const TRIES: u32 = 5;

/// Makes the key that signs manifests, of the data key that is current when it is asked.
pub type Signer = Arc<dyn Fn() -> ManifestKey + Send + Sync>;

/// An open vault as the source of backups.
pub struct VaultSource {
    store: StoreId,
    vault: Arc<Vault>,
    directory: PathBuf,
    signer: Signer,
}

impl VaultSource {
    /// The vault of this store, in its directory.
    pub fn new(store: StoreId, vault: Arc<Vault>, signer: Signer) -> VaultSource {
        let directory = vault.path().parent().unwrap_or(Path::new(".")).to_owned();
        VaultSource { store, vault, directory, signer }
    }
}

#[async_trait]
impl Source for VaultSource {
    fn store(&self) -> StoreId {
        self.store
    }

    async fn freeze(&self) -> Result<Snapshot, BackupError> {
        let (vault, directory, signer) = (self.vault.clone(), self.directory.clone(), self.signer.clone());
        on_disk(move || freeze(&vault, &directory, &signer)).await
    }
}

/// The key file is read before and after: where a rotation wrote it meanwhile, it may not open what is frozen.
fn freeze(vault: &Vault, directory: &Path, signer: &Signer) -> Result<Snapshot, BackupError> {
    let path = directory.join(KEY_FILE);
    for _ in 0..TRIES {
        let keys = read_keys(&path)?;
        let frozen = vault.freeze()?;
        let signer = signer();
        if read_keys(&path)? == keys {
            let sealed = Some(directory.join(SEALED_FILES));
            return Ok(Snapshot { pages: Box::new(frozen), keys, sealed, signer: Some(signer) });
        }
    }
    Err(BackupError::Source(format!("{} does not stand still", path.display())))
}

fn read_keys(path: &Path) -> Result<Vec<u8>, BackupError> {
    let not_readable = |why: String| BackupError::Source(format!("{}: {why}", path.display()));
    let about = fs::metadata(path).map_err(|error| not_readable(error.to_string()))?;
    if about.len() > KEY_FILE_BYTES_MAX {
        return Err(not_readable(format!("{} bytes are no key file", about.len())));
    }
    fs::read(path).map_err(|error| not_readable(error.to_string()))
}

/// Gives a restored directory its anchor, after a look at every page and at SQLite's structure. `seen` is the newest state
/// of the store that somebody knows of; the new anchor counts on from there.
pub fn adopt(directory: &Path, keys: &DataKeys, seen: Option<&Witness>) -> Result<(), VaultError> {
    let checked = Vault::adopt(&directory.join(DATABASE), keys, seen)?;
    match checked.findings.first() {
        None => Ok(()),
        Some(finding) => Err(VaultError::Damaged(finding.clone())),
    }
}
