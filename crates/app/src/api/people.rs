//! Requests about people: search, contacts, caller cards, call history, import of address books.

use contracts::records::{RecordCursor, RecordFilter};
use directory::Window;
use engine::{Origin, PartyId, Timestamp};
use identity::Authorized;
use reporting::CallRecord;

use super::wire::{
    ApiError, CallerCard, ContactView, HistoryPage, HistoryRow, ImportReport, RejectedRow, Request, Response,
    SearchResult, TransferHistoryView, UiEvent,
};
use super::{id, misplaced};
use crate::app::App;

/// Rows of a page or a search a screen may ask for.
const ROWS_MAX: u32 = 200;
/// Bytes of an address-book file.
const FILE_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Rejected rows that are listed; all are counted.
const REJECTED_MAX: usize = 1000;
/// Transfer targets and earlier calls on a caller card.
const CARD_ROWS: u32 = 10;

impl App {
    pub(super) async fn handle_people(&self, _: Authorized, request: Request) -> Result<Response, ApiError> {
        match request {
            Request::SearchContacts { query, limit } => Ok(Response::Search(self.search(query, limit))),
            Request::GetContact { id: contact } => {
                let directory = self.people.directory();
                let found = directory.contact(id("contact", &contact)?).map(ContactView::from);
                found.map(Response::Contact).ok_or_else(|| {
                    ApiError::new("contact.unknown", "This contact is no longer in an address book.")
                })
            }
            Request::GetCallerCard { party } => self.caller_card(id("party", &party)?).await,
            Request::GetHistory { before, limit, simulated } => self.history(before, limit, simulated).await,
            Request::ImportContacts { file_name, content_base64 } => {
                self.import(file_name, &content_base64).await
            }
            other => Err(misplaced(&other)),
        }
    }

    fn search(&self, query: String, limit: u32) -> SearchResult {
        let directory = self.people.directory();
        let window = Window { offset: 0, limit: limit.clamp(1, ROWS_MAX) as usize };
        let found = directory.search(&query, window);
        let contacts = found
            .hits
            .iter()
            .map(|hit| ContactView { matched: hit.matched.clone(), ..ContactView::from(hit.contact) })
            .collect();
        SearchResult { query, total: u32::try_from(found.total).unwrap_or(u32::MAX), contacts }
    }

    async fn caller_card(&self, party: PartyId) -> Result<Response, ApiError> {
        self.people.fetch([party]).await?;
        let simulated = self.mode.lock().await.chosen.origin() == Origin::Simulated;
        let transfers = self.records.transfer_history(party, simulated, CARD_ROWS).await?;
        let filter = RecordFilter { party: Some(party), simulated, ..RecordFilter::default() };
        // The call that goes on is not an earlier one; a caller rarely has more than one at a time.
        let mut records = self.records.calls(&filter, CARD_ROWS * 2).await?;
        records.retain(|record| record.ended.is_some());
        records.truncate(CARD_ROWS as usize);
        let earlier = self.rows(records).await?;
        let targets: Vec<PartyId> = transfers.iter().map(|row| row.target).collect();
        self.people.fetch(targets).await?;
        let caller = self.people.view(party);
        let directory = self.people.directory();
        let contact = caller.contact.as_ref().and_then(|contact| contact.parse().ok());
        Ok(Response::CallerCard(CallerCard {
            contact: contact.and_then(|contact| directory.contact(contact)).map(ContactView::from),
            party: caller,
            transfers: transfers
                .into_iter()
                .map(|row| TransferHistoryView {
                    target: self.people.view(row.target),
                    times: row.times,
                    last: row.last.0,
                })
                .collect(),
            earlier,
        }))
    }

    async fn history(
        &self,
        before: Option<String>,
        limit: u32,
        simulated: bool,
    ) -> Result<Response, ApiError> {
        let limit = limit.clamp(1, ROWS_MAX);
        let before = before.as_deref().map(cursor).transpose()?;
        let filter = RecordFilter { before, simulated, ..RecordFilter::default() };
        let records = self.records.calls(&filter, limit).await?;
        let next = match records.last() {
            Some(last) if records.len() == limit as usize => Some(cursor_text(RecordCursor::of(last))),
            Some(_) | None => None,
        };
        Ok(Response::History(HistoryPage { rows: self.rows(records).await?, next }))
    }

