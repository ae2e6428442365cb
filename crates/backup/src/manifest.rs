//! A manifest: what one backup consists of. Its bytes, their limits, and what proves them. Reads no object.
//!
//! ```text
//! "Usher backup 1\n"
//! u32   length of the head            numbers are big endian
//! head  JSON: store, chain, time, pieces, key file, sealed files
//! u32   number of runs of changed pages, then for each: u32 first page, u32 pages
//! 24 B  per changed page: its nonce, in the order of the runs
//! u8    1 if signed, u8 slot of the data key, 32 B HMAC-SHA256 over the SHA-256 of all before
//! 32 B  SHA-256 over all before
//! ```
//!
//! The hash at the end finds damage without a key. The next manifest holds that hash, so a chain cannot lose a link in the
//! middle. Whoever can write the target can make new hashes; the signature tells a holder of the data key that it was one
//! who wrote it, and through the hashes it covers everything older in the chain.

use ring::{digest, hmac};
use serde::{Deserialize, Serialize};
use vault::aead::{Key, NONCE_BYTES, Nonce};
use vault::format::PAGE_BYTES;
use vault::keys::{DataKeys, StoreId};

use crate::layout::{ChainName, Hash, Moment};

/// Pages of one object: 8 MiB. Small enough for a single put everywhere and for a slow line, large enough that a store of
/// gigabytes has only hundreds.
pub const PIECE_PAGES_MAX: u32 = 2048;
/// Bytes of a part of a sealed file: as large as a piece.
pub(crate) const PART_BYTES_MAX: u64 = PIECE_PAGES_MAX as u64 * PAGE_BYTES as u64;
/// Pages of a store that can be backed up: 16 GiB, ten times what 24 months of a large desk need. Taking, checking and
/// restoring keep 28 bytes a page in memory.
pub const PAGES_MAX: u32 = 1 << 22;
/// Backups of a chain: a day of one each two minutes.
pub(crate) const SEQ_MAX: u32 = 720;
/// Sealed files of a store: 24 months of voicemail, a thousand a week, and as much again.
pub(crate) const SEALED_MAX: usize = 200_000;
/// Bytes of a key file: a wrapped key takes some hundred.
pub(crate) const KEY_FILE_BYTES_MAX: u64 = 1 << 20;
/// Bytes of a sealed file: days of speech.
pub(crate) const SEALED_BYTES_MAX: u64 = 4 << 30;

const MAGIC: &[u8] = b"Usher backup 1\n";
/// A sealed file takes at most 500 bytes of a head, and its parts 70 each.
const HEAD_BYTES_MAX: usize = 256 << 20;
const SIGNATURE_BYTES: usize = 2 + 32;
const HASH_BYTES: usize = 32;
/// Characters of a sealed file's name.
const NAME_CHARS_MAX: usize = 128;

/// Bytes of a manifest.
pub(crate) const MANIFEST_BYTES_MAX: u64 =
    HEAD_BYTES_MAX as u64 + PAGES_MAX as u64 * (NONCE_BYTES as u64 + 8) + 1024;

/// Pages that follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// The first; 1 is the first of the store.
    pub(crate) first: u32,
    /// How many; not zero.
    pub(crate) pages: u32,
}

/// An object with changed pages, one after the other as they lie on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Piece {
    /// Of its content; also its name.
    pub(crate) sha256: Hash,
    /// 1 to [`PIECE_PAGES_MAX`].
    pub(crate) pages: u32,
}

impl Piece {
    /// Its size.
    pub(crate) fn bytes(&self) -> u64 {
        u64::from(self.pages) * PAGE_BYTES as u64
    }
}

/// The key file that goes with a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyFile {
    /// Of its content; also its name.
    pub(crate) sha256: Hash,
    /// 1 to [`KEY_FILE_BYTES_MAX`].
    pub(crate) bytes: u64,
}

