//! When a call begins and ceases to ring here, seen from one view of the console to the next. Pure: `attention` acts.

use app::api::wire::{ConsoleView, PartyView, QueueRow};

/// A call that rings here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ring {
    /// To accept it.
    pub(crate) offer: String,
    /// Who rings, as the attendant knows them.
    pub(crate) caller: String,
    /// What they want to reach.
    pub(crate) service: String,
    /// Training: must not be mistaken for live (CALL-14).
    pub(crate) is_simulated: bool,
}

/// What changed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// This call rings now, after another one or after silence.
    Rings(Ring),
    /// Nothing rings any more.
    Silent,
}

/// Remembers what rings.
#[derive(Default)]
pub(crate) struct Ringing {
    now: Option<Ring>,
}

impl Ringing {
    /// What rings now.
    pub(crate) fn now(&self) -> Option<&Ring> {
        self.now.as_ref()
    }

    /// Takes the next view; what changed, if anything.
    pub(crate) fn observe(&mut self, view: &ConsoleView) -> Option<Change> {
        let before = self.now.as_ref().map(|ring| &ring.offer);
        let after = view.me.offer.as_ref();
        if before == after.map(|offer| &offer.offer) {
            return None;
        }
        self.now = after.map(|offer| {
            let row = view.queue.iter().find(|row| row.call == offer.call);
            Ring {
                offer: offer.offer.clone(),
                caller: row.map_or_else(|| "Caller".to_owned(), caller),
                service: row.map(|row| row.service_name.clone()).unwrap_or_default(),
                is_simulated: row.map_or(view.mode.simulated, |row| row.simulated),
            }
        });
        Some(self.now.clone().map_or(Change::Silent, Change::Rings))
    }
}

/// One who is to be called back is told apart: whoever answers calls her.
fn caller(row: &QueueRow) -> String {
    if row.callback { format!("Callback: {}", name(&row.caller)) } else { name(&row.caller) }
}

fn name(party: &PartyView) -> String {
    let known = party.name.as_ref().or(party.number.as_ref());
    known.cloned().unwrap_or_else(|| "Number withheld".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Change, Ringing};
    use app::api::wire::ConsoleView;
    use serde_json::json;

    fn view(offer: Option<&str>, name: Option<&str>, number: Option<&str>) -> ConsoleView {
        let party = json!({"party": "1", "name": name, "company": null, "number": number, "contact": null});
        let row = json!({"call": "c1", "service": "1", "service_name": "Main line", "caller": party, "arrived": 0, "position": 1,
            "priority": 5, "returned_to_me": false, "offered_to_me": true, "offered": true, "callback": false, "context": [],
            "simulated": false});
        let offer = offer.map(|offer| json!({"offer": offer, "call": "c1", "since": 0, "until": 20000}));
        let me = json!({"attendant": "1", "name": "Anna", "identity": "local_user", "on_duty": true, "presence": "available",
            "not_available": null, "rona": false, "acw_until": null, "not_selectable": null, "offer": offer});
        let view = json!({"revision": 1, "now": 0, "me": me, "mode": {"kind": "sip", "simulated": false, "detail": ""},
            "link": {"state": "up", "detail": "", "plain_text": true}, "services": [], "queue": [row], "calls": [], "parked": [],
            "leaving": [], "muted": false, "park_slots": 10, "voicemails": 0});
        serde_json::from_value(view).expect("a view as it crosses the wire")
    }

    #[test]
    fn a_call_begins_to_ring_once_and_ceases_once() {
        let mut ringing = Ringing::default();
        let Some(Change::Rings(ring)) = ringing.observe(&view(Some("o1"), Some("Ada"), Some("4010"))) else {
            panic!("it rings")
        };
        assert_eq!((ring.caller.as_str(), ring.service.as_str()), ("Ada", "Main line"));
        assert_eq!(ringing.observe(&view(Some("o1"), Some("Ada"), Some("4010"))), None);
        assert_eq!(ringing.observe(&view(None, None, None)), Some(Change::Silent));
        assert_eq!(ringing.observe(&view(None, None, None)), None);
    }

    #[test]
    fn the_next_offer_rings_anew() {
        let mut ringing = Ringing::default();
        ringing.observe(&view(Some("o1"), None, Some("4010")));
        let Some(Change::Rings(ring)) = ringing.observe(&view(Some("o2"), None, None)) else {
            panic!("it rings")
        };
        assert_eq!((ring.offer.as_str(), ring.caller.as_str()), ("o2", "Number withheld"));
    }
}
