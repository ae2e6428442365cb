//! Random choices that a seed repeats exactly, on every computer. Chooses test cases; makes no secrets.

/// Splitmix64.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// The same seed gives the same choices.
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// Any 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// From 0 to `end - 1`. `end` is not 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// True `percent` times of a hundred.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of these.
    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }

    /// Bytes without any order.
    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next() as u8).collect()
    }
}

/// The seed of this run: `SEED=` where it is given, else a new one. Printed with the line that runs it again.
pub(crate) fn seed(test: &str) -> u64 {
    let given = std::env::var("SEED").ok().map(|seed| seed.parse().expect("SEED is a whole number"));
    let seed = given.unwrap_or_else(|| std::process::id().into());
    println!("SEED={seed} cargo nextest run -p vault {test}");
    seed
}

/// How many times a test repeats itself: `ROUNDS=` where it is given, else what fits into every run of the tests.
pub(crate) fn rounds(usual: u64) -> u64 {
    let given = std::env::var("ROUNDS").ok().map(|rounds| rounds.parse().expect("ROUNDS is a whole number"));
    given.unwrap_or(usual)
}
