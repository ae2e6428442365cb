//! The drill: what a disaster would cost. A copy of the store is destroyed, its backup is restored elsewhere with the key at
//! hand, and every event and call record of it is compared with what the store itself says of that time. The store is only
//! read.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use backup::{
    BackupError, Hash, Kind, Meter, Moment, OnDamage, Restored, Source, Taker, Target, Wanted, restore,
};
use contracts::board::Board;
use contracts::journal::{Journal, PAGE_MAX, Recorded};
use contracts::records::{CALLS_MAX, RecordCursor, RecordFilter, Records};
use contracts::retention::{SETTING, erased_before};
use contracts::settings::SettingsStore;
use contracts::stored::write_event;
use engine::{CallId, Timestamp};
use reporting::{CallRecord, RecordChange};
use store::Store;
use tokio_util::sync::CancellationToken;
use vault::format::PAGE_BYTES;
use vault::keys::DataKeys;

use crate::{Restoring, StoreKey, UpkeepError, key_file, known, source};

/// A store is back after this at most, by what is promised: 120 minutes (DATA-7).
pub const RTO_MS: u64 = 120 * 60 * 1000;

/// What a drill found.
#[derive(Clone, Debug)]
pub struct Drilled {
    /// What was restored.
    pub restored: Restored,
    /// Events in the restored journal; all compared and played through the switchboard.
    pub events: u64,
    /// Events of the store that came after the backup: lost in a disaster now.
    pub events_lost: u64,
    /// Call records in the restored store; all compared.
    pub records: u64,
    /// Milliseconds from the state in the backup to the disaster: the recovery point reached. `None` where the backup was taken
    /// for the drill, which says nothing of it.
    pub rpo_ms: Option<u64>,
    /// Milliseconds from the disaster until the restored store was open and compared: the recovery time reached.
    pub rto_ms: u64,
    /// What is not as it should be, in words. Empty when all is well.
    pub findings: Vec<String>,
}

/// What the drill works with.
pub struct Drill<'a> {
    /// The store that is spared.
    pub directory: &'a Path,
    /// Opens it, and what is restored.
    pub key: &'a StoreKey,
    /// Where its backups are; `None`: one is taken for the drill.
    pub target: Option<Target>,
    /// An empty directory, with room for the store twice.
    pub scratch: &'a Path,
}

/// Holds a drill. `now` tells the time.
pub async fn drill(
    drill: Drill<'_>,
    now: impl Fn() -> Moment,
    meter: &Meter,
    cancel: &CancellationToken,
) -> Result<Drilled, UpkeepError> {
    let Drill { directory, key, target, scratch } = drill;
    let keys = Arc::new(key.unlock(&key_file(directory)?)?);
    let store = open(directory, &keys)?;
    let source = source(store.vault(), keys.clone());
    let has_backups = target.is_some();
    let target = match target {
        Some(target) => target,
        None => backup_into(&source, &scratch.join("backup"), now(), meter, cancel).await?,
    };
    destroy_a_copy(&source, &scratch.join("copy")).await?;
    let (disaster, clock) = (now(), Instant::now());

    let restored_to = scratch.join("restored");
    let newest = Wanted { until: None, on_damage: OnDamage::Refuse };
    let opener = Restoring { key, seen: None };
    let restored = restore(&target, keys.store(), newest, &restored_to, &opener, meter, cancel).await?;
    let keys_there = key.unlock(&key_file(&restored_to)?)?;
    let store_there = open(&restored_to, &keys_there)?;
    // What was kept long enough is gone from the records at once, and from the events a little later.
    // The store may have erased more of both since the backup.
    let purged = [store_there.get(SETTING).await?, store.get(SETTING).await?].into_iter().flatten();
    let purged = purged.filter_map(|json| erased_before(&json)).max();
    let since = purged.unwrap_or(Timestamp(i64::MIN));
    let begins = store.beginning().await?.sequence;
    let there = Told::by(&store_there, begins, u64::MAX, since).await?;
    let records_there = records_of(&store_there, since).await?;
    let rto_ms = u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX);

    let here = Told::by(&store, begins, there.events, since).await?;
    let events_here = there.events + rest_of(&store, there.events).await?;
    Ok(Drilled {
        events: there.events,
        events_lost: events_here.saturating_sub(there.events),
        records: records_there.count,
        rpo_ms: has_backups.then(|| disaster.since_ms(restored.at).unwrap_or(u64::MAX)),
        rto_ms,
        findings: compare(&here, &there, records_there),
        restored,
    })
}

fn open(directory: &Path, keys: &DataKeys) -> Result<Store, UpkeepError> {
    Ok(Store::open(directory, keys, &known())?)
}

async fn backup_into(
    source: &dyn Source,
    folder: &Path,
    now: Moment,
    meter: &Meter,
    cancel: &CancellationToken,
) -> Result<Target, UpkeepError> {
    std::fs::create_dir(folder).map_err(|error| not_writable(folder, &error))?;
    let target = Target::in_folder(folder)?;
    Taker::new(&target, source.store()).take(source, Kind::Full, now, meter, cancel).await?;
    Ok(target)
}

