//! The loop of one switchboard: one command at a time is decided, appended with its orders and records in one
//! transaction, applied, and shown. The only writer of the journal. Does not perform orders (see `outbox`) and does not
//! know who asks (see `api`).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use contracts::journal::{Entry, Journal, Lease, StoreError};
use engine::{Command, Event, Rejection, Switchboard, Timestamp};
use reporting::{Fold, RecordChange};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::clock::Sources;

/// Commands that may wait for the desk. More than this and callers of [`Desk::act`] wait: twice what 500 attendants
/// pressing at once would need.
const WAITING_MAX: usize = 1024;
/// Events read at a time when the switchboard is rebuilt.
const REPLAY_PAGE: u32 = 4096;
/// Commands decided before the screens are shown again, so that a storm of reports cannot starve them.
const BURST_MAX: usize = 64;

/// Why a command had no effect.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// Understood and refused by the switchboard.
    #[error("refused: {0:?}")]
    Rejected(Rejection),
    /// It could not be recorded, so it did not happen.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An assertion of the engine failed; the switchboard was rebuilt from the journal.
    #[error("the switchboard met a fault of its own and was rebuilt")]
    Bug,
    /// The desk has stopped: the program is ending, or another program took over this switchboard.
    #[error("the switchboard is not running here")]
    Stopped,
}

/// Sees what the desk does, in its task: must not block.
pub trait Observer: Send + Sync + 'static {
    /// One event was applied.
    fn applied(&mut self, event: &Event, at: Timestamp);
    /// These records were written with the events that were just applied.
    fn recorded(&mut self, changes: &[RecordChange]);
    /// The switchboard is at rest for the moment: show it.
    fn settled(&mut self, switchboard: &Switchboard, at: Timestamp);
}

/// A handle to the loop; clones share it.
#[derive(Clone)]
pub struct Desk {
    messages: mpsc::Sender<Message>,
}

type Look = Box<dyn FnOnce(&Switchboard, &Fold) + Send>;

enum Message {
    Act { command: Box<Command>, reply: oneshot::Sender<Result<usize, DeskError>> },
    Look(Look),
    Show,
}

impl Desk {
    /// Takes the lease, replays the journal and starts the loop. `orders` is notified after each commit that left some.
    pub async fn open(
        journal: Arc<dyn Journal>,
        sources: Arc<Sources>,
        orders: Arc<Notify>,
        observer: Box<dyn Observer>,
    ) -> Result<(Desk, JoinHandle<()>), StoreError> {
        let lease = journal.take_lease("desk").await?;
        let mut runner = Runner { journal, sources, orders, observer, lease, board: Board::default() };
        runner.rebuild().await?;
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        Ok((Desk { messages: sender }, tokio::spawn(runner.run(receiver))))
    }

    /// Asks the switchboard; returns once the outcome is recorded, with the number of events.
    pub async fn act(&self, command: Command) -> Result<usize, DeskError> {
        let (reply, answer) = oneshot::channel();
        let message = Message::Act { command: Box::new(command), reply };
        self.messages.send(message).await.map_err(|_| DeskError::Stopped)?;
        answer.await.map_err(|_| DeskError::Stopped)?
    }

    /// Looks at the switchboard between two commands; `look` must be quick.
    pub async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Switchboard) -> T + Send + 'static,
    ) -> Result<T, DeskError> {
        self.look_at_records(move |switchboard, _| look(switchboard)).await
    }

    /// The same, beside what the records are folded from: no record is being written meanwhile.
    pub async fn look_at_records<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Switchboard, &Fold) -> T + Send + 'static,
    ) -> Result<T, DeskError> {
        let (reply, answer) = oneshot::channel();
        let look = Box::new(move |switchboard: &Switchboard, fold: &Fold| {
            // Whoever asked may have gone; then nobody needs the answer.
            let _ = reply.send(look(switchboard, fold));
        });
        self.messages.send(Message::Look(look)).await.map_err(|_| DeskError::Stopped)?;
        answer.await.map_err(|_| DeskError::Stopped)
    }

    /// Shows the console again, because something beside the switchboard changed (names, link, mode).
    pub fn show(&self) {
        // A full channel means the desk is busy and will show soon anyway.
        let _ = self.messages.try_send(Message::Show);
    }
}

/// The state that replay rebuilds.
#[derive(Default)]
struct Board {
    switchboard: Switchboard,
    fold: Fold,
    sequence: u64,
}

impl Board {
    fn apply(&mut self, event: &Event, at: Timestamp) -> Vec<RecordChange> {
        let changes = self.fold.apply(event, at);
        self.switchboard.apply(event, at);
        self.sequence += 1;
        changes
    }
}

struct Runner {
    journal: Arc<dyn Journal>,
    sources: Arc<Sources>,
    orders: Arc<Notify>,
    observer: Box<dyn Observer>,
    lease: Lease,
    board: Board,
}

/// Whether the loop goes on.
enum Next {
    GoOn,
    Stop,
}

