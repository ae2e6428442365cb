//! Which real peers this machine has. A missing peer fails the test where peers are required (`CI=true` or
//! `USHER_REQUIRE_PEERS=1`), and skips it loudly elsewhere. Does not install anything: `cargo xtask test` does.

use std::path::{Path, PathBuf};

/// A real program the tests talk to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Registrar and proxy; Debian `kamailio`.
    Kamailio,
    /// Kamailio's modules for presence; Debian `kamailio-presence-modules`.
    KamailioPresence,
    /// Telephone; Debian `baresip-core`.
    Baresip,
    /// Scripted and many callers; Debian `sip-tester`.
    Sipp,
    /// Telephone in a Python process; PyPI `pjsua2-python`.
    Pjsua2,
    /// Back-to-back agent; PyPI `sippy`.
    Sippy,
    /// LDAP directory; Debian `slapd`, changed by `ldap-utils`, its certificates by `openssl`.
    Slapd,
    /// Keychain; Debian `gnome-keyring`.
    Keyring,
    /// Session bus that it is on; Debian `dbus`.
    Bus,
    /// S3 service; PyPI `moto`.
    Moto,
    /// python-odata, a client of feeds.
    PythonOdata,
    /// Azure Blob service; npm `azurite`.
    Azurite,
    /// OpenID Connect issuer; npm `oidc-provider`.
    OidcProvider,
    /// Browser; Debian `chromium`, driven by npm `playwright-core` of the screens' own tests.
    Chromium,
}

impl Tool {
    /// Its program, where it is installed.
    pub fn find(self) -> Option<PathBuf> {
        match self {
            Tool::Kamailio => on_path("kamailio"),
            Tool::KamailioPresence => {
                let architectures = std::fs::read_dir("/usr/lib").ok()?.flatten();
                let modules = architectures.map(|it| it.path().join("kamailio/modules/pua_dialoginfo.so"));
                modules.into_iter().find(|module| module.is_file())
            }
            Tool::Baresip => on_path("baresip"),
            Tool::Sipp => on_path("sipp"),
            Tool::Pjsua2 => python().filter(|python| has_module(python, "pjsua2")),
            Tool::Slapd => {
                let helpers = ["openssl", "ldapmodify"].into_iter().all(|name| on_path(name).is_some());
                on_path("slapd").filter(|_| helpers)
            }
            Tool::Keyring => on_path("gnome-keyring-daemon"),
            Tool::Bus => on_path("dbus-daemon"),
            Tool::Sippy => Some(venv().join("bin/b2bua_simple")).filter(|program| program.is_file()),
            Tool::PythonOdata => python().filter(|python| has_module(python, "odata")),
            Tool::Moto => Some(venv().join("bin/moto_server")).filter(|program| program.is_file()),
            Tool::Azurite => Some(node_peers().join("node_modules/azurite/dist/src/blob/main.js"))
                .filter(|program| program.is_file() && on_path("node").is_some()),
            Tool::OidcProvider => Some(oidc_peer().join("node_modules/oidc-provider/lib/index.js"))
                .filter(|program| program.is_file() && on_path("node").is_some()),
            Tool::Chromium => on_path("chromium").filter(|_| playwright().is_dir()),
        }
    }

    /// Its program. Only after `all_there` has said yes.
    #[track_caller]
    pub fn program(self) -> PathBuf {
        self.find().unwrap_or_else(|| panic!("{}", self.missing()))
    }

