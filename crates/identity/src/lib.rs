//! Who is here, what they may do, and where their secrets are kept. Today that is the one named user of this computer
//! (the "alone" mode); sign-in with Entra ID comes with its own issue. Knows nothing of calls.

pub mod keychain;
mod local;
mod rights;

/// Secrets of this run only, for machines without a keychain: forgotten when the program ends. The UI says so.
pub use contracts::MemorySecrets as SessionSecrets;
pub use keychain::Keychain;
pub use local::local_user;
pub use rights::{Action, Authorized, Refused, Role, authorize};

/// How somebody is known to be who she is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The operating system says so: the user who started the program. Nobody else has checked.
    LocalUser,
}

/// A named person. There is no anonymous one (ID-4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    name: String,
    account: String,
    kind: Kind,
    role: Role,
}

impl Identity {
    /// The user of this computer, who works alone: attendant and administrator of her own tenant in one.
    /// Without a name the account stands in.
    pub fn local(name: &str, account: &str) -> Identity {
        let name = if name.trim().is_empty() { account } else { name.trim() };
        Identity {
            name: name.to_owned(),
            account: account.to_owned(),
            kind: Kind::LocalUser,
            role: Role::TenantAdministrator,
        }
    }

    /// As shown to people: "Rita Frei".
    pub fn name(&self) -> &str {
        &self.name
    }

    /// As the operating system calls her: "rita".
    pub fn account(&self) -> &str {
        &self.account
    }

    /// How she is known.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What she is here.
    pub fn role(&self) -> Role {
        self.role
    }
}
