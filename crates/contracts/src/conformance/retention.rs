//! The suite of what ends by its age.

use std::collections::BTreeSet;

use engine::{AttendantId, CallId, Origin, PartyId, RecordingId, ServiceId, Span, Timestamp};
use reporting::{CallRecord, RecordChange, TransferEnd, UserState, Voicemail};

use super::reports::{DAY, Dice, agree, some_call, some_state};
use super::{WORKS, address, arrivals, attempt};
use crate::board::{Snapshot, fold_away};
use crate::book::PartyBook;
use crate::ids::Ids;
use crate::imports::{ImportState, ImportedCall, ImportedName, Imports};
use crate::journal::{Journal, PAGE_MAX};
use crate::recordings::RecordingBook;
use crate::records::{CALLS_MAX, RecordCursor, RecordFilter, Records};
use crate::reports::Reports;
use crate::retention::{EVENTS_STEP, Kept, Over, PARTY_AGE_MS, Retention};
use crate::voicemails::{VoicemailBook, VoicemailFilter};

/// Everything at once that ends by its age.
pub trait Ends:
    Journal + Records + Reports + PartyBook + Imports + RecordingBook + VoicemailBook + Retention
{
}
impl<S: Journal + Records + Reports + PartyBook + Imports + RecordingBook + VoicemailBook + Retention> Ends
    for S
{
}

/// What is asked of a store that forgets (DATA-6).
pub async fn retention<S: Ends>(make: impl AsyncFn() -> S) {
    calls_and_states_go_by_their_age_and_out_of_every_sum(&make().await).await;
    a_message_goes_with_what_is_said_in_it(&make().await).await;
    names_and_numbers_go_with_the_last_that_speaks_of_them(&make().await).await;
    transfers_and_orders_that_were_given_up_go_by_their_age(&make().await).await;
    events_go_by_their_age_and_what_they_came_to_stays(&make().await).await;
    the_newest_is_the_newest_event_or_call(&make().await).await;
}

/// Step by step to the end.
async fn erase(store: &impl Ends, kept: Kept, before: i64, spared: &[u64]) -> u64 {
    let spared: BTreeSet<PartyId> = spared.iter().copied().map(PartyId).collect();
    let (mut erased, mut from) = (0, Some(0));
    while let Some(next) = from {
        let over = Over { before: Timestamp(before), spared: &spared, has_erased: false };
        let step = store.erase_old(kept, over, next).await.expect(WORKS);
        erased += step.erased;
        from = step.next;
    }
    erased
}

async fn calls_and_states_go_by_their_age_and_out_of_every_sum(store: &impl Ends) {
    let mut dice = Dice(11);
    // More than a step erases.
    let mut calls: Vec<CallRecord> = (1..=1_300).map(|call| some_call(&mut dice, call)).collect();
    calls[0].arrived = Timestamp(DAY);
    let mut states: Vec<UserState> = (0..60).map(|_| some_state(&mut dice)).collect();
    let simulated = CallRecord { origin: Origin::Simulated, arrived: Timestamp(DAY - 1), ..calls[1].clone() };
    let simulated = CallRecord { call: CallId(9_999), ..simulated };
    let lease = store.take_lease("suite").await.expect(WORKS);
    let puts: Vec<_> = calls.iter().chain([&simulated]).cloned().map(RecordChange::Put).collect();
    Journal::append(store, lease, 0, &[], &puts).await.expect(WORKS);
    let ended: Vec<_> = states.iter().copied().map(RecordChange::StateEnded).collect();
    Journal::append(store, lease, 0, &[], &ended).await.expect(WORKS);
    while !store.build_rollups(500).await.expect(WORKS).complete {}

    let old = calls.iter().filter(|record| record.arrived.0 < DAY).count() as u64;
    assert!(old > 500, "more than one step: {old}");
    assert_eq!(erase(store, Kept::Calls, DAY, &[]).await, old + 1);
    calls.retain(|record| record.arrived.0 >= DAY);
    agree(store, &calls, &states).await;
    let left = store.calls(&RecordFilter::default(), CALLS_MAX).await.expect(WORKS);
    assert!(left.iter().all(|record| record.arrived.0 >= DAY));
    let border = RecordCursor { arrived: Timestamp(DAY + 1), call: CallId(0), part: 0 };
    let filter = RecordFilter { before: Some(border), ..RecordFilter::default() };
    let oldest = store.calls(&filter, 10).await.expect(WORKS);
    assert_eq!(oldest, calls[..1], "what is as old as that to the moment stays");
    let filter = RecordFilter { simulated: true, ..RecordFilter::default() };
    assert!(store.calls(&filter, 10).await.expect(WORKS).is_empty());

    let old = states.iter().filter(|state| state.ended.0 < DAY).count() as u64;
    assert_eq!(erase(store, Kept::States, DAY, &[]).await, old);
    states.retain(|state| state.ended.0 >= DAY);
    agree(store, &calls, &states).await;
    for kept in [Kept::Calls, Kept::States] {
        assert_eq!(erase(store, kept, DAY, &[]).await, 0, "once is enough");
    }

    assert!(erase(store, Kept::Calls, i64::MAX, &[]).await > 0);
    assert!(erase(store, Kept::States, i64::MAX, &[]).await > 0);
    agree(store, &[], &[]).await;
}

