//! Other libraries at the work of `cargo xtask bench cipher`; the argument says which.

#[path = "../../../src/pages.rs"]
mod pages;
#[path = "../../../src/spent.rs"]
mod spent;
#[path = "../../../src/worker.rs"]
mod worker;

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use dryoc::classic::crypto_aead_xchacha20poly1305_ietf as dry;
use openssl::cipher_ctx::CipherCtx;
use pages::{Cipher, KEY, serve_pages};
use std::cell::RefCell;

/// The subkey that HChaCha20 makes, and the short nonce: what turns ChaCha20-Poly1305 into XChaCha20-Poly1305 where a library
/// has only the former.
fn shortened(nonce: &[u8; 24]) -> ([u8; 32], [u8; 12]) {
    let front: [u8; 16] = *nonce.first_chunk().expect("the nonce has 24 bytes");
    let subkey = chacha20::hchacha::<chacha20::R20>(&KEY.into(), &front.into());
    let mut short = [0; 12];
    short[4..].copy_from_slice(&nonce[16..]);
    (subkey.into(), short)
}

struct AwsLc;

impl AwsLc {
    fn of(nonce: &[u8; 24]) -> (LessSafeKey, Nonce) {
        let (subkey, short) = shortened(nonce);
        let key = UnboundKey::new(&CHACHA20_POLY1305, &subkey).expect("the subkey has 32 bytes");
        (LessSafeKey::new(key), Nonce::assume_unique_for_key(short))
    }
}

impl Cipher for AwsLc {
    fn seal(&self, nonce: &[u8; 24], associated: &[u8; 5], body: &mut [u8]) -> [u8; 16] {
        let (key, short) = AwsLc::of(nonce);
        let tag = key.seal_in_place_separate_tag(short, Aad::from(associated), body).expect("it is sealed");
        tag.as_ref().try_into().expect("a tag has 16 bytes")
    }

    fn open(&self, nonce: &[u8; 24], associated: &[u8; 5], body: &mut [u8], tag: &[u8; 16]) {
        let (key, short) = AwsLc::of(nonce);
        key.open_in_place_separate_tag(short, Aad::from(associated), tag, body).expect("it was sealed");
    }
}

struct Dryoc;

impl Cipher for Dryoc {
    fn seal(&self, nonce: &[u8; 24], associated: &[u8; 5], body: &mut [u8]) -> [u8; 16] {
        let mut tag = [0; 16];
        dry::crypto_aead_xchacha20poly1305_ietf_encrypt_detached_inplace(
            body,
            &mut tag,
            Some(associated),
            nonce,
            &KEY,
        )
        .expect("it is sealed");
        tag
    }

    fn open(&self, nonce: &[u8; 24], associated: &[u8; 5], body: &mut [u8], tag: &[u8; 16]) {
        dry::crypto_aead_xchacha20poly1305_ietf_decrypt_detached_inplace(
            body,
            tag,
            Some(associated),
            nonce,
            &KEY,
        )
        .expect("it was sealed");
    }
}

/// OpenSSL of this system, the only one here with all of AVX-512.
struct OpenSsl {
    cipher: openssl::cipher::Cipher,
    context: RefCell<CipherCtx>,
}

impl OpenSsl {
    fn new() -> OpenSsl {
        // Asked for once: to look the cipher up takes longer than a quarter of a page.
        let cipher = openssl::cipher::Cipher::fetch(None, "ChaCha20-Poly1305", None).expect("OpenSSL has it");
        OpenSsl { cipher, context: RefCell::new(CipherCtx::new().expect("there is memory")) }
    }
}

impl Cipher for OpenSsl {
    fn seal(&self, nonce: &[u8; 24], associated: &[u8; 5], body: &mut [u8]) -> [u8; 16] {
        let ((key, short), mut context, mut tag) = (shortened(nonce), self.context.borrow_mut(), [0; 16]);
        let mut seal = || {
            context.encrypt_init(Some(&self.cipher), Some(&key), Some(&short))?;
            context.cipher_update(associated, None)?;
            context.cipher_update_inplace(body, body.len())?;
            context.cipher_final(&mut [])?;
            context.tag(&mut tag)
        };
        seal().expect("it is sealed");
        tag
    }

    fn open(&self, nonce: &[u8; 24], associated: &[u8; 5], body: &mut [u8], tag: &[u8; 16]) {
        let ((key, short), mut context) = (shortened(nonce), self.context.borrow_mut());
        let mut open = || {
            context.decrypt_init(Some(&self.cipher), Some(&key), Some(&short))?;
            context.set_tag(tag)?;
            context.cipher_update(associated, None)?;
            context.cipher_update_inplace(body, body.len())?;
            context.cipher_final(&mut [])
        };
        open().expect("it was sealed");
    }
}

struct RustCrypto(XChaCha20Poly1305);

impl Cipher for RustCrypto {
    fn seal(&self, nonce: &[u8; 24], associated: &[u8; 5], body: &mut [u8]) -> [u8; 16] {
        let tag = self.0.encrypt_inout_detached(nonce.into(), associated, body.into());
        tag.expect("it is sealed").into()
    }

    fn open(&self, nonce: &[u8; 24], associated: &[u8; 5], body: &mut [u8], tag: &[u8; 16]) {
        self.0
            .decrypt_inout_detached(nonce.into(), associated, body.into(), tag.into())
            .expect("it was sealed");
    }
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("aws-lc-rs") => serve_pages(&AwsLc),
        Some("dryoc") => serve_pages(&Dryoc),
        Some("OpenSSL") => serve_pages(&OpenSsl::new()),
        Some("RustCrypto") => serve_pages(&RustCrypto(XChaCha20Poly1305::new(&KEY.into()))),
        other => panic!("no library is called {other:?}"),
    }
}
