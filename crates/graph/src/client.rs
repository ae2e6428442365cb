//! Asks Graph, with patience and within bounds: tokens, Retry-After, back-off, limits, and only the one origin that is Graph's
//! own. Knows no roster.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use contracts::roster::Collection;
use contracts::sign_in::{AccessToken, Cloud, Resource, SignIn, TokenProblem, claims_challenge};
use engine::Timestamp;
use reqwest::StatusCode;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use url::{Host, Url};

use crate::PERMISSIONS;
use crate::answer::error_code;
use crate::problem::{Problem, after};
use crate::surroundings::Surroundings;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a request may take with its answer. Microsoft's own limit for one is about a minute and a half.
const REQUEST: Duration = Duration::from_secs(100);
/// Bytes of an answer. A page of users has some 100 KB, one of a group with thousands of members a megabyte.
const ANSWER_BYTES_MAX: usize = 32 << 20;
/// Bytes of a refusal that are looked at.
const REFUSAL_BYTES_MAX: usize = 64 << 10;
/// A page is asked for so often before the round is given up. The next begins where this one ended.
const TRIES_MAX: u32 = 5;
/// The first pause after a fault; then twice as long each time.
const BACK_OFF: Duration = Duration::from_secs(1);
/// A wait Graph asks for is waited within the round up to here; a longer one ends it.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longer than this nobody is waited for, whatever Graph says: a clock there or here may be wrong.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(60 * 60);
/// What Graph says where it does not know a link any more, beside 410 as documented: some services of it answer 400.
const RESYNC_CODES: [&str; 5] = [
    "resyncRequired",
    "syncStateNotFound",
    "syncStateInvalid",
    "Directory_ExpiredPageToken",
    "Directory_ResyncRequired",
];
/// What is read of users.
const USER_FIELDS: &str = "id,displayName,givenName,surname,mail,userPrincipalName,accountEnabled";
/// What is read of groups. Selecting `members` makes Graph tell who joined and left.
const GROUP_FIELDS: &str = "id,displayName,members";

/// A token, and whose directory it opens. One that is in use shows Graph who asks.
#[derive(Debug)]
pub struct Ticket {
    /// For the header.
    pub token: AccessToken,
    /// The tenant of whoever is signed in.
    pub tenant: String,
}

/// Where tokens come from.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// One that lasts for this request.
    async fn ticket(&self) -> Result<Ticket, TokenProblem>;
}

/// The tokens of whoever is signed in.
pub struct SignedInTokens {
    sign_in: Arc<dyn SignIn>,
    resource: Resource,
}

impl SignedInTokens {
    /// For Graph in this cloud, with [`PERMISSIONS`].
    pub fn new(sign_in: Arc<dyn SignIn>, cloud: Cloud) -> SignedInTokens {
        SignedInTokens::with(sign_in, cloud, &PERMISSIONS)
    }

    /// For Graph in this cloud, with these permissions only: one that is not granted stops nothing else.
    pub fn with(sign_in: Arc<dyn SignIn>, cloud: Cloud, permissions: &[&str]) -> SignedInTokens {
        SignedInTokens { sign_in, resource: Resource::graph(cloud, permissions) }
    }

    fn tenant(&self) -> Option<String> {
        self.sign_in.state().borrow().who().map(|who| who.subject.tenant.clone())
    }
}

#[async_trait]
impl Tokens for SignedInTokens {
    async fn ticket(&self) -> Result<Ticket, TokenProblem> {
        let before = self.tenant();
        let token = self.sign_in.token(&self.resource).await?;
        // Somebody else may have signed in meanwhile: then this token is nobody's.
        match self.tenant() {
            Some(tenant) if Some(&tenant) == before.as_ref() => Ok(Ticket { token, tenant }),
            Some(_) | None => Err(TokenProblem::SignedOut),
        }
    }
}

/// Where Graph answers: its origin and version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site(Url);

impl Site {
    /// Microsoft's, in this cloud.
    pub fn of(cloud: Cloud) -> Site {
        Site::at(cloud.graph()).expect("the addresses of the clouds are addresses")
    }

    /// Another: `https`, or `http` on this computer. `None` where it is neither.
    pub fn at(origin: &str) -> Option<Site> {
        let url = Url::parse(origin).ok()?.join("/v1.0/").ok()?;
        let is_bare = url.username().is_empty() && url.password().is_none();
        let is_allowed = match url.scheme() {
            "https" => true,
            "http" => is_here(&url),
            _ => false,
        };
        (is_bare && is_allowed && url.host().is_some()).then_some(Site(url))
    }

    fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// Where a collection begins.
    pub(crate) fn start(&self, collection: Collection) -> Url {
        let (path, fields) = match collection {
            Collection::Persons => ("users/delta()", USER_FIELDS),
            Collection::Teams => ("groups/delta()", GROUP_FIELDS),
        };
        let mut url = self.0.join(path).expect("a path of ours");
        url.set_query(Some(&format!("$select={fields}")));
        url
    }

