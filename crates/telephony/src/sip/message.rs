//! What a line plays once and what it records: announcements and menus (ROUTE-3), messages of callers (CALL-8), and the keys
//! pressed meanwhile. A recording is kept second by second by a task of its own, so that no disk makes a line wait, and a
//! recording that was cut off by a crash is taken up or concluded. Decides nothing: what follows is the workflow's affair.

use std::sync::Arc;
use std::time::Duration;

use contracts::journal::StoreError;
use contracts::recordings::{APPEND_SAMPLES_MAX, RECORDING_SAMPLES_MAX, RecordingBook};
use contracts::sounds::{SAMPLE_RATE_HZ, Sound, length_of};
use contracts::telephony::{Report, TelephonyError};
use engine::{PlayId, RecordingId, Span};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::keep;
use super::line::{Line, Phase};
use super::shared::Task;
use crate::media::Direction;

/// What has come is kept when it is this long. With the second that is still being filled a crash loses four of five.
const KEPT_EVERY_SAMPLES: usize = 3 * SAMPLE_RATE_HZ as usize;
/// What is shorter was no message: somebody hung up at the tone.
const MESSAGE_MS_MIN: u32 = 1_000;
/// Telephones that say a key in both ways do so within this.
const SAME_KEY_MAX: Duration = Duration::from_millis(1_000);

/// How the keeping of a recording ended.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ending {
    /// Concluded, so long; 0 where that is no message.
    Concluded(Span),
    /// The connector ended first, as in a crash: the next one concludes it.
    Left,
}

/// What a line plays once, or records. Never both.
#[derive(Default)]
pub(super) enum Message {
    /// Neither.
    #[default]
    None,
    /// Plays; the receiver hears when it is over.
    Playing { play: PlayId, over: Option<oneshot::Receiver<()>> },
    /// Records; its keeper tells how it ended.
    Recording { recording: RecordingId, kept: watch::Receiver<Option<Ending>> },
    /// Recorded when the process died, and does so no more until it is told to.
    Left { recording: RecordingId },
}

impl Message {
    /// A recording that an earlier life began.
    pub(super) fn left(recording: RecordingId) -> Message {
        Message::Left { recording }
    }

    /// Which recording is not concluded.
    pub(super) fn recording(&self) -> Option<RecordingId> {
        match self {
            Message::None | Message::Playing { .. } => None,
            Message::Recording { recording, .. } | Message::Left { recording } => Some(*recording),
        }
    }

    /// Waits until it ends by itself: the sound is over, or the recording is as long as it may be. May be asked again as
    /// long as it has not.
    pub(super) async fn over(&mut self) {
        match self {
            Message::Playing { over: waiting @ Some(_), play: _ } => {
                let over = waiting.as_mut().expect("it was matched");
                if over.await.is_err() {
                    // The line's sound is gone: it ends without a word.
                    *waiting = None;
                    std::future::pending::<()>().await;
                }
            }
            Message::Recording { kept, .. } => {
                // Where the keeper failed, it is over too.
                kept.wait_for(Option::is_some).await.ok();
            }
            Message::Playing { over: None, .. } | Message::None | Message::Left { .. } => {
                std::future::pending().await
            }
        }
    }
}

/// How a key of the far end came to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyWay {
    /// As an RTP event (RFC 4733).
    Event,
    /// In a SIP INFO.
    Info,
}

/// The last key, so that one which comes both ways counts once.
#[derive(Debug, Default)]
pub(super) struct Pressed(Option<(char, KeyWay, Instant)>);

impl Pressed {
    /// Takes a key; false where it is the last one again, told the other way.
    fn is_new(&mut self, digit: char, way: KeyWay, now: Instant) -> bool {
        let again = |(last, by, at): (char, KeyWay, Instant)| {
            last == digit && by != way && now.duration_since(at) < SAME_KEY_MAX
        };
        if self.0.take_if(|last| again(*last)).is_some() {
            return false;
        }
        self.0 = Some((digit, way, now));
        true
    }
}

