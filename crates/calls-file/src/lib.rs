//! Files of calls of an earlier telephone system (REPORT-5): their rows as the bytes come, packed or not and in the encodings that
//! people export; what the columns mean, told by a mapping; what a mapping for an unknown file would be. Rows become calls or reasons
//! why not. Does not open files, and keeps nothing.

mod look;
mod mapping;
mod rows;
mod taking;

pub use look::{Column, Look, look, suggested};
pub use mapping::{Columns, Mapping, OutcomeMeant, ReadCall, Reader, ServiceMeant};
pub use rows::{FileError, Next, Row, Rows};
pub use taking::{Batch, KnownBy, Taking, TakingError};
