//! One issuer spoken with: its description and its keys, kept for a while; codes and refresh tokens exchanged, each answer
//! checked before anybody believes it. Holds no session.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use contracts::sign_in::{
    CLAIMS_BYTES_MAX, DeviceCode, Resource, SignInProblem, SignInSettings, SignedIn, Wants, Why,
};
use engine::Timestamp;
use oauth2::basic::{BasicRevocationErrorResponse, BasicTokenIntrospectionResponse};
use oauth2::{
    AuthType, AuthorizationCode, ClientId, CsrfToken, DeviceCodeErrorResponseType, EndpointNotSet,
    EndpointSet, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError, Scope,
    StandardDeviceAuthorizationResponse, StandardRevocableToken,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;
use zeroize::Zeroizing;

use super::answer::{
    Denial, TokenAnswer, Tokens, Unrenewed, code_of, exchanged, not_oauth, of_http, renewed,
};
use super::http::{Http, HttpError};
use super::id_token::{self, Expected};
use super::issuer::{Authority, EntraAt, Metadata};
use super::jws::{Jwk, Jws, PublicKey};

/// How long a description and a list of keys are used: Microsoft advises a day.
const KNOWN_MS: i64 = 24 * 60 * 60 * 1000;
/// A key that is not in the list has it fetched anew, at most this often: a flood of made-up key names must not become a
/// flood of requests.
const KEYS_AGAIN_MS: i64 = 60 * 1000;
/// Keys of an issuer; Entra has some ten.
const KEYS_MAX: usize = 100;
/// How long an access token is believed to last where the issuer does not say: an hour is what most have.
const ACCESS_S_DEFAULT: u64 = 3600;
/// Nothing an issuer says lasts longer than this.
const LASTING_S_MAX: u64 = 366 * 24 * 60 * 60;
/// Bytes of state and nonce: not to be guessed.
const RANDOM_BYTES: u32 = 32;
/// What is always asked for.
const SCOPES: [&str; 3] = ["openid", "profile", "email"];
/// What makes a refresh token come.
const OFFLINE: &str = "offline_access";

/// Now.
pub(super) type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

type Client = oauth2::Client<
    Denial,
    TokenAnswer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// One issuer, as it is set up.
pub(super) struct Provider {
    settings: SignInSettings,
    authority: Authority,
    http: Http,
    clock: Clock,
    known: Mutex<Known>,
}

/// What the issuer told of itself.
#[derive(Default)]
struct Known {
    metadata: Option<(Timestamp, Arc<Metadata>)>,
    keys: Option<(Timestamp, Arc<Vec<Jwk>>)>,
    /// When the keys were last fetched for one that was not there.
    again: Option<Timestamp>,
}

/// A sign-in as it was asked for.
pub(super) struct Asked {
    /// The page to open.
    pub(super) link: String,
    pub(super) state: CsrfToken,
    nonce: String,
    verifier: PkceCodeVerifier,
    redirect: RedirectUrl,
    context: Option<String>,
}

/// Tokens that have just come, and who they say she is.
pub(super) struct Fresh {
    /// Missing only where tokens were renewed and the issuer said nothing new of her.
    pub(super) who: Option<SignedIn>,
    pub(super) refresh: Option<Zeroizing<String>>,
    pub(super) refresh_ends: Option<Timestamp>,
    pub(super) access: Zeroizing<String>,
    pub(super) access_ends: Timestamp,
}

/// A sign-in on another device, as it was begun.
pub(super) struct DeviceAsked {
    /// The page with the code filled in, where the issuer has one.
    pub(super) link: String,
    pub(super) code: DeviceCode,
    answer: StandardDeviceAuthorizationResponse,
    context: Option<String>,
}

impl Provider {
    /// For settings that make sense. Asks nobody yet.
    pub(super) fn new(
        settings: SignInSettings,
        entra: EntraAt<'_>,
        clock: Clock,
    ) -> Result<Provider, SignInProblem> {
        let authority = Authority::of(&settings, entra)?;
        let http = Http::new(authority.is_here).map_err(of_http)?;
        Ok(Provider { settings, authority, http, clock, known: Mutex::default() })
    }

    pub(super) fn settings(&self) -> &SignInSettings {
        &self.settings
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Whether the issuer answers as one that can be used: its description, and at least one key to hold its tokens to.
    pub(super) async fn check(&self) -> Result<(), SignInProblem> {
        let metadata = self.metadata().await?;
        let keys = self.keys(&metadata).await?;
        if keys.iter().all(|key| key.key().is_none()) {
            return Err(Why::IssuerInvalid.with("none of its keys is for RS256, PS256 or ES256"));
        }
        Ok(())
    }

    /// What the issuer says of itself.
    pub(super) async fn metadata(&self) -> Result<Arc<Metadata>, SignInProblem> {
        let now = self.now();
        let known = self.known().metadata.clone();
        if let Some((at, metadata)) = known
            && is_recent(at, now, KNOWN_MS)
        {
            return Ok(metadata);
        }
        let document = self.http.get(&self.authority.configuration).await.map_err(of_http)?;
        let metadata = Arc::new(Metadata::read(&document, &self.authority)?);
        self.known().metadata = Some((now, metadata.clone()));
        Ok(metadata)
    }

    async fn keys(&self, metadata: &Metadata) -> Result<Arc<Vec<Jwk>>, SignInProblem> {
        let known = self.known().keys.clone();
        match known {
            Some((at, keys)) if is_recent(at, self.now(), KNOWN_MS) => Ok(keys),
            Some(_) | None => self.fetch_keys(metadata).await,
        }
    }

    async fn fetch_keys(&self, metadata: &Metadata) -> Result<Arc<Vec<Jwk>>, SignInProblem> {
        #[derive(Deserialize)]
        struct List {
            keys: Vec<Value>,
        }
        let document = self.http.get(&metadata.keys).await.map_err(of_http)?;
        let list: List = serde_json::from_slice(&document)
            .map_err(|_| Why::IssuerInvalid.with("its keys cannot be read"))?;
        // Kinds of keys that Usher does not know stand in the list of many.
        let keys = list.keys.into_iter().take(KEYS_MAX).filter_map(|key| serde_json::from_value(key).ok());
        let keys = Arc::new(keys.collect::<Vec<Jwk>>());
        self.known().keys = Some((self.now(), keys.clone()));
        Ok(keys)
    }

    /// The key this token is signed with. Where it is not known the list is fetched anew, for issuers change their keys.
    async fn key_for(&self, token: &Jws<'_>, metadata: &Metadata) -> Result<(PublicKey, Jwk), SignInProblem> {
        if let Some(found) = one_for(token, &self.keys(metadata).await?) {
            return Ok(found);
        }
        let unknown = || Why::BadSignature.with("its key is not one of the issuer's");
        let now = self.now();
        {
            let mut known = self.known();
            if known.again.is_some_and(|at| is_recent(at, now, KEYS_AGAIN_MS)) {
                return Err(unknown());
            }
            known.again = Some(now);
        }
        one_for(token, &self.fetch_keys(metadata).await?).ok_or_else(unknown)
    }

    fn client(&self, metadata: &Metadata) -> Client {
        oauth2::Client::new(ClientId::new(self.settings.client_id.clone()))
            .set_auth_type(AuthType::RequestBody)
            .set_auth_uri(metadata.authorize.clone())
            .set_token_uri(metadata.token.clone())
    }

    /// The page that signs her in. `known_as`: who is signed in already, for a step-up.
    pub(super) fn ask(
        &self,
        metadata: &Metadata,
        redirect: String,
        wants: &Wants,
        known_as: Option<&str>,
    ) -> Result<Asked, SignInProblem> {
        let redirect = RedirectUrl::new(redirect).map_err(|_| SignInProblem::from(Why::NoLoopback))?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let random = || CsrfToken::new_random_len(RANDOM_BYTES);
        let nonce = random().into_secret();
        let client = self.client(metadata).set_redirect_uri(redirect.clone());
        let mut request = client
            .authorize_url(random)
            .set_pkce_challenge(challenge)
            .add_scopes(self.scopes(metadata).map(Scope::new))
            .add_extra_param("nonce", nonce.clone())
            .add_extra_param("response_mode", "query");
        if let Some(claims) = self.claims(wants)? {
            request = request.add_extra_param("claims", claims);
        }
        if let Some(known_as) = known_as {
            request = request.add_extra_param("login_hint", known_as.to_owned());
        }
        if let Some(prompt) = self.prompt(metadata, known_as.is_some()) {
            request = request.add_extra_param("prompt", prompt);
        }
        let (link, state) = request.url();
        let context = wants.context.clone();
        Ok(Asked { link: link.into(), state, nonce, verifier, redirect, context })
    }

    fn scopes(&self, metadata: &Metadata) -> impl Iterator<Item = String> {
        let offers =
            |scope: &str| metadata.scopes.as_ref().is_none_or(|known| known.iter().any(|it| it == scope));
        let offline = (self.authority.is_entra || offers(OFFLINE)).then_some(OFFLINE);
        let scopes = SCOPES.into_iter().chain(offline).map(str::to_owned);
        scopes.chain(self.settings.scopes.iter().cloned())
    }

    /// Several people use one desk, so she is asked which account it is; and an issuer that keeps to the letter gives a refresh
    /// token only with her consent (OpenID Connect Core, 11).
    fn prompt(&self, metadata: &Metadata, is_step_up: bool) -> Option<&'static str> {
        if self.authority.is_entra {
            return (!is_step_up).then_some("select_account");
        }
        let offers =
            |prompt: &str| metadata.prompts.as_ref().is_none_or(|known| known.iter().any(|it| it == prompt));
        offers("consent").then_some("consent")
    }

    /// The claims to ask for: those of a challenge, an authentication context, and for Entra that Usher answers challenges.
    fn claims(&self, wants: &Wants) -> Result<Option<String>, SignInProblem> {
        let mut claims = match &wants.claims {
            None => Map::new(),
            Some(text) => match serde_json::from_str(text) {
                Ok(Value::Object(claims)) if text.len() <= CLAIMS_BYTES_MAX => claims,
                Ok(_) | Err(_) => return Err(Why::TokenInvalid.with("the claims asked for are not claims")),
            },
        };
        let mut want = |part: &str, name: &str, what: Value| {
            let part = claims.entry(part).or_insert_with(|| json!({}));
            if let Some(part) = part.as_object_mut() {
                part.insert(name.to_owned(), what);
            }
        };
        if let Some(context) = &wants.context {
            let name = if self.authority.is_entra { "acrs" } else { "acr" };
            want("id_token", name, json!({"essential": true, "value": context}));
        }
        if self.authority.is_entra {
            want("access_token", "xms_cc", json!({"values": ["cp1"]}));
        }
        Ok((!claims.is_empty()).then(|| Value::Object(claims).to_string()))
    }

    /// Exchanges the code for tokens. Once: a code is good for one use.
    pub(super) async fn exchange(
        &self,
        asked: Asked,
        code: Zeroizing<String>,
    ) -> Result<Fresh, SignInProblem> {
        let metadata = self.metadata().await?;
        let Asked { nonce, verifier, redirect, context, .. } = asked;
        let client = self.client(&metadata).set_redirect_uri(redirect);
        let request =
            client.exchange_code(AuthorizationCode::new(code.to_string())).set_pkce_verifier(verifier);
        let tokens = exchanged(request.request_async(&self.http).await)?.into_tokens();
        let fresh = self.believed(&metadata, tokens, Some(&nonce), context.as_deref()).await?;
        if fresh.who.is_none() {
            return Err(Why::TokenInvalid.with("no ID token came"));
        }
        Ok(fresh)
    }

    /// Begins a sign-in on another device.
    pub(super) async fn ask_for_device(&self, wants: &Wants) -> Result<DeviceAsked, SignInProblem> {
        let metadata = self.metadata().await?;
        let Some(device) = metadata.device.clone() else {
            return Err(Why::IssuerInvalid.with("it has no sign-in by device code"));
        };
        let client = self.client(&metadata).set_device_authorization_url(device);
        let mut request = client.exchange_device_code().add_scopes(self.scopes(&metadata).map(Scope::new));
        if let Some(claims) = self.claims(wants)? {
            request = request.add_extra_param("claims", claims);
        }
        let answer: StandardDeviceAuthorizationResponse = exchanged(request.request_async(&self.http).await)?;
        let page = answer.verification_uri().to_string();
        let complete = answer.verification_uri_complete().map(|link| link.secret().clone());
        for link in complete.iter().chain([&page]) {
            let is_page = Url::parse(link)
                .is_ok_and(|url| url.scheme() == "https" || self.authority.is_here && url.scheme() == "http");
            if !is_page {
                return Err(Why::IssuerInvalid.with("its page for codes is not https://"));
            }
        }
        let code =
            DeviceCode { user_code: answer.user_code().secret().clone(), verification_uri: page.clone() };
        Ok(DeviceAsked { link: complete.unwrap_or(page), code, answer, context: wants.context.clone() })
    }

    /// Waits until she has signed in on the other device. Asks as often as the issuer wants.
    pub(super) async fn device_answer(&self, asked: DeviceAsked) -> Result<Fresh, SignInProblem> {
        let metadata = self.metadata().await?;
        let client = self.client(&metadata);
        let request = client.exchange_device_access_token(&asked.answer);
        let answer = request.request_async(&self.http, tokio::time::sleep, None).await;
        let answer = answer.map_err(|error| match error {
            RequestTokenError::ServerResponse(denial) => match denial.error() {
                DeviceCodeErrorResponseType::AccessDenied => Why::Refused.into(),
                DeviceCodeErrorResponseType::ExpiredToken => Why::TimedOut.into(),
                other => {
                    let said = denial.error_description().map(String::as_str);
                    Why::Refused.with(code_of(other.as_ref(), said))
                }
            },
            RequestTokenError::Request(error) => of_http(error),
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => not_oauth(),
        })?;
        let fresh = self.believed(&metadata, answer.into_tokens(), None, asked.context.as_deref()).await?;
        if fresh.who.is_none() {
            return Err(Why::TokenInvalid.with("no ID token came"));
        }
        Ok(fresh)
    }

    /// New tokens for old: for a resource, or just to see that she still may. `who` must stay the same.
    pub(super) async fn renew(
        &self,
        refresh: &str,
        resource: Option<&Resource>,
        who: &SignedIn,
    ) -> Result<Fresh, Unrenewed> {
        let of_problem = |problem: SignInProblem| match problem.code {
            code if code == Why::IssuerUnreachable.code() => Unrenewed::Unreachable(problem.message),
            _ => Unrenewed::Refused(problem),
        };
        let metadata = self.metadata().await.map_err(of_problem)?;
        let client = self.client(&metadata);
        let refresh = RefreshToken::new(refresh.to_owned());
        let mut request = client.exchange_refresh_token(&refresh);
        if let Some(resource) = resource {
            // Entra gives an ID token and a new refresh token only where they are asked for again.
            let again = self.authority.is_entra.then_some([OFFLINE, "openid", "profile", "email"]);
            let again = again.into_iter().flatten().chain((!self.authority.is_entra).then_some("openid"));
            request =
                request.add_scopes(again.chain(resource.scopes()).map(|scope| Scope::new(scope.to_owned())));
        }
        if let Some(claims) = self.claims(&Wants::default()).map_err(of_problem)? {
            request = request.add_extra_param("claims", claims);
        }
        let answer = renewed(request.request_async(&self.http).await);
        // The copy that `oauth2` wanted.
        drop(Zeroizing::new(refresh.into_secret()));
        let tokens = answer?.into_tokens();
        // An ID token that comes is held to everything but the nonce, which only an interactive sign-in has (Core, 12.2).
        let fresh = match self.believed(&metadata, tokens, None, None).await {
            Ok(fresh) => fresh,
            Err(problem) if problem.code == Why::IssuerUnreachable.code() => {
                return Err(Unrenewed::Unreachable(problem.message));
            }
            Err(problem) => return Err(Unrenewed::Over(problem)),
        };
        if fresh.who.as_ref().is_some_and(|new| new.subject != who.subject) {
            return Err(Unrenewed::Over(Why::WrongPerson.into()));
        }
        Ok(fresh)
    }

    /// Tells the issuer that this refresh token is not used any more, where it wants to know.
    pub(super) async fn revoke(&self, refresh: &str) -> Result<(), HttpError> {
        let Ok(metadata) = self.metadata().await else { return Ok(()) };
        let Some(revoke) = &metadata.revoke else { return Ok(()) };
        let form = [
            ("token", refresh),
            ("token_type_hint", "refresh_token"),
            ("client_id", &self.settings.client_id),
        ];
        self.http.post(revoke, &form).await
    }

    /// The page where she ends her session at the issuer. Holds no token: it stands in the browser's history.
    pub(super) fn end_session(&self) -> Option<String> {
        let metadata = self.known().metadata.clone()?.1;
        let mut page = metadata.end_session.clone()?;
        page.query_pairs_mut().append_pair("client_id", &self.settings.client_id);
        Some(page.into())
    }

    async fn believed(
        &self,
        metadata: &Metadata,
        tokens: Tokens,
        nonce: Option<&str>,
        context: Option<&str>,
    ) -> Result<Fresh, SignInProblem> {
        let who = match &tokens.id {
            Some(token) => Some(self.who(metadata, token, &tokens.access, nonce, context).await?),
            None => None,
        };
        let now = self.now();
        let ends = |seconds: u64| {
            let ms = i64::try_from(seconds.min(LASTING_S_MAX)).unwrap_or(i64::MAX).saturating_mul(1000);
            Timestamp(now.0.saturating_add(ms))
        };
        Ok(Fresh {
            who,
            refresh: tokens.refresh,
            refresh_ends: tokens.refresh_s.map(ends),
            access: tokens.access,
            access_ends: ends(tokens.access_s.unwrap_or(ACCESS_S_DEFAULT)),
        })
    }

    async fn who(
        &self,
        metadata: &Metadata,
        token: &str,
        access_token: &str,
        nonce: Option<&str>,
        context: Option<&str>,
    ) -> Result<SignedIn, SignInProblem> {
        let jws = Jws::parse(token)?;
        let (key, jwk) = self.key_for(&jws, metadata).await?;
        let payload = Zeroizing::new(jws.verified(&key)?);
        let expected = Expected {
            issuer: &self.authority.issuer,
            is_entra: self.authority.is_entra,
            client_id: &self.settings.client_id,
            tenants: &self.settings.tenants,
            key_issuer: jwk.issuer.as_deref(),
            nonce,
            access_token: Some(access_token),
            context,
            now: self.now(),
        };
        id_token::read(&payload, &expected)
    }

    /// Whether an answer in the browser may be this issuer's (RFC 9207).
    pub(super) fn may_answer_as(&self, metadata: &Metadata, issuer: Option<&str>) -> bool {
        match issuer {
            Some(issuer) => self.authority.issuer.may_be(issuer),
            None => !metadata.says_issuer,
        }
    }
}

/// The only key for this token. Where it names none and several would do, nobody guesses.
fn one_for(token: &Jws<'_>, keys: &[Jwk]) -> Option<(PublicKey, Jwk)> {
    let mut fitting =
        keys.iter().filter(|key| key.is_for(token)).filter_map(|key| Some((key.key()?, key.clone())));
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

/// Not older than this, and not from our future, which a corrected clock leaves behind.
fn is_recent(at: Timestamp, now: Timestamp, ms: i64) -> bool {
    (0..ms).contains(&now.0.saturating_sub(at.0))
}

/// Gives up waiting after this time.
pub(super) async fn within<T>(
    time: Duration,
    work: impl Future<Output = Result<T, SignInProblem>>,
) -> Result<T, SignInProblem> {
    tokio::time::timeout(time, work).await.unwrap_or_else(|_| Err(Why::TimedOut.into()))
}
