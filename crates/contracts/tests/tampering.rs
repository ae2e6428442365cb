//! Whatever is done to a log behind its back is found and named (ID-7): random logs, random tampering, by someone who can write the
//! database and does not reach the anchor. The same on the real tables is in the store's tests.

use std::num::NonZeroU32;

use async_trait::async_trait;
use contracts::access_log::{
    AccessLog, Actor, Anchor, Entry, Fault, Head, IdText, Kind, Link, ObjectRef, Outcome, Purge, Purged,
    Receipt, Stranger, SubjectNames, Verdict, Word, ZERO_HASH, chained, verify,
};
use contracts::ids::{PersonId, UnitId};
use contracts::journal::StoreError;
use engine::Timestamp;
use proptest::prelude::*;
use tokio::sync::watch;

/// Rows as somebody left them.
struct Rows(Vec<Link>);

#[async_trait]
impl AccessLog for Rows {
    async fn append_all(&self, _: Vec<Entry>) -> Result<Receipt, StoreError> {
        Err(StoreError::Unavailable("these rows are only read".to_owned()))
    }
    async fn read(&self, after: u64, limit: u32) -> Result<Vec<Link>, StoreError> {
        let rows = self.0.iter().filter(|row| row.sequence > after);
        Ok(rows.take((limit as usize).min(3)).cloned().collect())
    }
    async fn purged(&self) -> Result<Purge, StoreError> {
        Ok(Purge::NONE)
    }
    async fn purge(&self, _: Timestamp, _: Timestamp) -> Result<Purged, StoreError> {
        Err(StoreError::Unavailable("these rows are only read".to_owned()))
    }
    fn watch(&self) -> watch::Receiver<Head> {
        watch::Sender::new(Head { anchor: anchor_of(&self.0), privileged: 0 }).subscribe()
    }
    fn stranger(&self, _: SubjectNames<'_>) -> Stranger {
        Stranger([0; 16])
    }
}

