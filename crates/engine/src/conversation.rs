//! Holding, retrieving, hanging up, calling out, and what the caller's line reports. Transfers and slots are beside, in
//! `transfer` and `park`.

use crate::apply::Tables;
use crate::call::{Call, CallState};
use crate::command::{Failure, Target};
use crate::draft::Draft;
use crate::event::{End, Event, Fallback, OfferEnd};
use crate::id::{AttendantId, CallId, Leg, PartyId, ServiceId};
use crate::rejection::Rejection;
use crate::settings::Origin;
use crate::time::Span;

impl Draft<'_> {
    /// At most one active call per attendant (CALL-3).
    pub(crate) fn no_active_call(&self, attendant: AttendantId) -> Result<(), Rejection> {
        match self.known_attendant(attendant)?.active {
            Some(active) => Err(Rejection::AnotherCallActive(active)),
            None => Ok(()),
        }
    }

    /// She takes a call by hand: whatever rings at her goes to others, after-call work and RONA are over.
    pub(crate) fn free_hands(&mut self, attendant: AttendantId) {
        self.end_offer_of(attendant, OfferEnd::Withdrawn);
        let Some(found) = self.attendant(attendant) else { return };
        let (in_acw, rona) = (found.acw.is_some(), found.rona);
        if in_acw {
            self.emit(Event::AcwEnded { attendant });
        }
        if rona {
            self.emit(Event::RonaEnded { attendant });
        }
    }

    pub(crate) fn hold(&mut self, attendant: AttendantId, call: CallId) -> Result<(), Rejection> {
        match self.own_call(attendant, call)?.state {
            CallState::Active { .. } => {}
            CallState::Waiting(_)
            | CallState::InWorkflow(_)
            | CallState::Dialing { .. }
            | CallState::Held(_)
            | CallState::Parked(_)
            | CallState::Consulting { .. }
            | CallState::Leaving { .. } => return Err(Rejection::WrongState(call)),
        }
        if self.known_attendant(attendant)?.held.len() >= usize::from(self.limits().held_max) {
            return Err(Rejection::HoldLimit);
        }
        self.put_on_hold(attendant, call);
        Ok(())
    }

    pub(crate) fn put_on_hold(&mut self, attendant: AttendantId, call: CallId) {
        let (alert, treatment) = (self.now + self.limits().hold_alert, self.limits().on_hold);
        self.emit(Event::CallHeld { call, attendant, alert, treatment });
    }

    pub(crate) fn retrieve(&mut self, attendant: AttendantId, call: CallId) -> Result<(), Rejection> {
        match self.own_call(attendant, call)?.state {
            CallState::Held(_) => {}
            CallState::Waiting(_)
            | CallState::InWorkflow(_)
            | CallState::Dialing { .. }
            | CallState::Active { .. }
            | CallState::Parked(_)
            | CallState::Consulting { .. }
            | CallState::Leaving { .. } => return Err(Rejection::WrongState(call)),
        }
        self.no_active_call(attendant)?;
        self.free_hands(attendant);
        self.emit(Event::CallRetrieved { call, attendant });
        Ok(())
    }

    pub(crate) fn hang_up(&mut self, attendant: AttendantId, call: CallId) -> Result<(), Rejection> {
        match self.own_call(attendant, call)?.state {
            CallState::Dialing { .. }
            | CallState::Active { .. }
            | CallState::Held(_)
            | CallState::Parked(_)
            | CallState::Consulting { .. } => self.end_call(call, End::AttendantHungUp),
            CallState::Waiting(_) | CallState::InWorkflow(_) | CallState::Leaving { .. } => {
                return Err(Rejection::WrongState(call));
            }
        }
        Ok(())
    }

    pub(crate) fn place_call(
        &mut self,
        attendant: AttendantId,
        call: CallId,
        service: Option<ServiceId>,
        target: Target,
        origin: Origin,
    ) -> Result<(), Rejection> {
        self.no_active_call(attendant)?;
        self.room_for(call)?;
        if let Some(service) = service {
            self.known_service(service)?;
        }
        self.free_hands(attendant);
        self.emit(Event::CallPlaced { call, attendant, service, target, origin });
        Ok(())
    }

    /// The one way every call ends, with all that hangs on it: the offer, the transfer in flight, the lines, and
    /// after-call work for whoever talked.
    pub(crate) fn end_call(&mut self, call: CallId, end: End) {
        let Some(found) = self.call(call) else { return };
        let release = lines_to_release(found, end);
        let talked = talked(found);
        self.stop_ringing(call, None);
        if ends_transfer(end) {
            self.fail_transfer(call, Failure::CallerGone, Fallback::Gone);
        }
        self.emit(Event::CallEnded { call, end, release });
        if let Some((attendant, service)) = talked {
            self.begin_acw(attendant, call, service);
        }
    }

    /// After-call work, where the service asks for it and she has not put another task aside meanwhile.
    pub(crate) fn begin_acw(&mut self, attendant: AttendantId, call: CallId, service: Option<ServiceId>) {
        let acw = service.and_then(|service| self.service(service)).map_or(Span(0), |service| service.acw);
        let works_on = self.attendant(attendant).is_some_and(|attendant| !attendant.parked.is_empty());
        if acw > Span(0) && !works_on {
            self.emit(Event::AcwBegan { attendant, call, until: self.now + acw });
        }
    }

    // -- reports of the caller's line ----------------------------------------------------------------------------

    pub(crate) fn leg_ringing(&mut self, leg: Leg) -> Result<(), Rejection> {
        match leg {
            Leg::Target(transfer) => self.target_ringing(transfer),
            Leg::Caller(call) => {
                if let Some(CallState::Dialing { ringing: false, .. }) =
                    self.call(call).map(|call| &call.state)
                {
                    self.emit(Event::CallRinging { call });
                }
            }
        }
        Ok(())
    }

    pub(crate) fn leg_answered(&mut self, leg: Leg) -> Result<(), Rejection> {
        match leg {
            Leg::Target(transfer) => self.target_answered(transfer),
            Leg::Caller(call) => {
                if let Some(CallState::Dialing { attendant, .. }) = self.call(call).map(|call| &call.state) {
                    let attendant = *attendant;
                    self.emit(Event::CallAnswered { call, attendant });
                }
            }
        }
        Ok(())
    }

    pub(crate) fn leg_failed(&mut self, leg: Leg, failure: Failure) -> Result<(), Rejection> {
        match leg {
            Leg::Target(transfer) => self.target_gone(transfer, failure),
            Leg::Caller(call) => {
                let end = if self.is_dialing(call) { End::NotAnswered(failure) } else { End::Lost };
                self.end_call(call, end);
            }
        }
        Ok(())
    }

    pub(crate) fn leg_hung_up(&mut self, leg: Leg) -> Result<(), Rejection> {
        match leg {
            Leg::Target(transfer) => self.target_gone(transfer, Failure::Declined),
            Leg::Caller(call) => {
                let refused = End::NotAnswered(Failure::Declined);
                let end = if self.is_dialing(call) { refused } else { End::CallerHungUp };
                self.end_call(call, end);
            }
        }
        Ok(())
    }

    pub(crate) fn leg_lost(&mut self, leg: Leg) -> Result<(), Rejection> {
        match leg {
            Leg::Target(transfer) => self.target_gone(transfer, Failure::Fault),
            Leg::Caller(call) => self.end_call(call, End::Lost),
        }
        Ok(())
    }

    pub(crate) fn party_replaced(&mut self, call: CallId, party: PartyId) -> Result<(), Rejection> {
        if self.call(call).is_some_and(|call| call.party != party) {
            self.emit(Event::PartyReplaced { call, party });
        }
        Ok(())
    }

    fn is_dialing(&self, call: CallId) -> bool {
        matches!(self.call(call).map(|call| &call.state), Some(CallState::Dialing { .. }))
    }
}

