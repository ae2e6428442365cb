//! The chain: each entry's hash covers the entry and the hash before it, so the last one covers them all. It is a plain SHA-256,
//! not one under a key: whoever can write the database has its key already, and could forge a keyed chain with it. What he cannot
//! reach is the anchor, which is kept outside (docs/access-log.md).

use std::fmt;

use engine::Timestamp;
use ring::digest::{Context, SHA256};

use super::{Entry, IdText, Malformed};

/// What is hashed first, so that these hashes are never those of anything else.
const DOMAIN: &[u8] = b"usher access log 1\0";

/// The hash of an entry and all before it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

/// What stands before the first entry of all.
pub const ZERO_HASH: Hash = Hash([0; 32]);

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Hash {
    /// As [`fmt::Display`] prints it.
    pub fn parse(text: &str) -> Option<Hash> {
        let mut hash = [0; 32];
        let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
        if pairs.len() != hash.len() {
            return None;
        }
        for (byte, [high, low]) in hash.iter_mut().zip(pairs) {
            let digit = |letter: u8| match letter {
                b'0'..=b'9' => Some(letter - b'0'),
                b'a'..=b'f' => Some(letter - b'a' + 10),
                _ => None,
            };
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Some(Hash(hash))
    }
}

/// The hash of an entry that follows upon this one. `entry` is its encoding.
pub fn chained(before: Hash, entry: &[u8]) -> Hash {
    let mut context = Context::new(&SHA256);
    context.update(DOMAIN);
    context.update(&before.0);
    context.update(entry);
    Hash(context.finish().as_ref().try_into().expect("SHA-256 has 32 bytes"))
}

/// One entry as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// 1 for the first of all; no gaps.
    pub sequence: u64,
    /// When, as the column says by which the store finds old entries.
    pub at: Timestamp,
    /// The encoding of the entry.
    pub bytes: Vec<u8>,
    /// Its hash.
    pub hash: Hash,
}

impl Link {
    /// This entry after this hash.
    pub fn of(sequence: u64, before: Hash, entry: &Entry) -> Link {
        let bytes = entry.to_bytes();
        Link { sequence, at: entry.at, hash: chained(before, &bytes), bytes }
    }

    /// What it says.
    pub fn entry(&self) -> Result<Entry, Malformed> {
        Entry::from_bytes(&self.bytes)
    }
}

/// How far the log was, for keeping outside of it: in the keychain, where whoever rewrites the log does not reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The last entry; 0 where there was none.
    pub sequence: u64,
    /// Its hash.
    pub hash: Hash,
    /// The first entry that was not purged; 1 where none was.
    pub first_kept: u64,
}

impl Anchor {
    /// Of a log that is empty.
    pub const EMPTY: Anchor = Anchor { sequence: 0, hash: ZERO_HASH, first_kept: 1 };
    const VERSION: u8 = 1;

    /// How many entries were kept.
    pub fn count(&self) -> u64 {
        (self.sequence + 1).saturating_sub(self.first_kept)
    }

    /// For the keychain.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![Anchor::VERSION];
        bytes.extend(self.sequence.to_be_bytes());
        bytes.extend(self.hash.0);
        bytes.extend(self.first_kept.to_be_bytes());
        bytes
    }

    /// As [`Anchor::to_bytes`] wrote it; `None` where it is something else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Anchor> {
        let (&Anchor::VERSION, rest) = bytes.split_first()? else { return None };
        let (sequence, rest) = rest.split_first_chunk()?;
        let (hash, first_kept) = rest.split_first_chunk()?;
        Some(Anchor {
            sequence: u64::from_be_bytes(*sequence),
            hash: Hash(*hash),
            first_kept: u64::from_be_bytes(first_kept.try_into().ok()?),
        })
    }
}

/// The last entry that was purged. What the log's own entry about the purge says of it must be the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purge {
    /// Through which entry; 0 where none was purged.
    pub through: u64,
    /// Its hash: where the chain goes on.
    pub hash: Hash,
    /// When that entry was made.
    pub last_at: Timestamp,
}

impl Purge {
    /// Nothing was purged yet.
    pub const NONE: Purge = Purge { through: 0, hash: ZERO_HASH, last_at: Timestamp(0) };

    /// As the object of the entry that proves it.
    pub fn to_id(&self) -> IdText {
        let Purge { through, hash, last_at } = self;
        IdText::parse(&format!("{through}:{hash}:{}", last_at.0)).expect("digits and colons, 106 at most")
    }

    /// As [`Purge::to_id`] wrote it.
    pub fn of_id(id: &IdText) -> Option<Purge> {
        let mut parts = id.as_str().split(':');
        let purge = Purge {
            through: parts.next()?.parse().ok()?,
            hash: Hash::parse(parts.next()?)?,
            last_at: Timestamp(parts.next()?.parse().ok()?),
        };
        parts.next().is_none().then_some(purge)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_outside_is_read_back_and_nothing_else_is() {
        let anchor = Anchor { sequence: 7, hash: Hash([0xab; 32]), first_kept: 3 };
        assert_eq!(Anchor::from_bytes(&anchor.to_bytes()), Some(anchor));
        assert_eq!((anchor.count(), Anchor::EMPTY.count()), (5, 0));
        let mut bytes = anchor.to_bytes();
        bytes[0] = 2;
        assert_eq!(Anchor::from_bytes(&bytes), None, "another version");
        assert_eq!(Anchor::from_bytes(&anchor.to_bytes()[..48]), None, "cut short");
        let purge = Purge { through: u64::MAX, hash: Hash([0x0f; 32]), last_at: Timestamp(i64::MIN) };
        assert_eq!(Purge::of_id(&purge.to_id()), Some(purge));
        assert_eq!(Purge::of_id(&IdText::of_number(7)), None);
        assert_eq!(Hash::parse(&"0F".repeat(32)), None, "one hash, one text");
    }
}
