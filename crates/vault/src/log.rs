//! The write-ahead log on disk. SQLite believes in its own layout (a header of 32 bytes, then frames of 24 + 4,096); here
//! lie an encrypted header of 80 bytes and frames of 40 + 4,096, so that neither page numbers nor the checksums of plain
//! pages can be seen. A frame's page is sealed exactly as it will stand in the database, so that a checkpoint copies it;
//! its header is bound to the page's tag, to its place and to the life of the log. Knows no connection: see `database`.

use std::ops::Range;

use rusqlite::ffi;

use crate::aead::{NONCE_BYTES, Nonce, TAG_BYTES, Tag, nonce};
use crate::base::{BYTES_AT_ONCE_MAX, BaseFile, Code, Read};
use crate::format::{BODY_BYTES, Head, PAGE_BYTES, SealedPage, nonce_of, open_page, seal_page, tag_of};
use crate::pagekeys::PageKeys;

/// SQLite's header of the log, and of each frame.
const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;
const FRAME_BYTES: usize = FRAME_HEADER_BYTES + PAGE_BYTES;

/// Behind SQLite's header, sealed with it: which life of the log this is.
const GENERATION_BYTES: usize = 8;
const DISK_HEADER_BYTES: usize = NONCE_BYTES + HEADER_BYTES + GENERATION_BYTES + TAG_BYTES;
const DISK_FRAME_HEADER_BYTES: usize = FRAME_HEADER_BYTES + TAG_BYTES;
const DISK_FRAME_BYTES: usize = DISK_FRAME_HEADER_BYTES + PAGE_BYTES;

/// Frames gathered before they are written together: as many as one call takes.
const GATHERED_MAX: usize = BYTES_AT_ONCE_MAX / DISK_FRAME_BYTES;

/// A frame of this life of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// Which page it holds.
    pub(crate) page: u32,
    /// The nonce of the page, which is its version too.
    pub(crate) nonce: Nonce,
    /// The tag of the page.
    pub(crate) tag: Tag,
    /// The tag of its header, which stands for the whole frame at its place.
    pub(crate) header_tag: Tag,
}

/// What this process knows of the log. One connection writes it at a time; SQLite sees to that.
#[derive(Debug, Default)]
pub(crate) struct Log {
    generation: u64,
    frames: Vec<Frame>,
    /// Frames of finished transactions.
    committed: usize,
    /// Pages the database has after the last finished transaction.
    pages: u32,
    /// A header whose page SQLite will write next.
    header: Option<(usize, [u8; FRAME_HEADER_BYTES])>,
    /// Whole frames, in order, that are not on disk yet; the last one is the last of `frames`.
    gathered: Vec<u8>,
}

/// A place in the log, as SQLite addresses it.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    /// Bytes of the log's header.
    Header(Range<usize>),
    /// Bytes of a frame's header.
    FrameHeader(usize, Range<usize>),
    /// The page of a frame.
    Page(usize),
    /// Header and page of a frame.
    Frame(usize),
}

impl Place {
    fn of(offset: u64, length: usize) -> Result<Place, Code> {
        let strange = Code(ffi::SQLITE_IOERR_READ);
        let offset = usize::try_from(offset).map_err(|_| strange)?;
        let Some(behind) = offset.checked_sub(HEADER_BYTES) else {
            let range = offset..offset + length;
            return if range.end <= HEADER_BYTES { Ok(Place::Header(range)) } else { Err(strange) };
        };
        let (frame, inside) = (behind / FRAME_BYTES, behind % FRAME_BYTES);
        match (inside, length) {
            (0, FRAME_BYTES) => Ok(Place::Frame(frame)),
            (FRAME_HEADER_BYTES, PAGE_BYTES) => Ok(Place::Page(frame)),
            (inside, length) if inside + length <= FRAME_HEADER_BYTES => {
                Ok(Place::FrameHeader(frame, inside..inside + length))
            }
            (_, _) => Err(strange),
        }
    }
}

/// What a write has brought about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// Some of a transaction.
    Some,
    /// The last frame of a transaction.
    Commit,
}

/// Whether a page is wanted as it was written, or as it lies on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Open,
    Sealed,
}

