//! What Graph refuses, and how it is borne: each with its own code, with patience where that helps, and never with a token at
//! another address.

use std::sync::Arc;
use std::time::Duration;

use contracts::MemoryStore;
use contracts::roster::{Collection, Link, Refusal as RosterRefusal, Roster, RosterError, Subject};
use contracts::sign_in::{TokenProblem, Why};
use data_encoding::BASE64;
use engine::Timestamp;
use graph::{Activity, Client, Problem, Reader, Site};

use crate::fake::{Fake, FixedTokens, Refusal, TENANT, User};
use crate::reader;
use crate::surroundings::{NOW, Quick};

async fn directory() -> (Fake, Arc<MemoryStore>) {
    let fake = Fake::start().await;
    for id in ["rita", "ueli", "olga"] {
        let user = User { name: id.to_owned(), mail: None, enabled: true };
        fake.state().put_user(id, user);
    }
    fake.state().put_group("front", "Front desk");
    fake.state().set_member("front", "rita", true);
    (fake, Arc::new(MemoryStore::new()))
}

/// What a round ends with where these answers come first, and how long it waited.
async fn refused(refusals: Vec<Refusal>) -> (Result<(), Problem>, Vec<u64>) {
    let (fake, roster) = directory().await;
    fake.state().refusals = refusals;
    let (reader, quick) = reader(&fake, &roster);
    let outcome = reader.round(&|_| {}).await;
    fake.check();
    (outcome, quick.pauses().iter().map(Duration::as_secs).collect())
}

fn code(outcome: Result<(), Problem>) -> &'static str {
    outcome.expect_err("it is refused").code()
}

#[tokio::test]
async fn a_wait_that_graph_asks_for_is_waited_id_6() {
    let busy = || Refusal::of(429).with("retry-after", "7");
    let date = Refusal::of(503).with("retry-after", "Wed, 18 Nov 2026 11:07:00 GMT");
    let (outcome, pauses) = refused(vec![busy(), date, Refusal::of(500), Refusal::of(502)]).await;
    outcome.expect("the fifth try is answered");
    assert_eq!(pauses, [7, 13, 4, 8], "seconds, a date 20 s from the beginning, and twice as long each time");
}

#[tokio::test]
async fn patience_has_an_end_and_the_next_try_is_when_graph_says_id_6() {
    let busy = || Refusal::of(429).with("retry-after", "7");
    let (outcome, pauses) = refused(vec![busy(); 5]).await;
    let problem = outcome.expect_err("five times are enough");
    assert_eq!((problem.code(), pauses.len()), ("graph.throttled", 4));
    let until = Timestamp(NOW.0 + 5 * 7_000);
    assert_eq!(problem.again(NOW), Some(until));

    let long = || Refusal::of(429).with("retry-after", "600");
    let (outcome, pauses) = refused(vec![long()]).await;
    let problem = outcome.expect_err("ten minutes are not waited inside a round");
    assert_eq!((problem.again(NOW), pauses.len()), (Some(Timestamp(NOW.0 + 600_000)), 0));
    let (outcome, _) = refused(vec![Refusal::of(503).with("retry-after", "999999999")]).await;
    let problem = outcome.expect_err("nor is eternity");
    assert_eq!(problem.again(NOW), Some(Timestamp(NOW.0 + 3_600_000)));
    let (outcome, _) = refused(vec![Refusal::of(504); 5]).await;
    assert_eq!(code(outcome), "graph.unreachable");
}

#[tokio::test]
async fn many_desks_do_not_come_back_in_step() {
    let (fake, roster) = directory().await;
    fake.state().refusals = vec![Refusal::of(429).with("retry-after", "10")];
    let (reader, quick) = reader(&fake, &roster);
    quick.load(u32::MAX);
    reader.round(&|_| {}).await.expect("the second try is answered");
    assert_eq!(quick.pauses(), [Duration::from_secs(15)], "up to half as long again");
}

#[tokio::test]
async fn a_claims_challenge_is_handed_on_id_3() {
    let claims = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
    let header = format!(
        r#"Bearer realm="", error="insufficient_claims", claims="{}""#,
        BASE64.encode(claims.as_bytes())
    );
    let (outcome, pauses) = refused(vec![Refusal::of(401).with("www-authenticate", header)]).await;
    match outcome {
        Err(Problem::StepUp { claims: Some(given) }) => assert_eq!(given, claims),
        other => panic!("a step-up with the claims, not {other:?}"),
    }
    assert!(pauses.is_empty(), "asking again would not help");
    let (outcome, _) = refused(vec![Refusal::of(401)]).await;
    let problem = outcome.expect_err("the token is not taken");
    assert!(matches!(problem, Problem::StepUp { claims: None }) && problem.again(NOW).is_none());
}

