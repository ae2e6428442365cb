//! One line: its dialog with the far end, what was said about hold, its sound. A task of its own takes orders, the
//! dialog's events and the clock one after the other, so that nothing about a line ever happens twice at once.
//! Does not know other lines, except the one it is to be joined with.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use contracts::connectors::SipTransport;
use contracts::telephony::{Report, TelephonyError};
use engine::{Failure, Leg, ReleaseCause, TransferId, Treatment};
use rand::Rng;
use rsipstack::dialog::dialog::{
    Dialog, DialogState, DialogStateReceiver, TerminatedReason, TransactionHandle,
};
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::{Header, HeadersExt, Method, Param, Request, Response, StatusCode, Transport};
use rsipstack::transaction::key::TransactionRole;
use rsipstack::transaction::transaction::Transaction;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};

use super::account::printable;
use super::message::{KeyWay, Message, Pressed};
use super::shared::{Ask, LineHandle, Shared, Task};
use super::timer::{Due, SessionTimer, Side};
use super::voice::Voice;
use super::{keep, wire};
use crate::media::{Direction, MediaEvent};

/// How long an order waits for the far end to have confirmed what it answered last.
const SETTLE_MAX: Duration = Duration::from_secs(5);
/// How often to look whether it has, and the pause where the stack is busy with the dialog.
const SETTLE_STEP: Duration = Duration::from_millis(20);
/// How often a re-INVITE is tried while both sides ask at once (491).
const OFFERS_MAX: u32 = 8;
/// How long a goodbye may take before the order counts as done; it goes on behind.
const GOODBYE_MAX: Duration = Duration::from_secs(2);
/// How long a hand-over may stay without any progress, and with.
const TRANSFER_SILENT_MAX: Duration = Duration::from_secs(32);
const TRANSFER_MAX: Duration = Duration::from_secs(180);

/// Where a line stands.
pub(super) enum Phase {
    /// Rings at our end. `offer`: the caller's; `None` where she wants ours.
    Arriving { offer: Option<String>, rung: bool },
    /// Rings at the far end.
    Dialing { answered_once: bool, rung: bool },
    /// Answered.
    Up,
    /// Over.
    Ended,
}

/// A line and its task.
pub(super) struct Line {
    pub(super) shared: Arc<Shared>,
    pub(super) handle: Arc<LineHandle>,
    pub(super) asked: mpsc::Receiver<Ask>,
    pub(super) dialog: InviteDialog,
    pub(super) events: DialogStateReceiver,
    pub(super) voice: Voice,
    pub(super) phase: Phase,
    /// The direction we asked for last.
    pub(super) said: Direction,
    pub(super) session: SessionTimer,
    pub(super) transfer: Option<Transfer>,
    /// The far end still owes us the answer to our offer, in its ACK.
    pub(super) answer_in_ack: bool,
    /// Events that came while an order was on its way.
    pub(super) backlog: VecDeque<DialogState>,
    /// The attendant hears our ringing tone for this line.
    pub(super) rings_back: bool,
    /// When silence was last looked into.
    pub(super) probed: Option<Instant>,
    /// What is played once and what is recorded.
    pub(super) message: Message,
    /// The last key of the far end.
    pub(super) pressed: Pressed,
}

/// A hand-over on its way.
pub(super) struct Transfer {
    id: TransferId,
    /// The line that is handed over with it.
    target: Option<Arc<LineHandle>>,
    limit: Instant,
    /// Some progress was told.
    told: bool,
}

impl Line {
    /// Lives until the line ends.
    pub(super) async fn run(mut self) {
        while !matches!(self.phase, Phase::Ended) {
            if let Some(event) = self.backlog.pop_front() {
                self.on_event(event).await;
                continue;
            }
            let wake = self.wake_at();
            tokio::select! {
                biased;
                // The connector is gone: the line stays in the book.
                () = self.shared.token.cancelled() => return self.voice.close(),
                event = self.events.recv() => match event {
                    Some(event) => self.on_event(event).await,
                    None => self.lose().await,
                },
                ask = self.asked.recv() => match ask {
                    Some(ask) => self.on_ask(ask).await,
                    None => self.lose().await,
                },
                () = self.message.over() => self.on_message_over().await,
                () = sleep_until(wake) => self.on_wake().await,
            }
        }
        self.stop_ringback();
        self.voice.close();
        self.shared.forget_line(self.handle.leg).await;
    }

