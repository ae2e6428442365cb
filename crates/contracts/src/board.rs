//! The switchboard beside what its records are folded from, at one place of the journal: what replay builds up, event by event, and
//! where it begins when the oldest events are gone. Does not read a journal.

use engine::{Event, Switchboard, Timestamp};
use reporting::{Fold, RecordChange, held};

use crate::journal::Recorded;

/// Both, after so many events.
#[derive(Debug, Default, PartialEq)]
pub struct Board {
    /// Decides.
    pub switchboard: Switchboard,
    /// Tells what the records are.
    pub fold: Fold,
    /// The sequence number of the last event in it; 0: none.
    pub sequence: u64,
}

/// The same to be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The sequence number of the last event in it.
    pub sequence: u64,
    /// The switchboard.
    pub switchboard: engine::Snapshot,
    /// What goes on of the records.
    pub fold: held::Snapshot,
}

impl Board {
    /// Takes the next event in; tells what changes in the records.
    pub fn apply(&mut self, event: &Event, at: Timestamp) -> Vec<RecordChange> {
        let changes = self.fold.apply(event, at);
        self.switchboard.apply(event, at);
        self.sequence += 1;
        changes
    }

    /// As it is now, to begin from another time.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            sequence: self.sequence,
            switchboard: self.switchboard.snapshot(),
            fold: self.fold.snapshot(),
        }
    }
}

impl From<Snapshot> for Board {
    fn from(snapshot: Snapshot) -> Board {
        let Snapshot { sequence, switchboard, fold } = snapshot;
        Board { switchboard: switchboard.into(), fold: fold.into(), sequence }
    }
}

/// The snapshot that comes in the place of these events, which follow on `beginning`.
pub fn fold_away<'a>(beginning: Snapshot, events: impl IntoIterator<Item = &'a Recorded>) -> Snapshot {
    let mut board = Board::from(beginning);
    for recorded in events {
        board.apply(&recorded.event, recorded.at);
    }
    board.snapshot()
}
