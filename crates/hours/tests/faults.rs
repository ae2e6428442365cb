//! What may not be stored (ROUTE-4): each fault names the period, the field, its value and what is permitted.

use hours::{Calendar, DaySet, PERIODS_MAX, Period, Place, State, WallTime, When, Zone};

fn calendar() -> Calendar {
    let zone = Zone::parse("Europe/Zurich").expect("it exists");
    Calendar { name: "Main".into(), zone, default: State::Open, primary: vec![], secondary: vec![] }
}

fn closed(when: When) -> Period {
    Period { state: State::Closed, when, label: String::new() }
}

fn faults(when: When) -> Vec<String> {
    let mut calendar = calendar();
    calendar.primary = vec![closed(When::Yearly { month: 2, day: 29 }), closed(when)];
    calendar.check().iter().map(ToString::to_string).collect()
}

#[test]
fn a_usual_calendar_has_no_fault() {
    assert_eq!(calendar().check(), []);
    assert_eq!(faults(When::Yearly { month: 12, day: 31 }), [""; 0]);
}

#[test]
fn every_period_that_cannot_be_is_named_with_what_is_permitted() {
    let date = |text: &str| text.parse().expect("a date");
    let local = |text: &str| text.parse().expect("a local time");
    let cases = [
        (When::Yearly { month: 13, day: 1 }, "primary period 2: month is 13; permitted is 1 to 12"),
        (When::Yearly { month: 0, day: 1 }, "primary period 2: month is 0; permitted is 1 to 12"),
        (When::Yearly { month: 4, day: 31 }, "primary period 2: day is 31; permitted is 1 to 30 in month 4"),
        (
            When::Dates { from: date("2026-12-26"), to: date("2026-12-24") },
            "primary period 2: to is 2026-12-24; permitted is 2026-12-26 or later",
        ),
        (
            When::Dates { from: date("1969-12-31"), to: date("2026-12-24") },
            "primary period 2: from is 1969-12-31; permitted is a date of the years 1970 to 2199",
        ),
        (
            When::Span { from: local("2026-12-24T08:00"), to: local("2026-12-24T08:00") },
            "primary period 2: to is 2026-12-24T08:00:00; permitted is later than 2026-12-24T08:00:00",
        ),
        (
            When::Weekly { days: DaySet::default(), from: WallTime::START, to: WallTime::END },
            "primary period 2: days is none; permitted is one day of the week or more",
        ),
        (
            When::Weekly { days: DaySet::EVERY_DAY, from: WallTime::END, to: WallTime::END },
            "primary period 2: from is 24:00; permitted is 00:00 to 23:59; 24:00 is 00:00 of the day after",
        ),
    ];
    for (when, fault) in cases {
        assert_eq!(faults(when), [fault]);
    }
}

#[test]
fn names_labels_and_the_number_of_periods_have_limits() {
    for (chars, count) in [(0, 1), (1, 0), (120, 0), (121, 1)] {
        let mut calendar = calendar();
        calendar.name = "ü".repeat(chars);
        assert_eq!(calendar.check().len(), count, "{chars}");
    }
    let mut calendar = calendar();
    calendar.name = "   ".into();
    calendar.secondary = vec![closed(When::Yearly { month: 1, day: 1 }); PERIODS_MAX];
    calendar.secondary[7].label = "x".repeat(121);
    let places: Vec<_> = calendar.check().iter().map(|fault| (fault.place, fault.field)).collect();
    assert_eq!(places, [(Place::Calendar, "name"), (Place::Secondary(7), "label")]);

    calendar.primary.push(closed(When::Yearly { month: 1, day: 1 }));
    assert!(calendar.check().iter().any(|fault| fault.field == "periods" && fault.value == "501"));
}
