//! Looking into recorded sound: is this tone in it, how loud is it. For tests of ours and for acceptance tests that read
//! the WAV files of [`AudioBackend::Files`](super::AudioBackend::Files). Not used in calls.

use std::path::Path;

/// A WAV file in memory, mixed down to mono.
#[derive(Clone, Debug)]
pub struct Wav {
    /// Samples per second.
    pub rate_hz: u32,
    /// Channels in the file, before they were mixed down.
    pub channels: u16,
    /// Mono, full scale.
    pub samples: Vec<i16>,
}

impl Wav {
    /// Amplitude of a frequency over the whole file, 0–1 of full scale.
    pub fn tone_level(&self, hz: f64) -> f64 {
        tone_level(&self.samples, self.rate_hz, hz)
    }

    /// Amplitude of a frequency where it is loudest for `window_ms`, in steps of a quarter window. For a tone that is
    /// there for a part of the call only.
    pub fn tone_level_max(&self, hz: f64, window_ms: u32) -> f64 {
        let window = (u64::from(self.rate_hz) * u64::from(window_ms) / 1_000).max(4) as usize;
        if self.samples.len() < window {
            return self.tone_level(hz);
        }
        let levels =
            self.samples.windows(window).step_by(window / 4).map(|w| tone_level(w, self.rate_hz, hz));
        levels.fold(0.0, f64::max)
    }

    /// The last milliseconds of it.
    pub fn last(&self, ms: u32) -> Wav {
        let count = (u64::from(self.rate_hz) * u64::from(ms) / 1_000) as usize;
        let samples = self.samples[self.samples.len().saturating_sub(count)..].to_vec();
        Wav { samples, ..*self }
    }
}

/// Amplitude of one frequency, 0–1 of full scale (Goertzel): a full-scale sine gives 1.
pub fn tone_level(samples: &[i16], rate_hz: u32, hz: f64) -> f64 {
    if samples.is_empty() {
        return 0.0;
    }
    let step = std::f64::consts::TAU * hz / f64::from(rate_hz);
    let coefficient = 2.0 * step.cos();
    let (mut before, mut before_that) = (0.0, 0.0);
    for sample in samples {
        let now = f64::from(*sample) / 32_768.0 + coefficient * before - before_that;
        (before, before_that) = (now, before);
    }
    let power = before * before + before_that * before_that - coefficient * before * before_that;
    2.0 * power.max(0.0).sqrt() / samples.len() as f64
}

/// Root mean square, 0–1 of full scale: a full-scale sine gives 0.71.
pub fn loudness(samples: &[i16]) -> f64 {
    if samples.is_empty() {
        return 0.0;
    }
    let sum: f64 = samples.iter().map(|s| (f64::from(*s) / 32_768.0).powi(2)).sum();
    (sum / samples.len() as f64).sqrt()
}

/// Reads a WAV file of any bit depth. One that is being written is readable up to its last full second.
pub fn read_wav(path: &Path) -> Result<Wav, hound::Error> {
    let mut reader = hound::WavReader::open(path)?;
    let spec = reader.spec();
    let interleaved: Vec<i16> = match spec.sample_format {
        hound::SampleFormat::Int => {
            let shift = i32::from(spec.bits_per_sample) - 16;
            reader
                .samples::<i32>()
                .map(|s| s.map(|value| to_16_bits(value, shift)))
                .collect::<Result<_, _>>()?
        }
        hound::SampleFormat::Float => reader
            .samples::<f32>()
            .map(|s| s.map(|value| (value.clamp(-1.0, 1.0) * 32_767.0) as i16))
            .collect::<Result<_, _>>()?,
    };
    let channels = usize::from(spec.channels.max(1));
    let mean = |frame: &[i16]| (frame.iter().map(|s| i32::from(*s)).sum::<i32>() / frame.len() as i32) as i16;
    let samples = interleaved.chunks_exact(channels).map(mean).collect();
    Ok(Wav { rate_hz: spec.sample_rate, channels: spec.channels, samples })
}

fn to_16_bits(value: i32, shift: i32) -> i16 {
    let scaled = if shift >= 0 { value >> shift } else { value << -shift };
    scaled.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
}

/// Writes a tone at half of full scale, 16 bit: the voice of a test.
pub fn write_tone(
    path: &Path,
    rate_hz: u32,
    channels: u16,
    hz: f64,
    seconds: f64,
) -> Result<(), hound::Error> {
    let spec = hound::WavSpec {
        channels,
        sample_rate: rate_hz,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec)?;
    for i in 0..(f64::from(rate_hz) * seconds) as u64 {
        let value = (std::f64::consts::TAU * hz * i as f64 / f64::from(rate_hz)).sin() * 16_384.0;
        for _ in 0..channels {
            writer.write_sample(value as i16)?;
        }
    }
    writer.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_found_at_its_frequency_and_nowhere_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("tone.wav");
        write_tone(&path, 8_000, 1, 1_000.0, 1.0).expect("written");
        let wav = read_wav(&path).expect("read");
        assert!((wav.tone_level(1_000.0) - 0.5).abs() < 0.01);
        assert!(wav.tone_level(440.0) < 0.01);
        assert!((loudness(&wav.samples) - 0.354).abs() < 0.01);
        assert!((wav.last(100).tone_level_max(1_000.0, 50) - 0.5).abs() < 0.01);
    }
}
