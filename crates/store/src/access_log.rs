//! The access log in SQLite: appended in one transaction, tables that refuse every change, a purge that drops the beginning and
//! leaves its mark. Does not judge what it reads: that is `contracts::access_log::verify`.

use async_trait::async_trait;
use contracts::access_log::{
    AccessLog, Anchor, Entry, Hash, Head, Link, PAGE_MAX, PURGE_MAX, Purge, Purged, Receipt, Stranger,
    SubjectNames, ZERO_HASH, purge_entry, stranger_of,
};
use contracts::journal::StoreError;
use contracts::limits;
use engine::Timestamp;
use ring::hmac;
use rusqlite::{Connection, Row};
use tokio::sync::watch;
use vault::aead::Key;

use crate::columns::{column, from_column, get, perform, rows, writing};
use crate::{Store, of_sqlite};

/// What an open store knows of its access log.
#[derive(Debug)]
pub(crate) struct LogState {
    head: watch::Sender<Head>,
    stranger_key: hmac::Key,
}

impl LogState {
    /// Reads how far the log is. Makes the key that names strangers where there is none yet.
    pub(crate) fn open(connection: &mut Connection) -> Result<LogState, StoreError> {
        let transaction = writing(connection)?;
        make_state(&transaction)?;
        let key: Vec<u8> = rows(&transaction, "SELECT stranger_key FROM access_log_state", (), |row| {
            get(row, "stranger_key")
        })?
        .pop()
        .ok_or_else(no_state)?;
        let anchor = anchor(&transaction)?;
        transaction.commit().map_err(of_sqlite)?;
        Ok(LogState {
            head: watch::Sender::new(Head { anchor, privileged: 0 }),
            stranger_key: hmac::Key::new(hmac::HMAC_SHA256, &key),
        })
    }

    /// Called by the writing thread, after the commit: so it never goes back, and is never ahead of the disk.
    fn tell(head: &watch::Sender<Head>, anchor: Anchor, is_privileged: bool) {
        head.send_modify(|head| {
            head.anchor = anchor;
            if is_privileged {
                head.privileged = anchor.sequence;
            }
        });
    }
}

#[async_trait]
impl AccessLog for Store {
    async fn append_all(&self, entries: Vec<Entry>) -> Result<Receipt, StoreError> {
        limits::access_log_batch(&entries)?;
        let head = self.log.head.clone();
        self.writer
            .run(move |connection| {
                let transaction = writing(connection)?;
                let anchor = append(&transaction, &entries)?;
                transaction.commit().map_err(of_sqlite)?;
                LogState::tell(&head, anchor, entries.iter().any(|entry| entry.privileged));
                Ok(Receipt { sequence: anchor.sequence })
            })
            .await
    }

    async fn read(&self, after: u64, limit: u32) -> Result<Vec<Link>, StoreError> {
        limits::page(limit, PAGE_MAX)?;
        const PAGE: &str = "SELECT sequence, at, entry, hash FROM access_log WHERE sequence > ?1
            ORDER BY sequence LIMIT ?2";
        let Ok(after) = column(after) else { return Ok(Vec::new()) };
        self.reader.run(move |connection| rows(connection, PAGE, (after, limit), link)).await
    }

    async fn purged(&self) -> Result<Purge, StoreError> {
        self.reader.run(|connection| purged(connection)).await
    }

    async fn purge(&self, before: Timestamp, now: Timestamp) -> Result<Purged, StoreError> {
        let head = self.log.head.clone();
        self.writer
            .run(move |connection| {
                let transaction = writing(connection)?;
                let entries = drop_old(&transaction, before)?;
                let purged = purged(&transaction)?;
                let done = Purged { entries, first_kept: purged.through + 1 };
                let Some(proof) = purge_entry(&purged, entries, now) else { return Ok(done) };
                let anchor = append(&transaction, &[proof])?;
                transaction.commit().map_err(of_sqlite)?;
                LogState::tell(&head, anchor, true);
                Ok(done)
            })
            .await
    }

    fn watch(&self) -> watch::Receiver<Head> {
        self.log.head.subscribe()
    }

    fn stranger(&self, subject: SubjectNames<'_>) -> Stranger {
        stranger_of(&self.log.stranger_key, subject)
    }
}

fn make_state(connection: &Connection) -> Result<(), StoreError> {
    const MADE: &str = "SELECT one FROM access_log_state";
    const MAKE: &str =
        "INSERT INTO access_log_state (one, purged_through, purged_hash, purged_at, purging, stranger_key)
        VALUES (1, 0, ?1, 0, NULL, ?2)";
    if rows(connection, MADE, (), |row| get::<i64>(row, "one"))?.is_empty() {
        perform(connection, MAKE, (&ZERO_HASH.0[..], &Key::random().danger_expose()[..]))?;
    }
    Ok(())
}

fn append(connection: &Connection, entries: &[Entry]) -> Result<Anchor, StoreError> {
    const APPEND: &str = "INSERT INTO access_log (sequence, at, entry, hash) VALUES (?1, ?2, ?3, ?4)";
    let mut anchor = anchor(connection)?;
    for entry in entries {
        let Link { sequence, at, bytes, hash } = Link::of(anchor.sequence + 1, anchor.hash, entry);
        perform(connection, APPEND, (column(sequence)?, at.0, bytes, &hash.0[..]))?;
        (anchor.sequence, anchor.hash) = (sequence, hash);
    }
    Ok(anchor)
}

