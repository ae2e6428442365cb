//! Stored formats of the words that are kept: events and effects as compact JSON text, outcomes as numbers. A format
//! number stands beside every text, so that a later release can still read what this one wrote. Does not store
//! anything, and the engine's own types know nothing of it: the table below is their twin at the edge.

pub mod aggregates;
mod clock;

use std::collections::{BTreeMap, BTreeSet};

use engine::{
    AttendantId, Calendar, CalendarId, CallId, Choice, Distribution, Doing, Effect, End, Event, Failure,
    Fallback, Hearing, Leg, Limits, Members, Mode, Nobody, Node, NodeId, NotAvailable, OfferEnd, OfferId,
    Origin, ParkFallback, PartyId, PlayId, PolicyLevel, Preferred, Presence, Profile, ProfileId, RecordingId,
    ReleaseCause, Reservation, Service, ServiceId, Side, SkillId, SkillNeed, Skills, SlotNumber, SoundId,
    Span, Step, Target, TargetKind, Timestamp, TransferId, TransferTo, Treatment, Workflow,
};
use hours::{Calendar as Hours, Date, DateTime, DaySet, Period, State, WallTime, When, Zone};
use reporting::{Outcome, State as UserState, TransferEnd, UserOutcome};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::journal::StoreError;

pub use board::{read_board, write_board};

/// The format in which texts are written now. A change to the table below that cannot read older texts makes it 2, and
/// keeps a reader for 1.
pub const FORMAT: u32 = 1;

/// The text of an event, in [`FORMAT`].
pub fn write_event(event: &Event) -> String {
    write(event)
}

/// The event of a text. `Damaged` where the format is unknown or the text is no event of it.
pub fn read_event(format: u32, text: &str) -> Result<Event, StoreError> {
    read("event", format, text)
}

/// The text of an effect, in [`FORMAT`].
pub fn write_effect(effect: &Effect) -> String {
    write(effect)
}

/// The effect of a text. `Damaged` where the format is unknown or the text is no effect of it.
pub fn read_effect(format: u32, text: &str) -> Result<Effect, StoreError> {
    read("effect", format, text)
}

/// The stable number of a service session's outcome, 1–18 (`outcomes.md`).
pub fn write_outcome(outcome: Outcome) -> u8 {
    outcome as u8
}

/// The outcome of a number.
pub fn read_outcome(number: u8) -> Result<Outcome, StoreError> {
    OUTCOMES
        .into_iter()
        .find(|outcome| write_outcome(*outcome) == number)
        .ok_or_else(|| StoreError::Damaged(format!("no outcome has the number {number}")))
}

/// The stable number of how an attempt to put a caller through ended: 0 put through, 1 she left; 11–17 she came back and 21–27
/// she was let go, for the reason at that place of [`FAILURES`].
pub fn write_transfer_end(end: TransferEnd) -> u8 {
    let place = |failure| FAILURES.iter().position(|known| *known == failure);
    let number = |tens: u8, failure| {
        tens + 1 + u8::try_from(place(failure).expect("all of them are there")).expect("there are seven")
    };
    match end {
        TransferEnd::PutThrough => 0,
        TransferEnd::Left => 1,
        TransferEnd::CameBack(failure) => number(10, failure),
        TransferEnd::Refused(failure) => number(20, failure),
    }
}

/// How it ended by that number.
pub fn read_transfer_end(number: u8) -> Result<TransferEnd, StoreError> {
    let failure = |place: u8| FAILURES.get(usize::from(place)).copied();
    let end = match number {
        0 => Some(TransferEnd::PutThrough),
        1 => Some(TransferEnd::Left),
        11..=20 => failure(number - 11).map(TransferEnd::CameBack),
        21..=30 => failure(number - 21).map(TransferEnd::Refused),
        _ => None,
    };
    end.ok_or_else(|| StoreError::Damaged(format!("no end of a transfer has the number {number}")))
}

/// Why a target could not be had; a new one goes to the end.
const FAILURES: [Failure; 7] = [
    Failure::Busy,
    Failure::Declined,
    Failure::NoAnswer,
    Failure::Unreachable,
    Failure::Forbidden,
    Failure::CallerGone,
    Failure::Fault,
];

/// The stable number of a user session's outcome, 1–8 in the order of `outcomes.md`.
pub fn write_user_outcome(outcome: UserOutcome) -> u8 {
    match outcome {
        UserOutcome::Accepted => 1,
        UserOutcome::Declined => 2,
        UserOutcome::TimedOut => 3,
        UserOutcome::Cancelled => 4,
        UserOutcome::TransferredInternally => 5,
        UserOutcome::TransferredExternally => 6,
        UserOutcome::InternalTransferFailed => 7,
        UserOutcome::ExternalTransferFailed => 8,
    }
}

/// What an attendant did, of its stable number, 1–6.
pub fn read_state(number: u8) -> Result<UserState, StoreError> {
    UserState::ALL
        .into_iter()
        .find(|state| state.id() == number)
        .ok_or_else(|| StoreError::Damaged(format!("no state of an attendant has the number {number}")))
}

/// The user session's outcome of a number.
pub fn read_user_outcome(number: u8) -> Result<UserOutcome, StoreError> {
    USER_OUTCOMES
        .into_iter()
        .find(|outcome| write_user_outcome(*outcome) == number)
        .ok_or_else(|| StoreError::Damaged(format!("no user session outcome has the number {number}")))
}

const OUTCOMES: [Outcome; 18] = [
    Outcome::CustomerHangupBeforeAccept,
    Outcome::CustomerHangupInIvr,
    Outcome::CustomerHangupInIvrAfterQueue,
    Outcome::CustomerHangupInQueue,
    Outcome::UserAccepted,
    Outcome::UserInternalTransferSuccess,
    Outcome::UserExternalTransferSuccess,
    Outcome::UserInternalTransferFailed,
    Outcome::UserExternalTransferFailed,
    Outcome::VoicemailLeft,
    Outcome::CallbackRequested,
    Outcome::WorkflowTransferSuccess,
    Outcome::WorkflowTransferFailed,
    Outcome::QueueLimitReached,
    Outcome::DisconnectedByWorkflow,
    Outcome::Lost,
    Outcome::OutboundAccepted,
    Outcome::OutboundNotAccepted,
];

const USER_OUTCOMES: [UserOutcome; 8] = [
    UserOutcome::Accepted,
    UserOutcome::Declined,
    UserOutcome::TimedOut,
    UserOutcome::Cancelled,
    UserOutcome::TransferredInternally,
    UserOutcome::TransferredExternally,
    UserOutcome::InternalTransferFailed,
    UserOutcome::ExternalTransferFailed,
];

fn write(word: &impl Twinned) -> String {
    serde_json::to_string(&word.to_twin()).expect("numbers, texts and lists always have a JSON text")
}

fn read<T: Twinned>(what: &str, format: u32, text: &str) -> Result<T, StoreError> {
    if format != FORMAT {
        return Err(StoreError::Damaged(format!(
            "a stored {what} is in format {format}; this release knows {FORMAT}"
        )));
    }
    serde_json::from_str(text)
        .map(T::from_twin)
        .map_err(|error| StoreError::Damaged(format!("a stored {what} cannot be read: {error}")))
}

/// A word of the engine that is stored as its twin.
trait Twinned: Sized {
    /// The same word in terms that serde knows.
    type Twin: Serialize + DeserializeOwned;
    fn to_twin(&self) -> Self::Twin;
    fn from_twin(twin: Self::Twin) -> Self;
}

impl<T: Twinned> Twinned for Option<T> {
    type Twin = Option<T::Twin>;
    fn to_twin(&self) -> Self::Twin {
        self.as_ref().map(T::to_twin)
    }
    fn from_twin(twin: Self::Twin) -> Self {
        twin.map(T::from_twin)
    }
}

impl<T: Twinned> Twinned for Vec<T> {
    type Twin = Vec<T::Twin>;
    fn to_twin(&self) -> Self::Twin {
        self.iter().map(T::to_twin).collect()
    }
    fn from_twin(twin: Self::Twin) -> Self {
        twin.into_iter().map(T::from_twin).collect()
    }
}

