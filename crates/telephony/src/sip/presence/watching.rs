//! Whom to subscribe to, when to renew that, and how long what was told holds (RFC 6665). Bounded: so many subscriptions at
//! once, so many SUBSCRIBEs in a second, and whoever refused is left alone for long. Decides on moments it is given; sends
//! nothing and reads no message.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use contracts::presence::{Availability, Moment, Presence, PresenceId};

/// Subscriptions at once: what a screen shows and the favourites beside it. Telephone systems limit them too, often to some
/// hundred for a telephone.
pub(super) const SUBSCRIPTIONS_MAX: usize = 200;
/// SUBSCRIBEs in any [`SPAN`]. A screen of people is subscribed to within three seconds, and no telephone system mistakes it
/// for a flood.
const SUBSCRIBES_MAX: usize = 10;
/// The span they are counted in.
const SPAN: Duration = Duration::from_secs(1);
/// SUBSCRIBEs that wait for their answer.
const ON_THE_WAY_MAX: usize = 8;
/// Nobody is asked for who was visible for a moment only: with each key stroke others are.
const SETTLE: Duration = Duration::from_millis(300);
/// A subscription that tells nothing within this has failed (RFC 6665 §4.1.2.4, Timer N).
const NOTIFY_MAX: Duration = Duration::from_secs(32);
/// First and longest pause after a failure.
const PAUSE_MIN: Duration = Duration::from_secs(5);
const PAUSE_MAX: Duration = Duration::from_secs(300);
/// Until whoever has no presence there is asked for again.
const REST: Duration = Duration::from_secs(3_600);
/// A subscription that lasted longer has not failed when it ends: the next one begins at once.
const STEADY_AFTER: Duration = Duration::from_secs(60);
/// When the link is back, all are asked for within this, not in one moment.
const RESUME_SPREAD: Duration = Duration::from_secs(2);
/// The longest life of a subscription that we agree to, seconds.
const EXPIRES_MAX_S: u32 = 86_400;
/// People whose answer is remembered, wanted or not.
const KNOWN_MAX: usize = 5_000;

/// What is subscribed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Package {
    /// Her calls (RFC 4235).
    Dialog,
    /// What she or her telephone publishes (RFC 3856).
    Presence,
}

impl Package {
    fn other(self) -> Package {
        match self {
            Package::Dialog => Package::Presence,
            Package::Presence => Package::Dialog,
        }
    }
}

/// A SUBSCRIBE to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) id: PresenceId,
    pub(super) kind: StepKind,
    /// Names it in the answer.
    pub(super) turn: u64,
}

/// What it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepKind {
    /// A subscription of its own, known by the turn of this step.
    Begin { package: Package, expires_s: u32 },
    /// Goes on with the one there is.
    Renew { expires_s: u32 },
    /// Ends it.
    End,
}

/// The final response to a SUBSCRIBE; 408 where none came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) code: u16,
    pub(super) expires_s: Option<u32>,
    pub(super) min_expires_s: Option<u32>,
    pub(super) retry_after_s: Option<u32>,
}

/// What a NOTIFY says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Notice {
    /// It was the last one.
    pub(super) end: Option<End>,
    /// How long the subscription runs from now on.
    pub(super) expires_s: Option<u32>,
    /// What she does; `None` where it says nothing new.
    pub(super) told: Option<Availability>,
    /// A change before it is missing.
    pub(super) gap: bool,
}

/// Why a subscription ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) reason: Reason,
    pub(super) retry_after_s: Option<u32>,
}

/// The reasons of RFC 6665 §4.1.3, by what to do then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// `deactivated`, `timeout`: subscribe again at once.
    Again,
    /// `probation`, `giveup` and what nobody knows: later.
    Later,
    /// `rejected`, `noresource`, `invariant`: no more.
    Never,
}

