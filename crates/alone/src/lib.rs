//! Composition of the alone mode, for the desktop and for the browser host: this computer's own store, its keys and backups,
//! audio and telephone systems under one application, behind one door that also answers while the store is locked. Decides
//! nothing; a host that wants other parts composes its own.

mod anchoring;
mod audio;
mod backups;
mod connectors;
mod door;
mod feed;
mod folders;
mod keeping;
mod keys;
mod sources;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use app::api::wire::{LockReason, LockView, UiEvent};
use app::desk::DeskError;
use app::{App, AppError, Ports};
use contracts::journal::StoreError;
use contracts::secrets::Secrets;
use graph::{EntraDirectory, GraphCalendars, GraphPresence, GraphReportingLines, Site, System};
use identity::oidc::{self, Oidc, SystemBrowser};
use identity::{Keychain, SessionSecrets};
use store::Store;
use telephony::media::{SoundFiles, Stage};
use telephony::sip::SipBooks;
use telephony::speech::SystemSpeech;
use tokio::sync::{broadcast, mpsc};
use vault::recovery::RecoveryKey;
use vault::{Known, Vault, VaultError};

use keeping::{Keeping, Kept};
use keys::{Kek, Refused, Ring};

pub use audio::AudioWhere;
pub use door::{Door, read};

/// What the user chose at the start of the program.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where data is kept; `None` is the user's own data folder.
    pub data_dir: Option<PathBuf>,
    /// The attendant's audio.
    pub audio: AudioWhere,
    /// Uses no keychain: passwords live until the program ends, and the recovery key is asked for at each start.
    pub forget_secrets: bool,
    /// A file with the key that opens the data, instead of the keychain.
    pub store_key: Option<PathBuf>,
}

/// Everything that outlives a store that is locked.
struct Home {
    folder: PathBuf,
    kek: Kek,
    secrets: Arc<dyn Secrets>,
    audio: AudioWhere,
    events: broadcast::Sender<UiEvent>,
}

/// What came of an attempt to open the store.
pub enum Opening {
    /// It is open.
    Open(Alone),
    /// It is not, and a person can do something about it.
    Locked(Locked),
}

/// A running console with everything under it.
pub struct Alone {
    app: Arc<App>,
    sign_in: Arc<Oidc>,
    directory: Arc<EntraDirectory>,
    presence: Arc<GraphPresence>,
    stage: Stage,
    keeping: Keeping,
    feed: feed::Listening,
}

impl Alone {
    /// Opens the store, takes up what was going on, and connects to the telephone system that was chosen. Screens listen at
    /// `events` ([`app::events`]). An error is what nobody can mend from the console: the data is open in another program,
    /// the disk is full.
    pub async fn open(options: Options, events: broadcast::Sender<UiEvent>) -> anyhow::Result<Opening> {
        let folder = data_dir(options.data_dir)?;
        let secrets: Arc<dyn Secrets> = if options.forget_secrets {
            Arc::new(SessionSecrets::default())
        } else {
            Arc::new(Keychain::default())
        };
        let kek = match options.store_key {
            Some(file) => Kek::File(file),
            None if options.forget_secrets => Kek::Nowhere,
            None => Kek::Keychain(secrets.clone()),
        };
        let home = Home { folder, kek, secrets, audio: options.audio, events };
        match open(Arc::new(home), None).await {
            Ok(opening) => Ok(opening),
            Err(UnlockError::WrongWords(why)) => anyhow::bail!(why),
            Err(UnlockError::Failed(error)) => Err(error),
        }
    }

    /// The application.
    pub fn app(&self) -> Arc<App> {
        self.app.clone()
    }

    /// Ends the report feed, lines, tasks, sign-in, audio and backups, in this order.
    pub async fn shut_down(&self) {
        self.feed.stop().await;
        self.app.shut_down().await;
        self.presence.stop().await;
        self.directory.stop().await;
        self.sign_in.shut_down().await;
        self.stage.shut_down().await;
        self.keeping.shut_down().await;
    }
}

/// A store that is not open, and why.
pub struct Locked {
    home: Arc<Home>,
    reason: LockReason,
    detail: String,
}

/// Why a store was not unlocked.
#[derive(Debug, thiserror::Error)]
pub enum UnlockError {
    /// What was typed is not its recovery key; says what is wrong with it.
    #[error("{0}")]
    WrongWords(String),
    /// Nobody can mend it from the console.
    #[error(transparent)]
    Failed(anyhow::Error),
}

