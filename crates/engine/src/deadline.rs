//! What time alone does: every deadline is state, so a restart loses no timer. A deadline takes effect only by a `Tick`;
//! until then whoever comes first wins (an answer just after the ringing time is still an answer).

use crate::apply::Tables;
use crate::call::{CallState, Held, Parked, Waiting};
use crate::command::Failure;
use crate::draft::Draft;
use crate::event::Event;
use crate::id::{AttendantId, CallId};
use crate::index::Due;
use crate::rejection::Rejection;

/// Records that one tick acts on at most, and events after which it begins nothing more: then the offers that follow (ten
/// for every call, one for every attendant who came free) fit into one append too.
const TICK_MAX: usize = 40;
pub(crate) const TICK_EVENTS_MAX: usize = 256;

impl Draft<'_> {
    pub(crate) fn tick(&mut self) -> Result<(), Rejection> {
        let due = self.board.index.deadlines.iter().take_while(|(at, _)| *at <= self.now);
        let due: Vec<Due> = due.take(TICK_MAX).map(|(_, due)| *due).collect();
        for due in due {
            if self.events_so_far() >= TICK_EVENTS_MAX {
                break;
            }
            match due {
                Due::Attendant(attendant) => self.acw_due(attendant),
                Due::Call(call) => self.call_due(call),
            }
        }
        Ok(())
    }

    /// Ends the calls this decision left waiting beyond their time, once nothing rings for them any more.
    pub(crate) fn end_overdue(&mut self) {
        let now = self.now;
        let overdue =
            self.calls.values().flatten().filter(|call| {
                call.waiting().is_some_and(|waiting| !waiting.rings() && waiting.limit <= now)
            });
        let overdue: Vec<CallId> = overdue.map(|call| call.id).collect();
        for call in overdue {
            self.queue_time_over(call);
        }
    }

    fn acw_due(&mut self, attendant: AttendantId) {
        let acw = self.attendant(attendant).and_then(|attendant| attendant.acw);
        if acw.is_some_and(|acw| acw.until <= self.now) {
            self.emit(Event::AcwEnded { attendant });
        }
    }

    /// Lets everything of the call that is due happen. Each step moves its deadline on or ends the call.
    fn call_due(&mut self, call: CallId) {
        while let Some(found) = self.call(call) {
            if self.events_so_far() >= TICK_EVENTS_MAX {
                return;
            }
            if found.deadline().is_none_or(|deadline| deadline > self.now) {
                return;
            }
            let before = self.events_so_far();
            match found.state.clone() {
                CallState::InWorkflow(activity) => self.activity_due(call, activity),
                CallState::Waiting(waiting) => self.waiting_due(call, &waiting),
                CallState::Held(held) => self.held_due(call, &held),
                CallState::Parked(parked) => self.parked_due(call, &parked),
                CallState::Consulting { .. } | CallState::Leaving { .. } => {
                    self.transfer_failed(call, Failure::NoAnswer);
                }
                CallState::Dialing { .. } | CallState::Active { .. } => return,
            }
            assert!(self.events_so_far() > before, "a deadline that is due takes effect");
        }
    }

    fn waiting_due(&mut self, call: CallId, waiting: &Waiting) {
        if let Some(offer) = waiting.offers.iter().find(|offer| offer.until <= self.now) {
            self.offer_rang_out(call, waiting.ring_max, *offer);
        } else if !waiting.rings() && waiting.limit <= self.now {
            self.queue_time_over(call);
        } else if waiting.promotion.is_some_and(|due| due <= self.now) {
            self.emit(Event::CallPromoted { call });
        } else if waiting.widening.is_some_and(|due| due <= self.now) {
            self.emit(Event::CallWidened { call, level: waiting.level.saturating_add(1) });
        } else if waiting.reserved.is_some_and(|reserved| reserved.until <= self.now) {
            self.end_reservation(call);
        } else if let Some(over) = waiting.declined.iter().find(|declined| declined.until <= self.now) {
            self.emit(Event::DeclineForgotten { call, attendant: over.attendant });
        }
    }

    fn held_due(&mut self, call: CallId, held: &Held) {
        if !held.alerted {
            self.emit(Event::Alerted { call });
        }
    }

    fn parked_due(&mut self, call: CallId, parked: &Parked) {
        if parked.limit <= self.now {
            self.recall(call, parked);
        } else {
            self.emit(Event::Alerted { call });
        }
    }
}
