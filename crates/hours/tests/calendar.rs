//! What calendars say (ROUTE-4): priority, half-open ends, past midnight, and the days on which clocks are put forward,
//! put back, or a whole day is skipped.

use hours::{
    Because, Calendar, Date, DateTime, DaySet, Part, Period, Shift, Shown, State, Verdict, WallTime, Weekday,
    When, Zone,
};
use jiff::Timestamp;

fn calendar(zone: &str, default: State) -> Calendar {
    let zone = Zone::parse(zone).expect("the tests name real zones");
    Calendar { name: "Main".into(), zone, default, primary: vec![], secondary: vec![] }
}

fn period(state: State, when: When) -> Period {
    Period { state, when, label: String::new() }
}

fn time(text: &str) -> WallTime {
    WallTime::parse(text).expect("the tests write real times")
}

fn weekly(days: DaySet, from: &str, to: &str) -> When {
    When::Weekly { days, from: time(from), to: time(to) }
}

fn date(text: &str) -> Date {
    text.parse().expect("the tests write real dates")
}

fn local(text: &str) -> DateTime {
    text.parse().expect("the tests write real local times")
}

/// An instant, written with its offset.
fn at(text: &str) -> i64 {
    text.parse::<Timestamp>().expect("the tests write real instants").as_millisecond()
}

fn open(because: Because, until: &str) -> Verdict {
    Verdict { state: State::Open, because, until: Some(at(until)) }
}

fn closed(because: Because, until: &str) -> Verdict {
    Verdict { state: State::Closed, because, until: Some(at(until)) }
}

const FIRST: Because = Because::Secondary(0);

/// Open every day at these hours.
fn daily(zone: &str, from: &str, to: &str) -> Calendar {
    let mut calendar = calendar(zone, State::Closed);
    calendar.secondary.push(period(State::Open, weekly(DaySet::EVERY_DAY, from, to)));
    calendar
}

#[test]
fn primary_periods_come_before_secondary_ones_and_these_before_the_default() {
    let mut office = calendar("Europe/Zurich", State::Closed);
    office.secondary.push(period(State::Closed, weekly(DaySet::MONDAY_TO_FRIDAY, "12:00", "13:00")));
    office.secondary.push(period(State::Open, weekly(DaySet::MONDAY_TO_FRIDAY, "08:00", "17:00")));
    office.primary.push(period(State::Closed, When::Yearly { month: 12, day: 25 }));
    office.primary.push(period(
        State::Open,
        When::Span { from: local("2026-12-24T06:00"), to: local("2026-12-25T09:30") },
    ));

    let said = |text| office.at(at(text));
    assert_eq!(said("2026-12-22T11:59:59+01:00"), open(Because::Secondary(1), "2026-12-22T12:00+01:00"));
    assert_eq!(said("2026-12-22T12:00+01:00"), closed(Because::Secondary(0), "2026-12-22T13:00+01:00"));
    assert_eq!(said("2026-12-22T17:00+01:00"), closed(Because::Default, "2026-12-23T08:00+01:00"));
    assert_eq!(said("2026-12-24T12:30+01:00"), open(Because::Primary(1), "2026-12-25T00:00+01:00"));
    // Of two primary periods the one further up; and the state stays until Monday, whatever says so.
    assert_eq!(said("2026-12-25T09:00+01:00"), closed(Because::Primary(0), "2026-12-28T08:00+01:00"));
    assert_eq!(said("2026-12-26T09:00+01:00").because, Because::Default);
}

#[test]
fn a_period_begins_at_its_first_millisecond_and_is_over_at_its_end() {
    let office = daily("Europe/Zurich", "08:00", "17:00");
    let (from, to) = (at("2026-03-02T08:00+01:00"), at("2026-03-02T17:00+01:00"));
    let states: Vec<_> = [from - 1, from, to - 1, to].iter().map(|ms| office.at(*ms).state).collect();
    assert_eq!(states, [State::Closed, State::Open, State::Open, State::Closed]);
    assert_eq!(office.at(from - 1).until, Some(from));
    assert_eq!(office.at(from).until, Some(to));
    assert_eq!(office.at(to - 1).until, Some(to));
}

