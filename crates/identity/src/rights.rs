//! Who may do what: one table of roles and actions (ID-5), asked at the one door of the application. Does not know
//! organisation units yet; they come with several services and their owners.

use crate::Identity;

/// What somebody is in a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Works at a console.
    User,
    /// Sets the tenant up, and works at a console.
    TenantAdministrator,
}

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Answer, hold, park, transfer, call; own state.
    HandleCalls,
    /// Contacts, caller cards, call history.
    SeePeople,
    /// Replace an address book.
    ImportContacts,
    /// Choose the telephone system and its settings.
    ChangeConnection,
    /// How the data is encrypted, how old the newest backup is.
    SeeProtection,
    /// Recovery key, renewing keys, where backups go and what is in them.
    ChangeProtection,
}

impl Action {
    /// All of them, in the order of the table.
    pub const ALL: [Action; 6] = [
        Action::HandleCalls,
        Action::SeePeople,
        Action::ImportContacts,
        Action::ChangeConnection,
        Action::SeeProtection,
        Action::ChangeProtection,
    ];
}

/// Somebody asked and may. Only [`authorize`] makes one, so who holds it has asked.
#[derive(Debug)]
#[must_use]
pub struct Authorized {
    action: Action,
}

impl Authorized {
    /// What was allowed.
    pub fn action(&self) -> Action {
        self.action
    }
}

/// Somebody asked and may not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("your role does not allow this; ask an administrator")]
pub struct Refused {
    /// What she is.
    pub role: Role,
    /// What she asked for.
    pub action: Action,
}

/// Lets an action through, or refuses it.
pub fn authorize(identity: &Identity, action: Action) -> Result<Authorized, Refused> {
    let role = identity.role();
    if role.may(action) { Ok(Authorized { action }) } else { Err(Refused { role, action }) }
}

impl Role {
    /// The table.
    pub fn may(self, action: Action) -> bool {
        use Action::{
            ChangeConnection, ChangeProtection, HandleCalls, ImportContacts, SeePeople, SeeProtection,
        };
        match (self, action) {
            (Role::User, HandleCalls | SeePeople | SeeProtection) => true,
            (Role::User, ImportContacts | ChangeConnection | ChangeProtection) => false,
            (
                Role::TenantAdministrator,
                HandleCalls | SeePeople | SeeProtection | ImportContacts | ChangeConnection
                | ChangeProtection,
            ) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, Refused, Role, authorize};
    use crate::Identity;

    #[test]
    fn a_user_working_alone_may_do_everything() {
        let rita = Identity::local("Rita Frei", "rita");
        for action in Action::ALL {
            assert_eq!(authorize(&rita, action).map(|authorized| authorized.action()), Ok(action));
        }
    }

    #[test]
    fn a_user_of_a_tenant_works_but_does_not_set_up() {
        let user = Identity { role: Role::User, ..Identity::local("Rita Frei", "rita") };
        let may = Action::ALL.map(|action| authorize(&user, action).is_ok());
        assert_eq!(may, [true, true, false, false, true, false]);
        let refused = authorize(&user, Action::ChangeConnection).err();
        assert_eq!(refused, Some(Refused { role: Role::User, action: Action::ChangeConnection }));
    }
}
