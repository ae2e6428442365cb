//! Sign-in against a real issuer (ID-1, ID-2, ID-3): through a browser and by device code, renewal, revocation, key rollover,
//! silence; and every attack that an issuer, a network or a page could try, each refused with its own code and told once.

use std::future::ready;
use std::io::{BufRead, BufReader};
use std::pin::pin;
use std::process::Command;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use acceptance::issuer::{Issuer, Page, Visitor, hidden_field};
use acceptance::keychain::Keychain;
use acceptance::program::{Program, Talks, run};
use acceptance::tools::{self, Tool};
use acceptance::usher::{Keys, Usher};
use app::api::wire::{IssuerName, Request, Response, SessionState, SignInForm};
use contracts::MemorySecrets;
use contracts::secrets::Secrets;
use contracts::sign_in::{
    Cloud, EntraTenant, FactKind, Issuer as IssuerSetting, OpenBrowser, Resource, SignIn, SignInFact,
    SignInProblem, SignInSettings, SignInState, SignedIn, TokenProblem, Wants, Way,
};
use engine::Timestamp;
use identity::oidc::{Oidc, Options, Pace};
use serde_json::{Value, json};
use tokio::sync::mpsc;

const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const OTHER_TENANT: &str = "a8990e1f-ff32-408a-9f8e-78d3b9139b95";
const OBJECT: &str = "4c25ca2c-8e0f-4d7c-a6a5-6b4f7e1b0f10";
const HOUR_MS: i64 = 60 * 60 * 1000;
/// How long a test waits for a state before it gives up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Hands the link to the test.
struct Links(mpsc::UnboundedSender<String>);

impl OpenBrowser for Links {
    fn open(&self, link: &str) -> Result<(), String> {
        self.0.send(link.to_owned()).map_err(|_| "the test has ended".to_owned())
    }
}

/// A desk where somebody signs in.
struct Desk {
    issuer: Arc<Issuer>,
    settings: SignInSettings,
    secrets: Arc<MemorySecrets>,
    facts: Arc<Mutex<Vec<SignInFact>>>,
    /// By how much the desk's clock is ahead, in milliseconds.
    ahead_ms: Arc<AtomicI64>,
    pace: Pace,
    links: mpsc::UnboundedReceiver<String>,
    browser: Arc<Links>,
    oidc: Arc<Oidc>,
}

fn other(issuer: &Issuer) -> SignInSettings {
    SignInSettings {
        issuer: IssuerSetting::Other { url: issuer.url().to_owned() },
        client_id: "usher".to_owned(),
        tenants: Vec::new(),
        step_up: Some("gold".to_owned()),
        scopes: vec!["directory".to_owned(), "calendar".to_owned()],
    }
}

fn entra(tenant: EntraTenant, tenants: &[&str]) -> SignInSettings {
    SignInSettings {
        issuer: IssuerSetting::Entra { cloud: Cloud::Global, tenant },
        client_id: "usher".to_owned(),
        tenants: tenants.iter().map(|tenant| (*tenant).to_owned()).collect(),
        step_up: None,
        scopes: Vec::new(),
    }
}

/// Quick where a test would only wait.
fn pace() -> Pace {
    Pace {
        tick: Duration::from_millis(20),
        retry_first: Duration::from_millis(50),
        retry_max: Duration::from_millis(200),
        ..Pace::default()
    }
}

impl Desk {
    /// Set up with this issuer and nobody signed in; `None` where there is no issuer to test with.
    async fn open() -> Option<Desk> {
        Desk::open_with(other).await
    }

    async fn open_with(settings: impl FnOnce(&Issuer) -> SignInSettings) -> Option<Desk> {
        if !tools::all_there(&[Tool::OidcProvider]) {
            return None;
        }
        let issuer = Arc::new(tokio::task::spawn_blocking(Issuer::start).await.expect("it starts"));
        let (sender, links) = mpsc::unbounded_channel();
        let (browser, settings) = (Arc::new(Links(sender)), settings(&issuer));
        let (secrets, facts) = (Arc::new(MemorySecrets::default()), Arc::new(Mutex::new(Vec::new())));
        let (ahead_ms, pace) = (Arc::new(AtomicI64::new(0)), pace());
        let oidc = start(&issuer, &settings, &secrets, &facts, &ahead_ms, pace, &browser).await;
        Some(Desk { issuer, settings, secrets, facts, ahead_ms, pace, links, browser, oidc })
    }

    /// Ends the program and starts it anew on the same keychain.
    async fn restart(&mut self) {
        self.oidc.shut_down().await;
        let Desk { issuer, settings, secrets, facts, ahead_ms, pace, browser, .. } = self;
        self.oidc = start(issuer, settings, secrets, facts, ahead_ms, *pace, browser).await;
    }

    /// How the issuer behaves from now on.
    async fn issuer_behaves(&self, how: Value) {
        let issuer = self.issuer.clone();
        tokio::task::spawn_blocking(move || issuer.behave(how)).await.expect("it is controlled");
    }

    async fn issuer_does(&self, act: impl FnOnce(&Issuer) + Send + 'static) {
        let issuer = self.issuer.clone();
        tokio::task::spawn_blocking(move || act(&issuer)).await.expect("it is controlled");
    }

    async fn asked(&self, path: &'static str) -> u64 {
        let issuer = self.issuer.clone();
        tokio::task::spawn_blocking(move || issuer.asked(path)).await.expect("it is controlled")
    }

    async fn begin(&mut self, wants: Wants) -> String {
        self.oidc.begin(wants).await.expect("a sign-in begins");
        self.links.recv().await.expect("a link is opened")
    }

    async fn sign_in(&mut self) -> Result<Arc<SignedIn>, SignInProblem> {
        self.sign_in_with(Wants::default()).await
    }

    async fn sign_in_with(&mut self, wants: Wants) -> Result<Arc<SignedIn>, SignInProblem> {
        let link = self.begin(wants).await;
        let page = visit(link).await;
        assert_eq!(page.status, 200, "{page:?}");
        self.oidc.finished().await
    }

