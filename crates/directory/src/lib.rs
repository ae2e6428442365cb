//! The address book of one desktop: reading address-book files, searching them on every key stroke, and finding out who
//! a number belongs to. Pure: bytes and contacts come in, contacts and hits go out. Does not store anything and asks no
//! server (Microsoft Graph and presence come with their own issue).

mod fold;
pub mod import;
mod number;
pub mod search;
mod who_is;

pub use import::{Import, ImportError, Reason, Rejected, import};
pub use search::{Hit, Hits, Index, Window};
pub use who_is::WhoIs;
