//! `usher simulate` as people run it: what it prints, where it writes, and how it ends.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/simulate/examples")
}

fn usher(arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_usher");
    Command::new(program).arg("simulate").args(arguments).current_dir(examples()).output().expect("it runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("it writes text")
}

#[test]
fn a_scenario_is_simulated_and_told_as_table_json_and_csv_route_8() {
    let table = usher(&["minimal.json", "--replications", "3"]);
    assert!(table.status.success(), "{}", text(&table.stderr));
    assert!(text(&table.stdout).contains("Service level, abandons negative"), "{}", text(&table.stdout));

    let json = usher(&["minimal.json", "--replications", "3", "--seed", "5", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("it is JSON");
    assert_eq!((&json["seed"], &json["replications"]), (&5.into(), &3.into()));
    let level = &json["total"]["figures"]["service_level_abandons_negative"]["estimate"];
    let bound = |name: &str| level[name].as_f64().unwrap_or_else(|| panic!("{name} in {level}"));
    assert!(bound("low") < bound("mean") && bound("mean") < bound("high") && bound("high") <= 1.0, "{level}");

    let csv = usher(&["minimal.json", "--replications", "3", "--seed", "5", "--csv"]);
    let csv = text(&csv.stdout);
    let row = csv.lines().find(|row| row.starts_with("total,All services,,service_level_abandons_negative,"));
    let mean =
        row.and_then(|row| row.split(',').nth(7)).expect("the same figure, after a title with a comma");
    assert_eq!(mean, format!("{:.6}", bound("mean")));
}

#[test]
fn what_is_asked_for_is_written_to_a_file_and_nothing_to_the_screen() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("figures.csv");
    let out = file.to_str().expect("a path in UTF-8");
    let written = usher(&["minimal.json", "--replications", "1", "--csv", "--out", out]);
    assert!(written.status.success() && written.stdout.is_empty(), "{}", text(&written.stderr));
    assert!(std::fs::read_to_string(&file).expect("it was written").starts_with("scope,name,interval,"));
    let nowhere = usher(&["minimal.json", "--replications", "1", "--out", "/dev/null/nowhere"]);
    assert_eq!(nowhere.status.code(), Some(9));
}

#[test]
fn the_schema_that_it_prints_is_the_published_one() {
    let printed = usher(&["--schema"]);
    let published =
        std::fs::read_to_string(examples().join("../scenario.schema.json")).expect("it is published");
    assert_eq!(text(&printed.stdout), published);
}

#[test]
fn a_scenario_with_faults_ends_with_11_and_names_each_with_its_line_route_8() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bad.toml");
    std::fs::write(
        &file,
        "name = \"Bad\"\nstart = \"2026-12-01\"\nhours = 0\nattendants = []\nservices = []\n",
    )
    .expect("it can be written");
    let failed = usher(&[file.to_str().expect("a path in UTF-8")]);
    assert_eq!(failed.status.code(), Some(11));
    let said = text(&failed.stderr);
    assert!(said.contains("bad.toml has 3 faults"), "{said}");
    assert!(said.contains("line 3: hours is 0; permitted is a number, 0.1 to 744"), "{said}");
    assert!(
        said.contains("line 5: services is a list of 0; permitted is a list of 1 to 50 entries"),
        "{said}"
    );
}

#[test]
fn a_file_that_is_not_there_ends_with_8_and_one_that_is_no_scenario_with_11() {
    assert_eq!(usher(&["nowhere.toml"]).status.code(), Some(8));
    assert_eq!(usher(&["a-morning.csv"]).status.code(), Some(11));
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_stops_it_with_130_and_writes_nothing() {
    use std::process::Stdio;

    // Ten thousand replications take minutes: it is stopped long before.
    let program = Command::new(env!("CARGO_BIN_EXE_usher"))
        .args(["simulate", "contact-centre.toml", "--replications", "10000"])
        .current_dir(examples())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let id = program.id().to_string();
    let listens = listens_to_interrupts(&id);
    let stop = if listens { "-INT" } else { "-KILL" };
    let stopped = Command::new("kill").args([stop, &id]).status().expect("kill runs");
    let output = program.wait_with_output().expect("it ends");
    assert!(listens && stopped.success(), "it never listened");
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(why.contains("usher: the simulation was cancelled"), "{why}");
}

/// An interrupt before it listens would end it by the signal.
#[cfg(target_os = "linux")]
fn listens_to_interrupts(id: &str) -> bool {
    use std::time::{Duration, Instant};

    let since = Instant::now();
    while since.elapsed() < Duration::from_secs(60) {
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        if status.lines().any(|line| line.starts_with("SigCgt:") && caught(line, 2)) {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

/// Whether a signal is among those that a line of `/proc` says are caught.
#[cfg(target_os = "linux")]
fn caught(line: &str, signal: u32) -> bool {
    let mask = line.split_whitespace().nth(1).and_then(|mask| u64::from_str_radix(mask, 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}
