//! Who of the telephone system's people is on the telephone (DIR-3): subscribes to those who are looked at (RFC 6665), by the
//! packages `dialog` (RFC 4235) or `presence` (RFC 3856), takes their NOTIFYs in, and keeps the last word of each with its age.
//! Whom and when is decided in `watching`; what is read, in `document`.

mod document;
mod subscription;
mod watching;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contracts::Address;
use contracts::presence::{
    FeedState, LinePresence, Moment, Presence, PresenceFeed, PresenceId, PresenceProblem,
};
use engine::Timestamp;
use rand::Rng;
use rsipstack::sip::{HeadersExt, Request, StatusCode};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use self::subscription::{Subscription, answer_in, event_of};
use self::watching::{SUBSCRIPTIONS_MAX, Step, StepKind, Watching};
use super::SipSources;
use super::account::Account;
use super::shared::Shared;

/// Extensions have so many digits, and do not begin with 0.
const EXTENSION_DIGITS: std::ops::RangeInclusive<usize> = 2..=6;
/// Goodbyes at once when the connection ends.
const GOODBYES_MAX: usize = 20;

/// What is known of the people of one telephone system.
pub(super) struct Board {
    watching: Mutex<Watching>,
    /// By their Call-ID.
    subscriptions: Mutex<HashMap<String, Subscription>>,
    state: watch::Sender<FeedState>,
    wake: Notify,
    began: Instant,
    sources: SipSources,
    /// Hosts whose users are people of this telephone system.
    hosts: [String; 2],
    /// Ourselves: we know what we do.
    me: String,
}

impl Board {
    pub(super) fn new(account: &Account, sources: SipSources, expires_s: u32) -> Board {
        Board {
            watching: Mutex::new(Watching::new(expires_s, || rand::rng().random())),
            subscriptions: Mutex::default(),
            state: watch::Sender::new(FeedState::default()),
            wake: Notify::new(),
            began: Instant::now(),
            sources,
            hosts: [account.domain.host.to_string(), account.host.clone()],
            me: account.user.clone(),
        }
    }

    /// Registered or not: without the link nothing is known any more.
    pub(super) fn link(&self, is_up: bool) {
        if !is_up {
            self.subscriptions().clear();
        }
        self.watching().link(is_up, self.began.elapsed());
        self.tell();
    }

    /// It did not answer for a moment.
    pub(super) fn doubt(&self) {
        self.watching().doubt(self.began.elapsed());
        self.wake.notify_one();
    }

    /// Takes a NOTIFY in. How it is answered; `None` where it is not of one of our subscriptions.
    pub(super) fn take(&self, notify: &Request) -> Option<StatusCode> {
        let call_id = notify.call_id_header().ok()?.value().to_owned();
        let taken = {
            let mut subscriptions = self.subscriptions();
            let subscription = subscriptions.get_mut(&call_id)?;
            let taken = subscription.take(notify);
            taken
                .map(|notice| (subscription.id.clone(), subscription.serial, subscription.is_leaving, notice))
        };
        let (id, serial, is_leaving, notice) = match taken {
            Ok(taken) => taken,
            Err(status) => return Some(status),
        };
        let is_known = self.watching().notified(&id, serial, notice, self.now());
        if notice.end.is_some() || !(is_known || is_leaving) {
            self.subscriptions().remove(&call_id);
        }
        self.tell();
        Some(if is_known || is_leaving { StatusCode::OK } else { StatusCode::CallTransactionDoesNotExist })
    }

    /// Something may have changed.
    fn tell(&self) {
        let problem = self.watching().refusal().map(problem);
        self.state.send_modify(|state| {
            state.revision += 1;
            state.problem = problem;
        });
        self.wake.notify_one();
    }

