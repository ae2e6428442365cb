//! A full desk at work, the same steps for whichever switchboard decides them: everybody talks, everybody else waits, and each
//! round ends a call, offers the next one, answers it, and lets somebody new arrive. Now and then an offer is declined, or a call
//! held and taken back. Measures nothing.

use engine::{
    AttendantId, CallId, Command, Event, OfferId, Origin, PartyId, Service, ServiceId, Switchboard, Timestamp,
};
use std::collections::VecDeque;

const MAIN_LINE: ServiceId = ServiceId(1);
/// Every so many rounds the first offer is declined.
const DECLINED_EVERY: u64 = 4;
/// Every so many rounds the longest conversation is held and taken back.
const HELD_EVERY: u64 = 2;

/// A call that rings at an attendant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offered {
    /// Names it.
    pub offer: OfferId,
    /// Who waits.
    pub call: CallId,
    /// Who is rung.
    pub attendant: AttendantId,
}

/// One thing that happens at the desk.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// Somebody rings.
    Arrive(CallId),
    /// The attendant answers.
    Accept(Offered),
    /// The attendant declines.
    Decline(Offered),
    /// The attendant ends the call.
    HangUp(AttendantId, CallId),
    /// The attendant holds the call.
    Hold(AttendantId, CallId),
    /// The attendant takes the held call back.
    Retrieve(AttendantId, CallId),
}

/// Who decides.
pub trait Board {
    /// A switchboard with this many attendants, all on duty.
    fn staffed(attendants: u64) -> Self;

    /// Decides the step and takes it in; the first offer that follows from it.
    fn act(&mut self, step: Step, now: Timestamp) -> Option<Offered>;
}

impl Board for Switchboard {
    fn staffed(attendants: u64) -> Switchboard {
        let mut board = Switchboard::new();
        let everybody: Vec<_> = (1..=attendants).map(AttendantId).collect();
        decide(
            &mut board,
            &Command::PutService(Service::new(MAIN_LINE, "Main line", everybody.clone())),
            Timestamp(0),
        );
        for attendant in everybody {
            decide(&mut board, &Command::PutAttendant(attendant), Timestamp(0));
            decide(&mut board, &Command::SetDuty { attendant, on_duty: true }, Timestamp(0));
        }
        board
    }

    fn act(&mut self, step: Step, now: Timestamp) -> Option<Offered> {
        let events = decide(self, &command(step), now);
        events.iter().find_map(|event| match event {
            Event::CallOffered { offer, call, attendant, .. } => {
                Some(Offered { offer: *offer, call: *call, attendant: *attendant })
            }
            _ => None,
        })
    }
}

fn decide(board: &mut Switchboard, command: &Command, now: Timestamp) -> Vec<Event> {
    let events = board.decide(command, now).expect("every command of the desk is allowed");
    for event in &events {
        board.apply(event, now);
    }
    events
}

fn command(step: Step) -> Command {
    match step {
        Step::Arrive(call) => {
            Command::CallArrived { call, service: MAIN_LINE, party: PartyId(call.0), origin: Origin::Live }
        }
        Step::Accept(Offered { offer, attendant, .. }) => Command::Accept { attendant, offer },
        Step::Decline(Offered { offer, attendant, .. }) => Command::Decline { attendant, offer },
        Step::HangUp(attendant, call) => Command::HangUp { attendant, call },
        Step::Hold(attendant, call) => Command::Hold { attendant, call },
        Step::Retrieve(attendant, call) => Command::Retrieve { attendant, call },
    }
}

/// A switchboard and who talks to whom.
pub struct Desk<B> {
    board: B,
    now: Timestamp,
    calls: u64,
    rounds: u64,
    decisions: u32,
    /// In the order in which they will hang up.
    talking: VecDeque<Offered>,
}

impl<B: Board> Desk<B> {
    /// Everybody talks, `waiting` wait.
    pub fn full(waiting: u64, attendants: u64) -> Desk<B> {
        let board = B::staffed(attendants);
        let mut desk =
            Desk { board, now: Timestamp(0), calls: 0, rounds: 0, decisions: 0, talking: VecDeque::new() };
        for _ in 0..attendants {
            let offered = desk.arrive();
            desk.accept(offered);
        }
        for _ in 0..waiting {
            desk.arrive();
        }
        desk.decisions = 0;
        desk
    }

    /// One round; how many decisions it took, and who was answered by whom.
    pub fn go_round(&mut self) -> (u32, Offered) {
        self.rounds += 1;
        self.decisions = 0;
        let ended = self.talking.pop_front().expect("somebody talks");
        let mut offered = self.act(Step::HangUp(ended.attendant, ended.call));
        if self.rounds.is_multiple_of(DECLINED_EVERY) {
            offered = self.act(Step::Decline(offered.expect("who hung up is offered a call")));
        }
        let answered = self.accept(offered);
        self.arrive();
        if self.rounds.is_multiple_of(HELD_EVERY) {
            let longest = *self.talking.front().expect("somebody talks");
            self.act(Step::Hold(longest.attendant, longest.call));
            self.act(Step::Retrieve(longest.attendant, longest.call));
        }
        (self.decisions, answered)
    }

    fn arrive(&mut self) -> Option<Offered> {
        self.calls += 1;
        self.act(Step::Arrive(CallId(self.calls)))
    }

    fn accept(&mut self, offered: Option<Offered>) -> Offered {
        let offered = offered.expect("a free attendant is offered a call");
        self.act(Step::Accept(offered));
        self.talking.push_back(offered);
        offered
    }

    fn act(&mut self, step: Step) -> Option<Offered> {
        self.now.0 += 1;
        self.decisions += 1;
        self.board.act(step, self.now)
    }
}

#[cfg(test)]
mod tests {
    use super::Desk;
    use crate::linear_scan::LinearScan;
    use engine::Switchboard;

    #[test]
    fn both_switchboards_offer_the_same_calls_to_the_same_attendants() {
        let mut ours = Desk::<Switchboard>::full(10, 5);
        let mut peer = Desk::<LinearScan>::full(10, 5);
        for round in 0..10_000 {
            assert_eq!(ours.go_round(), peer.go_round(), "round {round}");
        }
    }
}
