//! What happened. Events are stored, not commands, so that rules may change between releases; replay knows only these.
//! Personal data never: parties are `PartyId`.

use crate::attendant::Presence;
use crate::command::{Failure, NotAvailable, Target};
use crate::id::{AttendantId, CallId, OfferId, PartyId, ServiceId, SlotNumber, TransferId};
use crate::settings::{Limits, Origin, Service};
use crate::time::Timestamp;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    // -- settings ------------------------------------------------------------------------------------------------
    /// A service was added or replaced.
    ServicePut(Service),
    /// A service is no more.
    ServiceRemoved { service: ServiceId },
    /// An attendant became known.
    AttendantPut { attendant: AttendantId },
    /// An attendant is no more.
    AttendantRemoved { attendant: AttendantId },
    /// Limits replaced.
    LimitsPut(Limits),

    // -- attendants ----------------------------------------------------------------------------------------------
    /// On or off duty.
    DutyChanged { attendant: AttendantId, on_duty: bool },
    /// Presence changed.
    PresenceChanged { attendant: AttendantId, presence: Presence },
    /// On a break, or back.
    NotAvailableChanged { attendant: AttendantId, reason: Option<NotAvailable> },
    /// Serves a service or not.
    ServingChanged { attendant: AttendantId, service: ServiceId, serving: bool },
    /// Did not answer an offer: not selectable until back.
    RonaBegan { attendant: AttendantId },
    /// Back.
    RonaEnded { attendant: AttendantId },
    /// After-call work began.
    AcwBegan { attendant: AttendantId, call: CallId, until: Timestamp },
    /// After-call work is over.
    AcwEnded { attendant: AttendantId },

    // -- a call arrives and waits --------------------------------------------------------------------------------
    /// Somebody rang. Always followed by `CallQueued`.
    CallArrived { call: CallId, service: ServiceId, party: PartyId, origin: Origin },
    /// Waits, as one who arrived at `arrived`; reserved for one attendant where it came back to her.
    CallQueued { call: CallId, service: ServiceId, arrived: Timestamp, limit: Timestamp, reserved: Option<Reservation> },
    /// The reservation is over: everybody of the service may be offered the call.
    ReservationEnded { call: CallId },
    /// One attendant is rung.
    CallOffered { offer: OfferId, call: CallId, attendant: AttendantId, until: Timestamp },
    /// The offer is over without an answer.
    OfferEnded { offer: OfferId, call: CallId, attendant: AttendantId, how: OfferEnd },
    /// An attendant has the call and talks: by an offer, or (`offer: None`) picked from the queue.
    CallAccepted { call: CallId, attendant: AttendantId, offer: Option<OfferId> },

    // -- in conversation -----------------------------------------------------------------------------------------
    /// On hold; `alert` is when the console says so.
    CallHeld { call: CallId, attendant: AttendantId, alert: Timestamp },
    /// In conversation again.
    CallRetrieved { call: CallId, attendant: AttendantId },
    /// In a slot, the attendant free.
    CallParked { call: CallId, attendant: AttendantId, slot: SlotNumber, alert: Timestamp, limit: Timestamp },
    /// Taken out of the slot by `attendant`, who now talks.
    CallUnparked { call: CallId, attendant: AttendantId, slot: SlotNumber },
    /// The slot's time is over: the call goes back (a `CallQueued` reserved for the parker follows).
    ParkTimedOut { call: CallId, slot: SlotNumber },
    /// The hold or park alert is due.
    Alerted { call: CallId },
    /// The far end is now another party.
    PartyReplaced { call: CallId, party: PartyId },

    // -- transfer ------------------------------------------------------------------------------------------------
    /// A transfer began. Blind and safe: the attendant is free. Consult: the caller is held, the target is rung.
    TransferBegan { transfer: TransferId, call: CallId, attendant: AttendantId, mode: Mode, target: Target, limit: Option<Timestamp> },
    /// The target rings.
    TransferRinging { transfer: TransferId, call: CallId },
    /// The target of a consultation answered; the attendant talks to her.
    ConsultAnswered { transfer: TransferId, call: CallId },
    /// The attendant now talks to the other one.
    Swapped { transfer: TransferId, call: CallId, with: Side },
    /// All three talk.
    Conferenced { transfer: TransferId, call: CallId },
    /// The attendant left a consultation to be completed by the telephone system; she is free.
    /// `target_answered` says whether the target had answered by then.
    CompletionBegan { transfer: TransferId, call: CallId, attendant: AttendantId, target_answered: bool, limit: Timestamp },
    /// Caller and target have each other. Followed by `CallEnded`, or by `CallQueued` where the target is a service of ours.
    TransferCompleted { transfer: TransferId, call: CallId, attendant: AttendantId, target: Target },
    /// It did not come about; `caller` says what became of the caller.
    TransferFailed { transfer: TransferId, call: CallId, attendant: AttendantId, target: Target, failure: Failure, caller: Fallback },
    /// The attendant gave it up; the caller is with her again.
    TransferCancelled { transfer: TransferId, call: CallId, attendant: AttendantId },

    // -- outbound ------------------------------------------------------------------------------------------------
    /// An attendant calls somebody.
    CallPlaced { call: CallId, attendant: AttendantId, service: Option<ServiceId>, target: Target, origin: Origin },
    /// It rings there.
    CallRinging { call: CallId },
    /// She answered.
    CallAnswered { call: CallId, attendant: AttendantId },

    // -- the end -------------------------------------------------------------------------------------------------
    /// The one end of every call.
    CallEnded { call: CallId, end: End },
}

/// A call kept for one attendant first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// For whom.
    pub attendant: AttendantId,
    /// Until when; then for everybody of the service.
    pub until: Timestamp,
}

/// How an offer ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OfferEnd {
    /// The attendant declined.
    Declined,
    /// Nobody answered in time (RONA).
    TimedOut,
    /// The caller left, somebody picked the call, or the attendant went off duty.
    Withdrawn,
}

/// The three transfers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The caller leaves at once.
    Blind,
    /// The caller comes back if the target does not answer.
    Safe,
    /// The attendant talks to the target first.
    Consult,
}

/// Whom the attendant talks to during a consultation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The caller.
    Caller,
    /// The target.
    Target,
}

/// What became of the caller when a transfer failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fallback {
    /// Still held by the attendant (consultation).
    Held,
    /// On her way back: a `CallQueued` reserved for the attendant follows.
    Returned,
    /// Let go (blind): a `CallEnded` follows.
    Released,
    /// She hung up meanwhile: a `CallEnded` follows.
    Gone,
}

/// Why and how a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// The caller (or the person called) hung up.
    CallerHungUp,
    /// The attendant hung up.
    AttendantHungUp,
    /// Put through; she is with the target now.
    Transferred,
    /// A blind transfer failed, so the caller was let go.
    TransferFailed(Failure),
    /// Waited longer than the service allows.
    QueueTimeOver,
    /// An outbound call that nobody answered.
    NotAnswered(Failure),
    /// The telephone system or a fault ended it.
    Lost,
}
