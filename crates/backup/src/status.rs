//! How the backups of a store stand: when the last good one was taken, what went wrong since, what is being done. Kept in a
//! small file beside the store, with the plan where they go, so that both can be told before the store is open. Holds no
//! credentials, and takes no backup.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::jurisdiction::Residency;
use crate::layout::{ChainName, Moment};
use crate::progress::Progress;
use crate::take::Taken;
use crate::target::Place;

/// Data of this age may be lost at most, by what is promised: 30 minutes (DATA-7).
pub const RPO_MS: u64 = 30 * 60 * 1000;
/// The file's name beside the store.
const FILE_NAME: &str = "usher.db.backups";
/// Version of its format.
const FORMAT: u32 = 1;
/// Bytes of the file: it has some hundred.
const BYTES_MAX: u64 = 64 << 10;
/// Characters kept of an error.
const WORDS_MAX: usize = 1000;

/// A backup that was read back and found whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Good {
    /// The state of the store at this time.
    #[serde(rename = "at_ms")]
    pub at: Moment,
    /// In which chain.
    pub chain: ChainName,
    /// Which backup in it.
    pub seq: u32,
    /// Bytes of pages it added.
    pub bytes: u64,
}

impl From<&Taken> for Good {
    fn from(taken: &Taken) -> Good {
        Good { at: taken.at, chain: taken.chain, seq: taken.seq, bytes: taken.bytes }
    }
}

/// Something that went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// When.
    #[serde(rename = "at_ms")]
    pub at: Moment,
    /// In words for a person; holds nothing secret.
    pub words: String,
}

/// How the backups of a store stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The newest good one.
    pub good: Option<Good>,
    /// What went wrong since.
    pub trouble: Option<Trouble>,
    /// What is being done just now.
    pub running: Option<Progress>,
}

impl Status {
    /// Milliseconds from the state that the newest good backup holds; `None` where there is none, or where the clock was
    /// set back behind it.
    pub fn age_ms(&self, now: Moment) -> Option<u64> {
        self.good.and_then(|good| now.since_ms(good.at))
    }

    /// More would be lost than is promised, or nobody knows how much.
    pub fn is_overdue(&self, now: Moment) -> bool {
        self.age_ms(now).is_none_or(|age_ms| age_ms > RPO_MS)
    }

    /// A backup was taken.
    pub fn note(&mut self, taken: &Taken) {
        self.good = Some(Good::from(taken));
        self.trouble = None;
    }

    /// Something went wrong.
    pub fn note_trouble(&mut self, at: Moment, words: &str) {
        self.trouble = Some(Trouble { at, words: words.chars().take(WORDS_MAX).collect() });
    }
}

/// Where the backups of a store go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The target.
    pub place: Place,
    /// Where the deployment declares its data to be.
    pub residency: Residency,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    format: u32,
    plan: Option<Plan>,
    good: Option<Good>,
    trouble: Option<Trouble>,
}

/// The file beside a store.
#[derive(Clone, Debug)]
pub struct StatusFile {
    path: PathBuf,
}

impl StatusFile {
    /// In the directory of a store.
    pub fn of(directory: &Path) -> StatusFile {
        StatusFile { path: directory.join(FILE_NAME) }
    }

    /// Reads it. One that is not there, or does not read, says that there is no good backup: the next one writes it anew.
    pub fn read(&self) -> Status {
        self.stored().map_or_else(Status::default, |Stored { good, trouble, .. }| Status {
            good,
            trouble,
            running: None,
        })
    }

    /// Writes it: whole, or not at all. The plan stays.
    pub fn write(&self, status: &Status) -> io::Result<()> {
        let Status { good, trouble, running: _ } = status.clone();
        self.put(&Stored { format: FORMAT, plan: self.plan(), good, trouble })
    }

    /// Where the backups go; `None`: nowhere yet.
    pub fn plan(&self) -> Option<Plan> {
        self.stored().and_then(|stored| stored.plan)
    }

    /// They go there from now on. How those at another place stand says nothing any more.
    pub fn set_plan(&self, plan: Option<Plan>) -> io::Result<()> {
        if self.plan() == plan {
            return Ok(());
        }
        self.put(&Stored { format: FORMAT, plan, good: None, trouble: None })
    }

    fn stored(&self) -> Option<Stored> {
        let about = fs::metadata(&self.path).ok()?;
        if about.len() > BYTES_MAX {
            return None;
        }
        let stored: Stored = serde_json::from_slice(&fs::read(&self.path).ok()?).ok()?;
        (stored.format == FORMAT).then_some(stored)
    }

    fn put(&self, stored: &Stored) -> io::Result<()> {
        let bytes = serde_json::to_vec(stored)?;
        let mut new = self.path.clone().into_os_string();
        new.push(".new");
        let new = PathBuf::from(new);
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&new)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&new, &self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::{Good, Plan, RPO_MS, Status, StatusFile};
    use crate::jurisdiction::{Jurisdiction, Residency};
    use crate::layout::{ChainName, Moment};
    use crate::target::{Declared, Place};

    fn good(at: Moment) -> Good {
        Good { at, chain: ChainName::after(None, at), seq: 3, bytes: 4096 }
    }

    #[test]
    fn the_status_is_read_as_it_was_written() {
        let home = tempfile::tempdir().expect("a temporary directory");
        let file = StatusFile::of(home.path());
        assert_eq!(file.read(), Status::default());
        let mut status = Status { good: Some(good(Moment(1_795_653_900_000))), ..Status::default() };
        status.note_trouble(Moment(1_795_653_999_000), "the folder is not there");
        file.write(&status).expect("it is written");
        assert_eq!(file.read(), status);
        let place = Place::parse(
            "s3://bucket/usher",
            Declared { region: Some("eu-central-2".into()), ..Declared::default() },
        );
        let residency = Residency { home: Jurisdiction::Switzerland, recovery: None };
        let plan = Plan { place: place.expect("it is one"), residency };
        file.set_plan(Some(plan.clone())).expect("it is written");
        assert_eq!(
            (file.read(), file.plan()),
            (Status::default(), Some(plan.clone())),
            "another place: nothing is known of it"
        );
        file.write(&status).expect("it is written");
        file.set_plan(Some(plan.clone())).expect("it is written");
        assert_eq!((file.read(), file.plan()), (status, Some(plan)));
        std::fs::write(home.path().join("usher.db.backups"), b"{").expect("it is written");
        assert_eq!(file.read(), Status::default(), "half a file says nothing");
    }

    #[test]
    fn a_backup_is_overdue_after_thirty_minutes_and_when_there_is_none() {
        let at = Moment(1_795_653_900_000);
        let status = Status { good: Some(good(at)), ..Status::default() };
        assert!(!status.is_overdue(Moment(at.0 + RPO_MS)));
        assert!(status.is_overdue(Moment(at.0 + RPO_MS + 1)));
        assert!(status.is_overdue(Moment(at.0 - 1)), "the clock was set back: nobody knows");
        assert!(Status::default().is_overdue(at));
    }
}
