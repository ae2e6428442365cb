//! The feed of reports for Power BI and Excel (REPORT-4): OData v4 on this computer alone, off until somebody switches it on. Who
//! made the token decides which rows there are, by what she may see at the moment of each question. Answers one question at a
//! time, in pieces; does not listen on a port: a host does, and hands in what came.

mod model;
mod rows;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use contracts::access_log::{Actor, Entry, Kind as Logged, Outcome, Word};
use contracts::ids::PersonId;
use contracts::journal::StoreError;
use contracts::sign_in::SignInState;
use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use identity::{Action, Identity, Kind};
use odata::{
    Bounds, Clock, EntityType, Groups, Problem, Query, Refusal, Resource, Row, Sorted, UrlOption, Value,
    csdl_json, csdl_xml, encoded, options, page_begin, page_end, resource, row, service_document,
    time_bounds,
};
use reporting::aggregate::Thresholds;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, mpsc, watch};

use self::model::MODEL;
use self::rows::{Along, Placed, Scope, Walk};
use crate::api::wire::ApiError;
use crate::app::App;

/// Setting: whether it is on, and whose it is.
const FEED: &str = "report_feed";
/// The path under which the feed is.
pub const FEED_ROOT: &str = "/odata/";
/// Without a choice: a port that nobody has registered.
pub const PORT_DEFAULT: u16 = 47_616;
/// Rows of a page where nobody asks for fewer: Excel's and Power BI's pages are as long as they get.
const PAGE_ROWS_MAX: u64 = 100_000;
/// After so long a page ends early, and the next one goes on: no tool gives up on an answer that comes.
const PAGE_TIME: Duration = Duration::from_secs(20);
/// What must go through everything before it can answer takes no longer.
const WHOLE_TIME: Duration = Duration::from_secs(120);
/// Questions that are answered at once: Power BI asks for some tables side by side.
const AT_ONCE: usize = 4;
/// A piece of an answer.
const PIECE_BYTES: usize = 64 * 1024;
/// Pieces that wait for a slow reader.
const PIECES_WAITING: usize = 4;

/// What the host must do: listen there, or nowhere.
pub type Wanted = Option<u16>;

/// The feed as it is known while the application runs.
pub(crate) struct Feed {
    kept: Mutex<Option<KeptFeed>>,
    wanted: watch::Sender<Wanted>,
    /// What came of it: the port, and why it could not be had.
    told: watch::Sender<(Wanted, Option<String>)>,
    at_once: Arc<Semaphore>,
}

/// As it is kept. The token itself is nowhere, only what it hashes to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct KeptFeed {
    pub(crate) port: u16,
    token_sha256: String,
    /// The person who made the token; `None`: the user of this computer.
    person: Option<String>,
    pub(crate) made_by: String,
    pub(crate) since: i64,
}

/// A question as a host hears it.
#[derive(Clone, Debug, Default)]
pub struct FeedAsk {
    /// `GET`.
    pub method: String,
    /// Behind the host: `/odata/Services`.
    pub path: String,
    /// Behind `?`, as it came.
    pub query: String,
    /// How the feed itself is reached: `http://127.0.0.1:47616`.
    pub origin: String,
    /// `Authorization`.
    pub authorization: Option<String>,
    /// `Accept`.
    pub accept: Option<String>,
    /// `Prefer`.
    pub prefer: Option<String>,
}

