//! Secrets by name: the keychain of the operating system. Never a file.

use std::fmt;

use zeroize::Zeroizing;

/// A secret in memory. Not printed, not cloned; overwritten when dropped.
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes it over.
    pub fn new(bytes: Vec<u8>) -> Secret {
        Secret(Zeroizing::new(bytes))
    }

    /// The secret itself, for handing to the one who needs it.
    pub fn danger_expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What is wrong with the keychain.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// There, but locked or refusing: its user can unlock it.
    #[error("the system keychain is not available: {0}")]
    Locked(String),
    /// None answers: the user can mend it, or type the secret again.
    #[error("the system keychain is not available: {0}")]
    Unavailable(String),
}

/// Secrets by name.
pub trait Secrets: Send + Sync {
    /// The secret of this name. May block on a prompt: call on a blocking thread.
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError>;
    /// Keeps it.
    fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretError>;
    /// Forgets it.
    fn forget(&self, name: &str) -> Result<(), SecretError>;
}
