//! The road of a call through the real window: a first start, a telephone system, an address book, a ringing caller, the
//! keyboard, a colleague who answers, and a history that remembers (issue "The console takes a real call").

use acceptance::kamailio::{Kamailio, KamailioSetup};
use acceptance::sipp::Sipp;
use acceptance::tools::{Tool, all_there};
use acceptance::usher::CONSOLE;
use fantoccini::key::Key;
use window::desk::{Desk, alt, picture_of};
use window::session::Session;

/// Where the ringing call shows.
const RINGING: &str = "[aria-label='Ringing call']";
/// The attendant's calls.
const CALLS: &str = "[data-pane='calls']";
/// The search, when keys go to it.
const SEARCHING: &str = "[data-pane='search']:has(input:focus)";
/// A line of a list.
const ROW: &str = "[role='row']";

/// sipp's first caller is 301, the second 302 and so on; 4010 is the colleague.
const ADDRESS_BOOK: &str = "\
First name,Last name,Job title,Department,Company,Business phone,Mobile phone,City,E-mail
Ada,Lovelace,Chief engineer,Engines,Analytical Ltd,301,,London,ada@analytical.example
Charles,Babbage,Founder,Board,Analytical Ltd,302,,London,charles@analytical.example
Mary,Somerville,Editor,Press,Quarterly Review,303,,Edinburgh,mary@review.example
Anna,Berg,Head of sales,Sales,Usher,4010,+47 900 00 010,Oslo,anna.berg@usher.example
Jonas,Bergström,Sales,Sales,Usher,4011,+46 70 000 00 11,Stockholm,jonas@usher.example
Beatrice,Meier,Service desk,Service,Usher,4012,,Bern,beatrice@usher.example
Urs,Keller,Warehouse,Logistics,Usher,4013,+41 79 000 00 13,Basel,urs@usher.example
Elif,Aydın,Accounts,Finance,Usher,4014,,Bern,elif@usher.example
Heinz,Amberg,Service technician,Service,Usher,4015,+41 79 000 00 15,Thun,heinz@usher.example
";

#[test]
fn a_first_start_shows_the_recovery_key_and_asks_where_calls_come_from() {
    let desk = Desk::open();
    desk.keep_recovery_key();
    desk.see_text("h1", "Welcome to Usher");
    desk.see_text("h2", "Connect a telephone system");
    desk.see_text("h2", "Try it with simulated callers");
}

#[test]
fn the_page_may_load_nothing_from_outside_and_has_no_way_to_the_host_but_the_one_command() {
    let desk = Desk::open();
    desk.see("h1");
    let stranger =
        desk.evaluate("return fetch('http://127.0.0.1:9/').then(() => 'loaded', (error) => error.name)");
    assert_eq!(stranger, "TypeError");
    assert_eq!(desk.evaluate("return typeof window.__TAURI__"), "undefined");
    let refused = desk.evaluate(
        "return window.__TAURI_INTERNALS__.invoke('plugin:window|close', {}).then(() => 'done', (error) => String(error))",
    );
    assert!(refused.as_str().is_some_and(|said| said.contains("not allowed")), "{refused}");
}

#[test]
fn without_a_folder_to_write_to_the_window_says_why_usher_cannot_start() {
    let session = Session::start();
    std::fs::write(session.dir().join("data"), "a file where the folder should be")
        .expect("a temporary directory");
    let desk = Desk::open_with(session, &[]);
    desk.switch_to_window("Usher cannot start");
    desk.see_text("h1", "Usher cannot start");
    desk.see_text("pre", "cannot be opened");
}

#[test]
fn a_link_asks_before_it_calls() {
    let desk = Desk::open_with(Session::start(), &["tel:+47-22-10-00-01"]);
    desk.see_text("h2", "Call +4722100001?");
    desk.see("[role='dialog']:has(:focus)");
    desk.press(Key::Escape);
    desk.see_no_more("h2", "Call +4722100001?");
}

#[test]
fn a_caller_is_put_through_by_keyboard_and_the_next_time_the_console_remembers_to_whom() {
    if !all_there(&[Tool::Kamailio, Tool::Sipp]) {
        return;
    }
    let kamailio = Kamailio::start(&KamailioSetup::default());
    let desk = Desk::open();
    desk.connect(&kamailio);
    import_address_book(&desk);

    let first = Sipp::callers(&kamailio, CONSOLE, 1);
    desk.see_text(RINGING, "Ada Lovelace");
    desk.press(Key::Enter);
    desk.see_text("[data-state='active']", "Ada Lovelace");

    desk.press("t");
    desk.see(SEARCHING);
    desk.press("berg");
    desk.see_text(ROW, "Anna Berg");
    desk.press(Key::Enter);
    kamailio.wait_for_line(&["request REFER"]);
    desk.see_no_more("[data-state='active']", "");
    desk.see_no_more(CALLS, "Being put through");

    desk.press(alt('l'));
    desk.see_text(ROW, "Anna Berg");
    desk.press(alt('a'));
    drop(first);

    let _again = Sipp::callers_in_turn(&kamailio, CONSOLE, 3);
    desk.see_text(RINGING, "Ada Lovelace");
    desk.see_text(RINGING, "Anna Berg");
    desk.press(Key::Enter);
    desk.see_text("[data-state='active']", "Anna Berg");
    if let Some(picture) = picture_of("console") {
        desk.press("t");
        desk.see(SEARCHING);
        desk.press("ber");
        desk.see_text(&format!("{ROW}[aria-selected='true']"), "Anna Berg");
        desk.see_no_more("[data-pane='search'] [role='row']", "Ada");
        desk.see_text("[data-pane='queue']", "Charles Babbage");
        desk.see_text("[data-pane='queue']", "Mary Somerville");
        desk.picture(&picture);
    }
}

#[track_caller]
fn import_address_book(desk: &Desk) {
    desk.press(alt('b'));
    desk.give_file("input[type='file']", "contacts.csv", ADDRESS_BOOK);
    desk.see_text("[role='status'], p, h2", "9 contacts imported");
    desk.press(alt('a'));
    desk.see(CALLS);
}
