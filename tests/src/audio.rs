//! What is in a recording: which tones, from when. Reads files that are still being written. Does not judge quality.

use std::f64::consts::PI;
use std::path::{Path, PathBuf};

use crate::wait;

/// Length of the piece a tone is looked for in. 200 ms tell 440 Hz from 620 Hz with room to spare.
const PIECE_MS: usize = 200;
/// Share of a piece's energy that must be in a tone. Three tones mixed have a third each; G.711 and lost packets take some.
const SHARE_MIN: f64 = 0.15;
/// Below this mean square a piece is silence (a tone of amplitude 0.02).
const SILENCE: f64 = 0.0002;

/// A recording by a peer, possibly still growing. Mono 16-bit WAV.
#[derive(Clone, Debug)]
pub struct Recording {
    path: PathBuf,
}

/// A moment in a recording, in samples from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(usize);

impl Recording {
    /// The file may not exist yet.
    pub fn at(path: impl Into<PathBuf>) -> Recording {
        Recording { path: path.into() }
    }

    /// Its beginning.
    pub fn start(&self) -> Moment {
        Moment(0)
    }

    /// Its end as of now: what is heard later is after this.
    pub fn now(&self) -> Moment {
        Moment(read(&self.path).1.len())
    }

    /// Waits until so much more has been recorded since then: a way to let somebody speak.
    #[track_caller]
    pub fn wait_for_more(&self, since: Moment, seconds: usize) {
        let longer = || {
            let (rate, samples) = read(&self.path);
            (samples.len() >= since.0 + seconds * rate).then_some(())
        };
        wait::until(&format!("{seconds} s more"), longer, || self.path.display().to_string());
    }

    /// Waits until all of these tones are heard at once, later than `since`.
    #[track_caller]
    pub fn wait_for_tones(&self, since: Moment, tones_hz: &[f64]) {
        self.wait_for_piece(&format!("{tones_hz:?} Hz"), since, |piece| {
            tones_hz.iter().all(|hz| piece.share(*hz) > SHARE_MIN)
        });
    }

    /// Waits until something is heard, later than `since`, that is none of these tones: music, for instance.
    #[track_caller]
    pub fn wait_for_other_than(&self, since: Moment, tones_hz: &[f64]) {
        self.wait_for_piece(&format!("something other than {tones_hz:?} Hz"), since, |piece| {
            !piece.is_silent() && tones_hz.iter().all(|hz| piece.share(*hz) < SHARE_MIN / 4.0)
        });
    }

    /// Waits until a piece without any of these tones is heard (or silence), later than `since`.
    #[track_caller]
    pub fn wait_until_without(&self, since: Moment, tones_hz: &[f64]) {
        self.wait_for_piece(&format!("nothing of {tones_hz:?} Hz"), since, |piece| {
            piece.is_silent() || tones_hz.iter().all(|hz| piece.share(*hz) < SHARE_MIN / 4.0)
        });
    }

    #[track_caller]
    fn wait_for_piece(&self, what: &str, since: Moment, is_it: impl Fn(&Piece<'_>) -> bool) {
        let look = || {
            let (rate, samples) = read(&self.path);
            let length = rate * PIECE_MS / 1000;
            let later = samples.get(since.0..)?;
            later.chunks_exact(length.max(1)).any(|samples| is_it(&Piece { rate, samples })).then_some(())
        };
        wait::until(&format!("{what} in {}", self.path.display()), look, || self.describe(since));
    }

    /// What is heard after `since`, piece by piece, for a failing test.
    fn describe(&self, since: Moment) -> String {
        let (rate, samples) = read(&self.path);
        let Some(later) = samples.get(since.0..) else { return "nothing recorded".to_owned() };
        let length = (rate * PIECE_MS / 1000).max(1);
        let pieces: Vec<String> =
            later.chunks_exact(length).map(|samples| Piece { rate, samples }.loudest()).collect();
        let last = &pieces[pieces.len().saturating_sub(25)..];
        format!(
            "{} pieces of {PIECE_MS} ms, loudest frequency of the last ones: {}",
            pieces.len(),
            last.join(" ")
        )
    }
}

struct Piece<'a> {
    rate: usize,
    samples: &'a [f64],
}

