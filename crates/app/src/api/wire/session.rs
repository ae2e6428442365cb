//! Who is here and what she may do, as they cross to the screens (ID-1, ID-5). No token and no code of an issuer ever does.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

wire! {
    /// Whether anybody is here, and who.
    pub struct SessionView {
        pub state: SessionState,
        /// Who is here, or who was refused; `null` where nobody is.
        pub person: Option<SessionPersonView>,
        /// Why nobody is here, or why the last attempt ended.
        pub problem: Option<ProblemView>,
        /// Where signing in goes on, for a browser that did not open by itself.
        pub link: Option<String>,
        /// For another device, where this one has no browser.
        pub code: Option<DeviceCodeView>,
        /// Since when the issuer cannot be reached; she works on for a bounded time.
        #[ts(type = "number | null")] pub offline_since: Option<i64>,
        /// An action waits until she has confirmed in the browser who she is.
        pub step_up: bool,
        /// Where one signs in: "Entra ID".
        pub issuer: Option<String>,
        /// What she may do, and where.
        pub may: Vec<MayView>,
    }

    /// A person, as she is shown.
    pub struct SessionPersonView {
        /// Her id among the users; `null` for the user of this computer.
        pub id: Option<String>,
        pub name: String,
        /// As she signs in: "rita@example.com".
        pub username: String,
        pub roles: Vec<GrantView>,
    }

    /// Why something did not work. `code` has a page in `docs/errors/`.
    pub struct ProblemView { pub code: String, pub message: String }

    /// To be typed at another device.
    pub struct DeviceCodeView { pub code: String, pub address: String }

    /// An action that is allowed.
    pub struct MayView {
        /// Its id in the table of rights: "change-services".
        pub action: String,
        /// Only in these organisation units; `null`: everywhere.
        pub units: Option<Vec<String>>,
    }

    /// A role, and over what.
    pub struct GrantView {
        pub role: RoleName,
        /// `null`: the whole organisation.
        pub unit: Option<String>,
        /// She is it as the owner of a team; else it was given to her by name.
        pub by_team: bool,
    }

    /// The table of rights.
    pub struct RightsView {
        pub rows: Vec<RightRow>,
        /// Who holds each role, by name; at most 20 each.
        pub holders: Vec<HoldersView>,
    }

    /// A line of the table of rights.
    pub struct RightRow {
        pub action: String,
        /// What it allows, in words.
        pub allows: String,
        pub reach: ReachName,
        /// It is recorded before it is done.
        pub privileged: bool,
        pub roles: Vec<RoleName>,
    }

    /// Who holds a role.
    pub struct HoldersView { pub role: RoleName, pub names: Vec<String>, pub more: u32 }
}

names! {
    /// `Local`: the user of this computer; sign-in is not set up. `Refused`: the issuer knows her, this organisation does not
    /// let her in.
    SessionState { Local, SignedOut, Underway, SignedIn, Refused }
    /// See `contracts::roster::Role`.
    RoleName { User, ServiceOwner, TenantAdministrator, PartnerAdministrator }
    /// See `identity::rights::Reach`.
    ReachName { Own, Unit, Tenant }
}
