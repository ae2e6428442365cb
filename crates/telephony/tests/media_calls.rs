//! Calls between two stages over loopback: what one says the other hears, judged by the recordings and by the packets.
//! Does not use devices and does not speak SIP.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use telephony::media::analysis::{self, Wav};
use telephony::media::{AudioBackend, Direction, Line, MediaError, MediaEvent, Recording, Source, Stage};
use tempfile::TempDir;
use tokio::sync::broadcast;

const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// Generous, because it is only reached when a test fails.
const DEADLINE: Duration = Duration::from_secs(40);
/// A tone at half of full scale, through G.711, heard for most of the window.
const CLEAR: f64 = 0.3;
/// Quantisation noise and the ends of other tones.
const NOTHING: f64 = 0.02;

/// A stage whose attendant says one tone for ever.
struct Desk {
    stage: Stage,
    folder: TempDir,
}

impl Desk {
    fn saying(hz: f64) -> Desk {
        let folder = tempfile::tempdir().expect("a folder");
        analysis::write_tone(&folder.path().join("microphone.wav"), 8_000, 1, hz, 1.0).expect("a tone");
        let stage = Stage::start(AudioBackend::files_in(folder.path()));
        Desk { stage, folder }
    }

    fn open(&self) -> Line {
        self.stage.open_line(LOCAL).expect("a line")
    }

    fn recording(&self, name: &str) -> Option<Wav> {
        let path: PathBuf = self.folder.path().join(name);
        analysis::read_wav(&path).ok()
    }

    /// The attendant hears all of `heard` and none of `unheard`, for a second.
    async fn hears(&self, heard: &[f64], unheard: &[f64]) {
        eventually(&format!("hearing {heard:?} and not {unheard:?}"), || {
            let Some(speaker) = self.recording("speaker.wav").map(|wav| wav.last(1_000)) else {
                return false;
            };
            speaker.samples.len() >= 7_000
                && heard.iter().all(|hz| speaker.tone_level(*hz) > CLEAR)
                && unheard.iter().all(|hz| speaker.tone_level(*hz) < NOTHING)
        })
        .await;
    }
}

