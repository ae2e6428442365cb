//! Erlang B, C and A and M/M/c/K: what a queue with exponential times does in the long run, and how many attendants a
//! target takes. Pure arithmetic. Does not know services, hours or a changing load: that is for a simulation.
//!
//! Times are in seconds, rates per second, loads in erlangs (rate × mean handling time).

use std::fmt;

/// The most attendants or lines one question may have.
pub const SERVERS_MAX: u32 = 10_000;
/// The most places (attendants and waiting callers together) of a limited queue.
pub const PLACES_MAX: u32 = 100_000;
/// The heaviest load, in erlangs.
pub const LOAD_MAX: f64 = 10_000.0;
/// Times (handling, patience, target) lie between 0 and one week.
pub const SECONDS_MAX: f64 = 604_800.0;
/// The most callers who may be waiting on average in overload, for Erlang A.
pub const WAITING_MAX: f64 = 50_000.0;
/// The most calls that all attendants together may end within one mean patience, for Erlang A: beyond it the logarithms
/// of the gamma function lose the digits that count, and Erlang C is the better answer.
pub const ENDED_PER_PATIENCE_MAX: f64 = 1e7;
/// The shortest mean handling time or mean patience, in seconds.
pub const MEAN_SECONDS_MIN: f64 = 0.001;

/// A value outside of what a question permits.
#[derive(Debug, Clone, PartialEq)]
pub struct OutOfRange {
    /// Which value.
    pub field: &'static str,
    /// What was given.
    pub value: f64,
    /// The least that is permitted.
    pub low: f64,
    /// The most that is permitted.
    pub high: f64,
}

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}; permitted is {} to {}", self.field, self.value, self.low, self.high)
    }
}

impl std::error::Error for OutOfRange {}

/// Callers who come at random (Poisson), each with an exponential handling time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Traffic {
    rate: f64,
    handling: f64,
}

impl Traffic {
    /// `rate` in callers per second, `handling` the mean handling time in seconds (talk and after-call work).
    ///
    /// # Errors
    /// When the handling time is not within [`MEAN_SECONDS_MIN`] to [`SECONDS_MAX`], or the load not within 0 to [`LOAD_MAX`].
    pub fn new(rate: f64, handling: f64) -> Result<Self, OutOfRange> {
        let handling = within("mean handling time", handling, MEAN_SECONDS_MIN, SECONDS_MAX)?;
        within("load", rate * handling, 0.0, LOAD_MAX)?;
        Ok(Self { rate, handling })
    }

    /// The load in erlangs.
    #[must_use]
    pub fn load(self) -> f64 {
        self.rate * self.handling
    }
}

/// Erlang B: the share of callers who find all of `lines` taken and are turned away.
///
/// # Errors
/// When `load` is not within 0 to [`LOAD_MAX`] or there are more than [`SERVERS_MAX`] lines.
pub fn blocked(load: f64, lines: u32) -> Result<f64, OutOfRange> {
    let load = within("load", load, 0.0, LOAD_MAX)?;
    servers_within(lines, 0)?;
    Ok((1..=lines).fold(1.0, |before, n| load * before / (f64::from(n) + load * before)))
}

/// What a queue does in the long run. Shares are 0 to 1, times in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LongRun {
    /// Share of all callers who do not find an attendant free.
    pub must_wait: f64,
    /// Share of all callers who are turned away because every place is taken.
    pub blocked: f64,
    /// Share of all callers who give up while waiting.
    pub abandoned: f64,
    /// Mean wait of those who were answered (ASA). `None` when nobody ever is.
    pub asa: Option<f64>,
    /// Mean wait of all who were let in, answered or not. `None` when nobody is.
    pub wait: Option<f64>,
    /// Mean number of waiting callers.
    pub waiting: f64,
    /// Share of the attendants' time that is spent on callers.
    pub occupancy: f64,
}

/// Erlang C (M/M/c): everybody waits as long as it takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Patient {
    traffic: Traffic,
    attendants: u32,
    must_wait: f64,
}

impl Patient {
    /// # Errors
    /// When there are not 1 to [`SERVERS_MAX`] attendants.
    pub fn new(traffic: Traffic, attendants: u32) -> Result<Self, OutOfRange> {
        servers_within(attendants, 1)?;
        let (n, load) = (f64::from(attendants), traffic.load());
        let b = blocked(load, attendants)?;
        let must_wait = if load < n { n * b / (n - load * (1.0 - b)) } else { 1.0 };
        Ok(Self { traffic, attendants, must_wait })
    }

