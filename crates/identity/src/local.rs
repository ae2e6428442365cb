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

/// The country this computer is set to, by its two letters, where it says so: what money and dates are written by.
pub fn local_country() -> Option<String> {
    let set = whoami::lang_prefs().ok()?;
    let countries = set.monetary_langs().chain(set.message_langs());
    countries.filter_map(|language| country_in(&language.to_string())).next()
}

/// `CH` of `de-CH`.
fn country_in(language: &str) -> Option<String> {
    let (_, country) = language.split_once(['-', '_', '/'])?;
    let is_country = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_country.then(|| country.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::{country_in, local_user};
    use crate::{Identity, Kind};

    #[test]
    fn the_user_of_this_computer_has_a_name_and_an_account() {
        let user = local_user().expect("tests run as a user");
        assert!(!user.name().is_empty() && !user.account().is_empty());
        assert_eq!(user.kind(), Kind::LocalUser);
    }

    #[test]
    fn a_language_may_name_a_country() {
        assert_eq!(country_in("de-CH").as_deref(), Some("CH"));
        assert_eq!(country_in("en_us").as_deref(), Some("US"));
        for language in ["de", "C", "", "es-419", "zh-Hans"] {
            assert_eq!(country_in(language), None, "{language}");
        }
    }

    #[test]
    fn an_account_without_a_real_name_is_called_by_its_account() {
        assert_eq!(Identity::local(" ", "rita").name(), "rita");
        assert_eq!(Identity::local(" Rita Frei ", "rita").name(), "Rita Frei");
    }
}
