//! How many attendants (ROUTE-8): the simulation agrees with Erlang where Erlang's assumptions hold, says why where they do
//! not, and its number is the fewest.

use std::sync::atomic::{AtomicU32, Ordering};

use expect_test::expect;
use planner::scenario::Times;
use planner::{Ask, Plan, PlanError, Progress, Target, Unwatched, Watch, plan};

/// A Tuesday of eleven hours, as a small desk has it.
fn tuesday() -> Ask {
    Ask {
        start: "2026-12-01T08:00".to_owned(),
        time_zone: "Europe/Zurich".to_owned(),
        interval_minutes: 60,
        calls: vec![25.0, 60.0, 85.0, 80.0, 55.0, 50.0, 70.0, 75.0, 60.0, 30.0, 12.0],
        day_variation: 0.0,
        talk: Times::Exponential { mean_seconds: 180.0 },
        after_call_work_seconds: 0.0,
        patience: Some(Times::Exponential { mean_seconds: 120.0 }),
        queue_time_max_seconds: 3600,
        target: Target { share: 0.8, seconds: 20 },
        replications: 200,
        seed: 1,
    }
}

fn planned(ask: &Ask) -> Plan {
    plan(ask, &Unwatched).unwrap_or_else(|error| panic!("{error}"))
}

fn table(plan: &Plan) -> String {
    let number = |number: Option<u32>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
    let row = |interval: &planner::PlannedInterval| {
        let level = interval.level.map_or(0.0, |level| level.mean * 100.0);
        let reasons: String = interval.reasons.iter().map(|reason| format!("\n    {reason}")).collect();
        format!(
            "{} {:>5} calls: C {}, A {}, simulation {} ({level:.1} %){reasons}\n",
            &interval.from_local[11..],
            interval.calls,
            number(interval.erlang_c),
            number(interval.erlang_a),
            number(interval.simulation),
        )
    };
    plan.intervals.iter().map(row).collect()
}

