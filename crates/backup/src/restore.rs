//! Brings a store back from its backups into a directory that is empty or not there. Fetches each piece at most once, and
//! none of which no page is needed; proves every page with the store's keys; hands the directory to the vault, which anchors
//! it; and only then gives it its name. Never writes over a store, and never leaves half of one under its name.
//!
//! What is fetched lies in `<directory>.restoring` beside it until then, and is taken up by the next try.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use tokio_util::sync::CancellationToken;
use vault::VaultError;
use vault::aead::{Key, Nonce};
use vault::format::{Head, PAGE_BYTES, SealedPage, nonce_of, open_page, page_key};
use vault::keys::{DataKeys, KeyError, KeyFile, StoreId};

use crate::chain::{Chain, State, piece_name};
use crate::check::{AT_ONCE, Damage, Depth, Part, Point, check_shelf};
use crate::error::BackupError;
use crate::layout::{ChainName, DATABASE, Hash, KEY_FILE, Moment, ObjectName, SEALED_FILES};
use crate::manifest::{Manifest, ManifestKey, Proven, SealedFile};
use crate::progress::{Meter, Step, on_disk};
use crate::target::{Shelf, Target, Wrong};

/// Names in the directory while it is being restored.
const LOCK: &str = "restore.lock";
const JOURNAL: &str = "restore.journal";
/// Pages opened between two looks at whether to stop.
const PAGES_AT_ONCE: usize = 2048;

/// SQLite locks a byte of this page and never writes it.
const LOCK_BYTE_PAGE: u32 = 0x4000_0000 / PAGE_BYTES as u32 + 1;

/// What the vault does for a restore.
pub trait Opener: Send + Sync {
    /// Opens the key file of a store with the key that is at hand: of the keychain, or the recovery key.
    fn unlock(&self, key_file: &KeyFile) -> Result<DataKeys, KeyError>;
    /// Makes a store of a directory with database, key file and sealed files: a fresh anchor.
    fn adopt(&self, directory: &Path, keys: &DataKeys) -> Result<(), VaultError>;
}

/// Which state to restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The newest not after this; `None` is the newest of all.
    pub until: Option<Moment>,
    /// When it is damaged.
    pub on_damage: OnDamage,
}

/// What to do when the state that is wanted is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDamage {
    /// Restore nothing, and say what is damaged and how far one can go.
    Refuse,
    /// Restore the newest state before it that is whole. Sealed files that are damaged are left out.
    GoBack,
}

/// A store that was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Its state at this time.
    pub at: Moment,
    /// From which chain.
    pub chain: ChainName,
    /// From which backup in it.
    pub seq: u32,
    /// Pages of its database; each was opened with the store's key.
    pub pages: u32,
    /// Sealed files.
    pub sealed: u32,
    /// What was damaged, and is passed over or left out.
    pub damages: Vec<Damage>,
}

/// Restores a store into `directory`.
pub async fn restore(
    target: &Target,
    store: StoreId,
    wanted: Wanted,
    directory: &Path,
    opener: &dyn Opener,
    meter: &Meter,
    cancel: &CancellationToken,
) -> Result<Restored, BackupError> {
    let shelf = target.shelf(store, cancel);
    let restored = Restoring { shelf: &shelf, store, directory, opener, meter }.run(wanted).await;
    meter.end();
    restored
}

/// A state that was chosen.
struct Chosen {
    chain: Chain,
    upto: u32,
}

impl Chosen {
    fn proven(&self) -> &Proven {
        &self.chain.manifests[self.upto as usize]
    }
}

/// Why a try ended without a store.
enum Failed {
    Damaged(Vec<Damage>),
    Other(BackupError),
}

impl From<BackupError> for Failed {
    fn from(error: BackupError) -> Failed {
        Failed::Other(error)
    }
}

struct Restoring<'a> {
    shelf: &'a Shelf,
    store: StoreId,
    directory: &'a Path,
    opener: &'a dyn Opener,
    meter: &'a Meter,
}

