//! One call and the one state it stands in. Holds the record and what follows from it (its owner, lines and next
//! deadline); does not decide what happens to it, see `switchboard`.

use std::collections::BTreeMap;
use std::ops::Deref;

use crate::command::Target;
use crate::event::{Doing, Reservation};
use crate::id::{
    AttendantId, CallId, Leg, NodeId, OfferId, PartyId, PlayId, RecordingId, ServiceId, SlotNumber, SoundId,
    TransferId,
};
use crate::settings::{Origin, Treatment};
use crate::time::{Span, Timestamp};
use crate::transfer::{Stage, Transfer};

/// One call, from arrival (or dialling) to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Names it.
    pub id: CallId,
    /// Who is at the far end.
    pub party: PartyId,
    /// Live or simulated.
    pub origin: Origin,
    /// Who called whom.
    pub direction: Direction,
    /// The service it is with; `None` only for an outbound call on nobody's behalf.
    pub service: Option<ServiceId>,
    /// When it rang, or was dialled.
    pub began: Timestamp,
    /// When it reached this service, or was dialled. Kept through every return to the queue.
    pub arrived: Timestamp,
    /// In this state since.
    pub since: Timestamp,
    /// When the attendant who has it (or had it last) took it: accepted, unparked, or was answered.
    pub accepted: Option<Timestamp>,
    /// Where it stands.
    pub state: CallState,
    /// What her way through the workflow has left behind.
    pub way: Way,
    /// Calls back somebody who asked for it at a step of a workflow: first it waits without a line, then its party is called.
    pub calls_back: bool,
    /// The last hand-over that was given up after it had been ordered: the telephone system may still carry it out.
    pub abandoned: Option<Abandoned>,
}

/// Who called whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The caller rang us.
    Inbound,
    /// An attendant rang somebody.
    Outbound,
}

/// The one state of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallState {
    /// On the way through the workflow of its service.
    InWorkflow(Activity),
    /// In the queue of its service.
    Waiting(Waiting),
    /// An outbound call not yet answered; `ringing` once the far end rings.
    Dialing {
        /// Who dialled.
        attendant: AttendantId,
        /// The far end rings.
        ringing: bool,
    },
    /// In conversation with the attendant.
    Active {
        /// With whom.
        attendant: AttendantId,
    },
    /// On hold.
    Held(Held),
    /// In a slot.
    Parked(Parked),
    /// A consultation: the caller on hold, the attendant with the target (or swapped, or all three).
    Consulting {
        /// Who consults.
        attendant: AttendantId,
        /// With whom, and how far it is.
        transfer: Transfer,
    },
    /// On its way to a target; the attendant is free.
    Leaving {
        /// Who sent it.
        attendant: AttendantId,
        /// Where to, and how far it is.
        transfer: Transfer,
    },
}

/// What goes on at a step that takes time. Each has its own end, should the telephone system never tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "variants are explained, and their fields are named by their types")]
pub enum Activity {
    /// Nothing that takes time; no call rests here.
    Passing,
    /// A sound is played.
    Playing { play: PlayId, sound: SoundId, hearing: Hearing, until: Timestamp },
    /// A key is awaited.
    Awaiting { tries_left: u8, until: Timestamp },
    /// The caller is recorded.
    Recording { recording: RecordingId, length_max: Span, until: Timestamp },
    /// The telephone system was asked to put her through.
    HandingOver { transfer: TransferId, target: Target, until: Timestamp },
}

/// What a sound is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hearing {
    /// An announcement; then she goes on.
    Announcement,
    /// A menu: a key counts at once. This is how often she is still asked, this time among them.
    Menu {
        /// At least 1.
        tries_left: u8,
    },
    /// Comes before a voicemail or a callback.
    Greeting,
}

/// What a caller's way through a workflow has left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// The step she is at, or whose queue she waits in.
    pub node: Option<NodeId>,
    /// The line was answered: by a step, or by an attendant.
    pub answered: bool,
    /// Constants noted under their names.
    pub parameters: BTreeMap<String, String>,
    /// Steps taken since she reached the tenant: names what a step begins.
    pub steps: u32,
    /// Of these, taken before she last spoke to an attendant.
    pub steps_before: u32,
    /// Moves from service to service since she last spoke to an attendant.
    pub moves: u8,
}

