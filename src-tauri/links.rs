//! `tel:`, `sip:` and `callto:` links (CALL-7). Hostile until parsed, and never dialled: the page asks the attendant.

use crate::{door, window};
use app::api::wire::UiEvent;
use contracts::address::Address;
use std::sync::{Mutex, PoisonError};
use tauri::{AppHandle, Manager};
use tauri_plugin_deep_link::DeepLinkExt;

/// Schemes that are opened here; `tauri.conf.json` registers the same ones.
const SCHEMES: [&str; 3] = ["tel", "sip", "callto"];

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
        for url in event.urls() {
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
    let Some(address) = address(link) else {
        // The link itself may name a person: it does not go to the log.
        tracing::warn!("a link was opened that is no number and no SIP address");
        return;
    };
    let links = app.state::<Links>();
    let mut waiting = links.0.lock().unwrap_or_else(PoisonError::into_inner);
    if waiting.is_page_there { ask(app, &address) } else { waiting.address = Some(address) }
}

fn ask(app: &AppHandle, address: &Address) {
    door::emit(app, &UiEvent::CallAsked { address: address.as_str().to_owned() });
}

fn address(link: &str) -> Option<Address> {
    let (scheme, _) = link.split_once(':')?;
    SCHEMES.iter().find(|known| known.eq_ignore_ascii_case(scheme))?;
    Address::parse(link).ok()
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn links_are_parsed_and_nothing_else_gets_through() {
        let parsed = |link: &str| address(link).map(|address| address.as_str().to_owned());
        assert_eq!(parsed("tel:+47-22-10-00-01").as_deref(), Some("+4722100001"));
        assert_eq!(parsed("SIP:anna@example.com;transport=tcp").as_deref(), Some("anna@example.com"));
        for link in
            ["+4722100001", "https://example.com", "tel:", "tel:1\r\n2", "msteams:/l/call", "sip:a\"b@c"]
        {
            assert_eq!(parsed(link), None, "{link:?}");
        }
    }
}
