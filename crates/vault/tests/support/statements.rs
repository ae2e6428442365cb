//! Random statements over a handful of tables: nearly all that SQLite can do to a file. Whether one succeeds depends on
//! what went before; that two databases answer the same is what is tested. Knows no database.

use rusqlite::types::Value;

use super::answers::Statement;
use super::random::Random;
use super::work::NEEDLE;

const TABLES: [&str; 6] = ["t0", "t1", "t2", "t3", "t4", "t5"];
const INDEXES: [&str; 5] = ["i0", "i1", "i2", "i3", "i4"];
const TRIGGERS: [&str; 3] = ["g0", "g1", "g2"];
const VIEWS: [&str; 2] = ["v0", "v1"];
const WORDS: [&str; 2] = ["f0", "f1"];

/// Shapes of a table. Each has the columns id, a, b and c, so that every statement fits every table.
const SHAPES: [&str; 8] = [
    "(id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c BLOB)",
    "(id INTEGER PRIMARY KEY AUTOINCREMENT, a UNIQUE, b TEXT COLLATE NOCASE, c, CHECK (length(b) < 5000))",
    "(a, b, c, id, PRIMARY KEY (b, a)) WITHOUT ROWID",
    "(id INTEGER PRIMARY KEY, a INTEGER REFERENCES t0 (id) ON DELETE CASCADE, b TEXT UNIQUE, c ANY) STRICT",
    "(id INTEGER PRIMARY KEY, a INTEGER REFERENCES t1 (id) ON UPDATE CASCADE ON DELETE SET NULL \
     DEFERRABLE INITIALLY DEFERRED, b TEXT DEFAULT 'none', c, twice AS (a * 2) STORED, loud AS (upper(b)))",
    "(id, a, b, c)",
    "(id INTEGER PRIMARY KEY, a NOT NULL ON CONFLICT IGNORE, b UNIQUE ON CONFLICT REPLACE, c)",
    "(id INTEGER, a, b TEXT, c, PRIMARY KEY (id DESC)) WITHOUT ROWID",
];

/// What a session begins with.
pub(crate) fn beginning(random: &mut Random) -> Vec<Statement> {
    let mut statements: Vec<_> = TABLES.map(|table| create_table(random, table)).into();
    statements.push("CREATE VIRTUAL TABLE f0 USING fts5 (b, prefix = '1 2')".into());
    statements.push("CREATE VIRTUAL TABLE f1 USING fts5 (b, c, detail = none)".into());
    statements.extend(TABLES.map(|table| many(random, table)));
    statements
}

/// The next one.
pub(crate) fn any(random: &mut Random) -> Statement {
    let table = *random.pick(&TABLES);
    match random.below(100) {
        0..14 => insert(random, table),
        14..19 => many(random, table),
        19..29 => update(random, table),
        29..37 => delete(random, table),
        37..57 => question(random, table),
        57..63 => words(random),
        63..77 => bracket(random),
        77..88 => shape(random, table),
        _ => pragma(random),
    }
}

/// Begins, ends and nests transactions.
fn bracket(random: &mut Random) -> Statement {
    let all = [
        "BEGIN",
        "BEGIN",
        "BEGIN IMMEDIATE",
        "COMMIT",
        "COMMIT",
        "COMMIT",
        "COMMIT",
        "ROLLBACK",
        "SAVEPOINT one",
        "SAVEPOINT two",
        "ROLLBACK TO one",
        "ROLLBACK TO two",
        "RELEASE one",
        "RELEASE two",
    ];
    Statement::from(*random.pick(&all))
}

