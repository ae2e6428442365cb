//! Statements with their values, what a connection answers to them, and all that a database holds as text: what two
//! databases are compared by.

use std::collections::BTreeMap;

use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, params_from_iter};

/// One statement, with the values of its question marks.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Statement {
    /// Its text.
    pub(crate) sql: String,
    /// Its values.
    pub(crate) values: Vec<Value>,
}

impl From<&str> for Statement {
    fn from(sql: &str) -> Statement {
        Statement { sql: sql.to_owned(), values: Vec::new() }
    }
}

impl From<String> for Statement {
    fn from(sql: String) -> Statement {
        Statement { sql, values: Vec::new() }
    }
}

impl Statement {
    /// With values.
    pub(crate) fn with(sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
        Statement { sql: sql.to_owned(), values: values.into_iter().collect() }
    }
}

/// What a connection says to a statement.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    /// The rows, in their order. Those before an error too.
    pub(crate) rows: Vec<Vec<Value>>,
    /// Rows that the statement changed, without those that triggers and foreign keys changed.
    pub(crate) changes: u64,
    /// Why not: SQLite's extended code and its words.
    pub(crate) error: Option<(i32, String)>,
}

impl Answer {
    /// Whether the disk, and not the statement, is the reason of the error.
    pub(crate) fn blames_the_disk(&self) -> bool {
        let code = self.error.as_ref().map(|(code, _)| rusqlite::ffi::Error::new(*code).code);
        matches!(
            code,
            Some(
                ErrorCode::SystemIoFailure
                    | ErrorCode::DiskFull
                    | ErrorCode::CannotOpen
                    | ErrorCode::DatabaseCorrupt
                    | ErrorCode::NotADatabase
            )
        )
    }
}

/// Runs it to its end, or to its error.
pub(crate) fn ask(connection: &Connection, statement: &Statement) -> Answer {
    let mut answer = Answer { rows: Vec::new(), changes: 0, error: None };
    let before = connection.total_changes();
    if let Err(error) = collect(connection, statement, &mut answer.rows) {
        answer.error = Some(words_of(&error));
    } else if connection.total_changes() != before {
        answer.changes = connection.changes();
    }
    answer
}

fn collect(
    connection: &Connection,
    statement: &Statement,
    into: &mut Vec<Vec<Value>>,
) -> rusqlite::Result<()> {
    let mut prepared = connection.prepare(&statement.sql)?;
    let columns = prepared.column_count();
    let mut rows = prepared.query(params_from_iter(&statement.values))?;
    while let Some(row) = rows.next()? {
        into.push((0..columns).map(|column| row.get(column)).collect::<rusqlite::Result<_>>()?);
    }
    Ok(())
}

fn words_of(error: &rusqlite::Error) -> (i32, String) {
    match error {
        rusqlite::Error::SqliteFailure(failure, words) => {
            (failure.extended_code, words.clone().unwrap_or_default())
        }
        rusqlite::Error::SqlInputError { error, msg, .. } => (error.extended_code, msg.clone()),
        other => (-1, other.to_string()),
    }
}

/// All tables with their rows as text, the words that made them, and the version number.
pub(crate) type Dump = BTreeMap<String, String>;

/// Reads everything. Shadow tables of full-text indexes are left out: `integrity_check` compares them with what they index.
pub(crate) fn dump(connection: &Connection) -> rusqlite::Result<Dump> {
    let text = |sql: &str| {
        let text = connection.query_row(sql, [], |row| row.get::<_, Option<String>>(0));
        text.map(Option::unwrap_or_default)
    };
    let mut dump = Dump::new();
    dump.insert(
        "(schema)".to_owned(),
        text(
            "SELECT group_concat(type || ' ' || name || ' ' || coalesce(sql, ''), char(10)) \
             FROM (SELECT * FROM sqlite_schema ORDER BY type, name)",
        )?,
    );
    dump.insert("(version)".to_owned(), text("SELECT CAST(user_version AS TEXT) FROM pragma_user_version")?);
    for table in tables(connection)? {
        let columns = columns(connection, &table)?;
        let quoted: Vec<_> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
        let order: Vec<_> = (1..=columns.len()).map(|at| at.to_string()).collect();
        let rows = text(&format!(
            "SELECT group_concat({}, char(10)) FROM (SELECT * FROM \"{table}\" ORDER BY {})",
            quoted.join("||','||"),
            order.join(","),
        ))?;
        dump.insert(table, rows);
    }
    Ok(dump)
}

fn tables(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT name FROM pragma_table_list \
               WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite_schema'";
    connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT name FROM pragma_table_info(?1)";
    connection.prepare(sql)?.query_map([table], |row| row.get(0))?.collect()
}

/// Asks SQLite whether everything fits together. `None` is yes.
pub(crate) fn misfit(connection: &Connection) -> rusqlite::Result<Option<String>> {
    for check in ["PRAGMA integrity_check", "PRAGMA foreign_key_check"] {
        let found: Vec<String> = connection
            .prepare(check)?
            .query_map([], |row| row.get::<_, Value>(0))?
            .map(|value| value.map(|value| format!("{value:?}")))
            .collect::<rusqlite::Result<_>>()?;
        if !(found.is_empty() || found == ["Text(\"ok\")"]) {
            return Ok(Some(found.join("; ")));
        }
    }
    Ok(None)
}

/// Where two dumps differ, in a few lines.
pub(crate) fn difference(one: &Dump, other: &Dump) -> String {
    let mut said = Vec::new();
    for table in one.keys().chain(other.keys().filter(|table| !one.contains_key(*table))) {
        let lines = |dump: &Dump| -> Vec<String> {
            dump.get(table).map(|text| text.lines().map(str::to_owned).collect()).unwrap_or_default()
        };
        let (one, other) = (lines(one), lines(other));
        let shorten = |line: &String| line.chars().take(100).collect::<String>();
        let missing = |from: &[String], of: &[String]| -> Vec<String> {
            let rest: std::collections::HashSet<_> = from.iter().collect();
            of.iter().filter(|line| !rest.contains(line)).map(shorten).collect()
        };
        let (gone, new) = (missing(&other, &one), missing(&one, &other));
        if !gone.is_empty() || !new.is_empty() {
            said.push(format!(
                "{table}: {} only here, first {:?}; {} only there, first {:?}",
                gone.len(),
                gone.first(),
                new.len(),
                new.first()
            ));
        }
    }
    said.join("\n")
}
