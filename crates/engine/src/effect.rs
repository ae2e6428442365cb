//! What the world must do after an event: orders to a telephone system, by leg. Performed after the commit, once per
//! name `(sequence, index)`. Does not hold addresses: the outbox looks parties up when it performs.

use crate::command::Target;
use crate::id::{AttendantId, Leg, PartyId};
use crate::settings::Treatment;

/// One order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Lets a new or returned caller wait and hear this.
    Wait { leg: Leg, treatment: Treatment },
    /// Answers the line if need be and connects it to the attendant's audio, and nothing else to it.
    Connect { leg: Leg, attendant: AttendantId },
    /// Puts the line on hold.
    Hold { leg: Leg, treatment: Treatment },
    /// Rings a party on a new line.
    Dial { leg: Leg, party: PartyId, attendant: AttendantId },
    /// Connects both lines and the attendant with each other.
    Conference { caller: Leg, target: Leg, attendant: AttendantId },
    /// Asks the caller's telephone system to ring the target instead of us (SIP REFER).
    Refer { leg: Leg, target: Target, transfer: crate::TransferId },
    /// Asks it to take the target's line from us (SIP REFER with Replaces).
    Join { caller: Leg, target: Leg, transfer: crate::TransferId },
    /// Ends the line.
    Release { leg: Leg, why: ReleaseCause },
}

/// Why a line is ended; decides the final response where it was never answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReleaseCause {
    /// Normal end. SIP BYE, or 480 where never answered.
    Normal,
    /// Nobody could take it. SIP 480.
    NoAttendant,
    /// Too many calls here. SIP 486.
    Overload,
    /// Handed over: the line is no longer needed.
    HandedOver,
}
