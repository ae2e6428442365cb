//! A first look at a file nobody has a mapping for yet: its columns with what stands in them, and the mapping that its headings and
//! values suggest. A person decides; what is not plain is left to her.

use std::collections::{BTreeMap, HashMap};

use hours::{Date, DateTime};

use crate::mapping::{Columns, Mapping, OutcomeMeant};
use crate::rows::{FileError, Next, Rows};
use crate::taking::is_announcement;

/// What may stand between columns, the likeliest first.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Rows that are looked at.
const ROWS_MAX: u64 = 10_000;
/// Values of a column that are told apart; one with more holds no words.
const VALUES_MAX: usize = 64;
/// Characters of a value that is shown.
const VALUE_CHARS_MAX: usize = 120;

/// What a file looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Packed with gzip.
    pub is_packed: bool,
    /// As the Encoding Standard calls it.
    pub encoding: &'static str,
    /// What stands between columns.
    pub separator: u8,
    /// The columns.
    pub columns: Vec<Column>,
    /// Rows that were looked at.
    pub rows: u64,
}

/// A column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// Its heading.
    pub name: String,
    /// What stands in it and how often, as it is first met; the first [`VALUES_MAX`].
    pub values: Vec<(String, u64)>,
    /// There are others.
    pub has_more: bool,
}

impl Column {
    /// What stands in it, without what is nothing.
    fn words(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(|(value, _)| value.as_str()).filter(|value| !value.is_empty())
    }
}

/// Looks at the beginning of a file; `is_whole`: this is all of it.
pub fn look(beginning: &[u8], is_whole: bool) -> Result<Look, FileError> {
    let mut best: Option<Look> = None;
    for separator in SEPARATORS {
        let look = look_with(beginning, is_whole, separator)?;
        if best.as_ref().is_none_or(|best| look.columns.len() > best.columns.len()) {
            best = Some(look);
        }
    }
    Ok(best.unwrap_or_else(|| Look {
        is_packed: false,
        encoding: "UTF-8",
        separator: SEPARATORS[0],
        columns: Vec::new(),
        rows: 0,
    }))
}

fn look_with(beginning: &[u8], is_whole: bool, separator: u8) -> Result<Look, FileError> {
    let mut rows = Rows::new(separator);
    rows.push(beginning);
    if is_whole {
        rows.end();
    }
    let mut columns: Vec<Column> = Vec::new();
    let mut places: Vec<HashMap<String, usize>> = Vec::new();
    let mut count = 0;
    while count < ROWS_MAX && rows.advance()? == Next::Row {
        let row = rows.row();
        if columns.is_empty() {
            let fields: Vec<&str> = row.iter().map(str::trim).collect();
            if !is_announcement(&fields) {
                columns =
                    fields.iter().map(|name| Column { name: shown(name), ..Column::default() }).collect();
                places = vec![HashMap::new(); columns.len()];
            }
            continue;
        }
        count += 1;
        for ((column, places), value) in columns.iter_mut().zip(&mut places).zip(row.iter()) {
            let value = shown(value.trim());
            match places.get(&value) {
                Some(place) => column.values[*place].1 += 1,
                None if column.values.len() < VALUES_MAX => {
                    places.insert(value.clone(), column.values.len());
                    column.values.push((value, 1));
                }
                None => column.has_more = true,
            }
        }
    }
    Ok(Look { is_packed: rows.is_packed(), encoding: rows.encoding(), separator, columns, rows: count })
}

fn shown(value: &str) -> String {
    value.chars().take(VALUE_CHARS_MAX).collect()
}

/// Headings by which a column is known, the plainest first.
const DATE: &[&str] = &["date", "calldate", "day", "datum"];
const ARRIVED: &[&str] = &[
    "arrived",
    "arrival",
    "arrivaltime",
    "starttime",
    "start",
    "callstart",
    "started",
    "received",
    "calldate",
    "datetime",
    "timestamp",
    "time",
    "begin",
    "beginn",
    "anrufzeit",
    "startzeit",
    "vruentry",
    "entry",
];
const QUEUED: &[&str] =
    &["queued", "queuestart", "queueentry", "queuetime", "enteredqueue", "qstart", "wartebeginn"];
const ACCEPTED: &[&str] = &[
    "accepted",
    "answered",
    "answertime",
    "answer",
    "connected",
    "connecttime",
    "serstart",
    "servicestart",
    "pickup",
    "angenommen",
];
const ENDED: &[&str] =
    &["ended", "end", "endtime", "callend", "serexit", "hangup", "hanguptime", "finished", "ende", "endzeit"];
