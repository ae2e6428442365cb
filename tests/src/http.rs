//! A client for Usher's browser host: JSON requests with the session cookie, and the event stream. Blocking, so that tests
//! read from top to bottom; `ureq` without its defaults and `tungstenite` bring no TLS and no runtime.

use std::net::TcpStream;

use app::api::wire::{ApiError, Request, Response, UiEvent};
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};

/// What a browser would send along.
#[derive(Clone, Debug, Default)]
pub struct Headers {
    /// `Cookie`.
    pub cookie: Option<String>,
    /// `Host`, where it is not the server's own.
    pub host: Option<String>,
    /// `Origin`.
    pub origin: Option<String>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// `Set-Cookie`, name and value only.
    pub cookie: Option<String>,
    /// The whole `Set-Cookie`.
    pub set_cookie: Option<String>,
    /// `Content-Security-Policy`.
    pub policy: Option<String>,
    /// As text.
    pub body: String,
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_global(Some(crate::wait::PATIENCE));
    config.build().into()
}

/// GET.
#[track_caller]
pub fn get(url: &str, headers: &Headers) -> Reply {
    reply(with(agent().get(url), headers).call(), url)
}

/// POST of JSON.
#[track_caller]
pub fn post(url: &str, headers: &Headers, json: &str) -> Reply {
    reply(with(agent().post(url), headers).content_type("application/json").send(json), url)
}

fn with<Any>(mut request: ureq::RequestBuilder<Any>, headers: &Headers) -> ureq::RequestBuilder<Any> {
    let all = [("cookie", &headers.cookie), ("host", &headers.host), ("origin", &headers.origin)];
    for (name, value) in all {
        if let Some(value) = value {
            request = request.header(name, value);
        }
    }
    request
}

#[track_caller]
fn reply(result: Result<ureq::http::Response<ureq::Body>, ureq::Error>, url: &str) -> Reply {
    let mut response = result.unwrap_or_else(|error| panic!("{url}: {error}"));
    let header =
        |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let set_cookie = header("set-cookie");
    let cookie = set_cookie.as_ref().and_then(|cookie| cookie.split(';').next()).map(str::to_owned);
    let policy = header("content-security-policy");
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(64 << 20).read_to_string().expect("the body is text");
    Reply { status, cookie, set_cookie, policy, body }
}

/// One request through the door.
#[track_caller]
pub fn ask(origin: &str, headers: &Headers, request: &Request) -> Result<Response, ApiError> {
    let json = serde_json::to_string(request).expect("a request is JSON");
    let reply = post(&format!("{origin}/api"), headers, &json);
    if reply.status == 200 {
        Ok(serde_json::from_str(&reply.body).unwrap_or_else(|error| panic!("{error}: {}", reply.body)))
    } else {
        Err(serde_json::from_str(&reply.body)
            .unwrap_or_else(|error| panic!("{}: {error}: {}", reply.status, reply.body)))
    }
}

/// Opens the event stream; the status where it is refused.
pub fn open_events(origin: &str, headers: &Headers) -> Result<WebSocket<TcpStream>, u16> {
    let address = origin.trim_start_matches("http://");
    let mut request = format!("ws://{address}/events").into_client_request().expect("an address is a URL");
    for (name, value) in [("cookie", &headers.cookie), ("origin", &headers.origin)] {
        if let Some(value) = value {
            request.headers_mut().insert(name, value.parse().expect("a header value"));
        }
    }
    let socket = TcpStream::connect(address).expect("Usher listens");
    match tungstenite::client(request, socket) {
        Ok((events, _)) => Ok(events),
        Err(tungstenite::HandshakeError::Failure(tungstenite::Error::Http(response))) => {
            Err(response.status().as_u16())
        }
        Err(error) => panic!("the event stream: {error}"),
    }
}

/// The next event; `None` once the stream is over.
pub fn next_event(events: &mut WebSocket<TcpStream>) -> Option<UiEvent> {
    loop {
        match events.read().ok()? {
            Message::Text(text) => return Some(serde_json::from_str(&text).expect("an event of `wire`")),
            Message::Close(_) => return None,
            Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_) => {}
        }
    }
}
