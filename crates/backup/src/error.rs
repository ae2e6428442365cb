//! What can go wrong with a backup, grouped by what somebody can do about it. Says nothing secret: no credentials, no
//! signed addresses.

use std::io;

use vault::VaultError;
use vault::keys::StoreId;

use crate::check::Damage;
use crate::layout::Moment;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The target does not answer: try again, look at the line.
    #[error("the backup target cannot be reached: {0}")]
    Unreachable(String),
    /// The target answers and does not let us: look at the credentials and their rights.
    #[error("the backup target refuses: {0}")]
    Denied(String),
    /// The target's address, region or credentials do not make sense, or it lies outside what the deployment allows.
    #[error("{0}")]
    Misplaced(String),
    /// The target holds no backup of this store, or none as old as asked for.
    #[error("there is no backup of store {store} {}", until.map_or_else(|| "there".to_owned(), |until| format!("of {} or before", until.local())))]
    Nothing {
        /// Which store.
        store: StoreId,
        /// The time that was asked for.
        until: Option<Moment>,
    },
    /// What should be restored has damaged pieces.
    #[error("the backup is damaged: {}{}", .damages.first().map_or_else(String::new, ToString::to_string), newest_words(*.restorable))]
    Damaged {
        /// Which pieces; at least one.
        damages: Vec<Damage>,
        /// The newest state, not after the one asked for, that can be restored.
        restorable: Option<Moment>,
    },
    /// The pieces are whole, and together they are not what a holder of the store's key wrote.
    #[error("the backup was not written by a holder of this store's key: {0}")]
    Forged(String),
    /// The key at hand does not open the store's keys.
    #[error("this key does not open the store: {0}")]
    WrongKey(String),
    /// A backup or restore of the same store is going on.
    #[error("{0}")]
    InUse(String),
    /// The store itself cannot be read.
    #[error("the store cannot be read: {0}")]
    Source(String),
    /// The store is larger than what can be backed up.
    #[error("the store is too large for a backup: {0}")]
    TooLarge(String),
    /// The place of the restored store is taken, or cannot be written.
    #[error("{0}")]
    NotWritable(String),
    /// No space is left where the store is restored to, or in a target that is a folder. What is done is kept.
    #[error("the disk is full: {0}")]
    DiskFull(String),
    /// It was asked to stop. What is done is kept for the next time.
    #[error("cancelled")]
    Cancelled,
}

fn newest_words(restorable: Option<Moment>) -> String {
    match restorable {
        Some(moment) => format!("; the newest that can be restored is of {}", moment.local()),
        None => "; nothing there can be restored".to_owned(),
    }
}

impl From<VaultError> for BackupError {
    fn from(error: VaultError) -> BackupError {
        BackupError::Source(error.to_string())
    }
}

impl BackupError {
    /// Of the disk a store is restored to.
    pub(crate) fn of_disk(path: &std::path::Path, error: &io::Error) -> BackupError {
        let words = format!("{}: {error}", path.display());
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                BackupError::DiskFull(words)
            }
            _ => BackupError::NotWritable(words),
        }
    }

    /// Of a target. Addresses lose their query, where a signature may stand.
    pub(crate) fn of_target(error: &object_store::Error) -> BackupError {
        let words = without_queries(&transport::words_of(error));
        if let Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) = io_kind(error) {
            return BackupError::DiskFull(words);
        }
        match error {
            object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
                BackupError::Denied(words)
            }
            // What else a service says comes and goes with it; the enum is not ours to list.
            _ => BackupError::Unreachable(words),
        }
    }
}

fn io_kind(error: &(dyn std::error::Error + 'static)) -> Option<io::ErrorKind> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return Some(error.kind());
        }
        cause = error.source();
    }
    None
}

/// `https://account/container?sig=…` becomes `https://account/container`.
fn without_queries(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('?') {
        out.push_str(&rest[..at]);
        let end = |byte: char| byte.is_whitespace() || matches!(byte, '"' | '\'' | ')' | '>' | '<');
        rest = rest[at..].find(end).map_or("", |after| &rest[at + after..]);
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::without_queries;

    #[test]
    fn a_signed_address_loses_its_signature() {
        let said = "PUT https://a.blob.core.windows.net/c/x?sv=1&sig=SECRET in 2 s (GET \"http://h/?sig=S\")";
        assert_eq!(
            without_queries(said),
            "PUT https://a.blob.core.windows.net/c/x in 2 s (GET \"http://h/\")"
        );
    }
}
