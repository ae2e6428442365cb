//! The stage: the attendant's desk of sound. Many lines, one microphone and speaker; a line speaks with the attendant or
//! plays its source. One thread with a clock of its own reads every 5 ms and speaks every 20 ms, on an absolute
//! schedule, so that neither a busy runtime nor a device's clock makes the sound drift. Handles are cheap to clone and
//! may be used from async tasks: they hold a lock for microseconds and never across an await.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use contracts::sounds::Sound;
use tokio::sync::{broadcast, mpsc, oneshot};

use super::audio::{Audio, AudioBackend, AudioDevice};
use super::line::LineInside;
use super::source::{self, Player};
use super::{
    Direction, FRAME_MS, FRAME_SAMPLES, Frame, LINES_MAX, LineId, MediaError, MediaEvent, SAMPLE_RATE_HZ,
    SILENCE, Source,
};

/// Between two readings of the sockets. Sound needs only 20 ms; jitter is measured with this grain.
const TURN: Duration = Duration::from_millis(5);
const TURNS_PER_FRAME: u64 = FRAME_MS as u64 / 5;
/// Turns between two looks at what is wrong: once a second.
const TURNS_PER_CHECK: u64 = 200;
/// Later than this the machine was asleep: the clock starts anew instead of catching up.
const ASLEEP: Duration = Duration::from_millis(500);
/// A silent line is told of every so often.
const SILENT_EVERY_MS: u64 = 5_000;
/// Events kept for a slow listener before it loses the oldest.
const EVENTS_MAX: usize = 256;
/// What remains of a level after 20 ms without sound; falls to a tenth in about 200 ms.
const LEVEL_DECAY: f32 = 0.8;

/// How loud it is, 0–1 of full scale, peak of the last moments.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Levels {
    /// The microphone, also while muted: the console can say "you are muted" to one who speaks.
    pub microphone: f32,
    /// What the attendant hears.
    pub speaker: f32,
}

/// Packets of one line.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LineStats {
    /// Packets sent.
    pub sent: u64,
    /// Packets received from the believed far end, keys included.
    pub received: u64,
    /// Packets missing by their sequence numbers.
    pub lost: u64,
    /// Interarrival jitter of RFC 3550.
    pub jitter_ms: f64,
    /// Since the last packet; `None` before the first.
    pub last_packet_ms_ago: Option<u64>,
}

/// A running stage; cheap to clone. Ends with [`Stage::shut_down`], or when the last handle (lines included) is gone.
#[derive(Clone)]
pub struct Stage {
    inside: Arc<Inside>,
}

struct Inside {
    desk: Mutex<Desk>,
    events: broadcast::Sender<MediaEvent>,
    stop: AtomicBool,
    thread: Mutex<Option<JoinHandle<()>>>,
    began: Instant,
}

impl Stage {
    /// Starts the clock and opens the audio in the background; what is wrong with it is in [`Stage::problem`].
    pub fn start(backend: AudioBackend) -> Stage {
        let (events, _) = broadcast::channel(EVENTS_MAX);
        let inside = Arc::new(Inside {
            desk: Mutex::new(Desk::new(Audio::open(backend))),
            events,
            stop: AtomicBool::new(false),
            thread: Mutex::new(None),
            began: Instant::now(),
        });
        let weak = Arc::downgrade(&inside);
        let spawned = std::thread::Builder::new().name("usher-stage".to_owned()).spawn(move || run(&weak));
        match spawned {
            Ok(thread) => *locked(&inside.thread) = Some(thread),
            Err(error) => locked(&inside.desk).broken = Some(format!("no sound at all: {error}")),
        }
        Stage { inside }
    }

    /// Closes all lines, ends the clock and waits for its thread; recordings are whole afterwards.
    pub async fn shut_down(&self) {
        self.inside.stop.store(true, Ordering::Relaxed);
        let Some(thread) = locked(&self.inside.thread).take() else { return };
        let inside = Arc::clone(&self.inside);
        let joined = tokio::task::spawn_blocking(move || {
            // A panic was reported by its own thread.
            let _ = thread.join();
            let mut desk = inside.desk();
            desk.lines.clear();
            desk.talking.clear();
            desk.audio = Audio::open(AudioBackend::Null);
        });
        // Fails only when the runtime is going away, and then nobody waits.
        let _ = joined.await;
    }

