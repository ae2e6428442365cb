//! Call detail records: one per service session, with the part each attendant had in it (REPORT-1). Does not hold names
//! or numbers of people: parties are ids.

use engine::{AttendantId, CallId, Origin, PartyId, ServiceId, Timestamp};

use crate::outcome::{Outcome, UserOutcome};

/// One caller's stay with one service, from arrival to outcome (a service session), with its user sessions (REPORT-1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// Which call.
    pub call: CallId,
    /// 1 for the first service session of the call, 2 for the next.
    pub part: u32,
    /// Live or simulated.
    pub origin: Origin,
    /// Called by us.
    pub outbound: bool,
    /// Which service; `None` for a call an attendant made for herself.
    pub service: Option<ServiceId>,
    /// The caller (or whom we called).
    pub party: PartyId,
    /// Arrived.
    pub arrived: Timestamp,
    /// First accepted by an attendant.
    pub accepted: Option<Timestamp>,
    /// Ended; `None` while it goes on.
    pub ended: Option<Timestamp>,
    /// In conversation or on hold, in milliseconds (`outcomes.md`: connected contains hold, never park).
    pub connected_ms: u64,
    /// On hold, in milliseconds.
    pub hold_ms: u64,
    /// In a slot, in milliseconds.
    pub park_ms: u64,
    /// The outcome; `None` while it goes on.
    pub outcome: Option<Outcome>,
    /// Who had a part in it.
    pub user_sessions: Vec<UserSession>,
}

/// One attendant's part in a service session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserSession {
    /// Who.
    pub attendant: AttendantId,
    /// Rung, or picked, or called.
    pub began: Timestamp,
    /// Over.
    pub ended: Option<Timestamp>,
    /// How it ended.
    pub outcome: Option<UserOutcome>,
    /// To whom she put the caller through, where she did.
    pub target: Option<PartyId>,
}
