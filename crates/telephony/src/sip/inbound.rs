//! What comes in from outside: finds the dialog a request belongs to, makes a line of a new INVITE, refuses politely what
//! we do not do. Nothing that comes in here may end the loop.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use contracts::telephony::Report;
use engine::{CallId, Leg};
use rsipstack::dialog::DialogId;
use rsipstack::dialog::dialog::Dialog;
use rsipstack::sip::{Header, HeadersExt, Method, Request, StatusCode};
use rsipstack::transaction::TransactionReceiver;
use rsipstack::transaction::key::TransactionRole;
use rsipstack::transaction::transaction::Transaction;
use tokio::time::{Instant, sleep, timeout};

use super::line::{Line, Phase};
use super::message::{Message, Pressed};
use super::shared::{Ask, Face, LineHandle, Shared};
use super::timer::{self, SessionTimer, Side};
use super::voice::Voice;
use super::{LEGS_MAX, keep, presence, wire};
use crate::media::Direction;

/// How long a request that overtook an ACK waits for it; less than the far end waits for our answer.
const CONFIRM_MAX: Duration = Duration::from_secs(4);
/// Requests of one dialog that may wait for its ACK; nobody sends as many in a round trip, but a flood would.
const WAITING_MAX: usize = 64;
/// How long a refused INVITE waits for its ACK.
const ACK_MAX: Duration = Duration::from_secs(32);

/// Serves requests until the stack is closed.
pub(super) async fn serve(shared: Arc<Shared>, mut incoming: TransactionReceiver) {
    let waiting = Waiting::default();
    while let Some(transaction) = incoming.recv().await {
        let within_dialog =
            transaction.original.to_header().ok().and_then(|to| to.tag().ok().flatten()).is_some();
        match (within_dialog, &transaction.original.method) {
            (true, _) => in_dialog(&shared, &waiting, transaction).await,
            (false, Method::Invite) => {
                let arriving = arrive(shared.clone(), transaction);
                shared.work(arriving);
            }
            (false, Method::Ack | Method::Cancel) => {}
            (false, Method::Options) => reply(&shared, transaction, StatusCode::OK, abilities()),
            (false, Method::Notify) => {
                let status = match presence::is_about_presence(&transaction.original) {
                    true => StatusCode::CallTransactionDoesNotExist,
                    false => StatusCode::BadEvent,
                };
                reply(&shared, transaction, status, Vec::new());
            }
            (false, _) => reply(&shared, transaction, StatusCode::MethodNotAllowed, abilities()),
        }
    }
}

async fn in_dialog(shared: &Arc<Shared>, waiting: &Waiting, transaction: Transaction) {
    let method = &transaction.original.method;
    if *method == Method::Notify
        && let Some(status) = shared.presence.take(&transaction.original)
    {
        return reply(shared, transaction, status, Vec::new());
    }
    let Some(dialog) = shared.dialog_of(&transaction) else {
        if *method != Method::Ack {
            reply(shared, transaction, StatusCode::CallTransactionDoesNotExist, Vec::new());
        }
        return;
    };
    let waits = if dialog.state().waiting_ack() {
        must_wait(method)
    } else {
        // Those before it may not have begun yet, although the ACK is there.
        waiting.holds(&dialog.id()) && !matches!(method, Method::Ack | Method::Cancel)
    };
    if !waits {
        return shared.serve(dialog, transaction).await;
    }
    match waiting.join(dialog.id(), transaction) {
        Joined::First => {
            shared.work(serve_waiting(shared.clone(), waiting.clone(), dialog));
        }
        Joined::Behind => {}
        Joined::Full(transaction) => reply(shared, *transaction, StatusCode::RequestPending, Vec::new()),
    }
}

/// The stack drops these without an answer while it still waits for the ACK, which may come in the same packet.
fn must_wait(method: &Method) -> bool {
    !matches!(method, Method::Ack | Method::Bye | Method::Cancel | Method::PRack)
}

/// Requests that wait for the ACK of their dialog, in the order in which they came.
#[derive(Clone, Default)]
struct Waiting(Arc<Mutex<HashMap<DialogId, VecDeque<Transaction>>>>);

/// How a request came to wait.
enum Joined {
    /// Nobody waited before it: somebody must begin to serve them.
    First,
    /// Others wait before it.
    Behind,
    /// Too many wait.
    Full(Box<Transaction>),
}

impl Waiting {
    fn holds(&self, dialog: &DialogId) -> bool {
        self.all().contains_key(dialog)
    }

    fn join(&self, dialog: DialogId, transaction: Transaction) -> Joined {
        let mut all = self.all();
        let is_first = !all.contains_key(&dialog);
        let queue = all.entry(dialog).or_default();
        if queue.len() >= WAITING_MAX {
            return Joined::Full(Box::new(transaction));
        }
        queue.push_back(transaction);
        if is_first { Joined::First } else { Joined::Behind }
    }

