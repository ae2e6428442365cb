//! Sign-in with OpenID Connect (ID-1, ID-2, ID-3): the work account at Entra ID, or at any issuer that conforms. The system's
//! browser and a loopback address, or a code typed on another device; tokens in the keychain and nowhere else on a disk. Sees
//! no password, and knows no rights.
//!
//! One task ([`session`]) holds the session and does one thing after the other, so that tokens are renewed once for all who
//! ask. [`provider`] speaks with the issuer and believes nothing that [`jws`] and [`id_token`] have not checked; [`loopback`]
//! takes the browser's answer; [`held`] knows what is due; [`kept`] writes to the keychain.

mod answer;
mod browser;
mod held;
mod http;
mod id_token;
mod issuer;
mod jws;
mod kept;
mod loopback;
mod provider;
mod session;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use contracts::secrets::Secrets;
use contracts::sign_in::{
    AccessToken, Observe, OpenBrowser, Resource, SignIn, SignInProblem, SignInSettings, SignInState,
    SignedIn, TokenProblem, Wants, Why,
};
use engine::Timestamp;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

pub use browser::SystemBrowser;
use session::{Order, Session, Shared};

/// Orders that wait at a time. Each is answered; who comes when so many wait, waits to be let in.
const ORDERS_MAX: usize = 64;

/// How long things take.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// A sign-in that nobody finishes ends after this. Ten minutes: a new phone's authenticator is set up within it.
    pub sign_in: Duration,
    /// The issuer is asked at least this often whether she still may. A quarter of an hour: a revoked session is known soon,
    /// and issuers that forget idle sessions (half an hour is a usual setting) see this one used.
    pub contact: Duration,
    /// A session goes on for this long without the issuer: a working day with its network down.
    pub offline: Duration,
    /// An access token is renewed this long before it ends.
    pub margin: Duration,
    /// The pause before an issuer that did not answer is asked again, the first time; it doubles.
    pub retry_first: Duration,
    /// The longest such pause.
    pub retry_max: Duration,
    /// How often it is looked at what is due. Short, for a computer that wakes up finds its clock moved.
    pub tick: Duration,
    /// At the start, a session too old to be believed is given this long to be renewed before she is asked to sign in.
    pub patience: Duration,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace {
            sign_in: Duration::from_secs(10 * 60),
            contact: Duration::from_secs(15 * 60),
            offline: Duration::from_secs(12 * 60 * 60),
            margin: Duration::from_secs(5 * 60),
            retry_first: Duration::from_secs(5),
            retry_max: Duration::from_secs(5 * 60),
            tick: Duration::from_secs(5),
            patience: Duration::from_secs(5),
        }
    }
}

/// What sign-in is given.
pub struct Options {
    /// As stored by the host; `None`: not set up.
    pub settings: Option<SignInSettings>,
    /// Where tokens are kept.
    pub secrets: Arc<dyn Secrets>,
    /// Under which name, see [`secret_name`].
    pub secret_name: String,
    /// What opens pages.
    pub browser: Arc<dyn OpenBrowser>,
    /// Who is told what happens.
    pub observe: Observe,
    /// What time it is.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// How long things take.
    pub pace: Pace,
    /// Entra at another address than Microsoft's, for tests: it must be one of this computer.
    pub danger_entra: Option<String>,
}

impl Options {
    /// With the system's clock, at the usual pace.
    pub fn new(
        settings: Option<SignInSettings>,
        secrets: Arc<dyn Secrets>,
        secret_name: String,
        browser: Arc<dyn OpenBrowser>,
        observe: Observe,
    ) -> Options {
        Options {
            settings,
            secrets,
            secret_name,
            browser,
            observe,
            clock: Arc::new(now),
            pace: Pace::default(),
            danger_entra: None,
        }
    }
}

/// The name under which the sign-in of a store is kept in the keychain.
pub fn secret_name(store: impl std::fmt::Display) -> String {
    format!("sign-in:{store}")
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Sign-in with OpenID Connect. Dropped, it lets what it has begun to write come to its end; [`Oidc::shut_down`] waits for it.
pub struct Oidc {
    shared: Arc<Shared>,
    orders: mpsc::Sender<Order>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Oidc {
    /// Takes up the session that the keychain has. Waits for the keychain, and for the issuer a few seconds where the session
    /// was not shown to it for too long; never fails: what is wrong stands in the state.
    pub async fn open(options: Options) -> Oidc {
        let (orders, taken) = mpsc::channel(ORDERS_MAX);
        let shared = Arc::new(Shared::new(options));
        let (session, proven) = Session::open(shared.clone(), taken).await;
        let task = tokio::spawn(session.run());
        if let Some(proven) = proven {
            // Either way the state says what came of it.
            let _ = tokio::time::timeout(shared.pace().patience, proven).await;
        }
        Oidc { shared, orders, task: Mutex::new(Some(task)) }
    }

    /// Stops, and waits until the keychain has what it was given. The session stays there for the next start.
    pub async fn shut_down(&self) {
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Nobody takes orders where it has stopped already.
        let _ = self.orders.send(Order::Stop).await;
        if let Some(task) = task {
            let _ = task.await;
        }
    }

    /// Gives an order and waits for what comes of it; `None` where sign-in was shut down.
    async fn ask<T>(&self, order: impl FnOnce(oneshot::Sender<T>) -> Order) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.orders.send(order(reply)).await.ok()?;
        answer.await.ok()
    }
}

#[async_trait]
impl SignIn for Oidc {
    fn state(&self) -> watch::Receiver<SignInState> {
        self.shared.state()
    }

    fn settings(&self) -> Option<SignInSettings> {
        self.shared.settings()
    }

    async fn set_up(&self, settings: Option<SignInSettings>) -> Result<(), SignInProblem> {
        let provider = match settings {
            Some(settings) => {
                let provider = self.shared.provider(settings)?;
                provider.check().await?;
                Some(Arc::new(provider))
            }
            None => None,
        };
        self.ask(|reply| Order::Use { provider, reply }).await.unwrap_or_else(stopped)
    }

    async fn begin(&self, wants: Wants) -> Result<(), SignInProblem> {
        self.ask(|reply| Order::Begin { wants, reply }).await.unwrap_or_else(stopped)
    }

    async fn finished(&self) -> Result<Arc<SignedIn>, SignInProblem> {
        self.shared.finished().await
    }

    async fn cancel(&self) {
        self.ask(|reply| Order::Cancel { reply }).await;
    }

    async fn sign_out(&self) -> Result<(), SignInProblem> {
        self.ask(|reply| Order::SignOut { reply }).await.unwrap_or_else(stopped)
    }

    async fn end(&self, why: SignInProblem) {
        self.ask(|reply| Order::End { why, reply }).await;
    }

    async fn token(&self, for_: &Resource) -> Result<AccessToken, TokenProblem> {
        let resource = for_.clone();
        self.ask(|reply| Order::Token { resource, reply }).await.unwrap_or(Err(TokenProblem::SignedOut))
    }
}

fn stopped<T>() -> Result<T, SignInProblem> {
    Err(Why::Cancelled.into())
}
