//! A scenario as people write it (ROUTE-8): services, attendants, callers, hours. Only what stands there: `check` judges it,
//! `model` makes something of it that can run. The ranges here are the published schema, and the schema is what `check`
//! goes by, so the two cannot differ.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is simulated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What people call it.
    #[schemars(length(min = 1, max = 120))]
    pub name: String,
    /// The first moment, local time: `2026-12-01` or `2026-12-01T08:00`.
    #[schemars(length(min = 10, max = 19))]
    pub start: String,
    /// The IANA time zone of all local times: `Europe/Zurich`.
    #[serde(default = "utc")]
    #[schemars(length(min = 1, max = 64))]
    pub time_zone: String,
    /// How long callers come. Who is there by then is still served, and counts.
    #[schemars(range(min = 0.1, max = 744.0))]
    pub hours: f64,
    /// Hours at the beginning that do not count, so that an empty desk does not flatter a steady one.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 700.0))]
    pub warm_up_hours: f64,
    /// How often all of it is simulated anew, with other dice. Two at least for a confidence interval.
    #[serde(default = "twenty")]
    #[schemars(range(min = 1, max = 10_000))]
    pub replications: u32,
    /// The same seed gives the same figures, on every computer.
    #[serde(default = "one")]
    #[schemars(range(min = 0, max = 9_007_199_254_740_991_u64))]
    pub seed: u64,
    /// Gives the figures by intervals of this length as well. Divides an hour or a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 5, max = 1440))]
    pub interval_minutes: Option<u32>,
    /// Lines of the telephone system, for callers who wait or talk. The next caller hears the busy tone and is counted as
    /// blocked. Without it, as many as the engine takes (10,000).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000))]
    pub trunks: Option<u32>,
    /// A caller who has waited this long counts as of priority 1, so that nobody waits for ever behind more important ones.
    #[serde(default = "one_hundred_and_eighty")]
    #[schemars(range(min = 10, max = 3600))]
    pub priority_wait_max_seconds: u32,
    /// Opening hours, for services that name them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50))]
    pub calendars: Vec<Calendar>,
    /// Responsibility profiles, for attendants and policy levels that name them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50))]
    pub profiles: Vec<Profile>,
    /// Groups of attendants who are alike.
    #[schemars(length(min = 1, max = 200))]
    pub attendants: Vec<Group>,
    /// What callers ring.
    #[schemars(length(min = 1, max = 50))]
    pub services: Vec<Service>,
}

/// Something a caller can reach (ROUTE-1), and who calls it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Names it. No two services have the same name.
    #[schemars(length(min = 1, max = 120))]
    pub name: String,
    /// 1 is served first, 99 last.
    #[serde(default = "fifty")]
    #[schemars(range(min = 1, max = 99))]
    pub priority: u8,
    /// T of the service level, and of the hang-up SLA.
    #[serde(default = "twenty")]
    #[schemars(range(min = 0, max = 3600))]
    pub sla_seconds: u32,
    /// Who hangs up in the queue sooner than this is a short call: neither offered nor abandoned.
    #[serde(default = "five")]
    #[schemars(range(min = 0, max = 600))]
    pub hang_up_threshold_seconds: u32,
    /// How long one attendant is rung.
    #[serde(default = "twenty")]
    #[schemars(range(min = 5, max = 30))]
    pub rona_seconds: u32,
    /// Longest stay in the queue. With an hour and handling times of a minute or two nobody reaches it: that is as good as
    /// no limit.
    #[serde(default = "three_hundred")]
    #[schemars(range(min = 5, max = 3600))]
    pub queue_time_max_seconds: u32,
    /// Whom a call is offered to first.
    #[serde(default)]
    pub distribution: Distribution,
    /// Names of groups whose attendants belong to it, in this order. Without it and without `members_by_skill`: everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub members: Option<Vec<String>>,
    /// Everybody who has these skills, at this level at least, belongs to it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub members_by_skill: BTreeMap<String, Level>,
    /// Groups whose attendants come before all others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10))]
    pub preferred: Vec<Preferred>,
    /// Widens the pool as the wait grows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10))]
    pub levels: Vec<PolicyLevel>,
    /// Name of its calendar; always open without one. Who calls while it is closed is turned away and counted as such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 120))]
    pub calendar: Option<String>,
    /// Its callers. Several entries come one on top of the other.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub arrivals: Vec<Arrivals>,
    /// How much the days differ beyond chance: the coefficient of variation of a factor drawn once for each local day.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 2.0))]
    pub day_variation: f64,
    /// How long a caller waits before she hangs up. Without it, callers never do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patience: Option<Times>,
    /// How long attendant and caller talk.
    pub talk: Times,
    /// After-call work. Deterministic: as the setting of the service. Otherwise each attendant ends it herself, after an
    /// hour at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_call_work: Option<Times>,
}