/// A sealed file, in parts of [`PART_BYTES_MAX`] and a shorter last one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SealedFile {
    /// In the store's folder of sealed files.
    pub(crate) name: String,
    /// At most [`SEALED_BYTES_MAX`].
    pub(crate) bytes: u64,
    /// SHA-256 of its first bytes, as many as [`vault::sealed::HEAD_BYTES`]: its version. A rotation of keys writes the head
    /// anew and nothing else.
    pub(crate) head: Hash,
    /// SHA-256 of each part; also its name.
    pub(crate) parts: Vec<Hash>,
}

impl SealedFile {
    /// The parts with their sizes.
    pub(crate) fn sizes(&self) -> impl Iterator<Item = (Hash, u64)> + '_ {
        self.parts.iter().enumerate().map(|(at, hash)| {
            let from = at as u64 * PART_BYTES_MAX;
            (*hash, (self.bytes - from).min(PART_BYTES_MAX))
        })
    }
}

/// Whether a sealed file may have this name: it becomes a name on every file system there is. What begins with a dot or ends
/// in `.new` is still being written and is left out.
pub(crate) fn is_sealed_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=NAME_CHARS_MAX).contains(&name.len())
        && name.bytes().all(allowed)
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !name.ends_with(".new")
}

/// What one backup consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// Of which store.
    pub(crate) store: StoreId,
    /// In which chain.
    pub(crate) chain: ChainName,
    /// 0 for the full backup, then one more each.
    pub(crate) seq: u32,
    /// The state of the store at this time.
    pub(crate) at: Moment,
    /// Pages of the store then.
    pub(crate) pages: u32,
    /// Which pages this backup holds: those that are new or whose nonce is another than before.
    pub(crate) changed: Vec<Run>,
    /// Their nonces, in order.
    pub(crate) nonces: Vec<Nonce>,
    /// The objects that hold them, in order.
    pub(crate) pieces: Vec<Piece>,
    /// SHA-256 over the nonces of **all** pages of the store, in order.
    pub(crate) page_digest: Hash,
    /// The hash at the end of the manifest before; `None` in a full backup.
    pub(crate) previous: Option<Hash>,
    /// The key file then.
    pub(crate) keys: KeyFile,
    /// Sealed files that were not there at the backup before.
    pub(crate) sealed_added: Vec<SealedFile>,
    /// Names of those that are there no more.
    pub(crate) sealed_removed: Vec<String>,
}

/// The part of a manifest that is JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    store: StoreId,
    chain: ChainName,
    seq: u32,
    at_ms: Moment,
    pages: u32,
    page_digest: Hash,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    previous: Option<Hash>,
    pieces: Vec<Piece>,
    keys: KeyFile,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    sealed_added: Vec<SealedFile>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    sealed_removed: Vec<String>,
}

/// Why bytes are not a manifest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ManifestError {
    /// It was cut or altered, or is something else.
    #[error("it is not what was written")]
    Damaged,
    /// Whole, but it contradicts itself.
    #[error("it contradicts itself: {0}")]
    Contradicts(&'static str),
}

/// The key that signs manifests, made of one of the store's data keys.
pub struct ManifestKey {
    slot: u8,
    key: hmac::Key,
}

impl ManifestKey {
    /// Of the store's current data key.
    pub fn of(keys: &DataKeys) -> ManifestKey {
        let (slot, key) = keys.current();
        ManifestKey::of_slot(slot, key)
    }

    /// Of the data key in this slot.
    pub(crate) fn of_slot(slot: u8, data_key: &Key) -> ManifestKey {
        let key = data_key.derive(b"backup manifest.");
        ManifestKey { slot, key: hmac::Key::new(hmac::HMAC_SHA256, key.danger_expose()) }
    }
}

/// Proof that a holder of a data key wrote a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Signature {
    /// Which data key.
    pub(crate) slot: u8,
    mac: [u8; HASH_BYTES],
}

/// A manifest that was read, with what proves it.
#[derive(Clone, Debug)]
pub(crate) struct Proven {
    pub(crate) manifest: Manifest,
    /// The hash at its end; the next manifest names it.
    pub(crate) hash: Hash,
    pub(crate) signature: Option<Signature>,
    /// What the signature is over.
    signed: Hash,
}

