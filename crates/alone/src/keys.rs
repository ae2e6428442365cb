//! The keys of this computer's store: the key file beside it, opened with the key in the keychain. Makes both at the first
//! start, and never again where either is.

use std::path::Path;

use anyhow::{Context, bail};
use contracts::secrets::{Secret, Secrets};
use vault::aead::Key;
use vault::keys::{DataKeys, KeyFile};

/// The store's keys. A key file whose key is not in the keychain is an error, not a new beginning.
pub(crate) fn open(folder: &Path, secrets: &dyn Secrets) -> anyhow::Result<DataKeys> {
    std::fs::create_dir_all(folder)?;
    let path = folder.join("usher.db.keys");
    if let Some(file) = KeyFile::load(&path)? {
        let name = name(&file);
        let Some(secret) = secrets.get(&name)? else {
            bail!("the key of {} is not in the keychain", path.display());
        };
        let kek = secret.danger_expose().try_into().context("what the keychain holds is not a key")?;
        return Ok(file.unlock(&Key::from_bytes(kek))?);
    }
    let kek = Key::random();
    let (file, keys, _) = KeyFile::create(&path, Some(&kek))?;
    secrets.put(&name(&file), &Secret::new(kek.danger_expose().to_vec()))?;
    Ok(keys)
}

fn name(file: &KeyFile) -> String {
    format!("store-key:{}", file.store_id())
}
