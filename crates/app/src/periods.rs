//! Intervals of local time as moments: quarters of an hour, hours, days, weeks and months of a time zone, days of 23 and 25
//! hours among them. Half-open. Pure.

use contracts::reports::{INTERVALS_MAX, Range};
use engine::Timestamp;
use hours::{Date, Zone};

/// What one interval is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grouping {
    QuarterHour,
    Hour,
    Day,
    /// From Monday.
    Week,
    Month,
    /// All of it.
    Whole,
}

/// Days of a time zone, the last among them.
#[derive(Clone, Debug)]
pub(crate) struct Days {
    pub(crate) zone: Zone,
    pub(crate) first: Date,
    pub(crate) last: Date,
}

/// Days that one report spans at most: two years and a day or two.
pub(crate) const DAYS_MAX: usize = INTERVALS_MAX / 24;

impl Days {
    /// All of them.
    pub(crate) fn range(&self) -> Range {
        Range { from: self.began(self.first), to: self.ended(self.last) }
    }

    /// Every day.
    pub(crate) fn each(&self) -> impl Iterator<Item = Date> {
        let last = self.last;
        std::iter::successors(Some(self.first), |day| day.tomorrow().ok()).take_while(move |day| *day <= last)
    }

    /// The borders of the intervals; `None`: there would be too many of them.
    pub(crate) fn borders(&self, grouping: Grouping) -> Option<Vec<Timestamp>> {
        let mut borders = Vec::new();
        for day in self.each() {
            match grouping {
                Grouping::QuarterHour => borders.extend(self.steps(day, 900_000)),
                Grouping::Hour => borders.extend(self.steps(day, 3_600_000)),
                Grouping::Day => borders.push(self.began(day)),
                Grouping::Week if day == self.first || day.weekday().to_monday_one_offset() == 1 => {
                    borders.push(self.began(day));
                }
                Grouping::Month if day == self.first || day.day() == 1 => borders.push(self.began(day)),
                Grouping::Whole if day == self.first => borders.push(self.began(day)),
                Grouping::Week | Grouping::Month | Grouping::Whole => {}
            }
            if borders.len() > INTERVALS_MAX {
                return None;
            }
        }
        borders.push(self.ended(self.last));
        Some(borders)
    }

    /// How long a day is, where that is not 24 hours, in minutes.
    pub(crate) fn odd_length(&self, day: Date) -> Option<i64> {
        let minutes = (self.ended(day).0 - self.began(day).0) / 60_000;
        (minutes != 24 * 60).then_some(minutes)
    }

    /// Weekday (1 is Monday) and hour that the clock on the wall shows.
    pub(crate) fn weekday_and_hour(&self, at: Timestamp) -> (u8, u8) {
        let local = self.zone.local(at.0);
        (local.date().weekday().to_monday_one_offset().unsigned_abs(), local.hour().unsigned_abs())
    }

    fn steps(&self, day: Date, step: usize) -> impl Iterator<Item = Timestamp> {
        (self.began(day).0..self.ended(day).0).step_by(step).map(Timestamp)
    }

    fn began(&self, day: Date) -> Timestamp {
        Timestamp(self.zone.shown(day.at(0, 0, 0, 0)).usual())
    }

    fn ended(&self, day: Date) -> Timestamp {
        // The last day there is ends with itself.
        day.tomorrow().map_or_else(|_| self.began(day), |next| self.began(next))
    }
}

/// These moments without their gaps.
pub(crate) fn joined(ranges: impl IntoIterator<Item = Range>) -> Vec<Range> {
    let mut joined: Vec<Range> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(last) if last.to == range.from => last.to = range.to,
            Some(_) | None => joined.push(range),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(zone: &str, first: &str, last: &str) -> Days {
        let day = |text: &str| text.parse().expect("a day");
        Days { zone: Zone::parse(zone).expect("a zone"), first: day(first), last: day(last) }
    }

    fn lengths(days: &Days, grouping: Grouping) -> Vec<i64> {
        let borders = days.borders(grouping).expect("few");
        borders.windows(2).map(|pair| (pair[1].0 - pair[0].0) / 60_000).collect()
    }

    /// REPORT-2: days on which the clocks change.
    #[test]
    fn a_day_has_the_hours_that_its_clock_shows() {
        let spring = days("Europe/Zurich", "2027-03-27", "2027-03-29");
        assert_eq!(lengths(&spring, Grouping::Day), [1440, 1380, 1440]);
        assert_eq!(spring.each().filter_map(|day| spring.odd_length(day)).collect::<Vec<_>>(), [1380]);
        let autumn = days("Europe/Zurich", "2027-10-31", "2027-10-31");
        assert_eq!(lengths(&autumn, Grouping::Hour), [60; 25]);
        assert_eq!(lengths(&autumn, Grouping::QuarterHour), [15; 100]);
        let hours = autumn.borders(Grouping::Hour).expect("few");
        let shown: Vec<u8> = hours.iter().map(|at| autumn.weekday_and_hour(*at).1).collect();
        assert_eq!(shown[..6], [0, 1, 2, 2, 3, 4], "the hour from two to three comes twice");
        // Where midnight is left out, the day begins with the first moment there is.
        let beirut = days("Asia/Beirut", "2027-03-28", "2027-03-28");
        assert_eq!(lengths(&beirut, Grouping::Day), [1380]);
        let kathmandu = days("Asia/Kathmandu", "2027-03-28", "2027-03-28");
        assert!(contracts::reports::check_borders(&kathmandu.borders(Grouping::Hour).expect("few")).is_ok());
    }

    #[test]
    fn weeks_begin_on_monday_and_months_on_the_first() {
        let autumn = days("UTC", "2026-10-28", "2026-12-02");
        let began = |grouping| {
            let borders = autumn.borders(grouping).expect("few");
            borders.iter().map(|at| autumn.zone.local(at.0).date().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(
            began(Grouping::Week),
            [
                "2026-10-28",
                "2026-11-02",
                "2026-11-09",
                "2026-11-16",
                "2026-11-23",
                "2026-11-30",
                "2026-12-03"
            ]
        );
        assert_eq!(began(Grouping::Month), ["2026-10-28", "2026-11-01", "2026-12-01", "2026-12-03"]);
        assert_eq!(began(Grouping::Whole), ["2026-10-28", "2026-12-03"]);
    }

    #[test]
    fn too_many_intervals_are_none() {
        assert_eq!(days("UTC", "2024-01-01", "2026-12-31").borders(Grouping::Hour), None);
        assert!(days("UTC", "2024-01-01", "2025-12-31").borders(Grouping::Hour).is_some());
    }

    #[test]
    fn neighbours_are_joined() {
        let range = |from, to| Range { from: Timestamp(from), to: Timestamp(to) };
        assert_eq!(joined([range(0, 1), range(1, 3), range(4, 5)]), [range(0, 3), range(4, 5)]);
    }
}