/// A call in the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Of its service when it was queued: 1 (first) to 99 (last); 1 once it has waited `Limits::priority_wait_max`.
    pub priority: u8,
    /// When it will count as of priority 1; `None` where it does.
    pub promotion: Option<Timestamp>,
    /// The policy level it has reached.
    pub level: u8,
    /// When it reaches the next; `None` at the last.
    pub widening: Option<Timestamp>,
    /// Longest it may wait.
    pub limit: Timestamp,
    /// Kept for one attendant first.
    pub reserved: Option<Reservation>,
    /// At how many attendants it may ring at once: as its service distributed when it was queued (`Distribution::ring_max`).
    pub ring_max: u8,
    /// Whom it rings at, the first rung first; at most `ring_max`.
    pub offers: Vec<Offer>,
    /// Attendants who declined it lately, or at whom a broadcast has just rung in vain.
    pub declined: Vec<Declined>,
    /// What the caller hears.
    pub treatment: Treatment,
}

/// One attendant being rung for one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Names it.
    pub id: OfferId,
    /// Who is rung.
    pub attendant: AttendantId,
    /// Since when.
    pub since: Timestamp,
    /// Until when; then it is RONA, or, with broadcast, others are rung.
    pub until: Timestamp,
}

/// An attendant who declined the call, or did not answer a broadcast, is left in peace with it for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declined {
    /// Who.
    pub attendant: AttendantId,
    /// Until when.
    pub until: Timestamp,
}

/// A call on hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Whose it is.
    pub attendant: AttendantId,
    /// When the console alerts.
    pub alert: Timestamp,
    /// It has alerted.
    pub alerted: bool,
    /// What the caller hears.
    pub treatment: Treatment,
}

/// A call in a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parked {
    /// Which slot.
    pub slot: SlotNumber,
    /// Who parked it.
    pub attendant: AttendantId,
    /// When the console alerts.
    pub alert: Timestamp,
    /// It has alerted.
    pub alerted: bool,
    /// When it goes back to the parker.
    pub limit: Timestamp,
    /// What the caller hears.
    pub treatment: Treatment,
}

/// A hand-over that is over for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abandoned {
    /// Which.
    pub transfer: TransferId,
    /// Who began it; `None`: the workflow.
    pub attendant: Option<AttendantId>,
    /// Where to.
    pub target: Target,
}

/// A call's place in the queue: ordered by priority, then arrival, then id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// 1 (first) to 99 (last).
    pub priority: u8,
    /// When it reached the service.
    pub arrived: Timestamp,
    /// Which call.
    pub call: CallId,
}

impl Call {
    /// Its place, where it waits.
    pub fn place(&self) -> Option<Place> {
        self.waiting().map(|waiting| Place {
            priority: waiting.priority,
            arrived: self.arrived,
            call: self.id,
        })
    }

    /// The queue's part, where it waits.
    pub fn waiting(&self) -> Option<&Waiting> {
        match &self.state {
            CallState::Waiting(waiting) => Some(waiting),
            CallState::InWorkflow(_)
            | CallState::Dialing { .. }
            | CallState::Active { .. }
            | CallState::Held(_)
            | CallState::Parked(_)
            | CallState::Consulting { .. }
            | CallState::Leaving { .. } => None,
        }
    }

    /// The offers that ring for it, the first one first; more than one only with broadcast.
    pub fn offers(&self) -> &[Offer] {
        self.waiting().map_or(&[], |waiting| &waiting.offers)
    }

    /// The offer that rings for it at this attendant.
    pub fn offer_to(&self, attendant: AttendantId) -> Option<Offer> {
        self.offers().iter().find(|offer| offer.attendant == attendant).copied()
    }

    /// The hand-over by the workflow that is under way.
    pub(crate) fn handing_over(&self) -> Option<TransferId> {
        match self.activity()? {
            Activity::HandingOver { transfer, .. } => Some(transfer),
            Activity::Passing
            | Activity::Playing { .. }
            | Activity::Awaiting { .. }
            | Activity::Recording { .. } => None,
        }
    }

