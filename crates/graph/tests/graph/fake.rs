//! A Graph on this computer: a directory that changes, told by delta queries as Microsoft describes them, in pages of any size,
//! with the refusals the real one gives. Not Graph: it knows the four questions Usher asks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use contracts::sign_in::{AccessToken, TokenProblem};
use graph::{Ticket, Tokens};
use serde_json::{Value, json};
use tokio::sync::Notify;
use zeroize::Zeroizing;

use crate::openapi::OpenApi;

pub(crate) const TENANT: &str = "11111111-aaaa";
pub(crate) const TOKEN: &str = "a-token";

/// A user of the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) mail: Option<String>,
    pub(crate) enabled: bool,
}

/// A group of the directory. Members may be users who are deleted: their membership comes back with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) members: BTreeSet<String>,
    pub(crate) owners: BTreeSet<String>,
}

/// What a request is answered with instead of a page.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

impl Refusal {
    pub(crate) fn of(status: u16) -> Refusal {
        let body = json!({"error": {"code": "TooBad", "message": "rita@example.com may not"}}).to_string();
        Refusal { status, headers: Vec::new(), body }
    }

    /// With another code of Graph's.
    pub(crate) fn coded(mut self, code: &str) -> Refusal {
        self.body = json!({"error": {"code": code, "message": "no"}}).to_string();
        self
    }

    pub(crate) fn with(mut self, header: &'static str, value: impl Into<String>) -> Refusal {
        self.headers.push((header, value.into()));
        self
    }
}

/// What is told of one change.
#[derive(Clone, Debug)]
enum Change {
    User(String),
    Group(String),
    Member(String, String),
}

/// A round of somebody who reads: what is left of it, and where the next begins.
#[derive(Debug)]
struct Round {
    items: Vec<Value>,
    delta: usize,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) groups: BTreeMap<String, Group>,
    /// Deleted groups: one that is restored is who it was, as in Entra ID.
    bin: BTreeMap<String, Group>,
    log: Vec<Change>,
    rounds: BTreeMap<u64, Round>,
    round_last: u64,
    /// Links given before this round or change are too old.
    forgotten_rounds: u64,
    forgotten_log: usize,
    /// Chance for page sizes.
    pub(crate) seed: u64,
    /// Answers that come first, in order.
    pub(crate) refusals: Vec<Refusal>,
    /// Of a hundred requests, so many are refused with 429 or 503 (each at most twice in a row).
    pub(crate) moody: u64,
    refused_in_a_row: u32,
    /// After so many answers no more comes: whoever reads is killed.
    pub(crate) answers_until_kill: Option<u32>,
    /// Everything that was asked, and what of it must not be.
    pub(crate) asked: Vec<String>,
    pub(crate) violations: Vec<String>,
}

/// The server. It ends with the runtime of its test.
pub(crate) struct Fake {
    port: u16,
    state: Arc<Mutex<State>>,
    pub(crate) killed: Arc<Notify>,
}

impl Fake {
    pub(crate) async fn start() -> Fake {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("it listens").port();
        let state = Arc::new(Mutex::new(State { seed: 7, ..State::default() }));
        let killed = Arc::new(Notify::new());
        let (of_requests, notify) = (state.clone(), killed.clone());
        let answer = move |request: Request<Body>| {
            let (state, killed) = (of_requests.clone(), notify.clone());
            async move {
                match answer(&state, port, &request) {
                    Some(response) => response,
                    None => {
                        killed.notify_one();
                        std::future::pending().await
                    }
                }
            }
        };
        let server = axum::serve(listener, Router::new().fallback(answer));
        tokio::spawn(async move { server.await });
        Fake { port, state, killed }
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing was asked that Microsoft does not describe.
    pub(crate) fn check(&self) {
        let state = self.state();
        assert!(state.violations.is_empty(), "{:#?}", state.violations);
    }
}

impl State {
    pub(crate) fn put_user(&mut self, id: &str, user: User) {
        self.users.insert(id.to_owned(), user);
        self.log.push(Change::User(id.to_owned()));
    }