const LEFT_QUEUE: &[&str] = &["leftqueue", "queueexit", "queueend", "qexit", "abandontime"];
const LEFT: &[&str] = &["left", "vruexit", "exit"];
const CALLER: &[&str] = &[
    "caller",
    "callernumber",
    "callerid",
    "from",
    "ani",
    "src",
    "source",
    "number",
    "phone",
    "rufnummer",
    "customerid",
];
const SERVICE: &[&str] = &[
    "service",
    "queue",
    "queuename",
    "skill",
    "group",
    "hotline",
    "dnis",
    "did",
    "dst",
    "warteschlange",
    "type",
];
const ATTENDANT: &[&str] = &[
    "attendant",
    "agent",
    "agentname",
    "operator",
    "user",
    "username",
    "server",
    "answeredby",
    "mitarbeiter",
    "dstchannel",
];
const OUTCOME: &[&str] = &["outcome", "disposition", "result", "status", "callresult", "ergebnis", "reason"];
const KEY: &[&str] = &["id", "callid", "uniqueid", "sessionid", "uuid", "guid", "conversationid", "recordid"];

/// How moments are written, the likeliest first.
const MOMENTS: [&str; 12] = [
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%Y/%m/%d %H:%M:%S",
    "%Y%m%d%H%M%S",
];
/// How dates are.
const DATES: [&str; 6] = ["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y%m%d", "%y%m%d"];

/// The ids of `outcomes.md`.
const ANSWERED: OutcomeMeant = OutcomeMeant::Answered { answered: 5 };
const HUNG_UP: OutcomeMeant = OutcomeMeant::Unanswered { queued: 4, otherwise: 2 };
const VOICEMAIL: OutcomeMeant = OutcomeMeant::Unanswered { queued: 10, otherwise: 10 };
const LOST: OutcomeMeant = OutcomeMeant::Unanswered { queued: 16, otherwise: 16 };

/// What words in the column of the outcome mean.
const MEANINGS: [(&[&str], OutcomeMeant); 4] = [
    (
        &[
            "noanswer",
            "notanswered",
            "unanswered",
            "abandon",
            "hang",
            "missed",
            "cancel",
            "nichtangenommen",
            "aufgelegt",
        ],
        HUNG_UP,
    ),
    (&["voicemail", "message"], VOICEMAIL),
    (&["fail", "error", "congestion", "lost", "busy"], LOST),
    (&["answer", "agent", "connected", "completed", "accepted", "handled", "angenommen"], ANSWERED),
];

/// The mapping that this look suggests. What no column is there for is empty, and no mapping that fits the file.
pub fn suggested(look: &Look, source: &str, time_zone: &str) -> Mapping {
    let mut taken = Vec::new();
    let mut find = |names: &[&str]| find(look, &mut taken, names);
    let key = find(KEY);
    let date = find(DATE).filter(|name| format_of(look, name, &DATES, is_date).is_some());
    let arrived = find(ARRIVED);
    let (queued, accepted, ended) = (find(QUEUED), find(ACCEPTED), find(ENDED));
    let (left_queue, left) = (find(LEFT_QUEUE), find(LEFT));
    let outcome = find(OUTCOME);
    let (caller, service, attendant) = (find(CALLER), find(SERVICE), find(ATTENDANT));
    let format = match (&date, &arrived) {
        (Some(date), _) => format_of(look, date, &DATES, is_date),
        (None, Some(arrived)) => format_of(look, arrived, &MOMENTS, is_moment),
        (None, None) => None,
    };
    let outcomes = outcome.as_ref().and_then(|name| column(look, name)).map(meanings).unwrap_or_default();
    let key = match key {
        Some(key) => vec![key],
        // What hardly two calls have in common.
        None => [&date, &arrived, &caller, &service].into_iter().flatten().cloned().collect(),
    };
    Mapping {
        source: source.to_owned(),
        separator: char::from(look.separator).to_string(),
        time_zone: time_zone.to_owned(),
        format: format.unwrap_or_default().to_owned(),
        never: Vec::new(),
        key,
        no_caller: Vec::new(),
        no_attendant: Vec::new(),
        columns: Columns {
            date,
            arrived: arrived.unwrap_or_default(),
            queued,
            accepted,
            ended: ended.unwrap_or_default(),
            left_queue,
            left,
            caller,
            service: service.unwrap_or_default(),
            attendant,
            outcome: outcome.unwrap_or_default(),
        },
        services: BTreeMap::new(),
        outcomes,
    }
}

