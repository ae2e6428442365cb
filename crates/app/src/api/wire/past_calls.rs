//! Taking the calls of an earlier telephone system over, as it crosses to the screens (REPORT-5): what a file looks like, what its
//! columns mean, and how far it was read. Works nothing out: see `api::past_calls`.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

names! {
    /// What an outcome of the file is here: an attendant had the call, nobody had it, or such rows are no calls.
    CallMeaningName { Answered, Unanswered, Refused }
}

wire! {
    /// What a file looks like, and the mapping that it suggests.
    pub struct CallsLook {
        pub packed: bool,
        /// `UTF-8`, `UTF-16LE`, `windows-1252` …
        pub encoding: String,
        pub columns: Vec<CallsColumn>,
        /// Rows that were looked at.
        #[ts(type = "number")] pub rows: u64,
        pub mapping: CallsMapping,
    }

    /// A column with what stands in it.
    pub struct CallsColumn {
        pub name: String,
        /// The first 64 that differ.
        pub values: Vec<CallsValue>,
        /// There are others.
        pub more: bool,
    }

    /// What stands there, and how often.
    pub struct CallsValue {
        pub text: String,
        #[ts(type = "number")] pub count: u64,
    }

    /// What the columns of a file mean; docs/import.md. Columns are named by their headings; empty or `null`: there is none.
    pub struct CallsMapping {
        pub source: String,
        pub separator: String,
        pub time_zone: String,
        pub format: String,
        pub never: Vec<String>,
        pub key: Vec<String>,
        pub columns: CallsColumns,
        pub no_caller: Vec<String>,
        pub no_attendant: Vec<String>,
        pub services: Vec<CallsService>,
        pub outcomes: Vec<CallsOutcome>,
    }

    /// Which column holds what.
    pub struct CallsColumns {
        pub date: Option<String>,
        pub arrived: String,
        pub queued: Option<String>,
        pub accepted: Option<String>,
        pub ended: String,
        pub left_queue: Option<String>,
        pub left: Option<String>,
        pub caller: Option<String>,
        pub service: String,
        pub attendant: Option<String>,
        pub outcome: String,
    }

    /// A service of the file: one of this console, or a name.
    pub struct CallsService {
        pub text: String,
        pub service: Option<String>,
        pub name: Option<String>,
    }

    /// What an outcome of the file is here.
    pub struct CallsOutcome {
        pub text: String,
        pub meaning: CallMeaningName,
        /// The outcome of `outcomes.md`: of an answered call, or of one that had come into a queue.
        pub outcome: u8,
        /// That of a call that nobody answered and that had not come into a queue.
        pub otherwise: u8,
        /// Why such rows are left out.
        pub why: String,
    }

    /// What the beginning of a file would give.
    pub struct CallsCheck {
        #[ts(type = "number")] pub rows: u64,
        #[ts(type = "number")] pub good: u64,
        /// Of the good ones, those older than 24 months, which would go with the next purge.
        #[ts(type = "number")] pub outdated: u64,
        /// The first of those that are none.
        pub refused: Vec<RefusedCall>,
        #[ts(type = "number")] pub refused_total: u64,
        /// The first calls, as they are understood.
        pub examples: Vec<CallExample>,
        /// The mapping as the text of its file.
        pub text: String,
    }

    /// A row that is no call.
    pub struct RefusedCall {
        /// 1 for the first line of the file.
        #[ts(type = "number")] pub line: u64,
        pub reason: String,
    }

    /// A call as it is understood; milliseconds since 1970.
    pub struct CallExample {
        #[ts(type = "number")] pub arrived: i64,
        #[ts(type = "number | null")] pub queued: Option<i64>,
        #[ts(type = "number | null")] pub accepted: Option<i64>,
        #[ts(type = "number")] pub ended: i64,
        pub caller: Option<String>,
        pub service: Option<String>,
        pub attendant: Option<String>,
        pub outcome_text: String,
    }

    /// A part of the file.
    pub struct CallsPart {
        /// What the first part was answered with; `null`: this is the first.
        pub import: Option<String>,
        /// With the first part.
        #[serde(default)]
        #[ts(optional = nullable)]
        pub mapping: Option<Box<CallsMapping>>,
        /// Bytes of the whole file.
        #[ts(type = "number")] pub size: u64,
        /// At most 32 MiB decoded.
        pub content_base64: String,
        pub is_last: bool,
    }

    /// How far an import is.
    pub struct CallsStep {
        pub import: String,
        /// Rows read, with those of an import that this one goes on with.
        #[ts(type = "number")] pub rows: u64,
        #[ts(type = "number")] pub taken: u64,
        /// Calls that were there already.
        #[ts(type = "number")] pub known: u64,
        #[ts(type = "number")] pub refused_total: u64,
        /// Rows refused since the last part; 50,000 at most.
        pub refused: Vec<RefusedCall>,
        /// Rows that were taken by an import that was stopped; this one goes on behind them.
        #[ts(type = "number")] pub before: u64,
        /// Calls taken by this import that are older than 24 months, and go with the next purge.
        #[ts(type = "number")] pub outdated: u64,
        pub finished: bool,
    }
}