impl Line {
    /// Whatever was played once or recorded ends where another order takes its place.
    pub(super) async fn make_room_for(&mut self, task: &Task) {
        match (task, &self.message) {
            (Task::Answer, _) | (_, Message::None) => {}
            (Task::Play { play, .. }, Message::Playing { play: current, .. }) if play == current => {}
            (
                Task::Record { recording, .. },
                Message::Recording { recording: current, .. } | Message::Left { recording: current },
            ) if recording == current => {}
            (_, Message::Playing { .. }) => {
                self.message = Message::None;
                self.voice.cut_off();
            }
            (_, Message::Recording { .. } | Message::Left { .. }) => self.end_recording().await,
        }
    }

    pub(super) async fn answer_quietly(&mut self) -> Result<(), TelephonyError> {
        match self.phase {
            Phase::Arriving { .. } => {
                self.answer().await?;
                keep::established(self).await;
                Ok(())
            }
            Phase::Up => Ok(()),
            Phase::Dialing { .. } => Err(TelephonyError::Refused("the line is not answered yet".into())),
            Phase::Ended => Err(TelephonyError::NoSuchLeg),
        }
    }

    pub(super) async fn play(&mut self, play: PlayId, sound: Arc<Sound>) -> Result<(), TelephonyError> {
        if matches!(self.message, Message::Playing { .. }) {
            return Ok(());
        }
        self.be_heard().await?;
        self.message = Message::Playing { play, over: Some(self.voice.play_once(sound)) };
        keep::established(self).await;
        Ok(())
    }

    pub(super) async fn record(
        &mut self,
        recording: RecordingId,
        length_max: Span,
    ) -> Result<(), TelephonyError> {
        if matches!(self.message, Message::Recording { .. }) {
            return Ok(());
        }
        self.be_heard().await?;
        let before = match self.shared.recordings.begin(recording).await {
            Ok(before) => before,
            // It was concluded, and nobody came to hear of it.
            Err(StoreError::Conflict(_)) => length_max,
            Err(error) => {
                tracing::error!(leg = ?self.leg(), %recording, %error, "a caller's message cannot be recorded");
                return Err(TelephonyError::Refused(format!("the message cannot be recorded: {error}")));
            }
        };
        let left_ms = length_max.0.saturating_sub(before.0);
        if left_ms == 0 {
            self.message = Message::left(recording);
            self.end_recording().await;
            return Ok(());
        }
        let samples_max = (left_ms as usize).saturating_mul(SAMPLE_RATE_HZ as usize) / 1_000;
        let pieces = self.voice.capture(samples_max.min(RECORDING_SAMPLES_MAX));
        let (book, crashed) = (self.shared.recordings.clone(), self.shared.token.clone());
        // Not among the tasks that end with the connector: what was said is kept first.
        let (tell, kept) = watch::channel(None);
        self.shared.tasks.spawn(async move {
            let ending = keep_message(book, recording, before, pieces, crashed).await;
            tell.send_replace(Some(ending));
        });
        self.message = Message::Recording { recording, kept };
        keep::established(self).await;
        Ok(())
    }

    /// Answers or retrieves, so that both sides hear each other.
    async fn be_heard(&mut self) -> Result<(), TelephonyError> {
        self.answer_quietly().await?;
        self.say(Direction::SendRecv).await
    }

    /// The sound is over, or the recording is as long as it may be.
    pub(super) async fn on_message_over(&mut self) {
        match self.message {
            Message::Playing { play, .. } => {
                self.message = Message::None;
                self.shared.report(Report::PlayEnded { leg: self.leg(), play }).await;
            }
            Message::Recording { .. } | Message::Left { .. } => self.end_recording().await,
            Message::None => {}
        }
    }

    /// Concludes a recording, where there is one, and tells of it.
    pub(super) async fn end_recording(&mut self) {
        let (recording, length) = match std::mem::take(&mut self.message) {
            Message::None => return,
            playing @ Message::Playing { .. } => {
                self.message = playing;
                return;
            }
            Message::Left { recording } => {
                (recording, conclude(&*self.shared.recordings, recording, Span(0)).await)
            }
            Message::Recording { recording, mut kept } => {
                self.voice.cut_off();
                let ending = kept.wait_for(Option::is_some).await.ok().and_then(|ending| *ending);
                match ending {
                    Some(Ending::Concluded(length)) => (recording, length),
                    Some(Ending::Left) => return,
                    // The keeper failed: what it kept is there.
                    None => (recording, conclude(&*self.shared.recordings, recording, Span(0)).await),
                }
            }
        };
        self.shared.report(Report::Recorded { leg: self.leg(), recording, length }).await;
        if matches!(self.phase, Phase::Up) {
            keep::established(self).await;
        }
    }

