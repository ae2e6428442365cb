//! Who is offered which call (ROUTE-2, ROUTE-7). After every decision nobody waits while a selectable attendant idles who
//! is in the pool that the caller's wait has reached: only records touched by the decision can have made such a pair, so
//! only those are looked at, each with one look into an order. A way of distributing is an order: `index::Rank`.

use crate::apply::Tables;
use crate::attendant::Attendant;
use crate::call::{Call, Place, Waiting};
use crate::draft::Draft;
use crate::event::Event;
use crate::id::{AttendantId, ServiceId};
use crate::index::Rank;
use crate::skills::NOT_PREFERRED;

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

    /// The attendant who comes first among those who may be offered this call.
    fn attendant_for(&self, call: &Call) -> Option<AttendantId> {
        let waiting = call.waiting().filter(|waiting| waiting.may_ring())?;
        let service = self.service(call.service?)?;
        if let Some(reserved) = waiting.reserved {
            return self.attendant(reserved.attendant).filter(|it| self.may_offer(it, call)).map(|it| it.id);
        }
        let ranks = self.board.index.idle.get(&service.id).into_iter().flatten().copied();
        // Behind the preferred ones, who are ten at most, the ranks go by level.
        let within = |rank: &Rank| rank.level <= waiting.level;
        let pool = ranks.take_while(|rank| rank.preferred < NOT_PREFERRED || within(rank)).filter(within);
        let mut untouched = pool.filter(|rank| !self.attendants.contains_key(&rank.attendant));
        let first_untouched = untouched.find(|rank| !waiting.was_declined_by(rank.attendant));
        let touched = self.attendants.values().flatten().filter(|it| self.may_offer(it, call));
        let touched = touched.filter_map(|it| Rank::of(it, service));
        touched.chain(first_untouched).min().map(|rank| rank.attendant)
    }

    /// The first call in the queue that may be offered to this attendant.
    fn call_for(&self, attendant: &Attendant) -> Option<Place> {
        let serving =
            attendant.services.keys().copied().filter(|service| self.selectable(attendant, *service));
        let first_open = serving.filter_map(|service| self.first_open(attendant, service)).min();
        let reserved = self.board.index.reserved.get(&attendant.id).into_iter().flatten();
        let first_reserved = reserved.copied().find(|place| {
            !self.calls.contains_key(&place.call)
                && self.call(place.call).is_some_and(|call| self.may_offer(attendant, call))
        });
        // Touched calls look for their attendants themselves.
        first_open.into_iter().chain(first_reserved).min()
    }

    /// The first of a service's open calls whose wait has reached a level that she meets.
    fn first_open(&self, attendant: &Attendant, service: ServiceId) -> Option<Place> {
        let rank = Rank::of(attendant, self.service(service)?)?;
        let levels = self.board.index.open.range((service, rank.level)..=(service, u8::MAX));
        let first_of_each = levels.filter_map(|(_, open)| {
            let mut untouched = open.iter().copied().filter(|place| !self.calls.contains_key(&place.call));
            untouched.find(|place| {
                let waiting = self.call(place.call).and_then(Call::waiting);
                waiting.is_some_and(|waiting| !waiting.was_declined_by(attendant.id))
            })
        });
        first_of_each.min()
    }

    fn may_offer(&self, attendant: &Attendant, call: &Call) -> bool {
        let Some(waiting) = call.waiting() else { return false };
        let Some(service) = call.service else { return false };
        waiting.may_ring()
            && !waiting.was_declined_by(attendant.id)
            && self.selectable(attendant, service)
            && self.is_in_pool(attendant, service, waiting)
    }

    /// Whether the call's wait has reached her. One that is kept for her rings at her whatever the service's ways are.
    fn is_in_pool(&self, attendant: &Attendant, service: ServiceId, waiting: &Waiting) -> bool {
        match waiting.reserved {
            Some(reserved) => reserved.attendant == attendant.id,
            None => {
                let rank = self.service(service).and_then(|service| Rank::of(attendant, service));
                rank.is_some_and(|rank| rank.level <= waiting.level)
            }
        }
    }

    fn selectable(&self, attendant: &Attendant, service: ServiceId) -> bool {
        self.service(service).is_some_and(|service| attendant.selectable(service).is_ok())
    }
}
