//! What a desktop program expects around it: a screen, a session bus, a keychain, a home. All of them new for each test, so
//! that tests neither see each other nor the person who runs them.

use acceptance::keychain::Keychain;
use acceptance::program::{Program, Talks};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Width, height and depth of the screen in memory.
const SCREEN: &str = "1440x900x24";

/// A session of nobody.
pub struct Session {
    display: String,
    // In the order in which they end.
    keychain: Keychain,
    _screen: Program,
    dir: TempDir,
}

impl Session {
    /// Starts screen, bus and keychain.
    #[track_caller]
    pub fn start() -> Session {
        let dir = tempfile::Builder::new().prefix("usher-session-").tempdir().expect("a temporary directory");
        let mut xvfb = Command::new("Xvfb");
        xvfb.args(["-displayfd", "1", "-screen", "0", SCREEN, "-nolisten", "tcp"]);
        let (screen, number) = first_line("Xvfb", dir.path(), &mut xvfb);
        Session { display: format!(":{number}"), keychain: Keychain::start(), _screen: screen, dir }
    }

    /// Lets a program run in this session, drawing without a graphics card.
    pub fn lend(&self, command: &mut Command) {
        self.keychain.lend(command);
        command.env("DISPLAY", &self.display).env("GDK_BACKEND", "x11");
        command.env("LIBGL_ALWAYS_SOFTWARE", "1").env("NO_AT_BRIDGE", "1");
    }

    /// Its folder; goes with it.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }
}

/// Starts a program that says where it is in its first line.
#[track_caller]
fn first_line(name: &str, dir: &Path, command: &mut Command) -> (Program, String) {
    let mut program = Program::start(name, dir, Talks::ByPipes, command);
    let (_, output) = program.pipes();
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line).expect("the program says where it is");
    let line = line.trim().to_owned();
    assert!(!line.is_empty(), "{name} did not start: {}", program.words());
    (program, line)
}

/// The program to test: `USHER_DESKTOP_BIN`, else the one built beside this test.
#[track_caller]
pub fn program() -> PathBuf {
    let beside = || {
        let test = std::env::current_exe().expect("a test knows its own path");
        test.ancestors().nth(2).expect("tests lie in target/<profile>/deps").join("usher-desktop")
    };
    let path = std::env::var_os("USHER_DESKTOP_BIN").map_or_else(beside, PathBuf::from);
    assert!(path.is_file(), "no program {}: `cargo xtask test --only window` builds it", path.display());
    path
}
