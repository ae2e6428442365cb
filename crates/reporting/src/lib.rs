//! Call detail records, folded from events as they happen; `kpi`, the formulas over them; `forecast`, what queueing theory
//! foretells; `aggregate`, what an interval adds up to. Pure: no clock, no disk.

pub mod aggregate;
mod cdr;
mod fold;
pub mod forecast;
pub mod kpi;
mod outcome;
pub mod sketch;
mod states;

pub use cdr::{CallRecord, TransferAttempt, TransferEnd, UserSession, Voicemail};
pub use fold::{Fold, RecordChange};

/// What a fold holds between two events, to be kept and gone on from.
pub mod held {
    pub use crate::fold::{Live, Phase, Ringing, Snapshot, Way};
    pub use crate::states::{AttendantState, CallOf, Standing};
}

pub use outcome::{Group, Outcome, UserOutcome};
pub use states::{Stand, State, UserState};
