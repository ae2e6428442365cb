//! What every setting permits, in one place: the switchboard refuses what lies outside, and a form can say so before it
//! asks. Each limit says why it is that number. Does not check anything: see `desk`.

use std::ops::RangeInclusive;

use crate::time::Span;

/// Characters of a name: what a row of the screen can show.
pub const NAME_CHARS_MAX: usize = 120;
/// Priority of a service or of a preferred member (ROUTE-1, ROUTE-2).
pub const PRIORITY: RangeInclusive<u8> = 1..=99;
/// How well somebody can do something: percent.
pub const SKILL_LEVEL: RangeInclusive<u8> = 1..=100;
/// Answered within this counts: nobody promises more than an hour.
pub const SLA: RangeInclusive<Span> = seconds(1, 3600);
/// A caller who leaves after five minutes has waited, whatever is set.
pub const HANG_UP_THRESHOLD: RangeInclusive<Span> = seconds(0, 300);
/// ROUTE-1.
pub const RONA: RangeInclusive<Span> = seconds(5, 30);
/// An hour, extensions included.
pub const ACW: RangeInclusive<Span> = seconds(0, 3600);
/// ROUTE-1.
pub const QUEUE_TIME: RangeInclusive<Span> = seconds(5, 3600);
/// Nobody waits longer than the longest queue time.
pub const LEVEL_AFTER: RangeInclusive<Span> = seconds(0, 3600);
/// Attendants of one service: the largest desk this is built for.
pub const MEMBERS_MAX: usize = 500;
/// Preferred members of one service (ROUTE-2).
pub const PREFERRED_MAX: usize = 10;
/// Policy levels of one service: more than anybody keeps in mind.
pub const LEVELS_MAX: usize = 10;
/// Skills of one attendant, profile or need.
pub const SKILLS_MAX: usize = 50;
/// Responsibility profiles of one policy level.
pub const PROFILES_MAX: usize = 50;

/// Park slots: three digits on a key pad.
pub const PARK_SLOTS: RangeInclusive<u16> = 1..=500;
/// A day: a caller is not forgotten over night.
pub const PARK_TIME: RangeInclusive<Span> = seconds(5, 86_400);
/// Nobody is kept waiting for one attendant longer than an hour.
pub const RECALL_TIME: RangeInclusive<Span> = seconds(0, 3600);
/// Alerts for calls on hold, and ahead of the end of a slot's time; zero: at once.
pub const ALERT: RangeInclusive<Span> = seconds(0, 3600);
/// Calls one attendant may hold.
pub const HELD: RangeInclusive<u16> = 1..=50;
/// No telephone rings longer than an hour.
pub const RING: RangeInclusive<Span> = seconds(1, 3600);
/// A declined call comes back.
pub const DECLINE_PAUSE: RangeInclusive<Span> = seconds(1, 3600);
/// Nobody starves (ROUTE-7).
pub const PRIORITY_WAIT: RangeInclusive<Span> = seconds(10, 3600);
/// A week: who asked to be called back has found another way by then.
pub const CALLBACK_TIME: RangeInclusive<Span> = seconds(60, 604_800);
/// Calls at once: what one desk of 2,000 waiting needs, five times over.
pub const CALLS: RangeInclusive<u32> = 1..=10_000;

const fn seconds(from: u32, to: u32) -> RangeInclusive<Span> {
    Span::from_secs(from)..=Span::from_secs(to)
}
