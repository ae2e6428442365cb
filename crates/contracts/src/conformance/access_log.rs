//! The suite of the access log. Tampering is not here: no log lets itself be tampered with through the contract; see
//! `contracts/tests/tampering.rs` and the store's own tests.

use std::num::NonZeroU32;

use engine::Timestamp;

use super::{WORKS, out_of_range};
use crate::access_log::{
    AccessLog, Actor, Anchor, Anchored, BATCH_MAX, Entry, Fault, Hash, IdText, Kind, Link, ObjectRef,
    Outcome, PAGE_MAX, Purge, RETENTION_MS, Receipt, SubjectNames, Verdict, Word, ZERO_HASH, chained,
    gap_entry, purge_before, reaches, verify, words_of_the_log as words,
};
use crate::ids::{PersonId, UnitId};

/// The access log.
pub async fn access_log<L: AccessLog>(make: impl AsyncFn() -> L) {
    every_entry_is_read_back_as_it_was_and_chained(&make().await).await;
    pages_follow_one_another(&make().await).await;
    the_head_follows_the_log(&make().await).await;
    a_refused_batch_leaves_nothing(&make().await).await;
    appends_that_race_leave_no_gap(&make().await).await;
    a_purge_drops_the_beginning_and_proves_it(&make().await).await;
    a_purge_stops_at_the_first_entry_that_is_young(&make().await).await;
    a_log_that_was_purged_whole_goes_on(&make().await).await;
    what_was_purged_too_early_is_found(&make().await).await;
    an_anchor_that_the_log_does_not_reach_is_found(&make().await).await;
    a_gap_that_was_found_at_a_start_is_told_ever_after(&make().await).await;
    strangers_are_told_apart(&make().await).await;
}

async fn every_entry_is_read_back_as_it_was_and_chained(log: &impl AccessLog) {
    let entries = all_sorts();
    let receipt = log.append_all(entries.clone()).await.expect(WORKS);
    assert_eq!(receipt, Receipt { sequence: entries.len() as u64 });
    let links = all(log).await;
    assert_eq!(links.len(), entries.len());
    let mut before = ZERO_HASH;
    for ((sequence, link), entry) in (1..).zip(&links).zip(&entries) {
        assert_eq!((link.sequence, link.at), (sequence, entry.at));
        assert_eq!(link.entry().as_ref(), Ok(entry));
        assert_eq!(link.hash, chained(before, &link.bytes));
        before = link.hash;
    }
    assert_eq!(log.purged().await.expect(WORKS), Purge::NONE);
    assert_eq!(verdict(log, None).await, clean(entries.len() as u64, Anchored::Not));
}

async fn pages_follow_one_another(log: &impl AccessLog) {
    for at in 1..=7 {
        assert_eq!(log.append(entry(at)).await.expect(WORKS), Receipt { sequence: at as u64 });
    }
    let sequences = async |after, limit| -> Vec<u64> {
        log.read(after, limit).await.expect(WORKS).iter().map(|link| link.sequence).collect()
    };
    assert_eq!(sequences(0, 3).await, [1, 2, 3]);
    assert_eq!(sequences(3, 3).await, [4, 5, 6]);
    assert_eq!(sequences(6, 3).await, [7]);
    assert_eq!(sequences(7, 3).await, [0; 0]);
    assert_eq!(sequences(u64::MAX, 3).await, [0; 0]);
    out_of_range(log.read(0, 0).await);
    out_of_range(log.read(0, PAGE_MAX + 1).await);
}

async fn the_head_follows_the_log(log: &impl AccessLog) {
    let mut watch = log.watch();
    assert_eq!((log.head().anchor, log.head().privileged), (Anchor::EMPTY, 0));
    log.append(entry(1)).await.expect(WORKS);
    assert!(watch.has_changed().expect("the log lives"), "told of each append");
    let head = *watch.borrow_and_update();
    let last = all(log).await.pop().expect("it was written");
    assert_eq!((head.anchor.sequence, head.anchor.hash, head.anchor.first_kept), (1, last.hash, 1));
    assert_eq!((head.anchor.count(), head.privileged), (1, 0));
    log.append_all(vec![entry(2).privileged(), entry(3)]).await.expect(WORKS);
    log.append(entry(4)).await.expect(WORKS);
    let head = log.head();
    assert_eq!((head.anchor.sequence, head.privileged), (4, 3), "the batch with the newest privileged entry");
    assert!(reaches(log, &head.anchor).await.expect(WORKS));
    assert!(reaches(log, &Anchor::EMPTY).await.expect(WORKS));
    assert_eq!(verdict(log, Some(&head.anchor)).await, clean(4, Anchored::Through(4)));
}

async fn a_refused_batch_leaves_nothing(log: &impl AccessLog) {
    out_of_range(log.append_all(Vec::new()).await);
    out_of_range(log.append_all(vec![entry(1); BATCH_MAX + 1]).await);
    assert_eq!(all(log).await, []);
    assert_eq!(log.head().anchor, Anchor::EMPTY);
    log.append_all(vec![entry(1); BATCH_MAX]).await.expect("the largest batch fits");
    assert_eq!(log.head().anchor.count(), BATCH_MAX as u64);
}

