//! The list of blocked numbers and spam in SQLite. Does not compare numbers.

use async_trait::async_trait;
use contracts::journal::StoreError;
use contracts::limits;
use contracts::numbers::{Listed, ListedId, ListedNumber, Listing, NumberList};
use engine::{AttendantId, Timestamp};
use rusqlite::{Connection, Row};

use crate::Store;
use crate::columns::{column, from_column, get, perform, rows};

#[async_trait]
impl NumberList for Store {
    async fn listed(&self) -> Result<Vec<Listed>, StoreError> {
        const ALL: &str =
            "SELECT id, listing, number, prefix, reason, attendant, at, calls, last FROM listed_numbers
            ORDER BY at DESC, id DESC";
        self.reader.run(|connection| rows(connection, ALL, (), listed)).await
    }

    async fn list(&self, entry: ListedNumber) -> Result<ListedId, StoreError> {
        limits::listed(&entry)?;
        self.changing(move |connection| list(connection, &entry)).await
    }

    async fn unlist(&self, id: ListedId) -> Result<bool, StoreError> {
        const UNLIST: &str = "DELETE FROM listed_numbers WHERE id = ?1";
        let Ok(id) = column(id.0) else { return Ok(false) };
        self.writer.run(move |connection| Ok(perform(connection, UNLIST, [id])? > 0)).await
    }

    async fn count_call(&self, id: ListedId, at: Timestamp) -> Result<(), StoreError> {
        const COUNT: &str = "UPDATE listed_numbers SET calls = calls + 1, last = ?2 WHERE id = ?1";
        let id = column(id.0)?;
        self.writer.run(move |connection| perform(connection, COUNT, (id, at.0)).map(drop)).await
    }
}

fn list(connection: &Connection, entry: &ListedNumber) -> Result<ListedId, StoreError> {
    const KNOWN: &str = "SELECT id FROM listed_numbers WHERE number = ?1 AND prefix = ?2";
    const COUNT: &str = "SELECT count(*) AS listed FROM listed_numbers";
    const LIST: &str = "INSERT INTO listed_numbers (number, prefix, listing, reason, attendant, at, calls)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0) ON CONFLICT (number, prefix) DO UPDATE SET listing = excluded.listing,
            reason = excluded.reason, attendant = excluded.attendant, at = excluded.at";
    let ListedNumber { listing, number, prefix, reason, by, at } = entry;
    let id = |row: &Row<'_>| get::<i64>(row, "id");
    if rows(connection, KNOWN, (number, prefix), id)?.is_empty() {
        let counted: Vec<usize> =
            rows(connection, COUNT, (), |row| from_column("listed numbers", get(row, "listed")?))?;
        limits::listed_count(counted.into_iter().sum::<usize>() + 1)?;
    }
    let listing = match listing {
        Listing::Blocked => "blocked",
        Listing::Spam => "spam",
    };
    perform(connection, LIST, (number, prefix, listing, reason, column(by.0)?, at.0))?;
    let known = rows(connection, KNOWN, (number, prefix), id)?.pop();
    let known =
        known.ok_or_else(|| StoreError::Damaged("a number that was listed is not there".to_owned()))?;
    Ok(ListedId(from_column("a listed number", known)?))
}

fn listed(row: &Row<'_>) -> Result<Listed, StoreError> {
    let listing = match get::<String>(row, "listing")?.as_str() {
        "blocked" => Listing::Blocked,
        "spam" => Listing::Spam,
        _ => return Err(StoreError::Damaged("a number on an unknown list".to_owned())),
    };
    Ok(Listed {
        id: ListedId(from_column("a listed number", get(row, "id")?)?),
        entry: ListedNumber {
            listing,
            number: get(row, "number")?,
            prefix: get(row, "prefix")?,
            reason: get(row, "reason")?,
            by: AttendantId(from_column("attendant", get(row, "attendant")?)?),
            at: Timestamp(get(row, "at")?),
        },
        calls: from_column("calls", get(row, "calls")?)?,
        last: get::<Option<i64>>(row, "last")?.map(Timestamp),
    })
}