    fn missing(self) -> String {
        let how = match self {
            Tool::Kamailio => "apt-get install kamailio",
            Tool::KamailioPresence => "apt-get install kamailio-presence-modules",
            Tool::Baresip => "apt-get install baresip-core",
            Tool::Sipp => "apt-get install sip-tester",
            Tool::Slapd => "apt-get install slapd ldap-utils openssl",
            Tool::Keyring => "apt-get install gnome-keyring",
            Tool::Bus => "apt-get install dbus",
            Tool::Pjsua2 | Tool::Sippy | Tool::Moto | Tool::PythonOdata => {
                "cargo xtask test sets it up from tests/fixtures/requirements.txt"
            }
            Tool::Azurite => "cargo xtask test sets it up from tests/fixtures/azurite",
            Tool::OidcProvider => "cargo xtask test sets it up from tests/fixtures/oidc-provider",
            Tool::Chromium => "apt-get install chromium, and npm ci in ui",
        };
        let (python, node, oidc) = (venv(), node_peers(), oidc_peer());
        format!(
            "{self:?} is not installed ({how}; Python peers are looked for in {}, Node's in {} and {})",
            python.display(),
            node.display(),
            oidc.display()
        )
    }
}

/// Whether a test with these peers can run here. Says so when it cannot, and fails where it must.
#[track_caller]
pub fn all_there(tools: &[Tool]) -> bool {
    let missing: Vec<String> =
        tools.iter().filter(|tool| tool.find().is_none()).map(|tool| tool.missing()).collect();
    if missing.is_empty() {
        return true;
    }
    let text = missing.join("\n");
    assert!(!are_required(), "peers are required and missing:\n{text}");
    eprintln!("SKIPPED, NOT TESTED: {text}");
    false
}

fn are_required() -> bool {
    let is = |name, value: &str| std::env::var(name).is_ok_and(|set| set == value);
    is("CI", "true") || is("USHER_REQUIRE_PEERS", "1")
}

/// The Python environment with the Python peers: `USHER_PEERS_VENV`, else `peers-venv` in the target directory.
pub fn venv() -> PathBuf {
    std::env::var_os("USHER_PEERS_VENV").map_or_else(|| target_dir().join("peers-venv"), PathBuf::from)
}

/// The folder with the peers that run on Node: `USHER_PEERS_NODE`, else `peers-node` in the target directory.
pub fn node_peers() -> PathBuf {
    std::env::var_os("USHER_PEERS_NODE").map_or_else(|| target_dir().join("peers-node"), PathBuf::from)
}

/// The folder with the OpenID Connect issuer: `USHER_PEERS_OIDC`, else `peers-oidc` in the target directory.
pub fn oidc_peer() -> PathBuf {
    std::env::var_os("USHER_PEERS_OIDC").map_or_else(|| target_dir().join("peers-oidc"), PathBuf::from)
}

/// What drives Chromium from a script.
pub fn playwright() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/node_modules/playwright-core")
}

/// The target directory this test was built into.
pub fn target_dir() -> PathBuf {
    let program = std::env::current_exe().expect("a test knows its own path");
    let profile = program.ancestors().nth(2).expect("tests lie in target/<profile>/deps");
    let target = profile.parent().expect("tests lie in target/<profile>/deps");
    // `--target` puts one more directory in between.
    if target.join(".rustc_info.json").is_file() {
        target.to_owned()
    } else {
        target.parent().unwrap_or(target).to_owned()
    }
}

/// The `usher` program to test: `USHER_BIN`, else the one built beside this test.
#[track_caller]
pub fn usher() -> PathBuf {
    let beside = || {
        let program = std::env::current_exe().expect("a test knows its own path");
        program.ancestors().nth(2).expect("tests lie in target/<profile>/deps").join("usher")
    };
    let path = std::env::var_os("USHER_BIN").map_or_else(beside, PathBuf::from);
    assert!(
        path.is_file(),
        "no program {}: `cargo nextest run --no-run` first (`cargo xtask test` does)",
        path.display()
    );
    path
}

fn python() -> Option<PathBuf> {
    Some(venv().join("bin/python")).filter(|python| python.exists())
}

fn has_module(python: &Path, module: &str) -> bool {
    let lib = python.parent().and_then(|bin| bin.parent()).map(|venv| venv.join("lib"));
    let Some(Ok(versions)) = lib.map(std::fs::read_dir) else { return false };
    versions.flatten().any(|version| version.path().join("site-packages").join(module).exists())
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    dirs.map(|dir| dir.join(name)).find(|program| program.is_file())
}
