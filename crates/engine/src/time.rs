//! Points in time and spans, in whole milliseconds. Does not read any clock: `now` comes in with every command.

use std::ops::{Add, Sub};

/// Milliseconds since 1970-01-01T00:00:00Z. May step backwards between commands; the switchboard never does
/// (see [`crate::Switchboard::clock`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// A length of time in milliseconds, never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(pub u32);

impl Span {
    /// A span of whole seconds, at most 4,294,967.
    pub const fn from_secs(seconds: u32) -> Span {
        Span(seconds.saturating_mul(1000))
    }
}

impl Add<Span> for Timestamp {
    type Output = Timestamp;
    fn add(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_add(i64::from(span.0)))
    }
}

impl Sub<Timestamp> for Timestamp {
    type Output = Span;
    /// Zero where `earlier` is the later one.
    fn sub(self, earlier: Timestamp) -> Span {
        Span(u32::try_from(self.0.saturating_sub(earlier.0).max(0)).unwrap_or(u32::MAX))
    }
}

impl Sub<Span> for Timestamp {
    type Output = Timestamp;
    fn sub(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_sub(i64::from(span.0)))
    }
}
