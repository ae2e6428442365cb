//! How many callers a day to come will bring (ROUTE-8): damped Holt–Winters smoothing of whole days with a season of a week, the day
//! spread over its intervals as days of its weekday were, and how sure that is, by what earlier forecasts of the same reach would
//! have missed. Pure: counts come in, figures go out. Knows no season of a year, no campaign and no weather.
//! `docs/forecast.md` has the formulas and their names.

use jiff::civil::{Date, Weekday};

use crate::counts::Counts;

/// Days of the same weekday that are needed: two could be alike by chance.
pub const WEEKS_MIN: usize = 3;
/// Days ahead at most: beyond a quarter of a year it is a guess.
pub const AHEAD_DAYS_MAX: i32 = 92;
/// Where so many are usual, a day without anybody was not recorded.
const GAP_MIN: f64 = 5.0;
/// A day whose opening hours differ by more than this from the usual ones of its weekday says nothing about those.
const HOURS_DIFFER: f64 = 0.1;
/// A miss beyond so many standard deviations counts as one of so many (Gelper, Fried and Croux 2010).
const CLIP: f64 = 3.0;
/// One beyond so many is told.
const ODD: f64 = 4.0;
/// What a normal distribution's standard deviation is to its median absolute deviation.
const OF_MEDIAN: f64 = 1.4826;
/// Weight of a week by the next one, where the spread over a day is concerned.
const WEEK_WEIGHT: f64 = 0.9;
/// Calls by which all days together count for the spread over the day of one weekday.
const POOLED_CALLS: f64 = 30.0;
/// What is found on the days themselves: the level, and the season of seven weekdays.
const ESTIMATED: f64 = 8.0;
/// Forecasts looked back at, below which what is usual elsewhere counts too: days that differ by a tenth.
const PRIOR: (f64, f64) = (4.0, 0.01);
/// The planner's own limit.
const VARIATION_MAX: f64 = 2.0;

/// What was counted on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastDay {
    /// The local day.
    pub date: Date,
    /// Callers of every interval from midnight, by the clock on the wall.
    pub calls: Vec<u32>,
    /// Whether the service was open in any part of it, by the calendars of today.
    pub open: Vec<bool>,
    /// The clocks were changed: its whole counts, its hours do not.
    pub clocks_change: bool,
}

/// A day to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayAhead {
    /// The local day.
    pub date: Date,
    /// Whether the service is open in any part of each interval.
    pub open: Vec<bool>,
}

/// Why a day was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// It was open for longer or shorter than usual.
    OtherHours,
    /// Nobody called where several were usual: not recorded.
    Gap,
    /// So far from all others that it counts only in part.
    Odd,
}

/// Why there is no forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoForecast {
    /// Too few days of its weekday are known.
    #[error("{days} days of this weekday are known; {needed} are needed")]
    TooLittle {
        /// There are so many.
        days: usize,
        /// So many are needed.
        needed: usize,
    },
    /// Too long after the last day that is known.
    #[error("it is {days} days after the last day that is known; {AHEAD_DAYS_MAX} are the most")]
    TooFar {
        /// So many.
        days: i32,
    },
}

/// How many may come.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    /// On average.
    pub mean: f64,
    /// From and to, both included, with a probability of 50, 80 and 95 percent.
    pub bands: [(u32, u32); 3],
}

/// The probabilities of the bands.
pub const BANDS: [f64; 3] = [0.5, 0.8, 0.95];

impl Spread {
    fn of(mean: f64, variation: f64) -> Spread {
        let counts = Counts::new(mean, variation);
        let bands =
            BANDS.map(|share| (counts.quantile((1.0 - share) / 2.0), counts.quantile((1.0 + share) / 2.0)));
        Spread { mean, bands }
    }
}

/// A day that is forecast.
#[derive(Clone, Debug, PartialEq)]
pub struct DayForecast {
    /// Which.
    pub date: Date,
    /// All of it.
    pub total: Spread,
    /// How much it may differ from the mean beyond chance: coefficient of variation, 0 to 2.
    pub variation: f64,
    /// Every interval from midnight.
    pub intervals: Vec<Spread>,
    /// The service is not open.
    pub is_closed: bool,
}

