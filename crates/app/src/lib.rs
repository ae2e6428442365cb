//! The imperative shell, host-neutral: the desk (the loop), the outbox, reconciliation, and the one door of commands.
//! Knows adapters only as traits of `contracts`.

pub mod api;
pub mod app;
pub mod clock;
pub mod desk;
pub mod mode;
pub mod outbox;
pub mod people;
pub mod reports;
pub mod screen;
pub mod telephone;

pub use app::{App, AppError, Ports, events};
