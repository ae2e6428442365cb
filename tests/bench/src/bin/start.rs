//! From the start of the program to the first paint of the console: the real window, and the browser host with a browser that is
//! already open. Each start has empty data; the first one, with cold caches, is left out.

use acceptance::program::{Program, Talks};
use acceptance::{tools, wait};
use bench::browser::Browser;
use bench::process::Process;
use bench::{Spans, row};
use std::io::{BufRead, BufReader};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use window::desk::Desk;

const TIMES: u32 = 6;
/// The screens as `cargo xtask bench` has built them.
const UI: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/dist");

fn main() {
    let mut browser = Browser::start();
    let (mut link, mut page, mut window) = (Spans::default(), Spans::default(), Spans::default());
    for time in 0..TIMES {
        let (to_link, to_page) = in_browser(&mut browser);
        if time > 0 {
            link.add(to_link);
            page.add(to_page);
        }
    }
    row("browser host: start to link, median", "ms", link.percentile_ms(50), &[]);
    row("browser host: start to first paint, median", "ms", page.percentile_ms(50), &[]);
    for time in 0..TIMES {
        let to_window = in_window();
        if time > 0 {
            window.add(to_window);
        }
    }
    row("window: start to first paint, median", "ms", window.percentile_ms(50), &[]);
}

/// To the printed link, and to the first paint of the page behind it.
fn in_browser(browser: &mut Browser) -> (Duration, Duration) {
    let dir = tempfile::Builder::new().prefix("usher-start-").tempdir().expect("a temporary directory");
    let mut command = Command::new(tools::usher());
    command.arg("serve").arg("--data-dir").arg(dir.path().join("data")).args(["--ui", UI]);
    command.arg("--audio").arg(format!("file:{}", dir.path().display())).arg("--forget-secrets");
    let begun = since_1970();
    let mut program = Program::start("usher", dir.path(), Talks::ByPipes, &mut command);
    let (_, output) = program.pipes();
    let mut lines = BufReader::new(output).lines().map_while(Result::ok);
    let link = lines.find_map(|line| link(&line)).expect("usher prints its link");
    let printed = since_1970();
    let painted = browser.first_paint(&link);
    (printed.saturating_sub(begun), painted.saturating_sub(begun))
}

/// The link, where the line prints one.
fn link(line: &str) -> Option<String> {
    Some(line.strip_prefix("Usher console: ")?.trim().to_owned())
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970")
}

fn in_window() -> Duration {
    let desk = Desk::open();
    desk.see_text("h1", "Keep this safe: your recovery key");
    let data = desk.session().dir().join("data");
    let process = Process::find("usher-desktop", &data).expect("the window's program runs");
    let started = process.started().expect("a running process has a beginning");
    let painted = "const entry = performance.getEntriesByName('first-contentful-paint')[0];
        return entry ? performance.timeOrigin + entry.startTime : null;";
    let painted_ms = wait::until("a first paint", || desk.evaluate(painted).as_f64(), String::new);
    Duration::from_secs_f64((painted_ms / 1000.0 - started.as_secs_f64()).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::link;

    #[test]
    fn the_link_is_found_among_what_the_program_says() {
        assert_eq!(
            link("Usher console: http://127.0.0.1:1/open/a ").as_deref(),
            Some("http://127.0.0.1:1/open/a")
        );
        assert_eq!(link("listening"), None);
    }
}
