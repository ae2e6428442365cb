//! Who somebody's manager is and who reports to her (DIR-4), as a directory tells it of one person when her card opens. What a
//! source tells along with its contacts is in `book`, and there both are kept.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use crate::sources::SourceProblem;

/// The most that are read of those who report to one person; a manager of more has somebody between.
pub const REPORTS_MAX: usize = 500;

/// Who is above and below one person, by the keys of their contacts in her own book.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportingLine {
    /// Her manager; `None`: she has none.
    pub manager: Option<String>,
    /// Who reports to her, at most [`REPORTS_MAX`].
    pub reports: Vec<String>,
}

/// A directory that is asked about one person at a time.
#[async_trait]
pub trait ReportingLines: Send + Sync {
    /// Who is above and below the person of this key.
    async fn line(&self, person: &str) -> Result<ReportingLine, SourceProblem>;
}

/// Reporting lines in memory, for tests and where there are none.
#[derive(Debug, Default)]
pub struct MemoryReportingLines {
    known: Mutex<HashMap<String, Result<ReportingLine, SourceProblem>>>,
}

impl MemoryReportingLines {
    /// It is said so of this person from now on.
    pub fn set(&self, person: &str, says: Result<ReportingLine, SourceProblem>) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(person.to_owned(), says);
    }
}

#[async_trait]
impl ReportingLines for MemoryReportingLines {
    async fn line(&self, person: &str) -> Result<ReportingLine, SourceProblem> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(person).cloned().unwrap_or_else(|| Ok(ReportingLine::default()))
    }
}
