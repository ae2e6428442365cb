//! `usher backup`: takes a backup now, tells which there are, checks them, sets up where they go, and holds a drill. The
//! schedule is not here; it runs inside the console.

use std::path::{Path, PathBuf};

use ::backup::{
    BackupError, Depth, Good, Kind, Moment, Plan, Point, RPO_MS, Report, StatusFile, StoreId, Taker, check,
    expire,
};
use clap::Subcommand;
use upkeep::{Drill, Drilled, OpenVault, RTO_MS, StoreKey, drill};

use crate::given::{KeyArguments, ResidencyArguments, TargetArguments, newest_seen, store_in};
use crate::outcome::Failed;
use crate::store::dispose_backups;
use crate::working::{on_disk, size, working};

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct BackupArguments {
    #[command(subcommand)]
    command: Option<BackupCommand>,
    #[command(flatten)]
    take: TakeArguments,
}

#[derive(Subcommand)]
enum BackupCommand {
    /// Lists the backups there are; needs no key of the store.
    List(LookArguments),
    /// Reads every object of the backups and says exactly what is damaged; needs no key of the store.
    Check(CheckArguments),
    /// Shows where the backups go, or sets it with --to.
    Plan(PlanArguments),
    /// Deletes every backup of a store that is named by its id.
    Dispose(DisposeArguments),
    /// Destroys a copy of the store, restores it elsewhere, compares every event and call record, and measures.
    Drill(DrillArguments),
}

#[derive(clap::Args)]
struct TakeArguments {
    /// Where data is kept [default: the user's own data folder].
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// The target: s3://bucket/folders, azure://account/container/folders or a folder [default: the plan's].
    #[arg(long)]
    to: Option<String>,
    #[command(flatten)]
    target: TargetArguments,
    #[command(flatten)]
    residency: ResidencyArguments,
    #[command(flatten)]
    key: KeyArguments,
    /// Takes a full backup, whatever is due; also reads back and mends the sealed files that are there.
    #[arg(long)]
    full: bool,
}

#[derive(clap::Args)]
struct LookArguments {
    /// Where data is kept [default: the user's own data folder].
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// The target [default: the plan's].
    #[arg(long)]
    from: Option<String>,
    #[command(flatten)]
    target: TargetArguments,
    /// Id of the store [default: that of the data folder, else the only one in the target].
    #[arg(long)]
    store: Option<StoreId>,
}

#[derive(clap::Args)]
struct CheckArguments {
    #[command(flatten)]
    look: LookArguments,
    /// Looks only whether every object is there in its size.
    #[arg(long)]
    quick: bool,
}

#[derive(clap::Args)]
struct PlanArguments {
    /// Where data is kept [default: the user's own data folder].
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// The target from now on.
    #[arg(long)]
    to: Option<String>,
    #[command(flatten)]
    target: TargetArguments,
    #[command(flatten)]
    residency: ResidencyArguments,
}

#[derive(clap::Args)]
struct DisposeArguments {
    /// The target.
    #[arg(long)]
    from: String,
    #[command(flatten)]
    target: TargetArguments,
    /// Id of the store.
    #[arg(long)]
    store: StoreId,
}

#[derive(clap::Args)]
struct DrillArguments {
    #[command(flatten)]
    look: LookArguments,
    #[command(flatten)]
    key: KeyArguments,
    /// An empty folder with room for the store twice [default: one that is removed afterwards].
    #[arg(long)]
    scratch: Option<PathBuf>,
}

pub(crate) async fn run(arguments: BackupArguments) -> Result<(), Failed> {
    match arguments.command {
        None => take(arguments.take).await,
        Some(BackupCommand::List(look)) => list(look).await,
        Some(BackupCommand::Check(check)) => check_all(check).await,
        Some(BackupCommand::Plan(plan)) => plan_for(plan),
        Some(BackupCommand::Dispose(dispose)) => {
            let target = dispose.target.find(Some(&dispose.from), None)?;
            dispose_backups(&target, dispose.store).await
        }
        Some(BackupCommand::Drill(drill)) => hold_drill(drill).await,
    }
}