    /// The owners of a group. `groups/delta` is documented to tell of members; owners are asked for as Microsoft documents
    /// "List group owners" (not in the subset of the description we test against).
    pub(crate) fn owners(&self, group: &str) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["groups", group, "owners"]);
        }
        url.set_query(Some("$select=id"));
        url
    }

    /// A place below the version: each step stays one, whatever is in it. `query` as it goes on the wire.
    pub(crate) fn place(&self, steps: &[&str], query: &str) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(steps);
        }
        url.set_query((!query.is_empty()).then_some(query));
        url
    }

    /// A link that Graph gave. Only to Graph itself: it is asked with a token.
    pub(crate) fn link(&self, link: &str) -> Option<Url> {
        let url = Url::parse(link).ok()?;
        let is_ours = url.origin() == self.0.origin()
            && url.username().is_empty()
            && url.password().is_none()
            && url.path().starts_with(self.0.path());
        is_ours.then_some(url)
    }
}

fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// What came of a request.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The page, and whose directory it is of.
    Body { body: Vec<u8>, tenant: String },
    /// The link is too old: everything must be read again.
    Resync,
    /// There is no such thing.
    Missing,
}

/// Asks Graph.
pub struct Client {
    http: reqwest::Client,
    site: Site,
    tokens: Arc<dyn Tokens>,
    surroundings: Arc<dyn Surroundings>,
    prefer: Option<&'static str>,
}

impl Client {
    /// One that asks this site with these tokens.
    pub fn new(
        site: Site,
        tokens: Arc<dyn Tokens>,
        surroundings: Arc<dyn Surroundings>,
    ) -> Result<Client, Problem> {
        transport::use_our_tls();
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("usher/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .tls_version_min(reqwest::tls::Version::TLS_1_2)
            .timeout(REQUEST)
            .connect_timeout(CONNECT)
            .https_only(!site.is_plain());
        if site.is_plain() {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| Problem::Tls(words_of(error)))?;
        Ok(Client { http, site, tokens, surroundings, prefer: None })
    }

    /// The same, saying with each request how it would like the answer (RFC 7240).
    pub(crate) fn preferring(self, prefer: &'static str) -> Client {
        Client { prefer: Some(prefer), ..self }
    }

    pub(crate) fn site(&self) -> &Site {
        &self.site
    }

    /// Asks until there is an answer, the tries are used up, or asking again would not help.
    pub(crate) async fn get(&self, url: &Url) -> Result<Answer, Problem> {
        self.persist(url, None).await
    }

    /// The same for a question that does not fit into an address; it changes nothing either, so it may be asked again.
    pub(crate) async fn post(&self, url: &Url, question: &serde_json::Value) -> Result<Answer, Problem> {
        self.persist(url, Some(question.to_string())).await
    }

    async fn persist(&self, url: &Url, question: Option<String>) -> Result<Answer, Problem> {
        let mut tries = 0;
        loop {
            tries += 1;
            let (wait, problem) = match self.ask(url, question.as_deref()).await? {
                Verdict::Answer(answer) => return Ok(answer),
                Verdict::Later { wait, problem } => {
                    (wait.unwrap_or(BACK_OFF.saturating_mul(1 << (tries - 1))), problem)
                }
            };
            if tries == TRIES_MAX || wait > PATIENCE {
                return Err(problem);
            }
            self.surroundings.pause(wait + self.jitter(wait)).await;
        }
    }

    /// Up to half as long again: many desks that were refused at once do not come back at once.
    fn jitter(&self, wait: Duration) -> Duration {
        wait.mul_f64(f64::from(self.surroundings.dice()) / f64::from(u32::MAX) / 2.0)
    }

    async fn ask(&self, url: &Url, question: Option<&str>) -> Result<Verdict, Problem> {
        let Ticket { token, tenant } = self.tokens.ticket().await?;
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.danger_expose()))
            .map_err(|_| Problem::StepUp { claims: None })?;
        bearer.set_sensitive(true);
        drop(token);
        let request = match question {
            None => self.http.get(url.clone()),
            Some(question) => {
                self.http.post(url.clone()).header(CONTENT_TYPE, "application/json").body(question.to_owned())
            }
        };
        let mut request = request.header(AUTHORIZATION, bearer).header(ACCEPT, "application/json");
        if let Some(prefer) = self.prefer {
            request = request.header("prefer", prefer);
        }
        let unreachable =
            |error| Ok(Verdict::Later { wait: None, problem: Problem::Unreachable(words_of(error)) });
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => return unreachable(error),
        };
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes_max = if status == StatusCode::OK { ANSWER_BYTES_MAX } else { REFUSAL_BYTES_MAX };
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(None) => break,
                Ok(Some(chunk)) if body.len() + chunk.len() <= bytes_max => body.extend_from_slice(&chunk),
                Ok(Some(_)) if status == StatusCode::OK => return Err(Problem::TooLarge(bytes_max)),
                Ok(Some(_)) => break,
                Err(error) => return unreachable(error),
            }
        }
        if status == StatusCode::OK {
            return Ok(Verdict::Answer(Answer::Body { body, tenant }));
        }
        refusal(status, &headers, &body, self.surroundings.now())
    }
}

