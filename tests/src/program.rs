//! A program a test has started: in a process group of its own, its words in a log file, ended when the test lets go of
//! it, its log shown when the test fails. Does not know which program it is.

use std::fs::File;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::wait;

/// Lines of a log shown when a test fails.
const LINES_SHOWN: usize = 60;
/// How long a program may take to end by itself.
const POLITE: Duration = Duration::from_secs(3);

/// A running program.
pub struct Program {
    name: String,
    child: Child,
    group: Pid,
    log: PathBuf,
}

/// Which of the program's streams the test talks through; the rest goes to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Talks {
    /// Everything it says goes to the log.
    No,
    /// Standard input and output are the test's.
    ByPipes,
}

impl Program {
    /// Starts it; `dir` gets `<name>.log`.
    #[track_caller]
    pub fn start(name: &str, dir: &Path, talks: Talks, command: &mut Command) -> Program {
        let log = dir.join(format!("{name}.log"));
        let said = File::options().create(true).append(true).open(&log).expect("the log is writable");
        command.process_group(0).stderr(said.try_clone().expect("a file can be cloned"));
        match talks {
            Talks::No => command.stdin(Stdio::null()).stdout(said),
            Talks::ByPipes => command.stdin(Stdio::piped()).stdout(Stdio::piped()),
        };
        let child =
            command.spawn().unwrap_or_else(|error| panic!("{name} does not start: {error} ({command:?})"));
        let group = Pid::from_child(&child);
        Program { name: name.to_owned(), child, group, log }
    }

    /// Its pipes, once.
    pub fn pipes(&mut self) -> (ChildStdin, ChildStdout) {
        let stdin = self.child.stdin.take().expect("started with pipes");
        (stdin, self.child.stdout.take().expect("started with pipes"))
    }

    /// Its words so far.
    pub fn words(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// `Some` once it has ended.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child of ours can be asked")
    }

    /// Waits for its own end.
    #[track_caller]
    pub fn wait_end(&mut self) -> ExitStatus {
        let name = self.name.clone();
        let log = self.log.clone();
        wait::until(&format!("the end of {name}"), || self.ended(), || tail(&log))
    }

    /// SIGINT, as Ctrl+C sends it.
    pub fn interrupt(&self) {
        let _ = kill_process_group(self.group, Signal::INT);
    }

    /// SIGKILL, as a crash would be.
    pub fn kill(&mut self) {
        let _ = kill_process_group(self.group, Signal::KILL);
        let status = self.child.wait().expect("a child of ours can be waited for");
        debug_assert!(status.signal().is_some() || status.code().is_some());
    }

    /// SIGTERM, and waits for the end.
    #[track_caller]
    pub fn stop(&mut self) -> ExitStatus {
        let _ = kill_process_group(self.group, Signal::TERM);
        self.wait_end()
    }
}

impl Drop for Program {
    /// Politely first: a program with children of its own then collects them.
    fn drop(&mut self) {
        let _ = kill_process_group(self.group, Signal::TERM);
        let deadline = Instant::now() + POLITE;
        while self.ended().is_none() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
        self.kill();
        if std::thread::panicking() {
            eprintln!("---- end of the log of {} ----\n{}", self.name, tail(&self.log));
        }
    }
}

fn tail(log: &Path) -> String {
    let words = String::from_utf8_lossy(&std::fs::read(log).unwrap_or_default()).into_owned();
    let lines: Vec<&str> = words.lines().collect();
    lines[lines.len().saturating_sub(LINES_SHOWN)..].join("\n")
}

/// What a program said that came to its end by itself.
pub struct Said {
    /// The number it ended with.
    pub code: i32,
    /// What it printed.
    pub out: String,
    /// What it complained of.
    pub err: String,
}

/// Runs a program to its end.
#[track_caller]
pub fn run(mut command: Command) -> Said {
    let output = command.output().expect("it starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let said = Said {
        code: output.status.code().expect("it ended by itself"),
        out: text(&output.stdout),
        err: text(&output.stderr),
    };
    println!("{command:?}\n{}{}", said.out, said.err);
    said
}
