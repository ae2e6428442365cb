//! The telephone system in use, if any, and its reports on their way to the switchboard. Does not know which one it is.

use std::sync::{Arc, PoisonError, RwLock};

use contracts::telephony::{Link, Order, OrderName, Telephony, TelephonyError};
use tokio::sync::Notify;

/// The connector in use; clones share it.
#[derive(Clone, Default)]
pub struct Telephone {
    current: Arc<RwLock<Current>>,
    exchanged: Arc<Notify>,
}

#[derive(Default)]
struct Current {
    telephony: Option<Arc<dyn Telephony>>,
    link: Option<Link>,
}

impl Telephone {
    /// Uses this connector from now on; gives back the one before, to be shut down.
    pub fn replace(&self, telephony: Option<Arc<dyn Telephony>>) -> Option<Arc<dyn Telephony>> {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if telephony.is_none() {
            current.link = None;
        }
        self.exchanged.notify_one();
        std::mem::replace(&mut current.telephony, telephony)
    }

    /// Waits until another connector is in use than when it was asked last. For one who waits.
    pub(crate) async fn exchanged(&self) {
        self.exchanged.notified().await;
    }

    /// The connector said this about its connection.
    pub fn set_link(&self, link: Option<Link>) {
        self.current.write().unwrap_or_else(PoisonError::into_inner).link = link;
    }

    /// What the connector last said about its connection.
    pub fn link(&self) -> Option<Link> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).link.clone()
    }

    /// The connector in use.
    pub fn get(&self) -> Result<Arc<dyn Telephony>, TelephonyError> {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .telephony
            .clone()
            .ok_or_else(|| TelephonyError::Disconnected("no telephone system is connected".into()))
    }

    /// Performs an order with it.
    pub async fn perform(&self, name: OrderName, order: Order) -> Result<(), TelephonyError> {
        self.get()?.perform(name, order).await
    }
}