    /// `None` when the load is as much as the attendants can do, or more: the queue grows without end.
    #[must_use]
    pub fn long_run(&self) -> Option<LongRun> {
        let spare = self.spare()?;
        let wait = self.must_wait * self.traffic.handling / spare;
        Some(LongRun {
            must_wait: self.must_wait,
            blocked: 0.0,
            abandoned: 0.0,
            asa: Some(wait),
            wait: Some(wait),
            waiting: self.traffic.rate * wait,
            occupancy: self.traffic.load() / f64::from(self.attendants),
        })
    }

    /// Share of callers answered within `seconds`, these included. 0 in overload.
    #[must_use]
    pub fn answered_within(&self, seconds: f64) -> f64 {
        self.spare().map_or(0.0, |spare| {
            1.0 - self.must_wait * (-spare * seconds.max(0.0) / self.traffic.handling).exp()
        })
    }

    fn spare(&self) -> Option<f64> {
        let spare = f64::from(self.attendants) - self.traffic.load();
        (spare > 0.0).then_some(spare)
    }
}

/// M/M/c/K: `places` callers at most are in the house, talking and waiting together; the next one is turned away.
///
/// # Errors
/// When there are not 1 to [`SERVERS_MAX`] attendants, or not `attendants` to [`PLACES_MAX`] places.
pub fn limited(traffic: Traffic, attendants: u32, places: u32) -> Result<LongRun, OutOfRange> {
    servers_within(attendants, 1)?;
    within("places", f64::from(places), f64::from(attendants), f64::from(PLACES_MAX))?;
    let states = States::new(traffic, attendants, 0.0, Some(places));
    Ok(states.long_run(traffic, attendants))
}

/// Erlang A (M/M/n+M): callers give up after an exponential time.
#[derive(Debug, Clone)]
pub struct Impatient {
    traffic: Traffic,
    attendants: u32,
    patience: f64,
    states: States,
}

impl Impatient {
    /// `patience` is the mean time in seconds after which a waiting caller gives up.
    ///
    /// # Errors
    /// When there are not 1 to [`SERVERS_MAX`] attendants, the patience is not within [`MEAN_SECONDS_MIN`] to
    /// [`SECONDS_MAX`], or [`WAITING_MAX`] or [`ENDED_PER_PATIENCE_MAX`] is passed.
    pub fn new(traffic: Traffic, attendants: u32, patience: f64) -> Result<Self, OutOfRange> {
        servers_within(attendants, 1)?;
        let patience = within("mean patience", patience, MEAN_SECONDS_MIN, SECONDS_MAX)?;
        // In overload about (load − attendants) × patience ÷ handling wait; the sum has to reach well beyond that.
        let per_patience = patience / traffic.handling;
        let excess = (traffic.load() - f64::from(attendants)).max(0.0) * per_patience;
        within("callers waiting in overload", excess, 0.0, WAITING_MAX)?;
        let ended = f64::from(attendants) * per_patience;
        within("calls ended within one patience", ended, 0.0, ENDED_PER_PATIENCE_MAX)?;
        let states = States::new(traffic, attendants, 1.0 / patience, None);
        Ok(Self { traffic, attendants, patience, states })
    }

    /// There always is one: whoever waits too long leaves, so the queue never grows without end.
    #[must_use]
    pub fn long_run(&self) -> LongRun {
        self.states.long_run(self.traffic, self.attendants)
    }

    /// Share of all callers who are answered within `seconds`: the service level with abandons counted as failures.
    #[must_use]
    pub fn answered_within(&self, seconds: f64) -> f64 {
        let seconds = seconds.max(0.0);
        let served_at_once: f64 = self.states.free.iter().sum();
        let served_later: f64 = self
            .states
            .queued
            .iter()
            .zip(0_u32..)
            .map(|(share, ahead)| share * self.answered_behind(ahead, seconds))
            .sum();
        (served_at_once + served_later).min(1.0)
    }

    /// Share of those with `ahead` callers before them who are answered within `seconds`.
    ///
    /// Her wait, were she to stay, is a sum of exponential times with the rates a, a+θ, …, a+ahead·θ (a = n·μ). With
    /// r = a/θ, e^(−θ·wait) is Beta(r, ahead+1), and she is still there with probability e^(−θ·wait). So the share is
    /// E[X; X > e^(−θt)] with X ~ Beta(r, ahead+1) = r/(r+ahead+1) × P(Beta(r+1, ahead+1) > e^(−θt)).
    fn answered_behind(&self, ahead: u32, seconds: f64) -> f64 {
        let r = f64::from(self.attendants) * self.patience / self.traffic.handling;
        let b = f64::from(ahead) + 1.0;
        let gone = -(-seconds / self.patience).exp_m1();
        r / (r + b) * beta_below(b, r + 1.0, gone)
    }
}

