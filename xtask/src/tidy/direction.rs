//! Imports run one way (ARCHITECTURE.md): which crate of ours may depend on which. Reads what cargo says; dependencies of
//! tests are free.

use super::Finding;
use crate::shell::Program;
use anyhow::{Context, Result};
use serde_json::Value;

/// A crate of ours and the crates of ours it may depend on.
struct Allowed {
    package: &'static str,
    ours: &'static [&'static str],
    /// Crates from outside.
    outside: Outside,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outside {
    /// Pure: nothing at all.
    None,
    /// Pure, and these are too.
    Only(&'static [&'static str]),
    Any,
}

/// From the bottom to the top.
const DIRECTION: &[Allowed] = &[
    Allowed { package: "hours", ours: &[], outside: Outside::Only(&["jiff"]) },
    Allowed { package: "ical", ours: &["hours"], outside: Outside::Only(&["jiff", "encoding_rs"]) },
    Allowed { package: "engine", ours: &["hours"], outside: Outside::None },
    Allowed { package: "reporting", ours: &["engine"], outside: Outside::None },
    Allowed { package: "planner", ours: &["engine", "hours", "reporting"], outside: Outside::Any },
    Allowed { package: "odata", ours: &[], outside: Outside::Only(&["jiff"]) },
    Allowed { package: "contracts", ours: &["hours", "engine", "reporting"], outside: Outside::Any },
    Allowed { package: "vault", ours: &[], outside: Outside::Any },
    Allowed { package: "decoding", ours: &[], outside: Outside::Only(&["encoding_rs"]) },
    Allowed {
        package: "calls-file",
        ours: &["engine", "hours", "reporting", "contracts", "decoding"],
        outside: Outside::Any,
    },
    Allowed { package: "store", ours: &["engine", "reporting", "contracts", "vault"], outside: Outside::Any },
    Allowed { package: "transport", ours: &[], outside: Outside::Any },
    Allowed { package: "backup", ours: &["transport", "vault"], outside: Outside::Any },
    Allowed {
        package: "upkeep",
        ours: &["engine", "reporting", "contracts", "calls-file", "store", "vault", "backup"],
        outside: Outside::Any,
    },
    Allowed { package: "telephony", ours: &["engine", "contracts"], outside: Outside::Any },
    Allowed { package: "identity", ours: &["engine", "contracts", "transport"], outside: Outside::Any },
    Allowed {
        package: "graph",
        ours: &["engine", "contracts", "directory", "transport"],
        outside: Outside::Any,
    },
    Allowed { package: "ldap", ours: &["contracts", "directory", "transport"], outside: Outside::Any },
    Allowed { package: "directory", ours: &["engine", "contracts", "decoding"], outside: Outside::Any },
    Allowed {
        package: "app",
        ours: &[
            "hours",
            "ical",
            "engine",
            "reporting",
            "planner",
            "contracts",
            "identity",
            "directory",
            "calls-file",
            "odata",
        ],
        outside: Outside::Any,
    },
    Allowed {
        package: "alone",
        ours: &[
            "engine",
            "reporting",
            "contracts",
            "store",
            "vault",
            "backup",
            "upkeep",
            "telephony",
            "identity",
            "graph",
            "ldap",
            "directory",
            "app",
        ],
        outside: Outside::Any,
    },
    Allowed {
        package: "usher",
        ours: &["alone", "app", "backup", "contracts", "identity", "planner", "upkeep"],
        outside: Outside::Any,
    },
    Allowed { package: "usher-desktop", ours: &["alone", "app", "contracts"], outside: Outside::Any },
    Allowed {
        package: "acceptance",
        ours: &["hours", "engine", "reporting", "contracts", "vault", "store", "backup", "app"],
        outside: Outside::Any,
    },
    Allowed { package: "window", ours: &["acceptance"], outside: Outside::Any },
    Allowed {
        package: "bench",
        ours: &[
            "acceptance",
            "alone",
            "app",
            "contracts",
            "directory",
            "engine",
            "planner",
            "store",
            "upkeep",
            "vault",
            "window",
        ],
        outside: Outside::Any,
    },
    Allowed { package: "xtask", ours: &[], outside: Outside::Any },
];

