//! One reading of a query against one segment: its best entries by grade and alphabet. Looks no further than it must: the best of
//! one word come straight from its lists; of several words, the entries of the rarest are looked up in the lists of the others; and
//! where all words have very many, those of the whole book are met in its order, 64 at once, until the best are certain.
//!
//! Knows no lifts.

use std::collections::BTreeMap;

use super::lists::{Bits, Cursor, List, ones};
use super::numbers::Found;
use super::places::Places;
use super::query::{Grade, Term};
use super::segment::{Classes, Reach, Segment};

/// Sum of the grades of all terms; less is better.
pub(super) type Rank = u16;

/// Lists up to which their first entries are taken from each, instead of uniting them.
const LISTS_FEW: usize = 12;
/// Lists of all words together up to which each is read as far as needed, instead of uniting them.
const CURSORS_MAX: usize = 128;
/// Words of bits that are met at once: short enough to stop soon, long enough for the processor to take several at a time.
const BLOCK: usize = 32;
/// Entries that two words have in common up to which they are sorted; of more, each gets its place from bits.
const SORTED_MAX: usize = 1024;
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
        Effort { few: 1024, looked_up_max: 1 << 15, counted_max: 8192, looked_at_min: 64 };
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
}

impl<'a> Reading<'a> {
    pub(super) fn new(segment: &'a Segment, terms: &'a [Term]) -> Reading<'a> {
        Reading { segment, terms: terms.iter().map(|term| Classes::new(segment, term)).collect() }
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
            _ => best_alone(self.segment, &by_count, ask).unwrap_or_else(|| match by_count.first() {
                Some(rarest) if rarest.count() > ask.effort.looked_up_max => {
                    met(self.segment, &by_count, ask)
                }
                _ => looked_up(self.segment, &by_count, ask),
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
    let mut entries: Vec<u32>;
    let mut ranks: Vec<Rank>;
    let mut left: Vec<&Classes<'_>> = by_term.to_vec();
    if rarest.count() <= ask.effort.few {
        entries = read(rarest.iter().flat_map(|(_, found)| found), ask);
        ranks = vec![0; entries.len()];
    } else {
        let mut have = united(segment, rarest.iter().flat_map(|(_, found)| found));
        ask.gone.iter().for_each(|gone| have.subtract(gone));
        match others.split_last() {
            Some((last, between)) => {
                for classes in between {
                    have.meet(&united(segment, classes.iter().flat_map(|(_, found)| found)));
                }
                (entries, ranks) = common(segment, &have, last).into_iter().unzip();
                left.pop();
            }
            None => {
                entries = have.iter().collect();
                ranks = vec![0; entries.len()];
            }
        }
    }
    left.into_iter().for_each(|classes| keep(&mut entries, &mut ranks, classes));
    let mut ranked: Vec<(Rank, u32)> = ranks.into_iter().zip(entries.iter().copied()).collect();
    if ask.want < ranked.len() {
        ranked.select_nth_unstable(ask.want);
        ranked.truncate(ask.want);
    }
    ranked.sort_unstable();
    let total = entries.len();
    Part { ranked, total, all: (total <= ask.effort.counted_max).then_some(entries), is_enough: false }
}

/// Keeps those of these entries, ascending, that have a term, and adds what it costs them.
fn keep(entries: &mut Vec<u32>, ranks: &mut Vec<Rank>, classes: &Classes<'_>) {
    let grades = grades(entries, classes);
    let mut kept = 0;
    for (at, grade) in grades.into_iter().enumerate() {
        if let Some(cost) = cost(grade) {
            (entries[kept], ranks[kept]) = (entries[at], ranks[at] + cost);
            kept += 1;
        }
    }
    entries.truncate(kept);
    ranks.truncate(kept);
}

/// Everybody in these, ascending: for such that are short.
fn read<'a>(found: impl Iterator<Item = &'a Found<'a>>, ask: &Ask<'_>) -> Vec<u32> {
    let mut entries: Vec<u32> = Vec::new();
    for found in found {
        match found {
            Found::List(list) => list.each(|entry| entries.push(entry)),
            Found::Contacts(contacts) => entries.extend(contacts),
        }
    }
    entries.sort_unstable();
    entries.dedup();
    entries.retain(|entry| ask.is_here(*entry));
    entries
}

/// Which of these have a term, ascending, and what it costs them.
fn common(segment: &Segment, have: &Bits, classes: &Classes<'_>) -> Vec<(u32, Rank)> {
    let mut both: Vec<(u32, Rank)> = Vec::new();
    for (grade, found) in classes.iter() {
        let cost = grade.cost();
        for found in found {
            match found {
                Found::List(List::Dense { bytes, .. }) => {
                    let words = have.words().iter().zip(bytes.as_chunks::<8>().0);
                    for (at, (word, other)) in (0..).zip(words).filter(|(_, (word, _))| **word != 0) {
                        let entries = ones(word & u64::from_le_bytes(*other));
                        both.extend(entries.map(|bit| (at * 64 + bit, cost)));
                    }
                }
                Found::List(list) => list.each(|entry| {
                    if have.contains(entry) {
                        both.push((entry, cost));
                    }
                }),
                Found::Contacts(contacts) => {
                    let here = contacts.iter().filter(|entry| have.contains(**entry));
                    both.extend(here.map(|entry| (*entry, cost)));
                }
            }
        }
    }
    if both.len() <= SORTED_MAX {
        both.sort_unstable();
        // The best grade of an entry comes first.
        both.dedup_by_key(|(entry, _)| *entry);
        return both;
    }
    let mut bits = segment.nobody();
    both.iter().for_each(|(entry, _)| bits.insert(*entry));
    let entries: Vec<u32> = bits.iter().collect();
    let places = Places::of(&entries);
    let mut ranks = vec![Rank::MAX; entries.len()];
    for (place, cost) in both.iter().filter_map(|(entry, cost)| Some((places.place(*entry)?, *cost))) {
        ranks[place] = cost.min(ranks[place]);
    }
    entries.into_iter().zip(ranks).collect()
}

/// No grade.
const NONE: u8 = u8::MAX;

fn cost(grade: u8) -> Option<Rank> {
    Grade::ALL.get(usize::from(grade)).map(|grade| grade.cost())
}

/// How well these entries, ascending, have a term.
fn grades(entries: &[u32], classes: &Classes<'_>) -> Vec<u8> {
    let mut grades = vec![NONE; entries.len()];
    let places = Places::of(entries);
    for (grade, found) in classes.iter() {
        // The best grade comes first.
        let mut note = |at: usize| {
            if grades[at] == NONE {
                grades[at] = grade as u8;
            }
        };
        for found in found {
            match found {
                Found::List(list) if list.is_long_for(entries.len()) => list.probe(entries, &mut note),
                Found::List(list) => list.each(|entry| places.place(entry).into_iter().for_each(&mut note)),
                Found::Contacts(contacts) => {
                    contacts.iter().filter_map(|entry| places.place(*entry)).for_each(&mut note);
                }
            }
        }
    }
    grades
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

/// Who has a term in one grade, block by block: long lists as they are kept, short ones as far as they were read, or all of them
/// united.
struct Layer<'a> {
    cost: Rank,
    long: Vec<&'a [[u8; 8]]>,
    short: Vec<Cursor<'a>>,
    others: Option<Bits>,
    block: [u64; BLOCK],
}

impl<'a> Layer<'a> {
    fn new(grade: Grade) -> Layer<'a> {
        let (long, short) = (Vec::new(), Vec::new());
        Layer { cost: grade.cost(), long, short, others: None, block: [0; BLOCK] }
    }

