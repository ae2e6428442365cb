//! Folds events into call detail records (REPORT-1). Does not look ahead: a record is right at every moment, as far as
//! the call has gone, and replaying the events gives the same records again.
//!
//! A service session takes the outcome of the last user session in which an attendant had the call; offers that were
//! declined or not answered are user sessions too, but an outcome they do not give. Where no attendant ever had the call,
//! its end gives the outcome. A call that comes back to the attendant who transferred or parked it goes on in her session.
//!
//! A target is a party, not an attendant, so her part of a transfer is the `target` of the attendant's session; where
//! she is an attendant of another service of ours, she has a session in that service's record.

use std::collections::BTreeMap;

use engine::{
    AttendantId, CallId, End, Event, Failure, Fallback, Mode, OfferEnd, OfferId, Origin, PartyId, ServiceId,
    Side, Target, Timestamp,
};

use crate::cdr::{CallRecord, TransferAttempt, TransferEnd, UserSession, Voicemail};
use crate::outcome::{Outcome, UserOutcome};
use crate::states::{AttendantState, CallOf, Engagement, Stand, States, UserState};

/// What the store must write with the events it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "a variant's sentence speaks of its fields")]
pub enum RecordChange {
    /// Insert or replace this record (by call and part). Comes when the call arrives, is accepted, changes its far end,
    /// moves to another service, and ends.
    Put(CallRecord),
    /// Somebody tried to put a caller through: one more in the transfer history.
    TransferEnded(TransferAttempt),
    /// A caller left a message: one more voicemail. The same recording again changes nothing.
    VoicemailLeft(Voicemail),
    /// An attendant on duty was in this state until now: one more user state.
    StateEnded(UserState),
}

/// Folds events into records. Holds only calls that have not ended, and the state of each attendant.
#[derive(Debug, Default, PartialEq)]
pub struct Fold {
    live: BTreeMap<CallId, Live>,
    states: States,
}

impl Fold {
    /// The changes that would follow from these events, without taking them in: the desk stores them in the
    /// transaction of the events and calls [`Fold::apply`] only after the commit. Copies only the calls they name.
    pub fn preview<'a>(&self, events: impl IntoIterator<Item = (&'a Event, Timestamp)>) -> Vec<RecordChange> {
        let events: Vec<_> = events.into_iter().collect();
        let named = events.iter().filter_map(|(event, _)| call_of(event));
        let live = named.filter_map(|call| Some((call, self.live.get(&call)?.clone()))).collect();
        // A few hundred attendants at most, each a few words long: less than the transaction that follows by far.
        let mut scratch = Fold { live, states: self.states.clone() };
        events.into_iter().flat_map(|(event, at)| scratch.apply(event, at)).collect()
    }

    /// The changes that follow from one event; `at` is its time.
    pub fn apply(&mut self, event: &Event, at: Timestamp) -> Vec<RecordChange> {
        let mut changes = self.apply_to_call(event, at);
        let call = call_of(event).map(|call| {
            let live = self.live.get(&call);
            let (service, origin) = match (live, changes.last()) {
                (Some(live), _) => (live.record.service, live.record.origin),
                (None, Some(RecordChange::Put(record))) => (record.service, record.origin),
                (None, _) => (None, Origin::Live),
            };
            let engaged = live.map(Live::engaged).unwrap_or_default();
            Engagement { call: CallOf { call, service, origin }, engaged }
        });
        let states = self.states.apply(event, call, at);
        changes.extend(states.into_iter().map(RecordChange::StateEnded));
        changes
    }

    /// All it holds, to go on from there another time.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { live: self.live.values().cloned().collect(), attendants: self.states.all().collect() }
    }

    /// How an attendant stands after all events so far; `None`: she was never on duty.
    pub fn stand(&self, attendant: AttendantId) -> Option<Stand> {
        self.states.stand(attendant)
    }

    fn apply_to_call(&mut self, event: &Event, at: Timestamp) -> Vec<RecordChange> {
        let Some(call) = call_of(event) else { return Vec::new() };
        match *event {
            Event::CallArrived { service, party, origin, .. } => {
                let record = CallRecord::new(call, Some(service), party, origin, at);
                vec![self.begin(Live::new(record, at))]
            }
            Event::CallPlaced { attendant, service, target, origin, .. } => {
                let record = CallRecord::new(call, service, target.party, origin, at);
                let mut live = Live::new(CallRecord { outbound: true, ..record }, at);
                live.take(attendant, at, at);
                vec![self.begin(live)]
            }
            Event::CallEnded { end, .. } => {
                let ended = self.live.remove(&call).map(|live| live.end(end, at));
                ended.map(RecordChange::Put).into_iter().collect()
            }
            Event::CallbackRequested { callback, service, party, origin, arrived, .. } => {
                if let Some(live) = self.live.get_mut(&call) {
                    live.way.callback = true;
                }
                let record = CallRecord::new(callback, Some(service), party, origin, arrived);
                vec![self.begin(Live::new(CallRecord { outbound: true, ..record }, at))]
            }
            // `Live::apply` names every one of them.
            _ => self.live.get_mut(&call).map(|live| live.apply(event, at)).unwrap_or_default(),
        }
    }

    fn begin(&mut self, live: Live) -> RecordChange {
        let change = live.put();
        self.live.insert(live.record.call, live);
        change
    }
}