async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let until = Instant::now() + DEADLINE;
    while !condition() {
        assert!(Instant::now() < until, "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn agree(from: &Line, to: &Line, offered: Direction) -> Direction {
    let answer = to.answer(&from.offer(offered), Direction::SendRecv).expect("a usable offer");
    from.accept_answer(&answer).expect("a usable answer")
}

/// Two desks in conversation.
fn call(a: &Desk, b: &Desk) -> (Line, Line) {
    let (from, to) = (a.open(), b.open());
    agree(&from, &to, Direction::SendRecv);
    a.stage.talk_to(&[from.id()]);
    b.stage.talk_to(&[to.id()]);
    (from, to)
}

async fn next_digit(events: &mut broadcast::Receiver<MediaEvent>) -> char {
    loop {
        let event = tokio::time::timeout(DEADLINE, events.recv()).await.expect("an event in time");
        match event.expect("an event") {
            MediaEvent::Digit { digit, .. } => return digit,
            MediaEvent::Silent { .. } | MediaEvent::Problem(_) => {}
        }
    }
}

#[tokio::test]
async fn two_desks_hear_each_other_s_tone() {
    let (a, b) = (Desk::saying(1_000.0), Desk::saying(440.0));
    let (from, to) = call(&a, &b);
    b.hears(&[1_000.0], &[440.0]).await;
    a.hears(&[440.0], &[1_000.0]).await;
    let line = a.recording(&format!("line-{}.wav", from.id())).expect("the line's own recording");
    assert!(line.tone_level_max(440.0, 500) > CLEAR);
    for stats in [from.stats(), to.stats()] {
        assert!(stats.sent > 40 && stats.received > 40, "{stats:?}");
        assert!(stats.last_packet_ms_ago.is_some());
    }
    a.stage.shut_down().await;
    b.stage.shut_down().await;
    assert!(matches!(from.answer("", Direction::SendRecv), Err(MediaError::LineClosed)));
}

#[tokio::test]
async fn a_held_caller_hears_music_and_is_not_heard_until_retrieved() {
    let (a, b) = (Desk::saying(1_000.0), Desk::saying(440.0));
    let (from, to) = call(&a, &b);
    a.hears(&[440.0], &[]).await;

    from.play(Source::Music);
    a.stage.talk_to(&[]);
    assert_eq!(agree(&from, &to, Direction::SendOnly), Direction::SendOnly);
    assert_eq!(to.direction(), Direction::RecvOnly);
    a.hears(&[], &[440.0]).await;
    eventually("music at the held end", || {
        b.recording("speaker.wav").is_some_and(|wav| {
            let wav = wav.last(1_000);
            analysis::loudness(&wav.samples) > 0.02 && wav.tone_level(1_000.0) < NOTHING
        })
    })
    .await;
    let before = from.stats().received;
    let sent = from.stats().sent;
    eventually("a second of music", || from.stats().sent > sent + 50).await;
    assert_eq!(from.stats().received, before, "who is held does not send");

    agree(&from, &to, Direction::SendRecv);
    a.stage.talk_to(&[from.id()]);
    a.hears(&[440.0], &[]).await;
    b.hears(&[1_000.0], &[]).await;
    a.stage.shut_down().await;
    b.stage.shut_down().await;
}

#[tokio::test]
async fn in_a_conference_everybody_hears_the_others_and_nobody_herself() {
    let (attendant, caller, target) = (Desk::saying(400.0), Desk::saying(700.0), Desk::saying(1_100.0));
    let (to_caller, _caller_line) = call(&attendant, &caller);
    let (to_target, _target_line) = call(&attendant, &target);
    attendant.stage.talk_to(&[to_caller.id(), to_target.id()]);
    caller.hears(&[400.0, 1_100.0], &[700.0]).await;
    target.hears(&[400.0, 700.0], &[1_100.0]).await;
    attendant.hears(&[700.0, 1_100.0], &[400.0]).await;
    for desk in [&attendant, &caller, &target] {
        desk.stage.shut_down().await;
    }
}

#[tokio::test]
async fn a_muted_attendant_is_not_heard_but_her_level_still_shows() {
    let (a, b) = (Desk::saying(1_000.0), Desk::saying(440.0));
    let (_from, _to) = call(&a, &b);
    b.hears(&[1_000.0], &[]).await;
    a.stage.set_muted(true);
    b.hears(&[], &[1_000.0]).await;
    let levels = a.stage.levels();
    assert!(a.stage.is_muted() && levels.microphone > 0.4 && levels.speaker > 0.4, "{levels:?}");
    a.stage.set_muted(false);
    b.hears(&[1_000.0], &[]).await;
    a.stage.shut_down().await;
    b.stage.shut_down().await;
}

#[tokio::test]
async fn keys_arrive_once_each_and_in_order() {
    let (a, b) = (Desk::saying(1_000.0), Desk::saying(440.0));
    let (from, _to) = call(&a, &b);
    let mut events = b.stage.events();
    let mut heard = String::new();
    let ((), sent) = tokio::join!(
        async {
            while heard.len() < 8 {
                heard.push(next_digit(&mut events).await);
            }
        },
        from.send_digits("1145*#0D")
    );
    sent.expect("sent");
    assert_eq!(heard, "1145*#0D");
    assert!(matches!(from.send_digits("12x").await, Err(MediaError::BadDigits)));
    assert!(matches!(from.send_digits(&"1".repeat(33)).await, Err(MediaError::BadDigits)));
    assert!(matches!(a.open().send_digits("1").await, Err(MediaError::NoDigits)));
    a.stage.shut_down().await;
    b.stage.shut_down().await;
}

/// A network that loses every tenth packet, doubles every seventh and lets some overtake others. Each end knows only the
/// side of it that faces it.
struct BadNetwork {
    facing_a: SocketAddr,
    facing_b: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl BadNetwork {
    fn between(a: SocketAddr, b: SocketAddr) -> BadNetwork {
        let [facing_a, facing_b] = [(); 2].map(|()| {
            let socket = UdpSocket::bind((LOCAL, 0)).expect("a port");
            socket.set_read_timeout(Some(Duration::from_millis(2))).expect("a timeout");
            socket
        });
        let stop = Arc::new(AtomicBool::new(false));
        let mut network = BadNetwork {
            facing_a: facing_a.local_addr().expect("an address"),
            facing_b: facing_b.local_addr().expect("an address"),
            stop: Arc::clone(&stop),
            thread: None,
        };
        network.thread = Some(std::thread::spawn(move || {
            let (mut to_b, mut to_a) = (Impairment::default(), Impairment::default());
            let mut buffer = [0; 2_000];
            while !stop.load(Ordering::Relaxed) {
                if let Ok((length, _)) = facing_a.recv_from(&mut buffer) {
                    to_b.pass(&facing_b, b, &buffer[..length]);
                }
                if let Ok((length, _)) = facing_b.recv_from(&mut buffer) {
                    to_a.pass(&facing_a, a, &buffer[..length]);
                }
            }
        }));
        network
    }
}

impl Drop for BadNetwork {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[derive(Default)]
struct Impairment {
    count: u32,
    overtaken: Option<Vec<u8>>,
}

impl Impairment {
    fn pass(&mut self, socket: &UdpSocket, to: SocketAddr, packet: &[u8]) {
        self.count += 1;
        match self.count % 10 {
            0 => return,
            3 | 8 => {
                self.overtaken = Some(packet.to_vec());
                return;
            }
            _ => {}
        }
        let times = if self.count.is_multiple_of(7) { 2 } else { 1 };
        for _ in 0..times {
            let _ = socket.send_to(packet, to);
        }
        if let Some(overtaken) = self.overtaken.take() {
            let _ = socket.send_to(&overtaken, to);
        }
    }
}

/// A description with another port for its sound.
fn through(sdp: &str, port: SocketAddr) -> String {
    let (before, after) = sdp.split_once("m=audio ").expect("an audio stream");
    let (_, after) = after.split_once(' ').expect("a port");
    format!("{before}m=audio {} {after}", port.port())
}

#[tokio::test]
async fn a_bad_network_costs_quality_but_not_the_call_nor_a_key() {
    let (a, b) = (Desk::saying(1_000.0), Desk::saying(440.0));
    let (from, to) = (a.open(), b.open());
    let network = BadNetwork::between(from.local().expect("an address"), to.local().expect("an address"));
    let offer = through(&from.offer(Direction::SendRecv), network.facing_b);
    let answer = to.answer(&offer, Direction::SendRecv).expect("a usable offer");
    from.accept_answer(&through(&answer, network.facing_a)).expect("a usable answer");
    a.stage.talk_to(&[from.id()]);
    b.stage.talk_to(&[to.id()]);
    let mut events = b.stage.events();

    b.hears(&[1_000.0], &[]).await;
    a.hears(&[440.0], &[]).await;
    eventually("losses are counted", || to.stats().lost > 5 && from.stats().lost > 5).await;
    from.send_digits("907").await.expect("sent");
    for digit in ['9', '0', '7'] {
        assert_eq!(next_digit(&mut events).await, digit);
    }
    a.stage.shut_down().await;
    b.stage.shut_down().await;
}

#[tokio::test]
async fn garbage_and_strangers_change_nothing() {
    let (a, b) = (Desk::saying(1_000.0), Desk::saying(440.0));
    let (from, to) = call(&a, &b);
    b.hears(&[1_000.0], &[]).await;
    let mut events = b.stage.events();
    let target = to.local().expect("an address");
    let stranger = UdpSocket::bind((LOCAL, 0)).expect("a port");
    for n in 0..2_000_u32 {
        let mut packet: Vec<u8> = (0..n % 300).map(|i| (n * 31 + i * 17) as u8).collect();
        if let [first, second, ..] = packet.as_mut_slice() {
            // Every other one looks like our codec, and some like keys.
            if n % 2 == 0 {
                (*first, *second) = (0x80, if n % 4 == 0 { 0 } else { 101 });
            }
        }
        stranger.send_to(&packet, target).expect("sent");
    }
    let received = to.stats().received;
    eventually("the call goes on", || to.stats().received > received + 100).await;
    b.hears(&[1_000.0], &[]).await;
    a.hears(&[440.0], &[]).await;
    assert!(to.stats().received <= from.stats().sent, "the stranger's packets are not counted");
    assert!(events.try_recv().is_err(), "no key was pressed");
    drop(from);
    a.stage.shut_down().await;
    b.stage.shut_down().await;
}

#[tokio::test]
async fn packets_go_where_the_far_end_really_is() {
    let stage = Stage::start(AudioBackend::Null);
    let line = stage.open_line(LOCAL).expect("a line");
    let named = UdpSocket::bind((LOCAL, 0)).expect("a port");
    let real = UdpSocket::bind((LOCAL, 0)).expect("a port");
    let offer = format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {} RTP/AVP 8\r\n",
        named.local_addr().expect("an address").port()
    );
    line.answer(&offer, Direction::SendRecv).expect("a usable offer");
    let mut buffer = [0; 300];
    named.set_read_timeout(Some(DEADLINE)).expect("a timeout");
    let (length, _) = named.recv_from(&mut buffer).expect("first where the description says");
    assert_eq!((length, buffer[1] & 0x7f), (172, 8), "20 ms of A-law");

    let mut packet = vec![0x80, 8, 0, 1, 0, 0, 0, 160, 0, 0, 0, 9];
    packet.extend_from_slice(&[0xd5; 160]);
    real.send_to(&packet, line.local().expect("an address")).expect("sent");
    real.set_read_timeout(Some(DEADLINE)).expect("a timeout");
    real.recv_from(&mut buffer).expect("then where packets come from");
    stage.shut_down().await;
}

#[tokio::test]
async fn calls_work_over_ipv6() {
    let (a, b) = (Desk::saying(1_000.0), Desk::saying(440.0));
    let local = IpAddr::V6(Ipv6Addr::LOCALHOST);
    let Ok(from) = a.stage.open_line(local) else {
        // A container without IPv6 has nothing to prove it with.
        return;
    };
    let to = b.stage.open_line(local).expect("a line");
    agree(&from, &to, Direction::SendRecv);
    a.stage.talk_to(&[from.id()]);
    b.stage.talk_to(&[to.id()]);
    b.hears(&[1_000.0], &[]).await;
    a.stage.shut_down().await;
    b.stage.shut_down().await;
}

#[tokio::test]
async fn a_device_that_is_missing_is_told_and_the_call_goes_on() {
    let missing = Some("no such headset".to_owned());
    let stage =
        Stage::start(AudioBackend::System { input: missing.clone(), output: missing.clone(), ring: missing });
    let mut events = stage.events();
    let b = Desk::saying(440.0);
    let (from, to) = (stage.open_line(LOCAL).expect("a line"), b.open());
    agree(&from, &to, Direction::SendRecv);
    stage.talk_to(&[from.id()]);
    eventually("the problem is said", || {
        stage.problem().is_some_and(|text| text.contains("no microphone") && text.contains("no speaker"))
    })
    .await;
    let event = tokio::time::timeout(DEADLINE, events.recv()).await.expect("in time").expect("an event");
    assert!(matches!(event, MediaEvent::Problem(Some(_))), "{event:?}");
    eventually("packets both ways", || from.stats().received > 10 && to.stats().received > 10).await;
    stage.set_backend(AudioBackend::Null).await;
    assert_eq!(stage.problem(), None);
    stage.shut_down().await;
    b.stage.shut_down().await;
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_a_problem_and_no_panic() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("occupied");
    std::fs::write(&file, "").expect("written");
    let stage = Stage::start(AudioBackend::Files { dir: file, microphone: Source::Silence });
    assert!(stage.problem().is_some_and(|text| text.contains("cannot be written")));
    stage.open_line(LOCAL).expect("a line all the same");
    stage.shut_down().await;
}

#[tokio::test]
async fn a_far_end_that_should_speak_and_does_not_is_told() {
    let stage = Stage::start(AudioBackend::Null);
    let mut events = stage.events();
    let line = stage.open_line(LOCAL).expect("a line");
    let nobody = UdpSocket::bind((LOCAL, 0)).expect("a port");
    let offer = format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {} RTP/AVP 0\r\n",
        nobody.local_addr().expect("an address").port()
    );
    line.answer(&offer, Direction::SendRecv).expect("a usable offer");
    let event = tokio::time::timeout(DEADLINE, events.recv()).await.expect("in time").expect("an event");
    assert!(
        matches!(event, MediaEvent::Silent { line: silent, ms } if silent == line.id() && ms >= 5_000),
        "{event:?}"
    );
    stage.shut_down().await;
}

#[tokio::test]
async fn it_rings_at_the_desk_until_told_to_stop_and_ringback_is_heard() {
    let desk = Desk::saying(1_000.0);
    desk.stage.ring(true);
    desk.stage.ringback(true);
    eventually("the ring is heard", || {
        desk.recording("ring.wav").is_some_and(|wav| analysis::loudness(&wav.samples) > 0.05)
    })
    .await;
    eventually("ringback in the ear", || {
        desk.recording("speaker.wav").is_some_and(|wav| wav.tone_level_max(425.0, 500) > 0.2)
    })
    .await;
    desk.stage.ring(false);
    let length = |name: &str| desk.recording(name).map_or(0, |wav| wav.samples.len());
    let at_the_end = length("speaker.wav");
    eventually("two seconds without the bell", || length("speaker.wav") > at_the_end + 16_000).await;
    desk.stage.shut_down().await;
    assert!(length("speaker.wav") > length("ring.wav") + 8_000, "the bell stopped first");
}

#[tokio::test]
async fn a_line_in_no_conversation_plays_its_own_source() {
    let (a, b) = (Desk::saying(1_000.0), Desk::saying(440.0));
    let (from, _to) = call(&a, &b);
    a.stage.talk_to(&[]);
    from.play(Source::Tone { hz: 600 });
    let is_heard = |hz: f64| {
        let speaker = b.recording("speaker.wav").map(|wav| wav.last(1_000));
        speaker.is_some_and(|wav| wav.tone_level(hz) > 0.2 && wav.tone_level(1_000.0) < NOTHING)
    };
    eventually("the tone", || is_heard(600.0)).await;
    let path = b.folder.path().join("announcement.wav");
    analysis::write_tone(&path, 44_100, 2, 850.0, 1.0).expect("written");
    from.play(Source::Recording(Recording::load(&path).expect("a recording")));
    eventually("the recording", || is_heard(850.0)).await;
    a.stage.shut_down().await;
    b.stage.shut_down().await;
}

#[tokio::test]
async fn fifty_lines_run_beside_each_other_and_a_closed_one_gives_its_port_back() {
    let (a, b) = (Stage::start(AudioBackend::Null), Stage::start(AudioBackend::Null));
    let lines: Vec<(Line, Line)> = (0..50)
        .map(|_| {
            let pair = (a.open_line(LOCAL).expect("a line"), b.open_line(LOCAL).expect("a line"));
            agree(&pair.0, &pair.1, Direction::SendRecv);
            pair.0.play(Source::Music);
            pair
        })
        .collect();
    eventually("all are heard", || {
        lines.iter().all(|(from, to)| from.stats().received.min(to.stats().received) > 50)
    })
    .await;
    let port = lines[0].0.local().expect("an address");
    lines[0].0.close();
    lines[0].0.close();
    assert!(UdpSocket::bind(port).is_ok(), "the port is free");
    assert!(lines[0].0.local().is_err() && lines[0].0.offer(Direction::SendRecv).is_empty());
    a.shut_down().await;
    b.shut_down().await;
}
