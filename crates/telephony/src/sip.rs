//! SIP (CONN-2): the console as a telephone on any telephone system. Registers, takes and makes calls, holds, hands over,
//! takes lines up again after a crash, and watches who is on the telephone (DIR-3). The library underneath does not show; sound is the stage's. No TLS and no SRTP
//! yet.

mod account;
mod dial;
mod inbound;
mod keep;
mod line;
mod message;
mod presence;
mod registration;
mod shared;
mod stack;
mod timer;
mod voice;
mod wire;

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use contracts::connectors::SipAccount;
use contracts::presence::LinePresence;
use contracts::recordings::RecordingBook;
use contracts::secrets::Secret;
use contracts::telephony::{
    Capabilities, LegBook, LegSnapshot, Order, OrderName, Report, Telephony, TelephonyError,
};
use engine::{CallId, Leg, ReleaseCause};
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::account::Account;
use self::presence::Board;
use self::shared::{Ask, Known, LineHandle, Shared, Task};
use self::stack::Stack;
use crate::media::{MediaEvent, Stage};

/// Lines at once: one attendant's waiting callers with room to spare, and far below what the sound of one desk carries.
pub const LEGS_MAX: u32 = 128;
/// Order names remembered, so that none is performed twice. An outbox repeats the last few, not thousands.
const ORDERS_MAX: usize = 4_096;
/// How long to wait for the port of an earlier life, which may still be dying.
const PORT_MAX: Duration = Duration::from_secs(1);
/// How long goodbyes may take when the program ends.
const SHUT_DOWN_MAX: Duration = Duration::from_secs(3);

/// What an installation or a test may choose.
#[derive(Clone, Debug)]
pub struct SipOptions {
    /// Our address; `None`: the one from which the registrar is reached.
    pub bind: Option<IpAddr>,
    /// Our port; 0: the one of an earlier life whose calls still stand, else any free one.
    pub local_port: u16,
    /// How long a registration should hold, seconds; refreshed at half of it.
    pub register_expires_s: u32,
    /// How often the telephone system is asked whether it is there; keeps a NAT open.
    pub ping_every: Duration,
    /// How long a request waits for an answer (64 × T1 of RFC 3261).
    pub patience: Duration,
    /// Silence after which the far end is asked whether it is there.
    pub silence_max: Duration,
    /// Shortest session interval we agree to, seconds (`Min-SE` of RFC 4028).
    pub session_min_s: u32,
    /// How long a subscription to somebody's presence should last, seconds: for so long at most it goes unnoticed that the
    /// telephone system has forgotten it.
    pub subscribe_expires_s: u32,
}

impl Default for SipOptions {
    fn default() -> SipOptions {
        SipOptions {
            bind: None,
            local_port: 0,
            register_expires_s: 120,
            ping_every: Duration::from_secs(15),
            patience: Duration::from_secs(32),
            silence_max: Duration::from_secs(60),
            session_min_s: 90,
            subscribe_expires_s: 300,
        }
    }
}

/// What outlives the process.
#[derive(Clone)]
pub struct SipBooks {
    /// Lines, so that they can be taken up again after a crash.
    pub legs: Arc<dyn LegBook>,
    /// What callers say into a recording.
    pub recordings: Arc<dyn RecordingBook>,
}

/// Where ids and the time come from.
#[derive(Clone)]
pub struct SipSources {
    calls: Arc<dyn Fn() -> CallId + Send + Sync>,
    now_ms: Arc<dyn Fn() -> i64 + Send + Sync>,
}

impl SipSources {
    /// `calls` names new calls; `now_ms` is the time since 1970.
    pub fn new(
        calls: impl Fn() -> CallId + Send + Sync + 'static,
        now_ms: impl Fn() -> i64 + Send + Sync + 'static,
    ) -> SipSources {
        SipSources { calls: Arc::new(calls), now_ms: Arc::new(now_ms) }
    }

    fn new_call(&self) -> CallId {
        (self.calls)()
    }

    fn now_ms(&self) -> i64 {
        (self.now_ms)()
    }
}

/// One SIP account at work. Dropped without [`Telephony::shut_down`] it falls silent without a goodbye, as a crash does:
/// its lines stand in the book and are taken up by the next one.
pub struct SipConnector {
    shared: Arc<Shared>,
    orders: Mutex<BTreeMap<OrderName, watch::Receiver<Option<Outcome>>>>,
}

/// What a connector holds on to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SipHealth {
    /// Lines.
    pub lines: usize,
    /// SIP dialogs, those that are still saying goodbye included.
    pub dialogs: usize,
}

/// What became of an order; such an answer stands for ever.
#[derive(Clone, Debug)]
enum Outcome {
    Done,
    NoSuchLeg,
    Refused(String),
    /// Not performed: the next one to ask performs it.
    Open,
}