    /// The far end pressed a key. `#` ends a recording, and is nobody else's then.
    pub(super) async fn on_key(&mut self, digit: char, way: KeyWay) {
        if !self.pressed.is_new(digit, way, Instant::now()) {
            return;
        }
        match self.message {
            Message::Recording { .. } if digit == '#' => self.end_recording().await,
            Message::None | Message::Playing { .. } | Message::Recording { .. } | Message::Left { .. } => {
                self.shared.report(Report::Digit { leg: self.leg(), digit }).await;
            }
        }
    }
}

/// Keeps what is said until nothing more comes, then concludes it. A disk that is full is asked again with every second that
/// comes.
async fn keep_message(
    book: Arc<dyn RecordingBook>,
    recording: RecordingId,
    before: Span,
    mut pieces: mpsc::UnboundedReceiver<Vec<i16>>,
    crashed: CancellationToken,
) -> Ending {
    let mut kept = Kept { book: &*book, recording, samples: 0, waiting: Vec::new(), told: false };
    while let Some(piece) = pieces.recv().await {
        kept.waiting.extend(piece);
        if kept.waiting.len() >= KEPT_EVERY_SAMPLES {
            kept.write().await;
        }
    }
    kept.write().await;
    let length = Span(before.0.saturating_add(length_of(kept.samples).0));
    if crashed.is_cancelled() {
        return Ending::Left;
    }
    Ending::Concluded(conclude(&*book, recording, length).await)
}

struct Kept<'a> {
    book: &'a dyn RecordingBook,
    recording: RecordingId,
    samples: u64,
    waiting: Vec<i16>,
    told: bool,
}

impl Kept<'_> {
    async fn write(&mut self) {
        while !self.waiting.is_empty() {
            let now = self.waiting.len().min(APPEND_SAMPLES_MAX);
            if let Err(error) = self.book.append(self.recording, &self.waiting[..now]).await {
                if !std::mem::replace(&mut self.told, true) {
                    let recording = self.recording;
                    tracing::error!(%recording, %error, "a caller's message is not kept; the call goes on");
                }
                return;
            }
            self.told = false;
            self.samples += now as u64;
            self.waiting.drain(..now);
        }
    }
}

/// Nothing more will come. Gives how long it is, 0 where that is no message; `kept` where the store cannot say it: what was
/// kept is there all the same.
pub(super) async fn conclude(book: &dyn RecordingBook, recording: RecordingId, kept: Span) -> Span {
    let length = match book.finish(recording).await {
        Ok(length) => length,
        Err(error) => {
            tracing::error!(%recording, %error, "a caller's message could not be concluded; it stays as it was kept");
            return kept;
        }
    };
    if length.0 >= MESSAGE_MS_MIN {
        return length;
    }
    if let Err(error) = book.discard(recording).await {
        tracing::warn!(%recording, %error, "a recording in which nothing was said is still there");
    }
    Span(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_comes_both_ways_counts_once_and_pressed_twice_counts_twice() {
        let (mut pressed, now) = (Pressed::default(), Instant::now());
        let at = |ms| now + Duration::from_millis(ms);
        assert!(pressed.is_new('1', KeyWay::Event, at(0)));
        assert!(!pressed.is_new('1', KeyWay::Info, at(90)));
        assert!(pressed.is_new('1', KeyWay::Info, at(300)), "pressed again");
        assert!(!pressed.is_new('1', KeyWay::Event, at(400)));
        assert!(pressed.is_new('1', KeyWay::Event, at(500)));
        assert!(pressed.is_new('1', KeyWay::Event, at(600)), "the same way twice is two presses");
        assert!(pressed.is_new('2', KeyWay::Info, at(700)));
        assert!(pressed.is_new('2', KeyWay::Event, at(2_000)), "too late to be the same");
    }
}
