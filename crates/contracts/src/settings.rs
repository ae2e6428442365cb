//! Settings of this installation, by key, as JSON text. Never secrets (those are in `secrets`).

use async_trait::async_trait;

use crate::journal::StoreError;

/// Settings by key.
#[async_trait]
pub trait SettingsStore: Send + Sync {
    /// The JSON text under this key.
    async fn get(&self, key: &str) -> Result<Option<String>, StoreError>;
    /// Keeps it; at most 64 KiB.
    async fn put(&self, key: &str, json: &str) -> Result<(), StoreError>;
}
