//! What `usher serve` holds in memory: idle, with fifty callers who hear ringing, and with fifty who hear music, each of them a
//! stream of sound. Proportional set size, which is resident memory with shared pages divided by who shares them.

use acceptance::baresip::Baresip;
use acceptance::kamailio::{Kamailio, KamailioSetup};
use acceptance::sipp::Sipp;
use acceptance::usher::CONSOLE;
use acceptance::wait;
use app::api::wire::{Request, TreatmentName};
use bench::process::Process;
use bench::{row, usher_on};
use std::path::Path;

const CALLS: usize = 50;

fn main() {
    let kamailio = Kamailio::start(&KamailioSetup::default());
    let usher = usher_on(&kamailio);
    let process =
        wait::until("the process of usher", || Process::find("usher", &usher.data_dir()), String::new);
    let _baresip = Baresip::start(&kamailio, "4010", 600.0);
    let peer = Process::find("baresip", Path::new("-f")).map(|baresip| ("baresip", baresip.memory_mib()));
    row("idle, registered", "MiB", process.memory_mib(), peer.as_slice());
    for (treatment, hear) in [(TreatmentName::Ringing, "ringing"), (TreatmentName::Music, "music")] {
        let service = usher.console().services[0].id.clone();
        usher.ask(Request::SetWaiting { service, treatment });
        let callers = Sipp::callers(&kamailio, CONSOLE, CALLS as u32);
        usher.wait_waiting(CALLS);
        row(&format!("{CALLS} callers hear {hear}"), "MiB", process.memory_mib(), &[]);
        while let Some(waiting) = usher.console().queue.first().map(|row| row.call.clone()) {
            usher.ask(Request::Pick { call: waiting.clone() });
            usher.wait_console("the call is taken", |view| {
                view.calls.iter().any(|row| row.call == waiting).then_some(())
            });
            usher.hang_up(&waiting);
            usher.wait_console("the call is over", |view| view.calls.is_empty().then_some(()));
        }
        drop(callers);
    }
}
