//! Taking the calls of an earlier telephone system over, part by part, while the console goes on (REPORT-5). What was taken stays:
//! whoever stops, or is stopped, sends the same file again, and goes on behind the rows that are in. What rows mean: see
//! `calls_file`.

use calls_file::{Batch, Columns, KnownBy, Mapping, OutcomeMeant, ServiceMeant, Taking, TakingError};
use contracts::imports::{ImportState, ImportedCall, ImportedName};
use engine::Timestamp;
use identity::{Authorized, right};
use tokio::sync::Mutex;

use super::misplaced;
use super::wire::past_calls::{
    CallExample, CallMeaningName, CallsCheck, CallsColumn, CallsColumns, CallsLook, CallsMapping,
    CallsOutcome, CallsPart, CallsService, CallsStep, CallsValue, RefusedCall,
};
use super::wire::{ApiError, Request, Response};
use crate::app::App;
use crate::purge;

/// Bytes of a part of a file: what a request has room for.
const PART_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Rows of one transaction: some milliseconds, so that calls have the writer in between.
const BATCH: u64 = 500;
/// Rows that a check looks at.
const CHECKED_MAX: u64 = 10_000;
/// Refused rows of a check that are listed.
const LISTED_MAX: usize = 200;
/// Refused rows that one step lists.
const REFUSED_MAX: usize = 50_000;
/// Calls that a check shows.
const EXAMPLES: usize = 5;
/// Bytes of a mapping's file.
const MAPPING_BYTES_MAX: usize = 1 << 20;

/// The file that is being taken over, if any: one at a time.
#[derive(Default)]
pub(crate) struct PastCalls(Mutex<State>);

#[derive(Default)]
struct State {
    /// How many were begun.
    begun: u64,
    underway: Option<Underway>,
}

/// A file of which parts are here.
struct Underway {
    id: String,
    source: String,
    size: u64,
    /// Bytes that came.
    came: u64,
    reading: Reading,
    outdated: u64,
}

enum Reading {
    /// Too little is here to know it again: its beginning.
    Beginning(Box<Mapping>, KnownBy, Vec<u8>),
    /// `before`: rows that were taken by an import that was stopped.
    Rows { taking: Box<Taking>, state: ImportState, before: u64 },
    /// One was begun and came to no end.
    Nothing,
}

