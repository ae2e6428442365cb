//! Telephone systems: SIP, and simulated callers for training; the sound of a softphone, and the voices
//! of this computer. Each connector implements
//! `contracts::telephony::Telephony`. Knows no rule of the business.

pub mod media;
pub mod simulator;
pub mod sip;
pub mod speech;
