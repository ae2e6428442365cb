//! Reports that are made by themselves (REPORT-3): when one is due and of which days, how that is kept, and looking at the clock.
//! Each period is made once; after the computer was off only the last one. What cannot be written is tried again. What a report
//! holds and where it goes: see `api::exports`.

use std::sync::Arc;
use std::time::Duration;

use contracts::journal::StoreError;
use engine::Timestamp;
use hours::{Date, Shown, Zone};
use serde::{Deserialize, Serialize};

use crate::api::wire::reports::{FileFormatName, ReportScheduleForm, RhythmName};
use crate::app::App;

/// Setting: the schedules, with what came of each.
const SCHEDULES: &str = "report_schedules";
/// The most there are: what is kept of so many fits into one setting.
pub(crate) const SCHEDULES_MAX: usize = 20;
/// The longest name, of which the file's name is made.
pub(crate) const NAME_CHARS_MAX: usize = 60;
/// The longest path: what Windows takes with a file's name behind it.
pub(crate) const FOLDER_CHARS_MAX: usize = 200;
/// Services that one report names.
pub(crate) const SERVICES_MAX: usize = 50;
/// Between two tries, in milliseconds: somebody connects a drive, and need not wait for long.
pub(crate) const RETRY_MS: i64 = 5 * 60 * 1_000;
/// Between two looks at the clock. It may have been set, or the computer may have slept.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// Days back and ahead in which a month begins.
const LOOK_DAYS: usize = 64;

/// One of them, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Schedule {
    pub(crate) id: u64,
    pub(crate) form: ReportScheduleForm,
    /// The first day of the last period that needs not be made any more, `2026-11-26`.
    pub(crate) done: String,
    pub(crate) last: Option<Run>,
    pub(crate) problem: Option<Problem>,
}

/// A report that was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) at: i64,
    pub(crate) files: Vec<String>,
}

/// The last try failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Problem {
    pub(crate) at: i64,
    pub(crate) text: String,
}

/// Days of which a report is due, both included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) first: String,
    pub(crate) last: String,
}

impl Schedule {
    /// What is to be made now.
    fn due(&self, now: Timestamp) -> Option<Due> {
        let due = last_due(&self.form, now)?;
        let waits = self.problem.as_ref().is_some_and(|problem| {
            // Where the clock was put back nobody waits longer than that.
            (problem.at..problem.at.saturating_add(RETRY_MS)).contains(&now.0)
        });
        // Days are written so that they sort as they come.
        (due.first > self.done && !waits).then_some(due)
    }

    pub(crate) fn succeeded(&mut self, due: &Due, files: Vec<String>, now: Timestamp) {
        if due.first > self.done {
            self.done.clone_from(&due.first);
        }
        self.last = Some(Run { at: now.0, files });
        self.problem = None;
    }

    pub(crate) fn failed(&mut self, text: String, now: Timestamp) {
        self.problem = Some(Problem { at: now.0, text });
    }
}

/// The days of the report whose time came last.
pub(crate) fn last_due(form: &ReportScheduleForm, now: Timestamp) -> Option<Due> {
    let zone = read_zone(form);
    let today = zone.local(now.0).date();
    let days = std::iter::successors(Some(today), |day| day.yesterday().ok()).take(LOOK_DAYS);
    let day =
        days.into_iter().find(|day| is_its_day(form.rhythm, *day) && moment(form, &zone, *day) <= now)?;
    let last = day.yesterday().ok()?;
    let first = match form.rhythm {
        RhythmName::Day => last,
        RhythmName::Week => std::iter::successors(Some(last), |day| day.yesterday().ok()).nth(6)?,
        RhythmName::Month => last.first_of_month(),
    };
    Some(Due { first: first.to_string(), last: last.to_string() })
}

/// When it is made next.
pub(crate) fn next_due(form: &ReportScheduleForm, now: Timestamp) -> Option<Timestamp> {
    let zone = read_zone(form);
    let today = zone.local(now.0).date();
    let mut days = std::iter::successors(Some(today), |day| day.tomorrow().ok()).take(LOOK_DAYS);
    days.find_map(|day| {
        let at = moment(form, &zone, day);
        (is_its_day(form.rhythm, day) && at > now).then_some(at)
    })
}

