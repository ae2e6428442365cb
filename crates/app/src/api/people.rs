//! Requests about people: search, contacts, caller cards, call history. Address books are brought in by `importing`.

use contracts::records::{LikelyTarget, RecordCursor, RecordFilter};
use directory::search::{FieldMark, MarkedField};
use directory::{Hits, Lift, Person, Query, Window};
use engine::{AttendantId, Failure, Origin, PartyId, Timestamp};
use identity::{Authorized, Identity, right};
use reporting::{CallRecord, TransferEnd};

use super::reports::Imported;
use super::wire::contacts::{KeptView, TransferEndName};
use super::wire::{
    ApiError, AvailabilityName, CallerCard, ContactFieldName, ContactView, FieldMarkView, HistoryPage,
    HistoryRow, OriginView, PresenceView, Request, Response, SearchResult, TransferHistoryView,
};
use super::{id, misplaced};
use crate::app::App;
use crate::lifts::Lifts;
use crate::screen::ServiceNames;

/// Rows of a page or a search a screen may ask for.
const ROWS_MAX: u32 = 200;
/// Transfer targets and earlier calls on a caller card.
const CARD_ROWS: u32 = 10;

impl App {
    pub(super) async fn handle_people(
        &self,
        _: Authorized<right::SeePeople>,
        who: &Identity,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::SearchContacts { query, limit, caller } => {
                let caller = caller.map(|caller| id("party", &caller)).transpose()?;
                Ok(Response::Search(self.search(query, limit, who.attendant(), caller).await?))
            }
            Request::GetContact { id: contact } => {
                let found = self.people.contact(id("contact", &contact)?).await?;
                found.map(|person| Response::Contact(self.contact_view(person))).ok_or_else(|| {
                    ApiError::new("contact.unknown", "This contact is no longer in an address book.")
                })
            }
            Request::GetCallerCard { party } => self.caller_card(id("party", &party)?).await,
            Request::GetHistory { before, limit, simulated } => self.history(before, limit, simulated).await,
            other => Err(misplaced(&other)),
        }
    }

    /// `caller`: the party on the line.
    async fn search(
        &self,
        query: String,
        limit: u32,
        attendant: AttendantId,
        caller: Option<PartyId>,
    ) -> Result<SearchResult, ApiError> {
        let window = Window { offset: 0, limit: limit.clamp(1, ROWS_MAX) as usize };
        let lifts = self.lifts(attendant, caller).await?;
        let parsed = Query::parse(&query);
        let hits = self.hits(&parsed, window, &lifts);
        let favourites = &lifts.signals.favourites;
        let results = self.people.results(&parsed, hits).await?;
        let contacts = results
            .found
            .into_iter()
            .map(|found| ContactView {
                favourite: found.person.origins.iter().any(|origin| favourites.contains(&origin.id)),
                matched: found.marks.display_name,
                marks: found.marks.fields.into_iter().map(mark_view).collect(),
                ..self.contact_view(found.person)
            })
            .collect();
        Ok(SearchResult {
            query,
            total: u32::try_from(results.total).unwrap_or(u32::MAX),
            more: results.more,
            forgiven: results.forgiven,
            contacts,
        })
    }

    fn hits(&self, query: &Query, window: Window, lifts: &Lifts) -> Hits {
        let presence = |contact| self.presences.of(contact).and_then(|presence| lift(&presence));
        lifts.index.search(query, window, &presence)
    }

    /// A person as she is shown, with nothing marked.
    fn contact_view(&self, person: Person) -> ContactView {
        let presence = person.origins.iter().find_map(|origin| self.presences.of(origin.id));
        let origins = person.origins.into_iter().map(|origin| OriginView {
            contact: origin.id.to_string(),
            // A book that no source fills any more is called as it was.
            name: self.source_book.source(&origin.book).map_or_else(|| origin.book.clone(), |it| it.name),
            book: origin.book,
        });
        ContactView { origins: origins.collect(), presence, ..ContactView::from(&person.contact) }
    }

    async fn caller_card(&self, party: PartyId) -> Result<Response, ApiError> {
        self.people.fetch([party]).await?;
        let simulated = self.mode.lock().await.chosen.origin() == Origin::Simulated;
        let now = self.sources.now();
        let transfers = self.records.likely_targets(party, simulated, now, CARD_ROWS).await?;
        let filter = RecordFilter { party: Some(party), simulated, ..RecordFilter::default() };
        // The call that goes on is not an earlier one; a caller rarely has more than one at a time.
        let mut records = self.records.calls(&filter, CARD_ROWS * 2).await?;
        records.retain(|record| record.ended.is_some());
        records.truncate(CARD_ROWS as usize);
        let earlier = self.rows(records).await?;
        let targets: Vec<PartyId> = transfers.iter().map(|row| row.target).collect();
        self.people.fetch(targets).await?;
        let caller = self.people.view(party);
        let contact = match caller.contact.as_ref().and_then(|contact| contact.parse().ok()) {
            Some(contact) => self.people.contact(contact).await?,
            None => None,
        };
        Ok(Response::CallerCard(Box::new(CallerCard {
            contact: contact.map(|person| self.contact_view(person)),
            party: caller,
            listed: self.people.address(party).and_then(|address| {
                let reading = self.numbers.reading();
                reading.listing(&address).map(|listed| self.listed_view(listed))
            }),
            transfers: transfers.into_iter().map(|row| self.transfer_view(row)).collect(),
            earlier,
            kept: KeptView {
                days: self.retention().await?,
                entries: self.records.transfers_kept(party).await?,
            },
        })))
    }

    fn transfer_view(&self, row: LikelyTarget) -> TransferHistoryView {
        let (ended, failure) = match row.end {
            TransferEnd::PutThrough => (TransferEndName::PutThrough, None),
            TransferEnd::CameBack(failure) => (TransferEndName::CameBack, Some(failure)),
            TransferEnd::Refused(failure) => (TransferEndName::Refused, Some(failure)),
            TransferEnd::Left => (TransferEndName::Left, None),
        };
        TransferHistoryView {
            target: self.people.view(row.target),
            times: row.times,
            tried: row.tried,
            last: row.last.0,
            ended,
            reason: failure.map(|failure| reason(failure).to_owned()),
        }
    }

    async fn history(
        &self,
        before: Option<String>,
        limit: u32,
        simulated: bool,
    ) -> Result<Response, ApiError> {
        let limit = limit.clamp(1, ROWS_MAX);
        let before = before.as_deref().map(read_cursor).transpose()?;
        let filter = RecordFilter { before, simulated, ..RecordFilter::default() };
        let records = self.records.calls(&filter, limit).await?;
        let next = match records.last() {
            Some(last) if records.len() == limit as usize => Some(cursor_text(RecordCursor::of(last))),
            Some(_) | None => None,
        };
        Ok(Response::History(HistoryPage { rows: self.rows(records).await?, next }))
    }

    pub(super) async fn rows(&self, records: Vec<CallRecord>) -> Result<Vec<HistoryRow>, ApiError> {
        let parties = records
            .iter()
            .flat_map(|record| [Some(record.party), last_target(record)].into_iter().flatten())
            .collect::<Vec<_>>();
        self.people.fetch(parties).await?;
        let names = self.desk.look(crate::screen::service_names).await?;
        let imported = Imported::of(self.reports.imported_names().await?);
        Ok(records.iter().map(|record| self.row(record, &names, &imported)).collect())
    }

    fn row(&self, record: &CallRecord, names: &ServiceNames, imported: &Imported) -> HistoryRow {
        let name = |service| names.get(&service).or_else(|| imported.services.get(&service)).cloned();
        HistoryRow {
            call: record.call.to_string(),
            part: record.part,
            outbound: record.outbound,
            service_name: record.service.and_then(name),
            caller: self.people.view(record.party),
            arrived: record.arrived.0,
            ended: record.ended.map(|ended| ended.0),
            waited_ms: record.accepted.or(record.ended).map(|until| u64::from((until - record.arrived).0)),
            connected_ms: record.connected_ms,
            outcome: record.outcome.map(|outcome| outcome as u8),
            outcome_text: record.outcome.map(|outcome| outcome.text().to_owned()),
            transferred_to: last_target(record).map(|target| self.people.view(target)),
            simulated: record.origin == Origin::Simulated,
            imported: record.imported,
        }
    }
}

