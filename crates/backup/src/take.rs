//! Takes a backup: freezes the store, finds the pages whose nonce is new, copies them, and writes the manifest last. Needs no
//! data key; with one it signs. Decides neither when (that is the schedule) nor what is thrown away (that is expiry).
//!
//! Whatever stops it leaves objects without a manifest, and no half backup: they are named by their content, so the next try
//! finds them, and what it does not need is deleted once its manifest stands.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use futures::TryStreamExt;
use futures::stream::FuturesUnordered;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use vault::VaultError;
use vault::aead::Nonce;
use vault::format::{PAGE_BYTES, SealedPage, nonce_of};
use vault::keys::StoreId;
use vault::sealed::HEAD_BYTES;

use crate::chain::{Chain, State};
use crate::check::AT_ONCE;
use crate::error::BackupError;
use crate::layout::{ChainName, Hash, Moment, ObjectName};
use crate::manifest::{
    KEY_FILE_BYTES_MAX, KeyFile, Manifest, ManifestKey, PAGES_MAX, PART_BYTES_MAX, PIECE_PAGES_MAX, Piece,
    Proven, SEALED_BYTES_MAX, SEALED_MAX, SEQ_MAX, SealedFile, digest_of, is_sealed_name, runs_of,
};
use crate::progress::{Meter, Step, on_disk};
use crate::target::{Created, Listed, Read, Shelf, Target};

/// A chain ends after a day: the next backup is a full one (DATA-7).
pub const CHAIN_MS_MAX: u64 = 24 * 60 * 60 * 1000;

/// The pages of a database that does not change while this lives.
pub trait FrozenPages: Send {
    /// How many there are.
    fn pages(&self) -> u32;
    /// Reads whole sealed pages, as they lie on disk, beginning with page `first` (1 is the first).
    fn read(&self, first: u32, into: &mut [u8]) -> Result<(), VaultError>;
}

impl FrozenPages for vault::Frozen {
    fn pages(&self) -> u32 {
        vault::Frozen::pages(self)
    }

    fn read(&self, first: u32, into: &mut [u8]) -> Result<(), VaultError> {
        vault::Frozen::read(self, first, into)
    }
}

/// A store that does not change while this lives.
pub struct Snapshot {
    /// Its database.
    pub pages: Box<dyn FrozenPages>,
    /// The bytes of its key file: wrapped keys, so that a recovery key alone is enough on an empty machine.
    pub keys: Vec<u8>,
    /// The folder of its sealed files. While one is being written its name ends in `.new`; afterwards only a rotation of keys,
    /// which changes the key file, changes its head.
    pub sealed: Option<PathBuf>,
    /// Signs the manifest; `None` where no data key is at hand. Such a backup cannot be told from a forged one.
    pub signer: Option<ManifestKey>,
}

/// A store that can be frozen.
#[async_trait]
pub trait Source: Send + Sync {
    /// Which store.
    fn store(&self) -> StoreId;
    /// Freezes it as it is now. Writers go on; what they write is not in the snapshot. The key file must be the one of the
    /// frozen pages: during a rotation it is read before and after the freeze, and both must be the same.
    async fn freeze(&self) -> Result<Snapshot, BackupError>;
}

/// Which kind of backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An increment, and a full one where there is no chain to go on with, it is a day old, or it is not whole.
    Due,
    /// A full one. Also reads back every sealed file that is in the target already, and mends it.
    Full,
}

/// A backup that was taken, read back, and found whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// In which chain.
    pub chain: ChainName,
    /// 0 for a full one.
    pub seq: u32,
    /// The state of the store at this time.
    pub at: Moment,
    /// Pages of the store.
    pub pages: u32,
    /// Bytes of pages it holds.
    pub bytes: u64,
}

/// Takes backups of one store to one target, one at a time.
pub struct Taker {
    target: Target,
    store: StoreId,
    /// Where the chain stands, so that it need not be read back for every increment.
    known: Mutex<Option<Known>>,
}

struct Known {
    chain: Chain,
    state: State,
}

impl Taker {
    /// For this store and target.
    pub fn new(target: &Target, store: StoreId) -> Taker {
        Taker { target: target.clone(), store, known: Mutex::new(None) }
    }

