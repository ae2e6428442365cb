//! Requests for reports and for the calls behind a number (REPORT-2, REPORT-3). A service owner sees her services only. Figures come
//! from `reporting`, sums from the store, moments from `periods`; here they are put together.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use contracts::imports::ImportedName;
use contracts::journal::StoreError;
use contracts::records::RecordCursor;
use contracts::reports::{
    RECORDS_MAX, Range, ReportFilter, RollupProgress, ServiceCell, UserCell, interval_of,
};
use engine::{AttendantId, ServiceId, Timestamp};
use hours::{Date, Zone};
use identity::{Action, Authorized, Extent, Identity, right};
use reporting::aggregate::{ServiceSessionAggregate, Thresholds, UserSessionAggregate};
use reporting::kpi::Kpi;
use reporting::sketch::Sketch;
use reporting::{Outcome, State, UserOutcome};

use super::people::{cursor_text, read_cursor};
use super::wire::reports::{
    AttendantFigures, CatchingUp, FiguresView, FormulaView, GroupingName, HeatCell, KpiFigure, KpiName,
    OddDay, OutcomeFigures, PercentilesView, ReportAsk, ReportCall, ReportCallsAsk, ReportCallsPage,
    ReportFilterForm, ReportInterval, ReportView, ServiceFigures, StateFigure, WaitFigures,
};
use super::wire::{ApiError, Request, Response};
use super::{id, misplaced};
use crate::app::App;
use crate::periods::{DAYS_MAX, Days, Grouping, joined};
use crate::seat::{AttendantNames, name_of};

