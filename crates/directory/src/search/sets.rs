//! Who has one word of a query in one grade, united from all its lists, and who is in two such sets. Does not know words.

use super::lists::{Bits, List, ones};
use super::numbers::Found;
use super::places::Places;

/// Entries up to which they are sorted; of more, each is a bit.
const SORTED_MAX: usize = 1024;

/// Some entries, each once.
#[derive(Debug)]
pub(super) enum Set {
    /// Ascending.
    Few(Vec<u32>),
    Many(Bits),
}

impl Set {
    /// All of these, below a limit.
    pub(super) fn of(found: &[Found<'_>], limit: usize) -> Set {
        Set::of_all(found.iter(), limit)
    }

    pub(super) fn of_all<'a>(found: impl Iterator<Item = &'a Found<'a>> + Clone, limit: usize) -> Set {
        if found.clone().map(Found::count).sum::<usize>() > SORTED_MAX {
            let mut bits = Bits::new(limit);
            found.for_each(|found| found.add_to(&mut bits));
            return Set::Many(bits);
        }
        let mut entries = Vec::new();
        found.for_each(|found| found.each(|entry| entries.push(entry)));
        entries.sort_unstable();
        entries.dedup();
        Set::Few(entries)
    }

    pub(super) fn contains(&self, entry: u32) -> bool {
        match self {
            Set::Few(few) => few.binary_search(&entry).is_ok(),
            Set::Many(bits) => bits.contains(entry),
        }
    }

    /// Who is in both and not `taken`, ascending, at most so many.
    pub(super) fn common(&self, other: &Set, taken: &Bits, most: usize) -> Vec<u32> {
        let free = |entry: &u32| !taken.contains(*entry);
        match (self, other) {
            (Set::Few(few), Set::Many(bits)) | (Set::Many(bits), Set::Few(few)) => {
                let both = few.iter().copied().filter(|entry| bits.contains(*entry));
                both.filter(free).take(most).collect()
            }
            (Set::Few(few), Set::Few(others)) => {
                let (few, others) = if few.len() <= others.len() { (few, others) } else { (others, few) };
                let both = few.iter().copied().filter(|entry| others.binary_search(entry).is_ok());
                both.filter(free).take(most).collect()
            }
            (Set::Many(bits), Set::Many(others)) => {
                let mut both = Vec::new();
                let words = bits.words().iter().zip(others.words());
                for (at, (word, other)) in words.enumerate().filter(|(_, (word, other))| *word & *other != 0)
                {
                    both.extend(ones(word & other & !taken.word(at)).map(|bit| at as u32 * 64 + bit));
                    if both.len() >= most {
                        both.truncate(most);
                        break;
                    }
                }
                both
            }
        }
    }
}

/// Tells who of these is in a set.
pub(super) fn meet(set: &Set, found: &[Found<'_>], mut tell: impl FnMut(u32)) {
    match set {
        Set::Few(few) => {
            let places = Places::of(few);
            for found in found {
                match found {
                    Found::List(list) if list.is_long_for(few.len()) => list.probe(few, |at| tell(few[at])),
                    found => found.each(|entry| {
                        if places.place(entry).is_some() {
                            tell(entry);
                        }
                    }),
                }
            }
        }
        Set::Many(bits) => {
            for found in found {
                match found {
                    Found::List(List::Dense { bytes, .. }) => {
                        let words = (0..).zip(bits.words().iter().zip(bytes.as_chunks::<8>().0));
                        for (at, (word, other)) in words.filter(|(_, (word, _))| **word != 0) {
                            ones(word & u64::from_le_bytes(*other)).for_each(|bit| tell(at * 64 + bit));
                        }
                    }
                    found => found.each(|entry| {
                        if bits.contains(entry) {
                            tell(entry);
                        }
                    }),
                }
            }
        }
    }
}

/// Which of these entries, ascending, are in one of these lists: each is looked up, since the lists are long. `None`: some are not.
pub(super) fn among(entries: &[u32], found: &[Found<'_>]) -> Option<Set> {
    let is_long = |found: &Found<'_>| matches!(found, Found::List(list) if list.is_long_for(entries.len()));
    if !found.iter().all(is_long) {
        return None;
    }
    let mut has = vec![false; entries.len()];
    let lists = found.iter().filter_map(|found| match found {
        Found::List(list) => Some(list),
        Found::Contacts(_) => None,
    });
    lists.for_each(|list: &List<'_>| list.probe(entries, |at| has[at] = true));
    let both = entries.iter().zip(has).filter(|(_, has)| *has);
    Some(Set::Few(both.map(|(entry, _)| *entry).collect()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::{Set, among};
    use crate::search::lists::{Bits, Lists};
    use crate::search::numbers::Found;

    const LIMIT: u32 = 20_000;

    fn some() -> impl Strategy<Value = BTreeSet<u32>> {
        prop_oneof![
            prop::collection::btree_set(0..LIMIT, 0..20),
            prop::collection::btree_set(0..LIMIT, 1_000..3_000),
        ]
    }

    proptest! {
        #[test]
        fn two_sets_have_in_common_what_is_in_both_and_free(
            (a, b, others) in (some(), some(), some()),
            most in prop_oneof![Just(usize::MAX), 0_usize..5],
        ) {
            let limit = LIMIT as usize;
            let mut lists = Lists::new(limit);
            for list in [&a, &b, &others] {
                lists.push(&list.iter().copied().collect::<Vec<u32>>());
            }
            let found = |at: usize| Found::List(lists.list(at));
            let mut taken = Bits::new(limit);
            (0..LIMIT).step_by(3).for_each(|entry| taken.insert(entry));
            let united: BTreeSet<u32> = b.union(&others).copied().collect();
            let wanted: Vec<u32> = a.intersection(&united).copied().filter(|entry| entry % 3 != 0).collect();
            let these = [found(1), found(2)];
            let set = Set::of(&[found(0)], limit);
            prop_assert_eq!(&set.common(&Set::of(&these, limit), &taken, most), &wanted[..most.min(wanted.len())]);
            let entries: Vec<u32> = a.iter().copied().collect();
            if let Some(both) = among(&entries, &these) {
                prop_assert_eq!(set.common(&both, &taken, usize::MAX), wanted);
            }
        }
    }
}
