//! Sealed files: read anywhere as a plain file would be, and refused, with the chunk named, wherever they are not whole.

use std::fs;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

use vault::aead::Key;
use vault::keys::{DataKeys, KeyFile};
use vault::sealed::{
    CHUNK_BYTES, HEAD_BYTES, Part, Purpose, SealedError, SealedReader, SealedWriter, erase_file, open_file,
    rewrap_file, seal_file,
};

const SEALED_CHUNK: usize = CHUNK_BYTES + 16;
/// Around every border where something could be one off.
const LENGTHS: [usize; 9] = [
    0,
    1,
    CHUNK_BYTES - 1,
    CHUNK_BYTES,
    CHUNK_BYTES + 1,
    2 * CHUNK_BYTES,
    2 * CHUNK_BYTES + 15,
    2 * CHUNK_BYTES + 17,
    3 * CHUNK_BYTES,
];

struct Store {
    directory: tempfile::TempDir,
    file: KeyFile,
    keys: DataKeys,
}

fn store() -> Store {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (file, keys, _) =
        KeyFile::create(&directory.path().join("usher.db.keys"), None).expect("there is none yet");
    Store { directory, file, keys }
}

fn plain(length: usize) -> Vec<u8> {
    let mut random = length as u64;
    (0..length.div_ceil(8)).flat_map(|_| next(&mut random).to_le_bytes()).take(length).collect()
}

fn sealed(keys: &DataKeys, purpose: Purpose, plain: &[u8]) -> Vec<u8> {
    let mut writer = SealedWriter::new(Vec::new(), keys, purpose).expect("memory takes it");
    writer.write_all(plain).expect("memory takes it");
    writer.finish().expect("memory takes it")
}

fn voicemail(keys: &DataKeys, plain: &[u8]) -> Vec<u8> {
    sealed(keys, Purpose::Voicemail, plain)
}

type Opened = Result<SealedReader<Cursor<Vec<u8>>>, SealedError>;

fn open(keys: &DataKeys, bytes: &[u8]) -> Opened {
    SealedReader::open(Cursor::new(bytes.to_vec()), keys, Purpose::Voicemail)
}

/// Opens and reads all.
fn read(keys: &DataKeys, bytes: &[u8]) -> Result<Vec<u8>, SealedError> {
    let mut reader = open(keys, bytes)?;
    let mut read = Vec::new();
    reader.read_to_end(&mut read)?;
    assert_eq!(read.len() as u64, reader.plain_bytes());
    Ok(read)
}

