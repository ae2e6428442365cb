//! The suite of reports: sums beside the records and states they come from, whatever came in which order.

use std::collections::{BTreeMap, BTreeSet};

use engine::{AttendantId, CallId, Origin, PartyId, ServiceId, Timestamp};
use reporting::aggregate::{
    ServiceSessionAggregate, Slot, Thresholds, UserSessionAggregate, after_call_work, divide, time_in,
};
use reporting::{CallRecord, Outcome, RecordChange, State, UserOutcome, UserSession, UserState};

use super::{WORKS, out_of_range};
use crate::journal::Journal;
use crate::records::{CALLS_MAX, RecordCursor};
use crate::reports::{
    CALLERS_MAX, CallerSum, Detail, INTERVALS_MAX, Range, ReportFilter, Reports, STEP_MAX, STRIDE_MAX,
    ServiceCell, UserCell,
};

/// What is asked of a store that answers reports.
pub async fn reports<S: Journal + Reports>(make: impl AsyncFn() -> S) {
    sums_are_those_of_the_records_by_every_interval_and_filter(&make().await).await;
    a_call_counts_once_it_is_over_and_once_however_often_it_is_written(&make().await).await;
    moments_on_a_border_belong_to_what_begins_there(&make().await).await;
    simulated_calls_and_states_never_count(&make().await).await;
    the_calls_behind_a_number_come_newest_first_in_pages(&make().await).await;
    whoever_goes_through_all_meets_each_once_in_order(&make().await).await;
    reports_keep_their_limits(&make().await).await;
}

/// 28 March 2027, 00:00 UTC: the day on which Zurich goes over to summer time.
pub(super) const DAY: i64 = 1_806_192_000_000;
const QUARTER: i64 = Slot::MS;

fn at(slot: i64) -> Timestamp {
    Timestamp(DAY + slot * QUARTER)
}

/// Numbers that look like chance and are the same each time.
#[derive(Debug)]
pub struct Dice(pub u64);