    /// Waits for somebody to call her back; she has no line meanwhile.
    pub fn is_callback(&self) -> bool {
        self.calls_back && self.accepted.is_none() && self.waiting().is_some()
    }

    /// What goes on at her step (`way.node`), where she is on the way through a workflow.
    pub fn activity(&self) -> Option<Activity> {
        match &self.state {
            CallState::InWorkflow(activity) => Some(*activity),
            CallState::Waiting(_)
            | CallState::Dialing { .. }
            | CallState::Active { .. }
            | CallState::Held(_)
            | CallState::Parked(_)
            | CallState::Consulting { .. }
            | CallState::Leaving { .. } => None,
        }
    }

    /// The slot it stands in.
    pub fn slot(&self) -> Option<SlotNumber> {
        match &self.state {
            CallState::Parked(parked) => Some(parked.slot),
            CallState::Waiting(_)
            | CallState::InWorkflow(_)
            | CallState::Dialing { .. }
            | CallState::Active { .. }
            | CallState::Held(_)
            | CallState::Consulting { .. }
            | CallState::Leaving { .. } => None,
        }
    }

    /// The transfer in flight.
    pub fn transfer(&self) -> Option<&Transfer> {
        match &self.state {
            CallState::Consulting { transfer, .. } | CallState::Leaving { transfer, .. } => Some(transfer),
            CallState::Waiting(_)
            | CallState::InWorkflow(_)
            | CallState::Dialing { .. }
            | CallState::Active { .. }
            | CallState::Held(_)
            | CallState::Parked(_) => None,
        }
    }

    /// Whose it is now: who talks, holds, parked, consults or sent it. Nobody's while it waits, even if it rings.
    pub fn attendant(&self) -> Option<AttendantId> {
        match &self.state {
            CallState::Waiting(_) | CallState::InWorkflow(_) => None,
            CallState::Dialing { attendant, .. }
            | CallState::Active { attendant }
            | CallState::Consulting { attendant, .. }
            | CallState::Leaving { attendant, .. } => Some(*attendant),
            CallState::Held(held) => Some(held.attendant),
            CallState::Parked(parked) => Some(parked.attendant),
        }
    }

    /// The hold or park alert has come.
    pub fn alerted(&self) -> bool {
        match &self.state {
            CallState::Held(held) => held.alerted,
            CallState::Parked(parked) => parked.alerted,
            CallState::Waiting(_)
            | CallState::InWorkflow(_)
            | CallState::Dialing { .. }
            | CallState::Active { .. }
            | CallState::Consulting { .. }
            | CallState::Leaving { .. } => false,
        }
    }

    /// The earliest moment at which time alone changes it. The queue limit rests while the call rings at somebody.
    pub fn deadline(&self) -> Option<Timestamp> {
        match &self.state {
            CallState::InWorkflow(activity) => activity.until(),
            CallState::Waiting(waiting) => Some(waiting.deadline()),
            CallState::Held(held) => (!held.alerted).then_some(held.alert),
            CallState::Parked(parked) if parked.alerted => Some(parked.limit),
            CallState::Parked(parked) => Some(parked.alert.min(parked.limit)),
            CallState::Consulting { transfer, .. } | CallState::Leaving { transfer, .. } => transfer.limit,
            CallState::Dialing { .. } | CallState::Active { .. } => None,
        }
    }

    /// The lines it has, the caller's first.
    pub fn legs(&self) -> impl Iterator<Item = Leg> {
        let target = self.transfer().filter(|transfer| transfer.has_line()).map(|transfer| transfer.id);
        let caller = (!self.is_callback()).then_some(Leg::Caller(self.id));
        caller.into_iter().chain(target.map(Leg::Target))
    }

