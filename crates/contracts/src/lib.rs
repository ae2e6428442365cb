//! What the application needs from outside, as traits: a journal, an outbox, records, parties, contacts, settings,
//! secrets, and a telephone system. Each trait has a memory implementation here and a conformance suite that every
//! implementation runs. Does not hold rules of the business.

pub mod address;
pub mod ids;
pub mod journal;
pub mod secrets;
pub mod stored;
pub mod telephony;
pub mod book;
pub mod connectors;
pub mod records;
pub mod settings;

pub use address::Address;
pub use ids::Ids;
