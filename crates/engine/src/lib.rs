//! The switchboard of one tenant: a journaled, sans-io aggregate. `decide` turns a command into events without changing
//! anything, `apply` is total and the only thing replay calls, `effects` says what the world must do about an event.
//! No clock, no randomness, no disk, no network, no serde.

mod apply;
pub mod attendant;
pub mod calendar;
pub mod call;
pub mod command;
mod conversation;
mod deadline;
mod desk;
mod distribution;
mod draft;
pub mod effect;
pub mod event;
pub mod id;
mod index;
pub mod invariants;
mod park;
pub mod preflight;
mod queue;
pub mod ranges;
mod reconcile;
pub mod rejection;
pub mod settings;
pub mod skills;
mod snapshot;
pub mod switchboard;
pub mod time;
pub mod transfer;
mod walk;
pub mod why;
pub mod workflow;

pub use attendant::{Acw, Attendant, NotSelectable, Presence};
pub use calendar::Calendar;
pub use call::{Activity, Call, CallState, Direction, Hearing, Held, Offer, Parked, Place, Waiting, Way};
pub use command::{Command, Failure, NotAvailable, Target, TargetKind, Unattended};
pub use effect::{Effect, ReleaseCause};
pub use event::{Doing, End, Event, Fallback, Mode, OfferEnd, Reservation, Side};
pub use id::{
    AttendantId, CalendarId, CallId, Leg, NodeId, OfferId, PartyId, PlayId, ProfileId, RecordingId,
    ServiceId, SkillId, SlotNumber, SoundId, TransferId,
};
pub use preflight::{Expected, Preflight};
pub use rejection::Rejection;
pub use settings::{
    Distribution, Limits, Members, Origin, ParkFallback, PolicyLevel, Preferred, Profile, Service, SkillNeed,
    Skills, Treatment,
};
pub use snapshot::Snapshot;
pub use switchboard::Switchboard;
pub use time::{Span, Timestamp};
pub use transfer::{Stage, Transfer};
pub use workflow::{Choice, Exit, Nobody, Node, Step, TransferTo, Workflow};
