//! The loop of one switchboard: one command at a time is decided, appended with its orders and records in one
//! transaction, applied, and shown. The only writer of the journal. Does not perform orders (see `outbox`) and does not
//! know who asks (see `api`).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use contracts::board::Board;
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
/// Events after which the switchboard is set down again: a start reads so many at most, well below a second.
const SET_DOWN_EVERY: u64 = 10_000;
/// Who understands events as this program does.
const RELEASE: &str = env!("CARGO_PKG_VERSION");
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
        let (board, set_down) = (Board::default(), 0);
        let mut runner = Runner { journal, sources, orders, observer, lease, board, set_down };
        runner.take_up().await?;
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

struct Runner {
    journal: Arc<dyn Journal>,
    sources: Arc<Sources>,
    orders: Arc<Notify>,
    observer: Box<dyn Observer>,
    lease: Lease,
    board: Board,
    /// Up to this event the switchboard is set down.
    set_down: u64,
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
        self.set_down_now_and_then();
        Ok(entries.len())
    }

    /// So that the next start need not read all events. Beside the road of calls, and no harm where it fails.
    fn set_down_now_and_then(&mut self) {
        if self.board.sequence - self.set_down < SET_DOWN_EVERY {
            return;
        }
        self.set_down = self.board.sequence;
        let (journal, board) = (self.journal.clone(), self.board.snapshot());
        tokio::spawn(async move {
            if let Err(error) = journal.set_down_at(RELEASE, board).await {
                tracing::warn!(%error, "the switchboard could not be set down; the next start takes longer");
            }
        });
    }

    /// An assertion failed: that is a bug, and the memory may be wrong, so it is thrown away. The process lives.
    async fn recover(&mut self) -> Result<usize, DeskError> {
        tracing::error!(
            sequence = self.board.sequence,
            "an assertion of the engine failed; rebuilding by replay"
        );
        self.board = replay(self.journal.as_ref(), self.journal.beginning().await?.into()).await?;
        Err(DeskError::Bug)
    }

    /// Where this release has left off, or else from the beginning.
    async fn take_up(&mut self) -> Result<(), StoreError> {
        let set_down = self.journal.set_down(RELEASE).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the switchboard that was set down cannot be read; all events are");
            None
        });
        let from = match set_down {
            Some(board) => board,
            None => self.journal.beginning().await?,
        };
        self.set_down = from.sequence;
        self.board = replay(self.journal.as_ref(), from.into()).await?;
        self.set_down_now_and_then();
        Ok(())
    }
}

/// The switchboard after all events behind `board`.
async fn replay(journal: &dyn Journal, mut board: Board) -> Result<Board, StoreError> {
    loop {
        let page = journal.read(board.sequence, REPLAY_PAGE).await?;
        for recorded in &page {
            if recorded.sequence != board.sequence + 1 {
                return Err(StoreError::Damaged(format!("event {} is missing", board.sequence + 1)));
            }
            board.apply(&recorded.event, recorded.at);
        }
        if page.len() < REPLAY_PAGE as usize {
            return Ok(board);
        }
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

#[cfg(test)]
mod tests {
    use contracts::MemoryStore;
    use contracts::board::{Snapshot, fold_away};
    use contracts::journal::PAGE_MAX;
    use engine::AttendantId;

    use super::*;

    /// Looks at nothing.
    struct Unseen;

    impl Observer for Unseen {
        fn applied(&mut self, _: &Event, _: Timestamp) {}
        fn recorded(&mut self, _: &[RecordChange]) {}
        fn settled(&mut self, _: &Switchboard, _: Timestamp) {}
    }

    async fn opened(store: &Arc<MemoryStore>) -> Desk {
        let sources = Arc::new(Sources::new());
        Desk::open(store.clone(), sources, Arc::default(), Box::new(Unseen)).await.expect("memory").0
    }

    async fn attendants(desk: &Desk) -> Vec<u64> {
        desk.look(|board| board.attendants().map(|it| it.id.0).collect()).await.expect("it runs")
    }

    /// CALL-10: after two years too.
    #[tokio::test]
    async fn a_start_goes_on_from_where_this_release_set_the_switchboard_down() {
        let store = Arc::new(MemoryStore::new());
        let desk = opened(&store).await;
        let rita = AttendantId(2);
        desk.act(Command::PutAttendant(rita)).await.expect("she is new");
        let mut events = 1;
        while events < SET_DOWN_EVERY {
            let on_duty = events.is_multiple_of(2);
            events += desk.act(Command::SetDuty { attendant: rita, on_duty: !on_duty }).await.expect("it may")
                as u64;
        }
        let set_down = loop {
            match store.set_down(RELEASE).await.expect("memory") {
                Some(set_down) => break set_down,
                None => tokio::task::yield_now().await,
            }
        };
        let all = store.read(0, PAGE_MAX).await.expect("memory");
        assert_eq!(set_down, fold_away(Snapshot::default(), &all[..set_down.sequence as usize]));

        // Somebody whom no event tells of, so that it shows where a start begins.
        let mut marked = set_down;
        let mut sara = marked.switchboard.attendants[0].clone();
        sara.id = AttendantId(3);
        marked.switchboard.attendants.push(sara);
        store.set_down_at("another release", marked.clone()).await.expect("memory");
        assert_eq!(attendants(&opened(&store).await).await, [2], "it reads all events");
        store.set_down_at(RELEASE, marked).await.expect("memory");
        assert_eq!(attendants(&opened(&store).await).await, [2, 3], "it reads what came later");
    }
}
