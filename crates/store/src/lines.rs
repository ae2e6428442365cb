//! Settings, and what a connector keeps of its lines, in SQLite. Does not read either.

use async_trait::async_trait;
use contracts::journal::StoreError;
use contracts::limits;
use contracts::settings::SettingsStore;
use contracts::telephony::LegBook;
use engine::{CallId, Leg, TransferId};
use rusqlite::Row;

use crate::Store;
use crate::columns::{column, from_column, get, perform, rows};

#[async_trait]
impl SettingsStore for Store {
    async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        const GET: &str = "SELECT json FROM settings WHERE key = ?1";
        let key = key.to_owned();
        self.reader
            .run(move |connection| Ok(rows(connection, GET, [key], |row| get(row, "json"))?.pop()))
            .await
    }

    async fn put(&self, key: &str, json: &str) -> Result<(), StoreError> {
        const PUT: &str = "INSERT INTO settings (key, json) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET json = excluded.json";
        limits::setting(key, json)?;
        let setting = (key.to_owned(), json.to_owned());
        self.writer.run(move |connection| perform(connection, PUT, setting).map(drop)).await
    }
}

#[async_trait]
impl LegBook for Store {
    async fn keep(&self, leg: Leg, words: String) -> Result<(), StoreError> {
        const KEEP: &str = "INSERT INTO legs (kind, id, words) VALUES (?1, ?2, ?3)
            ON CONFLICT (kind, id) DO UPDATE SET words = excluded.words";
        limits::leg_words(&words)?;
        let (kind, id) = columns(leg)?;
        self.writer.run(move |connection| perform(connection, KEEP, (kind, id, words)).map(drop)).await
    }

    async fn forget(&self, leg: Leg) -> Result<(), StoreError> {
        const FORGET: &str = "DELETE FROM legs WHERE kind = ?1 AND id = ?2";
        let leg = columns(leg)?;
        self.writer.run(move |connection| perform(connection, FORGET, leg).map(drop)).await
    }

    async fn all(&self) -> Result<Vec<(Leg, String)>, StoreError> {
        const ALL: &str = "SELECT kind, id, words FROM legs ORDER BY kept";
        self.reader.run(|connection| rows(connection, ALL, (), kept)).await
    }
}

fn columns(leg: Leg) -> Result<(&'static str, i64), StoreError> {
    match leg {
        Leg::Caller(call) => Ok(("caller", column(call.0)?)),
        Leg::Target(transfer) => Ok(("target", column(transfer.0)?)),
    }
}

fn kept(row: &Row<'_>) -> Result<(Leg, String), StoreError> {
    let id = from_column("line", get(row, "id")?)?;
    let leg = match get::<String>(row, "kind")?.as_str() {
        "caller" => Leg::Caller(CallId(id)),
        "target" => Leg::Target(TransferId(id)),
        _ => return Err(StoreError::Damaged("a line of an unknown kind".to_owned())),
    };
    Ok((leg, get(row, "words")?))
}