    /// What one of its lines is for at this moment; `None` where there is nothing to say to it (it rings).
    pub fn doing(&self, leg: Leg, on_hold: Treatment) -> Option<Doing> {
        match (&self.state, leg) {
            (CallState::InWorkflow(activity), Leg::Caller(_)) => activity.doing(on_hold),
            (CallState::Waiting(waiting), Leg::Caller(_)) => {
                (!self.is_callback()).then_some(Doing::Waiting(waiting.treatment))
            }
            (CallState::Active { attendant }, Leg::Caller(_)) => Some(Doing::Talking(*attendant)),
            (CallState::Held(held), Leg::Caller(_)) => Some(Doing::Held(held.treatment)),
            (CallState::Parked(parked), Leg::Caller(_)) => Some(Doing::Held(parked.treatment)),
            (CallState::Leaving { .. }, Leg::Caller(_)) => Some(Doing::Held(on_hold)),
            (CallState::Consulting { attendant, transfer }, leg) => {
                doing_in_consultation(self.id, *attendant, transfer, leg, on_hold)
            }
            (CallState::Dialing { .. }, Leg::Caller(_))
            | (
                CallState::Waiting(_)
                | CallState::InWorkflow(_)
                | CallState::Dialing { .. }
                | CallState::Active { .. }
                | CallState::Held(_)
                | CallState::Parked(_)
                | CallState::Leaving { .. },
                Leg::Target(_),
            ) => None,
        }
    }
}

fn doing_in_consultation(
    call: CallId,
    attendant: AttendantId,
    transfer: &Transfer,
    leg: Leg,
    on_hold: Treatment,
) -> Option<Doing> {
    let held = Some(Doing::Held(on_hold));
    let talking = Some(Doing::Talking(attendant));
    match (transfer.stage, leg) {
        (Stage::Trying | Stage::Ringing, Leg::Target(_)) => None,
        (Stage::Trying | Stage::Ringing | Stage::WithTarget | Stage::Completing { .. }, Leg::Caller(_)) => {
            held
        }
        (Stage::WithTarget, Leg::Target(_)) | (Stage::WithCaller, Leg::Caller(_)) => talking,
        (Stage::WithCaller | Stage::Completing { .. }, Leg::Target(_)) => held,
        (Stage::Conference, _) => {
            Some(Doing::Conferring { caller: Leg::Caller(call), target: Leg::Target(transfer.id), attendant })
        }
    }
}

/// What an attendant has of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It rings at her.
    Offered(OfferId),
    /// She talks on it, dials it or consults about it.
    Active,
    /// She holds it.
    Held,
    /// She parked it.
    Parked,
    /// She sent it to a target.
    Aside,
}

impl CallState {
    /// Who has what of it. A call belongs to at most one attendant, and may ring at several before it does.
    pub(crate) fn roles(&self) -> Roles {
        let rung = |offer: &Offer| (offer.attendant, Role::Offered(offer.id));
        match self {
            CallState::InWorkflow(_) => Roles::Nobody,
            CallState::Waiting(waiting) => match waiting.offers.as_slice() {
                [] => Roles::Nobody,
                [one] => Roles::One([rung(one)]),
                several => Roles::Several(several.iter().map(rung).collect()),
            },
            CallState::Dialing { attendant, .. }
            | CallState::Active { attendant }
            | CallState::Consulting { attendant, .. } => Roles::One([(*attendant, Role::Active)]),
            CallState::Held(held) => Roles::One([(held.attendant, Role::Held)]),
            CallState::Parked(parked) => Roles::One([(parked.attendant, Role::Parked)]),
            CallState::Leaving { attendant, .. } => Roles::One([(*attendant, Role::Aside)]),
        }
    }
}

/// Who has what of a call. Every event asks twice, so the usual one or none takes no memory from the heap.
pub(crate) enum Roles {
    Nobody,
    One([(AttendantId, Role); 1]),
    Several(Vec<(AttendantId, Role)>),
}

impl Deref for Roles {
    type Target = [(AttendantId, Role)];

    fn deref(&self) -> &[(AttendantId, Role)] {
        match self {
            Roles::Nobody => &[],
            Roles::One(one) => one,
            Roles::Several(several) => several,
        }
    }
}

/// Changes of the record. Each does nothing in a state it does not belong to: `apply` is total.
impl Call {
    pub(crate) fn enter(&mut self, state: CallState, at: Timestamp) {
        self.state = state;
        self.since = at;
    }

