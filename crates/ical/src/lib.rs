//! Holidays and hours from iCalendar files (RFC 5545), as periods for a calendar (ROUTE-4). Pure: the bytes, the calendar's
//! zone and the years of interest are given. Nothing is dropped in silence: whatever does not come along as it stands in the
//! file has a note with its line, its value and what is permitted. Writes no files and knows nothing of alarms, guests or
//! tasks. `docs/hours.md` says what is understood.

mod event;
mod file;
mod line;
mod note;
mod rule;
mod value;
mod windows;

use hours::{Date, When, Zone};

pub use file::{BYTES_MAX, EVENTS_MAX};
pub use note::{Fate, NOTES_MAX, Note};

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// What the file calls itself, where it does.
    pub name: Option<String>,
    /// Periods, by their first day, then by line.
    pub found: Vec<Found>,
    /// What does not come along as it stands in the file, by line; at most [`NOTES_MAX`], the last of which then tells how
    /// many more there are.
    pub notes: Vec<Note>,
}

/// A period of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where its event begins, from 1.
    pub line: usize,
    /// Its title, at most [`hours::LABEL_CHARS_MAX`] characters; may be empty.
    pub label: String,
    /// When, by the clock on the wall of the calendar's zone.
    pub when: When,
}

/// Which dates are of interest. What happens every week or every year without an end is one period and needs none; what ends
/// or has exceptions is told date by date between these two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

impl Window {
    /// From the first day of a year to the last day of the fourth year after: as far ahead as holidays are published.
    #[must_use]
    pub fn of_year(year: i16) -> Self {
        let year = year.clamp(hours::YEAR_MIN, hours::YEAR_MAX - 4);
        let date = |year, month, day| Date::new(year, month, day).expect("the year has been clamped");
        Self { from: date(year, 1, 1), to: date(year + 4, 12, 31) }
    }
}

/// Reads a file for a calendar of this zone.
///
/// # Errors
/// A note on the one thing that makes the whole of it unreadable: too large, not text, no iCalendar file.
pub fn read(bytes: &[u8], zone: &Zone, window: Window) -> Result<Import, Note> {
    file::read(bytes, zone, window)
}