    /// Takes ports for new lines from this range, in even and odd pairs; `None`: any free ones.
    pub fn use_ports(&self, ports: Option<RangeInclusive<u16>>) {
        self.inside.desk().ports = ports;
    }

    /// Opens a line. `bind` is the address of ours that the far end can reach, and is told to it.
    pub fn open_line(&self, bind: IpAddr) -> Result<Line, MediaError> {
        let mut desk = self.inside.desk();
        if desk.lines.len() >= LINES_MAX {
            return Err(MediaError::TooManyLines);
        }
        desk.lines_opened += 1;
        let id = LineId(desk.lines_opened);
        let recorder = desk.audio.line_recorder(id);
        let line = LineInside::open(bind, desk.ports.as_ref(), recorder)?;
        desk.lines.insert(id, line);
        drop(desk);
        Ok(Line { id, inside: Arc::clone(&self.inside) })
    }

    /// Who speaks with the attendant: nobody, one line, or several in a conference in which all hear each other. All
    /// other lines play their source. Closed lines are ignored.
    pub fn talk_to(&self, lines: &[LineId]) {
        self.inside.desk().talking = lines.to_vec();
    }

    /// Who speaks with the attendant now.
    pub fn talking_to(&self) -> Vec<LineId> {
        self.inside.desk().talking.clone()
    }

    /// Mutes the microphone.
    pub fn set_muted(&self, muted: bool) {
        self.inside.desk().muted = muted;
    }

    /// The microphone is muted.
    pub fn is_muted(&self) -> bool {
        self.inside.desk().muted
    }

    /// Rings at the desk, or stops.
    pub fn ring(&self, ringing: bool) {
        self.inside.desk().bell.switch(ringing);
    }

    /// Lets the attendant hear that a target rings, or stops. For targets that send no sound of their own.
    pub fn ringback(&self, ringing: bool) {
        self.inside.desk().ringback.switch(ringing);
    }

    /// How loud it is now.
    pub fn levels(&self) -> Levels {
        self.inside.desk().levels
    }

    /// What is wrong with the audio, in words for people.
    pub fn problem(&self) -> Option<String> {
        self.inside.desk().problem()
    }

    /// Keys, silence and problems from now on. A listener more than 256 events behind loses the oldest.
    pub fn events(&self) -> broadcast::Receiver<MediaEvent> {
        self.inside.events.subscribe()
    }

    /// Uses other audio from now on; calls go on.
    pub async fn set_backend(&self, backend: AudioBackend) {
        let inside = Arc::clone(&self.inside);
        let changed = tokio::task::spawn_blocking(move || {
            let audio = Audio::open(backend);
            let before = inside.desk().change_audio(audio);
            // Closing devices may take its time: not under the lock.
            drop(before);
        });
        // Fails only when the runtime is going away.
        let _ = changed.await;
    }

    /// The system's audio devices. Asks the drivers in a thread of its own.
    pub async fn devices(&self) -> Vec<AudioDevice> {
        tokio::task::spawn_blocking(super::system::devices).await.unwrap_or_default()
    }
}

/// One line of a stage; cheap to clone, the clones are the same line. Stays open until [`Line::close`].
#[derive(Clone)]
pub struct Line {
    id: LineId,
    inside: Arc<Inside>,
}

impl Line {
    /// Its name.
    pub fn id(&self) -> LineId {
        self.id
    }

    /// Where it listens.
    pub fn local(&self) -> Result<SocketAddr, MediaError> {
        self.with(|line| line.local().map_err(MediaError::Socket))?
    }

    /// Our offer; what is in force stays so until the answer. The same offer again has the same version. Empty after
    /// [`Line::close`].
    pub fn offer(&self, direction: Direction) -> String {
        self.with(|line| line.offer(direction)).unwrap_or_default()
    }

    /// Our answer to the far end's offer, in force at once; `wanted` is cut down to what the offer allows. An error
    /// changes nothing.
    pub fn answer(&self, remote_offer: &str, wanted: Direction) -> Result<String, MediaError> {
        self.with(|line| line.answer(remote_offer, wanted, Instant::now()))?
    }

    /// Takes the far end's answer to our last offer and gives the direction now in force. The same answer may come
    /// twice (183, then 200). An error changes nothing.
    pub fn accept_answer(&self, remote_answer: &str) -> Result<Direction, MediaError> {
        self.with(|line| line.accept_answer(remote_answer, Instant::now()))?
    }

