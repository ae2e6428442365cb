//! The inside of one line: its socket, what was agreed on, the road of sound in and out. Driven by the stage's clock;
//! never waits. Sends where the far end really is (symmetric RTP), see `Peer` for the rule.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Instant;

use contracts::sounds::Sound;
use tokio::sync::{mpsc, oneshot};

use super::codec::Codec;
use super::dtmf::{KeyReceiver, KeySender, code_of};
use super::files::Recorder;
use super::jitter::JitterBuffer;
use super::rtp::{HEADER_BYTES, Header, Reception};
use super::sdp::{Agreement, Direction, Negotiation};
use super::source::{Player, speak_now};
use super::stage::LineStats;
use super::{DIGITS_MAX, FRAME_SAMPLES, Frame, MediaError, SAMPLE_RATE_HZ, SILENCE, Source};

/// Longest packet read; Ethernet carries no longer one in one piece.
const PACKET_BYTES_MAX: usize = 1_500;
/// Longest sound read from one packet: 120 ms of G.711.
const PAYLOAD_BYTES_MAX: usize = 960;
/// Packets read from one line in one turn of 5 ms; a flood beyond is left to the kernel's buffer, which drops it.
const PACKETS_PER_TURN_MAX: usize = 32;
/// What is captured of a caller is handed on in pieces of a second.
const PIECE_SAMPLES: usize = SAMPLE_RATE_HZ as usize;
/// Pairs of ports tried before giving up.
const BIND_TRIES: usize = 200;

/// A line as the stage holds it.
pub(crate) struct LineInside {
    socket: UdpSocket,
    /// Keeps the odd port (RTCP) from others; nothing is sent or read there.
    _control: UdpSocket,
    negotiation: Negotiation,
    peer: Peer,
    sender: Sender,
    receiver: Receiver,
    player: Player,
    keys: KeySender,
    recorder: Option<Recorder>,
    capture: Option<Capture>,
    /// What the far end said in this turn.
    pub(crate) heard: Frame,
    /// Since when the far end should be heard.
    expected_since: Option<Instant>,
    silent_told_ms: u64,
}

struct Sender {
    sequence: u16,
    timestamp: u32,
    source: u32,
    marker_due: bool,
    codec: Option<(u8, Box<dyn Codec>)>,
    packet: Vec<u8>,
    sent: u64,
}

struct Receiver {
    jitter: JitterBuffer,
    codecs: Vec<(u8, Box<dyn Codec>)>,
    events: Option<u8>,
    reception: Reception,
    keys: KeyReceiver,
    last_packet: Option<Instant>,
}

impl LineInside {
    /// Binds an even port (and its odd neighbour) at `bind`, which is also the address told to the far end.
    pub(crate) fn open(
        bind: IpAddr,
        ports: Option<&RangeInclusive<u16>>,
        recorder: Option<Recorder>,
    ) -> Result<LineInside, MediaError> {
        let (socket, control) = bind_pair(bind, ports).map_err(MediaError::Socket)?;
        let local = socket.local_addr().map_err(MediaError::Socket)?;
        Ok(LineInside {
            socket,
            _control: control,
            // 62 bits: some phones read it as a signed number.
            negotiation: Negotiation::new(local, rand::random::<u64>() >> 2),
            peer: Peer::default(),
            sender: Sender::new(),
            receiver: Receiver::new(),
            player: Player::new(&Source::Silence),
            keys: KeySender::default(),
            recorder,
            capture: None,
            heard: SILENCE,
            expected_since: None,
            silent_told_ms: 0,
        })
    }

