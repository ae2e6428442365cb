//! Keys and backup of the store that is open, as the application asks about them: the recovery key, the change of the data
//! key while calls go on, the witness in the keychain. What concerns backups is handed on to `backups`, what concerns the access log
//! to `anchoring`.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use app::clock::Sources;
use async_trait::async_trait;
use backup::{ManifestKey, Signer, VaultSource};
use contracts::access_log::AccessLog;
use contracts::journal::StoreError;
use contracts::safekeeping::{
    Backup, BackupCredentials, BackupPlan, CONFIRMED_WORDS_MIN, Jurisdiction, Progress, Protection, QrCode,
    Recovery, RecoveryKey, RecoveryWord, RestorePoint, Safekeeping, SafekeepingError,
};
use contracts::secrets::{Secret, Secrets};
use contracts::settings::SettingsStore;
use engine::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use vault::keys::{KeyError, StoreId};
use vault::{Vault, VaultError};

use crate::anchoring::Anchoring;
use crate::backups::Backups;
use crate::keys::{RenewError, Ring};

/// Folder of sealed files in the store's folder.
const SEALED: &str = "sealed";
/// Setting: when the data key of now was taken into use, in milliseconds since 1970.
const KEY_SINCE: &str = "data-key-since";
/// Between two witnesses in the keychain: what may be rolled back unnoticed (docs/vault.md).
const WITNESS_EVERY: Duration = Duration::from_secs(10 * 60);
/// How long the change of the data key gives way to others who need the database to itself, and between two tries.
const PATIENCE: Duration = Duration::from_secs(10 * 60);
const TURN: Duration = Duration::from_millis(250);

/// What a store that is open brings along.
pub(crate) struct Kept {
    pub(crate) folder: PathBuf,
    pub(crate) ring: Ring,
    pub(crate) vault: Arc<Vault>,
    pub(crate) settings: Arc<dyn SettingsStore>,
    pub(crate) secrets: Arc<dyn Secrets>,
    pub(crate) log: Arc<dyn AccessLog>,
}

