//! Sound of any rate to the rate of telephones, with what a telephone cannot carry filtered out first: a windowed sinc, piece by
//! piece, so that ten minutes of studio sound never stand in memory. Does not go the other way.

use super::SAMPLE_RATE_HZ;

/// Where the filter is halfway down, in hertz. With [`CROSSINGS`] and [`KAISER_BETA`] it lets pass up to 3.4 kHz, the upper end
/// of a telephone's band, and stops from 4 kHz on, from where everything would come back mirrored.
const CUTOFF_HZ: f64 = 3_700.0;
/// Zero crossings of the sinc on each side.
const CROSSINGS: f64 = 32.0;
/// 80 dB between what passes and what does not.
const KAISER_BETA: f64 = 8.0;
/// Places between two samples for which the filter is worked out. The common rates need fewer (44.1 kHz: 80); for others
/// the nearest of these is off by less than 16 bits can show.
const PHASES_MAX: u32 = 1_024;

/// One stream of samples on its way to 8 kHz.
pub(crate) struct Resampler {
    rate_hz: u64,
    phases: u64,
    /// Samples of the filter on each side.
    half: usize,
    /// For each phase the weights of `2 * half` samples.
    weights: Vec<f32>,
    /// Samples that are still needed.
    held: Vec<f32>,
    /// The number of the first of them; the very first are silence before the beginning.
    first: i64,
    /// The number of the next sample that comes out.
    next: u64,
}

impl Resampler {
    /// For this rate, at least that of telephones.
    pub(crate) fn new(rate_hz: u32) -> Resampler {
        assert!(rate_hz >= SAMPLE_RATE_HZ, "sound is never made faster than it is: {rate_hz}");
        let exact = SAMPLE_RATE_HZ / common_divisor(rate_hz, SAMPLE_RATE_HZ);
        let phases = exact.min(PHASES_MAX);
        // In crossings of the sinc per sample.
        let step = 2.0 * CUTOFF_HZ / f64::from(rate_hz);
        let half = (CROSSINGS / step).ceil() as usize;
        let mut weights = Vec::with_capacity(phases as usize * 2 * half);
        for phase in 0..phases {
            let row = weights.len();
            for tap in 0..2 * half {
                let distance = tap as f64 - half as f64 + 1.0 - f64::from(phase) / f64::from(phases);
                weights.push((sinc(distance * step) * kaiser(distance / half as f64)) as f32);
            }
            // Exactly what comes in goes out, whatever the phase.
            let sum: f32 = weights[row..].iter().sum();
            weights[row..].iter_mut().for_each(|weight| *weight /= sum);
        }
        Resampler {
            rate_hz: rate_hz.into(),
            phases: phases.into(),
            half,
            weights,
            held: vec![0.0; half],
            first: -(half as i64),
            next: 0,
        }
    }

    /// Takes the next samples in and puts what can be made of them into `out`.
    pub(crate) fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        self.held.extend_from_slice(samples);
        let rate = u64::from(SAMPLE_RATE_HZ);
        loop {
            let (whole, rest) = (self.next * self.rate_hz / rate, self.next * self.rate_hz % rate);
            let phase = (rest * self.phases + rate / 2) / rate;
            let (whole, phase) = if phase == self.phases { (whole + 1, 0) } else { (whole, phase) };
            let from = whole as i64 - self.half as i64 + 1 - self.first;
            let from = usize::try_from(from).expect("what is still needed is held");
            let taps = 2 * self.half;
            let Some(samples) = self.held.get(from..from + taps) else { break };
            let row = phase as usize * taps;
            let weights = &self.weights[row..row + taps];
            out.push(samples.iter().zip(weights).map(|(sample, weight)| sample * weight).sum());
            self.next += 1;
        }
        let needed = (self.next * self.rate_hz / rate) as i64 - self.half as i64 + 1;
        let over = usize::try_from(needed - self.first).unwrap_or(0).min(self.held.len());
        self.held.drain(..over);
        self.first += over as i64;
    }

    /// The last samples, after which there is silence.
    pub(crate) fn finish(mut self, out: &mut Vec<f32>) {
        let silence = vec![0.0; self.half];
        self.push(&silence, out);
    }
}

fn common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

fn sinc(x: f64) -> f64 {
    let x = x * std::f64::consts::PI;
    if x.abs() < 1e-9 { 1.0 } else { x.sin() / x }
}

/// The Kaiser window over -1–1.
fn kaiser(x: f64) -> f64 {
    if x.abs() >= 1.0 {
        return 0.0;
    }
    bessel(KAISER_BETA * (1.0 - x * x).sqrt()) / bessel(KAISER_BETA)
}

/// The modified Bessel function of the first kind, of order 0, by its series.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for n in 1..40 {
        term *= (x / (2.0 * f64::from(n))).powi(2);
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::analysis::tone_level;
    use super::*;

    fn tone(rate_hz: u32, hz: f64) -> Vec<f32> {
        let step = std::f64::consts::TAU * hz / f64::from(rate_hz);
        (0..rate_hz).map(|n| (0.5 * (f64::from(n) * step).sin()) as f32).collect()
    }

    fn resampled(rate_hz: u32, samples: &[f32], piece: usize) -> Vec<i16> {
        let (mut resampler, mut out) = (Resampler::new(rate_hz), Vec::new());
        for samples in samples.chunks(piece) {
            resampler.push(samples, &mut out);
        }
        resampler.finish(&mut out);
        out.iter().map(|sample| (sample * 32_768.0) as i16).collect()
    }

    #[test]
    fn what_a_telephone_carries_keeps_its_pitch_its_loudness_and_its_length() {
        for rate_hz in [8_000, 8_001, 11_025, 16_000, 22_050, 44_100, 47_999, 48_000, 96_000, 192_000] {
            for hz in [300.0, 1_000.0, 3_300.0] {
                let out = resampled(rate_hz, &tone(rate_hz, hz), 1_111);
                assert!(out.len().abs_diff(8_000) <= 1, "{rate_hz}: {}", out.len());
                let level = tone_level(&out[400..7_600], SAMPLE_RATE_HZ, hz);
                assert!((level - 0.5).abs() < 0.01, "{hz} Hz at {rate_hz}: {level}");
            }
        }
    }

    #[test]
    fn what_a_telephone_cannot_carry_does_not_come_back_as_something_else() {
        for (rate_hz, hz) in [(16_000, 4_300.0), (44_100, 5_000.0), (48_000, 7_000.0), (48_000, 12_000.0)] {
            let out = resampled(rate_hz, &tone(rate_hz, hz), 960);
            let loudest = out[400..7_600].iter().map(|sample| sample.unsigned_abs()).max().expect("samples");
            assert!(loudest < 16, "{hz} Hz at {rate_hz}: {loudest} of 16,384 is left");
        }
    }

    #[test]
    fn the_pieces_in_which_it_comes_make_no_difference() {
        let samples = tone(44_100, 700.0);
        assert_eq!(resampled(44_100, &samples, 7), resampled(44_100, &samples, 44_100));
    }
}
