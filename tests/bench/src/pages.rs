//! What every library does in the cipher's bench: seals and opens the bytes that a page of the vault holds. Knows no library.
//!
//! Programs of other workspaces include this file.

use super::spent::Spent;
use super::worker::{Done, serve};

/// What SQLite fills of a page of 4,096 bytes: nonce and tag take the rest.
const BODY_BYTES: usize = 4056;
/// Enough that a change of the running program does not matter, and short enough for many turns.
const PAGES: i64 = 2_000;

/// XChaCha20-Poly1305 of one library under one key.
pub trait Cipher {
    /// Encrypts in place and gives the tag.
    fn seal(&self, nonce: &[u8; 24], associated: &[u8; 5], body: &mut [u8]) -> [u8; 16];
    /// Decrypts in place. Panics when it is not what was sealed.
    fn open(&self, nonce: &[u8; 24], associated: &[u8; 5], body: &mut [u8], tag: &[u8; 16]);
}

/// The key of everybody.
pub const KEY: [u8; 32] = [0x5a; 32];

/// Tasks: `Seal` and `Open`.
pub fn serve_pages(cipher: &dyn Cipher) {
    let plain = [0x33; BODY_BYTES];
    let mut sealed = plain;
    let tag = cipher.seal(&nonce(0), b"P0001", &mut sealed);
    serve(|task| {
        let (spent, found) = match task {
            "Seal" => Spent::on(|| many(|number| seal(cipher, &plain, number))),
            "Open" => Spent::on(|| many(|_| open(cipher, &sealed, &tag))),
            other => panic!("no task is called {other}"),
        };
        Done { spent, operations: PAGES, found }
    });
}

fn many(one: impl Fn(i64) -> i64) -> i64 {
    (0..PAGES).fold(0, |found, number| found.wrapping_mul(31).wrapping_add(one(number)))
}

/// In a copy of the page, as the vault does: SQLite goes on with its own.
fn seal(cipher: &dyn Cipher, plain: &[u8; BODY_BYTES], number: i64) -> i64 {
    let mut body = *plain;
    let tag = cipher.seal(&nonce(number), b"P0001", &mut body);
    first_number(&tag) ^ first_number(&body)
}

fn open(cipher: &dyn Cipher, sealed: &[u8; BODY_BYTES], tag: &[u8; 16]) -> i64 {
    let mut body = *sealed;
    cipher.open(&nonce(0), b"P0001", &mut body, tag);
    first_number(&body)
}

fn nonce(number: i64) -> [u8; 24] {
    let mut nonce = [7; 24];
    nonce[..8].copy_from_slice(&number.to_le_bytes());
    nonce
}

fn first_number(bytes: &[u8]) -> i64 {
    i64::from_le_bytes(*bytes.first_chunk().expect("there are more than eight"))
}
