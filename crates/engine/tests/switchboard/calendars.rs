//! Opening hours at the switchboard (ROUTE-4): put, replaced and removed like other settings, refused with their faults, and
//! asked about instants on both sides of a change of the clocks.

use std::collections::BTreeMap;

use engine::workflow::{Nobody, Node, Step, Workflow};
use engine::{
    Calendar, CalendarId, CallId, CallState, Command, NodeId, Origin, PartyId, Rejection, Service, ServiceId,
    Timestamp,
};
use expect_test::expect;
use hours::{DaySet, Period, State, WallTime, When, Zone};

use crate::script::Desk;

const C1: CalendarId = CalendarId(1);

/// Open every day from 02:30 to 17:00, wherever that is.
fn early(id: CalendarId) -> Calendar {
    let time = |text| WallTime::parse(text).expect("a time");
    let when = When::Weekly { days: DaySet::EVERY_DAY, from: time("02:30"), to: time("17:00") };
    let hours = hours::Calendar {
        name: "Early".into(),
        zone: Zone::parse("Europe/Zurich").expect("a zone"),
        default: State::Closed,
        primary: vec![],
        secondary: vec![Period { state: State::Open, when, label: String::new() }],
    };
    Calendar { id, hours }
}

#[test]
fn a_calendar_is_put_replaced_and_removed_route_4() {
    let mut desk = Desk::new();
    let before = desk.journal().count();
    desk.act(&Command::PutCalendar(early(C1))).expect("it has no faults");
    desk.act(&Command::PutCalendar(early(C1))).expect("it has no faults");
    assert_eq!(desk.journal().count(), before + 1, "put again as it is, nothing happens");
    let mut late = early(C1);
    late.hours.name = "Late".into();
    desk.act(&Command::PutCalendar(late.clone())).expect("it has no faults");
    assert_eq!(desk.board.calendar(C1), Some(&late));
    assert_eq!(desk.board.calendars().count(), 1);

    desk.act(&Command::RemoveCalendar(C1)).expect("nothing asks it");
    assert_eq!(desk.board.calendar(C1), None);
    assert_eq!(desk.act(&Command::RemoveCalendar(C1)), Err(Rejection::UnknownCalendar(C1)));
    assert_eq!(desk.replayed(), desk.board);
}