    /// Takes one. `now` is the time of this computer's clock.
    pub async fn take(
        &self,
        source: &dyn Source,
        kind: Kind,
        now: Moment,
        meter: &Meter,
        cancel: &CancellationToken,
    ) -> Result<Taken, BackupError> {
        let Ok(mut known) = self.known.try_lock() else {
            return Err(BackupError::InUse("another backup of this store is being taken".to_owned()));
        };
        let shelf = self.target.shelf(self.store, cancel);
        let taken = Attempt { shelf, store: self.store, kind, now, meter }.run(&mut known, source).await;
        meter.end();
        taken
    }
}

/// What the target holds already.
#[derive(Default)]
struct Newest {
    /// The newest chain, whole or not.
    name: Option<ChainName>,
    /// One that was begun after the newest with a manifest.
    unfinished: Option<ChainName>,
    /// The newest with a manifest, if it is whole.
    base: Option<Known>,
}

/// One try.
struct Attempt<'a> {
    shelf: Shelf,
    store: StoreId,
    kind: Kind,
    now: Moment,
    meter: &'a Meter,
}

impl Attempt<'_> {
    async fn run(&self, known: &mut Option<Known>, source: &dyn Source) -> Result<Taken, BackupError> {
        let Newest { name, unfinished, base } = self.newest(known.take()).await?;
        let snapshot = source.freeze().await?;
        let signer = snapshot.signer;
        let (nonces, pages) = self.look(snapshot.pages).await?;
        let keys = self.copy_keys(snapshot.keys).await?;
        let files = files_in(snapshot.sealed).await?;
        let there = same_files(&files, base.as_ref(), keys).await?;
        let base = base.filter(|base| self.can_go_on(&base.chain));
        let mut known_now = base.unwrap_or_else(|| {
            let chain = unfinished.unwrap_or_else(|| ChainName::after(name, self.now));
            Known { chain: Chain::new(chain), state: State::default() }
        });
        let state = &known_now.state;
        let changed: Vec<u32> = (1..)
            .zip(&nonces)
            .filter(|(page, nonce)| state.nonces.get(*page as usize - 1) != Some(nonce))
            .map(|(page, _)| page)
            .collect();
        let (kept, added) = self.new_files(files, state, &there).await?;
        let is_old = |name: &&String| !there.contains_key(*name);
        let sealed_removed = state.sealed.keys().filter(is_old).cloned().collect();
        let page_bytes = changed.len() as u64 * PAGE_BYTES as u64;
        self.meter.begin(Step::Copying, page_bytes + added.iter().map(|file| file.bytes).sum::<u64>());

        let chain = known_now.chain.name;
        let seq = known_now.chain.manifests.len() as u32;
        let pieces = self.copy_pages(chain, seq, pages, &changed, &nonces).await?;
        let mut sealed_added = kept;
        for file in added {
            sealed_added.extend(self.copy_file(file).await?);
        }
        let manifest = Manifest {
            store: self.store,
            chain,
            seq,
            at: self.now,
            pages: u32::try_from(nonces.len()).expect("the number of pages is a u32"),
            nonces: changed.iter().map(|page| nonces[*page as usize - 1]).collect(),
            changed: runs_of(changed.into_iter()),
            pieces,
            page_digest: digest_of(&nonces),
            previous: known_now.chain.manifests.last().map(|before| before.hash),
            keys,
            sealed_added,
            sealed_removed,
        };
        let follows = known_now.state.apply(&manifest);
        assert!(follows, "a backup follows on the state it was made from");
        let taken = Taken { chain, seq, at: self.now, pages: manifest.pages, bytes: manifest.bytes() };
        let (proven, listed) = self.conclude(&manifest, signer.as_ref()).await?;
        known_now.chain.manifests.push(proven);
        known_now.chain.listed = listed;
        self.tidy(&known_now.chain).await?;
        *known = Some(known_now);
        Ok(taken)
    }

    /// Looks at the target: its newest chain, and whether it is whole.
    async fn newest(&self, mut known: Option<Known>) -> Result<Newest, BackupError> {
        let chains = self.shelf.chains().await?;
        let mut newest = Newest { name: chains.last().copied(), ..Newest::default() };
        for name in chains.into_iter().rev() {
            let listed = self.shelf.of_chain(name).await?;
            let base = match known.take_if(|known| known.chain.is_newest_in(name, &listed)) {
                Some(Known { chain, state }) => Some(Known { chain: Chain { listed, ..chain }, state }),
                None => Chain::read_listed(&self.shelf, self.store, name, listed).await?.map(|chain| {
                    let state = chain.state(SEQ_MAX);
                    Known { chain, state }
                }),
            };
            let Some(base) = base else {
                newest.unfinished.get_or_insert(name);
                continue;
            };
            let is_whole = base.chain.damage.is_none() && base.chain.missing_pieces().next().is_none();
            newest.base = is_whole.then_some(base);
            break;
        }
        Ok(newest)
    }

    /// An increment on this chain is what is due. A clock that was set back before the chain began says nothing of its
    /// age, so a new one is begun.
    fn can_go_on(&self, chain: &Chain) -> bool {
        let began = chain.manifests.first().map(|first| first.manifest.at);
        let age_ms = began.and_then(|began| self.now.since_ms(began));
        self.kind == Kind::Due
            && age_ms.is_some_and(|age_ms| age_ms < CHAIN_MS_MAX)
            && (chain.manifests.len() as u32) <= SEQ_MAX
    }

    /// Reads the nonce of every page.
    async fn look(
        &self,
        frozen: Box<dyn FrozenPages>,
    ) -> Result<(Vec<Nonce>, Box<dyn FrozenPages>), BackupError> {
        let pages = frozen.pages();
        if !(1..=PAGES_MAX).contains(&pages) {
            return Err(BackupError::TooLarge(format!("{pages} pages; 1 to {PAGES_MAX} can be backed up")));
        }
        self.meter.begin(Step::Looking, u64::from(pages) * PAGE_BYTES as u64);
        let mut frozen = frozen;
        let mut nonces = Vec::with_capacity(pages as usize);
        for first in (1..=pages).step_by(PIECE_PAGES_MAX as usize) {
            self.shelf.refuse_cancelled()?;
            let count = (pages - first + 1).min(PIECE_PAGES_MAX);
            let read;
            (read, frozen) = read_pages(frozen, vec![(first, count)]).await?;
            nonces.extend(pages_of(&read).map(|page| *nonce_of(page)));
            self.meter.add(read.len() as u64);
        }
        Ok((nonces, frozen))
    }

    /// Copies the changed pages and reads them back, some pieces at once.
    async fn copy_pages(
        &self,
        chain: ChainName,
        seq: u32,
        mut frozen: Box<dyn FrozenPages>,
        changed: &[u32],
        nonces: &[Nonce],
    ) -> Result<Vec<Piece>, BackupError> {
        let mut pieces = Vec::new();
        let mut under_way = FuturesUnordered::new();
        for pages in changed.chunks(PIECE_PAGES_MAX as usize) {
            let runs = runs_of(pages.iter().copied()).iter().map(|run| (run.first, run.pages)).collect();
            let read;
            (read, frozen) = read_pages(frozen, runs).await?;
            let as_before = |(bytes, page): (_, &u32)| *nonce_of(bytes) == nonces[*page as usize - 1];
            if !pages_of(&read).zip(pages).all(as_before) {
                return Err(BackupError::Source("a page changed while the store was frozen".to_owned()));
            }
            let sha256 = Hash::of(&read);
            pieces.push(Piece { sha256, pages: pages.len() as u32 });
            if under_way.len() == AT_ONCE {
                under_way.try_next().await?;
            }
            let bytes = read.len() as u64;
            under_way.push(async move {
                self.shelf.keep(ObjectName::Pages { chain, seq, hash: sha256 }, read.into()).await?;
                self.meter.add(bytes);
                Ok::<_, BackupError>(())
            });
        }
        // From here on the store may change again.
        drop(frozen);
        under_way.try_collect::<()>().await?;
        Ok(pieces)
    }

    /// Of the files that are new to the chain: those that the target has already, since the chain before had them, and those
    /// that must be copied. `there` are the files that are as the newest backup has them.
    async fn new_files(
        &self,
        files: BTreeMap<String, FileThere>,
        state: &State,
        there: &BTreeMap<String, SealedFile>,
    ) -> Result<(Vec<SealedFile>, Vec<FileThere>), BackupError> {
        let is_new = |name: &String| !(state.sealed.contains_key(name) && there.contains_key(name));
        let new = files.into_iter().filter(|(name, _)| is_new(name));
        let (known, mut added): (Vec<FileThere>, Vec<FileThere>) = new
            .map(|(_, file)| file)
            .partition(|file| self.kind == Kind::Due && there.contains_key(&file.name));
        let mut kept = Vec::new();
        if !known.is_empty() {
            let listed = self.shelf.shared().await?;
            let sizes: BTreeMap<_, _> = listed.iter().map(|object| (object.name, object.bytes)).collect();
            for file in known {
                let sealed = &there[&file.name];
                let is_there =
                    |(hash, bytes): (Hash, u64)| sizes.get(&ObjectName::Sealed(hash)) == Some(&bytes);
                if sealed.sizes().all(is_there) {
                    kept.push(sealed.clone());
                } else {
                    added.push(file);
                }
            }
        }
        Ok((kept, added))
    }

    /// Copies a sealed file part by part. One that is gone meanwhile was purged, and is left out.
    async fn copy_file(&self, file: FileThere) -> Result<Option<SealedFile>, BackupError> {
        let FileThere { name, path, bytes } = file;
        let mut parts = Vec::new();
        let Some(mut reader) = on_disk(move || open_if_there(&path)).await? else { return Ok(None) };
        let mut left = bytes;
        let mut head = Hash::of(&[]);
        while left > 0 {
            let part;
            (part, reader) = on_disk(move || read_part(reader, left.min(PART_BYTES_MAX))).await?;
            left -= part.len() as u64;
            let hash = Hash::of(&part);
            if parts.is_empty() {
                head = Hash::of(&part[..part.len().min(HEAD_BYTES)]);
            }
            let copied = part.len() as u64;
            self.shelf.keep(ObjectName::Sealed(hash), part.into()).await?;
            self.meter.add(copied);
            parts.push(hash);
        }
        Ok(Some(SealedFile { name, bytes, head, parts }))
    }

    async fn copy_keys(&self, keys: Vec<u8>) -> Result<KeyFile, BackupError> {
        let file = KeyFile { sha256: Hash::of(&keys), bytes: keys.len() as u64 };
        if !(1..=KEY_FILE_BYTES_MAX).contains(&file.bytes) {
            return Err(BackupError::Source(format!("its key file has {} bytes", file.bytes)));
        }
        self.shelf.keep(ObjectName::Keys(file.sha256), keys.into()).await?;
        Ok(file)
    }

    /// Writes the manifest, and with it the backup is there. Its pieces are looked for once more before: hours may have gone
    /// by since they were copied. Gives the objects of the chain as they were seen then.
    async fn conclude(
        &self,
        manifest: &Manifest,
        signer: Option<&ManifestKey>,
    ) -> Result<(Proven, Vec<Listed>), BackupError> {
        let Manifest { chain, seq, .. } = *manifest;
        let (bytes, _) = manifest.encode(signer);
        let proven = Manifest::parse(&bytes).expect("what we write keeps its own limits");
        let name = ObjectName::Manifest { chain, seq };
        let listed = self.shelf.of_chain(chain).await?;
        let mut of_this = Chain { listed, manifests: vec![proven], ..Chain::new(chain) };
        if of_this.missing_pieces().next().is_some() {
            return Err(BackupError::Unreachable(format!("{} lost what was written to it", self.shelf)));
        }
        let made = self.shelf.create(name, bytes.clone().into()).await?;
        match (self.shelf.read(name, bytes.len() as u64).await?, made) {
            (Read::Whole(read), _) if read == bytes => {}
            (Read::Whole(_) | Read::TooLong, Created::WasThere) => {
                return Err(BackupError::InUse(format!(
                    "another program has made backup {seq} of {chain} meanwhile"
                )));
            }
            (Read::Whole(_) | Read::TooLong, Created::New) | (Read::Missing, _) => {
                let words = format!("{} does not give back what was written to it", self.shelf);
                return Err(BackupError::Unreachable(words));
            }
        }
        let proven = of_this.manifests.pop().expect("it was just put there");
        Ok((proven, of_this.listed))
    }

    /// Deletes what tries that were broken off left in the chain. What belongs to a later backup may be another taker's.
    async fn tidy(&self, chain: &Chain) -> Result<(), BackupError> {
        let named: BTreeSet<ObjectName> = chain.pieces().map(|(name, _)| name).collect();
        for object in &chain.listed {
            match object.name {
                ObjectName::Pages { seq, .. }
                    if (seq as usize) < chain.manifests.len() && !named.contains(&object.name) =>
                {
                    self.shelf.delete(object.name).await?;
                }
                ObjectName::Pages { .. }
                | ObjectName::Manifest { .. }
                | ObjectName::Keys(_)
                | ObjectName::Sealed(_) => {}
            }
        }
        Ok(())
    }
}

