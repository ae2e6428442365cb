//! A Graph on this computer for contacts, presence and calendars: it answers in small pages, checks every request and its own
//! answers by Microsoft's description, and refuses as it is told. Knows nothing of groups: that is `fake`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response};
use contracts::MemorySignIn;
use contracts::roster::Subject;
use contracts::sign_in::{Cloud, EntraTenant, Issuer, SignIn, SignInSettings, SignInState, SignedIn};
use engine::Timestamp;
use graph::{Site, SiteOf};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::fake::{Refusal, TENANT};
use crate::openapi::OpenApi;

/// Objects on a page.
const PAGE: usize = 2;

/// One request as it came.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) body: Value,
    pub(crate) prefer: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    /// Whole users by id.
    pub(crate) users: BTreeMap<String, Value>,
    /// Ids of users that changed, and which of their properties a delta tells.
    log: Vec<(String, Vec<&'static str>)>,
    forgotten: usize,
    pub(crate) organisation: Vec<Value>,
    /// Contacts by the path of their list: `/me/contacts`, `/me/contactFolders/f/contacts`.
    pub(crate) contacts: BTreeMap<String, Vec<Value>>,
    /// Folders by the path of their list.
    pub(crate) folders: BTreeMap<String, Vec<&'static str>>,
    pub(crate) presences: BTreeMap<String, (&'static str, &'static str)>,
    /// Appointments by mailbox.
    pub(crate) schedules: BTreeMap<String, Value>,
    /// The manager of a user, and who reports to her.
    pub(crate) managers: BTreeMap<String, &'static str>,
    /// Answers that come first, in order, to paths that begin so.
    pub(crate) refusals: VecDeque<(&'static str, Refusal)>,
    /// Paths that begin so are refused for ever.
    pub(crate) closed: Option<(&'static str, Refusal)>,
    pub(crate) violations: Vec<String>,
}

/// The server. It ends with the runtime of its test.
pub(crate) struct Office {
    port: u16,
    state: Arc<Mutex<State>>,
    asked: watch::Sender<Vec<Asked>>,
    pub(crate) sign_in: Arc<MemorySignIn>,
}

impl Office {
    /// With Rita signed in.
    pub(crate) async fn open() -> Office {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("it listens").port();
        let (state, asked): (Arc<Mutex<State>>, _) = (Arc::default(), watch::Sender::new(Vec::new()));
        let (of_requests, tell) = (state.clone(), asked.clone());
        let answer = move |request: Request<Body>| {
            let (state, tell) = (of_requests.clone(), tell.clone());
            async move {
                let (head, body) = request.into_parts();
                let bytes = to_bytes(body, 1 << 20).await.expect("a small body");
                let request =
                    Request::from_parts(head, serde_json::from_slice(&bytes).unwrap_or(Value::Null));
                let response =
                    answer(&mut state.lock().unwrap_or_else(PoisonError::into_inner), port, &request);
                let header = |name: &str| Some(request.headers().get(name)?.to_str().ok()?.to_owned());
                let asked = Asked {
                    path: request.uri().path().to_owned(),
                    prefer: header("prefer"),
                    body: request.into_body(),
                };
                tell.send_modify(|all| all.push(asked));
                response
            }
        };
        let server = axum::serve(listener, Router::new().fallback(answer));
        tokio::spawn(async move { server.await });
        let sign_in = Arc::new(MemorySignIn::new());
        let settings = SignInSettings {
            issuer: Issuer::Entra { cloud: Cloud::Global, tenant: EntraTenant::Organizations },
            client_id: "usher".to_owned(),
            tenants: vec![TENANT.to_owned()],
            step_up: None,
            scopes: Vec::new(),
        };
        sign_in.set_up(Some(settings)).await.expect("it is set up");
        let office = Office { port, state, asked, sign_in };
        office.arrives("rita");
        office
    }

    pub(crate) fn arrives(&self, object: &str) {
        let who = SignedIn {
            subject: Subject { tenant: TENANT.to_owned(), object: object.to_owned() },
            name: object.to_owned(),
            username: object.to_owned(),
            email: None,
            signed_in_at: Timestamp(1),
            contexts: BTreeSet::new(),
        };
        self.sign_in.set(SignInState::SignedIn { who: Arc::new(who), offline_since: None });
    }

    pub(crate) fn site(&self) -> SiteOf {
        let origin = format!("http://127.0.0.1:{}", self.port);
        Arc::new(move |_| Site::at(&origin).expect("an address on this computer"))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every request so far.
    pub(crate) fn asked(&self) -> watch::Receiver<Vec<Asked>> {
        self.asked.subscribe()
    }

    /// Nothing was asked, and nothing answered, that Microsoft does not describe.
    pub(crate) fn check(&self) {
        let state = self.state();
        assert!(state.violations.is_empty(), "{:#?}", state.violations);
    }
}

impl State {
    /// A user joins or changes; a delta tells only these properties of her.
    pub(crate) fn put_user(&mut self, id: &str, user: Value, told: &[&'static str]) {
        let mut user = user;
        user["id"] = json!(id);
        self.users.insert(id.to_owned(), user);
        self.log.push((id.to_owned(), told.to_vec()));
    }

    pub(crate) fn remove_user(&mut self, id: &str) {
        self.users.remove(id);
        self.log.push((id.to_owned(), Vec::new()));
    }

    /// All links given so far are too old.
    pub(crate) fn forget_links(&mut self) {
        self.log.push(("nobody".to_owned(), Vec::new()));
        self.forgotten = self.log.len();
    }

    fn users_delta(&self, since: usize) -> Vec<Value> {
        if since == 0 {
            return self.users.values().cloned().collect();
        }
        let mut told: Vec<Value> = Vec::new();
        for (id, properties) in &self.log[since..] {
            told.push(match self.users.get(id) {
                None => json!({"id": id, "@removed": {"reason": "deleted"}}),
                Some(user) => {
                    let mut part = json!({ "id": id });
                    for property in properties {
                        part[property] = user[property].clone();
                    }
                    part
                }
            });
        }
        told
    }
}

fn answer(state: &mut State, port: u16, request: &Request<Value>) -> Response<Body> {
    let query = request.uri().query().unwrap_or_default();
    let query: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let path = request.uri().path().strip_prefix("/v1.0").unwrap_or_default().to_owned();
    let path = path.strip_suffix("/delta").map_or(path.clone(), |before| format!("{before}/delta()"));
    let mut wrong = Vec::new();
    if let Some(openapi) = OpenApi::shared() {
        wrong.extend(openapi.request(request.method().as_str(), &path, &query).err());
        if request.method() == "POST" {
            wrong.extend(openapi.body(&path, request.body()).err());
        }
    }
    for (header, wanted) in [("authorization", "Bearer token-of-memory"), ("accept", "application/json")] {
        if request.headers().get(header).is_none_or(|given| given != wanted) {
            wrong.push(format!("{path}: no {header}"));
        }
    }
    state.violations.append(&mut wrong);
    if let Some((begins, refusal)) = &state.closed
        && path.starts_with(begins)
    {
        return refused(refusal);
    }
    if state.refusals.front().is_some_and(|(begins, _)| path.starts_with(begins))
        && let Some((_, refusal)) = state.refusals.pop_front()
    {
        return refused(&refusal);
    }
    let token = |name: &str| query.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str());
    let skip = |text: &str| text.parse::<usize>().expect("a link of ours");
    let (schema, all) = match path.as_str() {
        "/users/delta()" => {
            let (since, from) = match (token("$deltatoken"), token("$skiptoken")) {
                (Some(since), _) => (skip(since), 0),
                (None, Some(both)) => {
                    let (since, from) = both.split_once('-').expect("a link of ours");
                    (skip(since), skip(from))
                }
                (None, None) => (0, 0),
            };
            if since > 0 && since < state.forgotten {
                return refused(&Refusal::of(410));
            }
            let all = state.users_delta(since);
            return delta(state, port, &all, since, from);
        }
        "/contacts/delta()" => ("microsoft.graph.orgContact", state.organisation.clone()),
        "/communications/getPresencesByUserId" => return presences(state, request.body()),
        "/me/calendar/getSchedule" => return schedule(state, request.body()),
        path if path.ends_with("/manager") => {
            let user = path.trim_start_matches("/users/").trim_end_matches("/manager");
            let Some(manager) = state.managers.get(user).copied() else { return refused(&Refusal::of(404)) };
            let manager = directory_object(manager);
            return ok(state, Some("microsoft.graph.directoryObject"), &manager);
        }
        path if path.ends_with("/directReports") => {
            let user = path.trim_start_matches("/users/").trim_end_matches("/directReports");
            let reports = state.managers.iter().filter(|(_, manager)| **manager == user);
            let reports = reports.map(|(report, _)| directory_object(report)).collect();
            ("microsoft.graph.directoryObject", reports)
        }
        path => {
            if let Some(contacts) = state.contacts.get(path) {
                ("microsoft.graph.contact", contacts.clone())
            } else if let Some(folders) = state.folders.get(path) {
                ("microsoft.graph.entity", folders.iter().map(|id| json!({ "id": id })).collect())
            } else if path.ends_with("/childFolders") || path.ends_with("/contactFolders") {
                ("microsoft.graph.entity", Vec::new())
            } else {
                let user = path.strip_prefix("/users/").and_then(|id| state.users.get(id)).cloned();
                return user.map_or_else(
                    || refused(&Refusal::of(404)),
                    |user| ok(state, Some("microsoft.graph.user"), &user),
                );
            }
        }
    };
    let from = token("$skiptoken").map_or(0, skip);
    let items: Vec<Value> = all.iter().skip(from).take(PAGE).cloned().collect();
    check(state, schema, &items);
    let mut page = json!({ "value": items });
    if from + PAGE < all.len() {
        let link = format!("http://127.0.0.1:{port}/v1.0{path}?$skiptoken={}", from + PAGE);
        page["@odata.nextLink"] = json!(link);
    } else if path.ends_with("delta()") {
        page["@odata.deltaLink"] = json!(format!("http://127.0.0.1:{port}/v1.0{path}?$deltatoken=1"));
    }
    ok(state, None, &page)
}

fn directory_object(id: &str) -> Value {
    json!({ "@odata.type": "#microsoft.graph.user", "id": id })
}

fn delta(state: &mut State, port: u16, all: &[Value], since: usize, from: usize) -> Response<Body> {
    let items: Vec<Value> = all.iter().skip(from).take(PAGE).cloned().collect();
    check(state, "microsoft.graph.user", &items);
    let link = |token: String| json!(format!("http://127.0.0.1:{port}/v1.0/users/delta?{token}"));
    let mut page = json!({ "value": items });
    if from + PAGE < all.len() {
        page["@odata.nextLink"] = link(format!("$skiptoken={since}-{}", from + PAGE));
    } else {
        page["@odata.deltaLink"] = link(format!("$deltatoken={}", state.log.len().max(1)));
    }
    ok(state, None, &page)
}

fn presences(state: &mut State, body: &Value) -> Response<Body> {
    let ids: Vec<&str> = body["ids"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if ids.is_empty() || ids.len() > 650 {
        state.violations.push(format!("{} ids in one question", ids.len()));
    }
    let told = |id: &&str| {
        let (availability, activity) = state.presences.get(*id)?;
        Some(json!({"id": id, "availability": availability, "activity": activity}))
    };
    let items: Vec<Value> = ids.iter().filter_map(told).collect();
    check(state, "microsoft.graph.presence", &items);
    ok(state, None, &json!({ "value": items }))
}

fn schedule(state: &mut State, body: &Value) -> Response<Body> {
    let mailbox = body["Schedules"][0].as_str().unwrap_or_default().to_owned();
    let item = state.schedules.get(&mailbox).cloned().unwrap_or_else(|| {
        json!({"scheduleId": mailbox, "error": {"responseCode": "ErrorMailRecipientNotFound", "message": "no"}})
    });
    check(state, "microsoft.graph.scheduleInformation", std::slice::from_ref(&item));
    ok(state, None, &json!({ "value": [item] }))
}

fn check(state: &mut State, schema: &str, items: &[Value]) {
    let Some(openapi) = OpenApi::shared() else { return };
    let wrong = items.iter().filter_map(|item| openapi.answer(schema, item).err());
    state.violations.extend(wrong.map(|what| format!("the fake itself: {what}")));
}

fn ok(state: &mut State, schema: Option<&str>, page: &Value) -> Response<Body> {
    if let Some(schema) = schema {
        check(state, schema, std::slice::from_ref(page));
    }
    let response = Response::builder().header("content-type", "application/json");
    response.body(Body::from(page.to_string())).expect("an answer")
}

fn refused(refusal: &Refusal) -> Response<Body> {
    let mut response = Response::builder().status(refusal.status);
    for (name, value) in &refusal.headers {
        response = response.header(*name, value);
    }
    response.body(Body::from(refusal.body.clone())).expect("an answer")
}
