//! Telephone systems: SIP, and simulated callers for training; and the sound of a softphone. Each connector implements
//! `contracts::telephony::Telephony`. Knows no rule of the business.

pub mod media;
pub mod simulator;
pub mod sip;