    pub(super) fn leg(&self) -> Leg {
        self.handle.leg
    }

    // -- asks ----------------------------------------------------------------------------------------------------

    async fn on_ask(&mut self, ask: Ask) {
        match ask {
            Ask::Do(task, done) => {
                let result = self.perform(task).await;
                done.send(result).ok();
            }
            Ask::Replace(transaction) => self.on_replace(*transaction).await,
            Ask::Heard(MediaEvent::Digit { digit, .. }) => {
                self.on_key(digit, KeyWay::Event).await;
            }
            Ask::Heard(MediaEvent::Silent { ms, .. }) => self.on_silence(Duration::from_millis(ms)).await,
            Ask::Heard(MediaEvent::Problem(_)) => {}
        }
    }

    async fn perform(&mut self, task: Task) -> Result<(), TelephonyError> {
        self.make_room_for(&task).await;
        match task {
            Task::Answer => self.answer_quietly().await,
            Task::Play { play, sound } => self.play(play, sound).await,
            Task::Record { recording, length_max } => self.record(recording, length_max).await,
            Task::Wait(treatment) => self.wait(treatment).await,
            Task::Connect => self.connect(true).await,
            Task::Confer => self.connect(false).await,
            Task::Hold(treatment) => self.hold(treatment).await,
            Task::Refer { to, transfer } => self.refer(format!("<{to}>"), transfer, None).await,
            Task::Join { target, transfer } => self.join(target, transfer).await,
            Task::Release(why) => self.release(why).await,
        }
    }

    async fn wait(&mut self, treatment: Treatment) -> Result<(), TelephonyError> {
        match (&self.phase, treatment) {
            (Phase::Arriving { .. }, Treatment::Ringing) => {
                self.ring();
                Ok(())
            }
            (Phase::Arriving { .. }, Treatment::Music | Treatment::Silence) => {
                self.voice.play(treatment);
                self.answer().await?;
                keep::established(self).await;
                Ok(())
            }
            (Phase::Up, _) => {
                self.voice.play(treatment);
                if self.said == Direction::Inactive && treatment != Treatment::Silence {
                    self.say(Direction::SendOnly).await?;
                }
                Ok(())
            }
            (Phase::Dialing { .. }, _) => Err(TelephonyError::Refused("the line is not answered yet".into())),
            (Phase::Ended, _) => Err(TelephonyError::NoSuchLeg),
        }
    }

    /// Lets the caller's telephone ring, once.
    pub(super) fn ring(&mut self) {
        let Phase::Arriving { rung, .. } = &mut self.phase else { return };
        if !*rung {
            *rung = self.dialog.ringing(Some(vec![Header::Allow(wire::ALLOW.into())]), None).is_ok();
        }
    }

    /// Answers or retrieves; `alone` makes it the one line the attendant hears.
    async fn connect(&mut self, alone: bool) -> Result<(), TelephonyError> {
        match self.phase {
            Phase::Arriving { .. } => self.answer().await?,
            Phase::Up => self.say(Direction::SendRecv).await?,
            // She hears what there is to hear before the answer, too.
            Phase::Dialing { .. } => {}
            Phase::Ended => return Err(TelephonyError::NoSuchLeg),
        }
        if alone {
            self.voice.talk();
        }
        keep::established(self).await;
        Ok(())
    }

    async fn hold(&mut self, treatment: Treatment) -> Result<(), TelephonyError> {
        match self.phase {
            Phase::Up => {}
            Phase::Arriving { .. } => return self.wait(treatment).await,
            Phase::Dialing { .. } => {
                return Err(TelephonyError::Retry("the line is not answered yet".into()));
            }
            Phase::Ended => return Err(TelephonyError::NoSuchLeg),
        }
        // Nobody hears her from here on, whatever the far end says to it.
        self.voice.play(treatment);
        let direction = match treatment {
            Treatment::Silence => Direction::Inactive,
            Treatment::Music | Treatment::Ringing => Direction::SendOnly,
        };
        match self.say(direction).await {
            // It does not know hold: then it is on hold without knowing.
            Err(TelephonyError::Refused(why)) => {
                tracing::info!(leg = ?self.leg(), %why, "hold without the far end")
            }
            other => other?,
        }
        keep::established(self).await;
        Ok(())
    }