/// The lines that still stand when the call ends so. After a hand-over the telephone system has the caller's line; ours
/// is let go all the same, which does nothing where it is gone.
fn lines_to_release(call: &Call, end: End) -> Vec<Leg> {
    let caller_is_gone = match end {
        End::CallerHungUp | End::NotAnswered(_) => true,
        End::AttendantHungUp
        | End::Transferred
        | End::TransferFailed(_)
        | End::QueueTimeOver
        | End::HandedOver
        | End::EndOfWorkflow
        | End::Lost => false,
    };
    call.legs().filter(|leg| !caller_is_gone || *leg != Leg::Caller(call.id)).collect()
}

/// Whether a transfer in flight fails by this end, as against being what ended the call or the attendant's own wish.
fn ends_transfer(end: End) -> bool {
    match end {
        End::CallerHungUp | End::Lost => true,
        End::Transferred
        | End::TransferFailed(_)
        | End::AttendantHungUp
        | End::QueueTimeOver
        | End::HandedOver
        | End::EndOfWorkflow
        | End::NotAnswered(_) => false,
    }
}

/// Who talked on it until now.
fn talked(call: &Call) -> Option<(AttendantId, Option<ServiceId>)> {
    match &call.state {
        CallState::Active { attendant } | CallState::Consulting { attendant, .. } => {
            Some((*attendant, call.service))
        }
        CallState::Held(held) => Some((held.attendant, call.service)),
        CallState::Waiting(_)
        | CallState::InWorkflow(_)
        | CallState::Dialing { .. }
        | CallState::Parked(_)
        | CallState::Leaving { .. } => None,
    }
}