/// In which order members are offered calls (ROUTE-2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Distribution {
    /// Who has been idle longest.
    #[default]
    LongestIdle,
    /// Who has taken the fewest calls since she went on duty.
    FewestCalls,
    /// Whose last offer is longest ago.
    RoundRobin,
    /// In the order of the members.
    FixedOrder,
    /// The ten who have been idle longest are rung at once, and the first to answer has the call.
    Broadcast,
    /// Nobody is rung: attendants pick the oldest call themselves.
    PickUp,
}

/// A group that is asked before others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Preferred {
    /// Name of the group. All preferred groups of a service together have at most 10 attendants.
    #[schemars(length(min = 1, max = 120))]
    pub group: String,
    /// 1 is asked first.
    #[serde(default = "one_u8")]
    #[schemars(range(min = 1, max = 99))]
    pub priority: u8,
}

/// From a wait of `after_seconds` on, members who meet this may be offered the call too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyLevel {
    /// Waited at least this long. 0 at the first level, and more at each than at the one before.
    #[schemars(range(min = 0, max = 3600))]
    pub after_seconds: u32,
    /// All of these skills.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub skills: BTreeMap<String, Level>,
    /// One of these profiles. Without any: whoever has the skills.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50))]
    pub profiles: Vec<String>,
}

/// How well somebody can do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Level(#[schemars(range(min = 1, max = 100))] pub u8);

/// Skills by a name that attendants share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Names it.
    #[schemars(length(min = 1, max = 120))]
    pub name: String,
    /// What everybody with this profile can do at least.
    #[serde(default)]
    pub skills: BTreeMap<String, Level>,
}

/// Attendants who are alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Names it. No two groups have the same name.
    #[schemars(length(min = 1, max = 120))]
    pub name: String,
    /// How many they are. All groups together have at most 2,000.
    #[schemars(range(min = 1, max = 2000))]
    pub count: u32,
    /// What each of them can do.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub skills: BTreeMap<String, Level>,
    /// Name of their responsibility profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 120))]
    pub profile: Option<String>,
    /// How long it rings before one of them answers. Without it they answer at once. Longer than `rona_seconds`: she missed
    /// the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_delay: Option<Times>,
    /// How long it takes until somebody who missed a call says that she is back.
    #[serde(default = "sixty")]
    #[schemars(range(min = 1, max = 86_400))]
    pub back_after_seconds: u32,
    /// When all of them are on duty. Without this and without `staffing`: always.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50))]
    pub shifts: Vec<Shift>,
    /// How many of them are on duty, by interval; not together with `shifts`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staffing: Option<Staffing>,
}

/// A stretch of duty. Who still talks when it ends finishes the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    /// Days on which it begins; every day without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 7))]
    pub days: Vec<Day>,
    /// Local time of the beginning, `08:00`.
    pub from: WallTime,
    /// Local time of the end, `16:30`; at or before `from`: on the next day.
    pub to: WallTime,
    /// Pauses within it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub breaks: Vec<Break>,
}

/// A pause. Who still talks when it begins finishes the call first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Break {
    /// Local time of its beginning.
    pub from: WallTime,
    /// Local time of its end.
    pub to: WallTime,
}

/// Attendants on duty by interval, the same on each day it holds for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Staffing {
    /// Days for which it holds; every day without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 7))]
    pub days: Vec<Day>,
    /// Local time at which the first interval begins.
    pub from: WallTime,
    /// Length of an interval.
    #[schemars(range(min = 5, max = 1440))]
    pub interval_minutes: u32,
    /// How many of the group are on duty in each; nobody before and after. All of it lies within one day.
    #[schemars(length(min = 1, max = 288), inner(range(min = 0, max = 2000)))]
    pub on_duty: Vec<u32>,
}

/// How callers come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Arrivals {
    /// At random, at the same rate all the time.
    Poisson {
        /// Callers an hour, on average.
        #[schemars(range(min = 0.0, max = 100_000.0))]
        per_hour: f64,
    },
    /// At random, at a rate that changes by interval, on each day it holds for.
    ByInterval {
        /// Days for which it holds; every day without any.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[schemars(length(max = 7))]
        days: Vec<Day>,
        /// Local time at which the first interval begins.
        from: WallTime,
        /// Length of an interval.
        #[schemars(range(min = 5, max = 1440))]
        interval_minutes: u32,
        /// Callers in each interval, on average. All of it lies within one day.
        #[schemars(length(min = 1, max = 288), inner(range(min = 0.0, max = 100_000.0)))]
        calls: Vec<f64>,
    },
    /// At these moments, as they really came.
    Times {
        /// Seconds after the start, in any order.
        #[schemars(length(max = 200_000), inner(range(min = 0.0, max = 2_678_400.0)))]
        at_seconds: Vec<f64>,
        /// How long each of them talks; drawn from the service's `talk` without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = 200_000), inner(range(min = 0.0, max = 86_400.0)))]
        talk_seconds: Option<Vec<f64>>,
        /// How long each of them would wait; drawn from the service's `patience` without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = 200_000), inner(range(min = 0.0, max = 604_800.0)))]
        patience_seconds: Option<Vec<f64>>,
    },
    /// At the moments in a CSV file. Its columns: `arrived` (local time, `2026-11-24T08:00:12`), and where they are there
    /// `talk_seconds` and `patience_seconds`.
    File {
        /// Its path, as seen from the scenario.
        #[schemars(length(min = 1, max = 4096))]
        file: String,
    },
}

