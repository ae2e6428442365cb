//! Requests about what is kept of one person who calls or is called (DATA-10): what it is, handing it out, and erasing it. Users of
//! the organisation are elsewhere: with the roster.

use std::collections::BTreeSet;
use std::fmt::Write;

use contracts::Address;
use contracts::book::{Contact, KeptContact};
use contracts::records::{CALLS_MAX, RecordCursor, RecordFilter};
use contracts::subjects::{KeptAbout, PART_CHARS_MIN, Subject};
use engine::{Origin, PartyId, Timestamp};
use hours::Zone;
use identity::{Authorized, right};
use reporting::{CallRecord, TransferEnd};
use serde_json::{Value, json};

use super::people::reason;
use super::wire::subjects::{ExportView, KeptAboutView, LeftOutView, SubjectForm};
use super::wire::{ApiError, ContactView, Request, Response, UiEvent};
use super::{id, misplaced};
use crate::app::App;
use crate::screen::parties;
use crate::seat::name_of;

/// Numbers and contacts of one person that are taken.
const NAMED_MAX: usize = 100;
/// Last characters of a number by which other ways of writing it are looked for.
const ENDING_CHARS: usize = 7;
/// Call records that are handed out, newest first; an export of more says so.
const EXPORTED_CALLS_MAX: usize = 10_000;

