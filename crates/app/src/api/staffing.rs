//! How many attendants a day takes (ROUTE-8): reads what earlier days tell from the call records, and lets the planner work
//! on a thread of its own, which the screen watches and can stop. Knows no formula: see `planner`.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use contracts::records::{CALLS_MAX, RecordCursor, RecordFilter, Records};
use engine::ServiceId;
use identity::{Authorized, right};
use planner::scenario::Times;
use planner::{Ask, Estimate, PastCall, Plan, PlanError, PlannedInterval, Profile, Progress, Target, Watch};
use reporting::{CallRecord, Outcome};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::wire::{
    ApiError, EstimateView, PlannedIntervalView, Request, Response, StaffingAsk, StaffingBasis,
    StaffingInterval, StaffingPlan, UiEvent,
};
use super::{id, misplaced};
use crate::app::App;

/// Calls of history that are read: half a year of a busy desk, and a second of reading.
const HISTORY_CALLS_MAX: usize = 50_000;
/// Days simulated for each answer: enough that a service level is known to about a point.
const REPLICATIONS: u32 = 100;
/// Between two tellings of progress.
const TELL_EVERY: Duration = Duration::from_millis(250);

/// The plan that is being worked on, if any.
#[derive(Debug, Default)]
pub(crate) struct Planning(Mutex<CancellationToken>);

impl Planning {
    /// A new one, in place of the one before.
    fn begin(&self) -> CancellationToken {
        let new = CancellationToken::new();
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *running, new.clone()).cancel();
        new
    }

    /// Stops it.
    pub(crate) fn cancel(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).cancel();
    }
}

impl App {
    pub(super) async fn handle_staffing(
        &self,
        _: Authorized<right::PlanStaffing>,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::GetStaffingBasis { service, day, time_zone, interval_minutes, simulated } => {
                let service = id("service", &service)?;
                self.basis(service, day, time_zone, interval_minutes, simulated).await
            }
            Request::PlanStaffing { ask } => self.plan_staffing(read_ask(&ask)?).await,
            Request::CancelStaffing {} => {
                self.planning.cancel();
                Ok(Response::Done)
            }
            other => Err(misplaced(&other)),
        }
    }

    async fn basis(
        &self,
        service: ServiceId,
        day: String,
        time_zone: String,
        interval_minutes: u32,
        simulated: bool,
    ) -> Result<Response, ApiError> {
        let date = day.parse::<hours::Date>();
        let date = date.map_err(|_| ApiError::invalid(format!("'{day}' is no day: write 2026-12-01")))?;
        if !(5..=240).contains(&interval_minutes) || 1440 % interval_minutes != 0 {
            let what = "the interval: 5 to 240 minutes that divide a day";
            return Err(ApiError::invalid(format!("{interval_minutes} is no length of {what}")));
        }
        let found = self.desk.look(move |board| board.service(service).cloned()).await?;
        let settings = found.ok_or_else(|| ApiError::new("setting.unknown", "This service is no more."))?;
        let filter = RecordFilter { service: Some(service), simulated, ..RecordFilter::default() };
        let (calls, is_cut) = history(self.records.as_ref(), filter).await?;
        let calls_read = u32::try_from(calls.len()).unwrap_or(u32::MAX);
        let profile = Profile::of(&calls, &time_zone, date.weekday(), interval_minutes);
        let profile = profile.ok_or_else(|| ApiError::invalid(format!("'{time_zone}' is no time zone")))?;
        let zone = hours::Zone::parse(&time_zone);
        let zone = zone.map_err(|_| ApiError::invalid(format!("'{time_zone}' is no time zone")))?;
        let forecast = match simulated {
            // Training calls are in no report.
            true => Err("There is no forecast in training.".to_owned()),
            false => self.forecast(service, date, &zone, interval_minutes).await?,
        };
        let (forecast, no_forecast) = match forecast {
            Ok(forecast) => (Some(forecast), None),
            Err(why) => (None, Some(why)),
        };
        Ok(Response::StaffingBasis(StaffingBasis {
            service_name: settings.name,
            day,
            days: profile.days.iter().map(ToString::to_string).collect(),
            calls_read,
            is_cut,
            interval_minutes,
            intervals: profile
                .intervals
                .iter()
                .map(|it| StaffingInterval { calls: it.calls, spread: it.spread })
                .collect(),
            day_variation: profile.day_variation,
            talk_seconds: profile.talk.map(|talk| talk.mean_seconds),
            talk_variation: profile.talk.map(|talk| talk.variation),
            patience_seconds: profile.patience_seconds,
            after_call_work_seconds: settings.acw.0 / 1000,
            queue_time_max_seconds: settings.queue_time_max.0 / 1000,
            sla_seconds: settings.sla.0 / 1000,
            forecast,
            no_forecast,
        }))
    }

    async fn plan_staffing(&self, ask: Ask) -> Result<Response, ApiError> {
        let cancel = self.planning.begin();
        // Whoever asked may go away before it is done; nobody else wants it.
        let _gone = cancel.clone().drop_guard();
        let teller = Teller { events: self.teller(), cancel, told: Mutex::default() };
        let planned = tokio::task::spawn_blocking(move || planner::plan(&ask, &teller)).await;
        match planned {
            Ok(Ok(plan)) => Ok(Response::StaffingPlan(plan.into())),
            Ok(Err(PlanError::Cancelled(_))) => {
                Err(ApiError::new("planner.cancelled", "The planning was stopped."))
            }
            Ok(Err(error @ PlanError::Invalid(_))) => {
                Err(ApiError::new("planner.invalid", error.to_string()))
            }
            Err(error) => {
                tracing::error!(%error, "the planner failed");
                let message = "The plan could not be worked out. Please report what you asked for.";
                Err(ApiError::new("internal", message))
            }
        }
    }
}