    async fn release(&mut self, why: ReleaseCause) -> Result<(), TelephonyError> {
        match self.phase {
            Phase::Arriving { .. } => {
                self.dialog.reject(Some(wire::refusal_of(why)), None).map_err(gone)?;
                self.shared.forget_dialog(&self.dialog.id());
            }
            Phase::Dialing { .. } | Phase::Up => {
                // Our BYE must not overtake the ACK.
                timeout(GOODBYE_MAX, self.settle()).await.ok();
                if !matches!(self.phase, Phase::Ended) {
                    timeout(GOODBYE_MAX, self.shared.end_dialog(self.dialog.clone())).await.ok();
                }
            }
            Phase::Ended => {}
        }
        self.phase = Phase::Ended;
        self.drop_transfer().await;
        Ok(())
    }

    // -- offers of ours ------------------------------------------------------------------------------------------

    pub(super) async fn answer(&mut self) -> Result<(), TelephonyError> {
        let Phase::Arriving { offer, .. } = &self.phase else { return Ok(()) };
        self.answer_in_ack = offer.is_none();
        let body = match offer {
            Some(offer) => self.voice.answer(offer, Direction::SendRecv)?,
            None => self.voice.offer(Direction::SendRecv),
        };
        let mut headers = headers_with_body();
        headers.extend(self.session.headers_of_answer());
        self.dialog.accept(Some(headers), Some(body.into_bytes())).map_err(gone)?;
        self.phase = Phase::Up;
        self.said = Direction::SendRecv;
        self.handle.face().answered = true;
        Ok(())
    }

    /// Sends a re-INVITE where the far end does not yet know this direction.
    pub(super) async fn say(&mut self, direction: Direction) -> Result<(), TelephonyError> {
        if self.said == direction { Ok(()) } else { self.offer(direction).await }
    }

    pub(super) async fn offer(&mut self, direction: Direction) -> Result<(), TelephonyError> {
        for attempt in 0..OFFERS_MAX {
            self.settle().await?;
            let body = self.voice.offer(direction);
            let mut headers = headers_with_body();
            headers.extend(self.session.headers_of_request());
            let dialog = self.dialog.clone();
            let asked = async move { dialog.reinvite(Some(headers), Some(body.into_bytes())).await };
            let response = match self.during(asked).await {
                None => return Err(TelephonyError::NoSuchLeg),
                Some(Err(error)) => return Err(TelephonyError::Retry(error.to_string())),
                // Busy with another request of this dialog.
                Some(Ok(None)) => {
                    self.pause(SETTLE_STEP).await?;
                    continue;
                }
                Some(Ok(Some(response))) => response,
            };
            match response.status_code.code() {
                200..=299 => return self.offer_taken(&response, direction).await,
                491 => self.pause(self.glare_pause(attempt)).await?,
                408 | 481 => {
                    self.lose().await;
                    return Err(TelephonyError::NoSuchLeg);
                }
                503 => return Err(TelephonyError::Retry("the telephone system does not answer".into())),
                code => {
                    return Err(TelephonyError::Refused(format!(
                        "the far end answered {code} to a re-INVITE"
                    )));
                }
            }
        }
        Err(TelephonyError::Retry("both sides keep changing the call at once".into()))
    }

    async fn offer_taken(&mut self, response: &Response, direction: Direction) -> Result<(), TelephonyError> {
        self.said = direction;
        self.turn_to(response);
        self.session.agree_or_keep(response, Instant::now());
        if let Ok(Some(answer)) = wire::session_description(response, &response.body) {
            self.voice.accept_answer(&answer)?;
        }
        Ok(())
    }

