//! Where an entry stands among some others. Asked of every entry of long lists, of which few are among them: those that are not
//! cost one look at a bit. Knows no lists.

/// Entries up to which a place is found by halving; of more, entries are counted beforehand.
const HALVED_MAX: usize = 1024;
/// Bits for each entry where places are found by halving: of others, one in so many is looked for in vain.
const BITS_EACH: usize = 64;

pub(super) struct Places<'a> {
    /// Ascending.
    entries: &'a [u32],
    /// A bit for each entry, by its number or, where that is larger, by its last digits.
    bits: Vec<u64>,
    /// How many entries there are before each 64 bits; empty where they are not counted.
    before: Vec<u32>,
}

impl<'a> Places<'a> {
    pub(super) fn of(entries: &'a [u32]) -> Places<'a> {
        let whole = entries.last().map_or(0, |last| *last as usize) + 1;
        let counted = entries.len() > HALVED_MAX;
        let size = if counted { whole } else { whole.min(entries.len() * BITS_EACH) };
        let mut bits = vec![0_u64; size.next_power_of_two().div_ceil(64)];
        let last = bits.len() - 1;
        for entry in entries {
            bits[(*entry as usize / 64) & last] |= 1 << (entry % 64);
        }
        let mut so_far = 0;
        let count = |word: &u64| {
            let before = so_far;
            so_far += word.count_ones();
            before
        };
        let before = if counted { bits.iter().map(count).collect() } else { Vec::new() };
        Places { entries, bits, before }
    }

    /// `None`: it is not among them.
    #[inline]
    pub(super) fn place(&self, entry: u32) -> Option<usize> {
        let at = (entry as usize / 64) & (self.bits.len() - 1);
        let (word, bit) = (self.bits[at], 1_u64 << (entry % 64));
        if word & bit == 0 {
            return None;
        }
        match self.before.get(at) {
            Some(before) => {
                let place = (before + (word & (bit - 1)).count_ones()) as usize;
                // Beyond the last entry only the last digits are looked at.
                (self.entries.get(place) == Some(&entry)).then_some(place)
            }
            None => self.entries.binary_search(&entry).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Places;

    proptest! {
        #[test]
        fn an_entry_stands_where_it_does_and_others_nowhere(
            entries in prop_oneof![
                prop::collection::btree_set(0_u32..5_000, 0..60),
                prop::collection::btree_set(0_u32..5_000, 1_000..2_000),
            ],
        ) {
            let entries: Vec<u32> = entries.into_iter().collect();
            let places = Places::of(&entries);
            for entry in (0..9_000).chain([u32::MAX]) {
                prop_assert_eq!(places.place(entry), entries.binary_search(&entry).ok(), "{}", entry);
            }
        }
    }
}
