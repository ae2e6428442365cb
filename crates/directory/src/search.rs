//! Search on every key stroke (DIR-2): several words in any order, each found at the beginning of a word or, from three
//! letters on, inside one; accents and umlauts folded; telephone numbers by fragments from either end; words of one field only
//! (`city:zür`); and where nearly nothing is found, typing errors forgiven. What fits better comes first, lifted by who is a
//! favourite or was a transfer target before; equals are alphabetical.
//!
//! Made for a million contacts: the index does not hold them, it gives their ids. Most of it is a [`Segment`] that never
//! changes; what changed since is a small one beside it, and a list of who is gone.

mod fields;
mod image;
mod lexicon;
mod lifted;
mod lists;
mod marks;
mod names;
mod near;
mod numbers;
mod pairs;
mod places;
mod query;
mod run;
mod segment;
mod sets;
mod words;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use contracts::Address;
use contracts::book::Contact;

pub(crate) use fields::number_of;
pub use lifted::{Lifted, Signals};
pub use marks::{FieldMark, MarkedField, Marks, Ranges};
pub use query::Query;

use crate::fold;
use image::{Reader, Writer};
use lifted::Lifts;
use lists::Bits;
use run::{Ask, Effort, Part, Rank, Reading};
use segment::{Builder, Reach, Segment};

/// Typing errors are forgiven where less than this many are found without.
const FORGIVE_BELOW: usize = 5;
/// Contacts that can have changed before an index is built anew: some 50 ms at each change.
pub const CHANGED_MAX: usize = 10_000;
/// Contacts that are given as possible holders of an address: a shared number has many, and some are as good as all.
const HOLDERS_MAX: usize = 256;

/// What a grade is worth in lifts. An attendant knows her favourites by heart and does not want a stranger before them because
/// he is called Bergita; but whoever types a whole extension means exactly that one.
const GRADE: i32 = 8;
/// Before everything that is lifted as high as it can be.
const WHOLE: i32 = -100;
const LIFT_PRESENCE: f32 = 3.0;
/// All lifts together, at most: five grades, so that what is only inside a word, or nearly right, stays behind what begins so.
const LIFT_MAX: f32 = 40.0;

/// Which part of the hits to return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Hits to skip.
    pub offset: usize,
    /// Hits to return, at most.
    pub limit: usize,
}

/// What presence does to the order of equals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lift {
    /// She can be reached.
    Up,
    /// She cannot.
    Down,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// All hits, also those outside the window.
    pub total: usize,
    /// There are more than `total`.
    pub more: bool,
    /// Some were found only because typing errors were forgiven.
    pub forgiven: bool,
    /// The window, best first.
    pub hits: Vec<Hit>,
}

/// One person or company that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Her contacts over all sources, the best first; never empty.
    pub ids: Vec<u64>,
}

/// Takes contacts one by one and becomes an index.
pub struct IndexBuilder(Builder);

impl IndexBuilder {
    /// Of nobody yet.
    #[expect(clippy::new_without_default, reason = "an index has a default, the way to it does not")]
    pub fn new() -> IndexBuilder {
        IndexBuilder(Builder::new())
    }

    /// Adds a contact that has an id.
    pub fn add(&mut self, contact: &Contact) {
        self.0.add(contact);
    }

    /// The index. Takes seconds for a million.
    pub fn finish(self) -> Index {
        Index::of(self.0.finish())
    }
}

/// Contacts, ready to be searched. Some 149 bytes for each.
#[derive(Clone, Debug)]
pub struct Index {
    main: Arc<Segment>,
    /// Entries of `main` that changed or are no longer there.
    gone: Option<Arc<Bits>>,
    fresh: Option<Arc<Fresh>>,
    effort: Effort,
}

/// What changed since `main` was built.
#[derive(Debug)]
struct Fresh {
    segment: Segment,
    contacts: Vec<Contact>,
    /// For each entry, how many of `main` come before it in the alphabet.
    places: Vec<u32>,
}

impl Default for Index {
    fn default() -> Index {
        IndexBuilder::new().finish()
    }
}

impl Index {
    fn of(main: Segment) -> Index {
        Index { main: Arc::new(main), gone: None, fresh: None, effort: Effort::USUAL }
    }

