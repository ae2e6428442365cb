//! Entries that could not be written when they arose: a full disk must not stop a call, and must not leave a silent gap either. They
//! wait here, with a limit, and go into the log behind a note that says how many are late and since when. Pure; does no writing.

use std::collections::VecDeque;
use std::num::NonZeroU32;

use engine::Timestamp;

use super::{Actor, Entry, IdText, Kind, ObjectRef, Outcome, Word, words_of_the_log as words};

/// How many wait: two hours of a busy desk, 400 KiB. Later ones are counted and their number is logged.
pub const LATE_MAX: usize = 1_000;

/// Entries that wait for the log to be writable.
#[derive(Debug, Default)]
pub struct Late {
    waiting: VecDeque<Entry>,
    lost: Option<Lost>,
}

#[derive(Clone, Copy, Debug)]
struct Lost {
    times: NonZeroU32,
    since: Timestamp,
}

impl Late {
    /// Nothing waits.
    pub fn new() -> Late {
        Late::default()
    }

    /// Lets an entry wait. Beyond [`LATE_MAX`] it is counted as lost.
    pub fn note(&mut self, entry: Entry) {
        if self.waiting.len() < LATE_MAX {
            self.waiting.push_back(entry);
            return;
        }
        self.lost = Some(match self.lost {
            None => Lost { times: entry.times, since: entry.at },
            Some(Lost { times, since }) => {
                Lost { times: times.saturating_add(entry.times.get()), since: since.min(entry.at) }
            }
        });
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// What to append as soon as it works, in one batch: the notes, then all that waits. Empty where nothing does. It waits on
    /// until [`Late::written`] says that it is on the disk.
    pub fn batch(&self, now: Timestamp) -> Vec<Entry> {
        let Some(first) = self.waiting.front() else { return Vec::new() };
        let since = self.waiting.iter().map(|entry| entry.at).min().unwrap_or(first.at);
        let count =
            u32::try_from(self.waiting.len()).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN);
        let mut batch = vec![note(now, words::ENTRIES_LATE, count, since)];
        if let Some(Lost { times, since }) = self.lost {
            batch.push(note(now, words::ENTRIES_LOST, times, since));
        }
        batch.extend(self.waiting.iter().cloned());
        batch
    }

    /// The batch is on the disk, which was made of so many waiting entries.
    pub fn written(&mut self, waited: usize) {
        self.waiting.drain(..waited.min(self.waiting.len()));
        self.lost = None;
    }
}

fn note(now: Timestamp, what: Word, times: NonZeroU32, since: Timestamp) -> Entry {
    let actor = Actor::System(words::ACCESS_LOG);
    let id = IdText::parse(&format!("since:{}", since.0)).expect("letters, a colon and digits");
    let entry = Entry::once(now, actor, Kind::Exception, what, Outcome::Done);
    Entry { times, ..entry }.on(ObjectRef { kind: words::ACCESS_LOG, id })
}

#[cfg(test)]
mod tests {
    use super::super::BATCH_MAX;
    use super::*;

    fn entry(at_ms: i64) -> Entry {
        let action = Word::of("handle-calls");
        Entry::once(Timestamp(at_ms), Actor::Local, Kind::Access, action, Outcome::Allowed)
    }

    #[test]
    fn what_is_late_follows_a_note_that_says_how_many_and_since_when() {
        let mut late = Late::new();
        assert_eq!(late.batch(Timestamp(9)), []);
        late.note(entry(2));
        late.note(entry(1));
        let batch = late.batch(Timestamp(9));
        let [note, first, second] = batch.as_slice() else { panic!("{batch:?}") };
        assert_eq!((note.at, &note.action, note.times.get()), (Timestamp(9), &words::ENTRIES_LATE, 2));
        assert_eq!(note.object.as_ref().map(|object| object.id.as_str()), Some("since:1"));
        assert_eq!((first, second), (&entry(2), &entry(1)), "in the order in which they arose");
        assert_eq!(late.waiting(), 2, "until it is written");
        late.note(entry(3));
        late.written(2);
        assert_eq!(late.batch(Timestamp(9))[1..], [entry(3)], "what came meanwhile waits on");
    }

    #[test]
    fn beyond_the_limit_they_are_counted_and_the_batch_still_fits() {
        let mut late = Late::new();
        for at in 0..LATE_MAX as i64 + 5 {
            late.note(entry(at));
        }
        let batch = late.batch(Timestamp(9));
        assert!(batch.len() <= BATCH_MAX && batch.len() == LATE_MAX + 2);
        assert_eq!((&batch[1].action, batch[1].times.get()), (&words::ENTRIES_LOST, 5));
        assert_eq!(batch[1].object.as_ref().map(|object| object.id.as_str()), Some("since:1000"));
        late.written(LATE_MAX);
        assert!(late.is_empty());
        assert_eq!(late.batch(Timestamp(9)), []);
    }
}
