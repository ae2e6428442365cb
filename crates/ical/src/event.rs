//! Events: from their lines to the periods of a calendar. Says of each what does not come along; an event that is not
//! understood whole is left out whole, because part of it would name wrong days.

use std::collections::{BTreeMap, BTreeSet};

use hours::{Date, DateTime, DaySet, LABEL_CHARS_MAX, WallTime, When, YEAR_MAX, YEAR_MIN, Zone};
use jiff::{SignedDuration, Span};

use crate::file::Described;
use crate::line::Line;
use crate::note::Note;
use crate::rule::{Budget, End, Rule};
use crate::value::{Length, Moment, length, moment, moments, text};
use crate::{Found, Window, windows};

/// Periods of one file at most: ten times what a calendar holds.
const FOUND_MAX: usize = 5_000;

/// What is read of an event; what it says of guests, places and alarms changes none of its days.
const READ: [&str; 12] = [
    "UID",
    "SEQUENCE",
    "SUMMARY",
    "STATUS",
    "DTSTART",
    "DTEND",
    "DURATION",
    "RRULE",
    "RDATE",
    "EXDATE",
    "EXRULE",
    "RECURRENCE-ID",
];
/// Of these there may be several.
const SEVERAL: [&str; 2] = ["RDATE", "EXDATE"];

/// The lines of an event.
pub(crate) struct Event {
    line: usize,
    lines: Vec<Line>,
}

impl Event {
    pub(crate) fn new(line: usize) -> Self {
        Self { line, lines: Vec::new() }
    }

    pub(crate) fn take(&mut self, line: Line, notes: &mut Vec<Note>) {
        if !READ.contains(&line.name.as_str()) {
            return;
        }
        if !SEVERAL.contains(&line.name.as_str()) && self.one(&line.name).is_some() {
            notes.push(Note::left_out(
                line.number,
                &line.name,
                &line.value,
                format!("one {} an event", line.name),
            ));
            return;
        }
        self.lines.push(line);
    }

    fn one(&self, name: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.name == name)
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Line> {
        self.lines.iter().filter(move |line| line.name == name)
    }

    fn value(&self, name: &str) -> &str {
        self.one(name).map_or("", |line| line.value.trim())
    }

    fn sequence(&self) -> i64 {
        self.value("SEQUENCE").parse().unwrap_or(0)
    }
}

/// Turns events into periods for a calendar.
pub(crate) struct Reader<'a> {
    pub(crate) zone: &'a Zone,
    pub(crate) window: Window,
    pub(crate) described: &'a Described,
    pub(crate) budget: Budget,
    pub(crate) notes: &'a mut Vec<Note>,
}

/// When an event begins and how long it takes.
#[derive(Clone, Debug)]
struct Timing {
    /// By the clock on the wall of `zone`; of whole days, midnight.
    start: DateTime,
    takes: Takes,
    /// Whose clock is read; of whole days and of times without a zone, the calendar's.
    zone: Zone,
}

#[derive(Clone, Copy, Debug)]
enum Takes {
    /// So many whole days, one or more.
    Days(i64),
    /// So long by the clock on the wall.
    Time(Length),
}

/// What does not take place, or is told elsewhere.
#[derive(Default)]
struct Except {
    days: BTreeSet<Date>,
    times: BTreeSet<DateTime>,
}

impl Except {
    fn has(&self, start: DateTime) -> bool {
        self.days.contains(&start.date()) || self.times.contains(&start)
    }

    fn is_empty(&self) -> bool {
        self.days.is_empty() && self.times.is_empty()
    }
}

/// What has been found so far.
#[derive(Default)]
struct Collected {
    found: Vec<(Date, Found)>,
    /// Dates without interest: the first such line with its value, and how many.
    outside: Option<(usize, String, usize)>,
    unknown_zones: BTreeSet<String>,
}

