//! What a simulated call costs: the day of 100 attendants in docs/simulate/examples, again and again. Processor time counts,
//! so that a busy machine does not; the middle turn counts. Writes nothing to disk.

use bench::row;
use bench::spent::Spent;
use planner::{Format, Measure, Model, Unwatched, read, simulate};

const SCENARIO: &str = include_str!("../../../../docs/simulate/examples/contact-centre.toml");
const TURNS: usize = 7;
/// Days of one turn: about a second of both cores.
const DAYS: u32 = 20;

fn main() {
    let model: Model = read(SCENARIO, Format::Toml, &mut |_| Err("it names no files".to_owned()))
        .unwrap_or_else(|faults| panic!("{faults:?}"))
        .with(Some(DAYS), None);
    let mut turns: Vec<(f64, f64)> = (0..TURNS).map(|_| turn(&model)).collect();
    turns.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (cpu, clock) = turns[TURNS / 2];
    eprintln!("{:.0} calls a second on one core, {:.0} on the clock", 1e6 / cpu, 1e6 / clock);
    row("a day of 100 attendants", "µs of processor a call", cpu, &[]);
    row("a day of 100 attendants, all cores", "µs on the clock a call", clock, &[]);
}

/// Microseconds a call, on the processors and on the clock.
fn turn(model: &Model) -> (f64, f64) {
    let (Spent { cpu, elapsed }, results) =
        Spent::on(|| simulate(model, &Unwatched).expect("nobody cancels"));
    let callers = results.total.estimate(Measure::Callers).expect("callers").mean * f64::from(DAYS);
    (cpu.as_secs_f64() * 1e6 / callers, elapsed.as_secs_f64() * 1e6 / callers)
}
