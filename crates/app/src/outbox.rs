//! Performs orders after their commit: once per name, in order per call, calls beside each other, so that one slow line
//! never stops another. Tells the switchboard what became of an order that the telephone system refused.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use contracts::book::PartyBook;
use contracts::journal::{Journal, Pending, StoreError};
use contracts::sounds::{Sound, SoundBook};
use contracts::telephony::{Order, OrderName, TelephonyError};
use engine::{CallId, Command, Effect, Failure, Leg, PartyId, SoundId, Span, TransferId};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::clock::Sources;
use crate::desk::{Desk, DeskError};
use crate::numbers::Numbers;
use crate::telephone::Telephone;

/// Orders read at a time: every line of a desk of 50 calls, five times over.
const PAGE: u32 = 256;
/// Attempts for a line that is busy with itself (a re-INVITE under way); with the pause below about 6 s.
const ATTEMPTS_MAX: u32 = 25;
/// Between two attempts.
const RETRY_PAUSE: Duration = Duration::from_millis(250);
/// A number is not rung for an order older than this: after a crash nobody waits for it any more.
const DIAL_AGE_MAX_MS: u32 = 30_000;

/// Which call a target's line belongs to, so that orders of one call stay in order.
#[derive(Clone, Debug, Default)]
pub struct Routes(Arc<Mutex<HashMap<TransferId, CallId>>>);

impl Routes {
    /// A transfer began.
    pub fn learn(&self, transfer: TransferId, call: CallId) {
        self.lock().insert(transfer, call);
    }

    /// The call has ended.
    pub fn forget(&self, call: CallId) {
        self.lock().retain(|_, of| *of != call);
    }

