//! Power BI and Excel's road to the reports (REPORT-4): history is imported, the feed switched on, and an independent OData client
//! (python-odata) reads every set of the real program; what is malformed, strange or too much is refused over the real wire.

use std::fmt::Write;
use std::fs;
use std::process::Command;

use acceptance::ports::free_port;
use acceptance::tools::{self, Tool};
use acceptance::usher::Usher;
use app::api::wire::feed::FeedTokenView;
use app::api::wire::{Request, Response};

const MAPPING: &str = r#"
source = "journey"
separator = ","
time_zone = "UTC"
format = "%Y-%m-%d %H:%M:%S"
key = ["id"]

[columns]
arrived = "arrived"
queued = "queued"
accepted = "accepted"
ended = "ended"
left_queue = "left_queue"
caller = "caller"
service = "service"
attendant = "attendant"
outcome = "outcome"

[services]
SUP = { name = "Support" }
SAL = { name = "Sales" }

[outcomes]
ok = { answered = 5 }
gone = { queued = 4, otherwise = 2 }
"#;
const CALLS: u32 = 2_500;

/// Calls over some days: every third hung up in the queue.
fn csv() -> String {
    let mut file =
        String::from("id,arrived,queued,accepted,ended,left_queue,caller,service,attendant,outcome\n");
    for call in 0..CALLS {
        let (day, hour, minute) = (1 + call / 600, 8 + call / 60 % 10, call % 60);
        let at = |second: u32| format!("2026-03-{day:02} {hour:02}:{minute:02}:{second:02}");
        let service = if call % 2 == 0 { "SUP" } else { "SAL" };
        let caller = format!("+4144{:07}", 1_000_000 + call % 97);
        // Writing to a String cannot fail.
        let _ = match call % 3 {
            0 => writeln!(file, "{call},{},{},,,{},{caller},{service},,gone", at(0), at(0), at(20)),
            _ => writeln!(
                file,
                "{call},{},{},{},{},,{caller},{service},A{},ok",
                at(0),
                at(0),
                at(10),
                at(40),
                call % 4
            ),
        };
    }
    file
}

/// A program with history behind it, and its feed.
fn fed() -> (Usher, FeedTokenView) {
    let mut usher = Usher::start();
    usher.stop();
    let home = usher.data_dir().parent().expect("a folder").to_owned();
    fs::write(home.join("calls.csv"), csv()).expect("it is written");
    fs::write(home.join("mapping.toml"), MAPPING).expect("it is written");
    let imported = Command::new(tools::usher())
        .args(["import", "calls"])
        .arg(home.join("calls.csv"))
        .arg("--mapping")
        .arg(home.join("mapping.toml"))
        .arg("--data-dir")
        .arg(usher.data_dir())
        .arg("--store-key")
        .arg(home.join("key"))
        .output()
        .expect("the program runs");
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    usher.start_again();
    let Response::FeedToken(made) = usher.ask(Request::SwitchFeedOn { port: Some(free_port()) }) else {
        panic!("a token is made")
    };
    let on = made.feed.on.as_ref().expect("it is on");
    assert!(on.listening && on.problem.is_none(), "{on:?}");
    (usher, made)
}

fn client(made: &FeedTokenView, script: &str, calls: u32) -> String {
    let url = &made.feed.on.as_ref().expect("it is on").url;
    let out = Command::new(Tool::PythonOdata.program())
        .args(["-c", script])
        .args([url, made.token.danger_expose(), &calls.to_string()])
        .output()
        .expect("python runs");
    let (said, errors) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success(), "{said}\n{errors}");
    said.into_owned()
}

/// REPORT-4: a client that is not ours reads all there is, and finds in it what was imported.
#[test]
fn an_independent_client_reads_every_set() {
    if !tools::all_there(&[Tool::PythonOdata]) {
        return;
    }
    let (mut usher, made) = fed();
    let said = client(&made, include_str!("../fixtures/odata_client.py"), CALLS);
    assert!(said.contains("all sets were read"), "{said}");
    // The token outlives the program; switched off, nobody reads any more.
    usher.stop();
    usher.start_again();
    let said = client(&made, include_str!("../fixtures/odata_client.py"), CALLS);
    assert!(said.contains("all sets were read"), "{said}");
    usher.ask(Request::SwitchFeedOff {});
    let port = made.feed.on.as_ref().expect("it was on").port;
    let closed = || std::net::TcpStream::connect(("127.0.0.1", port)).is_err().then_some(());
    acceptance::wait::until("nothing listens any more", closed, String::new);
}

/// REPORT-4: a port that another program has is said, and nothing listens.
#[test]
fn a_port_that_is_taken_is_said() {
    let usher = Usher::start();
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = taken.local_addr().expect("it has one").port();
    let Response::FeedToken(made) = usher.ask(Request::SwitchFeedOn { port: Some(port) }) else {
        panic!("a token is made")
    };
    let on = made.feed.on.expect("it is on");
    assert!(!on.listening && on.problem.expect("it says why").contains(&port.to_string()));
}
