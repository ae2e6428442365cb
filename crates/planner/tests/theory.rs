//! The simulation against exact theory (ROUTE-8): where callers come at random, handling times are exponential and nobody is
//! told to wait for anything else, the real engine has to do what Erlang B, C and A and M/M/c/K foretell. Each figure has to
//! lie within a band of four standard errors (about twice its 95 % interval), and four fifths of all within the interval
//! itself: the seeds are fixed, so a test that passes passes always, and one broken rule moves many figures at once.

use planner::scenario::{Arrivals, Group, Service, Times};
use planner::{Estimate, Measure, Model, Results, Scenario, Unwatched, simulate};
use reporting::forecast::erlang::{Impatient, LongRun, Patient, Traffic, blocked, limited};
use reporting::kpi::Kpi;

/// Seconds of the mean handling time: so short beside the longest queue time, an hour, that nobody ever reaches it.
const HANDLING: f64 = 60.0;
/// T of the service level, in seconds.
const WITHIN: u32 = 20;

/// A queue without anything that theory does not know.
struct Line {
    attendants: u32,
    /// In erlangs.
    load: f64,
    patience: Option<f64>,
    places: Option<u32>,
}

impl Line {
    fn simulated(&self) -> Results {
        let exponential = |mean_seconds| Times::Exponential { mean_seconds };
        let per_hour = self.load * 3600.0 / HANDLING;
        // So long that about 6,000 callers come in each replication.
        let hours = 6_000.0 / per_hour;
        let service =
            serde_json::json!({ "name": "Line", "talk": { "kind": "deterministic", "seconds": 0.0 } });
        let service: Service = serde_json::from_value(service).expect("the rest has defaults");
        let group: Group =
            serde_json::from_value(serde_json::json!({ "name": "All", "count": self.attendants }))
                .expect("the rest has defaults");
        let scenario = Scenario {
            name: "Theory".to_owned(),
            start: "2026-12-01".to_owned(),
            time_zone: "UTC".to_owned(),
            hours: hours * 1.1,
            warm_up_hours: hours * 0.1,
            replications: 20,
            seed: 1,
            interval_minutes: None,
            trunks: self.places,
            priority_wait_max_seconds: 180,
            calendars: Vec::new(),
            profiles: Vec::new(),
            attendants: vec![group],
            services: vec![Service {
                sla_seconds: WITHIN,
                hang_up_threshold_seconds: 0,
                queue_time_max_seconds: 3600,
                arrivals: vec![Arrivals::Poisson { per_hour }],
                patience: self.patience.map(exponential),
                talk: exponential(HANDLING),
                ..service
            }],
        };
        let model =
            Model::of(&scenario, &mut |_| Err("no files here".to_owned())).expect("within the ranges");
        simulate(&model, &Unwatched).expect("nobody cancels")
    }
}

/// Compares figures, and remembers how well they fit.
#[derive(Default)]
struct Comparison {
    lines: Vec<String>,
    within: usize,
    far: Vec<String>,
}

impl Comparison {
    fn look(&mut self, what: &str, results: &Results, measure: Measure, expected: f64) {
        let estimate = results.total.estimate(measure);
        let line = format!("{what}: {} is {expected:.5} in theory, simulated {estimate:.5?}", measure.name());
        // What never happens has no spread: then it has to be exactly so.
        let exact =
            |estimate: Estimate| estimate.half_width == Some(0.0) && (estimate.mean - expected).abs() < 1e-4;
        self.within += usize::from(estimate.is_some_and(|it| it.contains(expected, 1.0) || exact(it)));
        if !estimate.is_some_and(|it| it.contains(expected, 1.9) || exact(it)) {
            self.far.push(line.clone());
        }
        self.lines.push(line);
    }

