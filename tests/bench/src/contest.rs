//! Programs that do the same in turns: every task is done by all before the next one begins, so that a busy machine disturbs
//! all alike, and what counts is the median over the rounds of the ratio within a round. Knows no task.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The programs of `tests/bench/peers`, where `cargo xtask bench` has built them.
pub fn peer(name: &str) -> PathBuf {
    let built = std::env::var_os("USHER_BENCH_PEERS").expect("`cargo xtask bench` says where the peers are");
    PathBuf::from(built).join(name)
}

/// A program that serves tasks. It ends when nobody asks any more.
pub struct Contestant {
    child: Child,
    tasks: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
}

/// What one operation of a task costs, in nanoseconds.
#[derive(Clone, Copy)]
struct Cost {
    cpu: f64,
    elapsed: f64,
}

impl Contestant {
    /// Starts it.
    pub fn start(command: &mut Command) -> Contestant {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        let tasks = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        Contestant { child, tasks, answers }
    }

    /// What it costs, and what was found.
    fn perform(&mut self, task: &str) -> (Cost, i64) {
        let tasks = self.tasks.as_mut().expect("it is open until the end");
        writeln!(tasks, "{task}").expect("a contestant that lives listens");
        let answer = self.answers.next().expect("a contestant answers each task").expect("in text");
        let answer: Value = serde_json::from_str(&answer).expect("in JSON");
        let number = |name: &str| answer[name].as_f64().expect("with these numbers");
        let each = |name| number(name) / number("operations");
        let found = answer["found"].as_i64().expect("with what was found");
        (Cost { cpu: each("cpu_ns"), elapsed: each("elapsed_ns") }, found)
    }
}

impl Drop for Contestant {
    fn drop(&mut self) {
        drop(self.tasks.take());
        let _ended = self.child.wait();
    }
}

/// Which clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Time on the processors, of the whole process.
    Cpu,
    /// Time on the clock.
    Elapsed,
}

/// The costs of all rounds.
pub struct Contest {
    tasks: Vec<String>,
    names: Vec<&'static str>,
    /// By round, then task, then contestant.
    rounds: Vec<Vec<Vec<Cost>>>,
}

impl Contest {
    /// Between these, over these tasks. The first name is ours.
    pub fn new(names: &[&'static str], tasks: &[String]) -> Contest {
        Contest { tasks: tasks.to_vec(), names: names.to_vec(), rounds: Vec::new() }
    }

    /// One round of all tasks, by contestants in the order of their names. Who begins changes from task to task.
    pub fn round(&mut self, contestants: &mut [Contestant]) {
        assert_eq!(contestants.len(), self.names.len(), "each contestant has a name");
        let begins = self.rounds.len();
        let costs = (0..self.tasks.len()).map(|at| self.turn(at, begins + at, contestants)).collect();
        self.rounds.push(costs);
    }

    fn turn(&self, task: usize, begins: usize, contestants: &mut [Contestant]) -> Vec<Cost> {
        let mut costs = vec![None; contestants.len()];
        let mut first_found = None;
        for turn in 0..contestants.len() {
            let who = (begins + turn) % contestants.len();
            let (cost, found) = contestants[who].perform(&self.tasks[task]);
            let expected = *first_found.get_or_insert(found);
            assert_eq!(
                found, expected,
                "{} at {}: it found something else",
                self.names[who], self.tasks[task]
            );
            costs[who] = Some(cost);
        }
        costs.into_iter().flatten().collect()
    }

    /// Prints a task for `cargo xtask bench` to collect, in microseconds an operation.
    pub fn tell(&self, task: usize, case: &str, measure: Measure) {
        let micros = |who| self.median(task, |costs| measure.of(costs[who]) / 1e3);
        let ratio = |who| self.ratio(task, measure, Sides { of: 0, to: who });
        let peers = || self.names.iter().enumerate().skip(1);
        let costs: serde_json::Map<_, _> =
            peers().map(|(who, name)| ((*name).to_owned(), json!(micros(who)))).collect();
        let ratios: serde_json::Map<_, _> =
            peers().map(|(who, name)| ((*name).to_owned(), json!(ratio(who)))).collect();
        let row = json!({"case": case, "unit": "µs", "ours": micros(0), "peers": costs, "ratio": ratios});
        println!("{row}");
    }

    /// A table of everybody's cost by that of contestant `reference`, for people.
    pub fn table(&self, reference: usize, titles: &[&str], measure: Measure) -> String {
        let width = titles.iter().map(|title| title.chars().count()).max().unwrap_or_default();
        let mut table = format!("{:width$}", format!("{measure:?}"));
        for name in &self.names {
            table += &format!("  {name:>17}");
        }
        for (task, title) in titles.iter().enumerate() {
            table += &format!("\n{title:width$}");
            for of in 0..self.names.len() {
                let ratio = self.ratio(task, measure, Sides { of, to: reference });
                table += &format!("  {ratio:>17.2}");
            }
        }
        table
    }

    fn ratio(&self, task: usize, measure: Measure, Sides { of, to }: Sides) -> f64 {
        self.median(task, |costs| measure.of(costs[of]) / measure.of(costs[to]))
    }

    fn median(&self, task: usize, value: impl Fn(&[Cost]) -> f64) -> f64 {
        let mut values: Vec<f64> = self.rounds.iter().map(|round| value(&round[task])).collect();
        values.sort_by(f64::total_cmp);
        let middle = values.len().checked_sub(1).expect("there was a round") / 2;
        if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle], values[middle + 1]) }
    }
}

#[derive(Clone, Copy)]
struct Sides {
    of: usize,
    to: usize,
}

impl Measure {
    fn of(self, cost: Cost) -> f64 {
        match self {
            Measure::Cpu => cost.cpu,
            Measure::Elapsed => cost.elapsed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Contest, Cost, Measure, Sides};

    #[test]
    fn what_counts_is_the_median_of_the_ratios_within_a_round() {
        let names = ["ours", "theirs"];
        let mut contest = Contest::new(&names, &["Insert".to_owned()]);
        for (ours, theirs) in [(2.0, 1.0), (30.0, 10.0), (400.0, 100.0)] {
            let costs = [ours, theirs].map(|cpu| Cost { cpu, elapsed: 1.0 });
            contest.rounds.push(vec![costs.to_vec()]);
        }
        let ratio = |of, to| contest.ratio(0, Measure::Cpu, Sides { of, to });
        assert_eq!((ratio(0, 1), ratio(1, 1)), (3.0, 1.0));
        assert_eq!(contest.ratio(0, Measure::Elapsed, Sides { of: 0, to: 1 }), 1.0);
        let last = contest.table(1, &["inserts"], Measure::Cpu);
        assert_eq!(last.lines().last(), Some("inserts               3.00               1.00"));
    }
}
