//! Blind, safe and consult transfers (CALL-5): how far one is, what the attendant may do with it, and how each ends.
//! Does not speak to the target: the telephone system is asked by effects and answers by reports.

use crate::apply::Tables;
use crate::call::{Activity, Call, CallState};
use crate::command::{Failure, Target, TargetKind, Unattended};
use crate::draft::Draft;
use crate::event::{End, Event, Fallback, Mode, Side};
use crate::id::{AttendantId, CallId, Leg, TransferId};
use crate::rejection::Rejection;
use crate::time::Timestamp;

/// One attempt to put a call through. A call has at most one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Names it.
    pub id: TransferId,
    /// Blind, safe or consult; stays `Consult` when a consultation is being completed.
    pub mode: Mode,
    /// Where to.
    pub target: Target,
    /// How far it is.
    pub stage: Stage,
    /// When it began.
    pub began: Timestamp,
    /// At this stage since.
    pub since: Timestamp,
    /// When it fails if nothing happens; `None` once a consultation is answered.
    pub limit: Option<Timestamp>,
}

/// How far a transfer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Ordered; the target does not ring yet.
    Trying,
    /// The target rings.
    Ringing,
    /// Consultation: the attendant talks to the target.
    WithTarget,
    /// Consultation: the attendant talks to the caller, the target is on hold.
    WithCaller,
    /// Consultation: all three talk.
    Conference,
    /// The attendant has left; the telephone system joins caller and target, or goes on ringing the target.
    Completing {
        /// The target had answered when the attendant left.
        target_answered: bool,
    },
}

impl Transfer {
    /// The target has answered the attendant and is still on the line.
    pub fn is_answered(&self) -> bool {
        match self.stage {
            Stage::WithTarget | Stage::WithCaller | Stage::Conference => true,
            Stage::Trying | Stage::Ringing | Stage::Completing { .. } => false,
        }
    }

    /// The target has a line of ours: in a consultation until it is completed while ringing.
    pub fn has_line(&self) -> bool {
        match (self.mode, self.stage) {
            (Mode::Blind | Mode::Safe, _) | (Mode::Consult, Stage::Completing { target_answered: false }) => {
                false
            }
            (Mode::Consult, _) => true,
        }
    }

    /// The telephone system has been asked to hand the caller over.
    pub fn is_handed_over(&self) -> bool {
        match (self.mode, self.stage) {
            (Mode::Blind | Mode::Safe, _) | (Mode::Consult, Stage::Completing { .. }) => true,
            (Mode::Consult, _) => false,
        }
    }
}

/// A blind or safe transfer to a service of ours moves the call to its queue; a consultation rings it like anybody.
pub(crate) fn is_to_own_queue(mode: Mode, target: Target) -> bool {
    match (mode, target.kind) {
        (Mode::Blind | Mode::Safe, TargetKind::Service(_)) => true,
        (Mode::Blind | Mode::Safe, TargetKind::User | TargetKind::Outside | TargetKind::Voicemail) => false,
        (Mode::Consult, _) => false,
    }
}

