//! `cargo xtask run`: from a fresh clone to the open console. Where there is no display the same screens are served to a browser,
//! and nothing of the window's libraries is needed.

use crate::shell::{Program, heading};
use crate::{needs, ui};
use anyhow::Result;

/// `cargo xtask run`.
#[derive(clap::Args)]
pub(crate) struct RunArguments {
    /// Serve a browser even where a window could be shown.
    #[arg(long)]
    browser: bool,
    /// Passed on to Usher, after `--`: for example `-- --data-dir /tmp/usher`.
    #[arg(last = true)]
    usher: Vec<String>,
}

pub(crate) fn run(arguments: &RunArguments) -> Result<()> {
    let window = needs::has_display() && !arguments.browser;
    needs::system(window)?;
    if window {
        needs::packages(&[&needs::BUILD, &needs::WINDOW])?;
    } else {
        needs::packages(&[&needs::BUILD])?;
    }
    heading("Screens");
    ui::build()?;
    if window { desktop(&arguments.usher) } else { browser(&arguments.usher) }
}

fn desktop(args: &[String]) -> Result<()> {
    heading("Usher (the first build takes some minutes)");
    Program::cargo()
        .args([
            "run",
            "--profile",
            "fast",
            "--package",
            "usher-desktop",
            "--features",
            "tauri/custom-protocol",
            "--",
        ])
        .args(args)
        .run()
}

fn browser(args: &[String]) -> Result<()> {
    heading("Usher for a browser, because there is no display here (the first build takes some minutes)");
    Program::cargo().args(["run", "--profile", "fast", "--package", "usher", "--", "serve"]).args(args).run()
}