/// Its zone. A database that has lost a zone since it was chosen has none that is nearer than UTC.
pub(crate) fn read_zone(form: &ReportScheduleForm) -> Zone {
    Zone::parse(&form.time_zone).or_else(|_| Zone::parse("UTC")).expect("every database has UTC")
}

/// The name of its file: of one day, of a whole month, or of the days from the first to the last.
pub(crate) fn file_name(name: &str, first: &str, last: &str, format: FileFormatName) -> String {
    let ending = match format {
        FileFormatName::Xlsx => "xlsx",
        FileFormatName::Csv => "csv",
    };
    let is_month = || {
        let (first, last) = (first.parse::<Date>().ok()?, last.parse::<Date>().ok()?);
        let is_whole = first.first_of_month() == first && first.last_of_month() == last;
        is_whole.then(|| first.strftime("%Y-%m").to_string())
    };
    let days = match first == last {
        true => first.to_owned(),
        false => is_month().unwrap_or_else(|| format!("{first} to {last}")),
    };
    format!("{name} {days}.{ending}")
}

/// Whether a report is made on this day.
fn is_its_day(rhythm: RhythmName, day: Date) -> bool {
    match rhythm {
        RhythmName::Day => true,
        RhythmName::Week => day.weekday().to_monday_one_offset() == 1,
        RhythmName::Month => day.day() == 1,
    }
}

/// When its time comes on this day: the first moment where that time comes twice, the next moment where it does not come.
fn moment(form: &ReportScheduleForm, zone: &Zone, day: Date) -> Timestamp {
    let minutes = form.at_minute.min(24 * 60 - 1);
    let part = |number: u32| i8::try_from(number).unwrap_or(0);
    let shown = zone.shown(day.at(part(minutes / 60), part(minutes % 60), 0, 0));
    Timestamp(match shown {
        Shown::Once(at) | Shown::Twice { first: at, second: _ } => at,
        Shown::Never { instead } => {
            let shifts = zone.shifts(instead.saturating_sub(24 * 3_600_000), instead);
            shifts.last().map_or(instead, |shift| shift.at)
        }
    })
}

impl App {
    pub(crate) async fn schedules(&self) -> Result<Vec<Schedule>, StoreError> {
        let Some(json) = self.settings.get(SCHEDULES).await? else { return Ok(Vec::new()) };
        serde_json::from_str(&json)
            .map_err(|error| StoreError::Damaged(format!("the scheduled reports cannot be read: {error}")))
    }

    pub(crate) async fn keep_schedules(&self, schedules: &[Schedule]) -> Result<(), StoreError> {
        let json =
            serde_json::to_string(schedules).map_err(|error| StoreError::OutOfRange(error.to_string()))?;
        self.settings.put(SCHEDULES, &json).await
    }

    /// Makes every report that is due at this moment.
    pub async fn make_due_reports(&self, now: Timestamp) -> Result<(), StoreError> {
        let _one = self.scheduling.lock().await;
        let mut kept = self.schedules().await?;
        for place in 0..kept.len() {
            if let Some(due) = kept[place].due(now) {
                self.make(&mut kept[place], &due, now).await;
                // One by one: what is done is not done again after a crash.
                self.keep_schedules(&kept).await?;
            }
        }
        Ok(())
    }

