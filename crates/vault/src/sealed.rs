//! Sealed files: voicemail, exports, backups; anything that is written once from front to back and read anywhere. Constant
//! memory both ways. Knows nothing of what is inside, and keeps no directory of them.
//!
//! A head of 104 bytes holds the file's own key, random, under the store's data key; then come chunks of 64 KiB, each with a
//! tag (docs/vault/sealed-files.md has every byte). A chunk's nonce is its number and whether it is the last one, the STREAM
//! construction of Hoang, Reyhanitabar, Rogaway and Vizár (2015). Counting is safe because a file's key seals one file: no
//! writer ever goes back, resumes, or takes up a key again. What is cut off, appended, moved, doubled or left out changes
//! some chunk's number or the answer to "is it the last?", and opens no more.
//!
//! Opening checks the head and the last chunk, so the length is known and proved before anything else is read. A writer that
//! was not finished leaves a file without a last chunk, which never opens.
//!
//! Whoever overwrites the head has destroyed the file: the key is nowhere else. That is what [`erase_file`] does.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use zeroize::Zeroizing;

use crate::aead::{KEY_BYTES, Key, NONCE_BYTES, Nonce, TAG_BYTES, nonce};
use crate::keys::{DataKeys, StoreId};
use crate::whole;

/// Bytes of what a chunk holds; only the last has fewer. Memory per open file, and what a jump costs to read.
pub const CHUNK_BYTES: usize = 64 << 10;
/// Bytes in front of the first chunk.
pub const HEAD_BYTES: usize = CLEAR_BYTES + NONCE_BYTES + KEY_BYTES + TAG_BYTES;

const SEALED_CHUNK_BYTES: usize = CHUNK_BYTES + TAG_BYTES;
/// Magic 7, version 1, purpose 1, zero 7, store 16.
const CLEAR_BYTES: usize = 32;
const MAGIC: &[u8; 7] = b"UshSeal";
const VERSION: u8 = 1;
/// For `Key::derive`. Does not begin as the head of a database does, so no page key is ever the same.
const WRAPPING: &[u8; 16] = b"Usher seals file";

/// What a sealed file is for. Bound into it, so that one is never taken for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A caller's message.
    Voicemail,
    /// What somebody took out of the program and wants to keep sealed.
    Export,
    /// A part of a backup.
    Backup,
}

impl Purpose {
    fn byte(self) -> u8 {
        match self {
            Purpose::Voicemail => 1,
            Purpose::Export => 2,
            Purpose::Backup => 3,
        }
    }

    fn parse(byte: u8) -> Option<Purpose> {
        [Purpose::Voicemail, Purpose::Export, Purpose::Backup].into_iter().find(|each| each.byte() == byte)
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Purpose::Voicemail => "voicemail",
            Purpose::Export => "an export",
            Purpose::Backup => "a backup",
        })
    }
}

/// What is wrong with a sealed file, grouped by what a person can do about it.
#[derive(Debug, thiserror::Error)]
pub enum SealedError {
    /// It is some other file.
    #[error("it is not a sealed file of this program")]
    NotSealed,
    /// Written by a later release. Update the program.
    #[error("it was sealed by a newer release (version {found}; this one knows {known})")]
    Newer {
        /// Its version.
        found: u8,
        /// Ours.
        known: u8,
    },
    /// Another store's keys open it.
    #[error("it belongs to the store {0}")]
    OtherStore(StoreId),
    /// It is whole, and something else than was asked for.
    #[error("it is {found}, not {wanted}")]
    OtherPurpose {
        /// What it is.
        found: Purpose,
        /// What was asked for.
        wanted: Purpose,
    },
    /// The data key it was sealed under has been rotated away: it is of an older backup than the key file.
    #[error("its data key, number {slot}, is not among the store's keys")]
    NoKey {
        /// The slot its head names.
        slot: u8,
    },
    /// It is not as it was sealed. Restore it from a backup.
    #[error("it is damaged: {0}")]
    Damaged(Part),
    /// No space is left. Nothing was kept of what was being written.
    #[error("the disk is full")]
    DiskFull,
    /// Anything else the system refuses.
    #[error(transparent)]
    Io(io::Error),
}

/// Which part of a sealed file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The first 104 bytes.
    Head,
    /// The chunk of this number, from 0.
    Chunk(u64),
    /// Its length is none that a sealed file can have.
    Length,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Head => f.write_str("its head"),
            Part::Chunk(number) => write!(f, "chunk {number}"),
            Part::Length => f.write_str("its length"),
        }
    }
}

impl From<io::Error> for SealedError {
    fn from(error: io::Error) -> SealedError {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => SealedError::DiskFull,
            _ => match error.downcast() {
                Ok(ours) => ours,
                Err(other) => SealedError::Io(other),
            },
        }
    }
}

