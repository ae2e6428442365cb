//! Looks at everything in a database: every page is opened and compared with the anchor, then SQLite looks at its structure.
//! Mends nothing.

use std::ops::ControlFlow;

use rusqlite::Connection;

use crate::database::is_never_written;
use crate::format::{PAGE_BYTES, SealedPage};
use crate::{Vault, VaultError};

/// Findings that are told one by one; more of them say nothing new.
const FINDINGS_MAX: usize = 100;
/// Pages between two words of progress: 4 MiB.
const PAGES_BETWEEN: u32 = 1024;

/// How far a long piece of work has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Pages done.
    pub done: u32,
    /// Of so many.
    pub total: u32,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Pages that were looked at.
    pub pages: u32,
    /// What is wrong, in words; the first hundred. Empty when all is well.
    pub findings: Vec<String>,
}

impl Vault {
    /// Looks at every page and at SQLite's structure. `tell` hears how far it is and may end it; then what was found so far
    /// is given. The desk goes on meanwhile.
    pub fn check(&self, tell: &mut dyn FnMut(Progress) -> ControlFlow<()>) -> Result<Checked, VaultError> {
        let frozen = self.freeze()?;
        let mut findings = self.remarks.clone();
        let total = frozen.pages();
        let mut page: Box<SealedPage> = Box::new([0; PAGE_BYTES]);
        for number in 1..=total {
            frozen.read(number, &mut *page)?;
            if !is_never_written(number) && self.attached.database().open_page(number, &mut page).is_err() {
                crate::damage::take();
                findings.push(format!("page {number} of the database is not what was written"));
            }
            let is_word_due = number % PAGES_BETWEEN == 0 || number == total;
            if is_word_due && tell(Progress { done: number, total }).is_break() {
                findings.truncate(FINDINGS_MAX);
                return Ok(Checked { pages: number, findings });
            }
        }
        if findings.is_empty() {
            findings.extend(structure(frozen.connection()).map_err(|error| self.refused(&error))?);
        }
        findings.truncate(FINDINGS_MAX);
        Ok(Checked { pages: total, findings })
    }
}

/// What SQLite says of its own structure, and of rows that point nowhere.
pub(crate) fn structure(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut integrity = connection.prepare("PRAGMA integrity_check(100)")?;
    let words = integrity.query_map([], |row| row.get::<_, String>(0))?;
    let mut findings: Vec<String> = words.collect::<rusqlite::Result<_>>()?;
    findings.retain(|finding| finding != "ok");
    let mut orphans =
        connection.prepare("SELECT DISTINCT \"table\", parent FROM pragma_foreign_key_check")?;
    let pairs = orphans.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    for pair in pairs {
        let (table, parent) = pair?;
        findings.push(format!("rows of {table} point to rows of {parent} that do not exist"));
    }
    Ok(findings)
}
