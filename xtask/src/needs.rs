//! What the project needs on a machine beside Rust and Node, and how it gets there. Says what and why before it installs
//! anything; touches nothing that is there already. Installs system packages only on Debian and Ubuntu.

use crate::shell::{Program, heading, root, target_dir};
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A group of system packages, with the reason that is shown before they are installed.
pub(crate) struct Packages {
    names: &'static [&'static str],
    why: &'static str,
}

/// To build anything: the C compiler for SQLite, ALSA's headers for the telephone's sound.
pub(crate) const BUILD: Packages = Packages {
    names: &["build-essential", "pkg-config", "libasound2-dev"],
    why: "to compile Usher (C for SQLite, ALSA for sound)",
};

/// To build the window.
pub(crate) const WINDOW: Packages = Packages {
    names: &["libwebkit2gtk-4.1-dev", "libxdo-dev", "libayatana-appindicator3-dev", "librsvg2-dev"],
    why: "to compile the desktop (WebKitGTK shows the console, the others tray and keys)",
};

/// The telephones and telephone systems of the tests.
pub(crate) const PEERS: Packages = Packages {
    names: &[
        "kamailio",
        "kamailio-presence-modules",
        "baresip-core",
        "sip-tester",
        "slapd",
        "ldap-utils",
        "openssl",
        "python3",
        "python3-venv",
        "espeak-ng",
    ],
    why: "real telephones, a real registrar, a real directory and a real voice to test with (on this computer only, never linked)",
};

/// The vault and its cipher are measured against SQLCipher, which takes its cipher from OpenSSL, and against OpenSSL itself.
pub(crate) const OPENSSL: Packages = Packages {
    names: &["libssl-dev"],
    why: "to compile the peers of the vault's benches (never linked into Usher)",
};

/// The browser of the tests.
pub(crate) const BROWSER: Packages =
    Packages { names: &["chromium", "fonts-dejavu-core"], why: "a real browser to test the screens with" };

/// What drives the real window where nobody looks.
pub(crate) const HEADLESS_WINDOW: Packages = Packages {
    names: &["xvfb", "webkit2gtk-driver", "dbus", "dbus-x11", "gnome-keyring", "fonts-dejavu-core"],
    why: "to drive the real window on a screen in memory, with a keychain of its own",
};

/// Installs what is missing of these packages.
pub(crate) fn packages(groups: &[&Packages]) -> Result<()> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    if !is_on_path("dpkg-query") {
        return name_what_is_needed(groups);
    }
    let missing = missing_packages(groups)?;
    if missing.is_empty() {
        return Ok(());
    }
    heading("Installing system packages");
    for group in groups {
        let wanted: Vec<&str> = group.names.iter().copied().filter(|name| missing.contains(name)).collect();
        if !wanted.is_empty() {
            println!("  {}: {}", wanted.join(" "), group.why);
        }
    }
    apt(&["update"]).context("the package lists could not be refreshed")?;
    let install = ["install", "--yes", "--no-install-recommends"];
    apt(&[&install[..], &missing.iter().copied().collect::<Vec<_>>()].concat())
}

fn apt(args: &[&str]) -> Result<()> {
    let apt = if is_root()? {
        Program::new("apt-get")
    } else {
        Program::new("sudo").args(["DEBIAN_FRONTEND=noninteractive", "apt-get"])
    };
    apt.args(["--quiet=2"]).args(args).env("DEBIAN_FRONTEND", "noninteractive").run()
}

fn is_root() -> Result<bool> {
    Ok(Program::new("id").args(["-u"]).read()?.trim() == "0")
}

fn missing_packages(groups: &[&Packages]) -> Result<BTreeSet<&'static str>> {
    let listing = Program::new("dpkg-query")
        .args(["--show", "--showformat=${db:Status-Status} ${Package}\n"])
        .read()?;
    let installed = installed(&listing);
    Ok(groups
        .iter()
        .flat_map(|group| group.names)
        .copied()
        .filter(|name| !installed.contains(name))
        .collect())
}

fn installed(listing: &str) -> BTreeSet<&str> {
    listing.lines().filter_map(|line| line.strip_prefix("installed ")).collect()
}

