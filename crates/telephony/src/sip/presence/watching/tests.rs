//! Subscriptions over hours, on a clock that only the test moves.

use engine::Timestamp;
use proptest::prelude::*;

use super::*;

const OK: Answer = Answer { code: 200, expires_s: Some(300), min_expires_s: None, retry_after_s: None };
const S: Duration = Duration::from_secs(1);

fn id(name: impl ToString) -> PresenceId {
    PresenceId(name.to_string())
}

fn people(names: std::ops::Range<u32>) -> Vec<PresenceId> {
    names.map(id).collect()
}

fn answer(code: u16) -> Answer {
    Answer { code, ..Answer::default() }
}

fn told(availability: Availability) -> Notice {
    Notice { told: Some(availability), ..Notice::default() }
}

fn ended(reason: Reason, retry_after_s: Option<u32>) -> Notice {
    Notice { end: Some(End { reason, retry_after_s }), ..Notice::default() }
}

/// A telephone system in a few lines, and the clock.
struct Desk {
    watching: Watching,
    now: Duration,
    /// All SUBSCRIBEs so far, with their moment.
    sent: Vec<(Duration, Step)>,
}

impl Desk {
    /// The link is up and these are shown.
    fn showing(ids: Vec<PresenceId>) -> Desk {
        let mut desk = Desk { watching: Watching::new(300, || 0.5), now: Duration::ZERO, sent: Vec::new() };
        desk.watching.link(true, desk.now);
        desk.watching.show(ids, desk.now);
        desk
    }

    fn moment(&self) -> Moment {
        let ms = i64::try_from(self.now.as_millis()).unwrap_or(i64::MAX);
        Moment { wall: Timestamp(ms), steady: self.now }
    }

    /// Lets time pass as the task does, each SUBSCRIBE answered so at once.
    fn passes(&mut self, span: Duration, mut answers: impl FnMut(&Step) -> Option<(Answer, Option<Notice>)>) {
        let until = self.now + span;
        loop {
            for step in self.watching.due(self.now) {
                self.sent.push((self.now, step.clone()));
                let Some((answer, notice)) = answers(&step) else { continue };
                self.watching.answered(&step.id, step.turn, answer, self.now);
                if let Some(notice) = notice {
                    let serial = self.serial(&step.id);
                    self.watching.notified(&step.id, serial, notice, self.moment());
                }
            }
            match self.watching.wake_at(self.now) {
                Some(at) if at <= until => self.now = at,
                Some(_) | None => break,
            }
        }
        self.now = until;
    }

    /// Everybody is there and does this.
    fn all_are(&mut self, span: Duration, availability: Availability) {
        self.passes(span, |_| Some((OK, Some(told(availability)))));
    }

    fn serial(&self, id: &PresenceId) -> u64 {
        self.watching.people.get(id).map_or(0, |person| person.serial)
    }

    fn hears(&mut self, name: &str, notice: Notice) -> bool {
        let serial = self.serial(&id(name));
        self.watching.notified(&id(name), serial, notice, self.moment())
    }

    fn of(&self, name: &str) -> Option<(Availability, bool)> {
        let presence = self.watching.of(&id(name))?;
        Some((presence.availability, presence.is_stale(self.moment())))
    }

    /// What was sent of somebody since the last look: how long after the test began, and what.
    fn sent_of(&mut self, name: &str) -> Vec<(u64, StepKind)> {
        let (hers, others) =
            std::mem::take(&mut self.sent).into_iter().partition(|(_, step)| step.id.0 == name);
        self.sent = others;
        let hers: Vec<(Duration, Step)> = hers;
        hers.into_iter().map(|(at, step)| (at.as_secs(), step.kind)).collect()
    }

    fn running(&self) -> usize {
        self.watching.people.values().filter(|person| person.running().is_some()).count()
    }
}

const fn begin(package: Package) -> StepKind {
    StepKind::Begin { package, expires_s: 300 }
}
const RENEW: StepKind = StepKind::Renew { expires_s: 300 };

