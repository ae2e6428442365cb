//! Mixed work on a database, as a telephone system would do it: calls, their turns, a full-text index, big transactions,
//! savepoints, tables that come and go. Transaction `n` of a seed is always the same, whatever happened before: so a
//! database that says how far it came can be compared with another one that was led there undisturbed.
//!
//! Every text and blob it writes holds a [`NEEDLE`], which must be found nowhere on a disk.

use rusqlite::types::Value;

use super::answers::Statement;
use super::random::Random;

/// In every text and blob.
pub(crate) const NEEDLE: &str = "Kaltbrunn-0041";

/// Ids stay below, so that the database stays small however long the work lasts.
const IDS: u64 = 400;
/// Tables that come and go.
const EXTRAS: u64 = 4;

/// Makes the tables; the work begins with transaction 1.
pub(crate) fn tables() -> Vec<Statement> {
    [
        "BEGIN",
        "CREATE TABLE progress (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL) STRICT",
        "CREATE TABLE calls (id INTEGER PRIMARY KEY, caller TEXT NOT NULL, at INTEGER NOT NULL, note TEXT, voice BLOB)",
        "CREATE INDEX calls_by_caller ON calls (caller, at)",
        "CREATE INDEX calls_with_voice ON calls (at) WHERE voice IS NOT NULL",
        "CREATE TABLE turns (call INTEGER NOT NULL REFERENCES calls ON DELETE CASCADE, seq INTEGER NOT NULL, \
         what TEXT NOT NULL, PRIMARY KEY (call, seq)) WITHOUT ROWID",
        "CREATE TABLE counts (what TEXT PRIMARY KEY, count INTEGER NOT NULL CHECK (count >= 0)) WITHOUT ROWID",
        "CREATE TRIGGER call_made AFTER INSERT ON calls BEGIN \
         UPDATE counts SET count = count + 1 WHERE what = 'calls'; END",
        "CREATE TRIGGER call_gone AFTER DELETE ON calls BEGIN \
         UPDATE counts SET count = count - 1 WHERE what = 'calls'; END",
        "CREATE VIRTUAL TABLE words USING fts5 (text, prefix = '1 2 3')",
        "INSERT INTO counts VALUES ('calls', 0)",
        "INSERT INTO progress VALUES (1, 0)",
        "COMMIT",
    ]
    .map(Statement::from)
    .to_vec()
}

/// The number of the last transaction whose work is there.
pub(crate) const PROGRESS: &str = "SELECT number FROM progress";

/// What each transaction leaves true. Gives 1.
pub(crate) const WHOLE: &str =
    "SELECT (SELECT count(*) FROM calls) = (SELECT count FROM counts WHERE what = 'calls')";

