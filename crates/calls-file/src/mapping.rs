//! What a row of an earlier telephone system's file means: a mapping says which column holds what, and a row becomes a call or a
//! reason why not (REPORT-5). Does not read files, and guesses nothing: what the mapping does not foresee is refused.
//!
//! The ids of a call, its service, its attendant and its caller follow from the source's name and the row, so that the same file
//! read again gives the same calls.

use std::collections::BTreeMap;

use contracts::Address;
use contracts::imports::ImportedCall;
use engine::{AttendantId, CallId, Origin, PartyId, ServiceId, Timestamp};
use hours::{Date, DateTime, Shown, Zone};
use reporting::{CallRecord, Outcome, UserOutcome, UserSession};
use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

use crate::rows::Row;

/// A time that is earlier than the one before by more than this is one of the next day.
const NEXT_DAY_MS: i64 = 12 * 3_600_000;
/// Ids hold seconds in 32 bits, so until 2106, and 31 bits of what the row says; all of it goes beside it (`ImportedCall::row`).
const ROW_BITS: u32 = 31;

/// What the columns of a file mean; a TOML file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Names the import. The same name and the same row give the same call.
    pub source: String,
    /// Between columns: one character; `\t` for a tabulator.
    #[serde(default = "comma")]
    pub separator: String,
    /// IANA name of the zone the times are in.
    pub time_zone: String,
    /// How a moment is written, as strftime has it; with a date column, how the date is.
    pub format: String,
    /// What stands where something did not happen.
    #[serde(default)]
    pub never: Vec<String>,
    /// The columns that tell a row from all others.
    pub key: Vec<String>,
    /// Callers that are none.
    #[serde(default)]
    pub no_caller: Vec<String>,
    /// Attendants that are none.
    #[serde(default)]
    pub no_attendant: Vec<String>,
    /// Which column holds what.
    pub columns: Columns,
    /// Services by what stands in their column; others keep the name that stands there.
    #[serde(default)]
    pub services: BTreeMap<String, ServiceMeant>,
    /// Outcomes by what stands in their column.
    pub outcomes: BTreeMap<String, OutcomeMeant>,
}

/// Which column holds what.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// The day; then the other times are times of day.
    pub date: Option<String>,
    /// The call came.
    pub arrived: String,
    /// It came into the queue.
    pub queued: Option<String>,
    /// An attendant took it.
    pub accepted: Option<String>,
    /// The end of a call that was answered.
    pub ended: String,
    /// The end of one that was queued and not answered [default: as `ended`].
    pub left_queue: Option<String>,
    /// The end of one that was neither [default: as `ended`].
    pub left: Option<String>,
    /// The caller's number or address.
    pub caller: Option<String>,
    /// The service.
    pub service: String,
    /// Who took it.
    pub attendant: Option<String>,
    /// How it ended.
    pub outcome: String,
}

/// A service that a file speaks of.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceMeant {
    /// The id of a service that is set up here.
    pub service: Option<String>,
    /// What it is called, where there is none.
    pub name: Option<String>,
}

/// What an outcome of the file is here.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum OutcomeMeant {
    /// An attendant had the call; ended with this outcome (`outcomes.md`).
    Answered {
        /// 5–9.
        answered: u8,
    },
    /// No attendant had it.
    Unanswered {
        /// The outcome of a call that had come into a queue.
        queued: u8,
        /// The outcome of one that had not.
        otherwise: u8,
    },
    /// Such rows are no calls.
    Refused {
        /// Why.
        refuse: String,
    },
}

fn comma() -> String {
    ",".to_owned()
}

/// A mapping with the columns of one file.
pub struct Reader {
    source: String,
    zone: Zone,
    format: String,
    never: Vec<String>,
    key: Vec<usize>,
    at: Places,
    no_caller: Vec<String>,
    no_attendant: Vec<String>,
    services: BTreeMap<String, (ServiceId, Option<String>)>,
    outcomes: BTreeMap<String, Meant>,
    /// The last date that was read: files go day by day.
    day: Option<(String, Date)>,
}