/// DIR-3: honest about age. No news from a subscription that runs is no change; none from one that ended is none.
#[test]
fn what_is_subscribed_to_is_fresh_for_hours_and_stale_when_that_ends_dir_3() {
    let mut desk = Desk::showing(vec![id("4010")]);
    desk.all_are(S, Availability::InACall);
    assert_eq!(desk.of("4010"), Some((Availability::InACall, false)));
    // It is renewed, and nothing new is told.
    desk.passes(7_200 * S, |_| Some((OK, None)));
    assert_eq!(desk.of("4010"), Some((Availability::InACall, false)), "two hours later");
    let kinds = desk.sent_of("4010");
    assert_eq!(kinds[0].1, begin(Package::Dialog));
    assert!(kinds[1..].iter().all(|(_, kind)| *kind == RENEW), "{kinds:?}");
    assert!((26..=30).contains(&kinds.len()), "well before each end, not more often: {}", kinds.len());
    // Nobody answers any more.
    desk.passes(301 * S, |_| None);
    assert_eq!(desk.of("4010"), Some((Availability::InACall, true)));
}

#[test]
fn a_link_that_is_lost_makes_all_stale_and_when_it_is_back_all_are_asked_for_anew_dir_3() {
    let mut desk = Desk::showing(people(4010..4020));
    desk.all_are(5 * S, Availability::Available);
    desk.sent.clear();
    desk.watching.link(false, desk.now);
    assert_eq!(desk.of("4010"), Some((Availability::Available, true)), "at once");
    desk.all_are(60 * S, Availability::Available);
    assert_eq!(desk.sent.len(), 0, "nobody is asked where nobody is");
    desk.watching.link(true, desk.now);
    let back = desk.now;
    desk.all_are(5 * S, Availability::InACall);
    assert_eq!(desk.sent.len(), 10);
    assert!(desk.sent.iter().all(|(at, step)| *at > back && step.kind == begin(Package::Dialog)));
    assert_eq!(desk.of("4019"), Some((Availability::InACall, false)));
}

#[test]
fn an_old_subscription_is_no_more_once_the_link_was_lost() {
    let mut desk = Desk::showing(vec![id("4010")]);
    desk.all_are(S, Availability::Available);
    let serial = desk.serial(&id("4010"));
    desk.watching.link(false, desk.now);
    desk.watching.link(true, desk.now);
    assert!(!desk.watching.notified(&id("4010"), serial, told(Availability::Busy), desk.moment()));
}

/// A telephone system that knows `presence` only is asked for that from the second person on.
#[test]
fn a_package_that_is_refused_leads_to_the_other_and_that_is_remembered() {
    let mut desk = Desk::showing(vec![id("1")]);
    let knows = |only: Package| {
        move |step: &Step| match step.kind {
            StepKind::Begin { package, .. } if package != only => Some((answer(489), None)),
            _ => Some((OK, Some(told(Availability::Away)))),
        }
    };
    desk.passes(2 * S, knows(Package::Presence));
    let kinds: Vec<StepKind> = desk.sent_of("1").into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(kinds, [begin(Package::Dialog), begin(Package::Presence)]);
    assert_eq!(desk.of("1"), Some((Availability::Away, false)));
    assert_eq!(desk.watching.refusal(), None);
    desk.watching.show(vec![id("1"), id("2")], desk.now);
    desk.passes(2 * S, knows(Package::Presence));
    assert_eq!(desk.sent_of("2").first().map(|(_, kind)| *kind), Some(begin(Package::Presence)));
    // And back, where somebody has only the other.
    desk.watching.show(vec![id("3")], desk.now);
    desk.passes(2 * S, knows(Package::Dialog));
    let kinds: Vec<StepKind> = desk.sent_of("3").into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(kinds, [begin(Package::Presence), begin(Package::Dialog)]);
}