    pub(crate) fn remove_user(&mut self, id: &str) {
        if self.users.remove(id).is_some() {
            self.log.push(Change::User(id.to_owned()));
        }
    }

    pub(crate) fn put_group(&mut self, id: &str, name: &str) {
        let deleted = self.bin.remove(id).unwrap_or_default();
        self.groups.entry(id.to_owned()).or_insert(deleted).name = name.to_owned();
        self.log.push(Change::Group(id.to_owned()));
    }

    pub(crate) fn remove_group(&mut self, id: &str) {
        if let Some(group) = self.groups.remove(id) {
            self.bin.insert(id.to_owned(), group);
            self.log.push(Change::Group(id.to_owned()));
        }
    }

    pub(crate) fn set_member(&mut self, group: &str, user: &str, joined: bool) {
        let Some(kept) = self.groups.get_mut(group) else { return };
        let changed = if joined { kept.members.insert(user.to_owned()) } else { kept.members.remove(user) };
        if changed {
            self.log.push(Change::Member(group.to_owned(), user.to_owned()));
        }
    }

    pub(crate) fn set_owner(&mut self, group: &str, user: &str, owns: bool) {
        if let Some(kept) = self.groups.get_mut(group) {
            if owns {
                kept.owners.insert(user.to_owned())
            } else {
                kept.owners.remove(user)
            };
        }
    }

    /// All links given so far are too old from now on.
    pub(crate) fn forget_links(&mut self) {
        self.forgotten_rounds = self.round_last;
        // A link at the end of the log is as old as the others.
        self.log.push(Change::User("nobody".to_owned()));
        self.forgotten_log = self.log.len();
    }

