//! Slots: a call put aside by one attendant, taken by any, and going back to the parker when its time is over (CALL-4).

use crate::apply::Tables;
use crate::call::{CallState, Parked};
use crate::draft::Draft;
use crate::event::Event;
use crate::id::{AttendantId, CallId, ServiceId, SlotNumber};
use crate::rejection::Rejection;

impl Draft<'_> {
    pub(crate) fn park(
        &mut self,
        attendant: AttendantId,
        call: CallId,
        slot: Option<SlotNumber>,
    ) -> Result<(), Rejection> {
        match self.own_call(attendant, call)?.state {
            CallState::Active { .. } | CallState::Held(_) => {}
            CallState::Waiting(_)
            | CallState::InWorkflow(_)
            | CallState::Dialing { .. }
            | CallState::Parked(_)
            | CallState::Consulting { .. }
            | CallState::Leaving { .. } => return Err(Rejection::WrongState(call)),
        }
        let slot = match slot {
            Some(wanted) => self.free_slot(wanted)?,
            None => self.lowest_free_slot()?,
        };
        let limits = *self.limits();
        let limit = self.now + limits.park_time;
        let alert = (limit - limits.park_alert).max(self.now);
        self.emit(Event::CallParked { call, attendant, slot, alert, limit, treatment: limits.on_hold });
        Ok(())
    }

    fn free_slot(&self, slot: SlotNumber) -> Result<SlotNumber, Rejection> {
        let exists = (1..=self.limits().park_slots).contains(&slot.0);
        if !exists || self.board.index.slots.contains_key(&slot) {
            return Err(Rejection::SlotNotFree(slot));
        }
        Ok(slot)
    }

    fn lowest_free_slot(&self) -> Result<SlotNumber, Rejection> {
        let slots = (1..=self.limits().park_slots).map(SlotNumber);
        let mut free = slots.filter(|slot| !self.board.index.slots.contains_key(slot));
        free.next().ok_or(Rejection::NoFreeSlot)
    }

    pub(crate) fn unpark(&mut self, attendant: AttendantId, slot: SlotNumber) -> Result<(), Rejection> {
        self.no_active_call(attendant)?;
        let call = *self.board.index.slots.get(&slot).ok_or(Rejection::SlotEmpty(slot))?;
        self.free_hands(attendant);
        self.emit(Event::CallUnparked { call, attendant, slot });
        Ok(())
    }

    /// The slot's time is over.
    pub(crate) fn recall(&mut self, call: CallId, parked: &Parked) {
        self.emit(Event::ParkTimedOut { call, slot: parked.slot });
        let fallback = self.limits().park_fallback.service();
        self.bring_back(call, parked.attendant, fallback);
    }

    /// Back to the queue, kept for this attendant first, then for everybody of its service or of `fallback`; a call of no
    /// service has no queue, so she holds it.
    pub(crate) fn bring_back(&mut self, call: CallId, attendant: AttendantId, fallback: Option<ServiceId>) {
        let Some(found) = self.call(call) else { return };
        let arrived = found.arrived;
        self.end_acw_of(attendant, call);
        match self.home(call) {
            Some(service) => self.enqueue_for(call, service, arrived, attendant, fallback),
            None => self.put_on_hold(attendant, call),
        }
    }

    /// The queue a call can go back to.
    pub(crate) fn home(&self, call: CallId) -> Option<ServiceId> {
        self.call(call).and_then(|call| call.service).filter(|service| self.service(*service).is_some())
    }

    /// The call is back, so the work is not after it.
    fn end_acw_of(&mut self, attendant: AttendantId, call: CallId) {
        let acw = self.attendant(attendant).and_then(|attendant| attendant.acw);
        if acw.is_some_and(|acw| acw.call == call) {
            self.emit(Event::AcwEnded { attendant });
        }
    }
}