/// Writes a copy of the store as it is now, and destroys it: from here on, only the backup is left of it.
async fn destroy_a_copy(source: &dyn Source, copy: &Path) -> Result<(), UpkeepError> {
    use std::io::Write;
    let snapshot = source.freeze().await?;
    let copy = copy.to_owned();
    let copied = tokio::task::spawn_blocking(move || -> Result<(), UpkeepError> {
        let io = |error: std::io::Error| not_writable(&copy, &error);
        std::fs::create_dir(&copy).map_err(io)?;
        std::fs::write(copy.join("usher.db.keys"), &snapshot.keys).map_err(io)?;
        let mut file = std::fs::File::create(copy.join("usher.db")).map_err(io)?;
        let mut page = [0; PAGE_BYTES];
        for number in 1..=snapshot.pages.pages() {
            snapshot.pages.read(number, &mut page)?;
            file.write_all(&page).map_err(io)?;
        }
        drop(file);
        std::fs::remove_dir_all(&copy).map_err(io)
    });
    copied.await.map_err(|error| BackupError::Source(error.to_string()))?
}

fn not_writable(path: &Path, error: &std::io::Error) -> UpkeepError {
    UpkeepError::Backup(BackupError::NotWritable(format!("{}: {error}", path.display())))
}

/// What a journal tells, as far as it was read.
struct Told {
    events: u64,
    /// SHA-256 over every event's place, time and text, chained.
    digest: Hash,
    /// The call records that follow from the events, as far as they are not older than what is kept.
    records: Sum,
}

impl Told {
    /// The first `events` of a journal, or all: read, played through the switchboard, and folded into records. What came up to the
    /// event `begins` is played alone.
    async fn by(store: &Store, begins: u64, events: u64, since: Timestamp) -> Result<Told, UpkeepError> {
        let mut board = Board::from(store.beginning().await?);
        let mut records: HashMap<(CallId, u32), Hash> = HashMap::new();
        let mut told = Told { events: board.sequence, digest: Hash::of(&[]), records: Sum::default() };
        while told.events < events {
            let page = u32::try_from(events - told.events).unwrap_or(PAGE_MAX).min(PAGE_MAX);
            let read = store.read(told.events, page).await?;
            if read.is_empty() {
                break;
            }
            for Recorded { sequence, at, event } in &read {
                if *sequence > begins {
                    let text = format!("{:?} {sequence} {} {}", told.digest.0, at.0, write_event(event));
                    told.digest = Hash::of(text.as_bytes());
                }
                for change in board.apply(event, *at) {
                    match change {
                        RecordChange::Put(record) if record.arrived < since => {}
                        RecordChange::Put(record) => {
                            records.insert((record.call, record.part), hash_of(&record));
                        }
                        RecordChange::TransferEnded(_)
                        | RecordChange::VoicemailLeft(_)
                        | RecordChange::StateEnded(_) => {}
                    }
                }
                told.events = *sequence;
            }
        }
        records.values().for_each(|hash| told.records.add(*hash));
        Ok(told)
    }
}

/// Events after these.
async fn rest_of(store: &Store, after: u64) -> Result<u64, UpkeepError> {
    let mut count = 0;
    loop {
        let read = store.read(after + count, PAGE_MAX).await?.len() as u64;
        if read == 0 {
            return Ok(count);
        }
        count += read;
    }
}

/// Every call record that a store holds of its own calls since then.
async fn records_of(store: &Store, since: Timestamp) -> Result<Sum, UpkeepError> {
    let mut sum = Sum::default();
    for simulated in [false, true] {
        let mut filter = RecordFilter { simulated, ..RecordFilter::default() };
        loop {
            let page = store.calls(&filter, CALLS_MAX).await?;
            // What was imported follows from no event.
            let ours = page.iter().filter(|record| !record.imported && record.arrived >= since);
            ours.for_each(|record| sum.add(hash_of(record)));
            let Some(last) = page.last() else { break };
            filter.before = Some(RecordCursor::of(last));
        }
    }
    Ok(sum)
}

/// A sum of hashes: the same for the same records in whatever order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    count: u64,
    words: [u64; 4],
}

impl Sum {
    fn add(&mut self, hash: Hash) {
        self.count += 1;
        let (parts, _) = hash.0.as_chunks::<8>();
        for (word, part) in self.words.iter_mut().zip(parts) {
            *word = word.wrapping_add(u64::from_le_bytes(*part));
        }
    }
}

fn hash_of(record: &CallRecord) -> Hash {
    Hash::of(format!("{record:?}").as_bytes())
}

fn compare(here: &Told, there: &Told, records: Sum) -> Vec<String> {
    let mut findings = Vec::new();
    if here.events != there.events || here.digest != there.digest {
        findings.push(format!("the {} events restored are not those of the store", there.events));
    }
    if records != here.records {
        findings.push(format!(
            "the {} call records restored are not the {} that follow from the store's events",
            records.count, here.records.count
        ));
    }
    findings
}