    /// The kinds and codes of what was told, since last asked.
    fn told(&self) -> Vec<(FactKind, Option<&'static str>)> {
        let mut facts = self.facts.lock().expect("no observer panics");
        facts.drain(..).map(|fact| (fact.kind, fact.code)).collect()
    }

    /// The only refusal that was told, since last asked.
    #[track_caller]
    fn only_refusal(&self) -> &'static str {
        let told = self.told();
        let codes: Vec<&'static str> = told.iter().filter_map(|(_, code)| *code).collect();
        assert!(matches!(codes.as_slice(), [_]), "one refusal is told once: {told:?}");
        codes[0]
    }

    /// Waits for a state.
    async fn until(&self, what: &str, is: impl Fn(&SignInState) -> bool) -> SignInState {
        let mut state = self.oidc.state();
        let found = tokio::time::timeout(PATIENCE, state.wait_for(|state| is(state))).await;
        match found {
            Ok(Ok(state)) => state.clone(),
            Ok(Err(_)) | Err(_) => panic!("waited in vain: {what}; told: {:?}", self.told()),
        }
    }

    /// Waits until somebody is signed out, and says why.
    async fn until_signed_out(&self) -> Option<&'static str> {
        let state = self.until("signed out", |state| matches!(state, SignInState::SignedOut { .. })).await;
        match state {
            SignInState::SignedOut { why } => why.map(|problem| problem.code),
            other => panic!("{other:?}"),
        }
    }

    /// Waits until a fact was told.
    async fn until_told(&self, kind: FactKind) {
        let told = || self.facts.lock().expect("no observer panics").iter().any(|fact| fact.kind == kind);
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while !told() {
            assert!(tokio::time::Instant::now() < deadline, "waited in vain for {kind:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn later(&self, ms: i64) {
        self.ahead_ms.fetch_add(ms, Ordering::Relaxed);
    }
}

async fn start(
    issuer: &Issuer,
    settings: &SignInSettings,
    secrets: &Arc<MemorySecrets>,
    facts: &Arc<Mutex<Vec<SignInFact>>>,
    ahead_ms: &Arc<AtomicI64>,
    pace: Pace,
    browser: &Arc<Links>,
) -> Arc<Oidc> {
    let (facts, ahead_ms) = (facts.clone(), ahead_ms.clone());
    let observe = Arc::new(move |fact| facts.lock().expect("no observer panics").push(fact));
    let name = identity::oidc::secret_name("test");
    let options = Options::new(Some(settings.clone()), secrets.clone(), name, browser.clone(), observe);
    let system = options.clock.clone();
    let clock = Arc::new(move || Timestamp(system().0 + ahead_ms.load(Ordering::Relaxed)));
    Arc::new(
        Oidc::open(Options { clock, pace, danger_entra: Some(issuer.url().to_owned()), ..options }).await,
    )
}

/// What a browser does with a link: to the end.
async fn visit(link: String) -> Page {
    tokio::task::spawn_blocking(move || Visitor::default().open(&link)).await.expect("the visitor ends")
}

/// What a browser does with a link, up to the address that would bring the answer to Usher.
async fn up_to_the_answer(link: String) -> String {
    let stops =
        |at: &str| at.starts_with("http://localhost:") && at.contains("state=") && !at.contains("/auth");
    let visit = move || Visitor::default().follow(&link, stops).expect_err("it leads back to Usher");
    tokio::task::spawn_blocking(visit).await.expect("the visitor ends")
}

/// The value of a parameter in an address, as it is written there.
#[track_caller]
fn parameter<'a>(link: &'a str, name: &str) -> &'a str {
    let query = link.split_once('?').expect("a query").1;
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(it, _)| *it == name).unwrap_or_else(|| panic!("no {name} in {link}")).1
}

fn graph() -> Resource {
    Resource::of(["directory"])
}

/// ID-1: code with PKCE, state and nonce; the facts of it, and that the session is there after a restart.
#[tokio::test(flavor = "multi_thread")]
async fn rita_signs_in_with_her_browser_and_is_still_signed_in_after_a_restart_id_1_id_2() {
    let Some(mut desk) = Desk::open().await else { return };
    assert!(matches!(&*desk.oidc.state().borrow(), SignInState::SignedOut { why: None }));
    let link = desk.begin(Wants::default()).await;
    for (name, value) in
        [("response_type", "code"), ("code_challenge_method", "S256"), ("client_id", "usher")]
    {
        assert_eq!(parameter(&link, name), value);
    }
    assert!(parameter(&link, "state").len() >= 43 && parameter(&link, "nonce").len() >= 43);
    assert!(parameter(&link, "redirect_uri").starts_with("http%3A%2F%2Flocalhost%3A"));
    let page = visit(link.clone()).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("You can close this page"), "{}", page.body);
    let who = desk.oidc.finished().await.expect("she is signed in");
    assert_eq!((who.name.as_str(), who.username.as_str()), ("Rita Frei", "rita@contoso.example"));
    assert_eq!((who.subject.tenant.as_str(), who.subject.object.as_str()), (desk.issuer.url(), "rita"));
    desk.until_told(FactKind::CredentialStored).await;
    let kinds: Vec<FactKind> = desk.told().iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, [FactKind::Begun, FactKind::Succeeded, FactKind::CredentialStored]);

    desk.restart().await;
    let state = desk.oidc.state().borrow().clone();
    assert_eq!(state.who(), Some(&who), "she goes on where she was");
    desk.until_told(FactKind::TokenRefreshed).await;
    assert!(desk.oidc.token(&graph()).await.is_ok());
}

/// ID-1: each algorithm on the list, by a client of the issuer that is registered for it.
#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_believed_in_each_allowed_algorithm_id_1() {
    for client in ["usher-ps256", "usher-es256"] {
        let settings = |issuer: &Issuer| SignInSettings { client_id: client.to_owned(), ..other(issuer) };
        let Some(mut desk) = Desk::open_with(settings).await else { return };
        let who = desk.sign_in().await.unwrap_or_else(|problem| panic!("{client}: {problem}"));
        assert_eq!(who.subject.object, "rita");
    }
}

