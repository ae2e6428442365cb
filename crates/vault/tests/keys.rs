//! The key file: what opens it, what does not, how its keys are replaced, and what a crash or a stranger's hand leaves.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use vault::aead::Key;
use vault::keys::{DataKeys, Holder, KeyError, KeyFile};
use vault::recovery::RecoveryKey;

struct Home {
    directory: tempfile::TempDir,
    kek: Key,
}

struct Made {
    file: KeyFile,
    keys: DataKeys,
    recovery: RecoveryKey,
}

impl Home {
    fn new() -> Home {
        Home { directory: tempfile::tempdir().expect("a temporary directory"), kek: Key::random() }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("usher.db.keys")
    }

    fn make(&self) -> Made {
        let (file, keys, recovery) =
            KeyFile::create(&self.path(), Some(&self.kek)).expect("there is none yet");
        Made { file, keys, recovery }
    }

    fn load(&self) -> KeyFile {
        load(&self.path()).expect("it is whole")
    }

    fn text(&self) -> Vec<u8> {
        fs::read(self.path()).expect("it is there")
    }

    fn put(&self, text: &[u8]) {
        fs::write(self.path(), text).expect("it is written");
    }
}

fn load(path: &Path) -> Result<KeyFile, KeyError> {
    KeyFile::load(path).map(|file| file.expect("it is there"))
}

/// What two sets of keys must share to read the same pages.
fn of(keys: &DataKeys) -> (vault::keys::StoreId, Vec<(u8, [u8; 32])>) {
    let key = |slot| *keys.of_slot(slot).expect("each slot has a key").danger_expose();
    (keys.store(), keys.slots().map(|slot| (slot, key(slot))).collect())
}

fn error<T>(result: Result<T, KeyError>) -> KeyError {
    match result {
        Ok(_) => panic!("it must be refused"),
        Err(error) => error,
    }
}

#[track_caller]
fn is_damaged<T>(result: Result<T, KeyError>, want: &str) {
    match error(result) {
        KeyError::Damaged { path, part } => {
            assert!(path.ends_with("usher.db.keys"), "{}", path.display());
            assert!(part.contains(want), "{part:?} does not say {want:?}");
        }
        other => panic!("{other}"),
    }
}

#[track_caller]
fn is_wrong_key<T>(result: Result<T, KeyError>, want: Holder) {
    match error(result) {
        KeyError::WrongKey { holder, .. } => assert_eq!(holder, want),
        other => panic!("{other}"),
    }
}

#[test]
fn the_keychain_and_the_recovery_key_open_the_same_keys() {
    let home = Home::new();
    let made = home.make();
    let file = home.load();
    assert_eq!(file.store_id(), made.keys.store());
    assert!(file.has_keychain_wrap() && !file.recovery_confirmed() && !file.rotation_under_way());
    assert_eq!(of(&file.unlock(&home.kek).expect("it opens")), of(&made.keys));
    assert_eq!(of(&file.unlock_with_recovery(&made.recovery).expect("it opens")), of(&made.keys));
    let (slot, key) = made.keys.current();
    assert_eq!(Some(key.danger_expose()), made.keys.of_slot(slot).map(Key::danger_expose));
    assert!((0..=255).filter(|other| *other != slot).all(|other| made.keys.of_slot(other).is_none()));
}

#[test]
fn another_key_is_refused_and_the_answer_says_whose_it_was() {
    let (home, other) = (Home::new(), Home::new());
    let (file, stranger) = (home.make().file, other.make());
    is_wrong_key(file.unlock(&other.kek), Holder::Keychain);
    is_wrong_key(file.unlock_with_recovery(&stranger.recovery), Holder::Recovery);
    is_wrong_key(
        file.unlock_with_recovery(&RecoveryKey::from_bytes(home.kek.danger_expose())),
        Holder::Recovery,
    );
}

#[test]
fn without_a_keychain_the_recovery_key_opens_it_until_there_is_one() {
    let home = Home::new();
    let (mut file, keys, recovery) = KeyFile::create(&home.path(), None).expect("there is none yet");
    assert!(!file.has_keychain_wrap());
    is_wrong_key(file.unlock(&home.kek), Holder::Keychain);
    file.wrap_anew(&keys, &home.kek).expect("it is written");
    let file = home.load();
    assert!(file.has_keychain_wrap());
    assert_eq!(of(&file.unlock(&home.kek).expect("it opens")), of(&keys));
    assert_eq!(of(&file.unlock_with_recovery(&recovery).expect("it opens")), of(&keys));
}

