//! Who is here and what they may do. The "alone" mode knows one person: the named user of this computer. Sign-in with the
//! organisation's account comes later; until then nothing here claims more than the operating system says.

mod access;
mod person;

pub use access::{Action, Authorized, Refused, Role, authorize};
pub use person::{Identity, IdentityKind, local_user};
