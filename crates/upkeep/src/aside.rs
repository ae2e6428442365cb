//! Puts a restored store in the place of one that cannot be used any more, which is kept beside it under another name.
//! Restores nothing and deletes nothing.

use std::fs;
use std::path::{Path, PathBuf};

use vault::VaultError;

use crate::UpkeepError;

/// Moves `restored` to `place`. A store that is there already is renamed; under which name is told. `InUse` while a program
/// has it open.
pub fn put_in_place(restored: &Path, place: &Path, now: &str) -> Result<Option<PathBuf>, UpkeepError> {
    let moved = |error: std::io::Error| {
        UpkeepError::Vault(VaultError::NotWritable { path: place.to_owned(), why: error.to_string() })
    };
    let before = place.try_exists().map_err(moved)?.then(|| beside(place, now));
    if let Some(before) = &before {
        // Held until just before the renaming: Windows renames no directory with an open file in it.
        drop(vault::lock_store(&place.join(store::FILE_NAME))?);
        fs::rename(place, before).map_err(moved)?;
    }
    fs::rename(restored, place).map_err(moved)?;
    Ok(before)
}

fn beside(place: &Path, now: &str) -> PathBuf {
    let mut name = place.as_os_str().to_owned();
    name.push(format!(".before-{now}"));
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::put_in_place;

    #[test]
    fn what_was_there_is_kept_under_another_name() {
        let home = tempfile::tempdir().expect("a temporary directory");
        let (place, restored) = (home.path().join("Usher"), home.path().join("Usher.restored"));
        fs::create_dir(&place).expect("it is made");
        fs::write(place.join("usher.db"), b"damaged").expect("it is written");
        fs::create_dir(&restored).expect("it is made");
        fs::write(restored.join("usher.db"), b"whole").expect("it is written");
        let before = put_in_place(&restored, &place, "20261126").expect("nobody has it open");
        let before = before.expect("something was there");
        assert_eq!(fs::read(place.join("usher.db")).expect("it is there"), b"whole");
        assert_eq!(fs::read(before.join("usher.db")).expect("it is there"), b"damaged");
    }
}
