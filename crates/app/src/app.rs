//! The application of one attendant: wires the desk, the outbox, the people, the telephone system and the screens, starts
//! and stops them. Does not interpret requests: that is `api`.

use std::sync::Arc;
use std::time::Duration;

use contracts::access_log::AccessLog;
use contracts::book::{ContactBook, PartyBook};
use contracts::calendar::Calendars;
use contracts::changes::Changes;
use contracts::connectors::{Audio, Connectors};
use contracts::directory_sync::DirectorySync;
use contracts::folders::Folders;
use contracts::imports::Imports;
use contracts::journal::{Journal, StoreError};
use contracts::line::ReportingLines;
use contracts::numbers::NumberList;
use contracts::personal::Personal;
use contracts::presence::PresenceFeed;
use contracts::recordings::RecordingBook;
use contracts::records::Records;
use contracts::reports::Reports;
use contracts::retention::Retention;
use contracts::roster::Roster;
use contracts::safekeeping::Safekeeping;
use contracts::secrets::Secrets;
use contracts::settings::SettingsStore;
use contracts::sign_in::{SignIn, SignInFact};
use contracts::sounds::{Decoder, SoundBook};
use contracts::sources::SourceReader;
use contracts::speech::Speech;
use contracts::subjects::Subjects;
use contracts::voicemails::VoicemailBook;
use engine::{AttendantId, Command, Service, ServiceId, Switchboard};
use identity::Identity;
use tokio::sync::{Mutex, Notify, broadcast, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::access_book::AccessBook;
use crate::api::importing::Importing;
use crate::api::past_calls::PastCalls;
use crate::api::staffing::Planning;
use crate::api::wire::UiEvent;
use crate::board::Board;
use crate::clock::Sources;
use crate::desk::{Desk, DeskError};
use crate::dialled::Dialled;
use crate::feed::Feed;
use crate::lifts::KeptLifts;
use crate::mode::Mode;
use crate::numbers::Numbers;
use crate::outbox::{self, Performer, Routes};
use crate::people::People;
use crate::presence::Presences;
use crate::purge::Purge;
use crate::screen::{Screen, ScreenParts};
use crate::seat::Seat;
use crate::skill_names::SkillNames;
use crate::sources::{SourceBook, SourceParts};
use crate::telephone::Telephone;

/// The attendant of the first start: the user of this computer, or the first who signs in.
pub const FIRST: AttendantId = AttendantId(1);
/// The service that is there from the first start on; every dialled address reaches it until others are set up.
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
    /// What they add up to.
    pub reports: Arc<dyn Reports>,
    /// Those of an earlier telephone system.
    pub imports: Arc<dyn Imports>,
    /// Where scheduled reports go.
    pub folders: Arc<dyn Folders>,
    /// Who stands behind a number.
    pub parties: Arc<dyn PartyBook>,
    /// Address books.
    pub contacts: Arc<dyn ContactBook>,
    /// What ends by its age.
    pub retention: Arc<dyn Retention>,
    /// What is kept about one person.
    pub subjects: Arc<dyn Subjects>,
    /// Blocked numbers and spam.
    pub numbers: Arc<dyn NumberList>,
    /// The country this computer is set to, by its two letters.
    pub country: Option<String>,
    /// What attendants note about contacts.
    pub personal: Arc<dyn Personal>,
    /// Settings.
    pub settings: Arc<dyn SettingsStore>,
    /// The keychain.
    pub secrets: Arc<dyn Secrets>,
    /// Announcements, menus and greetings.
    pub sounds: Arc<dyn SoundBook>,
    /// What callers said.
    pub recordings: Arc<dyn RecordingBook>,
    /// Messages that callers left.
    pub voicemails: Arc<dyn VoicemailBook>,
    /// Sound files.
    pub decoder: Arc<dyn Decoder>,
    /// Voices of this computer.
    pub speech: Arc<dyn Speech>,
    /// Telephone systems.
    pub connectors: Arc<dyn Connectors>,
    /// The audio desk.
    pub audio: Arc<dyn Audio>,
    /// Keys and backup.
    pub safekeeping: Arc<dyn Safekeeping>,
    /// The user of this computer, who works alone while nobody signs in.
    pub local: Identity,
    /// The issuer's door.
    pub sign_in: Arc<dyn SignIn>,
    /// What happens there.
    pub facts: mpsc::UnboundedReceiver<SignInFact>,
    /// The people of the tenant.
    pub roster: Arc<dyn Roster>,
    /// Whoever reads its directory.
    pub directory_sync: Arc<dyn DirectorySync>,
    /// Whoever reads sources of contacts.
    pub source_reader: Arc<dyn SourceReader>,
    /// Presence of colleagues.
    pub presence: Arc<dyn PresenceFeed>,
    /// Their calendars.
    pub calendars: Arc<dyn Calendars>,
    /// Who is above and below them.
    pub reporting_lines: Arc<dyn ReportingLines>,
    /// Who asked for what.
    pub access_log: Arc<dyn AccessLog>,
    /// Who changed what.
    pub changes: Arc<dyn Changes>,
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
    pub(crate) contacts: Arc<dyn ContactBook>,
    pub(crate) personal: Arc<dyn Personal>,
    pub(crate) numbers: Arc<Numbers>,
    pub(crate) subjects: Arc<dyn Subjects>,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) records: Arc<dyn Records>,
    pub(crate) purge: Purge,
    pub(crate) reports: Arc<dyn Reports>,
    pub(crate) imports: Arc<dyn Imports>,
    pub(crate) folders: Arc<dyn Folders>,
    pub(crate) settings: Arc<dyn SettingsStore>,
    pub(crate) secrets: Arc<dyn Secrets>,
    pub(crate) sounds: Arc<dyn SoundBook>,
    pub(crate) recordings: Arc<dyn RecordingBook>,
    pub(crate) voicemails: Arc<dyn VoicemailBook>,
    pub(crate) decoder: Arc<dyn Decoder>,
    pub(crate) speech: Arc<dyn Speech>,
    pub(crate) connectors: Arc<dyn Connectors>,
    pub(crate) audio: Arc<dyn Audio>,
    pub(crate) sources: Arc<Sources>,
    pub(crate) safekeeping: Arc<dyn Safekeeping>,
    pub(crate) local: Arc<Identity>,
    pub(crate) sign_in: Arc<dyn SignIn>,
    pub(crate) roster: Arc<dyn Roster>,
    pub(crate) directory_sync: Arc<dyn DirectorySync>,
    pub(crate) source_book: Arc<SourceBook>,
    pub(crate) presences: Presences,
    pub(crate) board: Arc<Board>,
    pub(crate) calendars: Arc<dyn Calendars>,
    pub(crate) reporting_lines: Arc<dyn ReportingLines>,
    pub(crate) changes: Arc<dyn Changes>,
    pub(crate) feed: Feed,
    pub(crate) book: Arc<AccessBook>,
    pub(crate) seat: Arc<Seat>,
    /// Held while somebody sits down or stands up.
    pub(crate) settling: Mutex<()>,
    pub(crate) screen: Arc<Screen>,
    pub(crate) mode: Mutex<Mode>,
    pub(crate) dialled: Arc<Dialled>,
    pub(crate) skill_names: SkillNames,
    pub(crate) lifts: KeptLifts,
    /// Held by whoever changes services.
    pub(crate) administering: Mutex<()>,
    /// Held while a journal is read for somebody who asks why: one at a time is enough.
    pub(crate) asking_why: Mutex<()>,
    pub(crate) planning: Planning,
    pub(crate) importing: Importing,
    pub(crate) past_calls: PastCalls,
    /// Held while a scheduled report is made or changed; its note: there is something new to wait for.
    pub(crate) scheduling: Mutex<()>,
    pub(crate) schedules_changed: Notify,
    /// Somebody left a message or dealt with one, or others count from now on.
    pub(crate) voicemails_changed: Arc<Notify>,
    events: broadcast::Sender<UiEvent>,
    pub(crate) stop: CancellationToken,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl App {
    /// Rebuilds the switchboard from the journal, takes up the telephone system that was chosen, and performs what was
    /// left undone (CALL-10).
    pub async fn open(ports: Ports) -> Result<Arc<App>, AppError> {
        let sources = Arc::new(Sources::new());
        let numbers = Numbers::open(ports.settings.clone(), ports.numbers, ports.country.as_deref()).await?;
        let numbers = Arc::new(numbers);
        let people = Arc::new(
            People::open(ports.parties.clone(), ports.contacts.clone(), numbers.clone(), sources.clone())
                .await?,
        );
        let source_book = SourceBook::open(SourceParts {
            settings: ports.settings.clone(),
            secrets: ports.secrets.clone(),
            people: people.clone(),
            reader: ports.source_reader,
            sign_in: ports.sign_in.clone(),
            clock: sources.clone(),
        })
        .await?;
        let dialled = Arc::new(Dialled::open(ports.settings.clone()).await?);
        let skill_names = SkillNames::open(ports.settings.clone()).await?;
        let telephone = Telephone::default();
        let presences =
            Presences::new(ports.presence, telephone.clone(), people.clone(), source_book.clone());
        let seat = Arc::new(Seat::default());
        let routes = Routes::default();
        let voicemails_changed = Arc::new(Notify::new());
        let board = Arc::new(Board::open(ports.settings.as_ref()).await?);
        let screen = Arc::new(Screen::new(ScreenParts {
            people: people.clone(),
            telephone: telephone.clone(),
            audio: ports.audio.clone(),
            routes: routes.clone(),
            events: ports.events.clone(),
            seat: seat.clone(),
            voicemails_changed: voicemails_changed.clone(),
            board: board.clone(),
        }));
        let wake = Arc::new(Notify::new());
        let dial_numbers = numbers.clone();
        let (desk, running) =
            Desk::open(ports.journal.clone(), sources.clone(), wake.clone(), screen.clone().observer())
                .await?;
        let app = Arc::new(App {
            desk: desk.clone(),
            telephone: telephone.clone(),
            people,
            contacts: ports.contacts,
            personal: ports.personal,
            subjects: ports.subjects,
            numbers,
            journal: ports.journal.clone(),
            records: ports.records,
            purge: Purge::new(ports.retention, ports.settings.clone()),
            reports: ports.reports,
            imports: ports.imports,
            folders: ports.folders,
            settings: ports.settings,
            secrets: ports.secrets,
            sounds: ports.sounds.clone(),
            recordings: ports.recordings,
            voicemails: ports.voicemails,
            decoder: ports.decoder,
            speech: ports.speech,
            connectors: ports.connectors,
            audio: ports.audio,
            sources: sources.clone(),
            safekeeping: ports.safekeeping,
            local: Arc::new(ports.local),
            sign_in: ports.sign_in,
            roster: ports.roster,
            directory_sync: ports.directory_sync,
            source_book,
            presences,
            board,
            calendars: ports.calendars,
            reporting_lines: ports.reporting_lines,
            changes: ports.changes,
            feed: Feed::new(),
            book: Arc::new(AccessBook::new(ports.access_log, sources.clone())),
            seat,
            settling: Mutex::default(),
            screen,
            mode: Mutex::new(Mode::default()),
            dialled,
            skill_names,
            lifts: KeptLifts::default(),
            administering: Mutex::default(),
            asking_why: Mutex::new(()),
            planning: Planning::default(),
            importing: Importing::default(),
            past_calls: PastCalls::default(),
            scheduling: Mutex::default(),
            schedules_changed: Notify::new(),
            voicemails_changed,
            events: ports.events,
            stop: CancellationToken::new(),
            tasks: Mutex::new(vec![running]),
        });
        app.prepare(&routes).await?;
        let writing = app.clone();
        app.spawn(async move { writing.book.keep_writing(writing.stop.clone()).await }).await;
        let indexing = app.clone();
        app.spawn(async move { indexing.people.keep_settled(indexing.stop.clone()).await }).await;
        app.settle().await;
        let (seating, noting) = (app.clone(), app.clone());
        app.spawn(async move { seating.keep_seating().await }).await;
        app.spawn(async move { noting.keep_noting_facts(ports.facts).await }).await;
        app.take_up_audio().await?;
        app.take_up_feed().await?;
        app.resume().await?;
        let performer = Performer {
            journal: ports.journal,
            desk,
            telephone,
            parties: ports.parties,
            numbers: dial_numbers,
            sounds: ports.sounds,
            routes,
            sources,
        };
        app.spawn(outbox::run(performer, wake, app.stop.clone())).await;
        let reconciling = app.clone();
        app.spawn(async move { reconciling.keep_reconciling().await }).await;
        let counting = app.clone();
        app.voicemails_changed.notify_one();
        app.spawn(async move { counting.keep_counting_voicemails().await }).await;
        app.spawn(app.clone().keep_forgetting()).await;
        let adding_up = app.clone();
        app.spawn(async move { adding_up.catch_up_reports().await }).await;
        app.spawn(app.clone().keep_making_reports()).await;
        app.source_book.begin();
        let offering = app.clone();
        app.spawn(async move { offering.keep_offering_users().await }).await;
        let (sources_told, presence_told) = (app.clone(), app.clone());
        app.spawn(async move { sources_told.keep_telling_sources().await }).await;
        app.spawn(async move { presence_told.keep_telling_presence().await }).await;
        let board_told = app.clone();
        app.spawn(async move { board_told.keep_telling_board().await }).await;
        let telling = app.clone();
        app.spawn(async move { telling.keep_telling_protection(telling.stop.clone()).await }).await;
        Ok(app)
    }

    /// What screens are told without asking. A receiver that lags asks for the whole console again.
    pub fn events(&self) -> broadcast::Receiver<UiEvent> {
        self.events.subscribe()
    }

    pub(crate) fn teller(&self) -> broadcast::Sender<UiEvent> {
        self.events.clone()
    }

    /// Tells the screens, if somebody sits there who may see it.
    pub(crate) fn tell(&self, event: UiEvent) {
        self.lifts.forget();
        self.board.heard(&event);
        if self.seat.identity().is_some() {
            self.send(event);
        }
    }

    /// Tells the screens, whoever looks at them.
    pub(crate) fn send(&self, event: UiEvent) {
        // Nobody listens is fine: a screen that comes later asks for everything.
        let _ = self.events.send(event);
    }

    /// Ends the telephone system's lines and all tasks. Calls that go on in the journal are taken up at the next start.
    pub async fn shut_down(&self) {
        self.stop.cancel();
        self.planning.cancel();
        self.source_book.shut_down().await;
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
                    switchboard.attendant(FIRST).is_some(),
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
            self.desk.act(Command::PutAttendant(FIRST)).await?;
            self.desk.act(Command::PutService(Service::new(MAIN_LINE, "Main line", vec![FIRST]))).await?;
            self.desk.act(Command::SetDuty { attendant: FIRST, on_duty: true }).await?;
        }
        self.desk.show();
        Ok(())
    }

    async fn keep_counting_voicemails(&self) {
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.voicemails_changed.notified() => {}
            }
            if let Err(error) = self.count_voicemails().await {
                tracing::warn!(%error, "messages could not be counted");
            }
        }
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
