//! The examples and the schema of `docs/simulate`: each example runs, and the schema is the one that scenarios are read by.

use std::path::{Path, PathBuf};

use expect_test::{expect, expect_file};
use planner::{Fault, Format, Measure, Model, Results, Unwatched, read, simulate};
use reporting::kpi::Kpi;

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/simulate/examples")
}

fn format(file: &Path) -> Option<Format> {
    match file.extension()?.to_str()? {
        "toml" => Some(Format::Toml),
        "json" => Some(Format::Json),
        _ => None,
    }
}

fn open(file: &Path) -> Model {
    let text = std::fs::read_to_string(file).expect("it is there");
    let beside =
        |name: &str| std::fs::read_to_string(examples().join(name)).map_err(|error| error.to_string());
    let format = format(file).expect("TOML or JSON");
    read(&text, format, &mut { beside }).unwrap_or_else(|faults| panic!("{}: {faults:#?}", file.display()))
}

fn example(name: &str, replications: u32) -> Results {
    simulate(&open(&examples().join(name)).with(Some(replications), None), &Unwatched)
        .expect("nobody cancels")
}

#[test]
fn every_example_of_the_documents_runs_and_has_figures_route_8() {
    let all = std::fs::read_dir(examples()).expect("the documents are there");
    let files: Vec<PathBuf> =
        all.map(|entry| entry.expect("a file").path()).filter(|file| format(file).is_some()).collect();
    assert!(files.len() >= 8, "{files:?}");
    for file in files {
        let name = file.display();
        let results = simulate(&open(&file).with(Some(2), None), &Unwatched).expect("nobody cancels");
        let mean =
            |measure| results.total.estimate(measure).unwrap_or_else(|| panic!("{name}: {measure:?}")).mean;
        assert!(mean(Measure::Answered) > 50.0, "{name}");
        assert!((0.01..1.0).contains(&mean(Measure::Kpi(Kpi::Occupancy))), "{name}");
        assert!(mean(Measure::Kpi(Kpi::Aht)) > 10.0, "{name}");
        // Everybody who was let in has one outcome, and no other.
        let outcomes: f64 = results.total.outcomes.iter().map(|it| it.estimate.expect("callers").mean).sum();
        assert!((outcomes - mean(Measure::Callers)).abs() < 1e-6, "{name}");
        assert!(results.csv().lines().count() > 30 && results.table().contains("Occupancy"), "{name}");
    }
}

#[test]
fn the_published_schema_is_the_one_that_scenarios_are_read_by_route_8() {
    let schema = format!("{:#}\n", planner::schema());
    expect_file!["../../../docs/simulate/scenario.schema.json"].assert_eq(&schema);
}

#[test]
fn who_calls_while_it_is_closed_is_turned_away_and_counted_apart() {
    let results = example("reception.toml", 40);
    let mean = |measure| results.total.estimate(measure).expect("callers").mean;
    // One an hour over the 15 hours of the day in which the office is closed.
    assert!((12.0..18.0).contains(&mean(Measure::Closed)), "{}", mean(Measure::Closed));
    assert_eq!(mean(Measure::Blocked), 0.0);
}

#[test]
fn who_finds_all_lines_taken_is_blocked_and_counted_apart() {
    let results = example("few-lines.toml", 10);
    let mean = |measure| results.total.estimate(measure).expect("callers").mean;
    assert!((0.02..0.3).contains(&mean(Measure::BlockedShare)), "{}", mean(Measure::BlockedShare));
    assert!(mean(Measure::QueueLengthMost) <= 12.0);
}

#[test]
fn breaks_and_shifts_are_kept() {
    let results = example("reception.toml", 10);
    let early = results.attendants.iter().find(|group| group.name == "Early").expect("a group");
    let mean = |measure| {
        let figure =
            early.figures.iter().find(|figure| figure.measure == measure).expect("a figure of groups");
        figure.estimate.expect("on duty").mean
    };
    // Eight and a half hours of 24, of these three quarters of an hour in a break (calls that last into it shorten that).
    assert!((mean(Measure::OnDuty) * 24.0 - 8.5).abs() < 0.1, "{}", mean(Measure::OnDuty) * 24.0);
    assert!((0.075..0.0883).contains(&mean(Measure::Pausing)), "{}", mean(Measure::Pausing));
}