impl Runner {
    async fn run(mut self, mut messages: mpsc::Receiver<Message>) {
        self.show();
        loop {
            let due = self.board.switchboard.next_deadline();
            let first = tokio::select! {
                message = messages.recv() => match message {
                    Some(message) => message,
                    None => return,
                },
                () = self.until(due) => {
                    if matches!(self.tick().await, Next::Stop) { return; }
                    continue;
                }
            };
            let mut changed = changes(&first);
            if matches!(self.handle(first).await, Next::Stop) {
                return;
            }
            for _ in 1..BURST_MAX {
                let Ok(message) = messages.try_recv() else { break };
                changed |= changes(&message);
                if matches!(self.handle(message).await, Next::Stop) {
                    return;
                }
            }
            if changed {
                self.show();
            }
        }
    }

    async fn until(&self, due: Option<Timestamp>) {
        match due {
            Some(due) => tokio::time::sleep(Duration::from_millis((due - self.sources.now()).0.into())).await,
            None => std::future::pending().await,
        }
    }

    fn show(&mut self) {
        self.observer.settled(&self.board.switchboard, self.sources.now());
    }

    async fn handle(&mut self, message: Message) -> Next {
        match message {
            Message::Act { command, reply } => {
                let outcome = self.act(&command).await;
                let next = if fenced(&outcome) { Next::Stop } else { Next::GoOn };
                let _ = reply.send(outcome);
                next
            }
            Message::Look(look) => {
                look(&self.board.switchboard, &self.board.fold);
                Next::GoOn
            }
            Message::Show => Next::GoOn,
        }
    }

    async fn tick(&mut self) -> Next {
        let outcome = self.act(&Command::Tick).await;
        if let Err(error) = &outcome {
            tracing::warn!(%error, "a deadline could not be recorded yet");
            // The deadline stays due; without a pause a full disk would spin this loop.
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        self.show();
        if fenced(&outcome) { Next::Stop } else { Next::GoOn }
    }

    /// decide → append → apply. Nothing is applied that is not recorded.
    async fn act(&mut self, command: &Command) -> Result<usize, DeskError> {
        let now = self.board.switchboard.moment(self.sources.now());
        let decided = catch_unwind(AssertUnwindSafe(|| self.board.switchboard.decide(command, now)));
        let events = match decided {
            Ok(Ok(events)) => events,
            Ok(Err(rejection)) => return Err(DeskError::Rejected(rejection)),
            Err(_) => return self.recover().await,
        };
        if events.is_empty() {
            return Ok(0);
        }
        let entries: Vec<Entry> = events
            .into_iter()
            .map(|event| Entry { at: now, effects: Switchboard::effects(&event), event })
            .collect();
        self.commit(&entries).await
    }

    async fn commit(&mut self, entries: &[Entry]) -> Result<usize, DeskError> {
        let after = self.board.sequence;
        let records = self.board.fold.preview(entries.iter().map(|entry| (&entry.event, entry.at)));
        self.journal.append(self.lease, after, entries, &records).await?;
        for entry in entries {
            let applied = catch_unwind(AssertUnwindSafe(|| self.board.apply(&entry.event, entry.at)));
            if applied.is_err() {
                return self.recover().await;
            }
            self.observer.applied(&entry.event, entry.at);
        }
        self.observer.recorded(&records);
        if entries.iter().any(|entry| !entry.effects.is_empty()) {
            self.orders.notify_one();
        }
        Ok(entries.len())
    }

    /// An assertion failed: that is a bug, and the memory may be wrong, so it is thrown away. The process lives.
    async fn recover(&mut self) -> Result<usize, DeskError> {
        tracing::error!(
            sequence = self.board.sequence,
            "an assertion of the engine failed; rebuilding by replay"
        );
        self.rebuild().await?;
        Err(DeskError::Bug)
    }

    async fn rebuild(&mut self) -> Result<(), StoreError> {
        let mut board = Board::default();
        loop {
            let page = self.journal.read(board.sequence, REPLAY_PAGE).await?;
            for recorded in &page {
                if recorded.sequence != board.sequence + 1 {
                    return Err(StoreError::Damaged(format!("event {} is missing", board.sequence + 1)));
                }
                board.apply(&recorded.event, recorded.at);
            }
            if page.len() < REPLAY_PAGE as usize {
                break;
            }
        }
        self.board = board;
        Ok(())
    }
}

/// Whether there may be something to show afterwards: a look changes nothing, and a screen that looks whenever the console
/// changes would else look for ever.
fn changes(message: &Message) -> bool {
    match message {
        Message::Act { .. } | Message::Show => true,
        Message::Look(_) => false,
    }
}

/// Another writer is ahead: this desk must not decide any more.
fn fenced(outcome: &Result<usize, DeskError>) -> bool {
    match outcome {
        Err(DeskError::Store(StoreError::Conflict(_))) => true,
        Ok(_) | Err(DeskError::Store(_) | DeskError::Rejected(_) | DeskError::Bug | DeskError::Stopped) => {
            false
        }
    }
}
