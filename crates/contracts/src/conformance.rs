//! Suites that every implementation of a contract passes: memory, SQLite, and those to come. A suite takes a function
//! that makes a fresh, empty store, asks only through the contract's own methods, and panics where a promise is broken.
//! What only one implementation can do (files, crashes) is tested beside it.

mod access_log;
mod changes;
mod imports;
mod lines;
mod numbers;
mod personal;
mod reports;
mod retention;
mod roster;
mod sources;
mod subjects;

use std::collections::BTreeSet;

use engine::{
    AttendantId, CallId, Effect, End, Event, Failure, Leg, Origin, PartyId, RecordingId, ReleaseCause,
    ServiceId, SoundId, Span, Timestamp, TransferId, Treatment,
};
use reporting::{
    CallRecord, Outcome, RecordChange, TransferAttempt, TransferEnd, UserOutcome, UserSession, Voicemail,
};

use crate::address::Address;
use crate::board::{Snapshot, fold_away};
use crate::book::{
    CHANGED_MAX, CUSTOM_MAX, Contact, ContactBook, Custom, ENDPOINTS_MAX, Endpoint, EndpointKind, IDS_MAX,
    KEY_CHARS_MAX, KeptContact, PAGE_MAX as CONTACTS_PAGE_MAX, PART_CONTACTS_MAX, PartyBook, TEXT_CHARS_MAX,
};
use crate::journal::{ENTRIES_MAX, Entry, Journal, Lease, PAGE_MAX, StoreError};
use crate::limits::REASON_CHARS_MAX;
use crate::recordings::{APPEND_SAMPLES_MAX, RECORDING_SAMPLES_MAX, RecordingBook};
use crate::records::{CALLS_MAX, LikelyTarget, RecordCursor, RecordFilter, Records, TARGETS_MAX};
use crate::safekeeping::{
    BackupPlan, BackupTarget, CONFIRMED_WORDS_MIN, Protection, RECOVERY_WORDS, Recovery, RecoveryKey,
    RecoveryWord, Safekeeping, SafekeepingError,
};
use crate::secrets::{Secret, Secrets};
use crate::settings::{SETTING_BYTES_MAX, SETTING_KEY_BYTES_MAX, SettingsStore};
use crate::sounds::{
    SAMPLE_RATE_HZ, SOUND_SAMPLES_MAX, SOUNDS_MAX, SPEECH_CHARS_MAX, Sound, SoundBook, SoundEntry, SoundFile,
    SoundKind,
};
use crate::telephony::{LEG_WORDS_BYTES_MAX, LegBook, OrderName};
use crate::voicemails::{VOICEMAILS_MAX, VoicemailBook, VoicemailCursor, VoicemailFilter};

pub use self::access_log::access_log;
pub use self::changes::changes;
pub use self::imports::imports;
pub use self::numbers::numbers;
pub use self::personal::personal;
pub use self::reports::{Dice, agree, reports, some_call};
pub use self::retention::retention;
pub use self::subjects::subjects;
pub use roster::roster;
pub use sources::sources;

const WORKS: &str = "the store works";

/// The journal and its outbox.
pub async fn journal<S: Journal + Records>(make: impl AsyncFn() -> S) {
    events_are_read_back_in_order_and_in_pages(&make().await).await;
    an_append_is_conditional_on_the_sequence(&make().await).await;
    only_the_newest_lease_appends(&make().await).await;
    a_refused_append_leaves_nothing(&make().await).await;
    racing_writers_leave_no_gap_and_lose_nothing(&make().await).await;
    orders_wait_in_order_until_they_are_done(&make().await).await;
    an_order_that_was_given_up_keeps_its_reason(&make().await).await;
    records_can_be_written_without_events(&make().await).await;
    a_board_that_was_set_down_is_that_of_its_release(&make().await).await;
    the_journal_keeps_its_limits(&make().await).await;
}

/// Call records and transfer history.
pub async fn records<S: Journal + Records>(make: impl AsyncFn() -> S) {
    a_record_is_replaced_by_call_and_part(&make().await).await;
    every_outcome_is_read_back(&make().await).await;
    filters_narrow_and_live_never_mixes_with_simulated(&make().await).await;
    the_cursor_visits_every_record_once(&make().await).await;
    transfer_history_tells_what_is_likely(&make().await).await;
    transfer_history_goes_by_age_and_when_somebody_asks_for_it(&make().await).await;
    every_end_of_a_transfer_is_read_back(&make().await).await;
    records_keep_their_limits(&make().await).await;
}

/// The party book.
pub async fn parties<S: PartyBook>(make: impl AsyncFn() -> S) {
    one_address_is_one_party(&make().await).await;
    a_withheld_number_is_a_new_party_each_time(&make().await).await;
    a_display_name_is_kept_tidy(&make().await).await;
    a_party_id_belongs_to_one_party(&make().await).await;
}

/// Address books.
pub async fn contacts<S: ContactBook>(make: impl AsyncFn() -> S) {
    contacts_are_read_back_whole(&make().await).await;
    a_book_is_replaced_and_the_others_stay(&make().await).await;
    a_book_with_one_contact_too_large_is_refused_whole(&make().await).await;
    a_contact_keeps_its_id_as_long_as_its_key(&make().await).await;
    a_contact_without_a_key_is_known_by_name_and_first_address(&make().await).await;
    a_book_told_in_parts_is_the_book_told_at_once(&make().await, &make().await).await;
    what_is_set_aside_is_in_no_book_until_it_is_taken_over(&make().await).await;
    an_update_changes_what_it_names_and_nothing_else(&make().await).await;
    a_long_key_is_as_good_as_a_short_one(&make().await).await;
    contacts_are_found_by_their_ids_and_read_in_pages(&make().await).await;
    colleagues_are_of_the_same_department(&make().await).await;
    lines::suite(&make).await;
    an_image_is_kept_with_the_revision_it_is_of(&make().await).await;
    what_changed_since_the_image_is_known(&make().await).await;
}

/// Settings.
pub async fn settings<S: SettingsStore>(make: impl AsyncFn() -> S) {
    let store = make().await;
    assert_eq!(store.get("theme").await.expect(WORKS), None);
    store.put("theme", "{\"dark\":true}").await.expect(WORKS);
    store.put("theme", "{\"dark\":false}").await.expect(WORKS);
    store.put("other", "1").await.expect(WORKS);
    assert_eq!(
        store.get("theme").await.expect(WORKS).as_deref(),
        Some("{\"dark\":false}"),
        "the newer replaces"
    );

    let largest = "x".repeat(SETTING_BYTES_MAX);
    store.put("large", &largest).await.expect("the largest setting fits");
    out_of_range(store.put("large", &format!("{largest}x")).await);
    out_of_range(store.put("", "1").await);
    out_of_range(store.put(&"k".repeat(SETTING_KEY_BYTES_MAX + 1), "1").await);
    assert_eq!(
        store.get("large").await.expect(WORKS).as_deref(),
        Some(largest.as_str()),
        "a refused one changes nothing"
    );
}

/// Lines that outlive the process.
pub async fn legs<S: LegBook>(make: impl AsyncFn() -> S) {
    let store = make().await;
    let (first, second) = (Leg::Caller(CallId(7)), Leg::Target(TransferId(7)));
    store.keep(second, "second".to_owned()).await.expect(WORKS);
    store.keep(first, "first".to_owned()).await.expect(WORKS);
    store.keep(second, "second again".to_owned()).await.expect(WORKS);
    let kept = vec![(second, "second again".to_owned()), (first, "first".to_owned())];
    assert_eq!(store.all().await.expect(WORKS), kept, "oldest first; new words do not make a line younger");

    out_of_range(store.keep(first, "x".repeat(LEG_WORDS_BYTES_MAX + 1)).await);
    store.forget(Leg::Caller(CallId(8))).await.expect("a line never kept is forgotten without a word");
    store.forget(second).await.expect(WORKS);
    assert_eq!(store.all().await.expect(WORKS), vec![(first, "first".to_owned())]);
}

/// Sounds.
pub async fn sounds<S: SoundBook>(make: impl AsyncFn() -> S) {
    a_sound_is_read_back_sample_by_sample(&make().await).await;
    a_sound_is_renamed_replaced_and_removed(&make().await).await;
    a_sound_beyond_the_limits_is_refused(&make().await).await;
}

/// Recordings.
pub async fn recordings<S: RecordingBook>(make: impl AsyncFn() -> S) {
    a_recording_grows_until_it_is_finished(&make().await).await;
    a_recording_that_was_left_is_taken_up_again(&make().await).await;
    an_empty_recording_leaves_nothing(&make().await).await;
    a_recording_keeps_its_limits(&make().await).await;
    a_discarded_recording_is_gone(&make().await).await;
}

/// Voicemails.
pub async fn voicemails<S: Journal + VoicemailBook>(make: impl AsyncFn() -> S) {
    a_voicemail_is_written_with_its_event_and_once(&make().await).await;
    voicemails_come_newest_first_in_pages(&make().await).await;
    a_voicemail_is_handled_forwarded_and_removed(&make().await).await;
    live_voicemails_never_mix_with_simulated(&make().await).await;
}

/// Keys and backup of a new console. `folder` is where backups may be written: an absolute path, empty, and another one
/// for each store that `make` makes or shared by all.
pub async fn safekeeping<S: Safekeeping>(make: impl AsyncFn() -> S, folder: &str) {
    a_recovery_key_is_shown_until_it_is_confirmed_and_never_again(&make().await).await;
    the_old_recovery_key_stays_until_the_new_one_is_confirmed(&make().await).await;
    keys_are_renewed_while_the_store_is_open(&make().await).await;
    a_backup_leaves_a_point_to_restore_and_stays_in_its_jurisdiction(&make().await, folder).await;
}