/// So that a sealed file can be read by whatever reads: the reason comes out again with `SealedError::from`.
impl From<SealedError> for io::Error {
    fn from(error: SealedError) -> io::Error {
        match error {
            SealedError::Io(error) => error,
            SealedError::DiskFull => io::ErrorKind::StorageFull.into(),
            other => io::Error::new(io::ErrorKind::InvalidData, other),
        }
    }
}

/// Seals into `W` what is written into it. Nothing of it opens before [`SealedWriter::finish`].
#[must_use = "what is not finished never opens"]
pub struct SealedWriter<W: Write> {
    inner: W,
    key: Key,
    /// The chunk being filled. Goes out when more comes: only then is it known not to be the last.
    chunk: Zeroizing<Vec<u8>>,
    number: u64,
    /// After a failed write nobody knows what `inner` holds.
    failed: bool,
}

impl<W: Write> SealedWriter<W> {
    /// Writes the head.
    pub fn new(inner: W, keys: &DataKeys, purpose: Purpose) -> io::Result<SealedWriter<W>> {
        SealedWriter::under(inner, &WrapKeys::of(keys), purpose)
    }

    fn under(mut inner: W, keys: &WrapKeys, purpose: Purpose) -> io::Result<SealedWriter<W>> {
        let key = Key::random();
        inner.write_all(&Head::of(keys.store, purpose).with_key(keys, &key))?;
        let chunk = Zeroizing::new(Vec::with_capacity(SEALED_CHUNK_BYTES));
        Ok(SealedWriter { inner, key, chunk, number: 0, failed: false })
    }

    /// Writes the last chunk and gives `inner` back. Bringing it to the disk is the caller's affair.
    pub fn finish(mut self) -> io::Result<W> {
        self.put_chunk(true)?;
        self.inner.flush()?;
        Ok(self.inner)
    }

    fn put_chunk(&mut self, last: bool) -> io::Result<()> {
        if self.failed {
            return Err(io::Error::other("an earlier write of this sealed file failed"));
        }
        // Set before anything can fail: a second attempt would seal other bytes under the same nonce.
        self.failed = true;
        let tag = self.key.seal(&chunk_nonce(self.number, last), &[], &mut self.chunk);
        self.chunk.extend_from_slice(&tag);
        self.inner.write_all(&self.chunk)?;
        self.chunk.clear();
        self.number += 1;
        self.failed = false;
        Ok(())
    }
}

impl<W: Write> Write for SealedWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.chunk.len() == CHUNK_BYTES && !bytes.is_empty() {
            self.put_chunk(false)?;
        }
        if self.failed {
            return Err(io::Error::other("an earlier write of this sealed file failed"));
        }
        let taken = bytes.len().min(CHUNK_BYTES - self.chunk.len());
        self.chunk.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    /// What is in hand waits for more, or for the end: a chunk is sealed once.
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Reads a sealed file from anywhere. Nothing is given out that was not proved.
pub struct SealedReader<R: Read + Seek> {
    inner: R,
    key: Key,
    extent: Extent,
    at: u64,
    chunk: Zeroizing<Vec<u8>>,
    /// Which one `chunk` holds, opened.
    held: Option<u64>,
}

impl<R: Read + Seek> SealedReader<R> {
    /// Checks the head and the last chunk: afterwards the length is proved.
    pub fn open(inner: R, keys: &DataKeys, purpose: Purpose) -> Result<SealedReader<R>, SealedError> {
        SealedReader::under(inner, &WrapKeys::of(keys), purpose)
    }

    fn under(mut inner: R, keys: &WrapKeys, purpose: Purpose) -> Result<SealedReader<R>, SealedError> {
        let size = inner.seek(SeekFrom::End(0))?;
        inner.rewind()?;
        let (head, key) = Head::read(&mut inner, keys)?;
        if head.purpose != purpose {
            return Err(SealedError::OtherPurpose { found: head.purpose, wanted: purpose });
        }
        let extent = Extent::of(size).ok_or(SealedError::Damaged(Part::Length))?;
        let chunk = Zeroizing::new(Vec::with_capacity(SEALED_CHUNK_BYTES));
        let mut reader = SealedReader { inner, key, extent, at: 0, chunk, held: None };
        reader.load(reader.extent.chunks - 1)?;
        Ok(reader)
    }

    /// Bytes that were sealed.
    pub fn plain_bytes(&self) -> u64 {
        self.extent.plain_bytes
    }

