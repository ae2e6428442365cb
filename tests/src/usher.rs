//! Usher itself, as an attendant meets it: the `usher serve` program, asked through its browser host and followed by its
//! event stream. Knows the words of `app::api::wire` and nothing behind them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use app::api::wire::{
    ApiError, CallRow, CallState, ConsoleView, Destination, HistoryRow, LinkState, Request, Response,
    SipAccountForm, SipTransport, TransferMode, UiEvent,
};
use tempfile::TempDir;

use crate::audio::{Recording, write_tone};
use crate::http::{self, Headers, Reply};
use crate::kamailio::{DOMAIN, Kamailio, PASSWORD};
use crate::keychain::Keychain;
use crate::program::{Program, Talks};
use crate::tools;
use crate::wait::{self, PATIENCE};

/// The tone the attendant speaks in.
pub const ATTENDANT_HZ: u32 = 440;
/// User part of the console's address.
pub const CONSOLE: &str = "4000";

/// Opens the test's data; a secret of nobody.
const STORE_KEY: &str = "5e2b9c0f47d1a86e3390fb1c7a64d8e2915b0c6df27e48a3b1d09c5768ef4a10";

/// A running `usher serve` with an open session.
pub struct Usher {
    program: Option<Program>,
    dir: TempDir,
    origin: String,
    link: String,
    headers: Headers,
    console: Arc<Followed>,
    account: Mutex<Option<SipAccountForm>>,
    keys: Keys,
}

/// Where a program finds the key of its data.
pub enum Keys {
    /// In a file: nobody is asked for anything.
    InFile,
    /// In this keychain.
    InKeychain(Box<Keychain>),
    /// Nowhere: the recovery key is typed.
    Nowhere,
}

/// The newest console the event stream has brought.
#[derive(Default)]
struct Followed {
    newest: Mutex<Option<ConsoleView>>,
    changed: Condvar,
}

impl Followed {
    fn take(&self, view: ConsoleView) {
        let mut newest = self.newest.lock().expect("no follower panics");
        if newest.as_ref().is_none_or(|known| known.revision <= view.revision) {
            *newest = Some(view);
            self.changed.notify_all();
        }
    }
}

impl Usher {
    /// Starts it with empty data, and opens the link.
    #[track_caller]
    pub fn start() -> Usher {
        Usher::start_with(Keys::InFile)
    }

    /// The same, with its key there.
    #[track_caller]
    pub fn start_with(keys: Keys) -> Usher {
        let dir = tempfile::Builder::new().prefix("usher-console-").tempdir().expect("a temporary directory");
        fs::create_dir(dir.path().join("audio")).expect("a temporary directory is writable");
        write_tone(&dir.path().join("audio/microphone.wav"), f64::from(ATTENDANT_HZ));
        fs::create_dir(dir.path().join("ui")).expect("a temporary directory is writable");
        fs::write(dir.path().join("ui/index.html"), PAGE).expect("a temporary directory is writable");
        fs::write(dir.path().join("key"), STORE_KEY).expect("a temporary directory is writable");
        let mut usher = Usher {
            program: None,
            dir,
            origin: String::new(),
            link: String::new(),
            headers: Headers::default(),
            console: Arc::default(),
            account: Mutex::default(),
            keys,
        };
        usher.start_again();
        usher
    }

    /// Asks to be connected so; an account asked for before is remembered for `connect_again`.
    #[track_caller]
    pub fn connect(&self, account: SipAccountForm) {
        *self.account.lock().expect("no caller panics") = Some(account.clone());
        self.ask(Request::ConnectSip { account });
    }

    /// Types the account in again, as after a start with a keychain that forgets.
    #[track_caller]
    pub fn connect_again(&self) {
        let account = self.account.lock().expect("no caller panics").clone();
        self.connect(account.expect("was connected before"));
    }

    /// Another program on the same data, which ends by itself or goes on; what it said.
    #[track_caller]
    pub fn start_second(&self) -> Program {
        Program::start("second-usher", self.dir.path(), Talks::No, &mut self.command())
    }

    /// SIGKILL, as a power cut would be.
    pub fn kill(&mut self) {
        self.program.as_mut().expect("is running").kill();
        self.program = None;
    }

