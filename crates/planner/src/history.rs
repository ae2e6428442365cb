//! What earlier days tell about a day to come: callers by interval, how much the days differ, how long callers talked and how
//! long they were ready to wait. Counts and averages; forecasts no trend and no season.

use std::collections::BTreeMap;

use engine::Timestamp;
use jiff::civil::{Date, Weekday};

use crate::scenario::Times;

/// A call that was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastCall {
    /// When it came.
    pub arrived: Timestamp,
    /// How long she waited until she was answered or left, in milliseconds.
    pub wait_ms: u64,
    /// How long she talked, in milliseconds; `None`: never answered.
    pub talk_ms: Option<u64>,
    /// She hung up while waiting.
    pub gave_up: bool,
}

/// What the same weekday was like.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Days that went into it, oldest first. A day of this kind without a single call is left out: it was closed, or not
    /// recorded.
    pub days: Vec<Date>,
    /// Every interval of the day, from midnight.
    pub intervals: Vec<IntervalProfile>,
    /// How much the days differ beyond chance: 0 where no more than callers who come at random do.
    pub day_variation: f64,
    /// How long callers talked; `None` where nobody did.
    pub talk: Option<Talk>,
    /// How long callers would wait on average, in seconds, taken as exponential: all waiting by everybody, by the number of
    /// those who gave up. `None` where nobody did.
    pub patience_seconds: Option<f64>,
}

/// One interval of the day.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct IntervalProfile {
    /// Callers, on average over the days.
    pub calls: f64,
    /// Standard deviation over the days; 0 with a single one.
    pub spread: f64,
}

/// How long callers talked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Talk {
    /// Calls it was measured on.
    pub calls: usize,
    /// Mean, in seconds.
    pub mean_seconds: f64,
    /// Standard deviation by mean.
    pub variation: f64,
}

impl Talk {
    /// As a log-normal distribution with this mean and variation, within what a scenario permits.
    pub fn times(&self) -> Times {
        Times::LogNormal {
            mean_seconds: self.mean_seconds.clamp(0.1, 86_400.0),
            variation: self.variation.clamp(0.01, 10.0),
        }
    }
}

impl Profile {
    /// What these calls say about this weekday. `interval_minutes` divides a day. `None`: there is no such time zone.
    pub fn of(
        calls: &[PastCall],
        time_zone: &str,
        weekday: Weekday,
        interval_minutes: u32,
    ) -> Option<Profile> {
        let zone = hours::Zone::parse(time_zone).ok()?;
        let mut days: BTreeMap<Date, Vec<u64>> = BTreeMap::new();
        let count = (1440 / interval_minutes.clamp(1, 1440)) as usize;
        let mut chosen = Vec::new();
        for call in calls {
            let (date, minute) = local(&zone, call.arrived);
            if date.weekday() != weekday {
                continue;
            }
            let day = days.entry(date).or_insert_with(|| vec![0; count]);
            if let Some(interval) = day.get_mut((minute / interval_minutes.max(1)) as usize) {
                *interval += 1;
            }
            chosen.push(*call);
        }
        let intervals = (0..count).map(|place| {
            let (calls, spread) = mean_and_spread(days.values().map(|day| day[place] as f64));
            IntervalProfile { calls, spread }
        });
        let (mean, spread) = mean_and_spread(days.values().map(|day| day.iter().sum::<u64>() as f64));
        // Of callers who come at random, the variance is the mean; what is beyond it is the day's.
        let beyond = (spread * spread - mean).max(0.0);
        Some(Profile {
            intervals: intervals.collect(),
            day_variation: if mean > 0.0 { (beyond.sqrt() / mean).min(2.0) } else { 0.0 },
            talk: talk(&chosen),
            patience_seconds: patience(&chosen),
            days: days.into_keys().collect(),
        })
    }
}

fn talk(calls: &[PastCall]) -> Option<Talk> {
    let seconds: Vec<f64> = calls
        .iter()
        .filter_map(|call| call.talk_ms)
        .filter(|ms| *ms > 0)
        .map(|ms| ms as f64 / 1000.0)
        .collect();
    let (mean_seconds, spread) = mean_and_spread(seconds.iter().copied());
    let variation = if mean_seconds > 0.0 { spread / mean_seconds } else { 0.0 };
    (!seconds.is_empty()).then_some(Talk { calls: seconds.len(), mean_seconds, variation })
}

