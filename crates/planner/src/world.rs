//! One replication: the real switchboard on virtual time. What the world does to it (callers who come, give up and hang up,
//! attendants who come, answer, pause and go) are commands, as they are in the product; who is rung for whom, RONA,
//! after-call work and limits are the engine's own. Counts nothing but what no call record says: see `tally`.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use engine::{
    AttendantId, CallId, Command, Event, Leg, NotAvailable, NotSelectable, OfferId, Origin, PartyId,
    ServiceId, Span, Switchboard, Timestamp,
};

use crate::dice::{Dice, Purpose};
use crate::model::{GivenCall, Model, Source, Stretch, Turn, What, attendant_id, service_id};
use crate::tally::{Doing, Tally};

/// Steps between two questions whether to stop.
const STEPS: u32 = 1024;

/// What happens next, by the world's doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    /// The next caller of a service's source.
    Arrives { service: usize, source: usize },
    /// The caller's patience is over.
    GivesUp(CallId),
    /// The attendant reaches for the telephone.
    Answers { attendant: AttendantId, offer: OfferId },
    /// The attendant takes a call out of the queue.
    Picks { attendant: AttendantId, call: CallId },
    /// The conversation is over.
    HangsUp(CallId),
    /// The attendant is done with the work after this call.
    EndsWork { attendant: AttendantId, call: CallId },
    /// The attendant who missed a call says that she is back.
    IsBack(AttendantId),
    /// The turn at this place of the roster.
    Turns(usize),
}

/// A caller, from her arrival on.
#[derive(Clone, Copy, Debug)]
struct Caller {
    service: usize,
    talk_ms: u32,
    acw_ms: u32,
}

/// Where a source stands.
struct Spring<'a> {
    source: &'a Source,
    dice: Dice,
    /// The stretch or the call that comes next.
    place: usize,
    /// Until when random callers have come, in milliseconds with their fractions.
    exact: f64,
    /// How busy each local day is.
    factors: Vec<f64>,
}

/// What a service draws.
struct Drawn {
    talk: Dice,
    patience: Dice,
    acw: Dice,
}

struct World<'a> {
    model: &'a Model,
    board: Switchboard,
    tally: Tally,
    now: Timestamp,
    /// By time, then in the order in which they were put there.
    next: BinaryHeap<Reverse<(Timestamp, u64, Next)>>,
    put: u64,
    springs: Vec<Vec<Spring<'a>>>,
    drawn: Vec<Drawn>,
    answering: Vec<Dice>,
    /// By call id, from 1.
    callers: Vec<Caller>,
    /// Callers who may still come.
    expected: usize,
    /// Attendants who reach for a call of a service that rings nobody, and for which.
    picking: Vec<Option<CallId>>,
    has_pick_up: bool,
}

/// Simulates once. `None`: `stop` said so.
pub(crate) fn replicate(model: &Model, number: u32, stop: &dyn Fn() -> bool) -> Option<Tally> {
    let mut world = World::new(model, number);
    world.open();
    let mut steps = 0_u32;
    while world.step() {
        steps = steps.wrapping_add(1);
        if steps.is_multiple_of(STEPS) && stop() {
            return None;
        }
    }
    world.tally.close();
    Some(world.tally)
}

