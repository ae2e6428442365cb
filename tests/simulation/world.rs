//! One run: what happens step by step, and what must hold. The truth is the journal; a reference switchboard follows it
//! event by event, whatever the hosts believe.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

use engine::{
    Activity, Attendant, AttendantId, Calendar, Call, CallId, CallState, Command, Distribution, Event, Leg,
    Limits, NotAvailable, Origin, ParkFallback, PartyId, PolicyLevel, Preferred, Presence, Rejection,
    Service, ServiceId, SkillId, SkillNeed, Skills, Span, Switchboard, Target, TargetKind, Timestamp,
    TransferId, Unattended, event, invariants,
};

use hours::{DaySet, Period, State, WallTime, When, Zone};

use crate::dice::Dice;
use crate::exchange::{Doing, Exchange};
use crate::hosts::{Accident, Host, Journal, Outcome};
use crate::records::Ledger;
use crate::workflows::{HOURS, drawn};

const HOSTS: usize = 3;
const ATTENDANTS: u64 = 4;
const ENGLISH: SkillId = SkillId(1);
/// The ways a service may distribute its calls.
const DISTRIBUTIONS: [Distribution; 6] = [
    Distribution::LongestIdle,
    Distribution::FewestCalls,
    Distribution::RoundRobin,
    Distribution::FixedOrder,
    Distribution::PickUp,
    Distribution::Broadcast,
];
/// Steps between two moments of rest.
const STEPS_TO_REST: u32 = 500;

/// A deliberate fault of the machinery, to see that the simulation notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sabotage {
    None,
    JournalWithoutFence,
    JournalWithoutSequence,
    AppliesBeforeAppending,
    NeverReconciles,
}

/// What did not hold, and when.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) step: u32,
    pub(crate) what: String,
}

/// Everything there is.
pub(crate) struct World {
    dice: Dice,
    now: Timestamp,
    journal: Journal,
    hosts: Vec<Host>,
    /// Which host leads, if the others do not believe it.
    leader: usize,
    exchange: Exchange,
    reference: Switchboard,
    followed: usize,
    callers: Callers,
    ledger: Ledger,
    transfers: u64,
    dialled: u64,
    reconciles: bool,
    /// Off while things come to rest.
    faults: bool,
}

impl World {
    pub(crate) fn new(seed: u64, sabotage: Sabotage) -> World {
        let mut journal = Journal::default();
        journal.checks.generation = sabotage != Sabotage::JournalWithoutFence;
        journal.checks.sequence = sabotage != Sabotage::JournalWithoutSequence;
        if !journal.checks.generation {
            // Either check alone survives light testing, so the other one must not hide that this one is gone.
            journal.checks.sequence = false;
        }
        let applies_first = sabotage == Sabotage::AppliesBeforeAppending;
        let hosts = (0..HOSTS).map(|_| Host::start(&mut journal, 0, applies_first)).collect();
        let mut world = World {
            dice: Dice::new(seed),
            now: Timestamp(1_000_000),
            journal,
            hosts,
            leader: HOSTS - 1,
            exchange: Exchange::default(),
            reconciles: sabotage != Sabotage::NeverReconciles,
            reference: Switchboard::new(),
            followed: 0,
            callers: Callers::default(),
            ledger: Ledger::default(),
            transfers: 0,
            dialled: 0,
            faults: false,
        };
        world.staff();
        world
    }