/// DIR-5: said, and then left alone for an hour.
#[test]
fn a_telephone_system_that_tells_nobody_is_asked_rarely_and_that_is_known() {
    for (code, packages) in [(489, 2), (405, 1), (501, 1), (403, 1)] {
        let mut desk = Desk::showing(people(10..13));
        desk.passes(3_500 * S, |_| Some((answer(code), None)));
        assert_eq!(desk.watching.refusal(), Some(code));
        assert_eq!(desk.sent.len(), 3 * packages, "{code}");
        // It was switched on meanwhile.
        desk.all_are(700 * S, Availability::Available);
        assert_eq!((desk.watching.refusal(), desk.running()), (None, 3), "{code}");
    }
    let mut desk = Desk::showing(people(10..13));
    desk.passes(3_500 * S, |_| Some((answer(404), None)));
    assert_eq!((desk.watching.refusal(), desk.sent.len()), (None, 3), "nobody is there; that is no refusal");
}

#[test]
fn a_life_that_is_too_short_is_made_longer_and_that_holds_for_all() {
    let mut desk = Desk::showing(vec![id("1"), id("2")]);
    let least = Answer { code: 423, min_expires_s: Some(1_800), ..Answer::default() };
    desk.passes(5 * S, |step| match step.kind {
        StepKind::Begin { expires_s: 1_800, .. } => {
            Some((Answer { expires_s: Some(1_800), ..OK }, Some(told(Availability::Busy))))
        }
        _ => Some((least, None)),
    });
    assert_eq!(desk.running(), 2);
    desk.watching.show(vec![id("3")], desk.now);
    desk.passes(2 * S, |_| Some((OK, None)));
    let wanted = StepKind::Begin { package: Package::Dialog, expires_s: 1_800 };
    assert_eq!(desk.sent_of("3").first().map(|(_, kind)| *kind), Some(wanted));
    // What nobody can agree to ends the asking.
    let mut desk = Desk::showing(vec![id("1")]);
    let absurd = Answer { code: 423, min_expires_s: Some(10_000_000), ..Answer::default() };
    desk.passes(3_000 * S, |_| Some((absurd, None)));
    assert_eq!(desk.sent.len(), 1);
}

#[test]
fn a_subscription_that_is_forgotten_there_is_begun_anew_and_not_in_a_loop() {
    let mut desk = Desk::showing(vec![id("1")]);
    desk.all_are(5 * S, Availability::Available);
    desk.sent.clear();
    // A restart that nobody noticed: 481 at the next renewal.
    desk.passes(300 * S, |step| match step.kind {
        StepKind::Renew { .. } => Some((answer(481), None)),
        _ => Some((OK, Some(told(Availability::InACall)))),
    });
    let kinds: Vec<StepKind> = desk.sent_of("1").into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(kinds, [RENEW, begin(Package::Dialog)]);
    assert_eq!(desk.of("1"), Some((Availability::InACall, false)));
    // One that ends each as soon as it has begun.
    let mut desk = Desk::showing(vec![id("1")]);
    desk.passes(3_600 * S, |_| Some((OK, Some(ended(Reason::Again, None)))));
    let begun = desk.sent.len();
    assert!((10..30).contains(&begun), "pauses grow up to five minutes: {begun} in an hour");
}

#[test]
fn whoever_asks_for_time_gets_it() {
    for (notice, least_s, most_s) in [
        (ended(Reason::Again, None), 0, 1),
        (ended(Reason::Later, None), 3, 7),
        (ended(Reason::Later, Some(90)), 90, 91),
        (ended(Reason::Never, None), 3_600, 4_000),
        (ended(Reason::Later, Some(u32::MAX)), 3_600, 4_000),
    ] {
        let mut desk = Desk::showing(vec![id("1")]);
        desk.all_are(100 * S, Availability::Busy);
        desk.sent.clear();
        let at = desk.now.as_secs();
        assert!(desk.hears("1", notice));
        assert_eq!(desk.of("1"), Some((Availability::Busy, true)), "it has ended: {notice:?}");
        desk.all_are(5_000 * S, Availability::Busy);
        let again = desk.sent_of("1")[0].0 - at;
        assert!((least_s..=most_s).contains(&again), "{notice:?}: after {again} s");
    }
    let busy = Answer { code: 503, retry_after_s: Some(120), ..Answer::default() };
    let mut desk = Desk::showing(vec![id("1")]);
    desk.passes(119 * S, |_| Some((busy, None)));
    assert_eq!(desk.sent.len(), 1);
    desk.all_are(3 * S, Availability::Busy);
    assert_eq!(desk.running(), 1);
}

