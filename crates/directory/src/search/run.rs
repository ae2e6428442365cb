//! One reading of a query against one segment: its best entries by grade and alphabet. Looks no further than it must: the best of
//! one word come straight from its lists; of several words, those who have all in their best place are met in the order of the book, 64
//! at once, where they may be enough; the entries of a rare one are looked up in the lists of the others; and otherwise see `pairs`.
//!
//! Knows no lifts.

use super::lists::{Bits, Cursor, List, ones};
use super::numbers::Found;
use super::pairs::Pairs;
use super::places::Places;
use super::query::{Grade, Term};
use super::segment::{Classes, Reach, Segment};
use super::sets::Set;

/// Sum of the grades of all terms; less is better.
pub(super) type Rank = u16;

/// Lists up to which their first entries are taken from each, instead of uniting them.
const LISTS_FEW: usize = 12;
/// Lists of all words together up to which each is read as far as needed, instead of uniting them.
const CURSORS_MAX: usize = 128;
/// Words of bits that are met at once: short enough to stop soon, long enough for the processor to take several at a time.
const BLOCK: usize = 32;
/// The best are looked for among those of the best grade alone where so many times as many as are wanted are expected.
const EXPECTED_TIMES: usize = 2;
/// Words often go together, a name and a company: up to so many times as many have both as would by chance.
const MORE_TIMES: f64 = 8.0;

/// When to look at everything, and when only at what is needed. The answer is the same, its count may not be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// Entries of one word up to which all of them are graded.
    pub(super) few: usize,
    /// Entries of the rarest of several words up to which they are looked up in the lists of the others.
    pub(super) looked_up_max: usize,
    /// Hits up to which all are counted.
    pub(super) counted_max: usize,
    /// The best among which presence decides, at least: a page of the console.
    pub(super) looked_at_min: usize,
}

impl Effort {
    pub(super) const USUAL: Effort =
        Effort { few: 1024, looked_up_max: 64, counted_max: 8192, looked_at_min: 64 };
}

/// What is asked of a segment.
#[derive(Clone, Copy)]
pub(super) struct Ask<'a> {
    /// How many of the best.
    pub(super) want: usize,
    /// Hits at beginnings from which nothing else is looked for.
    pub(super) enough: usize,
    /// Entries that are no longer there.
    pub(super) gone: Option<&'a Bits>,
    pub(super) effort: Effort,
}

impl Ask<'_> {
    fn is_here(&self, entry: u32) -> bool {
        self.gone.is_none_or(|gone| !gone.contains(entry))
    }
}

/// What a segment has.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// The best, by rank and entry.
    pub(super) ranked: Vec<(Rank, u32)>,
    /// All hits, ascending, where they were few enough.
    pub(super) all: Option<Vec<u32>>,
    /// Hits; where `all` is not known, at least so many.
    pub(super) total: usize,
    /// There were enough at beginnings, so that nothing else was looked for.
    pub(super) is_enough: bool,
}

impl Part {
    fn nothing() -> Part {
        Part { all: Some(Vec::new()), ..Part::default() }
    }
}

