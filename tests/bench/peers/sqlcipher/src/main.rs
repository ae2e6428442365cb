//! SQLCipher as it is by default (AES-256-CBC, HMAC-SHA512) at the work of `cargo xtask bench vault`. The key is given raw, so
//! that no password is stretched at each opening.

#[path = "../../../src/spent.rs"]
mod spent;
#[path = "../../../src/worker.rs"]
mod worker;
#[path = "../../../src/workload.rs"]
mod workload;

use rusqlite::Connection;
use std::path::{Path, PathBuf};
use workload::{Store, serve_tasks, set};

struct SqlCipher(PathBuf);

impl Store for SqlCipher {
    fn open(path: &Path) -> SqlCipher {
        SqlCipher(path.to_owned())
    }

    fn connect(&self) -> Connection {
        let connection = Connection::open(&self.0).expect("it opens");
        set(&connection, "key", &format!("\"x'{}'\"", "5a".repeat(32)));
        set(&connection, "journal_mode", "WAL");
        connection
    }
}

fn main() {
    let memory = Connection::open_in_memory().expect("it opens");
    let version = memory.query_row("PRAGMA cipher_version", [], |row| row.get::<_, String>(0));
    version.expect("this is SQLCipher");
    serve_tasks::<SqlCipher>();
}
