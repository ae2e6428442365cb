//! The project's own commands: `cargo xtask run`, `test`, `ci`, `tidy`, `codegen`, `bench`. Each says what it does before it
//! does it. Knows how things are built and checked, nothing of the business.

mod bench;
mod checks;
mod codegen;
mod needs;
mod run;
mod shell;
mod test;
mod tidy;
mod ui;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Usher's own commands")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what is missing, build, and open the console: a window, or a browser link where there is no display.
    Run(run::RunArguments),
    /// Everything: set-up, checks, unit tests, real peers, browser, real window.
    Test(test::TestArguments),
    /// The checks without the tests: format, lints, licences, house rules, generated types.
    Ci(test::CiArguments),
    /// House rules that no other tool checks.
    Tidy,
    /// Write the TypeScript twins of the wire types.
    Codegen(codegen::CodegenArguments),
    /// Measure, print a table and write target/bench/NAME.json.
    Bench(bench::BenchArguments),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Test(arguments) => test::test(&arguments),
        Command::Ci(arguments) => test::ci(&arguments),
        Command::Tidy => checks::tidy(),
        Command::Codegen(arguments) => codegen::codegen(&arguments),
        Command::Bench(arguments) => bench::bench(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