    pub(crate) fn local(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    pub(crate) fn offer(&mut self, direction: Direction) -> String {
        self.negotiation.offer(direction)
    }

    pub(crate) fn answer(
        &mut self,
        offer: &str,
        wanted: Direction,
        now: Instant,
    ) -> Result<String, MediaError> {
        let said = self.negotiation.answer(offer, wanted)?;
        self.agreed(now);
        Ok(said)
    }

    pub(crate) fn accept_answer(&mut self, answer: &str, now: Instant) -> Result<Direction, MediaError> {
        let direction = self.negotiation.accept_answer(answer)?;
        self.agreed(now);
        Ok(direction)
    }

    pub(crate) fn current_sdp(&self) -> Option<String> {
        self.negotiation.current().map(str::to_owned)
    }

    /// What holds; `Inactive` before anything is agreed on.
    pub(crate) fn direction(&self) -> Direction {
        self.negotiation.agreement().map_or(Direction::Inactive, |agreement| agreement.direction)
    }

    pub(crate) fn play(&mut self, source: &Source) {
        self.capture = None;
        self.player = Player::new(source);
    }

    pub(crate) fn play_once(&mut self, sound: Arc<Sound>) -> oneshot::Receiver<()> {
        self.capture = None;
        let (player, over) = Player::once(sound);
        self.player = player;
        over
    }

    /// Ends a sound that is played once, and a capture. What repeats goes on.
    pub(crate) fn cut_off(&mut self) {
        if self.player.is_busy() || self.capture.is_some() {
            self.play(&Source::Silence);
        }
    }

    /// Lets the caller hear that she may speak, then hands on what she says, `samples_max` at most.
    pub(crate) fn capture(&mut self, samples_max: usize) -> mpsc::UnboundedReceiver<Vec<i16>> {
        // Waits for nobody, because the clock must not; bounded by the capture's own end.
        let (to, pieces) = mpsc::unbounded_channel();
        let _over = self.play_once(speak_now());
        self.capture = Some(Capture { to, piece: Vec::with_capacity(PIECE_SAMPLES), left: samples_max });
        pieces
    }

    pub(crate) fn record(&mut self, recorder: Option<Recorder>) {
        self.recorder = recorder;
    }

    pub(crate) fn send_digits(&mut self, digits: &str) -> Result<oneshot::Receiver<()>, MediaError> {
        let codes: Option<Vec<u8>> = digits.chars().map(code_of).collect();
        let codes = codes.ok_or(MediaError::BadDigits)?;
        if codes.is_empty() || self.keys.waiting() + codes.len() > DIGITS_MAX {
            return Err(MediaError::BadDigits);
        }
        match self.negotiation.agreement() {
            Some(Agreement { events: Some(_), direction, .. }) if direction.sends() => {
                Ok(self.keys.queue(&codes))
            }
            Some(_) | None => Err(MediaError::NoDigits),
        }
    }

    pub(crate) fn stats(&self, now: Instant) -> LineStats {
        let reception = &self.receiver.reception;
        LineStats {
            sent: self.sender.sent,
            received: reception.received(),
            lost: reception.lost(),
            jitter_ms: reception.jitter_ticks() / f64::from(SAMPLE_RATE_HZ) * 1_000.0,
            last_packet_ms_ago: self.receiver.last_packet.map(|at| (now - at).as_millis() as u64),
        }
    }

    /// Adapts to a new agreement; one that changes nothing (a session refresh) interrupts nothing.
    fn agreed(&mut self, now: Instant) {
        let Some(agreement) = self.negotiation.agreement() else { return };
        self.peer.name(agreement.remote);
        self.sender.agree(agreement);
        self.receiver.agree(agreement);
        match (agreement.direction.receives(), self.expected_since) {
            (true, None) => self.expected_since = Some(now),
            (true, Some(_)) => {}
            (false, _) => {
                self.expected_since = None;
                self.receiver.jitter.reset();
            }
        }
        self.silent_told_ms = 0;
    }

    /// Reads what has arrived; keys go to `pressed`.
    pub(crate) fn listen(&mut self, now: Instant, clock_ticks: i64, mut pressed: impl FnMut(char)) {
        let mut packet = [0; PACKET_BYTES_MAX];
        for _ in 0..PACKETS_PER_TURN_MAX {
            match self.socket.recv_from(&mut packet) {
                Ok((length, from)) => {
                    if let Some(key) = self.receive(&packet[..length], from, now, clock_ticks) {
                        pressed(key);
                    }
                }
                // ICMP "port unreachable" for what we sent is told here on some systems; the next packet may be fine.
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {}
                Err(_) => return,
            }
        }
    }

    fn receive(&mut self, packet: &[u8], from: SocketAddr, now: Instant, clock_ticks: i64) -> Option<char> {
        let (header, payload) = Header::parse(packet).ok()?;
        let is_sound = self.receiver.codecs.iter().any(|(number, _)| *number == header.payload_number);
        let is_event = self.receiver.events == Some(header.payload_number);
        if !(is_sound || is_event) || !self.peer.admits(from, now) {
            return None;
        }
        self.receiver.last_packet = Some(now);
        self.silent_told_ms = 0;
        self.receiver.reception.note(&header, clock_ticks);
        if is_event {
            return self.receiver.keys.note(&header, payload);
        }
        if self.direction().receives() && payload.len() <= PAYLOAD_BYTES_MAX {
            self.receiver.jitter.insert(&header, payload);
        }
        None
    }

    /// Takes the next 20 ms of the far end into `heard`.
    pub(crate) fn hear(&mut self) {
        self.heard = SILENCE;
        if self.direction().receives() {
            let codecs = &mut self.receiver.codecs;
            self.receiver.jitter.pull(&mut self.heard, |number, payload, samples| {
                if let Some((_, codec)) = codecs.iter_mut().find(|(known, _)| *known == number) {
                    codec.decode(payload, samples);
                }
            });
        }
        if !self.player.is_busy() {
            self.capture.take_if(|capture| capture.take(&self.heard));
        }
        if let Some(recorder) = &mut self.recorder
            && recorder.write(&self.heard).is_err()
        {
            self.recorder = None;
        }
    }

    /// The next 20 ms of what this line plays when nobody speaks to it.
    pub(crate) fn played(&mut self) -> Frame {
        // A sound that is played once waits until there is somebody to hear it.
        if self.player.is_busy() && self.negotiation.agreement().is_none() {
            return SILENCE;
        }
        self.player.next()
    }

    /// Sends 20 ms, or the key that takes its place.
    pub(crate) fn say(&mut self, frame: &Frame) {
        self.sender.timestamp = self.sender.timestamp.wrapping_add(FRAME_SAMPLES as u32);
        let (Some(agreement), Some(target)) = (self.negotiation.agreement(), self.peer.target()) else {
            return;
        };
        if !agreement.direction.sends() {
            self.sender.marker_due = true;
            return;
        }
        let key = agreement.events.and_then(|number| Some((number, self.keys.turn(self.sender.timestamp)?)));
        match key {
            Some((number, event)) => {
                self.sender.begin_packet(event.marker, number, event.timestamp);
                self.sender.packet.extend_from_slice(&event.payload);
                self.sender.marker_due = true;
            }
            None => {
                let marker = std::mem::take(&mut self.sender.marker_due);
                self.sender.begin_packet(marker, agreement.codecs[0].0, self.sender.timestamp);
                self.sender.encode(frame);
            }
        }
        // A full send buffer or an unreachable network loses one packet, as the network may.
        if self.socket.send_to(&self.sender.packet, target).is_ok() {
            self.sender.sent += 1;
        }
    }

    /// Milliseconds of silence to tell, each multiple of `every_ms` once.
    pub(crate) fn silence_to_tell(&mut self, now: Instant, every_ms: u64) -> Option<u64> {
        let since =
            self.receiver.last_packet.max(self.expected_since).filter(|_| self.direction().receives())?;
        let silent_ms = now.saturating_duration_since(since).as_millis() as u64;
        if silent_ms < self.silent_told_ms + every_ms {
            return None;
        }
        self.silent_told_ms = silent_ms - silent_ms % every_ms;
        Some(silent_ms)
    }
}

/// What is kept of a caller's voice until a second is full. Dropped, it hands on what it has.
struct Capture {
    to: mpsc::UnboundedSender<Vec<i16>>,
    piece: Vec<i16>,
    left: usize,
}

impl Capture {
    /// Takes 20 ms; true when it has all it wants.
    fn take(&mut self, heard: &Frame) -> bool {
        let now = heard.len().min(self.left);
        self.piece.extend_from_slice(&heard[..now]);
        self.left -= now;
        if self.piece.len() >= PIECE_SAMPLES {
            self.hand_on();
        }
        self.left == 0 || self.to.is_closed()
    }

