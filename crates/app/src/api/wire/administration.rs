//! Users, organisation units, how people sign in, and the history of changes, as they cross to the screens (ID-4 … ID-6).

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::services::NamedView;
use super::session::{GrantView, ProblemView, RoleName};

wire! {
    /// How people sign in.
    pub struct SignInView {
        /// `null`: they do not; the user of this computer works alone.
        pub form: Option<SignInForm>,
        /// What to register as redirect address at the issuer.
        pub redirect: String,
    }

    /// An issuer and what Usher is to it.
    pub struct SignInForm {
        pub issuer: IssuerName,
        /// Entra ID: the directory's id, a GUID; `null`: any organisation that is on the list.
        pub tenant: Option<String>,
        /// Another issuer: its address.
        pub url: Option<String>,
        pub client_id: String,
        /// Directories whose people may come in; needed where `tenant` is `null`.
        pub tenants: Vec<String>,
        /// The authentication context that administrators confirm with: "c1"; `null`: none.
        pub step_up: Option<String>,
    }

    /// Users by name, those who have left not among them.
    pub struct UsersPage {
        pub users: Vec<UserView>,
        /// The cursor of the next page.
        pub next: Option<String>,
    }

    /// Teams, organisation units, and how the directory is read.
    pub struct OrganisationView {
        pub teams: Vec<TeamView>,
        pub units: Vec<UnitView>,
        pub sync: SyncView,
    }

    /// A named user of the organisation.
    pub struct UserView {
        pub id: String,
        pub name: String,
        pub first_name: String,
        pub last_name: String,
        pub email: Option<String>,
        pub username: String,
        /// From the directory; `false`: added by hand.
        pub synchronised: bool,
        /// The directory lets her sign in.
        pub enabled: bool,
        /// An administrator here does not, whatever the directory says.
        pub blocked: bool,
        /// She holds a licence of her own.
        pub licensed: bool,
        /// Whether she may come in, and by what.
        pub licence: LicenceName,
        /// The licensed team, where it is by one.
        pub licence_team: Option<String>,
        /// Given by hand or by owning a team.
        pub roles: Vec<GrantView>,
        /// Her number as an attendant, once she was here.
        pub attendant: Option<String>,
    }

    /// A group of the directory.
    pub struct TeamView {
        pub id: String,
        pub name: String,
        pub licensed: bool,
        /// Whose services its owners look after; none: of no unit.
        pub units: Vec<String>,
        pub members: u32,
        pub owners: u32,
    }

    /// An organisation unit.
    pub struct UnitView {
        pub id: String,
        pub name: String,
        pub parent: Option<String>,
        pub services: Vec<NamedView>,
    }

    /// How the directory is read.
    pub struct SyncView {
        pub state: SyncState,
        #[ts(type = "number | null")] pub last_success: Option<i64>,
        #[ts(type = "number | null")] pub next_attempt: Option<i64>,
        pub problem: Option<ProblemView>,
    }

    /// A user who is added by hand (`id: null`) or changed. Of one from the directory only the last two are looked at.
    pub struct UserForm {
        pub id: Option<String>,
        /// As the issuer calls her: the object id in Entra ID; looked at where she is added.
        pub object: String,
        pub name: String,
        pub first_name: String,
        pub last_name: String,
        pub email: Option<String>,
        pub username: String,
        /// A licence of her own.
        pub licensed: bool,
        pub blocked: bool,
    }

    /// A role given by hand.
    pub struct GrantForm {
        pub role: RoleName,
        pub unit: Option<String>,
    }

    /// What is changed about a team.
    pub struct TeamForm {
        pub id: String,
        pub licensed: bool,
        pub units: Vec<String>,
    }

    /// A unit that is added or changed.
    pub struct UnitForm {
        pub id: Option<String>,
        pub name: String,
        pub parent: Option<String>,
    }

    /// Changes of settings, newest first.
    pub struct ChangesPage {
        pub changes: Vec<ChangeView>,
        /// The cursor of the next page.
        pub next: Option<String>,
    }

    /// One change.
    pub struct ChangeView {
        pub id: String,
        #[ts(type = "number")] pub at: i64,
        /// Who made it; "Somebody who has left" where that is no longer kept.
        pub by: String,
        pub subject: SubjectName,
        /// Its id; `null` where there is only one.
        pub object: Option<String>,
        pub name: String,
        pub kind: ChangeKind,
        pub differences: Vec<DifferenceView>,
        /// It took this change back.
        pub undoes: Option<String>,
        /// Why it cannot be taken back; `null`: it can.
        pub lasting: Option<String>,
    }

    /// A field that changed.
    pub struct DifferenceView {
        /// Where in the form: `levels.1.after_ms`.
        pub field: String,
        pub before: Option<String>,
        pub after: Option<String>,
    }
}

names! {
    /// Entra ID in one of its clouds, or any other issuer by its address.
    IssuerName { EntraGlobal, EntraUsGovernment, EntraUsDefense, EntraChina, Other }
    /// By what somebody may come in.
    LicenceName { Own, Team, None }
    /// How the directory is read. `Off`: it is not, for the issuer has none. `Stopped`: somebody must act first.
    SyncState { Off, Waiting, Working, Failing, Stopped }
    /// What was changed.
    SubjectName { Service, Calendar, Skill, Profile, Skills, Limits, Sound, SignIn, User, Grants, Team, Unit, Connection, AddressBook, Source }
    /// How.
    ChangeKind { Added, Changed, Removed }
}
