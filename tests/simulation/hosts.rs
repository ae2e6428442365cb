//! The journal in memory, and hosts that lead a switchboard over it one after the other. A host does here exactly what
//! the desk of the application does: decide, append with orders in one go, apply.

use std::collections::BTreeMap;

use engine::{Command, Effect, Event, Rejection, Switchboard, Timestamp};

/// Names an order: sequence number of the event, index of the effect.
pub(crate) type OrderName = (u64, u32);

/// Events and orders, appended together.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    pub(crate) events: Vec<(Event, Timestamp)>,
    pub(crate) outbox: BTreeMap<OrderName, Effect>,
    generation: u64,
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
    /// Starts up: takes the lease, then replays.
    pub(crate) fn start(journal: &mut Journal, clock_ahead: i64, applies_first: bool) -> Host {
        let generation = journal.take_lease();
        let board = Switchboard::new();
        let mut host = Host { board, sequence: 0, generation, clock_ahead, applies_first };
        for (event, at) in &journal.events {
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
        Outcome::Done
    }
}
