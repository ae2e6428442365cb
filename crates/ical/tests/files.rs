//! Whole files in the style in which governments and Outlook publish holidays (ROUTE-4): every period that comes of them,
//! and every note. Then: no bytes make the reader panic, and it keeps its own limits.

use expect_test::{Expect, expect};
use hours::{Calendar, PERIODS_MAX, Period, State, When, Zone};
use ical::{Import, NOTES_MAX, Note, Window, read};
use proptest::prelude::*;

const ZURICH: &[u8] = include_bytes!("files/feiertage-zuerich.ics");
const BAVARIA: &[u8] = include_bytes!("files/feiertage-bayern-outlook.ics");
const ENGLAND: &[u8] = include_bytes!("files/england-and-wales.ics");

fn zone(name: &str) -> Zone {
    Zone::parse(name).expect("the tests name real zones")
}

fn import(bytes: &[u8], name: &str) -> Result<Import, Note> {
    read(bytes, &zone(name), Window::of_year(2026))
}

fn told(import: &Import) -> String {
    let name = import.name.iter().cloned();
    let found =
        import.found.iter().map(|found| format!("{} {}: {}", found.line, found.label, when(&found.when)));
    let notes = import.notes.iter().map(ToString::to_string);
    name.chain(found).chain(notes).collect::<Vec<_>>().join("\n")
}

fn when(when: &When) -> String {
    match when {
        When::Dates { from, to } if from == to => from.to_string(),
        When::Dates { from, to } => format!("{from} to {to}"),
        When::Span { from, to } => format!("{from} until {to}"),
        When::Yearly { month, day } => format!("every year on {month:02}-{day:02}"),
        When::Weekly { days, from, to } => format!("every week on {:07b} {from} to {to}", days.bits()),
    }
}

fn check(bytes: &[u8], zone: &str, expected: Expect) {
    expected.assert_eq(&told(&import(bytes, zone).expect("it is a calendar")));
}

