//! What the application needs from outside, as traits: a journal, an outbox, records, parties, contacts, settings,
//! secrets, the keeping of keys and backups, and a telephone system. Each storing trait has a memory implementation here
//! and a conformance suite that every implementation runs. Does not hold rules of the business.

pub mod address;
pub mod book;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod connectors;
pub mod ids;
pub mod journal;
pub mod limits;
pub mod memory;
pub mod records;
pub mod safekeeping;
pub mod secrets;
pub mod settings;
pub mod stored;
pub mod telephony;

pub use address::Address;
pub use ids::Ids;
pub use memory::{MemorySafekeeping, MemorySecrets, MemoryStore};
