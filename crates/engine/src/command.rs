//! What may be asked of the switchboard, and what telephone systems report to it. Ids, randomness and time come in
//! with the command. Does not say who may ask: that is `identity`, at the door of `app`.

use crate::attendant::Presence;
use crate::calendar::Calendar;
use crate::id::{
    AttendantId, CalendarId, CallId, Leg, OfferId, PartyId, PlayId, ProfileId, RecordingId, ServiceId,
    SlotNumber, TransferId,
};
use crate::settings::{Limits, Origin, Profile, Service, Skills};
use crate::time::{Span, Timestamp};

/// One thing asked or reported.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "variants are explained, and their fields are named by their types")]
pub enum Command {
    // -- settings ------------------------------------------------------------------------------------------------
    /// Adds or replaces a service.
    PutService(Service),
    /// Removes a service nobody waits for.
    RemoveService(ServiceId),
    /// Makes an attendant known. Off duty at first.
    PutAttendant(AttendantId),
    /// Removes an attendant who has no call.
    RemoveAttendant(AttendantId),
    /// Replaces the limits.
    PutLimits(Limits),
    /// Adds or replaces a responsibility profile.
    PutProfile(Profile),
    /// Removes a responsibility profile nobody has.
    RemoveProfile(ProfileId),
    /// Adds or replaces opening hours.
    PutCalendar(Calendar),
    /// Removes opening hours that nothing asks.
    RemoveCalendar(CalendarId),
    /// What an attendant can do, by herself and by her profile.
    SetSkills { attendant: AttendantId, skills: Skills, profile: Option<ProfileId> },

    // -- attendants ----------------------------------------------------------------------------------------------
    /// Goes on or off duty. Off duty with an offer pending withdraws the offer.
    SetDuty { attendant: AttendantId, on_duty: bool },
    /// Presence changed.
    SetPresence { attendant: AttendantId, presence: Presence },
    /// Takes a break with a reason, or (`None`) is back.
    SetNotAvailable { attendant: AttendantId, reason: Option<NotAvailable> },
    /// Serves a service or not, one by one (CALL-1).
    SetServing { attendant: AttendantId, service: ServiceId, serving: bool },
    /// Is back after an unanswered offer.
    ClearRona { attendant: AttendantId },
    /// Ends after-call work early.
    EndAcw { attendant: AttendantId },
    /// Needs more time for after-call work.
    ExtendAcw { attendant: AttendantId },

    // -- an attendant acts on calls ------------------------------------------------------------------------------
    /// Answers the offer.
    Accept { attendant: AttendantId, offer: OfferId },
    /// Declines it; the call goes to the next.
    Decline { attendant: AttendantId, offer: OfferId },
    /// Takes this very call out of the queue, whoever it is offered to. An active call must be held first.
    Pick { attendant: AttendantId, call: CallId },
    /// Ends the call.
    HangUp { attendant: AttendantId, call: CallId },
    /// Puts the active call on hold.
    Hold { attendant: AttendantId, call: CallId },
    /// Takes a held call back. An active call must be held first.
    Retrieve { attendant: AttendantId, call: CallId },
    /// Puts the active or a held call into a slot (`None`: the lowest free one) and frees the attendant.
    Park { attendant: AttendantId, call: CallId, slot: Option<SlotNumber> },
    /// Takes a parked call out of its slot; any attendant may.
    Unpark { attendant: AttendantId, slot: SlotNumber },
    /// Blind or safe transfer of the active or a held call. To a service of ours: the call moves to its queue, and does
    /// not come back.
    Transfer { attendant: AttendantId, call: CallId, transfer: TransferId, mode: Unattended, target: Target },
    /// Holds the call and rings the target to talk first.
    Consult { attendant: AttendantId, call: CallId, transfer: TransferId, target: Target },
    /// Talks to the other one of caller and target.
    Swap { attendant: AttendantId, transfer: TransferId },
    /// All three talk.
    Conference { attendant: AttendantId, transfer: TransferId },
    /// Leaves caller and target to each other; while the target still rings the caller comes back if nobody answers.
    CompleteTransfer { attendant: AttendantId, transfer: TransferId },
    /// Drops the target (or calls the safe transfer back) and talks to the caller again.
    CancelTransfer { attendant: AttendantId, transfer: TransferId },
    /// Calls somebody, on behalf of a service where one is named.
    PlaceCall {
        attendant: AttendantId,
        call: CallId,
        service: Option<ServiceId>,
        target: Target,
        origin: Origin,
    },

