//! The best of several words, best sums of grades first. Whoever has the two rarest words both at a beginning is met grade by grade;
//! then whoever has one at a beginning and the other not, and last whoever has neither so, until nothing that comes can be among the
//! best. What was met at beginnings is still known when the search goes on to what is inside, and to typing errors.
//!
//! Knows no lifts.

use std::cell::OnceCell;

use super::lists::Bits;
use super::numbers::Found;
use super::query::Grade;
use super::run::{Ask, Part, Rank, keep};
use super::segment::{Classes, Segment};
use super::sets::{Set, among, meet};

/// Entries that have two words from which the others are asked for, at first.
const ASKED_MIN: usize = 256;

/// Some who have the two rarest words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// Each in one of the grades of beginnings.
    Starts(Grade, Grade),
    /// The first at a beginning, the second in this grade, which is none.
    Second(Grade),
    /// The other way round.
    First(Grade),
    /// Neither at a beginning.
    Neither,
}

/// What was met so far.
pub(super) struct Pairs {
    /// The places of the terms, the rarest first.
    order: Vec<usize>,
    done: Vec<Step>,
    /// Those who have all terms.
    ranked: Vec<(Rank, u32)>,
    /// Those who have the first two, and what these cost.
    waiting: Vec<(u32, Rank)>,
    asked_min: usize,
    /// Everybody who was met, and who is gone.
    taken: Bits,
    /// Some were left out, since others are better.
    is_cut: bool,
}

impl Pairs {
    /// Nobody yet. Of two terms at least.
    pub(super) fn new(segment: &Segment, terms: &[Classes<'_>], ask: &Ask<'_>) -> Pairs {
        let mut order: Vec<usize> = (0..terms.len()).collect();
        order.sort_by_key(|at| terms[*at].count());
        Pairs {
            order,
            done: Vec::new(),
            ranked: Vec::new(),
            waiting: Vec::new(),
            asked_min: ASKED_MIN,
            taken: ask.gone.cloned().unwrap_or_else(|| segment.nobody()),
            is_cut: false,
        }
    }

    /// The best that have every term as far as that was looked for.
    pub(super) fn best(&mut self, terms: &[Classes<'_>], ask: &Ask<'_>) -> Part {
        let by_count: Vec<&Classes<'_>> = self.order.iter().map(|at| &terms[*at]).collect();
        let [one, two, others @ ..] = by_count.as_slice() else { return Part::default() };
        let mut steps = steps(one, two);
        steps.retain(|(_, step)| *step == Step::Neither || !self.done.contains(step));
        let least: Rank = others.iter().filter_map(|classes| Some(classes.iter().next()?.0.cost())).sum();
        let mut steps = steps.chunk_by(|a, b| a.0 == b.0).peekable();
        let mut elsewhere = Elsewhere::of(one, two);
        let mut is_certain = false;
        while let Some(same) = steps.next_if(|_| !is_certain) {
            for (_, step) in same {
                self.take(*step, (one, two), &mut elsewhere, others.is_empty().then_some(ask.want));
                self.done.push(*step);
            }
            let next = steps.peek().map(|same| same[0].0 + least);
            self.ask_for(others, next.is_none());
            let is_better = |(rank, _): &&(Rank, u32)| next.is_none_or(|next| *rank < next);
            is_certain = self.ranked.iter().filter(is_better).count() >= ask.want;
        }
        self.ask_for(others, steps.peek().is_none());
        let total = self.ranked.len();
        let is_all = !self.is_cut && steps.peek().is_none() && total <= ask.effort.counted_max;
        let all = is_all.then(|| {
            let mut all: Vec<u32> = self.ranked.iter().map(|(_, entry)| *entry).collect();
            all.sort_unstable();
            all
        });
        let mut ranked = self.ranked.clone();
        if ask.want < ranked.len() {
            ranked.select_nth_unstable(ask.want);
            ranked.truncate(ask.want);
        }
        ranked.sort_unstable();
        Part { ranked, all, total, is_enough: false }
    }

    /// Meets who is new. `want`: of equals so many are enough, the first in the alphabet.
    fn take<'a>(
        &mut self,
        step: Step,
        (one, two): (&'a Classes<'a>, &'a Classes<'a>),
        elsewhere: &mut Elsewhere<'a>,
        want: Option<usize>,
    ) {
        let new = match step {
            Step::Starts(first, second) => {
                let most = want.unwrap_or(usize::MAX);
                let both = both_in((one, first), (two, second), &self.taken, most);
                self.is_cut |= both.len() == most;
                let rank = first.cost() + second.cost();
                both.into_iter().map(|entry| (entry, rank)).collect()
            }
            Step::Second(grade) => self.across(one, two, grade, elsewhere),
            Step::First(grade) => self.across(two, one, grade, elsewhere),
            Step::Neither => self.neither(elsewhere),
        };
        new.iter().for_each(|(entry, _)| self.taken.insert(*entry));
        self.waiting.extend(new);
    }

    /// Who has one term at a beginning and the other in this grade.
    fn across(
        &self,
        starts: &Classes<'_>,
        other: &Classes<'_>,
        grade: Grade,
        elsewhere: &mut Elsewhere<'_>,
    ) -> Vec<(u32, Rank)> {
        // Where typing errors are looked for, hardly anybody is found before: long lists are read once for all who have the rarer term.
        let is_once = grade.is_near()
            && std::ptr::eq(starts, elsewhere.fewer)
            && other.count_in(grade) > elsewhere.count;
        let have = if is_once { elsewhere.everybody() } else { starts.starts() };
        let mut both = self.met(have, other.of(grade));
        both.sort_unstable();
        both.dedup();
        if is_once {
            elsewhere.read.push(grade);
            let (at_start, others): (Vec<u32>, Vec<u32>) =
                both.into_iter().partition(|entry| starts.starts().contains(*entry));
            both = at_start;
            elsewhere.met.extend(others.into_iter().map(|entry| (entry, grade.cost())));
        }
        let rank = |entry: u32| Some((entry, starts.start_of(entry)?.cost() + grade.cost()));
        both.into_iter().filter_map(rank).collect()
    }

    /// Who has both terms, and neither at a beginning. Comes last.
    fn neither(&self, elsewhere: &mut Elsewhere<'_>) -> Vec<(u32, Rank)> {
        let mut both = std::mem::take(&mut elsewhere.met);
        both.retain(|(entry, _)| !self.taken.contains(*entry));
        for (grade, found) in elsewhere.other.elsewhere() {
            if !elsewhere.read.contains(&grade) {
                let met = self.met(elsewhere.everybody(), found);
                both.extend(met.into_iter().map(|entry| (entry, grade.cost())));
            }
        }
        both.sort_unstable();
        // The best grade of an entry comes first.
        both.dedup_by_key(|(entry, _)| *entry);
        let (mut entries, mut ranks): (Vec<u32>, Vec<Rank>) = both.into_iter().unzip();
        keep(&mut entries, &mut ranks, elsewhere.fewer.elsewhere());
        entries.into_iter().zip(ranks).collect()
    }

    /// Who of a set is in these lists and not taken; in no order, and some more than once.
    fn met(&self, have: &Set, found: &[Found<'_>]) -> Vec<u32> {
        let mut met = Vec::new();
        meet(have, found, |entry| {
            if !self.taken.contains(entry) {
                met.push(entry);
            }
        });
        met
    }

    /// Asks for the other terms of those who wait, where they are many or the last.
    fn ask_for(&mut self, others: &[&Classes<'_>], is_last: bool) {
        if self.waiting.len() >= self.asked_min || others.is_empty() || is_last {
            self.waiting.sort_unstable();
            let (mut entries, mut ranks): (Vec<u32>, Vec<Rank>) = self.waiting.drain(..).unzip();
            others.iter().for_each(|classes| keep(&mut entries, &mut ranks, classes.iter()));
            self.ranked.extend(ranks.into_iter().zip(entries));
            // Each time twice as many, so that the lists of the others are read a few times only.
            self.asked_min *= 2;
        }
    }
}

/// Who has neither of two terms at a beginning, as far as they were met on the way.
struct Elsewhere<'a> {
    /// The term that fewer have so, and how many.
    fewer: &'a Classes<'a>,
    count: usize,
    other: &'a Classes<'a>,
    /// Everybody who has the rarer one, at a beginning or not.
    everybody: OnceCell<Set>,
    met: Vec<(u32, Rank)>,
    /// Grades of the other whose lists were read for these.
    read: Vec<Grade>,
}

impl<'a> Elsewhere<'a> {
    fn of(one: &'a Classes<'a>, two: &'a Classes<'a>) -> Elsewhere<'a> {
        let count = |classes: &Classes<'_>| {
            classes.elsewhere().map(|(grade, _)| classes.count_in(grade)).sum::<usize>()
        };
        let (fewer, other) = if count(one) <= count(two) { (one, two) } else { (two, one) };
        let (everybody, met, read) = (OnceCell::new(), Vec::new(), Vec::new());
        Elsewhere { fewer, count: count(fewer), other, everybody, met, read }
    }

