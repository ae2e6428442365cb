//! Which telephone system the console is connected to: none yet, a SIP account, or simulated callers for training.
//! Starting, stopping, taking up again after a restart, and comparing what both sides believe. Knows no protocol.

use std::time::Duration;

use contracts::connectors::{REPORTS_MAX, SipAccount};
use contracts::journal::StoreError;
use contracts::secrets::Secret;
use contracts::telephony::{Link, TelephonyError};
use engine::{Command, Leg, Origin, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::api::wire::{ApiError, ModeKind};
use crate::app::{App, AppError};
use crate::outbox::tell;
use crate::reports::Entrance;
use crate::telephone::Telephone;

/// Setting: what was chosen at first run.
const CHOSEN: &str = "mode";

/// A clock that was set back is not waited for: the next comparison, a minute later, will do.
const CLOCK_WAITS_MAX: u32 = 5;

/// What was chosen, as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Chosen {
    /// Nothing yet: first run.
    #[default]
    Unset,
    /// Simulated callers.
    Training,
    /// A SIP account; the password is in the keychain.
    Sip {
        /// All but the password.
        account: SipAccount,
    },
}

impl Chosen {
    /// Its name on the wire.
    pub fn kind(&self) -> ModeKind {
        match self {
            Chosen::Unset => ModeKind::Unset,
            Chosen::Training => ModeKind::Training,
            Chosen::Sip { .. } => ModeKind::Sip,
        }
    }

    /// In words, for the console.
    pub fn detail(&self) -> String {
        match self {
            Chosen::Unset => "Not connected yet".to_owned(),
            Chosen::Training => "Simulated callers".to_owned(),
            Chosen::Sip { account } => format!("SIP account {} at {}", account.user, account.registrar),
        }
    }

    /// Whether its calls count.
    pub fn origin(&self) -> Origin {
        match self {
            Chosen::Training => Origin::Simulated,
            Chosen::Unset | Chosen::Sip { .. } => Origin::Live,
        }
    }
}

/// The name of an account's password in the keychain.
pub(crate) fn password_name(account: &SipAccount) -> String {
    format!("sip-password:{}@{}", account.user, account.registrar)
}

/// The connector's task and what was chosen.
#[derive(Default)]
pub(crate) struct Mode {
    pub(crate) chosen: Chosen,
    entrance: Option<JoinHandle<()>>,
}

impl Mode {
    /// Shuts the connector down and takes its last reports in.
    pub(crate) async fn stop(&mut self, telephone: &Telephone) {
        if let Some(before) = telephone.replace(None) {
            before.shut_down().await;
        }
        if let Some(entrance) = self.entrance.take() {
            entrance.abort();
            // Cancelled is what was asked for.
            let _ = entrance.await;
        }
    }
}

impl App {
    /// Takes up what was chosen before.
    pub(crate) async fn resume(&self) -> Result<(), AppError> {
        let chosen = match self.settings.get(CHOSEN).await? {
            Some(json) => serde_json::from_str(&json)
                .map_err(|error| StoreError::Damaged(format!("the setting '{CHOSEN}': {error}")))?,
            None => Chosen::Unset,
        };
        if let Err(error) = self.start(chosen, None).await {
            tracing::warn!(code = error.code, "the telephone system could not be taken up");
            self.telephone.set_link(Some(Link::Down { detail: error.message, permanent: true }));
            self.desk.show();
        }
        self.reconcile(true).await
    }

    /// Chooses and starts; keeps the choice only when it could be started.
    pub(crate) async fn choose(&self, chosen: Chosen, password: Option<Secret>) -> Result<(), ApiError> {
        // A console that could not take its telephone system up (a locked keychain) may choose again to save its calls.
        let connected = self.telephone.get().is_ok();
        if connected && self.desk.look(|switchboard| switchboard.calls().next().is_some()).await? {
            return Err(ApiError::new(
                "mode.calls-present",
                "There are still calls. End them before you change the telephone system.",
            ));
        }
        self.mode.lock().await.stop(&self.telephone).await;
        let stored = serde_json::to_string(&chosen).map_err(|error| ApiError::invalid(error.to_string()))?;
        self.start(chosen, password).await?;
        self.settings.put(CHOSEN, &stored).await?;
        if !connected {
            self.reconcile(true).await.map_err(|error| match error {
                AppError::Store(error) => ApiError::from(error),
                AppError::Desk(error) => error.into(),
            })?;
        }
        Ok(())
    }

