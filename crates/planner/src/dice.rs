//! Chance, the same for the same seed on every computer: ChaCha with 8 rounds, and draws rounded to whole milliseconds, so
//! that the last digit of a system's logarithm does not show. Each purpose has dice of its own, so that one more attendant
//! changes nothing about who calls when: two scenarios are compared over the same callers.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use rand_distr::{Distribution, Exp1, Gamma, LogNormal};

use crate::scenario::Times;

/// A week: nothing a draw says takes longer, and a span of the engine holds seven.
const DRAW_MS_MAX: f64 = 604_800_000.0;

/// What dice are for. The number is part of every result: never change one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// When callers come.
    Arrivals = 1,
    /// How long they would wait.
    Patience = 2,
    /// How long they talk.
    Talk = 3,
    /// How long the work after it takes.
    AfterCallWork = 4,
    /// How long an attendant lets it ring.
    AnswerDelay = 5,
    /// How busy a day is.
    Day = 6,
}

/// A sequence of draws.
#[derive(Clone, Debug)]
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// `whose`: the number of the service or attendant they belong to; `part`: which of several.
    pub(crate) fn new(seed: u64, replication: u32, purpose: Purpose, whose: u32, part: u32) -> Dice {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..12].copy_from_slice(&replication.to_le_bytes());
        key[12..16].copy_from_slice(&(purpose as u32).to_le_bytes());
        key[16..20].copy_from_slice(&whose.to_le_bytes());
        key[20..24].copy_from_slice(&part.to_le_bytes());
        Dice(ChaCha8Rng::from_seed(key))
    }

    /// Exponential with a mean of 1.
    pub(crate) fn exponential(&mut self) -> f64 {
        Exp1.sample(&mut self.0)
    }

    /// Gamma with a mean of 1 and this coefficient of variation; 1 where there is none.
    pub(crate) fn factor(&mut self, variation: f64) -> f64 {
        if variation == 0.0 {
            return 1.0;
        }
        let shape = 1.0 / (variation * variation);
        // A variation too small for a gamma distribution is none.
        Gamma::new(shape, 1.0 / shape).map_or(1.0, |gamma| gamma.sample(&mut self.0))
    }

    /// One of `count`, each as likely.
    fn place(&mut self, count: usize) -> usize {
        // The high half of a product: even to one in 2⁶⁴ ÷ count.
        ((u128::from(self.0.next_u64()) * count as u128) >> 64) as usize
    }
}

/// Draws how long something takes.
#[derive(Clone, Debug)]
pub(crate) enum Draw {
    Always(f64),
    Exponential { mean_ms: f64 },
    LogNormal(LogNormal<f64>),
    Gamma(Gamma<f64>),
    OneOf(Vec<f64>),
}

impl Draw {
    /// `None` where these are no times: out of the ranges of the schema.
    pub(crate) fn of(times: &Times) -> Option<Draw> {
        match times {
            Times::Deterministic { seconds } => Some(Draw::Always(seconds * 1000.0)),
            Times::Exponential { mean_seconds } => Some(Draw::Exponential { mean_ms: mean_seconds * 1000.0 }),
            Times::LogNormal { mean_seconds, variation } => {
                LogNormal::from_mean_cv(mean_seconds * 1000.0, *variation).ok().map(Draw::LogNormal)
            }
            Times::Gamma { mean_seconds, variation } => {
                let shape = 1.0 / (variation * variation);
                Gamma::new(shape, mean_seconds * 1000.0 / shape).ok().map(Draw::Gamma)
            }
            Times::Empirical { seconds } if seconds.is_empty() => None,
            Times::Empirical { seconds } => {
                Some(Draw::OneOf(seconds.iter().map(|seconds| seconds * 1000.0).collect()))
            }
        }
    }

    /// Whole milliseconds, a week at most.
    pub(crate) fn ms(&self, dice: &mut Dice) -> u32 {
        let ms = match self {
            Draw::Always(ms) => *ms,
            Draw::Exponential { mean_ms } => mean_ms * dice.exponential(),
            Draw::LogNormal(log_normal) => log_normal.sample(&mut dice.0),
            Draw::Gamma(gamma) => gamma.sample(&mut dice.0),
            Draw::OneOf(values) => values[dice.place(values.len())],
        };
        ms.round().clamp(0.0, DRAW_MS_MAX) as u32
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{Dice, Draw, Purpose};
    use crate::scenario::Times;

    const KINDS: [Times; 4] = [
        Times::Exponential { mean_seconds: 180.0 },
        Times::LogNormal { mean_seconds: 180.0, variation: 1.4 },
        Times::Gamma { mean_seconds: 180.0, variation: 0.5 },
        Times::Deterministic { seconds: 180.0 },
    ];

    #[test]
    fn every_draw_is_the_same_for_ever_so_that_published_figures_can_be_had_again_route_8() {
        let mut drawn = String::new();
        for times in &KINDS {
            let mut dice = Dice::new(7, 1, Purpose::Talk, 2, 3);
            let draw = Draw::of(times).expect("within the ranges");
            drawn += &format!("{:?}\n", [(); 5].map(|()| draw.ms(&mut dice)));
        }
        let mut dice = Dice::new(7, 1, Purpose::Talk, 2, 3);
        drawn += &format!("{:?}\n", [(); 8].map(|()| dice.place(1000)));
        expect![[r#"
            [58503, 172294, 195484, 134582, 46592]
            [124495, 127227, 335796, 229989, 161092]
            [179807, 281478, 203339, 195225, 134981]
            [180000, 180000, 180000, 180000, 180000]
            [608, 560, 959, 865, 890, 630, 607, 886]
        "#]]
        .assert_eq(&drawn);
    }

    #[test]
    fn draws_have_the_mean_and_the_variation_that_were_asked_for() {
        for (times, variation) in KINDS.iter().zip([1.0, 1.4, 0.5, 0.0]) {
            let mut dice = Dice::new(1, 0, Purpose::Talk, 0, 0);
            let draw = Draw::of(times).expect("within the ranges");
            let count = 200_000;
            let drawn: Vec<f64> = (0..count).map(|_| f64::from(draw.ms(&mut dice)) / 1000.0).collect();
            let mean = drawn.iter().sum::<f64>() / f64::from(count);
            let square = drawn.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(count - 1);
            assert!((mean / 180.0 - 1.0).abs() < 0.01, "{times:?}: {mean}");
            assert!((square.sqrt() / mean - variation).abs() < 0.03, "{times:?}: {}", square.sqrt() / mean);
        }
    }

    #[test]
    fn empirical_times_are_taken_evenly() {
        let draw = Draw::of(&Times::Empirical { seconds: vec![1.0, 2.0, 4.0] }).expect("three values");
        let mut dice = Dice::new(1, 0, Purpose::Talk, 0, 0);
        let mut seen = std::collections::BTreeMap::new();
        (0..30_000).for_each(|_| *seen.entry(draw.ms(&mut dice)).or_insert(0) += 1);
        assert_eq!(seen.keys().copied().collect::<Vec<_>>(), [1000, 2000, 4000]);
        assert!(seen.values().all(|count| (9_500..10_500).contains(count)), "{seen:?}");
    }

    #[test]
    fn each_purpose_has_dice_of_its_own() {
        let draw = |purpose, whose| Dice::new(1, 0, purpose, whose, 0).exponential().to_bits();
        assert_ne!(draw(Purpose::Talk, 0), draw(Purpose::Patience, 0));
        assert_ne!(draw(Purpose::Talk, 0), draw(Purpose::Talk, 1));
    }
}
