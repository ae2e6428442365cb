//! The sentences of "Why?" (ROUTE-6): what the engine tells about a decision, with names, for console and command line
//! alike. Decides nothing, and looks nothing up but the names it is given.

use std::collections::BTreeMap;

use engine::why::{Candidate, Decision, Edge, Fate, Look, Reason, What};
use engine::workflow::{Node, Step};
use engine::{
    AttendantId, Distribution, End, Failure, NotSelectable, OfferEnd, ServiceId, Span, Switchboard,
};

use crate::api::wire::why::{WhyCandidate, WhyDecision, WhyFate, WhyLook};
use crate::screen::service_names;
use crate::seat::{AttendantNames, name_of};

/// Members that are listed; a person reads no more, and the others are counted.
const LISTED_MAX: usize = 50;
/// Of a member who was not rung only because others came first.
const COULD_BE_RUNG: &str = "could be rung";

/// Who is called what.
pub struct Names {
    attendants: AttendantNames,
    services: BTreeMap<ServiceId, String>,
}

impl Names {
    /// The services of a switchboard, and these attendants; anybody else goes by number.
    pub fn of(board: &Switchboard, attendants: &AttendantNames) -> Names {
        Names { attendants: attendants.clone(), services: service_names(board) }
    }

    fn attendant(&self, attendant: AttendantId) -> String {
        name_of(&self.attendants, attendant)
    }

    fn service(&self, service: ServiceId) -> String {
        self.services.get(&service).cloned().unwrap_or_else(|| format!("service {service}"))
    }
}

/// One decision, told.
pub fn tell(decision: &Decision, names: &Names) -> WhyDecision {
    let who = |attendant: &AttendantId| names.attendant(*attendant);
    let (sentence, look) = match &decision.what {
        What::Queued { look } => (queued(look, names), Some(look)),
        What::Offered { attendants, look } => (offered(attendants, look, names), Some(look)),
        What::OfferEnded { attendant, how, again } => {
            (offer_ended(&who(attendant), *how, again.map(|until| until - decision.at)), None)
        }
        What::ReservationEnded => ("Kept for nobody any more.".to_owned(), None),
        What::Widened { level } => {
            (format!("Waited long enough for level {}: more members may be rung.", level + 1), None)
        }
        What::Promoted => ("Waited long enough to count as most important.".to_owned(), None),
        What::Accepted { attendant, picked: true } => {
            (format!("{} took it out of the queue.", who(attendant)), None)
        }
        What::Accepted { attendant, picked: false } => (format!("{} answered.", who(attendant)), None),
        What::Entered { node, open } => (entered(node, *open), None),
        What::KeyChosen { key } => (format!("The caller pressed {key}."), None),
        What::RecordingStarted => ("The caller was asked to leave a message.".to_owned(), None),
        What::VoicemailLeft { length } => {
            (format!("The caller left a voicemail of {}.", span(*length)), None)
        }
        What::CallbackRequested { callback } => {
            (format!("A callback was noted; it waits in her place as call {callback}."), None)
        }
        What::Moved { service } => (format!("Moved to {}.", names.service(*service)), None),
        What::HandOverBegan => ("The workflow began to put the caller through.".to_owned(), None),
        What::HandOverFailed { failure } => (failed(*failure).to_owned(), None),
        What::Ended { end } => (ended(*end).to_owned(), None),
    };
    let mut look = look.map(|look| tell_look(look, names));
    if let (What::Offered { attendants, .. }, Some(look)) = (&decision.what, &mut look) {
        mark(look, attendants);
    }
    WhyDecision { at: decision.at.0, sentence, look }
}

/// The look is that of the moment before: these were rung then.
fn mark(look: &mut WhyLook, rung: &[AttendantId]) {
    let rung: Vec<String> = rung.iter().map(ToString::to_string).collect();
    for it in look.candidates.iter_mut().filter(|it| rung.contains(&it.attendant)) {
        it.fate = WhyFate::Rung;
        it.reason = it.reason.replacen(COULD_BE_RUNG, "rung", 1);
    }
}

