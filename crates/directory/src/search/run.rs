//! One reading of a query against one segment: its best entries by grade and alphabet, and the grades of some entries that are
//! asked for. Looks no further than it must: the best of one word come straight from its lists, few entries are looked up in
//! the lists of the other words, and only where many meet many are all of them counted, 64 at once.
//!
//! Knows no lifts.

use std::collections::BTreeMap;

use super::lists::{Bits, ones};
use super::numbers::Found;
use super::query::{Grade, Term};
use super::segment::{Class, Reach, Segment};

/// Sum of the grades of all terms; less is better.
pub(super) type Rank = u16;

/// Lists up to which their first entries are taken from each, instead of uniting them.
const LISTS_FEW: usize = 12;

/// When to look at everything, and when only at what is needed. The answer is the same, its count may not be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// Entries of the rarest word up to which they are looked up one by one.
    pub(super) few: usize,
    /// Hits up to which all are counted.
    pub(super) counted_max: usize,
    /// The best among which presence decides, at least: a page of the console.
    pub(super) looked_at_min: usize,
}

impl Effort {
    pub(super) const USUAL: Effort = Effort { few: 1024, counted_max: 8192, looked_at_min: 64 };
}

/// What is asked of a segment.
pub(super) struct Ask<'a> {
    /// How many of the best.
    pub(super) want: usize,
    /// Hits at beginnings from which nothing else is looked for.
    pub(super) enough: usize,
    /// Entries whose ranks are asked for, ascending.
    pub(super) lifted: &'a [u32],
    /// Entries that are no longer there.
    pub(super) gone: Option<&'a Bits>,
    pub(super) effort: Effort,
}

/// What a segment has.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// The best, by rank and entry, and the lifted ones among the hits.
    pub(super) ranked: Vec<(Rank, u32)>,
    /// All hits, ascending, where they were few enough.
    pub(super) all: Option<Vec<u32>>,
    /// Hits; where `all` is not known, at least so many.
    pub(super) total: usize,
}

impl Segment {
    /// Every term must be there.
    pub(super) fn run(&self, terms: &[Term], reach: Reach, ask: &Ask<'_>) -> Part {
        if terms.is_empty() {
            return self.everybody(ask);
        }
        if reach > Reach::Starts && self.len() > ask.effort.counted_max {
            let part = self.reach(terms, Reach::Starts, ask);
            // What is found at beginnings only is better than all else, see `Grade::cost`, and no lift changes that.
            if part.total >= ask.enough.max(1) {
                return Part { all: None, ..part };
            }
        }
        self.reach(terms, reach, ask)
    }

    fn reach(&self, terms: &[Term], reach: Reach, ask: &Ask<'_>) -> Part {
        let mut by_term: Vec<Vec<Class<'_>>> = Vec::with_capacity(terms.len());
        for term in terms {
            by_term.push(self.classes(term, reach));
            if by_term.last().is_some_and(Vec::is_empty) {
                return Part { all: Some(Vec::new()), ..Part::default() };
            }
        }
        let count = |classes: &Vec<Class<'_>>| classes.iter().map(Class::count).sum::<usize>();
        let Some(rarest) = by_term.iter().min_by_key(|classes| count(classes)) else {
            return Part::default();
        };
        match by_term.as_slice() {
            _ if count(rarest) <= ask.effort.few => few(self, &by_term, rarest, ask),
            [only] => one(self, only, ask),
            _ => many(self, &by_term, ask),
        }
    }

    fn everybody(&self, ask: &Ask<'_>) -> Part {
        let here = |entry: &u32| ask.gone.is_none_or(|gone| !gone.contains(*entry));
        let best: Vec<u32> = (0..self.len() as u32).filter(here).take(ask.want).collect();
        let lifted = ask.lifted.iter().copied().filter(here);
        let lifted = lifted.filter(|entry| best.last().is_some_and(|last| entry > last));
        let gone = ask.gone.map_or(0, Bits::count);
        let total = self.len() - gone;
        let all = (total <= ask.effort.counted_max).then(|| (0..self.len() as u32).filter(here).collect());
        Part { ranked: best.iter().copied().chain(lifted).map(|entry| (0, entry)).collect(), all, total }
    }
}