    /// The call this line belongs to. A target's line of a call that has ended is a lane of its own.
    fn lane(&self, leg: Leg) -> Lane {
        match leg {
            Leg::Caller(call) => Lane::Call(call),
            Leg::Target(transfer) => {
                self.lock().get(&transfer).map_or(Lane::Alone(transfer), |call| Lane::Call(*call))
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<TransferId, CallId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Lane {
    Call(CallId),
    Alone(TransferId),
}

/// What performing needs; shared by the tasks of all lanes.
pub struct Performer {
    /// Orders and whether they are done.
    pub journal: Arc<dyn Journal>,
    /// Told what became of them.
    pub desk: Desk,
    /// Who performs.
    pub telephone: Telephone,
    /// Whose numbers.
    pub parties: Arc<dyn PartyBook>,
    /// How they are dialled.
    pub numbers: Arc<Numbers>,
    /// What callers hear.
    pub sounds: Arc<dyn SoundBook>,
    /// Which line belongs to which call.
    pub routes: Routes,
    /// The clock.
    pub sources: Arc<Sources>,
}

/// Performs orders until cancelled; `wake` is notified after each commit that left some.
pub async fn run(performer: Performer, wake: Arc<Notify>, stop: CancellationToken) {
    let performer = Arc::new(performer);
    let mut lanes: HashMap<Lane, VecDeque<Pending>> = HashMap::new();
    let mut known: HashSet<OrderName> = HashSet::new();
    let mut running: JoinSet<(Lane, OrderName)> = JoinSet::new();
    let mut reread = true;
    loop {
        if reread {
            match performer.journal.pending(PAGE + u32::try_from(known.len()).unwrap_or(PAGE)).await {
                Ok(pending) => admit(&performer, pending, &mut known, &mut lanes, &mut running),
                Err(error) => tracing::warn!(%error, "orders cannot be read; trying again"),
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = wake.notified() => reread = true,
            // Also mends a notification that was lost with a failed read.
            () = tokio::time::sleep(Duration::from_secs(5)) => reread = true,
            Some(finished) = running.join_next() => {
                reread = known.len() >= PAGE as usize;
                match finished {
                    Ok((lane, name)) => {
                        known.remove(&name);
                        proceed(&performer, lane, &mut lanes, &mut running);
                    }
                    Err(error) => tracing::error!(%error, "an order's task failed"),
                }
            }
        }
    }
}

fn admit(
    performer: &Arc<Performer>,
    pending: Vec<Pending>,
    known: &mut HashSet<OrderName>,
    lanes: &mut HashMap<Lane, VecDeque<Pending>>,
    running: &mut JoinSet<(Lane, OrderName)>,
) {
    for order in pending {
        if !known.insert(order.name) {
            continue;
        }
        let lane = performer.routes.lane(first_leg(&order.effect));
        match lanes.get_mut(&lane) {
            Some(queue) => queue.push_back(order),
            None => {
                lanes.insert(lane, VecDeque::from([order]));
                proceed(performer, lane, lanes, running);
            }
        }
    }
}

/// Starts the lane's next order, or closes the lane.
fn proceed(
    performer: &Arc<Performer>,
    lane: Lane,
    lanes: &mut HashMap<Lane, VecDeque<Pending>>,
    running: &mut JoinSet<(Lane, OrderName)>,
) {
    let Some(order) = lanes.get_mut(&lane).and_then(VecDeque::pop_front) else {
        lanes.remove(&lane);
        return;
    };
    let performer = performer.clone();
    running.spawn(async move {
        let name = order.name;
        performer.perform(order).await;
        (lane, name)
    });
}

fn first_leg(effect: &Effect) -> Leg {
    match effect {
        Effect::Wait { leg, .. }
        | Effect::Answer { leg }
        | Effect::Play { leg, .. }
        | Effect::Record { leg, .. }
        | Effect::Connect { leg, .. }
        | Effect::Hold { leg, .. }
        | Effect::Dial { leg, .. }
        | Effect::Refer { leg, .. }
        | Effect::Release { leg, .. } => *leg,
        Effect::Conference { caller, .. } | Effect::Join { caller, .. } => *caller,
    }
}

impl Performer {
    async fn perform(&self, pending: Pending) {
        let gave_up = match self.try_perform(&pending).await {
            Ok(()) => None,
            Err(error) => {
                tracing::warn!(name = ?pending.name, effect = ?pending.effect, %error, "an order was not performed");
                self.report(&pending.effect, &error).await;
                Some(error.to_string())
            }
        };
        while let Err(error) = self.journal.done(pending.name, gave_up.as_deref()).await {
            match error {
                StoreError::Unavailable(_) => {
                    tracing::warn!(%error, "an order cannot be marked done yet");
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
                StoreError::Conflict(_) | StoreError::Damaged(_) | StoreError::OutOfRange(_) => {
                    tracing::error!(%error, "an order cannot be marked done");
                    return;
                }
            }
        }
    }

    async fn try_perform(&self, pending: &Pending) -> Result<(), TelephonyError> {
        let order = self.order(pending).await?;
        let mut attempt = 1;
        loop {
            match self.telephone.perform(pending.name, order.clone()).await {
                Err(TelephonyError::Retry(_) | TelephonyError::Disconnected(_)) if attempt < ATTEMPTS_MAX => {
                    attempt += 1;
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
                outcome => return outcome,
            }
        }
    }

    async fn order(&self, pending: &Pending) -> Result<Order, TelephonyError> {
        Ok(match pending.effect {
            Effect::Wait { leg, treatment } => Order::Wait { leg, treatment },
            Effect::Answer { leg } => Order::Answer { leg },
            Effect::Play { leg, play, sound } => Order::Play { leg, play, sound: self.sound(sound).await? },
            Effect::Record { leg, recording, length_max } => Order::Record { leg, recording, length_max },
            Effect::Connect { leg, attendant } => Order::Connect { leg, attendant },
            Effect::Hold { leg, treatment } => Order::Hold { leg, treatment },
            Effect::Dial { leg, party, attendant } => {
                if (self.sources.now() - pending.at).0 > DIAL_AGE_MAX_MS {
                    return Err(TelephonyError::Refused("the order is too old".into()));
                }
                Order::Dial { leg, to: self.address(party).await?, attendant }
            }
            Effect::Conference { caller, target, attendant } => {
                Order::Conference { caller, target, attendant }
            }
            Effect::Refer { leg, target, transfer } => {
                Order::Refer { leg, to: self.address(target.party).await?, transfer }
            }
            Effect::Join { caller, target, transfer } => Order::Join { caller, target, transfer },
            Effect::Release { leg, why } => Order::Release { leg, why },
        })
    }

    async fn address(&self, party: PartyId) -> Result<contracts::Address, TelephonyError> {
        let found =
            self.parties.party(party).await.map_err(|error| TelephonyError::Retry(error.to_string()))?;
        let address = found.and_then(|party| party.address);
        let address = address
            .ok_or_else(|| TelephonyError::Refused("the number of this party is no longer known".into()))?;
        Ok(self.numbers.reading().numbering.to_dial(&address).unwrap_or(address))
    }

    async fn sound(&self, sound: SoundId) -> Result<Arc<Sound>, TelephonyError> {
        let found =
            self.sounds.sound(sound).await.map_err(|error| TelephonyError::Retry(error.to_string()))?;
        found.ok_or_else(|| TelephonyError::Refused("the announcement is not there any more".into()))
    }

    /// What the switchboard must know about an order that had no effect.
    async fn report(&self, effect: &Effect, error: &TelephonyError) {
        let gone = match error {
            TelephonyError::NoSuchLeg => true,
            TelephonyError::Retry(_) | TelephonyError::Refused(_) | TelephonyError::Disconnected(_) => false,
        };
        let command = match *effect {
            Effect::Release { .. } => return,
            // A hold that the far end refuses leaves the line as it is; the attendant's audio is off it all the same.
            Effect::Hold { leg, .. }
            | Effect::Wait { leg, .. }
            | Effect::Play { leg, .. }
            | Effect::Record { leg, .. }
                if gone =>
            {
                Command::LegLost { leg }
            }
            // She is not kept waiting for what she cannot hear or be heard by.
            Effect::Play { leg, play, .. } => Command::PlayEnded { leg, play },
            Effect::Record { leg, recording, .. } => Command::Recorded { leg, recording, length: Span(0) },
            Effect::Hold { .. } | Effect::Wait { .. } => return,
            Effect::Connect { leg, .. } | Effect::Answer { leg } => Command::LegLost { leg },
            Effect::Dial { leg, .. } => Command::LegFailed { leg, failure: Failure::Fault },
            Effect::Conference { target, .. } if gone => Command::LegLost { leg: target },
            Effect::Conference { .. } => return,
            Effect::Refer { leg, .. } if gone => Command::LegLost { leg },
            Effect::Join { caller, .. } if gone => Command::LegLost { leg: caller },
            Effect::Refer { transfer, .. } | Effect::Join { transfer, .. } => {
                Command::TransferRefused { transfer, failure: Failure::Fault }
            }
        };
        tell(&self.desk, command).await;
    }
}

/// Tells the switchboard something that has happened out there: it cannot be un-happened, so a store that cannot be
/// written now is asked again until it can.
pub async fn tell(desk: &Desk, command: Command) {
    loop {
        match desk.act(command.clone()).await {
            Ok(_) => return,
            Err(DeskError::Rejected(rejection)) => {
                tracing::debug!(?rejection, ?command, "a report came too late to matter");
                return;
            }
            Err(DeskError::Store(StoreError::Unavailable(error))) => {
                tracing::warn!(%error, "a report cannot be recorded yet");
                tokio::time::sleep(RETRY_PAUSE).await;
            }
            Err(error @ (DeskError::Bug | DeskError::Store(_) | DeskError::Stopped)) => {
                tracing::error!(%error, "a report was not taken");
                return;
            }
        }
    }
}
