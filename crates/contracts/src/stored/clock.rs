//! Stored texts of what a calendar is made of: zones by their names, dates and times as ISO 8601 writes them, the days of a
//! week as one number. What is none of these is refused while it is read, so that whoever reads never holds half a calendar.

use hours::{Date, DateTime, DaySet, WallTime, Zone};
use serde::{Deserialize, Serialize};

use super::Twinned;

/// A word that is stored as its text, and read by a function that refuses what is none.
macro_rules! text {
    ($($twin:ident of $type:ident by $read:expr),+ $(,)?) => {$(
        #[derive(Clone, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub(super) struct $twin($type);

        impl TryFrom<String> for $twin {
            type Error = String;
            fn try_from(text: String) -> Result<$twin, String> {
                let read: fn(&str) -> Option<$type> = $read;
                read(&text).map($twin).ok_or_else(|| format!("{text:?} is no {}", stringify!($type)))
            }
        }

        impl Twinned for $type {
            type Twin = $twin;
            fn to_twin(&self) -> $twin {
                $twin(self.clone())
            }
            fn from_twin(twin: $twin) -> $type {
                twin.0
            }
        }
    )+};
}

text! {
    ZoneTwin of Zone by |text| Zone::parse(text).ok(),
    WallTimeTwin of WallTime by WallTime::parse,
    DateTwin of Date by |text| text.parse().ok(),
    DateTimeTwin of DateTime by |text| text.parse().ok(),
}

impl From<ZoneTwin> for String {
    fn from(ZoneTwin(zone): ZoneTwin) -> String {
        zone.name().to_owned()
    }
}

impl From<WallTimeTwin> for String {
    fn from(WallTimeTwin(time): WallTimeTwin) -> String {
        time.to_string()
    }
}

impl From<DateTwin> for String {
    fn from(DateTwin(date): DateTwin) -> String {
        date.to_string()
    }
}

impl From<DateTimeTwin> for String {
    fn from(DateTimeTwin(local): DateTimeTwin) -> String {
        local.to_string()
    }
}

/// Monday is 1, Sunday 64.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub(super) struct DaySetTwin(DaySet);

impl TryFrom<u8> for DaySetTwin {
    type Error = String;
    fn try_from(bits: u8) -> Result<DaySetTwin, String> {
        DaySet::from_bits(bits).map(DaySetTwin).ok_or_else(|| format!("{bits} are no days of a week"))
    }
}

impl From<DaySetTwin> for u8 {
    fn from(DaySetTwin(days): DaySetTwin) -> u8 {
        days.bits()
    }
}

impl Twinned for DaySet {
    type Twin = DaySetTwin;
    fn to_twin(&self) -> DaySetTwin {
        DaySetTwin(*self)
    }
    fn from_twin(twin: DaySetTwin) -> DaySet {
        twin.0
    }
}