impl Dice {
    /// 0 to one less than `sides`.
    pub fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// A call that is over, over four days around [`DAY`].
pub fn some_call(dice: &mut Dice, call: u64) -> CallRecord {
    let after = |from: Timestamp, ms: u64| Timestamp(from.0 + ms as i64);
    let arrived = Timestamp(DAY - 2 * 86_400_000 + dice.below(4 * 86_400_000) as i64);
    let wait = dice.below(120_000);
    let queued = (dice.below(10) > 0).then_some(after(arrived, dice.below(3_000)));
    let accepted = (dice.below(3) > 0).then(|| after(queued.unwrap_or(arrived), wait));
    let connected_ms = accepted.map_or(0, |_| dice.below(600_000));
    let outcome = match accepted {
        Some(_) => [Outcome::UserAccepted, Outcome::UserExternalTransferSuccess, Outcome::Lost]
            [dice.below(3) as usize],
        None => [Outcome::CustomerHangupInQueue, Outcome::QueueLimitReached][dice.below(2) as usize],
    };
    let session = |attendant, outcome, connected_ms| UserSession {
        attendant: AttendantId(attendant),
        began: accepted.unwrap_or(arrived),
        ended: Some(after(arrived, wait + connected_ms)),
        outcome: Some(outcome),
        target: None,
        ring_ms: 4_000,
        connected_ms,
        hold_ms: connected_ms / 10,
    };
    let mut user_sessions = vec![session(1 + dice.below(3), UserOutcome::TimedOut, 0)];
    if accepted.is_some() {
        user_sessions.push(session(1 + dice.below(3), UserOutcome::Accepted, connected_ms));
    }
    CallRecord {
        call: CallId(call),
        part: 1,
        origin: Origin::Live,
        outbound: dice.below(12) == 0,
        service: [None, Some(ServiceId(1)), Some(ServiceId(2)), Some(ServiceId(7))][dice.below(4) as usize],
        party: PartyId(1 + dice.below(20)),
        arrived,
        queued,
        accepted,
        ended: Some(after(queued.unwrap_or(arrived), wait + connected_ms)),
        connected_ms,
        hold_ms: connected_ms / 10,
        park_ms: dice.below(2) * 1_000,
        outcome: Some(outcome),
        imported: false,
        user_sessions,
    }
}

pub(super) fn some_state(dice: &mut Dice) -> UserState {
    let began = DAY - 2 * 86_400_000 + dice.below(4 * 86_400_000) as i64;
    let state = State::ALL[dice.below(6) as usize];
    UserState {
        attendant: AttendantId(1 + dice.below(3)),
        state,
        service: (state == State::AfterCallWork).then(|| ServiceId(1 + dice.below(2))),
        origin: Origin::Live,
        began: Timestamp(began),
        ended: Timestamp(began + 1 + dice.below(5_000_000) as i64),
    }
}

fn parties(ids: &[u64]) -> Option<BTreeSet<PartyId>> {
    Some(ids.iter().copied().map(PartyId).collect())
}

/// Worked out here, from the list.
fn caller_sums(
    records: &[CallRecord],
    filter: &ReportFilter,
    range: Range,
    short_call_s: u32,
) -> Vec<CallerSum> {
    let thresholds = Thresholds { sla_s: 0, hang_up_s: 0, short_call_s };
    let asked: Vec<&CallRecord> = records
        .iter()
        .filter(|record| filter.has(record) && range.has(record.arrived) && !record.outbound)
        .collect();
    let who: BTreeSet<PartyId> = asked.iter().map(|record| record.party).collect();
    let mut sums: Vec<CallerSum> = who
        .into_iter()
        .map(|party| {
            let hers = asked.iter().filter(|record| record.party == party);
            let mut sum = ServiceSessionAggregate::default();
            hers.clone().for_each(|record| sum.add(&ServiceSessionAggregate::of(record)));
            let counts = sum.counts(thresholds);
            CallerSum {
                party,
                calls: sum.sessions(),
                answered: counts.answered,
                abandoned: counts.abandoned,
                last: hers.map(|record| record.arrived).max().expect("she called"),
            }
        })
        .collect();
    sums.sort_by_key(|sum| (std::cmp::Reverse((sum.calls, sum.last)), sum.party));
    sums
}

/// Worked out here, from the list.
fn service_cells(
    records: &[CallRecord],
    states: &[UserState],
    filter: &ReportFilter,
    borders: &[Timestamp],
) -> Vec<ServiceCell> {
    let mut cells: BTreeMap<(usize, Option<ServiceId>), ServiceSessionAggregate> = BTreeMap::new();
    for (interval, pair) in borders.windows(2).enumerate() {
        let within = |at: Timestamp| pair[0] <= at && at < pair[1];
        for record in records.iter().filter(|record| within(record.arrived) && filter.has(record)) {
            cells.entry((interval, record.service)).or_default().add(&ServiceSessionAggregate::of(record));
        }
        let work = states.iter().filter(|state| {
            state.state == State::AfterCallWork
                && filter.by_service_only()
                && filter.has_service(state.service)
        });
        for state in work {
            for (_, ms) in divide(state).filter(|(slot, _)| within(slot.began())) {
                cells.entry((interval, state.service)).or_default().add(&after_call_work(ms));
            }
        }
    }
    let cell = |((interval, service), aggregate)| ServiceCell { interval, service, aggregate };
    cells.into_iter().map(cell).collect()
}

fn user_cells(
    records: &[CallRecord],
    states: &[UserState],
    filter: &ReportFilter,
    borders: &[Timestamp],
) -> Vec<UserCell> {
    let mut cells: BTreeMap<(usize, AttendantId, Option<ServiceId>), UserSessionAggregate> = BTreeMap::new();
    let asked = |who: AttendantId| filter.attendant.is_none_or(|one| one == who);
    for (interval, pair) in borders.windows(2).enumerate() {
        let within = |at: Timestamp| pair[0] <= at && at < pair[1];
        for record in records.iter().filter(|record| filter.has_service(record.service)) {
            for session in &record.user_sessions {
                if within(session.began) && asked(session.attendant) {
                    let of = (interval, session.attendant, record.service);
                    cells.entry(of).or_default().add(&UserSessionAggregate::of(session));
                }
            }
        }
        for state in states.iter().filter(|state| filter.has_service(state.service) && asked(state.attendant))
        {
            for (_, ms) in divide(state).filter(|(slot, _)| within(slot.began())) {
                let of = (interval, state.attendant, state.service);
                cells.entry(of).or_default().add(&time_in(state.state, ms));
            }
        }
    }
    let cell =
        |((interval, attendant, service), aggregate)| UserCell { interval, attendant, service, aggregate };
    cells.into_iter().map(cell).collect()
}

/// Whether the store tells the same as the list, over many intervals and filters (REPORT-1).
pub async fn agree(store: &impl Reports, records: &[CallRecord], states: &[UserState]) {
    let every =
        |slots: i64, from: i64, to: i64| (from..=to).step_by(slots as usize).map(at).collect::<Vec<_>>();
    let services = |ids: &[u64]| Some(ids.iter().copied().map(ServiceId).collect::<BTreeSet<_>>());
    let filters = [
        ReportFilter::default(),
        ReportFilter { services: services(&[1]), ..ReportFilter::default() },
        ReportFilter { services: services(&[2, 7]), ..ReportFilter::default() },
        ReportFilter { services: services(&[]), ..ReportFilter::default() },
        ReportFilter { attendant: Some(AttendantId(2)), ..ReportFilter::default() },
        ReportFilter { attendant: Some(AttendantId(2)), services: services(&[1]), ..ReportFilter::default() },
        ReportFilter { parties: parties(&[3]), ..ReportFilter::default() },
        ReportFilter {
            parties: parties(&[1, 4]),
            attendant: Some(AttendantId(2)),
            ..ReportFilter::default()
        },
        ReportFilter { parties: parties(&[]), ..ReportFilter::default() },
        ReportFilter { outcomes: [4, 5].into(), services: services(&[1, 2]), ..ReportFilter::default() },
    ];
    let borders = [
        vec![at(-1000), at(1000)],
        every(1, -120, 120),
        every(4, -192, 192),
        every(96, -192, 192),
        // Days of Zurich, of which one has 23 hours.
        vec![at(-100), at(-4), at(88), at(184)],
        // Of New York, and of India, whose hours are not those of UTC.
        every(96, -364, 212),
        every(96, -214, 170),
        vec![at(-150), at(131)],
        // Blocks of 32 days and what is left over around them.
        vec![at(-7003), at(-6101), at(-96), at(3), at(9301)],
    ];
    for borders in &borders {
        for filter in &filters {
            let range = Range { from: borders[0], to: borders[borders.len() - 1] };
            for (short_call_s, limit) in [(0, 200), (20, 200), (5, 2)] {
                let want = caller_sums(records, filter, range, short_call_s);
                let told = store.callers(filter, range, short_call_s, limit).await.expect(WORKS);
                assert_eq!(told.total, want.len() as u64, "{filter:?}");
                assert_eq!(told.callers, want[..want.len().min(limit as usize)], "{filter:?}");
            }
            let cells = service_cells(records, states, filter, borders);
            let told = store.service_sessions(filter, borders).await.expect(WORKS);
            assert_eq!(told, cells, "{filter:?}");
            for most in [3, usize::MAX] {
                let groups: Vec<usize> = (0..borders.len() - 1).map(|interval| interval % most).collect();
                let mut sums: BTreeMap<usize, ServiceSessionAggregate> = BTreeMap::new();
                cells.iter().for_each(|cell| {
                    sums.entry(groups[cell.interval]).or_default().add(&cell.aggregate);
                });
                for detail in [Detail::Whole, Detail::Kpis] {
                    sums.values_mut().for_each(|sum| detail.leave_out(sum));
                    let told = store.sums(filter, borders, &groups, detail).await.expect(WORKS);
                    assert_eq!(told, sums, "{filter:?}");
                }
            }
            if filter.parties.is_none() && filter.outcomes.is_empty() {
                let told = store.user_sessions(filter, borders).await.expect(WORKS);
                assert_eq!(told, user_cells(records, states, filter, borders), "{filter:?}");
                let whole = [borders[0], borders[borders.len() - 1]];
                let told = store.user_sums(filter, whole).await.expect(WORKS);
                let mut sums: BTreeMap<AttendantId, UserSessionAggregate> = BTreeMap::new();
                for cell in user_cells(records, states, filter, &whole) {
                    sums.entry(cell.attendant).or_default().add(&cell.aggregate);
                }
                assert_eq!(told, sums, "{filter:?}");
            }
        }
    }
}

async fn sums_are_those_of_the_records_by_every_interval_and_filter<S: Journal + Reports>(store: &S) {
    let lease = store.take_lease("suite").await.expect(WORKS);
    let mut dice = Dice(7);
    let records: Vec<CallRecord> = (1..=300).map(|call| some_call(&mut dice, call)).collect();
    let states: Vec<UserState> = (0..60).map(|_| some_state(&mut dice)).collect();
    let changes: Vec<RecordChange> = records
        .iter()
        .cloned()
        .map(RecordChange::Put)
        .chain(states.iter().copied().map(RecordChange::StateEnded))
        .collect();
    for batch in changes.chunks(37) {
        store.append(lease, 0, &[], batch).await.expect(WORKS);
    }
    assert!(store.build_rollups(0).await.expect(WORKS).complete);
    agree(store, &records, &states).await;
}

async fn a_call_counts_once_it_is_over_and_once_however_often_it_is_written<S: Journal + Reports>(store: &S) {
    let lease = store.take_lease("suite").await.expect(WORKS);
    let over = some_call(&mut Dice(1), 1);
    let goes_on = CallRecord { ended: None, outcome: None, user_sessions: Vec::new(), ..over.clone() };
    let other = CallRecord { connected_ms: 1, outcome: Some(Outcome::Lost), ..over.clone() };
    let moved = CallRecord { service: Some(ServiceId(2)), user_sessions: Vec::new(), ..over.clone() };
    store.append(lease, 0, &[], &[RecordChange::Put(goes_on)]).await.expect(WORKS);
    agree(store, &[], &[]).await;
    for now in [&over, &over, &other, &moved] {
        store.append(lease, 0, &[], &[RecordChange::Put(now.clone())]).await.expect(WORKS);
        agree(store, std::slice::from_ref(now), &[]).await;
    }
    let both = [RecordChange::Put(other), RecordChange::Put(over.clone())];
    store.append(lease, 0, &[], &both).await.expect(WORKS);
    agree(store, &[over], &[]).await;
}

async fn moments_on_a_border_belong_to_what_begins_there<S: Journal + Reports>(store: &S) {
    let lease = store.take_lease("suite").await.expect(WORKS);
    let arriving = |call, arrived: Timestamp| {
        let call = some_call(&mut Dice(3), call);
        CallRecord { arrived, queued: Some(arrived), service: Some(ServiceId(1)), ..call }
    };
    let records = [
        arriving(1, at(0)),
        arriving(2, Timestamp(at(4).0 - 1)),
        arriving(3, at(4)),
        arriving(4, Timestamp(at(8).0 - 1)),
        arriving(5, at(8)),
    ];
    let work = UserState {
        attendant: AttendantId(1),
        state: State::AfterCallWork,
        service: Some(ServiceId(1)),
        origin: Origin::Live,
        began: Timestamp(at(4).0 - 10_000),
        ended: Timestamp(at(4).0 + 5_000),
    };
    let changes: Vec<RecordChange> =
        records.iter().cloned().map(RecordChange::Put).chain([RecordChange::StateEnded(work)]).collect();
    store.append(lease, 0, &[], &changes).await.expect(WORKS);
    let told = store.service_sessions(&ReportFilter::default(), &[at(0), at(4), at(8)]).await.expect(WORKS);
    let told: Vec<(u64, u64)> =
        told.iter().map(|cell| (cell.aggregate.sessions(), cell.aggregate.times.acw_ms)).collect();
    assert_eq!(told, [(2, 10_000), (2, 5_000)]);
}

async fn simulated_calls_and_states_never_count<S: Journal + Reports>(store: &S) {
    let lease = store.take_lease("suite").await.expect(WORKS);
    let mut dice = Dice(5);
    let call = CallRecord { origin: Origin::Simulated, ..some_call(&mut dice, 1) };
    let state = UserState { origin: Origin::Simulated, ..some_state(&mut dice) };
    let changes = [RecordChange::Put(call), RecordChange::StateEnded(state)];
    store.append(lease, 0, &[], &changes).await.expect(WORKS);
    agree(store, &[], &[]).await;
    let all = [Range { from: at(-1000), to: at(1000) }];
    assert!(store.calls_behind(&ReportFilter::default(), &all, None, 10).await.expect(WORKS).is_empty());
}

async fn the_calls_behind_a_number_come_newest_first_in_pages<S: Journal + Reports>(store: &S) {
    let lease = store.take_lease("suite").await.expect(WORKS);
    let mut dice = Dice(11);
    let records: Vec<CallRecord> = (1..=120).map(|call| some_call(&mut dice, call)).collect();
    let mut changes: Vec<RecordChange> = records.iter().cloned().map(RecordChange::Put).collect();
    let goes_on = some_call(&mut dice, 121);
    changes.push(RecordChange::Put(CallRecord { ended: None, outcome: None, ..goes_on }));
    store.append(lease, 0, &[], &changes).await.expect(WORKS);

    let ranges = [
        Range { from: at(-100), to: at(-40) },
        Range { from: at(-40), to: at(-39) },
        Range { from: at(3), to: at(60) },
    ];
    let filters = [
        ReportFilter::default(),
        ReportFilter { services: Some([ServiceId(1), ServiceId(7)].into()), ..ReportFilter::default() },
        ReportFilter { services: Some([ServiceId(2)].into()), ..ReportFilter::default() },
        ReportFilter { attendant: Some(AttendantId(3)), outcomes: [5, 16].into(), ..ReportFilter::default() },
        ReportFilter { parties: parties(&[4]), ..ReportFilter::default() },
        ReportFilter {
            parties: parties(&[2, 4]),
            services: Some([ServiceId(1)].into()),
            ..ReportFilter::default()
        },
    ];
    for filter in &filters {
        let asked =
            |record: &&CallRecord| filter.has(record) && ranges.iter().any(|range| range.has(record.arrived));
        let mut want: Vec<CallRecord> = records.iter().filter(asked).cloned().collect();
        want.sort_by_key(|record| std::cmp::Reverse(RecordCursor::of(record)));
        assert!(!want.is_empty(), "{filter:?}");
        let mut told: Vec<CallRecord> = Vec::new();
        loop {
            let before = told.last().map(RecordCursor::of);
            let page = store.calls_behind(filter, &ranges, before, 7).await.expect(WORKS);
            assert!(page.len() <= 7);
            if page.is_empty() {
                break;
            }
            told.extend(page);
        }
        assert_eq!(told, want, "{filter:?}");
    }
}

/// REPORT-4: all there is, step by step, once each, and of some services only theirs.
async fn whoever_goes_through_all_meets_each_once_in_order<S: Journal + Reports>(store: &S) {
    let lease = store.take_lease("suite").await.expect(WORKS);
    let mut dice = Dice(13);
    let records: Vec<CallRecord> = (1..=90).map(|call| some_call(&mut dice, call)).collect();
    let states: Vec<UserState> = (0..60).map(|_| some_state(&mut dice)).collect();
    let mut changes: Vec<RecordChange> = records.iter().cloned().map(RecordChange::Put).collect();
    changes.extend(states.iter().copied().map(RecordChange::StateEnded));
    let goes_on = CallRecord { ended: None, outcome: None, party: PartyId(77), ..some_call(&mut dice, 91) };
    let training = CallRecord { origin: Origin::Simulated, party: PartyId(78), ..some_call(&mut dice, 92) };
    changes.extend([goes_on, training].map(RecordChange::Put));
    changes.push(RecordChange::StateEnded(UserState { origin: Origin::Simulated, ..some_state(&mut dice) }));
    store.append(lease, 0, &[], &changes).await.expect(WORKS);

    let range = Range { from: at(-100), to: at(150) };
    for services in
        [None, Some([ServiceId(1), ServiceId(7)].into()), Some([ServiceId(2)].into()), Some(BTreeSet::new())]
    {
        let filter = ReportFilter { services: services.clone(), ..ReportFilter::default() };
        let mut want: Vec<CallRecord> =
            records.iter().filter(|one| filter.has(one) && range.has(one.arrived)).cloned().collect();
        want.sort_by_key(RecordCursor::of);
        let mut told: Vec<CallRecord> = Vec::new();
        loop {
            let after = told.last().map(RecordCursor::of);
            let step = store.calls_onward(&filter, range, after, 7).await.expect(WORKS);
            if step.is_empty() {
                break;
            }
            told.extend(step);
        }
        assert_eq!(told, want, "{services:?}");

        let of_state = |state: &&UserState| range.has(state.began) && filter.has_service(state.service);
        let want: Vec<UserState> = states.iter().filter(of_state).copied().collect();
        let mut told: Vec<(u64, UserState)> = Vec::new();
        loop {
            let after = told.last().map_or(0, |(place, _)| *place);
            let step = store.states_onward(services.as_ref(), range, after, 7).await.expect(WORKS);
            if step.is_empty() {
                break;
            }
            told.extend(step);
        }
        assert!(told.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(told.into_iter().map(|(_, state)| state).collect::<Vec<_>>(), want, "{services:?}");

        let want: BTreeSet<PartyId> =
            records.iter().filter(|one| filter.has(one)).map(|one| one.party).collect();
        let mut told: Vec<PartyId> = Vec::new();
        loop {
            let step = store.callers_onward(services.as_ref(), told.last().copied(), 7).await.expect(WORKS);
            if step.is_empty() {
                break;
            }
            told.extend(step);
        }
        assert_eq!(told, want.into_iter().collect::<Vec<_>>(), "{services:?}");
    }
    assert_eq!(store.call_over(CallId(5), 1).await.expect(WORKS), Some(records[4].clone()));
    for (call, part) in [(91, 1), (92, 1), (5, 2), (999, 1)] {
        assert_eq!(store.call_over(CallId(call), part).await.expect(WORKS), None, "{call}-{part}");
    }
}

async fn reports_keep_their_limits<S: Journal + Reports>(store: &S) {
    let all = ReportFilter::default();
    let too_many: Vec<Timestamp> = (0..=INTERVALS_MAX as i64 + 1).map(at).collect();
    for borders in
        [&[][..], &[at(0)], &[at(0), at(0)], &[at(1), at(0)], &[at(0), Timestamp(at(1).0 + 1)], &too_many]
    {
        out_of_range(store.service_sessions(&all, borders).await);
        out_of_range(store.user_sessions(&all, borders).await);
        out_of_range(store.sums(&all, borders, &[0], Detail::Whole).await);
    }
    let most = &too_many[..=INTERVALS_MAX];
    assert!(store.service_sessions(&all, most).await.expect(WORKS).is_empty());
    for filter in [
        ReportFilter { parties: parties(&[1]), ..all.clone() },
        ReportFilter { outcomes: [1].into(), ..all.clone() },
    ] {
        out_of_range(store.user_sessions(&filter, &[at(0), at(1)]).await);
    }
    let range = |from, to| Range { from: at(from), to: at(to) };
    for ranges in [&[][..], &[range(1, 1)], &[range(0, 5), range(4, 6)], &[range(4, 6), range(0, 2)]] {
        out_of_range(store.calls_behind(&all, ranges, None, 10).await);
    }
    for limit in [0, CALLS_MAX + 1] {
        out_of_range(store.calls_behind(&all, &[range(0, 1)], None, limit).await);
    }
    for limit in [0, STRIDE_MAX + 1] {
        out_of_range(store.calls_onward(&all, range(0, 1), None, limit).await);
        out_of_range(store.states_onward(None, range(0, 1), 0, limit).await);
        out_of_range(store.callers_onward(None, None, limit).await);
    }
    for limit in [0, CALLERS_MAX + 1] {
        out_of_range(store.callers(&all, range(0, 1), 0, limit).await);
    }
    out_of_range(store.callers(&all, range(1, 1), 0, 10).await);
    out_of_range(store.build_rollups(STEP_MAX + 1).await);
}
