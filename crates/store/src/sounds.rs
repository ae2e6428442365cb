//! Sounds in SQLite: what each is in one table, what is heard in another. Does not decode and does not play.

use std::sync::Arc;

use async_trait::async_trait;
use contracts::journal::StoreError;
use contracts::limits;
use contracts::sounds::{SOUNDS_MAX, Sound, SoundBook, SoundEntry, SoundFile, SoundKind, length_of};
use engine::{SoundId, Timestamp};
use rusqlite::{Connection, Row};

use crate::columns::{column, from_column, get, pcm_of, perform, rows, samples_of, writing};
use crate::{Store, of_sqlite};

#[async_trait]
impl SoundBook for Store {
    async fn put(&self, id: SoundId, file: SoundFile) -> Result<(), StoreError> {
        limits::sound(&file)?;
        self.writer.run(move |connection| put(connection, id, &file)).await
    }

    async fn rename(&self, id: SoundId, name: &str) -> Result<bool, StoreError> {
        limits::name("a sound", name)?;
        const RENAME: &str = "UPDATE sounds SET name = ?2 WHERE id = ?1";
        let (id, name) = (column(id.0)?, name.to_owned());
        self.writer.run(move |connection| Ok(perform(connection, RENAME, (id, name))? > 0)).await
    }

    async fn remove(&self, id: SoundId) -> Result<bool, StoreError> {
        const REMOVE: &str = "DELETE FROM sounds WHERE id = ?1";
        let id = column(id.0)?;
        self.writer.run(move |connection| Ok(perform(connection, REMOVE, [id])? > 0)).await
    }

    async fn list(&self) -> Result<Vec<SoundEntry>, StoreError> {
        const LIST: &str =
            "SELECT id, name, kind, spoken, voice, language, added, samples FROM sounds ORDER BY name, id";
        self.reader.run(|connection| rows(connection, LIST, (), entry)).await
    }

    async fn sound(&self, id: SoundId) -> Result<Option<Arc<Sound>>, StoreError> {
        const SOUND: &str = "SELECT pcm FROM sound_samples WHERE sound = ?1";
        let Ok(id) = column(id.0) else { return Ok(None) };
        let found =
            self.reader.run(move |connection| rows(connection, SOUND, [id], |row| samples_of("pcm", row)));
        Ok(found.await?.pop().map(|samples| Arc::new(Sound { samples })))
    }
}

fn put(connection: &mut Connection, id: SoundId, file: &SoundFile) -> Result<(), StoreError> {
    const OTHERS: &str = "SELECT count(*) AS others FROM sounds WHERE id <> ?1";
    const PUT: &str = "INSERT INTO sounds (id, name, kind, spoken, voice, language, added, samples)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind, spoken = excluded.spoken,
            voice = excluded.voice, language = excluded.language, added = excluded.added, samples = excluded.samples";
    const HEAR: &str = "INSERT INTO sound_samples (sound, pcm) VALUES (?1, ?2)
        ON CONFLICT (sound) DO UPDATE SET pcm = excluded.pcm";
    let column_id = column(id.0)?;
    let (kind, speech) = match &file.kind {
        SoundKind::File => ("file", None),
        SoundKind::Speech { text, voice, language } => ("speech", Some((text, voice, language))),
    };
    let transaction = writing(connection)?;
    let others = rows(&transaction, OTHERS, [column_id], |row| get::<i64>(row, "others"))?;
    if others.first().is_some_and(|others| *others >= SOUNDS_MAX as i64) {
        return Err(limits::too_many_sounds());
    }
    let samples = column(file.sound.samples.len() as u64)?;
    let params = rusqlite::params![
        column_id,
        file.name,
        kind,
        speech.map(|(text, ..)| text),
        speech.map(|(_, voice, _)| voice),
        speech.map(|(.., language)| language),
        file.added.0,
        samples,
    ];
    perform(&transaction, PUT, params)?;
    perform(&transaction, HEAR, (column_id, pcm_of(&file.sound.samples)))?;
    transaction.commit().map_err(of_sqlite)
}

fn entry(row: &Row<'_>) -> Result<SoundEntry, StoreError> {
    let id = SoundId(from_column("sound", get(row, "id")?)?);
    let kind = match get::<String>(row, "kind")?.as_str() {
        "file" => SoundKind::File,
        "speech" => SoundKind::Speech {
            text: get(row, "spoken")?,
            voice: get(row, "voice")?,
            language: get(row, "language")?,
        },
        other => return Err(StoreError::Damaged(format!("the sound {id} is of the kind {other:?}"))),
    };
    Ok(SoundEntry {
        id,
        name: get(row, "name")?,
        kind,
        length: length_of(from_column("samples", get(row, "samples")?)?),
        added: Timestamp(get(row, "added")?),
    })
}