/// Secrets. `name` names a secret that this suite may overwrite and forgets at the end.
pub fn secrets(store: &impl Secrets, name: &str) {
    store.forget(name).expect(WORKS);
    assert!(store.get(name).expect(WORKS).is_none(), "a forgotten secret is not there");
    store.put(name, &Secret::new(b"one".to_vec())).expect(WORKS);
    store.put(name, &Secret::new("zwei \u{1f511}\0".into())).expect(WORKS);
    let kept = store.get(name).expect(WORKS).expect("the secret is there");
    assert_eq!(kept.danger_expose(), "zwei \u{1f511}\0".as_bytes(), "the newer replaces, every byte kept");
    assert!(!format!("{kept:?}").contains("zwei"), "a secret is never printed");
    store.forget(name).expect(WORKS);
    store.forget(name).expect("forgetting twice is no error");
    assert!(store.get(name).expect(WORKS).is_none());
}

// -- journal -----------------------------------------------------------------------------------------------------------

async fn events_are_read_back_in_order_and_in_pages(store: &impl Journal) {
    assert!(store.read(0, 10).await.expect(WORKS).is_empty(), "a new journal is empty");
    let lease = store.take_lease("suite").await.expect(WORKS);
    store.append(lease, 0, &arrivals(1..=5), &[]).await.expect(WORKS);
    store.append(lease, 5, &arrivals(6..=7), &[]).await.expect(WORKS);

    let mut seen = Vec::new();
    loop {
        let page = store.read(seen.len() as u64, 3).await.expect(WORKS);
        assert!(page.len() <= 3);
        if page.is_empty() {
            break;
        }
        seen.extend(page);
    }
    assert_eq!(
        seen.iter().map(|recorded| recorded.sequence).collect::<Vec<_>>(),
        (1..=7).collect::<Vec<_>>()
    );
    for (recorded, entry) in seen.iter().zip(arrivals(1..=7)) {
        assert_eq!((recorded.at, &recorded.event), (entry.at, &entry.event));
    }
}

async fn an_append_is_conditional_on_the_sequence(store: &impl Journal) {
    let lease = store.take_lease("suite").await.expect(WORKS);
    store.append(lease, 0, &arrivals(1..=2), &[]).await.expect(WORKS);
    for stale in [0, 1, 3, u64::MAX] {
        conflict(store.append(lease, stale, &arrivals(9..=9), &[]).await);
    }
    assert_eq!(store.read(0, 10).await.expect(WORKS).len(), 2);
    store.append(lease, 2, &arrivals(3..=3), &[]).await.expect("the right sequence number still appends");
}

async fn only_the_newest_lease_appends(store: &impl Journal) {
    conflict(store.append(Lease { generation: 0 }, 0, &arrivals(1..=1), &[]).await);
    let old = store.take_lease("old").await.expect(WORKS);
    store.append(old, 0, &arrivals(1..=1), &[]).await.expect(WORKS);
    let new = store.take_lease("new").await.expect(WORKS);
    assert!(new.generation > old.generation, "generations grow");
    conflict(store.append(old, 1, &arrivals(2..=2), &[]).await);
    conflict(store.append(Lease { generation: new.generation + 1 }, 1, &arrivals(2..=2), &[]).await);
    store.append(new, 1, &arrivals(2..=2), &[]).await.expect(WORKS);
    conflict(store.append(old, 2, &arrivals(3..=3), &[]).await);
}

async fn a_refused_append_leaves_nothing<S: Journal + Records>(store: &S) {
    let lease = store.take_lease("suite").await.expect(WORKS);
    let changes = [
        RecordChange::Put(record(1, 1)),
        RecordChange::TransferEnded(attempt(1, 2, 100, TransferEnd::PutThrough)),
    ];
    conflict(store.append(lease, 5, &arrivals(1..=1), &changes).await);
    assert!(store.read(0, 10).await.expect(WORKS).is_empty());
    assert!(store.pending(10).await.expect(WORKS).is_empty());
    assert!(store.calls(&RecordFilter::default(), 10).await.expect(WORKS).is_empty());
    assert_eq!(store.transfers_kept(PartyId(1)).await.expect(WORKS), 0);

    store.append(lease, 0, &arrivals(1..=1), &changes).await.expect(WORKS);
    assert_eq!(store.read(0, 10).await.expect(WORKS).len(), 1);
    assert_eq!(store.pending(10).await.expect(WORKS).len(), 2);
    assert_eq!(store.calls(&RecordFilter::default(), 10).await.expect(WORKS).len(), 1);
    assert_eq!(store.transfers_kept(PartyId(1)).await.expect(WORKS), 1);
}

async fn racing_writers_leave_no_gap_and_lose_nothing(store: &impl Journal) {
    let lease = store.take_lease("suite").await.expect(WORKS);
    let writer = async |calls: std::ops::Range<u64>| {
        let mut after = 0;
        for call in calls {
            loop {
                match store.append(lease, after, &arrivals(call..=call), &[]).await {
                    Ok(()) => break after += 1,
                    Err(StoreError::Conflict(_)) => {
                        after += store.read(after, PAGE_MAX).await.expect(WORKS).len() as u64;
                    }
                    Err(other) => panic!("{other}"),
                }
            }
        }
    };
    tokio::join!(writer(0..20), writer(20..40), writer(40..60));
    let all = store.read(0, PAGE_MAX).await.expect(WORKS);
    assert!(all.iter().map(|recorded| recorded.sequence).eq(1..=60), "no gap, nothing twice");
    for call in 0..60 {
        assert_eq!(all.iter().filter(|recorded| recorded.event == arrival(call)).count(), 1);
    }
}

async fn orders_wait_in_order_until_they_are_done(store: &impl Journal) {
    let lease = store.take_lease("suite").await.expect(WORKS);
    store.append(lease, 0, &arrivals(1..=3), &[]).await.expect(WORKS);
    let name = |sequence, index| OrderName { sequence, index };
    let all = [name(1, 0), name(1, 1), name(2, 0), name(2, 1), name(3, 0), name(3, 1)];
    assert_eq!(pending_names(store, 100).await, all);
    assert_eq!(pending_names(store, 3).await, all[..3]);

    let first = store.pending(1).await.expect(WORKS).remove(0);
    let entry = arrivals(1..=1).remove(0);
    assert_eq!((first.at, first.effect), (entry.at, entry.effects[0]));

    store.done(name(2, 0), None).await.expect(WORKS);
    store.done(name(2, 0), None).await.expect("done twice is done");
    store.done(name(9, 9), None).await.expect("an order nobody knows is no error");
    assert_eq!(pending_names(store, 100).await, [name(1, 0), name(1, 1), name(2, 1), name(3, 0), name(3, 1)]);
    assert_eq!(store.read(0, 10).await.expect(WORKS).len(), 3, "the events stay");
}

async fn an_order_that_was_given_up_keeps_its_reason(store: &impl Journal) {
    let lease = store.take_lease("suite").await.expect(WORKS);
    store.append(lease, 0, &arrivals(1..=2), &[]).await.expect(WORKS);
    let (older, newer) = (OrderName { sequence: 1, index: 0 }, OrderName { sequence: 2, index: 1 });
    store.done(older, Some("refused: 403")).await.expect(WORKS);
    store.done(older, None).await.expect(WORKS);
    store.done(older, Some("another reason")).await.expect(WORKS);
    store.done(newer, Some(&"x".repeat(REASON_CHARS_MAX + 1))).await.expect(WORKS);

    assert_eq!(pending_names(store, 100).await.len(), 2);
    let given_up = store.given_up(10).await.expect(WORKS);
    assert_eq!(
        given_up.iter().map(|given| given.order.name).collect::<Vec<_>>(),
        [newer, older],
        "newest first"
    );
    assert_eq!(given_up[0].reason.len(), REASON_CHARS_MAX);
    assert_eq!(given_up[1].reason, "refused: 403", "the first reason stays");
    assert_eq!(store.given_up(1).await.expect(WORKS).len(), 1);
}

async fn records_can_be_written_without_events<S: Journal + Records>(store: &S) {
    let lease = store.take_lease("suite").await.expect(WORKS);
    store.append(lease, 0, &[], &[RecordChange::Put(record(1, 1))]).await.expect(WORKS);
    assert_eq!(store.calls(&RecordFilter::default(), 10).await.expect(WORKS), [record(1, 1)]);
    store.append(lease, 0, &arrivals(1..=1), &[]).await.expect("the sequence has not moved");
}

async fn a_board_that_was_set_down_is_that_of_its_release(store: &impl Journal) {
    assert_eq!(store.beginning().await.expect(WORKS), Snapshot::default());
    assert_eq!(store.set_down("1.0").await.expect(WORKS), None);
    let lease = store.take_lease("suite").await.expect(WORKS);
    store.append(lease, 0, &arrivals(1..=9), &[]).await.expect(WORKS);
    let events = store.read(0, 10).await.expect(WORKS);
    let [five, nine] = [5, 9].map(|events_in| fold_away(Snapshot::default(), &events[..events_in]));
    store.set_down_at("1.0", five).await.expect(WORKS);
    store.set_down_at("1.1", nine.clone()).await.expect(WORKS);
    assert_eq!(store.set_down("1.0").await.expect(WORKS), None, "another release may read events otherwise");
    assert_eq!(store.set_down("1.1").await.expect(WORKS), Some(nine));
    assert_eq!(store.read(0, 10).await.expect(WORKS).len(), 9, "the events stay");
    out_of_range(store.set_down_at("", Snapshot::default()).await);
}

