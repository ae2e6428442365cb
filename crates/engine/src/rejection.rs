//! Why the switchboard refused a command: understood, and not possible now. Shown to the attendant in words of the UI.
//! Does not describe faults; those are errors of the crates around.

use hours::CalendarFault;

use crate::id::{AttendantId, CalendarId, CallId, OfferId, ProfileId, ServiceId, SlotNumber, TransferId};
use crate::workflow::Fault;

/// A typed refusal. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Rejection {
    /// No such call, or it has ended.
    UnknownCall(CallId),
    /// A call of this id is already here.
    DuplicateCall(CallId),
    /// No such service.
    UnknownService(ServiceId),
    /// No such responsibility profile.
    UnknownProfile(ProfileId),
    /// No such opening hours.
    UnknownCalendar(CalendarId),
    /// No such attendant.
    UnknownAttendant(AttendantId),
    /// The offer is over: answered elsewhere, timed out, or withdrawn.
    OfferOver(OfferId),
    /// No such transfer, or it is over.
    UnknownTransfer(TransferId),
    /// A transfer of this id is already here.
    DuplicateTransfer(TransferId),
    /// The offer or call is another attendant's.
    NotYours,
    /// The attendant has an active call; hold, park or end it first.
    AnotherCallActive(CallId),
    /// The call is not in a state in which this can be done.
    WrongState(CallId),
    /// One transfer per call at a time.
    TransferInFlight(CallId),
    /// The target has not answered yet.
    TargetNotAnswered(TransferId),
    /// The attendant holds as many calls as allowed.
    HoldLimit,
    /// No slot is free.
    NoFreeSlot,
    /// The slot is taken or does not exist.
    SlotNotFree(SlotNumber),
    /// The slot is empty.
    SlotEmpty(SlotNumber),
    /// As many calls as the switchboard takes.
    Full,
    /// The attendant is off duty.
    OffDuty,
    /// She is in no after-call work.
    NoAcw,
    /// Something still belongs to it: calls, attendants, or a service.
    InUse,
    /// The workflow is not sound: everything that is wrong with it.
    WorkflowFaults(Vec<Fault>),
    /// The setting is out of its range; the text names the setting and the range.
    OutOfRange(&'static str),
    /// The opening hours have faults; each names period, field, value and what is permitted.
    CalendarFaults(Vec<CalendarFault>),
}
