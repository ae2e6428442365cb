//! What every variant of SQLite does in the vault's bench: the same statements with the same settings on the same rows, in a
//! database larger than the page cache. How a variant opens its database is not known here.
//!
//! Programs of other workspaces include this file, since one program can hold one SQLite only.

use super::spent::Spent;
use super::worker::{Done, serve};
use rusqlite::{Connection, params};
use std::path::{Path, PathBuf};

/// One way to keep a database.
pub trait Store: Sized {
    /// Opens the database at this path, made where there is none.
    fn open(path: &Path) -> Self;
    /// A new connection, with pages of 4,096 bytes and a write-ahead log.
    fn connect(&self) -> Connection;
}

/// Something to do. All are done in this order, since each begins with what the ones before have left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// All rows into an empty database.
    Insert,
    /// Rows by number, at random, with a cache of 1/40 of the database that is empty at first.
    ColdReads,
    /// Every row once, on a new connection.
    FirstScan,
    /// Every row, all of them in the cache.
    WarmScan,
    /// Rows by number, at random, all of them in the cache.
    WarmReads,
    /// Rows at random are changed.
    Update,
    /// A tenth more rows, each transaction on the disk when it ends.
    InsertDurably,
    /// Rows at random are changed, each transaction on the disk when it ends.
    UpdateDurably,
    /// Transactions of one row, on the disk when they end.
    Commits,
    /// The write-ahead log goes into the database.
    Checkpoint,
    /// The database is opened, and the first row read.
    Open,
    /// Another connection to a database that is open, and the first row read.
    Connect,
}

impl Task {
    /// In their order.
    pub const ALL: [Task; 12] = [
        Task::Insert,
        Task::ColdReads,
        Task::FirstScan,
        Task::WarmScan,
        Task::WarmReads,
        Task::Update,
        Task::InsertDurably,
        Task::UpdateDurably,
        Task::Commits,
        Task::Checkpoint,
        Task::Open,
        Task::Connect,
    ];
}

/// Caches and transactions, in proportion to the rows. At 500,000 rows the database has 80 MiB.
#[derive(Clone, Copy)]
struct Size {
    rows: i64,
}

impl Size {
    fn cache_kib(self) -> i64 {
        self.rows * 16_384 / 500_000
    }

    fn small_cache_kib(self) -> i64 {
        self.cache_kib() / 8
    }

    fn reads(self) -> i64 {
        self.rows * 2 / 5
    }

    fn updates(self) -> i64 {
        self.rows / 10
    }

    /// Rows inserted in a transaction. What it changes must fit the cache, or SQLite writes its pages twice.
    fn inserted_at_once(self) -> i64 {
        self.rows / 500
    }

    fn updated_at_once(self) -> i64 {
        self.rows / 5_000
    }
}

/// Holds the whole database and its indexes.
const WHOLE_CACHE_KIB: i64 = 512 * 1024;
const WARM_SCANS: i64 = 5;
const COMMITS: i64 = 200;
const OPENINGS: i64 = 20;
const CONNECTIONS: i64 = 100;

const TABLES: &str = "
    CREATE TABLE calls (
        id INTEGER PRIMARY KEY,
        caller TEXT NOT NULL,
        service INTEGER NOT NULL,
        attendant INTEGER,
        arrived INTEGER NOT NULL,
        accepted INTEGER,
        ended INTEGER,
        connected_ms INTEGER NOT NULL,
        outcome TEXT NOT NULL,
        note TEXT NOT NULL
    ) STRICT;
    CREATE INDEX calls_by_caller ON calls (caller, arrived);
    CREATE INDEX calls_by_service ON calls (service, arrived);";
const INSERT: &str = "INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
const READ: &str = "SELECT arrived + connected_ms + length(note) FROM calls WHERE id = ?";
const SCAN: &str = "SELECT sum(arrived + connected_ms + length(note)) FROM calls NOT INDEXED";
const UPDATE: &str = "UPDATE calls SET attendant = ?, ended = ended + 1, outcome = ? WHERE id = ?";

const OUTCOMES: [&str; 4] = ["accepted", "abandoned", "declined", "transferred"];
const NOTE: &str = "asks for the invoice of last month, calls again";

/// Serves the tasks with this way of keeping a database. The program's last two arguments are a folder and the number of rows.
pub fn serve_tasks<S: Store>() {
    let arguments: Vec<String> = std::env::args().collect();
    let [.., folder, rows] = arguments.as_slice() else { panic!("no folder and number of rows were given") };
    let rows = rows.parse().expect("the number of rows is a number");
    let mut desk = Desk::<S>::new(Path::new(folder), Size { rows });
    serve(|task| {
        let done = Task::ALL.into_iter().find(|known| format!("{known:?}") == task);
        let done = desk.perform(done.expect("a task that is known"));
        desk.settle();
        done
    });
}

