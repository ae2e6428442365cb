//! The records of all calls beside the events they come from (REPORT-1): every call that began has a record, every service
//! session exactly one outcome, and the sums of the records are what passed by the states of the switchboard, measured
//! here on its own.

use std::collections::BTreeMap;

use contracts::Snapshot;
use contracts::stored::{FORMAT, read_board, write_board};
use engine::{Call, CallId, CallState, Event, Stage, Switchboard, Timestamp};
use reporting::{CallRecord, Fold, RecordChange};

/// What the time of a call counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Time {
    Talking,
    Held,
    Parked,
    None,
}

/// Milliseconds by what they count as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Passed {
    connected: u64,
    hold: u64,
    park: u64,
}

/// Events after which the fold goes on from what is stored of it.
const FOLD_KEPT_EVERY: u32 = 40;

/// Both sides.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    fold: Fold,
    followed: u32,
    records: BTreeMap<(CallId, u32), CallRecord>,
    going: BTreeMap<CallId, (Time, Timestamp)>,
    passed: BTreeMap<CallId, Passed>,
}

impl Ledger {
    /// Takes in one event; `board` is the switchboard after it.
    pub(crate) fn follow(&mut self, event: &Event, at: Timestamp, board: &Switchboard) {
        for change in self.fold.apply(event, at) {
            if let RecordChange::Put(record) = change {
                self.records.insert((record.call, record.part), record);
            }
        }
        self.followed += 1;
        if self.followed.is_multiple_of(FOLD_KEPT_EVERY) {
            let text = write_board(&Snapshot { fold: self.fold.snapshot(), ..Snapshot::default() });
            self.fold = read_board(FORMAT, &text).expect("it was written here").fold.into();
        }
        let mut now: BTreeMap<CallId, Time> = board.calls().map(|call| (call.id, time(call))).collect();
        for (call, (time, since)) in &mut self.going {
            let next = now.remove(call);
            if next != Some(*time) {
                self.passed.entry(*call).or_default().add(*time, *since, at);
                (*time, *since) = (next.unwrap_or(Time::None), at);
            }
        }
        self.going.extend(now.into_iter().map(|(call, time)| (call, (time, at))));
    }

    /// Whether both sides agree, once no call is left.
    pub(crate) fn agrees(&self) -> Result<(), String> {
        for call in self.going.keys() {
            let parts: Vec<&CallRecord> =
                self.records.range((*call, 0)..=(*call, u32::MAX)).map(|(_, record)| record).collect();
            if parts.is_empty() {
                return Err(format!("{call:?} has no record"));
            }
            if let Some(open) = parts.iter().find(|part| part.outcome.is_none() || part.ended.is_none()) {
                return Err(format!("a service session has no outcome: {open:?}"));
            }
            let sum = |of: fn(&CallRecord) -> u64| parts.iter().map(|part| of(part)).sum::<u64>();
            let recorded = Passed {
                connected: sum(|part| part.connected_ms),
                hold: sum(|part| part.hold_ms),
                park: sum(|part| part.park_ms),
            };
            let passed = self.passed.get(call).copied().unwrap_or_default();
            if recorded != passed {
                return Err(format!("{call:?}: {recorded:?} is recorded, {passed:?} has passed"));
            }
        }
        match self.records.keys().find(|(call, _)| !self.going.contains_key(call)) {
            Some(key) => Err(format!("{key:?} is recorded, and was never there")),
            None => Ok(()),
        }
    }
}

impl Passed {
    fn add(&mut self, time: Time, since: Timestamp, until: Timestamp) {
        let passed = u64::from((until - since).0);
        match time {
            Time::Talking => self.connected += passed,
            Time::Held => {
                self.connected += passed;
                self.hold += passed;
            }
            Time::Parked => self.park += passed,
            Time::None => {}
        }
    }
}

fn time(call: &Call) -> Time {
    match &call.state {
        CallState::Active { .. } => Time::Talking,
        CallState::Held(_) => Time::Held,
        CallState::Parked(_) => Time::Parked,
        CallState::Consulting { transfer, .. } => match transfer.stage {
            Stage::WithCaller | Stage::Conference => Time::Talking,
            Stage::Trying | Stage::Ringing | Stage::WithTarget | Stage::Completing { .. } => Time::Held,
        },
        CallState::InWorkflow(_)
        | CallState::Waiting(_)
        | CallState::Dialing { .. }
        | CallState::Leaving { .. } => Time::None,
    }
}
