//! Voices of this computer, which speak a text into a sound (ROUTE-3). Whether a voice is good enough for callers is for whoever
//! listens to it before it is used.

use async_trait::async_trait;

use crate::sounds::{SPEECH_CHARS_MAX, Sound, SoundError};

/// A voice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voice {
    /// As the computer names it.
    pub id: String,
    /// As shown.
    pub name: String,
    /// Its language, as a BCP 47 tag: `de`, `en-GB`.
    pub language: String,
}

/// Why nothing was spoken. The words are for whoever typed the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpeechError {
    /// This computer has no voices. Says what to install.
    #[error("this computer cannot speak: {0}")]
    Missing(String),
    /// There is no such voice any more.
    #[error("there is no voice {0:?} on this computer; choose another one")]
    NoSuchVoice(String),
    /// Nothing to say, or too much.
    #[error("a text has 1 to {SPEECH_CHARS_MAX} characters, not {0}")]
    Text(usize),
    /// The voice gave up, or took too long. Says why.
    #[error("the text could not be spoken: {0}")]
    Failed(String),
    /// What it gave is no sound.
    #[error("what the voice gave cannot be used: {0}")]
    Sound(#[from] SoundError),
}

/// Speaks.
#[async_trait]
pub trait Speech: Send + Sync {
    /// The voices there are, by language, then by name.
    async fn voices(&self) -> Result<Vec<Voice>, SpeechError>;
    /// Speaks a text of 1–4,096 characters. Takes some seconds for a long one.
    async fn say(&self, text: &str, voice: &str) -> Result<Sound, SpeechError>;
}