/// The answer.
#[derive(Debug)]
pub struct FeedAnswer {
    /// Of HTTP.
    pub status: u16,
    /// Of HTTP.
    pub headers: Vec<(&'static str, String)>,
    /// What it says.
    pub body: FeedBody,
}

/// What an answer says.
#[derive(Debug)]
pub enum FeedBody {
    /// All at once.
    Whole(String),
    /// As it comes; an error cuts it off.
    Pieces(mpsc::Receiver<Result<String, String>>),
}

const JSON: &str = "application/json;odata.metadata=minimal;odata.streaming=true;charset=utf-8";

impl Feed {
    pub(crate) fn new() -> Feed {
        Feed {
            kept: Mutex::default(),
            wanted: watch::Sender::new(None),
            told: watch::Sender::new((None, None)),
            at_once: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// As it is kept; `None`: it is off.
    pub(crate) fn kept(&self) -> Option<KeptFeed> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether it listens, and why it does not.
    pub(crate) fn listening(&self) -> (bool, Option<String>) {
        let (port, problem) = self.told.borrow().clone();
        (self.kept().is_some_and(|kept| port == Some(kept.port)) && problem.is_none(), problem)
    }

    fn take(&self, kept: Option<KeptFeed>) {
        let port = kept.as_ref().map(|kept| kept.port);
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = kept;
        self.wanted.send_if_modified(|wanted| std::mem::replace(wanted, port) != port);
    }
}

impl App {
    /// Where the host must listen, now and later.
    pub fn feed_wanted(&self) -> watch::Receiver<Wanted> {
        self.feed.wanted.subscribe()
    }

    /// The host says what came of it.
    pub fn feed_listens(&self, port: Wanted, problem: Option<String>) {
        if let Some(problem) = &problem {
            tracing::warn!(problem, "the report feed does not listen");
        }
        self.feed.told.send_replace((port, problem));
    }

    /// Takes up what was switched on before.
    pub(crate) async fn take_up_feed(&self) -> Result<(), StoreError> {
        let kept = match self.settings.get(FEED).await? {
            Some(json) => serde_json::from_str(&json)
                .map_err(|error| StoreError::Damaged(format!("the setting '{FEED}': {error}")))?,
            None => None,
        };
        self.feed.take(kept);
        Ok(())
    }

    /// Switches it on with a new token, which replaces any other; gives the token, which is told this once.
    pub(crate) async fn switch_feed_on(&self, who: &Identity, port: u16) -> Result<String, ApiError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| {
            tracing::error!(%error, "no randomness for a token");
            ApiError::new("internal", "This computer gave no random numbers. Try again.")
        })?;
        let token = BASE64URL_NOPAD.encode(&bytes);
        let person = match who.kind() {
            Kind::LocalUser => None,
            Kind::SignedIn(person) => Some(person.to_string()),
        };
        let kept = KeptFeed {
            port,
            token_sha256: hashed(&token),
            person,
            made_by: who.name().to_owned(),
            since: self.sources.now().0,
        };
        self.keep_feed(Some(kept)).await?;
        // A host that is there says at once whether the port can be had.
        if self.feed.wanted.receiver_count() > 0 {
            let mut told = self.feed.told.subscribe();
            let is_told = told.wait_for(|(told, _)| *told == Some(port));
            let _ = tokio::time::timeout(Duration::from_secs(5), is_told).await;
        }
        Ok(token)
    }

    /// Nobody reads it any more.
    pub(crate) async fn switch_feed_off(&self) -> Result<(), ApiError> {
        self.keep_feed(None).await
    }

    async fn keep_feed(&self, kept: Option<KeptFeed>) -> Result<(), ApiError> {
        let json = serde_json::to_string(&kept).map_err(|error| StoreError::Damaged(error.to_string()))?;
        self.settings.put(FEED, &json).await?;
        self.feed.take(kept);
        Ok(())
    }

    /// Answers a question.
    pub async fn answer_feed(self: &Arc<App>, ask: FeedAsk) -> FeedAnswer {
        let (who, actor) = match self.feed_reader(&ask).await {
            Ok(reader) => reader,
            Err(refused) => return refused,
        };
        let read =
            |outcome| Entry::once(self.sources.now(), actor, Logged::Access, Word::of("read-feed"), outcome);
        match self.answer_reader(who, &ask).await {
            Ok(answer) => {
                self.book.count(read(Outcome::Allowed));
                answer
            }
            Err(Refused::Problem(problem)) => {
                self.book.count(read(Outcome::Refused(Word::of("feed.question"))));
                refusal(status_of(problem.refusal), &problem)
            }
            Err(Refused::Status(status, words)) => {
                self.book.count(read(Outcome::Refused(Word::of("feed.question"))));
                refusal(status, &Problem::malformed(words))
            }
            Err(Refused::Store(error)) => {
                tracing::warn!(%error, "the report feed could not read");
                refusal(503, &Problem::too_much("Usher cannot read its data just now; try again"))
            }
        }
    }

