//! Call detail records: one per service session, with the part each attendant had in it (REPORT-1), and the messages that
//! callers left, and how transfers ended. Does not hold names or numbers of people: parties are ids.

use engine::{AttendantId, CallId, Failure, Origin, PartyId, RecordingId, ServiceId, Span, Timestamp};

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
    /// First in a queue of the service; `None`: never.
    pub queued: Option<Timestamp>,
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
    /// It came from the file of an earlier telephone system, not from our events (REPORT-5).
    pub imported: bool,
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
    /// Rung, until she accepted or the offer was over, in milliseconds; 0 where she picked or placed the call.
    pub ring_ms: u64,
    /// In conversation or on hold with her, in milliseconds.
    pub connected_ms: u64,
    /// Of that, on hold, in milliseconds.
    pub hold_ms: u64,
}

impl UserSession {
    /// Whether she had the call, or has it still: an offer that came to nothing is none.
    pub fn had(&self) -> bool {
        match self.outcome {
            None => true,
            Some(UserOutcome::Declined | UserOutcome::TimedOut | UserOutcome::Cancelled) => false,
            Some(
                UserOutcome::Accepted
                | UserOutcome::TransferredInternally
                | UserOutcome::TransferredExternally
                | UserOutcome::InternalTransferFailed
                | UserOutcome::ExternalTransferFailed,
            ) => true,
        }
    }
}

/// One attempt to put a caller through, and how it ended (CALL-9). One that the attendant took back herself is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransferAttempt {
    /// Who was put through.
    pub caller: PartyId,
    /// To whom.
    pub target: PartyId,
    /// By whom; `None`: by the workflow of a service.
    pub attendant: Option<AttendantId>,
    /// When it ended.
    pub at: Timestamp,
    /// Live or simulated.
    pub origin: Origin,
    /// How.
    pub end: TransferEnd,
}

/// How an attempt to put a caller through ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransferEnd {
    /// The target has her.
    PutThrough,
    /// The target could not be had for this reason; she came back to the attendant, or goes on in the workflow.
    CameBack(Failure),
    /// The target could not be had for this reason, and she was let go (blind).
    Refused(Failure),
    /// She hung up meanwhile.
    Left,
}

/// A message that a caller left (CALL-8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voicemail {
    /// What she said.
    pub recording: RecordingId,
    /// In which call.
    pub call: CallId,
    /// For which service.
    pub service: ServiceId,
    /// Who.
    pub party: PartyId,
    /// When she had finished.
    pub left: Timestamp,
    /// How long it is.
    pub length: Span,
    /// Live or simulated.
    pub origin: Origin,
}