#[test]
fn a_subscription_that_tells_nothing_has_failed() {
    let mut desk = Desk::showing(vec![id("1")]);
    desk.passes(31 * S, |_| Some((OK, None)));
    assert_eq!((desk.running(), desk.of("1")), (1, None));
    desk.passes(3 * S, |_| Some((OK, None)));
    assert_eq!(desk.running(), 0);
    desk.all_are(10 * S, Availability::Available);
    assert_eq!(desk.of("1"), Some((Availability::Available, false)), "it is tried again");
}

/// RFC 6665 §4.1.2.4: the NOTIFY may be faster than the answer, or the answer be lost.
#[test]
fn a_notify_that_is_faster_than_the_answer_counts() {
    let mut desk = Desk::showing(vec![id("1")]);
    desk.passes(S, |_| None);
    assert!(desk.hears("1", told(Availability::InACall)));
    assert_eq!(desk.of("1"), Some((Availability::InACall, false)));
    let turn = desk.sent[0].1.turn;
    desk.watching.answered(&id("1"), turn, answer(408), desk.now);
    assert_eq!((desk.of("1"), desk.running()), (Some((Availability::InACall, false)), 1));
    // An answer to a question of before changes nothing.
    desk.watching.answered(&id("1"), turn, answer(404), desk.now);
    assert_eq!(desk.running(), 1);
}

#[test]
fn a_gap_is_filled_by_asking_for_everything() {
    let mut desk = Desk::showing(vec![id("1")]);
    desk.all_are(5 * S, Availability::Available);
    desk.sent.clear();
    assert!(desk.hears("1", Notice { gap: true, ..told(Availability::Busy) }));
    desk.passes(S, |_| Some((OK, None)));
    assert_eq!(desk.sent_of("1"), [(5, RENEW)]);
}

#[test]
fn a_system_that_was_away_for_a_moment_is_asked_without_making_anything_stale() {
    let mut desk = Desk::showing(people(1..4));
    desk.all_are(5 * S, Availability::Available);
    desk.sent.clear();
    desk.watching.doubt(desk.now);
    assert_eq!(desk.of("1"), Some((Availability::Available, false)));
    desk.passes(S, |_| Some((OK, None)));
    assert_eq!(desk.sent.len(), 3);
}

/// The favourites come after the visible, whoever was visible stays while there is room, the longest unseen leave first.
#[test]
fn there_are_never_more_subscriptions_than_are_allowed_and_the_longest_unseen_leave_first() {
    let mut desk = Desk::showing(people(0..150));
    desk.all_are(60 * S, Availability::Available);
    assert_eq!(desk.running(), 150);
    desk.watching.show(people(100..250), desk.now);
    desk.all_are(60 * S, Availability::Available);
    assert_eq!(desk.running(), SUBSCRIPTIONS_MAX);
    for (name, is_there) in
        [("249", true), ("100", true), ("0", true), ("49", true), ("50", false), ("99", false)]
    {
        let running = desk.watching.people.get(&id(name)).is_some_and(|person| person.running().is_some());
        assert_eq!(running, is_there, "{name}: of those that were shown, the most wanted stay");
    }
    let ends = desk.sent.iter().filter(|(_, step)| step.kind == StepKind::End).count();
    assert_eq!(ends, 50);
    assert_eq!(desk.of("60"), Some((Availability::Available, true)), "nobody tells any more");
}

