//! What all parts of one connector share: account, stack, stage, the lines by name, the way for reports. Holds no rule of
//! SIP.

use std::collections::{BTreeMap, HashMap};
use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use contracts::recordings::RecordingBook;
use contracts::sounds::Sound;
use contracts::telephony::{LegBook, Link, Report, TelephonyError};
use engine::{Leg, PlayId, RecordingId, ReleaseCause, Span, TransferId, Treatment};
use rsipstack::dialog::DialogId;
use rsipstack::dialog::dialog::Dialog;
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::{Method, Request, StatusCode, Uri};
use rsipstack::transaction::transaction::Transaction;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::account::Account;
use super::presence::Board;
use super::stack::Stack;
use super::voice::Voice;
use super::{SipOptions, SipSources};
use crate::media::{LineId, MediaEvent, Stage};

/// Questions waiting for one line. A line has one order at a time; the rest is media events.
const ASKS_MAX: usize = 64;

/// One connector.
pub(super) struct Shared {
    pub(super) account: Account,
    pub(super) options: SipOptions,
    pub(super) sources: SipSources,
    pub(super) stack: Stack,
    pub(super) presence: Arc<Board>,
    pub(super) stage: Stage,
    pub(super) legs: Arc<dyn LegBook>,
    pub(super) recordings: Arc<dyn RecordingBook>,
    pub(super) tasks: TaskTracker,
    pub(super) token: CancellationToken,
    pub(super) reattached: watch::Sender<bool>,
    pub(super) reports: mpsc::Sender<Report>,
    pub(super) known: Mutex<Known>,
}

/// What changes.
pub(super) struct Known {
    pub(super) registrar: SocketAddr,
    pub(super) link: Option<Link>,
    pub(super) lines: BTreeMap<Leg, Arc<LineHandle>>,
    /// Dialogs taken up again after a crash: the stack's own book takes none from outside.
    pub(super) taken_up: HashMap<String, InviteDialog>,
    /// INVITEs that are replayed, by Call-ID, with the line they belong to.
    pub(super) replayed: HashMap<String, Leg>,
}

/// A line as others see it.
pub(super) struct LineHandle {
    pub(super) leg: Leg,
    pub(super) asks: mpsc::Sender<Ask>,
    pub(super) voice: Voice,
    face: Mutex<Face>,
}

/// What others may know of a line.
#[derive(Clone, Debug, Default)]
pub(super) struct Face {
    /// Our dialog with the far end, once there is one.
    pub(super) dialog: Option<DialogId>,
    /// Who is there, as one would dial her.
    pub(super) peer: Option<Uri>,
    /// Answered at some time.
    pub(super) answered: bool,
    /// Being handed to a caller: that it ends is no news until the hand-over failed.
    pub(super) handed_over: bool,
    /// Ended while being handed over.
    pub(super) gone: bool,
}

/// What a line is asked.
pub(super) enum Ask {
    /// An order, with the way for the answer.
    Do(Task, oneshot::Sender<Result<(), TelephonyError>>),
    /// An INVITE that takes the place of the dialog of this line.
    Replace(Box<Transaction>),
    /// Something about its sound.
    Heard(MediaEvent),
}

/// What a line is ordered to do.
#[derive(Clone)]
pub(super) enum Task {
    Answer,
    Play { play: PlayId, sound: Arc<Sound> },
    Record { recording: RecordingId, length_max: Span },
    Wait(Treatment),
    Connect,
    Hold(Treatment),
    Confer,
    Refer { to: Uri, transfer: TransferId },
    Join { target: Arc<LineHandle>, transfer: TransferId },
    Release(ReleaseCause),
}

impl LineHandle {
    pub(super) fn new(leg: Leg, voice: Voice, face: Face) -> (Arc<LineHandle>, mpsc::Receiver<Ask>) {
        let (asks, asked) = mpsc::channel(ASKS_MAX);
        (Arc::new(LineHandle { leg, asks, voice, face: Mutex::new(face) }), asked)
    }

    pub(super) fn face(&self) -> MutexGuard<'_, Face> {
        self.face.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the line an order and waits for what it says.
    pub(super) async fn order(&self, task: Task) -> Result<(), TelephonyError> {
        let (done, answer) = oneshot::channel();
        self.asks.send(Ask::Do(task, done)).await.map_err(|_| TelephonyError::NoSuchLeg)?;
        answer.await.unwrap_or(Err(TelephonyError::NoSuchLeg))
    }
}

impl Shared {
    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn registrar(&self) -> SocketAddr {
        self.known().registrar
    }

    pub(super) fn set_registrar(&self, registrar: SocketAddr) {
        self.known().registrar = registrar;
    }

