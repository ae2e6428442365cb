//! The journal in memory, and hosts that lead a switchboard over it one after the other. A host does here exactly what
//! the desk of the application does: decide, append with orders in one go, apply.

use std::collections::BTreeMap;

use contracts::Snapshot;
use contracts::stored::{FORMAT, read_board, write_board};
use engine::{Command, Effect, Event, Rejection, Switchboard, Timestamp};

/// Names an order: sequence number of the event, index of the effect.
pub(crate) type OrderName = (u64, u32);

/// Events and orders, appended together.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    pub(crate) events: Vec<(Event, Timestamp)>,
    pub(crate) outbox: BTreeMap<OrderName, Effect>,
    generation: u64,
    /// The switchboard after some event, as it is stored.
    set_down: Option<String>,
    pub(crate) checks: Checks,
}

/// What the journal checks; a sound one checks both.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Checks {
    pub(crate) generation: bool,
    pub(crate) sequence: bool,
}

impl Default for Checks {
    fn default() -> Checks {
        Checks { generation: true, sequence: true }
    }
}

/// Another writer is ahead.
#[derive(Debug)]
pub(crate) struct Conflict;

impl Journal {
    pub(crate) fn take_lease(&mut self) -> u64 {
        self.generation += 1;
        self.generation
    }

    pub(crate) fn is_current(&self, generation: u64) -> bool {
        self.generation == generation
    }

    fn append(
        &mut self,
        generation: u64,
        after: u64,
        events: &[Event],
        at: Timestamp,
    ) -> Result<(), Conflict> {
        let fenced = self.checks.generation && generation != self.generation;
        let behind = self.checks.sequence && after != self.events.len() as u64;
        if fenced || behind {
            return Err(Conflict);
        }
        for event in events {
            let sequence = self.events.len() as u64 + 1;
            for (index, effect) in (0..).zip(Switchboard::effects(event)) {
                self.outbox.insert((sequence, index), effect);
            }
            self.events.push((event.clone(), at));
        }
        Ok(())
    }
}

/// Events after which a host sets its switchboard down.
const SET_DOWN_EVERY: u64 = 60;

/// What happens to a host while it acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accident {
    None,
    DiesBeforeAppending,
    DiesAfterAppending,
    /// The journal has taken the events, but its answer is lost: the host lives on and believes they are not recorded.
    MissesTheAnswer,
}

/// What became of a command.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Recorded, or nothing to record.
    Done,
    /// Refused by the switchboard.
    Refused(Rejection),
    /// Another writer is ahead: the host must start anew.
    Conflict,
    /// The host died, or did not hear: nobody knows whether it happened.
    Unknown,
}

/// One process that leads, or believes it does.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) board: Switchboard,
    pub(crate) sequence: u64,
    pub(crate) generation: u64,
    /// Its clock is this many milliseconds ahead.
    pub(crate) clock_ahead: i64,
    pub(crate) applies_first: bool,
}

impl Host {
    /// Starts up: takes the lease, then replays what came after the switchboard that was set down.
    pub(crate) fn start(journal: &mut Journal, clock_ahead: i64, applies_first: bool) -> Host {
        let generation = journal.take_lease();
        let set_down = journal.set_down.as_ref().map(|text| read_board(FORMAT, text));
        let Snapshot { sequence, switchboard, .. } =
            set_down.transpose().expect("it was written here").unwrap_or_default();
        let board = Switchboard::from(switchboard);
        let mut host = Host { board, sequence, generation, clock_ahead, applies_first };
        for (event, at) in journal.events.iter().skip(sequence as usize) {
            host.apply(event, *at);
        }
        host
    }

    fn apply(&mut self, event: &Event, at: Timestamp) {
        self.board.apply(event, at);
        self.sequence += 1;
    }

    pub(crate) fn now(&self, world: Timestamp) -> Timestamp {
        Timestamp(world.0 + self.clock_ahead)
    }

    /// Decide, append, apply.
    pub(crate) fn act(
        &mut self,
        journal: &mut Journal,
        command: &Command,
        world: Timestamp,
        accident: Accident,
    ) -> Outcome {
        let at = self.board.moment(self.now(world));
        let events = match self.board.decide(command, at) {
            Ok(events) => events,
            Err(rejection) => return Outcome::Refused(rejection),
        };
        if events.is_empty() {
            return Outcome::Done;
        }
        let after = self.sequence;
        if self.applies_first {
            events.iter().for_each(|event| self.apply(event, at));
        }
        if accident == Accident::DiesBeforeAppending {
            return Outcome::Unknown;
        }
        if journal.append(self.generation, after, &events, at).is_err() {
            return Outcome::Conflict;
        }
        if accident != Accident::None {
            return Outcome::Unknown;
        }
        if !self.applies_first {
            events.iter().for_each(|event| self.apply(event, at));
        }
        if self.sequence / SET_DOWN_EVERY > after / SET_DOWN_EVERY {
            let (sequence, switchboard) = (self.sequence, self.board.snapshot());
            journal.set_down = Some(write_board(&Snapshot { sequence, switchboard, ..Snapshot::default() }));
        }
        Outcome::Done
    }
}
