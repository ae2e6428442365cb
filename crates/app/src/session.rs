//! Who comes and goes at this console (ID-1, ID-4, ID-6): what the issuer says of somebody and what the tenant knows of her make
//! the one who sits here, or say why nobody does. Who leaves is off duty, and a leaver's callers go back to their queue. Neither
//! speaks to an issuer nor says what a role may do.

use std::sync::Arc;

use contracts::access_log::{AccessLog, Actor, Entry, Kind as Logged, Outcome, SubjectNames, Word};
use contracts::journal::StoreError;
use contracts::roster::{Claim, Person, Profile, Roster, RosterError, Standing};
use contracts::settings::SettingsStore;
use contracts::sign_in::{
    FactKind, SignInFact, SignInProblem, SignInSettings, SignInState, SignedIn, Subject,
};
use engine::call::CallState;
use engine::{AttendantId, CallId, Command, ServiceId, Switchboard, Target, Unattended};
use identity::{Identity, Kind};

use crate::api::SIGN_IN;
use crate::api::wire::{
    ApiError, DeviceCodeView, GrantView, MayView, ProblemView, SessionPersonView, SessionState, SessionView,
    UiEvent,
};
use crate::app::App;
use crate::seat::{Sitting, attendant_names};

/// Why somebody the issuer knows is not let in, with what to do.
const NO_LICENCE: (&str, &str) = (
    "access.no-licence",
    "You have no licence for Usher. Ask an administrator for one; this page goes on by itself once you have it.",
);
const DISABLED: (&str, &str) =
    ("access.disabled", "Your account is disabled in your organisation's directory. Ask its administrators.");
const BLOCKED: (&str, &str) =
    ("access.blocked", "An administrator of Usher has blocked you. Ask why, and to be let in again.");
const GONE: (&str, &str) =
    ("access.gone", "You are not a user of this organisation any more. Ask its administrators.");
const OTHER_TENANT: (&str, &str) = (
    "access.other-tenant",
    "This console belongs to another organisation. Sign in with an account of that one, or use another console.",
);
const STORE: (&str, &str) = (
    "store.unavailable",
    "Usher cannot read or write its database. Check that the disk is not full, then try again.",
);

/// How people sign in, as it was kept; for whoever speaks to the issuer, at the start.
pub async fn sign_in_settings(settings: &dyn SettingsStore) -> Result<Option<SignInSettings>, StoreError> {
    match settings.get(SIGN_IN).await? {
        Some(json) => serde_json::from_str(&json)
            .map_err(|error| StoreError::Damaged(format!("the setting '{SIGN_IN}': {error}"))),
        None => Ok(None),
    }
}

/// What happened at the issuer's door, as the access log tells it.
pub async fn entry_of(fact: &SignInFact, roster: &dyn Roster, log: &dyn AccessLog) -> Entry {
    let actor = match &fact.subject {
        Some(subject) => actor_of(subject, roster, log).await,
        None => Actor::Local,
    };
    let kind = match fact.kind {
        FactKind::Begun
        | FactKind::Succeeded
        | FactKind::Refused
        | FactKind::StrangeAnswer
        | FactKind::SignedOut
        | FactKind::Ended => Logged::SignIn,
        FactKind::TokenRefreshed
        | FactKind::TokenRefused
        | FactKind::CredentialStored
        | FactKind::CredentialRemoved
        | FactKind::CredentialFailed => Logged::Credential,
    };
    let outcome = match fact.code.map(Word::parse) {
        Some(Ok(code)) => Outcome::Refused(code),
        Some(Err(_)) => Outcome::Refused(Word::of("sign-in.refused")),
        None => Outcome::Done,
    };
    Entry::once(fact.at, actor, kind, Word::of(fact.kind.id()), outcome)
}

/// A person of the tenant by her id, anybody else by a pseudonym.
async fn actor_of(subject: &Subject, roster: &dyn Roster, log: &dyn AccessLog) -> Actor {
    match roster.standing(subject).await {
        Ok(Some(standing)) => Actor::Person(standing.person.id),
        Ok(None) | Err(_) => {
            let names = SubjectNames { tenant: &subject.tenant, object: &subject.object };
            Actor::Stranger(log.stranger(names))
        }
    }
}

