//! The TypeScript twins of the wire types of `app`, made by ts-rs. Does not decide what crosses: see `app::api::wire`.

use crate::shell::{Program, root, target_dir};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::path::Path;

/// Where the screens import them from.
const BINDINGS: &str = "ui/src/platform/bindings";

/// `cargo xtask codegen`.
#[derive(clap::Args)]
pub(crate) struct CodegenArguments {
    /// Only compare; fail when the tree is behind.
    #[arg(long)]
    check: bool,
}

pub(crate) fn codegen(arguments: &CodegenArguments) -> Result<()> {
    if arguments.check { check() } else { write() }
}

/// Fails when the files in the tree are not what the wire types give.
pub(crate) fn check() -> Result<()> {
    let (made, there) = (generate()?, read(&root().join(BINDINGS))?);
    let behind = differences(&made, &there);
    if behind.is_empty() {
        println!("{} generated types are up to date", made.len());
        return Ok(());
    }
    bail!("{BINDINGS} is behind the wire types ({}). Run `cargo xtask codegen` and commit", behind.join(", "))
}

fn write() -> Result<()> {
    let made = generate()?;
    let folder = root().join(BINDINGS);
    std::fs::create_dir_all(&folder)?;
    let there = read(&folder)?;
    for name in differences(&made, &there) {
        match made.get(&name) {
            Some(text) => std::fs::write(folder.join(&name), text)?,
            None => std::fs::remove_file(folder.join(&name))?,
        }
        println!("{BINDINGS}/{name}");
    }
    Ok(())
}

fn generate() -> Result<BTreeMap<String, String>> {
    let made = target_dir().join("codegen");
    if made.exists() {
        std::fs::remove_dir_all(&made)?;
    }
    std::fs::create_dir_all(&made)?;
    Program::cargo()
        .args(["test", "--quiet", "--package", "app", "--lib", "export_bindings"])
        .env("TS_RS_EXPORT_DIR", &made)
        .env("TS_RS_LARGE_INT", "number")
        .read()
        .context("the wire types could not be exported")?;
    let files = read(&made)?;
    if files.is_empty() {
        bail!("no wire type was exported: has `app` lost its `#[ts(export)]`?");
    }
    Ok(files)
}

fn read(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    if !folder.exists() {
        return Ok(files);
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "ts") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.insert(name, std::fs::read_to_string(&path)?);
        }
    }
    Ok(files)
}

/// Names of files that are missing, different, or left over.
fn differences(made: &BTreeMap<String, String>, there: &BTreeMap<String, String>) -> Vec<String> {
    let behind = made.iter().filter(|(name, text)| there.get(*name) != Some(*text)).map(|(name, _)| name);
    let left_over = there.keys().filter(|name| !made.contains_key(*name));
    behind.chain(left_over).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::differences;
    use std::collections::BTreeMap;

    fn files(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn missing_changed_and_left_over_files_are_named() {
        let made = files(&[("A.ts", "1"), ("B.ts", "2"), ("C.ts", "3")]);
        let there = files(&[("A.ts", "1"), ("B.ts", "old"), ("D.ts", "4")]);
        assert_eq!(differences(&made, &there), ["B.ts", "C.ts", "D.ts"]);
    }
}
