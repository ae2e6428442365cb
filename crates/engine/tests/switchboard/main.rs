//! The switchboard through its public surface: scripts that show each transition, and properties that hold for any
//! sequence of commands. Does not simulate hosts, crashes or telephone systems; that is the acceptance crate's.

mod broadcast;
mod calendars;
mod conversation;
mod distribution;
mod naive;
mod preflight;
mod properties;
mod queue;
mod reconcile;
mod script;
mod settings;
mod transfers;
mod why;
mod workflow;
