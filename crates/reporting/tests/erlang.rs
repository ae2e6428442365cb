//! Erlang B, C and A against printed tables, and against birth–death chains and waits worked out the long way (ROUTE-8).

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use reporting::forecast::erlang::{Impatient, Patient, Traffic, attendants_for, blocked, limited, lines_for};

fn traffic(load: f64, handling: f64) -> Traffic {
    Traffic::new(load / handling, handling).expect("within the limits")
}

fn near(got: f64, want: f64, by: f64) {
    assert!((got - want).abs() <= by, "got {got}, want {want} ± {by}");
}

#[test]
fn erlang_b_is_that_of_the_printed_tables() {
    // Offered load at which 1 % is blocked, from the usual Erlang B table.
    for (lines, load) in [(1, 0.0101), (5, 1.361), (10, 4.461), (20, 12.03), (50, 37.90), (100, 84.06)] {
        near(blocked(load, lines).unwrap(), 0.01, 5e-5);
        assert_eq!(lines_for(load * 0.999, 0.01).unwrap(), Some(lines));
    }
}

#[test]
fn erlang_c_is_that_of_a_worked_example() {
    // M/M/2 at ρ = 0.75: C = 2ρ²/(1+ρ) = 9/14. And 10 erlangs with 14 attendants: C = 0.1741, by the table.
    near(Patient::new(traffic(1.5, 60.0), 2).unwrap().long_run().unwrap().must_wait, 9.0 / 14.0, 1e-12);
    let queue = Patient::new(traffic(10.0, 180.0), 14).unwrap();
    near(queue.long_run().unwrap().must_wait, 0.1741, 1e-4);
    near(queue.long_run().unwrap().asa.unwrap(), 0.1741 * 180.0 / 4.0, 0.01);
    near(queue.answered_within(20.0), 1.0 - 0.1741 * (-80.0_f64 / 180.0).exp(), 1e-4);
    assert_eq!(attendants_for(traffic(10.0, 180.0), None, 0.8, 20.0).unwrap(), Some(14));
}

#[test]
fn erlang_c_says_that_an_overloaded_queue_never_settles() {
    let queue = Patient::new(traffic(10.0, 60.0), 10).unwrap();
    assert_eq!(queue.long_run(), None);
    near(queue.answered_within(3600.0), 0.0, 0.0);
}

#[test]
fn a_limited_queue_is_between_erlang_b_and_erlang_c() {
    for (load, n) in [(0.5, 1), (8.0, 10), (12.0, 10), (90.0, 100)] {
        let loss = limited(traffic(load, 60.0), n, n).unwrap();
        near(loss.blocked, blocked(load, n).unwrap(), 1e-12);
        near(loss.occupancy, load * (1.0 - loss.blocked) / f64::from(n), 1e-12);
    }
    let (roomy, endless) = (limited(traffic(8.0, 60.0), 10, 2_000), Patient::new(traffic(8.0, 60.0), 10));
    near(roomy.unwrap().asa.unwrap(), endless.unwrap().long_run().unwrap().asa.unwrap(), 1e-9);
    // M/M/1/K at ρ = 1: all states alike.
    near(limited(traffic(1.0, 60.0), 1, 4).unwrap().blocked, 0.2, 1e-12);
}

/// Solves the chain of an impatient queue and follows the caller who joins it by small steps of time.
fn the_long_way(load: f64, n: u32, patience: f64, seconds: f64) -> (f64, f64, f64) {
    let places = n as usize + 150;
    let death = |k: usize| (k.min(n as usize)) as f64 + k.saturating_sub(n as usize) as f64 / patience;
    let mut share = vec![1.0];
    for k in 1..=places {
        share.push(share[k - 1] * load / death(k));
    }
    let total: f64 = share.iter().sum();
    // Transient chain of those ahead of a caller: she is answered on leaving "0 ahead" by a free attendant.
    let (steps, mut answered, mut left) = (20_000, 0.0, 0.0);
    let step = seconds / f64::from(steps);
    let mut ahead: Vec<f64> = share[n as usize..].iter().map(|s| s / total).collect();
    for _ in 0..steps {
        let mut next = vec![0.0; ahead.len()];
        for (j, here) in ahead.iter().enumerate() {
            let (go, give_up) = (f64::from(n) + j as f64 / patience, 1.0 / patience);
            let moved = here * (1.0 - (-(go + give_up) * step).exp());
            let onwards = moved * go / (go + give_up);
            left += moved - onwards;
            next[j] += here - moved;
            if j == 0 { answered += onwards } else { next[j - 1] += onwards }
        }
        ahead = next;
    }
    let at_once: f64 = share[..n as usize].iter().sum::<f64>() / total;
    let waiting: f64 = share[n as usize..].iter().enumerate().map(|(j, s)| j as f64 * s / total).sum();
    (at_once + answered, waiting / patience / load, left)
}

