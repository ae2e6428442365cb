//! What a piece of work costs: time on the processors, user and system together, of this process with all its threads, and time
//! on the clock. Programs of other workspaces include this file, so that all are measured alike.

use std::time::{Duration, Instant};

/// Cost of a piece of work.
#[derive(Clone, Copy, Debug)]
pub struct Spent {
    /// On the processors.
    pub cpu: Duration,
    /// On the clock.
    pub elapsed: Duration,
}

impl Spent {
    /// What `work` costs, and what it says.
    pub fn on<T>(work: impl FnOnce() -> T) -> (Spent, T) {
        let (cpu, begun) = (cpu(), Instant::now());
        let said = work();
        (Spent { elapsed: begun.elapsed(), cpu: cpu_since(cpu) }, said)
    }
}

fn cpu_since(earlier: Duration) -> Duration {
    cpu().saturating_sub(earlier)
}

/// What this process has cost so far.
#[cfg(unix)]
fn cpu() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).expect("a process has cost more than nothing")
}

#[cfg(not(unix))]
fn cpu() -> Duration {
    panic!("these benches read the processor's time, and know how on Unix only")
}