/// Everybody who is or was of interest.
pub(super) struct Watching {
    /// Most wanted first.
    shown: Vec<PresenceId>,
    /// Were shown; the latest first. What is subscribed to of them stays, nothing new begins.
    others: VecDeque<PresenceId>,
    people: HashMap<PresenceId, Person>,
    is_up: bool,
    expires_s: u32,
    /// Subscriptions there were of each package: what this telephone system allows.
    accepted: [u64; 2],
    /// With what it refused last that says something of the system and not of somebody.
    refusal: Option<u16>,
    sent: VecDeque<Duration>,
    turns: u64,
    dice: Box<dyn FnMut() -> f64 + Send>,
}

struct Person {
    stage: Stage,
    /// Of the last step.
    turn: u64,
    /// Of the step that began her subscription.
    serial: u64,
    package: Package,
    /// What she was told of by before.
    worked: Option<Package>,
    refused: [bool; 2],
    failures: u32,
    told: Option<(Availability, Moment)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Not subscribed to. Asked for from then on, where she is shown.
    Resting {
        until: Duration,
    },
    /// The first SUBSCRIBE is on its way. A NOTIFY may come before its answer.
    Asking {
        early: Option<Running>,
    },
    Running(Running),
    Renewing(Running),
    /// Not wanted any more.
    Leaving {
        running: Running,
        is_sent: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Running {
    since: Duration,
    until: Duration,
    renew_at: Duration,
    /// A NOTIFY came.
    is_told: bool,
}

impl Running {
    fn new(now: Duration, expires_s: u32, is_told: bool) -> Running {
        let running = Running { since: now, until: now, renew_at: now, is_told };
        running.lasting(now, expires_s)
    }

    /// Runs so long from now on. Renewed well before the end: there must be time to try twice.
    fn lasting(self, now: Duration, expires_s: u32) -> Running {
        let span = Duration::from_secs(u64::from(expires_s.min(EXPIRES_MAX_S)));
        let lead = (span / 6).clamp(Duration::from_secs(5), Duration::from_secs(60)).min(span / 2);
        Running { until: now + span, renew_at: now + span - lead, ..self }
    }

    /// When it is over if nothing comes.
    fn ends_at(&self) -> Duration {
        if self.is_told { self.until } else { self.until.min(self.since + NOTIFY_MAX) }
    }
}

impl Person {
    fn new(until: Duration) -> Person {
        Person {
            stage: Stage::Resting { until },
            turn: 0,
            serial: 0,
            package: Package::Dialog,
            worked: None,
            refused: [false; 2],
            failures: 0,
            told: None,
        }
    }

    /// What is running, as far as it is known.
    fn running(&self) -> Option<Running> {
        match self.stage {
            Stage::Running(running) | Stage::Renewing(running) => Some(running),
            Stage::Asking { early } => early,
            Stage::Resting { .. } | Stage::Leaving { .. } => None,
        }
    }
}

impl Watching {
    /// `expires_s`: how long a subscription should last. `dice` throws from 0 to below 1.
    pub(super) fn new(expires_s: u32, dice: impl FnMut() -> f64 + Send + 'static) -> Watching {
        Watching {
            shown: Vec::new(),
            others: VecDeque::new(),
            people: HashMap::new(),
            is_up: false,
            expires_s,
            accepted: [0; 2],
            refusal: None,
            sent: VecDeque::new(),
            turns: 0,
            dice: Box::new(dice),
        }
    }

    /// These are of interest from now on, most wanted first. Whoever was before and is no more is kept for as long as there
    /// is room; whoever was seen least recently leaves first.
    pub(super) fn show(&mut self, ids: Vec<PresenceId>, now: Duration) {
        let mut seen = HashSet::new();
        let shown: Vec<PresenceId> =
            ids.into_iter().filter(|id| seen.insert(id.clone())).take(SUBSCRIPTIONS_MAX).collect();
        let seen: HashSet<PresenceId> = shown.iter().cloned().collect();
        let before = std::mem::replace(&mut self.shown, shown);
        self.others.retain(|id| !seen.contains(id));
        for id in before.into_iter().rev().filter(|id| !seen.contains(id)) {
            self.others.push_front(id);
        }
        self.others.truncate(SUBSCRIPTIONS_MAX - self.shown.len());
        let kept: HashSet<PresenceId> = self.shown.iter().chain(&self.others).cloned().collect();
        for id in &self.shown {
            self.people.entry(id.clone()).or_insert_with(|| Person::new(now + SETTLE));
        }
        for (id, person) in &mut self.people {
            person.stage = match (person.stage, kept.contains(id)) {
                (Stage::Running(running) | Stage::Renewing(running), false) => {
                    Stage::Leaving { running, is_sent: false }
                }
                (Stage::Leaving { running, is_sent: false }, true) => Stage::Running(running),
                (stage, _) => stage,
            };
        }
        if self.people.len() > KNOWN_MAX {
            self.people
                .retain(|id, person| kept.contains(id) || !matches!(person.stage, Stage::Resting { .. }));
        }
    }

    /// The telephone system is there, or away. With the link all subscriptions are gone; when it is back everybody is asked
    /// for anew, also those who had refused: it may be another system by then.
    pub(super) fn link(&mut self, is_up: bool, now: Duration) {
        if self.is_up == is_up {
            return;
        }
        self.is_up = is_up;
        self.refusal = None;
        for person in self.people.values_mut() {
            let until = now + RESUME_SPREAD.mul_f64((self.dice)());
            person.stage = Stage::Resting { until };
            // An answer that is still on its way is to nobody's question.
            person.turn = 0;
            person.serial = 0;
            person.refused = [false; 2];
            person.failures = 0;
        }
    }

    /// The telephone system was away for a moment and may have forgotten everything: it is asked, without making anything
    /// stale before it has answered.
    pub(super) fn doubt(&mut self, now: Duration) {
        for person in self.people.values_mut() {
            if let Stage::Running(running) = person.stage {
                person.stage = Stage::Running(Running { renew_at: now, ..running });
            }
        }
    }

    /// What is to be sent at this moment.
    pub(super) fn due(&mut self, now: Duration) -> Vec<Step> {
        if !self.is_up {
            return Vec::new();
        }
        self.end_what_is_over(now);
        while self.sent.front().is_some_and(|at| now.saturating_sub(*at) >= SPAN) {
            self.sent.pop_front();
        }
        let on_the_way = self.people.values().filter(|person| is_on_the_way(person.stage)).count();
        let mut room =
            SUBSCRIBES_MAX.saturating_sub(self.sent.len()).min(ON_THE_WAY_MAX.saturating_sub(on_the_way));
        let mut steps = Vec::new();
        for id in self.to_renew(now).into_iter().chain(self.to_end()).chain(self.to_begin(now)) {
            if room == 0 {
                break;
            }
            if let Some(step) = self.step(id) {
                room -= 1;
                self.sent.push_back(now);
                steps.push(step);
            }
        }
        steps
    }

    /// When to look again; `None`: when something happens.
    pub(super) fn wake_at(&self, now: Duration) -> Option<Duration> {
        if !self.is_up {
            return None;
        }
        let shown = self.shown.iter().filter_map(|id| match self.people.get(id)?.stage {
            Stage::Resting { until } => Some(until),
            _ => None,
        });
        let others = self.people.values().filter_map(|person| match person.stage {
            Stage::Running(running) => Some(running.ends_at().min(running.renew_at)),
            Stage::Renewing(running) => Some(running.ends_at()),
            Stage::Leaving { is_sent: false, .. } => Some(now),
            Stage::Leaving { is_sent: true, .. } | Stage::Resting { .. } | Stage::Asking { .. } => None,
        });
        // What is due and has no room waits for it.
        shown.chain(others).min().map(|at| at.max(now + SPAN / 10))
    }

    /// A SUBSCRIBE was answered.
    pub(super) fn answered(&mut self, id: &PresenceId, turn: u64, answer: Answer, now: Duration) {
        let Some(person) = self.people.get(id).filter(|person| person.turn == turn) else { return };
        match person.stage {
            Stage::Asking { early } => self.begun(id, early, answer, now),
            Stage::Renewing(running) => self.renewed(id, running, answer, now),
            Stage::Leaving { is_sent: true, .. } => self.rests(id, now + SETTLE),
            Stage::Leaving { is_sent: false, .. } | Stage::Running(_) | Stage::Resting { .. } => {}
        }
    }

    /// A NOTIFY came for the subscription that this turn began. Whether there is such a one.
    pub(super) fn notified(&mut self, id: &PresenceId, serial: u64, notice: Notice, now: Moment) -> bool {
        let asked_s = self.expires_s;
        let Some(person) = self.people.get_mut(id).filter(|person| person.serial == serial) else {
            return false;
        };
        let stage = match person.stage {
            Stage::Resting { .. } => return false,
            Stage::Leaving { .. } => {
                if notice.end.is_some() {
                    self.rests(id, now.steady + SETTLE);
                }
                return true;
            }
            stage => stage,
        };
        if let Some(told) = notice.told {
            person.told = Some((told, now));
        }
        if let Some(end) = notice.end {
            self.ended(id, end, now.steady);
            return true;
        }
        let told = |running: Running| {
            let running = match notice.expires_s {
                Some(expires_s) => running.lasting(now.steady, expires_s),
                None => running,
            };
            let renew_at = if notice.gap { now.steady } else { running.renew_at };
            Running { is_told: true, renew_at, ..running }
        };
        person.stage = match stage {
            Stage::Asking { early } => {
                let running = early.unwrap_or_else(|| Running::new(now.steady, asked_s, true));
                Stage::Asking { early: Some(told(running)) }
            }
            Stage::Running(running) => Stage::Running(told(running)),
            Stage::Renewing(running) => Stage::Renewing(told(running)),
            Stage::Resting { .. } | Stage::Leaving { .. } => stage,
        };
        true
    }

    /// What is known of somebody. Fresh for as long as she is subscribed to.
    pub(super) fn of(&self, id: &PresenceId) -> Option<Presence> {
        let person = self.people.get(id)?;
        let (availability, heard) = person.told?;
        let running = person.running().filter(|_| self.is_up);
        let fresh_for = running.map_or(Duration::ZERO, |running| running.until.saturating_sub(heard.steady));
        Some(Presence { availability, heard, fresh_for })
    }

    /// With what the telephone system refuses to tell of anybody.
    pub(super) fn refusal(&self) -> Option<u16> {
        let is_told = self.people.values().any(|person| person.running().is_some());
        self.refusal.filter(|_| !is_told)
    }

    /// Ends everything: the SUBSCRIBEs that say goodbye.
    pub(super) fn end_all(&mut self) -> Vec<Step> {
        let running = self.people.iter().filter(|(_, person)| person.running().is_some());
        let ids: Vec<PresenceId> = running.map(|(id, _)| id.clone()).collect();
        let steps = ids.into_iter().map(|id| {
            self.turns += 1;
            Step { id, kind: StepKind::End, turn: self.turns }
        });
        let steps = steps.collect();
        self.people.clear();
        self.is_up = false;
        steps
    }

    // -- what is due ---------------------------------------------------------------------------------------------

    fn end_what_is_over(&mut self, now: Duration) {
        let over = self.people.iter().filter(|(_, person)| match person.stage {
            Stage::Running(running) | Stage::Renewing(running) => running.ends_at() <= now,
            Stage::Leaving { running, .. } => running.until <= now,
            Stage::Asking { .. } | Stage::Resting { .. } => false,
        });
        let over: Vec<PresenceId> = over.map(|(id, _)| id.clone()).collect();
        for id in over {
            self.pauses(&id, None, now);
        }
    }

    /// Whoever runs out first first.
    fn to_renew(&self, now: Duration) -> Vec<PresenceId> {
        let due = self.people.iter().filter_map(|(id, person)| match person.stage {
            Stage::Running(running) if running.renew_at <= now => Some((running.until, id.clone())),
            _ => None,
        });
        let mut due: Vec<(Duration, PresenceId)> = due.collect();
        due.sort();
        due.into_iter().map(|(_, id)| id).collect()
    }

    fn to_end(&self) -> Vec<PresenceId> {
        let leaving = self.people.iter();
        let leaving = leaving.filter(|(_, it)| matches!(it.stage, Stage::Leaving { is_sent: false, .. }));
        let mut leaving: Vec<PresenceId> = leaving.map(|(id, _)| id.clone()).collect();
        leaving.sort();
        leaving
    }

    /// Most wanted first, and never more than [`SUBSCRIPTIONS_MAX`] with those that have not left yet.
    fn to_begin(&self, now: Duration) -> Vec<PresenceId> {
        let taken = self.people.values().filter(|it| !matches!(it.stage, Stage::Resting { .. })).count();
        let due = self.shown.iter().filter(|id| {
            let stage = self.people.get(*id).map(|person| person.stage);
            matches!(stage, Some(Stage::Resting { until }) if until <= now)
        });
        due.take(SUBSCRIPTIONS_MAX.saturating_sub(taken)).cloned().collect()
    }

    /// The next step of somebody for whom one is due.
    fn step(&mut self, id: PresenceId) -> Option<Step> {
        let preferred = self.preferred();
        let person = self.people.get_mut(&id)?;
        let turn = self.turns + 1;
        let (stage, kind) = match person.stage {
            Stage::Resting { .. } => {
                let first = person.worked.unwrap_or(preferred);
                let package = if person.refused[first as usize] { first.other() } else { first };
                person.package = package;
                person.serial = turn;
                (Stage::Asking { early: None }, StepKind::Begin { package, expires_s: self.expires_s })
            }
            Stage::Running(running) => {
                (Stage::Renewing(running), StepKind::Renew { expires_s: self.expires_s })
            }
            Stage::Leaving { running, is_sent: false } => {
                (Stage::Leaving { running, is_sent: true }, StepKind::End)
            }
            Stage::Asking { .. } | Stage::Renewing(_) | Stage::Leaving { is_sent: true, .. } => return None,
        };
        self.turns = turn;
        person.stage = stage;
        person.turn = turn;
        Some(Step { id, kind, turn })
    }

    /// What this telephone system has allowed; calls where it never said.
    fn preferred(&self) -> Package {
        match self.accepted {
            [0, there] if there > 0 => Package::Presence,
            _ => Package::Dialog,
        }
    }

    // -- what was answered ---------------------------------------------------------------------------------------

    fn begun(&mut self, id: &PresenceId, early: Option<Running>, answer: Answer, now: Duration) {
        let expires_s = self.expires_s;
        let is_kept = self.shown.contains(id) || self.others.contains(id);
        let Some(person) = self.people.get_mut(id) else { return };
        let package = person.package;
        match answer.code {
            200..=299 if answer.expires_s != Some(0) => {
                let granted_s = answer.expires_s.unwrap_or(expires_s);
                let running = early.unwrap_or_else(|| Running::new(now, granted_s, false));
                person.stage = match is_kept {
                    true => Stage::Running(running),
                    false => Stage::Leaving { running, is_sent: false },
                };
                person.worked = Some(package);
                self.accepted[package as usize] += 1;
                self.refusal = None;
            }
            // What it told is worth more than an answer that was lost.
            _ if early.is_some_and(|running| running.until > now) => {
                if let Some(running) = early {
                    person.stage = Stage::Running(running);
                }
            }
            423 => match answer.min_expires_s.filter(|least_s| *least_s <= EXPIRES_MAX_S) {
                Some(least_s) if least_s > expires_s => {
                    self.expires_s = least_s;
                    self.rests(id, now);
                }
                Some(least_s) if least_s <= expires_s && person.failures == 0 => {
                    // Asked before another was told; once more with what is known by now.
                    person.failures = 1;
                    self.rests(id, now);
                }
                Some(_) | None => self.rests_long(id, now),
            },
            489 => self.refused(id, package, answer.code, now),
            405 | 501 => {
                person.refused[package.other() as usize] = true;
                self.refused(id, package, answer.code, now);
            }
            401 | 403 | 407 | 603 => {
                self.refusal = Some(answer.code);
                self.rests_long(id, now);
            }
            // Nobody there, or somebody without a telephone.
            404 | 410 | 416 | 484 | 604 => self.rests_long(id, now),
            _ => self.pauses(id, answer.retry_after_s, now),
        }
    }

    /// Another package is tried at once; with none left she is left alone.
    fn refused(&mut self, id: &PresenceId, package: Package, code: u16, now: Duration) {
        let Some(person) = self.people.get_mut(id) else { return };
        person.worked = None;
        person.refused[package as usize] = true;
        if person.refused[package.other() as usize] {
            self.refusal = Some(code);
            self.rests_long(id, now);
        } else {
            self.rests(id, now);
        }
    }

    fn renewed(&mut self, id: &PresenceId, running: Running, answer: Answer, now: Duration) {
        let expires_s = self.expires_s;
        let Some(person) = self.people.get_mut(id) else { return };
        match answer.code {
            200..=299 if answer.expires_s != Some(0) => {
                person.stage = Stage::Running(running.lasting(now, answer.expires_s.unwrap_or(expires_s)));
            }
            423 if answer.min_expires_s.is_some_and(|least| least > expires_s && least <= EXPIRES_MAX_S) => {
                self.expires_s = answer.min_expires_s.unwrap_or(expires_s);
                person.stage = Stage::Running(Running { renew_at: now, ..running });
            }
            // Not known there any more.
            200..=299 | 401 | 403..=405 | 407 | 410 | 481 | 489 | 501 | 604 => {
                self.goes_on(id, answer.retry_after_s, now);
            }
            // It still runs (RFC 6665 §4.1.2.2); tried once more before its end.
            _ => {
                let left = running.until.saturating_sub(now);
                person.stage = Stage::Running(Running { renew_at: now + left / 2 + SPAN, ..running });
            }
        }
    }

    fn ended(&mut self, id: &PresenceId, end: End, now: Duration) {
        match end.reason {
            Reason::Again => self.goes_on(id, end.retry_after_s, now),
            Reason::Later => self.pauses(id, end.retry_after_s, now),
            Reason::Never => self.rests_long(id, now),
        }
    }

    // -- how long nothing is asked -------------------------------------------------------------------------------

    /// A subscription that ended is begun anew at once, unless that happens again and again.
    fn goes_on(&mut self, id: &PresenceId, retry_after_s: Option<u32>, now: Duration) {
        let Some(person) = self.people.get_mut(id) else { return };
        let lasted = person.running().map_or(Duration::ZERO, |running| now.saturating_sub(running.since));
        if retry_after_s.is_none() && (lasted >= STEADY_AFTER || person.failures == 0) {
            person.failures = u32::from(lasted < STEADY_AFTER);
            self.rests(id, now);
        } else {
            self.pauses(id, retry_after_s, now);
        }
    }

    /// Pauses that grow with each failure, each a little off so that not all ask at once; never shorter than was asked for.
    fn pauses(&mut self, id: &PresenceId, retry_after_s: Option<u32>, now: Duration) {
        let chance = (self.dice)();
        let Some(person) = self.people.get_mut(id) else { return };
        if person.running().is_some_and(|running| now.saturating_sub(running.since) >= STEADY_AFTER) {
            person.failures = 0;
        }
        person.failures = person.failures.saturating_add(1);
        let pause = PAUSE_MIN.saturating_mul(1 << (person.failures - 1).min(6)).min(PAUSE_MAX);
        let pause = pause.mul_f64(0.75 + chance / 2.0);
        let asked = Duration::from_secs(u64::from(retry_after_s.unwrap_or(0))).min(REST);
        self.rests(id, now + pause.max(asked));
    }

    fn rests_long(&mut self, id: &PresenceId, now: Duration) {
        let until = now + REST.mul_f64(1.0 + (self.dice)() / 10.0);
        if let Some(person) = self.people.get_mut(id) {
            person.refused = [false; 2];
            person.failures = 0;
        }
        self.rests(id, until);
    }

    fn rests(&mut self, id: &PresenceId, until: Duration) {
        if let Some(person) = self.people.get_mut(id) {
            person.stage = Stage::Resting { until };
        }
    }
}

fn is_on_the_way(stage: Stage) -> bool {
    match stage {
        Stage::Asking { .. } | Stage::Renewing(_) | Stage::Leaving { is_sent: true, .. } => true,
        Stage::Resting { .. } | Stage::Running(_) | Stage::Leaving { is_sent: false, .. } => false,
    }
}

#[cfg(test)]
mod tests;
