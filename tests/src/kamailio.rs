//! The telephone system of the tests: Kamailio as registrar with digest and record-routing proxy, over UDP and TCP.
//! Does not carry media: telephones talk to each other directly.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::ports::free_port;
use crate::program::{Program, Talks};
use crate::tools::Tool;
use crate::wait;

/// Domain of every address of record.
pub const DOMAIN: &str = "lab.test";
/// Digest password of every account.
pub const PASSWORD: &str = "secret";

const TEMPLATE: &str = include_str!("../fixtures/kamailio.cfg");

/// The tables of the module that tells calls, as Debian brings them.
const TABLES: &str = "/usr/share/kamailio/dbtext/kamailio";

/// Whose presence the telephone system tells (RFC 6665).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TellsPresence {
    /// Nobody's: a SUBSCRIBE goes to the telephone itself.
    Nobody,
    /// Nobody's: it refuses every SUBSCRIBE.
    Refused,
    /// Of everybody whose calls it carries, by dialog-info.
    Calls,
    /// Of whoever publishes it, by PIDF; it does not know dialog-info.
    Published,
}

/// What a test wants differently.
#[derive(Clone, Debug)]
pub struct KamailioSetup {
    /// Calls from this user are challenged with 407.
    pub challenged: Option<String>,
    /// Calls to these users go to this port on loopback, registered or not.
    pub fixed_routes: Vec<(String, u16)>,
    /// Calls to these users ring at that registered one, as where one account has several numbers.
    pub aliases: Vec<(String, String)>,
    /// Longest registration granted, in seconds. Short where a test waits for one to be renewed.
    pub expires_max_secs: u32,
    /// Whose presence is told. To be subscribed to with the password of the account.
    pub presence: TellsPresence,
}

impl Default for KamailioSetup {
    fn default() -> KamailioSetup {
        KamailioSetup {
            challenged: None,
            fixed_routes: Vec::new(),
            aliases: Vec::new(),
            expires_max_secs: 300,
            presence: TellsPresence::Nobody,
        }
    }
}

/// A running Kamailio.
pub struct Kamailio {
    program: Option<Program>,
    dir: TempDir,
    port: u16,
}

impl Kamailio {
    /// Starts it and waits until it listens.
    #[track_caller]
    pub fn start(setup: &KamailioSetup) -> Kamailio {
        let dir =
            tempfile::Builder::new().prefix("usher-kamailio-").tempdir().expect("a temporary directory");
        let port = free_port();
        fs::write(dir.path().join("kamailio.cfg"), config(setup, port, dir.path()))
            .expect("the configuration is writable");
        if setup.presence == TellsPresence::Calls {
            for table in ["version", "pua"] {
                fs::copy(Path::new(TABLES).join(table), dir.path().join(table))
                    .expect("Kamailio's tables are in its package");
            }
        }
        let mut kamailio = Kamailio { program: None, dir, port };
        kamailio.start_again();
        kamailio
    }

    /// Host and port of registrar and proxy.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// UDP and TCP port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Every request and reply that went through, one line each.
    pub fn words(&self) -> String {
        self.program.as_ref().map(Program::words).unwrap_or_default()
    }

    /// Waits until a line of its log has all of these parts, and gives that line.
    #[track_caller]
    pub fn wait_for_line(&self, parts: &[&str]) -> String {
        self.wait_for_line_after(0, parts)
    }

    /// The end of its log, to wait from.
    pub fn mark(&self) -> usize {
        fs::read(self.dir.path().join("kamailio.log")).unwrap_or_default().len()
    }

    /// As `wait_for_line`, later than `mark`.
    #[track_caller]
    pub fn wait_for_line_after(&self, mark: usize, parts: &[&str]) -> String {
        let look = || {
            let words = self.words();
            let mut lines = words.get(mark..)?.lines();
            lines.find(|line| parts.iter().all(|part| line.contains(part))).map(str::to_owned)
        };
        wait::until(&format!("Kamailio to log {parts:?}"), look, String::new)
    }

    /// Host and port the newest registration of `user` came from: where a telephone over UDP listens.
    #[track_caller]
    pub fn where_is(&self, user: &str) -> String {
        let registered = format!("register {user} from ");
        let look = || {
            self.words()
                .lines()
                .rev()
                .find_map(|line| Some(line.split_once(&registered)?.1.trim().to_owned()))
        };
        wait::until(&format!("a registration of {user}"), look, String::new)
    }

    /// Ends it: registrations and transactions are forgotten.
    pub fn kill(&mut self) {
        self.program = None;
    }