enum Verdict {
    Answer(Answer),
    Later { wait: Option<Duration>, problem: Problem },
}

fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<Verdict, Problem> {
    let code = error_code(body);
    let is_resync = RESYNC_CODES.iter().any(|resync| resync.eq_ignore_ascii_case(&code));
    match status {
        StatusCode::GONE => Ok(Verdict::Answer(Answer::Resync)),
        StatusCode::BAD_REQUEST if is_resync => Ok(Verdict::Answer(Answer::Resync)),
        StatusCode::NOT_FOUND => Ok(Verdict::Answer(Answer::Missing)),
        StatusCode::UNAUTHORIZED => {
            let mut challenges =
                headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
            Err(Problem::StepUp { claims: challenges.find_map(claims_challenge) })
        }
        StatusCode::FORBIDDEN => Err(Problem::Consent),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            let wait = headers.get(RETRY_AFTER).and_then(|value| retry_after(value.to_str().ok()?, now));
            let until = after(now, wait.unwrap_or(PATIENCE));
            Ok(Verdict::Later { wait, problem: Problem::Throttled { until } })
        }
        _ if status.is_server_error() => Ok(Verdict::Later {
            wait: None,
            problem: Problem::Unreachable(format!("status {}", status.as_u16())),
        }),
        _ => Err(Problem::Refused { status: status.as_u16(), code }),
    }
}

/// Seconds or a date (RFC 9110, 10.2.3), within bounds.
fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    let wait = match value.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let date = chrono::DateTime::parse_from_rfc2822(value).ok()?;
            let ms = date.timestamp_millis().saturating_sub(now.0);
            Duration::from_millis(u64::try_from(ms).unwrap_or(0))
        }
    };
    Some(wait.min(RETRY_AFTER_MAX))
}

/// What went wrong with a connection, without the address: links hold the directory's tokens.
fn words_of(error: reqwest::Error) -> String {
    transport::words_of(&error.without_url())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cloud_has_its_own_graph_and_nothing_else_is_asked() {
        for cloud in Cloud::ALL {
            let start = Site::of(cloud).start(Collection::Persons);
            assert!(
                start.as_str().starts_with(&format!("{}/v1.0/users/delta()?$select=id,", cloud.graph())),
                "{start}"
            );
        }
        let site = Site::of(Cloud::Global);
        let ours = "https://graph.microsoft.com/v1.0/users/delta?$skiptoken=x";
        assert_eq!(site.link(ours).map(String::from).as_deref(), Some(ours));
        for foreign in [
            "https://graph.microsoft.com.example/v1.0/users/delta?$skiptoken=x",
            "http://graph.microsoft.com/v1.0/users/delta?$skiptoken=x",
            "https://graph.microsoft.com:8443/v1.0/users/delta?$skiptoken=x",
            "https://x@graph.microsoft.com/v1.0/users/delta?$skiptoken=x",
            "https://graph.microsoft.com/beta/users/delta?$skiptoken=x",
            "https://graph.microsoft.com/v1.0/../beta/users",
            "https://graph.microsoft.us/v1.0/users/delta?$skiptoken=x",
            "users/delta?$skiptoken=x",
        ] {
            assert_eq!(site.link(foreign), None, "{foreign}");
        }
        let plain = ["http://graph.example", "ftp://localhost", "https://a:b@graph.example", "graph"];
        assert!(plain.iter().all(|origin| Site::at(origin).is_none()));
        assert!(Site::at("http://127.0.0.1:8080").is_some());
    }

    #[test]
    fn the_id_of_a_group_stays_one_step_of_the_path() {
        let url = Site::of(Cloud::Global).owners("../users?x#y");
        assert_eq!(
            url.as_str(),
            "https://graph.microsoft.com/v1.0/groups/..%2Fusers%3Fx%23y/owners?$select=id"
        );
    }

    #[test]
    fn a_wait_is_read_in_seconds_and_as_a_date_and_has_a_bound() {
        let now = Timestamp(1_795_000_000_000); // Wed, 18 Nov 2026 11:06:40 GMT
        let seconds = |value| retry_after(value, now).map(|wait| wait.as_secs());
        assert_eq!(seconds("7"), Some(7));
        assert_eq!(seconds(" 0 "), Some(0));
        assert_eq!(seconds("Thu, 19 Nov 2026 11:06:40 GMT"), Some(3600), "no longer than an hour");
        let date = chrono::DateTime::from_timestamp_millis(now.0 + 30_000).expect("a date").to_rfc2822();
        assert_eq!(seconds(&date), Some(30));
        assert_eq!(seconds("Wed, 01 Jan 2020 00:00:00 GMT"), Some(0), "a date in the past is now");
        assert_eq!(seconds("99999999999"), Some(3600));
        assert_eq!((seconds("soon"), seconds("-1")), (None, None));
    }
}