impl App {
    pub(super) async fn handle_past_calls(
        &self,
        _: Authorized<right::ImportCalls>,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::LookAtCalls { file_name, time_zone, content_base64, is_whole } => {
                let bytes = decoded(&content_base64)?;
                let look = working(move || look(&bytes, is_whole, &file_name, &time_zone)).await??;
                Ok(Response::CallsLook(Box::new(look)))
            }
            Request::ReadCallsMapping { text } => {
                if text.len() > MAPPING_BYTES_MAX {
                    return Err(unfit("this file is too large for a mapping"));
                }
                Ok(Response::CallsMapping(Box::new(shown(Mapping::parse(&text).map_err(unfit)?))))
            }
            Request::CheckCalls { mapping, content_base64, is_whole } => {
                let bytes = decoded(&content_base64)?;
                let (mapping, border) = (meant(*mapping)?, purge::kept_from(self.sources.now()));
                let check = working(move || check(mapping, &bytes, is_whole, border)).await??;
                Ok(Response::CallsCheck(Box::new(check)))
            }
            Request::ImportCallsPart { part } => {
                Ok(Response::CallsStep(Box::new(self.take_calls_part(*part).await?)))
            }
            Request::CancelCallsImport { import } => {
                let mut state = self.past_calls.0.lock().await;
                state.underway.take_if(|underway| underway.id == import);
                Ok(Response::Done)
            }
            other => Err(misplaced(&other)),
        }
    }

    /// Takes a part of a file. An error ends the import; what was taken before stays.
    async fn take_calls_part(&self, part: CallsPart) -> Result<CallsStep, ApiError> {
        let CallsPart { import, mapping, size, content_base64, is_last } = part;
        let mut state = self.past_calls.0.lock().await;
        // Taken out, so that one whose part was not taken to its end cannot go on with a hole.
        let mut underway = match import {
            None => {
                let mapping = mapping.ok_or_else(|| ApiError::invalid("the first part has a mapping"))?;
                state.begun += 1;
                begun(state.begun.to_string(), meant(*mapping)?, size)?
            }
            Some(import) => {
                let is_it = |underway: &mut Underway| underway.id == import && underway.size == size;
                state.underway.take_if(is_it).ok_or_else(stopped)?
            }
        };
        let bytes = decoded(&content_base64)?;
        underway.came += bytes.len() as u64;
        if underway.came > size || (is_last && underway.came < size) {
            return Err(unreadable("it was changed while it was read; import it again"));
        }
        let refused = self.take_calls_bytes(&mut underway, bytes, is_last).await?;
        let step = underway.step(refused, is_last);
        if !is_last {
            state.underway = Some(underway);
        }
        Ok(step)
    }

    /// What these bytes hold goes into the store; the rows that are none.
    async fn take_calls_bytes(
        &self,
        underway: &mut Underway,
        mut bytes: Vec<u8>,
        is_last: bool,
    ) -> Result<Vec<RefusedCall>, ApiError> {
        if let Reading::Beginning(mapping, known_by, held) = &mut underway.reading {
            let known = known_by.take(&bytes);
            held.append(&mut bytes);
            let Some(known) = known else { return Ok(Vec::new()) };
            bytes = std::mem::take(held);
            let kept = self.imports.import_state(&underway.source).await?;
            let state = match kept {
                Some(state) if state.file == known && !state.finished => state,
                Some(_) | None => ImportState { file: known, ..ImportState::default() },
            };
            let before = state.rows;
            let taking = Box::new(Taking::new(*mapping.clone(), before).map_err(unfit)?);
            underway.reading = Reading::Rows { taking, state, before };
        }
        let Reading::Rows { mut taking, mut state, before } =
            std::mem::replace(&mut underway.reading, Reading::Nothing)
        else {
            return Err(stopped());
        };
        taking.push(&bytes);
        if is_last {
            taking.end();
        }
        let border = purge::kept_from(self.sources.now());
        let mut refused = Vec::new();
        loop {
            let filled = working(move || fill(taking)).await??;
            let Filled { batch, is_full, .. } = filled;
            taking = filled.taking;
            let room = REFUSED_MAX.saturating_sub(refused.len());
            refused.extend(batch.refused.iter().take(room).cloned().map(refused_call));
            underway.outdated += outdated(&batch.calls, border);
            state.rows += batch.rows;
            state.refused += batch.refused.len() as u64;
            state.finished = is_last && !is_full;
            state = self.imports.take_calls(&underway.source, batch.calls, batch.names, state).await?;
            if !is_full {
                underway.reading = Reading::Rows { taking, state, before };
                return Ok(refused);
            }
        }
    }
}

/// A batch, and what it was read from.
struct Filled {
    taking: Box<Taking>,
    batch: Batch,
    is_full: bool,
}

fn fill(mut taking: Box<Taking>) -> Result<Filled, ApiError> {
    let mut batch = Batch::default();
    let is_full = taking.fill(&mut batch, BATCH).map_err(of_taking)?;
    Ok(Filled { taking, batch, is_full })
}

impl Underway {
    fn step(&self, refused: Vec<RefusedCall>, is_last: bool) -> CallsStep {
        let (state, before) = match &self.reading {
            Reading::Beginning(..) | Reading::Nothing => (ImportState::default(), 0),
            Reading::Rows { state, before, .. } => (state.clone(), *before),
        };
        CallsStep {
            import: self.id.clone(),
            rows: state.rows,
            taken: state.taken,
            known: state.known,
            refused_total: state.refused,
            refused,
            before,
            outdated: self.outdated,
            finished: is_last,
        }
    }
}

fn begun(id: String, mapping: Mapping, size: u64) -> Result<Underway, ApiError> {
    if size == 0 {
        return Err(unreadable("it is empty"));
    }
    let source = mapping.source.clone();
    // Said before anything is sent.
    Taking::new(mapping.clone(), 0).map_err(unfit)?;
    let reading = Reading::Beginning(Box::new(mapping), KnownBy::new(size), Vec::new());
    Ok(Underway { id, source, size, came: 0, reading, outdated: 0 })
}