impl Restoring<'_> {
    async fn run(&self, wanted: Wanted) -> Result<Restored, BackupError> {
        refuse_taken(self.directory)?;
        let damages = match self.choose(wanted.until).await {
            Ok(chosen) => match self.attempt(&chosen, wanted.on_damage).await {
                Ok(restored) => return Ok(restored),
                Err(Failed::Damaged(damages)) => damages,
                Err(Failed::Other(error)) => return Err(error),
            },
            Err(Failed::Damaged(damages)) => damages,
            Err(Failed::Other(error)) => return Err(error),
        };
        let report = check_shelf(self.shelf, self.store, Depth::Content, self.meter).await?;
        let best = report.newest_restorable(wanted.until);
        let refused = |restorable| Err(BackupError::Damaged { damages: damages.clone(), restorable });
        let (Some(best), OnDamage::GoBack) = (best, wanted.on_damage) else {
            return refused(best.map(|best| best.at));
        };
        let chosen = self.at(best).await?;
        match self.attempt(&chosen, OnDamage::GoBack).await {
            Ok(mut restored) => {
                let more: Vec<Damage> =
                    damages.iter().filter(|damage| !restored.damages.contains(damage)).cloned().collect();
                restored.damages.extend(more);
                Ok(restored)
            }
            Err(Failed::Damaged(_)) => refused(None),
            Err(Failed::Other(error)) => Err(error),
        }
    }

    /// The newest state not after `until`, as the manifests tell.
    async fn choose(&self, until: Option<Moment>) -> Result<Chosen, Failed> {
        for name in self.shelf.chains().await?.into_iter().rev() {
            let Some(chain) = Chain::read(self.shelf, self.store, name).await? else { continue };
            let is_not_after = |proven: &Proven| until.is_none_or(|until| proven.manifest.at <= until);
            let upto = chain.manifests.iter().rposition(is_not_after);
            // What is behind the damage may be what is wanted, unless it is wanted as of that very moment.
            let may_be_behind = upto.is_some_and(|upto| {
                upto + 1 == chain.manifests.len() && until != Some(chain.manifests[upto].manifest.at)
            });
            match (&chain.damage, upto) {
                (Some(damage), Some(_)) if may_be_behind => {
                    return Err(Failed::Damaged(vec![damage.clone()]));
                }
                (Some(damage), None) if chain.manifests.is_empty() => {
                    return Err(Failed::Damaged(vec![damage.clone()]));
                }
                (_, Some(upto)) => return Ok(Chosen { upto: upto as u32, chain }),
                (_, None) => {}
            }
        }
        Err(Failed::Other(BackupError::Nothing { store: self.store, until }))
    }

    async fn at(&self, point: &Point) -> Result<Chosen, BackupError> {
        let chain = Chain::read(self.shelf, self.store, point.chain).await?;
        match chain {
            Some(chain) if (point.seq as usize) < chain.manifests.len() => {
                Ok(Chosen { chain, upto: point.seq })
            }
            Some(_) | None => Err(BackupError::Unreachable(format!("{} has just changed", self.shelf))),
        }
    }

    async fn attempt(&self, chosen: &Chosen, on_damage: OnDamage) -> Result<Restored, Failed> {
        let proven = chosen.proven();
        let manifest = &proven.manifest;
        let key_file = self.key_file(manifest).await?;
        let keys = Arc::new(unlock(self.opener, &key_file)?);
        prove(proven, &keys)?;

        let state = chosen.chain.state(chosen.upto);
        let mut workshop = Workshop::enter(self.directory, proven.hash)?;
        let sealed_bytes: u64 = state.sealed.values().map(|file| file.bytes).sum();
        let fetches = fetches_of(chosen, &state);
        let page_bytes: u64 = fetches.iter().map(|fetch| fetch.bytes).sum();
        self.meter.begin(Step::Fetching, page_bytes + sealed_bytes);
        workshop = self.fetch_pages(workshop, chosen.chain.name, &fetches, &state.nonces).await?;
        let damages = self.fetch_sealed(&workshop, manifest, &state, on_damage).await?;
        workshop = self.open_pages(workshop, state.nonces, keys.clone()).await?;
        let restored = Restored {
            at: manifest.at,
            chain: manifest.chain,
            seq: manifest.seq,
            pages: manifest.pages,
            sealed: u32::try_from(state.sealed.len() - damages.len()).unwrap_or(u32::MAX),
            damages,
        };
        workshop.write(KEY_FILE, &key_file)?;
        workshop.finish(self.directory, |there| Ok(self.opener.adopt(there, &keys)?))?;
        Ok(restored)
    }

    async fn key_file(&self, manifest: &Manifest) -> Result<Vec<u8>, Failed> {
        let keys = manifest.keys;
        let fetched = self.shelf.fetch(ObjectName::Keys(keys.sha256), keys.bytes).await?;
        fetched.map_err(|how| Failed::Damaged(vec![damage_of(manifest, Part::Keys(keys.sha256), how)]))
    }

    /// Fetches what the last try has not fetched, some pieces at once, and writes it in the order it comes.
    async fn fetch_pages(
        &self,
        mut workshop: Workshop,
        chain: ChainName,
        fetches: &[Fetch],
        nonces: &[Nonce],
    ) -> Result<Workshop, Failed> {
        let (done, missing): (Vec<&Fetch>, Vec<&Fetch>) =
            fetches.iter().partition(|fetch| workshop.has(fetch.hash()));
        self.meter.add(done.iter().map(|fetch| fetch.bytes).sum());
        let get = |fetch: &'_ Fetch| {
            let (name, bytes) = (fetch.name, fetch.bytes);
            async move { self.shelf.fetch(name, bytes).await }
        };
        let mut fetched = stream::iter(missing.iter().map(|fetch| get(fetch))).buffered(AT_ONCE);
        for fetch in &missing {
            let got = fetched.next().await.expect("there is an answer for every question");
            let damage = |how| {
                let part = Part::Pages(fetch.hash());
                Failed::Damaged(vec![Damage { chain, seq: fetch.seq, part, how }])
            };
            let piece = got?.map_err(damage)?;
            if !fetch.pages(&piece).all(|(page, sealed)| *nonce_of(sealed) == nonces[page as usize - 1]) {
                return Err(damage(Wrong::Damaged));
            }
            let (hash, spans) = (fetch.hash(), fetch.spans.clone());
            workshop = on_disk(move || workshop.write_piece(hash, &spans, &piece)).await?;
            self.meter.add(fetch.bytes);
        }
        Ok(workshop)
    }

    async fn fetch_sealed(
        &self,
        workshop: &Workshop,
        manifest: &Manifest,
        state: &State,
        on_damage: OnDamage,
    ) -> Result<Vec<Damage>, Failed> {
        let mut damages = Vec::new();
        for file in state.sealed.values() {
            if !workshop.has_sealed(file) {
                match self.fetch_file(workshop, file).await? {
                    Ok(()) => {}
                    Err(how) => damages.push(damage_of(manifest, Part::Sealed(file.name.clone()), how)),
                }
            }
            self.meter.add(file.bytes);
        }
        match on_damage {
            OnDamage::Refuse if !damages.is_empty() => Err(Failed::Damaged(damages)),
            OnDamage::Refuse | OnDamage::GoBack => Ok(damages),
        }
    }

    async fn fetch_file(
        &self,
        workshop: &Workshop,
        file: &SealedFile,
    ) -> Result<Result<(), Wrong>, BackupError> {
        let mut writing = workshop.begin_sealed(file)?;
        let parts = stream::iter(file.sizes())
            .map(|(hash, bytes)| self.shelf.fetch(ObjectName::Sealed(hash), bytes))
            .buffered(AT_ONCE);
        let mut parts = std::pin::pin!(parts);
        while let Some(part) = parts.try_next().await? {
            match part {
                Ok(part) => writing = on_disk(move || writing.append(&part)).await?,
                Err(how) => return Ok(Err(how)),
            }
        }
        on_disk(move || writing.finish()).await.map(Ok)
    }

    /// Opens every page with the store's key, and looks that it is the version the manifest promises.
    async fn open_pages(
        &self,
        workshop: Workshop,
        nonces: Vec<Nonce>,
        keys: Arc<DataKeys>,
    ) -> Result<Workshop, BackupError> {
        self.meter.begin(Step::Opening, nonces.len() as u64 * PAGE_BYTES as u64);
        let mut pages = workshop.pages(keys)?;
        let nonces: Arc<[Nonce]> = nonces.into();
        for first in (0..nonces.len()).step_by(PAGES_AT_ONCE) {
            let end = nonces.len().min(first + PAGES_AT_ONCE);
            let expected = nonces.clone();
            pages = on_disk(move || {
                pages.open(first, &expected[first..end])?;
                Ok(pages)
            })
            .await?;
            self.meter.add(((end - first) * PAGE_BYTES) as u64);
            self.shelf.refuse_cancelled()?;
        }
        workshop.end_of_pages(nonces.len())?;
        Ok(workshop)
    }
}

