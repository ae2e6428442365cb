//! A thousand random chains against an oracle: the store as it was.

use std::sync::Arc;

use backup::{Depth, Hash, Kind, Moment, Source, Taker, Target};
use object_store::ObjectStoreExt;
use object_store::memory::InMemory;
use rand::Rng;
use rand::rngs::StdRng;

use crate::shaky::objects_of;
use crate::world::{BEGIN, MINUTE_MS, SealedStore, State, assert_restores, at, dice, in_memory, look, take};

/// Chains, in four tests that run side by side.
const CHAINS: u32 = 250;

async fn random_chains(test: &str) {
    let mut dice = dice(test);
    for _ in 0..CHAINS {
        let pages = if dice.random_range(0..40) == 0 { 5000 } else { dice.random_range(1..60) };
        one_chain(&mut dice, pages).await;
    }
}

/// Takes some backups of a living store, and restores it at each of them.
async fn one_chain(dice: &mut StdRng, pages: u32) {
    let (store, target) = (SealedStore::new(pages), in_memory());
    let mut taker = Taker::new(&target, store.store());
    let mut now = BEGIN;
    let mut then: Vec<(Moment, State)> = Vec::new();
    for _ in 0..dice.random_range(1..=5) {
        for _ in 0..dice.random_range(0..4) {
            store.live(dice);
        }
        now = Moment(now.0 + dice.random_range(1..=40 * MINUTE_MS));
        let kind = if dice.random_range(0..10) == 0 { Kind::Full } else { Kind::Due };
        if dice.random_range(0..3) == 0 {
            // As after a restart: what is known comes from the target.
            taker = Taker::new(&target, store.store());
        }
        take(&taker, &store, kind, now).await.expect("it is taken");
        then.push((now, store.state()));
    }
    let report = look(&target, &store, Depth::Content).await;
    assert_eq!(report.damages().count(), 0);
    assert_eq!(report.points().filter(|point| point.is_restorable).count(), then.len());
    for (moment, state) in &then {
        assert_restores(&target, &store, at(*moment), state).await;
    }
}

#[tokio::test]
async fn a_random_chain_restores_to_each_of_its_states_1() {
    random_chains("a_random_chain_restores_to_each_of_its_states_1").await;
}

#[tokio::test]
async fn a_random_chain_restores_to_each_of_its_states_2() {
    random_chains("a_random_chain_restores_to_each_of_its_states_2").await;
}

#[tokio::test]
async fn a_random_chain_restores_to_each_of_its_states_3() {
    random_chains("a_random_chain_restores_to_each_of_its_states_3").await;
}

#[tokio::test]
async fn a_random_chain_restores_to_each_of_its_states_4() {
    random_chains("a_random_chain_restores_to_each_of_its_states_4").await;
}

/// What stands behind that which a manifest says: who made it, and the sum over all.
const SIGNATURE_AND_HASH_BYTES: usize = 34 + 32;

/// Manifests come from outside: whatever bytes they are, reading them ends with an answer.
#[tokio::test]
async fn a_manifest_of_any_bytes_is_refused_and_never_panics() {
    let mut dice = dice("a_manifest_of_any_bytes");
    let (store, objects) = (SealedStore::new(5), Arc::new(InMemory::new()));
    let target = Target::around(objects.clone(), "memory");
    take(&Taker::new(&target, store.store()), &store, Kind::Due, BEGIN).await.expect("it is taken");
    let manifest = objects_of(&objects).await.into_iter().find(|path| path.as_ref().ends_with("manifest"));
    let manifest = manifest.expect("a backup has one");
    let whole = objects.get(&manifest).await.expect("it is there").bytes().await.expect("it is there");
    let signed = whole.len() - SIGNATURE_AND_HASH_BYTES;
    for _ in 0..2_000 {
        let mut bytes = whole[..dice.random_range(0..=whole.len())].to_vec();
        for _ in 0..dice.random_range(0..4) {
            if !bytes.is_empty() {
                let at = dice.random_range(0..bytes.len());
                bytes[at] = dice.random();
            }
        }
        if dice.random() {
            // A right hash, so that what lies behind it is reached.
            let hash = Hash::of(&bytes);
            bytes.extend(hash.0);
        }
        // A check has no key, so a wrong signature under a right hash is for whoever restores to find.
        let says_the_same = bytes.len() == whole.len() && bytes[..signed] == whole[..signed];
        objects.put(&manifest, bytes.into()).await.expect("it is written");
        let report = look(&target, &store, Depth::Sizes).await;
        assert!(says_the_same || report.damages().count() > 0 || report.chains.is_empty(), "{report:?}");
    }
}
