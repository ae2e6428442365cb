//! Arriving, waiting, being offered, and coming back to the queue. Does not choose the attendant: see `distribution`.

use crate::apply::Tables;
use crate::call::Call;
use crate::draft::Draft;
use crate::event::{Event, OfferEnd, Reservation};
use crate::id::{AttendantId, CallId, Leg, OfferId, PartyId, ServiceId};
use crate::rejection::Rejection;
use crate::settings::{Origin, Treatment};
use crate::time::Timestamp;

impl Draft<'_> {
    pub(crate) fn call_arrived(
        &mut self,
        call: CallId,
        service: ServiceId,
        party: PartyId,
        origin: Origin,
    ) -> Result<(), Rejection> {
        self.room_for(call)?;
        self.known_service(service)?;
        self.emit(Event::CallArrived { call, service, party, origin });
        self.enqueue(call, service, self.now, None);
        Ok(())
    }

    /// Whether a new call of this id may begin.
    pub(crate) fn room_for(&self, call: CallId) -> Result<(), Rejection> {
        if self.call(call).is_some() || self.board.index.gone.contains(Leg::Caller(call)) {
            return Err(Rejection::DuplicateCall(call));
        }
        let calls_max = usize::try_from(self.limits().calls_max).unwrap_or(usize::MAX);
        if self.board.calls.len() >= calls_max {
            return Err(Rejection::Full);
        }
        Ok(())
    }

    /// Puts a call into the queue, kept for `keep_for` first where she could take it.
    pub(crate) fn enqueue(
        &mut self,
        call: CallId,
        service: ServiceId,
        arrived: Timestamp,
        keep_for: Option<AttendantId>,
    ) {
        let Some(found) = self.service(service) else { return };
        let limit = self.now + found.queue_time_max;
        let answered = self.call(call).is_some_and(|call| call.accepted.is_some());
        let treatment = match found.waiting {
            Treatment::Ringing if answered => self.limits().on_hold,
            Treatment::Ringing | Treatment::Music | Treatment::Silence => found.waiting,
        };
        let until = self.now + self.limits().recall_time;
        let keeper = keep_for.and_then(|keeper| self.attendant(keeper));
        let keeper = keeper.filter(|keeper| keeper.on_duty && keeper.serves(service));
        let reserved = keeper.map(|keeper| Reservation { attendant: keeper.id, until });
        self.emit(Event::CallQueued { call, service, arrived, limit, reserved, treatment });
    }

    pub(crate) fn accept(&mut self, attendant: AttendantId, offer: OfferId) -> Result<(), Rejection> {
        let call = self.offered_call(attendant, offer)?;
        self.emit(Event::CallAccepted { call, attendant, offer: Some(offer) });
        Ok(())
    }

    pub(crate) fn decline(&mut self, attendant: AttendantId, offer: OfferId) -> Result<(), Rejection> {
        self.offered_call(attendant, offer)?;
        self.end_offer_of(attendant, OfferEnd::Declined);
        Ok(())
    }

    fn offered_call(&self, attendant: AttendantId, offer: OfferId) -> Result<CallId, Rejection> {
        match self.known_attendant(attendant)?.offer {
            Some((pending, call)) if pending == offer => Ok(call),
            Some(_) | None => Err(Rejection::OfferOver(offer)),
        }
    }

    pub(crate) fn pick(&mut self, attendant: AttendantId, call: CallId) -> Result<(), Rejection> {
        let picker = self.known_attendant(attendant)?;
        if !picker.on_duty {
            return Err(Rejection::OffDuty);
        }
        let found = self.known_call(call)?;
        if found.waiting().is_none() {
            return Err(Rejection::WrongState(call));
        }
        if found.service.is_some_and(|service| !picker.services.contains_key(&service)) {
            return Err(Rejection::NotYours);
        }
        let offer = found.offer();
        self.no_active_call(attendant)?;
        match offer {
            Some(offer) if offer.attendant == attendant => return self.accept(attendant, offer.id),
            Some(offer) => self.end_offer_of(offer.attendant, OfferEnd::Withdrawn),
            None => {}
        }
        self.free_hands(attendant);
        self.emit(Event::CallAccepted { call, attendant, offer: None });
        Ok(())
    }

    /// Ends whatever rings at this attendant. A call kept for her is kept no more: she has had her chance.
    pub(crate) fn end_offer_of(&mut self, attendant: AttendantId, how: OfferEnd) {
        let Some((offer, call)) = self.attendant(attendant).and_then(|attendant| attendant.offer) else {
            return;
        };
        let again = match how {
            OfferEnd::Declined => Some(self.now + self.limits().decline_pause),
            OfferEnd::TimedOut | OfferEnd::Withdrawn => None,
        };
        self.emit(Event::OfferEnded { offer, call, attendant, how, again });
        self.end_reservation_for(attendant, call);
    }

    /// Ends every reservation for an attendant who will not take calls.
    pub(crate) fn end_reservations_for(&mut self, attendant: AttendantId) {
        let places = self.board.index.reserved.get(&attendant).into_iter().flatten();
        let calls: Vec<CallId> = places.map(|place| place.call).collect();
        for call in calls {
            self.end_reservation_for(attendant, call);
        }
    }

    fn end_reservation_for(&mut self, attendant: AttendantId, call: CallId) {
        let reserved = self.call(call).and_then(Call::waiting).and_then(|waiting| waiting.reserved);
        if reserved.is_some_and(|reserved| reserved.attendant == attendant) {
            self.emit(Event::ReservationEnded { call });
        }
    }
}
