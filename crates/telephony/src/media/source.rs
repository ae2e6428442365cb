//! What a line hears while it does not speak with the attendant: silence, music, a tone, a recording, again and again; or one
//! sound once. The music is our
//! own, played by this file, so that no licence is in question. Does not record and does not stream from disk.

use std::f32::consts::TAU;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use audio_codec::BoxedResampler;
use contracts::sounds::Sound;
use tokio::sync::oneshot;

use super::{FRAME_SAMPLES, Frame, SAMPLE_RATE_HZ, SILENCE};

/// Longest recording loaded: ten minutes are 10 MB in memory.
const RECORDING_SECONDS_MAX: usize = 600;

/// What to play; everything repeats for ever.
#[derive(Clone, Debug)]
pub enum Source {
    /// Nothing.
    Silence,
    /// The built-in music.
    Music,
    /// One frequency, 1–3,999 Hz, at a quarter of full scale.
    Tone {
        /// In hertz.
        hz: u16,
    },
    /// A recording of the customer.
    Recording(Recording),
}

/// Sound in memory at 8 kHz, mono. Cheap to clone.
#[derive(Clone)]
pub struct Recording {
    samples: Arc<[i16]>,
}

impl std::fmt::Debug for Recording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Recording({} samples)", self.samples.len())
    }
}

/// Why a file is no recording we can play.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// Cannot be read, or is no WAV file.
    #[error("the file cannot be read as WAV: {0}")]
    Unreadable(#[from] hound::Error),
    /// Not mono or stereo at 8–48 kHz.
    #[error("{channels} channels at {rate_hz} Hz: only mono or stereo at 8 to 48 kHz can be played")]
    Unsupported {
        /// Channels in the file.
        channels: u16,
        /// Samples per second in the file.
        rate_hz: u32,
    },
    /// No sound in it.
    #[error("the recording is empty")]
    Empty,
    /// Longer than ten minutes.
    #[error("the recording is longer than 10 minutes")]
    TooLong,
}

impl Recording {
    /// Loads a WAV file: 8 to 32 bit, mono or stereo, 8 to 48 kHz. Reads the disk: not for an async task.
    pub fn load(path: &Path) -> Result<Recording, RecordingError> {
        let wav = super::analysis::read_wav(path)?;
        if !(1..=2).contains(&wav.channels) || !(8_000..=48_000).contains(&wav.rate_hz) {
            return Err(RecordingError::Unsupported { channels: wav.channels, rate_hz: wav.rate_hz });
        }
        if wav.samples.is_empty() {
            return Err(RecordingError::Empty);
        }
        if wav.samples.len() > RECORDING_SECONDS_MAX * wav.rate_hz as usize {
            return Err(RecordingError::TooLong);
        }
        Ok(Recording { samples: to_stage_rate(&wav.samples, wav.rate_hz).into() })
    }

    /// From samples at 8 kHz.
    pub fn from_samples(samples: Vec<i16>) -> Result<Recording, RecordingError> {
        match samples.len() {
            0 => Err(RecordingError::Empty),
            n if n > RECORDING_SECONDS_MAX * SAMPLE_RATE_HZ as usize => Err(RecordingError::TooLong),
            _ => Ok(Recording { samples: samples.into() }),
        }
    }
}

fn to_stage_rate(samples: &[i16], rate_hz: u32) -> Vec<i16> {
    if rate_hz == SAMPLE_RATE_HZ {
        return samples.to_vec();
    }
    BoxedResampler::new(rate_hz as usize, SAMPLE_RATE_HZ as usize)
        .expect("neither rate is zero")
        .resample(samples)
}

/// Plays a source frame by frame.
#[derive(Debug)]
pub(crate) struct Player {
    samples: Samples,
    position: usize,
}

#[derive(Debug)]
enum Samples {
    None,
    /// Again and again.
    Loop(Arc<[i16]>),
    /// To its end; then whoever waits is told. Dropped before, it tells that it was cut off.
    Once {
        sound: Arc<Sound>,
        heard: Option<oneshot::Sender<()>>,
    },
}

impl Player {
    /// From the beginning.
    pub(crate) fn new(source: &Source) -> Player {
        let samples = match source {
            Source::Silence => Samples::None,
            Source::Music => Samples::Loop(Arc::clone(&MUSIC)),
            Source::Tone { hz } => Samples::Loop(tone(f32::from(*hz), 1.0).into()),
            Source::Recording(recording) => Samples::Loop(Arc::clone(&recording.samples)),
        };
        Player { samples, position: 0 }
    }

