//! XChaCha20-Poly1305 (IETF), the one cipher of everything at rest (DATA-1), and the random nonces it needs. Knows no
//! file and no format; who seals says what the bytes are through the associated data.
//!
//! The cipher is `ring`'s ChaCha20-Poly1305 (BoringSSL's assembly, with AVX2 and NEON) under the subkey that RustCrypto's
//! HChaCha20 makes of key and nonce, as draft-irtf-cfrg-xchacha-03 §2.3 says. Of what is widely reviewed it was the fastest
//! measured (docs/performance.md).

use std::cell::RefCell;
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce as ShortNonce, Tag as RingTag, UnboundKey};
use zeroize::{Zeroize, Zeroizing};

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;
/// Bytes of a nonce: long enough to be random for every message of a key's life.
pub const NONCE_BYTES: usize = 24;
/// Bytes of a tag.
pub const TAG_BYTES: usize = 16;
/// What sealing adds to a message: its nonce and its tag.
pub const SEAL_BYTES: usize = NONCE_BYTES + TAG_BYTES;

/// Number used once.
pub type Nonce = [u8; NONCE_BYTES];
/// Proof that nobody has changed message, associated data and nonce.
pub type Tag = [u8; TAG_BYTES];

/// The bytes are not what was sealed under this key, nonce and associated data. Says no more, on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not what was sealed")]
pub struct Forged;

/// A secret key. Not printed, not cloned; overwritten when dropped.
pub struct Key(Zeroizing<[u8; KEY_BYTES]>);

impl Key {
    /// A new one from the system's randomness.
    pub fn random() -> Key {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        fill_random(&mut *bytes);
        Key(bytes)
    }

    /// The key of these bytes.
    pub fn from_bytes(bytes: &[u8; KEY_BYTES]) -> Key {
        Key(Zeroizing::new(*bytes))
    }

    /// A key for another purpose. Distinct contexts give independent keys, and none leads back to this one (HChaCha20 is a
    /// pseudo-random function of its 16-byte input).
    pub fn derive(&self, context: &[u8; 16]) -> Key {
        Key(self.subkey(context))
    }

    /// Encrypts in place and gives the tag. A nonce must never be used twice under one key: take it from [`nonce`].
    pub fn seal(&self, nonce: &Nonce, associated: &[u8], message: &mut [u8]) -> Tag {
        let (key, short) = self.of_nonce(nonce);
        let tag = key
            .seal_in_place_separate_tag(short, Aad::from(associated), message)
            .expect("no message of ours comes near 256 GiB");
        let mut bytes = [0; TAG_BYTES];
        bytes.copy_from_slice(tag.as_ref());
        bytes
    }

    /// Decrypts in place. When it fails, the content of `message` is of no use to anyone.
    pub fn open(
        &self,
        nonce: &Nonce,
        associated: &[u8],
        message: &mut [u8],
        tag: &Tag,
    ) -> Result<(), Forged> {
        let (key, short) = self.of_nonce(nonce);
        let tag = RingTag::from(*tag);
        match key.open_in_place_separate_tag(short, Aad::from(associated), tag, message, 0..) {
            Ok(_) => Ok(()),
            Err(_) => Err(Forged),
        }
    }