/// One reading of a query in one segment.
pub(super) struct Reading<'a> {
    segment: &'a Segment,
    terms: Vec<Classes<'a>>,
    /// Who was met of several terms, so far.
    pairs: Option<Pairs>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(segment: &'a Segment, terms: &'a [Term]) -> Reading<'a> {
        Reading {
            segment,
            terms: terms.iter().map(|term| Classes::new(segment, term)).collect(),
            pairs: None,
        }
    }

    /// What begins so, and where that is not enough, also what has it inside. Every term must be there.
    pub(super) fn run(&mut self, ask: &Ask<'_>) -> Part {
        if self.terms.is_empty() {
            return everybody(self.segment, ask);
        }
        if self.segment.len() > ask.effort.counted_max && self.may_be_enough(ask) {
            let part = self.reach(Reach::Starts, ask);
            // What is found at beginnings only is better than all else, see `Grade::cost`, and no lift changes that.
            if part.total >= ask.enough.max(1) {
                return Part { all: None, is_enough: true, ..part };
            }
        }
        self.reach(Reach::Inside, ask)
    }

    /// Whether those who have every term at a beginning may be enough, if the terms have little to do with each other: it costs less
    /// to look for all at once than for these first, in vain.
    fn may_be_enough(&mut self, ask: &Ask<'_>) -> bool {
        let all = self.segment.len() as f64;
        let mut expected = all;
        for term in &mut self.terms {
            term.reach(Reach::Starts);
            expected *= term.count() as f64 / all;
        }
        self.terms.len() == 1 || expected * MORE_TIMES >= ask.enough as f64
    }

    /// So far and no further.
    pub(super) fn reach(&mut self, reach: Reach, ask: &Ask<'_>) -> Part {
        for term in &mut self.terms {
            term.reach(reach);
            if term.count() == 0 {
                return Part::nothing();
            }
        }
        let mut by_count: Vec<&Classes<'_>> = self.terms.iter().collect();
        by_count.sort_by_key(|classes| classes.count());
        match by_count.as_slice() {
            [] => everybody(self.segment, ask),
            [only] if only.count() > ask.effort.few => one(self.segment, only, ask),
            [_] => looked_up(self.segment, &by_count, ask),
            [rarest, ..] => best_alone(self.segment, &by_count, ask).unwrap_or_else(|| {
                if rarest.count() <= ask.effort.looked_up_max {
                    return looked_up(self.segment, &by_count, ask);
                }
                // Of three, whoever has two was asked for the third when less of it was looked for.
                if self.terms.len() > 2 {
                    self.pairs = None;
                }
                let new = || Pairs::new(self.segment, &self.terms, ask);
                self.pairs.get_or_insert_with(new).best(&self.terms, ask)
            }),
        }
    }
}

/// So few that all are graded.
fn is_small(found: &[Found<'_>], ask: &Ask<'_>) -> bool {
    count(found) <= ask.effort.few
}

fn count(found: &[Found<'_>]) -> usize {
    found.iter().map(Found::count).sum()
}

fn everybody(segment: &Segment, ask: &Ask<'_>) -> Part {
    let here = || (0..segment.len() as u32).filter(|entry| ask.is_here(*entry));
    let total = segment.len() - ask.gone.map_or(0, Bits::count);
    let all = (total <= ask.effort.counted_max).then(|| here().collect());
    let ranked = here().take(ask.want).map(|entry| (0, entry)).collect();
    Part { ranked, all, total, is_enough: false }
}

/// Looks up the entries of the rarest term, which is the first, in the lists of all.
fn looked_up(segment: &Segment, by_term: &[&Classes<'_>], ask: &Ask<'_>) -> Part {
    let Some((rarest, others)) = by_term.split_first() else { return Part::default() };
    let mut entries = read(segment, rarest.iter().flat_map(|(_, found)| found), ask);
    let mut ranks: Vec<Rank> = vec![0; entries.len()];
    let mut is_all = true;
    keep(&mut entries, &mut ranks, rarest.iter());
    if let Some((last, between)) = others.split_last() {
        between.iter().for_each(|classes| keep(&mut entries, &mut ranks, classes.iter()));
        is_all = keep_best(&mut entries, &mut ranks, last.iter(), ask.want);
    }
    let mut ranked: Vec<(Rank, u32)> = ranks.into_iter().zip(entries.iter().copied()).collect();
    if ask.want < ranked.len() {
        ranked.select_nth_unstable(ask.want);
        ranked.truncate(ask.want);
    }
    ranked.sort_unstable();
    let total = entries.len();
    let all = (is_all && total <= ask.effort.counted_max).then_some(entries);
    Part { ranked, total, all, is_enough: false }
}

/// Keeps those of these entries, ascending, that have a term, and adds what it costs them.
pub(super) fn keep<'a>(
    entries: &mut Vec<u32>,
    ranks: &mut Vec<Rank>,
    classes: impl Iterator<Item = (Grade, &'a [Found<'a>])>,
) {
    keep_best(entries, ranks, classes, usize::MAX);
}

/// The same, but only until there are so many that are better than all that comes. Whether all came.
fn keep_best<'a>(
    entries: &mut Vec<u32>,
    ranks: &mut Vec<Rank>,
    classes: impl Iterator<Item = (Grade, &'a [Found<'a>])>,
    want: usize,
) -> bool {
    let least = ranks.iter().min().copied().unwrap_or_default();
    let places = Places::of(entries);
    let mut grades = vec![NONE; entries.len()];
    // Whoever has it, in the order of the grades.
    let mut have: Vec<usize> = Vec::new();
    let mut is_all = true;
    for (grade, found) in classes {
        let is_certain = |at: &&usize| ranks[**at] + cost(grades[**at]) < least + grade.cost();
        if have.len() >= want && have.iter().filter(is_certain).count() >= want {
            is_all = false;
            break;
        }
        // The best grade comes first.
        let mut note = |at: usize| {
            if grades[at] == NONE {
                grades[at] = grade as u8;
                have.push(at);
            }
        };
        for found in found {
            match found {
                Found::List(list) if list.is_long_for(entries.len()) => list.probe(entries, &mut note),
                found => found.each(|entry| places.place(entry).into_iter().for_each(&mut note)),
            }
        }
    }
    if have.len() > entries.len() / 16 {
        have = (0..entries.len()).filter(|at| grades[*at] != NONE).collect();
    } else {
        have.sort_unstable();
    }
    *ranks = have.iter().map(|at| ranks[*at] + cost(grades[*at])).collect();
    *entries = have.into_iter().map(|at| entries[at]).collect();
    is_all
}

