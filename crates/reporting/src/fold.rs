//! Folds events into call detail records. Does not look ahead: a record is right at every moment, as far as it is known.

use engine::{Origin, PartyId, Timestamp};

use crate::cdr::CallRecord;

/// What the store must write with the events it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordChange {
    /// Insert or replace this record (by call and part).
    Put(CallRecord),
    /// A caller was put through: one more in the transfer history.
    TransferDone { caller: PartyId, target: PartyId, at: Timestamp, origin: Origin },
}

/// Folds events into records. Holds only calls that have not ended.
#[derive(Debug, Default)]
pub struct Fold {}

impl Fold {
    /// The changes that would follow from these events, without taking them in: the desk stores them in the
    /// transaction of the events and calls [`Fold::apply`] only after the commit. Copies only the calls they name.
    pub fn preview<'a>(
        &self,
        events: impl IntoIterator<Item = (&'a engine::Event, Timestamp)>,
    ) -> Vec<RecordChange> {
        let mut scratch = Fold {};
        events.into_iter().flat_map(|(event, at)| scratch.apply(event, at)).collect()
    }

    /// The changes that follow from one event; `at` is its time.
    pub fn apply(&mut self, _event: &engine::Event, _at: Timestamp) -> Vec<RecordChange> {
        Vec::new()
    }
}
