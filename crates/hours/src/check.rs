//! What is wrong with a calendar, before it is stored: every fault names the period, the field, its value and what is
//! permitted. Does not judge whether hours make sense: a period that another one always covers is no fault.

use std::fmt;

use jiff::civil::Date;

use crate::calendar::Calendar;
use crate::period::{Period, WallTime, When};

/// Most periods of a calendar, primary and secondary together: the holidays of 30 years, or every hour of a week twice.
pub const PERIODS_MAX: usize = 500;
/// Longest name of a calendar, in characters; the shortest is 1.
pub const NAME_CHARS_MAX: usize = 120;
/// Longest label of a period, in characters.
pub const LABEL_CHARS_MAX: usize = 120;
/// Earliest year of a date.
pub const YEAR_MIN: i16 = 1970;
/// Latest year of a date.
pub const YEAR_MAX: i16 = 2199;

/// Something that is not permitted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CalendarFault {
    /// Where.
    pub place: Place,
    /// Which field there, as the code calls it: `name`, `days`, `from`.
    pub field: &'static str,
    /// What stands there; of a text that is too long, its length.
    pub value: String,
    /// What may stand there.
    pub permitted: String,
}

/// Where in a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// The calendar itself.
    Calendar,
    /// The primary period at this place, from 0.
    Primary(usize),
    /// The secondary period at this place, from 0.
    Secondary(usize),
}

impl Calendar {
    /// Everything that is wrong; nothing means that it may be stored.
    #[must_use]
    pub fn check(&self) -> Vec<CalendarFault> {
        let mut faults = Faults { place: Place::Calendar, all: Vec::new() };
        faults.chars("name", &self.name, 1, NAME_CHARS_MAX);
        let periods = self.primary.len() + self.secondary.len();
        if periods > PERIODS_MAX {
            faults.add("periods", periods, format!("at most {PERIODS_MAX}, primary and secondary together"));
            // Not a fault for each of a million.
            return faults.all;
        }
        for (i, period) in self.primary.iter().enumerate() {
            faults.place = Place::Primary(i);
            faults.period(period);
        }
        for (i, period) in self.secondary.iter().enumerate() {
            faults.place = Place::Secondary(i);
            faults.period(period);
        }
        faults.all
    }
}

struct Faults {
    place: Place,
    all: Vec<CalendarFault>,
}

impl Faults {
    fn add(&mut self, field: &'static str, value: impl fmt::Display, permitted: impl Into<String>) {
        let (value, permitted) = (value.to_string(), permitted.into());
        self.all.push(CalendarFault { place: self.place, field, value, permitted });
    }

    fn chars(&mut self, field: &'static str, text: &str, min: usize, max: usize) {
        let chars = text.chars().count();
        let is_blank = text.trim().is_empty();
        if chars > max || (min > 0 && is_blank) {
            let blanks = if min > 0 { ", not only blanks" } else { "" };
            self.add(field, format_args!("{chars} characters"), format!("{min} to {max} characters{blanks}"));
        }
    }

    fn period(&mut self, period: &Period) {
        self.chars("label", &period.label, 0, LABEL_CHARS_MAX);
        match &period.when {
            When::Weekly { days, from, to: _ } => {
                if days.is_empty() {
                    self.add("days", "none", "one day of the week or more");
                }
                if *from == WallTime::END {
                    self.add("from", from, "00:00 to 23:59; 24:00 is 00:00 of the day after");
                }
            }
            When::Dates { from, to } => {
                self.years(*from, *to);
                if to < from {
                    self.add("to", to, format!("{from} or later"));
                }
            }
            When::Span { from, to } => {
                self.years(from.date(), to.date());
                if to <= from {
                    self.add("to", to, format!("later than {from}"));
                }
            }
            When::Yearly { month, day } => self.yearly(*month, *day),
        }
    }

    fn years(&mut self, from: Date, to: Date) {
        for (field, date) in [("from", from), ("to", to)] {
            if !(YEAR_MIN..=YEAR_MAX).contains(&date.year()) {
                self.add(field, date, format!("a date of the years {YEAR_MIN} to {YEAR_MAX}"));
            }
        }
    }

    fn yearly(&mut self, month: i8, day: i8) {
        // A leap year, so that the 29th of February is permitted.
        let Ok(first) = Date::new(2000, month, 1) else {
            self.add("month", month, "1 to 12");
            return;
        };
        if !(1..=first.days_in_month()).contains(&day) {
            self.add("day", day, format!("1 to {} in month {month}", first.days_in_month()));
        }
    }
}

impl fmt::Display for CalendarFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Place::Calendar => f.write_str("calendar")?,
            Place::Primary(i) => write!(f, "primary period {}", i + 1)?,
            Place::Secondary(i) => write!(f, "secondary period {}", i + 1)?,
        }
        write!(f, ": {} is {}; permitted is {}", self.field, self.value, self.permitted)
    }
}