fn decoded(base64: &str) -> Result<Vec<u8>, ApiError> {
    if base64.len() / 4 * 3 > PART_BYTES_MAX {
        return Err(unreadable("a part of it is larger than 32 MiB"));
    }
    data_encoding::BASE64
        .decode(base64.as_bytes())
        .map_err(|_| ApiError::invalid("the file's content is not base64"))
}

/// Work for a processor, beside what has to be quick.
async fn working<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!(%error, "a look at a file failed inside");
        unreadable("something went wrong inside Usher; please report the file's kind")
    })
}

fn look(bytes: &[u8], is_whole: bool, file_name: &str, time_zone: &str) -> Result<CallsLook, ApiError> {
    let look = calls_file::look(bytes, is_whole).map_err(|error| unreadable(error.to_string()))?;
    if look.columns.is_empty() {
        return Err(unreadable("it has no heading"));
    }
    let source = file_name.split('.').next().unwrap_or_default();
    let mapping = calls_file::suggested(&look, source, time_zone);
    let column = |column: calls_file::Column| CallsColumn {
        name: column.name,
        values: column.values.into_iter().map(|(text, count)| CallsValue { text, count }).collect(),
        more: column.has_more,
    };
    Ok(CallsLook {
        packed: look.is_packed,
        encoding: look.encoding.to_owned(),
        columns: look.columns.into_iter().map(column).collect(),
        rows: look.rows,
        mapping: shown(mapping),
    })
}

/// How many of these calls the next purge erases.
fn outdated(calls: &[ImportedCall], border: Timestamp) -> u64 {
    calls.iter().filter(|call| call.record.arrived < border).count() as u64
}

fn check(mapping: Mapping, bytes: &[u8], is_whole: bool, border: Timestamp) -> Result<CallsCheck, ApiError> {
    let text = mapping.text().map_err(unfit)?;
    let mut taking = Taking::new(mapping, 0).map_err(unfit)?;
    taking.push(bytes);
    if is_whole {
        taking.end();
    }
    let mut batch = Batch::default();
    taking.fill(&mut batch, CHECKED_MAX).map_err(of_taking)?;
    Ok(CallsCheck {
        rows: batch.rows,
        good: batch.calls.len() as u64,
        outdated: outdated(&batch.calls, border),
        refused_total: batch.refused.len() as u64,
        examples: batch.calls.iter().take(EXAMPLES).map(|call| example(call, &batch.names)).collect(),
        refused: batch.refused.into_iter().take(LISTED_MAX).map(refused_call).collect(),
        text,
    })
}

fn example(ImportedCall { record, caller, .. }: &ImportedCall, names: &[ImportedName]) -> CallExample {
    let service = names.iter().find_map(|name| match name {
        ImportedName::Service(id, text) if Some(*id) == record.service => Some(text.clone()),
        ImportedName::Service(..) | ImportedName::Attendant(..) => None,
    });
    let session = record.user_sessions.first();
    let attendant = names.iter().find_map(|name| match name {
        ImportedName::Attendant(id, text) if Some(*id) == session.map(|session| session.attendant) => {
            Some(text.clone())
        }
        ImportedName::Service(..) | ImportedName::Attendant(..) => None,
    });
    CallExample {
        arrived: record.arrived.0,
        queued: record.queued.map(|at| at.0),
        accepted: record.accepted.map(|at| at.0),
        ended: record.ended.unwrap_or(record.arrived).0,
        caller: caller.as_ref().map(|address| address.as_str().to_owned()),
        service: service.or_else(|| record.service.map(|service| service.to_string())),
        attendant,
        outcome_text: record.outcome.map(|outcome| outcome.text().to_owned()).unwrap_or_default(),
    }
}

fn refused_call((line, reason): (u64, String)) -> RefusedCall {
    RefusedCall { line, reason }
}