impl<'a> World<'a> {
    fn new(model: &'a Model, number: u32) -> World<'a> {
        let dice = |purpose, whose, part| Dice::new(model.seed, number, purpose, index(whose), index(part));
        let springs = model.services.iter().enumerate().map(|(whose, service)| {
            let days = 1 + service.sources.iter().map(Source::days).max().unwrap_or(0);
            let factors: Vec<f64> =
                (0..days).map(|day| dice(Purpose::Day, whose, day).factor(service.day_variation)).collect();
            let springs = service.sources.iter().enumerate().map(|(part, source)| Spring {
                source,
                dice: dice(Purpose::Arrivals, whose, part),
                place: 0,
                exact: 0.0,
                factors: factors.clone(),
            });
            springs.collect()
        });
        let springs = springs.collect();
        let drawn = (0..model.services.len()).map(|whose| Drawn {
            talk: dice(Purpose::Talk, whose, 0),
            patience: dice(Purpose::Patience, whose, 0),
            acw: dice(Purpose::AfterCallWork, whose, 0),
        });
        World {
            model,
            board: Switchboard::new(),
            tally: Tally::new(model),
            now: model.start,
            next: BinaryHeap::new(),
            put: 0,
            springs,
            drawn: drawn.collect(),
            answering: (0..model.attendants.len())
                .map(|whose| dice(Purpose::AnswerDelay, whose, 0))
                .collect(),
            callers: Vec::new(),
            expected: 0,
            picking: vec![None; model.attendants.len()],
            has_pick_up: model
                .services
                .iter()
                .any(|service| service.settings.distribution == engine::Distribution::PickUp),
        }
    }

    /// Sets the switchboard up and lets the first callers and turns be expected.
    fn open(&mut self) {
        let model = self.model;
        self.send(&Command::PutLimits(model.limits));
        for profile in &model.profiles {
            self.send(&Command::PutProfile(profile.clone()));
        }
        for (place, attendant) in model.attendants.iter().enumerate() {
            let group = &model.groups[attendant.group];
            let attendant = attendant_id(place);
            self.send(&Command::PutAttendant(attendant));
            let (skills, profile) = (group.skills.clone(), group.profile);
            self.send(&Command::SetSkills { attendant, skills, profile });
        }
        for service in &model.services {
            self.send(&Command::PutService(service.settings.clone()));
        }
        for (place, attendant) in model.attendants.iter().enumerate() {
            let (duty, pause) = (attendant.on_duty, attendant.on_break);
            self.turn(place, What::Break(pause));
            self.turn(place, What::Duty(duty));
        }
        for (place, turn) in model.roster.iter().enumerate() {
            self.expect(turn.at, Next::Turns(place));
        }
        for service in 0..self.springs.len() {
            for source in 0..self.springs[service].len() {
                self.expect_caller(service, source);
            }
        }
    }

    /// Lets the next thing happen. Nothing is left once the time is over, everybody has gone, and all is written up.
    fn step(&mut self) -> bool {
        let next = self.next.peek().map(|Reverse((at, ..))| *at);
        let deadline = self.board.next_deadline();
        let by_itself = match (next, deadline) {
            (Some(next), Some(deadline)) => deadline < next,
            (None, Some(_)) => true,
            (Some(_), None) => false,
            (None, None) => return false,
        };
        let at = if by_itself { deadline } else { next };
        if self.expected == 0 && self.tally.is_quiet() && at.is_none_or(|at| at >= self.model.end) {
            return false;
        }
        if by_itself {
            self.now = deadline.unwrap_or(self.now).max(self.now);
            self.send(&Command::Tick);
        } else if let Some(Reverse((at, _, next))) = self.next.pop() {
            self.now = at.max(self.now);
            self.happen(next);
        }
        if self.has_pick_up {
            self.let_pick();
        }
        true
    }

    fn happen(&mut self, next: Next) {
        match next {
            Next::Arrives { service, source } => self.arrive(service, source),
            Next::GivesUp(call) => {
                if self.board.call(call).is_some_and(|call| call.waiting().is_some()) {
                    self.send(&Command::LegHungUp { leg: Leg::Caller(call) });
                }
            }
            // Too late, where the offer is over.
            Next::Answers { attendant, offer } => self.send(&Command::Accept { attendant, offer }),
            Next::Picks { attendant, call } => {
                self.picking[place(attendant)] = None;
                self.send(&Command::Pick { attendant, call });
            }
            Next::HangsUp(call) => self.send(&Command::LegHungUp { leg: Leg::Caller(call) }),
            Next::EndsWork { attendant, call } => {
                let acw = self.board.attendant(attendant).and_then(|attendant| attendant.acw);
                if acw.is_some_and(|acw| acw.call == call) {
                    self.send(&Command::EndAcw { attendant });
                }
            }
            Next::IsBack(attendant) => self.send(&Command::ClearRona { attendant }),
            Next::Turns(at) => {
                let Turn { attendant, what, .. } = self.model.roster[at];
                self.turn(attendant, what);
            }
        }
    }

    fn turn(&mut self, place: usize, what: What) {
        let attendant = attendant_id(place);
        match what {
            What::Duty(on_duty) => self.send(&Command::SetDuty { attendant, on_duty }),
            What::Break(is) => {
                let reason = is.then_some(NotAvailable::Break);
                self.send(&Command::SetNotAvailable { attendant, reason });
            }
        }
    }

    // -- callers -------------------------------------------------------------------------------------------------

    fn expect_caller(&mut self, service: usize, source: usize) {
        if let Some(at) = self.springs[service][source].next() {
            self.expected += 1;
            self.expect(at, Next::Arrives { service, source });
        }
    }

    fn arrive(&mut self, service: usize, source: usize) {
        self.expected -= 1;
        let spring = &mut self.springs[service][source];
        let given = spring.given();
        self.expect_caller(service, source);
        // Every caller draws, also one who is turned away: whoever comes after her is the same caller then.
        let settings = &self.model.services[service];
        let drawn = &mut self.drawn[service];
        let talk_ms = settings.talk.ms(&mut drawn.talk);
        let acw_ms = settings.acw.as_ref().map_or(0, |draw| draw.ms(&mut drawn.acw));
        let patience_ms = settings.patience.as_ref().map(|draw| draw.ms(&mut drawn.patience));
        let talk_ms = given.and_then(|given| given.talk_ms).unwrap_or(talk_ms);
        let patience_ms = given.and_then(|given| given.patience_ms).or(patience_ms);

        let is_open = settings.open.as_ref().is_none_or(|open| {
            let before = open.partition_point(|stretch| stretch.start <= self.now);
            before.checked_sub(1).is_some_and(|place| open[place].contains(&self.now))
        });
        if !is_open {
            return self.tally.closed(service, self.now);
        }
        if self.tally.callers() >= self.model.trunks as usize {
            return self.tally.blocked(service, self.now);
        }
        self.callers.push(Caller { service, talk_ms, acw_ms });
        let call = CallId(self.callers.len() as u64);
        let arrived = Command::CallArrived {
            call,
            service: service_id(service),
            party: PartyId(call.0),
            origin: Origin::Simulated,
        };
        self.send(&arrived);
        if let Some(patience_ms) = patience_ms {
            self.expect(self.now + Span(patience_ms), Next::GivesUp(call));
        }
    }

    // -- the switchboard -----------------------------------------------------------------------------------------

    /// Decides, applies, counts, and lets people react. A refusal changes nothing: an answer that came too late.
    fn send(&mut self, command: &Command) {
        let Ok(events) = self.board.decide(command, self.now) else { return };
        for event in &events {
            self.board.apply(event, self.now);
            self.tally.note(event, self.now);
        }
        for event in &events {
            self.react(event);
        }
    }

    /// What people do about an event.
    fn react(&mut self, event: &Event) {
        match *event {
            Event::CallOffered { offer, attendant, until, .. } => {
                let group = &self.model.groups[self.model.attendants[place(attendant)].group];
                let dice = &mut self.answering[place(attendant)];
                let delay_ms = group.answer_delay.as_ref().map_or(0, |draw| draw.ms(dice));
                let at = self.now + Span(delay_ms);
                if at < until {
                    self.expect(at, Next::Answers { attendant, offer });
                }
                self.tally.turned(attendant, self.doing(attendant), self.now);
            }
            Event::CallAccepted { call, attendant, .. } => {
                self.expect(self.now + Span(self.caller(call).talk_ms), Next::HangsUp(call));
                self.tally.turned(attendant, self.doing(attendant), self.now);
            }
            Event::AcwBegan { attendant, call, .. } => {
                let caller = self.caller(call);
                if self.model.services[caller.service].acw.is_some() {
                    self.expect(self.now + Span(caller.acw_ms), Next::EndsWork { attendant, call });
                }
                self.tally.turned(attendant, self.doing(attendant), self.now);
            }
            Event::RonaBegan { attendant } => {
                let back_after = self.model.groups[self.model.attendants[place(attendant)].group].back_after;
                self.expect(self.now + back_after, Next::IsBack(attendant));
                self.tally.turned(attendant, self.doing(attendant), self.now);
            }
            Event::OfferEnded { attendant, .. }
            | Event::AcwEnded { attendant }
            | Event::RonaEnded { attendant }
            | Event::DutyChanged { attendant, .. }
            | Event::NotAvailableChanged { attendant, .. } => {
                self.tally.turned(attendant, self.doing(attendant), self.now);
            }
            Event::CallEnded { call, .. } => {
                if let Some(attendant) = self.tally.talked(call) {
                    self.tally.turned(attendant, self.doing(attendant), self.now);
                }
            }
            // Nobody here transfers, holds or parks, and to all else nobody reacts.
            _ => {}
        }
    }

    fn caller(&self, call: CallId) -> Caller {
        let place = usize::try_from(call.0).unwrap_or(0).wrapping_sub(1);
        *self.callers.get(place).expect("every call here was made by `arrive`")
    }

    fn doing(&self, attendant: AttendantId) -> Doing {
        let Some(found) = self.board.attendant(attendant) else { return Doing::Away };
        match found {
            found if found.is_connected() => Doing::Talking,
            found if found.acw.is_some() => Doing::Working,
            found if !found.on_duty => Doing::Away,
            found if found.offer.is_some() => Doing::Ringing,
            found if found.rona || found.not_available.is_some() => Doing::Pausing,
            _ => Doing::Idle,
        }
    }

    fn expect(&mut self, at: Timestamp, next: Next) {
        self.put += 1;
        self.next.push(Reverse((at, self.put, next)));
    }

    // -- picking -------------------------------------------------------------------------------------------------

    /// Where nobody is rung, whoever has been idle longest reaches for the call that has waited longest.
    fn let_pick(&mut self) {
        for service in &self.model.services {
            if service.settings.distribution != engine::Distribution::PickUp {
                continue;
            }
            let service = service.settings.id;
            let waiting: Vec<CallId> = self.board.queue_of(service).map(|call| call.id).collect();
            for call in waiting {
                if self.picking.contains(&Some(call)) {
                    continue;
                }
                let Some(attendant) = self.who_picks(service) else { break };
                let group = &self.model.groups[self.model.attendants[place(attendant)].group];
                let dice = &mut self.answering[place(attendant)];
                let delay_ms = group.answer_delay.as_ref().map_or(0, |draw| draw.ms(dice));
                self.picking[place(attendant)] = Some(call);
                self.expect(self.now + Span(delay_ms), Next::Picks { attendant, call });
            }
        }
    }

    fn who_picks(&self, service: ServiceId) -> Option<AttendantId> {
        let free = self.board.attendants().filter(|attendant| {
            let selectable: Result<(), NotSelectable> = self.board.selectable(attendant.id, service);
            selectable.is_ok() && self.picking[place(attendant.id)].is_none()
        });
        free.min_by_key(|attendant| (attendant.idle_since, attendant.id)).map(|attendant| attendant.id)
    }
}

impl Spring<'_> {
    /// When the next caller comes.
    fn next(&mut self) -> Option<Timestamp> {
        match self.source {
            Source::Given(calls) => {
                let call = calls.get(self.place)?;
                self.place += 1;
                Some(call.at)
            }
            Source::Random(stretches) => self.next_at_random(stretches),
        }
    }

    /// Spends one exponential draw along the rates.
    fn next_at_random(&mut self, stretches: &[Stretch]) -> Option<Timestamp> {
        let mut left = self.dice.exponential();
        // Kept to the fraction of a millisecond, so that rounding does not add up.
        while let Some(stretch) = stretches.get(self.place) {
            let rate = stretch.rate * self.factors.get(stretch.day as usize).copied().unwrap_or(1.0);
            let from = self.exact.max(stretch.from.0 as f64);
            let room = (stretch.to.0 as f64 - from) * rate;
            if left < room {
                self.exact = from + left / rate;
                return Some(Timestamp(self.exact.floor() as i64));
            }
            left -= room.max(0.0);
            self.place += 1;
        }
        None
    }

    /// The caller who has just come, where she really came.
    fn given(&self) -> Option<GivenCall> {
        match self.source {
            Source::Given(calls) => calls.get(self.place.checked_sub(1)?).copied(),
            Source::Random(_) => None,
        }
    }
}

/// Which attendant, from 0.
fn place(attendant: AttendantId) -> usize {
    usize::try_from(attendant.0).unwrap_or(usize::MAX).wrapping_sub(1)
}

fn index(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