/// What a fold holds between two events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Calls that go on.
    pub live: Vec<Live>,
    /// What attendants do.
    pub attendants: Vec<(AttendantId, AttendantState)>,
}

impl From<Snapshot> for Fold {
    fn from(snapshot: Snapshot) -> Fold {
        let live = snapshot.live.into_iter().map(|live| (live.record.call, live)).collect();
        Fold { live, states: States::of(snapshot.attendants) }
    }
}

/// A call that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// As far as it has gone.
    pub record: CallRecord,
    /// What the time that passes counts as.
    pub phase: Phase,
    /// Since when.
    pub since: Timestamp,
    /// Whom it rings at.
    pub ringing: Vec<Ringing>,
    /// The attendant is free since this moment, and the call is on its way to a target.
    pub left: Option<Timestamp>,
    /// The call was transferred to a service of ours: the next queue begins a new service session.
    pub moved: bool,
    /// How far the workflow of this service session has come.
    pub way: Way,
}

/// What a workflow has done for the caller so far in this service session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// She is at a step, not in a queue.
    pub walking: bool,
    /// By the accept step; a sound before it is heard all the same.
    pub accepted: bool,
    /// She left a voicemail.
    pub voicemail: bool,
    /// She asked to be called back.
    pub callback: bool,
    /// Handing her on did not come about.
    pub hand_over_failed: bool,
}

/// One attendant being rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ringing {
    /// By which offer.
    pub offer: OfferId,
    /// Who.
    pub attendant: AttendantId,
    /// Since when.
    pub began: Timestamp,
}

/// What the time that passes counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Waiting, or on its way to a target.
    Apart,
    /// In conversation.
    Talking,
    /// On hold.
    Held,
    /// In a slot.
    Parked,
}

impl CallRecord {
    fn new(
        call: CallId,
        service: Option<ServiceId>,
        party: PartyId,
        origin: Origin,
        arrived: Timestamp,
    ) -> CallRecord {
        CallRecord {
            call,
            part: 1,
            origin,
            outbound: false,
            service,
            party,
            arrived,
            queued: None,
            accepted: None,
            ended: None,
            connected_ms: 0,
            hold_ms: 0,
            park_ms: 0,
            outcome: None,
            imported: false,
            user_sessions: Vec::new(),
        }
    }
}

impl Live {
    fn new(record: CallRecord, at: Timestamp) -> Live {
        let (phase, since, ringing, way) = (Phase::Apart, at, Vec::new(), Way::default());
        Live { record, phase, since, ringing, left: None, moved: false, way }
    }

    fn put(&self) -> RecordChange {
        RecordChange::Put(self.record.clone())
    }