fn insert(random: &mut Random, table: &str) -> Statement {
    let verb = *random.pick(&[
        "INSERT INTO",
        "INSERT INTO",
        "INSERT OR IGNORE INTO",
        "INSERT OR FAIL INTO",
        "INSERT OR ROLLBACK INTO",
        "REPLACE INTO",
    ]);
    let end = *random.pick(&[
        "",
        "",
        "",
        " RETURNING id, a",
        " ON CONFLICT DO NOTHING",
        " ON CONFLICT (id) DO UPDATE SET b = excluded.b, a = a + 1",
        " ON CONFLICT (b) DO UPDATE SET c = excluded.c WHERE a IS NOT NULL",
    ]);
    Statement::with(
        &format!("{verb} {table} (id, a, b, c) VALUES (?1, ?2, ?3, ?4), (?1 + 1, ?2, ?3 || '.', NULL){end}"),
        [row_id(random), number(random), text(random), value(random)],
    )
}

/// Enough at once to go beyond a small cache.
fn many(random: &mut Random, table: &str) -> Statement {
    let rows = *random.pick(&[3, 30, 300, 1_000]);
    Statement::with(
        &format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) \
             INSERT OR IGNORE INTO {table} (id, a, b, c) \
             SELECT ?1 + i, (?1 * 31 + i * 7919) % 2003, ?2 || i, substr(?2 || hex(i), 1, i % 90) FROM n"
        ),
        [row_id(random), text(random)],
    )
}

fn update(random: &mut Random, table: &str) -> Statement {
    let other = *random.pick(&TABLES);
    let sql = match random.below(7) {
        0 => format!("UPDATE {table} SET a = a + 1 WHERE id BETWEEN ?1 AND ?1 + ?2 % 50"),
        1 => format!("UPDATE OR IGNORE {table} SET b = ?3, c = ?4 WHERE id = ?1"),
        2 => format!("UPDATE {table} SET c = ?4 WHERE a % 7 = ?2 % 7"),
        3 => format!("UPDATE {table} SET id = id + 10000 WHERE id > ?1 AND id < ?1 + 5"),
        4 => format!(
            "UPDATE {table} SET b = t.b || 'x' FROM {other} AS t WHERE t.id = {table}.id AND t.a < ?2"
        ),
        5 => format!(
            "UPDATE {table} SET a = ?2, b = substr(b || ?3, 1, 400) WHERE id IN (SELECT a FROM {other})"
        ),
        _ => format!("UPDATE {table} SET c = zeroblob(?2 % 9000) WHERE id = ?1 RETURNING length(c)"),
    };
    Statement::with(&sql, bound(&sql, [row_id(random), number(random), text(random), value(random)]))
}

fn delete(random: &mut Random, table: &str) -> Statement {
    let sql = match random.below(5) {
        0 => format!("DELETE FROM {table} WHERE id = ?1"),
        1 => format!("DELETE FROM {table} WHERE id BETWEEN ?1 AND ?1 + ?2 % 200"),
        2 => format!("DELETE FROM {table} WHERE a % 5 = ?2 % 5 RETURNING id"),
        3 => format!("DELETE FROM {table} WHERE b IN (SELECT b FROM {})", random.pick(&TABLES)),
        _ => format!("DELETE FROM {table}"),
    };
    Statement::with(&sql, bound(&sql, [row_id(random), number(random)]))
}