async fn a_message_goes_with_what_is_said_in_it(store: &impl Ends) {
    let lease = store.take_lease("suite").await.expect(WORKS);
    for (id, left) in [(1, 10), (2, 20)] {
        let recording = RecordingId(id);
        store.begin(recording).await.expect(WORKS);
        RecordingBook::append(store, recording, &[7; 800]).await.expect(WORKS);
        store.finish(recording).await.expect(WORKS);
        let voicemail = Voicemail {
            recording,
            call: CallId(id),
            service: ServiceId(1),
            party: PartyId(id),
            left: Timestamp(left),
            length: Span(100),
            origin: Origin::Live,
        };
        let left = [RecordChange::VoicemailLeft(voicemail)];
        Journal::append(store, lease, 0, &[], &left).await.expect(WORKS);
    }
    assert_eq!(erase(store, Kept::Voicemails, 20, &[]).await, 1);
    let left = store.voicemails(&VoicemailFilter::default(), 10).await.expect(WORKS);
    assert_eq!(left.iter().map(|kept| kept.voicemail.recording.0).collect::<Vec<_>>(), [2]);
    assert_eq!(RecordingBook::read(store, RecordingId(1)).await.expect(WORKS), None);
    assert!(RecordingBook::read(store, RecordingId(2)).await.expect(WORKS).is_some());
}

async fn names_and_numbers_go_with_the_last_that_speaks_of_them(store: &impl Ends) {
    let young = Ids::first_at(DAY - 1_000) + 5;
    for (id, number) in [(1, "4010"), (2, "4011"), (3, "4012"), (4, "4013"), (young, "4014")] {
        store.party_of(Some(&address(number)), Some("Anna"), PartyId(id)).await.expect(WORKS);
    }
    let lease = store.take_lease("suite").await.expect(WORKS);
    let transfer = RecordChange::TransferEnded(attempt(9, 3, DAY, TransferEnd::PutThrough));
    Journal::append(store, lease, 0, &[], &[transfer]).await.expect(WORKS);
    let mut dice = Dice(3);
    let mut call = |call: u64, service: u64, party: u64, arrived: i64, attendant: u64| {
        let mut record = CallRecord { imported: true, party: PartyId(party), ..some_call(&mut dice, call) };
        (record.service, record.arrived) = (Some(ServiceId(service)), Timestamp(arrived));
        record.user_sessions.iter_mut().for_each(|session| session.attendant = AttendantId(attendant));
        ImportedCall { row: call, record, caller: None }
    };
    let calls = vec![call(1, 71, 1, DAY - 1, 81), call(2, 72, 2, DAY + 1, 82)];
    let name = |service, attendant| {
        [
            ImportedName::Service(ServiceId(service), "Regular".into()),
            ImportedName::Attendant(AttendantId(attendant), "AVI".into()),
        ]
    };
    let names = [name(71, 81), name(72, 82)].concat();
    store.take_calls("old", calls, names, ImportState::default()).await.expect(WORKS);
    assert_eq!(erase(store, Kept::Names, DAY, &[]).await, 0, "calls speak of them");

    assert_eq!(erase(store, Kept::Calls, DAY, &[]).await, 1);
    assert_eq!(erase(store, Kept::Names, DAY, &[]).await, 2);
    let mut left = store.imported_names().await.expect(WORKS);
    left.sort();
    assert_eq!(left, name(72, 82));

    let before = DAY - PARTY_AGE_MS;
    assert_eq!(erase(store, Kept::Callers, before, &[4]).await, 1);
    for (id, stays) in [(1, false), (2, true), (3, true), (4, true), (young, true)] {
        assert_eq!(store.party(PartyId(id)).await.expect(WORKS).is_some(), stays, "{id}");
    }
    let again = store.party_of(Some(&address("4010")), None, PartyId(44)).await.expect(WORKS);
    assert_eq!((again.id, again.display_name), (PartyId(44), None), "who calls again is somebody new");
    assert_eq!(erase(store, Kept::Callers, before + 3 * PARTY_AGE_MS, &[44]).await, 2, "no longer young");
}