    /// Everything between the beginning and the end of a call.
    fn apply(&mut self, event: &Event, at: Timestamp) -> Vec<RecordChange> {
        match *event {
            Event::CallQueued { service, arrived, .. } => return self.queue(service, arrived, at),
            Event::CallMoved { service, arrived, .. } => return self.move_to(service, arrived, at),
            Event::StepEntered { .. } => self.way.walking = true,
            Event::LineAnswered { .. } => self.way.accepted = true,
            Event::VoicemailLeft { service, recording, length, .. } => {
                self.way.voicemail = true;
                let CallRecord { call, party, origin, .. } = self.record;
                let voicemail = Voicemail { recording, call, service, party, left: at, length, origin };
                return vec![RecordChange::VoicemailLeft(voicemail)];
            }
            Event::HandOverFailed { target, failure, .. } => {
                self.way.hand_over_failed = true;
                // The caller goes on where the workflow foresees it, unless she has gone.
                let has_gone = failure == Failure::CallerGone;
                let end = if has_gone { TransferEnd::Left } else { TransferEnd::CameBack(failure) };
                return vec![self.attempt(None, target, end, at)];
            }
            Event::HandOverTaken { target, .. } => {
                return vec![self.attempt(None, target, TransferEnd::PutThrough, at)];
            }
            Event::CallbackTaken { attendant, offer, .. } => {
                let began = offer.and_then(|offer| self.answer(offer)).unwrap_or(at);
                self.take(attendant, began, at);
            }
            Event::CallOffered { offer, attendant, .. } => {
                self.ringing.push(Ringing { offer, attendant, began: at });
            }
            Event::OfferEnded { offer, how, .. } => self.stop_ringing(offer, how, at),
            Event::CallAccepted { attendant, offer, .. } => {
                let began = offer.and_then(|offer| self.answer(offer)).unwrap_or(at);
                return self.accept(attendant, began, at);
            }
            Event::CallUnparked { attendant, .. } => return self.accept(attendant, at, at),
            Event::CallAnswered { .. } => {
                self.record.accepted.get_or_insert(at);
                self.turn(Phase::Talking, at);
                return vec![self.put()];
            }
            Event::CallHeld { attendant, .. } => {
                self.take(attendant, at, at);
                self.turn(Phase::Held, at);
            }
            Event::CallRetrieved { .. } | Event::Conferenced { .. } => self.turn(Phase::Talking, at),
            Event::ConsultAnswered { .. } => self.turn(Phase::Held, at),
            Event::Swapped { with: Side::Caller, .. } => self.turn(Phase::Talking, at),
            Event::Swapped { with: Side::Target, .. } => self.turn(Phase::Held, at),
            Event::ConsultEnded { with_caller, .. } => {
                self.turn(if with_caller { Phase::Talking } else { Phase::Held }, at);
            }
            Event::CallParked { .. } => {
                self.turn(Phase::Parked, at);
                self.close(UserOutcome::Accepted, at);
            }
            Event::ParkTimedOut { .. } => self.turn(Phase::Apart, at),
            Event::TransferBegan { mode: Mode::Consult, .. } => self.turn(Phase::Held, at),
            Event::TransferBegan { mode: Mode::Blind | Mode::Safe, .. } | Event::CompletionBegan { .. } => {
                self.turn(Phase::Apart, at);
                self.left = Some(at);
            }
            Event::TransferCompleted { attendant, target, .. } => {
                return self.transferred(attendant, target, at);
            }
            Event::TransferFailed { attendant, target, failure, caller, .. } => {
                self.transfer_failed(target, caller, at);
                let end = match caller {
                    Fallback::Returned | Fallback::Held => TransferEnd::CameBack(failure),
                    Fallback::Released => TransferEnd::Refused(failure),
                    Fallback::Gone => TransferEnd::Left,
                };
                return vec![self.attempt(Some(attendant), target, end, at)];
            }
            Event::TransferCancelled { .. } => {
                self.left = None;
                self.turn(Phase::Talking, at);
            }
            Event::PartyReplaced { party, .. } => {
                self.record.party = party;
                return vec![self.put()];
            }
            Event::ReservationEnded { .. }
            | Event::DeclineForgotten { .. }
            | Event::Alerted { .. }
            | Event::TransferRinging { .. }
            | Event::CallRinging { .. }
            | Event::LineResumed { .. }
            | Event::StrayReleased { .. }
            | Event::SoundStarted { .. }
            | Event::RecordingStarted { .. }
            | Event::KeyAwaited { .. }
            | Event::KeyChosen { .. }
            | Event::ParameterSaved { .. }
            | Event::CallbackRequested { .. }
            | Event::HandOverBegan { .. }
            | Event::CallArrived { .. }
            | Event::CallPlaced { .. }
            | Event::CallEnded { .. }
            | Event::ServicePut(_)
            | Event::ServiceRemoved { .. }
            | Event::AttendantPut { .. }
            | Event::AttendantRemoved { .. }
            | Event::LimitsPut(_)
            | Event::ProfilePut(_)
            | Event::ProfileRemoved { .. }
            | Event::CalendarPut(_)
            | Event::CalendarRemoved { .. }
            | Event::SkillsChanged { .. }
            | Event::DutyChanged { .. }
            | Event::PresenceChanged { .. }
            | Event::NotAvailableChanged { .. }
            | Event::ServingChanged { .. }
            | Event::RonaBegan { .. }
            | Event::RonaEnded { .. }
            | Event::AcwBegan { .. }
            | Event::AcwExtended { .. }
            | Event::AcwEnded { .. }
            | Event::CallWidened { .. }
            | Event::CallPromoted { .. } => {}
        }
        Vec::new()
    }