/// The newest calls of a service, oldest last, and whether there were more than are read.
async fn history(records: &dyn Records, filter: RecordFilter) -> Result<(Vec<PastCall>, bool), ApiError> {
    let mut calls = Vec::new();
    let mut filter = filter;
    loop {
        let page = records.calls(&filter, CALLS_MAX).await?;
        calls.extend(page.iter().filter_map(past));
        let Some(last) = page.last().filter(|_| page.len() == CALLS_MAX as usize) else {
            return Ok((calls, false));
        };
        if calls.len() >= HISTORY_CALLS_MAX {
            return Ok((calls, true));
        }
        filter.before = Some(RecordCursor::of(last));
    }
}

/// A call that waited for an attendant and is over; nothing of one that never did.
fn past(record: &CallRecord) -> Option<PastCall> {
    let (queued, ended) = (record.queued?, record.ended?);
    if record.outbound {
        return None;
    }
    Some(PastCall {
        arrived: queued,
        wait_ms: u64::from((record.accepted.unwrap_or(ended) - queued).0),
        talk_ms: record.accepted.map(|_| record.connected_ms),
        gave_up: record.outcome == Some(Outcome::CustomerHangupInQueue),
    })
}

/// Tells the screens how far a plan is, and hears that it is not wanted any more.
struct Teller {
    events: broadcast::Sender<UiEvent>,
    cancel: CancellationToken,
    told: Mutex<Option<Instant>>,
}

impl Watch for Teller {
    fn progress(&self, Progress { done, total }: Progress) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_none_or(|told| told.elapsed() >= TELL_EVERY) {
            *told = Some(Instant::now());
            // Nobody listens: nobody has to be told.
            let _ = self.events.send(UiEvent::Planning { done, total });
        }
    }

    fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }
}

