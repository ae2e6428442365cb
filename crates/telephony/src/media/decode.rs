//! Sound files to sound: WAV, MP3, Ogg Vorbis and FLAC, whatever their rate, as telephones carry it and as loud as speech on a
//! telephone is (ROUTE-3). Reads what others made, so nothing in a file is believed, and nothing of it makes us stop. Does not
//! write files, and plays nothing.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use async_trait::async_trait;
use contracts::sounds::{Decoder, SOUND_FILE_BYTES_MAX, SOUND_SAMPLES_MAX, Sound, SoundError};
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

use super::resample::Resampler;
use super::{FRAME_SAMPLES, SAMPLE_RATE_HZ};

/// Samples a second that a file may have: from what a telephone carries to the most that studios use.
const RATES_HZ: std::ops::RangeInclusive<u32> = SAMPLE_RATE_HZ..=192_000;
/// Channels that are mixed into one: surround sound has eight.
const CHANNELS_MAX: usize = 8;
/// One damaged packet in so many is passed over, as a player does; with more the file is not what it was.
const PACKETS_PER_FAULT_MIN: u64 = 20;
/// Loudness of speech on a telephone, 0–1 of full scale: -20 dB (ITU-T G.169 asks for about -19).
const LOUDNESS: f32 = 0.1;
/// Quieter sound is made louder by this much at most, 20 dB: what is beyond is noise.
const GAIN_MAX: f32 = 10.0;
/// Frames below this part of full scale (-50 dB) are pauses and say nothing of how loud somebody speaks.
const PAUSE: f32 = 0.003;
/// From here on loud moments are bent instead of cut.
const KNEE: f32 = 0.7;

/// Decodes on threads of its own: ten minutes of MP3 take a second.
#[derive(Clone, Copy, Debug, Default)]
pub struct SoundFiles;

#[async_trait]
impl Decoder for SoundFiles {
    async fn decode(&self, file: Vec<u8>) -> Result<Sound, SoundError> {
        match tokio::task::spawn_blocking(move || decode(file)).await {
            Ok(decoded) => decoded,
            // Nothing in there panics, so the runtime is going away.
            Err(error) => Err(SoundError::Unsupported(error.to_string())),
        }
    }
}

/// Makes a sound of the bytes of a file. Takes its time: not for an async task.
pub fn decode(file: Vec<u8>) -> Result<Sound, SoundError> {
    if file.len() > SOUND_FILE_BYTES_MAX {
        return Err(SoundError::TooLarge { bytes: file.len() });
    }
    // The readers of foreign formats are not ours: whatever they stumble over is the file's fault.
    let mono = catch_unwind(AssertUnwindSafe(|| mono_of(file)))
        .unwrap_or_else(|_| Err(SoundError::Damaged("its content makes no sense".to_owned())))?;
    as_loud_as_speech(mono).map(|samples| Sound { samples })
}

/// All of it at the rate of telephones, one channel.
fn mono_of(file: Vec<u8>) -> Result<Vec<f32>, SoundError> {
    let stream = MediaSourceStream::new(Box::new(Cursor::new(file)), Default::default());
    let probe = symphonia::default::get_probe();
    let mut format = probe
        .probe(&Hint::new(), stream, FormatOptions::default(), MetadataOptions::default())
        .map_err(of_probe)?;
    let track = format.default_track(TrackType::Audio).ok_or(SoundError::Unknown)?;
    let id = track.id;
    let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio());
    let parameters = parameters.ok_or(SoundError::Unknown)?;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default())
        .map_err(|error| SoundError::Unsupported(error.to_string()))?;
    let mut mixer = Mixer::default();
    let (mut packets, mut faults, mut last) = (0_u64, 0_u64, "");
    while let Some(packet) = next_packet(&mut *format, packets)? {
        if packet.track_id != id {
            continue;
        }
        packets += 1;
        match take(&mut *decoder, &packet, &mut mixer) {
            Ok(()) => {}
            Err(Taking::Fault(why)) => (faults, last) = (faults + 1, why),
            Err(Taking::Refused(error)) => return Err(error),
        }
    }
    if faults > 0 && faults.saturating_mul(PACKETS_PER_FAULT_MIN) > packets {
        return Err(SoundError::Damaged(format!("{faults} of {packets} pieces of it ({last})")));
    }
    mixer.finish()
}

fn next_packet(
    format: &mut dyn FormatReader,
    before: u64,
) -> Result<Option<symphonia::core::packet::Packet>, SoundError> {
    match format.next_packet() {
        Ok(packet) => Ok(packet),
        Err(Error::IoError(error)) if error.kind() == std::io::ErrorKind::UnexpectedEof && before > 0 => {
            Err(SoundError::Damaged("it ends in the middle".to_owned()))
        }
        // Another song behind the first: the first one it is.
        Err(Error::ResetRequired) => Ok(None),
        Err(error) => Err(SoundError::Damaged(error.to_string())),
    }
}

