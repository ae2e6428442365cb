//! A secret as it crosses the wire: a password, a recovery word, an access key. Read and written like any text, never
//! printed, overwritten when dropped. Does not keep it from whoever holds it.

use std::fmt;

use contracts::secrets::Secret;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// A secret as text.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// The text itself, for handing to the one who needs it.
    pub fn danger_expose(&self) -> &str {
        &self.0
    }

    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// For the keychain and whoever else takes bytes.
    pub fn to_secret(&self) -> Secret {
        Secret::new(self.0.as_bytes().to_vec())
    }
}

impl From<String> for SecretText {
    fn from(text: String) -> SecretText {
        SecretText(Zeroizing::new(text))
    }
}

impl From<&str> for SecretText {
    fn from(text: &str) -> SecretText {
        text.to_owned().into()
    }
}

/// Bytes that are no text show as what they are not: keys of ours always are text.
impl From<&Secret> for SecretText {
    fn from(secret: &Secret) -> SecretText {
        String::from_utf8_lossy(secret.danger_expose()).into_owned().into()
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}

#[cfg(test)]
mod tests {
    use crate::api::wire::Request;

    #[test]
    fn a_request_is_printed_without_its_secrets() {
        let envelope = r#"{"cmd": "unlock_with_recovery", "payload": {"words": "abandon ability able"}}"#;
        let request: Request = serde_json::from_str(envelope).expect("it is understood");
        assert_eq!(format!("{request:?}"), "UnlockWithRecovery { words: SecretText(…) }");
        let Request::UnlockWithRecovery { words } = request else { panic!("it is what was sent") };
        assert_eq!(words.danger_expose(), "abandon ability able");
    }
}