#[test]
fn a_file_that_exists_is_never_made_anew() {
    let home = Home::new();
    for content in [&b""[..], b"anything", &{
        home.make();
        home.text()
    }] {
        home.put(content);
        match error(KeyFile::create(&home.path(), Some(&home.kek))) {
            KeyError::Exists(path) => assert_eq!(path, home.path()),
            other => panic!("{other}"),
        }
        assert_eq!(home.text(), content);
    }
}

#[test]
fn no_file_is_none_and_half_a_new_one_beside_its_place_is_none_too() {
    let home = Home::new();
    assert!(KeyFile::load(&home.path()).expect("the directory is there").is_none());
    fs::write(home.directory.path().join("usher.db.keys.new"), b"{ \"format\"").expect("it is written");
    assert!(KeyFile::load(&home.path()).expect("the directory is there").is_none());
    home.make();
    home.load();
}

#[test]
fn a_flipped_bit_anywhere_is_found_before_a_key_is_tried() {
    let home = Home::new();
    home.make();
    let text = home.text();
    let format = position(&text, b"\"format\": 1") + b"\"format\": ".len();
    for bit in 0..text.len() * 8 {
        let mut flipped = text.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        match error(KeyFile::parse(&home.path(), &flipped)) {
            KeyError::Damaged { path, .. } => assert_eq!(path, home.path(), "bit {bit}"),
            KeyError::Newer { found, .. } => assert!(bit / 8 == format && found > 1, "bit {bit}"),
            other => panic!("bit {bit}: {other}"),
        }
    }
}

#[test]
fn a_cut_lengthened_empty_or_foreign_file_is_damaged() {
    let home = Home::new();
    home.make();
    let text = home.text();
    // Without its last line break it says the same.
    for length in 0..text.len() - 1 {
        is_damaged(KeyFile::parse(&home.path(), &text[..length]), "");
    }
    for (content, part) in [
        (&b""[..], "empty"),
        (&[&text[..], b"x"].concat(), "trailing"),
        (&vec![b' '; 20_000], "longer"),
        (&vec![b'['; 10_000], "invalid type"),
        (b"SQLite format 3\0", "expected value"),
        (b"{}", "format"),
    ] {
        home.put(content);
        is_damaged(load(&home.path()), part);
    }
}

#[test]
fn a_newer_format_is_named_whatever_else_it_holds() {
    let home = Home::new();
    home.put(b"{ \"format\": 7, \"something\": [\"else\"] }");
    match error(load(&home.path())) {
        KeyError::Newer { found: 7, known: 1, .. } => {}
        other => panic!("{other}"),
    }
}

/// Somebody who can write the file and reckon its sum, and has no key.
#[test]
fn a_change_by_somebody_without_the_keys_is_refused() {
    let (home, other) = (Home::new(), Home::new());
    let mut made = home.make();
    made.file.begin_rotation(&mut made.keys).expect("it is written");
    made.file.wrap_anew(&made.keys, &Key::random()).expect("it is written");
    other.make();
    let text = compact(&home.text());
    let stranger = compact(&other.text());
    let part = |text: &str, name: &str| field(text, name).map(|at| text[at].to_owned()).expect("it is there");
    let set = |name: &str, value: &str| {
        let mut changed = text.clone();
        changed.replace_range(field(&text, name).expect("it is there"), value);
        changed
    };
    let swapped = |one: &str, two: &str| {
        let changed = set(one, &part(&text, two));
        let at = field(&changed, two).expect("it is there");
        [&changed[..at.start], &part(&text, one), &changed[at.end..]].concat()
    };
    for (what, changed) in [
        ("wraps of keychain and recovery", swapped("keychain", "recovery")),
        ("wraps of keychain and data key", set("keychain", &wrap_of(&part(&text, "current")))),
        ("data keys", swapped("current", "retiring")),
        ("no rotation", set("retiring", "null")),
        ("twice the same data key", set("retiring", &part(&text, "current"))),
        ("confirmed", set("recovery_confirmed", "true")),
        ("written", set("written", "1")),
        ("another store's id", set("store", &part(&stranger, "store"))),
        ("another store's data key", set("current", &part(&stranger, "current"))),
        ("another store's recovery wrap", set("recovery", &part(&stranger, "recovery"))),
        ("another store's proof", set("proof", &part(&stranger, "proof"))),
        ("slots", text.replace("\"slot\":1", "\"slot\":9")),
    ] {
        assert_ne!(changed, text, "{what}");
        home.put(summed(&changed).as_bytes());
        let file = load(&home.path()).unwrap_or_else(|error| panic!("{what}: {error}"));
        for (holder, opened) in [
            (Holder::Keychain, file.unlock(&home.kek)),
            (Holder::Recovery, file.unlock_with_recovery(&made.recovery)),
        ] {
            match error(opened) {
                KeyError::Damaged { .. } | KeyError::WrongKey { .. } => {}
                other => panic!("{what}, {holder:?}: {other}"),
            }
        }
    }
    home.put(summed(&text).as_bytes());
    home.load().unlock(&home.kek).expect("reckoning the sum anew is not what refused it");
    home.put(&other.text());
    is_wrong_key(home.load().unlock(&home.kek), Holder::Keychain);
}

