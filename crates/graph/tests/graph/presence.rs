//! Presence (DIR-3): in batches, those who are visible first and often, honest about age, and quiet where it is refused.

use std::sync::Arc;
use std::time::Duration;

use contracts::presence::{Availability, FeedState, PresenceFeed, PresenceId};
use contracts::sign_in::SignInState;
use graph::{BATCH_MAX, GraphPresence, OTHERS_EVERY, VISIBLE_EVERY};
use tokio::sync::watch;

use crate::fake::Refusal;
use crate::office::{Asked, Office};
use crate::surroundings::Patient;

const PATH: &str = "/v1.0/communications/getPresencesByUserId";

struct Watched {
    office: Office,
    time: Arc<Patient>,
    feed: GraphPresence,
    state: watch::Receiver<FeedState>,
    asked: watch::Receiver<Vec<Asked>>,
}

fn id(name: &str) -> PresenceId {
    PresenceId(name.to_owned())
}

impl Watched {
    async fn open() -> Watched {
        let (office, time) = (Office::open().await, Arc::new(Patient::new()));
        let feed = GraphPresence::start(office.sign_in.clone(), time.clone(), office.site());
        let (state, asked) = (feed.state(), office.asked());
        Watched { office, time, feed, state, asked }
    }

    fn is(&self, name: &str, availability: &'static str, activity: &'static str) {
        self.office.state().presences.insert(name.to_owned(), (availability, activity));
    }

    /// Waits until that many questions were answered, letting time pass in small steps.
    async fn questions(&mut self, count: usize) -> Vec<Vec<String>> {
        while self.asked.borrow_and_update().len() < count {
            self.time.let_pass(Duration::from_millis(100));
            tokio::task::yield_now().await;
        }
        let ids = |asked: &Asked| {
            assert_eq!(asked.path, PATH);
            let ids = asked.body["ids"].as_array().expect("ids");
            ids.iter().map(|id| id.as_str().expect("a text").to_owned()).collect()
        };
        self.asked.borrow().iter().map(ids).collect()
    }

    /// Waits until the state is such.
    async fn until(&mut self, wanted: impl Fn(&FeedState, &GraphPresence) -> bool) {
        while !wanted(&self.state.borrow_and_update(), &self.feed) {
            self.time.let_pass(Duration::from_millis(100));
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn whoever_is_visible_is_told_with_her_age_and_whoever_is_unknown_too_dir_3() {
    let mut watched = Watched::open().await;
    watched.is("rita", "Busy", "InACall");
    watched.feed.show(vec![id("rita"), id("nobody")]);
    watched.until(|_, feed| feed.of(&id("rita")).is_some()).await;
    let of = |watched: &Watched, name| watched.feed.of(&id(name)).expect("told").availability;
    assert_eq!(of(&watched, "rita"), Availability::InACall);
    assert_eq!(of(&watched, "nobody"), Availability::Unknown);

    // Within five seconds a change is seen.
    let before = watched.asked.borrow().len();
    watched.is("rita", "Available", "Available");
    watched.time.let_pass(VISIBLE_EVERY);
    watched.questions(before + 1).await;
    watched
        .until(|_, feed| feed.of(&id("rita")).expect("told").availability == Availability::Available)
        .await;

    // The network is cut: what was told stays, and grows old.
    watched.office.state().closed = Some(("/communications", Refusal::of(502)));
    watched.until(|state, _| state.problem.is_some()).await;
    watched.time.let_pass(Duration::from_secs(61));
    let rita = watched.feed.of(&id("rita")).expect("what was told stays");
    assert!(rita.is_stale(watched.feed.now()));
    let problem = watched.state.borrow().problem.clone().expect("it is told");
    assert_eq!(problem.code, "graph.unreachable");

    // And it comes back by itself.
    watched.office.state().closed = None;
    watched.until(|state, _| state.problem.is_none()).await;
    watched.feed.stop().await;
    watched.office.check();
}

#[tokio::test]
async fn batches_have_650_ids_and_those_who_were_visible_come_after_dir_3() {
    let mut watched = Watched::open().await;
    watched.feed.show((0..1400).map(|n| id(&format!("old-{n}"))).collect());
    let first = watched.questions(3).await;
    assert_eq!(first.iter().map(Vec::len).collect::<Vec<_>>(), [BATCH_MAX, BATCH_MAX, 100]);
    assert_eq!(first[0][0], "old-0", "most wanted first");

    watched.feed.show(vec![id("new")]);
    let then = watched.questions(4).await;
    assert_eq!(then[3], ["new"], "at once, and alone");
    // Of those who were visible nobody is asked about before half a minute is over.
    watched.time.let_pass(OTHERS_EVERY);
    let later = watched.questions(8).await;
    let others = later[4..].iter().filter(|ids| ids.contains(&"old-0".to_owned())).count();
    assert_eq!(others, 1, "those who were visible are asked about too");
    watched.feed.stop().await;
    watched.office.check();
}

#[tokio::test]
async fn a_storm_of_429_is_waited_out_and_a_missing_consent_is_told_dir_3() {
    let mut watched = Watched::open().await;
    watched.is("rita", "Away", "Away");
    {
        let mut state = watched.office.state();
        for wait in ["7", "20", "3"] {
            state.refusals.push_back(("/communications", Refusal::of(429).with("retry-after", wait)));
        }
    }
    let begun = watched.feed.now();
    watched.feed.show(vec![id("rita")]);
    watched.until(|_, feed| feed.of(&id("rita")).is_some()).await;
    assert!(watched.feed.now().since(begun) >= Duration::from_secs(30), "as long as it was asked to");
    assert_eq!(watched.questions(4).await.len(), 4, "no more often than allowed");

    watched.office.state().closed = Some(("/communications", Refusal::of(403)));
    watched.until(|state, _| state.problem.is_some()).await;
    let problem = watched.state.borrow().problem.clone().expect("it is told");
    assert_eq!(problem.code, "graph.consent");
    assert!(
        problem.message.contains("Presence.Read.All") && problem.message.contains("may reach"),
        "{problem:?}"
    );
    let asked = watched.asked.borrow().len();
    watched.time.let_pass(Duration::from_secs(600));
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(watched.asked.borrow().len(), asked, "it is not asked again and again");
    watched.feed.stop().await;
    watched.office.check();
}

#[tokio::test]
async fn with_whoever_leaves_what_she_could_see_goes_dir_3() {
    let mut watched = Watched::open().await;
    watched.is("ueli", "Available", "Available");
    watched.feed.show(vec![id("ueli")]);
    watched.until(|_, feed| feed.of(&id("ueli")).is_some()).await;
    watched.office.sign_in.set(SignInState::SignedOut { why: None });
    watched.until(|_, feed| feed.of(&id("ueli")).is_none()).await;
    watched.office.arrives("olga");
    watched.until(|_, feed| feed.of(&id("ueli")).is_some()).await;
    watched.feed.stop().await;
    watched.office.check();
}