    /// The next one; when there is none, the dialog is forgotten in the same moment.
    fn next(&self, dialog: &DialogId) -> Option<Transaction> {
        let mut all = self.all();
        let next = all.get_mut(dialog).and_then(VecDeque::pop_front);
        if next.is_none() {
            all.remove(dialog);
        }
        next
    }

    fn all(&self) -> MutexGuard<'_, HashMap<DialogId, VecDeque<Transaction>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves the requests that wait as soon as the ACK is there. One that the end of the call has overtaken is told so: the stack
/// would drop it without an answer.
async fn serve_waiting(shared: Arc<Shared>, waiting: Waiting, dialog: Dialog) {
    let limit = Instant::now() + CONFIRM_MAX;
    while dialog.state().waiting_ack() && Instant::now() < limit {
        sleep(Duration::from_millis(5)).await;
    }
    while let Some(transaction) = waiting.next(&dialog.id()) {
        let state = dialog.state();
        if state.waiting_ack() {
            reply(&shared, transaction, StatusCode::RequestPending, Vec::new());
        } else if state.is_terminated() {
            reply(&shared, transaction, StatusCode::CallTransactionDoesNotExist, Vec::new());
        } else {
            shared.serve(dialog.clone(), transaction).await;
        }
    }
}

/// Answers and, where it is an INVITE, waits for the ACK.
fn reply(shared: &Shared, mut transaction: Transaction, status: StatusCode, headers: Vec<Header>) {
    shared.work(async move {
        if let Err(error) = transaction.reply_with(status, headers, None).await {
            tracing::debug!(%error, "a request could not be answered");
            return;
        }
        if transaction.original.method == Method::Invite {
            timeout(ACK_MAX, async { while transaction.receive().await.is_some() {} }).await.ok();
        }
    });
}

fn abilities() -> Vec<Header> {
    vec![
        Header::Allow(wire::ALLOW.into()),
        Header::Supported(wire::SUPPORTED.into()),
        Header::Accept("application/sdp".into()),
    ]
}

/// Why an INVITE becomes no line.
struct Refusal(StatusCode, Vec<Header>);

/// A new INVITE.
async fn arrive(shared: Arc<Shared>, transaction: Transaction) {
    match wire::replaces_in(&transaction.original) {
        Ok(None) => {}
        Ok(Some(replaces)) => return replace(&shared, transaction, &replaces).await,
        Err(wire::MalformedReplaces) => {
            return reply(&shared, transaction, StatusCode::BadRequest, Vec::new());
        }
    }
    match line_of(&shared, &transaction) {
        Ok(arrival) => begin(&shared, transaction, arrival).await,
        Err(Refusal(status, headers)) => reply(&shared, transaction, status, headers),
    }
}

/// An INVITE that takes over one of our dialogs: somebody was transferred to us.
async fn replace(shared: &Shared, transaction: Transaction, replaces: &wire::Replaces) {
    let fits =
        |face: &Face| face.dialog.as_ref().is_some_and(|ours| wire::same_dialog(ours, &replaces.dialog));
    let Some(line) = shared.line_where(fits) else {
        return reply(shared, transaction, StatusCode::CallTransactionDoesNotExist, Vec::new());
    };
    let answered = line.face().answered;
    match (answered, replaces.early_only) {
        (true, true) => reply(shared, transaction, StatusCode::BusyHere, Vec::new()),
        (false, _) => reply(shared, transaction, StatusCode::CallTransactionDoesNotExist, Vec::new()),
        (true, false) => {
            if let Err(ended) = line.asks.send(Ask::Replace(Box::new(transaction))).await
                && let Ask::Replace(transaction) = ended.0
            {
                reply(shared, *transaction, StatusCode::CallTransactionDoesNotExist, Vec::new());
            }
        }
    }
}

/// All that an INVITE brings.
struct Arrival {
    leg: Leg,
    /// Rang before we crashed: nobody is told again.
    again: bool,
    caller: wire::Caller,
    to: contracts::Address,
    offer: Option<String>,
    voice: Voice,
}

fn line_of(shared: &Shared, transaction: &Transaction) -> Result<Arrival, Refusal> {
    let invite = &transaction.original;
    let plain = |status| Refusal(status, Vec::new());
    if shared.known().lines.len() >= LEGS_MAX as usize {
        return Err(plain(StatusCode::BusyHere));
    }
    if let Some(unknown) = demanded_in_vain(invite) {
        return Err(Refusal(StatusCode::BadExtension, vec![Header::Unsupported(unknown.into())]));
    }
    let least_s = shared.options.session_min_s;
    if timer::too_short(invite, least_s) {
        return Err(Refusal(
            StatusCode::SessionIntervalTooSmall,
            vec![Header::MinSE(least_s.to_string().into())],
        ));
    }
    if is_merged(shared, invite) {
        return Err(plain(StatusCode::LoopDetected));
    }
    let caller = wire::caller_of(invite, &shared.account).ok_or_else(|| plain(StatusCode::BadRequest))?;
    let to = wire::dialled(invite, &shared.account).ok_or_else(|| plain(StatusCode::BadRequest))?;
    let offer = match wire::session_description(invite, &invite.body) {
        Ok(offer) => offer,
        Err(wire::NoSdp) => return Err(Refusal(StatusCode::UnsupportedMediaType, abilities())),
    };
    let voice =
        Voice::open(&shared.stage, shared.stack.local.ip()).map_err(|_| plain(StatusCode::BusyHere))?;
    // Agreed on, but nothing is sent before the answer: early sound would stop the ringing in the caller's ear.
    if let Some(offer) = &offer
        && let Err(error) = voice.answer(offer, Direction::Inactive)
    {
        tracing::info!(%error, "an INVITE we have no sound for");
        voice.close();
        return Err(plain(StatusCode::NotAcceptableHere));
    }
    let call_id = invite.call_id_header().map(|id| id.value().to_owned()).unwrap_or_default();
    let replayed = shared.known().replayed.get(&call_id).copied();
    let leg = replayed.unwrap_or_else(|| Leg::Caller(shared.sources.new_call()));
    Ok(Arrival { leg, again: replayed.is_some(), caller, to, offer, voice })
}

/// The same INVITE reached us another way already (RFC 3261 §8.2.2.2): a fork to an old registration of ours.
fn is_merged(shared: &Shared, invite: &Request) -> bool {
    let Ok(id) = DialogId::try_from((invite, TransactionRole::Server)) else { return false };
    let same = |ours: &DialogId| ours.call_id == id.call_id && ours.remote_tag == id.remote_tag;
    shared.line_where(|face| face.dialog.as_ref().is_some_and(same)).is_some()
}

/// An extension the INVITE requires and we do not speak.
fn demanded_in_vain(invite: &Request) -> Option<String> {
    let demanded = invite.headers.iter().filter_map(|header| match header {
        Header::Require(value) => Some(value.value()),
        _ => None,
    });
    let known = |token: &str| wire::SUPPORTED.split(", ").any(|ours| ours.eq_ignore_ascii_case(token));
    demanded.flat_map(|value| value.split(',')).map(str::trim).find(|token| !known(token)).map(str::to_owned)
}

async fn begin(shared: &Arc<Shared>, transaction: Transaction, arrival: Arrival) {
    let invite = transaction.original.clone();
    let (sender, events) = shared.stack.dialogs.new_dialog_state_channel();
    let (credential, contact) = (shared.account.credential(), shared.stack.contact.clone());
    let made = shared.stack.dialogs.get_or_create_server_invite(
        &transaction,
        sender,
        Some(credential),
        Some(contact),
    );
    let dialog = match made {
        Ok(dialog) => dialog,
        Err(error) => {
            tracing::info!(%error, "an INVITE that makes no dialog");
            arrival.voice.close();
            return reply(shared, transaction, StatusCode::BadRequest, Vec::new());
        }
    };
    let face = Face { dialog: Some(dialog.id()), peer: shared.peer_of(&invite), ..Face::default() };
    let (handle, asked) = LineHandle::new(arrival.leg, arrival.voice.clone(), face);
    let mut session = SessionTimer::default();
    session.agree(&invite, Side::Answering, Instant::now());
    let mut line = Line {
        shared: shared.clone(),
        handle: handle.clone(),
        asked,
        dialog: dialog.clone(),
        events,
        voice: arrival.voice,
        phase: Phase::Arriving { offer: arrival.offer, rung: false },
        said: Direction::SendRecv,
        session,
        transfer: None,
        answer_in_ack: false,
        backlog: VecDeque::new(),
        rings_back: false,
        probed: None,
        message: Message::default(),
        pressed: Pressed::default(),
    };
    line.turn_to(&invite);
    shared.serve(Dialog::Invite(dialog), transaction).await;
    if arrival.again {
        line.ring();
    } else {
        keep::arriving(shared, arrival.leg, &invite).await;
    }
    shared.add_line(handle);
    if let (Leg::Caller(call), false) = (arrival.leg, arrival.again) {
        tell(shared, call, arrival.caller, arrival.to).await;
    }
    shared.tasks.spawn(line.run());
}

async fn tell(shared: &Shared, call: CallId, caller: wire::Caller, to: contracts::Address) {
    let (from, display_name) = (caller.address, caller.display_name);
    shared.report(Report::Arrived { call, from, display_name, to }).await;
}
