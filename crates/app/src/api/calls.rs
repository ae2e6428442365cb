//! Requests about calls and the attendant's own state: parsed, given their ids, handed to the desk.

use contracts::Address;
use directory::WhoIs;
use engine::{CallId, Command, Origin, SlotNumber, Target, TargetKind, Unattended};
use identity::Authorized;

use super::wire::{ApiError, ConsoleView, Destination, Request, Response, TransferMode};
use super::{id, misplaced};
use crate::app::{App, ME};

/// DTMF characters in one request.
const DIGITS_MAX: usize = 32;
/// A number up to this long, all digits, is an extension of the organisation.
const EXTENSION_DIGITS_MAX: usize = 5;

impl App {
    /// Everything the console shows now.
    pub async fn console(&self) -> Result<ConsoleView, ApiError> {
        let now = self.sources.now();
        let screen = self.screen.clone();
        Ok(self.desk.look(move |switchboard| screen.view(switchboard, now)).await?)
    }

    pub(super) async fn handle_calls(&self, _: Authorized, request: Request) -> Result<Response, ApiError> {
        let command = match request {
            Request::GetConsole {} => {
                return Ok(Response::Console(Box::new(self.console().await?)));
            }
            Request::SendDigits { call, digits } => return self.send_digits(&call, &digits).await,
            Request::SetMuted { muted } => return self.set_muted(muted).await,
            Request::Accept { offer } => Command::Accept { attendant: ME, offer: id("offer", &offer)? },
            Request::Decline { offer } => Command::Decline { attendant: ME, offer: id("offer", &offer)? },
            Request::Pick { call } => Command::Pick { attendant: ME, call: id("call", &call)? },
            Request::HangUp { call } => Command::HangUp { attendant: ME, call: id("call", &call)? },
            Request::Hold { call } => Command::Hold { attendant: ME, call: id("call", &call)? },
            Request::Retrieve { call } => Command::Retrieve { attendant: ME, call: id("call", &call)? },
            Request::Park { call, slot } => {
                Command::Park { attendant: ME, call: id("call", &call)?, slot: slot.map(SlotNumber) }
            }
            Request::Unpark { slot } => Command::Unpark { attendant: ME, slot: SlotNumber(slot) },
            Request::Transfer { call, mode, to } => Command::Transfer {
                attendant: ME,
                call: id("call", &call)?,
                transfer: self.sources.transfer(),
                mode: match mode {
                    TransferMode::Blind => Unattended::Blind,
                    TransferMode::Safe => Unattended::Safe,
                },
                target: self.target(&to).await?,
            },
            Request::Consult { call, to } => Command::Consult {
                attendant: ME,
                call: id("call", &call)?,
                transfer: self.sources.transfer(),
                target: self.target(&to).await?,
            },
            Request::Swap { transfer } => {
                Command::Swap { attendant: ME, transfer: id("transfer", &transfer)? }
            }
            Request::Conference { transfer } => {
                Command::Conference { attendant: ME, transfer: id("transfer", &transfer)? }
            }
            Request::CompleteTransfer { transfer } => {
                Command::CompleteTransfer { attendant: ME, transfer: id("transfer", &transfer)? }
            }
            Request::CancelTransfer { transfer } => {
                Command::CancelTransfer { attendant: ME, transfer: id("transfer", &transfer)? }
            }
            Request::PlaceCall { to, service } => Command::PlaceCall {
                attendant: ME,
                call: self.sources.call(),
                service: service.map(|service| id("service", &service)).transpose()?,
                target: self.target(&to).await?,
                origin: self.connected_origin().await?,
            },
            Request::SetDuty { on_duty } => Command::SetDuty { attendant: ME, on_duty },
            Request::SetPresence { presence } => {
                Command::SetPresence { attendant: ME, presence: presence.into() }
            }
            Request::SetNotAvailable { reason } => {
                Command::SetNotAvailable { attendant: ME, reason: reason.map(Into::into) }
            }
            Request::SetServing { service, serving } => {
                Command::SetServing { attendant: ME, service: id("service", &service)?, serving }
            }
            Request::ClearRona {} => Command::ClearRona { attendant: ME },
            Request::EndAcw {} => Command::EndAcw { attendant: ME },
            Request::ExtendAcw {} => Command::ExtendAcw { attendant: ME },
            other => return Err(misplaced(&other)),
        };
        self.desk.act(command).await?;
        Ok(Response::Done)
    }

    /// Whose number that is, and whether putting a caller through to it is internal.
    async fn target(&self, to: &Destination) -> Result<Target, ApiError> {
        let address = Address::parse(&to.address).map_err(|error| {
            ApiError::new("address.invalid", format!("'{}' cannot be called: {error}.", to.address))
        })?;
        let directory = self.people.directory();
        let named = to.contact.as_ref().and_then(|contact| contact.parse().ok());
        let contact = match (named.and_then(|contact| directory.contact(contact)), directory.who_is(&address))
        {
            (Some(contact), _) | (None, Some(WhoIs::Contact(contact))) => Some(contact),
            (None, Some(WhoIs::Company(_)) | None) => None,
        };
        let extension = address.host().is_none()
            && address.as_str().len() <= EXTENSION_DIGITS_MAX
            && address.as_str().chars().all(|c| c.is_ascii_digit());
        let kind = match contact {
            _ if to.voicemail => TargetKind::Voicemail,
            Some(contact) if contact.internal => TargetKind::User,
            Some(_) | None if extension => TargetKind::User,
            Some(_) | None => TargetKind::Outside,
        };
        Ok(Target { party: self.people.party_of(Some(&address), None).await?, kind })
    }

    async fn connected_origin(&self) -> Result<Origin, ApiError> {
        self.telephone.get()?;
        Ok(self.mode.lock().await.chosen.origin())
    }

    async fn send_digits(&self, call: &str, digits: &str) -> Result<Response, ApiError> {
        let call: CallId = id("call", call)?;
        let valid = (1..=DIGITS_MAX).contains(&digits.chars().count())
            && digits.chars().all(|digit| matches!(digit, '0'..='9' | '*' | '#' | 'A'..='D'));
        if !valid {
            return Err(ApiError::invalid(format!("digits are 1 to {DIGITS_MAX} of 0-9 * # A-D")));
        }
        let leg = self
            .desk
            .look(move |switchboard| crate::screen::leg_in_conversation(switchboard, ME, call))
            .await?;
        let Some(leg) = leg else {
            return Err(ApiError::new("call.wrong-state", "Digits can be sent only in a conversation."));
        };
        self.telephone.get()?.send_digits(leg, digits).await?;
        Ok(Response::Done)
    }

    async fn set_muted(&self, muted: bool) -> Result<Response, ApiError> {
        self.telephone.get()?.set_muted(muted).await?;
        self.screen.set_muted(muted);
        self.desk.show();
        Ok(Response::Done)
    }
}
