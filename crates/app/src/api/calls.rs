//! Requests about calls and the attendant's own state: parsed, given their ids, handed to the desk.

use contracts::Address;
use engine::{
    AttendantId, CallId, Command, Origin, ServiceId, SlotNumber, Switchboard, Target, TargetKind, Unattended,
};
use identity::{Authorized, Identity, right};

use super::wire::{ApiError, ConsoleView, Destination, Request, Response, TransferMode};
use super::{id, misplaced};
use crate::app::App;
use crate::people::service_address;

/// DTMF characters in one request.
const DIGITS_MAX: usize = 32;
/// A number up to this long, all digits, is an extension of the organisation.
const EXTENSION_DIGITS_MAX: usize = 5;

impl App {
    /// Everything the console shows now.
    pub async fn console(&self) -> Result<ConsoleView, ApiError> {
        let who = self.seat.identity().ok_or_else(super::nobody_here)?;
        let (now, screen) = (self.sources.now(), self.screen.clone());
        Ok(self.desk.look(move |switchboard| screen.view(switchboard, now, &who)).await?)
    }

    pub(super) async fn handle_calls(
        &self,
        _: Authorized<right::HandleCalls>,
        who: &Identity,
        request: Request,
    ) -> Result<Response, ApiError> {
        let attendant = who.attendant();
        let command = match request {
            Request::GetConsole {} => {
                return Ok(Response::Console(Box::new(self.console().await?)));
            }
            Request::SendDigits { call, digits } => return self.send_digits(attendant, &call, &digits).await,
            Request::SetMuted { muted } => return self.set_muted(muted).await,
            Request::GetWhy { call, past } => return self.why(id("call", &call)?, past).await,
            Request::GetPreflight { services } => return self.preflight(&services).await,
            Request::Accept { offer } => Command::Accept { attendant, offer: id("offer", &offer)? },
            Request::Decline { offer } => Command::Decline { attendant, offer: id("offer", &offer)? },
            Request::Pick { call } => Command::Pick { attendant, call: id("call", &call)? },
            Request::HangUp { call } => Command::HangUp { attendant, call: id("call", &call)? },
            Request::Hold { call } => Command::Hold { attendant, call: id("call", &call)? },
            Request::Retrieve { call } => Command::Retrieve { attendant, call: id("call", &call)? },
            Request::Park { call, slot } => {
                Command::Park { attendant, call: id("call", &call)?, slot: slot.map(SlotNumber) }
            }
            Request::Unpark { slot } => Command::Unpark { attendant, slot: SlotNumber(slot) },
            Request::Transfer { call, mode, to } => Command::Transfer {
                attendant,
                call: id("call", &call)?,
                transfer: self.sources.transfer(),
                mode: match mode {
                    TransferMode::Blind => Unattended::Blind,
                    TransferMode::Safe => Unattended::Safe,
                },
                target: match to.service {
                    Some(service) => self.service_target(id("service", &service)?).await?,
                    None => self.target(&to).await?,
                },
            },
            Request::Consult { call, to } => Command::Consult {
                attendant,
                call: id("call", &call)?,
                transfer: self.sources.transfer(),
                target: self.target(&to).await?,
            },
            Request::Swap { transfer } => Command::Swap { attendant, transfer: id("transfer", &transfer)? },
            Request::Conference { transfer } => {
                Command::Conference { attendant, transfer: id("transfer", &transfer)? }
            }
            Request::CompleteTransfer { transfer } => {
                Command::CompleteTransfer { attendant, transfer: id("transfer", &transfer)? }
            }
            Request::CancelTransfer { transfer } => {
                Command::CancelTransfer { attendant, transfer: id("transfer", &transfer)? }
            }
            Request::PlaceCall { to, service } => Command::PlaceCall {
                attendant,
                call: self.sources.call(),
                service: service.map(|service| id("service", &service)).transpose()?,
                target: self.target(&to).await?,
                origin: self.connected_origin().await?,
            },
            Request::SetDuty { on_duty } => Command::SetDuty { attendant, on_duty },
            Request::SetPresence { presence } => {
                Command::SetPresence { attendant, presence: presence.into() }
            }
            Request::SetNotAvailable { reason } => {
                Command::SetNotAvailable { attendant, reason: reason.map(Into::into) }
            }
            Request::SetServing { service, serving } => {
                Command::SetServing { attendant, service: id("service", &service)?, serving }
            }
            Request::ClearRona {} => Command::ClearRona { attendant },
            Request::EndAcw {} => Command::EndAcw { attendant },
            Request::ExtendAcw {} => Command::ExtendAcw { attendant },
            other => return Err(misplaced(&other)),
        };
        self.desk.act(command).await?;
        Ok(Response::Done)
    }

    /// Whose number that is, and whether putting a caller through to it is internal.
    pub(super) async fn target(&self, to: &Destination) -> Result<Target, ApiError> {
        if to.service.is_some() {
            return Err(ApiError::new(
                "address.invalid",
                "A service has no telephone of its own to call: transfer the caller to it.",
            ));
        }
        let address = Address::parse(&to.address).map_err(|error| {
            ApiError::new("address.invalid", format!("'{}' cannot be called: {error}.", to.address))
        })?;
        let named = to.contact.as_ref().and_then(|contact| contact.parse().ok());
        let named = match named {
            Some(contact) => self.people.contact(contact).await?,
            None => None,
        };
        let contact = match named {
            Some(person) => Some(person.contact),
            None => match self.people.who_is(&address).await?.and_then(|behind| behind.contact) {
                Some(contact) => self.people.contact(contact).await?.map(|person| person.contact),
                None => None,
            },
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

    /// The service as a party of its own, so that the transfer history counts it like any other target.
    pub(crate) async fn service_target(&self, service: ServiceId) -> Result<Target, ApiError> {
        let named = move |board: &Switchboard| board.service(service).map(|service| service.name.clone());
        let name = self.desk.look(named).await?.ok_or_else(|| {
            ApiError::new("setting.unknown", "This service is no longer there. Choose another one.")
        })?;
        let party = self.people.party_of(Some(&service_address(service)), Some(&name)).await?;
        Ok(Target { party, kind: TargetKind::Service(service) })
    }

    async fn connected_origin(&self) -> Result<Origin, ApiError> {
        self.telephone.get()?;
        Ok(self.mode.lock().await.chosen.origin())
    }

    async fn send_digits(
        &self,
        attendant: AttendantId,
        call: &str,
        digits: &str,
    ) -> Result<Response, ApiError> {
        let call: CallId = id("call", call)?;
        let valid = (1..=DIGITS_MAX).contains(&digits.chars().count())
            && digits.chars().all(|digit| matches!(digit, '0'..='9' | '*' | '#' | 'A'..='D'));
        if !valid {
            return Err(ApiError::invalid(format!("digits are 1 to {DIGITS_MAX} of 0-9 * # A-D")));
        }
        let leg = self
            .desk
            .look(move |switchboard| crate::screen::leg_in_conversation(switchboard, attendant, call))
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