/// ID-1: every token that is not the one asked for. Each is the issuer's real one, changed on its way out.
#[tokio::test(flavor = "multi_thread")]
async fn odd_tokens_are_refused_each_with_its_own_code_and_told_once_id_1() {
    let Some(mut desk) = Desk::open().await else { return };
    let now = Timestamp(std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_millis() as i64).0 / 1000;
    let attacks = [
        ("wrong audience", json!({"claims": {"aud": "another"}}), "sign-in.wrong-audience"),
        (
            "two audiences",
            json!({"claims": {"aud": ["usher", "another"], "azp": "usher"}}),
            "sign-in.wrong-audience",
        ),
        ("another party", json!({"claims": {"azp": "another"}}), "sign-in.wrong-audience"),
        ("wrong issuer", json!({"claims": {"iss": "https://evil.example"}}), "sign-in.wrong-issuer"),
        ("wrong nonce", json!({"claims": {"nonce": "another"}}), "sign-in.wrong-nonce"),
        ("no nonce", json!({"claims": {"nonce": null}}), "sign-in.wrong-nonce"),
        ("expired", json!({"claims": {"exp": now - 301, "iat": now - 4000}}), "sign-in.expired"),
        ("not yet valid", json!({"claims": {"nbf": now + 400}}), "sign-in.not-yet-valid"),
        ("of tomorrow", json!({"claims": {"iat": now + 86_400}}), "sign-in.clock-wrong"),
        (
            "of another access token",
            json!({"claims": {"at_hash": "77QmUPtjPfzWtF2AnpK9RQ"}}),
            "sign-in.token-invalid",
        ),
        ("unsigned", json!({"header": {"alg": "none"}, "sign": "none"}), "sign-in.bad-algorithm"),
        (
            "unsigned, in other letters",
            json!({"header": {"alg": "nOnE"}, "sign": "none"}),
            "sign-in.bad-algorithm",
        ),
        (
            "the public key as a secret",
            json!({"header": {"alg": "HS256"}, "sign": "hs256-public"}),
            "sign-in.bad-algorithm",
        ),
        ("a stranger's signature", json!({"sign": "stranger"}), "sign-in.bad-signature"),
        ("changed after signing", json!({"claims": {"sub": "tom"}, "sign": "kept"}), "sign-in.bad-signature"),
        ("a key nobody has", json!({"header": {"kid": "nobody's"}}), "sign-in.bad-signature"),
        (
            "a key of its own",
            json!({"header": {"jwk": {"kty": "oct", "k": "AA"}}, "sign": "stranger"}),
            "sign-in.bad-signature",
        ),
        ("RSA said to be ECDSA", json!({"header": {"alg": "ES256"}}), "sign-in.bad-signature"),
        ("no ID token", json!({"answer": {"id_token": null}}), "sign-in.token-invalid"),
        ("nonsense", json!({"answer": {"id_token": "a.b.c"}}), "sign-in.token-invalid"),
        ("another kind of token", json!({"answer": {"token_type": "mac"}}), "sign-in.issuer-invalid"),
    ];
    for (name, tamper, code) in attacks {
        desk.issuer_behaves(json!({"auto": "rita", "tamper": tamper})).await;
        let refused = desk.sign_in().await.expect_err(name);
        assert_eq!(refused.code, code, "{name}: {refused}");
        assert_eq!(desk.only_refusal(), code, "{name}");
        assert!(desk.oidc.state().borrow().who().is_none(), "{name}");
    }
    // Re-signing alone is no reason: the harness can make a good token too.
    desk.issuer_behaves(json!({"auto": "rita", "tamper": {"alg": "ES256"}})).await;
    assert!(desk.sign_in().await.is_ok());
}

/// ID-1: Entra's issuer of many tenants: the tenant stands in the issuer's name, and only those on the list get in.
#[tokio::test(flavor = "multi_thread")]
async fn only_people_of_allowed_tenants_get_in_id_1_data_4() {
    let settings = |_: &Issuer| entra(EntraTenant::Organizations, &[TENANT]);
    let Some(mut desk) = Desk::open_with(settings).await else { return };
    let url = desk.issuer.url().to_owned();
    let of = |tenant: &str, named: &str| {
        let claims = json!({"iss": format!("{url}/{named}/v2.0"), "tid": tenant, "oid": OBJECT});
        json!({"auto": "rita", "answerIssuer": "", "tamper": {"claims": claims}})
    };
    for (how, code) in [
        (of(OTHER_TENANT, OTHER_TENANT), "sign-in.wrong-tenant"),
        (of(TENANT, OTHER_TENANT), "sign-in.wrong-issuer"),
        (of("{tenantid}", "{tenantid}"), "sign-in.wrong-issuer"),
    ] {
        desk.issuer_behaves(how).await;
        let refused = desk.sign_in().await.expect_err(code);
        assert_eq!(refused.code, code, "{refused}");
        assert_eq!(desk.only_refusal(), code);
    }
    let mut foreign_key = of(TENANT, TENANT);
    foreign_key["keyIssuer"] = json!(format!("{url}/{OTHER_TENANT}/v2.0"));
    desk.issuer_behaves(foreign_key).await;
    desk.issuer_does(Issuer::roll_keys_over).await;
    assert_eq!(desk.sign_in().await.expect_err("a key of another tenant").code, "sign-in.wrong-issuer");
    desk.told();

    desk.issuer_behaves(of(TENANT, TENANT)).await;
    desk.restart().await;
    let who = desk.sign_in().await.expect("her tenant is on the list");
    assert_eq!((who.subject.tenant.as_str(), who.subject.object.as_str()), (TENANT, OBJECT));
    let issuer_of_one = entra(EntraTenant::Id(TENANT.to_owned()), &[]);
    desk.oidc.set_up(Some(issuer_of_one)).await.expect("an issuer of one tenant");
    assert!(matches!(&*desk.oidc.state().borrow(), SignInState::SignedOut { why: None }), "signed out by it");
    assert!(desk.sign_in().await.is_ok());
    desk.issuer_behaves(of(OTHER_TENANT, OTHER_TENANT)).await;
    assert_eq!(desk.sign_in().await.expect_err("another tenant").code, "sign-in.wrong-issuer");
}