    /// Each list is read as far as is needed.
    fn read(grade: Grade, found: &'a [Found<'_>]) -> Layer<'a> {
        let mut layer = Layer::new(grade);
        for found in found {
            match found {
                Found::List(List::Dense { bytes, .. }) => layer.long.push(bytes.as_chunks::<8>().0),
                Found::List(list) => layer.short.push(Cursor::of_list(*list)),
                Found::Contacts(contacts) => layer.short.push(Cursor::Numbers(contacts)),
            }
        }
        layer
    }

    /// All short lists are united first.
    fn united(segment: &Segment, grade: Grade, found: &[Found<'a>]) -> Layer<'a> {
        let mut layer = Layer::new(grade);
        for found in found {
            match found {
                Found::List(List::Dense { bytes, .. }) => layer.long.push(bytes.as_chunks::<8>().0),
                other => add(layer.others.get_or_insert_with(|| segment.nobody()), other),
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
        if let Some(bits) = &self.others {
            let words = bits.words().get(at..).unwrap_or_default();
            self.block.iter_mut().zip(words).for_each(|(all, word)| *all |= word);
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
        layers.push((grade, found));
    }
    let lists: usize = layers.iter().map(|(_, found)| found.len()).sum();
    if expected < ask.want.saturating_mul(EXPECTED_TIMES) as f64 || lists > CURSORS_MAX {
        return None;
    }
    let layer = |(grade, found)| vec![Layer::read(grade, found)];
    let mut layers: Vec<Vec<Layer<'_>>> = layers.into_iter().map(layer).collect();
    let better = read(better.into_iter(), ask);
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
    by_term.iter().for_each(|classes| keep(&mut entries, &mut ranks, classes));
    let mut ranked: Vec<(Rank, u32)> = best.into_iter().map(|entry| (rank, entry)).collect();
    ranked.extend(ranks.into_iter().zip(entries));
    let total = ranked.len();
    ranked.sort_unstable();
    ranked.truncate(ask.want);
    Some(Part { ranked, all: None, total, is_enough: false })
}

/// Goes through the book for entries that have every term, until no better ones can come.
fn met(segment: &Segment, by_term: &[&Classes<'_>], ask: &Ask<'_>) -> Part {
    let mut by_term: Vec<Vec<Layer<'_>>> = by_term.iter().map(|classes| layers(segment, classes)).collect();
    let mut best = Best::new(&by_term, ask.want);
    let mut all = Vec::new();
    let mut total = 0;
    for begin in (0..segment.len().div_ceil(64)).step_by(BLOCK) {
        let hits = block_hits(&mut by_term, begin);
        for (at, hits) in hits.iter().enumerate().filter(|(_, hits)| **hits != 0) {
            let word = begin + at;
            let hits = hits & !ask.gone.map_or(0, |gone| gone.word(word));
            if hits != 0 {
                total += hits.count_ones() as usize;
                if total <= ask.effort.counted_max {
                    all.extend(ones(hits).map(|bit| word as u32 * 64 + bit));
                }
                best.take(&by_term, at, word, hits);
            }
        }
        if best.is_certain() {
            return Part { ranked: best.done(), all: None, total, is_enough: false };
        }
    }
    Part {
        ranked: best.done(),
        all: (total <= ask.effort.counted_max).then_some(all),
        total,
        is_enough: false,
    }
}

fn layers<'a>(segment: &Segment, classes: &Classes<'a>) -> Vec<Layer<'a>> {
    classes.iter().map(|(grade, found)| Layer::united(segment, grade, found)).collect()
}

/// Which entries of the block that begins at this word have every term.
fn block_hits(by_term: &mut [Vec<Layer<'_>>], begin: usize) -> [u64; BLOCK] {
    let mut hits = [!0; BLOCK];
    for layers in by_term {
        let mut term = [0; BLOCK];
        for layer in layers {
            layer.go_to(begin);
            term.iter_mut().zip(&layer.block).for_each(|(term, layer)| *term |= layer);
        }
        hits.iter_mut().zip(&term).for_each(|(hits, term)| *hits &= term);
    }
    hits
}

/// The best so far of entries that come in their order.
struct Best {
    want: usize,
    by_rank: BTreeMap<Rank, Vec<u32>>,
    /// Ranks from here on are not needed: there are enough below.
    enough: Rank,
    /// The least a hit can cost is the best grade of each term.
    least: Rank,
    sums: Vec<(Rank, u64)>,
    next: Vec<(Rank, u64)>,
}

impl Best {
    fn new(by_term: &[Vec<Layer<'_>>], want: usize) -> Best {
        Best {
            want,
            by_rank: BTreeMap::new(),
            enough: if want == 0 { 0 } else { Rank::MAX },
            least: by_term.iter().filter_map(|layers| Some(layers.first()?.cost)).sum(),
            sums: Vec::new(),
            next: Vec::new(),
        }
    }

    /// 64 entries, which are this word of the block and of the book, and those of them that are hits.
    fn take(&mut self, by_term: &[Vec<Layer<'_>>], at: usize, word: usize, hits: u64) {
        let Best { sums, next, enough, .. } = self;
        sums.clear();
        sums.push((0, hits));
        for layers in by_term {
            next.clear();
            for (sum, bits) in sums.iter() {
                let mut left = *bits;
                for layer in layers.iter().take_while(|layer| sum + layer.cost < *enough) {
                    let here = left & layer.block[at];
                    left &= !here;
                    if here != 0 {
                        match next.iter_mut().find(|(other, _)| *other == sum + layer.cost) {
                            Some((_, bits)) => *bits |= here,
                            None => next.push((sum + layer.cost, here)),
                        }
                    }
                    if left == 0 {
                        break;
                    }
                }
            }
            std::mem::swap(sums, next);
        }
        for (rank, bits) in sums.iter() {
            let entries = ones(*bits).map(|bit| word as u32 * 64 + bit);
            self.by_rank.entry(*rank).or_default().extend(entries);
        }
        if !self.sums.is_empty() {
            let mut so_far = 0;
            let reached = self.by_rank.iter().find(|(_, entries)| {
                so_far += entries.len();
                so_far >= self.want
            });
            if let Some((rank, _)) = reached {
                self.enough = *rank;
            }
        }
    }

    /// Whatever comes cannot be better.
    fn is_certain(&self) -> bool {
        self.enough <= self.least
    }

    fn done(self) -> Vec<(Rank, u32)> {
        let by_rank = self.by_rank.into_iter();
        by_rank
            .flat_map(|(rank, entries)| entries.into_iter().map(move |entry| (rank, entry)))
            .take(self.want)
            .collect()
    }
}

fn united<'a>(segment: &Segment, found: impl IntoIterator<Item = &'a Found<'a>>) -> Bits {
    let mut bits = segment.nobody();
    found.into_iter().for_each(|found| add(&mut bits, found));
    bits
}

fn add(bits: &mut Bits, found: &Found<'_>) {
    match found {
        Found::List(list) => bits.add(*list),
        Found::Contacts(contacts) => contacts.iter().for_each(|entry| bits.insert(*entry)),
    }
}