async fn the_journal_keeps_its_limits(store: &impl Journal) {
    out_of_range(store.take_lease("").await);
    let lease = store.take_lease("suite").await.expect(WORKS);
    let most = ENTRIES_MAX as u64;
    out_of_range(store.append(lease, 0, &arrivals(1..=most + 1), &[]).await);
    store.append(lease, 0, &arrivals(1..=most), &[]).await.expect("the most entries fit");
    assert_eq!(store.read(0, PAGE_MAX).await.expect(WORKS).len(), ENTRIES_MAX);
    for limit in [0, PAGE_MAX + 1] {
        out_of_range(store.read(0, limit).await);
        out_of_range(store.pending(limit).await);
        out_of_range(store.given_up(limit).await);
    }
}

// -- records -----------------------------------------------------------------------------------------------------------

async fn a_record_is_replaced_by_call_and_part<S: Journal + Records>(store: &S) {
    let lease = store.take_lease("suite").await.expect(WORKS);
    let mut growing = record(1, 1);
    growing.user_sessions = vec![session(1, None), session(2, Some(UserOutcome::Declined))];
    let other_part = CallRecord { arrived: at(50), ..record(1, 2) };
    let changes = [RecordChange::Put(growing.clone()), RecordChange::Put(other_part.clone())];
    store.append(lease, 0, &[], &changes).await.expect(WORKS);
    assert_eq!(calls(store, &RecordFilter::default()).await, [other_part.clone(), growing.clone()]);

    growing.ended = Some(Timestamp(9_000));
    growing.outcome = Some(Outcome::UserInternalTransferSuccess);
    growing.connected_ms = 5_000;
    growing.user_sessions = vec![session(1, Some(UserOutcome::TransferredInternally))];
    growing.user_sessions[0].target = Some(PartyId(77));
    store.append(lease, 0, &[], &[RecordChange::Put(growing.clone())]).await.expect(WORKS);
    assert_eq!(calls(store, &RecordFilter::default()).await, [other_part, growing]);
}

async fn every_outcome_is_read_back<S: Journal + Records>(store: &S) {
    let lease = store.take_lease("suite").await.expect(WORKS);
    let mut put = Vec::new();
    for number in 1..=18 {
        let mut ended = record(u64::from(number), 1);
        ended.outcome = Some(crate::stored::read_outcome(number).expect("1–18 are outcomes"));
        ended.outbound = number >= 17;
        ended.service = (number < 17).then_some(ServiceId(3));
        let of_user =
            crate::stored::read_user_outcome(number % 8 + 1).expect("1–8 are user session outcomes");
        ended.user_sessions = vec![session(1, Some(of_user))];
        put.push(ended);
    }
    let changes: Vec<RecordChange> = put.iter().cloned().map(RecordChange::Put).collect();
    store.append(lease, 0, &[], &changes).await.expect(WORKS);
    put.reverse();
    assert_eq!(calls(store, &RecordFilter::default()).await, put);
}

async fn filters_narrow_and_live_never_mixes_with_simulated<S: Journal + Records>(store: &S) {
    let lease = store.take_lease("suite").await.expect(WORKS);
    let of = |call: u64, party: u64, service: Option<u64>, origin: Origin| CallRecord {
        party: PartyId(party),
        service: service.map(ServiceId),
        origin,
        ..record(call, 1)
    };
    let put = [
        of(1, 10, Some(1), Origin::Live),
        of(2, 10, Some(2), Origin::Live),
        of(3, 20, Some(1), Origin::Live),
        of(4, 10, Some(1), Origin::Simulated),
        of(5, 10, None, Origin::Live),
    ];
    store.append(lease, 0, &[], &put.map(RecordChange::Put)).await.expect(WORKS);

    let live = RecordFilter::default();
    let party = RecordFilter { party: Some(PartyId(10)), ..live.clone() };
    let service = RecordFilter { service: Some(ServiceId(1)), ..live.clone() };
    let both = RecordFilter { service: Some(ServiceId(1)), ..party.clone() };
    let before = RecordFilter { before: Some(RecordCursor::of(&record(3, 1))), ..live.clone() };
    let simulated = RecordFilter { simulated: true, ..live.clone() };
    let simulated_of_another = RecordFilter { party: Some(PartyId(20)), ..simulated.clone() };
    for (filter, want) in [
        (live, vec![5, 3, 2, 1]),
        (party, vec![5, 2, 1]),
        (service, vec![3, 1]),
        (both, vec![1]),
        (before, vec![2, 1]),
        (simulated, vec![4]),
        (simulated_of_another, vec![]),
    ] {
        let found: Vec<u64> = calls(store, &filter).await.iter().map(|record| record.call.0).collect();
        assert_eq!(found, want, "{filter:?}");
    }
}

async fn the_cursor_visits_every_record_once<S: Journal + Records>(store: &S) {
    let lease = store.take_lease("suite").await.expect(WORKS);
    let same_moment = |call, part| CallRecord { arrived: Timestamp(5), ..record(call, part) };
    let put = [
        same_moment(1, 1),
        same_moment(1, 2),
        same_moment(2, 1),
        same_moment(1, 3),
        record(9, 1),
        record(8, 1),
    ];
    store.append(lease, 0, &[], &put.map(RecordChange::Put)).await.expect(WORKS);
    let whole = calls(store, &RecordFilter::default()).await;
    assert_eq!(whole.len(), 6);

    let mut filter = RecordFilter::default();
    let mut seen = Vec::new();
    loop {
        let page = store.calls(&filter, 1).await.expect(WORKS);
        let Some(last) = page.last() else { break };
        filter.before = Some(RecordCursor::of(last));
        seen.extend(page);
    }
    assert_eq!(seen, whole, "one by one is the same as all at once");
}

async fn transfer_history_tells_what_is_likely<S: Journal + Records>(store: &S) {
    let lease = store.take_lease("suite").await.expect(WORKS);
    let busy = TransferEnd::CameBack(Failure::Busy);
    let changes = [
        attempt(1, 50, 100, TransferEnd::PutThrough),
        attempt(1, 51, 400, busy),
        attempt(1, 52, 300, TransferEnd::PutThrough),
        attempt(1, 50, 90, TransferEnd::PutThrough),
        attempt(2, 59, 999, TransferEnd::PutThrough),
        TransferAttempt { origin: Origin::Simulated, ..attempt(1, 58, 1, TransferEnd::PutThrough) },
        TransferAttempt { attendant: None, ..attempt(1, 50, 80, TransferEnd::Left) },
    ];
    let changes: Vec<RecordChange> = changes.into_iter().map(RecordChange::TransferEnded).collect();
    store.append(lease, 0, &[], &changes).await.expect(WORKS);

    let tells = |row: LikelyTarget| (row.target.0, row.times, row.tried, row.last.0, row.end);
    let of = async |caller, simulated, limit| {
        let rows =
            store.likely_targets(PartyId(caller), simulated, Timestamp(1_000), limit).await.expect(WORKS);
        rows.into_iter().map(tells).collect::<Vec<_>>()
    };
    let put_through = TransferEnd::PutThrough;
    let all = [(50, 2, 3, 100, put_through), (52, 1, 1, 300, put_through), (51, 0, 1, 400, busy)];
    assert_eq!(of(1, false, 50).await, all, "most likely first");
    assert_eq!(of(1, false, 2).await, all[..2]);
    assert_eq!(
        of(1, true, 50).await,
        [(58, 1, 1, 1, put_through)],
        "simulated transfers count for themselves"
    );
    assert_eq!(of(3, false, 50).await, []);

    let mine = store.attendant_targets(AttendantId(7), false, Timestamp(1_000), 50).await.expect(WORKS);
    let mine: Vec<_> = mine.into_iter().map(|row| (row.target.0, row.tried)).collect();
    assert_eq!(mine, [(50, 2), (59, 1), (52, 1), (51, 1)], "of all callers; a workflow is no attendant");
    assert!(store.attendant_targets(AttendantId(8), false, Timestamp(1), 50).await.expect(WORKS).is_empty());
}

async fn transfer_history_goes_by_age_and_when_somebody_asks_for_it<S: Journal + Records>(store: &S) {
    let lease = store.take_lease("suite").await.expect(WORKS);
    let put = |caller, target, at| {
        RecordChange::TransferEnded(attempt(caller, target, at, TransferEnd::PutThrough))
    };
    let changes =
        [put(1, 50, 100), put(1, 51, 200), put(2, 1, 300), put(2, 50, 300), put(3, 52, 300), put(3, 52, 400)];
    store.append(lease, 0, &[], &changes).await.expect(WORKS);
    let kept = async || {
        let mut kept = Vec::new();
        for caller in 1..=3 {
            kept.push(store.transfers_kept(PartyId(caller)).await.expect(WORKS));
        }
        kept
    };
    assert_eq!(kept().await, [2, 2, 2]);
    assert_eq!(store.purge_transfers(Timestamp(200)).await.expect(WORKS), 1, "what is from before");
    assert_eq!(kept().await, [1, 2, 2]);
    let erased = store.erase_transfers(Some(PartyId(1))).await.expect(WORKS);
    assert_eq!((erased, kept().await), (2, vec![0, 1, 2]), "DATA-10: as caller and as target");
    assert_eq!(store.erase_transfers(Some(PartyId(1))).await.expect(WORKS), 0);
    assert_eq!(store.erase_transfers(None).await.expect(WORKS), 3);
    assert_eq!(kept().await, [0, 0, 0]);
    let mine = store.attendant_targets(AttendantId(7), false, Timestamp(1), 50).await.expect(WORKS);
    assert_eq!(mine, []);
}