    /// Whose token it is, and what she is at this moment.
    async fn feed_reader(&self, ask: &FeedAsk) -> Result<(Identity, Actor), FeedAnswer> {
        let refused = |words: &str| {
            let entry = Entry::once(
                self.sources.now(),
                Actor::Local,
                Logged::Access,
                Word::of("read-feed"),
                Outcome::Refused(Word::of("feed.token")),
            );
            self.book.count(entry);
            let mut answer = refusal(401, &Problem::malformed(words));
            answer
                .headers
                .push(("www-authenticate", "Basic realm=\"Usher reports\", charset=\"UTF-8\"".to_owned()));
            answer
        };
        let given = ask.authorization.as_deref().and_then(token_in).map(|token| hashed(&token));
        let kept = match (self.feed.kept(), given) {
            // Both are hashes: how long it takes to tell them apart says nothing of a token.
            (Some(kept), Some(given)) if kept.token_sha256 == given => kept,
            (Some(_), Some(_)) => {
                return Err(refused("this token is not valid any more; make a new one in Usher"));
            }
            (Some(_), None) => {
                return Err(refused(
                    "give the token of the feed as the password (Basic), with any user name",
                ));
            }
            (None, _) => return Err(refused("the feed is switched off; switch it on in Usher's settings")),
        };
        match self.identity_of_feed(&kept).await {
            Ok(Some(who)) if who.extent_of(Action::SeeReports).is_some() => {
                let actor = match who.kind() {
                    Kind::LocalUser => Actor::Local,
                    Kind::SignedIn(person) => Actor::Person(person),
                };
                Ok((who, actor))
            }
            Ok(_) => {
                Err(refused("whoever made this token may not see reports any more; make a new one in Usher"))
            }
            Err(error) => {
                tracing::warn!(%error, "the reader of the report feed could not be looked up");
                Err(refusal(503, &Problem::too_much("Usher cannot read its data just now; try again")))
            }
        }
    }

    async fn identity_of_feed(&self, kept: &KeptFeed) -> Result<Option<Identity>, StoreError> {
        let Some(person) = &kept.person else {
            // Once people sign in, the user of this computer is nobody by that alone.
            let alone = matches!(&*self.sign_in.state().borrow(), SignInState::NotSetUp);
            return Ok(alone.then(|| self.local.as_ref().clone()));
        };
        let Ok(person) = person.parse::<PersonId>() else { return Ok(None) };
        let Some(standing) = self.roster.standing_of(person).await? else { return Ok(None) };
        if !standing.may_enter() {
            return Ok(None);
        }
        let Ok(attendant) = self.roster.attendant_of(person).await else { return Ok(None) };
        Ok(Some(Identity::of(&standing, attendant, &self.roster.units().await?)))
    }

