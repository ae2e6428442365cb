//! What the application needs from outside, as traits: a journal, an outbox, records, parties, contacts and what is noted
//! about them, settings, sounds,
//! recordings, voicemails, the people of a tenant, sign-in, the access log, the history of changes, secrets, the keeping of keys
//! and backups, sources of contacts, presence, calendars and reporting lines, and a telephone system. Each storing trait has a memory
//! implementation here and a conformance suite that every implementation runs. Does not hold rules of the business.

pub mod access_log;
pub mod address;
pub mod board;
pub mod book;
pub mod calendar;
pub mod changes;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod connectors;
pub mod directory_sync;
pub mod folders;
pub mod ids;
pub mod imports;
pub mod journal;
pub mod left_out;
pub mod limits;
pub mod line;
pub mod link;
pub mod memory;
pub mod numbers;
pub mod personal;
pub mod presence;
pub mod recordings;
pub mod records;
pub mod reports;
pub mod retention;
pub mod roster;
pub mod safekeeping;
pub mod secrets;
pub mod settings;
pub mod sign_in;
pub mod sounds;
pub mod sources;
pub mod speech;
pub mod stored;
pub mod subjects;
pub mod telephony;
pub mod voicemails;

pub use address::Address;
pub use board::{Board, Snapshot};
pub use ids::Ids;
pub use memory::{
    MemoryAccessLog, MemoryChanges, MemoryPresence, MemorySafekeeping, MemorySecrets, MemorySignIn,
    MemorySources, MemoryStore,
};