#[test]
fn the_last_date_of_whole_days_belongs_to_the_period() {
    let mut shop = calendar("Europe/Zurich", State::Open);
    let holidays = When::Dates { from: date("2026-12-24"), to: date("2026-12-26") };
    shop.primary.push(period(State::Closed, holidays));
    let first = Because::Primary(0);
    assert_eq!(
        shop.at(at("2026-12-23T23:59:59.999+01:00")),
        open(Because::Default, "2026-12-24T00:00+01:00")
    );
    assert_eq!(shop.at(at("2026-12-26T23:59:59.999+01:00")), closed(first, "2026-12-27T00:00+01:00"));
    assert_eq!(
        shop.at(at("2026-12-27T00:00+01:00")),
        Verdict { state: State::Open, because: Because::Default, until: None }
    );
}

#[test]
fn a_period_past_midnight_belongs_to_the_day_on_which_it_begins() {
    let mut bar = calendar("Europe/Zurich", State::Closed);
    bar.secondary.push(period(State::Open, weekly(DaySet::from_iter([Weekday::Friday]), "20:00", "02:00")));
    assert_eq!(bar.at(at("2026-03-06T01:00+01:00")), closed(Because::Default, "2026-03-06T20:00+01:00"));
    assert_eq!(bar.at(at("2026-03-06T23:00+01:00")), open(FIRST, "2026-03-07T02:00+01:00"));
    assert_eq!(bar.at(at("2026-03-07T01:59+01:00")), open(FIRST, "2026-03-07T02:00+01:00"));
    assert_eq!(bar.at(at("2026-03-07T02:00+01:00")), closed(Because::Default, "2026-03-13T20:00+01:00"));
}

#[test]
fn a_period_that_ends_when_it_begins_lasts_a_whole_day_and_24_00_is_the_end_of_one() {
    let mut line = calendar("UTC", State::Closed);
    line.secondary.push(period(State::Open, weekly(DaySet::from_iter([Weekday::Monday]), "06:00", "06:00")));
    assert_eq!(line.at(at("2026-03-02T06:00Z")), open(FIRST, "2026-03-03T06:00Z"));
    line.secondary[0].when = weekly(DaySet::from_iter([Weekday::Monday]), "06:00", "24:00");
    assert_eq!(line.at(at("2026-03-02T06:00Z")), open(FIRST, "2026-03-03T00:00Z"));
}

#[test]
fn what_stays_for_400_days_has_no_end() {
    let always = daily("Europe/Zurich", "00:00", "24:00");
    assert_eq!(always.at(0), Verdict { state: State::Open, because: FIRST, until: None });
    let mut once = calendar("UTC", State::Open);
    let day = date("2030-01-01");
    once.primary.push(period(State::Closed, When::Dates { from: day, to: day }));
    let change = at("2030-01-01T00:00Z");
    let horizon = 400 * 24 * 60 * 60 * 1000;
    assert_eq!(once.at(change - horizon).until, None);
    assert_eq!(once.at(change - horizon + 1).until, Some(change));
}

#[test]
fn the_29th_of_february_is_there_in_leap_years_only() {
    let mut shop = calendar("UTC", State::Open);
    shop.primary.push(period(State::Closed, When::Yearly { month: 2, day: 29 }));
    assert_eq!(shop.at(at("2028-02-28T12:00Z")), open(Because::Default, "2028-02-29T00:00Z"));
    assert_eq!(shop.at(at("2026-02-28T12:00Z")).until, None);
}

#[test]
fn zurich_skips_an_hour_in_spring_and_repeats_one_in_autumn() {
    // 2026-03-29 02:00 is 03:00: what begins in the gap begins after it.
    let night = daily("Europe/Zurich", "02:30", "04:00");
    assert_eq!(night.at(at("2026-03-29T01:59:59+01:00")), closed(Because::Default, "2026-03-29T03:00+02:00"));
    assert_eq!(night.at(at("2026-03-29T03:00+02:00")), open(FIRST, "2026-03-29T04:00+02:00"));
    // A period inside the gap does not happen on that day.
    let lost = daily("Europe/Zurich", "02:00", "03:00");
    assert_eq!(lost.at(at("2026-03-29T01:30+01:00")), closed(Because::Default, "2026-03-30T02:00+02:00"));

    // 2026-10-25 03:00 is 02:00 again: both passes of 02:00 to 02:30 are covered, and what lies between is not.
    let half = daily("Europe/Zurich", "02:00", "02:30");
    assert_eq!(half.at(at("2026-10-25T02:10+02:00")), open(FIRST, "2026-10-25T02:30+02:00"));
    assert_eq!(half.at(at("2026-10-25T02:40+02:00")), closed(Because::Default, "2026-10-25T02:00+01:00"));
    assert_eq!(half.at(at("2026-10-25T02:10+01:00")), open(FIRST, "2026-10-25T02:30+01:00"));
    let whole = daily("Europe/Zurich", "02:00", "03:00");
    assert_eq!(whole.at(at("2026-10-25T02:10+02:00")), open(FIRST, "2026-10-25T03:00+01:00"));
}

