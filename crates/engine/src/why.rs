//! Why a call rings at whom, and why it does not (ROUTE-6): read off the switchboard for a call that waits, and off the
//! journal for what happened to a call before. Looks at every member of the service, so it is for whoever asks, never for the
//! road of a call. Makes no sentences and knows no names: that is the application's part.

use crate::attendant::{Attendant, NotSelectable};
use crate::calendar;
use crate::call::{Call, Waiting};
use crate::command::Failure;
use crate::event::{End, Event, OfferEnd, Reservation};
use crate::id::{AttendantId, CallId, NodeId, OfferId, ServiceId};
use crate::index::Rank;
use crate::settings::{Distribution, Service};
use crate::skills::{NOT_PREFERRED, Standing};
use crate::switchboard::Switchboard;
use crate::time::{Span, Timestamp};
use crate::workflow::{Node, Step};

/// Decisions about one call that are kept; of a call that goes on being declined for hours the latest ones.
pub const DECISIONS_MAX: usize = 500;

/// How everybody of a service stands to one waiting call, at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The moment.
    pub at: Timestamp,
    /// Whose members they are.
    pub service: ServiceId,
    /// How it distributes.
    pub distribution: Distribution,
    /// Since when the caller waits there.
    pub arrived: Timestamp,
    /// 1 (first) to 99.
    pub priority: u8,
    /// When it counts as of priority 1; `None` where it does.
    pub promotion: Option<Timestamp>,
    /// Callers of any service who come before, and are not all rung for yet.
    pub ahead: usize,
    /// The policy level that the wait has reached, from 0.
    pub level: u8,
    /// Policy levels of the service; 0: there are none, everybody may be rung at once.
    pub levels: usize,
    /// When the next level is reached; `None` at the last.
    pub widening: Option<Timestamp>,
    /// Kept for one attendant first.
    pub reserved: Option<Reservation>,
    /// At how many attendants it may ring at once.
    pub ring_max: u8,
    /// Every member, in the order in which they are rung; who meets no level comes last.
    pub candidates: Vec<Candidate>,
}

/// One member, and all that her place in the order follows from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub attendant: AttendantId,
    /// What that came to.
    pub fate: Fate,
    /// 1–99 where she is preferred.
    pub preferred: Option<u8>,
    /// The first policy level she meets; `None`: none.
    pub level: Option<u8>,
    /// Free of calls since.
    pub idle_since: Timestamp,
    /// Calls she has taken since she went on duty.
    pub taken: u32,
    /// Her last offer of any call; zero before the first.
    pub last_offer: OfferId,
    /// Her place in the list, from 0; 0 for all where members come by skill.
    pub place: u32,
}

/// What became of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The call rings at her, until then at most.
    Rung {
        /// When her ringing ends.
        until: Timestamp,
    },
    /// The call may be offered to her.
    Selectable,
    /// The first reason why it may not.
    PassedOver(Reason),
}

/// Why a call is not offered to a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No call of the service is.
    NotSelectable(NotSelectable),
    /// This one is kept for somebody else first.
    KeptFor(AttendantId),
    /// The caller has not waited long enough for her level.
    LevelNotReached {
        /// The first level she meets.
        level: u8,
        /// When it is reached.
        at: Timestamp,
    },
    /// She declined this call, or left a broadcast of it unanswered.
    Declined {
        /// Until when she is left in peace with it.
        until: Timestamp,
    },
    /// Nobody is rung: attendants pick the calls themselves.
    PickUp,
}

/// What decided between two candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Preferred, or preferred more.
    Preferred,
    /// Meets an earlier policy level.
    Level,
    /// Has been idle for longer.
    Idle,
    /// Has taken fewer calls.
    Calls,
    /// Her last offer is longer ago.
    LastOffer,
    /// Stands earlier in the list.
    Place,
    /// Nothing but her number: in everything else they are equal.
    Id,
}

