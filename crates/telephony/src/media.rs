//! The audio side of the softphone (CALL-13, CONN-2): SDP offers and answers, RTP, DTMF, the desk where the attendant's
//! microphone and speaker meet her lines, and the devices behind them. Knows nothing of SIP: the connector carries the
//! SDP texts and says which line speaks with whom. Does not encrypt (SRTP) and does not cancel echo yet.

pub mod analysis;
mod audio;
mod codec;
mod decode;
mod dtmf;
mod files;
mod jitter;
mod line;
mod resample;
mod rtp;
mod sdp;
mod source;
mod stage;
mod system;

use std::fmt;
use std::io;

pub use audio::{AudioBackend, AudioDevice};
pub use decode::{SoundFiles, decode};
pub use sdp::{Direction, SdpError};
pub use source::{Recording, RecordingError, Source};
pub use stage::{Levels, Line, LineStats, Stage};

/// Everything inside runs at this rate; devices and files are converted at the edge.
pub const SAMPLE_RATE_HZ: u32 = 8_000;
/// Milliseconds of sound per packet and per turn of the clock.
pub const FRAME_MS: u32 = 20;
/// Samples of one frame.
pub const FRAME_SAMPLES: usize = (SAMPLE_RATE_HZ * FRAME_MS / 1_000) as usize;
/// Lines open at once. A desk of 20 calls with a consultation each needs 40; a hub will have a stage per desk.
pub const LINES_MAX: usize = 256;
/// Digits sent by one request: the longest dialled number with room for a conference code.
pub const DIGITS_MAX: usize = 32;

/// 20 ms of sound.
type Frame = [i16; FRAME_SAMPLES];
const SILENCE: Frame = [0; FRAME_SAMPLES];

/// Names a line of one stage; never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineId(pub u32);

impl fmt::Display for LineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a stage has to say without being asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaEvent {
    /// The far end pressed a key (RFC 4733), told once, at its beginning.
    Digit {
        /// On which line.
        line: LineId,
        /// `0-9*#A-D`.
        digit: char,
    },
    /// Nothing is heard of the far end although it should send. Told after 5 s and every 5 s more.
    Silent {
        /// On which line.
        line: LineId,
        /// Milliseconds since the last packet, or since the line was agreed on.
        ms: u64,
    },
    /// A device is missing or failed; calls go on without it. `None`: all is well again.
    Problem(Option<String>),
}

/// Why the stage could not do what it was asked, grouped by what the caller can do.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The far end's session description: refuse the call (SIP 488), or end it.
    #[error(transparent)]
    Sdp(#[from] SdpError),
    /// No socket for the line: too many lines, ports used up, address not ours.
    #[error("no port for the sound of this line: {0}")]
    Socket(#[source] io::Error),
    /// More than [`LINES_MAX`] lines.
    #[error("more than {LINES_MAX} lines at once")]
    TooManyLines,
    /// The line was closed.
    #[error("the line is closed")]
    LineClosed,
    /// The far end takes no DTMF as RTP events, or nothing is agreed on yet.
    #[error("the far end takes no DTMF on this line")]
    NoDigits,
    /// Not one of `0-9*#A-D`, or more than [`DIGITS_MAX`].
    #[error("only 1 to {DIGITS_MAX} of 0-9*#A-D can be sent")]
    BadDigits,
}