    async fn answer_reader(self: &Arc<App>, who: Identity, ask: &FeedAsk) -> Result<FeedAnswer, Refused> {
        if ask.method != "GET" && ask.method != "HEAD" {
            return Err(Refused::Status(405, "the feed is read only; ask with GET".to_owned()));
        }
        let path = ask.path.strip_prefix(FEED_ROOT.trim_end_matches('/')).unwrap_or(&ask.path);
        let root = format!("{}{FEED_ROOT}", ask.origin);
        let resource = resource(&MODEL, path)?;
        let options = options(&ask.query)?;
        let format =
            options.iter().find(|option| option.name == "$format").map(|option| option.value.as_str());
        let form = form_of(format, ask.accept.as_deref(), &resource)
            .ok_or_else(|| Refused::Status(406, "answers are JSON; $metadata is XML or JSON".to_owned()))?;
        match resource {
            Resource::Service => Ok(whole(JSON, service_document(&MODEL, &root))),
            Resource::Metadata if form == Form::Xml => {
                Ok(whole("application/xml;charset=utf-8", csdl_xml(&MODEL)))
            }
            Resource::Metadata => Ok(whole("application/json;charset=utf-8", csdl_json(&MODEL))),
            Resource::Set(entity) => self.answer_set(who, ask, entity, options, root).await,
            Resource::Count(entity) => {
                let (query, scope) = self.read_question(who, entity, options).await?;
                let _one = self.one_more()?;
                let counted = self.count(&query, &scope).await?;
                Ok(whole("text/plain;charset=utf-8", counted.to_string()))
            }
            Resource::One(entity, key) => {
                let (query, scope) = self.read_question(who, entity, options).await?;
                if query.grouping.is_some() || query.filter.is_some() {
                    return Err(Problem::malformed("one entity is not filtered").into());
                }
                let _one = self.one_more()?;
                let Some(values) = self.find(&scope, entity, &key).await? else {
                    return Err(
                        Problem::not_found(format!("there is none of this key in {}", entity.set)).into()
                    );
                };
                let found =
                    self.feed_along(&scope, &mut Along::default(), entity, values, &query.expand).await?;
                let mut out = String::new();
                row(&mut out, &query, &found, Some(&root));
                Ok(whole(JSON, out))
            }
        }
    }

    /// One question more, unless too many are answered already.
    fn one_more(&self) -> Result<tokio::sync::OwnedSemaphorePermit, Refused> {
        self.feed.at_once.clone().try_acquire_owned().map_err(|_| {
            Refused::Status(
                429,
                format!("{AT_ONCE} questions are being answered already; ask again in a moment"),
            )
        })
    }

    async fn read_question(
        &self,
        who: Identity,
        entity: &'static EntityType,
        options: Vec<UrlOption>,
    ) -> Result<(Query, Scope), Refused> {
        let now = self.sources.now();
        let (query, asked) = Query::read(&MODEL, entity, options, Clock { now_ms: now.0 })?;
        let services = self.services_seen(&who).await.map_err(|error| {
            Refused::Store(StoreError::Unavailable(format!("{}: {}", error.code, error.message)))
        })?;
        let mut thresholds = Thresholds { sla_s: 20, hang_up_s: 20, short_call_s: 5 };
        let mut interval_ms = 900_000;
        for UrlOption { name, value } in asked {
            match name.as_str() {
                "sla" => thresholds.sla_s = seconds(&name, &value)?,
                "hangUp" => thresholds.hang_up_s = seconds(&name, &value)?,
                "shortCall" => thresholds.short_call_s = seconds(&name, &value)?,
                "interval" => {
                    interval_ms = match value.as_str() {
                        "quarter" => 900_000,
                        "hour" => 3_600_000,
                        "day" => 86_400_000,
                        _ => {
                            return Err(
                                Problem::malformed("interval is quarter, hour or day (of UTC)").into()
                            );
                        }
                    };
                }
                // What is not of OData and not ours is somebody else's, as the standard has it.
                _ => {}
            }
        }
        Ok((query, Scope { who, services, thresholds, interval_ms, names: model::Names::new(), now }))
    }

    async fn find(
        &self,
        scope: &Scope,
        entity: &'static EntityType,
        key: &Value,
    ) -> Result<Option<Vec<Value>>, Refused> {
        if let Some(found) = self.feed_one(scope, &Along::default(), entity.set, key).await? {
            return Ok(found);
        }
        let began = Instant::now();
        let mut walk = Walk::new(entity, scope, Bounds::default(), Vec::new());
        while let Some(rows) = walk.next(self, scope).await? {
            if let Some(Placed { values, .. }) = rows.into_iter().find(|row| row.values[0] == *key) {
                return Ok(Some(values));
            }
            in_time(began)?;
        }
        Ok(None)
    }

