//! Contacts as they are found and shown (DIR-2 to DIR-4). What belongs to one screen only, as notes and groups, crosses
//! elsewhere.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::EndpointView;

wire! {
    /// Contacts that match, best first.
    pub struct SearchResult {
        /// As it was asked: an answer to an older key stroke is known by it.
        pub query: String,
        pub total: u32,
        /// There are more than `total`: it was not worth counting.
        pub more: bool,
        /// The words that were looked for instead, where a typing error was forgiven.
        pub forgiven: Option<String>,
        pub contacts: Vec<ContactView>,
    }

    /// One person or company, from one source or from several that know the same.
    pub struct ContactView {
        pub id: String,
        pub display_name: String,
        pub company: String,
        pub department: String,
        pub title: String,
        pub city: String,
        pub email: String,
        /// Of all sources, each once.
        pub endpoints: Vec<EndpointView>,
        pub notes: String,
        pub internal: bool,
        pub custom: Vec<CustomView>,
        /// Matched letters of the display name: `[from, to)` in UTF-16 units.
        pub matched: Vec<(u32, u32)>,
        /// Matched letters of the other fields.
        pub marks: Vec<FieldMarkView>,
        /// Where it comes from, best first; never empty.
        pub origins: Vec<OriginView>,
        pub favourite: bool,
        /// `null`: not known, or not to be known.
        pub presence: Option<PresenceView>,
        /// No source has it any more; it is kept for its notes and groups.
        pub gone: bool,
    }

    /// A field of the source that has no place of its own.
    pub struct CustomView { pub name: String, pub value: String }

    /// Matched letters of one field.
    pub struct FieldMarkView {
        pub field: ContactFieldName,
        /// Which of several: the number as shown, or the custom field's name.
        pub name: Option<String>,
        /// `[from, to)` in UTF-16 units, in order, not touching each other.
        pub ranges: Vec<(u32, u32)>,
    }

    /// A source that knows this contact.
    pub struct OriginView {
        /// The contact as that source has it.
        pub contact: String,
        /// The source's id.
        pub book: String,
        /// As shown.
        pub name: String,
    }

    /// What somebody is doing, as far as it was told (DIR-3).
    pub struct PresenceView {
        pub availability: AvailabilityName,
        /// When it was told.
        #[ts(type = "number")] pub at: i64,
        /// Too old to be relied on.
        pub stale: bool,
        /// Until then it can be.
        #[ts(type = "number")] pub fresh_until: i64,
        /// The telephone system told it, which mostly knows no more than her telephone does.
        pub by_telephone: bool,
    }
}

names! {
    /// A field of a contact that can be marked.
    ContactFieldName { Company, Department, Title, City, Email, Number, Custom }
    /// What somebody is doing.
    AvailabilityName { Available, Busy, InACall, DoNotDisturb, Away, Offline, Unknown }
}