fn question(random: &mut Random, table: &str) -> Statement {
    let other = *random.pick(&TABLES);
    let sql = match random.below(15) {
        0 => format!("SELECT * FROM {table} WHERE id = ?1"),
        1 => format!("SELECT count(*), sum(a), total(length(b)), max(c) FROM {table}"),
        2 => format!("SELECT id, b FROM {table} ORDER BY b DESC, id LIMIT 20"),
        3 => format!(
            "SELECT a, count(*), min(b) FROM {table} GROUP BY a HAVING count(*) > 1 ORDER BY 2, 1 LIMIT 30"
        ),
        4 => format!(
            "SELECT x.id, y.b FROM {table} AS x JOIN {other} AS y ON x.a = y.id ORDER BY 1, 2 LIMIT 50"
        ),
        5 => format!(
            "SELECT x.id FROM {table} AS x LEFT JOIN {other} AS y USING (a) WHERE y.id IS NULL LIMIT 50"
        ),
        6 => format!(
            "SELECT DISTINCT substr(b, 1, 20) FROM {table} UNION SELECT a FROM {other} ORDER BY 1 LIMIT 40"
        ),
        7 => format!(
            "SELECT id, row_number() OVER (PARTITION BY a ORDER BY b, id) FROM {table} ORDER BY id LIMIT 40"
        ),
        8 => format!(
            "SELECT group_concat(length(b) + length(c), ',') FROM (SELECT * FROM {table} ORDER BY c, id)"
        ),
        9 => format!("SELECT id FROM {table} WHERE b LIKE ?3 || '%' OR b GLOB '*1' ORDER BY id LIMIT 20"),
        10 => format!(
            "SELECT json_group_array(a) FROM (SELECT a FROM {table} WHERE a > ?2 ORDER BY a, id LIMIT 30)"
        ),
        11 => format!(
            "SELECT max(length(x.b || y.b)) FROM {table} AS x, {other} AS y WHERE x.id < 30 AND y.id < 30"
        ),
        12 => format!("SELECT * FROM {} WHERE a > ?2 ORDER BY 1, 2, 3 LIMIT 10", random.pick(&VIEWS)),
        13 => "SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema ORDER BY name".to_owned(),
        _ => format!("SELECT sum(length(c)) FROM {table} WHERE id >= ?1 AND c > ?4"),
    };
    Statement::with(&sql, bound(&sql, [row_id(random), number(random), text(random), value(random)]))
}

fn words(random: &mut Random) -> Statement {
    let words = *random.pick(&WORDS);
    let sql = match random.below(9) {
        0..3 => format!("INSERT OR REPLACE INTO {words} (rowid, b) VALUES (?1, ?3)"),
        3 => format!("DELETE FROM {words} WHERE rowid BETWEEN ?1 AND ?1 + 10"),
        4 => format!("SELECT rowid FROM {words} WHERE {words} MATCH 'kalt* OR lm*' ORDER BY rowid LIMIT 30"),
        5 => format!("INSERT INTO {words} (rowid, b) SELECT id + 5000, b FROM t0 WHERE id > ?1 LIMIT 100"),
        6 => format!("INSERT INTO {words} ({words}) VALUES ('optimize')"),
        7 => format!("INSERT INTO {words} ({words}) VALUES ('integrity-check')"),
        _ => format!("UPDATE {words} SET b = ?3 WHERE rowid = ?1"),
    };
    Statement::with(&sql, bound(&sql, [row_id(random), number(random), text(random)]))
}

/// What changes the schema.
fn shape(random: &mut Random, table: &str) -> Statement {
    let (index, trigger, view) = (*random.pick(&INDEXES), *random.pick(&TRIGGERS), *random.pick(&VIEWS));
    let other = *random.pick(&TABLES);
    let sql = match random.below(22) {
        0..2 | 20.. => return create_table(random, table),
        2 => format!("DROP TABLE IF EXISTS {table}"),
        3 => format!("CREATE INDEX {index} ON {table} (a, b DESC)"),
        4 => format!("CREATE UNIQUE INDEX {index} ON {table} (b)"),
        5 => format!("CREATE INDEX {index} ON {table} (lower(b)) WHERE a > 100"),
        6 => format!("CREATE INDEX {index} ON {table} (c)"),
        7 => format!("DROP INDEX IF EXISTS {index}"),
        8 => format!(
            "CREATE TRIGGER {trigger} AFTER INSERT ON {table} WHEN new.a % 10 = 0 \
             BEGIN INSERT OR IGNORE INTO {other} (id, a, b) VALUES (new.id + 1, -1, 'by trigger'); END"
        ),
        9 => format!(
            "CREATE TRIGGER {trigger} BEFORE DELETE ON {table} WHEN old.id % 100 = 1 \
             BEGIN SELECT RAISE(ABORT, 'this one stays'); END"
        ),
        10 => format!("DROP TRIGGER IF EXISTS {trigger}"),
        11 => format!("CREATE VIEW {view} AS SELECT a, count(*) AS n, max(b) FROM {table} GROUP BY a"),
        12 => format!("DROP VIEW IF EXISTS {view}"),
        13 => format!("ALTER TABLE {table} ADD COLUMN d{} DEFAULT 'more'", random.below(10)),
        14 => format!("ALTER TABLE {table} DROP COLUMN d{}", random.below(10)),
        15 => format!("ALTER TABLE {table} RENAME TO {other}"),
        16 => format!("CREATE TABLE {table} AS SELECT id, a, b, c FROM {other}"),
        17 => format!("REINDEX {table}"),
        18 => format!("ANALYZE {table}"),
        19 => "VACUUM".to_owned(),
    };
    Statement::from(sql)
}

