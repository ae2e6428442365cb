//! From the start of the program to the first paint of the console: the real window, and the browser host up to the link it prints.
//! Each start has empty data; the first one, with cold caches, is left out.

use acceptance::usher::Usher;
use acceptance::wait;
use bench::process::Process;
use bench::{Spans, row};
use std::time::{Duration, Instant};
use window::desk::Desk;

const TIMES: u32 = 6;

fn main() {
    let (mut window, mut link) = (Spans::default(), Spans::default());
    to_paint();
    for _ in 1..TIMES {
        window.add(to_paint());
    }
    for _ in 1..TIMES {
        let begun = Instant::now();
        let _usher = Usher::start();
        link.add(begun.elapsed());
    }
    row("window: start to first paint, median", "ms", window.percentile_ms(50), &[]);
    row("browser host: start to open session, median", "ms", link.percentile_ms(50), &[]);
}

fn to_paint() -> Duration {
    let desk = Desk::open();
    desk.see_text("h1", "Welcome to Usher");
    let data = desk.session().dir().join("data");
    let process = Process::find("usher-desktop", &data).expect("the window's program runs");
    let started = process.started().expect("a running process has a beginning");
    let painted = "const entry = performance.getEntriesByName('first-contentful-paint')[0];
        return entry ? performance.timeOrigin + entry.startTime : null;";
    let painted_ms = wait::until("a first paint", || desk.evaluate(painted).as_f64(), String::new);
    Duration::from_secs_f64((painted_ms / 1000.0 - started.as_secs_f64()).max(0.0))
}
