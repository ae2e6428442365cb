//! `cargo xtask bench NAME`: a table, and the same in `target/bench/NAME.json`. What is measured, and how, lies in `tests/bench`:
//! here is only which program runs when, and how it is told.

use crate::shell::{Program, heading, root, target_dir};
use crate::{needs, ui};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::path::PathBuf;

/// `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct BenchArguments {
    /// Which one; without a name, the names are listed.
    name: Option<String>,
    /// What the bench itself is told, behind `--`; `vault` and `search` listen to `--quick`, `search` to `--contacts N` and `--door N`, `reports` to `--calls N` and, for a store that is kept, `--kept FOLDER` and `--alone TITLE` behind it.
    #[arg(last = true)]
    told: Vec<String>,
}

/// One measured case.
pub(crate) struct Row {
    pub(crate) case: String,
    pub(crate) unit: String,
    pub(crate) ours: f64,
    pub(crate) peers: Vec<Peer>,
}

/// What another one needs for the same.
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) cost: f64,
    /// Our cost by this one's. A bench that measures in turns says it itself: the median of its turns is not the ratio of the
    /// medians.
    pub(crate) ratio: f64,
}

/// A bench and what it measures.
struct Bench {
    name: &'static str,
    what: &'static str,
    /// Program of `tests/bench`.
    program: &'static str,
    /// Which programs it starts.
    starts: Starts,
    /// Packages of `tests/bench/peers` it measures against.
    peers: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Starts {
    Nothing,
    Usher,
    UsherAndWindow,
}

/// The peers that cargo does not build.
const FUSE: &str = "fuse";
const PYTHON: &str = "python";

const BENCHES: &[Bench] = &[
    Bench {
        name: "engine",
        what: "a decision on a full desk",
        program: "decisions",
        starts: Starts::Nothing,
        peers: &[],
    },
    Bench {
        name: "simulate",
        what: "a simulated call on a day of 100 attendants",
        program: "simulate",
        starts: Starts::Nothing,
        peers: &[],
    },
    Bench {
        name: "ring",
        what: "INVITE on the wire to the row on the screen",
        program: "ring",
        starts: Starts::UsherAndWindow,
        peers: &[],
    },
    Bench {
        name: "start",
        what: "start to first paint, in the window and in a browser",
        program: "start",
        starts: Starts::UsherAndWindow,
        peers: &[],
    },
    Bench {
        name: "memory",
        what: "memory, idle and with 50 calls",
        program: "memory",
        starts: Starts::Usher,
        peers: &[],
    },
    Bench {
        name: "vault",
        what: "the encrypted database beside plain SQLite and other encrypted ones",
        program: "vault",
        starts: Starts::Nothing,
        peers: &["sqlcipher", "sqlite3mc"],
    },
    Bench {
        name: "search",
        what: "a key stroke in address books of up to a million, beside SQLite's FTS5, tantivy and Fuse.js",
        program: "search",
        starts: Starts::Nothing,
        peers: &["tantivy-search", FUSE],
    },
    Bench {
        name: "reports",
        what: "every question of a screen of reports over 5,000,000 calls, beside DuckDB and SQLite's GROUP BY",
        program: "reports",
        starts: Starts::Nothing,
        peers: &[PYTHON],
    },
    Bench {
        name: "cipher",
        what: "a page sealed and opened, by library",
        program: "cipher",
        starts: Starts::Nothing,
        peers: &["ciphers"],
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
    let rows = measure(bench, &arguments.told)?;
    tell(bench.name, &rows)
}

/// Builds what is needed with the profile of `cargo xtask run`, and runs the bench.
fn measure(bench: &Bench, told: &[String]) -> Result<Vec<Row>> {
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
    let peers = peers(bench.peers)?;
    let built = target_dir().join("fast");
    let said = Program::cargo()
        .args(["run", "--quiet", "--profile", "fast", "--package", "bench", "--bin", bench.program, "--"])
        .args(told)
        .env("USHER_BIN", built.join("usher"))
        .env("USHER_DESKTOP_BIN", built.join("usher-desktop"))
        .env("USHER_BENCH_PEERS", peers)
        .run_keeping(|line| line.starts_with('{'))?;
    said.iter().map(|line| row(line)).collect()
}

/// Builds these peers and says where they are. One by one, since cargo unites the features of what it builds together.
fn peers(packages: &[&str]) -> Result<PathBuf> {
    let target = target_dir().join("peers");
    if !packages.is_empty() {
        needs::packages(&[&needs::BUILD, &needs::OPENSSL])?;
    }
    for package in packages {
        match *package {
            FUSE => needs::fuse()?,
            PYTHON => needs::python_peers()?,
            package => Program::cargo()
                .args(["build", "--locked", "--profile", "fast", "--package", package])
                .dir(&root().join("tests/bench/peers"))
                .env("CARGO_TARGET_DIR", &target)
                .run()?,
        }
    }
    Ok(target.join("fast"))
}

/// A row as a bench prints it.
fn row(line: &str) -> Result<Row> {
    let value: Value = serde_json::from_str(line)?;
    let text = |name: &str| Some(value[name].as_str()?.to_owned());
    let ours = value["ours"].as_f64();
    let peer = |(name, cost): (&String, &Value)| {
        let cost = cost.as_f64()?;
        Some(Peer { name: name.clone(), cost, ratio: value["ratio"][name].as_f64().or(Some(ours? / cost))? })
    };
    let peers = value["peers"].as_object().into_iter().flatten().filter_map(peer).collect();
    let parse = || Some(Row { case: text("case")?, unit: text("unit")?, ours: ours?, peers });
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
            .map(|Peer { name, cost, ratio }| format!("   {name} {cost:.3} (ratio {ratio:.3})"))
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
            let by_name = |value: fn(&Peer) -> f64| -> serde_json::Map<_, _> {
                row.peers.iter().map(|peer| (peer.name.clone(), json!(value(peer)))).collect()
            };
            let (peers, ratio) = (by_name(|peer| peer.cost), by_name(|peer| peer.ratio));
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
    use super::{Peer, Row, report, row, table};

    fn rows() -> [Row; 1] {
        let other = Peer { name: "other".into(), cost: 8.0, ratio: 0.25 };
        [Row { case: "10 waiting".into(), unit: "µs".into(), ours: 2.0, peers: vec![other] }]
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
    fn a_bench_that_measures_in_turns_says_its_ratio() {
        let line = r#"{"case":"a","unit":"µs","ours":2.0,"peers":{"other":8.0},"ratio":{"other":0.3}}"#;
        assert_eq!(row(line).expect("a row").peers[0].ratio, 0.3);
    }

    #[test]
    fn the_table_shows_the_ratio_beside_the_peer() {
        assert_eq!(table(&rows()), "10 waiting           2.000 µs   other 8.000 (ratio 0.250)\n");
    }
}
