//! Requests for reports and for the calls behind a number (REPORT-2, REPORT-3). A service owner sees her services only. Figures come
//! from `reporting`, sums from the store, moments from `periods`; here they are put together.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use contracts::Address;
use contracts::imports::ImportedName;
use contracts::journal::StoreError;
use contracts::records::{CALLS_MAX, RecordCursor};
use contracts::reports::{
    CALLERS_MAX, CallerSum, Callers, Detail, RECORDS_MAX, Range, ReportFilter, RollupProgress, ServiceCell,
};
use engine::{AttendantId, PartyId, ServiceId, Timestamp};
use hours::{Date, Zone};
use identity::{Action, Authorized, Extent, Identity, right};
use reporting::aggregate::{Kpis, ServiceSessionAggregate, Thresholds, UserSessionAggregate};
use reporting::kpi::Kpi;
use reporting::sketch::Sketch;
use reporting::{CallRecord, Outcome, State, UserOutcome};

use super::people::{cursor_text, read_cursor};
use super::wire::reports::{
    AttendantFigures, CallerFigures, CatchingUp, FiguresView, FormulaView, GroupingName, HeatCell, KpiFigure,
    KpiName, OddDay, OutcomeFigures, PercentilesView, ReportAsk, ReportCall, ReportCallersAsk,
    ReportCallersView, ReportCallsAsk, ReportCallsPage, ReportFilterForm, ReportInterval, ReportView,
    ServiceFigures, StateFigure, WaitFigures,
};
use super::wire::{ApiError, Request, Response};
use super::{id, misplaced};
use crate::app::App;
use crate::periods::{DAYS_MAX, Days, Grouping, joined};
use crate::seat::{AttendantNames, name_of};

/// Rows of a page a screen may ask for.
const ROWS_MAX: u32 = 200;
/// Digits from the end that a number is looked for by at least: fewer are in too many numbers.
const ENDING_DIGITS_MIN: usize = 4;
/// Digits from the end that no way of writing a number leaves out.
const ENDING_DIGITS: usize = 7;
/// The seconds at which the distribution of waiting times is divided.
const WAITS_FROM: [u32; 13] = [0, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600];
/// Records that one step of catching up adds up: a tenth of a second, so that no append waits for long.
const STEP: u32 = 2_000;
/// Between two tries to catch up, where the store cannot be written.
const AGAIN: Duration = Duration::from_secs(60);