/// ID-1: login CSRF. An answer that belongs to no sign-in of ours is told, changes nothing, and ends nothing.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_signs_her_in_or_ends_her_sign_in_from_outside_id_1() {
    let Some(mut desk) = Desk::open().await else { return };
    // An attacker's own sign-in, stopped before the answer was used.
    let attackers = up_to_the_answer(desk.begin(Wants::default()).await).await;
    desk.oidc.cancel().await;
    desk.told();
    let link = desk.begin(Wants::default()).await;
    let answer = up_to_the_answer(link).await;
    let place = answer.split_once("/?").or(answer.split_once('?')).expect("a query").0.to_owned();
    let code = parameter(&attackers, "code").to_owned();
    let swapped = format!("{place}/?code={code}&state={}", parameter(&attackers, "state"));
    let tries = [
        swapped,
        format!("{place}/?code={code}"),
        format!("{place}/?code={code}&state="),
        format!("{place}/?error=access_denied&state=wrong"),
        format!(
            "{place}/?code={code}&state=wrong&redirect_uri=https%3A%2F%2Fevil.example&next=//evil.example"
        ),
    ];
    for strange in tries {
        let page = visit(strange.clone()).await;
        assert_eq!((page.status, &page.location), (400, &None), "{strange}");
        assert!(!page.body.contains("evil") && !page.body.contains(&code), "the page repeats nothing");
        desk.until_told(FactKind::StrangeAnswer).await;
        assert_eq!(desk.only_refusal(), "sign-in.state-mismatch", "{strange}");
    }
    for nothing in
        [format!("{place}/favicon.ico"), format!("{place}/"), format!("{place}//evil.example/%2e%2e")]
    {
        let page = visit(nothing).await;
        assert_eq!((page.status, page.location), (404, None));
    }
    assert_eq!(desk.told(), [], "an icon is no attack");
    assert!(matches!(&*desk.oidc.state().borrow(), SignInState::Underway { .. }), "the sign-in goes on");
    assert_eq!(visit(answer.clone()).await.status, 200);
    assert_eq!(desk.oidc.finished().await.expect("she is signed in").subject.object, "rita");

    // One answer only: nobody listens any more.
    let again = tokio::task::spawn_blocking(move || ureq_get(&answer)).await.expect("it ends");
    assert!(again.is_err(), "the port is closed");
}

fn ureq_get(at: &str) -> std::io::Result<std::net::TcpStream> {
    let host = at.trim_start_matches("http://").split(['/', '?']).next().expect("a host");
    std::net::TcpStream::connect(host)
}

/// ID-1: a code that was used, or that answers another sign-in, is worth nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_good_for_one_sign_in_and_one_use_id_1() {
    let Some(mut desk) = Desk::open().await else { return };
    let first = up_to_the_answer(desk.begin(Wants::default()).await).await;
    assert_eq!(visit(first.clone()).await.status, 200);
    desk.oidc.finished().await.expect("she is signed in");
    desk.oidc.sign_out().await.expect("signed out");
    desk.links.recv().await.expect("the issuer's own page for signing out is opened");
    desk.told();
    // The used code, with the state of a new sign-in: what malware that reads the address bar could send.
    let link = desk.begin(Wants::default()).await;
    let redirect = parameter(&link, "redirect_uri").replace("%3A", ":").replace("%2F", "/");
    let (code, state) = (parameter(&first, "code"), parameter(&link, "state"));
    let issuer = parameter(&first, "iss");
    let replayed = format!("{redirect}/?code={code}&state={state}&iss={issuer}");
    assert_eq!(visit(replayed).await.status, 200);
    assert_eq!(desk.oidc.finished().await.expect_err("replayed").code, "sign-in.code-replayed");
    assert_eq!(desk.only_refusal(), "sign-in.code-replayed");

    // A fresh code of another sign-in: PKCE holds it to that one.
    let stolen = up_to_the_answer(desk.begin(Wants::default()).await).await;
    let link = desk.begin(Wants::default()).await;
    desk.told();
    let redirect = parameter(&link, "redirect_uri").replace("%3A", ":").replace("%2F", "/");
    let (code, state) = (parameter(&stolen, "code"), parameter(&link, "state"));
    visit(format!("{redirect}/?code={code}&state={state}&iss={issuer}")).await;
    assert_eq!(desk.oidc.finished().await.expect_err("stolen").code, "sign-in.code-replayed");
    assert_eq!(desk.only_refusal(), "sign-in.code-replayed");
}

/// ID-1, RFC 9207: the browser's answer says whose it is.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_another_issuer_is_refused_id_1() {
    let Some(mut desk) = Desk::open().await else { return };
    for says in ["https://evil.example", ""] {
        desk.issuer_behaves(json!({"auto": "rita", "answerIssuer": says})).await;
        assert_eq!(desk.sign_in().await.expect_err("mixed up").code, "sign-in.wrong-issuer", "{says}");
        assert_eq!(desk.only_refusal(), "sign-in.wrong-issuer");
    }
}