    /// Once, from the beginning; the receiver hears when its last frame is over, or that something else took its place.
    pub(crate) fn once(sound: Arc<Sound>) -> (Player, oneshot::Receiver<()>) {
        let (heard, over) = oneshot::channel();
        (Player { samples: Samples::Once { sound, heard: Some(heard) }, position: 0 }, over)
    }

    /// A sound that is played once is not over yet.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(&self.samples, Samples::Once { heard: Some(_), .. })
    }

    /// What rings at the attendant's desk: two chimes, then a pause.
    pub(crate) fn bell() -> Player {
        Player { samples: Samples::Loop(Arc::clone(&BELL)), position: 0 }
    }

    /// What the attendant hears while a target rings: 425 Hz, one second of five (ITU-T E.180, most of Europe).
    pub(crate) fn ringback() -> Player {
        let mut samples = tone(425.0, 1.0);
        samples.resize(5 * SAMPLE_RATE_HZ as usize, 0);
        Player { samples: Samples::Loop(samples.into()), position: 0 }
    }

    /// The next 20 ms.
    pub(crate) fn next(&mut self) -> Frame {
        let mut frame = SILENCE;
        match &mut self.samples {
            Samples::None => {}
            Samples::Loop(samples) => {
                for sample in &mut frame {
                    *sample = samples[self.position];
                    self.position = (self.position + 1) % samples.len();
                }
            }
            Samples::Once { sound, heard } => {
                let rest = sound.samples.get(self.position..).unwrap_or_default();
                let now = rest.len().min(FRAME_SAMPLES);
                frame[..now].copy_from_slice(&rest[..now]);
                self.position += now;
                // One turn after the last frame, which has been heard by then.
                if let Some(heard) = heard.take_if(|_| now == 0) {
                    // Whoever asked may have stopped waiting.
                    let _ = heard.send(());
                }
            }
        }
        frame
    }

    /// Starts over.
    pub(crate) fn rewind(&mut self) {
        self.position = 0;
    }
}

/// What tells a caller that she may speak: 1,000 Hz for 400 ms.
pub(crate) fn speak_now() -> Arc<Sound> {
    Arc::clone(&SPEAK_NOW)
}

static SPEAK_NOW: LazyLock<Arc<Sound>> = LazyLock::new(|| Arc::new(Sound { samples: tone(1_000.0, 0.4) }));

/// Composes what is composed once, so that the first caller on hold does not wait for it.
pub(crate) fn compose() {
    LazyLock::force(&MUSIC);
    LazyLock::force(&BELL);
}

/// A frequency at a quarter of full scale. With whole hertz and whole seconds it repeats without a click.
fn tone(hz: f32, seconds: f32) -> Vec<i16> {
    let count = (seconds * SAMPLE_RATE_HZ as f32) as usize;
    (0..count).map(|i| ((TAU * hz * i as f32 / SAMPLE_RATE_HZ as f32).sin() * 8_192.0) as i16).collect()
}

/// An eighth note, 2,400 samples: 100 to the minute.
const EIGHTH_SAMPLES: usize = FRAME_SAMPLES * 15;

/// Eight bars of eighths and their bass, as semitones from middle C: C, A minor, F, G; C, A minor, D minor, G.
const BARS: [(i32, [i32; 8]); 8] = [
    (-12, [4, 7, 12, 7, 16, 12, 7, 4]),
    (-15, [0, 4, 9, 4, 12, 9, 4, 0]),
    (-7, [0, 5, 9, 5, 12, 9, 5, 0]),
    (-5, [2, 7, 12, 7, 14, 11, 7, 2]),
    (-12, [7, 12, 16, 12, 19, 16, 12, 7]),
    (-15, [9, 12, 16, 12, 21, 16, 12, 9]),
    (-10, [5, 9, 14, 9, 17, 14, 9, 5]),
    (-5, [7, 11, 14, 12, 11, 7, 5, 2]),
];

static MUSIC: LazyLock<Arc<[i16]>> = LazyLock::new(|| {
    let mut mix = vec![0.0; BARS.len() * 8 * EIGHTH_SAMPLES];
    for (bar, (bass, melody)) in BARS.iter().enumerate() {
        let start = bar * 8 * EIGHTH_SAMPLES;
        pluck(&mut mix, start, *bass, 0.10, 1.2);
        pluck(&mut mix, start + 4 * EIGHTH_SAMPLES, bass + 7, 0.06, 1.0);
        for (eighth, note) in melody.iter().enumerate() {
            pluck(&mut mix, start + eighth * EIGHTH_SAMPLES, *note, 0.09, 0.6);
        }
    }
    to_samples(&mix)
});

