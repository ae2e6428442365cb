//! Means over replications, with 95 % confidence intervals by Student's t.

use serde::Serialize;

/// The mean of a figure over independent replications.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// Half the width of the 95 % confidence interval: the true mean lies within `mean` ± this, 95 times of 100. `None` with
    /// fewer than two replications that have the figure.
    pub half_width: Option<f64>,
    /// Replications that have the figure: one without a single call has no waiting time.
    pub replications: u32,
}

impl Estimate {
    /// `None` where no replication has the figure: no data.
    pub fn of(values: impl IntoIterator<Item = Option<f64>>) -> Option<Estimate> {
        // By Welford, so that large values with small differences keep their digits.
        let (mut count, mut mean, mut squares) = (0_u32, 0.0, 0.0);
        for value in values.into_iter().flatten() {
            count += 1;
            let off = value - mean;
            mean += off / f64::from(count);
            squares += off * (value - mean);
        }
        let half_width = (count >= 2).then(|| {
            let freedom = f64::from(count - 1);
            student_975(count - 1) * (squares / freedom / f64::from(count)).sqrt()
        });
        (count > 0).then_some(Estimate { mean, half_width, replications: count })
    }

    /// The ratio of two sums over replications, each pair from one: a busy day counts for more than a quiet one. The interval
    /// is that of the ratio estimator. `None` where there is nothing to divide by.
    pub fn of_ratio(pairs: impl Iterator<Item = (u64, u64)> + Clone) -> Option<Estimate> {
        let (over, under) = pairs.clone().fold((0, 0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
        if under == 0 {
            return None;
        }
        let ratio = over as f64 / under as f64;
        let off = Estimate::of(pairs.map(|(over, under)| Some(over as f64 - ratio * under as f64)))?;
        let mean_under = under as f64 / f64::from(off.replications);
        let half_width = off.half_width.map(|half| half / mean_under);
        Some(Estimate { mean: ratio, half_width, replications: off.replications })
    }

    /// Whether the interval, widened `times`, contains this value. Without an interval nothing is contained.
    pub fn contains(&self, value: f64, times: f64) -> bool {
        self.half_width.is_some_and(|half| (self.mean - value).abs() <= half * times)
    }
}

/// The 0.975 quantile of Student's t.
fn student_975(freedom: u32) -> f64 {
    /// For 1 to 10 degrees of freedom, where the series is not good enough.
    const FEW: [f64; 10] = [
        12.706_205, 4.302_653, 3.182_446, 2.776_445, 2.570_582, 2.446_912, 2.364_624, 2.306_004, 2.262_157,
        2.228_139,
    ];
    if let Some(few) = FEW.get((freedom as usize).wrapping_sub(1)) {
        return *few;
    }
    // Fisher's series around the normal quantile, good to five digits from 11 on.
    let (z, n) = (1.959_963_985_f64, f64::from(freedom));
    let g1 = (z.powi(3) + z) / 4.0;
    let g2 = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0;
    let g3 = (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0;
    z + g1 / n + g2 / n.powi(2) + g3 / n.powi(3)
}

#[cfg(test)]
mod tests {
    use super::{Estimate, student_975};

    #[test]
    fn quantiles_of_student_are_those_of_the_tables() {
        let table =
            [(1, 12.706), (4, 2.776), (10, 2.228), (11, 2.201), (19, 2.093), (29, 2.045), (120, 1.980)];
        for (freedom, quantile) in table {
            assert!((student_975(freedom) - quantile).abs() < 0.0006, "{freedom}: {}", student_975(freedom));
        }
        assert!((student_975(1_000_000) - 1.96).abs() < 0.0001);
    }

    #[test]
    fn an_interval_is_as_wide_as_the_text_book_says() {
        // Five values with mean 3 and standard deviation √2.5: 2.776 × √(2.5 ÷ 5).
        let estimate = Estimate::of([1.0, 2.0, 3.0, 4.0, 5.0].map(Some)).expect("five values");
        assert_eq!((estimate.mean, estimate.replications), (3.0, 5));
        assert!((estimate.half_width.expect("five values") - 1.963).abs() < 0.001);
    }

    #[test]
    fn no_value_is_no_data_and_one_value_has_no_interval() {
        assert_eq!(Estimate::of([None, None]), None);
        let one = Estimate::of([None, Some(7.0)]).expect("one value");
        assert_eq!((one.mean, one.half_width, one.replications), (7.0, None, 1));
    }

    #[test]
    fn nineteen_of_twenty_intervals_contain_the_mean() {
        let mut dice = crate::dice::Dice::new(3, 0, crate::dice::Purpose::Day, 0, 0);
        let hit = |dice: &mut crate::dice::Dice| {
            let values: Vec<_> =
                (0..20).map(|_| Some((0..30).map(|_| dice.exponential()).sum::<f64>() / 30.0)).collect();
            Estimate::of(values).is_some_and(|estimate| estimate.contains(1.0, 1.0))
        };
        let hits = (0..2_000).filter(|_| hit(&mut dice)).count();
        assert!((1_860..1_930).contains(&hits), "{hits} of 2,000");
    }
}