async fn every_end_of_a_transfer_is_read_back<S: Journal + Records>(store: &S) {
    use Failure::{Busy, CallerGone, Declined, Fault, Forbidden, NoAnswer, Unreachable};
    let failures = [Busy, Declined, NoAnswer, Unreachable, Forbidden, CallerGone, Fault];
    let failed = failures.into_iter().flat_map(|why| [TransferEnd::CameBack(why), TransferEnd::Refused(why)]);
    let ends: Vec<TransferEnd> =
        [TransferEnd::PutThrough, TransferEnd::Left].into_iter().chain(failed).collect();
    let lease = store.take_lease("suite").await.expect(WORKS);
    let attempts =
        (1..).zip(&ends).map(|(at, end)| RecordChange::TransferEnded(attempt(1, at, at as i64, *end)));
    store.append(lease, 0, &[], &attempts.collect::<Vec<_>>()).await.expect(WORKS);
    let mut rows = store.likely_targets(PartyId(1), false, Timestamp(1), 50).await.expect(WORKS);
    rows.sort_by_key(|row| row.target);
    assert_eq!(rows.into_iter().map(|row| row.end).collect::<Vec<_>>(), ends);
}

async fn records_keep_their_limits(store: &impl Records) {
    for limit in [0, CALLS_MAX + 1] {
        out_of_range(store.calls(&RecordFilter::default(), limit).await);
    }
    for limit in [0, TARGETS_MAX + 1] {
        out_of_range(store.likely_targets(PartyId(1), false, Timestamp(1), limit).await);
        out_of_range(store.attendant_targets(AttendantId(1), false, Timestamp(1), limit).await);
    }
}

// -- people ------------------------------------------------------------------------------------------------------------

async fn one_address_is_one_party(store: &impl PartyBook) {
    let (anna, bert) = (address("+41445556677"), address("bert@example.com"));
    let first = store.party_of(Some(&anna), Some("Anna"), PartyId(1)).await.expect(WORKS);
    assert_eq!(
        (first.id, first.address.as_ref(), first.display_name.as_deref()),
        (PartyId(1), Some(&anna), Some("Anna"))
    );
    let again = store.party_of(Some(&anna), None, PartyId(2)).await.expect(WORKS);
    assert_eq!(again, first, "the same party, and no name leaves the one kept");
    let renamed = store.party_of(Some(&anna), Some("Anna B."), PartyId(3)).await.expect(WORKS);
    assert_eq!((renamed.id, renamed.display_name.as_deref()), (PartyId(1), Some("Anna B.")));
    let other = store.party_of(Some(&bert), None, PartyId(4)).await.expect(WORKS);
    assert_eq!((other.id, other.display_name), (PartyId(4), None));

    assert_eq!(store.party(PartyId(1)).await.expect(WORKS), Some(renamed));
    assert_eq!(store.party(PartyId(2)).await.expect(WORKS), None, "an id that was not needed names nobody");
    let ids = [4, 2, 1, u64::MAX].map(PartyId);
    let found = store.parties(&ids).await.expect(WORKS);
    assert_eq!(found.iter().map(|party| party.id).collect::<Vec<_>>(), [4, 1].map(PartyId));
    let most = vec![PartyId(1); IDS_MAX];
    assert_eq!(store.parties(&most).await.expect(WORKS).len(), IDS_MAX);
    let refused = store.parties(&[most, vec![PartyId(1)]].concat()).await;
    assert!(matches!(refused, Err(StoreError::OutOfRange(_))), "{refused:?}");
}

async fn a_withheld_number_is_a_new_party_each_time(store: &impl PartyBook) {
    for id in [1, 2] {
        let party = store.party_of(None, Some("Anonymous"), PartyId(id)).await.expect(WORKS);
        assert_eq!((party.id, &party.address), (PartyId(id), &None));
        assert_eq!(store.party(PartyId(id)).await.expect(WORKS), Some(party));
    }
}

async fn a_display_name_is_kept_tidy(store: &impl PartyBook) {
    let anna = address("4010");
    for (name, want) in [(" Anna ", "Anna"), ("  ", "Anna"), ("", "Anna")] {
        let party = store.party_of(Some(&anna), Some(name), PartyId(1)).await.expect(WORKS);
        assert_eq!(party.display_name.as_deref(), Some(want));
    }
    let party = store.party_of(Some(&anna), Some(&"ü".repeat(9_999)), PartyId(1)).await.expect(WORKS);
    assert_eq!(
        party.display_name.map(|name| name.chars().count()),
        Some(TEXT_CHARS_MAX),
        "cut, never refused"
    );
}

async fn a_party_id_belongs_to_one_party(store: &impl PartyBook) {
    store.party_of(Some(&address("4010")), None, PartyId(1)).await.expect(WORKS);
    conflict(store.party_of(Some(&address("4011")), None, PartyId(1)).await);
    conflict(store.party_of(None, None, PartyId(1)).await);
    let next = store.party_of(Some(&address("4011")), None, PartyId(2)).await.expect(WORKS);
    assert_eq!(next.id, PartyId(2), "the refused attempt left nothing");
}

async fn contacts_are_read_back_whole(store: &impl ContactBook) {
    assert!(store.all().await.expect(WORKS).is_empty());
    let stored = store.replace("phones", vec![whole_contact(), contact("Bert")]).await.expect(WORKS);
    assert_eq!(store.all().await.expect(WORKS), stored);
    assert!(stored[0].id > 0 && stored[0].id < stored[1].id, "ids are given, and grow");
    assert_eq!(stored[0], Contact { id: stored[0].id, book: "phones".to_owned(), ..whole_contact() });
}

async fn a_contact_keeps_its_id_as_long_as_its_key(store: &impl ContactBook) {
    let keyed = |key: &str, name: &str| Contact { key: key.to_owned(), ..contact(name) };
    let old = store.replace("phones", vec![keyed("a", "Anna"), keyed("b", "Bert")]).await.expect(WORKS);
    let new = store.replace("phones", vec![keyed("c", "Cora"), keyed("a", "Anna B.")]).await.expect(WORKS);
    assert_eq!(new[1], Contact { display_name: "Anna B.".to_owned(), ..old[0].clone() });
    assert!(new[0].id > old[1].id, "an id never comes back for somebody else");
    let other = store.replace("partners", vec![keyed("a", "Anna")]).await.expect(WORKS);
    assert!(other[0].id > new[0].id, "a key is of its book");
    let back = store.replace("phones", vec![keyed("b", "Bert")]).await.expect(WORKS);
    assert!(back[0].id > other[0].id, "Bert was gone");
}