/// One thing that was decided about a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// It entered the queue; `look` is how things stood then.
    Queued {
        /// Everybody, before anybody was rung.
        look: Look,
    },
    /// It rang at these, in this order; several only with broadcast.
    Offered {
        /// Whom.
        attendants: Vec<AttendantId>,
        /// Everybody, just before.
        look: Look,
    },
    /// It rings at her no more.
    OfferEnded {
        /// Who.
        attendant: AttendantId,
        /// How.
        how: OfferEnd,
        /// She is left in peace with it until then.
        again: Option<Timestamp>,
    },
    /// It is kept for nobody any more.
    ReservationEnded,
    /// The wait has reached this level.
    Widened {
        /// From 0.
        level: u8,
    },
    /// It counts as of priority 1 from now on.
    Promoted,
    /// She has it.
    Accepted {
        /// Who.
        attendant: AttendantId,
        /// She took it out of the queue by herself.
        picked: bool,
    },
    /// The caller came to this step of the workflow.
    Entered {
        /// The step as it was then.
        node: Box<Node>,
        /// What the calendar said, where the step asks one.
        open: Option<bool>,
    },
    /// She pressed this key of the menu.
    KeyChosen {
        /// `0`–`9`, `*` or `#`.
        key: char,
    },
    /// She was recorded.
    RecordingStarted,
    /// She left a voicemail.
    VoicemailLeft {
        /// How long it is.
        length: Span,
    },
    /// She is to be called back: a call of its own waits in her place.
    CallbackRequested {
        /// That call.
        callback: CallId,
    },
    /// It moved to this service.
    Moved {
        /// Which.
        service: ServiceId,
    },
    /// The workflow hands it on.
    HandOverBegan,
    /// That did not come about.
    HandOverFailed {
        /// Why.
        failure: Failure,
    },
    /// It is over.
    Ended {
        /// How.
        end: End,
    },
}

/// How everybody stands to a call that waits; `None` where it does not, or is not there.
pub fn now(board: &Switchboard, call: CallId, now: Timestamp) -> Option<Look> {
    let found = board.call(call)?;
    look(board, found, board.moment(now))
}

/// All decisions about one call, from the events of the whole journal. Ends reading with the end of the call.
pub fn decisions<'a>(
    events: impl IntoIterator<Item = (&'a Event, Timestamp)>,
    call: CallId,
) -> Vec<Decision> {
    let mut inquiry = Inquiry::new(call, Switchboard::new());
    for (event, at) in events {
        inquiry.follow(event, at);
        if inquiry.is_over() {
            break;
        }
    }
    inquiry.decisions()
}

/// The same, event by event, for whoever reads a journal page by page.
#[derive(Debug)]
pub struct Inquiry {
    call: CallId,
    board: Switchboard,
    decisions: Vec<Decision>,
    over: bool,
}

impl Inquiry {
    /// Asks about this call; `board` is the switchboard before the first event that is told.
    pub fn new(call: CallId, board: Switchboard) -> Inquiry {
        Inquiry { call, board, decisions: Vec::new(), over: false }
    }

    /// Takes the next event in.
    pub fn follow(&mut self, event: &Event, at: Timestamp) {
        if self.over {
            return;
        }
        let before = self.before(event, at);
        self.board.apply(event, at);
        let at = self.board.clock();
        if let Some(what) = before.or_else(|| self.after(event, at)) {
            self.record(Decision { at, what });
        }
    }

    /// The call has ended: no later event is about it.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// The switchboard as far as the events have gone, for names of services.
    pub fn board(&self) -> &Switchboard {
        &self.board
    }

    /// What was decided, in order.
    pub fn decisions(self) -> Vec<Decision> {
        self.decisions
    }

    /// Who is considered is seen before the event has its outcome.
    fn before(&self, event: &Event, at: Timestamp) -> Option<What> {
        match *event {
            Event::CallOffered { call, attendant, .. } if call == self.call => {
                now(&self.board, call, at).map(|look| What::Offered { attendants: vec![attendant], look })
            }
            _ => None,
        }
    }

