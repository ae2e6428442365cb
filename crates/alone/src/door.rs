//! The one door of a host: the application when the store is open, and three requests while it is locked. The store opens
//! behind it without a restart, and the screens are told. Understands no other request.

use std::sync::{Arc, PoisonError, RwLock};

use app::api::wire::{ApiError, Request, Response, UiEvent};
use app::api::{self, REQUEST_BYTES_MAX};
use tokio::sync::{Mutex, broadcast};

use crate::{Alone, Locked, Opening, Options, UnlockError};

/// The door, and what is behind it just now.
pub struct Door {
    events: broadcast::Sender<UiEvent>,
    behind: RwLock<Behind>,
    /// One attempt to open the store at a time.
    trying: Mutex<()>,
}

#[derive(Clone)]
enum Behind {
    Open(Arc<Alone>),
    Locked(Arc<Locked>),
}

impl From<Opening> for Behind {
    fn from(opening: Opening) -> Behind {
        match opening {
            Opening::Open(alone) => Behind::Open(Arc::new(alone)),
            Opening::Locked(locked) => Behind::Locked(Arc::new(locked)),
        }
    }
}

impl Door {
    /// Opens the store, or stands before one that is locked. An error is what nobody can mend from the console.
    pub async fn open(options: Options) -> anyhow::Result<Door> {
        let events = app::events();
        let behind = RwLock::new(Alone::open(options, events.clone()).await?.into());
        Ok(Door { events, behind, trying: Mutex::default() })
    }

    /// What screens are told without asking. A receiver that lags asks for [`Door::everything`].
    pub fn events(&self) -> broadcast::Receiver<UiEvent> {
        self.events.subscribe()
    }

    /// Does what a screen asks.
    pub async fn handle(&self, request: Request) -> Result<Response, ApiError> {
        match (self.behind(), request) {
            (Behind::Open(alone), request) => alone.app().handle(request).await,
            (Behind::Locked(locked), Request::GetLock {}) => Ok(Response::Lock(Some(locked.view()))),
            (Behind::Locked(_), Request::RetryUnlock {}) => {
                self.attempt(async |locked| locked.retry().await).await
            }
            (Behind::Locked(_), Request::UnlockWithRecovery { words }) => {
                self.attempt(async |locked| locked.unlock_with_recovery(words.danger_expose()).await).await
            }
            (Behind::Locked(_), _) => Err(locked()),
        }
    }

    /// The same for an envelope as it came: `{"cmd": …, "payload": …}`.
    pub async fn handle_json(&self, envelope: &[u8]) -> Result<String, ApiError> {
        api::write(&self.handle(read(envelope)?).await?)
    }

    /// All there is to know, for a screen that was too slow to hear it piece by piece.
    pub async fn everything(&self) -> Option<UiEvent> {
        match self.handle(Request::GetConsole {}).await {
            Ok(Response::Console(view)) => Some(UiEvent::Console(view)),
            Ok(_) | Err(_) => match self.behind() {
                Behind::Locked(locked) => Some(UiEvent::Lock(Some(locked.view()))),
                Behind::Open(_) => None,
            },
        }
    }

    /// Ends what is behind it in good order.
    pub async fn shut_down(&self) {
        match self.behind() {
            Behind::Open(alone) => alone.shut_down().await,
            Behind::Locked(_) => {}
        }
    }

    /// Tries to open the store, and tells the screens what came of it.
    async fn attempt(
        &self,
        how: impl AsyncFnOnce(&Locked) -> Result<Opening, UnlockError>,
    ) -> Result<Response, ApiError> {
        let _one = self.trying.lock().await;
        let Behind::Locked(before) = self.behind() else {
            // Another window was faster.
            return Ok(Response::Done);
        };
        let behind: Behind = how(&before).await.map_err(of_unlocking)?.into();
        *self.behind.write().unwrap_or_else(PoisonError::into_inner) = behind.clone();
        let (event, answer) = match behind {
            Behind::Open(_) => (UiEvent::Lock(None), Ok(Response::Done)),
            Behind::Locked(still) => (UiEvent::Lock(Some(still.view())), Err(locked())),
        };
        // Nobody listening is fine: a screen that comes later asks.
        let _ = self.events.send(event);
        answer
    }

    fn behind(&self) -> Behind {
        self.behind.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Reads an envelope that came from a page: its size first, then its form.
pub fn read(envelope: &[u8]) -> Result<Request, ApiError> {
    if envelope.len() > REQUEST_BYTES_MAX {
        let (are, max) = (envelope.len(), REQUEST_BYTES_MAX);
        return Err(ApiError::invalid(format!("the request is {are} bytes long; {max} are read at most")));
    }
    let envelope = str::from_utf8(envelope).map_err(|_| ApiError::invalid("the request is not UTF-8"))?;
    api::read(envelope)
}

fn locked() -> ApiError {
    ApiError::new("store.locked", "Usher's data is locked. The window says why, and what to do.")
}

fn of_unlocking(error: UnlockError) -> ApiError {
    match error {
        UnlockError::WrongWords(why) => ApiError::new(
            "recovery.wrong-words",
            format!("This does not open it: {why}. Compare the words with your paper, one by one."),
        ),
        UnlockError::Failed(error) => {
            tracing::error!(error = format!("{error:#}"), "the data could not be opened");
            ApiError::new("store.unavailable", format!("Usher cannot open its data: {}.", error.root_cause()))
        }
    }
}

#[cfg(test)]
mod tests {
    use app::api::REQUEST_BYTES_MAX;
    use app::api::wire::Request;

    use super::read;

    #[test]
    fn an_envelope_is_measured_before_it_is_read_sec_1() {
        let padded = |bytes: usize| {
            let mut envelope = br#"{"cmd":"get_console","payload":{}}"#.to_vec();
            envelope.resize(bytes, b' ');
            envelope
        };
        assert!(matches!(read(&padded(REQUEST_BYTES_MAX)), Ok(Request::GetConsole {})));
        let refused = read(&padded(REQUEST_BYTES_MAX + 1)).expect_err("one byte too many");
        assert_eq!(refused.code, "request.invalid");
        assert!(refused.message.contains("46137345 bytes"), "{}", refused.message);
        assert_eq!(read(b"\xff").expect_err("no text").code, "request.invalid");
    }
}
