//! Services and what belongs to them as they cross to the screens (ROUTE-1, ROUTE-2): forms with every setting of the
//! engine, what there is to choose from, and what each number permits. Does not judge: see `api::services`.
//!
//! Spans are milliseconds. Numbers are wide enough to bring a value out of range to whoever says so.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::TreatmentName;
use super::workflow::WorkflowForm;

wire! {
    /// Everything the screens of the services show.
    pub struct ServicesView {
        /// By name.
        pub services: Vec<ServiceForm>,
        pub attendants: Vec<AttendantForm>,
        /// By name.
        pub skills: Vec<SkillForm>,
        /// By name.
        pub profiles: Vec<ProfileForm>,
        /// What steps of workflows may choose, by name; services are above.
        pub sounds: Vec<NamedView>,
        pub calendars: Vec<NamedView>,
        pub limits: LimitsForm,
        pub ranges: RangesView,
    }

    /// One service, see `engine::Service`.
    pub struct ServiceForm {
        /// `null`: a new one.
        pub id: Option<String>,
        pub name: String,
        /// The organisation unit it belongs to; `null`: to the organisation as a whole.
        #[serde(default)] pub unit: Option<String>,
        /// Numbers and SIP addresses that reach it; at most 20 of at most 100 characters.
        pub addresses: Vec<String>,
        /// Every address that no service names reaches this one. True for exactly one service.
        pub otherwise: bool,
        pub priority: u32,
        pub sla_ms: u32,
        pub hang_up_threshold_ms: u32,
        pub rona_ms: u32,
        pub acw_ms: u32,
        pub queue_time_max_ms: u32,
        pub waiting: TreatmentName,
        pub members: MembersForm,
        pub distribution: DistributionName,
        /// The first after 0 ms; none: everybody at once.
        pub levels: Vec<LevelForm>,
        pub preferred: Vec<PreferredForm>,
        pub parallel_work: bool,
        pub busy_selectable: bool,
        pub away_selectable: bool,
        /// `null`: straight into the queue.
        pub workflow: Option<WorkflowForm>,
    }

    /// Something to choose.
    pub struct NamedView { pub id: String, pub name: String }

    /// From a wait of `after_ms` on these may be offered the call, too.
    pub struct LevelForm {
        pub after_ms: u32,
        /// All of these; none: everybody.
        pub needs: Vec<SkillLevelForm>,
        /// One of these; none: any.
        pub profiles: Vec<String>,
    }

    /// A skill and how well, in percent.
    pub struct SkillLevelForm { pub skill: String, pub level: u32 }

    /// A member who is asked before others; 1 is first.
    pub struct PreferredForm { pub attendant: String, pub priority: u32 }

    /// An attendant: what she can do.
    pub struct AttendantForm {
        pub id: String,
        /// Shown; not changed here.
        pub name: String,
        pub skills: Vec<SkillLevelForm>,
        pub profile: Option<String>,
    }

    /// A skill.
    pub struct SkillForm {
        /// `null`: a new one.
        pub id: Option<String>,
        pub name: String,
    }

    /// A responsibility profile.
    pub struct ProfileForm {
        /// `null`: a new one.
        pub id: Option<String>,
        pub name: String,
        pub skills: Vec<SkillLevelForm>,
    }

    /// Limits of the whole switchboard, see `engine::Limits`.
    pub struct LimitsForm {
        pub park_slots: u32,
        pub park_time_ms: u32,
        pub park_alert_ms: u32,
        /// Whose attendants get a call that its parker does not take back; `null`: those of its own service.
        pub park_fallback: Option<String>,
        pub recall_time_ms: u32,
        pub hold_alert_ms: u32,
        pub held_max: u32,
        pub target_ring_ms: u32,
        pub hand_over_ms: u32,
        pub decline_pause_ms: u32,
        pub priority_wait_max_ms: u32,
        pub acw_extension_ms: u32,
        pub callback_time_max_ms: u32,
        pub on_hold: TreatmentName,
        pub calls_max: u32,
    }

    /// A range, both ends within.
    pub struct RangeView { pub min: u32, pub max: u32 }

    /// What each number permits, so that a form can say so while it is filled in. Of a list or a text: how long.
    pub struct RangesView {
        pub name: RangeView,
        pub addresses: RangeView,
        pub address: RangeView,
        pub skill_name: RangeView,
        pub priority: RangeView,
        pub skill_level: RangeView,
        pub sla_ms: RangeView,
        pub hang_up_threshold_ms: RangeView,
        pub rona_ms: RangeView,
        pub acw_ms: RangeView,
        pub queue_time_max_ms: RangeView,
        pub level_after_ms: RangeView,
        pub levels: RangeView,
        pub preferred: RangeView,
        pub park_slots: RangeView,
        pub park_time_ms: RangeView,
        pub park_alert_ms: RangeView,
        pub recall_time_ms: RangeView,
        pub hold_alert_ms: RangeView,
        pub held_max: RangeView,
        pub target_ring_ms: RangeView,
        pub hand_over_ms: RangeView,
        pub decline_pause_ms: RangeView,
        pub priority_wait_max_ms: RangeView,
        pub acw_extension_ms: RangeView,
        pub callback_time_max_ms: RangeView,
        pub calls_max: RangeView,
    }
}

/// Who belongs to a service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[ts(export)]
#[allow(missing_docs, reason = "as in `engine::Members`")]
pub enum MembersForm {
    /// These, in this order.
    Listed { attendants: Vec<String> },
    /// Everybody with all of these skills.
    Skilled { needs: Vec<SkillLevelForm> },
    /// Nobody.
    Nobody {},
}

names! {
    /// See `engine::Distribution`.
    DistributionName { LongestIdle, FewestCalls, RoundRobin, FixedOrder, PickUp, Broadcast }
}
