//! The suite of imports.

use engine::{AttendantId, PartyId, ServiceId};
use reporting::CallRecord;

use super::reports::{Dice, agree, some_call};
use super::{WORKS, address, out_of_range};
use crate::book::PartyBook;
use crate::imports::{IMPORT_MAX, ImportState, ImportedCall, ImportedName, Imports};
use crate::records::{RecordFilter, Records};
use crate::reports::Reports;

/// What is asked of a store that takes calls over (REPORT-5).
pub async fn imports<S: Imports + Reports + Records + PartyBook>(make: impl AsyncFn() -> S) {
    the_same_call_is_taken_once_and_counts(&make().await).await;
    rows_whose_ids_meet_are_calls_of_their_own(&make().await).await;
    callers_are_the_parties_that_are_known(&make().await).await;
    imports_keep_their_limits(&make().await).await;
}

fn imported(dice: &mut Dice, call: u64) -> CallRecord {
    CallRecord { imported: true, ..some_call(dice, call) }
}

fn unknown(record: &CallRecord) -> ImportedCall {
    ImportedCall { row: record.call.0, record: record.clone(), caller: None }
}

async fn the_same_call_is_taken_once_and_counts<S: Imports + Reports + Records>(store: &S) {
    let mut dice = Dice(9);
    let calls: Vec<CallRecord> = (1..=50).map(|call| imported(&mut dice, call)).collect();
    let batch = |range: std::ops::Range<usize>| calls[range].iter().map(unknown).collect::<Vec<_>>();
    assert_eq!(store.import_state("old").await.expect(WORKS), None);
    let read = ImportState { file: "a".into(), rows: 32, refused: 2, ..ImportState::default() };
    let kept = store.take_calls("old", batch(0..30), vec![], read.clone()).await.expect(WORKS);
    assert_eq!(kept, ImportState { taken: 30, known: 0, ..read });
    assert_eq!(store.import_state("old").await.expect(WORKS), Some(kept.clone()));
    let read = ImportState { rows: 60, finished: true, ..kept };
    let kept = store.take_calls("old", batch(10..50), vec![], read.clone()).await.expect(WORKS);
    assert_eq!(kept, ImportState { taken: 50, known: 20, ..read });
    assert_eq!(store.import_state("other").await.expect(WORKS), None);
    agree(store, &calls, &[]).await;
    let told = store.calls(&RecordFilter::default(), 100).await.expect(WORKS);
    assert_eq!(told.len(), 50);
    assert!(told.iter().all(|record| record.imported), "they are marked");

    let names = vec![
        ImportedName::Service(ServiceId(7), "Regular".into()),
        ImportedName::Attendant(AttendantId(9), "AVI".into()),
    ];
    let state = ImportState::default();
    for _ in 0..2 {
        store.take_calls("old", vec![], names.clone(), state.clone()).await.expect(WORKS);
    }
    let mut told = store.imported_names().await.expect(WORKS);
    told.sort();
    assert_eq!(told, names);
}

/// REPORT-5: none is silently dropped, not even where 31 bits do not tell two rows of one second apart.
async fn rows_whose_ids_meet_are_calls_of_their_own<S: Imports + Reports + Records>(store: &S) {
    // The last of its second, so that the next place is the first of the same second.
    let last = (7 << 31) | ((1 << 31) - 1);
    let record = imported(&mut Dice(5), last);
    let batch: Vec<ImportedCall> =
        (1..=3).map(|row| ImportedCall { row, record: record.clone(), caller: None }).collect();
    let read = ImportState { rows: 3, ..ImportState::default() };
    let kept = store.take_calls("old", batch[..2].to_vec(), vec![], read.clone()).await.expect(WORKS);
    assert_eq!((kept.taken, kept.known), (2, 0));
    for known in [2, 3] {
        let kept = store.take_calls("old", batch.clone(), vec![], read.clone()).await.expect(WORKS);
        assert_eq!((kept.taken, kept.known), (3 - known, known), "the same rows again are the same calls");
    }
    let told = store.calls(&RecordFilter::default(), 10).await.expect(WORKS);
    let mut ids: Vec<u64> = told.iter().map(|record| record.call.0).collect();
    ids.sort_unstable();
    assert_eq!(ids, [7 << 31, (7 << 31) + 1, last]);
    agree(store, &told, &[]).await;
}

async fn callers_are_the_parties_that_are_known<S: Imports + Records + PartyBook>(store: &S) {
    let anna = store.party_of(Some(&address("+41445556677")), Some("Anna"), PartyId(3)).await.expect(WORKS);
    let mut dice = Dice(2);
    let of = |dice: &mut Dice, call: u64, party: u64, number: Option<&str>| ImportedCall {
        row: call,
        record: CallRecord { party: PartyId(party), ..imported(dice, call) },
        caller: number.map(address),
    };
    let batch = vec![
        of(&mut dice, 1, 101, Some("+41445556677")),
        of(&mut dice, 2, 102, Some("4010")),
        of(&mut dice, 3, 103, Some("4010")),
        of(&mut dice, 4, 104, None),
    ];
    store.take_calls("old", batch, vec![], ImportState::default()).await.expect(WORKS);
    let mut parties: Vec<(u64, u64)> = store
        .calls(&RecordFilter::default(), 10)
        .await
        .expect(WORKS)
        .iter()
        .map(|record| (record.call.0, record.party.0))
        .collect();
    parties.sort_unstable();
    assert_eq!(parties, [(1, 3), (2, 102), (3, 102), (4, 104)]);
    assert_eq!(store.party(anna.id).await.expect(WORKS), Some(anna));
    assert_eq!(
        store.party(PartyId(102)).await.expect(WORKS).and_then(|party| party.address),
        Some(address("4010"))
    );
}

async fn imports_keep_their_limits<S: Imports>(store: &S) {
    let call = imported(&mut Dice(1), 1);
    let take = async |source: &str, calls: Vec<ImportedCall>, names| {
        store.take_calls(source, calls, names, ImportState::default()).await
    };
    out_of_range(take("", vec![], vec![]).await);
    out_of_range(take(&"x".repeat(201), vec![], vec![]).await);
    out_of_range(take("old", vec![unknown(&call); IMPORT_MAX + 1], vec![]).await);
    out_of_range(take("old", vec![], vec![ImportedName::Service(ServiceId(1), String::new())]).await);
    out_of_range(take("old", vec![unknown(&CallRecord { imported: false, ..call.clone() })], vec![]).await);
    out_of_range(take("old", vec![unknown(&CallRecord { ended: None, ..call })], vec![]).await);
    assert_eq!(store.import_state("old").await.expect(WORKS), None, "what is refused leaves nothing");
}