/// No grade.
const NONE: u8 = u8::MAX;

fn cost(grade: u8) -> Rank {
    Grade::ALL.get(usize::from(grade)).map_or(0, |grade| grade.cost())
}

/// Everybody in these, ascending.
fn read<'a>(
    segment: &Segment,
    found: impl Iterator<Item = &'a Found<'a>> + Clone,
    ask: &Ask<'_>,
) -> Vec<u32> {
    let mut entries: Vec<u32> = match Set::of_all(found, segment.len()) {
        Set::Few(few) => few,
        Set::Many(bits) => bits.iter().collect(),
    };
    entries.retain(|entry| ask.is_here(*entry));
    entries
}

/// The best of one term, grade by grade.
fn one(segment: &Segment, only: &Classes<'_>, ask: &Ask<'_>) -> Part {
    let mut ranked: Vec<(Rank, u32)> = Vec::new();
    let mut taken: Vec<u32> = Vec::new();
    let all: Option<Vec<u32>> = (only.count() <= ask.effort.counted_max).then(|| {
        let bits = united(segment, only.iter().flat_map(|(_, found)| found));
        bits.iter().filter(|entry| ask.is_here(*entry)).collect()
    });
    for (grade, found) in only.iter() {
        let want = ask.want - ranked.len();
        if want == 0 {
            break;
        }
        let new = |entry: &u32| ask.is_here(*entry) && taken.binary_search(entry).is_err();
        let mut best: Vec<u32> = Vec::new();
        if found.len() <= LISTS_FEW || is_small(found, ask) {
            for found in found {
                match found {
                    Found::List(list) => best.extend(list.iter().filter(new).take(want)),
                    Found::Contacts(contacts) => best.extend(contacts.iter().copied().filter(new).take(want)),
                }
            }
            best.sort_unstable();
            best.dedup();
            best.truncate(want);
        } else {
            best.extend(united(segment, found).iter().filter(new).take(want));
        }
        ranked.extend(best.iter().map(|entry| (grade.cost(), *entry)));
        taken.append(&mut best);
        taken.sort_unstable();
    }
    // No one list tells of an entry twice, so there are at least as many as the longest has.
    let longest = only.iter().flat_map(|(_, found)| found).map(Found::count).max().unwrap_or_default();
    let total = match &all {
        Some(all) => all.len(),
        None => longest.saturating_sub(ask.gone.map_or(0, Bits::count)).max(ranked.len()),
    };
    Part { ranked, all, total, is_enough: false }
}

/// Who has a term in one grade, block by block: long lists as they are kept, short ones as far as they were read.
struct Layer<'a> {
    long: Vec<&'a [[u8; 8]]>,
    short: Vec<Cursor<'a>>,
    block: [u64; BLOCK],
}

