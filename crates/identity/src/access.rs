//! What each role may do: one table. [`Authorized`] can be made only here, and the door demands it before it acts
//! (ID-5). Does not know tenants or organisation units yet.

use crate::person::{Identity, IdentityKind};

/// The roles (ID-5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Handles calls.
    User,
    /// Owns services.
    ServiceOwner,
    /// Administers the tenant.
    TenantAdministrator,
    /// Administers tenants for a partner.
    PartnerAdministrator,
}

/// What can be asked for, by what must be allowed for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Act on one's own calls and state.
    HandleCalls,
    /// Search contacts, see callers and call history.
    SeePeople,
    /// Replace address books.
    ImportContacts,
    /// Connect a telephone system, choose audio devices, change what callers hear.
    ChangeConnection,
}

/// Proof that somebody may do an action.
#[derive(Debug, PartialEq, Eq)]
pub struct Authorized {
    action: Action,
}

impl Authorized {
    /// What was allowed.
    pub fn action(&self) -> Action {
        self.action
    }
}

/// Why somebody may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("your role does not include this action")]
pub struct Refused {
    /// What was asked.
    pub action: Action,
}

/// Whether this person may do that.
pub fn authorize(identity: &Identity, action: Action) -> Result<Authorized, Refused> {
    if may(role_of(identity), action) { Ok(Authorized { action }) } else { Err(Refused { action }) }
}

/// Alone, the one user of the computer is its administrator too: there is nobody else.
fn role_of(identity: &Identity) -> Role {
    match identity.kind() {
        IdentityKind::LocalUser => Role::TenantAdministrator,
    }
}

/// The rights matrix.
fn may(role: Role, action: Action) -> bool {
    match (action, role) {
        (Action::HandleCalls | Action::SeePeople, Role::User | Role::ServiceOwner | Role::TenantAdministrator) => true,
        (Action::ImportContacts, Role::ServiceOwner | Role::TenantAdministrator) => true,
        (Action::ChangeConnection, Role::TenantAdministrator | Role::PartnerAdministrator) => true,
        (Action::HandleCalls | Action::SeePeople, Role::PartnerAdministrator) => false,
        (Action::ImportContacts, Role::User | Role::PartnerAdministrator) => false,
        (Action::ChangeConnection, Role::User | Role::ServiceOwner) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, Role, authorize, may};
    use crate::person::Identity;

    #[test]
    fn the_user_of_this_computer_may_do_everything_there_is_alone() {
        let rita = Identity::local("Rita", "rita");
        for action in [Action::HandleCalls, Action::SeePeople, Action::ImportContacts, Action::ChangeConnection] {
            assert_eq!(authorize(&rita, action).map(|authorized| authorized.action()), Ok(action));
        }
    }

    #[test]
    fn a_user_cannot_change_the_connection_and_a_partner_sees_no_callers() {
        assert!(!may(Role::User, Action::ChangeConnection));
        assert!(!may(Role::PartnerAdministrator, Action::SeePeople));
        assert!(may(Role::PartnerAdministrator, Action::ChangeConnection));
    }
}