impl Log {
    /// Reads what is on disk of the log: the frames from the first on that are whole and belong together.
    pub(crate) fn survey(file: &BaseFile, keys: &PageKeys, head: &Head) -> Result<Log, Code> {
        let mut log = Log::default();
        let Some((_, generation)) = read_header(file, keys)? else { return Ok(log) };
        log.generation = generation;
        let mut frame = Box::new([0; DISK_FRAME_BYTES]);
        while file.read(&mut *frame, disk_frame(log.frames.len()))? == Read::Whole {
            let place = log.frames.len();
            let Some((header, found)) = open_frame(keys, head, generation, place, &mut frame) else { break };
            log.frames.push(found);
            if let Some(pages) = pages_after(&header) {
                (log.committed, log.pages) = (log.frames.len(), pages);
            }
        }
        Ok(log)
    }

    /// Which life of the log this is.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// The frames of finished transactions.
    pub(crate) fn committed(&self) -> &[Frame] {
        &self.frames[..self.committed]
    }

    /// All frames that are whole, those of a transaction under way too.
    pub(crate) fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// How many pages the database has by the last finished transaction; `None` where the log says nothing of it.
    pub(crate) fn pages(&self) -> Option<u32> {
        (self.committed > 0).then_some(self.pages)
    }

    /// Begins the log anew under the next generation; the file is gone, or cut to nothing.
    pub(crate) fn clear(&mut self, generation: u64) {
        *self = Log { generation, ..Log::default() };
    }

    /// The transaction under way is over: what it wrote and did not finish is nothing.
    pub(crate) fn end_transaction(&mut self) {
        self.frames.truncate(self.committed);
        self.header = None;
        self.gathered.clear();
    }

    /// SQLite's bytes at `offset`.
    pub(crate) fn read(
        &mut self,
        file: &BaseFile,
        keys: &PageKeys,
        head: &Head,
        into: &mut [u8],
        offset: u64,
    ) -> Result<Read, Code> {
        self.write_gathered(file)?;
        match Place::of(offset, into.len())? {
            Place::Header(range) => {
                let Some((header, _)) = read_header(file, keys)? else {
                    into.fill(0);
                    return Ok(Read::Short);
                };
                into.copy_from_slice(&header[range]);
            }
            Place::FrameHeader(place, range) => {
                let (header, _) = self.read_known(file, keys, head, place)?;
                into.copy_from_slice(&header[range]);
            }
            Place::Page(place) => {
                let (page, _) = into.split_first_chunk_mut().expect("a page is as long as a page");
                self.frame(place)?.read(file, keys, head, place, Form::Open, page)?;
            }
            // A frame beyond the known ones is what SQLite's recovery finds after a crash: not a frame.
            Place::Frame(place) if place >= self.frames.len() => into.fill(0),
            Place::Frame(place) => {
                let (header, page) = self.read_known(file, keys, head, place)?;
                into[..FRAME_HEADER_BYTES].copy_from_slice(&header);
                into[FRAME_HEADER_BYTES..].copy_from_slice(&*page);
            }
        }
        Ok(Read::Whole)
    }

    /// Which frame's page SQLite asks for, where it does, and it is on disk.
    pub(crate) fn page_asked(
        &mut self,
        file: &BaseFile,
        offset: u64,
        length: usize,
    ) -> Result<Option<(usize, Frame)>, Code> {
        let Place::Page(place) = Place::of(offset, length)? else { return Ok(None) };
        if place >= self.first_gathered() {
            self.write_gathered(file)?;
        }
        Ok(Some((place, self.frame(place)?)))
    }

    /// Takes SQLite's bytes for `offset`. The log's header is not written here: see [`Log::restart`].
    pub(crate) fn write(
        &mut self,
        file: &BaseFile,
        keys: &PageKeys,
        head: &Head,
        bytes: &[u8],
        offset: u64,
    ) -> Result<Written, Code> {
        match Place::of(offset, bytes.len())? {
            Place::FrameHeader(place, range) if range == (0..FRAME_HEADER_BYTES) => {
                let header = *bytes.first_chunk().expect("a header is as long as a header");
                if place == self.frames.len() {
                    self.header = Some((place, header));
                    Ok(Written::Some)
                } else {
                    // SQLite has rewritten a page of this transaction, and now the checksums behind it.
                    self.write_gathered(file)?;
                    let (_, page) = self.read_known(file, keys, head, place)?;
                    self.put(file, keys, head, place, &header, &page)
                }
            }
            Place::Page(place) => {
                let page = bytes.first_chunk().expect("a page is as long as a page");
                let header = match self.header.take() {
                    Some((of, header)) if of == place => header,
                    Some(_) | None => {
                        self.write_gathered(file)?;
                        self.read_known(file, keys, head, place)?.0
                    }
                };
                self.put(file, keys, head, place, &header, page)
            }
            Place::Header(_) | Place::FrameHeader(..) | Place::Frame(_) => Err(Code(ffi::SQLITE_IOERR_WRITE)),
        }
    }