/// `SEED=7 cargo nextest run -p vault mutated` runs the same again.
#[test]
fn mutated_key_files_are_refused_and_never_panic() {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
    let mut random = seed.unwrap_or_else(|| std::process::id().into());
    println!("SEED={random}");
    let home = Home::new();
    let made = home.make();
    let (text, mut tried) = (compact(&home.text()), 0);
    for round in 0..5_000 {
        let mut bytes = text.clone().into_bytes();
        for _ in 0..=next(&mut random) % 4 {
            mutate(&mut bytes, &mut random);
        }
        let resummed = String::from_utf8(bytes.clone()).ok().and_then(|text| try_summed(&text));
        let bytes = resummed.map_or(bytes, String::into_bytes);
        let Ok(file) = KeyFile::parse(&home.path(), &bytes) else { continue };
        tried += 1;
        let opened = match next(&mut random) % 2 {
            0 => file.unlock(&home.kek),
            _ => file.unlock_with_recovery(&made.recovery),
        };
        if let Ok(keys) = opened {
            assert_eq!(of(&keys), of(&made.keys), "round {round}");
            assert_eq!(said(&bytes), said(text.as_bytes()), "round {round}: it says something else");
        }
    }
    println!("{tried} reached the keys");
    assert!(tried > 50, "only {tried} reached the keys: the mutations are too coarse");
}

#[test]
fn a_rotation_keeps_the_old_key_until_it_is_finished() {
    let home = Home::new();
    let mut made = home.make();
    let (old_slot, old) = made.keys.current();
    let old = *old.danger_expose();
    made.file.begin_rotation(&mut made.keys).expect("it is written");
    assert!(made.file.rotation_under_way());
    let (new_slot, new) = made.keys.current();
    assert!(new_slot != old_slot && *new.danger_expose() != old);
    assert_eq!(made.keys.of_slot(old_slot).map(|key| *key.danger_expose()), Some(old));
    for keys in [home.load().unlock(&home.kek), home.load().unlock_with_recovery(&made.recovery)] {
        assert_eq!(of(&keys.expect("it opens")), of(&made.keys));
    }
    let both = of(&made.keys);
    made.file.begin_rotation(&mut made.keys).expect("one is under way");
    assert_eq!(of(&made.keys), both, "a second beginning changes nothing");
    made.file.finish_rotation(&mut made.keys).expect("it is written");
    assert!(made.keys.of_slot(old_slot).is_none());
    let file = home.load();
    assert!(!file.rotation_under_way());
    assert_eq!(of(&file.unlock_with_recovery(&made.recovery).expect("it opens")), of(&made.keys));
    let written = home.text();
    made.file.finish_rotation(&mut made.keys).expect("nothing is under way");
    assert_eq!(home.text(), written);
}