/// Other Linux systems name their packages differently: say what, and go on only when `pkg-config` finds it.
fn name_what_is_needed(groups: &[&Packages]) -> Result<()> {
    println!("This is not Debian or Ubuntu, so nothing is installed by itself. Needed, by Debian's names:");
    for group in groups {
        println!("  {}: {}", group.names.join(" "), group.why);
    }
    if !Program::new("pkg-config").args(["--exists", "alsa"]).succeeds() {
        bail!("install these with your package manager, then run this command again");
    }
    Ok(())
}

/// Fails with a sentence that says what to do when the compiler or the web view of this system is missing.
pub(crate) fn system(wants_window: bool) -> Result<()> {
    node()?;
    if cfg!(target_os = "macos") && !Program::new("xcode-select").args(["-p"]).succeeds() {
        bail!(
            "Apple's command line tools are needed to compile: run `xcode-select --install`, then this command again"
        );
    }
    if cfg!(windows) {
        windows_compiler()?;
        if wants_window {
            windows_web_view()?;
        }
    }
    Ok(())
}

fn windows_compiler() -> Result<()> {
    if Program::new("rustc").args(["-vV"]).read()?.contains("windows-msvc") && !has_visual_studio() {
        bail!(
            "Microsoft's C++ build tools are needed to compile: install \"Desktop development with C++\" from \
             https://visualstudio.microsoft.com/visual-cpp-build-tools/, then run this command again"
        );
    }
    Ok(())
}

fn has_visual_studio() -> bool {
    let folder = std::env::var_os("ProgramFiles(x86)").unwrap_or_default();
    Path::new(&folder).join("Microsoft Visual Studio/Installer/vswhere.exe").exists()
}

/// The key under which the WebView2 runtime says its version.
const WEB_VIEW_KEY: &str =
    r"HKLM\SOFTWARE\WOW6432Node\Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}";

fn windows_web_view() -> Result<()> {
    if Program::new("reg").args(["query", WEB_VIEW_KEY, "/v", "pv"]).succeeds() {
        return Ok(());
    }
    bail!(
        "the WebView2 runtime shows the console and is missing: install it from \
         https://developer.microsoft.com/microsoft-edge/webview2/, then run this command again"
    )
}

/// The oldest Node whose features the build of the screens uses.
const NODE_OLDEST: (u32, u32) = (20, 19);

fn node() -> Result<()> {
    let said = Program::new("node")
        .args(["--version"])
        .read()
        .context("Node.js is needed to build the screens: https://nodejs.org")?;
    match node_version(&said) {
        Some(version) if version >= NODE_OLDEST => Ok(()),
        Some(_) | None => bail!(
            "Node.js {} is too old: {}.{} or newer is needed",
            said.trim(),
            NODE_OLDEST.0,
            NODE_OLDEST.1
        ),
    }
}

fn node_version(said: &str) -> Option<(u32, u32)> {
    let mut parts = said.trim().trim_start_matches('v').split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// A program of the Rust world that the tests need.
pub(crate) struct Tool {
    /// As cargo installs it.
    package: &'static str,
    version: &'static str,
    features: &'static [&'static str],
    why: &'static str,
}

/// Runs the Rust tests.
pub(crate) const NEXTEST: Tool = Tool {
    package: "cargo-nextest",
    version: "0.9.151",
    features: &["--no-default-features"],
    why: "to run the Rust tests, each in a process of its own",
};

/// Checks licences, sources and known weaknesses of everything linked.
pub(crate) const DENY: Tool = Tool {
    package: "cargo-deny",
    version: "0.20.2",
    features: &[],
    why: "to check licences, sources and advisories",
};

/// Stands between the window test and WebKit's own driver.
pub(crate) const TAURI_DRIVER: Tool =
    Tool { package: "tauri-driver", version: "2.1.0", features: &[], why: "to drive the real window" };

/// Installs a tool when it is missing. A version that is there is used as it is.
pub(crate) fn tool(tool: &Tool) -> Result<()> {
    if is_on_path(tool.package) {
        return Ok(());
    }
    heading(&format!("Installing {} {}", tool.package, tool.version));
    println!("  {}", tool.why);
    // A tool runs for seconds and is built for minutes: build it quickly. One folder, so that tools share what they share.
    Program::cargo()
        .args(["install", "--locked", "--quiet", &format!("{}@{}", tool.package, tool.version)])
        .args(tool.features)
        .dir(&std::env::temp_dir())
        .env("CARGO_TARGET_DIR", target_dir().join("tools"))
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "false")
        .run()
}

