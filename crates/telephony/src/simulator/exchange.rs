//! The state of the simulated telephone system: its lines, and what each of them does next on its own. Pure: time comes
//! in as the span since the beginning. Does not send reports; it returns them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use contracts::Address;
use contracts::sounds::Sound;
use contracts::telephony::{LegSnapshot, Order, Report, TelephonyError};
use engine::{CallId, Failure, Leg, PlayId, RecordingId, Span, TransferId, Treatment};

use super::people::{self, Person};
use super::{LEGS_MAX, Pace};

/// What callers dialled.
const MAIN_NUMBER: &str = "+41995550000";
/// Who has left a message hangs up after this.
const GOODBYE: Duration = Duration::from_secs(1);
/// How long the far ends need to join two lines.
const JOIN: Duration = Duration::from_millis(300);

/// The lines there are, and the callers still to come.
pub(super) struct Exchange<C> {
    pace: Pace,
    new_call: C,
    arrivals: u64,
    next_arrival: Duration,
    lines: BTreeMap<Leg, Line>,
}

/// One line and the person at its far end.
struct Line {
    person: Person,
    answered: bool,
    state: State,
    /// When this person does the next thing on her own: what, says the state.
    due: Duration,
    /// How much she has still to say.
    talk_left: Duration,
}

/// What a line does now, and what it does when its time has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A caller waits; then hangs up.
    Waiting,
    /// In conversation; then hangs up.
    Talking { since: Duration },
    /// On hold or in a slot; then hangs up.
    Held,
    /// Hears a sound to its end; then thinks about it.
    Listening { play: PlayId },
    /// Has heard something; then presses this key, or hangs up where nothing came of that.
    Thinking { key: Option<char> },
    /// Leaves a message of this length; then has left it.
    Speaking { recording: RecordingId, length: Span },
    /// Being set up; then rings or fails.
    Dialled,
    /// Rings; then is answered or not.
    Ringing,
    /// A caller on her way to a target; then is taken, or is back on hold.
    Leaving { transfer: TransferId, end: Result<(), Failure>, joins: Option<Leg> },
}

impl<C: FnMut() -> CallId> Exchange<C> {
    pub(super) fn new(pace: Pace, new_call: C) -> Exchange<C> {
        Exchange { pace, new_call, arrivals: 0, next_arrival: pace.first_after, lines: BTreeMap::new() }
    }

    /// When something happens next without an order.
    pub(super) fn next_due(&self) -> Duration {
        self.lines.values().map(|line| line.due).fold(self.next_arrival, Duration::min)
    }

    /// Lets happen what is due, in order.
    pub(super) fn wake(&mut self, now: Duration) -> Vec<Report> {
        let mut due: Vec<(Duration, Leg)> = self
            .lines
            .iter()
            .filter(|(_, line)| line.due <= now)
            .map(|(leg, line)| (line.due, *leg))
            .collect();
        due.sort_unstable();
        let mut reports: Vec<Report> = due.into_iter().filter_map(|(_, leg)| self.act(leg, now)).collect();
        if self.next_arrival <= now {
            reports.extend(self.arrive(now));
        }
        reports
    }

    /// The lines there are.
    pub(super) fn lines(&self) -> Vec<LegSnapshot> {
        self.lines.iter().map(|(leg, line)| LegSnapshot { leg: *leg, answered: line.answered }).collect()
    }

    /// Performs an order. A line that is already as wanted is left as it is.
    pub(super) fn perform(&mut self, order: Order, now: Duration) -> Result<(), TelephonyError> {
        match order {
            Order::Wait { leg, treatment } => self.wait(leg, treatment, now),
            Order::Connect { leg, attendant: _ } => self.connect(leg, now),
            Order::Hold { leg, treatment: _ } => self.hold(leg, now),
            Order::Dial { leg, to, attendant: _ } => self.dial(leg, to, now),
            Order::Conference { caller, target, attendant: _ } => {
                self.connect(caller, now)?;
                self.connect(target, now)
            }
            Order::Refer { leg, to, transfer } => self.refer(leg, &to, transfer, now),
            Order::Join { caller, target, transfer } => self.join(caller, target, transfer, now),
            Order::Answer { leg } => self.answered(leg).map(|_| ()),
            Order::Play { leg, play, sound } => self.play(leg, play, &sound, now),
            Order::Record { leg, recording, length_max } => self.record(leg, recording, length_max, now),
            Order::Release { leg, why: _ } => {
                self.lines.remove(&leg);
                Ok(())
            }
        }
    }