impl<T: Twinned + Ord> Twinned for BTreeSet<T> {
    type Twin = Vec<T::Twin>;
    fn to_twin(&self) -> Self::Twin {
        self.iter().map(T::to_twin).collect()
    }
    fn from_twin(twin: Self::Twin) -> Self {
        twin.into_iter().map(T::from_twin).collect()
    }
}

impl<A: Twinned, B: Twinned> Twinned for (A, B) {
    type Twin = (A::Twin, B::Twin);
    fn to_twin(&self) -> Self::Twin {
        (self.0.to_twin(), self.1.to_twin())
    }
    fn from_twin((a, b): Self::Twin) -> Self {
        (A::from_twin(a), B::from_twin(b))
    }
}

/// Words that are their own twin.
macro_rules! plain {
    ($($type:ty),+) => {$(
        impl Twinned for $type {
            type Twin = $type;
            fn to_twin(&self) -> $type {
                self.clone()
            }
            fn from_twin(twin: $type) -> $type {
                twin
            }
        }
    )+};
}

/// Words of one number, whose twin is that number.
macro_rules! number {
    ($($type:ident($number:ty)),+ $(,)?) => {$(
        impl Twinned for $type {
            type Twin = $number;
            fn to_twin(&self) -> $number {
                self.0
            }
            fn from_twin(twin: $number) -> $type {
                $type(twin)
            }
        }
    )+};
}

