//! What attendants on duty did, folded from events (REPORT-1): one state at a time, so that the states of a stretch of duty
//! add up to it. Does not say for which services somebody was selectable: a presence that only some services take counts as
//! away from all.
//!
//! A state is recorded when it ends. Whether it counts or belongs to training is told by the calls: idle time by the call
//! that ends it, or else by the last one before it; before the first call somebody ever has, it counts.

use std::collections::BTreeMap;

use engine::{AttendantId, CallId, Event, Origin, Presence, ServiceId, Timestamp};

/// What an attendant on duty does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Selectable, with nothing to do.
    Idle,
    /// Rung, connected, or with a call in a slot.
    Engaged,
    /// After-call work.
    AfterCallWork,
    /// Did not answer an offer and is not back.
    Rona,
    /// On a break.
    NotAvailable,
    /// Her presence allows no calls.
    Away,
}

impl State {
    /// All of them, in the order in which they are shown.
    pub const ALL: [State; 6] =
        [State::Idle, State::Engaged, State::AfterCallWork, State::Rona, State::NotAvailable, State::Away];

    /// The stable id, 1–6.
    pub fn id(self) -> u8 {
        self as u8 + 1
    }

    /// The stable name.
    pub fn text(self) -> &'static str {
        match self {
            State::Idle => "Idle",
            State::Engaged => "Engaged",
            State::AfterCallWork => "After Call Work",
            State::Rona => "RONA",
            State::NotAvailable => "Not Available",
            State::Away => "Away",
        }
    }
}

/// An attendant was in a state from `began` until `ended`, which is later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserState {
    /// Who.
    pub attendant: AttendantId,
    /// In which state.
    pub state: State,
    /// The service of the call, where the state has to do with one.
    pub service: Option<ServiceId>,
    /// Live or simulated.
    pub origin: Origin,
    /// Since when.
    pub began: Timestamp,
    /// Until when.
    pub ended: Timestamp,
}

/// A call as far as a state has to do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallOf {
    /// Which.
    pub call: CallId,
    /// Of which service; `None`: of none.
    pub service: Option<ServiceId>,
    /// Live or simulated.
    pub origin: Origin,
}

/// Who has to do with a call after an event.
#[derive(Clone, Debug)]
pub(crate) struct Engagement {
    pub(crate) call: CallOf,
    pub(crate) engaged: Vec<AttendantId>,
}

/// More calls than somebody has at once: 500 slots, 50 on hold.
const HAD_MAX: usize = 600;

/// The state of each attendant.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct States {
    attendants: BTreeMap<AttendantId, AttendantState>,
}

/// What is known of an attendant between two events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttendantState {
    /// On duty.
    pub on_duty: bool,
    /// What her presence says.
    pub presence: Presence,
    /// On a break.
    pub on_a_break: bool,
    /// Did not answer an offer.
    pub rona: bool,
    /// In after-call work, after which call.
    pub acw: Option<CallOf>,
    /// The calls she has to do with.
    pub calls: Vec<CallOf>,
    /// The calls she had to do with since she last had nothing to do, the latest last, each as it was with her: after-call work may
    /// begin when another call has come between.
    pub had: Vec<CallOf>,
    /// The state that goes on; `None`: off duty.
    pub stands: Option<Standing>,
    /// In the state of now, off duty among them, since this moment; `None`: nothing was ever told of her.
    pub since: Option<Timestamp>,
}

/// The state she is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Which.
    pub state: State,
    /// The call it has to do with.
    pub call: Option<CallOf>,
    /// Since when.
    pub since: Timestamp,
}

/// How an attendant stands at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stand {
    /// In which state; `None`: off duty.
    pub state: Option<State>,
    /// Since when.
    pub since: Timestamp,
}

