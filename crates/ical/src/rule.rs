//! Recurrence rules: the parts that occur in holiday calendars, on local dates. A rule with any other part is refused whole,
//! because half a rule names wrong days. Knows no times of day: an occurrence keeps the one of its first.

use hours::{Date, DateTime, Weekday, Zone};
use jiff::Span;

use crate::line::Line;
use crate::note::Note;
use crate::value::{Moment, parse_moment};

/// Days that all rules of one file may look at: 1,500 rules over six years, or a quarter of a second's work.
pub(crate) const DAYS_LOOKED_AT_MAX: usize = 4_000_000;
/// The largest interval and count; both names of RFC 5545 have none.
const NUMBER_MAX: u32 = 10_000;

/// A rule that is understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    line: usize,
    text: String,
    pub(crate) every: Every,
    pub(crate) interval: u32,
    pub(crate) end: End,
    by_month: Vec<i16>,
    by_month_day: Vec<i16>,
    by_year_day: Vec<i16>,
    /// With their number within the month or year; 0 is every one.
    pub(crate) by_day: Vec<(i16, Weekday)>,
    by_set_pos: Vec<i16>,
    week_start: Weekday,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Every {
    Year,
    Month,
    Week,
    Day,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Never,
    Count(u32),
    /// The last local time at which one may begin.
    Until(DateTime),
}

/// How many days may still be looked at.
pub(crate) struct Budget(pub(crate) usize);

impl Rule {
    /// From an `RRULE`. `UNTIL` of UTC is turned into the time of `zone`; of a rule of whole days, into its day.
    pub(crate) fn parse(line: &Line, is_whole_days: bool, zone: &Zone) -> Result<Self, Note> {
        let fault =
            |field: &str, value: &str, permitted: &str| Note::left_out(line.number, field, value, permitted);
        let mut every = None;
        let mut rule = Self {
            line: line.number,
            text: line.value.clone(),
            every: Every::Year,
            interval: 1,
            end: End::Never,
            by_month: vec![],
            by_month_day: vec![],
            by_year_day: vec![],
            by_day: vec![],
            by_set_pos: vec![],
            week_start: Weekday::Monday,
        };
        for part in line.value.trim().trim_end_matches(';').split(';') {
            let (name, value) = part.split_once('=').ok_or_else(|| fault("RRULE", part, "NAME=VALUE"))?;
            let name = name.trim().to_ascii_uppercase();
            let wrong = |permitted: &str| fault(&name, value, permitted);
            let number = || {
                let number = value.parse().ok().filter(|number| (1..=NUMBER_MAX).contains(number));
                number.ok_or_else(|| wrong("1 to 10000"))
            };
            let numbers = |max: i16, is_negative_too: bool| {
                let permitted = match is_negative_too {
                    true => format!("1 to {max}, or -{max} to -1"),
                    false => format!("1 to {max}"),
                };
                let number = |text: &str| {
                    let number = text.trim().parse::<i16>().ok().filter(|n| (1..=max).contains(&n.abs()));
                    number.filter(|number| is_negative_too || *number > 0)
                };
                value.split(',').map(number).collect::<Option<Vec<_>>>().ok_or_else(|| wrong(&permitted))
            };
            match name.as_str() {
                "FREQ" => {
                    every = Some(match value.trim().to_ascii_uppercase().as_str() {
                        "YEARLY" => Every::Year,
                        "MONTHLY" => Every::Month,
                        "WEEKLY" => Every::Week,
                        "DAILY" => Every::Day,
                        _ => return Err(wrong("YEARLY, MONTHLY, WEEKLY or DAILY")),
                    });
                }
                "INTERVAL" => rule.interval = number()?,
                "COUNT" if rule.end == End::Never => rule.end = End::Count(number()?),
                "UNTIL" if rule.end == End::Never => {
                    let permitted = "a date such as 20301231, or a date and time such as 20301231T225959Z";
                    let moment = parse_moment(value).ok_or_else(|| wrong(permitted))?;
                    rule.end = End::Until(until(moment, is_whole_days, zone));
                }
                "COUNT" | "UNTIL" => return Err(wrong("one of COUNT and UNTIL, once")),
                "BYMONTH" => rule.by_month = numbers(12, false)?,
                "BYMONTHDAY" => rule.by_month_day = numbers(31, true)?,
                "BYYEARDAY" => rule.by_year_day = numbers(366, true)?,
                "BYSETPOS" => rule.by_set_pos = numbers(366, true)?,
                "BYDAY" => {
                    let days = value.split(',').map(day).collect::<Option<Vec<_>>>();
                    rule.by_day = days.ok_or_else(|| wrong("days such as MO, 1MO or -1FR"))?;
                }
                "WKST" => {
                    rule.week_start =
                        weekday(value.trim()).ok_or_else(|| wrong("MO, TU, WE, TH, FR, SA or SU"))?;
                }
                // How to read it is not said by this rule but by others.
                _ if name.starts_with("X-") => {}
                _ => {
                    return Err(fault(
                        "RRULE",
                        part,
                        "FREQ, INTERVAL, COUNT, UNTIL, BYMONTH, BYMONTHDAY, BYYEARDAY, BYDAY, BYSETPOS and WKST",
                    ));
                }
            }
        }
        rule.every = every.ok_or_else(|| fault("RRULE", &line.value, "one with FREQ"))?;
        rule.suits_itself().map_err(|permitted| fault("RRULE", &line.value, permitted))?;
        Ok(rule)
    }

