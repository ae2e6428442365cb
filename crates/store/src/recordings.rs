//! Recordings: while one runs, its pieces are in SQLite, each on the disk when its append returns; once it is finished it is
//! a sealed file of its own, whose key goes with it. A kill between the two leaves both, and the file is made again.

use std::io::Read;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use contracts::journal::StoreError;
use contracts::limits;
use contracts::recordings::{RECORDING_SAMPLES_MAX, RecordingBook};
use contracts::sounds::length_of;
use engine::{RecordingId, Span};
use rusqlite::Connection;
use vault::Vault;
use vault::sealed::{Purpose, SealedError};

use crate::columns::{column, from_column, get, pcm_of, perform, rows, samples_in, samples_of, writing};
use crate::{Store, of_sqlite};

/// The folder of sealed files beside the database. Backups and rotations of keys know it by this name.
const FOLDER: &str = "sealed";

#[async_trait]
impl RecordingBook for Store {
    async fn begin(&self, id: RecordingId) -> Result<Span, StoreError> {
        self.writer.run(move |connection| begin(connection, id)).await
    }

    async fn append(&self, id: RecordingId, samples: &[i16]) -> Result<(), StoreError> {
        let samples = samples.to_vec();
        self.writer.run(move |connection| append(connection, id, &samples)).await
    }

    async fn finish(&self, id: RecordingId) -> Result<Span, StoreError> {
        let vault = self.vault.clone();
        self.writer.run(move |connection| finish(connection, &vault, id)).await
    }

    async fn discard(&self, id: RecordingId) -> Result<(), StoreError> {
        let vault = self.vault.clone();
        self.writer.run(move |connection| discard(connection, &vault, id)).await
    }

    async fn read(&self, id: RecordingId) -> Result<Option<Vec<i16>>, StoreError> {
        let vault = self.vault.clone();
        self.reader.run(move |connection| read(connection, &vault, id)).await
    }
}

/// The file first: a row without one is found again.
pub(crate) fn discard(connection: &Connection, vault: &Vault, id: RecordingId) -> Result<(), StoreError> {
    const FORGET: &str = "DELETE FROM recordings WHERE id = ?1";
    vault.erase_sealed(&path_of(vault, id)).map_err(|error| of_sealed(id, error))?;
    perform(connection, FORGET, [column(id.0)?])?;
    Ok(())
}

/// How it stands with a recording.
struct Kept {
    samples: u64,
    finished: bool,
}

fn kept(connection: &Connection, id: RecordingId) -> Result<Option<Kept>, StoreError> {
    const KEPT: &str = "SELECT samples, finished FROM recordings WHERE id = ?1";
    let Ok(id) = column(id.0) else { return Ok(None) };
    let row = rows(connection, KEPT, [id], |row| {
        Ok(Kept { samples: from_column("samples", get(row, "samples")?)?, finished: get(row, "finished")? })
    });
    Ok(row?.pop())
}

fn begin(connection: &Connection, id: RecordingId) -> Result<Span, StoreError> {
    const BEGIN: &str = "INSERT INTO recordings (id, samples, finished) VALUES (?1, 0, 0)";
    match kept(connection, id)? {
        Some(Kept { finished: true, .. }) => Err(limits::finished(id)),
        Some(Kept { samples, finished: false }) => Ok(length_of(samples)),
        None => {
            perform(connection, BEGIN, [column(id.0)?])?;
            Ok(Span(0))
        }
    }
}

fn append(connection: &mut Connection, id: RecordingId, samples: &[i16]) -> Result<(), StoreError> {
    const GROW: &str = "UPDATE recordings SET samples = samples + ?2 WHERE id = ?1";
    const PIECE: &str = "INSERT INTO recording_pieces (recording, after, pcm) VALUES (?1, ?2, ?3)";
    let before = match kept(connection, id)? {
        Some(Kept { samples, finished: false }) => samples,
        Some(Kept { finished: true, .. }) => return Err(limits::finished(id)),
        None => return Err(limits::not_begun(id)),
    };
    limits::recorded(usize::try_from(before).unwrap_or(usize::MAX), samples)?;
    if samples.is_empty() {
        return Ok(());
    }
    let transaction = writing(connection)?;
    perform(&transaction, PIECE, (column(id.0)?, column(before)?, pcm_of(samples)))?;
    perform(&transaction, GROW, (column(id.0)?, column(samples.len() as u64)?))?;
    transaction.commit().map_err(of_sqlite)
}