    fn staff(&mut self) {
        let attendants: Vec<AttendantId> = (1..=ATTENDANTS).map(AttendantId).collect();
        let mut reception = Service::new(ServiceId(1), "Reception", attendants.clone());
        reception.queue_time_max = Span::from_secs(60);
        let mut support = Service::new(ServiceId(2), "Support", attendants[1..].to_vec());
        (support.acw, support.priority) = (Span::from_secs(5), 20);
        let mut hotline = Service::new(ServiceId(3), "Hotline", attendants[..2].to_vec());
        hotline.queue_time_max = Span::from_secs(30);
        hotline.workflow = Some(drawn(&mut self.dice, ServiceId(2)));
        if self.dice.per_mille(300) {
            support.workflow = Some(drawn(&mut self.dice, ServiceId(3)));
        }
        for service in [&mut reception, &mut support, &mut hotline] {
            service.distribution = DISTRIBUTIONS[self.dice.below(DISTRIBUTIONS.len())];
            service.parallel_work = self.dice.per_mille(700);
        }
        // Half of the seeds begin with those who speak English, and widen to everybody.
        if self.dice.per_mille(500) {
            let level = |after, needs| PolicyLevel { after: Span::from_secs(after), needs, profiles: vec![] };
            support.levels = vec![level(0, vec![SkillNeed { skill: ENGLISH, level: 50 }]), level(8, vec![])];
            support.preferred = vec![Preferred { attendant: AttendantId(ATTENDANTS), priority: 1 }];
        }
        // In half of the seeds forgotten parked calls go to the support in the end.
        let park_fallback =
            if self.dice.per_mille(500) { ParkFallback::Service(support.id) } else { ParkFallback::Queue };
        let limits = Limits {
            park_fallback,
            park_slots: 3,
            park_time: Span::from_secs(40),
            priority_wait_max: Span::from_secs(20),
            calls_max: 12,
            callback_time_max: Span::from_secs(60),
            ..Limits::default()
        };
        let mut commands = vec![Command::PutCalendar(every_other_minute()), Command::PutService(reception)];
        // A workflow, or a fallback, may lead to a service only where there is one.
        commands.push(Command::PutService(Service { workflow: None, ..support.clone() }));
        commands.push(Command::PutLimits(limits));
        commands.extend([Command::PutService(hotline), Command::PutService(support)]);
        for attendant in attendants {
            commands.push(Command::PutAttendant(attendant));
            commands.push(Command::SetDuty { attendant, on_duty: true });
            commands.push(self.other_skills(attendant));
        }
        for command in commands {
            self.act(self.leader, &command);
        }
    }

    fn other_skills(&mut self, attendant: AttendantId) -> Command {
        let level = u8::try_from(1 + self.dice.below(100)).expect("it is at most 100");
        Command::SetSkills { attendant, skills: Skills::from([(ENGLISH, level)]), profile: None }
    }

    /// Runs so many steps, comes to rest now and then, and in the end lets everybody hang up.
    pub(crate) fn run(&mut self, steps: u32) -> Result<(), Failure> {
        for step in 1..=steps {
            self.faults = true;
            // A panic of the engine is a failure like another: the seed must be told.
            let stepped = catch_unwind(AssertUnwindSafe(|| {
                self.step();
                self.follow()?;
                if step % STEPS_TO_REST == 0 { self.come_to_rest() } else { Ok(()) }
            }));
            stepped
                .unwrap_or_else(|_| Err("the engine panicked".into()))
                .map_err(|what| Failure { step, what })?;
        }
        self.everybody_goes().map_err(|what| Failure { step: steps, what })
    }

    pub(crate) fn journal_text(&self) -> String {
        let mut text = String::new();
        for (number, (event, at)) in (1..).zip(&self.journal.events) {
            writeln!(text, "{number} {} {event:?}", at.0).expect("a string can be written");
        }
        text
    }

    pub(crate) fn events(&self) -> usize {
        self.journal.events.len()
    }

    /// The kinds of events so far.
    pub(crate) fn kinds(&self) -> BTreeSet<String> {
        let names = self.journal.events.iter().map(|(event, _)| format!("{event:?}"));
        names.map(|name| name.split([' ', '(']).next().unwrap_or_default().to_owned()).collect()
    }

    // -- one step ------------------------------------------------------------------------------------------------

    fn step(&mut self) {
        match self.dice.below(100) {
            0..=4 => {
                let service = ServiceId(1 + self.dice.below(3) as u64);
                self.exchange.caller_rings(service);
            }
            5..=14 => self.exchange.somebody_acts(&mut self.dice),
            15..=17 => self.exchange.a_hand_over_ends(&mut self.dice),
            18..=39 => self.deliver_a_report(),
            40..=61 => self.perform_an_order(),
            62..=84 => self.an_attendant_acts(),
            85..=92 => self.time_passes(),
            93..=97 => self.tick(self.leader),
            98 => self.reconcile(),
            _ => self.leaders_change(),
        }
    }

    /// When the leader asks what lines there are, by its own clock.
    fn taken(&self) -> Timestamp {
        let host = &self.hosts[self.leader];
        host.board.moment(host.now(self.now))
    }

