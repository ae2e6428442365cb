//! How numbers are read here and which are listed, as it crosses.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

wire! {
    /// The home country and the listed numbers.
    pub struct NumbersView {
        /// Two letters (ISO 3166); `null`: not chosen and not known from the computer.
        pub home: Option<String>,
        /// Those there is a numbering plan of, by their two letters.
        pub countries: Vec<String>,
        pub dialling: DiallingForm,
        /// The newest first.
        pub listed: Vec<ListedView>,
    }

    /// How the telephone system of this site is dialled.
    pub struct DiallingForm {
        /// What is dialled before numbers outside: at most three digits, `*` or `#`; empty: nothing.
        pub outside: String,
        /// The telephone system puts it before the numbers of callers from outside too.
        pub comes_with_outside: bool,
        /// Digits of the shortest extension, 2 to 8.
        pub extension_min: u8,
        /// Digits of the longest one, not less.
        pub extension_max: u8,
        /// What stands before the extensions for who calls from outside, as `+41 44 555`; empty: not known.
        pub block: String,
    }

    /// A number, or the beginning of numbers, whose callers are turned away or marked.
    pub struct ListedView {
        pub id: String,
        pub kind: ListingName,
        /// As people at home read it.
        pub number: String,
        /// All numbers that begin so.
        pub prefix: bool,
        pub reason: String,
        /// The name of the attendant who listed it.
        pub by: String,
        #[ts(type = "number")] pub at: i64,
        /// Calls it turned away or marked, …
        #[ts(type = "number")] pub calls: u64,
        /// … and the last of them.
        #[ts(type = "number | null")] pub last: Option<i64>,
    }

    /// A number as somebody lists it.
    pub struct ListedForm {
        pub kind: ListingName,
        pub number: String,
        pub prefix: bool,
        pub reason: String,
    }
}

names! {
    /// What becomes of a caller whose number is listed; see `contracts::numbers::Listing`.
    ListingName { Blocked, Spam }
}