/// Drops entries from the beginning up to the first that is not older, and sets the mark there. Gives how many.
fn drop_old(connection: &Connection, before: Timestamp) -> Result<u32, StoreError> {
    const OLD: &str = "SELECT sequence, at, entry, hash FROM access_log ORDER BY sequence LIMIT ?1";
    const BEGIN: &str = "UPDATE access_log_state SET purging = ?1";
    const DROP: &str = "DELETE FROM access_log WHERE sequence <= ?1";
    const MARK: &str = "UPDATE access_log_state SET purged_through = ?1, purged_hash = ?2, purged_at = ?3";
    const END: &str = "UPDATE access_log_state SET purging = NULL";
    let mut statement = connection.prepare_cached(OLD).map_err(of_sqlite)?;
    let mut found = statement.query([PURGE_MAX]).map_err(of_sqlite)?;
    let mut last = None;
    while let Some(row) = found.next().map_err(of_sqlite)? {
        if get::<i64>(row, "at")? >= before.0 {
            break;
        }
        last = Some(link(row)?);
    }
    drop(found);
    let Some(Link { sequence, at, hash, .. }) = last else { return Ok(0) };
    let through = column(sequence)?;
    perform(connection, BEGIN, [through])?;
    let entries = perform(connection, DROP, [through])?;
    perform(connection, MARK, (through, &hash.0[..], at.0))?;
    perform(connection, END, ())?;
    u32::try_from(entries).map_err(|_| StoreError::Damaged("more entries than a purge reads".to_owned()))
}

fn anchor(connection: &Connection) -> Result<Anchor, StoreError> {
    const LAST: &str = "SELECT sequence, at, entry, hash FROM access_log ORDER BY sequence DESC LIMIT 1";
    let Purge { through, hash, .. } = purged(connection)?;
    let first_kept = through + 1;
    Ok(match rows(connection, LAST, (), link)?.pop() {
        Some(last) => Anchor { sequence: last.sequence, hash: last.hash, first_kept },
        None => Anchor { sequence: through, hash, first_kept },
    })
}

fn purged(connection: &Connection) -> Result<Purge, StoreError> {
    const MARK: &str = "SELECT purged_through, purged_hash, purged_at FROM access_log_state";
    let mark = rows(connection, MARK, (), |row| {
        Ok(Purge {
            through: from_column("purged_through", get(row, "purged_through")?)?,
            hash: Hash(get(row, "purged_hash")?),
            last_at: Timestamp(get(row, "purged_at")?),
        })
    })?;
    mark.into_iter().next().ok_or_else(no_state)
}

fn no_state() -> StoreError {
    StoreError::Damaged("the state of the access log is missing".to_owned())
}

fn link(row: &Row<'_>) -> Result<Link, StoreError> {
    Ok(Link {
        sequence: from_column("sequence", get(row, "sequence")?)?,
        at: Timestamp(get(row, "at")?),
        bytes: get(row, "entry")?,
        hash: Hash(get(row, "hash")?),
    })
}

#[cfg(test)]
mod tests {
    use contracts::access_log::{Actor, Kind, Outcome, Word, verify};
    use vault::Known;
    use vault::keys::KeyFile;

    use super::*;

    #[tokio::test]
    async fn a_full_database_refuses_a_batch_whole_and_the_log_stays_as_it_was_id_7() {
        let home = tempfile::tempdir().expect("a temporary directory");
        let (_, keys, _) = KeyFile::create(&home.path().join("keys"), None).expect("new keys");
        let store = Store::open(home.path(), &keys, &Known::default()).expect("a new store");
        room(&store, 110).await;
        let refused = loop {
            match store.append_all(vec![entry(); 100]).await {
                Ok(_) => {}
                Err(refused) => break refused,
            }
        };
        assert!(matches!(refused, StoreError::Unavailable(_)), "{refused}");
        let head = store.head();
        assert!(head.anchor.sequence > 0 && head.anchor.sequence.is_multiple_of(100), "{head:?}");
        let found = verify(&store, Some(&head.anchor), &mut |_, _| {}).await.expect("it is read");
        assert_eq!((found.fault, found.checked), (None, head.anchor.sequence));

        room(&store, 100_000).await;
        let receipt = store.append(entry()).await.expect("there is room again");
        assert_eq!(receipt.sequence, head.anchor.sequence + 1);
    }

    #[tokio::test]
    async fn a_stranger_is_called_the_same_after_a_start_and_otherwise_in_another_store_id_7() {
        let home = tempfile::tempdir().expect("a temporary directory");
        let (_, keys, _) = KeyFile::create(&home.path().join("keys"), None).expect("new keys");
        let named = |directory: &str| {
            let directory = home.path().join(directory);
            std::fs::create_dir_all(&directory).expect("it is made");
            let store = Store::open(&directory, &keys, &Known::default()).expect("it opens");
            store.stranger(SubjectNames { tenant: "contoso", object: "rita" })
        };
        assert_eq!(named("one"), named("one"));
        assert_ne!(named("one"), named("two"));
    }

    async fn room(store: &Store, pages: u32) {
        let pragma = format!("PRAGMA max_page_count = {pages}");
        let set = move |connection: &mut Connection| connection.execute_batch(&pragma).map_err(of_sqlite);
        store.writer.run(set).await.expect("a pragma");
    }

    fn entry() -> Entry {
        Entry::once(Timestamp(1), Actor::Local, Kind::Access, Word::of("handle-calls"), Outcome::Allowed)
    }
}