/// What earlier days tell about those to come.
#[derive(Clone, Debug)]
pub struct Forecast {
    days: Vec<Day>,
    weeks_min: usize,
    params: Params,
    run: Run,
    left_out: Vec<(Date, LeftOut)>,
}

/// A day that was.
#[derive(Clone, Debug)]
struct Day {
    date: Date,
    calls: Vec<u32>,
    total: f64,
    clocks_change: bool,
    /// It counts.
    is_used: bool,
}

/// Smoothing of level, trend and season, and by how much the trend is damped each day.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Params {
    alpha: f64,
    beta: f64,
    gamma: f64,
    phi: f64,
}

#[derive(Clone, Debug)]
struct State {
    level: f64,
    trend: f64,
    /// Of each weekday, from Monday, by the mean of all.
    season: [f64; 7],
}

/// What comes out of going through all days once.
#[derive(Clone, Debug)]
struct Run {
    /// After each day.
    states: Vec<State>,
    /// What was foretold of each day the day before.
    foretold: Vec<f64>,
    loss: f64,
}

impl State {
    fn level_after(&self, days: i32, phi: f64) -> f64 {
        let damped: f64 = (1..=days).map(|day| phi.powi(day)).sum();
        (self.level + damped * self.trend).max(self.level * 0.2).max(0.01)
    }

    fn foretells(&self, days: i32, phi: f64, weekday: usize) -> f64 {
        self.level_after(days, phi) * self.season[weekday]
    }
}

impl Forecast {
    /// From days one after another, oldest first, none left out. `weeks_min`: [`WEEKS_MIN`], or fewer where somebody knows better.
    pub fn of(history: &[PastDay], weeks_min: usize) -> Forecast {
        let begin = history.iter().position(|day| day.calls.iter().any(|calls| *calls > 0));
        let history = &history[begin.unwrap_or(history.len())..];
        let (days, left_out) = sorted_out(history);
        let start = start(&days);
        let first =
            run(&days, &start, Params { alpha: 0.2, beta: 0.0, gamma: 0.1, phi: 0.98 }, f64::INFINITY);
        let scale = scale(&days, &first);
        let (params, run) = best(&days, &start, scale);
        let mut forecast = Forecast { days, weeks_min: weeks_min.max(1), params, run, left_out };
        forecast.note_odd_days(scale);
        forecast
    }

    /// Days that count.
    pub fn days_used(&self) -> usize {
        self.days.iter().filter(|day| day.is_used).count()
    }

    /// Days that do not, or only in part, and why.
    pub fn left_out(&self) -> &[(Date, LeftOut)] {
        &self.left_out
    }

    /// By which share the level rises within the next week; below zero it falls.
    pub fn trend_of_week(&self) -> f64 {
        self.run.states.last().map_or(0.0, |state| state.level_after(7, self.params.phi) / state.level - 1.0)
    }

    /// Days of this weekday that count, newest first.
    pub fn comparable(&self, weekday: Weekday) -> impl Iterator<Item = (Date, &[u32])> {
        let alike = self.days.iter().rev().filter(move |day| day.is_used && day.date.weekday() == weekday);
        alike.map(|day| (day.date, day.calls.as_slice()))
    }

    /// A day after the last one that is known.
    pub fn day(&self, ahead: &DayAhead) -> Result<DayForecast, NoForecast> {
        let weekday = ahead.date.weekday();
        let nobody = || Spread::of(0.0, 0.0);
        if !ahead.open.contains(&true) {
            let intervals = vec![nobody(); ahead.open.len()];
            return Ok(DayForecast {
                date: ahead.date,
                total: nobody(),
                variation: 0.0,
                intervals,
                is_closed: true,
            });
        }
        let (days, needed) = (self.comparable(weekday).count(), self.weeks_min);
        let last = self.days.last().zip(self.run.states.last()).filter(|_| days >= needed);
        let Some((last, state)) = last else { return Err(NoForecast::TooLittle { days, needed }) };
        let reach = days_between(last.date, ahead.date);
        if reach > AHEAD_DAYS_MAX {
            return Err(NoForecast::TooFar { days: reach });
        }
        let usual = state.foretells(reach.max(1), self.params.phi, index(weekday));
        let shape = self.shape(weekday, ahead);
        // The season of a weekday is no surer than the days it comes from.
        let squared = self.squared_variation(reach.max(1)) * (1.0 + 1.0 / days as f64);
        let open: f64 = shape.shares.iter().sum();
        let variation = squared.sqrt().min(VARIATION_MAX);
        let intervals = shape.shares.iter().zip(&shape.unsure).map(|(share, unsure)| {
            let both = squared + (shape.squared_variation + unsure) * (1.0 + squared);
            Spread::of(usual * share, both.sqrt().min(VARIATION_MAX))
        });
        Ok(DayForecast {
            date: ahead.date,
            total: Spread::of(usual * open, variation),
            variation,
            intervals: intervals.collect(),
            is_closed: false,
        })
    }