    fn after(&mut self, event: &Event, at: Timestamp) -> Option<What> {
        let mine = |call: CallId| call == self.call;
        match *event {
            Event::CallQueued { call, .. } if mine(call) => {
                now(&self.board, call, at).map(|look| What::Queued { look })
            }
            Event::OfferEnded { call, attendant, how, again, .. } if mine(call) => {
                Some(What::OfferEnded { attendant, how, again })
            }
            Event::ReservationEnded { call } if mine(call) => Some(What::ReservationEnded),
            Event::CallWidened { call, level } if mine(call) => Some(What::Widened { level }),
            Event::CallPromoted { call } if mine(call) => Some(What::Promoted),
            Event::CallAccepted { call, attendant, offer } if mine(call) => {
                Some(What::Accepted { attendant, picked: offer.is_none() })
            }
            Event::StepEntered { call, node } if mine(call) => self.entered(node, at),
            Event::KeyChosen { call, key } if mine(call) => Some(What::KeyChosen { key }),
            Event::RecordingStarted { call, .. } if mine(call) => Some(What::RecordingStarted),
            Event::VoicemailLeft { call, length, .. } if mine(call) => Some(What::VoicemailLeft { length }),
            Event::CallbackRequested { call, callback, .. } if mine(call) => {
                Some(What::CallbackRequested { callback })
            }
            Event::CallbackRequested { callback, .. } if mine(callback) => {
                now(&self.board, callback, at).map(|look| What::Queued { look })
            }
            Event::CallbackTaken { call, attendant, offer, .. } if mine(call) => {
                Some(What::Accepted { attendant, picked: offer.is_none() })
            }
            Event::CallMoved { call, service, .. } if mine(call) => Some(What::Moved { service }),
            Event::HandOverBegan { call, .. } if mine(call) => Some(What::HandOverBegan),
            Event::HandOverFailed { call, failure, .. } if mine(call) => {
                Some(What::HandOverFailed { failure })
            }
            Event::CallEnded { call, end, .. } if mine(call) => {
                self.over = true;
                Some(What::Ended { end })
            }
            // Other calls, and events in which nothing is chosen.
            _ => None,
        }
    }

    /// The step as the service has it at this moment, and what its calendar says.
    fn entered(&self, node: NodeId, at: Timestamp) -> Option<What> {
        let service = self.board.service(self.board.call(self.call)?.service?)?;
        let node = service.workflow.as_ref()?.nodes.get(&node)?.clone();
        let open = match node.step {
            Step::Hours { calendar, .. } => Some(calendar::is_open(self.board.calendar(calendar), at)),
            Step::Accept { .. }
            | Step::Announce { .. }
            | Step::Availability { .. }
            | Step::Menu { .. }
            | Step::Save { .. }
            | Step::Check { .. }
            | Step::Queue { .. }
            | Step::Position { .. }
            | Step::Voicemail { .. }
            | Step::Callback { .. }
            | Step::Transfer { .. }
            | Step::Disconnect => None,
        };
        Some(What::Entered { node: Box::new(node), open })
    }

    /// A broadcast is one decision, though each telephone has its own event.
    fn record(&mut self, decision: Decision) {
        if let (
            Some(Decision { at, what: What::Offered { attendants, .. } }),
            What::Offered { attendants: more, .. },
        ) = (self.decisions.last_mut(), &decision.what)
            && *at == decision.at
        {
            attendants.extend(more);
            return;
        }
        if self.decisions.len() == DECISIONS_MAX {
            self.decisions.remove(0);
        }
        self.decisions.push(decision);
    }
}

impl Look {
    /// Those it may be offered to, first first.
    pub fn selectable(&self) -> impl Iterator<Item = &Candidate> {
        self.candidates.iter().filter(|it| it.fate == Fate::Selectable)
    }