impl Locked {
    /// Tries again, after something outside of Usher was put right.
    pub async fn retry(&self) -> Result<Opening, UnlockError> {
        open(self.home.clone(), None).await
    }

    /// Opens the store with the 24 words of the recovery key, and puts a new key into the keychain where there is one.
    pub async fn unlock_with_recovery(&self, words: &str) -> Result<Opening, UnlockError> {
        let recovery =
            RecoveryKey::parse(words).map_err(|error| UnlockError::WrongWords(error.to_string()))?;
        open(self.home.clone(), Some(recovery)).await
    }

    /// For the screens.
    pub fn view(&self) -> LockView {
        let recovery_helps = recovery_helps(self.reason) && keys::are_there(&self.home.folder);
        let restoring_helps = restoring_helps(self.reason);
        LockView {
            reason: self.reason,
            detail: self.detail.clone(),
            folder: self.home.folder.display().to_string(),
            recovery_helps,
            word_list: if recovery_helps {
                vault::recovery::word_list().iter().map(|word| (*word).to_owned()).collect()
            } else {
                Vec::new()
            },
            restoring_helps,
            restore_command: restoring_helps.then(|| backups::restore_command(&self.home.folder)).flatten(),
        }
    }
}

fn recovery_helps(reason: LockReason) -> bool {
    match reason {
        LockReason::KeychainLocked
        | LockReason::KeychainMissing
        | LockReason::KeyGone
        | LockReason::KeyForeign
        | LockReason::KeyNotKept => true,
        LockReason::KeyFileMissing
        | LockReason::KeyFileDamaged
        | LockReason::DataDamaged
        | LockReason::DataRolledBack => false,
    }
}

fn restoring_helps(reason: LockReason) -> bool {
    match reason {
        LockReason::KeychainLocked
        | LockReason::KeychainMissing
        | LockReason::KeyGone
        | LockReason::KeyForeign
        | LockReason::KeyNotKept => false,
        LockReason::KeyFileMissing
        | LockReason::KeyFileDamaged
        | LockReason::DataDamaged
        | LockReason::DataRolledBack => true,
    }
}

async fn open(home: Arc<Home>, recovery: Option<RecoveryKey>) -> Result<Opening, UnlockError> {
    let opened = match tokio::task::spawn_blocking({
        let home = home.clone();
        move || open_store(&home, recovery.as_ref())
    })
    .await
    {
        Ok(Ok((ring, store))) => compose(&home, ring, store).await,
        Ok(Err(refused)) => Err(refused),
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(error) => Err(Refused::Failed(error.into())),
    };
    match opened {
        Ok(alone) => Ok(Opening::Open(alone)),
        Err(Refused::Locked { reason, detail }) => {
            tracing::warn!(?reason, detail, "the data is locked");
            Ok(Opening::Locked(Locked { home, reason, detail }))
        }
        Err(Refused::WrongWords(why)) => Err(UnlockError::WrongWords(why)),
        Err(Refused::Failed(error)) => {
            let folder = home.folder.display();
            Err(UnlockError::Failed(error.context(format!("the data in {folder} cannot be opened"))))
        }
    }
}

/// Keys first, then the database they open. Waits for the keychain and the disk.
fn open_store(home: &Home, recovery: Option<&RecoveryKey>) -> Result<(Ring, Store), Refused> {
    let mut ring = Ring::open(&home.folder, &home.kek, recovery)?;
    let known = Known { is_made: ring.is_made(), witness: ring.witness() };
    let database = home.folder.join(store::FILE_NAME);
    let vault = Vault::open(&database, &ring.keys, &known, store::VERSION).map_err(of_vault)?;
    for remark in vault.remarks() {
        tracing::warn!(remark, "noticed when the data was opened");
    }
    // From here on this process alone has the store.
    ring.settle().map_err(|error| Refused::Failed(error.into()))?;
    Ok((ring, Store::over(vault).map_err(of_store)?))
}

