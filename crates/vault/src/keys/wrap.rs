//! One key under another: sealed, with a value beside it that says which key it was. Knows no file.
//!
//! The check is HMAC-SHA256 of the key over its purpose. Poly1305 alone does not commit to a key: whoever can write the file
//! can make one tag that holds under two keys. No two keys can be found that share a check.

use ring::hmac;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::StoreId;
use super::form::Hex;
use crate::aead::{KEY_BYTES, Key, NONCE_BYTES, TAG_BYTES, nonce};

/// What a wrapped key is, and under what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The master key under the key in the keychain.
    Keychain,
    /// The master key under the recovery key.
    Recovery,
    /// The data key of this slot under the master key.
    OfSlot(u8),
}

impl Purpose {
    /// Bound to every wrap and check, so that none stands in for another: name and version of the format, purpose, slot, store.
    fn associated(self, store: StoreId) -> [u8; 32] {
        let mut bytes = [0; 32];
        let (kind, slot) = match self {
            Purpose::Keychain => (1, 0),
            Purpose::Recovery => (2, 0),
            Purpose::OfSlot(slot) => (3, slot),
        };
        bytes[..14].copy_from_slice(b"Usher key wrap");
        bytes[14..16].copy_from_slice(&[kind, slot]);
        bytes[16..].copy_from_slice(store.bytes());
        bytes
    }
}

/// For `Key::derive`: the key that wraps, so that wrapping and checking do not share one.
const WRAPPING: &[u8; 16] = b"Usher wraps keys";

/// A key under another one, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wrap {
    check: Hex<32>,
    nonce: Hex<NONCE_BYTES>,
    sealed: Hex<{ KEY_BYTES + TAG_BYTES }>,
}

/// Why a wrap gives no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unopened {
    /// It was made under another key.
    AnotherKey,
    /// It was made under this key and has been changed since.
    Damaged,
}

impl Wrap {
    /// `key` under `wrapping`.
    pub(super) fn seal(wrapping: &Key, store: StoreId, purpose: Purpose, key: &Key) -> Wrap {
        let used = nonce();
        let mut sealed = [0; KEY_BYTES + TAG_BYTES];
        // The plain key stands in the array only until it is sealed over, a line below.
        sealed[..KEY_BYTES].copy_from_slice(key.danger_expose());
        let tag = wrapping.derive(WRAPPING).seal(&used, &purpose.associated(store), &mut sealed[..KEY_BYTES]);
        sealed[KEY_BYTES..].copy_from_slice(&tag);
        Wrap { check: Hex(check(wrapping, store, purpose)), nonce: Hex(used), sealed: Hex(sealed) }
    }

    /// The key again.
    pub(super) fn open(&self, wrapping: &Key, store: StoreId, purpose: Purpose) -> Result<Key, Unopened> {
        if self.check.0 != check(wrapping, store, purpose) {
            return Err(Unopened::AnotherKey);
        }
        let (sealed, tag) = self.sealed.0.split_at(KEY_BYTES);
        let tag = tag.try_into().expect("a tag stands behind the key");
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        key.copy_from_slice(sealed);
        match wrapping.derive(WRAPPING).open(&self.nonce.0, &purpose.associated(store), &mut *key, tag) {
            Ok(()) => Ok(Key::from_bytes(&key)),
            Err(_) => Err(Unopened::Damaged),
        }
    }

    /// Says which key it was made under.
    pub(super) fn check(&self) -> [u8; 32] {
        self.check.0
    }
}

/// A value of 32 bytes that only this key has, for this purpose.
fn check(key: &Key, store: StoreId, purpose: Purpose) -> [u8; 32] {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.danger_expose());
    let made = hmac::sign(&key, &purpose.associated(store));
    made.as_ref().try_into().expect("HMAC-SHA256 gives 32 bytes")
}
