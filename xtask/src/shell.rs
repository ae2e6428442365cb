//! Other programs: shown before they run, and a clear sentence when they fail. Interprets no shell syntax.

use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;

/// A program to run from the project's root.
pub(crate) struct Program {
    command: Command,
    line: String,
}

impl Program {
    /// A program by name or path.
    pub(crate) fn new(name: impl AsRef<OsStr>) -> Program {
        let line = name.as_ref().to_string_lossy().into_owned();
        let mut command = Command::new(name);
        command.current_dir(root());
        Program { command, line }
    }

    /// The cargo that runs this program.
    pub(crate) fn cargo() -> Program {
        let mut program = Program::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        program.line = "cargo".to_owned();
        program
    }

    /// npm, which is a script on Windows.
    pub(crate) fn npm() -> Program {
        Program::new(if cfg!(windows) { "npm.cmd" } else { "npm" })
    }

    /// Adds an argument.
    pub(crate) fn arg(self, arg: &str) -> Program {
        self.args([arg])
    }

    /// Adds arguments.
    pub(crate) fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Program {
        for arg in args {
            self.line = format!("{} {}", self.line, arg.as_ref().to_string_lossy());
            self.command.arg(arg);
        }
        self
    }

    /// Runs in this folder instead of the root.
    pub(crate) fn dir(mut self, dir: &Path) -> Program {
        self.command.current_dir(dir);
        self
    }

    /// Sets a variable of the environment.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Program {
        self.command.env(name, value);
        self
    }

    /// Shows the line, runs it, and fails when the program does.
    pub(crate) fn run(mut self) -> Result<()> {
        self.say();
        let status = self.command.status().with_context(|| format!("cannot start `{}`", self.line))?;
        if !status.success() {
            bail!("`{}` failed ({status})", self.line);
        }
        Ok(())
    }

    /// Runs it without a word; its standard output, or why not.
    pub(crate) fn read(mut self) -> Result<String> {
        let output = self.command.output().with_context(|| format!("cannot start `{}`", self.line))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("`{}` failed ({}): {}", self.line, output.status, said.trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// True when it runs and succeeds.
    pub(crate) fn succeeds(mut self) -> bool {
        let quiet = self.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        quiet.status().is_ok_and(|status| status.success())
    }

    /// Like `run`, and returns the lines that `keep` picks: a runner's own summary.
    pub(crate) fn run_keeping(mut self, keep: fn(&str) -> bool) -> Result<Vec<String>> {
        self.say();
        let mut child = self
            .command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start `{}`", self.line))?;
        let (lines, kept) = mpsc::channel();
        let out = child.stdout.take().map(|pipe| pass_on(pipe, keep, lines.clone()));
        let err = child.stderr.take().map(|pipe| pass_on(pipe, keep, lines));
        let status = child.wait()?;
        for reader in [out, err].into_iter().flatten() {
            reader.join().expect("a reader of lines does not panic");
        }
        if !status.success() {
            bail!("`{}` failed ({status})", self.line);
        }
        Ok(kept.into_iter().collect())
    }

    fn say(&self) {
        println!("  $ {}", self.line);
    }
}

fn pass_on(
    pipe: impl Read + Send + 'static,
    keep: fn(&str) -> bool,
    lines: mpsc::Sender<String>,
) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            let _closed = writeln!(std::io::stdout(), "{line}");
            if keep(&line) {
                let _nobody_listens = lines.send(line);
            }
        }
    })
}

/// The project's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the root").to_path_buf()
}

/// Where cargo builds to.
pub(crate) fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// Says what comes now.
pub(crate) fn heading(text: &str) {
    println!("\n== {text}");
}

#[cfg(test)]
mod tests {
    use super::Program;

    #[test]
    fn the_lines_asked_for_come_back() {
        let cargo = Program::cargo().args(["--version"]);
        let kept = cargo.run_keeping(|line| line.starts_with("cargo ")).expect("cargo runs");
        assert_eq!(kept.len(), 1);
    }

    #[test]
    fn a_failure_names_the_program_and_its_arguments() {
        let failed = Program::cargo().args(["no-such-subcommand"]).run_keeping(|_| false);
        let said = failed.expect_err("there is no such command").to_string();
        assert!(said.contains("cargo no-such-subcommand"), "{said}");
    }
}
