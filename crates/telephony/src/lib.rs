//! To be written.

pub mod media;
pub mod simulator;
pub mod sip;
