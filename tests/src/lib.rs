//! Acceptance tests: what Usher does with real peers, seen through its own public surface. This library is the harness:
//! it starts telephones, a telephone system and Usher itself on loopback, each in a directory of its own, and ends them
//! when the test lets go. The tests are in `journeys/`, `simulation/` and `window/`. Never shipped.

pub mod audio;
pub mod baresip;
pub mod http;
pub mod issuer;
pub mod kamailio;
pub mod keychain;
pub mod lab;
pub mod object_stores;
pub mod pjsua;
pub mod ports;
pub mod program;
pub mod sipp;
pub mod sippy;
pub mod slapd;
pub mod stored;
pub mod tools;
pub mod usher;
pub mod wait;