#[test]
fn new_york_shifts_its_hours_on_other_days() {
    let office = daily("America/New_York", "01:30", "09:00");
    // 2026-03-08 and 2026-11-01, at 02:00.
    assert_eq!(office.at(at("2026-03-08T01:30-05:00")), open(FIRST, "2026-03-08T09:00-04:00"));
    assert_eq!(office.at(at("2026-11-01T01:45-04:00")), closed_again());
    assert_eq!(office.at(at("2026-11-01T01:10-05:00")), closed(Because::Default, "2026-11-01T01:30-05:00"));
    assert_eq!(office.at(at("2026-11-01T01:30-05:00")), open(FIRST, "2026-11-01T09:00-05:00"));

    /// The clock goes from 01:59 back to 01:00, which is before the hours begin.
    fn closed_again() -> Verdict {
        open(FIRST, "2026-11-01T01:00-05:00")
    }
}

#[test]
fn lord_howe_shifts_by_half_an_hour() {
    let hours = daily("Australia/Lord_Howe", "01:45", "02:15");
    // 2026-04-05 02:00 +11 is 01:30 +10:30.
    assert_eq!(hours.at(at("2026-04-05T01:50+11:00")), open(FIRST, "2026-04-05T01:30+10:30"));
    assert_eq!(hours.at(at("2026-04-05T01:30+10:30")), closed(Because::Default, "2026-04-05T01:45+10:30"));
    assert_eq!(hours.at(at("2026-04-05T01:45+10:30")), open(FIRST, "2026-04-05T02:15+10:30"));
    // 2026-10-04 02:00 +10:30 is 02:30 +11.
    assert_eq!(hours.at(at("2026-10-04T01:50+10:30")), open(FIRST, "2026-10-04T02:30+11:00"));
    assert_eq!(hours.at(at("2026-10-04T02:30+11:00")), closed(Because::Default, "2026-10-05T01:45+11:00"));
}

#[test]
fn casablanca_shifts_for_ramadan() {
    let hours = daily("Africa/Casablanca", "02:30", "08:00");
    // 2026-02-15 03:00 +01 is 02:00 +00; 2026-03-22 02:00 +00 is 03:00 +01.
    assert_eq!(hours.at(at("2026-02-15T02:40+01:00")), open(FIRST, "2026-02-15T02:00+00:00"));
    assert_eq!(hours.at(at("2026-02-15T02:00+00:00")), closed(Because::Default, "2026-02-15T02:30+00:00"));
    assert_eq!(hours.at(at("2026-03-22T01:59+00:00")), closed(Because::Default, "2026-03-22T03:00+01:00"));
    assert_eq!(hours.at(at("2026-03-22T03:00+01:00")), open(FIRST, "2026-03-22T08:00+01:00"));
}

#[test]
fn apia_skipped_a_friday() {
    // After Thursday 2011-12-29 24:00 -10 came Saturday 2011-12-31 00:00 +14.
    let mut office = calendar("Pacific/Apia", State::Closed);
    office
        .secondary
        .push(period(State::Open, weekly(DaySet::from_iter([Weekday::Friday]), "09:00", "17:00")));
    let thursday = at("2011-12-29T23:00-10:00");
    assert_eq!(office.at(thursday), closed(Because::Default, "2012-01-06T09:00+14:00"));
    let day = date("2011-12-30");
    office.primary.push(period(State::Open, When::Dates { from: day, to: day }));
    assert_eq!(office.at(thursday), closed(Because::Default, "2012-01-06T09:00+14:00"));
    office.primary[0].when = When::Dates { from: day, to: date("2011-12-31") };
    assert_eq!(office.at(thursday), closed(Because::Default, "2011-12-31T00:00+14:00"));
}

