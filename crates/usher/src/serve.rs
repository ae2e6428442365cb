//! The console in a browser on this computer: the same screens and the same door as the desktop's window. Bound to
//! loopback; a link that works once opens a session cookie; `Host` and `Origin` are checked, so that no other web page
//! and no rebound name reaches it. Not a hub: one attendant, one computer.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use alone::Door;
use anyhow::Context;
use app::api::REQUEST_BYTES_MAX;
use app::api::wire::UiEvent;
use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::broadcast::error::RecvError;
use tower_http::services::ServeDir;

/// Sessions at once: one person's browsers.
const SESSIONS_MAX: usize = 16;
const COOKIE: &str = "usher_session";
const OPEN: &str = "/open/";

/// What the page may load and do (SEC-2): the policy of the desktop's window in `tauri.conf.json`, held equal by a test. To it
/// comes how each host is reached, and the nonce of the styles.
const POLICY: &[(&str, &str)] = &[
    ("default-src", "'none'"),
    ("script-src", "'self'"),
    ("style-src", "'self'"),
    ("img-src", "'self'"),
    ("media-src", "blob:"),
    ("worker-src", "'none'"),
    ("manifest-src", "'none'"),
    ("object-src", "'none'"),
    ("base-uri", "'none'"),
    ("form-action", "'none'"),
    ("frame-ancestors", "'none'"),
    ("require-trusted-types-for", "'script'"),
    ("trusted-types", "'none'"),
];

/// What goes along with every answer; the first four as in `tauri.conf.json`.
const HEADERS: &[(&str, &str)] = &[
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), microphone=(), geolocation=(), display-capture=(), usb=(), serial=(), hid=(), bluetooth=()",
    ),
    ("x-content-type-options", "nosniff"),
    // A window needs none of these: it has no address that could be passed on or framed.
    ("referrer-policy", "no-referrer"),
    ("x-frame-options", "DENY"),
];

struct Server {
    door: Arc<Door>,
    ui: PathBuf,
    origin: String,
    hosts: [String; 2],
    admitted: Mutex<Admitted>,
}

/// Who may come in.
#[derive(Default)]
struct Admitted {
    /// The token of the link, until it is used.
    link: Option<String>,
    sessions: Vec<String>,
}

/// The folder of the built user interface.
pub(crate) fn find_ui(given: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("ui")));
    let candidates =
        given.map_or_else(|| vec![beside, Some(PathBuf::from("ui/dist"))], |given| vec![Some(given)]);
    candidates.into_iter().flatten().find(|folder| folder.join("index.html").is_file()).context(
        "the user interface is not built: run `npm ci && npm run build` in ui/, or name its folder with --ui",
    )
}

/// Serves until interrupted.
pub(crate) async fn serve(door: Arc<Door>, port: u16, ui: PathBuf) -> anyhow::Result<()> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .await
        .with_context(|| format!("port {port} on 127.0.0.1 cannot be used; choose another with --port"))?;
    let address = listener.local_addr()?;
    let link = token()?;
    let server = Arc::new(Server {
        door,
        ui,
        origin: format!("http://{address}"),
        hosts: [address.to_string(), format!("localhost:{}", address.port())],
        admitted: Mutex::new(Admitted { link: Some(link.clone()), sessions: Vec::new() }),
    });
    println!("Usher console: http://{address}{OPEN}{link}");
    println!("The link works once, in a browser on this computer. End with Ctrl+C.");
    // Not a graceful shutdown: event streams of open pages would keep it waiting for ever.
    tokio::select! {
        served = axum::serve(listener, router(server)) => Ok(served?),
        () = interrupted() => Ok(()),
    }
}

fn router(server: Arc<Server>) -> Router {
    Router::new()
        .route("/api", post(api))
        .route("/events", get(events))
        .route("/", get(index))
        .route("/index.html", get(index))
        .fallback_service(ServeDir::new(&server.ui).append_index_html_on_directories(false))
        .layer(axum::middleware::from_fn_with_state(server.clone(), with_session))
        .route("/open/{token}", get(open))
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
        .layer(axum::middleware::from_fn_with_state(server.clone(), from_here))
        .with_state(server)
}