/// The keeping of one open store.
#[derive(Clone)]
pub(crate) struct Keeping(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    ring: Arc<Mutex<Ring>>,
    vault: Arc<Vault>,
    settings: Arc<dyn SettingsStore>,
    told: Arc<watch::Sender<Protection>>,
    backups: Backups,
    anchoring: Anchoring,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Keeping {
    /// Takes up what was going on: backups on time, a change of the data key that was interrupted.
    pub(crate) async fn begin(kept: Kept) -> Result<Keeping, StoreError> {
        let Kept { folder, ring, vault, settings, secrets, log } = kept;
        let (store, is_new, rotates) =
            (ring.file.store_id(), !ring.is_made(), ring.file.rotation_under_way());
        let since = settings.get(KEY_SINCE).await?.and_then(|json| json.parse().ok()).map(Timestamp);
        let told = Arc::new(watch::Sender::new(Protection {
            key_home: ring.home(),
            recovery: recovery_of(&ring),
            data_key_since: since,
            rotation: None,
            rotation_problem: None,
            backup: Backup::default(),
        }));
        let ring = Arc::new(Mutex::new(ring));
        let keychain_of = ring.clone();
        let anchoring = Anchoring::new(log, store, Arc::new(move || lock(&keychain_of).keychain()));
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let signing = ring.clone();
        let signer: Signer = Arc::new(move || ManifestKey::of(&lock(&signing).keys));
        let source = VaultSource::new(store, vault.clone(), signer);
        let backups = Backups::new(folder.clone(), source, secrets, told.clone(), stop.clone());
        let inner = Inner { folder, ring, vault, settings, told, backups, anchoring, stop, tasks };
        let keeping = Keeping(Arc::new(inner));
        if is_new || since.is_none() {
            keeping.0.note_key_since().await;
        }
        keeping.0.tasks.spawn(keeping.0.clone().keep_witnesses());
        let inner = keeping.0.clone();
        keeping.0.tasks.spawn(async move { inner.anchoring.keep(&inner.stop).await });
        if rotates {
            keeping.0.tell_rotation(Some(Progress { done: 0, total: 0 }));
            keeping.0.tasks.spawn(keeping.0.clone().rewrite());
        }
        keeping.0.backups.take_up().await;
        Ok(keeping)
    }

    /// Which store.
    pub(crate) fn store(&self) -> StoreId {
        self.0.ring().file.store_id()
    }

    /// Ends backups and what is being encrypted anew; both go on at the next start. Leaves the newest witness, and an anchor of
    /// the whole access log.
    pub(crate) async fn shut_down(&self) {
        self.0.stop.cancel();
        self.0.backups.end().await;
        self.0.tasks.close();
        self.0.tasks.wait().await;
        // Side by side: a keychain that does not answer costs its patience once.
        tokio::join!(self.0.clone().tell_witness(), self.0.anchoring.anchor());
    }
}

fn recovery_of(ring: &Ring) -> Recovery {
    match (ring.file.recovery_confirmed(), ring.is_renewing_recovery()) {
        (false, _) => Recovery::Unconfirmed,
        (true, true) => Recovery::Renewing,
        (true, false) => Recovery::Confirmed,
    }
}

#[cfg(test)]
impl Keeping {
    /// The database itself.
    pub(crate) fn vault(&self) -> Arc<Vault> {
        self.0.vault.clone()
    }
}

impl Inner {
    /// Works on the keys on a thread that may wait for the disk and the keychain, then tells how they are kept.
    async fn with_ring<T: Send + 'static>(
        self: &Arc<Inner>,
        work: impl FnOnce(&mut Ring) -> Result<T, SafekeepingError> + Send + 'static,
    ) -> Result<T, SafekeepingError> {
        let inner = self.clone();
        blocking(move || {
            let mut ring = inner.ring();
            let done = work(&mut ring);
            let (key_home, recovery) = (ring.home(), recovery_of(&ring));
            drop(ring);
            inner.told.send_modify(|told| {
                told.key_home = key_home;
                told.recovery = recovery;
            });
            done
        })
        .await
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        lock(&self.ring)
    }

    fn tell_rotation(&self, rotation: Option<Progress>) {
        self.told.send_modify(|told| told.rotation = rotation);
    }

    async fn note_key_since(&self) {
        let now = Sources::new().now();
        match self.settings.put(KEY_SINCE, &now.0.to_string()).await {
            Ok(()) => self.told.send_modify(|told| told.data_key_since = Some(now)),
            Err(error) => tracing::warn!(%error, "since when the data key is in use was not written down"),
        }
    }

    /// Seals anew whatever the old data key has sealed, then drops that key.
    async fn rewrite(self: Arc<Inner>) {
        let inner = self.clone();
        let done = blocking(move || inner.rewrite_all()).await;
        match done {
            Ok(ControlFlow::Continue(())) => self.note_key_since().await,
            // The program ends; it goes on at the next start.
            Ok(ControlFlow::Break(())) => {}
            Err(error) => {
                tracing::error!(%error, "the change of the data key has stopped");
                self.told.send_modify(|told| told.rotation_problem = Some(format!("{error}.")));
            }
        }
        self.tell_rotation(None);
    }

    /// Pages under the new key. A backup or an erasure keeps the database as it is for a moment: then it is tried again.
    fn rewrite_pages(&self) -> Result<ControlFlow<()>, VaultError> {
        let begun = Instant::now();
        loop {
            let ended = self.vault.rekey(&mut |progress| {
                self.tell_rotation(Some(Progress {
                    done: progress.done.into(),
                    total: progress.total.into(),
                }));
                if self.stop.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            match ended {
                Err(VaultError::InUse(_)) if self.stop.is_cancelled() => return Ok(ControlFlow::Break(())),
                Err(VaultError::InUse(_)) if begun.elapsed() < PATIENCE => std::thread::sleep(TURN),
                ended => return ended,
            }
        }
    }

    fn rewrite_all(&self) -> Result<ControlFlow<()>, SafekeepingError> {
        if self.rewrite_pages().map_err(of_vault)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        for path in sealed_files(&self.folder.join(SEALED)).map_err(|error| of_io(&error))? {
            if self.stop.is_cancelled() {
                return Ok(ControlFlow::Break(()));
            }
            self.vault
                .rewrap_sealed(&path)
                .map_err(|error| StoreError::Damaged(format!("{}: {error}", path.display())))?;
        }
        let mut ring = self.ring();
        let Ring { file, keys, .. } = &mut *ring;
        file.finish_rotation(keys).map_err(of_key)?;
        self.vault.use_keys(keys);
        Ok(ControlFlow::Continue(()))
    }

    async fn keep_witnesses(self: Arc<Inner>) {
        loop {
            self.clone().tell_witness().await;
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(WITNESS_EVERY) => {}
            }
        }
    }

    async fn tell_witness(self: Arc<Inner>) {
        let told = blocking(move || {
            // Not under the lock: the keychain may wait for a person.
            let (store, keychain) = {
                let ring = self.ring();
                (ring.file.store_id(), ring.keychain())
            };
            match keychain {
                Some(keychain) => {
                    Ok(upkeep::note_seen(&*keychain, store, &self.vault.witness().map_err(of_vault)?)?)
                }
                None => Ok(()),
            }
        });
        if let Err(error) = told.await {
            tracing::warn!(%error, "the keychain was not told how new the data is");
        }
    }
}

/// Sealed files; those whose name begins with a dot are being written.
fn sealed_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            files.push(entry.path());
        }
    }
    Ok(files)
}