#[test]
fn slots_come_round_again_only_after_all_others() {
    let home = Home::new();
    let mut made = home.make();
    let mut seen = vec![made.keys.current().0];
    for _ in 0..256 {
        made.file.begin_rotation(&mut made.keys).expect("it is written");
        made.file.finish_rotation(&mut made.keys).expect("it is written");
        seen.push(made.keys.current().0);
    }
    assert_eq!(seen.iter().collect::<std::collections::HashSet<_>>().len(), 256);
    assert_eq!(seen[0], seen[256]);
    assert_eq!(of(&home.load().unlock(&home.kek).expect("it opens")), of(&made.keys));
}

#[test]
fn the_keychains_key_is_replaced_in_steps_that_each_leave_a_way_in() {
    let home = Home::new();
    let mut made = home.make();
    let new = Key::random();
    made.file.wrap_anew(&made.keys, &new).expect("it is written");
    for kek in [&home.kek, &new] {
        assert_eq!(of(&home.load().unlock(kek).expect("it opens")), of(&made.keys));
    }
    // Crashed before the keychain had it; begun again with a third key.
    let (mut file, third) = (home.load(), Key::random());
    let keys = file.unlock(&home.kek).expect("it opens");
    file.wrap_anew(&keys, &third).expect("it is written");
    home.load().unlock(&home.kek).expect("the one in the keychain still opens it");
    home.load().unlock(&third).expect("the new one opens it");
    is_wrong_key(home.load().unlock(&new), Holder::Keychain);
    is_wrong_key(file.forget_former_kek(&keys, &new), Holder::Keychain);
    file.forget_former_kek(&keys, &third).expect("it is written");
    is_wrong_key(home.load().unlock(&home.kek), Holder::Keychain);
    assert_eq!(of(&home.load().unlock(&third).expect("it opens")), of(&made.keys));
    home.load().unlock_with_recovery(&made.recovery).expect("it knows nothing of keychains");
}

#[test]
fn a_lost_keychain_is_replaced_with_the_recovery_key() {
    let home = Home::new();
    let made = home.make();
    let (mut file, new) = (home.load(), Key::random());
    let keys = file.unlock_with_recovery(&made.recovery).expect("it opens");
    file.wrap_anew(&keys, &new).expect("it is written");
    file.forget_former_kek(&keys, &new).expect("it is written");
    assert_eq!(of(&home.load().unlock(&new).expect("it opens")), of(&made.keys));
    is_wrong_key(home.load().unlock(&home.kek), Holder::Keychain);
}

#[test]
fn wrapping_for_the_same_key_twice_keeps_one_wrap() {
    let home = Home::new();
    let mut made = home.make();
    made.file.wrap_anew(&made.keys, &home.kek).expect("it is written");
    made.file.forget_former_kek(&made.keys, &home.kek).expect("it is written");
    home.load().unlock(&home.kek).expect("it opens");
}

#[test]
fn a_renewed_recovery_key_stops_the_old_one() {
    let home = Home::new();
    let mut made = home.make();
    made.file.confirm_recovery(&made.keys).expect("it is written");
    assert!(home.load().recovery_confirmed());
    made.file.begin_rotation(&mut made.keys).expect("it is written");
    let before = of(&made.keys);
    let new = RecoveryKey::random();
    is_wrong_key(made.file.renew_recovery(&mut made.keys, Some(&Key::random()), &new), Holder::Keychain);
    made.file.renew_recovery(&mut made.keys, Some(&home.kek), &new).expect("it is written");
    let file = home.load();
    assert!(file.recovery_confirmed() && file.rotation_under_way());
    is_wrong_key(file.unlock_with_recovery(&made.recovery), Holder::Recovery);
    for keys in [file.unlock_with_recovery(&new), file.unlock(&home.kek)] {
        assert_eq!(of(&keys.expect("it opens")), before);
    }
    made.file.finish_rotation(&mut made.keys).expect("the keys in hand go on working");
    made.file.renew_recovery(&mut made.keys, None, &RecoveryKey::random()).expect("it is written");
    assert!(!home.load().has_keychain_wrap());
}

