//! What is kept about one person outside the organisation or in its address books, as it crosses (DATA-10).

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::ContactView;

wire! {
    /// People who were erased and are not taken in again when a source names them.
    pub struct LeftOutView {
        #[ts(type = "number")] pub people: u64,
    }

    /// Whom it is about: at least one number or contact.
    pub struct SubjectForm {
        /// Her numbers and SIP addresses, in any way of writing.
        pub numbers: Vec<String>,
        /// Her contacts, one for each address book that has her.
        pub contacts: Vec<String>,
    }

    /// What is kept about her and would be erased; after it was erased, the receipt.
    pub struct KeptAboutView {
        /// As callers and called ones were written; more than were asked for where she called in another way of writing.
        pub numbers: Vec<String>,
        /// Names that were sent along with them.
        pub names: Vec<String>,
        pub contacts: Vec<ContactView>,
        pub notes: u32,
        pub stand_ins: u32,
        /// Places in favourites and groups.
        pub places: u32,
        /// Numbers that attendants try first.
        pub default_endpoints: u32,
        pub transfers: u32,
        /// Messages she left, with what she said in them.
        pub voicemails: u32,
        /// Call records, which stay without a name or number.
        #[ts(type = "number")] pub calls: u64,
        /// What stays and why, in words.
        pub stays: Vec<String>,
        /// When it was erased; `null`: it is still there.
        #[ts(type = "number | null")] pub erased: Option<i64>,
    }

    /// What is kept about her, to be handed to her.
    pub struct ExportView {
        /// Without an ending.
        pub file_name: String,
        /// For people.
        pub text: String,
        /// For machines: the same, as JSON.
        pub json: String,
    }
}
