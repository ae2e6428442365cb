//! Composition of the alone mode, for the desktop and for the browser host: this computer's own store, keychain, audio and
//! telephone systems under one application. Decides nothing; a host that wants other parts composes its own.

mod audio;
mod connectors;
mod keys;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use app::{App, Ports};
use contracts::secrets::Secrets;
use identity::{Keychain, SessionSecrets};
use store::Store;
use telephony::media::Stage;
use vault::Known;

pub use audio::AudioWhere;

/// What the user chose at the start of the program.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where data is kept; `None` is the user's own data folder.
    pub data_dir: Option<PathBuf>,
    /// The attendant's audio.
    pub audio: AudioWhere,
    /// Keeps passwords in memory only.
    pub forget_secrets: bool,
}

/// A running console with everything under it.
pub struct Alone {
    app: Arc<App>,
    stage: Stage,
}

impl Alone {
    /// Opens the store, takes up what was going on, and connects to the telephone system that was chosen.
    pub async fn open(options: Options) -> anyhow::Result<Alone> {
        let folder = data_dir(options.data_dir)?;
        let secrets: Arc<dyn Secrets> = if options.forget_secrets {
            Arc::new(SessionSecrets::default())
        } else {
            Arc::new(Keychain::default())
        };
        let cannot_open = || format!("the data in {} cannot be opened", folder.display());
        let keys = keys::open(&folder, &*secrets).with_context(cannot_open)?;
        let store = Arc::new(Store::open(&folder, &keys, &Known::default()).with_context(cannot_open)?);
        let stage = Stage::start(options.audio.backend());
        let audio = audio::Desk::new(stage.clone(), options.audio);
        let app = App::open(Ports {
            journal: store.clone(),
            records: store.clone(),
            parties: store.clone(),
            contacts: store.clone(),
            settings: store.clone(),
            secrets,
            connectors: Arc::new(connectors::Connecting::new(stage.clone(), store)),
            audio: Arc::new(audio),
            // Nothing is encrypted and nothing backed up yet: what keeps both comes with the vault.
            safekeeping: Arc::new(contracts::MemorySafekeeping::default()),
            identity: identity::local_user()?,
            events: app::events(),
        })
        .await?;
        Ok(Alone { app, stage })
    }

    /// The application.
    pub fn app(&self) -> Arc<App> {
        self.app.clone()
    }

    /// Ends lines, tasks and audio, in this order.
    pub async fn shut_down(&self) {
        self.app.shut_down().await;
        self.stage.shut_down().await;
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
