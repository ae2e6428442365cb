//! Database, log and anchor somebody has been at: each is cut, flipped, shuffled, taken away or put back to an older state.
//! Whatever is read is the newest state that was acknowledged; everything else is an error.
#![no_main]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use rusqlite::Connection;
use vault::aead::Key;
use vault::keys::{DataKeys, KeyFile};
use vault::{Known, Purpose, Vault, Witness};

const SUFFIXES: [&str; 3] = ["", "-wal", ".anchor"];

#[derive(Arbitrary, Debug)]
struct Fed {
    /// Whether the witness in the keychain is there as well.
    witnessed: bool,
    edits: Vec<(u8, Edit)>,
}

#[derive(Arbitrary, Debug)]
enum Edit {
    Flip { bit: u32 },
    Overwrite { at: u32, bytes: [u8; 8] },
    Cut { at: u32 },
    Append { byte: u8, count: u16 },
    Move { from: u32, to: u32, count: u16 },
    TakeAway,
    Older { state: u8 },
}

type Files = [Option<Vec<u8>>; 3];

struct Store {
    directory: PathBuf,
    keys: DataKeys,
    /// Each acknowledged state; the last one is the newest.
    states: Vec<Files>,
    /// What each of them says.
    contents: Vec<Vec<String>>,
    witness: Witness,
}

static STORE: LazyLock<Store> = LazyLock::new(make);

fuzz_target!(|fed: Fed| {
    let store = &*STORE;
    let newest = store.states.last().expect("there is more than one");
    let mut files = newest.clone();
    for (which, edit) in fed.edits.iter().take(4) {
        edit.apply(usize::from(which % 3), &mut files, &store.states);
    }
    let path = store.directory.join("usher.db");
    put(&path, &files);
    let known = Known { is_made: true, witness: fed.witnessed.then_some(store.witness) };
    match read(&path, &store.keys, &known) {
        Ok(content) => {
            // Without the witness, an older state that is whole may go unnoticed; never a mixture.
            let (newest, older) = store.contents.split_last().expect("there is more than one");
            let put_back = !fed.witnessed && older.contains(&content);
            assert!(put_back || content == *newest, "another state than the newest was read");
        }
        Err(_) => assert!(files != *newest, "the newest state must open"),
    }
});

fn make() -> Store {
    let text = include_bytes!("../../tests/fixtures/format1.keys");
    let file = KeyFile::parse(Path::new("usher.db.keys"), text).expect("the fixture is whole");
    let keys = file.unlock(&Key::from_bytes(&[0x11; 32])).expect("the fixture's key");
    let directory = std::env::temp_dir().join(format!("vault-fuzz-{}", std::process::id()));
    let path = directory.join("usher.db");
    let (mut states, mut contents) = (Vec::new(), Vec::new());
    let vault = Vault::open(&path, &keys, &Known::default(), 0).expect("a new one is made");
    let writer = vault.connect(Purpose::Write).expect("it opens");
    writer.execute_batch("CREATE TABLE t (n INTEGER PRIMARY KEY, said TEXT)").expect("it is written");
    for round in 0..6 {
        let batch = "WITH RECURSIVE c(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM c WHERE n < 60)
            INSERT OR REPLACE INTO t SELECT n, hex(zeroblob(60)) || ?1 FROM c";
        writer.execute(batch, [round]).expect("it is written");
        if round == 2 {
            writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("it is folded");
        }
        states.push(taken(&path));
        contents.push(rows(&writer).expect("they were written"));
    }
    let witness = vault.witness().expect("it is written");
    drop((writer, vault));
    Store { directory, keys, states, contents, witness }
}

fn read(path: &Path, keys: &DataKeys, known: &Known) -> Result<Vec<String>, String> {
    let vault = Vault::open(path, keys, known, 0).map_err(|error| error.to_string())?;
    let reader = vault.connect(Purpose::Read).map_err(|error| error.to_string())?;
    rows(&reader).map_err(|error| error.to_string())
}

fn rows(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut rows = connection.prepare("SELECT said FROM t ORDER BY n")?;
    let rows = rows.query_map([], |row| row.get(0))?;
    rows.collect()
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}{suffix}", path.display()))
}

fn taken(path: &Path) -> Files {
    SUFFIXES.map(|suffix| fs::read(beside(path, suffix)).ok())
}

fn put(path: &Path, files: &Files) {
    let _ = fs::remove_file(beside(path, "-shm"));
    let _ = fs::remove_file(beside(path, "-journal"));
    for (suffix, file) in SUFFIXES.iter().zip(files) {
        match file {
            Some(bytes) => fs::write(beside(path, suffix), bytes).expect("it is written"),
            None => drop(fs::remove_file(beside(path, suffix))),
        }
    }
}

impl Edit {
    fn apply(&self, which: usize, files: &mut Files, states: &[Files]) {
        match self {
            Edit::TakeAway => files[which] = None,
            Edit::Older { state } => {
                files[which].clone_from(&states[usize::from(*state) % states.len()][which]);
            }
            other => {
                if let Some(bytes) = &mut files[which] {
                    other.apply_to(bytes);
                }
            }
        }
    }

    fn apply_to(&self, bytes: &mut Vec<u8>) {
        let length = bytes.len().max(1);
        match *self {
            Edit::Flip { bit } => {
                if let Some(byte) = bytes.get_mut(bit as usize / 8 % length) {
                    *byte ^= 1 << (bit % 8);
                }
            }
            Edit::Overwrite { at, bytes: new } => {
                for (byte, new) in bytes.iter_mut().skip(at as usize % length).zip(new) {
                    *byte = new;
                }
            }
            Edit::Cut { at } => bytes.truncate(at as usize % length),
            Edit::Append { byte, count } => bytes.resize(bytes.len() + usize::from(count), byte),
            Edit::Move { from, to, count } => {
                let from = from as usize % length;
                let until = (from + usize::from(count)).min(bytes.len());
                if from < until {
                    let to = to as usize % (bytes.len() - (until - from) + 1);
                    bytes.copy_within(from..until, to);
                }
            }
            Edit::TakeAway | Edit::Older { .. } => {}
        }
    }
}