#[test]
fn a_calendar_with_faults_is_refused_with_period_field_value_and_range_route_4() {
    let mut desk = Desk::new();
    let mut wrong = early(C1);
    wrong.hours.name = " ".into();
    wrong.hours.primary = vec![Period {
        state: State::Closed,
        when: When::Yearly { month: 2, day: 30 },
        label: "Groundhog".repeat(20),
    }];
    let Err(Rejection::CalendarFaults(faults)) = desk.act(&Command::PutCalendar(wrong)) else {
        panic!("it was not refused with its faults");
    };
    let words: Vec<String> = faults.iter().map(ToString::to_string).collect();
    expect![[r#"
        calendar: name is 1 characters; permitted is 1 to 120 characters, not only blanks
        primary period 1: label is 180 characters; permitted is 0 to 120 characters
        primary period 1: day is 30; permitted is 1 to 29 in month 2"#]]
    .assert_eq(&words.join("\n"));
    assert_eq!(desk.board.calendars().count(), 0);
}

#[test]
fn a_switchboard_keeps_200_calendars_route_4() {
    let mut desk = Desk::new();
    for id in 1..=200 {
        desk.act(&Command::PutCalendar(early(CalendarId(id)))).expect("there is room");
    }
    let refused = desk.act(&Command::PutCalendar(early(CalendarId(201))));
    assert_eq!(refused, Err(Rejection::OutOfRange("calendars: at most 200")));
    let mut other = early(C1);
    other.hours.default = State::Open;
    desk.act(&Command::PutCalendar(other)).expect("one that is there may still change");
}

#[test]
fn a_calendar_goes_by_the_clock_on_the_wall_on_the_days_it_is_changed_route_4() {
    let calendar = early(C1);
    let open = |unix: i64| calendar.is_open(Timestamp(unix * 1000));
    // On 28 March 2027 the clock skips 02:00 to 03:00, at 01:00 UTC: what begins at 02:30 begins at 03:00.
    let skip = 1_806_195_600;
    assert!(!open(skip - 1) && open(skip));
    // On 31 October 2027 it shows 02:00 to 03:00 twice, the second time from 01:00 UTC.
    let again = 1_824_944_400;
    assert!(!open(again - 1801) && open(again - 1800) && open(again - 1), "the first pass");
    assert!(!open(again) && !open(again + 1799) && open(again + 1800), "the second pass");
}

const S1: ServiceId = ServiceId(1);

/// Asks the calendar at every caller: open leads to the queue, closed to the end.
fn asks(calendar: CalendarId) -> Workflow {
    let (open, closed) = (NodeId(2), NodeId(3));
    let steps = [
        (NodeId(1), Step::Hours { calendar, open, closed }),
        (open, Step::Queue { limit: None, timeout: closed, nobody: Nobody::Waits }),
        (closed, Step::Disconnect),
    ];
    let node = |step| Node { name: String::new(), x: 0, y: 0, step };
    let nodes: BTreeMap<NodeId, Node> = steps.into_iter().map(|(id, step)| (id, node(step))).collect();
    Workflow { start: NodeId(1), nodes }
}

/// A desk whose first service goes by these hours; some days before the moments that are asked about.
fn desk_by(calendar: Calendar, unix: i64) -> Desk {
    let mut desk = Desk::new();
    desk.now = Timestamp(unix * 1000);
    let id = calendar.id;
    desk.act(&Command::PutCalendar(calendar)).expect("it has no faults");
    let service = Service { workflow: Some(asks(id)), ..Service::new(S1, "Reception", vec![]) };
    desk.act(&Command::PutService(service)).expect("its workflow has no faults");
    desk
}

/// Whether a caller who arrives then comes into the queue.
fn comes_in(desk: &mut Desk, call: u64, unix: i64) -> bool {
    desk.now = Timestamp(unix * 1000);
    let call = CallId(call);
    let (party, origin) = (PartyId(1), Origin::Live);
    desk.act(&Command::CallArrived { call, service: S1, party, origin }).expect("there is room");
    let waits = desk.board.call(call).is_some_and(|call| matches!(call.state, CallState::Waiting(_)));
    if waits {
        desk.act(&Command::LegHungUp { leg: engine::Leg::Caller(call) }).expect("she waits");
    }
    assert!(desk.board.call(call).is_none(), "who does not wait has been let go");
    waits
}

#[test]
fn on_the_day_clocks_are_put_forward_callers_come_in_when_the_clock_on_the_wall_says_so_route_4() {
    // 28 March 2027: 02:00 to 03:00 is skipped at 01:00 UTC. Open from 02:30, so from 03:00 of that day, until 17:00.
    let (skip, hour) = (1_806_195_600, 3600);
    let mut desk = desk_by(early(C1), skip - 7 * 24 * hour);
    let day = |n: i64| skip + n * 24 * hour;
    assert!(!comes_in(&mut desk, 1, day(-1) + 30 * 60 - 1), "02:29:59 the day before");
    assert!(comes_in(&mut desk, 2, day(-1) + 30 * 60), "02:30:00 the day before");
    assert!(!comes_in(&mut desk, 3, skip - 1), "01:59:59");
    assert!(comes_in(&mut desk, 4, skip), "03:00:00, the second after");
    assert!(comes_in(&mut desk, 5, skip + 14 * hour - 1), "16:59:59, 14 hours after 03:00");
    assert!(!comes_in(&mut desk, 6, skip + 14 * hour), "17:00:00");
    assert!(!comes_in(&mut desk, 7, day(1) - hour + 30 * 60 - 1), "02:29:59 the day after");
    assert!(
        comes_in(&mut desk, 8, day(1) - hour + 30 * 60),
        "02:30:00 the day after, 23 and a half hours on"
    );
    assert_eq!(desk.replayed(), desk.board);
}

#[test]
fn on_the_day_clocks_are_put_back_callers_come_in_in_both_passes_of_the_hour_route_4() {
    // 31 October 2027: 02:00 to 03:00 is shown twice, the second time from 01:00 UTC. Open from 02:30.
    let (again, hour) = (1_824_944_400, 3600);
    let mut desk = desk_by(early(C1), again - 7 * 24 * hour);
    assert!(!comes_in(&mut desk, 1, again - 1801), "02:29:59, the first time");
    assert!(comes_in(&mut desk, 2, again - 1800), "02:30:00, the first time");
    assert!(comes_in(&mut desk, 3, again - 1), "02:59:59, the first time");
    assert!(!comes_in(&mut desk, 4, again), "02:00:00, the second time");
    assert!(!comes_in(&mut desk, 5, again + 1799), "02:29:59, the second time");
    assert!(comes_in(&mut desk, 6, again + 1800), "02:30:00, the second time");
    assert!(comes_in(&mut desk, 7, again + 15 * hour - 1), "16:59:59");
    assert!(!comes_in(&mut desk, 8, again + 15 * hour), "17:00:00");
    assert_eq!(desk.replayed(), desk.board);
}

#[test]
fn a_holiday_of_the_calendar_turns_callers_away_on_the_day_clocks_are_put_back_route_4() {
    let again = 1_824_944_400;
    let mut closed = early(C1);
    let day = |text: &str| text.parse().expect("a date");
    let when = When::Dates { from: day("2027-10-31"), to: day("2027-10-31") };
    closed.hours.primary = vec![Period { state: State::Closed, when, label: "Clocks".into() }];
    let mut desk = desk_by(closed, again - 24 * 3600);
    // The holiday is 25 hours long: from 22:00 UTC to 23:00 UTC of the day after.
    assert!(!comes_in(&mut desk, 1, again + 10 * 3600));
    let end = again + 22 * 3600;
    assert!(!comes_in(&mut desk, 2, end - 1) && !comes_in(&mut desk, 3, end), "closed at night anyhow");
    assert!(comes_in(&mut desk, 4, end + 2 * 3600 + 1800), "02:30 of the day after");
}

#[test]
fn a_calendar_that_a_workflow_asks_is_kept_route_4() {
    let mut desk = desk_by(early(C1), 1_800_000_000);
    assert_eq!(desk.act(&Command::RemoveCalendar(C1)), Err(Rejection::InUse));
    desk.act(&Command::PutService(Service::new(S1, "Reception", vec![]))).expect("it asks nothing now");
    desk.act(&Command::RemoveCalendar(C1)).expect("nothing asks it");
}