    async fn start(&self, chosen: Chosen, password: Option<Secret>) -> Result<(), ApiError> {
        let mut mode = self.mode.lock().await;
        self.screen.set_mode(&chosen);
        mode.chosen = chosen.clone();
        // Those of training and those of callers are counted apart.
        self.voicemails_changed.notify_one();
        let (reports, inbox) = mpsc::channel(REPORTS_MAX);
        let telephony = match &chosen {
            Chosen::Unset => {
                self.desk.show();
                return Ok(());
            }
            Chosen::Training => self.connectors.simulator(reports).await?,
            Chosen::Sip { account } => {
                let password = match password {
                    Some(password) => password,
                    None => self.stored_password(account).await?,
                };
                self.telephone.set_link(Some(Link::Connecting {
                    detail: format!("Registering at {}", account.registrar),
                }));
                self.connectors.sip(account, password, reports).await?
            }
        };
        self.telephone.replace(Some(telephony));
        let entrance = Entrance {
            numbers: self.numbers.clone(),
            clock: self.sources.clone(),
            desk: self.desk.clone(),
            people: self.people.clone(),
            telephone: self.telephone.clone(),
            origin: chosen.origin(),
            dialled: self.dialled.clone(),
        };
        mode.entrance = Some(tokio::spawn(entrance.run(inbox)));
        self.desk.show();
        Ok(())
    }

    async fn stored_password(&self, account: &SipAccount) -> Result<Secret, ApiError> {
        let (secrets, name) = (self.secrets.clone(), password_name(account));
        let found = tokio::task::spawn_blocking(move || secrets.get(&name)).await;
        match found {
            Ok(Ok(Some(password))) => Ok(password),
            Ok(Ok(None)) => Err(ApiError::new(
                "secret.missing",
                "The password of the SIP account is not in the keychain. Enter it again under Settings.",
            )),
            Ok(Err(error)) => Err(error.into()),
            Err(error) => {
                tracing::error!(%error, "the keychain's task failed");
                Err(ApiError::new("secret.unavailable", "The system's keychain did not answer. Try again."))
            }
        }
    }

    /// Tells the switchboard which lines the telephone system really has: calls whose line is gone end as lost, lines of
    /// calls that are over are ended. `taken_up` says that the connector has just started: every line it has outlived a
    /// restart of ours and is told anew what to do.
    pub(crate) async fn reconcile(&self, taken_up: bool) -> Result<(), AppError> {
        let Ok(telephony) = self.telephone.get() else { return Ok(()) };
        let taken = self.after_all_events().await?;
        let legs: Vec<Leg> = match telephony.snapshot().await {
            Ok(lines) => lines.iter().map(|line| line.leg).collect(),
            Err(TelephonyError::Disconnected(_)) => return Ok(()),
            Err(error) => {
                tracing::warn!(%error, "the telephone system does not tell its lines");
                return Ok(());
            }
        };
        // A bounded number at a time, until nothing is left to say.
        while self.desk.act(Command::Reconcile { legs: legs.clone(), taken }).await? > 0 {}
        if taken_up {
            for leg in legs {
                tell(&self.desk, Command::LineResumed { leg }).await;
            }
        }
        Ok(())
    }

    /// A moment that is later than every event so far: a call that began before the lines are counted is then told apart
    /// from one that rings while they are, also in the first millisecond after a restart.
    async fn after_all_events(&self) -> Result<Timestamp, AppError> {
        let last = self.desk.look(|switchboard| switchboard.clock()).await?;
        for _ in 0..CLOCK_WAITS_MAX {
            if self.sources.now() > last {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(self.sources.now())
    }
}
