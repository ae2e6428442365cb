//! Threads that own a connection each and do one job after the other, so that no async task ever waits for a disk. Does
//! not know what the jobs are.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use contracts::journal::StoreError;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

/// Jobs that wait. A desk has one append and a few orders under way at a time: beyond 64 the disk is so
/// slow that the askers had better wait.
const JOBS_MAX: usize = 64;
/// Statements kept compiled; there are fewer than this in the crate.
const STATEMENTS_MAX: usize = 192;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// The threads, ended and joined when this is dropped.
#[derive(Debug)]
pub(crate) struct Worker {
    jobs: Option<mpsc::Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

impl Worker {
    /// Starts a thread on each of these connections. Whichever has nothing to do takes the next job.
    pub(crate) fn start(
        name: &str,
        connections: impl IntoIterator<Item = Connection>,
    ) -> Result<Worker, StoreError> {
        let (jobs, waiting) = mpsc::channel::<Job>(JOBS_MAX);
        let waiting = Arc::new(Mutex::new(waiting));
        let mut worker = Worker { jobs: Some(jobs), threads: Vec::new() };
        for mut connection in connections {
            connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
            let waiting = waiting.clone();
            let next = move || waiting.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
            let thread = std::thread::Builder::new()
                .name(name.to_owned())
                .spawn(move || {
                    while let Some(job) = next() {
                        job(&mut connection);
                    }
                })
                .map_err(|error| StoreError::Unavailable(format!("no thread for the store: {error}")))?;
            worker.threads.push(thread);
        }
        Ok(worker)
    }

    /// Does a job on a thread and brings its answer.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // Nobody may be waiting any more; the work is done all the same.
            let _ = answer.send(job(connection));
        });
        let jobs = self.jobs.as_ref().expect("the sender is only taken in drop");
        jobs.send(job).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.jobs.take());
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the store ended by a bug");
            }
        }
    }
}

fn stopped() -> StoreError {
    StoreError::Unavailable("the store's thread has ended".to_owned())
}