    /// The key itself, for wrapping it under another one.
    pub fn danger_expose(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    fn of_nonce(&self, nonce: &Nonce) -> (LessSafeKey, ShortNonce) {
        let (front, back) = nonce.split_at(16);
        let subkey = self.subkey(front.try_into().expect("the front has 16 bytes"));
        let mut short = [0; 12];
        short[4..].copy_from_slice(back);
        let key = UnboundKey::new(&CHACHA20_POLY1305, &*subkey).expect("the subkey has 32 bytes");
        (LessSafeKey::new(key), ShortNonce::assume_unique_for_key(short))
    }

    fn subkey(&self, input: &[u8; 16]) -> Zeroizing<[u8; KEY_BYTES]> {
        let mut made = chacha20::hchacha::<chacha20::R20>((&*self.0).into(), input.into());
        let subkey = Zeroizing::new(made.into());
        made.zeroize();
        subkey
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Nonces fetched at once: one request to the system for 128 costs what five single ones do.
const NONCES_AHEAD: usize = 128;

struct Ahead {
    bytes: [u8; NONCES_AHEAD * NONCE_BYTES],
    used: usize,
}

thread_local! {
    static AHEAD: RefCell<Ahead> = const { RefCell::new(Ahead { bytes: [0; NONCES_AHEAD * NONCE_BYTES], used: NONCES_AHEAD }) };
}

/// A fresh random nonce. Fetched ahead in batches; the clock is mixed in when it is handed out, so that a computer that was
/// copied while it ran (a virtual desktop) does not seal with the same batch twice.
pub fn nonce() -> Nonce {
    AHEAD.with_borrow_mut(|ahead| {
        if ahead.used == NONCES_AHEAD {
            fill_random(&mut ahead.bytes);
            ahead.used = 0;
        }
        let from = ahead.used * NONCE_BYTES;
        ahead.used += 1;
        let mut nonce = [0; NONCE_BYTES];
        nonce.copy_from_slice(&ahead.bytes[from..from + NONCE_BYTES]);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() as u64;
        for (byte, mixed) in nonce[16..].iter_mut().zip(now.to_le_bytes()) {
            *byte ^= mixed;
        }
        nonce
    })
}

/// Fills with the system's randomness. A system without any cannot keep a secret, and every one Usher runs on has it.
pub fn fill_random(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the system gives random numbers");
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Forged, Key, Nonce, Tag, nonce};

    /// The vector of draft-irtf-cfrg-xchacha-03, A.3.1.
    #[test]
    fn the_drafts_own_example_is_sealed_and_opened() {
        let key = Key::from_bytes(&std::array::from_fn(|at| 0x80 + at as u8));
        let nonce = std::array::from_fn(|at| 0x40 + at as u8);
        let associated = [0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7];
        let text =
            b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, \
                     sunscreen would be it.";
        let mut message = *text;
        let tag = key.seal(&nonce, &associated, &mut message);
        assert_eq!(message[..8], [0xbd, 0x6d, 0x17, 0x9d, 0x3e, 0x83, 0xd4, 0x3b]);
        assert_eq!(message[message.len() - 2..], [0xb5, 0x2e]);
        let want =
            [0xc0, 0x87, 0x59, 0x24, 0xc1, 0xc7, 0x98, 0x79, 0x47, 0xde, 0xaf, 0xd8, 0x78, 0x0a, 0xcf, 0x49];
        assert_eq!(tag, want);
        assert_eq!(key.open(&nonce, &associated, &mut message, &tag), Ok(()));
        assert_eq!(&message, text);
    }

    #[test]
    fn another_key_nonce_tag_or_purpose_opens_nothing() {
        let (key, used) = (Key::random(), nonce());
        let mut message = *b"who rang";
        let tag = key.seal(&used, b"page 1", &mut message);
        let open = |key: &Key, nonce: &Nonce, associated: &[u8], tag: &Tag| {
            let mut copy = message;
            key.open(nonce, associated, &mut copy, tag)
        };
        assert_eq!(open(&key, &used, b"page 1", &tag), Ok(()));
        assert_eq!(open(&Key::random(), &used, b"page 1", &tag), Err(Forged));
        assert_eq!(open(&key.derive(b"another purpose!"), &used, b"page 1", &tag), Err(Forged));
        assert_eq!(open(&key, &nonce(), b"page 1", &tag), Err(Forged));
        assert_eq!(open(&key, &used, b"page 2", &tag), Err(Forged));
        assert_eq!(open(&key, &used, b"page 1", &[0; 16]), Err(Forged));
    }

    #[test]
    fn nonces_do_not_come_back() {
        let drawn: HashSet<_> = (0..1_000).map(|_| nonce()).collect();
        assert_eq!(drawn.len(), 1_000);
    }
}
