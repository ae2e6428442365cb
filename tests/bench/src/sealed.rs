//! An encrypted store in a folder, as the console opens it. Measures nothing.

use std::path::Path;

use store::Store;
use vault::Known;
use vault::aead::Key;
use vault::keys::KeyFile;

/// What the keychain keeps where there is one.
const KEY: [u8; 32] = [7; 32];

/// Opens the store of this folder, or makes one.
pub fn open(folder: &Path) -> Store {
    let (file, kek) = (folder.join("usher.db.keys"), Key::from_bytes(&KEY));
    let keys = match KeyFile::load(&file).expect("it can be read") {
        Some(kept) => kept.unlock(&kek).expect("it is locked with this key"),
        None => KeyFile::create(&file, Some(&kek)).expect("a temporary folder can be written").1,
    };
    Store::open(folder, &keys, &Known::default()).expect("nobody else has it open")
}

/// Does it to its end.
pub fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a thread").block_on(work)
}
