//! What a day to come brings (REPORT-1, ROUTE-8): reads the counts of earlier days from the kept sums, never the calls one by one, asks
//! the calendars of a service which hours count, and hands both to the planner's forecast. Knows no formula.

use std::collections::BTreeMap;

use contracts::reports::ReportFilter;
use engine::{ServiceId, Timestamp};
use hours::{Calendar, Date, Weekday, Zone};
use planner::{BANDS, DayAhead, DayForecast, Forecast, LeftOut, NoForecast, PastDay, Spread, WEEKS_MIN};
use reporting::aggregate::Thresholds;

use super::wire::ApiError;
use super::wire::staffing::{BandView, ComparableDay, ForecastDay, ForecastView, LeftOutDay, LeftOutName};
use crate::app::App;
use crate::periods::{Days, Grouping};

/// Days that are looked back on: half a year, whose quarters of an hour are as many as one question holds.
const BACK_DAYS: i32 = 182;
/// Days of the same weekday that are shown beside the forecast.
const SHOWN: usize = 8;
const QUARTER_MS: i64 = 900_000;

impl App {
    /// The forecast for a day of a service; where there is none, why, in words.
    pub(super) async fn forecast(
        &self,
        service: ServiceId,
        date: Date,
        zone: &Zone,
        interval_minutes: u32,
    ) -> Result<Result<ForecastView, String>, ApiError> {
        if !interval_minutes.is_multiple_of(15) {
            return Ok(Err(
                "Calls are added up by quarters of an hour: choose an interval of 15, 30 or 60 minutes."
                    .to_owned(),
            ));
        }
        let now = self.sources.now();
        let today = zone.local(now.0).date();
        // Today is not over; of a day that was, only what was known before it counts.
        let Ok(last) = today.min(date).yesterday() else { return Ok(Err(beyond())) };
        let first = (1..BACK_DAYS).try_fold(last, |day, _| day.yesterday().ok());
        let Some(first) = first else { return Ok(Err(beyond())) };
        let days = Days { zone: zone.clone(), first, last };
        let hours = self.desk.look(move |board| hours_of(board, service)).await?;
        let history = self.counted(service, &days, &hours, interval_minutes).await?;
        let ahead = week_of(date, today)
            .into_iter()
            .map(|date| DayAhead { date, open: open_intervals(zone, &hours, date, interval_minutes) })
            .collect::<Vec<_>>();
        // Smoothing half a year in every way there is takes some milliseconds.
        let found = tokio::task::spawn_blocking(move || view(&history, &ahead, date)).await;
        found.map_err(|error| {
            tracing::error!(%error, "a forecast failed inside");
            ApiError::new("internal", "The forecast could not be worked out.")
        })
    }

    /// What was counted on each of these days.
    async fn counted(
        &self,
        service: ServiceId,
        days: &Days,
        hours: &[Calendar],
        interval_minutes: u32,
    ) -> Result<Vec<PastDay>, ApiError> {
        let filter = ReportFilter { services: Some([service].into()), ..ReportFilter::default() };
        let borders =
            days.borders(Grouping::QuarterHour).ok_or_else(|| ApiError::invalid("too many days"))?;
        let cells = self.reports.service_sessions(&filter, &borders).await?;
        let everybody = Thresholds { sla_s: 0, hang_up_s: 0, short_call_s: 0 };
        let count = places(interval_minutes);
        let mut counted: BTreeMap<Date, Vec<u32>> = BTreeMap::new();
        for cell in cells {
            let Some(border) = borders.get(cell.interval) else { continue };
            let (date, place) = place_of(&days.zone, *border, interval_minutes);
            let calls = counted.entry(date).or_insert_with(|| vec![0; count]);
            if let Some(calls) = calls.get_mut(place) {
                let queued = u32::try_from(cell.aggregate.counts(everybody).queued).unwrap_or(u32::MAX);
                *calls = calls.saturating_add(queued);
            }
        }
        let day = |date: Date| PastDay {
            date,
            calls: counted.remove(&date).unwrap_or_else(|| vec![0; count]),
            open: open_intervals(&days.zone, hours, date, interval_minutes),
            clocks_change: days.odd_length(date).is_some(),
        };
        Ok(days.each().map(day).collect())
    }
}

/// The calendars that a service's workflow goes by.
fn hours_of(board: &engine::Switchboard, service: ServiceId) -> Vec<Calendar> {
    let workflow = board.service(service).and_then(|service| service.workflow.as_ref());
    let asked = workflow.into_iter().flat_map(|workflow| workflow.calendars());
    asked.filter_map(|calendar| board.calendar(calendar)).map(|calendar| calendar.hours.clone()).collect()
}

/// The seven days from Monday to Sunday of this day's week that are still to come, and the day itself.
fn week_of(date: Date, today: Date) -> Vec<Date> {
    let back = date.weekday().to_monday_zero_offset();
    let monday = (0..back).try_fold(date, |day, _| day.yesterday().ok()).unwrap_or(date);
    let days = std::iter::successors(Some(monday), |day| day.tomorrow().ok()).take(7);
    days.filter(|day| *day >= today.min(date)).collect()
}