/// The wraps that old paper and an old copy of the file open lead to nothing that was made later.
#[test]
fn old_paper_and_an_old_copy_do_not_open_what_came_later() {
    let home = Home::new();
    let mut made = home.make();
    let old_copy = compact(&home.text());
    made.file.renew_recovery(&mut made.keys, Some(&home.kek), &RecoveryKey::random()).expect("it is written");
    made.file.begin_rotation(&mut made.keys).expect("it is written");
    let new = compact(&home.text());
    let mut mixed = new.clone();
    let old_wrap = old_copy[field(&old_copy, "recovery").expect("it is there")].to_owned();
    mixed.replace_range(field(&new, "recovery").expect("it is there"), &old_wrap);
    home.put(summed(&mixed).as_bytes());
    is_damaged(home.load().unlock_with_recovery(&made.recovery), "proof");
}

#[test]
#[should_panic(expected = "not unlocked from this file as it is now")]
fn keys_from_before_a_rotation_change_nothing() {
    let home = Home::new();
    let mut made = home.make();
    let stale = home.load().unlock(&home.kek).expect("it opens");
    made.file.begin_rotation(&mut made.keys).expect("it is written");
    let _ = made.file.wrap_anew(&stale, &Key::random());
}

type Step = fn(&mut Made, &Key) -> Result<(), KeyError>;

/// Every change there is, in an order that meets each with and without a rotation under way.
const STEPS: [(&str, Step); 10] = [
    ("confirm", |made, _| made.file.confirm_recovery(&made.keys)),
    ("begin", |made, _| made.file.begin_rotation(&mut made.keys)),
    ("wrap anew while rotating", |made, _| made.file.wrap_anew(&made.keys, &fixed(1))),
    ("renew while rotating", |made, kek| made.file.renew_recovery(&mut made.keys, Some(kek), &paper(2))),
    ("finish", |made, _| made.file.finish_rotation(&mut made.keys)),
    ("wrap anew", |made, _| made.file.wrap_anew(&made.keys, &fixed(1))),
    ("forget", |made, kek| made.file.forget_former_kek(&made.keys, kek)),
    ("renew", |made, kek| made.file.renew_recovery(&mut made.keys, Some(kek), &paper(3))),
    ("begin again", |made, _| made.file.begin_rotation(&mut made.keys)),
    ("finish again", |made, _| made.file.finish_rotation(&mut made.keys)),
];

/// What a crash leaves is the old file with a part of the new one beside it, or the new file. Both open, both go on.
#[test]
fn a_crash_at_any_moment_of_any_change_leaves_a_file_that_opens() {
    let home = Home::new();
    let mut made = home.make();
    for (name, step) in STEPS {
        let (before, keys_before) = (home.text(), of(&made.keys));
        step(&mut made, &home.kek).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (after, keys_after) = (home.text(), of(&made.keys));
        assert_ne!(before, after, "{name}");
        let beside = home.directory.path().join("usher.db.keys.new");
        for length in (0..=after.len()).step_by(97).chain([after.len()]) {
            home.put(&before);
            fs::write(&beside, &after[..length]).expect("it is written");
            let keys = home.load().unlock(&home.kek).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(of(&keys), keys_before, "{name}");
        }
        // Begun again after the crash.
        let mut again = Made { file: home.load(), keys: made_keys(&home), recovery: RecoveryKey::random() };
        step(&mut again, &home.kek).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(of(&made_keys(&home)), of(&again.keys), "{name}");
        home.put(&after);
        assert_eq!(of(&made_keys(&home)), keys_after, "{name}");
    }
}

#[test]
fn a_change_that_cannot_be_written_changes_neither_file_nor_keys() {
    let home = Home::new();
    let mut made = home.make();
    // A directory in the place of the unfinished file stands in for a disk that refuses.
    let obstacle = home.directory.path().join("usher.db.keys.new");
    fs::create_dir(&obstacle).expect("it is made");
    let (text, keys) = (home.text(), of(&made.keys));
    for (name, step) in STEPS.iter().filter(|(name, _)| !name.contains("finish")) {
        match error(step(&mut made, &home.kek)) {
            KeyError::NotWritable { path, .. } => assert_eq!(path, home.path(), "{name}"),
            other => panic!("{name}: {other}"),
        }
        assert_eq!(home.text(), text, "{name}");
        assert_eq!(of(&made.keys), keys, "{name}");
    }
    fs::remove_dir(&obstacle).expect("it is empty");
    made.file.begin_rotation(&mut made.keys).expect("it is written now");
    assert_eq!(of(&made_keys(&home)), of(&made.keys));
}