impl<'a> Layer<'a> {
    fn of(found: &'a [Found<'_>]) -> Layer<'a> {
        let mut layer = Layer { long: Vec::new(), short: Vec::new(), block: [0; BLOCK] };
        for found in found {
            match found {
                Found::List(List::Dense { bytes, .. }) => layer.long.push(bytes.as_chunks::<8>().0),
                Found::List(list) => layer.short.push(Cursor::of_list(*list)),
                Found::Contacts(contacts) => layer.short.push(Cursor::Numbers(contacts)),
            }
        }
        layer
    }

    /// Goes on to the block that begins at this word.
    fn go_to(&mut self, at: usize) {
        self.block = [0; BLOCK];
        for words in &self.long {
            let words = words.get(at..).unwrap_or_default();
            self.block.iter_mut().zip(words).for_each(|(all, word)| *all |= u64::from_le_bytes(*word));
        }
        self.short.iter_mut().for_each(|cursor| cursor.fill(at, &mut self.block));
    }
}

/// The best, where enough entries have every term in its best grade that many have: then worse ones are not looked at, and in better
/// ones, which few have, all are graded. `None`: there are not enough.
fn best_alone(segment: &Segment, by_term: &[&Classes<'_>], ask: &Ask<'_>) -> Option<Part> {
    let mut expected = segment.len() as f64;
    let (mut rank, mut layers, mut better) = (0, Vec::with_capacity(by_term.len()), Vec::new());
    for classes in by_term {
        let mut grades = classes.iter();
        let (grade, found) = loop {
            match grades.next()? {
                (_, found) if is_small(found, ask) => better.extend(found),
                large => break large,
            }
        };
        expected *= count(found) as f64 / segment.len() as f64;
        rank += grade.cost();
        layers.push(found);
    }
    let lists: usize = layers.iter().map(|found| found.len()).sum();
    if expected < ask.want.saturating_mul(EXPECTED_TIMES) as f64 || lists > CURSORS_MAX {
        return None;
    }
    let mut layers: Vec<Layer<'_>> = layers.into_iter().map(Layer::of).collect();
    let better = read(segment, better.into_iter(), ask);
    let mut of_better = better.iter().copied().peekable();
    let mut best: Vec<u32> = Vec::new();
    for begin in (0..segment.len().div_ceil(64)).step_by(BLOCK) {
        let mut hits = block_hits(&mut layers, begin);
        while let Some(entry) = of_better.next_if(|entry| (*entry as usize) < (begin + BLOCK) * 64) {
            hits[entry as usize / 64 - begin] &= !(1 << (entry % 64));
        }
        for (at, hits) in (begin..).zip(hits).filter(|(_, hits)| *hits != 0) {
            let hits = hits & !ask.gone.map_or(0, |gone| gone.word(at));
            best.extend(ones(hits).map(|bit| at as u32 * 64 + bit));
        }
        if best.len() >= ask.want {
            break;
        }
    }
    if best.len() < ask.want {
        return None;
    }
    let (mut entries, mut ranks) = (better.clone(), vec![0; better.len()]);
    by_term.iter().for_each(|classes| keep(&mut entries, &mut ranks, classes.iter()));
    let mut ranked: Vec<(Rank, u32)> = best.into_iter().map(|entry| (rank, entry)).collect();
    ranked.extend(ranks.into_iter().zip(entries));
    let total = ranked.len();
    ranked.sort_unstable();
    ranked.truncate(ask.want);
    Some(Part { ranked, all: None, total, is_enough: false })
}

/// Which entries of the block that begins at this word have every term.
fn block_hits(layers: &mut [Layer<'_>], begin: usize) -> [u64; BLOCK] {
    let mut hits = [!0; BLOCK];
    for layer in layers {
        layer.go_to(begin);
        hits.iter_mut().zip(&layer.block).for_each(|(hits, layer)| *hits &= layer);
    }
    hits
}

fn united<'a>(segment: &Segment, found: impl IntoIterator<Item = &'a Found<'a>>) -> Bits {
    let mut bits = segment.nobody();
    found.into_iter().for_each(|found| found.add_to(&mut bits));
    bits
}
