//! A calendar and its verdict (ROUTE-4). An instant is always turned into what the clock on the wall shows, never the
//! other way round, so days of 23 or 25 hours and days that were skipped need no rule of their own. Does not check what a
//! calendar contains: `check` does, and a calendar with faults still gives a verdict.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::period::{DAY_MS, Period, State, of_day_ms};
use crate::zone::Zone;

/// How far ahead the next change is looked for, in days of 24 hours: a year and a month, so that what happens every year
/// is found.
pub const HORIZON_DAYS: u32 = 400;

/// Opening hours in one time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// What people call it, 1 to [`crate::NAME_CHARS_MAX`] characters.
    pub name: String,
    /// Whose clock on the wall is read.
    pub zone: Zone,
    /// What holds where no period does.
    pub default: State,
    /// Periods that come before all others, such as holidays; of two, the one further up.
    pub primary: Vec<Period>,
    /// Periods that hold where no primary one does, such as the hours of a week; of two, the one further up.
    pub secondary: Vec<Period>,
}

/// What a calendar says about an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether callers are served.
    pub state: State,
    /// What decided.
    pub because: Because,
    /// When `state` is another one for the first time, in milliseconds since 1970 UTC; nothing if it stays for
    /// [`HORIZON_DAYS`]. Until then `because` may change to something that says the same.
    pub until: Option<i64>,
}

/// A part of a day, by the clock on the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// When it begins, in milliseconds since midnight.
    pub from_ms: u32,
    /// When it is over, in milliseconds since midnight, up to 86,400,000.
    pub to_ms: u32,
    /// Whether callers are served.
    pub state: State,
    /// What decided.
    pub because: Because,
}

/// What decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Because {
    /// The primary period at this place, from 0.
    Primary(usize),
    /// The secondary period at this place, from 0.
    Secondary(usize),
    /// No period holds.
    Default,
}

impl Calendar {
    /// What this calendar says about an instant, in milliseconds since 1970 UTC. Instants beyond the years -9999 to 9999
    /// count as the nearest one within.
    #[must_use]
    pub fn at(&self, unix_ms: i64) -> Verdict {
        let at = instant(unix_ms);
        let (state, because) = self.decide(at);
        Verdict { state, because, until: self.next_other(at, state).map(Timestamp::as_millisecond) }
    }

    /// Whether callers are served at an instant, in milliseconds since 1970 UTC. Says what `at` says, in a fraction of its
    /// time: nothing ahead is looked at.
    #[must_use]
    pub fn is_open(&self, unix_ms: i64) -> bool {
        self.decide(instant(unix_ms)).0 == State::Open
    }

    fn decide(&self, at: Timestamp) -> (State, Because) {
        let local = self.zone.offset(at).to_datetime(at);
        let of_day = of_day_ms(local);
        self.by_priority()
            .find(|(period, _)| period.when.of_day(local.date()).iter().any(|part| part.contains(&of_day)))
            .map_or((self.default, Because::Default), |(period, because)| (period.state, because))
    }

    fn by_priority(&self) -> impl Iterator<Item = (&Period, Because)> {
        let primary = self.primary.iter().enumerate().map(|(i, period)| (period, Because::Primary(i)));
        let secondary = self.secondary.iter().enumerate().map(|(i, period)| (period, Because::Secondary(i)));
        primary.chain(secondary)
    }

    /// The first instant after `at` with another state than the one that holds at `at`.
    fn next_other(&self, at: Timestamp, state: State) -> Option<Timestamp> {
        if self.by_priority().all(|(period, _)| period.state == self.default) {
            return None;
        }
        let horizon = at.checked_add(SignedDuration::from_hours(24 * i64::from(HORIZON_DAYS))).ok()?;
        // From one shift of the local clock to the next, instants and local times run alike.
        let mut from = at;
        while from < horizon {
            let to = self.zone.next_shift(from).map_or(horizon, |shift| shift.min(horizon));
            if let Some(found) = self.next_other_between(from, to, state) {
                return Some(found);
            }
            from = to;
        }
        None
    }