/// ID-1: the issuer's keys change; the new ones are fetched once, and a flood of made-up ones fetches nothing.
#[tokio::test(flavor = "multi_thread")]
async fn new_keys_of_the_issuer_are_fetched_and_made_up_ones_are_not_id_1() {
    let Some(mut desk) = Desk::open().await else { return };
    desk.sign_in().await.expect("with the keys of now");
    desk.issuer_does(Issuer::roll_keys_over).await;
    desk.issuer_behaves(json!({"auto": "rita"})).await;
    desk.sign_in().await.expect("with the new keys");
    assert_eq!(desk.asked("/jwks").await, 1, "fetched for the key that was not known");
    let made_up = json!({"auto": "rita", "tamper": {"header": {"kid": "made up"}}});
    desk.issuer_behaves(made_up).await;
    for _ in 0..3 {
        assert_eq!(desk.sign_in().await.expect_err("made up").code, "sign-in.bad-signature");
    }
    assert_eq!(desk.asked("/jwks").await, 0, "not within a minute of the last time");
    desk.later(61 * 1000);
    desk.sign_in().await.expect_err("made up");
    assert_eq!(desk.asked("/jwks").await, 1);
}

/// Refusal, cancelling, time: each its own state.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_does_not_come_to_its_end_says_why() {
    let Some(mut desk) = Desk::open().await else { return };
    desk.issuer_behaves(json!({"auto": "nobody"})).await;
    let refused = desk.sign_in().await.expect_err("she declined");
    assert_eq!(refused.code, "sign-in.refused");
    assert!(
        refused.message.contains("access_denied, AADSTS65004") && !refused.message.contains("rita"),
        "{refused}"
    );
    assert_eq!(desk.only_refusal(), "sign-in.refused");

    desk.begin(Wants::default()).await;
    desk.oidc.cancel().await;
    assert_eq!(desk.oidc.finished().await.expect_err("given up").code, "sign-in.cancelled");
    assert_eq!(desk.only_refusal(), "sign-in.cancelled");

    let first = desk.begin(Wants::default()).await;
    let oidc = desk.oidc.clone();
    let mut waits = pin!(oidc.finished());
    tokio::select! {
        biased;
        ended = &mut waits => panic!("nobody has ended it: {ended:?}"),
        () = ready(()) => {}
    }
    let second = desk.begin(Wants::default()).await;
    assert_ne!(parameter(&first, "state"), parameter(&second, "state"));
    assert_eq!(waits.await.expect_err("replaced").code, "sign-in.cancelled");
    desk.oidc.cancel().await;

    desk.pace.sign_in = Duration::from_secs(1);
    desk.restart().await;
    desk.begin(Wants::default()).await;
    assert_eq!(desk.until_signed_out().await, Some("sign-in.timed-out"));
    assert_eq!(desk.oidc.finished().await.expect_err("nobody came").code, "sign-in.timed-out");
}

/// ID-2: tokens are renewed once for all who ask, rotate, and are kept as they rotate.
#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_renewed_once_for_all_who_ask_and_rotate_id_2() {
    let Some(mut desk) = Desk::open().await else { return };
    desk.sign_in().await.expect("she is signed in");
    desk.issuer_behaves(json!({"auto": "rita", "delay_ms": 200})).await;
    let asks = (0..20).map(|_| {
        let oidc = desk.oidc.clone();
        tokio::spawn(async move { oidc.token(&graph()).await.map(|token| token.danger_expose().to_owned()) })
    });
    let mut tokens = Vec::new();
    for ask in asks.collect::<Vec<_>>() {
        tokens.push(ask.await.expect("it ends").expect("a token"));
    }
    assert!(tokens.iter().all(|token| *token == tokens[0]), "all have the same");
    assert_eq!(desk.asked("/token").await, 1, "asked once");
    let calendar = desk.oidc.token(&Resource::of(["calendar"])).await.expect("for another service");
    assert_ne!(calendar.danger_expose(), tokens[0]);
    assert_eq!(desk.asked("/token").await, 2);
    // The desk's clock runs to the end of the token: a new one, with the refresh token that came last.
    desk.later(56 * 60 * 1000);
    let renewed = desk.oidc.token(&graph()).await.expect("a new one");
    assert_ne!(renewed.danger_expose(), tokens[0]);
    desk.later(-56 * 60 * 1000);
    // What rotated is what the keychain has: a restart does not use an old one, for which the issuer would end the session.
    desk.restart().await;
    desk.told();
    desk.oidc.token(&Resource::of(["calendar"])).await.expect("the token that came last is believed");
    let unknown = desk.oidc.token(&Resource::of(["nonsense"])).await;
    assert!(
        matches!(unknown, Err(TokenProblem::Problem(SignInProblem { code: "sign-in.refused", .. }))),
        "{unknown:?}"
    );
    assert!(desk.oidc.state().borrow().who().is_some(), "one service refused is no session ended");
}

/// ID-2: at the finest level nothing is written that opens a door, nothing that is printed shows it.
#[tokio::test(flavor = "multi_thread")]
async fn no_token_and_no_code_is_ever_logged_or_printed_id_2() {
    let written = Written::default();
    let writer = written.clone();
    // Each test is a process of its own, so this listens to nobody else.
    tracing_subscriber::fmt()
        // All but the visitor, who is a browser here and no part of Usher.
        .with_env_filter("trace,ureq=off,ureq_proto=off")
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();
    let Some(mut desk) = Desk::open().await else { return };
    let link = desk.begin(Wants::default()).await;
    let page = visit(link.clone()).await;
    let mut shown = vec![format!("{page:?}"), format!("{:?}", desk.oidc.finished().await)];
    let mut tokens = Vec::new();
    for resource in [graph(), Resource::of(["calendar"])] {
        let token = desk.oidc.token(&resource).await.expect("a token");
        shown.push(format!("{token:?}"));
        tokens.push(token.danger_expose().to_owned());
    }
    desk.issuer_does(Issuer::revoke).await;
    let refused = desk.oidc.token(&Resource::of(["nonsense"])).await;
    shown.push(format!("{refused:?} {:?} {:?}", desk.oidc.state().borrow(), desk.told()));
    let log = String::from_utf8_lossy(&written.0.lock().expect("nobody panics")).into_owned();
    assert!(log.contains("TRACE"), "the finest level is heard");
    // The state of the request is in its link, which the browser has to have; the rest of it is not to be written either.
    let state = link.split("&state=").nth(1).and_then(|rest| rest.split('&').next()).expect("it has one");
    tokens.push(state.to_owned());
    // Signed tokens of any kind begin so; the others by what they are called.
    tokens.extend(["eyJ", "refresh_token=", "code_verifier=", "id_token="].map(str::to_owned));
    for token in &tokens {
        assert!(!log.contains(token.as_str()), "the log holds {token}");
        assert!(shown.iter().all(|text| !text.contains(token.as_str())), "{token} is shown");
    }
}

