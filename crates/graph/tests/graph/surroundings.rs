//! Time that passes as the test says: at once, or when it is told to.

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use engine::Timestamp;
use graph::Surroundings;
use tokio::sync::watch;

/// 2026-11-18 11:06:40 GMT.
pub(crate) const NOW: Timestamp = Timestamp(1_795_000_000_000);

/// As if the steady clock had begun at [`NOW`].
fn since_now(now: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(now.0 - NOW.0).expect("time goes on"))
}

/// Every pause is over at once, and is remembered.
pub(crate) struct Quick {
    now: Mutex<Timestamp>,
    pauses: Mutex<Vec<Duration>>,
    dice: Mutex<u32>,
}

impl Quick {
    pub(crate) fn new() -> Quick {
        Quick { now: Mutex::new(NOW), pauses: Mutex::default(), dice: Mutex::new(0) }
    }

    /// How long was waited, pause by pause.
    pub(crate) fn pauses(&self) -> Vec<Duration> {
        self.pauses.lock().expect("no test panics with it").clone()
    }

    /// What the dice show from now on.
    pub(crate) fn load(&self, dice: u32) {
        *self.dice.lock().expect("no test panics with it") = dice;
    }
}

#[async_trait]
impl Surroundings for Quick {
    fn now(&self) -> Timestamp {
        *self.now.lock().expect("no test panics with it")
    }

    fn steady(&self) -> Duration {
        since_now(self.now())
    }

    async fn pause(&self, duration: Duration) {
        let ms = i64::try_from(duration.as_millis()).expect("a short pause");
        self.now.lock().expect("no test panics with it").0 += ms;
        self.pauses.lock().expect("no test panics with it").push(duration);
    }

    fn dice(&self) -> u32 {
        *self.dice.lock().expect("no test panics with it")
    }
}

/// A pause is over when the test has let that much time pass.
pub(crate) struct Patient {
    now: watch::Sender<i64>,
}

impl Patient {
    pub(crate) fn new() -> Patient {
        Patient { now: watch::Sender::new(NOW.0) }
    }

    pub(crate) fn let_pass(&self, duration: Duration) {
        let ms = i64::try_from(duration.as_millis()).expect("a short pause");
        self.now.send_modify(|now| *now += ms);
    }
}

#[async_trait]
impl Surroundings for Patient {
    fn now(&self) -> Timestamp {
        Timestamp(*self.now.borrow())
    }

    fn steady(&self) -> Duration {
        since_now(self.now())
    }

    async fn pause(&self, duration: Duration) {
        let until = *self.now.borrow() + i64::try_from(duration.as_millis()).expect("a short pause");
        let _ = self.now.subscribe().wait_for(|now| *now >= until).await;
    }

    fn dice(&self) -> u32 {
        0
    }
}
