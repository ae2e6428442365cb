//! Aggregates beside the records they come from: the same KPIs to the last digit, in whatever order and grouping they are added
//! up; percentiles within the error that is stated; calls and states at the borders of intervals.

use engine::{AttendantId, CallId, Origin, PartyId, ServiceId, Timestamp};
use proptest::prelude::*;
use reporting::aggregate::{
    ServiceSessionAggregate, Slot, Thresholds, UserSessionAggregate, after_call_work, divide, time_in,
};
use reporting::kpi::{AttendantTime, Counts, Kpi, percentile, waits_of_answered};
use reporting::sketch::{Sketch, Waits};
use reporting::{CallRecord, Outcome, State, UserOutcome, UserSession, UserState};

const LATER: Timestamp = Timestamp(i64::MAX);

fn at(ms: i64) -> Timestamp {
    Timestamp(ms)
}

prop_compose! {
    /// Any record that a fold or an import could give, and some that only a fault could.
    fn any_record()(
        call in 1..1000_u64,
        outbound in prop::bool::weighted(0.1),
        arrived in 0..10_000_000_i64,
        queued in prop::option::weighted(0.9, 0..20_000_i64),
        accepted in prop::option::of(prop_oneof![0..90_000_i64, (0..90_i64).prop_map(|second| second * 1000)]),
        ended in prop::option::weighted(0.9, -5_000..400_000_i64),
        times in prop::array::uniform3(0..1_000_000_u64),
        outcome in prop::sample::select(&Outcome::ALL[..]),
        ring in 0..20_000_u64,
    ) -> CallRecord {
        let [connected_ms, hold_ms, park_ms] = times;
        let queued = queued.map(|after| at(arrived + after));
        let accepted = accepted.map(|after| at(queued.map_or(arrived, |queued| queued.0) + after));
        let had = accepted.map(|accepted| UserSession {
            attendant: AttendantId(1),
            began: accepted,
            ended: Some(accepted),
            outcome: Some(UserOutcome::Accepted),
            target: None,
            ring_ms: ring,
            connected_ms,
            hold_ms,
        });
        CallRecord {
            call: CallId(call),
            part: 1,
            origin: Origin::Live,
            outbound,
            service: Some(ServiceId(1)),
            party: PartyId(1),
            arrived: at(arrived),
            queued,
            accepted,
            ended: ended.map(|after| at(accepted.or(queued).map_or(arrived, |last| last.0) + after)),
            connected_ms,
            hold_ms,
            park_ms,
            outcome: ended.map(|_| outcome),
            imported: false,
            user_sessions: had.into_iter().collect(),
        }
    }
}

prop_compose! {
    fn any_thresholds()(sla_s in 0..120_u32, hang_up_s in 0..120_u32, short_call_s in 0..40_u32) -> Thresholds {
        Thresholds { sla_s, hang_up_s, short_call_s }
    }
}

fn sum<'a>(records: impl IntoIterator<Item = &'a CallRecord>) -> ServiceSessionAggregate {
    let mut sum = ServiceSessionAggregate::default();
    records.into_iter().for_each(|record| sum.add(&ServiceSessionAggregate::of(record)));
    sum
}