/// What was logged.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panics").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// ID-6: what the issuer takes back is noticed by itself, and each end has its own name.
#[tokio::test(flavor = "multi_thread")]
async fn revocation_and_expiry_end_the_session_each_by_its_name() {
    let Some(mut desk) = Desk::open().await else { return };
    desk.sign_in().await.expect("she is signed in");
    desk.issuer_does(Issuer::revoke).await;
    desk.told();
    let token = desk.oidc.token(&graph()).await;
    assert!(matches!(token, Err(TokenProblem::SignedOut)), "{token:?}");
    assert_eq!(desk.until_signed_out().await, Some("sign-in.token-revoked"));
    desk.until_told(FactKind::CredentialRemoved).await;
    assert_eq!(desk.only_refusal(), "sign-in.token-revoked");
    desk.restart().await;
    assert!(desk.oidc.state().borrow().who().is_none(), "nothing was kept");

    desk.sign_in().await.expect("again");
    desk.issuer_does(Issuer::revoke).await;
    // Nobody asks for a token; a quarter of an hour passes.
    desk.later(15 * 60 * 1000);
    assert_eq!(desk.until_signed_out().await, Some("sign-in.token-revoked"));
    desk.later(-15 * 60 * 1000);

    let ends = json!({"auto": "rita", "tamper": {"answer": {"refresh_expires_in": 600}}});
    desk.issuer_behaves(ends).await;
    desk.sign_in().await.expect("a session of ten minutes");
    desk.later(11 * 60 * 1000);
    assert_eq!(desk.until_signed_out().await, Some("sign-in.session-expired"));
}

/// Offline: she goes on for half a day, it is said since when, and it mends itself.
#[tokio::test(flavor = "multi_thread")]
async fn without_the_issuer_she_goes_on_for_a_bounded_time() {
    let Some(mut desk) = Desk::open().await else { return };
    desk.sign_in().await.expect("she is signed in");
    let kept = desk.oidc.token(&graph()).await.expect("a token");
    for down in ["reset", "unavailable"] {
        desk.told();
        desk.issuer_behaves(json!({"auto": "rita", "down": down})).await;
        assert!(matches!(
            desk.oidc.token(&Resource::of(["calendar"])).await,
            Err(TokenProblem::Offline { .. })
        ));
        let state = desk.oidc.state().borrow().clone();
        assert!(matches!(state, SignInState::SignedIn { offline_since: Some(_), .. }), "{state:?}");
        let again = desk.oidc.token(&graph()).await.expect("what still lasts is given");
        assert_eq!(again.danger_expose(), kept.danger_expose());
        assert_eq!(desk.only_refusal(), "sign-in.issuer-unreachable");
        desk.issuer_behaves(json!({"auto": "rita"})).await;
        desk.until("the issuer again", |state| {
            matches!(state, SignInState::SignedIn { offline_since: None, .. })
        })
        .await;
    }
    desk.issuer_behaves(json!({"down": "reset"})).await;
    desk.later(11 * HOUR_MS);
    desk.until("offline", |state| matches!(state, SignInState::SignedIn { offline_since: Some(_), .. }))
        .await;
    desk.restart().await;
    assert!(desk.oidc.state().borrow().who().is_some(), "a restart without the network is no end");
    desk.later(2 * HOUR_MS);
    assert_eq!(desk.until_signed_out().await, Some("sign-in.offline-too-long"));
    assert!(matches!(desk.oidc.token(&graph()).await, Err(TokenProblem::Offline { .. })));
    desk.restart().await;
    assert_eq!(desk.until_signed_out().await, Some("sign-in.offline-too-long"), "nor is it a beginning");
    let begun = desk.oidc.begin(Wants::default()).await.expect_err("nobody answers");
    assert_eq!(begun.code, "sign-in.issuer-unreachable");
    // The issuer is back, and the desk's clock right again: nobody has to sign in.
    desk.later(-13 * HOUR_MS);
    desk.issuer_behaves(json!({"auto": "rita"})).await;
    desk.until("signed in", |state| matches!(state, SignInState::SignedIn { offline_since: None, .. })).await;
}

