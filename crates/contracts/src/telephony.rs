//! The port to a telephone system. Orders go in, reports come out; a connector turns them into its own words. The engine
//! knows no telephone system and a connector knows no rule of the business.

use std::sync::Arc;

use async_trait::async_trait;
use engine::{
    AttendantId, CallId, Failure, Leg, PlayId, RecordingId, ReleaseCause, Span, TransferId, Treatment,
};

use crate::address::Address;
use crate::presence::LinePresence;
use crate::sounds::Sound;

/// Names an order for ever: the event's sequence number and the effect's index in it. A connector performs a name once,
/// however often it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderName {
    /// Sequence number of the event in the journal.
    pub sequence: u64,
    /// Index of the effect among the event's effects.
    pub index: u32,
}

/// An engine effect with its addresses looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "a variant's sentence speaks of its fields")]
pub enum Order {
    /// Lets the caller wait and hear this. `Ringing`: 180 without answering. `Music`: answer first.
    Wait { leg: Leg, treatment: Treatment },
    /// Answers (or retrieves by re-INVITE) and makes it the one line the attendant hears.
    Connect { leg: Leg, attendant: AttendantId },
    /// On hold: re-INVITE `sendonly` with music, or `inactive`.
    Hold { leg: Leg, treatment: Treatment },
    /// Rings somebody on a new line of this name.
    Dial { leg: Leg, to: Address, attendant: AttendantId },
    /// Mixes both lines and the attendant.
    Conference { caller: Leg, target: Leg, attendant: AttendantId },
    /// Blind REFER; progress comes back as `Taken` or `Refused` with this transfer's id.
    Refer { leg: Leg, to: Address, transfer: TransferId },
    /// REFER with Replaces: the far end of `caller` takes over the line `target`.
    Join { caller: Leg, target: Leg, transfer: TransferId },
    /// Answers the line and lets the caller hear nothing. A line that was answered is left as it is.
    Answer { leg: Leg },
    /// Answers if need be and plays this once, from the beginning, in place of what the caller heard. `PlayEnded` follows
    /// when it is over, once; a play whose place another order takes ends without a report.
    Play { leg: Leg, play: PlayId, sound: Arc<Sound> },
    /// Answers if need be, plays a short tone, and records what the caller says until she hangs up, presses `#`, or
    /// `length_max` is over; `Recorded` follows once, before `HungUp` where she hung up. What she says is in the recording
    /// book at least every 5 s while it runs, so that a process that dies loses no more.
    Record { leg: Leg, recording: RecordingId, length_max: Span },
    /// Ends the line; a line that is not there any more is no error.
    Release { leg: Leg, why: ReleaseCause },
}

/// What a telephone system says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "a variant's sentence speaks of its fields")]
pub enum Report {
    /// Somebody rings. `to` is the address she dialled, by which the service is found.
    Arrived { call: CallId, from: Address, display_name: Option<String>, to: Address },
    /// Rings at the far end.
    Ringing { leg: Leg },
    /// Answered at the far end.
    Answered { leg: Leg },
    /// Could not be set up.
    Failed { leg: Leg, failure: Failure },
    /// The far end hung up.
    HungUp { leg: Leg },
    /// The line is gone without a goodbye (media or session timer, failed re-INVITE, connection reset).
    Lost { leg: Leg },
    /// The hand-over succeeded; the connector has ended its own lines of it.
    Taken { transfer: TransferId },
    /// The hand-over failed; the caller's line is still up.
    Refused { transfer: TransferId, failure: Failure },
    /// The far end of this call is now somebody else (she was transferred to us by others).
    Replaced { call: CallId, from: Address, display_name: Option<String> },
    /// The far end of an answered line pressed a key. `0-9*#A-D`.
    Digit { leg: Leg, digit: char },
    /// The sound was played to its end.
    PlayEnded { leg: Leg, play: PlayId },
    /// A recording is over. `length` 0: nothing was said, and nothing is kept (less than a second counts as nothing).
    Recorded { leg: Leg, recording: RecordingId, length: Span },
    /// The connection to the telephone system.
    Link(Link),
}

/// The connection to the telephone system, shown in the console at all times.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "a variant's sentence speaks of its fields")]
pub enum Link {
    /// Trying; `detail` says what, in words an administrator understands.
    Connecting { detail: String },
    /// Registered; calls can come in.
    Up { detail: String },
    /// Not reachable or refused; `detail` says what to do. The connector goes on trying unless `permanent`.
    Down { detail: String, permanent: bool },
}

/// A line that a telephone system really has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegSnapshot {
    /// Which.
    pub leg: Leg,
    /// Answered at some time.
    pub answered: bool,
}

/// Why an order was not performed. Grouped by what the caller can do.
#[derive(Debug, thiserror::Error)]
pub enum TelephonyError {
    /// The line is not there: the engine is told `Lost`.
    #[error("no such line")]
    NoSuchLeg,
    /// Not now; ask again under the same name.
    #[error("the telephone system is busy with this line: {0}")]
    Retry(String),
    /// Never: the telephone system refused or cannot do it.
    #[error("the telephone system refused: {0}")]
    Refused(String),
    /// The connection is down.
    #[error("not connected to the telephone system: {0}")]
    Disconnected(String),
}

/// What a connector can do, read at run time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Lines at once.
    pub legs_max: u32,
    /// DTMF can be sent in a call.
    pub digits: bool,
    /// The attendant's audio runs in this process.
    pub own_audio: bool,
}

/// One telephone system. Reports go to the channel the connector was made with, in order per leg.
#[async_trait]
pub trait Telephony: Send + Sync {
    /// What it can do.
    fn capabilities(&self) -> Capabilities;
    /// Performs an order; returns once the far side has it, not once it has had its effect (that is a report).
    async fn perform(&self, name: OrderName, order: Order) -> Result<(), TelephonyError>;
    /// The lines it really has now, for reconciliation.
    async fn snapshot(&self) -> Result<Vec<LegSnapshot>, TelephonyError>;
    /// Sends DTMF (RFC 4733) on a connected line. `0-9*#A-D`, at most 32 at a time.
    async fn send_digits(&self, leg: Leg, digits: &str) -> Result<(), TelephonyError>;
    /// Who of its people is free just now; `None` where it tells nobody's.
    fn presence(&self) -> Option<Arc<dyn LinePresence>> {
        None
    }
    /// Mutes the attendant's microphone.
    async fn set_muted(&self, muted: bool) -> Result<(), TelephonyError>;
    /// Ends all lines and the registration, and joins its tasks.
    async fn shut_down(&self);
}

/// The longest words a connector keeps about a line, in bytes: a SIP dialogue with both session descriptions.
pub const LEG_WORDS_BYTES_MAX: usize = 64 << 10;

/// Makes what a connector must not lose outlive the process, so that lines can be re-attached after a crash (CALL-10).
#[async_trait]
pub trait LegBook: Send + Sync {
    /// Keeps (or replaces) the connector's own words about a line; at most 64 KiB.
    async fn keep(&self, leg: Leg, words: String) -> Result<(), crate::journal::StoreError>;
    /// Forgets a line.
    async fn forget(&self, leg: Leg) -> Result<(), crate::journal::StoreError>;
    /// All lines kept, oldest first; replacing words does not make a line younger.
    async fn all(&self) -> Result<Vec<(Leg, String)>, crate::journal::StoreError>;
}
