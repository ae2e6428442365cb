//! Presence of those who are looked at, from Microsoft Graph (DIR-3): asked for in batches within the published limits, those who
//! are visible every few seconds, those who were every half minute. Keeps the last answer of each with its age; draws nothing.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use contracts::presence::{
    Availability, FeedState, Moment, Presence, PresenceFeed, PresenceId, PresenceProblem, STALE_AFTER,
    WATCHED_MAX,
};
use contracts::sign_in::{SignIn, Subject};
use contracts::sources::{Again, SourceProblem};
use serde_json::json;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::answer::{self, Object, Unreadable};
use crate::client::{Answer, Client};
use crate::entra::SiteOf;
use crate::feature::{Access, Feature};
use crate::problem::Problem;
use crate::surroundings::Surroundings;

/// People asked for at once; Microsoft, "getPresencesByUserId".
pub const BATCH_MAX: usize = 650;
/// Requests in a span of time, for an application in a tenant; Microsoft, "Microsoft Graph service-specific throttling limits".
pub const REQUESTS_MAX: usize = 1_500;
/// That span.
pub const REQUESTS_SPAN: Duration = Duration::from_secs(30);
/// Between two questions about those who are visible: within it a change is seen.
pub const VISIBLE_EVERY: Duration = Duration::from_secs(5);
/// Between two questions about those who were.
pub const OTHERS_EVERY: Duration = Duration::from_secs(30);
/// Between two questions however quickly the view changes: with each key stroke others are visible.
const PACE: Duration = Duration::from_millis(300);
/// Where Graph does not answer, it is asked again so soon.
const SOON: Duration = Duration::from_secs(15);

/// Keeps to [`REQUESTS_MAX`] in any [`REQUESTS_SPAN`], whoever asks.
#[derive(Debug, Default)]
pub(crate) struct Budget(Mutex<VecDeque<Duration>>);

impl Budget {
    /// Takes one request at this moment of the steady clock, or says how long to wait for it.
    pub(crate) fn take(&self, now: Duration) -> Result<(), Duration> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while taken.front().is_some_and(|at| now.saturating_sub(*at) >= REQUESTS_SPAN) {
            taken.pop_front();
        }
        match taken.front() {
            Some(oldest) if taken.len() >= REQUESTS_MAX => Err(*oldest + REQUESTS_SPAN - now),
            Some(_) | None => {
                taken.push_back(now);
                Ok(())
            }
        }
    }
}

/// Presence as Graph tells it, until it is stopped or dropped.
pub struct GraphPresence {
    shared: Arc<Shared>,
    stop: CancellationToken,
    task: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    access: Access,
    budget: Budget,
    wanted: Mutex<Wanted>,
    heard: Mutex<HashMap<PresenceId, Presence>>,
    state: watch::Sender<FeedState>,
    wake: Notify,
}

/// Who is of interest.
#[derive(Debug, Default)]
struct Wanted {
    visible: Vec<PresenceId>,
    /// Were visible; the latest first.
    others: VecDeque<PresenceId>,
}

impl Wanted {
    fn show(&mut self, ids: Vec<PresenceId>) {
        let mut seen = HashSet::new();
        let visible: Vec<PresenceId> =
            ids.into_iter().filter(|id| seen.insert(id.clone())).take(WATCHED_MAX).collect();
        let before = std::mem::replace(&mut self.visible, visible);
        self.others.retain(|id| !seen.contains(id));
        for id in before.into_iter().rev().filter(|id| !seen.contains(id)) {
            self.others.push_front(id);
        }
        self.others.truncate(WATCHED_MAX - self.visible.len());
    }
}

impl GraphPresence {
    /// Asks with the tokens of whoever is signed in. Must be called inside a runtime.
    pub fn start(
        sign_in: Arc<dyn SignIn>,
        surroundings: Arc<dyn Surroundings>,
        site: SiteOf,
    ) -> GraphPresence {
        let shared = Arc::new(Shared {
            access: Access { sign_in, surroundings, site },
            budget: Budget::default(),
            wanted: Mutex::default(),
            heard: Mutex::default(),
            state: watch::Sender::new(FeedState::default()),
            wake: Notify::new(),
        });
        let stop = CancellationToken::new();
        let (asking, until) = (shared.clone(), stop.clone());
        let task = tokio::spawn(async move {
            until.run_until_cancelled(asking.run()).await;
        });
        GraphPresence { shared, stop, task: Mutex::new(Some(task)) }
    }