/// What this computer's clock says.
pub(crate) fn now() -> Moment {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Moment(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

async fn take(arguments: TakeArguments) -> Result<(), Failed> {
    let directory = alone::data_dir(arguments.data_dir)?;
    let store = upkeep::key_file(&directory)?.store_id();
    let plan = arguments.target.plan(arguments.to.as_deref(), &arguments.residency, &directory)?;
    let target = arguments.target.open(&plan, store)?;
    let key = arguments.key.find(store)?;
    let opened = open(&directory, key).await?;
    let source = opened.source();
    let kind = if arguments.full { Kind::Full } else { Kind::Due };
    let began = now();
    let taken = working(async |meter, cancel| {
        let taken = Taker::new(&target, store).take(&source, kind, began, meter, cancel).await?;
        if taken.seq == 0 {
            expire(&target, store, began, cancel).await?;
        }
        Ok::<_, BackupError>(taken)
    })
    .await;
    note(&StatusFile::of(&directory), &plan, taken.as_ref().map(Good::from), began)?;
    let taken = taken?;
    let kind = if taken.seq == 0 { "Full backup" } else { "Backup" };
    println!(
        "{kind} {}/{} of {}: {}, read back and whole.",
        taken.chain,
        taken.seq,
        taken.at.local(),
        size(taken.bytes)
    );
    Ok(())
}

/// The status beside the store is of the plan's target; what goes elsewhere is not noted there.
fn note(
    file: &StatusFile,
    plan: &Plan,
    taken: Result<Good, &BackupError>,
    began: Moment,
) -> Result<(), Failed> {
    if file.plan().as_ref() != Some(plan) {
        return Ok(());
    }
    let mut status = file.read();
    match taken {
        Ok(good) => {
            status.good = Some(good);
            status.trouble = None;
        }
        Err(BackupError::Cancelled) => return Ok(()),
        Err(error) => status.note_trouble(began, &error.to_string()),
    }
    Ok(file.write(&status)?)
}

async fn open(directory: &Path, key: StoreKey) -> Result<OpenVault, Failed> {
    let directory = directory.to_owned();
    on_disk(move || {
        let seen = newest_seen(upkeep::key_file(&directory)?.store_id());
        Ok(OpenVault::open(&directory, &key, seen)?)
    })
    .await
}

async fn look(arguments: &LookArguments, depth: Depth) -> Result<(PathBuf, Report), Failed> {
    let directory = alone::data_dir(arguments.data_dir.clone())?;
    let target = arguments.target.find(arguments.from.as_deref(), Some(&directory))?;
    let store = store_in(&target, arguments.store, Some(&directory)).await?;
    let report = working(async |meter, cancel| check(&target, store, depth, meter, cancel).await).await?;
    if report.chains.is_empty() {
        return Err(Failed::nothing(format!("there is no backup of store {store} in {target}")));
    }
    Ok((directory, report))
}

async fn list(arguments: LookArguments) -> Result<(), Failed> {
    let (_, report) = look(&arguments, Depth::Sizes).await?;
    for chain in &report.chains {
        println!("Chain {}", chain.name);
        chain.points.iter().for_each(|point| println!("  {}", line(point)));
    }
    for damage in report.damages() {
        println!("Damaged: {damage}");
    }
    Ok(())
}

fn line(point: &Point) -> String {
    let kind = if point.seq == 0 { "full" } else { "increment" };
    let state = match (point.is_restorable, point.sealed_lost) {
        (false, _) => "  cannot be restored".to_owned(),
        (true, 0) => String::new(),
        (true, lost) => format!("  without {lost} sealed files"),
    };
    format!("{}  {kind:<9} {:>10}{state}", point.at.local(), size(point.bytes))
}

async fn check_all(arguments: CheckArguments) -> Result<(), Failed> {
    let depth = if arguments.quick { Depth::Sizes } else { Depth::Content };
    let (directory, report) = look(&arguments.look, depth).await?;
    let mut wrong: Vec<String> = report.damages().map(ToString::to_string).collect();
    if arguments.look.from.is_none() {
        wrong.extend(missing_newest(&StatusFile::of(&directory), &report));
    }
    let Some(newest) = report.newest_restorable(None) else {
        wrong.iter().for_each(|damage| println!("{damage}"));
        return Err(Failed::damaged("nothing can be restored"));
    };
    if wrong.is_empty() {
        let count = report.points().count();
        println!("{count} backups are whole; the newest is of {}.", newest.at.local());
        return Ok(());
    }
    wrong.iter().for_each(|damage| println!("{damage}"));
    Err(Failed::damaged(format!("the newest state that can be restored is of {}", newest.at.local())))
}

/// Backups that are gone at the end of the chain leave no gap; the status beside the store remembers the newest.
fn missing_newest(file: &StatusFile, report: &Report) -> Option<String> {
    let good = file.read().good?;
    let is_there = |point: &Point| (point.chain, point.seq) >= (good.chain, good.seq);
    let words = || format!("backup {}/{} of {} was there and is gone", good.chain, good.seq, good.at.local());
    (!report.points().any(is_there)).then(words)
}

fn plan_for(arguments: PlanArguments) -> Result<(), Failed> {
    let directory = alone::data_dir(arguments.data_dir)?;
    let file = StatusFile::of(&directory);
    if arguments.to.is_some() {
        upkeep::key_file(&directory)?;
        let plan = arguments.target.plan(arguments.to.as_deref(), &arguments.residency, &directory)?;
        plan.place.check(&plan.residency)?;
        file.set_plan(Some(plan))?;
    }
    let Some(plan) = file.plan() else { return Err(Failed::nothing("no backup is planned")) };
    println!("Backups go to {}, in {}.", plan.place, plan.place.check(&plan.residency)?);
    println!("The data of this deployment may be kept in {}.", plan.residency);
    let status = file.read();
    match status.good {
        Some(good) => println!("The newest good backup is of {}.", good.at.local()),
        None => println!("There is no good backup yet."),
    }
    if let Some(trouble) = status.trouble {
        println!("The last attempt, {}, failed: {}.", trouble.at.local(), trouble.words);
    }
    Ok(())
}

async fn hold_drill(arguments: DrillArguments) -> Result<(), Failed> {
    let directory = alone::data_dir(arguments.look.data_dir.clone())?;
    let store = upkeep::key_file(&directory)?.store_id();
    let key = arguments.key.find(store)?;
    let is_planned = arguments.look.from.is_some() || StatusFile::of(&directory).plan().is_some();
    let target = if is_planned {
        Some(arguments.look.target.find(arguments.look.from.as_deref(), Some(&directory))?)
    } else {
        println!("No backup is planned: one is taken for the drill, into the scratch folder.");
        None
    };
    // The vault says better than the store whether another program has it.
    drop(OpenVault::open(&directory, &key, None)?);
    let drilled = match &arguments.scratch {
        Some(scratch) => drill_in(&directory, &key, target, scratch).await,
        None => {
            let scratch = tempfile::Builder::new().prefix("usher-drill-").tempdir()?;
            drill_in(&directory, &key, target, scratch.path()).await
        }
    };
    tell(&drilled?)
}

async fn drill_in(
    directory: &Path,
    key: &StoreKey,
    target: Option<::backup::Target>,
    scratch: &Path,
) -> Result<Drilled, Failed> {
    let setting = Drill { directory, key, target, scratch };
    Ok(working(async |meter, cancel| drill(setting, now, meter, cancel).await).await?)
}

fn tell(drilled: &Drilled) -> Result<(), Failed> {
    let Drilled { restored, events, events_lost, records, rpo_ms, rto_ms, findings } = drilled;
    println!(
        "Restored the state of {}: {} pages, {} sealed files.",
        restored.at.local(),
        restored.pages,
        restored.sealed
    );
    println!(
        "{events} events and {records} call records compared; {events_lost} events are newer than the backup."
    );
    let minutes = |ms: u64| ms as f64 / 60_000.0;
    match rpo_ms {
        Some(ms) => println!("RPO reached: {:.1} of {} minutes.", minutes(*ms), RPO_MS / 60_000),
        None => println!("RPO not measured: the backup was taken for the drill."),
    }
    println!("RTO reached: {:.2} of {} minutes.", minutes(*rto_ms), RTO_MS / 60_000);
    if !findings.is_empty() {
        return Err(Failed::damaged(findings.join("; ")));
    }
    if rpo_ms.is_some_and(|ms| ms > RPO_MS) || *rto_ms > RTO_MS {
        return Err(Failed::promise_missed("everything is there, but the promise was missed"));
    }
    println!("Everything is there.");
    Ok(())
}
