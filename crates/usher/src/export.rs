//! `usher export`: what a store that no console has open holds, for programs of others. Events, so that figures can be worked out
//! again by whoever does not want to take ours for granted (REPORT-1). Names nobody: ids only. Changes nothing but the access log.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use contracts::access_log::{Actor, Entry, Kind, Outcome, Word};
use tokio_util::sync::CancellationToken;
use upkeep::export_events::{ExportError, export_events};

use crate::given::{KeyArguments, newest_seen};
use crate::outcome::Failed;
use crate::working::on_disk;

#[derive(Subcommand)]
pub(crate) enum ExportCommand {
    /// Writes every event of the journal as JSON, a line each, oldest first. Ids only. That it was exported is logged.
    Events(EventsArguments),
}

#[derive(clap::Args)]
pub(crate) struct EventsArguments {
    /// Writes to this file, which must not be there yet, instead of the screen.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Where data is kept [default: the user's own data folder].
    #[arg(long)]
    data_dir: Option<PathBuf>,
    #[command(flatten)]
    key: KeyArguments,
}

pub(crate) async fn run(command: ExportCommand) -> Result<(), Failed> {
    match command {
        ExportCommand::Events(arguments) => events(arguments).await,
    }
}

async fn events(EventsArguments { out, data_dir, key }: EventsArguments) -> Result<(), Failed> {
    let directory = alone::data_dir(data_dir)?;
    let store = upkeep::key_file(&directory)?.store_id();
    let past = on_disk(move || {
        let key = key.find(store)?;
        Ok(upkeep::past(&directory, &key, newest_seen(store))?)
    })
    .await?;
    let to: Box<dyn Write + Send> = match &out {
        Some(file) => Box::new(File::create_new(file).map_err(|error| not_written(file, &error))?),
        None => Box::new(std::io::stdout()),
    };
    let now = app::clock::Sources::new().now();
    let entry = Entry::once(now, Actor::Local, Kind::Access, Word::of("export-events"), Outcome::Allowed);
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let interrupted = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.cancel();
        }
    });
    // Written down before it is done: what cannot be told is not done.
    let done = match past.access_log.append(entry.privileged()).await {
        Ok(_) => export_events(&*past.journal, &mut BufWriter::new(to), &cancel).await,
        Err(error) => Err(error.into()),
    };
    interrupted.abort();
    match (done, out) {
        (Ok(written), Some(file)) => {
            println!("{written} events are in {}.", file.display());
            Ok(())
        }
        (Ok(_), None) => Ok(()),
        (Err(error), out) => {
            // Half of the events would be taken for all of them.
            if let Some(Err(left)) = out.map(std::fs::remove_file) {
                eprintln!("usher: what was written so far is left: {left}");
            }
            Err(failed(error))
        }
    }
}

fn failed(error: ExportError) -> Failed {
    match error {
        ExportError::Store(error) => upkeep::UpkeepError::from(error).into(),
        ExportError::Write(_) => Failed::not_writable(error.to_string()),
        ExportError::Stopped(_) => Failed::cancelled(error.to_string()),
    }
}

fn not_written(file: &Path, error: &std::io::Error) -> Failed {
    Failed::not_writable(format!("{}: {error}", file.display()))
}