    /// Writes the header of the log's next life.
    pub(crate) fn restart(
        &mut self,
        file: &BaseFile,
        keys: &PageKeys,
        bytes: &[u8; HEADER_BYTES],
        generation: u64,
    ) -> Result<(), Code> {
        self.clear(generation);
        let (slot, current) = keys.current();
        let mut nonce = nonce();
        nonce[0] = slot;
        let mut sealed = [0; DISK_HEADER_BYTES];
        let (front, body, tag) = header_parts(&mut sealed);
        *front = nonce;
        body[..HEADER_BYTES].copy_from_slice(bytes);
        body[HEADER_BYTES..].copy_from_slice(&generation.to_le_bytes());
        *tag = current.frame.seal(&nonce, b"L", body);
        file.write(&sealed, 0)
    }

    /// Writes what was gathered.
    pub(crate) fn write_gathered(&mut self, file: &BaseFile) -> Result<(), Code> {
        if !self.gathered.is_empty() {
            file.write(&self.gathered, disk_frame(self.first_gathered()))?;
            self.gathered.clear();
        }
        Ok(())
    }

    /// Puts a frame at its place: among the gathered ones when it is the next, else on disk.
    fn put(
        &mut self,
        file: &BaseFile,
        keys: &PageKeys,
        head: &Head,
        place: usize,
        header: &[u8; FRAME_HEADER_BYTES],
        page: &SealedPage,
    ) -> Result<Written, Code> {
        if page[BODY_BYTES..].iter().any(|byte| *byte != 0) {
            // SQLite's checksum covers these bytes, and they come back as zeros.
            return Err(Code(ffi::SQLITE_IOERR_WRITE));
        }
        if place == self.frames.len() {
            self.gathered.extend_from_slice(header);
            self.gathered.extend_from_slice(&[0; TAG_BYTES]);
            self.gathered.extend_from_slice(page);
            let disk = self.gathered.last_chunk_mut().expect("a frame was gathered");
            self.frames.push(seal_frame(keys, head, self.generation, place, disk));
        } else {
            self.write_gathered(file)?;
            let mut disk = Box::new([0; DISK_FRAME_BYTES]);
            disk[..FRAME_HEADER_BYTES].copy_from_slice(header);
            disk[DISK_FRAME_HEADER_BYTES..].copy_from_slice(page);
            let frame = seal_frame(keys, head, self.generation, place, &mut disk);
            file.write(&*disk, disk_frame(place))?;
            self.frames[place] = frame;
        }
        let Some(pages) = pages_after(header) else {
            if self.gathered.len() >= GATHERED_MAX * DISK_FRAME_BYTES {
                self.write_gathered(file)?;
            }
            return Ok(Written::Some);
        };
        self.write_gathered(file)?;
        self.frames.truncate(place + 1);
        (self.committed, self.pages) = (place + 1, pages);
        Ok(Written::Commit)
    }

    fn first_gathered(&self) -> usize {
        self.frames.len() - self.gathered.len() / DISK_FRAME_BYTES
    }

    fn frame(&self, place: usize) -> Result<Frame, Code> {
        self.frames.get(place).copied().ok_or(Code::DAMAGED)
    }

    /// Header and page of a frame that is on disk and must be whole.
    fn read_known(
        &self,
        file: &BaseFile,
        keys: &PageKeys,
        head: &Head,
        place: usize,
    ) -> Result<([u8; FRAME_HEADER_BYTES], Box<SealedPage>), Code> {
        let known = self.frame(place)?;
        let mut disk = Box::new([0; DISK_FRAME_BYTES]);
        file.read(&mut *disk, disk_frame(place))?.whole().map_err(|_| damaged(place, known.page))?;
        match open_frame(keys, head, self.generation, place, &mut disk) {
            Some((header, found)) if found == known => {
                let mut page = Box::new(*disk.last_chunk().expect("a frame ends in a page"));
                // The readable beginning of page 1 is SQLite's again.
                restore_first_bytes(known.page, &mut page);
                Ok((header, page))
            }
            Some(_) | None => Err(damaged(place, known.page)),
        }
    }
}

