//! Sounds that callers hear: announcements, menus and greetings, decoded once when they are added and then played as they
//! are. Does not decode files and does not speak; what a sound is used for is the workflow's affair.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use engine::{SoundId, Span, Timestamp};

use crate::journal::StoreError;

/// Samples a second of everything that is stored: what every telephone carries.
pub const SAMPLE_RATE_HZ: u32 = 8_000;
/// The longest sound, in samples: ten minutes. Nobody listens longer before she speaks to somebody, and one takes 9.6 MB.
pub const SOUND_SAMPLES_MAX: usize = 10 * 60 * SAMPLE_RATE_HZ as usize;
/// The most sounds: two for each of 250 services, 500 times at most 9.6 MB.
pub const SOUNDS_MAX: usize = 500;
/// The longest text that was spoken into a sound, in characters: some five minutes.
pub const SPEECH_CHARS_MAX: usize = 4_096;

/// What is heard: 8 kHz, one channel, 16 bits; at most ten minutes.
#[derive(Clone, PartialEq, Eq)]
pub struct Sound {
    /// In order of time.
    pub samples: Vec<i16>,
}

impl Sound {
    /// How long it lasts.
    pub fn length(&self) -> Span {
        length_of(self.samples.len() as u64)
    }
}

impl fmt::Debug for Sound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sound({} ms)", self.length().0)
    }
}

/// How long so many samples last.
pub fn length_of(samples: u64) -> Span {
    Span(u32::try_from(samples.saturating_mul(1_000) / u64::from(SAMPLE_RATE_HZ)).unwrap_or(u32::MAX))
}

/// Where a sound came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SoundKind {
    /// A file that somebody chose.
    File,
    /// A text that a voice of this computer spoke.
    Speech {
        /// What it says; at most 4,096 characters.
        text: String,
        /// Which voice, as the computer names it.
        voice: String,
        /// Its language, as a BCP 47 tag: `de-CH`.
        language: String,
    },
}

/// A sound as it is added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoundFile {
    /// As shown; 1–256 characters.
    pub name: String,
    /// Where it came from.
    pub kind: SoundKind,
    /// What is heard; 1 sample to ten minutes.
    pub sound: Sound,
    /// When it was added.
    pub added: Timestamp,
}

/// What a sound is, without the sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoundEntry {
    /// Which.
    pub id: SoundId,
    /// As shown.
    pub name: String,
    /// Where it came from.
    pub kind: SoundKind,
    /// How long it lasts.
    pub length: Span,
    /// When it was added.
    pub added: Timestamp,
}

/// The sounds there are.
#[async_trait]
pub trait SoundBook: Send + Sync {
    /// Adds a sound, or puts another one in its place: whoever plays this id hears the new one from the next time on.
    /// `OutOfRange` beyond the limits of this file.
    async fn put(&self, id: SoundId, file: SoundFile) -> Result<(), StoreError>;
    /// Gives it another name. `false` where there is no such sound.
    async fn rename(&self, id: SoundId, name: &str) -> Result<bool, StoreError>;
    /// Removes it. `false` where there is no such sound. Whether something still uses it is the caller's to know.
    async fn remove(&self, id: SoundId) -> Result<bool, StoreError>;
    /// All of them, by name (as code points), then by id.
    async fn list(&self) -> Result<Vec<SoundEntry>, StoreError>;
    /// What is heard.
    async fn sound(&self, id: SoundId) -> Result<Option<Arc<Sound>>, StoreError>;
}

/// The largest sound file that is read, in bytes: three minutes of uncompressed studio sound, hours of MP3.
pub const SOUND_FILE_BYTES_MAX: usize = 32 << 20;

/// Why a file is no sound. The words are for whoever chose the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SoundError {
    /// More than [`SOUND_FILE_BYTES_MAX`].
    #[error("the file has {bytes} bytes; {SOUND_FILE_BYTES_MAX} (32 MiB) are the most: save it as MP3")]
    TooLarge {
        /// How large it is.
        bytes: usize,
    },
    /// Something else than a sound file.
    #[error("this is not a sound file that Usher can read; WAV, MP3, Ogg Vorbis and FLAC files are")]
    Unknown,
    /// A sound file with something in it that cannot be played. Says what.
    #[error("this sound file cannot be played: {0}")]
    Unsupported(String),
    /// Cut off, or not as it was written.
    #[error("the sound file is damaged: {0}")]
    Damaged(String),
    /// No sample, or nothing that anybody could hear.
    #[error("nothing can be heard in the sound file")]
    Silent,
    /// Longer than ten minutes.
    #[error("the sound is longer than ten minutes; nobody listens so long")]
    TooLong,
}

/// Makes a sound of a file.
#[async_trait]
pub trait Decoder: Send + Sync {
    /// Decodes a file, whatever its name: by what is in it. Loud as speech on a telephone is.
    async fn decode(&self, file: Vec<u8>) -> Result<Sound, SoundError>;
}
