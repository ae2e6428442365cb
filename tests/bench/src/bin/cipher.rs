//! The vault's cipher at one page, against the same cipher of other libraries: a program each, all in turns. Measures no file.

use bench::contest::{Contest, Contestant, Measure, peer};
use bench::pages::{Cipher, KEY, serve_pages};
use std::process::Command;
use vault::aead::Key;

/// Ours first; the others are what `ciphers` is told.
const NAMES: [&str; 5] = ["vault", "aws-lc-rs", "dryoc", "OpenSSL", "RustCrypto"];
const ROUNDS: u32 = 41;

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("vault") => serve_pages(&Ours(Key::from_bytes(&KEY))),
        Some(other) => panic!("nothing is called {other}"),
        None => compare(),
    }
}

fn compare() {
    let mut contest = Contest::new(&NAMES, &["Seal".to_owned(), "Open".to_owned()]);
    let own = std::env::current_exe().expect("this program has a path");
    let mut contestants = NAMES.map(|name| {
        let program = if name == "vault" { own.clone() } else { peer("ciphers") };
        Contestant::start(Command::new(program).arg(name))
    });
    for _ in 0..ROUNDS {
        contest.round(&mut contestants);
    }
    println!("this processor can do: {}", vectors().join(", "));
    contest.tell(0, "a page of 4,056 bytes sealed, CPU", Measure::Cpu);
    contest.tell(1, "a page of 4,056 bytes opened, CPU", Measure::Cpu);
}

/// What the libraries choose their code by.
fn vectors() -> Vec<&'static str> {
    let mut known = Vec::new();
    #[cfg(target_arch = "x86_64")]
    for (name, has) in [
        ("AVX", is_x86_feature_detected!("avx")),
        ("AVX2", is_x86_feature_detected!("avx2")),
        ("AVX-512F", is_x86_feature_detected!("avx512f")),
        ("AVX-512IFMA", is_x86_feature_detected!("avx512ifma")),
    ] {
        known.extend(has.then_some(name));
    }
    #[cfg(target_arch = "aarch64")]
    known.extend(std::arch::is_aarch64_feature_detected!("neon").then_some("NEON"));
    known
}

struct Ours(Key);

impl Cipher for Ours {
    fn seal(&self, nonce: &[u8; 24], associated: &[u8; 5], body: &mut [u8]) -> [u8; 16] {
        self.0.seal(nonce, associated, body)
    }

    fn open(&self, nonce: &[u8; 24], associated: &[u8; 5], body: &mut [u8], tag: &[u8; 16]) {
        self.0.open(nonce, associated, body, tag).expect("it was sealed");
    }
}
