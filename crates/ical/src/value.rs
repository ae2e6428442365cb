//! Values of properties: dates, local times, times of UTC, durations, text. Each says what is permitted where it is not.

use hours::{Date, DateTime, Zone};
use jiff::civil::Time;
use jiff::{SignedDuration, Span};

use crate::line::Line;
use crate::note::Note;

/// Earliest year of a date in a file: programs that do not know the year of a birthday write 1604.
const YEAR_MIN: i16 = 1600;
/// What may stand where a date is wanted.
const A_DATE: &str = "a date of the years 1600 to 2199 such as 20261225";
/// What may stand where a time is wanted.
const A_TIME: &str = "a date of the years 1600 to 2199 such as 20261225, or a date and time such as 20261225T080000 or 20261225T080000Z";
/// What may stand where a duration is wanted.
const A_DURATION: &str = "a duration of up to ten years such as P1D, PT8H or P1W";
/// The longest duration, in hours.
const DURATION_HOURS_MAX: i64 = 10 * 366 * 24;

/// When something begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// A whole day.
    Day(Date),
    /// What a clock on the wall shows, in the zone that its property names.
    Local(DateTime),
    /// An instant, in milliseconds since 1970 UTC.
    Instant(i64),
}

impl Moment {
    /// As the clock on the wall of this zone shows it; a day begins at midnight.
    pub(crate) fn local(self, zone: &Zone) -> DateTime {
        match self {
            Self::Day(date) => date.to_datetime(Time::midnight()),
            Self::Local(local) => local,
            Self::Instant(unix_ms) => zone.local(unix_ms),
        }
    }
}

/// The only value of a property.
pub(crate) fn moment(line: &Line) -> Result<Moment, Note> {
    parse_moment(&line.value).ok_or_else(|| {
        let permitted = if line.param("VALUE") == Some("DATE") { A_DATE } else { A_TIME };
        Note::left_out(line.number, &line.name, &line.value, permitted)
    })
}

/// The values of a property that may have several, and a note for each that is none.
pub(crate) fn moments(line: &Line) -> Vec<Result<Moment, Note>> {
    let values = line.value.split(',');
    let read = |value: &str| {
        parse_moment(value).ok_or_else(|| Note::left_out(line.number, &line.name, value, A_TIME))
    };
    values.map(read).collect()
}

/// The value alone decides: many programs leave `VALUE=DATE` away.
pub(crate) fn parse_moment(text: &str) -> Option<Moment> {
    let text = text.trim();
    let Some((date, time)) = text.split_once(['T', 't']) else { return parse_date(text).map(Moment::Day) };
    let date = parse_date(date)?;
    let (time, is_utc) = match time.strip_suffix(['Z', 'z']) {
        Some(time) => (time, true),
        None => (time, false),
    };
    let [hour, minute, second] = [digits(time, 0..2)?, digits(time, 2..4)?, digits(time, 4..6)?];
    if time.len() != 6 {
        return None;
    }
    // A leap second is the end of its minute.
    let time = Time::new(to_i8(hour)?, to_i8(minute)?, to_i8(second.min(59))?, 0).ok()?;
    if second > 60 {
        return None;
    }
    let local = date.to_datetime(time);
    if !is_utc {
        return Some(Moment::Local(local));
    }
    let instant = jiff::tz::Offset::UTC.to_timestamp(local).ok()?;
    Some(Moment::Instant(instant.as_millisecond()))
}

fn parse_date(text: &str) -> Option<Date> {
    let [year, month, day] = [digits(text, 0..4)?, digits(text, 4..6)?, digits(text, 6..8)?];
    let year = i16::try_from(year).ok()?;
    let is_in_range = text.len() == 8 && (YEAR_MIN..=hours::YEAR_MAX).contains(&year);
    if is_in_range { Date::new(year, to_i8(month)?, to_i8(day)?).ok() } else { None }
}

fn digits(text: &str, part: std::ops::Range<usize>) -> Option<u32> {
    let part = text.get(part)?;
    part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok()).flatten()
}

