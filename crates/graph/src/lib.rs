//! Microsoft Graph as the source of users and groups (ID-6): what changed there is read by delta queries and written to the
//! roster, page by page, so that joiners, movers and leavers take effect without a restart. Beside it contacts, presence and
//! calendars (DIR-1, DIR-3), each with permissions of its own. Does not sign anybody in (tokens come from
//! `contracts::sign_in`), decides nothing about access (that is the roster's standing), and writes nothing to Graph.
//!
//! ```no_run
//! # fn example(sign_in: std::sync::Arc<dyn contracts::sign_in::SignIn>, roster: std::sync::Arc<dyn contracts::roster::Roster>) {
//! use std::sync::Arc;
//! use contracts::directory_sync::DirectorySync;
//! use graph::{EntraDirectory, Site, System};
//!
//! // Inside a runtime, once: it follows who signs in and out, and reads while somebody is in.
//! let directory = EntraDirectory::start(sign_in, roster, Arc::new(System), Arc::new(Site::of));
//! directory.read_now(); // an administrator asks
//! # }
//! ```
//!
//! Which permissions it needs, and what it reads how often: `docs/directory-sync.md`;
//! of contacts, presence and calendars: `docs/sources.md`.

mod answer;
mod client;
mod contacts;
mod entra;
mod feature;
mod lines;
mod presence;
mod problem;
mod reader;
mod schedule;
mod surroundings;
mod sync;

pub use client::{Client, SignedInTokens, Site, Ticket, Tokens};
pub use contacts::GraphSources;
pub use entra::{EntraDirectory, SiteOf};
pub use feature::Feature;
pub use lines::GraphReportingLines;
pub use presence::{BATCH_MAX, GraphPresence, OTHERS_EVERY, REQUESTS_MAX, REQUESTS_SPAN, VISIBLE_EVERY};
pub use problem::Problem;
pub use reader::{Activity, Reader};
pub use schedule::GraphCalendars;
pub use surroundings::{Surroundings, System};
pub use sync::{ROUND_EVERY, Status, StepUp, Synchroniser};

/// What an administrator of the directory grants (delegated, for the organisation): the least with which
/// `users/delta`, `groups/delta` with members, and the owners of a group may be read.
pub const PERMISSIONS: [&str; 2] = ["User.Read.All", "GroupMember.Read.All"];
