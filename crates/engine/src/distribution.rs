//! Who is offered which call (ROUTE-2, ROUTE-7). After every decision nobody waits while a selectable attendant idles:
//! only records touched by the decision can have made such a pair, so only those are looked at, each with one look into
//! an order. Longest idle is the one method so far; another method is another order of `Index::idle`.

use crate::apply::Tables;
use crate::attendant::Attendant;
use crate::call::{Call, Place};
use crate::draft::Draft;
use crate::event::Event;
use crate::id::{AttendantId, ServiceId};
use crate::time::Timestamp;

impl Draft<'_> {
    /// Makes every offer that can be made, the first in the queue first.
    pub(crate) fn distribute(&mut self) {
        while let Some((place, attendant)) = self.next_pair() {
            let Some(service) = self.call(place.call).and_then(|call| call.service) else { return };
            let Some(rona) = self.service(service).map(|service| service.rona) else { return };
            let until = self.now + rona;
            self.emit(Event::CallOffered { offer: self.next_offer(), call: place.call, attendant, until });
        }
    }

    /// The first call in the queue that can be offered, and the attendant for it.
    fn next_pair(&self) -> Option<(Place, AttendantId)> {
        let for_touched_attendants = self.attendants.values().flatten().filter_map(|it| self.call_for(it));
        let touched_calls = self.calls.values().flatten();
        let places = touched_calls.filter(|call| self.attendant_for(call).is_some()).filter_map(Call::place);
        let place = for_touched_attendants.chain(places).min()?;
        let attendant = self.call(place.call).and_then(|call| self.attendant_for(call))?;
        Some((place, attendant))
    }

    /// The attendant who is longest idle among those who may be offered this call.
    fn attendant_for(&self, call: &Call) -> Option<AttendantId> {
        let waiting = call.waiting().filter(|waiting| waiting.offer.is_none())?;
        let service = call.service?;
        if let Some(reserved) = waiting.reserved {
            return self.attendant(reserved.attendant).filter(|it| self.may_offer(it, call)).map(|it| it.id);
        }
        let untouched = self.board.index.idle.get(&service).into_iter().flatten().copied();
        let untouched = untouched.filter(|(_, id)| !self.attendants.contains_key(id));
        let first_untouched = untouched.into_iter().find(|(_, id)| !waiting.was_declined_by(*id));
        let touched = self.attendants.values().flatten().filter(|it| self.may_offer(it, call));
        touched.map(idleness).chain(first_untouched).min().map(|(_, id)| id)
    }

    /// The first call in the queue that may be offered to this attendant.
    fn call_for(&self, attendant: &Attendant) -> Option<Place> {
        let serving =
            attendant.services.iter().copied().filter(|service| self.selectable(attendant, *service));
        let first_open = serving.filter_map(|service| self.first_open(attendant, service)).min();
        let reserved = self.board.index.reserved.get(&attendant.id).into_iter().flatten();
        let first_reserved = reserved.copied().find(|place| {
            !self.calls.contains_key(&place.call)
                && self.call(place.call).is_some_and(|call| self.may_offer(attendant, call))
        });
        // Touched calls look for their attendants themselves.
        first_open.into_iter().chain(first_reserved).min()
    }

    fn first_open(&self, attendant: &Attendant, service: ServiceId) -> Option<Place> {
        let open = self.board.index.open.get(&service).into_iter().flatten().copied();
        open.filter(|place| !self.calls.contains_key(&place.call)).find(|place| {
            let waiting = self.call(place.call).and_then(Call::waiting);
            waiting.is_some_and(|waiting| !waiting.was_declined_by(attendant.id))
        })
    }

    fn may_offer(&self, attendant: &Attendant, call: &Call) -> bool {
        let Some(waiting) = call.waiting() else { return false };
        let Some(service) = call.service else { return false };
        let kept_for_another = waiting.reserved.is_some_and(|reserved| reserved.attendant != attendant.id);
        waiting.offer.is_none()
            && !kept_for_another
            && !waiting.was_declined_by(attendant.id)
            && self.selectable(attendant, service)
    }

    fn selectable(&self, attendant: &Attendant, service: ServiceId) -> bool {
        self.service(service).is_some_and(|service| attendant.selectable(service).is_ok())
    }
}

/// The order of attendants: longest idle first, then by id.
fn idleness(attendant: &Attendant) -> (Timestamp, AttendantId) {
    (attendant.idle_since, attendant.id)
}