enum Taking {
    Fault(&'static str),
    Refused(SoundError),
}

fn take(
    decoder: &mut dyn AudioDecoder,
    packet: &symphonia::core::packet::Packet,
    mixer: &mut Mixer,
) -> Result<(), Taking> {
    match decoder.decode(packet) {
        Ok(decoded) => {
            let (rate_hz, channels) = (decoded.spec().rate(), decoded.num_planes());
            let mut interleaved = Vec::new();
            decoded.copy_to_vec_interleaved::<f32>(&mut interleaved);
            mixer.take(&interleaved, rate_hz, channels).map_err(Taking::Refused)
        }
        Err(Error::DecodeError(why)) => Err(Taking::Fault(why)),
        Err(Error::IoError(_)) => Err(Taking::Fault("it ends in the middle")),
        Err(error) => Err(Taking::Refused(SoundError::Damaged(error.to_string()))),
    }
}

fn of_probe(error: Error) -> SoundError {
    match error {
        Error::Unsupported(_) | Error::IoError(_) | Error::SeekError(_) => SoundError::Unknown,
        error => SoundError::Damaged(error.to_string()),
    }
}

/// Mixes channels into one and brings them to our rate.
#[derive(Default)]
struct Mixer {
    resampler: Option<(u32, usize, Resampler)>,
    mixed: Vec<f32>,
    out: Vec<f32>,
}

impl Mixer {
    fn take(&mut self, interleaved: &[f32], rate_hz: u32, channels: usize) -> Result<(), SoundError> {
        if !RATES_HZ.contains(&rate_hz) {
            let (from, to) = (RATES_HZ.start(), RATES_HZ.end());
            return Err(SoundError::Unsupported(format!(
                "it has {rate_hz} samples a second; {from} to {to} can be played"
            )));
        }
        if !(1..=CHANNELS_MAX).contains(&channels) {
            return Err(SoundError::Unsupported(format!(
                "it has {channels} channels; {CHANNELS_MAX} are the most"
            )));
        }
        let (_, _, resampler) = match &mut self.resampler {
            Some(held) if (held.0, held.1) == (rate_hz, channels) => held,
            Some(_) => {
                return Err(SoundError::Unsupported(
                    "its rate or its channels change in the middle".to_owned(),
                ));
            }
            none => none.insert((rate_hz, channels, Resampler::new(rate_hz))),
        };
        let mean = |frame: &[f32]| {
            let sum: f32 = frame.iter().filter(|sample| sample.is_finite()).sum();
            (sum / channels as f32).clamp(-1.0, 1.0)
        };
        self.mixed.clear();
        self.mixed.extend(interleaved.chunks_exact(channels).map(mean));
        if rate_hz == SAMPLE_RATE_HZ {
            self.out.append(&mut self.mixed);
        } else {
            resampler.push(&self.mixed, &mut self.out);
        }
        if self.out.len() > SOUND_SAMPLES_MAX { Err(SoundError::TooLong) } else { Ok(()) }
    }

    fn finish(mut self) -> Result<Vec<f32>, SoundError> {
        let Some((rate_hz, _, resampler)) = self.resampler.take() else { return Err(SoundError::Silent) };
        if rate_hz != SAMPLE_RATE_HZ {
            resampler.finish(&mut self.out);
        }
        self.out.truncate(SOUND_SAMPLES_MAX);
        Ok(self.out)
    }
}

/// As loud as somebody who speaks on a telephone; loud moments are bent, not cut.
fn as_loud_as_speech(mut samples: Vec<f32>) -> Result<Vec<i16>, SoundError> {
    let count = samples.len().max(1) as f32;
    let offset = samples.iter().sum::<f32>() / count;
    samples.iter_mut().for_each(|sample| *sample -= offset);
    let power = |frame: &[f32]| frame.iter().map(|sample| sample * sample).sum::<f32>() / frame.len() as f32;
    let spoken: Vec<f32> =
        samples.chunks(FRAME_SAMPLES).map(power).filter(|power| power.sqrt() > PAUSE).collect();
    if spoken.is_empty() {
        return Err(SoundError::Silent);
    }
    let loudness = (spoken.iter().sum::<f32>() / spoken.len() as f32).sqrt();
    let gain = (LOUDNESS / loudness).min(GAIN_MAX);
    Ok(samples.into_iter().map(|sample| (bent(sample * gain) * 32_767.0) as i16).collect())
}

fn bent(sample: f32) -> f32 {
    let size = sample.abs();
    if size <= KNEE {
        return sample;
    }
    let room = 1.0 - KNEE;
    sample.signum() * (KNEE + room * ((size - KNEE) / room).tanh())
}

#[cfg(test)]
mod tests;
