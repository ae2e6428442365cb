//! Sounds and voices as they cross to the screens (ROUTE-3): what there is, where it came from. What is heard crosses as a WAV
//! file in base64.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

wire! {
    /// All sounds, and how much there may be.
    pub struct SoundsView {
        /// By name.
        pub sounds: Vec<SoundView>,
        pub sounds_max: u32,
        /// Bytes of a sound file.
        pub file_bytes_max: u32,
        /// Characters of a text that is spoken.
        pub text_chars_max: u32,
    }

    /// A sound, without what is heard.
    pub struct SoundView {
        pub id: String,
        pub name: String,
        /// What was spoken; `null`: it came from a file.
        pub speech: Option<SpeechView>,
        pub length_ms: u32,
        #[ts(type = "number")] pub added: i64,
        /// Services whose workflow plays it, by name.
        pub used_by: Vec<String>,
    }

    /// How a sound was spoken.
    pub struct SpeechView {
        pub text: String,
        /// As in `VoiceView`.
        pub voice: String,
        /// A BCP 47 tag.
        pub language: String,
    }

    /// A voice of this computer.
    pub struct VoiceView {
        pub id: String,
        pub name: String,
        /// A BCP 47 tag: `de`, `en-GB`.
        pub language: String,
    }

    /// What is heard: a WAV file, 8 kHz, 16 bits.
    pub struct HeardView { pub wav_base64: String }
}
