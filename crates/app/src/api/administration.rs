//! Requests about users, teams, organisation units and how people sign in (ID-4 … ID-6): forms are read into what the roster and
//! the issuer's settings hold, with the field where one does not fit. Rules of the roster are the roster's.

use std::collections::{BTreeMap, BTreeSet};

use contracts::ids::{PersonId, TeamId, UnitId};
use contracts::roster::{
    Grant, Licensed, PersonCursor, PersonFilter, PersonSettings, Profile, RosterError, Scope, Standing,
    SyncState, Team, Unit,
};
use contracts::sign_in::{Cloud, EntraTenant, Issuer, SignInSettings, Subject};
use engine::AttendantId;
use identity::{Authorized, right};

use super::wire::{
    ApiError, GrantForm, GrantView, IssuerName, LicenceName, NamedView, OrganisationView, ProblemView,
    Request, Response, SavedView, SignInForm, SignInView, SyncState as SyncStateName, SyncView, TeamView,
    UnitForm, UnitView, UserForm, UserView, UsersPage,
};
use super::{id, misplaced};
use crate::app::App;

/// Setting: how people sign in.
pub(crate) const SIGN_IN: &str = "sign-in";
/// What an administrator registers as redirect address; the port is free by RFC 8252, and Entra ID knows that.
const REDIRECT: &str = "http://localhost";
/// Users on one page.
const USERS_MAX: u32 = 200;

impl App {
    // -- how people sign in ------------------------------------------------------------------------------------------