    /// How far forecasts of this reach would have been off beyond chance, by what was really counted: coefficient of variation,
    /// squared (method of moments).
    fn squared_variation(&self, reach: i32) -> f64 {
        let known = i32::try_from(self.days.len()).unwrap_or(i32::MAX);
        // Of a longer reach than half of what is known there are too few to look at.
        let looked_at = reach.min((known / 2).max(1));
        let mut misses = Vec::new();
        for (place, day) in self.days.iter().enumerate().filter(|(_, day)| day.is_used) {
            let origin = place
                .checked_sub(looked_at.unsigned_abs() as usize)
                .filter(|origin| *origin + 1 >= warm_up(&self.days));
            let Some(state) = origin.and_then(|origin| self.run.states.get(origin)) else { continue };
            let foretold = state.foretells(looked_at, self.params.phi, index(day.date.weekday()));
            misses.push((foretold, day.total - foretold));
        }
        let apart = |(foretold, miss): &(f64, f64)| miss / deviation(*foretold);
        let usual = (OF_MEDIAN * median(misses.iter().map(|miss| apart(miss).abs()).collect())).max(0.5);
        let (mut beyond, mut squares) = (0.0, 0.0);
        for (foretold, miss) in &misses {
            let within = miss.abs().min((CLIP + 0.5) * usual * deviation(*foretold));
            beyond += within * within - foretold;
            squares += foretold * foretold;
        }
        // Level and season were found on the same days, which are nearer to them than days to come: of few, as good as always.
        let days = self.days_used() as f64;
        let free = ((days - ESTIMATED) / days.max(1.0)).max(0.0);
        let looked_back = misses.len() as f64 * free;
        let found = if squares > 0.0 && free > 0.0 { (beyond / squares / free).max(0.0) } else { 0.0 };
        let (weight, prior) = PRIOR;
        let found = (found * looked_back + prior * weight) / (looked_back + weight);
        // A level that wanders is off by as much more as it wanders longer.
        found * f64::from(reach) / f64::from(looked_at)
    }

    /// How a day of this weekday is spread over its intervals, as far as it is open.
    fn shape(&self, weekday: Weekday, ahead: &DayAhead) -> Shape {
        let count = ahead.open.len();
        let shaped =
            |day: &&Day| day.is_used && !day.clocks_change && day.calls.len() == count && day.total > 0.0;
        let mut pooled = vec![0.0; count];
        for day in self.days.iter().filter(shaped) {
            pooled.iter_mut().zip(&day.calls).for_each(|(sum, calls)| *sum += f64::from(*calls));
        }
        let all: f64 = pooled.iter().sum();
        let alike: Vec<&Day> =
            self.days.iter().rev().filter(shaped).filter(|day| day.date.weekday() == weekday).collect();
        let (mut sums, mut weights, mut squares) = (vec![0.0; count], 0.0, 0.0);
        let mut weight = 1.0;
        for day in &alike {
            sums.iter_mut().zip(&day.calls).for_each(|(sum, calls)| *sum += weight * f64::from(*calls));
            weights += weight;
            squares += weight * weight;
            weight *= WEEK_WEIGHT;
        }
        let own: f64 = sums.iter().sum();
        let with_pooled = |sum: f64, pooled: f64| {
            let pooled = if all > 0.0 { POOLED_CALLS * pooled / all } else { 0.0 };
            sum + pooled
        };
        let whole = own + if all > 0.0 { POOLED_CALLS } else { 0.0 };
        let usual: Vec<f64> = sums
            .iter()
            .zip(&pooled)
            .map(|(sum, pooled)| if whole > 0.0 { with_pooled(*sum, *pooled) / whole } else { 0.0 })
            .collect();
        // What the mean of a few days is off by chance: the fewer calls it comes from, the more.
        let days = if squares > 0.0 { weights / squares } else { 0.0 };
        let unsure =
            sums.iter().zip(&pooled).map(|(sum, pooled)| 1.0 / with_pooled(sum * days, *pooled).max(1.0));
        let unsure = unsure.collect();
        let shares =
            usual.iter().zip(&ahead.open).map(|(share, open)| if *open { *share } else { 0.0 }).collect();
        Shape { shares, unsure, squared_variation: apart_from(&usual, &alike) }
    }

