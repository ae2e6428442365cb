//! `usher restore`: brings a store back from its backups into a folder that is empty or not there.

use std::path::{Path, PathBuf};

use backup::{Moment, OnDamage, StoreId, Wanted, restore};

use upkeep::{Restoring, put_in_place};

use crate::backup::now;
use crate::given::{KeyArguments, TargetArguments, newest_seen, store_in};
use crate::outcome::Failed;
use crate::working::working;

#[derive(clap::Args)]
pub(crate) struct RestoreArguments {
    /// The backups: s3://bucket/folders, azure://account/container/folders or a folder.
    #[arg(long)]
    from: String,
    #[command(flatten)]
    target: TargetArguments,
    /// The folder the store is restored into; empty, or not there.
    #[arg(long)]
    to: PathBuf,
    /// A store that is in that folder is kept beside it, under another name, and the restored one takes its place.
    #[arg(long)]
    replace: bool,
    /// The newest state not after this: 2026-11-26T08:30:00+01:00 or "2026-11-26 08:30" [default: the newest].
    #[arg(long)]
    until: Option<Moment>,
    /// Where that is damaged, goes back to the newest state before it that is whole.
    #[arg(long)]
    go_back: bool,
    /// Id of the store [default: the only one in the target].
    #[arg(long)]
    store: Option<StoreId>,
    #[command(flatten)]
    key: KeyArguments,
}

pub(crate) async fn run(arguments: RestoreArguments) -> Result<(), Failed> {
    let RestoreArguments { from, target, to, replace, until, go_back, store, key } = arguments;
    let target = target.find(Some(&from), None)?;
    let store = store_in(&target, store, None).await?;
    let key = key.find(store)?;
    let on_damage = if go_back { OnDamage::GoBack } else { OnDamage::Refuse };
    let wanted = Wanted { until, on_damage };
    let opener = Restoring { key: &key, seen: newest_seen(store) };
    let place = if replace { beside(&to, ".restored") } else { to.clone() };
    let restored =
        working(async |meter, cancel| restore(&target, store, wanted, &place, &opener, meter, cancel).await)
            .await?;
    if replace && let Some(before) = put_in_place(&place, &to, &now().to_string().replace(':', ""))? {
        println!("What was there is kept in {}.", before.display());
    }
    for damage in &restored.damages {
        println!("Damaged, and passed over: {damage}");
    }
    println!(
        "Restored the state of {} into {}: {} pages, {} sealed files, each opened with the store's key.",
        restored.at.local(),
        to.display(),
        restored.pages,
        restored.sealed
    );
    Ok(())
}

fn beside(place: &Path, suffix: &str) -> PathBuf {
    let mut name = place.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