pub(crate) fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs what may wait for the disk or the keychain on a thread of its own.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SafekeepingError> + Send + 'static,
) -> Result<T, SafekeepingError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => Err(StoreError::Unavailable("Usher is ending".to_owned()).into()),
    }
}

#[async_trait]
impl Safekeeping for Keeping {
    fn watch(&self) -> watch::Receiver<Protection> {
        self.0.told.subscribe()
    }

    async fn recovery_key(&self) -> Result<RecoveryKey, SafekeepingError> {
        self.0
            .with_ring(|ring| ring.recovery_key().map(spelled).ok_or(SafekeepingError::AlreadyConfirmed))
            .await
    }

    async fn confirm_recovery_key(&self, words: Vec<RecoveryWord>) -> Result<(), SafekeepingError> {
        self.0
            .with_ring(move |ring| {
                let key = ring.recovery_key().ok_or(SafekeepingError::AlreadyConfirmed)?;
                if !are_of(&words, key) {
                    return Err(SafekeepingError::WrongWords);
                }
                ring.confirm_recovery().map_err(of_renewal)
            })
            .await
    }

    async fn renew_recovery_key(&self) -> Result<(), SafekeepingError> {
        self.0
            .with_ring(|ring| {
                ring.begin_recovery();
                Ok(())
            })
            .await
    }

    async fn keep_recovery_key(&self) -> Result<(), SafekeepingError> {
        self.0
            .with_ring(|ring| {
                ring.end_recovery();
                Ok(())
            })
            .await
    }

    async fn rotate_data_key(&self) -> Result<(), SafekeepingError> {
        let mut is_free = false;
        self.0.told.send_if_modified(|told| {
            is_free = told.rotation.is_none();
            if is_free {
                told.rotation = Some(Progress { done: 0, total: 0 });
                told.rotation_problem = None;
            }
            is_free
        });
        if !is_free {
            return Err(SafekeepingError::UnderWay);
        }
        let vault = self.0.vault.clone();
        let begun = self.0.with_ring(move |ring| {
            let Ring { file, keys, .. } = ring;
            file.begin_rotation(keys).map_err(of_key)?;
            vault.use_keys(keys);
            Ok(())
        });
        if let Err(error) = begun.await {
            self.0.tell_rotation(None);
            return Err(error);
        }
        self.0.tasks.spawn(self.0.clone().rewrite());
        Ok(())
    }