/// A dependency as cargo knows it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Dependency {
    from: String,
    to: String,
    is_ours: bool,
}

/// Every dependency of our crates that is not for tests alone.
pub(super) fn read() -> Result<Vec<Dependency>> {
    let metadata =
        Program::cargo().args(["metadata", "--format-version=1", "--no-deps", "--offline"]).read()?;
    parse(&metadata)
}

fn parse(metadata: &str) -> Result<Vec<Dependency>> {
    let metadata: Value = serde_json::from_str(metadata).context("cargo metadata")?;
    let packages = metadata["packages"].as_array().context("cargo metadata names no packages")?;
    let mut all = Vec::new();
    for package in packages {
        let from = package["name"].as_str().unwrap_or_default();
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            if dependency["kind"] == "dev" {
                continue;
            }
            let to = dependency["name"].as_str().unwrap_or_default();
            all.push(Dependency {
                from: from.to_owned(),
                to: to.to_owned(),
                is_ours: !dependency["path"].is_null(),
            });
        }
    }
    Ok(all)
}

pub(super) fn findings(dependencies: &[Dependency]) -> Vec<Finding> {
    dependencies.iter().filter_map(objection).map(|what| Finding::new("Cargo.toml", 1, what)).collect()
}

fn objection(dependency: &Dependency) -> Option<String> {
    let Dependency { from, to, is_ours } = dependency;
    let Some(allowed) = DIRECTION.iter().find(|allowed| allowed.package == from) else {
        return Some(format!(
            "crate `{from}` is not in the table of xtask/src/tidy/direction.rs: say what it may import"
        ));
    };
    let is_allowed = match (is_ours, allowed.outside) {
        (true, _) => allowed.ours.contains(&to.as_str()),
        (false, Outside::None) => false,
        (false, Outside::Only(named)) => named.contains(&to.as_str()),
        (false, Outside::Any) => true,
    };
    if is_allowed {
        return None;
    }
    let why = if *is_ours {
        "imports run one way (ARCHITECTURE.md)"
    } else {
        "it is pure and depends on nothing from outside but what the table names"
    };
    Some(format!("`{from}` must not depend on `{to}`: {why}"))
}

#[cfg(test)]
mod tests {
    use super::{Dependency, findings, parse};

    fn check(from: &str, to: &str, is_ours: bool) -> Vec<String> {
        let dependency = Dependency { from: from.to_owned(), to: to.to_owned(), is_ours };
        findings(&[dependency]).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_app_knows_adapters_only_as_contracts() {
        assert_eq!(check("app", "contracts", true), [""; 0]);
        for adapter in ["store", "telephony", "graph", "ldap", "vault", "alone"] {
            assert_eq!(check("app", adapter, true).len(), 1, "{adapter}");
        }
    }

    #[test]
    fn the_engine_and_the_reports_depend_on_nothing_from_outside() {
        for outside in ["tokio", "serde", "rusqlite"] {
            assert_eq!(check("engine", outside, false).len(), 1, "{outside}");
            assert_eq!(check("reporting", outside, false).len(), 1, "{outside}");
        }
        assert_eq!(check("store", "rusqlite", false), [""; 0]);
        assert_eq!(check("hours", "jiff", false), [""; 0]);
        assert_eq!(check("hours", "tokio", false).len(), 1);
    }

    #[test]
    fn nothing_imports_a_host_and_no_crate_is_forgotten() {
        assert_eq!(check("alone", "usher", true).len(), 1);
        assert_eq!(check("newcomer", "engine", true).len(), 1);
    }

    #[test]
    fn dependencies_of_tests_are_free() {
        let metadata = r#"{"packages": [{"name": "engine", "dependencies": [
            {"name": "proptest", "kind": "dev"}, {"name": "tokio", "kind": null}, {"name": "app", "kind": null, "path": "/a"}]}]}"#;
        let read = parse(metadata).expect("this is what cargo says");
        let read: Vec<_> =
            read.iter().map(|dependency| (dependency.to.as_str(), dependency.is_ours)).collect();
        assert_eq!(read, [("tokio", false), ("app", true)]);
    }
}