impl App {
    pub(super) async fn handle_subjects(
        &self,
        _: Authorized<right::ErasePeople>,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::GetKeptAbout { subject } => {
                let subject = self.subject(&subject).await?;
                let kept = self.subjects.about(&subject).await?;
                Ok(Response::KeptAbout(Box::new(kept_view(&kept, None, false))))
            }
            Request::ExportKeptAbout { subject } => {
                let subject = self.subject(&subject).await?;
                Ok(Response::Export(self.export(&subject).await?))
            }
            Request::EraseKeptAbout { subject, leave_out } => {
                let subject = self.subject(&subject).await?;
                let kept = self.erase(&subject, leave_out).await?;
                Ok(Response::KeptAbout(Box::new(kept_view(&kept, Some(self.sources.now()), leave_out))))
            }
            Request::GetLeftOut {} => {
                Ok(Response::LeftOut(LeftOutView { people: self.subjects.left_out().await? }))
            }
            Request::TakeInAgain {} => {
                self.subjects.take_in_again().await?;
                self.source_book.read_anew().await?;
                Ok(Response::Done)
            }
            other => Err(misplaced(&other)),
        }
    }

    /// Her parties, however her numbers were written, and her contacts.
    async fn subject(&self, form: &SubjectForm) -> Result<Subject, ApiError> {
        let named = form.numbers.len() + form.contacts.len();
        if !(1..=NAMED_MAX).contains(&named) {
            let range = format!("1–{NAMED_MAX} numbers and contacts of a person are taken at once.");
            return Err(ApiError::new("setting.out-of-range", range));
        }
        let contacts = form.contacts.iter().map(|contact| id("contact", contact));
        let mut subject = Subject { contacts: contacts.collect::<Result<_, _>>()?, ..Subject::default() };
        let reading = self.numbers.reading();
        for (place, number) in form.numbers.iter().enumerate() {
            let address = Address::parse(number).map_err(|why| {
                ApiError::new("address.invalid", format!("'{number}' is no number: {why}."))
                    .at(format!("numbers.{place}"))
            })?;
            let whole = reading.written(&address);
            let is_hers = |other: &Address| *other == address || reading.written(other) == whole;
            for party in self.subjects.parties_with(ending(address.user())).await? {
                if party.address.as_ref().is_some_and(is_hers) {
                    subject.parties.insert(party.id);
                }
            }
        }
        Ok(subject)
    }

    async fn erase(&self, subject: &Subject, leave_out: bool) -> Result<KeptAbout, ApiError> {
        let calls: BTreeSet<PartyId> = self.desk.look(parties).await?;
        if !calls.is_disjoint(&subject.parties) {
            let why = "A call with her goes on. Erase what is kept about her when it has ended.";
            return Err(ApiError::new("setting.in-use", why));
        }
        let kept = self.subjects.about(subject).await?;
        if leave_out {
            // Before she is erased: a source that is read meanwhile must not bring her back.
            let contacts: Vec<Contact> = kept.contacts.iter().map(|kept| kept.contact.clone()).collect();
            self.subjects.leave_out(&contacts).await?;
        }
        // What was said goes first: without its row nobody would find it again.
        for kept in &kept.voicemails {
            self.recordings.discard(kept.voicemail.recording).await?;
        }
        for KeptContact { contact, gone } in &kept.contacts {
            if gone.is_none() {
                self.people.apply_to_book(&contact.book, Vec::new(), vec![contact.key.clone()]).await?;
            }
        }
        let erased = self.subjects.erase(subject).await?;
        self.people.forget(&subject.parties);
        // An index that is built anew has no word of her, nor has its image.
        self.people.settle().await?;
        self.voicemails_changed.notify_one();
        for changed in [
            UiEvent::ContactsChanged,
            UiEvent::PersonalChanged,
            UiEvent::CallersChanged,
            UiEvent::HistoryChanged,
        ] {
            self.tell(changed);
        }
        self.desk.show();
        // As told before: to leave the index her contacts had to leave their books.
        Ok(KeptAbout { contacts: kept.contacts, ..erased })
    }

    async fn export(&self, subject: &Subject) -> Result<ExportView, ApiError> {
        let kept = self.subjects.about(subject).await?;
        let targets: Vec<PartyId> =
            kept.transfers.iter().flat_map(|attempt| [attempt.caller, attempt.target]).collect();
        self.people.fetch(targets).await?;
        let names = self.desk.look(crate::screen::service_names).await?;
        let service = |service| names.get(&service).cloned();
        let mut calls = Vec::new();
        for party in &subject.parties {
            for simulated in [false, true] {
                self.calls_of(*party, simulated, &mut calls).await?;
            }
        }
        let call = |record: &CallRecord| {
            json!({
                "arrived": moment(record.arrived),
                "ended": record.ended.map(moment),
                "outbound": record.outbound,
                "service": record.service.and_then(service),
                "outcome": record.outcome.map(|outcome| outcome.text()),
                "practice": record.origin == Origin::Simulated,
            })
        };
        let whole = json!({
            "made": moment(self.sources.now()),
            "numbers": numbers(&kept),
            "names sent along": names_sent(&kept),
            "contacts": kept.contacts.iter().map(|kept| exported(&kept.contact)).collect::<Vec<_>>(),
            "notes": self.exported_notes(&kept),
            "transfers": self.exported_transfers(subject, &kept),
            "messages": kept.voicemails.iter().map(|kept| json!({
                "left": moment(kept.voicemail.left),
                "seconds": kept.voicemail.length.0 / 1_000,
                "service": service(kept.voicemail.service),
            })).collect::<Vec<_>>(),
            "calls": calls.iter().map(call).collect::<Vec<_>>(),
            "calls left out": kept.calls.saturating_sub(calls.len() as u64),
        });
        let mut text = String::new();
        write_plain(&mut text, &whole, 0);
        let file_name = format!("kept-about-a-person-{}", &moment(self.sources.now())[..10]);
        Ok(ExportView { file_name, text, json: format!("{whole:#}") })
    }

    async fn calls_of(
        &self,
        party: PartyId,
        simulated: bool,
        calls: &mut Vec<CallRecord>,
    ) -> Result<(), ApiError> {
        let mut filter = RecordFilter { party: Some(party), simulated, ..RecordFilter::default() };
        while calls.len() < EXPORTED_CALLS_MAX {
            let page = self.records.calls(&filter, CALLS_MAX).await?;
            let Some(last) = page.last() else { break };
            filter.before = Some(RecordCursor::of(last));
            calls.extend(page);
        }
        calls.truncate(EXPORTED_CALLS_MAX);
        Ok(())
    }

    fn exported_notes(&self, kept: &KeptAbout) -> Vec<Value> {
        let names = self.seat.names();
        let note = |part: &contracts::personal::NotePart| json!({ "text": part.text, "written by": name_of(&names, part.by), "at": moment(part.at) });
        kept.notes.iter().map(|(_, part)| note(part)).collect()
    }

    fn exported_transfers(&self, subject: &Subject, kept: &KeptAbout) -> Vec<Value> {
        // Who was at the other end is hers to know; her own number stands above.
        let other = |party: PartyId| {
            let view = self.people.view(party);
            (!subject.parties.contains(&party)).then_some(view.name.or(view.number))
        };
        let row = |attempt: &reporting::TransferAttempt| {
            let (end, why) = match attempt.end {
                TransferEnd::PutThrough => ("put through", None),
                TransferEnd::CameBack(failure) => ("came back", Some(reason(failure))),
                TransferEnd::Refused(failure) => ("let go", Some(reason(failure))),
                TransferEnd::Left => ("hung up meanwhile", None),
            };
            json!({
                "at": moment(attempt.at),
                "from": other(attempt.caller),
                "to": other(attempt.target),
                "ended": end,
                "because": why,
            })
        };
        kept.transfers.iter().map(row).collect()
    }
}