proptest! {
    /// REPORT-1, REPORT-2: for every T and short-call threshold.
    #[test]
    fn every_kpi_of_an_aggregate_is_that_of_the_records_themselves(
        records in prop::collection::vec(any_record(), 0..40),
        thresholds in any_thresholds(),
        acw_ms in 0..1_000_000_u64,
        idle_ms in 0..1_000_000_u64,
    ) {
        let over: Vec<CallRecord> = records.into_iter().filter(|record| record.ended.is_some()).collect();
        let counts = Counts::of(&over, thresholds.into(), LATER);
        let mut aggregate = sum(&over);
        prop_assert_eq!(aggregate.counts(thresholds), counts);
        aggregate.add(&after_call_work(acw_ms));
        for kpi in Kpi::ALL {
            let want = counts.kpi(kpi, AttendantTime { acw_ms, idle_ms });
            prop_assert_eq!(aggregate.kpis(thresholds, Some(idle_ms)).of(kpi), want, "{}", kpi.name());
        }
        prop_assert_eq!(aggregate.sessions(), over.len() as u64);
        for outcome in Outcome::ALL {
            let have = over.iter().filter(|record| record.outcome == Some(outcome)).count() as u64;
            prop_assert_eq!(aggregate.outcomes.at(u32::from(outcome.id())), have);
        }
    }

    #[test]
    fn aggregates_add_up_the_same_in_every_order_and_grouping_and_what_was_added_can_be_taken_out(
        a in prop::collection::vec(any_record(), 0..20),
        b in prop::collection::vec(any_record(), 0..20),
        c in prop::collection::vec(any_record(), 0..20),
    ) {
        let all = sum(a.iter().chain(&b).chain(&c));
        let (a, b, c) = (sum(&a), sum(&b), sum(&c));
        let plus = |left: &ServiceSessionAggregate, right: &ServiceSessionAggregate| {
            let mut both = left.clone();
            both.add(right);
            both
        };
        prop_assert_eq!(&plus(&plus(&a, &b), &c), &all);
        prop_assert_eq!(&plus(&a, &plus(&b, &c)), &all);
        prop_assert_eq!(&plus(&plus(&c, &b), &a), &all);
        let mut less = all;
        less.remove(&b);
        prop_assert_eq!(less, plus(&a, &c));
    }

    #[test]
    fn a_percentile_of_the_sketch_is_within_one_per_cent_of_the_true_one(
        records in prop::collection::vec(any_record(), 1..60),
        share in 0.0..=1.0_f64,
    ) {
        let over: Vec<CallRecord> = records.into_iter().filter(|record| record.ended.is_some()).collect();
        let mut waits = waits_of_answered(&over);
        let true_one = percentile(&mut waits, share);
        let told = sum(&over).wait_sketch.percentile(share);
        prop_assert_eq!(told.is_some(), true_one.is_some());
        if let (Some(told), Some(true_one)) = (told, true_one) {
            prop_assert!(told.abs_diff(true_one) as f64 <= true_one as f64 * Sketch::RELATIVE_ERROR, "{told} for {true_one}");
        }
    }

    #[test]
    fn every_value_is_found_again_within_one_per_cent(value in 0..604_800_000_u64) {
        let mut sketch = Sketch::default();
        sketch.count(value);
        let told = sketch.percentile(1.0).expect("there is one");
        prop_assert!(told.abs_diff(value) as f64 <= value as f64 * Sketch::RELATIVE_ERROR, "{told} for {value}");
    }

    #[test]
    fn how_many_waited_within_t_is_exact_for_every_whole_second(
        waits in prop::collection::vec(0..90_000_u64, 0..50),
        seconds in 0..100_u32,
    ) {
        let mut counted = Waits::default();
        waits.iter().for_each(|wait| counted.count(*wait));
        let ms = u64::from(seconds) * 1000;
        prop_assert_eq!(counted.within(seconds), waits.iter().filter(|wait| **wait <= ms).count() as u64);
        prop_assert_eq!(counted.sooner_than(seconds), waits.iter().filter(|wait| **wait < ms).count() as u64);
    }

    #[test]
    fn a_state_is_divided_at_the_borders_of_intervals_and_nothing_is_lost(
        began in -3_000_000..3_000_000_i64,
        length in 1..100_000_000_i64,
    ) {
        let state = state(began, began + length);
        let parts: Vec<(Slot, u64)> = divide(&state).collect();
        prop_assert_eq!(parts.iter().map(|(_, ms)| *ms).sum::<u64>(), length as u64);
        prop_assert_eq!(parts.first().map(|(slot, _)| *slot), Some(Slot::of(at(began))));
        for pair in parts.windows(2) {
            prop_assert_eq!(pair[0].0.0 + 1, pair[1].0.0);
        }
        prop_assert!(parts.iter().all(|(_, ms)| (1..=Slot::MS as u64).contains(ms)));
    }
}

