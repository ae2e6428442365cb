//! How the application gets a telephone system and an audio desk without knowing any: hosts hand in an implementation.
//! Does not say which one is chosen; that is a setting.

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use crate::secrets::Secret;
use crate::telephony::{Report, Telephony, TelephonyError};

/// A SIP account as it is stored: all but the password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SipAccount {
    /// User part of the address of record.
    pub user: String,
    /// User name for digest authentication; empty: same as `user`.
    pub auth_user: String,
    /// Host or address of the registrar, with `:port` where it is not 5060.
    pub registrar: String,
    /// Domain of the address of record; empty: the registrar's host.
    pub domain: String,
    /// How to reach it.
    pub transport: SipTransport,
    /// Sent to those who are called.
    pub display_name: String,
}

/// Transport to the registrar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SipTransport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
}

/// Reports from one telephone system to the desk. 1,024 waiting reports are 20 calls × 50 messages: beyond that a
/// connector waits, which slows its telephone system and loses nothing.
pub const REPORTS_MAX: usize = 1024;

/// Makes telephone systems.
#[async_trait]
pub trait Connectors: Send + Sync {
    /// A SIP account. Returns at once; registration is reported by `Report::Link`. Lines kept from before a crash have
    /// been re-attached, or reported as lost, when `snapshot` answers.
    async fn sip(
        &self,
        account: &SipAccount,
        password: Secret,
        reports: mpsc::Sender<Report>,
    ) -> Result<Arc<dyn Telephony>, TelephonyError>;
    /// Simulated callers.
    async fn simulator(&self, reports: mpsc::Sender<Report>) -> Result<Arc<dyn Telephony>, TelephonyError>;
}

/// Audio devices as chosen; `None` is the system's default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudioChoice {
    /// Microphone.
    pub input: Option<String>,
    /// Earpiece or headset.
    pub output: Option<String>,
    /// Where it rings.
    pub ring: Option<String>,
}

/// Audio devices there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AudioDevices {
    /// Microphones.
    pub inputs: Vec<String>,
    /// Speakers.
    pub outputs: Vec<String>,
}

/// The attendant's audio desk (CALL-12, CALL-13).
pub trait Audio: Send + Sync {
    /// What there is. May take a second: call on a blocking thread.
    fn devices(&self) -> AudioDevices;
    /// Uses these from now on.
    fn choose(&self, choice: AudioChoice);
    /// Rings, or stops.
    fn ring(&self, on: bool);
    /// Why there is no audio, in words.
    fn problem(&self) -> Option<String>;
}