/// What presence does to the order of equals. What is too old to be relied on does nothing.
fn lift(presence: &PresenceView) -> Option<Lift> {
    match presence.availability {
        _ if presence.stale => None,
        AvailabilityName::Available => Some(Lift::Up),
        AvailabilityName::Busy
        | AvailabilityName::InACall
        | AvailabilityName::DoNotDisturb
        | AvailabilityName::Away
        | AvailabilityName::Offline => Some(Lift::Down),
        AvailabilityName::Unknown => None,
    }
}

fn mark_view(mark: FieldMark) -> FieldMarkView {
    let (field, name) = match mark.field {
        MarkedField::Company => (ContactFieldName::Company, None),
        MarkedField::Department => (ContactFieldName::Department, None),
        MarkedField::Title => (ContactFieldName::Title, None),
        MarkedField::City => (ContactFieldName::City, None),
        MarkedField::Email => (ContactFieldName::Email, None),
        MarkedField::Number(number) => (ContactFieldName::Number, Some(number)),
        MarkedField::Custom(name) => (ContactFieldName::Custom, Some(name)),
    };
    FieldMarkView { field, name, ranges: mark.ranges }
}

/// Why a target could not be had.
pub(super) fn reason(failure: Failure) -> &'static str {
    match failure {
        Failure::Busy => "busy",
        Failure::Declined => "declined",
        Failure::NoAnswer => "no answer",
        Failure::Unreachable => "not reachable",
        Failure::Forbidden => "not allowed by the telephone system",
        Failure::CallerGone => "the caller hung up",
        Failure::Fault => "a fault of the telephone system",
    }
}

/// To whom the call was put through in the end.
fn last_target(record: &CallRecord) -> Option<PartyId> {
    record.user_sessions.iter().rev().find_map(|session| session.target)
}

/// The place after a page, as a screen gives it back: `arrived-call-part`.
pub(super) fn cursor_text(cursor: RecordCursor) -> String {
    format!("{}-{}-{}", cursor.arrived.0, cursor.call, cursor.part)
}

pub(super) fn read_cursor(text: &str) -> Result<RecordCursor, ApiError> {
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
