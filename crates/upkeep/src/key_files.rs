//! A key file of one's own: what `--store-key` names, for service accounts, CI and other computers without a keychain. The
//! key in it stands in for the keychain's. Whoever can read the file and the data can read everything: its rights are the
//! administrator's matter, and a new one is made for its owner only.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use data_encoding::{BASE64, HEXLOWER, HEXLOWER_PERMISSIVE};
use vault::aead::{KEY_BYTES, Key};
use zeroize::Zeroizing;

use crate::{UpkeepError, key_text};

/// Reads a key: 32 bytes as 64 hexadecimal digits or as Base64.
pub fn key_in(path: &Path) -> Result<Key, UpkeepError> {
    let text = key_text(path)?;
    let text = text.trim().as_bytes();
    let bytes = HEXLOWER_PERMISSIVE.decode(text).or_else(|_| BASE64.decode(text)).map(Zeroizing::new);
    let bytes: Option<[u8; KEY_BYTES]> = bytes.ok().and_then(|bytes| bytes.as_slice().try_into().ok());
    let bytes = bytes.map(Zeroizing::new).ok_or_else(|| {
        let form = "it has 32 bytes as 64 hexadecimal digits or as Base64";
        UpkeepError::NoKey(format!("{} is no key: {form}", path.display()))
    })?;
    Ok(Key::from_bytes(&bytes))
}

/// Makes a file with a new key. Refuses where there is a file: it may be the only key to some data.
pub fn new_key_file(path: &Path) -> Result<(), UpkeepError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let key = Key::random();
    let text = Zeroizing::new(format!("{}\n", HEXLOWER.encode(key.danger_expose())));
    let made = options.open(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    made.map_err(|error| UpkeepError::NoKey(format!("{} cannot be made: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::{key_in, new_key_file};

    #[test]
    fn a_new_key_is_read_back_and_never_written_over() {
        let home = tempfile::tempdir().expect("a temporary directory");
        let path = home.path().join("key");
        new_key_file(&path).expect("it is made");
        let key = *key_in(&path).expect("it is read").danger_expose();
        assert!(new_key_file(&path).is_err(), "it may be the only key to some data");
        assert_eq!(key_in(&path).expect("it is as it was").danger_expose(), &key);
    }

    #[test]
    fn a_key_is_hexadecimal_or_base64_and_has_32_bytes() {
        let home = tempfile::tempdir().expect("a temporary directory");
        let path = home.path().join("key");
        let said = |text: &str| {
            std::fs::write(&path, text).expect("it is written");
            key_in(&path).map(|key| *key.danger_expose())
        };
        assert_eq!(said(&"Ab".repeat(32)).expect("digits"), [0xab; 32]);
        assert_eq!(said("q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=\n").expect("Base64"), [0xab; 32]);
        for wrong in ["", "ab", &"ab".repeat(33), &"zz".repeat(32), &"ab".repeat(1000)] {
            let refused = said(wrong).expect_err("it is no key").to_string();
            assert!(!refused.contains("abab"), "a key that is nearly one is not printed: {refused}");
        }
    }
}