/// All statements of transaction `number`, from `BEGIN` to `COMMIT`.
pub(crate) fn transaction(seed: u64, number: u64) -> Vec<Statement> {
    let mut random = Random::new(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut statements = vec![Statement::from(*random.pick(&["BEGIN", "BEGIN IMMEDIATE"]))];
    for _ in 0..=random.below(4) {
        piece(&mut random, &mut statements);
    }
    statements.push(Statement::with("UPDATE progress SET number = ?1", [integer(number)]));
    statements.push(Statement::from("COMMIT"));
    statements
}

/// Work that is given up before it ends: the statements of a transaction, and a rollback.
pub(crate) fn given_up(seed: u64, number: u64) -> Vec<Statement> {
    let mut statements = transaction(seed, number);
    statements.pop();
    statements.push(Statement::from("ROLLBACK"));
    statements
}

fn piece(random: &mut Random, statements: &mut Vec<Statement>) {
    match random.below(100) {
        0..25 => few_calls(random, statements),
        25..35 => statements.push(many_calls(random)),
        35..45 => statements.push(voice(random)),
        45..55 => statements.push(turns(random)),
        55..65 => statements.push(removal(random)),
        65..73 => statements.push(rewriting(random)),
        73..85 => words(random, statements),
        85..92 => extra_table(random, statements),
        _ => savepoint(random, statements),
    }
}

fn few_calls(random: &mut Random, statements: &mut Vec<Statement>) {
    for _ in 0..=random.below(4) {
        statements.push(Statement::with(
            "INSERT INTO calls (id, caller, at, note) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (id) DO UPDATE SET at = excluded.at, note = excluded.note",
            [
                integer(random.below(IDS)),
                text(random, 8),
                integer(random.below(1 << 40)),
                if random.chance(20) { Value::Null } else { text(random, 150) },
            ],
        ));
    }
}

/// More than the cache of a small connection holds, so that pages are written before the transaction ends.
fn many_calls(random: &mut Random) -> Statement {
    let from = random.below(IDS);
    Statement::with(
        "WITH RECURSIVE n (id) AS (SELECT ?1 UNION ALL SELECT id + 1 FROM n WHERE id < ?2) \
         INSERT OR IGNORE INTO calls (id, caller, at, note) \
         SELECT id, ?3 || (id * 7919) % 1000, ?4 + id, ?3 || hex(zeroblob((id * 31) % 200)) FROM n",
        [
            integer(from),
            integer((from + 50 + random.below(200)).min(IDS)),
            text(random, 4),
            integer(random.below(1 << 40)),
        ],
    )
}

/// A value that does not fit into a page.
fn voice(random: &mut Random) -> Statement {
    let length = 500 + random.below(20_000) as usize;
    let mut bytes = NEEDLE.as_bytes().repeat(length / NEEDLE.len());
    let noise = random.below(bytes.len() as u64) as usize;
    bytes.extend(random.bytes(noise.min(2_000)));
    Statement::with(
        "UPDATE calls SET voice = ?2 WHERE id = (SELECT id FROM calls WHERE id >= ?1 ORDER BY id LIMIT 1)",
        [integer(random.below(IDS) / 40 * 40), Value::Blob(bytes)],
    )
}

fn turns(random: &mut Random) -> Statement {
    Statement::with(
        "INSERT OR REPLACE INTO turns (call, seq, what) SELECT id, ?2, ?3 || id FROM calls \
         WHERE id BETWEEN ?1 AND ?1 + 20",
        [integer(random.below(IDS)), integer(random.below(5)), text(random, 30)],
    )
}

fn removal(random: &mut Random) -> Statement {
    let width = *random.pick(&[0, 1, 5, 30, IDS]);
    let from = if width == IDS { 0 } else { random.below(IDS) };
    Statement::with("DELETE FROM calls WHERE id BETWEEN ?1 AND ?2", [integer(from), integer(from + width)])
}

/// Touches most pages at once.
fn rewriting(random: &mut Random) -> Statement {
    Statement::with(
        "UPDATE calls SET at = at + 1, note = substr(?2 || note, 1, 180) WHERE id % ?1 = 0",
        [integer(1 + random.below(5)), text(random, 5)],
    )
}

fn words(random: &mut Random, statements: &mut Vec<Statement>) {
    for _ in 0..=random.below(5) {
        let id = integer(random.below(60));
        statements.push(Statement::with("DELETE FROM words WHERE rowid = ?1", [id.clone()]));
        statements.push(Statement::with(
            "INSERT INTO words (rowid, text) VALUES (?1, ?2)",
            [id, text(random, 300)],
        ));
    }
    if random.chance(5) {
        statements.push(Statement::from("INSERT INTO words (words) VALUES ('optimize')"));
    }
}

fn extra_table(random: &mut Random, statements: &mut Vec<Statement>) {
    let table = format!("extra_{}", random.below(EXTRAS));
    if random.chance(40) {
        statements.push(Statement::from(format!("DROP TABLE IF EXISTS {table}")));
        return;
    }
    let value = text(random, 20);
    statements.push(Statement::from(format!(
        "CREATE TABLE IF NOT EXISTS {table} (id INTEGER PRIMARY KEY, a TEXT)"
    )));
    statements.push(Statement::from(format!("CREATE INDEX IF NOT EXISTS {table}_a ON {table} (a)")));
    statements.push(Statement::with(&format!("INSERT INTO {table} (a) SELECT ?1 || id FROM calls"), [value]));
    if random.chance(30) {
        let column = format!("c{}", random.below(100));
        statements
            .push(Statement::from(format!("ALTER TABLE {table} ADD COLUMN {column} INTEGER DEFAULT 7")));
    }
}

/// Work inside work, kept or taken back.
fn savepoint(random: &mut Random, statements: &mut Vec<Statement>) {
    statements.push(Statement::from("SAVEPOINT inner_work"));
    for _ in 0..=random.below(2) {
        piece(random, statements);
    }
    if random.chance(60) {
        statements.push(Statement::from("ROLLBACK TO inner_work"));
    }
    statements.push(Statement::from("RELEASE inner_work"));
}

fn integer(number: u64) -> Value {
    Value::Integer(i64::try_from(number).expect("small numbers only"))
}

/// A needle and up to `length` letters behind it.
fn text(random: &mut Random, length: u64) -> Value {
    let letters = (0..random.below(length + 1)).map(|_| *random.pick(b"abcdefghij klmno pqrst") as char);
    Value::Text(NEEDLE.chars().chain(letters).collect())
}