#[test]
fn whoever_is_visible_for_a_moment_only_is_not_asked_for() {
    let mut desk = Desk::showing(vec![id("a")]);
    for n in 0..20 {
        desk.watching.show(vec![id(n)], desk.now);
        desk.all_are(Duration::from_millis(120), Availability::Available);
    }
    assert_eq!(desk.sent.len(), 0, "she types");
    desk.all_are(S, Availability::Available);
    assert_eq!(desk.sent_of("19").len(), 1);
    assert_eq!(desk.sent.len(), 0);
}

#[test]
fn everything_is_ended_at_the_end() {
    let mut desk = Desk::showing(people(0..30));
    desk.all_are(10 * S, Availability::Available);
    let goodbyes = desk.watching.end_all();
    assert_eq!(goodbyes.len(), 30);
    assert!(goodbyes.iter().all(|step| step.kind == StepKind::End));
    desk.sent.clear();
    desk.all_are(1_000 * S, Availability::Available);
    assert_eq!(desk.sent.len(), 0);
}

/// What a telephone system, a network or an attendant may do, in any order.
#[derive(Clone, Debug)]
enum Happens {
    Shows(u32, u32),
    Link(bool),
    Passes(u64, u16),
    Hears(u32, Option<u8>),
    Doubt,
}

fn happens() -> impl Strategy<Value = Happens> {
    let codes = [200_u16, 200, 200, 202, 401, 403, 404, 405, 408, 423, 481, 489, 500, 503, 603, 0];
    prop_oneof![
        (0_u32..500, 0_u32..300).prop_map(|(from, length)| Happens::Shows(from, length)),
        any::<bool>().prop_map(Happens::Link),
        Just(Happens::Link(true)),
        (0_u64..400, proptest::sample::select(codes.to_vec())).prop_map(|(s, code)| Happens::Passes(s, code)),
        (0_u32..800, proptest::option::of(0_u8..3)).prop_map(|(who, end)| Happens::Hears(who, end)),
        Just(Happens::Doubt),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Whatever happens: never more subscriptions than are allowed, never more SUBSCRIBEs in a second, and nothing is fresh
    /// without a subscription that runs.
    #[test]
    fn the_bounds_hold_whatever_happens(story in proptest::collection::vec(happens(), 1..40)) {
        let mut desk = Desk::showing(Vec::new());
        for what in story {
            match what {
                Happens::Shows(from, length) => desk.watching.show(people(from..from + length), desk.now),
                Happens::Link(is_up) => desk.watching.link(is_up, desk.now),
                Happens::Passes(seconds, 0) => desk.passes(Duration::from_secs(seconds), |_| None),
                Happens::Passes(seconds, code) => {
                    let given = Answer { code, min_expires_s: Some(600), ..Answer::default() };
                    desk.passes(Duration::from_secs(seconds), |step| {
                        Some((given, (step.turn % 2 == 0).then(|| told(Availability::InACall))))
                    });
                }
                Happens::Hears(who, end) => {
                    let notice = match end {
                        None => told(Availability::Busy),
                        Some(0) => ended(Reason::Again, None),
                        Some(1) => ended(Reason::Later, Some(1)),
                        Some(_) => ended(Reason::Never, None),
                    };
                    desk.hears(&who.to_string(), notice);
                }
                Happens::Doubt => desk.watching.doubt(desk.now),
            }
            let taken = desk.watching.people.values();
            let taken = taken.filter(|it| !matches!(it.stage, Stage::Resting { .. })).count();
            prop_assert!(taken <= SUBSCRIPTIONS_MAX, "{taken}");
            prop_assert!(desk.watching.people.len() <= KNOWN_MAX + SUBSCRIPTIONS_MAX);
            for (name, person) in &desk.watching.people {
                if person.running().is_none() && person.told.is_some() {
                    prop_assert_eq!(desk.of(&name.0).map(|(_, is_stale)| is_stale), Some(true));
                }
            }
        }
        let moments: Vec<Duration> = desk.sent.iter().map(|(at, _)| *at).collect();
        for (at, first) in moments.iter().enumerate() {
            let within = moments[at..].iter().take_while(|then| **then - *first < SPAN).count();
            prop_assert!(within <= SUBSCRIBES_MAX, "{within} from {first:?} on");
        }
    }
}