    /// Indexes these contacts.
    pub fn new<'a>(contacts: impl IntoIterator<Item = &'a Contact>) -> Index {
        let mut builder = IndexBuilder::new();
        contacts.into_iter().for_each(|contact| builder.add(contact));
        builder.finish()
    }

    /// The index as bytes, to be ready sooner the next time; without what changed since it was built.
    pub fn image(&self) -> Vec<u8> {
        let mut image = Writer::new(self.main.memory());
        self.main.write(&mut image);
        image.done()
    }

    /// From bytes; `None` where they are none of this version.
    pub fn from_image(image: &[u8]) -> Option<Index> {
        let mut image = Reader::new(image)?;
        let main = Segment::read(&mut image)?;
        image.ended()?;
        Some(Index::of(main))
    }

    /// Contacts.
    pub fn len(&self) -> usize {
        let gone = self.gone.iter().flat_map(|gone| gone.iter()).map(|entry| self.main.members(entry).len());
        let fresh = self.fresh.as_ref().map_or(0, |fresh| fresh.contacts.len());
        self.main.contacts() - gone.sum::<usize>() + fresh
    }

    /// Nobody is in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes it takes in memory.
    pub fn memory(&self) -> usize {
        let contacts = |fresh: &Arc<Fresh>| fresh.contacts.len() * size_of::<Contact>();
        self.main.memory() + self.fresh.as_ref().map_or(0, |fresh| fresh.segment.memory() + contacts(fresh))
    }

    /// All contacts of the person whose contact this is, the best first; empty where nobody is.
    pub fn person(&self, id: u64) -> Vec<u64> {
        let fresh =
            self.fresh.iter().find_map(|fresh| Some(fresh.segment.members(fresh.segment.entry_of(id)?)));
        let main = || {
            self.main.entry_of(id).filter(|entry| self.is_here(*entry)).map(|entry| self.main.members(entry))
        };
        fresh.or_else(main).unwrap_or_default().to_vec()
    }

    /// Contacts that may have this address, for [`crate::who_is::decide`]: those whose number ends alike, or who have all its
    /// words. Some of them, where very many share it.
    pub fn holders(&self, address: &Address) -> Vec<u64> {
        self.of_both(|segment| segment.with_address(address, HOLDERS_MAX))
    }

    /// Contacts with a number that begins with these digits, country code first; some of them, where there are very many.
    pub fn numbers_starting(&self, digits: &str) -> Vec<u64> {
        self.of_both(|segment| segment.with_beginning(digits, HOLDERS_MAX))
    }

    /// The contacts that match every word of the query, best first; all of them for an empty query. Nobody is lifted.
    pub fn search(&self, query: &Query, window: Window) -> Hits {
        self.find_best(query, window, None, &|_| None)
    }

    fn find_best(
        &self,
        query: &Query,
        window: Window,
        lifts: Option<&Lifts>,
        presence: &dyn Fn(u64) -> Option<Lift>,
    ) -> Hits {
        let enough = window.offset.saturating_add(window.limit);
        let mut found = self.find(query, enough);
        if let Some(lifts) = lifts {
            let mut lifted: HashMap<Place, Rank> =
                self.find_lifted(query, found.is_near, lifts).into_iter().collect();
            // Whoever is among the best of one reading may be better in another, and not among the best there.
            for (place, rank) in &mut found.ranked {
                *rank = lifted.remove(place).map_or(*rank, |lifted| lifted.min(*rank));
            }
            found.ranked.extend(lifted);
        }
        let score = |(place, rank)| {
            let lift = lifts.map_or(0.0, |lifts| lifts.lift(place));
            (self.score(place, rank, lift, presence), place)
        };
        let mut scored: Vec<(i32, Place)> = found.ranked.into_iter().map(score).collect();
        scored.sort_unstable();
        let hits = scored
            .into_iter()
            .skip(window.offset)
            .take(window.limit)
            .map(|(_, place)| Hit { ids: self.members(place).to_vec() });
        Hits { hits: hits.collect(), total: found.total, more: found.more, forgiven: found.is_forgiven }
    }

    /// Contacts that must be given again together with these changes, because they are, or may become, one person with one of
    /// them.
    pub fn companions(&self, changed: &[Contact], removed: &[u64]) -> Vec<u64> {
        let ids: HashSet<u64> =
            changed.iter().map(|contact| contact.id).chain(removed.iter().copied()).collect();
        let mut entries: BTreeSet<u32> = ids.iter().filter_map(|id| self.main.entry_of(*id)).collect();
        for contact in changed {
            if !contact.email.is_empty() {
                entries.extend(self.main.with_words(&contact.email, HOLDERS_MAX));
            }
            let addresses =
                contact.endpoints.iter().filter_map(|endpoint| Address::parse(&endpoint.address).ok());
            entries.extend(addresses.flat_map(|address| self.main.with_address(&address, HOLDERS_MAX)));
        }
        let here = entries.into_iter().filter(|entry| self.is_here(*entry));
        here.flat_map(|entry| self.main.members(entry)).copied().filter(|id| !ids.contains(id)).collect()
    }

    /// This index with some contacts changed or added, [`Index::companions`] among them, and others removed. `None` where so much
    /// changed that it is to be built anew.
    pub fn with_changes(&self, changed: Vec<Contact>, removed: &[u64]) -> Option<Index> {
        let ids: HashSet<u64> =
            changed.iter().map(|contact| contact.id).chain(removed.iter().copied()).collect();
        let kept =
            self.fresh.iter().flat_map(|fresh| &fresh.contacts).filter(|contact| !ids.contains(&contact.id));
        let contacts: Vec<Contact> = kept.cloned().chain(changed).collect();
        let mut gone = self.gone.as_deref().cloned().unwrap_or_else(|| self.main.nobody());
        ids.iter().filter_map(|id| self.main.entry_of(*id)).for_each(|entry| gone.insert(entry));
        if contacts.len() > CHANGED_MAX || gone.count() > CHANGED_MAX {
            return None;
        }
        let mut builder = Builder::new();
        contacts.iter().for_each(|contact| builder.add(contact));
        let segment = builder.finish();
        let names: HashMap<u64, &str> =
            contacts.iter().map(|contact| (contact.id, contact.display_name.as_str())).collect();
        let place = |entry: u32| {
            let name =
                segment.members(entry).first().and_then(|id| names.get(id)).copied().unwrap_or_default();
            self.main.place_of(&fold::sort_key(name))
        };
        let places = (0..segment.len() as u32).map(place).collect();
        Some(Index {
            main: self.main.clone(),
            gone: Some(Arc::new(gone)),
            fresh: Some(Arc::new(Fresh { segment, contacts, places })),
            effort: self.effort,
        })
    }

    fn is_here(&self, entry: u32) -> bool {
        self.gone.as_ref().is_none_or(|gone| !gone.contains(entry))
    }

    fn of_both(&self, find: impl Fn(&Segment) -> Vec<u32>) -> Vec<u64> {
        let main = find(&self.main).into_iter().filter(|entry| self.is_here(*entry));
        let mut ids: Vec<u64> = main.flat_map(|entry| self.main.members(entry)).copied().collect();
        if let Some(fresh) = &self.fresh {
            let entries = find(&fresh.segment);
            ids.extend(entries.into_iter().flat_map(|entry| fresh.segment.members(entry)));
        }
        ids
    }

    fn members(&self, place: Place) -> &[u64] {
        match (place.fresh, &self.fresh) {
            (Some(entry), Some(fresh)) => fresh.segment.members(entry),
            (Some(_), None) => &[],
            (None, _) => self.main.members(place.main),
        }
    }

    /// Where a contact stands; `None`: it is not there.
    fn place(&self, id: u64) -> Option<Place> {
        if let Some(fresh) = &self.fresh
            && let Some(entry) = fresh.segment.entry_of(id)
        {
            return Some(Place::fresh(entry, &fresh.places));
        }
        self.main.entry_of(id).filter(|entry| self.is_here(*entry)).map(Place::main)
    }

    /// Whether nothing changed from one to the other.
    fn is_same(&self, other: &Index) -> bool {
        let fresh = match (&self.fresh, &other.fresh) {
            (Some(fresh), Some(other)) => Arc::ptr_eq(fresh, other),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        fresh && Arc::ptr_eq(&self.main, &other.main)
    }

    /// Less is better. A whole number stays before everything else.
    fn score(&self, place: Place, rank: Rank, lift: f32, presence: &dyn Fn(u64) -> Option<Lift>) -> i32 {
        let presence = match self.members(place).first().and_then(|id| presence(*id)) {
            Some(Lift::Up) => LIFT_PRESENCE,
            Some(Lift::Down) => -LIFT_PRESENCE,
            None => 0.0,
        };
        let lift = (lift + presence).min(LIFT_MAX).round() as i32;
        if rank == 0 { WHOLE - lift } else { i32::from(rank) * GRADE - lift }
    }

    /// The best of both segments, at least so many where there are; typing errors forgiven where hardly anything is found.
    fn find(&self, query: &Query, enough: usize) -> Found {
        let mut main = readings(&self.main, query);
        let mut fresh = self.fresh.as_ref().map(|fresh| (readings(&fresh.segment, query), &fresh.places));
        let ask = Ask {
            want: enough.max(self.effort.looked_at_min),
            enough,
            gone: self.gone.as_deref(),
            effort: self.effort,
        };
        let mut look = |run: &dyn Fn(&mut Reading<'_>, &Ask<'_>) -> Part| {
            let mut found = of_all(&mut main, |reading| run(reading, &ask), Place::main);
            if let Some((readings, places)) = &mut fresh {
                let ask = Ask { gone: None, ..ask };
                let place = |entry| Place::fresh(entry, places);
                found.extend(of_all(readings, |reading| run(reading, &ask), place));
            }
            found
        };
        let found = look(&|reading, ask| reading.run(ask));
        let forgives = || query.readings.iter().flatten().any(|term| !term.near().is_empty());
        if found.total >= FORGIVE_BELOW || found.is_enough || !forgives() {
            return found;
        }
        let near = look(&|reading, ask| reading.reach(Reach::Near, ask));
        Found { is_forgiven: near.total > found.total, is_near: true, ..near }
    }

    /// Which of those who are lifted a query finds.
    fn find_lifted(&self, query: &Query, near: bool, lifts: &Lifts) -> Vec<(Place, Rank)> {
        let reach = if near { Reach::Near } else { Reach::Inside };
        let ask = Ask { want: usize::MAX, enough: usize::MAX, gone: None, effort: self.effort };
        let mut readings = readings(&lifts.segment, query);
        let found = of_all(&mut readings, |reading| reading.reach(reach, &ask), |entry| entry);
        let place = |(entry, rank): (u32, Rank)| Some((lifts.places.get(entry as usize).copied()??, rank));
        found.ranked.into_iter().filter_map(place).collect()
    }
}

