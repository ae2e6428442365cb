//! `usher store`: looks after the store on this computer while no console has it open.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use backup::{BackupError, Meter};
use clap::Subcommand;
use tokio_util::sync::CancellationToken;
use upkeep::{Checked, OpenVault, Progress, StoreKey};

use crate::given::KeyArguments;
use crate::outcome::Failed;
use crate::working::{on_disk, working};

#[derive(Subcommand)]
pub(crate) enum StoreCommand {
    /// Opens every page with the store's key, compares it with the anchor, and looks at SQLite's structure. Mends nothing.
    Check(StoreArguments),
    /// Makes a file with a new key for `--store-key`, for its owner only. Never writes over one.
    NewKey {
        /// The file to make.
        file: PathBuf,
    },
}

#[derive(clap::Args)]
pub(crate) struct StoreArguments {
    /// Where data is kept [default: the user's own data folder].
    #[arg(long)]
    data_dir: Option<PathBuf>,
    #[command(flatten)]
    key: KeyArguments,
}

pub(crate) async fn run(command: StoreCommand) -> Result<(), Failed> {
    match command {
        StoreCommand::Check(arguments) => check(arguments).await,
        StoreCommand::NewKey { file } => {
            upkeep::new_key_file(&file)?;
            println!("{} holds a new key. Whoever reads it opens the data: keep them apart.", file.display());
            Ok(())
        }
    }
}

async fn check(arguments: StoreArguments) -> Result<(), Failed> {
    let directory = alone::data_dir(arguments.data_dir)?;
    let key = arguments.key.find(upkeep::key_file(&directory)?.store_id())?;
    let opened = directory.clone();
    let checked = working(async |meter, cancel| {
        let (meter, cancel) = (meter.clone(), cancel.clone());
        on_disk(move || look_through(&opened, &key, &meter, &cancel)).await
    })
    .await?;
    if checked.findings.is_empty() {
        println!("{} pages are whole.", checked.pages);
        return Ok(());
    }
    checked.findings.iter().for_each(|finding| println!("{finding}"));
    Err(Failed::damaged(format!("the store in {} is damaged", directory.display())))
}

fn look_through(
    directory: &Path,
    key: &StoreKey,
    meter: &Meter,
    cancel: &CancellationToken,
) -> Result<Checked, Failed> {
    let opened = OpenVault::open(directory, key)?;
    let mut tell = |progress: Progress| {
        meter.pages(progress.done, progress.total);
        if cancel.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let checked = opened.vault().check(&mut tell)?;
    if cancel.is_cancelled() { Err(BackupError::Cancelled.into()) } else { Ok(checked) }
}
