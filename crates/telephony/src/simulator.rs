//! Simulated callers for training, tests and demonstration (CONN-5, CALL-14): a telephone system that exists only here.
//! People of invented names and numbers call, wait as long as they have patience, talk for a while and hang up; whoever
//! is called or put through to answers, is busy or does not answer, by the last digit of the number.
//!
//! | number ends in | what happens |
//! | --- | --- |
//! | 2 | busy |
//! | 3 | rings and is never answered |
//! | 4 | rings and is declined |
//! | 5 | cannot be reached |
//! | anything else, or a SIP address without digits | rings for 2–6 s and is answered |
//!
//! Who hears a sound presses a key now and then, and who is asked for a message murmurs one.
//!
//! The same seed and the same orders at the same times give the same reports. There is no sound but that of messages. Calls of a simulator
//! are gone with the process. Never the only proof of anything.

mod exchange;
mod people;
mod voice;

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use contracts::journal::StoreError;
use contracts::recordings::{APPEND_SAMPLES_MAX, RecordingBook};
use contracts::telephony::{
    Capabilities, LegSnapshot, Link, Order, OrderName, Report, Telephony, TelephonyError,
};
use engine::{CallId, Leg, RecordingId, Span};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use exchange::Exchange;

/// Lines at once: callers, and those who are called. More than an attendant in training will ever have.
const LEGS_MAX: u32 = 64;
/// Orders whose names are remembered, so that a repeated one has no effect: an outbox repeats what was not marked done
/// within minutes, not what is thousands of orders ago.
const NAMES_KEPT: usize = 4096;
/// Orders that may wait; more and whoever orders waits.
const ORDERS_WAITING_MAX: usize = 64;

/// How much there is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Which people call, and when: the same seed gives the same day.
    pub seed: u64,
    /// Until the first caller.
    pub first_after: Duration,
    /// Shortest time between two callers.
    pub pause_min: Duration,
    /// Longest time between two callers.
    pub pause_max: Duration,
    /// Callers at once, waiting, talking or parked; 1–32.
    pub callers_max: usize,
}

impl Default for Pace {
    /// A calm morning: first caller after 2 s, then every 15–40 s, five at once.
    fn default() -> Pace {
        Pace {
            seed: 1,
            first_after: Duration::from_secs(2),
            pause_min: Duration::from_secs(15),
            pause_max: Duration::from_secs(40),
            callers_max: 5,
        }
    }
}

/// A telephone system of simulated people.
pub struct Simulator {
    requests: mpsc::Sender<Request>,
    stop: CancellationToken,
    task: Mutex<Option<JoinHandle<()>>>,
}

enum Request {
    Perform { name: OrderName, order: Order, reply: oneshot::Sender<Result<(), TelephonyError>> },
    Snapshot { reply: oneshot::Sender<Vec<LegSnapshot>> },
}

impl Simulator {
    /// Starts a day at the usual pace that nobody has seen before. `new_call` names each call; messages go to `recordings`.
    pub fn start(
        new_call: impl FnMut() -> CallId + Send + 'static,
        recordings: Arc<dyn RecordingBook>,
        reports: mpsc::Sender<Report>,
    ) -> Simulator {
        let seed: u64 = rand::random();
        tracing::info!(seed, "simulated callers");
        Simulator::start_at(Pace { seed, ..Pace::default() }, new_call, recordings, reports)
    }

    /// Starts at this pace.
    pub fn start_at(
        pace: Pace,
        new_call: impl FnMut() -> CallId + Send + 'static,
        recordings: Arc<dyn RecordingBook>,
        reports: mpsc::Sender<Report>,
    ) -> Simulator {
        let (requests, inbox) = mpsc::channel(ORDERS_WAITING_MAX);
        let stop = CancellationToken::new();
        let shift = Shift {
            exchange: Exchange::new(pace, new_call),
            began: Instant::now(),
            recordings,
            reports,
            performed: Performed::default(),
        };
        let task = tokio::spawn(shift.run(inbox, stop.clone()));
        Simulator { requests, stop, task: Mutex::new(Some(task)) }
    }

    async fn ask<T>(&self, request: impl FnOnce(oneshot::Sender<T>) -> Request) -> Result<T, TelephonyError> {
        let closed = || TelephonyError::Disconnected("the simulated callers have gone home".to_owned());
        let (reply, answer) = oneshot::channel();
        self.requests.send(request(reply)).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())
    }
}