/// By what other ways of writing a number end alike; of a SIP address its whole user part.
fn ending(user: &str) -> &str {
    let is_number = user.bytes().all(|byte| byte.is_ascii_digit() || byte == b'+');
    let start = if is_number { user.len().saturating_sub(ENDING_CHARS) } else { 0 };
    user.get(start..).unwrap_or(user)
}

fn kept_view(kept: &KeptAbout, erased: Option<Timestamp>, left_out: bool) -> KeptAboutView {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let mut stays = Vec::new();
    if kept.calls > 0 {
        stays.push("Call records stay without a name or number, so that reports stay right.".to_owned());
    }
    let books: BTreeSet<&str> = kept.contacts.iter().map(|kept| kept.contact.book.as_str()).collect();
    if left_out && !books.is_empty() {
        let how = "She is not taken in again when a source names her: hashes of what her sources call her are kept for that, until \
                   somebody clears that list.";
        stays.push(how.to_owned());
    }
    for book in books.iter().filter(|_| !left_out) {
        stays.push(format!(
            "'{book}' names her again when it is read next, unless she is taken out of it first."
        ));
    }
    stays.push("Backups made before hold it until they are replaced, within two days.".to_owned());
    stays.push(
        "A number that was blocked or marked stays on that list until somebody takes it off.".to_owned(),
    );
    KeptAboutView {
        numbers: numbers(kept),
        names: names_sent(kept),
        contacts: kept.contacts.iter().map(|kept| ContactView::from(&kept.contact)).collect(),
        notes: count(kept.notes.len()),
        stand_ins: count(kept.stand_ins.len()),
        places: u32::try_from(kept.places).unwrap_or(u32::MAX),
        default_endpoints: u32::try_from(kept.first_endpoints).unwrap_or(u32::MAX),
        transfers: count(kept.transfers.len()),
        voicemails: count(kept.voicemails.len()),
        calls: kept.calls,
        stays,
        erased: erased.map(|at| at.0),
    }
}

fn numbers(kept: &KeptAbout) -> Vec<String> {
    kept.parties.iter().filter_map(|party| party.address.as_ref()).map(Address::to_string).collect()
}

fn names_sent(kept: &KeptAbout) -> Vec<String> {
    let names: BTreeSet<&String> =
        kept.parties.iter().filter_map(|party| party.display_name.as_ref()).collect();
    names.into_iter().cloned().collect()
}

fn exported(contact: &Contact) -> Value {
    json!({
        "address book": contact.book,
        "name": contact.display_name,
        "first name": contact.first_name,
        "last name": contact.last_name,
        "company": contact.company,
        "department": contact.department,
        "title": contact.title,
        "city": contact.city,
        "e-mail": contact.email,
        "numbers": contact.endpoints.iter().map(|endpoint| &endpoint.address).collect::<Vec<_>>(),
        "manager": contact.manager,
        "notes of the address book": contact.notes,
        "other fields": contact.custom.iter().map(|field| json!({ &field.name: field.value })).collect::<Vec<_>>(),
    })
}

/// A moment as ISO 8601 writes it, by the clock of Greenwich.
fn moment(at: Timestamp) -> String {
    let utc = Zone::parse("UTC").expect("the zone database has UTC");
    format!("{}Z", utc.local(at.0))
}

/// The same for people: a line for each thing, indented; what is empty is left out.
fn write_plain(text: &mut String, value: &Value, depth: usize) {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    };
    let indent = "  ".repeat(depth);
    let plain =
        |value: &Value| value.as_str().map_or_else(|| value.to_string(), |text| text.replace('\n', " / "));
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter().filter(|(_, value)| !is_empty(value)) {
                if value.is_object() || value.is_array() {
                    let _ = writeln!(text, "{indent}{name}:");
                    write_plain(text, value, depth + 1);
                } else {
                    let _ = writeln!(text, "{indent}{name}: {}", plain(value));
                }
            }
        }
        Value::Array(values) => {
            for value in values {
                if value.is_object() {
                    write_plain(text, value, depth);
                    text.push('\n');
                } else {
                    let _ = writeln!(text, "{indent}{}", plain(value));
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            let _ = writeln!(text, "{indent}{}", plain(value));
        }
    }
}

const _: () = assert!(ENDING_CHARS >= PART_CHARS_MIN, "what is looked for is long enough to be looked for");