impl App {
    pub(super) async fn handle_reports(
        &self,
        _: Authorized<right::SeeReports>,
        who: &Identity,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::GetReport { ask } => self.report(who, &ask).await,
            Request::GetReportCalls { ask } => self.report_calls(who, &ask).await,
            Request::GetReportCallers { ask } => self.report_callers(who, &ask).await,
            Request::ExportReport { ask } => self.export_report(who, &ask).await,
            Request::GetReportSchedules {} => self.report_schedules(who).await,
            other => Err(misplaced(&other)),
        }
    }

    async fn report(&self, who: &Identity, ask: &ReportAsk) -> Result<Response, ApiError> {
        let filter = self.read_filter(Some(who), &ask.filter).await?;
        Ok(Response::Report(Box::new(self.report_view(ask, &filter).await?)))
    }

    /// The figures of what this filter lets through.
    pub(super) async fn report_view(
        &self,
        ask: &ReportAsk,
        filter: &ReportFilter,
    ) -> Result<ReportView, ApiError> {
        let days = read_days(&ask.filter)?;
        let thresholds = read_thresholds(ask)?;
        let grouping = grouping_of(ask.grouping);
        let borders = days.borders(grouping).ok_or_else(too_many_intervals)?;
        let progress = self.reports.build_rollups(0).await?;
        let whole = [days.range().from, days.range().to];
        let each: Vec<usize> = (0..borders.len() - 1).collect();
        let (services, intervals, heat_map, users) = tokio::try_join!(
            async { self.reports.service_sessions(filter, &whole).await.map_err(too_long) },
            async { self.reports.sums(filter, &borders, &each, Detail::Whole).await.map_err(too_long) },
            self.hours_of_the_week(ask, filter, &days),
            self.sums_of_attendants(filter, whole),
        )?;
        let services = by_service(services);
        let of_records = !filter.by_service_only();
        let tell_states = users.values().any(|sum| sum.times.tell_states());
        let idle_ms = (filter.services.is_none() && tell_states)
            .then(|| users.values().map(|sum| sum.times.in_state(State::Idle)).sum::<u64>());
        let figures = Figuring { thresholds, of_records };
        let names = self.desk.look(crate::screen::service_names).await?;
        let imported = Imported::of(self.reports.imported_names().await?);
        let mut total = ServiceSessionAggregate::default();
        services.values().for_each(|sum| total.add(sum));
        let view = ReportView {
            from: days.range().from.0,
            to: days.range().to.0,
            time_zone: days.zone.name().to_owned(),
            odd_days: odd_days(&days),
            sla_seconds: ask.sla_seconds,
            hang_up_seconds: ask.hang_up_seconds,
            short_call_seconds: ask.short_call_seconds,
            formulas: formulas(),
            percentile_error: Sketch::RELATIVE_ERROR,
            total: figures.of(&total, idle_ms),
            intervals: figures.intervals(&days, &borders, intervals),
            services: services
                .iter()
                .map(|(service, sum)| ServiceFigures {
                    service: service.map(|service| service.to_string()),
                    name: service
                        .and_then(|service| names.get(&service).or_else(|| imported.services.get(&service)))
                        .cloned(),
                    figures: figures.of(sum, None),
                })
                .collect(),
            attendants: self.attendants(filter, users, &imported),
            outcomes: outcomes(&total),
            waits: waits(&total),
            heat_map: figures.heat(&heat_map),
            catching_up: catching_up(progress),
        };
        Ok(view)
    }

    /// Where they are asked for.
    async fn hours_of_the_week(
        &self,
        ask: &ReportAsk,
        filter: &ReportFilter,
        days: &Days,
    ) -> Result<BTreeMap<usize, ServiceSessionAggregate>, ApiError> {
        if !ask.heat_map {
            return Ok(BTreeMap::new());
        }
        let hours = days.borders(Grouping::Hour).ok_or_else(too_many_intervals)?;
        let of_the_week = |hour: &Timestamp| hour_of_the_week(days.weekday_and_hour(*hour));
        let groups: Vec<usize> = hours[..hours.len() - 1].iter().map(of_the_week).collect();
        self.reports.sums(filter, &hours, &groups, Detail::Kpis).await.map_err(too_long)
    }

    /// Of all calls of some services: by caller and outcome they are not told.
    async fn sums_of_attendants(
        &self,
        filter: &ReportFilter,
        whole: [Timestamp; 2],
    ) -> Result<BTreeMap<AttendantId, UserSessionAggregate>, ApiError> {
        match filter.parties.is_none() && filter.outcomes.is_empty() {
            true => Ok(self.reports.user_sums(filter, whole).await?),
            false => Ok(BTreeMap::new()),
        }
    }

    fn attendants(
        &self,
        filter: &ReportFilter,
        sums: BTreeMap<AttendantId, UserSessionAggregate>,
        imported: &Imported,
    ) -> Vec<AttendantFigures> {
        let names = self.seat.names();
        let all_services = filter.services.is_none();
        let figures = |(attendant, sum): (AttendantId, UserSessionAggregate)| AttendantFigures {
            attendant: attendant.to_string(),
            name: imported.name_of(&names, attendant),
            had: sum.had(),
            declined: sum.ended(UserOutcome::Declined),
            timed_out: sum.ended(UserOutcome::TimedOut),
            aht_ms: sum.aht_ms(),
            occupancy: sum.occupancy().filter(|_| all_services),
            handling: percentiles(
                &sum.handling_sketch,
                (sum.had() > 0).then(|| sum.times.connected_ms as f64 / sum.had() as f64),
            ),
            ring_ms: sum.times.ring_ms,
            connected_ms: sum.times.connected_ms,
            hold_ms: sum.times.hold_ms,
            states: State::ALL
                .into_iter()
                .map(|state| StateFigure { state: state.text().to_owned(), ms: sum.times.in_state(state) })
                .collect(),
        };
        sums.into_iter().map(figures).collect()
    }

    async fn report_calls(&self, who: &Identity, ask: &ReportCallsAsk) -> Result<Response, ApiError> {
        let days = read_days(&ask.filter)?;
        let filter = self.read_filter(Some(who), &ask.filter).await?;
        let ranges = read_ranges(&days, ask)?;
        let before: Option<RecordCursor> = ask.before.as_deref().map(read_cursor).transpose()?;
        if !(1..=ROWS_MAX).contains(&ask.limit) {
            return Err(ApiError::invalid(format!("a page has 1–{ROWS_MAX} calls")));
        }
        let found = match ranges.is_empty() {
            true => Vec::new(),
            false => self.reports.calls_behind(&filter, &ranges, before, ask.limit).await?,
        };
        let next = found.last().filter(|_| found.len() == ask.limit as usize);
        let next = next.map(|last| cursor_text(RecordCursor::of(last)));
        let imported = Imported::of(self.reports.imported_names().await?);
        let calls = self.listed(found, &imported).await?;
        Ok(Response::ReportCalls(ReportCallsPage { calls, next }))
    }

    /// Calls as they are listed, with names.
    async fn listed(&self, found: Vec<CallRecord>, imported: &Imported) -> Result<Vec<ReportCall>, ApiError> {
        let names = self.seat.names();
        let attendants = |record: &CallRecord| {
            let had = record.user_sessions.iter().filter(|session| session.had());
            had.map(|session| imported.name_of(&names, session.attendant)).collect::<Vec<String>>()
        };
        let attendants: Vec<Vec<String>> = found.iter().map(attendants).collect();
        let calls = self.rows(found).await?.into_iter().zip(attendants);
        Ok(calls.map(|(call, attendants)| ReportCall { call, attendants }).collect())
    }

    /// The newest calls that this filter lets through, at most so many, and whether there are more.
    pub(super) async fn newest_calls(
        &self,
        filter: &ReportFilter,
        range: Range,
        most: usize,
    ) -> Result<(Vec<ReportCall>, bool), ApiError> {
        let imported = Imported::of(self.reports.imported_names().await?);
        let mut calls = Vec::new();
        let mut before = None;
        loop {
            let found = self.reports.calls_behind(filter, &[range], before, CALLS_MAX).await?;
            let is_last = found.len() < CALLS_MAX as usize;
            before = found.last().map(RecordCursor::of);
            calls.extend(self.listed(found, &imported).await?);
            if calls.len() > most {
                calls.truncate(most);
                return Ok((calls, true));
            }
            if is_last {
                return Ok((calls, false));
            }
        }
    }

    async fn report_callers(&self, who: &Identity, ask: &ReportCallersAsk) -> Result<Response, ApiError> {
        let range = read_days(&ask.filter)?.range();
        let filter = self.read_filter(Some(who), &ask.filter).await?;
        if ask.short_call_seconds > Thresholds::SECONDS_MAX {
            return Err(beyond_a_day());
        }
        if !(1..=CALLERS_MAX).contains(&ask.limit) {
            return Err(ApiError::invalid(format!("1–{CALLERS_MAX} callers are told")));
        }
        let view = self.callers_view(&filter, range, ask.short_call_seconds, ask.limit).await?;
        Ok(Response::ReportCallers(view))
    }

    pub(super) async fn callers_view(
        &self,
        filter: &ReportFilter,
        range: Range,
        short_call_seconds: u32,
        limit: u32,
    ) -> Result<ReportCallersView, ApiError> {
        let Callers { callers, total } =
            self.reports.callers(filter, range, short_call_seconds, limit).await.map_err(too_long)?;
        let who: Vec<PartyId> = callers.iter().map(|sum| sum.party).collect();
        self.people.fetch(who).await?;
        let figures = |sum: CallerSum| CallerFigures {
            caller: self.people.view(sum.party),
            calls: sum.calls,
            answered: sum.answered,
            abandoned: sum.abandoned,
            last: sum.last.0,
        };
        Ok(ReportCallersView { callers: callers.into_iter().map(figures).collect(), total })
    }

    /// The parties of a number as somebody types it, however it was written when they called; of several numbers that end so.
    async fn parties_of(&self, number: &str) -> Result<BTreeSet<PartyId>, ApiError> {
        let invalid = |why: String| ApiError::new("address.invalid", why).at("number");
        let address =
            Address::parse(number).map_err(|why| invalid(format!("'{number}' is no number: {why}.")))?;
        let reading = self.numbers.reading();
        let whole = reading.written(&address);
        let digits = address.digits();
        let is_number = address.host().is_none() && digits.len() + 1 >= address.as_str().len();
        let part = if is_number {
            if digits.len() < ENDING_DIGITS_MIN {
                return Err(invalid(format!(
                    "Type at least {ENDING_DIGITS_MIN} digits of the number, the last ones."
                )));
            }
            // The country code and the zero before it are written in some ways and not in others; the end is in all.
            digits[digits.len().saturating_sub(ENDING_DIGITS)..].to_owned()
        } else {
            address.as_str().to_owned()
        };
        let found = self.subjects.parties_with(&part).await?;
        if found.len() >= contracts::subjects::NAMED_MAX {
            return Err(invalid(format!("Many numbers have '{part}' in them. Type more of its digits.")));
        }
        let ends_so = |other: &Address| {
            *other == address
                || reading.written(other) == whole
                || is_number
                    && (other.digits().ends_with(&digits)
                        || reading.written(other).trim_start_matches('+').ends_with(&digits))
        };
        let hers = found.into_iter().filter(|party| party.address.as_ref().is_some_and(ends_so));
        Ok(hers.map(|party| party.id).collect())
    }

    /// What she asks for, and of that only what is hers; `None`: Usher itself, which sees all.
    pub(super) async fn read_filter(
        &self,
        who: Option<&Identity>,
        form: &ReportFilterForm,
    ) -> Result<ReportFilter, ApiError> {
        let asked: BTreeSet<ServiceId> =
            form.services.iter().map(|service| id("service", service)).collect::<Result<_, _>>()?;
        let services = match asked.is_empty() {
            // The gate has asked for each of them.
            false => Some(asked),
            true => match who {
                Some(who) => self.services_seen(who).await?,
                None => None,
            },
        };
        let unknown = form.outcomes.iter().find(|id| !Outcome::ALL.iter().any(|known| known.id() == **id));
        if let Some(unknown) = unknown {
            return Err(ApiError::invalid(format!("{unknown} is no outcome; they go from 1 to 18")));
        }
        let mut parties: Option<BTreeSet<PartyId>> = match &form.caller {
            Some(text) => Some([id("party", text)?].into()),
            None => None,
        };
        if let Some(number) = form.number.as_deref().map(str::trim).filter(|number| !number.is_empty()) {
            let found = self.parties_of(number).await?;
            parties = Some(match parties {
                Some(one) => one.intersection(&found).copied().collect(),
                None => found,
            });
        }
        Ok(ReportFilter {
            services,
            attendant: form.attendant.as_deref().map(|text| id("attendant", text)).transpose()?,
            parties,
            outcomes: form.outcomes.iter().copied().collect(),
        })
    }

    /// The services whose reports she may see; `None`: all there are and were.
    pub(crate) async fn services_seen(
        &self,
        who: &Identity,
    ) -> Result<Option<BTreeSet<ServiceId>>, ApiError> {
        if matches!(who.extent_of(Action::SeeReports), Some(Extent::Tenant)) {
            return Ok(None);
        }
        let all = self.desk.look(crate::screen::service_names).await?;
        let mut seen = BTreeSet::new();
        for service in all.into_keys() {
            if who.may(Action::SeeReports, &self.place_of([service].into()).await?) {
                seen.insert(service);
            }
        }
        Ok(Some(seen))
    }

    /// Works sums out again where they are missing, until there is nothing left to do.
    pub(crate) async fn catch_up_reports(&self) {
        loop {
            let wait = match self.reports.build_rollups(STEP).await {
                Ok(RollupProgress { complete: true, .. }) => return,
                Ok(RollupProgress { .. }) => Duration::ZERO,
                Err(error) => {
                    tracing::warn!(%error, "the sums of the reports could not be worked out yet");
                    AGAIN
                }
            };
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }
}

