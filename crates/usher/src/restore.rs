//! `usher restore`: brings a store back from its backups into a folder that is empty or not there.

use std::path::PathBuf;

use backup::{Moment, OnDamage, StoreId, Wanted, restore};
use identity::Keychain;
use upkeep::Restorer;

use crate::given::{KeyArguments, TargetArguments, store_in};
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
    let RestoreArguments { from, target, to, until, go_back, store, key } = arguments;
    let target = target.find(Some(&from), None)?;
    let store = store_in(&target, store, None).await?;
    let restorer = Restorer { key: key.find(store)?, seen: newest_seen(store) };
    let on_damage = if go_back { OnDamage::GoBack } else { OnDamage::Refuse };
    let wanted = Wanted { until, on_damage };
    let restored =
        working(async |meter, cancel| restore(&target, store, wanted, &to, &restorer, meter, cancel).await)
            .await?;
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

/// What the keychain of this computer has seen of the store. On another computer, or without a keychain, that is nothing.
fn newest_seen(store: StoreId) -> Option<upkeep::Witness> {
    upkeep::witness(store, &Keychain::new()).unwrap_or_else(|error| {
        tracing::debug!(%error, "the keychain does not say how new the data was");
        None
    })
}
