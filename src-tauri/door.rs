//! The way between the page and the application: one command in, one event out, and the end of it all. Understands no request
//! itself: `app::api` does.

use crate::{attention, links};
use alone::Alone;
use app::App;
use app::api::wire::{ApiError, Request, Response, UiEvent};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tauri::{AppHandle, Emitter, ExitRequestApi, Manager, State};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Mutex, SetOnce};

/// The Tauri event that carries every `UiEvent`.
const EVENT: &str = "usher";

/// How long the telephone system gets to say goodbye. Longer, and the attendant believes that Usher hangs.
const GOODBYE_MAX: Duration = Duration::from_secs(5);

/// Open once the application is.
#[derive(Default)]
pub(crate) struct Door {
    app: SetOnce<Arc<App>>,
    alone: Mutex<Option<Alone>>,
    leaving: AtomicBool,
}

impl Door {
    /// Lets requests in and events out.
    pub(crate) async fn open(&self, handle: &AppHandle, alone: Alone) {
        let app = alone.app();
        tauri::async_runtime::spawn(tell(handle.clone(), app.clone()));
        *self.alone.lock().await = Some(alone);
        if self.app.set(app).is_err() {
            tracing::error!("the application was opened twice");
        }
    }

    /// Does what the page, the tray, a key or a notification asks; waits while Usher is still opening.
    pub(crate) async fn ask(&self, request: Request) -> Result<Response, ApiError> {
        self.app.wait().await.handle(request).await
    }
}

/// The one command of the page: `{cmd, payload}`.
#[tauri::command]
pub(crate) async fn request(
    handle: AppHandle,
    door: State<'_, Door>,
    envelope: serde_json::Value,
) -> Result<Response, ApiError> {
    let request: Request = serde_json::from_value(envelope).map_err(|error| {
        ApiError::new("request.invalid", format!("the request is not understood: {error}"))
    })?;
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

async fn tell(handle: AppHandle, app: Arc<App>) {
    let mut events = app.events();
    loop {
        let event = match events.recv().await {
            Ok(event) => event,
            Err(RecvError::Lagged(missed)) => {
                tracing::warn!(missed, "the page was too slow: it gets everything anew");
                match app.handle(Request::GetConsole {}).await {
                    Ok(Response::Console(view)) => UiEvent::Console(view),
                    Ok(_) | Err(_) => continue,
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
        let alone = handle.state::<Door>().alone.lock().await.take();
        if let Some(alone) = alone
            && tokio::time::timeout(GOODBYE_MAX, alone.shut_down()).await.is_err()
        {
            tracing::warn!("the telephone system did not say goodbye in time");
        }
        handle.exit(code);
    });
}
