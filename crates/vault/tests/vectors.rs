//! The cipher against what others say it gives: every vector of Project Wycheproof, and messages of many lengths sealed by
//! libsodium. Where the vectors come from is in fixtures/README.md.

use data_encoding::HEXLOWER;
use ring::digest::{SHA256, digest};
use serde::Deserialize;
use vault::aead::{Key, Nonce, Tag};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wycheproof {
    number_of_tests: usize,
    test_groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    tests: Vec<Vector>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vector {
    tc_id: u32,
    flags: Vec<String>,
    key: String,
    iv: String,
    aad: String,
    msg: String,
    ct: String,
    tag: String,
    result: String,
}

fn bytes(hex: &str) -> Vec<u8> {
    HEXLOWER.decode(hex.as_bytes()).expect("vectors are hexadecimal")
}

fn key(bytes: &[u8]) -> Key {
    Key::from_bytes(bytes.try_into().expect("a key has 32 bytes"))
}

#[test]
fn every_vector_of_wycheproof_is_judged_as_it_should_be() {
    let all: Wycheproof = serde_json::from_str(include_str!("fixtures/wycheproof_xchacha20_poly1305.json"))
        .expect("its schema");
    let vectors: Vec<_> = all.test_groups.iter().flat_map(|group| &group.tests).collect();
    assert_eq!((vectors.len(), all.number_of_tests), (315, 315));
    let (mut valid, mut forged, mut impossible) = (0, 0, 0);
    for vector in vectors {
        let which = vector.tc_id;
        let Ok(nonce) = Nonce::try_from(bytes(&vector.iv)) else {
            assert_eq!(
                (&vector.flags[..], &*vector.result),
                (&["InvalidNonceSize".to_owned()][..], "invalid")
            );
            impossible += 1;
            continue;
        };
        let (key, associated) = (key(&bytes(&vector.key)), bytes(&vector.aad));
        let tag = Tag::try_from(bytes(&vector.tag)).expect("every tag has 16 bytes");
        let mut opened = bytes(&vector.ct);
        let result = key.open(&nonce, &associated, &mut opened, &tag);
        let mut sealed = bytes(&vector.msg);
        let made = key.seal(&nonce, &associated, &mut sealed);
        match &*vector.result {
            "valid" => {
                assert!(result.is_ok() && opened == bytes(&vector.msg), "opening {which}");
                assert!(sealed == bytes(&vector.ct) && made == tag, "sealing {which}");
                valid += 1;
            }
            "invalid" => {
                assert!(result.is_err(), "{which} must not open");
                assert!(made != tag || sealed != bytes(&vector.ct), "{which} must not come out of sealing");
                forged += 1;
            }
            other => panic!("{which} is {other}"),
        }
    }
    assert_eq!((valid, forged, impossible), (246, 60, 9));
}

/// SHA-256 of name and counter, over and over, as the maker of the fixture had it.
fn made(name: &str, length: usize) -> Vec<u8> {
    let blocks = (0..length.div_ceil(32)).map(|at| digest(&SHA256, format!("{name} {at}").as_bytes()));
    blocks.flat_map(|block| block.as_ref().to_vec()).take(length).collect()
}

#[test]
fn messages_of_every_length_are_sealed_as_libsodium_seals_them() {
    let mut lines = 0;
    for line in include_str!("fixtures/libsodium.txt").lines() {
        let [length, beside, want] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let number = |text: &str| text.parse::<usize>().expect("a number of bytes");
        let key = key(&made(&format!("key {length} {beside}"), 32));
        let nonce = Nonce::try_from(made(&format!("nonce {length} {beside}"), 24)).expect("24 bytes");
        let associated = made(&format!("associated {length} {beside}"), number(beside));
        let plain = made(&format!("message {length}"), number(length));
        let mut message = plain.clone();
        let tag = key.seal(&nonce, &associated, &mut message);
        assert_eq!(HEXLOWER.encode(digest(&SHA256, &[&message[..], &tag].concat()).as_ref()), want, "{line}");
        key.open(&nonce, &associated, &mut message, &tag).expect("it was sealed just now");
        assert!(message == plain, "{line}");
        lines += 1;
    }
    assert_eq!(lines, 84);
}