/// What keeps somebody out.
struct KeptOut {
    why: SignInProblem,
    /// Her sign-in ends with it: she has left.
    ends: bool,
}

impl KeptOut {
    fn for_now((code, message): (&'static str, &str)) -> KeptOut {
        KeptOut { why: SignInProblem { code, message: message.to_owned() }, ends: false }
    }

    fn for_good(words: (&'static str, &str)) -> KeptOut {
        KeptOut { ends: true, ..KeptOut::for_now(words) }
    }
}

impl App {
    /// Follows the issuer and the tenant's people until told to stop.
    pub(crate) async fn keep_seating(&self) {
        let (mut signed_in, mut people) = (self.sign_in.state(), self.roster.revision());
        loop {
            let (told, are_people) = tokio::select! {
                () = self.stop.cancelled() => return,
                told = signed_in.changed() => (told, false),
                told = people.changed() => (told, true),
            };
            if told.is_err() {
                return;
            }
            self.settle().await;
            // By hand or by the directory.
            if are_people {
                self.tell(UiEvent::UsersChanged);
            }
        }
    }

    /// Lets whoever should sit here sit down, and everybody else stand up.
    pub(crate) async fn settle(&self) {
        let _one = self.settling.lock().await;
        let state = self.sign_in.state().borrow().clone();
        let sitting = match (&state, state.who()) {
            (SignInState::NotSetUp, _) => Sitting::Here(self.local.clone()),
            (_, Some(who)) => match self.admit(who).await {
                Ok(identity) => Sitting::Here(Arc::new(identity)),
                Err(kept_out) => {
                    let refused = Sitting::Refused {
                        name: who.name.clone(),
                        account: who.username.clone(),
                        why: kept_out.why.clone(),
                    };
                    self.note_kept_out(&who.subject, &kept_out.why).await;
                    if kept_out.ends {
                        self.sign_in.end(kept_out.why).await;
                    }
                    refused
                }
            },
            (
                SignInState::SignedOut { .. } | SignInState::Underway { .. } | SignInState::SignedIn { .. },
                None,
            ) => Sitting::Empty,
        };
        match attendant_names(self.roster.as_ref(), &self.local).await {
            Ok(names) => self.seat.call(names),
            Err(error) => tracing::warn!(%error, "the names of attendants could not be read"),
        }
        let now = match &sitting {
            Sitting::Here(identity) => Some(identity.attendant()),
            Sitting::Refused { .. } | Sitting::Empty => None,
        };
        if let Some(attendant) = now
            && let Err(error) = self.seat_at_desk(attendant).await
        {
            tracing::error!(code = error.code, "somebody who signed in could not be put at the desk");
        }
        let before = self.seat.take(sitting);
        self.board.look_again();
        if let Err(error) = self.send_home(&before, now).await {
            tracing::error!(code = error.code, "whoever left could not be taken off duty");
        }
        self.tell_session();
        self.desk.show();
    }

    /// May she come in?
    async fn admit(&self, who: &SignedIn) -> Result<Identity, KeptOut> {
        let standing = self.standing_of(who).await.map_err(|error| match error {
            RosterError::Refused(_) => KeptOut::for_now(OTHER_TENANT),
            RosterError::Store(error) => {
                tracing::error!(%error, "who signed in could not be looked up");
                KeptOut::for_now(STORE)
            }
        })?;
        let Some(standing) = standing else { return Err(KeptOut::for_now(OTHER_TENANT)) };
        if !standing.may_enter() {
            return Err(kept_out(&standing.person, standing.enabled));
        }
        let looked_up = async {
            let attendant = self.roster.attendant_of(standing.person.id).await?;
            Ok::<_, RosterError>((attendant, self.roster.units().await?))
        };
        let (attendant, units) = looked_up.await.map_err(|error| {
            tracing::error!(%error, "who signed in got no place at the desk");
            KeptOut::for_now(STORE)
        })?;
        Ok(Identity::of(&standing, attendant, &units))
    }

    /// How she stands, known from now on. The first who ever signs in becomes the administrator.
    async fn standing_of(&self, who: &SignedIn) -> Result<Option<Standing>, RosterError> {
        let profile = Profile {
            display_name: who.name.clone(),
            first_name: String::new(),
            last_name: String::new(),
            email: who.email.clone().unwrap_or_default(),
            username: who.username.clone(),
        };
        match self.roster.claim_first(&who.subject, &profile).await? {
            Claim::First(person) => {
                let entry = Entry::once(
                    self.sources.now(),
                    Actor::Person(person.id),
                    Logged::Administration,
                    Word::of("first-administrator"),
                    Outcome::Done,
                );
                self.book.note(entry.privileged());
            }
            Claim::Taken => {
                self.roster.met(&who.subject, &profile).await?;
            }
        }
        Ok(self.roster.standing(&who.subject).await?)
    }

    async fn seat_at_desk(&self, attendant: AttendantId) -> Result<(), ApiError> {
        let known = self.desk.look(move |board| board.attendant(attendant).is_some()).await?;
        if !known {
            self.desk.act(Command::PutAttendant(attendant)).await?;
        }
        Ok(())
    }

    /// Nobody is on duty here who does not sit here. Callers of somebody who was sent away go back to their queue: she must not
    /// go on with them, and they must not be lost.
    async fn send_home(&self, before: &Sitting, now: Option<AttendantId>) -> Result<(), ApiError> {
        let left = match before {
            Sitting::Here(identity) if Some(identity.attendant()) != now => Some(identity.clone()),
            Sitting::Here(_) | Sitting::Refused { .. } | Sitting::Empty => None,
        };
        let on_duty = move |board: &Switchboard| {
            let others = board.attendants().filter(|it| it.on_duty && Some(it.id) != now);
            others.map(|it| it.id).collect::<Vec<_>>()
        };
        for attendant in self.desk.look(on_duty).await? {
            self.desk.act(Command::SetDuty { attendant, on_duty: false }).await?;
        }
        let Some(left) = left else { return Ok(()) };
        let attendant = left.attendant();
        for (call, service) in self.desk.look(move |board| calls_of(board, attendant)).await? {
            let given_back = match service {
                Some(service) => self.give_back(attendant, call, service).await,
                None => {
                    self.desk.act(Command::HangUp { attendant, call }).await.map(drop).map_err(Into::into)
                }
            };
            if let Err(error) = given_back {
                tracing::warn!(code = error.code, %call, "a call of somebody who left stays as it is");
            }
        }
        Ok(())
    }

    async fn give_back(
        &self,
        attendant: AttendantId,
        call: CallId,
        service: ServiceId,
    ) -> Result<(), ApiError> {
        let target: Target = self.service_target(service).await?;
        let transfer = self.sources.transfer();
        self.desk
            .act(Command::Transfer { attendant, call, transfer, mode: Unattended::Blind, target })
            .await?;
        Ok(())
    }

    /// Whether somebody who sits here has calls in hand.
    pub(crate) async fn has_calls(&self, attendant: AttendantId) -> Result<bool, ApiError> {
        Ok(!self.desk.look(move |board| calls_of(board, attendant)).await?.is_empty())
    }

    async fn note_kept_out(&self, subject: &Subject, why: &SignInProblem) {
        let actor = actor_of(subject, self.roster.as_ref(), self.book.log()).await;
        let code = Word::parse(why.code).unwrap_or(Word::of("access.refused"));
        let entry =
            Entry::once(self.sources.now(), actor, Logged::Access, Word::of("enter"), Outcome::Refused(code));
        self.book.note(entry);
    }

    /// Writes down what happened at the issuer's door.
    pub(crate) async fn keep_noting_facts(
        &self,
        mut facts: tokio::sync::mpsc::UnboundedReceiver<SignInFact>,
    ) {
        loop {
            let fact = tokio::select! {
                () = self.stop.cancelled() => return,
                fact = facts.recv() => fact,
            };
            let Some(fact) = fact else { return };
            self.book.note(entry_of(&fact, self.roster.as_ref(), self.book.log()).await);
        }
    }

    /// What the screens show of who is here.
    pub(crate) fn session(&self) -> SessionView {
        let state = self.sign_in.state().borrow().clone();
        let sitting = self.seat.sitting();
        let (link, code) = match &state {
            SignInState::Underway { link, code, .. } => (
                Some(link.clone()),
                code.as_ref().map(|it| DeviceCodeView {
                    code: it.user_code.clone(),
                    address: it.verification_uri.clone(),
                }),
            ),
            SignInState::NotSetUp | SignInState::SignedOut { .. } | SignInState::SignedIn { .. } => {
                (None, None)
            }
        };
        let offline_since = match &state {
            SignInState::SignedIn { offline_since, .. } => offline_since.map(|since| since.0),
            SignInState::NotSetUp | SignInState::SignedOut { .. } | SignInState::Underway { .. } => None,
        };
        let problem = match (&sitting, &state) {
            (Sitting::Refused { why, .. }, _) => Some(why),
            (Sitting::Empty, SignInState::SignedOut { why }) => why.as_ref(),
            (Sitting::Here(_) | Sitting::Empty, _) => None,
        };
        let (shown, person, may) = match &sitting {
            Sitting::Here(identity) => (
                match identity.kind() {
                    Kind::LocalUser => SessionState::Local,
                    Kind::SignedIn(_) => SessionState::SignedIn,
                },
                Some(person(identity)),
                may(identity),
            ),
            Sitting::Refused { name, account, .. } => {
                let person = SessionPersonView {
                    id: None,
                    name: name.clone(),
                    username: account.clone(),
                    roles: Vec::new(),
                };
                (SessionState::Refused, Some(person), Vec::new())
            }
            Sitting::Empty => {
                let shown = match state {
                    SignInState::SignedOut { .. } | SignInState::NotSetUp => SessionState::SignedOut,
                    SignInState::Underway { .. } | SignInState::SignedIn { .. } => SessionState::Underway,
                };
                (shown, None, Vec::new())
            }
        };
        let step_up = matches!((&sitting, &state), (Sitting::Here(_), SignInState::Underway { .. }));
        SessionView {
            state: shown,
            person,
            problem: problem.map(problem_view),
            link,
            code,
            offline_since,
            step_up,
            issuer: self.sign_in.settings().map(|settings| crate::api::issuer_name(&settings.issuer)),
            may,
        }
    }

    /// Tells the screens who is here.
    pub(crate) fn tell_session(&self) {
        // Also those who are not here hear this.
        self.send(UiEvent::Session(Box::new(self.session())));
    }
}

fn kept_out(person: &Person, enabled: bool) -> KeptOut {
    if person.gone.is_some() {
        KeptOut::for_good(GONE)
    } else if person.blocked {
        KeptOut::for_good(BLOCKED)
    } else if !enabled {
        KeptOut::for_good(DISABLED)
    } else {
        KeptOut::for_now(NO_LICENCE)
    }
}

/// The calls an attendant has in hand, with the services they came for.
fn calls_of(board: &Switchboard, attendant: AttendantId) -> Vec<(CallId, Option<ServiceId>)> {
    let in_hand = |call: &&engine::call::Call| match &call.state {
        CallState::Dialing { .. }
        | CallState::Active { .. }
        | CallState::Held(_)
        | CallState::Consulting { .. } => true,
        CallState::InWorkflow(_)
        | CallState::Waiting(_)
        | CallState::Parked(_)
        | CallState::Leaving { .. } => false,
    };
    let hers = board.calls().filter(|call| call.attendant() == Some(attendant)).filter(in_hand);
    hers.map(|call| (call.id, call.service)).collect()
}

pub(crate) fn problem_view(problem: &SignInProblem) -> ProblemView {
    ProblemView { code: problem.code.to_owned(), message: problem.message.clone() }
}

fn person(identity: &Identity) -> SessionPersonView {
    SessionPersonView {
        id: match identity.kind() {
            Kind::LocalUser => None,
            Kind::SignedIn(person) => Some(person.to_string()),
        },
        name: identity.name().to_owned(),
        username: identity.account().to_owned(),
        roles: identity
            .grants()
            .iter()
            .map(|grant| crate::api::grant_view(grant, identity.is_by_team(grant)))
            .collect::<Vec<GrantView>>(),
    }
}

fn may(identity: &Identity) -> Vec<MayView> {
    let allowed = identity::Action::ALL.iter().filter_map(|action| {
        let units = match identity.extent_of(*action)? {
            identity::Extent::Tenant => None,
            identity::Extent::Units(units) => Some(units.iter().map(ToString::to_string).collect()),
        };
        Some(MayView { action: action.row().id.to_owned(), units })
    });
    allowed.collect()
}