    /// Looks at the clock until the application stops.
    pub(crate) async fn keep_making_reports(self: Arc<App>) {
        loop {
            if let Err(error) = self.make_due_reports(self.sources.now()).await {
                tracing::warn!(%error, "scheduled reports could not be looked at");
            }
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.schedules_changed.notified() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(rhythm: RhythmName, at_minute: u32) -> ReportScheduleForm {
        ReportScheduleForm {
            id: None,
            name: "Desk".into(),
            rhythm,
            at_minute,
            time_zone: "Europe/Zurich".into(),
            folder: "/reports".into(),
            services: vec![],
            formats: vec![FileFormatName::Xlsx],
            calls: false,
            sla_seconds: 20,
            hang_up_seconds: 20,
            short_call_seconds: 5,
        }
    }

    fn at(local: &str) -> Timestamp {
        let zone = Zone::parse("Europe/Zurich").expect("a zone");
        Timestamp(zone.shown(local.parse().expect("a time")).usual())
    }

    fn due(first: &str, last: &str) -> Option<Due> {
        Some(Due { first: first.into(), last: last.into() })
    }

    /// REPORT-3: the day, week and month that are over when the time comes.
    #[test]
    fn a_report_is_of_the_whole_period_before() {
        let daily = form(RhythmName::Day, 6 * 60);
        assert_eq!(last_due(&daily, at("2026-11-27T06:00")), due("2026-11-26", "2026-11-26"));
        assert_eq!(last_due(&daily, at("2026-11-27T05:59")), due("2026-11-25", "2026-11-25"));
        assert_eq!(next_due(&daily, at("2026-11-27T06:00")), Some(at("2026-11-28T06:00")));
        let weekly = form(RhythmName::Week, 6 * 60);
        assert_eq!(last_due(&weekly, at("2026-11-27T12:00")), due("2026-11-16", "2026-11-22"));
        assert_eq!(next_due(&weekly, at("2026-11-27T12:00")), Some(at("2026-11-30T06:00")));
        let monthly = form(RhythmName::Month, 0);
        assert_eq!(last_due(&monthly, at("2026-03-31T12:00")), due("2026-02-01", "2026-02-28"));
        assert_eq!(next_due(&monthly, at("2026-11-27T12:00")), Some(at("2026-12-01T00:00")));
    }

    /// The clocks of Zurich go from 02:00 to 03:00 on 28 March 2027, and from 03:00 to 02:00 on 31 October.
    #[test]
    fn a_time_that_does_not_come_is_the_next_moment_and_one_that_comes_twice_the_first() {
        let daily = form(RhythmName::Day, 2 * 60 + 30);
        let spring = next_due(&daily, at("2027-03-28T00:00")).expect("a time");
        assert_eq!(spring, at("2027-03-28T03:00"));
        assert_eq!(last_due(&daily, spring), due("2027-03-27", "2027-03-27"));
        assert_eq!(next_due(&daily, spring), Some(at("2027-03-29T02:30")));
        let autumn = next_due(&daily, at("2027-10-31T00:00")).expect("a time");
        assert_eq!(autumn, Timestamp(at("2027-10-31T00:00").0 + 150 * 60_000));
        // An hour later the clock shows the same: it is not due again.
        assert_eq!(next_due(&daily, autumn), Some(at("2027-11-01T02:30")));
    }

    #[test]
    fn a_period_is_made_once_and_only_the_last_after_the_computer_was_off() {
        let mut schedule = Schedule {
            id: 1,
            form: form(RhythmName::Day, 6 * 60),
            done: "2026-11-24".into(),
            last: None,
            problem: None,
        };
        let now = at("2026-11-27T09:00");
        let missed = schedule.due(now).expect("it is due");
        assert_eq!(Some(missed.clone()), due("2026-11-26", "2026-11-26"), "of three missed the last");
        schedule.failed("no room".into(), now);
        assert_eq!(schedule.due(Timestamp(now.0 + RETRY_MS - 1)), None, "not at once");
        assert_eq!(schedule.due(Timestamp(now.0 + RETRY_MS)), Some(missed.clone()), "then again");
        assert_eq!(
            schedule.due(Timestamp(now.0 - 1)),
            Some(missed.clone()),
            "also by a clock that was put back"
        );
        schedule.succeeded(&missed, vec!["Desk 2026-11-26.xlsx".into()], now);
        assert_eq!((schedule.due(now), &schedule.problem), (None, &None));
        assert_eq!(schedule.due(at("2026-11-26T07:00")), None, "an older one is not made again");
        assert_eq!(schedule.due(at("2026-11-28T06:00")), due("2026-11-27", "2026-11-27"));
    }

    #[test]
    fn a_file_is_named_by_its_period() {
        let name = |first, last| file_name("Desk", first, last, FileFormatName::Csv);
        assert_eq!(name("2026-11-26", "2026-11-26"), "Desk 2026-11-26.csv");
        assert_eq!(name("2026-11-16", "2026-11-22"), "Desk 2026-11-16 to 2026-11-22.csv");
        assert_eq!(name("2028-02-01", "2028-02-29"), "Desk 2028-02.csv");
    }
}
