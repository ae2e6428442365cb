//! What remains of a recording when the process is killed while it runs, when the disk is full, when keys change and when it is
//! discarded; and that nothing of it is ever readable on the disk (CALL-8, DATA-1).
//!
//! The child of the kill test is this same program, run with the name of a test that does nothing by itself.

use std::io::{BufRead, BufReader, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use contracts::journal::StoreError;
use contracts::recordings::RecordingBook;
use engine::{RecordingId, Span};
use store::Store;
use vault::Known;
use vault::aead::Key;
use vault::keys::{DataKeys, KeyFile};

const DIRECTORY: &str = "USHER_STORE_TEST_DIRECTORY";
/// Five seconds, as a line keeps them.
const PIECE: usize = 40_000;
const ID: RecordingId = RecordingId(0x7E57);

#[tokio::test]
async fn a_killed_process_leaves_its_recording_up_to_the_last_append_and_nothing_readable_call_8() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let mut pieces_min = 0;
    for round in 0..6 {
        let mut child = start(&mut Command::new(this_program()), "child_records_for_ever", home.path());
        pieces_min = acknowledged(&mut child, pieces_min + 2 + round);
        child.kill().expect("it runs");
        child.wait().expect("it was killed");
        nothing_is_readable(home.path());
        let store = open(home.path()).0;
        let said = store.read(ID).await.expect("it is read").expect("it was kept");
        assert!(said.len() >= pieces_min * PIECE, "{} of {pieces_min} pieces", said.len() / PIECE);
        assert_eq!(said.len() % PIECE, 0, "a piece is whole or not there");
        assert!(said.chunks(PIECE).enumerate().all(|(number, kept)| kept == piece(number)));
        pieces_min = said.len() / PIECE;
    }
    let store = open(home.path()).0;
    let length = store.finish(ID).await.expect("it is finished by whoever finds it");
    assert_eq!(length, Span(u32::try_from(pieces_min).expect("few") * 5_000));
    assert_eq!(store.read(ID).await.expect("it is read").expect("it is there").len(), pieces_min * PIECE);
    drop(store);
    nothing_is_readable(home.path());
    let file = std::fs::read(only_file(home.path())).expect("it is sealed");
    assert_eq!(&file[..7], b"UshSeal");
}

#[tokio::test]
async fn a_full_disk_refuses_a_piece_and_keeps_what_was_said_before_call_8() {
    if !cfg!(unix) {
        return;
    }
    let home = tempfile::tempdir().expect("a temporary directory");
    // A limit on the size of files stands in for a full disk; the signal that would end the process is ignored.
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 1500; exec \"$0\" \"$@\""]).arg(this_program());
    let mut child = start(&mut limited, "child_records_until_the_disk_is_full", home.path());
    let pieces = acknowledged(&mut child, usize::MAX);
    child.wait().expect("it ended");
    assert!(pieces > 0);
    let store = open(home.path()).0;
    let said = store.read(ID).await.expect("it is read").expect("it was kept");
    assert_eq!(said, (0..pieces).flat_map(piece).collect::<Vec<_>>());
    assert_eq!(store.finish(ID).await.expect("there is room again").0 as usize, pieces * 5_000);
}

#[tokio::test]
async fn recordings_are_heard_after_a_change_of_the_data_key_data_2() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let (store, mut file, mut keys) = open(home.path());
    let (running, finished) = (RecordingId(1), RecordingId(2));
    for id in [running, finished] {
        store.begin(id).await.expect("it begins");
        store.append(id, &piece(3)).await.expect("it is kept");
    }
    store.finish(finished).await.expect("it is finished");
    let vault = store.vault();
    file.begin_rotation(&mut keys).expect("it is written");
    vault.use_keys(&keys);
    assert!(vault.rekey(&mut |_| ControlFlow::Continue(())).expect("it is sealed anew").is_continue());
    let path = only_file(home.path());
    assert!(vault.rewrap_sealed(&path).expect("its key is wrapped anew"));
    assert!(!vault.rewrap_sealed(&path.with_file_name("gone")).expect("one that is gone is no error"));
    file.finish_rotation(&mut keys).expect("it is written");
    vault.use_keys(&keys);
    drop(vault);
    store.append(running, &piece(4)).await.expect("it is kept");
    store.finish(running).await.expect("it is finished");
    drop(store);
    let store = open(home.path()).0;
    assert_eq!(store.read(finished).await.expect("it is read"), Some(piece(3)));
    assert_eq!(store.read(running).await.expect("it is read"), Some([piece(3), piece(4)].concat()));
}