impl Frame {
    /// Reads the page of this frame, which must be the one that is known.
    pub(crate) fn read(
        &self,
        file: &BaseFile,
        keys: &PageKeys,
        head: &Head,
        place: usize,
        form: Form,
        page: &mut SealedPage,
    ) -> Result<(), Code> {
        let read = file.read(page, disk_frame(place) + DISK_FRAME_HEADER_BYTES as u64)?;
        read.whole().map_err(|_| damaged(place, self.page))?;
        let is_known = *tag_of(page) == self.tag && *nonce_of(page) == self.nonce;
        let keys =
            keys.of_nonce(&self.nonce).filter(|_| is_known).ok_or_else(|| damaged(place, self.page))?;
        if form == Form::Open {
            open_page(&keys.page, head, self.page, page).map_err(|_| damaged(place, self.page))?;
            restore_first_bytes(self.page, page);
        }
        Ok(())
    }
}

/// The first bytes of page 1 as SQLite wrote them; on disk our own stand there.
pub(crate) fn restore_first_bytes(number: u32, page: &mut SealedPage) {
    if number == 1 {
        page[..16].copy_from_slice(b"SQLite format 3\0");
    }
}

/// How long SQLite believes the log to be, by its length on disk.
pub(crate) fn length_shown(disk_bytes: u64) -> u64 {
    match disk_bytes.checked_sub(DISK_HEADER_BYTES as u64) {
        Some(frames) => HEADER_BYTES as u64 + frames / DISK_FRAME_BYTES as u64 * FRAME_BYTES as u64,
        None => 0,
    }
}

/// How long the log is on disk when SQLite believes it to be so long.
pub(crate) fn length_on_disk(shown_bytes: u64) -> u64 {
    match shown_bytes.checked_sub(HEADER_BYTES as u64) {
        Some(frames) => disk_frame(frames.div_ceil(FRAME_BYTES as u64) as usize),
        None => 0,
    }
}

fn damaged(place: usize, page: u32) -> Code {
    crate::damage::note(&format!("frame {} of the write-ahead log (page {page})", place + 1));
    Code::DAMAGED
}

fn disk_frame(place: usize) -> u64 {
    DISK_HEADER_BYTES as u64 + place as u64 * DISK_FRAME_BYTES as u64
}

/// In a frame's header: the page's number, then, in the last frame of a transaction, how many pages the database has.
fn page_of(header: &[u8; FRAME_HEADER_BYTES]) -> u32 {
    u32::from_be_bytes([header[0], header[1], header[2], header[3]])
}

fn pages_after(header: &[u8; FRAME_HEADER_BYTES]) -> Option<u32> {
    Some(u32::from_be_bytes([header[4], header[5], header[6], header[7]])).filter(|pages| *pages > 0)
}

/// Seals the page of a frame and then its header, under the same nonce and another key, so that one nonce serves both.
fn seal_frame(
    keys: &PageKeys,
    head: &Head,
    generation: u64,
    place: usize,
    disk: &mut [u8; DISK_FRAME_BYTES],
) -> Frame {
    let (front, page) =
        disk.split_first_chunk_mut::<DISK_FRAME_HEADER_BYTES>().expect("a frame has a header");
    let page: &mut SealedPage = page.first_chunk_mut().expect("a frame has a page");
    let (header, header_tag) = front.split_first_chunk_mut().expect("a header begins with SQLite's");
    let number = page_of(header);
    let (slot, current) = keys.current();
    seal_page(&current.page, slot, head, number, page);
    let (nonce, tag) = (*nonce_of(page), *tag_of(page));
    let sealed = current.frame.seal(&nonce, &frame_place(generation, place, &tag), header);
    header_tag.copy_from_slice(&sealed);
    Frame { page: number, nonce, tag, header_tag: sealed }
}