    fn chance(&mut self, below: u64) -> u64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.seed;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) % below
    }

    fn mood(&mut self) -> Option<Refusal> {
        let moody = self.moody;
        if self.refused_in_a_row < 2 && self.chance(100) < moody {
            self.refused_in_a_row += 1;
            return Some(match self.chance(5) {
                0 => Refusal::of(429).with("retry-after", "3"),
                1 => Refusal::of(429).with("retry-after", "Wed, 18 Nov 2026 11:06:45 GMT"),
                2 => Refusal::of(503).with("retry-after", "1"),
                3 => Refusal::of(503),
                _ => Refusal::of(500),
            });
        }
        self.refused_in_a_row = 0;
        None
    }

    fn user(&self, id: &str) -> Value {
        match self.users.get(id) {
            None => {
                json!({"id": id, "@removed": {"reason": if id.len().is_multiple_of(2) { "changed" } else { "deleted" }}})
            }
            Some(User { name, mail, enabled }) => {
                let (first, last) = name.split_once(' ').unwrap_or((name, ""));
                json!({"id": id, "displayName": name, "givenName": first, "surname": last, "mail": mail,
                    "userPrincipalName": format!("{id}@example.com"), "accountEnabled": enabled})
            }
        }
    }

    fn member(group: &Group, user: &str) -> Value {
        let mut member = json!({"@odata.type": "#microsoft.graph.user", "id": user});
        if !group.members.contains(user) {
            member["@removed"] = json!({"reason": "deleted"});
        }
        member
    }

    /// A group in as many parts as chance will have, each with some of the members named.
    fn group(&mut self, id: &str, members: Vec<Value>, items: &mut Vec<Value>) {
        let Some(group) = self.groups.get(id).cloned() else {
            items.push(json!({"id": id, "@removed": {"reason": "changed"}}));
            return;
        };
        let mut members = members.into_iter().peekable();
        loop {
            let size = 1 + self.chance(4) as usize;
            let mut part = json!({"id": id, "displayName": group.name});
            let some: Vec<Value> = members.by_ref().take(size).collect();
            if !some.is_empty() {
                part["members@delta"] = Value::Array(some);
            }
            items.push(part);
            if members.peek().is_none() {
                return;
            }
        }
    }

    fn everything(&mut self, collection: &str) -> Vec<Value> {
        if collection == "users" {
            return self.users.keys().map(|id| self.user(id)).collect();
        }
        let mut items = Vec::new();
        for (id, group) in self.groups.clone() {
            let mut members: Vec<Value> =
                group.members.iter().map(|user| State::member(&group, user)).collect();
            members.push(json!({"@odata.type": "#microsoft.graph.device", "id": "a-printer"}));
            self.group(&id, members, &mut items);
        }
        items
    }

    fn changed(&mut self, collection: &str, since: usize) -> Vec<Value> {
        let mut users = BTreeSet::new();
        let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for change in &self.log[since..] {
            match change {
                Change::User(id) if id == "nobody" => {}
                Change::User(id) => {
                    users.insert(id.clone());
                }
                Change::Group(id) => {
                    groups.entry(id.clone()).or_default();
                }
                Change::Member(group, user) => {
                    groups.entry(group.clone()).or_default().insert(user.clone());
                }
            }
        }
        if collection == "users" {
            return users.iter().map(|id| self.user(id)).collect();
        }
        let mut items = Vec::new();
        for (id, mut touched) in groups {
            let group = self.groups.get(&id).cloned().unwrap_or_default();
            // Of a group that is new, or came back, everybody is named.
            touched.extend(group.members.iter().cloned());
            let members = touched.iter().map(|user| State::member(&group, user)).collect();
            self.group(&id, members, &mut items);
        }
        items
    }

    /// A page of any size, as Graph sends it.
    fn page(&mut self, port: u16, collection: &str, query: &[(String, String)]) -> Response<Body> {
        let token =
            |name: &str| query.iter().find(|(given, _)| given == name).map(|(_, value)| value.clone());
        let round = match (token("$skiptoken"), token("$deltatoken")) {
            (Some(round), _) => {
                let round: u64 = round.parse().expect("a link of ours");
                if round <= self.forgotten_rounds || !self.rounds.contains_key(&round) {
                    return refused(
                        &Refusal::of(410).with("location", format!("http://127.0.0.1:{port}/v1.0/")),
                    );
                }
                round
            }
            (None, Some(since)) => {
                let since: usize = since.parse().expect("a link of ours");
                if since < self.forgotten_log {
                    return refused(&Refusal::of(410));
                }
                let items = self.changed(collection, since);
                self.begin(items)
            }
            (None, None) => {
                let items = self.everything(collection);
                self.begin(items)
            }
        };
        let size = self.chance(5) as usize;
        let Round { mut items, delta } = self.rounds.remove(&round).expect("it was found or begun above");
        let rest = items.split_off(size.min(items.len()));
        self.check_answers(collection, &items);
        // Real Graph leaves the parentheses out of the links it gives.
        let link = |token: String| format!("http://127.0.0.1:{port}/v1.0/{collection}/delta?{token}");
        let mut page = json!({"@odata.context": "of Graph's own", "value": items});
        if rest.is_empty() {
            page["@odata.deltaLink"] = Value::String(link(format!("$deltatoken={delta}")));
        } else {
            self.round_last += 1;
            page["@odata.nextLink"] = Value::String(link(format!("$skiptoken={}", self.round_last)));
            self.rounds.insert(self.round_last, Round { items: rest, delta });
        }
        // A page may be asked for again: whoever asked may have been killed before it read the answer.
        self.rounds.insert(
            round,
            Round { items: [items, page_rest(&self.rounds, self.round_last, &page)].concat(), delta },
        );
        ok(&page)
    }

    fn begin(&mut self, items: Vec<Value>) -> u64 {
        self.round_last += 1;
        self.rounds.insert(self.round_last, Round { items, delta: self.log.len() });
        self.round_last
    }

    fn check_answers(&mut self, collection: &str, items: &[Value]) {
        let Some(openapi) = OpenApi::shared() else { return };
        let schema = if collection == "users" { "microsoft.graph.user" } else { "microsoft.graph.group" };
        let wrong = items.iter().filter_map(|item| openapi.answer(schema, item).err());
        self.violations.extend(wrong.map(|what| format!("the fake itself: {what}")));
    }

    fn owners(&mut self, port: u16, group: &str, query: &[(String, String)]) -> Response<Body> {
        let Some(kept) = self.groups.get(group) else { return refused(&Refusal::of(404)) };
        let skip = query
            .iter()
            .find(|(name, _)| name == "$skiptoken")
            .map_or(0, |(_, at)| at.parse().expect("ours"));
        let owner = |id: &String| json!({"@odata.type": "#microsoft.graph.user", "id": id});
        let all: Vec<Value> = kept.owners.iter().map(owner).collect();
        let value: Vec<&Value> = all.iter().skip(skip).take(2).collect();
        let mut page = json!({"value": value});
        if all.len() > skip + 2 {
            let link = format!("http://127.0.0.1:{port}/v1.0/groups/{group}/owners?$skiptoken={}", skip + 2);
            page["@odata.nextLink"] = Value::String(link);
        }
        ok(&page)
    }
}