struct Places {
    date: Option<usize>,
    arrived: usize,
    queued: Option<usize>,
    accepted: Option<usize>,
    ended: usize,
    left_queue: usize,
    left: usize,
    caller: Option<usize>,
    service: usize,
    attendant: Option<usize>,
    outcome: usize,
}

#[derive(Clone)]
enum Meant {
    Answered(Outcome),
    Unanswered { queued: Outcome, otherwise: Outcome },
    Refused(String),
}

/// A call, and what the file calls its service and its attendant where nobody here knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadCall {
    /// The call.
    pub call: ImportedCall,
    /// The name of the service.
    pub service_name: Option<String>,
    /// The name of the attendant.
    pub attendant_name: Option<String>,
}

impl Mapping {
    /// From the text of a mapping file; what is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Mapping, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    /// As the text of a mapping file.
    pub fn text(&self) -> Result<String, String> {
        toml::to_string(self).map_err(|error| error.to_string())
    }

    /// The separator as the file has it.
    pub fn separator(&self) -> Result<u8, String> {
        match self.separator.as_bytes() {
            [one] if one.is_ascii() => Ok(*one),
            _ => Err(format!("'{}' is no separator: it has one character", self.separator)),
        }
    }

    /// For a file with these columns.
    pub fn reader(self, header: &[&str]) -> Result<Reader, String> {
        let place = |name: &String| {
            let found = header.iter().position(|column| *column == name.as_str());
            found.ok_or_else(|| format!("the file has no column '{name}'; it has {}", header.join(", ")))
        };
        let maybe = |name: &Option<String>| name.as_ref().map(place).transpose();
        let columns = &self.columns;
        let ended = place(&columns.ended)?;
        let at = Places {
            date: maybe(&columns.date)?,
            arrived: place(&columns.arrived)?,
            queued: maybe(&columns.queued)?,
            accepted: maybe(&columns.accepted)?,
            ended,
            left_queue: maybe(&columns.left_queue)?.unwrap_or(ended),
            left: maybe(&columns.left)?.unwrap_or(ended),
            caller: maybe(&columns.caller)?,
            service: place(&columns.service)?,
            attendant: maybe(&columns.attendant)?,
            outcome: place(&columns.outcome)?,
        };
        if self.key.is_empty() {
            return Err("'key' names the columns that tell a row from all others; it is empty".to_owned());
        }
        let zone =
            Zone::parse(&self.time_zone).map_err(|unknown| format!("'{}': {unknown}", self.time_zone))?;
        let services =
            self.services.iter().map(|(text, meant)| Ok((text.clone(), service(&self.source, text, meant)?)));
        let outcomes = self.outcomes.iter().map(|(text, meant)| Ok((text.clone(), outcome(meant)?)));
        Ok(Reader {
            zone,
            at,
            key: self.key.iter().map(place).collect::<Result<_, _>>()?,
            services: services.collect::<Result<_, String>>()?,
            outcomes: outcomes.collect::<Result<_, String>>()?,
            source: self.source,
            format: self.format,
            never: self.never,
            no_caller: self.no_caller,
            no_attendant: self.no_attendant,
            day: None,
        })
    }
}

fn service(source: &str, text: &str, meant: &ServiceMeant) -> Result<(ServiceId, Option<String>), String> {
    match (&meant.service, &meant.name) {
        (Some(id), None) => {
            let id = id.parse().map_err(|_| format!("'{id}' is not the id of a service"))?;
            Ok((id, None))
        }
        (None, Some(name)) => Ok((ServiceId(number(source, "service", &[text])), Some(name.clone()))),
        (Some(_), Some(_)) | (None, None) => {
            Err(format!("the service '{text}' has either the id of a service or a name"))
        }
    }
}

fn outcome(meant: &OutcomeMeant) -> Result<Meant, String> {
    let known = |id: u8| {
        let found = Outcome::ALL.into_iter().find(|outcome| outcome.id() == id);
        found.ok_or_else(|| format!("{id} is no outcome; they go from 1 to 18"))
    };
    Ok(match meant {
        OutcomeMeant::Answered { answered } => Meant::Answered(known(*answered)?),
        OutcomeMeant::Unanswered { queued, otherwise } => {
            Meant::Unanswered { queued: known(*queued)?, otherwise: known(*otherwise)? }
        }
        OutcomeMeant::Refused { refuse } => Meant::Refused(refuse.clone()),
    })
}

