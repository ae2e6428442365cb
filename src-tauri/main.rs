//! `usher-desktop`: the console in a window of its own, with tray, notification, answer key and links. Composes the alone
//! mode and hands requests on; holds no rule of the business and knows no telephone system.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod attention;
mod door;
mod failure;
mod links;
mod ringing;
mod tray;
mod window;

use alone::{AudioWhere, Options};
use clap::Parser;
use door::Door;
use std::path::PathBuf;
use tauri::{AppHandle, Manager, RunEvent};

/// The attendant console.
#[derive(Parser)]
#[command(name = "usher-desktop", version, about)]
struct Arguments {
    /// Where data is kept [default: the user's own data folder].
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// The attendant's audio: `system`, `none`, or `file:DIR` (microphone.wav in, recordings out).
    #[arg(long, default_value = "system")]
    audio: AudioWhere,
    /// Uses no keychain: passwords live until Usher ends, and the recovery key is asked for at each start.
    #[arg(long)]
    forget_secrets: bool,
    /// File with the key that opens the data, instead of the keychain (64 hexadecimal digits; `usher store new-key`).
    #[arg(long, value_name = "FILE")]
    store_key: Option<PathBuf>,
    /// A `tel:`, `sip:` or `callto:` link, as the system hands it over.
    link: Option<String>,
}

impl Arguments {
    fn options(&self) -> Options {
        Options {
            data_dir: self.data_dir.clone(),
            audio: self.audio.clone(),
            forget_secrets: self.forget_secrets,
            store_key: self.store_key.clone(),
        }
    }
}

fn main() -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_env("USHER_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,rsipstack=warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Runtime::new()?;
    tauri::async_runtime::set(runtime.handle().clone());
    desktop(arguments)?.run(|app, event| match event {
        RunEvent::ExitRequested { api, code, .. } => door::leave(app, &api, code.unwrap_or_default()),
        RunEvent::Ready | RunEvent::Resumed | RunEvent::MainEventsCleared | RunEvent::Exit => {}
        // Tauri may add events; windows and tray have handlers of their own.
        _ => {}
    });
    Ok(())
}

fn desktop(arguments: Arguments) -> tauri::Result<tauri::App> {
    tauri::Builder::default()
        // First, so that a second start ends before it touches anything.
        .plugin(tauri_plugin_single_instance::init(|app, _arguments, _folder| window::show(app)))
        .plugin(tauri_plugin_deep_link::init())
        .plugin(tauri_plugin_notification::init())
        .plugin(tauri_plugin_global_shortcut::Builder::new().build())
        .plugin(tauri_plugin_window_state::Builder::new().with_denylist(&[failure::WINDOW]).build())
        .register_uri_scheme_protocol(failure::SCHEME, |context, _request| {
            failure::page(context.app_handle())
        })
        .invoke_handler(tauri::generate_handler![door::request])
        .manage(Door::default())
        .setup(move |app| {
            let handle = app.handle().clone();
            window::open(&handle)?;
            tray::put(&handle)?;
            attention::listen(&handle);
            links::listen(&handle, arguments.link.as_deref());
            tauri::async_runtime::spawn(end_when_asked(handle.clone()));
            tauri::async_runtime::spawn(start(handle, arguments.options()));
            Ok(())
        })
        .build(tauri::generate_context!())
}

/// Opens the store and the telephone system while the window already paints. A locked store is the page's to show.
async fn start(app: AppHandle, options: Options) {
    match alone::Door::open(options).await {
        Ok(door) => app.state::<Door>().open(&app, door),
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "Usher cannot start");
            failure::show(&app, &format!("{error:#}"));
        }
    }
}

/// Ends in good order when the session or a service manager says so.
async fn end_when_asked(app: AppHandle) {
    match asked_to_end().await {
        Ok(()) => app.exit(0),
        Err(error) => tracing::warn!(%error, "signals cannot be heard: close Usher from its tray"),
    }
}

#[cfg(unix)]
async fn asked_to_end() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

#[cfg(not(unix))]
async fn asked_to_end() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
