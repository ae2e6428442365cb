//! The directory of whoever is signed in with Entra ID, as the application sees it: read while she is, at once when she comes,
//! and not at all with another issuer. Holds no session: who is signed in is `contracts::sign_in`'s to say.

use std::sync::{Arc, Mutex, PoisonError};

use contracts::directory_sync::DirectorySync;
use contracts::roster::{Roster, SyncState};
use contracts::sign_in::{Cloud, Issuer, SignIn, SignInState, Subject, Wants};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::client::{Client, SignedInTokens, Site};
use crate::problem::Problem;
use crate::reader::Activity;
use crate::surroundings::Surroundings;
use crate::sync::{Status, Synchroniser};

/// Where Graph answers for a cloud: [`Site::of`], but for tests.
pub type SiteOf = Arc<dyn Fn(Cloud) -> Site + Send + Sync>;

/// Reads the directory of whoever is signed in, until it is stopped or dropped.
#[derive(Debug)]
pub struct EntraDirectory {
    ask: Arc<Notify>,
    is_at_work: watch::Receiver<Option<bool>>,
    stop: CancellationToken,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl EntraDirectory {
    /// Follows this sign-in. Must be called inside a runtime.
    pub fn start(
        sign_in: Arc<dyn SignIn>,
        roster: Arc<dyn Roster>,
        surroundings: Arc<dyn Surroundings>,
        site: SiteOf,
    ) -> EntraDirectory {
        let (tell, is_at_work) = watch::channel(None);
        let (ask, stop) = (Arc::new(Notify::new()), CancellationToken::new());
        let follower =
            Follower { sign_in, roster, surroundings, site, tell, ask: ask.clone(), stop: stop.clone() };
        let task = tokio::spawn(async move { follower.run().await });
        EntraDirectory { ask, is_at_work, stop, task: Mutex::new(Some(task)) }
    }

    /// Stops it, wherever it is, and waits until it has: then it holds the roster no longer.
    pub async fn stop(&self) {
        self.stop.cancel();
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task
            && task.await.is_err()
        {
            tracing::error!("the reading of the directory ended by a bug");
        }
    }
}

impl Drop for EntraDirectory {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl DirectorySync for EntraDirectory {
    /// Where a further confirmation stands in the way, this opens the sign-in for it (ID-3); the reading then goes on.
    fn read_now(&self) {
        self.ask.notify_one();
    }

    fn is_at_work(&self) -> Option<bool> {
        *self.is_at_work.borrow()
    }
}

/// Whose directory is read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Whose {
    subject: Subject,
    cloud: Cloud,
}

struct Running {
    whose: Whose,
    synchroniser: Synchroniser,
    status: watch::Receiver<Status>,
}

struct Follower {
    sign_in: Arc<dyn SignIn>,
    roster: Arc<dyn Roster>,
    surroundings: Arc<dyn Surroundings>,
    site: SiteOf,
    tell: watch::Sender<Option<bool>>,
    ask: Arc<Notify>,
    stop: CancellationToken,
}

enum Heard {
    SignIn,
    Asked,
    Status,
    Over,
}

impl Follower {
    async fn run(&self) {
        let mut state = self.sign_in.state();
        let mut running: Option<Running> = None;
        let mut was_underway = false;
        loop {
            let now = state.borrow_and_update().clone();
            let is_underway = matches!(now, SignInState::Underway { .. });
            let whose = self.whose(&now);
            if running.as_ref().map(|running| &running.whose) != whose.as_ref() {
                if let Some(running) = running.take() {
                    running.synchroniser.stop().await;
                }
                running = match whose {
                    Some(whose) => self.begin(whose).await,
                    None => None,
                };
            } else if let Some(running) = &running
                && was_underway
                && !is_underway
            {
                running.synchroniser.now();
            }
            was_underway = is_underway;
            loop {
                self.tell(running.as_ref());
                match self.hear(&mut state, running.as_mut()).await {
                    Heard::SignIn => break,
                    Heard::Asked => {
                        self.stop.run_until_cancelled(self.asked(running.as_ref())).await;
                    }
                    Heard::Status => {}
                    Heard::Over => {
                        if let Some(running) = running {
                            running.synchroniser.stop().await;
                        }
                        return;
                    }
                }
            }
        }
    }

    async fn hear(&self, state: &mut watch::Receiver<SignInState>, running: Option<&mut Running>) -> Heard {
        let status = async {
            let told = match running {
                Some(running) => running.status.changed().await.is_ok(),
                None => false,
            };
            // Nobody reads, or it ended and has nothing more to say.
            if !told {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = self.stop.cancelled() => Heard::Over,
            changed = state.changed() => if changed.is_ok() { Heard::SignIn } else { Heard::Over },
            () = self.ask.notified() => Heard::Asked,
            () = status => Heard::Status,
        }
    }

    fn cloud(&self) -> Option<Cloud> {
        match self.sign_in.settings()?.issuer {
            Issuer::Entra { cloud, tenant: _ } => Some(cloud),
            Issuer::Other { url: _ } => None,
        }
    }

    fn whose(&self, state: &SignInState) -> Option<Whose> {
        Some(Whose { subject: state.who()?.subject.clone(), cloud: self.cloud()? })
    }

    async fn begin(&self, whose: Whose) -> Option<Running> {
        let tokens = Arc::new(SignedInTokens::new(self.sign_in.clone(), whose.cloud));
        match Client::new((self.site)(whose.cloud), tokens, self.surroundings.clone()) {
            Ok(client) => {
                let synchroniser =
                    Synchroniser::start(client, self.roster.clone(), self.surroundings.clone());
                let status = synchroniser.status();
                Some(Running { whose, synchroniser, status })
            }
            Err(problem) => {
                self.keep(&problem).await;
                None
            }
        }
    }

    async fn asked(&self, running: Option<&Running>) {
        let Some(running) = running else { return };
        let step_up = running.status.borrow().step_up.clone();
        match step_up {
            None => running.synchroniser.now(),
            // When she has confirmed, the state of the sign-in tells it, and reading goes on.
            Some(step_up) => {
                let wants = Wants { claims: step_up.claims, ..Wants::default() };
                if let Err(problem) = self.sign_in.begin(wants).await {
                    self.keep(&Problem::SignIn(problem)).await;
                }
            }
        }
    }

    async fn keep(&self, problem: &Problem) {
        tracing::warn!(code = problem.code(), "the directory cannot be read");
        let now = self.surroundings.now();
        let kept = async {
            let before = self.roster.sync_state().await?;
            let state =
                SyncState { problem: Some(problem.kept(now)), next_attempt: problem.again(now), ..before };
            self.roster.set_sync_state(&state).await
        };
        if let Err(error) = kept.await {
            tracing::warn!(%error, "how the directory was read is not kept");
        }
    }

    fn tell(&self, running: Option<&Running>) {
        let is_at_work = match (running, self.cloud()) {
            (Some(running), _) => Some(running.status.borrow().activity != Activity::Waiting),
            (None, Some(_)) => Some(false),
            (None, None) => None,
        };
        self.tell.send_if_modified(|told| std::mem::replace(told, is_at_work) != is_at_work);
    }
}
