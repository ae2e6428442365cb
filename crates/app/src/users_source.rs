//! The users of the organisation become a source of contacts by themselves (DIR-1): once, when somebody is signed in with Entra ID.
//! Whoever removes it, or had it already, is not asked again. Reads nothing: that is `sources`.

use contracts::access_log::Word;
use contracts::sign_in::Issuer;
use contracts::sources::{Place, Source};

use crate::api::wire::ApiError;
use crate::app::App;

/// Setting: it was added, or was there already.
const OFFERED: &str = "users_source_offered";
/// As it is called until somebody calls it otherwise.
const NAME: &str = "Users of the organisation";

impl App {
    /// Waits until somebody is signed in with Entra ID, and sees that the source is there.
    pub(crate) async fn keep_offering_users(&self) {
        let mut state = self.sign_in.state();
        loop {
            let is_in = state.borrow_and_update().who().is_some();
            let offered = if is_in { self.offer_users().await } else { Ok(false) };
            match offered {
                Ok(true) => return,
                Ok(false) => {}
                // Tried again when somebody signs in, and at the next start.
                Err(error) => {
                    tracing::warn!(code = error.code, "the users of the organisation are no source yet")
                }
            }
            tokio::select! {
                () = self.stop.cancelled() => return,
                changed = state.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Whether nothing is left to do.
    async fn offer_users(&self) -> Result<bool, ApiError> {
        let is_entra = self.sign_in.settings().is_some_and(|it| matches!(it.issuer, Issuer::Entra { .. }));
        if !is_entra {
            return Ok(false);
        }
        // Nobody else adds the same meanwhile.
        let _one = self.administering.lock().await;
        if self.settings.get(OFFERED).await?.is_some() {
            return Ok(true);
        }
        let is_there = self.source_book.standings().iter().any(|it| it.source.place == Place::EntraUsers);
        if !is_there {
            let id = format!("{:x}", self.sources.setting());
            let source = Source { id: id.clone(), name: NAME.to_owned(), place: Place::EntraUsers };
            self.source_book.put(source, None).await?;
            self.note_source_added(Word::of("sign-in"), &id).await?;
        }
        self.settings.put(OFFERED, "true").await?;
        Ok(true)
    }
}
