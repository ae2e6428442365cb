//! The checks of `cargo xtask ci`, one function each. The rules of `tidy` are in `tidy`.

use crate::shell::{Program, root};
use crate::test::Selection;
use crate::{needs, tidy, ui};
use anyhow::{Result, bail};

/// Every Rust file is formatted.
pub(crate) fn format() -> Result<()> {
    // The peers of the benches are a workspace of their own.
    for workspace in ["Cargo.toml", "tests/bench/peers/Cargo.toml"] {
        Program::cargo().args(["fmt", "--all", "--manifest-path", workspace, "--check"]).run()?;
    }
    Ok(())
}

/// House rules.
pub(crate) fn tidy() -> Result<()> {
    let findings = tidy::findings(&root())?;
    if findings.is_empty() {
        println!("tidy: every house rule holds");
        return Ok(());
    }
    for finding in &findings {
        println!("{finding}");
    }
    bail!("tidy: {} finding(s)", findings.len())
}

/// Lints of everything in this selection.
pub(crate) fn clippy(selection: Selection) -> Result<()> {
    let clippy = Program::cargo().arg("clippy").args(selection);
    clippy.args(["--all-targets", "--", "--deny", "warnings"]).run()
}

/// Licences, sources, bans, and advisories where their database can be had.
pub(crate) fn deny() -> Result<()> {
    needs::tool(&needs::DENY)?;
    Program::cargo()
        .args(["deny", "--workspace", "--log-level", "warn", "check", "licenses", "bans", "sources"])
        .run()?;
    if Program::cargo().args(["deny", "fetch", "db"]).succeeds() {
        return Program::cargo()
            .args(["deny", "--workspace", "--log-level", "warn", "check", "--disable-fetch", "advisories"])
            .run();
    }
    println!(
        "  !! The advisory database cannot be reached from here: known weaknesses were NOT checked in this run."
    );
    Ok(())
}

/// Format, lints and types of the screens.
pub(crate) fn ui() -> Result<()> {
    ui::packages()?;
    ui::script("lint").run()
}
