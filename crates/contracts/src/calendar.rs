//! Whether somebody is free by her calendar, now and next (DIR-3). Only free or busy and when: no subject and no place is asked
//! for, handed on or kept. Not the opening hours of services: those are in `hours`.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use engine::Timestamp;

use crate::sources::SourceProblem;

/// What a calendar says of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Busy {
    /// Nothing is entered.
    Free,
    /// Something that may not take place.
    Tentative,
    /// An appointment.
    Busy,
    /// Away from work.
    OutOfOffice,
    /// At work, elsewhere.
    WorkingElsewhere,
    /// It does not say what.
    Unknown,
}

/// A time of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Of which.
    pub status: Busy,
    /// Since.
    pub from: Timestamp,
    /// Until; where it is the end of what was asked for, it may last longer.
    pub until: Timestamp,
}

/// What a calendar says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreeBusy {
    /// This moment's.
    pub now: Slot,
    /// The next of another kind, within what was asked for.
    pub next: Option<Slot>,
    /// When the calendar was asked.
    pub at: Timestamp,
}

/// Calendars of people.
#[async_trait]
pub trait Calendars: Send + Sync {
    /// What the calendar of this mailbox says now and next; `None`: it has none that may be seen.
    async fn free_busy(&self, mailbox: &str) -> Result<Option<FreeBusy>, SourceProblem>;
}

/// From appointments to now and next. They may overlap and come in any order; where they do, the one that says most about
/// being away counts. `until` is the end of what was asked for.
pub fn now_and_next(appointments: &[Slot], now: Timestamp, until: Timestamp) -> FreeBusy {
    let mut edges: Vec<i64> = appointments.iter().flat_map(|slot| [slot.from.0, slot.until.0]).collect();
    edges.push(now.0);
    edges.retain(|edge| (now.0..until.0).contains(edge));
    edges.sort_unstable();
    edges.dedup();
    let mut slots: Vec<Slot> = Vec::new();
    for (index, from) in edges.iter().enumerate() {
        let end = edges.get(index + 1).copied().unwrap_or(until.0);
        let status = status_at(appointments, *from);
        match slots.last_mut() {
            Some(last) if last.status == status => last.until = Timestamp(end),
            Some(_) | None => slots.push(Slot { status, from: Timestamp(*from), until: Timestamp(end) }),
        }
    }
    let mut slots = slots.into_iter();
    let first = slots.next().unwrap_or(Slot { status: Busy::Free, from: now, until });
    // What goes on has begun earlier.
    let begun = appointments.iter().filter(|slot| slot.status == first.status && covers(slot, now.0));
    let from = begun.map(|slot| slot.from).min().unwrap_or(first.from);
    FreeBusy { now: Slot { from, ..first }, next: slots.next(), at: now }
}

fn covers(slot: &Slot, moment: i64) -> bool {
    (slot.from.0..slot.until.0).contains(&moment)
}

fn status_at(appointments: &[Slot], moment: i64) -> Busy {
    let weight = |status: &Busy| match status {
        Busy::Free => 0,
        Busy::Unknown => 1,
        Busy::WorkingElsewhere => 2,
        Busy::Tentative => 3,
        Busy::Busy => 4,
        Busy::OutOfOffice => 5,
    };
    let there = appointments.iter().filter(|slot| covers(slot, moment)).map(|slot| slot.status);
    there.max_by_key(weight).unwrap_or(Busy::Free)
}

/// Calendars in memory, for tests and where there are none.
#[derive(Debug, Default)]
pub struct MemoryCalendars {
    known: Mutex<HashMap<String, Result<FreeBusy, SourceProblem>>>,
}

impl MemoryCalendars {
    /// The calendar of this mailbox says so from now on.
    pub fn set(&self, mailbox: &str, says: Result<FreeBusy, SourceProblem>) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(mailbox.to_owned(), says);
    }
}

#[async_trait]
impl Calendars for MemoryCalendars {
    async fn free_busy(&self, mailbox: &str) -> Result<Option<FreeBusy>, SourceProblem> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(mailbox).cloned().transpose()
    }
}

#[cfg(test)]
mod tests {
    use engine::Timestamp;
    use proptest::prelude::*;

    use super::{Busy, FreeBusy, Slot, now_and_next};

    fn slot(status: Busy, from: i64, until: i64) -> Slot {
        Slot { status, from: Timestamp(from), until: Timestamp(until) }
    }

    fn says(appointments: &[Slot], now: i64) -> FreeBusy {
        now_and_next(appointments, Timestamp(now), Timestamp(1000))
    }

    /// DIR-3.
    #[test]
    fn free_now_and_busy_next_and_the_other_way_round_dir_3() {
        let day = [slot(Busy::Busy, 100, 200), slot(Busy::Busy, 200, 250), slot(Busy::OutOfOffice, 240, 300)];
        let free = says(&day, 50);
        assert_eq!(free.now, slot(Busy::Free, 50, 100));
        assert_eq!(
            free.next,
            Some(slot(Busy::Busy, 100, 240)),
            "one appointment after the other is one time"
        );
        let busy = says(&day, 150);
        assert_eq!(busy.now, slot(Busy::Busy, 100, 240));
        assert_eq!(busy.next, Some(slot(Busy::OutOfOffice, 240, 300)), "being away counts more");
        let after = says(&day, 300);
        assert_eq!((after.now, after.next), (slot(Busy::Free, 300, 1000), None));
        assert_eq!(says(&[], 5).now, slot(Busy::Free, 5, 1000));
    }

    fn any_slot() -> impl Strategy<Value = Slot> {
        let statuses = vec![
            Busy::Free,
            Busy::Tentative,
            Busy::Busy,
            Busy::OutOfOffice,
            Busy::WorkingElsewhere,
            Busy::Unknown,
        ];
        (prop::sample::select(statuses), -50_i64..1100, -50_i64..1100)
            .prop_map(|(status, from, until)| slot(status, from, until))
    }

    proptest! {
        /// SEC-1: whatever a calendar holds, also appointments that end before they begin.
        #[test]
        fn now_is_now_and_next_follows_it(day in prop::collection::vec(any_slot(), 0..12), now in 0_i64..1000) {
            let FreeBusy { now: this, next, .. } = says(&day, now);
            prop_assert!(this.from.0 <= now && now < this.until.0 && this.until.0 <= 1000);
            if let Some(next) = next {
                prop_assert_eq!(next.from, this.until);
                prop_assert!(next.status != this.status && next.from.0 < next.until.0 && next.until.0 <= 1000);
            }
        }
    }
}