/// A database that is worked on.
struct Desk<S> {
    path: PathBuf,
    size: Size,
    /// Rows that were inserted so far.
    rows: i64,
    dice: Dice,
    store: Option<S>,
}

#[derive(Clone, Copy)]
enum Durability {
    /// Outlives the process, not a power cut.
    Normal,
    /// On the disk when a transaction ends.
    Full,
}

impl<S: Store> Desk<S> {
    fn new(folder: &Path, size: Size) -> Desk<S> {
        let path = folder.join("usher.db");
        Desk { store: Some(S::open(&path)), path, size, rows: 0, dice: Dice(1) }
    }

    fn perform(&mut self, task: Task) -> Done {
        let Size { rows, .. } = self.size;
        match task {
            Task::Insert => {
                let empty = self.connect(self.size.cache_kib(), Durability::Normal);
                empty.execute_batch(TABLES).expect("the tables are made");
                self.insert(empty, rows)
            }
            Task::ColdReads => self.reads(self.connect(self.size.small_cache_kib(), Durability::Normal)),
            Task::FirstScan => scan(&self.connect(self.size.cache_kib(), Durability::Normal), self.rows, 1),
            Task::WarmScan => scan(&self.warm(), self.rows, WARM_SCANS),
            Task::WarmReads => self.reads(self.warm()),
            Task::Update => self.update(Durability::Normal),
            Task::InsertDurably => {
                self.insert(self.connect(self.size.cache_kib(), Durability::Full), rows / 10)
            }
            Task::UpdateDurably => self.update(Durability::Full),
            Task::Commits => self.commits(),
            Task::Checkpoint => self.checkpoint(),
            Task::Open => self.openings(),
            Task::Connect => self.connections(),
        }
    }

    /// What a task has written goes to the disk now, so that it does not disturb the next one.
    fn settle(&self) {
        for entry in self.path.parent().into_iter().flat_map(|folder| folder.read_dir().expect("it is there"))
        {
            let file = std::fs::File::open(entry.expect("it is there").path());
            file.and_then(|file| file.sync_all()).expect("the disk takes it");
        }
    }

    fn store(&self) -> &S {
        self.store.as_ref().expect("it is closed only while it is opened again")
    }

    fn connect(&self, cache_kib: i64, durability: Durability) -> Connection {
        settled(self.store().connect(), cache_kib, durability)
    }

    fn warm(&self) -> Connection {
        let connection = self.connect(WHOLE_CACHE_KIB, Durability::Normal);
        scan(&connection, self.rows, 1);
        connection
    }

    fn insert(&mut self, connection: Connection, count: i64) -> Done {
        let (spent, ()) = Spent::on(|| {
            let mut insert = connection.prepare(INSERT).expect("it is SQL");
            in_transactions(&connection, count, self.size.inserted_at_once(), || {
                self.rows += 1;
                let dice = &mut self.dice;
                let arrived = 1_700_000_000_000 + self.rows * 7_000 + dice.below(7_000);
                let waited = dice.below(60_000);
                let spoken = dice.below(600_000);
                let caller = format!("+4144{:07}", dice.below(100_000) * 97);
                insert
                    .execute(params![
                        self.rows,
                        caller,
                        dice.below(40),
                        dice.below(250),
                        arrived,
                        arrived + waited,
                        arrived + waited + spoken,
                        spoken,
                        OUTCOMES[dice.below(4) as usize],
                        &NOTE[..dice.below(NOTE.len() as i64) as usize],
                    ])
                    .expect("the row is new");
            });
        });
        Done { spent, operations: count, found: self.rows }
    }

    fn reads(&mut self, connection: Connection) -> Done {
        let reads = self.size.reads();
        let (spent, found) = Spent::on(|| {
            let mut read = connection.prepare(READ).expect("it is SQL");
            let row = |_| {
                let id = 1 + self.dice.below(self.rows);
                read.query_row([id], |row| row.get::<_, i64>(0)).expect("the row is there")
            };
            (0..reads).map(row).fold(0, i64::wrapping_add)
        });
        Done { spent, operations: reads, found }
    }

    fn update(&mut self, durability: Durability) -> Done {
        let connection = self.connect(self.size.cache_kib(), durability);
        let (spent, ()) = Spent::on(|| self.update_rows(&connection));
        Done { spent, operations: self.size.updates(), found: self.sum_of_ends(&connection) }
    }

