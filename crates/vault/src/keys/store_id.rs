//! Which store: a number that its key file, its sealed files and its entry in the keychain share. No secret.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::form::Hex;
use crate::aead::fill_random;

/// 128 random bits, given to a store when it is made. Written as 32 hexadecimal digits in lower case.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StoreId([u8; 16]);

/// The text is not 32 hexadecimal digits in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the id of a store has 32 hexadecimal digits in lower case")]
pub struct NotAStoreId;

impl StoreId {
    /// For a new store.
    pub fn random() -> StoreId {
        let mut bytes = [0; 16];
        fill_random(&mut bytes);
        StoreId(bytes)
    }

    /// The id of these bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> StoreId {
        StoreId(bytes)
    }

    /// As it is bound into what is sealed.
    pub fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreId({self})")
    }
}

impl FromStr for StoreId {
    type Err = NotAStoreId;

    fn from_str(text: &str) -> Result<StoreId, NotAStoreId> {
        Hex::parse(text).map(|hex| StoreId(hex.0)).ok_or(NotAStoreId)
    }
}

impl Serialize for StoreId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for StoreId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<StoreId, D::Error> {
        Hex::deserialize(deserializer).map(|hex| StoreId(hex.0))
    }
}

#[cfg(test)]
mod tests {
    use super::{NotAStoreId, StoreId};

    #[test]
    fn an_id_is_read_as_it_is_written_and_in_no_other_way() {
        let id = StoreId::random();
        let text = id.to_string();
        assert_eq!(text.len(), 32);
        assert_eq!(text.parse(), Ok(id));
        assert_eq!(StoreId::from_bytes([0xab; 16]).to_string(), "ab".repeat(16));
        for wrong in ["", "ab", &"AB".repeat(16), &"ab".repeat(17), &"xy".repeat(16)] {
            assert_eq!(wrong.parse::<StoreId>(), Err(NotAStoreId), "{wrong}");
        }
    }
}
