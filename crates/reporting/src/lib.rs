//! Call detail records, folded from events as they happen; `kpi`, the formulas over them; `forecast`, what queueing theory
//! foretells. Pure: no clock, no disk.

mod cdr;
mod fold;
pub mod forecast;
pub mod kpi;
mod outcome;

pub use cdr::{CallRecord, TransferAttempt, TransferEnd, UserSession, Voicemail};
pub use fold::{Fold, RecordChange};
pub use outcome::{Group, Outcome, UserOutcome};
