//! The wallboard as it crosses to the screens (REPORT-3): how services and attendants stand at one moment, what today adds up
//! to, and what figures warn at. Does not work anything out: see `board`.
//!
//! Moments are the host's, so that ages are counted by the screen without asking; shares are 0 to 1, times milliseconds,
//! thresholds seconds. `null` is no data.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::reports::KpiName;
use super::{NotAvailableName, PresenceName};

names! {
    /// What an attendant does, as a wall shows it: the first that holds, in this order.
    BoardStateName {
        Ringing, Dialing, Talking, OnHold, AfterCallWork, OffDuty, Rona, NotAvailable, Away, Parked, Ready,
    }

    /// A figure that can warn. `Selectable` and `ServiceLevel` warn when they are low, all others when they are high.
    BoardFigureName { Waiting, LongestWait, Selectable, Abandoned, ServiceLevel, Asa }
}

wire! {
    /// Everything the wallboard shows at one moment.
    pub struct BoardView {
        /// Grows with every change of this view.
        #[ts(type = "number")] pub revision: u64,
        /// The host's clock.
        #[ts(type = "number")] pub now: i64,
        /// Whose day today is, by its IANA name.
        pub time_zone: String,
        /// When today began there.
        #[ts(type = "number")] pub from: i64,
        /// Some call of now is simulated; such calls never count in what today adds up to.
        pub simulated: bool,
        /// By name.
        pub services: Vec<BoardService>,
        /// Members of these services, by name.
        pub attendants: Vec<BoardAttendant>,
        /// What holds for every service without its own.
        pub form: BoardForm,
    }

    /// A service.
    pub struct BoardService {
        pub id: String,
        pub name: String,
        /// In the queue now, …
        pub waiting: u32,
        /// … and since when the one who has waited longest.
        #[ts(type = "number | null")] pub longest_since: Option<i64>,
        /// Of them, those that ring at somebody.
        pub offered: u32,
        /// With an attendant, on hold included.
        pub connected: u32,
        /// To whom a call of this service may be offered now.
        pub selectable: u32,
        /// On duty, and serving it.
        pub on_duty: u32,
        pub members: u32,
        /// T of the service level.
        pub sla_seconds: u32,
        /// Hung up sooner counts as neither offered nor abandoned.
        pub short_call_seconds: u32,
        /// As the form says, with its name and formula.
        pub formula: KpiName,
        pub formula_name: String,
        pub formula_text: String,
        /// What is in force, …
        pub levels: Vec<BoardLevel>,
        /// … and whether it is the service's own.
        pub own: bool,
        /// `null` while it is still being added up.
        pub today: Option<BoardToday>,
    }

    /// What the calls of a service add up to that arrived today and are over: the same as in a report of today.
    pub struct BoardToday {
        /// Whatever became of them.
        #[ts(type = "number")] pub calls: u64,
        #[ts(type = "number")] pub answered: u64,
        #[ts(type = "number")] pub abandoned: u64,
        pub service_level: Option<f64>,
        pub asa_ms: Option<f64>,
    }

    /// An attendant.
    pub struct BoardAttendant {
        pub id: String,
        pub name: String,
        pub state: BoardStateName,
        /// In this state since; `null`: not known.
        #[ts(type = "number | null")] pub since: Option<i64>,
        /// Why she is on a break; only in `NotAvailable`.
        pub reason: Option<NotAvailableName>,
        /// Only in `Away`.
        pub presence: Option<PresenceName>,
        pub on_duty: bool,
        /// She sits at this console.
        pub here: bool,
        /// Services she is a member of, …
        pub services: Vec<String>,
        /// … and those of them that she does not serve now.
        pub switched_off: Vec<String>,
        /// Calls that she had today, in sessions that are over; `null` while it is still being added up.
        #[ts(type = "number | null")] pub calls: Option<u64>,
        /// Connected in these, hold included.
        #[ts(type = "number | null")] pub talk_ms: Option<u64>,
    }

    /// What a service level is reckoned by, and what figures warn at.
    pub struct BoardForm {
        /// One of the three service levels.
        pub formula: KpiName,
        /// T, 1–3,600; `null`: what the service itself says.
        pub sla_seconds: Option<u32>,
        /// One for a figure at most.
        pub levels: Vec<BoardLevel>,
    }

    /// From which value on a figure warns; a wait and ASA in seconds, a service level in percent. The alarm is not milder.
    pub struct BoardLevel {
        pub figure: BoardFigureName,
        pub warn: u32,
        pub alarm: u32,
    }
}