    pub(super) fn is_registered(&self) -> bool {
        matches!(self.known().link, Some(Link::Up { .. }))
    }

    /// Tells the desk; waits where it is busy.
    pub(super) async fn report(&self, report: Report) {
        if self.reports.send(report).await.is_err() {
            tracing::debug!("nobody listens to reports any more");
        }
    }

    /// Tells the desk about the link, once per change.
    pub(super) async fn report_link(&self, link: Link) {
        let news = self.known().link.replace(link.clone()).as_ref() != Some(&link);
        if news {
            self.presence.link(matches!(link, Link::Up { .. }));
            self.report(Report::Link(link)).await;
        }
    }

    pub(super) fn line(&self, leg: Leg) -> Option<Arc<LineHandle>> {
        self.known().lines.get(&leg).cloned()
    }

    /// The line whose dialog fits.
    pub(super) fn line_where(&self, fits: impl Fn(&Face) -> bool) -> Option<Arc<LineHandle>> {
        self.known().lines.values().find(|line| fits(&line.face())).cloned()
    }

    pub(super) fn line_of_sound(&self, id: LineId) -> Option<Arc<LineHandle>> {
        self.known().lines.values().find(|line| line.voice.id() == id).cloned()
    }

    pub(super) fn add_line(&self, line: Arc<LineHandle>) {
        self.known().lines.insert(line.leg, line);
    }

    /// Forgets a line that ended, here and in the book.
    pub(super) async fn forget_line(&self, leg: Leg) {
        self.known().lines.remove(&leg);
        if let Err(error) = self.legs.forget(leg).await {
            tracing::warn!(?leg, %error, "a line that ended is still in the book");
        }
    }

    /// The dialog a request belongs to.
    pub(super) fn dialog_of(&self, transaction: &Transaction) -> Option<Dialog> {
        let id = DialogId::try_from(transaction).ok()?;
        let taken_up = self.known().taken_up.get(&id.to_string()).cloned().map(Dialog::Invite);
        taken_up.or_else(|| self.stack.dialogs.match_dialog(transaction))
    }

    /// The stack keeps every dialog until it is told to forget it.
    pub(super) fn forget_dialog(&self, id: &DialogId) {
        self.known().taken_up.remove(&id.to_string());
        self.stack.dialogs.remove_dialog(id);
    }

    /// Ends a dialog in the background: BYE or CANCEL, whatever it takes, however long.
    pub(super) fn end_dialog(&self, dialog: InviteDialog) -> tokio::task::JoinHandle<()> {
        let stack = self.stack.dialogs.clone();
        let taken_up_id = dialog.id();
        self.known().taken_up.remove(&taken_up_id.to_string());
        self.work(async move {
            let early = dialog.state().can_cancel();
            if let Err(error) = dialog.hangup().await {
                tracing::debug!(%error, "a line did not end politely");
            }
            if !early {
                stack.remove_dialog(&dialog.id());
            }
        })
    }

    /// Runs a task of the connector until it ends or the connector does.
    pub(super) fn work(
        &self,
        task: impl Future<Output = ()> + Send + 'static,
    ) -> tokio::task::JoinHandle<()> {
        let token = self.token.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = token.cancelled() => {}
                () = task => {}
            }
        })
    }

    /// Drives a server transaction of a dialog to its end. Begins before it returns: the stack drops a request when one of
    /// a later number has begun before it, so requests begin in the order in which they came. What it drops all the same
    /// (a request that had to wait for the ACK and was overtaken by a BYE) is answered here: none stays without an answer.
    pub(super) async fn serve(&self, mut dialog: Dialog, mut transaction: Transaction) {
        let mut handling = Box::pin(async move {
            if let Err(error) = dialog.handle(&mut transaction).await {
                tracing::debug!(%error, "a request within a dialog came to nothing");
            }
            if transaction.last_response.is_none() && transaction.original.method != Method::Ack {
                let status = if dialog.state().is_terminated() {
                    StatusCode::CallTransactionDoesNotExist
                } else {
                    StatusCode::ServerInternalError
                };
                if let Err(error) = transaction.reply(status).await {
                    tracing::debug!(%error, "a request that was dropped could not be answered");
                }
            }
        });
        if poll_fn(|context| Poll::Ready(handling.as_mut().poll(context))).await.is_pending() {
            self.work(handling);
        }
    }

    /// The Request-URI of an INVITE, printable again.
    pub(super) fn peer_of(&self, request: &Request) -> Option<Uri> {
        use rsipstack::sip::HeadersExt;
        let from = rsipstack::sip::typed::From::parse(request.from_header().ok()?.value()).ok()?;
        Some(super::account::printable(from.uri))
    }
}
