//! The user of this computer, as the operating system names her. Does not check a password: the operating system did
//! when she logged in.

use crate::Identity;

/// Why nobody can be named.
#[derive(Debug, thiserror::Error)]
pub enum LocalUserError {
    /// A process without a user account, as in some containers: start Usher as a named user.
    #[error("the operating system does not say which user this is: {0}")]
    Unnamed(String),
}

/// The user who started this program.
pub fn local_user() -> Result<Identity, LocalUserError> {
    let account = whoami::account().map_err(|error| LocalUserError::Unnamed(error.to_string()))?;
    if account.trim().is_empty() {
        return Err(LocalUserError::Unnamed("the account has no name".to_owned()));
    }
    // A real name is a courtesy: many accounts have none, and the account's name is a name too.
    let name = whoami::realname().unwrap_or_default();
    Ok(Identity::local(&name, &account))
}

#[cfg(test)]
mod tests {
    use super::local_user;
    use crate::{Identity, Kind};

    #[test]
    fn the_user_of_this_computer_has_a_name_and_an_account() {
        let user = local_user().expect("tests run as a user");
        assert!(!user.name().is_empty() && !user.account().is_empty());
        assert_eq!(user.kind(), Kind::LocalUser);
    }

    #[test]
    fn an_account_without_a_real_name_is_called_by_its_account() {
        assert_eq!(Identity::local(" ", "rita").name(), "rita");
        assert_eq!(Identity::local(" Rita Frei ", "rita").name(), "Rita Frei");
    }
}