/// How things stand, told of a call that waits.
pub fn tell_look(look: &Look, names: &Names) -> WhyLook {
    let candidates = look.candidates.iter().take(LISTED_MAX).enumerate();
    let candidates = candidates.map(|(place, it)| WhyCandidate {
        attendant: it.attendant.to_string(),
        name: names.attendant(it.attendant),
        fate: match it.fate {
            Fate::Rung { .. } => WhyFate::Rung,
            Fate::Selectable => WhyFate::Selectable,
            Fate::PassedOver(_) => WhyFate::PassedOver,
        },
        reason: match it.fate {
            Fate::Rung { until } => format!("rings for another {}", span(until - look.at)),
            Fate::Selectable => standing(look, it, place),
            Fate::PassedOver(reason) => passed_over(look, reason, names),
        },
    });
    WhyLook {
        summary: summary(look, names),
        facts: facts(look, names),
        candidates: candidates.collect(),
        more: u32::try_from(look.candidates.len().saturating_sub(LISTED_MAX)).unwrap_or(u32::MAX),
    }
}

// -- sentences about a moment ------------------------------------------------------------------------------------------

fn summary(look: &Look, names: &Names) -> String {
    let rung: Vec<AttendantId> = look
        .candidates
        .iter()
        .filter(|it| matches!(it.fate, Fate::Rung { .. }))
        .map(|it| it.attendant)
        .collect();
    if !rung.is_empty() {
        return format!("Rings at {}.", listed(&rung, names));
    }
    if let Some(first) = look.selectable().next() {
        return format!("Can ring at {}.", names.attendant(first.attendant));
    }
    if look.candidates.is_empty() {
        return format!("Nobody belongs to {}.", names.service(look.service));
    }
    if let Some(reserved) = look.reserved {
        let keeper = names.attendant(reserved.attendant);
        let then = reserved.fallback.map_or_else(
            || format!("everybody of {}", names.service(look.service)),
            |other| names.service(other),
        );
        let left = span(reserved.until - look.at);
        return format!("Kept for {keeper} for another {left}, then for {then}.");
    }
    if look.distribution == Distribution::PickUp {
        return "Nobody is rung: callers of this service are picked from the queue.".to_owned();
    }
    format!("Nobody can be rung: {}.", counted(look))
}

/// How many are passed over for what, the most frequent first.
fn counted(look: &Look) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for candidate in &look.candidates {
        if let Fate::PassedOver(reason) = candidate.fate {
            *counts.entry(short(reason)).or_default() += 1;
        }
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(words, count)| (std::cmp::Reverse(*count), *words));
    let counts: Vec<String> = counts.into_iter().map(|(words, count)| format!("{count} {words}")).collect();
    counts.join(", ")
}

fn facts(look: &Look, names: &Names) -> Vec<String> {
    let mut facts = vec![format!(
        "Has waited {} for {}, with priority {}.",
        span(look.at - look.arrived),
        names.service(look.service),
        look.priority
    )];
    facts.push(match look.ahead {
        0 => "No other caller comes before.".to_owned(),
        1 => "One other caller comes before.".to_owned(),
        ahead => format!("{ahead} other callers come before."),
    });
    if let Some(promotion) = look.promotion {
        facts.push(format!("Counts as most important in {}.", span(promotion - look.at)));
    }
    if look.levels > 1 {
        let level = usize::from(look.level) + 1;
        facts.push(match look.widening {
            Some(at) => format!(
                "The wait has reached level {level} of {}; the next in {}.",
                look.levels,
                span(at - look.at)
            ),
            None => format!("The wait has reached the last of {} levels.", look.levels),
        });
    }
    facts.push(order(look.distribution).to_owned());
    facts
}

fn order(distribution: Distribution) -> &'static str {
    match distribution {
        Distribution::LongestIdle => "Rings at whoever has been idle longest.",
        Distribution::FewestCalls => "Rings at whoever has taken the fewest calls.",
        Distribution::RoundRobin => "Rings at whoever was last rung longest ago.",
        Distribution::FixedOrder => "Rings in the order of the list.",
        Distribution::PickUp => "Rings at nobody: members pick the calls themselves.",
        Distribution::Broadcast => "Rings at up to ten at once, whoever has been idle longest first.",
    }
}