/// How long something takes, in seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Times {
    /// Always the same.
    Deterministic {
        /// So long.
        #[schemars(range(min = 0.0, max = 86_400.0))]
        seconds: f64,
    },
    /// Exponential: what Erlang assumes.
    Exponential {
        /// On average.
        #[schemars(range(min = 0.1, max = 86_400.0))]
        mean_seconds: f64,
    },
    /// Log-normal: what handling times mostly look like.
    LogNormal {
        /// On average.
        #[schemars(range(min = 0.1, max = 86_400.0))]
        mean_seconds: f64,
        /// Coefficient of variation: standard deviation by mean.
        #[schemars(range(min = 0.01, max = 10.0))]
        variation: f64,
    },
    /// Gamma; with a variation of 1 the exponential one.
    Gamma {
        /// On average.
        #[schemars(range(min = 0.1, max = 86_400.0))]
        mean_seconds: f64,
        /// Coefficient of variation: standard deviation by mean.
        #[schemars(range(min = 0.01, max = 10.0))]
        variation: f64,
    },
    /// One of these, each as likely as the other.
    Empirical {
        /// The values.
        #[schemars(length(min = 1, max = 100_000), inner(range(min = 0.0, max = 86_400.0)))]
        seconds: Vec<f64>,
    },
}

/// Opening hours in the time zone of the scenario. A primary period comes before a secondary one, and both before the
/// default; of two, the one further up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// Names it.
    #[schemars(length(min = 1, max = 120))]
    pub name: String,
    /// What holds where no period does.
    #[serde(default)]
    pub default: State,
    /// Such as holidays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 500))]
    pub primary: Vec<Period>,
    /// Such as the hours of a week.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 500))]
    pub secondary: Vec<Period>,
}

/// Whether callers are served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// They are.
    Open,
    /// They are not.
    #[default]
    Closed,
}

/// A part of a calendar that differs from its default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Period {
    /// Every week.
    Weekly {
        /// What holds meanwhile.
        state: State,
        /// Days on which it begins.
        #[schemars(length(min = 1, max = 7))]
        days: Vec<Day>,
        /// Local time of the beginning.
        from: WallTime,
        /// Local time of the end; at or before `from`: on the next day.
        to: WallTime,
    },
    /// Whole days, once.
    Dates {
        /// What holds meanwhile.
        state: State,
        /// The first, `2026-12-24`.
        #[schemars(length(min = 10, max = 10))]
        from: String,
        /// The last; it still belongs to it.
        #[schemars(length(min = 10, max = 10))]
        to: String,
    },
    /// One day every year.
    Yearly {
        /// What holds meanwhile.
        state: State,
        /// 1 is January.
        #[schemars(range(min = 1, max = 12))]
        month: i8,
        /// Day of the month.
        #[schemars(range(min = 1, max = 31))]
        day: i8,
    },
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// A local time of day, `00:00` to `24:00`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct WallTime(#[schemars(length(min = 5, max = 5))] pub String);

impl Day {
    /// As `jiff` calls it.
    pub(crate) fn weekday(self) -> jiff::civil::Weekday {
        match self {
            Day::Monday => jiff::civil::Weekday::Monday,
            Day::Tuesday => jiff::civil::Weekday::Tuesday,
            Day::Wednesday => jiff::civil::Weekday::Wednesday,
            Day::Thursday => jiff::civil::Weekday::Thursday,
            Day::Friday => jiff::civil::Weekday::Friday,
            Day::Saturday => jiff::civil::Weekday::Saturday,
            Day::Sunday => jiff::civil::Weekday::Sunday,
        }
    }
}

impl Times {
    /// Their mean, in seconds.
    pub fn mean_seconds(&self) -> f64 {
        match self {
            Times::Deterministic { seconds } => *seconds,
            Times::Exponential { mean_seconds }
            | Times::LogNormal { mean_seconds, .. }
            | Times::Gamma { mean_seconds, .. } => *mean_seconds,
            Times::Empirical { seconds } => seconds.iter().sum::<f64>() / seconds.len().max(1) as f64,
        }
    }
}

fn utc() -> String {
    "UTC".to_owned()
}

fn one() -> u64 {
    1
}

fn one_u8() -> u8 {
    1
}

fn five() -> u32 {
    5
}

fn twenty() -> u32 {
    20
}

fn fifty() -> u8 {
    50
}

fn sixty() -> u32 {
    60
}

fn one_hundred_and_eighty() -> u32 {
    180
}

fn three_hundred() -> u32 {
    300
}
