//! Whether backups are whole: every object there, with the hash its manifest says, and no link of a chain missing. Needs no
//! key. Tells exactly which piece is wrong and which states of the store can still be restored. Mends nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use futures::{StreamExt, TryStreamExt, stream};
use tokio_util::sync::CancellationToken;
use vault::keys::StoreId;

use crate::chain::{Chain, State, piece_name};
use crate::error::BackupError;
use crate::layout::{ChainName, Hash, Moment, ObjectName};
use crate::manifest::Manifest;
use crate::progress::{Meter, Step};
use crate::target::{Shelf, Target, Wrong};

/// Objects read at once: enough to fill a line, and 32 MiB of memory.
pub(crate) const AT_ONCE: usize = 4;

/// What of a backup is damaged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Its manifest; the backups behind it in the chain cannot be read without it.
    Manifest,
    /// An object with pages.
    Pages(Hash),
    /// The key file.
    Keys(Hash),
    /// A sealed file of this name.
    Sealed(String),
}

/// A damaged piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// In which chain.
    pub chain: ChainName,
    /// Of which backup in it.
    pub seq: u32,
    /// What.
    pub part: Part,
    pub(crate) how: Wrong,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Damage { chain, seq, part, how } = self;
        let how = match how {
            Wrong::Missing => "is missing",
            Wrong::Damaged => "is not what was written",
        };
        match part {
            Part::Manifest => write!(f, "{chain}/{seq:06}.manifest {how}"),
            Part::Pages(hash) => write!(f, "{chain}/{seq:06}.{hash}.pages {how}"),
            Part::Keys(hash) => write!(f, "keys/{hash}, which backup {seq} of {chain} needs, {how}"),
            Part::Sealed(name) => write!(f, "sealed file {name} of backup {seq} of {chain} {how}"),
        }
    }
}

/// How closely to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Manifests are read; of everything else only that it is there in its size.
    Sizes,
    /// Everything is read. Costs a download of the whole.
    Content,
}

/// A state of the store that was backed up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// In which chain.
    pub chain: ChainName,
    /// Which backup in it; 0 is the full one.
    pub seq: u32,
    /// The state at this time.
    pub at: Moment,
    /// Pages of the store then.
    pub pages: u32,
    /// Bytes of pages that this backup added.
    pub bytes: u64,
    /// Whether everything that is needed is there and whole, sealed files aside.
    pub is_restorable: bool,
    /// Sealed files that would be missing after a restore.
    pub sealed_lost: u32,
}

/// What a check found in one chain.
#[derive(Clone, Debug)]
pub struct ChainReport {
    /// Which.
    pub name: ChainName,
    /// Its backups, oldest first, as far as its manifests can be read.
    pub points: Vec<Point>,
    /// What is wrong with it.
    pub damages: Vec<Damage>,
}

/// What a check found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Oldest first.
    pub chains: Vec<ChainReport>,
}

impl Report {
    /// Everything that is wrong.
    pub fn damages(&self) -> impl Iterator<Item = &Damage> {
        self.chains.iter().flat_map(|chain| &chain.damages)
    }

    /// Every backup, oldest first.
    pub fn points(&self) -> impl DoubleEndedIterator<Item = &Point> {
        self.chains.iter().flat_map(|chain| &chain.points)
    }

    /// The newest backup, not after `until`, that can be restored.
    pub fn newest_restorable(&self, until: Option<Moment>) -> Option<&Point> {
        self.points().rev().find(|point| point.is_restorable && until.is_none_or(|until| point.at <= until))
    }
}

/// Checks every backup of a store.
pub async fn check(
    target: &Target,
    store: StoreId,
    depth: Depth,
    meter: &Meter,
    cancel: &CancellationToken,
) -> Result<Report, BackupError> {
    let checked = check_shelf(&target.shelf(store, cancel), store, depth, meter).await;
    meter.end();
    checked
}

pub(crate) async fn check_shelf(
    shelf: &Shelf,
    store: StoreId,
    depth: Depth,
    meter: &Meter,
) -> Result<Report, BackupError> {
    let mut chains = Vec::new();
    for name in shelf.chains().await? {
        chains.extend(Chain::read(shelf, store, name).await?);
    }
    let wanted = wanted_of(&chains);
    let wrong = match depth {
        Depth::Sizes => wrong_sizes(shelf, &chains, &wanted).await?,
        Depth::Content => wrong_content(shelf, &wanted, meter).await?,
    };
    Ok(Report { chains: chains.iter().map(|chain| report(chain, &wrong)).collect() })
}

