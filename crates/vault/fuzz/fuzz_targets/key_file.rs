//! Any text as a key file. Only the fixture's own content opens, whoever wrote the rest.
#![no_main]

use std::path::Path;

use data_encoding::HEXLOWER;
use libfuzzer_sys::fuzz_target;
use ring::digest::{SHA256, digest};
use vault::aead::Key;
use vault::keys::KeyFile;
use vault::recovery::RecoveryKey;

fuzz_target!(|bytes: &[u8]| {
    check(bytes);
    check(&with_sum(bytes));
});

fn check(text: &[u8]) {
    let Ok(file) = KeyFile::parse(Path::new("usher.db.keys"), text) else { return };
    let kek = Key::from_bytes(&[0x11; 32]);
    let recovery = RecoveryKey::from_bytes(&[0x22; 32]);
    for keys in [file.unlock(&kek), file.unlock_with_recovery(&recovery)].into_iter().flatten() {
        let (slot, key) = keys.current();
        assert_eq!((slot, key.danger_expose()), (1, &[0x33; 32]));
        assert_eq!(keys.of_slot(0).map(|key| *key.danger_expose()), Some([0x44; 32]));
        assert!(file.recovery_confirmed() && file.written() == 5);
    }
}

/// The content as given and then the fixture's proof, under a sum that is right: so that more than the sum is fed.
fn with_sum(content: &[u8]) -> Vec<u8> {
    const FIXTURE: &str = include_str!("../../tests/fixtures/format1.keys");
    let (_, after) = FIXTURE.split_once("\"proof\": \"").expect("the fixture has a proof");
    let proof = &after[..64];
    let proof_bytes = HEXLOWER.decode(proof.as_bytes()).expect("the proof is hexadecimal");
    let sum = digest(&SHA256, &[b"Usher key file 1\n", content, &proof_bytes].concat());
    let end = format!(",\"proof\":\"{proof}\",\"sum\":\"{}\"}}", HEXLOWER.encode(sum.as_ref()));
    [b"{\"format\":1,\"content\":", content, end.as_bytes()].concat()
}
