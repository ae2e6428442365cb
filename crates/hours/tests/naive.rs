//! The calendar against a reading of the rules that is slow and obvious: minute by minute, period by period (ROUTE-4).
//! A failure prints the calendar; `PROPTEST_RNG_SEED=7 cargo nextest run -p hours` draws the same cases again.

use hours::{Because, Calendar, Date, DateTime, DaySet, Period, State, WallTime, When, Zone};
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;

const MINUTE_MS: i64 = 60_000;
/// How far the naive reading walks.
const WALK_DAYS: i64 = 9;

/// Zones, each with a day near which its clock shifts.
const SHIFTS: [(&str, &str); 11] = [
    ("Europe/Zurich", "2026-03-29T01:00Z"),
    ("Europe/Zurich", "2026-10-25T01:00Z"),
    ("America/New_York", "2026-03-08T07:00Z"),
    ("America/New_York", "2026-11-01T06:00Z"),
    ("Australia/Lord_Howe", "2026-04-04T15:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T15:30Z"),
    ("Africa/Casablanca", "2026-02-15T02:00Z"),
    ("Africa/Casablanca", "2026-03-22T02:00Z"),
    ("Pacific/Apia", "2011-12-30T10:00Z"),
    ("Asia/Kathmandu", "2026-06-01T00:00Z"),
    ("UTC", "2028-02-29T00:00Z"),
];

fn holds(when: &When, local: DateTime) -> bool {
    let minute = u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute())).expect("positive");
    match when {
        When::Weekly { days, from, to } => {
            let today = days.contains(local.weekday());
            let yesterday = days.contains(local.weekday().previous());
            let (from, to) = (from.minutes(), to.minutes());
            if to > from {
                today && minute >= from && minute < to
            } else {
                (today && minute >= from) || (yesterday && minute < to)
            }
        }
        When::Dates { from, to } => local.date() >= *from && local.date() <= *to,
        When::Span { from, to } => local >= *from && local < *to,
        When::Yearly { month, day } => local.month() == *month && local.day() == *day,
    }
}

fn naive(calendar: &Calendar, unix_ms: i64) -> (State, Because) {
    let at = Timestamp::from_millisecond(unix_ms).expect("the tests stay in range");
    let local = at.in_tz(calendar.zone.name()).expect("the zone exists").datetime();
    for (i, period) in calendar.primary.iter().enumerate() {
        if holds(&period.when, local) {
            return (period.state, Because::Primary(i));
        }
    }
    for (i, period) in calendar.secondary.iter().enumerate() {
        if holds(&period.when, local) {
            return (period.state, Because::Secondary(i));
        }
    }
    (calendar.default, Because::Default)
}

fn state() -> impl Strategy<Value = State> {
    prop_oneof![Just(State::Open), Just(State::Closed)]
}

/// Mostly full and half hours, so that edges meet each other and the shifts.
fn minutes() -> impl Strategy<Value = u16> {
    prop_oneof![3 => (0_u16..=48).prop_map(|halves| halves * 30), 1 => 0_u16..=1440]
}

fn wall() -> impl Strategy<Value = WallTime> {
    minutes().prop_map(|minutes| WallTime::from_minutes(minutes).expect("in range"))
}

fn when(near: Date) -> impl Strategy<Value = When> {
    let day = move || (-4_i64..=12).prop_map(move |days| near.checked_add(days.days()).expect("in range"));
    let local = move || {
        (day(), 0_u16..1440)
            .prop_map(|(day, minutes)| day.at(0, 0, 0, 0) + SignedDuration::from_mins(minutes.into()))
    };
    prop_oneof![
        3 => (1_u8..128, wall(), wall()).prop_map(|(bits, from, to)| When::Weekly {
            days: DaySet::from_bits(bits).expect("seven bits"),
            from,
            to,
        }),
        1 => (day(), day()).prop_map(|(from, to)| When::Dates { from, to }),
        1 => (local(), local()).prop_map(|(from, to)| When::Span { from, to }),
        1 => day().prop_map(|day| When::Yearly { month: day.month(), day: day.day() }),
    ]
}

fn case() -> impl Strategy<Value = (Calendar, i64)> {
    (0..SHIFTS.len()).prop_flat_map(|i| {
        let (zone, shift) = SHIFTS[i];
        let shift: Timestamp = shift.parse().expect("an instant");
        let near = shift.in_tz(zone).expect("the zone exists").date();
        let periods = move || {
            let period =
                (state(), when(near)).prop_map(|(state, when)| Period { state, when, label: String::new() });
            prop::collection::vec(period, 0..5)
        };
        let ms = -3 * 24 * 60 * MINUTE_MS..3 * 24 * 60 * MINUTE_MS;
        (state(), periods(), periods(), ms).prop_map(move |(default, primary, secondary, ms)| {
            let zone = Zone::parse(zone).expect("the zone exists");
            let name = String::from("Main");
            (Calendar { name, zone, default, primary, secondary }, shift.as_millisecond() + ms)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_verdict_is_what_the_clock_on_the_wall_says_and_ends_at_the_first_minute_that_differs(
        (calendar, at) in case()
    ) {
        let verdict = calendar.at(at);
        prop_assert_eq!((verdict.state, verdict.because), naive(&calendar, at));

        let minutes = (at.div_euclid(MINUTE_MS) + 1..).take(usize::try_from(WALK_DAYS * 24 * 60).expect("positive"));
        let changes = minutes.map(|minute| minute * MINUTE_MS).find(|ms| naive(&calendar, *ms).0 != verdict.state);
        match changes {
            Some(ms) => prop_assert_eq!(verdict.until, Some(ms)),
            None => prop_assert!(
                verdict.until.is_none_or(|until| until > at + (WALK_DAYS * 24 * 60 - 1) * MINUTE_MS),
                "{:?}", verdict
            ),
        }
    }
}