/// Where an entry stands in the alphabet of both segments; the order is that of the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Place {
    /// The entry of `main`, or that behind it.
    main: u32,
    /// After all that is new and stands before it.
    is_main: bool,
    fresh: Option<u32>,
}

impl Place {
    fn main(entry: u32) -> Place {
        Place { main: entry, is_main: true, fresh: None }
    }

    fn fresh(entry: u32, places: &[u32]) -> Place {
        let main = places.get(entry as usize).copied().unwrap_or(u32::MAX);
        Place { main, is_main: false, fresh: Some(entry) }
    }
}

/// What a query finds, by where it stands.
struct Found<P = Place> {
    ranked: Vec<(P, Rank)>,
    total: usize,
    more: bool,
    /// As [`Part::is_enough`].
    is_enough: bool,
    /// Typing errors were looked for.
    is_near: bool,
    /// And some were found.
    is_forgiven: bool,
}

impl Found {
    fn extend(&mut self, other: Found) {
        self.ranked.extend(other.ranked);
        self.total += other.total;
        self.more |= other.more;
        self.is_enough |= other.is_enough;
    }
}

fn readings<'a>(segment: &'a Segment, query: &'a Query) -> Vec<Reading<'a>> {
    query.readings.iter().map(|terms| Reading::new(segment, terms)).collect()
}

