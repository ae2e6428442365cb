//! The KPI formulas of outcomes.md, worked out by hand over a few calls (REPORT-2).

use engine::{CallId, Origin, PartyId, Timestamp};
use reporting::kpi::{AttendantTime, Counts, Kpi, Terms, percentile, waits_of_answered};
use reporting::{CallRecord, Outcome};

const TERMS: Terms = Terms { sla_ms: 20_000, hang_up_ms: 10_000, short_call_ms: 5_000 };
const NOW: Timestamp = Timestamp(1_000_000);

/// A call that arrived at 0 and was accepted or over after `seconds`.
fn call(answered: bool, seconds: i64, outcome: Option<Outcome>) -> CallRecord {
    let at = Timestamp(seconds * 1000);
    CallRecord {
        call: CallId(1),
        part: 1,
        origin: Origin::Live,
        outbound: false,
        service: None,
        party: PartyId(1),
        arrived: Timestamp(0),
        queued: (outcome != Some(Outcome::CustomerHangupBeforeAccept)).then_some(Timestamp(0)),
        accepted: answered.then_some(at),
        ended: outcome.map(|_| if answered { at + engine::Span::from_secs(60) } else { at }),
        connected_ms: if answered { 60_000 } else { 0 },
        hold_ms: if answered { 10_000 } else { 0 },
        park_ms: 5_000,
        outcome,
        imported: false,
        user_sessions: Vec::new(),
    }
}

fn a_morning() -> Vec<CallRecord> {
    vec![
        call(true, 20, Some(Outcome::UserAccepted)),
        call(true, 10, Some(Outcome::UserInternalTransferFailed)),
        call(true, 21, Some(Outcome::UserExternalTransferSuccess)),
        call(true, 5, Some(Outcome::Lost)),
        call(false, 4, Some(Outcome::CustomerHangupInQueue)),
        call(false, 5, Some(Outcome::CustomerHangupInQueue)),
        call(false, 15, Some(Outcome::CustomerHangupInQueue)),
        call(false, 90, Some(Outcome::CustomerHangupInQueue)),
        call(false, 300, Some(Outcome::QueueLimitReached)),
        call(false, 2, Some(Outcome::CustomerHangupBeforeAccept)),
    ]
}

fn kpi(records: &[CallRecord], kpi: Kpi) -> Option<f64> {
    Counts::of(records, TERMS, NOW).kpi(kpi, AttendantTime { acw_ms: 60_000, idle_ms: 100_000 })
}

#[test]
fn every_formula_gives_what_is_worked_out_by_hand() {
    // Queued 8: answered 4 (3 within 20 s, one of them lost later), abandoned 3 (2 within 20 s, 1 within 10 s), limit 1.
    let calls = a_morning();
    let want = [
        (Kpi::ServiceLevelAbandonsIgnored, 3.0 / 6.0),
        (Kpi::ServiceLevelAbandonsNegative, 3.0 / 8.0),
        (Kpi::ServiceLevelAbandonsPositive, 5.0 / 8.0),
        (Kpi::AcceptanceSla, 2.0 / 3.0),
        (Kpi::HangUpSla, 1.0 / 3.0),
        (Kpi::Reachability, 3.0 / 8.0),
        (Kpi::Asa, 56_000.0 / 4.0),
        (Kpi::AbandonmentRate, 3.0 / 8.0),
        // Connected time holds the hold already: it is not added a second time.
        (Kpi::Aht, 300_000.0 / 3.0),
        (Kpi::Occupancy, 300_000.0 / 400_000.0),
    ];
    assert_eq!(want.map(|(kpi, _)| kpi), Kpi::ALL);
    for (which, value) in want {
        assert_eq!(kpi(&calls, which), Some(value), "{}", which.name());
    }
}

#[test]
fn a_zero_denominator_is_no_data() {
    let counts = Counts::of(&[], TERMS, NOW);
    for which in Kpi::ALL {
        assert_eq!(counts.kpi(which, AttendantTime::default()), None, "{}", which.name());
    }
}

#[test]
fn a_short_call_is_neither_offered_nor_abandoned() {
    let calls = [call(false, 4, Some(Outcome::CustomerHangupInQueue))];
    let counts = Counts::of(&calls, TERMS, NOW);
    assert_eq!((counts.short, counts.queued, counts.abandoned, counts.level_events), (1, 0, 0, 0));
    let all = Counts::of(&calls, Terms { short_call_ms: 0, ..TERMS }, NOW);
    assert_eq!((all.short, all.queued, all.abandoned, all.level_events), (0, 1, 1, 1));
}

#[test]
fn one_who_still_waits_counts_against_the_level_once_the_time_has_passed() {
    let calls = [call(false, 0, None)];
    assert_eq!(Counts::of(&calls, TERMS, Timestamp(20_000)).level_events, 0);
    assert_eq!(Counts::of(&calls, TERMS, Timestamp(20_001)).level_events, 1);
}

#[test]
fn calls_we_made_are_work_but_no_callers() {
    let ours = CallRecord { outbound: true, ..call(true, 5, Some(Outcome::OutboundAccepted)) };
    assert_eq!(kpi(std::slice::from_ref(&ours), Kpi::Reachability), None);
    assert_eq!(kpi(std::slice::from_ref(&ours), Kpi::Aht), None);
    assert_eq!(kpi(std::slice::from_ref(&ours), Kpi::Occupancy), Some(120_000.0 / 220_000.0));
    assert_eq!(waits_of_answered([&ours]), []);
}

#[test]
fn a_percentile_is_a_wait_that_somebody_had() {
    let mut waits = waits_of_answered(&a_morning());
    assert_eq!(percentile(&mut waits, 0.5), Some(10_000));
    assert_eq!(percentile(&mut waits, 0.8), Some(21_000));
    assert_eq!(percentile(&mut waits, 0.0), Some(5_000));
    assert_eq!(percentile(&mut waits, 1.0), Some(21_000));
    assert_eq!(percentile(&mut waits, 1.1), None);
    assert_eq!(percentile(&mut [], 0.5), None);
}
