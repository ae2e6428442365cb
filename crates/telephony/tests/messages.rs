//! Announcements, keys and messages on a SIP line (ROUTE-3, CALL-8): against a telephone system of our own making for what must
//! not depend on sound, and with a real telephone (PJSUA2) for what is heard, pressed and said, also across a crash.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

#[allow(dead_code, reason = "shared with other tests")]
#[path = "support/sip.rs"]
mod sip;

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use contracts::recordings::RecordingBook;
use contracts::sounds::Sound;
use contracts::telephony::{Order, Report, Telephony};
use engine::{CallId, Leg, PlayId, RecordingId, ReleaseCause, Span, Treatment};
use telephony::media::analysis::{self, tone_level};

use sip::{Caller, Desk, Pbx, options};

const RECORDING: RecordingId = RecordingId(0xBEEF);
/// Generous, because it is only reached when a test fails.
const LIMIT: Duration = Duration::from_secs(30);

fn leg(call: CallId) -> Leg {
    Leg::Caller(call)
}

/// A tone at half of full scale.
fn tone(hz: f64, ms: u32) -> Arc<Sound> {
    let sample = |n: u32| (std::f64::consts::TAU * hz * f64::from(n) / 8_000.0).sin() * 16_384.0;
    Arc::new(Sound { samples: (0..ms * 8).map(|n| sample(n) as i16).collect() })
}

fn play(call: CallId, play: u64, sound: Arc<Sound>) -> Order {
    Order::Play { leg: leg(call), play: PlayId(play), sound }
}

fn record(call: CallId, length_max_ms: u32) -> Order {
    Order::Record { leg: leg(call), recording: RECORDING, length_max: Span(length_max_ms) }
}

/// A caller whose line was answered by an order of ours.
async fn answered(order: impl Fn(CallId) -> Order) -> (Pbx, Desk, Caller, CallId) {
    let mut pbx = Pbx::start().await;
    let mut desk = Desk::start(&pbx).await;
    desk.is_up().await;
    let mut ann = Caller::new("ann", &pbx, &desk);
    let call = ann.rings(&mut pbx, &mut desk).await;
    desk.order(order(call)).await.unwrap();
    let ok = pbx.hears_status(200, "INVITE").await;
    ann.to_tag = ok.to_tag().to_owned();
    pbx.send(ann.says("ACK", "", ""), desk.sip.local()).await;
    (pbx, desk, ann, call)
}

async fn presses(pbx: &Pbx, desk: &Desk, ann: &mut Caller, key: char) {
    ann.cseq += 1;
    let body = format!("Signal={key}\r\nDuration=100\r\n");
    let info = ann.says("INFO", "Content-Type: application/dtmf-relay\r\n", &body);
    pbx.send(info, desk.sip.local()).await;
}

async fn hangs_up(pbx: &Pbx, desk: &Desk, ann: &mut Caller) {
    ann.cseq += 1;
    pbx.send(ann.says("BYE", "", ""), desk.sip.local()).await;
}

#[tokio::test]
async fn a_sound_answers_the_line_and_tells_its_end_once_route_3() {
    let (_pbx, mut desk, _, call) = answered(|call| play(call, 1, tone(700.0, 300))).await;
    let began = Instant::now();
    assert_eq!(desk.hears().await, Report::PlayEnded { leg: leg(call), play: PlayId(1) });
    assert!(began.elapsed() < Duration::from_secs(3));
    desk.order(Order::Answer { leg: leg(call) }).await.unwrap();
    desk.order(play(call, 2, tone(700.0, 20))).await.unwrap();
    assert_eq!(desk.hears().await, Report::PlayEnded { leg: leg(call), play: PlayId(2) });
}