/// The Python of the peers, with what `tests/fixtures/requirements.txt` pins.
pub(crate) fn python_peers() -> Result<()> {
    let venv = target_dir().join("peers-venv");
    let requirements = root().join("tests/fixtures/requirements.txt");
    let wanted = std::fs::read_to_string(&requirements).context("tests/fixtures/requirements.txt")?;
    let stamp = venv.join("requirements.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    heading("Installing the Python peers of the tests");
    println!("  into the target folder, from tests/fixtures/requirements.txt (test peers, never linked)");
    Program::new("python3").args(["-m", "venv", "--clear"]).args([&venv]).run()?;
    Program::new(venv.join("bin/python"))
        .args(["-m", "pip", "install", "--quiet", "--requirement"])
        .args([&requirements])
        .run()?;
    std::fs::write(stamp, wanted)?;
    Ok(())
}

/// A peer that runs on Node, in a folder of its own.
struct NodePeer {
    /// Where the lock file is that pins it.
    source: &'static str,
    /// Under the target folder; the tests look for it there.
    folder: &'static str,
    what: &'static str,
}

const NODE_PEERS: [NodePeer; 2] = [
    NodePeer {
        source: "tests/fixtures/azurite",
        folder: "peers-node",
        what: "Microsoft's emulator of Azure Blob storage",
    },
    NodePeer {
        source: "tests/fixtures/oidc-provider",
        folder: "peers-oidc",
        what: "a certified OpenID Connect issuer",
    },
];

/// What the bench of search measures against beside the peers that cargo builds, in their folder.
const FUSE: NodePeer =
    NodePeer { source: "tests/bench/peers/fuse", folder: "peers/fast/fuse", what: "Fuse.js" };

/// The peers that run on Node, with what their lock files pin.
pub(crate) fn node_peers() -> Result<()> {
    NODE_PEERS.iter().try_for_each(node_peer)
}

/// The peer of the bench of search that runs on Node.
pub(crate) fn fuse() -> Result<()> {
    node_peer(&FUSE)
}

/// Install scripts are not run: none is needed.
fn node_peer(NodePeer { source, folder, what }: &NodePeer) -> Result<()> {
    let sources = root().join(source);
    let wanted = std::fs::read_to_string(sources.join("package-lock.json"))
        .with_context(|| format!("the lock file of {source}"))?;
    let folder = target_dir().join(folder);
    let stamp = folder.join("installed.json");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    heading(&format!("Installing {what}"));
    println!("  into the target folder, from {source} (a test peer, never linked)");
    std::fs::create_dir_all(&folder)?;
    for name in ["package.json", "package-lock.json"] {
        std::fs::copy(sources.join(name), folder.join(name))?;
    }
    Program::npm().args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).dir(&folder).run()?;
    std::fs::write(stamp, wanted)?;
    Ok(())
}

/// True where a window can be shown.
pub(crate) fn has_display() -> bool {
    let named = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || named("DISPLAY") || named("WAYLAND_DISPLAY")
}

fn is_on_path(program: &str) -> bool {
    find_on_path(program).is_some()
}

fn find_on_path(program: &str) -> Option<PathBuf> {
    let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::var_os("PATH")?;
    let own = std::env::var_os("CARGO_HOME").map(|home| PathBuf::from(home).join("bin"));
    std::env::split_paths(&path)
        .chain(own)
        .map(|folder| folder.join(&file))
        .find(|candidate| candidate.is_file())
}

#[cfg(test)]
mod tests {
    use super::{installed, node_version};

    #[test]
    fn only_packages_that_are_really_installed_count() {
        let listing = "installed xvfb\nconfig-files kamailio\nnot-installed chromium\ninstalled dbus\n";
        assert_eq!(installed(listing).into_iter().collect::<Vec<_>>(), ["dbus", "xvfb"]);
    }

    #[test]
    fn the_version_of_node_is_read_from_what_it_says() {
        assert_eq!(node_version("v20.20.2\n"), Some((20, 20)));
        assert_eq!(node_version("nonsense"), None);
    }
}
