//! Which kept sums make up intervals: of each the coarsest that lie within it, and finer ones around them. Where intervals meet within a
//! day, as those of a time zone do, the whole day may be read for one of them and what lies beyond the border moved to the
//! other, if that is less to read. Reads nothing itself.

use engine::Timestamp;
use reporting::aggregate::Slot;

use crate::rollups::Level;

/// A run of sums to be read: from the first interval of this level to just before the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) level: Level,
    pub(crate) from: i64,
    pub(crate) to: i64,
}

impl Run {
    fn sums(&self) -> i64 {
        self.to - self.from
    }
}

/// To which interval the sums of a run belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Where {
    /// Each lies within its interval.
    Within,
    /// To this one, though they go beyond its border.
    In(usize),
    /// To one, and they were read with another before.
    Moved { to: usize, from: usize },
}

/// A run and where it belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moving {
    pub(crate) run: Run,
    pub(crate) into: Where,
}

/// Which sums of these levels, the finest first, make up these intervals, each read once.
pub(crate) fn runs(borders: &[Timestamp], levels: &[Level]) -> Vec<Run> {
    let mut runs = Vec::new();
    for pair in borders.windows(2) {
        cover(&mut runs, Slot::of(pair[0]).0, Slot::of(pair[1]).0, levels);
    }
    runs
}

/// The same, where sums may be taken out of an interval again; what is moved comes behind what it was read with.
pub(crate) fn moving_runs(borders: &[Timestamp], levels: &[Level]) -> Vec<Moving> {
    let slots: Vec<i64> = borders.iter().map(|border| Slot::of(*border).0).collect();
    let days: Vec<Option<SharedDay>> =
        (0..slots.len()).map(|place| shared_day(&slots, place, levels)).collect();
    let mut moving: Vec<Moving> = Vec::new();
    for interval in 0..slots.len().saturating_sub(1) {
        let (before, behind) = (&days[interval], &days[interval + 1]);
        let from = before.as_ref().map_or(slots[interval], |day| (day.day + 1) * Level::Day.slots());
        let to = behind.as_ref().map_or(slots[interval + 1], |day| day.day * Level::Day.slots());
        let mut within = Vec::new();
        if from < to {
            cover(&mut within, from, to, levels);
        }
        moving.extend(within.into_iter().map(|run| Moving { run, into: Where::Within }));
        if let Some(day) = behind {
            day.read(interval, &mut moving);
        }
    }
    moving
}

/// A day in which two intervals meet.
struct SharedDay {
    day: i64,
    /// Read with the interval before, or else with the one behind.
    with_earlier: bool,
    /// What the other one gets of it.
    moved: Vec<Run>,
}

impl SharedDay {
    /// `earlier`: the interval before the border.
    fn read(&self, earlier: usize, moving: &mut Vec<Moving>) {
        let later = earlier + 1;
        let (from, to) = if self.with_earlier { (earlier, later) } else { (later, earlier) };
        let run = Run { level: Level::Day, from: self.day, to: self.day + 1 };
        moving.push(Moving { run, into: Where::In(from) });
        moving.extend(self.moved.iter().map(|run| Moving { run: *run, into: Where::Moved { to, from } }));
    }
}

/// The day around a border, where reading it whole and moving the shorter part is less than reading both parts.
fn shared_day(slots: &[i64], border: usize, levels: &[Level]) -> Option<SharedDay> {
    let [earlier, at, later] = *slots.get(border.checked_sub(1)?..=border + 1)? else { return None };
    let day = at.div_euclid(Level::Day.slots());
    let (began, ended) = (day * Level::Day.slots(), (day + 1) * Level::Day.slots());
    if at == began || earlier > began || later < ended {
        return None;
    }
    let finer = &levels[..levels.iter().position(|level| *level == Level::Day)?];
    let part = |from, to| {
        let mut part = Vec::new();
        cover(&mut part, from, to, finer);
        let sums: i64 = part.iter().map(Run::sums).sum();
        (sums, part)
    };
    let ((head_sums, head), (tail_sums, tail)) = (part(began, at), part(at, ended));
    let with_earlier = tail_sums <= head_sums;
    let moved = if with_earlier { tail } else { head };
    (1 + head_sums.min(tail_sums) < head_sums + tail_sums).then_some(SharedDay { day, with_earlier, moved })
}

