//! Folders of this computer, its drives and its shares, into which finished reports are put (REPORT-3). A file is written under
//! another name beside its place and takes it only when it is whole and on the disk. Does not encrypt: whoever chose the folder
//! wants to read what is in it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use async_trait::async_trait;
use contracts::folders::{FolderError, Folders};

/// The disk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DiskFolders;

#[async_trait]
impl Folders for DiskFolders {
    async fn check(&self, folder: &str) -> Result<(), FolderError> {
        let folder = folder.to_owned();
        off_the_road(move || {
            is_there(&folder)?;
            let probe = Path::new(&folder).join(format!(".usher-{}.part", std::process::id()));
            File::create(&probe).and_then(|_| fs::remove_file(&probe)).map_err(|error| of_io(&folder, &error))
        })
        .await
    }

    async fn put(&self, folder: &str, name: &str, bytes: Vec<u8>) -> Result<(), FolderError> {
        let (folder, name) = (folder.to_owned(), name.to_owned());
        off_the_road(move || {
            is_there(&folder)?;
            write(Path::new(&folder), &name, &bytes).map_err(|error| of_io(&folder, &error))
        })
        .await
    }
}

/// A share that does not answer must hold up no call.
async fn off_the_road(
    write: impl FnOnce() -> Result<(), FolderError> + Send + 'static,
) -> Result<(), FolderError> {
    match tokio::task::spawn_blocking(write).await {
        Ok(done) => done,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(error) => Err(FolderError::Failed { folder: String::new(), why: error.to_string() }),
    }
}

fn is_there(folder: &str) -> Result<(), FolderError> {
    let path = Path::new(folder);
    if !path.is_absolute() {
        return Err(FolderError::NotWhole(folder.to_owned()));
    }
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => Err(FolderError::Gone(folder.to_owned())),
        Err(error) => Err(of_io(folder, &error)),
    }
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let part = folder.join(format!(".{name}.part"));
    let written = File::create(&part)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&part, folder.join(name)));
    if written.is_err() {
        // What is half written is of no use; where it cannot be removed either, the next try replaces it.
        let _ = fs::remove_file(&part);
        return written;
    }
    // Only Unix opens folders; elsewhere the file system sees to it.
    if cfg!(unix) {
        // A share may refuse it; the file itself is on the disk.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
    Ok(())
}

fn of_io(folder: &str, error: &io::Error) -> FolderError {
    let folder = folder.to_owned();
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => FolderError::Gone(folder),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => FolderError::Forbidden(folder),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => FolderError::Full(folder),
        _ => FolderError::Failed { folder, why: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// REPORT-3: a file is whole or not there, and one of its name is replaced.
    #[tokio::test]
    async fn a_file_takes_its_place_whole_and_leaves_nothing_beside() {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = dir.path().to_str().expect("a path");
        DiskFolders.check(folder).await.expect("it can be written");
        for bytes in [b"first".to_vec(), b"second".to_vec()] {
            DiskFolders.put(folder, "Desk 2026-11-26.csv", bytes.clone()).await.expect("it is written");
            assert_eq!(fs::read(dir.path().join("Desk 2026-11-26.csv")).expect("it is there"), bytes);
        }
        assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 1, "nothing is left beside it");
    }

    #[tokio::test]
    async fn what_stands_in_the_way_is_told() {
        let dir = tempfile::tempdir().expect("a folder");
        let gone = dir.path().join("gone");
        let gone = gone.to_str().expect("a path");
        assert_eq!(DiskFolders.check(gone).await, Err(FolderError::Gone(gone.into())));
        assert_eq!(DiskFolders.put(gone, "a.csv", vec![1]).await, Err(FolderError::Gone(gone.into())));
        assert_eq!(DiskFolders.check("reports").await, Err(FolderError::NotWhole("reports".into())));
        let file = dir.path().join("file");
        fs::write(&file, b"x").expect("a file");
        let file = file.to_str().expect("a path");
        assert_eq!(DiskFolders.check(file).await, Err(FolderError::Gone(file.into())));
        // Where a folder has the name of the file nothing is replaced, and nothing half is left.
        fs::create_dir_all(dir.path().join("taken.csv/inside")).expect("a folder");
        let folder = dir.path().to_str().expect("a path");
        assert!(DiskFolders.put(folder, "taken.csv", vec![1]).await.is_err());
        assert!(!dir.path().join(".taken.csv.part").exists());
    }
}
