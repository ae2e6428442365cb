//! Settings of this installation, by key, as JSON text. Never secrets (those are in `secrets`).

use async_trait::async_trait;

use crate::journal::StoreError;

/// The longest text of a setting, in bytes: a whole form of the UI, never a collection.
pub const SETTING_BYTES_MAX: usize = 64 << 10;
/// The longest key, in bytes.
pub const SETTING_KEY_BYTES_MAX: usize = 128;

/// Settings by key.
#[async_trait]
pub trait SettingsStore: Send + Sync {
    /// The JSON text under this key.
    async fn get(&self, key: &str) -> Result<Option<String>, StoreError>;
    /// Keeps it in place of the one before; at most 64 KiB, the key 1–128 bytes.
    async fn put(&self, key: &str, json: &str) -> Result<(), StoreError>;
}