    /// From now on time counts as this.
    fn turn(&mut self, phase: Phase, at: Timestamp) {
        let passed = u64::from((at - self.since).0);
        let (connected, held) = match self.phase {
            Phase::Apart | Phase::Parked => (0, 0),
            Phase::Talking => (passed, 0),
            Phase::Held => (passed, passed),
        };
        self.record.connected_ms += connected;
        self.record.hold_ms += held;
        if self.phase == Phase::Parked {
            self.record.park_ms += passed;
        }
        if let Some(session) = self.last_session() {
            session.connected_ms += connected;
            session.hold_ms += held;
        }
        self.phase = phase;
        self.since = at;
    }

    /// Waits. In the queue of the service it was transferred to, or of another one than before, a new service session
    /// begins.
    fn queue(&mut self, service: ServiceId, arrived: Timestamp, at: Timestamp) -> Vec<RecordChange> {
        self.turn(Phase::Apart, at);
        let elsewhere = self.moved || self.record.service != Some(service);
        let changes = if elsewhere { self.move_to(service, arrived, at) } else { Vec::new() };
        self.way.walking = false;
        self.record.queued.get_or_insert(at);
        changes
    }

    /// Another service, another service session: the one before ends by an attendant's transfer, by the fallback of a slot,
    /// or by the workflow.
    fn move_to(&mut self, service: ServiceId, arrived: Timestamp, at: Timestamp) -> Vec<RecordChange> {
        let end = if std::mem::take(&mut self.moved) { End::Transferred } else { End::HandedOver };
        self.record.ended = Some(at);
        self.record.outcome = Some(self.outcome(end));
        let finished = self.put();
        let CallRecord { call, part, party, origin, .. } = self.record;
        // Whoever called whom in the first part, in this one she waits for us.
        self.record =
            CallRecord { part: part + 1, ..CallRecord::new(call, Some(service), party, origin, arrived) };
        self.way = Way { accepted: self.way.accepted, ..Way::default() };
        vec![finished, self.put()]
    }

    fn stop_ringing(&mut self, offer: OfferId, how: OfferEnd, at: Timestamp) {
        if let Some(index) = self.ringing.iter().position(|ringing| ringing.offer == offer) {
            let ringing = self.ringing.remove(index);
            let outcome = match how {
                OfferEnd::Declined => UserOutcome::Declined,
                OfferEnd::TimedOut => UserOutcome::TimedOut,
                OfferEnd::Withdrawn => UserOutcome::Cancelled,
            };
            self.record.user_sessions.push(ringing.over(outcome, at));
        }
    }

    /// When the offer that was answered began.
    fn answer(&mut self, offer: OfferId) -> Option<Timestamp> {
        let index = self.ringing.iter().position(|ringing| ringing.offer == offer)?;
        Some(self.ringing.remove(index).began)
    }

    fn accept(&mut self, attendant: AttendantId, began: Timestamp, at: Timestamp) -> Vec<RecordChange> {
        self.take(attendant, began, at);
        self.record.accepted.get_or_insert(at);
        self.turn(Phase::Talking, at);
        vec![self.put()]
    }

    /// The attendant has the call: her session goes on where she had it last, or a new one begins.
    fn take(&mut self, attendant: AttendantId, began: Timestamp, at: Timestamp) {
        match self.last_session() {
            Some(session) if session.attendant == attendant => {
                session.ended = None;
                session.outcome = None;
                session.target = None;
            }
            Some(_) | None => {
                self.close(UserOutcome::Accepted, at);
                self.record.user_sessions.push(UserSession {
                    attendant,
                    began,
                    ended: None,
                    outcome: None,
                    target: None,
                    ring_ms: u64::from((at - began).0),
                    connected_ms: 0,
                    hold_ms: 0,
                });
            }
        }
        self.left = None;
    }

    /// The last session in which an attendant had the call.
    fn last_session(&mut self) -> Option<&mut UserSession> {
        self.record.user_sessions.iter_mut().rev().find(|session| session.had())
    }

