//! The checks of `cargo xtask ci`, one function each. The rules of `tidy` are in `tidy`.

use crate::shell::{Program, root};
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

/// Lints of everything but the desktop.
pub(crate) fn clippy() -> Result<()> {
    Program::cargo().args(["clippy", "--all-targets", "--", "--deny", "warnings"]).run()
}

/// Lints of the desktop, of the test that drives its window, and of the benches.
pub(crate) fn clippy_desktop() -> Result<()> {
    // Apart, so that the features are those of the build and little is compiled twice.
    let desktop = ["--package", "usher-desktop", "--features", "tauri/custom-protocol"];
    for packages in [&desktop[..], &["--package", "window", "--package", "bench"]] {
        let clippy = Program::cargo().arg("clippy").args(packages);
        clippy.args(["--all-targets", "--", "--deny", "warnings"]).run()?;
    }
    Ok(())
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
