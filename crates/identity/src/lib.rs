//! Who is here, what they may do, and where their secrets are kept: the user of this computer, or whoever signed in at the
//! issuer of the organisation. Knows nothing of calls.

pub mod keychain;
mod local;
pub mod oidc;
mod person;
pub mod rights;

/// Secrets of this run only, for machines without a keychain: forgotten when the program ends. The UI says so.
pub use contracts::MemorySecrets as SessionSecrets;
pub use keychain::Keychain;
pub use local::{local_country, local_user};
pub use person::{Identity, Kind};
pub use rights::{Action, Authorized, Extent, Held, Place, Reach, Refused, Right, authorize, may, right};
