//! The one door: authorise, audit, act.

pub mod wire;
