//! Arriving, waiting, being offered, and coming back to the queue. Does not choose the attendant: see `distribution`.

use crate::apply::Tables;
use crate::call::{Call, Offer};
use crate::draft::Draft;
use crate::event::{End, Event, OfferEnd, Reservation};
use crate::id::{AttendantId, CallId, Leg, OfferId, PartyId, ServiceId};
use crate::rejection::Rejection;
use crate::settings::{Origin, Treatment};
use crate::time::Timestamp;

/// Reservations that one decision ends at most: with the queuing that follows each, and an offer, they fit into one append.
const RESERVATIONS_MAX: usize = 250;

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
        self.begin(call, service);
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

    /// Puts a call into the queue, for everybody of the service.
    pub(crate) fn enqueue(&mut self, call: CallId, service: ServiceId, arrived: Timestamp) {
        self.queue(call, service, arrived, None);
    }

    /// Puts a call into the queue, kept for one attendant first where she could take it. If she does not, it is
    /// everybody's, or goes to the service it falls back to.
    pub(crate) fn enqueue_for(
        &mut self,
        call: CallId,
        service: ServiceId,
        arrived: Timestamp,
        keeper: AttendantId,
        fallback: Option<ServiceId>,
    ) {
        let fallback = fallback.filter(|other| *other != service && self.service(*other).is_some());
        let can_take = self.attendant(keeper).is_some_and(|it| it.on_duty && it.serves(service));
        let until = self.now + self.limits().recall_time;
        match (can_take, fallback) {
            (true, _) => {
                self.queue(call, service, arrived, Some(Reservation { attendant: keeper, until, fallback }));
            }
            (false, Some(other)) => self.queue(call, other, self.now, None),
            (false, None) => self.queue(call, service, arrived, None),
        }
    }

    fn queue(&mut self, call: CallId, service: ServiceId, arrived: Timestamp, reserved: Option<Reservation>) {
        let Some(found) = self.service(service) else { return };
        let here = self.call(call).filter(|call| call.service == Some(service));
        let node = here.and_then(|call| call.way.node);
        let limit = self.now + self.queue_limit(found, node);
        let answered = self.call(call).is_some_and(|call| call.way.answered);
        let treatment = match found.waiting {
            Treatment::Ringing if answered => self.limits().on_hold,
            Treatment::Ringing | Treatment::Music | Treatment::Silence => found.waiting,
        };
        self.emit(Event::CallQueued { call, service, arrived, limit, reserved, treatment });
    }

    /// The wait in the queue is over; nothing rings.
    pub(crate) fn queue_time_over(&mut self, call: CallId) {
        match self.exit_of_queue(call) {
            Some(next) => self.walk_after_queue(call, next),
            None => self.end_call(call, End::QueueTimeOver),
        }
    }

    pub(crate) fn accept(&mut self, attendant: AttendantId, offer: OfferId) -> Result<(), Rejection> {
        let call = self.offered_call(attendant, offer)?;
        self.stop_ringing(call, Some(attendant));
        self.take_up(call, attendant, Some(offer));
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
        let offer = found.offer_to(attendant);
        self.no_active_call(attendant)?;
        if let Some(offer) = offer {
            return self.accept(attendant, offer.id);
        }
        self.stop_ringing(call, None);
        self.free_hands(attendant);
        self.take_up(call, attendant, None);
        Ok(())
    }

    /// She has the caller; one who is to be called back she calls.
    fn take_up(&mut self, call: CallId, attendant: AttendantId, offer: Option<OfferId>) {
        match self.call(call).filter(|call| call.is_callback()).map(|call| call.party) {
            Some(party) => self.emit(Event::CallbackTaken { call, attendant, offer, party }),
            None => self.emit(Event::CallAccepted { call, attendant, offer }),
        }
    }

    /// Ends whatever rings for this call, but at whoever answered it. It does not go on waiting, so it falls back nowhere.
    pub(crate) fn stop_ringing(&mut self, call: CallId, answered: Option<AttendantId>) {
        let rung = self.call(call).map_or(Vec::new(), |call| call.offers().to_vec());
        for offer in rung.into_iter().filter(|offer| Some(offer.attendant) != answered) {
            self.end_offer(call, offer, OfferEnd::Withdrawn, None);
            if self.is_kept_for(call, offer.attendant) {
                self.emit(Event::ReservationEnded { call });
            }
        }
    }

    /// Ends whatever rings at this attendant. A call kept for her is kept no more: she has had her chance.
    pub(crate) fn end_offer_of(&mut self, attendant: AttendantId, how: OfferEnd) {
        let ringing = self.attendant(attendant).and_then(|attendant| attendant.offer);
        let Some(call) = ringing.and_then(|(_, call)| self.call(call)) else { return };
        let Some(offer) = call.offer_to(attendant) else { return };
        let call = call.id;
        let again = match how {
            OfferEnd::Declined => Some(self.now + self.limits().decline_pause),
            OfferEnd::TimedOut | OfferEnd::Withdrawn => None,
        };
        self.end_offer(call, offer, how, again);
        self.end_reservation_for(attendant, call);
    }

    /// Nobody answered in time. With broadcast, it is the others' turn; else she is in RONA.
    pub(crate) fn offer_rang_out(&mut self, call: CallId, ring_max: u8, offer: Offer) {
        let attendant = offer.attendant;
        if ring_max > 1 {
            let again = Some(self.now + self.limits().decline_pause);
            self.end_offer(call, offer, OfferEnd::Withdrawn, again);
            self.end_reservation_for(attendant, call);
        } else {
            self.end_offer_of(attendant, OfferEnd::TimedOut);
            self.emit(Event::RonaBegan { attendant });
        }
    }

    fn end_offer(&mut self, call: CallId, offer: Offer, how: OfferEnd, again: Option<Timestamp>) {
        let Offer { id: offer, attendant, .. } = offer;
        self.emit(Event::OfferEnded { offer, call, attendant, how, again });
    }

    /// Ends the reservations for an attendant who will not take calls; beyond `RESERVATIONS_MAX` they end in their time.
    pub(crate) fn end_reservations_for(&mut self, attendant: AttendantId) {
        let places = self.board.index.reserved.get(&attendant).into_iter().flatten();
        let calls: Vec<CallId> = places.take(RESERVATIONS_MAX).map(|place| place.call).collect();
        for call in calls {
            self.end_reservation_for(attendant, call);
        }
    }

    fn end_reservation_for(&mut self, attendant: AttendantId, call: CallId) {
        if self.is_kept_for(call, attendant) {
            self.end_reservation(call);
        }
    }

    /// Kept for nobody any more: everybody may take it, here or where it falls back to.
    pub(crate) fn end_reservation(&mut self, call: CallId) {
        let Some(reserved) = self.reserved(call) else { return };
        self.emit(Event::ReservationEnded { call });
        if let Some(other) = reserved.fallback.filter(|other| self.service(*other).is_some()) {
            self.stop_ringing(call, None);
            self.enqueue(call, other, self.now);
        }
    }

    fn is_kept_for(&self, call: CallId, attendant: AttendantId) -> bool {
        self.reserved(call).is_some_and(|reserved| reserved.attendant == attendant)
    }

    fn reserved(&self, call: CallId) -> Option<Reservation> {
        self.call(call).and_then(Call::waiting).and_then(|waiting| waiting.reserved)
    }
}
