//! A sealed file somebody has been at, read with jumps: each answer is an error or what the plain bytes say.
#![no_main]

use std::io::{Cursor, Read, Seek, SeekFrom, Write};
use std::path::Path;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use vault::aead::Key;
use vault::keys::KeyFile;
use vault::sealed::{CHUNK_BYTES, Purpose, SealedReader, SealedWriter};

#[derive(Arbitrary, Debug)]
struct Fed {
    length: u32,
    edits: Vec<Edit>,
    jumps: Vec<(Jump, u32)>,
}

#[derive(Arbitrary, Debug)]
enum Edit {
    Flip { bit: u32 },
    Cut { at: u32 },
    Append { byte: u8, count: u16 },
    Move { from: u32, to: u32, count: u32 },
    SwapChunks { one: u8, other: u8 },
}

#[derive(Arbitrary, Debug)]
enum Jump {
    Start(u32),
    Current(i32),
    End(i32),
}

const SEALED_CHUNK: usize = CHUNK_BYTES + 16;

fuzz_target!(|fed: Fed| {
    let text = include_bytes!("../../tests/fixtures/format1.keys");
    let file = KeyFile::parse(Path::new("usher.db.keys"), text).expect("the fixture is whole");
    let keys = file.unlock(&Key::from_bytes(&[0x11; 32])).expect("the fixture's key");
    let length = fed.length as usize % (3 * CHUNK_BYTES + 2);
    let plain: Vec<u8> = (0..length).map(|at| (at ^ (at >> 8)) as u8).collect();
    let mut writer = SealedWriter::new(Vec::new(), &keys, Purpose::Export).expect("memory takes it");
    writer.write_all(&plain).expect("memory takes it");
    let original = writer.finish().expect("memory takes it");
    let mut bytes = original.clone();
    for edit in fed.edits.iter().take(4) {
        edit.apply(&mut bytes);
    }
    let mut reader = match SealedReader::open(Cursor::new(&bytes), &keys, Purpose::Export) {
        Ok(reader) => reader,
        Err(_) => {
            assert!(bytes != original, "what was sealed must open");
            return;
        }
    };
    assert_eq!(reader.plain_bytes(), length as u64, "another length opened");
    let mut oracle = Cursor::new(&plain);
    for (jump, count) in fed.jumps.iter().take(8) {
        let to = jump.position();
        assert_eq!(reader.seek(to).ok(), oracle.seek(to).ok());
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        let count = u64::from(count % (2 * CHUNK_BYTES as u32));
        let result = (&mut reader).take(count).read_to_end(&mut ours);
        (&mut oracle).take(count).read_to_end(&mut theirs).expect("memory reads");
        match result {
            Ok(_) => assert!(ours == theirs, "other bytes than were sealed"),
            Err(_) => {
                assert!(bytes != original, "what was sealed must be readable");
                assert!(theirs.starts_with(&ours), "other bytes than were sealed");
                oracle.set_position(reader.stream_position().expect("it stands somewhere"));
            }
        }
    }
    reader.rewind().expect("it has a beginning");
    let all = reader.read_to_end(&mut Vec::new());
    assert_eq!(all.is_ok(), bytes == original, "a change must be found, and nothing else");
});

impl Edit {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let length = bytes.len().max(1);
        match *self {
            Edit::Flip { bit } => {
                if let Some(byte) = bytes.get_mut(bit as usize / 8 % length) {
                    *byte ^= 1 << (bit % 8);
                }
            }
            Edit::Cut { at } => bytes.truncate(at as usize % length),
            Edit::Append { byte, count } => bytes.resize(bytes.len() + usize::from(count), byte),
            Edit::Move { from, to, count } => {
                let from = from as usize % length;
                let until = (from + count as usize % (2 * SEALED_CHUNK)).min(bytes.len());
                if from < until {
                    let to = to as usize % (bytes.len() - (until - from) + 1);
                    bytes.copy_within(from..until, to);
                }
            }
            Edit::SwapChunks { one, other } => {
                let chunk = |number: u8| vault::sealed::HEAD_BYTES + usize::from(number % 3) * SEALED_CHUNK;
                let (one, other) = (chunk(one.min(other)), chunk(one.max(other)));
                if one < other && other + SEALED_CHUNK <= bytes.len() {
                    let (front, back) = bytes.split_at_mut(other);
                    front[one..one + SEALED_CHUNK].swap_with_slice(&mut back[..SEALED_CHUNK]);
                }
            }
        }
    }
}

impl Jump {
    fn position(&self) -> SeekFrom {
        match *self {
            Jump::Start(at) => SeekFrom::Start(u64::from(at % (4 * CHUNK_BYTES as u32))),
            Jump::Current(by) => SeekFrom::Current(i64::from(by % (4 * CHUNK_BYTES as i32))),
            Jump::End(by) => SeekFrom::End(i64::from(by % (4 * CHUNK_BYTES as i32))),
        }
    }
}
