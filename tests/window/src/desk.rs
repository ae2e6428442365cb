//! One window of Usher and what can be done to it: look, press keys, click, fill in, take a picture. Waits for what it looks
//! for; a test never sleeps.

use crate::session::{Session, program};
use acceptance::kamailio::{DOMAIN, Kamailio, PASSWORD};
use acceptance::ports::free_ports;
use acceptance::program::{Program, Talks};
use acceptance::usher::CONSOLE;
use acceptance::wait;
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use tokio::runtime::Runtime;

/// A window of Usher in a session of its own.
pub struct Desk {
    client: Client,
    runtime: Runtime,
    driver: Program,
    session: Session,
}

impl Desk {
    /// Starts Usher with empty data and waits for its window. The attendant's audio comes from and goes to files.
    #[track_caller]
    pub fn open() -> Desk {
        Desk::open_with(Session::start(), &[])
    }

    /// As `open`, in this session and with these arguments beside.
    #[track_caller]
    pub fn open_with(session: Session, arguments: &[&str]) -> Desk {
        let audio = session.dir().join("audio");
        std::fs::create_dir_all(&audio).expect("a temporary directory is writable");
        acceptance::audio::write_tone(&audio.join("microphone.wav"), 440.0);
        let port = free_ports(2);
        let mut command = Command::new("tauri-driver");
        command.args(["--port", &port.to_string(), "--native-port", &(port + 1).to_string()]);
        session.lend(&mut command);
        let driver = Program::start("tauri-driver", session.dir(), Talks::No, &mut command);
        // The driver speaks before WebKit's own driver behind it listens, and fails when asked too early.
        for port in [port, port + 1] {
            let listens = || TcpStream::connect(("127.0.0.1", port)).ok();
            wait::until("tauri-driver and WebKitWebDriver to listen", listens, || driver.words());
        }
        let runtime = Runtime::new().expect("a runtime for the WebDriver client");
        let mut all = vec!["--data-dir".to_owned(), session.dir().join("data").display().to_string()];
        all.extend(["--audio".to_owned(), format!("file:{}", audio.display())]);
        all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        let options = json!({"application": program(), "args": all});
        let wants = json!({"browserName": "wry", "tauri:options": options});
        let wants = wants.as_object().expect("an object").clone();
        let mut connect = ClientBuilder::new(HttpConnector::new());
        connect.capabilities(wants);
        let connected =
            runtime.block_on(async { connect.connect(&format!("http://127.0.0.1:{port}")).await });
        let client = connected.unwrap_or_else(|error| panic!("no window: {error}\n{}", driver.words()));
        Desk { client, runtime, driver, session }
    }

    /// Keeps the recovery key, as the first start asks: reads its words and types back those that are asked for.
    #[track_caller]
    pub fn keep_recovery_key(&self) {
        self.see_text("h1", "Keep this safe: your recovery key");
        self.see_text("ol li", "24");
        let letters = |line: String| line.chars().filter(char::is_ascii_alphabetic).collect::<String>();
        let words: Vec<String> = self.texts("ol li").into_iter().map(letters).collect();
        self.click("I have kept it");
        self.see_text("label", "Word");
        for label in self.texts("label") {
            let position: usize = label.trim_start_matches("Word ").parse().expect("the position of a word");
            self.press(words[position - 1].as_str());
            self.press(Key::Tab);
        }
        self.click("Confirm");
        self.see_text("h1", "The recovery key is kept.");
        self.click("Go on");
    }

    /// Goes through the first start: keeps the recovery key, connects as the console to this telephone system, and opens the
    /// console.
    #[track_caller]
    pub fn connect(&self, kamailio: &Kamailio) {
        self.keep_recovery_key();
        self.see_text("h1", "Welcome to Usher");
        self.click("Connect …");
        let (registrar, user, password, domain) = (kamailio.address(), CONSOLE, PASSWORD, DOMAIN);
        for (field, text) in
            [("registrar", registrar.as_str()), ("user", user), ("password", password), ("domain", domain)]
        {
            self.fill_in(&format!("#sip-{field}"), text);
        }
        self.press(Key::Enter);
        self.see_text("h1", "Connected.");
        self.click("Open the console");
        self.see("[data-pane='calls']");
    }

    /// Waits until an element with this selector is seen; its text.
    #[track_caller]
    pub fn see(&self, css: &str) -> String {
        self.see_text(css, "")
    }

    /// Waits until an element with this selector shows this text; all of its text.
    #[track_caller]
    pub fn see_text(&self, css: &str, text: &str) -> String {
        let look = || self.texts(css).into_iter().find(|shown| shown.contains(text));
        wait::until(&format!("{css} to show {text:?}"), look, || self.everything())
    }

    /// Waits until no element with this selector shows this text.
    #[track_caller]
    pub fn see_no_more(&self, css: &str, text: &str) {
        let look = || (!self.texts(css).iter().any(|shown| shown.contains(text))).then_some(());
        wait::until(&format!("{css} to show {text:?} no more"), look, || self.everything());
    }