    pub(super) async fn handle_sign_in_seen(
        &self,
        _: Authorized<right::ChangeSignIn>,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::GetSignIn {} => Ok(Response::SignIn(SignInView {
                form: self.sign_in.settings().as_ref().map(show_sign_in),
                redirect: REDIRECT.to_owned(),
            })),
            other => Err(misplaced(&other)),
        }
    }

    pub(super) async fn handle_sign_in(
        &self,
        _: Authorized<right::ChangeSignIn>,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::PutSignIn { form } => self.put_sign_in(form).await,
            other => Err(misplaced(&other)),
        }
    }

    async fn put_sign_in(&self, form: Option<SignInForm>) -> Result<Response, ApiError> {
        let settings = form.as_ref().map(read_sign_in).transpose()?;
        if let Some(attendant) = self.seat.attendant()
            && self.has_calls(attendant).await?
        {
            return Err(ApiError::new(
                "access.calls-present",
                "You still have calls. End them or put them through, then change how people sign in.",
            ));
        }
        let before = self.settings.get(SIGN_IN).await?;
        let stored =
            serde_json::to_string(&settings).map_err(|error| ApiError::invalid(error.to_string()))?;
        // Kept first: a console that does not ask who it is after a crash would let anybody in.
        self.settings.put(SIGN_IN, &stored).await?;
        if let Err(problem) = self.sign_in.set_up(settings).await {
            self.settings.put(SIGN_IN, before.as_deref().unwrap_or("null")).await?;
            return Err(problem.into());
        }
        self.settle().await;
        Ok(Response::Done)
    }

    // -- users -------------------------------------------------------------------------------------------------------

    pub(super) async fn handle_users_seen(
        &self,
        _: Authorized<right::SeeUsers>,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::GetUsers { query, licensed, after, limit } => {
                self.users(query, licensed, after.as_deref(), limit).await
            }
            Request::GetOrganisation {} => self.organisation().await,
            other => Err(misplaced(&other)),
        }
    }

    pub(super) async fn handle_sync(
        &self,
        _: Authorized<right::ChangeUsers>,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::SyncDirectory {} => {
                self.directory_sync.read_now();
                Ok(Response::Done)
            }
            other => Err(misplaced(&other)),
        }
    }

    pub(super) async fn handle_users(
        &self,
        _: Authorized<right::ChangeUsers>,
        request: Request,
    ) -> Result<Response, ApiError> {
        let saved = match request {
            Request::PutUser { user } => Some(self.put_user(&user).await?.to_string()),
            Request::RemoveUser { user } => {
                self.roster.remove_person(id("user", &user)?, self.sources.now()).await?;
                None
            }
            Request::SetGrants { user, grants } => {
                let grants = grants.iter().map(read_grant).collect::<Result<Vec<_>, _>>()?;
                self.roster.set_grants(id("user", &user)?, &grants).await?;
                None
            }
            Request::SetTeam { team } => {
                let units: BTreeSet<UnitId> =
                    team.units.iter().map(|unit| id("organisation unit", unit)).collect::<Result<_, _>>()?;
                self.roster.set_team(id("team", &team.id)?, team.licensed, &units).await?;
                None
            }
            Request::PutUnit { unit } => Some(self.put_unit(&unit).await?.to_string()),
            Request::RemoveUnit { unit } => {
                self.roster.remove_unit(id("organisation unit", &unit)?).await?;
                None
            }
            other => return Err(misplaced(&other)),
        };
        Ok(saved.map_or(Response::Done, |id| Response::Saved(SavedView { id })))
    }

    async fn users(
        &self,
        query: String,
        licensed: bool,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Response, ApiError> {
        let text = query.trim().to_owned();
        let filter = PersonFilter {
            after: after.map(read_cursor).transpose()?,
            text: (!text.is_empty()).then_some(text),
            licensed,
            with_gone: false,
        };
        let limit = limit.clamp(1, USERS_MAX);
        let found = self.roster.persons(&filter, limit).await?;
        let next = found.last().filter(|_| found.len() == limit as usize);
        let next = next.map(|last| show_cursor(&PersonCursor::of(&last.person)));
        let attendants: BTreeMap<PersonId, AttendantId> =
            self.roster.attendants().await?.into_iter().map(|(number, person)| (person, number)).collect();
        let teams: BTreeMap<TeamId, String> =
            self.roster.teams().await?.into_iter().map(|team| (team.id, team.name)).collect();
        let users = found.iter().map(|it| show_user(it, &teams, attendants.get(&it.person.id))).collect();
        Ok(Response::Users(UsersPage { users, next }))
    }

    async fn organisation(&self) -> Result<Response, ApiError> {
        let names = self.desk.look(crate::screen::service_names).await?;
        let placed = self.roster.service_units().await?;
        let units = self.roster.units().await?;
        let teams = self.roster.teams().await?;
        let services_of = |unit: UnitId| {
            let here = placed.iter().filter(|(_, of)| *of == unit);
            let named = here.filter_map(|(service, _)| {
                Some(NamedView { id: service.to_string(), name: names.get(service)?.clone() })
            });
            named.collect()
        };
        let show_unit = |unit: &Unit| UnitView {
            id: unit.id.to_string(),
            name: unit.name.clone(),
            parent: unit.parent.map(|parent| parent.to_string()),
            services: services_of(unit.id),
        };
        Ok(Response::Organisation(Box::new(OrganisationView {
            units: units.iter().map(show_unit).collect(),
            teams: teams.iter().map(show_team).collect(),
            sync: show_sync(self.directory_sync.is_at_work(), self.roster.sync_state().await?),
        })))
    }

    async fn put_user(&self, form: &UserForm) -> Result<PersonId, ApiError> {
        let profile = Profile {
            display_name: form.name.trim().to_owned(),
            first_name: form.first_name.trim().to_owned(),
            last_name: form.last_name.trim().to_owned(),
            email: form.email.as_deref().unwrap_or_default().trim().to_owned(),
            username: form.username.trim().to_owned(),
        };
        let Some(known) = &form.id else {
            if profile.display_name.is_empty() {
                return Err(ApiError::invalid("A user needs a name.").at("name"));
            }
            let object = form.object.trim();
            if object.is_empty() {
                let why = "Without the id that the issuer knows her by, nobody can tell that it is her who signs in.";
                return Err(ApiError::invalid(why).at("object"));
            }
            let Some(tenant) = self.roster.tenant().await? else {
                return Err(ApiError::invalid("Set up how people sign in first, and sign in yourself."));
            };
            let subject = Subject { tenant, object: object.to_owned() };
            return Ok(self.roster.add_person(&subject, &profile, form.licensed).await?.id);
        };
        let person: PersonId = id("user", known)?;
        let standing = self
            .roster
            .standing_of(person)
            .await?
            .ok_or_else(|| ApiError::new("roster.no-such-person", "This user is not there any more."))?;
        let by_hand = standing.person.source == contracts::roster::Source::ByHand;
        let settings = PersonSettings {
            licensed: form.licensed,
            blocked: form.blocked,
            profile: by_hand.then_some(profile),
        };
        self.roster.set_person(person, &settings).await?;
        Ok(person)
    }

    async fn put_unit(&self, form: &UnitForm) -> Result<UnitId, ApiError> {
        let parent = form.parent.as_ref().map(|parent| id("organisation unit", parent)).transpose();
        let asked = contracts::roster::UnitForm {
            id: form.id.as_ref().map(|known| id("organisation unit", known)).transpose()?,
            name: form.name.clone(),
            parent: parent.map_err(|error| error.at("parent"))?,
        };
        Ok(self.roster.put_unit(&asked).await?.id)
    }
}