    /// RFC 3261 §14.1: who made the Call-ID waits longer. The other's first pause is short: what crosses with us right
    /// after an answer is mostly a telephone that settles on one codec.
    fn glare_pause(&self, attempt: u32) -> Duration {
        let mut random = rand::rng();
        Duration::from_millis(match self.dialog.role() {
            TransactionRole::Client => random.random_range(2_100..4_000),
            TransactionRole::Server if attempt == 0 => random.random_range(50..400),
            TransactionRole::Server => random.random_range(0..2_000),
        })
    }

    /// Waits for what the far end owes us: the ACK to our answer.
    async fn settle(&mut self) -> Result<(), TelephonyError> {
        let limit = Instant::now() + SETTLE_MAX;
        while self.dialog.state().waiting_ack() {
            if Instant::now() > limit {
                return Err(TelephonyError::Retry("the far end has not confirmed our answer yet".into()));
            }
            self.pause(SETTLE_STEP).await?;
        }
        if self.dialog.state().is_terminated() && self.backlog.is_empty() && self.events.is_empty() {
            return Err(TelephonyError::NoSuchLeg);
        }
        Ok(())
    }

    /// Goes on with what comes in meanwhile.
    async fn pause(&mut self, length: Duration) -> Result<(), TelephonyError> {
        let until = Instant::now() + length;
        loop {
            while let Some(event) = self.backlog.pop_front() {
                self.on_event(event).await;
            }
            if matches!(self.phase, Phase::Ended) {
                return Err(TelephonyError::NoSuchLeg);
            }
            tokio::select! {
                biased;
                event = self.events.recv() => self.backlog.extend(event),
                () = sleep_until(until) => return Ok(()),
            }
        }
    }