/// Where a member stands who could be rung: by what the service goes by.
fn standing(look: &Look, it: &Candidate, place: usize) -> String {
    let mut words = vec![format!("{COULD_BE_RUNG}, number {} in order", place + 1)];
    words.extend(it.preferred.map(|priority| format!("preferred ({priority})")));
    if look.levels > 1 {
        words.extend(it.level.map(|level| format!("level {}", level + 1)));
    }
    words.push(match look.distribution {
        Distribution::LongestIdle | Distribution::Broadcast => idle(look, it),
        Distribution::FewestCalls => format!("{}, {}", calls(it), idle(look, it)),
        Distribution::RoundRobin if it.last_offer.0 == 0 => "never rung before".to_owned(),
        Distribution::RoundRobin => format!("last rung with offer {}", it.last_offer.0),
        Distribution::FixedOrder | Distribution::PickUp => format!("place {} in the list", it.place + 1),
    });
    words.join(", ")
}

fn passed_over(look: &Look, reason: Reason, names: &Names) -> String {
    match reason {
        Reason::NotSelectable(_) | Reason::PickUp => short(reason).to_owned(),
        Reason::KeptFor(keeper) => format!("the call is kept for {}", names.attendant(keeper)),
        Reason::LevelNotReached { level, at } => {
            format!("belongs to level {}, reached in {}", u16::from(level) + 1, span(at - look.at))
        }
        Reason::Declined { until } => {
            format!("{}; may be rung for it in {}", short(reason), span(until - look.at))
        }
    }
}

/// The first failing reason, in the order of CALL-2 and then of this one call.
fn short(reason: Reason) -> &'static str {
    match reason {
        Reason::NotSelectable(NotSelectable::Presence) => "not available by presence",
        Reason::NotSelectable(NotSelectable::OffDuty) => "off duty",
        Reason::NotSelectable(NotSelectable::NotServing) => "has switched the service off",
        Reason::NotSelectable(NotSelectable::Skills) => "lacks the skills of every level",
        Reason::NotSelectable(NotSelectable::Offered) => "rung for another call",
        Reason::NotSelectable(NotSelectable::Connected) => "in another call",
        Reason::NotSelectable(NotSelectable::Acw) => "in after-call work",
        Reason::NotSelectable(NotSelectable::Rona) => "did not answer a call and is not back",
        Reason::NotSelectable(NotSelectable::NotAvailable) => "on a break",
        Reason::NotSelectable(NotSelectable::Parked) => "has calls parked",
        Reason::KeptFor(_) => "passed over for whom it is kept",
        Reason::LevelNotReached { .. } => "not yet reached by the wait",
        Reason::Declined { .. } => "did not take it a moment ago",
        Reason::PickUp => "never rung: picks calls from the queue",
    }
}

// -- sentences about a decision ----------------------------------------------------------------------------------------

fn queued(look: &Look, names: &Names) -> String {
    let service = names.service(look.service);
    let came = if look.arrived < look.at { "Came back to" } else { "Joined" };
    match look.reserved {
        Some(reserved) => {
            format!("{came} the queue of {service}, kept for {} first.", names.attendant(reserved.attendant))
        }
        None => format!("{came} the queue of {service}."),
    }
}

/// Whom it rang at, and what put the first before the next who could have been.
fn offered(attendants: &[AttendantId], look: &Look, names: &Names) -> String {
    let rang = format!("Rang at {}", listed(attendants, names));
    if look.reserved.is_some() {
        return format!("{rang}, for whom it was kept.");
    }
    let rung = |it: &Candidate| attendants.contains(&it.attendant);
    let last = look.selectable().filter(|it| rung(it)).last();
    let next = look.selectable().find(|it| !rung(it));
    match (last, next) {
        (Some(last), Some(next)) => format!("{rang}: {}.", because(look, last, next, names)),
        (Some(_) | None, _) if attendants.len() > 1 => format!("{rang}: everybody who could be rung."),
        (Some(_) | None, _) => format!("{rang}: nobody else could be rung."),
    }
}