    async fn count(&self, query: &Query, scope: &Scope) -> Result<u64, Refused> {
        if query.grouping.is_some() {
            return Ok(self.collected(query, scope, 0).await?.1);
        }
        let began = Instant::now();
        let (mut counted, mut along) = (0, Along::default());
        let mut walk = Walk::asked(query, scope, bounds(query), Vec::new());
        while let Some(rows) = self.next_step(query, scope, &mut along, &mut walk).await? {
            counted += rows.iter().filter(|row| keeps(query, &row.values)).count() as u64;
            in_time(began)?;
        }
        Ok(counted)
    }

    /// Rows that are only known once all were met: groups, and what is sorted; with how many there are. `wanted`: how many from
    /// the first on.
    async fn collected(
        &self,
        query: &Query,
        scope: &Scope,
        wanted: u64,
    ) -> Result<(Vec<Vec<Value>>, u64), Refused> {
        let began = Instant::now();
        let mut along = Along::default();
        let mut walk = Walk::asked(query, scope, bounds(query), Vec::new());
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        let mut sorted = match query.order.is_empty() {
            true => None,
            false => Some(Sorted::new(&query.order, wanted)?),
        };
        let mut counted = 0;
        let rows = match &query.grouping {
            Some(grouping) => {
                let mut groups = Groups::new(grouping);
                while let Some(rows) = self.next_step(query, scope, &mut along, &mut walk).await? {
                    for Placed { values, .. } in &rows {
                        if query.before.as_ref().is_none_or(|before| before.keeps(values)) {
                            groups.add(values)?;
                        }
                    }
                    in_time(began)?;
                }
                let mut rows = groups.finish();
                rows.retain(|row| query.filter.as_ref().is_none_or(|filter| filter.keeps(row)));
                counted = rows.len() as u64;
                match &mut sorted {
                    Some(sorted) => {
                        rows.into_iter().for_each(|row| sorted.add(row));
                        Vec::new()
                    }
                    None => rows,
                }
            }
            None => {
                while let Some(rows) = self.next_step(query, scope, &mut along, &mut walk).await? {
                    for Placed { values, .. } in rows {
                        if keeps(query, &values) {
                            counted += 1;
                            if let Some(sorted) = &mut sorted {
                                sorted.add(values);
                            }
                        }
                    }
                    in_time(began)?;
                }
                Vec::new()
            }
        };
        Ok((sorted.map_or(rows, Sorted::finish), counted))
    }

    async fn answer_set(
        self: &Arc<App>,
        who: Identity,
        ask: &FeedAsk,
        entity: &'static EntityType,
        options: Vec<UrlOption>,
        root: String,
    ) -> Result<FeedAnswer, Refused> {
        let link = link_of(&root, entity, &options);
        let (query, scope) = self.read_question(who, entity, options).await?;
        let token = query.skip_token.as_deref().map(read_token).transpose()?;
        let preferred = ask.prefer.as_deref().and_then(page_size);
        let one = self.one_more()?;
        let mut page = Page {
            given: token.as_ref().map_or(0, |token| token.given),
            rows_max: preferred.unwrap_or(PAGE_ROWS_MAX).min(PAGE_ROWS_MAX),
            is_first: token.is_none(),
            query,
            scope,
            root,
            link,
        };
        // What can be refused is refused before the answer begins.
        let source = if page.query.grouping.is_some() || !page.query.order.is_empty() {
            let wanted = page.query.skip.saturating_add(page.given).saturating_add(page.left());
            let (rows, counted) = self.collected(&page.query, &page.scope, wanted).await?;
            let begins = usize::try_from(page.query.skip.saturating_add(page.given)).unwrap_or(usize::MAX);
            Source::Collected { rows: rows.into_iter().skip(begins).collect(), counted }
        } else {
            let place = token.map(|token| token.place).unwrap_or_default();
            let mut walk =
                Walk::asked(&page.query, &page.scope, bounds(&page.query), place).for_page(page.left());
            let first = walk.next(self, &page.scope).await?;
            Source::Walk { walk, first }
        };
        let mut headers = headers(JSON);
        if let Some(size) = preferred {
            headers.push(("preference-applied", format!("odata.maxpagesize={size}")));
        }
        let (pieces, answer) = mpsc::channel(PIECES_WAITING);
        let app = self.clone();
        tokio::spawn(async move {
            let _one = one;
            if let Err(cut) = app.write_page(&mut page, source, &pieces).await {
                // Nobody reads any more is fine.
                let _ = pieces.send(Err(cut)).await;
            }
        });
        Ok(FeedAnswer { status: 200, headers, body: FeedBody::Pieces(answer) })
    }