    fn long_run(&mut self, what: &str, results: &Results, theory: LongRun) {
        self.look(what, results, Measure::Waited, theory.must_wait / (1.0 - theory.blocked));
        self.look(what, results, Measure::Kpi(Kpi::Asa), theory.asa.expect("there are callers"));
        self.look(what, results, Measure::Wait, theory.wait.expect("there are callers"));
        self.look(what, results, Measure::QueueLength, theory.waiting);
        self.look(what, results, Measure::Kpi(Kpi::Occupancy), theory.occupancy);
        self.look(
            what,
            results,
            Measure::Kpi(Kpi::AbandonmentRate),
            theory.abandoned / (1.0 - theory.blocked),
        );
    }

    fn judge(self) {
        assert!(self.far.is_empty(), "far from theory:\n{}", self.far.join("\n"));
        let enough = self.lines.len() * 4 / 5;
        let all = self.lines.join("\n");
        assert!(
            self.within >= enough,
            "only {} of {} within their intervals:\n{all}",
            self.within,
            self.lines.len()
        );
    }
}

fn traffic(load: f64) -> Traffic {
    Traffic::new(load / HANDLING, HANDLING).expect("a load of theory")
}

#[test]
fn with_patient_callers_it_agrees_with_erlang_c_route_8() {
    let mut comparison = Comparison::default();
    for (attendants, load) in [(1, 0.5), (1, 0.8), (5, 3.0), (5, 4.3), (20, 17.0), (60, 55.0)] {
        let results = Line { attendants, load, patience: None, places: None }.simulated();
        let theory = Patient::new(traffic(load), attendants).expect("a line of theory");
        let what = format!("M/M/{attendants} at {load}");
        comparison.long_run(&what, &results, theory.long_run().expect("less load than attendants"));
        let level = theory.answered_within(f64::from(WITHIN));
        comparison.look(&what, &results, Measure::Kpi(Kpi::ServiceLevelAbandonsNegative), level);
    }
    comparison.judge();
}

#[test]
fn with_impatient_callers_it_agrees_with_erlang_a_also_in_overload_route_8() {
    let mut comparison = Comparison::default();
    for (attendants, load, patience) in
        [(1, 0.9, 60.0), (5, 4.5, 30.0), (5, 7.0, 120.0), (20, 20.0, 90.0), (60, 57.0, 180.0)]
    {
        let results = Line { attendants, load, patience: Some(patience), places: None }.simulated();
        let theory = Impatient::new(traffic(load), attendants, patience).expect("a line of theory");
        let what = format!("M/M/{attendants}+M at {load}, patience {patience}");
        comparison.long_run(&what, &results, theory.long_run());
        let level = theory.answered_within(f64::from(WITHIN));
        comparison.look(&what, &results, Measure::Kpi(Kpi::ServiceLevelAbandonsNegative), level);
    }
    comparison.judge();
}

#[test]
fn with_few_lines_it_agrees_with_m_m_c_k_route_8() {
    let mut comparison = Comparison::default();
    for (attendants, load, places) in [(1, 0.9, 3), (5, 5.0, 8), (20, 19.0, 25), (20, 30.0, 24)] {
        let results = Line { attendants, load, patience: None, places: Some(places) }.simulated();
        let theory = limited(traffic(load), attendants, places).expect("a line of theory");
        let what = format!("M/M/{attendants}/{places} at {load}");
        comparison.long_run(&what, &results, theory);
        comparison.look(&what, &results, Measure::BlockedShare, theory.blocked);
    }
    comparison.judge();
}

#[test]
fn with_as_many_lines_as_attendants_it_agrees_with_erlang_b_route_8() {
    let mut comparison = Comparison::default();
    for (attendants, load) in [(1, 0.5), (5, 4.0), (20, 16.0), (20, 30.0), (60, 55.0)] {
        let results = Line { attendants, load, patience: None, places: Some(attendants) }.simulated();
        let theory = blocked(load, attendants).expect("a line of theory");
        let what = format!("M/M/{attendants}/{attendants} at {load}");
        comparison.look(&what, &results, Measure::BlockedShare, theory);
        let taken = load * (1.0 - theory) / f64::from(attendants);
        comparison.look(&what, &results, Measure::Kpi(Kpi::Occupancy), taken);
        comparison.look(&what, &results, Measure::Waited, 0.0);
    }
    comparison.judge();
}
