//! The anchor: a small sealed file beside the database that says which version of every page is the newest, and how far
//! the log was written when the last transaction was acknowledged. With it, an older page, an older file or a log whose end
//! is gone is found at the next start (docs/vault.md, "Rollback"). Does not look at the database itself: see `survey`.
//!
//! The file: two heads, 4 KiB apart so that no torn sector takes both, then records. One head stays as it was synced last
//! while the other is written; a power cut can only take what was written since. A head names the records that count; the first holds
//! the versions of all pages, the others what has changed since. Each record is bound to the one before it, and the head to
//! the last. When the changes outgrow the whole, the whole is written anew where nothing is that counts.

use rusqlite::ffi;

use crate::aead::{NONCE_BYTES, Nonce, SEAL_BYTES, TAG_BYTES, Tag, nonce};
use crate::base::{Code, OwnFile};
use crate::format;
use crate::pagekeys::PageKeys;

/// Bytes of one of the two heads.
const HEAD_BYTES: usize = 256;
const HEAD_BODY_BYTES: usize = HEAD_BYTES - SEAL_BYTES;
/// From one head to the other: no disk writes larger sectors.
const HEAD_DISTANCE_BYTES: usize = 4096;
/// Where records may begin.
const RECORDS_FROM: u64 = 2 * HEAD_DISTANCE_BYTES as u64;
/// In front of each record: the length of its body.
const LENGTH_BYTES: usize = 4;
/// The largest body of a record: versions of 64 Mi pages, which is a database of 256 GiB.
const BODY_BYTES_MAX: usize = 512 << 20;
/// Changes are gathered until they need as much as the whole, and at least this much.
const CHANGES_BYTES_MIN: u64 = 256 << 10;

/// The version of a page: eight random bytes of its nonce. Zero for a page that was never written.
pub(crate) type Version = u64;

/// The version of a page with this nonce. A page that was written never has version zero.
pub(crate) fn version_of(nonce: &Nonce) -> Version {
    u64::from_le_bytes(nonce[1..9].try_into().expect("a nonce has more than nine bytes")).max(1)
}

/// How far the log had come when the anchor was set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LogMark {
    /// Which life of the log; it begins anew each time that all of it has gone into the database.
    pub(crate) generation: u64,
    /// Frames of transactions that were acknowledged.
    pub(crate) frames: u32,
    /// The tag of the last of them.
    pub(crate) tag: Tag,
    /// All of it is in the database too: the log may be gone.
    pub(crate) is_folded: bool,
}

/// Which state of a store somebody has seen, to be kept elsewhere (in the keychain): an older state found later is a
/// rollback of the whole store, anchor and all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Grows with every state.
    pub counter: u64,
    /// Proof of what that state was.
    pub proof: [u8; TAG_BYTES],
}

/// What a head says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Head {
    counter: u64,
    /// Whose anchor it is: the readable beginning of the database.
    database: [u8; format::HEAD_BYTES],
    /// The database is being made: whatever stands there is not one yet.
    is_making: bool,
    log: LogMark,
    pages: u32,
    /// Where its records begin, and how many bytes they are.
    from: u64,
    bytes: u64,
    /// The tag of the last record.
    last: Tag,
}

/// An open anchor.
#[derive(Debug)]
pub(crate) struct Anchor {
    file: OwnFile,
    head: Head,
    witness: Witness,
    /// Which of the two heads was synced last. It is not written before the other one has been.
    synced: u64,
    /// Whether the head that was written last is the one that was synced last.
    is_synced: bool,
    /// Bytes of the record of all versions; changes behind it may need as much before all is written anew.
    base_bytes: u64,
    /// Why this was not opened as it was written last: torn by a power cut, or damaged.
    lost: Option<&'static str>,
}

/// Why an anchor cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// The disk.
    Disk(Code),
    /// Neither head makes sense together with its records.
    Damaged,
}

impl From<Code> for Unread {
    fn from(code: Code) -> Unread {
        Unread::Disk(code)
    }
}

impl Anchor {
    /// Writes the anchor of a database that is about to be made. Durable when it returns. `counter` is what an anchor of
    /// this store has counted before; zero for a new store.
    pub(crate) fn begin(
        file: OwnFile,
        keys: &PageKeys,
        database: &format::Head,
        counter: u64,
    ) -> Result<Anchor, Code> {
        file.truncate(0)?;
        let head = Head {
            counter,
            database: *database.bytes(),
            is_making: true,
            log: LogMark { is_folded: true, ..LogMark::default() },
            pages: 0,
            from: RECORDS_FROM,
            bytes: 0,
            last: [0; TAG_BYTES],
        };
        let witness = Witness { counter, proof: [0; TAG_BYTES] };
        let mut anchor =
            Anchor { file, head, witness, synced: 1, is_synced: true, base_bytes: 0, lost: None };
        anchor.seal_anew(keys, &[])?;
        Ok(anchor)
    }

