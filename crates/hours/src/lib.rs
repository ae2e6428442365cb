//! Opening hours (ROUTE-4): whether a calendar is open at an instant, which of its periods says so, and when that next
//! changes. Pure: the instant is given, and the time zones come with the program, so every system decides alike. Does not
//! store calendars, does not know which service has which, and waits for nothing. `docs/hours.md` has the rules.

mod calendar;
mod check;
mod period;
mod zone;

pub use calendar::{Because, Calendar, HORIZON_DAYS, Part, Verdict};
pub use check::{CalendarFault, LABEL_CHARS_MAX, NAME_CHARS_MAX, PERIODS_MAX, Place, YEAR_MAX, YEAR_MIN};
/// A calendar's dates, local times and days of the week.
pub use jiff::civil::{Date, DateTime, Weekday};
pub use period::{DaySet, Period, State, WallTime, When};
pub use zone::{SHIFTS_MAX, Shift, Shown, UnknownZone, Zone};
