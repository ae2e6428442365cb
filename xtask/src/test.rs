//! `cargo xtask test` and `ci`: the steps in their order, stopping at the first that fails. What a step does is elsewhere.

use crate::shell::{Program, heading, target_dir};
use crate::{checks, codegen, needs, ui};
use anyhow::{Context, Result, bail};
use std::num::NonZero;
use std::time::{Duration, Instant};

/// `cargo xtask test`.
#[derive(clap::Args)]
pub(crate) struct TestArguments {
    /// Only this step, as named in the summary; can be given several times.
    #[arg(long)]
    only: Vec<String>,
}

/// `cargo xtask ci`.
#[derive(clap::Args)]
pub(crate) struct CiArguments {
    /// Only this step, as named in the summary; can be given several times.
    #[arg(long)]
    only: Vec<String>,
}

/// The arguments that tell cargo what to build. Whatever is built with the features of all that comes along is built once; by
/// itself, each part would have features of its own, and half of what it consists of be built once more.
pub(crate) type Selection = &'static [&'static str];
/// All but the desktop: what nearly every work needs.
const MEMBERS: Selection = &[];
/// All that is tested.
const TESTED: Selection = &["--workspace", "--exclude", "bench", "--features", "tauri/custom-protocol"];
/// All there is.
const WHOLE: Selection = &["--workspace", "--features", "tauri/custom-protocol"];

/// One step; what it returns is the summary of the runner it started.
struct Step {
    name: &'static str,
    what: &'static str,
    run: fn(Selection) -> Result<Vec<String>>,
}

const CHECKS: &[Step] = &[
    Step { name: "tidy", what: "house rules", run: |_| checks::tidy().map(no_summary) },
    Step { name: "format", what: "rustfmt", run: |_| checks::format().map(no_summary) },
    Step {
        name: "ui-lint",
        what: "format, lints and types of the screens",
        run: |_| checks::ui().map(no_summary),
    },
    Step {
        name: "deny",
        what: "licences, sources, bans, advisories",
        run: |_| checks::deny().map(no_summary),
    },
    Step {
        name: "codegen",
        what: "generated types against the tree",
        run: |_| codegen::check().map(no_summary),
    },
];

const LINTS: &[Step] =
    &[Step { name: "clippy", what: "lints", run: |_| checks::clippy(MEMBERS).map(no_summary) }];

const ALL_LINTS: &[Step] = &[Step {
    name: "clippy",
    what: "lints, also of the desktop and the benches",
    run: |_| checks::clippy(WHOLE).map(no_summary),
}];

const SETUP: &[Step] =
    &[Step { name: "set-up", what: "what the tests need here", run: |_| set_up().map(no_summary) }];

const TESTS: &[Step] = &[
    Step { name: "ui-unit", what: "unit tests of the screens", run: |_| ui_unit() },
    Step { name: "ui-budget", what: "size of the first load", run: |_| ui_budget().map(no_summary) },
    Step { name: "rust", what: "Rust tests, real telephones included", run: rust },
    Step { name: "ui-e2e", what: "the screens in a real browser", run: ui_e2e },
    Step { name: "window", what: "the real window", run: |_| window() },
];

/// Everything.
pub(crate) fn test(arguments: &TestArguments) -> Result<()> {
    needs::system(true)?;
    // Whoever wants one step is spared the desktop.
    let selection = if arguments.only.is_empty() { TESTED } else { MEMBERS };
    carry_out(&[SETUP, CHECKS, ALL_LINTS, TESTS], selection, &arguments.only)
}

/// The checks alone.
pub(crate) fn ci(arguments: &CiArguments) -> Result<()> {
    needs::system(false)?;
    carry_out(&[CHECKS, LINTS], MEMBERS, &arguments.only)
}

fn carry_out(groups: &[&[Step]], selection: Selection, only: &[String]) -> Result<()> {
    let all = || groups.iter().copied().flatten();
    if let Some(unknown) = only.iter().find(|name| !all().any(|step| step.name == name.as_str())) {
        let names: Vec<_> = all().map(|step| step.name).collect();
        bail!("there is no step `{unknown}`; there are: {}", names.join(", "));
    }
    let steps = all().filter(|step| only.is_empty() || only.iter().any(|name| name == step.name));
    let mut done = Vec::new();
    for step in steps {
        heading(&format!("{}: {}", step.name, step.what));
        let begun = Instant::now();
        let summary = (step.run)(selection).with_context(|| format!("step `{}` failed", step.name))?;
        done.push((step.name, begun.elapsed(), summary));
    }
    print_summary(&done);
    Ok(())
}

