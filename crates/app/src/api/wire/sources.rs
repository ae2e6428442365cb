//! Sources of contacts, presence and calendars as they cross to the screens (DIR-1, DIR-3). What they mean is in
//! `contracts::{sources, presence, calendar}`.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{PresenceView, ProgressView, SecretText};

wire! {
    /// A source and how it stands.
    pub struct SourceView {
        pub id: String,
        pub kind: SourceKindName,
        pub name: String,
        pub state: SourceHealthName,
        /// As in `ApiError`; empty where nothing is wrong.
        pub code: String,
        /// What is wrong and what to do; `null` where nothing is.
        pub message: Option<String>,
        /// What a missing consent costs.
        pub costs: Option<String>,
        /// When it was last read to its end.
        #[ts(type = "number | null")] pub last_ok: Option<i64>,
        #[ts(type = "number | null")] pub last_try: Option<i64>,
        #[ts(type = "number")] pub contacts: u64,
        /// While it is being read.
        pub progress: Option<ProgressView>,
        /// How often it is read by itself; `null`: never.
        pub schedule_minutes: Option<u32>,
        /// For changing it; `null` where it cannot be, or she may not.
        pub form: Option<SourceForm>,
        /// It can be removed, and she may.
        pub can_remove: bool,
        /// It can be read again now.
        pub can_refresh: bool,
    }

    /// A source as an administrator enters it. Files are imported, not entered.
    pub struct SourceForm {
        /// `null`: a new one.
        pub id: Option<String>,
        pub name: String,
        pub kind: SourceKindName,
        /// Of shared contacts: the mailbox, by its address.
        pub mailbox: Option<String>,
        /// Of a directory.
        pub ldap: Option<LdapForm>,
    }

    /// An LDAP directory.
    pub struct LdapForm {
        pub host: String,
        /// 636 for LDAPS, 389 else.
        pub port: u16,
        pub security: LdapSecurityName,
        /// Certificate of an authority in PEM, beside those this computer trusts; empty: only those.
        pub authority: String,
        /// Empty: nobody in particular.
        pub bind_dn: String,
        /// Empty: the one in the keychain stays.
        #[serde(default)]
        #[ts(as = "String")] pub password: SecretText,
        pub base_dn: String,
        /// As `(&(objectClass=person)(telephoneNumber=*))`.
        pub filter: String,
        pub attributes: LdapAttributesForm,
    }

    /// Which attribute means what: names with commas between them, the first that an entry has counts, of numbers all.
    pub struct LdapAttributesForm {
        pub key: String,
        pub display_name: String,
        pub first_name: String,
        pub last_name: String,
        pub company: String,
        pub department: String,
        pub title: String,
        pub city: String,
        pub email: String,
        pub work: String,
        pub mobile: String,
        pub home: String,
        pub sip: String,
        pub custom: String,
        /// By the distinguished name of the manager's entry.
        #[serde(default)] pub manager: String,
    }

    /// What is new of the presence of visible contacts.
    pub struct PresenceTold {
        pub rows: Vec<PresenceChange>,
        /// Why there is no presence, and what that costs; `null` where there is.
        pub problem: Option<String>,
    }

    /// The presence of one contact.
    pub struct PresenceChange { pub contact: String, pub presence: PresenceView }

    /// What somebody's calendar says. Never what for.
    pub struct FreeBusyView {
        pub now: SlotView,
        /// The next of another kind, within half a day.
        pub next: Option<SlotView>,
        #[ts(type = "number")] pub at: i64,
    }

    /// A time of one kind.
    pub struct SlotView {
        pub status: BusyName,
        #[ts(type = "number")] pub from: i64,
        #[ts(type = "number")] pub until: i64,
    }
}

names! {
    /// See `contracts::sources::SourceKind`.
    SourceKindName { File, Ldap, EntraUsers, OrganisationContacts, OutlookContacts, SharedContacts, Services }
    /// See `contracts::sources::HealthState`.
    SourceHealthName { Ok, Reading, Stale, NeedsConsent, Failed }
    /// See `contracts::sources::LdapSecurity`.
    LdapSecurityName { Ldaps, StartTls, None }
    /// See `contracts::calendar::Busy`.
    BusyName { Free, Tentative, Busy, OutOfOffice, WorkingElsewhere, Unknown }
}