    fn note_odd_days(&mut self, scale: f64) {
        let warm = warm_up(&self.days);
        for (day, foretold) in self.days.iter().zip(&self.run.foretold).skip(warm) {
            if day.is_used && ((day.total - foretold) / deviation(*foretold)).abs() > ODD * scale {
                self.left_out.push((day.date, LeftOut::Odd));
            }
        }
        self.left_out.sort_by_key(|(date, _)| *date);
    }
}

/// How a day is spread over its intervals.
struct Shape {
    /// Of the whole usual day; 0 where it is closed.
    shares: Vec<f64>,
    /// How unsure each share is: coefficient of variation, squared.
    unsure: Vec<f64>,
    /// How much intervals differ beyond what their day and chance explain: the same.
    squared_variation: f64,
}

/// How much the intervals of these days differ from these shares beyond chance (method of moments).
fn apart_from(shares: &[f64], days: &[&Day]) -> f64 {
    if days.len() < 2 {
        return PRIOR.1;
    }
    let (mut beyond, mut squares) = (0.0, 0.0);
    for day in days {
        for (share, calls) in shares.iter().zip(&day.calls) {
            let expected = day.total * share;
            if expected >= 1.0 {
                beyond += (f64::from(*calls) - expected).powi(2) - expected * (1.0 - share);
                squares += expected * expected;
            }
        }
    }
    // The shares come from the same days, so these are nearer to them than days to come.
    let days = days.len() as f64;
    if squares > 0.0 { (beyond * days / (days - 1.0) / squares).max(0.0) } else { 0.0 }
}

/// Which days count, and why others do not.
fn sorted_out(history: &[PastDay]) -> (Vec<Day>, Vec<(Date, LeftOut)>) {
    let usual = |of: fn(&PastDay) -> f64, weekday: Weekday| {
        median(
            history
                .iter()
                .filter(|day| day.date.weekday() == weekday && day.open.contains(&true))
                .map(of)
                .collect(),
        )
    };
    let open = |day: &PastDay| day.open.iter().filter(|open| **open).count() as f64;
    let total = |day: &PastDay| day.calls.iter().map(|calls| f64::from(*calls)).sum::<f64>();
    let mut left_out = Vec::new();
    let days = history.iter().map(|day| {
        let weekday = day.date.weekday();
        let (hours, calls) = (usual(open, weekday), usual(total, weekday));
        let why = match () {
            () if !day.open.contains(&true) => None,
            () if (open(day) - hours).abs() > HOURS_DIFFER * hours => Some(LeftOut::OtherHours),
            () if total(day) == 0.0 && calls >= GAP_MIN => Some(LeftOut::Gap),
            () => None,
        };
        left_out.extend(why.map(|why| (day.date, why)));
        Day {
            date: day.date,
            calls: day.calls.clone(),
            total: total(day),
            clocks_change: day.clocks_change,
            is_used: why.is_none() && day.open.contains(&true),
        }
    });
    (days.collect(), left_out)
}

/// Level and season of the first weeks.
fn start(days: &[Day]) -> State {
    const SEASON_DAYS: usize = 42;
    const LEVEL_DAYS: usize = 14;
    let used = |days: &[Day], weekday: Option<usize>| -> Vec<f64> {
        let alike =
            |day: &&Day| day.is_used && weekday.is_none_or(|weekday| index(day.date.weekday()) == weekday);
        days.iter().filter(alike).map(|day| day.total).collect()
    };
    let first = &days[..days.len().min(SEASON_DAYS)];
    let means: [Option<f64>; 7] = std::array::from_fn(|weekday| middle(&used(first, Some(weekday))));
    let known: Vec<f64> = means.iter().flatten().copied().collect();
    let all = (known.iter().sum::<f64>() / known.len().max(1) as f64).max(0.01);
    let season = means.map(|mean| mean.map_or(1.0, |mean| (mean / all).max(0.001)));
    let level: Vec<f64> = days
        .iter()
        .filter(|day| day.is_used)
        .take(LEVEL_DAYS)
        .map(|day| day.total / season[index(day.date.weekday())])
        .collect();
    State { level: middle(&level).unwrap_or(0.01).max(0.01), trend: 0.0, season }
}