impl Piece<'_> {
    fn mean_square(&self) -> f64 {
        self.samples.iter().map(|sample| sample * sample).sum::<f64>() / self.samples.len() as f64
    }

    fn is_silent(&self) -> bool {
        self.mean_square() < SILENCE
    }

    /// 0 to 1: how much of this piece is this tone. The neighbours within 25 Hz count too, as a peer's clock may be
    /// ragged on a busy machine (1,000 Hz played may be 975 Hz heard).
    fn share(&self, hz: f64) -> f64 {
        if self.is_silent() {
            return 0.0;
        }
        [-25.0, -20.0, -15.0, -10.0, -5.0, 0.0, 5.0, 10.0, 15.0, 20.0, 25.0]
            .iter()
            .map(|off| self.goertzel(hz + off))
            .fold(0.0, f64::max)
    }

    /// Goertzel: the energy at one frequency as a share of all of it.
    fn goertzel(&self, hz: f64) -> f64 {
        let count = self.samples.len() as f64;
        let turn = 2.0 * (2.0 * PI * hz / self.rate as f64).cos();
        let (mut one, mut two) = (0.0, 0.0);
        for sample in self.samples {
            (one, two) = (sample + turn * one - two, one);
        }
        let power = one * one + two * two - turn * one * two;
        2.0 * power / (count * count) / self.mean_square()
    }

    fn loudest(&self) -> String {
        if self.is_silent() {
            return "-".to_owned();
        }
        let loudest = (10..160)
            .map(|step| f64::from(step) * 25.0)
            .max_by(|a, b| self.goertzel(*a).total_cmp(&self.goertzel(*b)));
        format!("{}", loudest.unwrap_or_default())
    }
}

/// Rate in Hz and samples from -1 to 1. Takes what is there: a file still being written has a wrong length in its header.
fn read(path: &Path) -> (usize, Vec<f64>) {
    let bytes = std::fs::read(path).unwrap_or_default();
    let mut rate = 8000;
    let mut at = 12;
    while let Some(header) = bytes.get(at..at + 8) {
        let length = u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize;
        let body = at + 8;
        match &header[..4] {
            b"fmt " => {
                if let Some(field) = bytes.get(body + 4..body + 8) {
                    rate = u32::from_le_bytes([field[0], field[1], field[2], field[3]]) as usize;
                }
            }
            b"data" => {
                let samples = bytes[body..].chunks_exact(2);
                return (
                    rate,
                    samples.map(|s| f64::from(i16::from_le_bytes([s[0], s[1]])) / 32768.0).collect(),
                );
            }
            _ => {}
        }
        at = body + length + length % 2;
    }
    (rate, Vec::new())
}

/// Writes a minute of a tone at half amplitude: 8 kHz, mono, 16 bit.
pub fn write_tone(path: &Path, hz: f64) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).expect("the tone's file is writable");
    for step in 0..8000 * 60 {
        let sample = (2.0 * PI * hz * f64::from(step) / 8000.0).sin() * 16_000.0;
        writer.write_sample(sample as i16).expect("the tone's file is writable");
    }
    writer.finalize().expect("the tone's file is writable");
}

#[cfg(test)]
mod tests {
    use super::{Moment, Piece, Recording, write_tone};

    #[test]
    fn a_tone_is_told_from_its_neighbours_and_found_in_a_mix() {
        let tone = |hz: f64, step: usize| (std::f64::consts::TAU * hz * step as f64 / 8000.0).sin() * 0.3;
        let mixed: Vec<f64> =
            (0..1600).map(|step| tone(440.0, step) + tone(620.0, step) + tone(1000.0, step)).collect();
        let piece = Piece { rate: 8000, samples: &mixed };
        for hz in [440.0, 620.0, 1000.0] {
            assert!(piece.share(hz) > 0.25, "{hz}: {}", piece.share(hz));
        }
        for hz in [350.0, 525.0, 800.0] {
            assert!(piece.share(hz) < 0.03, "{hz}: {}", piece.share(hz));
        }
    }

    #[test]
    fn a_written_tone_is_heard_again() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("tone.wav");
        write_tone(&path, 620.0);
        let recording = Recording::at(path);
        recording.wait_for_tones(Moment(0), &[620.0]);
        recording.wait_until_without(Moment(0), &[1000.0]);
        recording.wait_for_other_than(Moment(0), &[440.0]);
    }
}
