//! A period of a calendar: what it says, and which part of each local day it covers. Knows no time zone: it is asked
//! about a date, and answers in the local time of that day.

use std::fmt;
use std::ops::Range;

use jiff::civil::{Date, DateTime, Weekday};

/// One local day, in milliseconds as a clock on the wall counts them (a day of 23 or 25 hours too).
pub(crate) const DAY_MS: u32 = 24 * 60 * 60 * 1000;

/// What a period says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Callers are served.
    Open,
    /// Callers are not served.
    Closed,
}

/// A part of a calendar that differs from its default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// What holds meanwhile.
    pub state: State,
    /// When.
    pub when: When,
    /// What people call it: "Christmas", "Lunch". At most [`crate::LABEL_CHARS_MAX`] characters; may be empty.
    pub label: String,
}

/// When a period holds, read from the clock on the wall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// Every week, from `from` until just before `to`.
    Weekly {
        /// The days on which it begins.
        days: DaySet,
        /// When it begins, before 24:00.
        from: WallTime,
        /// When it is over. At or before `from`, it is over on the day after.
        to: WallTime,
    },
    /// Whole days.
    Dates {
        /// The first one.
        from: Date,
        /// The last one; it still belongs to the period.
        to: Date,
    },
    /// Once, from `from` until just before `to`. Counted to the millisecond.
    Span {
        /// When it begins.
        from: DateTime,
        /// When it is over.
        to: DateTime,
    },
    /// One whole day every year. The 29th of February is there only in leap years.
    Yearly {
        /// 1 to 12.
        month: i8,
        /// 1 to 31, as the month has them.
        day: i8,
    },
}

impl When {
    /// The parts of this local day that are covered, in milliseconds of the wall clock; some may be empty.
    pub(crate) fn of_day(&self, date: Date) -> [Range<u32>; 2] {
        let whole = |is_covered: bool| if is_covered { 0..DAY_MS } else { 0..0 };
        match self {
            Self::Weekly { days, from, to } => {
                let begins = days.contains(date.weekday());
                if from < to {
                    return [if begins { from.ms()..to.ms() } else { 0..0 }, 0..0];
                }
                let began_yesterday = days.contains(date.weekday().previous());
                [
                    if began_yesterday { 0..to.ms() } else { 0..0 },
                    if begins { from.ms()..DAY_MS } else { 0..0 },
                ]
            }
            Self::Dates { from, to } => [whole((from..=to).contains(&&date)), 0..0],
            Self::Span { from, to } => [on_day(*from, date)..on_day(*to, date), 0..0],
            Self::Yearly { month, day } => [whole(date.month() == *month && date.day() == *day), 0..0],
        }
    }
}

/// Where a local time lies as seen from one day: at its beginning if earlier, at its end if later.
fn on_day(at: DateTime, date: Date) -> u32 {
    match at.date().cmp(&date) {
        std::cmp::Ordering::Less => 0,
        std::cmp::Ordering::Equal => of_day_ms(at),
        std::cmp::Ordering::Greater => DAY_MS,
    }
}

/// What the clock on the wall shows, as milliseconds since its midnight.
pub(crate) fn of_day_ms(at: DateTime) -> u32 {
    let unsigned = |part: i8| u32::try_from(part).expect("no part of a time of day is negative");
    let seconds = (unsigned(at.hour()) * 60 + unsigned(at.minute())) * 60 + unsigned(at.second());
    seconds * 1000 + u32::try_from(at.millisecond()).expect("no part of a time of day is negative")
}

/// A time of day from 00:00 to 24:00, to the minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallTime {
    minutes: u16,
}

impl WallTime {
    /// The beginning of a day.
    pub const START: Self = Self { minutes: 0 };
    /// The end of a day, 24:00.
    pub const END: Self = Self { minutes: 24 * 60 };

    /// So many minutes after midnight, 0 to 1,440; nothing beyond.
    #[must_use]
    pub fn from_minutes(minutes: u16) -> Option<Self> {
        (minutes <= Self::END.minutes).then_some(Self { minutes })
    }

    /// From `HH:MM`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (hour, minute) = text.split_once(':')?;
        let digits = |part: &str| (part.len() == 2).then(|| part.bytes().all(|b| b.is_ascii_digit()));
        if digits(hour) != Some(true) || digits(minute) != Some(true) {
            return None;
        }
        let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
        if minute < 60 { Self::from_minutes(hour * 60 + minute) } else { None }
    }

    /// Minutes after midnight, 0 to 1,440.
    #[must_use]
    pub fn minutes(self) -> u16 {
        self.minutes
    }

    fn ms(self) -> u32 {
        u32::from(self.minutes) * 60_000
    }
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

/// Days of the week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct DaySet {
    bits: u8,
}

impl DaySet {
    /// Monday to Sunday.
    pub const EVERY_DAY: Self = Self { bits: 0b111_1111 };
    /// Monday to Friday.
    pub const MONDAY_TO_FRIDAY: Self = Self { bits: 0b001_1111 };

    /// From its bits: 1 is Monday, 64 is Sunday. Nothing if a bit beyond is set.
    #[must_use]
    pub fn from_bits(bits: u8) -> Option<Self> {
        (bits <= Self::EVERY_DAY.bits).then_some(Self { bits })
    }

    /// Its bits: 1 is Monday, 64 is Sunday.
    #[must_use]
    pub fn bits(self) -> u8 {
        self.bits
    }

    /// Whether this day is one of them.
    #[must_use]
    pub fn contains(self, day: Weekday) -> bool {
        self.bits & bit(day) != 0
    }

    /// Whether there is no day at all.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.bits == 0
    }
}

impl FromIterator<Weekday> for DaySet {
    fn from_iter<I: IntoIterator<Item = Weekday>>(days: I) -> Self {
        Self { bits: days.into_iter().fold(0, |bits, day| bits | bit(day)) }
    }
}

fn bit(day: Weekday) -> u8 {
    1 << day.to_monday_zero_offset()
}

#[cfg(test)]
mod tests {
    use super::{DaySet, WallTime};
    use jiff::civil::Weekday;

    #[test]
    fn a_time_of_day_goes_from_midnight_to_midnight() {
        for good in ["00:00", "07:05", "23:59", "24:00"] {
            assert_eq!(WallTime::parse(good).map(|time| time.to_string()), Some(good.into()));
        }
        for bad in ["24:01", "12:60", "7:00", "+7:00", "0700", "07:00:00", "", ":", "99:00", "a7:00"] {
            assert_eq!(WallTime::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn days_are_counted_from_monday() {
        assert_eq!(DaySet::from_iter([Weekday::Monday, Weekday::Sunday]).bits(), 0b100_0001);
        assert!(!DaySet::MONDAY_TO_FRIDAY.contains(Weekday::Saturday));
        assert_eq!(DaySet::from_bits(128), None);
    }
}
