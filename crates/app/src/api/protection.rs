//! Requests about the protection of the data: the recovery key, renewing keys, the backup. Knows neither cipher nor target:
//! those are behind `contracts::safekeeping`. Words of a recovery key only pass through.

use std::time::Duration;

use contracts::safekeeping::{
    BACKUP_AGE_MS_MAX, Backup, BackupCredentials, BackupPlan, BackupTarget, CONFIRMED_WORDS_MIN,
    Jurisdiction, Progress, Protection, RECOVERY_WORDS, RecoveryKey, RecoveryWord, RestorePoint,
};
use identity::{Authorized, right};
use tokio_util::sync::CancellationToken;

use super::misplaced;
use super::wire::{
    ApiError, BackupCredentialsForm, BackupPlanView, BackupTargetView, BackupView, JurisdictionView,
    ProgressView, ProtectionView, RecoveryKeyView, RecoveryWordForm, Request, Response, RestorePointView,
    UiEvent,
};
use crate::app::App;

/// Characters of one field of the backup form: the longest path of Windows without a prefix, and more than any name of
/// a bucket.
const FIELD_CHARS_MAX: usize = 260;
/// Between two tellings of progress: smooth for the eye, nothing for the machine.
const TELL_EVERY: Duration = Duration::from_millis(250);

impl App {
    /// What everybody at the console may see.
    pub(super) async fn handle_protection_seen(
        &self,
        _: Authorized<right::SeeProtection>,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::GetProtection {} => {
                let now = self.safekeeping.watch().borrow().clone();
                Ok(Response::Protection(now.into()))
            }
            Request::GetPurge {} => Ok(Response::Purge(self.purge.view().await?)),
            // Whoever asks this has an open console: nothing is locked, and nothing is left to unlock.
            Request::GetLock {} => Ok(Response::Lock(None)),
            Request::RetryUnlock {} | Request::UnlockWithRecovery { .. } => Ok(Response::Done),
            other => Err(misplaced(&other)),
        }
    }

    pub(super) async fn handle_protection(
        &self,
        _: Authorized<right::ChangeProtection>,
        request: Request,
    ) -> Result<Response, ApiError> {
        let keeping = &self.safekeeping;
        match request {
            Request::ShowRecoveryKey {} => {
                let key = keeping.recovery_key().await?;
                return Ok(Response::RecoveryKey(shown(&key)?));
            }
            Request::GetJurisdictions {} => {
                let all = keeping.jurisdictions();
                return Ok(Response::Jurisdictions(all.into_iter().map(Into::into).collect()));
            }
            Request::GetRestorePoints {} => {
                let points = keeping.restore_points().await?;
                return Ok(Response::RestorePoints(points.into_iter().map(Into::into).collect()));
            }
            Request::ConfirmRecoveryKey { words } => {
                keeping.confirm_recovery_key(words.iter().map(Into::into).collect()).await?;
            }
            Request::RenewRecoveryKey {} => keeping.renew_recovery_key().await?,
            Request::KeepRecoveryKey {} => keeping.keep_recovery_key().await?,
            Request::RotateDataKey {} => keeping.rotate_data_key().await?,
            Request::RenewKeychainKey {} => keeping.renew_keychain_key().await?,
            Request::SetBackup { plan, credentials } => {
                let plan = plan.map(parse).transpose()?;
                keeping.set_backup(plan, credentials.map(Into::into)).await?;
            }
            Request::BackUpNow {} => keeping.back_up_now().await?,
            Request::CancelBackup {} => keeping.cancel_backup().await?,
            other => return Err(misplaced(&other)),
        }
        Ok(Response::Done)
    }

    /// Tells the screens whenever the protection of the data changes.
    pub(crate) async fn keep_telling_protection(&self, stop: CancellationToken) {
        let mut told = self.safekeeping.watch();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                changed = told.changed() => match changed {
                    Ok(()) => {}
                    Err(_) => return,
                },
            }
            let now = told.borrow_and_update().clone();
            self.tell(UiEvent::Protection(Box::new(now.into())));
            tokio::time::sleep(TELL_EVERY).await;
        }
    }
}

/// The key with the positions to ask for.
fn shown(key: &RecoveryKey) -> Result<RecoveryKeyView, ApiError> {
    Ok(RecoveryKeyView {
        words: key.words.iter().map(Into::into).collect(),
        qr_side: key.qr.side,
        qr_modules: (&key.qr.modules).into(),
        asked: draw_positions().map_err(|error| {
            tracing::error!(%error, "no randomness from the operating system");
            ApiError::new("internal", "This computer gives no random numbers. Restart it and try again.")
        })?,
    })
}