    fn hand_on(&mut self) {
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE_SAMPLES));
        // Whoever wanted it may be gone.
        let _ = self.to.send(piece);
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        self.hand_on();
    }
}

impl Sender {
    fn new() -> Sender {
        Sender {
            sequence: rand::random(),
            timestamp: rand::random(),
            source: rand::random(),
            marker_due: true,
            codec: None,
            packet: Vec::with_capacity(HEADER_BYTES + FRAME_SAMPLES),
            sent: 0,
        }
    }

    fn agree(&mut self, agreement: &Agreement) {
        let (number, kind) = agreement.codecs[0];
        if self.codec.as_ref().is_none_or(|(known, _)| *known != number) {
            self.codec = Some((number, kind.make()));
        }
    }

    fn begin_packet(&mut self, marker: bool, payload_number: u8, timestamp: u32) {
        self.sequence = self.sequence.wrapping_add(1);
        let header =
            Header { marker, payload_number, sequence: self.sequence, timestamp, source: self.source };
        self.packet.clear();
        self.packet.extend_from_slice(&header.bytes());
    }

    fn encode(&mut self, frame: &Frame) {
        if let Some((_, codec)) = &mut self.codec {
            codec.encode(frame, &mut self.packet);
        }
    }
}

impl Receiver {
    fn new() -> Receiver {
        Receiver {
            jitter: JitterBuffer::new(),
            codecs: Vec::new(),
            events: None,
            reception: Reception::default(),
            keys: KeyReceiver::default(),
            last_packet: None,
        }
    }

