//! Taking the calls of an earlier telephone system over in the console, part by part (REPORT-5): looked at, checked, taken, stopped
//! and gone on, and what cannot be read.

#[path = "support/console.rs"]
#[allow(dead_code, reason = "each test program uses a part of it")]
mod support;

use std::sync::Arc;

use app::App;
use app::api::wire::past_calls::{
    CallMeaningName, CallsCheck, CallsLook, CallsMapping, CallsOutcome, CallsPart, CallsStep,
};
use app::api::wire::{ApiError, Request, Response};
use contracts::memory::MemoryStore;
use contracts::records::{RecordFilter, Records};
use support::{ask, console};

/// Calls that are asked for at once.
const PAGE: u32 = 500;

/// Far from the limit of what is kept, whatever day it is.
fn file(rows: u32) -> String {
    let today = jiff::Timestamp::now();
    let mut text = "Id;Start;Answered;End;Caller;Queue;Agent;Result\n".to_owned();
    for row in 1..=rows {
        let at = |seconds: i64| {
            let at = today - jiff::SignedDuration::from_hours(24)
                + jiff::SignedDuration::from_secs(i64::from(row) * 60 + seconds);
            at.strftime("%d.%m.%Y %H:%M:%S").to_string()
        };
        let (answered, agent, result) = match row % 3 {
            0 => (String::new(), "", "Abandoned"),
            _ => (at(20), "Jürg Frei", "Answered"),
        };
        let number = 1000 + row;
        text += &format!("{row};{};{answered};{};+4144555{number};Sales;{agent};{result}\n", at(0), at(90));
    }
    text
}

fn base64(bytes: &[u8]) -> String {
    data_encoding::BASE64.encode(bytes)
}

async fn look(app: &App, bytes: &[u8]) -> CallsLook {
    let request = Request::LookAtCalls {
        file_name: "old.csv".into(),
        time_zone: "UTC".into(),
        content_base64: base64(bytes),
        is_whole: true,
    };
    let Response::CallsLook(look) = ask(app, request).await else { panic!("a look") };
    *look
}

async fn check(app: &App, mapping: &CallsMapping, bytes: &[u8]) -> CallsCheck {
    let mapping = Box::new(mapping.clone());
    let request = Request::CheckCalls { mapping, content_base64: base64(bytes), is_whole: true };
    let Response::CallsCheck(check) = ask(app, request).await else { panic!("a check") };
    *check
}

async fn part(
    app: &App,
    import: Option<&CallsStep>,
    mapping: &CallsMapping,
    size: usize,
    bytes: &[u8],
    is_last: bool,
) -> Result<CallsStep, ApiError> {
    let part = CallsPart {
        import: import.map(|step| step.import.clone()),
        mapping: import.is_none().then(|| Box::new(mapping.clone())),
        size: size as u64,
        content_base64: base64(bytes),
        is_last,
    };
    match app.handle(Request::ImportCallsPart { part: Box::new(part) }).await? {
        Response::CallsStep(step) => Ok(*step),
        other => panic!("a step, not {other:?}"),
    }
}

async fn kept(store: &Arc<MemoryStore>) -> usize {
    let filter = RecordFilter { before: None, party: None, service: None, simulated: false };
    store.calls(&filter, PAGE).await.expect("memory").len()
}

#[tokio::test]
async fn a_file_is_looked_at_checked_and_taken_over_part_by_part_report_5() {
    let (app, _, store) = console().await;
    // As Excel of a German computer writes it.
    let bytes = encoding_rs::WINDOWS_1252.encode(&file(300)).0.into_owned();
    let look = look(&app, &bytes).await;
    assert_eq!((look.encoding.as_str(), look.rows, look.packed), ("windows-1252", 300, false));
    assert_eq!(look.columns[6].values[0].text, "Jürg Frei");
    let mapping = look.mapping;
    assert_eq!((mapping.separator.as_str(), mapping.format.as_str()), (";", "%d.%m.%Y %H:%M:%S"));

    let checked = check(&app, &mapping, &bytes).await;
    assert_eq!((checked.rows, checked.good, checked.refused_total), (300, 300, 0));
    assert_eq!(checked.outdated, 0);
    assert_eq!(checked.examples[0].attendant.as_deref(), Some("Jürg Frei"));
    assert_eq!(checked.examples[0].outcome_text, "User Accepted");
    assert_eq!(kept(&store).await, 0, "a check writes nothing");

    let mut step: Option<CallsStep> = None;
    for (at, piece) in bytes.chunks(5000).enumerate() {
        let is_last = (at + 1) * 5000 >= bytes.len();
        step = Some(
            part(&app, step.as_ref(), &mapping, bytes.len(), piece, is_last).await.expect("it is taken"),
        );
    }
    let step = step.expect("there are parts");
    assert_eq!((step.rows, step.taken, step.known, step.refused_total), (300, 300, 0, 0));
    assert_eq!((step.finished, step.outdated), (true, 0));
    assert_eq!(kept(&store).await, 300);

    let again = part(&app, None, &mapping, bytes.len(), &bytes, true).await.expect("it is read again");
    assert_eq!((again.taken, again.known), (0, 300), "nothing is new");
    assert_eq!(kept(&store).await, 300);
    app.shut_down().await;
}