#[test]
fn every_change_counts() {
    let home = Home::new();
    let mut made = home.make();
    assert_eq!(made.file.written(), 1);
    made.file.confirm_recovery(&made.keys).expect("it is written");
    made.file.begin_rotation(&mut made.keys).expect("it is written");
    assert_eq!(home.load().written(), 3);
}

/// A file of format 1 must open for ever, or the format has another number. This one was made with libsodium, by nothing but
/// what docs/vault/keys.md says.
#[test]
fn a_file_of_format_1_still_opens() {
    let home = Home::new();
    home.put(include_bytes!("fixtures/format1.keys"));
    let file = home.load();
    assert_eq!(file.store_id().to_string(), "a89e5e83ad4a6bf1ba4ce0a7f8f9e3a5");
    for keys in [file.unlock(&fixed(0x11)), file.unlock_with_recovery(&paper(0x22))] {
        let (_, held) = of(&keys.expect("it opens"));
        assert_eq!(held, [(1, [0x33; 32]), (0, [0x44; 32])]);
    }
}

#[cfg(unix)]
#[test]
fn nobody_but_the_owner_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    home.make();
    let mode = fs::metadata(home.path()).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

fn made_keys(home: &Home) -> DataKeys {
    home.load().unlock(&home.kek).expect("it opens")
}

fn fixed(byte: u8) -> Key {
    Key::from_bytes(&[byte; 32])
}

fn paper(byte: u8) -> RecoveryKey {
    RecoveryKey::from_bytes(&[byte; 32])
}

fn position(text: &[u8], part: &[u8]) -> usize {
    text.windows(part.len()).position(|window| window == part).expect("it is there")
}

/// Without the white space, none of which is inside a string.
fn compact(text: &[u8]) -> String {
    let text = String::from_utf8(text.to_vec()).expect("it is text");
    text.chars().filter(|letter| !letter.is_whitespace()).collect()
}

/// What a text says, whatever its white space and the order of its fields.
fn said(text: &[u8]) -> serde_json::Value {
    serde_json::from_slice(text).expect("it was read before")
}

/// Where the value of the first field of this name stands.
fn field(text: &str, name: &str) -> Option<Range<usize>> {
    let start = text.find(&format!("\"{name}\":"))? + name.len() + 3;
    let mut depth = 0;
    let end = text[start..].find(|letter| {
        depth += match letter {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        depth < 0 || (depth == 0 && letter == ',')
    })?;
    Some(start..start + end)
}

fn wrap_of(data_key: &str) -> String {
    data_key[field(data_key, "wrap").expect("it has one")].to_owned()
}

/// With the right sum, reckoned as docs/vault/keys.md says.
fn summed(compact: &str) -> String {
    try_summed(compact).expect("it has content and proof")
}

fn try_summed(compact: &str) -> Option<String> {
    let (content, proof) = (field(compact, "content")?, field(compact, "proof")?);
    let proof = HEXLOWER.decode(compact[proof].trim_matches('"').as_bytes()).ok()?;
    let over = [b"Usher key file 1\n", compact[content].as_bytes(), &proof].concat();
    let sum = HEXLOWER.encode(ring::digest::digest(&ring::digest::SHA256, &over).as_ref());
    let mut text = compact.to_owned();
    text.replace_range(field(compact, "sum")?, &format!("\"{sum}\""));
    Some(text)
}

/// Flips, writes over, cuts out, doubles or moves a few bytes.
fn mutate(bytes: &mut Vec<u8>, random: &mut u64) {
    if bytes.is_empty() {
        return;
    }
    let at = next(random) as usize % bytes.len();
    let until = at + next(random) as usize % 40.min(bytes.len() - at + 1);
    match next(random) % 5 {
        0 => bytes[at] ^= 1 << (next(random) % 8),
        1 => bytes[at] = b"0123456789abcdef{}[]\",:ntf "[next(random) as usize % 27],
        2 => drop(bytes.drain(at..until)),
        3 => bytes.extend_from_within(at..until),
        _ => {
            let part: Vec<u8> = bytes[at..until].to_vec();
            let to = next(random) as usize % bytes.len();
            bytes.splice(to..to, part);
        }
    }
}

/// SplitMix64.
fn next(random: &mut u64) -> u64 {
    *random = random.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *random;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