impl SipConnector {
    /// Opens ports, begins to register and to take up the lines of an earlier life, and returns. How registration goes is
    /// told by `Report::Link`.
    pub async fn start(
        account: &SipAccount,
        password: Secret,
        options: SipOptions,
        sources: SipSources,
        stage: Stage,
        books: SipBooks,
        reports: mpsc::Sender<Report>,
    ) -> Result<SipConnector, TelephonyError> {
        let account = Account::parse(account, password)?;
        let SipBooks { legs, recordings } = books;
        let kept = legs.all().await.map_err(|error| TelephonyError::Retry(error.to_string()))?;
        let registrar = account.resolve().await.ok();
        let bind = options.bind.unwrap_or_else(|| account::local_address_towards(registrar));
        let (stack, incoming) = open(&account, bind, &options, keep::port_of(&kept)).await?;
        let nowhere = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 5060);
        let known = Known {
            registrar: registrar.unwrap_or(nowhere),
            link: None,
            lines: BTreeMap::new(),
            taken_up: HashMap::new(),
            replayed: HashMap::new(),
        };
        let presence = Board::new(&account, sources.clone(), options.subscribe_expires_s);
        let shared = Arc::new(Shared {
            account,
            presence: Arc::new(presence),
            options,
            sources,
            stack,
            stage,
            legs,
            recordings,
            tasks: TaskTracker::new(),
            token: CancellationToken::new(),
            reattached: watch::Sender::new(false),
            reports,
            known: Mutex::new(known),
        });
        shared.work(Stack::serve(shared.stack.endpoint.clone()));
        shared.work(inbound::serve(shared.clone(), incoming));
        shared.work(listen(shared.clone(), shared.stage.events()));
        shared.work(registration::keep(shared.clone()));
        shared.work(presence::keep(shared.clone()));
        let taking_up = shared.clone();
        shared.work(async move { keep::take_up(&taking_up, kept).await });
        Ok(SipConnector { shared, orders: Mutex::new(BTreeMap::new()) })
    }

    /// Where we listen.
    pub fn local(&self) -> SocketAddr {
        self.shared.stack.local
    }

    /// How much is in use now, for diagnosis: both are zero when no call is up.
    pub fn health(&self) -> SipHealth {
        let known = self.shared.known();
        SipHealth {
            lines: known.lines.len(),
            dialogs: self.shared.stack.dialogs.len() + known.taken_up.len(),
        }
    }

    async fn carry_out(&self, order: Order) -> Result<(), TelephonyError> {
        match order {
            Order::Wait { leg, treatment } => self.line(leg)?.order(Task::Wait(treatment)).await,
            Order::Connect { leg, attendant: _ } => self.line(leg)?.order(Task::Connect).await,
            Order::Hold { leg, treatment } => self.line(leg)?.order(Task::Hold(treatment)).await,
            Order::Dial { leg, to, attendant: _ } => dial::dial(&self.shared, leg, &to).await,
            Order::Conference { caller, target, attendant: _ } => self.confer(caller, target).await,
            Order::Refer { leg, to, transfer } => {
                let to = self.shared.account.uri_of(&to)?;
                self.line(leg)?.order(Task::Refer { to, transfer }).await
            }
            Order::Join { caller, target, transfer } => {
                let target = self.line(target)?;
                self.line(caller)?.order(Task::Join { target, transfer }).await
            }
            Order::Answer { leg } => self.line(leg)?.order(Task::Answer).await,
            Order::Play { leg, play, sound } => self.line(leg)?.order(Task::Play { play, sound }).await,
            Order::Record { leg, recording, length_max } => {
                self.line(leg)?.order(Task::Record { recording, length_max }).await
            }
            Order::Release { leg, why } => self.release(leg, why).await,
        }
    }

    async fn confer(&self, caller: Leg, target: Leg) -> Result<(), TelephonyError> {
        let (caller, target) = (self.line(caller)?, self.line(target)?);
        caller.order(Task::Confer).await?;
        target.order(Task::Confer).await?;
        self.shared.stage.talk_to(&[caller.voice.id(), target.voice.id()]);
        Ok(())
    }

    async fn release(&self, leg: Leg, why: ReleaseCause) -> Result<(), TelephonyError> {
        let Some(line) = self.shared.line(leg) else { return Ok(()) };
        match line.order(Task::Release(why)).await {
            Err(TelephonyError::NoSuchLeg) => Ok(()),
            other => other,
        }
    }

    fn line(&self, leg: Leg) -> Result<Arc<LineHandle>, TelephonyError> {
        self.shared.line(leg).ok_or(TelephonyError::NoSuchLeg)
    }

    /// The place of an order: either ours to perform, or where its outcome will be seen.
    fn claim(
        &self,
        name: OrderName,
    ) -> Result<watch::Sender<Option<Outcome>>, watch::Receiver<Option<Outcome>>> {
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seen) = orders.get(&name)
            && !matches!(*seen.borrow(), Some(Outcome::Open))
        {
            return Err(seen.clone());
        }
        let (sender, receiver) = watch::channel(None);
        orders.insert(name, receiver);
        if orders.len() > ORDERS_MAX {
            orders.pop_first();
        }
        Ok(sender)
    }
}

