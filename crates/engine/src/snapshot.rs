//! All that a switchboard is at one moment, without what follows from it (the orders, who stands how with which service): to be kept,
//! so that a switchboard can begin from there instead of from its first event. Does not write anything.

use std::collections::BTreeMap;

use crate::apply::restand;
use crate::attendant::Attendant;
use crate::calendar::Calendar;
use crate::call::Call;
use crate::id::Leg;
use crate::index::{Gone, Index};
use crate::settings::{Limits, Profile, Service};
use crate::switchboard::Switchboard;
use crate::time::Timestamp;

/// A switchboard at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The moment of its last event.
    pub clock: Timestamp,
    /// The limits in force.
    pub limits: Limits,
    /// All services.
    pub services: Vec<Service>,
    /// All responsibility profiles.
    pub profiles: Vec<Profile>,
    /// All opening hours.
    pub calendars: Vec<Calendar>,
    /// Everybody. How they stand with services is worked out anew.
    pub attendants: Vec<Attendant>,
    /// All calls that go on.
    pub calls: Vec<Call>,
    /// Offers made so far.
    pub offers_made: u64,
    /// The last lines that ended, the first one first, and when each was last told to.
    pub gone: Vec<(Leg, Timestamp)>,
}

impl Switchboard {
    /// What it is now.
    pub fn snapshot(&self) -> Snapshot {
        let forgets_services = |attendant: &Attendant| {
            let mut attendant = attendant.clone();
            attendant.services.clear();
            attendant
        };
        Snapshot {
            clock: self.clock,
            limits: self.limits,
            services: self.services.values().cloned().collect(),
            profiles: self.profiles.values().cloned().collect(),
            calendars: self.calendars.values().cloned().collect(),
            attendants: self.attendants.values().map(forgets_services).collect(),
            calls: self.calls.values().cloned().collect(),
            offers_made: self.offers_made,
            gone: self.index.gone.iter().collect(),
        }
    }
}

impl From<Snapshot> for Switchboard {
    /// As it was then: from there on the same events lead to the same.
    fn from(snapshot: Snapshot) -> Switchboard {
        let Snapshot { clock, limits, services, profiles, calendars, attendants, calls, offers_made, gone } =
            snapshot;
        let ids: Vec<_> = attendants.iter().map(|attendant| attendant.id).collect();
        let mut index = Index { gone: Gone::from_iter(gone), ..Index::default() };
        calls.iter().for_each(|call| index.add_call(call));
        let mut board = Switchboard {
            clock,
            limits,
            services: by(services, |service| service.id),
            profiles: by(profiles, |profile| profile.id),
            calendars: by(calendars, |calendar| calendar.id),
            attendants: by(attendants, |attendant| attendant.id),
            calls: by(calls, |call| call.id),
            offers_made,
            index,
        };
        ids.into_iter().for_each(|attendant| restand(&mut board, attendant));
        board
    }
}

fn by<K: Ord, V>(all: Vec<V>, key: impl Fn(&V) -> K) -> BTreeMap<K, V> {
    all.into_iter().map(|one| (key(&one), one)).collect()
}
