//! Contacts from an LDAP directory (DIR-1): connects with TLS, binds, searches page by page (RFC 4511, RFC 2696) and makes
//! contacts of entries. Only what that takes of LDAP: it writes nothing, follows no referral, and knows no SASL. What a server
//! sends is untrusted: every message has a bound, and what cannot be read is an error (SEC-1).
//!
//! It is written here because the client library there is panics on malformed answers by its own documentation, and reads
//! messages of any length.

mod ber;
mod connection;
mod entry;
mod filter;
mod message;
mod problem;
mod reader;

pub use filter::{Filter, FilterError};
pub use reader::LdapSources;
