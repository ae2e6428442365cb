//! Time zones by their IANA names, from the database that comes with the program. The system's own zone files are never
//! read: two hosts with different ones would decide differently.

use std::fmt;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

static BUNDLED: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A time zone. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

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