    fn load(&mut self, number: u64) -> Result<(), SealedError> {
        if self.held == Some(number) {
            return Ok(());
        }
        self.held = None;
        self.inner.seek(SeekFrom::Start(HEAD_BYTES as u64 + number * SEALED_CHUNK_BYTES as u64))?;
        self.chunk.resize(self.extent.sealed_bytes(number), 0);
        match self.inner.read_exact(&mut self.chunk) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(SealedError::Damaged(Part::Chunk(number)));
            }
            Err(error) => return Err(error.into()),
        }
        let message_bytes = self.chunk.len() - TAG_BYTES;
        let (message, tag) = self.chunk.split_last_chunk_mut().expect("a chunk has at least its tag");
        let nonce = chunk_nonce(number, number + 1 == self.extent.chunks);
        if self.key.open(&nonce, &[], message, tag).is_err() {
            return Err(SealedError::Damaged(Part::Chunk(number)));
        }
        self.chunk.truncate(message_bytes);
        self.held = Some(number);
        Ok(())
    }
}

impl<R: Read + Seek> Read for SealedReader<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.extent.plain_bytes || into.is_empty() {
            return Ok(0);
        }
        self.load(self.at / CHUNK_BYTES as u64)?;
        let from = (self.at % CHUNK_BYTES as u64) as usize;
        let given = into.len().min(self.chunk.len() - from);
        into[..given].copy_from_slice(&self.chunk[from..from + given]);
        self.at += given as u64;
        Ok(given)
    }
}

impl<R: Read + Seek> Seek for SealedReader<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.extent.plain_bytes.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// Makes a sealed file of what `fill` writes: whole and on the disk, or not at all.
pub fn seal_file(
    path: &Path,
    keys: &DataKeys,
    purpose: Purpose,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), SealedError> {
    seal_under(path, &WrapKeys::of(keys), purpose, fill)
}

/// The same for whoever has the keys ready.
pub(crate) fn seal_under(
    path: &Path,
    keys: &WrapKeys,
    purpose: Purpose,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), SealedError> {
    whole::put(path, |file| {
        let mut writer = SealedWriter::under(file, keys, purpose)?;
        fill(&mut writer)?;
        writer.finish().map(|_| ())
    })?;
    Ok(())
}

/// Opens a sealed file for reading.
pub fn open_file(path: &Path, keys: &DataKeys, purpose: Purpose) -> Result<SealedReader<File>, SealedError> {
    open_under(path, &WrapKeys::of(keys), purpose)
}

/// The same for whoever has the keys ready.
pub(crate) fn open_under(
    path: &Path,
    keys: &WrapKeys,
    purpose: Purpose,
) -> Result<SealedReader<File>, SealedError> {
    SealedReader::under(File::open(path)?, keys, purpose)
}

/// Puts a file's key under the store's current data key; part of a rotation. `false` where it is there already. The chunks
/// are copied as they are.
pub fn rewrap_file(path: &Path, keys: &DataKeys) -> Result<bool, SealedError> {
    rewrap_under(path, &WrapKeys::of(keys))
}

/// The same for whoever has the keys ready.
pub(crate) fn rewrap_under(path: &Path, keys: &WrapKeys) -> Result<bool, SealedError> {
    let mut old = File::open(path)?;
    let (head, key) = Head::read(&mut old, keys)?;
    if head.slot == keys.current {
        return Ok(false);
    }
    whole::put(path, move |file| {
        file.write_all(&head.with_key(keys, &key))?;
        io::copy(&mut old, file).map(|_| ())
    })?;
    Ok(true)
}

/// Destroys a file's key, then removes the file. What the disk still holds of it cannot be read by anybody, as far as the
/// disk overwrites in place; flash and snapshots may keep the head until the data key is rotated.
pub fn erase_file(path: &Path) -> Result<(), SealedError> {
    let mut file = crate::owners_file().open(path)?;
    file.write_all(&[0; HEAD_BYTES])?;
    file.sync_all()?;
    drop(file);
    std::fs::remove_file(path)?;
    Ok(())
}

/// What wraps the keys of a store's sealed files, for each of its data keys. Overwritten when dropped.
pub(crate) struct WrapKeys {
    store: StoreId,
    current: u8,
    slots: Vec<(u8, Key)>,
}

impl WrapKeys {
    /// What the store's keys are for its sealed files.
    pub(crate) fn of(keys: &DataKeys) -> WrapKeys {
        let of_slot = |slot| Some((slot, keys.of_slot(slot)?.derive(WRAPPING)));
        WrapKeys {
            store: keys.store(),
            current: keys.current().0,
            slots: keys.slots().filter_map(of_slot).collect(),
        }
    }

    fn of_slot(&self, slot: u8) -> Option<&Key> {
        self.slots.iter().find(|(known, _)| *known == slot).map(|(_, key)| key)
    }
}

impl fmt::Debug for WrapKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WrapKeys(…)")
    }
}

/// What the head says besides the key.
struct Head {
    clear: [u8; CLEAR_BYTES],
    purpose: Purpose,
    slot: u8,
}

