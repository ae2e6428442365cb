//! A PJSUA2 telephone in a process of its own (`fixtures/pjsua2_phone.py`): calls, holds, transfers with and without
//! `Replaces`, plays a tone, records what it hears in each call.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{ChildStdin, Command};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::audio::Recording;
use crate::kamailio::{DOMAIN, Kamailio, PASSWORD};
use crate::ports::{free_port, free_ports};
use crate::program::{Program, Talks};
use crate::tools::{Tool, venv};
use crate::wait::{self, Story};

/// What the telephone does by itself when somebody calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnCall {
    /// Nothing: the test answers.
    Wait,
    /// Answers.
    Answer,
    /// Rings for ever.
    Ring,
    /// 486.
    Busy,
    /// 603.
    Decline,
    /// Not even 180.
    Silent,
}

impl OnCall {
    fn word(self) -> &'static str {
        match self {
            OnCall::Wait => "wait",
            OnCall::Answer => "answer",
            OnCall::Ring => "ring",
            OnCall::Busy => "busy",
            OnCall::Decline => "decline",
            OnCall::Silent => "silent",
        }
    }
}

/// How a telephone reaches the others.
#[derive(Clone, Debug)]
pub struct PhoneSetup {
    /// User part of its address.
    pub user: String,
    /// Tone it plays.
    pub tone_hz: u32,
    /// What it does when called.
    pub on_call: OnCall,
    /// `udp` or `tcp`.
    pub transport: &'static str,
    /// Host and port it registers with and sends everything to.
    pub proxy: String,
    /// Whether it registers.
    pub registers: bool,
    /// Whether it tells its telephone system what the person does.
    pub publishes: bool,
}

impl PhoneSetup {
    /// Registered over UDP, waits for the test when called.
    pub fn new(kamailio: &Kamailio, user: &str, tone_hz: u32) -> PhoneSetup {
        let proxy = kamailio.address();
        PhoneSetup {
            user: user.to_owned(),
            tone_hz,
            on_call: OnCall::Wait,
            transport: "udp",
            proxy,
            registers: true,
            publishes: false,
        }
    }

    /// With another behaviour when called.
    pub fn on_call(self, on_call: OnCall) -> PhoneSetup {
        PhoneSetup { on_call, ..self }
    }
}

/// `PJSUA_CALL_MEDIA_LOCAL_HOLD`.
const LOCAL_HOLD: u64 = 2;

/// A running telephone.
pub struct Pjsua {
    user: String,
    stdin: Mutex<ChildStdin>,
    story: Arc<Story<Value>>,
    orders: AtomicU64,
    dir: TempDir,
    program: Program,
}

/// One call of a telephone, by the telephone's own count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhoneCall(pub u64);

impl Pjsua {
    /// Registers `user` and waits until that is done.
    #[track_caller]
    pub fn start(kamailio: &Kamailio, user: &str, tone_hz: u32) -> Pjsua {
        Pjsua::start_with(&PhoneSetup::new(kamailio, user, tone_hz))
    }

