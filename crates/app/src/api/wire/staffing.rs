//! How many attendants a day takes, as it crosses to the screens (ROUTE-8): what earlier days tell, what is asked, and what
//! the three methods answer. Does not plan: see `api::staffing`.
//!
//! Times of callers and attendants are seconds here, as people say them; shares are 0 to 1.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

wire! {
    /// What earlier days of the same weekday tell about a day.
    pub struct StaffingBasis {
        pub service_name: String,
        /// The local day, `2026-12-01`.
        pub day: String,
        /// Days that went into it, oldest first; none: there is no history, and the callers are 0.
        pub days: Vec<String>,
        /// Calls of the service that were read, of all weekdays.
        pub calls_read: u32,
        /// There were more, older than these.
        pub is_cut: bool,
        pub interval_minutes: u32,
        /// Every interval of the day, from midnight.
        pub intervals: Vec<StaffingInterval>,
        /// How much days differ beyond chance, 0 to 2.
        pub day_variation: f64,
        /// `null`: nobody talked.
        pub talk_seconds: Option<f64>,
        /// Standard deviation of that by its mean.
        pub talk_variation: Option<f64>,
        /// `null`: nobody gave up.
        pub patience_seconds: Option<f64>,
        pub after_call_work_seconds: u32,
        pub queue_time_max_seconds: u32,
        /// The service's own T.
        pub sla_seconds: u32,
        /// What the day will bring; `null`: see `no_forecast`.
        pub forecast: Option<ForecastView>,
        /// Why there is no forecast, in a sentence.
        pub no_forecast: Option<String>,
    }

    /// What a day will bring, by damped Holt–Winters smoothing; the bands are of a negative binomial distribution.
    pub struct ForecastView {
        /// Days that count, of half a year.
        pub days_used: u32,
        /// The first day with a call among them.
        pub first: Option<String>,
        /// The service is not open on this day.
        pub is_closed: bool,
        /// Callers of the whole day.
        pub total: BandView,
        /// How much the day may differ beyond chance, 0 to 2.
        pub day_variation: f64,
        /// By which share the level rises within a week; below zero it falls.
        pub trend_of_week: f64,
        /// The probabilities of the bands: 0.5, 0.8, 0.95.
        pub shares: Vec<f64>,
        /// Callers of every interval of the day, from midnight.
        pub intervals: Vec<BandView>,
        /// The last days of the same weekday that count, newest first.
        pub comparable: Vec<ComparableDay>,
        /// The days of the same week, from Monday, that are still to come, and the day itself.
        pub week: Vec<ForecastDay>,
        /// Days that do not count, or only in part, oldest first.
        pub left_out: Vec<LeftOutDay>,
    }

    /// How many callers may come: on average, and from `low` to `high`, both included, with each of the probabilities.
    pub struct BandView {
        pub mean: f64,
        pub low: Vec<u32>,
        pub high: Vec<u32>,
    }

    /// A day that was: callers of every interval from midnight.
    pub struct ComparableDay {
        pub day: String,
        pub calls: Vec<u32>,
    }

    /// A day of the week. `total` is `null` where too little is known of its weekday.
    pub struct ForecastDay {
        pub day: String,
        pub is_closed: bool,
        pub total: Option<BandView>,
    }

    /// A day that does not count, or only in part.
    pub struct LeftOutDay {
        pub day: String,
        pub why: LeftOutName,
    }

    /// Callers of one interval.
    pub struct StaffingInterval {
        /// On average over the days.
        pub calls: f64,
        /// Standard deviation over the days.
        pub spread: f64,
    }

    /// What is asked.
    pub struct StaffingAsk {
        /// Local time at which the first interval begins: `2026-12-01T08:00`.
        pub start: String,
        /// IANA name.
        pub time_zone: String,
        /// 5–240, and it divides a day.
        pub interval_minutes: u32,
        /// Callers of each interval; all of it within one day, 20,000 at most.
        pub calls: Vec<f64>,
        /// 0 to 2.
        pub day_variation: f64,
        /// Mean, 0.1–86,400.
        pub talk_seconds: f64,
        /// Standard deviation by mean: 1 is exponential, else log-normal; 0 is always the same. At most 10.
        pub talk_variation: f64,
        /// 0–3600.
        pub after_call_work_seconds: f64,
        /// Mean, 1–86,400; `null`: nobody gives up.
        pub patience_seconds: Option<f64>,
        /// 5–3600.
        pub queue_time_max_seconds: u32,
        /// 0.01–0.99.
        pub target_share: f64,
        /// 0–3600.
        pub target_seconds: u32,
    }

    /// What is answered.
    pub struct StaffingPlan {
        pub intervals: Vec<PlannedIntervalView>,
        /// Over the whole day, with the numbers of the simulation.
        pub level: Option<EstimateView>,
        /// Days that were simulated to find them.
        #[ts(type = "number")] pub days_simulated: u64,
    }

    /// One interval of the answer. A number that is `null`: not even 500 attendants are enough.
    pub struct PlannedIntervalView {
        /// Local time, `2026-12-01 08:00`.
        pub from_local: String,
        pub calls: f64,
        pub erlang_c: Option<u32>,
        /// `null` also where nobody gives up.
        pub erlang_a: Option<u32>,
        pub simulation: Option<u32>,
        /// With the number of the simulation.
        pub level: Option<EstimateView>,
        /// Nine days of ten are no worse.
        pub level_bad_day: Option<f64>,
        /// What theory says of the simulation's number.
        pub level_erlang_c: Option<f64>,
        pub level_erlang_a: Option<f64>,
        /// Why the numbers differ, in sentences.
        pub reasons: Vec<String>,
    }

    /// A mean and its 95 % confidence interval.
    pub struct EstimateView { pub mean: f64, pub low: f64, pub high: f64 }
}

names! {
    /// Why a day does not count: it was open for longer or shorter than usual; nobody called where several were usual; it is so far
    /// from all others that it counts in part only.
    LeftOutName { OtherHours, Gap, Odd }
}