fn unlock(opener: &dyn Opener, key_file: &[u8]) -> Result<DataKeys, BackupError> {
    let unlocked = KeyFile::parse(Path::new(KEY_FILE), key_file).and_then(|file| opener.unlock(&file));
    unlocked.map_err(|error| match error {
        KeyError::WrongKey { .. } => BackupError::WrongKey(error.to_string()),
        // Its hash is the one in the manifest, so it was written like this.
        KeyError::Damaged { .. } => BackupError::Forged(error.to_string()),
        KeyError::Newer { .. } | KeyError::Exists(_) | KeyError::NotWritable { .. } | KeyError::DiskFull => {
            BackupError::Source(error.to_string())
        }
    })
}

/// That a holder of the store's key wrote the manifest, and through the hashes in it everything before in the chain.
fn prove(proven: &Proven, keys: &DataKeys) -> Result<(), BackupError> {
    let forged = |words: &str| Err(BackupError::Forged(words.to_owned()));
    let Some(signature) = proven.signature else { return forged("its manifest is not signed") };
    let Some(key) = keys.of_slot(signature.slot) else {
        return Err(BackupError::WrongKey(format!("it has no data key {}", signature.slot)));
    };
    if proven.is_signed_by(&ManifestKey::of_slot(signature.slot, key)) {
        Ok(())
    } else {
        forged("the signature of its manifest is wrong")
    }
}