#[test]
fn erlang_a_is_the_chain_worked_out_the_long_way_also_in_overload() {
    for (load, n, patience) in [(4.0, 5, 1.0), (9.0, 8, 0.5), (20.0, 10, 2.0), (30.0, 30, 3.0)] {
        let queue = Impatient::new(Traffic::new(load, 1.0).unwrap(), n, patience).unwrap();
        for seconds in [0.1, 0.5, 2.0] {
            let (level, abandoned, left) = the_long_way(load, n, patience, seconds);
            near(queue.answered_within(seconds), level, 2e-4);
            near(queue.long_run().abandoned, abandoned, 1e-10);
            assert!(left <= abandoned + 1e-3, "no more give up within a time than ever do");
        }
    }
}

#[test]
fn erlang_a_keeps_its_own_balance() {
    for (load, n, patience) in
        [(10.0, 12, 120.0), (100.0, 90, 60.0), (0.01, 50, 60.0), (1_000.0, 990, 300.0), (1.0, 3_000, 60.0)]
    {
        let queue = Impatient::new(traffic(load, 180.0), n, patience).unwrap();
        let run = queue.long_run();
        // Who does not give up is talked to; and who ever gets an answer gets it within a week.
        near(run.occupancy * f64::from(n), load * (1.0 - run.abandoned), 1e-8 * load.max(1.0));
        near(queue.answered_within(600_000.0), 1.0 - run.abandoned, 1e-9);
        // The mean wait of all is that of the answered and of the others together, so it lies beyond neither.
        assert!(run.asa.unwrap() >= 0.0 && run.asa.unwrap().is_finite());
    }
}

#[test]
fn asa_of_erlang_a_is_the_area_above_its_own_waiting_curve() {
    let queue = Impatient::new(traffic(11.0, 60.0), 10, 45.0).unwrap();
    let answered = 1.0 - queue.long_run().abandoned;
    let step = 0.05;
    let area: f64 = (0..20_000)
        .map(|i| (answered - queue.answered_within((f64::from(i) + 0.5) * step)) * step / answered)
        .sum();
    near(queue.long_run().asa.unwrap(), area, 1e-3);
}

#[test]
fn endless_patience_is_erlang_c_and_none_is_erlang_b() {
    let (a, c) = (Impatient::new(traffic(8.0, 60.0), 10, 604_800.0), Patient::new(traffic(8.0, 60.0), 10));
    near(a.unwrap().answered_within(20.0), c.unwrap().answered_within(20.0), 1e-3);
    let hasty = Impatient::new(traffic(8.0, 60.0), 10, 0.001).unwrap();
    near(hasty.long_run().abandoned, blocked(8.0, 10).unwrap(), 1e-4);
}

#[test]
fn the_answer_to_how_many_is_the_fewest() {
    for load in [0.3, 3.0, 30.0, 300.0] {
        for patience in [None, Some(90.0)] {
            let traffic = traffic(load, 240.0);
            let n = attendants_for(traffic, patience, 0.8, 20.0).unwrap().unwrap();
            let level = |n: u32| match patience {
                Some(p) => Impatient::new(traffic, n, p).unwrap().answered_within(20.0),
                None => Patient::new(traffic, n).unwrap().answered_within(20.0),
            };
            assert!(level(n) >= 0.8);
            assert!(n == 1 || level(n - 1) < 0.8);
        }
    }
}

#[test]
fn a_value_out_of_range_is_named_with_what_is_permitted() {
    let said = Traffic::new(1.0, f64::NAN).unwrap_err().to_string();
    assert_eq!(said, "mean handling time is NaN; permitted is 0.001 to 604800");
    let said = Patient::new(traffic(1.0, 60.0), 0).unwrap_err().to_string();
    assert_eq!(said, "attendants or lines is 0; permitted is 1 to 10000");
    assert!(Traffic::new(-1.0, 60.0).is_err());
    assert!(attendants_for(traffic(1.0, 60.0), None, 1.5, 20.0).is_err());
    assert!(Impatient::new(traffic(1.0, 0.001), 100, 600_000.0).is_err());
}

#[test]
fn a_large_house_with_very_patient_callers_still_gets_its_number() {
    let n = attendants_for(traffic(1_000.0, 60.0), Some(3_600.0), 0.8, 20.0).unwrap().unwrap();
    assert!((1_000..1_040).contains(&n), "{n}");
}