impl Reader<'_> {
    pub(crate) fn read(&mut self, events: Vec<Event>) -> Vec<Found> {
        let mut latest: BTreeMap<String, (i64, usize)> = BTreeMap::new();
        let mut moved: BTreeMap<String, Vec<Line>> = BTreeMap::new();
        let mut events: Vec<(Event, Option<Line>)> = events.into_iter().map(|event| (event, None)).collect();
        for (event, instead_of) in &mut events {
            let uid = event.value("UID").to_owned();
            match event.lines.iter().position(|line| line.name == "RECURRENCE-ID") {
                Some(place) => *instead_of = Some(event.lines.remove(place)),
                None if !uid.is_empty() => {
                    let this = (event.sequence(), event.line);
                    let kept = latest.entry(uid).or_insert(this);
                    *kept = if this.0 > kept.0 { this } else { *kept };
                }
                None => {}
            }
        }
        let mut collected = Collected::default();
        let mut whole = Vec::new();
        for (event, instead_of) in events {
            if let Some(instead_of) = instead_of {
                let uid = event.value("UID").to_owned();
                if instead_of.param("RANGE").is_some() {
                    self.left_out(&instead_of, "one without RANGE");
                    continue;
                }
                moved.entry(uid).or_default().push(instead_of);
                self.event(&event, &[], &mut collected);
                continue;
            }
            match latest.get(event.value("UID")) {
                Some((sequence, line)) if *sequence > event.sequence() => {
                    let permitted = format!("the latest of one UID; that is the event in line {line}");
                    let value = event.sequence().to_string();
                    self.notes.push(Note::left_out(event.line, "SEQUENCE", &value, permitted));
                }
                _ => whole.push(event),
            }
        }
        for event in whole {
            let moved = moved.get(event.value("UID")).map_or(&[][..], Vec::as_slice);
            self.event(&event, moved, &mut collected);
        }
        self.finish(collected)
    }

    fn finish(&mut self, collected: Collected) -> Vec<Found> {
        if let Some((line, value, count)) = collected.outside {
            let Window { from, to } = self.window;
            let value = if count == 1 { value } else { format!("{value}, and {} more", count - 1) };
            self.notes.push(Note::left_out(line, "DTSTART", &value, format!("dates from {from} to {to}")));
        }
        let mut found = collected.found;
        found.sort_by_key(|(first, found)| (*first, found.line));
        let mut kept: Vec<Found> = Vec::new();
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for (_, next) in found {
            let key = format!("{:?} {}", next.when, next.label);
            match seen.get(&key) {
                Some(line) if *line == next.line => {}
                Some(line) => {
                    let permitted = format!("each period once; line {line} has it");
                    self.notes.push(Note::left_out(next.line, "SUMMARY", &next.label, permitted));
                }
                None => {
                    seen.insert(key, next.line);
                    kept.push(next);
                }
            }
        }
        kept
    }

    fn left_out(&mut self, line: &Line, permitted: impl Into<String>) {
        self.notes.push(Note::left_out(line.number, &line.name, &line.value, permitted));
    }

    fn event(&mut self, event: &Event, moved: &[Line], collected: &mut Collected) {
        if let Err(note) = self.try_event(event, moved, collected) {
            self.notes.push(note);
        }
    }

    fn try_event(&mut self, event: &Event, moved: &[Line], collected: &mut Collected) -> Result<(), Note> {
        if let Some(status) =
            event.one("STATUS").filter(|line| line.value.trim().eq_ignore_ascii_case("CANCELLED"))
        {
            return Err(Note::left_out(status.number, "STATUS", &status.value, "an event that takes place"));
        }
        if let Some(rule) = event.one("EXRULE") {
            return Err(Note::left_out(rule.number, "EXRULE", &rule.value, "EXDATE"));
        }
        let timing = self.timing(event, collected)?;
        let except = self.except(event, moved, &timing, collected);
        let starts = match event.one("RRULE") {
            None => vec![timing.start],
            Some(line) => {
                let rule = Rule::parse(line, matches!(timing.takes, Takes::Days(_)), &timing.zone)?;
                let is_plain = except.is_empty() && event.one("RDATE").is_none();
                if let Some(when) = self.plain(&rule, &timing).filter(|_| is_plain) {
                    let label = self.label(event);
                    collected.found.push((self.window.from, Found { line: event.line, label, when }));
                    return Ok(());
                }
                self.occurrences(line, &rule, &timing)?
            }
        };
        let added = self.added(event, &timing, collected);
        let label = self.label(event);
        let is_there = |start: &DateTime| !except.has(*start);
        let mut is_outside = true;
        for start in starts.into_iter().chain(added).filter(is_there) {
            let Some((first, when)) = self.when(&timing, start) else { continue };
            is_outside = false;
            if collected.found.len() == FOUND_MAX {
                let permitted = format!("up to {FOUND_MAX} periods in one file");
                return Err(Note::left_out(
                    event.line,
                    "file",
                    &format!("more than {FOUND_MAX} periods"),
                    permitted,
                ));
            }
            collected.found.push((first, Found { line: event.line, label: label.clone(), when }));
        }
        if is_outside && except.is_empty() {
            let start = event.one("DTSTART").map_or(event.line, |line| line.number);
            let known = collected.outside.get_or_insert((start, event.value("DTSTART").to_owned(), 0));
            known.2 += 1;
        }
        Ok(())
    }

    fn label(&mut self, event: &Event) -> String {
        let Some(line) = event.one("SUMMARY") else { return String::new() };
        let label = text(&line.value);
        if label.chars().count() <= LABEL_CHARS_MAX {
            return label;
        }
        let said = format!("cut to {LABEL_CHARS_MAX} characters");
        self.notes.push(Note::changed(line.number, "SUMMARY", &label, said));
        label.chars().take(LABEL_CHARS_MAX).collect()
    }

    // -- when it begins and how long it takes --------------------------------------------------------------------

    fn timing(&mut self, event: &Event, collected: &mut Collected) -> Result<Timing, Note> {
        let missing = || Note::left_out(event.line, "DTSTART", "missing", "the day or time of its beginning");
        let line = event.one("DTSTART").ok_or_else(missing)?;
        let start = moment(line)?;
        if let (Some(_), Some(second)) = (event.one("DTEND"), event.one("DURATION")) {
            self.notes.push(Note::changed(second.number, "DURATION", &second.value, "DTEND decides"));
        }
        match start {
            Moment::Day(date) => {
                let days = self.whole_days(event, date)?;
                let start = start.local(self.zone);
                Ok(Timing { start, takes: Takes::Days(days), zone: self.zone.clone() })
            }
            Moment::Local(_) | Moment::Instant(_) => {
                let zone = self.zone_of(line, start, collected);
                let start = start.local(&zone);
                let takes = self.time(event, start, &zone, collected)?;
                Ok(Timing { start, takes: Takes::Time(takes), zone })
            }
        }
    }

    fn whole_days(&mut self, event: &Event, start: Date) -> Result<i64, Note> {
        let Some(line) = event.one("DTEND") else {
            let Some(line) = event.one("DURATION") else { return Ok(1) };
            let takes = length(line)?;
            let is_days = takes.seconds % 86_400 == 0;
            let days = takes.days + takes.seconds / 86_400;
            let permitted = "whole days, because DTSTART is a day";
            let fault = || Note::left_out(line.number, "DURATION", &line.value, permitted);
            return if is_days && days > 0 { Ok(days) } else { Err(fault()) };
        };
        let Moment::Day(end) = moment(line)? else {
            return Err(Note::left_out(line.number, "DTEND", &line.value, "a day, because DTSTART is one"));
        };
        let days = i64::from(start.until(end).map_or(0, |span| span.get_days()));
        match days {
            1.. => Ok(days),
            // What many programs write of a single day, though the end is the day after the last.
            0 => {
                let said = "read as one day: the end is the day after the last";
                self.notes.push(Note::changed(line.number, "DTEND", &line.value, said));
                Ok(1)
            }
            _ => Err(Note::left_out(line.number, "DTEND", &line.value, format!("a day after {start}"))),
        }
    }

    fn time(
        &mut self,
        event: &Event,
        start: DateTime,
        start_zone: &Zone,
        collected: &mut Collected,
    ) -> Result<Length, Note> {
        let Some(line) = event.one("DTEND") else {
            let missing = || {
                Note::left_out(event.line, "DTEND", "missing", "DTEND or DURATION, because DTSTART is a time")
            };
            let line = event.one("DURATION").ok_or_else(missing)?;
            let takes = length(line)?;
            let fault = || Note::left_out(line.number, "DURATION", &line.value, "longer than 0 seconds");
            return if takes.days > 0 || takes.seconds > 0 { Ok(takes) } else { Err(fault()) };
        };
        let end = match moment(line)? {
            Moment::Day(_) => {
                return Err(Note::left_out(
                    line.number,
                    "DTEND",
                    &line.value,
                    "a time, because DTSTART is one",
                ));
            }
            end @ (Moment::Local(_) | Moment::Instant(_)) => {
                let zone = self.zone_of(line, end, collected);
                elsewhere(end.local(&zone), &zone, start_zone)
            }
        };
        let takes = end.duration_since(start).as_secs();
        let fault = || Note::left_out(line.number, "DTEND", &line.value, format!("a time after {start}"));
        if takes > 0 { Ok(Length { days: takes / 86_400, seconds: takes % 86_400 }) } else { Err(fault()) }
    }

    /// Whose clock a property goes by. A zone that nobody knows is the calendar's, and that is said once.
    fn zone_of(&mut self, line: &Line, moment: Moment, collected: &mut Collected) -> Zone {
        if let Moment::Instant(_) = moment {
            return Zone::parse("UTC").unwrap_or_else(|_| self.zone.clone());
        }
        let Some(id) = line.param("TZID") else { return self.zone.clone() };
        if let Some(zone) = self.known_zone(id) {
            return zone;
        }
        if collected.unknown_zones.insert(id.to_owned()) {
            let said = format!("this is no IANA zone; read by the calendar's, {}", self.zone.name());
            self.notes.push(Note::changed(line.number, "TZID", id, said));
        }
        self.zone.clone()
    }

    /// By its IANA name; by what the file says of it; by the name Outlook uses; by the end of a longer name.
    fn known_zone(&self, id: &str) -> Option<Zone> {
        let said = self.described.get(id).and_then(Option::as_deref);
        let parts: Vec<&str> = id.split('/').collect();
        let ends = [2, 3]
            .into_iter()
            .filter_map(|count| Some(parts.get(parts.len().checked_sub(count)?..)?.join("/")));
        let names = [Some(id), said, windows::iana(id)].into_iter().flatten().map(str::to_owned);
        names.chain(ends).find_map(|name| Zone::parse(&name).ok())
    }

    // -- when it happens again -----------------------------------------------------------------------------------

    fn occurrences(&mut self, line: &Line, rule: &Rule, timing: &Timing) -> Result<Vec<DateTime>, Note> {
        let first = timing.start.date();
        let takes = match timing.takes {
            Takes::Days(days) => days,
            Takes::Time(length) => length.days + 2,
        };
        let from = self.window.from.checked_sub(Span::new().days(takes)).unwrap_or(self.window.from);
        let days = rule.days(timing.start, from, self.window.to, &mut self.budget)?;
        let mut starts: Vec<DateTime> = days.iter().map(|day| day.to_datetime(timing.start.time())).collect();
        if !rule.days(timing.start, first, first, &mut self.budget)?.contains(&first) {
            let said = "it does not give the day of DTSTART; that day is taken too";
            self.notes.push(Note::changed(line.number, "RRULE", &line.value, said));
            starts.insert(0, timing.start);
        }
        if rule.end == End::Never {
            let said = format!("it has no end; told date by date until {}", self.window.to);
            self.notes.push(Note::changed(line.number, "RRULE", &line.value, said));
        }
        Ok(starts)
    }

    /// The one period of a rule without an end or exception that a calendar can say by itself.
    fn plain(&self, rule: &Rule, timing: &Timing) -> Option<When> {
        let first = timing.start.date();
        if first > self.window.from {
            return None;
        }
        let (day_from, day_to) = self.of_one_day(timing)?;
        if rule.is_plain_yearly(first) && (day_from, day_to) == (WallTime::START, WallTime::END) {
            return Some(When::Yearly { month: first.month(), day: first.day() });
        }
        let days = DaySet::from_iter(rule.plain_weekdays(first)?);
        Some(When::Weekly { days, from: day_from, to: day_to })
    }

    /// From when to when it lasts, if it is over within 24 hours and the calendar's clock is the one it goes by.
    fn of_one_day(&self, timing: &Timing) -> Option<(WallTime, WallTime)> {
        let length = match timing.takes {
            Takes::Days(1) => return Some((WallTime::START, WallTime::END)),
            Takes::Days(_) => return None,
            Takes::Time(length) => length,
        };
        let end = length.after(timing.start)?;
        let takes = end.duration_since(timing.start);
        if timing.zone != *self.zone || takes > SignedDuration::from_hours(24) {
            return None;
        }
        let from = wall_time(timing.start)?;
        match wall_time(end)? {
            WallTime::START => Some((from, WallTime::END)),
            to => Some((from, to)),
        }
    }

    fn added(&mut self, event: &Event, timing: &Timing, collected: &mut Collected) -> Vec<DateTime> {
        let mut added = Vec::new();
        for line in event.all("RDATE") {
            for moment in self.moments(line) {
                added.push(match (timing.takes, moment) {
                    (Takes::Days(_), moment) => moment.local(self.zone).date().at(0, 0, 0, 0),
                    (Takes::Time(_), Moment::Day(date)) => date.to_datetime(timing.start.time()),
                    (Takes::Time(_), moment) => {
                        let zone = self.zone_of(line, moment, collected);
                        elsewhere(moment.local(&zone), &zone, &timing.zone)
                    }
                });
            }
        }
        added
    }

    fn except(
        &mut self,
        event: &Event,
        moved: &[Line],
        timing: &Timing,
        collected: &mut Collected,
    ) -> Except {
        let mut except = Except::default();
        for line in event.all("EXDATE").chain(moved) {
            for moment in self.moments(line) {
                match (timing.takes, moment) {
                    (Takes::Days(_), moment) => {
                        except.days.insert(moment.local(self.zone).date());
                    }
                    (Takes::Time(_), Moment::Day(date)) => {
                        except.days.insert(date);
                    }
                    (Takes::Time(_), moment) => {
                        let zone = self.zone_of(line, moment, collected);
                        except.times.insert(elsewhere(moment.local(&zone), &zone, &timing.zone));
                    }
                }
            }
        }
        except
    }

    fn moments(&mut self, line: &Line) -> Vec<Moment> {
        let mut read = Vec::new();
        for moment in moments(line) {
            match moment {
                Ok(moment) => read.push(moment),
                Err(note) => self.notes.push(note),
            }
        }
        read
    }

    // -- as a period of the calendar -----------------------------------------------------------------------------

    /// One occurrence as a period, and its first day; nothing where all of it lies outside the window.
    fn when(&self, timing: &Timing, start: DateTime) -> Option<(Date, When)> {
        let Window { from, to } = self.window;
        let end = match timing.takes {
            Takes::Days(days) => start.checked_add(Span::new().try_days(days).ok()?).ok()?,
            Takes::Time(length) => length.after(start)?,
        };
        let start = elsewhere(start, &timing.zone, self.zone);
        let end = elsewhere(end, &timing.zone, self.zone);
        let midnight = |local: DateTime| local == local.date().at(0, 0, 0, 0);
        let (first, last) =
            (start.date(), if midnight(end) { end.date().yesterday().ok()? } else { end.date() });
        if last < from || first > to || end <= start {
            return None;
        }
        let earliest = Date::new(YEAR_MIN, 1, 1).expect("it is a date");
        let latest = Date::new(YEAR_MAX, 12, 31).expect("it is a date");
        let when = match midnight(start) && midnight(end) {
            true => When::Dates { from: first.max(earliest), to: last.min(latest) },
            false => {
                When::Span { from: start.max(earliest.at(0, 0, 0, 0)), to: end.min(latest.at(0, 0, 0, 0)) }
            }
        };
        Some((first, when))
    }
}

/// What the clock of another zone shows at that moment.
fn elsewhere(local: DateTime, zone: &Zone, other: &Zone) -> DateTime {
    if zone == other { local } else { other.local(zone.shown(local).usual()) }
}

/// A time of day without seconds.
fn wall_time(local: DateTime) -> Option<WallTime> {
    let minutes = u16::try_from(local.hour()).ok()? * 60 + u16::try_from(local.minute()).ok()?;
    if local.second() == 0 { WallTime::from_minutes(minutes) } else { None }
}