/// What puts one before the other, with the numbers of both.
fn because(look: &Look, first: &Candidate, second: &Candidate, names: &Names) -> String {
    let other = names.attendant(second.attendant);
    match look.edge(first, second) {
        Edge::Preferred => match second.preferred {
            Some(priority) => {
                format!("preferred ({}), before {other} ({priority})", first.preferred.unwrap_or_default())
            }
            None => format!("preferred ({}), {other} is not", first.preferred.unwrap_or_default()),
        },
        Edge::Level => {
            let level =
                |it: &Candidate| it.level.map_or("none".to_owned(), |it| (u16::from(it) + 1).to_string());
            format!("meets level {}, {other} level {}", level(first), level(second))
        }
        Edge::Idle => format!("{}, {other} {}", idle(look, first), span(look.at - second.idle_since)),
        Edge::Calls => format!("{}, {other} {}", calls(first), second.taken),
        Edge::LastOffer => format!("{}, {other} after that", last_rung(first)),
        Edge::Place => format!("place {} in the list, {other} place {}", first.place + 1, second.place + 1),
        Edge::Id => format!("equal to {other} in everything; the lower number decides"),
    }
}

fn offer_ended(who: &str, how: OfferEnd, again: Option<Span>) -> String {
    match (how, again) {
        (OfferEnd::Declined, Some(pause)) => {
            format!("{who} declined, and is not rung for this call for {}.", span(pause))
        }
        (OfferEnd::Declined, None) => format!("{who} declined."),
        (OfferEnd::TimedOut, _) => {
            format!("{who} did not answer in time, and is rung for no call until back.")
        }
        (OfferEnd::Withdrawn, Some(_)) => format!("{who} did not take the broadcast: others are rung."),
        (OfferEnd::Withdrawn, None) => format!("Stopped ringing at {who}."),
    }
}

fn ended(end: End) -> &'static str {
    match end {
        End::CallerHungUp => "The caller hung up.",
        End::AttendantHungUp => "The attendant hung up.",
        End::Transferred => "The caller was put through.",
        End::TransferFailed(failure) => failed(failure),
        End::QueueTimeOver => "The longest wait that the service allows was over.",
        End::HandedOver => "The workflow put the caller through.",
        End::EndOfWorkflow => "The workflow ended the call.",
        End::NotAnswered(_) => "Nobody answered.",
        End::Lost => "The line was lost.",
    }
}

fn failed(failure: Failure) -> &'static str {
    match failure {
        Failure::Busy => "The transfer failed: the target was busy.",
        Failure::Declined => "The transfer failed: the target declined.",
        Failure::NoAnswer => "The transfer failed: the target did not answer.",
        Failure::Unreachable => "The transfer failed: the target could not be reached.",
        Failure::Forbidden => "The transfer failed: the telephone system does not allow it.",
        Failure::CallerGone => "The caller hung up before the transfer.",
        Failure::Fault => "The transfer failed: the telephone system reported a fault.",
    }
}

/// A step of a workflow, by its own name where it has one, and what it does.
fn entered(node: &Node, open: Option<bool>) -> String {
    let does = match node.step {
        Step::Accept { .. } => "the call is answered",
        Step::Announce { .. } => "an announcement",
        Step::Hours { .. } if open == Some(false) => "the opening hours say closed",
        Step::Hours { .. } => "the opening hours say open",
        Step::Availability { .. } => "who could take the call is looked up",
        Step::Menu { .. } => "a menu",
        Step::Save { .. } => "something is noted",
        Step::Check { .. } => "what was noted is compared",
        Step::Queue { .. } => "the queue",
        Step::Position { .. } => "the place in the queue is looked up",
        Step::Voicemail { .. } => "voicemail",
        Step::Callback { .. } => "a callback is offered",
        Step::Transfer { .. } => "the call is handed on",
        Step::Disconnect => "the end",
    };
    match node.name.as_str() {
        "" => format!("Workflow: {does}."),
        name => format!("Workflow, {name}: {does}."),
    }
}

// -- words -------------------------------------------------------------------------------------------------------------

