//! Where Power BI and Excel on this computer reach the report feed (REPORT-4): a port of loopback, open while the feed is switched on.
//! Turns HTTP into questions and answers back into HTTP; decides nothing about them but that they come from this computer and not
//! from a page in a browser.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use app::App;
use app::feed::{FeedAsk, FeedBody};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Nobody sends anything with a question.
const BODY_BYTES_MAX: usize = 1_024;

/// The task that listens.
pub(crate) struct Listening {
    stop: CancellationToken,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Listening {
    /// Listens wherever the application wants it, from now on.
    pub(crate) fn begin(app: Arc<App>) -> Listening {
        let stop = CancellationToken::new();
        let task = tokio::spawn(listen(app, stop.clone()));
        Listening { stop, task: Mutex::new(Some(task)) }
    }

    /// Ends it, with the answers that are being given.
    pub(crate) async fn stop(&self) {
        self.stop.cancel();
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task
            && task.await.is_err()
        {
            tracing::error!("the task of the report feed ended by a bug");
        }
    }
}

async fn listen(app: Arc<App>, stop: CancellationToken) {
    let mut wanted = app.feed_wanted();
    loop {
        let port = *wanted.borrow_and_update();
        let listener = match port {
            None => {
                app.feed_listens(None, None);
                None
            }
            Some(port) => match TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await {
                Ok(listener) => {
                    app.feed_listens(Some(port), None);
                    Some(listener)
                }
                Err(error) => {
                    let words = format!("port {port} on 127.0.0.1 cannot be used ({error}); choose another");
                    app.feed_listens(Some(port), Some(words));
                    None
                }
            },
        };
        let serve = async {
            match listener {
                Some(listener) => {
                    if let Err(error) = axum::serve(listener, router(app.clone(), port.unwrap_or(0))).await {
                        tracing::warn!(%error, "the report feed ended");
                    }
                    std::future::pending::<()>().await;
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            changed = wanted.changed() => if changed.is_err() { return },
            () = serve => {}
        }
    }
}

struct Here {
    app: Arc<App>,
    hosts: [String; 2],
}

fn router(app: Arc<App>, port: u16) -> Router {
    let here = Here { app, hosts: [format!("127.0.0.1:{port}"), format!("localhost:{port}")] };
    Router::new().fallback(answer).layer(DefaultBodyLimit::max(BODY_BYTES_MAX)).with_state(Arc::new(here))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

async fn answer(State(here): State<Arc<Here>>, request: Request) -> Response {
    let headers = request.headers();
    let host = text(headers, header::HOST).filter(|host| here.hosts.contains(host));
    let Some(host) = host else {
        return (StatusCode::MISDIRECTED_REQUEST, "The report feed answers only at its own address.\n")
            .into_response();
    };
    // Power BI and Excel send none; pages in a browser do.
    if headers.contains_key(header::ORIGIN) {
        return (StatusCode::FORBIDDEN, "The report feed does not answer web pages.\n").into_response();
    }
    let ask = FeedAsk {
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or("").to_owned(),
        origin: format!("http://{host}"),
        authorization: text(headers, header::AUTHORIZATION),
        accept: text(headers, header::ACCEPT),
        prefer: text(headers, HeaderName::from_static("prefer")),
    };
    let answer = here.app.answer_feed(ask).await;
    let body = match answer.body {
        FeedBody::Whole(text) => Body::from(text),
        FeedBody::Pieces(pieces) => Body::from_stream(futures::stream::unfold(pieces, async |mut pieces| {
            let piece = pieces.recv().await?.map(Bytes::from).map_err(std::io::Error::other);
            Some((piece, pieces))
        })),
    };
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, body).into_response();
    for (name, value) in answer.headers {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
