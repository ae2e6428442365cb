//! The backups of the store that is open: where they go, and the schedule that takes them. The plan lies in the status file
//! beside the store, so that it can be told which backup to restore when the store does not open; credentials are in the
//! keychain. How a backup is taken is `backup`'s.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use app::clock::Sources;
use backup::{
    BackupError, Clock, Credentials, Declared, Depth, Kind, Meter, Moment, Place, Plan, Residency, Schedule,
    Source, StatusFile, StoreId, Target, VaultSource,
};
use contracts::safekeeping::{
    BackupCredentials, BackupPlan, BackupTarget, Progress, Protection, RestorePoint, RestorePointKind,
    SafekeepingError,
};
use contracts::secrets::{Secret, Secrets};
use engine::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use upkeep::{TargetSecret, target_secret_name};
use zeroize::Zeroizing;

use crate::keeping::{blocking, lock};

/// How long a target may take to answer when it is set.
const ANSWER: Duration = Duration::from_secs(45);
/// After somebody has cancelled a backup the schedule keeps quiet for as long as lies between two.
const QUIET: Duration = Duration::from_secs(20 * 60);

/// The command that restores the newest backup of the store in this folder; `None` where none was set up.
pub(crate) fn restore_command(folder: &Path) -> Option<String> {
    let from = from(&StatusFile::of(folder).plan()?.place);
    // What is there is kept beside it: it may be all that is left.
    Some(format!("usher restore --from {from} --to \"{}\" --replace", folder.display()))
}

/// A target as the command line takes it.
fn from(place: &Place) -> String {
    match place {
        Place::Folder { .. } => format!("\"{place}\""),
        Place::S3 { region, endpoint, .. } | Place::Azure { region, endpoint, .. } => {
            let region = if region.is_empty() { String::new() } else { format!(" --region {region}") };
            let own = |own: &backup::Endpoint| {
                format!(" --endpoint {} --located {}", own.url, own.located.letters())
            };
            format!("\"{place}\"{region}{}", endpoint.as_ref().map(own).unwrap_or_default())
        }
    }
}

/// The backups of one store.
pub(crate) struct Backups {
    folder: PathBuf,
    store: StoreId,
    source: Arc<VaultSource>,
    secrets: Arc<dyn Secrets>,
    told: Arc<watch::Sender<Protection>>,
    stop: CancellationToken,
    /// One change of the plan at a time.
    changing: tokio::sync::Mutex<()>,
    running: Mutex<Option<Running>>,
}

/// Backups that are taken on time.
struct Running {
    target: Target,
    schedule: Arc<Schedule>,
    /// Ends them for good.
    stop: CancellationToken,
    /// Ends the backup under way.
    round: Arc<Mutex<CancellationToken>>,
    /// What is to be waited for.
    tasks: TaskTracker,
}

impl Backups {
    /// Takes none yet. What changes is told to `told`.
    pub(crate) fn new(
        folder: PathBuf,
        source: VaultSource,
        secrets: Arc<dyn Secrets>,
        told: Arc<watch::Sender<Protection>>,
        stop: CancellationToken,
    ) -> Backups {
        let (store, source) = (source.store(), Arc::new(source));
        let (changing, running) = (tokio::sync::Mutex::default(), Mutex::default());
        Backups { folder, store, source, secrets, told, stop, changing, running }
    }

    /// Goes on with the plan that was kept. Where it cannot, that is told and nothing else fails.
    pub(crate) async fn take_up(&self) {
        let Some(plan) = StatusFile::of(&self.folder).plan() else { return };
        self.told.send_modify(|told| told.backup.plan = Some(shown(&plan)));
        let opened = match self.stored_credentials(&plan).await {
            Ok(credentials) => Target::open(&plan.place, credentials, &plan.residency).map_err(of_backup),
            Err(error) => Err(error),
        };
        match opened {
            Ok(target) => self.run(target),
            Err(error) => {
                tracing::warn!(%error, "backups are not taken");
                let status = StatusFile::of(&self.folder).read();
                self.told.send_modify(|told| {
                    told.backup.last_good = status.good.map(|good| timestamp(good.at));
                    told.backup.problem = Some(format!("{error}."));
                });
            }
        }
    }

    pub(crate) async fn set(
        &self,
        plan: Option<BackupPlan>,
        credentials: Option<BackupCredentials>,
    ) -> Result<(), SafekeepingError> {
        let _one = self.changing.lock().await;
        let Some(plan) = plan else {
            self.end().await;
            self.keep(None).await?;
            self.forget_credentials().await;
            self.told.send_modify(|told| told.backup = contracts::safekeeping::Backup::default());
            return Ok(());
        };
        let plan = parse(&plan)?;
        let kept = match &credentials {
            Some(given) => credentials_of(&plan.place, &secret_of(given)),
            None => self.stored_credentials(&plan).await?,
        };
        let target = Target::open(&plan.place, kept, &plan.residency).map_err(of_backup)?;
        match tokio::time::timeout(ANSWER, target.try_out()).await {
            Ok(answered) => answered.map_err(of_backup)?,
            Err(_) => return Err(SafekeepingError::Target("it did not answer in time".to_owned())),
        };
        self.end().await;
        self.keep(Some(plan.clone())).await?;
        match credentials {
            Some(given) => self.keep_credentials(secret_of(&given)).await?,
            None if matches!(plan.place, Place::Folder { .. }) => self.forget_credentials().await,
            None => {}
        }
        self.told.send_modify(|told| told.backup.plan = Some(shown(&plan)));
        self.run(target);
        Ok(())
    }