#[tokio::test]
async fn a_discarded_recording_leaves_no_file_and_a_damaged_one_is_named() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let store = open(home.path()).0;
    for id in [ID, RecordingId(2)] {
        store.begin(id).await.expect("it begins");
        store.append(id, &piece(0)).await.expect("it is kept");
        store.finish(id).await.expect("it is finished");
    }
    store.discard(RecordingId(2)).await.expect("it is destroyed");
    let path = only_file(home.path());
    let mut bytes = std::fs::read(&path).expect("it is there");
    bytes[5_000] ^= 1;
    std::fs::write(&path, bytes).expect("it is written");
    let heard = store.read(ID).await;
    assert!(matches!(heard, Err(StoreError::Damaged(_))), "{heard:?}");
    std::fs::remove_file(&path).expect("it was there");
    let heard = store.read(ID).await;
    assert!(matches!(&heard, Err(StoreError::Damaged(why)) if why.contains("gone")), "{heard:?}");
    store.discard(ID).await.expect("it is gone already");
    assert_eq!(store.read(ID).await.expect("it is read"), None);
}

#[tokio::test]
#[ignore = "the child of the kill test"]
async fn child_records_for_ever() {
    let Some(home) = directory() else { return };
    let store = open(&home).0;
    let begun = store.begin(ID).await.expect("it goes on");
    for number in begun.0 as usize / 5_000.. {
        store.append(ID, &piece(number)).await.expect("it is kept");
        say(&format!("kept {}", number + 1));
    }
}

#[tokio::test]
#[ignore = "the child of the test of a full disk"]
async fn child_records_until_the_disk_is_full() {
    let Some(home) = directory() else { return };
    let store = open(&home).0;
    store.begin(ID).await.expect("it begins");
    for number in 0.. {
        match store.append(ID, &piece(number)).await {
            Ok(()) => say(&format!("kept {}", number + 1)),
            Err(StoreError::Unavailable(_)) => return,
            Err(other) => panic!("a full disk is no reason to say: {other}"),
        }
    }
}

/// Distinct, and easy to find in a file.
fn piece(number: usize) -> Vec<i16> {
    let mark = i16::try_from(number).expect("few pieces");
    (0..PIECE).map(|at| if at % 8 == 0 { mark } else { i16::from_le_bytes(*b"Xq") }).collect()
}

fn nothing_is_readable(home: &Path) {
    let mut looked_at = 0;
    let mut folders = vec![home.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("it is read") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).expect("it is read");
            let found = bytes.windows(8).any(|window| window == b"XqXqXqXq");
            assert!(!found, "{} holds what was said", path.display());
            looked_at += bytes.len();
        }
    }
    assert!(looked_at > 2 * PIECE, "the recording is somewhere");
}

fn only_file(home: &Path) -> PathBuf {
    let files: Vec<PathBuf> = std::fs::read_dir(home.join("sealed"))
        .expect("there are sealed files")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    let [file] = &files[..] else { panic!("one file, not {files:?}") };
    file.clone()
}

/// Reads what the child says until it has kept so many pieces, or ends; gives how many it has.
fn acknowledged(child: &mut Child, wanted: usize) -> usize {
    let mut kept = 0;
    let mut reader = BufReader::new(child.stdout.take().expect("its output is piped"));
    let mut line = String::new();
    while kept < wanted && reader.read_line(&mut line).expect("its output is read") > 0 {
        if let Some(number) = line.trim().strip_prefix("kept ") {
            kept = number.parse().expect("a number");
        }
        line.clear();
    }
    kept
}

fn start(command: &mut Command, test: &str, directory: &Path) -> Child {
    command
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program runs")
}

fn this_program() -> PathBuf {
    std::env::current_exe().expect("a program has a path")
}

fn directory() -> Option<PathBuf> {
    std::env::var_os(DIRECTORY).map(PathBuf::from)
}

/// Begins on a line of its own: the test harness has written to the same one.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{line}").and_then(|()| out.flush()).expect("the parent listens");
}

/// The store of this directory, under a key that parent and child know.
fn open(directory: &Path) -> (Store, KeyFile, DataKeys) {
    let (path, kek) = (directory.join("usher.db.keys"), Key::from_bytes(&[7; 32]));
    let (file, keys) = match KeyFile::load(&path).expect("the keys are readable") {
        Some(file) => {
            let keys = file.unlock(&kek).expect("it is the same key");
            (file, keys)
        }
        None => {
            let (file, keys, _) = KeyFile::create(&path, Some(&kek)).expect("new keys are made");
            (file, keys)
        }
    };
    let store = Store::open(directory, &keys, &Known::default()).expect("it opens");
    (store, file, keys)
}