#[tokio::test]
async fn a_sound_whose_place_another_order_takes_ends_without_a_word_route_3() {
    let (_pbx, mut desk, _, call) = answered(|call| Order::Answer { leg: leg(call) }).await;
    let attendant = sip::ME;
    for (number, other) in (1..).zip([
        Order::Wait { leg: leg(call), treatment: Treatment::Music },
        Order::Connect { leg: leg(call), attendant },
        play(call, 90, tone(600.0, 60_000)),
    ]) {
        desk.order(play(call, number, tone(700.0, 60_000))).await.unwrap();
        desk.order(other).await.unwrap();
    }
    desk.order(play(call, 99, tone(500.0, 40))).await.unwrap();
    assert_eq!(
        desk.hears().await,
        Report::PlayEnded { leg: leg(call), play: PlayId(99) },
        "the first report"
    );
}

#[tokio::test]
async fn a_key_that_comes_during_a_sound_is_told_and_the_sound_goes_on_route_3() {
    let (pbx, mut desk, mut ann, call) = answered(|call| play(call, 1, tone(700.0, 1_500))).await;
    for key in ['1', '1', '*', '#'] {
        presses(&pbx, &desk, &mut ann, key).await;
        assert_eq!(desk.hears().await, Report::Digit { leg: leg(call), digit: key });
    }
    assert_eq!(desk.hears().await, Report::PlayEnded { leg: leg(call), play: PlayId(1) });
}

#[tokio::test]
async fn a_message_ends_with_the_key_the_hang_up_or_its_length_and_is_told_before_the_hang_up_call_8() {
    let (pbx, mut desk, mut ann, call) = answered(|call| record(call, 60_000)).await;
    tokio::time::sleep(Duration::from_millis(2_000)).await;
    presses(&pbx, &desk, &mut ann, '5').await;
    assert_eq!(desk.hears().await, Report::Digit { leg: leg(call), digit: '5' });
    presses(&pbx, &desk, &mut ann, '#').await;
    let length = recorded(&mut desk, RECORDING).await;
    assert!((1_000..4_000).contains(&length.0), "{length:?}");
    assert_eq!(desk.book.read(RECORDING).await.unwrap().unwrap().len() as u32, length.0 * 8);

    let other = RecordingId(2);
    let again = Order::Record { leg: leg(call), recording: other, length_max: Span(1_200) };
    desk.order(again).await.unwrap();
    assert_eq!(recorded(&mut desk, other).await, Span(1_200), "as long as it may be, and not longer");

    let third = RecordingId(3);
    let again = Order::Record { leg: leg(call), recording: third, length_max: Span(60_000) };
    desk.order(again).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1_900)).await;
    hangs_up(&pbx, &desk, &mut ann).await;
    assert!(recorded(&mut desk, third).await.0 >= 1_000);
    assert_eq!(desk.hears().await, Report::HungUp { leg: leg(call) });
    desk.forgets_everything().await;
}

#[tokio::test]
async fn who_hangs_up_at_the_tone_has_left_no_message_call_8() {
    let (pbx, mut desk, mut ann, call) = answered(|call| record(call, 60_000)).await;
    hangs_up(&pbx, &desk, &mut ann).await;
    assert_eq!(recorded(&mut desk, RECORDING).await, Span(0));
    assert_eq!(desk.hears().await, Report::HungUp { leg: leg(call) });
    assert_eq!(desk.book.read(RECORDING).await.unwrap(), None, "nothing is kept");
}

#[tokio::test]
async fn another_order_ends_a_message_and_it_is_told_call_8() {
    let (_pbx, mut desk, _, call) = answered(|call| record(call, 60_000)).await;
    desk.order(record(call, 60_000)).await.expect("the same again changes nothing");
    tokio::time::sleep(Duration::from_millis(1_900)).await;
    desk.order(Order::Release { leg: leg(call), why: ReleaseCause::Normal }).await.unwrap();
    assert!(recorded(&mut desk, RECORDING).await.0 >= 1_000);
}

