//! Requests that ask and change nothing: why a call rings at whom (ROUTE-6), and what awaits a caller at a service (CALL-6).

use contracts::journal::{Journal, StoreError};
use engine::why::{DECISIONS_MAX, Inquiry, now};
use engine::{CallId, Preflight, ServiceId, Switchboard};

use super::id;
use super::wire::{ApiError, PreflightView, Response, WhyView};
use crate::app::App;
use crate::seat::AttendantNames;
use crate::why::{Names, tell, tell_look};

/// Services of one question.
const SERVICES_MAX: usize = 100;
/// Events that are read at a time; between two pages others have their turn.
const PAGE: u32 = 1000;

impl App {
    pub(super) async fn why(&self, call: CallId, past: bool) -> Result<Response, ApiError> {
        let (at, called) = (self.sources.now(), self.seat.names());
        let look = move |board: &Switchboard| {
            let names = Names::of(board, &called);
            now(board, call, at).map(|look| tell_look(&look, &names))
        };
        let now = self.desk.look(look).await?;
        if !past {
            return Ok(Response::Why(Box::new(WhyView {
                call: call.to_string(),
                now,
                decisions: Vec::new(),
                shortened: false,
            })));
        }
        let _one = self.asking_why.lock().await;
        let told = read(self.journal.as_ref(), call, &self.seat.names()).await?;
        if now.is_none() && told.decisions.is_empty() {
            return Err(unknown(&told.call));
        }
        Ok(Response::Why(Box::new(WhyView { now, ..told })))
    }

    pub(super) async fn preflight(&self, services: &[String]) -> Result<Response, ApiError> {
        if services.len() > SERVICES_MAX {
            return Err(ApiError::invalid(format!(
                "{} services were asked about; at most {SERVICES_MAX} at once",
                services.len()
            )));
        }
        let asked: Vec<ServiceId> =
            services.iter().map(|service| id("service", service)).collect::<Result<_, _>>()?;
        let now = self.sources.now();
        let look = move |board: &Switchboard| {
            let each = asked.iter().filter_map(|service| {
                let name = board.service(*service)?.name.clone();
                Some(view(board.preflight(*service, now)?, name))
            });
            each.collect()
        };
        Ok(Response::Preflight(self.desk.look(look).await?))
    }
}

/// What was decided about a call, for a host that has a journal and no application.
pub async fn decided(
    journal: &dyn Journal,
    call: &str,
    called: &AttendantNames,
) -> Result<WhyView, ApiError> {
    let told = read(journal, id("call", call)?, called).await?;
    if told.decisions.is_empty() { Err(unknown(&told.call)) } else { Ok(told) }
}

/// From the oldest event that is kept to the end of the call.
async fn read(journal: &dyn Journal, call: CallId, called: &AttendantNames) -> Result<WhyView, StoreError> {
    let beginning = journal.beginning().await?;
    let mut after = beginning.sequence;
    let mut inquiry = Inquiry::new(call, beginning.switchboard.into());
    while !inquiry.is_over() {
        let page = journal.read(after, PAGE).await?;
        for recorded in &page {
            inquiry.follow(&recorded.event, recorded.at);
        }
        match page.last() {
            Some(last) if page.len() == PAGE as usize => after = last.sequence,
            Some(_) | None => break,
        }
        tokio::task::yield_now().await;
    }
    let names = Names::of(inquiry.board(), called);
    let decisions = inquiry.decisions();
    Ok(WhyView {
        call: call.to_string(),
        now: None,
        shortened: decisions.len() >= DECISIONS_MAX,
        decisions: decisions.iter().map(|decision| tell(decision, &names)).collect(),
    })
}

fn unknown(call: &str) -> ApiError {
    ApiError::new("call.unknown", format!("The journal holds no decision about the call {call}."))
}

fn view(preflight: Preflight, name: String) -> PreflightView {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    PreflightView {
        service: preflight.service.to_string(),
        name,
        waiting: count(preflight.waiting),
        longest_since: preflight.longest_since.map(|since| since.0),
        members: count(preflight.members),
        on_duty: count(preflight.on_duty),
        selectable: count(preflight.selectable),
        has_workflow: preflight.has_workflow,
        open: preflight.open,
        expected: preflight.expected.into(),
    }
}