impl Head {
    fn of(store: StoreId, purpose: Purpose) -> Head {
        let mut clear = [0; CLEAR_BYTES];
        clear[..7].copy_from_slice(MAGIC);
        clear[7] = VERSION;
        clear[8] = purpose.byte();
        clear[16..].copy_from_slice(store.bytes());
        Head { clear, purpose, slot: 0 }
    }

    /// The whole head, with `key` under the current data key. As in a page, the nonce's first byte is the slot.
    fn with_key(&self, keys: &WrapKeys, key: &Key) -> [u8; HEAD_BYTES] {
        let wrapping = keys.of_slot(keys.current).expect("the current key is one of the store's");
        let mut used = nonce();
        used[0] = keys.current;
        let mut bytes = [0; HEAD_BYTES];
        let (clear, rest) = bytes.split_at_mut(CLEAR_BYTES);
        let (nonce, rest) = rest.split_at_mut(NONCE_BYTES);
        let (wrapped, tag) = rest.split_at_mut(KEY_BYTES);
        clear.copy_from_slice(&self.clear);
        nonce.copy_from_slice(&used);
        wrapped.copy_from_slice(key.danger_expose());
        tag.copy_from_slice(&wrapping.seal(&used, clear, wrapped));
        bytes
    }

    fn read(from: &mut impl Read, keys: &WrapKeys) -> Result<(Head, Key), SealedError> {
        let mut bytes = Vec::with_capacity(HEAD_BYTES);
        from.take(HEAD_BYTES as u64).read_to_end(&mut bytes)?;
        match bytes.first_chunk() {
            Some(bytes) => Head::parse(bytes, keys),
            None if bytes.starts_with(MAGIC) => Err(SealedError::Damaged(Part::Head)),
            None => Err(SealedError::NotSealed),
        }
    }

    fn parse(bytes: &[u8; HEAD_BYTES], keys: &WrapKeys) -> Result<(Head, Key), SealedError> {
        let damaged = || SealedError::Damaged(Part::Head);
        let (clear, rest) = bytes.split_first_chunk::<CLEAR_BYTES>().expect("the head is longer");
        let (used, rest) = rest.split_first_chunk::<NONCE_BYTES>().expect("the head is longer");
        let (sealed, tag) = rest.split_last_chunk::<TAG_BYTES>().expect("the head is longer");
        if !clear.starts_with(MAGIC) {
            return Err(SealedError::NotSealed);
        }
        match clear[7] {
            VERSION => {}
            0 => return Err(damaged()),
            found => return Err(SealedError::Newer { found, known: VERSION }),
        }
        let store = StoreId::from_bytes(clear[16..].try_into().expect("the store has 16 bytes"));
        if store != keys.store {
            return Err(SealedError::OtherStore(store));
        }
        let purpose = Purpose::parse(clear[8]).ok_or_else(damaged)?;
        let slot = used[0];
        let wrapping = keys.of_slot(slot).ok_or(SealedError::NoKey { slot })?;
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        key.copy_from_slice(sealed);
        wrapping.open(used, clear, &mut *key, tag).map_err(|_| damaged())?;
        Ok((Head { clear: *clear, purpose, slot }, Key::from_bytes(&key)))
    }
}

/// How a file's length divides into chunks. Proved only when its last chunk has been opened.
struct Extent {
    plain_bytes: u64,
    chunks: u64,
}

impl Extent {
    /// `None` where no sealed file has this many bytes: an empty chunk stands only in an empty file.
    fn of(file_bytes: u64) -> Option<Extent> {
        let body = file_bytes.checked_sub(HEAD_BYTES as u64)?;
        let (full, rest) = (body / SEALED_CHUNK_BYTES as u64, body % SEALED_CHUNK_BYTES as u64);
        let last = match (full, rest) {
            (0, 0) => return None,
            (_, 0) => return Some(Extent { plain_bytes: full * CHUNK_BYTES as u64, chunks: full }),
            (_, _) => rest.checked_sub(TAG_BYTES as u64)?,
        };
        let whole = last > 0 || full == 0;
        whole.then_some(Extent { plain_bytes: full * CHUNK_BYTES as u64 + last, chunks: full + 1 })
    }

    fn sealed_bytes(&self, number: u64) -> usize {
        let before = number * CHUNK_BYTES as u64;
        (self.plain_bytes - before).min(CHUNK_BYTES as u64) as usize + TAG_BYTES
    }
}

/// 15 bytes zero, the chunk's number, and 1 for the last one.
fn chunk_nonce(number: u64, last: bool) -> Nonce {
    let mut nonce = [0; NONCE_BYTES];
    nonce[15..23].copy_from_slice(&number.to_be_bytes());
    nonce[23] = last.into();
    nonce
}
