//! `usher simulate`: what would happen if, over a scenario (ROUTE-8). Needs no store, no key and no console.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use planner::{Format, Model, Progress, Results, SCENARIO_BYTES_MAX, Watch};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::outcome::Failed;

/// Between two pictures of the line.
const EVERY: Duration = Duration::from_millis(200);
/// Characters of the bar.
const BAR: u32 = 30;
/// Bytes of a file of calls: a year of a large desk.
const FILE_BYTES_MAX: u64 = 256 << 20;

#[derive(clap::Args)]
pub(crate) struct SimulateArguments {
    /// The scenario: a .toml or .json file, explained in docs/simulate.md.
    #[arg(required_unless_present = "schema")]
    scenario: Option<PathBuf>,
    /// Prints the figures as JSON.
    #[arg(long, group = "form")]
    json: bool,
    /// Prints the figures as CSV, a line each.
    #[arg(long, group = "form")]
    csv: bool,
    /// Prints the figures as a table [default].
    #[arg(long, group = "form")]
    table: bool,
    /// Writes to this file instead; what it held is lost.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Other dice than the scenario's.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=9_007_199_254_740_991))]
    seed: Option<u64>,
    /// More or fewer replications than the scenario's.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    replications: Option<u32>,
    /// Prints the JSON Schema of a scenario, and simulates nothing.
    #[arg(long, conflicts_with_all = ["scenario", "form", "seed", "replications"])]
    schema: bool,
}

pub(crate) async fn run(arguments: SimulateArguments) -> Result<(), Failed> {
    let SimulateArguments { scenario, json, csv, table: _, out, seed, replications, schema } = arguments;
    let Some(scenario) = scenario.filter(|_| !schema) else {
        return put(out.as_deref(), &pretty(&planner::schema()));
    };
    let model = read(&scenario)?.with(replications, seed);
    let results = simulated(model).await?;
    let text = match (json, csv) {
        (true, _) => pretty(&results.json()),
        (false, true) => results.csv(),
        (false, false) => results.table(),
    };
    put(out.as_deref(), &text)
}

fn read(file: &Path) -> Result<Model, Failed> {
    let format = match file.extension().and_then(|extension| extension.to_str()) {
        Some("toml") => Format::Toml,
        Some("json") => Format::Json,
        Some(_) | None => {
            return Err(Failed::invalid(format!("{}: a scenario ends in .toml or .json", file.display())));
        }
    };
    let text = text_of(file, SCENARIO_BYTES_MAX as u64)
        .map_err(|why| Failed::nothing(format!("{}: {why}", file.display())))?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut files = |name: &str| text_of(&folder.join(name), FILE_BYTES_MAX);
    planner::read(&text, format, &mut files).map_err(|faults| {
        let count = faults.len();
        let mut words = format!("{} has {count} fault{}", file.display(), if count == 1 { "" } else { "s" });
        faults.iter().for_each(|fault| words += &format!("\n  {fault}"));
        Failed::invalid(words)
    })
}

fn text_of(file: &Path, bytes_max: u64) -> Result<String, String> {
    let bytes = std::fs::metadata(file).map_err(|error| error.to_string())?.len();
    if bytes > bytes_max {
        return Err(format!("{bytes} bytes; permitted are {bytes_max}"));
    }
    std::fs::read_to_string(file).map_err(|error| error.to_string())
}

/// Tells a channel how far it is, and hears of Ctrl+C.
struct Watched {
    told: watch::Sender<Option<Progress>>,
    cancel: CancellationToken,
}

impl Watch for Watched {
    fn progress(&self, progress: Progress) {
        self.told.send_if_modified(|told| {
            let is_further = told.is_none_or(|told| told.done < progress.done);
            if is_further {
                *told = Some(progress);
            }
            is_further
        });
    }

    fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }
}

/// Simulates on threads of its own, shows how far it is, and stops when Ctrl+C is pressed.
async fn simulated(model: Model) -> Result<Results, Failed> {
    let (told, progress) = watch::channel(None);
    let watched = Arc::new(Watched { told, cancel: CancellationToken::new() });
    let cancel = watched.cancel.clone();
    let mut work = tokio::task::spawn_blocking(move || planner::simulate(&model, watched.as_ref()));
    let mut pictures = tokio::time::interval(EVERY);
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    let (began, is_seen) = (Instant::now(), std::io::stderr().is_terminal());
    let mut is_stopping = false;
    let done = loop {
        tokio::select! {
            done = &mut work => break done,
            _ = pictures.tick(), if is_seen && !is_stopping => show(*progress.borrow(), began.elapsed()),
            _ = &mut interrupted, if !is_stopping => {
                is_stopping = true;
                cancel.cancel();
            }
        }
    };
    if is_seen {
        eprint!("\r\x1b[2K");
    }
    match done {
        Ok(Ok(results)) => Ok(results),
        Ok(Err(cancelled)) => Err(Failed::cancelled(cancelled.to_string())),
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(error) => Err(Failed::cancelled(error.to_string())),
    }
}

fn show(progress: Option<Progress>, since: Duration) {
    let Some(progress) = progress else { return };
    eprint!("\r\x1b[2K{}", words(progress, since));
    // A picture that cannot be shown is none.
    let _ = std::io::stderr().flush();
}

fn words(Progress { done, total }: Progress, since: Duration) -> String {
    let full = "#".repeat((u64::from(done) * u64::from(BAR) / u64::from(total.max(1))) as usize);
    let left = since.as_secs_f64() / f64::from(done.max(1)) * f64::from(total - done.min(total));
    format!("Simulating [{full:<width$}] {done} of {total}, {left:.0} s left", width = BAR as usize)
}

fn pretty(value: &serde_json::Value) -> String {
    format!("{value:#}\n")
}

fn put(out: Option<&Path>, text: &str) -> Result<(), Failed> {
    match out {
        Some(file) => std::fs::write(file, text)
            .map_err(|error| Failed::not_writable(format!("{}: {error}", file.display()))),
        // Whoever reads the first lines only (`| head`) has closed the pipe, and has what she wanted.
        None => match std::io::stdout().lock().write_all(text.as_bytes()) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            written => Ok(written?),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use planner::Progress;

    use super::words;

    #[test]
    fn a_line_says_how_far_it_is_and_how_long_it_takes() {
        assert_eq!(
            words(Progress { done: 5, total: 20 }, Duration::from_secs(10)),
            "Simulating [#######                       ] 5 of 20, 30 s left"
        );
    }
}
