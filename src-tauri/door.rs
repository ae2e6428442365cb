//! The way between the page and what is behind `alone::Door`: one command in, one event out, and the end of it all. Understands
//! no request itself.

use crate::{attention, links};
use app::api::wire::{ApiError, Request, Response, UiEvent};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tauri::{AppHandle, Emitter, ExitRequestApi, Manager, State};
use tokio::sync::SetOnce;
use tokio::sync::broadcast::error::RecvError;

/// The Tauri event that carries every `UiEvent`.
const EVENT: &str = "usher";

/// How long the telephone system gets to say goodbye. Longer, and the attendant believes that Usher hangs.
const GOODBYE_MAX: Duration = Duration::from_secs(5);

/// There once it is known whether the store is open or locked.
#[derive(Default)]
pub(crate) struct Door {
    behind: SetOnce<Arc<alone::Door>>,
    leaving: AtomicBool,
}

impl Door {
    /// Lets requests in and events out.
    pub(crate) fn open(&self, handle: &AppHandle, door: alone::Door) {
        let door = Arc::new(door);
        tauri::async_runtime::spawn(tell(handle.clone(), door.clone()));
        if self.behind.set(door).is_err() {
            tracing::error!("the door was opened twice");
        }
    }

    /// Does what the page, the tray, a key or a notification asks; waits while Usher is still opening.
    pub(crate) async fn ask(&self, request: Request) -> Result<Response, ApiError> {
        self.behind.wait().await.handle(request).await
    }
}

/// The one command of the page: the text of `{"cmd": …, "payload": …}`, so that nobody takes it apart before its size is known.
#[tauri::command]
pub(crate) async fn request(
    handle: AppHandle,
    door: State<'_, Door>,
    envelope: String,
) -> Result<Response, ApiError> {
    let request = alone::read(envelope.as_bytes())?;
    let is_page_there = matches!(request, Request::GetConsole {});
    let response = door.ask(request).await?;
    if is_page_there {
        links::page_is_there(&handle);
    }
    Ok(response)
}

/// Tells the page.
pub(crate) fn emit(handle: &AppHandle, event: &UiEvent) {
    if let Err(error) = handle.emit(EVENT, event) {
        tracing::warn!(%error, "the page cannot be told");
    }
}

async fn tell(handle: AppHandle, door: Arc<alone::Door>) {
    let mut events = door.events();
    loop {
        let event = match events.recv().await {
            Ok(event) => event,
            Err(RecvError::Lagged(missed)) => {
                tracing::warn!(missed, "the page was too slow: it gets everything anew");
                match door.everything().await {
                    Some(everything) => everything,
                    None => continue,
                }
            }
            Err(RecvError::Closed) => return,
        };
        if let UiEvent::Console(view) = &event {
            attention::observe(&handle, view);
        }
        emit(&handle, &event);
    }
}

/// Ends calls in good order before the program ends, once.
pub(crate) fn leave(handle: &AppHandle, api: &ExitRequestApi, code: i32) {
    if handle.state::<Door>().leaving.swap(true, Ordering::AcqRel) {
        return;
    }
    api.prevent_exit();
    let handle = handle.clone();
    tauri::async_runtime::spawn(async move {
        let door = handle.state::<Door>().behind.get().cloned();
        if let Some(door) = door
            && tokio::time::timeout(GOODBYE_MAX, door.shut_down()).await.is_err()
        {
            tracing::warn!("the telephone system did not say goodbye in time");
        }
        handle.exit(code);
    });
}

#[cfg(test)]
mod tests {
    use app::api::REQUEST_BYTES_MAX;

    /// The gate in the isolated frame cannot read Rust's constant.
    #[test]
    fn the_gate_lets_through_as_much_as_the_door_reads() {
        let gate = include_str!("isolation/gate.js");
        let said =
            gate.split_once("const REQUEST_CHARACTERS_MAX = ").and_then(|(_, rest)| rest.split_once(';'));
        let product = said
            .map(|(factors, _)| factors.split('*').filter_map(|n| n.trim().parse::<usize>().ok()).product());
        assert_eq!(product, Some(REQUEST_BYTES_MAX));
    }
}
