//! What simulated people say into a recording: a murmur with the melody and the pauses of speech, so that a message in training can
//! be listened to. Says no words.

use std::f32::consts::TAU;

use contracts::sounds::SAMPLE_RATE_HZ;
use engine::Span;

/// Loudness of the murmur, of full scale; about that of a voice on a telephone.
const LOUDNESS: f32 = 5_000.0;

/// This much of somebody's voice; who it is, says `whose`.
pub(super) fn murmur(whose: u64, length: Span) -> Vec<i16> {
    let rate = SAMPLE_RATE_HZ as f32;
    let count = u64::from(length.0) * u64::from(SAMPLE_RATE_HZ) / 1_000;
    // From a deep voice to a high one.
    let pitch = 95.0 + (whose % 13) as f32 * 10.0;
    let mut phase = 0.0_f32;
    let sample = |n: u64| {
        let at = n as f32 / rate;
        let melody = 1.0 + 0.12 * (TAU * 0.4 * at).sin() + 0.05 * (TAU * 1.7 * at).sin();
        phase = (phase + pitch * melody / rate).fract();
        // Three and a half syllables a second, and a breath after each sentence of three seconds.
        let syllable = (TAU * 3.5 * at).sin().max(0.0).sqrt();
        let breath = if at % 3.0 < 2.5 { 1.0 } else { 0.0 };
        let voice = (1..=6).map(|harmonic| (TAU * phase * harmonic as f32).sin() / harmonic as f32);
        (voice.sum::<f32>() * syllable * breath * LOUDNESS) as i16
    };
    (0..count).map(sample).collect()
}
