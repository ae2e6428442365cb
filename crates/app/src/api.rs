//! The one door: who asks, may they, then act. Every host and every screen comes in here, with one envelope.

mod calls;
mod error;
mod names;
mod people;
mod protection;
mod secret_text;
mod setup;
pub mod wire;

pub use error::CODES;

use identity::Action;
use wire::{ApiError, Request, Response};

use crate::app::App;

/// Requests larger than this are refused before they are read: an address book of 32 MiB in base64, and its envelope.
pub const REQUEST_BYTES_MAX: usize = 44 * 1024 * 1024;

impl App {
    /// Does what a screen asks.
    pub async fn handle(&self, request: Request) -> Result<Response, ApiError> {
        let action = action_of(&request);
        let authorized = identity::authorize(&self.identity, action).map_err(|refused| {
            tracing::warn!(%refused, "a request was refused");
            ApiError::new("request.forbidden", refused.to_string())
        })?;
        match action {
            Action::HandleCalls => self.handle_calls(authorized, request).await,
            Action::SeePeople | Action::ImportContacts => self.handle_people(authorized, request).await,
            Action::ChangeConnection => self.handle_setup(authorized, request).await,
            Action::SeeProtection => self.handle_protection_seen(authorized, request).await,
            Action::ChangeProtection => self.handle_protection(authorized, request).await,
        }
    }
}

/// Reads an envelope: `{"cmd": …, "payload": …}`.
pub fn read(envelope: &str) -> Result<Request, ApiError> {
    serde_json::from_str(envelope)
        .map_err(|error| ApiError::invalid(format!("the request is not understood: {error}")))
}

/// Writes an answer for the envelope it answers.
pub fn write(response: &Response) -> Result<String, ApiError> {
    serde_json::to_string(response).map_err(|error| {
        tracing::error!(%error, "an answer could not be written");
        ApiError::new("internal", "The answer could not be written. Please report what you did.")
    })
}

/// What must be allowed for a request. One row each: a new request does not compile until it has one.
fn action_of(request: &Request) -> Action {
    match request {
        Request::GetConsole {}
        | Request::Accept { .. }
        | Request::Decline { .. }
        | Request::Pick { .. }
        | Request::HangUp { .. }
        | Request::Hold { .. }
        | Request::Retrieve { .. }
        | Request::Park { .. }
        | Request::Unpark { .. }
        | Request::Transfer { .. }
        | Request::Consult { .. }
        | Request::Swap { .. }
        | Request::Conference { .. }
        | Request::CompleteTransfer { .. }
        | Request::CancelTransfer { .. }
        | Request::PlaceCall { .. }
        | Request::SendDigits { .. }
        | Request::SetMuted { .. }
        | Request::SetDuty { .. }
        | Request::SetPresence { .. }
        | Request::SetNotAvailable { .. }
        | Request::SetServing { .. }
        | Request::ClearRona {}
        | Request::EndAcw {}
        | Request::ExtendAcw {} => Action::HandleCalls,
        Request::SearchContacts { .. }
        | Request::GetContact { .. }
        | Request::GetCallerCard { .. }
        | Request::GetHistory { .. } => Action::SeePeople,
        Request::ImportContacts { .. } => Action::ImportContacts,
        Request::GetSetup {}
        | Request::StartTraining {}
        | Request::ConnectSip { .. }
        | Request::LeaveMode {}
        | Request::GetAudio {}
        | Request::SetAudio { .. }
        | Request::SetWaiting { .. } => Action::ChangeConnection,
        Request::GetProtection {}
        | Request::GetLock {}
        | Request::RetryUnlock {}
        | Request::UnlockWithRecovery { .. } => Action::SeeProtection,
        Request::ShowRecoveryKey {}
        | Request::ConfirmRecoveryKey { .. }
        | Request::RenewRecoveryKey {}
        | Request::KeepRecoveryKey {}
        | Request::RotateDataKey {}
        | Request::RenewKeychainKey {}
        | Request::GetJurisdictions {}
        | Request::SetBackup { .. }
        | Request::BackUpNow {}
        | Request::CancelBackup {}
        | Request::GetRestorePoints {} => Action::ChangeProtection,
    }
}

/// A request that came to the wrong part: a slip in `action_of`, not of the screen.
fn misplaced(request: &Request) -> ApiError {
    tracing::error!(?request, "a request was handed to the wrong part of the door");
    ApiError::new("internal", "Usher did not know what to do. Please report what you did.")
}

/// Reads an id as it crosses the wire.
fn id<T: std::str::FromStr>(what: &str, text: &str) -> Result<T, ApiError> {
    text.parse().map_err(|_| ApiError::invalid(format!("'{text}' is not the id of a {what}")))
}