    async fn rows(&self, records: Vec<CallRecord>) -> Result<Vec<HistoryRow>, ApiError> {
        let parties = records
            .iter()
            .flat_map(|record| [Some(record.party), last_target(record)].into_iter().flatten())
            .collect::<Vec<_>>();
        self.people.fetch(parties).await?;
        let names = self.desk.look(crate::screen::service_names).await?;
        Ok(records.iter().map(|record| self.row(record, &names)).collect())
    }

    fn row(&self, record: &CallRecord, names: &crate::screen::ServiceNames) -> HistoryRow {
        HistoryRow {
            call: record.call.to_string(),
            part: record.part,
            outbound: record.outbound,
            service_name: record.service.and_then(|service| names.get(&service).cloned()),
            caller: self.people.view(record.party),
            arrived: record.arrived.0,
            ended: record.ended.map(|ended| ended.0),
            waited_ms: record.accepted.or(record.ended).map(|until| u64::from((until - record.arrived).0)),
            connected_ms: record.connected_ms,
            outcome: record.outcome.map(|outcome| outcome as u8),
            outcome_text: record.outcome.map(|outcome| outcome.text().to_owned()),
            transferred_to: last_target(record).map(|target| self.people.view(target)),
            simulated: record.origin == Origin::Simulated,
        }
    }

    async fn import(&self, file_name: String, content_base64: &str) -> Result<Response, ApiError> {
        let unreadable =
            |why: &str| ApiError::new("import.unreadable", format!("{file_name} cannot be imported: {why}."));
        if content_base64.len() / 4 * 3 > FILE_BYTES_MAX {
            return Err(unreadable("it is larger than 32 MiB"));
        }
        let bytes = data_encoding::BASE64
            .decode(content_base64.as_bytes())
            .map_err(|_| ApiError::invalid("the file's content is not base64"))?;
        let read = tokio::task::spawn_blocking(move || directory::import(&bytes)).await;
        let read = match read {
            Ok(Ok(read)) => read,
            Ok(Err(error)) => return Err(unreadable(&error.to_string())),
            Err(error) => {
                tracing::error!(%error, "an import failed inside");
                return Err(unreadable("something went wrong inside Usher; please report the file's kind"));
            }
        };
        let imported = u32::try_from(read.contacts.len()).unwrap_or(u32::MAX);
        self.people.replace_book(&file_name, read.contacts).await?;
        self.tell(UiEvent::ContactsChanged);
        self.desk.show();
        Ok(Response::Import(ImportReport {
            book: file_name,
            imported,
            rejected_total: u32::try_from(read.rejected.len()).unwrap_or(u32::MAX),
            rejected: read
                .rejected
                .into_iter()
                .take(REJECTED_MAX)
                .map(|row| RejectedRow {
                    line: row.line,
                    kept: row.reason.row_is_kept(),
                    reason: row.reason.to_string(),
                })
                .collect(),
        }))
    }
}

/// To whom the call was put through in the end.
fn last_target(record: &CallRecord) -> Option<PartyId> {
    record.user_sessions.iter().rev().find_map(|session| session.target)
}

/// The place after a page, as a screen gives it back: `arrived-call-part`.
fn cursor_text(cursor: RecordCursor) -> String {
    format!("{}-{}-{}", cursor.arrived.0, cursor.call, cursor.part)
}

fn cursor(text: &str) -> Result<RecordCursor, ApiError> {
    let parse = || {
        let mut parts = text.splitn(3, '-');
        Some(RecordCursor {
            arrived: Timestamp(parts.next()?.parse().ok()?),
            call: parts.next()?.parse().ok()?,
            part: parts.next()?.parse().ok()?,
        })
    };
    parse().ok_or_else(|| ApiError::invalid(format!("'{text}' is not the place after a page of history")))
}