#[test]
fn where_erlangs_assumptions_hold_the_simulation_agrees_within_one_attendant_route_8() {
    let plan = planned(&tuesday());
    for interval in &plan.intervals {
        let (a, simulation) =
            (interval.erlang_a.expect("few calls"), interval.simulation.expect("few calls"));
        assert!(a.abs_diff(simulation) <= 1, "{interval:?}");
        let level = interval.level.expect("there are calls");
        assert!(level.mean >= 0.8, "{interval:?}");
    }
    expect![[r#"
        08:00    25 calls: C 3, A 3, simulation 3 (90.3 %)
        09:00    60 calls: C 5, A 5, simulation 5 (88.7 %)
        10:00    85 calls: C 7, A 6, simulation 6 (83.3 %)
            Erlang C lets nobody give up. With 6 attendants 7.0 % of the callers do, by Erlang A, and those behind them wait less.
        11:00    80 calls: C 7, A 6, simulation 6 (85.1 %)
            Erlang C lets nobody give up. With 6 attendants 5.8 % of the callers do, by Erlang A, and those behind them wait less.
        12:00    55 calls: C 5, A 5, simulation 5 (89.6 %)
        13:00    50 calls: C 5, A 4, simulation 4 (83.7 %)
            Erlang C lets nobody give up. With 4 attendants 8.1 % of the callers do, by Erlang A, and those behind them wait less.
        14:00    70 calls: C 6, A 5, simulation 5 (82.3 %)
            Erlang C lets nobody give up. With 5 attendants 8.3 % of the callers do, by Erlang A, and those behind them wait less.
        15:00    75 calls: C 6, A 6, simulation 6 (88.4 %)
        16:00    60 calls: C 5, A 5, simulation 5 (86.2 %)
        17:00    30 calls: C 4, A 3, simulation 3 (85.6 %)
            Erlang C lets nobody give up. With 3 attendants 7.1 % of the callers do, by Erlang A, and those behind them wait less.
        18:00    12 calls: C 2, A 2, simulation 2 (89.0 %)
    "#]].assert_eq(&table(&plan));
}

#[test]
fn what_erlang_does_not_know_is_told_with_what_it_costs_route_8() {
    let ask = Ask {
        interval_minutes: 15,
        calls: vec![15.0, 60.0, 140.0, 150.0, 140.0, 90.0, 40.0, 15.0],
        talk: Times::LogNormal { mean_seconds: 345.0, variation: 1.8 },
        after_call_work_seconds: 15.0,
        patience: Some(Times::Gamma { mean_seconds: 120.0, variation: 0.4 }),
        day_variation: 0.25,
        queue_time_max_seconds: 60,
        replications: 40,
        ..tuesday()
    };
    expect![[r#"
        08:00    15 calls: C 9, A 8, simulation 6 (82.8 %)
            Erlang C lets nobody give up. With 8 attendants 7.7 % of the callers do, by Erlang A, and those behind them wait less.
            The interval begins with less to do than it would have in the long run, or with attendants of the one before who still finish their calls: that brings 14.8 points of the service level.
            Handling times are not exponential, as Erlang assumes: that brings 2.4 points of the service level.
            Callers leave the queue after 60 s, and Erlang knows no such limit: that brings 2.1 points of the service level.
        08:15    60 calls: C 29, A 26, simulation 19 (80.2 %)
            Erlang C lets nobody give up. With 26 attendants 6.5 % of the callers do, by Erlang A, and those behind them wait less.
            The interval begins with less to do than it would have in the long run, or with attendants of the one before who still finish their calls: that brings 27.0 points of the service level.
            Handling times are not exponential, as Erlang assumes: that brings 8.7 points of the service level.
            Days differ by 25 % more than chance, which Erlang does not know: that brings 3.7 points of the service level.
            Callers leave the queue after 60 s, and Erlang knows no such limit: that brings 2.2 points of the service level.
        08:30   140 calls: C 63, A 57, simulation 46 (80.9 %)
            Erlang C lets nobody give up. With 57 attendants 5.8 % of the callers do, by Erlang A, and those behind them wait less.
            The interval begins with less to do than it would have in the long run, or with attendants of the one before who still finish their calls: that brings 31.2 points of the service level.
            Handling times are not exponential, as Erlang assumes: that brings 11.9 points of the service level.
            Callers leave the queue after 60 s, and Erlang knows no such limit: that brings 1.0 points of the service level.
        08:45   150 calls: C 67, A 61, simulation 61 (83.0 %)
            Erlang C lets nobody give up. With 61 attendants 5.7 % of the callers do, by Erlang A, and those behind them wait less.
        09:00   140 calls: C 63, A 57, simulation 58 (82.0 %)
            Erlang C lets nobody give up. With 57 attendants 5.8 % of the callers do, by Erlang A, and those behind them wait less.
            Patience is not exponential, as Erlang A assumes: that costs 6.8 points of the service level.
            Days differ by 25 % more than chance, which Erlang does not know: that costs 5.4 points of the service level.
        09:15    90 calls: C 42, A 38, simulation 42 (80.4 %)
            Erlang C lets nobody give up. With 38 attendants 5.8 % of the callers do, by Erlang A, and those behind them wait less.
            Patience is not exponential, as Erlang A assumes: that costs 6.4 points of the service level.
            Days differ by 25 % more than chance, which Erlang does not know: that costs 4.5 points of the service level.
            Callers of the interval before are still waiting or talking when it begins, and Erlang looks at each interval by itself: that costs 3.0 points of the service level.
        09:30    40 calls: C 21, A 18, simulation 21 (81.9 %)
            Erlang C lets nobody give up. With 18 attendants 7.1 % of the callers do, by Erlang A, and those behind them wait less.
            Patience is not exponential, as Erlang A assumes: that costs 5.4 points of the service level.
            Days differ by 25 % more than chance, which Erlang does not know: that costs 4.4 points of the service level.
            Callers of the interval before are still waiting or talking when it begins, and Erlang looks at each interval by itself: that costs 2.9 points of the service level.
            Handling times are not exponential, as Erlang assumes: that costs 1.1 points of the service level.
        09:45    15 calls: C 9, A 8, simulation 8 (84.1 %)
            Erlang C lets nobody give up. With 8 attendants 7.7 % of the callers do, by Erlang A, and those behind them wait less.
    "#]].assert_eq(&table(&planned(&ask)));
}

#[test]
fn without_patience_it_is_compared_with_erlang_c() {
    let plan = planned(&Ask { patience: None, replications: 100, ..tuesday() });
    for interval in &plan.intervals {
        assert_eq!(interval.erlang_a, None);
        let (c, simulation) =
            (interval.erlang_c.expect("few calls"), interval.simulation.expect("few calls"));
        assert!(c.abs_diff(simulation) <= 1, "{interval:?}");
    }
}

#[test]
fn one_attendant_less_anywhere_misses_the_target_here_or_next_route_8() {
    let ask = Ask { replications: 60, calls: vec![40.0, 70.0, 20.0, 55.0], ..tuesday() };
    let found = planned(&ask);
    let numbers: Vec<u32> = found.intervals.iter().map(|it| it.simulation.expect("few calls")).collect();
    let reached =
        |numbers: &[u32]| levels(&ask, numbers).iter().map(|level| *level >= 0.8).collect::<Vec<_>>();
    assert_eq!(reached(&numbers), [true; 4]);
    for place in 0..4 {
        let mut fewer = numbers.clone();
        fewer[place] -= 1;
        let reached = reached(&fewer);
        let missed = !reached[place] || reached.get(place + 1).is_some_and(|next| !next);
        assert!(missed, "{fewer:?} would do as well as {numbers:?}");
    }
}

/// The levels by interval of the same days, by another road: a scenario as somebody would write it.
fn levels(ask: &Ask, numbers: &[u32]) -> Vec<f64> {
    let scenario = serde_json::json!({
        "name": "Check", "start": ask.start, "time_zone": ask.time_zone, "hours": numbers.len(), "seed": ask.seed,
        "replications": ask.replications, "interval_minutes": 60,
        "attendants": [{
            "name": "All", "count": numbers.iter().max(),
            "staffing": {
                "from": "08:00", "interval_minutes": 60,
                "on_duty": numbers.iter().chain(numbers.last()).collect::<Vec<_>>(),
            },
        }],
        "services": [{
            "name": "Line", "sla_seconds": 20, "hang_up_threshold_seconds": 0, "queue_time_max_seconds": 3600,
            "talk": ask.talk, "patience": ask.patience,
            "arrivals": [{ "kind": "by_interval", "from": "08:00", "interval_minutes": 60, "calls": ask.calls }],
        }],
    });
    let mut no_files = |_: &str| Err(String::new());
    let model =
        planner::read(&scenario.to_string(), planner::Format::Json, &mut no_files).expect("it is right");
    let results = planner::simulate(&model, &Unwatched).expect("nobody cancels");
    let sums = results.total.intervals.iter().map(|interval| {
        let mean = |measure| {
            let figure = interval.figures.iter().find(|figure| figure.measure == measure).expect("a figure");
            figure.estimate.expect("there are calls").mean
        };
        (mean(planner::Measure::AnsweredWithin), mean(planner::Measure::Callers))
    });
    sums.map(|(within, all)| within / all).collect()
}

#[test]
fn a_day_nobody_calls_needs_nobody_and_one_too_large_is_refused() {
    let quiet = planned(&Ask { calls: vec![0.0, 10.0, 0.0], replications: 20, ..tuesday() });
    let numbers: Vec<_> = quiet.intervals.iter().map(|interval| interval.simulation).collect();
    assert_eq!((numbers[0], numbers[2]), (Some(0), Some(0)));
    let ask = Ask {
        calls: vec![30_000.0],
        target: Target { share: 1.5, seconds: 20 },
        start: "tomorrow".to_owned(),
        ..tuesday()
    };
    let error = plan(&ask, &Unwatched).expect_err("it is wrong");
    expect![[r#"target.share is 1.5; permitted is 0.01 to 0.99; calls of the day is 30000; permitted is 0 to 20000; start is "tomorrow" (8 characters); permitted is a text of 10 to 19 characters"#]].assert_eq(&error.to_string());
}

#[test]
fn a_plan_is_stopped_in_the_middle_and_says_how_far_it_is() {
    struct Impatient(AtomicU32);
    impl Watch for Impatient {
        fn progress(&self, progress: Progress) {
            assert!(progress.done <= progress.total, "{progress:?}");
            self.0.store(progress.done, Ordering::Relaxed);
        }
        fn is_cancelled(&self) -> bool {
            self.0.load(Ordering::Relaxed) >= 300
        }
    }
    let watch = Impatient(AtomicU32::new(0));
    assert!(matches!(plan(&tuesday(), &watch), Err(PlanError::Cancelled(_))));
    assert!(watch.0.into_inner() >= 300);
}

#[test]
fn intervals_stand_where_the_clock_on_the_wall_shows_them_when_it_is_put_forward_or_back_route_8() {
    let night = |start: &str| {
        let ask = Ask {
            start: start.to_owned(),
            calls: vec![6.0, 30.0, 12.0, 20.0],
            replications: 20,
            ..tuesday()
        };
        planned(&ask)
    };
    let lasting = |plan: &Plan| -> Vec<i64> {
        plan.intervals.windows(2).map(|two| (two[1].from.0 - two[0].from.0) / 60_000).collect()
    };
    let walls = |plan: &Plan| -> Vec<String> {
        plan.intervals.iter().map(|interval| interval.from_local[11..].to_owned()).collect()
    };

    let back = night("2026-10-25T01:00");
    assert_eq!(walls(&back), ["01:00", "02:00", "03:00", "04:00"]);
    assert_eq!(lasting(&back), [60, 120, 60]);
    assert!(back.intervals.iter().all(|interval| interval.level.is_some_and(|level| level.mean >= 0.8)));

    let forward = night("2026-03-29T01:00");
    assert_eq!(walls(&forward), ["01:00", "03:00", "03:00", "04:00"]);
    assert_eq!(lasting(&forward), [60, 0, 60]);
    assert_eq!(forward.intervals[1].level, None, "nobody calls in an hour that there is not");
}
