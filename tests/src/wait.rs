//! Waiting for a condition with a deadline. Does not assert timing: a deadline is how long a test waits before it gives up,
//! never how fast something must be.

use std::time::{Duration, Instant};

/// Longer than every time limit of the switchboard but the park limit, on two busy cores. A test that succeeds never waits for it.
pub const PATIENCE: Duration = Duration::from_secs(45);

/// Between two looks at something that cannot wake us, such as a file that grows.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Looks until `look` finds something; panics with `what` and the last `state` when patience is over.
#[track_caller]
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>, state: impl FnOnce() -> String) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        if Instant::now() > deadline {
            panic!("waited {} s in vain: {what}\n{}", PATIENCE.as_secs(), state());
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// What a peer has told so far, in order; readers wait until something of interest is in it.
pub struct Story<T> {
    told: std::sync::Mutex<Vec<T>>,
    more: std::sync::Condvar,
}

impl<T> Default for Story<T> {
    fn default() -> Story<T> {
        Story { told: std::sync::Mutex::default(), more: std::sync::Condvar::default() }
    }
}

impl<T: Clone + std::fmt::Debug> Story<T> {
    /// Adds to the end and wakes whoever waits.
    pub fn tell(&self, item: T) {
        self.told.lock().expect("no teller panics").push(item);
        self.more.notify_all();
    }

    /// How much has been told: a place to wait from.
    pub fn mark(&self) -> usize {
        self.told.lock().expect("no teller panics").len()
    }

    /// Everything so far.
    pub fn so_far(&self) -> Vec<T> {
        self.told.lock().expect("no teller panics").clone()
    }

    /// The first item from `mark` on that `pick` finds something in.
    #[track_caller]
    pub fn wait<R>(&self, what: &str, mark: usize, pick: impl Fn(&T) -> Option<R>) -> R {
        let deadline = Instant::now() + PATIENCE;
        let mut told = self.told.lock().expect("no teller panics");
        let mut seen = mark;
        loop {
            while seen < told.len() {
                if let Some(found) = pick(&told[seen]) {
                    return found;
                }
                seen += 1;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let tail = &told[told.len().saturating_sub(12)..];
                let text = format!("waited {} s in vain: {what}\nlast told: {tail:#?}", PATIENCE.as_secs());
                drop(told);
                panic!("{text}");
            }
            told = self.more.wait_timeout(told, left).expect("no teller panics").0;
        }
    }
}