/// Rows of a page a screen may ask for.
const ROWS_MAX: u32 = 200;
/// The longest T: a day.
const SECONDS_MAX: u32 = 86_400;
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
            other => Err(misplaced(&other)),
        }
    }

    async fn report(&self, who: &Identity, ask: &ReportAsk) -> Result<Response, ApiError> {
        let days = read_days(&ask.filter)?;
        let filter = self.read_filter(who, &ask.filter).await?;
        let thresholds = read_thresholds(ask)?;
        let grouping = grouping_of(ask.grouping);
        let borders = days.borders(grouping).ok_or_else(too_many_intervals)?;
        let fine = match (ask.heat_map, grouping) {
            (true, Grouping::QuarterHour | Grouping::Hour) | (false, _) => borders.clone(),
            (true, _) => days.borders(Grouping::Hour).ok_or_else(too_many_intervals)?,
        };
        let progress = self.reports.build_rollups(0).await?;
        let cells = self.reports.service_sessions(&filter, &fine).await.map_err(too_long)?;
        let of_records = !filter.by_service_only();
        let users = match filter.party.is_none() && filter.outcomes.is_empty() {
            true => {
                let Range { from, to } = days.range();
                self.reports.user_sessions(&filter, &[from, to]).await?
            }
            false => Vec::new(),
        };
        let tell_states = users.iter().any(|cell| cell.aggregate.times.tell_states());
        let idle_ms = (filter.services.is_none() && tell_states)
            .then(|| users.iter().map(|cell| cell.aggregate.times.in_state(State::Idle)).sum::<u64>());
        let figures = Figuring { thresholds, of_records };
        let names = self.desk.look(crate::screen::service_names).await?;
        let imported = Imported::of(self.reports.imported_names().await?);
        let total = sum(&cells);
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
            intervals: figures.intervals(&days, &borders, &fine, &cells),
            services: by_service(&cells)
                .iter()
                .map(|(service, sum)| ServiceFigures {
                    service: service.map(|service| service.to_string()),
                    name: service
                        .and_then(|service| names.get(&service).or_else(|| imported.services.get(&service)))
                        .cloned(),
                    figures: figures.of(sum, None),
                })
                .collect(),
            attendants: self.attendants(&filter, users, &imported),
            outcomes: outcomes(&total),
            waits: waits(&total),
            heat_map: if ask.heat_map { figures.heat(&days, &fine, &cells) } else { Vec::new() },
            catching_up: catching_up(progress),
        };
        Ok(Response::Report(Box::new(view)))
    }

    fn attendants(
        &self,
        filter: &ReportFilter,
        cells: Vec<UserCell>,
        imported: &Imported,
    ) -> Vec<AttendantFigures> {
        let mut sums: BTreeMap<_, UserSessionAggregate> = BTreeMap::new();
        for cell in cells {
            sums.entry(cell.attendant).or_default().add(&cell.aggregate);
        }
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
        let filter = self.read_filter(who, &ask.filter).await?;
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
        let names = self.seat.names();
        let imported = Imported::of(self.reports.imported_names().await?);
        let beside: Vec<(bool, Vec<String>)> = found
            .iter()
            .map(|record| {
                let had = record.user_sessions.iter().filter(|session| session.had());
                (record.imported, had.map(|session| imported.name_of(&names, session.attendant)).collect())
            })
            .collect();
        let services: Vec<Option<ServiceId>> = found.iter().map(|record| record.service).collect();
        let mut rows = self.rows(found).await?;
        for (row, service) in rows.iter_mut().zip(services) {
            if row.service_name.is_none() {
                row.service_name = service.and_then(|service| imported.services.get(&service).cloned());
            }
        }
        let calls = rows.into_iter().zip(beside);
        let calls = calls.map(|(call, (imported, attendants))| ReportCall { call, imported, attendants });
        Ok(Response::ReportCalls(ReportCallsPage { calls: calls.collect(), next }))
    }

    /// What she asks for, and of that only what is hers.
    async fn read_filter(&self, who: &Identity, form: &ReportFilterForm) -> Result<ReportFilter, ApiError> {
        let asked: BTreeSet<ServiceId> =
            form.services.iter().map(|service| id("service", service)).collect::<Result<_, _>>()?;
        let services = match asked.is_empty() {
            // The gate has asked for each of them.
            false => Some(asked),
            true => self.services_seen(who).await?,
        };
        let unknown = form.outcomes.iter().find(|id| !Outcome::ALL.iter().any(|known| known.id() == **id));
        if let Some(unknown) = unknown {
            return Err(ApiError::invalid(format!("{unknown} is no outcome; they go from 1 to 18")));
        }
        Ok(ReportFilter {
            services,
            attendant: form.attendant.as_deref().map(|text| id("attendant", text)).transpose()?,
            party: form.caller.as_deref().map(|text| id("party", text)).transpose()?,
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
struct Imported {
    services: BTreeMap<ServiceId, String>,
    attendants: BTreeMap<AttendantId, String>,
}

impl Imported {
    fn of(names: Vec<ImportedName>) -> Imported {
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
        let counts = sum.counts(self.thresholds);
        let mean = |ms: u64, of: u64| (of > 0).then(|| ms as f64 / of as f64);
        FiguresView {
            sessions: sum.sessions(),
            queued: counts.queued,
            answered: counts.answered,
            handled: counts.handled,
            abandoned: counts.abandoned,
            short: counts.short,
            kpis: self.kpis(sum, idle_ms),
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

    fn kpis(&self, sum: &ServiceSessionAggregate, idle_ms: Option<u64>) -> Vec<KpiFigure> {
        let value = |kpi| match kpi {
            Kpi::Aht | Kpi::Occupancy if self.of_records => None,
            _ => sum.kpi(kpi, self.thresholds, idle_ms),
        };
        Kpi::ALL.map(|kpi| KpiFigure { kpi: KpiName::from(kpi), value: value(kpi) }).into()
    }

    fn intervals(
        &self,
        days: &Days,
        borders: &[Timestamp],
        fine: &[Timestamp],
        cells: &[ServiceCell],
    ) -> Vec<ReportInterval> {
        let mut sums = vec![ServiceSessionAggregate::default(); borders.len() - 1];
        for cell in cells {
            if let Some(interval) = interval_of(borders, fine[cell.interval]) {
                sums[interval].add(&cell.aggregate);
            }
        }
        let interval = |(pair, sum): (&[Timestamp], &ServiceSessionAggregate)| ReportInterval {
            from: pair[0].0,
            to: pair[1].0,
            began: format!(
                "{}{}",
                days.zone.local(pair[0].0).strftime("%Y-%m-%dT%H:%M"),
                days.zone.offset_text(pair[0].0)
            ),
            figures: self.of(sum, None),
        };
        borders.windows(2).zip(&sums).map(interval).collect()
    }

    fn heat(&self, days: &Days, fine: &[Timestamp], cells: &[ServiceCell]) -> Vec<HeatCell> {
        let mut sums: BTreeMap<(u8, u8), ServiceSessionAggregate> = BTreeMap::new();
        for cell in cells {
            sums.entry(days.weekday_and_hour(fine[cell.interval])).or_default().add(&cell.aggregate);
        }
        let cell = |((weekday, hour), sum): ((u8, u8), ServiceSessionAggregate)| HeatCell {
            weekday,
            hour,
            sessions: sum.sessions(),
            queued: sum.counts(self.thresholds).queued,
            kpis: self.kpis(&sum, None),
        };
        sums.into_iter().map(cell).collect()
    }
}

fn read_days(form: &ReportFilterForm) -> Result<Days, ApiError> {
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
    match [sla_seconds, hang_up_seconds, short_call_seconds].into_iter().all(|it| it <= SECONDS_MAX) {
        true => Ok(Thresholds {
            sla_s: sla_seconds,
            hang_up_s: hang_up_seconds,
            short_call_s: short_call_seconds,
        }),
        false => Err(ApiError::invalid(format!("thresholds go from 0 to {SECONDS_MAX} seconds"))),
    }
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

fn sum(cells: &[ServiceCell]) -> ServiceSessionAggregate {
    let mut sum = ServiceSessionAggregate::default();
    cells.iter().for_each(|cell| sum.add(&cell.aggregate));
    sum
}

fn by_service(cells: &[ServiceCell]) -> BTreeMap<Option<ServiceId>, ServiceSessionAggregate> {
    let mut sums: BTreeMap<_, ServiceSessionAggregate> = BTreeMap::new();
    cells.iter().for_each(|cell| sums.entry(cell.service).or_default().add(&cell.aggregate));
    sums
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