    fn update_rows(&mut self, connection: &Connection) {
        let mut update = connection.prepare(UPDATE).expect("it is SQL");
        in_transactions(connection, self.size.updates(), self.size.updated_at_once(), || {
            let (attendant, outcome) = (self.dice.below(250), OUTCOMES[self.dice.below(4) as usize]);
            let id = 1 + self.dice.below(self.rows);
            update.execute(params![attendant, outcome, id]).expect("the row is there");
        });
    }

    fn sum_of_ends(&self, connection: &Connection) -> i64 {
        let sum = "SELECT sum(ended + attendant) FROM calls";
        connection.query_row(sum, [], |row| row.get(0)).expect("a number")
    }

    fn commits(&mut self) -> Done {
        let connection = self.connect(self.size.cache_kib(), Durability::Full);
        let (spent, ()) = Spent::on(|| {
            let mut update = connection.prepare(UPDATE).expect("it is SQL");
            for _ in 0..COMMITS {
                let id = 1 + self.dice.below(self.rows);
                update.execute(params![1, OUTCOMES[0], id]).expect("the row is there");
            }
        });
        Done { spent, operations: COMMITS, found: self.sum_of_ends(&connection) }
    }

    fn checkpoint(&mut self) -> Done {
        let connection = self.connect(self.size.cache_kib(), Durability::Normal);
        set(&connection, "wal_autocheckpoint", "0");
        self.update_rows(&connection);
        let (spent, ()) = Spent::on(|| set(&connection, "wal_checkpoint", "TRUNCATE"));
        Done { spent, operations: 1, found: self.sum_of_ends(&connection) }
    }

    fn openings(&mut self) -> Done {
        let (spent, found) = Spent::on(|| {
            (0..OPENINGS).fold(0, |_, _| {
                self.store = None;
                self.store = Some(S::open(&self.path));
                first_row(&self.connect(self.size.cache_kib(), Durability::Full))
            })
        });
        Done { spent, operations: OPENINGS, found }
    }

    fn connections(&self) -> Done {
        // While one is open, the log is too.
        let first = self.connect(self.size.cache_kib(), Durability::Full);
        let found = first_row(&first);
        let (spent, ()) = Spent::on(|| {
            for _ in 0..CONNECTIONS {
                assert_eq!(first_row(&self.connect(self.size.cache_kib(), Durability::Full)), found);
            }
        });
        Done { spent, operations: CONNECTIONS, found }
    }
}

/// The settings of the vault, for every variant.
fn settled(connection: Connection, cache_kib: i64, durability: Durability) -> Connection {
    let synchronous = match durability {
        Durability::Normal => "NORMAL",
        Durability::Full => "FULL",
    };
    for (name, value) in [
        ("synchronous", synchronous),
        ("cache_size", &format!("-{cache_kib}")),
        ("mmap_size", "0"),
        ("temp_store", "MEMORY"),
        ("foreign_keys", "ON"),
        ("secure_delete", "ON"),
        ("cell_size_check", "ON"),
        ("trusted_schema", "OFF"),
        ("wal_autocheckpoint", "1000"),
        ("journal_size_limit", "16777216"),
    ] {
        set(&connection, name, value);
    }
    // SQLCipher answers numbers as text.
    let is =
        |name| connection.query_row(&format!("SELECT '' || {name} FROM pragma_{name}"), [], |row| row.get(0));
    assert_eq!(is("page_size"), Ok("4096".to_owned()));
    assert_eq!(is("journal_mode"), Ok("wal".to_owned()));
    connection
}

/// Some settings answer and some do not.
pub fn set(connection: &Connection, name: &str, value: &str) {
    let mut pragma = connection.prepare(&format!("PRAGMA {name} = {value}")).expect("it is SQL");
    let mut rows = pragma.query([]).expect("the setting is taken");
    while rows.next().expect("the setting is taken").is_some() {}
}

fn scan(connection: &Connection, rows: i64, times: i64) -> Done {
    let (spent, found) = Spent::on(|| {
        (0..times).fold(0, |_, _| connection.query_row(SCAN, [], |row| row.get(0)).expect("a number"))
    });
    Done { spent, operations: rows * times, found }
}

fn first_row(connection: &Connection) -> i64 {
    connection.query_row(READ, [1], |row| row.get(0)).expect("the row is there")
}

fn in_transactions(connection: &Connection, count: i64, length: i64, mut step: impl FnMut()) {
    let run = |sql| connection.execute_batch(sql).expect("transactions begin and end");
    for at in 0..count {
        if at % length == 0 {
            run("BEGIN IMMEDIATE");
        }
        step();
        if (at + 1) % length == 0 || at + 1 == count {
            run("COMMIT");
        }
    }
}

/// Numbers without a pattern, the same in every variant (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((number ^ (number >> 31)) >> 1) as i64 % limit
    }
}