    pub(crate) async fn begin_one(&self) -> Result<(), SafekeepingError> {
        let running = self.running();
        let Some(running) = &*running else { return self.not_running() };
        if running.schedule.status().borrow().running.is_some() {
            return Err(SafekeepingError::UnderWay);
        }
        let (schedule, round) = (running.schedule.clone(), running.fresh_round());
        running.tasks.spawn(async move {
            // How it ended is in the status.
            let _ = schedule.take(Kind::Due, &round).await;
        });
        Ok(())
    }

    /// Why there is nothing to begin: no plan, or one that could not be taken up.
    fn not_running(&self) -> Result<(), SafekeepingError> {
        let told = self.told.borrow();
        match (&told.backup.plan, &told.backup.problem) {
            (None, _) => Err(SafekeepingError::NoBackup),
            (Some(_), Some(problem)) => {
                Err(SafekeepingError::Target(problem.trim_end_matches('.').to_owned()))
            }
            (Some(_), None) => Err(SafekeepingError::UnderWay),
        }
    }

    pub(crate) async fn cancel(&self) {
        if let Some(running) = &*self.running() {
            lock(&running.round).cancel();
        }
    }

    pub(crate) async fn points(&self) -> Result<Vec<RestorePoint>, SafekeepingError> {
        let target = match &*self.running() {
            Some(running) => running.target.clone(),
            None => return Err(self.not_running().err().unwrap_or(SafekeepingError::NoBackup)),
        };
        let cancel = self.stop.child_token();
        let report = backup::check(&target, self.store, Depth::Sizes, &Meter::default(), &cancel).await;
        let report = report.map_err(of_backup)?;
        let restorable = report.points().rev().filter(|point| point.is_restorable);
        let shown = |point: &backup::Point| RestorePoint {
            id: format!("{}/{}", point.chain, point.seq),
            at: timestamp(point.at),
            kind: if point.seq == 0 { RestorePointKind::Full } else { RestorePointKind::Increment },
            size_bytes: point.bytes,
        };
        Ok(restorable.map(shown).collect())
    }

    /// Takes backups on time from now on.
    fn run(&self, target: Target) {
        let file = StatusFile::of(&self.folder);
        let schedule =
            Schedule::new(self.source.clone(), target.clone(), Arc::new(SystemClock::default()), file);
        let stop = self.stop.child_token();
        let round = Arc::new(Mutex::new(stop.child_token()));
        let tasks = TaskTracker::new();
        tasks.spawn(on_time(schedule.clone(), stop.clone(), round.clone()));
        tasks.spawn(tell(self.told.clone(), schedule.clone(), stop.clone()));
        *self.running() = Some(Running { target, schedule, stop, round, tasks });
    }

    /// Takes none any more, and waits until the one under way has let go: it would say of the next target how it ended.
    pub(crate) async fn end(&self) {
        let running = self.running().take();
        if let Some(Running { stop, tasks, .. }) = running {
            stop.cancel();
            tasks.close();
            tasks.wait().await;
        }
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        lock(&self.running)
    }

    /// How backups at another place stand says nothing any more: the file forgets it with the old plan.
    async fn keep(&self, plan: Option<Plan>) -> Result<(), SafekeepingError> {
        let file = StatusFile::of(&self.folder);
        blocking(move || file.set_plan(plan).map_err(|error| of_disk(&error))).await
    }

    async fn stored_credentials(&self, plan: &Plan) -> Result<Credentials, SafekeepingError> {
        if let Place::Folder { .. } = plan.place {
            return Ok(Credentials::None);
        }
        let (secrets, name) = (self.secrets.clone(), target_secret_name(self.store));
        let kept = blocking(move || Ok(secrets.get(&name)?)).await?;
        match kept.and_then(|kept| TargetSecret::parse(kept.danger_expose())) {
            Some(kept) => Ok(credentials_of(&plan.place, &kept)),
            None => Err(SafekeepingError::Target(
                "its access key is not in the keychain; enter it again".to_owned(),
            )),
        }
    }

    async fn keep_credentials(&self, secret: TargetSecret) -> Result<(), SafekeepingError> {
        let (secrets, name) = (self.secrets.clone(), target_secret_name(self.store));
        blocking(move || Ok(secrets.put(&name, &Secret::new(secret.bytes().to_vec()))?)).await
    }

    async fn forget_credentials(&self) {
        let (secrets, name) = (self.secrets.clone(), target_secret_name(self.store));
        if let Err(error) = blocking(move || Ok(secrets.forget(&name)?)).await {
            tracing::warn!(%error, "the access key of the backup target stays in the keychain");
        }
    }
}