    fn time_passes(&mut self) {
        self.now = Timestamp(self.now.0 + self.dice.below(6000) as i64);
        if self.dice.per_mille(50) {
            let host = self.dice.below(HOSTS);
            self.hosts[host].clock_ahead = self.dice.below(10_000) as i64 - 5_000;
        }
    }

    fn tick(&mut self, host: usize) {
        self.act(host, &Command::Tick);
    }

    /// A host starts anew (after a crash, or because it lost touch) and leads; the one before may not know.
    fn leaders_change(&mut self) {
        if self.faults && !self.dice.per_mille(400) {
            return;
        }
        let host = self.dice.below(HOSTS);
        self.start(host);
    }

    fn start(&mut self, host: usize) {
        self.hosts[host] = self.anew(host);
        self.leader = host;
        self.settle_lines();
    }

    /// What the application does at start: compare lines, and tell each anew what to do.
    fn settle_lines(&mut self) {
        self.reconcile();
        for leg in self.exchange.legs() {
            self.act(self.leader, &Command::LineResumed { leg });
        }
    }

    fn reconcile(&mut self) {
        if self.reconciles {
            let compare = Command::Reconcile { legs: self.exchange.legs(), taken: self.taken() };
            self.act(self.leader, &compare);
        }
    }

    /// A command to a host, with now and then an accident. A host that died, or that finds another writer ahead while
    /// it should be leading, starts anew at once; one that was overtaken goes on believing.
    fn act(&mut self, host: usize, command: &Command) -> Outcome {
        let accident = match self.dice.below(1000) {
            0..=1 if self.faults => Accident::DiesBeforeAppending,
            2..=3 if self.faults => Accident::DiesAfterAppending,
            4..=5 if self.faults => Accident::MissesTheAnswer,
            _ => Accident::None,
        };
        let outcome = self.hosts[host].act(&mut self.journal, command, self.now, accident);
        let dies = match (&outcome, accident) {
            (Outcome::Unknown, Accident::DiesAfterAppending) => true,
            // The host that applies first is broken in that it goes on with what it believes.
            (Outcome::Unknown, Accident::DiesBeforeAppending) => !self.hosts[host].applies_first,
            (Outcome::Conflict, _) => host == self.leader,
            (Outcome::Unknown, Accident::MissesTheAnswer | Accident::None) => false,
            (Outcome::Done | Outcome::Refused(_), _) => false,
        };
        if dies {
            self.hosts[host] = self.anew(host);
            self.leader = host;
        }
        outcome
    }

    fn anew(&mut self, host: usize) -> Host {
        let (ahead, applies_first) = (self.hosts[host].clock_ahead, self.hosts[host].applies_first);
        Host::start(&mut self.journal, ahead, applies_first)
    }

    /// The leader, or now and then a host that only believes it leads.
    fn some_host(&mut self) -> usize {
        if self.faults && self.dice.per_mille(100) { self.dice.below(HOSTS) } else { self.leader }
    }

    fn deliver_a_report(&mut self) {
        let Some(report) = self.exchange.reports.pop_front() else { return };
        if self.faults && self.dice.per_mille(80) {
            self.exchange.reports.push_back(report.clone());
        }
        let arrival = arriving(&report);
        if self.faults && arrival.is_none() && self.dice.per_mille(30) {
            return;
        }
        let host = self.some_host();
        match (self.act(host, &report), arrival) {
            (Outcome::Refused(Rejection::Full), Some(call)) => self.exchange.refuse(call),
            (Outcome::Refused(Rejection::DuplicateCall(_)), Some(_)) => {}
            // A new call is reported until it is heard: the caller's telephone repeats itself. (A host that has long
            // been overtaken refuses by what it knows, which is not much.)
            (Outcome::Unknown | Outcome::Conflict | Outcome::Refused(_), Some(_)) => {
                self.exchange.reports.push_back(report);
            }
            (_, None) | (Outcome::Done, Some(_)) => {}
        }
    }

    /// The outbox is worked off in order, mostly; an order may be performed again, or be given up.
    fn perform_an_order(&mut self) {
        let skip = if self.faults && self.dice.per_mille(20) { self.dice.below(4) } else { 0 };
        let Some((name, effect)) =
            self.journal.outbox.iter().nth(skip).map(|(name, effect)| (*name, *effect))
        else {
            return;
        };
        if !(self.faults && self.dice.per_mille(15)) {
            self.exchange.perform(name, effect);
        }
        // Where the host dies before it can mark the order as done, the next one performs it again.
        if !(self.faults && self.dice.per_mille(50)) {
            self.journal.outbox.remove(&name);
        }
    }