/// What the next link of this page still holds.
fn page_rest(rounds: &BTreeMap<u64, Round>, last: u64, page: &Value) -> Vec<Value> {
    if page["@odata.nextLink"].is_null() { Vec::new() } else { rounds[&last].items.clone() }
}

/// `None`: no answer comes any more.
fn answer(state: &Arc<Mutex<State>>, port: u16, request: &Request<Body>) -> Option<Response<Body>> {
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(left) = &mut state.answers_until_kill {
        if *left == 0 {
            return None;
        }
        *left -= 1;
    }
    let query = request.uri().query().unwrap_or_default();
    let query: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let path = request.uri().path();
    state.asked.push(format!("{path} {query:?}"));
    let path = path.strip_prefix("/v1.0").unwrap_or_default();
    let path = path.strip_suffix("/delta").map_or(path.to_owned(), |before| format!("{before}/delta()"));
    if let Some(openapi) = OpenApi::shared()
        && let Err(violation) = openapi.request(request.method().as_str(), &path, &query)
    {
        state.violations.push(violation);
    }
    for (header, wanted) in
        [("authorization", format!("Bearer {TOKEN}")), ("accept", "application/json".to_owned())]
    {
        let given = request.headers().get(header).and_then(|value| value.to_str().ok());
        if given != Some(wanted.as_str()) {
            state.violations.push(format!("{header}: {given:?}"));
        }
    }
    if !state.refusals.is_empty() {
        return Some(refused(&state.refusals.remove(0)));
    }
    if let Some(refusal) = state.mood() {
        return Some(refused(&refusal));
    }
    let steps: Vec<&str> = path.split('/').skip(1).collect();
    Some(match steps.as_slice() {
        [collection @ ("users" | "groups"), "delta()"] => state.page(port, collection, &query),
        ["groups", group, "owners"] => state.owners(port, group, &query),
        _ => refused(&Refusal::of(400)),
    })
}

fn ok(page: &Value) -> Response<Body> {
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

/// A token that never ends, or none.
pub(crate) struct FixedTokens {
    answer: Mutex<Result<String, TokenProblem>>,
}

impl FixedTokens {
    pub(crate) fn of(tenant: &str) -> FixedTokens {
        FixedTokens { answer: Mutex::new(Ok(tenant.to_owned())) }
    }

    pub(crate) fn set(&self, answer: Result<&str, TokenProblem>) {
        *self.answer.lock().expect("no test panics with it") = answer.map(str::to_owned);
    }
}

#[async_trait]
impl Tokens for FixedTokens {
    async fn ticket(&self) -> Result<Ticket, TokenProblem> {
        let tenant = self.answer.lock().expect("no test panics with it").clone()?;
        Ok(Ticket { token: AccessToken::new(Zeroizing::new(TOKEN.to_owned())), tenant })
    }
}
