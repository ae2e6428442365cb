//! A headless Chromium that opens a link and says when something was first painted, asked through its DevTools socket. It runs
//! before the link exists, as an attendant's browser does; its own start is not measured.

use acceptance::http::{self, Headers};
use acceptance::ports::free_port;
use acceptance::program::{Program, Talks};
use acceptance::wait;
use serde_json::{Value, json};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;
use tungstenite::{Message, WebSocket};

/// A running browser with one empty page.
pub struct Browser {
    page: WebSocket<TcpStream>,
    asked: u64,
    _program: Program,
    _dir: TempDir,
}

impl Browser {
    /// Starts Debian's Chromium, or the one named by `CHROMIUM`, with a profile of nobody.
    pub fn start() -> Browser {
        let dir = tempfile::Builder::new().prefix("usher-browser-").tempdir().expect("a temporary directory");
        let port = free_port();
        let mut command =
            Command::new(std::env::var_os("CHROMIUM").unwrap_or_else(|| "/usr/bin/chromium".into()));
        command.args(["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]);
        command.args(["--disable-background-networking", "--disable-component-update"]);
        command.arg(format!("--remote-debugging-port={port}"));
        command.arg(format!("--user-data-dir={}", dir.path().join("profile").display())).arg("about:blank");
        let program = Program::start("chromium", dir.path(), Talks::No, &mut command);
        let listens = || TcpStream::connect(("127.0.0.1", port)).ok();
        wait::until("Chromium to listen", listens, || program.words());
        let list = format!("http://127.0.0.1:{port}/json/list");
        let page = || page_address(&http::get(&list, &Headers::default()).body);
        let address = wait::until("Chromium's page", page, || program.words());
        let socket = TcpStream::connect(("127.0.0.1", port)).expect("Chromium listens");
        let (page, _) = tungstenite::client(address, socket).expect("Chromium lets itself be asked");
        Browser { page, asked: 0, _program: program, _dir: dir }
    }

    /// Opens the link; when the page behind it first showed something, since 1970.
    pub fn first_paint(&mut self, link: &str) -> Duration {
        self.ask("Page.navigate", json!({"url": link}));
        let origin = link.split("/open/").next().expect("a link has an origin");
        // The page before stays until the new one is there.
        let painted = format!(
            "(() => {{ const entry = performance.getEntriesByName('first-contentful-paint')[0];
                return entry && location.origin === '{origin}' ? performance.timeOrigin + entry.startTime : null; }})()"
        );
        let look =
            || self.ask("Runtime.evaluate", json!({"expression": painted}))["result"]["value"].as_f64();
        Duration::from_secs_f64(wait::until("a first paint", look, String::new) / 1000.0)
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        let question = json!({"id": self.asked, "method": method, "params": params}).to_string();
        self.page.send(Message::text(question)).expect("Chromium listens");
        loop {
            let told = self.page.read().expect("Chromium answers");
            if let Some(result) = told.to_text().ok().and_then(|text| answer(text, self.asked)) {
                return result;
            }
        }
    }
}

/// The DevTools address of the first page in Chromium's list.
fn page_address(list: &str) -> Option<String> {
    let targets: Value = serde_json::from_str(list).ok()?;
    let page = targets.as_array()?.iter().find(|target| target["type"] == "page")?;
    Some(page["webSocketDebuggerUrl"].as_str()?.to_owned())
}

/// What was answered to this question; events and other answers are not.
fn answer(text: &str, question: u64) -> Option<Value> {
    let mut told: Value = serde_json::from_str(text).ok()?;
    (told["id"] == question).then(|| told["result"].take())
}

#[cfg(test)]
mod tests {
    use super::{answer, page_address};
    use serde_json::json;

    #[test]
    fn the_first_page_is_found_among_other_targets() {
        let list = r#"[{"type":"service_worker","webSocketDebuggerUrl":"ws://a"},{"type":"page","webSocketDebuggerUrl":"ws://b"}]"#;
        assert_eq!(page_address(list).as_deref(), Some("ws://b"));
        assert_eq!(page_address("[]"), None);
    }

    #[test]
    fn only_the_answer_to_the_question_counts() {
        assert_eq!(answer(r#"{"id":2,"result":{"a":1}}"#, 2), Some(json!({"a":1})));
        assert_eq!(answer(r#"{"id":1,"result":{}}"#, 2), None);
        assert_eq!(answer(r#"{"method":"Page.loadEventFired"}"#, 2), None);
    }
}
