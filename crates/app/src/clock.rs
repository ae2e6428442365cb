//! The clock and the ids that commands carry into the engine. The only place of the application that reads either.

use std::time::{SystemTime, UNIX_EPOCH};

use contracts::Ids;
use engine::{CallId, PartyId, Timestamp, TransferId};

/// Gives time and ids.
#[derive(Debug, Default)]
pub struct Sources {
    ids: Ids,
}

impl Sources {
    /// The system's clock and randomness.
    pub fn new() -> Sources {
        Sources::default()
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// A new call.
    pub fn call(&self) -> CallId {
        CallId(self.next())
    }

    /// A new transfer.
    pub fn transfer(&self) -> TransferId {
        TransferId(self.next())
    }

    /// A new party.
    pub fn party(&self) -> PartyId {
        PartyId(self.next())
    }

    /// A new service, skill or responsibility profile. Never one that was there before, for records go on naming it.
    pub fn setting(&self) -> u64 {
        self.next()
    }

    fn next(&self) -> u64 {
        // Without randomness ids are still unique in this process; only a second node could meet them.
        self.ids.next(self.now().0, getrandom::u32().unwrap_or(0))
    }
}
