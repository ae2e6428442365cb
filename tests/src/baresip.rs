//! A baresip telephone, scripted through its control port (JSON in netstrings). Plays a tone from a file and records
//! what it hears. Does not understand `Replaces`: as transferee of an attended transfer use the PJSUA2 telephone.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::audio::{Recording, write_tone};
use crate::kamailio::{DOMAIN, Kamailio, PASSWORD};
use crate::ports::{free_port, free_ports};
use crate::program::{Program, Talks};
use crate::tools::Tool;
use crate::wait::{self, Story};

/// A registered baresip.
pub struct Baresip {
    user: String,
    control: Mutex<TcpStream>,
    story: Arc<Story<Value>>,
    dir: TempDir,
    _program: Program,
}

impl Baresip {
    /// Starts it, registers `user` over UDP and waits until that is done. Plays `tone_hz` in calls.
    #[track_caller]
    pub fn start(kamailio: &Kamailio, user: &str, tone_hz: f64) -> Baresip {
        Baresip::start_over(kamailio, user, tone_hz, "udp")
    }

    /// As `start`, over `udp` or `tcp`.
    #[track_caller]
    pub fn start_over(kamailio: &Kamailio, user: &str, tone_hz: f64, transport: &str) -> Baresip {
        let dir = tempfile::Builder::new().prefix("usher-baresip-").tempdir().expect("a temporary directory");
        let control_port = free_port();
        write_tone(&dir.path().join("tone.wav"), tone_hz);
        write(&dir, "config", &config(&dir, control_port));
        write(&dir, "accounts", &account(kamailio, user, transport));
        write(&dir, "contacts", "");
        let mut command = Command::new(Tool::Baresip.program());
        command.arg("-f").arg(dir.path());
        let program = Program::start(&format!("baresip-{user}"), dir.path(), Talks::No, &mut command);
        let connect = || TcpStream::connect(("127.0.0.1", control_port)).ok();
        let control = wait::until("baresip's control port", connect, || program.words());
        let story = Arc::new(Story::default());
        let reader = control.try_clone().expect("a socket can be cloned");
        let told = Arc::clone(&story);
        std::thread::spawn(move || read_netstrings(reader, &told));
        let phone =
            Baresip { user: user.to_owned(), control: Mutex::new(control), story, dir, _program: program };
        phone.wait_registered();
        phone
    }

    /// Address of record.
    pub fn address(&self) -> String {
        format!("sip:{}@{DOMAIN}", self.user)
    }

    /// Calls somebody.
    #[track_caller]
    pub fn dial(&self, to: &str) {
        self.command("dial", Some(to));
    }

    /// Answers the call that rings.
    #[track_caller]
    pub fn answer(&self) {
        self.command("accept", None);
    }

    /// Ends (or declines) the current call.
    #[track_caller]
    pub fn hang_up(&self) {
        self.command("hangup", None);
    }

    /// A place in what it tells, to wait from.
    pub fn mark(&self) -> usize {
        self.story.mark()
    }

    /// Waits for an event of this type (`CALL_INCOMING`, `CALL_ESTABLISHED`, …) from `mark` on.
    #[track_caller]
    pub fn wait_event(&self, mark: usize, kind: &str) -> Value {
        self.story.wait(&format!("{kind} at baresip {}", self.user), mark, |told| {
            (told["type"] == kind).then(|| told.clone())
        })
    }

    /// Waits until these keys were pressed at the far end, in order.
    #[track_caller]
    pub fn wait_digits(&self, digits: &str) {
        let pressed = || {
            let told = self.story.so_far();
            let keys = told
                .iter()
                .filter(|told| told["type"] == "CALL_DTMF_START")
                .filter_map(|told| told["param"].as_str());
            (keys.collect::<String>() == digits).then_some(())
        };
        wait::until(&format!("the digits {digits}"), pressed, || format!("{:#?}", self.story.so_far()));
    }