impl Reader {
    /// The call of a row; why it is none.
    pub fn read(&mut self, row: &Row<'_>) -> Result<ReadCall, String> {
        let text = |place: usize| {
            row.get(place).map(str::trim).ok_or_else(|| format!("it has {} columns only", row.len()))
        };
        let maybe = |place: Option<usize>| place.map(text).transpose();
        let outcome_text = text(self.at.outcome)?;
        let meant = self.outcomes.get(outcome_text).cloned();
        let meant = meant.ok_or_else(|| format!("the mapping does not know the outcome '{outcome_text}'"))?;
        if let Meant::Refused(why) = meant {
            return Err(why);
        }
        let date = maybe(self.at.date)?.map(|text| self.date(text)).transpose()?;
        let arrived = self.moment("arrival", text(self.at.arrived)?, date, None)?;
        let arrived = arrived.ok_or("its arrival is missing")?;
        if arrived.0 < 0 || arrived.0 / 1000 > i64::from(u32::MAX) {
            return Err("it came before 1970 or after 2106".to_owned());
        }
        let queued = maybe(self.at.queued)?.unwrap_or_default();
        let queued = self.moment("queue", queued, date, Some(arrived))?;
        let before = queued.unwrap_or(arrived);
        let (outcome, accepted) = match &meant {
            Meant::Answered(outcome) => {
                let accepted = maybe(self.at.accepted)?.unwrap_or_default();
                let accepted = self.moment("answer", accepted, date, Some(before))?;
                (*outcome, Some(accepted.ok_or("it was answered, and when is missing")?))
            }
            Meant::Unanswered { queued: outcome, .. } if queued.is_some() => (*outcome, None),
            Meant::Unanswered { otherwise, .. } => (*otherwise, None),
            Meant::Refused(why) => return Err(why.clone()),
        };
        let place = match (accepted, queued) {
            (Some(_), _) => self.at.ended,
            (None, Some(_)) => self.at.left_queue,
            (None, None) => self.at.left,
        };
        let ended = self.moment("end", text(place)?, date, Some(accepted.unwrap_or(before)))?;
        let ended = ended.ok_or("its end is missing")?;

        let key: Vec<&str> = self.key.iter().map(|place| text(*place)).collect::<Result<_, _>>()?;
        let row_number = number(&self.source, "call", &key);
        let (service, service_name) = self.service(text(self.at.service)?)?;
        let caller = maybe(self.at.caller)?.filter(|text| !self.is_none(&self.no_caller, text));
        let caller = caller
            .map(|text| Address::parse(text).map_err(|why| format!("the caller '{text}': {why}")))
            .transpose()?;
        let party = match &caller {
            Some(address) => number(&self.source, "caller", &[address.as_str()]),
            None => row_number,
        };
        let attendant = maybe(self.at.attendant)?.filter(|text| !self.is_none(&self.no_attendant, text));
        let session = accepted.zip(attendant).map(|(accepted, attendant)| UserSession {
            attendant: AttendantId(number(&self.source, "attendant", &[attendant])),
            began: accepted,
            ended: Some(ended),
            outcome: Some(UserOutcome::Accepted),
            target: None,
            ring_ms: 0,
            connected_ms: ms(accepted, ended),
            hold_ms: 0,
        });
        let record = CallRecord {
            call: CallId(call_number(arrived, row_number)),
            part: 1,
            origin: Origin::Live,
            outbound: false,
            service: Some(service),
            party: PartyId(party),
            arrived,
            // Who was answered at once came into the queue as she left it.
            queued: queued.or(accepted),
            accepted,
            ended: Some(ended),
            connected_ms: accepted.map_or(0, |accepted| ms(accepted, ended)),
            hold_ms: 0,
            park_ms: 0,
            outcome: Some(outcome),
            imported: true,
            user_sessions: session.into_iter().collect(),
        };
        let attendant_name = record.user_sessions.first().and(attendant).map(str::to_owned);
        Ok(ReadCall { call: ImportedCall { row: row_number, record, caller }, service_name, attendant_name })
    }