    /// Stops it, and waits until it has.
    pub async fn stop(&self) {
        self.stop.cancel();
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task
            && task.await.is_err()
        {
            tracing::error!("asking for presence ended by a bug");
        }
    }
}

impl Drop for GraphPresence {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl PresenceFeed for GraphPresence {
    fn show(&self, ids: Vec<PresenceId>) {
        self.shared.wanted().show(ids);
        self.shared.wake.notify_one();
    }

    fn state(&self) -> watch::Receiver<FeedState> {
        self.shared.state.subscribe()
    }

    fn of(&self, id: &PresenceId) -> Option<Presence> {
        self.shared.heard().get(id).copied()
    }

    fn now(&self) -> Moment {
        self.shared.now()
    }
}

impl Shared {
    fn wanted(&self) -> MutexGuard<'_, Wanted> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn heard(&self) -> MutexGuard<'_, HashMap<PresenceId, Presence>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Moment {
        let surroundings = &self.access.surroundings;
        Moment { wall: surroundings.now(), steady: surroundings.steady() }
    }

    async fn run(&self) {
        let mut sign_in = self.access.sign_in.state();
        let mut whose = None;
        loop {
            let who = sign_in.borrow_and_update().who().map(|who| who.subject.clone());
            if who != whose {
                // What another tenant's people do is nothing to whoever comes.
                self.heard().clear();
                whose = who;
            }
            let asked = match &whose {
                Some(whose) => self.follow(whose).await,
                None => Ok(()),
            };
            let again = match asked {
                // Nobody is signed in, or somebody else.
                Ok(()) => None,
                Err(problem) => {
                    tracing::warn!(code = problem.code, "presence is not told");
                    let after = match problem.again {
                        Again::After(after) => Some(after.max(SOON)),
                        Again::AtSignIn | Again::WhenChanged => None,
                    };
                    self.tell(Some(problem));
                    after
                }
            };
            tokio::select! {
                changed = sign_in.changed() => if changed.is_err() { return },
                () = self.pause(again) => {}
            }
        }
    }

    async fn pause(&self, span: Option<Duration>) {
        match span {
            Some(span) => self.access.surroundings.pause(span).await,
            None => std::future::pending().await,
        }
    }

    /// Asks for as long as it works, and she stays.
    async fn follow(&self, whose: &Subject) -> Result<(), SourceProblem> {
        let client = self.access.client(Feature::Presence)?;
        let mut sign_in = self.access.sign_in.state();
        let (mut others_at, mut visible_at) = (None::<Duration>, None::<Duration>);
        loop {
            let now = self.access.surroundings.steady();
            let is_due =
                |at: Option<Duration>, every| at.is_none_or(|at: Duration| now.saturating_sub(at) >= every);
            let (visible, others) = {
                let wanted = self.wanted();
                (wanted.visible.clone(), wanted.others.iter().cloned().collect::<Vec<_>>())
            };
            let is_new = {
                let heard = self.heard();
                visible.iter().any(|id| !heard.contains_key(id))
            };
            let mut ask = Vec::new();
            if is_new || is_due(visible_at, VISIBLE_EVERY) {
                ask.extend(visible);
                visible_at = Some(now);
            }
            if is_due(others_at, OTHERS_EVERY) {
                ask.extend(others);
                others_at = Some(now);
            }
            self.ask(&client, &ask).await.map_err(|problem| self.access.told(Feature::Presence, problem))?;
            self.access.surroundings.pause(PACE).await;
            // The next question, or at once where somebody new is visible.
            tokio::select! {
                () = self.wake.notified() => {}
                () = self.access.surroundings.pause(VISIBLE_EVERY - PACE) => {}
                changed = sign_in.changed() => {
                    let stays = sign_in.borrow().who().is_some_and(|who| who.subject == *whose);
                    if changed.is_err() || !stays {
                        return Ok(());
                    }
                }
            }
        }
    }