    /// SIGTERM, and waits until it has ended in good order.
    #[track_caller]
    pub fn stop(&mut self) {
        let status = self.program.as_mut().expect("is running").stop();
        assert!(status.success(), "usher ended with {status}");
        self.program = None;
    }

    /// Starts it on the same data, and opens its new link.
    #[track_caller]
    pub fn start_again(&mut self) {
        self.start_again_and_open();
    }

    /// As `start_again`; what the link answered.
    #[track_caller]
    pub fn start_again_and_open(&mut self) -> Reply {
        let dir = self.dir.path();
        let mut command = self.command();
        let log = dir.join("usher.log");
        let known = fs::read_to_string(&log).unwrap_or_default().len();
        let mut program = Program::start("usher", dir, Talks::No, &mut command);
        let printed = || {
            assert!(program.ended().is_none(), "usher ended at start:\n{}", program.words());
            let words = fs::read_to_string(&log).ok()?;
            let link = words.get(known..)?.lines().find_map(|line| line.strip_prefix("Usher console: "))?;
            Some(link.trim().to_owned())
        };
        self.link = wait::until("the link of usher serve", printed, String::new);
        self.origin = self.link.split("/open/").next().expect("a link has an origin").to_owned();
        self.program = Some(program);
        self.open_session()
    }

    #[track_caller]
    fn command(&self) -> Command {
        let dir = self.dir.path();
        let mut command = Command::new(tools::usher());
        command.arg("serve").arg("--data-dir").arg(dir.join("data")).arg("--ui").arg(dir.join("ui"));
        command.arg("--audio").arg(format!("file:{}", dir.join("audio").display()));
        match &self.keys {
            Keys::InFile => {
                command.arg("--forget-secrets").arg("--store-key").arg(dir.join("key"));
            }
            Keys::InKeychain(keychain) => keychain.lend(&mut command),
            Keys::Nowhere => {
                command.arg("--forget-secrets");
            }
        }
        // With every SIP message: a failing test shows what was on the wire.
        command.env("USHER_LOG", "info,telephony=debug,app=debug").env("NO_COLOR", "1");
        command
    }

    #[track_caller]
    fn open_session(&mut self) -> Reply {
        let reply = http::get(&self.link, &Headers::default());
        let cookie = reply
            .cookie
            .clone()
            .unwrap_or_else(|| panic!("the link gave no session: {} {}", reply.status, reply.body));
        self.headers = Headers { cookie: Some(cookie), host: None, origin: Some(self.origin.clone()) };
        self.console = Arc::default();
        let mut events =
            http::open_events(&self.origin, &self.headers).expect("the session opens the event stream");
        let console = Arc::clone(&self.console);
        std::thread::spawn(move || {
            while let Some(event) = http::next_event(&mut events) {
                if let UiEvent::Console(view) = event {
                    console.take(*view);
                }
            }
        });
        match self.try_ask(Request::GetConsole {}) {
            Ok(Response::Console(view)) => self.console.take(*view),
            // Nobody looks yet: the data is locked, or nobody has signed in.
            Err(refused) if ["store.locked", "access.nobody"].contains(&refused.code.as_str()) => {}
            other => panic!("no console: {other:?}"),
        }
        reply
    }

    /// Its keychain, to lock and unlock.
    #[track_caller]
    pub fn keychain(&mut self) -> &mut Keychain {
        match &mut self.keys {
            Keys::InKeychain(keychain) => keychain,
            Keys::InFile | Keys::Nowhere => panic!("it was started without one"),
        }
    }

    /// Another keychain from the next start on, as on another computer.
    pub fn exchange_keys(&mut self, keys: Keys) {
        self.keys = keys;
    }

    /// `http://127.0.0.1:port`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The link that worked once.
    pub fn link(&self) -> &str {
        &self.link
    }

    /// What the open session sends along.
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// Where its data lies; by this argument the benches find its process.
    pub fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Its words so far.
    pub fn words(&self) -> String {
        self.program.as_ref().map(Program::words).unwrap_or_default()
    }

    /// Asks, and fails the test on a refusal.
    #[track_caller]
    pub fn ask(&self, request: Request) -> Response {
        let shown = request_name(&request);
        self.try_ask(request)
            .unwrap_or_else(|error| panic!("{shown} was refused: {error:?}\n{}", self.describe()))
    }

