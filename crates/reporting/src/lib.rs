//! Call detail records, folded from events as they happen. Pure: no clock, no disk.
//! Does not compute KPIs yet beyond what the console shows.

use engine::{AttendantId, CallId, Origin, PartyId, ServiceId, Timestamp};

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

/// Service session outcomes; the numbers are stable (`outcomes.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names are the documentation; see outcomes.md")]
pub enum Outcome {
    CustomerHangupBeforeAccept = 1,
    CustomerHangupInIvr = 2,
    CustomerHangupInIvrAfterQueue = 3,
    CustomerHangupInQueue = 4,
    UserAccepted = 5,
    UserInternalTransferSuccess = 6,
    UserExternalTransferSuccess = 7,
    UserInternalTransferFailed = 8,
    UserExternalTransferFailed = 9,
    VoicemailLeft = 10,
    CallbackRequested = 11,
    WorkflowTransferSuccess = 12,
    WorkflowTransferFailed = 13,
    QueueLimitReached = 14,
    DisconnectedByWorkflow = 15,
    Lost = 16,
    OutboundAccepted = 17,
    OutboundNotAccepted = 18,
}

/// User session outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are the documentation; see outcomes.md")]
pub enum UserOutcome {
    Accepted,
    Declined,
    TimedOut,
    Cancelled,
    TransferredInternally,
    TransferredExternally,
    InternalTransferFailed,
    ExternalTransferFailed,
}

/// What the store must write with the events it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordChange {
    /// Insert or replace this record (by call and part).
    Put(CallRecord),
    /// A caller was put through: one more in the transfer history.
    TransferDone { caller: PartyId, target: PartyId, at: Timestamp, origin: Origin },
}

/// Folds events into records. Holds only calls that have not ended.
#[derive(Debug, Default)]
pub struct Fold {}

impl Fold {
    /// The changes that would follow from these events, without taking them in: the desk stores them in the
    /// transaction of the events and calls [`Fold::apply`] only after the commit. Copies only the calls they name.
    pub fn preview<'a>(&self, events: impl IntoIterator<Item = (&'a engine::Event, Timestamp)>) -> Vec<RecordChange> {
        let mut scratch = Fold {};
        events.into_iter().flat_map(|(event, at)| scratch.apply(event, at)).collect()
    }

    /// The changes that follow from one event; `at` is its time.
    pub fn apply(&mut self, _event: &engine::Event, _at: Timestamp) -> Vec<RecordChange> {
        Vec::new()
    }
}
