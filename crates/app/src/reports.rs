//! The entrance of the road: what a telephone system reports becomes commands of the engine. Does not decide anything.

use std::sync::Arc;

use contracts::Address;
use contracts::numbers::Listing;
use contracts::telephony::{Link, Order, OrderName, Report};
use engine::{CallId, Command, Leg, Origin, Rejection, ReleaseCause};
use tokio::sync::mpsc;

use crate::clock::Sources;
use crate::desk::{Desk, DeskError};
use crate::dialled::Dialled;
use crate::numbers::Numbers;
use crate::outbox::tell;
use crate::people::People;
use crate::telephone::Telephone;

/// What the reports of one connector need on their way.
pub struct Entrance {
    /// Where they go.
    pub desk: Desk,
    /// Whose numbers.
    pub people: Arc<People>,
    /// Where the link is shown, and calls that are not taken are refused.
    pub telephone: Telephone,
    /// Real, or made by the simulator.
    pub origin: Origin,
    /// Which service somebody dialled.
    pub dialled: Arc<Dialled>,
    /// Whom nobody wants to hear from.
    pub numbers: Arc<Numbers>,
    /// When they call.
    pub clock: Arc<Sources>,
}

impl Entrance {
    /// Passes reports on, in order, until the connector is gone.
    pub async fn run(self, mut reports: mpsc::Receiver<Report>) {
        while let Some(report) = reports.recv().await {
            match report {
                Report::Arrived { call, from, display_name, to } => {
                    self.arrived(call, &from, display_name.as_deref(), &to).await;
                }
                Report::Replaced { call, from, display_name } => {
                    self.replaced(call, &from, display_name.as_deref()).await;
                }
                Report::Ringing { leg } => tell(&self.desk, Command::LegRinging { leg }).await,
                Report::Answered { leg } => tell(&self.desk, Command::LegAnswered { leg }).await,
                Report::Failed { leg, failure } => {
                    tell(&self.desk, Command::LegFailed { leg, failure }).await
                }
                Report::HungUp { leg } => tell(&self.desk, Command::LegHungUp { leg }).await,
                Report::Lost { leg } => tell(&self.desk, Command::LegLost { leg }).await,
                Report::Taken { transfer } => tell(&self.desk, Command::TransferTaken { transfer }).await,
                Report::Refused { transfer, failure } => {
                    tell(&self.desk, Command::TransferRefused { transfer, failure }).await;
                }
                Report::Digit { leg, digit } => tell(&self.desk, Command::DigitPressed { leg, digit }).await,
                Report::PlayEnded { leg, play } => tell(&self.desk, Command::PlayEnded { leg, play }).await,
                Report::Recorded { leg, recording, length } => {
                    tell(&self.desk, Command::Recorded { leg, recording, length }).await;
                }
                Report::Link(link) => self.link(link),
            }
        }
    }

    async fn arrived(&self, call: CallId, from: &Address, display_name: Option<&str>, to: &Address) {
        let anonymous = from.user().eq_ignore_ascii_case("anonymous");
        let without_outside = self.numbers.reading().numbering.arrived(from);
        let from = without_outside.as_ref().unwrap_or(from);
        if !anonymous && self.is_blocked(call, from).await {
            return self.turn_away(call).await;
        }
        let party = match self.people.party_of((!anonymous).then_some(from), display_name).await {
            Ok(party) => party,
            Err(error) => {
                tracing::error!(%error, %call, "a caller was turned away: the store cannot be written");
                return self.turn_away(call).await;
            }
        };
        let plan = self.dialled.plan();
        let arrives = |service| Command::CallArrived { call, service, party, origin: self.origin };
        let mut outcome = self.desk.act(arrives(plan.service(to))).await;
        if let Err(DeskError::Rejected(Rejection::UnknownService(service))) = outcome
            && service != plan.otherwise
        {
            // It is being removed, and its addresses are not forgotten yet.
            outcome = self.desk.act(arrives(plan.otherwise)).await;
        }
        match outcome {
            // A repeated report of a call that is here, or was.
            Ok(_) | Err(DeskError::Rejected(Rejection::DuplicateCall(_))) => {}
            Err(error) => {
                tracing::error!(%error, %call, "a caller was turned away");
                self.turn_away(call).await;
            }
        }
    }

    /// Whether nobody wants to hear from this number. The call is counted on the list; it comes into no record, for it has reached
    /// no service.
    async fn is_blocked(&self, call: CallId, from: &Address) -> bool {
        let reading = self.numbers.reading();
        let Some(listed) = reading.listing(from) else { return false };
        if let Err(error) = self.numbers.count_call(listed.id, self.clock.now()).await {
            tracing::warn!(%error, %call, "a call of a listed number could not be counted");
        }
        match listed.entry.listing {
            Listing::Blocked => true,
            Listing::Spam => false,
        }
    }

    async fn replaced(&self, call: CallId, from: &Address, display_name: Option<&str>) {
        let without_outside = self.numbers.reading().numbering.arrived(from);
        let from = without_outside.as_ref().unwrap_or(from);
        match self.people.party_of(Some(from), display_name).await {
            Ok(party) => tell(&self.desk, Command::PartyReplaced { call, party }).await,
            Err(error) => tracing::warn!(%error, %call, "the new party of a call could not be recorded"),
        }
    }

    /// The one order outside the journal: the switchboard does not know this call, so nothing would ever end it.
    async fn turn_away(&self, call: CallId) {
        let name = OrderName { sequence: call.0, index: u32::MAX };
        let order = Order::Release { leg: Leg::Caller(call), why: ReleaseCause::Overload };
        if let Err(error) = self.telephone.perform(name, order).await {
            tracing::warn!(%error, %call, "a caller could not be turned away");
        }
    }

    fn link(&self, link: Link) {
        self.telephone.set_link(Some(link));
        self.desk.show();
    }
}