/// What imported files called services and attendants.
pub(super) struct Imported {
    pub(super) services: BTreeMap<ServiceId, String>,
    attendants: BTreeMap<AttendantId, String>,
}

impl Imported {
    pub(super) fn of(names: Vec<ImportedName>) -> Imported {
        let mut imported = Imported { services: BTreeMap::new(), attendants: BTreeMap::new() };
        for name in names {
            match name {
                ImportedName::Service(id, text) => drop(imported.services.insert(id, text)),
                ImportedName::Attendant(id, text) => drop(imported.attendants.insert(id, text)),
            }
        }
        imported
    }

    fn name_of(&self, names: &AttendantNames, attendant: AttendantId) -> String {
        let imported = self.attendants.get(&attendant);
        imported.cloned().unwrap_or_else(|| name_of(names, attendant))
    }
}

/// How figures are worked out.
struct Figuring {
    thresholds: Thresholds,
    /// Added up call by call: after-call work is of no call, so what it enters into is not known.
    of_records: bool,
}

impl Figuring {
    fn of(&self, sum: &ServiceSessionAggregate, idle_ms: Option<u64>) -> FiguresView {
        let kpis = sum.kpis(self.thresholds, idle_ms);
        let counts = kpis.counts;
        let mean = |ms: u64, of: u64| (of > 0).then(|| ms as f64 / of as f64);
        FiguresView {
            sessions: sum.sessions(),
            queued: counts.queued,
            answered: counts.answered,
            handled: counts.handled,
            abandoned: counts.abandoned,
            short: counts.short,
            kpis: self.named(&kpis),
            wait: percentiles(&sum.wait_sketch, mean(sum.times.wait_ms, counts.answered)),
            handling: percentiles(&sum.handling_sketch, mean(sum.times.connected_ms, counts.handled)),
            ring_ms: sum.times.ring_ms,
            wait_ms: sum.times.wait_ms,
            abandoned_wait_ms: sum.times.abandoned_wait_ms,
            connected_ms: sum.times.connected_ms,
            outbound_ms: sum.times.outbound_ms,
            hold_ms: sum.times.hold_ms,
            park_ms: sum.times.park_ms,
            acw_ms: sum.times.acw_ms,
        }
    }

