//! What keeps the data of this console, as the application asks about it: its keys (DATA-1, DATA-2) and its backup (DATA-5,
//! DATA-7). The application sees states and never a key; words of a recovery key pass through it on their way to the
//! screen, once. How a key is wrapped and a page is copied is not here.

use async_trait::async_trait;
use engine::Timestamp;
use tokio::sync::watch;

use crate::journal::StoreError;
use crate::secrets::{Secret, SecretError};

/// Words of a recovery key: 256 bits and a check, 11 bits a word.
pub const RECOVERY_WORDS: usize = 24;
/// Words one must type to show that a recovery key was written down: enough that a guess or a glance is not.
pub const CONFIRMED_WORDS_MIN: usize = 3;
/// An older newest backup is overdue: the recovery point that is promised (DATA-7).
pub const BACKUP_AGE_MS_MAX: u64 = 30 * 60 * 1000;

/// How the data is protected now. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protection {
    /// Where the key that wraps the data key is kept.
    pub key_home: KeyHome,
    /// Whether somebody has shown that she keeps the recovery key.
    pub recovery: Recovery,
    /// Since when new pages are sealed with the data key of now; `None` where that was never written down.
    pub data_key_since: Option<Timestamp>,
    /// A change of the data key that is under way.
    pub rotation: Option<Progress>,
    /// Why the last change of the data key stopped before its end, in words. It goes on where it stopped when asked again.
    pub rotation_problem: Option<String>,
    /// The backup.
    pub backup: Backup,
}

/// Where the key that wraps the data key is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyHome {
    /// The keychain of the operating system.
    Keychain,
    /// The file that `--store-key` names.
    File,
    /// Nowhere: the recovery key is typed at each start.
    RecoveryKey,
}

/// Whether somebody has shown that she keeps the recovery key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// Nobody yet: it can be shown.
    Unconfirmed,
    /// A new one is waiting to be confirmed; until then the one before still works.
    Renewing,
    /// Shown once and confirmed: it is never shown again.
    Confirmed,
}

/// How far something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Done of [`Progress::total`], in whatever is counted: pages, or bytes.
    pub done: u64,
    /// All of it; 0 where it is not known yet.
    pub total: u64,
}

/// The backup as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backup {
    /// Where it goes; `None`: nowhere yet.
    pub plan: Option<BackupPlan>,
    /// When the newest backup began that was verified after writing.
    pub last_good: Option<Timestamp>,
    /// The one under way: bytes.
    pub running: Option<Progress>,
    /// Why the newest attempt failed, in words; gone with the next good one.
    pub problem: Option<String>,
}

/// Where this console's data may lie, and where its backup goes. Credentials are in the keychain, not here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupPlan {
    /// Code of the jurisdiction this console is in; backups stay there.
    pub home: String,
    /// Code of another one where backups may lie too; empty: none.
    pub recovery: String,
    /// Code of the jurisdiction the target is in, where no region of a cloud says so; empty: at home.
    pub located: String,
    /// What it is written to.
    pub target: BackupTarget,
}

/// What a backup is written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BackupTarget {
    /// A folder of another disk or computer.
    Folder {
        /// Its absolute path.
        path: String,
    },
    /// S3 or what speaks like it.
    S3 {
        /// `https://…`; empty: Amazon.
        endpoint: String,
        /// The cloud's name of the region.
        region: String,
        /// Bucket.
        bucket: String,
        /// Folders in it; may be empty.
        prefix: String,
    },
    /// Azure Blob storage.
    Azure {
        /// Storage account.
        account: String,
        /// Container.
        container: String,
        /// Folders in it; may be empty.
        prefix: String,
        /// The cloud's name of the account's region.
        region: String,
    },
}

/// What opens a backup target: an access key. Goes to the keychain.
#[derive(Debug)]
pub struct BackupCredentials {
    /// Access key id of S3; empty where the target knows none.
    pub key_id: String,
    /// The secret itself.
    pub secret: Secret,
}

/// A country, or a union of them, whose law holds for what lies there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jurisdiction {
    /// Stable: `CH`.
    pub code: String,
    /// As shown: "Switzerland".
    pub name: String,
}

/// A moment the data can be restored to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestorePoint {
    /// Which; tells it from every other of this console.
    pub id: String,
    /// What is in it: everything acknowledged before.
    pub at: Timestamp,
    /// Full, or only what had changed.
    pub kind: RestorePointKind,
    /// Bytes written for it.
    pub size_bytes: u64,
}