    async fn renew_keychain_key(&self) -> Result<(), SafekeepingError> {
        self.0.with_ring(|ring| ring.renew_kek().map_err(of_renewal)).await
    }

    fn jurisdictions(&self) -> Vec<Jurisdiction> {
        let shown =
            |one: backup::Jurisdiction| Jurisdiction { code: one.letters().into(), name: one.to_string() };
        backup::Jurisdiction::all().map(shown).collect()
    }

    async fn set_backup(
        &self,
        plan: Option<BackupPlan>,
        credentials: Option<BackupCredentials>,
    ) -> Result<(), SafekeepingError> {
        self.0.backups.set(plan, credentials).await
    }

    async fn back_up_now(&self) -> Result<(), SafekeepingError> {
        self.0.backups.begin_one().await
    }

    async fn cancel_backup(&self) -> Result<(), SafekeepingError> {
        self.0.backups.cancel().await;
        Ok(())
    }

    async fn restore_points(&self) -> Result<Vec<RestorePoint>, SafekeepingError> {
        self.0.backups.points().await
    }
}

fn spelled(key: &vault::recovery::RecoveryKey) -> RecoveryKey {
    let (side, modules) = key.modules();
    RecoveryKey {
        words: key.words().split(' ').map(|word| Secret::new(word.as_bytes().to_vec())).collect(),
        qr: QrCode {
            side: u8::try_from(side).expect("the largest QR code has 177 modules on a side"),
            modules: Secret::new(modules.as_bytes().to_vec()),
        },
    }
}

/// Whether these are words of the key, of enough different positions.
fn are_of(typed: &[RecoveryWord], key: &vault::recovery::RecoveryKey) -> bool {
    let words = key.words();
    let words: Vec<&str> = words.split(' ').collect();
    let mut positions: Vec<u8> = typed.iter().map(|word| word.position).collect();
    positions.sort_unstable();
    positions.dedup();
    positions.len() >= CONFIRMED_WORDS_MIN
        && typed.iter().all(|RecoveryWord { position, word }| {
            let right = usize::from(*position).checked_sub(1).and_then(|at| words.get(at));
            let typed = word.danger_expose().trim_ascii();
            right.is_some_and(|right| typed.eq_ignore_ascii_case(right.as_bytes()))
        })
}

fn of_renewal(error: RenewError) -> SafekeepingError {
    match error {
        RenewError::NoKeychain => SafekeepingError::NoKeychain,
        RenewError::Secrets(error) => error.into(),
        RenewError::Keys(error) => of_key(error),
    }
}

fn of_key(error: KeyError) -> SafekeepingError {
    let words = error.to_string();
    match error {
        KeyError::NotWritable { .. } | KeyError::DiskFull => StoreError::Unavailable(words).into(),
        KeyError::WrongKey { .. }
        | KeyError::Damaged { .. }
        | KeyError::Newer { .. }
        | KeyError::Exists(_) => StoreError::Damaged(words).into(),
    }
}

fn of_vault(error: VaultError) -> SafekeepingError {
    let words = error.to_string();
    match error {
        VaultError::NotWritable { .. }
        | VaultError::DiskFull
        | VaultError::InUse(_)
        | VaultError::Newer { .. }
        | VaultError::Failed(_) => StoreError::Unavailable(words).into(),
        VaultError::NotADatabase(_) | VaultError::Damaged(_) | VaultError::RolledBack { .. } => {
            StoreError::Damaged(words).into()
        }
    }
}

fn of_io(error: &std::io::Error) -> SafekeepingError {
    StoreError::Unavailable(error.to_string()).into()
}
