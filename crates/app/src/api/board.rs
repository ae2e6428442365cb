//! Requests about the wallboard (REPORT-3): who watches it, what its figures warn at, and what whoever looks after a service may do
//! for its attendants. What is shown is worked out in `board`.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use engine::{AttendantId, Command, ServiceId};
use hours::Zone;
use identity::{Authorized, Identity, right};

use super::wire::reports::KpiName;
use super::wire::{ApiError, BoardFigureName, BoardForm, BoardLevel, Request, Response};
use super::{id, misplaced};
use crate::app::App;
use crate::board::Rules;

/// Services with rules of their own: as many as the setting takes, whatever they say.
const OWN_MAX: usize = 100;
/// T, in seconds: what a service itself can be set to.
const SLA_SECONDS: RangeInclusive<u32> = 1..=3_600;

impl App {
    pub(super) async fn handle_board(
        &self,
        _: Authorized<right::SeeReports>,
        who: &Identity,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::WatchBoard { watch, time_zone } => {
                let zone = Zone::parse(&time_zone)
                    .map_err(|unknown| ApiError::invalid(format!("'{time_zone}': {unknown}")))?;
                let view = self.watch_board(who, read_watch(&watch)?, zone).await?;
                Ok(Response::Board(Box::new(view)))
            }
            Request::UnwatchBoard { watch } => {
                self.board.unwatch(read_watch(&watch)?);
                Ok(Response::Done)
            }
            other => Err(misplaced(&other)),
        }
    }

    pub(super) async fn handle_board_rules(
        &self,
        _: Authorized<right::ChangeServices>,
        request: Request,
    ) -> Result<Response, ApiError> {
        let Request::SetBoardRules { service, form } = request else { return Err(misplaced(&request)) };
        if let Some(form) = &form {
            check_form(form)?;
        }
        let _one = self.administering.lock().await;
        let mut rules = Rules::clone(&self.board.rules());
        let there = self.desk.look(crate::screen::service_names).await?;
        // Of services that are gone nothing is kept.
        rules.own.retain(|own, _| own.parse().is_ok_and(|own: ServiceId| there.contains_key(&own)));
        match (service, form) {
            (None, form) => rules.all = form.unwrap_or_else(|| Rules::default().all),
            (Some(service), form) => {
                let service: ServiceId = id("service", &service)?;
                if !there.contains_key(&service) {
                    return Err(ApiError::new("setting.unknown", "There is no such service any more."));
                }
                match form {
                    Some(form) => drop(rules.own.insert(service.to_string(), form)),
                    None => drop(rules.own.remove(&service.to_string())),
                }
            }
        }
        if rules.own.len() > OWN_MAX {
            return Err(ApiError::new(
                "setting.out-of-range",
                format!(
                    "{OWN_MAX} services have thresholds of their own already. Let one of them go by those for all."
                ),
            ));
        }
        self.board.keep_rules(self.settings.as_ref(), rules).await?;
        Ok(Response::Done)
    }

    pub(super) async fn handle_supervision(
        &self,
        _: Authorized<right::Supervise>,
        request: Request,
    ) -> Result<Response, ApiError> {
        let command = match request {
            Request::SetAttendantDuty { attendant, on_duty } => {
                let attendant: AttendantId = id("attendant", &attendant)?;
                if on_duty && self.seat.attendant() != Some(attendant) {
                    return Err(ApiError::new(
                        "attendant.not-here",
                        "She does not sit at this console, so calls would ring at an empty desk. Let her sign in and go \
                         on duty herself.",
                    ));
                }
                Command::SetDuty { attendant, on_duty }
            }
            Request::SetAttendantServing { attendant, service, serving } => Command::SetServing {
                attendant: id("attendant", &attendant)?,
                service: id("service", &service)?,
                serving,
            },
            Request::ClearAttendantRona { attendant } => {
                Command::ClearRona { attendant: id("attendant", &attendant)? }
            }
            other => return Err(misplaced(&other)),
        };
        self.desk.act(command).await?;
        Ok(Response::Done)
    }
}

fn read_watch(text: &str) -> Result<u64, ApiError> {
    u64::from_str_radix(text, 16).map_err(|_| ApiError::invalid(format!("'{text}' is not the id of a watch")))
}

fn check_form(form: &BoardForm) -> Result<(), ApiError> {
    let out = |field: String, message: String| Err(ApiError::new("setting.out-of-range", message).at(field));
    match form.formula {
        KpiName::ServiceLevelAbandonsIgnored
        | KpiName::ServiceLevelAbandonsNegative
        | KpiName::ServiceLevelAbandonsPositive => {}
        KpiName::AcceptanceSla
        | KpiName::HangUpSla
        | KpiName::Reachability
        | KpiName::Asa
        | KpiName::AbandonmentRate
        | KpiName::Aht
        | KpiName::Occupancy => {
            return out("formula".into(), "Choose one of the three service levels.".into());
        }
    }
    if form.sla_seconds.is_some_and(|seconds| !SLA_SECONDS.contains(&seconds)) {
        let (least, most) = (SLA_SECONDS.start(), SLA_SECONDS.end());
        return out("sla_seconds".into(), format!("Answered within: {least} to {most} seconds."));
    }
    let mut known = BTreeSet::new();
    for (place, level) in form.levels.iter().enumerate() {
        if !known.insert(level.figure as u8) {
            return out(format!("levels.{place}"), "One threshold for a figure is enough.".into());
        }
        check_level(level).or_else(|message| out(format!("levels.{place}.alarm"), message))?;
    }
    Ok(())
}

fn check_level(level: &BoardLevel) -> Result<(), String> {
    let BoardLevel { figure, warn, alarm } = *level;
    let (most, is_low) = match figure {
        BoardFigureName::Waiting | BoardFigureName::Abandoned => (10_000, false),
        BoardFigureName::LongestWait | BoardFigureName::Asa => (86_400, false),
        BoardFigureName::Selectable => (10_000, true),
        BoardFigureName::ServiceLevel => (100, true),
    };
    if warn > most || alarm > most {
        return Err(format!("Thresholds of this figure go from 0 to {most}."));
    }
    match (is_low, warn.cmp(&alarm)) {
        (false, std::cmp::Ordering::Greater) => {
            Err("More is worse here: the alarm must not be below the warning.".into())
        }
        (true, std::cmp::Ordering::Less) => {
            Err("Less is worse here: the alarm must not be above the warning.".into())
        }
        (false | true, _) => Ok(()),
    }
}
