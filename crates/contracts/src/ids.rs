//! Ids of the people of a tenant, their teams and units, which the store gives; and where new ids of calls come from: time first,
//! so that they sort by age; then randomness, so that two nodes do not meet.

use std::sync::atomic::{AtomicU64, Ordering};

engine::ids! {
    /// One user of the tenant. Given by the store, never again to somebody else.
    PersonId;
    /// A group of the directory. Given by the store, never again to another group.
    TeamId;
    /// An organisation unit. Given by the store, never again to another unit.
    UnitId;
}

/// Milliseconds between 1970 and 2020, where our ids begin; leaves them inside 63 bits until the year 2089.
const EPOCH_2020_MS: u64 = 1_577_836_800_000;
const RANDOM_BITS: u32 = 22;

/// Gives ids that are unique in this process and, by 22 random bits per millisecond, nearly surely between nodes
/// (stores refuse the rest). Every id fits a signed 64-bit column.
#[derive(Debug, Default)]
pub struct Ids {
    last: AtomicU64,
}

impl Ids {
    /// A source that has given nothing yet.
    pub fn new() -> Ids {
        Ids::default()
    }

    /// The smallest id of this moment.
    pub fn first_at(at_ms: i64) -> u64 {
        let since = u64::try_from(at_ms).unwrap_or(0).saturating_sub(EPOCH_2020_MS);
        (since & ((1 << (63 - RANDOM_BITS)) - 1)) << RANDOM_BITS
    }

    /// A new id, greater than all this source gave before. `now_ms` since 1970; `random` from the caller.
    pub fn next(&self, now_ms: i64, random: u32) -> u64 {
        let candidate = Ids::first_at(now_ms) | u64::from(random & ((1 << RANDOM_BITS) - 1));
        let mut last = self.last.load(Ordering::Relaxed);
        loop {
            let id = candidate.max(last + 1);
            match self.last.compare_exchange_weak(last, id, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return id,
                Err(now) => last = now,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Ids;

    #[test]
    fn ids_grow_even_when_the_clock_steps_back() {
        let ids = Ids::new();
        let a = ids.next(1_795_000_000_000, 7);
        let b = ids.next(1_794_000_000_000, 1);
        assert!(b > a && i64::try_from(b).is_ok());
    }
}