impl Proven {
    /// Whether `key` signed it.
    pub(crate) fn is_signed_by(&self, key: &ManifestKey) -> bool {
        self.signature.is_some_and(|signature| {
            signature.slot == key.slot && hmac::verify(&key.key, &self.signed.0, &signature.mac).is_ok()
        })
    }
}

impl Manifest {
    /// Its bytes, and the hash at their end.
    pub(crate) fn encode(&self, signer: Option<&ManifestKey>) -> (Vec<u8>, Hash) {
        let head = Head {
            store: self.store,
            chain: self.chain,
            seq: self.seq,
            at_ms: self.at,
            pages: self.pages,
            page_digest: self.page_digest,
            previous: self.previous,
            pieces: self.pieces.clone(),
            keys: self.keys,
            sealed_added: self.sealed_added.clone(),
            sealed_removed: self.sealed_removed.clone(),
        };
        let head = serde_json::to_vec(&head).expect("numbers and texts become JSON");
        let mut bytes = Vec::with_capacity(head.len() + self.nonces.len() * (NONCE_BYTES + 1) + 256);
        bytes.extend_from_slice(MAGIC);
        put_length(&mut bytes, head.len());
        bytes.extend_from_slice(&head);
        put_length(&mut bytes, self.changed.len());
        for run in &self.changed {
            bytes.extend_from_slice(&run.first.to_be_bytes());
            bytes.extend_from_slice(&run.pages.to_be_bytes());
        }
        bytes.extend(self.nonces.as_flattened());
        let signed = Hash::of(&bytes);
        let mut signature = [0; SIGNATURE_BYTES];
        if let Some(signer) = signer {
            signature[..2].copy_from_slice(&[1, signer.slot]);
            signature[2..].copy_from_slice(hmac::sign(&signer.key, &signed.0).as_ref());
        }
        bytes.extend_from_slice(&signature);
        let hash = Hash::of(&bytes);
        bytes.extend_from_slice(&hash.0);
        (bytes, hash)
    }

    /// Reads it and holds it to every limit. Whatever is asked of the result later cannot be out of range.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Proven, ManifestError> {
        let (before_hash, hash) = split_end(bytes, HASH_BYTES)?;
        if Hash::of(before_hash).0 != *hash {
            return Err(ManifestError::Damaged);
        }
        let hash = Hash(hash.try_into().expect("the end has the length of a hash"));
        let (signed, signature) = split_end(before_hash, SIGNATURE_BYTES)?;
        let mut rest = signed.strip_prefix(MAGIC).ok_or(ManifestError::Damaged)?;
        let head_bytes = take_length(&mut rest, HEAD_BYTES_MAX)?;
        let head: Head =
            serde_json::from_slice(take(&mut rest, head_bytes)?).map_err(|_| ManifestError::Damaged)?;
        let runs = take_length(&mut rest, PAGES_MAX as usize)?;
        let runs = take(&mut rest, runs * 8)?.chunks_exact(8).map(|run| {
            let (first, pages) = run.split_at(4);
            Run { first: number(first), pages: number(pages) }
        });
        let changed = runs.collect();
        let (nonces, []) = rest.as_chunks::<NONCE_BYTES>() else { return Err(ManifestError::Damaged) };
        let manifest = Manifest {
            store: head.store,
            chain: head.chain,
            seq: head.seq,
            at: head.at_ms,
            pages: head.pages,
            changed,
            nonces: nonces.to_vec(),
            pieces: head.pieces,
            page_digest: head.page_digest,
            previous: head.previous,
            keys: head.keys,
            sealed_added: head.sealed_added,
            sealed_removed: head.sealed_removed,
        };
        manifest.check_limits().map_err(ManifestError::Contradicts)?;
        let signature = match signature {
            [1, slot, mac @ ..] => {
                Some(Signature { slot: *slot, mac: mac.try_into().expect("a signature has its length") })
            }
            [0, ..] => None,
            _ => return Err(ManifestError::Damaged),
        };
        Ok(Proven { manifest, hash, signature, signed: Hash::of(signed) })
    }

    fn check_limits(&self) -> Result<(), &'static str> {
        let is = |holds: bool, otherwise| if holds { Ok(()) } else { Err(otherwise) };
        is((1..=PAGES_MAX).contains(&self.pages), "the number of pages")?;
        is(self.seq <= SEQ_MAX, "the number of the backup")?;
        is((self.seq == 0) == self.previous.is_none(), "what came before")?;
        let mut after = 0;
        let mut changed = 0;
        for run in &self.changed {
            let end = run.first.checked_add(run.pages).ok_or("a run of pages")?;
            is(run.pages > 0 && run.first > after && end - 1 <= self.pages, "a run of pages")?;
            after = end - 1;
            changed += run.pages;
        }
        is(changed as usize == self.nonces.len(), "the number of nonces")?;
        is(self.seq > 0 || changed == self.pages, "a full backup without all pages")?;
        is(
            self.pieces.iter().all(|piece| (1..=PIECE_PAGES_MAX).contains(&piece.pages)),
            "the size of a piece",
        )?;
        let in_pieces: u64 = self.pieces.iter().map(|piece| u64::from(piece.pages)).sum();
        is(in_pieces == u64::from(changed), "the number of pages in pieces")?;
        is((1..=KEY_FILE_BYTES_MAX).contains(&self.keys.bytes), "the size of the key file")?;
        is(self.sealed_added.len() <= SEALED_MAX && self.sealed_removed.len() <= SEALED_MAX, "sealed files")?;
        is(self.sealed_removed.iter().all(|name| is_sealed_name(name)), "the name of a sealed file")?;
        self.sealed_added.iter().try_for_each(|file| {
            is(is_sealed_name(&file.name), "the name of a sealed file")?;
            is(file.bytes <= SEALED_BYTES_MAX, "the size of a sealed file")?;
            is(file.parts.len() as u64 == file.bytes.div_ceil(PART_BYTES_MAX), "the parts of a sealed file")
        })
    }

    /// The numbers of the changed pages, in order.
    pub(crate) fn changed_pages(&self) -> impl Iterator<Item = u32> + '_ {
        self.changed.iter().flat_map(|run| run.first..run.first + run.pages)
    }

    /// Bytes of the pages it holds.
    pub(crate) fn bytes(&self) -> u64 {
        self.nonces.len() as u64 * PAGE_BYTES as u64
    }
}

