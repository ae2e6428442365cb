//! The sound of one line, in the words of a call: what the waiting caller hears, who speaks with the attendant. A thin
//! seam over the stage, so that the line need not know how sound is made.

use std::net::IpAddr;
use std::sync::Arc;

use contracts::sounds::Sound;
use contracts::telephony::TelephonyError;
use engine::Treatment;
use tokio::sync::{mpsc, oneshot};

use crate::media::{Direction, Line, LineId, MediaError, Source, Stage};

/// Sound of one line; the clones are the same sound.
#[derive(Clone)]
pub(super) struct Voice {
    line: Line,
    stage: Stage,
}

impl Voice {
    pub(super) fn open(stage: &Stage, bind: IpAddr) -> Result<Voice, TelephonyError> {
        let line = stage.open_line(bind).map_err(trouble)?;
        Ok(Voice { line, stage: stage.clone() })
    }

    pub(super) fn id(&self) -> LineId {
        self.line.id()
    }

    pub(super) fn offer(&self, direction: Direction) -> String {
        self.line.offer(direction)
    }

    pub(super) fn answer(&self, offer: &str, wanted: Direction) -> Result<String, TelephonyError> {
        self.line.answer(offer, wanted).map_err(trouble)
    }

    pub(super) fn accept_answer(&self, answer: &str) -> Result<(), TelephonyError> {
        self.line.accept_answer(answer).map(|_| ()).map_err(trouble)
    }

    /// Plays to the far end, and takes the attendant off it.
    pub(super) fn play(&self, treatment: Treatment) {
        self.line.play(match treatment {
            Treatment::Silence => Source::Silence,
            // An answered line cannot ring any more: music stands in.
            Treatment::Music | Treatment::Ringing => Source::Music,
        });
        self.leave_attendant();
    }

    /// Plays this once to the far end, and takes the attendant off it. The receiver hears when it is over.
    pub(super) fn play_once(&self, sound: Arc<Sound>) -> oneshot::Receiver<()> {
        let over = self.line.play_once(sound);
        self.leave_attendant();
        over
    }

    /// Lets the far end speak after a tone, and takes the attendant off it. Gives what it says.
    pub(super) fn capture(&self, samples_max: usize) -> mpsc::UnboundedReceiver<Vec<i16>> {
        let pieces = self.line.capture(samples_max);
        self.leave_attendant();
        pieces
    }

    /// Ends a sound that is played once, and a capture.
    pub(super) fn cut_off(&self) {
        self.line.cut_off();
    }

    fn leave_attendant(&self) {
        let mut talking = self.stage.talking_to();
        talking.retain(|id| *id != self.id());
        self.stage.talk_to(&talking);
    }

    /// Connects it, alone, with the attendant.
    pub(super) fn talk(&self) {
        self.stage.talk_to(&[self.id()]);
    }

    pub(super) fn is_talking(&self) -> bool {
        self.stage.talking_to().contains(&self.id())
    }

    /// The ringing tone in the attendant's ear.
    pub(super) fn ringback(&self, on: bool) {
        self.stage.ringback(on);
    }

    pub(super) async fn send_digits(&self, digits: &str) -> Result<(), TelephonyError> {
        self.line.send_digits(digits).await.map_err(trouble)
    }

    pub(super) fn close(&self) {
        self.line.close();
    }
}

fn trouble(error: MediaError) -> TelephonyError {
    match error {
        MediaError::LineClosed => TelephonyError::NoSuchLeg,
        MediaError::Socket(_) => TelephonyError::Retry(error.to_string()),
        MediaError::Sdp(_) | MediaError::TooManyLines | MediaError::NoDigits | MediaError::BadDigits => {
            TelephonyError::Refused(error.to_string())
        }
    }
}