    fn named(&self, kpis: &Kpis) -> Vec<KpiFigure> {
        let value = |kpi| match kpi {
            Kpi::Aht | Kpi::Occupancy if self.of_records => None,
            _ => kpis.of(kpi),
        };
        Kpi::ALL.map(|kpi| KpiFigure { kpi: KpiName::from(kpi), value: value(kpi) }).into()
    }

    fn intervals(
        &self,
        days: &Days,
        borders: &[Timestamp],
        mut sums: BTreeMap<usize, ServiceSessionAggregate>,
    ) -> Vec<ReportInterval> {
        let interval = |(nth, pair): (usize, &[Timestamp])| ReportInterval {
            from: pair[0].0,
            to: pair[1].0,
            began: format!(
                "{}{}",
                days.zone.local(pair[0].0).strftime("%Y-%m-%dT%H:%M"),
                days.zone.offset_text(pair[0].0)
            ),
            figures: self.of(&sums.remove(&nth).unwrap_or_default(), None),
        };
        borders.windows(2).enumerate().map(interval).collect()
    }

    fn heat(&self, sums: &BTreeMap<usize, ServiceSessionAggregate>) -> Vec<HeatCell> {
        let cell = |(hour, sum): (&usize, &ServiceSessionAggregate)| {
            let kpis = sum.kpis(self.thresholds, None);
            HeatCell {
                weekday: (hour / 24) as u8,
                hour: (hour % 24) as u8,
                sessions: sum.sessions(),
                queued: kpis.counts.queued,
                kpis: self.named(&kpis),
            }
        };
        sums.iter().map(cell).collect()
    }
}

