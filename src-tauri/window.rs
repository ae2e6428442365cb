//! The main window: what it may show, when it hides, how it comes back. Draws nothing: the page does.

use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Manager, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent};

/// The main window's label; capabilities name it.
pub(crate) const MAIN: &str = "main";

/// Opens the main window.
pub(crate) fn open(app: &AppHandle) -> tauri::Result<()> {
    let window = WebviewWindowBuilder::new(app, MAIN, WebviewUrl::App("index.html".into()))
        .title("Usher")
        .inner_size(1280.0, 800.0)
        .min_inner_size(720.0, 480.0)
        .on_navigation(is_own_page)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        // Dropped files go to the page, which imports address books.
        .disable_drag_drop_handler()
        .build()?;
    let hidden = window.clone();
    window.on_window_event(move |event| {
        // Calls must ring although the window is closed: quitting is in the tray.
        if let WindowEvent::CloseRequested { api, .. } = event {
            api.prevent_close();
            say(&hidden, "hidden", hidden.hide());
        }
    });
    Ok(())
}

/// The page never leaves what came with the program (SEC-2).
fn is_own_page(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    match url.scheme() {
        "tauri" => host == "localhost",
        "http" | "https" => host == "tauri.localhost" || (tauri::is_dev() && host == "localhost"),
        _ => false,
    }
}

/// Brings the window to the attendant, because the attendant asked for it.
pub(crate) fn show(app: &AppHandle) {
    if let Some(window) = main(app) {
        say(&window, "shown", window.show());
        say(&window, "restored", window.unminimize());
        say(&window, "focused", window.set_focus());
    }
}

/// The main window, while there is one.
pub(crate) fn main(app: &AppHandle) -> Option<WebviewWindow> {
    app.get_webview_window(MAIN)
}

/// A window system may refuse; the console goes on.
pub(crate) fn say(window: &WebviewWindow, what: &str, done: tauri::Result<()>) {
    if let Err(error) = done {
        tracing::warn!(%error, window = window.label(), "the window could not be {what}");
    }
}

#[cfg(test)]
mod tests {
    use super::is_own_page;

    #[test]
    fn only_pages_of_the_program_are_shown() {
        let shows = |url: &str| is_own_page(&url.parse().expect("the test's own address"));
        assert!(shows("tauri://localhost/index.html"));
        assert!(shows("http://tauri.localhost/"));
        for stranger in [
            "https://example.com/",
            "file:///etc/passwd",
            "http://localhost.example.com/",
            "data:text/html,x",
        ] {
            assert!(!shows(stranger), "{stranger}");
        }
    }
}