async fn a_contact_without_a_key_is_known_by_name_and_first_address(store: &impl ContactBook) {
    let at = |name: &str, address: &str, city: &str| Contact {
        endpoints: vec![endpoint(EndpointKind::Work, address)],
        city: city.to_owned(),
        ..contact(name)
    };
    let old = vec![at("Anna", "4010", "Bern"), at("Anna", "4010", "Chur"), at("Bert", "4010", "Bern")];
    let old = store.replace("phones", old).await.expect(WORKS);
    let ids = |contacts: &[Contact]| contacts.iter().map(|contact| contact.id).collect::<Vec<_>>();
    let mut keys: Vec<&str> = old.iter().map(|contact| contact.key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    assert!(keys.len() == 3 && keys.iter().all(|key| !key.is_empty()), "{keys:?}");

    let new = vec![at("Anna", "4010", "Uster"), at("Anna", "4010", "Chur"), at("Bert", "4011", "Bern")];
    let new = store.replace("phones", new).await.expect(WORKS);
    assert_eq!(ids(&new)[..2], ids(&old)[..2], "those of one name and address are told apart by their order");
    assert!(new[2].id > old[2].id, "another number, another contact");
}

async fn an_update_changes_what_it_names_and_nothing_else(store: &impl ContactBook) {
    let keyed = |key: &str, name: &str| Contact { key: key.to_owned(), ..contact(name) };
    let old = vec![keyed("a", "Anna"), keyed("b", "Bert"), keyed("c", "Cora")];
    let old = store.replace("phones", old).await.expect(WORKS);
    let other = store.replace("partners", vec![keyed("a", "Anna")]).await.expect(WORKS);

    let upserts = vec![keyed("d", "D."), keyed("a", "Anna B."), keyed("d", "Dora"), keyed("c", "Cora")];
    let removed = ["b", "c", "nobody", "b"].map(str::to_owned).to_vec();
    let applied = store.apply("phones", upserts, removed).await.expect(WORKS);
    let [anna, dora, cora] = &applied.upserted[..] else { panic!("three are left of four: {applied:?}") };
    assert_eq!((anna.id, anna.display_name.as_str()), (old[0].id, "Anna B."));
    assert_eq!(dora.display_name, "Dora", "the last of one key is the newest");
    assert_eq!(*cora, old[2], "what is changed and removed at once stays");
    assert_eq!(applied.removed, [old[1].id]);
    let all = vec![anna.clone(), cora.clone(), other[0].clone(), dora.clone()];
    assert_eq!(store.all().await.expect(WORKS), all, "in order of the ids");
    assert_eq!(store.count("phones").await.expect(WORKS), 3);
    assert_eq!(store.count("nowhere").await.expect(WORKS), 0);

    let large = vec![keyed("e", "Eva"), keyed("f", "")];
    out_of_range(store.apply("phones", large, vec!["a".to_owned()]).await);
    assert_eq!(store.all().await.expect(WORKS), all, "all or nothing");
}

async fn a_long_key_is_as_good_as_a_short_one(store: &impl ContactBook) {
    let long = |end: &str| format!("{}{end}", "x".repeat(4_096));
    let keyed = |end: &str| Contact { key: long(end), ..contact("Anna") };
    let old = store.replace("phones", vec![keyed("a"), keyed("b")]).await.expect(WORKS);
    assert!(old.iter().all(|contact| contact.key.chars().count() <= KEY_CHARS_MAX));
    let applied = store.apply("phones", vec![keyed("b")], vec![long("a")]).await.expect(WORKS);
    assert_eq!((applied.upserted[0].id, applied.removed), (old[1].id, vec![old[0].id]));
}

/// DIR-1, DIR-4, DIR-5: keys, ids, managers and who goes are the same, however the book came.
async fn a_book_told_in_parts_is_the_book_told_at_once(parts: &impl ContactBook, whole: &impl ContactBook) {
    let keyed = |key: &str, name: &str| Contact { key: key.to_owned(), ..contact(name) };
    let led = |contact: Contact, manager: &str| Contact { manager: manager.to_owned(), ..contact };
    let old = [keyed("a", "Anna"), keyed("b", "Bert"), keyed("c", "Cora")].to_vec();
    // Several of one name in several parts; managers who come later, are called by two, or by nobody; a manager whose key is
    // somebody else's manager's name.
    let told = [
        vec![led(contact("Twin"), "Dora"), contact("Twin"), led(keyed("c", "Cora B."), "Twin")],
        Vec::new(),
        vec![
            contact("Twin"),
            led(keyed("a", "Anna"), "Nobody"),
            keyed("d", "Dora"),
            led(contact("Emil"), "d"),
        ],
        vec![
            contact("Twin"),
            contact("Twin"),
            led(keyed("Dora", "Fritz"), "emil"),
            led(keyed("g", "G"), "g"),
        ],
    ];
    let mut shown = Vec::new();
    for (store, in_parts) in [(parts as &dyn ContactBook, true), (whole as &dyn ContactBook, false)] {
        let before = store.replace("phones", old.clone()).await.expect(WORKS);
        store.replace("partners", vec![contact("Anna")]).await.expect(WORKS);
        if in_parts {
            for part in told.clone() {
                store.set_aside("phones", part).await.expect(WORKS);
            }
            let aside = told.iter().map(|part| part.len() as u64).sum();
            assert_eq!(store.take_over("phones", aside).await.expect(WORKS), aside);
        } else {
            store.replace("phones", told.concat()).await.expect(WORKS);
        }
        let all: Vec<Contact> = store.all().await.expect(WORKS).into_iter().collect();
        let stayed = |id: u64| before.iter().any(|contact| contact.id == id);
        let mut book: Vec<(String, String, String, bool)> = all
            .into_iter()
            .filter(|contact| contact.book == "phones")
            .map(|contact| (contact.display_name, contact.key, contact.manager, stayed(contact.id)))
            .collect();
        book.sort();
        assert!(book.iter().all(|(name, ..)| name != "Bert"));
        let keys: BTreeSet<&String> = book.iter().map(|(_, key, ..)| key).collect();
        assert_eq!(keys.len(), 11, "each has a key of its own");
        // Which number tells those of one key apart is the store's affair.
        let mut book: Vec<_> = book
            .into_iter()
            .map(|(name, key, manager, stayed)| {
                let plain = |key: String| key.split(" #").next().unwrap_or_default().to_owned();
                (name, plain(key), plain(manager), stayed)
            })
            .collect();
        book.sort();
        shown.push(book);
    }
    assert_eq!(shown[0], shown[1]);
}

/// DIR-5: what a source told stays until it has told the next to its end.
async fn what_is_set_aside_is_in_no_book_until_it_is_taken_over(store: &impl ContactBook) {
    let old = store.replace("phones", vec![contact("Anna")]).await.expect(WORKS);
    let revision = store.revision().await.expect(WORKS);
    store.set_aside("phones", vec![contact("Bert"), contact("Cora")]).await.expect(WORKS);
    assert_eq!(store.all().await.expect(WORKS), old);
    assert_eq!(store.page(0, 10).await.expect(WORKS), old);
    assert_eq!(store.count("phones").await.expect(WORKS), 1);
    assert_eq!(store.revision().await.expect(WORKS), revision);
    for wrong in [0, 1, 3] {
        let refused = store.take_over("phones", wrong).await;
        assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    }
    assert_eq!(store.all().await.expect(WORKS), old);
    store.forget_aside("phones").await.expect(WORKS);
    assert!(matches!(store.take_over("phones", 2).await, Err(StoreError::Conflict(_))));

    store.set_aside("phones", vec![contact("Dora"), contact("Anna")]).await.expect(WORKS);
    assert_eq!(store.take_over("phones", 2).await.expect(WORKS), 2);
    assert!(store.revision().await.expect(WORKS) > revision);
    let names: Vec<(String, bool)> = store
        .all()
        .await
        .expect(WORKS)
        .into_iter()
        .map(|contact| (contact.display_name, contact.id == old[0].id))
        .collect();
    assert_eq!(names, [("Anna".to_owned(), true), ("Dora".to_owned(), false)]);
    // Nothing is left aside: an empty book is one, too.
    assert_eq!(store.take_over("phones", 0).await.expect(WORKS), 0);
    assert!(store.all().await.expect(WORKS).is_empty());
    out_of_range(store.set_aside("\u{1}phones", vec![contact("Anna")]).await);
    out_of_range(store.set_aside("phones", vec![contact("")]).await);
    let many = (0..=PART_CONTACTS_MAX).map(|nth| contact(&nth.to_string())).collect();
    out_of_range(store.set_aside("phones", many).await);
}

async fn contacts_are_found_by_their_ids_and_read_in_pages(store: &impl ContactBook) {
    let names = ["Anna", "Bert", "Cora"];
    let stored = store.replace("phones", names.map(contact).to_vec()).await.expect(WORKS);
    let [anna, bert, cora] = &stored[..] else { panic!("three were stored") };
    let found = store.by_ids(&[cora.id, u64::MAX, anna.id]).await.expect(WORKS);
    assert_eq!(found, [cora.clone(), anna.clone()], "in the order of asking");
    let kept = store.kept_by_ids(&[bert.id, 0]).await.expect(WORKS);
    assert_eq!(kept, [KeptContact { contact: bert.clone(), gone: None }]);
    out_of_range(store.by_ids(&[1; IDS_MAX + 1]).await);
    out_of_range(store.kept_by_ids(&[1; IDS_MAX + 1]).await);

    assert_eq!(store.page(0, 2).await.expect(WORKS), stored[..2]);
    assert_eq!(store.page(bert.id, 2).await.expect(WORKS), stored[2..]);
    assert!(store.page(u64::MAX, 2).await.expect(WORKS).is_empty());
    for limit in [0, CONTACTS_PAGE_MAX + 1] {
        out_of_range(store.page(0, limit).await);
    }
}

/// DIR-4: the organisation view of a contact card.
async fn colleagues_are_of_the_same_department(store: &impl ContactBook) {
    let of = |name: &str, company: &str, department: &str| Contact {
        company: company.to_owned(),
        department: department.to_owned(),
        ..contact(name)
    };
    let all = [
        of("Dora", "Beispiel AG", "Empfang"),
        of("Anna", "Beispiel AG", "Empfang"),
        of("Bert", "Beispiel AG", "Labor"),
        of("Cora", "Muster AG", "Empfang"),
        of("Emil", "Beispiel AG", "Empfang"),
        of("Fritz", "Beispiel AG", ""),
        of("Gina", "Beispiel AG", ""),
    ];
    let all = store.replace("phones", all.to_vec()).await.expect(WORKS);
    let names = async |of: &Contact, limit| {
        let (total, found) = store.colleagues(of, limit).await.expect(WORKS);
        (total, found.into_iter().map(|contact| contact.display_name).collect::<Vec<_>>())
    };
    let both = ["Anna", "Emil"].map(str::to_owned).to_vec();
    assert_eq!(names(&all[0], 10).await, (2, both.clone()), "by name, without herself");
    assert_eq!(names(&all[0], 1).await, (2, both[..1].to_vec()));
    assert_eq!(names(&all[5], 10).await, (0, Vec::new()), "who has no department has no colleagues in it");
    out_of_range(store.colleagues(&all[0], 0).await);
}

async fn an_image_is_kept_with_the_revision_it_is_of(store: &impl ContactBook) {
    let revision = async || store.revision().await.expect(WORKS);
    assert_eq!(store.image().await.expect(WORKS), None);
    let empty = revision().await;
    store.replace("phones", vec![contact("Anna")]).await.expect(WORKS);
    let replaced = revision().await;
    store.apply("phones", vec![contact("Bert")], Vec::new()).await.expect(WORKS);
    assert!(empty < replaced && replaced < revision().await, "every change of a book counts");

    // Longer than one part, and not a whole number of them.
    let large: Vec<u8> = (0..(2 << 20) + 3).map(|n: u32| n.to_le_bytes()[1]).collect();
    for image in [large, vec![7]] {
        store.keep_image(replaced, image.clone()).await.expect(WORKS);
        assert!(store.image().await.expect(WORKS) == Some((replaced, image)), "in place of the one before");
    }
    store.keep_image(replaced, Vec::new()).await.expect(WORKS);
    assert_eq!(store.image().await.expect(WORKS), None, "an empty one is none");
}

async fn what_changed_since_the_image_is_known(store: &impl ContactBook) {
    let changed = async || store.changed_since_image().await.expect(WORKS);
    let keep = async |image: &[u8]| {
        let revision = store.revision().await.expect(WORKS);
        store.keep_image(revision, image.to_vec()).await.expect(WORKS);
    };
    let all = store.replace("phones", ["Anna", "Bert", "Cora"].map(contact).to_vec()).await.expect(WORKS);
    assert_eq!(changed().await, None, "there is no image");
    keep(&[7]).await;
    assert_eq!(changed().await, Some(Vec::new()));

    let of_cora = Contact { title: "Doctor".to_owned(), ..all[2].clone() };
    store.apply("phones", vec![of_cora, all[0].clone()], vec![all[1].key.clone()]).await.expect(WORKS);
    assert_eq!(changed().await, Some(vec![all[1].id, all[2].id]), "who is as she was did not change");
    let new = store.replace("partners", vec![contact("Dora")]).await.expect(WORKS);
    assert_eq!(changed().await, Some(vec![all[1].id, all[2].id, new[0].id]));
    store.replace("phones", Vec::new()).await.expect(WORKS);
    assert_eq!(changed().await, Some(vec![all[0].id, all[1].id, all[2].id, new[0].id]));
    assert_eq!(store.image().await.expect(WORKS).map(|(_, image)| image), Some(vec![7]));

    store.replace("many", (0..=CHANGED_MAX).map(|n| contact(&n.to_string())).collect()).await.expect(WORKS);
    assert_eq!(changed().await, None, "they are too many");
    let older = store.revision().await.expect(WORKS);
    store.replace("partners", Vec::new()).await.expect(WORKS);
    store.keep_image(older, vec![8]).await.expect(WORKS);
    assert_eq!(changed().await, None, "what changed before it was kept nobody noted");
    keep(&[9]).await;
    assert_eq!(changed().await, Some(Vec::new()));
    keep(&[]).await;
    assert_eq!(changed().await, None);
}

async fn a_book_is_replaced_and_the_others_stay(store: &impl ContactBook) {
    let old = store.replace("phones", vec![contact("Anna"), contact("Bert")]).await.expect(WORKS);
    let others = store.replace("partners", vec![contact("Cora")]).await.expect(WORKS);
    let new = store.replace("phones", vec![contact("Anna"), contact("Dora")]).await.expect(WORKS);
    assert_eq!(new[0], old[0], "who stays is the same");
    assert!(new[1].id > others[0].id, "an id never comes back for somebody else");
    let all = [&new[..1], &others[..], &new[1..]].concat();
    assert_eq!(store.all().await.expect(WORKS), all, "in order of the ids");
    assert!(store.replace("phones", Vec::new()).await.expect(WORKS).is_empty());
    assert_eq!(store.all().await.expect(WORKS), others);
}

async fn a_book_with_one_contact_too_large_is_refused_whole(store: &impl ContactBook) {
    let kept = store.replace("phones", vec![contact("Anna")]).await.expect(WORKS);
    let long = "x".repeat(TEXT_CHARS_MAX + 1);
    let many = (0..=ENDPOINTS_MAX).map(|n| endpoint(EndpointKind::Work, &n.to_string())).collect();
    for large in [
        contact(&long),
        contact(""),
        Contact { company: long.clone(), ..contact("Bert") },
        Contact { endpoints: vec![endpoint(EndpointKind::Sip, &long)], ..contact("Bert") },
        Contact { endpoints: many, ..contact("Bert") },
        Contact { notes: "x".repeat(4_097), ..contact("Bert") },
        Contact { custom: vec![custom("Room", "12"); CUSTOM_MAX + 1], ..contact("Bert") },
        Contact { custom: vec![custom("Room", &long)], ..contact("Bert") },
        Contact { custom: vec![custom("", "12")], ..contact("Bert") },
    ] {
        out_of_range(store.replace("phones", vec![contact("Cora"), large]).await);
    }
    out_of_range(store.replace("", vec![contact("Cora")]).await);
    assert_eq!(store.all().await.expect(WORKS), kept);
}

// -- sounds, recordings, voicemails --------------------------------------------------------------------------------

async fn a_sound_is_read_back_sample_by_sample(store: &impl SoundBook) {
    assert!(store.list().await.expect(WORKS).is_empty());
    assert_eq!(store.sound(SoundId(1)).await.expect(WORKS), None);
    let spoken = SoundFile {
        kind: SoundKind::Speech {
            text: "Grüezi! \u{1f4de}".to_owned(),
            voice: "de+f2".to_owned(),
            language: "de-CH".to_owned(),
        },
        ..sound_file("Begrüssung", &[i16::MIN, -1, 0, 1, i16::MAX, 7])
    };
    let long: Vec<i16> = (0..SAMPLE_RATE_HZ * 3).map(|n| (n % 30_000) as i16 - 15_000).collect();
    store.put(SoundId(2), spoken.clone()).await.expect(WORKS);
    store.put(SoundId(1), sound_file("Closed", &long)).await.expect(WORKS);
    assert_eq!(store.sound(SoundId(2)).await.expect(WORKS).as_deref(), Some(&spoken.sound));
    assert_eq!(store.sound(SoundId(1)).await.expect(WORKS).map(|sound| sound.samples.clone()), Some(long));
    let entry = |id, file: SoundFile, length| SoundEntry {
        id: SoundId(id),
        name: file.name,
        kind: file.kind,
        length: Span(length),
        added: file.added,
    };
    assert_eq!(
        store.list().await.expect(WORKS),
        vec![entry(2, spoken, 0), entry(1, sound_file("Closed", &[]), 3_000)],
        "by name"
    );
}

async fn a_sound_is_renamed_replaced_and_removed(store: &impl SoundBook) {
    store.put(SoundId(1), sound_file("one", &[1])).await.expect(WORKS);
    store.put(SoundId(2), sound_file("two", &[2])).await.expect(WORKS);
    assert!(store.rename(SoundId(1), "uno").await.expect(WORKS));
    assert!(!store.rename(SoundId(3), "tre").await.expect(WORKS));
    store.put(SoundId(2), sound_file("due", &[3])).await.expect(WORKS);
    let names = store.list().await.expect(WORKS).into_iter().map(|entry| entry.name).collect::<Vec<_>>();
    assert_eq!(names, ["due", "uno"]);
    let heard = store.sound(SoundId(2)).await.expect(WORKS).expect("it is there");
    assert_eq!(heard.samples, [3], "another one took its place");
    assert!(store.remove(SoundId(2)).await.expect(WORKS));
    assert!(!store.remove(SoundId(2)).await.expect(WORKS));
    assert_eq!(store.sound(SoundId(2)).await.expect(WORKS), None);
    assert_eq!(store.list().await.expect(WORKS).len(), 1);
}

async fn a_sound_beyond_the_limits_is_refused(store: &impl SoundBook) {
    let text =
        |chars| SoundKind::Speech { text: "ü".repeat(chars), voice: String::new(), language: String::new() };
    for beyond in [
        sound_file("", &[1]),
        sound_file(&"x".repeat(TEXT_CHARS_MAX + 1), &[1]),
        sound_file("empty", &[]),
        sound_file("long", &vec![0; SOUND_SAMPLES_MAX + 1]),
        SoundFile { kind: text(SPEECH_CHARS_MAX + 1), ..sound_file("wordy", &[1]) },
    ] {
        out_of_range(store.put(SoundId(1), beyond).await);
    }
    assert!(store.list().await.expect(WORKS).is_empty());
    store.put(SoundId(1), sound_file("the longest", &vec![-5; SOUND_SAMPLES_MAX])).await.expect("it fits");
    let wordy = SoundFile { kind: text(SPEECH_CHARS_MAX), ..sound_file("wordy", &[1]) };
    store.put(SoundId(1), wordy).await.expect("the longest text fits");
    out_of_range(store.rename(SoundId(1), "").await);

    for id in 2..=SOUNDS_MAX as u64 {
        store.put(SoundId(id), sound_file("s", &[1])).await.expect("there is room");
    }
    out_of_range(store.put(SoundId(9_999), sound_file("one too many", &[1])).await);
    store
        .put(SoundId(1), sound_file("another", &[1]))
        .await
        .expect("it takes the place of one that is there");
}

async fn a_recording_grows_until_it_is_finished(store: &impl RecordingBook) {
    let id = RecordingId(0xABCD);
    assert_eq!(store.read(id).await.expect(WORKS), None);
    conflict(store.append(id, &[1]).await);
    assert_eq!(store.begin(id).await.expect(WORKS), Span(0));
    let said: Vec<i16> = (0..SAMPLE_RATE_HZ * 12).map(|n| (n * 7 % 60_000) as u16 as i16).collect();
    for piece in said.chunks(SAMPLE_RATE_HZ as usize * 5) {
        store.append(id, piece).await.expect(WORKS);
    }
    assert_eq!(store.read(id).await.expect(WORKS).as_ref(), Some(&said), "while it runs");
    assert_eq!(store.finish(id).await.expect(WORKS), Span(12_000));
    assert_eq!(store.finish(id).await.expect("twice is no error"), Span(12_000));
    conflict(store.append(id, &[1]).await);
    conflict(store.begin(id).await);
    assert_eq!(store.read(id).await.expect(WORKS), Some(said));
}

async fn a_recording_that_was_left_is_taken_up_again(store: &impl RecordingBook) {
    let (one, other) = (RecordingId(1), RecordingId(2));
    store.begin(one).await.expect(WORKS);
    store.begin(other).await.expect(WORKS);
    store.append(one, &[1; 8_000]).await.expect(WORKS);
    store.append(other, &[9]).await.expect(WORKS);
    assert_eq!(store.begin(one).await.expect(WORKS), Span(1_000));
    store.append(one, &[2; 4_000]).await.expect(WORKS);
    assert_eq!(store.finish(one).await.expect(WORKS), Span(1_500));
    assert_eq!(store.read(one).await.expect(WORKS), Some([[1; 4_000], [1; 4_000], [2; 4_000]].concat()));
    assert_eq!(store.read(other).await.expect(WORKS), Some(vec![9]), "each has its own");
}

async fn an_empty_recording_leaves_nothing(store: &impl RecordingBook) {
    let id = RecordingId(1);
    assert_eq!(store.finish(id).await.expect("never begun"), Span(0));
    store.begin(id).await.expect(WORKS);
    store.append(id, &[]).await.expect(WORKS);
    assert_eq!(store.finish(id).await.expect(WORKS), Span(0));
    assert_eq!(store.read(id).await.expect(WORKS), None);
}

async fn a_recording_keeps_its_limits(store: &impl RecordingBook) {
    let id = RecordingId(1);
    store.begin(id).await.expect(WORKS);
    out_of_range(store.append(id, &vec![0; APPEND_SAMPLES_MAX + 1]).await);
    for _ in 0..RECORDING_SAMPLES_MAX / APPEND_SAMPLES_MAX {
        store.append(id, &[3; APPEND_SAMPLES_MAX]).await.expect(WORKS);
    }
    out_of_range(store.append(id, &[4]).await);
    assert_eq!(store.finish(id).await.expect(WORKS), Span(600_000));
    let kept = store.read(id).await.expect(WORKS).expect("it is there");
    assert!(kept.len() == RECORDING_SAMPLES_MAX && kept.iter().all(|sample| *sample == 3));
}

async fn a_discarded_recording_is_gone(store: &impl RecordingBook) {
    let (running, finished) = (RecordingId(1), RecordingId(2));
    for id in [running, finished] {
        store.begin(id).await.expect(WORKS);
        store.append(id, &[1; 100]).await.expect(WORKS);
    }
    store.finish(finished).await.expect(WORKS);
    for id in [running, finished, RecordingId(3)] {
        store.discard(id).await.expect(WORKS);
        assert_eq!(store.read(id).await.expect(WORKS), None);
    }
    conflict(store.append(running, &[1]).await);
}

async fn a_voicemail_is_written_with_its_event_and_once<S: Journal + VoicemailBook>(store: &S) {
    let lease = store.take_lease("suite").await.expect(WORKS);
    let left = [RecordChange::VoicemailLeft(voicemail(1))];
    conflict(store.append(lease, 9, &arrivals(1..=1), &left).await);
    assert_eq!(store.voicemail(RecordingId(1)).await.expect(WORKS), None, "a refused append leaves nothing");
    store.append(lease, 0, &arrivals(1..=1), &left).await.expect(WORKS);
    store.set_handled(RecordingId(1), true).await.expect(WORKS);
    let again = Voicemail { length: Span(1), ..voicemail(1) };
    store.append(lease, 1, &[], &[RecordChange::VoicemailLeft(again)]).await.expect(WORKS);
    let kept = store.voicemail(RecordingId(1)).await.expect(WORKS).expect("it is there");
    assert_eq!(
        (kept.voicemail, kept.handled),
        (voicemail(1), true),
        "the same recording again changes nothing"
    );
}

async fn voicemails_come_newest_first_in_pages<S: Journal + VoicemailBook>(store: &S) {
    let lease = store.take_lease("suite").await.expect(WORKS);
    // Two of the same moment, and another service.
    let all: Vec<Voicemail> = (1..=7)
        .map(|n| Voicemail { left: at(n / 2), service: ServiceId(1 + n % 2), ..voicemail(n) })
        .collect();
    let changes: Vec<_> = all.iter().cloned().map(RecordChange::VoicemailLeft).collect();
    store.append(lease, 0, &[], &changes).await.expect(WORKS);
    let (mut seen, mut filter) = (Vec::new(), VoicemailFilter::default());
    loop {
        let page = store.voicemails(&filter, 3).await.expect(WORKS);
        let Some(last) = page.last() else { break };
        filter.before = Some(VoicemailCursor::of(&last.voicemail));
        seen.extend(page.into_iter().map(|each| each.voicemail.recording.0));
    }
    assert_eq!(seen, [7, 6, 5, 4, 3, 2, 1]);

    store.set_handled(RecordingId(6), true).await.expect(WORKS);
    let of = async |service, handled| {
        let filter = VoicemailFilter { service, handled, ..VoicemailFilter::default() };
        let found = store.voicemails(&filter, VOICEMAILS_MAX).await.expect(WORKS);
        found.into_iter().map(|each| each.voicemail.recording.0).collect::<Vec<_>>()
    };
    assert_eq!(of(Some(ServiceId(1)), None).await, [6, 4, 2]);
    assert_eq!(of(Some(ServiceId(1)), Some(false)).await, [4, 2]);
    assert_eq!(of(None, Some(true)).await, [6]);
    assert_eq!(store.unhandled(false).await.expect(WORKS), 6);
    for limit in [0, VOICEMAILS_MAX + 1] {
        out_of_range(store.voicemails(&VoicemailFilter::default(), limit).await);
    }
}

async fn a_voicemail_is_handled_forwarded_and_removed<S: Journal + VoicemailBook>(store: &S) {
    let lease = store.take_lease("suite").await.expect(WORKS);
    store.append(lease, 0, &[], &[RecordChange::VoicemailLeft(voicemail(1))]).await.expect(WORKS);
    let (it, none) = (RecordingId(1), RecordingId(2));
    let kept = async || store.voicemail(it).await.expect(WORKS).expect("it is there");
    assert!(!kept().await.handled);
    assert!(store.set_handled(it, true).await.expect(WORKS));
    assert!(kept().await.handled);
    assert!(store.forward(it, ServiceId(8)).await.expect(WORKS));
    let forwarded = kept().await;
    assert_eq!(forwarded.voicemail, Voicemail { service: ServiceId(8), ..voicemail(1) });
    assert!(!forwarded.handled, "nobody there has dealt with it yet");
    assert!(store.set_handled(it, true).await.expect(WORKS));
    assert!(store.set_handled(it, false).await.expect(WORKS));
    assert_eq!(store.unhandled(false).await.expect(WORKS), 1);
    assert!(store.remove(it).await.expect(WORKS));
    assert_eq!(store.voicemail(it).await.expect(WORKS), None);
    assert!(!store.remove(it).await.expect(WORKS));
    assert!(!store.set_handled(none, true).await.expect(WORKS));
    assert!(!store.forward(none, ServiceId(8)).await.expect(WORKS));
}

async fn live_voicemails_never_mix_with_simulated<S: Journal + VoicemailBook>(store: &S) {
    let lease = store.take_lease("suite").await.expect(WORKS);
    let changes = [
        RecordChange::VoicemailLeft(voicemail(1)),
        RecordChange::VoicemailLeft(Voicemail { origin: Origin::Simulated, ..voicemail(2) }),
    ];
    store.append(lease, 0, &[], &changes).await.expect(WORKS);
    for (simulated, recording) in [(false, RecordingId(1)), (true, RecordingId(2))] {
        let filter = VoicemailFilter { simulated, ..VoicemailFilter::default() };
        let found = store.voicemails(&filter, 10).await.expect(WORKS);
        assert_eq!(found.iter().map(|each| each.voicemail.recording).collect::<Vec<_>>(), [recording]);
        assert_eq!(store.unhandled(simulated).await.expect(WORKS), 1);
    }
}

// -- the suites' own words ---------------------------------------------------------------------------------------------

/// A call that arrives, as an event with two orders.
fn arrivals(calls: std::ops::RangeInclusive<u64>) -> Vec<Entry> {
    calls
        .map(|call| {
            let leg = Leg::Caller(CallId(call));
            Entry {
                at: at(call),
                event: arrival(call),
                effects: vec![
                    Effect::Wait { leg, treatment: Treatment::Music },
                    Effect::Release { leg, why: ReleaseCause::Normal },
                ],
            }
        })
        .collect()
}

fn arrival(call: u64) -> Event {
    if call.is_multiple_of(2) {
        Event::CallEnded { call: CallId(call), end: End::CallerHungUp, release: Vec::new() }
    } else {
        Event::CallArrived {
            call: CallId(call),
            service: ServiceId(1),
            party: PartyId(call),
            origin: Origin::Live,
        }
    }
}

fn at(n: u64) -> Timestamp {
    Timestamp(1_795_000_000_000 + i64::try_from(n).unwrap_or(i64::MAX / 2))
}

fn record(call: u64, part: u32) -> CallRecord {
    CallRecord {
        call: CallId(call),
        part,
        origin: Origin::Live,
        outbound: false,
        service: Some(ServiceId(1)),
        party: PartyId(10),
        arrived: at(call),
        queued: Some(at(call)),
        accepted: Some(at(call + 1)),
        ended: None,
        connected_ms: 3_000,
        hold_ms: 2_000,
        park_ms: 1_000,
        outcome: None,
        imported: false,
        user_sessions: vec![session(1, None)],
    }
}

fn session(attendant: u64, outcome: Option<UserOutcome>) -> UserSession {
    UserSession {
        attendant: AttendantId(attendant),
        began: at(attendant),
        ended: outcome.map(|_| at(attendant + 1)),
        outcome,
        target: None,
        ring_ms: attendant * 100,
        connected_ms: attendant * 1_000,
        hold_ms: attendant * 10,
    }
}

fn sound_file(name: &str, samples: &[i16]) -> SoundFile {
    SoundFile {
        name: name.to_owned(),
        kind: SoundKind::File,
        sound: Sound { samples: samples.to_vec() },
        added: at(1),
    }
}

fn voicemail(recording: u64) -> Voicemail {
    Voicemail {
        recording: RecordingId(recording),
        call: CallId(100 + recording),
        service: ServiceId(1),
        party: PartyId(10),
        left: at(recording),
        length: Span(12_345),
        origin: Origin::Live,
    }
}

fn attempt(caller: u64, target: u64, at: i64, end: TransferEnd) -> TransferAttempt {
    TransferAttempt {
        caller: PartyId(caller),
        target: PartyId(target),
        attendant: Some(AttendantId(7)),
        at: Timestamp(at),
        origin: Origin::Live,
        end,
    }
}

fn address(text: &str) -> Address {
    Address::parse(text).expect("the suite's addresses are addresses")
}

fn contact(name: &str) -> Contact {
    Contact { display_name: name.to_owned(), ..Contact::default() }
}

fn whole_contact() -> Contact {
    Contact {
        display_name: "Anna Süß".to_owned(),
        first_name: "Anna".to_owned(),
        last_name: "Süß".to_owned(),
        company: "O'Brien & Söhne".to_owned(),
        department: "Empfang".to_owned(),
        title: "Leiterin".to_owned(),
        city: "Zürich".to_owned(),
        email: "anna@example.com".to_owned(),
        endpoints: vec![
            endpoint(EndpointKind::Work, "4010"),
            endpoint(EndpointKind::Mobile, "+41795556677"),
            endpoint(EndpointKind::Home, "+41445556677"),
            endpoint(EndpointKind::Sip, "anna@example.com"),
            endpoint(EndpointKind::Voicemail, "*974010"),
            endpoint(EndpointKind::Other, "4011"),
        ],
        notes: "line one\nline two \u{1f4de}".to_owned(),
        internal: true,
        custom: vec![custom("Büro", "3. Stock"), custom("Vertretung", "")],
        key: "urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1".to_owned(),
        ..Contact::default()
    }
}

fn custom(name: &str, value: &str) -> Custom {
    Custom { name: name.to_owned(), value: value.to_owned() }
}

fn endpoint(kind: EndpointKind, address: &str) -> Endpoint {
    Endpoint { kind, address: address.to_owned() }
}

async fn calls(store: &impl Records, filter: &RecordFilter) -> Vec<CallRecord> {
    store.calls(filter, CALLS_MAX).await.expect(WORKS)
}

async fn pending_names(store: &impl Journal, limit: u32) -> Vec<OrderName> {
    store.pending(limit).await.expect(WORKS).into_iter().map(|pending| pending.name).collect()
}

#[track_caller]
fn conflict<T: std::fmt::Debug>(result: Result<T, StoreError>) {
    assert!(matches!(result, Err(StoreError::Conflict(_))), "a conflict, not {result:?}");
}

#[track_caller]
fn out_of_range<T: std::fmt::Debug>(result: Result<T, StoreError>) {
    assert!(matches!(result, Err(StoreError::OutOfRange(_))), "out of range, not {result:?}");
}

// -- safekeeping -----------------------------------------------------------------------------------------------------

async fn a_recovery_key_is_shown_until_it_is_confirmed_and_never_again(store: &impl Safekeeping) {
    assert_eq!(store.watch().borrow().recovery, Recovery::Unconfirmed);
    let shown = spelled(&store.recovery_key().await.expect(WORKS));
    assert_eq!(shown.len(), RECOVERY_WORDS);
    assert_eq!(spelled(&store.recovery_key().await.expect(WORKS)), shown, "the same until it is confirmed");

    let mut mixed = shown.clone();
    mixed.rotate_left(1);
    let wrong = store.confirm_recovery_key(typed(&mixed, &[1, 2, 3])).await;
    assert!(matches!(wrong, Err(SafekeepingError::WrongWords)), "{wrong:?}");
    let [first, ..] = [1u8; CONFIRMED_WORDS_MIN];
    let same = store.confirm_recovery_key(typed(&shown, &[first; CONFIRMED_WORDS_MIN])).await;
    assert!(matches!(same, Err(SafekeepingError::WrongWords)), "one word thrice is one word: {same:?}");
    assert_eq!(store.watch().borrow().recovery, Recovery::Unconfirmed);

    store.confirm_recovery_key(typed(&shown, &[3, 24, 11])).await.expect("these are its words");
    assert_eq!(store.watch().borrow().recovery, Recovery::Confirmed);
    let again = store.recovery_key().await.map(|key| spelled(&key));
    assert!(matches!(again, Err(SafekeepingError::AlreadyConfirmed)), "{again:?}");
}

async fn the_old_recovery_key_stays_until_the_new_one_is_confirmed(store: &impl Safekeeping) {
    let old = spelled(&store.recovery_key().await.expect(WORKS));
    store.confirm_recovery_key(typed(&old, &[1, 2, 3])).await.expect(WORKS);
    store.renew_recovery_key().await.expect(WORKS);
    assert_eq!(store.watch().borrow().recovery, Recovery::Renewing);
    let new = spelled(&store.recovery_key().await.expect(WORKS));
    assert_ne!(new, old);
    store.keep_recovery_key().await.expect(WORKS);
    assert_eq!(store.watch().borrow().recovery, Recovery::Confirmed);

    store.renew_recovery_key().await.expect(WORKS);
    let newest = spelled(&store.recovery_key().await.expect(WORKS));
    assert!(newest != old && newest != new, "one that was given up is not shown again");
    store.confirm_recovery_key(typed(&newest, &[24, 23, 22, 21])).await.expect(WORKS);
    assert_eq!(store.watch().borrow().recovery, Recovery::Confirmed);
}

async fn keys_are_renewed_while_the_store_is_open(store: &impl Safekeeping) {
    let mut told = store.watch();
    let before = told.borrow().data_key_since;
    store.rotate_data_key().await.expect(WORKS);
    let done = |now: &Protection| now.rotation.is_none() && now.data_key_since >= before;
    let now = told.wait_for(done).await.expect("it is told").clone();
    assert_eq!(now.rotation_problem, None);
    store.renew_keychain_key().await.expect(WORKS);
}

async fn a_backup_leaves_a_point_to_restore_and_stays_in_its_jurisdiction(
    store: &impl Safekeeping,
    folder: &str,
) {
    let none = store.back_up_now().await;
    assert!(matches!(none, Err(SafekeepingError::NoBackup)), "{none:?}");
    let places = store.jurisdictions();
    let [home, abroad, ..] = &places[..] else { panic!("there are several to choose from") };
    let plan = |located: &str| BackupPlan {
        home: home.code.clone(),
        recovery: String::new(),
        located: located.to_owned(),
        target: BackupTarget::Folder { path: folder.to_owned() },
    };
    let refused = store.set_backup(Some(plan(&abroad.code)), None).await;
    assert!(matches!(refused, Err(SafekeepingError::Misplaced(_))), "DATA-5: {refused:?}");
    assert_eq!(store.watch().borrow().backup.plan, None);

    store.set_backup(Some(plan("")), None).await.expect(WORKS);
    assert_eq!(store.watch().borrow().backup.plan, Some(plan("")));
    // Whether the schedule has begun the first one by itself is its own matter.
    match store.back_up_now().await {
        Ok(()) | Err(SafekeepingError::UnderWay) => {}
        Err(other) => panic!("{other}"),
    }
    let mut told = store.watch();
    let ended = |now: &Protection| now.backup.running.is_none() && now.backup.last_good.is_some();
    let now = told.wait_for(ended).await.expect("it is told").clone();
    assert_eq!(now.backup.problem, None);
    let points = store.restore_points().await.expect(WORKS);
    assert!(!points.is_empty() && points.iter().all(|point| point.size_bytes > 0), "{points:?}");

    store.set_backup(None, None).await.expect(WORKS);
    assert_eq!(store.watch().borrow().backup.plan, None);
}

/// The words of a key, for comparing.
fn spelled(key: &RecoveryKey) -> Vec<String> {
    let text = |word: &Secret| String::from_utf8(word.danger_expose().to_vec()).expect("words are text");
    key.words.iter().map(text).collect()
}

/// Words at these positions as somebody types them.
fn typed(words: &[String], positions: &[u8]) -> Vec<RecoveryWord> {
    let word = |position: &u8| {
        let word = format!(" {} ", words[usize::from(*position) - 1].to_uppercase());
        RecoveryWord { position: *position, word: Secret::new(word.into_bytes()) }
    };
    positions.iter().map(word).collect()
}