#[tokio::test]
async fn a_missing_consent_says_what_to_grant_and_names_nobody() {
    let (outcome, _) = refused(vec![Refusal::of(403)]).await;
    let problem = outcome.expect_err("it is refused");
    assert_eq!(problem.code(), "graph.consent");
    let words = problem.to_string();
    assert!(graph::PERMISSIONS.iter().all(|permission| words.contains(permission)), "{words}");
    let (outcome, _) = refused(vec![Refusal::of(400)]).await;
    let words = outcome.expect_err("it is refused").to_string();
    assert!(words.contains("400") && words.contains("TooBad") && !words.contains("rita"), "{words}");
}

#[tokio::test]
async fn an_answer_that_is_not_as_described_is_refused_with_its_place() {
    let answer = |body: &str| vec![Refusal { body: body.to_owned(), ..Refusal::of(200) }];
    let (outcome, _) = refused(answer(r#"{"value": [{"id": "x", "mail": 5}]}"#)).await;
    assert!(outcome.expect_err("it is refused").to_string().contains("value[0].mail is not a text"));
    let (outcome, _) = refused(answer(r#"{"value": []}"#)).await;
    assert_eq!(code(outcome), "graph.unreadable");
    let (outcome, _) = refused(answer("<html>a proxy's page</html>")).await;
    assert_eq!(code(outcome), "graph.unreadable");
    let (outcome, _) = refused(answer(&" ".repeat((32 << 20) + 1))).await;
    assert_eq!(code(outcome), "graph.too-large");
    let moved = Refusal::of(302).with("location", "http://127.0.0.1:1/v1.0/users");
    let (outcome, _) = refused(vec![moved]).await;
    assert_eq!(code(outcome), "graph.refused", "redirections are not followed");
}

#[tokio::test]
async fn a_link_to_another_host_is_not_followed_and_gets_no_token_id_6() {
    let (fake, roster) = directory().await;
    let stranger = Fake::start().await;
    for (name, refusal) in [
        ("nextLink", format!("{}/v1.0/users/delta?$skiptoken=1", stranger.origin())),
        ("deltaLink", format!("{}/v1.0/users/delta?$deltatoken=1", stranger.origin())),
        ("nextLink", "https://graph.microsoft.com/v1.0/users/delta?$skiptoken=1".to_owned()),
    ] {
        let body = format!(r#"{{"value": [{{"id": "x"}}], "@odata.{name}": "{refusal}"}}"#);
        fake.state().refusals = vec![Refusal { body, ..Refusal::of(200) }];
        let (reader, _) = reader(&fake, &roster);
        assert_eq!(code(reader.round(&|_| {}).await), "graph.foreign-link");
    }
    assert!(stranger.state().asked.is_empty(), "{:?}", stranger.state().asked);
    let subject = Subject { tenant: TENANT.to_owned(), object: "x".to_owned() };
    assert_eq!(roster.standing(&subject).await.expect("it is read"), None, "nothing of that page is kept");
    assert_eq!(roster.progress(Collection::Persons).await.expect("it is read").link, None);
}

#[tokio::test]
async fn a_link_of_another_cloud_from_before_begins_anew_id_6() {
    let (old, roster) = directory().await;
    let (reader_of_old, _) = reader(&old, &roster);
    reader_of_old.round(&|_| {}).await.expect("a first round");
    let (new, _) = directory().await;
    new.state().remove_user("olga");
    let (reader_of_new, _) = reader(&new, &roster);
    reader_of_new.round(&|_| {}).await.expect("it reads everything");
    let subject = Subject { tenant: TENANT.to_owned(), object: "olga".to_owned() };
    let olga = roster.standing(&subject).await.expect("it is read").expect("she was there");
    assert!(olga.person.gone.is_some());
    new.check();
}

#[tokio::test]
async fn pages_that_lead_nowhere_end_the_round() {
    let (fake, roster) = directory().await;
    let itself = format!("{}/v1.0/users/delta?$skiptoken=1", fake.origin());
    let body = format!(r#"{{"value": [], "@odata.nextLink": "{itself}"}}"#);
    fake.state().refusals = vec![Refusal { body, ..Refusal::of(200) }; 2];
    let (looping, _) = reader(&fake, &roster);
    assert_eq!(code(looping.round(&|_| {}).await), "graph.endless");

    fake.state().refusals = vec![Refusal::of(410); 3];
    let (too_old, _) = reader(&fake, &roster);
    assert_eq!(code(too_old.round(&|_| {}).await), "graph.endless", "the beginning cannot be too old");
    fake.state().refusals = vec![Refusal::of(410), Refusal::of(400).coded("syncStateNotFound")];
    let (patient, _) = reader(&fake, &roster);
    patient.round(&|_| {}).await.expect("twice is borne");
}

#[tokio::test]
async fn a_directory_without_users_locks_nobody_out_id_6() {
    let (fake, roster) = directory().await;
    let (first, _) = reader(&fake, &roster);
    first.round(&|_| {}).await.expect("a first round");
    let users = std::mem::take(&mut fake.state().users);
    fake.state().forget_links();
    let (empty, _) = reader(&fake, &roster);
    let problem = empty.round(&|_| {}).await.expect_err("it is refused");
    assert!(
        matches!(problem, Problem::Roster(RosterError::Refused(RosterRefusal::EmptyDirectory))),
        "{problem}"
    );
    let subject = Subject { tenant: TENANT.to_owned(), object: "rita".to_owned() };
    let rita = roster.standing(&subject).await.expect("it is read").expect("she is there");
    assert!(rita.enabled);
    fake.state().users = users;
    let (again, _) = reader(&fake, &roster);
    again.round(&|_| {}).await.expect("it goes on by itself");
}

#[tokio::test]
async fn without_a_token_nothing_is_asked_and_another_tenants_answers_are_not_kept_data_4() {
    let (fake, roster) = directory().await;
    let tokens = Arc::new(FixedTokens::of(TENANT));
    let site = Site::at(&fake.origin()).expect("an address on this computer");
    let quick = Arc::new(Quick::new());
    let client = Client::new(site, tokens.clone(), quick.clone()).expect("a client");
    let reader = Reader::new(client, roster.clone(), quick);
    for (problem, code) in [
        (TokenProblem::SignedOut, "graph.signed-out"),
        (TokenProblem::Offline { since: NOW }, "graph.offline"),
        (TokenProblem::StepUp { claims: None }, "graph.step-up"),
        (TokenProblem::Problem(Why::TokenInvalid.into()), Why::TokenInvalid.code()),
    ] {
        tokens.set(Err(problem));
        assert_eq!(self::code(reader.round(&|_| {}).await), code);
    }
    assert!(fake.state().asked.is_empty());

    tokens.set(Ok(TENANT));
    reader.round(&|_| {}).await.expect("a first round");
    let before = roster.progress(Collection::Persons).await.expect("it is read");
    fake.state().put_user("stranger", User { name: "Stranger".to_owned(), mail: None, enabled: true });
    tokens.set(Ok("22222222-bbbb"));
    assert_eq!(code(reader.round(&|_| {}).await), "roster.other-tenant");
    assert_eq!(roster.progress(Collection::Persons).await.expect("it is read"), before);
    for tenant in [TENANT, "22222222-bbbb"] {
        let subject = Subject { tenant: tenant.to_owned(), object: "stranger".to_owned() };
        assert_eq!(roster.standing(&subject).await.expect("it is read"), None);
    }
}

#[tokio::test]
async fn two_readers_of_one_roster_do_nothing_twice_id_6() {
    let (fake, roster) = directory().await;
    for n in 0..40 {
        fake.state()
            .put_user(&format!("user-{n}"), User { name: format!("User {n}"), mail: None, enabled: true });
    }
    let (one, _) = reader(&fake, &roster);
    let (two, _) = reader(&fake, &roster);
    let (first, second) = tokio::join!(one.round(&|_| {}), two.round(&|_| {}));
    first.and(second).expect("both come to their end");
    let progress = roster.progress(Collection::Persons).await.expect("it is read");
    assert!(matches!(progress.link, Some(Link::Delta(_))) && !progress.full);
    let everybody = contracts::roster::PersonFilter::default();
    assert_eq!(roster.persons(&everybody, 500).await.expect("it is read").len(), 43);
}

#[tokio::test]
async fn what_it_does_is_told() {
    let (fake, roster) = directory().await;
    let told = std::sync::Mutex::new(Vec::new());
    let (reader, _) = reader(&fake, &roster);
    reader.round(&|activity| told.lock().expect("one thread").push(activity)).await.expect("a round");
    let told = told.into_inner().expect("one thread");
    let first = Activity::Reading { collection: Collection::Persons, full: true, read: 0 };
    assert_eq!(told.first(), Some(&first));
    assert_eq!(told.last(), Some(&Activity::ReadingOwners));
    assert!(
        told.iter()
            .any(|activity| matches!(activity, Activity::Reading { collection: Collection::Teams, .. }))
    );
}

#[tokio::test]
async fn nobody_there_is_unreachable_and_says_no_address() {
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.local_addr().expect("it listens").port()
    };
    let quick = Arc::new(Quick::new());
    let site = Site::at(&format!("http://127.0.0.1:{port}")).expect("an address on this computer");
    let client = Client::new(site, Arc::new(FixedTokens::of(TENANT)), quick.clone()).expect("a client");
    let reader = Reader::new(client, Arc::new(MemoryStore::new()), quick);
    let problem = reader.round(&|_| {}).await.expect_err("nobody is there");
    assert_eq!(problem.code(), "graph.unreachable");
    assert!(!problem.to_string().contains("$select"), "{problem}");
}
