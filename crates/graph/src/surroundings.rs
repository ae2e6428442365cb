//! Time and chance, given from outside so that tests wait for nothing.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use engine::Timestamp;

/// What a synchronisation needs of the world beside Graph.
#[async_trait]
pub trait Surroundings: Send + Sync {
    /// The time of day.
    fn now(&self) -> Timestamp;
    /// Since some moment before, by a clock that nobody sets.
    fn steady(&self) -> Duration;
    /// Lets this time pass.
    async fn pause(&self, duration: Duration);
    /// Any number, so that many desks do not ask in step.
    fn dice(&self) -> u32;
}

/// This computer's.
#[derive(Clone, Copy, Debug)]
pub struct System;

#[async_trait]
impl Surroundings for System {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn steady(&self) -> Duration {
        static BEGUN: OnceLock<Instant> = OnceLock::new();
        BEGUN.get_or_init(Instant::now).elapsed()
    }

    async fn pause(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    fn dice(&self) -> u32 {
        // Without randomness it still waits, only in step with others.
        getrandom::u32().unwrap_or_default()
    }
}