    // -- what attendants do --------------------------------------------------------------------------------------

    fn an_attendant_acts(&mut self) {
        let host = self.some_host();
        let attendant = AttendantId(1 + self.dice.below(ATTENDANTS as usize) as u64);
        if let Some(command) = self.wish(host, attendant) {
            self.act(host, &command);
        }
    }

    fn wish(&mut self, host: usize, attendant: AttendantId) -> Option<Command> {
        let board = &self.hosts[host].board;
        let found = board.attendant(attendant)?.clone();
        let slots: Vec<_> = board.slots().map(|(slot, _)| slot).collect();
        let waiting: Vec<CallId> = board.queue().map(|call| call.id).collect();
        let leaving: Vec<TransferId> =
            board.calls().filter_map(|call| transfer_of(call, attendant)).collect();
        let active = found.active.and_then(|call| board.call(call)).cloned();
        let held = found.held.clone();
        let toss = self.dice.below(100);
        if let Some((offer, _)) = found.offer {
            return match toss {
                0..=69 => Some(Command::Accept { attendant, offer }),
                70..=84 => Some(Command::Decline { attendant, offer }),
                _ => None,
            };
        }
        match (active, toss) {
            (_, 0 | 1) => Some(Command::SetDuty { attendant, on_duty: !found.on_duty }),
            (_, 2) => self.change_of_state(&found),
            (_, 3..=9) if found.rona => Some(Command::ClearRona { attendant }),
            (Some(call), _) => self.wish_about(attendant, &call),
            (None, 10..=39) if !held.is_empty() => {
                self.dice.one_of(&held).map(|call| Command::Retrieve { attendant, call })
            }
            (None, 10..=19) if found.acw.is_some() => Some(Command::EndAcw { attendant }),
            (None, 20..=24) if found.acw.is_some() => Some(Command::ExtendAcw { attendant }),
            (None, 40..=59) => self.dice.one_of(&slots).map(|slot| Command::Unpark { attendant, slot }),
            (None, 60..=79) => self.dice.one_of(&waiting).map(|call| Command::Pick { attendant, call }),
            (None, 80..=89) => {
                self.dice.one_of(&leaving).map(|transfer| Command::CancelTransfer { attendant, transfer })
            }
            (None, 90..=93) => Some(self.place_call(attendant)),
            (None, _) => None,
        }
    }

    fn change_of_state(&mut self, found: &Attendant) -> Option<Command> {
        let (attendant, service) = (found.id, ServiceId(1));
        let presence = if found.presence == Presence::Away { Presence::Available } else { Presence::Away };
        let reason = if found.not_available.is_some() { None } else { Some(NotAvailable::Break) };
        match self.dice.below(5) {
            0 => Some(Command::SetPresence { attendant, presence }),
            1 => Some(Command::SetNotAvailable { attendant, reason }),
            2 => Some(self.other_skills(attendant)),
            3 => found.acw.map(|_| Command::ExtendAcw { attendant }),
            _ => Some(Command::SetServing { attendant, service, serving: !found.serves(service) }),
        }
    }

    fn place_call(&mut self, attendant: AttendantId) -> Command {
        self.dialled += 1;
        let service = self.dice.per_mille(500).then_some(ServiceId(2));
        let target = Target { party: PartyId(1), kind: TargetKind::Outside };
        Command::PlaceCall {
            attendant,
            call: CallId(1_000_000 + self.dialled),
            service,
            target,
            origin: Origin::Live,
        }
    }

