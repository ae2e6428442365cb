//! The recovery key: opens a store whose keychain is gone. Kept by a person, on paper, never by the program.

use crate::aead::Key;

/// 256 random bits that a person keeps. Not printed by accident, not cloned; overwritten when dropped.
pub struct RecoveryKey(Key);

impl RecoveryKey {
    /// A new one.
    pub fn random() -> RecoveryKey {
        RecoveryKey(Key::random())
    }

    /// The key of these bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> RecoveryKey {
        RecoveryKey(Key::from_bytes(bytes))
    }

    /// What it wraps with.
    pub(crate) fn key(&self) -> &Key {
        &self.0
    }
}