async fn appends_that_race_leave_no_gap(log: &impl AccessLog) {
    let append = async |at| log.append(entry(at)).await.expect(WORKS).sequence;
    let several = async |from: i64| [append(from).await, append(from + 1).await, append(from + 2).await];
    let (a, b, c) = tokio::join!(several(10), several(20), several(30));
    let mut places: Vec<u64> = [a, b, c].concat();
    places.sort_unstable();
    assert_eq!(places, (1..=9).collect::<Vec<u64>>(), "each has its place");
    assert_eq!(verdict(log, Some(&log.head().anchor)).await, clean(9, Anchored::Through(9)));
}

async fn a_purge_drops_the_beginning_and_proves_it(log: &impl AccessLog) {
    for at in 1..=5 {
        log.append(entry(at)).await.expect(WORKS);
    }
    let third = log.read(2, 1).await.expect(WORKS).pop().expect("it is there");
    let before_all = log.purge(Timestamp(1), Timestamp(RETENTION_MS)).await.expect(WORKS);
    assert_eq!((before_all.entries, before_all.first_kept), (0, 1), "nothing is old enough");
    assert_eq!(log.head().anchor.sequence, 5, "and nothing is written");

    let now = Timestamp(4 + RETENTION_MS);
    assert_eq!(purge_before(now), Timestamp(4));
    let purged = log.purge(purge_before(now), now).await.expect(WORKS);
    assert_eq!((purged.entries, purged.first_kept), (3, 4));
    let mark = log.purged().await.expect(WORKS);
    assert_eq!(mark, Purge { through: 3, hash: third.hash, last_at: Timestamp(3) });
    let links = all(log).await;
    assert_eq!(links.iter().map(|link| link.sequence).collect::<Vec<u64>>(), [4, 5, 6]);
    let proof = links[2].entry().expect("an entry");
    assert_eq!((proof.at, proof.actor), (now, Actor::System(words::ACCESS_LOG)));
    assert_eq!((proof.action, proof.times.get(), proof.privileged), (words::PURGED, 3, true));
    assert_eq!(proof.object.map(|object| object.id), Some(mark.to_id()), "what, and through which");

    let head = log.head();
    assert_eq!((head.anchor.first_kept, head.anchor.count(), head.privileged), (4, 3, 6));
    let whole = Verdict { purged: mark, ..clean(3, Anchored::Through(6)) };
    assert_eq!(verdict(log, Some(&head.anchor)).await, whole);
    let at_mark = Anchor { sequence: 3, hash: third.hash, first_kept: 1 };
    assert!(reaches(log, &at_mark).await.expect(WORKS));
    assert!(!reaches(log, &Anchor { hash: Hash([1; 32]), ..at_mark }).await.expect(WORKS));
    let old = Anchor { sequence: 2, hash: Hash([1; 32]), first_kept: 1 };
    assert!(reaches(log, &old).await.expect(WORKS), "nobody can say any more");
    assert_eq!(verdict(log, Some(&old)).await, Verdict { anchored: Anchored::Purged, ..whole });
}

async fn a_purge_stops_at_the_first_entry_that_is_young(log: &impl AccessLog) {
    for at in [1, 9, 2] {
        log.append(entry(at)).await.expect(WORKS);
    }
    let now = Timestamp(5 + RETENTION_MS);
    let purged = log.purge(purge_before(now), now).await.expect(WORKS);
    assert_eq!((purged.entries, purged.first_kept), (1, 2), "an older one behind it waits for it");
    let again = log.purge(purge_before(now), now).await.expect(WORKS);
    assert_eq!((again.entries, again.first_kept), (0, 2));
}

async fn a_log_that_was_purged_whole_goes_on(log: &impl AccessLog) {
    log.append_all(vec![entry(1), entry(2)]).await.expect(WORKS);
    let now = Timestamp(10 + RETENTION_MS);
    assert_eq!(log.purge(purge_before(now), now).await.expect(WORKS).entries, 2);
    assert_eq!(log.append(entry(now.0)).await.expect(WORKS).sequence, 4, "numbers go on");
    let later = Timestamp(now.0 + 1 + RETENTION_MS);
    assert_eq!(log.purge(purge_before(later), later).await.expect(WORKS).entries, 2, "the proof with it");
    let found = verdict(log, Some(&log.head().anchor)).await;
    let purged = log.purged().await.expect(WORKS);
    assert_eq!(found, Verdict { purged, ..clean(1, Anchored::Through(5)) });
}

async fn what_was_purged_too_early_is_found(log: &impl AccessLog) {
    log.append_all(vec![entry(1), entry(2)]).await.expect(WORKS);
    let now = Timestamp(1 + RETENTION_MS);
    assert_eq!(log.purge(Timestamp(3), now).await.expect(WORKS).entries, 2);
    let early = Fault::PurgedEarly { through: 2, made: Timestamp(2), purged: now };
    assert_eq!(verdict(log, None).await.fault, Some(early));
}

