//! Time zones by their IANA names, from the database that comes with the program. The system's own zone files are never
//! read: two hosts with different ones would decide differently.

use std::fmt;
use std::sync::LazyLock;

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};

use crate::calendar::instant;

/// Most shifts told at a time: those of 50 years.
pub const SHIFTS_MAX: usize = 100;

static BUNDLED: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A time zone. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// When a clock on the wall shows a local time. Instants are milliseconds since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shown {
    /// At one instant.
    Once(i64),
    /// At two, because the clock is put back in between.
    Twice {
        /// Before it is put back.
        first: i64,
        /// After.
        second: i64,
    },
    /// Never, because the clock is put forward across it.
    Never {
        /// When the clock would show it had it not been put forward.
        instead: i64,
    },
}

impl Shown {
    /// The instant that people mean: the earlier of two; where there is none, as if the clock had not been put forward.
    #[must_use]
    pub fn usual(self) -> i64 {
        match self {
            Self::Once(at) | Self::Twice { first: at, .. } | Self::Never { instead: at } => at,
        }
    }
}

/// The clocks of a zone are put forward or back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shift {
    /// When, in milliseconds since 1970 UTC.
    pub at: i64,
    /// What the clock would show then had it not been put forward or back.
    pub from: DateTime,
    /// What it shows instead.
    pub to: DateTime,
}

/// There is no zone of this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownZone;

impl Zone {
    /// The zone of an IANA name, in any case: `Europe/Zurich`, `UTC`.
    ///
    /// # Errors
    /// [`UnknownZone`] where the database has no such name.
    pub fn parse(name: &str) -> Result<Self, UnknownZone> {
        let zone = BUNDLED.get(name).map_err(|_| UnknownZone)?;
        // What has no name could not be stored and read again.
        if zone.iana_name().is_some() { Ok(Self(zone)) } else { Err(UnknownZone) }
    }

    /// Its IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().expect("parse lets only named zones in")
    }

    /// Every name there is, sorted, to choose from.
    #[must_use]
    pub fn names() -> Vec<String> {
        let mut names: Vec<_> = BUNDLED.available().map(|name| name.as_str().to_owned()).collect();
        names.sort_unstable();
        names
    }

    /// What the clock on the wall shows at an instant, in milliseconds since 1970 UTC.
    #[must_use]
    pub fn local(&self, unix_ms: i64) -> DateTime {
        let at = instant(unix_ms);
        self.offset(at).to_datetime(at)
    }

    /// How far its clock is from UTC at an instant, in milliseconds since 1970 UTC: `+02:00`.
    #[must_use]
    pub fn offset_text(&self, unix_ms: i64) -> String {
        let seconds = self.offset(instant(unix_ms)).seconds();
        let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
        format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }

    /// When the clock on the wall shows this.
    #[must_use]
    pub fn shown(&self, local: DateTime) -> Shown {
        let at = |offset: Offset| {
            // Beyond the years -9999 to 9999 the nearest instant will do.
            let nearest = if local.year() < 0 { Timestamp::MIN } else { Timestamp::MAX };
            offset.to_timestamp(local).unwrap_or(nearest).as_millisecond()
        };
        match self.0.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => Shown::Once(at(offset)),
            AmbiguousOffset::Gap { before, .. } => Shown::Never { instead: at(before) },
            AmbiguousOffset::Fold { before, after } => Shown::Twice { first: at(before), second: at(after) },
        }
    }

    /// Every time its clocks are put forward or back after one instant and until another, in milliseconds since 1970 UTC.
    /// At most [`SHIFTS_MAX`].
    #[must_use]
    pub fn shifts(&self, after: i64, until: i64) -> Vec<Shift> {
        let changes = self.0.following(instant(after)).map(|change| change.timestamp());
        let until = instant(until);
        let shift = |at: Timestamp| {
            let before = at.checked_sub(SignedDuration::from_millis(1)).ok()?;
            let (old, new) = (self.offset(before), self.offset(at));
            let shift = Shift { at: at.as_millisecond(), from: old.to_datetime(at), to: new.to_datetime(at) };
            (old != new).then_some(shift)
        };
        changes.take_while(|at| *at <= until).filter_map(shift).take(SHIFTS_MAX).collect()
    }

    /// How far local time is from UTC at an instant.
    pub(crate) fn offset(&self, at: Timestamp) -> Offset {
        self.0.to_offset(at)
    }

    /// The first instant after `at` from which another offset may apply.
    pub(crate) fn next_shift(&self, at: Timestamp) -> Option<Timestamp> {
        self.0.following(at).next().map(|shift| shift.timestamp())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name())
    }
}

impl fmt::Display for UnknownZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this is no time zone; write an IANA name such as Europe/Zurich")
    }
}

impl std::error::Error for UnknownZone {}

#[cfg(test)]
mod tests {
    use super::{UnknownZone, Zone};

    #[test]
    fn a_zone_is_known_by_its_iana_name_in_any_case() {
        assert_eq!(
            Zone::parse("europe/zurich").map(|zone| zone.name().to_owned()),
            Ok("Europe/Zurich".into())
        );
        for wrong in ["", "Zurich", "CEST", "+01:00", "../../etc/passwd", "Europe/"] {
            assert_eq!(Zone::parse(wrong), Err(UnknownZone), "{wrong}");
        }
    }

    #[test]
    fn every_name_offered_to_choose_from_is_a_zone_of_that_name() {
        let names = Zone::names();
        assert!(names.len() > 400, "{}", names.len());
        for name in names {
            assert_eq!(Zone::parse(&name).map(|zone| zone.name().to_owned()), Ok(name));
        }
    }
}
