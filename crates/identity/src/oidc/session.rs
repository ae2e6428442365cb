//! The one task that holds the session: it takes orders, watches over the sign-in underway, renews tokens one after the other
//! and looks at what is due. The only writer of the state. Speaks with nobody itself.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use contracts::secrets::{Secret, SecretError, Secrets};
use contracts::sign_in::{
    AccessToken, DeviceCode, Ended, Endings, FactKind, Observe, OpenBrowser, Resource, SignInFact,
    SignInProblem, SignInSettings, SignInState, SignedIn, Subject, TokenProblem, Wants, Way, Why,
};
use engine::Timestamp;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};
use zeroize::Zeroizing;

use super::answer::{Unrenewed, code_of};
use super::held::{Due, Held};
use super::loopback::{Denied, Loopback};
use super::provider::{Fresh, Provider, within};
use super::{Options, Pace, kept};

type Reply<T> = oneshot::Sender<T>;

/// What is asked of the session.
pub(super) enum Order {
    Use { provider: Option<Arc<Provider>>, reply: Reply<Result<(), SignInProblem>> },
    Begin { wants: Wants, reply: Reply<Result<(), SignInProblem>> },
    Cancel { reply: Reply<()> },
    SignOut { reply: Reply<Result<(), SignInProblem>> },
    End { why: SignInProblem, reply: Reply<()> },
    Token { resource: Resource, reply: Reply<Result<AccessToken, TokenProblem>> },
    Stop,
}

/// What everybody may look at.
pub(super) struct Shared {
    state: watch::Sender<SignInState>,
    endings: Endings,
    settings: Mutex<Option<SignInSettings>>,
    secrets: Arc<dyn Secrets>,
    secret_name: String,
    browser: Arc<dyn OpenBrowser>,
    observe: Observe,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    pace: Pace,
    danger_entra: Option<String>,
}

impl Shared {
    pub(super) fn new(options: Options) -> Shared {
        let Options { settings, secrets, secret_name, browser, observe, clock, pace, danger_entra } = options;
        Shared {
            state: watch::Sender::new(SignInState::NotSetUp),
            endings: Endings::default(),
            settings: Mutex::new(settings),
            secrets,
            secret_name,
            browser,
            observe,
            clock,
            pace,
            danger_entra,
        }
    }

    pub(super) fn state(&self) -> watch::Receiver<SignInState> {
        self.state.subscribe()
    }

    pub(super) fn settings(&self) -> Option<SignInSettings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn pace(&self) -> &Pace {
        &self.pace
    }

    pub(super) fn provider(&self, settings: SignInSettings) -> Result<Provider, SignInProblem> {
        let entra = self.danger_entra.as_deref();
        let is_here = |entra: &str| url::Url::parse(entra).is_ok_and(|url| super::http::is_here(&url));
        if !entra.is_none_or(is_here) {
            return Err(Why::ConfigInvalid.with("Entra elsewhere is for tests on this computer"));
        }
        Provider::new(settings, entra, self.clock.clone())
    }