    /// Writes a page piece by piece. An error cuts it off: whoever reads sees that it is not whole.
    async fn write_page(
        &self,
        page: &mut Page,
        source: Source,
        pieces: &mpsc::Sender<Result<String, String>>,
    ) -> Result<(), String> {
        let mut out = String::with_capacity(PIECE_BYTES + 4_096);
        page_begin(&mut out, &page.query, &page.root, None);
        let mut writer = Writer { out, pieces, rows: 0, along: Along::default() };
        let wants_count = page.query.count && page.is_first;
        let (counted, next) = match source {
            Source::Collected { rows, counted } => {
                let page_rows = usize::try_from(page.left()).unwrap_or(usize::MAX);
                for values in rows.into_iter().take(page_rows) {
                    writer.row(self, page, values).await?;
                }
                page.given += writer.rows;
                (counted, page.is_cut(counted).then(Vec::new))
            }
            Source::Walk { walk, first } => self.write_walk(page, walk, first, &mut writer).await?,
        };
        let next = next.map(|place| format!("{}%24skiptoken={}", page.link, write_token(page.given, &place)));
        page_end(&mut writer.out, wants_count.then_some(counted), next.as_deref());
        writer.send().await
    }

    /// Gives how many rows there are (where that is wanted), and where the next page begins.
    async fn write_walk(
        &self,
        page: &mut Page,
        mut walk: Walk,
        first: Option<Vec<Placed>>,
        writer: &mut Writer<'_>,
    ) -> Result<(u64, Option<Vec<i64>>), String> {
        let began = Instant::now();
        let failed = |error: StoreError| error.to_string();
        let wants_count = page.query.count && page.is_first;
        let mut step = Step {
            to_skip: if page.is_first { page.query.skip } else { 0 },
            rows_max: page.left(),
            ..Step::default()
        };
        let mut rows = first;
        while let Some(these) = rows {
            let these = self.reach(&page.query, &page.scope, &mut writer.along, &mut walk, these);
            let these = these.await.map_err(failed)?;
            // The next rows are read while these are written, unless the page ends with them.
            let reads_on = wants_count || writer.rows + these.len() as u64 <= step.rows_max;
            let following = async { if reads_on { Some(walk.next(self, &page.scope).await) } else { None } };
            let (written, following) =
                tokio::join!(self.write_step(page, &mut step, these, writer), following);
            written?;
            if step.next.is_some() && !wants_count {
                break;
            }
            // While rows are skipped there is no place to go on from.
            let may_end = step.next.is_none() && step.to_skip == 0 && writer.rows < step.rows_max;
            if may_end && began.elapsed() > PAGE_TIME {
                step.next = Some(step.place.clone());
                if !wants_count {
                    break;
                }
            }
            if began.elapsed() > WHOLE_TIME {
                return Err("this took longer than two minutes".to_owned());
            }
            rows = match following {
                Some(following) => following.map_err(failed)?,
                None => walk.next(self, &page.scope).await.map_err(failed)?,
            };
        }
        page.given += writer.rows;
        let is_done = page.query.top.is_some_and(|top| page.given >= top);
        Ok((step.counted, step.next.filter(|_| !is_done)))
    }