    /// The database is made, and its pages have these versions. Durable when it returns.
    pub(crate) fn is_made(&mut self, keys: &PageKeys, versions: &[Version]) -> Result<(), Code> {
        self.head.is_making = false;
        self.seal_anew(keys, versions)
    }

    /// Whether the database was being made when this was written.
    pub(crate) fn is_making(&self) -> bool {
        self.head.is_making
    }

    /// Whether it is the anchor of the database with this beginning.
    pub(crate) fn is_of(&self, database: &format::Head) -> bool {
        self.head.database == *database.bytes()
    }

    /// The beginning of the database that it is of.
    pub(crate) fn database(&self) -> format::Head {
        format::Head::parse(&self.head.database).expect("it was one when the anchor was made")
    }

    /// Opens the anchor, and gives the versions of the pages as it knows them.
    pub(crate) fn open(file: OwnFile, keys: &PageKeys) -> Result<(Anchor, Vec<Version>), Unread> {
        // After a kill the newer head may be in the system's memory only.
        file.sync(ffi::SQLITE_SYNC_FULL)?;
        let mut heads = Vec::new();
        let mut lost = None;
        for place in [0, 1] {
            match read_head(&file, keys, place)? {
                Some((head, witness, rest)) => {
                    if rest == Rest::Strange {
                        lost = Some("something stands behind a head of the anchor");
                    }
                    heads.push((place, head, witness));
                }
                None => lost = Some("one of the anchor's two heads is not what was written"),
            }
        }
        heads.sort_by_key(|(_, head, _)| std::cmp::Reverse(head.counter));
        // The newer head may speak of records that a power cut has swallowed; then the older one holds.
        for (synced, head, witness) in heads {
            if let Some((base_bytes, versions)) = read_records(&file, keys, &head)? {
                return Ok((
                    Anchor { file, head, witness, synced, is_synced: true, base_bytes, lost },
                    versions,
                ));
            }
            lost = Some("the newest record of the anchor is not what was written");
        }
        Err(Unread::Damaged)
    }

    /// How far the log had come.
    pub(crate) fn log(&self) -> LogMark {
        self.head.log
    }

    /// The state it stands for. Not before that is durable: whoever keeps a witness would take what a power cut leaves for
    /// an older store.
    pub(crate) fn witness(&mut self) -> Result<Witness, Code> {
        if !self.is_synced {
            self.sync()?;
        }
        Ok(self.witness)
    }

    /// The state that was found, or written last.
    pub(crate) fn found(&self) -> Witness {
        self.witness
    }