    /// Asks.
    #[track_caller]
    pub fn try_ask(&self, request: Request) -> Result<Response, ApiError> {
        http::ask(&self.origin, &self.headers, &request)
    }

    /// The console as it was told last.
    pub fn console(&self) -> ConsoleView {
        self.console
            .newest
            .lock()
            .expect("no follower panics")
            .clone()
            .expect("a session begins with a console")
    }

    /// Waits until the console shows something; panics with the last console when patience is over.
    #[track_caller]
    pub fn wait_console<T>(&self, what: &str, look: impl Fn(&ConsoleView) -> Option<T>) -> T {
        self.wait_console_within(PATIENCE, what, look)
    }

    /// As `wait_console`, for something that takes longer than patience by its own rules.
    #[track_caller]
    pub fn wait_console_within<T>(
        &self,
        patience: Duration,
        what: &str,
        look: impl Fn(&ConsoleView) -> Option<T>,
    ) -> T {
        let deadline = Instant::now() + patience;
        let mut newest = self.console.newest.lock().expect("no follower panics");
        loop {
            if let Some(found) = newest.as_ref().and_then(&look) {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let last = format!("{newest:#?}");
                drop(newest);
                panic!("waited {} s in vain for: {what}\nlast console: {last}", patience.as_secs());
            }
            newest = self.console.changed.wait_timeout(newest, left).expect("no follower panics").0;
        }
    }

    fn describe(&self) -> String {
        format!("console: {:#?}", self.console.newest.lock().ok().and_then(|view| view.clone()))
    }

    // -- what an attendant does and sees -----------------------------------------------------------------------------

    /// Waits for the connection to the telephone system; the words beside it.
    #[track_caller]
    pub fn wait_link(&self, state: LinkState) -> String {
        self.wait_console(&format!("the link {state:?}"), |view| {
            (view.link.state == state).then(|| view.link.detail.clone())
        })
    }

    /// Waits until a call rings here; its id.
    #[track_caller]
    pub fn wait_offered(&self) -> String {
        self.wait_console("an offered call", |view| Some(view.me.offer.as_ref()?.call.clone()))
    }

    /// Answers the call that rings, and waits until it is active; its id.
    #[track_caller]
    pub fn accept(&self) -> String {
        let (offer, call) = self.wait_console("an offered call", |view| {
            view.me.offer.as_ref().map(|offer| (offer.offer.clone(), offer.call.clone()))
        });
        self.ask(Request::Accept { offer });
        self.wait_call(&call, CallState::Active);
        call
    }

    /// Waits until one of the attendant's calls is in this state.
    #[track_caller]
    pub fn wait_call(&self, call: &str, state: CallState) -> CallRow {
        self.wait_console(&format!("call {call} {state:?}"), |view| {
            view.calls.iter().find(|row| row.call == call && row.state == state).cloned()
        })
    }

    /// Waits until the call is nowhere on the console.
    #[track_caller]
    pub fn wait_gone(&self, call: &str) {
        self.wait_console(&format!("call {call} gone"), |view| (places(view, call).is_empty()).then_some(()));
    }

    /// Waits until the call stands in the queue.
    #[track_caller]
    pub fn wait_queued(&self, call: &str) {
        self.wait_console(&format!("call {call} in the queue"), |view| {
            view.queue.iter().any(|row| row.call == call).then_some(())
        });
    }

    /// Waits until this many callers wait.
    #[track_caller]
    pub fn wait_waiting(&self, count: usize) {
        self.wait_console(&format!("{count} waiting callers"), |view| {
            (view.queue.len() == count).then_some(())
        });
    }

    /// Holds the active call, and waits until it is held.
    #[track_caller]
    pub fn hold(&self, call: &str) {
        self.ask(Request::Hold { call: call.to_owned() });
        self.wait_call(call, CallState::Held);
    }

    /// Takes a held call back, and waits until it is active.
    #[track_caller]
    pub fn retrieve(&self, call: &str) {
        self.ask(Request::Retrieve { call: call.to_owned() });
        self.wait_call(call, CallState::Active);
    }

