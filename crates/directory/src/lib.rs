//! The address book of one desktop: reading address-book files, searching on every key stroke, one person of several sources, and
//! finding out who a number belongs to, and which of our own lines somebody dialled. Pure: bytes and contacts come in, contacts
//! and their ids go out. Does not store anything and asks no server.

mod dialling;
mod fold;
pub mod import;
mod lines;
pub mod merge;
mod number;
mod numbering;
pub mod search;
pub mod who_is;

pub use dialling::{Dialling, EXTENSION_DIGITS, OUTSIDE_CHARS_MAX, Wrong};
pub use import::{Import, ImportError, ImportFile, Reason, Rejected, import};
pub use lines::Lines;
pub use merge::{Origin, Person};
pub use numbering::{Numbering, countries, prepare};
pub use search::{Hit, Hits, Index, IndexBuilder, Lift, Lifted, Query, Signals, Window};
pub use who_is::WhoIs;
