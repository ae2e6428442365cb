//! What happened. Events are stored, not commands, so that rules may change between releases; replay knows only these.
//! Personal data never: parties are `PartyId`.

use crate::attendant::Presence;
use crate::calendar::Calendar;
use crate::call::Hearing;
use crate::command::{Failure, NotAvailable, Target};
use crate::id::{
    AttendantId, CalendarId, CallId, Leg, NodeId, OfferId, PartyId, PlayId, ProfileId, RecordingId,
    ServiceId, SlotNumber, SoundId, TransferId,
};
use crate::settings::{Limits, Origin, Profile, Service, Skills, Treatment};
use crate::time::{Span, Timestamp};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "variants are explained, and their fields are named by their types")]
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
    /// A responsibility profile was added or replaced.
    ProfilePut(Profile),
    /// A responsibility profile is no more.
    ProfileRemoved { profile: ProfileId },
    /// Opening hours were added or replaced.
    CalendarPut(Calendar),
    /// Opening hours are no more.
    CalendarRemoved { calendar: CalendarId },
    /// What an attendant can do has changed.
    SkillsChanged { attendant: AttendantId, skills: Skills, profile: Option<ProfileId> },

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
    /// After-call work takes longer.
    AcwExtended { attendant: AttendantId, until: Timestamp },
    /// After-call work is over.
    AcwEnded { attendant: AttendantId },

    // -- a call arrives and waits --------------------------------------------------------------------------------
    /// Somebody rang. Always followed by `CallQueued` or, where the service has a workflow, by its first step.
    CallArrived { call: CallId, service: ServiceId, party: PartyId, origin: Origin },
    /// Waits, as one who arrived at `arrived`; reserved for one attendant where it came back to her.
    /// `service` is a new one where the call moved there by a transfer, or from a slot: a new service session begins.
    CallQueued {
        call: CallId,
        service: ServiceId,
        arrived: Timestamp,
        limit: Timestamp,
        reserved: Option<Reservation>,
        treatment: Treatment,
    },
    /// The reservation is over: everybody of the service may be offered the call, unless a `CallQueued` in another one follows.
    ReservationEnded { call: CallId },
    /// Waited long enough for the next policy level: more attendants may be offered the call.
    CallWidened { call: CallId, level: u8 },
    /// Waited long enough to count as of priority 1.
    CallPromoted { call: CallId },
    /// One attendant is rung; with broadcast, one of several.
    CallOffered { offer: OfferId, call: CallId, attendant: AttendantId, until: Timestamp },
    /// The offer is over without an answer here. `again`: the same attendant is not offered the same call before this.
    OfferEnded {
        offer: OfferId,
        call: CallId,
        attendant: AttendantId,
        how: OfferEnd,
        again: Option<Timestamp>,
    },
    /// The attendant who declined the call may be offered it again.
    DeclineForgotten { call: CallId, attendant: AttendantId },
    /// An attendant has the call and talks: by an offer, or (`offer: None`) picked from the queue.
    CallAccepted { call: CallId, attendant: AttendantId, offer: Option<OfferId> },

    // -- on the way through a workflow ---------------------------------------------------------------------------
    /// The call is now with another service, whose workflow begins: a new service session.
    CallMoved { call: CallId, service: ServiceId, arrived: Timestamp },
    /// The caller came to this step. What it does is said by what follows.
    StepEntered { call: CallId, node: NodeId },
    /// The line is answered; from now on the call may cost the caller something.
    LineAnswered { call: CallId },
    /// A sound begins; it counts as over at `until` whatever the telephone system says.
    SoundStarted { call: CallId, play: PlayId, sound: SoundId, hearing: Hearing, until: Timestamp },
    /// The menu's sound is over: a key is awaited.
    KeyAwaited { call: CallId, tries_left: u8, until: Timestamp },
    /// A key of the menu was pressed.
    KeyChosen { call: CallId, key: char },
    /// A constant was noted under a name.
    ParameterSaved { call: CallId, parameter: String, value: String },
    /// A recording begins; it counts as over at `until` whatever the telephone system says.
    RecordingStarted { call: CallId, recording: RecordingId, length_max: Span, until: Timestamp },
    /// The caller left a voicemail for this service.
    VoicemailLeft { call: CallId, service: ServiceId, recording: RecordingId, length: Span },
    /// The caller is to be called back: a call of its own waits from now on, in her place.
    CallbackRequested {
        call: CallId,
        callback: CallId,
        service: ServiceId,
        party: PartyId,
        origin: Origin,
        arrived: Timestamp,
        limit: Timestamp,
    },
    /// An attendant took a callback, offered or (`offer: None`) picked: the party is called.
    CallbackTaken { call: CallId, attendant: AttendantId, offer: Option<OfferId>, party: PartyId },
    /// The workflow hands the call on.
    HandOverBegan {
        transfer: TransferId,
        call: CallId,
        target: Target,
        limit: Timestamp,
        treatment: Treatment,
    },
    /// It was taken. A `CallEnded` follows.
    HandOverTaken { transfer: TransferId, call: CallId, target: Target },
    /// It did not come about: the caller goes on in the workflow.
    HandOverFailed { transfer: TransferId, call: CallId, target: Target, failure: Failure },

    // -- in conversation -----------------------------------------------------------------------------------------
    /// On hold; `alert` is when the console says so.
    CallHeld { call: CallId, attendant: AttendantId, alert: Timestamp, treatment: Treatment },
    /// In conversation again.
    CallRetrieved { call: CallId, attendant: AttendantId },
    /// In a slot, the attendant free.
    CallParked {
        call: CallId,
        attendant: AttendantId,
        slot: SlotNumber,
        alert: Timestamp,
        limit: Timestamp,
        treatment: Treatment,
    },
    /// Taken out of the slot by `attendant`, who now talks.
    CallUnparked { call: CallId, attendant: AttendantId, slot: SlotNumber },
    /// The slot's time is over: the call goes back. A `CallQueued` reserved for the parker follows (or one in the service of
    /// `Limits::park_fallback` where she cannot take it), or, for a call of no service, a `CallHeld` by the parker.
    ParkTimedOut { call: CallId, slot: SlotNumber },
    /// The hold or park alert is due.
    Alerted { call: CallId },
    /// The far end is now another party.
    PartyReplaced { call: CallId, party: PartyId },

    // -- transfer ------------------------------------------------------------------------------------------------
    /// A transfer began. Blind and safe: the attendant is free. Consult: the caller is held, the target is rung.
    /// `limit`: how long the target may ring.
    TransferBegan {
        transfer: TransferId,
        call: CallId,
        attendant: AttendantId,
        mode: Mode,
        target: Target,
        limit: Option<Timestamp>,
        treatment: Treatment,
    },
    /// The target rings.
    TransferRinging { transfer: TransferId, call: CallId },
    /// The target of a consultation answered; the attendant talks to her.
    ConsultAnswered { transfer: TransferId, call: CallId, attendant: AttendantId },
    /// The attendant now talks to the other one.
    Swapped { transfer: TransferId, call: CallId, attendant: AttendantId, with: Side, treatment: Treatment },
    /// All three talk.
    Conferenced { transfer: TransferId, call: CallId, attendant: AttendantId },
    /// The target left an answered consultation. `with_caller`: the attendant talked to the caller (or to both) and
    /// goes on doing so; otherwise the caller is still on hold and a `CallHeld` follows.
    ConsultEnded { transfer: TransferId, call: CallId, attendant: AttendantId, with_caller: bool },
    /// The attendant left a consultation to be completed by the telephone system; she is free.
    /// `target_answered` says whether the target had answered by then.
    CompletionBegan {
        transfer: TransferId,
        call: CallId,
        attendant: AttendantId,
        target: Target,
        target_answered: bool,
        limit: Timestamp,
    },
    /// Caller and target have each other. Followed by `CallEnded`, or by `CallQueued` where the target is a service of ours.
    TransferCompleted { transfer: TransferId, call: CallId, attendant: AttendantId, target: Target },
    /// It did not come about; `caller` says what became of the caller.
    TransferFailed {
        transfer: TransferId,
        call: CallId,
        attendant: AttendantId,
        mode: Mode,
        target: Target,
        failure: Failure,
        caller: Fallback,
    },
    /// The attendant gave it up; the caller is with her again.
    TransferCancelled { transfer: TransferId, call: CallId, attendant: AttendantId, mode: Mode },

    // -- outbound ------------------------------------------------------------------------------------------------
    /// An attendant calls somebody.
    CallPlaced {
        call: CallId,
        attendant: AttendantId,
        service: Option<ServiceId>,
        target: Target,
        origin: Origin,
    },
    /// It rings there.
    CallRinging { call: CallId },
    /// She answered.
    CallAnswered { call: CallId, attendant: AttendantId },

    // -- the end -------------------------------------------------------------------------------------------------
    /// The one end of every call, and of a transfer in flight. `release`: the lines that are no longer needed.
    CallEnded { call: CallId, end: End, release: Vec<Leg> },

    // -- reconciliation ------------------------------------------------------------------------------------------
    /// A line of a call or consultation that is over was still there; it is let go.
    StrayReleased { leg: Leg },
    /// A line was taken up again after a restart; it is told anew what to do.
    LineResumed { leg: Leg, doing: Doing },
}