/// Reads runs of pages on a thread of its own, and gives the pages back for the next time.
async fn read_pages(
    frozen: Box<dyn FrozenPages>,
    runs: Vec<(u32, u32)>,
) -> Result<(Vec<u8>, Box<dyn FrozenPages>), BackupError> {
    on_disk(move || {
        let pages: u32 = runs.iter().map(|(_, pages)| pages).sum();
        let mut read = vec![0; pages as usize * PAGE_BYTES];
        let mut rest = read.as_mut_slice();
        for (first, pages) in runs {
            let into;
            (into, rest) = rest.split_at_mut(pages as usize * PAGE_BYTES);
            frozen.read(first, into)?;
        }
        Ok((read, frozen))
    })
    .await
}

fn pages_of(read: &[u8]) -> impl Iterator<Item = &SealedPage> {
    let (pages, rest) = read.as_chunks::<PAGE_BYTES>();
    debug_assert!(rest.is_empty(), "whole pages are read");
    pages.iter()
}

/// A sealed file of the store.
#[derive(Clone)]
struct FileThere {
    name: String,
    path: PathBuf,
    bytes: u64,
}

/// The files that are as the newest backup has them: of the same name and size, and of the same head where the key file has
/// changed since and they may have been wrapped anew.
async fn same_files(
    files: &BTreeMap<String, FileThere>,
    newest: Option<&Known>,
    keys: KeyFile,
) -> Result<BTreeMap<String, SealedFile>, BackupError> {
    let Some(newest) = newest else { return Ok(BTreeMap::new()) };
    let may_be_wrapped_anew = newest.chain.last().is_none_or(|manifest| manifest.keys != keys);
    let of_same_size: Vec<(PathBuf, SealedFile)> = files
        .values()
        .filter_map(|file| Some((file, newest.state.sealed.get(&file.name)?)))
        .filter(|(file, sealed)| file.bytes == sealed.bytes)
        .map(|(file, sealed)| (file.path.clone(), sealed.clone()))
        .collect();
    on_disk(move || {
        let mut same = BTreeMap::new();
        for (path, sealed) in of_same_size {
            if !may_be_wrapped_anew || head_of(&path)? == Some(sealed.head) {
                same.insert(sealed.name.clone(), sealed);
            }
        }
        Ok(same)
    })
    .await
}

