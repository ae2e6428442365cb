//! How many callers may come where so many are expected: the Poisson distribution, and the negative binomial one, which is Poisson with
//! an expectation that itself varies by a gamma distribution. Exact sums, no approximation; nothing is drawn.

/// Terms below this share of the largest one are left out: all of them together are less than a millionth.
const NEGLIGIBLE: f64 = 1e-12;
/// Terms to each side at most: those of 20,000 callers who vary by twice their mean.
const TERMS_MAX: u32 = 4_000_000;

/// A number of callers by chance.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Counts {
    first: u32,
    /// Probabilities of `first`, the next one, and so on; they add up to 1.
    terms: Vec<f64>,
}

impl Counts {
    /// With this mean, and this coefficient of variation of the expectation beyond chance.
    pub(crate) fn new(mean: f64, variation: f64) -> Counts {
        if mean <= 0.0 || !mean.is_finite() {
            return Counts { first: 0, terms: vec![1.0] };
        }
        // The ratio of each probability to the one before it (Panjer's recursion): Poisson is the limit of no variation.
        let shape = 1.0 / (variation * variation).max(1e-9);
        let ratio = |count: f64| (count + shape) / (count + 1.0) * mean / (mean + shape);
        let middle = mean.floor().min(f64::from(u32::MAX / 2)) as u32;
        let mut above = vec![1.0];
        let mut largest: f64 = 1.0;
        for count in (middle..).take(TERMS_MAX as usize) {
            let next = above[above.len() - 1] * ratio(f64::from(count));
            largest = largest.max(next);
            above.push(next);
            if next < NEGLIGIBLE * largest {
                break;
            }
        }
        let mut below = Vec::new();
        let mut term = 1.0;
        for count in (0..middle).rev() {
            term /= ratio(f64::from(count));
            largest = largest.max(term);
            below.push(term);
            if term < NEGLIGIBLE * largest {
                break;
            }
        }
        let first = middle - u32::try_from(below.len()).unwrap_or(middle);
        below.reverse();
        below.extend(above);
        let sum: f64 = below.iter().sum();
        below.iter_mut().for_each(|term| *term /= sum);
        Counts { first, terms: below }
    }

    /// The smallest count that is not exceeded with this probability.
    pub(crate) fn quantile(&self, probability: f64) -> u32 {
        let mut sum = 0.0;
        for (count, term) in (self.first..).zip(&self.terms) {
            sum += term;
            if sum >= probability {
                return count;
            }
        }
        self.first + u32::try_from(self.terms.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::Counts;

    fn moments(counts: &Counts) -> (f64, f64) {
        let each =
            || counts.terms.iter().zip(u64::from(counts.first)..).map(|(term, count)| (*term, count as f64));
        let mean: f64 = each().map(|(term, count)| term * count).sum();
        (mean, each().map(|(term, count)| term * (count - mean).powi(2)).sum())
    }

    #[test]
    fn mean_and_variance_are_those_of_the_formulas() {
        for (mean, variation) in
            [(0.3, 0.0), (7.0, 0.0), (7.0, 0.5), (400.0, 0.1), (20_000.0, 0.05), (3.0, 2.0)]
        {
            let (is, spread) = moments(&Counts::new(mean, variation));
            let expected = mean + (mean * variation).powi(2);
            assert!((is / mean - 1.0).abs() < 1e-6, "{mean} {variation}: {is}");
            assert!((spread / expected - 1.0).abs() < 1e-4, "{mean} {variation}: {spread}, not {expected}");
        }
    }

    /// Of tables: R's `qpois` and `qnbinom` (size = 1 ÷ variation²).
    #[test]
    fn quantiles_are_those_of_tables() {
        let quantiles = |mean, variation| {
            let counts = Counts::new(mean, variation);
            [0.025, 0.1, 0.5, 0.9, 0.975].map(|probability| counts.quantile(probability))
        };
        assert_eq!(quantiles(10.0, 0.0), [4, 6, 10, 14, 17]);
        assert_eq!(quantiles(0.5, 0.0), [0, 0, 0, 1, 2]);
        // Size 1 is the geometric distribution: 1 − (10/11)^(n + 1).
        assert_eq!(quantiles(10.0, 1.0), [0, 1, 7, 24, 38]);
        assert_eq!(quantiles(0.0, 0.3), [0; 5]);
    }
}
