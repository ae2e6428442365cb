//! Requests about the installation: first run, the telephone system, audio devices, what waiting callers hear.

use contracts::connectors::{AudioChoice, SipAccount};
use contracts::journal::StoreError;
use identity::{Authorized, right};

use super::misplaced;
use super::wire::{ApiError, AudioView, Request, Response, SecretText, SetupView, SipAccountForm};
use crate::app::App;
use crate::mode::{Chosen, password_name};

/// Setting: the audio devices.
const AUDIO: &str = "audio";
/// Characters of one field of the SIP form.
const FIELD_CHARS_MAX: usize = 255;

impl App {
    /// What everybody may see of the installation, and her own devices.
    pub(super) async fn handle_setup_seen(
        &self,
        _: Authorized<right::SeeSetUp>,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::GetSetup {} => self.setup().await,
            Request::GetAudio {} => self.audio_view().await,
            Request::SetAudio { input, output, ring } => {
                self.set_audio(AudioChoice { input, output, ring }).await
            }
            other => Err(misplaced(&other)),
        }
    }

    pub(super) async fn handle_setup(
        &self,
        _: Authorized<right::ChangeConnection>,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::StartTraining {} => {
                self.choose(Chosen::Training, None).await?;
                Ok(Response::Done)
            }
            Request::LeaveMode {} => {
                self.choose(Chosen::Unset, None).await?;
                Ok(Response::Done)
            }
            Request::ConnectSip { account } => self.connect_sip(account).await,
            other => Err(misplaced(&other)),
        }
    }

    async fn setup(&self) -> Result<Response, ApiError> {
        let chosen = self.mode.lock().await.chosen.clone();
        let secrets = self.secrets.clone();
        let keychain = tokio::task::spawn_blocking(move || secrets.get("usher-probe")).await;
        let keychain_problem = match keychain {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("the system keychain did not answer".to_owned()),
        };
        Ok(Response::Setup(SetupView {
            mode: chosen.kind(),
            sip: match &chosen {
                Chosen::Sip { account } => Some(account.into()),
                Chosen::Unset | Chosen::Training => None,
            },
            keychain_problem,
            contacts: u32::try_from(self.people.len()).unwrap_or(u32::MAX),
        }))
    }

    async fn connect_sip(&self, form: SipAccountForm) -> Result<Response, ApiError> {
        let (account, password) = parse(form)?;
        if let Some(password) = &password {
            self.keep_password(&account, password).await;
        }
        self.choose(Chosen::Sip { account }, password.map(|text| text.to_secret())).await?;
        Ok(Response::Done)
    }

    /// Without a keychain the password lives until Usher ends; `SetupView::keychain_problem` says so.
    async fn keep_password(&self, account: &SipAccount, password: &SecretText) {
        let (secrets, name) = (self.secrets.clone(), password_name(account));
        let secret = password.to_secret();
        match tokio::task::spawn_blocking(move || secrets.put(&name, &secret)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the password could not be kept"),
            Err(error) => tracing::error!(%error, "the keychain's task failed"),
        }
    }

    async fn audio_view(&self) -> Result<Response, ApiError> {
        let audio = self.audio.clone();
        let devices = tokio::task::spawn_blocking(move || audio.devices()).await.unwrap_or_default();
        let choice = self.audio_choice().await?;
        Ok(Response::Audio(AudioView {
            inputs: devices.inputs,
            outputs: devices.outputs,
            input: choice.input,
            output: choice.output,
            ring: choice.ring,
            problem: self.audio.problem(),
        }))
    }

    /// The devices that were chosen; the system's defaults where none were, or the choice cannot be read.
    async fn audio_choice(&self) -> Result<AudioChoice, StoreError> {
        let stored = self.settings.get(AUDIO).await?;
        Ok(stored.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default())
    }

    /// Uses the devices that were chosen before.
    pub(crate) async fn take_up_audio(&self) -> Result<(), StoreError> {
        let choice = self.audio_choice().await?;
        if choice != AudioChoice::default() {
            self.audio.choose(choice);
        }
        Ok(())
    }

    async fn set_audio(&self, choice: AudioChoice) -> Result<Response, ApiError> {
        let json = serde_json::to_string(&choice).map_err(|error| ApiError::invalid(error.to_string()))?;
        self.settings.put(AUDIO, &json).await?;
        self.audio.choose(choice);
        Ok(Response::Done)
    }
}

/// The account as it is kept, and the password where one was typed.
fn parse(form: SipAccountForm) -> Result<(SipAccount, Option<SecretText>), ApiError> {
    let field = |name: &str, value: &str, needed: bool| {
        let value = value.trim();
        if needed && value.is_empty() {
            return Err(ApiError::invalid(format!("{name} is needed")));
        }
        if value.chars().count() > FIELD_CHARS_MAX {
            return Err(ApiError::invalid(format!("{name} is longer than {FIELD_CHARS_MAX} characters")));
        }
        if value.chars().any(|c| c.is_control() || "<>\"".contains(c)) {
            return Err(ApiError::invalid(format!("{name} holds a character that is not allowed there")));
        }
        Ok(value.to_owned())
    };
    let account = SipAccount {
        user: field("The user name", &form.user, true)?,
        auth_user: field("The authentication name", &form.auth_user, false)?,
        registrar: field("The server", &form.registrar, true)?,
        domain: field("The domain", &form.domain, false)?,
        transport: form.transport.into(),
        display_name: field("The display name", &form.display_name, false)?,
    };
    for (name, value) in [
        ("The user name", &account.user),
        ("The server", &account.registrar),
        ("The domain", &account.domain),
    ] {
        if value.chars().any(char::is_whitespace) {
            return Err(ApiError::invalid(format!("{name} must not hold spaces")));
        }
    }
    Ok((account, (!form.password.is_empty()).then_some(form.password)))
}