/// Looks up the entries of the rarest term one by one.
fn few(segment: &Segment, by_term: &[Vec<Class<'_>>], rarest: &[Class<'_>], ask: &Ask<'_>) -> Part {
    let mut entries: Vec<u32> = Vec::new();
    rarest.iter().flat_map(|class| &class.found).for_each(|found| extend(&mut entries, found));
    entries.sort_unstable();
    entries.dedup();
    entries.retain(|entry| ask.gone.is_none_or(|gone| !gone.contains(*entry)));
    let mut ranked = ranks(segment, by_term, &entries);
    ranked.sort_unstable();
    let mut all: Vec<u32> = ranked.iter().map(|(_, entry)| *entry).collect();
    all.sort_unstable();
    let rest = ranked.split_off(ask.want.min(ranked.len()));
    ranked.extend(rest.into_iter().filter(|(_, entry)| ask.lifted.binary_search(entry).is_ok()));
    Part { ranked, total: all.len(), all: Some(all) }
}

/// The ranks of those of these entries, ascending, that have every term.
fn ranks(segment: &Segment, by_term: &[Vec<Class<'_>>], entries: &[u32]) -> Vec<(Rank, u32)> {
    const NONE: u8 = u8::MAX;
    let mut sums: Vec<Option<Rank>> = vec![Some(0); entries.len()];
    let mut grades = vec![NONE; entries.len()];
    for classes in by_term {
        grades.fill(NONE);
        for class in classes {
            if class.found.len() > LISTS_FEW {
                let bits = united(segment, &class.found);
                for (grade, entry) in grades.iter_mut().zip(entries) {
                    if bits.contains(*entry) {
                        *grade = (*grade).min(class.grade as u8);
                    }
                }
                continue;
            }
            for found in &class.found {
                let mut note = |at: usize| grades[at] = grades[at].min(class.grade as u8);
                match found {
                    Found::List(list) => list.probe(entries, &mut note),
                    Found::Contacts(contacts) if contacts.len() < entries.len() => {
                        contacts.iter().filter_map(|entry| entries.binary_search(entry).ok()).for_each(note);
                    }
                    Found::Contacts(contacts) => {
                        (0..entries.len())
                            .filter(|at| contacts.binary_search(&entries[*at]).is_ok())
                            .for_each(note);
                    }
                }
            }
        }
        for (sum, grade) in sums.iter_mut().zip(&grades) {
            *sum = sum.filter(|_| *grade != NONE).map(|sum| sum + cost(*grade));
        }
    }
    sums.into_iter().zip(entries).filter_map(|(sum, entry)| Some((sum?, *entry))).collect()
}

fn cost(grade: u8) -> Rank {
    Grade::ALL.get(usize::from(grade)).map_or(0, |grade| grade.cost())
}

/// The best of one term, grade by grade.
fn one(segment: &Segment, only: &Vec<Class<'_>>, ask: &Ask<'_>) -> Part {
    let classes = only.as_slice();
    let here = |entry: &u32| ask.gone.is_none_or(|gone| !gone.contains(*entry));
    let mut ranked: Vec<(Rank, u32)> = Vec::new();
    let mut taken: Vec<u32> = Vec::new();
    let total: usize = classes.iter().map(Class::count).sum();
    let all: Option<Vec<u32>> = (total <= ask.effort.counted_max).then(|| {
        let bits = united(segment, classes.iter().flat_map(|class| &class.found));
        bits.iter().filter(here).collect()
    });
    for class in classes {
        let want = ask.want - ranked.len();
        if want == 0 {
            break;
        }
        let new = |entry: &u32| here(entry) && taken.binary_search(entry).is_err();
        let mut best: Vec<u32> = Vec::new();
        if class.found.len() <= LISTS_FEW || class.count() <= ask.effort.few {
            for found in &class.found {
                match found {
                    Found::List(list) => best.extend(list.iter().filter(new).take(want)),
                    Found::Contacts(contacts) => best.extend(contacts.iter().copied().filter(new).take(want)),
                }
            }
            best.sort_unstable();
            best.dedup();
            best.truncate(want);
        } else {
            best.extend(united(segment, &class.found).iter().filter(new).take(want));
        }
        ranked.extend(best.iter().map(|entry| (class.grade.cost(), *entry)));
        taken.append(&mut best);
        taken.sort_unstable();
    }
    let lifted = if ask.lifted.is_empty() {
        Vec::new()
    } else {
        ranks(segment, std::slice::from_ref(only), ask.lifted)
    };
    ranked.extend(lifted.into_iter().filter(|(_, entry)| here(entry) && taken.binary_search(entry).is_err()));
    // No one list tells of an entry twice, so there are at least as many as the longest has.
    let longest = classes.iter().flat_map(|class| &class.found).map(Found::count).max().unwrap_or_default();
    let total = match &all {
        Some(all) => all.len(),
        None => longest.saturating_sub(ask.gone.map_or(0, Bits::count)).max(ranked.len()),
    };
    Part { ranked, all, total }
}

/// Counts all entries that have every term, 64 at once, and keeps the best.
fn many(segment: &Segment, by_term: &[Vec<Class<'_>>], ask: &Ask<'_>) -> Part {
    let mut hits: Option<Bits> = None;
    let mut graded: Vec<Vec<(Rank, Bits)>> = Vec::with_capacity(by_term.len());
    for classes in by_term {
        let by_grade: Vec<(Rank, Bits)> =
            classes.iter().map(|class| (class.grade.cost(), united(segment, &class.found))).collect();
        let mut union = segment.nobody();
        by_grade.iter().for_each(|(_, bits)| union.join(bits));
        match &mut hits {
            Some(hits) => hits.meet(&union),
            None => hits = Some(union),
        }
        graded.push(by_grade);
    }
    let Some(mut hits) = hits else { return Part::default() };
    if let Some(gone) = ask.gone {
        hits.subtract(gone);
    }
    let total = hits.count();
    let mut ranked = best(&hits, &graded, ask.want);
    for entry in ask.lifted.iter().filter(|entry| hits.contains(**entry)) {
        let grade = |by_grade: &Vec<(Rank, Bits)>| {
            by_grade.iter().find(|(_, bits)| bits.contains(*entry)).map_or(0, |(rank, _)| *rank)
        };
        if !ranked.iter().any(|(_, other)| other == entry) {
            ranked.push((graded.iter().map(grade).sum(), *entry));
        }
    }
    let all = (total <= ask.effort.counted_max).then(|| hits.iter().collect());
    Part { ranked, all, total }
}

/// The best hits by rank and entry.
fn best(hits: &Bits, graded: &[Vec<(Rank, Bits)>], want: usize) -> Vec<(Rank, u32)> {
    let mut by_rank: BTreeMap<Rank, Vec<u32>> = BTreeMap::new();
    // Ranks from here on are not needed: there are enough below.
    let mut enough = if want == 0 { 0 } else { Rank::MAX };
    let mut sums: Vec<(Rank, u64)> = Vec::new();
    let mut next = Vec::new();
    for (at, hits) in hits.words().iter().enumerate().filter(|(_, hits)| **hits != 0) {
        sums.clear();
        sums.push((0, *hits));
        for by_grade in graded {
            next.clear();
            for (sum, bits) in &sums {
                let mut left = *bits;
                for (rank, listed) in by_grade.iter().take_while(|(rank, _)| sum + rank < enough) {
                    let here = left & listed.word(at);
                    left &= !here;
                    if here != 0 {
                        match next.iter_mut().find(|(other, _)| *other == sum + rank) {
                            Some((_, bits)) => *bits |= here,
                            None => next.push((sum + rank, here)),
                        }
                    }
                    if left == 0 {
                        break;
                    }
                }
            }
            std::mem::swap(&mut sums, &mut next);
        }
        for (rank, bits) in &sums {
            by_rank.entry(*rank).or_default().extend(ones(*bits).map(|bit| at as u32 * 64 + bit));
        }
        if !sums.is_empty() {
            let mut so_far = 0;
            let reached = by_rank.iter().find(|(_, entries)| {
                so_far += entries.len();
                so_far >= want
            });
            if let Some((rank, _)) = reached {
                enough = *rank;
            }
            // The least a hit can cost is the best grade of each term.
            let least: Rank = graded.iter().filter_map(|by_grade| Some(by_grade.first()?.0)).sum();
            if enough <= least {
                break;
            }
        }
    }
    by_rank
        .into_iter()
        .flat_map(|(rank, entries)| entries.into_iter().map(move |entry| (rank, entry)))
        .take(want)
        .collect()
}

fn united<'a>(segment: &Segment, found: impl IntoIterator<Item = &'a Found<'a>>) -> Bits {
    let mut bits = segment.nobody();
    for found in found {
        match found {
            Found::List(list) => bits.add(*list),
            Found::Contacts(contacts) => contacts.iter().for_each(|entry| bits.insert(*entry)),
        }
    }
    bits
}

fn extend(entries: &mut Vec<u32>, found: &Found<'_>) {
    match found {
        Found::List(list) => entries.extend(list.iter()),
        Found::Contacts(contacts) => entries.extend(contacts),
    }
}