/// A struct and its twin: the same fields. A field the engine adds and this table lacks does not compile.
macro_rules! structure {
    ($twin:ident of $type:ident { $($(#[$meta:meta])* $field:ident: $of:ty),+ $(,)? }) => {
        #[derive(Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(in crate::stored) struct $twin { $($(#[$meta])* $field: <$of as Twinned>::Twin),+ }

        impl Twinned for $type {
            type Twin = $twin;
            fn to_twin(&self) -> $twin {
                let $type { $($field),+ } = self;
                $twin { $($field: $field.to_twin()),+ }
            }
            fn from_twin(twin: $twin) -> $type {
                $type { $($field: <$of>::from_twin(twin.$field)),+ }
            }
        }
    };
}

/// An enum and its twin: the same variants, in snake_case. `Variant(name: Type)` is a variant around one value. What
/// the engine adds and this table lacks does not compile.
macro_rules! choice {
    ($twin:ident of $type:ident {
        $($variant:ident $({ $($field:ident: $of:ty),+ $(,)? })? $(($inner:ident: $inner_of:ty))?),+ $(,)?
    }) => {
        #[derive(Serialize, Deserialize)]
        #[serde(rename_all = "snake_case", deny_unknown_fields)]
        pub(in crate::stored) enum $twin {
            $($variant $({ $($field: <$of as Twinned>::Twin),+ })? $((<$inner_of as Twinned>::Twin))?),+
        }

        impl $twin {
            #[cfg(test)]
            const VARIANTS: &[&str] = &[$(stringify!($variant)),+];
        }

        impl Twinned for $type {
            type Twin = $twin;
            fn to_twin(&self) -> $twin {
                match self {
                    $($type::$variant $({ $($field),+ })? $(($inner))? =>
                        $twin::$variant $({ $($field: $field.to_twin()),+ })? $(($inner.to_twin()))?),+
                }
            }
            fn from_twin(twin: $twin) -> $type {
                match twin {
                    $($twin::$variant $({ $($field),+ })? $(($inner))? =>
                        $type::$variant $({ $($field: <$of>::from_twin($field)),+ })? $((<$inner_of>::from_twin($inner)))?),+
                }
            }
        }
    };
}

// It uses the tables' macros, so it comes after them.
mod board;

plain!(bool, char, i8, i16, u8, u16, u32, u64, String, BTreeMap<String, String>);

number! {
    ProfileId(u64), SkillId(u64), CallId(u64), TransferId(u64), OfferId(u64), PartyId(u64), ServiceId(u64), AttendantId(u64),
    SoundId(u64), CalendarId(u64), RecordingId(u64), PlayId(u64), NodeId(u16), SlotNumber(u16), Timestamp(i64), Span(u32),
}

choice!(EventTwin of Event {
    ServicePut(service: Service),
    ServiceRemoved { service: ServiceId },
    AttendantPut { attendant: AttendantId },
    AttendantRemoved { attendant: AttendantId },
    LimitsPut(limits: Limits),
    ProfilePut(profile: Profile),
    ProfileRemoved { profile: ProfileId },
    CalendarPut(calendar: Calendar),
    CalendarRemoved { calendar: CalendarId },
    SkillsChanged { attendant: AttendantId, skills: Skills, profile: Option<ProfileId> },
    DutyChanged { attendant: AttendantId, on_duty: bool },
    PresenceChanged { attendant: AttendantId, presence: Presence },
    NotAvailableChanged { attendant: AttendantId, reason: Option<NotAvailable> },
    ServingChanged { attendant: AttendantId, service: ServiceId, serving: bool },
    RonaBegan { attendant: AttendantId },
    RonaEnded { attendant: AttendantId },
    AcwBegan { attendant: AttendantId, call: CallId, until: Timestamp },
    AcwExtended { attendant: AttendantId, until: Timestamp },
    AcwEnded { attendant: AttendantId },
    CallArrived { call: CallId, service: ServiceId, party: PartyId, origin: Origin },
    CallQueued {
        call: CallId,
        service: ServiceId,
        arrived: Timestamp,
        limit: Timestamp,
        reserved: Option<Reservation>,
        treatment: Treatment,
    },
    ReservationEnded { call: CallId },
    CallWidened { call: CallId, level: u8 },
    CallPromoted { call: CallId },
    CallOffered { offer: OfferId, call: CallId, attendant: AttendantId, until: Timestamp },
    OfferEnded { offer: OfferId, call: CallId, attendant: AttendantId, how: OfferEnd, again: Option<Timestamp> },
    DeclineForgotten { call: CallId, attendant: AttendantId },
    CallAccepted { call: CallId, attendant: AttendantId, offer: Option<OfferId> },
    CallHeld { call: CallId, attendant: AttendantId, alert: Timestamp, treatment: Treatment },
    CallRetrieved { call: CallId, attendant: AttendantId },
    CallParked {
        call: CallId,
        attendant: AttendantId,
        slot: SlotNumber,
        alert: Timestamp,
        limit: Timestamp,
        treatment: Treatment,
    },
    CallUnparked { call: CallId, attendant: AttendantId, slot: SlotNumber },
    ParkTimedOut { call: CallId, slot: SlotNumber },
    Alerted { call: CallId },
    PartyReplaced { call: CallId, party: PartyId },
    TransferBegan {
        transfer: TransferId,
        call: CallId,
        attendant: AttendantId,
        mode: Mode,
        target: Target,
        limit: Option<Timestamp>,
        treatment: Treatment,
    },
    TransferRinging { transfer: TransferId, call: CallId },
    ConsultAnswered { transfer: TransferId, call: CallId, attendant: AttendantId },
    Swapped { transfer: TransferId, call: CallId, attendant: AttendantId, with: Side, treatment: Treatment },
    Conferenced { transfer: TransferId, call: CallId, attendant: AttendantId },
    ConsultEnded { transfer: TransferId, call: CallId, attendant: AttendantId, with_caller: bool },
    CompletionBegan {
        transfer: TransferId,
        call: CallId,
        attendant: AttendantId,
        target: Target,
        target_answered: bool,
        limit: Timestamp,
    },
    TransferCompleted { transfer: TransferId, call: CallId, attendant: AttendantId, target: Target },
    TransferFailed {
        transfer: TransferId,
        call: CallId,
        attendant: AttendantId,
        mode: Mode,
        target: Target,
        failure: Failure,
        caller: Fallback,
    },
    TransferCancelled { transfer: TransferId, call: CallId, attendant: AttendantId, mode: Mode },
    CallPlaced { call: CallId, attendant: AttendantId, service: Option<ServiceId>, target: Target, origin: Origin },
    CallRinging { call: CallId },
    CallAnswered { call: CallId, attendant: AttendantId },
    CallEnded { call: CallId, end: End, release: Vec<Leg> },
    CallMoved { call: CallId, service: ServiceId, arrived: Timestamp },
    StepEntered { call: CallId, node: NodeId },
    LineAnswered { call: CallId },
    SoundStarted { call: CallId, play: PlayId, sound: SoundId, hearing: Hearing, until: Timestamp },
    KeyAwaited { call: CallId, tries_left: u8, until: Timestamp },
    KeyChosen { call: CallId, key: char },
    ParameterSaved { call: CallId, parameter: String, value: String },
    RecordingStarted { call: CallId, recording: RecordingId, length_max: Span, until: Timestamp },
    VoicemailLeft { call: CallId, service: ServiceId, recording: RecordingId, length: Span },
    CallbackRequested {
        call: CallId,
        callback: CallId,
        service: ServiceId,
        party: PartyId,
        origin: Origin,
        arrived: Timestamp,
        limit: Timestamp,
    },
    CallbackTaken { call: CallId, attendant: AttendantId, offer: Option<OfferId>, party: PartyId },
    HandOverBegan { transfer: TransferId, call: CallId, target: Target, limit: Timestamp, treatment: Treatment },
    HandOverTaken { transfer: TransferId, call: CallId, target: Target },
    HandOverFailed { transfer: TransferId, call: CallId, target: Target, failure: Failure },
    StrayReleased { leg: Leg },
    LineResumed { leg: Leg, doing: Doing },
});

choice!(EffectTwin of Effect {
    Wait { leg: Leg, treatment: Treatment },
    Answer { leg: Leg },
    Play { leg: Leg, play: PlayId, sound: SoundId },
    Record { leg: Leg, recording: RecordingId, length_max: Span },
    Connect { leg: Leg, attendant: AttendantId },
    Hold { leg: Leg, treatment: Treatment },
    Dial { leg: Leg, party: PartyId, attendant: AttendantId },
    Conference { caller: Leg, target: Leg, attendant: AttendantId },
    Refer { leg: Leg, target: Target, transfer: TransferId },
    Join { caller: Leg, target: Leg, transfer: TransferId },
    Release { leg: Leg, why: ReleaseCause },
});

structure!(ServiceTwin of Service {
    id: ServiceId,
    name: String,
    priority: u8,
    sla: Span,
    hang_up_threshold: Span,
    rona: Span,
    acw: Span,
    queue_time_max: Span,
    waiting: Treatment,
    #[serde(alias = "attendants")]
    members: Members,
    #[serde(default = "older::distribution")]
    distribution: Distribution,
    #[serde(default)]
    levels: Vec<PolicyLevel>,
    #[serde(default)]
    preferred: Vec<Preferred>,
    #[serde(default = "older::parallel_work")]
    parallel_work: bool,
    busy_selectable: bool,
    away_selectable: bool,
    #[serde(default)]
    workflow: Option<Workflow>,
});

structure!(WorkflowTwin of Workflow { start: NodeId, nodes: BTreeMap<NodeId, Node> });
structure!(NodeTwin of Node { name: String, x: i16, y: i16, step: Step });
structure!(ChoiceTwin of Choice { key: char, next: NodeId });
choice!(NobodyTwin of Nobody { Waits, Leaves(next: NodeId) });
choice!(TransferToTwin of TransferTo { Service(service: ServiceId), Party(target: Target) });
choice!(HearingTwin of Hearing { Announcement, Menu { tries_left: u8 }, Greeting });
choice!(StepTwin of Step {
    Accept { next: NodeId },
    Announce { sound: SoundId, next: NodeId },
    Hours { calendar: CalendarId, open: NodeId, closed: NodeId },
    Availability { selectable: NodeId, later: NodeId, nobody: NodeId },
    Menu { sound: SoundId, choices: Vec<Choice>, tries: u8, timeout: Span, otherwise: NodeId },
    Save { parameter: String, value: String, next: NodeId },
    Check { parameter: String, equals: String, yes: NodeId, no: NodeId },
    Queue { limit: Option<Span>, timeout: NodeId, nobody: Nobody },
    Position { position_max: Option<u16>, wait_max: Option<Span>, within: NodeId, beyond: NodeId },
    Voicemail { sound: Option<SoundId>, length_max: Span, next: NodeId },
    Callback { sound: Option<SoundId>, next: NodeId },
    Transfer { target: TransferTo, failed: NodeId },
    Disconnect,
});

impl Twinned for BTreeMap<NodeId, Node> {
    type Twin = BTreeMap<u16, NodeTwin>;
    fn to_twin(&self) -> Self::Twin {
        self.iter().map(|(id, node)| (id.0, node.to_twin())).collect()
    }
    fn from_twin(twin: Self::Twin) -> Self {
        twin.into_iter().map(|(id, node)| (NodeId(id), Node::from_twin(node))).collect()
    }
}

structure!(PolicyLevelTwin of PolicyLevel { after: Span, needs: Vec<SkillNeed>, profiles: Vec<ProfileId> });
structure!(SkillNeedTwin of SkillNeed { skill: SkillId, level: u8 });
structure!(PreferredTwin of Preferred { attendant: AttendantId, priority: u8 });
structure!(ProfileTwin of Profile { id: ProfileId, name: String, skills: Skills });
choice!(DistributionTwin of Distribution { LongestIdle, FewestCalls, RoundRobin, FixedOrder, PickUp, Broadcast });

structure!(CalendarTwin of Calendar { id: CalendarId, hours: Hours });
structure!(HoursTwin of Hours {
    name: String,
    zone: Zone,
    default: State,
    primary: Vec<Period>,
    secondary: Vec<Period>,
});
structure!(PeriodTwin of Period { state: State, when: When, label: String });
choice!(StateTwin of State { Open, Closed });
choice!(WhenTwin of When {
    Weekly { days: DaySet, from: WallTime, to: WallTime },
    Dates { from: Date, to: Date },
    Span { from: DateTime, to: DateTime },
    Yearly { month: i8, day: i8 },
});

/// Members: a list of ids (as releases before policy levels wrote them), `{"skilled": [...]}`, or null for nobody.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum MembersTwin {
    Listed(Vec<u64>),
    Skilled { skilled: Vec<SkillNeedTwin> },
    Nobody,
}

impl Twinned for Members {
    type Twin = MembersTwin;
    fn to_twin(&self) -> MembersTwin {
        match self {
            Members::Listed(listed) => MembersTwin::Listed(listed.to_twin()),
            Members::Skilled(needs) => MembersTwin::Skilled { skilled: needs.to_twin() },
            Members::Nobody => MembersTwin::Nobody,
        }
    }
    fn from_twin(twin: MembersTwin) -> Members {
        match twin {
            MembersTwin::Listed(listed) => Members::Listed(Vec::from_twin(listed)),
            MembersTwin::Skilled { skilled } => Members::Skilled(Vec::from_twin(skilled)),
            MembersTwin::Nobody => Members::Nobody,
        }
    }
}

impl Twinned for Skills {
    type Twin = BTreeMap<u64, u8>;
    fn to_twin(&self) -> BTreeMap<u64, u8> {
        self.iter().map(|(skill, level)| (skill.0, *level)).collect()
    }
    fn from_twin(twin: BTreeMap<u64, u8>) -> Skills {
        twin.into_iter().map(|(skill, level)| (SkillId(skill), level)).collect()
    }
}

/// What was meant where an older release wrote nothing.
mod older {
    use super::{DistributionTwin, Limits, ParkFallbackTwin, Span};

    pub(super) fn distribution() -> DistributionTwin {
        DistributionTwin::LongestIdle
    }

    pub(super) fn parallel_work() -> bool {
        true
    }

    pub(super) fn park_fallback() -> ParkFallbackTwin {
        ParkFallbackTwin::Queue
    }

    pub(super) fn priority_wait_max() -> u32 {
        let Span(wait_ms) = Limits::default().priority_wait_max;
        wait_ms
    }

    pub(super) fn callback_time_max() -> u32 {
        let Span(longest_ms) = Limits::default().callback_time_max;
        longest_ms
    }

    pub(super) fn acw_extension() -> u32 {
        let Span(extension_ms) = Limits::default().acw_extension;
        extension_ms
    }
}

structure!(LimitsTwin of Limits {
    park_slots: u16,
    park_time: Span,
    #[serde(default = "older::park_fallback")]
    park_fallback: ParkFallback,
    recall_time: Span,
    hold_alert: Span,
    park_alert: Span,
    held_max: u16,
    target_ring: Span,
    hand_over: Span,
    decline_pause: Span,
    #[serde(default = "older::priority_wait_max")]
    priority_wait_max: Span,
    #[serde(default = "older::callback_time_max")]
    callback_time_max: Span,
    #[serde(default = "older::acw_extension")]
    acw_extension: Span,
    on_hold: Treatment,
    calls_max: u32,
});

structure!(ReservationTwin of Reservation {
    attendant: AttendantId,
    until: Timestamp,
    #[serde(default)]
    fallback: Option<ServiceId>,
});
choice!(ParkFallbackTwin of ParkFallback { Queue, Service(service: ServiceId) });
structure!(TargetTwin of Target { party: PartyId, kind: TargetKind });

choice!(LegTwin of Leg { Caller(call: CallId), Target(transfer: TransferId) });
choice!(TargetKindTwin of TargetKind { User, Service(service: ServiceId), Outside, Voicemail });
choice!(PresenceTwin of Presence { Available, Busy, Away, DoNotDisturb, InACall, Offline });
choice!(NotAvailableTwin of NotAvailable { Break, Lunch, Meeting, Training, Other });
choice!(OriginTwin of Origin { Live, Simulated });
choice!(TreatmentTwin of Treatment { Ringing, Music, Silence });
choice!(OfferEndTwin of OfferEnd { Declined, TimedOut, Withdrawn });
choice!(ModeTwin of Mode { Blind, Safe, Consult });
choice!(SideTwin of Side { Caller, Target });
choice!(FallbackTwin of Fallback { Held, Returned, Released, Gone });
choice!(FailureTwin of Failure { Busy, Declined, NoAnswer, Unreachable, Forbidden, CallerGone, Fault });
choice!(DoingTwin of Doing {
    Waiting(treatment: Treatment),
    Held(treatment: Treatment),
    Hearing { play: PlayId, sound: SoundId },
    Recorded { recording: RecordingId, length_max: Span },
    Talking(attendant: AttendantId),
    Conferring { caller: Leg, target: Leg, attendant: AttendantId },
});
choice!(ReleaseCauseTwin of ReleaseCause { Normal, NoAttendant, Overload, HandedOver });
choice!(EndTwin of End {
    CallerHungUp,
    AttendantHungUp,
    Transferred,
    TransferFailed(failure: Failure),
    QueueTimeOver,
    HandedOver,
    EndOfWorkflow,
    NotAnswered(failure: Failure),
    Lost,
});

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    #[test]
    fn every_event_has_its_text_and_comes_back_from_it() {
        let events = events();
        for event in &events {
            assert_eq!(&read_event(FORMAT, &write_event(event)).expect("it was just written"), event);
        }
        let texts: Vec<String> = events.iter().map(write_event).collect();
        check(
            &texts.join("\n"),
            &[
                EventTwin::VARIANTS,
                StepTwin::VARIANTS,
                NobodyTwin::VARIANTS,
                TransferToTwin::VARIANTS,
                HearingTwin::VARIANTS,
                StateTwin::VARIANTS,
                WhenTwin::VARIANTS,
                TreatmentTwin::VARIANTS,
                DistributionTwin::VARIANTS,
                ParkFallbackTwin::VARIANTS,
                PresenceTwin::VARIANTS,
                NotAvailableTwin::VARIANTS,
                OriginTwin::VARIANTS,
                OfferEndTwin::VARIANTS,
                ModeTwin::VARIANTS,
                TargetKindTwin::VARIANTS,
                SideTwin::VARIANTS,
                FallbackTwin::VARIANTS,
                FailureTwin::VARIANTS,
                EndTwin::VARIANTS,
                DoingTwin::VARIANTS,
            ],
            expect![[r##"
                {"service_put":{"id":3,"name":"Reception","priority":50,"sla":20000,"hang_up_threshold":5000,"rona":20000,"acw":0,"queue_time_max":300000,"waiting":"ringing","members":[],"distribution":"longest_idle","levels":[],"preferred":[],"parallel_work":true,"busy_selectable":false,"away_selectable":false,"workflow":{"start":1,"nodes":{"1":{"name":"","x":10,"y":-20,"step":{"accept":{"next":2}}},"2":{"name":"","x":10,"y":-20,"step":{"announce":{"sound":9,"next":2}}},"3":{"name":"","x":10,"y":-20,"step":{"hours":{"calendar":11,"open":2,"closed":3}}},"4":{"name":"","x":10,"y":-20,"step":{"availability":{"selectable":1,"later":2,"nobody":3}}},"5":{"name":"","x":10,"y":-20,"step":{"menu":{"sound":9,"choices":[{"key":"#","next":1}],"tries":3,"timeout":5000,"otherwise":3}}},"6":{"name":"","x":10,"y":-20,"step":{"save":{"parameter":"language","value":"it","next":2}}},"7":{"name":"","x":10,"y":-20,"step":{"check":{"parameter":"language","equals":"it","yes":2,"no":3}}},"8":{"name":"","x":10,"y":-20,"step":{"queue":{"limit":null,"timeout":2,"nobody":"waits"}}},"9":{"name":"","x":10,"y":-20,"step":{"queue":{"limit":60000,"timeout":2,"nobody":{"leaves":3}}}},"10":{"name":"","x":10,"y":-20,"step":{"position":{"position_max":5,"wait_max":null,"within":2,"beyond":3}}},"11":{"name":"","x":10,"y":-20,"step":{"voicemail":{"sound":9,"length_max":120000,"next":2}}},"12":{"name":"","x":10,"y":-20,"step":{"callback":{"sound":null,"next":2}}},"13":{"name":"","x":10,"y":-20,"step":{"transfer":{"target":{"service":3},"failed":2}}},"14":{"name":"","x":10,"y":-20,"step":{"transfer":{"target":{"party":{"party":6,"kind":"outside"}},"failed":2}}},"15":{"name":"","x":10,"y":-20,"step":"disconnect"}}}}}
                {"call_moved":{"call":1,"service":3,"arrived":1795000000000}}
                {"step_entered":{"call":1,"node":1}}
                {"line_answered":{"call":1}}
                {"sound_started":{"call":1,"play":8,"sound":9,"hearing":"announcement","until":1795000020000}}
                {"sound_started":{"call":1,"play":8,"sound":9,"hearing":{"menu":{"tries_left":2}},"until":1795000020000}}
                {"sound_started":{"call":1,"play":8,"sound":9,"hearing":"greeting","until":1795000020000}}
                {"key_awaited":{"call":1,"tries_left":2,"until":1795000020000}}
                {"key_chosen":{"call":1,"key":"1"}}
                {"parameter_saved":{"call":1,"parameter":"language","value":"it"}}
                {"recording_started":{"call":1,"recording":10,"length_max":120000,"until":1795000020000}}
                {"voicemail_left":{"call":1,"service":3,"recording":10,"length":4200}}
                {"callback_requested":{"call":1,"callback":12,"service":3,"party":6,"origin":"live","arrived":1795000000000,"limit":1795000020000}}
                {"callback_taken":{"call":1,"attendant":2,"offer":null,"party":6}}
                {"hand_over_began":{"transfer":4,"call":1,"target":{"party":6,"kind":"outside"},"limit":1795000020000,"treatment":"music"}}
                {"hand_over_taken":{"transfer":4,"call":1,"target":{"party":6,"kind":"outside"}}}
                {"hand_over_failed":{"transfer":4,"call":1,"target":{"party":6,"kind":"outside"},"failure":"busy"}}
                {"line_resumed":{"leg":{"caller":1},"doing":{"hearing":{"play":8,"sound":9}}}}
                {"line_resumed":{"leg":{"caller":1},"doing":{"recorded":{"recording":10,"length_max":120000}}}}
                {"call_ended":{"call":1,"end":"handed_over","release":[]}}
                {"call_ended":{"call":1,"end":"end_of_workflow","release":[{"caller":1}]}}
                {"service_put":{"id":3,"name":"Empfang \"Süd\"","priority":50,"sla":20000,"hang_up_threshold":5000,"rona":20000,"acw":0,"queue_time_max":300000,"waiting":"ringing","members":[2],"distribution":"longest_idle","levels":[],"preferred":[],"parallel_work":true,"busy_selectable":false,"away_selectable":false,"workflow":null}}
                {"service_put":{"id":3,"name":"Empfang \"Süd\"","priority":50,"sla":20000,"hang_up_threshold":5000,"rona":20000,"acw":0,"queue_time_max":300000,"waiting":"music","members":[2],"distribution":"longest_idle","levels":[],"preferred":[],"parallel_work":true,"busy_selectable":false,"away_selectable":false,"workflow":null}}
                {"service_put":{"id":3,"name":"Empfang \"Süd\"","priority":50,"sla":20000,"hang_up_threshold":5000,"rona":20000,"acw":0,"queue_time_max":300000,"waiting":"silence","members":[2],"distribution":"longest_idle","levels":[],"preferred":[],"parallel_work":true,"busy_selectable":false,"away_selectable":false,"workflow":null}}
                {"service_put":{"id":3,"name":"Support","priority":50,"sla":20000,"hang_up_threshold":5000,"rona":20000,"acw":0,"queue_time_max":300000,"waiting":"ringing","members":{"skilled":[{"skill":11,"level":50}]},"distribution":"fewest_calls","levels":[{"after":0,"needs":[{"skill":11,"level":50}],"profiles":[10]},{"after":30000,"needs":[],"profiles":[]}],"preferred":[{"attendant":2,"priority":1}],"parallel_work":false,"busy_selectable":false,"away_selectable":false,"workflow":null}}
                {"service_put":{"id":3,"name":"Support","priority":50,"sla":20000,"hang_up_threshold":5000,"rona":20000,"acw":0,"queue_time_max":300000,"waiting":"ringing","members":null,"distribution":"round_robin","levels":[{"after":0,"needs":[{"skill":11,"level":50}],"profiles":[10]},{"after":30000,"needs":[],"profiles":[]}],"preferred":[{"attendant":2,"priority":1}],"parallel_work":false,"busy_selectable":false,"away_selectable":false,"workflow":null}}
                {"service_put":{"id":3,"name":"Support","priority":50,"sla":20000,"hang_up_threshold":5000,"rona":20000,"acw":0,"queue_time_max":300000,"waiting":"ringing","members":[2,9],"distribution":"fixed_order","levels":[{"after":0,"needs":[{"skill":11,"level":50}],"profiles":[10]},{"after":30000,"needs":[],"profiles":[]}],"preferred":[{"attendant":2,"priority":1}],"parallel_work":false,"busy_selectable":false,"away_selectable":false,"workflow":null}}
                {"service_put":{"id":3,"name":"Support","priority":50,"sla":20000,"hang_up_threshold":5000,"rona":20000,"acw":0,"queue_time_max":300000,"waiting":"ringing","members":[],"distribution":"pick_up","levels":[{"after":0,"needs":[{"skill":11,"level":50}],"profiles":[10]},{"after":30000,"needs":[],"profiles":[]}],"preferred":[{"attendant":2,"priority":1}],"parallel_work":false,"busy_selectable":false,"away_selectable":false,"workflow":null}}
                {"service_put":{"id":3,"name":"Support","priority":50,"sla":20000,"hang_up_threshold":5000,"rona":20000,"acw":0,"queue_time_max":300000,"waiting":"ringing","members":[],"distribution":"broadcast","levels":[{"after":0,"needs":[{"skill":11,"level":50}],"profiles":[10]},{"after":30000,"needs":[],"profiles":[]}],"preferred":[{"attendant":2,"priority":1}],"parallel_work":false,"busy_selectable":false,"away_selectable":false,"workflow":null}}
                {"profile_put":{"id":10,"name":"Experts","skills":{"11":70}}}
                {"profile_removed":{"profile":10}}
                {"skills_changed":{"attendant":2,"skills":{"11":70},"profile":10}}
                {"calendar_put":{"id":12,"hours":{"name":"Büro","zone":"Europe/Zurich","default":"closed","primary":[{"state":"closed","when":{"dates":{"from":"2026-12-25","to":"2026-12-26"}},"label":"Weihnachten"},{"state":"open","when":{"span":{"from":"2026-12-30T12:00:00","to":"2027-01-01T00:00:00"}},"label":"Inventur"},{"state":"closed","when":{"yearly":{"month":8,"day":1}},"label":"Bundesfeier"}],"secondary":[{"state":"open","when":{"weekly":{"days":31,"from":"08:00","to":"24:00"}},"label":""}]}}}
                {"calendar_removed":{"calendar":12}}
                {"call_widened":{"call":1,"level":1}}
                {"call_promoted":{"call":1}}
                {"acw_extended":{"attendant":2,"until":1795000020000}}
                {"service_removed":{"service":3}}
                {"attendant_put":{"attendant":2}}
                {"attendant_removed":{"attendant":2}}
                {"limits_put":{"park_slots":20,"park_time":120000,"park_fallback":"queue","recall_time":20000,"hold_alert":60000,"park_alert":15000,"held_max":8,"target_ring":30000,"hand_over":180000,"decline_pause":10000,"priority_wait_max":180000,"callback_time_max":86400000,"acw_extension":30000,"on_hold":"music","calls_max":10000}}
                {"limits_put":{"park_slots":20,"park_time":120000,"park_fallback":{"service":3},"recall_time":20000,"hold_alert":60000,"park_alert":15000,"held_max":8,"target_ring":30000,"hand_over":180000,"decline_pause":10000,"priority_wait_max":180000,"callback_time_max":86400000,"acw_extension":30000,"on_hold":"music","calls_max":10000}}
                {"duty_changed":{"attendant":2,"on_duty":true}}
                {"serving_changed":{"attendant":2,"service":3,"serving":false}}
                {"rona_began":{"attendant":2}}
                {"rona_ended":{"attendant":2}}
                {"acw_began":{"attendant":2,"call":1,"until":1795000000000}}
                {"acw_ended":{"attendant":2}}
                {"call_arrived":{"call":1,"service":3,"party":6,"origin":"live"}}
                {"call_arrived":{"call":1,"service":3,"party":6,"origin":"simulated"}}
                {"call_queued":{"call":1,"service":3,"arrived":1795000000000,"limit":1795000020000,"reserved":null,"treatment":"music"}}
                {"call_queued":{"call":1,"service":3,"arrived":1795000000000,"limit":1795000020000,"reserved":{"attendant":2,"until":1795000020000,"fallback":null},"treatment":"music"}}
                {"call_queued":{"call":1,"service":3,"arrived":1795000000000,"limit":1795000020000,"reserved":{"attendant":2,"until":1795000020000,"fallback":8},"treatment":"music"}}
                {"reservation_ended":{"call":1}}
                {"call_offered":{"offer":5,"call":1,"attendant":2,"until":1795000020000}}
                {"offer_ended":{"offer":5,"call":1,"attendant":2,"how":"declined","again":1795000020000}}
                {"offer_ended":{"offer":5,"call":1,"attendant":2,"how":"timed_out","again":null}}
                {"offer_ended":{"offer":5,"call":1,"attendant":2,"how":"withdrawn","again":null}}
                {"offer_ended":{"offer":5,"call":1,"attendant":2,"how":"withdrawn","again":1795000020000}}
                {"decline_forgotten":{"call":1,"attendant":2}}
                {"call_accepted":{"call":1,"attendant":2,"offer":5}}
                {"call_accepted":{"call":1,"attendant":2,"offer":null}}
                {"call_held":{"call":1,"attendant":2,"alert":1795000020000,"treatment":"music"}}
                {"call_retrieved":{"call":1,"attendant":2}}
                {"call_parked":{"call":1,"attendant":2,"slot":7,"alert":1795000000000,"limit":1795000020000,"treatment":"music"}}
                {"call_unparked":{"call":1,"attendant":2,"slot":7}}
                {"park_timed_out":{"call":1,"slot":7}}
                {"alerted":{"call":1}}
                {"party_replaced":{"call":1,"party":6}}
                {"transfer_began":{"transfer":4,"call":1,"attendant":2,"mode":"blind","target":{"party":6,"kind":"outside"},"limit":null,"treatment":"music"}}
                {"transfer_began":{"transfer":4,"call":1,"attendant":2,"mode":"safe","target":{"party":6,"kind":{"service":3}},"limit":1795000020000,"treatment":"music"}}
                {"transfer_began":{"transfer":4,"call":1,"attendant":2,"mode":"consult","target":{"party":6,"kind":"voicemail"},"limit":1795000020000,"treatment":"music"}}
                {"transfer_ringing":{"transfer":4,"call":1}}
                {"consult_answered":{"transfer":4,"call":1,"attendant":2}}
                {"swapped":{"transfer":4,"call":1,"attendant":2,"with":"caller","treatment":"music"}}
                {"swapped":{"transfer":4,"call":1,"attendant":2,"with":"target","treatment":"music"}}
                {"conferenced":{"transfer":4,"call":1,"attendant":2}}
                {"consult_ended":{"transfer":4,"call":1,"attendant":2,"with_caller":true}}
                {"completion_began":{"transfer":4,"call":1,"attendant":2,"target":{"party":6,"kind":"user"},"target_answered":true,"limit":1795000020000}}
                {"transfer_completed":{"transfer":4,"call":1,"attendant":2,"target":{"party":6,"kind":"user"}}}
                {"transfer_failed":{"transfer":4,"call":1,"attendant":2,"mode":"safe","target":{"party":6,"kind":"user"},"failure":"busy","caller":"held"}}
                {"transfer_failed":{"transfer":4,"call":1,"attendant":2,"mode":"safe","target":{"party":6,"kind":"user"},"failure":"declined","caller":"returned"}}
                {"transfer_failed":{"transfer":4,"call":1,"attendant":2,"mode":"safe","target":{"party":6,"kind":"user"},"failure":"no_answer","caller":"released"}}
                {"transfer_failed":{"transfer":4,"call":1,"attendant":2,"mode":"safe","target":{"party":6,"kind":"user"},"failure":"unreachable","caller":"gone"}}
                {"transfer_failed":{"transfer":4,"call":1,"attendant":2,"mode":"safe","target":{"party":6,"kind":"user"},"failure":"forbidden","caller":"held"}}
                {"transfer_failed":{"transfer":4,"call":1,"attendant":2,"mode":"safe","target":{"party":6,"kind":"user"},"failure":"caller_gone","caller":"gone"}}
                {"transfer_failed":{"transfer":4,"call":1,"attendant":2,"mode":"safe","target":{"party":6,"kind":"user"},"failure":"fault","caller":"held"}}
                {"transfer_cancelled":{"transfer":4,"call":1,"attendant":2,"mode":"consult"}}
                {"call_placed":{"call":1,"attendant":2,"service":null,"target":{"party":6,"kind":"outside"},"origin":"live"}}
                {"call_ringing":{"call":1}}
                {"call_answered":{"call":1,"attendant":2}}
                {"call_ended":{"call":1,"end":"caller_hung_up","release":[{"caller":1},{"target":4}]}}
                {"stray_released":{"leg":{"caller":1}}}
                {"line_resumed":{"leg":{"caller":1},"doing":{"waiting":"music"}}}
                {"line_resumed":{"leg":{"caller":1},"doing":{"held":"music"}}}
                {"line_resumed":{"leg":{"caller":1},"doing":{"talking":2}}}
                {"line_resumed":{"leg":{"caller":1},"doing":{"conferring":{"caller":{"caller":1},"target":{"target":4},"attendant":2}}}}
                {"presence_changed":{"attendant":2,"presence":"available"}}
                {"presence_changed":{"attendant":2,"presence":"busy"}}
                {"presence_changed":{"attendant":2,"presence":"away"}}
                {"presence_changed":{"attendant":2,"presence":"do_not_disturb"}}
                {"presence_changed":{"attendant":2,"presence":"in_a_call"}}
                {"presence_changed":{"attendant":2,"presence":"offline"}}
                {"not_available_changed":{"attendant":2,"reason":null}}
                {"not_available_changed":{"attendant":2,"reason":"break"}}
                {"not_available_changed":{"attendant":2,"reason":"lunch"}}
                {"not_available_changed":{"attendant":2,"reason":"meeting"}}
                {"not_available_changed":{"attendant":2,"reason":"training"}}
                {"not_available_changed":{"attendant":2,"reason":"other"}}
                {"call_ended":{"call":1,"end":"caller_hung_up","release":[]}}
                {"call_ended":{"call":1,"end":"attendant_hung_up","release":[]}}
                {"call_ended":{"call":1,"end":"transferred","release":[]}}
                {"call_ended":{"call":1,"end":{"transfer_failed":"busy"},"release":[]}}
                {"call_ended":{"call":1,"end":"queue_time_over","release":[]}}
                {"call_ended":{"call":1,"end":{"not_answered":"no_answer"},"release":[]}}
                {"call_ended":{"call":1,"end":"lost","release":[]}}"##]],
        );
    }

    #[test]
    fn every_effect_has_its_text_and_comes_back_from_it() {
        let effects = effects();
        for effect in &effects {
            assert_eq!(&read_effect(FORMAT, &write_effect(effect)).expect("it was just written"), effect);
        }
        let texts: Vec<String> = effects.iter().map(write_effect).collect();
        check(
            &texts.join("\n"),
            &[EffectTwin::VARIANTS, LegTwin::VARIANTS, ReleaseCauseTwin::VARIANTS],
            expect![[r#"
                {"wait":{"leg":{"caller":1},"treatment":"music"}}
                {"connect":{"leg":{"caller":1},"attendant":2}}
                {"hold":{"leg":{"caller":1},"treatment":"silence"}}
                {"dial":{"leg":{"target":4},"party":6,"attendant":2}}
                {"conference":{"caller":{"caller":1},"target":{"target":4},"attendant":2}}
                {"refer":{"leg":{"caller":1},"target":{"party":6,"kind":"outside"},"transfer":4}}
                {"join":{"caller":{"caller":1},"target":{"target":4},"transfer":4}}
                {"answer":{"leg":{"caller":1}}}
                {"play":{"leg":{"caller":1},"play":8,"sound":9}}
                {"record":{"leg":{"caller":1},"recording":10,"length_max":120000}}
                {"release":{"leg":{"caller":1},"why":"normal"}}
                {"release":{"leg":{"caller":1},"why":"no_attendant"}}
                {"release":{"leg":{"caller":1},"why":"overload"}}
                {"release":{"leg":{"caller":1},"why":"handed_over"}}"#]],
        );
    }

    #[test]
    fn outcomes_keep_their_numbers() {
        for (number, outcome) in (1..).zip(OUTCOMES) {
            assert_eq!(write_outcome(outcome), number);
            assert_eq!(read_outcome(number).expect("it was just written"), outcome);
        }
        for (number, outcome) in (1..).zip(USER_OUTCOMES) {
            assert_eq!(write_user_outcome(outcome), number);
            assert_eq!(read_user_outcome(number).expect("it was just written"), outcome);
        }
        for unknown in [0, 19, 255] {
            assert!(matches!(read_outcome(unknown), Err(StoreError::Damaged(_))));
            assert!(matches!(read_user_outcome(unknown), Err(StoreError::Damaged(_))));
        }
    }

    #[test]
    fn settings_of_releases_before_policy_levels_are_still_read() {
        let service = r#"{"service_put":{"id":3,"name":"Reception","priority":50,"sla":20000,"hang_up_threshold":5000,"rona":20000,"acw":0,"queue_time_max":300000,"waiting":"ringing","attendants":[2],"busy_selectable":false,"away_selectable":false}}"#;
        let meant = Event::ServicePut(Service::new(ServiceId(3), "Reception", vec![AttendantId(2)]));
        assert_eq!(read_event(FORMAT, service).expect("an older text"), meant);
        let limits = r#"{"limits_put":{"park_slots":20,"park_time":120000,"recall_time":20000,"hold_alert":60000,"park_alert":15000,"held_max":8,"target_ring":30000,"hand_over":180000,"decline_pause":10000,"on_hold":"music","calls_max":10000}}"#;
        let meant = Event::LimitsPut(Limits::default());
        assert_eq!(read_event(FORMAT, limits).expect("an older text"), meant);
    }

    #[test]
    fn what_cannot_be_read_is_damaged() {
        let good = r#"{"call_ringing":{"call":1}}"#;
        assert!(read_event(FORMAT, good).is_ok());
        let calendar = write_event(&Event::CalendarPut(Calendar { id: CalendarId(12), hours: hours() }));
        assert!(read_event(FORMAT, &calendar).is_ok());
        for (format, text) in [
            (0, good),
            (FORMAT + 1, good),
            (FORMAT, ""),
            (FORMAT, r#"{"call_ringing":{"call":1}"#),
            (FORMAT, r#"{"call_ringing":{}}"#),
            (FORMAT, r#"{"call_ringing":{"call":-1}}"#),
            (FORMAT, r#"{"call_ringing":{"call":1,"colour":"red"}}"#),
            (FORMAT, r#"{"call_sung":{"call":1}}"#),
            (FORMAT, &calendar.replace("Europe/Zurich", "Europe/Atlantis")),
            (FORMAT, &calendar.replace("24:00", "24:01")),
            (FORMAT, &calendar.replace("2026-12-25", "2026-02-29")),
            (FORMAT, &calendar.replace("T12:00:00", "T25:00:00")),
            (FORMAT, &calendar.replace("\"days\":31", "\"days\":128")),
            (FORMAT, r#"{"call_ringing":{"call":1}} "more""#),
            (FORMAT, &"[".repeat(10_000)),
        ] {
            let read = read_event(format, text);
            assert!(matches!(read, Err(StoreError::Damaged(_))), "{read:?}");
        }
    }

    /// Every word of the enums appears in the texts, so that no variant goes without its snapshot.
    pub(super) fn check(texts: &str, enums: &[&[&str]], want: Expect) {
        for variant in enums.concat() {
            let name = snake_case(variant);
            assert!(texts.contains(&format!("\"{name}\"")), "no example of {variant}");
        }
        want.assert_eq(texts);
    }

    fn snake_case(name: &str) -> String {
        let mut snake = String::new();
        for (index, letter) in name.char_indices() {
            if letter.is_uppercase() && index > 0 {
                snake.push('_');
            }
            snake.push(letter.to_ascii_lowercase());
        }
        snake
    }

    fn hours() -> Hours {
        let time = |text| WallTime::parse(text).expect("a time");
        let date = |text: &str| text.parse::<Date>().expect("a date");
        let local = |text: &str| text.parse::<DateTime>().expect("a local time");
        let period = |state, label: &str, when| Period { state, when, label: label.to_owned() };
        let office = When::Weekly { days: DaySet::MONDAY_TO_FRIDAY, from: time("08:00"), to: time("24:00") };
        let inventory = When::Span { from: local("2026-12-30T12:00"), to: local("2027-01-01T00:00") };
        Hours {
            name: "Büro".to_owned(),
            zone: Zone::parse("Europe/Zurich").expect("a zone"),
            default: State::Closed,
            primary: vec![
                period(
                    State::Closed,
                    "Weihnachten",
                    When::Dates { from: date("2026-12-25"), to: date("2026-12-26") },
                ),
                period(State::Open, "Inventur", inventory),
                period(State::Closed, "Bundesfeier", When::Yearly { month: 8, day: 1 }),
            ],
            secondary: vec![period(State::Open, "", office)],
        }
    }

    fn events() -> Vec<Event> {
        let (call, attendant, service) = (CallId(1), AttendantId(2), ServiceId(3));
        let (transfer, offer, party, slot) = (TransferId(4), OfferId(5), PartyId(6), SlotNumber(7));
        let leg = Leg::Caller(call);
        let treatment = Treatment::Music;
        let (at, later) = (Timestamp(1_795_000_000_000), Timestamp(1_795_000_020_000));
        let target = |kind| Target { party, kind };
        let began = |mode, kind, limit| Event::TransferBegan {
            transfer,
            call,
            attendant,
            mode,
            target: target(kind),
            limit,
            treatment,
        };
        let failed = |failure, caller| Event::TransferFailed {
            transfer,
            call,
            attendant,
            mode: Mode::Safe,
            target: target(TargetKind::User),
            failure,
            caller,
        };
        let treated = |waiting| {
            Event::ServicePut(Service {
                waiting,
                ..Service::new(service, "Empfang \"Süd\"", vec![attendant])
            })
        };
        let (profile, skill) = (ProfileId(10), SkillId(11));
        let (need, skills) = (SkillNeed { skill, level: 50 }, Skills::from([(skill, 70)]));
        let distributed = |distribution, members| {
            let level = |after, needs, profiles| PolicyLevel { after: Span(after), needs, profiles };
            Event::ServicePut(Service {
                distribution,
                members,
                levels: vec![level(0, vec![need], vec![profile]), level(30_000, vec![], vec![])],
                preferred: vec![Preferred { attendant, priority: 1 }],
                parallel_work: false,
                ..Service::new(service, "Support", vec![])
            })
        };
        let mut events = workflow_events();
        events.extend([
            treated(Treatment::Ringing),
            treated(Treatment::Music),
            treated(Treatment::Silence),
            distributed(Distribution::FewestCalls, Members::Skilled(vec![need])),
            distributed(Distribution::RoundRobin, Members::Nobody),
            distributed(Distribution::FixedOrder, Members::Listed(vec![attendant, AttendantId(9)])),
            distributed(Distribution::PickUp, Members::Listed(vec![])),
            distributed(Distribution::Broadcast, Members::Listed(vec![])),
            Event::ProfilePut(Profile { id: profile, name: "Experts".to_owned(), skills: skills.clone() }),
            Event::ProfileRemoved { profile },
            Event::SkillsChanged { attendant, skills, profile: Some(profile) },
            Event::CalendarPut(Calendar { id: CalendarId(12), hours: hours() }),
            Event::CalendarRemoved { calendar: CalendarId(12) },
            Event::CallWidened { call, level: 1 },
            Event::CallPromoted { call },
            Event::AcwExtended { attendant, until: later },
            Event::ServiceRemoved { service },
            Event::AttendantPut { attendant },
            Event::AttendantRemoved { attendant },
            Event::LimitsPut(Limits::default()),
            Event::LimitsPut(Limits { park_fallback: ParkFallback::Service(service), ..Limits::default() }),
            Event::DutyChanged { attendant, on_duty: true },
            Event::ServingChanged { attendant, service, serving: false },
            Event::RonaBegan { attendant },
            Event::RonaEnded { attendant },
            Event::AcwBegan { attendant, call, until: at },
            Event::AcwEnded { attendant },
            Event::CallArrived { call, service, party, origin: Origin::Live },
            Event::CallArrived { call, service, party, origin: Origin::Simulated },
            Event::CallQueued { call, service, arrived: at, limit: later, reserved: None, treatment },
            Event::CallQueued {
                call,
                service,
                arrived: at,
                limit: later,
                reserved: Some(Reservation { attendant, until: later, fallback: None }),
                treatment,
            },
            Event::CallQueued {
                call,
                service,
                arrived: at,
                limit: later,
                reserved: Some(Reservation { attendant, until: later, fallback: Some(ServiceId(8)) }),
                treatment,
            },
            Event::ReservationEnded { call },
            Event::CallOffered { offer, call, attendant, until: later },
            Event::OfferEnded { offer, call, attendant, how: OfferEnd::Declined, again: Some(later) },
            Event::OfferEnded { offer, call, attendant, how: OfferEnd::TimedOut, again: None },
            Event::OfferEnded { offer, call, attendant, how: OfferEnd::Withdrawn, again: None },
            Event::OfferEnded { offer, call, attendant, how: OfferEnd::Withdrawn, again: Some(later) },
            Event::DeclineForgotten { call, attendant },
            Event::CallAccepted { call, attendant, offer: Some(offer) },
            Event::CallAccepted { call, attendant, offer: None },
            Event::CallHeld { call, attendant, alert: later, treatment },
            Event::CallRetrieved { call, attendant },
            Event::CallParked { call, attendant, slot, alert: at, limit: later, treatment },
            Event::CallUnparked { call, attendant, slot },
            Event::ParkTimedOut { call, slot },
            Event::Alerted { call },
            Event::PartyReplaced { call, party },
            began(Mode::Blind, TargetKind::Outside, None),
            began(Mode::Safe, TargetKind::Service(service), Some(later)),
            began(Mode::Consult, TargetKind::Voicemail, Some(later)),
            Event::TransferRinging { transfer, call },
            Event::ConsultAnswered { transfer, call, attendant },
            Event::Swapped { transfer, call, attendant, with: Side::Caller, treatment },
            Event::Swapped { transfer, call, attendant, with: Side::Target, treatment },
            Event::Conferenced { transfer, call, attendant },
            Event::ConsultEnded { transfer, call, attendant, with_caller: true },
            Event::CompletionBegan {
                transfer,
                call,
                attendant,
                target: target(TargetKind::User),
                target_answered: true,
                limit: later,
            },
            Event::TransferCompleted { transfer, call, attendant, target: target(TargetKind::User) },
            failed(Failure::Busy, Fallback::Held),
            failed(Failure::Declined, Fallback::Returned),
            failed(Failure::NoAnswer, Fallback::Released),
            failed(Failure::Unreachable, Fallback::Gone),
            failed(Failure::Forbidden, Fallback::Held),
            failed(Failure::CallerGone, Fallback::Gone),
            failed(Failure::Fault, Fallback::Held),
            Event::TransferCancelled { transfer, call, attendant, mode: Mode::Consult },
            Event::CallPlaced {
                call,
                attendant,
                service: None,
                target: target(TargetKind::Outside),
                origin: Origin::Live,
            },
            Event::CallRinging { call },
            Event::CallAnswered { call, attendant },
            Event::CallEnded { call, end: End::CallerHungUp, release: vec![leg, Leg::Target(transfer)] },
            Event::StrayReleased { leg },
            Event::LineResumed { leg, doing: Doing::Waiting(treatment) },
            Event::LineResumed { leg, doing: Doing::Held(treatment) },
            Event::LineResumed { leg, doing: Doing::Talking(attendant) },
            Event::LineResumed {
                leg,
                doing: Doing::Conferring { caller: leg, target: Leg::Target(transfer), attendant },
            },
        ]);
        let presences = [
            Presence::Available,
            Presence::Busy,
            Presence::Away,
            Presence::DoNotDisturb,
            Presence::InACall,
            Presence::Offline,
        ];
        events.extend(presences.map(|presence| Event::PresenceChanged { attendant, presence }));
        let reasons = [
            None,
            Some(NotAvailable::Break),
            Some(NotAvailable::Lunch),
            Some(NotAvailable::Meeting),
            Some(NotAvailable::Training),
            Some(NotAvailable::Other),
        ];
        events.extend(reasons.map(|reason| Event::NotAvailableChanged { attendant, reason }));
        let ends = [
            End::CallerHungUp,
            End::AttendantHungUp,
            End::Transferred,
            End::TransferFailed(Failure::Busy),
            End::QueueTimeOver,
            End::NotAnswered(Failure::NoAnswer),
            End::Lost,
        ];
        events.extend(ends.map(|end| Event::CallEnded { call, end, release: Vec::new() }));
        events
    }

    fn workflow_events() -> Vec<Event> {
        let (call, service, transfer, party) = (CallId(1), ServiceId(3), TransferId(4), PartyId(6));
        let (play, sound, recording) = (PlayId(8), SoundId(9), RecordingId(10));
        let (at, until) = (Timestamp(1_795_000_000_000), Timestamp(1_795_000_020_000));
        let (length_max, target) = (Span::from_secs(120), Target { party, kind: TargetKind::Outside });
        let (a, b, c) = (NodeId(1), NodeId(2), NodeId(3));
        let steps = [
            Step::Accept { next: b },
            Step::Announce { sound, next: b },
            Step::Hours { calendar: CalendarId(11), open: b, closed: c },
            Step::Availability { selectable: a, later: b, nobody: c },
            Step::Menu {
                sound,
                choices: vec![Choice { key: '#', next: a }],
                tries: 3,
                timeout: Span::from_secs(5),
                otherwise: c,
            },
            Step::Save { parameter: "language".to_owned(), value: "it".to_owned(), next: b },
            Step::Check { parameter: "language".to_owned(), equals: "it".to_owned(), yes: b, no: c },
            Step::Queue { limit: None, timeout: b, nobody: Nobody::Waits },
            Step::Queue { limit: Some(Span::from_secs(60)), timeout: b, nobody: Nobody::Leaves(c) },
            Step::Position { position_max: Some(5), wait_max: None, within: b, beyond: c },
            Step::Voicemail { sound: Some(sound), length_max, next: b },
            Step::Callback { sound: None, next: b },
            Step::Transfer { target: TransferTo::Service(service), failed: b },
            Step::Transfer { target: TransferTo::Party(target), failed: b },
            Step::Disconnect,
        ];
        let nodes = (1..).map(NodeId).zip(steps);
        let nodes = nodes.map(|(id, step)| (id, Node { name: String::new(), x: 10, y: -20, step })).collect();
        let workflow = Some(Workflow { start: a, nodes });
        let heard = |hearing| Event::SoundStarted { call, play, sound, hearing, until };
        vec![
            Event::ServicePut(Service { workflow, ..Service::new(service, "Reception", vec![]) }),
            Event::CallMoved { call, service, arrived: at },
            Event::StepEntered { call, node: a },
            Event::LineAnswered { call },
            heard(Hearing::Announcement),
            heard(Hearing::Menu { tries_left: 2 }),
            heard(Hearing::Greeting),
            Event::KeyAwaited { call, tries_left: 2, until },
            Event::KeyChosen { call, key: '1' },
            Event::ParameterSaved { call, parameter: "language".to_owned(), value: "it".to_owned() },
            Event::RecordingStarted { call, recording, length_max, until },
            Event::VoicemailLeft { call, service, recording, length: Span(4_200) },
            Event::CallbackRequested {
                call,
                callback: CallId(12),
                service,
                party,
                origin: Origin::Live,
                arrived: at,
                limit: until,
            },
            Event::CallbackTaken { call, attendant: AttendantId(2), offer: None, party },
            Event::HandOverBegan { transfer, call, target, limit: until, treatment: Treatment::Music },
            Event::HandOverTaken { transfer, call, target },
            Event::HandOverFailed { transfer, call, target, failure: Failure::Busy },
            Event::LineResumed { leg: Leg::Caller(call), doing: Doing::Hearing { play, sound } },
            Event::LineResumed { leg: Leg::Caller(call), doing: Doing::Recorded { recording, length_max } },
            Event::CallEnded { call, end: End::HandedOver, release: vec![] },
            Event::CallEnded { call, end: End::EndOfWorkflow, release: vec![Leg::Caller(call)] },
        ]
    }

    fn effects() -> Vec<Effect> {
        let (leg, target) = (Leg::Caller(CallId(1)), Leg::Target(TransferId(4)));
        let (attendant, party, transfer) = (AttendantId(2), PartyId(6), TransferId(4));
        let mut effects = vec![
            Effect::Wait { leg, treatment: Treatment::Music },
            Effect::Connect { leg, attendant },
            Effect::Hold { leg, treatment: Treatment::Silence },
            Effect::Dial { leg: target, party, attendant },
            Effect::Conference { caller: leg, target, attendant },
            Effect::Refer { leg, target: Target { party, kind: TargetKind::Outside }, transfer },
            Effect::Join { caller: leg, target, transfer },
            Effect::Answer { leg },
            Effect::Play { leg, play: PlayId(8), sound: SoundId(9) },
            Effect::Record { leg, recording: RecordingId(10), length_max: Span::from_secs(120) },
        ];
        let causes = [
            ReleaseCause::Normal,
            ReleaseCause::NoAttendant,
            ReleaseCause::Overload,
            ReleaseCause::HandedOver,
        ];
        effects.extend(causes.map(|why| Effect::Release { leg, why }));
        effects
    }
}