    pub(crate) fn alert(&mut self) {
        match &mut self.state {
            CallState::Held(held) => held.alerted = true,
            CallState::Parked(parked) => parked.alerted = true,
            CallState::Waiting(_)
            | CallState::InWorkflow(_)
            | CallState::Dialing { .. }
            | CallState::Active { .. }
            | CallState::Consulting { .. }
            | CallState::Leaving { .. } => {}
        }
    }

    pub(crate) fn ring(&mut self) {
        if let CallState::Dialing { ringing, .. } = &mut self.state {
            *ringing = true;
        }
    }

    pub(crate) fn advance_transfer(&mut self, stage: Stage, at: Timestamp) {
        if let CallState::Consulting { transfer, .. } | CallState::Leaving { transfer, .. } = &mut self.state
        {
            transfer.stage = stage;
            transfer.since = at;
            if transfer.is_answered() {
                transfer.limit = None;
            }
        }
    }

    pub(crate) fn begin_completion(
        &mut self,
        attendant: AttendantId,
        target_answered: bool,
        limit: Timestamp,
        at: Timestamp,
    ) {
        if let Some(transfer) = self.transfer().copied() {
            let stage = Stage::Completing { target_answered };
            let transfer = Transfer { stage, since: at, limit: Some(limit), ..transfer };
            self.enter(CallState::Leaving { attendant, transfer }, at);
        }
    }

    /// Remembers a hand-over that was ordered and given up: the telephone system may still carry it out.
    pub(crate) fn abandon_transfer(&mut self, attendant: AttendantId) {
        if let CallState::Leaving { transfer, .. } = &self.state {
            let (transfer, target) = (transfer.id, transfer.target);
            self.abandoned = Some(Abandoned { transfer, attendant: Some(attendant), target });
        }
    }
}

impl Activity {
    /// When it counts as over.
    fn until(self) -> Option<Timestamp> {
        match self {
            Activity::Passing => None,
            Activity::Playing { until, .. }
            | Activity::Awaiting { until, .. }
            | Activity::Recording { until, .. }
            | Activity::HandingOver { until, .. } => Some(until),
        }
    }

    fn doing(self, on_hold: Treatment) -> Option<Doing> {
        match self {
            Activity::Passing => None,
            Activity::Playing { play, sound, .. } => Some(Doing::Hearing { play, sound }),
            Activity::Awaiting { .. } => Some(Doing::Waiting(Treatment::Silence)),
            Activity::Recording { recording, length_max, .. } => {
                Some(Doing::Recorded { recording, length_max })
            }
            Activity::HandingOver { .. } => Some(Doing::Held(on_hold)),
        }
    }
}

impl Waiting {
    /// Between `CallArrived` and the `CallQueued` that follows it in the same decision.
    pub(crate) fn about_to_queue(at: Timestamp) -> Waiting {
        Waiting {
            priority: 99,
            promotion: None,
            level: 0,
            widening: None,
            limit: at,
            reserved: None,
            ring_max: 1,
            offers: Vec::new(),
            declined: Vec::new(),
            treatment: Treatment::Ringing,
        }
    }

    /// May ring at one more attendant, and is kept for nobody.
    pub fn is_open(&self) -> bool {
        self.reserved.is_none() && self.may_ring()
    }

    /// May ring at one more attendant. One that is kept for somebody rings at her alone.
    pub fn may_ring(&self) -> bool {
        match self.reserved {
            Some(_) => self.offers.is_empty(),
            None => self.offers.len() < usize::from(self.ring_max),
        }
    }

    /// Rings somewhere.
    pub fn rings(&self) -> bool {
        !self.offers.is_empty()
    }

    /// Whether this attendant declined it a moment ago, or left a broadcast of it unanswered.
    pub fn was_declined_by(&self, attendant: AttendantId) -> bool {
        self.declined.iter().any(|declined| declined.attendant == attendant)
    }

    fn deadline(&self) -> Timestamp {
        let ends = self.offers.iter().map(|offer| offer.until).min().unwrap_or(self.limit);
        let reservation = self.reserved.map(|reserved| reserved.until);
        let declined = self.declined.iter().map(|declined| declined.until);
        let steps = [self.promotion, self.widening].into_iter().flatten();
        declined.chain(reservation).chain(steps).fold(ends, Timestamp::min)
    }
}