    /// What puts the first of two candidates before the second.
    pub fn edge(&self, first: &Candidate, second: &Candidate) -> Edge {
        let preferred = |it: &Candidate| it.preferred.unwrap_or(NOT_PREFERRED);
        if preferred(first) != preferred(second) {
            return Edge::Preferred;
        }
        if first.level != second.level {
            return Edge::Level;
        }
        let idle = (first.idle_since != second.idle_since).then_some(Edge::Idle);
        let (differs, edge) = match self.distribution {
            Distribution::LongestIdle | Distribution::Broadcast => (false, Edge::Idle),
            Distribution::FewestCalls => (first.taken != second.taken, Edge::Calls),
            Distribution::RoundRobin => (first.last_offer != second.last_offer, Edge::LastOffer),
            Distribution::FixedOrder | Distribution::PickUp => {
                return if first.place == second.place { Edge::Id } else { Edge::Place };
            }
        };
        if differs { edge } else { idle.unwrap_or(Edge::Id) }
    }
}

fn look(board: &Switchboard, call: &Call, at: Timestamp) -> Option<Look> {
    let waiting = call.waiting()?;
    let service = board.service(call.service?)?;
    let mut members: Vec<(&Attendant, &Standing)> =
        board.attendants().filter_map(|it| Some((it, it.services.get(&service.id)?))).collect();
    members.sort_by_key(|(attendant, standing)| {
        // Who is in no pool has no rank, and comes last.
        let rank = Rank::of(attendant, service);
        (rank.is_none(), rank, standing.preferred, standing.place, attendant.id)
    });
    let candidates = members.into_iter().map(|(attendant, standing)| Candidate {
        attendant: attendant.id,
        fate: fate(attendant, standing, service, call, waiting),
        preferred: (standing.preferred < NOT_PREFERRED).then_some(standing.preferred),
        level: standing.level,
        idle_since: attendant.idle_since,
        taken: attendant.taken,
        last_offer: attendant.last_offer,
        place: standing.place,
    });
    let before = board.queue().take_while(|it| it.id != call.id);
    Some(Look {
        at,
        service: service.id,
        distribution: service.distribution,
        arrived: call.arrived,
        priority: waiting.priority,
        promotion: waiting.promotion,
        ahead: before.filter(|it| it.waiting().is_some_and(Waiting::may_ring)).count(),
        level: waiting.level,
        levels: service.levels.len(),
        widening: waiting.widening,
        reserved: waiting.reserved,
        ring_max: waiting.ring_max,
        candidates: candidates.collect(),
    })
}

/// The rules of `distribution`, one by one, for one attendant.
fn fate(
    attendant: &Attendant,
    standing: &Standing,
    service: &Service,
    call: &Call,
    waiting: &Waiting,
) -> Fate {
    if let Some(offer) = call.offer_to(attendant.id) {
        return Fate::Rung { until: offer.until };
    }
    if let Err(reason) = attendant.selectable(service) {
        return Fate::PassedOver(Reason::NotSelectable(reason));
    }
    let declined = waiting.declined.iter().find(|declined| declined.attendant == attendant.id);
    let kept_for = waiting.reserved.map(|reserved| reserved.attendant);
    // `selectable` has seen to it that she meets some level.
    let level = standing.level.unwrap_or(u8::MAX);
    let reached = service.levels.get(usize::from(level)).map_or(call.arrived, |it| call.arrived + it.after);
    let reasons = [
        declined.map(|declined| Reason::Declined { until: declined.until }),
        kept_for.filter(|keeper| *keeper != attendant.id).map(Reason::KeptFor),
        (kept_for.is_none() && service.distribution == Distribution::PickUp).then_some(Reason::PickUp),
        (kept_for.is_none() && level > waiting.level)
            .then_some(Reason::LevelNotReached { level, at: reached }),
    ];
    reasons.into_iter().flatten().next().map_or(Fate::Selectable, Fate::PassedOver)
}
