//! The files the rules look at, and Rust source split into code and string literals. A lexer, not a parser.

use anyhow::{Context, Result};
use std::path::Path;

/// Folders that hold nothing of ours.
const SKIPPED: [&str; 5] = ["node_modules", "dist", "gen", "permissions", "test-results"];

/// A file of the project.
pub(super) struct File {
    /// Relative to the root, with `/`.
    pub(super) path: String,
    pub(super) text: String,
}

/// Which rules look at a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Rust,
    Screens,
    Lock,
    Other,
}

impl File {
    pub(super) fn kind(&self) -> Kind {
        match self.path.rsplit('/').next().unwrap_or_default() {
            "Cargo.lock" | "package-lock.json" | "requirements.txt" => Kind::Lock,
            name if name.ends_with(".rs") => Kind::Rust,
            name if name.ends_with(".ts") || name.ends_with(".tsx") => Kind::Screens,
            _ => Kind::Other,
        }
    }
}

/// Every text the rules look at.
pub(super) fn files(root: &Path) -> Result<Vec<File>> {
    let mut files = Vec::new();
    walk(root, "", &mut files)?;
    Ok(files)
}

fn walk(folder: &Path, prefix: &str, files: &mut Vec<File>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type()?;
        if kind.is_dir() {
            let skipped =
                name.starts_with('.') || name.starts_with("target") || SKIPPED.contains(&name.as_str());
            if !skipped {
                walk(&entry.path(), &format!("{prefix}{name}/"), files)?;
            }
            continue;
        }
        let file = File { path: format!("{prefix}{name}"), text: String::new() };
        if kind.is_file() && file.kind() != Kind::Other {
            files.push(File { text: std::fs::read_to_string(entry.path())?, ..file });
        }
    }
    Ok(())
}

/// Rust source, told apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Split {
    /// The source with comments and the inside of string literals as blanks, line for line.
    pub(super) code: String,
    /// Line and inside of each string literal.
    pub(super) strings: Vec<(usize, String)>,
}

/// Tells code, comments and string literals of Rust source apart.
pub(super) fn split(text: &str) -> Split {
    let mut splitter = Splitter { rest: text, line: 1, split: Split::default() };
    while let Some(next) = splitter.rest.chars().next() {
        if splitter.rest.starts_with("//") {
            splitter.blank(splitter.rest.find('\n').unwrap_or(splitter.rest.len()));
        } else if splitter.rest.starts_with("/*") {
            splitter.blank(block_comment(splitter.rest));
        } else if let Some(literal) = literal(splitter.rest, splitter.split.code.chars().next_back()) {
            splitter.string(&literal);
        } else if next == '\'' {
            splitter.keep(character(splitter.rest));
        } else {
            splitter.keep(next.len_utf8());
        }
    }
    splitter.split
}

struct Splitter<'a> {
    rest: &'a str,
    line: usize,
    split: Split,
}

impl Splitter<'_> {
    fn keep(&mut self, length: usize) {
        let (taken, rest) = self.rest.split_at(length);
        self.split.code.push_str(taken);
        self.line += taken.matches('\n').count();
        self.rest = rest;
    }

    fn blank(&mut self, length: usize) {
        let (taken, rest) = self.rest.split_at(length);
        self.split.code.extend(taken.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        self.line += taken.matches('\n').count();
        self.rest = rest;
    }

    fn string(&mut self, literal: &Literal) {
        self.keep(literal.opening);
        self.split.strings.push((self.line, self.rest[..literal.inside].to_owned()));
        self.blank(literal.inside);
        self.keep(literal.closing.min(self.rest.len()));
    }
}

/// Lengths in bytes of the parts of a string literal.
struct Literal {
    opening: usize,
    inside: usize,
    closing: usize,
}

fn literal(rest: &str, before: Option<char>) -> Option<Literal> {
    if let Some(inside) = rest.strip_prefix('"') {
        return Some(Literal { opening: 1, inside: escaped_length(inside, '"'), closing: 1 });
    }
    let starts_a_word = !before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let hashes = rest.strip_prefix('r').filter(|_| starts_a_word || before == Some('b'))?;
    let count = hashes.len() - hashes.trim_start_matches('#').len();
    let inside = hashes[count..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(count));
    Some(Literal {
        opening: count + 2,
        inside: inside.find(&end).unwrap_or(inside.len()),
        closing: end.len(),
    })
}

/// Bytes up to the closing quote; a backslash takes the next character along.
fn escaped_length(text: &str, quote: char) -> usize {
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => drop(characters.next()),
            c if c == quote => return at,
            _ => {}
        }
    }
    text.len()
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        let here = &rest[at..];
        if here.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += here.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// Length of a character literal, or 1 for the tick of a lifetime.
fn character(rest: &str) -> usize {
    let inside = &rest[1..];
    let first = inside.chars().next().map_or(0, char::len_utf8);
    if inside.starts_with('\\') {
        return (1 + escaped_length(inside, '\'') + 1).min(rest.len());
    }
    if inside[first..].starts_with('\'') { 1 + first + 1 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn comments_and_strings_are_blanked_and_lines_stay() {
        let split = split("let a = \"x // y\"; // z\n/* 1 /* 2 */ 3 */ b\n");
        assert_eq!(split.code, "let a = \"      \";     \n                  b\n");
        assert_eq!(split.strings, [(1, "x // y".to_owned())]);
    }

    #[test]
    fn raw_strings_escapes_lifetimes_and_quotes_in_characters_are_understood() {
        let text = "f::<'a>('\"', '\\'', r#\"a\"b\"#, b\"c\\\"d\")\n\"e\nf\" g";
        let split = split(text);
        let strings: Vec<_> = split.strings.iter().map(|(line, inside)| (*line, inside.as_str())).collect();
        assert_eq!(strings, [(1, "a\"b"), (1, "c\\\"d"), (2, "e\nf")]);
        assert!(split.code.ends_with(" g"), "{}", split.code);
        assert_eq!(split.code.lines().count(), 3);
    }
}