/// What an issuer is called.
pub(crate) fn issuer_name(issuer: &Issuer) -> String {
    match issuer {
        Issuer::Entra { .. } => "Entra ID".to_owned(),
        Issuer::Other { url } => url.clone(),
    }
}

pub(crate) fn grant_view(grant: &Grant, by_team: bool) -> GrantView {
    GrantView {
        role: grant.role.into(),
        unit: match grant.scope {
            Scope::Tenant => None,
            Scope::Unit(unit) => Some(unit.to_string()),
        },
        by_team,
    }
}

fn read_grant(form: &GrantForm) -> Result<Grant, ApiError> {
    let scope = match &form.unit {
        None => Scope::Tenant,
        Some(unit) => Scope::Unit(id("organisation unit", unit)?),
    };
    Ok(Grant { role: form.role.into(), scope })
}

pub(super) fn show_user(
    standing: &Standing,
    teams: &BTreeMap<TeamId, String>,
    attendant: Option<&AttendantId>,
) -> UserView {
    let person = &standing.person;
    let (licence, licence_team) = match standing.licensed {
        Licensed::Directly => (LicenceName::Own, None),
        Licensed::ByTeam(team) => (LicenceName::Team, teams.get(&team).cloned()),
        Licensed::No => (LicenceName::None, None),
    };
    UserView {
        id: person.id.to_string(),
        name: person.profile.display_name.clone(),
        first_name: person.profile.first_name.clone(),
        last_name: person.profile.last_name.clone(),
        email: (!person.profile.email.is_empty()).then(|| person.profile.email.clone()),
        username: person.profile.username.clone(),
        synchronised: person.source == contracts::roster::Source::Directory,
        enabled: person.enabled,
        blocked: person.blocked,
        licensed: person.licensed,
        licence,
        licence_team,
        roles: standing
            .grants
            .iter()
            .map(|grant| grant_view(grant, !standing.granted.contains(grant)))
            .collect(),
        attendant: attendant.map(ToString::to_string),
    }
}

pub(super) fn show_team(team: &Team) -> TeamView {
    TeamView {
        id: team.id.to_string(),
        name: team.name.clone(),
        licensed: team.licensed,
        units: team.units.iter().map(ToString::to_string).collect(),
        members: team.members,
        owners: team.owners,
    }
}

fn show_sync(at_work: Option<bool>, state: SyncState) -> SyncView {
    let name = match (at_work, &state.problem, state.next_attempt) {
        (None, _, _) => SyncStateName::Off,
        (Some(_), Some(_), None) => SyncStateName::Stopped,
        (Some(_), Some(_), Some(_)) => SyncStateName::Failing,
        (Some(true), None, _) => SyncStateName::Working,
        (Some(false), None, _) => SyncStateName::Waiting,
    };
    SyncView {
        state: name,
        last_success: state.succeeded.map(|at| at.0),
        next_attempt: state.next_attempt.map(|at| at.0),
        problem: state.problem.map(|it| ProblemView { code: it.code, message: it.message }),
    }
}

