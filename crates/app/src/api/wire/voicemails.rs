//! Messages of callers as they cross to the screens (CALL-8). What is heard crosses as `HeardView`.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::PartyView;

wire! {
    /// A page of messages, newest first.
    pub struct VoicemailsPage {
        pub rows: Vec<VoicemailRow>,
        /// The cursor of the next page; `null`: there is none.
        pub next: Option<String>,
        /// How many nobody has dealt with, on whatever page.
        #[ts(type = "number")] pub unhandled: u64,
    }

    /// A message that a caller left.
    pub struct VoicemailRow {
        /// The recording, by which it is named.
        pub id: String,
        pub call: String,
        pub service: String,
        /// `null`: a service that is no more.
        pub service_name: Option<String>,
        pub caller: PartyView,
        #[ts(type = "number")] pub left: i64,
        pub length_ms: u32,
        pub handled: bool,
        pub simulated: bool,
    }
}