    /// Presses a key or types a text where the focus is.
    #[track_caller]
    pub fn press(&self, keys: impl Into<Keys>) {
        let Keys(held, typed) = keys.into();
        let mut actions = KeyActions::new("keyboard".to_owned());
        for value in held.iter().copied() {
            actions = actions.then(KeyAction::Down { value });
        }
        for value in typed.chars() {
            actions = actions.then(KeyAction::Down { value }).then(KeyAction::Up { value });
        }
        for value in held.iter().rev().copied() {
            actions = actions.then(KeyAction::Up { value });
        }
        self.run(async { self.client.perform_actions(actions).await });
    }

    /// Clicks the first button that shows this text.
    #[track_caller]
    pub fn click(&self, button: &str) {
        let path = format!("//button[contains(normalize-space(.), \"{button}\")]");
        self.find(Locator::XPath(&path), async |element| element.click().await);
    }

    /// Fills in the field with this selector.
    #[track_caller]
    pub fn fill_in(&self, css: &str, text: &str) {
        self.find(Locator::Css(css), async |element| element.send_keys(text).await);
    }

    /// Gives a file to the page's field for files, as dropping it would.
    #[track_caller]
    pub fn give_file(&self, css: &str, name: &str, content: &str) {
        self.find(Locator::Css(css), async |_| Ok(()));
        let script = r"
            const [css, name, content] = arguments;
            const input = document.querySelector(css);
            const files = new DataTransfer();
            files.items.add(new File([content], name));
            input.files = files.files;
            input.dispatchEvent(new Event('change', { bubbles: true }));";
        self.run(async { self.client.execute(script, vec![json!(css), json!(name), json!(content)]).await });
    }

    /// Runs the body of an async function in the page; what it returns.
    #[track_caller]
    pub fn evaluate(&self, body: &str) -> serde_json::Value {
        let script = format!(
            "(async () => {{ {body} }})().then(arguments[0], (error) => arguments[0](String(error)));"
        );
        self.run(async { self.client.execute_async(&script, Vec::new()).await })
    }

    /// Turns to the window with this title, as soon as there is one.
    #[track_caller]
    pub fn switch_to_window(&self, title: &str) {
        let look = || self.runtime.block_on(self.switch_to(title)).ok().flatten();
        wait::until(&format!("a window {title:?}"), look, || self.driver.words());
    }

    async fn switch_to(&self, title: &str) -> Result<Option<()>, CmdError> {
        for window in self.client.windows().await? {
            self.client.switch_to_window(window).await?;
            if self.client.title().await? == title {
                return Ok(Some(()));
            }
        }
        Ok(None)
    }

    /// Saves what the window shows.
    #[track_caller]
    pub fn picture(&self, path: &Path) {
        let png = self.run(async { self.client.screenshot().await });
        std::fs::write(path, png).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// The session it lives in.
    pub fn session(&self) -> &Session {
        &self.session
    }

    #[track_caller]
    fn find(&self, locator: Locator<'_>, act: impl AsyncFn(Element) -> Result<(), CmdError>) {
        let attempt = || self.runtime.block_on(async { act(self.client.find(locator).await?).await }).ok();
        wait::until(&format!("{locator:?}"), attempt, || self.everything());
    }

    /// What is shown by the elements with this selector; WebDriver's own way leaves out what an ellipsis cuts.
    fn texts(&self, css: &str) -> Vec<String> {
        let script = "return [...document.querySelectorAll(arguments[0])]
            .filter((element) => element.checkVisibility({ visibilityProperty: true })).map((element) => element.innerText)";
        let shown = self.runtime.block_on(self.client.execute(script, vec![json!(css)]));
        shown.ok().and_then(|texts| serde_json::from_value(texts).ok()).unwrap_or_default()
    }

    fn everything(&self) -> String {
        let page = self.texts("body").concat();
        self.save_for_later();
        format!("the page shows:\n{page}\n---- the program says:\n{}", self.driver.words())
    }

    /// A failed test leaves a picture.
    fn save_for_later(&self) {
        let Ok(png) = self.runtime.block_on(self.client.screenshot()) else { return };
        let path = std::env::temp_dir().join(format!("usher-window-{}.png", std::process::id()));
        if std::fs::write(&path, png).is_ok() {
            eprintln!("a picture of the failure: {}", path.display());
        }
    }

    #[track_caller]
    fn run<T>(&self, asked: impl Future<Output = Result<T, CmdError>>) -> T {
        self.runtime.block_on(asked).unwrap_or_else(|error| panic!("{error}\n{}", self.driver.words()))
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // The driver then ends the window; what is left goes with the driver's process group.
        let _ = self.runtime.block_on(self.client.clone().close());
    }
}

/// Keys that are held while others are typed.
pub struct Keys(Vec<char>, String);

impl From<Key> for Keys {
    fn from(key: Key) -> Keys {
        Keys(Vec::new(), char::from(key).to_string())
    }
}

impl From<&str> for Keys {
    fn from(text: &str) -> Keys {
        Keys(Vec::new(), text.to_owned())
    }
}

/// `Alt` and a letter.
pub fn alt(letter: char) -> Keys {
    Keys(vec![char::from(Key::Alt)], letter.to_string())
}

/// Where pictures for the documents go, when they are to be taken anew (`USHER_PICTURES=1`).
pub fn picture_of(name: &str) -> Option<PathBuf> {
    let wanted = std::env::var("USHER_PICTURES").is_ok_and(|value| value == "1");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/images");
    wanted.then(|| {
        std::fs::create_dir_all(&folder).expect("the documents are writable");
        folder.join(format!("{name}.png"))
    })
}
