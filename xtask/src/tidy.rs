//! House rules that no other tool checks: one function each, over the text of the sources and what cargo knows of the crates.
//! Judges no style that rustfmt, clippy or eslint can judge.

mod direction;
mod locks;
mod rust;
mod screens;
mod source;

use anyhow::Result;
use std::fmt;
use std::path::Path;

/// One place where a rule does not hold.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// Relative to the root, with `/`.
    path: String,
    /// 1 for the first line.
    line: usize,
    what: String,
}

impl Finding {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Finding {
        Finding { path: path.to_owned(), line, what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// Everything that is not as the house wants it.
pub(crate) fn findings(root: &Path) -> Result<Vec<Finding>> {
    let files = source::files(root)?;
    let mut findings = Vec::new();
    for file in &files {
        match file.kind() {
            source::Kind::Rust => findings.extend(rust::findings(file)),
            source::Kind::Screens => findings.extend(screens::findings(file)),
            source::Kind::Lock => findings.extend(locks::findings(file)),
            source::Kind::Other => {}
        }
    }
    findings.extend(screens::one_door(&files));
    findings.extend(direction::findings(&direction::read()?));
    findings.sort();
    Ok(findings)
}