    fn service(&self, text: &str) -> Result<(ServiceId, Option<String>), String> {
        match self.services.get(text) {
            Some(known) => Ok(known.clone()),
            None if text.is_empty() => Err("its service is missing".to_owned()),
            None => Ok((ServiceId(number(&self.source, "service", &[text])), Some(text.to_owned()))),
        }
    }

    fn is_none(&self, none: &[String], text: &str) -> bool {
        text.is_empty() || none.iter().any(|one| one == text)
    }

    fn date(&mut self, text: &str) -> Result<Date, String> {
        if let Some((_, day)) = self.day.as_ref().filter(|(known, _)| known == text) {
            return Ok(*day);
        }
        let day = Date::strptime(&self.format, text).map_err(|_| format!("'{text}' is no date"))?;
        self.day = Some((text.to_owned(), day));
        Ok(day)
    }

    /// When it was; `None`: never. Not before what came before it: where midnight came between, it was the next day.
    fn moment(
        &self,
        what: &str,
        text: &str,
        date: Option<Date>,
        before: Option<Timestamp>,
    ) -> Result<Option<Timestamp>, String> {
        if text.is_empty() || self.never.iter().any(|never| never == text) {
            return Ok(None);
        }
        let wrong = || format!("its {what} '{text}' is no time");
        let Some(date) = date else {
            let local = DateTime::strptime(&self.format, text).map_err(|_| wrong())?;
            return self.not_before(what, text, local, before).map(Some);
        };
        let [hour, minute, second] = time_of_day(text).ok_or_else(wrong)?;
        let mut day = date;
        if let Some(before) = before {
            let at = Timestamp(self.zone.shown(day.at(hour, minute, second, 0)).usual());
            if before.0 - at.0 > NEXT_DAY_MS {
                day = day.tomorrow().map_err(|_| wrong())?;
            }
        }
        self.not_before(what, text, day.at(hour, minute, second, 0), before).map(Some)
    }

    fn not_before(
        &self,
        what: &str,
        text: &str,
        local: DateTime,
        before: Option<Timestamp>,
    ) -> Result<Timestamp, String> {
        let at = match (self.zone.shown(local), before) {
            // The hour comes twice, and the first time was before.
            (Shown::Twice { first, second }, Some(before)) if first < before.0 => second,
            (shown, _) => shown.usual(),
        };
        match before {
            Some(before) if at < before.0 => {
                Err(format!("its {what} '{text}' is before what came before it"))
            }
            _ => Ok(Timestamp(at)),
        }
    }
}

/// `H:MM:SS` or `H:MM`.
fn time_of_day(text: &str) -> Option<[i8; 3]> {
    let mut parts = text.split(':');
    let mut next = |max: i8| -> Option<i8> {
        let part = parts.next()?;
        let digits = (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse().ok().filter(|number| digits && *number <= max)
    };
    let (hour, minute) = (next(23)?, next(59)?);
    let second = if text.matches(':').count() == 1 { 0 } else { next(59)? };
    parts.next().is_none().then_some([hour, minute, second])
}

fn ms(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.0 - from.0).unwrap_or(0)
}

/// The same for the same words, and nearly surely for no others; 63 bits, never 0.
fn number(source: &str, kind: &str, words: &[&str]) -> u64 {
    let mut hash = Context::new(&SHA256);
    for word in [source, kind].iter().chain(words) {
        hash.update(&(word.len() as u64).to_le_bytes());
        hash.update(word.as_bytes());
    }
    let digest = hash.finish();
    let (first, _) = digest.as_ref().split_at(8);
    let number = u64::from_le_bytes(first.try_into().expect("eight bytes"));
    (number & (u64::MAX >> 1)).max(1)
}

/// Time first, so that calls lie in the store as they came.
fn call_number(arrived: Timestamp, row: u64) -> u64 {
    let seconds = u64::try_from(arrived.0 / 1000).unwrap_or(0);
    (seconds << ROW_BITS) & (u64::MAX >> 1) | row & ((1 << ROW_BITS) - 1)
}
