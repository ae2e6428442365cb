//! The rollback journal of a database that is not in WAL mode: ours while it is made, and while SQLite turns it over to WAL.
//! Pages in it are sealed as in the database; page numbers and counts are not hidden. SQLite adds a sum over some bytes of
//! each plain page, which is masked. Knows no other file.

use std::sync::Arc;

use rusqlite::ffi;

use crate::aead::NONCE_BYTES;
use crate::base::{BaseFile, Code, Read};
use crate::database::{Connected, page_damaged};
use crate::format::{PAGE_BYTES, SealedPage, nonce_of, open_page, seal_page};
use crate::log::restore_first_bytes;
use crate::pagekeys::PageKeys;

/// SQLite's sum behind each page.
const SUM_BYTES: usize = 4;

/// The rollback journal of one connection. SQLite writes and reads each record in three steps: number, page, sum.
#[derive(Debug)]
pub(crate) struct JournalFile {
    file: BaseFile,
    connected: Arc<Connected>,
    step: Step,
}

/// What SQLite does next, by what it did last.
#[derive(Clone, Copy, Debug)]
enum Step {
    Other,
    /// The page of this number, at this offset.
    Page(u32, u64),
    /// The sum behind the page with this nonce, at this offset.
    Sum([u8; NONCE_BYTES], u64),
}

impl JournalFile {
    pub(crate) fn new(file: BaseFile, connected: Arc<Connected>) -> JournalFile {
        JournalFile { file, connected, step: Step::Other }
    }

    pub(crate) fn file(&self) -> &BaseFile {
        &self.file
    }

    pub(crate) fn close(&mut self) -> Result<(), Code> {
        self.file.close()
    }

    pub(crate) fn read(&mut self, into: &mut [u8], offset: u64) -> Result<Read, Code> {
        let read = self.file.read(into, offset)?;
        match (self.step, into.len()) {
            (Step::Page(number, at), PAGE_BYTES) if at == offset && read == Read::Whole => {
                let page = into.first_chunk_mut().expect("a page is as long as a page");
                self.step = Step::Sum(*nonce_of(page), offset + PAGE_BYTES as u64);
                self.open(number, page)?;
            }
            (Step::Sum(nonce, at), SUM_BYTES) if at == offset => {
                self.mask(&nonce, into)?;
                self.step = Step::Other;
            }
            (_, SUM_BYTES) => self.step = number_read(into, offset),
            (_, _) => self.step = Step::Other,
        }
        Ok(read)
    }

    pub(crate) fn write(&mut self, bytes: &[u8], offset: u64) -> Result<(), Code> {
        match (self.step, bytes.len()) {
            (Step::Page(number, at), PAGE_BYTES) if at == offset => {
                let mut page: Box<SealedPage> =
                    Box::new(*bytes.first_chunk().expect("a page is as long as a page"));
                let keys = self.connected.database.keys();
                let (slot, current) = keys.current();
                seal_page(&current.page, slot, self.connected.database.head(), number, &mut page);
                self.step = Step::Sum(*nonce_of(&page), offset + PAGE_BYTES as u64);
                self.file.write(&*page, offset)
            }
            (Step::Sum(nonce, at), SUM_BYTES) if at == offset => {
                let mut sum: [u8; SUM_BYTES] = *bytes.first_chunk().expect("a sum has four bytes");
                self.mask(&nonce, &mut sum)?;
                self.step = Step::Other;
                self.file.write(&sum, offset)
            }
            (_, SUM_BYTES) => {
                self.step = number_read(bytes, offset);
                self.file.write(bytes, offset)
            }
            // A page whose number was not told before would be written as it is.
            (_, PAGE_BYTES) => Err(Code(ffi::SQLITE_IOERR_WRITE)),
            (_, _) => {
                self.step = Step::Other;
                self.file.write(bytes, offset)
            }
        }
    }

    pub(crate) fn truncate(&mut self, bytes: u64) -> Result<(), Code> {
        self.step = Step::Other;
        self.file.truncate(bytes)
    }

    fn open(&self, number: u32, page: &mut SealedPage) -> Result<(), Code> {
        let database = &self.connected.database;
        let keys = database.keys();
        let of_page = keys.of_nonce(nonce_of(page)).ok_or_else(|| page_damaged(number))?;
        open_page(&of_page.page, database.head(), number, page).map_err(|_| page_damaged(number))?;
        restore_first_bytes(number, page);
        Ok(())
    }

    /// Hides or shows a sum: it is added to what nobody can know without the key, bit by bit.
    fn mask(&self, nonce: &[u8; NONCE_BYTES], sum: &mut [u8]) -> Result<(), Code> {
        let keys: Arc<PageKeys> = self.connected.database.keys();
        let keys = keys.of_nonce(nonce).ok_or(Code::DAMAGED)?;
        let mask = keys.journal.derive(nonce[..16].try_into().expect("sixteen bytes were taken"));
        for (byte, hidden) in sum.iter_mut().zip(mask.danger_expose()) {
            *byte ^= hidden;
        }
        Ok(())
    }
}

/// Four bytes may be the number of the page that follows them.
fn number_read(bytes: &[u8], offset: u64) -> Step {
    match bytes.first_chunk() {
        Some(number) => match u32::from_be_bytes(*number) {
            0 => Step::Other,
            number => Step::Page(number, offset + SUM_BYTES as u64),
        },
        None => Step::Other,
    }
}
