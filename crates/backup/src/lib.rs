//! Backups of a sealed store (DATA-7). A page's nonce is its version, so an increment is the pages whose nonce is another than
//! before: taking, moving and checking a backup needs no data key, and who keeps the backups reads nothing in them.
//!
//! Knows pages, files and targets; not what is in them. Does not freeze a store and opens none: the vault does, behind
//! [`Source`] and [`Opener`]. docs/backup.md tells administrators how it is used, and shows the layout byte by byte.

mod chain;
mod check;
mod error;
mod expiry;
mod jurisdiction;
mod layout;
mod manifest;
mod progress;
mod restore;
mod schedule;
mod source;
mod status;
mod take;
mod target;

pub use check::{ChainReport, Damage, Depth, Part, Point, Report, check};
pub use error::BackupError;
pub use expiry::{Expired, dispose, expire};
pub use jurisdiction::{Cloud, Jurisdiction, Residency};
pub use layout::{ChainName, Hash, Moment};
pub use manifest::{ManifestKey, PAGES_MAX, PIECE_PAGES_MAX};
pub use progress::{Meter, Progress, Step};
pub use restore::{OnDamage, Opener, Restored, Wanted, restore};
pub use schedule::{Clock, Schedule};
pub use source::{Signer, VaultSource, adopt};
pub use status::{Good, Plan, RPO_MS, Status, StatusFile, Trouble};
pub use take::{CHAIN_MS_MAX, FrozenPages, Kind, Snapshot, Source, Taken, Taker};
pub use target::{Credentials, Declared, Endpoint, EndpointUrl, Place, Target};
pub use vault::keys::StoreId;
