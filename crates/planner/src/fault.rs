//! What is wrong with a scenario: where, what stands there, and what may.

use std::fmt;

/// Something in a scenario that is not permitted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The line of the file, from 1; `None` in JSON, where the path says it.
    pub line: Option<usize>,
    /// Where in the scenario: `services[0].sla_seconds`; empty for the whole of it.
    pub path: String,
    /// What stands there.
    pub value: String,
    /// What may stand there, or what is missing.
    pub permitted: String,
}

impl Fault {
    pub(crate) fn new(
        path: impl Into<String>,
        value: impl fmt::Display,
        permitted: impl Into<String>,
    ) -> Fault {
        Fault { line: None, path: path.into(), value: value.to_string(), permitted: permitted.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        let path = if self.path.is_empty() { "the scenario" } else { &self.path };
        write!(f, "{path} is {}; permitted is {}", self.value, self.permitted)
    }
}
