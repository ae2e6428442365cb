//! What the bytes of an encrypted database file mean: where nonce and tag of a page lie, and how a page is sealed. The same
//! sealed page stands in the database and in its write-ahead log, so that a checkpoint copies it as it is. Opens no file.
//!
//! The whole format, with the log, the journal and the anchor, is described in docs/vault.md.

use crate::aead::{Forged, Key, NONCE_BYTES, Nonce, SEAL_BYTES, TAG_BYTES, Tag, nonce};

/// Bytes of a page; the only size there is.
pub const PAGE_BYTES: usize = 4096;
/// Bytes of a page that SQLite fills. Nonce and tag stand behind them, in what SQLite calls reserved bytes.
pub const BODY_BYTES: usize = PAGE_BYTES - SEAL_BYTES;
/// Bytes at the beginning of page 1 that are not encrypted: they say what the file is, and which.
pub const HEAD_BYTES: usize = 16;

/// "Usher", and the version of the format behind it.
const MAGIC: [u8; 6] = *b"Usher\x01";

/// The readable beginning of a database file: what it is, the version of its format, and ten random bytes that make its
/// pages fit no other file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Head([u8; HEAD_BYTES]);

impl Head {
    /// For a new file.
    pub fn random() -> Head {
        let mut bytes = [0; HEAD_BYTES];
        bytes[..MAGIC.len()].copy_from_slice(&MAGIC);
        crate::aead::fill_random(&mut bytes[MAGIC.len()..]);
        Head(bytes)
    }

    /// Reads it; `None` where the file is something else, or of a version this release does not know.
    pub fn parse(bytes: &[u8]) -> Option<Head> {
        let bytes: [u8; HEAD_BYTES] = bytes.get(..HEAD_BYTES)?.try_into().ok()?;
        bytes.starts_with(&MAGIC).then_some(Head(bytes))
    }

    /// As it stands in the file.
    pub fn bytes(&self) -> &[u8; HEAD_BYTES] {
        &self.0
    }
}

/// A page as it lies on disk.
pub type SealedPage = [u8; PAGE_BYTES];

/// Where the nonce of a sealed page stands. Random for each writing, so it is also the page's version.
pub const NONCE_AT: usize = BODY_BYTES;
const TAG_AT: usize = BODY_BYTES + NONCE_BYTES;

/// The nonce of a sealed page.
pub fn nonce_of(page: &SealedPage) -> &Nonce {
    page[NONCE_AT..TAG_AT].try_into().expect("a page has room for its nonce")
}

/// The tag of a sealed page.
pub fn tag_of(page: &SealedPage) -> &Tag {
    page[TAG_AT..].try_into().expect("a page has room for its tag")
}

/// Seals page `number` (1 for the first) in place. `slot` says which of the store's keys `key` is; it becomes the first byte
/// of the nonce, the other 23 are random.
pub fn seal_page(key: &Key, slot: u8, head: &Head, number: u32, page: &mut SealedPage) {
    let mut nonce = nonce();
    nonce[0] = slot;
    if number == 1 {
        page[..HEAD_BYTES].copy_from_slice(head.bytes());
    }
    let tag = key.seal(&nonce, &associated(number), &mut page[sealed_from(number)..BODY_BYTES]);
    page[NONCE_AT..TAG_AT].copy_from_slice(&nonce);
    page[TAG_AT..].copy_from_slice(&tag);
}

/// Opens page `number` in place: as SQLite wrote it, reserved bytes zero. The readable beginning of page 1 stays as it is.
pub fn open_page(key: &Key, head: &Head, number: u32, page: &mut SealedPage) -> Result<(), Forged> {
    if number == 1 && page[..HEAD_BYTES] != *head.bytes() {
        return Err(Forged);
    }
    let (nonce, tag) = (*nonce_of(page), *tag_of(page));
    key.open(&nonce, &associated(number), &mut page[sealed_from(number)..BODY_BYTES], &tag)?;
    page[BODY_BYTES..].fill(0);
    Ok(())
}

/// The key of a file's pages: the store's key, bound to this file's head.
pub fn page_key(data_key: &Key, head: &Head) -> Key {
    data_key.derive(head.bytes())
}

const _: () = assert!(TAG_AT + TAG_BYTES == PAGE_BYTES);

fn sealed_from(number: u32) -> usize {
    if number == 1 { HEAD_BYTES } else { 0 }
}

fn associated(number: u32) -> [u8; 5] {
    let [a, b, c, d] = number.to_be_bytes();
    [b'P', a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::{HEAD_BYTES, Head, PAGE_BYTES, SealedPage, nonce_of, open_page, page_key, seal_page};
    use crate::aead::{Forged, Key};

    fn sealed(key: &Key, head: &Head, number: u32) -> SealedPage {
        let mut page = [0; PAGE_BYTES];
        page[HEAD_BYTES..HEAD_BYTES + 6].copy_from_slice(b"secret");
        seal_page(key, 3, head, number, &mut page);
        page
    }

    #[test]
    fn a_page_opens_only_as_itself_in_its_own_file() {
        let (store, head) = (Key::random(), Head::random());
        let key = page_key(&store, &head);
        for number in [1, 2, u32::MAX] {
            let page = sealed(&key, &head, number);
            assert_eq!(nonce_of(&page)[0], 3);
            assert!(!page.windows(6).any(|window| window == b"secret"));
            let open = |key: &Key, head: &Head, number| {
                let mut copy = page;
                open_page(key, head, number, &mut copy).map(|()| copy)
            };
            let opened = open(&key, &head, number).expect("it is the one that was sealed");
            assert_eq!(&opened[HEAD_BYTES..HEAD_BYTES + 6], b"secret");
            assert_eq!(open(&key, &head, number ^ 2), Err(Forged));
            let other = Head::random();
            assert_eq!(open(&page_key(&store, &other), &other, number), Err(Forged));
        }
    }

    #[test]
    fn a_flipped_bit_anywhere_is_noticed() {
        let (store, head) = (Key::random(), Head::random());
        let key = page_key(&store, &head);
        for number in [1, 2] {
            let page = sealed(&key, &head, number);
            for bit in 0..PAGE_BYTES * 8 {
                let mut flipped = page;
                flipped[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(
                    open_page(&key, &head, number, &mut flipped),
                    Err(Forged),
                    "page {number}, bit {bit}"
                );
            }
        }
    }

    #[test]
    fn only_our_own_version_is_a_head() {
        let head = Head::random();
        assert_eq!(Head::parse(head.bytes()), Some(head));
        assert_eq!(Head::parse(b"SQLite format 3\0"), None);
        assert_eq!(Head::parse(b"Usher\x02abcdefghij"), None);
        assert_eq!(Head::parse(b"Usher\x01"), None);
    }
}