    /// Parks, and waits until the call is in a slot; the slot.
    #[track_caller]
    pub fn park(&self, call: &str) -> u16 {
        self.ask(Request::Park { call: call.to_owned(), slot: None });
        self.wait_console(&format!("call {call} parked"), |view| {
            view.parked.iter().find(|row| row.call == call).map(|row| row.slot)
        })
    }

    /// Hangs up, and waits until the call is gone.
    #[track_caller]
    pub fn hang_up(&self, call: &str) {
        self.ask(Request::HangUp { call: call.to_owned() });
        self.wait_gone(call);
    }

    /// Blind or safe transfer.
    #[track_caller]
    pub fn transfer(&self, call: &str, mode: TransferMode, to: &str) {
        self.ask(Request::Transfer { call: call.to_owned(), mode, to: destination(to) });
    }

    /// Rings the target to talk first, and waits until the transfer is on the console; its id.
    #[track_caller]
    pub fn consult(&self, call: &str, to: &str) -> String {
        self.ask(Request::Consult { call: call.to_owned(), to: destination(to) });
        self.wait_console("a consultation", |view| {
            let row = view.calls.iter().find(|row| row.call == call)?;
            row.transfer.as_ref().map(|transfer| transfer.transfer.clone())
        })
    }

    /// Calls somebody, and waits until the call is on the console; its id.
    #[track_caller]
    pub fn place_call(&self, to: &str) -> String {
        self.ask(Request::PlaceCall { to: destination(to), service: None });
        self.wait_console("the outbound call", |view| {
            view.calls.iter().find(|row| row.outbound).map(|row| row.call.clone())
        })
    }

    /// Live call history, newest first.
    #[track_caller]
    pub fn history(&self) -> Vec<HistoryRow> {
        match self.ask(Request::GetHistory { before: None, limit: 200, simulated: false }) {
            Response::History(page) => page.rows,
            other => panic!("no history: {other:?}"),
        }
    }

    /// Waits until the call's newest part has this outcome (`outcomes.md`).
    #[track_caller]
    pub fn wait_outcome(&self, call: &str, outcome: u8) -> HistoryRow {
        let newest = || self.history().into_iter().filter(|row| row.call == call).max_by_key(|row| row.part);
        let look = || newest().filter(|row| row.outcome == Some(outcome));
        wait::until(&format!("outcome {outcome} of {call}"), look, || format!("{:#?}", self.history()))
    }

    /// What the attendant hears.
    pub fn heard(&self) -> Recording {
        Recording::at(self.dir.path().join("audio/speaker.wav"))
    }
}

/// Every place on the console where this call stands: `queue`, `calls`, `parked`, `leaving`.
pub fn places(view: &ConsoleView, call: &str) -> Vec<&'static str> {
    let mut places = Vec::new();
    places.extend(view.queue.iter().filter(|row| row.call == call).map(|_| "queue"));
    places.extend(view.calls.iter().filter(|row| row.call == call).map(|_| "calls"));
    places.extend(view.parked.iter().filter(|row| row.call == call).map(|_| "parked"));
    places.extend(view.leaving.iter().filter(|row| row.call == call).map(|_| "leaving"));
    places
}

/// The console's account.
pub fn account(kamailio: &Kamailio, transport: SipTransport) -> SipAccountForm {
    SipAccountForm {
        user: CONSOLE.to_owned(),
        auth_user: String::new(),
        password: PASSWORD.into(),
        registrar: kamailio.address(),
        domain: DOMAIN.to_owned(),
        transport,
        display_name: "Reception".to_owned(),
    }
}

/// The console's address of record.
pub fn console_address() -> String {
    format!("sip:{CONSOLE}@{DOMAIN}")
}

/// A number or address as typed.
pub fn destination(address: &str) -> Destination {
    Destination { address: address.to_owned(), contact: None, voicemail: false, service: None }
}

fn request_name(request: &Request) -> String {
    match request {
        // Never print a password.
        Request::ConnectSip { .. } => "ConnectSip".to_owned(),
        other => format!("{other:?}").chars().take(200).collect(),
    }
}

/// Stands in for the built interface: these tests never draw.
const PAGE: &str = "<!doctype html><html><head><style id=\"nonce\"></style></head><body>Usher</body></html>";
