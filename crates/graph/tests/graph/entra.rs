//! The directory follows the sign-in: read while somebody is signed in with Entra ID, by her tokens, and not otherwise.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use contracts::directory_sync::DirectorySync;
use contracts::roster::{Roster, Subject, SyncState};
use contracts::sign_in::{
    Cloud, EntraTenant, Issuer, Resource, SignIn, SignInSettings, SignInState, SignedIn, TokenProblem,
};
use contracts::{MemorySignIn, MemoryStore};
use engine::Timestamp;
use graph::{EntraDirectory, PERMISSIONS, Site};

use crate::fake::{Fake, Refusal, TENANT, TOKEN, User};
use crate::surroundings::{NOW, Patient};

struct Desk {
    fake: Fake,
    roster: Arc<MemoryStore>,
    sign_in: Arc<MemorySignIn>,
    time: Arc<Patient>,
    directory: EntraDirectory,
}

impl Desk {
    async fn new(issuer: Issuer) -> Desk {
        let fake = Fake::start().await;
        fake.state().put_user("rita", User { name: "Rita Frei".to_owned(), mail: None, enabled: true });
        let (roster, sign_in) = (Arc::new(MemoryStore::new()), Arc::new(MemorySignIn::new()));
        let settings = SignInSettings {
            issuer,
            client_id: "usher".to_owned(),
            tenants: vec![TENANT.to_owned()],
            step_up: None,
            scopes: Vec::new(),
        };
        sign_in.set_up(Some(settings)).await.expect("it is set up");
        let time = Arc::new(Patient::new());
        let origin = fake.origin();
        let site = Arc::new(move |_| Site::at(&origin).expect("an address on this computer"));
        let directory = EntraDirectory::start(sign_in.clone(), roster.clone(), time.clone(), site);
        Desk { fake, roster, sign_in, time, directory }
    }

    /// Whoever asks Graph uses this token of hers each time, until the script is at its end.
    fn tokens(&self, tokens: u32) {
        let graph = Resource::graph(Cloud::Global, &PERMISSIONS);
        for _ in 0..tokens {
            self.sign_in.will_give(&graph, Ok(TOKEN));
        }
    }

    fn arrives(&self, object: &str) {
        self.sign_in.set(SignInState::SignedIn { who: Arc::new(who(object)), offline_since: None });
    }

    /// The state kept once this holds of it. Both change with the rounds; the revision says when to look again.
    async fn kept(&self, holds: impl Fn(&SyncState) -> bool) -> SyncState {
        loop {
            let state = self.roster.sync_state().await.expect("it is read");
            if holds(&state) {
                return state;
            }
            tokio::task::yield_now().await;
        }
    }
}

fn entra() -> Issuer {
    Issuer::Entra { cloud: Cloud::Global, tenant: EntraTenant::Organizations }
}

fn who(object: &str) -> SignedIn {
    SignedIn {
        subject: Subject { tenant: TENANT.to_owned(), object: object.to_owned() },
        name: object.to_owned(),
        username: object.to_owned(),
        email: None,
        signed_in_at: Timestamp(1),
        contexts: BTreeSet::new(),
    }
}

#[tokio::test]
async fn it_reads_at_once_when_somebody_signs_in_and_stops_when_she_leaves_id_6() {
    let desk = Desk::new(entra()).await;
    desk.tokens(100);
    assert!(desk.fake.state().asked.is_empty(), "nobody is signed in");
    desk.arrives("rita");
    let state = desk.kept(|state| state.succeeded.is_some()).await;
    assert_eq!((state.succeeded, state.problem), (Some(NOW), None));
    let subject = Subject { tenant: TENANT.to_owned(), object: "rita".to_owned() };
    assert!(desk.roster.standing(&subject).await.expect("it is read").is_some());

    desk.time.let_pass(Duration::from_secs(1));
    desk.directory.read_now();
    desk.kept(|state| state.succeeded == Some(Timestamp(NOW.0 + 1_000))).await;
    assert!(desk.directory.is_at_work().is_some());

    desk.sign_in.set(SignInState::SignedOut { why: None });
    // Somebody else: a reading of her own, by her tokens, at once.
    desk.time.let_pass(Duration::from_secs(1));
    desk.arrives("ueli");
    desk.kept(|state| state.succeeded == Some(Timestamp(NOW.0 + 2_000))).await;
    desk.directory.stop().await;
    assert_eq!(Arc::strong_count(&desk.roster), 1, "what has stopped holds the roster no longer");
    desk.fake.check();
}

#[tokio::test]
async fn another_issuer_has_no_directory() {
    let desk = Desk::new(Issuer::Other { url: "https://id.example".to_owned() }).await;
    desk.arrives("rita");
    desk.directory.read_now();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(desk.directory.is_at_work(), None);
    assert!(desk.fake.state().asked.is_empty());
    assert_eq!(desk.roster.sync_state().await.expect("it is read"), SyncState::default());
    desk.directory.stop().await;
}

#[tokio::test]
async fn a_challenge_of_graph_opens_the_sign_in_when_she_asks_and_reading_goes_on_id_3() {
    let desk = Desk::new(entra()).await;
    let claims = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
    let header = format!(
        r#"Bearer error="insufficient_claims", claims="{}""#,
        data_encoding::BASE64.encode(claims.as_bytes())
    );
    desk.fake.state().refusals = vec![Refusal::of(401).with("www-authenticate", header)];
    desk.tokens(100);
    desk.arrives("rita");
    let stopped = desk.kept(|state| state.problem.is_some()).await;
    assert_eq!(stopped.problem.map(|problem| problem.code).as_deref(), Some("graph.step-up"));
    assert_eq!(stopped.next_attempt, None);
    assert!(desk.sign_in.begun().is_empty(), "no browser opens by itself");

    desk.directory.read_now();
    while desk.sign_in.begun().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(desk.sign_in.begun()[0].claims.as_deref(), Some(claims));
    desk.sign_in.answer(Ok(who("rita")));
    let well = desk.kept(|state| state.succeeded.is_some()).await;
    assert_eq!(well.problem, None);
    desk.directory.stop().await;
    desk.fake.check();
}

#[tokio::test]
async fn a_token_that_is_not_to_be_had_is_a_problem_with_its_code() {
    let desk = Desk::new(entra()).await;
    let graph = Resource::graph(Cloud::Global, &PERMISSIONS);
    desk.sign_in.will_give(&graph, Err(TokenProblem::Offline { since: NOW }));
    desk.tokens(100);
    desk.arrives("rita");
    let failing = desk.kept(|state| state.problem.is_some()).await;
    assert_eq!(failing.problem.map(|problem| problem.code).as_deref(), Some("graph.offline"));
    desk.directory.read_now();
    desk.kept(|state| state.succeeded.is_some()).await;
    desk.directory.stop().await;
}