pub(super) fn read_days(form: &ReportFilterForm) -> Result<Days, ApiError> {
    let day = |text: &str| {
        text.parse::<Date>().map_err(|_| ApiError::invalid(format!("'{text}' is no day: write 2026-12-01")))
    };
    let zone = Zone::parse(&form.time_zone)
        .map_err(|unknown| ApiError::invalid(format!("'{}': {unknown}", form.time_zone)))?;
    let days = Days { zone, first: day(&form.first_day)?, last: day(&form.last_day)? };
    if days.first > days.last {
        return Err(ApiError::invalid("The first day of a report is not after its last."));
    }
    let beyond = days.each().nth(DAYS_MAX);
    match beyond {
        None => Ok(days),
        Some(_) => Err(ApiError::new(
            "report.too-long",
            format!("A report spans {DAYS_MAX} days at most. Ask for a shorter time."),
        )),
    }
}

fn read_thresholds(ask: &ReportAsk) -> Result<Thresholds, ApiError> {
    let ReportAsk { sla_seconds, hang_up_seconds, short_call_seconds, .. } = *ask;
    match [sla_seconds, hang_up_seconds, short_call_seconds]
        .into_iter()
        .all(|it| it <= Thresholds::SECONDS_MAX)
    {
        true => Ok(Thresholds {
            sla_s: sla_seconds,
            hang_up_s: hang_up_seconds,
            short_call_s: short_call_seconds,
        }),
        false => Err(beyond_a_day()),
    }
}

