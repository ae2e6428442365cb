//! `usher store`: looks after the store on this computer while no console has it open.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use backup::{BackupError, Meter, StatusFile, StoreId, Target};
use clap::Subcommand;
use contracts::access_log::{Actor, Entry, Kind, Outcome, Word};
use identity::Keychain;
use tokio_util::sync::CancellationToken;
use upkeep::{Checked, OpenVault, Progress, StoreKey, Witness};

use crate::given::{KeyArguments, TargetArguments, newest_seen};
use crate::outcome::Failed;
use crate::working::{on_disk, working};

#[derive(Subcommand)]
pub(crate) enum StoreCommand {
    /// Opens every page with the store's key, compares it with the anchor, and looks at SQLite's structure. Mends nothing.
    Check(StoreArguments),
    /// Accepts that something is older than it was, or gone: makes an anchor for what is there, if all of it opens and makes
    /// sense. For whoever knows why.
    Accept(StoreArguments),
    /// Lets the next who signs in become administrator, where no administrator can sign in any more: the wrong one came first,
    /// or the last one has left the directory.
    ReopenAdministration(StoreArguments),
    /// Ends a store for good: deletes its backups at the planned target, then destroys its keys and its files.
    Dispose(DisposeArguments),
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

#[derive(clap::Args)]
pub(crate) struct DisposeArguments {
    /// Where data is kept [default: the user's own data folder].
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// The id of the store, to show that it is meant; without it, it is told and nothing is done.
    #[arg(long)]
    store: Option<StoreId>,
    /// Leaves the backups, where their target is out of reach: they hold the key file, so whoever has the recovery key can
    /// restore them, until `usher backup dispose` deletes them.
    #[arg(long)]
    leave_backups: bool,
    #[command(flatten)]
    target: TargetArguments,
}

pub(crate) async fn run(command: StoreCommand) -> Result<(), Failed> {
    match command {
        StoreCommand::Check(arguments) => check(arguments).await,
        StoreCommand::Accept(arguments) => accept(arguments).await,
        StoreCommand::ReopenAdministration(arguments) => reopen_administration(arguments).await,
        StoreCommand::Dispose(arguments) => dispose(arguments).await,
        StoreCommand::NewKey { file } => {
            upkeep::new_key_file(&file)?;
            println!(
                "{} holds a new key. Whoever reads it can read the data: keep it apart.",
                file.display()
            );
            Ok(())
        }
    }
}

async fn accept(arguments: StoreArguments) -> Result<(), Failed> {
    let directory = alone::data_dir(arguments.data_dir)?;
    let store = upkeep::key_file(&directory)?.store_id();
    let key = arguments.key.find(store)?;
    let place = directory.clone();
    let checked = on_disk(move || Ok(upkeep::accept(&place, &key, newest_seen(store).as_ref())?)).await?;
    if checked.findings.is_empty() {
        println!("Accepted as it is: {} pages, all of which open.", checked.pages);
        return Ok(());
    }
    checked.findings.iter().for_each(|finding| println!("{finding}"));
    Err(Failed::damaged(format!("the store in {} is damaged and was not accepted", directory.display())))
}

async fn reopen_administration(arguments: StoreArguments) -> Result<(), Failed> {
    let directory = alone::data_dir(arguments.data_dir)?;
    let store = upkeep::key_file(&directory)?.store_id();
    let key = arguments.key.find(store)?;
    let past = on_disk(move || Ok(upkeep::past(&directory, &key, newest_seen(store))?)).await?;
    let entry = |outcome| {
        let (now, action) = (app::clock::Sources::new().now(), Word::of("reopen-administration"));
        Entry::once(now, Actor::Local, Kind::Administration, action, outcome).privileged()
    };
    // Written down before it is done: what cannot be told is not done.
    past.access_log.append(entry(Outcome::Done)).await.map_err(anyhow::Error::from)?;
    if past.roster.reopen_claim().await.map_err(anyhow::Error::from)? {
        println!("The next who signs in at the console becomes administrator. Sign in now.");
        return Ok(());
    }
    let refused = Outcome::Refused(Word::of("access.administered"));
    past.access_log.append(entry(refused)).await.map_err(anyhow::Error::from)?;
    Err(Failed::misplaced("an administrator can still sign in, so nothing was changed: ask her".to_owned()))
}

async fn dispose(arguments: DisposeArguments) -> Result<(), Failed> {
    let directory = alone::data_dir(arguments.data_dir)?;
    let store = upkeep::key_file(&directory)?.store_id();
    if arguments.store != Some(store) {
        return Err(Failed::misplaced(format!(
            "{} holds the store {store}: name it with --store to destroy it for good",
            directory.display()
        )));
    }
    let plan = StatusFile::of(&directory).plan().filter(|_| !arguments.leave_backups);
    let target = plan.map(|plan| arguments.target.open(&plan, store)).transpose()?;
    upkeep::refuse_open(&directory)?;
    // The backups first: once the files are gone, nobody knows any more where they are, and the key file is in them too.
    if let Some(target) = target {
        dispose_backups(&target, store).await?;
    }
    on_disk(move || Ok(upkeep::dispose_files(&directory)?)).await?;
    println!("The keys and files of store {store} are destroyed.");
    // Whoever has no keychain has nothing in it.
    if let Err(error) = upkeep::forget(&Keychain::new(), store) {
        eprintln!("usher: the keychain: {error}");
    }
    Ok(())
}

/// Deletes every backup of a store.
pub(crate) async fn dispose_backups(target: &Target, store: StoreId) -> Result<(), Failed> {
    let gone = working(async |_, cancel| backup::dispose(target, store, cancel).await).await?;
    println!("{} objects of the backups of store {store} are deleted.", gone.objects);
    Ok(())
}

async fn check(arguments: StoreArguments) -> Result<(), Failed> {
    let directory = alone::data_dir(arguments.data_dir)?;
    let store = upkeep::key_file(&directory)?.store_id();
    let key = arguments.key.find(store)?;
    let opened = directory.clone();
    let checked = working(async |meter, cancel| {
        let (meter, cancel) = (meter.clone(), cancel.clone());
        on_disk(move || look_through(&opened, &key, newest_seen(store), &meter, &cancel)).await
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
    seen: Option<Witness>,
    meter: &Meter,
    cancel: &CancellationToken,
) -> Result<Checked, Failed> {
    let opened = OpenVault::open(directory, key, seen)?;
    let mut tell = |progress: Progress| {
        meter.pages(progress.done, progress.total);
        if cancel.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let checked = opened.vault().check(&mut tell)?;
    if cancel.is_cancelled() { Err(BackupError::Cancelled.into()) } else { Ok(checked) }
}