    /// Who has to do with the call now: whoever is rung, has it, or has put it into a slot.
    fn engaged(&self) -> Vec<AttendantId> {
        let rung = self.ringing.iter().map(|ringing| ringing.attendant);
        let last = self.record.user_sessions.iter().rev().find(|session| session.had());
        let has = last.filter(|session| match session.outcome {
            None => self.left.is_none(),
            Some(_) => self.phase == Phase::Parked,
        });
        rung.chain(has.map(|session| session.attendant)).collect()
    }

    /// The attendant who has the call has it no more.
    fn close(&mut self, outcome: UserOutcome, at: Timestamp) {
        let ended = self.left.take().unwrap_or(at);
        if let Some(session) = self.last_session().filter(|session| session.outcome.is_none()) {
            session.ended = Some(ended);
            session.outcome = Some(outcome);
        }
    }

    fn transferred(&mut self, attendant: AttendantId, target: Target, at: Timestamp) -> Vec<RecordChange> {
        // A hand-over that we had given up may come about all the same, when she has the call again.
        self.turn(Phase::Apart, at);
        let outcome = if target.kind.is_internal() {
            UserOutcome::TransferredInternally
        } else {
            UserOutcome::TransferredExternally
        };
        self.close(outcome, at);
        if let Some(session) = self.last_session().filter(|session| session.attendant == attendant) {
            session.outcome = Some(outcome);
            session.target = Some(target.party);
        }
        self.moved = true;
        vec![self.attempt(Some(attendant), target, TransferEnd::PutThrough, at)]
    }

    fn attempt(
        &self,
        attendant: Option<AttendantId>,
        target: Target,
        end: TransferEnd,
        at: Timestamp,
    ) -> RecordChange {
        let CallRecord { party: caller, origin, .. } = self.record;
        RecordChange::TransferEnded(TransferAttempt {
            caller,
            target: target.party,
            attendant,
            at,
            origin,
            end,
        })
    }

    fn transfer_failed(&mut self, target: Target, caller: Fallback, at: Timestamp) {
        let outcome = if target.kind.is_internal() {
            UserOutcome::InternalTransferFailed
        } else {
            UserOutcome::ExternalTransferFailed
        };
        match (caller, self.left) {
            (Fallback::Returned | Fallback::Released, _) | (Fallback::Gone, Some(_)) => {
                self.turn(Phase::Apart, at);
                self.close(outcome, at);
            }
            (Fallback::Held, _) => {
                self.left = None;
                self.turn(Phase::Held, at);
            }
            // In a consultation the attendant still had the caller: it neither merged nor transferred.
            (Fallback::Gone, None) => {}
        }
    }

    fn end(mut self, end: End, at: Timestamp) -> CallRecord {
        self.turn(Phase::Apart, at);
        for ringing in std::mem::take(&mut self.ringing) {
            self.record.user_sessions.push(ringing.over(UserOutcome::Cancelled, at));
        }
        let answered = !self.record.outbound || self.record.accepted.is_some();
        self.close(if answered { UserOutcome::Accepted } else { UserOutcome::Cancelled }, at);
        self.record.outcome = Some(self.outcome(end));
        self.record.ended = Some(at);
        self.record
    }

    /// The outcome of a service session that is over.
    fn outcome(&self, end: End) -> Outcome {
        let record = &self.record;
        if record.outbound {
            return match (record.accepted, end) {
                (Some(_), _) => Outcome::OutboundAccepted,
                (None, End::Lost) => Outcome::Lost,
                (
                    None,
                    End::CallerHungUp
                    | End::AttendantHungUp
                    | End::Transferred
                    | End::TransferFailed(_)
                    | End::QueueTimeOver
                    | End::HandedOver
                    | End::EndOfWorkflow
                    | End::NotAnswered(_),
                ) => Outcome::OutboundNotAccepted,
            };
        }
        let last = record.user_sessions.iter().rev().find_map(|session| gives(session.outcome?));
        last.unwrap_or(match end {
            End::HandedOver => Outcome::WorkflowTransferSuccess,
            _ if self.way.voicemail => Outcome::VoicemailLeft,
            _ if self.way.callback => Outcome::CallbackRequested,
            End::CallerHungUp if !self.way.walking => Outcome::CustomerHangupInQueue,
            End::CallerHungUp if record.queued.is_some() => Outcome::CustomerHangupInIvrAfterQueue,
            End::CallerHungUp if self.way.accepted => Outcome::CustomerHangupInIvr,
            End::CallerHungUp => Outcome::CustomerHangupBeforeAccept,
            End::QueueTimeOver => Outcome::QueueLimitReached,
            End::EndOfWorkflow if self.way.hand_over_failed => Outcome::WorkflowTransferFailed,
            End::EndOfWorkflow => Outcome::DisconnectedByWorkflow,
            End::Lost => Outcome::Lost,
            // These need an attendant who had the call; without one, something of ours is wrong.
            End::AttendantHungUp | End::Transferred | End::TransferFailed(_) | End::NotAnswered(_) => {
                Outcome::Lost
            }
        })
    }
}