    /// What of it could not be read, where something could not.
    pub(crate) fn lost(&self) -> Option<&'static str> {
        self.lost
    }

    /// Notes that the log was written so far. Not synced: after a power cut it may be behind the log, never before it.
    pub(crate) fn note_log(&mut self, keys: &PageKeys, log: LogMark) -> Result<(), Code> {
        self.head.log = log;
        self.write_head(keys)
    }

    /// Notes that these pages of the database have changed, and that all of the log is in it. Durable when it returns.
    pub(crate) fn note_pages(
        &mut self,
        keys: &PageKeys,
        versions: &[Version],
        changed: &[u32],
        log: LogMark,
    ) -> Result<(), Code> {
        self.head.log = log;
        let body = changes(versions, changed);
        let grown = self.head.bytes + (LENGTH_BYTES + body.len() + SEAL_BYTES) as u64;
        if grown > self.base_bytes + self.base_bytes.max(CHANGES_BYTES_MIN) {
            self.write_whole(keys, versions)?;
        } else {
            self.write_record(keys, versions.len(), &body)?;
        }
        self.write_head(keys)?;
        self.sync()
    }

    /// Writes everything anew under the current key. Durable when it returns.
    pub(crate) fn seal_anew(&mut self, keys: &PageKeys, versions: &[Version]) -> Result<(), Code> {
        self.write_whole(keys, versions)?;
        for _ in 0..2 {
            self.write_head(keys)?;
            self.sync()?;
        }
        Ok(())
    }

    /// A record of all versions, in front of the records that count where there is room, else behind them.
    fn write_whole(&mut self, keys: &PageKeys, versions: &[Version]) -> Result<(), Code> {
        let body: Vec<u8> = versions.iter().flat_map(|version| version.to_le_bytes()).collect();
        let needed = (LENGTH_BYTES + body.len() + SEAL_BYTES) as u64;
        let end = self.head.from + self.head.bytes;
        let fits = RECORDS_FROM + needed <= self.head.from;
        self.head.from = if fits || self.head.bytes == 0 { RECORDS_FROM } else { end };
        self.head.bytes = 0;
        self.head.last = [0; TAG_BYTES];
        self.write_record(keys, versions.len(), &body)?;
        self.base_bytes = self.head.bytes;
        Ok(())
    }

    fn write_record(&mut self, keys: &PageKeys, pages: usize, body: &[u8]) -> Result<(), Code> {
        let length = u32::try_from(body.len()).ok().filter(|_| body.len() <= BODY_BYTES_MAX);
        let length = length.ok_or(Code(ffi::SQLITE_FULL))?.to_le_bytes();
        let (slot, current) = keys.current();
        let mut nonce = nonce();
        nonce[0] = slot;
        let mut record = Vec::with_capacity(LENGTH_BYTES + SEAL_BYTES + body.len());
        record.extend_from_slice(&length);
        record.extend_from_slice(&nonce);
        record.extend_from_slice(body);
        let sealed_from = LENGTH_BYTES + NONCE_BYTES;
        let tag =
            current.anchor.seal(&nonce, &record_place(&self.head.last, length), &mut record[sealed_from..]);
        record.extend_from_slice(&tag);
        self.file.write(&record, self.head.from + self.head.bytes)?;
        self.head.bytes += record.len() as u64;
        self.head.last = tag;
        self.head.pages = u32::try_from(pages).map_err(|_| Code(ffi::SQLITE_FULL))?;
        Ok(())
    }

    /// Durable is the head that was written last: from now on the other one may be written.
    fn sync(&mut self) -> Result<(), Code> {
        self.file.sync(ffi::SQLITE_SYNC_FULL)?;
        self.synced = 1 - self.synced;
        self.is_synced = true;
        Ok(())
    }

    /// In place of the one that was not synced last.
    fn write_head(&mut self, keys: &PageKeys) -> Result<(), Code> {
        let counter = self.head.counter + 1;
        let (slot, current) = keys.current();
        let mut nonce = nonce();
        nonce[0] = slot;
        let mut sealed = [0; HEAD_DISTANCE_BYTES];
        sealed[..NONCE_BYTES].copy_from_slice(&nonce);
        sealed[NONCE_BYTES..NONCE_BYTES + HEAD_BODY_BYTES].copy_from_slice(&self.head.to_body(counter));
        let tag = current.anchor.seal(&nonce, b"H", &mut sealed[NONCE_BYTES..NONCE_BYTES + HEAD_BODY_BYTES]);
        sealed[HEAD_BYTES - TAG_BYTES..HEAD_BYTES].copy_from_slice(&tag);
        self.file.write(&sealed, (1 - self.synced) * HEAD_DISTANCE_BYTES as u64)?;
        self.is_synced = false;
        self.head.counter = counter;
        self.witness = Witness { counter, proof: tag };
        Ok(())
    }
}

impl Head {
    fn to_body(&self, counter: u64) -> [u8; HEAD_BODY_BYTES] {
        let mut body = [0; HEAD_BODY_BYTES];
        let mut at = 0;
        let mut put = |bytes: &[u8]| {
            body[at..at + bytes.len()].copy_from_slice(bytes);
            at += bytes.len();
        };
        put(&counter.to_le_bytes());
        put(&self.database);
        put(&[u8::from(self.is_making)]);
        put(&self.log.generation.to_le_bytes());
        put(&self.log.frames.to_le_bytes());
        put(&self.log.tag);
        put(&[u8::from(self.log.is_folded)]);
        put(&self.pages.to_le_bytes());
        put(&self.from.to_le_bytes());
        put(&self.bytes.to_le_bytes());
        put(&self.last);
        body
    }

    fn from_body(body: &[u8; HEAD_BODY_BYTES]) -> Head {
        let mut at = 0;
        let mut take = |count: usize| {
            at += count;
            &body[at - count..at]
        };
        let long = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().expect("eight bytes were taken"));
        let short = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().expect("four bytes were taken"));
        let tag = |bytes: &[u8]| -> Tag { bytes.try_into().expect("sixteen bytes were taken") };
        Head {
            counter: long(take(8)),
            database: take(format::HEAD_BYTES).try_into().expect("sixteen bytes were taken"),
            is_making: take(1) != [0],
            log: LogMark {
                generation: long(take(8)),
                frames: short(take(4)),
                tag: tag(take(TAG_BYTES)),
                is_folded: take(1) != [0],
            },
            pages: short(take(4)),
            from: long(take(8)),
            bytes: long(take(8)),
            last: tag(take(TAG_BYTES)),
        }
    }
}

/// What stands between a head and the next: zeros, or what nobody of us wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    Zeros,
    Strange,
}