/// "Rita, Sara and 8 others".
fn listed(attendants: &[AttendantId], names: &Names) -> String {
    let name = |attendant: &AttendantId| names.attendant(*attendant);
    match attendants {
        [] => "nobody".to_owned(),
        [one] => name(one),
        [one, two] => format!("{} and {}", name(one), name(two)),
        [one, two, three] => format!("{}, {} and {}", name(one), name(two), name(three)),
        [one, two, others @ ..] => format!("{}, {} and {} others", name(one), name(two), others.len()),
    }
}

fn idle(look: &Look, it: &Candidate) -> String {
    format!("idle for {}", span(look.at - it.idle_since))
}

fn calls(it: &Candidate) -> String {
    match it.taken {
        1 => "has taken 1 call".to_owned(),
        taken => format!("has taken {taken} calls"),
    }
}

fn last_rung(it: &Candidate) -> String {
    match it.last_offer.0 {
        0 => "never rung before".to_owned(),
        _ => "last rung longest ago".to_owned(),
    }
}

/// `0 s`, `42 s`, `3 min 5 s`, `2 h 10 min`. Rounds down to whole seconds.
fn span(span: Span) -> String {
    let seconds = span.0 / 1000;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use engine::why::{decisions, now};
    use engine::{
        CallId, Command, Event, Leg, Origin, PartyId, PolicyLevel, Preferred, Service, SkillId, SkillNeed,
        Skills, Timestamp,
    };
    use expect_test::{Expect, expect};

    use super::*;

    const CALL: CallId = CallId(1);
    const S1: ServiceId = ServiceId(1);

    /// A switchboard, its journal and the time.
    struct Desk {
        board: Switchboard,
        journal: Vec<(Event, Timestamp)>,
        now: Timestamp,
    }

    impl Desk {
        /// Rita, Sara and Tom on duty, one every 10 s; the service changed as wanted.
        fn new(change: impl FnOnce(&mut Service)) -> Desk {
            let mut desk = Desk { board: Switchboard::new(), journal: Vec::new(), now: Timestamp(0) };
            let mut service = Service::new(S1, "Reception", (1..=3).map(AttendantId).collect());
            change(&mut service);
            desk.act(&Command::PutService(service));
            for attendant in (1..=3).map(AttendantId) {
                desk.act(&Command::PutAttendant(attendant));
                desk.act(&Command::SetDuty { attendant, on_duty: true });
                desk.pass(10);
            }
            desk
        }

        fn act(&mut self, command: &Command) {
            for event in self.board.decide(command, self.now).expect("nothing is refused") {
                self.board.apply(&event, self.now);
                self.journal.push((event, self.now));
            }
        }

        fn pass(&mut self, seconds: i64) {
            let end = Timestamp(self.now.0 + seconds * 1000);
            while let Some(due) = self.board.next_deadline().filter(|due| *due <= end) {
                self.now = self.now.max(due);
                self.act(&Command::Tick);
            }
            self.now = end;
        }

        fn arrives(&mut self, call: u64) {
            let (call, party) = (CallId(call), PartyId(9));
            self.act(&Command::CallArrived { call, service: S1, party, origin: Origin::Live });
        }

        fn offer(&self, attendant: u64) -> (AttendantId, engine::OfferId) {
            let attendant = AttendantId(attendant);
            let offer = self.board.attendant(attendant).and_then(|it| it.offer).expect("it rings there");
            (attendant, offer.0)
        }

        fn accepts(&mut self, attendant: u64) {
            let (attendant, offer) = self.offer(attendant);
            self.act(&Command::Accept { attendant, offer });
        }

        fn declines(&mut self, attendant: u64) {
            let (attendant, offer) = self.offer(attendant);
            self.act(&Command::Decline { attendant, offer });
        }

        fn names(&self) -> Names {
            let names = [(1, "Rita"), (2, "Sara"), (3, "")];
            Names::of(&self.board, &names.map(|(id, name)| (AttendantId(id), name.to_owned())).into())
        }

        fn check_now(&self, want: Expect) {
            let look = now(&self.board, CALL, self.now).expect("it waits");
            want.assert_eq(&text(&tell_look(&look, &self.names())));
        }

        fn check_past(&self, want: Expect) {
            let decided = decisions(self.journal.iter().map(|(event, at)| (event, *at)), CALL);
            let told = decided.iter().map(|decision| tell(decision, &self.names()));
            let lines: Vec<String> =
                told.map(|it| format!("{} s: {}\n", it.at / 1000, it.sentence)).collect();
            want.assert_eq(&lines.concat());
        }
    }

    fn text(look: &WhyLook) -> String {
        let mut lines = vec![look.summary.clone()];
        lines.extend(look.facts.iter().map(|fact| format!("  {fact}")));
        lines.extend(look.candidates.iter().map(|it| format!("- {}: {}", it.name, it.reason)));
        lines.join("\n") + "\n"
    }

    #[test]
    fn a_waiting_call_tells_who_is_rung_who_is_not_and_what_comes_next() {
        let english = SkillNeed { skill: SkillId(1), level: 80 };
        let level = |after, needs| PolicyLevel { after: Span::from_secs(after), needs, profiles: vec![] };
        let mut desk = Desk::new(|service| service.levels = vec![level(0, vec![english]), level(45, vec![])]);
        for attendant in [1, 2].map(AttendantId) {
            let skills = Skills::from([(SkillId(1), 90)]);
            desk.act(&Command::SetSkills { attendant, skills, profile: None });
        }
        desk.arrives(8);
        desk.accepts(1);
        desk.arrives(CALL.0);
        desk.pass(5);
        desk.check_now(expect![[r#"
            Rings at Sara.
              Has waited 5 s for Reception, with priority 50.
              No other caller comes before.
              Counts as most important in 2 min 55 s.
              The wait has reached level 1 of 2; the next in 40 s.
              Rings at whoever has been idle longest.
            - Rita: in another call
            - Sara: rings for another 15 s
            - Attendant 3: belongs to level 2, reached in 40 s
        "#]]);
        desk.declines(2);
        desk.check_now(expect![[r#"
            Nobody can be rung: 1 did not take it a moment ago, 1 in another call, 1 not yet reached by the wait.
              Has waited 5 s for Reception, with priority 50.
              No other caller comes before.
              Counts as most important in 2 min 55 s.
              The wait has reached level 1 of 2; the next in 40 s.
              Rings at whoever has been idle longest.
            - Rita: in another call
            - Sara: did not take it a moment ago; may be rung for it in 10 s
            - Attendant 3: belongs to level 2, reached in 40 s
        "#]]);
    }

    #[test]
    fn what_put_the_chosen_first_is_told_with_the_numbers_of_both() {
        for (distribution, want) in [
            (
                Distribution::LongestIdle,
                expect![[r#"
                100 s: Joined the queue of Reception.
                100 s: Rang at Sara: idle for 1 min 30 s, Attendant 3 1 min 20 s.
            "#]],
            ),
            (
                Distribution::FewestCalls,
                expect![[r#"
                100 s: Joined the queue of Reception.
                100 s: Rang at Sara: idle for 1 min 30 s, Attendant 3 1 min 20 s.
            "#]],
            ),
            (
                Distribution::RoundRobin,
                expect![[r#"
                100 s: Joined the queue of Reception.
                100 s: Rang at Sara: idle for 1 min 30 s, Attendant 3 1 min 20 s.
            "#]],
            ),
            (
                Distribution::FixedOrder,
                expect![[r#"
                100 s: Joined the queue of Reception.
                100 s: Rang at Rita: place 1 in the list, Sara place 2.
            "#]],
            ),
            (
                Distribution::Broadcast,
                expect![[r#"
                100 s: Joined the queue of Reception.
                100 s: Rang at Sara, Attendant 3 and Rita: everybody who could be rung.
            "#]],
            ),
        ] {
            let mut desk = Desk::new(|service| service.distribution = distribution);
            desk.arrives(8);
            desk.accepts(1);
            desk.pass(65);
            desk.act(&Command::LegHungUp { leg: Leg::Caller(CallId(8)) });
            desk.pass(5);
            desk.arrives(CALL.0);
            desk.check_past(want);
        }
    }

    #[test]
    fn a_preferred_member_a_ringing_out_and_a_promotion_are_told() {
        let mut desk = Desk::new(|service| {
            service.preferred = vec![Preferred { attendant: AttendantId(3), priority: 4 }];
        });
        desk.arrives(CALL.0);
        desk.pass(20);
        desk.declines(1);
        desk.pass(3);
        desk.act(&Command::Pick { attendant: AttendantId(1), call: CALL });
        desk.pass(30);
        desk.act(&Command::Park { attendant: AttendantId(1), call: CALL, slot: None });
        desk.pass(145);
        desk.act(&Command::LegHungUp { leg: Leg::Caller(CALL) });
        desk.check_past(expect![[r#"
            30 s: Joined the queue of Reception.
            30 s: Rang at Attendant 3: preferred (4), Rita is not.
            50 s: Attendant 3 did not answer in time, and is rung for no call until back.
            50 s: Rang at Rita: idle for 50 s, Sara 40 s.
            50 s: Rita declined, and is not rung for this call for 10 s.
            50 s: Rang at Sara: nobody else could be rung.
            53 s: Stopped ringing at Sara.
            53 s: Rita took it out of the queue.
            203 s: Came back to the queue of Reception, kept for Rita first.
            203 s: Rang at Rita, for whom it was kept.
            210 s: Waited long enough to count as most important.
            223 s: Rita did not answer in time, and is rung for no call until back.
            223 s: Kept for nobody any more.
            223 s: Rang at Sara: nobody else could be rung.
            228 s: Stopped ringing at Sara.
            228 s: The caller hung up.
        "#]]);
    }

    #[test]
    fn a_service_that_rings_nobody_says_why() {
        let mut picked = Desk::new(|service| service.distribution = Distribution::PickUp);
        picked.arrives(CALL.0);
        picked.check_now(expect![[r#"
            Nobody is rung: callers of this service are picked from the queue.
              Has waited 0 s for Reception, with priority 50.
              No other caller comes before.
              Counts as most important in 3 min.
              Rings at nobody: members pick the calls themselves.
            - Rita: never rung: picks calls from the queue
            - Sara: never rung: picks calls from the queue
            - Attendant 3: never rung: picks calls from the queue
        "#]]);
        let mut empty = Desk::new(|service| service.members = engine::Members::Nobody);
        empty.arrives(CALL.0);
        empty.check_now(expect![[r#"
            Nobody belongs to Reception.
              Has waited 0 s for Reception, with priority 50.
              No other caller comes before.
              Counts as most important in 3 min.
              Rings at whoever has been idle longest.
        "#]]);
    }

    #[test]
    fn who_was_rung_is_marked_among_those_who_could_have_been() {
        let mut desk = Desk::new(|_| {});
        desk.act(&Command::SetDuty { attendant: AttendantId(2), on_duty: false });
        desk.arrives(CALL.0);
        let decided = decisions(desk.journal.iter().map(|(event, at)| (event, *at)), CALL);
        let told = tell(&decided[1], &desk.names()).look.expect("somebody was considered");
        let rung = told.candidates.iter().map(|it| it.fate == WhyFate::Rung);
        assert_eq!(rung.collect::<Vec<_>>(), [true, false, false]);
        expect![[r#"
            Can ring at Rita.
              Has waited 0 s for Reception, with priority 50.
              No other caller comes before.
              Counts as most important in 3 min.
              Rings at whoever has been idle longest.
            - Rita: rung, number 1 in order, idle for 30 s
            - Attendant 3: could be rung, number 2 in order, idle for 10 s
            - Sara: off duty
        "#]]
        .assert_eq(&text(&told));
    }

    #[test]
    fn spans_are_told_as_one_would_say_them() {
        let told = [0, 999, 42_000, 60_000, 185_000, 3_600_000, 7_800_000].map(|ms| span(Span(ms)));
        assert_eq!(told, ["0 s", "0 s", "42 s", "1 min", "3 min 5 s", "1 h", "2 h 10 min"]);
    }

    #[test]
    fn a_broadcast_of_many_is_listed_shortly() {
        let desk = Desk::new(|_| {});
        let ids: Vec<AttendantId> = (1..=7).map(AttendantId).collect();
        let told = [1, 2, 3, 7].map(|count| listed(&ids[..count], &desk.names()));
        assert_eq!(told, ["Rita", "Rita and Sara", "Rita, Sara and Attendant 3", "Rita, Sara and 5 others"]);
    }
}