#[tokio::test]
async fn a_mapping_is_written_as_its_file_and_read_back_report_5() {
    let (app, _, _) = console().await;
    let bytes = file(3).into_bytes();
    let mut mapping = look(&app, &bytes).await.mapping;
    mapping.outcomes.push(CallsOutcome {
        text: "Test".into(),
        meaning: CallMeaningName::Refused,
        outcome: 0,
        otherwise: 0,
        why: "a test call".into(),
    });
    let text = check(&app, &mapping, &bytes).await.text;
    let Response::CallsMapping(read) = ask(&app, Request::ReadCallsMapping { text }).await else {
        panic!("one")
    };
    assert_eq!(*read, mapping);
    let bank = include_str!("../../../docs/mappings/anonymous-bank.toml").to_owned();
    let Response::CallsMapping(bank) = ask(&app, Request::ReadCallsMapping { text: bank }).await else {
        panic!("one")
    };
    assert_eq!((bank.services.len(), bank.outcomes.len()), (6, 3));
    let error =
        app.handle(Request::ReadCallsMapping { text: "source = 1".into() }).await.expect_err("it is none");
    assert_eq!(error.code, "import.mapping");
    app.shut_down().await;
}

#[tokio::test]
async fn rows_that_are_none_are_listed_with_line_and_reason_report_5() {
    let (app, _, store) = console().await;
    let mut text = file(4);
    text += "9;yesterday;;01.01.2026 00:00:00;;Sales;;Abandoned\n10;01.01.2026 00:00:00;;01.01.2026 00:00:00;;Sales;;Moved\n";
    let mapping = look(&app, text.as_bytes()).await.mapping;
    assert_eq!(mapping.format, "", "one row is written otherwise: a person says how the others are");
    let mapping = CallsMapping { format: "%d.%m.%Y %H:%M:%S".into(), ..mapping };
    let checked = check(&app, &mapping, text.as_bytes()).await;
    let refused: Vec<(u64, &str)> =
        checked.refused.iter().map(|row| (row.line, row.reason.as_str())).collect();
    let wanted =
        [(6, "its arrival 'yesterday' is no time"), (7, "the mapping does not know the outcome 'Moved'")];
    assert_eq!(refused, wanted);
    let step =
        part(&app, None, &mapping, text.len(), text.as_bytes(), true).await.expect("the others are taken");
    assert_eq!((step.rows, step.taken, step.refused_total, step.refused.len()), (6, 4, 2, 2));
    assert_eq!(kept(&store).await, 4);
    app.shut_down().await;
}

#[tokio::test]
async fn an_import_that_was_stopped_goes_on_behind_what_is_in_report_5() {
    let (app, _, store) = console().await;
    // More than its first megabyte, by which it is known again.
    let text = file(16_000);
    let bytes = text.as_bytes();
    let mapping = look(&app, &bytes[..100_000]).await.mapping;
    let middle = 1_100_000;
    let first = part(&app, None, &mapping, bytes.len(), &bytes[..middle], false).await.expect("it is taken");
    assert!(first.taken > 10_000 && !first.finished, "{first:?}");
    ask(&app, Request::CancelCallsImport { import: first.import.clone() }).await;
    let late = part(&app, Some(&first), &mapping, bytes.len(), &bytes[middle..], true).await;
    assert_eq!(late.expect_err("it was stopped").code, "import.stopped");

    let second = part(&app, None, &mapping, bytes.len(), &bytes[..middle], false).await.expect("it goes on");
    assert_eq!((second.before, second.rows, second.taken), (first.rows, first.rows, first.taken));
    let end =
        part(&app, Some(&second), &mapping, bytes.len(), &bytes[middle..], true).await.expect("its end");
    assert_eq!((end.rows, end.taken, end.known), (16_000, 16_000, 0));
    assert_eq!(kept(&store).await, PAGE as usize, "as many as a page has");
    app.shut_down().await;
}

#[tokio::test]
async fn what_cannot_be_read_says_so_and_what_to_do_report_5() {
    let (app, _, _) = console().await;
    let text = file(3);
    let mapping = look(&app, text.as_bytes()).await.mapping;
    let code = |error: ApiError| error.code;
    let unmapped = CallsMapping { outcomes: Vec::new(), ..mapping.clone() };
    let step =
        part(&app, None, &unmapped, text.len(), text.as_bytes(), true).await.expect("each row is told");
    assert_eq!((step.taken, step.refused_total), (0, 3));
    let mut without = mapping.clone();
    without.columns.arrived = String::new();
    let error = part(&app, None, &without, 1, b"x", true).await.expect_err("no arrival");
    assert_eq!(error.code, "import.mapping");
    assert!(error.message.contains("when a call came"), "{}", error.message);
    let other = b"a;b\n1;2\n";
    let error = part(&app, None, &mapping, other.len(), other, true).await.expect_err("another file");
    assert_eq!(error.code, "import.mapping");
    let torn =
        part(&app, None, &mapping, text.len() + 1, text.as_bytes(), true).await.expect_err("it shrank");
    assert_eq!(code(torn), "import.unreadable");
    assert_eq!(code(part(&app, None, &mapping, 0, b"", true).await.expect_err("empty")), "import.unreadable");
    let packed = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0];
    let error = part(&app, None, &mapping, packed.len(), &packed, true).await.expect_err("cut off");
    assert_eq!(code(error), "import.unreadable");
    app.shut_down().await;
}