/// The fewest attendants with whom at least `share` of all callers are answered within `seconds`, by Erlang C, or by
/// Erlang A when a mean `patience` is given (then never so few that more than [`WAITING_MAX`] would wait). `None`: not
/// even [`SERVERS_MAX`] are enough.
///
/// # Errors
/// When `share` is not within 0 to 1, or `seconds` or `patience` is out of range.
pub fn attendants_for(
    traffic: Traffic,
    patience: Option<f64>,
    share: f64,
    seconds: f64,
) -> Result<Option<u32>, OutOfRange> {
    within("target share", share, 0.0, 1.0)?;
    within("target time", seconds, 0.0, SECONDS_MAX)?;
    let reached = |n: u32| -> Result<bool, OutOfRange> {
        let level = match patience {
            Some(patience) => Impatient::new(traffic, n, patience)?.answered_within(seconds),
            None => Patient::new(traffic, n)?.answered_within(seconds),
        };
        Ok(level >= share)
    };
    let spill = patience.map_or(0.0, |patience| traffic.load() - WAITING_MAX * traffic.handling / patience);
    let from = (1..=SERVERS_MAX).find(|n| f64::from(*n) >= spill).unwrap_or(SERVERS_MAX);
    fewest(from, reached)
}

/// The fewest lines with which at most `share` of the callers are turned away (Erlang B). `None`: not even
/// [`SERVERS_MAX`] are enough.
///
/// # Errors
/// When `load` or `share` is out of range.
pub fn lines_for(load: f64, share: f64) -> Result<Option<u32>, OutOfRange> {
    within("blocked share", share, 0.0, 1.0)?;
    fewest(0, |lines| Ok(blocked(load, lines)? <= share))
}

/// Halves the range, since more servers never do worse.
fn fewest(from: u32, reached: impl Fn(u32) -> Result<bool, OutOfRange>) -> Result<Option<u32>, OutOfRange> {
    // First doubling, so that the usual small answer never asks about thousands of servers.
    let (mut low, mut high) = (from, from.max(1));
    while !reached(high)? {
        if high == SERVERS_MAX {
            return Ok(None);
        }
        low = high + 1;
        high = (high * 2).min(SERVERS_MAX);
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if reached(middle)? { high = middle } else { low = middle + 1 }
    }
    Ok(Some(low))
}

/// How often how many callers are there: `free[k]` with k at the attendants and at least one of these free, `queued[j]`
/// with all attendants taken and j waiting. By PASTA also what an arriving caller meets.
#[derive(Debug, Clone)]
struct States {
    free: Vec<f64>,
    queued: Vec<f64>,
    leaving: f64,
    limited: bool,
}

impl States {
    /// Weights beside the state with all attendants taken (weight 1) and nobody waiting; scaled down on the way, so that
    /// neither thousands of attendants nor overload leave the range of a double.
    fn new(traffic: Traffic, attendants: u32, leaving: f64, places: Option<u32>) -> Self {
        let load = traffic.load();
        let mut free = vec![0.0; attendants as usize];
        let mut weight = 1.0;
        for n in (1..=attendants).rev() {
            // With a tiny load the weight below is far above the one here; both are scaled then.
            weight = if load > 0.0 { weight * f64::from(n) / load } else { f64::INFINITY };
            free[n as usize - 1] = weight;
            if weight > 1e280 {
                return Self::nearly_empty(load, attendants, leaving, places.is_some());
            }
        }
        let full = f64::from(attendants) / traffic.handling;
        let room = places.map_or(PLACES_MAX, |places| places - attendants);
        let mut queued = vec![1.0];
        let (mut weight, mut total) = (1.0, 1.0 + free.iter().sum::<f64>());
        for j in 1..=room {
            let ratio = traffic.rate / (full + f64::from(j) * leaving);
            weight *= ratio;
            total += weight;
            queued.push(weight);
            if total > 1e280 {
                let down = 1.0 / total;
                free.iter_mut().chain(queued.iter_mut()).for_each(|w| *w *= down);
                weight *= down;
                total = 1.0;
            }
            // What is left is less than weight ÷ (1 − ratio), since the ratio only falls.
            if ratio < 1.0 && weight / (1.0 - ratio) < total * 1e-17 {
                break;
            }
        }
        free.iter_mut().chain(queued.iter_mut()).for_each(|w| *w /= total);
        Self { free, queued, leaving, limited: places.is_some() }
    }