fn print_summary(done: &[(&str, Duration, Vec<String>)]) {
    heading("All steps passed");
    for (name, took, summary) in done {
        println!("{name:<15} {:>6.1} s", took.as_secs_f64());
        for line in summary {
            println!("    {}", line.trim());
        }
    }
}

fn no_summary(_done: ()) -> Vec<String> {
    Vec::new()
}

fn set_up() -> Result<()> {
    use needs::{BROWSER, BUILD, HEADLESS_WINDOW, PEERS, WINDOW};
    needs::packages(&[&BUILD, &WINDOW, &PEERS, &BROWSER, &HEADLESS_WINDOW])?;
    needs::python_peers()?;
    needs::node_peers()?;
    needs::tool(&needs::NEXTEST)?;
    needs::tool(&needs::TAURI_DRIVER)?;
    ui::packages()
}

fn ui_unit() -> Result<Vec<String>> {
    ui::packages()?;
    ui::script("test").env("NO_COLOR", "1").run_keeping(is_vitest_summary)
}

fn ui_budget() -> Result<()> {
    ui::build()?;
    ui::script("budget").run()
}

fn rust(selection: Selection) -> Result<Vec<String>> {
    // The tests start the program themselves, which is built with them, and the served screens are part of what they start.
    ui::build()?;
    // Half of them wait for telephones, and those run beside others (.config/nextest.toml).
    let at_once = std::thread::available_parallelism().map_or(2, NonZero::get) * 2;
    let filter = ["--filterset", "not (package(window) or package(usher-desktop))"];
    let tests = Program::cargo().args(["nextest", "run", "--no-fail-fast"]).args(selection).args(filter);
    tests.args(["--test-threads", &at_once.to_string()]).run_keeping(is_nextest_summary)
}

fn ui_e2e(selection: Selection) -> Result<Vec<String>> {
    ui::build()?;
    // As it is built for the Rust tests.
    Program::cargo().args(["nextest", "run", "--no-run"]).args(selection).run()?;
    let usher = target_dir().join("debug").join(format!("usher{}", std::env::consts::EXE_SUFFIX));
    ui::script("e2e").env("NO_COLOR", "1").env("USHER_BIN", usher).run_keeping(is_vitest_summary)
}

fn window() -> Result<Vec<String>> {
    if !cfg!(target_os = "linux") {
        println!(
            "the window is driven on Linux only: WebDriver has no way into WKWebView, and WebView2 wants its own driver"
        );
        return Ok(Vec::new());
    }
    needs::tool(&needs::TAURI_DRIVER)?;
    ui::build()?;
    let driven = ["--bin", "usher-desktop", "--test", "real_window", "--test", "locked_in"];
    let with = |cargo: &str| Program::cargo().arg(cargo).args(TESTED).args(driven);
    with("build").run()?;
    let program = target_dir().join("debug/usher-desktop");
    with("test").env("USHER_DESKTOP_BIN", program).run_keeping(is_libtest_summary)
}

fn is_nextest_summary(line: &str) -> bool {
    line.trim_start().starts_with("Summary [")
}

fn is_vitest_summary(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("Test Files ") || line.starts_with("Tests ")
}

fn is_libtest_summary(line: &str) -> bool {
    line.starts_with("test result:") && !line.contains(" 0 passed")
}

#[cfg(test)]
mod tests {
    use super::{ALL_LINTS, CHECKS, SETUP, TESTS, is_libtest_summary, is_nextest_summary, is_vitest_summary};
    use std::collections::BTreeSet;

    #[test]
    fn the_runners_own_last_words_are_recognised() {
        assert!(is_nextest_summary("     Summary [   0.123s] 12 tests run: 12 passed, 1 skipped"));
        assert!(is_vitest_summary(" Test Files  3 passed (3)"));
        assert!(is_vitest_summary("      Tests  17 passed (17)"));
        assert!(is_libtest_summary("test result: ok. 3 passed; 0 failed; 0 ignored"));
        assert!(!is_libtest_summary("test result: ok. 0 passed; 0 failed; 0 ignored"));
    }

    #[test]
    fn every_step_has_a_name_of_its_own() {
        let names: Vec<_> =
            [SETUP, CHECKS, ALL_LINTS, TESTS].into_iter().flatten().map(|step| step.name).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }
}
