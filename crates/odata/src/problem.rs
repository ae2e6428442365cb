//! Why a question is not answered, and where in it. Does not say it in HTTP.

use std::fmt;

/// What kind of refusal it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is not OData, or does not fit the model.
    Malformed,
    /// There is nothing of this name.
    NotFound,
    /// It is OData, and this feed does not do it.
    NotSupported,
    /// It would take more than the feed gives.
    TooMuch,
}

/// A refusal, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind.
    pub refusal: Refusal,
    /// What is wrong, and what to do.
    pub message: String,
    /// Which part of the URL: `$filter`.
    pub target: Option<String>,
    /// Which character of that part, from 1.
    pub position: Option<usize>,
}

impl Problem {
    pub(crate) fn new(refusal: Refusal, message: impl Into<String>) -> Problem {
        Problem { refusal, message: message.into(), target: None, position: None }
    }

    /// It is not OData, or does not fit the model.
    pub fn malformed(message: impl Into<String>) -> Problem {
        Problem::new(Refusal::Malformed, message)
    }

    /// There is nothing of this name.
    pub fn not_found(message: impl Into<String>) -> Problem {
        Problem::new(Refusal::NotFound, message)
    }

    /// It is OData, and this feed does not do it.
    pub fn not_supported(message: impl Into<String>) -> Problem {
        Problem::new(Refusal::NotSupported, message)
    }

    /// It would take more than the feed gives.
    pub fn too_much(message: impl Into<String>) -> Problem {
        Problem::new(Refusal::TooMuch, message)
    }

    pub(crate) fn at(mut self, position: usize) -> Problem {
        self.position.get_or_insert(position + 1);
        self
    }

    pub(crate) fn of(mut self, target: &str) -> Problem {
        self.target.get_or_insert_with(|| target.to_owned());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match (&self.target, self.position) {
            (Some(target), Some(position)) => write!(f, " ({target}, character {position})"),
            (Some(target), None) => write!(f, " ({target})"),
            (None, _) => Ok(()),
        }
    }
}
