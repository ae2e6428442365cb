//! Other keys for a database that is in use, and an anchor for one that has none that fits. Both leave the content as it is.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, PoisonError};

use rusqlite::Connection;

use crate::anchor::{Anchor, Witness};
use crate::base::{Base, Code};
use crate::check::{Checked, Progress, structure};
use crate::database::{Database, is_never_written, versions_in};
use crate::format::{Head, NONCE_AT, PAGE_BYTES};
use crate::frozen::{Frozen, fold};
use crate::keys::DataKeys;
use crate::log::Log;
use crate::pagekeys::PageKeys;
use crate::sealed::WrapKeys;
use crate::survey::{Names, open_if_there};
use crate::{
    Purpose, Vault, VaultError, attach, check_file, lock, make_file, names, of_code, open_with, vfs,
};

/// Pages of one transaction: a desk waits for a few milliseconds at most.
const PAGES_AT_ONCE: u32 = 64;
/// Looks through all pages before giving up. The second finds none unless somebody writes with the old key.
const LOOKS_MAX: u32 = 8;

impl Vault {
    /// Seals under these keys from now on, and still opens what others of them have sealed.
    pub fn use_keys(&self, keys: &DataKeys) {
        let database = self.attached.database();
        database.set_keys(PageKeys::new(database.head(), keys));
        *self.wraps.write().unwrap_or_else(PoisonError::into_inner) = WrapKeys::of(keys);
    }

    /// Writes every page that another key than the current one has sealed anew, in small transactions beside whatever else
    /// goes on. When it returns without having been ended, nothing of the database needs another key. Ended or killed, it
    /// goes on where it stood the next time.
    pub fn rekey(
        &self,
        tell: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, VaultError> {
        let connection = self.connect(Purpose::Write)?;
        for _ in 0..LOOKS_MAX {
            let frozen = self.freeze()?;
            let (old, total) = (self.pages_under_other_keys(&frozen)?, frozen.pages());
            drop(frozen);
            if old.is_empty() {
                self.attached.database().seal_anchor_anew().map_err(|code| of_code(&self.path, code))?;
                return Ok(ControlFlow::Continue(()));
            }
            for pages in old.chunks(PAGES_AT_ONCE as usize) {
                write_anew(&connection, pages).map_err(|error| self.refused(&error))?;
                let done = pages.last().copied().unwrap_or(total);
                if tell(Progress { done, total }).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Err(VaultError::Failed("pages are still written under the old key".to_owned()))
    }

    fn pages_under_other_keys(&self, frozen: &Frozen) -> Result<Vec<u32>, VaultError> {
        let current = self.attached.database().keys().current().0;
        let mut page = [0; PAGE_BYTES];
        let mut old = Vec::new();
        for number in 1..=frozen.pages() {
            frozen.read(number, &mut page)?;
            let is_hole = page[NONCE_AT..].iter().all(|byte| *byte == 0);
            if page[NONCE_AT] != current && !is_hole && !is_never_written(number) {
                old.push(number);
            }
        }
        Ok(old)
    }

    /// Gives a database an anchor that fits what is there: after a restore, or when a person has accepted that something was
    /// lost. Looks at every page and at SQLite's structure first; what does not open or makes no sense is not accepted, and
    /// the files stay as they are but for the log, which is folded in. `seen` is the newest state of the store that is
    /// known; the new anchor counts on from there.
    pub fn adopt(path: &Path, keys: &DataKeys, seen: Option<&Witness>) -> Result<Checked, VaultError> {
        let _lock = lock(path)?;
        check_file(path)?;
        let base = vfs::register();
        let names = names(base, path)?;
        let of_code = |code| of_code(path, code);
        let file = open_if_there(base, &names.database).map_err(of_code)?;
        let file = file.ok_or_else(|| VaultError::Damaged(format!("{} is gone", path.display())))?;
        let mut head = [0; crate::format::HEAD_BYTES];
        file.read(&mut head, 0).map_err(of_code)?;
        let head = Head::parse(&head).ok_or_else(|| VaultError::NotADatabase(path.to_owned()))?;
        let database = found(base, &names, head, keys).map_err(of_code)?;
        let attached = attach(path, &names, database)?;
        let checked = look_through(path, attached.database())?;
        drop(attached);
        if checked.findings.is_empty() {
            make_file(&crate::beside(path, ".anchor"))?;
            let page_keys = PageKeys::new(&head, keys);
            let anchor = base.open(&names.anchor, true).map_err(of_code)?;
            let counter = seen.map_or(0, |witness| witness.counter);
            let versions = versions_in(&file).map_err(of_code)?;
            let anchor = Anchor::begin(anchor, &page_keys, &head, counter);
            anchor.and_then(|mut anchor| anchor.is_made(&page_keys, &versions)).map_err(of_code)?;
        }
        Ok(checked)
    }
}

/// The database as it lies there, compared with nothing.
fn found(base: Base, names: &Names, head: Head, keys: &DataKeys) -> Result<Database, Code> {
    let page_keys = PageKeys::new(&head, keys);
    let mut log = match open_if_there(base, &names.log)? {
        Some(file) => Log::survey(&file, &page_keys, &head)?,
        None => Log::default(),
    };
    log.end_transaction();
    let versions = open_if_there(base, &names.database)?.map_or(Ok(Vec::new()), |file| versions_in(&file))?;
    Ok(Database::new(base, head, page_keys, versions, log))
}

/// Folds the log in and looks at everything.
fn look_through(path: &Path, database: &Arc<Database>) -> Result<Checked, VaultError> {
    let refused = |error: &rusqlite::Error| crate::classify(error);
    let connection =
        open_with(path, vfs::NAME, rusqlite::OpenFlags::empty()).map_err(|error| refused(&error))?;
    if !fold(&connection).map_err(|error| refused(&error))? {
        return Err(VaultError::InUse(path.to_owned()));
    }
    let versions = database.versions();
    let base = database.base();
    let file = base.open(&names(base, path)?.database, false).map_err(|code| of_code(path, code))?;
    let mut findings = Vec::new();
    let mut page = Box::new([0; PAGE_BYTES]);
    for (number, _) in (1_u32..).zip(&versions).filter(|(number, _)| !is_never_written(*number)) {
        let offset = u64::from(number - 1) * PAGE_BYTES as u64;
        file.read(&mut *page, offset).map_err(|code| of_code(path, code))?;
        if database.open_page(number, &mut page).is_err() {
            crate::damage::take();
            findings.push(format!("page {number} of the database is not what was written"));
        }
    }
    if findings.is_empty() {
        findings = structure(&connection).map_err(|error| refused(&error))?;
    }
    connection.close().map_err(|(_, error)| refused(&error))?;
    Ok(Checked { pages: u32::try_from(versions.len()).unwrap_or(u32::MAX), findings })
}

/// Through SQLite, so that a page goes into the log like any other change; its content stays as it is.
fn write_anew(connection: &Connection, pages: &[u32]) -> rusqlite::Result<()> {
    let mut put = connection
        .prepare_cached("UPDATE sqlite_dbpage SET data = data WHERE pgno = ?1 AND schema = 'main'")?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let done = pages.iter().try_for_each(|page| put.execute([page]).map(drop));
    match done {
        Ok(()) => connection.execute_batch("COMMIT"),
        Err(error) => {
            // The first error is the one that says why.
            let _ = connection.execute_batch("ROLLBACK");
            Err(error)
        }
    }
}
