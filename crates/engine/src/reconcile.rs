//! Comparing with the lines that the telephone system really has (CALL-10): what is gone ends, what should be gone is let
//! go, what was taken up again after a restart is told anew what to do.

use std::collections::BTreeSet;

use crate::apply::Tables;
use crate::call::{Call, CallState};
use crate::command::Failure;
use crate::draft::Draft;
use crate::event::{End, Event};
use crate::id::{CallId, Leg, TransferId};
use crate::rejection::Rejection;
use crate::time::{Span, Timestamp};

/// Records that one comparison acts on at most; with at most ten offers each that end, and ten that follow, they fit into one
/// append.
const RECONCILE_MAX: usize = 40;
/// A line that was ordered is given this long to come about before its absence means anything: an order waits in the
/// outbox until the one before it is done.
const ORDERED_LINE_GRACE: Span = Span::from_secs(5);
/// A line that is over is told again to end after this long: the order to end it may just be on its way.
const STRAY_PAUSE: Span = Span::from_secs(10);

enum Missing {
    Caller(CallId),
    Target(TransferId),
}

impl Draft<'_> {
    pub(crate) fn reconcile(&mut self, legs: &[Leg], taken: Timestamp) -> Result<(), Rejection> {
        let there: BTreeSet<Leg> = legs.iter().copied().collect();
        let missing = self.board.calls.values().filter_map(|call| missing(call, &there, taken));
        let missing: Vec<Missing> = missing.take(RECONCILE_MAX).collect();
        for missing in missing {
            match missing {
                Missing::Caller(call) => self.end_call(call, End::Lost),
                Missing::Target(transfer) => self.target_gone(transfer, Failure::Fault),
            }
        }
        let overdue = self.now - STRAY_PAUSE;
        let strays = there.into_iter().filter(|leg| self.board.index.gone.was_told_before(*leg, overdue));
        let strays: Vec<Leg> = strays.take(RECONCILE_MAX).collect();
        for leg in strays {
            self.emit(Event::StrayReleased { leg });
        }
        Ok(())
    }

    pub(crate) fn line_resumed(&mut self, leg: Leg) -> Result<(), Rejection> {
        let call = match leg {
            Leg::Caller(call) => self.call(call),
            Leg::Target(transfer) => self.board.transfer(transfer).map(|(call, _)| call),
        };
        match call {
            Some(call) => {
                if let Some(doing) = call.doing(leg, self.limits().on_hold) {
                    self.emit(Event::LineResumed { leg, doing });
                }
            }
            None if self.board.index.gone.contains(leg) => self.emit(Event::StrayReleased { leg }),
            // Not known to be over: it may belong to a call whose arrival is still on its way here.
            None => {}
        }
        Ok(())
    }
}

/// A line of the call that should have been there when the telephone system was asked.
fn missing(call: &Call, there: &BTreeSet<Leg>, taken: Timestamp) -> Option<Missing> {
    if !call.is_callback() && !there.contains(&Leg::Caller(call.id)) && caller_line_since(call) < taken {
        return Some(Missing::Caller(call.id));
    }
    let transfer = call.transfer().filter(|transfer| transfer.has_line())?;
    let gone = !there.contains(&Leg::Target(transfer.id)) && transfer.began + ORDERED_LINE_GRACE < taken;
    gone.then_some(Missing::Target(transfer.id))
}

/// From when on the caller's line must be there. While a hand-over is under way its line may go a moment before the
/// result is told.
fn caller_line_since(call: &Call) -> Timestamp {
    match call.state {
        CallState::Dialing { .. } | CallState::Leaving { .. } => call.since + ORDERED_LINE_GRACE,
        CallState::Waiting(_)
        | CallState::InWorkflow(_)
        | CallState::Active { .. }
        | CallState::Held(_)
        | CallState::Parked(_)
        | CallState::Consulting { .. } => call.began,
    }
}
