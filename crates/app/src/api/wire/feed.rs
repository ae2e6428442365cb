//! The feed of reports for Power BI and Excel as it crosses to the screens (REPORT-4): whether it is on, and the token, once.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::SecretText;

wire! {
    /// The feed.
    pub struct FeedView {
        /// `null`: it is off.
        pub on: Option<FeedOnView>,
        /// The port that is used where nobody chooses another.
        pub port_default: u16,
    }

    /// A feed that is on.
    pub struct FeedOnView {
        /// What Power BI and Excel ask for.
        pub url: String,
        pub port: u16,
        /// Whoever made the token: it shows what she may see.
        pub made_by: String,
        /// Milliseconds since 1970.
        pub since: i64,
        pub listening: bool,
        /// Why it does not listen.
        pub problem: Option<String>,
    }

    /// A new token; it is told this once.
    pub struct FeedTokenView {
        #[ts(as = "String")]
        pub token: SecretText,
        pub feed: FeedView,
    }
}
