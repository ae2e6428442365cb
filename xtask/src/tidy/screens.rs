//! Rules for the screens: who imports what. Everything else is eslint's and the compiler's.

use super::Finding;
use super::source::{File, Kind};

/// Folder of the features.
const FEATURES: &str = "ui/src/features/";

/// Rules for one file.
pub(super) fn findings(file: &File) -> Vec<Finding> {
    let Some(own) = feature(&file.path) else { return Vec::new() };
    let others = imports(&file.text).filter_map(|(line, from)| {
        let other = feature(&resolve(&file.path, from))?.to_owned();
        (other != own)
            .then(|| format!("feature `{own}` imports feature `{other}`: share it in ui/src/shared"))
            .map(|what| (line, what))
    });
    others.map(|(line, what)| Finding::new(&file.path, line, what)).collect()
}

/// Only one file knows the host.
pub(super) fn one_door(files: &[File]) -> Vec<Finding> {
    let screens = files.iter().filter(|file| file.kind() == Kind::Screens);
    let doors: Vec<(&File, usize)> = screens
        .filter_map(|file| {
            imports(&file.text)
                .find(|(_, from)| from.starts_with("@tauri-apps/"))
                .map(|(line, _)| (file, line))
        })
        .collect();
    if doors.len() <= 1 {
        return Vec::new();
    }
    let what = "one file only imports @tauri-apps: go through ui/src/platform";
    doors.iter().map(|(file, line)| Finding::new(&file.path, *line, what)).collect()
}

/// The feature a path lies in.
fn feature(path: &str) -> Option<&str> {
    path.strip_prefix(FEATURES)?.split('/').next()
}

/// Line and module of each import, export-from and dynamic import.
fn imports(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().filter_map(|(at, line)| Some((at + 1, imported(line)?)))
}

fn imported(line: &str) -> Option<&str> {
    let after = ["from ", "import(", "import "].iter().find_map(|word| {
        let rest = line.split_once(word)?.1.trim_start();
        rest.strip_prefix(['"', '\''])
    })?;
    after.split(['"', '\'']).next()
}

/// A relative import as a path from the root; others as they are, with `@/` for `ui/src/`.
fn resolve(importer: &str, from: &str) -> String {
    if let Some(rest) = from.strip_prefix("@/") {
        return format!("ui/src/{rest}");
    }
    if !from.starts_with('.') {
        return from.to_owned();
    }
    let mut parts: Vec<&str> = importer.split('/').collect();
    parts.pop();
    for part in from.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::{findings, one_door};
    use crate::tidy::source::File;

    fn file(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_feature_imports_itself_and_what_is_shared_but_no_other_feature() {
        let text = "import { a } from './a';\nimport { b } from \"../../shared/b\";\nimport { c } from '../history/c';\nimport('@/features/queues/d');\n";
        let said: Vec<_> =
            findings(&file("ui/src/features/console/x.tsx", text)).iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "ui/src/features/console/x.tsx:3: feature `console` imports feature `history`: share it in ui/src/shared",
                "ui/src/features/console/x.tsx:4: feature `console` imports feature `queues`: share it in ui/src/shared",
            ]
        );
    }

    #[test]
    fn the_composition_of_the_screens_may_import_every_feature() {
        assert_eq!(findings(&file("ui/src/App.tsx", "import { a } from './features/console/a';\n")), []);
    }

    #[test]
    fn only_one_file_knows_the_host() {
        let tauri = file("ui/src/platform/tauri.ts", "import { invoke } from '@tauri-apps/api/core';\n");
        let other = file("ui/src/a.ts", "const api = await import('@tauri-apps/api/event');\n");
        let plain = file("ui/src/b.ts", "// @tauri-apps/api is not imported here\n");
        assert_eq!(one_door(&[tauri, plain]), []);
        let tauri = file("ui/src/platform/tauri.ts", "import { invoke } from '@tauri-apps/api/core';\n");
        assert_eq!(one_door(&[tauri, other]).len(), 2);
    }
}