/// ID-3: a claims challenge and an authentication context; only the one who is signed in passes it, and a failure ends nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_step_up_asks_for_what_is_demanded_and_takes_no_session_away_id_3() {
    let Some(mut desk) = Desk::open().await else { return };
    let who = desk.sign_in().await.expect("she is signed in");
    assert!(!who.contexts.contains("gold"));
    let step_up = Wants { context: Some("gold".to_owned()), ..Wants::default() };
    let link = desk.begin(step_up.clone()).await;
    let asked = json!({"id_token": {"acr": {"essential": true, "value": "gold"}}}).to_string();
    assert_eq!(decoded(parameter(&link, "claims")), asked);
    assert_eq!(decoded(parameter(&link, "login_hint")), "rita@contoso.example");
    assert!(
        matches!(&*desk.oidc.state().borrow(), SignInState::Underway { who: Some(_), .. }),
        "she goes on meanwhile"
    );
    assert!(desk.oidc.token(&graph()).await.is_ok());

    desk.told();
    desk.issuer_behaves(json!({"auto": "rita", "tamper": {"claims": {"acr": "bronze"}}, "acr": "gold"}))
        .await;
    let refused = desk.sign_in_with(step_up.clone()).await.expect_err("a lesser proof");
    assert_eq!(refused.code, "sign-in.step-up-missing");
    desk.issuer_behaves(json!({"auto": "tom", "acr": "gold"})).await;
    let refused = desk.sign_in_with(step_up.clone()).await.expect_err("somebody else");
    assert_eq!(refused.code, "sign-in.wrong-person");
    assert_eq!(desk.oidc.state().borrow().who(), Some(&who), "still she, as before");
    assert!(desk.oidc.token(&graph()).await.is_ok());

    desk.issuer_behaves(json!({"auto": "rita", "acr": "gold"})).await;
    let proven = desk.sign_in_with(step_up).await.expect("she has proven more");
    assert!(proven.contexts.contains("gold"));
    // A challenge of a service, with another claim beside the context.
    let claims = json!({"id_token": {"auth_time": {"essential": true}}}).to_string();
    let wants = Wants { claims: Some(claims), context: Some("gold".to_owned()), ..Wants::default() };
    let link = desk.begin(wants).await;
    let asked: Value = serde_json::from_str(&decoded(parameter(&link, "claims"))).expect("claims");
    assert_eq!(asked["id_token"]["auth_time"]["essential"], true);
    assert_eq!(asked["id_token"]["acr"]["value"], "gold");
    visit(link).await;
    desk.oidc.finished().await.expect("and again");
    let nonsense = Wants { claims: Some("[1]".to_owned()), ..Wants::default() };
    assert_eq!(desk.oidc.begin(nonsense).await.expect_err("no claims").code, "sign-in.token-invalid");
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let hex = [rest.next().expect("a digit"), rest.next().expect("a digit")];
                let hex = std::str::from_utf8(&hex).expect("digits");
                bytes.push(u8::from_str_radix(hex, 16).expect("digits"));
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).expect("text")
}

/// ID-3: the issuer wants to see her again for one service; the session goes on.
#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_wants_to_see_her_says_with_which_claims_id_3() {
    let Some(mut desk) = Desk::open().await else { return };
    desk.sign_in().await.expect("she is signed in");
    let denial = json!({"error": "interaction_required", "claims": "{\"access_token\":{}}"}).to_string();
    let headers = json!({"content-type": "application/json"});
    let odd = json!({"/token": {"status": 400, "headers": headers, "body": denial}});
    desk.issuer_behaves(json!({"auto": "rita", "odd": odd})).await;
    desk.told();
    let token = desk.oidc.token(&graph()).await;
    let claims = Some("{\"access_token\":{}}".to_owned());
    assert_eq!(token.err(), Some(TokenProblem::StepUp { claims }));
    assert_eq!(desk.only_refusal(), "sign-in.interaction-required");
    assert!(desk.oidc.state().borrow().who().is_some());
}

/// Opens the page of device codes, types one in, confirms it and signs in.
fn on_the_telephone(opened: &str, page: &str, user_code: &str) -> Page {
    let mut phone = Visitor::default();
    let asked = phone.open(opened);
    let form = [("xsrf", &*hidden_field(&asked, "xsrf")), ("user_code", user_code)];
    let typed = phone.visit(page, Some(&form));
    let form = [("xsrf", &*hidden_field(&typed, "xsrf")), ("user_code", user_code), ("confirm", "yes")];
    let confirmed = phone.visit(page, Some(&form));
    phone.open(&confirmed.location.expect("to the sign-in"))
}

/// ID-1: the code typed on another device.
#[tokio::test(flavor = "multi_thread")]
async fn rita_signs_in_on_another_device_id_1() {
    let Some(mut desk) = Desk::open().await else { return };
    let wants = Wants { way: Way::Device, ..Wants::default() };
    desk.oidc.begin(wants).await.expect("it begins");
    let state = desk.oidc.state().borrow().clone();
    let SignInState::Underway { link, code: Some(code), .. } = state else { panic!("{state:?}") };
    assert!(link.contains(&code.user_code) && link.starts_with(&code.verification_uri), "{link}");
    let confirm =
        tokio::task::spawn_blocking(move || on_the_telephone(&link, &code.verification_uri, &code.user_code));
    let page = tokio::time::timeout(PATIENCE, confirm).await.expect("in time").expect("the phone is done");
    assert!(page.status == 200 && page.body.contains("Sign-in Success"), "{page:?}");
    let ended = tokio::time::timeout(PATIENCE, desk.oidc.finished())
        .await
        .expect("it is asked for every five seconds");
    let who = ended.expect("she is signed in");
    assert_eq!(who.subject.object, "rita");
    assert!(desk.links.try_recv().is_err(), "no browser of this computer was opened");
    assert!(desk.oidc.token(&graph()).await.is_ok());
}

/// ID-2: she signs out here, at the issuer, and of the keychain. A leaver's access is ended the same way, without her doing.
#[tokio::test(flavor = "multi_thread")]
async fn signing_out_leaves_no_token_anywhere_id_2_id_6() {
    let Some(mut desk) = Desk::open().await else { return };
    desk.sign_in().await.expect("she is signed in");
    desk.until_told(FactKind::CredentialStored).await;
    let name = identity::oidc::secret_name("test");
    assert!(desk.secrets.get(&name).expect("works").is_some());
    desk.issuer_behaves(json!({"auto": "rita"})).await;
    desk.oidc.sign_out().await.expect("signed out");
    assert!(desk.secrets.get(&name).expect("works").is_none());
    assert_eq!(desk.asked("/token/revocation").await, 1, "the issuer knows");
    let page = desk.links.recv().await.expect("the issuer's page is opened");
    assert!(page.contains("/session/end?client_id=usher") && !page.contains("token"), "{page}");
    assert!(matches!(desk.oidc.token(&graph()).await, Err(TokenProblem::SignedOut)));
    let told: Vec<FactKind> = desk.told().iter().map(|(kind, _)| *kind).collect();
    assert!(told.ends_with(&[FactKind::SignedOut, FactKind::CredentialRemoved]), "{told:?}");

    desk.sign_in().await.expect("again");
    desk.told();
    desk.oidc.end(contracts::sign_in::Why::AccessEnded.into()).await;
    assert_eq!(desk.until_signed_out().await, Some("sign-in.access-ended"));
    assert_eq!(desk.only_refusal(), "sign-in.access-ended");
    assert!(desk.secrets.get(&name).expect("works").is_none());
    assert!(desk.links.try_recv().is_err(), "no page comes up by itself");
    desk.restart().await;
    assert!(desk.oidc.state().borrow().who().is_none());
}