proptest! {
    #[test]
    fn a_log_that_nobody_touched_is_whole_at_every_anchor(entries in entries(), at in any::<prop::sample::Index>()) {
        let rows = written(&entries);
        let anchored = anchor_of(&rows[..=at.index(rows.len())]);
        let found = look(rows, &anchored);
        prop_assert_eq!(found.fault, None);
        prop_assert_eq!(found.checked, entries.len() as u64);
    }

    #[test]
    fn an_entry_that_was_altered_is_named(entries in entries(), at in any::<prop::sample::Index>(), other in entry(), field in 0..9) {
        let mut rows = written(&entries);
        let (anchor, at) = (anchor_of(&rows), at.index(entries.len()));
        let altered = with_field_of(&entries[at], &other, field);
        prop_assume!(altered != entries[at]);
        (rows[at].at, rows[at].bytes) = (altered.at, altered.to_bytes());
        prop_assert!(is_at(look(rows, &anchor), at + 1));
    }

    #[test]
    fn any_bit_of_a_row_counts(entries in entries(), at in any::<prop::sample::Index>(), bit in any::<prop::sample::Index>()) {
        let mut rows = written(&entries);
        let (anchor, at) = (anchor_of(&rows), at.index(entries.len()));
        let row = &mut rows[at];
        let mut all = [&row.at.0.to_be_bytes()[..], &row.hash.0, &row.bytes].concat();
        let bit = bit.index(all.len() * 8);
        all[bit / 8] ^= 1 << (bit % 8);
        row.at = Timestamp(i64::from_be_bytes(all[..8].try_into().expect("8 bytes")));
        row.hash.0.copy_from_slice(&all[8..40]);
        row.bytes = all.split_off(40);
        let found = look(rows, &anchor);
        prop_assert_eq!(found.fault, Some(Fault::Altered { sequence: at as u64 + 1 }));
        prop_assert_eq!(found.checked, at as u64);
    }

    #[test]
    fn entries_that_were_removed_are_named(entries in entries(), a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>()) {
        let mut rows = written(&entries);
        let anchor = anchor_of(&rows);
        let (a, b) = ordered(a.index(rows.len()), b.index(rows.len()));
        rows.drain(a..=b);
        let expected = if b + 1 == entries.len() {
            Fault::Truncated { last: a as u64, anchor: entries.len() as u64 }
        } else {
            Fault::Missing { first: a as u64 + 1, last: b as u64 + 1 }
        };
        prop_assert_eq!(look(rows, &anchor).fault, Some(expected));
    }

    #[test]
    fn a_removed_entry_is_found_though_the_others_close_ranks(entries in entries(), at in any::<prop::sample::Index>()) {
        let rows = written(&entries);
        let (anchor, at) = (anchor_of(&rows), at.index(rows.len()));
        let mut left = rows.clone();
        left.remove(at);
        for (sequence, row) in (1..).zip(&mut left) {
            row.sequence = sequence;
        }
        let found = look(left, &anchor);
        if at + 1 == entries.len() {
            prop_assert_eq!(found.fault, Some(Fault::Truncated { last: at as u64, anchor: entries.len() as u64 }));
        } else {
            prop_assert!(is_at(found, at + 1));
        }
        // Hashed anew too, only the anchor knows.
        let mut entries = entries;
        entries.remove(at);
        let shorter = Fault::Truncated { last: entries.len() as u64, anchor: entries.len() as u64 + 1 };
        prop_assert_eq!(look(written(&entries), &anchor).fault, Some(shorter));
    }

    #[test]
    fn two_entries_that_changed_places_are_named(entries in entries(), a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>()) {
        let mut rows = written(&entries);
        let anchor = anchor_of(&rows);
        let (a, b) = ordered(a.index(rows.len()), b.index(rows.len()));
        prop_assume!(a != b);
        rows.swap(a, b);
        (rows[a].sequence, rows[b].sequence) = (a as u64 + 1, b as u64 + 1);
        prop_assert_eq!(look(rows, &anchor).fault, Some(Fault::Moved { sequence: a as u64 + 1 }));
    }

    #[test]
    fn a_log_that_was_written_anew_is_found_by_its_anchor_and_by_nothing_else(
        entries in entries(), at in any::<prop::sample::Index>(), other in entry(), more in entries(),
    ) {
        let anchor = anchor_of(&written(&entries));
        let at = at.index(entries.len());
        prop_assume!(other != entries[at]);
        let mut anew = entries.clone();
        anew[at] = other;
        anew.extend(more);
        let rows = written(&anew);
        prop_assert_eq!(look(rows.clone(), &anchor).fault, Some(Fault::Rewritten { anchor: anchor.sequence }));
        prop_assert_eq!(look(rows.clone(), &anchor_of(&rows)).fault, None, "which is why the anchor is kept outside");
    }

    #[test]
    fn an_entry_has_one_encoding(entry in entry(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let bytes = entry.to_bytes();
        prop_assert_eq!(Entry::from_bytes(&bytes), Ok(entry));
        let mut other = bytes.clone();
        other[at.index(bytes.len())] = byte;
        if let Ok(read) = Entry::from_bytes(&other) {
            prop_assert_eq!(read.to_bytes(), other);
        }
        prop_assert!(Entry::from_bytes(&bytes[..cut.index(bytes.len())]).is_err());
        prop_assert!(Entry::from_bytes(&[&bytes[..], &[byte]].concat()).is_err());
    }
}

fn look(rows: Vec<Link>, anchor: &Anchor) -> Verdict {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(verify(&Rows(rows), Some(anchor), &mut |_, _| {})).expect("rows are read")
}

/// Whether the first thing that is wrong is this entry.
fn is_at(found: Verdict, sequence: usize) -> bool {
    let sequence = sequence as u64;
    let named = [Fault::Altered { sequence }, Fault::Moved { sequence }];
    found.checked == sequence - 1 && found.fault.is_some_and(|fault| named.contains(&fault))
}

fn written(entries: &[Entry]) -> Vec<Link> {
    let mut before = ZERO_HASH;
    let mut rows = Vec::new();
    for (sequence, entry) in (1..).zip(entries) {
        let row = Link::of(sequence, before, entry);
        assert_eq!(row.hash, chained(before, &row.bytes));
        before = row.hash;
        rows.push(row);
    }
    rows
}

fn anchor_of(rows: &[Link]) -> Anchor {
    rows.last().map_or(Anchor::EMPTY, |row| Anchor { sequence: row.sequence, hash: row.hash, first_kept: 1 })
}

fn ordered(a: usize, b: usize) -> (usize, usize) {
    (a.min(b), a.max(b))
}

fn with_field_of(entry: &Entry, other: &Entry, field: i32) -> Entry {
    let mut entry = entry.clone();
    let other = other.clone();
    match field {
        0 => entry.at = other.at,
        1 => entry.actor = other.actor,
        2 => entry.kind = other.kind,
        3 => entry.action = other.action,
        4 => entry.object = other.object,
        5 => entry.unit = other.unit,
        6 => entry.privileged = other.privileged,
        7 => entry.outcome = other.outcome,
        _ => entry.times = other.times,
    }
    entry
}

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    prop::collection::vec(entry(), 1..12)
}

fn entry() -> impl Strategy<Value = Entry> {
    let actor = prop_oneof![
        Just(Actor::Local),
        any::<u64>().prop_map(|id| Actor::Person(PersonId(id))),
        any::<[u8; 16]>().prop_map(|hash| Actor::Stranger(Stranger(hash))),
        word().prop_map(Actor::System),
    ];
    let outcome = prop_oneof![
        Just(Outcome::Allowed),
        Just(Outcome::Done),
        word().prop_map(Outcome::Refused),
        word().prop_map(Outcome::Failed),
    ];
    let id = "[A-Za-z0-9_.:-]{1,40}".prop_map(|id| IdText::parse(&id).expect("an id"));
    let object = (word(), id).prop_map(|(kind, id)| ObjectRef { kind, id });
    let kind = prop::sample::select(&Kind::ALL[..]);
    let what = (kind, word(), prop::option::of(object), prop::option::of(any::<u64>().prop_map(UnitId)));
    (any::<i64>(), actor, what, any::<bool>(), outcome, 1..u32::MAX).prop_map(
        |(at, actor, (kind, action, object, unit), privileged, outcome, times)| Entry {
            at: Timestamp(at),
            actor,
            kind,
            action,
            object,
            unit,
            privileged,
            outcome,
            times: NonZeroU32::new(times).expect("from 1 on"),
        },
    )
}

fn word() -> impl Strategy<Value = Word> {
    "[a-z][a-z0-9.-]{0,30}".prop_map(|word| Word::parse(&word).expect("a word"))
}
