//! The write-ahead log's index in this process's own memory, and the locks that connections take on it. SQLite would keep
//! it in a file (`-shm`) that shows page numbers and checksums; a vault is open in one process only, so no file is needed,
//! and no lock costs a call to the system.

use std::ffi::c_void;
use std::sync::atomic::{Ordering, fence};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use rusqlite::ffi;

use crate::base::Code;

/// The place of SQLite's write lock.
pub(crate) const WRITE_LOCK: usize = 0;
/// The place of the lock of those who read the database file alone and nothing of the log.
pub(crate) const READ_FILE_LOCK: usize = 3;
const LOCKS: usize = ffi::SQLITE_SHM_NLOCK as usize;

/// The index of one database.
#[derive(Debug, Default)]
pub(crate) struct Index {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Each has a fixed place in memory, since SQLite keeps pointers.
    regions: Vec<Box<[u64]>>,
    /// How many connections have it mapped.
    mapped: u32,
    /// Per lock: how many share it; -1 where one has it alone.
    locks: [i32; LOCKS],
    /// While set, only this thread may take the write lock: a backup looks for a quiet moment.
    gate: Option<ThreadId>,
}

/// What one connection holds.
#[derive(Debug, Default)]
pub(crate) struct Held {
    is_mapped: bool,
    shared: u8,
    alone: u8,
}

/// What is asked of some locks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    Share,
    Alone,
    /// Lets go of what was shared or had alone.
    LetGo,
}

impl Index {
    /// Where region `number` begins; made where there is none and `extend` says so, else null.
    pub(crate) fn map(&self, held: &mut Held, number: usize, bytes: usize, extend: bool) -> *mut c_void {
        let mut state = self.state();
        if !held.is_mapped {
            held.is_mapped = true;
            state.mapped += 1;
        }
        while extend && state.regions.len() <= number {
            state.regions.push(vec![0; bytes.div_ceil(size_of::<u64>())].into_boxed_slice());
        }
        match state.regions.get_mut(number) {
            Some(region) => region.as_mut_ptr().cast(),
            None => std::ptr::null_mut(),
        }
    }

    /// Lets go of the memory; the last one frees it.
    pub(crate) fn unmap(&self, held: &mut Held) {
        let mut state = self.state();
        if std::mem::take(&mut held.is_mapped) {
            state.mapped -= 1;
        }
        if state.mapped == 0 {
            state.regions.clear();
            state.locks = [0; LOCKS];
        }
    }

    /// Takes or lets go of `count` locks from `first` on, all or none.
    pub(crate) fn lock(&self, held: &mut Held, first: usize, count: usize, ask: Ask) -> Result<(), Code> {
        let places = first..first + count;
        if count == 0 || places.end > LOCKS {
            return Err(Code(ffi::SQLITE_IOERR_SHMLOCK));
        }
        let mask = places.clone().fold(0_u8, |mask, place| mask | 1 << place);
        let mut state = self.state();
        match ask {
            Ask::LetGo => {
                for place in places {
                    state.let_go(held, place);
                }
            }
            Ask::Share => {
                if held.shared & mask != 0 {
                    return Ok(());
                }
                if state.locks[first] < 0 {
                    return Err(Code(ffi::SQLITE_BUSY));
                }
                state.locks[first] += 1;
                held.shared |= mask;
            }
            Ask::Alone => {
                let shut =
                    first == WRITE_LOCK && state.gate.is_some_and(|owner| owner != thread::current().id());
                if shut || places.clone().any(|place| state.locks[place] != 0) {
                    return Err(Code(ffi::SQLITE_BUSY));
                }
                for place in places {
                    state.locks[place] = -1;
                }
                held.alone |= mask;
            }
        }
        Ok(())
    }

    /// Whatever was written before is seen by who looks after.
    pub(crate) fn barrier(&self) {
        fence(Ordering::SeqCst);
        drop(self.state());
    }