    /// Writes what is wanted of the rows of a step.
    async fn write_step(
        &self,
        page: &Page,
        step: &mut Step,
        rows: Vec<Placed>,
        writer: &mut Writer<'_>,
    ) -> Result<(), String> {
        for Placed { values, place: here } in rows {
            if !keeps(&page.query, &values) {
                step.place = here;
                continue;
            }
            step.counted += 1;
            if step.next.is_some() {
                continue;
            }
            if step.to_skip > 0 {
                step.to_skip -= 1;
            } else if writer.rows < step.rows_max {
                writer.row(self, page, values).await?;
            } else {
                // This one is the first of the next page.
                step.next = Some(std::mem::take(&mut step.place));
                continue;
            }
            step.place = here;
        }
        Ok(())
    }
}

/// How far a page is.
#[derive(Default)]
struct Step {
    rows_max: u64,
    to_skip: u64,
    counted: u64,
    /// Behind the last row that is done.
    place: Vec<i64>,
    /// Where the next page begins.
    next: Option<Vec<i64>>,
}

/// What is written into an answer.
struct Writer<'a> {
    out: String,
    pieces: &'a mpsc::Sender<Result<String, String>>,
    rows: u64,
    along: Along,
}

impl Writer<'_> {
    async fn row(&mut self, app: &App, page: &Page, values: Vec<Value>) -> Result<(), String> {
        if self.rows > 0 {
            self.out.push(',');
        }
        self.rows += 1;
        let query = &page.query;
        let whole = if query.expand.is_empty() {
            Row::from(values)
        } else {
            let along =
                app.feed_along(&page.scope, &mut self.along, query.entity, values, &query.expand).await;
            along.map_err(|error| error.to_string())?
        };
        row(&mut self.out, query, &whole, None);
        match self.out.len() < PIECE_BYTES {
            true => Ok(()),
            false => self.send().await,
        }
    }

    async fn send(&mut self) -> Result<(), String> {
        let piece = std::mem::replace(&mut self.out, String::with_capacity(PIECE_BYTES + 4_096));
        self.pieces.send(Ok(piece)).await.map_err(|_| "nobody reads any more".to_owned())
    }
}

/// A page that is being written.
struct Page {
    query: Query,
    scope: Scope,
    root: String,
    /// The same question without its place, to be continued.
    link: String,
    /// Rows of earlier pages; with this one once it is written.
    given: u64,
    rows_max: u64,
    is_first: bool,
}

impl Page {
    /// Rows that this page may have.
    fn left(&self) -> u64 {
        let top = self.query.top.unwrap_or(u64::MAX).saturating_sub(self.given);
        self.rows_max.min(top)
    }

    /// Whether rows that are there and wanted stand on no page so far.
    fn is_cut(&self, counted: u64) -> bool {
        let there = counted.saturating_sub(self.query.skip).min(self.query.top.unwrap_or(u64::MAX));
        self.given < there
    }
}

/// Where the rows of a page come from.
enum Source {
    Collected { rows: Vec<Vec<Value>>, counted: u64 },
    Walk { walk: Walk, first: Option<Vec<Placed>> },
}

