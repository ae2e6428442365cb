//! Decisions of the switchboard on a full desk: every attendant talks, everybody else waits, and each step ends a call, offers the
//! next one, answers it, and lets somebody new arrive. Measures deciding and applying together; writes nothing to disk.

use engine::{
    AttendantId, CallId, Command, Event, OfferId, Origin, PartyId, Service, ServiceId, Switchboard, Timestamp,
};
use std::time::{Duration, Instant};

/// Waiting callers and attendants (issue "The console takes a real call").
const DESKS: [(u64, u64); 3] = [(10, 5), (100, 20), (2_000, 500)];
/// Long enough that the clock's resolution does not matter.
const MEASURE: Duration = Duration::from_secs(2);
const MAIN_LINE: ServiceId = ServiceId(1);

fn main() {
    for (waiting, attendants) in DESKS {
        let mut desk = Desk::full(waiting, attendants);
        let (mut decisions, begun) = (0, Instant::now());
        while begun.elapsed() < MEASURE {
            decisions += desk.go_round();
        }
        let micros = begun.elapsed().as_secs_f64() * 1e6 / f64::from(decisions);
        eprintln!("{waiting}/{attendants}: {:.0} decisions a second", 1e6 / micros);
        bench::row(&format!("{waiting} waiting / {attendants} attendants"), "µs a decision", micros, &[]);
    }
}

/// A switchboard and who talks to whom.
struct Desk {
    board: Switchboard,
    now: Timestamp,
    calls: u64,
    /// In the order in which they will hang up.
    talking: std::collections::VecDeque<(AttendantId, CallId)>,
}

impl Desk {
    fn full(waiting: u64, attendants: u64) -> Desk {
        let everybody: Vec<_> = (1..=attendants).map(AttendantId).collect();
        let mut desk = Desk {
            board: Switchboard::new(),
            now: Timestamp(0),
            calls: 0,
            talking: std::collections::VecDeque::new(),
        };
        desk.act(&Command::PutService(Service::new(MAIN_LINE, "Main line", everybody.clone())));
        for attendant in everybody {
            desk.act(&Command::PutAttendant(attendant));
            desk.act(&Command::SetDuty { attendant, on_duty: true });
        }
        for _ in 0..attendants {
            let events = desk.arrive();
            desk.accept_offered(&events);
        }
        for _ in 0..waiting {
            desk.arrive();
        }
        assert_eq!(desk.talking.len() as u64, attendants, "everybody talks");
        desk
    }

    /// Somebody hangs up, the next one is answered, somebody new arrives: three decisions.
    fn go_round(&mut self) -> u32 {
        let (attendant, call) = self.talking.pop_front().expect("somebody talks");
        let events = self.act(&Command::HangUp { attendant, call });
        self.accept_offered(&events);
        self.arrive();
        3
    }

    fn arrive(&mut self) -> Vec<Event> {
        self.calls += 1;
        let (call, party) = (CallId(self.calls), PartyId(self.calls));
        self.act(&Command::CallArrived { call, service: MAIN_LINE, party, origin: Origin::Live })
    }

    fn accept_offered(&mut self, events: &[Event]) {
        let offered: Option<(OfferId, CallId, AttendantId)> = events.iter().find_map(|event| match event {
            Event::CallOffered { offer, call, attendant, .. } => Some((*offer, *call, *attendant)),
            _ => None,
        });
        let (offer, call, attendant) = offered.expect("a free attendant is offered a call");
        self.act(&Command::Accept { attendant, offer });
        self.talking.push_back((attendant, call));
    }

    fn act(&mut self, command: &Command) -> Vec<Event> {
        self.now.0 += 1;
        let events = self.board.decide(command, self.now).expect("every command of this bench is allowed");
        for event in &events {
            self.board.apply(event, self.now);
        }
        events
    }
}