async fn transfers_and_orders_that_were_given_up_go_by_their_age(store: &impl Ends) {
    let lease = store.take_lease("suite").await.expect(WORKS);
    let ended = |at| RecordChange::TransferEnded(attempt(1, 2, at, TransferEnd::PutThrough));
    let ended: Vec<_> = (0..1_200).map(ended).collect();
    Journal::append(store, lease, 0, &arrivals(1..=1), &ended).await.expect(WORKS);
    assert_eq!(erase(store, Kept::Transfers, 1_100, &[]).await, 1_100);
    assert_eq!(store.transfers_kept(PartyId(1)).await.expect(WORKS), 100);

    let orders = store.pending(10).await.expect(WORKS);
    assert_eq!(orders.len(), 2);
    store.done(orders[0].name, Some("no such number 4010")).await.expect(WORKS);
    assert_eq!(erase(store, Kept::Orders, 1, &[]).await, 0);
    assert_eq!(erase(store, Kept::Orders, i64::MAX, &[]).await, 1);
    assert!(store.given_up(10).await.expect(WORKS).is_empty());
    assert_eq!(store.pending(10).await.expect(WORKS).len(), 1, "what waits is never erased");
}

async fn events_go_by_their_age_and_what_they_came_to_stays(store: &impl Ends) {
    let lease = store.take_lease("suite").await.expect(WORKS);
    let last = u64::from(EVENTS_STEP) + 500;
    let mut entries = arrivals(1..=last);
    entries.iter_mut().for_each(|entry| entry.effects.clear());
    Journal::append(store, lease, 0, &entries, &[]).await.expect(WORKS);
    let events = Journal::read(store, 0, PAGE_MAX).await.expect(WORKS);
    let all = fold_away(Snapshot::default(), &events);
    assert!(!all.switchboard.calls.is_empty() && !all.fold.live.is_empty(), "calls go on over the border");
    store.set_down_at("suite", fold_away(Snapshot::default(), &events[..10])).await.expect(WORKS);

    let (erased, border) = (u64::from(EVENTS_STEP) + 100, events[EVENTS_STEP as usize + 100].at);
    assert_eq!(erase(store, Kept::Events, border.0, &[]).await, erased);
    let left = Journal::read(store, 0, PAGE_MAX).await.expect(WORKS);
    assert_eq!(left, events[erased as usize..], "what is as old as that to the moment stays");
    let beginning = store.beginning().await.expect(WORKS);
    assert_eq!(beginning.sequence, erased);
    assert_eq!(fold_away(beginning, &left), all, "from there it comes to the same");
    assert_eq!(store.set_down("suite").await.expect(WORKS), None, "whose next events are gone is of no use");
    assert_eq!(erase(store, Kept::Events, border.0, &[]).await, 0, "once is enough");

    assert_eq!(erase(store, Kept::Events, i64::MAX, &[]).await, last - erased - 1, "the last one stays");
    let next = arrivals(last + 1..=last + 2);
    Journal::append(store, lease, last, &next, &[]).await.expect("the next has its number");
    // Its orders wait for ever, so it stays for as long.
    assert_eq!(erase(store, Kept::Events, i64::MAX, &[]).await, 1);
    let left = Journal::read(store, 0, PAGE_MAX).await.expect(WORKS);
    assert_eq!(left.iter().map(|event| event.sequence).collect::<Vec<_>>(), [last + 1, last + 2]);
}

async fn the_newest_is_the_newest_event_or_call(store: &impl Ends) {
    assert_eq!(store.newest().await.expect(WORKS), None);
    let lease = store.take_lease("suite").await.expect(WORKS);
    let call = CallRecord { arrived: Timestamp(7), ..some_call(&mut Dice(1), 1) };
    Journal::append(store, lease, 0, &[], &[RecordChange::Put(call)]).await.expect(WORKS);
    assert_eq!(store.newest().await.expect(WORKS), Some(Timestamp(7)));
    let entries = arrivals(1..=2);
    let at = entries.last().map(|entry| entry.at);
    Journal::append(store, lease, 0, &entries, &[]).await.expect(WORKS);
    assert_eq!(store.newest().await.expect(WORKS), at);
}
