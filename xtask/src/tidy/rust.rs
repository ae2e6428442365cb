//! Rules for one Rust file.

use super::Finding;
use super::source::{File, Split, split};

/// Words no type of ours ends with: they say that nobody knew what it is.
const EMPTY_WORDS: [&str; 6] = ["Manager", "Helper", "Helpers", "Util", "Utils", "Stuff"];

/// Macros that stand where code should.
const UNFINISHED: [&str; 3] = ["todo!", "unimplemented!", "dbg!"];

/// Where SQL is spoken. The benches compare databases, and the tests of backups fill some.
const SQL_CRATES: [&str; 4] = ["crates/store/", "crates/vault/", "crates/backup/tests/", "tests/bench/"];

/// How statements begin and go on.
const STATEMENTS: [(&str, &str); 6] = [
    ("SELECT ", "FROM "),
    ("INSERT ", "INTO "),
    ("UPDATE ", "SET "),
    ("DELETE ", "FROM "),
    ("CREATE ", "TABLE "),
    ("ALTER ", "TABLE "),
];

/// The only crate that may hold unsafe code.
const UNSAFE_CRATE: &str = "crates/vault/";

pub(super) fn findings(file: &File) -> Vec<Finding> {
    let split = split(&file.text);
    [
        begins_with_its_purpose(file),
        is_not_mod_rs(file),
        is_finished(file, &split),
        says_what_it_is(file, &split),
        keeps_sql_in_the_store(file, &split),
        keeps_unsafe_in_the_vault(file, &split),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn begins_with_its_purpose(file: &File) -> Vec<Finding> {
    let says =
        file.text.lines().next().is_some_and(|line| line.starts_with("//! ") && line.len() > "//! ".len());
    if says {
        return Vec::new();
    }
    vec![Finding::new(
        &file.path,
        1,
        "the file does not begin with `//!`: say what it is for and what it does not do",
    )]
}

fn is_not_mod_rs(file: &File) -> Vec<Finding> {
    if file.path.ends_with("/mod.rs") {
        return vec![Finding::new(&file.path, 1, "no `mod.rs`: name the file after the module")];
    }
    Vec::new()
}

fn is_finished(file: &File, split: &Split) -> Vec<Finding> {
    each_line(&split.code, |line| {
        UNFINISHED.iter().find(|word| line.contains(*word)).map(|word| format!("`{word}`"))
    })
    .map(|(line, what)| Finding::new(&file.path, line, what))
    .collect()
}

fn says_what_it_is(file: &File, split: &Split) -> Vec<Finding> {
    each_line(&split.code, |line| {
        declared_type(line).filter(|name| EMPTY_WORDS.iter().any(|word| name.ends_with(word)))
    })
    .map(|(line, name)| {
        Finding::new(&file.path, line, format!("`{name}` does not say what it is: use a noun of the domain"))
    })
    .collect()
}

/// The name of the type this line declares.
fn declared_type(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    words.find(|word| ["struct", "enum", "trait", "type", "union"].contains(word))?;
    words.next()?.split(|c: char| !c.is_alphanumeric() && c != '_').next()
}

fn keeps_sql_in_the_store(file: &File, split: &Split) -> Vec<Finding> {
    if SQL_CRATES.iter().any(|folder| file.path.starts_with(folder)) || file.path.starts_with("xtask/") {
        return Vec::new();
    }
    let speaks_sql = |text: &str| {
        STATEMENTS
            .iter()
            .any(|(begins, goes_on)| text.split_once(begins).is_some_and(|(_, rest)| rest.contains(goes_on)))
    };
    let statements = split.strings.iter().filter(|(_, text)| speaks_sql(text));
    statements.map(|(line, _)| Finding::new(&file.path, *line, "SQL outside the store")).collect()
}

fn keeps_unsafe_in_the_vault(file: &File, split: &Split) -> Vec<Finding> {
    if file.path.starts_with(UNSAFE_CRATE) {
        return Vec::new();
    }
    each_line(&split.code, |line| {
        let allowed = line.contains("allow(unsafe_code") || line.contains("expect(unsafe_code");
        let used = line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "unsafe");
        (allowed || used).then_some("unsafe code outside the vault")
    })
    .map(|(line, what)| Finding::new(&file.path, line, what))
    .collect()
}

/// Lines, from 1, for which `look` finds something.
fn each_line<'a, T>(code: &'a str, look: impl Fn(&'a str) -> Option<T>) -> impl Iterator<Item = (usize, T)> {
    code.lines().enumerate().filter_map(move |(at, line)| look(line).map(|found| (at + 1, found)))
}

#[cfg(test)]
mod tests {
    use super::findings;
    use crate::tidy::source::File;

    fn check(path: &str, text: &str) -> Vec<String> {
        let file = File { path: path.to_owned(), text: text.to_owned() };
        findings(&file).iter().map(ToString::to_string).collect()
    }

    const GOOD: &str = "//! Says what it is for.\n";

    #[test]
    fn a_file_begins_with_its_purpose() {
        assert_eq!(check("a.rs", "//! For this, not that.\nfn a() {}\n"), [""; 0]);
        for text in ["fn a() {}\n", "//!\n", "", "// not a doc\n"] {
            assert!(check("a.rs", text)[0].starts_with("a.rs:1: the file does not begin"), "{text:?}");
        }
    }

    #[test]
    fn a_module_is_not_called_mod() {
        assert_eq!(
            check("crates/app/src/api/mod.rs", GOOD),
            ["crates/app/src/api/mod.rs:1: no `mod.rs`: name the file after the module"]
        );
    }

    #[test]
    fn unfinished_code_is_found_but_not_in_comments_and_strings() {
        let text = format!("{GOOD}// todo!()\nlet a = \"dbg!\";\ntodo!();\n");
        assert_eq!(check("a.rs", &text), ["a.rs:4: `todo!`"]);
    }

    #[test]
    fn a_type_says_what_it_is() {
        let text =
            format!("{GOOD}use tauri::Manager;\npub(crate) struct CallManager<T>(T);\nenum Hold {{}}\n");
        assert_eq!(
            check("a.rs", &text),
            ["a.rs:3: `CallManager` does not say what it is: use a noun of the domain"]
        );
    }

    #[test]
    fn sql_lives_in_the_store() {
        let text = format!(
            "{GOOD}let a = \"SELECT seq\n FROM journal\";\nlet b = \"Select a contact FROM here\";\n"
        );
        assert_eq!(check("crates/app/src/a.rs", &text), ["crates/app/src/a.rs:2: SQL outside the store"]);
        assert_eq!(check("crates/store/src/a.rs", &text), [""; 0]);
    }

    #[test]
    fn unsafe_code_lives_in_the_vault() {
        let text = format!("{GOOD}#![forbid(unsafe_code)]\nlet a = unsafe {{ b() }};\n");
        assert_eq!(
            check("crates/app/src/a.rs", &text),
            ["crates/app/src/a.rs:3: unsafe code outside the vault"]
        );
        assert_eq!(check("crates/vault/src/a.rs", &text), [""; 0]);
    }
}