    /// Waits for the sign-in underway.
    pub(super) async fn finished(&self) -> Ended {
        self.endings.finished(&self.state).await
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    fn tell(&self, kind: FactKind, subject: Option<&Subject>, code: Option<&'static str>) {
        tracing::info!(fact = kind.id(), code, "sign-in");
        (self.observe)(SignInFact { at: self.now(), kind, subject: subject.cloned(), code });
    }
}

/// The session, and all that goes on around it.
pub(super) struct Session {
    shared: Arc<Shared>,
    orders: mpsc::Receiver<Order>,
    provider: Option<Arc<Provider>>,
    held: Option<Held>,
    /// Why nobody is signed in.
    why: Option<SignInProblem>,
    flow: Option<Flow>,
    renewal: Option<Pin<Box<dyn Future<Output = Renewal> + Send>>>,
    waiting: VecDeque<(Resource, Reply<Result<AccessToken, TokenProblem>>)>,
    keeper: Keeper,
    /// Revocations and pages being opened: nobody waits for them but the end.
    errands: JoinSet<()>,
    /// Told when a session of before has been looked at by the issuer, or could not be.
    proven: Option<Reply<()>>,
}

/// What came of a renewal, and what it was for.
struct Renewal {
    resource: Option<Resource>,
    outcome: Result<Fresh, Unrenewed>,
}

/// An interactive sign-in underway.
struct Flow {
    work: Pin<Box<dyn Future<Output = Result<Fresh, SignInProblem>> + Send>>,
    opened: Option<oneshot::Receiver<Opened>>,
    /// What is to be shown, as soon as it is known.
    shown: Option<Opened>,
    way: Way,
    reply: Option<Reply<Result<(), SignInProblem>>>,
}

/// The page is known.
#[derive(Clone)]
struct Opened {
    link: String,
    code: Option<DeviceCode>,
}

/// What happened next.
enum Happened {
    Ordered(Option<Order>),
    Opened(Option<Opened>),
    Ended(Result<Fresh, SignInProblem>),
    Renewed(Renewal),
    Looked,
}

impl Session {
    /// Reads what the keychain has.
    pub(super) async fn open(
        shared: Arc<Shared>,
        orders: mpsc::Receiver<Order>,
    ) -> (Session, Option<oneshot::Receiver<()>>) {
        let keeper = Keeper::start(shared.clone());
        let mut session = Session {
            shared: shared.clone(),
            orders,
            provider: None,
            held: None,
            why: None,
            flow: None,
            renewal: None,
            waiting: VecDeque::new(),
            keeper,
            errands: JoinSet::new(),
            proven: None,
        };
        if let Some(settings) = shared.settings() {
            match shared.provider(settings.clone()) {
                Ok(provider) => {
                    session.provider = Some(Arc::new(provider));
                    session.restore(&settings).await;
                }
                Err(problem) => session.why = Some(problem),
            }
        }
        let proven = session.held.as_ref().filter(|held| held.is_dormant).map(|_| {
            let (tell, proven) = oneshot::channel();
            session.proven = Some(tell);
            proven
        });
        session.publish();
        (session, proven)
    }

    async fn restore(&mut self, settings: &SignInSettings) {
        let (secrets, name) = (self.shared.secrets.clone(), self.shared.secret_name.clone());
        let read = tokio::task::spawn_blocking(move || kept::get(&*secrets, &name)).await;
        match read {
            Ok(Ok(Some(bytes))) => {
                self.held = Held::restored(&bytes, settings, self.shared.now(), &self.shared.pace);
                if self.held.as_ref().is_some_and(|held| held.is_dormant) {
                    self.why = Some(Why::OfflineTooLong.into());
                }
            }
            Ok(Ok(None)) => {}
            Ok(Err(error)) => self.keychain_failed(&error),
            Err(_) => self.keychain_failed(&SecretError::Unavailable("it failed inside".to_owned())),
        }
    }

    fn keychain_failed(&mut self, error: &SecretError) {
        tracing::warn!(%error, "the sign-in of before cannot be read");
        self.shared.tell(FactKind::CredentialFailed, None, Some(Why::Keychain.code()));
        self.why = Some(Why::Keychain.with(error));
    }

    /// Runs until it is stopped, or nobody is left who could ask for anything.
    pub(super) async fn run(mut self) {
        let mut looks = tokio::time::interval(self.shared.pace.tick);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let happened = tokio::select! {
                order = self.orders.recv() => Happened::Ordered(order),
                happened = Flow::next(&mut self.flow) => happened,
                renewal = next(&mut self.renewal) => Happened::Renewed(renewal),
                Some(_) = self.errands.join_next() => continue,
                _ = looks.tick() => Happened::Looked,
            };
            match happened {
                Happened::Ordered(None | Some(Order::Stop)) => break,
                Happened::Ordered(Some(order)) => self.ordered(order),
                Happened::Opened(opened) => self.opened(opened),
                Happened::Ended(outcome) => self.flow_ended(outcome),
                Happened::Renewed(renewal) => {
                    self.renewal = None;
                    self.renewed(renewal);
                }
                Happened::Looked => self.look(),
            }
            self.next_renewal();
        }
        // A sign-in underway ends with the program; what was to be kept is kept.
        self.flow = None;
        let Session { keeper, mut errands, .. } = self;
        keeper.finish().await;
        let patience = std::time::Duration::from_secs(2);
        let _ = tokio::time::timeout(patience, async { while errands.join_next().await.is_some() {} }).await;
    }