    fn wish_about(&mut self, attendant: AttendantId, call: &Call) -> Option<Command> {
        if let Some(transfer) = call.transfer() {
            let transfer = transfer.id;
            return match self.dice.below(8) {
                0 | 1 => Some(Command::CompleteTransfer { attendant, transfer }),
                2 => Some(Command::CancelTransfer { attendant, transfer }),
                3 => Some(Command::Swap { attendant, transfer }),
                4 => Some(Command::Conference { attendant, transfer }),
                5 => Some(Command::HangUp { attendant, call: call.id }),
                _ => None,
            };
        }
        let call = call.id;
        self.transfers += 1;
        let transfer = TransferId(self.transfers);
        let kinds =
            [TargetKind::User, TargetKind::Outside, TargetKind::Voicemail, TargetKind::Service(ServiceId(2))];
        let target = Target { party: PartyId(2), kind: self.dice.one_of(&kinds)? };
        match self.dice.below(12) {
            0 | 1 => Some(Command::HangUp { attendant, call }),
            2 | 3 => Some(Command::Hold { attendant, call }),
            4 | 5 => Some(Command::Park { attendant, call, slot: None }),
            6 => Some(Command::Transfer { attendant, call, transfer, mode: Unattended::Blind, target }),
            7 => Some(Command::Transfer { attendant, call, transfer, mode: Unattended::Safe, target }),
            8..=10 => Some(Command::Consult { attendant, call, transfer, target }),
            _ => None,
        }
    }

    // -- what must hold ------------------------------------------------------------------------------------------

    /// Takes new events into the reference and checks it.
    fn follow(&mut self) -> Result<(), String> {
        if self.followed == self.journal.events.len() {
            return self.leader_believes_no_more_than_is_recorded();
        }
        for (event, at) in &self.journal.events[self.followed..] {
            if *at < self.reference.clock() {
                return Err(format!("time steps back at {event:?}"));
            }
            self.callers.count(event)?;
            self.reference.apply(event, *at);
            self.ledger.follow(event, *at, &self.reference);
        }
        self.followed = self.journal.events.len();
        let broken = invariants::broken(&self.reference);
        if !broken.is_empty() {
            return Err(broken.join("; "));
        }
        let there: BTreeSet<CallId> = self.reference.calls().map(|call| call.id).collect();
        if there != self.callers.going {
            return Err(format!("calls {there:?}, but {:?} have begun and not ended", self.callers.going));
        }
        self.leader_knows_the_journal()
    }

    fn leader_believes_no_more_than_is_recorded(&self) -> Result<(), String> {
        let host = &self.hosts[self.leader];
        if self.journal.is_current(host.generation) && host.sequence > self.followed as u64 {
            return Err(format!(
                "the leader believes {} events, {} are recorded",
                host.sequence, self.followed
            ));
        }
        Ok(())
    }

    fn leader_knows_the_journal(&self) -> Result<(), String> {
        let host = &self.hosts[self.leader];
        // One that missed an answer is behind until it finds out.
        let leads = self.journal.is_current(host.generation) && host.sequence >= self.followed as u64;
        if leads && host.board != self.reference {
            return Err(format!("the leader differs from the journal after event {}", self.followed));
        }
        Ok(())
    }

    /// No more faults: all reports are heard, all orders performed, and then switchboard and telephone system agree.
    fn come_to_rest(&mut self) -> Result<(), String> {
        self.faults = false;
        self.start(self.leader);
        self.work_off()?;
        // Whatever was ordered has come about by now, or never will.
        self.now = Timestamp(self.now.0.max(self.reference.clock().0) + 20_000);
        self.exchange.end_hand_overs();
        self.work_off()?;
        self.settle_lines();
        self.work_off()?;
        self.agree()
    }

    fn work_off(&mut self) -> Result<(), String> {
        for _ in 0..10_000 {
            let due = self.reference.next_deadline().is_some_and(|due| due <= self.taken());
            if due {
                self.tick(self.leader);
            } else if !self.exchange.reports.is_empty() {
                self.deliver_a_report();
            } else if !self.journal.outbox.is_empty() {
                self.perform_an_order();
            } else {
                return Ok(());
            }
            self.follow()?;
        }
        Err("it never comes to rest".into())
    }

    /// Line by line.
    fn agree(&self) -> Result<(), String> {
        // While a call is being joined to its target, the target's line may go at any moment.
        let joining = self.reference.calls().filter(|call| is_on_its_way(call)).filter_map(Call::transfer);
        let joining: Vec<Leg> = joining.map(|transfer| Leg::Target(transfer.id)).collect();
        let settled = |leg: &Leg| !joining.contains(leg);
        let mut expected: Vec<Leg> = self.reference.calls().flat_map(Call::legs).filter(settled).collect();
        expected.sort();
        let there: Vec<Leg> = self.exchange.legs().into_iter().filter(settled).collect();
        if expected != there {
            return Err(format!("lines {there:?}, but the switchboard has {expected:?}"));
        }
        for call in self.reference.calls() {
            for leg in call.legs() {
                let wanted = call.doing(leg, self.reference.limits().on_hold).map(as_line);
                let does = self.exchange.lines.get(&leg).copied();
                if wanted.is_some() && wanted != does && !is_on_its_way(call) {
                    return Err(format!("{leg:?} is {does:?}, should be {wanted:?}"));
                }
            }
        }
        Ok(())
    }