    fn agree(&mut self, agreement: &Agreement) {
        self.events = agreement.events;
        let numbers = |codecs: &[(u8, Box<dyn Codec>)]| codecs.iter().map(|(n, _)| *n).collect::<Vec<u8>>();
        if numbers(&self.codecs) != agreement.codecs.iter().map(|(n, _)| *n).collect::<Vec<u8>>() {
            self.codecs = agreement.codecs.iter().map(|(number, kind)| (*number, kind.make())).collect();
        }
    }
}

/// Where the far end is. The SDP names an address; behind NAT the truth is where its packets come from. The rule:
/// - until something is heard, we send to the named address;
/// - a well-formed packet with an agreed payload number from the named *host* is believed, whatever its port;
/// - from another host only the first one ever heard since that address was named is believed;
/// - then all others are ignored, so that nobody can take over a call in progress — except another port of a believed
///   host after a second of silence, which is a NAT that forgot us or a gateway that restarted.
#[derive(Debug, Default)]
struct Peer {
    named: Option<SocketAddr>,
    learned: Option<(SocketAddr, Instant)>,
}

/// Silence of the believed address before another port of its host is believed.
const RELEARN_MS: u128 = 1_000;

impl Peer {
    /// A session description names where to send. The same again forgets nothing.
    fn name(&mut self, remote: SocketAddr) {
        if remote.ip().is_unspecified() || self.named == Some(remote) {
            return;
        }
        self.named = Some(remote);
        self.learned = None;
    }

    fn target(&self) -> Option<SocketAddr> {
        self.learned.map(|(address, _)| address).or(self.named)
    }