/// `None` where the file is gone meanwhile.
fn head_of(path: &Path) -> Result<Option<Hash>, BackupError> {
    let Some(file) = open_if_there(path)? else { return Ok(None) };
    let mut head = Vec::with_capacity(HEAD_BYTES);
    file.take(HEAD_BYTES as u64).read_to_end(&mut head).map_err(|error| not_readable(path, &error))?;
    Ok(Some(Hash::of(&head)))
}

async fn files_in(folder: Option<PathBuf>) -> Result<BTreeMap<String, FileThere>, BackupError> {
    let Some(folder) = folder else { return Ok(BTreeMap::new()) };
    on_disk(move || list_files(&folder).map_err(|error| not_readable(&folder, &error))?).await
}

fn list_files(folder: &Path) -> io::Result<Result<BTreeMap<String, FileThere>, BackupError>> {
    let mut files = BTreeMap::new();
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Ok(files)),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let Some(name) = entry.file_name().to_str().filter(|name| is_sealed_name(name)).map(str::to_owned)
        else {
            continue;
        };
        let about = match entry.metadata() {
            Ok(about) if about.is_file() => about,
            Ok(_) => continue,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        if files.len() == SEALED_MAX || about.len() > SEALED_BYTES_MAX {
            let words =
                format!("{}: more than {SEALED_MAX} sealed files, or one too large", folder.display());
            return Ok(Err(BackupError::TooLarge(words)));
        }
        files.insert(name.clone(), FileThere { name, path: entry.path(), bytes: about.len() });
    }
    Ok(Ok(files))
}

fn open_if_there(path: &Path) -> Result<Option<File>, BackupError> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(not_readable(path, &error)),
    }
}

fn read_part(mut file: File, bytes: u64) -> Result<(Vec<u8>, File), BackupError> {
    let mut part = vec![0; usize::try_from(bytes).expect("a part fits into memory")];
    file.read_exact(&mut part)
        .map_err(|error| BackupError::Source(format!("a sealed file is shorter than it was: {error}")))?;
    Ok((part, file))
}

fn not_readable(path: &Path, error: &io::Error) -> BackupError {
    BackupError::Source(format!("{}: {error}", path.display()))
}
