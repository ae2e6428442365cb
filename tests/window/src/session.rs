//! What a desktop program expects around it: a screen, a session bus, a keychain, a home. All of them new for each test, so
//! that tests neither see each other nor the person who runs them.

use acceptance::program::{Program, Talks};
use acceptance::wait;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Width, height and depth of the screen in memory.
const SCREEN: &str = "1440x900x24";

/// A session of nobody.
pub struct Session {
    display: String,
    bus: String,
    // In the order in which they end.
    _keychain: Program,
    _bus: Program,
    _screen: Program,
    dir: TempDir,
}

impl Session {
    /// Starts screen, bus and keychain.
    #[track_caller]
    pub fn start() -> Session {
        let dir = tempfile::Builder::new().prefix("usher-session-").tempdir().expect("a temporary directory");
        for folder in ["home", "run"] {
            fs::create_dir(dir.path().join(folder)).expect("a temporary directory is writable");
        }
        let mut xvfb = Command::new("Xvfb");
        xvfb.args(["-displayfd", "1", "-screen", "0", SCREEN, "-nolisten", "tcp"]);
        let (screen, number) = first_line("Xvfb", dir.path(), &mut xvfb);
        let mut daemon = Command::new("dbus-daemon");
        daemon.args(["--session", "--nofork", "--print-address=1"]);
        dress(&mut daemon, dir.path());
        let (bus_program, bus) = first_line("dbus-daemon", dir.path(), &mut daemon);
        let display = format!(":{number}");
        let keychain = unlock_keychain(dir.path(), &bus);
        Session { display, bus, _keychain: keychain, _bus: bus_program, _screen: screen, dir }
    }

    /// Lets a program run in this session.
    pub fn lend(&self, command: &mut Command) {
        dress(command, self.dir());
        command.env("DISPLAY", &self.display).env("DBUS_SESSION_BUS_ADDRESS", &self.bus);
    }

    /// Its folder; goes with it.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }
}

/// Home and folders of nobody, drawing without a graphics card.
fn dress(command: &mut Command, dir: &Path) {
    for name in ["WAYLAND_DISPLAY", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"] {
        command.env_remove(name);
    }
    command.env("HOME", dir.join("home")).env("XDG_RUNTIME_DIR", dir.join("run"));
    command.env("GDK_BACKEND", "x11").env("LIBGL_ALWAYS_SOFTWARE", "1").env("NO_AT_BRIDGE", "1");
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

/// The Secret Service, unlocked with a password that nobody needs to know.
#[track_caller]
fn unlock_keychain(dir: &Path, bus: &str) -> Program {
    let mut daemon = Command::new("gnome-keyring-daemon");
    daemon.args(["--unlock", "--components=secrets", "--foreground"]).env("DBUS_SESSION_BUS_ADDRESS", bus);
    dress(&mut daemon, dir);
    let mut program = Program::start("gnome-keyring-daemon", dir, Talks::ByPipes, &mut daemon);
    let (mut input, _) = program.pipes();
    input.write_all(b"nobody\n").expect("the keychain listens");
    drop(input);
    let is_there = || owns_name(bus).then_some(());
    wait::until("the keychain on the bus", is_there, || program.words());
    program
}

fn owns_name(bus: &str) -> bool {
    let mut ask = Command::new("dbus-send");
    ask.args(["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"]);
    ask.args(["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"]);
    let reply = ask.env("DBUS_SESSION_BUS_ADDRESS", bus).output();
    reply.is_ok_and(|reply| String::from_utf8_lossy(&reply.stdout).contains("boolean true"))
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
