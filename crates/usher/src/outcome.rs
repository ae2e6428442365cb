//! How a command ends: in words on the screen, and as the number that scripts see. The numbers are documented in
//! docs/backup.md and docs/simulate.md, and do not change.

use std::process::ExitCode;

use backup::BackupError;
use upkeep::{KeyError, UpkeepError, VaultError};

/// Why a command was not done.
#[derive(Debug)]
pub(crate) struct Failed {
    code: u8,
    words: String,
}

/// Another program has the store, or is at the same work. Nothing was done.
const IN_USE: u8 = 3;
/// Something is not what was written.
const DAMAGED: u8 = 4;
/// No key, or the wrong one.
const WRONG_KEY: u8 = 5;
/// The target does not answer, or lets nobody in.
const UNREACHABLE: u8 = 6;
/// The target lies where the data may not be kept, or its address makes no sense.
const MISPLACED: u8 = 7;
/// No store, no backup, or no plan is there.
const NOTHING: u8 = 8;
/// No room, or no right to write.
const NOT_WRITABLE: u8 = 9;
/// Everything is there, and later or older than promised.
const PROMISE_MISSED: u8 = 10;
/// What was given to work on has faults; each is named.
const INVALID: u8 = 11;
/// Ended by Ctrl+C.
const CANCELLED: u8 = 130;
/// Anything else.
const OTHER: u8 = 1;

impl Failed {
    /// No store, no backup or no plan.
    pub(crate) fn nothing(words: impl Into<String>) -> Failed {
        Failed { code: NOTHING, words: words.into() }
    }

    /// Found by a check.
    pub(crate) fn damaged(words: impl Into<String>) -> Failed {
        Failed { code: DAMAGED, words: words.into() }
    }

    /// A command line that makes no sense in a way only found later.
    pub(crate) fn misplaced(words: impl Into<String>) -> Failed {
        Failed { code: MISPLACED, words: words.into() }
    }

    /// No key.
    pub(crate) fn no_key(words: impl Into<String>) -> Failed {
        Failed { code: WRONG_KEY, words: words.into() }
    }

    /// A drill that was too late.
    pub(crate) fn promise_missed(words: impl Into<String>) -> Failed {
        Failed { code: PROMISE_MISSED, words: words.into() }
    }

    /// A file that has faults.
    pub(crate) fn invalid(words: impl Into<String>) -> Failed {
        Failed { code: INVALID, words: words.into() }
    }

    /// No room, or no right to write.
    pub(crate) fn not_writable(words: impl Into<String>) -> Failed {
        Failed { code: NOT_WRITABLE, words: words.into() }
    }

    /// Stopped by the person.
    pub(crate) fn cancelled(words: impl Into<String>) -> Failed {
        Failed { code: CANCELLED, words: words.into() }
    }

    /// Says why, and ends with the number.
    pub(crate) fn report(self) -> ExitCode {
        eprintln!("usher: {}", self.words);
        ExitCode::from(self.code)
    }
}

impl From<BackupError> for Failed {
    fn from(error: BackupError) -> Failed {
        let code = match &error {
            BackupError::Unreachable(_) | BackupError::Denied(_) => UNREACHABLE,
            BackupError::Misplaced(_) => MISPLACED,
            BackupError::Nothing { .. } => NOTHING,
            BackupError::Damaged { .. } | BackupError::Forged(_) => DAMAGED,
            BackupError::WrongKey(_) => WRONG_KEY,
            BackupError::InUse(_) => IN_USE,
            BackupError::NotWritable(_) | BackupError::DiskFull(_) => NOT_WRITABLE,
            BackupError::Cancelled => CANCELLED,
            BackupError::Source(_) | BackupError::TooLarge(_) => OTHER,
        };
        Failed { code, words: error.to_string() }
    }
}

impl From<VaultError> for Failed {
    fn from(error: VaultError) -> Failed {
        let code = match &error {
            VaultError::InUse(_) => IN_USE,
            VaultError::Damaged(_) | VaultError::RolledBack { .. } | VaultError::NotADatabase(_) => DAMAGED,
            VaultError::NotWritable { .. } | VaultError::DiskFull => NOT_WRITABLE,
            VaultError::Newer { .. } | VaultError::Failed(_) => OTHER,
        };
        Failed { code, words: error.to_string() }
    }
}

impl From<KeyError> for Failed {
    fn from(error: KeyError) -> Failed {
        let code = match &error {
            KeyError::WrongKey { .. } => WRONG_KEY,
            KeyError::Damaged { .. } => DAMAGED,
            KeyError::NotWritable { .. } | KeyError::DiskFull => NOT_WRITABLE,
            KeyError::Newer { .. } | KeyError::Exists(_) => OTHER,
        };
        Failed { code, words: error.to_string() }
    }
}

impl From<UpkeepError> for Failed {
    fn from(error: UpkeepError) -> Failed {
        match error {
            UpkeepError::NoStore(_) => Failed::nothing(error.to_string()),
            UpkeepError::NoKey(words) => Failed::no_key(words),
            UpkeepError::Key(error) => error.into(),
            UpkeepError::Vault(error) => error.into(),
            UpkeepError::Backup(error) => error.into(),
            UpkeepError::Store(_) => Failed { code: OTHER, words: error.to_string() },
        }
    }
}

impl From<std::io::Error> for Failed {
    fn from(error: std::io::Error) -> Failed {
        Failed { code: NOT_WRITABLE, words: error.to_string() }
    }
}

impl From<anyhow::Error> for Failed {
    fn from(error: anyhow::Error) -> Failed {
        Failed { code: OTHER, words: format!("{error:#}") }
    }
}
