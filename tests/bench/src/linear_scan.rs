//! The peer of the engine's bench: a switchboard as one would write it in an afternoon, two plain lists that are looked through
//! at each decision. Keeps the same order of offers and the pause after a decline, and nothing else: no events to record, no
//! deadlines, no transfers, no checks. So it does less than ours for each decision.

use crate::desk::{Board, Offered, Step};
use engine::{AttendantId, CallId, Limits, OfferId, Timestamp};

/// Calls and attendants in lists.
pub struct LinearScan {
    /// In the order in which they arrived.
    calls: Vec<Call>,
    attendants: Vec<Attendant>,
    offers: u64,
}

struct Call {
    id: CallId,
    state: State,
    declined: Vec<(AttendantId, Timestamp)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Offered,
    Active,
    Held,
}

struct Attendant {
    id: AttendantId,
    busy: bool,
    idle_since: Timestamp,
}

impl Board for LinearScan {
    fn staffed(attendants: u64) -> LinearScan {
        let free = |id| Attendant { id: AttendantId(id), busy: false, idle_since: Timestamp(0) };
        LinearScan { calls: Vec::new(), attendants: (1..=attendants).map(free).collect(), offers: 0 }
    }

    fn act(&mut self, step: Step, now: Timestamp) -> Option<Offered> {
        match step {
            Step::Arrive(id) => self.calls.push(Call { id, state: State::Waiting, declined: Vec::new() }),
            Step::Accept(offered) => self.call(offered.call).state = State::Active,
            Step::Decline(Offered { call, attendant, .. }) => {
                let until = now + Limits::default().decline_pause;
                let declined = self.call(call);
                declined.state = State::Waiting;
                declined.declined.push((attendant, until));
                self.attendant(attendant).busy = false;
            }
            Step::HangUp(attendant, call) => {
                self.calls.retain(|other| other.id != call);
                let free = self.attendant(attendant);
                free.busy = false;
                free.idle_since = now;
            }
            Step::Hold(_, call) => self.call(call).state = State::Held,
            Step::Retrieve(_, call) => self.call(call).state = State::Active,
        }
        self.offer(now)
    }
}

impl LinearScan {
    /// The first call that waits and may be offered to a free attendant rings at the one longest idle.
    fn offer(&mut self, now: Timestamp) -> Option<Offered> {
        let mut free: Vec<&mut Attendant> = self.attendants.iter_mut().filter(|it| !it.busy).collect();
        free.sort_by_key(|it| (it.idle_since, it.id));
        if free.is_empty() {
            return None;
        }
        for call in self.calls.iter_mut().filter(|call| call.state == State::Waiting) {
            let declined = |who| call.declined.iter().any(|(by, until)| *by == who && now < *until);
            if let Some(attendant) = free.iter_mut().find(|it| !declined(it.id)) {
                self.offers += 1;
                call.state = State::Offered;
                attendant.busy = true;
                return Some(Offered { offer: OfferId(self.offers), call: call.id, attendant: attendant.id });
            }
        }
        None
    }

    fn call(&mut self, id: CallId) -> &mut Call {
        self.calls.iter_mut().find(|call| call.id == id).expect("the desk names its own calls")
    }

    fn attendant(&mut self, id: AttendantId) -> &mut Attendant {
        self.attendants.iter_mut().find(|it| it.id == id).expect("the desk names its own attendants")
    }
}