/// A mapping as the screens have it.
fn shown(mapping: Mapping) -> CallsMapping {
    let Columns {
        date,
        arrived,
        queued,
        accepted,
        ended,
        left_queue,
        left,
        caller,
        service,
        attendant,
        outcome,
    } = mapping.columns;
    let service_of = |(text, ServiceMeant { service, name })| CallsService { text, service, name };
    let outcome_of = |(text, meant)| {
        let (meaning, outcome, otherwise, why) = match meant {
            OutcomeMeant::Answered { answered } => {
                (CallMeaningName::Answered, answered, answered, String::new())
            }
            OutcomeMeant::Unanswered { queued, otherwise } => {
                (CallMeaningName::Unanswered, queued, otherwise, String::new())
            }
            OutcomeMeant::Refused { refuse } => (CallMeaningName::Refused, 0, 0, refuse),
        };
        CallsOutcome { text, meaning, outcome, otherwise, why }
    };
    CallsMapping {
        source: mapping.source,
        separator: mapping.separator,
        time_zone: mapping.time_zone,
        format: mapping.format,
        never: mapping.never,
        key: mapping.key,
        columns: CallsColumns {
            date,
            arrived,
            queued,
            accepted,
            ended,
            left_queue,
            left,
            caller,
            service,
            attendant,
            outcome,
        },
        no_caller: mapping.no_caller,
        no_attendant: mapping.no_attendant,
        services: mapping.services.into_iter().map(service_of).collect(),
        outcomes: mapping.outcomes.into_iter().map(outcome_of).collect(),
    }
}

/// A mapping as a person has filled it in.
fn meant(mapping: CallsMapping) -> Result<Mapping, ApiError> {
    let columns = mapping.columns;
    for (name, what) in [
        (&columns.arrived, "when a call came"),
        (&columns.ended, "when it ended"),
        (&columns.service, "its service"),
        (&columns.outcome, "how it ended"),
    ] {
        if name.is_empty() {
            return Err(unfit(format!("no column is chosen for {what}")));
        }
    }
    if mapping.source.is_empty() {
        return Err(unfit("the import has no name"));
    }
    let outcome_of = |CallsOutcome { text, meaning, outcome, otherwise, why }: CallsOutcome| {
        let meant = match meaning {
            CallMeaningName::Answered => OutcomeMeant::Answered { answered: outcome },
            CallMeaningName::Unanswered => OutcomeMeant::Unanswered { queued: outcome, otherwise },
            CallMeaningName::Refused => OutcomeMeant::Refused { refuse: why },
        };
        (text, meant)
    };
    let service_of =
        |CallsService { text, service, name }: CallsService| (text, ServiceMeant { service, name });
    Ok(Mapping {
        source: mapping.source,
        separator: mapping.separator,
        time_zone: mapping.time_zone,
        format: mapping.format,
        never: mapping.never,
        key: mapping.key,
        no_caller: mapping.no_caller,
        no_attendant: mapping.no_attendant,
        columns: Columns {
            date: columns.date,
            arrived: columns.arrived,
            queued: columns.queued,
            accepted: columns.accepted,
            ended: columns.ended,
            left_queue: columns.left_queue,
            left: columns.left,
            caller: columns.caller,
            service: columns.service,
            attendant: columns.attendant,
            outcome: columns.outcome,
        },
        services: mapping.services.into_iter().map(service_of).collect(),
        outcomes: mapping.outcomes.into_iter().map(outcome_of).collect(),
    })
}

fn of_taking(error: TakingError) -> ApiError {
    match error {
        TakingError::Mapping(why) => unfit(why),
        TakingError::File(error) => unreadable(error.to_string()),
    }
}

fn unfit(why: impl std::fmt::Display) -> ApiError {
    ApiError::new("import.mapping", format!("What the columns mean does not fit the file: {why}."))
}

fn unreadable(why: impl std::fmt::Display) -> ApiError {
    ApiError::new("import.unreadable", format!("This file cannot be imported: {why}."))
}

fn stopped() -> ApiError {
    let words = "This import was stopped, or another one was begun. What was taken stays; import the same file \
                 again to go on.";
    ApiError::new("import.stopped", words)
}
