//! What the proofs of the vault share. Each test program uses a part of it.

#![allow(dead_code, reason = "each test program uses a part")]

pub(crate) mod answers;
pub(crate) mod disk;
pub(crate) mod engine;
pub(crate) mod life;
pub(crate) mod random;
pub(crate) mod statements;
pub(crate) mod work;
