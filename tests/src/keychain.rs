//! A keychain of nobody: GNOME Keyring on a session bus of its own, which a test can lock and unlock. Neither sees nor touches
//! the keychain of whoever runs the tests.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::program::{Program, Talks};
use crate::wait;

/// The collection that is unlocked with its owner's log-in.
const LOGIN: &str = "/org/freedesktop/secrets/collection/login";

/// The Secret Service of a session of its own.
pub struct Keychain {
    bus: String,
    // In the order in which they end.
    daemon: Program,
    _bus: Program,
    dir: TempDir,
}

impl Keychain {
    /// Starts bus and keychain, unlocked.
    #[track_caller]
    pub fn start() -> Keychain {
        let dir =
            tempfile::Builder::new().prefix("usher-keychain-").tempdir().expect("a temporary directory");
        for folder in ["home", "run"] {
            let folder = dir.path().join(folder);
            fs::create_dir(&folder).expect("a temporary directory is writable");
            // The bus lets nobody else look in.
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).expect("our own folder");
        }
        let mut command = Command::new("dbus-daemon");
        command.args(["--session", "--nofork", "--print-address=1"]);
        dress(&mut command, dir.path());
        let mut bus_program = Program::start("dbus-daemon", dir.path(), Talks::ByPipes, &mut command);
        let (_, output) = bus_program.pipes();
        let mut bus = String::new();
        BufReader::new(output).read_line(&mut bus).expect("the bus says where it is");
        let bus = bus.trim().to_owned();
        let daemon = unlocked(dir.path(), &bus);
        Keychain { bus, daemon, _bus: bus_program, dir }
    }

    /// Lets a program use it, and no other.
    pub fn lend(&self, command: &mut Command) {
        dress(command, self.dir.path());
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.bus);
    }

    /// Locks it, as its owner might. There is no screen on which it could ask for its password.
    #[track_caller]
    pub fn lock(&self) {
        let words = self.ask(
            "org.freedesktop.secrets",
            "/org/freedesktop/secrets",
            &["org.freedesktop.Secret.Service.Lock", &format!("array:objpath:{LOGIN}")],
        );
        assert!(words.contains("object path"), "it is not locked: {words}");
    }

    /// Unlocks it, as a log-in does.
    #[track_caller]
    pub fn unlock(&mut self) {
        self.daemon.stop();
        self.daemon = unlocked(self.dir.path(), &self.bus);
    }

    fn ask(&self, service: &str, path: &str, what: &[&str]) -> String {
        ask(&self.bus, service, path, what)
    }
}

fn dress(command: &mut Command, dir: &Path) {
    for name in
        ["DISPLAY", "WAYLAND_DISPLAY", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"]
    {
        command.env_remove(name);
    }
    command.env("HOME", dir.join("home")).env("XDG_RUNTIME_DIR", dir.join("run"));
}

/// The keychain, unlocked with a password that nobody needs to know.
#[track_caller]
fn unlocked(dir: &Path, bus: &str) -> Program {
    let mut command = Command::new("gnome-keyring-daemon");
    command.args(["--unlock", "--components=secrets", "--foreground"]).env("DBUS_SESSION_BUS_ADDRESS", bus);
    dress(&mut command, dir);
    let mut program = Program::start("gnome-keyring-daemon", dir, Talks::ByPipes, &mut command);
    let (mut input, _) = program.pipes();
    input.write_all(b"nobody\n").expect("the keychain listens");
    drop(input);
    let is_there = || is_unlocked(bus).then_some(());
    wait::until("an unlocked keychain on the bus", is_there, || program.words());
    program
}

fn is_unlocked(bus: &str) -> bool {
    let owner = ["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"];
    // Asked first, because any other question would start a keychain that nobody unlocks.
    ask(bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", &owner).contains("boolean true")
        && ask(
            bus,
            "org.freedesktop.secrets",
            LOGIN,
            &[
                "org.freedesktop.DBus.Properties.Get",
                "string:org.freedesktop.Secret.Collection",
                "string:Locked",
            ],
        )
        .contains("boolean false")
}

fn ask(bus: &str, service: &str, path: &str, what: &[&str]) -> String {
    let mut command = Command::new("dbus-send");
    command.args(["--session", "--print-reply", &format!("--dest={service}"), path]).args(what);
    let reply = command.env("DBUS_SESSION_BUS_ADDRESS", bus).output();
    reply.map(|reply| String::from_utf8_lossy(&reply.stdout).into_owned()).unwrap_or_default()
}
