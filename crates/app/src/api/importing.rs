//! Bringing in an address-book file part by part (DIR-1): each part is read as it comes and its contacts are set aside, so that a file of
//! any size needs no memory; with the last one they take the place of the book of this name (DIR-5). Whoever stops in between
//! changes nothing. Reads no format: see `directory::import`.

use contracts::book::PART_CONTACTS_MAX;
use directory::{Import, ImportError, ImportFile, Rejected};
use identity::{Authorized, right};
use tokio::sync::Mutex;

use super::misplaced;
use super::wire::{ApiError, ImportReport, ImportStep, RejectedRow, Request, Response};
use crate::app::App;

/// Bytes of a part of a file: what a request has room for.
const PART_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Rejected rows that are listed; all are counted.
const REJECTED_MAX: usize = 1000;

/// The file that is being brought in, if any: one at a time.
#[derive(Default)]
pub(crate) struct Importing(Mutex<State>);

#[derive(Default)]
struct State {
    /// How many were begun.
    begun: u64,
    /// The book for which something may be aside.
    book: Option<String>,
    underway: Option<Underway>,
}

/// A file of which parts are here.
struct Underway {
    id: String,
    file_name: String,
    file: ImportFile,
    /// Read and not set aside yet.
    told: Import,
    /// Contacts that are set aside.
    aside: u64,
    rejected: Vec<RejectedRow>,
    rejected_total: u32,
}

impl App {
    pub(super) async fn handle_import(
        &self,
        _: Authorized<right::ImportContacts>,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::ImportContacts { file_name, content_base64 } => {
                let step = self.import_part(file_name, None, &content_base64, true).await?;
                let report = step.report.ok_or_else(|| ApiError::invalid("the import did not end"))?;
                Ok(Response::Import(report))
            }
            Request::ImportPart { file_name, import, content_base64, is_last } => {
                let step = self.import_part(file_name, import, &content_base64, is_last).await?;
                Ok(Response::ImportStep(Box::new(step)))
            }
            Request::CancelImport { import } => {
                let mut state = self.importing.0.lock().await;
                if state.underway.as_ref().is_some_and(|underway| underway.id == import) {
                    self.forget_import(&mut state).await?;
                }
                Ok(Response::Done)
            }
            other => Err(misplaced(&other)),
        }
    }

    /// Takes a part of a file; the first one has no `import` yet. An error ends the import, and nothing is changed.
    async fn import_part(
        &self,
        file_name: String,
        import: Option<String>,
        content_base64: &str,
        is_last: bool,
    ) -> Result<ImportStep, ApiError> {
        let mut state = self.importing.0.lock().await;
        // Taken out, so that one whose part was not taken to its end cannot go on with a hole.
        let underway = match import {
            None => self.begin_import(&mut state, file_name).await?,
            Some(import) => {
                let is_it =
                    |underway: &mut Underway| underway.id == import && underway.file_name == file_name;
                state.underway.take_if(is_it).ok_or_else(stopped)?
            }
        };
        let taken = self.take_part(underway, content_base64, is_last).await;
        let underway = match taken {
            Ok(underway) => underway,
            Err(error) => {
                self.forget_import(&mut state).await?;
                return Err(error);
            }
        };
        let mut step = ImportStep {
            import: underway.id.clone(),
            contacts: u32::try_from(underway.aside).unwrap_or(u32::MAX),
            rejected_total: underway.rejected_total,
            report: None,
        };
        if !is_last {
            step.contacts = step.contacts.saturating_add(count(underway.told.contacts.len()));
            state.underway = Some(underway);
            return Ok(step);
        }
        if let Err(error) = self.source_book.imported(&underway.file_name, underway.aside).await {
            self.forget_import(&mut state).await?;
            return Err(error);
        }
        state.book = None;
        step.report = Some(ImportReport {
            book: underway.file_name,
            imported: step.contacts,
            rejected_total: underway.rejected_total,
            rejected: underway.rejected,
            unread: underway.told.unread,
        });
        Ok(step)
    }

    async fn begin_import(&self, state: &mut State, file_name: String) -> Result<Underway, ApiError> {
        if file_name.starts_with(char::is_control) {
            return Err(ApiError::invalid("the name of a file begins with no control character"));
        }
        self.source_book.may_be_imported(&file_name)?;
        self.forget_import(state).await?;
        // One that was not taken to its end in an earlier life of the window.
        self.people.forget_aside(&file_name).await?;
        state.begun += 1;
        state.book = Some(file_name.clone());
        Ok(Underway {
            id: state.begun.to_string(),
            file_name,
            file: ImportFile::default(),
            told: Import::default(),
            aside: 0,
            rejected: Vec::new(),
            rejected_total: 0,
        })
    }

    async fn take_part(
        &self,
        underway: Underway,
        content_base64: &str,
        is_last: bool,
    ) -> Result<Underway, ApiError> {
        let file_name = underway.file_name.clone();
        let unreadable =
            |why: &str| ApiError::new("import.unreadable", format!("{file_name} cannot be imported: {why}."));
        if content_base64.len() / 4 * 3 > PART_BYTES_MAX {
            return Err(unreadable("it is larger than 32 MiB and was not sent in parts"));
        }
        let bytes = data_encoding::BASE64
            .decode(content_base64.as_bytes())
            .map_err(|_| ApiError::invalid("the file's content is not base64"))?;
        let read = tokio::task::spawn_blocking(move || read(underway, &bytes, is_last)).await;
        let mut underway = match read {
            Ok(Ok(underway)) => underway,
            Ok(Err(error)) => return Err(unreadable(&error.to_string())),
            Err(error) => {
                tracing::error!(%error, "an import failed inside");
                return Err(unreadable("something went wrong inside Usher; please report the file's kind"));
            }
        };
        // Always as many at once, so that contacts of one name are told apart in the same way the next time.
        while underway.told.contacts.len() >= PART_CONTACTS_MAX
            || (is_last && !underway.told.contacts.is_empty())
        {
            let most = underway.told.contacts.len().min(PART_CONTACTS_MAX);
            let rest = underway.told.contacts.split_off(most);
            let part = std::mem::replace(&mut underway.told.contacts, rest);
            underway.aside += part.len() as u64;
            self.people.set_aside(&underway.file_name, part).await?;
        }
        Ok(underway)
    }

    async fn forget_import(&self, state: &mut State) -> Result<(), ApiError> {
        state.underway = None;
        if let Some(book) = state.book.take() {
            self.people.forget_aside(&book).await?;
        }
        Ok(())
    }
}

fn read(mut underway: Underway, bytes: &[u8], is_last: bool) -> Result<Underway, ImportError> {
    underway.file.take(bytes, &mut underway.told)?;
    if is_last {
        underway.file.end(&mut underway.told)?;
    }
    let rejected = std::mem::take(&mut underway.told.rejected);
    underway.rejected_total = underway.rejected_total.saturating_add(count(rejected.len()));
    let room = REJECTED_MAX.saturating_sub(underway.rejected.len());
    underway.rejected.extend(rejected.into_iter().take(room).map(row));
    Ok(underway)
}

fn row(Rejected { line, reason }: Rejected) -> RejectedRow {
    RejectedRow { line, kept: reason.row_is_kept(), reason: reason.to_string() }
}

fn count(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

fn stopped() -> ApiError {
    let words =
        "This import was stopped, or another one was begun. Nothing was changed; import the file again.";
    ApiError::new("import.stopped", words)
}
