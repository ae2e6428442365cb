//! The one door: who asks, may they, is it written down, then act. Every host and every screen comes in here, with one envelope.

mod administration;
mod board;
mod calls;
mod changes;
mod contacts;
mod error;
mod exports;
mod feed;
mod foretelling;
mod gate;
mod hours;
pub(crate) mod importing;
mod lines;
mod names;
mod numbers;
pub(crate) mod past_calls;
mod people;
mod protection;
mod reports;
mod secret_text;
mod services;
mod session;
mod setup;
mod sounds;
mod sources;
pub(crate) mod staffing;
mod subjects;
mod voicemails;
mod why;
pub mod wire;
mod workflows;

pub use error::CODES;
pub use why::decided;

pub(crate) use administration::{SIGN_IN, grant_view, issuer_name};

use contracts::access_log::{Actor, Entry, Kind, Outcome, Word};
use contracts::changes::ChangeId;
use gate::{Gate, Part, row_of};
use identity::Identity;
use wire::{ApiError, Request, Response};

use crate::app::App;
use crate::seat::Sitting;

/// Requests larger than this are refused before they are read: an address book of 32 MiB in base64, and its envelope.
pub const REQUEST_BYTES_MAX: usize = 44 * 1024 * 1024;

impl App {
    /// Does what a screen asks, if somebody sits there who may.
    pub async fn handle(&self, request: Request) -> Result<Response, ApiError> {
        let part = row_of(&request).part;
        if part == Part::Session {
            return self.handle_session(request).await;
        }
        if matches!(request, Request::GetLock {}) {
            // Whoever gets here finds the data open: nothing of it is told.
            return Ok(Response::Lock(None));
        }
        let who = match self.seat.sitting() {
            Sitting::Here(who) => who,
            Sitting::Refused { why, .. } => return Err(self.nobody(&request, why.into())),
            Sitting::Empty => {
                return Err(self.nobody(&request, nobody_here()));
            }
        };
        self.handle_as(&who, request, None).await
    }

    /// Does what somebody asks who sits here. `undoes`: the change of settings that it takes back.
    async fn handle_as(
        &self,
        who: &Identity,
        request: Request,
        undoes: Option<ChangeId>,
    ) -> Result<Response, ApiError> {
        let gate = Gate::new(self, who, &request);
        // Does what is noted in the history of changes.
        macro_rules! noting {
            ($handle:ident $(, $more:expr)?) => {{
                let may = gate.pass().await?;
                self.noting(who, request, undoes, async |request| self.$handle(may, request $(, $more)?).await).await
            }};
        }
        match row_of(&request).part {
            Part::Session => self.handle_session(request).await,
            Part::Calls => self.handle_calls(gate.pass().await?, who, request).await,
            Part::People => self.handle_people(gate.pass().await?, who, request).await,
            Part::Personal => self.handle_personal(gate.pass().await?, who, request).await,
            Part::Subjects => self.handle_subjects(gate.pass().await?, request).await,
            Part::Retention => self.handle_retention(gate.pass().await?, request).await,
            Part::NumbersSeen => self.handle_numbers_seen(gate.pass().await?, request).await,
            Part::Listing => self.handle_listing(gate.pass().await?, who, request).await,
            Part::HomeCountry => self.handle_home_country(gate.pass().await?, request).await,
            Part::Voicemails => self.handle_voicemails(gate.pass().await?, request).await,
            Part::SetupSeen => self.handle_setup_seen(gate.pass().await?, request).await,
            Part::SoundsHeard => self.handle_sounds_heard(gate.pass().await?, request).await,
            Part::HoursSeen => self.handle_hours_seen(gate.pass().await?, request).await,
            Part::ServicesSeen => self.handle_services_seen(gate.pass().await?, request).await,
            Part::Reports => self.handle_reports(gate.pass().await?, who, request).await,
            Part::Board => self.handle_board(gate.pass().await?, who, request).await,
            Part::BoardRules => self.handle_board_rules(gate.pass().await?, request).await,
            Part::Supervision => self.handle_supervision(gate.pass().await?, request).await,
            Part::Schedules => self.handle_schedules(gate.pass().await?, request).await,
            Part::FeedSeen => self.handle_feed_seen(gate.pass().await?, request).await,
            Part::Feed => self.handle_feed(gate.pass().await?, who, request).await,
            Part::Staffing => self.handle_staffing(gate.pass().await?, request).await,
            Part::ProtectionSeen => self.handle_protection_seen(gate.pass().await?, request).await,
            Part::Protection => self.handle_protection(gate.pass().await?, request).await,
            Part::Rights => self.handle_rights(gate.pass().await?, request).await,
            Part::SignInSeen => self.handle_sign_in_seen(gate.pass().await?, request).await,
            Part::UsersSeen => self.handle_users_seen(gate.pass().await?, request).await,
            Part::Sync => self.handle_sync(gate.pass().await?, request).await,
            Part::Changes => self.handle_changes(gate.pass().await?, who, request).await,
            Part::Import => noting!(handle_import),
            Part::PastCalls => self.handle_past_calls(gate.pass().await?, request).await,
            Part::SourcesSeen => self.handle_sources_seen(gate.pass().await?, who, request).await,
            Part::Sources => noting!(handle_sources),
            Part::Setup => noting!(handle_setup),
            Part::Sounds => noting!(handle_sounds),
            Part::Hours => noting!(handle_hours),
            Part::Services => noting!(handle_services, undoes),
            Part::Skills => noting!(handle_skills, undoes),
            Part::SignIn => noting!(handle_sign_in),
            Part::Users => noting!(handle_users),
        }
    }

    /// Nobody who may come in asked for something: the log hears of it.
    fn nobody(&self, request: &Request, error: ApiError) -> ApiError {
        let code = Word::parse(&error.code).unwrap_or(Word::of("access.nobody"));
        let name = Word::of(row_of(request).name);
        self.book.count(Entry::once(
            self.sources.now(),
            Actor::Local,
            Kind::Access,
            name,
            Outcome::Refused(code),
        ));
        error
    }
}

/// Nobody sits here.
fn nobody_here() -> ApiError {
    ApiError::new("access.nobody", "Nobody is signed in here. Sign in with your work account.")
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

/// A request that came to the wrong part: a slip in `action_of`, not of the screen.
fn misplaced(request: &Request) -> ApiError {
    tracing::error!(?request, "a request was handed to the wrong part of the door");
    ApiError::new("internal", "Usher did not know what to do. Please report what you did.")
}

/// Reads an id as it crosses the wire.
fn id<T: std::str::FromStr>(what: &str, text: &str) -> Result<T, ApiError> {
    text.parse().map_err(|_| ApiError::invalid(format!("'{text}' is not the id of a {what}")))
}