/// Page numbers, ascending, as runs.
pub(crate) fn runs_of(pages: impl Iterator<Item = u32>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for page in pages {
        match runs.last_mut() {
            Some(run) if run.first + run.pages == page => run.pages += 1,
            Some(_) | None => runs.push(Run { first: page, pages: 1 }),
        }
    }
    runs
}

/// SHA-256 over all nonces.
pub(crate) fn digest_of(nonces: &[Nonce]) -> Hash {
    let mut digest = digest::Context::new(&digest::SHA256);
    digest.update(nonces.as_flattened());
    Hash::finish(&digest.finish())
}

fn put_length(bytes: &mut Vec<u8>, length: usize) {
    let length = u32::try_from(length).expect("every list of a manifest has a limit below 4 Gi");
    bytes.extend_from_slice(&length.to_be_bytes());
}

fn number(bytes: &[u8]) -> u32 {
    u32::from_be_bytes(bytes.try_into().expect("a number has four bytes"))
}

fn take<'a>(rest: &mut &'a [u8], bytes: usize) -> Result<&'a [u8], ManifestError> {
    let (taken, after) = rest.split_at_checked(bytes).ok_or(ManifestError::Damaged)?;
    *rest = after;
    Ok(taken)
}

fn take_length(rest: &mut &[u8], most: usize) -> Result<usize, ManifestError> {
    let length = number(take(rest, 4)?) as usize;
    if length <= most { Ok(length) } else { Err(ManifestError::Damaged) }
}

fn split_end(bytes: &[u8], end: usize) -> Result<(&[u8], &[u8]), ManifestError> {
    let at = bytes.len().checked_sub(end).ok_or(ManifestError::Damaged)?;
    Ok(bytes.split_at(at))
}

#[cfg(test)]
mod tests {
    use super::{
        KeyFile, Manifest, ManifestError, ManifestKey, Piece, Run, SealedFile, is_sealed_name, runs_of,
    };
    use crate::layout::{ChainName, Hash, Moment};
    use vault::aead::Key;
    use vault::keys::StoreId;