fn damage_of(manifest: &Manifest, part: Part, how: Wrong) -> Damage {
    Damage { chain: manifest.chain, seq: manifest.seq, part, how }
}

/// Pages of a piece that follow each other and are needed.
#[derive(Clone, Copy)]
struct Span {
    /// The first page's number.
    page: u32,
    /// Where it lies in the piece, in pages.
    at: u32,
    pages: u32,
}

/// A piece that is needed.
struct Fetch {
    name: ObjectName,
    seq: u32,
    bytes: u64,
    spans: Vec<Span>,
}

impl Fetch {
    fn hash(&self) -> Hash {
        self.name.hash().expect("a piece is named by its hash")
    }

    fn pages<'a>(&'a self, piece: &'a [u8]) -> impl Iterator<Item = (u32, &'a SealedPage)> {
        let (all, _) = piece.as_chunks::<PAGE_BYTES>();
        let of_span = |span: &Span| span.page..span.page + span.pages;
        let sealed = |span: &Span| &all[span.at as usize..(span.at + span.pages) as usize];
        self.spans.iter().flat_map(move |span| of_span(span).zip(sealed(span)))
    }
}

/// The pieces with pages that no later backup has replaced, oldest first.
fn fetches_of(chosen: &Chosen, state: &State) -> Vec<Fetch> {
    let mut fetches = Vec::new();
    let mut owner = 0;
    for manifest in chosen.chain.manifests[..=chosen.upto as usize].iter().map(|proven| &proven.manifest) {
        let mut pages = manifest.changed_pages();
        for piece in &manifest.pieces {
            let mut spans: Vec<Span> = Vec::new();
            for (at, page) in (0..).zip(pages.by_ref().take(piece.pages as usize)) {
                if state.owners.get(page as usize - 1) != Some(&owner) {
                    continue;
                }
                match spans.last_mut() {
                    Some(span) if (span.page + span.pages, span.at + span.pages) == (page, at) => {
                        span.pages += 1;
                    }
                    Some(_) | None => spans.push(Span { page, at, pages: 1 }),
                }
            }
            if !spans.is_empty() {
                let name = piece_name(manifest.chain, manifest.seq, piece);
                fetches.push(Fetch { name, seq: manifest.seq, bytes: piece.bytes(), spans });
            }
            owner += 1;
        }
    }
    fetches
}

fn refuse_taken(directory: &Path) -> Result<(), BackupError> {
    let taken = |what: &str| {
        let words = format!("{} {what}: a restore never writes over what is there", directory.display());
        Err(BackupError::NotWritable(words))
    };
    match fs::read_dir(directory) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => taken("is not empty"),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => taken("is a file"),
        Err(error) => Err(BackupError::of_disk(directory, &error)),
    }
}

/// The directory beside the target, where the store comes together. No other restore can enter it.
struct Workshop {
    path: PathBuf,
    database: File,
    journal: File,
    /// Pieces whose pages are on the disk.
    done: Vec<Hash>,
    lock: File,
}

