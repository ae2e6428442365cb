//! `usher`, the headless program. `usher serve` shows the console in a browser on this computer. No rule of the business
//! lives here, and no window: that is `usher-desktop`.

mod audit;
mod backup;
mod export;
mod given;
mod import;
mod outcome;
mod restore;
mod serve;
mod sign_in;
mod simulate;
mod store;
mod why;
mod working;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use alone::{AudioWhere, Door, Options};
use clap::{Parser, Subcommand};

/// The headless program of Usher, the attendant console.
#[derive(Parser)]
#[command(name = "usher", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the console to a browser on this computer, behind a link that works once.
    Serve(ServeArguments),
    /// Backs up the store now; or lists, checks, plans and drills backups.
    Backup(Box<backup::BackupArguments>),
    /// Brings a store back from its backups into another folder.
    Restore(Box<restore::RestoreArguments>),
    /// Signs a person in on a computer without a browser: shows a code to type on another device.
    SignIn(sign_in::SignInArguments),
    /// Takes calls of an earlier telephone system over from a file, so that reports begin with a history.
    #[command(subcommand)]
    Import(import::ImportCommand),
    /// Writes what happened to a file that other programs read.
    #[command(subcommand)]
    Export(export::ExportCommand),
    /// Says what would happen: the real engine on virtual time, over a scenario of callers and attendants.
    Simulate(simulate::SimulateArguments),
    /// Looks after the store while no console has it open.
    #[command(subcommand)]
    Store(store::StoreCommand),
    /// Looks through the access log, or exports it, while no console has the store open.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Tells why a call rang at whom, and who was passed over for which reason.
    Why(why::WhyArguments),
}

#[derive(clap::Args)]
struct ServeArguments {
    /// Where data is kept [default: the user's own data folder].
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The built user interface [default: `ui` beside the program, else `ui/dist` here].
    #[arg(long)]
    ui: Option<PathBuf>,
    /// The attendant's audio: `system`, `none`, or `file:DIR` (microphone.wav in, recordings out).
    #[arg(long, default_value = "system")]
    audio: AudioWhere,
    /// Uses no keychain: passwords live until Usher ends, and the recovery key is asked for at each start.
    #[arg(long)]
    forget_secrets: bool,
    /// File with the key that opens the data, instead of the keychain (32 bytes as hexadecimal digits or Base64).
    #[arg(long, value_name = "FILE")]
    store_key: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("USHER_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,rsipstack=warn"));
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
    let done = match Arguments::parse().command {
        Command::Serve(arguments) => serve(arguments).await.map_err(outcome::Failed::from),
        Command::Backup(arguments) => backup::run(*arguments).await,
        Command::Restore(arguments) => restore::run(*arguments).await,
        Command::SignIn(arguments) => sign_in::run(arguments).await,
        Command::Import(command) => import::run(command).await,
        Command::Export(command) => export::run(command).await,
        Command::Simulate(arguments) => simulate::run(arguments).await,
        Command::Store(command) => store::run(command).await,
        Command::Audit(command) => audit::run(command).await,
        Command::Why(arguments) => why::run(arguments).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => failed.report(),
    }
}

async fn serve(arguments: ServeArguments) -> anyhow::Result<()> {
    let ui = serve::find_ui(arguments.ui)?;
    let door = Arc::new(
        Door::open(Options {
            data_dir: arguments.data_dir,
            audio: arguments.audio,
            forget_secrets: arguments.forget_secrets,
            store_key: arguments.store_key,
        })
        .await?,
    );
    let served = serve::serve(door.clone(), arguments.port, ui).await;
    door.shut_down().await;
    served
}
