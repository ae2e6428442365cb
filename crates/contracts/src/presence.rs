//! Who is free to take a call just now (DIR-3), as another service tells it, and how old that is. Not the attendants' own state:
//! that is the engine's.

use std::time::Duration;

use engine::Timestamp;
use tokio::sync::watch;

use crate::address::Address;

/// What was asked for and answered is relied on for so long.
pub const STALE_AFTER: Duration = Duration::from_secs(60);
/// The most people whose presence is asked for at a time. A screen shows some tens; what is not visible comes after.
pub const WATCHED_MAX: usize = 5_000;

/// How a service of presence names a person: Entra by the key of her contact in the book of its users, a telephone system by
/// the address she is reached at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PresenceId(pub String);

/// Can she be reached?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Availability {
    /// At her desk and free.
    Available,
    /// Occupied, in a meeting.
    Busy,
    /// Talking on the telephone or in an online meeting.
    InACall,
    /// Wants no calls.
    DoNotDisturb,
    /// Not at her desk.
    Away,
    /// Not signed in.
    Offline,
    /// The service does not know.
    Unknown,
}

/// A moment by two clocks. The time of day may be set back and jumps over a sleep of the computer; the steady clock never goes
/// back, but may stand still meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The time of day, for showing.
    pub wall: Timestamp,
    /// Since some moment before, by the steady clock.
    pub steady: Duration,
}

impl Moment {
    /// How long ago `earlier` was: by whichever clock says more, so that nothing stays fresh because one of them stood still
    /// or was set back.
    pub fn since(self, earlier: Moment) -> Duration {
        let wall = u64::try_from(self.wall.0.saturating_sub(earlier.wall.0)).unwrap_or(0);
        self.steady.saturating_sub(earlier.steady).max(Duration::from_millis(wall))
    }
}

/// What was told of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presence {
    /// Can she be reached?
    pub availability: Availability,
    /// When that was told.
    pub heard: Moment,
    /// How long from then on it may be relied on: [`STALE_AFTER`] where somebody has to ask again; as long as a subscription
    /// runs where every change would have been told; nothing where it has ended.
    pub fresh_for: Duration,
}

impl Presence {
    /// Too old to rely on.
    pub fn is_stale(&self, now: Moment) -> bool {
        self.fresh_for.is_zero() || now.since(self.heard) > self.fresh_for
    }
}

/// Why there is no presence, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresenceProblem {
    /// Stable, with a page in `docs/errors/`.
    pub code: &'static str,
    /// What is wrong, what it costs and what to do.
    pub message: String,
}

/// How a feed stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedState {
    /// Grows with every change of anybody's presence.
    pub revision: u64,
    /// What stands in the way; what was told before is still there, and grows old.
    pub problem: Option<PresenceProblem>,
}

/// Tells presences of those who are looked at.
pub trait PresenceFeed: Send + Sync {
    /// From now on these are of interest, most wanted first; at most [`WATCHED_MAX`], more are cut off. Those that are visible
    /// are asked for more often than those that were.
    fn show(&self, ids: Vec<PresenceId>);
    /// How it stands, whenever that changes.
    fn state(&self) -> watch::Receiver<FeedState>;
    /// What is known of this one.
    fn of(&self, id: &PresenceId) -> Option<Presence>;
    /// The moment of now by the clocks of this feed.
    fn now(&self) -> Moment;
}

/// Tells presences of the people of a telephone system. Mostly it knows no more of them than their telephones do: whoever
/// does not telephone is available there, wherever she is.
pub trait LinePresence: PresenceFeed {
    /// How it names whoever is reached at this address; `None` where that is nobody of its own.
    fn id_of(&self, address: &Address) -> Option<PresenceId>;
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use engine::Timestamp;

    use super::{Availability, Moment, Presence, STALE_AFTER};

    fn moment(wall_s: i64, steady_s: u64) -> Moment {
        Moment { wall: Timestamp(wall_s * 1000), steady: Duration::from_secs(steady_s) }
    }

    /// DIR-3: honest about age, whatever happens to a clock.
    #[test]
    fn a_clock_that_is_set_back_or_stands_still_makes_nothing_fresh_dir_3() {
        let heard = moment(10_000, 100);
        let presence = Presence { availability: Availability::Available, heard, fresh_for: STALE_AFTER };
        assert!(!presence.is_stale(moment(10_060, 160)), "60 s are fresh enough");
        assert!(presence.is_stale(moment(10_061, 161)));
        assert!(presence.is_stale(moment(2_000, 161)), "the time of day was set back");
        assert!(presence.is_stale(moment(40_000, 101)), "the computer slept");
        assert!(!presence.is_stale(moment(2_000, 101)));
    }

    /// DIR-3: what is subscribed to is fresh for as long as that lasts, and not a moment longer.
    #[test]
    fn a_subscription_keeps_what_it_told_fresh_and_its_end_makes_it_stale_dir_3() {
        let heard = moment(10_000, 100);
        let subscribed =
            Presence { availability: Availability::InACall, heard, fresh_for: Duration::from_secs(300) };
        assert!(!subscribed.is_stale(moment(10_299, 399)), "no news is no change");
        assert!(subscribed.is_stale(moment(10_301, 401)), "nobody renewed it");
        assert!(subscribed.is_stale(moment(17_200, 101)), "the computer slept through its end");
        let ended = Presence { fresh_for: Duration::ZERO, ..subscribed };
        assert!(ended.is_stale(heard));
    }
}