impl Workshop {
    /// Makes it, or takes up what was begun for the same manifest; what was begun for another one is thrown away.
    fn enter(directory: &Path, manifest: Hash) -> Result<Workshop, BackupError> {
        let mut name = directory.file_name().unwrap_or_default().to_owned();
        name.push(".restoring");
        let path = directory.with_file_name(name);
        let at = |file: &str| path.join(file);
        make_directory(&path)?;
        let lock = on(&at(LOCK), |file| file.create(true))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                let words = format!("another program restores to {}", directory.display());
                return Err(BackupError::InUse(words));
            }
            Err(fs::TryLockError::Error(error)) => return Err(BackupError::of_disk(&at(LOCK), &error)),
        }
        let done = match read_journal(&at(JOURNAL), manifest)? {
            Some(done) => done,
            None => {
                clear(&path)?;
                on(&at(DATABASE), |file| file.create_new(true))?;
                let mut journal = on(&at(JOURNAL), |file| file.create_new(true))?;
                writeln!(journal, "{manifest}")
                    .map_err(|error| BackupError::of_disk(&at(JOURNAL), &error))?;
                Vec::new()
            }
        };
        make_directory(&at(SEALED_FILES))?;
        let database = on(&at(DATABASE), |file| file)?;
        let journal = on(&at(JOURNAL), |file| file.append(true))?;
        Ok(Workshop { database, journal, done, lock, path })
    }

    fn has(&self, piece: Hash) -> bool {
        self.done.contains(&piece)
    }

    /// Writes the pages that are needed of a piece; once they are on the disk, the journal says so.
    fn write_piece(mut self, piece: Hash, spans: &[Span], bytes: &[u8]) -> Result<Workshop, BackupError> {
        self.try_write_piece(piece, spans, bytes)
            .map_err(|error| BackupError::of_disk(&self.path.join(DATABASE), &error))?;
        self.done.push(piece);
        Ok(self)
    }

    fn try_write_piece(&mut self, piece: Hash, spans: &[Span], bytes: &[u8]) -> io::Result<()> {
        for span in spans {
            let in_piece = span.at as usize * PAGE_BYTES..(span.at + span.pages) as usize * PAGE_BYTES;
            self.database.seek(SeekFrom::Start(u64::from(span.page - 1) * PAGE_BYTES as u64))?;
            self.database.write_all(&bytes[in_piece])?;
        }
        // In this order: a line that a power cut takes only costs another download.
        self.database.sync_data()?;
        writeln!(self.journal, "{piece}")
    }

    /// Whether an earlier try has fetched it: it gets its name once it is whole.
    fn has_sealed(&self, file: &SealedFile) -> bool {
        let path = self.path.join(SEALED_FILES).join(&file.name);
        fs::metadata(path).is_ok_and(|about| about.is_file() && about.len() == file.bytes)
    }

    fn begin_sealed(&self, file: &SealedFile) -> Result<SealedWriting, BackupError> {
        let folder = self.path.join(SEALED_FILES);
        let (half, whole) = (folder.join(format!(".{}", file.name)), folder.join(&file.name));
        let writing = on(&half, |open| open.create(true).truncate(true))?;
        Ok(SealedWriting { file: writing, half, whole })
    }

    fn pages(&self, keys: Arc<DataKeys>) -> Result<Pages, BackupError> {
        let path = self.path.join(DATABASE);
        let database = on(&path, |file| file)?;
        Ok(Pages { database, path, keys, head: None, key: None })
    }

    /// Nothing may stand behind the last page.
    fn end_of_pages(&self, pages: usize) -> Result<(), BackupError> {
        let cut =
            self.database.set_len(pages as u64 * PAGE_BYTES as u64).and_then(|()| self.database.sync_all());
        cut.map_err(|error| BackupError::of_disk(&self.path.join(DATABASE), &error))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), BackupError> {
        let path = self.path.join(name);
        let mut file = on(&path, |file| file.create(true).truncate(true))?;
        let written = file.write_all(bytes).and_then(|()| file.sync_all());
        written.map_err(|error| BackupError::of_disk(&path, &error))
    }

    /// Lets the vault make a store of it, and gives it its name.
    fn finish(
        self,
        directory: &Path,
        adopt: impl FnOnce(&Path) -> Result<(), BackupError>,
    ) -> Result<(), BackupError> {
        let Workshop { path, database, journal, done: _, lock } = self;
        drop((database, journal));
        remove(&path.join(JOURNAL))?;
        adopt(&path)?;
        // Windows renames no directory with an open file in it.
        drop(lock);
        remove(&path.join(LOCK))?;
        sync_directory(&path)?;
        refuse_taken(directory)?;
        // An empty one is in the way on Windows.
        match fs::remove_dir(directory) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(BackupError::of_disk(directory, &error));
            }
            Ok(()) | Err(_) => {}
        }
        fs::rename(&path, directory).map_err(|error| BackupError::of_disk(directory, &error))?;
        match directory.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => sync_directory(parent),
            Some(_) | None => sync_directory(Path::new(".")),
        }
    }
}