    /// Keeps every other thread from beginning to write until the gate is dropped. One at a time: the one that comes second
    /// gets none.
    pub(crate) fn shut_gate(&self) -> Option<Gate<'_>> {
        let mut state = self.state();
        if state.gate.is_some() {
            return None;
        }
        state.gate = Some(thread::current().id());
        Some(Gate(self))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn let_go(&mut self, held: &mut Held, place: usize) {
        let bit = 1 << place;
        if held.alone & bit != 0 {
            self.locks[place] = 0;
            held.alone &= !bit;
        } else if held.shared & bit != 0 {
            self.locks[place] -= 1;
            held.shared &= !bit;
        }
    }
}

impl Held {
    /// Whether this connection reads the database file alone, so that no checkpoint changes it meanwhile.
    pub(crate) fn reads_file_alone(&self) -> bool {
        self.shared & (1 << READ_FILE_LOCK) != 0
    }

    /// Whether this connection is the one that writes.
    pub(crate) fn writes(&self) -> bool {
        self.alone & (1 << WRITE_LOCK) != 0
    }
}

/// Opens again when dropped.
#[derive(Debug)]
pub(crate) struct Gate<'a>(&'a Index);

impl Drop for Gate<'_> {
    fn drop(&mut self) {
        self.0.state().gate = None;
    }
}

#[cfg(test)]
mod tests {
    use super::{Ask, Held, Index, WRITE_LOCK};

    #[test]
    fn one_has_a_lock_alone_or_several_share_it() {
        let index = Index::default();
        let (mut a, mut b) = (Held::default(), Held::default());
        assert!(index.lock(&mut a, 3, 1, Ask::Share).is_ok());
        assert!(index.lock(&mut b, 3, 1, Ask::Share).is_ok());
        assert!(index.lock(&mut b, 3, 5, Ask::Alone).is_err(), "a shares one of them");
        index.lock(&mut b, 3, 1, Ask::LetGo).expect("it is held");
        index.lock(&mut a, 3, 1, Ask::LetGo).expect("it is held");
        assert!(index.lock(&mut b, 3, 5, Ask::Alone).is_ok());
        assert!(index.lock(&mut a, 5, 1, Ask::Share).is_err());
        index.lock(&mut b, 3, 5, Ask::LetGo).expect("it is held");
        assert!(index.lock(&mut a, 5, 1, Ask::Share).is_ok());
        assert!(index.lock(&mut a, 7, 2, Ask::Alone).is_err(), "there are eight");
    }

    #[test]
    fn memory_is_shared_and_goes_with_the_last() {
        let index = Index::default();
        let (mut a, mut b) = (Held::default(), Held::default());
        assert!(index.map(&mut a, 0, 32_768, false).is_null());
        let place = index.map(&mut a, 0, 32_768, true);
        assert!(!place.is_null());
        assert_eq!(index.map(&mut b, 0, 32_768, false), place);
        index.unmap(&mut a);
        assert_eq!(index.map(&mut b, 0, 32_768, false), place);
        index.unmap(&mut b);
        assert!(index.map(&mut a, 0, 32_768, false).is_null());
    }

    #[test]
    fn while_the_gate_is_shut_only_its_owner_writes() {
        let index = Index::default();
        let gate = index.shut_gate().expect("nobody has shut it");
        assert!(index.shut_gate().is_none());
        std::thread::scope(|threads| {
            let refused =
                threads.spawn(|| index.lock(&mut Held::default(), WRITE_LOCK, 1, Ask::Alone).is_err());
            assert!(refused.join().expect("it does not panic"));
        });
        let mut own = Held::default();
        assert!(index.lock(&mut own, WRITE_LOCK, 1, Ask::Alone).is_ok());
        assert!(own.writes());
        index.lock(&mut own, WRITE_LOCK, 1, Ask::LetGo).expect("it is held");
        drop(gate);
        assert!(index.lock(&mut Held::default(), WRITE_LOCK, 1, Ask::Alone).is_ok());
    }
}