    // -- reports of a telephone system ---------------------------------------------------------------------------
    /// Somebody rings.
    CallArrived { call: CallId, service: ServiceId, party: PartyId, origin: Origin },
    /// A line rings at its far end.
    LegRinging { leg: Leg },
    /// A line was answered at its far end.
    LegAnswered { leg: Leg },
    /// A line could not be set up.
    LegFailed { leg: Leg, failure: Failure },
    /// The far end hung up.
    LegHungUp { leg: Leg },
    /// The telephone system lost the line.
    LegLost { leg: Leg },
    /// The far end pressed a key: `0`–`9`, `*`, `#`, `A`–`D`.
    DigitPressed { leg: Leg, digit: char },
    /// A sound was played to its end.
    PlayEnded { leg: Leg, play: PlayId },
    /// A recording is over; `length` zero: there is nothing in it.
    Recorded { leg: Leg, recording: RecordingId, length: Span },
    /// The caller (for an unattended transfer) or the telephone system took the hand-over.
    TransferTaken { transfer: TransferId },
    /// The hand-over failed; the caller is still ours.
    TransferRefused { transfer: TransferId, failure: Failure },
    /// What lines the telephone system really had at `taken`, asked at start and every minute. Calls whose line is gone
    /// end as lost. Acts on a bounded number of calls at a time: ask again until it yields no event.
    Reconcile { legs: Vec<Leg>, taken: Timestamp },
    /// A line that outlived a restart of ours was taken up again: tell it anew what to do.
    LineResumed { leg: Leg },
    /// The far end joined two lines by itself: this call's far end is now another party.
    PartyReplaced { call: CallId, party: PartyId },

    // -- time ----------------------------------------------------------------------------------------------------
    /// Lets every deadline that has passed take effect, a bounded number at a time: tick again while
    /// `next_deadline` is in the past.
    Tick,
}

/// Why an attendant is not available.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NotAvailable {
    /// A short pause.
    Break,
    /// Away for lunch.
    Lunch,
    /// In a meeting.
    Meeting,
    /// Training or coaching.
    Training,
    /// Anything else.
    Other,
}

/// A transfer in which the attendant does not talk to the target first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unattended {
    /// The caller leaves at once.
    Blind,
    /// The caller comes back if the target does not answer.
    Safe,
}

/// Where a call is put through to. The address lives in the party book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// Whose number or address.
    pub party: PartyId,
    /// Decides whether the outcome is reported as internal or external.
    pub kind: TargetKind,
}

/// What kind of place a target is (CALL-5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TargetKind {
    /// A person of the organisation.
    User,
    /// Another service of the tenant.
    Service(ServiceId),
    /// A number or address outside the organisation.
    Outside,
    /// A person's voicemail.
    Voicemail,
}

impl TargetKind {
    /// Reported as internal (`outcomes.md`): everything but an outside number.
    pub fn is_internal(self) -> bool {
        match self {
            TargetKind::User | TargetKind::Service(_) | TargetKind::Voicemail => true,
            TargetKind::Outside => false,
        }
    }
}

/// Why a line or a hand-over did not come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// In another call. SIP 486, 600.
    Busy,
    /// Refused by the person. SIP 603.
    Declined,
    /// Rang too long. SIP 408, 480, 487 after our time limit.
    NoAnswer,
    /// No such number or not reachable. SIP 404, 410, 484, 502–504.
    Unreachable,
    /// The telephone system does not allow it. SIP 403, 405, 501.
    Forbidden,
    /// The caller hung up meanwhile.
    CallerGone,
    /// Anything else that went wrong in the telephone system.
    Fault,
}
