//! Who is lifted in the searches of one attendant: looked up once, when that changes, and not at each key stroke. Those who are
//! lifted are an index of their own, so that it costs next to nothing to know which of them a query finds.

use std::collections::{HashMap, HashSet};

use contracts::book::Contact;

use super::segment::{Builder, Segment};
use super::{Hits, Index, Lift, Place, Query, Window};

/// Contacts that can be lifted at once; of a longer list of favourites the rest is found, but not lifted.
const LIFTED_MAX: usize = 1000;

const FAVOURITE: f32 = 16.0;
const CALLER_TARGET: f32 = 24.0;
const MINE: f32 = 8.0;

/// What lifts a contact above others that fit as well. Contacts by their ids, weights from 0 to 1.
#[derive(Clone, Debug, Default)]
pub struct Signals {
    /// Of this attendant.
    pub favourites: HashSet<u64>,
    /// To whom this caller was put through before.
    pub caller_targets: HashMap<u64, f32>,
    /// To whom this attendant puts callers through.
    pub mine: HashMap<u64, f32>,
}

impl Signals {
    /// Contacts that are lifted, and by how much, those most first.
    fn lifts(&self) -> Vec<(u64, f32)> {
        let weighed = |weights: &HashMap<u64, f32>, most: f32| -> Vec<(u64, f32)> {
            weights.iter().map(|(id, weight)| (*id, weight.clamp(0.0, 1.0) * most)).collect()
        };
        let mut by_id: HashMap<u64, f32> = HashMap::new();
        let targets = weighed(&self.caller_targets, CALLER_TARGET);
        let favourites = self.favourites.iter().map(|id| (*id, FAVOURITE));
        for (id, lift) in targets.into_iter().chain(favourites).chain(weighed(&self.mine, MINE)) {
            *by_id.entry(id).or_default() += lift;
        }
        let mut strongest: Vec<(u64, f32)> = by_id.into_iter().collect();
        strongest.sort_by(|(a, left), (b, right)| right.total_cmp(left).then(a.cmp(b)));
        strongest.truncate(LIFTED_MAX);
        strongest
    }
}

/// An index, and who is lifted in it.
#[derive(Clone, Debug)]
pub struct Lifted {
    index: Index,
    pub(super) lifts: std::sync::Arc<Lifts>,
}

/// Who is lifted.
#[derive(Debug)]
pub(super) struct Lifts {
    /// Their contacts.
    pub(super) segment: Segment,
    /// Where each of its entries stands in the index; `None`: it is no longer there.
    pub(super) places: Vec<Option<Place>>,
    by_place: HashMap<Place, f32>,
}

impl Index {
    /// All contacts of those who are lifted, for [`Index::lifted`].
    pub fn to_be_lifted(&self, signals: &Signals) -> Vec<u64> {
        let mut ids: Vec<u64> = signals.lifts().iter().flat_map(|(id, _)| self.person(*id)).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// This index with who is lifted in it; their contacts, which are those of [`Index::to_be_lifted`], as the index has them.
    pub fn lifted<'a>(&self, signals: &Signals, contacts: impl IntoIterator<Item = &'a Contact>) -> Lifted {
        let mut builder = Builder::new();
        contacts.into_iter().for_each(|contact| builder.add(contact));
        let segment = builder.finish();
        let entries = 0..segment.len() as u32;
        let place = |entry: u32| self.place(*segment.members(entry).first()?);
        let places = entries.map(place).collect();
        let mut by_place: HashMap<Place, f32> = HashMap::new();
        for (id, lift) in signals.lifts() {
            if let Some(place) = self.place(id) {
                let most = by_place.entry(place).or_default();
                *most = most.max(lift);
            }
        }
        Lifted { index: self.clone(), lifts: Lifts { segment, places, by_place }.into() }
    }
}

impl Lifted {
    /// The contacts that match every word of the query, best first; all of them for an empty query. `presence`: whether somebody can
    /// take a call now; asked only of the best.
    pub fn search(&self, query: &Query, window: Window, presence: &dyn Fn(u64) -> Option<Lift>) -> Hits {
        self.index.find_best(query, window, Some(&self.lifts), presence)
    }

    /// Whether nothing changed in this index since.
    pub fn is_of(&self, index: &Index) -> bool {
        self.index.is_same(index)
    }
}

impl Lifts {
    pub(super) fn lift(&self, place: Place) -> f32 {
        self.by_place.get(&place).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use contracts::book::{Contact, Endpoint, EndpointKind};

    use super::super::run::Effort;
    use super::{Index, Query, Signals, Window};

    #[test]
    fn whoever_is_lifted_counts_with_her_best_reading_though_others_are_before_her_there() {
        let contact = |id, name: &str, address: &str| {
            let endpoints = vec![Endpoint { kind: EndpointKind::Work, address: address.into() }];
            Contact { id, display_name: name.into(), endpoints, ..Contact::default() }
        };
        // Two words find Zoe only; one number finds Anna before her.
        let contacts = [contact(1, "Zoe", "03111113"), contact(2, "Anna", "+413111111")];
        let effort = Effort { few: 0, looked_up_max: 0, counted_max: 1000, looked_at_min: 0 };
        let index = Index { effort, ..Index::new(&contacts) };
        let signals = Signals { caller_targets: HashMap::from([(1, 0.5)]), ..Signals::default() };
        let window = Window { offset: 0, limit: 1 };
        let hits =
            index.lifted(&signals, &contacts[..1]).search(&Query::parse("0 3"), window, &|_| None).hits;
        assert_eq!(hits[0].ids, [1]);
    }
}