fn beyond_a_day() -> ApiError {
    ApiError::invalid(format!("thresholds go from 0 to {} seconds", Thresholds::SECONDS_MAX))
}

/// The moments that are asked for, of all those of the report.
fn read_ranges(days: &Days, ask: &ReportCallsAsk) -> Result<Vec<Range>, ApiError> {
    let weekday_there = ask.weekday.is_none_or(|weekday| (1..=7).contains(&weekday));
    if !weekday_there || ask.hour.is_some_and(|hour| hour > 23) {
        return Err(ApiError::invalid("weekdays go from 1 to 7, hours from 0 to 23"));
    }
    let all = days.range();
    let within = |range: Range| Range {
        from: ask.from.map_or(range.from, |from| range.from.max(Timestamp(from))),
        to: ask.to.map_or(range.to, |to| range.to.min(Timestamp(to))),
    };
    let ranges = if ask.weekday.is_none() && ask.hour.is_none() {
        vec![all]
    } else {
        let hours = days.borders(Grouping::Hour).ok_or_else(too_many_intervals)?;
        let asked = |pair: &[Timestamp]| {
            let (weekday, hour) = days.weekday_and_hour(pair[0]);
            ask.weekday.is_none_or(|asked| asked == weekday) && ask.hour.is_none_or(|asked| asked == hour)
        };
        let hours = hours.windows(2).filter(|pair| asked(pair));
        joined(hours.map(|pair| Range { from: pair[0], to: pair[1] }))
    };
    Ok(ranges.into_iter().map(within).filter(|range| range.from < range.to).collect())
}