    fn everybody(&self) -> &Set {
        self.everybody.get_or_init(|| self.fewer.united())
    }
}

/// All steps with the least that they can cost, the least first.
fn steps(one: &Classes<'_>, two: &Classes<'_>) -> Vec<(Rank, Step)> {
    let starts = |classes: &Classes<'_>| -> Vec<Grade> {
        classes.iter().map(|(grade, _)| grade).filter(|grade| grade.is_start()).collect()
    };
    let others =
        |classes: &Classes<'_>| -> Vec<Grade> { classes.elsewhere().map(|(grade, _)| grade).collect() };
    let (starts_one, starts_two, others_one, others_two) =
        (starts(one), starts(two), others(one), others(two));
    let mut steps = Vec::new();
    for first in &starts_one {
        steps.extend(
            starts_two.iter().map(|second| (first.cost() + second.cost(), Step::Starts(*first, *second))),
        );
    }
    if let Some(first) = starts_one.first() {
        steps.extend(others_two.iter().map(|second| (first.cost() + second.cost(), Step::Second(*second))));
    }
    if let Some(second) = starts_two.first() {
        steps.extend(others_one.iter().map(|first| (first.cost() + second.cost(), Step::First(*first))));
    }
    if let (Some(first), Some(second)) = (others_one.first(), others_two.first()) {
        steps.push((first.cost() + second.cost(), Step::Neither));
    }
    steps.sort_unstable();
    steps
}

/// Who has both terms in these grades and is not taken, ascending, at most so many.
fn both_in(
    (one, first): (&Classes<'_>, Grade),
    (two, second): (&Classes<'_>, Grade),
    taken: &Bits,
    most: usize,
) -> Vec<u32> {
    let rarer_first = one.count_in(first) <= two.count_in(second);
    let ((one, first), (two, second)) =
        if rarer_first { ((one, first), (two, second)) } else { ((two, second), (one, first)) };
    let rarer = one.set(first);
    if let Set::Few(few) = rarer
        && two.known(second).is_none()
        && let Some(both) = among(few, two.of(second))
    {
        return both.common(rarer, taken, most);
    }
    rarer.common(two.set(second), taken, most)
}
