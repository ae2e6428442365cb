//! A desk with skills and priorities at work: eight services, members and policy levels by skill, preferred members, every way of
//! distributing that rings one. Callers wait two minutes on average, so levels widen and priorities rise meanwhile; every eighth
//! offer is declined. Measures nothing.

use std::collections::VecDeque;

use engine::{
    AttendantId, CallId, Command, Distribution, Event, Members, OfferId, Origin, PartyId, PolicyLevel,
    Preferred, Service, ServiceId, SkillId, SkillNeed, Skills, Span, Switchboard, Timestamp,
};

/// Services, and ways of distributing, in turns.
const SERVICES: u64 = 8;
const WAYS: [Distribution; 4] = [
    Distribution::LongestIdle,
    Distribution::FewestCalls,
    Distribution::RoundRobin,
    Distribution::FixedOrder,
];
/// Languages. Every attendant speaks one well, another one a little, and has the common skill that makes a member.
const LANGUAGES: u64 = 4;
const COMMON: SkillId = SkillId(100);
/// What a caller waits on average, in milliseconds.
const WAIT_MS: u64 = 120_000;
const DECLINED_EVERY: u64 = 8;

/// A switchboard, who talks to whom, and what has happened.
pub struct SkilledDesk {
    board: Switchboard,
    now: Timestamp,
    step_ms: u64,
    waiting: u64,
    /// Counted along: a look at the queue would be most of what is measured.
    in_queue: u64,
    calls: u64,
    offers: u64,
    decisions: u64,
    /// In the order in which they will hang up.
    talking: VecDeque<(AttendantId, CallId)>,
    /// Everything that has happened, where it is kept.
    journal: Option<Vec<(Event, Timestamp)>>,
}

impl SkilledDesk {
    /// So many wait, and as many attendants as can talk.
    pub fn full(waiting: u64, attendants: u64, keeps_journal: bool) -> SkilledDesk {
        let mut desk = SkilledDesk {
            board: Switchboard::new(),
            now: Timestamp(0),
            step_ms: WAIT_MS / waiting,
            waiting,
            in_queue: 0,
            calls: 0,
            offers: 0,
            decisions: 0,
            talking: VecDeque::new(),
            journal: keeps_journal.then(Vec::new),
        };
        for service in (1..=SERVICES).map(ServiceId) {
            desk.act(&Command::PutService(settings(service)));
        }
        for attendant in (1..=attendants).map(AttendantId) {
            desk.act(&Command::PutAttendant(attendant));
            let (well, some) = (language(attendant.0), language(attendant.0 + 1));
            let skills = Skills::from([(well, 90), (some, 30), (COMMON, 50)]);
            desk.act(&Command::SetSkills { attendant, skills, profile: None });
            desk.act(&Command::SetDuty { attendant, on_duty: true });
        }
        desk.fill();
        desk.decisions = 0;
        desk
    }

    /// Time passes, somebody hangs up, whoever is rung answers or declines, and as many arrive as are missing. How many
    /// decisions it took.
    pub fn go_round(&mut self) -> u64 {
        let before = self.decisions;
        self.now.0 += i64::try_from(self.step_ms).expect("two minutes at most");
        while self.board.next_deadline().is_some_and(|due| due <= self.now) {
            self.act(&Command::Tick);
        }
        if let Some((attendant, call)) = self.talking.pop_front() {
            self.act(&Command::HangUp { attendant, call });
        }
        self.fill();
        self.decisions - before
    }

    /// What has happened so far.
    pub fn journal(&self) -> &[(Event, Timestamp)] {
        self.journal.as_deref().unwrap_or_default()
    }

    /// The switchboard.
    pub fn board(&self) -> &Switchboard {
        &self.board
    }

    fn fill(&mut self) {
        while self.in_queue < self.waiting {
            self.calls += 1;
            let service = ServiceId(self.calls % SERVICES + 1);
            let (call, party) = (CallId(self.calls), PartyId(self.calls));
            self.act(&Command::CallArrived { call, service, party, origin: Origin::Live });
        }
    }

    /// Decides, takes in, and answers whatever rings because of it.
    fn act(&mut self, command: &Command) {
        let mut ringing = self.decide(command);
        while let Some((attendant, offer)) = ringing.pop_front() {
            self.offers += 1;
            let answer = if self.offers.is_multiple_of(DECLINED_EVERY) {
                Command::Decline { attendant, offer }
            } else {
                Command::Accept { attendant, offer }
            };
            let more = self.decide(&answer);
            ringing.extend(more);
        }
    }

    fn decide(&mut self, command: &Command) -> VecDeque<(AttendantId, OfferId)> {
        self.decisions += 1;
        let events = self.board.decide(command, self.now).expect("every command of the desk is allowed");
        let mut ringing = VecDeque::new();
        for event in events {
            self.board.apply(&event, self.now);
            match event {
                Event::CallOffered { offer, attendant, .. } => ringing.push_back((attendant, offer)),
                Event::CallArrived { .. } => self.in_queue += 1,
                Event::CallAccepted { attendant, call, .. } => {
                    self.in_queue -= 1;
                    self.talking.push_back((attendant, call));
                }
                _ => {}
            }
            if let Some(journal) = &mut self.journal {
                journal.push((event, self.now));
            }
        }
        ringing
    }
}

fn language(number: u64) -> SkillId {
    SkillId(number % LANGUAGES)
}

fn settings(id: ServiceId) -> Service {
    let number = id.0 as usize;
    let level = |after, level| PolicyLevel {
        after: Span::from_secs(after),
        needs: vec![SkillNeed { skill: language(id.0), level }],
        profiles: vec![],
    };
    Service {
        priority: 10 * u8::try_from(number).expect("eight services"),
        members: Members::Skilled(vec![SkillNeed { skill: COMMON, level: 10 }]),
        distribution: WAYS[number % WAYS.len()],
        levels: vec![level(0, 80), level(30, 20), PolicyLevel { needs: vec![], ..level(60, 1) }],
        preferred: vec![Preferred { attendant: AttendantId(id.0), priority: 1 }],
        queue_time_max: Span::from_secs(3600),
        ..Service::new(id, "A service", vec![])
    }
}

#[cfg(test)]
mod tests {
    use super::SkilledDesk;
    use engine::{Event, Switchboard, invariants};

    #[test]
    fn a_skilled_desk_widens_promotes_and_stays_sound_and_its_journal_replays() {
        let mut desk = SkilledDesk::full(40, 10, true);
        for _ in 0..500 {
            desk.go_round();
        }
        assert_eq!(invariants::broken(desk.board()), Vec::<String>::new());
        assert_eq!(desk.board().queue().count(), 40);
        let has = |wanted: fn(&Event) -> bool| desk.journal().iter().any(|(event, _)| wanted(event));
        assert!(has(|event| matches!(event, Event::CallWidened { .. })));
        assert!(has(|event| matches!(event, Event::CallPromoted { .. })));
        let mut again = Switchboard::new();
        desk.journal().iter().for_each(|(event, at)| again.apply(event, *at));
        assert_eq!(&again, desk.board());
    }
}