    /// Parts that RFC 5545 does not let stand beside each other.
    fn suits_itself(&self) -> Result<(), &'static str> {
        let is_numbered = self.by_day.iter().any(|(number, _)| *number != 0);
        match self.every {
            Every::Week | Every::Day if is_numbered => Err("numbered days only YEARLY or MONTHLY"),
            Every::Week if !self.by_month_day.is_empty() => Err("BYMONTHDAY not WEEKLY"),
            Every::Month | Every::Week | Every::Day if !self.by_year_day.is_empty() => {
                Err("BYYEARDAY only YEARLY")
            }
            Every::Year | Every::Month | Every::Week | Every::Day => {
                let has_by = !(self.by_month.is_empty()
                    && self.by_month_day.is_empty()
                    && self.by_year_day.is_empty()
                    && self.by_day.is_empty());
                if has_by || self.by_set_pos.is_empty() {
                    Ok(())
                } else {
                    Err("BYSETPOS beside another BY part")
                }
            }
        }
    }

    /// The days on which it happens, up to `last`, of a first one at `start`. Nothing is looked at that neither the count nor
    /// `from` needs. Refused where the budget does not suffice.
    pub(crate) fn days(
        &self,
        start: DateTime,
        from: Date,
        last: Date,
        budget: &mut Budget,
    ) -> Result<Vec<Date>, Note> {
        let first = start.date();
        let mut days = Vec::new();
        let mut left = match self.end {
            End::Count(count) => count,
            End::Never | End::Until(_) => u32::MAX,
        };
        let mut period = self.period_of(first);
        if !matches!(self.end, End::Count(_)) {
            period = self.later(period, self.periods_until(period, from)).unwrap_or(period);
        }
        while period <= last {
            let Some(next) = self.later(period, self.interval) else { break };
            let end = self.later(period, 1).unwrap_or(next);
            let mut of_period = Vec::new();
            let mut day = period;
            while day < end {
                budget.0 = budget.0.checked_sub(1).ok_or_else(|| {
                    let permitted = "fewer and shorter rules in one file";
                    Note::left_out(self.line, "RRULE", &self.text, permitted)
                })?;
                if self.has(day, first) {
                    of_period.push(day);
                }
                let Ok(tomorrow) = day.tomorrow() else { break };
                day = tomorrow;
            }
            for day in self.positions(of_period) {
                let is_over = match self.end {
                    End::Until(until) => day.to_datetime(start.time()) > until,
                    End::Never | End::Count(_) => left == 0,
                };
                if is_over || day > last {
                    return Ok(days);
                }
                if day >= first {
                    left = left.saturating_sub(1);
                    days.push(day);
                }
            }
            if left == 0 {
                break;
            }
            period = next;
        }
        Ok(days)
    }

    /// Whether it happens every year on the day of the first one, or every week on some days, and on nothing else.
    pub(crate) fn is_plain_yearly(&self, first: Date) -> bool {
        let is = |by: &[i16], number: i8| by.is_empty() || by == [i16::from(number)];
        self.every == Every::Year
            && self.interval == 1
            && self.end == End::Never
            && is(&self.by_month, first.month())
            && is(&self.by_month_day, first.day())
            && self.by_year_day.is_empty()
            && self.by_day.is_empty()
            && self.by_set_pos.is_empty()
    }

    /// The days of every week on which it happens without an end, where that is all there is to it.
    pub(crate) fn plain_weekdays(&self, first: Date) -> Option<Vec<Weekday>> {
        let is_plain = self.interval == 1
            && self.end == End::Never
            && self.by_month.is_empty()
            && self.by_month_day.is_empty()
            && self.by_set_pos.is_empty();
        let days: Vec<_> = self.by_day.iter().map(|(_, day)| *day).collect();
        match self.every {
            Every::Week if is_plain => Some(if days.is_empty() { vec![first.weekday()] } else { days }),
            Every::Day if is_plain && days.is_empty() => Some(EVERY_DAY.to_vec()),
            Every::Day if is_plain => Some(days),
            Every::Year | Every::Month | Every::Week | Every::Day => None,
        }
    }

    /// Whether a day of a period is one of the rule's; what the rule does not say is as with the first one.
    fn has(&self, day: Date, first: Date) -> bool {
        let allows = |by: &[i16], number: i16, of: i16| {
            by.is_empty() || by.iter().any(|by| *by == number || *by == number - of - 1)
        };
        let says_day =
            !self.by_month_day.is_empty() || !self.by_year_day.is_empty() || !self.by_day.is_empty();
        let as_first = says_day
            || match self.every {
                Every::Year => {
                    day.day() == first.day() && (!self.by_month.is_empty() || day.month() == first.month())
                }
                Every::Month => day.day() == first.day(),
                Every::Week => day.weekday() == first.weekday(),
                Every::Day => true,
            };
        as_first
            && (self.by_month.is_empty() || self.by_month.contains(&i16::from(day.month())))
            && allows(&self.by_month_day, i16::from(day.day()), i16::from(day.days_in_month()))
            && allows(&self.by_year_day, day.day_of_year(), day.days_in_year())
            && (self.by_day.is_empty() || self.by_day.iter().any(|by| self.is_that_day(day, *by)))
    }

    fn is_that_day(&self, day: Date, (number, weekday): (i16, Weekday)) -> bool {
        if day.weekday() != weekday {
            return false;
        }
        // Numbered within the month, but within the year where no month is named.
        let is_of_year = self.every == Every::Year && self.by_month.is_empty();
        let (place, of) = match is_of_year {
            true => (day.day_of_year(), day.days_in_year()),
            false => (i16::from(day.day()), i16::from(day.days_in_month())),
        };
        match number {
            0 => true,
            1.. => (place - 1) / 7 + 1 == number,
            _ => (of - place) / 7 + 1 == -number,
        }
    }

    fn positions(&self, days: Vec<Date>) -> Vec<Date> {
        if self.by_set_pos.is_empty() {
            return days;
        }
        let count = days.len();
        let chosen = days.iter().enumerate().filter(|(place, _)| {
            self.by_set_pos.iter().any(|position| {
                let from_end = usize::from(position.unsigned_abs());
                if *position > 0 { from_end == place + 1 } else { from_end == count - place }
            })
        });
        chosen.map(|(_, day)| *day).collect()
    }

    /// The first day of the year, month, week or day in which a date lies.
    fn period_of(&self, date: Date) -> Date {
        match self.every {
            Every::Year => date.first_of_year(),
            Every::Month => date.first_of_month(),
            Every::Week => {
                let since = date.weekday().since(self.week_start);
                date.checked_sub(Span::new().days(since)).unwrap_or(date)
            }
            Every::Day => date,
        }
    }

    fn later(&self, period: Date, count: u32) -> Option<Date> {
        let count = i64::from(count);
        let span = match self.every {
            Every::Year => Span::new().try_years(count),
            Every::Month => Span::new().try_months(count),
            Every::Week => Span::new().try_weeks(count),
            Every::Day => Span::new().try_days(count),
        };
        period.checked_add(span.ok()?).ok()
    }

    /// Periods that may be passed over: a multiple of the interval, and none at or after `from`.
    fn periods_until(&self, period: Date, from: Date) -> u32 {
        let days = period.until(from).map_or(0, |span| span.get_days());
        let periods = match self.every {
            Every::Year => days / 366,
            Every::Month => days / 31,
            Every::Week => days / 7,
            Every::Day => days,
        };
        let periods = u32::try_from(periods - 1).unwrap_or(0);
        periods - periods % self.interval
    }
}