fn grouping_of(name: GroupingName) -> Grouping {
    match name {
        GroupingName::QuarterHour => Grouping::QuarterHour,
        GroupingName::Hour => Grouping::Hour,
        GroupingName::Day => Grouping::Day,
        GroupingName::Week => Grouping::Week,
        GroupingName::Month => Grouping::Month,
        GroupingName::Whole => Grouping::Whole,
    }
}

fn too_many_intervals() -> ApiError {
    let message = "This would be too many intervals. Ask for longer ones, or for a shorter time.";
    ApiError::new("report.too-long", message)
}

/// More calls than are added up one by one.
fn too_long(error: StoreError) -> ApiError {
    match error {
        StoreError::OutOfRange(_) => ApiError::new(
            "report.too-long",
            format!(
                "More than {RECORDS_MAX} calls would have to be looked at one by one. Ask for a shorter time, or without \
                 attendant, caller and outcomes."
            ),
        ),
        other => other.into(),
    }
}

/// What one interval has of each service.
fn by_service(cells: Vec<ServiceCell>) -> BTreeMap<Option<ServiceId>, ServiceSessionAggregate> {
    cells.into_iter().map(|cell| (cell.service, cell.aggregate)).collect()
}

/// An hour of the week as a number.
fn hour_of_the_week((weekday, hour): (u8, u8)) -> usize {
    usize::from(weekday) * 24 + usize::from(hour)
}

fn formulas() -> Vec<FormulaView> {
    Kpi::ALL
        .map(|kpi| FormulaView {
            kpi: kpi.into(),
            name: kpi.name().to_owned(),
            formula: kpi.formula().to_owned(),
        })
        .into()
}

fn odd_days(days: &Days) -> Vec<OddDay> {
    let odd = |day: Date| {
        let minutes = u32::try_from(days.odd_length(day)?).unwrap_or(0);
        Some(OddDay { day: day.to_string(), minutes })
    };
    days.each().filter_map(odd).collect()
}

fn percentiles(sketch: &Sketch, mean_ms: Option<f64>) -> PercentilesView {
    PercentilesView {
        mean_ms,
        p50_ms: sketch.percentile(0.5),
        p80_ms: sketch.percentile(0.8),
        p90_ms: sketch.percentile(0.9),
        p95_ms: sketch.percentile(0.95),
        p99_ms: sketch.percentile(0.99),
    }
}

fn outcomes(total: &ServiceSessionAggregate) -> Vec<OutcomeFigures> {
    Outcome::ALL
        .map(|outcome| OutcomeFigures {
            outcome: outcome.id(),
            name: outcome.text().to_owned(),
            group: outcome.group().text().to_owned(),
            handled: outcome.handled(),
            calls: total.outcomes.at(u32::from(outcome.id())),
        })
        .into()
}

fn waits(total: &ServiceSessionAggregate) -> Vec<WaitFigures> {
    let nexts = WAITS_FROM.iter().skip(1).copied().map(Some).chain([None]);
    let figures = |(from, to): (&u32, Option<u32>)| {
        let between = |waits: &reporting::sketch::Waits| {
            let below = to.map_or_else(|| waits.0.total(), |to| waits.sooner_than(to));
            below - waits.sooner_than(*from)
        };
        WaitFigures {
            from_seconds: *from,
            to_seconds: to,
            answered: between(&total.handled) + between(&total.answered_lost),
            abandoned: between(&total.abandoned),
            left: between(&total.left_queue),
        }
    };
    WAITS_FROM.iter().zip(nexts).map(figures).collect()
}

fn catching_up(progress: RollupProgress) -> Option<CatchingUp> {
    let RollupProgress { done, total, complete } = progress;
    (!complete).then_some(CatchingUp { done, total })
}
