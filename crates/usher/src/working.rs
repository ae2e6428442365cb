//! Long work in a terminal: a line that says how far it is, and Ctrl+C that stops it. Prints nothing where nobody looks.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use backup::{BackupError, Meter, Progress, Step};
use tokio_util::sync::CancellationToken;

use crate::outcome::Failed;

/// Between two pictures of the line.
const EVERY: Duration = Duration::from_millis(200);
/// Characters of the bar.
const BAR: u64 = 30;

/// Does the work, shows how far it is, and stops it when Ctrl+C is pressed.
pub(crate) async fn working<T>(work: impl AsyncFnOnce(&Meter, &CancellationToken) -> T) -> T {
    let (meter, cancel) = (Meter::default(), CancellationToken::new());
    let (progress, stop) = (meter.watch(), cancel.clone());
    let mut work = std::pin::pin!(work(&meter, &cancel));
    let mut line = Line::default();
    let mut pictures = tokio::time::interval(EVERY);
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    let mut is_stopping = false;
    let done = loop {
        tokio::select! {
            done = &mut work => break done,
            _ = pictures.tick() => line.show(*progress.borrow()),
            _ = &mut interrupted, if !is_stopping => {
                is_stopping = true;
                line.clear();
                eprintln!("Stopping …");
                stop.cancel();
            }
        }
    };
    line.clear();
    done
}

/// What waits for the disk, on a thread of its own.
pub(crate) async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failed> + Send + 'static,
) -> Result<T, Failed> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => Err(BackupError::Cancelled.into()),
    }
}

/// The line at the bottom of a terminal.
#[derive(Default)]
struct Line {
    step: Option<(Step, Instant)>,
    is_shown: bool,
}

impl Line {
    fn show(&mut self, progress: Progress) {
        if progress.total_bytes == 0 || !std::io::stderr().is_terminal() {
            return;
        }
        let (_, since) = match self.step {
            Some(step) if step.0 == progress.step => step,
            Some(_) | None => *self.step.insert((progress.step, Instant::now())),
        };
        eprint!("\r\x1b[2K{}", words(progress, since.elapsed()));
        let _ = std::io::stderr().flush();
        self.is_shown = true;
    }

    fn clear(&mut self) {
        if self.is_shown {
            eprint!("\r\x1b[2K");
            self.is_shown = false;
        }
    }
}

fn words(Progress { step, done_bytes, total_bytes }: Progress, since: Duration) -> String {
    let what = match step {
        Step::Waiting => "Waiting ",
        Step::Looking => "Looking ",
        Step::Copying => "Copying ",
        Step::Checking => "Checking",
        Step::Fetching => "Fetching",
        Step::Opening => "Opening ",
    };
    let full = "#".repeat((done_bytes * BAR / total_bytes) as usize);
    let percent = done_bytes * 100 / total_bytes;
    let a_second = (done_bytes as f64 / since.as_secs_f64().max(0.001)) as u64;
    format!(
        "{what} [{full:<width$}] {percent:>3} %  {} of {}, {} a second",
        size(done_bytes),
        size(total_bytes),
        size(a_second),
        width = BAR as usize
    )
}

/// Bytes for a person.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut amount = bytes as f64 / 1024.0;
    let mut unit = 0;
    while amount >= 1024.0 && unit + 1 < UNITS.len() {
        amount /= 1024.0;
        unit += 1;
    }
    format!("{amount:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::{size, words};
    use backup::{Progress, Step};
    use std::time::Duration;

    #[test]
    fn a_line_says_what_how_far_and_how_fast() {
        let half = Progress { step: Step::Copying, done_bytes: 5 << 20, total_bytes: 10 << 20 };
        assert_eq!(
            words(half, Duration::from_secs(2)),
            "Copying  [###############               ]  50 %  5.0 MiB of 10.0 MiB, 2.5 MiB a second"
        );
    }

    #[test]
    fn sizes_are_for_people() {
        assert_eq!([size(0), size(1023), size(1536), size(3 << 40)], ["0 B", "1023 B", "1.5 KiB", "3.0 TiB"]);
    }
}
