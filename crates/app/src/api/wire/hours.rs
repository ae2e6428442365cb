//! Opening hours as they cross to the screens (ROUTE-4): calendars and their periods, what is wrong with them, what they say
//! of a week, a year and a moment, and what a file of holidays holds. Does not judge: the crates `hours` and `ical` do.
//!
//! Dates cross as `2026-12-25`, times of day as `08:00` up to `24:00`, local times as `2026-12-24T12:00`, all by the clock on
//! the wall of the calendar's zone.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

wire! {
    /// Opening hours, as they are kept or as somebody types them.
    pub struct CalendarForm {
        /// 1 to 120 characters.
        pub name: String,
        /// An IANA name.
        pub zone: String,
        /// What holds where no period does.
        pub open: bool,
        /// Holidays and exceptions: they come first, the one further up before the others.
        pub primary: Vec<PeriodForm>,
        /// The hours of a week.
        pub secondary: Vec<PeriodForm>,
    }

    /// A part of a calendar.
    pub struct PeriodForm {
        /// Whether callers are served meanwhile.
        pub open: bool,
        /// At most 120 characters; may be empty.
        pub label: String,
        pub when: WhenForm,
    }

    /// All calendars, and what there is to choose from.
    pub struct CalendarsView {
        /// By name.
        pub calendars: Vec<CalendarView>,
        /// Names of all time zones, sorted.
        pub zones: Vec<String>,
        /// Most periods of a calendar, primary and secondary together.
        pub periods_max: u32,
    }

    /// A calendar that is kept.
    pub struct CalendarView {
        pub id: String,
        pub form: CalendarForm,
        /// Whether it is open now.
        pub open: bool,
        /// When that next changes, by its own clock; `null`: not within 400 days.
        pub until: Option<String>,
    }

    /// Something that is not permitted.
    pub struct CalendarFaultView {
        pub place: PeriodPlace,
        /// `name`, `zone`, `periods` of the calendar; `label`, `days`, `from`, `to`, `month`, `day` of a period.
        pub field: String,
        pub value: String,
        pub permitted: String,
    }

    /// What a calendar says, before or after it is kept.
    pub struct CalendarPreview {
        /// Everything that is wrong; empty: it may be kept.
        pub faults: Vec<CalendarFaultView>,
        /// What it says; `null` while its zone, or a date or time of it, cannot be read.
        pub says: Option<CalendarSays>,
    }

    /// What a calendar says of a week, a year and a moment.
    pub struct CalendarSays {
        pub moment: MomentView,
        /// Monday to Sunday.
        pub week: Vec<DayView>,
        /// Every day of a year, from the first of January.
        pub year: Vec<YearDayView>,
        /// The days of that year on which a primary period decides, or a clock is put forward or back.
        pub special: Vec<SpecialDayView>,
    }

    /// What it says of a moment that was asked about.
    pub struct MomentView {
        pub shown: ShownName,
        /// One verdict; two where the clock shows that time twice.
        pub verdicts: Vec<VerdictView>,
    }

    /// Open or closed, why, and until when.
    pub struct VerdictView {
        /// By the clock on the wall.
        pub at: String,
        /// How far that clock is from UTC: `+02:00`.
        pub offset: String,
        pub open: bool,
        pub because: PeriodPlace,
        /// `null`: not within 400 days.
        pub until: Option<String>,
    }

    /// A day, from midnight to midnight by the clock on the wall.
    pub struct DayView { pub date: String, pub parts: Vec<PartView>, pub shifts: Vec<ShiftView> }

    /// A part of a day that one period decides.
    pub struct PartView {
        #[ts(type = "number")] pub from_ms: u32,
        #[ts(type = "number")] pub to_ms: u32,
        pub open: bool,
        pub because: PeriodPlace,
    }

    /// A clock is put forward or back: at `from` it shows `to`.
    pub struct ShiftView { pub from: String, pub to: String, pub is_forward: bool }

    /// A day of a year.
    pub struct YearDayView {
        /// How long it is open, by the clock on the wall.
        #[ts(type = "number")] pub open_ms: u32,
        /// A primary period decides some of it.
        pub is_special: bool,
        /// A clock is put forward or back.
        pub is_shifted: bool,
    }

    /// A day of a year of which there is something to say.
    pub struct SpecialDayView {
        pub date: String,
        /// The primary periods that decide some of it, by their place from 0.
        pub primary: Vec<u16>,
        #[ts(type = "number")] pub open_ms: u32,
        pub shifts: Vec<ShiftView>,
    }

    /// What a file of holidays holds. Nothing is kept.
    pub struct HolidaysView {
        /// What the file calls itself.
        pub name: Option<String>,
        pub found: Vec<FoundView>,
        pub notes: Vec<HolidayNoteView>,
    }

    /// A period of a file.
    pub struct FoundView {
        /// Where its event begins in the file, from 1.
        pub line: u32,
        pub label: String,
        pub when: WhenForm,
    }

    /// Something that does not come along as it stands in the file.
    pub struct HolidayNoteView {
        pub line: u32,
        /// It is not in `found`; else it is, but not as it stands in the file.
        pub is_left_out: bool,
        pub field: String,
        pub value: String,
        /// What may stand there, or what was done instead.
        pub permitted: String,
    }
}

/// When a period holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[ts(export)]
#[allow(missing_docs, reason = "each is the one of the same name in `hours::When`")]
pub enum WhenForm {
    /// 1 is Monday, 2 Tuesday, 4 Wednesday … 64 Sunday, added up.
    Weekly {
        days: u8,
        from: String,
        to: String,
    },
    /// Both days belong to it.
    Dates {
        from: String,
        to: String,
    },
    Span {
        from: String,
        to: String,
    },
    /// 1 to 12, 1 to 31.
    Yearly {
        month: u8,
        day: u8,
    },
}

/// A place in a calendar; periods by their place from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[ts(export)]
#[allow(missing_docs, reason = "`at` is the place")]
pub enum PeriodPlace {
    /// No period: the calendar itself.
    Calendar,
    Primary {
        at: u16,
    },
    Secondary {
        at: u16,
    },
}

/// How often a clock shows a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ShownName {
    /// Once.
    Once,
    /// Twice, because it is put back.
    Twice,
    /// Never, because it is put forward.
    Never,
}