    fn increment() -> Manifest {
        Manifest {
            store: StoreId::from_bytes([9; 16]),
            chain: ChainName::after(None, Moment(1_795_653_900_000)),
            seq: 3,
            at: Moment(1_795_657_500_000),
            pages: 10,
            changed: vec![Run { first: 1, pages: 1 }, Run { first: 8, pages: 3 }],
            nonces: vec![[1; 24], [2; 24], [3; 24], [4; 24]],
            pieces: vec![Piece { sha256: Hash([5; 32]), pages: 4 }],
            page_digest: Hash([6; 32]),
            previous: Some(Hash([7; 32])),
            keys: KeyFile { sha256: Hash([8; 32]), bytes: 400 },
            sealed_added: vec![SealedFile {
                name: "v-1.sealed".into(),
                bytes: 9,
                head: Hash([4; 32]),
                parts: vec![Hash([9; 32])],
            }],
            sealed_removed: vec!["v-0.sealed".into()],
        }
    }

    #[test]
    fn a_manifest_is_read_as_it_was_written_and_knows_who_signed_it() {
        let (data_key, manifest) = (Key::random(), increment());
        let signer = ManifestKey::of_slot(2, &data_key);
        let (bytes, hash) = manifest.encode(Some(&signer));
        let read = Manifest::parse(&bytes).expect("it is one");
        assert_eq!((&read.manifest, read.hash), (&manifest, hash));
        assert!(read.is_signed_by(&signer));
        assert!(!read.is_signed_by(&ManifestKey::of_slot(2, &Key::random())), "another key");
        assert!(!read.is_signed_by(&ManifestKey::of_slot(3, &data_key)), "another slot");
        let (unsigned, _) = manifest.encode(None);
        assert!(!Manifest::parse(&unsigned).expect("it is one").is_signed_by(&signer));
    }

    #[test]
    fn a_flipped_bit_or_a_missing_end_is_damage_wherever_it_is() {
        let (bytes, _) = increment().encode(Some(&ManifestKey::of_slot(0, &Key::random())));
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            assert_eq!(Manifest::parse(&flipped).map(|_| ()), Err(ManifestError::Damaged), "byte {at}");
            assert_eq!(Manifest::parse(&bytes[..at]).map(|_| ()), Err(ManifestError::Damaged), "cut at {at}");
        }
    }

    #[test]
    fn a_manifest_with_right_hashes_that_contradicts_itself_is_refused() {
        let contradictions: [fn(&mut Manifest); 12] = [
            |it| it.pages = 0,
            |it| it.pages = 9,
            |it| it.seq = 0,
            |it| it.previous = None,
            |it| it.changed[1].first = 1,
            |it| it.changed[1] = Run { first: u32::MAX, pages: 3 },
            |it| it.changed[1].pages = 0,
            |it| it.pieces[0].pages = 3,
            |it| it.keys.bytes = 0,
            |it| it.sealed_added[0].name = "../usher.db".into(),
            |it| it.sealed_added[0].bytes = 1 << 30,
            |it| it.sealed_removed[0] = "a/b".into(),
        ];
        for (at, contradict) in contradictions.iter().enumerate() {
            let mut manifest = increment();
            contradict(&mut manifest);
            let (bytes, _) = manifest.encode(None);
            assert!(
                matches!(Manifest::parse(&bytes), Err(ManifestError::Contradicts(_))),
                "contradiction {at} was taken"
            );
        }
    }

    #[test]
    fn names_of_sealed_files_are_names_everywhere() {
        assert!(is_sealed_name("0f3a.voicemail"));
        for wrong in ["", ".part", "a/b", "a\\b", "..", "ä", "a:b", "end.", "v.new", &"x".repeat(129)] {
            assert!(!is_sealed_name(wrong), "{wrong}");
        }
    }

    #[test]
    fn pages_become_runs() {
        assert_eq!(runs_of([1, 2, 5, 7, 8].into_iter()).len(), 3);
        assert_eq!(runs_of(std::iter::empty()), []);
    }
}