/// Full, or only what had changed since the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestorePointKind {
    /// Everything.
    Full,
    /// Needs the ones before it, up to a full one.
    Increment,
}

/// A recovery key on its way to the screen. Overwritten when dropped, not printed, not cloned.
#[derive(Debug)]
pub struct RecoveryKey {
    /// Its [`RECOVERY_WORDS`] words.
    pub words: Vec<Secret>,
    /// The same as a QR code.
    pub qr: QrCode,
}

/// A QR code as its modules, without the quiet zone.
#[derive(Debug)]
pub struct QrCode {
    /// Modules on one side: 21–177.
    pub side: u8,
    /// Row after row, `1` for dark and `0` for light.
    pub modules: Secret,
}

/// One word of a recovery key as somebody typed it.
#[derive(Debug)]
pub struct RecoveryWord {
    /// 1–[`RECOVERY_WORDS`].
    pub position: u8,
    /// Upper case and spaces around it do not matter.
    pub word: Secret,
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum SafekeepingError {
    /// The recovery key was confirmed before: it is not shown again. Make a new one.
    #[error("the recovery key was shown and confirmed, and is not shown again")]
    AlreadyConfirmed,
    /// The words are not those of the recovery key.
    #[error("these are not the words of the recovery key")]
    WrongWords,
    /// The same runs already.
    #[error("it is already under way")]
    UnderWay,
    /// The key is not in a keychain, so there is none to renew there.
    #[error("the key of this console is not in a keychain")]
    NoKeychain,
    /// No backup was set up.
    #[error("no backup is set up")]
    NoBackup,
    /// The target lies outside the jurisdictions declared, or nobody knows where (DATA-5): in words.
    #[error("{0}")]
    Misplaced(String),
    /// The backup target does not answer or refuses: in words, with what to do.
    #[error("the backup target cannot be used: {0}")]
    Target(String),
    /// The keychain.
    #[error(transparent)]
    Secrets(#[from] SecretError),
    /// The key file or the store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The keys and the backup of one console.
#[async_trait]
pub trait Safekeeping: Send + Sync {
    /// How the data is protected, now and whenever it changes. Progress is told a few times a second at most.
    fn watch(&self) -> watch::Receiver<Protection>;

    /// The recovery key, made when there is none yet that could be shown, and the same until it is confirmed or the
    /// program ends. `AlreadyConfirmed` after that.
    async fn recovery_key(&self) -> Result<RecoveryKey, SafekeepingError>;
    /// Puts the key that [`Safekeeping::recovery_key`] gave in force and forgets its words. Takes at least
    /// [`CONFIRMED_WORDS_MIN`] different positions, all right; else `WrongWords`.
    async fn confirm_recovery_key(&self, words: Vec<RecoveryWord>) -> Result<(), SafekeepingError>;
    /// Lets a new recovery key be shown. The old one works until the new one is confirmed, and never after.
    async fn renew_recovery_key(&self) -> Result<(), SafekeepingError>;
    /// Goes back to the old recovery key while the new one is not confirmed; else does nothing.
    async fn keep_recovery_key(&self) -> Result<(), SafekeepingError>;

    /// Begins to seal every page with a new data key, while calls go on. Returns at once; `UnderWay` when it runs.
    async fn rotate_data_key(&self) -> Result<(), SafekeepingError>;
    /// Puts a new key into the keychain and wraps the data key with it.
    async fn renew_keychain_key(&self) -> Result<(), SafekeepingError>;

    /// What there is to choose from.
    fn jurisdictions(&self) -> Vec<Jurisdiction>;
    /// Backs up there from now on, once a trial object was written, read and removed; `None`: nowhere. Without credentials
    /// those kept before are used.
    async fn set_backup(
        &self,
        plan: Option<BackupPlan>,
        credentials: Option<BackupCredentials>,
    ) -> Result<(), SafekeepingError>;
    /// Begins a backup. Returns at once; `UnderWay` when one runs.
    async fn back_up_now(&self) -> Result<(), SafekeepingError>;
    /// Stops the backup under way; what it wrote is no restore point. Without one it does nothing.
    async fn cancel_backup(&self) -> Result<(), SafekeepingError>;
    /// Newest first. Asks the target: may take seconds.
    async fn restore_points(&self) -> Result<Vec<RestorePoint>, SafekeepingError>;
}
