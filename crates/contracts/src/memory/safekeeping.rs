//! Keys and backup that are only remembered, for tests of the application: states change as the contract says, nothing is
//! encrypted and nothing is written anywhere.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use engine::Timestamp;
use tokio::sync::watch;

use crate::safekeeping::{
    Backup, BackupCredentials, BackupPlan, CONFIRMED_WORDS_MIN, Jurisdiction, KeyHome, Protection, QrCode,
    RECOVERY_WORDS, Recovery, RecoveryKey, RecoveryWord, RestorePoint, RestorePointKind, Safekeeping,
    SafekeepingError,
};
use crate::secrets::Secret;

/// Remembers what it was told.
#[derive(Debug)]
pub struct MemorySafekeeping {
    told: watch::Sender<Protection>,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// Which recovery key is shown next; each has other words.
    generation: usize,
    points: Vec<RestorePoint>,
}

impl MemorySafekeeping {
    /// A new console whose key is kept there.
    pub fn new(key_home: KeyHome) -> MemorySafekeeping {
        let protection = Protection {
            key_home,
            recovery: Recovery::Unconfirmed,
            data_key_since: Some(now()),
            rotation: None,
            rotation_problem: None,
            backup: Backup::default(),
        };
        MemorySafekeeping { told: watch::channel(protection).0, kept: Mutex::default() }
    }

    /// Makes the newest backup look as if it had begun then.
    pub fn set_last_backup(&self, at: Timestamp) {
        self.told.send_modify(|protection| protection.backup.last_good = Some(at));
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn recovery(&self) -> Recovery {
        self.told.borrow().recovery
    }

    fn set_recovery(&self, recovery: Recovery) {
        self.told.send_modify(|protection| protection.recovery = recovery);
    }
}

impl Default for MemorySafekeeping {
    fn default() -> MemorySafekeeping {
        MemorySafekeeping::new(KeyHome::Keychain)
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// The word at a position, from 1, of the recovery key of a generation.
fn word(generation: usize, position: usize) -> &'static str {
    const WORDS: [&str; RECOVERY_WORDS + 1] = [
        "anchor", "basket", "candle", "desert", "elbow", "fabric", "garden", "hammer", "island", "jacket",
        "kitten", "ladder", "magnet", "napkin", "ocean", "paddle", "quiz", "ribbon", "saddle", "tunnel",
        "umbrella", "velvet", "window", "yellow", "zebra",
    ];
    WORDS[(generation + position - 1) % WORDS.len()]
}

#[async_trait]
impl Safekeeping for MemorySafekeeping {
    fn watch(&self) -> watch::Receiver<Protection> {
        self.told.subscribe()
    }

    async fn recovery_key(&self) -> Result<RecoveryKey, SafekeepingError> {
        match self.recovery() {
            Recovery::Confirmed => Err(SafekeepingError::AlreadyConfirmed),
            Recovery::Unconfirmed | Recovery::Renewing => {
                let generation = self.kept().generation;
                let words = (1..=RECOVERY_WORDS).map(|at| Secret::new(word(generation, at).into())).collect();
                let qr = QrCode { side: 21, modules: Secret::new("10".repeat(21 * 21)[..21 * 21].into()) };
                Ok(RecoveryKey { words, qr })
            }
        }
    }

    async fn confirm_recovery_key(&self, words: Vec<RecoveryWord>) -> Result<(), SafekeepingError> {
        if self.recovery() == Recovery::Confirmed {
            return Err(SafekeepingError::AlreadyConfirmed);
        }
        let generation = self.kept().generation;
        let is_right = |typed: &RecoveryWord| {
            (1..=RECOVERY_WORDS).contains(&usize::from(typed.position))
                && word(generation, typed.position.into()).as_bytes()
                    == typed.word.danger_expose().trim_ascii().to_ascii_lowercase()
        };
        let mut positions: Vec<u8> = words.iter().map(|word| word.position).collect();
        positions.sort_unstable();
        positions.dedup();
        if positions.len() < CONFIRMED_WORDS_MIN || !words.iter().all(is_right) {
            return Err(SafekeepingError::WrongWords);
        }
        self.set_recovery(Recovery::Confirmed);
        Ok(())
    }

    async fn renew_recovery_key(&self) -> Result<(), SafekeepingError> {
        if self.recovery() == Recovery::Confirmed {
            self.kept().generation += 1;
            self.set_recovery(Recovery::Renewing);
        }
        Ok(())
    }

    async fn keep_recovery_key(&self) -> Result<(), SafekeepingError> {
        if self.recovery() == Recovery::Renewing {
            self.set_recovery(Recovery::Confirmed);
        }
        Ok(())
    }

    async fn rotate_data_key(&self) -> Result<(), SafekeepingError> {
        self.told.send_modify(|protection| protection.data_key_since = Some(now()));
        Ok(())
    }

    async fn renew_keychain_key(&self) -> Result<(), SafekeepingError> {
        match self.told.borrow().key_home {
            KeyHome::Keychain => Ok(()),
            KeyHome::File | KeyHome::RecoveryKey => Err(SafekeepingError::NoKeychain),
        }
    }

    fn jurisdictions(&self) -> Vec<Jurisdiction> {
        let named = [("CH", "Switzerland"), ("DE", "Germany"), ("GB", "United Kingdom")];
        named.map(|(code, name)| Jurisdiction { code: code.into(), name: name.into() }).into()
    }

    async fn set_backup(
        &self,
        plan: Option<BackupPlan>,
        _: Option<BackupCredentials>,
    ) -> Result<(), SafekeepingError> {
        if let Some(BackupPlan { home, recovery, located, target: _ }) = &plan {
            let allowed = [home, recovery];
            if !located.is_empty() && !allowed.contains(&located) {
                let words = format!("the target lies in {located}, and data may be kept in {home} only");
                return Err(SafekeepingError::Misplaced(words));
            }
        }
        self.told.send_modify(|protection| protection.backup.plan = plan);
        Ok(())
    }

    async fn back_up_now(&self) -> Result<(), SafekeepingError> {
        if self.told.borrow().backup.plan.is_none() {
            return Err(SafekeepingError::NoBackup);
        }
        let at = now();
        let mut kept = self.kept();
        let kind = if kept.points.is_empty() { RestorePointKind::Full } else { RestorePointKind::Increment };
        let id = format!("{}", kept.points.len());
        kept.points.insert(0, RestorePoint { id, at, kind, size_bytes: 4096 });
        drop(kept);
        self.set_last_backup(at);
        Ok(())
    }

    async fn cancel_backup(&self) -> Result<(), SafekeepingError> {
        Ok(())
    }

    async fn restore_points(&self) -> Result<Vec<RestorePoint>, SafekeepingError> {
        match self.told.borrow().backup.plan {
            Some(_) => Ok(self.kept().points.clone()),
            None => Err(SafekeepingError::NoBackup),
        }
    }
}