impl Running {
    /// A token for the next backup; the one before may be used up.
    fn fresh_round(&self) -> CancellationToken {
        let mut round = lock(&self.round);
        if round.is_cancelled() {
            *round = self.stop.child_token();
        }
        round.clone()
    }
}

async fn on_time(schedule: Arc<Schedule>, stop: CancellationToken, round: Arc<Mutex<CancellationToken>>) {
    loop {
        let this = lock(&round).clone();
        schedule.run(&this).await;
        if stop.run_until_cancelled(tokio::time::sleep(QUIET)).await.is_none() {
            return;
        }
        let mut round = lock(&round);
        if round.is_cancelled() {
            *round = stop.child_token();
        }
    }
}

async fn tell(told: Arc<watch::Sender<Protection>>, schedule: Arc<Schedule>, stop: CancellationToken) {
    let mut status = schedule.status();
    loop {
        let now = status.borrow_and_update().clone();
        if stop.is_cancelled() {
            return;
        }
        told.send_modify(|told| {
            told.backup.last_good = now.good.map(|good| timestamp(good.at));
            told.backup.problem = now.trouble.map(|trouble| format!("{}.", trouble.words));
            told.backup.running =
                now.running.map(|running| Progress { done: running.done_bytes, total: running.total_bytes });
        });
        match stop.run_until_cancelled(status.changed()).await {
            Some(Ok(())) => {}
            Some(Err(_)) | None => return,
        }
    }
}

#[derive(Default)]
struct SystemClock(Sources);

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        Moment(u64::try_from(self.0.now().0).unwrap_or(0))
    }
}

fn timestamp(at: Moment) -> Timestamp {
    Timestamp(i64::try_from(at.0).unwrap_or(i64::MAX))
}

/// The plan as it is kept, from what an administrator typed.
fn parse(plan: &BackupPlan) -> Result<Plan, SafekeepingError> {
    let country = |code: &str| match code {
        "" => Ok(None),
        code => code.parse().map(Some).map_err(SafekeepingError::Misplaced),
    };
    let home = country(&plan.home)?;
    let home = home.ok_or_else(|| SafekeepingError::Misplaced("no country is declared".to_owned()))?;
    let residency = Residency { home, recovery: country(&plan.recovery)? };
    let located = country(&plan.located)?;
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let (address, declared) = match &plan.target {
        BackupTarget::Folder { path } => (path.clone(), Declared { located, ..Declared::default() }),
        BackupTarget::S3 { endpoint, region, bucket, prefix } => (
            format!("s3://{bucket}/{prefix}"),
            // A server of one's own stands at home unless somebody says otherwise.
            Declared { region: text(region), located: located.or(Some(home)), endpoint: text(endpoint) },
        ),
        BackupTarget::Azure { account, container, prefix, region } => (
            format!("azure://{account}/{container}/{prefix}"),
            Declared { region: text(region), ..Declared::default() },
        ),
    };
    let place = Place::parse(&address, declared).map_err(of_backup)?;
    Ok(Plan { residency, place })
}

/// The plan as it is shown.
fn shown(plan: &Plan) -> BackupPlan {
    let letters = |country: Option<backup::Jurisdiction>| country.map_or("", |one| one.letters()).to_owned();
    let (located, target) = match plan.place.clone() {
        Place::Folder { path, located } => {
            (located, BackupTarget::Folder { path: path.display().to_string() })
        }
        Place::S3 { bucket, prefix, region, endpoint } => {
            let located = endpoint.as_ref().map(|endpoint| endpoint.located);
            let endpoint = endpoint.map(|endpoint| endpoint.url.to_string()).unwrap_or_default();
            (located, BackupTarget::S3 { endpoint, region, bucket, prefix })
        }
        Place::Azure { account, container, prefix, region, endpoint: _ } => {
            (None, BackupTarget::Azure { account, container, prefix, region })
        }
    };
    BackupPlan {
        home: plan.residency.home.letters().to_owned(),
        recovery: letters(plan.residency.recovery),
        located: letters(located),
        target,
    }
}

fn secret_of(given: &BackupCredentials) -> TargetSecret {
    let secret = String::from_utf8_lossy(given.secret.danger_expose()).into_owned();
    TargetSecret { key_id: given.key_id.clone(), secret: Zeroizing::new(secret) }
}

fn credentials_of(place: &Place, secret: &TargetSecret) -> Credentials {
    Credentials::of(place, &secret.key_id, secret.secret.clone())
}

fn of_backup(error: BackupError) -> SafekeepingError {
    match error {
        BackupError::Misplaced(words) => SafekeepingError::Misplaced(words),
        BackupError::InUse(_) => SafekeepingError::UnderWay,
        BackupError::Unreachable(words) | BackupError::Denied(words) => SafekeepingError::Target(words),
        other => SafekeepingError::Target(other.to_string()),
    }
}

fn of_disk(error: &io::Error) -> SafekeepingError {
    contracts::journal::StoreError::Unavailable(error.to_string()).into()
}