    fn admits(&mut self, from: SocketAddr, now: Instant) -> bool {
        let admitted = match (self.learned, self.named) {
            (Some((address, _)), _) if address == from => true,
            (Some((address, at)), named) => {
                let is_known_host = address.ip() == from.ip() || named.is_some_and(|n| n.ip() == from.ip());
                is_known_host && now.saturating_duration_since(at).as_millis() > RELEARN_MS
            }
            (None, Some(_)) => true,
            (None, None) => false,
        };
        if admitted {
            self.learned = Some((from, now));
        }
        admitted
    }
}

fn bind_pair(bind: IpAddr, ports: Option<&RangeInclusive<u16>>) -> io::Result<(UdpSocket, UdpSocket)> {
    let mut last = io::Error::new(io::ErrorKind::AddrInUse, "no free pair of ports");
    if bind.is_unspecified() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not an address that others can reach"));
    }
    for attempt in 0..BIND_TRIES {
        match try_pair(bind, ports.and_then(|range| even_port(range, attempt))) {
            Ok(pair) => return Ok(pair),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

/// Random, so that a port that was just given up is not the next one taken.
fn even_port(range: &RangeInclusive<u16>, attempt: usize) -> Option<u16> {
    let first = range.start().next_multiple_of(2);
    let pairs = usize::from(range.end().saturating_sub(first).saturating_add(1) / 2).max(1);
    let pick = if pairs > BIND_TRIES { rand::random_range(0..pairs) } else { attempt % pairs };
    Some(first + 2 * pick as u16)
}

fn try_pair(bind: IpAddr, port: Option<u16>) -> io::Result<(UdpSocket, UdpSocket)> {
    let socket = UdpSocket::bind((bind, port.unwrap_or(0)))?;
    let got = socket.local_addr()?.port();
    if got % 2 == 1 {
        return Err(io::Error::new(io::ErrorKind::AddrInUse, "the system gave an odd port"));
    }
    let control = UdpSocket::bind((bind, got + 1))?;
    socket.set_nonblocking(true)?;
    Ok((socket, control))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn the_far_end_is_believed_where_it_speaks_and_nobody_takes_its_place() {
        let (named, behind_nat, stranger) =
            (address("192.0.2.9:4000"), address("198.51.100.7:61000"), address("203.0.113.1:5"));
        let now = Instant::now();
        let mut peer = Peer::default();
        assert!(!peer.admits(named, now), "nothing is agreed on");
        peer.name(named);
        assert_eq!(peer.target(), Some(named));
        assert!(peer.admits(behind_nat, now));
        assert_eq!(peer.target(), Some(behind_nat));
        assert!(!peer.admits(stranger, now + Duration::from_secs(60)));
        peer.name(named);
        assert_eq!(peer.target(), Some(behind_nat), "the same address named again forgets nothing");
        peer.name(address("192.0.2.10:4000"));
        assert_eq!(peer.target(), Some(address("192.0.2.10:4000")));
    }

    #[test]
    fn another_port_of_the_same_host_is_believed_after_a_second_of_silence() {
        let (first, second) = (address("192.0.2.9:4000"), address("192.0.2.9:4002"));
        let now = Instant::now();
        let mut peer = Peer::default();
        peer.name(first);
        assert!(peer.admits(first, now));
        assert!(!peer.admits(second, now + Duration::from_millis(500)));
        assert!(peer.admits(second, now + Duration::from_millis(1_500)));
        assert_eq!(peer.target(), Some(second));
    }

    #[test]
    fn ports_come_in_pairs_from_the_given_range_until_it_is_used_up() {
        let local: IpAddr = [127, 0, 0, 1].into();
        let (probe, _) = bind_pair(local, None).expect("a pair");
        let first = probe.local_addr().expect("an address").port();
        assert_eq!(first % 2, 0);
        let range = first..=first + 1;
        assert!(bind_pair(local, Some(&range)).is_err(), "the only pair is taken");
        assert!(bind_pair([0, 0, 0, 0].into(), None).is_err());
    }
}
