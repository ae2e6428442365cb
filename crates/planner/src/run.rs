//! Runs the replications of a model on all cores. Which core does which changes no figure.

use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crate::model::Model;
use crate::tally::Tally;
use crate::world::replicate;

/// Threads at most: beyond it a result is waited for by more memory than it is worth.
const THREADS_MAX: usize = 64;

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Done so far.
    pub done: u32,
    /// To do in all. While planning, as far as is known.
    pub total: u32,
}

/// Hears how far a run is, and may stop it.
pub trait Watch: Sync {
    /// Comes from any thread, in any order.
    fn progress(&self, progress: Progress);

    /// Asked several times a second: true ends the run as soon as may be.
    fn is_cancelled(&self) -> bool;
}

/// Watches nothing and never stops.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn progress(&self, _: Progress) {}

    fn is_cancelled(&self) -> bool {
        false
    }
}

/// The run was stopped, and has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the simulation was cancelled")]
pub struct Cancelled;

/// What `look` makes of each replication, in their order.
pub(crate) fn run<T: Send>(
    model: &Model,
    watch: &dyn Watch,
    look: impl Fn(Tally) -> T + Sync,
) -> Result<Vec<T>, Cancelled> {
    let total = model.replications;
    let (begun, done) = (AtomicU32::new(0), AtomicU32::new(0));
    let stopped = AtomicBool::new(false);
    let found = Mutex::new(Vec::with_capacity(total as usize));
    let work = || {
        let stop = || stopped.load(Ordering::Relaxed) || watch.is_cancelled();
        loop {
            let number = begun.fetch_add(1, Ordering::Relaxed);
            if number >= total {
                return;
            }
            let Some(tally) = replicate(model, number, &stop) else {
                stopped.store(true, Ordering::Relaxed);
                return;
            };
            let result = look(tally);
            found.lock().expect("no thread panics while it holds this").push((number, result));
            watch.progress(Progress { done: done.fetch_add(1, Ordering::Relaxed) + 1, total });
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get).min(THREADS_MAX);
    let threads = cores.min(total as usize);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    if stopped.into_inner() {
        return Err(Cancelled);
    }
    let mut found = found.into_inner().expect("no thread panics while it holds this");
    found.sort_unstable_by_key(|(number, _)| *number);
    Ok(found.into_iter().map(|(_, result)| result).collect())
}
