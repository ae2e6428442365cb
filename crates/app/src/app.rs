//! The application of one attendant: wires the desk, the outbox, the people, the telephone system and the screens, starts
//! and stops them. Does not interpret requests: that is `api`.

use std::sync::Arc;
use std::time::Duration;

use contracts::book::{ContactBook, PartyBook};
use contracts::connectors::{Audio, Connectors};
use contracts::journal::{Journal, StoreError};
use contracts::records::Records;
use contracts::safekeeping::Safekeeping;
use contracts::secrets::Secrets;
use contracts::settings::SettingsStore;
use engine::{AttendantId, Command, Service, ServiceId, Switchboard};
use identity::Identity;
use tokio::sync::{Mutex, Notify, broadcast};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::api::wire::UiEvent;
use crate::clock::Sources;
use crate::desk::{Desk, DeskError};
use crate::mode::Mode;
use crate::outbox::{self, Performer, Routes};
use crate::people::People;
use crate::screen::{Screen, ScreenParts};
use crate::telephone::Telephone;

/// The attendant of the "alone" mode: the one named user of this computer.
pub const ME: AttendantId = AttendantId(1);
/// The service every dialled address belongs to until services are administered.
pub const MAIN_LINE: ServiceId = ServiceId(1);
/// Events a slow screen may be behind before it must ask for the whole console again.
const EVENTS_MAX: usize = 256;
/// Between two reconciliations with what the telephone system really has.
const RECONCILE_EVERY: Duration = Duration::from_secs(60);

/// What a host hands in.
pub struct Ports {
    /// Events and orders.
    pub journal: Arc<dyn Journal>,
    /// Call records.
    pub records: Arc<dyn Records>,
    /// Who stands behind a number.
    pub parties: Arc<dyn PartyBook>,
    /// Address books.
    pub contacts: Arc<dyn ContactBook>,
    /// Settings.
    pub settings: Arc<dyn SettingsStore>,
    /// The keychain.
    pub secrets: Arc<dyn Secrets>,
    /// Telephone systems.
    pub connectors: Arc<dyn Connectors>,
    /// The audio desk.
    pub audio: Arc<dyn Audio>,
    /// Keys and backup.
    pub safekeeping: Arc<dyn Safekeeping>,
    /// Who sits here.
    pub identity: Identity,
    /// Where screens listen; from [`events`], so that a host has it before there is an application.
    pub events: broadcast::Sender<UiEvent>,
}

/// What carries events to the screens. A receiver that lags asks for the whole console again.
pub fn events() -> broadcast::Sender<UiEvent> {
    broadcast::channel(EVENTS_MAX).0
}

/// Why the application could not start or stop.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The desk.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

/// The running application.
pub struct App {
    pub(crate) desk: Desk,
    pub(crate) telephone: Telephone,
    pub(crate) people: Arc<People>,
    pub(crate) records: Arc<dyn Records>,
    pub(crate) settings: Arc<dyn SettingsStore>,
    pub(crate) secrets: Arc<dyn Secrets>,
    pub(crate) connectors: Arc<dyn Connectors>,
    pub(crate) audio: Arc<dyn Audio>,
    pub(crate) sources: Arc<Sources>,
    pub(crate) safekeeping: Arc<dyn Safekeeping>,
    pub(crate) identity: Identity,
    pub(crate) screen: Arc<Screen>,
    pub(crate) mode: Mutex<Mode>,
    events: broadcast::Sender<UiEvent>,
    stop: CancellationToken,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl App {
    /// Rebuilds the switchboard from the journal, takes up the telephone system that was chosen, and performs what was
    /// left undone (CALL-10).
    pub async fn open(ports: Ports) -> Result<Arc<App>, AppError> {
        let sources = Arc::new(Sources::new());
        let people = Arc::new(People::open(ports.parties.clone(), ports.contacts, sources.clone()).await?);
        let telephone = Telephone::default();
        let routes = Routes::default();
        let screen = Arc::new(Screen::new(ScreenParts {
            people: people.clone(),
            telephone: telephone.clone(),
            audio: ports.audio.clone(),
            routes: routes.clone(),
            events: ports.events.clone(),
            name: ports.identity.name().to_owned(),
        }));
        let wake = Arc::new(Notify::new());
        let (desk, running) =
            Desk::open(ports.journal.clone(), sources.clone(), wake.clone(), screen.clone().observer())
                .await?;
        let app = Arc::new(App {
            desk: desk.clone(),
            telephone: telephone.clone(),
            people,
            records: ports.records,
            settings: ports.settings,
            secrets: ports.secrets,
            connectors: ports.connectors,
            audio: ports.audio,
            sources: sources.clone(),
            safekeeping: ports.safekeeping,
            identity: ports.identity,
            screen,
            mode: Mutex::new(Mode::default()),
            events: ports.events,
            stop: CancellationToken::new(),
            tasks: Mutex::new(vec![running]),
        });
        app.prepare(&routes).await?;
        app.take_up_audio().await?;
        app.resume().await?;
        let performer =
            Performer { journal: ports.journal, desk, telephone, parties: ports.parties, routes, sources };
        app.spawn(outbox::run(performer, wake, app.stop.clone())).await;
        let reconciling = app.clone();
        app.spawn(async move { reconciling.keep_reconciling().await }).await;
        let telling = app.clone();
        app.spawn(async move { telling.keep_telling_protection(telling.stop.clone()).await }).await;
        Ok(app)
    }

    /// What screens are told without asking. A receiver that lags asks for the whole console again.
    pub fn events(&self) -> broadcast::Receiver<UiEvent> {
        self.events.subscribe()
    }

    pub(crate) fn tell(&self, event: UiEvent) {
        // Nobody listening is fine: a screen that comes later asks for everything.
        let _ = self.events.send(event);
    }

    /// Ends the telephone system's lines and all tasks. Calls that go on in the journal are taken up at the next start.
    pub async fn shut_down(&self) {
        self.stop.cancel();
        self.mode.lock().await.stop(&self.telephone).await;
        for task in self.tasks.lock().await.drain(..) {
            task.abort();
            // Cancelled is what was asked for.
            let _ = task.await;
        }
    }

    async fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.lock().await.push(tokio::spawn(task));
    }

    /// Makes the attendant and the main line known at the first start; brings names of calls that go on into memory.
    async fn prepare(&self, routes: &Routes) -> Result<(), AppError> {
        let (known, parties, transfers) = self
            .desk
            .look(|switchboard| {
                (
                    switchboard.attendant(ME).is_some(),
                    crate::screen::parties(switchboard),
                    transfers(switchboard),
                )
            })
            .await?;
        for (transfer, call) in transfers {
            routes.learn(transfer, call);
        }
        self.people.fetch(parties).await?;
        if !known {
            self.desk.act(Command::PutAttendant(ME)).await?;
            self.desk.act(Command::PutService(Service::new(MAIN_LINE, "Main line", vec![ME]))).await?;
            self.desk.act(Command::SetDuty { attendant: ME, on_duty: true }).await?;
        }
        self.desk.show();
        Ok(())
    }

    async fn keep_reconciling(self: Arc<App>) {
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(RECONCILE_EVERY) => {}
            }
            if let Err(error) = self.reconcile(false).await {
                tracing::warn!(%error, "reconciliation with the telephone system failed");
            }
        }
    }
}

fn transfers(switchboard: &Switchboard) -> Vec<(engine::TransferId, engine::CallId)> {
    switchboard.calls().filter_map(|call| Some((call.transfer()?.id, call.id))).collect()
}