/// The head at this place, where it makes sense.
fn read_head(file: &OwnFile, keys: &PageKeys, place: u64) -> Result<Option<(Head, Witness, Rest)>, Code> {
    let mut read = [0; HEAD_DISTANCE_BYTES];
    file.read(&mut read, place * HEAD_DISTANCE_BYTES as u64)?;
    let (sealed, rest) = read.split_first_chunk_mut::<HEAD_BYTES>().expect("a head has room");
    let rest = if rest.iter().all(|byte| *byte == 0) { Rest::Zeros } else { Rest::Strange };
    let (nonce, body) = sealed.split_first_chunk_mut::<NONCE_BYTES>().expect("a head is longer than a nonce");
    let (body, tag) = body.split_first_chunk_mut::<HEAD_BODY_BYTES>().expect("a head has a body");
    let tag: Tag = (&*tag).try_into().expect("a tag is what is left");
    let Some(slot) = keys.of_nonce(nonce) else { return Ok(None) };
    if slot.anchor.open(nonce, b"H", body, &tag).is_err() {
        return Ok(None);
    }
    let head = Head::from_body(body);
    let witness = Witness { counter: head.counter, proof: tag };
    Ok(Some((head, witness, rest)))
}

/// The length of the first record and the versions that all records of this head give together; `None` where they are not
/// what the head says.
fn read_records(file: &OwnFile, keys: &PageKeys, head: &Head) -> Result<Option<(u64, Vec<Version>)>, Code> {
    let end =
        head.from.checked_add(head.bytes).filter(|end| head.from >= RECORDS_FROM && *end <= i64::MAX as u64);
    if end.is_none_or(|end| file.size().is_ok_and(|size| end > size)) {
        return Ok(None);
    }
    let mut records = vec![0; usize::try_from(head.bytes).map_err(|_| Code(ffi::SQLITE_NOMEM))?];
    file.read(&mut records, head.from)?.whole()?;
    let mut rest = records.as_mut_slice();
    let (mut last, mut base, mut versions) = ([0; TAG_BYTES], 0, Vec::new());
    while !rest.is_empty() {
        let Some((length, behind)) = rest.split_first_chunk_mut::<LENGTH_BYTES>() else { return Ok(None) };
        let body_bytes = u32::from_le_bytes(*length) as usize;
        let Some((record, behind)) = behind.split_at_mut_checked(body_bytes + SEAL_BYTES) else {
            return Ok(None);
        };
        let Some(tag) = open_record(keys, &last, *length, record) else { return Ok(None) };
        let body = &record[NONCE_BYTES..NONCE_BYTES + body_bytes];
        if base == 0 {
            base = (LENGTH_BYTES + record.len()) as u64;
            versions = whole(body);
        } else {
            change(&mut versions, body);
        }
        last = tag;
        rest = behind;
    }
    let is_whole = last == head.last && versions.len() == head.pages as usize;
    Ok(is_whole.then_some((base, versions)))
}

/// Opens the body of a record (nonce, body, tag) in place.
fn open_record(keys: &PageKeys, last: &Tag, length: [u8; LENGTH_BYTES], record: &mut [u8]) -> Option<Tag> {
    let (nonce, rest) = record.split_first_chunk_mut::<NONCE_BYTES>()?;
    let (body, tag) = rest.split_last_chunk_mut::<TAG_BYTES>()?;
    let keys = keys.of_nonce(nonce)?;
    keys.anchor.open(nonce, &record_place(last, length), body, tag).ok()?;
    Some(*tag)
}

fn record_place(last: &Tag, length: [u8; LENGTH_BYTES]) -> [u8; 1 + TAG_BYTES + LENGTH_BYTES] {
    let mut place = [b'R'; 1 + TAG_BYTES + LENGTH_BYTES];
    place[1..=TAG_BYTES].copy_from_slice(last);
    place[1 + TAG_BYTES..].copy_from_slice(&length);
    place
}

fn whole(body: &[u8]) -> Vec<Version> {
    body.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect()
}

/// The count of pages, then number and version of each page that has changed.
fn changes(versions: &[Version], changed: &[u32]) -> Vec<u8> {
    let mut body = Vec::with_capacity(4 + changed.len() * 12);
    body.extend_from_slice(&u32::try_from(versions.len()).unwrap_or(u32::MAX).to_le_bytes());
    for number in changed {
        if let Some(version) = versions.get((*number as usize).wrapping_sub(1)) {
            body.extend_from_slice(&number.to_le_bytes());
            body.extend_from_slice(&version.to_le_bytes());
        }
    }
    body
}

/// Our own words, authenticated: what does not make sense in them is left out, and found when versions are compared.
fn change(versions: &mut Vec<Version>, body: &[u8]) {
    let Some((pages, changed)) = body.split_first_chunk::<4>() else { return };
    versions.resize(u32::from_le_bytes(*pages) as usize, 0);
    for [a, b, c, d, version @ ..] in changed.as_chunks::<12>().0 {
        let number = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
        if let Some(known) = versions.get_mut(number.wrapping_sub(1)) {
            *known = u64::from_le_bytes(*version);
        }
    }
}
