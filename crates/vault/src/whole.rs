//! A file that appears whole or not at all: written beside its place, brought to the disk, then renamed. What stood there
//! before stays untouched until the new one is safe. Keeps no two writers apart: who writes holds the store's lock.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Puts a file at `path`, for its owner only, with what `fill` writes. After an error the old one is still there, or, where
/// only the directory could not be brought to the disk, perhaps already the new one; never a part of either.
pub(crate) fn put(path: &Path, fill: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let unfinished = crate::beside(path, ".new");
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = crate::owners_file().create_new(true).open(&unfinished)?;
    let filled = fill(&mut file).and_then(|()| file.sync_all());
    drop(file);
    if let Err(error) = filled.and_then(|()| fs::rename(&unfinished, path)) {
        // If it cannot be removed either, the next writer does it.
        let _ = fs::remove_file(&unfinished);
        return Err(error);
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    crate::sync_directory(directory)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::{self, Write};

    use super::put;

    #[test]
    fn a_file_that_could_not_be_written_leaves_the_old_one_and_nothing_beside_it() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("file");
        put(&path, |file| file.write_all(b"old")).expect("it is written");
        let error = put(&path, |file| {
            file.write_all(b"half")?;
            Err(io::ErrorKind::StorageFull.into())
        })
        .expect_err("the disk is full");
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert_eq!(fs::read(&path).expect("it is there"), b"old");
        assert_eq!(fs::read_dir(directory.path()).expect("it is there").count(), 1);
    }

    #[test]
    fn what_a_crash_left_beside_it_is_replaced() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("file");
        fs::write(directory.path().join("file.new"), b"much longer than what comes").expect("it is written");
        put(&path, |file| file.write_all(b"new")).expect("it is written");
        assert_eq!(fs::read(&path).expect("it is there"), b"new");
        assert_eq!(fs::read_dir(directory.path()).expect("it is there").count(), 1);
    }
}