/// Different positions at random, in order.
fn draw_positions() -> Result<Vec<u8>, getrandom::Error> {
    let mut left: Vec<u8> = (1..=RECOVERY_WORDS).filter_map(|at| u8::try_from(at).ok()).collect();
    let mut drawn = Vec::new();
    while drawn.len() < CONFIRMED_WORDS_MIN {
        let at = getrandom::u32()? as usize % left.len();
        drawn.push(left.swap_remove(at));
    }
    drawn.sort_unstable();
    Ok(drawn)
}

/// The plan as it is kept: trimmed, and every field there that is needed.
fn parse(plan: BackupPlanView) -> Result<BackupPlan, ApiError> {
    Ok(BackupPlan {
        home: needed("The country of this console", &plan.home)?,
        recovery: field("The recovery country", &plan.recovery)?,
        located: field("The country of the target", &plan.located)?,
        target: match &plan.target {
            BackupTargetView::Folder { path } => BackupTarget::Folder { path: needed("The folder", path)? },
            BackupTargetView::S3 { endpoint, region, bucket, prefix } => BackupTarget::S3 {
                endpoint: field("The endpoint", endpoint)?,
                region: field("The region", region)?,
                bucket: needed("The bucket", bucket)?,
                prefix: field("The folders in the bucket", prefix)?,
            },
            BackupTargetView::Azure { account, container, prefix, region } => BackupTarget::Azure {
                account: needed("The storage account", account)?,
                container: needed("The container", container)?,
                prefix: field("The folders in the container", prefix)?,
                region: needed("The region", region)?,
            },
        },
    })
}

fn needed(name: &str, value: &str) -> Result<String, ApiError> {
    match field(name, value)? {
        empty if empty.is_empty() => Err(ApiError::invalid(format!("{name} is needed"))),
        given => Ok(given),
    }
}

fn field(name: &str, value: &str) -> Result<String, ApiError> {
    let value = value.trim();
    if value.chars().count() > FIELD_CHARS_MAX || value.chars().any(char::is_control) {
        return Err(ApiError::invalid(format!("{name} is too long or holds a control character")));
    }
    Ok(value.to_owned())
}

impl From<BackupCredentialsForm> for BackupCredentials {
    fn from(form: BackupCredentialsForm) -> BackupCredentials {
        BackupCredentials { key_id: form.key_id.trim().to_owned(), secret: form.secret.to_secret() }
    }
}

impl From<&RecoveryWordForm> for RecoveryWord {
    fn from(form: &RecoveryWordForm) -> RecoveryWord {
        RecoveryWord { position: form.position, word: form.word.to_secret() }
    }
}

impl From<Protection> for ProtectionView {
    fn from(now: Protection) -> ProtectionView {
        ProtectionView {
            key_home: now.key_home.into(),
            recovery: now.recovery.into(),
            data_key_since: now.data_key_since.map(|since| since.0),
            rotation: now.rotation.map(Into::into),
            rotation_problem: now.rotation_problem,
            backup: now.backup.into(),
        }
    }
}

impl From<Progress> for ProgressView {
    fn from(Progress { done, total }: Progress) -> ProgressView {
        ProgressView { done, total }
    }
}

impl From<Backup> for BackupView {
    fn from(backup: Backup) -> BackupView {
        BackupView {
            plan: backup.plan.map(Into::into),
            last_good: backup.last_good.map(|at| at.0),
            age_ms_max: BACKUP_AGE_MS_MAX,
            running: backup.running.map(Into::into),
            problem: backup.problem,
        }
    }
}

impl From<BackupPlan> for BackupPlanView {
    fn from(plan: BackupPlan) -> BackupPlanView {
        let target = match plan.target {
            BackupTarget::Folder { path } => BackupTargetView::Folder { path },
            BackupTarget::S3 { endpoint, region, bucket, prefix } => {
                BackupTargetView::S3 { endpoint, region, bucket, prefix }
            }
            BackupTarget::Azure { account, container, prefix, region } => {
                BackupTargetView::Azure { account, container, prefix, region }
            }
        };
        BackupPlanView { home: plan.home, recovery: plan.recovery, located: plan.located, target }
    }
}

impl From<Jurisdiction> for JurisdictionView {
    fn from(Jurisdiction { code, name }: Jurisdiction) -> JurisdictionView {
        JurisdictionView { code, name }
    }
}

impl From<RestorePoint> for RestorePointView {
    fn from(point: RestorePoint) -> RestorePointView {
        RestorePointView {
            id: point.id,
            at: point.at.0,
            kind: point.kind.into(),
            size_bytes: point.size_bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::draw_positions;

    #[test]
    fn three_different_words_are_asked_for_and_none_is_spared() {
        let mut seen = BTreeSet::new();
        // After 2,000 draws of three the chance that one of the 24 was never drawn is below 10^-100.
        for _ in 0..2_000 {
            let drawn = draw_positions().expect("there is randomness");
            assert!(drawn.is_sorted_by(|a, b| a < b) && drawn.len() == 3, "{drawn:?}");
            seen.extend(drawn);
        }
        assert!(seen.into_iter().eq(1..=24));
    }
}