    async fn ask(&self, client: &Client, ids: &[PresenceId]) -> Result<(), Problem> {
        let url = client.site().place(&["communications", "getPresencesByUserId"], "");
        for batch in ids.chunks(BATCH_MAX) {
            while let Err(wait) = self.budget.take(self.access.surroundings.steady()) {
                self.access.surroundings.pause(wait).await;
            }
            let question: Vec<&str> = batch.iter().map(|id| id.0.as_str()).collect();
            let Answer::Body { body, tenant: _ } = client.post(&url, &json!({ "ids": question })).await?
            else {
                return Err(Problem::Refused { status: 404, code: "not found".to_owned() });
            };
            let told = answer::page(&body, |object| Ok(Some((object.id()?, availability(object)?))))?;
            let heard = self.now();
            {
                let mut kept = self.heard();
                // Whoever was asked for and not told of is not known there.
                for id in batch {
                    let found = told.items.iter().find(|(of, _)| of.eq_ignore_ascii_case(&id.0));
                    let availability = found.map_or(Availability::Unknown, |(_, availability)| *availability);
                    kept.insert(id.clone(), Presence { availability, heard, fresh_for: STALE_AFTER });
                }
            }
            self.tell(None);
        }
        self.forget_others();
        Ok(())
    }

    /// Keeps no more than is wanted.
    fn forget_others(&self) {
        let mut heard = self.heard();
        if heard.len() > 2 * WATCHED_MAX {
            let wanted = self.wanted();
            let wanted: HashSet<&PresenceId> = wanted.visible.iter().chain(&wanted.others).collect();
            heard.retain(|id, _| wanted.contains(id));
        }
    }

    fn tell(&self, problem: Option<SourceProblem>) {
        let problem = problem.map(|problem| PresenceProblem {
            code: problem.code,
            message: [problem.message, problem.costs].join(" ").trim().to_owned(),
        });
        self.state.send_modify(|state| {
            state.revision += 1;
            state.problem = problem;
        });
    }
}

/// As Graph calls it: availability, and the activity that says more of being busy.
fn availability(object: &Object<'_>) -> Result<Availability, Unreadable> {
    Ok(match (object.plain("availability")?.as_str(), object.plain("activity")?.as_str()) {
        (_, "InACall" | "InAConferenceCall") => Availability::InACall,
        ("Available" | "AvailableIdle", _) => Availability::Available,
        ("Busy" | "BusyIdle", _) => Availability::Busy,
        ("DoNotDisturb", _) => Availability::DoNotDisturb,
        ("Away" | "BeRightBack", _) => Availability::Away,
        ("Offline", _) => Availability::Offline,
        _ => Availability::Unknown,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> PresenceId {
        PresenceId(name.to_owned())
    }

    /// DIR-3: whenever requests come, no span of 30 s has more than 1,500.
    #[test]
    fn no_span_of_30_seconds_has_more_than_1500_requests_dir_3() {
        let budget = Budget::default();
        let (mut now, mut taken) = (Duration::ZERO, Vec::new());
        // Bursts and pauses of all lengths.
        for step in 0..20_000_u64 {
            match budget.take(now) {
                Ok(()) => taken.push(now),
                Err(wait) => now += wait,
            }
            if step % 997 == 0 {
                now += Duration::from_millis(step % 31_000);
            }
        }
        assert!(taken.len() > REQUESTS_MAX * 10);
        for (at, first) in taken.iter().enumerate() {
            let within = taken[at..].iter().take_while(|then| **then - *first < REQUESTS_SPAN).count();
            assert!(within <= REQUESTS_MAX, "{within} from {first:?} on");
        }
    }

    #[test]
    fn whoever_was_visible_is_asked_for_after_whoever_is_dir_3() {
        let mut wanted = Wanted::default();
        wanted.show(vec![id("a"), id("b"), id("a")]);
        wanted.show(vec![id("c"), id("b")]);
        assert_eq!(
            (wanted.visible.clone(), wanted.others.clone()),
            (vec![id("c"), id("b")], [id("a")].into())
        );
        wanted.show(vec![id("a")]);
        assert_eq!(wanted.others, [id("c"), id("b")]);
        wanted.show((0..6000).map(|n| id(&n.to_string())).collect());
        assert_eq!((wanted.visible.len(), wanted.others.len()), (WATCHED_MAX, 0));
    }

    #[test]
    fn availability_and_activity_are_read_together() {
        let read = |availability: &str, activity: &str| {
            let body = json!({"availability": availability, "activity": activity}).to_string();
            answer::object(body.as_bytes(), super::availability).expect("it is read")
        };
        assert_eq!(read("Busy", "InACall"), Availability::InACall);
        assert_eq!(read("Busy", "InAMeeting"), Availability::Busy);
        assert_eq!(read("AvailableIdle", ""), Availability::Available);
        assert_eq!(read("BeRightBack", "BeRightBack"), Availability::Away);
        assert_eq!(read("SomethingNew", ""), Availability::Unknown);
    }
}
