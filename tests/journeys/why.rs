//! Why, on the command line (ROUTE-6): the program itself reads the journal of a store that no console has open.

use std::process::Command;

use acceptance::program::{Said, run};
use acceptance::stored::Stored;
use acceptance::tools;
use rand::SeedableRng;
use rand::rngs::StdRng;

/// The numbers of docs/backup.md.
const DONE: i32 = 0;
const IN_USE: i32 = 3;
const MISPLACED: i32 = 7;
const NOTHING: i32 = 8;

fn why(stored: &Stored, arguments: &[&str]) -> Said {
    let mut command = Command::new(tools::usher());
    // No keychain of whoever runs the tests.
    command.env_remove("DBUS_SESSION_BUS_ADDRESS").arg("why").args(arguments);
    command.arg("--data-dir").arg(stored.data()).arg("--store-key").arg(stored.store_key());
    run(command)
}

#[tokio::test]
async fn the_command_line_tells_why_a_past_call_rang_at_whom_route_6() {
    let mut stored = Stored::new();
    stored.live(3, &mut StdRng::seed_from_u64(7)).await;

    let told = why(&stored, &["2"]);
    assert_eq!(told.code, DONE);
    for part in ["Call 2\n", "Joined the queue of Reception.", "Rang at ", "    * ", "The caller hung up."] {
        assert!(told.out.contains(part), "{part} is missing");
    }
    let short = why(&stored, &["2", "--short"]);
    assert!(short.out.len() < told.out.len() && short.out.contains("Rang at "));

    let json = why(&stored, &["2", "--json"]);
    let view: serde_json::Value = serde_json::from_str(&json.out).expect("it is JSON");
    let decisions = view["decisions"].as_array().expect("a list");
    assert_eq!(decisions[0]["sentence"], "Joined the queue of Reception.");
    assert_eq!(decisions.last().expect("an end")["sentence"], "The caller hung up.");

    assert_eq!(why(&stored, &["77"]).code, NOTHING, "no such call");
    assert_eq!(why(&stored, &["seven"]).code, MISPLACED, "no id at all");
    let open = stored.open();
    assert_eq!(why(&stored, &["2"]).code, IN_USE, "a console has the store");
    drop(open);
}