/// Why there is no answer.
enum Refused {
    Problem(Problem),
    Status(u16, String),
    Store(StoreError),
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Refused {
        Refused::Problem(problem)
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Refused {
        Refused::Store(error)
    }
}

fn keeps(query: &Query, values: &[Value]) -> bool {
    let all = [&query.before, &query.filter];
    all.into_iter().flatten().all(|filter| filter.keeps(values))
}

fn bounds(query: &Query) -> Bounds {
    let Some(moment) = model::moment_of(query.entity.set).and_then(|name| query.entity.place(name)) else {
        return Bounds::default();
    };
    let filter = query.filter.as_ref().filter(|_| query.grouping.is_none());
    let each =
        [query.before.as_ref(), filter].into_iter().flatten().map(|filter| time_bounds(filter, moment));
    each.fold(Bounds::default(), Bounds::and)
}

fn in_time(began: Instant) -> Result<(), Refused> {
    match began.elapsed() <= WHOLE_TIME {
        true => Ok(()),
        false => {
            let words =
                "this took longer than two minutes; filter by time, so that there is less to go through";
            Err(Problem::too_much(words).into())
        }
    }
}

fn seconds(name: &str, value: &str) -> Result<u32, Refused> {
    let most = Thresholds::SECONDS_MAX;
    let seconds = value.parse().ok().filter(|seconds| *seconds <= most);
    seconds.ok_or_else(|| Problem::malformed(format!("{name} is a number of seconds, 0 to {most}")).into())
}

fn hashed(token: &str) -> String {
    HEXLOWER.encode(digest(&SHA256, token.as_bytes()).as_ref())
}

/// The token, given as one or as the password of any user.
fn token_in(authorization: &str) -> Option<String> {
    let (scheme, given) = authorization.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(given.trim().to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(BASE64.decode(given.trim().as_bytes()).ok()?).ok()?;
    Some(pair.split_once(':')?.1.to_owned())
}

/// `odata.maxpagesize=100` of a `Prefer`.
fn page_size(prefer: &str) -> Option<u64> {
    let each = prefer.split([',', ';']).filter_map(|part| part.trim().split_once('='));
    let mut sizes = each.filter(|(name, _)| matches!(name.trim(), "odata.maxpagesize" | "maxpagesize"));
    sizes.find_map(|(_, size)| size.trim().trim_matches('"').parse().ok()).filter(|size| *size > 0)
}

/// Where a page ended.
struct Token {
    given: u64,
    place: Vec<i64>,
}

fn write_token(given: u64, place: &[i64]) -> String {
    let place: Vec<String> = place.iter().map(ToString::to_string).collect();
    BASE64URL_NOPAD.encode(format!("{given};{}", place.join(".")).as_bytes())
}

fn read_token(text: &str) -> Result<Token, Problem> {
    let read = || {
        let text = String::from_utf8(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?).ok()?;
        let (given, place) = text.split_once(';')?;
        let place = match place {
            "" => Vec::new(),
            place => place.split('.').map(|part| part.parse().ok()).collect::<Option<Vec<i64>>>()?,
        };
        (place.len() <= 4).then_some(Token { given: given.parse().ok()?, place })
    };
    read().ok_or_else(|| {
        Problem::malformed("this $skiptoken is not one of this feed; follow its nextLink as it is")
    })
}

/// The same question, ready for a `$skiptoken` behind it.
fn link_of(root: &str, entity: &EntityType, options: &[UrlOption]) -> String {
    let mut link = format!("{root}{}?", entity.set);
    for UrlOption { name, value } in options.iter().filter(|option| option.name != "$skiptoken") {
        link.push_str(&format!("{}={}&", encoded(name), encoded(value)));
    }
    link
}

/// In which form an answer comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Json,
    Xml,
    Text,
}

/// `$format` before `Accept`; `None`: it is none that there is.
fn form_of(format: Option<&str>, accept: Option<&str>, resource: &Resource) -> Option<Form> {
    let own = match resource {
        Resource::Metadata => Form::Xml,
        Resource::Count(_) => return Some(Form::Text),
        Resource::Service | Resource::Set(_) | Resource::One(..) => Form::Json,
    };
    let of = |name: &str| match name.split(';').next().unwrap_or("").trim() {
        "" | "*/*" | "application/*" => Some(own),
        "json" | "application/json" => Some(Form::Json),
        "xml" | "application/xml" if own == Form::Xml => Some(Form::Xml),
        _ => None,
    };
    match (format, accept) {
        (Some(format), _) => of(format),
        (None, Some(accept)) => accept.split(',').find_map(of),
        (None, None) => Some(own),
    }
}

fn status_of(refusal: Refusal) -> u16 {
    match refusal {
        Refusal::Malformed | Refusal::TooMuch => 400,
        Refusal::NotFound => 404,
        Refusal::NotSupported => 501,
    }
}

fn headers(content: &str) -> Vec<(&'static str, String)> {
    vec![
        ("content-type", content.to_owned()),
        ("odata-version", "4.0".to_owned()),
        ("cache-control", "no-store".to_owned()),
        ("x-content-type-options", "nosniff".to_owned()),
    ]
}

fn whole(content: &str, body: String) -> FeedAnswer {
    FeedAnswer { status: 200, headers: headers(content), body: FeedBody::Whole(body) }
}

fn refusal(status: u16, problem: &Problem) -> FeedAnswer {
    FeedAnswer { status, headers: headers(JSON), body: FeedBody::Whole(odata::error(problem)) }
}
