//! Stored formats of the words that are kept: events and effects as compact JSON text, outcomes as numbers. A format
//! number stands beside every text, so that a later release can still read what this one wrote. Does not store
//! anything, and the engine's own types know nothing of it: the table below is their twin at the edge.

use engine::{
    AttendantId, CallId, Effect, End, Event, Failure, Fallback, Leg, Limits, Mode, NotAvailable, OfferEnd,
    OfferId, Origin, PartyId, Presence, ReleaseCause, Reservation, Service, ServiceId, Side, SlotNumber,
    Span, Target, TargetKind, Timestamp, TransferId, Treatment,
};
use reporting::{Outcome, UserOutcome};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::journal::StoreError;

/// The format in which texts are written now. A change to the table below that cannot read older texts makes it 2, and
/// keeps a reader for 1.
pub const FORMAT: u32 = 1;

/// The longest text that is read back, in bytes: a service with all its attendants stays far below it.
pub const TEXT_BYTES_MAX: usize = 1 << 20;

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
            "an {what} is stored in format {format}; this release knows {FORMAT}"
        )));
    }
    if text.len() > TEXT_BYTES_MAX {
        return Err(StoreError::Damaged(format!("an {what} is stored in {} bytes", text.len())));
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
    ($twin:ident of $type:ident { $($field:ident: $of:ty),+ $(,)? }) => {
        #[derive(Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct $twin { $($field: <$of as Twinned>::Twin),+ }

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
        enum $twin {
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

plain!(bool, u8, u16, u32, String);

number! {
    CallId(u64), TransferId(u64), OfferId(u64), PartyId(u64), ServiceId(u64), AttendantId(u64),
    SlotNumber(u16), Timestamp(i64), Span(u32),
}

choice!(EventTwin of Event {
    ServicePut(service: Service),
    ServiceRemoved { service: ServiceId },
    AttendantPut { attendant: AttendantId },
    AttendantRemoved { attendant: AttendantId },
    LimitsPut(limits: Limits),
    DutyChanged { attendant: AttendantId, on_duty: bool },
    PresenceChanged { attendant: AttendantId, presence: Presence },
    NotAvailableChanged { attendant: AttendantId, reason: Option<NotAvailable> },
    ServingChanged { attendant: AttendantId, service: ServiceId, serving: bool },
    RonaBegan { attendant: AttendantId },
    RonaEnded { attendant: AttendantId },
    AcwBegan { attendant: AttendantId, call: CallId, until: Timestamp },
    AcwEnded { attendant: AttendantId },
    CallArrived { call: CallId, service: ServiceId, party: PartyId, origin: Origin },
    CallQueued { call: CallId, service: ServiceId, arrived: Timestamp, limit: Timestamp, reserved: Option<Reservation> },
    ReservationEnded { call: CallId },
    CallOffered { offer: OfferId, call: CallId, attendant: AttendantId, until: Timestamp },
    OfferEnded { offer: OfferId, call: CallId, attendant: AttendantId, how: OfferEnd },
    CallAccepted { call: CallId, attendant: AttendantId, offer: Option<OfferId> },
    CallHeld { call: CallId, attendant: AttendantId, alert: Timestamp },
    CallRetrieved { call: CallId, attendant: AttendantId },
    CallParked { call: CallId, attendant: AttendantId, slot: SlotNumber, alert: Timestamp, limit: Timestamp },
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
    },
    TransferRinging { transfer: TransferId, call: CallId },
    ConsultAnswered { transfer: TransferId, call: CallId },
    Swapped { transfer: TransferId, call: CallId, with: Side },
    Conferenced { transfer: TransferId, call: CallId },
    CompletionBegan {
        transfer: TransferId,
        call: CallId,
        attendant: AttendantId,
        target_answered: bool,
        limit: Timestamp,
    },
    TransferCompleted { transfer: TransferId, call: CallId, attendant: AttendantId, target: Target },
    TransferFailed {
        transfer: TransferId,
        call: CallId,
        attendant: AttendantId,
        target: Target,
        failure: Failure,
        caller: Fallback,
    },
    TransferCancelled { transfer: TransferId, call: CallId, attendant: AttendantId },
    CallPlaced { call: CallId, attendant: AttendantId, service: Option<ServiceId>, target: Target, origin: Origin },
    CallRinging { call: CallId },
    CallAnswered { call: CallId, attendant: AttendantId },
    CallEnded { call: CallId, end: End },
});

choice!(EffectTwin of Effect {
    Wait { leg: Leg, treatment: Treatment },
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
    attendants: Vec<AttendantId>,
    busy_selectable: bool,
    away_selectable: bool,
});

structure!(LimitsTwin of Limits {
    park_slots: u16,
    park_time: Span,
    recall_time: Span,
    hold_alert: Span,
    park_alert: Span,
    held_max: u16,
    target_ring: Span,
    calls_max: u32,
});

structure!(ReservationTwin of Reservation { attendant: AttendantId, until: Timestamp });
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
choice!(FailureTwin of Failure { Busy, Declined, NoAnswer, Unreachable, Forbidden, Fault });
choice!(ReleaseCauseTwin of ReleaseCause { Normal, NoAttendant, Overload, HandedOver });
choice!(EndTwin of End {
    CallerHungUp,
    AttendantHungUp,
    Transferred,
    TransferFailed(failure: Failure),
    QueueTimeOver,
    NotAnswered(failure: Failure),
    Lost,
});
