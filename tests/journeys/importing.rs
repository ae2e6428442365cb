//! `usher import calls` on the command line (REPORT-5): every row is taken, known or named; packed files; stopped and gone on with; how
//! it ends. What a row may hold is tested beside the engine of the import.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::Command;

use acceptance::program::{Program, Said, Talks, run};
use acceptance::stored::Stored;
use acceptance::tools;
use contracts::access_log::AccessLog;
use contracts::imports::Imports;
use flate2::Compression;
use flate2::write::GzEncoder;

/// The numbers of docs/import.md.
const DONE: i32 = 0;
const IN_USE: i32 = 3;
const NO_KEY: i32 = 5;
const NOTHING: i32 = 8;
const INVALID: i32 = 11;
const STOPPED: i32 = 130;

const MAPPING: &str = r#"
source = "before"
separator = ";"
time_zone = "Europe/Zurich"
format = "%d.%m.%Y %H:%M:%S"
never = []
key = ["id"]
no_caller = []
no_attendant = []
[columns]
arrived = "arrived"
queued = "arrived"
accepted = "answered"
ended = "ended"
left_queue = "ended"
left = "ended"
caller = "caller"
service = "line"
attendant = "who"
outcome = "how"
[services]
[outcomes]
ok = { answered = 5 }
gone = { queued = 4, otherwise = 2 }
"#;
const HEADING: &str = "id;arrived;answered;ended;caller;line;who;how";

/// A store, and files beside it.
struct Desk(Stored);

impl Desk {
    fn new() -> Desk {
        let desk = Desk(Stored::new());
        desk.write("mapping.toml", MAPPING.as_bytes());
        desk
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.store_key().with_file_name(name);
        fs::write(&path, bytes).expect("it is written");
        path
    }

    fn command(&self, file: &str) -> Command {
        let beside = |name: &str| self.0.store_key().with_file_name(name);
        let mut command = Command::new(tools::usher());
        // No keychain of whoever runs the tests.
        command.env_remove("DBUS_SESSION_BUS_ADDRESS").args(["import", "calls"]).arg(beside(file));
        command.arg("--mapping").arg(beside("mapping.toml")).arg("--data-dir").arg(self.0.data());
        command
    }

    fn import(&self, file: &str) -> Said {
        let mut command = self.command(file);
        command.arg("--store-key").arg(self.0.store_key());
        run(command)
    }
}

/// A file of so many calls, with a row that is none in its third line.
fn file(calls: usize) -> String {
    let mut text = format!("{HEADING}\n");
    for id in 1..=calls {
        let (minute, second) = (id / 60 % 60, id % 60);
        text += &format!(
            "{id};02.11.2026 {:02}:{minute:02}:{second:02};;02.11.2026 23:59:59;+4144{:07};Main;;gone\n",
            id / 3600 % 24,
            id % 5000
        );
        if id == 1 {
            text += "bad;31.02.2026 09:00:00;;;+41443102217;Main;;gone\n";
        }
    }
    text
}

#[tokio::test]
async fn a_file_is_taken_over_once_packed_or_not_report_5() {
    let desk = Desk::new();
    let text = file(300);
    desk.write("calls.csv", text.as_bytes());
    let said = desk.import("calls.csv");
    assert_eq!(said.code, DONE);
    assert!(said.out.starts_with("line 3: ") && said.out.lines().count() == 1, "{}", said.out);
    assert!(said.out.contains("31.02.2026"), "{}", said.out);
    assert!(said.err.contains("301 rows: 300 calls taken, 0 known already, 1 refused."), "{}", said.err);
    assert!(!said.err.contains("24 months"), "{}", said.err);
    desk.write("old.csv", text.replace(".2026 ", ".2019 ").as_bytes());
    let said = desk.import("old.csv");
    assert!(said.err.contains("erases them, as all call records: 300."), "DATA-6: {}", said.err);

    // Two members, as logs are packed that were appended to.
    let (first, second) = text.as_bytes().split_at(text.len() / 2);
    let pack = |bytes: &[u8]| {
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(bytes).expect("memory");
        packed.finish().expect("memory")
    };
    let packed = [pack(first), pack(second)].concat();
    desk.write("calls.csv.gz", &packed);
    let said = desk.import("calls.csv.gz");
    assert_eq!(said.code, DONE);
    assert!(said.err.contains("301 rows: 0 calls taken, 300 known already, 1 refused."), "{}", said.err);

    desk.write("cut.csv.gz", &packed[..packed.len() - 20]);
    let said = desk.import("cut.csv.gz");
    assert_eq!(said.code, NOTHING);
    assert!(said.err.contains("cut.csv.gz"), "{}", said.err);

    let store = desk.0.open();
    let state = store.import_state("before").await.expect("it is read").expect("it is there");
    assert_eq!(state.known, 300, "what was read of the cut file is written with its calls, or not at all");
    let links = AccessLog::read(&store, 0, 100).await.expect("they are read");
    let imports =
        links.iter().filter(|link| String::from_utf8_lossy(&link.bytes).contains("import-calls")).count();
    assert_eq!(imports, 4, "each try is in the access log");
}

#[test]
fn an_import_that_is_stopped_is_gone_on_with_report_5() {
    let desk = Desk::new();
    desk.write("calls.csv", file(60_000).as_bytes());
    let mut command = desk.command("calls.csv");
    command.arg("--store-key").arg(desk.0.store_key());
    let folder = desk.0.store_key().parent().expect("it lies in a folder").to_owned();
    let mut import = Program::start("import", &folder, Talks::ByPipes, &mut command);
    let (_, out) = import.pipes();
    let mut line = String::new();
    BufReader::new(out).read_line(&mut line).expect("it says which row it refused");
    assert!(line.starts_with("line 3: "), "{line}");
    import.interrupt();
    let ended = import.wait_end();
    assert_eq!(ended.code(), Some(STOPPED), "{}", import.words());
    assert!(import.words().contains("the same command goes on from there"), "{}", import.words());

    let said = desk.import("calls.csv");
    assert_eq!(said.code, DONE);
    assert!(said.err.contains("60001 rows: 60000 calls taken, 0 known already, 1 refused."), "{}", said.err);
}

#[test]
fn an_import_that_cannot_be_says_why_report_5() {
    let desk = Desk::new();
    desk.write("calls.csv", file(3).as_bytes());
    let says = |said: Said, code: i32, words: &str| {
        assert_eq!(said.code, code, "{}", said.err);
        assert!(said.err.contains(words), "{}", said.err);
    };
    says(desk.import("none.csv"), NOTHING, "none.csv");
    says(run(desk.command("calls.csv")), NO_KEY, "");
    {
        let _open = desk.0.open();
        says(desk.import("calls.csv"), IN_USE, "");
    }
    desk.write("calls.csv", b"a;b;c\n1;2;3\n");
    says(desk.import("calls.csv"), INVALID, "the mapping");
    desk.write("mapping.toml", b"source = 7");
    says(desk.import("calls.csv"), INVALID, "the mapping");
}
