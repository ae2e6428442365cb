//! When the directory is read: by itself every few minutes, at once when somebody asks, and after a problem when it makes sense.
//! Runs in a task of its own that blocks nobody; how it stands is told by a watch and kept in the roster.

use std::sync::Arc;
use std::time::Duration;

use contracts::roster::{Roster, SyncState};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::client::Client;
use crate::problem::{Problem, after};
use crate::reader::{Activity, Reader};
use crate::surroundings::Surroundings;

/// From the end of one round to the next. A leaver is locked out within this and a round's length; a round in which nothing
/// changed is two requests and one for each licensed team.
pub const ROUND_EVERY: Duration = Duration::from_secs(5 * 60);

/// How a synchronisation stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// What it is doing.
    pub activity: Activity,
    /// What came of the last rounds.
    pub state: SyncState,
    /// Somebody must confirm first, and [`Synchroniser::now`] is to be called then (ID-3).
    pub step_up: Option<StepUp>,
}

/// What somebody must sign in with before the directory is read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepUp {
    /// As `contracts::sign_in::Wants::claims`; `None`: to sign in again is enough.
    pub claims: Option<String>,
}

/// Keeps the roster in step with the directory until it is stopped or dropped.
#[derive(Debug)]
pub struct Synchroniser {
    wake: Arc<Notify>,
    status: watch::Receiver<Status>,
    stop: CancellationToken,
    task: Option<JoinHandle<()>>,
}

impl Synchroniser {
    /// Begins with a round at once. Must be called inside a runtime.
    pub fn start(
        client: Client,
        roster: Arc<dyn Roster>,
        surroundings: Arc<dyn Surroundings>,
    ) -> Synchroniser {
        let waiting = Status { activity: Activity::Waiting, state: SyncState::default(), step_up: None };
        let (tell, status) = watch::channel(waiting);
        let (wake, stop) = (Arc::new(Notify::new()), CancellationToken::new());
        let reader = Reader::new(client, roster.clone(), surroundings.clone());
        let rounds = Rounds { reader, roster, surroundings, tell, wake: wake.clone() };
        let until = stop.clone();
        let task = tokio::spawn(async move {
            // A page that is being written when the task is stopped is written whole or not at all.
            until.run_until_cancelled(rounds.run()).await;
        });
        Synchroniser { wake, status, stop, task: Some(task) }
    }

    /// Reads at once; during a round, once more after it.
    pub fn now(&self) {
        self.wake.notify_one();
    }

    /// How it stands, whenever that changes.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    /// Stops it, wherever it is, and waits until it has.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Some(task) = self.task.take()
            && task.await.is_err()
        {
            tracing::error!("the synchronisation of the directory ended by a bug");
        }
    }
}

impl Drop for Synchroniser {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

struct Rounds {
    reader: Reader,
    roster: Arc<dyn Roster>,
    surroundings: Arc<dyn Surroundings>,
    tell: watch::Sender<Status>,
    wake: Arc<Notify>,
}

impl Rounds {
    async fn run(&self) {
        let mut state = self.roster.sync_state().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "how the directory was read before is not known");
            SyncState::default()
        });
        self.tell.send_modify(|status| status.state = state.clone());
        loop {
            let tell = |activity| self.tell.send_modify(|status| status.activity = activity);
            let outcome = self.reader.round(&tell).await;
            state = self.told(state, outcome).await;
            self.wait(&state).await;
        }
    }

    /// Keeps and tells what came of a round.
    async fn told(&self, before: SyncState, outcome: Result<(), Problem>) -> SyncState {
        let now = self.surroundings.now();
        let (state, step_up) = match outcome {
            Ok(()) => {
                let next_attempt = Some(after(now, ROUND_EVERY));
                (SyncState { succeeded: Some(now), problem: None, next_attempt }, None)
            }
            Err(problem) => {
                tracing::warn!(code = problem.code(), "the directory was not read to its end");
                let step_up = if let Problem::StepUp { claims } = &problem {
                    Some(StepUp { claims: claims.clone() })
                } else {
                    None
                };
                let next_attempt = problem.again(now);
                (SyncState { problem: Some(problem.kept(now)), next_attempt, ..before }, step_up)
            }
        };
        if let Err(error) = self.roster.set_sync_state(&state).await {
            tracing::warn!(%error, "how the directory was read is not kept");
        }
        self.tell.send_replace(Status { activity: Activity::Waiting, state: state.clone(), step_up });
        state
    }

    async fn wait(&self, state: &SyncState) {
        let Some(next) = state.next_attempt else { return self.wake.notified().await };
        let ms = next.0.saturating_sub(self.surroundings.now().0);
        let pause = Duration::from_millis(u64::try_from(ms).unwrap_or(0));
        tokio::select! {
            () = self.wake.notified() => {}
            () = self.surroundings.pause(pause) => {}
        }
    }
}