async fn an_anchor_that_the_log_does_not_reach_is_found(log: &impl AccessLog) {
    log.append_all(vec![entry(1), entry(2)]).await.expect(WORKS);
    let anchor = log.head().anchor;
    let ahead = Anchor { sequence: 3, ..anchor };
    assert!(!reaches(log, &ahead).await.expect(WORKS));
    let found = verdict(log, Some(&ahead)).await;
    assert_eq!((found.checked, found.fault), (2, Some(Fault::Truncated { last: 2, anchor: 3 })));
    let other = Anchor { hash: Hash([1; 32]), ..anchor };
    assert!(!reaches(log, &other).await.expect(WORKS));
    assert_eq!(verdict(log, Some(&other)).await.fault, Some(Fault::Rewritten { anchor: 2 }));
    let other_beginning = Anchor { hash: Hash([1; 32]), ..Anchor::EMPTY };
    assert_eq!(verdict(log, Some(&other_beginning)).await.fault, Some(Fault::Rewritten { anchor: 0 }));
}

async fn a_gap_that_was_found_at_a_start_is_told_ever_after(log: &impl AccessLog) {
    let lost = Anchor { sequence: 40, hash: Hash([1; 32]), first_kept: 1 };
    log.append_all(vec![entry(1), gap_entry(Some(&lost), Timestamp(2)), entry(3)]).await.expect(WORKS);
    log.append(gap_entry(None, Timestamp(4))).await.expect(WORKS);
    let found = verdict(log, Some(&log.head().anchor)).await;
    assert_eq!(found.fault, None);
    let gaps: Vec<_> = found.gaps.iter().map(|gap| (gap.sequence, gap.at.0, gap.anchor)).collect();
    assert_eq!(gaps, [(2, 2, Some(40)), (4, 4, None)]);
}

async fn strangers_are_told_apart(log: &impl AccessLog) {
    let stranger = |tenant, object| log.stranger(SubjectNames { tenant, object });
    assert_eq!(stranger("a", "b"), stranger("a", "b"));
    let all =
        [stranger("a", "b"), stranger("a", "c"), stranger("b", "b"), stranger("ab", ""), stranger("", "ab")];
    for (at, one) in all.iter().enumerate() {
        assert!(!all[at + 1..].contains(one), "{at}");
    }
}

async fn verdict(log: &impl AccessLog, anchor: Option<&Anchor>) -> Verdict {
    let mut told = 0;
    let mut tell = |done, total| {
        assert!(done <= total);
        told = done;
    };
    let found = verify(log, anchor, &mut tell).await.expect(WORKS);
    assert!(told <= found.checked);
    found
}

fn clean(checked: u64, anchored: Anchored) -> Verdict {
    Verdict { checked, purged: Purge::NONE, anchored, fault: None, gaps: Vec::new() }
}

async fn all(log: &impl AccessLog) -> Vec<Link> {
    log.read(0, PAGE_MAX).await.expect(WORKS)
}

fn entry(at_ms: i64) -> Entry {
    let action = Word::of("handle-calls");
    Entry::once(Timestamp(at_ms), Actor::Person(PersonId(7)), Kind::Access, action, Outcome::Allowed)
}

/// Every actor, kind and outcome, with and without what may be missing, and the ends of every range.
fn all_sorts() -> Vec<Entry> {
    let object =
        |id: &str| Some(ObjectRef { kind: Word::of("service"), id: IdText::parse(id).expect("an id") });
    let longest = Word::parse(&"x".repeat(128)).expect("the longest word");
    let mut all = Vec::new();
    for (at, kind) in (0..).zip(Kind::ALL) {
        all.push(Entry { kind, ..entry(at) });
    }
    for actor in [
        Actor::Local,
        Actor::Person(PersonId(u64::MAX)),
        Actor::Stranger(crate::access_log::Stranger([0xfe; 16])),
        Actor::System(longest.clone()),
    ] {
        all.push(Entry { actor, ..entry(10) });
    }
    for outcome in [
        Outcome::Allowed,
        Outcome::Refused(Word::of("request.forbidden")),
        Outcome::Failed(longest.clone()),
        Outcome::Done,
    ] {
        all.push(Entry { outcome, object: object("1f"), unit: Some(UnitId(3)), ..entry(11) });
    }
    all.push(Entry {
        at: Timestamp(i64::MAX),
        actor: Actor::System(longest.clone()),
        kind: Kind::Exception,
        action: longest.clone(),
        object: Some(ObjectRef {
            kind: longest.clone(),
            id: IdText::parse(&"F".repeat(128)).expect("the longest id"),
        }),
        unit: Some(UnitId(u64::MAX)),
        privileged: true,
        outcome: Outcome::Refused(longest),
        times: NonZeroU32::MAX,
    });
    all.push(Entry { at: Timestamp(i64::MIN), ..entry(0) });
    all
}
