//! What attendants note about contacts, and what is kept of callers' transfers, as it crosses (DIR-4, CALL-9). The contacts
//! themselves are in `search`.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ContactView, PartyView};

wire! {
    /// An attendant's favourites and groups.
    pub struct PersonalView {
        /// Her favourites first (`id` "0", without a name), then her groups in her order.
        pub groups: Vec<GroupView>,
    }

    /// Contacts in an order of the attendant's own.
    pub struct GroupView {
        pub id: String,
        pub name: String,
        pub contacts: Vec<ContactView>,
    }

    /// A contact with all that is noted about it.
    pub struct ContactCardView {
        pub contact: ContactView,
        /// The number this attendant tries first; `null`: the first there is.
        pub default_endpoint: Option<String>,
        /// Her groups that the contact is in.
        pub groups: Vec<String>,
        pub note: NoteView,
        /// Who is asked for while the contact is away.
        pub stand_in: Option<StandInView>,
        /// Whom the contact stands in for.
        pub stands_in_for: Vec<StandInView>,
        /// Others of the same department of the same company, by name; at most 20 of `colleagues_total`.
        pub colleagues: Vec<ContactView>,
        pub colleagues_total: u32,
    }

    /// Who is above and below a contact, as far as they are in an address book.
    pub struct ReportingLineView {
        pub manager: Option<ContactView>,
        /// By name; at most 12 of `reports_total`, which counts those too who are in no address book.
        pub reports: Vec<ContactView>,
        pub reports_total: u32,
        /// When the directory told it; `null`: it is as old as her address book, or not known.
        #[ts(type = "number | null")] pub told: Option<i64>,
        /// The directory should be asked: what is known is old, or nothing is.
        pub due: bool,
        /// Why the directory did not tell it anew, and what that costs.
        pub problem: Option<String>,
    }

    /// What is noted about a contact, for every attendant of this console.
    pub struct NoteView {
        /// All of it, for the form it is changed in.
        pub text: String,
        /// Give it back with a changed text: then nothing that somebody else wrote meanwhile is lost.
        #[ts(type = "number")] pub revision: u64,
        pub parts: Vec<NotePartView>,
    }

    /// What one attendant wrote.
    pub struct NotePartView {
        pub text: String,
        /// Her name.
        pub by: String,
        #[ts(type = "number")] pub at: i64,
        /// Written without knowing of the parts above.
        pub conflict: bool,
    }

    /// Who stands in, or for whom.
    pub struct StandInView {
        pub contact: ContactView,
        /// `null`: until somebody changes it.
        #[ts(type = "number | null")] pub until: Option<i64>,
        /// The name of the attendant who said so.
        pub by: String,
        #[ts(type = "number")] pub at: i64,
    }

    /// To whom a caller was put through before, or should have been.
    pub struct TransferHistoryView {
        pub target: PartyView,
        /// How often it succeeded, …
        pub times: u32,
        /// … of how many attempts.
        pub tried: u32,
        #[ts(type = "number")] pub last: i64,
        /// How the last attempt ended.
        pub ended: TransferEndName,
        /// Why it did not succeed, in words.
        pub reason: Option<String>,
    }

    /// For how long transfers are kept, and the range of `SetTransferRetention`.
    pub struct RetentionView {
        pub days: u16,
        pub days_min: u16,
        pub days_max: u16,
    }

    /// What is kept of a caller's transfers, and for how long.
    pub struct KeptView {
        pub days: u16,
        /// Attempts that are kept of this caller.
        #[ts(type = "number")] pub entries: u64,
    }
}

names! {
    /// How an attempt to put a caller through ended; see `reporting::TransferEnd`.
    TransferEndName { PutThrough, CameBack, Refused, Left }
}