    fn wait(&mut self, leg: Leg, treatment: Treatment, now: Duration) -> Result<(), TelephonyError> {
        let line = self.line(leg)?;
        match treatment {
            Treatment::Ringing => {}
            Treatment::Music | Treatment::Silence => line.answered = true,
        }
        if line.state != State::Waiting {
            line.stop_talking(now);
            line.state = State::Waiting;
            line.due = now.saturating_add(line.person.patience);
        }
        Ok(())
    }

    /// The line, which is answered from now on.
    fn answered(&mut self, leg: Leg) -> Result<&mut Line, TelephonyError> {
        let line = self.line(leg)?;
        match line.state {
            State::Dialled | State::Ringing => {
                Err(TelephonyError::Refused("nobody has answered this line yet".to_owned()))
            }
            State::Waiting
            | State::Talking { .. }
            | State::Held
            | State::Listening { .. }
            | State::Thinking { .. }
            | State::Speaking { .. }
            | State::Leaving { .. } => {
                line.answered = true;
                Ok(line)
            }
        }
    }

    fn play(
        &mut self,
        leg: Leg,
        play: PlayId,
        sound: &Arc<Sound>,
        now: Duration,
    ) -> Result<(), TelephonyError> {
        let line = self.answered(leg)?;
        if line.state != (State::Listening { play }) {
            line.stop_talking(now);
            line.state = State::Listening { play };
            line.due = now + Duration::from_millis(sound.length().0.into());
        }
        Ok(())
    }

    fn record(
        &mut self,
        leg: Leg,
        recording: RecordingId,
        length_max: Span,
        now: Duration,
    ) -> Result<(), TelephonyError> {
        let length = people::message(self.pace.seed, recording).min(length_max);
        let line = self.answered(leg)?;
        if line.state != (State::Speaking { recording, length }) {
            line.stop_talking(now);
            line.state = State::Speaking { recording, length };
            line.due = now + Duration::from_millis(length.0.into());
        }
        Ok(())
    }

    fn connect(&mut self, leg: Leg, now: Duration) -> Result<(), TelephonyError> {
        let line = self.line(leg)?;
        match line.state {
            State::Dialled | State::Ringing => {
                Err(TelephonyError::Refused("nobody has answered this line yet".to_owned()))
            }
            State::Talking { .. } => Ok(()),
            State::Waiting
            | State::Held
            | State::Listening { .. }
            | State::Thinking { .. }
            | State::Speaking { .. }
            | State::Leaving { .. } => {
                line.talk(now);
                Ok(())
            }
        }
    }

    fn hold(&mut self, leg: Leg, now: Duration) -> Result<(), TelephonyError> {
        let line = self.line(leg)?;
        match line.state {
            State::Dialled | State::Ringing => {
                Err(TelephonyError::Refused("nobody has answered this line yet".to_owned()))
            }
            State::Held => Ok(()),
            State::Waiting
            | State::Talking { .. }
            | State::Listening { .. }
            | State::Thinking { .. }
            | State::Speaking { .. }
            | State::Leaving { .. } => {
                line.stop_talking(now);
                line.hold(now);
                Ok(())
            }
        }
    }

    fn dial(&mut self, leg: Leg, to: Address, now: Duration) -> Result<(), TelephonyError> {
        if self.lines.len() >= LEGS_MAX as usize {
            return Err(TelephonyError::Refused("all simulated lines are taken".to_owned()));
        }
        let seed = self.pace.seed;
        self.lines.entry(leg).or_insert_with(|| {
            let due = now + people::fate(seed, &to).setup;
            let person = people::called(seed, to);
            Line { talk_left: person.talk, person, answered: false, state: State::Dialled, due }
        });
        Ok(())
    }

    fn refer(
        &mut self,
        leg: Leg,
        to: &Address,
        transfer: TransferId,
        now: Duration,
    ) -> Result<(), TelephonyError> {
        let fate = people::fate(self.pace.seed, to);
        let line = self.line(leg)?;
        line.stop_talking(now);
        line.state = State::Leaving { transfer, end: fate.end, joins: None };
        line.due = now + fate.setup + fate.ring.unwrap_or_default();
        Ok(())
    }

