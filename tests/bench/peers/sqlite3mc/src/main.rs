//! SQLite3 Multiple Ciphers with its own cipher of the same family (ChaCha20-Poly1305 with a 16-byte nonce) at the work of
//! `cargo xtask bench vault`. The key is given raw, so that no password is stretched at each opening.

#[path = "../../../src/spent.rs"]
mod spent;
#[path = "../../../src/worker.rs"]
mod worker;
#[path = "../../../src/workload.rs"]
mod workload;

use rusqlite::Connection;
use std::path::{Path, PathBuf};
use workload::{Store, serve_tasks, set};

struct MultipleCiphers(PathBuf);

impl Store for MultipleCiphers {
    fn open(path: &Path) -> MultipleCiphers {
        MultipleCiphers(path.to_owned())
    }

    fn connect(&self) -> Connection {
        let connection = Connection::open(&self.0).expect("it opens");
        set(&connection, "cipher", "'chacha20'");
        set(&connection, "key", &format!("'raw:{}'", "5a".repeat(32)));
        set(&connection, "journal_mode", "WAL");
        connection
    }
}

fn main() {
    let memory = Connection::open_in_memory().expect("it opens");
    let version = memory.query_row("SELECT sqlite3mc_version()", [], |row| row.get::<_, String>(0));
    version.expect("this is SQLite3 Multiple Ciphers");
    serve_tasks::<MultipleCiphers>();
}
