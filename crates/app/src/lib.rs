//! The imperative shell, host-neutral: the desk (the loop), the outbox, reconciliation, and the one door of commands.
//! Knows adapters only as traits of `contracts`.

mod access_book;
pub mod api;
pub mod app;
mod board;
pub mod clock;
pub mod desk;
pub mod dialled;
pub mod feed;
pub mod lifts;
mod mode;
pub mod numbers;
pub mod outbox;
pub mod people;
mod periods;
mod presence;
mod purge;
pub mod reports;
mod retention;
mod schedules;
pub mod screen;
pub mod seat;
pub mod session;
pub mod skill_names;
mod sources;
pub mod telephone;
mod users_source;
mod wav;
pub mod why;
mod workbook;

pub use app::{App, AppError, Ports, events};
pub use purge::kept_from;
