//! Rules for lock files: everything comes from the public registries, so that anybody can build it.

use super::Finding;
use super::source::File;

/// The only places dependencies come from.
const REGISTRIES: [&str; 2] = ["https://github.com/rust-lang/crates.io-index", "https://registry.npmjs.org/"];

/// A lock file says a source only in these lines; the others hold home pages of sponsors and the like.
const SOURCE_LINES: [&str; 5] =
    ["source = ", "\"resolved\": ", "--index-url", "--extra-index-url", "--find-links"];

pub(super) fn findings(file: &File) -> Vec<Finding> {
    let lines = file.text.lines().enumerate().map(|(at, line)| (at + 1, line.trim_start()));
    lines.filter_map(|(line, text)| stranger(text).map(|what| Finding::new(&file.path, line, what))).collect()
}

fn stranger(line: &str) -> Option<String> {
    let says_source = SOURCE_LINES.iter().any(|word| line.starts_with(word)) || line.contains(" @ ");
    let rest = line.split_once("://").filter(|_| says_source)?.1;
    if REGISTRIES.iter().any(|registry| line.contains(registry)) {
        return None;
    }
    let host = rest.split(['/', '"']).next().unwrap_or_default();
    Some(format!("comes from {host}: only crates.io, registry.npmjs.org and PyPI"))
}

#[cfg(test)]
mod tests {
    use super::findings;
    use crate::tidy::source::File;

    fn check(path: &str, text: &str) -> Vec<String> {
        findings(&File { path: path.to_owned(), text: text.to_owned() })
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn the_public_registries_are_welcome() {
        let cargo = "source = \"registry+https://github.com/rust-lang/crates.io-index\"\n";
        let npm = "  \"resolved\": \"https://registry.npmjs.org/vite/-/vite-8.tgz\",\n  \"url\": \"https://opencollective.com/vite\"\n";
        assert_eq!(check("Cargo.lock", cargo), [""; 0]);
        assert_eq!(check("ui/package-lock.json", npm), [""; 0]);
    }

    #[test]
    fn mirrors_and_git_repositories_are_not() {
        let npm = "\"resolved\": \"https://npm.example.com/vite.tgz\"\n";
        let want =
            "ui/package-lock.json:1: comes from npm.example.com: only crates.io, registry.npmjs.org and PyPI";
        assert_eq!(check("ui/package-lock.json", npm), [want]);
        assert_eq!(check("Cargo.lock", "source = \"git+https://github.com/a/b\"\n").len(), 1);
        assert_eq!(
            check("tests/fixtures/requirements.txt", "--index-url https://pypi.example.com/simple\n").len(),
            1
        );
    }
}
