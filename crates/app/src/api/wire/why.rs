//! Why a call rings at whom, and what awaits a caller at a service, as they cross to the screens (ROUTE-6, CALL-6). The
//! sentences are made here in the host, in one place (`app::why`), so that console and command line say the same.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

wire! {
    /// Why a call rings where it does, or does not.
    pub struct WhyView {
        pub call: String,
        /// How things stand now; `null` where the call does not wait.
        pub now: Option<WhyLook>,
        /// What was decided about it, in order; empty unless asked for.
        pub decisions: Vec<WhyDecision>,
        /// Earlier decisions are left out: only the latest are kept.
        pub shortened: bool,
    }

    /// How everybody of a service stands to a waiting call, at one moment.
    pub struct WhyLook {
        /// What it comes to, in one sentence.
        pub summary: String,
        /// The call's place, level and priority, in sentences.
        pub facts: Vec<String>,
        /// In the order in which they are rung; at most 50.
        pub candidates: Vec<WhyCandidate>,
        /// Members who are not listed.
        pub more: u32,
    }

    /// One member of the service.
    pub struct WhyCandidate {
        pub attendant: String,
        pub name: String,
        pub fate: WhyFate,
        /// The first reason why not, or what puts her where she stands.
        pub reason: String,
    }

    /// One thing that was decided.
    pub struct WhyDecision {
        #[ts(type = "number")] pub at: i64,
        pub sentence: String,
        /// Everybody who was considered, where somebody was.
        pub look: Option<WhyLook>,
    }

    /// What would await a caller who is put through to a service now.
    pub struct PreflightView {
        pub service: String,
        pub name: String,
        pub waiting: u32,
        /// Since when the one waits who has waited longest.
        #[ts(type = "number | null")] pub longest_since: Option<i64>,
        pub members: u32,
        /// On duty, with this service switched on.
        pub on_duty: u32,
        /// May be offered a call now.
        pub selectable: u32,
        /// Its workflow comes before the queue.
        pub has_workflow: bool,
        /// What its calendar says; `null`: its workflow does not begin with one.
        pub open: Option<bool>,
        pub expected: ExpectedName,
    }
}

/// What became of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum WhyFate {
    /// It rings at her.
    Rung,
    /// It could ring at her; others come first.
    Selectable,
    /// It may not ring at her.
    PassedOver,
}

/// See `engine::Expected`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
#[allow(missing_docs, reason = "as in `engine::Expected`")]
pub enum ExpectedName {
    Closed,
    Rings,
    Waits,
    WaitsToBePicked,
    NobodyOnDuty,
    NoMembers,
}