    fn join(
        &mut self,
        caller: Leg,
        target: Leg,
        transfer: TransferId,
        now: Duration,
    ) -> Result<(), TelephonyError> {
        self.line(caller)?;
        let far = self.line(target)?;
        if !far.answered {
            return Err(TelephonyError::Refused("nobody has answered this line yet".to_owned()));
        }
        // She no longer hangs up on us: she is about to be gone with the caller.
        far.due = Duration::MAX;
        let line = self.line(caller)?;
        line.stop_talking(now);
        line.state = State::Leaving { transfer, end: Ok(()), joins: Some(target) };
        line.due = now + JOIN;
        Ok(())
    }

    /// One person does the next thing on her own.
    fn act(&mut self, leg: Leg, now: Duration) -> Option<Report> {
        let seed = self.pace.seed;
        let line = self.lines.get_mut(&leg)?;
        match line.state {
            State::Waiting | State::Talking { .. } | State::Held | State::Thinking { key: None } => {
                self.lines.remove(&leg);
                Some(Report::HungUp { leg })
            }
            State::Listening { play } => {
                let (key, after) = people::choice(seed, play);
                line.state = State::Thinking { key };
                line.due = now.saturating_add(if key.is_some() { after } else { line.person.patience });
                Some(Report::PlayEnded { leg, play })
            }
            State::Thinking { key: Some(digit) } => {
                line.state = State::Thinking { key: None };
                line.due = now.saturating_add(line.person.patience);
                Some(Report::Digit { leg, digit })
            }
            State::Speaking { recording, length } => {
                line.state = State::Thinking { key: None };
                line.due = now + GOODBYE;
                Some(Report::Recorded { leg, recording, length })
            }
            State::Dialled => match people::fate(seed, &line.person.address) {
                people::Fate { ring: Some(ring), .. } => {
                    line.state = State::Ringing;
                    line.due = now + ring;
                    Some(Report::Ringing { leg })
                }
                people::Fate { ring: None, end, .. } => Some(self.finish_dialling(leg, end, now)),
            },
            State::Ringing => {
                let end = people::fate(seed, &line.person.address).end;
                Some(self.finish_dialling(leg, end, now))
            }
            State::Leaving { transfer, end: Ok(()), joins } => {
                self.lines.remove(&leg);
                joins.map(|target| self.lines.remove(&target));
                Some(Report::Taken { transfer })
            }
            State::Leaving { transfer, end: Err(failure), joins: _ } => {
                line.hold(now);
                Some(Report::Refused { transfer, failure })
            }
        }
    }

    fn finish_dialling(&mut self, leg: Leg, end: Result<(), Failure>, now: Duration) -> Report {
        match (end, self.lines.get_mut(&leg)) {
            (Ok(()), Some(line)) => {
                line.talk(now);
                Report::Answered { leg }
            }
            (Ok(()), None) => Report::Lost { leg },
            (Err(failure), _) => {
                self.lines.remove(&leg);
                Report::Failed { leg, failure }
            }
        }
    }

    fn arrive(&mut self, now: Duration) -> Option<Report> {
        let Pace { seed, pause_min, pause_max, callers_max, .. } = self.pace;
        let arrival = self.arrivals;
        self.arrivals += 1;
        self.next_arrival = now + people::pause(seed, arrival, pause_min, pause_max);
        let callers = self.lines.keys().filter(|leg| matches!(leg, Leg::Caller(_))).count();
        if callers >= callers_max {
            return None;
        }
        let is_here = |address: &Address| self.lines.values().any(|line| line.person.address == *address);
        let person = people::caller(seed, arrival, is_here)?;
        let to = Address::parse(MAIN_NUMBER).ok()?;
        let call = (self.new_call)();
        let (from, display_name) = (person.address.clone(), person.display_name.clone());
        let due = now + person.patience;
        let line = Line { talk_left: person.talk, person, answered: false, state: State::Waiting, due };
        self.lines.insert(Leg::Caller(call), line);
        Some(Report::Arrived { call, from, display_name, to })
    }

    fn line(&mut self, leg: Leg) -> Result<&mut Line, TelephonyError> {
        self.lines.get_mut(&leg).ok_or(TelephonyError::NoSuchLeg)
    }
}

impl Line {
    fn talk(&mut self, now: Duration) {
        self.answered = true;
        self.state = State::Talking { since: now };
        self.due = now + self.talk_left;
    }

    /// What was said is said, however often the conversation is interrupted.
    fn stop_talking(&mut self, now: Duration) {
        if let State::Talking { since } = self.state {
            self.talk_left = self.talk_left.saturating_sub(now.saturating_sub(since));
        }
    }

    fn hold(&mut self, now: Duration) {
        self.state = State::Held;
        self.due = now + self.person.patience_on_hold;
    }
}
