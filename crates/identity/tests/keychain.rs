//! The real Secret Service: GNOME Keyring on a session bus of its own, and the two ways of not having one. Each case
//! runs this test program again as a child, because a process meets its keychain only once. Does not touch the keychain
//! of whoever runs the tests.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use contracts::conformance;
use contracts::secrets::{Secret, SecretError, Secrets};
use identity::Keychain;

/// In the child only: which case it plays.
const CASE: &str = "USHER_KEYCHAIN_CASE";

fn keychain() -> Keychain {
    Keychain::of("Usher test", Duration::from_secs(30))
}

/// What runs in the child; alone it does nothing.
#[test]
fn child() {
    match std::env::var(CASE).as_deref() {
        Ok("unlocked") => {
            conformance::secrets(&keychain(), "suite");
            assert_eq!(keychain().problem(), None);
        }
        Ok("no bus") => {
            let words = keychain().problem().expect("without a session bus there is no keychain");
            assert!(words.contains("gnome-keyring"), "says what to do: {words}");
            assert!(matches!(keychain().get("any"), Err(SecretError::Unavailable(_))), "absent is not empty");
        }
        Ok("no collection") => {
            let refused = keychain().put("any", &Secret::new(b"secret".to_vec()));
            assert!(matches!(refused, Err(SecretError::Locked(_))), "nothing was kept, and it says so");
        }
        Ok(other) => panic!("no such case: {other}"),
        Err(_) => {}
    }
}

#[test]
fn the_system_keychain_keeps_secrets() {
    let unlock =
        "printf 'test\\n' | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null";
    if let Some(script) = on_a_bus(unlock) {
        passed("unlocked", script);
    }
}

#[test]
fn a_keychain_without_a_collection_refuses_and_says_so() {
    if let Some(script) = on_a_bus("true") {
        passed("no collection", script);
    }
}

#[test]
fn without_a_session_bus_the_keychain_says_what_to_do() {
    let mut child = Command::new(myself());
    child.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    passed("no bus", child);
}

/// This program inside a session bus of its own, after `prepare`; `None` where the machine has no Secret Service to test.
fn on_a_bus(prepare: &str) -> Option<Command> {
    let missing: Vec<&str> = ["dbus-run-session", "gnome-keyring-daemon"]
        .into_iter()
        .filter(|program| !installed(program))
        .collect();
    if missing.is_empty() {
        let mut command = Command::new("dbus-run-session");
        command.args(["--", "sh", "-c", &format!("{prepare}; exec \"$0\" \"$@\"")]).arg(myself());
        return Some(command);
    }
    assert!(std::env::var_os("CI").is_none(), "CI must install {missing:?} (apt: dbus, gnome-keyring)");
    eprintln!("SKIPPED: the real keychain was not tested; install {missing:?} (apt: dbus, gnome-keyring)");
    None
}

fn installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn myself() -> std::path::PathBuf {
    std::env::current_exe().expect("a running program has a path")
}

fn passed(case: &str, mut command: Command) {
    let home = tempfile::tempdir().expect("a folder");
    let output = command
        .args(["--exact", "child", "--nocapture"])
        .env(CASE, case)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env("HOME", home.path())
        .env("XDG_DATA_HOME", home.path().join("data"))
        .env("XDG_CACHE_HOME", home.path().join("cache"))
        .env("XDG_RUNTIME_DIR", runtime(home.path()))
        .output()
        .expect("the child starts");
    let Output { status, stdout, stderr } = &output;
    let (stdout, stderr) = (String::from_utf8_lossy(stdout), String::from_utf8_lossy(stderr));
    assert!(status.success() && stdout.contains("1 passed"), "{case}: {stdout}\n{stderr}");
}

/// A folder for sockets that only its owner may enter, as the session bus demands.
fn runtime(home: &Path) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let folder = home.join("run");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).expect("our own folder");
    folder
}