fn state(began: i64, ended: i64) -> UserState {
    UserState {
        attendant: AttendantId(1),
        state: State::Idle,
        service: None,
        origin: Origin::Live,
        began: at(began),
        ended: at(ended),
    }
}

#[test]
fn a_moment_on_a_border_belongs_to_the_interval_that_begins_there() {
    assert_eq!(Slot::of(at(0)), Slot(0));
    assert_eq!(Slot::of(at(Slot::MS - 1)), Slot(0));
    assert_eq!(Slot::of(at(Slot::MS)), Slot(1));
    assert_eq!(Slot::of(at(-1)), Slot(-1));
    assert_eq!(Slot(-1).began(), at(-Slot::MS));
    let to_the_border: Vec<_> = divide(&state(Slot::MS - 1, Slot::MS)).collect();
    assert_eq!(to_the_border, [(Slot(0), 1)]);
}

#[test]
fn a_clock_that_was_set_by_years_counts_as_a_week() {
    let week = 7 * 86_400_000;
    let parts: Vec<_> = divide(&state(0, 50 * 52 * week)).collect();
    assert_eq!(parts.iter().map(|(_, ms)| *ms).sum::<u64>(), week as u64);
}

#[test]
fn no_data_is_no_figure() {
    let thresholds = Thresholds { sla_s: 20, hang_up_s: 5, short_call_s: 5 };
    let none = ServiceSessionAggregate::default();
    for kpi in Kpi::ALL {
        assert_eq!(none.kpis(thresholds, Some(0)).of(kpi), None, "{}", kpi.name());
    }
    assert_eq!(none.wait_sketch.percentile(0.5), None);
    let nobody = UserSessionAggregate::default();
    assert_eq!((nobody.aht_ms(), nobody.occupancy()), (None, None));
}

#[test]
fn the_occupancy_of_attendants_who_serve_others_too_is_no_data() {
    let thresholds = Thresholds { sla_s: 20, hang_up_s: 5, short_call_s: 5 };
    let worked = after_call_work(1000);
    assert_eq!(worked.kpis(thresholds, None).of(Kpi::Occupancy), None);
    assert_eq!(worked.kpis(thresholds, Some(3000)).of(Kpi::Occupancy), Some(0.25));
}

#[test]
fn an_attendants_handling_time_and_occupancy() {
    let session = |outcome, connected_ms| UserSession {
        attendant: AttendantId(1),
        began: at(0),
        ended: Some(at(50_000)),
        outcome: Some(outcome),
        target: None,
        ring_ms: 5_000,
        connected_ms,
        hold_ms: 1_000,
    };
    let mut hers = UserSessionAggregate::default();
    hers.add(&UserSessionAggregate::of(&session(UserOutcome::Accepted, 40_000)));
    hers.add(&UserSessionAggregate::of(&session(UserOutcome::TransferredInternally, 20_000)));
    hers.add(&UserSessionAggregate::of(&session(UserOutcome::TimedOut, 0)));
    assert_eq!(hers.occupancy(), None, "nothing is known of the time between her calls");
    hers.add(&time_in(State::AfterCallWork, 20_000));
    hers.add(&time_in(State::Idle, 20_000));
    assert_eq!((hers.had(), hers.ended(UserOutcome::TimedOut), hers.times.ring_ms), (2, 1, 15_000));
    assert_eq!(hers.aht_ms(), Some(40_000.0));
    assert_eq!(hers.occupancy(), Some(0.8));
    let goes_on = UserSession { outcome: None, ended: None, ..session(UserOutcome::Accepted, 1) };
    assert_eq!(UserSessionAggregate::of(&goes_on), UserSessionAggregate::default());
}
