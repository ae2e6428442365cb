//! The application on memory stores, and a telephone system that the test plays itself: what it is ordered to do, and what
//! it reports.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use app::api::wire::{ConsoleView, Request, Response};
use app::{App, Ports};
use async_trait::async_trait;
use contracts::Address;
use contracts::calendar::MemoryCalendars;
use contracts::connectors::{Audio, AudioChoice, AudioDevices, Connectors, SipAccount};
use contracts::directory_sync::NoDirectory;
use contracts::folders::MemoryFolders;
use contracts::line::MemoryReportingLines;
use contracts::memory::{
    MemoryAccessLog, MemoryChanges, MemoryPresence, MemorySafekeeping, MemorySecrets, MemorySignIn,
    MemorySources, MemoryStore, MemoryVoices, RawSamples,
};
use contracts::presence::LinePresence;
use contracts::secrets::Secret;
use contracts::speech::Voice;
use contracts::telephony::{
    Capabilities, LegSnapshot, Link, Order, OrderName, Report, Telephony, TelephonyError,
};
use engine::{CallId, Leg};
use identity::Identity;
use tokio::sync::{mpsc, watch};

/// Longest a test waits for something that must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The telephone system that the test plays.
pub(crate) struct Exchange {
    pub(crate) orders: watch::Sender<Vec<Order>>,
    reports: Mutex<Option<mpsc::Sender<Report>>>,
    pub(crate) lines: Mutex<Vec<Leg>>,
    /// What it tells of its people.
    pub(crate) presence: Arc<MemoryPresence>,
}

impl Exchange {
    pub(crate) fn new() -> Arc<Exchange> {
        Arc::new(Exchange {
            orders: watch::channel(Vec::new()).0,
            reports: Mutex::default(),
            lines: Mutex::default(),
            presence: Arc::default(),
        })
    }

    pub(crate) async fn report(&self, report: Report) {
        let sender = self.reports.lock().expect("lock").clone().expect("connected");
        sender.send(report).await.expect("the application listens");
    }

    pub(crate) async fn ring(&self, call: u64, from: &str) {
        self.ring_at(call, from, "4000").await;
    }

    /// Somebody rings who dialled `to`.
    pub(crate) async fn ring_at(&self, call: u64, from: &str, to: &str) {
        let call = CallId(call);
        self.lines.lock().expect("lock").push(Leg::Caller(call));
        let address = Address::parse(from).expect("address");
        let to = Address::parse(to).expect("address");
        self.report(Report::Arrived { call, from: address, display_name: Some("Rosa Meier".into()), to })
            .await;
    }

    pub(crate) async fn ordered(&self, wanted: impl Fn(&Order) -> bool) -> Order {
        let mut orders = self.orders.subscribe();
        let found =
            tokio::time::timeout(PATIENCE, orders.wait_for(|orders| orders.iter().any(&wanted))).await;
        match found {
            Ok(Ok(orders)) => orders.iter().find(|order| wanted(order)).cloned().expect("found"),
            Ok(Err(_)) | Err(_) => panic!("not ordered; orders so far: {:?}", self.orders.borrow()),
        }
    }
}

#[async_trait]
impl Telephony for Exchange {
    fn capabilities(&self) -> Capabilities {
        Capabilities { legs_max: 50, digits: true, own_audio: false }
    }

    async fn perform(&self, _: OrderName, order: Order) -> Result<(), TelephonyError> {
        if let Order::Release { leg, .. } = &order {
            self.lines.lock().expect("lock").retain(|line| line != leg);
        }
        self.orders.send_modify(|orders| orders.push(order));
        Ok(())
    }

    async fn snapshot(&self) -> Result<Vec<LegSnapshot>, TelephonyError> {
        let lines = self.lines.lock().expect("lock");
        Ok(lines.iter().map(|leg| LegSnapshot { leg: *leg, answered: true }).collect())
    }

    async fn send_digits(&self, _: Leg, _: &str) -> Result<(), TelephonyError> {
        Ok(())
    }

    fn presence(&self) -> Option<Arc<dyn LinePresence>> {
        Some(self.presence.clone())
    }

    async fn set_muted(&self, _: bool) -> Result<(), TelephonyError> {
        Ok(())
    }

    async fn shut_down(&self) {
        *self.reports.lock().expect("lock") = None;
    }
}

struct Wires(Arc<Exchange>);

#[async_trait]
impl Connectors for Wires {
    async fn sip(
        &self,
        account: &SipAccount,
        _: Secret,
        reports: mpsc::Sender<Report>,
    ) -> Result<Arc<dyn Telephony>, TelephonyError> {
        match account.registrar.as_str() {
            LIVE => self.connect(reports).await,
            _ => Err(TelephonyError::Refused("no network in this test".into())),
        }
    }

    async fn simulator(&self, reports: mpsc::Sender<Report>) -> Result<Arc<dyn Telephony>, TelephonyError> {
        self.connect(reports).await
    }
}

