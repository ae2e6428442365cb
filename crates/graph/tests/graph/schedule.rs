//! When the directory is read: by itself, at once when asked, after a sign-in where that stood in the way, and never once it was
//! stopped.

use std::sync::Arc;
use std::time::Duration;

use contracts::MemoryStore;
use contracts::roster::{Roster, Subject};
use contracts::sign_in::TokenProblem;
use graph::{Activity, Client, ROUND_EVERY, Site, Status, StepUp, Synchroniser};
use tokio::sync::watch;

use crate::fake::{Fake, FixedTokens, TENANT, User};
use crate::surroundings::{NOW, Patient};

struct Desk {
    fake: Fake,
    roster: Arc<MemoryStore>,
    tokens: Arc<FixedTokens>,
    time: Arc<Patient>,
}

impl Desk {
    async fn new() -> Desk {
        let fake = Fake::start().await;
        fake.state().put_user("rita", User { name: "Rita Frei".to_owned(), mail: None, enabled: true });
        let roster = Arc::new(MemoryStore::new());
        Desk { fake, roster, tokens: Arc::new(FixedTokens::of(TENANT)), time: Arc::new(Patient::new()) }
    }

    fn start(&self) -> Synchroniser {
        let site = Site::at(&self.fake.origin()).expect("an address on this computer");
        let client = Client::new(site, self.tokens.clone(), self.time.clone()).expect("a client");
        Synchroniser::start(client, self.roster.clone(), self.time.clone())
    }

    async fn may_sign_in(&self, object: &str) -> bool {
        let subject = Subject { tenant: TENANT.to_owned(), object: object.to_owned() };
        let standing = self.roster.standing(&subject).await.expect("it is read");
        standing.is_some_and(|standing| standing.enabled)
    }
}

/// The status once a round is over that ended at this time.
async fn after_a_round(status: &mut watch::Receiver<Status>, at: i64) -> Status {
    let ended = |status: &Status| {
        let times = [status.state.succeeded, status.state.problem.as_ref().map(|problem| problem.at)];
        status.activity == Activity::Waiting && times.into_iter().flatten().any(|ended| ended.0 == at)
    };
    status.wait_for(ended).await.expect("it runs").clone()
}

#[tokio::test]
async fn a_leaver_is_locked_out_by_the_next_round_and_at_once_when_asked_id_6() {
    let desk = Desk::new().await;
    for id in ["ueli", "olga"] {
        desk.fake.state().put_user(id, User { name: id.to_owned(), mail: None, enabled: true });
    }
    let synchroniser = desk.start();
    let mut status = synchroniser.status();
    let mut revision = desk.roster.revision();
    let first = after_a_round(&mut status, NOW.0).await;
    let five = i64::try_from(ROUND_EVERY.as_millis()).expect("five minutes");
    assert_eq!(first.state.next_attempt.map(|at| at.0), Some(NOW.0 + five));
    assert!(desk.may_sign_in("ueli").await && desk.may_sign_in("olga").await);
    revision.mark_unchanged();

    desk.fake.state().remove_user("ueli");
    desk.time.let_pass(ROUND_EVERY);
    after_a_round(&mut status, NOW.0 + five).await;
    assert!(!desk.may_sign_in("ueli").await);
    assert!(revision.has_changed().expect("the roster lives"), "whoever holds her session hears of it");

    desk.fake.state().remove_user("olga");
    desk.time.let_pass(Duration::from_millis(1));
    synchroniser.now();
    after_a_round(&mut status, NOW.0 + five + 1).await;
    assert!(!desk.may_sign_in("olga").await);
    synchroniser.stop().await;
    desk.fake.check();
}

#[tokio::test]
async fn a_step_up_is_told_and_a_sign_in_lets_it_go_on_id_3() {
    let desk = Desk::new().await;
    let claims = Some("{\"access_token\":{}}".to_owned());
    desk.tokens.set(Err(TokenProblem::StepUp { claims: claims.clone() }));
    let synchroniser = desk.start();
    let mut status = synchroniser.status();
    let stopped = after_a_round(&mut status, NOW.0).await;
    assert_eq!(stopped.step_up, Some(StepUp { claims }));
    assert_eq!(stopped.state.next_attempt, None, "only a sign-in helps");
    let kept = desk.roster.sync_state().await.expect("it is read");
    assert_eq!(kept.problem.map(|problem| problem.code).as_deref(), Some("graph.step-up"));

    desk.time.let_pass(ROUND_EVERY);
    desk.tokens.set(Ok(TENANT));
    synchroniser.now();
    let now = NOW.0 + i64::try_from(ROUND_EVERY.as_millis()).expect("five minutes");
    let well = after_a_round(&mut status, now).await;
    assert_eq!((well.step_up, well.state.problem), (None, None));
    assert!(desk.may_sign_in("rita").await);
    synchroniser.stop().await;
}

#[tokio::test]
async fn a_new_process_goes_on_from_the_link_and_remembers_the_last_success_id_6() {
    let desk = Desk::new().await;
    let first = desk.start();
    after_a_round(&mut first.status(), NOW.0).await;
    first.stop().await;
    desk.fake.state().asked.clear();
    desk.tokens.set(Err(TokenProblem::Offline { since: NOW }));
    desk.time.let_pass(Duration::from_secs(1));
    let second = desk.start();
    let mut status = second.status();
    let failing = after_a_round(&mut status, NOW.0 + 1_000).await;
    assert_eq!(failing.state.succeeded, Some(NOW), "an older success is still known");
    desk.tokens.set(Ok(TENANT));
    desk.time.let_pass(Duration::from_secs(1));
    second.now();
    after_a_round(&mut status, NOW.0 + 2_000).await;
    let asked = desk.fake.state().asked.clone();
    assert!(asked.iter().all(|asked| asked.contains("$deltatoken")), "nothing is read anew: {asked:?}");
    second.stop().await;
}

#[tokio::test]
async fn it_stops_wherever_it_is() {
    let desk = Desk::new().await;
    desk.fake.state().answers_until_kill = Some(0);
    let synchroniser = desk.start();
    desk.fake.killed.notified().await;
    synchroniser.stop().await;
    let dropped = desk.start();
    let mut status = dropped.status();
    desk.fake.killed.notified().await;
    drop(dropped);
    let over = status.wait_for(|_| false).await;
    assert!(over.is_err(), "its task has ended");
}