    fn watching(&self) -> MutexGuard<'_, Watching> {
        self.watching.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn subscriptions(&self) -> MutexGuard<'_, HashMap<String, Subscription>> {
        self.subscriptions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PresenceFeed for Board {
    fn show(&self, ids: Vec<PresenceId>) {
        self.watching().show(ids, self.began.elapsed());
        self.wake.notify_one();
    }

    fn state(&self) -> watch::Receiver<FeedState> {
        self.state.subscribe()
    }

    fn of(&self, id: &PresenceId) -> Option<Presence> {
        self.watching().of(id)
    }

    fn now(&self) -> Moment {
        Moment { wall: Timestamp(self.sources.now_ms()), steady: self.began.elapsed() }
    }
}

impl LinePresence for Board {
    fn id_of(&self, address: &Address) -> Option<PresenceId> {
        let user = address.user();
        let is_ours = match address.host() {
            Some(host) => self.hosts.iter().any(|ours| ours.eq_ignore_ascii_case(host)),
            None if user.bytes().all(|c| c.is_ascii_digit()) => {
                EXTENSION_DIGITS.contains(&user.len()) && !user.starts_with('0')
            }
            None => user.starts_with(|c: char| c.is_ascii_alphabetic()),
        };
        (is_ours && !user.is_empty() && user != self.me).then(|| PresenceId(user.to_owned()))
    }
}

/// Sends what is due, for as long as the connector lives.
pub(super) async fn keep(shared: Arc<Shared>) {
    let board = shared.presence.clone();
    loop {
        let (steps, wake_at) = {
            let mut watching = board.watching();
            let steps = watching.due(board.began.elapsed());
            (steps, watching.wake_at(board.began.elapsed()))
        };
        for step in steps {
            let sending = send(shared.clone(), step);
            shared.work(sending);
        }
        tokio::select! {
            () = board.wake.notified() => {}
            () = pause_until(wake_at.map(|at| board.began + at)) => {}
        }
    }
}

async fn pause_until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// Ends all subscriptions, some at a time.
pub(super) async fn end(shared: &Arc<Shared>) {
    let mut steps = shared.presence.watching().end_all().into_iter().peekable();
    while steps.peek().is_some() {
        let mut sending = JoinSet::new();
        for step in steps.by_ref().take(GOODBYES_MAX) {
            sending.spawn(send(shared.clone(), step));
        }
        while sending.join_next().await.is_some() {}
    }
}

/// Sends a SUBSCRIBE and takes its answer in.
async fn send(shared: Arc<Shared>, step: Step) {
    let board = shared.presence.clone();
    let response = match request_of(&shared, &step) {
        Some((call_id, request, to)) => {
            let (response, cseq) = shared.stack.ask_as(&shared.account.credential(), request, to).await;
            if let Some(subscription) = board.subscriptions().get_mut(&call_id) {
                subscription.counted_on_to(cseq);
                if let Some(response) =
                    response.as_ref().filter(|it| (200..300).contains(&it.status_code.code()))
                {
                    subscription.accepted(response);
                }
            }
            response
        }
        None => None,
    };
    let answer = answer_in(response.as_ref());
    tracing::debug!(code = answer.code, kind = ?step.kind, "a SUBSCRIBE was answered");
    board.watching().answered(&step.id, step.turn, answer, board.began.elapsed());
    board.tell();
}

/// The request of a step, with the Call-ID of its subscription. Its own tasks wait for nobody while they hold the book.
fn request_of(shared: &Shared, step: &Step) -> Option<(String, Request, rsipstack::transport::SipAddr)> {
    let mut subscriptions = shared.presence.subscriptions();
    let (call_id, expires_s) = match step.kind {
        StepKind::Begin { package, expires_s } => {
            let uri = shared.account.uri_of(&Address::parse(&step.id.0).ok()?).ok()?;
            let call_id = shared.stack.call_id();
            subscriptions.retain(|_, other| other.id != step.id);
            if subscriptions.len() >= 2 * SUBSCRIPTIONS_MAX {
                subscriptions.retain(|_, other| !other.is_leaving);
            }
            let new = Subscription::new(step.id.clone(), step.turn, package, uri, call_id.clone());
            subscriptions.insert(call_id.clone(), new);
            (call_id, expires_s)
        }
        StepKind::Renew { expires_s } => (call_id_of(&subscriptions, &step.id)?, expires_s),
        StepKind::End => (call_id_of(&subscriptions, &step.id)?, 0),
    };
    let subscription = subscriptions.get_mut(&call_id)?;
    subscription.is_leaving = step.kind == StepKind::End;
    let (request, to) = subscription.subscribe(shared, expires_s)?;
    Some((call_id, request, to))
}

fn call_id_of(subscriptions: &HashMap<String, Subscription>, id: &PresenceId) -> Option<String> {
    subscriptions.iter().find(|(_, it)| it.id == *id && !it.is_leaving).map(|(call_id, _)| call_id.clone())
}

/// Whether a NOTIFY outside of everything is about presence: then it is of a subscription that is over.
pub(super) fn is_about_presence(notify: &Request) -> bool {
    event_of(notify).is_some_and(|event| event == "dialog" || event == "presence")
}

/// Why nobody's presence is told, in words.
fn problem(code: u16) -> PresenceProblem {
    let costs =
        "Contacts that only the telephone system knows show no presence; calls and search go on as before.";
    let message = match code {
        401 | 403 | 407 | 603 => format!(
            "The telephone system does not tell this SIP account who is on the telephone ({code}). {costs} \
             Ask whoever runs it to allow the account to watch extensions (busy lamp field)."
        ),
        _ => format!(
            "The telephone system tells nobody's presence ({code}): it knows neither the event package “dialog” nor \
             “presence”. {costs} Ask whoever runs it whether it can be switched on (busy lamp field)."
        ),
    };
    PresenceProblem { code: "telephony.no-presence", message }
}