/// From one quarter of an hour to just before another: the coarsest that lie in between, and around them the finer.
fn cover(runs: &mut Vec<Run>, from: i64, to: i64, levels: &[Level]) {
    let Some((level, finer)) = levels.split_last() else { return };
    let first = -(-from).div_euclid(level.slots());
    let last = to.div_euclid(level.slots());
    if first >= last {
        return cover(runs, from, to, finer);
    }
    cover(runs, from, first * level.slots(), finer);
    match runs.iter_mut().rev().find(|run| run.level == *level) {
        Some(run) if run.to == first => run.to = last,
        Some(_) | None => runs.push(Run { level: *level, from: first, to: last }),
    }
    cover(runs, last * level.slots(), to, finer);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn day(day: i64, slot: i64) -> Timestamp {
        Slot(day * 96 + slot).began()
    }

    #[test]
    fn the_longest_sums_are_read_and_neighbours_together() {
        let run = |level, from, to| Run { level, from, to };
        let of = |borders: &[Timestamp]| runs(borders, &Level::OF_SERVICES);
        assert_eq!(of(&[day(0, 0), day(3, 0)]), [run(Level::Day, 0, 3)]);
        assert_eq!(of(&[day(0, 4), day(0, 9)]), [run(Level::Hour, 1, 2), run(Level::QuarterHour, 8, 9)]);
        assert_eq!(
            of(&[day(0, 92), day(1, 92), day(2, 92)]),
            [run(Level::Hour, 23, 71)],
            "days of a time zone hold no whole day of UTC"
        );
        assert_eq!(
            of(&[day(0, 92), day(3, 92)]),
            [run(Level::Hour, 23, 24), run(Level::Day, 1, 3), run(Level::Hour, 72, 95)]
        );
        assert_eq!(
            of(&[day(0, 0), day(2, 0), day(4, 0)]),
            [run(Level::Day, 0, 4)],
            "two intervals in one go"
        );
        assert_eq!(of(&[day(0, 0), day(10, 0)]), [run(Level::EightDays, 0, 1), run(Level::Day, 8, 10)]);
        assert_eq!(
            of(&[day(-2, 95), day(0, 1)]),
            [run(Level::QuarterHour, -97, -96), run(Level::Day, -1, 0), run(Level::QuarterHour, 0, 1)]
        );
        assert_eq!(
            of(&[day(31, 95), day(97, 5)]),
            [
                run(Level::QuarterHour, 3071, 3072),
                run(Level::Block, 1, 3),
                run(Level::Day, 96, 97),
                run(Level::Hour, 2328, 2329),
                run(Level::QuarterHour, 9316, 9317)
            ]
        );
        assert_eq!(
            runs(&[day(0, 92), day(1, 92)], &Level::OF_ALL_SERVICES),
            [run(Level::Hour, 23, 24), run(Level::FourHours, 6, 11), run(Level::Hour, 44, 47)],
            "of all services together a day of a time zone is nine sums"
        );
        assert_eq!(
            runs(&[day(0, 92), day(1, 4)], &Level::OF_USERS),
            [run(Level::QuarterHour, 92, 100)],
            "attendants have no hours"
        );
    }

    #[test]
    fn of_a_day_that_two_intervals_share_the_shorter_part_is_moved() {
        let run = |level, from, to| Run { level, from, to };
        let of = |borders: &[Timestamp]| {
            let moving = moving_runs(borders, &Level::OF_ALL_SERVICES).into_iter();
            moving.map(|it| (it.run, it.into)).collect::<Vec<_>>()
        };
        let edge = |from, to| (run(Level::Hour, from, to), Where::Within);
        assert_eq!(
            of(&[day(0, 92), day(1, 92), day(2, 92)]),
            [
                edge(23, 24),
                (run(Level::Day, 1, 2), Where::In(0)),
                (run(Level::Hour, 47, 48), Where::Moved { to: 1, from: 0 }),
                (run(Level::FourHours, 12, 17), Where::Within),
                edge(68, 71),
            ],
            "in Zurich a day begins at eleven in the evening"
        );
        assert_eq!(
            of(&[day(1, 0), day(2, 20), day(4, 0)]),
            [
                (run(Level::Day, 1, 2), Where::Within),
                (run(Level::Day, 2, 3), Where::In(1)),
                (run(Level::FourHours, 12, 13), Where::Moved { to: 0, from: 1 }),
                (run(Level::Hour, 52, 53), Where::Moved { to: 0, from: 1 }),
                (run(Level::Day, 3, 4), Where::Within),
            ],
            "in New York at five in the morning"
        );
        assert_eq!(
            of(&[day(1, 0), day(1, 48), day(1, 52), day(2, 0)]),
            [
                (run(Level::FourHours, 6, 9), Where::Within),
                edge(36, 37),
                edge(37, 40),
                (run(Level::FourHours, 10, 12), Where::Within),
            ],
            "a day of three intervals is shared by none"
        );
    }

    /// Every quarter of an hour is counted in its interval once, whatever is read and moved.
    #[test]
    fn whatever_is_moved_every_interval_is_whole() {
        for levels in [&Level::OF_SERVICES[..], &Level::OF_ALL_SERVICES[..]] {
            for from in -130..130 {
                for lengths in [[96, 96, 96, 92, 100], [288, 40, 672, 1, 95], [4, 4, 96, 8, 3_072]] {
                    let mut slots = vec![from];
                    lengths.iter().for_each(|length| slots.push(slots[slots.len() - 1] + length));
                    let borders: Vec<Timestamp> = slots.iter().map(|slot| Slot(*slot).began()).collect();
                    let mut counted: BTreeMap<(usize, i64), i64> = BTreeMap::new();
                    for Moving { run, into } in moving_runs(&borders, levels) {
                        for slot in run.from * run.level.slots()..run.to * run.level.slots() {
                            let within = slots.partition_point(|border| *border <= slot) - 1;
                            let (to, from) = match into {
                                Where::Within => (within, None),
                                Where::In(interval) => (interval, None),
                                Where::Moved { to, from } => (to, Some(from)),
                            };
                            *counted.entry((to, slot)).or_default() += 1;
                            if let Some(from) = from {
                                let had = counted.entry((from, slot)).or_default();
                                assert!(*had > 0, "what is moved was read before");
                                *had -= 1;
                            }
                        }
                    }
                    counted.retain(|_, times| *times != 0);
                    let mut whole = BTreeMap::new();
                    for (interval, pair) in slots.windows(2).enumerate() {
                        whole.extend((pair[0]..pair[1]).map(|slot| ((interval, slot), 1)));
                    }
                    assert_eq!(counted, whole, "{slots:?}");
                }
            }
        }
    }
}
