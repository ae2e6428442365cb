//! The first run, training with simulated callers, and address books (CALL-14, CONN-5, DIR-1, REPORT-5).

use acceptance::usher::Usher;
use app::api::wire::{ImportReport, ModeKind, Request, Response, SearchResult, SetupView};
use data_encoding::BASE64;

fn setup(usher: &Usher) -> SetupView {
    match usher.ask(Request::GetSetup {}) {
        Response::Setup(setup) => setup,
        other => panic!("no set-up: {other:?}"),
    }
}

fn import(usher: &Usher, file_name: &str, content: &[u8]) -> ImportReport {
    let request =
        Request::ImportContacts { file_name: file_name.to_owned(), content_base64: BASE64.encode(content) };
    match usher.ask(request) {
        Response::Import(report) => report,
        other => panic!("no report: {other:?}"),
    }
}

fn search(usher: &Usher, query: &str) -> SearchResult {
    match usher.ask(Request::SearchContacts { query: query.to_owned(), limit: 50, caller: None }) {
        Response::Search(result) => result,
        other => panic!("no result: {other:?}"),
    }
}

/// A fresh console is connected to nothing and asks; the choice outlives a restart.
#[test]
fn the_first_run_asks_and_the_answer_is_kept() {
    let mut usher = Usher::start();
    assert_eq!(setup(&usher).mode, ModeKind::Unset);
    assert_eq!(usher.console().mode.kind, ModeKind::Unset);
    usher.ask(Request::StartTraining {});
    usher.wait_console("training", |view| (view.mode.kind == ModeKind::Training).then_some(()));
    usher.stop();
    usher.start_again();
    assert_eq!(setup(&usher).mode, ModeKind::Training);
}

/// CALL-14: simulated callers are marked in every place and are not in the live history.
#[test]
fn simulated_callers_are_marked_and_never_counted() {
    let usher = Usher::start();
    usher.ask(Request::StartTraining {});
    let row = usher.wait_console("a simulated caller", |view| view.queue.first().cloned());
    assert!(row.simulated);
    assert!(usher.console().mode.simulated);
    let call = usher.accept();
    let row = usher
        .wait_console("the simulated call", |view| view.calls.iter().find(|row| row.call == call).cloned());
    assert!(row.simulated);
    usher.hang_up(&call);
    let simulated = || match usher.ask(Request::GetHistory { before: None, limit: 50, simulated: true }) {
        Response::History(page) => page.rows.into_iter().find(|row| row.call == call),
        other => panic!("no history: {other:?}"),
    };
    let row = acceptance::wait::until("the simulated call in the training history", simulated, String::new);
    assert!(row.simulated);
    assert!(usher.history().is_empty(), "the live history holds no simulated call: {:#?}", usher.history());
}

/// REPORT-5, DIR-1: bad rows are listed with line and reason, the good ones are found at once.
#[test]
fn an_address_book_is_imported_and_its_bad_rows_are_listed() {
    let usher = Usher::start();
    let csv = "Name,Company,Phone,E-mail,Birthday\r\n\
               Anna Müller,Muster AG,+41 44 555 66 77,anna@muster.example,1.1.1970\r\n\
               ,,+41 44 555 66 78,\r\n\
               Bert Keller,Muster AG,,\r\n\
               Carla Rossi,Rossi SA,4012,carla@rossi.example\r\n";
    let report = import(&usher, "people.csv", csv.as_bytes());
    assert_eq!(report.imported, 2, "{report:?}");
    assert_eq!(report.rejected_total, 2, "{report:?}");
    assert_eq!(report.unread, ["Birthday"], "{report:?}");
    let lines: Vec<u32> = report.rejected.iter().map(|row| row.line).collect();
    assert_eq!(lines, [3, 4], "{report:?}");
    assert!(report.rejected.iter().all(|row| !row.reason.is_empty()));
    for query in ["mueller", "Muller", "5566", "anna must"] {
        let found = search(&usher, query);
        assert_eq!(
            found.contacts.first().map(|contact| contact.display_name.as_str()),
            Some("Anna Müller"),
            "{query}"
        );
    }
    assert_eq!(search(&usher, "keller").total, 0);
    assert_eq!(setup(&usher).contacts, 2);
}

/// DIR-1: a file that is no address book is refused as a whole, and what was there stays.
#[test]
fn a_file_that_is_no_address_book_changes_nothing() {
    let usher = Usher::start();
    import(&usher, "people.csv", b"Name,Phone\nAnna,4010\n");
    let picture: Vec<u8> = (0..=255).cycle().take(5000).collect();
    let request = Request::ImportContacts {
        file_name: "people.csv".to_owned(),
        content_base64: BASE64.encode(&picture),
    };
    let refused = usher.try_ask(request).expect_err("not an address book");
    assert_eq!(refused.code, "import.unreadable");
    assert_eq!(search(&usher, "anna").total, 1);
}

/// DIR-2: ten thousand contacts, and the book outlives a restart.
#[test]
fn a_large_address_book_is_searched_and_kept() {
    let mut usher = Usher::start();
    let rows = (0..10_000).map(|n| format!("Person {n:05},Company {},+4144{n:07}\n", n % 97));
    let csv = format!("Name,Company,Phone\n{}", rows.collect::<String>());
    assert_eq!(import(&usher, "large.csv", csv.as_bytes()).imported, 10_000);
    assert_eq!(search(&usher, "person 04711").contacts[0].display_name, "Person 04711");
    usher.stop();
    usher.start_again();
    assert_eq!(setup(&usher).contacts, 10_000);
    assert_eq!(search(&usher, "41440004711").contacts[0].display_name, "Person 04711");
}

/// Names of callers come from the address book.
#[test]
fn a_vcard_is_imported() {
    let usher = Usher::start();
    let card = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Dora Weiss\r\nTEL;TYPE=work:4015\r\nEND:VCARD\r\n";
    assert_eq!(import(&usher, "dora.vcf", card.as_bytes()).imported, 1);
    assert_eq!(search(&usher, "weiß").total, 1);
}