/// Opens header and page of a frame in place; `None` where they are not what was written there in this life of the log.
fn open_frame(
    keys: &PageKeys,
    head: &Head,
    generation: u64,
    place: usize,
    disk: &mut [u8; DISK_FRAME_BYTES],
) -> Option<([u8; FRAME_HEADER_BYTES], Frame)> {
    let (front, page) = disk.split_first_chunk_mut::<DISK_FRAME_HEADER_BYTES>()?;
    let page: &mut SealedPage = page.first_chunk_mut()?;
    let (nonce, tag) = (*nonce_of(page), *tag_of(page));
    let keys = keys.of_nonce(&nonce)?;
    let (header, header_tag) = front.split_first_chunk_mut::<FRAME_HEADER_BYTES>()?;
    let header_tag: Tag = (&*header_tag).try_into().ok()?;
    keys.frame.open(&nonce, &frame_place(generation, place, &tag), header, &header_tag).ok()?;
    let number = page_of(header);
    open_page(&keys.page, head, number, page).ok()?;
    Some((*header, Frame { page: number, nonce, tag, header_tag }))
}

fn frame_place(generation: u64, place: usize, page_tag: &Tag) -> [u8; 1 + 8 + 8 + TAG_BYTES] {
    let mut bytes = [b'F'; 1 + 8 + 8 + TAG_BYTES];
    bytes[1..9].copy_from_slice(&generation.to_le_bytes());
    bytes[9..17].copy_from_slice(&(place as u64).to_le_bytes());
    bytes[17..].copy_from_slice(page_tag);
    bytes
}

type HeaderBody = [u8; HEADER_BYTES + GENERATION_BYTES];

fn header_parts(sealed: &mut [u8; DISK_HEADER_BYTES]) -> (&mut Nonce, &mut HeaderBody, &mut Tag) {
    let (nonce, rest) = sealed.split_first_chunk_mut().expect("a header begins with a nonce");
    let (body, tag) = rest.split_first_chunk_mut().expect("a header has a body");
    (nonce, body, tag.first_chunk_mut().expect("a header ends in a tag"))
}

/// The header and the generation it names; `None` where there is none that makes sense.
fn read_header(file: &BaseFile, keys: &PageKeys) -> Result<Option<([u8; HEADER_BYTES], u64)>, Code> {
    let mut sealed = [0; DISK_HEADER_BYTES];
    if file.read(&mut sealed, 0)? == Read::Short {
        return Ok(None);
    }
    let (nonce, body, tag) = header_parts(&mut sealed);
    let Some(keys) = keys.of_nonce(nonce) else { return Ok(None) };
    if keys.frame.open(nonce, b"L", body, tag).is_err() {
        return Ok(None);
    }
    let (header, generation) = body.split_first_chunk().expect("a header's body begins with SQLite's");
    let generation = generation.try_into().expect("eight bytes are left");
    Ok(Some((*header, u64::from_le_bytes(generation))))
}

#[cfg(test)]
mod tests {
    use super::{
        DISK_FRAME_BYTES, DISK_HEADER_BYTES, FRAME_BYTES, HEADER_BYTES, Place, length_on_disk, length_shown,
    };

    #[test]
    fn lengths_are_translated_both_ways() {
        for frames in [0, 1, 2, 1_000_000] {
            let shown = HEADER_BYTES as u64 + frames * FRAME_BYTES as u64;
            let disk = DISK_HEADER_BYTES as u64 + frames * DISK_FRAME_BYTES as u64;
            assert_eq!((length_shown(disk), length_on_disk(shown)), (shown, disk));
            assert_eq!(length_shown(disk + DISK_FRAME_BYTES as u64 - 1), shown, "half a frame is none");
        }
        assert_eq!((length_shown(0), length_on_disk(0), length_shown(79)), (0, 0, 0));
    }

    #[test]
    fn only_what_sqlite_asks_for_is_a_place() {
        assert_eq!(Place::of(0, 32), Ok(Place::Header(0..32)));
        assert_eq!(Place::of(24, 8), Ok(Place::Header(24..32)));
        assert_eq!(Place::of(32, 24), Ok(Place::FrameHeader(0, 0..24)));
        assert_eq!(Place::of(32 + 4120 + 16, 8), Ok(Place::FrameHeader(1, 16..24)));
        assert_eq!(Place::of(32 + 24, 4096), Ok(Place::Page(0)));
        assert_eq!(Place::of(32 + 4120, 4120), Ok(Place::Frame(1)));
        for (offset, length) in [(0, 33), (32, 25), (33, 4096), (u64::MAX, 1)] {
            assert!(Place::of(offset, length).is_err(), "{length} bytes at {offset}");
        }
    }
}