/// All readings of a query in one segment: an entry counts with its best.
fn of_all<P>(
    readings: &mut [Reading<'_>],
    run: impl Fn(&mut Reading<'_>) -> Part,
    place: impl Fn(u32) -> P,
) -> Found<P> {
    let several = readings.len() > 1;
    let mut parts = readings.iter_mut().map(run);
    let Part { mut ranked, mut all, mut total, mut is_enough } = parts.next().unwrap_or_default();
    for part in parts {
        total = total.max(part.total);
        all = all.zip(part.all).map(|(all, other)| all.into_iter().chain(other).collect());
        is_enough |= part.is_enough;
        ranked.extend(part.ranked);
    }
    if several {
        let mut ranks: HashMap<u32, Rank> = HashMap::new();
        for (rank, entry) in ranked.drain(..) {
            ranks.entry(entry).and_modify(|best| *best = rank.min(*best)).or_insert(rank);
        }
        ranked.extend(ranks.into_iter().map(|(entry, rank)| (rank, entry)));
    }
    if let Some(all) = &mut all {
        all.sort_unstable();
        all.dedup();
        total = all.len();
    }
    Found {
        ranked: ranked.into_iter().map(|(rank, entry)| (place(entry), rank)).collect(),
        total,
        more: all.is_none(),
        is_enough,
        is_near: false,
        is_forgiven: false,
    }
}

#[cfg(test)]
mod tests;