#[test]
fn history_is_replayed_call_by_call() {
    let results = example("from-history.toml", 5);
    let callers = results.total.estimate(Measure::Callers).expect("callers");
    let rows =
        std::fs::read_to_string(examples().join("a-morning.csv")).expect("it is there").lines().count() - 1;
    assert_eq!((callers.mean, callers.half_width), (rows as f64, Some(0.0)));
}

#[test]
fn the_same_seed_gives_the_same_figures_and_another_one_others_route_8() {
    let once = example("two-languages.toml", 3);
    assert_eq!(once, example("two-languages.toml", 3));
    let other = open(&examples().join("two-languages.toml")).with(Some(3), Some(2));
    assert_ne!(once.total, simulate(&other, &Unwatched).expect("nobody cancels").total);
}

/// Three attendants who take six seconds to answer on average.
fn desk(service: &str) -> Results {
    let text = format!(
        r#"
name = "Desk"
start = "2026-12-01"
hours = 100
replications = 4

[[attendants]]
name = "Desk"
count = 3
answer_delay = {{ kind = "exponential", mean_seconds = 6 }}

[[services]]
name = "Support"
talk = {{ kind = "exponential", mean_seconds = 60 }}
{service}
"#
    );
    let model = read(&text, Format::Toml, &mut |_| Err("it names no files".to_owned())).expect("it is right");
    simulate(&model, &Unwatched).expect("nobody cancels")
}

#[test]
fn with_broadcast_the_quickest_of_three_answers_in_a_third_of_the_time_route_2() {
    let arrivals = r#"arrivals = [{ kind = "poisson", per_hour = 6 }]"#;
    let asa = |results: &Results| results.total.estimate(Measure::Kpi(Kpi::Asa)).expect("callers").mean;
    let one = asa(&desk(arrivals));
    let all = asa(&desk(&format!("distribution = \"broadcast\"\n{arrivals}")));
    // A little more than a third, since somebody talks now and then.
    assert!((0.3..0.42).contains(&(all / one)), "{all} of {one}");
}

#[test]
fn with_pick_up_nobody_is_rung_and_calls_are_taken_all_the_same_route_2() {
    let results = desk("distribution = \"pick_up\"\narrivals = [{ kind = \"poisson\", per_hour = 60 }]");
    let mean = |measure| results.total.estimate(measure).expect("callers").mean;
    // Hardly anybody waits five minutes, the longest that is allowed.
    assert!(mean(Measure::Answered) > 0.999 * mean(Measure::Callers), "{}", mean(Measure::Answered));
    let ringing = results.attendants[0].figures.iter().find(|figure| figure.measure == Measure::Ringing);
    assert_eq!(ringing.and_then(|figure| figure.estimate).map(|estimate| estimate.mean), Some(0.0));
}

#[test]
fn a_missed_call_goes_to_another_and_who_missed_it_is_not_selectable_for_a_while_route_1() {
    let slow = desk("rona_seconds = 5\narrivals = [{ kind = \"poisson\", per_hour = 60 }]");
    let pausing = slow.attendants[0].figures.iter().find(|figure| figure.measure == Measure::Pausing);
    let pausing = pausing.and_then(|figure| figure.estimate).expect("on duty").mean;
    // Of 60 offers an hour and more, e^(−5/6) are missed, each costing a minute of three attendants' time.
    assert!((0.1..0.35).contains(&pausing), "{pausing}");
    assert!(slow.total.estimate(Measure::Answered).expect("callers").mean > 5000.0);
}

fn faults(text: &str, format: Format) -> String {
    let mut files = |name: &str| match name {
        "bad.csv" => {
            Ok("arrived,talk_seconds\n2026-12-01T08:00:05,30\n2026-12-01 8am,30\n2026-12-01T08:10:00,minus\n"
                .to_owned())
        }
        "other.csv" => Ok("when\n1\n".to_owned()),
        _ => Err("no such file".to_owned()),
    };
    let faults: Vec<Fault> = read(text, format, &mut files).expect_err("it has faults");
    faults.iter().map(|fault| format!("{fault}\n")).collect()
}