/// The mean, of which no value that is far from the median has more than a part.
fn middle(values: &[f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let median = median(values.to_vec());
    let (low, high) = if median >= 10.0 { (median / 2.0, median * 2.0) } else { (0.0, f64::INFINITY) };
    Some(values.iter().map(|value| value.clamp(low, high)).sum::<f64>() / values.len() as f64)
}

/// The days before the first whose forecast is looked at: two weeks, of a short history half.
fn warm_up(days: &[Day]) -> usize {
    14.min(days.len() / 2)
}

fn run(days: &[Day], start: &State, params: Params, scale: f64) -> Run {
    let Params { alpha, beta, gamma, phi } = params;
    let mut state = start.clone();
    let mut run =
        Run { states: Vec::with_capacity(days.len()), foretold: Vec::with_capacity(days.len()), loss: 0.0 };
    let warm = warm_up(days);
    for (place, day) in days.iter().enumerate() {
        let weekday = index(day.date.weekday());
        let level = state.level_after(1, phi);
        let foretold = level * state.season[weekday];
        run.foretold.push(foretold);
        let trend = phi * state.trend;
        if day.is_used {
            if place >= warm {
                // The square root makes misses of low and of high counts alike; its absolute value lets no odd day decide.
                run.loss += (day.total.sqrt() - foretold.sqrt()).abs();
            }
            let most = CLIP * scale * deviation(foretold);
            let miss = (day.total - foretold).clamp(-most, most);
            let season = state.season[weekday].max(0.001);
            state.level = (level + alpha * miss / season).max(0.01);
            state.trend = trend + alpha * beta * miss / season;
            state.season[weekday] = (season + gamma * miss / level).max(0.001);
        } else {
            (state.level, state.trend) = (level, trend);
        }
        run.states.push(state.clone());
    }
    run
}

/// The smoothing that would have missed the least.
fn best(days: &[Day], start: &State, scale: f64) -> (Params, Run) {
    let mut best: Option<(Params, Run)> = None;
    for alpha in [0.02, 0.05, 0.1, 0.2, 0.35, 0.5] {
        for (beta, phi) in [(0.0, 0.98), (0.05, 0.98), (0.15, 0.95)] {
            for gamma in [0.0, 0.05, 0.15] {
                let params = Params { alpha, beta, gamma, phi };
                let found = run(days, start, params, scale);
                if best.as_ref().is_none_or(|(_, best)| found.loss < best.loss) {
                    best = Some((params, found));
                }
            }
        }
    }
    best.expect("the lists are not empty")
}

/// How far days are from what is foretold of them, in [`deviation`]s; not by the mean, which a single odd day would double.
fn scale(days: &[Day], run: &Run) -> f64 {
    let misses = days.iter().zip(&run.foretold).filter(|(day, _)| day.is_used);
    let apart = misses.map(|(day, foretold)| ((day.total - foretold) / deviation(*foretold)).abs());
    (OF_MEDIAN * median(apart.collect())).max(1.0)
}

/// The standard deviation of a day by chance, and days that differ by a tenth.
fn deviation(foretold: f64) -> f64 {
    (foretold + PRIOR.1 * foretold * foretold).max(0.25).sqrt()
}

fn median(mut values: Vec<f64>) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    if values.len() % 2 == 1 { values[half] } else { f64::midpoint(values[half - 1], values[half]) }
}

fn index(weekday: Weekday) -> usize {
    usize::from(weekday.to_monday_zero_offset().unsigned_abs())
}

fn days_between(from: Date, to: Date) -> i32 {
    from.until(to).map_or(i32::MAX, |span| span.get_days())
}

#[cfg(test)]
mod tests;
