//! Hands out telephone systems: SIP on the shared stage, and the simulator. Knows no protocol.

use std::sync::Arc;

use app::clock::Sources;
use async_trait::async_trait;
use contracts::connectors::{Connectors, SipAccount};
use contracts::secrets::Secret;
use contracts::telephony::{Report, Telephony, TelephonyError};
use telephony::media::Stage;
use telephony::simulator::Simulator;
use telephony::sip::{SipBooks, SipConnector, SipOptions, SipSources};
use tokio::sync::mpsc;

/// Makes connectors that share one stage, one book of lines and one of recordings.
pub(crate) struct Connecting {
    stage: Stage,
    books: SipBooks,
    sources: Arc<Sources>,
}

impl Connecting {
    pub(crate) fn new(stage: Stage, books: SipBooks) -> Connecting {
        Connecting { stage, books, sources: Arc::new(Sources::new()) }
    }
}

#[async_trait]
impl Connectors for Connecting {
    async fn sip(
        &self,
        account: &SipAccount,
        password: Secret,
        reports: mpsc::Sender<Report>,
    ) -> Result<Arc<dyn Telephony>, TelephonyError> {
        let (calls, clock) = (self.sources.clone(), self.sources.clone());
        let sources = SipSources::new(move || calls.call(), move || clock.now().0);
        let connector = SipConnector::start(
            account,
            password,
            SipOptions::default(),
            sources,
            self.stage.clone(),
            self.books.clone(),
            reports,
        )
        .await?;
        Ok(Arc::new(connector))
    }

    async fn simulator(&self, reports: mpsc::Sender<Report>) -> Result<Arc<dyn Telephony>, TelephonyError> {
        let sources = self.sources.clone();
        Ok(Arc::new(Simulator::start(move || sources.call(), self.books.recordings.clone(), reports)))
    }
}
