//! Decisions of the switchboard on a full desk, deciding and applying together: a plain desk against the same desk decided by a
//! linear scan, both taking turns so that a busy machine disturbs both; a desk with skills and priorities, which the scan does not
//! know; and the replay of a million events. Costs are of one core, by the processor's clock; the middle turn counts. Writes
//! nothing to disk.

use bench::desk::Desk;
use bench::linear_scan::LinearScan;
use bench::skilled::SkilledDesk;
use bench::spent::Spent;
use bench::{Spans, row};
use engine::Switchboard;
use std::time::{Duration, Instant};

/// Waiting callers and attendants (issue "The routing engine").
const DESKS: [(u64, u64); 4] = [(10, 5), (100, 20), (500, 100), (2_000, 500)];
const TURNS: u32 = 15;
/// Long enough that the clock's resolution does not matter.
const TURN: Duration = Duration::from_millis(200);
/// Events of the replay, and how often it is played.
const REPLAYED: usize = 1_000_000;
const REPLAYS: u32 = 5;

fn main() {
    for (waiting, attendants) in DESKS {
        let mut ours = Desk::<Switchboard>::full(waiting, attendants);
        let mut peer = Desk::<LinearScan>::full(waiting, attendants);
        let (mut our_spans, mut peer_spans) = (Spans::default(), Spans::default());
        for _ in 0..TURNS {
            our_spans.add(a_thousand(|| u64::from(ours.go_round().0)));
            peer_spans.add(a_thousand(|| u64::from(peer_round(&mut peer))));
        }
        // Milliseconds for a thousand are microseconds for one.
        let (ours, peer) = (our_spans.percentile_ms(50), peer_spans.percentile_ms(50));
        let case = format!("{waiting} waiting / {attendants} attendants");
        eprintln!("{case}: {:.0} decisions a second (linear scan {:.0})", 1e6 / ours, 1e6 / peer);
        row(&case, "µs a decision", ours, &[("linear scan", peer)]);
    }
    for (waiting, attendants) in DESKS {
        let mut desk = SkilledDesk::full(waiting, attendants, false);
        // Until the wait of the first ones has reached every level.
        for _ in 0..3 * waiting {
            desk.go_round();
        }
        let mut spans = Spans::default();
        (0..TURNS).for_each(|_| spans.add(a_thousand(|| desk.go_round())));
        let cost = spans.percentile_ms(50);
        let case = format!("{waiting} waiting / {attendants} attendants, skills and priorities");
        eprintln!("{case}: {:.0} decisions a second", 1e6 / cost);
        row(&case, "µs a decision", cost, &[]);
    }
    replay();
}

fn peer_round(peer: &mut Desk<LinearScan>) -> u32 {
    peer.go_round().0
}

/// What a thousand decisions cost, by one turn of many.
fn a_thousand(mut round: impl FnMut() -> u64) -> Duration {
    let (spent, decisions) = Spent::on(|| {
        let (mut decisions, begun) = (0, Instant::now());
        while begun.elapsed() < TURN {
            decisions += round();
        }
        decisions
    });
    Duration::from_secs_f64(spent.cpu.as_secs_f64() * 1000.0 / decisions as f64)
}

/// What a start costs without the disk: the journal of the largest desk, applied to an empty switchboard.
fn replay() {
    let (waiting, attendants) = DESKS[DESKS.len() - 1];
    let mut desk = SkilledDesk::full(waiting, attendants, true);
    while desk.journal().len() < REPLAYED {
        desk.go_round();
    }
    let events = &desk.journal()[..REPLAYED];
    let mut spans = Spans::default();
    for _ in 0..REPLAYS {
        let (spent, board) = Spent::on(|| {
            let mut board = Switchboard::new();
            events.iter().for_each(|(event, at)| board.apply(event, *at));
            board
        });
        assert!(board.calls().count() > 0, "the desk is full at any moment");
        spans.add(spent.cpu);
    }
    let seconds = spans.percentile_ms(50) / 1000.0;
    eprintln!("replay of {REPLAYED} events: {seconds:.2} s");
    row("replay of 1,000,000 events of the largest desk", "s", seconds, &[]);
}
