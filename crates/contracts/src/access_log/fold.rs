//! What comes with every key stroke, counted: one entry a minute instead of one a letter. Pure; the door asks it and writes what it
//! gives. Nothing that was refused, or is privileged, belongs here: each of those is an entry of its own.

use std::collections::BTreeMap;

use engine::Timestamp;

use super::{Actor, Entry, Kind, ObjectRef, Outcome, Word};
use crate::ids::UnitId;

/// Entries that are being counted at a time: 250 people with four kinds of reading each. All of them fit into one append.
pub const FOLDED_MAX: usize = 1_000;
const _: () = assert!(FOLDED_MAX <= super::BATCH_MAX);
const MINUTE_MS: i64 = 60_000;

/// Two entries that differ in nothing but the time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Like {
    minute: i64,
    actor: Actor,
    kind: Kind,
    action: Word,
    object: Option<ObjectRef>,
    unit: Option<UnitId>,
    privileged: bool,
    outcome: Outcome,
}

/// Entries of the minutes that are not over.
#[derive(Debug, Default)]
pub struct Fold {
    counted: BTreeMap<Like, Entry>,
}

impl Fold {
    /// Nothing counted yet.
    pub fn new() -> Fold {
        Fold::default()
    }

    /// Counts an entry to those like it in its minute. Gives it back where [`FOLDED_MAX`] others are being counted: it is to be
    /// written at once.
    pub fn count(&mut self, entry: Entry) -> Option<Entry> {
        let like = Like::of(&entry);
        if let Some(counted) = self.counted.get_mut(&like) {
            counted.times = counted.times.saturating_add(entry.times.get());
            counted.at = counted.at.min(entry.at);
            return None;
        }
        if self.counted.len() >= FOLDED_MAX {
            return Some(entry);
        }
        self.counted.insert(like, entry);
        None
    }

    /// Those of minutes that are over, oldest first; they are not counted on. Minutes that are yet to come, where a clock was set
    /// back, are over too.
    pub fn take_over(&mut self, now: Timestamp) -> Vec<Entry> {
        let this_minute = minute(now);
        self.take(|like| like.minute != this_minute)
    }

    /// All of them, oldest first: at the end of the program.
    pub fn take_all(&mut self) -> Vec<Entry> {
        self.take(|_| true)
    }

    fn take(&mut self, is_over: impl Fn(&Like) -> bool) -> Vec<Entry> {
        let mut taken: Vec<Entry> =
            self.counted.extract_if(.., |like, _| is_over(like)).map(|(_, entry)| entry).collect();
        taken.sort_by_key(|entry| entry.at);
        taken
    }
}

impl Like {
    fn of(entry: &Entry) -> Like {
        let Entry { at, actor, kind, action, object, unit, privileged, outcome, times: _ } = entry.clone();
        Like { minute: minute(at), actor, kind, action, object, unit, privileged, outcome }
    }
}

fn minute(at: Timestamp) -> i64 {
    at.0.div_euclid(MINUTE_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::PersonId;

    fn search(at_ms: i64, person: u64) -> Entry {
        let actor = Actor::Person(PersonId(person));
        let action = Word::of("see-people");
        Entry::once(Timestamp(at_ms), actor, Kind::Access, action, Outcome::Allowed)
    }

    fn times(entries: &[Entry]) -> Vec<(i64, u32)> {
        entries.iter().map(|entry| (entry.at.0, entry.times.get())).collect()
    }

    #[test]
    fn letters_of_one_minute_are_one_entry_with_its_first_time() {
        let mut fold = Fold::new();
        for at in [60_500, 61_000, 119_999, 120_000] {
            assert_eq!(fold.count(search(at, 1)), None);
        }
        assert_eq!(times(&fold.take_over(Timestamp(119_999))), [(120_000, 1)], "of the minute to come");
        assert_eq!(times(&fold.take_over(Timestamp(120_000))), [(60_500, 3)]);
        assert_eq!(fold.take_all(), []);
    }

    #[test]
    fn whatever_differs_is_an_entry_of_its_own() {
        let like = search(0, 1);
        let forbidden = Outcome::Refused(Word::of("request.forbidden"));
        let others = [
            search(0, 2),
            Entry { kind: Kind::Administration, ..like.clone() },
            Entry { action: Word::of("see-calls"), ..like.clone() },
            like.clone().on(ObjectRef::numbered(Word::of("service"), 1)),
            Entry { unit: Some(UnitId(1)), ..like.clone() },
            like.clone().privileged(),
            Entry { outcome: forbidden, ..like.clone() },
        ];
        let mut fold = Fold::new();
        for entry in others.iter().chain([&like]) {
            assert_eq!(fold.count(entry.clone()), None);
        }
        let taken = fold.take_all();
        assert_eq!(taken.len(), others.len() + 1);
        assert!(taken.iter().all(|entry| entry.times.get() == 1));
    }

    #[test]
    fn what_finds_no_room_is_given_back() {
        let mut fold = Fold::new();
        for person in 0..FOLDED_MAX as u64 {
            assert_eq!(fold.count(search(0, person)), None);
        }
        let one_more = search(0, FOLDED_MAX as u64);
        assert_eq!(fold.count(one_more.clone()), Some(one_more));
        assert_eq!(fold.count(search(1, 7)), None, "one that is being counted still is");
        assert_eq!(fold.take_over(Timestamp(60_000)).len(), FOLDED_MAX);
    }
}