/// Every object that the manifests name, with its size.
fn wanted_of(chains: &[Chain]) -> BTreeMap<ObjectName, u64> {
    let mut wanted = BTreeMap::new();
    for chain in chains {
        wanted.extend(chain.pieces());
        for Manifest { keys, sealed_added, .. } in chain.manifests.iter().map(|proven| &proven.manifest) {
            wanted.insert(ObjectName::Keys(keys.sha256), keys.bytes);
            for (hash, bytes) in sealed_added.iter().flat_map(|file| file.sizes()) {
                wanted.insert(ObjectName::Sealed(hash), bytes);
            }
        }
    }
    wanted
}

type WrongObjects = BTreeMap<ObjectName, Wrong>;

async fn wrong_sizes(
    shelf: &Shelf,
    chains: &[Chain],
    wanted: &BTreeMap<ObjectName, u64>,
) -> Result<WrongObjects, BackupError> {
    let shared = shelf.shared().await?;
    let listed = chains.iter().flat_map(|chain| &chain.listed).chain(&shared);
    let there: BTreeMap<ObjectName, u64> = listed.map(|object| (object.name, object.bytes)).collect();
    let how = |(name, bytes): (&ObjectName, &u64)| match there.get(name) {
        None => Some((*name, Wrong::Missing)),
        Some(found) if found != bytes => Some((*name, Wrong::Damaged)),
        Some(_) => None,
    };
    Ok(wanted.iter().filter_map(how).collect())
}

async fn wrong_content(
    shelf: &Shelf,
    wanted: &BTreeMap<ObjectName, u64>,
    meter: &Meter,
) -> Result<WrongObjects, BackupError> {
    meter.begin(Step::Checking, wanted.values().sum());
    let look = |(name, bytes): (&ObjectName, &u64)| {
        let (name, bytes, shelf) = (*name, *bytes, shelf.clone());
        async move {
            let fetched = shelf.fetch(name, bytes).await?;
            meter.add(bytes);
            Ok::<_, BackupError>(fetched.err().map(|how| (name, how)))
        }
    };
    let looked = stream::iter(wanted.iter().map(look)).buffer_unordered(AT_ONCE);
    looked.try_filter_map(|wrong| async move { Ok(wrong) }).try_collect().await
}

/// Plays a chain forward and looks at each state, whether what it needs is whole.
fn report(chain: &Chain, wrong: &WrongObjects) -> ChainReport {
    let mut damages = Vec::new();
    let mut points = Vec::new();
    let mut state = State::default();
    let mut wrong_pieces = Vec::new();
    let mut wrong_files = BTreeSet::new();
    let mut keys_before = None;
    for manifest in chain.manifests.iter().map(|proven| &proven.manifest) {
        let seq = manifest.seq;
        let before = state.pieces.len();
        let follows = state.apply(manifest);
        debug_assert!(follows, "it was applied once already, when it was read");
        let mut note = |part, how| damages.push(Damage { chain: chain.name, seq, part, how });
        for (at, it) in state.pieces.iter().enumerate().skip(before) {
            if let Some(how) = wrong.get(&piece_name(chain.name, seq, &it.piece)) {
                wrong_pieces.push(at);
                note(Part::Pages(it.piece.sha256), *how);
            }
        }
        let keys = manifest.keys.sha256;
        let wrong_keys = wrong.get(&ObjectName::Keys(keys));
        if let Some(how) = wrong_keys.filter(|_| keys_before != Some(keys)) {
            note(Part::Keys(keys), *how);
        }
        keys_before = Some(keys);
        for file in &manifest.sealed_added {
            // A file that was wrapped anew has the name of the one before.
            match file.parts.iter().find_map(|part| wrong.get(&ObjectName::Sealed(*part))) {
                Some(how) => {
                    wrong_files.insert(file.name.clone());
                    note(Part::Sealed(file.name.clone()), *how);
                }
                None => {
                    wrong_files.remove(&file.name);
                }
            }
        }
        wrong_files.retain(|name| state.sealed.contains_key(name));
        points.push(Point {
            chain: chain.name,
            seq,
            at: manifest.at,
            pages: manifest.pages,
            bytes: manifest.bytes(),
            is_restorable: wrong_keys.is_none() && wrong_pieces.iter().all(|at| state.pieces[*at].live == 0),
            sealed_lost: u32::try_from(wrong_files.len()).unwrap_or(u32::MAX),
        });
    }
    damages.extend(chain.damage.clone());
    ChainReport { name: chain.name, points, damages }
}