fn column<'a>(look: &'a Look, name: &str) -> Option<&'a Column> {
    look.columns.iter().find(|column| column.name == name)
}

/// The first column of one of these names that is not taken yet.
fn find(look: &Look, taken: &mut Vec<usize>, names: &[&str]) -> Option<String> {
    let place = names.iter().find_map(|name| {
        look.columns
            .iter()
            .enumerate()
            .position(|(place, column)| plain(&column.name) == *name && !taken.contains(&place))
    })?;
    taken.push(place);
    Some(look.columns[place].name.clone())
}

/// Letters and digits alone.
fn plain(text: &str) -> String {
    text.chars().filter(|char| char.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The first format in which all that stands in a column is written.
fn format_of(
    look: &Look,
    name: &str,
    formats: &[&'static str],
    fits: fn(&str, &str) -> bool,
) -> Option<&'static str> {
    let column = column(look, name)?;
    column.words().next()?;
    formats.iter().copied().find(|format| column.words().all(|word| fits(format, word)))
}

fn is_date(format: &str, text: &str) -> bool {
    Date::strptime(format, text).is_ok()
}

fn is_moment(format: &str, text: &str) -> bool {
    DateTime::strptime(format, text).is_ok()
}

fn meanings(column: &Column) -> BTreeMap<String, OutcomeMeant> {
    let meaning = |word: &str| {
        let plain = plain(word);
        let found = MEANINGS.iter().find(|(parts, _)| parts.iter().any(|part| plain.contains(part)))?;
        Some((word.to_owned(), found.1.clone()))
    };
    if column.has_more { BTreeMap::new() } else { column.words().filter_map(meaning).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mapping_of_a_plain_file_is_suggested_whole_report_5() {
        let text = "sep=;\nCall ID;Start time;Answered;End;Caller;Queue;Agent;Disposition\n\
            1;04.08.2026 09:00:00;04.08.2026 09:00:20;04.08.2026 09:05:00;+41445556677;Sales;Rita;ANSWERED\n\
            2;04.08.2026 09:01:00;;04.08.2026 09:01:30;+41445556678;Sales;;NO ANSWER\n\
            3;04.08.2026 09:02:00;;04.08.2026 09:02:30;;Sales;;Transferred\n";
        let look = look(text.as_bytes(), true).expect("it is read");
        assert_eq!((look.separator, look.rows, look.columns.len(), look.encoding), (b';', 3, 8, "UTF-8"));
        assert_eq!(look.columns[5].values, [("Sales".to_owned(), 3)]);
        let mapping = suggested(&look, "old", "Europe/Zurich");
        assert_eq!(mapping.format, "%d.%m.%Y %H:%M:%S");
        assert_eq!(mapping.key, ["Call ID"]);
        let Columns { arrived, accepted, ended, caller, service, attendant, outcome, .. } =
            mapping.columns.clone();
        assert_eq!([arrived, ended, service, outcome], ["Start time", "End", "Queue", "Disposition"]);
        assert_eq!(
            [accepted, caller, attendant].map(Option::unwrap_or_default),
            ["Answered", "Caller", "Agent"]
        );
        let outcomes = [("ANSWERED".to_owned(), ANSWERED), ("NO ANSWER".to_owned(), HUNG_UP)];
        assert_eq!(mapping.outcomes, outcomes.into(), "what is not plain is left to a person");
        let again = Mapping::parse(&mapping.text().expect("it is written")).expect("it is read");
        assert_eq!(again, mapping);
    }

    #[test]
    fn a_file_nobody_understands_suggests_nothing_and_a_part_of_one_is_enough_report_5() {
        let rows = format!("x,y\n{}3", "1,2\n".repeat(40));
        let look = super::look(rows.as_bytes(), false).expect("it is read");
        assert_eq!((look.rows, look.columns.len()), (40, 2), "the last row is not whole");
        let mapping = suggested(&look, "old", "UTC");
        assert!(mapping.columns.arrived.is_empty() && mapping.format.is_empty() && mapping.key.is_empty());
        assert_eq!(super::look(b"", true).expect("it is read").columns, []);
    }
}