#[async_trait]
impl Telephony for Simulator {
    fn capabilities(&self) -> Capabilities {
        Capabilities { legs_max: LEGS_MAX, digits: true, own_audio: false }
    }

    async fn perform(&self, name: OrderName, order: Order) -> Result<(), TelephonyError> {
        self.ask(|reply| Request::Perform { name, order, reply }).await?
    }

    async fn snapshot(&self) -> Result<Vec<LegSnapshot>, TelephonyError> {
        self.ask(|reply| Request::Snapshot { reply }).await
    }

    async fn send_digits(&self, leg: Leg, digits: &str) -> Result<(), TelephonyError> {
        if digits.is_empty() || digits.len() > 32 || !digits.chars().all(|c| "0123456789*#ABCD".contains(c)) {
            return Err(TelephonyError::Refused("these are no keys of a telephone".to_owned()));
        }
        let lines = self.snapshot().await?;
        if lines.iter().any(|line| line.leg == leg && line.answered) {
            // Nobody at the other end listens for tones.
            Ok(())
        } else {
            Err(TelephonyError::NoSuchLeg)
        }
    }

    async fn set_muted(&self, _muted: bool) -> Result<(), TelephonyError> {
        Ok(())
    }

    async fn shut_down(&self) {
        self.stop.cancel();
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task
            && let Err(error) = task.await
        {
            tracing::error!(%error, "the simulated callers ended in a fault");
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// The task: lets time pass in the exchange and takes orders, one at a time.
struct Shift<C> {
    exchange: Exchange<C>,
    began: Instant,
    recordings: Arc<dyn RecordingBook>,
    reports: mpsc::Sender<Report>,
    performed: Performed,
}

impl<C: FnMut() -> CallId + Send> Shift<C> {
    async fn run(mut self, mut inbox: mpsc::Receiver<Request>, stop: CancellationToken) {
        let recordings = self.recordings.clone();
        let up = Report::Link(Link::Up { detail: "Simulated callers".to_owned() });
        let mut reports = vec![up];
        loop {
            for report in reports.drain(..) {
                let report = kept(&*recordings, report).await;
                if self.reports.send(report).await.is_err() {
                    return;
                }
            }
            let due = self.began + self.exchange.next_due();
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                request = inbox.recv() => match request {
                    Some(request) => self.serve(request),
                    None => return,
                },
                () = tokio::time::sleep_until(due) => reports = self.exchange.wake(self.began.elapsed()),
            }
        }
    }

    fn serve(&mut self, request: Request) {
        match request {
            Request::Perform { name, order, reply } => {
                let outcome = if self.performed.contains(name) {
                    Ok(())
                } else {
                    self.exchange.perform(order, self.began.elapsed())
                };
                if outcome.is_ok() {
                    self.performed.insert(name);
                }
                // Whoever ordered may have stopped waiting; the order stands all the same.
                let _ = reply.send(outcome);
            }
            Request::Snapshot { reply } => {
                let _ = reply.send(self.exchange.lines());
            }
        }
    }
}

/// A message is kept before it is told.
async fn kept(recordings: &dyn RecordingBook, report: Report) -> Report {
    match report {
        Report::Recorded { leg, recording, length } => {
            let length = keep(recordings, recording, length).await.unwrap_or_else(|error| {
                tracing::warn!(%recording, %error, "a simulated message could not be kept");
                Span(0)
            });
            Report::Recorded { leg, recording, length }
        }
        other => other,
    }
}

async fn keep(
    recordings: &dyn RecordingBook,
    recording: RecordingId,
    length: Span,
) -> Result<Span, StoreError> {
    if length == Span(0) {
        return Ok(length);
    }
    recordings.begin(recording).await?;
    for piece in voice::murmur(recording.0, length).chunks(APPEND_SAMPLES_MAX) {
        recordings.append(recording, piece).await?;
    }
    recordings.finish(recording).await
}

/// Names of orders that were performed, the latest [`NAMES_KEPT`].
#[derive(Default)]
struct Performed {
    names: HashSet<OrderName>,
    oldest_first: VecDeque<OrderName>,
}

impl Performed {
    fn contains(&self, name: OrderName) -> bool {
        self.names.contains(&name)
    }

    fn insert(&mut self, name: OrderName) {
        if !self.names.insert(name) {
            return;
        }
        self.oldest_first.push_back(name);
        if self.oldest_first.len() > NAMES_KEPT
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.names.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests;