fn places(interval_minutes: u32) -> usize {
    (1440 / interval_minutes.max(1)) as usize
}

/// The local day, and the interval by the clock on the wall.
fn place_of(zone: &Zone, at: Timestamp, interval_minutes: u32) -> (Date, usize) {
    let local = zone.local(at.0);
    let minutes = u32::from(local.hour().unsigned_abs()) * 60 + u32::from(local.minute().unsigned_abs());
    (local.date(), (minutes / interval_minutes.max(1)) as usize)
}

/// In which intervals of a day the service is open for at least a quarter of an hour; without a calendar always.
fn open_intervals(zone: &Zone, hours: &[Calendar], date: Date, interval_minutes: u32) -> Vec<bool> {
    let mut open = vec![hours.is_empty(); places(interval_minutes)];
    if hours.is_empty() {
        return open;
    }
    let began = zone.shown(date.at(0, 0, 0, 0)).usual();
    let ended = date.tomorrow().map_or(began, |next| zone.shown(next.at(0, 0, 0, 0)).usual());
    let mut at = began;
    while at < ended {
        if hours.iter().all(|calendar| calendar.is_open(at)) {
            let (_, place) = place_of(zone, Timestamp(at), interval_minutes);
            if let Some(open) = open.get_mut(place) {
                *open = true;
            }
        }
        at += QUARTER_MS;
    }
    open
}

fn view(history: &[PastDay], ahead: &[DayAhead], date: Date) -> Result<ForecastView, String> {
    let forecast = Forecast::of(history, WEEKS_MIN);
    let week: Vec<(Date, Result<DayForecast, NoForecast>)> =
        ahead.iter().map(|day| (day.date, forecast.day(day))).collect();
    let Some((_, asked)) = week.iter().find(|(day, _)| *day == date) else { return Err(beyond()) };
    let asked = asked.as_ref().map_err(|why| in_words(*why, date.weekday()))?;
    let comparable = forecast.comparable(date.weekday()).take(SHOWN);
    Ok(ForecastView {
        days_used: u32::try_from(forecast.days_used()).unwrap_or(u32::MAX),
        first: history
            .iter()
            .find(|day| day.calls.iter().any(|calls| *calls > 0))
            .map(|day| day.date.to_string()),
        is_closed: asked.is_closed,
        total: band(&asked.total),
        day_variation: asked.variation,
        trend_of_week: forecast.trend_of_week(),
        shares: BANDS.to_vec(),
        intervals: asked.intervals.iter().map(band).collect(),
        comparable: comparable
            .map(|(day, calls)| ComparableDay { day: day.to_string(), calls: calls.to_vec() })
            .collect(),
        week: week
            .iter()
            .map(|(day, found)| ForecastDay {
                day: day.to_string(),
                is_closed: found.as_ref().is_ok_and(|found| found.is_closed),
                total: found.as_ref().ok().map(|found| band(&found.total)),
            })
            .collect(),
        left_out: forecast
            .left_out()
            .iter()
            .map(|(day, why)| LeftOutDay { day: day.to_string(), why: (*why).into() })
            .collect(),
    })
}

fn band(spread: &Spread) -> BandView {
    BandView {
        mean: spread.mean,
        low: spread.bands.iter().map(|(low, _)| *low).collect(),
        high: spread.bands.iter().map(|(_, high)| *high).collect(),
    }
}

impl From<LeftOut> for LeftOutName {
    fn from(why: LeftOut) -> LeftOutName {
        match why {
            LeftOut::OtherHours => LeftOutName::OtherHours,
            LeftOut::Gap => LeftOutName::Gap,
            LeftOut::Odd => LeftOutName::Odd,
        }
    }
}

fn in_words(why: NoForecast, weekday: Weekday) -> String {
    let name = match weekday {
        Weekday::Monday => "Mondays",
        Weekday::Tuesday => "Tuesdays",
        Weekday::Wednesday => "Wednesdays",
        Weekday::Thursday => "Thursdays",
        Weekday::Friday => "Fridays",
        Weekday::Saturday => "Saturdays",
        Weekday::Sunday => "Sundays",
    };
    match why {
        NoForecast::TooLittle { days: 0, needed } => {
            format!("No {name} with calls are recorded; a forecast needs {needed}.")
        }
        NoForecast::TooLittle { days: 1, needed } => {
            format!("Only one of the {name} is recorded; a forecast needs {needed}.")
        }
        NoForecast::TooLittle { days, needed } => {
            format!("Only {days} {name} are recorded; a forecast needs {needed}.")
        }
        NoForecast::TooFar { .. } => beyond(),
    }
}

fn beyond() -> String {
    format!("A forecast reaches {} days; choose an earlier day.", planner::AHEAD_DAYS_MAX)
}