impl States {
    pub(crate) fn of(attendants: Vec<(AttendantId, AttendantState)>) -> States {
        States { attendants: attendants.into_iter().collect() }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (AttendantId, AttendantState)> {
        self.attendants.iter().map(|(id, attendant)| (*id, attendant.clone()))
    }

    /// How she stands now; `None`: she was never on duty.
    pub(crate) fn stand(&self, attendant: AttendantId) -> Option<Stand> {
        let one = self.attendants.get(&attendant)?;
        Some(Stand { state: one.stands.map(|stands| stands.state), since: one.since? })
    }

    /// The states that end with this event; `engagement` tells of the call it is about.
    pub(crate) fn apply(
        &mut self,
        event: &Event,
        engagement: Option<Engagement>,
        at: Timestamp,
    ) -> Vec<UserState> {
        if let Some(Engagement { call, engaged }) = engagement {
            for attendant in &engaged {
                self.attendants.entry(*attendant).or_default().engage(call);
            }
            for (id, attendant) in &mut self.attendants {
                if !engaged.contains(id) {
                    attendant.calls.retain(|one| one.call != call.call);
                }
            }
        }
        self.flags(event);
        let settle = |(id, attendant): (&AttendantId, &mut AttendantState)| attendant.settle(*id, at);
        let ended = self.attendants.iter_mut().filter_map(settle).collect();
        if let Event::AttendantRemoved { attendant } = event {
            self.attendants.remove(attendant);
        }
        ended
    }

    fn flags(&mut self, event: &Event) {
        let mut change = |id: AttendantId, change: &mut dyn FnMut(&mut AttendantState)| {
            change(self.attendants.entry(id).or_default());
        };
        match *event {
            Event::DutyChanged { attendant, on_duty } => change(attendant, &mut |one| one.on_duty = on_duty),
            Event::PresenceChanged { attendant, presence } => {
                change(attendant, &mut |one| one.presence = presence);
            }
            Event::NotAvailableChanged { attendant, reason } => {
                change(attendant, &mut |one| one.on_a_break = reason.is_some());
            }
            Event::RonaBegan { attendant } => change(attendant, &mut |one| one.rona = true),
            Event::RonaEnded { attendant } => change(attendant, &mut |one| one.rona = false),
            Event::AcwBegan { attendant, call, .. } => change(attendant, &mut |one| {
                let unknown = CallOf { call, service: None, origin: Origin::Live };
                one.acw = Some(one.had.iter().find(|had| had.call == call).copied().unwrap_or(unknown));
            }),
            Event::AcwEnded { attendant } => change(attendant, &mut |one| one.acw = None),
            Event::AttendantRemoved { attendant } => change(attendant, &mut |one| one.on_duty = false),
            // What calls bring about is told by the engagement.
            _ => {}
        }
    }
}

impl AttendantState {
    fn engage(&mut self, call: CallOf) {
        if self.calls.is_empty() && self.acw.is_none() {
            self.had.clear();
        }
        self.had.retain(|one| one.call != call.call);
        if self.had.len() == HAD_MAX {
            self.had.remove(0);
        }
        self.had.push(call);
        match self.calls.iter_mut().find(|one| one.call == call.call) {
            Some(known) => *known = call,
            None => self.calls.push(call),
        }
    }

    /// The state that is over, where another one begins.
    fn settle(&mut self, attendant: AttendantId, at: Timestamp) -> Option<UserState> {
        let next = self.state().map(|(state, call)| Standing { state, call, since: at });
        let before = self.stands;
        let goes_on = match (before, next) {
            (Some(before), Some(next)) => (before.state, before.call) == (next.state, next.call),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if goes_on {
            return None;
        }
        self.stands = next;
        self.since = Some(at);
        let Standing { state, call, since } = before.filter(|before| before.since < at)?;
        let origin = call.or(self.had.last().copied()).map_or(Origin::Live, |call| call.origin);
        let service = call.and_then(|call| call.service);
        Some(UserState { attendant, state, service, origin, began: since, ended: at })
    }

    /// The first that holds; `None`: off duty.
    fn state(&self) -> Option<(State, Option<CallOf>)> {
        if !self.on_duty {
            return None;
        }
        Some(match (self.calls.first(), self.acw) {
            (Some(call), _) => (State::Engaged, Some(*call)),
            (None, Some(call)) => (State::AfterCallWork, Some(call)),
            (None, None) if self.rona => (State::Rona, None),
            (None, None) if self.on_a_break => (State::NotAvailable, None),
            (None, None) if self.presence != Presence::Available => (State::Away, None),
            (None, None) => (State::Idle, None),
        })
    }
}
