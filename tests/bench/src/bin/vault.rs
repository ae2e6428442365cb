//! The vault at the work of a database, against plain SQLite with and without its file locks, SQLCipher and SQLite3 Multiple
//! Ciphers: a program each, all in turns. Cold means a cache of SQLite that is empty; the system keeps the file in memory.
//! Measures no disk: nothing here is larger than the system's memory.

use bench::contest::{Contest, Contestant, Measure, peer};
use bench::workload::{Store, Task, serve_tasks, set};
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::process::Command;
use vault::aead::Key;
use vault::keys::KeyFile;
use vault::{Known, Purpose, Vault};

/// Ours first. `unix-excl` is SQLite's own way to hold a file alone, as the vault does: what it saves is not the vault's doing.
const NAMES: [&str; 5] = ["vault", "plain", "plain, unix-excl", "SQLCipher", "sqlite3mc"];
const PLAIN: usize = 1;

/// Rows and rounds.
struct Extent {
    rows: u32,
    rounds: u32,
}

/// Minutes. Transactions insert 1,000 rows or change 100; the cache has 16 MiB, for cold reads 2.
const WHOLE: Extent = Extent { rows: 500_000, rounds: 4 };
/// Less than one, with everything else a tenth too.
const QUICK: Extent = Extent { rows: 50_000, rounds: 3 };

fn main() {
    let told: Vec<String> = std::env::args().skip(1).collect();
    match told.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["vault", ..] => serve_tasks::<Ours>(),
        ["plain", ..] => serve_tasks::<Plain>(),
        ["plain, unix-excl", ..] => serve_tasks::<Alone>(),
        ["--quick"] => compare(&QUICK),
        [] => compare(&WHOLE),
        other => panic!("there is `--quick` and nothing else, not {other:?}"),
    }
}

fn compare(extent: &Extent) {
    let tasks = Task::ALL.map(|task| format!("{task:?}"));
    let mut contest = Contest::new(&NAMES, &tasks);
    for round in 1..=extent.rounds {
        eprintln!("round {round} of {}: {} rows", extent.rounds, extent.rows);
        let folders = NAMES.map(|_| tempfile::tempdir().expect("a temporary folder"));
        let mut contestants: Vec<Contestant> = NAMES
            .iter()
            .zip(&folders)
            .map(|(name, folder)| {
                let rows = extent.rows.to_string();
                Contestant::start(program(name).arg(folder.path()).arg(rows))
            })
            .collect();
        contest.round(&mut contestants);
    }
    let titles = Task::ALL.map(title);
    for measure in [Measure::Cpu, Measure::Elapsed] {
        println!("\n{}", contest.table(PLAIN, &titles, measure));
        for (at, title) in titles.iter().enumerate() {
            let clock = match measure {
                Measure::Cpu => "CPU",
                Measure::Elapsed => "elapsed",
            };
            contest.tell(at, &format!("{title}, {clock}"), measure);
        }
    }
}

fn program(name: &str) -> Command {
    match name {
        "SQLCipher" => Command::new(peer("sqlcipher")),
        "sqlite3mc" => Command::new(peer("sqlite3mc")),
        own => {
            let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
            command.arg(own);
            command
        }
    }
}

fn title(task: Task) -> &'static str {
    match task {
        Task::Insert => "a row inserted (many a transaction)",
        Task::ColdReads => "a row read, cold",
        Task::FirstScan => "a row of the first scan",
        Task::WarmScan => "a row of a warm scan",
        Task::WarmReads => "a row read, warm",
        Task::Update => "a row changed (some a transaction)",
        Task::InsertDurably => "a row inserted (many a transaction), FULL",
        Task::UpdateDurably => "a row changed (some a transaction), FULL",
        Task::Commits => "a transaction of one row, FULL",
        Task::Checkpoint => "a checkpoint, a tenth of the rows changed",
        Task::Open => "opening",
        Task::Connect => "another connection",
    }
}

/// Opened with a key file and a key in the keychain, as the product does; the keychain itself is left out.
struct Ours(Vault);

impl Store for Ours {
    fn open(path: &Path) -> Ours {
        let (key_path, kek) = (path.with_added_extension("keys"), Key::from_bytes(&[0x5a; 32]));
        let keys = match KeyFile::load(&key_path).expect("it is readable") {
            Some(file) => file.unlock(&kek).expect("the key is its own"),
            None => KeyFile::create(&key_path, Some(&kek)).expect("there is none").1,
        };
        Ours(Vault::open(path, &keys, &Known::default(), 0).expect("it opens"))
    }

    fn connect(&self) -> Connection {
        self.0.connect(Purpose::Write).expect("it opens")
    }
}

struct Plain(PathBuf);

impl Store for Plain {
    fn open(path: &Path) -> Plain {
        Plain(path.to_owned())
    }

    fn connect(&self) -> Connection {
        let connection = Connection::open(&self.0).expect("it opens");
        set(&connection, "journal_mode", "WAL");
        connection
    }
}

/// Without file locks and shared memory: no other process can have the file.
struct Alone(PathBuf);

impl Store for Alone {
    fn open(path: &Path) -> Alone {
        Alone(path.to_owned())
    }

    fn connect(&self) -> Connection {
        let connection = Connection::open_with_flags_and_vfs(&self.0, OpenFlags::default(), "unix-excl")
            .expect("it opens");
        set(&connection, "journal_mode", "WAL");
        connection
    }
}