    /// What it hears in its newest call.
    #[track_caller]
    pub fn heard(&self) -> Recording {
        let newest = || {
            let files = fs::read_dir(self.dir.path()).ok()?.flatten();
            let heard = files.map(|file| file.path()).filter(|path| {
                path.file_name().is_some_and(|name| name.to_string_lossy().ends_with("-dec.wav"))
            });
            heard.max_by_key(|path| path.metadata().and_then(|meta| meta.created()).ok())
        };
        Recording::at(wait::until("a recording by baresip", newest, String::new))
    }

    /// Asks, as the event may have come before we were connected.
    #[track_caller]
    fn wait_registered(&self) {
        let registered = || self.command("reginfo", None)["data"].as_str()?.contains("OK").then_some(());
        wait::until("baresip's registration", registered, || format!("{:#?}", self.story.so_far()));
    }

    #[track_caller]
    fn command(&self, command: &str, params: Option<&str>) -> Value {
        let mark = self.mark();
        let token = format!("{command}-{mark}");
        let mut message = json!({ "command": command, "token": token });
        if let Some(params) = params {
            message["params"] = json!(params);
        }
        let text = message.to_string();
        let framed = format!("{}:{text},", text.len());
        self.control
            .lock()
            .expect("no sender panics")
            .write_all(framed.as_bytes())
            .expect("baresip takes commands");
        let reply = self.story.wait(&format!("baresip's reply to {command}"), mark, |told| {
            (told["response"] == true && told["token"] == token.as_str()).then(|| told.clone())
        });
        assert_eq!(reply["ok"], true, "baresip refused {command}: {reply}");
        reply
    }
}

fn write(dir: &TempDir, name: &str, text: &str) {
    fs::write(dir.path().join(name), text).expect("a temporary directory is writable");
}

fn account(kamailio: &Kamailio, user: &str, transport: &str) -> String {
    let proxy = kamailio.address();
    format!(
        "<sip:{user}@{DOMAIN};transport={transport}>;auth_user={user};auth_pass={PASSWORD};\
         outbound=\"sip:{proxy};transport={transport}\";regint=60;answermode=manual;audio_codecs=pcmu,pcma\n"
    )
}

/// No sound card: the source is a file, the player goes nowhere, and `sndfile` records both directions.
fn config(dir: &TempDir, control_port: u16) -> String {
    let dir = dir.path().display();
    let sip_port = free_port();
    let (rtp_first, rtp_last) = (free_ports(20), 20);
    let rtp_last = rtp_first + rtp_last;
    format!(
        "poll_method epoll\nsip_listen 127.0.0.1:{sip_port}\ncall_local_timeout 120\ncall_max_calls 8\n\
         call_hold_other_calls yes\naudio_path {dir}\naudio_player aubridge,nowhere\naudio_source aufile,{dir}/tone.wav\n\
         audio_alert aubridge,nowhere\nausrc_srate 8000\nauplay_srate 8000\nausrc_channels 1\nauplay_channels 1\n\
         audio_txmode poll\naudio_level no\nausrc_format s16\nauplay_format s16\nauenc_format s16\naudec_format s16\n\
         rtp_ports {rtp_first}-{rtp_last}\njitter_buffer_type fixed\njitter_buffer_delay 1-5\nnet_interface 127.0.0.1\n\
         module_path {modules}\nmodule stdio.so\nmodule g711.so\nmodule aufile.so\nmodule aubridge.so\nmodule sndfile.so\n\
         module uuid.so\nmodule_tmp account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\n\
         ctrl_tcp_listen 127.0.0.1:{control_port}\nsnd_path {dir}\n",
        modules = "/usr/lib/baresip/modules",
    )
}

fn read_netstrings(socket: TcpStream, story: &Story<Value>) {
    let mut socket = BufReader::new(socket);
    loop {
        let mut length = Vec::new();
        if socket.read_until(b':', &mut length).unwrap_or(0) == 0 {
            return;
        }
        length.pop();
        let Some(length) =
            std::str::from_utf8(&length).ok().and_then(|text| text.trim().parse::<usize>().ok())
        else {
            return;
        };
        let mut text = vec![0; length + 1];
        if socket.read_exact(&mut text).is_err() {
            return;
        }
        if let Ok(told) = serde_json::from_slice(&text[..length]) {
            story.tell(told);
        }
    }
}