fn read_ask(ask: &StaffingAsk) -> Result<Ask, ApiError> {
    if !(0.0..=10.0).contains(&ask.talk_variation) {
        let message = format!("talk variation is {}; permitted is 0 to 10", ask.talk_variation);
        return Err(ApiError::new("planner.invalid", message));
    }
    Ok(Ask {
        start: ask.start.clone(),
        time_zone: ask.time_zone.clone(),
        interval_minutes: ask.interval_minutes,
        calls: ask.calls.clone(),
        day_variation: ask.day_variation,
        talk: talk(ask.talk_seconds, ask.talk_variation),
        after_call_work_seconds: ask.after_call_work_seconds,
        patience: ask.patience_seconds.map(|mean_seconds| Times::Exponential { mean_seconds }),
        queue_time_max_seconds: ask.queue_time_max_seconds,
        target: Target { share: ask.target_share, seconds: ask.target_seconds },
        replications: REPLICATIONS,
        // The same question has the same answer.
        seed: 1,
    })
}

fn talk(mean_seconds: f64, variation: f64) -> Times {
    match variation {
        0.0 => Times::Deterministic { seconds: mean_seconds },
        1.0 => Times::Exponential { mean_seconds },
        // Below, a log-normal distribution is as good as always the same.
        _ => Times::LogNormal { mean_seconds, variation: variation.max(0.01) },
    }
}

impl From<Plan> for StaffingPlan {
    fn from(plan: Plan) -> StaffingPlan {
        StaffingPlan {
            intervals: plan.intervals.into_iter().map(Into::into).collect(),
            level: plan.level.map(Into::into),
            days_simulated: plan.days_simulated,
        }
    }
}

impl From<PlannedInterval> for PlannedIntervalView {
    fn from(interval: PlannedInterval) -> PlannedIntervalView {
        PlannedIntervalView {
            from_local: interval.from_local,
            calls: interval.calls,
            erlang_c: interval.erlang_c,
            erlang_a: interval.erlang_a,
            simulation: interval.simulation,
            level: interval.level.map(Into::into),
            level_bad_day: interval.level_bad_day,
            level_erlang_c: interval.level_erlang_c,
            level_erlang_a: interval.level_erlang_a,
            reasons: interval.reasons.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<Estimate> for EstimateView {
    /// Of shares: no lower than 0, no higher than 1.
    fn from(Estimate { mean, half_width, .. }: Estimate) -> EstimateView {
        let half = half_width.unwrap_or(1.0);
        EstimateView { mean, low: (mean - half).max(0.0), high: (mean + half).min(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use engine::{CallId, Origin, PartyId, ServiceId, Timestamp};
    use planner::PastCall;
    use reporting::{CallRecord, Outcome};

    use super::past;

    fn record(accepted: Option<i64>, outcome: Outcome) -> CallRecord {
        CallRecord {
            call: CallId(1),
            part: 1,
            origin: Origin::Live,
            outbound: false,
            service: Some(ServiceId(1)),
            party: PartyId(1),
            arrived: Timestamp(1_000),
            queued: Some(Timestamp(5_000)),
            accepted: accepted.map(Timestamp),
            ended: Some(Timestamp(60_000)),
            connected_ms: if accepted.is_some() { 40_000 } else { 0 },
            hold_ms: 0,
            park_ms: 0,
            outcome: Some(outcome),
            imported: false,
            user_sessions: Vec::new(),
        }
    }

    #[test]
    fn the_wait_is_counted_from_the_queue_and_who_was_answered_did_not_give_up() {
        let answered = past(&record(Some(20_000), Outcome::UserAccepted));
        let expected =
            PastCall { arrived: Timestamp(5_000), wait_ms: 15_000, talk_ms: Some(40_000), gave_up: false };
        assert_eq!(answered, Some(expected));
        let gave_up = past(&record(None, Outcome::CustomerHangupInQueue));
        assert_eq!(
            gave_up.map(|call| (call.wait_ms, call.talk_ms, call.gave_up)),
            Some((55_000, None, true))
        );
    }

    #[test]
    fn who_never_waited_or_is_still_there_tells_nothing_about_a_day_to_come() {
        let never = CallRecord { queued: None, ..record(None, Outcome::DisconnectedByWorkflow) };
        let still = CallRecord { ended: None, ..record(Some(20_000), Outcome::UserAccepted) };
        let ours = CallRecord { outbound: true, ..record(Some(20_000), Outcome::OutboundAccepted) };
        assert_eq!([past(&never), past(&still), past(&ours)], [None; 3]);
    }
}