/// The pieces that were written for this manifest; `None` where another one, or nothing, was begun.
fn read_journal(path: &Path, manifest: Hash) -> Result<Option<Vec<Hash>>, BackupError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(None),
        Err(error) => return Err(BackupError::of_disk(path, &error)),
    };
    let mut lines = text.lines().map_while(|line| line.parse().ok());
    Ok((lines.next() == Some(manifest)).then(|| lines.collect()))
}

/// Removes everything but the lock.
fn clear(path: &Path) -> Result<(), BackupError> {
    let cleared = (|| {
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            if entry.file_name() == LOCK {
                continue;
            }
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            } else {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    })();
    cleared.map_err(|error| BackupError::of_disk(path, &error))
}

fn remove(path: &Path) -> Result<(), BackupError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(BackupError::of_disk(path, &error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// For the owner only, on Unix; elsewhere the directory's own rights hold.
fn make_directory(path: &Path) -> Result<(), BackupError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| BackupError::of_disk(path, &error))
}

fn on(path: &Path, how: impl FnOnce(&mut OpenOptions) -> &mut OpenOptions) -> Result<File, BackupError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    how(&mut options).open(path).map_err(|error| BackupError::of_disk(path, &error))
}

/// So that names outlive a power cut. Windows has no such call; its file systems journal names themselves.
fn sync_directory(path: &Path) -> Result<(), BackupError> {
    if !cfg!(unix) {
        return Ok(());
    }
    File::open(path)
        .and_then(|directory| directory.sync_all())
        .map_err(|error| BackupError::of_disk(path, &error))
}

/// A sealed file that is being fetched, under a name that begins with a dot.
struct SealedWriting {
    file: File,
    half: PathBuf,
    whole: PathBuf,
}

impl SealedWriting {
    fn append(mut self, part: &[u8]) -> Result<SealedWriting, BackupError> {
        self.file.write_all(part).map_err(|error| BackupError::of_disk(&self.half, &error))?;
        Ok(self)
    }

    fn finish(self) -> Result<(), BackupError> {
        let SealedWriting { file, half, whole } = self;
        let done = file.sync_all().and_then(|()| {
            drop(file);
            fs::rename(&half, &whole)
        });
        done.map_err(|error| BackupError::of_disk(&whole, &error))
    }
}

/// The pages of the database, as they are opened one after the other.
struct Pages {
    database: File,
    path: PathBuf,
    keys: Arc<DataKeys>,
    head: Option<Head>,
    /// The key of the slot that came last: nearly always the next one's too.
    key: Option<(u8, Key)>,
}

impl Pages {
    /// Opens the pages from the `first` (0 is the first page) on, each of which must be of this version.
    fn open(&mut self, first: usize, expected: &[Nonce]) -> Result<(), BackupError> {
        let mut read = vec![0; expected.len() * PAGE_BYTES];
        let from = SeekFrom::Start(first as u64 * PAGE_BYTES as u64);
        self.database
            .seek(from)
            .and_then(|_| self.database.read_exact(&mut read))
            .map_err(|error| BackupError::of_disk(&self.path, &error))?;
        let (pages, _) = read.as_chunks_mut::<PAGE_BYTES>();
        for ((page, nonce), number) in pages.iter_mut().zip(expected).zip(first as u32 + 1..) {
            let forged = || BackupError::Forged(format!("page {number} is not what was sealed"));
            if nonce_of(page) != nonce {
                return Err(forged());
            }
            if number == LOCK_BYTE_PAGE && page.iter().all(|byte| *byte == 0) {
                continue;
            }
            let head = match self.head {
                Some(head) => head,
                None => *self.head.insert(Head::parse(page.as_slice()).ok_or_else(forged)?),
            };
            let key = self.key_of(nonce[0], &head)?;
            open_page(key, &head, number, page).map_err(|_| forged())?;
        }
        Ok(())
    }

    fn key_of(&mut self, slot: u8, head: &Head) -> Result<&Key, BackupError> {
        if self.key.as_ref().is_none_or(|(of, _)| *of != slot) {
            let key = self.keys.of_slot(slot);
            let key = key.ok_or_else(|| BackupError::WrongKey(format!("it has no data key {slot}")))?;
            self.key = Some((slot, page_key(key, head)));
        }
        let (_, key) = self.key.as_ref().expect("it was just put there");
        Ok(key)
    }
}
