//! Identifiers. They come in with commands (calls, transfers, parties) or are counted by the switchboard (offers).
//! Does not generate any: the engine knows no randomness.

use std::fmt;

/// Makes ids of what goes by a number, printed and read as hexadecimal digits; for the crates above too.
#[macro_export]
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                write!(f, "{:x}", self.0)
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                write!(f, concat!(stringify!($name), "({:x})"), self.0)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::num::ParseIntError;
            /// Hexadecimal, as `Display` prints it.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                u64::from_str_radix(text, 16).map($name)
            }
        }
    )+};
}

ids! {
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
    /// Something callers hear: an announcement, a menu, a greeting.
    SoundId;
    /// What one caller said into a recording.
    RecordingId;
    /// One playing of a sound on one line.
    PlayId;
    /// Opening hours that services go by.
    CalendarId;
}

/// A step of a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u16);

impl NodeId {
    /// Where an exit leads that is not drawn yet. No step has this number.
    pub const NOWHERE: NodeId = NodeId(u16::MAX);
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A number for something that follows from something else: the same each time, as good as chance beside all others, and
/// of 63 bits, which every store can keep. (The finaliser of SplitMix64.)
pub(crate) fn derived(from: u64, salt: u64) -> u64 {
    let mut mixed = from.wrapping_add(salt.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) >> 1
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