#[track_caller]
fn is_damaged<T>(result: Result<T, SealedError>, want: Part) {
    match result.map(|_| ()) {
        Err(SealedError::Damaged(part)) => assert_eq!(part, want),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_was_sealed_is_read_again_and_lies_nowhere_readable() {
    let store = store();
    for length in LENGTHS {
        let plain = plain(length);
        let bytes = voicemail(&store.keys, &plain);
        assert_eq!(bytes.len(), HEAD_BYTES + length + 16 * length.div_ceil(CHUNK_BYTES).max(1));
        assert_eq!(read(&store.keys, &bytes).expect("it is whole"), plain, "{length} bytes");
        for sample in plain.chunks_exact(16).step_by(500) {
            assert!(!bytes.windows(16).any(|window| window == sample), "{length} bytes");
        }
    }
}

#[test]
fn how_it_was_written_makes_no_difference() {
    let store = store();
    let plain = plain(2 * CHUNK_BYTES + 17);
    for piece in [1_000, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, plain.len()] {
        let mut writer =
            SealedWriter::new(Vec::new(), &store.keys, Purpose::Voicemail).expect("memory takes it");
        for piece in plain.chunks(piece) {
            writer.write_all(piece).expect("memory takes it");
            writer.write_all(&[]).expect("nothing is always taken");
            writer.flush().expect("memory takes it");
        }
        let bytes = writer.finish().expect("memory takes it");
        assert_eq!(read(&store.keys, &bytes).expect("it is whole"), plain, "pieces of {piece}");
    }
}

/// The same jumps in the plain bytes give the same answers. `SEED=7 cargo nextest run -p vault jumps` runs them again.
#[test]
fn jumps_go_where_they_would_in_a_plain_file() {
    let mut random = seed();
    let store = store();
    for length in LENGTHS {
        let mut oracle = Cursor::new(plain(length));
        let mut reader = open(&store.keys, &voicemail(&store.keys, oracle.get_ref())).expect("it is whole");
        for _ in 0..200 {
            let near = (next(&mut random) % (length as u64 + 40)) as i64;
            let to = match next(&mut random) % 3 {
                0 => SeekFrom::Start(near as u64),
                1 => SeekFrom::End(20 - near),
                _ => SeekFrom::Current(near / 2 - near % 2 * near),
            };
            let (ours, theirs) = (reader.seek(to), oracle.seek(to));
            assert_eq!(ours.as_ref().ok(), theirs.as_ref().ok(), "{to:?} of {length}");
            let wanted = next(&mut random) % [10, 100_000][(near % 2) as usize];
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            (&mut reader).take(wanted).read_to_end(&mut ours).expect("it is whole");
            (&mut oracle).take(wanted).read_to_end(&mut theirs).expect("memory reads");
            assert!(ours == theirs, "{wanted} bytes after {to:?} of {length}");
            assert_eq!(reader.stream_position().ok(), oracle.stream_position().ok());
        }
    }
}

#[test]
fn a_file_cut_off_anywhere_does_not_open() {
    let store = store();
    let bytes = voicemail(&store.keys, &plain(3 * CHUNK_BYTES));
    let borders = (0..=3).map(|chunk| HEAD_BYTES + chunk * SEALED_CHUNK);
    let around = borders.flat_map(|border| border.saturating_sub(20)..border + 20);
    let inside = (0..bytes.len()).step_by(4_999);
    for length in (0..HEAD_BYTES).chain(around).chain(inside).filter(|length| *length < bytes.len()) {
        match open(&store.keys, &bytes[..length]).map(|_| ()) {
            Err(SealedError::NotSealed) => assert!(length < 7, "{length} bytes"),
            Err(SealedError::Damaged(part)) => match part {
                Part::Head => assert!((7..HEAD_BYTES).contains(&length), "{length} bytes"),
                Part::Length => assert!((length - HEAD_BYTES) % SEALED_CHUNK <= 16, "{length} bytes"),
                Part::Chunk(last) => {
                    assert_eq!(
                        last,
                        (length - HEAD_BYTES - 1) as u64 / SEALED_CHUNK as u64,
                        "{length} bytes"
                    );
                }
            },
            other => panic!("{length} bytes: {other:?}"),
        }
    }
}

#[test]
fn what_is_appended_is_noticed() {
    let store = store();
    let first = voicemail(&store.keys, &plain(CHUNK_BYTES));
    let second = voicemail(&store.keys, &plain(1000));
    for more in [&[0; 1][..], &[0; 17], &first[HEAD_BYTES..], &second[HEAD_BYTES..], &second, &first] {
        match open(&store.keys, &[&first, more].concat()).map(|_| ()) {
            Err(SealedError::Damaged(Part::Length | Part::Chunk(_))) => {}
            other => panic!("{} more bytes: {other:?}", more.len()),
        }
    }
}

#[test]
fn chunks_moved_doubled_left_out_or_of_another_file_are_named() {
    let store = store();
    let bytes = voicemail(&store.keys, &plain(4 * CHUNK_BYTES));
    let other = voicemail(&store.keys, &plain(4 * CHUNK_BYTES));
    let chunk =
        |of: &'_ [u8], number: usize| of[HEAD_BYTES..][number * SEALED_CHUNK..][..SEALED_CHUNK].to_vec();
    let head = bytes[..HEAD_BYTES].to_vec();
    let of = |chunks: &[usize]| {
        let chunks = chunks.iter().flat_map(|number| chunk(&bytes, *number));
        head.iter().copied().chain(chunks).collect::<Vec<u8>>()
    };
    read(&store.keys, &of(&[0, 1, 2, 3])).expect("taking it apart is not what is refused");
    for (chunks, bad) in [
        (&[0, 2, 1, 3][..], 1),
        (&[1, 0, 2, 3], 0),
        (&[0, 1, 2, 3, 3], 4),
        (&[0, 0, 1, 2, 3], 4),
        (&[0, 1, 1, 3], 2),
        (&[0, 1, 3], 2),
        (&[1, 2, 3], 2),
        (&[3, 1, 2, 0], 3),
    ] {
        is_damaged(read(&store.keys, &of(chunks)), Part::Chunk(bad));
    }
    let mut mixed = bytes.clone();
    mixed[HEAD_BYTES + SEALED_CHUNK..HEAD_BYTES + 2 * SEALED_CHUNK].copy_from_slice(&chunk(&other, 1));
    is_damaged(read(&store.keys, &mixed), Part::Chunk(1));
    let strange_head = [&other[..HEAD_BYTES], &bytes[HEAD_BYTES..]].concat();
    is_damaged(open(&store.keys, &strange_head), Part::Chunk(3));
}

#[test]
fn a_flipped_bit_names_its_part() {
    let store = store();
    let bytes = voicemail(&store.keys, &plain(2 * CHUNK_BYTES + 5));
    let flipped = |bit: usize| {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        read(&store.keys, &flipped)
    };
    for bit in 0..HEAD_BYTES * 8 {
        let (byte, result) = (bit / 8, flipped(bit));
        match result.expect_err("a bit is wrong") {
            SealedError::NotSealed => assert!(byte < 7, "bit {bit}"),
            SealedError::Newer { .. } => assert_eq!(byte, 7, "bit {bit}"),
            SealedError::OtherStore(_) => assert!((16..32).contains(&byte), "bit {bit}"),
            SealedError::NoKey { .. } => assert_eq!(byte, 32, "bit {bit}"),
            SealedError::Damaged(Part::Head) => assert!(byte >= 7, "bit {bit}"),
            other => panic!("bit {bit}: {other}"),
        }
    }
    for bit in (HEAD_BYTES * 8..bytes.len() * 8).step_by(9_973) {
        let chunk = (bit / 8 - HEAD_BYTES) / SEALED_CHUNK;
        is_damaged(flipped(bit), Part::Chunk(chunk as u64));
    }
}

#[test]
fn what_is_whole_is_read_beside_a_damaged_chunk() {
    let store = store();
    let plain = plain(3 * CHUNK_BYTES);
    let mut bytes = voicemail(&store.keys, &plain);
    bytes[HEAD_BYTES + SEALED_CHUNK + 100] ^= 1;
    let mut reader = open(&store.keys, &bytes).expect("head and last chunk are whole");
    let mut read = vec![0; CHUNK_BYTES];
    for (chunk, whole) in [(0, true), (1, false), (2, true), (1, false), (0, true)] {
        reader.seek(SeekFrom::Start(chunk * CHUNK_BYTES as u64)).expect("it is inside");
        match reader.read_exact(&mut read) {
            Ok(()) => assert!(whole && read == plain[chunk as usize * CHUNK_BYTES..][..CHUNK_BYTES]),
            Err(error) => {
                assert!(!whole && error.kind() == io::ErrorKind::InvalidData);
                is_damaged(Err::<(), _>(SealedError::from(error)), Part::Chunk(1));
            }
        }
    }
}

#[test]
fn another_purpose_store_or_version_is_named() {
    let (store, other) = (store(), store());
    let bytes = sealed(&store.keys, Purpose::Export, b"secret");
    match open(&store.keys, &bytes).map(|_| ()) {
        Err(SealedError::OtherPurpose { found: Purpose::Export, wanted: Purpose::Voicemail }) => {}
        other => panic!("{other:?}"),
    }
    let mut relabelled = bytes.clone();
    relabelled[8] = 1;
    is_damaged(open(&store.keys, &relabelled), Part::Head);
    match open(&other.keys, &bytes).map(|_| ()) {
        Err(SealedError::OtherStore(found)) => assert_eq!(found, store.keys.store()),
        other => panic!("{other:?}"),
    }
    let mut moved = voicemail(&store.keys, b"secret");
    moved[16..32].copy_from_slice(other.keys.store().bytes());
    is_damaged(open(&other.keys, &moved), Part::Head);
    let mut newer = bytes.clone();
    newer[7] = 2;
    match open(&store.keys, &newer).map(|_| ()) {
        Err(SealedError::Newer { found: 2, known: 1 }) => {}
        other => panic!("{other:?}"),
    }
    for foreign in [&b""[..], b"RIFF", &[0; 200], b"Usher\x01 and what a database begins with"] {
        assert!(matches!(open(&store.keys, foreign), Err(SealedError::NotSealed)));
    }
}

#[test]
fn a_writer_that_was_not_finished_leaves_nothing_that_opens() {
    let store = store();
    for length in LENGTHS {
        let mut bytes = Vec::new();
        let mut writer =
            SealedWriter::new(&mut bytes, &store.keys, Purpose::Voicemail).expect("memory takes it");
        writer.write_all(&plain(length)).expect("memory takes it");
        drop(writer);
        assert!(matches!(open(&store.keys, &bytes), Err(SealedError::Damaged(_))), "{length} bytes");
    }
}

/// A disk that refuses once would otherwise get two texts under one nonce, or a file with a hole.
#[test]
fn a_writer_whose_disk_refused_once_writes_no_more() {
    struct Refuses(usize);
    impl Write for Refuses {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += 1;
            // The head, then the first chunk.
            if self.0 == 2 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(bytes.len()) }
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let store = store();
    let mut writer =
        SealedWriter::new(Refuses(0), &store.keys, Purpose::Voicemail).expect("the head is taken");
    let error = writer.write_all(&plain(2 * CHUNK_BYTES)).expect_err("the disk is full");
    assert!(matches!(SealedError::from(error), SealedError::DiskFull));
    writer.write_all(b"again").expect_err("it has failed before");
    assert!(writer.finish().is_err());
}

#[test]
fn a_sealed_file_stands_whole_or_not_at_all() {
    let store = store();
    let path = store.directory.path().join("message");
    let full = seal_file(&path, &store.keys, Purpose::Voicemail, |file| {
        file.write_all(&plain(CHUNK_BYTES * 2))?;
        Err(io::ErrorKind::StorageFull.into())
    });
    assert!(matches!(full, Err(SealedError::DiskFull)));
    assert_eq!(names(&store), ["usher.db.keys"]);
    seal_file(&path, &store.keys, Purpose::Voicemail, |file| file.write_all(b"old")).expect("it is written");
    let stopped = seal_file(&path, &store.keys, Purpose::Voicemail, |_| Err(io::Error::other("stopped")));
    assert!(matches!(stopped, Err(SealedError::Io(_))));
    let mut text = String::new();
    let mut reader = open_file(&path, &store.keys, Purpose::Voicemail).expect("it is whole");
    reader.read_to_string(&mut text).expect("it is whole");
    assert_eq!(text, "old");
    assert_eq!(names(&store), ["message", "usher.db.keys"]);
    let missing = open_file(&store.directory.path().join("none"), &store.keys, Purpose::Voicemail);
    assert!(matches!(missing, Err(SealedError::Io(error)) if error.kind() == io::ErrorKind::NotFound));
}

#[test]
fn a_rotation_takes_a_file_along_without_touching_its_chunks() {
    let mut store = store();
    let path = store.directory.path().join("message");
    let plain = plain(CHUNK_BYTES + 100);
    seal_file(&path, &store.keys, Purpose::Voicemail, |file| file.write_all(&plain)).expect("it is written");
    let before = fs::read(&path).expect("it is there");
    assert!(!rewrap_file(&path, &store.keys).expect("it is current"));
    assert_eq!(fs::read(&path).expect("it is there"), before);
    store.file.begin_rotation(&mut store.keys).expect("it is written");
    assert_eq!(read(&store.keys, &before).expect("the old key is still there"), plain);
    assert!(rewrap_file(&path, &store.keys).expect("its key is there"));
    store.file.finish_rotation(&mut store.keys).expect("it is written");
    let after = fs::read(&path).expect("it is there");
    assert!(after[HEAD_BYTES..] == before[HEAD_BYTES..], "the chunks are the same");
    assert_eq!(read(&store.keys, &after).expect("it is under the new key"), plain);
    assert!(matches!(open(&store.keys, &before), Err(SealedError::NoKey { slot: 0 })));
    fs::write(&path, &before).expect("it is written");
    assert!(matches!(rewrap_file(&path, &store.keys), Err(SealedError::NoKey { slot: 0 })));
    assert_eq!(names(&store), ["message", "usher.db.keys"]);
}

#[test]
fn an_erased_file_is_gone_with_its_key() {
    let store = store();
    let path = store.directory.path().join("message");
    seal_file(&path, &store.keys, Purpose::Voicemail, |file| file.write_all(b"secret"))
        .expect("it is written");
    // A second name shows what is left on the disk.
    let remains = store.directory.path().join("remains");
    fs::hard_link(&path, &remains).expect("the temporary directory has links");
    erase_file(&path).expect("it is there");
    assert_eq!(names(&store), ["remains", "usher.db.keys"]);
    assert!(matches!(open_file(&remains, &store.keys, Purpose::Voicemail), Err(SealedError::NotSealed)));
    assert!(fs::read(&remains).expect("it is there").starts_with(&[0; HEAD_BYTES]));
}

/// `SEED=7 cargo nextest run -p vault mutated` runs the same again.
#[test]
fn mutated_sealed_files_are_refused_and_never_panic() {
    let mut random = seed();
    let store = store();
    let originals: Vec<_> =
        [0, 5, CHUNK_BYTES, CHUNK_BYTES + 5].map(|length| voicemail(&store.keys, &plain(length))).into();
    let mut opened = 0;
    for round in 0..4_000 {
        let original = &originals[next(&mut random) as usize % originals.len()];
        let mut bytes = original.clone();
        for _ in 0..=next(&mut random) % 3 {
            mutate(&mut bytes, &mut random);
        }
        match read(&store.keys, &bytes) {
            Ok(_) => assert!(bytes == *original, "round {round}: something else opened"),
            Err(SealedError::Io(error)) => panic!("round {round}: {error}"),
            Err(_) => opened += usize::from(open(&store.keys, &bytes).is_ok()),
        }
    }
    println!("{opened} opened and were found on reading");
    assert!(opened > 50, "only {opened} opened: the mutations are too coarse");
}

/// Put together here from the bytes in docs/vault/sealed-files.md, of nothing but the cipher.
#[test]
fn a_file_built_by_hand_from_its_description_opens() {
    let store = store();
    let (slot, data_key) = store.keys.current();
    let (file_key, text) = ([7; 32], plain(CHUNK_BYTES + 3));
    let mut bytes = [b"UshSeal\x01\x01\0\0\0\0\0\0\0", &store.keys.store().bytes()[..]].concat();
    let nonce = [&[slot][..], &[9; 23]].concat().try_into().expect("24 bytes");
    let mut wrapped = file_key;
    let tag = data_key.derive(b"Usher seals file").seal(&nonce, &bytes, &mut wrapped);
    for part in [&nonce[..], &wrapped, &tag] {
        bytes.extend_from_slice(part);
    }
    for (number, chunk) in text.chunks(CHUNK_BYTES).enumerate() {
        let mut nonce = [0; 24];
        (nonce[22], nonce[23]) = (number as u8, number as u8);
        let mut sealed = chunk.to_vec();
        let tag = Key::from_bytes(&file_key).seal(&nonce, &[], &mut sealed);
        bytes.extend_from_slice(&[&sealed[..], &tag].concat());
    }
    assert!(read(&store.keys, &bytes).expect("it is as described") == text);
}

fn names(store: &Store) -> Vec<String> {
    let entries = fs::read_dir(store.directory.path()).expect("it is there");
    let mut names: Vec<_> = entries
        .map(|entry| entry.expect("it is there").file_name().into_string().expect("it is text"))
        .collect();
    names.sort();
    names
}

/// Flips, cuts out, doubles or writes over; half of the time in the head, where most is decided.
fn mutate(bytes: &mut Vec<u8>, random: &mut u64) {
    if bytes.is_empty() {
        return;
    }
    let reach = [bytes.len(), bytes.len().min(HEAD_BYTES)][next(random) as usize % 2];
    let at = next(random) as usize % reach;
    let longest = [4, 70_000][next(random) as usize % 2];
    let until = at + next(random) as usize % longest.min(bytes.len() - at + 1);
    match next(random) % 6 {
        0 | 1 => bytes[at] ^= 1 << (next(random) % 8),
        2 => bytes.truncate(at),
        3 => drop(bytes.drain(at..until)),
        4 => bytes.extend_from_within(at..until),
        _ => {
            let to = next(random) as usize % (bytes.len() - (until - at) + 1);
            bytes.copy_within(at..until, to);
        }
    }
}

fn seed() -> u64 {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| std::process::id().into());
    println!("SEED={seed}");
    seed
}

/// SplitMix64.
fn next(random: &mut u64) -> u64 {
    *random = random.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *random;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
