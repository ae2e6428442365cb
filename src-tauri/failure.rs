//! The page that says why Usher cannot start. It is not part of the console: it must come up when nothing else does, may do
//! nothing, and ends the program when it is closed.

use std::sync::OnceLock;
use tauri::http::{Response, header};
use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Manager, WebviewUrl, WebviewWindowBuilder, WindowEvent};

use crate::window;

/// The window's label. No capability names it: the page may ask nothing.
pub(crate) const WINDOW: &str = "failure";
/// Where the page is had from.
pub(crate) const SCHEME: &str = "usher-failure";

/// The page has one style, written in it, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// Why; set before the window opens.
struct Why(OnceLock<String>);

/// Replaces the console by the reason why there is none.
pub(crate) fn show(app: &AppHandle, why: &str) {
    app.manage(Why(OnceLock::from(why.to_owned())));
    if let Some(main) = window::main(app) {
        window::say(&main, "hidden", main.hide());
    }
    let url = format!("{SCHEME}://localhost/").parse().expect("an address of our own");
    let opened = WebviewWindowBuilder::new(app, WINDOW, WebviewUrl::CustomProtocol(url))
        .title("Usher cannot start")
        .inner_size(640.0, 420.0)
        .on_navigation(|url| url.scheme() == SCHEME)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .build();
    match opened {
        Ok(window) => {
            let app = app.clone();
            window.on_window_event(move |event| {
                if let WindowEvent::Destroyed = event {
                    app.exit(1);
                }
            });
        }
        Err(error) => {
            tracing::error!(%error, "not even the reason can be shown");
            app.exit(1);
        }
    }
}

/// The page.
pub(crate) fn page(app: &AppHandle) -> Response<Vec<u8>> {
    let why = app.try_state::<Why>().and_then(|why| why.0.get().cloned()).unwrap_or_default();
    Response::builder()
        .header(header::CONTENT_TYPE, "text/html; charset=utf-8")
        .header(header::CONTENT_SECURITY_POLICY, POLICY)
        .body(html(&why).into_bytes())
        .expect("these headers are valid")
}

fn html(why: &str) -> String {
    let why = why.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Usher cannot start</title>
<style>
  :root {{ color-scheme: light dark; font: 16px/1.5 "Segoe UI", system-ui, sans-serif }}
  body {{ margin: 2.5rem }}
  pre {{ padding: 1rem; border: 1px solid; border-radius: .5rem; white-space: pre-wrap }}
</style>
<main role="alert">
  <h1>Usher cannot start</h1>
  <p>Nothing was changed and nothing is lost. This is what went wrong:</p>
  <pre>{why}</pre>
  <p>If Usher is already running, use that window. If the disk is full or the folder cannot be written, put that right.
  Then start Usher again. Calls that were going on are taken up where they stand.</p>
</main>
</html>
"#
    )
}

#[cfg(test)]
mod tests {
    use super::html;

    #[test]
    fn the_reason_is_shown_as_text() {
        assert!(html("the store <x> & y").contains("<pre>the store &lt;x> &amp; y</pre>"));
    }
}
