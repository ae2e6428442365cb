//! Call detail records, folded from events as they happen. Pure: no clock, no disk.
//! `forecast` holds what queueing theory says. Does not compute KPIs yet beyond what the console shows.

mod cdr;
mod fold;
pub mod forecast;
mod outcome;

pub use cdr::{CallRecord, UserSession};
pub use fold::{Fold, RecordChange};
pub use outcome::{Group, Outcome, UserOutcome};