    /// The first instant from `from` until before `to` with another state. The local clock does not shift in between.
    fn next_other_between(&self, from: Timestamp, to: Timestamp, state: State) -> Option<Timestamp> {
        let offset = self.zone.offset(from);
        let local = offset.to_datetime(from);
        let (mut date, mut after_ms) = (local.date(), of_day_ms(local));
        let mut midnight = from.checked_sub(SignedDuration::from_millis(after_ms.into())).ok()?;
        while midnight < to {
            if let Some(of_day) = self.first_other_of_day(date, after_ms, state) {
                let found = midnight.checked_add(SignedDuration::from_millis(of_day.into())).ok()?;
                return (found < to).then_some(found);
            }
            date = date.tomorrow().ok()?;
            midnight = midnight.checked_add(SignedDuration::from_millis(DAY_MS.into())).ok()?;
            after_ms = 0;
        }
        None
    }

    /// What this calendar says about a date by the clock on the wall, from midnight to midnight without a gap; neighbours
    /// differ in state or in what decided. On a day on which the clock is put forward or back, some of it may be shown
    /// twice, or never ([`Zone::shifts`]).
    #[must_use]
    pub fn day(&self, date: Date) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        for part in self.paint(date) {
            match parts.last_mut() {
                Some(last) if (last.state, last.because) == (part.state, part.because) => {
                    last.to_ms = part.to_ms
                }
                _ => parts.push(part),
            }
        }
        parts
    }

    /// The first local time of a day, at `after_ms` or later, with another state.
    fn first_other_of_day(&self, date: Date, after_ms: u32, state: State) -> Option<u32> {
        let other = |part: &&Part| part.to_ms > after_ms && part.state != state;
        self.paint(date).iter().find(other).map(|part| part.from_ms.max(after_ms))
    }

    /// Every part of a day, from midnight to midnight, painted once by the period of highest priority that covers it. 500
    /// periods take about a millisecond of a debug build, whatever they are.
    fn paint(&self, date: Date) -> Vec<Part> {
        let parts: Vec<_> = self
            .by_priority()
            .flat_map(|(period, because)| {
                period.when.of_day(date).map(|part| (part, (period.state, because)))
            })
            .filter(|(part, _)| part.start < part.end)
            .collect();
        let mut edges: Vec<u32> = parts.iter().flat_map(|(part, _)| [part.start, part.end]).collect();
        edges.extend([0, DAY_MS]);
        edges.sort_unstable();
        edges.dedup();
        let mut painted = vec![None; edges.len()];
        // Where the next unpainted place at or after this one is, as far as is known.
        let mut next: Vec<usize> = (0..=edges.len()).collect();
        for (part, says) in &parts {
            let mut place = unpainted(&mut next, edges.partition_point(|edge| *edge < part.start));
            while edges.get(place).is_some_and(|edge| *edge < part.end) {
                painted[place] = Some(*says);
                next[place] = place + 1;
                place = unpainted(&mut next, place);
            }
        }
        let part = |(pair, painted): (&[u32], Option<(State, Because)>)| {
            let (state, because) = painted.unwrap_or((self.default, Because::Default));
            Some(Part { from_ms: *pair.first()?, to_ms: *pair.get(1)?, state, because })
        };
        edges.windows(2).zip(painted).filter_map(part).collect()
    }
}

/// Follows the chain of painted places, and shortens it for the next one who asks.
fn unpainted(next: &mut [usize], from: usize) -> usize {
    let mut place = from;
    while next[place] != place {
        next[place] = next[next[place]];
        place = next[place];
    }
    place
}

/// The instant, or the nearest within the years -9999 to 9999.
pub(crate) fn instant(unix_ms: i64) -> Timestamp {
    let nearest = if unix_ms < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(unix_ms).unwrap_or(nearest)
}
