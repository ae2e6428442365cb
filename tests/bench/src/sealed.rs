//! An encrypted store in a folder, as the console opens it. Measures nothing.

use std::path::{Path, PathBuf};

use store::Store;
use vault::Known;
use vault::keys::KeyFile;

/// The file with the key to the store of this folder, made where there is none.
pub fn key(folder: &Path) -> PathBuf {
    let path = folder.join("key");
    if !path.exists() {
        upkeep::new_key_file(&path).expect("a temporary folder can be written");
    }
    path
}

/// Opens the store of this folder, or makes one.
pub fn open(folder: &Path) -> Store {
    let kek = upkeep::key_in(&key(folder)).expect("it is a key");
    let file = folder.join("usher.db.keys");
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
