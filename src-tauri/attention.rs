//! Makes a ringing call noticed when the window is not in front (CALL-12): the window comes up without taking the keyboard, a
//! notification can answer, the tray shows it, and one key of the system answers from anywhere. Never relies on the
//! notification alone: systems drop them.

use crate::door::Door;
use crate::ringing::{Change, Ring, Ringing};
use crate::{tray, window};
use app::api::wire::{ConsoleView, Request};
use std::sync::{Mutex, PoisonError};
use tauri::{AppHandle, Manager, UserAttentionType};
use tauri_plugin_global_shortcut::{GlobalShortcutExt, ShortcutState};
use tauri_plugin_notification::{Action, ActionType, NotificationExt};

/// Answers from anywhere.
const ANSWER_KEY: &str = "CommandOrControl+Shift+A";
/// The kind of notification that can answer.
const RINGING: &str = "ringing";
/// The notification's button.
const ANSWER: &str = "answer";
/// There is one notification at most, because one call rings at most.
const NOTIFICATION: i32 = 1;

#[derive(Default)]
struct Attention(Mutex<Ringing>);

impl Attention {
    fn now(&self) -> Option<Ring> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).now().cloned()
    }
}

/// Listens to the answer key and to the notification's button.
pub(crate) fn listen(app: &AppHandle) {
    app.manage(Attention::default());
    let pressed = app.global_shortcut().on_shortcut(ANSWER_KEY, |app, _, event| {
        if event.state() == ShortcutState::Pressed {
            answer(app, None);
        }
    });
    if let Err(error) = pressed {
        tracing::warn!(%error, "the answer key {ANSWER_KEY} belongs to another program");
    }
    let kind = ActionType::builder(RINGING).actions(vec![Action::builder(ANSWER, "Answer").build()]).build();
    let handle = app.clone();
    let heard = app.notification().register_action_types(vec![kind]).and_then(|()| {
        app.notification().on_action(move |action| {
            let offer = action
                .notification()
                .and_then(|shown| shown.extra().get("offer")?.as_str().map(str::to_owned));
            if action.action_id() == ANSWER {
                answer(&handle, offer);
            } else {
                window::show(&handle);
            }
        })
    });
    if let Err(error) = heard {
        tracing::warn!(%error, "notifications cannot answer");
    }
}

/// Takes the next view of the console.
pub(crate) fn observe(app: &AppHandle, view: &ConsoleView) {
    let attention = app.state::<Attention>();
    let change = attention.0.lock().unwrap_or_else(PoisonError::into_inner).observe(view);
    tray::show(app, view);
    match change {
        Some(Change::Rings(ring)) => begin(app, &ring),
        Some(Change::Silent) => cease(app),
        None => {}
    }
}

/// Answers what rings now. With an offer: only when that one still rings, so that an old notification answers nobody else.
pub(crate) fn answer(app: &AppHandle, offer: Option<String>) {
    let Some(ring) = app.state::<Attention>().now() else { return };
    if offer.is_some_and(|offer| offer != ring.offer) {
        return;
    }
    window::show(app);
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let asked = app.state::<Door>().ask(Request::Accept { offer: ring.offer }).await;
        if let Err(refused) = asked {
            tracing::warn!(code = refused.code, "the call could not be answered");
        }
    });
}

fn begin(app: &AppHandle, ring: &Ring) {
    let Some(main) = window::main(app) else { return };
    if main.is_focused().unwrap_or(false) {
        return;
    }
    // Up and on top, but without the keyboard: the attendant may be typing elsewhere (CALL-11).
    if !main.is_visible().unwrap_or(true) {
        window::say(&main, "shown", main.show());
    }
    window::say(&main, "put on top", main.set_always_on_top(true));
    window::say(&main, "marked", main.request_user_attention(Some(UserAttentionType::Critical)));
    let (title, body) = words(ring);
    let shown = app.notification().builder().id(NOTIFICATION).title(title).body(body);
    if let Err(error) = shown.action_type_id(RINGING).extra("offer", &ring.offer).show() {
        tracing::warn!(%error, "no notification could be shown");
    }
}

fn cease(app: &AppHandle) {
    if let Some(main) = window::main(app) {
        window::say(&main, "taken from the top", main.set_always_on_top(false));
        window::say(&main, "unmarked", main.request_user_attention(None));
    }
    if let Err(error) = app.notification().remove_active(vec![NOTIFICATION]) {
        tracing::warn!(%error, "the notification stays");
    }
}

fn words(ring: &Ring) -> (String, String) {
    let mark = if ring.is_simulated { "Training: " } else { "" };
    (format!("{mark}{} is calling", ring.caller), ring.service.clone())
}

#[cfg(test)]
mod tests {
    use super::words;
    use crate::ringing::Ring;

    #[test]
    fn a_simulated_caller_is_announced_as_training() {
        let ring = |is_simulated| Ring {
            offer: "o".into(),
            caller: "Ada".into(),
            service: "Main line".into(),
            is_simulated,
        };
        assert_eq!(words(&ring(false)), ("Ada is calling".to_owned(), "Main line".to_owned()));
        assert_eq!(words(&ring(true)).0, "Training: Ada is calling");
    }
}