/// Opens the stack on the port of an earlier life where it is free.
async fn open(
    account: &Account,
    bind: IpAddr,
    options: &SipOptions,
    earlier: Option<u16>,
) -> Result<(Stack, rsipstack::transaction::TransactionReceiver), TelephonyError> {
    if let (0, Some(port)) = (options.local_port, earlier) {
        let limit = Instant::now() + PORT_MAX;
        while Instant::now() < limit {
            if let Ok(opened) = Stack::open(account, bind, port, options.patience).await {
                return Ok(opened);
            }
            sleep(Duration::from_millis(50)).await;
        }
    }
    Stack::open(account, bind, options.local_port, options.patience).await
}

/// Brings what the stage hears to the line it belongs to.
async fn listen(shared: Arc<Shared>, mut events: broadcast::Receiver<MediaEvent>) {
    loop {
        let event = match events.recv().await {
            Ok(event) => event,
            Err(broadcast::error::RecvError::Lagged(_)) => continue,
            Err(broadcast::error::RecvError::Closed) => return,
        };
        let id = match &event {
            MediaEvent::Digit { line, .. } | MediaEvent::Silent { line, .. } => *line,
            MediaEvent::Problem(_) => continue,
        };
        if let Some(line) = shared.line_of_sound(id) {
            // A line too busy to listen loses a key, not the call.
            line.asks.try_send(Ask::Heard(event)).ok();
        }
    }
}

#[async_trait]
impl Telephony for SipConnector {
    fn capabilities(&self) -> Capabilities {
        Capabilities { legs_max: LEGS_MAX, digits: true, own_audio: true }
    }

    async fn perform(&self, name: OrderName, order: Order) -> Result<(), TelephonyError> {
        let place = match self.claim(name) {
            Ok(place) => place,
            Err(mut seen) => {
                let outcome = seen.wait_for(Option::is_some).await.ok().and_then(|outcome| outcome.clone());
                return match outcome {
                    Some(Outcome::Done) => Ok(()),
                    Some(Outcome::NoSuchLeg) => Err(TelephonyError::NoSuchLeg),
                    Some(Outcome::Refused(why)) => Err(TelephonyError::Refused(why)),
                    Some(Outcome::Open) | None => {
                        Err(TelephonyError::Retry("the order is open again".into()))
                    }
                };
            }
        };
        let result = self.carry_out(order).await;
        place.send_replace(Some(match &result {
            Ok(()) => Outcome::Done,
            Err(TelephonyError::NoSuchLeg) => Outcome::NoSuchLeg,
            Err(TelephonyError::Refused(why)) => Outcome::Refused(why.clone()),
            Err(TelephonyError::Retry(_) | TelephonyError::Disconnected(_)) => Outcome::Open,
        }));
        result
    }

    async fn snapshot(&self) -> Result<Vec<LegSnapshot>, TelephonyError> {
        let mut reattached = self.shared.reattached.subscribe();
        reattached
            .wait_for(|done| *done)
            .await
            .map_err(|error| TelephonyError::Disconnected(error.to_string()))?;
        let known = self.shared.known();
        Ok(known
            .lines
            .values()
            .map(|line| LegSnapshot { leg: line.leg, answered: line.face().answered })
            .collect())
    }

    async fn send_digits(&self, leg: Leg, digits: &str) -> Result<(), TelephonyError> {
        self.line(leg)?.voice.send_digits(digits).await
    }

    fn presence(&self) -> Option<Arc<dyn LinePresence>> {
        Some(self.shared.presence.clone())
    }

    async fn set_muted(&self, muted: bool) -> Result<(), TelephonyError> {
        self.shared.stage.set_muted(muted);
        Ok(())
    }

    async fn shut_down(&self) {
        let lines: Vec<_> = self.shared.known().lines.values().cloned().collect();
        let goodbyes = lines.iter().map(|line| line.order(Task::Release(ReleaseCause::Normal)));
        timeout(SHUT_DOWN_MAX, futures_join(goodbyes)).await.ok();
        timeout(SHUT_DOWN_MAX, presence::end(&self.shared)).await.ok();
        timeout(SHUT_DOWN_MAX, registration::end(&self.shared)).await.ok();
        self.shared.token.cancel();
        self.shared.stack.close();
        self.shared.tasks.close();
        timeout(SHUT_DOWN_MAX, self.shared.tasks.wait()).await.ok();
    }
}

/// Waits for all of them at once.
async fn futures_join<F: Future<Output = Result<(), TelephonyError>>>(all: impl Iterator<Item = F>) {
    let mut all: Vec<_> = all.map(Box::pin).collect();
    std::future::poll_fn(|context| {
        all.retain_mut(|one| one.as_mut().poll(context).is_pending());
        if all.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}

impl Drop for SipConnector {
    fn drop(&mut self) {
        self.shared.token.cancel();
        self.shared.stack.close();
    }
}