impl Ringing {
    fn over(self, outcome: UserOutcome, at: Timestamp) -> UserSession {
        let Ringing { attendant, began, .. } = self;
        UserSession {
            attendant,
            began,
            ended: Some(at),
            outcome: Some(outcome),
            target: None,
            ring_ms: u64::from((at - began).0),
            connected_ms: 0,
            hold_ms: 0,
        }
    }
}

/// The outcome a user session gives its service session; `None` where the attendant never had the call.
fn gives(outcome: UserOutcome) -> Option<Outcome> {
    match outcome {
        UserOutcome::Accepted => Some(Outcome::UserAccepted),
        UserOutcome::TransferredInternally => Some(Outcome::UserInternalTransferSuccess),
        UserOutcome::TransferredExternally => Some(Outcome::UserExternalTransferSuccess),
        UserOutcome::InternalTransferFailed => Some(Outcome::UserInternalTransferFailed),
        UserOutcome::ExternalTransferFailed => Some(Outcome::UserExternalTransferFailed),
        UserOutcome::Declined | UserOutcome::TimedOut | UserOutcome::Cancelled => None,
    }
}

/// The call an event is about, where it matters to a record.
fn call_of(event: &Event) -> Option<CallId> {
    match *event {
        Event::CallArrived { call, .. }
        | Event::CallQueued { call, .. }
        | Event::CallOffered { call, .. }
        | Event::OfferEnded { call, .. }
        | Event::CallMoved { call, .. }
        | Event::StepEntered { call, .. }
        | Event::LineAnswered { call }
        | Event::VoicemailLeft { call, .. }
        | Event::CallbackRequested { call, .. }
        | Event::CallbackTaken { call, .. }
        | Event::HandOverTaken { call, .. }
        | Event::HandOverFailed { call, .. }
        | Event::CallAccepted { call, .. }
        | Event::CallHeld { call, .. }
        | Event::CallRetrieved { call, .. }
        | Event::CallParked { call, .. }
        | Event::CallUnparked { call, .. }
        | Event::ParkTimedOut { call, .. }
        | Event::PartyReplaced { call, .. }
        | Event::TransferBegan { call, .. }
        | Event::ConsultAnswered { call, .. }
        | Event::Swapped { call, .. }
        | Event::Conferenced { call, .. }
        | Event::ConsultEnded { call, .. }
        | Event::CompletionBegan { call, .. }
        | Event::TransferCompleted { call, .. }
        | Event::TransferFailed { call, .. }
        | Event::TransferCancelled { call, .. }
        | Event::CallPlaced { call, .. }
        | Event::CallAnswered { call, .. }
        | Event::CallEnded { call, .. } => Some(call),
        Event::ServicePut(_)
        | Event::ServiceRemoved { .. }
        | Event::AttendantPut { .. }
        | Event::AttendantRemoved { .. }
        | Event::LimitsPut(_)
        | Event::ProfilePut(_)
        | Event::ProfileRemoved { .. }
        | Event::CalendarPut(_)
        | Event::CalendarRemoved { .. }
        | Event::SkillsChanged { .. }
        | Event::DutyChanged { .. }
        | Event::PresenceChanged { .. }
        | Event::NotAvailableChanged { .. }
        | Event::ServingChanged { .. }
        | Event::RonaBegan { .. }
        | Event::RonaEnded { .. }
        | Event::AcwBegan { .. }
        | Event::AcwExtended { .. }
        | Event::AcwEnded { .. }
        | Event::CallWidened { .. }
        | Event::SoundStarted { .. }
        | Event::RecordingStarted { .. }
        | Event::KeyAwaited { .. }
        | Event::KeyChosen { .. }
        | Event::ParameterSaved { .. }
        | Event::HandOverBegan { .. }
        | Event::CallPromoted { .. }
        | Event::ReservationEnded { .. }
        | Event::DeclineForgotten { .. }
        | Event::Alerted { .. }
        | Event::TransferRinging { .. }
        | Event::CallRinging { .. }
        | Event::StrayReleased { .. }
        | Event::LineResumed { .. } => None,
    }
}