#[test]
fn the_holidays_of_a_swiss_canton_come_along_rules_and_all_route_4() {
    check(
        ZURICH,
        "Europe/Zurich",
        expect![[r#"
        Feiertage Kanton Zürich
        9 Neujahr: every year on 01-01
        22 Berchtoldstag: every year on 01-02
        35 Tag der Arbeit: every year on 05-01
        48 Bundesfeier: every year on 08-01
        61 Weihnachten: every year on 12-25
        74 Stephanstag: every year on 12-26
        148 Karfreitag: 2026-04-03
        160 Ostermontag: 2026-04-06
        172 Auffahrt: 2026-05-14
        184 Pfingstmontag: 2026-05-25
        87 Eidgenössischer Dank-, Buss- und Bettag: 2026-09-20
        196 Karfreitag: 2027-03-26
        208 Ostermontag: 2027-03-29
        220 Auffahrt: 2027-05-06
        232 Pfingstmontag: 2027-05-17
        87 Eidgenössischer Dank-, Buss- und Bettag: 2027-09-19
        244 Karfreitag: 2028-04-14
        256 Ostermontag: 2028-04-17
        268 Auffahrt: 2028-05-25
        280 Pfingstmontag: 2028-06-05
        87 Eidgenössischer Dank-, Buss- und Bettag: 2028-09-17
        87 Eidgenössischer Dank-, Buss- und Bettag: 2029-09-16
        87 Eidgenössischer Dank-, Buss- und Bettag: 2030-09-15
        line 92: RRULE is "FREQ=YEARLY;BYMONTH=9;BYDAY=3SU"; it has no end; told date by date until 2030-12-31
        line 103: DTSTART is "20250418, and 3 more"; permitted is dates from 2026-01-01 to 2030-12-31"#]],
    );
}

#[test]
fn a_calendar_that_outlook_exported_comes_along_with_its_zone_route_4() {
    check(
        BAVARIA,
        "Europe/Berlin",
        expect![[r#"
        Feiertage Bayern
        25 Neujahr: 2026-01-01
        51 Heilige Drei Könige: 2026-01-06
        675 Betriebsversammlung: 2026-03-03T14:00:00 until 2026-03-03T16:00:00
        77 Karfreitag: 2026-04-03
        103 Ostermontag: 2026-04-06
        675 Betriebsversammlung: 2026-04-07T14:00:00 until 2026-04-07T16:00:00
        129 Tag der Arbeit: 2026-05-01
        155 Christi Himmelfahrt: 2026-05-14
        181 Pfingstmontag: 2026-05-25
        207 Fronleichnam: 2026-06-04
        703 Betriebsversammlung (verlegt): 2026-06-08T09:00:00 until 2026-06-08T11:00:00
        233 Mariä Himmelfahrt: 2026-08-15
        259 Tag der Deutschen Einheit: 2026-10-03
        285 Allerheiligen: 2026-11-01
        649 Heiligabend ab 12 Uhr geschlossen: 2026-12-24T12:00:00 until 2026-12-25T00:00:00
        311 Weihnachten: 2026-12-25 to 2026-12-26
        337 Neujahr: 2027-01-01
        363 Heilige Drei Könige: 2027-01-06
        389 Karfreitag: 2027-03-26
        415 Ostermontag: 2027-03-29
        441 Tag der Arbeit: 2027-05-01
        467 Christi Himmelfahrt: 2027-05-06
        493 Pfingstmontag: 2027-05-17
        519 Fronleichnam: 2027-05-27
        545 Mariä Himmelfahrt: 2027-08-15
        571 Tag der Deutschen Einheit: 2027-10-03
        597 Allerheiligen: 2027-11-01
        623 Weihnachten: 2027-12-25 to 2027-12-26"#]],
    );
}

#[test]
fn bank_holidays_of_the_united_kingdom_come_along_route_4() {
    check(
        ENGLAND,
        "Europe/London",
        expect![[r#"
        70 New Year’s Day: 2026-01-01
        78 Good Friday: 2026-04-03
        86 Easter Monday: 2026-04-06
        94 Early May bank holiday: 2026-05-04
        102 Spring bank holiday: 2026-05-25
        110 Summer bank holiday: 2026-08-31
        118 Christmas Day: 2026-12-25
        126 Boxing Day (substitute day): 2026-12-28
        134 New Year’s Day: 2027-01-01
        142 Good Friday: 2027-03-26
        150 Easter Monday: 2027-03-29
        158 Early May bank holiday: 2027-05-03
        166 Spring bank holiday: 2027-05-31
        174 Summer bank holiday: 2027-08-30
        182 Christmas Day (substitute day): 2027-12-27
        190 Boxing Day (substitute day): 2027-12-28
        line 8: DTSTART is "20250101, and 7 more"; permitted is dates from 2026-01-01 to 2030-12-31"#]],
    );
}

#[test]
fn what_comes_of_a_file_may_be_stored_route_4() {
    for bytes in [ZURICH, BAVARIA, ENGLAND] {
        let import = import(bytes, "Europe/Zurich").expect("it is a calendar");
        let period = |found: &ical::Found| Period {
            state: State::Closed,
            when: found.when.clone(),
            label: found.label.clone(),
        };
        let primary: Vec<_> = import.found.iter().map(period).collect();
        assert!((15..PERIODS_MAX).contains(&primary.len()));
        let zone = zone("Europe/Zurich");
        let calendar =
            Calendar { name: "Main".into(), zone, default: State::Open, primary, secondary: vec![] };
        assert_eq!(calendar.check(), []);
    }
}

/// The lines of one event in a calendar; the first stands in line 3.
fn event(lines: &str) -> String {
    format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n")
}

fn told_of(lines: &str) -> String {
    told(&import(event(lines).as_bytes(), "Europe/Zurich").expect("it is a calendar"))
}

#[test]
fn what_is_wrong_with_an_event_is_named_with_line_value_and_range_route_4() {
    let cases = [
        (
            "SUMMARY:No beginning",
            r#"line 2: DTSTART is "missing"; permitted is the day or time of its beginning"#,
        ),
        (
            "DTSTART;VALUE=DATE:20261332",
            r#"line 3: DTSTART is "20261332"; permitted is a date of the years 1600 to 2199 such as 20261225"#,
        ),
        (
            "DTSTART:20261224T2500",
            r#"line 3: DTSTART is "20261224T2500"; permitted is a date of the years 1600 to 2199 such as 20261225, or a date and time such as 20261225T080000 or 20261225T080000Z"#,
        ),
        (
            "DTSTART:20261224T120000",
            r#"line 2: DTEND is "missing"; permitted is DTEND or DURATION, because DTSTART is a time"#,
        ),
        (
            "DTSTART:20261224T120000\nDTEND:20261224T120000",
            r#"line 4: DTEND is "20261224T120000"; permitted is a time after 2026-12-24T12:00:00"#,
        ),
        (
            "DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261223",
            r#"line 4: DTEND is "20261223"; permitted is a day after 2026-12-24"#,
        ),
        (
            "DTSTART;VALUE=DATE:20261224\nDURATION:PT8H",
            r#"line 4: DURATION is "PT8H"; permitted is whole days, because DTSTART is a day"#,
        ),
        (
            "DTSTART;VALUE=DATE:20261224\nDURATION:P99Y",
            r#"line 4: DURATION is "P99Y"; permitted is a duration of up to ten years such as P1D, PT8H or P1W"#,
        ),
        (
            "DTSTART;VALUE=DATE:20261224\nSTATUS:CANCELLED",
            r#"line 4: STATUS is "CANCELLED"; permitted is an event that takes place"#,
        ),
        (
            "DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=HOURLY",
            r#"line 4: FREQ is "HOURLY"; permitted is YEARLY, MONTHLY, WEEKLY or DAILY"#,
        ),
        (
            "DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=YEARLY;INTERVAL=0",
            r#"line 4: INTERVAL is "0"; permitted is 1 to 10000"#,
        ),
        (
            "DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=YEARLY;BYMONTH=13",
            r#"line 4: BYMONTH is "13"; permitted is 1 to 12"#,
        ),
        (
            "DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=MONTHLY;BYMONTHDAY=0",
            r#"line 4: BYMONTHDAY is "0"; permitted is 1 to 31, or -31 to -1"#,
        ),
        (
            "DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=YEARLY;BYWEEKNO=20",
            r#"line 4: RRULE is "BYWEEKNO=20"; permitted is FREQ, INTERVAL, COUNT, UNTIL, BYMONTH, BYMONTHDAY, BYYEARDAY, BYDAY, BYSETPOS and WKST"#,
        ),
        (
            "DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=WEEKLY;BYDAY=1MO",
            r#"line 4: RRULE is "FREQ=WEEKLY;BYDAY=1MO"; permitted is numbered days only YEARLY or MONTHLY"#,
        ),
        (
            "DTSTART;VALUE=DATE:20261224\nRRULE:COUNT=3",
            r#"line 4: RRULE is "COUNT=3"; permitted is one with FREQ"#,
        ),
        (
            "DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=DAILY;COUNT=3;UNTIL=20270101",
            r#"line 4: UNTIL is "20270101"; permitted is one of COUNT and UNTIL, once"#,
        ),
        (
            "DTSTART;VALUE=DATE:20261224\nEXRULE:FREQ=DAILY",
            r#"line 4: EXRULE is "FREQ=DAILY"; permitted is EXDATE"#,
        ),
        (
            "DTSTART;VALUE=DATE:20201224",
            r#"line 3: DTSTART is "20201224"; permitted is dates from 2026-01-01 to 2030-12-31"#,
        ),
    ];
    for (lines, note) in cases {
        assert_eq!(told_of(lines), note, "{lines}");
    }
}

#[test]
fn what_is_read_otherwise_than_it_stands_is_said_too_route_4() {
    let cases = [
        (
            "DTSTART;TZID=Middle-earth/Shire:20261224T120000\nDURATION:PT4H",
            "2 : 2026-12-24T12:00:00 until 2026-12-24T16:00:00\n\
             line 3: TZID is \"Middle-earth/Shire\"; this is no IANA zone; read by the calendar's, Europe/Zurich",
        ),
        (
            "DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261224",
            "2 : 2026-12-24\n\
             line 4: DTEND is \"20261224\"; read as one day: the end is the day after the last",
        ),
        (
            "DTSTART;VALUE=DATE:20261224\nDURATION:P2D\nDTEND;VALUE=DATE:20261225",
            "2 : 2026-12-24\nline 4: DURATION is \"P2D\"; DTEND decides",
        ),
        (
            "DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=YEARLY;BYMONTH=12;BYDAY=4FR;COUNT=1",
            "2 : 2026-12-24\n2 : 2026-12-25\n\
             line 4: RRULE is \"FREQ=YEARLY;BYMONTH=12;BYDAY=4FR;COUNT=1\"; \
             it does not give the day of DTSTART; that day is taken too",
        ),
        (
            "DTSTART;VALUE=DATE:20261224\nDTSTART;VALUE=DATE:20261225",
            "2 : 2026-12-24\nline 4: DTSTART is \"20261225\"; permitted is one DTSTART an event",
        ),
        (
            "DTSTART;VALUE=DATE:20261224\nEXDATE:20271224,soon",
            "2 : 2026-12-24\n\
             line 4: EXDATE is \"soon\"; permitted is a date of the years 1600 to 2199 such as 20261225, \
             or a date and time such as 20261225T080000 or 20261225T080000Z",
        ),
    ];
    for (lines, said) in cases {
        assert_eq!(told_of(lines), said, "{lines}");
    }
}

#[test]
fn times_of_other_zones_are_told_by_the_calendars_clock_route_4() {
    // Summer time: noon of UTC is two o'clock in Zurich; half past eight in New York is half past two there.
    assert_eq!(
        told_of("DTSTART:20260701T120000Z\nDTEND:20260701T133000Z"),
        "2 : 2026-07-01T14:00:00 until 2026-07-01T15:30:00"
    );
    assert_eq!(
        told_of("DTSTART;TZID=\"Eastern Standard Time\":20260701T083000\nDURATION:PT1H"),
        "2 : 2026-07-01T14:30:00 until 2026-07-01T15:30:00"
    );
    assert_eq!(
        told_of("DTSTART;TZID=/freeassociation.sourceforge.net/Europe/London:20260701T083000\nDURATION:PT1H"),
        "2 : 2026-07-01T09:30:00 until 2026-07-01T10:30:00"
    );
    // Each occurrence keeps its time in its own zone, though summer time begins on different days.
    assert_eq!(
        told_of("DTSTART;TZID=America/New_York:20260301T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3"),
        "2 : 2026-03-01T15:00:00 until 2026-03-01T16:00:00\n\
         2 : 2026-03-08T14:00:00 until 2026-03-08T15:00:00\n\
         2 : 2026-03-15T14:00:00 until 2026-03-15T15:00:00"
    );
}

#[test]
fn a_zone_is_known_by_what_the_file_says_of_it_route_4() {
    let text = "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Office\nX-LIC-LOCATION:Europe/Lisbon\nEND:VTIMEZONE\n\
                BEGIN:VEVENT\nDTSTART;TZID=Office:20260701T080000\nDURATION:PT1H\nEND:VEVENT\nEND:VCALENDAR";
    let import = import(text.as_bytes(), "Europe/Zurich").expect("it is a calendar");
    assert_eq!(told(&import), "6 : 2026-07-01T09:00:00 until 2026-07-01T10:00:00");
}

#[test]
fn what_happens_every_week_without_an_end_is_one_period_route_4() {
    assert_eq!(
        told_of(
            "DTSTART;TZID=Europe/Zurich:20250106T080000\nDURATION:PT9H\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
        ),
        "2 : every week on 0011111 08:00 to 17:00"
    );
    assert_eq!(
        told_of("DTSTART:20250106T200000\nDURATION:PT4H\nRRULE:FREQ=DAILY"),
        "2 : every week on 1111111 20:00 to 24:00"
    );
    assert_eq!(
        told_of("DTSTART;VALUE=DATE:20250105\nRRULE:FREQ=WEEKLY;WKST=SU"),
        "2 : every week on 1000000 00:00 to 24:00"
    );
}

#[test]
fn exceptions_and_moved_days_hold_route_4() {
    let text = "BEGIN:VCALENDAR\n\
        BEGIN:VEVENT\nUID:1\nDTSTART:20260105T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=5\n\
        EXDATE:20260112T090000\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20260119T090000\nDTSTART:20260120T090000\nDURATION:PT2H\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20260126T090000\nDTSTART:20260126T090000\nDURATION:PT1H\n\
        STATUS:CANCELLED\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:2\nDTSTART;VALUE=DATE:20260301\nRDATE;VALUE=DATE:20260401,20260501\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:3\nSEQUENCE:1\nDTSTART;VALUE=DATE:20260601\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:3\nDTSTART;VALUE=DATE:20260602\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:4\nDTSTART;VALUE=DATE:20260601\nEND:VEVENT\n\
        BEGIN:VTODO\nEND:VTODO\nEND:VCALENDAR";
    check(
        text.as_bytes(),
        "Europe/Zurich",
        expect![[r#"
        2 : 2026-01-05T09:00:00 until 2026-01-05T10:00:00
        9 : 2026-01-20T09:00:00 until 2026-01-20T11:00:00
        2 : 2026-02-02T09:00:00 until 2026-02-02T10:00:00
        22 : 2026-03-01
        22 : 2026-04-01
        22 : 2026-05-01
        27 : 2026-06-01
        line 20: STATUS is "CANCELLED"; permitted is an event that takes place
        line 32: SEQUENCE is "0"; permitted is the latest of one UID; that is the event in line 27
        line 36: SUMMARY is ""; permitted is each period once; line 27 has it
        line 40: BEGIN is "VTODO"; permitted is VEVENT"#]],
    );
}

#[test]
fn a_file_that_is_no_calendar_is_refused_with_its_line_route_4() {
    let refused =
        |text: &str| import(text.as_bytes(), "Europe/Zurich").expect_err("it is no calendar").to_string();
    let cases = [
        ("", r#"line 1: file is "empty"; permitted is a file that begins with BEGIN:VCALENDAR"#),
        (
            "\n<!DOCTYPE html>\n",
            r#"line 2: file is "<!DOCTYPE html>"; permitted is a file that begins with BEGIN:VCALENDAR"#,
        ),
        (
            "BEGIN:VCARD\nEND:VCARD",
            r#"line 1: file is "BEGIN:VCARD"; permitted is a file that begins with BEGIN:VCALENDAR"#,
        ),
        (
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\n",
            r#"line 2: BEGIN is "VEVENT"; permitted is one with END:VEVENT before the end of the file"#,
        ),
        (
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n",
            r#"line 3: END is "VCALENDAR"; permitted is END:VEVENT, because of BEGIN:VEVENT in line 2"#,
        ),
        (
            "BEGIN:VCALENDAR\nEND:VCALENDAR\nEND:VCALENDAR\n",
            r#"line 3: END is "VCALENDAR"; permitted is one that has its BEGIN before it"#,
        ),
    ];
    for (text, fault) in cases {
        assert_eq!(refused(text), fault);
    }
    let utf16: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain("BEGIN".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let fault = import(&utf16, "Europe/Zurich").expect_err("it is UTF-16").to_string();
    assert_eq!(fault, r#"line 1: encoding is "UTF-16"; permitted is UTF-8 or Latin-1"#);
}

#[test]
fn a_file_has_limits_route_4() {
    let large = vec![b' '; ical::BYTES_MAX + 1];
    let fault = import(&large, "Europe/Zurich").expect_err("it is too large").to_string();
    assert_eq!(fault, r#"line 1: file is "2097153 bytes"; permitted is up to 2097152 bytes"#);

    let events = "BEGIN:VEVENT\nDTSTART:20260101\nEND:VEVENT\n".repeat(ical::EVENTS_MAX + 1);
    let many = format!("BEGIN:VCALENDAR\n{events}END:VCALENDAR");
    let fault = import(many.as_bytes(), "Europe/Zurich").expect_err("it has too many events").to_string();
    assert_eq!(fault, r#"line 15002: BEGIN is "the 5001th event"; permitted is up to 5000 events"#);

    // Four centuries of days each: all of them together would take minutes.
    let rule =
        "BEGIN:VEVENT\nDTSTART:16000101\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31;COUNT=9\nEND:VEVENT\n";
    let slow = format!("BEGIN:VCALENDAR\n{}END:VCALENDAR", rule.repeat(4_000));
    let import = import(slow.as_bytes(), "Europe/Zurich").expect("it is a calendar");
    assert_eq!(import.notes.len(), NOTES_MAX);
    let last = import.notes.last().expect("there are many").to_string();
    assert!(last.contains("more notes"), "{last}");
    assert!(told(&import).contains("permitted is fewer and shorter rules in one file"));
}

#[test]
fn rules_give_the_days_that_another_implementation_gives_route_4() {
    // 400 rules drawn by lot, and what python-dateutil 2.9.0 makes of them between 2026 and 2030 (and DTSTART, which it
    // does not add where the rule does not give it).
    for row in include_str!("files/rules.tsv").lines() {
        let [start, rule, days]: [&str; 3] =
            row.split('\t').collect::<Vec<_>>().try_into().expect("three columns");
        // The exception lies far away, so that no rule is told as one period without its dates.
        let lines = format!("DTSTART:{start}\nRRULE:{rule}\nEXDATE:19000101");
        let import = import(event(&lines).as_bytes(), "Europe/Zurich").expect("it is a calendar");
        let found: Vec<String> =
            import.found.iter().map(|found| when(&found.when).replace('-', "")).collect();
        assert_eq!(found.join(" "), days, "DTSTART {start} {rule}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_panic_sec_1(bytes in prop::collection::vec(any::<u8>(), 0..400), begins in any::<bool>()) {
        let mut file = if begins { b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n".to_vec() } else { vec![] };
        file.extend(bytes);
        let _ = import(&file, "Europe/Zurich");
    }

    #[test]
    fn no_change_of_a_real_file_makes_it_panic_and_what_comes_of_it_may_be_stored_sec_1(
        which in 0_usize..3,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..4), 1..40),
        name in prop::sample::select(vec!["Europe/Zurich", "America/New_York", "Pacific/Apia", "UTC"]),
    ) {
        let mut file = [ZURICH, BAVARIA, ENGLAND][which].to_vec();
        for (place, byte, how) in changes {
            let place = place.index(file.len());
            match how {
                0 => file[place] = byte,
                1 => drop(file.remove(place)),
                2 => file.insert(place, byte),
                // A digit for a digit: dates and numbers that are none.
                _ => {
                    let digits = file.iter().enumerate().skip(place).find(|(_, byte)| byte.is_ascii_digit());
                    if let Some((digit, _)) = digits {
                        file[digit] = b'0' + byte % 10;
                    }
                }
            }
        }
        if let Ok(import) = import(&file, name) {
            let primary = import.found.into_iter().take(PERIODS_MAX).map(|found| {
                Period { state: State::Closed, when: found.when, label: found.label }
            });
            let primary = primary.collect();
            let zone = zone(name);
            let calendar = Calendar { name: "Main".into(), zone, default: State::Open, primary, secondary: vec![] };
            prop_assert_eq!(calendar.check(), []);
        }
    }

    #[test]
    fn a_file_folded_anywhere_is_the_same_file(which in 0_usize..3, every in 1_usize..60) {
        let file = [ZURICH, BAVARIA, ENGLAND][which];
        let mut folded = Vec::new();
        for line in file.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)) {
            // The first line must be whole to be known; a fold of a fold keeps its blank.
            let every = if line.starts_with(b"BEGIN:VCALENDAR") || line.starts_with(b" ") { line.len().max(1) } else { every };
            folded.extend(line.chunks(every).collect::<Vec<_>>().join(&b"\n "[..]));
            folded.push(b'\n');
        }
        let plain = |bytes: &[u8]| import(bytes, "Europe/Zurich").map(|import| {
            (import.name, import.found.into_iter().map(|found| (found.label, found.when)).collect::<Vec<_>>())
        });
        prop_assert_eq!(plain(&folded), plain(file));
    }
}