/// Settings are tried out before they are used.
#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_is_asked_before_it_is_set_up_id_1() {
    let Some(mut desk) = Desk::open().await else { return };
    desk.sign_in().await.expect("she is signed in");
    let page =
        |status: u16, headers: Value, body: &str| json!({"status": status, "headers": headers, "body": body});
    let elsewhere = page(302, json!({"location": "https://evil.example/"}), "");
    let configuration = "/.well-known/openid-configuration";
    let html = page(200, json!({"content-type": "text/html"}), "<html>");
    let long = page(200, json!({}), &" ".repeat(300_000));
    for (how, code) in [
        (json!({"odd": {configuration: elsewhere}}), "sign-in.issuer-invalid"),
        (json!({"odd": {configuration: html}}), "sign-in.issuer-invalid"),
        (json!({"odd": {configuration: long}}), "sign-in.issuer-invalid"),
        (json!({"odd": {configuration: page(404, json!({}), "")}}), "sign-in.issuer-invalid"),
        (json!({"odd": {"/jwks": page(200, json!({}), "{\"keys\":[]}")}}), "sign-in.issuer-invalid"),
        (json!({"configuration": {"issuer": "https://evil.example"}}), "sign-in.wrong-issuer"),
        (json!({"configuration": {"token_endpoint": "http://evil.example/token"}}), "sign-in.issuer-invalid"),
        (
            json!({"configuration": {"authorization_endpoint": "file:///etc/passwd"}}),
            "sign-in.issuer-invalid",
        ),
        (json!({"configuration": {"code_challenge_methods_supported": ["plain"]}}), "sign-in.issuer-invalid"),
        (json!({"down": "reset"}), "sign-in.issuer-unreachable"),
    ] {
        desk.issuer_behaves(how.clone()).await;
        let settings = SignInSettings { client_id: "another".to_owned(), ..desk.settings.clone() };
        let refused = desk.oidc.set_up(Some(settings)).await.expect_err("it is tried out");
        assert_eq!(refused.code, code, "{how}: {refused}");
        assert!(desk.oidc.state().borrow().who().is_some(), "what was set up stays");
    }
    desk.issuer_behaves(json!({"auto": "rita"})).await;
    let more = SignInSettings { step_up: None, ..desk.settings.clone() };
    desk.oidc.set_up(Some(more)).await.expect("the same issuer");
    assert!(desk.oidc.state().borrow().who().is_some(), "the same issuer's session goes on");
    desk.oidc.set_up(None).await.expect("taken away");
    assert!(matches!(&*desk.oidc.state().borrow(), SignInState::NotSetUp));
    assert_eq!(
        desk.oidc.begin(Wants::default()).await.expect_err("nothing is set up").code,
        "sign-in.not-set-up"
    );
}

/// ID-1, ID-7: the program without a screen. The console takes the session up from the keychain, and loses it there again.
#[test]
fn a_computer_without_a_browser_is_signed_in_by_code_and_signed_out_id_1() {
    if !tools::all_there(&[Tool::OidcProvider, Tool::Bus, Tool::Keyring]) {
        return;
    }
    let issuer = Issuer::start();
    let mut usher = Usher::start_with(Keys::InKeychain(Box::new(Keychain::start())));
    let form = SignInForm {
        issuer: IssuerName::Other,
        tenant: None,
        url: Some(issuer.url().to_owned()),
        client_id: "usher".to_owned(),
        tenants: Vec::new(),
        step_up: None,
    };
    usher.ask(Request::PutSignIn { form: Some(form) });
    assert_eq!(session(&usher), (SessionState::SignedOut, None));
    usher.stop();

    let command = |usher: &mut Usher, words: &[&str]| {
        let mut command = Command::new(tools::usher());
        let data = usher.data_dir();
        usher.keychain().lend(&mut command);
        command.args(words).arg("--data-dir").arg(data);
        command
    };
    let mut signing_in = command(&mut usher, &["sign-in"]);
    let logs = tempfile::tempdir().expect("a temporary directory");
    let mut program = Program::start("sign-in", logs.path(), Talks::ByPipes, &mut signing_in);
    let (_, output) = program.pipes();
    let mut lines = BufReader::new(output).lines().map(|line| line.expect("it is text"));
    let instructions = lines.next().expect("it says what to do");
    let (page, user_code) = instructions
        .strip_prefix("On any device, open ")
        .and_then(|rest| rest.split_once(" and type "))
        .unwrap_or_else(|| panic!("{instructions}"));
    let shown = on_the_telephone(page, page, user_code);
    assert!(shown.status == 200 && shown.body.contains("Sign-in Success"), "{shown:?}");
    assert_eq!(lines.last().as_deref(), Some("Signed in as Rita Frei (rita@contoso.example)."));
    assert!(program.wait_end().success(), "{}", program.words());

    usher.start_again();
    assert_eq!(session(&usher), (SessionState::SignedIn, Some("Rita Frei".to_owned())));
    usher.stop();
    let out = run(command(&mut usher, &["sign-in", "--out"]));
    assert_eq!((out.code, out.out.trim()), (0, "Signed out."));
    usher.start_again();
    assert_eq!(session(&usher), (SessionState::SignedOut, None));
    usher.stop();
    let log = run(command(&mut usher, &["audit", "export"]));
    for action in ["sign-in-succeeded", "credential-stored", "signed-out", "credential-removed"] {
        assert!(log.out.contains(action), "{action} is missing");
    }
}

fn session(usher: &Usher) -> (SessionState, Option<String>) {
    match usher.ask(Request::GetSession {}) {
        Response::Session(session) => (session.state, session.person.map(|person| person.name)),
        other => panic!("no session: {other:?}"),
    }
}
