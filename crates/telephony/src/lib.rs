//! To be written.

pub mod media;
pub mod sip;
