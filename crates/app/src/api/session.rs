//! Requests about who is here: asked by everybody, also by nobody. Signing in itself is behind the contract.

use contracts::roster::{Grant, PERSONS_MAX, PersonFilter, Role};
use contracts::sign_in::{SignInProblem, Wants};
use identity::rights::{Row, TABLE};
use identity::{Authorized, Reach, right};

use super::misplaced;
use super::wire::{ApiError, HoldersView, ReachName, Request, Response, RightRow, RightsView, RoleName};
use crate::app::App;
use crate::seat::Sitting;

/// Names of those who hold a role that are told.
const HOLDERS_MAX: usize = 20;

impl App {
    pub(super) async fn handle_session(&self, request: Request) -> Result<Response, ApiError> {
        match request {
            Request::GetSession {} => Ok(Response::Session(Box::new(self.session()))),
            Request::SignIn {} => {
                // Whoever is not let in makes room for another account: a sign-in on top of hers would be a proof of hers.
                if let Sitting::Refused { why, .. } = self.seat.sitting() {
                    self.sign_in.end(why).await;
                }
                self.sign_in.begin(Wants::default()).await?;
                Ok(Response::Done)
            }
            Request::CancelSignIn {} => {
                self.sign_in.cancel().await;
                Ok(Response::Done)
            }
            Request::SignOut {} => {
                if let Some(attendant) = self.seat.attendant()
                    && self.has_calls(attendant).await?
                {
                    return Err(ApiError::new(
                        "access.calls-present",
                        "You still have calls. End them or put them through, then sign out.",
                    ));
                }
                self.sign_in.sign_out().await?;
                Ok(Response::Done)
            }
            other => Err(misplaced(&other)),
        }
    }

    pub(super) async fn handle_rights(
        &self,
        _: Authorized<right::SeeRights>,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::GetRights {} => Ok(Response::Rights(RightsView {
                rows: TABLE.iter().map(show_row).collect(),
                holders: self.holders().await?,
            })),
            other => Err(misplaced(&other)),
        }
    }

    /// Whom to ask: those who hold each role but the one everybody holds.
    async fn holders(&self) -> Result<Vec<HoldersView>, ApiError> {
        let licensed = PersonFilter { licensed: true, ..PersonFilter::default() };
        let persons = self.roster.persons(&licensed, PERSONS_MAX).await?;
        let holds = |role: Role| {
            let names = persons
                .iter()
                .filter(move |it| it.may_enter() && it.grants.iter().any(|grant: &Grant| grant.role == role));
            names.map(|it| it.person.profile.display_name.clone()).collect::<Vec<_>>()
        };
        let above = Role::ALL.into_iter().filter(|role| *role != Role::User);
        let shown = above.map(|role| {
            let mut names = holds(role);
            let more = names.len().saturating_sub(HOLDERS_MAX);
            names.truncate(HOLDERS_MAX);
            HoldersView { role: role.into(), names, more: u32::try_from(more).unwrap_or(u32::MAX) }
        });
        Ok(shown.collect())
    }
}

fn show_row(row: &Row) -> RightRow {
    RightRow {
        action: row.id.to_owned(),
        allows: row.allows.to_owned(),
        reach: match row.reach {
            Reach::Own => ReachName::Own,
            Reach::Unit => ReachName::Unit,
            Reach::Tenant => ReachName::Tenant,
        },
        privileged: row.privileged,
        roles: row.who_may().map(RoleName::from).collect(),
    }
}

impl From<Role> for RoleName {
    fn from(role: Role) -> RoleName {
        match role {
            Role::User => RoleName::User,
            Role::ServiceOwner => RoleName::ServiceOwner,
            Role::TenantAdministrator => RoleName::TenantAdministrator,
            Role::PartnerAdministrator => RoleName::PartnerAdministrator,
        }
    }
}

impl From<RoleName> for Role {
    fn from(role: RoleName) -> Role {
        match role {
            RoleName::User => Role::User,
            RoleName::ServiceOwner => Role::ServiceOwner,
            RoleName::TenantAdministrator => Role::TenantAdministrator,
            RoleName::PartnerAdministrator => Role::PartnerAdministrator,
        }
    }
}

impl From<SignInProblem> for ApiError {
    fn from(problem: SignInProblem) -> ApiError {
        ApiError::new(problem.code, problem.message)
    }
}