    fn ordered(&mut self, order: Order) {
        // Whoever has gone does not want the answer.
        match order {
            Order::Use { provider, reply } => {
                self.use_provider(provider);
                let _ = reply.send(Ok(()));
            }
            Order::Begin { wants, reply } => self.begin(wants, reply),
            Order::Cancel { reply } => {
                self.give_up();
                let _ = reply.send(());
            }
            Order::SignOut { reply } => self.sign_out(reply),
            Order::End { why, reply } => {
                self.give_up();
                let forgotten = self.keeper.forget();
                if let Some(held) = self.held.take() {
                    self.shared.tell(FactKind::Ended, Some(&held.who.subject), Some(why.code));
                    self.revoke(&held);
                    self.signed_out(Some(why));
                }
                self.errands.spawn(async move {
                    let _ = forgotten.await;
                    let _ = reply.send(());
                });
            }
            Order::Token { resource, reply } => self.waiting.push_back((resource, reply)),
            Order::Stop => {}
        }
    }

    fn use_provider(&mut self, provider: Option<Arc<Provider>>) {
        let settings = provider.as_ref().map(|provider| provider.settings().clone());
        let before = std::mem::replace(
            &mut *self.shared.settings.lock().unwrap_or_else(PoisonError::into_inner),
            settings.clone(),
        );
        let same_issuer = match (&before, &settings) {
            (Some(before), Some(now)) => {
                (&before.issuer, &before.client_id, &before.tenants)
                    == (&now.issuer, &now.client_id, &now.tenants)
            }
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if same_issuer {
            self.provider = provider;
            return self.publish();
        }
        self.give_up();
        if let Some(held) = self.held.take() {
            self.shared.tell(FactKind::SignedOut, Some(&held.who.subject), None);
            self.revoke(&held);
        }
        // Dropped unheard: that the keychain failed is told as a fact.
        drop(self.keeper.forget());
        self.provider = provider;
        self.signed_out(None);
    }

    /// Nobody is signed in any more.
    fn signed_out(&mut self, why: Option<SignInProblem>) {
        self.held = None;
        self.renewal = None;
        self.why = why;
        for (_, reply) in self.waiting.drain(..) {
            let _ = reply.send(Err(TokenProblem::SignedOut));
        }
        if let Some(proven) = self.proven.take() {
            let _ = proven.send(());
        }
        self.shared.endings.forget();
        self.publish();
    }

    fn sign_out(&mut self, reply: Reply<Result<(), SignInProblem>>) {
        self.give_up();
        let held = self.held.take();
        let forgotten = self.keeper.forget();
        self.signed_out(None);
        let Some(held) = held else {
            self.errands.spawn(async move {
                let _ = reply.send(keychain_outcome(forgotten.await));
            });
            return;
        };
        self.shared.tell(FactKind::SignedOut, Some(&held.who.subject), None);
        let (provider, browser) = (self.provider.clone(), self.shared.browser.clone());
        self.errands.spawn(async move {
            let forgotten = forgotten.await;
            if let Some(provider) = provider {
                revoke(&provider, &held).await;
                if let Some(page) = provider.end_session() {
                    open(browser, page).await;
                }
            }
            let _ = reply.send(keychain_outcome(forgotten));
        });
    }

    fn revoke(&mut self, held: &Held) {
        let Some((provider, refresh)) = self.provider.clone().zip(held.refresh()) else { return };
        self.errands.spawn(async move { revoke_token(&provider, &refresh).await });
    }

    /// Gives up the sign-in underway.
    fn give_up(&mut self) {
        if self.flow.is_some() {
            self.flow_ended(Err(Why::Cancelled.into()));
        }
    }

    fn begin(&mut self, wants: Wants, reply: Reply<Result<(), SignInProblem>>) {
        self.give_up();
        let Some(provider) = self.provider.clone() else {
            let why = self.why.clone().unwrap_or_else(|| Why::NotSetUp.into());
            let _ = reply.send(Err(why));
            return;
        };
        self.shared.tell(FactKind::Begun, self.active().map(|who| &who.subject), None);
        let known_as = self.active().map(|who| who.username.clone());
        let (tell, opened) = oneshot::channel();
        let (way, limit, shared) = (wants.way, self.shared.pace.sign_in, self.shared.clone());
        let work: Pin<Box<dyn Future<Output = _> + Send>> = match way {
            Way::Browser => {
                Box::pin(within(
                    limit,
                    async move { by_browser(&provider, wants, known_as, tell, &shared).await },
                ))
            }
            Way::Device => Box::pin(within(limit, async move { by_device(&provider, wants, tell).await })),
        };
        self.flow = Some(Flow { work, opened: Some(opened), shown: None, way, reply: Some(reply) });
    }

    /// Whoever is signed in and may go on.
    fn active(&self) -> Option<&Arc<SignedIn>> {
        self.held.as_ref().filter(|held| !held.is_dormant).map(|held| &held.who)
    }

    fn opened(&mut self, opened: Option<Opened>) {
        let (Some(flow), Some(opened)) = (self.flow.as_mut(), opened) else { return };
        flow.shown = Some(opened.clone());
        let reply = flow.reply.take();
        let (browser, way) = (self.shared.browser.clone(), flow.way);
        // Whoever is told that it has begun finds it under way.
        self.shared.endings.forget();
        self.publish();
        match way {
            Way::Browser => {
                self.errands.spawn(async move {
                    open(browser, opened.link).await;
                    reply.map(|reply| reply.send(Ok(())));
                });
            }
            // The page is for another device.
            Way::Device => {
                reply.map(|reply| reply.send(Ok(())));
            }
        }
    }

    fn flow_ended(&mut self, outcome: Result<Fresh, SignInProblem>) {
        let reply = self.flow.take().and_then(|flow| flow.reply);
        let ended = outcome.and_then(|fresh| self.accept(fresh));
        match &ended {
            Ok(who) => self.shared.tell(FactKind::Succeeded, Some(&who.subject), None),
            Err(problem) => {
                let subject = self.active().map(|who| who.subject.clone());
                self.shared.tell(FactKind::Refused, subject.as_ref(), Some(problem.code));
                if self.held.is_none() {
                    self.why = Some(problem.clone());
                }
            }
        }
        if let Some(reply) = reply {
            let _ = reply.send(ended.clone().map(|_| ()));
        }
        self.shared.endings.tell(ended);
        self.publish();
    }

    /// Takes new tokens for the session.
    fn accept(&mut self, mut fresh: Fresh) -> Ended {
        let who = Arc::new(fresh.who.take().ok_or_else(|| SignInProblem::from(Why::TokenInvalid))?);
        let now = self.shared.now();
        let resource = self.provider.as_ref().and_then(|provider| {
            let scopes = &provider.settings().scopes;
            (!scopes.is_empty()).then(|| Resource::of(scopes.iter().cloned()))
        });
        let new = Held::new(who.clone(), fresh, resource.as_ref(), now, &self.shared.pace);
        if self.active().is_some_and(|before| before.subject != who.subject) {
            self.revoke(&new);
            return Err(Why::WrongPerson.into());
        }
        // What was asked with the old tokens is asked again with the new ones.
        self.renewal = None;
        self.held = Some(new);
        self.why = None;
        self.keep(true);
        Ok(who)
    }

    fn keep(&mut self, is_new: bool) {
        let (Some(held), Some(settings)) = (&self.held, self.shared.settings()) else { return };
        match held.stored(&settings) {
            Some(bytes) => self.keeper.put(bytes, is_new, held.who.subject.clone()),
            // Nothing that would last: nothing older shall last either.
            None => drop(self.keeper.forget()),
        }
    }

    /// Answers who waits for tokens, and asks for the next one.
    fn next_renewal(&mut self) {
        while self.renewal.is_none()
            && let Some((resource, reply)) = self.waiting.pop_front()
        {
            if reply.is_closed() {
                continue;
            }
            let now = self.shared.now();
            let answer = match &self.held {
                None => Err(TokenProblem::SignedOut),
                Some(held) if held.is_dormant => Err(offline(held, now)),
                Some(held) => match held.ready(&resource, now) {
                    Some(token) => Ok(token),
                    None if held.refresh().is_none() => {
                        held.lasting(&resource, now).ok_or(TokenProblem::StepUp { claims: None })
                    }
                    None if held.is_waiting(now) => {
                        held.lasting(&resource, now).ok_or_else(|| offline(held, now))
                    }
                    None => {
                        self.waiting.push_front((resource.clone(), reply));
                        self.renew(Some(resource));
                        return;
                    }
                },
            };
            let _ = reply.send(answer);
        }
    }

    fn renew(&mut self, resource: Option<Resource>) {
        let (Some(held), Some(provider)) = (&self.held, self.provider.clone()) else { return };
        let Some(refresh) = held.refresh() else { return };
        let who = held.who.clone();
        self.renewal = Some(Box::pin(async move {
            let outcome = provider.renew(&refresh, resource.as_ref(), &who).await;
            Renewal { resource, outcome }
        }));
    }

    fn renewed(&mut self, Renewal { resource, outcome }: Renewal) {
        let now = self.shared.now();
        let pace = self.shared.pace;
        let Some(held) = &mut self.held else { return };
        let subject = held.who.subject.clone();
        match outcome {
            Ok(fresh) => {
                held.renewed(fresh, resource.as_ref(), now, &pace);
                self.why = None;
                self.shared.tell(FactKind::TokenRefreshed, Some(&subject), None);
                self.keep(false);
            }
            Err(Unrenewed::Unreachable(words)) => {
                if held.unreached(now, &pace, jitter()) {
                    tracing::warn!(words, "the issuer does not answer");
                    let code = Why::IssuerUnreachable.code();
                    self.shared.tell(FactKind::TokenRefused, Some(&subject), Some(code));
                }
            }
            Err(Unrenewed::Interaction(claims)) => match resource {
                Some(resource) => {
                    held.reached(now);
                    let code = Why::InteractionRequired.code();
                    self.shared.tell(FactKind::TokenRefused, Some(&subject), Some(code));
                    self.answer(&resource, &TokenProblem::StepUp { claims });
                }
                None => self.over(Why::InteractionRequired.into()),
            },
            Err(Unrenewed::Refused(problem)) => match resource {
                Some(resource) => {
                    held.reached(now);
                    self.shared.tell(FactKind::TokenRefused, Some(&subject), Some(problem.code));
                    self.answer(&resource, &TokenProblem::Problem(problem));
                }
                None => self.over(problem),
            },
            Err(Unrenewed::Over(problem)) => self.over(problem),
        }
        if let Some(proven) = self.proven.take() {
            let _ = proven.send(());
        }
        self.publish();
    }

    /// Tells all who wait for this token that it does not come.
    fn answer(&mut self, resource: &Resource, problem: &TokenProblem) {
        let (for_it, others) = self.waiting.drain(..).partition(|(wanted, _)| wanted == resource);
        self.waiting = others;
        let for_it: VecDeque<_> = for_it;
        for (_, reply) in for_it {
            let _ = reply.send(Err(problem.clone()));
        }
    }

    /// The session is over, and the issuer says why.
    fn over(&mut self, problem: SignInProblem) {
        if let Some(held) = self.held.take() {
            self.shared.tell(FactKind::TokenRefused, Some(&held.who.subject), Some(problem.code));
        }
        drop(self.keeper.forget());
        self.signed_out(Some(problem));
    }

    /// Looks at what is due.
    fn look(&mut self) {
        let Some(held) = &mut self.held else { return };
        match held.due(self.shared.now(), &self.shared.pace) {
            Due::Nothing => {}
            Due::Contact if self.renewal.is_none() => self.renew(None),
            Due::Contact => {}
            Due::Expired => self.over(Why::SessionExpired.into()),
            Due::OfflineTooLong => self.sleep(Why::OfflineTooLong),
            Due::ClockWrong => self.sleep(Why::ClockWrong),
        }
    }

    /// She may do nothing until the issuer answers.
    fn sleep(&mut self, why: Why) {
        let Some(held) = &mut self.held else { return };
        held.is_dormant = true;
        self.shared.tell(FactKind::TokenRefused, Some(&held.who.subject), Some(why.code()));
        self.why = Some(why.into());
        self.shared.endings.forget();
        self.publish();
    }

    /// Shows the state as it is.
    fn publish(&self) {
        let shown = self.flow.as_ref().and_then(|flow| flow.shown.clone());
        let state = match (&self.held, shown) {
            _ if self.provider.is_none() && self.why.is_none() => SignInState::NotSetUp,
            (_, Some(Opened { link, code })) => {
                SignInState::Underway { link, code, who: self.active().cloned() }
            }
            (Some(held), None) if !held.is_dormant => {
                SignInState::SignedIn { who: held.who.clone(), offline_since: held.offline_since() }
            }
            (Some(_) | None, None) => SignInState::SignedOut { why: self.why.clone() },
        };
        self.shared.state.send_if_modified(|before| {
            let is_new = *before != state;
            if is_new {
                *before = state;
            }
            is_new
        });
    }
}

impl Flow {
    /// What happens next in the sign-in underway; nothing ever where there is none.
    async fn next(flow: &mut Option<Flow>) -> Happened {
        let Some(flow) = flow else { return std::future::pending().await };
        let opened = async {
            match &mut flow.opened {
                Some(opened) => opened.await.ok(),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            opened = opened => {
                flow.opened = None;
                Happened::Opened(opened)
            }
            outcome = &mut flow.work => Happened::Ended(outcome),
        }
    }
}

/// Waits for what may be there.
async fn next<F: Future + Unpin>(work: &mut Option<F>) -> F::Output {
    match work {
        Some(work) => work.await,
        None => std::future::pending().await,
    }
}

fn offline(held: &Held, now: Timestamp) -> TokenProblem {
    TokenProblem::Offline { since: held.offline_since().unwrap_or(now) }
}

/// Any number: it only keeps consoles out of step.
fn jitter() -> u32 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    now.subsec_nanos()
}

fn keychain_outcome(
    forgotten: Result<Result<(), SecretError>, oneshot::error::RecvError>,
) -> Result<(), SignInProblem> {
    match forgotten {
        Ok(outcome) => outcome.map_err(|error| Why::Keychain.with(error)),
        Err(_) => Err(Why::Keychain.into()),
    }
}

/// In the system's browser, to a port of this computer.
async fn by_browser(
    provider: &Provider,
    wants: Wants,
    known_as: Option<String>,
    opened: Reply<Opened>,
    shared: &Arc<Shared>,
) -> Result<Fresh, SignInProblem> {
    let metadata = provider.metadata().await?;
    let loopback = Loopback::open().await?;
    let asked = provider.ask(&metadata, loopback.redirect(), &wants, known_as.as_deref())?;
    // Nobody may want to know any more.
    let _ = opened.send(Opened { link: asked.link.clone(), code: None });
    let strange = || shared.tell(FactKind::StrangeAnswer, None, Some(Why::StateMismatch.code()));
    let answer = loopback.answer(&asked.state, strange).await;
    if !provider.may_answer_as(&metadata, answer.issuer.as_deref()) {
        return Err(Why::WrongIssuer.with("the browser brought the answer of another issuer"));
    }
    match answer.code {
        Ok(code) => provider.exchange(asked, code).await,
        Err(denied) => Err(denial(&denied)),
    }
}

fn denial(Denied { error, description }: &Denied) -> SignInProblem {
    let code = code_of(error, description.as_deref());
    match error.as_str() {
        "temporarily_unavailable" | "server_error" => Why::IssuerUnreachable.with(code),
        "unmet_authentication_requirements" => Why::StepUpMissing.with(code),
        _ => Why::Refused.with(code),
    }
}

/// On another device.
async fn by_device(provider: &Provider, wants: Wants, opened: Reply<Opened>) -> Result<Fresh, SignInProblem> {
    let asked = provider.ask_for_device(&wants).await?;
    let _ = opened.send(Opened { link: asked.link.clone(), code: Some(asked.code.clone()) });
    provider.device_answer(asked).await
}

/// Opens a page. Where none comes up, the state has the link.
async fn open(browser: Arc<dyn OpenBrowser>, link: String) {
    match tokio::task::spawn_blocking(move || browser.open(&link)).await {
        Ok(Ok(())) => {}
        Ok(Err(words)) => tracing::warn!(words, "no browser opened"),
        Err(_) => tracing::warn!("no browser opened"),
    }
}

async fn revoke(provider: &Provider, held: &Held) {
    if let Some(refresh) = held.refresh() {
        revoke_token(provider, &refresh).await;
    }
}

async fn revoke_token(provider: &Provider, refresh: &str) {
    if let Err(error) = provider.revoke(refresh).await {
        tracing::warn!(%error, "the issuer was not told that a token is not used any more");
    }
}

/// Writes to the keychain, one thing after the other, beside everything else: a keychain may ask its user for a password.
struct Keeper {
    work: mpsc::UnboundedSender<Keep>,
    task: JoinHandle<()>,
}

enum Keep {
    Put { bytes: Zeroizing<Vec<u8>>, is_new: bool, subject: Subject },
    Forget { reply: Reply<Result<(), SecretError>> },
}

impl Keeper {
    fn start(shared: Arc<Shared>) -> Keeper {
        let (work, mut taken) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            while let Some(keep) = taken.recv().await {
                // Of several that wait, only the last counts: an older session need not be written first.
                if matches!(keep, Keep::Put { is_new: false, .. }) && !taken.is_empty() {
                    continue;
                }
                do_keep(&shared, keep).await;
            }
        });
        Keeper { work, task }
    }

    fn put(&self, bytes: Zeroizing<Vec<u8>>, is_new: bool, subject: Subject) {
        // Its task ends after this one.
        let _ = self.work.send(Keep::Put { bytes, is_new, subject });
    }

    fn forget(&self) -> oneshot::Receiver<Result<(), SecretError>> {
        let (reply, forgotten) = oneshot::channel();
        let _ = self.work.send(Keep::Forget { reply });
        forgotten
    }

    /// Waits until all is written.
    async fn finish(self) {
        drop(self.work);
        let _ = self.task.await;
    }
}