async fn compose(home: &Home, ring: Ring, store: Store) -> Result<Alone, Refused> {
    let local = identity::local_user().map_err(|error| Refused::Failed(error.into()))?;
    let store = Arc::new(store);
    let kept = Kept {
        folder: home.folder.clone(),
        ring,
        vault: store.vault(),
        settings: store.clone(),
        secrets: home.secrets.clone(),
        log: store.clone(),
    };
    let keeping = Keeping::begin(kept).await.map_err(of_store)?;
    let (tell, facts) = mpsc::unbounded_channel();
    let settings = app::session::sign_in_settings(store.as_ref()).await.map_err(of_store)?;
    let sign_in = Arc::new(
        Oidc::open(oidc::Options::new(
            settings,
            home.secrets.clone(),
            oidc::secret_name(keeping.store()),
            Arc::new(SystemBrowser),
            // Nobody listens any more once the application has ended.
            Arc::new(move |fact| drop(tell.send(fact))),
        ))
        .await,
    );
    let directory =
        Arc::new(EntraDirectory::start(sign_in.clone(), store.clone(), Arc::new(System), Arc::new(Site::of)));
    let presence = Arc::new(GraphPresence::start(sign_in.clone(), Arc::new(System), Arc::new(Site::of)));
    let calendars = GraphCalendars::new(sign_in.clone(), Arc::new(System), Arc::new(Site::of));
    let reporting_lines = GraphReportingLines::new(sign_in.clone(), Arc::new(System), Arc::new(Site::of));
    let source_reader = sources::EverySource::new(sign_in.clone(), home.secrets.clone());
    let stage = Stage::start(home.audio.backend());
    let audio = audio::Desk::new(stage.clone(), home.audio.clone());
    let books = SipBooks { legs: store.clone(), recordings: store.clone() };
    let app = App::open(Ports {
        journal: store.clone(),
        records: store.clone(),
        reports: store.clone(),
        imports: store.clone(),
        folders: Arc::new(folders::DiskFolders),
        parties: store.clone(),
        contacts: store.clone(),
        personal: store.clone(),
        retention: store.clone(),
        subjects: store.clone(),
        numbers: store.clone(),
        country: identity::local_country(),
        settings: store.clone(),
        secrets: home.secrets.clone(),
        sounds: store.clone(),
        recordings: store.clone(),
        voicemails: store.clone(),
        decoder: Arc::new(SoundFiles),
        speech: Arc::new(SystemSpeech::default()),
        connectors: Arc::new(connectors::Connecting::new(stage.clone(), books)),
        audio: Arc::new(audio),
        safekeeping: Arc::new(keeping.clone()),
        local,
        sign_in: sign_in.clone(),
        facts,
        roster: store.clone(),
        directory_sync: directory.clone(),
        source_reader: Arc::new(source_reader),
        presence: presence.clone(),
        calendars: Arc::new(calendars),
        reporting_lines: Arc::new(reporting_lines),
        access_log: store.clone(),
        changes: store.clone(),
        events: home.events.clone(),
    })
    .await;
    match app {
        Ok(app) => {
            let feed = feed::Listening::begin(app.clone());
            Ok(Alone { app, sign_in, directory, presence, stage, keeping, feed })
        }
        Err(error) => {
            presence.stop().await;
            directory.stop().await;
            sign_in.shut_down().await;
            stage.shut_down().await;
            keeping.shut_down().await;
            Err(match error {
                AppError::Store(error) | AppError::Desk(DeskError::Store(error)) => of_store(error),
                AppError::Desk(error) => Refused::Failed(error.into()),
            })
        }
    }
}

fn of_vault(error: VaultError) -> Refused {
    match error {
        VaultError::Damaged(_) | VaultError::NotADatabase(_) => {
            Refused::locked(LockReason::DataDamaged, error)
        }
        VaultError::RolledBack { .. } => Refused::locked(LockReason::DataRolledBack, error),
        VaultError::NotWritable { .. }
        | VaultError::DiskFull
        | VaultError::InUse(_)
        | VaultError::Newer { .. }
        | VaultError::Failed(_) => Refused::Failed(error.into()),
    }
}

fn of_store(error: StoreError) -> Refused {
    match error {
        StoreError::Damaged(_) => Refused::locked(LockReason::DataDamaged, error),
        StoreError::Conflict(_) | StoreError::Unavailable(_) | StoreError::OutOfRange(_) => {
            Refused::Failed(error.into())
        }
    }
}

/// Where data is kept: as given, else the user's own data folder.
pub fn data_dir(given: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    match given {
        Some(given) => Ok(given),
        None => {
            let folders = directories::ProjectDirs::from("", "", "Usher").context(
                "this computer does not say where your data belongs; name a folder with --data-dir",
            )?;
            Ok(folders.data_local_dir().to_owned())
        }
    }
}