#[tokio::test]
async fn a_message_whose_caller_is_gone_after_a_crash_is_concluded_call_10() {
    let (mut pbx, desk, _, call) = answered(|call| record(call, 60_000)).await;
    let book = desk.book.clone();
    // Until the first seconds are kept.
    let until = Instant::now() + LIMIT;
    while book.read(RECORDING).await.unwrap().is_none_or(|said| said.is_empty()) {
        assert!(Instant::now() < until, "nothing was kept");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    drop(desk);
    let next = Desk::start_with(pbx.address, options(), book, 100);
    let mut desk = next.await;
    let here = desk.sip.local();
    let ours = pbx.hears_request("INVITE").await;
    pbx.answers(&ours, "481 Call/Transaction Does Not Exist", "", "", here).await;
    // Lines are told only when whoever listens knows of the message: else the call would be over before.
    let Desk { sip, reports, .. } = &mut desk;
    let told = async {
        let mut heard = Vec::new();
        loop {
            match reports.recv().await.expect("the connector lives") {
                Report::Link(_) if heard.len() == 2 => return (heard, Instant::now()),
                Report::Link(_) => {}
                other => {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    heard.push(other);
                }
            }
        }
    };
    let lines = async {
        let lines = sip.snapshot().await.unwrap();
        (lines, Instant::now())
    };
    let ((heard, at), (lines, answered)) = tokio::join!(told, lines);
    assert!(lines.is_empty() && answered >= at - Duration::from_millis(20));
    let [Report::Recorded { recording: RECORDING, length, .. }, last] = &heard[..] else {
        panic!("{heard:?}")
    };
    assert!(length.0 >= 3_000);
    assert_eq!(*last, Report::Lost { leg: leg(call) });
}

async fn recorded(desk: &mut Desk, which: RecordingId) -> Span {
    match desk.hears().await {
        Report::Recorded { recording, length, .. } if recording == which => length,
        other => panic!("not a recording: {other:?}"),
    }
}

// -- with a real telephone ---------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_real_caller_hears_the_sound_and_her_keys_and_her_message_arrive_across_a_crash() {
    let pbx = Pbx::start().await;
    let mut desk = Desk::start(&pbx).await;
    desk.is_up().await;
    // The console is all there is between them.
    let Some(mut ann) = Phone::start(&desk.sip.local().to_string()) else { return };
    ann.orders(&format!(r#""do": "dial", "to": "sip:carol@{}""#, desk.sip.local()));
    let call = desk.arrived().await;

    desk.order(play(call, 1, tone(700.0, 1_500))).await.unwrap();
    assert_eq!(desk.hears().await, Report::PlayEnded { leg: leg(call), play: PlayId(1) });
    ann.hears("the sound", |heard| tone_level(heard, 8_000, 700.0) > 0.3);

    ann.orders(r##""do": "digits", "call": 1, "digits": "4077*#""##);
    for digit in "4077*#".chars() {
        assert_eq!(desk.hears().await, Report::Digit { leg: leg(call), digit });
    }

    desk.order(record(call, 60_000)).await.unwrap();
    ann.hears("the tone before she may speak", |heard| tone_level(heard, 8_000, 1_000.0) > 0.15);
    let until = Instant::now() + LIMIT;
    while desk.book.read(RECORDING).await.unwrap().is_none_or(|said| said.len() < 5 * 8_000) {
        assert!(Instant::now() < until, "nothing was kept");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // It dies, and another one takes her line up.
    let book = desk.book.clone();
    drop(desk);
    let kept = book.read(RECORDING).await.unwrap().unwrap().len();
    let mut desk = Desk::start_with(pbx.address, options(), book, 100).await;
    desk.is_up().await;
    desk.order(record(call, 60_000)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(3_000)).await;
    ann.orders(r##""do": "digits", "call": 1, "digits": "#""##);
    let length = recorded(&mut desk, RECORDING).await;
    let said = desk.book.read(RECORDING).await.unwrap().unwrap();
    assert_eq!(said.len() as u32, length.0 * 8);
    assert!(said.len() >= kept + 8_000, "{kept} before the crash, {} in all", said.len());
    for (second, heard) in said.chunks_exact(8_000).enumerate().filter(|(second, _)| *second > 0) {
        let level = tone_level(heard, 8_000, 440.0);
        // The gap of the crash may lie in one second.
        assert!(level > 0.2 || second.abs_diff(kept / 8_000) <= 1, "second {second}: {level}");
    }

    ann.orders(r#""do": "hang_up", "call": 1"#);
    assert_eq!(desk.hears().await, Report::HungUp { leg: leg(call) });
    desk.forgets_everything().await;
}

/// PJSUA2 under the acceptance tests' own script; says 440 Hz all the time and records what it hears.
struct Phone {
    child: Child,
    stdin: ChildStdin,
    told: Arc<Mutex<Vec<String>>>,
    folder: tempfile::TempDir,
    orders: u32,
}

impl Drop for Phone {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Phone {
    /// `None` where it is not installed, which only a developer's machine may do.
    fn start(proxy: &str) -> Option<Phone> {
        let python = venv().join("bin/python");
        if !python.is_file() {
            assert!(std::env::var("CI").is_err(), "no {}: cargo xtask test sets it up", python.display());
            eprintln!("SKIPPED, NOT TESTED: PJSUA2 is not in {}", venv().display());
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/pjsua2_phone.py");
        let port = || UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
        let rtp: SocketAddr = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let rtp = (rtp.port() & !1).min(65_000).to_string();
        let mut child = Command::new(python)
            .arg(script)
            .args(["--user", "ann", "--password", "x", "--domain", "lab.test", "--proxy", proxy])
            .args(["--port", &port(), "--rtp-port", &rtp, "--no-register"])
            .arg("--dir")
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        let telling = told.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                telling.lock().unwrap().push(line);
            }
        });
        let phone = Phone { child, stdin, told, folder, orders: 0 };
        phone.waits("it started", |line| line.contains("\"started\""));
        Some(phone)
    }

    fn orders(&mut self, order: &str) {
        self.orders += 1;
        writeln!(self.stdin, "{{\"id\": {}, {order}}}", self.orders).unwrap();
        let reply = format!("\"reply\": {}", self.orders);
        let line = self.waits(order, |line| line.contains(&reply));
        assert!(!line.contains("\"error\""), "{line}");
    }

    fn waits(&self, what: &str, fits: impl Fn(&str) -> bool) -> String {
        let until = Instant::now() + LIMIT;
        loop {
            if let Some(line) = self.told.lock().unwrap().iter().find(|line| fits(line)) {
                return line.clone();
            }
            assert!(Instant::now() < until, "never: {what}; {:?}", self.told.lock().unwrap());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Some 300 ms of what she heard are so.
    fn hears(&self, what: &str, is_so: impl Fn(&[i16]) -> bool) {
        let until = Instant::now() + LIMIT;
        let path = self.folder.path().join("call-1.wav");
        loop {
            // Its recorder writes the head at the end: what is there after it counts.
            let bytes = std::fs::read(&path).unwrap_or_default();
            let samples: Vec<i16> = bytes
                .get(44..)
                .unwrap_or_default()
                .chunks_exact(2)
                .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
                .collect();
            if samples.windows(2_400).step_by(600).any(&is_so) {
                return;
            }
            let loud = analysis::loudness(&samples);
            assert!(Instant::now() < until, "never heard {what}; {} samples, {loud}", samples.len());
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// As the acceptance tests have it: `USHER_PEERS_VENV`, else `peers-venv` in the target directory.
fn venv() -> PathBuf {
    std::env::var_os("USHER_PEERS_VENV").map_or_else(
        || {
            let program = std::env::current_exe().unwrap();
            program.ancestors().nth(3).unwrap().join("peers-venv")
        },
        PathBuf::from,
    )
}
