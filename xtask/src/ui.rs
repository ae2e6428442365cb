//! The screens: their packages and their build, each only when stale. Their own tests are npm scripts of `ui/package.json`.

use crate::shell::{Program, root};
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What the built screens come from.
const SOURCES: [&str; 6] =
    ["src", "public", "index.html", "package-lock.json", "tsconfig.json", "vite.config.ts"];

/// Folder of the screens.
pub(crate) fn folder() -> PathBuf {
    root().join("ui")
}

/// Installs the packages of `ui/package-lock.json` unless exactly these are installed.
pub(crate) fn packages() -> Result<()> {
    let wanted = std::fs::read_to_string(folder().join("package-lock.json"))?;
    let stamp = folder().join("node_modules/.usher-package-lock.json");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    println!("Installing the packages of the screens (ui/package-lock.json)");
    Program::npm().args(["ci", "--no-audit", "--no-fund"]).dir(&folder()).run()?;
    std::fs::write(stamp, wanted)?;
    Ok(())
}

/// Builds `ui/dist` unless it is newer than everything it comes from.
pub(crate) fn build() -> Result<()> {
    packages()?;
    let built = std::fs::metadata(folder().join("dist/index.html")).and_then(|file| file.modified()).ok();
    let changed = SOURCES.iter().filter_map(|source| newest(&folder().join(source))).max();
    if built.is_some() && built >= changed {
        return Ok(());
    }
    println!("Building the screens");
    script("build").run()
}

/// One of the scripts of `ui/package.json`.
pub(crate) fn script(name: &str) -> Program {
    Program::npm().args(["run", "--silent", name]).dir(&folder())
}

fn newest(path: &Path) -> Option<SystemTime> {
    if !path.is_dir() {
        return std::fs::metadata(path).and_then(|file| file.modified()).ok();
    }
    let entries = std::fs::read_dir(path).ok()?;
    entries.filter_map(|entry| newest(&entry.ok()?.path())).max()
}