#[test]
fn every_fault_is_told_with_its_line_its_value_and_what_is_permitted_route_8() {
    let text = r#"
name = ""
start = "2026-12-01"
hours = 9000
replication = 5
seed = -1

[[attendants]]
name = "Desk"
count = 2.5
shifts = [{ from = 8, to = "16:00" }]

[[services]]
name = "Support"
priority = 100
distribution = "random"
talk = { kind = "exponentiel", mean_seconds = 10 }
patience = { kind = "gamma", mean_seconds = 0 }

[[services]]
name = "Sales"
members = []
"#;
    expect![[r#"
        line 2: name is "" (0 characters); permitted is a text of 1 to 120 characters
        line 4: hours is 9000; permitted is a number, 0.1 to 744
        line 5: replication is unknown; permitted is one of attendants, calendars, hours, interval_minutes, name, priority_wait_max_seconds, profiles, replications, seed, services, start, time_zone, trunks, warm_up_hours
        line 6: seed is -1; permitted is a whole number, 0 to 9007199254740991
        line 10: attendants[0].count is 2.5; permitted is a whole number, 1 to 2000
        line 11: attendants[0].shifts[0].from is 8; permitted is a text of 5 characters
        line 15: services[0].priority is 100; permitted is a whole number, 1 to 99
        line 16: services[0].distribution is "random"; permitted is one of longest_idle, fewest_calls, round_robin, fixed_order, broadcast, pick_up
        line 17: services[0].talk.kind is "exponentiel"; permitted is one of deterministic, exponential, log_normal, gamma, empirical
        line 18: services[0].patience.mean_seconds is 0; permitted is a number, 0.1 to 86400
        line 18: services[0].patience.variation is missing; permitted is a number, 0.01 to 10
        line 20: services[1].talk is missing; permitted is a table whose kind is one of deterministic, exponential, log_normal, gamma, empirical
        line 22: services[1].members is a list of 0; permitted is a list of 1 to 200 entries
    "#]].assert_eq(&faults(text, Format::Toml));
}

#[test]
fn what_does_not_belong_together_is_told_with_its_line_too_route_8() {
    let text = r#"
name = "Torn"
start = "2026-13-01"
time_zone = "Europe/Zurick"
hours = 10
warm_up_hours = 10
interval_minutes = 7

[[attendants]]
name = "Desk"
count = 2
profile = "Expert"

[[services]]
name = "Support"
talk = { kind = "deterministic", seconds = 10 }
"#;
    expect![[r#"
        line 3: start is "2026-13-01"; permitted is a local date, or date and time: 2026-12-01 or 2026-12-01T08:00, of the years 1970 to 2199
        line 4: time_zone is "Europe/Zurick"; permitted is an IANA name such as Europe/Zurich
        line 6: warm_up_hours is 10; permitted is less than hours (10)
        line 7: interval_minutes is 7; permitted is what divides a day: 5, 10, 15, 30, 60 …
        line 12: attendants[0].profile is "Expert"; permitted is a name under profiles, of which there are none
    "#]].assert_eq(&faults(text, Format::Toml));
    let text = r#"
name = "Torn"
start = "2026-12-01T08:00"
hours = 10
interval_minutes = 7

[[calendars]]
name = "Office"
secondary = [
    { kind = "weekly", state = "open", days = ["monday"], from = "08:00", to = "25:00" },
    { kind = "dates", state = "closed", from = "2026-12-24", to = "2026-12-20" },
    { kind = "yearly", state = "closed", month = 2, day = 30 },
]

[[attendants]]
name = "Desk"
count = 20
profile = "Expert"
shifts = [
    { from = "08:00", to = "16:00", breaks = [{ from = "15:45", to = "16:15" }] },
]
staffing = { from = "20:00", interval_minutes = 60, on_duty = [1, 2, 21, 4, 5] }

[[attendants]]
name = "Desk"
count = 1990

[[services]]
name = "Support"
calendar = "Ofice"
members = ["Desks"]
members_by_skill = { french = 10 }
preferred = [{ group = "Desk" }]
levels = [{ after_seconds = 5 }, { after_seconds = 5 }]
talk = { kind = "deterministic", seconds = 10 }
after_call_work = { kind = "deterministic", seconds = 4000 }
arrivals = [
    { kind = "times", at_seconds = [1, 2, 3], talk_seconds = [4] },
    { kind = "file", file = "bad.csv" },
    { kind = "file", file = "other.csv" },
    { kind = "file", file = "nowhere.csv" },
    { kind = "poisson", per_hour = 100_000 },
    { kind = "poisson", per_hour = 100_000 },
]
"#;
    expect![[r#"
        line 4: hours is so long that about 2000002 callers come; permitted is so long that at most 1000000 callers come
        line 5: interval_minutes is 7; permitted is what divides a day: 5, 10, 15, 30, 60 …
        line 10: calendars[0].secondary[0].to is "25:00"; permitted is a local time, 00:00 to 24:00
        line 11: calendars[0].secondary[1].to is 2026-12-20; permitted is 2026-12-24 or later
        line 12: calendars[0].secondary[2].day is 30; permitted is 1 to 29 in month 2
        line 15: attendants is 2010 in all; permitted is at most 2000 in all
        line 18: attendants[0].profile is "Expert"; permitted is a name under profiles, of which there are none
        line 20: attendants[0].shifts[0].breaks[0] is 15:45 to 16:15; permitted is within the shift, 08:00 to 16:00
        line 22: attendants[0].staffing is beside shifts; permitted is either shifts or staffing
        line 22: attendants[0].staffing.on_duty[2] is 21; permitted is at most the count of the group, 20
        line 22: attendants[0].staffing.on_duty is a list of 5; permitted is at most 4, so that all of it lies within one day
        line 25: attendants[1].name is "Desk"; permitted is a name that attendants[0] does not have
        line 30: services[0].calendar is "Ofice"; permitted is "Office"
        line 31: services[0].members is beside members_by_skill; permitted is either of them
        line 31: services[0].members[0] is "Desks"; permitted is "Desk" or "Desk"
        line 33: services[0].preferred is 20 attendants; permitted is groups of at most 10 attendants together
        line 34: services[0].levels[0].after_seconds is 5; permitted is 0, at the first level
        line 34: services[0].levels[1].after_seconds is 5; permitted is more than 5, of the level before
        line 36: services[0].after_call_work.seconds is 4000; permitted is 0 to 3600
        line 38: services[0].arrivals[0].talk_seconds is a list of 1; permitted is as many as at_seconds has, 3
        line 39: services[0].arrivals[1].file is "bad.csv", row 3, arrived: "2026-12-01 8am"; permitted is a local date and time: 2026-11-24T08:00:12
        line 39: services[0].arrivals[1].file is "bad.csv", row 4, talk_seconds: "minus"; permitted is 0 to 86400, or nothing
        line 40: services[0].arrivals[2].file is "other.csv" with the columns when; permitted is a file whose first line names a column arrived
        line 41: services[0].arrivals[3].file is "nowhere.csv" (no such file); permitted is a file that can be read
    "#]].assert_eq(&faults(text, Format::Toml));
}

#[test]
fn text_that_is_no_toml_or_no_json_is_told_with_its_line() {
    expect![[r#"
        line 2: the scenario is no TOML (extra `=`, expected nothing); permitted is TOML
        line 2: the scenario is no TOML (unexpected key or value, expected newline, `#`); permitted is TOML
        line 3: the scenario is no TOML (extra `=`, expected nothing); permitted is TOML
        line 3: the scenario is no TOML (unexpected key or value, expected newline, `#`); permitted is TOML
    "#]]
    .assert_eq(&faults("name = \"A\"\nstart == 3\nhours = = 4\n", Format::Toml));
    expect![[r#"
        line 2: the scenario is no JSON (expected value at line 2 column 10); permitted is JSON
    "#]]
    .assert_eq(&faults("{\n \"name\": }", Format::Json));
    expect![[r#"
        services[0].sla_seconds is "20"; permitted is a whole number, 0 to 3600
        services[0].name is missing; permitted is a text of 1 to 120 characters
        services[0].talk is missing; permitted is a table whose kind is one of deterministic, exponential, log_normal, gamma, empirical
        start is missing; permitted is a text of 10 to 19 characters
        hours is missing; permitted is a number, 0.1 to 744
        attendants is missing; permitted is a list of 1 to 200 entries
    "#]]
        .assert_eq(&faults(r#"{ "name": "A", "services": [{ "sla_seconds": "20" }] }"#, Format::Json));
}