fn create_table(random: &mut Random, table: &str) -> Statement {
    format!("CREATE TABLE IF NOT EXISTS {table} {}", random.pick(&SHAPES)).into()
}

fn pragma(random: &mut Random) -> Statement {
    let all = [
        "PRAGMA wal_checkpoint(PASSIVE)",
        "PRAGMA wal_checkpoint(FULL)",
        "PRAGMA wal_checkpoint(RESTART)",
        "PRAGMA wal_checkpoint(TRUNCATE)",
        "PRAGMA page_count",
        "PRAGMA freelist_count",
        "PRAGMA cache_size = 3",
        "PRAGMA cache_size = 50",
        "PRAGMA cache_spill = 5",
        "PRAGMA wal_autocheckpoint = 10",
        "PRAGMA wal_autocheckpoint = 1000",
        "PRAGMA user_version = 7",
        "PRAGMA user_version",
        "PRAGMA foreign_keys = ON",
        "PRAGMA foreign_keys = OFF",
        "PRAGMA secure_delete = ON",
        "PRAGMA secure_delete = FAST",
        "PRAGMA temp_store = FILE",
        "PRAGMA integrity_check",
        "PRAGMA quick_check(3)",
        "PRAGMA foreign_key_check",
        "PRAGMA incremental_vacuum(5)",
        "PRAGMA auto_vacuum",
        "PRAGMA optimize",
        "PRAGMA shrink_memory",
        "PRAGMA recursive_triggers = ON",
        "PRAGMA locking_mode",
        "PRAGMA journal_mode",
        "CREATE TEMP TABLE IF NOT EXISTS aside AS SELECT * FROM t0",
        "DROP TABLE IF EXISTS temp.aside",
        "ATTACH '' AS scratch",
        "CREATE TABLE scratch.t9 AS SELECT * FROM t0",
        "DETACH scratch",
    ];
    Statement::from(*random.pick(&all))
}

/// As many of the values as the statement asks for.
fn bound<const N: usize>(sql: &str, values: [Value; N]) -> Vec<Value> {
    let asked = (1..=N).rev().find(|number| sql.contains(&format!("?{number}"))).unwrap_or(0);
    values.into_iter().take(asked).collect()
}

fn row_id(random: &mut Random) -> Value {
    let bound = *random.pick(&[20, 2_000]);
    Value::Integer(random.below(bound) as i64)
}

fn number(random: &mut Random) -> Value {
    let bound = *random.pick(&[10, 3_000, i64::MAX as u64]);
    Value::Integer(random.below(bound) as i64 - 3)
}

fn text(random: &mut Random) -> Value {
    let length = *random.pick(&[0, 3, 40, 300, 6_000]);
    let letters =
        (0..random.below(length + 1)).map(|_| *random.pick(&['a', 'l', 'm', ' ', 'Z', 'ö', '€', '7']));
    Value::Text(NEEDLE.chars().chain(letters).collect())
}

fn value(random: &mut Random) -> Value {
    match random.below(7) {
        0 => Value::Null,
        1 => number(random),
        2 => Value::Real(random.below(1 << 50) as f64 / 3.0),
        3 => Value::Text(random.below(1_000).to_string()),
        4 => text(random),
        _ => {
            let length = *random.pick(&[0, 10, 500, 4_100, 30_000]);
            let length = random.below(length + 1) as usize;
            Value::Blob(random.bytes(length))
        }
    }
}
