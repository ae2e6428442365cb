//! Temporary files of SQLite: sorters that do not fit in memory, statement journals, temporary tables. Each is sealed block by
//! block under a key of its own that is never stored, so what a crash leaves behind can be read by nobody. Need not outlive
//! anything, so nothing is ever synced.

use std::collections::HashSet;

use crate::aead::{Key, NONCE_BYTES, SEAL_BYTES, TAG_BYTES, nonce};
use crate::base::{BaseFile, Code, Read};

const BLOCK_BYTES: usize = 4096;
const DISK_BLOCK_BYTES: usize = BLOCK_BYTES + SEAL_BYTES;

/// One temporary file.
#[derive(Debug)]
pub(crate) struct ScratchFile {
    file: BaseFile,
    key: Key,
    bytes: u64,
    /// Blocks that are on disk; all others are zero.
    written: HashSet<u64>,
    /// The block at hand, as it is in the file's own words.
    at_hand: u64,
    block: Box<[u8; BLOCK_BYTES]>,
    is_changed: bool,
}

impl ScratchFile {
    pub(crate) fn new(file: BaseFile) -> ScratchFile {
        ScratchFile {
            file,
            key: Key::random(),
            bytes: 0,
            written: HashSet::new(),
            at_hand: 0,
            block: Box::new([0; BLOCK_BYTES]),
            is_changed: false,
        }
    }

    pub(crate) fn file(&self) -> &BaseFile {
        &self.file
    }

    pub(crate) fn close(&mut self) -> Result<(), Code> {
        self.file.close()
    }

    pub(crate) fn read(&mut self, into: &mut [u8], offset: u64) -> Result<Read, Code> {
        let there = usize::try_from(self.bytes.saturating_sub(offset)).unwrap_or(usize::MAX).min(into.len());
        let (found, missing) = into.split_at_mut(there);
        missing.fill(0);
        let mut done = 0;
        while done < found.len() {
            let (block, inside, count) = part(offset + done as u64, found.len() - done);
            self.take_in_hand(block)?;
            found[done..done + count].copy_from_slice(&self.block[inside..inside + count]);
            done += count;
        }
        Ok(if missing.is_empty() { Read::Whole } else { Read::Short })
    }

    pub(crate) fn write(&mut self, bytes: &[u8], offset: u64) -> Result<(), Code> {
        let mut done = 0;
        while done < bytes.len() {
            let (block, inside, count) = part(offset + done as u64, bytes.len() - done);
            self.take_in_hand(block)?;
            self.block[inside..inside + count].copy_from_slice(&bytes[done..done + count]);
            self.is_changed = true;
            done += count;
        }
        self.bytes = self.bytes.max(offset + bytes.len() as u64);
        Ok(())
    }

    pub(crate) fn truncate(&mut self, bytes: u64) -> Result<(), Code> {
        if bytes < self.bytes {
            self.bytes = bytes;
            let (block, inside, _) = part(bytes, 0);
            // What comes back after the cut is zero: whole blocks by being forgotten, the rest of this one here.
            self.take_in_hand(block)?;
            self.block[inside..].fill(0);
            self.is_changed = true;
            self.written.retain(|written| *written <= block);
        }
        Ok(())
    }

    pub(crate) fn size(&self) -> u64 {
        self.bytes
    }

    fn take_in_hand(&mut self, block: u64) -> Result<(), Code> {
        if block == self.at_hand {
            return Ok(());
        }
        if self.is_changed {
            self.lay_down()?;
        }
        if self.written.contains(&block) {
            self.read_block(block)?;
        } else {
            self.block.fill(0);
        }
        self.at_hand = block;
        Ok(())
    }

    fn lay_down(&mut self) -> Result<(), Code> {
        let nonce = nonce();
        let mut disk = Box::new([0; DISK_BLOCK_BYTES]);
        disk[..BLOCK_BYTES].copy_from_slice(&*self.block);
        let tag = self.key.seal(&nonce, &self.at_hand.to_le_bytes(), &mut disk[..BLOCK_BYTES]);
        disk[BLOCK_BYTES..BLOCK_BYTES + NONCE_BYTES].copy_from_slice(&nonce);
        disk[DISK_BLOCK_BYTES - TAG_BYTES..].copy_from_slice(&tag);
        self.file.write(&*disk, self.at_hand * DISK_BLOCK_BYTES as u64)?;
        self.written.insert(self.at_hand);
        self.is_changed = false;
        Ok(())
    }

    fn read_block(&mut self, block: u64) -> Result<(), Code> {
        let mut disk = Box::new([0; DISK_BLOCK_BYTES]);
        self.file.read(&mut *disk, block * DISK_BLOCK_BYTES as u64)?.whole()?;
        let (text, seal) = disk.split_at_mut(BLOCK_BYTES);
        let (nonce, tag) = seal.split_first_chunk().expect("a seal begins with a nonce");
        let tag = tag.first_chunk().expect("a seal ends in a tag");
        // Forget the block at hand first: a failed read must not leave half of another one under its number.
        self.at_hand = u64::MAX;
        if self.key.open(nonce, &block.to_le_bytes(), text, tag).is_err() {
            crate::damage::note("a temporary file");
            return Err(Code::DAMAGED);
        }
        self.block.copy_from_slice(text);
        Ok(())
    }
}

/// Of `length` bytes at `offset`: the first block, where in it, and how many of them lie in it.
fn part(offset: u64, length: usize) -> (u64, usize, usize) {
    let inside = (offset % BLOCK_BYTES as u64) as usize;
    (offset / BLOCK_BYTES as u64, inside, length.min(BLOCK_BYTES - inside))
}
