//! What is thrown away, and when: a chain a day after a newer whole one replaced it (DATA-7), never the newest whole one, and
//! whatever no manifest names any more. Purged and erased records leave the backups this way, within two days (DATA-6).

use std::collections::BTreeSet;
use tokio_util::sync::CancellationToken;
use vault::keys::StoreId;

use crate::chain::Chain;
use crate::error::BackupError;
use crate::layout::{ChainName, Moment, ObjectName};
use crate::manifest::Manifest;
use crate::take::CHAIN_MS_MAX;
use crate::target::{Shelf, Target};

/// How long a replaced chain is kept, and an object that no manifest names.
const KEPT_MS: u64 = CHAIN_MS_MAX;

/// What was thrown away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expired {
    /// Chains.
    pub chains: Vec<ChainName>,
    /// Objects, those of the chains among them.
    pub objects: u64,
}

/// Throws away what has expired. Broken off anywhere, it leaves whole chains and chains that are shorter at their newer end.
pub async fn expire(
    target: &Target,
    store: StoreId,
    now: Moment,
    cancel: &CancellationToken,
) -> Result<Expired, BackupError> {
    let shelf = target.shelf(store, cancel);
    let mut kept = Vec::new();
    let mut unfinished = Vec::new();
    for name in shelf.chains().await? {
        match Chain::read(&shelf, store, name).await? {
            Some(chain) => kept.push(chain),
            None => unfinished.push(name),
        }
    }
    let is_whole = |chain: &Chain| {
        chain.damage.is_none() && !chain.manifests.is_empty() && chain.missing_pieces().next().is_none()
    };
    let mut expired = Expired::default();
    let Some(newest) = kept.iter().rposition(is_whole) else { return Ok(expired) };
    let replaced_by = |chain: &Chain| {
        let began = chain.manifests.first().map(|first| first.manifest.at);
        is_whole(chain) && began.and_then(|began| now.since_ms(began)).is_some_and(|age| age >= KEPT_MS)
    };
    // Everything before the newest of those that have stood for a day.
    let Some(replacing) = kept[..=newest].iter().rposition(replaced_by) else { return Ok(expired) };
    let newer = kept.split_off(replacing);
    for chain in kept {
        expired.objects += delete_chain(&shelf, chain.name).await?;
        expired.chains.push(chain.name);
    }
    for name in unfinished.into_iter().filter(|name| newer.iter().any(|chain| chain.name > *name)) {
        expired.objects += delete_chain(&shelf, name).await?;
    }
    expired.objects += delete_unnamed(&shelf, &newer, now).await?;
    Ok(expired)
}

/// Deletes every backup of a store: the end of a tenant (DATA-8).
pub async fn dispose(
    target: &Target,
    store: StoreId,
    cancel: &CancellationToken,
) -> Result<Expired, BackupError> {
    let shelf = target.shelf(store, cancel);
    let mut gone = Expired::default();
    for name in shelf.chains().await? {
        gone.objects += delete_chain(&shelf, name).await?;
        gone.chains.push(name);
    }
    for object in shelf.shared().await? {
        shelf.delete(object.name).await?;
        gone.objects += 1;
    }
    Ok(gone)
}

/// The newest manifest first, so that what is left after a power cut is a chain.
async fn delete_chain(shelf: &Shelf, chain: ChainName) -> Result<u64, BackupError> {
    let mut objects: Vec<ObjectName> =
        shelf.of_chain(chain).await?.into_iter().map(|object| object.name).collect();
    // Manifests sort before pages, in their order; reversed, pages would go first.
    objects.sort_by_key(|name| match name {
        ObjectName::Manifest { seq, .. } => (0, u32::MAX - seq),
        ObjectName::Pages { seq, .. } => (1, u32::MAX - seq),
        ObjectName::Keys(_) | ObjectName::Sealed(_) => (2, 0),
    });
    for name in &objects {
        shelf.delete(*name).await?;
    }
    shelf.sweep(chain);
    Ok(objects.len() as u64)
}

/// Key files and parts of sealed files that no chain names. Fresh ones may belong to a backup that is being taken.
async fn delete_unnamed(shelf: &Shelf, chains: &[Chain], now: Moment) -> Result<u64, BackupError> {
    // What a chain that cannot be read to its end names, nobody knows.
    if chains.iter().any(|chain| chain.damage.is_some()) {
        return Ok(0);
    }
    let mut named = BTreeSet::new();
    for Manifest { keys, sealed_added, .. } in
        chains.iter().flat_map(|chain| &chain.manifests).map(|proven| &proven.manifest)
    {
        named.insert(ObjectName::Keys(keys.sha256));
        named.extend(sealed_added.iter().flat_map(|file| &file.parts).map(|part| ObjectName::Sealed(*part)));
    }
    let mut deleted = 0;
    for object in shelf.shared().await? {
        let is_old = now.since_ms(object.modified).is_some_and(|age_ms| age_ms >= KEPT_MS);
        if is_old && !named.contains(&object.name) {
            shelf.delete(object.name).await?;
            deleted += 1;
        }
    }
    Ok(deleted)
}