static BELL: LazyLock<Arc<[i16]>> = LazyLock::new(|| {
    let mut mix = vec![0.0; 3 * SAMPLE_RATE_HZ as usize];
    for (at_ms, note) in [(0, 16), (160, 19), (320, 24), (800, 16), (960, 19), (1_120, 24)] {
        pluck(&mut mix, at_ms * SAMPLE_RATE_HZ as usize / 1_000, note, 0.25, 0.35);
    }
    to_samples(&mix)
});

/// Adds a plucked note: three harmonics, each dying away sooner than the one below. The end wraps to the beginning, so
/// that the loop has no seam.
fn pluck(mix: &mut [f32], start: usize, semitones: i32, loudness: f32, seconds: f32) {
    let hz = 261.63 * 2.0_f32.powf(semitones as f32 / 12.0);
    let rate = SAMPLE_RATE_HZ as f32;
    for i in 0..(seconds * 2.0 * rate) as usize {
        let at = i as f32 / rate;
        // Five milliseconds to swell, or it clicks.
        let swell = (at / 0.005).min(1.0);
        let decay = (-3.0 * at / seconds).exp();
        let phase = TAU * hz * at;
        let voice =
            phase.sin() + 0.35 * decay * (2.0 * phase).sin() + 0.12 * decay * decay * (3.0 * phase).sin();
        let position = (start + i) % mix.len();
        mix[position] += loudness * swell * decay * voice;
    }
}

fn to_samples(mix: &[f32]) -> Arc<[i16]> {
    mix.iter().map(|value| (value.clamp(-1.0, 1.0) * 32_000.0) as i16).collect()
}

#[cfg(test)]
mod tests {
    use super::super::analysis;
    use super::*;

    #[test]
    fn the_music_neither_clips_nor_falls_silent() {
        let loudest = MUSIC.iter().map(|s| s.unsigned_abs()).max().expect("there is music");
        assert!((4_000..24_000).contains(&loudest), "{loudest}");
        for (second, samples) in MUSIC.chunks(SAMPLE_RATE_HZ as usize).enumerate() {
            assert!(analysis::loudness(samples) > 0.02, "second {second}");
        }
    }

    #[test]
    fn a_tone_has_its_frequency_and_no_click_where_it_repeats() {
        let mut player = Player::new(&Source::Tone { hz: 1_000 });
        let samples: Vec<i16> = (0..120).flat_map(|_| player.next()).collect();
        assert!((analysis::tone_level(&samples, SAMPLE_RATE_HZ, 1_000.0) - 0.25).abs() < 0.01);
        let jump = samples.windows(2).map(|w| w[0].abs_diff(w[1])).max().expect("samples");
        assert!(jump < 7_000, "{jump}");
    }

    #[test]
    fn recordings_of_common_rates_keep_their_pitch_and_length() {
        let folder = tempfile::tempdir().expect("a folder");
        for (rate_hz, channels) in [(8_000, 1), (16_000, 2), (44_100, 1), (44_100, 2), (48_000, 2)] {
            let path = folder.path().join(format!("{rate_hz}-{channels}.wav"));
            analysis::write_tone(&path, rate_hz, channels, 1_000.0, 1.0).expect("written");
            let recording = Recording::load(&path).expect("a recording");
            assert!(recording.samples.len().abs_diff(8_000) < 10, "{rate_hz}: {}", recording.samples.len());
            let level = analysis::tone_level(&recording.samples, SAMPLE_RATE_HZ, 1_000.0);
            assert!(level > 0.4, "{rate_hz} Hz, {channels} channels: {level}");
        }
    }

    #[test]
    fn what_is_no_recording_is_refused_with_the_reason() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("text.wav");
        std::fs::write(&path, "no sound").expect("written");
        assert!(matches!(Recording::load(&path), Err(RecordingError::Unreadable(_))));
        let path = folder.path().join("empty.wav");
        analysis::write_tone(&path, 8_000, 1, 1_000.0, 0.0).expect("written");
        assert!(matches!(Recording::load(&path), Err(RecordingError::Empty)));
        let path = folder.path().join("slow.wav");
        analysis::write_tone(&path, 4_000, 1, 100.0, 0.1).expect("written");
        assert!(matches!(Recording::load(&path), Err(RecordingError::Unsupported { rate_hz: 4_000, .. })));
    }
}
