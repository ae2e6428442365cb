//! Values of properties: compared, and written as JSON. Time is milliseconds since 1970 in UTC; a date is days since then.

use std::cmp::Ordering;
use std::fmt::Write;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

use crate::model::Kind;

/// What stands in a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Number(f64),
    /// A text.
    Text(Arc<str>),
    /// A moment, in milliseconds since 1970 (UTC).
    Time(i64),
    /// A date, in days since 1970.
    Date(i32),
}

impl Value {
    /// A text.
    pub fn text(text: impl AsRef<str>) -> Value {
        Value::Text(text.as_ref().into())
    }

    /// What is there, or null.
    pub fn or_null<T: Into<Value>>(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }

    pub(crate) fn kind(&self) -> Option<Kind> {
        match self {
            Value::Null => None,
            Value::Bool(_) => Some(Kind::Bool),
            Value::Int(_) => Some(Kind::Int),
            Value::Number(_) => Some(Kind::Number),
            Value::Text(_) => Some(Kind::Text),
            Value::Time(_) => Some(Kind::Time),
            Value::Date(_) => Some(Kind::Date),
        }
    }

    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Value::Int(number) => Some(*number as f64),
            Value::Number(number) => Some(*number),
            Value::Null | Value::Bool(_) | Value::Text(_) | Value::Time(_) | Value::Date(_) => None,
        }
    }

    /// Which is less; `None` where one is null or they cannot be compared.
    pub fn compare(&self, other: &Value) -> Option<Ordering> {
        match (self, other) {
            (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
            (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
            (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
            (Value::Time(a), Value::Time(b)) => Some(a.cmp(b)),
            (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
            (a, b) => a.number()?.partial_cmp(&b.number()?),
        }
    }

    /// For sorting: null comes first, as OData says.
    pub fn sort(&self, other: &Value) -> Ordering {
        match (self, other) {
            (Value::Null, Value::Null) => Ordering::Equal,
            (Value::Null, _) => Ordering::Less,
            (_, Value::Null) => Ordering::Greater,
            (a, b) => a.compare(b).unwrap_or(Ordering::Equal),
        }
    }

    /// As JSON.
    pub fn write(&self, out: &mut String) {
        // Writing to a String cannot fail.
        let _ = match self {
            Value::Null => out.write_str("null"),
            Value::Bool(yes) => write!(out, "{yes}"),
            Value::Int(number) => write!(out, "{number}"),
            Value::Number(number) if number.is_finite() => write!(out, "{number}"),
            Value::Number(_) => out.write_str("null"),
            Value::Text(text) => {
                string(out, text);
                Ok(())
            }
            Value::Time(ms) => match civil(*ms) {
                Some(at) => {
                    write_time(out, at);
                    Ok(())
                }
                None => out.write_str("null"),
            },
            Value::Date(days) => match civil(i64::from(*days) * DAY_MS) {
                Some(at) => {
                    out.push('"');
                    write_date(out, at.date());
                    out.push('"');
                    Ok(())
                }
                None => out.write_str("null"),
            },
        };
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Int(number)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Value {
        Value::Number(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::text(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text.into())
    }
}

pub(crate) const DAY_MS: i64 = 86_400_000;

/// The clock of UTC at this moment.
pub(crate) fn civil(ms: i64) -> Option<DateTime> {
    Some(Offset::UTC.to_datetime(Timestamp::from_millisecond(ms).ok()?))
}

/// Digit by digit: a feed has millions of them.
fn write_time(out: &mut String, at: DateTime) {
    let time = at.time();
    out.push('"');
    write_date(out, at.date());
    for (sign, number, places) in [
        ('T', time.hour().into(), 2),
        (':', time.minute().into(), 2),
        (':', time.second().into(), 2),
        ('.', time.millisecond(), 3),
    ] {
        out.push(sign);
        digits(out, number, places);
    }
    out.push_str("Z\"");
}

fn write_date(out: &mut String, date: Date) {
    if date.year() < 0 {
        out.push('-');
    }
    digits(out, date.year(), 4);
    out.push('-');
    digits(out, date.month().into(), 2);
    out.push('-');
    digits(out, date.day().into(), 2);
}

fn digits(out: &mut String, number: i16, places: u32) {
    for place in (0..places).rev() {
        out.push(char::from(b'0' + (number.unsigned_abs() / 10_u16.pow(place) % 10) as u8));
    }
}

/// `2026-01-01T08:00:00Z`, with an offset or without seconds too.
pub(crate) fn read_time(text: &str) -> Option<i64> {
    let text = text.to_ascii_uppercase();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.as_millisecond());
    }
    let bare = text.strip_suffix('Z')?;
    let at: DateTime = bare.parse().ok()?;
    Some(Offset::UTC.to_timestamp(at).ok()?.as_millisecond())
}

/// `2026-01-01`.
pub(crate) fn read_date(text: &str) -> Option<i32> {
    let date: Date = text.parse().ok()?;
    let ms = Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?.as_millisecond();
    i32::try_from(ms.div_euclid(DAY_MS)).ok()
}

/// A text as JSON.
pub(crate) fn string(out: &mut String, text: &str) {
    out.push('"');
    // Nearly every text is written as it is.
    let special = |byte: u8| byte < b' ' || matches!(byte, b'"' | b'\\');
    if !text.bytes().any(special) {
        out.push_str(text);
        out.push('"');
        return;
    }
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{:04x}", control as u32);
            }
            other => out.push(other),
        }
    }
    out.push('"');
}
