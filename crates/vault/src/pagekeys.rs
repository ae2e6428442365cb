//! The keys of one database file, ready for use: for each data key of the store one for pages, one for frames of the
//! log, one for the anchor and one for the rollback journal. Opens no key file: see `keys`.

use crate::aead::{Key, Nonce};
use crate::format::{Head, page_key};
use crate::keys::DataKeys;

/// The keys that one data key gives to one file.
#[derive(Debug)]
pub(crate) struct SlotKeys {
    /// Pages, in the file, the log and the journal.
    pub(crate) page: Key,
    /// Headers of the log and its frames.
    pub(crate) frame: Key,
    /// The anchor.
    pub(crate) anchor: Key,
    /// The mask of the journal's checksums.
    pub(crate) journal: Key,
}

/// All keys of one file, by slot.
#[derive(Debug)]
pub(crate) struct PageKeys {
    current: u8,
    slots: Vec<(u8, SlotKeys)>,
}

impl PageKeys {
    /// What the store's keys are for the file of this head.
    pub(crate) fn new(head: &Head, keys: &DataKeys) -> PageKeys {
        let of_slot = |slot| Some((slot, slot_keys(keys.of_slot(slot)?, head)));
        PageKeys { current: keys.current().0, slots: keys.slots().filter_map(of_slot).collect() }
    }

    /// Slot and keys for what is sealed now.
    pub(crate) fn current(&self) -> (u8, &SlotKeys) {
        (self.current, self.of_slot(self.current).expect("the current key is one of the store's"))
    }

    /// The keys of this slot, where the store has it.
    pub(crate) fn of_slot(&self, slot: u8) -> Option<&SlotKeys> {
        self.slots.iter().find(|(known, _)| *known == slot).map(|(_, keys)| keys)
    }

    /// The keys under which something with this nonce was sealed: its first byte tells the slot.
    pub(crate) fn of_nonce(&self, nonce: &Nonce) -> Option<&SlotKeys> {
        self.of_slot(nonce[0])
    }
}

fn slot_keys(key: &Key, head: &Head) -> SlotKeys {
    let page = page_key(key, head);
    SlotKeys {
        frame: page.derive(b"frames of a log."),
        journal: page.derive(b"rollback journal"),
        // Not bound to the file: the anchor itself says which one it belongs to.
        anchor: key.derive(b"usher's anchor.."),
        page,
    }
}
