//! Free or busy from Microsoft Graph (DIR-3): asked for one person when her card opens, and kept for a minute. Subjects and
//! places are not read, whatever the answer holds.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDateTime};
use contracts::calendar::{Busy, Calendars, FreeBusy, Slot, now_and_next};
use contracts::sign_in::SignIn;
use contracts::sources::SourceProblem;
use engine::Timestamp;
use serde_json::json;

use crate::answer::{self, Object, Unreadable};
use crate::client::Answer;
use crate::entra::SiteOf;
use crate::feature::{Access, Feature};
use crate::problem::{Problem, after};
use crate::surroundings::Surroundings;

/// How far is looked ahead: the rest of a working day.
const AHEAD: Duration = Duration::from_secs(12 * 60 * 60);
/// An answer is given again for so long: a card that is opened twice asks once.
const KEPT: Duration = Duration::from_secs(60);
/// Answers that are kept.
const KEPT_MAX: usize = 500;

/// Who asks, and about which mailbox.
type Asked = (String, String);
/// When it was answered, by the steady clock, and how.
type Answered = (Duration, Option<FreeBusy>);

/// Calendars of the organisation, with the tokens of whoever is signed in.
pub struct GraphCalendars {
    access: Access,
    kept: Mutex<HashMap<Asked, Answered>>,
}

impl GraphCalendars {
    /// With her tokens.
    pub fn new(
        sign_in: Arc<dyn SignIn>,
        surroundings: Arc<dyn Surroundings>,
        site: SiteOf,
    ) -> GraphCalendars {
        GraphCalendars { access: Access { sign_in, surroundings, site }, kept: Mutex::default() }
    }

    /// What she who is signed in may see is hers to see.
    fn key(&self, mailbox: &str) -> Asked {
        let state = self.access.sign_in.state();
        let who = state.borrow().who().map(|who| who.subject.object.clone());
        (who.unwrap_or_default(), mailbox.to_ascii_lowercase())
    }

    async fn ask(&self, mailbox: &str) -> Result<Option<FreeBusy>, SourceProblem> {
        let client = self.access.client(Feature::Calendars)?;
        let now = self.access.surroundings.now();
        let until = after(now, AHEAD);
        let url = client.site().place(&["me", "calendar", "getSchedule"], "");
        let question = json!({
            "Schedules": [mailbox],
            "StartTime": {"dateTime": utc(now), "timeZone": "UTC"},
            "EndTime": {"dateTime": utc(until), "timeZone": "UTC"},
            "AvailabilityViewInterval": 30,
        });
        let answer = client.post(&url, &question).await;
        let read = answer.and_then(|answer| match answer {
            Answer::Body { body, tenant: _ } => Ok(appointments(&body)?),
            Answer::Resync | Answer::Missing => Ok(None),
        });
        let appointments = read.map_err(|problem: Problem| self.access.told(Feature::Calendars, problem))?;
        Ok(appointments.map(|appointments| now_and_next(&appointments, now, until)))
    }
}

#[async_trait]
impl Calendars for GraphCalendars {
    async fn free_busy(&self, mailbox: &str) -> Result<Option<FreeBusy>, SourceProblem> {
        let (key, now) = (self.key(mailbox), self.access.surroundings.steady());
        {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((at, says)) = kept.get(&key)
                && now.saturating_sub(*at) < KEPT
            {
                return Ok(*says);
            }
        }
        let says = self.ask(mailbox).await?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, (at, _)| now.saturating_sub(*at) < KEPT);
        if kept.len() < KEPT_MAX {
            kept.insert(key, (now, says));
        }
        Ok(says)
    }
}

fn utc(at: Timestamp) -> String {
    let date = DateTime::from_timestamp_millis(at.0).unwrap_or_default();
    date.format("%Y-%m-%dT%H:%M:%S").to_string()
}

/// The appointments of the one calendar that was asked for; `None` where it has none, or may not be seen.
fn appointments(body: &[u8]) -> Result<Option<Vec<Slot>>, Unreadable> {
    let page = answer::page(body, |schedule| {
        if schedule.inner("error")?.is_some() {
            return Ok(None);
        }
        schedule.list("scheduleItems")?.iter().map(slot).collect::<Result<Vec<_>, _>>().map(Some)
    })?;
    Ok(page.items.into_iter().next())
}

fn slot(item: &Object<'_>) -> Result<Slot, Unreadable> {
    let status = match item.plain("status")?.as_str() {
        "free" => Busy::Free,
        "tentative" => Busy::Tentative,
        "busy" => Busy::Busy,
        "oof" => Busy::OutOfOffice,
        "workingElsewhere" => Busy::WorkingElsewhere,
        _ => Busy::Unknown,
    };
    Ok(Slot { status, from: moment(item, "start")?, until: moment(item, "end")? })
}

/// Without another wish Graph tells times of UTC.
fn moment(item: &Object<'_>, name: &str) -> Result<Timestamp, Unreadable> {
    let Some(at) = item.inner(name)? else { return Err(item.not(name, "is missing")) };
    if !at.plain("timeZone")?.eq_ignore_ascii_case("UTC") {
        return Err(item.not(name, "is not of UTC"));
    }
    let text = at.plain("dateTime")?;
    match NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f") {
        Ok(moment) => Ok(Timestamp(moment.and_utc().timestamp_millis())),
        Err(_) => Err(item.not(name, "is no date")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_times_and_their_kind_are_read_of_appointments_dir_3() {
        let body = br#"{"value": [{"scheduleId": "rita@example.com", "scheduleItems": [{"status": "oof", "subject": "secret",
            "location": "secret", "start": {"dateTime": "2026-11-18T11:00:00.0000000", "timeZone": "UTC"},
            "end": {"dateTime": "2026-11-18T12:30:00", "timeZone": "UTC"}}]}]}"#;
        let read = appointments(body).expect("it is read").expect("she has one");
        let (from, until) = (Timestamp(1_794_999_600_000), Timestamp(1_795_005_000_000));
        assert_eq!(read, [Slot { status: Busy::OutOfOffice, from, until }]);
        let refused =
            br#"{"value": [{"scheduleId": "x", "error": {"responseCode": "ErrorNoFreeBusyAccess"}}]}"#;
        assert_eq!(appointments(refused), Ok(None));
        let local = br#"{"value": [{"scheduleItems": [{"status": "busy", "start": {"dateTime": "2026-11-18T11:00:00",
            "timeZone": "Pacific Standard Time"}, "end": {"dateTime": "2026-11-18T12:30:00", "timeZone": "UTC"}}]}]}"#;
        let wrong = appointments(local).expect_err("a zone that was not asked for").to_string();
        assert_eq!(wrong, "value[0].scheduleItems[0].start is not of UTC");
        assert_eq!(utc(from), "2026-11-18T11:00:00");
    }
}
