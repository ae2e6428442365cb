//! Identifiers. They come in with commands (calls, transfers, parties) or are counted by the switchboard (offers).
//! Does not generate any: the engine knows no randomness.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:x}", self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({:x})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;
            /// Hexadecimal, as `Display` prints it.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                u64::from_str_radix(text, 16).map($name)
            }
        }
    )+};
}

id! {
    /// One caller's stay with the tenant, from arrival to the end; may pass several services.
    CallId;
    /// One attempt to put a call through to a target.
    TransferId;
    /// One attendant being rung for one call. Counted by the switchboard.
    OfferId;
    /// A person or line outside the journal: the number, name and key live in the party book, never in events.
    PartyId;
    /// Something a caller can reach.
    ServiceId;
    /// The person at the console.
    AttendantId;
    /// Something an attendant can do: a language, a product.
    SkillId;
    /// A responsibility profile: a named set of skills that attendants share.
    ProfileId;
}

/// A numbered park slot as the attendant sees it, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotNumber(pub u16);

impl fmt::Display for SlotNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One telephone line of a call, the unit a connector speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Leg {
    /// The line of the caller (or, for an outbound call, of the person called).
    Caller(CallId),
    /// The line to the target of a consultation.
    Target(TransferId),
}