/// What a line is for at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "variants are explained, and their fields are named by their types")]
pub enum Doing {
    /// Waits and hears this.
    Waiting(Treatment),
    /// On hold (also in a slot, or on its way to a target) and hears this.
    Held(Treatment),
    /// Hears a sound.
    Hearing { play: PlayId, sound: SoundId },
    /// Is recorded.
    Recorded { recording: RecordingId, length_max: Span },
    /// Connected to the attendant.
    Talking(AttendantId),
    /// Connected to the attendant and to the other line of the call.
    Conferring { caller: Leg, target: Leg, attendant: AttendantId },
}

/// A call kept for one attendant first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// For whom.
    pub attendant: AttendantId,
    /// Until when; then for everybody of the service, or of the one it falls back to.
    pub until: Timestamp,
    /// The service whose queue it goes to if she does not take it (`Limits::park_fallback`).
    pub fallback: Option<ServiceId>,
}

/// How an offer ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OfferEnd {
    /// The attendant declined.
    Declined,
    /// Nobody answered in time (RONA).
    TimedOut,
    /// The caller left, somebody else has the call, the attendant went off duty, or a broadcast rang out here.
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
    /// Held by the attendant (consultation, or a call of no service): a `CallHeld` follows.
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
    /// Waited longer than the service allows, and nothing further was foreseen.
    QueueTimeOver,
    /// The workflow handed the call on.
    HandedOver,
    /// The workflow ended the call.
    EndOfWorkflow,
    /// An outbound call that nobody answered.
    NotAnswered(Failure),
    /// The telephone system or a fault ended it.
    Lost,
}