    /// What we said last, for a re-sent answer or a session refresh.
    pub fn current_sdp(&self) -> Option<String> {
        self.with(|line| line.current_sdp()).ok().flatten()
    }

    /// The direction in force, seen from us; `Inactive` before anything is agreed on.
    pub fn direction(&self) -> Direction {
        self.with(|line| line.direction()).unwrap_or(Direction::Inactive)
    }

    /// What this line hears while it does not speak with the attendant. Begins at the beginning.
    pub fn play(&self, source: Source) {
        // A closed line plays nothing.
        let _ = self.with(|line| line.play(&source));
    }

    /// Plays this once instead, from the beginning, as soon as sound is agreed on. The receiver hears when the last of it is
    /// over; it fails where something else took its place or the line was closed.
    pub fn play_once(&self, sound: Arc<Sound>) -> oneshot::Receiver<()> {
        // The sender of a closed line is gone at once, as it should be.
        self.with(|line| line.play_once(sound)).unwrap_or_else(|_| oneshot::channel().1)
    }

    /// Ends a sound that is played once, and a capture; silence follows. What repeats goes on.
    pub fn cut_off(&self) {
        // A closed line plays nothing.
        let _ = self.with(LineInside::cut_off);
    }

    /// Plays a short tone, then gives what the far end says, second by second, until `samples_max` are given, something
    /// else is played or the line is closed; the last piece may be shorter.
    pub fn capture(&self, samples_max: usize) -> mpsc::UnboundedReceiver<Vec<i16>> {
        self.with(|line| line.capture(samples_max)).unwrap_or_else(|_| mpsc::unbounded_channel().1)
    }

    /// Sends keys (`0-9*#A-D`, at most 32 waiting) as RTP events; done when the last one is sent, about 240 ms each.
    pub async fn send_digits(&self, digits: &str) -> Result<(), MediaError> {
        let sent = self.with(|line| line.send_digits(digits))??;
        sent.await.map_err(|_| MediaError::LineClosed)
    }

    /// Packets so far; zeros after [`Line::close`].
    pub fn stats(&self) -> LineStats {
        self.with(|line| line.stats(Instant::now())).unwrap_or_default()
    }

    /// Ends the line and frees its ports. Closing again is no error.
    pub fn close(&self) {
        let mut desk = self.inside.desk();
        desk.talking.retain(|id| *id != self.id);
        let closed = desk.lines.remove(&self.id);
        drop(desk);
        drop(closed);
    }

    fn with<T>(&self, act: impl FnOnce(&mut LineInside) -> T) -> Result<T, MediaError> {
        self.inside.desk().lines.get_mut(&self.id).map(act).ok_or(MediaError::LineClosed)
    }
}

impl Inside {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        locked(&self.desk)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Everything the clock drives.
struct Desk {
    audio: Audio,
    lines: BTreeMap<LineId, LineInside>,
    lines_opened: u32,
    ports: Option<RangeInclusive<u16>>,
    talking: Vec<LineId>,
    muted: bool,
    bell: Signal,
    ringback: Signal,
    levels: Levels,
    broken: Option<String>,
    problem_told: Option<String>,
}

/// Something that sounds while it is switched on.
struct Signal {
    is_on: bool,
    player: Player,
}

impl Signal {
    fn new(player: Player) -> Signal {
        Signal { is_on: false, player }
    }

    fn switch(&mut self, is_on: bool) {
        if is_on && !self.is_on {
            self.player.rewind();
        }
        self.is_on = is_on;
    }

    fn next(&mut self) -> Option<Frame> {
        self.is_on.then(|| self.player.next())
    }
}

impl Desk {
    fn new(audio: Audio) -> Desk {
        Desk {
            audio,
            lines: BTreeMap::new(),
            lines_opened: 0,
            ports: None,
            talking: Vec::new(),
            muted: false,
            bell: Signal::new(Player::bell()),
            ringback: Signal::new(Player::ringback()),
            levels: Levels::default(),
            broken: None,
            problem_told: None,
        }
    }

    fn problem(&self) -> Option<String> {
        self.broken.clone().or_else(|| self.audio.problem())
    }

    fn change_audio(&mut self, audio: Audio) -> Audio {
        let before = std::mem::replace(&mut self.audio, audio);
        for (id, line) in &mut self.lines {
            line.record(self.audio.line_recorder(*id));
        }
        before
    }