impl Wires {
    async fn connect(&self, reports: mpsc::Sender<Report>) -> Result<Arc<dyn Telephony>, TelephonyError> {
        reports
            .send(Report::Link(Link::Up { detail: "Exchange".into() }))
            .await
            .expect("the application listens");
        *self.0.reports.lock().expect("lock") = Some(reports);
        Ok(self.0.clone())
    }
}

struct Deaf;

impl Audio for Deaf {
    fn devices(&self) -> AudioDevices {
        AudioDevices::default()
    }
    fn choose(&self, _: AudioChoice) {}
    fn ring(&self, _: bool) {}
    fn problem(&self) -> Option<String> {
        None
    }
}

/// What stands between people and the console, and what is behind it beside the telephone system.
pub(crate) struct Entrances {
    pub(crate) sign_in: Arc<MemorySignIn>,
    pub(crate) access_log: Arc<MemoryAccessLog>,
    pub(crate) changes: Arc<MemoryChanges>,
    pub(crate) sources: Arc<MemorySources>,
    pub(crate) presence: Arc<MemoryPresence>,
    pub(crate) calendars: Arc<MemoryCalendars>,
    pub(crate) lines: Arc<MemoryReportingLines>,
    pub(crate) secrets: Arc<MemorySecrets>,
    pub(crate) folders: Arc<MemoryFolders>,
}

impl Entrances {
    /// Sign-in is not set up, nothing was logged, nothing was changed.
    pub(crate) fn new() -> Entrances {
        Entrances {
            sign_in: Arc::new(MemorySignIn::new()),
            access_log: Arc::new(MemoryAccessLog::new()),
            changes: Arc::new(MemoryChanges::new()),
            sources: Arc::default(),
            presence: Arc::default(),
            calendars: Arc::default(),
            lines: Arc::default(),
            secrets: Arc::default(),
            folders: Arc::default(),
        }
    }
}

pub(crate) async fn open(store: &Arc<MemoryStore>, exchange: &Arc<Exchange>) -> Arc<App> {
    open_through(store, exchange, &Entrances::new()).await
}

pub(crate) async fn open_through(
    store: &Arc<MemoryStore>,
    exchange: &Arc<Exchange>,
    people: &Entrances,
) -> Arc<App> {
    let (_, facts) = mpsc::unbounded_channel();
    App::open(Ports {
        journal: store.clone(),
        records: store.clone(),
        reports: store.clone(),
        imports: store.clone(),
        folders: people.folders.clone(),
        parties: store.clone(),
        contacts: store.clone(),
        personal: store.clone(),
        retention: store.clone(),
        subjects: store.clone(),
        numbers: store.clone(),
        country: None,
        settings: store.clone(),
        secrets: people.secrets.clone(),
        sounds: store.clone(),
        recordings: store.clone(),
        voicemails: store.clone(),
        decoder: Arc::new(RawSamples),
        speech: Arc::new(MemoryVoices(vec![german()])),
        connectors: Arc::new(Wires(exchange.clone())),
        audio: Arc::new(Deaf),
        safekeeping: Arc::new(MemorySafekeeping::default()),
        local: Identity::local("Rita Frei", "rita"),
        sign_in: people.sign_in.clone(),
        facts,
        roster: store.clone(),
        directory_sync: Arc::new(NoDirectory),
        source_reader: people.sources.clone(),
        presence: people.presence.clone(),
        calendars: people.calendars.clone(),
        reporting_lines: people.lines.clone(),
        access_log: people.access_log.clone(),
        changes: people.changes.clone(),
        events: app::events(),
    })
    .await
    .expect("the application opens")
}

/// The voice of the test's computer.
fn german() -> Voice {
    Voice { id: "gmw/de".into(), name: "German".into(), language: "de".into() }
}

/// Where the exchange answers as a real telephone system does: its calls count.
const LIVE: &str = "exchange.test";

/// A console in training, with its exchange.
pub(crate) async fn console() -> (Arc<App>, Arc<Exchange>, Arc<MemoryStore>) {
    let (store, exchange) = (Arc::new(MemoryStore::default()), Exchange::new());
    let app = open(&store, &exchange).await;
    ask(&app, Request::StartTraining {}).await;
    (app, exchange, store)
}

pub(crate) async fn ask(app: &App, request: Request) -> Response {
    let shown = format!("{request:?}");
    app.handle(request).await.unwrap_or_else(|error| panic!("{shown}: {error:?}"))
}

pub(crate) async fn until(app: &App, what: &str, wanted: impl Fn(&ConsoleView) -> bool) -> ConsoleView {
    let begun = tokio::time::Instant::now();
    let mut events = app.events();
    loop {
        let view = app.console().await.expect("a console");
        if wanted(&view) {
            return view;
        }
        assert!(begun.elapsed() < PATIENCE, "never {what}: {view:#?}");
        // Any event may be the one; the deadline above ends a wait for none.
        let _ = tokio::time::timeout(Duration::from_millis(200), events.recv()).await;
    }
}