fn finish(connection: &mut Connection, vault: &Vault, id: RecordingId) -> Result<Span, StoreError> {
    const FORGET: &str = "DELETE FROM recordings WHERE id = ?1";
    const FINISH: &str = "UPDATE recordings SET finished = 1 WHERE id = ?1";
    const PIECES: &str = "DELETE FROM recording_pieces WHERE recording = ?1";
    match kept(connection, id)? {
        None => Ok(Span(0)),
        Some(Kept { samples, finished: true }) => Ok(length_of(samples)),
        Some(Kept { samples: 0, finished: false }) => {
            perform(connection, FORGET, [column(id.0)?])?;
            Ok(Span(0))
        }
        Some(Kept { samples, finished: false }) => {
            let path = path_of(vault, id);
            let said = pieces(connection, id)?;
            if said.len() as u64 != samples {
                return Err(StoreError::Damaged(format!("the recording {id} lacks a piece")));
            }
            vault::make_directory(path.parent().unwrap_or(Path::new("."))).map_err(crate::of_vault)?;
            let sealed = vault.seal_file(&path, Purpose::Voicemail, |file| file.write_all(&pcm_of(&said)));
            sealed.map_err(|error| of_sealed(id, error))?;
            let transaction = writing(connection)?;
            perform(&transaction, PIECES, [column(id.0)?])?;
            perform(&transaction, FINISH, [column(id.0)?])?;
            transaction.commit().map_err(of_sqlite)?;
            Ok(length_of(samples))
        }
    }
}

fn read(connection: &mut Connection, vault: &Vault, id: RecordingId) -> Result<Option<Vec<i16>>, StoreError> {
    // One look at both tables: a recording may be finished between two.
    let snapshot = connection.transaction().map_err(of_sqlite)?;
    match kept(&snapshot, id)? {
        None => Ok(None),
        Some(Kept { finished: false, .. }) => pieces(&snapshot, id).map(Some),
        Some(Kept { finished: true, samples }) => match sealed(vault, id) {
            Ok(said) if said.len() as u64 == samples => Ok(Some(said)),
            Ok(_) => Err(StoreError::Damaged(format!("the recording {id} has another length than it had"))),
            Err(error) => Err(of_sealed(id, error)),
        },
    }
}

fn pieces(connection: &Connection, id: RecordingId) -> Result<Vec<i16>, StoreError> {
    const PIECES: &str = "SELECT pcm FROM recording_pieces WHERE recording = ?1 ORDER BY after";
    Ok(rows(connection, PIECES, [column(id.0)?], |row| samples_of("pcm", row))?.concat())
}

fn sealed(vault: &Vault, id: RecordingId) -> Result<Vec<i16>, SealedError> {
    let mut file = vault.open_sealed(&path_of(vault, id), Purpose::Voicemail)?;
    // The length is proved, and what is longer was never written.
    let length = usize::try_from(file.plain_bytes()).unwrap_or(usize::MAX).min(2 * RECORDING_SAMPLES_MAX);
    let mut bytes = vec![0; length];
    file.read_exact(&mut bytes)?;
    Ok(samples_in(&bytes))
}

fn path_of(vault: &Vault, id: RecordingId) -> PathBuf {
    let folder = vault.path().parent().unwrap_or(Path::new("."));
    folder.join(FOLDER).join(format!("voicemail-{:016x}", id.0))
}

fn of_sealed(id: RecordingId, error: SealedError) -> StoreError {
    match error {
        SealedError::DiskFull => StoreError::Unavailable("the disk is full".to_owned()),
        SealedError::Io(error) if error.kind() == std::io::ErrorKind::NotFound => {
            StoreError::Damaged(format!("the recording {id} is gone; restore a backup"))
        }
        SealedError::Io(error) => StoreError::Unavailable(format!("the recording {id}: {error}")),
        SealedError::NotSealed
        | SealedError::Newer { .. }
        | SealedError::OtherStore(_)
        | SealedError::OtherPurpose { .. }
        | SealedError::NoKey { .. }
        | SealedError::Damaged(_) => StoreError::Damaged(format!("the recording {id}: {error}")),
    }
}