fn to_i8(number: u32) -> Option<i8> {
    i8::try_from(number).ok()
}

/// How long something takes: whole days by the calendar, and a time that runs by the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Length {
    pub(crate) days: i64,
    pub(crate) seconds: i64,
}

impl Length {
    /// So long after a local time.
    pub(crate) fn after(self, local: DateTime) -> Option<DateTime> {
        let days = Span::new().try_days(self.days).ok()?;
        local.checked_add(days).ok()?.checked_add(SignedDuration::from_secs(self.seconds)).ok()
    }
}

/// `P1D`, `PT8H30M`, `P2W`; not negative.
pub(crate) fn length(line: &Line) -> Result<Length, Note> {
    let fault = || Note::left_out(line.number, &line.name, &line.value, A_DURATION);
    parse_length(line.value.trim()).ok_or_else(fault)
}

fn parse_length(text: &str) -> Option<Length> {
    let text = text.strip_prefix('+').unwrap_or(text).strip_prefix('P')?;
    let (days, time) = text.split_once('T').map_or((text, None), |(days, time)| (days, Some(time)));
    let mut length = Length { days: 0, seconds: 0 };
    let mut parts = 0;
    for (amount, unit) in amounts(days)? {
        length.days += amount * if unit == 'W' { 7 } else { (unit == 'D').then_some(1)? };
        parts += 1;
    }
    for (amount, unit) in amounts(time.unwrap_or_default())? {
        length.seconds += amount
            * match unit {
                'H' => 3600,
                'M' => 60,
                'S' => 1,
                _ => return None,
            };
        parts += 1;
    }
    let hours = length.days * 24 + length.seconds / 3600;
    (parts > 0 && hours <= DURATION_HOURS_MAX).then_some(length)
}

/// Pairs of a number of at most six digits and a letter.
fn amounts(text: &str) -> Option<Vec<(i64, char)>> {
    let mut amounts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit()).filter(|end| (1..=6).contains(end))?;
        let unit = rest[end..].chars().next()?;
        amounts.push((rest[..end].parse().ok()?, unit));
        rest = &rest[end + unit.len_utf8()..];
    }
    Some(amounts)
}

/// A text as people read it: escapes taken back, on one line.
pub(crate) fn text(value: &str) -> String {
    let mut read = String::new();
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') | None => read.push(' '),
                Some(escaped) => read.push(escaped),
            },
            c if c.is_control() => read.push(' '),
            c => read.push(c),
        }
    }
    read.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{Length, Moment, parse_length, parse_moment, text};

    #[test]
    fn dates_and_times_are_read_as_the_standard_writes_them() {
        assert_eq!(parse_moment("20261225"), Some(Moment::Day("2026-12-25".parse().expect("a date"))));
        let local = "2026-12-25T08:00".parse().expect("a local time");
        assert_eq!(parse_moment("20261225T080000"), Some(Moment::Local(local)));
        assert_eq!(parse_moment("19700101T000001Z"), Some(Moment::Instant(1000)));
        for wrong in [
            "",
            "2026",
            "20261332",
            "20270229",
            "2026-12-25",
            "20261225T",
            "20261225T0800",
            "20261225T250000",
            "20261225T080061",
            "20261225T080000+0100",
            "15991231",
            "22000101",
            "2026122\u{e9}",
            "+0261225",
        ] {
            assert_eq!(parse_moment(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn durations_are_weeks_days_and_times() {
        assert_eq!(parse_length("P1W"), Some(Length { days: 7, seconds: 0 }));
        assert_eq!(parse_length("P1DT8H30M"), Some(Length { days: 1, seconds: 30_600 }));
        for wrong in ["", "P", "PT", "1D", "-P1D", "P1Y", "P1H", "PT1D", "P1", "P9999999D", "P999999D", "PD"]
        {
            assert_eq!(parse_length(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn text_loses_its_escapes_and_its_line_breaks() {
        assert_eq!(
            text(r"Weihnachten\, Tag 1\n(Kantone ZH\; BE)\\ "),
            r"Weihnachten, Tag 1 (Kantone ZH; BE)\"
        );
    }
}
