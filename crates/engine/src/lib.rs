//! The switchboard of one tenant: a journaled, sans-io aggregate. `decide` turns a command into events without changing
//! anything, `apply` is total and the only thing replay calls, `effects` says what the world must do about an event.
//! No clock, no randomness, no disk, no network, no serde.

pub mod attendant;
pub mod command;
pub mod effect;
pub mod event;
pub mod id;
pub mod rejection;
pub mod settings;
pub mod time;

pub use attendant::Presence;
pub use command::{Command, Failure, NotAvailable, Target, TargetKind, Unattended};
pub use effect::{Effect, ReleaseCause};
pub use event::{End, Event, Fallback, Mode, OfferEnd, Reservation, Side};
pub use id::{AttendantId, CallId, Leg, OfferId, PartyId, ServiceId, SlotNumber, TransferId};
pub use rejection::Rejection;
pub use settings::{Limits, Origin, Service, Treatment};
pub use time::{Span, Timestamp};
