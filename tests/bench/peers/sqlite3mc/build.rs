//! Compiles SQLite3 Multiple Ciphers under the name of SQLite, with the options that rusqlite compiles SQLite with.

use std::env;

/// As in the build script of libsqlite3-sys.
const OPTIONS: [&str; 19] = [
    "SQLITE_CORE",
    "SQLITE_DEFAULT_FOREIGN_KEYS=1",
    "SQLITE_ENABLE_API_ARMOR",
    "SQLITE_ENABLE_COLUMN_METADATA",
    "SQLITE_ENABLE_DBSTAT_VTAB",
    "SQLITE_ENABLE_FTS3",
    "SQLITE_ENABLE_FTS3_PARENTHESIS",
    "SQLITE_ENABLE_FTS5",
    "SQLITE_ENABLE_JSON1",
    "SQLITE_ENABLE_LOAD_EXTENSION=1",
    "SQLITE_ENABLE_RTREE",
    "SQLITE_ENABLE_STAT4",
    "SQLITE_SOUNDEX",
    "SQLITE_THREADSAFE=1",
    "SQLITE_USE_URI",
    "HAVE_USLEEP=1",
    "HAVE_ISNAN",
    "HAVE_LOCALTIME_R",
    "_POSIX_THREAD_SAFE_FUNCTIONS",
];

fn main() {
    let source = sqlite3mc_src::source_dir().join(sqlite3mc_src::SOURCE_FILE);
    let mut compiler = cc::Build::new();
    for option in OPTIONS {
        let (name, value) =
            option.split_once('=').map_or((option, None), |(name, value)| (name, Some(value)));
        compiler.define(name, value);
    }
    compiler.file(source).warnings(false).compile("sqlite3");
    // libsqlite3-sys asks the linker for `sqlite3`: this is where it finds one.
    println!("cargo::rustc-link-search=native={}", env::var("OUT_DIR").expect("cargo gives one"));
    println!("cargo::rerun-if-changed=build.rs");
}
