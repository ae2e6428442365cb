//! Requests about messages that callers left (CALL-8): the list, listening, marking as handled, forwarding to another service.
//! Nobody removes one here: they go with the retention of calls (DATA-6).

use contracts::journal::StoreError;
use contracts::voicemails::{KeptVoicemail, VoicemailCursor, VoicemailFilter};
use engine::{Origin, PartyId, RecordingId, ServiceId, Timestamp};
use identity::{Authorized, right};

use super::sounds::heard;
use super::wire::voicemails::{VoicemailRow, VoicemailsPage};
use super::wire::{ApiError, Request, Response};
use super::{id, misplaced};
use crate::app::App;
use crate::screen::ServiceNames;

/// Rows of a page a screen may ask for.
const ROWS_MAX: u32 = 200;

impl App {
    pub(super) async fn handle_voicemails(
        &self,
        _: Authorized<right::SeePeople>,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::ListVoicemails { before, limit, handled } => {
                self.list_voicemails(before.as_deref(), limit, handled).await
            }
            Request::GetVoicemail { voicemail } => self.listen(id("voicemail", &voicemail)?).await,
            Request::SetVoicemailHandled { voicemail, handled } => {
                let marked = self.voicemails.set_handled(id("voicemail", &voicemail)?, handled).await?;
                self.voicemail_changed(marked)
            }
            Request::ForwardVoicemail { voicemail, service } => {
                let service: ServiceId = id("service", &service)?;
                let known = self.desk.look(move |switchboard| switchboard.service(service).is_some()).await?;
                if !known {
                    return Err(ApiError::new("setting.unknown", "This service was removed meanwhile."));
                }
                let forwarded = self.voicemails.forward(id("voicemail", &voicemail)?, service).await?;
                self.voicemail_changed(forwarded)
            }
            other => Err(misplaced(&other)),
        }
    }

    async fn list_voicemails(
        &self,
        before: Option<&str>,
        limit: u32,
        handled: Option<bool>,
    ) -> Result<Response, ApiError> {
        let limit = limit.clamp(1, ROWS_MAX);
        let simulated = self.simulates().await;
        let before = before.map(cursor).transpose()?;
        let filter = VoicemailFilter { before, service: None, handled, simulated };
        let found = self.voicemails.voicemails(&filter, limit).await?;
        let next = match found.last() {
            Some(last) if found.len() == limit as usize => {
                let VoicemailCursor { left, recording } = VoicemailCursor::of(&last.voicemail);
                Some(format!("{}-{recording}", left.0))
            }
            Some(_) | None => None,
        };
        let parties: Vec<PartyId> = found.iter().map(|kept| kept.voicemail.party).collect();
        self.people.fetch(parties).await?;
        let names = self.desk.look(crate::screen::service_names).await?;
        Ok(Response::Voicemails(VoicemailsPage {
            rows: found.iter().map(|kept| self.voicemail_row(kept, &names)).collect(),
            next,
            unhandled: self.voicemails.unhandled(simulated).await?,
        }))
    }

    fn voicemail_row(&self, kept: &KeptVoicemail, names: &ServiceNames) -> VoicemailRow {
        let voicemail = &kept.voicemail;
        VoicemailRow {
            id: voicemail.recording.to_string(),
            call: voicemail.call.to_string(),
            service: voicemail.service.to_string(),
            service_name: names.get(&voicemail.service).cloned(),
            caller: self.people.view(voicemail.party),
            left: voicemail.left.0,
            length_ms: voicemail.length.0,
            handled: kept.handled,
            simulated: voicemail.origin == Origin::Simulated,
        }
    }

    async fn listen(&self, recording: RecordingId) -> Result<Response, ApiError> {
        // Only what is somebody's message is handed out, whatever else was recorded.
        self.voicemails.voicemail(recording).await?.ok_or_else(unknown)?;
        match self.recordings.read(recording).await {
            Ok(Some(said)) => Ok(Response::Heard(heard(&said))),
            Ok(None) => Err(gone()),
            Err(StoreError::Damaged(why)) => {
                tracing::error!(%recording, why, "a message cannot be heard");
                Err(gone())
            }
            Err(error) => Err(error.into()),
        }
    }

    fn voicemail_changed(&self, was_there: bool) -> Result<Response, ApiError> {
        if !was_there {
            return Err(unknown());
        }
        self.voicemails_changed.notify_one();
        Ok(Response::Done)
    }

    async fn simulates(&self) -> bool {
        self.mode.lock().await.chosen.origin() == Origin::Simulated
    }

    /// Counts again what nobody has dealt with, and lets the screens ask again. Only the task that counts calls it: two at
    /// once could show the older count.
    pub(crate) async fn count_voicemails(&self) -> Result<(), StoreError> {
        let unhandled = self.voicemails.unhandled(self.simulates().await).await?;
        self.screen.set_voicemails(u32::try_from(unhandled).unwrap_or(u32::MAX));
        self.tell(super::wire::UiEvent::VoicemailsChanged);
        self.desk.show();
        Ok(())
    }
}

fn unknown() -> ApiError {
    ApiError::new("voicemail.unknown", "This message is not there any more.")
}

fn gone() -> ApiError {
    ApiError::new(
        "voicemail.gone",
        "What was said in this message cannot be read any more. Ask your administrator to restore it from a backup.",
    )
}

/// The place after a page, as a screen gives it back: `left-recording`.
fn cursor(text: &str) -> Result<VoicemailCursor, ApiError> {
    let parse = || {
        let (left, recording) = text.rsplit_once('-')?;
        Some(VoicemailCursor { left: Timestamp(left.parse().ok()?), recording: recording.parse().ok()? })
    };
    parse().ok_or_else(|| ApiError::invalid(format!("'{text}' is not the place after a page of messages")))
}