/// Who was answered would have waited longer, nobody knows how long: her wait counts, her giving up does not. That is the
/// likeliest mean of exponential patience.
fn patience(calls: &[PastCall]) -> Option<f64> {
    let gave_up = calls.iter().filter(|call| call.gave_up).count();
    let waited: u64 = calls.iter().map(|call| call.wait_ms).sum();
    (gave_up > 0).then(|| waited as f64 / 1000.0 / gave_up as f64)
}

fn mean_and_spread(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let count = values.clone().count() as f64;
    if count == 0.0 {
        return (0.0, 0.0);
    }
    let mean = values.clone().sum::<f64>() / count;
    let squares: f64 = values.map(|value| (value - mean).powi(2)).sum();
    (mean, if count > 1.0 { (squares / (count - 1.0)).sqrt() } else { 0.0 })
}

/// The local day, and minutes since its midnight as a clock on the wall shows them.
fn local(zone: &hours::Zone, at: Timestamp) -> (Date, u32) {
    let local = zone.local(at.0);
    let minutes = i32::from(local.hour()) * 60 + i32::from(local.minute());
    (local.date(), minutes.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use engine::Timestamp;
    use jiff::civil::Weekday;

    use super::{PastCall, Profile};

    /// 2026-11-24T08:00Z was a Tuesday, 09:00 in Zurich.
    const TUESDAY: i64 = 1_795_507_200_000;
    const WEEK: i64 = 7 * 86_400_000;

    fn call(at: i64, wait_ms: u64, talk_ms: Option<u64>) -> PastCall {
        PastCall { arrived: Timestamp(at), wait_ms, talk_ms, gave_up: talk_ms.is_none() }
    }

    #[test]
    fn the_same_weekdays_are_averaged_by_local_interval_with_their_spread_route_8() {
        let calls = [
            call(TUESDAY, 5_000, Some(100_000)),
            call(TUESDAY + 60_000, 25_000, Some(300_000)),
            call(TUESDAY + 86_400_000, 0, Some(1_000)),
            call(TUESDAY - WEEK, 30_000, None),
            call(TUESDAY - WEEK + 1_800_000, 0, Some(200_000)),
        ];
        let profile = Profile::of(&calls, "Europe/Zurich", Weekday::Tuesday, 30).expect("a zone");
        assert_eq!(
            profile.days.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["2026-11-17", "2026-11-24"]
        );
        let nine = profile.intervals[18];
        assert_eq!((nine.calls, (nine.spread * 1000.0).round()), (1.5, 707.0));
        assert_eq!(profile.intervals.iter().map(|interval| interval.calls).sum::<f64>(), 2.0);
        assert_eq!(profile.day_variation, 0.0, "two calls each: no more than chance");
        let talk = profile.talk.expect("three talked");
        assert_eq!((talk.calls, talk.mean_seconds, talk.variation), (3, 200.0, 0.5));
        // A minute of waiting in all, and one who gave up.
        assert_eq!(profile.patience_seconds, Some(60.0));
    }

    #[test]
    fn days_that_differ_by_more_than_chance_have_a_variation() {
        let of_day = |week: i64, count: i64| {
            (0..count).map(move |n| call(TUESDAY - week * WEEK + n * 10_000, 0, Some(60_000)))
        };
        let calls: Vec<PastCall> = of_day(0, 500).chain(of_day(1, 1000)).chain(of_day(2, 1500)).collect();
        let profile = Profile::of(&calls, "UTC", Weekday::Tuesday, 60).expect("a zone");
        // Standard deviation 500 by a mean of 1,000, less what chance explains.
        assert!((profile.day_variation - 0.499).abs() < 0.001, "{}", profile.day_variation);
    }

    #[test]
    fn without_history_there_is_nothing_to_say() {
        let profile = Profile::of(&[], "UTC", Weekday::Monday, 15).expect("a zone");
        assert!(profile.days.is_empty() && profile.talk.is_none() && profile.patience_seconds.is_none());
        assert_eq!(profile.intervals.len(), 96);
        assert_eq!(Profile::of(&[], "Zurich", Weekday::Monday, 15), None);
    }
}