    /// As set up; waits for the registration where there is one.
    #[track_caller]
    pub fn start_with(setup: &PhoneSetup) -> Pjsua {
        let dir = tempfile::Builder::new().prefix("usher-pjsua-").tempdir().expect("a temporary directory");
        Tool::Pjsua2.program();
        let mut command = Command::new(venv().join("bin/python"));
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/pjsua2_phone.py"));
        command.args([
            "--user",
            &setup.user,
            "--password",
            PASSWORD,
            "--domain",
            DOMAIN,
            "--proxy",
            &setup.proxy,
        ]);
        command.args(["--port", &free_port().to_string(), "--rtp-port", &free_ports(40).to_string()]);
        command.args(["--transport", setup.transport, "--tone", &setup.tone_hz.to_string()]);
        command.args(["--on-call", setup.on_call.word()]).arg("--dir").arg(dir.path());
        if !setup.registers {
            command.arg("--no-register");
        }
        if setup.publishes {
            command.arg("--publish");
        }
        let mut program =
            Program::start(&format!("pjsua2-{}", setup.user), dir.path(), Talks::ByPipes, &mut command);
        let (stdin, stdout) = program.pipes();
        let story = Arc::new(Story::default());
        let told = Arc::clone(&story);
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if let Ok(item) = serde_json::from_str(&line) {
                    told.tell(item);
                }
            }
        });
        let user = setup.user.clone();
        let phone = Pjsua { user, stdin: Mutex::new(stdin), story, orders: AtomicU64::new(1), dir, program };
        if setup.registers {
            phone.wait_event(0, "registered", |told| told["code"] == 200);
        } else {
            phone.wait_event(0, "started", |_| true);
        }
        phone
    }

    /// SIGKILL: its calls hang in the air.
    pub fn kill(mut self) {
        self.program.kill();
    }

    /// Address of record.
    pub fn address(&self) -> String {
        format!("sip:{}@{DOMAIN}", self.user)
    }

    /// Calls somebody.
    #[track_caller]
    pub fn dial(&self, to: &str) -> PhoneCall {
        let reply = self.order(json!({ "do": "dial", "to": to }));
        PhoneCall(reply["call"].as_u64().expect("a dialled call has a number"))
    }

    /// Answers.
    #[track_caller]
    pub fn answer(&self, call: PhoneCall) {
        self.order(json!({ "do": "answer", "call": call.0 }));
    }

    /// Ends, cancels or declines.
    #[track_caller]
    pub fn hang_up(&self, call: PhoneCall) {
        self.order(json!({ "do": "hang_up", "call": call.0 }));
    }

    /// Holds by re-INVITE.
    #[track_caller]
    pub fn hold(&self, call: PhoneCall) {
        self.press(&json!({ "do": "hold", "call": call.0 }));
    }

    /// Takes a held call back.
    #[track_caller]
    pub fn retrieve(&self, call: PhoneCall) {
        self.press(&json!({ "do": "retrieve", "call": call.0 }));
    }

    /// Presses keys (RFC 4733).
    #[track_caller]
    pub fn keys(&self, call: PhoneCall, digits: &str) {
        self.press(&json!({ "do": "digits", "call": call.0, "digits": digits }));
    }

    /// Attended transfer: the far ends of both calls get each other, by REFER with Replaces.
    #[track_caller]
    pub fn transfer_to_call(&self, call: PhoneCall, other: PhoneCall) {
        self.order(json!({ "do": "transfer_to_call", "call": call.0, "other": other.0 }));
    }

    /// Behaves so from now on when called.
    #[track_caller]
    pub fn behave(&self, on_call: OnCall) {
        self.order(json!({ "do": "on_call", "how": on_call.word() }));
    }

    /// Tells its telephone system that the person is `available`, `busy`, `away` or `offline`, and what she notes of it.
    #[track_caller]
    pub fn publish(&self, activity: &str, note: &str) {
        self.order(json!({ "do": "presence", "activity": activity, "note": note }));
    }

    /// A place in what it tells, to wait from.
    pub fn mark(&self) -> usize {
        self.story.mark()
    }

    /// Waits until somebody calls, later than `mark`.
    #[track_caller]
    pub fn wait_incoming(&self, mark: usize) -> PhoneCall {
        let told = self.wait_event(mark, "incoming", |_| true);
        PhoneCall(told["call"].as_u64().expect("an incoming call has a number"))
    }

    /// Waits until the call is in this state: `EARLY`, `CONFIRMED`, `DISCONNECTED`.
    #[track_caller]
    pub fn wait_state(&self, call: PhoneCall, state: &str) -> Value {
        self.wait_event(0, "state", |told| told["call"] == call.0 && told["state"] == state)
    }

    /// Waits until the call hears ringing (180).
    #[track_caller]
    pub fn wait_ringing(&self, call: PhoneCall) {
        self.wait_event(0, "state", |told| told["call"] == call.0 && told["code"] == 180);
    }

    /// Waits until the call is up.
    #[track_caller]
    pub fn wait_talking(&self, call: PhoneCall) {
        self.wait_state(call, "CONFIRMED");
    }

    /// Waits until the call has ended; the last status code.
    #[track_caller]
    pub fn wait_ended(&self, call: PhoneCall) -> u64 {
        self.wait_state(call, "DISCONNECTED")["code"].as_u64().unwrap_or_default()
    }

    /// Waits until the call is held by this telephone (its media is `PJSUA_CALL_MEDIA_LOCAL_HOLD`).
    #[track_caller]
    pub fn wait_held(&self, call: PhoneCall) {
        self.wait_event(0, "media", |told| told["call"] == call.0 && told["status"] == LOCAL_HOLD);
    }

    /// Waits until somebody transfers us by REFER, later than `mark`; the new call.
    #[track_caller]
    pub fn wait_referred(&self, mark: usize) -> PhoneCall {
        let told = self.wait_event(mark, "referred", |_| true);
        PhoneCall(told["new"].as_u64().expect("a new call has a number"))
    }

    /// Waits for an event that fits.
    #[track_caller]
    pub fn wait_event(&self, mark: usize, kind: &str, fits: impl Fn(&Value) -> bool) -> Value {
        self.story.wait(&format!("'{kind}' at PJSUA2 {}", self.user), mark, |told| {
            (told["event"] == kind && fits(told)).then(|| told.clone())
        })
    }

    /// Whether the call has ended by now.
    pub fn has_ended(&self, call: PhoneCall) -> bool {
        self.story.so_far().iter().any(|told| told["call"] == call.0 && told["state"] == "DISCONNECTED")
    }

    /// What it hears in this call.
    pub fn heard(&self, call: PhoneCall) -> Recording {
        Recording::at(self.dir.path().join(format!("call-{}.wav", call.0)))
    }

    /// As a person presses a key: again when the telephone is busy with a re-INVITE of the far end and refuses.
    #[track_caller]
    fn press(&self, order: &Value) {
        wait::until("PJSUA2 to take an order", || self.try_order(order.clone()).ok(), || order.to_string());
    }

    #[track_caller]
    fn order(&self, order: Value) -> Value {
        self.try_order(order).unwrap_or_else(|refusal| panic!("PJSUA2 {} refused: {refusal}", self.user))
    }

    #[track_caller]
    fn try_order(&self, mut order: Value) -> Result<Value, Value> {
        let id = self.orders.fetch_add(1, Ordering::Relaxed);
        order["id"] = json!(id);
        let mark = self.mark();
        let line = format!("{order}\n");
        self.stdin
            .lock()
            .expect("no sender panics")
            .write_all(line.as_bytes())
            .expect("the telephone takes commands");
        let reply = self.story.wait(&format!("PJSUA2's reply to {order}"), mark, |told| {
            (told["reply"] == id).then(|| told.clone())
        });
        if reply.get("error").is_none() { Ok(reply) } else { Err(reply) }
    }
}
