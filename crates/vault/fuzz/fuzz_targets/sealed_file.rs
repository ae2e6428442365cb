//! Any bytes as a sealed file. Only the seeds open: each byte of their content is 7 times its place.
#![no_main]

use std::io::{Cursor, Read};
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use vault::aead::Key;
use vault::keys::KeyFile;
use vault::sealed::{Purpose, SealedReader};

fuzz_target!(|bytes: &[u8]| {
    let text = include_bytes!("../../tests/fixtures/format1.keys");
    let file = KeyFile::parse(Path::new("usher.db.keys"), text).expect("the fixture is whole");
    let keys = file.unlock(&Key::from_bytes(&[0x11; 32])).expect("the fixture's key");
    for purpose in [Purpose::Voicemail, Purpose::Export, Purpose::Backup] {
        let Ok(mut reader) = SealedReader::open(Cursor::new(bytes), &keys, purpose) else { continue };
        let mut content = Vec::new();
        if reader.read_to_end(&mut content).is_ok() {
            assert_eq!(content.len() as u64, reader.plain_bytes());
            assert!(content.iter().enumerate().all(|(at, byte)| *byte == (at * 7) as u8));
        }
    }
});
