//! The imperative shell, host-neutral: the desk (the loop), the outbox, reconciliation, and the one door of commands.
//! Knows adapters only as traits of `contracts`.

pub mod api;
