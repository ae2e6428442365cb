//! What is said about a file: the line, what stands there, what may stand there, and what came of it. Says it in English;
//! the screens show the parts as they are.

use std::fmt;

/// Most notes of one file: more than anybody reads.
pub const NOTES_MAX: usize = 200;
/// Characters of a value that are shown: enough to find it in the file.
const SHOWN_CHARS: usize = 80;

/// Something that does not come along as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// From 1; of a folded line, the first one.
    pub line: usize,
    /// What it means for the calendar.
    pub fate: Fate,
    /// What stands there, as the file calls it: `DTSTART`, `FREQ`.
    pub field: String,
    /// Its value, or the beginning of it.
    pub value: String,
    /// What may stand there, or what was done instead.
    pub permitted: String,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    /// It is not in the calendar.
    LeftOut,
    /// It is in the calendar, but not as it stands in the file.
    Changed,
}

impl Note {
    pub(crate) fn left_out(line: usize, field: &str, value: &str, permitted: impl Into<String>) -> Self {
        Self::new(line, Fate::LeftOut, field, value, permitted.into())
    }

    pub(crate) fn changed(line: usize, field: &str, value: &str, permitted: impl Into<String>) -> Self {
        Self::new(line, Fate::Changed, field, value, permitted.into())
    }

    fn new(line: usize, fate: Fate, field: &str, value: &str, permitted: String) -> Self {
        Self { line, fate, field: shown(field), value: shown(value), permitted }
    }
}

/// A text that fits into a line and changes nothing around it.
fn shown(text: &str) -> String {
    let mut chars = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut shown: String = chars.by_ref().take(SHOWN_CHARS).collect();
    if chars.next().is_some() {
        shown.push('…');
    }
    shown
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, fate, field, value, permitted } = self;
        match fate {
            Fate::LeftOut => write!(f, "line {line}: {field} is {value:?}; permitted is {permitted}"),
            Fate::Changed => write!(f, "line {line}: {field} is {value:?}; {permitted}"),
        }
    }
}
