//! Decisions of the switchboard on a full desk, deciding and applying together, against the same desk decided by a linear scan.
//! Both take turns, so that a busy machine disturbs both; the middle turn counts. Writes nothing to disk.

use bench::desk::{Board, Desk};
use bench::linear_scan::LinearScan;
use bench::{Spans, row};
use engine::Switchboard;
use std::time::{Duration, Instant};

/// Waiting callers and attendants (issue "The console takes a real call").
const DESKS: [(u64, u64); 3] = [(10, 5), (100, 20), (2_000, 500)];
const TURNS: u32 = 15;
/// Long enough that the clock's resolution does not matter.
const TURN: Duration = Duration::from_millis(200);

fn main() {
    for (waiting, attendants) in DESKS {
        let mut ours = Desk::<Switchboard>::full(waiting, attendants);
        let mut peer = Desk::<LinearScan>::full(waiting, attendants);
        let (mut our_spans, mut peer_spans) = (Spans::default(), Spans::default());
        for _ in 0..TURNS {
            our_spans.add(a_thousand_decisions(&mut ours));
            peer_spans.add(a_thousand_decisions(&mut peer));
        }
        // Milliseconds for a thousand are microseconds for one.
        let (ours, peer) = (our_spans.percentile_ms(50), peer_spans.percentile_ms(50));
        eprintln!(
            "{waiting}/{attendants}: {:.0} decisions a second (linear scan {:.0})",
            1e6 / ours,
            1e6 / peer
        );
        let case = format!("{waiting} waiting / {attendants} attendants");
        row(&case, "µs a decision", ours, &[("linear scan", peer)]);
    }
}

/// How long a thousand take, by one turn of many.
fn a_thousand_decisions<B: Board>(desk: &mut Desk<B>) -> Duration {
    let (mut decisions, begun) = (0, Instant::now());
    while begun.elapsed() < TURN {
        decisions += desk.go_round().0;
    }
    Duration::from_secs_f64(begun.elapsed().as_secs_f64() * 1000.0 / f64::from(decisions))
}