    /// So little load beside so many attendants that waiting is below what a double can tell from never: the number of
    /// taken attendants is Poisson.
    fn nearly_empty(load: f64, attendants: u32, leaving: f64, limited: bool) -> Self {
        let mut free = Vec::with_capacity(attendants as usize);
        // From the likeliest state outwards, since e^(−load) itself may be too small for a double.
        let top = load.floor();
        for k in 0..attendants {
            let k = f64::from(k);
            free.push(
                (k * load.max(f64::MIN_POSITIVE).ln() - top * load.max(f64::MIN_POSITIVE).ln()
                    + ln_gamma(top + 1.0)
                    - ln_gamma(k + 1.0))
                .exp(),
            );
        }
        let total: f64 = free.iter().sum();
        free.iter_mut().for_each(|w| *w /= total);
        Self { free, queued: vec![0.0], leaving, limited }
    }

    fn long_run(&self, traffic: Traffic, attendants: u32) -> LongRun {
        let all_taken: f64 = self.queued.iter().sum();
        let blocked = if self.limited { self.queued.last().copied().unwrap_or(0.0) } else { 0.0 };
        let waiting: f64 = self.queued.iter().zip(0_u32..).map(|(share, j)| share * f64::from(j)).sum();
        let taken: f64 = self.free.iter().zip(0_u32..).map(|(share, k)| share * f64::from(k)).sum::<f64>()
            + all_taken * f64::from(attendants);
        let admitted = traffic.rate * (1.0 - blocked);
        let wait = (admitted > 0.0).then(|| waiting / admitted);
        let abandoned = if traffic.rate > 0.0 { self.leaving * waiting / traffic.rate } else { 0.0 };
        LongRun {
            must_wait: all_taken - blocked,
            blocked,
            abandoned,
            asa: self.asa(traffic, attendants, wait),
            wait,
            waiting,
            occupancy: taken / f64::from(attendants),
        }
    }

    /// Without impatience everybody let in is answered. With it: of those who find `j` waiting, the share
    /// a/(a+(j+1)θ) is answered, after a mean of Σ 1/(a+iθ), i = 1 … j+1, since her own leaving speeds up the race.
    fn asa(&self, traffic: Traffic, attendants: u32, wait: Option<f64>) -> Option<f64> {
        if self.leaving == 0.0 {
            return wait;
        }
        let full = f64::from(attendants) / traffic.handling;
        let mut answered: f64 = self.free.iter().sum();
        let (mut mean, mut waited) = (0.0, 0.0);
        for (share, ahead) in self.queued.iter().zip(1_u32..) {
            let rate = full + f64::from(ahead) * self.leaving;
            mean += 1.0 / rate;
            answered += share * full / rate;
            waited += share * full / rate * mean;
        }
        (answered > 0.0 && traffic.rate > 0.0).then(|| waited / answered)
    }
}

/// P(Beta(a, b) ≤ x) by the continued fraction of Lentz, on the side where it converges fast.
fn beta_below(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp();
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(a, b, x) / a
    } else {
        1.0 - front * beta_fraction(b, a, 1.0 - x) / b
    }
}

fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let safe = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / safe(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    // The number of steps grows with the root of the larger parameter, which is at most 10⁷: 10,000 are enough.
    for step in 1..=10_000_u32 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / safe(1.0 + even * d);
        c = safe(1.0 + even / c);
        value *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / safe(1.0 + odd * d);
        c = safe(1.0 + odd / c);
        value *= d * c;
        if (d * c - 1.0).abs() < 1e-15 {
            break;
        }
    }
    value
}

/// ln Γ(x) for x > 0 by Stirling's series, after shifting x to where five terms are exact to a double.
fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut shift) = (x, 0.0);
    while x < 15.0 {
        shift -= x.ln();
        x += 1.0;
    }
    let s = 1.0 / (x * x);
    let series = (1.0 / 12.0 - s * (1.0 / 360.0 - s * (1.0 / 1260.0 - s * (1.0 / 1680.0 - s / 1188.0)))) / x;
    shift + (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + series
}

fn servers_within(servers: u32, low: u32) -> Result<(), OutOfRange> {
    within("attendants or lines", f64::from(servers), f64::from(low), f64::from(SERVERS_MAX)).map(drop)
}

/// A value that is not a number is out of every range.
fn within(field: &'static str, value: f64, low: f64, high: f64) -> Result<f64, OutOfRange> {
    if (low..=high).contains(&value) { Ok(value) } else { Err(OutOfRange { field, value, low, high }) }
}
