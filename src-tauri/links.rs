//! `tel:`, `sip:` and `callto:` links (CALL-7), as the system hands them over. `contracts::link` reads them; nothing is
//! dialled: the page asks the attendant.

use crate::{door, window};
use app::api::wire::UiEvent;
use contracts::address::Address;
use contracts::link::address_of;
use std::sync::{Mutex, PoisonError};
use tauri::{AppHandle, Manager};
use tauri_plugin_deep_link::DeepLinkExt;

/// A link that came before the page could hear of it waits here; only the latest is asked for.
#[derive(Default)]
struct Links(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    is_page_there: bool,
    address: Option<Address>,
}

/// Listens to links, beginning with the one the program was started with.
pub(crate) fn listen(app: &AppHandle, first: Option<&str>) {
    app.manage(Links::default());
    if let Some(link) = first {
        opened(app, link);
    }
    let handle = app.clone();
    app.deep_link().on_open_url(move |event| {
        // One link asks one question, and only the last would be left on the screen.
        if let Some(url) = event.urls().last() {
            window::show(&handle);
            opened(&handle, url.as_str());
        }
    });
}

/// The page listens now.
pub(crate) fn page_is_there(app: &AppHandle) {
    let links = app.state::<Links>();
    let mut waiting = links.0.lock().unwrap_or_else(PoisonError::into_inner);
    waiting.is_page_there = true;
    if let Some(address) = waiting.address.take() {
        ask(app, &address);
    }
}

fn opened(app: &AppHandle, link: &str) {
    let address = match address_of(link) {
        Ok(address) => address,
        // The link itself may name a person: only the reason goes to the log.
        Err(why) => {
            tracing::warn!(%why, "a link was opened that asks for no call");
            return;
        }
    };
    let links = app.state::<Links>();
    let mut waiting = links.0.lock().unwrap_or_else(PoisonError::into_inner);
    if waiting.is_page_there { ask(app, &address) } else { waiting.address = Some(address) }
}

fn ask(app: &AppHandle, address: &Address) {
    door::emit(app, &UiEvent::CallAsked { address: address.as_str().to_owned() });
}

#[cfg(test)]
mod tests {
    use contracts::link::SCHEMES;

    #[test]
    fn the_schemes_that_are_registered_are_the_ones_that_are_read() {
        let conf: serde_json::Value =
            serde_json::from_str(include_str!("../tauri.conf.json")).expect("tauri.conf.json is JSON");
        assert_eq!(conf["plugins"]["deep-link"]["desktop"]["schemes"], serde_json::json!(SCHEMES));
    }
}