    /// Starts it on the same port.
    #[track_caller]
    pub fn start_again(&mut self) {
        let mut command = Command::new(Tool::Kamailio.program());
        command.arg("-f").arg(self.dir.path().join("kamailio.cfg")).arg("-Y").arg(self.dir.path());
        command.args(["-DD", "-E", "-m", "32", "-M", "4"]);
        let mut program = Program::start("kamailio", self.dir.path(), Talks::No, &mut command);
        let listens = || {
            assert!(program.ended().is_none(), "Kamailio ended at start:\n{}", program.words());
            std::net::TcpStream::connect(("127.0.0.1", self.port)).ok()
        };
        wait::until("Kamailio to listen", listens, String::new);
        self.program = Some(program);
    }
}

fn config(setup: &KamailioSetup, port: u16, dir: &Path) -> String {
    let fixed: String = setup
        .fixed_routes
        .iter()
        .map(|(user, to)| {
            format!("  if ($rU == \"{user}\") {{ $du = \"sip:127.0.0.1:{to}\"; t_relay(); exit; }}\n")
        })
        .collect();
    let aliases: String = setup
        .aliases
        .iter()
        .map(|(user, at)| format!("  if ($rU == \"{user}\") {{ $rU = \"{at}\"; }}\n"))
        .collect();
    let presence = presence(setup.presence, port, dir);
    TEMPLATE
        .replace("@PRESENCE_MODULES@", &presence.modules)
        .replace("@PRESENCE_ROUTES@", presence.routes)
        .replace("@PRESENCE_CALLS@", presence.calls)
        .replace("@DOMAIN@", DOMAIN)
        .replace("@PASSWORD@", PASSWORD)
        .replace("@PORT@", &port.to_string())
        .replace("@EXPIRES_MAX@", &setup.expires_max_secs.to_string())
        .replace("@CHALLENGED@", setup.challenged.as_deref().unwrap_or("nobody"))
        .replace("@FIXED_ROUTES@", &fixed)
        .replace("@ALIASES@", &aliases)
}

/// What is different in the configuration of a telephone system that tells presence.
#[derive(Default)]
struct PresenceParts {
    modules: String,
    /// Before requests within a dialog are passed on: those of subscriptions are for itself.
    routes: &'static str,
    /// Calls that it follows.
    calls: &'static str,
}

fn presence(tells: TellsPresence, port: u16, dir: &Path) -> PresenceParts {
    let server = format!(
        "loadmodule \"presence.so\"\n\
         modparam(\"presence\", \"subs_db_mode\", 0)\n\
         modparam(\"presence\", \"publ_cache\", 2)\n\
         modparam(\"presence\", \"min_expires\", 5)\n\
         modparam(\"presence\", \"server_address\", \"sip:127.0.0.1:{port}\")\n"
    );
    let routes = r#"  if (is_method("PUBLISH") && uri == myself) { handle_publish(); exit; }
  if (is_method("SUBSCRIBE") && uri == myself) {
    if (!has_totag()) {
      if (!pv_www_authenticate("@DOMAIN@", "@PASSWORD@", "0")) { www_challenge("@DOMAIN@","1"); exit; }
      consume_credentials();
    }
    handle_subscribe();
    exit;
  }"#;
    match tells {
        TellsPresence::Nobody => PresenceParts::default(),
        TellsPresence::Refused => PresenceParts {
            routes: r#"  if (is_method("SUBSCRIBE")) { sl_send_reply("489","Bad Event"); exit; }"#,
            ..PresenceParts::default()
        },
        TellsPresence::Published => PresenceParts {
            modules: server
                + "loadmodule \"presence_xml.so\"\n\
                   modparam(\"presence_xml\", \"force_active\", 1)\n\
                   modparam(\"presence_xml\", \"disable_xcapdiff\", 1)\n",
            routes,
            calls: "",
        },
        TellsPresence::Calls => PresenceParts {
            modules: server
                + &format!(
                    "loadmodule \"presence_dialoginfo.so\"\n\
                     loadmodule \"dialog.so\"\n\
                     loadmodule \"db_text.so\"\n\
                     loadmodule \"pua.so\"\n\
                     loadmodule \"pua_dialoginfo.so\"\n\
                     modparam(\"pua\", \"db_url\", \"text://{}\")\n\
                     modparam(\"pua\", \"outbound_proxy\", \"sip:127.0.0.1:{port}\")\n",
                    dir.display()
                ),
            routes,
            calls: "  if (is_method(\"INVITE\")) dlg_manage();",
        },
    }
}
