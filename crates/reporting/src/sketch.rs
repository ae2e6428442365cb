//! Counts by bucket that can be added up, and two ways to make buckets of milliseconds: [`Waits`], which answers "how many
//! within T" exactly for every T in whole seconds, and [`Sketch`], which answers percentiles within 1 %. Neither keeps a
//! value itself. Both are added in any order and grouping with the same result.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// How often each bucket was met. Sorted by bucket, no count zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram(Vec<(u32, u64)>);

impl Histogram {
    /// Of counts by bucket, in any order.
    pub fn of(counts: impl IntoIterator<Item = (u32, u64)>) -> Histogram {
        let mut histogram = Histogram::default();
        for (bucket, count) in counts {
            histogram.count(bucket, count);
        }
        histogram
    }

    /// The buckets met and how often, the lowest first.
    pub fn counts(&self) -> impl ExactSizeIterator<Item = (u32, u64)> + '_ {
        self.0.iter().copied()
    }

    /// How often this bucket was met.
    pub fn at(&self, bucket: u32) -> u64 {
        self.0.binary_search_by_key(&bucket, |(bucket, _)| *bucket).map_or(0, |place| self.0[place].1)
    }

    /// How many there are in all.
    pub fn total(&self) -> u64 {
        self.0.iter().map(|(_, count)| count).sum()
    }

    /// How many there are in the buckets below this one.
    pub fn below(&self, bucket: u32) -> u64 {
        self.0.iter().take_while(|(one, _)| *one < bucket).map(|(_, count)| count).sum()
    }

    /// Meets a bucket `count` times more.
    pub fn count(&mut self, bucket: u32, count: u64) {
        if count == 0 {
            return;
        }
        // Most are met in their order.
        if self.0.last().is_none_or(|(last, _)| *last < bucket) {
            return self.0.push((bucket, count));
        }
        match self.0.binary_search_by_key(&bucket, |(bucket, _)| *bucket) {
            Ok(place) => self.0[place].1 = self.0[place].1.saturating_add(count),
            Err(place) => self.0.insert(place, (bucket, count)),
        }
    }

    /// Takes in another one.
    pub fn add(&mut self, other: &Histogram) {
        for (bucket, count) in other.counts() {
            self.count(bucket, count);
        }
    }

    /// Takes out what was taken in before.
    pub fn remove(&mut self, other: &Histogram) {
        for (bucket, count) in other.counts() {
            if let Ok(place) = self.0.binary_search_by_key(&bucket, |(bucket, _)| *bucket) {
                self.0[place].1 = self.0[place].1.saturating_sub(count);
            }
        }
        self.0.retain(|(_, count)| *count > 0);
    }
}

/// Counts by bucket while very many are added up: the lower buckets have a place each, so that a count is one step.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    low: Vec<u64>,
    high: BTreeMap<u32, u64>,
}

/// Buckets with a place of their own: waits of half an hour by the second, and every bucket of a sketch.
const PLACES: u32 = 4096;
/// Places that are made at once.
const PLACES_A_STEP: usize = 64;

impl Tally {
    /// Meets a bucket `count` times more.
    #[inline]
    pub fn count(&mut self, bucket: u32, count: u64) {
        match self.low.get_mut(bucket as usize) {
            Some(sum) => *sum = sum.saturating_add(count),
            None => self.meet(bucket, count),
        }
    }

    /// Meets a bucket `count` times less than before.
    #[inline]
    pub fn uncount(&mut self, bucket: u32, count: u64) {
        if let Some(sum) = self.low.get_mut(bucket as usize).or_else(|| self.high.get_mut(&bucket)) {
            *sum = sum.saturating_sub(count);
        }
    }

    /// A bucket that has no place so far.
    #[cold]
    fn meet(&mut self, bucket: u32, count: u64) {
        if bucket < PLACES {
            // A step at a time, so that few buckets ask for memory.
            self.low.resize((bucket as usize + 1).next_multiple_of(PLACES_A_STEP), 0);
            self.low[bucket as usize] = count;
        } else {
            let sum = self.high.entry(bucket).or_default();
            *sum = sum.saturating_add(count);
        }
    }
}

impl From<Tally> for Histogram {
    fn from(Tally { low, high }: Tally) -> Histogram {
        let all = low.iter().filter(|count| **count > 0).count();
        // One place more: each bucket is written where the next one that was met belongs, for which were met is chance, and a branch
        // would be guessed wrong.
        let mut counts = vec![(0, 0); all + 1];
        let mut met = 0;
        for (bucket, count) in (0..).zip(low) {
            counts[met] = (bucket, count);
            met += usize::from(count > 0);
        }
        counts.truncate(met);
        counts.extend(high.into_iter().filter(|(_, count)| *count > 0));
        Histogram(counts)
    }
}

/// Waits by the second: each whole second is a bucket of its own, and so is what lies between two, so that "within T" and
/// "sooner than T" have no error where T is in whole seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waits(pub Histogram);

impl Waits {
    /// Takes in a wait.
    pub fn count(&mut self, wait_ms: u64) {
        let bucket = wait_ms / 1000 * 2 + u64::from(!wait_ms.is_multiple_of(1000));
        self.0.count(u32::try_from(bucket).unwrap_or(u32::MAX), 1);
    }

    /// How many waited at most so many seconds.
    pub fn within(&self, seconds: u32) -> u64 {
        self.0.below(seconds.saturating_mul(2).saturating_add(1))
    }

    /// How many waited less than so many seconds.
    pub fn sooner_than(&self, seconds: u32) -> u64 {
        self.0.below(seconds.saturating_mul(2))
    }
}

/// Values of 0 to 7 days in milliseconds, each known within 1 % (the idea of DDSketch, with bounds in whole numbers so that every
/// machine puts a value into the same bucket). Up to 50 ms they are exact; what is longer than 7 days counts as 7 days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sketch(pub Histogram);

/// The largest value of each bucket: at most 1.02 times that of the one before.
static BOUNDS: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let next = |bound: &u64| (*bound < VALUE_MAX).then(|| (bound + 1).max(bound * 51 / 50).min(VALUE_MAX));
    std::iter::successors(Some(0), next).collect()
});

/// 7 days: a longer call is a fault of the telephone system.
const VALUE_MAX: u64 = 7 * 86_400_000;

impl Sketch {
    /// How far a percentile may be from the true one, as a part of it.
    pub const RELATIVE_ERROR: f64 = 0.01;

    /// Takes in a value.
    pub fn count(&mut self, value: u64) {
        let bucket = BOUNDS.partition_point(|bound| *bound < value.min(VALUE_MAX));
        self.0.count(u32::try_from(bucket).expect("there are a thousand buckets"), 1);
    }

    /// The value that `share` (0 to 1) of the values do not pass, by nearest rank, within 1 %. `None` without values, or
    /// where `share` is not within 0 to 1.
    pub fn percentile(&self, share: f64) -> Option<u64> {
        let total = self.0.total();
        if total == 0 || !(0.0..=1.0).contains(&share) {
            return None;
        }
        let rank = ((share * total as f64).ceil() as u64).clamp(1, total);
        let mut passed = 0;
        let bucket = self.0.counts().find(|(_, count)| {
            passed += count;
            passed >= rank
        });
        bucket.map(|(bucket, _)| middle(bucket))
    }
}

/// The middle of a bucket.
fn middle(bucket: u32) -> u64 {
    let place = (bucket as usize).min(BOUNDS.len() - 1);
    match place.checked_sub(1) {
        None => 0,
        Some(before) => (BOUNDS[before] + 1).midpoint(BOUNDS[place]),
    }
}
