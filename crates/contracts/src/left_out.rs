//! People who were erased and are not to be taken in again (DATA-10): a source would name them anew at its next reading. Nothing that
//! names anybody is kept of them, only keyed hashes by which a contact is known again: of what its source calls it, and of its
//! e-mail address with its name. Does not keep them: that is `subjects`.

use std::collections::HashSet;

use ring::hmac::{HMAC_SHA256, Key, sign};

use crate::book::Contact;

/// Bytes of a key: as long as the hash itself (RFC 2104, 3).
pub const KEY_BYTES: usize = 32;
/// The most people who are left out at once; more are a source that should not be read.
pub const LEFT_OUT_MAX: usize = 100_000;
/// Bytes that are kept of a hash: enough to tell a million contacts apart.
const HASH_BYTES: usize = 16;

/// By which a contact is known again.
pub type Hash = [u8; HASH_BYTES];

/// What is kept of one person who is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hashes {
    /// Of what its source calls it, in whichever book: a file of another name is no other person.
    pub key: Hash,
    /// Of the e-mail address and the name; `None` where there is no address. The address alone may be a whole department's.
    pub email: Option<Hash>,
}

/// The hashes of a contact under this key. The contact has its own key already.
pub fn hashes(key: &[u8], contact: &Contact) -> Hashes {
    let key = Key::new(HMAC_SHA256, key);
    let email = contact.email.trim().to_lowercase();
    let name = contact.display_name.trim().to_lowercase();
    Hashes {
        key: hash(&key, &format!("key\n{}", contact.key)),
        email: (!email.is_empty()).then(|| hash(&key, &format!("email\n{email}\n{name}"))),
    }
}

/// Takes those out who are left out.
pub fn sift(contacts: &mut Vec<Contact>, key: &[u8], left_out: &HashSet<Hash>) {
    if left_out.is_empty() {
        return;
    }
    contacts.retain(|contact| {
        let Hashes { key, email } = hashes(key, contact);
        !left_out.contains(&key) && !email.is_some_and(|email| left_out.contains(&email))
    });
}

fn hash(key: &Key, text: &str) -> Hash {
    let whole = sign(key, text.as_bytes());
    let mut hash = Hash::default();
    hash.copy_from_slice(&whole.as_ref()[..HASH_BYTES]);
    hash
}