    /// Every 5 ms: reads all sockets.
    fn listen(&mut self, now: Instant, clock_ticks: i64, tell: &mut impl FnMut(MediaEvent)) {
        for (id, line) in &mut self.lines {
            line.listen(now, clock_ticks, |digit| tell(MediaEvent::Digit { line: *id, digit }));
        }
    }

    /// Every 20 ms: everybody hears and is heard.
    fn speak(&mut self) {
        let voice = self.audio.microphone();
        self.levels.microphone = level(self.levels.microphone, &voice);
        let voice = if self.muted { SILENCE } else { voice };
        let mut far_ends = [0_i32; FRAME_SAMPLES];
        for (id, line) in &mut self.lines {
            line.hear();
            if self.talking.contains(id) {
                add(&mut far_ends, &line.heard);
            }
        }
        for (id, line) in &mut self.lines {
            let said = if self.talking.contains(id) {
                all_but(&far_ends, &line.heard, &voice)
            } else {
                line.played()
            };
            line.say(&said);
        }
        if let Some(ringback) = self.ringback.next() {
            add(&mut far_ends, &ringback);
        }
        let speaker = far_ends.map(saturated);
        self.levels.speaker = level(self.levels.speaker, &speaker);
        let bell = self.bell.next();
        self.audio.play(&speaker, bell.as_ref());
    }

    /// Every second: what is wrong.
    fn check(&mut self, now: Instant, tell: &mut impl FnMut(MediaEvent)) {
        for (id, line) in &mut self.lines {
            if let Some(ms) = line.silence_to_tell(now, SILENT_EVERY_MS) {
                tell(MediaEvent::Silent { line: *id, ms });
            }
        }
        let problem = self.problem();
        if problem != self.problem_told {
            self.problem_told.clone_from(&problem);
            tell(MediaEvent::Problem(problem));
        }
    }
}

/// The clock: until the stage is shut down or nobody holds it any more.
fn run(inside: &Weak<Inside>) {
    source::compose();
    let mut began = Instant::now();
    let mut turn = 0_u64;
    loop {
        let due = began + TURN * u32::try_from(turn).unwrap_or(u32::MAX);
        let now = Instant::now();
        if now < due {
            std::thread::sleep(due - now);
        } else if now - due > ASLEEP || turn == u64::from(u32::MAX) {
            (began, turn) = (now, 0);
        }
        let Some(inside) = inside.upgrade() else { return };
        if inside.stop.load(Ordering::Relaxed) {
            return;
        }
        take_turn(&inside, turn);
        turn += 1;
    }
}

fn take_turn(inside: &Inside, turn: u64) {
    let now = Instant::now();
    // Nobody listening to events is no error.
    let mut tell = |event| drop(inside.events.send(event));
    let mut desk = inside.desk();
    desk.listen(now, ticks(now - inside.began), &mut tell);
    if turn.is_multiple_of(TURNS_PER_FRAME) {
        desk.speak();
    }
    if turn.is_multiple_of(TURNS_PER_CHECK) {
        desk.check(now, &mut tell);
    }
}

/// A time on our clock in ticks of 8 kHz.
fn ticks(since_began: Duration) -> i64 {
    since_began.as_micros() as i64 * i64::from(SAMPLE_RATE_HZ) / 1_000_000
}

fn add(sum: &mut [i32; FRAME_SAMPLES], frame: &Frame) {
    for (sum, sample) in sum.iter_mut().zip(frame) {
        *sum += i32::from(*sample);
    }
}

/// What one in a conversation hears: the attendant and all others, not herself.
fn all_but(far_ends: &[i32; FRAME_SAMPLES], own: &Frame, voice: &Frame) -> Frame {
    std::array::from_fn(|i| saturated(far_ends[i] - i32::from(own[i]) + i32::from(voice[i])))
}

fn saturated(sum: i32) -> i16 {
    sum.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
}

fn level(before: f32, frame: &Frame) -> f32 {
    let peak = frame.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0);
    (f32::from(peak) / 32_768.0).max(before * LEVEL_DECAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loud_voices_together_are_cut_at_full_scale_and_nobody_hears_herself() {
        let (mut sum, loud, soft) = ([0; FRAME_SAMPLES], [30_000; FRAME_SAMPLES], [1_000; FRAME_SAMPLES]);
        add(&mut sum, &loud);
        add(&mut sum, &soft);
        assert_eq!(all_but(&sum, &soft, &loud)[0], i16::MAX);
        assert_eq!(all_but(&sum, &loud, &SILENCE)[0], 1_000);
    }
}
