//! Sippy, a back-to-back agent in between: ends each call itself and makes a new one to the telephone system.

use std::process::Command;

use tempfile::TempDir;

use crate::kamailio::Kamailio;
use crate::ports::free_port;
use crate::program::{Program, Talks};
use crate::tools::Tool;

/// A running `b2bua_simple`.
pub struct Sippy {
    port: u16,
    _program: Program,
    _dir: TempDir,
}

impl Sippy {
    /// Passes every call on to the telephone system. It says nothing when it is ready; callers repeat their INVITE.
    #[track_caller]
    pub fn start(kamailio: &Kamailio) -> Sippy {
        let dir = tempfile::Builder::new().prefix("usher-sippy-").tempdir().expect("a temporary directory");
        let port = free_port();
        let mut command = Command::new(Tool::Sippy.program());
        command.current_dir(dir.path()).args(["-f", "-l", "127.0.0.1", "-p", &port.to_string()]);
        command.args(["-n", &kamailio.address(), "-L"]).arg(dir.path().join("sip.log"));
        let program = Program::start("sippy", dir.path(), Talks::No, &mut command);
        Sippy { port, _program: program, _dir: dir }
    }

    /// Host and port that callers dial through.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}