    /// In the end everybody hangs up, and nothing is left anywhere.
    fn everybody_goes(&mut self) -> Result<(), String> {
        self.come_to_rest()?;
        for leg in self.exchange.legs() {
            self.exchange.reports.push_back(Command::LegHungUp { leg });
            self.exchange.lines.remove(&leg);
        }
        self.work_off()?;
        self.agree()?;
        // Those who are to be called back have no line; they are given up in their time.
        for _ in 0..200 {
            self.now = Timestamp(self.now.0.max(self.reference.clock().0) + 20_000);
            self.work_off()?;
            for leg in self.exchange.legs() {
                self.exchange.reports.push_back(Command::LegHungUp { leg });
                self.exchange.lines.remove(&leg);
            }
            self.work_off()?;
        }
        match self.reference.calls().next() {
            Some(call) => Err(format!("everybody has gone, but {call:?} is left")),
            None => self.ledger.agrees(),
        }
    }
}

/// Open every other minute.
fn every_other_minute() -> Calendar {
    let zone = Zone::parse("Europe/Zurich").expect("a zone of the database");
    let minute = |minute: u16| {
        let (from, to) = (WallTime::from_minutes(minute * 2), WallTime::from_minutes(minute * 2 + 1));
        Period {
            state: State::Open,
            when: When::Weekly {
                days: DaySet::from_bits(0x7f).expect("seven days"),
                from: from.expect("of a day"),
                to: to.expect("of a day"),
            },
            label: String::new(),
        }
    };
    let hours = hours::Calendar {
        name: "Every other minute".to_owned(),
        zone,
        default: State::Closed,
        primary: (0..60).map(minute).collect(),
        secondary: vec![],
    };
    Calendar { id: HOURS, hours }
}

fn arriving(report: &Command) -> Option<CallId> {
    if let Command::CallArrived { call, .. } = report { Some(*call) } else { None }
}

fn transfer_of(call: &Call, attendant: AttendantId) -> Option<TransferId> {
    call.transfer().filter(|_| call.attendant() == Some(attendant)).map(|transfer| transfer.id)
}

/// Who has begun, and who has not ended: by the events alone.
#[derive(Debug, Default)]
struct Callers {
    begun: BTreeSet<CallId>,
    going: BTreeSet<CallId>,
}

impl Callers {
    fn count(&mut self, event: &Event) -> Result<(), String> {
        let sound = match event {
            Event::CallArrived { call, .. }
            | Event::CallPlaced { call, .. }
            | Event::CallbackRequested { callback: call, .. } => {
                self.going.insert(*call);
                self.begun.insert(*call)
            }
            Event::CallEnded { call, .. } => self.going.remove(call),
            _ => true,
        };
        if sound { Ok(()) } else { Err(format!("a call begins twice or ends twice: {event:?}")) }
    }
}

fn as_line(doing: event::Doing) -> Doing {
    match doing {
        event::Doing::Waiting(_) => Doing::Waiting,
        event::Doing::Held(_) => Doing::Held,
        event::Doing::Hearing { play, .. } => Doing::Hearing(play),
        event::Doing::Recorded { recording, .. } => Doing::Recorded(recording),
        event::Doing::Talking(attendant) => Doing::Talking(attendant),
        event::Doing::Conferring { attendant, .. } => Doing::Conferring(attendant),
    }
}

/// Being handed over: the telephone system has the line, and we do not say what it does.
fn is_on_its_way(call: &Call) -> bool {
    match &call.state {
        CallState::Leaving { .. } => true,
        CallState::InWorkflow(activity) => matches!(activity, Activity::HandingOver { .. }),
        CallState::Waiting(_)
        | CallState::Dialing { .. }
        | CallState::Active { .. }
        | CallState::Held(_)
        | CallState::Parked(_)
        | CallState::Consulting { .. } => false,
    }
}