async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// 256 random bits, as text.
fn token() -> anyhow::Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).context("no randomness from the operating system")?;
    Ok(data_encoding::HEXLOWER.encode(&bytes))
}

/// Refuses what does not come from a page of ours on this computer.
async fn from_here(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if !host.is_some_and(|host| server.hosts.iter().any(|ours| ours == host)) {
        return (StatusCode::MISDIRECTED_REQUEST, "Usher answers only at its own address.\n").into_response();
    }
    if let Some(origin) = request.headers().get(header::ORIGIN) {
        let ours = origin.to_str().is_ok_and(|origin| {
            origin == server.origin || server.hosts.iter().any(|host| origin == format!("http://{host}"))
        });
        if !ours {
            return (StatusCode::FORBIDDEN, "Usher answers only its own pages.\n").into_response();
        }
    }
    let mut response = next.run(request).await;
    for &(name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Refuses whoever did not come through the link.
async fn with_session(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    if server.knows(request.headers()) {
        return next.run(request).await;
    }
    let words = "This console is not open in this browser. Open it with the link that Usher printed when it started; \
                 a link works once, so start Usher again for a new one.\n";
    (StatusCode::UNAUTHORIZED, words).into_response()
}

impl Server {
    fn knows(&self, headers: &HeaderMap) -> bool {
        let admitted = self.admitted.lock().unwrap_or_else(PoisonError::into_inner);
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|cookies| cookies.to_str().ok())
            .flat_map(|cookies| cookies.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .any(|(name, value)| {
                name == COOKIE && admitted.sessions.iter().any(|session| same(session, value))
            })
    }
}

/// Compares without telling by its duration how much was right.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

async fn open(State(server): State<Arc<Server>>, Path(given): Path<String>) -> Response {
    let Ok(session) = token() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut admitted = server.admitted.lock().unwrap_or_else(PoisonError::into_inner);
    match admitted.link.take() {
        Some(link) if same(&link, &given) => {}
        // A wrong guess does not use the link up.
        kept => {
            admitted.link = kept;
            return (StatusCode::GONE, "This link has been used. Start Usher again for a new one.\n")
                .into_response();
        }
    }
    if admitted.sessions.len() >= SESSIONS_MAX {
        admitted.sessions.remove(0);
    }
    let cookie = format!("{COOKIE}={session}; HttpOnly; SameSite=Strict; Path=/");
    admitted.sessions.push(session);
    ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()
}

/// The page, with a fresh nonce for the styles that the interface makes at run time.
async fn index(State(server): State<Arc<Server>>) -> Response {
    let (Ok(page), Ok(nonce)) = (tokio::fs::read_to_string(server.ui.join("index.html")).await, token())
    else {
        return (StatusCode::INTERNAL_SERVER_ERROR, "The user interface cannot be read.\n").into_response();
    };
    let page = page.replace("<style id=\"nonce\"", &format!("<style id=\"nonce\" nonce=\"{nonce}\""));
    let policy = policy(&nonce, &server.origin.replace("http://", "ws://"));
    let headers = [(header::CONTENT_SECURITY_POLICY, policy), (header::CACHE_CONTROL, "no-store".to_owned())];
    (headers, Html(page)).into_response()
}

/// The policy of one page: its styles carry this nonce, and its events come from there.
fn policy(nonce: &str, events: &str) -> String {
    let mut policy = format!("connect-src 'self' {events}");
    for (directive, sources) in POLICY {
        policy.push_str(&format!("; {directive} {sources}"));
        if *directive == "style-src" {
            policy.push_str(&format!(" 'nonce-{nonce}'"));
        }
    }
    policy
}

async fn api(State(server): State<Arc<Server>>, body: Bytes) -> Response {
    let answer = server.door.handle_json(&body).await;
    let json = [(header::CONTENT_TYPE, "application/json")];
    match answer {
        Ok(answer) => (json, answer).into_response(),
        Err(error) => (status(&error.code), axum::Json(error)).into_response(),
    }
}

fn status(code: &str) -> StatusCode {
    match code {
        "request.invalid" => StatusCode::BAD_REQUEST,
        "request.forbidden" => StatusCode::FORBIDDEN,
        "internal" | "store.damaged" => StatusCode::INTERNAL_SERVER_ERROR,
        "store.unavailable" | "store.taken-over" | "store.locked" => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

async fn events(State(server): State<Arc<Server>>, upgrade: WebSocketUpgrade) -> Response {
    // Subscribed before the upgrade: nothing between the page's first question and its first event is missed.
    let events = server.door.events();
    upgrade.on_upgrade(move |socket| stream(socket, events, server))
}

async fn stream(
    mut socket: WebSocket,
    mut events: tokio::sync::broadcast::Receiver<UiEvent>,
    server: Arc<Server>,
) {
    loop {
        let event = tokio::select! {
            event = events.recv() => match event {
                Ok(event) => event,
                // Too slow: what was missed is in the whole console.
                Err(RecvError::Lagged(_)) => match server.door.everything().await {
                    Some(everything) => everything,
                    None => return,
                },
                Err(RecvError::Closed) => return,
            },
            // The page says nothing here; this notices that it has gone.
            message = socket.recv() => match message {
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => return,
            },
        };
        let Ok(json) = serde_json::to_string(&event) else { return };
        if socket.send(Message::Text(json.into())).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{HEADERS, POLICY, policy};

    fn desktop() -> serde_json::Value {
        serde_json::from_str(include_str!("../../../tauri.conf.json")).expect("tauri.conf.json is JSON")
    }

    fn table(rows: &serde_json::Value) -> BTreeMap<String, &str> {
        let rows = rows.as_object().expect("a table").iter();
        rows.map(|(name, value)| (name.to_ascii_lowercase(), value.as_str().expect("a text"))).collect()
    }

    fn ours(rows: &[(&str, &'static str)]) -> BTreeMap<String, &'static str> {
        rows.iter().map(|&(name, value)| (name.to_owned(), value)).collect()
    }

    #[test]
    fn the_browser_s_policy_is_the_window_s_but_for_the_road_to_the_host() {
        let desktop = desktop();
        let mut window = table(&desktop["app"]["security"]["csp"]);
        assert_eq!(window.remove("connect-src"), Some("ipc: http://ipc.localhost"));
        assert_eq!(window, ours(POLICY));
        let whole = policy("n", "ws://127.0.0.1:1");
        assert!(whole.starts_with("connect-src 'self' ws://127.0.0.1:1; default-src 'none'; "), "{whole}");
        assert!(whole.contains("style-src 'self' 'nonce-n'; "), "{whole}");
    }

    #[test]
    fn the_browser_is_sent_every_header_that_the_window_is() {
        let desktop = desktop();
        let (window, ours) = (table(&desktop["app"]["security"]["headers"]), ours(HEADERS));
        let missing: Vec<_> = window.iter().filter(|(name, value)| ours.get(*name) != Some(*value)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    /// Vite writes its client into the page and styles as elements; nothing else may be looser while developing.
    #[test]
    fn the_policy_of_development_is_looser_in_what_vite_needs_and_nowhere_else() {
        let desktop = desktop();
        let (window, development) =
            (table(&desktop["app"]["security"]["csp"]), table(&desktop["app"]["security"]["devCsp"]));
        let differ: Vec<_> =
            window.keys().filter(|name| window.get(*name) != development.get(*name)).collect();
        assert_eq!(
            differ,
            ["connect-src", "require-trusted-types-for", "script-src", "style-src", "trusted-types"]
        );
        assert!(!development.values().any(|sources| sources.contains("eval") || sources.contains('*')));
    }
}