#[test]
fn any_instant_and_any_period_get_a_verdict() {
    let mut odd = calendar("Europe/Zurich", State::Open);
    odd.primary.push(period(State::Closed, When::Yearly { month: 13, day: -4 }));
    odd.primary.push(period(State::Closed, When::Dates { from: Date::MAX, to: Date::MIN }));
    odd.primary.push(period(State::Closed, When::Span { from: DateTime::MAX, to: DateTime::MIN }));
    odd.secondary.push(period(State::Closed, weekly(DaySet::default(), "24:00", "00:00")));
    for ms in [i64::MIN, -1, 0, 1, i64::MAX] {
        assert_eq!(odd.at(ms), Verdict { state: State::Open, because: Because::Default, until: None });
    }
    odd.secondary.push(period(State::Closed, weekly(DaySet::EVERY_DAY, "12:00", "12:01")));
    for ms in [i64::MIN, i64::MAX] {
        let _no_panic = odd.at(ms);
    }
}

#[test]
fn the_largest_calendar_that_never_changes_is_asked_in_bounded_time() {
    let mut full = calendar("Europe/Zurich", State::Closed);
    for minute in 0..250_u16 {
        let from = WallTime::from_minutes(minute * 5).expect("below 24:00");
        let to = WallTime::from_minutes(minute * 5 + 7).expect("below 24:00");
        let days = DaySet::EVERY_DAY;
        full.primary.push(period(State::Closed, When::Weekly { days, from, to }));
        full.secondary.push(period(State::Open, When::Weekly { days, from, to }));
    }
    let begun = std::time::Instant::now();
    assert_eq!(full.at(at("2026-01-01T00:00Z")).until, None);
    // Some 400 days of 1,000 edges: generous, for a debug build on a busy machine. Quadratic work would take minutes.
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}

#[test]
fn a_clock_on_the_wall_shows_a_time_once_twice_or_never() {
    let zurich = Zone::parse("Europe/Zurich").expect("it exists");
    let noon = at("2027-06-01T12:00:00+02:00");
    assert_eq!(zurich.shown(local("2027-06-01T12:00")), Shown::Once(noon));
    assert_eq!(zurich.local(noon), local("2027-06-01T12:00"));
    let skipped = zurich.shown(local("2027-03-28T02:30"));
    assert_eq!(skipped, Shown::Never { instead: at("2027-03-28T03:30:00+02:00") });
    let (first, second) = (at("2027-10-31T02:30:00+02:00"), at("2027-10-31T02:30:00+01:00"));
    assert_eq!(zurich.shown(local("2027-10-31T02:30")), Shown::Twice { first, second });
    assert_eq!(
        (skipped.usual(), Shown::Twice { first, second }.usual()),
        (at("2027-03-28T03:30:00+02:00"), first)
    );
}

#[test]
fn a_zone_tells_when_its_clocks_are_put_forward_or_back() {
    let year = |zone: &str| {
        let zone = Zone::parse(zone).expect("it exists");
        zone.shifts(at("2027-01-01T00:00:00Z"), at("2028-01-01T00:00:00Z"))
    };
    let spring = Shift {
        at: at("2027-03-28T02:00:00+01:00"),
        from: local("2027-03-28T02:00"),
        to: local("2027-03-28T03:00"),
    };
    let autumn = Shift {
        at: at("2027-10-31T03:00:00+02:00"),
        from: local("2027-10-31T03:00"),
        to: local("2027-10-31T02:00"),
    };
    assert_eq!(year("Europe/Zurich"), [spring, autumn]);
    assert_eq!(year("Australia/Lord_Howe").len(), 2, "by half an hour");
    assert_eq!(year("Asia/Tokyo"), []);
}

#[test]
fn a_day_is_told_part_by_part_from_midnight_to_midnight() {
    let mut office = calendar("Europe/Zurich", State::Closed);
    office.secondary.push(period(State::Closed, weekly(DaySet::MONDAY_TO_FRIDAY, "12:00", "13:00")));
    office.secondary.push(period(State::Open, weekly(DaySet::MONDAY_TO_FRIDAY, "08:00", "17:00")));
    office
        .primary
        .push(period(State::Closed, When::Dates { from: date("2026-12-25"), to: date("2026-12-25") }));
    let hour = 3_600_000_u32;
    let part = |from, to, state, because| Part { from_ms: from * hour, to_ms: to * hour, state, because };
    assert_eq!(
        office.day(date("2026-12-24")),
        [
            part(0, 8, State::Closed, Because::Default),
            part(8, 12, State::Open, Because::Secondary(1)),
            part(12, 13, State::Closed, FIRST),
            part(13, 17, State::Open, Because::Secondary(1)),
            part(17, 24, State::Closed, Because::Default),
        ]
    );
    assert_eq!(office.day(date("2026-12-25")), [part(0, 24, State::Closed, Because::Primary(0))]);
}