const EVERY_DAY: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// The last local time at which an occurrence may begin. Some programs end a rule of whole days with the instant at which
/// its last day begins somewhere: its day there counts.
fn until(moment: Moment, is_whole_days: bool, zone: &Zone) -> DateTime {
    let end_of = |date: Date| date.at(23, 59, 59, 0);
    match moment {
        Moment::Day(date) => end_of(date),
        Moment::Local(local) if is_whole_days => end_of(local.date()),
        Moment::Instant(unix_ms) if is_whole_days => end_of(zone.local(unix_ms).date()),
        Moment::Local(_) | Moment::Instant(_) => moment.local(zone),
    }
}

/// `MO`, `1MO`, `-1FR`.
fn day(text: &str) -> Option<(i16, Weekday)> {
    let text = text.trim();
    let split = text.len().checked_sub(2).filter(|split| text.is_char_boundary(*split))?;
    let (number, name) = text.split_at(split);
    let number = match number {
        "" => 0,
        number => number.parse::<i16>().ok().filter(|number| (1..=53).contains(&number.abs()))?,
    };
    Some((number, weekday(name)?))
}

fn weekday(text: &str) -> Option<Weekday> {
    let places = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"].into_iter().zip(EVERY_DAY);
    places.into_iter().find(|(name, _)| text.eq_ignore_ascii_case(name)).map(|(_, day)| day)
}
