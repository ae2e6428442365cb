//! `cargo xtask bench NAME`: a table, and the same in `target/bench/NAME.json`. What is measured, and how, lies in `tests/bench`:
//! here is only which program runs when, and how it is told.

use crate::shell::{Program, heading, target_dir};
use crate::{needs, ui};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct BenchArguments {
    /// Which one; without a name, the names are listed.
    name: Option<String>,
}

/// One measured case.
pub(crate) struct Row {
    pub(crate) case: String,
    pub(crate) unit: String,
    pub(crate) ours: f64,
    /// What others need for the same, by name.
    pub(crate) peers: Vec<(String, f64)>,
}

/// A bench and what it measures.
struct Bench {
    name: &'static str,
    what: &'static str,
    /// Program of `tests/bench`.
    program: &'static str,
    /// Which programs it starts.
    starts: Starts,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Starts {
    Nothing,
    Usher,
    UsherAndWindow,
}

const BENCHES: &[Bench] = &[
    Bench {
        name: "engine",
        what: "a decision on a full desk",
        program: "decisions",
        starts: Starts::Nothing,
    },
    Bench {
        name: "ring",
        what: "INVITE on the wire to the row on the screen",
        program: "ring",
        starts: Starts::UsherAndWindow,
    },
    Bench {
        name: "start",
        what: "start to first paint, in the window and in a browser",
        program: "start",
        starts: Starts::UsherAndWindow,
    },
    Bench {
        name: "memory",
        what: "memory, idle and with 50 calls",
        program: "memory",
        starts: Starts::Usher,
    },
];

pub(crate) fn bench(arguments: &BenchArguments) -> Result<()> {
    let wanted = arguments.name.as_deref().unwrap_or_default();
    let Some(bench) = BENCHES.iter().find(|bench| bench.name == wanted) else {
        for bench in BENCHES {
            println!("{:<8} {}", bench.name, bench.what);
        }
        bail!("name one of these benches");
    };
    heading(&format!("{}: {}", bench.name, bench.what));
    let rows = measure(bench)?;
    tell(bench.name, &rows)
}

/// Builds what is needed with the profile of `cargo xtask run`, and runs the bench.
fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let build = || Program::cargo().args(["build", "--profile", "fast"]);
    if bench.starts != Starts::Nothing {
        needs::packages(&[&needs::BUILD, &needs::PEERS])?;
        ui::build()?;
        build().args(["--package", "usher"]).run()?;
    }
    if bench.starts == Starts::UsherAndWindow {
        needs::packages(&[&needs::WINDOW, &needs::HEADLESS_WINDOW, &needs::BROWSER])?;
        needs::tool(&needs::TAURI_DRIVER)?;
        build().args(["--package", "usher-desktop", "--features", "tauri/custom-protocol"]).run()?;
    }
    let built = target_dir().join("fast");
    let said = Program::cargo()
        .args(["run", "--quiet", "--profile", "fast", "--package", "bench", "--bin", bench.program])
        .env("USHER_BIN", built.join("usher"))
        .env("USHER_DESKTOP_BIN", built.join("usher-desktop"))
        .run_keeping(|line| line.starts_with('{'))?;
    said.iter().map(|line| row(line)).collect()
}

/// A row as a bench prints it.
fn row(line: &str) -> Result<Row> {
    let value: Value = serde_json::from_str(line)?;
    let text = |name: &str| Some(value[name].as_str()?.to_owned());
    let peers = value["peers"].as_object().into_iter().flatten();
    let peers = peers.filter_map(|(name, cost)| Some((name.clone(), cost.as_f64()?))).collect();
    let parse =
        || Some(Row { case: text("case")?, unit: text("unit")?, ours: value["ours"].as_f64()?, peers });
    parse().with_context(|| format!("a bench printed a row that is none: {line}"))
}

fn tell(name: &str, rows: &[Row]) -> Result<()> {
    print!("{}", table(rows));
    let folder = target_dir().join("bench");
    std::fs::create_dir_all(&folder)?;
    let file = folder.join(format!("{name}.json"));
    std::fs::write(&file, format!("{:#}\n", report(name, &machine(), rows)))?;
    println!("written to {}", file.display());
    Ok(())
}

fn table(rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.case.len()).max().unwrap_or_default();
    let line = |row: &Row| {
        let peers: String = row
            .peers
            .iter()
            .map(|(name, value)| format!("   {name} {value:.3} (ratio {:.3})", row.ours / value))
            .collect();
        format!("{:<width$}  {:>14.3} {}{peers}\n", row.case, row.ours, row.unit)
    };
    rows.iter().map(line).collect()
}

/// `ratio` is cost by cost: below 1, ours is better. A rate is told as its cost, so that this holds for every row.
fn report(name: &str, machine: &str, rows: &[Row]) -> Value {
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| {
            let peers: serde_json::Map<_, _> =
                row.peers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
            let ratio: serde_json::Map<_, _> =
                row.peers.iter().map(|(name, value)| (name.clone(), json!(row.ours / value))).collect();
            json!({"case": row.case, "unit": row.unit, "ours": row.ours, "peers": peers, "ratio": ratio})
        })
        .collect();
    json!({"bench": name, "machine": machine, "rows": rows})
}

/// Processor, cores and system, without the machine's name.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let model = std::fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let model = model.unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    format!("{model}, {cores} cores, {}", std::env::consts::OS)
}

#[cfg(test)]
mod tests {
    use super::{Row, report, row, table};

    fn rows() -> [Row; 1] {
        [Row { case: "10 waiting".into(), unit: "µs".into(), ours: 2.0, peers: vec![("other".into(), 8.0)] }]
    }

    #[test]
    fn a_report_has_the_form_every_bench_uses() {
        let told = report("engine", "a machine", &rows()).to_string();
        let want = r#"{"bench":"engine","machine":"a machine","rows":[{"case":"10 waiting","ours":2.0,"peers":{"other":8.0},"ratio":{"other":0.25},"unit":"µs"}]}"#;
        assert_eq!(told, want);
    }

    #[test]
    fn a_row_is_read_as_a_bench_prints_it() {
        let read =
            row(r#"{"case":"10 waiting","unit":"µs","ours":2.0,"peers":{"other":8.0}}"#).expect("a row");
        assert_eq!(table(&[read]), table(&rows()));
        assert!(row(r#"{"case":"10 waiting"}"#).is_err());
    }

    #[test]
    fn the_table_shows_the_ratio_beside_the_peer() {
        assert_eq!(table(&rows()), "10 waiting           2.000 µs   other 8.000 (ratio 0.250)\n");
    }
}
