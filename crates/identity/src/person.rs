//! The person at this console. Does not authenticate anybody: the operating system has done that.

/// A named person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    name: String,
    account: String,
    kind: IdentityKind,
}

/// How the person is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdentityKind {
    /// The user of this computer, as the operating system names them.
    LocalUser,
}

impl Identity {
    /// The user of this computer with this account; the account stands in for an empty name.
    pub fn local(name: &str, account: &str) -> Identity {
        let name = if name.trim().is_empty() { account } else { name.trim() };
        Identity { name: name.to_owned(), account: account.to_owned(), kind: IdentityKind::LocalUser }
    }

    /// As shown: first and last name where the computer knows them.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The account's name.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// How the person is known.
    pub fn kind(&self) -> IdentityKind {
        self.kind
    }
}

/// The user of this computer.
pub fn local_user() -> Identity {
    let account = whoami::username().unwrap_or_else(|_| "user".to_owned());
    Identity::local(&whoami::realname().unwrap_or_default(), &account)
}

#[cfg(test)]
mod tests {
    use super::{Identity, local_user};

    #[test]
    fn the_account_stands_in_for_a_missing_name() {
        assert_eq!(Identity::local("  ", "rita").name(), "rita");
        assert_eq!(Identity::local("Rita Frei", "rita").name(), "Rita Frei");
        assert!(!local_user().name().is_empty());
    }
}
