//! sipp: many scripted callers at once, and telephones that refuse. Echoes what it hears. Does not record.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

use crate::kamailio::Kamailio;
use crate::ports::{free_port, free_ports};
use crate::program::{Program, Talks};
use crate::tools::Tool;

/// A running sipp.
pub struct Sipp {
    program: Program,
    _dir: TempDir,
}

impl Sipp {
    /// `count` callers at once who ring `user` through the telephone system and stay until they are hung up.
    #[track_caller]
    pub fn callers(kamailio: &Kamailio, user: &str, count: u32) -> Sipp {
        Sipp::callers_per_second(kamailio, user, count, count)
    }

    /// The same, one after the other: calls that come within a millisecond of each other may overtake each other in the
    /// telephone system.
    #[track_caller]
    pub fn callers_in_turn(kamailio: &Kamailio, user: &str, count: u32) -> Sipp {
        Sipp::callers_per_second(kamailio, user, count, 2)
    }

    #[track_caller]
    fn callers_per_second(kamailio: &Kamailio, user: &str, count: u32, rate: u32) -> Sipp {
        let (count, rate) = (count.to_string(), rate.to_string());
        Sipp::start(include_str!("../fixtures/sipp/caller.xml"), free_port(), |command| {
            command.arg(kamailio.address()).args(["-s", user, "-m", &count, "-l", &count, "-r", &rate]);
        })
    }

    /// A telephone on `port` that answers each call with this status line, such as `486 Busy Here`.
    #[track_caller]
    pub fn refusing(port: u16, status: &str) -> Sipp {
        let scenario = include_str!("../fixtures/sipp/refuses.xml").replace("@STATUS@", status);
        Sipp::start(&scenario, port, |command| {
            command.args(["-m", "1000"]);
        })
    }

    #[track_caller]
    fn start(scenario: &str, port: u16, arguments: impl FnOnce(&mut Command)) -> Sipp {
        let dir = tempfile::Builder::new().prefix("usher-sipp-").tempdir().expect("a temporary directory");
        let mut command = Command::new(Tool::Sipp.program());
        command.current_dir(dir.path());
        arguments(&mut command);
        fs::write(dir.path().join("scenario.xml"), scenario).expect("a temporary directory is writable");
        command.args(["-sf", "scenario.xml"]);
        command.args([
            "-i",
            "127.0.0.1",
            "-p",
            &port.to_string(),
            "-mp",
            &free_ports(4).to_string(),
            "-rtp_echo",
        ]);
        command.args(["-nostdin", "-trace_err", "-error_file", "errors.log", "-timeout", "120"]);
        let program = Program::start("sipp", dir.path(), Talks::No, &mut command);
        Sipp { program, _dir: dir }
    }

    /// Waits until every call of it is over; each must have gone by the script.
    #[track_caller]
    pub fn wait_all_went_well(&mut self) {
        let status = self.program.wait_end();
        assert!(status.success(), "sipp: {status}");
    }
}