impl Draft<'_> {
    pub(crate) fn transfer(
        &mut self,
        attendant: AttendantId,
        call: CallId,
        transfer: TransferId,
        mode: Unattended,
        target: Target,
    ) -> Result<(), Rejection> {
        self.transferable(attendant, call, transfer)?;
        let service = self.call(call).and_then(|call| call.service);
        let mode = match mode {
            Unattended::Blind => Mode::Blind,
            Unattended::Safe => Mode::Safe,
        };
        if let TargetKind::Service(to) = target.kind {
            self.known_service(to)?;
            self.begin_transfer(attendant, call, transfer, mode, target, None);
            self.emit(Event::TransferCompleted { transfer, call, attendant, target });
            self.move_to(call, to);
        } else {
            let limit = match mode {
                Mode::Blind => self.limits().hand_over,
                Mode::Safe | Mode::Consult => self.limits().target_ring,
            };
            self.begin_transfer(attendant, call, transfer, mode, target, Some(self.now + limit));
        }
        self.begin_acw(attendant, call, service);
        Ok(())
    }

    pub(crate) fn consult(
        &mut self,
        attendant: AttendantId,
        call: CallId,
        transfer: TransferId,
        target: Target,
    ) -> Result<(), Rejection> {
        self.transferable(attendant, call, transfer)?;
        match self.known_attendant(attendant)?.active {
            Some(active) if active != call => return Err(Rejection::AnotherCallActive(active)),
            Some(_) | None => {}
        }
        self.free_hands(attendant);
        let limit = self.now + self.limits().target_ring;
        self.begin_transfer(attendant, call, transfer, Mode::Consult, target, Some(limit));
        Ok(())
    }

    /// The call is hers, in her hands, and not on its way elsewhere.
    fn transferable(
        &self,
        attendant: AttendantId,
        call: CallId,
        transfer: TransferId,
    ) -> Result<(), Rejection> {
        match self.own_call(attendant, call)?.state {
            CallState::Active { .. } | CallState::Held(_) => {}
            CallState::Consulting { .. } | CallState::Leaving { .. } => {
                return Err(Rejection::TransferInFlight(call));
            }
            CallState::Waiting(_)
            | CallState::InWorkflow(_)
            | CallState::Dialing { .. }
            | CallState::Parked(_) => {
                return Err(Rejection::WrongState(call));
            }
        }
        let index = &self.board.index;
        if index.transfers.contains_key(&transfer) || index.gone.contains(Leg::Target(transfer)) {
            return Err(Rejection::DuplicateTransfer(transfer));
        }
        Ok(())
    }

    fn begin_transfer(
        &mut self,
        attendant: AttendantId,
        call: CallId,
        transfer: TransferId,
        mode: Mode,
        target: Target,
        limit: Option<Timestamp>,
    ) {
        let treatment = self.limits().on_hold;
        self.emit(Event::TransferBegan { transfer, call, attendant, mode, target, limit, treatment });
    }

    pub(crate) fn swap(&mut self, attendant: AttendantId, transfer: TransferId) -> Result<(), Rejection> {
        let (call, stage) = self.own_consultation(attendant, transfer)?;
        let with = match stage {
            Stage::WithTarget => Side::Caller,
            Stage::WithCaller => Side::Target,
            Stage::Trying | Stage::Ringing => return Err(Rejection::TargetNotAnswered(transfer)),
            Stage::Conference | Stage::Completing { .. } => return Err(Rejection::WrongState(call)),
        };
        let treatment = self.limits().on_hold;
        self.emit(Event::Swapped { transfer, call, attendant, with, treatment });
        Ok(())
    }

    pub(crate) fn conference(
        &mut self,
        attendant: AttendantId,
        transfer: TransferId,
    ) -> Result<(), Rejection> {
        let (call, stage) = self.own_consultation(attendant, transfer)?;
        match stage {
            Stage::WithTarget | Stage::WithCaller => {}
            Stage::Trying | Stage::Ringing => return Err(Rejection::TargetNotAnswered(transfer)),
            Stage::Conference | Stage::Completing { .. } => return Err(Rejection::WrongState(call)),
        }
        self.emit(Event::Conferenced { transfer, call, attendant });
        Ok(())
    }

    pub(crate) fn complete_transfer(
        &mut self,
        attendant: AttendantId,
        transfer: TransferId,
    ) -> Result<(), Rejection> {
        let (call, stage) = self.own_consultation(attendant, transfer)?;
        let target_answered = match stage {
            Stage::WithTarget | Stage::WithCaller | Stage::Conference => true,
            Stage::Trying | Stage::Ringing => false,
            Stage::Completing { .. } => return Err(Rejection::WrongState(call)),
        };
        let found = self.known_call(call)?;
        let service = found.service;
        let Some(target) = found.transfer().map(|transfer| transfer.target) else {
            return Err(Rejection::UnknownTransfer(transfer));
        };
        let limit = self.now + self.limits().target_ring;
        self.emit(Event::CompletionBegan { transfer, call, attendant, target, target_answered, limit });
        self.begin_acw(attendant, call, service);
        Ok(())
    }

    pub(crate) fn cancel_transfer(
        &mut self,
        attendant: AttendantId,
        transfer: TransferId,
    ) -> Result<(), Rejection> {
        let (call, in_flight) = self.own_transfer(attendant, transfer)?;
        if self.known_attendant(attendant)?.active != Some(call) {
            self.callable_back(call, &in_flight)?;
            self.no_active_call(attendant)?;
            self.free_hands(attendant);
        }
        self.emit(Event::TransferCancelled { transfer, call, attendant, mode: in_flight.mode });
        Ok(())
    }

    /// A transfer whose attendant has left it can be called back while the target has not answered, but not a blind one.
    fn callable_back(&self, call: CallId, transfer: &Transfer) -> Result<(), Rejection> {
        match (transfer.mode, transfer.stage) {
            (Mode::Blind, _) | (_, Stage::Completing { target_answered: true }) => {
                Err(Rejection::WrongState(call))
            }
            (Mode::Safe | Mode::Consult, _) => Ok(()),
        }
    }

    fn own_transfer(
        &self,
        attendant: AttendantId,
        transfer: TransferId,
    ) -> Result<(CallId, Transfer), Rejection> {
        self.known_attendant(attendant)?;
        let (call, in_flight) = self.board.transfer(transfer).ok_or(Rejection::UnknownTransfer(transfer))?;
        if call.attendant() != Some(attendant) {
            return Err(Rejection::NotYours);
        }
        Ok((call.id, *in_flight))
    }

    fn own_consultation(
        &self,
        attendant: AttendantId,
        transfer: TransferId,
    ) -> Result<(CallId, Stage), Rejection> {
        let (call, in_flight) = self.own_transfer(attendant, transfer)?;
        match in_flight.mode {
            Mode::Blind | Mode::Safe => Err(Rejection::WrongState(call)),
            Mode::Consult => Ok((call, in_flight.stage)),
        }
    }

    // -- how it ends ---------------------------------------------------------------------------------------------

    /// Says that the transfer in flight did not come about. What becomes of the caller is the caller's of this to do.
    pub(crate) fn fail_transfer(&mut self, call: CallId, failure: Failure, caller: Fallback) {
        let Some(found) = self.call(call) else { return };
        let (Some(attendant), Some(in_flight)) = (found.attendant(), found.transfer().copied()) else {
            return;
        };
        let Transfer { id: transfer, mode, target, .. } = in_flight;
        self.emit(Event::TransferFailed { transfer, call, attendant, mode, target, failure, caller });
    }

    /// The transfer in flight failed while the caller is still ours: every mode has its own end (CALL-5).
    pub(crate) fn transfer_failed(&mut self, call: CallId, failure: Failure) {
        let Some(found) = self.call(call) else { return };
        let Some(attendant) = found.attendant() else { return };
        let consulting = match &found.state {
            CallState::Consulting { .. } => true,
            CallState::Waiting(_)
            | CallState::InWorkflow(_)
            | CallState::Dialing { .. }
            | CallState::Active { .. }
            | CallState::Held(_)
            | CallState::Parked(_)
            | CallState::Leaving { .. } => false,
        };
        match found.transfer().map(|transfer| transfer.mode) {
            None => {}
            Some(Mode::Blind) if was_with_the_target(failure) => {
                self.fail_transfer(call, failure, Fallback::Released);
                self.end_call(call, End::TransferFailed(failure));
            }
            Some(Mode::Consult) if consulting => {
                self.fail_transfer(call, failure, Fallback::Held);
                self.put_on_hold(attendant, call);
            }
            // Also a blind transfer that the telephone system refused: the caller has never left us.
            Some(Mode::Blind | Mode::Safe | Mode::Consult) => {
                let has_queue = self.home(call).is_some();
                let caller = if has_queue { Fallback::Returned } else { Fallback::Held };
                self.fail_transfer(call, failure, caller);
                self.bring_back(call, attendant, None);
            }
        }
    }

    pub(crate) fn transfer_taken(&mut self, transfer: TransferId) -> Result<(), Rejection> {
        let Some(call) = self.board.index.transfers.get(&transfer).copied() else { return Ok(()) };
        let Some((attendant, target)) = self.call(call).and_then(|call| handed_over(call, transfer)) else {
            return Ok(());
        };
        match attendant {
            Some(attendant) => {
                self.emit(Event::TransferCompleted { transfer, call, attendant, target });
                self.end_call(call, End::Transferred);
            }
            None => {
                self.emit(Event::HandOverTaken { transfer, call, target });
                self.end_call(call, End::HandedOver);
            }
        }
        Ok(())
    }

    pub(crate) fn transfer_refused(
        &mut self,
        transfer: TransferId,
        failure: Failure,
    ) -> Result<(), Rejection> {
        if let Some((call, in_flight)) = self.board.transfer(transfer) {
            if in_flight.is_handed_over() {
                self.transfer_failed(call.id, failure);
            }
        } else if let Some(call) = self.board.index.transfers.get(&transfer).copied() {
            self.hand_over_failed(call, transfer, failure);
        }
        Ok(())
    }

    // -- reports of the target's line ----------------------------------------------------------------------------

    pub(crate) fn target_ringing(&mut self, transfer: TransferId) {
        if let Some((call, in_flight)) = self.board.transfer(transfer)
            && in_flight.stage == Stage::Trying
        {
            self.emit(Event::TransferRinging { transfer, call: call.id });
        }
    }

    pub(crate) fn target_answered(&mut self, transfer: TransferId) {
        let Some((call, in_flight)) = self.board.transfer(transfer) else { return };
        let Some(attendant) = call.attendant() else { return };
        match (in_flight.mode, in_flight.stage) {
            (Mode::Consult, Stage::Trying | Stage::Ringing) => {
                self.emit(Event::ConsultAnswered { transfer, call: call.id, attendant });
            }
            // Of a hand-over the result is told by `TransferTaken`; an answer that crosses a completion is let go.
            (Mode::Consult, _) | (Mode::Blind | Mode::Safe, _) => {}
        }
    }

    /// The target's line failed, was lost, or she hung up.
    pub(crate) fn target_gone(&mut self, transfer: TransferId, failure: Failure) {
        let Some((call, in_flight)) = self.board.transfer(transfer) else { return };
        let (call, owner) = (call.id, call.attendant());
        let Some(attendant) = owner else { return };
        let with_caller = match (in_flight.mode, in_flight.stage) {
            // A hand-over ends the target's line itself; its result is told by `TransferTaken` or `TransferRefused`.
            (Mode::Blind | Mode::Safe, _) | (Mode::Consult, Stage::Completing { .. }) => return,
            (Mode::Consult, Stage::Trying | Stage::Ringing) => return self.transfer_failed(call, failure),
            (Mode::Consult, Stage::WithTarget) => false,
            (Mode::Consult, Stage::WithCaller | Stage::Conference) => true,
        };
        self.emit(Event::ConsultEnded { transfer, call, attendant, with_caller });
        if !with_caller {
            self.put_on_hold(attendant, call);
        }
    }
}

/// Whether a blind transfer got as far as the target, so that her answer is the end of it. Otherwise the telephone system
/// refused (a trunk without REFER, a number that does not exist): the caller has never left, and nobody is lost (ROUTE-7).
fn was_with_the_target(failure: Failure) -> bool {
    match failure {
        Failure::Busy | Failure::Declined | Failure::NoAnswer | Failure::CallerGone => true,
        Failure::Unreachable | Failure::Forbidden | Failure::Fault => false,
    }
}

/// Who handed the call over by this transfer (`None`: the workflow), and to whom: in flight, or given up by us and carried out all the same.
fn handed_over(call: &Call, transfer: TransferId) -> Option<(Option<AttendantId>, Target)> {
    if let Some(in_flight) = call.transfer().filter(|in_flight| in_flight.id == transfer) {
        return in_flight.is_handed_over().then_some((call.attendant(), in_flight.target));
    }
    if let Some(Activity::HandingOver { transfer: in_flight, target, .. }) = call.activity()
        && in_flight == transfer
    {
        return Some((None, target));
    }
    let abandoned = call.abandoned.filter(|abandoned| abandoned.transfer == transfer)?;
    Some((abandoned.attendant, abandoned.target))
}