    /// Waits for a request of ours. The far end's own offers meet 491 meanwhile, all else waits; `None` when the line
    /// ended over it.
    async fn during<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Some(done),
                event = self.events.recv() => match event {
                    Some(DialogState::Updated(_, _, handle)) => {
                        handle.reply(StatusCode::RequestPending).await.ok();
                    }
                    Some(event @ DialogState::Terminated(..)) => {
                        self.on_event(event).await;
                        return None;
                    }
                    Some(event) => self.backlog.push_back(event),
                    None => return None,
                },
            }
        }
    }

    // -- hand-over -----------------------------------------------------------------------------------------------

    async fn join(&mut self, target: Arc<LineHandle>, transfer: TransferId) -> Result<(), TelephonyError> {
        let face = target.face().clone();
        let (Some(dialog), Some(peer)) = (face.dialog, face.peer) else {
            return Err(TelephonyError::NoSuchLeg);
        };
        if face.answered {
            target.face().handed_over = true;
            let referred =
                self.refer(wire::refer_to_replacing(&peer, &dialog), transfer, Some(target.clone())).await;
            if referred.is_err() {
                self.take_back(&target).await;
            }
            return referred;
        }
        // She still rings: a Replaces for our own ringing line would be refused (RFC 3891 §3). The caller rings her anew.
        target.face().handed_over = true;
        target.order(Task::Release(ReleaseCause::HandedOver)).await.ok();
        self.refer(format!("<{peer}>"), transfer, None).await
    }

    async fn refer(
        &mut self,
        refer_to: String,
        id: TransferId,
        target: Option<Arc<LineHandle>>,
    ) -> Result<(), TelephonyError> {
        match self.phase {
            Phase::Up => {}
            Phase::Arriving { .. } | Phase::Dialing { .. } => {
                return Err(TelephonyError::Refused("only an answered call can be handed over".into()));
            }
            Phase::Ended => return Err(TelephonyError::NoSuchLeg),
        }
        let limit = Instant::now() + SETTLE_MAX;
        let response = loop {
            self.settle().await?;
            let dialog = self.dialog.clone();
            let by = Header::ReferredBy(format!("<{}>", self.shared.account.address_of_record()).into());
            let to = refer_to.clone();
            let asked =
                async move { dialog.refer(rsipstack::sip::ReferTo::from(to), Some(vec![by]), None).await };
            match self.during(asked).await {
                None => return Err(TelephonyError::NoSuchLeg),
                Some(Err(error)) => return Err(TelephonyError::Retry(error.to_string())),
                Some(Ok(Some(response))) => break response,
                Some(Ok(None)) if Instant::now() < limit => self.pause(SETTLE_STEP).await?,
                Some(Ok(None)) => return Err(TelephonyError::Retry("the line is busy".into())),
            }
        };
        let code = response.status_code.code();
        let transfer = Transfer { id, target, limit: Instant::now() + TRANSFER_SILENT_MAX, told: false };
        match code {
            200..=299 => self.transfer = Some(transfer),
            _ => self.transfer_failed(transfer, wire::failure_of(code)).await,
        }
        Ok(())
    }

    async fn on_progress(&mut self, progress: wire::Progress) {
        let Some(mut transfer) = self.transfer.take() else { return };
        match progress.code {
            200..=299 => self.transfer_taken(transfer).await,
            300.. => self.transfer_failed(transfer, wire::failure_of(progress.code)).await,
            // The subscription ran out before the outcome was known (RFC 3515 §2.4.5): nobody answered.
            _ if progress.last => self.transfer_failed(transfer, Failure::NoAnswer).await,
            _ => {
                transfer.told = true;
                transfer.limit = Instant::now() + TRANSFER_MAX;
                self.transfer = Some(transfer);
            }
        }
    }

    /// The caller has somebody else now: our lines of it end.
    async fn transfer_taken(&mut self, transfer: Transfer) {
        self.shared.end_dialog(self.dialog.clone());
        self.phase = Phase::Ended;
        if let Some(target) = transfer.target {
            target.order(Task::Release(ReleaseCause::HandedOver)).await.ok();
        }
        self.shared.report(Report::Taken { transfer: transfer.id }).await;
    }

    async fn transfer_failed(&mut self, transfer: Transfer, failure: Failure) {
        self.shared.report(Report::Refused { transfer: transfer.id, failure }).await;
        if let Some(target) = transfer.target {
            self.take_back(&target).await;
        }
    }

    /// The target stays ours: from now on it is news when she hangs up, or that she did meanwhile.
    async fn take_back(&self, target: &LineHandle) {
        let gone = {
            let mut face = target.face();
            face.handed_over = false;
            face.gone
        };
        if gone {
            self.shared.report(Report::HungUp { leg: target.leg }).await;
        }
    }

    /// Gives a hand-over up because the caller's line ends.
    async fn drop_transfer(&mut self) {
        if let Some(target) = self.transfer.take().and_then(|transfer| transfer.target) {
            self.take_back(&target).await;
        }
    }

    // -- what comes in -------------------------------------------------------------------------------------------

    async fn on_event(&mut self, event: DialogState) {
        match event {
            DialogState::Calling(_) | DialogState::Trying(_) | DialogState::WaitAck(..) => {}
            DialogState::Early(_, response) => self.on_early(&response).await,
            DialogState::Confirmed(_, response) => self.on_confirmed(&response).await,
            DialogState::Updated(_, request, handle) => self.on_offer(&request, &handle).await,
            DialogState::Notify(_, request, handle) => {
                handle.reply(StatusCode::OK).await.ok();
                if let Some(progress) = wire::progress_in(&request) {
                    self.on_progress(progress).await;
                }
            }
            DialogState::Info(_, request, handle) => {
                handle.reply(StatusCode::OK).await.ok();
                if let Some(digit) = wire::key_in(&request) {
                    self.on_key(digit, KeyWay::Info).await;
                }
            }
            // Nobody sends our callers elsewhere but we.
            DialogState::Refer(_, _, handle) => {
                handle.reply(StatusCode::Decline).await.ok();
            }
            DialogState::Options(_, _, handle) => {
                let headers =
                    vec![Header::Allow(wire::ALLOW.into()), Header::Supported(wire::SUPPORTED.into())];
                handle.respond(StatusCode::OK, Some(headers), None).await.ok();
            }
            DialogState::Message(_, _, handle) | DialogState::Publish(_, _, handle) => {
                let headers = vec![Header::Allow(wire::ALLOW.into())];
                handle.respond(StatusCode::MethodNotAllowed, Some(headers), None).await.ok();
            }
            DialogState::Terminated(id, reason) => {
                self.on_terminated(reason).await;
                self.shared.forget_dialog(&id);
            }
        }
    }

    async fn on_early(&mut self, response: &Response) {
        let Phase::Dialing { answered_once, rung } = &mut self.phase else { return };
        if let Ok(Some(answer)) = wire::session_description(response, &response.body) {
            match self.voice.accept_answer(&answer) {
                Ok(()) => {
                    *answered_once = true;
                    self.voice.talk();
                }
                Err(error) => tracing::info!(%error, "no sound before the answer"),
            }
        }
        let silent = !*answered_once;
        let first = !std::mem::replace(rung, true);
        self.rings_back |= silent;
        self.voice.ringback(silent);
        if first {
            keep::dialing(self).await;
            self.shared.report(Report::Ringing { leg: self.handle.leg }).await;
        }
    }

    /// Only the line that rings at the far end may end the tone of it.
    fn stop_ringback(&mut self) {
        if std::mem::take(&mut self.rings_back) {
            self.voice.ringback(false);
        }
    }

    async fn on_confirmed(&mut self, response: &Response) {
        self.stop_ringback();
        match self.phase {
            Phase::Dialing { answered_once, .. } => self.on_answered(response, answered_once).await,
            Phase::Up if self.answer_in_ack => {
                let Some(ack) = self.dialog.last_remote_ack() else { return };
                self.answer_in_ack = false;
                let answer = wire::session_description(&ack, &ack.body);
                let heard = matches!(answer, Ok(Some(text)) if self.voice.accept_answer(&text).is_ok());
                if !heard {
                    tracing::info!(leg = ?self.leg(), "the far end did not answer our offer");
                    self.lose().await;
                }
            }
            Phase::Arriving { .. } | Phase::Up | Phase::Ended => {}
        }
    }

    async fn on_answered(&mut self, response: &Response, answered_once: bool) {
        let sound = match wire::session_description(response, &response.body) {
            Ok(Some(answer)) => self.voice.accept_answer(&answer).is_ok(),
            // The answer may have come with the 183 already.
            Ok(None) => answered_once,
            Err(wire::NoSdp) => false,
        };
        if !sound {
            self.shared.end_dialog(self.dialog.clone());
            self.fail(Failure::Fault).await;
            return;
        }
        self.phase = Phase::Up;
        self.session.agree(response, Side::Asked, Instant::now());
        self.turn_to(response);
        {
            let mut face = self.handle.face();
            face.answered = true;
            face.dialog = Some(self.dialog.id());
        }
        self.voice.talk();
        keep::established(self).await;
        self.shared.report(Report::Answered { leg: self.leg() }).await;
    }

    /// A re-INVITE or UPDATE of the far end: hold, retrieve, a new place to send sound to, or only a sign of life.
    async fn on_offer(&mut self, request: &Request, handle: &TransactionHandle) {
        self.turn_to(request);
        let body = match wire::session_description(request, &request.body) {
            Err(wire::NoSdp) => {
                handle.reply(StatusCode::UnsupportedMediaType).await.ok();
                return;
            }
            Ok(Some(offer)) => match self.voice.answer(&offer, self.said) {
                Ok(answer) => Some(answer),
                Err(error) => {
                    tracing::info!(%error, "an offer we cannot take");
                    handle.reply(StatusCode::NotAcceptableHere).await.ok();
                    return;
                }
            },
            Ok(None) if request.method == Method::Invite => {
                self.answer_in_ack = true;
                Some(self.voice.offer(self.said))
            }
            Ok(None) => None,
        };
        self.session.agree(request, Side::Answering, Instant::now());
        let mut headers =
            if body.is_some() { headers_with_body() } else { vec![Header::Allow(wire::ALLOW.into())] };
        headers.extend(self.session.headers_of_answer());
        handle.respond(StatusCode::OK, Some(headers), body.map(String::into_bytes)).await.ok();
        keep::established(self).await;
    }

    /// The far end may have moved: a re-INVITE, and the answer to one, name where it is now (RFC 3261 §12.2). Also mends
    /// what the stack makes of the first Contact: over TCP it adds `transport=TCP` to it, which a proxy in between would
    /// take for the far end's wish.
    pub(super) fn turn_to(&self, message: &impl HeadersExt) {
        let Ok(contacts) = message.typed_contact_headers() else { return };
        let Some(contact) = contacts.into_iter().next() else { return };
        let mut target = printable(contact.uri);
        let direct = self.dialog.snapshot().route_set.is_empty();
        let says_transport = target.params.iter().any(|param| matches!(param, Param::Transport(_)));
        if direct && !says_transport && self.shared.account.transport == SipTransport::Tcp {
            target.params.push(Param::Transport(Transport::Tcp));
        }
        let contact_header = message.contact_header().ok().cloned();
        Dialog::Invite(self.dialog.clone()).set_remote_target(target, contact_header);
    }

    async fn on_terminated(&mut self, reason: TerminatedReason) {
        if matches!(self.phase, Phase::Ended) {
            return;
        }
        self.end_recording().await;
        if let Some(transfer) = self.transfer.take_if(|transfer| ended_by_hand_over(transfer)) {
            return self.transfer_taken(transfer).await;
        }
        self.drop_transfer().await;
        let dialing = matches!(self.phase, Phase::Dialing { .. });
        let rung = matches!(self.phase, Phase::Dialing { rung: true, .. });
        match reason {
            TerminatedReason::UacOther(code)
            | TerminatedReason::UasOther(code)
            | TerminatedReason::ProxyError(code)
                if dialing =>
            {
                // Nobody answered at all: that is no unanswered telephone.
                let nobody = code == StatusCode::RequestTimeout && !rung;
                self.fail(if nobody { Failure::Unreachable } else { wire::failure_of(code.code()) }).await;
            }
            TerminatedReason::UacBusy | TerminatedReason::UasBusy if dialing => {
                self.fail(Failure::Busy).await
            }
            TerminatedReason::UasDecline if dialing => self.fail(Failure::Declined).await,
            TerminatedReason::ProxyAuthRequired if dialing => self.fail(Failure::Forbidden).await,
            TerminatedReason::Timeout if dialing => self.fail(Failure::Unreachable).await,
            TerminatedReason::UacBye | TerminatedReason::UasBye | TerminatedReason::UacCancel if !dialing => {
                self.hung_up().await
            }
            _ if dialing => self.fail(Failure::Fault).await,
            _ => self.lose().await,
        }
    }

    async fn hung_up(&mut self) {
        self.phase = Phase::Ended;
        if self.ends_unnoticed() {
            return;
        }
        self.shared.report(Report::HungUp { leg: self.leg() }).await;
    }

    fn ends_unnoticed(&self) -> bool {
        let mut face = self.handle.face();
        face.gone = true;
        face.handed_over
    }

    async fn fail(&mut self, failure: Failure) {
        self.phase = Phase::Ended;
        if !self.ends_unnoticed() {
            self.shared.report(Report::Failed { leg: self.leg(), failure }).await;
        }
    }

    /// Gone without a goodbye.
    pub(super) async fn lose(&mut self) {
        if matches!(self.phase, Phase::Ended) {
            return;
        }
        self.end_recording().await;
        if matches!(self.phase, Phase::Arriving { .. }) {
            self.dialog.reject(Some(StatusCode::TemporarilyUnavailable), None).ok();
        } else {
            self.shared.end_dialog(self.dialog.clone());
        }
        self.phase = Phase::Ended;
        self.drop_transfer().await;
        if !self.ends_unnoticed() {
            self.shared.report(Report::Lost { leg: self.leg() }).await;
        }
    }

    // -- somebody else takes the far end's place -------------------------------------------------------------------

    async fn on_replace(&mut self, mut transaction: Transaction) {
        let invite = transaction.original.clone();
        let body = match wire::session_description(&invite, &invite.body) {
            Ok(Some(offer)) => self.voice.answer(&offer, Direction::SendRecv),
            Ok(None) => Ok(self.voice.offer(Direction::SendRecv)),
            Err(wire::NoSdp) => Err(TelephonyError::Refused("no session description".into())),
        };
        let (Phase::Up, Ok(body)) = (&self.phase, body) else {
            transaction.reply(StatusCode::NotAcceptableHere).await.ok();
            return;
        };
        let (sender, events) = self.shared.stack.dialogs.new_dialog_state_channel();
        let (credential, contact) = (self.shared.account.credential(), self.shared.stack.contact.clone());
        let made = self.shared.stack.dialogs.get_or_create_server_invite(
            &transaction,
            sender,
            Some(credential),
            Some(contact),
        );
        let dialog = match made {
            Ok(dialog) => dialog,
            Err(error) => {
                tracing::info!(%error, "an INVITE with Replaces that makes no dialog");
                transaction.reply(StatusCode::BadRequest).await.ok();
                return;
            }
        };
        self.answer_in_ack = invite.body.is_empty();
        self.session.agree(&invite, Side::Answering, Instant::now());
        let mut headers = headers_with_body();
        headers.extend(self.session.headers_of_answer());
        self.shared.serve(Dialog::Invite(dialog.clone()), transaction).await;
        if dialog.accept(Some(headers), Some(body.into_bytes())).is_err() {
            return;
        }
        // The old one knows that it was replaced; we say goodbye all the same (RFC 3891 §3).
        self.shared.end_dialog(std::mem::replace(&mut self.dialog, dialog));
        self.events = events;
        self.backlog.clear();
        self.said = Direction::SendRecv;
        {
            let mut face = self.handle.face();
            face.dialog = Some(self.dialog.id());
            face.peer = self.shared.peer_of(&invite);
        }
        keep::established(self).await;
        if let (Leg::Caller(call), Some(caller)) =
            (self.leg(), wire::caller_of(&invite, &self.shared.account))
        {
            self.shared
                .report(Report::Replaced { call, from: caller.address, display_name: caller.display_name })
                .await;
        }
    }

    // -- the clock -----------------------------------------------------------------------------------------------

    fn wake_at(&self) -> Instant {
        let far = Instant::now() + Duration::from_secs(3_600);
        let transfer = self.transfer.as_ref().map(|transfer| transfer.limit);
        let session = self.session.due_at().filter(|_| matches!(self.phase, Phase::Up));
        [transfer, session].into_iter().flatten().fold(far, Instant::min)
    }

    async fn on_wake(&mut self) {
        let now = Instant::now();
        if let Some(transfer) = self.transfer.take_if(|transfer| now >= transfer.limit) {
            self.transfer_failed(transfer, Failure::NoAnswer).await;
        }
        if !matches!(self.phase, Phase::Up) {
            return;
        }
        match self.session.due(now) {
            Some(Due::Refresh) => self.refresh().await,
            Some(Due::Expired) => self.lose().await,
            None => {}
        }
    }

    /// Says the same again, to see whether somebody is there.
    async fn refresh(&mut self) {
        match self.offer(self.said).await {
            Ok(()) | Err(TelephonyError::NoSuchLeg) => {}
            // Understood and refused: somebody is there.
            Err(TelephonyError::Refused(_)) => self.session.refreshed(Instant::now()),
            Err(TelephonyError::Retry(why) | TelephonyError::Disconnected(why)) => {
                tracing::info!(leg = ?self.leg(), %why, "a call could not be refreshed");
                self.session.refreshed(Instant::now());
            }
        }
    }

    /// Nothing was heard for a while although something should: is anybody there?
    async fn on_silence(&mut self, silence: Duration) {
        let limit = self.shared.options.silence_max;
        let lately = self.probed.is_some_and(|at| at.elapsed() < limit);
        if silence < limit || lately || !matches!(self.phase, Phase::Up) {
            return;
        }
        self.probed = Some(Instant::now());
        self.refresh().await;
    }
}

/// The headers of a message with a session description.
pub(super) fn headers_with_body() -> Vec<Header> {
    vec![
        Header::ContentType("application/sdp".into()),
        Header::Allow(wire::ALLOW.into()),
        Header::Supported(wire::SUPPORTED.into()),
    ]
}

fn gone(error: rsipstack::Error) -> TelephonyError {
    tracing::debug!(%error, "the line is gone");
    TelephonyError::NoSuchLeg
}

/// A caller's line ended while she was being handed over: because she is with the other one, or because she gave up?
fn ended_by_hand_over(transfer: &Transfer) -> bool {
    match &transfer.target {
        Some(target) => target.face().gone || !transfer.told,
        // Telephones that tell progress tell the end of it, too.
        None => !transfer.told,
    }
}
