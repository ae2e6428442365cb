//! `usher import`: takes calls of an earlier telephone system over from a file, while no console has the store open (REPORT-5). Says
//! how far it is, lists every row that was not taken with its line and the reason, and can be stopped and called again.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Subcommand;
use contracts::access_log::{Actor, Entry, Kind, Outcome, Word};
use contracts::imports::{ImportState, ImportedCall};
use tokio_util::sync::CancellationToken;
use upkeep::import_calls::{ImportError, Telling, import_into};

use crate::given::{KeyArguments, newest_seen};
use crate::outcome::Failed;
use crate::working::{on_disk, size};

/// Between two pictures of the line that says how far it is.
const EVERY: Duration = Duration::from_millis(200);
/// Bytes of a mapping: more is something else.
const MAPPING_BYTES_MAX: usize = 1 << 20;

#[derive(Subcommand)]
pub(crate) enum ImportCommand {
    /// Takes calls over. Rows that are no calls are listed with their line and the reason; the same file again brings nothing new.
    Calls(CallsArguments),
}

#[derive(clap::Args)]
pub(crate) struct CallsArguments {
    /// The file: a heading, then a row for each call, with commas or another separator between columns. Packed with gzip, or not.
    file: PathBuf,
    /// What its columns mean (docs/import.md).
    #[arg(long, value_name = "FILE")]
    mapping: PathBuf,
    /// Where data is kept [default: the user's own data folder].
    #[arg(long)]
    data_dir: Option<PathBuf>,
    #[command(flatten)]
    key: KeyArguments,
}

pub(crate) async fn run(command: ImportCommand) -> Result<(), Failed> {
    match command {
        ImportCommand::Calls(arguments) => calls(arguments).await,
    }
}

async fn calls(CallsArguments { file, mapping, data_dir, key }: CallsArguments) -> Result<(), Failed> {
    let text = std::fs::read_to_string(&mapping)
        .map_err(|error| Failed::nothing(format!("{}: {error}", mapping.display())))?;
    if text.len() > MAPPING_BYTES_MAX {
        return Err(Failed::invalid(format!("{} is too large for a mapping", mapping.display())));
    }
    let directory = alone::data_dir(data_dir)?;
    let store = upkeep::key_file(&directory)?.store_id();
    let past = on_disk(move || {
        let key = key.find(store)?;
        Ok(upkeep::past(&directory, &key, newest_seen(store))?)
    })
    .await?;
    let now = app::clock::Sources::new().now();
    let entry =
        Entry::once(now, Actor::Local, Kind::Administration, Word::of("import-calls"), Outcome::Allowed);
    // Written down before it is done: what cannot be told is not done.
    past.access_log.append(entry.privileged()).await.map_err(anyhow::Error::from)?;
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let interrupted = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.cancel();
        }
    });
    let mut screen = Screen { shown: None, kept_from: app::kept_from(now).0, outdated: 0 };
    let done = import_into(&*past.imports, &file, &text, &mut screen, &cancel).await;
    interrupted.abort();
    screen.clear();
    let ImportState { rows, taken, known, refused, .. } = done.map_err(failed)?;
    eprintln!("{rows} rows: {taken} calls taken, {known} known already, {refused} refused.");
    if screen.outdated > 0 {
        let outdated = screen.outdated;
        eprintln!(
            "Older than 24 months, so that the next daily purge erases them, as all call records: {outdated}."
        );
    }
    Ok(())
}

fn failed(error: ImportError) -> Failed {
    match error {
        ImportError::Mapping(_) => Failed::invalid(error.to_string()),
        ImportError::File { .. } => Failed::nothing(error.to_string()),
        ImportError::Store(error) => error.into(),
        ImportError::Stopped(_) => Failed::cancelled(error.to_string()),
    }
}

/// Refused rows go to the output, how far it is to the screen of whoever looks.
struct Screen {
    shown: Option<Instant>,
    /// Calls that came before this moment are not kept; milliseconds since 1970.
    kept_from: i64,
    outdated: usize,
}

impl Screen {
    fn clear(&mut self) {
        if self.shown.take().is_some() {
            eprint!("\r\x1b[2K");
        }
    }
}

impl Telling for Screen {
    fn refused(&mut self, line: u64, why: &str) {
        self.clear();
        println!("line {line}: {why}");
    }

    fn read(&mut self, state: &ImportState, bytes: u64, of: u64) {
        let is_due = self.shown.is_none_or(|shown| shown.elapsed() >= EVERY);
        if !is_due || !std::io::stderr().is_terminal() {
            return;
        }
        let percent = bytes * 100 / of.max(1);
        eprint!("\r\x1b[2K{percent:>3} %  {} rows, {} of {}", state.rows, size(bytes), size(of));
        let _ = std::io::stderr().flush();
        self.shown = Some(Instant::now());
    }

    fn calls(&mut self, calls: &[ImportedCall]) {
        self.outdated += calls.iter().filter(|call| call.record.arrived.0 < self.kept_from).count();
    }
}