async fn do_keep(shared: &Arc<Shared>, keep: Keep) {
    let (secrets, name) = (shared.secrets.clone(), shared.secret_name.clone());
    let failed = |subject: Option<&Subject>, error: &SecretError| {
        tracing::warn!(%error, "the keychain did not do it");
        shared.tell(FactKind::CredentialFailed, subject, Some(Why::Keychain.code()));
    };
    match keep {
        Keep::Put { bytes, is_new, subject } => {
            let whole = Secret::new(bytes.to_vec());
            let put = move || kept::put(&*secrets, &name, whole.danger_expose());
            match blocking(put).await {
                Ok(()) if is_new => shared.tell(FactKind::CredentialStored, Some(&subject), None),
                Ok(()) => {}
                Err(error) => failed(Some(&subject), &error),
            }
        }
        Keep::Forget { reply } => {
            let forget = move || {
                let was_there = secrets.get(&name)?.is_some();
                kept::forget(&*secrets, &name).map(|()| was_there)
            };
            let forgotten = blocking(forget).await;
            match &forgotten {
                Ok(true) => shared.tell(FactKind::CredentialRemoved, None, None),
                Ok(false) => {}
                Err(error) => failed(None, error),
            }
            let _ = reply.send(forgotten.map(|_| ()));
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SecretError> + Send + 'static,
) -> Result<T, SecretError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(SecretError::Unavailable("it failed inside".to_owned())))
}
