//! How an issuer is reached: TLS by rustls on ring, no redirections, answers of bounded size within a bounded time. Knows no
//! protocol of sign-in, and logs neither addresses with their queries nor bodies.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use url::{Host, Url};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a request may take, its answer included: an issuer that takes longer is as good as away.
const REQUEST: Duration = Duration::from_secs(20);
/// Bytes of an answer. Entra's keys have some 20 KB, its tokens some 10 KB, configurations 5 KB.
const ANSWER_BYTES_MAX: usize = 256 << 10;
/// Pauses between the tries of a question that may be asked again.
const PAUSES: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(1200)];

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    /// Nobody is there, or not now: asking later may help.
    #[error("{0}")]
    Unreachable(String),
    /// What came is not to be used.
    #[error("{0}")]
    Invalid(String),
}

/// Asks one issuer.
#[derive(Clone, Debug)]
pub(super) struct Http {
    client: reqwest::Client,
}

impl Http {
    /// For an issuer on this computer (plain), or anywhere else (TLS only).
    pub(super) fn new(is_plain: bool) -> Result<Http, HttpError> {
        transport::use_our_tls();
        let mut client = reqwest::Client::builder()
            .user_agent(concat!("usher/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .tls_version_min(reqwest::tls::Version::TLS_1_2)
            .timeout(REQUEST)
            .connect_timeout(CONNECT)
            .https_only(!is_plain);
        if is_plain {
            client = client.no_proxy();
        }
        let client = client.build().map_err(|error| HttpError::Unreachable(words_of(error)))?;
        Ok(Http { client })
    }

    /// A document. Tried again where nobody answers.
    pub(super) async fn get(&self, url: &Url) -> Result<Vec<u8>, HttpError> {
        let mut pauses = PAUSES.iter();
        loop {
            let request = self.client.get(url.clone()).header("accept", "application/json").build();
            let request = request.map_err(|error| HttpError::Invalid(words_of(error)))?;
            match (self.ask(request).await, pauses.next()) {
                (Err(HttpError::Unreachable(_)), Some(pause)) => tokio::time::sleep(*pause).await,
                (Ok(answer), _) if answer.status() == 200 => return Ok(answer.into_body()),
                (Ok(answer), _) => return Err(HttpError::Invalid(format!("status {}", answer.status()))),
                (Err(error), _) => return Err(error),
            }
        }
    }

    /// Sends a form and looks at nothing but whether it was taken.
    pub(super) async fn post(&self, url: &Url, form: &[(&str, &str)]) -> Result<(), HttpError> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = self
            .client
            .post(url.clone())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .build()
            .map_err(|error| HttpError::Invalid(words_of(error)))?;
        let answer = self.ask(request).await?;
        if answer.status().is_success() {
            return Ok(());
        }
        Err(HttpError::Invalid(format!("status {}", answer.status())))
    }

    async fn ask(&self, request: reqwest::Request) -> Result<HttpResponse, HttpError> {
        let unreachable = |error: reqwest::Error| HttpError::Unreachable(words_of(error));
        let mut response = self.client.execute(request).await.map_err(unreachable)?;
        let status = response.status();
        if status.is_server_error() || status == reqwest::StatusCode::TOO_MANY_REQUESTS {
            return Err(HttpError::Unreachable(format!("status {status}")));
        }
        if status.is_redirection() {
            return Err(HttpError::Invalid("it redirects, which is not followed".to_owned()));
        }
        let mut builder = oauth2::http::Response::builder().status(status);
        if let Some(kind) = response.headers().get("content-type") {
            builder = builder.header("content-type", kind);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(HttpError::Invalid(format!("an answer of more than {ANSWER_BYTES_MAX} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        builder.body(body).map_err(|error| HttpError::Invalid(error.to_string()))
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    /// Once: a code or a refresh token is not sent a second time by itself.
    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let request = request.try_into().map_err(|error| HttpError::Invalid(words_of(error)))?;
            self.ask(request).await
        })
    }
}

/// Whether this is a host of this computer, by name: the only ones that are spoken to without TLS.
pub(super) fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// In words, the causes too, without the address: its query may hold what nobody should read.
fn words_of(error: reqwest::Error) -> String {
    transport::words_of(&error.without_url())
}