/// A cursor as it crosses: the id, then the name.
fn show_cursor(cursor: &PersonCursor) -> String {
    format!("{} {}", cursor.id, cursor.name)
}

fn read_cursor(text: &str) -> Result<PersonCursor, ApiError> {
    let (person, name) =
        text.split_once(' ').ok_or_else(|| ApiError::invalid("the cursor is not one of ours"))?;
    Ok(PersonCursor { name: name.to_owned(), id: id("user", person)? })
}

pub(super) fn show_sign_in(settings: &SignInSettings) -> SignInForm {
    let (issuer, tenant, url) = match &settings.issuer {
        Issuer::Entra { cloud, tenant } => {
            let issuer = match cloud {
                Cloud::Global => IssuerName::EntraGlobal,
                Cloud::UsGovernment => IssuerName::EntraUsGovernment,
                Cloud::UsDefense => IssuerName::EntraUsDefense,
                Cloud::China => IssuerName::EntraChina,
            };
            let tenant = match tenant {
                EntraTenant::Organizations => None,
                EntraTenant::Id(tenant) => Some(tenant.clone()),
            };
            (issuer, tenant, None)
        }
        Issuer::Other { url } => (IssuerName::Other, None, Some(url.clone())),
    };
    SignInForm {
        issuer,
        tenant,
        url,
        client_id: settings.client_id.clone(),
        tenants: settings.tenants.clone(),
        step_up: settings.step_up.clone(),
    }
}

fn read_sign_in(form: &SignInForm) -> Result<SignInSettings, ApiError> {
    let entra = |cloud| {
        let tenant = form.tenant.as_deref().map(str::trim).filter(|tenant| !tenant.is_empty());
        let tenant = tenant.map_or(EntraTenant::Organizations, |tenant| EntraTenant::Id(tenant.to_owned()));
        Issuer::Entra { cloud, tenant }
    };
    let issuer = match form.issuer {
        IssuerName::EntraGlobal => entra(Cloud::Global),
        IssuerName::EntraUsGovernment => entra(Cloud::UsGovernment),
        IssuerName::EntraUsDefense => entra(Cloud::UsDefense),
        IssuerName::EntraChina => entra(Cloud::China),
        IssuerName::Other => {
            let url = form.url.as_deref().map(str::trim).filter(|url| !url.is_empty());
            let url = url.ok_or_else(|| ApiError::invalid("Which issuer? Enter its address.").at("url"))?;
            Issuer::Other { url: url.to_owned() }
        }
    };
    let client_id = form.client_id.trim();
    if client_id.is_empty() {
        let what = "Enter the application's id, as the issuer shows it where Usher was registered.";
        return Err(ApiError::invalid(what).at("client_id"));
    }
    let tenants: Vec<String> = form
        .tenants
        .iter()
        .map(|tenant| tenant.trim().to_owned())
        .filter(|tenant| !tenant.is_empty())
        .collect();
    if let Issuer::Entra { tenant: EntraTenant::Organizations, .. } = issuer
        && tenants.is_empty()
    {
        let what = "Say which organisations may come in: name your directory's id, or those on the list.";
        return Err(ApiError::invalid(what).at("tenants"));
    }
    let step_up = form.step_up.as_deref().map(str::trim).filter(|context| !context.is_empty());
    Ok(SignInSettings {
        issuer,
        client_id: client_id.to_owned(),
        tenants,
        step_up: step_up.map(str::to_owned),
        scopes: Vec::new(),
    })
}

impl From<RosterError> for ApiError {
    fn from(error: RosterError) -> ApiError {
        match error {
            RosterError::Refused(refusal) => {
                let mut words = refusal.to_string();
                if let Some(first) = words.get_mut(..1) {
                    first.make_ascii_uppercase();
                }
                ApiError::new(refusal.code(), format!("{words}."))
            }
            RosterError::Store(error) => error.into(),
        }
    }
}
